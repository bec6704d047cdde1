//! Identifiers: opaque numbers and short codes that name things across nodes.
//!
//! Public ids are random (UUID version 4) and bear neither time nor sequence. Nothing here knows what it names.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has the wrong length or holds a character outside the identifier's alphabet.
    #[error("malformed {0}")]
    Malformed(&'static str),
}

macro_rules! sixteen_bytes {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

        impl $name {
            /// Makes an identifier from 16 random bytes, marking them as a version 4 UUID (RFC 9562 5.4).
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid().into_bytes())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.len() != 36 {
                    return Err(IdError::Malformed($what));
                }
                uuid::Uuid::parse_str(text)
                    .map(|id| Self(id.into_bytes()))
                    .map_err(|_| IdError::Malformed($what))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

sixteen_bytes!(
    /// Names a record through all its versions.
    RecordId,
    "record id"
);
sixteen_bytes!(
    /// Names an agreement through all its versions.
    AgreementId,
    "agreement id"
);
sixteen_bytes!(
    /// Names a person's request to the commission.
    RequestId,
    "request id"
);
sixteen_bytes!(
    /// Names one running Barid through all its restarts and restores.
    NodeId,
    "node id"
);
sixteen_bytes!(
    /// Names one act (a search, an opening, a write) in the journal.
    ActId,
    "act id"
);
sixteen_bytes!(
    /// Names one sealed data key; destroying the key erases everything sealed under it.
    DataKeyId,
    "data key id"
);
sixteen_bytes!(
    /// Is chosen by the client of a write, so that repeating the write is harmless and its outcome can be asked.
    IdempotencyKey,
    "idempotency key"
);

/// Is the SHA-256 of a whole signed entry: its name in the ledger and in every reference to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct EntryHash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// Is the SHA-256 thumbprint of a public COSE key (RFC 9679): the `kid` of entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// Is the SHA-256 of a picture, or of its thumbnail, as it is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ImageHash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

macro_rules! hex_of_32 {
    ($name:ident, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0u8; 32];
                decode_hex(text, &mut bytes).ok_or(IdError::Malformed($what))?;
                Ok(Self(bytes))
            }
        }
    };
}
hex_of_32!(EntryHash, "entry hash");
hex_of_32!(KeyId, "key id");
hex_of_32!(ImageHash, "image hash");

/// Reads lower- or upper-case hexadecimal into `out`; `None` unless exactly `2 * out.len()` digits are there.
pub fn decode_hex(text: &str, out: &mut [u8]) -> Option<()> {
    let digits = text.as_bytes();
    if digits.len() != out.len() * 2 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let high = (pair[0] as char).to_digit(16)?;
        let low = (pair[1] as char).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(())
}

/// Is the code of an organisation in the registry: 2 to 12 of `A-Z 0-9 -`, beginning with a letter (`XA`, `SEC`).
///
/// Bureaus use their state's ISO 3166-1 alpha-2 code. Twelve bytes in place, so it is copied freely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationCode {
    length: u8,
    bytes: [u8; 12],
}

impl OrganisationCode {
    /// Reads a code, refusing anything outside the alphabet or the length.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let raw = text.as_bytes();
        let fits = (2..=12).contains(&raw.len())
            && raw[0].is_ascii_uppercase()
            && raw.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'-');
        if !fits {
            return Err(IdError::Malformed("organisation code"));
        }
        let mut bytes = [0u8; 12];
        bytes[..raw.len()].copy_from_slice(raw);
        Ok(Self { length: raw.len() as u8, bytes })
    }

    /// Shows the code as text.
    pub fn as_str(&self) -> &str {
        // Built from ASCII only, so this never falls back.
        std::str::from_utf8(&self.bytes[..self.length as usize]).unwrap_or("")
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganisationCode({})", self.as_str())
    }
}
impl FromStr for OrganisationCode {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}
impl Serialize for OrganisationCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for OrganisationCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}
impl<C> Encode<C> for OrganisationCode {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for OrganisationCode {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(d.str()?).map_err(|_| minicbor::decode::Error::message("organisation code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisation_codes_are_short_upper_case_and_begin_with_a_letter() {
        for good in ["XA", "SEC", "XA-BORDER-01"] {
            assert_eq!(OrganisationCode::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "X", "xa", "1A", "XA-BORDER-012", "ХА", "X A", "X\0"] {
            assert!(OrganisationCode::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ids_read_back_what_they_show_and_carry_the_version_4_mark() {
        let id = RecordId::from_random([7; 16]);
        assert_eq!(id.to_string().parse::<RecordId>().unwrap(), id);
        assert_eq!(id.to_string().as_bytes()[14], b'4');
        assert!("07070707070747078707070707070707".parse::<RecordId>().is_err(), "only the hyphenated form");
    }

    #[test]
    fn hex_of_the_wrong_length_or_alphabet_is_refused() {
        let hash = EntryHash([0xab; 32]);
        assert_eq!(hash.to_string().parse::<EntryHash>().unwrap(), hash);
        assert!(hash.to_string()[1..].parse::<EntryHash>().is_err());
        assert!("zz".repeat(32).parse::<EntryHash>().is_err());
    }
}
