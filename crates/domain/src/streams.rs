//! Streams: the gap-free, hash-chained sequences in which entries stand.
//!
//! A stream belongs to one organisation, one class, one node and one incarnation of that node; so a number, once
//! given, is never given again, whatever is restored. The place of an entry in its stream is not inside the signed
//! entry (it is given in the transaction that stores it); checkpoints of the ledger sign it.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use crate::codes::{CodeList, code_list};
use crate::ids::{IdError, NodeId, OrganisationCode};

code_list!(
    /// Is what a stream carries.
    StreamClass, "stream-class" {
        /// Stream 0: genesis, organisations, keys, code lists, policy versions.
        0 Registry "registry",
        /// Person records and their withdrawals.
        1 Persons "persons",
        /// Travel document records, batches of them and their withdrawals.
        2 TravelDocuments "travel-documents",
        /// Lines of the journal: who asked, opened or wrote what.
        3 Access "access",
        /// Records of objects and their withdrawals.
        4 Objects "objects",
        /// Links between records and their withdrawals.
        5 Links "links",
        /// Texts of agreements and what parties do about them.
        6 Agreements "agreements",
        /// Orders of the commission, and what nodes attest about them.
        7 Orders "orders",
        /// Whom owners let see their records.
        8 Restrictions "restrictions",
        /// Requests for consent to show what a hit is about, and what became of them.
        10 Consents "consents",
        /// Requests of persons to the commission, its steps about them, and what owners answer.
        9 Requests "requests",
    }
);

/// Names a stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(map)]
pub struct StreamId {
    /// Whose entries it carries.
    #[n(0)]
    pub organisation: OrganisationCode,
    /// What it carries.
    #[n(1)]
    pub class: StreamClass,
    /// The node that gives its numbers.
    #[n(2)]
    pub node: NodeId,
    /// How often that node began anew after a restore; 1 at first.
    #[n(3)]
    pub incarnation: u32,
}

/// Shows the origin line of the stream's checkpoints (C2SP tlog-checkpoint): a schema-less URL without white space.
impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "barid.v1/{}/{}/{}/{}", self.organisation, self.class, self.node, self.incarnation)
    }
}

impl FromStr for StreamId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        const BAD: IdError = IdError::Malformed("stream id");
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(BAD);
        if next()? != "barid.v1" {
            return Err(BAD);
        }
        let organisation = next()?.parse().map_err(|_| BAD)?;
        let class = StreamClass::from_name(next()?).ok_or(BAD)?;
        let node = next()?.parse().map_err(|_| BAD)?;
        let incarnation: u32 = next()?.parse().map_err(|_| BAD)?;
        let stream = Self { organisation, class, node, incarnation };
        // Only the canonical writing is a name: "+1" or "01" would be a second one.
        if stream.to_string() == text { Ok(stream) } else { Err(BAD) }
    }
}

/// Is the place of an entry: a stream and a number from 1 upwards without a gap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Position {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The number, from 1.
    #[n(1)]
    pub seq: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_one_writing() {
        let stream = StreamId {
            organisation: OrganisationCode::new("XA").unwrap(),
            class: StreamClass::Persons,
            node: NodeId::from_random([1; 16]),
            incarnation: 2,
        };
        let text = stream.to_string();
        assert_eq!(text.parse::<StreamId>().unwrap(), stream);
        for bad in [
            text.replace("/2", "/02"),
            text.replace("/2", "/+2"),
            format!("{text}/"),
            text.replace("XA", "xa"),
        ] {
            assert!(bad.parse::<StreamId>().is_err(), "{bad}");
        }
    }
}
