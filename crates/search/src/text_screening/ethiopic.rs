//! Ethiopic letters as Latin ones: every letter is a consonant with its vowel, so that names written in it are told by rule.
//!
//! Texts and records in Ethiopic are both read so and then compared as Latin names, for which there is far more to learn
//! from. After the Ethiopic block of Unicode, vowels as most Ethiopians and Eritreans spell their names.

/// Consonants of the rows of eight letters from U+1200 on.
const ROWS: [&str; 43] = [
    "h", "l", "h", "m", "s", "r", "s", "sh", "q", "qw", "q", "qw", "b", "v", "t", "ch", "h", "hw", "n", "ny",
    "", "k", "kw", "kh", "khw", "w", "", "z", "zh", "y", "d", "d", "j", "g", "gw", "g", "t", "ch", "p", "ts",
    "ts", "f", "p",
];
const VOWELS: [&str; 8] = ["e", "u", "i", "a", "e", "", "o", "wa"];

/// Prepositions and the genitive, written onto the word after them.
pub(super) fn is_preposition(letter: char) -> bool {
    matches!(letter, 'የ' | 'በ' | 'ለ' | 'ከ')
}

/// A text with its Ethiopic letters in Latin ones; `None` if it has none.
pub(super) fn latin_of_ethiopic(text: &str) -> Option<String> {
    let is_ethiopic = |c: &char| ('\u{1200}'..='\u{1357}').contains(c);
    text.chars().any(|c| is_ethiopic(&c)).then(|| {
        let mut latin = String::new();
        for c in text.chars() {
            let place = (c as usize).wrapping_sub(0x1200);
            match ROWS.get(place / 8) {
                Some(consonant) if is_ethiopic(&c) => {
                    latin.push_str(consonant);
                    // The first vowel of the throat letters is an open one.
                    let open = place.is_multiple_of(8) && matches!(*consonant, "h" | "");
                    latin.push_str(if open { "a" } else { VOWELS[place % 8] });
                }
                _ => latin.push(c),
            }
        }
        latin
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_rule() {
        for (ethiopic, latin) in
            [("ተስፋዬ", "tesfaye"), ("ገብረማርያም", "gebremaryam"), ("ሆሳም", "hosam"), ("አስፋው", "asfaw")]
        {
            assert_eq!(latin_of_ethiopic(ethiopic).as_deref(), Some(latin));
        }
        assert_eq!(latin_of_ethiopic("Abebe"), None);
    }
}
