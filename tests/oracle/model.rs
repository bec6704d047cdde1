//! Associations by seed: organisations with limits, agreements, orders of the commission; with what the oracle has to know of
//! them, kept apart from the program's own books.

use std::collections::{BTreeMap, BTreeSet};

use barid_domain::agreements::{
    Agreement, AgreementBook, AgreementStep, Duty, FieldGroup, Grant, GrantedOperation,
};
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::contents::{EntryType, encode, record_subject};
use barid_domain::dates::Timestamp;
use barid_domain::entries::{Claims, KeyLookup, RegisteredKey, Unverified, seal};
use barid_domain::ids::{EntryHash, KeyId, NodeId, OrganisationCode, RecordId};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::orders::{Order, OrderAct, OrderBook};
use barid_domain::registry::{Aspect, KeyUsage, Limit, Registry, Standing};
use barid_domain::restrictions::{Audience, DatabaseAudiences};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::text::LocalText;

use crate::world::{self, BEGUN, DAY, org};

/// SplitMix64: the same numbers for the same seed, on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Each with a chance of `share` in ten, in their order.
    pub fn any<T: Copy>(&mut self, from: &[T], share: usize) -> Vec<T> {
        from.iter().copied().filter(|_| self.below(10) < share).collect()
    }

    /// The same, and at least one of them.
    pub fn some<T: Copy>(&mut self, from: &[T], share: usize) -> Vec<T> {
        let chosen = self.any(from, share);
        if chosen.is_empty() { vec![self.pick(from)] } else { chosen }
    }
}

pub fn all<T: CodeList>() -> Vec<T> {
    T::LISTED.iter().map(|(code, _)| *code).collect()
}

/// Of every kind that the policy tells apart: persons, documents, two of objects, links.
pub const DATABASES: &[Database] =
    &[Database::Persons, Database::TravelDocuments, Database::Vehicles, Database::Incidents, Database::Links];

const KINDS: &[(&str, OrganisationKind)] = &[
    ("XA", OrganisationKind::Bureau),
    ("XB", OrganisationKind::Bureau),
    ("XC", OrganisationKind::Bureau),
    ("XN", OrganisationKind::NationalEntity),
    ("XP", OrganisationKind::Partner),
    ("XQ", OrganisationKind::Partner),
    ("XZ", OrganisationKind::Secretariat),
    (COMMISSION, OrganisationKind::Commission),
];
const COMMISSION: &str = "XKO";

/// What the oracle is told of an organisation.
pub struct Member {
    pub code: OrganisationCode,
    pub kind: OrganisationKind,
    pub standing: Standing,
    pub limits: Vec<Limit>,
}

impl Member {
    /// The databases that are not limited, in one aspect.
    pub fn unlimited(&self, aspect: Aspect) -> Vec<Database> {
        let limits = |database: &Database| {
            let limits = |limit: &Limit| limit.database.is_none() || limit.database == Some(*database);
            self.limits.iter().filter(|limit| limit.aspect == aspect).any(limits)
        };
        DATABASES.iter().copied().filter(|database| !limits(database)).collect()
    }
}

/// A step that a party really took, in the order of times.
pub struct Step {
    pub party: OrganisationCode,
    pub at: i64,
    pub step: AgreementStep,
    pub grant: Option<u32>,
}

pub struct Told {
    pub text: Agreement,
    pub steps: Vec<Step>,
}

/// How one agreement stands at a time, by the steps alone.
#[derive(Default)]
pub struct Stands {
    pub signed: BTreeSet<OrganisationCode>,
    pub suspended: BTreeSet<OrganisationCode>,
    pub ended: BTreeSet<OrganisationCode>,
    pub opted_out: BTreeSet<(OrganisationCode, u32)>,
}

impl Told {
    pub fn at(&self, time: i64) -> Stands {
        let mut stands = Stands::default();
        for step in self.steps.iter().filter(|step| step.at <= time) {
            let (party, grant) = (step.party, (step.party, step.grant.unwrap_or_default()));
            match step.step {
                AgreementStep::Sign => stands.signed.insert(party),
                AgreementStep::Suspend => stands.suspended.insert(party),
                AgreementStep::Resume => stands.suspended.remove(&party),
                AgreementStep::End => stands.ended.insert(party),
                AgreementStep::OptOut => stands.opted_out.insert(grant),
                AgreementStep::OptIn => stands.opted_out.remove(&grant),
                AgreementStep::Decline | AgreementStep::Unlisted(_) => false,
            };
        }
        stands
    }
}

/// What the commission has ordered about a record.
#[derive(Clone, Default)]
pub struct Ordered {
    pub is_blocked: bool,
    pub wrong_versions: BTreeSet<u8>,
}

/// How many records have a name, and versions; whose they are, each case says.
pub const RECORDS: u8 = 10;
pub const VERSIONS: u8 = 2;

pub fn record_id(number: u8) -> RecordId {
    RecordId::from_random([number + 1; 16])
}

pub fn version_hash(number: u8) -> EntryHash {
    EntryHash([number + 1; 32])
}

pub struct World {
    pub members: Vec<Member>,
    pub registry: Registry,
    pub book: AgreementBook,
    pub agreements: Vec<Told>,
    pub orders: OrderBook,
    pub ordered: BTreeMap<u8, Ordered>,
    /// Whom owners let see what they have in whole databases.
    pub audiences: DatabaseAudiences,
}

/// Whom an owner lets see something: mostly everybody.
pub fn audience(random: &mut Random, members: &[Member]) -> Audience {
    if !random.one_in(4) {
        return Audience::EVERYBODY;
    }
    let codes: Vec<OrganisationCode> = members.iter().map(|member| member.code).collect();
    let named = random.any(&codes, 4);
    if random.one_in(2) { Audience::only(named) } else { Audience::all_but(named) }
}

fn audiences(random: &mut Random, members: &[Member]) -> DatabaseAudiences {
    let mut audiences = DatabaseAudiences::default();
    for member in members {
        for database in DATABASES {
            let audience = if random.one_in(3) { audience(random, members) } else { Audience::EVERYBODY };
            if !audience.is_everybody() {
                audiences.insert((member.code, *database), audience);
            }
        }
    }
    audiences
}

impl World {
    pub fn of(seed: u64) -> Self {
        let mut random = Random(seed);
        let members: Vec<Member> =
            KINDS.iter().map(|(code, kind)| member(&mut random, code, *kind)).collect();
        let organisations: Vec<_> =
            members.iter().map(|member| (member.code, member.kind, member.standing)).collect();
        let registry = world::registry_with_limits(&organisations, |code| {
            let of = members.iter().find(|member| member.code == code);
            of.map_or_else(Vec::new, |member| member.limits.clone())
        });
        let mut book = AgreementBook::default();
        let count = 1 + random.below(4);
        let agreements = (0..count).map(|number| agreement(&mut random, &mut book, number as u32)).collect();
        let (orders, ordered) = orders(&mut random);
        let audiences = audiences(&mut random, &members);
        Self { members, registry, book, agreements, orders, ordered, audiences }
    }

    pub fn member(&self, code: OrganisationCode) -> &Member {
        self.members.iter().find(|member| member.code == code).expect("an organisation of the world")
    }
}

fn member(random: &mut Random, code: &str, kind: OrganisationKind) -> Member {
    let standing = match random.below(20) {
        0 => Standing::Suspended,
        1 => Standing::Left,
        _ => Standing::Active,
    };
    let mut limits = Vec::new();
    if random.one_in(3) {
        for _ in 0..=random.below(2) {
            let aspect = if random.one_in(2) { Aspect::Read } else { Aspect::Write };
            let database = (!random.one_in(5)).then(|| random.pick(DATABASES));
            limits.push(Limit { aspect, database });
        }
        limits.sort_unstable();
        limits.dedup();
    }
    Member { code: org(code), kind, standing, limits }
}

fn agreement(random: &mut Random, book: &mut AgreementBook, number: u32) -> Told {
    let mut everybody: Vec<OrganisationCode> = KINDS
        .iter()
        .filter(|(_, kind)| *kind != OrganisationKind::Commission)
        .map(|(code, _)| org(code))
        .collect();
    everybody.sort();
    let mut parties = random.some(&everybody, 4);
    if parties.len() < 2 {
        parties = vec![org("XA"), org("XP")];
    }
    let grants = (1..=1 + random.below(3) as u32).map(|number| grant(random, number, &parties)).collect();
    let mut text = world::text(number, &parties, grants);
    let from = BEGUN + random.below(6) as i64 * DAY;
    text.from = Timestamp::from_seconds(from).day();
    text.until = Timestamp::from_seconds(from + random.below(20) as i64 * DAY).day();
    let name = (text.agreement, world::propose(book, &text));
    let mut told = Told { text, steps: vec![] };
    let mut take = |told: &mut Told, party, at, step, grant| {
        world::act(book, name, party, at, step, grant);
        told.steps.push(Step { party, at, step, grant });
    };
    for (i, party) in parties.iter().enumerate() {
        if !random.one_in(20) {
            let late = if random.one_in(8) { 6 * DAY } else { -DAY };
            take(&mut told, *party, BEGUN + late + i as i64, AgreementStep::Sign, None);
        }
    }
    told.steps.sort_by_key(|step| step.at);
    for i in 0..random.below(6) as i64 {
        let at = BEGUN + 7 * DAY + i * DAY / 2;
        let party = random.pick(&parties);
        if let Some((step, grant)) = next_step(random, &told, party, at) {
            take(&mut told, party, at, step, grant);
        }
    }
    told
}

/// A step that follows from how a party stands, if one of those that are drawn does.
fn next_step(
    random: &mut Random,
    told: &Told,
    party: OrganisationCode,
    at: i64,
) -> Option<(AgreementStep, Option<u32>)> {
    let stands = told.at(at);
    if !stands.signed.contains(&party) || stands.ended.contains(&party) {
        return None;
    }
    let number = random.pick(&told.text.grants.iter().map(|grant| grant.number).collect::<Vec<_>>());
    let owns = told.text.grant(number).is_some_and(|grant| grant.owners.contains(&party));
    Some(match random.below(8) {
        0 => (AgreementStep::End, None),
        1 | 2 if stands.suspended.contains(&party) => (AgreementStep::Resume, None),
        1 | 2 => (AgreementStep::Suspend, None),
        _ if !owns => return None,
        _ if stands.opted_out.contains(&(party, number)) => (AgreementStep::OptIn, Some(number)),
        _ => (AgreementStep::OptOut, Some(number)),
    })
}

/// A grant that the program's own check of a text would let pass.
fn grant(random: &mut Random, number: u32, parties: &[OrganisationCode]) -> Grant {
    let (mut recipients, mut owners) = (random.some(parties, 5), random.some(parties, 7));
    if recipients == owners && owners.len() == 1 {
        (recipients, owners) = (vec![parties[0]], vec![parties[1]]);
    }
    let signable: Vec<Purpose> = all()
        .into_iter()
        .filter(|purpose| !matches!(purpose, Purpose::Oversight | Purpose::OutsideReference))
        .collect();
    let mut operations = match random.below(4) {
        0 => vec![GrantedOperation::HitNoHit],
        1 => vec![GrantedOperation::Candidates],
        2 => vec![GrantedOperation::Candidates, GrantedOperation::Open],
        _ => vec![],
    };
    if operations.is_empty() || random.one_in(3) {
        operations.push(GrantedOperation::Submit);
    }
    let shows = operations.contains(&GrantedOperation::Candidates);
    Grant {
        number,
        recipients,
        owners,
        databases: random.some(DATABASES, 6),
        fields: if shows { random.some(&all::<FieldGroup>(), 4) } else { vec![] },
        operations,
        purposes: random.some(&signable, 5),
        held: random.some(&signable, 5),
        handling: random.some(&all::<Handling>(), 6),
        classification: random.pick(&all::<Classification>()),
        daily_cap: 1_000,
        duties: random.any(&all::<Duty>(), 3),
    }
}

struct Commission(KeyId, RegisteredKey);

impl KeyLookup for Commission {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        (*id == self.0).then_some(self.1)
    }
}

/// Orders that a commission of one key has given, and what they come to.
fn orders(random: &mut Random) -> (OrderBook, BTreeMap<u8, Ordered>) {
    let commission = org(COMMISSION);
    let signer = Ed25519Signer::from_secret(&[42; 32]);
    let (key, usage) = (signer.public_key(), KeyUsage::Entries);
    let registered = RegisteredKey { organisation: commission, key, not_before: 0, not_after: None, usage };
    let keys = Commission(key.id(), registered);
    let stream = StreamId {
        organisation: commission,
        class: StreamClass::Orders,
        node: NodeId::from_random([8; 16]),
        incarnation: 1,
    };
    let (mut book, mut ordered) = (OrderBook::default(), BTreeMap::<u8, Ordered>::new());
    for number in 0..random.below(8) as u8 {
        let (record, version) = (random.below(RECORDS.into()) as u8, random.below(VERSIONS.into()) as u8);
        let on = ordered.entry(record).or_default();
        let answers = book.last_of(commission, record_id(record));
        let act = match random.below(6) {
            0 if answers.is_some() => OrderAct::Unblock,
            0 | 1 => OrderAct::Block,
            2 => OrderAct::Correct,
            // What is said or marked, and whom nobody enters again, hides nothing.
            3 => OrderAct::Mark,
            4 => OrderAct::DoNotReEnter,
            _ => OrderAct::Annotate,
        };
        match act {
            OrderAct::Block => on.is_blocked = true,
            OrderAct::Unblock => *on = Ordered::default(),
            OrderAct::Correct => drop(on.wrong_versions.insert(version)),
            OrderAct::Annotate
            | OrderAct::Erase
            | OrderAct::DoNotReEnter
            | OrderAct::Lift
            | OrderAct::Mark
            | OrderAct::Unlisted(_) => {}
        }
        let order = Order {
            salt: [number + 1; 32],
            record: record_id(record),
            database: Database::Persons,
            act,
            version: (act == OrderAct::Correct).then(|| version_hash(version)),
            answers: if act == OrderAct::Unblock { answers } else { None },
            texts: vec![LocalText { language: "fa".into(), text: "در دست بررسی".into() }],
            owner: org("XA"),
            described: None,
            mark: None,
            consent: None,
        };
        let claims = Claims {
            entry_type: EntryType::Order,
            issuer: commission,
            subject: record_subject(order.record),
            issued_at: BEGUN + i64::from(number),
        };
        let bytes = seal(&claims, encode(&order), &[&signer]).unwrap();
        let entry = Unverified::parse(&bytes).unwrap().verify_keys(&keys, None, 1).unwrap();
        book.apply(&entry, &Position { stream, seq: u64::from(number) + 1 }).unwrap();
    }
    (book, ordered)
}
