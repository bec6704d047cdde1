//! Skeletons of single words, for names of organisations ([`crate::group_index`]): the same that pairs of a person's name
//! are found by.

use barid_names::letters::fold_native;
use barid_names::name::Part;
use barid_names::script::Script;
use barid_names::tables::tables;
use unicode_normalization::UnicodeNormalization as _;

use super::endings::{Form, forms_of};
use super::index::keys_of;
use super::skeleton::{Skeleton, of_latin_text, of_native, signatures_agree};

/// Spellings of a whole part that get keys.
const ATTESTED: usize = 4;

/// What two words share that may be one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordKey {
    /// Classes of consonants.
    pub(crate) classes: u32,
    signature: u64,
    length: u8,
}

impl WordKey {
    fn new(skeleton: &Skeleton) -> WordKey {
        WordKey { classes: skeleton.classes, signature: skeleton.signature(), length: skeleton.length }
    }

    /// The sounds, to be kept beside the classes.
    pub(crate) fn signature(&self) -> u64 {
        self.signature
    }

    /// Whether a recorded word with these sounds, whose classes are the same, may be this one.
    pub(crate) fn agrees(&self, recorded: u64) -> bool {
        signatures_agree(self.signature, recorded, self.length)
    }
}

/// The keys that a recorded word is entered under.
pub(crate) fn recorded_keys(part: &Part) -> Vec<WordKey> {
    let mut keys: Vec<WordKey> = keys_of(part)
        .iter()
        .map(|key| WordKey { classes: key.classes, signature: key.sounds, length: key.length })
        .collect();
    keys.sort_by_key(|key| (key.classes, key.signature));
    keys.dedup();
    keys
}

/// The keys that a word of a text is looked up by.
pub(crate) fn text_keys(script: Script, native: &[char], keys: &mut Vec<WordKey>) {
    let (mut variants, mut latin) = (Vec::new(), Vec::new());
    keys.clear();
    of_native(script, native, &mut variants, &mut latin);
    keys.extend(variants.iter().map(WordKey::new));
    if script != Script::Latin {
        for spelling in tables().attested(script, native).iter().take(ATTESTED) {
            of_latin_text(&spelling.latin, &mut variants);
            keys.extend(variants.iter().take(1).map(WordKey::new));
        }
    }
    keys.sort_by_key(|key| (key.classes, key.signature));
    keys.dedup();
}

/// A form that a word of a text may have in a record.
#[derive(Debug, Clone)]
pub(crate) struct WordForm {
    /// Its letters, as tables know them.
    pub(crate) native: Vec<char>,
    /// Whether it is not the word as it stands.
    pub(crate) changed: bool,
}

/// The forms of a word, the word as it stands first.
pub(crate) fn word_forms(script: Script, word: &str) -> Vec<WordForm> {
    let letters: Vec<char> =
        if script == Script::Hangul { word.nfc().collect() } else { fold_native(word, script) };
    let mut forms = Vec::new();
    forms_of(script, &letters, &mut forms);
    if script == Script::Latin
        && let Some((before, after)) = word.rsplit_once(['\'', '’', '‘', 'ʼ', '`'])
    {
        let cut = fold_native(after, Script::Latin).len();
        if before.chars().count() >= 3 && (1..=6).contains(&cut) && cut < letters.len() {
            forms.insert(1, Form { suffix: cut as u8, ..Form::default() });
        }
    }
    let mut out = Vec::new();
    let mut words: Vec<WordForm> = forms
        .iter()
        .enumerate()
        .map(|(number, form)| {
            form.apply(&letters, &mut out);
            let native =
                if script == Script::Hangul { out.iter().copied().nfd().collect() } else { out.clone() };
            WordForm { native, changed: number > 0 }
        })
        .collect();
    // Uzbek and Tajik write the long a of others as o: Tolibon, Қоида.
    let o = match script {
        Script::Latin => Some(('o', 'a')),
        Script::Cyrillic => Some(('о', 'а')),
        _ => None,
    };
    if let Some((o, a)) = o.filter(|(o, _)| letters.contains(o)) {
        let native = letters.iter().map(|c| if *c == o { a } else { *c }).collect();
        words.push(WordForm { native, changed: true });
    }
    words
}
