//! Restrictions: which organisations the owner of records keeps them from, whatever the purpose and whatever was agreed.
//!
//! A restriction is an entry of the owner in a stream of its own, never a part of the records it is about: a record looks the
//! same to everybody who sees it, and tells nobody who else does or doesn't. It is about single records, or about whatever the
//! owner has in a database; both narrow, so that a record is shown to those alone whom each lets through. The last one about a
//! record or a database stands. Compare INTERPOL's Rules on the Processing of Data, article 58.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minicbor::{Decode, Encode};

use crate::codes::{CodeList, Database, code_list};
use crate::faults::{FaultCode, Faults};
use crate::ids::{OrganisationCode, RecordId};
use crate::streams::Position;
use crate::terms::listed;

code_list!(
    /// Is how the organisations of a restriction are meant.
    AudienceMode, "audience-mode" {
        /// Shown to every organisation but these.
        1 AllBut "all-but",
        /// Shown to these organisations and no other; none means to the owner alone.
        2 Only "only",
    }
);

code_list!(
    /// Is what a restriction is about.
    RestrictionScope, "restriction-scope" {
        /// The records that it names.
        1 Records "records",
        /// Whatever its owner has in the database, now and later.
        2 Database "database",
    }
);

/// The most organisations of one restriction.
pub const ORGANISATIONS_CAP: usize = 300;
/// The most records of one restriction.
pub const RECORDS_CAP: usize = 10_000;
/// The most different audiences that the records of one owner may have at once, single records' taken alone.
pub const AUDIENCES_CAP: usize = 200;

/// Is whom records are shown to, besides their owner. Two that let the same organisations through are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Audience(Option<Arc<Limits>>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Limits {
    mode: Mode,
    /// In their order, each once.
    organisations: Vec<OrganisationCode>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Mode {
    AllBut,
    Only,
}

impl Audience {
    /// Everybody.
    pub const EVERYBODY: Self = Self(None);

    /// Every organisation but these.
    pub fn all_but(organisations: impl IntoIterator<Item = OrganisationCode>) -> Self {
        Self::of(Mode::AllBut, organisations.into_iter().collect())
    }

    /// These organisations and no other.
    pub fn only(organisations: impl IntoIterator<Item = OrganisationCode>) -> Self {
        Self::of(Mode::Only, organisations.into_iter().collect())
    }

    fn of(mode: Mode, organisations: BTreeSet<OrganisationCode>) -> Self {
        if mode == Mode::AllBut && organisations.is_empty() {
            return Self::EVERYBODY;
        }
        Self(Some(Arc::new(Limits { mode, organisations: organisations.into_iter().collect() })))
    }

    /// Tells whether an organisation that is not the owner is let through.
    pub fn admits(&self, organisation: OrganisationCode) -> bool {
        self.0.as_ref().is_none_or(|limits| {
            let is_named = limits.organisations.binary_search(&organisation).is_ok();
            is_named == (limits.mode == Mode::Only)
        })
    }

    /// Tells whether everybody is let through.
    pub fn is_everybody(&self) -> bool {
        self.0.is_none()
    }

    /// Those whom both let through.
    pub fn and(&self, other: &Self) -> Self {
        let (Some(one), Some(two)) = (&self.0, &other.0) else {
            return if self.0.is_none() { other.clone() } else { self.clone() };
        };
        let set = |limits: &Limits| limits.organisations.iter().copied().collect::<BTreeSet<_>>();
        let (first, second) = (set(one), set(two));
        match (one.mode, two.mode) {
            (Mode::AllBut, Mode::AllBut) => Self::all_but(&first | &second),
            (Mode::Only, Mode::Only) => Self::only(&first & &second),
            (Mode::Only, Mode::AllBut) => Self::only(&first - &second),
            (Mode::AllBut, Mode::Only) => Self::only(&second - &first),
        }
    }

    /// Tells whether everybody whom this lets through is let through by the other too.
    pub fn is_within(&self, other: &Self) -> bool {
        self.and(other) == *self
    }

    /// How the organisations are meant.
    pub fn mode(&self) -> AudienceMode {
        match self.0.as_ref().map(|limits| limits.mode) {
            None | Some(Mode::AllBut) => AudienceMode::AllBut,
            Some(Mode::Only) => AudienceMode::Only,
        }
    }

    /// The organisations that are named, in their order.
    pub fn organisations(&self) -> &[OrganisationCode] {
        self.0.as_ref().map_or(&[], |limits| &limits.organisations)
    }
}

/// Says whom records are shown to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Restriction {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The database.
    #[n(1)]
    pub database: Database,
    /// What it is about. One of a later version is about the records that it names.
    #[n(2)]
    pub scope: RestrictionScope,
    /// The records, in their order; of a whole database none are named.
    #[cbor(n(3), default, skip_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// How the organisations are meant.
    #[n(4)]
    pub mode: AudienceMode,
    /// The organisations, in the order of their codes.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub organisations: Vec<OrganisationCode>,
    /// The how manieth of its owner it is: of two about the same the higher one stands.
    #[n(6)]
    pub number: u64,
}

impl Restriction {
    /// Checks what a restriction must be, whatever stands.
    pub fn check(&self, owner: OrganisationCode, faults: &mut Faults) {
        faults.require(listed(self.database), "database", FaultCode::UnknownCode);
        faults.require(listed(self.mode), "audience.mode", FaultCode::UnknownCode);
        let is_whole = self.scope == RestrictionScope::Database;
        faults.require(listed(self.scope), "scope", FaultCode::UnknownCode);
        faults.require(is_whole == self.records.is_empty(), "records", FaultCode::Contradiction);
        faults.count("records", self.records.len(), RECORDS_CAP);
        check_set("records", &self.records, faults);
        faults.count("audience.organisations", self.organisations.len(), ORGANISATIONS_CAP);
        check_set("audience.organisations", &self.organisations, faults);
        // Its owner always sees a record: naming it says nothing, or something that is not so.
        let names_owner = self.organisations.contains(&owner);
        faults.require(!names_owner, "audience.organisations", FaultCode::Contradiction);
    }

    /// Whom it lets through. One of a mode that this version does not know lets nobody through.
    pub fn audience(&self) -> Audience {
        let organisations = self.organisations.iter().copied();
        match self.mode {
            AudienceMode::AllBut => Audience::all_but(organisations),
            AudienceMode::Only => Audience::only(organisations),
            AudienceMode::Unlisted(_) => Audience::only([]),
        }
    }
}

fn check_set<T: Ord>(place: &str, items: &[T], faults: &mut Faults) {
    let is_once = items.windows(2).all(|pair| pair[0] != pair[1]);
    faults.require(is_once, place, FaultCode::Duplicate);
    faults.require(items.is_sorted(), place, FaultCode::Contradiction);
}

/// The highest number that counts of what keys said that do not: whoever took a key leaves its owner numbers above its own.
const HIGHEST_DOUBTFUL: u64 = 1 << 53;

/// The subject of restrictions in a database.
pub fn restriction_subject(database: Database) -> String {
    format!("restriction:{database}")
}

/// The audiences of whole databases, by owner.
pub type DatabaseAudiences = BTreeMap<(OrganisationCode, Database), Audience>;

/// Where a restriction stands among those of its owner: the number first, then, of two that were made at the same time at two
/// servers, the time and the place, so that every server takes the same one for the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Rank {
    number: u64,
    at: i64,
    place: Position,
}

/// Is what is said about one record, or about one database of an owner.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Said {
    last: Option<(Rank, Audience)>,
    /// What keys said that do not count any more: it narrows until something behind it counts. Whoever took a key shows nothing
    /// with it, and what was closed stays closed.
    doubtful: Vec<(Rank, Audience)>,
}

impl Said {
    fn take(&mut self, rank: Rank, audience: Audience, does_count: bool) {
        if !does_count {
            if self.last.as_ref().is_none_or(|(last, _)| *last < rank) {
                self.doubtful.push((rank, audience));
            }
        } else if self.last.as_ref().is_none_or(|(last, _)| *last < rank) {
            self.doubtful.retain(|(doubtful, _)| *doubtful > rank);
            self.last = Some((rank, audience));
        }
    }

    fn audience(&self) -> Audience {
        let last = self.last.as_ref().map(|(_, audience)| audience.clone()).unwrap_or_default();
        self.doubtful.iter().fold(last, |all, (_, audience)| all.and(audience))
    }
}

/// Is what the owners of records said about whom they are shown to, as far as it was read.
///
/// Restrictions may be taken in in any order; what stands is the same.
#[derive(Clone, Debug, Default)]
pub struct RestrictionBook {
    records: BTreeMap<(OrganisationCode, RecordId), (Database, Said)>,
    databases: BTreeMap<(OrganisationCode, Database), Said>,
    of_databases: Arc<DatabaseAudiences>,
    numbers: BTreeMap<OrganisationCode, u64>,
    /// Audiences of single records, each kept once, with how many have it; by owner.
    audiences: BTreeMap<OrganisationCode, BTreeMap<Audience, usize>>,
}

impl RestrictionBook {
    /// Takes in a restriction; answers the records whose audience is another one now.
    pub fn apply(
        &mut self,
        owner: OrganisationCode,
        restriction: &Restriction,
        at: i64,
        place: Position,
        does_count: bool,
    ) -> Vec<RecordId> {
        if !does_count && restriction.number > HIGHEST_DOUBTFUL {
            return Vec::new();
        }
        let rank = Rank { number: restriction.number, at, place };
        let audience = self.kept_once(owner, restriction.audience());
        let newest = self.numbers.entry(owner).or_default();
        *newest = restriction.number.max(*newest);
        if restriction.scope == RestrictionScope::Database {
            let key = (owner, restriction.database);
            let said = self.databases.entry(key).or_default();
            said.take(rank, audience, does_count);
            let (is, of_databases) = (said.audience(), Arc::make_mut(&mut self.of_databases));
            if is.is_everybody() {
                of_databases.remove(&key)
            } else {
                of_databases.insert(key, is)
            };
            return Vec::new();
        }
        let mut changed = Vec::new();
        for record in &restriction.records {
            let (_, said) =
                self.records.entry((owner, *record)).or_insert((restriction.database, Said::default()));
            let was = said.audience();
            said.take(rank, audience.clone(), does_count);
            let is = said.audience();
            if was != is {
                self.count(owner, &was, &is);
                changed.push(*record);
            }
        }
        changed
    }

    /// The same audience as other records of the owner have it, so that many of them take little memory.
    fn kept_once(&self, owner: OrganisationCode, audience: Audience) -> Audience {
        let known = self.audiences.get(&owner).and_then(|audiences| audiences.get_key_value(&audience));
        known.map_or(audience, |(known, _)| known.clone())
    }

    fn count(&mut self, owner: OrganisationCode, was: &Audience, is: &Audience) {
        let audiences = self.audiences.entry(owner).or_default();
        if let Some(count) = audiences.get_mut(was) {
            *count -= 1;
            if *count == 0 {
                audiences.remove(was);
            }
        }
        if !is.is_everybody() {
            *audiences.entry(is.clone()).or_default() += 1;
        }
    }

    /// Whom an owner's single record is shown to, what it says of its whole database left aside.
    pub fn audience(&self, owner: OrganisationCode, record: RecordId) -> Audience {
        if self.records.is_empty() {
            return Audience::EVERYBODY;
        }
        self.records.get(&(owner, record)).map(|(_, said)| said.audience()).unwrap_or_default()
    }

    /// The audiences of whole databases.
    pub fn of_databases(&self) -> Arc<DatabaseAudiences> {
        self.of_databases.clone()
    }

    /// The number that an owner's next restriction has.
    pub fn next_number(&self, owner: OrganisationCode) -> u64 {
        self.numbers.get(&owner).copied().unwrap_or(0).saturating_add(1)
    }

    /// Tells whether an owner's records would have more different audiences than they may.
    pub fn would_have_too_many(&self, owner: OrganisationCode, audience: &Audience) -> bool {
        let Some(audiences) = self.audiences.get(&owner) else { return false };
        !audience.is_everybody() && !audiences.contains_key(audience) && audiences.len() >= AUDIENCES_CAP
    }

    /// An owner's records that are not shown to everybody, behind a record, in the order of their ids.
    pub fn restricted_records(
        &self,
        owner: OrganisationCode,
        after: Option<RecordId>,
    ) -> impl Iterator<Item = (RecordId, Database, Audience)> + '_ {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(std::ops::Bound::Included((owner, RecordId([0; 16]))), |record| {
            Excluded((owner, record))
        });
        let own = self.records.range((from, Unbounded)).take_while(move |((of, _), _)| *of == owner);
        own.map(|((_, record), (database, said))| (*record, *database, said.audience()))
            .filter(|(_, _, audience)| !audience.is_everybody())
    }

    /// An owner's databases that are not shown to everybody.
    pub fn restricted_databases(
        &self,
        owner: OrganisationCode,
    ) -> impl Iterator<Item = (Database, &Audience)> + '_ {
        let own = self.of_databases.iter().filter(move |((of, _), _)| *of == owner);
        own.map(|((_, database), audience)| (*database, audience))
    }
}

#[cfg(test)]
mod tests;
