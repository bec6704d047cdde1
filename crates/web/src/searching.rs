//! Searching.

use axum::Json as Out;
use axum::extract::State;
use barid_api::search::{
    BirthReadingShown, CandidateShown, Feature, HitShown, LettersShown, ReasonShown, Recognised,
    SearchRequest, SearchResponse,
};
use barid_app::{
    Agreement, BirthAgreement, Candidate, FactPlace, GroupMatchKind, GroupReason, HitNoHit, LetterReason,
    MatchKind, NumberReason, PartReason, Query, Reason, SearchAnswer,
};

use barid_domain::dates::DateInterval;
use barid_domain::typed_births::BirthReading;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::marks;
use crate::state::Shared;

/// Searches for a name in any script, a document number or a machine-readable zone.
///
/// What was typed is recognised. Candidates come best first, with the reasons for each; they are information, no
/// action, and opening one is another act. Hidden and absent records answer alike, and nothing is counted.
#[utoipa::path(post, path = "/v1/search", tag = "search",
    request_body = SearchRequest,
    responses((status = 200, description = "The candidates.", body = SearchResponse)))]
pub(crate) async fn search(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<SearchRequest>,
) -> Answer<SearchResponse> {
    let read = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(read.why)?;
    let query = Query {
        text: Some(read.query),
        name: None,
        document_number: None,
        issuing_country: read.issuing_country,
        birth: read.birth,
        nationality: read.nationality,
        sex: read.sex,
        birth_place: read.birth_place,
        limit: read.limit,
    };
    let answer = web.app.search(&ctx, &query).await?;
    Ok(Out(search_shown(&answer)))
}

/// Puts an answer into the words of the API.
pub fn search_shown(answer: &SearchAnswer) -> SearchResponse {
    SearchResponse {
        act: answer.act.to_string().into(),
        access: answer.access.to_string().into(),
        recognised: match answer.recognised {
            barid_app::Recognised::Name => Recognised::Name,
            barid_app::Recognised::DocumentNumber => Recognised::DocumentNumber,
            barid_app::Recognised::MachineReadableZone => Recognised::MachineReadableZone,
        },
        remarks: answer.remarks.clone(),
        birth_readings: answer.birth.iter().flat_map(|birth| birth.readings()).map(birth_reading).collect(),
        alert_threshold: answer.alert_threshold,
        candidates: answer.candidates.iter().map(candidate_shown).collect(),
        hits: answer.hits.iter().map(hit).collect(),
        caps_reached: answer.caps_reached.iter().map(Into::into).collect(),
    }
}

pub(crate) fn hit(hit: &HitNoHit) -> HitShown {
    HitShown { database: hit.database.into(), owner: hit.owner.as_str().into() }
}

fn birth_reading(reading: &BirthReading) -> BirthReadingShown {
    BirthReadingShown { calendar: reading.calendar.into(), interval: reading.interval.to_string().into() }
}

/// Puts a candidate into the words of the API.
pub fn candidate_shown(candidate: &Candidate) -> CandidateShown {
    CandidateShown {
        record: candidate.record.to_string().into(),
        database: candidate.database.into(),
        owner: candidate.owner.as_str().into(),
        provenance: candidate.provenance.clone(),
        reference_number: candidate.reference.clone(),
        score: candidate.score,
        alert: candidate.alert,
        cleared_by: candidate.cleared_by_birth.then_some(Feature::Birth),
        found: candidate.found.clone(),
        statuses: candidate.statuses.iter().map(|status| (*status).into()).collect(),
        fraud: candidate.fraud.map(Into::into),
        document_type: candidate.document_type.map(Into::into),
        issuing_country: candidate.issuing_country.map(Into::into),
        object_status: candidate.object_status.map(Into::into),
        group_statuses: candidate.group_statuses.iter().map(|status| (*status).into()).collect(),
        reasons: candidate
            .numbers
            .iter()
            .map(number)
            .chain(candidate.reasons.iter().flat_map(reasons))
            .chain(candidate.name_parts.iter().map(group_part))
            .collect(),
        exercise: candidate.exercise,
        handling: candidate.handling.into(),
        duties: barid_api::agreements::shown(&candidate.duties),
        marks: marks::marks(&candidate.said),
        annotations: marks::annotations(&candidate.said),
        partial: candidate.is_partial,
    }
}

fn reasons(reason: &Reason) -> Vec<ReasonShown> {
    match reason {
        Reason::Name { parts, .. } => parts.iter().map(name_part).collect(),
        Reason::Birth { agreement, weight, asked, recorded } => {
            vec![birth(*agreement, *weight, asked.as_ref(), recorded.as_ref())]
        }
        Reason::Nationality { agreement, weight } => {
            vec![other(Feature::Nationality, agreement_code(*agreement), *weight)]
        }
        Reason::Sex { agreement, weight } => vec![other(Feature::Sex, agreement_code(*agreement), *weight)],
        Reason::BirthPlace { agreement, weight, recorded } => vec![ReasonShown {
            found: recorded.as_ref().map(place),
            ..other(Feature::BirthPlace, agreement_code(*agreement), *weight)
        }],
    }
}

fn birth(
    agreement: BirthAgreement,
    weight: f32,
    asked: Option<&BirthReading>,
    recorded: Option<&DateInterval>,
) -> ReasonShown {
    let (meant, taken) = match agreement {
        BirthAgreement::OtherCalendar { meant, taken } => (Some(meant), Some(taken)),
        BirthAgreement::SameDay
        | BirthAgreement::SameFirstOfYear
        | BirthAgreement::Possible
        | BirthAgreement::DayAndMonthSwapped
        | BirthAgreement::YearAsFirstOfJanuary
        | BirthAgreement::Near
        | BirthAgreement::SameYear
        | BirthAgreement::Differs { .. }
        | BirthAgreement::Unknown => (None, None),
    };
    ReasonShown {
        asked: asked.map(|reading| reading.interval.to_string()),
        found: recorded.map(DateInterval::to_string),
        calendar: asked.map(|reading| reading.calendar.into()),
        meant: meant.map(Into::into),
        taken: taken.map(Into::into),
        years: if let BirthAgreement::Differs { years } = agreement { Some(years) } else { None },
        ..other(Feature::Birth, birth_code(agreement), weight)
    }
}

/// A place as one line: its words, and the country's code.
fn place(place: &FactPlace) -> String {
    let words = Some(place.words.clone()).filter(|words| !words.is_empty());
    words.into_iter().chain(place.country.map(|country| country.to_string())).collect::<Vec<_>>().join(", ")
}

fn number(reason: &NumberReason) -> ReasonShown {
    match reason {
        NumberReason::Document { document_type, number, issuing_country, agreement } => ReasonShown {
            found: Some(number.clone()),
            document_type: Some((*document_type).into()),
            issuing_country: issuing_country.map(Into::into),
            ..other(Feature::Document, agreement_code(*agreement), 0.0)
        },
        NumberReason::Identifier { kind, number, country, agreement } => ReasonShown {
            found: Some(number.clone()),
            identifier: Some((*kind).into()),
            issuing_country: country.map(Into::into),
            ..other(Feature::Identifier, agreement_code(*agreement), 0.0)
        },
        NumberReason::Reference { source, reference } => ReasonShown {
            found: Some(reference.clone()),
            source: Some(source.clone()),
            ..other(Feature::Reference, match_code(MatchKind::Exact), 0.0)
        },
    }
}

fn name_part(part: &PartReason) -> ReasonShown {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReasonShown {
        asked: given(&part.query),
        found: given(&part.record),
        likeness: Some(part.detail.likeness),
        letters: part.letters.iter().map(letters).collect(),
        ..other(Feature::Name, match_code(part.detail.kind), part.detail.weight)
    }
}

fn group_part(part: &GroupReason) -> ReasonShown {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReasonShown {
        asked: given(&part.query),
        found: given(&part.recorded),
        likeness: Some(part.likeness),
        ..other(Feature::Name, group_match_code(part.kind), part.weight)
    }
}

fn letters(pair: &LetterReason) -> LettersShown {
    LettersShown { asked: pair.query.clone(), found: pair.record.clone(), slip: pair.slip }
}

fn other(feature: Feature, relation: &str, weight: f32) -> ReasonShown {
    ReasonShown {
        feature,
        relation: relation.to_owned(),
        asked: None,
        found: None,
        likeness: None,
        weight,
        document_type: None,
        issuing_country: None,
        identifier: None,
        source: None,
        letters: Vec::new(),
        calendar: None,
        meant: None,
        taken: None,
        years: None,
    }
}

fn match_code(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Exact => "exact",
        MatchKind::Romanisation => "romanisation",
        MatchKind::Typo => "typo",
        MatchKind::Initial => "initial",
        MatchKind::Joined => "joined",
        MatchKind::Split => "split",
        MatchKind::QueryOnly => "asked-only",
        MatchKind::RecordOnly => "record-only",
    }
}

fn group_match_code(kind: GroupMatchKind) -> &'static str {
    match kind {
        GroupMatchKind::Exact => "exact",
        GroupMatchKind::Translated => "translated",
        GroupMatchKind::Romanisation => "romanisation",
        GroupMatchKind::Spelling => "spelling",
        GroupMatchKind::Joined => "joined",
        GroupMatchKind::Split => "split",
        GroupMatchKind::Initials => "initials",
        GroupMatchKind::QueryOnly => "asked-only",
        GroupMatchKind::RecordOnly => "record-only",
    }
}

fn birth_code(agreement: BirthAgreement) -> &'static str {
    match agreement {
        BirthAgreement::SameDay => "same-day",
        BirthAgreement::SameFirstOfYear => "same-first-of-year",
        BirthAgreement::Possible => "possible",
        BirthAgreement::DayAndMonthSwapped => "day-and-month-swapped",
        BirthAgreement::YearAsFirstOfJanuary => "year-as-first-of-january",
        BirthAgreement::Near => "near",
        BirthAgreement::OtherCalendar { .. } => "other-calendar",
        BirthAgreement::SameYear => "same-year",
        BirthAgreement::Differs { .. } => "differs",
        BirthAgreement::Unknown => "unknown",
    }
}

fn agreement_code(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agrees",
        Agreement::Differs => "differs",
        Agreement::Unknown => "unknown",
    }
}
