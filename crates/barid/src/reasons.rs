//! Why somebody is a candidate, in words: a line for each part of a name and each feature that says something.

use barid_app::{Agreement, BirthAgreement, MatchKind, NumberReason, PartReason, Reason};
use barid_languages::Text;

use crate::terminal::{code, isolate, words};

/// The lines of a reason; what is not known on one side says nothing and has no line.
pub fn lines(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::Name { parts, .. } => parts.iter().map(part).collect(),
        Reason::Birth { agreement, weight } => {
            let weight = &shown(*weight);
            let text = match agreement {
                BirthAgreement::Unknown => return Vec::new(),
                BirthAgreement::SameDay => Text::BornSameDay { weight },
                BirthAgreement::Possible => Text::BornPossible { weight },
                BirthAgreement::DayAndMonthSwapped => Text::BornSwapped { weight },
                BirthAgreement::YearAsFirstOfJanuary => Text::BornYear { weight },
                BirthAgreement::Near => Text::BornNear { weight },
                BirthAgreement::Differs { years } => Text::BornDiffers { years: *years, weight },
            };
            vec![words(text)]
        }
        Reason::Nationality { agreement, weight } => {
            let weight = &shown(*weight);
            of(*agreement, Text::NationalityAgrees { weight }, Text::NationalityDiffers { weight })
        }
        Reason::Sex { agreement, weight } => {
            let weight = &shown(*weight);
            of(*agreement, Text::SexAgrees { weight }, Text::SexDiffers { weight })
        }
    }
}

/// The line of a number by which a person was found.
pub fn number(reason: &NumberReason) -> String {
    match reason {
        NumberReason::Document { document_type, number, issuing_country, agreement } => {
            let (kind, number) = (&code(*document_type), &isolate(number));
            let country = &issuing_country.map(|country| country.to_string()).unwrap_or_default();
            words(match (issuing_country, agreement) {
                (None, _) => Text::NumberNoCountry { kind, number },
                (Some(_), Agreement::Differs) => Text::NumberOtherCountry { kind, number, country },
                (Some(_), Agreement::Agrees | Agreement::Unknown) => {
                    Text::NumberSame { kind, number, country }
                }
            })
        }
        NumberReason::Reference { source, reference } => {
            words(Text::ReferenceSame { source: &isolate(source), number: &isolate(reference) })
        }
    }
}

fn of(agreement: Agreement, agrees: Text<'_>, differs: Text<'_>) -> Vec<String> {
    match agreement {
        Agreement::Unknown => Vec::new(),
        Agreement::Agrees => vec![words(agrees)],
        Agreement::Differs => vec![words(differs)],
    }
}

fn shown(weight: f32) -> String {
    format!("{weight:+.1}")
}

fn part(part: &PartReason) -> String {
    let relation = match part.detail.kind {
        MatchKind::Exact => Text::RelationSame,
        MatchKind::Romanisation => Text::RelationRomanisation,
        MatchKind::Typo => Text::RelationSlip,
        MatchKind::Initial => Text::RelationInitial,
        MatchKind::Joined => Text::RelationJoined,
        MatchKind::Split => Text::RelationSplit,
        MatchKind::QueryOnly => Text::RelationAskedOnly,
        MatchKind::RecordOnly => Text::RelationRecordedOnly,
    };
    words(Text::ReasonName {
        asked: &isolate(&part.query),
        found: &isolate(&part.record),
        relation: &words(relation),
        likeness: &format!("{:.2}", part.detail.likeness),
    })
}
