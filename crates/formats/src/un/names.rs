//! Names as the list writes them: several in one field, in two scripts, in a note, with letters that stand for them behind.

use crate::list_items::script_of;

/// `a; b` and `a b) c` are several names.
pub(super) fn split_aliases(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split([';', '\u{61b}']) {
        let mut name: Vec<&str> = Vec::new();
        for word in part.split_whitespace() {
            let is_mark = word.len() == 2 && word.ends_with(')') && word.as_bytes()[0].is_ascii_lowercase();
            if is_mark {
                names.push(name.join(" "));
                name.clear();
            } else {
                name.push(word);
            }
        }
        names.push(name.join(" "));
    }
    names.retain(|name| !name.is_empty());
    names
}

/// `Musa Karim (موسى كريم)`: one name in two scripts is two names.
///
/// Holds where the words of either script stand together; any other mixture stays one name, as published.
pub(super) fn split_scripts(text: &str) -> (String, Option<String>) {
    let whole = || (text.to_owned(), None);
    let without_label = text.replace("original script:", "");
    let mut runs: Vec<(String, Vec<&str>)> = Vec::new();
    for word in without_label.split_whitespace() {
        let script = script_of(word);
        match runs.last_mut() {
            Some((run, words)) if *run == script || !word.contains(char::is_alphabetic) => words.push(word),
            Some(_) | None => runs.push((script, vec![word])),
        }
    }
    let is_mark = |c: char| matches!(c, '(' | ')' | ',' | '\u{60c}') || c.is_whitespace();
    match runs.as_slice() {
        [(first, words), (second, more)] if first != MIXED && second != MIXED => {
            let (words, more) = (words.join(" "), more.join(" "));
            (words.trim_matches(is_mark).to_owned(), Some(more.trim_matches(is_mark).to_owned()))
        }
        _ => whole(),
    }
}

/// A name in its own script behind one of the labels the list uses in notes.
pub(super) fn name_in_note(note: &str) -> Option<String> {
    const LABELS: [&str; 4] = ["original script:", "arabic script:", "in arabic:", "in russian:"];
    // Folding ASCII alone keeps the positions.
    let lower = note.to_ascii_lowercase();
    let start = LABELS.iter().find_map(|label| lower.find(label).map(|at| at + label.len()))?;
    let mut words = note[start..].split_whitespace().take_while(|word| script_of(word) != "Latn");
    let name = words.by_ref().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    (!name.is_empty() && name.contains(char::is_alphabetic)).then_some(name)
}

/// What [`script_of`] says of letters of several scripts, or of none.
const MIXED: &str = "Zyyy";

/// `ARMAMENT INDUSTRIES GROUP (AIG)`: the name, and the letters that stand for it. Only where each of them, hyphens apart, is
/// found in the name in their order, so that `(TANZANIA)` and `(NGO)` stay parts of their names.
pub(super) fn split_acronym(text: &str) -> (String, Option<String>) {
    let whole = || (text.to_owned(), None);
    let Some((name, acronym)) = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) else {
        return whole();
    };
    let name = name.trim();
    let capitals = acronym.chars().filter(|c| c.is_uppercase()).count();
    let is_word = acronym.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '/'));
    let is_acronym = (2..=10).contains(&capitals) && acronym.chars().count() <= 12 && is_word;
    let mut letters = name.chars().flat_map(char::to_uppercase);
    let stands_for = acronym
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .all(|wanted| letters.any(|letter| letter == wanted));
    if is_acronym && stands_for { (name.to_owned(), Some(acronym.to_owned())) } else { whole() }
}

/// A name cut out of several in one field, without the brackets that stayed behind of a pair.
pub(super) fn balanced(text: &str) -> String {
    let count = |mark| text.matches(mark).count();
    match count('(').cmp(&count(')')) {
        std::cmp::Ordering::Equal => text.to_owned(),
        std::cmp::Ordering::Less => text.trim_end_matches([')', ' ']).to_owned(),
        std::cmp::Ordering::Greater => format!("{text})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_names_in_one_alias_are_told_apart() {
        assert_eq!(
            split_aliases("Ghasim; Ghasem b) M. Javad; c) Джавад"),
            ["Ghasim", "Ghasem", "M. Javad", "Джавад"]
        );
        for (text, first, second) in [
            ("Musa Karim (موسى كريم)", "Musa Karim", "موسى كريم"),
            ("موسى كريم (Musa Karim", "موسى كريم", "Musa Karim"),
            ("Musa 2 موسى", "Musa 2", "موسى"),
            ("Azamat (original script: Азамат Б.),", "Azamat", "Азамат Б."),
        ] {
            assert_eq!(split_scripts(text), (first.to_owned(), Some(second.to_owned())), "{text}");
        }
        for text in ["(Sheikh) Musa", "Musa (the elder)", "Musa موسى Karim", "Azamат Б.", "১২৩", ""]
        {
            assert_eq!(split_scripts(text), (text.to_owned(), None), "{text}");
        }
        for (note, name) in [
            ("original script: Азамат", Some("Азамат")),
            ("Previously listed as. In Arabic: موسى كريم", Some("موسى كريم")),
            ("in Arabic script: موسى. Nationality: none", Some("موسى")),
            ("In Arabic: not known", None),
            ("nom de guerre", None),
        ] {
            assert_eq!(name_in_note(note).as_deref(), name, "{note}");
        }
    }

    #[test]
    fn scripts_are_named() {
        for (text, script) in [
            ("Калачев", "Cyrl"),
            ("كالاتشيف", "Arab"),
            ("कालाचेव", "Deva"),
            ("কালাচেভ", "Beng"),
            ("卡拉切夫", "Hani"),
            ("O'Kalachev-2", "Latn"),
            ("Kalachев", "Zyyy"),
            ("1234", "Zyyy"),
        ] {
            assert_eq!(script_of(text), script, "{text}");
        }
    }

    #[test]
    fn letters_that_stand_for_a_name_are_a_name_of_their_own() {
        for (text, name, acronym) in [
            ("ARMAMENT INDUSTRIES GROUP (AIG)", "ARMAMENT INDUSTRIES GROUP", Some("AIG")),
            ("JAMAAT-UL-AHRAR (JuA)", "JAMAAT-UL-AHRAR", Some("JuA")),
            ("ФОНД УЧЕБНЫХ ПРОБ (ФУП)", "ФОНД УЧЕБНЫХ ПРОБ", Some("ФУП")),
            ("JUND AL-KHILAFAH IN ALGERIA (JAK-A)", "JUND AL-KHILAFAH IN ALGERIA", Some("JAK-A")),
            ("Lord’s Resistance Movement/Army (LRM/A)", "Lord’s Resistance Movement/Army", Some("LRM/A")),
            ("AL-HARAMAYN FOUNDATION (TANZANIA)", "AL-HARAMAYN FOUNDATION (TANZANIA)", None),
            ("TOUS POUR LA PAIX (NGO)", "TOUS POUR LA PAIX (NGO)", None),
            ("LEADER (HONG KONG) INTERNATIONAL", "LEADER (HONG KONG) INTERNATIONAL", None),
            ("(AIG)", "(AIG)", None),
            ("مؤسسة (م)", "مؤسسة (م)", None),
        ] {
            assert_eq!(split_acronym(text), (name.to_owned(), acronym.map(str::to_owned)), "{text}");
        }
        for (text, expected) in [("Проба)", "Проба"), ("Проба (П", "Проба (П)"), ("Проба (П)", "Проба (П)")]
        {
            assert_eq!(balanced(text), expected);
        }
    }
}
