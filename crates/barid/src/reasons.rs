//! Why somebody is a candidate, in words: a line for each part of a name and each feature that says something.

use barid_api::codes::CalendarCode;
use barid_api::search::{Feature, ReasonShown};
use barid_app::{
    Agreement, BirthAgreement, FactPlace, GroupMatchKind, GroupReason, MatchKind, Name, NumberReason,
    PartMatch, PartReason, Reason, Role,
};
use barid_domain::codes::{CodeList, DocumentType, IdentifierKind};
use barid_languages::Text;

use crate::terminal::{calendar_name, code, code_named, identifier, isolate, words};

/// The lines of a reason; what is not known on one side says nothing and has no line.
pub fn lines(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::Name { parts, .. } => parts.iter().filter(|part| says_something(part)).map(part).collect(),
        Reason::Birth { agreement, weight, .. } => {
            let weight = &shown(*weight);
            let text = match agreement {
                BirthAgreement::Unknown => return Vec::new(),
                BirthAgreement::SameDay => Text::BornSameDay { weight },
                BirthAgreement::Possible => Text::BornPossible { weight },
                BirthAgreement::DayAndMonthSwapped => Text::BornSwapped { weight },
                BirthAgreement::YearAsFirstOfJanuary => Text::BornYear { weight },
                BirthAgreement::Near => Text::BornNear { weight },
                BirthAgreement::SameFirstOfYear => Text::BornSameFirstOfYear { weight },
                BirthAgreement::SameYear => Text::BornSameYear { weight },
                BirthAgreement::OtherCalendar { meant, taken } => {
                    let (meant, taken) = (&calendar_name(*meant), &calendar_name(*taken));
                    return vec![words(Text::BornOtherCalendar { meant, taken, weight })];
                }
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
        Reason::BirthPlace { agreement, weight, recorded } => {
            let (weight, place) = (&shown(*weight), &recorded.as_ref().map(place).unwrap_or_default());
            of(
                *agreement,
                Text::BirthPlaceAgrees { place, weight },
                Text::BirthPlaceDiffers { place, weight },
            )
        }
    }
}

/// The line of a part of a group's name.
pub fn group_part(part: &GroupReason) -> String {
    let relation = match part.kind {
        GroupMatchKind::Exact => Text::RelationSame,
        GroupMatchKind::Translated => Text::RelationTranslated,
        GroupMatchKind::Romanisation => Text::RelationRomanisation,
        GroupMatchKind::Spelling => Text::RelationSpelling,
        GroupMatchKind::Joined => Text::RelationJoined,
        GroupMatchKind::Split => Text::RelationSplit,
        GroupMatchKind::Initials => Text::RelationInitial,
        GroupMatchKind::QueryOnly => Text::RelationAskedOnly,
        GroupMatchKind::RecordOnly => Text::RelationRecordedOnly,
    };
    let is_alone = matches!(part.kind, GroupMatchKind::QueryOnly | GroupMatchKind::RecordOnly);
    let likeness = if is_alone { String::new() } else { format!("{:.2}", part.likeness) };
    name_line(&part.query, &part.recorded, relation, &likeness)
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
        NumberReason::Identifier { kind, number, country, agreement } => {
            let (kind, number) = (&code(*kind), &isolate(number));
            let country = &country.map(|country| country.to_string()).unwrap_or_default();
            words(match (country.is_empty(), agreement) {
                (true, _) => Text::NumberNoCountry { kind, number },
                (false, Agreement::Differs) => Text::NumberOtherCountry { kind, number, country },
                (false, Agreement::Agrees | Agreement::Unknown) => Text::NumberSame { kind, number, country },
            })
        }
        NumberReason::Reference { source, reference } => {
            words(Text::ReferenceSame { source: &isolate(source), number: &isolate(reference) })
        }
    }
}

/// The line of a reason as a server tells it; `None` for what says nothing.
pub fn shown_by_server(reason: &ReasonShown) -> Option<String> {
    let weight = &shown(reason.weight);
    let recorded = &reason.found.as_deref().map(isolate).unwrap_or_default();
    match (reason.feature, reason.relation.as_str()) {
        (Feature::Name, relation) => name_by_server(reason, relation),
        (Feature::Document, relation) => {
            let kind =
                &reason.document_type.as_ref().map(|kind| code_named(DocumentType::LIST, kind.as_str()));
            let (kind, number) = (kind.as_deref().unwrap_or_default(), recorded);
            let country = reason.issuing_country.as_ref().map(|country| identifier(&country.0));
            Some(words(match (&country, relation) {
                (None, _) => Text::NumberNoCountry { kind, number },
                (Some(country), "differs") => Text::NumberOtherCountry { kind, number, country },
                (Some(country), _) => Text::NumberSame { kind, number, country },
            }))
        }
        (Feature::Identifier, relation) => {
            let kind = reason.identifier.as_ref();
            let kind = &kind.map(|kind| code_named(IdentifierKind::LIST, kind.as_str())).unwrap_or_default();
            let country = reason.issuing_country.as_ref().map(|country| identifier(&country.0));
            Some(words(match (&country, relation) {
                (None, _) => Text::NumberNoCountry { kind, number: recorded },
                (Some(country), "differs") => Text::NumberOtherCountry { kind, number: recorded, country },
                (Some(country), _) => Text::NumberSame { kind, number: recorded, country },
            }))
        }
        (Feature::Reference, _) => {
            let source = &reason.source.as_deref().map(isolate).unwrap_or_default();
            Some(words(Text::ReferenceSame { source, number: recorded }))
        }
        (Feature::Nationality, "agrees") => Some(words(Text::NationalityAgrees { weight })),
        (Feature::Nationality, "differs") => Some(words(Text::NationalityDiffers { weight })),
        (Feature::Sex, "agrees") => Some(words(Text::SexAgrees { weight })),
        (Feature::Sex, "differs") => Some(words(Text::SexDiffers { weight })),
        (Feature::BirthPlace, "agrees") => Some(words(Text::BirthPlaceAgrees { place: recorded, weight })),
        (Feature::BirthPlace, "differs") => Some(words(Text::BirthPlaceDiffers { place: recorded, weight })),
        (Feature::Birth, relation) => birth_by_server(reason, relation, weight),
        (Feature::Nationality | Feature::Sex | Feature::BirthPlace, _) => None,
    }
}

fn name_by_server(reason: &ReasonShown, relation: &str) -> Option<String> {
    let of_group = match relation {
        "translated" => Some(GroupMatchKind::Translated),
        "spelling" => Some(GroupMatchKind::Spelling),
        "initials" => Some(GroupMatchKind::Initials),
        _ => None,
    };
    if let Some(kind) = of_group {
        let side = |text: &Option<String>| text.clone().unwrap_or_default();
        let (query, recorded) = (side(&reason.asked), side(&reason.found));
        let (weight, likeness) = (reason.weight, reason.likeness.unwrap_or_default());
        return Some(group_part(&GroupReason { query, recorded, kind, weight, likeness }));
    }
    let kind = match relation {
        "exact" => MatchKind::Exact,
        "romanisation" => MatchKind::Romanisation,
        "typo" => MatchKind::Typo,
        "initial" => MatchKind::Initial,
        "joined" => MatchKind::Joined,
        "split" => MatchKind::Split,
        "asked-only" => MatchKind::QueryOnly,
        "record-only" => MatchKind::RecordOnly,
        _ => return None,
    };
    let (query, record) =
        (reason.asked.clone().unwrap_or_default(), reason.found.clone().unwrap_or_default());
    let (weight, likeness) = (reason.weight, reason.likeness.unwrap_or_default());
    let detail = PartMatch { query: (0, 1), record: (0, 1), kind, weight, likeness, letters: Vec::new() };
    let told = PartReason { query, record, detail, letters: Vec::new() };
    says_something(&told).then(|| part(&told))
}

fn birth_by_server(reason: &ReasonShown, relation: &str, weight: &str) -> Option<String> {
    let calendar = |code: &Option<CalendarCode>| {
        code.as_ref().map(|code| code_named("calendar", &code.0)).unwrap_or_default()
    };
    Some(words(match relation {
        "same-day" => Text::BornSameDay { weight },
        "possible" => Text::BornPossible { weight },
        "day-and-month-swapped" => Text::BornSwapped { weight },
        "year-as-first-of-january" => Text::BornYear { weight },
        "near" => Text::BornNear { weight },
        "same-first-of-year" => Text::BornSameFirstOfYear { weight },
        "same-year" => Text::BornSameYear { weight },
        "other-calendar" => {
            let (meant, taken) = (&calendar(&reason.meant), &calendar(&reason.taken));
            return Some(words(Text::BornOtherCalendar { meant, taken, weight }));
        }
        "differs" => Text::BornDiffers { years: reason.years.unwrap_or_default(), weight },
        _ => return None,
    }))
}

fn of(agreement: Agreement, agrees: Text<'_>, differs: Text<'_>) -> Vec<String> {
    match agreement {
        Agreement::Unknown => Vec::new(),
        Agreement::Agrees => vec![words(agrees)],
        Agreement::Differs => vec![words(differs)],
    }
}

/// A place in its own words, and the country's code.
fn place(place: &FactPlace) -> String {
    let words = Some(place.words.as_str()).filter(|words| !words.is_empty()).map(isolate);
    words.into_iter().chain(place.country.map(|country| country.to_string())).collect::<Vec<_>>().join(", ")
}

fn shown(weight: f32) -> String {
    format!("{weight:+.1}")
}

fn part(part: &PartReason) -> String {
    let relation = match part.detail.kind {
        MatchKind::Exact => Text::RelationSame,
        MatchKind::Romanisation => Text::RelationRomanisation,
        // Between scripts letters are spelled, not mistaken.
        MatchKind::Typo if scripts_differ(&part.query, &part.record) => Text::RelationRomanisation,
        MatchKind::Typo => Text::RelationSlip,
        MatchKind::Initial => Text::RelationInitial,
        MatchKind::Joined => Text::RelationJoined,
        MatchKind::Split => Text::RelationSplit,
        MatchKind::QueryOnly => Text::RelationAskedOnly,
        MatchKind::RecordOnly => Text::RelationRecordedOnly,
    };
    // What one side alone has is like nothing: no figure.
    let likeness = match part.detail.kind {
        MatchKind::QueryOnly | MatchKind::RecordOnly => String::new(),
        _ => format!("{:.2}", part.detail.likeness),
    };
    name_line(&part.query, &part.record, relation, &likeness)
}

fn name_line(asked: &str, found: &str, relation: Text<'_>, likeness: &str) -> String {
    let (asked, found, relation) = (&side(asked), &side(found), &words(relation));
    words(Text::ReasonName { asked, found, relation, likeness }).trim_end().to_owned()
}

/// A side of a comparison; a dash where it has nothing.
fn side(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { isolate(text) }
}

/// Articles and particles that agree say nothing: half the names have them.
fn says_something(part: &PartReason) -> bool {
    match part.detail.kind {
        MatchKind::Exact | MatchKind::Romanisation | MatchKind::Typo => {
            !(is_particle(&part.query) && is_particle(&part.record))
        }
        MatchKind::Initial
        | MatchKind::Joined
        | MatchKind::Split
        | MatchKind::QueryOnly
        | MatchKind::RecordOnly => true,
    }
}

fn is_particle(text: &str) -> bool {
    let name = Name::parse(text);
    !name.parts().is_empty() && name.parts().iter().all(|part| part.role() == Role::Particle)
}

fn scripts_differ(one: &str, other: &str) -> bool {
    let script = |text: &str| Name::parse(text).parts().first().map(|part| part.script());
    matches!((script(one), script(other)), (Some(one), Some(other)) if one != other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(query: &str, record: &str, kind: MatchKind, weight: f32) -> Vec<String> {
        let detail = barid_app::PartMatch {
            query: (0, 1),
            record: (0, 1),
            kind,
            weight,
            likeness: 0.87,
            letters: Vec::new(),
        };
        let letters = Vec::new();
        let part = PartReason { query: query.to_owned(), record: record.to_owned(), detail, letters };
        lines(&Reason::Name { parts: vec![part], score: 0.9, evidence: 6.0, weak_alias: false })
    }

    #[test]
    fn births_and_places_say_what_agrees_and_what_was_mistaken() {
        use barid_domain::calendars::Calendar::{LunarHijri, SolarHijri};
        let birth = |agreement, weight| {
            lines(&Reason::Birth { agreement, weight, asked: None, recorded: None }).join("; ")
        };
        let mistaken = BirthAgreement::OtherCalendar { meant: SolarHijri, taken: LunarHijri };
        assert_eq!(
            birth(mistaken, 1.2),
            "born: the same if a Solar Hijri date was taken for a lunar Hijri one +1.2"
        );
        assert_eq!(birth(BirthAgreement::SameYear, -0.6), "born: another day of the same year -0.6");
        let first = birth(BirthAgreement::SameFirstOfYear, 3.4);
        assert_eq!(first, "born: the same year, given as its first day on both sides +3.4");
        assert_eq!(birth(BirthAgreement::Unknown, 0.0), "");
        let place = |words: &str, agreement| {
            let country = barid_domain::countries::CountryCode::new("AFG").ok();
            let recorded = Some(FactPlace { country, words: words.to_owned() });
            lines(&Reason::BirthPlace { agreement, weight: 1.0, recorded }).join("; ")
        };
        assert_eq!(place("قندوز", Agreement::Agrees), "born in: agrees with قندوز, AFG +1.0");
        assert_eq!(place("", Agreement::Differs), "born in: differs from AFG +1.0");
        assert_eq!(place("Kunduz", Agreement::Unknown), "");
    }

    #[test]
    fn a_slip_is_of_one_script() {
        let slip = |asked, found| reason(asked, found, MatchKind::Typo, 6.0);
        assert_eq!(slip("Batirashvilli", "BATIRASHVILI"), ["Batirashvilli ~ BATIRASHVILI: slip 0.87"]);
        assert_eq!(slip("کلاچف", "كلاتشف"), ["کلاچف ~ كلاتشف: slip 0.87"]);
        for native in ["Калачев", "كلاتشف", "कलाचेव", "কালাচেভ", "卡拉切夫"]
        {
            assert_eq!(slip(native, "Kalachev"), [format!("{native} ~ Kalachev: romanisation 0.87")]);
        }
        assert_eq!(slip("Калачев", "كلاتشف"), ["Калачев ~ كلاتشف: romanisation 0.87"]);
    }

    #[test]
    fn what_one_side_alone_has_stands_against_a_dash_without_a_figure() {
        assert_eq!(reason("", "Proba", MatchKind::RecordOnly, -1.0), ["– ~ Proba: recorded only"]);
        assert_eq!(reason("Проба", "", MatchKind::QueryOnly, -1.0), ["Проба ~ –: asked only"]);
    }

    #[test]
    fn parts_of_the_names_of_groups_have_their_relations() {
        let line = |asked: &str, found: &str, kind| {
            let (query, recorded) = (asked.to_owned(), found.to_owned());
            group_part(&GroupReason { query, recorded, kind, weight: 1.0, likeness: 0.9 })
        };
        assert_eq!(line("банк", "بنك", GroupMatchKind::Translated), "банк ~ بنك: translated 0.90");
        assert_eq!(line("প্রবা", "Проба", GroupMatchKind::Romanisation), "প্রবা ~ Проба: romanisation 0.90");
        assert_eq!(line("Prova", "Proba", GroupMatchKind::Spelling), "Prova ~ Proba: spelling 0.90");
        assert_eq!(line("", "نمونه", GroupMatchKind::RecordOnly), "– ~ نمونه: recorded only");
    }

    #[test]
    fn an_article_that_agrees_has_no_line() {
        for (asked, found) in [("ال", "AL"), ("al", "Al"), ("аль", "al"), ("ибн", "ibn")] {
            assert_eq!(reason(asked, found, MatchKind::Romanisation, 1.3), Vec::<String>::new(), "{asked}");
        }
        assert_eq!(reason("李", "Li", MatchKind::Romanisation, 1.3).len(), 1, "a short name is a name");
        assert_eq!(reason("ال", "", MatchKind::QueryOnly, -0.4).len(), 1, "what is missing is said");
    }
}
