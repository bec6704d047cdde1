//! From an individual of the list to a person record.
//!
//! The record states and asks for nothing: its status is "listed". What has no field of its own goes into notes and
//! remarks with its words, so that nothing the list says is lost.

use barid_domain::codes::{AliasStrength, DatePrecision, NameKind, PersonStatus};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::faults::{Fault, Faults};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference, caps};
use barid_domain::text::{LocalText, NAME_CAP, SHORT_CAP, clean};

use super::dates::month_in_note;
use super::documents::read_number;
use super::items::{AliasQuality, DateKind, UnAddress, UnAlias, UnBirth, UnDocument, UnIndividual};
use super::names::{name_in_note, split_aliases, split_scripts};
use crate::list_items::{push_new, script_of};

/// The language of the words of the list.
const LANGUAGE: &str = "en";

/// Makes a person of an individual and checks it by the rules of the records on `today`.
///
/// Gives every fault where the record does not hold; the caller reports them and refuses the item.
pub fn to_person(individual: &UnIndividual, today: Day) -> Result<Person, Vec<Fault>> {
    let mut remarks = Remarks::default();
    let names = names(individual, &mut remarks);
    let births = births(individual, &mut remarks);
    let mut nationalities = Vec::new();
    for country in &individual.nationalities {
        match country.code {
            Some(code) if nationalities.contains(&code) => {}
            Some(code) => nationalities.push(code),
            None => remarks.add("Nationality", &country.text),
        }
    }
    let mut birth_places: Vec<Place> = Vec::new();
    let own_places = individual.birth_places.iter().map(place);
    for place in own_places.chain(individual.aliases.iter().filter_map(alias_place)) {
        push_new(&mut birth_places, place);
    }
    if let Some(regime) = &individual.regime {
        remarks.add("Sanctions regime", regime);
    }
    for list in &individual.list_types {
        remarks.add("List", list);
    }
    let mut all_remarks: Vec<LocalText> = individual.comments.iter().map(|text| local(text)).collect();
    all_remarks.extend(remarks.0);
    let person = Person {
        names,
        sex: individual.sex,
        minor: is_minor(&births, today),
        births,
        birth_places,
        nationalities,
        statuses: vec![PersonStatus::Listed],
        offences: Vec::new(),
        warnings: Vec::new(),
        documents: individual.documents.iter().map(held_document).collect(),
        addresses: individual.addresses.iter().map(place).collect(),
        functions: individual.titles.iter().chain(&individual.designations).map(|text| local(text)).collect(),
        descriptions: Vec::new(),
        remarks: all_remarks,
        references: vec![
            Reference { scheme: "UN".to_owned(), number: individual.reference_number.clone() },
            Reference { scheme: "UN-DATAID".to_owned(), number: individual.data_id.clone() },
        ],
        listed_on: individual.listed_on,
        amended_on: individual.updated_on.clone(),
    };
    let mut faults = Faults::default();
    person.check(today, &mut faults);
    faults.into_result().map(|()| person)
}

/// Remarks with a heading, in the order they came up.
#[derive(Default)]
pub(super) struct Remarks(pub(super) Vec<LocalText>);

impl Remarks {
    pub(super) fn add(&mut self, heading: &str, text: &str) {
        push_new(&mut self.0, local(&format!("{heading}: {text}")));
    }
}

/// The texts were cleaned when they were read; here they only get their language.
pub(super) fn local(text: &str) -> LocalText {
    LocalText { language: LANGUAGE.to_owned(), text: text.to_owned() }
}

fn names(individual: &UnIndividual, remarks: &mut Remarks) -> Vec<PersonName> {
    let mut names = Vec::new();
    let mut primary = named(&individual.name_parts.join(" "), NameKind::Primary, None, None);
    primary.parts.clone_from(&individual.name_parts);
    names.push(primary);
    for text in &individual.original_script_names {
        if names.len() > caps::NAMES {
            // One over the cap is enough to be refused; more would only cost time.
            return names;
        }
        push_new(&mut names, named(text, NameKind::OriginalScript, None, None));
    }
    for alias in &individual.aliases {
        for name in alias_names(alias) {
            if names.len() > caps::NAMES {
                return names;
            }
            if clean(&name.text, NAME_CAP).is_ok_and(|cleaned| cleaned == name.text) {
                push_new(&mut names, name);
            } else {
                remarks.add("Other name", &name.text);
            }
        }
        if alias.name.is_empty() {
            let note = alias_note(alias);
            if let Some(note) = note {
                remarks.add("Other name without words", &note);
            }
        }
    }
    names
}

fn named(text: &str, kind: NameKind, strength: Option<AliasStrength>, note: Option<String>) -> PersonName {
    PersonName {
        text: text.to_owned(),
        kind,
        strength,
        script: script_of(text),
        language: None,
        parts: Vec::new(),
        note,
    }
}

/// The names an alias holds: several in one field, one in brackets in its own script, one in the note.
fn alias_names(alias: &UnAlias) -> Vec<PersonName> {
    let (kind, strength) = match alias.quality {
        AliasQuality::Good => (NameKind::Alias, Some(AliasStrength::Strong)),
        AliasQuality::Low => (NameKind::Alias, Some(AliasStrength::Weak)),
        AliasQuality::FormerlyKnownAs => (NameKind::Former, None),
        AliasQuality::AlsoKnownAs | AliasQuality::NotStated => (NameKind::Alias, None),
    };
    let nickname = alias.note.as_deref().is_some_and(|note| {
        let note = note.to_lowercase();
        note.contains("nom de guerre") || note.contains("combat name")
    });
    let kind = if nickname { NameKind::KnownAs } else { kind };
    let note = alias_note(alias);
    let mut names = Vec::new();
    for text in split_aliases(&alias.name) {
        let (text, in_own_script) = split_scripts(&text);
        names.push(named(&text, kind, strength, note.clone()));
        names.extend(in_own_script.map(|text| named(&text, kind, strength, None)));
    }
    let in_note = alias.note.as_deref().and_then(name_in_note);
    names.extend(in_note.map(|text| named(&text, kind, strength, None)));
    names
}

/// The note of an alias, and the birth the list states together with it.
fn alias_note(alias: &UnAlias) -> Option<String> {
    let mut parts: Vec<String> = alias.note.iter().cloned().collect();
    if let Some(birth) = &alias.birth {
        parts.push(format!("born {birth}"));
    }
    let country = alias.country_of_birth.as_ref().map(|country| country.text.as_str());
    let place: Vec<&str> = alias.city_of_birth.as_deref().into_iter().chain(country).collect();
    if !place.is_empty() {
        parts.push(format!("born in {}", place.join(", ")));
    }
    let note = parts.join("; ");
    clean(&note, SHORT_CAP).ok()
}

fn alias_place(alias: &UnAlias) -> Option<Place> {
    if alias.city_of_birth.is_none() && alias.country_of_birth.is_none() {
        return None;
    }
    let address = UnAddress {
        country: alias.country_of_birth.clone(),
        city: alias.city_of_birth.clone(),
        ..UnAddress::default()
    };
    Some(place(&address))
}

fn place(address: &UnAddress) -> Place {
    let country = address.country.as_ref();
    let code = country.and_then(|country| country.code);
    Place {
        country: code,
        country_text: country.filter(|_| code.is_none()).map(|country| country.text.clone()),
        region: address.region.clone(),
        city: address.city.clone(),
        street: address.street.clone(),
        postal_code: address.postal_code.clone(),
        note: address.note.clone(),
    }
}

fn births(individual: &UnIndividual, remarks: &mut Remarks) -> Vec<DateInterval> {
    let mut births = Vec::new();
    for birth in &individual.births {
        if let Some(interval) = birth_interval(birth) {
            push_new(&mut births, interval);
        }
        match (&birth.note, birth.interval) {
            (Some(note), Some(interval)) => remarks.add(&format!("Date of birth {interval}"), note),
            (Some(note), None) => remarks.add("Date of birth", note),
            (None, _) => {}
        }
    }
    for alias in &individual.aliases {
        if let Some(interval) = alias.birth {
            push_new(&mut births, interval);
        }
    }
    births
}

/// The interval with the precision the list gives it; "approximately" widens a year by one on either side.
fn birth_interval(birth: &UnBirth) -> Option<DateInterval> {
    let interval = birth.interval?;
    let in_note = birth.note.as_deref().is_some_and(|note| note.to_lowercase().contains("approximately"));
    match birth.kind {
        DateKind::Between if in_note => {
            DateInterval::with_precision(interval.earliest(), interval.latest(), DatePrecision::Approximate)
                .ok()
        }
        DateKind::Approximately => Some(interval.about(1)),
        DateKind::Exact | DateKind::NotStated if in_note => Some(interval.about(1)),
        DateKind::Exact | DateKind::NotStated | DateKind::Between => Some(interval),
    }
}

/// Whether every stated birth lies within the last eighteen years.
pub(crate) fn is_minor(births: &[DateInterval], today: Day) -> bool {
    let (year, month, day) = today.parts();
    // 29 February has no counterpart in most years; the day after counts.
    let Ok(limit) = Day::new(year - 18, month, day).or_else(|_| Day::new(year - 18, 3, 1)) else {
        return false;
    };
    !births.is_empty() && births.iter().all(|birth| birth.earliest() > limit)
}

fn held_document(document: &UnDocument) -> HeldDocument {
    let types: Vec<&str> =
        [&document.type_text, &document.second_type_text].into_iter().flatten().map(String::as_str).collect();
    let published = document.number_text.as_deref().filter(|text| read_number(text).words_left_out);
    let note: Vec<String> = document
        .note
        .iter()
        .cloned()
        .chain(published.map(|text| format!("number as published: {text}")))
        .collect();
    // The place of issue is not the issuer; words for an unknown issuing country have no other room.
    let unknown_issuer = document.issuing_country.as_ref().filter(|country| country.code.is_none());
    let issued_at: Vec<&str> = document
        .city_of_issue
        .as_deref()
        .into_iter()
        .chain(document.country_of_issue.as_ref().map(|country| country.text.as_str()))
        .chain(unknown_issuer.map(|country| country.text.as_str()))
        .collect();
    HeldDocument {
        document_type: document.document_type,
        number: document.number.clone(),
        issuing_country: document.issuing_country.as_ref().and_then(|country| country.code),
        type_text: clean(&types.join("; "), SHORT_CAP).ok(),
        issued_on: document.issued_on.map(DateInterval::day),
        expires_on: [&document.note, &document.number_text]
            .into_iter()
            .flatten()
            .find_map(|text| expiry_in_words(text)),
        issued_at: clean(&issued_at.join(", "), SHORT_CAP).ok(),
        note: clean(&note.join("; "), SHORT_CAP).ok(),
    }
}

/// The day behind "expires", "expiration date", "valid until": `13 Feb. 2000`, `March 22, 2018`, `2026-12-11`.
fn expiry_in_words(text: &str) -> Option<DateInterval> {
    let lower = text.to_lowercase();
    let start = ["expir", "valid until"].iter().find_map(|word| lower.find(word))?;
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')');
    let words: Vec<&str> = lower[start..].split(separates).filter(|word| !word.is_empty()).collect();
    let iso = words.iter().find_map(|word| word.trim_end_matches('.').parse::<Day>().ok());
    iso.or_else(|| words.windows(3).find_map(day_of_words)).map(DateInterval::day)
}

fn day_of_words(words: &[&str]) -> Option<Day> {
    let [first, second, year] = words else { return None };
    let number = |text: &str| text.parse::<u32>().ok();
    let (day, month) = match (number(first), number(second)) {
        (Some(day), _) => (day, second),
        (None, Some(day)) => (day, first),
        (None, None) => return None,
    };
    // An expiry may lie in the future: the last day there is stands for "today".
    let month = month_in_note(month, Some(year.trim_end_matches('.')), Day::LAST)?;
    let (year, month, _) = month.earliest().parts();
    Day::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_expiry_is_found_in_the_note() {
        let found = |note: &str| expiry_in_words(note).map(|day| day.to_string());
        assert_eq!(found("expired on 13 Feb. 2000").as_deref(), Some("2000-02-13"));
        assert_eq!(found("Expiration date 15 May 2031").as_deref(), Some("2031-05-15"));
        assert_eq!(found("Passport expiration date: March 22, 2018").as_deref(), Some("2018-03-22"));
        assert_eq!(found("issued on 6 Apr. 2016; Expires 31 Feb. 2020"), None);
        assert_eq!(found("381 (Expired 25 Jan. 2016)").as_deref(), Some("2016-01-25"));
        assert_eq!(found("Expiration date: 2026-12-11.").as_deref(), Some("2026-12-11"));
        assert_eq!(found("valid until 10 April 2018").as_deref(), Some("2018-04-10"));
        assert_eq!(found("issued 6 Apr. 2016"), None);
    }
}
