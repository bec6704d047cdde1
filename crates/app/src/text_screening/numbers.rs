//! Numbers in a text: those of documents, and machine-readable zones.
//!
//! What looks like one is looked up in the indexes of a search, in scope, and what seems to be there is searched for as it
//! would be alone: the records themselves have the last word.

use std::collections::BTreeSet;
use std::sync::Arc;

use barid_domain::codes::IdentifierKind;
use barid_domain::policy::SearchScope;
use barid_domain::text_screening::StretchKind;
use barid_domain::travel_documents::DocumentNumber;
use barid_search::number_index::PersonNumber;
use barid_search::object_index::ObjectNumber;
use barid_search::person_index::CandidateLimit;
use barid_search::text_screening::identifiers::{self, Identifier, identifiers};

use super::{Stretch, room_beside};
use crate::App;
use crate::acts::Act;
use crate::answers::Candidate;
use crate::error::AppError;
use crate::index::Index;
use crate::objects::AskedObjects;
use crate::searching::{LEAST_SCORE_SHOWN, Manner, Understood, read_zone, understand_zone};

/// What is looked for besides names.
const KINDS: &[StretchKind] = &[
    StretchKind::DocumentNumber,
    StretchKind::MachineReadableZone,
    StretchKind::Vin,
    StretchKind::Plate,
    StretchKind::Phone,
    StretchKind::Imei,
];
/// What a number may be that is written as numbers of documents are.
const KINDS_LIKE_DOCUMENTS: &[IdentifierKind] = &[
    IdentifierKind::DocumentNumber,
    IdentifierKind::Engine,
    IdentifierKind::Imo,
    IdentifierKind::Hin,
    IdentifierKind::Mmsi,
    IdentifierKind::AircraftMark,
    IdentifierKind::Serial,
    IdentifierKind::Iban,
    IdentifierKind::Account,
    IdentifierKind::Banknote,
    IdentifierKind::Registration,
    IdentifierKind::Lei,
    IdentifierKind::Bic,
    IdentifierKind::ImoCompany,
];
/// Numbers looked up under one lock.
const LOOKED_UP_AT_ONCE: usize = 500;
/// The most zones that are searched for, and the most numbers that are shown: half of what an answer holds.
const ZONES_CAP: usize = 100;
const NUMBERS_CAP: usize = 250;
/// What is left of the score of a number where letters of another script were read as the Latin ones they look like.
const LETTERS_ALIKE: f32 = 0.9;

impl App {
    /// Numbers of documents and machine-readable zones that are known, and whether there are more than an answer holds.
    pub(super) async fn numbers_in(
        &self,
        act: &Act,
        scope: &SearchScope,
        text: &str,
        limit: CandidateLimit,
    ) -> Result<(Vec<Stretch>, bool), AppError> {
        let written = text.to_owned();
        let found = self.compute_behind(move |_| identifiers(&written, KINDS)).await?;
        let (zones, numbers): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| found.kind == StretchKind::MachineReadableZone);
        let (mut stretches, mut places) = (Vec::new(), Vec::new());
        let mut is_cut = zones.len() > ZONES_CAP;
        for zone in zones.into_iter().take(ZONES_CAP) {
            if room_beside(&stretches).candidates == 0 {
                is_cut = true;
                break;
            }
            let stretch = self.stretch_of_zone(act, scope, zone, limit.max).await?;
            places.extend(stretch.iter().map(|stretch| (stretch.start, stretch.end)));
            is_cut |= put(&mut stretches, stretch, limit.min_score);
        }
        let numbers = self.known_numbers(scope, numbers, places).await?;
        is_cut |= numbers.len() > NUMBERS_CAP;
        for number in numbers.into_iter().take(NUMBERS_CAP) {
            if room_beside(&stretches).candidates == 0 {
                is_cut = true;
                break;
            }
            let stretch = self.stretch_of_number(act, scope, number, limit).await?;
            is_cut |= put(&mut stretches, stretch, limit.min_score);
        }
        Ok((stretches, is_cut))
    }

    /// A zone is searched for as one that is scanned: by its number and by its name. Whatever score is asked for, what a
    /// search would show is here, because its number is not looked for by itself then.
    async fn stretch_of_zone(
        &self,
        act: &Act,
        scope: &SearchScope,
        zone: Identifier,
        limit: usize,
    ) -> Result<Option<Stretch>, AppError> {
        let Some(read) = read_zone(&zone.number, self.now().day()) else { return Ok(None) };
        let understood = understand_zone(&read);
        let least_score = LEAST_SCORE_SHOWN;
        let manner =
            Manner::Row { screening: act.id(), number: 0, least_score, caps_reached: Arc::default() };
        let mut candidates = self.document_candidates(act, scope, &understood, limit).await?;
        candidates.extend(self.person_candidates(act, scope, &understood, limit, &manner).await?);
        candidates.truncate(limit);
        candidates.retain(|candidate| candidate.score >= least_score);
        Ok(stretch_of(zone, understood.remarks().to_vec(), candidates))
    }

    /// Numbers that records in scope seem to have, the longest where several share characters; what stands in a zone is the
    /// zone's.
    async fn known_numbers(
        &self,
        scope: &SearchScope,
        mut found: Vec<Identifier>,
        zones: Vec<(u32, u32)>,
    ) -> Result<Vec<Identifier>, AppError> {
        found.retain(|found| zones.iter().all(|(start, end)| found.end <= *start || *end <= found.start));
        let mut seen: BTreeSet<(u32, u32, StretchKind)> = BTreeSet::new();
        for some in found.chunks(LOOKED_UP_AT_ONCE) {
            let (some, scope) = (some.to_vec(), scope.by_numbers());
            let known = self.compute_behind(move |standing| {
                let index = standing.read();
                let known = some.iter().filter(|found| is_in(&index, &scope, found));
                known.map(place_of).collect::<Vec<_>>()
            });
            seen.extend(known.await?);
        }
        Ok(identifiers::known(found, |found| seen.contains(&place_of(found))))
    }

    async fn stretch_of_number(
        &self,
        act: &Act,
        scope: &SearchScope,
        number: Identifier,
        limit: CandidateLimit,
    ) -> Result<Option<Stretch>, AppError> {
        let manner =
            Manner::Row { screening: act.id(), number: 0, least_score: 0.0, caps_reached: Arc::default() };
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut remarks = Vec::new();
        for reading in readings(&number) {
            let understood = Understood::of_number(reading.document, reading.held);
            let mut of_reading = self.document_candidates(act, scope, &understood, limit.max).await?;
            of_reading.extend(self.person_candidates(act, scope, &understood, limit.max, &manner).await?);
            of_reading.extend(self.object_candidates(act, scope, &reading.objects, limit.max).await?);
            of_reading.retain(|one| candidates.iter().all(|other| other.record != one.record));
            if reading.is_alike {
                of_reading.iter_mut().for_each(|one| one.score = one.score.min(LETTERS_ALIKE));
            }
            of_reading.retain(|one| one.score >= limit.min_score);
            if reading.is_alike && !of_reading.is_empty() {
                remarks.push("letters-alike".to_owned());
            }
            candidates.extend(of_reading);
        }
        candidates.truncate(limit.max);
        Ok(stretch_of(number, remarks, candidates))
    }
}

/// Is a way to read a number.
struct Reading {
    document: Option<DocumentNumber>,
    held: Option<PersonNumber>,
    objects: AskedObjects,
    /// Whether letters that only look Latin were read as Latin ones.
    is_alike: bool,
}

/// A number as it is written, and with letters that look Latin read so. Objects are compared by such letters anyway.
fn readings(number: &Identifier) -> impl Iterator<Item = Reading> {
    let is_document = number.kind == StretchKind::DocumentNumber;
    let read = |written: &str, is_alike| Reading {
        document: DocumentNumber::new(written).ok().filter(|_| is_document),
        held: PersonNumber::document(written).filter(|_| is_document),
        objects: if is_alike {
            AskedObjects::default()
        } else {
            AskedObjects::of(kinds_of(number.kind), written, None)
        },
        is_alike,
    };
    let alike = number.alike.as_deref().map(|alike| read(alike, true));
    [read(&number.written, false)].into_iter().chain(alike)
}

/// Where a number stands, and as what: one stretch may be taken for several kinds, of which one is known.
fn place_of(number: &Identifier) -> (u32, u32, StretchKind) {
    (number.start, number.end, number.kind)
}

fn kinds_of(kind: StretchKind) -> &'static [IdentifierKind] {
    match kind {
        StretchKind::DocumentNumber => KINDS_LIKE_DOCUMENTS,
        StretchKind::Vin => &[IdentifierKind::Vin],
        StretchKind::Plate => &[IdentifierKind::Plate],
        StretchKind::Phone => &[IdentifierKind::Phone],
        StretchKind::Imei => &[IdentifierKind::Imei],
        StretchKind::Name | StretchKind::Group | StretchKind::MachineReadableZone => &[],
    }
}

fn is_in(index: &Index, scope: &SearchScope, number: &Identifier) -> bool {
    readings(number).any(|reading| {
        let reported = |number| !index.documents.lookup(scope, number, None).is_empty();
        let held = |number| !index.numbers.lookup(scope, number, 1).is_empty();
        let is_objects = |number: &ObjectNumber| !index.objects.lookup(scope, number, 1).is_empty();
        reading.document.as_ref().is_some_and(reported)
            || reading.held.as_ref().is_some_and(held)
            || reading.objects.numbers().iter().any(is_objects)
    })
}

/// Puts a stretch beside the others, if it has candidates of such a score, and as many of them as an answer has room for,
/// of which there is some; tells whether that is not all.
fn put(stretches: &mut Vec<Stretch>, stretch: Option<Stretch>, least_score: f32) -> bool {
    let Some(mut stretch) = stretch else { return false };
    stretch.candidates.retain(|candidate| candidate.score >= least_score);
    if stretch.candidates.is_empty() {
        return false;
    }
    let room = room_beside(stretches).candidates;
    let is_cut = stretch.candidates.len() > room;
    stretch.candidates.truncate(room);
    stretches.push(stretch);
    is_cut
}

/// A stretch with what was found for it; none where records themselves, looked at, have nothing of it.
fn stretch_of(found: Identifier, remarks: Vec<String>, candidates: Vec<Candidate>) -> Option<Stretch> {
    let Identifier { start, end, kind, written: text, .. } = found;
    (!candidates.is_empty()).then_some(Stretch { start, end, text, kind, remarks, candidates })
}
