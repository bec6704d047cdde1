//! The elements of a name: names proper, common words, numbers, legal forms, particles, with what each tells.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::concepts::{ConceptId, ConceptKind, concept, concept_at, cut_han};
use super::words::{BREAK, Gap, GroupWord, digit_of, group_words_of};
use crate::letters::fold_native;
use crate::name::Part;
use crate::script::Script;

/// Characters read of one name; what follows is ignored.
pub const MAX_GROUP_NAME_CHARS: usize = 400;
/// Elements kept of one name that say which it is; what follows is ignored.
pub const MAX_ELEMENTS: usize = 24;
/// The same with its legal forms and particles.
const MAX_ELEMENTS_IN_ALL: usize = 48;
/// The most that a name proper tells, nats: one that is as rare as names of which nobody has counted any.
const MOST_OF_A_WORD: f32 = 11.0;
/// The least.
const LEAST_OF_A_WORD: f32 = 2.0;
/// What of the letters' information counts: organisations are called by words of everyday language more often than people.
const SHARE_OF_LETTERS: f32 = 0.7;
/// What a word of one or two letters tells at most, nats.
const MOST_OF_A_SHORT_WORD: f32 = 3.0;
/// What a number tells, nats.
const NUMBER_WEIGHT: f32 = 3.5;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    /// A name proper: compared by its letters across scripts.
    Name,
    /// An entry of the table of common words: compared by what it means, or by its letters.
    Concept(ConceptId, ConceptKind),
    /// A number: the same or not.
    Number,
}

/// One element of a name or text.
#[derive(Debug, Clone)]
pub struct Element {
    /// As it stands; of several words from the first to the last.
    pub text: String,
    /// First character and the one after the last.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// What it is.
    pub kind: ElementKind,
    /// Its letters, where it is one word; of a number its digits.
    pub part: Option<Part>,
    /// What it tells where it corresponds to one of another name, nats.
    pub weight: f32,
    /// Whether it is written in capitals alone.
    pub all_capitals: bool,
    /// What stands before it ([`super::words`]).
    pub gap: Gap,
}

impl Element {
    /// Whether it says which organisation is meant: no legal form and no particle.
    pub fn counts(&self) -> bool {
        match self.kind {
            ElementKind::Name | ElementKind::Number => true,
            ElementKind::Concept(_, kind) => !matches!(kind, ConceptKind::LegalForm | ConceptKind::Particle),
        }
    }

    /// The concept it stands for.
    pub fn concept(&self) -> Option<ConceptId> {
        match self.kind {
            ElementKind::Concept(id, _) => Some(id),
            ElementKind::Name | ElementKind::Number => None,
        }
    }

    /// Whether it is a particle.
    pub fn is_particle(&self) -> bool {
        matches!(self.kind, ElementKind::Concept(_, ConceptKind::Particle))
    }

    /// The digits of a number, as ASCII.
    pub fn digits(&self) -> Option<String> {
        (self.kind == ElementKind::Number).then(|| {
            let digits = self.text.chars().filter_map(digit_of).filter_map(|d| char::from_digit(d, 10));
            let digits: String = digits.collect();
            let plain = digits.trim_start_matches('0');
            if plain.is_empty() { "0".to_owned() } else { plain.to_owned() }
        })
    }
}

/// A name of an organisation in elements.
#[derive(Debug, Clone, Default)]
pub struct GroupName {
    elements: Vec<Element>,
}

impl GroupName {
    /// Cuts a name into elements; a text without letters or digits gives a name without elements.
    pub fn parse(text: &str) -> GroupName {
        let text = match text.char_indices().nth(MAX_GROUP_NAME_CHARS) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        let mut words = Vec::new();
        group_words_of(text, &mut words);
        let mut elements = Vec::new();
        elements_of(&words, text, &mut elements);
        elements.truncate(MAX_ELEMENTS_IN_ALL);
        if let Some((first_left_out, _)) =
            elements.iter().enumerate().filter(|(_, e)| e.counts()).nth(MAX_ELEMENTS)
        {
            elements.truncate(first_left_out);
        }
        GroupName { elements }
    }

    /// Puts elements together that were cut before.
    pub fn from_elements(elements: Vec<Element>) -> GroupName {
        GroupName { elements }
    }

    /// The elements in order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The first letters of the elements, folded: of those that count, and of all but legal forms where that differs. Empty
    /// for names of fewer than three words or in scripts without capitals.
    pub fn initials(&self) -> Vec<String> {
        let mut both = Vec::new();
        for with_particles in [false, true] {
            let chosen = self
                .elements
                .iter()
                .filter(|element| element.counts() || with_particles && element.is_particle());
            let letters: Vec<(Script, char)> = chosen
                .filter_map(|element| {
                    let part = element.part.as_ref()?;
                    Some((part.script(), *part.native().first()?))
                })
                .collect();
            let Some((script, _)) = letters.first() else { continue };
            let alike = letters.iter().all(|(other, _)| other == script);
            if letters.len() >= LEAST_INITIALS && alike && has_case(*script) {
                let initials: String = letters.iter().map(|(_, letter)| letter).collect();
                if !both.contains(&initials) {
                    both.push(initials);
                }
            }
        }
        both
    }

    /// The folded letters, if the name is a single word that may be initials.
    pub fn as_initials(&self) -> Option<String> {
        let mut counted = self.elements.iter().filter(|element| element.counts());
        let part = counted.next()?.part.as_ref()?;
        let length = part.native().len();
        let fits = (LEAST_INITIALS..=MOST_INITIALS).contains(&length) && has_case(part.script());
        (fits && counted.next().is_none()).then(|| part.native().iter().collect())
    }
}

const LEAST_INITIALS: usize = 3;
const MOST_INITIALS: usize = 8;

fn has_case(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
}

/// The elements of words that were cut before.
pub fn elements_of(words: &[GroupWord], text: &str, elements: &mut Vec<Element>) {
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        if word.is_number {
            elements.push(Element {
                text: word.text(text).to_owned(),
                start: word.start,
                end: word.end,
                kind: ElementKind::Number,
                part: None,
                weight: NUMBER_WEIGHT,
                all_capitals: false,
                gap: word.gap,
            });
            at += 1;
        } else if word.script == Script::Han {
            han_elements(&word, text, elements);
            at += 1;
        } else if let Some((id, count)) = concept_at(&words[at..], text) {
            let last = words[at + count - 1];
            let whole = GroupWord { end: last.end, last_byte: last.last_byte, ..word };
            let kind = concept(id).kind;
            let part = (count == 1).then(|| part_of(&word, text)).flatten();
            elements.push(Element {
                text: whole.text(text).to_owned(),
                start: whole.start,
                end: whole.end,
                kind: ElementKind::Concept(id, kind),
                part,
                weight: concept(id).weight,
                all_capitals: word.all_capitals,
                gap: word.gap,
            });
            at += count;
        } else {
            if let Some(part) = part_of(&word, text) {
                elements.push(name_element(&word, text, part));
            }
            at += 1;
        }
    }
}

/// The element of a word that is in no table.
pub fn name_element(word: &GroupWord, text: &str, part: Part) -> Element {
    Element {
        text: word.text(text).to_owned(),
        start: word.start,
        end: word.end,
        kind: ElementKind::Name,
        weight: weight_of(&part),
        part: Some(part),
        all_capitals: word.all_capitals && word.chars() > 1,
        gap: word.gap,
    }
}

fn han_elements(word: &GroupWord, text: &str, elements: &mut Vec<Element>) {
    let written: Vec<char> = word.text(text).chars().collect();
    let folded = fold_native(word.text(text), Script::Han);
    let mut pieces = Vec::new();
    if folded.len() == written.len() {
        cut_han(&folded, &mut pieces);
    } else {
        pieces.push((0, written.len(), None));
    }
    for (from, to, found) in pieces {
        let piece: String = written[from..to].iter().collect();
        let Some(part) = Part::new(&piece, Script::Han) else { continue };
        let (kind, weight) = match found {
            Some(id) => (ElementKind::Concept(id, concept(id).kind), concept(id).weight),
            None => (ElementKind::Name, weight_of(&part)),
        };
        elements.push(Element {
            text: piece,
            start: word.start + from as u32,
            end: word.start + to as u32,
            kind,
            part: Some(part),
            weight,
            all_capitals: false,
            gap: if from == 0 { word.gap } else { 0 },
        });
    }
}

/// The letters of a word; the Arabic article is no part of a name.
pub fn part_of(word: &GroupWord, text: &str) -> Option<Part> {
    let written = word.text(text);
    match word.script {
        Script::Arabic => Part::new(without_arabic_article(written), Script::Arabic),
        script => Part::new(written, script),
    }
}

/// Cuts `ال` off words of five letters and more, except where it belongs to the stem.
fn without_arabic_article(word: &str) -> &str {
    for article in ["وال", "بال", "ال"] {
        if let Some(rest) = word.strip_prefix(article)
            && rest.chars().count() >= 3
            && !rest.starts_with("له")
            && !rest.starts_with("لاه")
        {
            return rest;
        }
    }
    word
}

/// What a name proper tells, nats: by how many organisations are called so where they were counted, else by its letters.
pub fn weight_of(part: &Part) -> f32 {
    let native = part.native();
    if part.script() == Script::Latin {
        let word: String = native.iter().collect();
        if let Some(weight) = FREQUENCIES.get(word.as_str()) {
            return *weight;
        }
    }
    let most = match part.letters() {
        0..=2 => MOST_OF_A_SHORT_WORD,
        3 => MOST_OF_A_SHORT_WORD * 2.0,
        _ => MOST_OF_A_WORD,
    };
    (SHARE_OF_LETTERS * part.information()).clamp(LEAST_OF_A_WORD, most)
}

/// Organisations among which words were counted.
const COUNTED: f32 = 3_267.0;

static FREQUENCIES: LazyLock<HashMap<&'static str, f32>> = LazyLock::new(|| {
    let rows = include_str!("../../data/group_frequencies.tsv").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let (word, count) = row.split_once('\t')?;
        let count: f32 = count.parse().ok()?;
        Some((word, (COUNTED / count).ln().max(LEAST_OF_A_WORD)))
    })
    .collect()
});

/// Names that one text may have; further ones are left out.
const MAX_NAMES_WITHIN: usize = 4;

/// The names that one recorded text has: without what stands in brackets, each side of a stroke between spaces, and
/// abbreviations in brackets that stand for the name before them (`... (AQAP)`). The text itself if it has none of these.
///
/// A side that only says which sort of organisation it is (`X / FOUNDATION`) is no name by itself: it makes one with its
/// neighbour.
pub fn names_within(text: &str) -> Vec<String> {
    let mut outside = String::new();
    // What stands in brackets, and how many bytes stand outside before it.
    let mut inside: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    for c in text.chars().take(MAX_GROUP_NAME_CHARS) {
        match c {
            '(' | '[' | '（' => {
                depth += 1;
                if depth == 1 {
                    inside.push((String::new(), outside.len()));
                    outside.push(' ');
                }
            }
            ')' | ']' | '）' => depth = (depth - 1).max(0),
            _ if depth > 0 => {
                if let Some((open, _)) = inside.last_mut() {
                    open.push(c);
                }
            }
            _ => outside.push(c),
        }
    }
    let mut names = sides_of(&outside);
    let abbreviations = inside.iter().map(|(name, before)| (name.trim(), &outside[..*before]));
    let abbreviations = abbreviations.filter(|(name, before)| stands_for(name, before));
    // Behind the first side: what is cut off is another side.
    let abbreviations: Vec<String> = abbreviations.map(|(name, _)| name.to_owned()).collect();
    let behind_first = names.len().min(1);
    names.splice(behind_first..behind_first, abbreviations);
    names.retain(|name| name.chars().any(|c| c.is_alphanumeric()));
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(MAX_NAMES_WITHIN);
    if names.is_empty() { vec![text.to_owned()] } else { names }
}

/// The sides of a text that strokes between spaces part. One that tells no organisation from another is none by itself, and
/// makes a further name with the side before it, else with the first that is a name; a text of such sides alone is one name.
fn sides_of(text: &str) -> Vec<String> {
    let sides: Vec<&str> = text.split(" / ").map(str::trim).collect();
    let sides: Vec<&str> =
        sides.into_iter().filter(|side| side.chars().any(char::is_alphanumeric)).take(MOST_SIDES).collect();
    let (mut names, mut joined): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    let first = sides.iter().find(|side| !is_generic(side));
    let Some(first) = first else {
        return Some(sides.join(" ")).filter(|one| !one.is_empty()).into_iter().collect();
    };
    for side in &sides {
        if is_generic(side) {
            joined.push(format!("{} {side}", names.last().unwrap_or(first)));
        } else {
            names.push(side);
        }
    }
    names.into_iter().map(str::to_owned).chain(joined).collect()
}

/// The most sides of one text that are looked at.
const MOST_SIDES: usize = 16;

/// Sorts of organisation that some are called by alone, with an article: `AL-ITIHAAD`, the union.
const SORTS_THAT_ARE_NAMES: [&str; 9] =
    ["movement", "front", "army", "party", "force", "brigade", "guard", "corps", "union"];

/// Whether a text says only which sort of organisation, and in which legal form: `FOUNDATION`, `The Company Ltd.`
fn is_generic(text: &str) -> bool {
    let name = GroupName::parse(text);
    let kind_of = |element: &Element| match element.kind {
        ElementKind::Concept(id, ConceptKind::Sort) if SORTS_THAT_ARE_NAMES.contains(&concept(id).name) => {
            None
        }
        ElementKind::Concept(_, kind) => Some(kind),
        ElementKind::Name | ElementKind::Number => None,
    };
    let kinds: Vec<Option<ConceptKind>> = name.elements().iter().map(kind_of).collect();
    let says_sort =
        |kind: &Option<ConceptKind>| matches!(kind, Some(ConceptKind::LegalForm | ConceptKind::Sort));
    kinds.iter().any(says_sort)
        && kinds.iter().all(|kind| says_sort(kind) || *kind == Some(ConceptKind::Particle))
}

/// Short names of countries that the table of words lacks: beside a name they say where, and are no abbreviations.
const SHORT_COUNTRIES: [&str; 8] = ["CHAD", "FIJI", "GUAM", "LAOS", "NIUE", "OMAN", "PERU", "TOGO"];

/// Whether a word in brackets is an abbreviation of the name before it, and no word of the table: its letters stand there in their
/// order, or it is three or four capitals behind a name that has small letters, as one of another language is
/// (`Kurdistan Workers' Party (PKK)`). `(TANZANIA)` and `(NGO)` are none.
fn stands_for(short: &str, name: &str) -> bool {
    let capitals = short.chars().filter(|c| c.is_uppercase()).count();
    let is_word = (3..=8).contains(&short.chars().count()) && short.chars().all(char::is_alphabetic);
    let mut letters = name.chars().flat_map(char::to_uppercase);
    let mut wanted = short.chars().flat_map(char::to_uppercase);
    let stands_out =
        capitals == short.chars().count() && capitals <= 4 && name.chars().any(char::is_lowercase);
    if SHORT_COUNTRIES.contains(&short.to_uppercase().as_str()) {
        return false;
    }
    is_word
        && capitals >= 2
        && (stands_out || wanted.all(|wanted| letters.any(|letter| letter == wanted)))
        && GroupName::parse(short).elements().iter().all(|element| element.kind == ElementKind::Name)
}

/// Whether something stands before a word that no name runs over.
pub fn is_break(gap: Gap) -> bool {
    gap & BREAK != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let show = |element: &Element| match element.kind {
            ElementKind::Name => {
                element.part.as_ref().map(|part| part.native().iter().collect::<String>()).unwrap_or_default()
            }
            ElementKind::Number => element.digits().unwrap_or_default(),
            ElementKind::Concept(id, _) => format!("<{}>", concept(id).name),
        };
        GroupName::parse(text).elements().iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_are_cut_into_elements() {
        assert_eq!(shown("Аль-Каида"), "<the> каида");
        assert_eq!(shown("تنظيم القاعدة"), "<organisation> قاعده");
        assert_eq!(shown("Brigade 313"), "<brigade> 313");
        assert_eq!(shown("لواء ٣١٣"), "<brigade> 313");
        assert_eq!(shown("ООО «Эткон-Трейд»"), "<limited> эткон <trading>");
        assert_eq!(shown("天津华宇贸易有限公司"), "天津华宇 <trading> <limited>");
        assert_eq!(shown("Lashkar-e-Tayyiba"), "<army> tayyiba");
        assert_eq!(shown("…"), "");
    }

    #[test]
    fn brackets_and_strokes_part_names() {
        assert_eq!(names_within("AL-ITIHAAD / AIAI"), ["AL-ITIHAAD", "AIAI"]);
        assert_eq!(names_within("HAQQANI NETWORK (HQN)"), ["HAQQANI NETWORK", "HQN"]);
        assert_eq!(names_within("Alpha (branch located in Syria)"), ["Alpha"]);
        assert_eq!(names_within("(x)"), ["(x)"]);
        assert_eq!(names_within("a / b / a / c / b / d / e"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_side_that_says_only_the_sort_is_no_name_by_itself() {
        for (text, names) in [
            ("PRIMEROV / FOUNDATION", &["PRIMEROV", "PRIMEROV FOUNDATION"][..]),
            ("Примеров / фонд", &["Примеров", "Примеров фонд"]),
            ("مؤسسة / القاعدة", &["القاعدة", "القاعدة مؤسسة"]),
            ("The Company / Primerov / PRM", &["Primerov", "PRM", "Primerov The Company"]),
            (
                "Primerov / Company Ltd. / Sokolov / Committee",
                &["Primerov", "Sokolov", "Primerov Company Ltd.", "Sokolov Committee"],
            ),
            ("FOUNDATION / COMMITTEE", &["FOUNDATION COMMITTEE"]),
            ("Islamic Relief / Primerov", &["Islamic Relief", "Primerov"]),
            ("Brigade 313 / Primerov", &["Brigade 313", "Primerov"]),
            ("Bank of Syria / BOS", &["Bank of Syria", "BOS"]),
            ("PRIMEROV / FOUNDATION (PRF)", &["PRIMEROV", "PRF", "PRIMEROV FOUNDATION"]),
        ] {
            assert_eq!(names_within(text), names, "{text}");
        }
    }

    #[test]
    fn places_in_brackets_are_no_names() {
        for (text, name) in [
            ("AL-HARAMAYN FOUNDATION (KENYA)", "AL-HARAMAYN FOUNDATION"),
            ("AL-HARAMAYN FOUNDATION (TANZANIA)", "AL-HARAMAYN FOUNDATION"),
            ("Primerov Organisation for Managers (Oman)", "Primerov Organisation for Managers"),
            ("Primerov Relief (PERU)", "Primerov Relief"),
            ("Primerov Relief (MALI)", "Primerov Relief"),
            ("Primerov Relief (KENYA)", "Primerov Relief"),
            ("MISRI AL-ISLAM RELIEF (MISR)", "MISRI AL-ISLAM RELIEF"),
            ("TOUS POUR LA PAIX (NGO)", "TOUS POUR LA PAIX"),
        ] {
            assert_eq!(names_within(text), [name]);
        }
        assert_eq!(names_within("Kurdistan Workers' Party (PKK)"), ["Kurdistan Workers' Party", "PKK"]);
        assert_eq!(names_within("a / b / c / d (ABCD)"), ["a", "ABCD", "b", "c"]);
        assert_eq!(names_within("JAMAAT-UL-AHRAR (JuA)"), ["JAMAAT-UL-AHRAR", "JuA"]);
    }

    #[test]
    fn initials_of_names() {
        assert_eq!(GroupName::parse("Islamic State of Iraq and the Levant").initials()[0], "isil");
        assert_eq!(GroupName::parse("Исламское государство Ирака и Леванта").initials(), ["игил", "игиил"]);
        assert_eq!(GroupName::parse("ИГИЛ").as_initials().as_deref(), Some("игил"));
    }
}
