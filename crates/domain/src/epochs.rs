//! Epochs: what a node has countersigned. One leaf at a fixed cadence stands for all streams of the node.
//!
//! A leaf holds a time and the root of a small tree over the streams as they stood: one salted item for each, filled up
//! with salted nothings and put in the order of the hashes. So whoever countersigns learns that another epoch has
//! passed, and nothing of how many streams there are or how long they have become; and whoever is shown one stream's
//! item, with its path, learns nothing of the others.

use std::fmt;
use std::str::FromStr;

use barid_ledger::{Hash, KeyName, MerkleTree, Origin, leaf_hash, verify_inclusion};
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::canonical;
use crate::dates::Timestamp;
use crate::ids::{IdError, NodeId, OrganisationCode};
use crate::streams::StreamId;

/// The least leaves of the tree of an epoch: fewer streams are filled up to this number, more to the next power of two.
const LEAST_ITEMS: usize = 16;
/// The longest item or leaf that is read, in bytes.
const BYTES_CAP: usize = 1024;
/// The form of leaves that is written.
const VERSION: u32 = 1;
const SALT_DOMAIN: &[u8] = b"barid/epoch-salt/v1\0";
const FILLING_DOMAIN: &[u8] = b"barid/epoch-filling/v1\0";

/// Names the ledger of a node's epochs. A node that was restored from a backup begins another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EpochLog {
    /// Whose node it is.
    pub organisation: OrganisationCode,
    /// The node.
    pub node: NodeId,
    /// How often it began anew after a restore; 1 at first.
    pub incarnation: u32,
}

/// Shows the origin line of the ledger's checkpoints, which is also the name of the key that signs them.
impl fmt::Display for EpochLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "barid.v1/{}/epochs/{}/{}", self.organisation, self.node, self.incarnation)
    }
}

impl FromStr for EpochLog {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        const BAD: IdError = IdError::Malformed("epoch ledger");
        let parts: Vec<&str> = text.split('/').take(6).collect();
        let &["barid.v1", organisation, "epochs", node, incarnation] = parts.as_slice() else {
            return Err(BAD);
        };
        let log = Self {
            organisation: organisation.parse().map_err(|_| BAD)?,
            node: node.parse().map_err(|_| BAD)?,
            incarnation: incarnation.parse().map_err(|_| BAD)?,
        };
        // One ledger has one name.
        if log.to_string() == text { Ok(log) } else { Err(BAD) }
    }
}

impl EpochLog {
    /// The origin of the ledger's checkpoints.
    pub fn origin(&self) -> Option<Origin> {
        Origin::new(self.to_string()).ok()
    }
}

/// Names the key with which an organisation countersigns, on whichever of its nodes.
pub fn countersigner_name(organisation: OrganisationCode) -> Option<KeyName> {
    KeyName::new(format!("barid.v1/{organisation}/countersigner")).ok()
}

/// Is what an epoch's leaf is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EpochLeaf {
    /// The form: 1.
    #[n(0)]
    pub version: u32,
    /// When the epoch began, in whole seconds since 1970: a multiple of the cadence.
    #[n(1)]
    pub at: i64,
    /// The root of the tree over the streams.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// Is one stream as it stood in an epoch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EpochItem {
    /// What keeps size and root from being guessed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The stream, as the origin of its checkpoints.
    #[n(1)]
    pub stream: String,
    /// How many entries it had.
    #[n(2)]
    pub size: u64,
    /// The root over them.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// Is a stream with its head, as a node keeps it of an epoch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct StreamThen {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// How many entries it had.
    #[n(1)]
    pub size: u64,
    /// The root over them.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: [u8; 32],
}

/// Is what a node keeps of an epoch, to prove single streams by it. It never leaves the node.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EpochContent {
    /// 32 random bytes, from which all salts follow.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub secret: [u8; 32],
    /// The streams.
    #[n(1)]
    pub streams: Vec<StreamThen>,
}

/// Is the proof that a stream stood so in an epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EpochPath {
    /// The stream's item.
    pub item: EpochItem,
    /// Its place in the epoch's tree, from 0.
    pub index: u64,
    /// How many leaves that tree has.
    pub leaves: u64,
    /// The inclusion proof.
    pub path: Vec<Hash>,
}

/// Why an epoch's bytes or path do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// The bytes are not those of a leaf or an item.
    #[error("malformed")]
    Malformed,
    /// The item is not in the epoch.
    #[error("the stream is not in the epoch")]
    NotIncluded,
}

fn read<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, EpochError> {
    if bytes.len() > BYTES_CAP || canonical::check(bytes).is_err() {
        return Err(EpochError::Malformed);
    }
    let value: T = minicbor::decode(bytes).map_err(|_| EpochError::Malformed)?;
    // One value has one writing: a field that this form does not have is not passed over.
    if minicbor::to_vec(&value).is_ok_and(|again| again == bytes) {
        Ok(value)
    } else {
        Err(EpochError::Malformed)
    }
}

impl EpochLeaf {
    /// Reads a leaf.
    ///
    /// # Errors
    /// [`EpochError::Malformed`], also for another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, EpochError> {
        read(bytes).and_then(
            |leaf: Self| {
                if leaf.version == VERSION { Ok(leaf) } else { Err(EpochError::Malformed) }
            },
        )
    }

    /// Gives the bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::contents::encode(self)
    }

    /// Gives the leaf in the ledger of epochs.
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }

    /// Checks that a stream stood so in this epoch.
    ///
    /// # Errors
    /// [`EpochError::NotIncluded`].
    pub fn check(&self, path: &EpochPath) -> Result<(), EpochError> {
        let leaf = leaf_hash(&path.item.to_bytes());
        let root = Hash::from_bytes(self.root);
        verify_inclusion(&leaf, path.index, path.leaves, &path.path, &root)
            .map_err(|_| EpochError::NotIncluded)
    }
}

impl EpochItem {
    /// Reads an item.
    ///
    /// # Errors
    /// [`EpochError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EpochError> {
        read(bytes)
    }

    /// Gives the bytes that are hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::contents::encode(self)
    }
}

impl EpochContent {
    /// Makes the leaf of an epoch that began at a time.
    pub fn leaf(&self, at: Timestamp) -> EpochLeaf {
        let root = self.tree().1.root();
        EpochLeaf { version: VERSION, at: at.seconds(), root: *root.as_bytes() }
    }

    /// Proves how a stream stood; `None` where it was not there yet.
    pub fn path(&self, stream: &StreamId) -> Option<EpochPath> {
        let item = self.item(self.streams.iter().find(|then| then.stream == *stream)?);
        let hash = leaf_hash(&item.to_bytes());
        let (hashes, tree) = self.tree();
        let index = hashes.iter().position(|one| *one == hash)? as u64;
        let path = tree.inclusion_proof(index, tree.size()).ok()?;
        Some(EpochPath { item, index, leaves: tree.size(), path })
    }

    fn item(&self, then: &StreamThen) -> EpochItem {
        let stream = then.stream.to_string();
        let salt = Sha256::new()
            .chain_update(SALT_DOMAIN)
            .chain_update(self.secret)
            .chain_update(stream.as_bytes())
            .finalize();
        EpochItem { salt: salt.into(), stream, size: then.size, root: then.root }
    }

    /// The leaves in the order of their hashes, which says nothing, and the tree over them.
    fn tree(&self) -> (Vec<Hash>, MerkleTree) {
        let mut hashes: Vec<Hash> =
            self.streams.iter().map(|then| leaf_hash(&self.item(then).to_bytes())).collect();
        let wanted = hashes.len().next_power_of_two().max(LEAST_ITEMS);
        for number in hashes.len()..wanted {
            let filling: [u8; 32] = Sha256::new()
                .chain_update(FILLING_DOMAIN)
                .chain_update(self.secret)
                .chain_update((number as u64).to_be_bytes())
                .finalize()
                .into();
            hashes.push(leaf_hash(&filling));
        }
        hashes.sort_unstable();
        let tree = MerkleTree::from_leaves(hashes.iter().copied()).unwrap_or_default();
        (hashes, tree)
    }
}

/// Gives the beginning of the epoch that a time is in, for a cadence in seconds.
pub fn epoch_of(now: Timestamp, cadence_seconds: u32) -> Timestamp {
    let cadence = i64::from(cadence_seconds.max(1));
    Timestamp::from_seconds(now.seconds().div_euclid(cadence) * cadence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::CodeList as _;
    use crate::streams::StreamClass;

    fn stream(organisation: &str, class: StreamClass) -> StreamId {
        let organisation = OrganisationCode::new(organisation).unwrap();
        StreamId { organisation, class, node: NodeId([7; 16]), incarnation: 1 }
    }

    fn content(count: usize) -> EpochContent {
        let classes = StreamClass::LISTED.iter().map(|(class, _)| *class);
        let all = ["XA", "XB", "XC", "XD"]
            .into_iter()
            .flat_map(|code| classes.clone().map(move |class| stream(code, class)));
        let streams = all.take(count).enumerate();
        let streams =
            streams.map(|(at, stream)| StreamThen { stream, size: at as u64 + 1, root: [at as u8; 32] });
        EpochContent { secret: [9; 32], streams: streams.collect() }
    }

    #[test]
    fn every_stream_is_proved_and_no_other_head_is() {
        for count in [1, 7, 15, 16, 17, 32] {
            let content = content(count);
            let leaf = content.leaf(Timestamp::from_seconds(3_600));
            assert_eq!(EpochLeaf::parse(&leaf.to_bytes()), Ok(leaf));
            for then in &content.streams {
                let path = content.path(&then.stream).unwrap();
                assert_eq!(EpochItem::parse(&path.item.to_bytes()), Ok(path.item.clone()));
                assert_eq!((path.item.size, path.item.root), (then.size, then.root));
                assert_eq!(leaf.check(&path), Ok(()));
                let longer = EpochItem { size: then.size + 1, ..path.item.clone() };
                let other = EpochPath { item: longer, ..path.clone() };
                assert_eq!(leaf.check(&other), Err(EpochError::NotIncluded));
                let elsewhere = EpochPath { index: (path.index + 1) % path.leaves, ..path };
                assert_eq!(leaf.check(&elsewhere), Err(EpochError::NotIncluded));
            }
            assert_eq!(content.path(&stream("XE", StreamClass::Persons)), None);
        }
    }

    #[test]
    fn the_tree_tells_a_power_of_two_and_not_how_many_streams_there_are() {
        for (count, leaves) in [(1, 16), (9, 16), (16, 16), (17, 32), (32, 32)] {
            let content = content(count);
            assert_eq!(content.path(&content.streams[0].stream).unwrap().leaves, leaves, "{count}");
        }
    }

    #[test]
    fn with_another_secret_the_same_streams_have_another_root() {
        let one = content(3);
        let other = EpochContent { secret: [8; 32], ..one.clone() };
        let at = Timestamp::from_seconds(60);
        assert_ne!(one.leaf(at).root, other.leaf(at).root);
    }

    #[test]
    fn bytes_have_one_writing() {
        let leaf = EpochLeaf { version: 1, at: 3_600, root: [1; 32] };
        for bad in [
            EpochLeaf { version: 2, ..leaf }.to_bytes(),
            [leaf.to_bytes(), vec![0]].concat(),
            leaf.to_bytes()[1..].to_vec(),
            vec![0; BYTES_CAP + 1],
            Vec::new(),
        ] {
            assert_eq!(EpochLeaf::parse(&bad), Err(EpochError::Malformed));
        }
        // A fourth field, which the form does not have.
        let mut more = leaf.to_bytes();
        more[0] += 1;
        more.extend([3, 0]);
        assert_eq!(EpochLeaf::parse(&more), Err(EpochError::Malformed));
    }

    #[test]
    fn a_ledger_of_epochs_has_one_name_and_is_no_stream() {
        let log = EpochLog {
            organisation: OrganisationCode::new("XA").unwrap(),
            node: NodeId([7; 16]),
            incarnation: 2,
        };
        let name = log.to_string();
        assert_eq!(name.parse(), Ok(log));
        assert!(name.parse::<StreamId>().is_err());
        for bad in [format!("{name}/"), name.replace("/2", "/02"), name.replace("epochs", "persons")] {
            assert!(bad.parse::<EpochLog>().is_err(), "{bad}");
        }
        assert!(stream("XA", StreamClass::Persons).to_string().parse::<EpochLog>().is_err());
    }

    #[test]
    fn epochs_begin_at_multiples_of_the_cadence() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        assert_eq!(epoch_of(at(7_199), 3_600), at(3_600));
        assert_eq!(epoch_of(at(7_200), 3_600), at(7_200));
        assert_eq!(epoch_of(at(7_200), 0), at(7_200));
    }
}
