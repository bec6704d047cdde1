//! The index of persons as bytes, so that a start need not decrypt every record: writing and reading. Sealing is done elsewhere.
//!
//! Layout: magic with version, CBOR of positions and records, and the SHA-256 leaf hash (RFC 9162 2.1.1) over all
//! that, the hashes of the persons' numbers and their key included (never the numbers). Reading checks the hash first, then every cap; hostile bytes give an error, never a panic. The table of
//! names is not in it: it is rebuilt from the facts, which is as fast as reading it would be.

use barid_domain::codes::{AliasStrength, Classification, Database, Handling, NameKind, Purpose, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::ledger::{ChainHash, leaf_hash};
use barid_domain::policy::VisibilityClass;
use barid_domain::restrictions::{Audience, AudienceMode};
use barid_domain::streams::StreamId;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::document_index::HashKey;
use crate::follow::{Follower, Reached};
use crate::number_index::NumberIndex;
use crate::person_index::{FactName, FactPlace, MAX_NAMES, PersonFacts, PersonIndex};

const MAGIC: &[u8; 8] = b"BARIDPX5";
const HASH_BYTES: usize = 32;
/// The most bytes that are read.
pub const MAX_BYTES: usize = 8 << 30;
/// The most records that are read.
pub const MAX_RECORDS: u64 = 50_000_000;
/// The most numbers of persons that are read.
pub const MAX_NUMBERS: u64 = 4 * MAX_RECORDS;
/// The most streams that are read.
pub const MAX_STREAMS: u64 = 1_000_000;
/// The most dates of birth, nationalities or places of birth of a record.
const MAX_FACTS: u64 = 100;

/// Why a snapshot can't be used; the caller rebuilds from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Another kind of file or another version.
    #[error("not a snapshot of this version")]
    NotSnapshot,
    /// The hash does not fit or a field can't be read.
    #[error("the snapshot is damaged")]
    Damaged,
    /// More than the caps allow.
    #[error("the snapshot is larger than allowed")]
    TooLarge,
}

impl SnapshotError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            SnapshotError::NotSnapshot => "snapshot-unknown",
            SnapshotError::Damaged => "snapshot-damaged",
            SnapshotError::TooLarge => "snapshot-too-large",
        }
    }
}

impl From<minicbor::decode::Error> for SnapshotError {
    fn from(_: minicbor::decode::Error) -> SnapshotError {
        SnapshotError::Damaged
    }
}

#[derive(Encode, Decode)]
struct Row {
    #[n(0)]
    id: RecordId,
    #[n(1)]
    class: u32,
    #[n(2)]
    sex: Sex,
    #[n(3)]
    names: Vec<NameRow>,
    #[n(4)]
    births: Vec<DateInterval>,
    #[n(5)]
    nationalities: Vec<CountryCode>,
    #[n(6)]
    birth_places: Vec<PlaceRow>,
}

#[derive(Encode, Decode)]
struct PlaceRow {
    #[n(0)]
    country: Option<CountryCode>,
    #[n(1)]
    words: String,
}

#[derive(Encode, Decode)]
struct NameRow {
    #[n(0)]
    text: String,
    #[n(1)]
    kind: NameKind,
    #[n(2)]
    strength: Option<AliasStrength>,
}

#[derive(Encode, Decode)]
pub(crate) struct ClassRow {
    #[n(0)]
    database: Database,
    #[n(1)]
    owner: OrganisationCode,
    #[n(2)]
    purpose: Purpose,
    #[n(3)]
    handling: Handling,
    #[n(4)]
    exercise: bool,
    #[n(5)]
    classification: Classification,
    #[n(6)]
    audience: AudienceMode,
    #[n(7)]
    organisations: Vec<OrganisationCode>,
}

impl From<&VisibilityClass> for ClassRow {
    fn from(class: &VisibilityClass) -> Self {
        let VisibilityClass { database, owner, purpose, handling, classification, exercise, ref audience } =
            *class;
        let organisations = audience.organisations().to_vec();
        let audience = audience.mode();
        Self { database, owner, purpose, handling, exercise, classification, audience, organisations }
    }
}

impl From<&ClassRow> for VisibilityClass {
    fn from(row: &ClassRow) -> Self {
        let ClassRow { database, owner, purpose, handling, exercise, classification, .. } = *row;
        let organisations = row.organisations.iter().copied();
        let audience = match row.audience {
            AudienceMode::AllBut => Audience::all_but(organisations),
            AudienceMode::Only | AudienceMode::Unlisted(_) => Audience::only(organisations),
        };
        Self { database, owner, purpose, handling, classification, exercise, audience }
    }
}

/// Writes persons, their numbers, and how far both have read the streams.
pub fn write(index: &PersonIndex, numbers: &NumberIndex, follower: &Follower) -> Vec<u8> {
    let mut classes: Vec<VisibilityClass> = index.records().map(|(_, class, _)| class.clone()).collect();
    classes.extend(numbers.rows().map(|(_, class, _)| class.clone()));
    classes.sort_unstable();
    classes.dedup();
    let mut encoder = Encoder::new(MAGIC.to_vec());
    // Writing into a vector cannot fail.
    let _ = encode_body(&mut encoder, index, numbers, follower, &classes);
    let mut bytes = encoder.into_writer();
    let hash = leaf_hash(&bytes);
    bytes.extend(hash.as_bytes());
    bytes
}

pub(crate) type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn encode_body(
    encoder: &mut Encoder<Vec<u8>>,
    index: &PersonIndex,
    numbers: &NumberIndex,
    follower: &Follower,
    classes: &[VisibilityClass],
) -> Written {
    encode_positions(encoder, follower)?;
    encoder.array(classes.len() as u64)?;
    for class in classes {
        encoder.encode(ClassRow::from(class))?;
    }
    encoder.array(index.len() as u64)?;
    for (id, class, facts) in index.records() {
        let class = classes.partition_point(|c| c < class) as u32;
        encoder.encode(row_of(id, class, &facts))?;
    }
    encoder.bytes(&numbers.key.0)?;
    encoder.array(numbers.rows().count() as u64)?;
    for (id, class, hash) in numbers.rows() {
        let class = classes.partition_point(|c| c < class) as u32;
        encoder.array(3)?.encode(id)?.u32(class)?.u64(hash)?;
    }
    Ok(())
}

pub(crate) fn encode_positions(encoder: &mut Encoder<Vec<u8>>, follower: &Follower) -> Written {
    encoder.array(follower.positions().count() as u64)?;
    for (stream, reached) in follower.positions() {
        encoder.array(3)?.encode(stream)?.u64(reached.seq)?.bytes(reached.chain.as_bytes())?;
    }
    Ok(())
}

fn row_of(id: RecordId, class: u32, facts: &PersonFacts) -> Row {
    let names = facts
        .names
        .iter()
        .map(|n| NameRow { text: n.text.clone(), kind: n.kind, strength: n.strength })
        .collect();
    Row {
        id,
        class,
        sex: facts.sex,
        names,
        births: facts.births.clone(),
        nationalities: facts.nationalities.clone(),
        birth_places: facts
            .birth_places
            .iter()
            .map(|place| PlaceRow { country: place.country, words: place.words.clone() })
            .collect(),
    }
}

/// Reads persons, their numbers, and how far both have read the streams.
///
/// # Errors
/// [`SnapshotError`]; nothing is built then.
pub fn read(bytes: &[u8]) -> Result<((PersonIndex, NumberIndex), Follower), SnapshotError> {
    if bytes.len() > MAX_BYTES {
        return Err(SnapshotError::TooLarge);
    }
    let body = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::NotSnapshot)?;
    let (body, hash) =
        body.len().checked_sub(HASH_BYTES).map(|at| body.split_at(at)).ok_or(SnapshotError::Damaged)?;
    if leaf_hash(&bytes[..bytes.len() - HASH_BYTES]).as_bytes() != hash {
        return Err(SnapshotError::Damaged);
    }
    let mut decoder = Decoder::new(body);
    let follower = read_positions(&mut decoder)?;
    let mut classes = Vec::new();
    for _ in 0..capped(decoder.array()?, u64::from(u16::MAX))? {
        classes.push(decoder.decode::<ClassRow>()?);
    }
    let index = read_records(&mut decoder, &classes)?;
    let numbers = read_numbers(&mut decoder, &classes)?;
    if decoder.position() != body.len() {
        return Err(SnapshotError::Damaged);
    }
    Ok(((index, numbers), follower))
}

fn read_records(decoder: &mut Decoder<'_>, classes: &[ClassRow]) -> Result<PersonIndex, SnapshotError> {
    let mut index = PersonIndex::new();
    for _ in 0..capped(decoder.array()?, MAX_RECORDS)? {
        let row: Row = decoder.decode()?;
        let most = row.births.len().max(row.nationalities.len()).max(row.birth_places.len());
        if row.names.len() > MAX_NAMES || most as u64 > MAX_FACTS {
            return Err(SnapshotError::TooLarge);
        }
        let class = classes.get(row.class as usize).ok_or(SnapshotError::Damaged)?;
        let class = VisibilityClass::from(class);
        let names = row
            .names
            .into_iter()
            .map(|n| FactName { text: n.text, kind: n.kind, strength: n.strength })
            .collect();
        let places = row.birth_places.into_iter();
        let facts = PersonFacts {
            names,
            births: row.births,
            sex: row.sex,
            nationalities: row.nationalities,
            birth_places: places.map(|p| FactPlace { country: p.country, words: p.words }).collect(),
        };
        index.insert(row.id, class, facts);
    }
    Ok(index)
}

fn read_numbers(decoder: &mut Decoder<'_>, classes: &[ClassRow]) -> Result<NumberIndex, SnapshotError> {
    let key = decoder.bytes()?.try_into().map_err(|_| SnapshotError::Damaged)?;
    let mut numbers = NumberIndex::new(HashKey(key));
    for _ in 0..capped(decoder.array()?, MAX_NUMBERS)? {
        if decoder.array()? != Some(3) {
            return Err(SnapshotError::Damaged);
        }
        let id: RecordId = decoder.decode()?;
        let class = classes.get(decoder.u32()? as usize).ok_or(SnapshotError::Damaged)?;
        numbers.insert_hash(id, VisibilityClass::from(class), decoder.u64()?);
    }
    Ok(numbers)
}

pub(crate) fn capped(count: Option<u64>, most: u64) -> Result<u64, SnapshotError> {
    match count {
        Some(count) if count <= most => Ok(count),
        Some(_) => Err(SnapshotError::TooLarge),
        None => Err(SnapshotError::Damaged),
    }
}

pub(crate) fn read_positions(decoder: &mut Decoder<'_>) -> Result<Follower, SnapshotError> {
    let mut positions = Vec::new();
    for _ in 0..capped(decoder.array()?, MAX_STREAMS)? {
        if decoder.array()? != Some(3) {
            return Err(SnapshotError::Damaged);
        }
        let stream: StreamId = decoder.decode()?;
        let seq = decoder.u64()?;
        let chain: [u8; 32] = decoder.bytes()?.try_into().map_err(|_| SnapshotError::Damaged)?;
        positions.push((stream, Reached { seq, chain: ChainHash::from_bytes(chain) }));
    }
    Ok(Follower::from_positions(positions))
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::CodeList;
    use barid_domain::ids::{EntryHash, NodeId};
    use barid_domain::ledger::Hash;
    use barid_domain::streams::StreamClass;

    use super::*;
    use crate::follow::Step;
    use crate::number_index::PersonNumber;

    fn sample() -> ((PersonIndex, NumberIndex), Follower) {
        let mut index = PersonIndex::new();
        let mut numbers = NumberIndex::new(HashKey([9; 16]));
        for (number, text) in ["Валерий Калачев", "رضا نمونه‌زاده", "শফিকুল নমুনাপুর", "王晓亮"].iter().enumerate()
        {
            let class = VisibilityClass {
                database: Database::Persons,
                owner: OrganisationCode::new(["XA", "XB"][number % 2]).unwrap(),
                purpose: Purpose::Exercise,
                handling: Handling::LISTED[0].0,
                classification: Classification::OfficialUse,
                exercise: true,
                audience: Audience::EVERYBODY,
            };
            let names = vec![FactName { text: (*text).into(), kind: NameKind::Primary, strength: None }];
            let facts = PersonFacts {
                names,
                births: vec!["1971".parse().unwrap()],
                sex: Sex::Female,
                nationalities: vec![CountryCode::new("FRA").unwrap()],
                birth_places: vec![FactPlace {
                    country: CountryCode::new("FRA").ok(), words: "লিয়ঁ".into()
                }],
            };
            let id = RecordId::from_random([number as u8; 16]);
            index.insert(id, class.clone(), facts);
            let held = ["P1234", &format!("Q{number}")].map(|text| PersonNumber::document(text).unwrap());
            numbers.insert(id, class, &held);
        }
        let mut follower = Follower::new();
        let stream = StreamId {
            organisation: OrganisationCode::new("XA").unwrap(),
            class: StreamClass::Persons,
            node: NodeId::from_random([1; 16]),
            incarnation: 1,
        };
        let entry_hash = EntryHash([5; 32]);
        let chain = ChainHash::START.next(&Hash::from_bytes(entry_hash.0));
        follower.advance(&Step { stream, seq: 1, entry_hash, chain }).unwrap();
        ((index, numbers), follower)
    }

    #[test]
    fn a_snapshot_reads_back_to_the_same_records_and_positions() {
        let ((index, numbers), follower) = sample();
        let bytes = write(&index, &numbers, &follower);
        let ((again, numbers_again), positions) = read(&bytes).unwrap();
        assert_eq!(positions, follower);
        assert!(index.records().eq(again.records()));
        assert_eq!(numbers.len(), 8);
        assert!(numbers.rows().eq(numbers_again.rows()) && numbers_again.key.0 == [9; 16]);
        assert_eq!(write(&again, &numbers_again, &positions), bytes);
    }

    #[test]
    fn damage_is_refused_everywhere() {
        let ((index, numbers), follower) = sample();
        let bytes = write(&index, &numbers, &follower);
        assert_eq!(read(b"another file").err(), Some(SnapshotError::NotSnapshot));
        for earlier in [b"BARIDPX1", b"BARIDPX2"] {
            assert_eq!(read(earlier).err(), Some(SnapshotError::NotSnapshot), "without numbers or places");
        }
        assert_eq!(read(MAGIC).err(), Some(SnapshotError::Damaged));
        for at in (8..bytes.len()).step_by(11) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x20;
            assert_eq!(read(&flipped).err(), Some(SnapshotError::Damaged), "{at}");
            assert!(read(&bytes[..at]).is_err());
            // Even with a fitting hash, a body cut short or changed is refused or read, without a panic.
            let mut forged = flipped[..flipped.len() - HASH_BYTES].to_vec();
            let hash = leaf_hash(&forged);
            forged.extend(hash.as_bytes());
            let _ = read(&forged);
        }
    }

    #[test]
    fn counts_beyond_the_caps_are_refused() {
        let forged = |count: u64| {
            let mut encoder = Encoder::new(MAGIC.to_vec());
            encoder.array(0).unwrap().array(0).unwrap().array(count).unwrap();
            let mut bytes = encoder.into_writer();
            let hash = leaf_hash(&bytes);
            bytes.extend(hash.as_bytes());
            read(&bytes).err()
        };
        assert_eq!(forged(MAX_RECORDS), Some(SnapshotError::Damaged), "at the cap the rows are missing");
        assert_eq!(forged(MAX_RECORDS + 1), Some(SnapshotError::TooLarge));
        let forged_numbers = |count: u64| {
            let mut encoder = Encoder::new(MAGIC.to_vec());
            encoder.array(0).unwrap().array(0).unwrap().array(0).unwrap();
            encoder.bytes(&[9; 16]).unwrap().array(count).unwrap();
            let mut bytes = encoder.into_writer();
            let hash = leaf_hash(&bytes);
            bytes.extend(hash.as_bytes());
            read(&bytes).err()
        };
        assert_eq!(forged_numbers(0), None);
        assert_eq!(forged_numbers(MAX_NUMBERS), Some(SnapshotError::Damaged));
        assert_eq!(forged_numbers(MAX_NUMBERS + 1), Some(SnapshotError::TooLarge));
    }
}
