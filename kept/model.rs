//! Associations and agreements by seed, with what the oracle has to know of them, kept apart from the program's own book.

use std::collections::{BTreeMap, BTreeSet};

use barid_domain::agreements::{Agreement, AgreementBook, AgreementStep, FieldGroup, Grant, GrantedOperation};
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::registry::{Registry, Standing};

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

    /// At least one of them, in their order; each with a chance of `share` in ten.
    fn some<T: Copy>(&mut self, from: &[T], share: usize) -> Vec<T> {
        let chosen: Vec<T> = from.iter().copied().filter(|_| self.below(10) < share).collect();
        if chosen.is_empty() { vec![self.pick(from)] } else { chosen }
    }
}

pub fn all<T: CodeList>() -> Vec<T> {
    T::LISTED.iter().map(|(code, _)| *code).collect()
}

const KINDS: &[(&str, OrganisationKind)] = &[
    ("XA", OrganisationKind::Bureau),
    ("XB", OrganisationKind::Bureau),
    ("XC", OrganisationKind::Bureau),
    ("XN", OrganisationKind::NationalEntity),
    ("XP", OrganisationKind::Partner),
    ("XQ", OrganisationKind::Partner),
    ("XZ", OrganisationKind::Secretariat),
    ("XKO", OrganisationKind::Commission),
];

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

pub struct World {
    pub organisations: Vec<(OrganisationCode, OrganisationKind, Standing)>,
    pub registry: Registry,
    pub book: AgreementBook,
    pub agreements: Vec<Told>,
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

impl World {
    pub fn of(seed: u64) -> Self {
        let mut random = Random(seed);
        let organisations: Vec<_> = KINDS
            .iter()
            .map(|(code, kind)| {
                let standing = match random.below(14) {
                    0 => Standing::Suspended,
                    1 => Standing::Left,
                    _ => Standing::Active,
                };
                (org(code), *kind, standing)
            })
            .collect();
        let registry = world::registry(&organisations);
        let mut book = AgreementBook::default();
        let count = 1 + random.below(6);
        let agreements = (0..count).map(|number| agreement(&mut random, &mut book, number as u32)).collect();
        Self { organisations, registry, book, agreements }
    }
}

fn agreement(random: &mut Random, book: &mut AgreementBook, number: u32) -> Told {
    let mut everybody: Vec<OrganisationCode> =
        KINDS.iter().filter(|(_, kind)| *kind != OrganisationKind::Commission).map(|(code, _)| org(code)).collect();
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
        if !random.one_in(12) {
            let late = if random.one_in(8) { 6 * DAY } else { -DAY };
            take(&mut told, *party, BEGUN + late + i as i64, AgreementStep::Sign, None);
        }
    }
    told.steps.sort_by_key(|step| step.at);
    for i in 0..random.below(6) as i64 {
        let at = BEGUN + 7 * DAY + i * DAY / 2;
        let stands = told.at(at);
        let party = random.pick(&parties);
        if !stands.signed.contains(&party) || stands.ended.contains(&party) {
            continue;
        }
        let number = random.pick(&told.text.grants.iter().map(|grant| grant.number).collect::<Vec<_>>());
        let owns = told.text.grant(number).is_some_and(|grant| grant.owners.contains(&party));
        let (step, grant) = match random.below(8) {
            0 => (AgreementStep::End, None),
            1 | 2 if stands.suspended.contains(&party) => (AgreementStep::Resume, None),
            1 | 2 => (AgreementStep::Suspend, None),
            _ if !owns => continue,
            _ if stands.opted_out.contains(&(party, number)) => (AgreementStep::OptIn, Some(number)),
            _ => (AgreementStep::OptOut, Some(number)),
        };
        take(&mut told, party, at, step, grant);
    }
    told
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
        databases: random.some(&all::<Database>()[..4], 6),
        fields: if shows { random.some(&all::<FieldGroup>(), 4) } else { vec![] },
        operations,
        purposes: random.some(&signable, 5),
        held: random.some(&signable, 5),
        handling: random.some(&all::<Handling>(), 6),
        classification: random.pick(&all::<Classification>()),
        daily_cap: 1_000,
        duties: vec![],
    }
}

/// Which organisations take part, of all that the registry has.
pub fn standings(world: &World) -> BTreeMap<OrganisationCode, bool> {
    world.organisations.iter().map(|(code, _, standing)| (*code, *standing == Standing::Active)).collect()
}
