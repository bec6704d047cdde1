//! Whole numbers as JSON has them: `5` and `5.0` are the same integer (JSON Schema 2020-12, validation, 6.1.1).

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// The largest integer that a JSON number holds exactly everywhere.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Reads a whole number.
pub fn whole<'de, D: Deserializer<'de>, N: TryFrom<u64>>(deserializer: D) -> Result<N, D::Error> {
    deserializer.deserialize_any(Whole(PhantomData))
}

/// Reads a whole number or `null`.
pub fn optional_whole<'de, D: Deserializer<'de>, N: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    deserializer.deserialize_option(OptionalWhole(PhantomData))
}

struct Whole<N>(PhantomData<N>);

impl<N: TryFrom<u64>> Visitor<'_> for Whole<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in range")
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        N::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        let unsigned =
            u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))?;
        self.visit_u64(unsigned)
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<N, E> {
        let whole = number.fract() == 0.0 && (0.0..=EXACT).contains(&number);
        if whole {
            self.visit_u64(number as u64)
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

struct OptionalWhole<N>(PhantomData<N>);

impl<'de, N: TryFrom<u64>> Visitor<'de> for OptionalWhole<N> {
    type Value = Option<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in range, or null")
    }
    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        whole(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use crate::search::SearchRequest;

    #[test]
    fn whole_numbers_are_read_in_either_writing_and_nothing_else_is() {
        for (json, limit) in [
            ("5", Some(Some(5))),
            ("5.0", Some(Some(5))),
            ("5e0", Some(Some(5))),
            ("null", Some(None)),
            ("5.5", None),
            ("-1", None),
            ("-1.0", None),
            ("4294967296", None),
            ("1e300", None),
            ("\"5\"", None),
            ("true", None),
        ] {
            let read: Result<SearchRequest, _> = serde_json::from_str(&format!(r#"{{"limit": {json}}}"#));
            assert_eq!(read.ok().map(|request| request.limit), limit, "{json}");
        }
    }
}
