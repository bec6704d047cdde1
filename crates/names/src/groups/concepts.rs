//! The table of common words in many languages (`data/group_words.tsv`), looked up by stem.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::stems::{stem_of, without_article};
use super::words::{GroupWord, group_words_of};
use crate::letters::fold_native;
use crate::script::Script;

/// The number of a concept: its line in the table.
pub type ConceptId = u16;

/// What a concept is to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConceptKind {
    /// A legal form: it tells next to nothing.
    LegalForm,
    /// What sort of organisation: bank, movement, council.
    Sort,
    /// Another common word.
    Common,
    /// A word of everyday language that is also a name by itself: sun, victory.
    Everyday,
    /// A country or region.
    Place,
    /// An article, preposition or conjunction.
    Particle,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Concept {
    /// Its name in the table, an English word.
    pub name: &'static str,
    /// What it is to a name.
    pub kind: ConceptKind,
    /// What it tells where it corresponds, nats.
    pub weight: f32,
}

/// Words of the longest entry.
const LONGEST: usize = 6;

struct Table {
    concepts: Vec<Concept>,
    /// By the stems of an entry with spaces between.
    entries: HashMap<String, ConceptId>,
    /// Stems that an entry of several words begins with, and how many words the longest has.
    beginnings: HashMap<String, usize>,
    /// Characters of the longest entry in Han.
    longest_han: usize,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table =
        Table { concepts: Vec::new(), entries: HashMap::new(), beginnings: HashMap::new(), longest_han: 0 };
    let rows = include_str!("../../data/group_words.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let mut fields = row.split('\t');
        let (Some(name), Some(kind), Some(weight), Some(words)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let kind = match kind {
            "form" => ConceptKind::LegalForm,
            "sort" => ConceptKind::Sort,
            "ordinary" => ConceptKind::Everyday,
            "place" => ConceptKind::Place,
            "particle" => ConceptKind::Particle,
            _ => ConceptKind::Common,
        };
        let id = table.concepts.len() as ConceptId;
        table.concepts.push(Concept { name, kind, weight: weight.parse().unwrap_or(2.0) });
        words.split('|').for_each(|entry| table.enter(entry.trim(), id, kind));
    }
    table
});

impl Table {
    fn enter(&mut self, entry: &'static str, id: ConceptId, kind: ConceptKind) {
        let mut words = Vec::new();
        group_words_of(entry, &mut words);
        let stems: Vec<String> =
            words.iter().map(|word| key_of(word, entry, kind == ConceptKind::Particle)).collect();
        let Some(first) = stems.first().filter(|first| !first.is_empty()) else { return };
        if words.len() > 1 {
            let most = self.beginnings.entry(first.clone()).or_default();
            *most = (*most).max(words.len().min(LONGEST));
        } else if words[0].script == Script::Han {
            self.longest_han = self.longest_han.max(first.chars().count());
        }
        // The first line that has a word keeps it.
        self.entries.entry(stems.join(" ")).or_insert(id);
    }
}

/// What an entry is looked up by. Particles are short and stand as they are.
fn key_of(word: &GroupWord, text: &str, whole: bool) -> String {
    let written = word.text(text);
    if whole {
        format!("={}", fold_native(written, word.script).iter().collect::<String>())
    } else if word.chars() <= 3 && has_case(word.script) {
        // An abbreviation has no endings.
        fold_native(written, word.script).iter().collect()
    } else {
        stem_of(written, word.script)
    }
}

fn has_case(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
}

/// The concept with a number.
pub fn concept(id: ConceptId) -> &'static Concept {
    &TABLE.concepts[usize::from(id) % TABLE.concepts.len().max(1)]
}

/// How many concepts there are.
pub fn concepts() -> usize {
    TABLE.concepts.len()
}

/// What the table has of one word by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordReading {
    /// The concept it stands for.
    pub concept: Option<ConceptId>,
    /// Whether an entry of several words may begin with it: [`concept_at`] tells.
    pub begins: bool,
}

/// What the table has of one word; the same for the same word wherever it stands.
pub fn reading_of(word: &GroupWord, text: &str) -> WordReading {
    let begins = keys_to_try(word, text).iter().any(|stem| TABLE.beginnings.contains_key(stem));
    let concept = concept_at(std::slice::from_ref(word), text).map(|(id, _)| id);
    WordReading { concept, begins }
}

/// A concept that a word, or several from a place on, stand for; with how many words they are.
pub fn concept_at(words: &[GroupWord], text: &str) -> Option<(ConceptId, usize)> {
    let table = &*TABLE;
    let first = words.first()?;
    let stems = keys_to_try(first, text);
    for stem in &stems {
        let Some(most) = table.beginnings.get(stem) else { continue };
        let mut row = stem.clone();
        let mut best = None;
        for (at, word) in words.iter().enumerate().take(*most).skip(1) {
            row.push(' ');
            row.push_str(&key_of(word, text, false));
            if let Some(id) = table.entries.get(&row) {
                best = Some((*id, at + 1));
            }
        }
        if best.is_some() {
            return best;
        }
    }
    let whole = key_of(first, text, true);
    let found = table.entries.get(&whole).or_else(|| stems.iter().find_map(|stem| table.entries.get(stem)));
    found.map(|id| (*id, 1))
}

/// The stem, and in Arabic also without a conjunction or preposition written onto the word.
fn keys_to_try(word: &GroupWord, text: &str) -> Vec<String> {
    let stem = key_of(word, text, false);
    if word.script == Script::Latin
        && let Some((before, after)) = word.text(text).rsplit_once(['\'', '’'])
        && (1..=5).contains(&after.chars().count())
        && before.chars().count() >= 3
    {
        // What Turkish and English write behind an apostrophe is grammar.
        return vec![stem, stem_of(before, Script::Latin)];
    }
    if word.script != Script::Arabic {
        return vec![stem];
    }
    let letters = fold_native(word.text(text), Script::Arabic);
    let mut stems = vec![stem];
    if without_article(&letters).len() == letters.len()
        && letters.len() > 4
        && matches!(letters[0], 'و' | 'ف' | 'ب' | 'ل' | 'ك')
    {
        stems.push(super::stems::stem_of_letters(&letters[1..], Script::Arabic));
    }
    stems
}

/// Cuts a run of Han characters into entries of the table and what is between them: begin and end in characters, and the
/// concept. Entries of one character count at the end of a run alone: inside one they are syllables of other words.
pub fn cut_han(run: &[char], pieces: &mut Vec<(usize, usize, Option<ConceptId>)>) {
    let table = &*TABLE;
    pieces.clear();
    let (mut at, mut open) = (0, 0);
    while at < run.len() {
        let most = table.longest_han.min(run.len() - at);
        let found = (1..=most).rev().filter(|length| *length > 1 || at + 1 == run.len()).find_map(|length| {
            let word: String = run[at..at + length].iter().collect();
            let id = table.entries.get(&word).or_else(|| table.entries.get(&format!("={word}")))?;
            Some((*id, length))
        });
        // A run that is one entry of one character is a word of its own, not a suffix.
        let Some((id, length)) = found.filter(|(_, length)| *length > 1 || at > 0) else {
            at += 1;
            continue;
        };
        if open < at {
            pieces.push((open, at, None));
        }
        pieces.push((at, at + length, Some(id)));
        at += length;
        open = at;
    }
    if open < run.len() {
        pieces.push((open, run.len(), None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(text: &str) -> Option<(&'static str, usize)> {
        let mut words = Vec::new();
        group_words_of(text, &mut words);
        concept_at(&words, text).map(|(id, count)| (concept(id).name, count))
    }

    #[test]
    fn words_of_many_languages_are_one_concept() {
        for (expected, words) in [
            (
                "bank",
                &["Bank", "Banque", "банка", "بنك", "والبنك", "بانک", "बैंक", "ব্যাংকের", "银行", "Bankası"][..],
            ),
            ("islamic", &["Islamic", "islamiya", "исламского", "الإسلامية", "اسلامی", "ইসলামী", "伊斯兰"]),
            ("foundation", &["Foundation", "Vakfı", "фонда", "مؤسسة", "بنیاد", "फाउंडेशन", "基金会"]),
            ("front", &["Front", "جبهة", "Jabhat", "фронта"]),
            ("the", &["al", "the", "аль"]),
            ("limited", &["LLC", "ООО", "L.L.C.", "ТОО"]),
        ] {
            for word in words {
                assert_eq!(name_of(word), Some((expected, 1)), "{word}");
            }
        }
        let long = "Общество с ограниченной ответственностью «Заря»";
        assert_eq!(name_of(long), Some(("limited", 4)));
        assert_eq!(name_of("Kalachev"), None);
    }

    #[test]
    fn han_is_cut_by_the_table() {
        let cut = |text: &str| {
            let run: Vec<char> = fold_native(text, Script::Han);
            let mut pieces = Vec::new();
            cut_han(&run, &mut pieces);
            let shown = |(from, to, id): &(usize, usize, Option<ConceptId>)| {
                let text: String = run[*from..*to].iter().collect();
                id.map_or(text, |id| concept(id).name.to_owned())
            };
            pieces.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cut("天津华宇国际贸易有限公司"), "天津华宇 international trading limited");
        assert_eq!(cut("伊斯兰国"), "islamic state");
        assert_eq!(cut("博科圣地"), "博科圣地");
    }

    #[test]
    fn the_table_is_whole() {
        let rows = include_str!("../../data/group_words.tsv").lines().filter(|line| !line.starts_with('#'));
        let mut names = std::collections::HashSet::new();
        for row in rows {
            let fields: Vec<&str> = row.split('\t').collect();
            assert_eq!(fields.len(), 4, "{row}");
            assert!(names.insert(fields[0]), "{} stands twice", fields[0]);
            assert!(["form", "sort", "word", "ordinary", "place", "particle"].contains(&fields[1]), "{row}");
            assert!(fields[2].parse::<f32>().is_ok_and(|weight| (0.0..=6.0).contains(&weight)), "{row}");
        }
    }
}
