//! Endings of grammar taken off common words, so that `банка`, `банком` and `банк` are one entry of the table.
//!
//! The same rule cuts the entries of the table and the words looked up in it, so a stem need not be a word. Rules are by
//! script, since the language is not known; written from general knowledge of the grammars.

use crate::letters::fold_native;
use crate::script::Script;

/// Letters that a stem keeps at least.
const LEAST_LETTERS: usize = 3;

/// The folded letters of a common word without endings.
pub(crate) fn stem_of(word: &str, script: Script) -> String {
    let letters = fold_native(word, script);
    stem_of_letters(&letters, script)
}

/// The same of folded letters.
pub(crate) fn stem_of_letters(letters: &[char], script: Script) -> String {
    let kept = match script {
        Script::Latin => latin(letters),
        Script::Cyrillic => without(letters, CYRILLIC),
        Script::Arabic => without(without_article(letters), ARABIC),
        Script::Devanagari => without(letters, DEVANAGARI),
        Script::Bengali => without(letters, BENGALI),
        _ => letters,
    };
    kept.iter().collect()
}

fn ends_with(letters: &[char], ending: &str) -> bool {
    let count = ending.chars().count();
    letters.len() >= count && letters[letters.len() - count..].iter().copied().eq(ending.chars())
}

/// Takes the first ending off that leaves enough.
fn without<'l>(letters: &'l [char], endings: &[&str]) -> &'l [char] {
    for ending in endings {
        let count = ending.chars().count();
        if letters.len() >= count + LEAST_LETTERS && ends_with(letters, ending) {
            return &letters[..letters.len() - count];
        }
    }
    letters
}

fn latin(letters: &[char]) -> &[char] {
    let letters = if letters.len() > 4 && ends_with(letters, "ies") {
        &letters[..letters.len() - 3]
    } else if letters.len() > 3 && ends_with(letters, "s") && !ends_with(letters, "ss") {
        &letters[..letters.len() - 1]
    } else {
        letters
    };
    let vowel =
        letters.len() > 4 && letters.last().is_some_and(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    if vowel { &letters[..letters.len() - 1] } else { letters }
}

/// Longest first.
const CYRILLIC: &[&str] = &[
    "ностью",
    "остью",
    "ыми",
    "ими",
    "ого",
    "его",
    "ому",
    "ему",
    "ами",
    "ями",
    "иями",
    "нинг",
    "ның",
    "нің",
    "дың",
    "дің",
    "тың",
    "тің",
    "ий",
    "ый",
    "ой",
    "ая",
    "яя",
    "ое",
    "ее",
    "ые",
    "ие",
    "ую",
    "юю",
    "ым",
    "им",
    "ом",
    "ем",
    "ых",
    "их",
    "ам",
    "ям",
    "ах",
    "ях",
    "ов",
    "ев",
    "ей",
    "ою",
    "ею",
    "ия",
    "ии",
    "ию",
    "ові",
    "еві",
    "ої",
    "ій",
    "ія",
    "ії",
    "ію",
    "ів",
    "ї",
    "і",
    "а",
    "я",
    "о",
    "е",
    "и",
    "ы",
    "у",
    "ю",
    "ь",
    "й",
    "ӣ",
    "є",
];
const ARABIC: &[&str] = &["هايي", "هاي", "ها", "ييه", "يه", "يات", "ات", "ين", "ون", "ان", "وي", "ي", "ه"];
const DEVANAGARI: &[&str] = &["ाओं", "ियों", "ियां", "ों", "ें", "ओं", "ी", "ा", "े", "ि", "ो"];
const BENGALI: &[&str] =
    &["গুলোর", "গুলির", "গুলো", "গুলি", "দের", "টির", "ের", "টি", "কে", "তে", "র", "ে", "ী", "ি", "া"];

/// What Arabic writes onto the beginning of a word: conjunctions and prepositions before the article, and the article.
const ARTICLES: &[&str] = &["وال", "فال", "بال", "كال", "ولل", "لل", "ال"];

/// Arabic letters without the article and what may stand before it.
pub(crate) fn without_article(letters: &[char]) -> &[char] {
    for article in ARTICLES {
        let count = article.chars().count();
        if letters.len() >= count + LEAST_LETTERS && letters[..count].iter().copied().eq(article.chars()) {
            return &letters[count..];
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_go() {
        for (script, words) in [
            (Script::Latin, &["company", "Companies"][..]),
            (Script::Latin, &["bank", "banka", "banks"]),
            (Script::Cyrillic, &["банк", "банка", "банком", "банки"]),
            (Script::Cyrillic, &["исламский", "исламская", "исламского", "исламской"]),
            (Script::Arabic, &["شركة", "الشركة", "شركات", "والشركة"]),
            (Script::Bengali, &["ব্যাংক", "ব্যাংকের", "ব্যাংকটি"]),
            (Script::Devanagari, &["कंपनी", "कंपनियों"]),
        ] {
            let stems: Vec<String> = words.iter().map(|word| stem_of(word, script)).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{stems:?}");
        }
    }
}
