//! One line: an entity with its schema and properties; caps, and what is at fault.

use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::report::Place;

/// Is one entity, as a line says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FtmEntity {
    /// Its identifier.
    pub id: String,
    /// Its schema, such as `Person`.
    pub schema: String,
    /// Its properties in their order, each with its values.
    pub properties: Vec<(String, Vec<String>)>,
}

impl FtmEntity {
    pub(super) fn new(id: String, schema: &str) -> Self {
        Self { id, schema: schema.to_owned(), properties: Vec::new() }
    }

    /// The values of a property.
    pub fn values<'e>(&'e self, property: &str) -> impl Iterator<Item = &'e str> + use<'e> {
        let found = self.properties.iter().find(|(name, _)| name == property);
        found.into_iter().flat_map(|(_, values)| values.iter().map(String::as_str))
    }

    pub(super) fn first(&self, property: &str) -> Option<&str> {
        self.values(property).next()
    }

    /// Adds a value to a property; each once.
    pub(super) fn add(&mut self, property: &str, value: impl Into<String>) {
        let value = value.into();
        match self.properties.iter_mut().find(|(name, _)| name == property) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => self.properties.push((property.to_owned(), vec![value])),
        }
    }
}

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FtmLimits {
    /// Bytes of the whole source.
    pub total_bytes: u64,
    /// Bytes of one line.
    pub line_bytes: usize,
    /// Entities.
    pub entities: usize,
    /// Values of one entity.
    pub values: usize,
}

impl Default for FtmLimits {
    /// 256 MiB, 1 MiB a line, 500,000 entities, 2,000 values of one.
    fn default() -> Self {
        Self { total_bytes: 256 << 20, line_bytes: 1 << 20, entities: 500_000, values: 2_000 }
    }
}

/// The file itself is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {code}: {kind}", line = place.line, code = kind.code())]
pub struct FtmReadError {
    /// What is wrong.
    pub kind: FtmReadErrorKind,
    /// Where.
    pub place: Place,
}

/// What ended a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FtmReadErrorKind {
    /// The source could not be read.
    #[error("the source cannot be read")]
    Source,
    /// Over [`FtmLimits::total_bytes`].
    #[error("the file is larger than allowed")]
    TooLarge,
    /// Over [`FtmLimits::entities`].
    #[error("the file has more entities than allowed")]
    TooManyEntities,
}

impl FtmReadErrorKind {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Source => "ftm-source",
            Self::TooLarge => "ftm-too-large",
            Self::TooManyEntities => "ftm-too-many-entities",
        }
    }
}

/// Is a line as it was parsed.
#[derive(Debug, Default)]
pub(super) struct ParsedLine {
    pub(super) entity: FtmEntity,
    /// Keys beside `id`, `schema` and `properties`.
    pub(super) other_keys: Vec<String>,
    /// A key stands twice: which of the two counts is anybody's guess.
    pub(super) has_repeated_key: bool,
    /// How many values the properties have, those that were not kept included.
    pub(super) values: usize,
}

/// The most keys beside the usual ones that are remembered.
const OTHER_KEYS_CAP: usize = 50;

impl<'de> Deserialize<'de> for ParsedLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LineVisitor;
        impl<'de> Visitor<'de> for LineVisitor {
            type Value = ParsedLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entity")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParsedLine, A::Error> {
                let mut line = ParsedLine::default();
                let (mut id, mut schema, mut properties) = (false, false, false);
                while let Some(key) = map.next_key::<String>()? {
                    let seen = match key.as_str() {
                        "id" => {
                            line.entity.id = map.next_value()?;
                            std::mem::replace(&mut id, true)
                        }
                        "schema" => {
                            line.entity.schema = map.next_value()?;
                            std::mem::replace(&mut schema, true)
                        }
                        "properties" => {
                            map.next_value_seed(Properties(&mut line))?;
                            std::mem::replace(&mut properties, true)
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            let seen = line.other_keys.contains(&key);
                            if !seen && line.other_keys.len() < OTHER_KEYS_CAP {
                                line.other_keys.push(key);
                            }
                            seen
                        }
                    };
                    line.has_repeated_key |= seen;
                }
                Ok(line)
            }
        }
        deserializer.deserialize_map(LineVisitor)
    }
}

/// The most values that are kept while parsing; one over the cap of a reading is refused afterwards.
const VALUES_KEPT: usize = 10_000;

struct Properties<'l>(&'l mut ParsedLine);

impl<'de> DeserializeSeed<'de> for Properties<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let line = self.0;
        while let Some(name) = map.next_key::<String>()? {
            let Values(values) = map.next_value()?;
            line.values = line.values.saturating_add(values.len().max(1));
            if line.values > VALUES_KEPT {
                continue;
            }
            line.has_repeated_key |= line.entity.properties.iter().any(|(known, _)| *known == name);
            line.entity.properties.push((name, values));
        }
        Ok(())
    }
}

/// The values of a property: a list, or one; text, numbers and truth values as text. An entity within it is none.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;
        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list of values")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Values, E> {
                Ok(Values(vec![text.to_owned()]))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Values, E> {
                Ok(Values(Vec::new()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some(Scalar(value)) = seq.next_element()? {
                    values.extend(value);
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_any(ValuesVisitor)
    }
}

/// One value of a list; `None` for null.
struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl Visitor<'_> for ScalarVisitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(text.to_owned())))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(value.to_string())))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl Serialize for FtmEntity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Pairs<'e>(&'e [(String, Vec<String>)]);
        impl Serialize for Pairs<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
            }
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("schema", &self.schema)?;
        map.serialize_entry("properties", &Pairs(&self.properties))?;
        map.end()
    }
}
