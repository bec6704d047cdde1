//! Tibetan writing: which syllables make a name, and what of a syllable is heard.
//!
//! A syllable is written as it was said a thousand years ago: `བསྟན` is heard as *ten*. Of its letters a prefix and a letter
//! above the root are silent, as are the second suffix and the suffixes ས, ད and འ. The rules are those of the THL simplified
//! phonetic transcription (Germano and Tournadre, 2003) and of the Dzongkha Development Commission's Roman Dzongkha.

/// The vowel that is heard where none is written, as a letter of the folded form.
const INHERENT: char = '\u{f71}';
const PREFIXES: [char; 5] = ['ག', 'ད', 'བ', 'མ', 'འ'];
const SILENT_SUFFIXES: [char; 3] = ['ས', 'ད', 'འ'];
/// Letters behind which a syllable of three letters may end in a second suffix.
const BEFORE_SECOND_SUFFIX: [char; 4] = ['ག', 'ང', 'བ', 'མ'];

/// Whether a character is the point between syllables.
pub(crate) fn is_tsheg(c: char) -> bool {
    matches!(c, '\u{f0b}' | '\u{f0c}')
}

/// Cuts a run of syllables into names of two, the last of one if need be; what is written as one syllable and heard as two
/// (`པདྨ`, `ཀརྨ`) is a name by itself.
pub(crate) fn names_of_syllables(run: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting: Option<&str> = None;
    for syllable in run.split(is_tsheg).filter(|syllable| !syllable.is_empty()) {
        match waiting.take() {
            Some(first) => names.push(format!("{first}\u{f0b}{syllable}")),
            None if vowels_heard(syllable) > 1 => names.push(syllable.to_owned()),
            None => waiting = Some(syllable),
        }
    }
    names.extend(waiting.map(str::to_owned));
    names
}

fn vowels_heard(syllable: &str) -> usize {
    fold_tibetan(syllable).into_iter().filter(|c| matches!(c, '\u{f71}'..='\u{f7d}')).count()
}

/// The letters of a name that are heard, vowels that are not written included.
pub(crate) fn fold_tibetan(token: &str) -> Vec<char> {
    let mut heard = Vec::new();
    for syllable in token.split(is_tsheg) {
        fold_syllable(syllable, &mut heard);
    }
    heard
}

/// A letter with what stands below it and its vowel.
#[derive(Default)]
struct Stack {
    base: char,
    below: Vec<char>,
    vowel: Option<char>,
}

fn fold_syllable(syllable: &str, heard: &mut Vec<char>) {
    let mut stacks: Vec<Stack> = Vec::new();
    for c in syllable.chars() {
        match (c, stacks.last_mut()) {
            ('\u{f40}'..='\u{f6c}', _) => stacks.push(Stack { base: c, ..Stack::default() }),
            // A letter below another one is the same letter, 80 further on.
            ('\u{f90}'..='\u{fbc}', Some(stack)) => {
                stack.below.extend(char::from_u32(c as u32 - 0x50));
            }
            ('\u{f72}' | '\u{f74}' | '\u{f7a}'..='\u{f7d}' | '\u{f80}', Some(stack)) => stack.vowel = Some(c),
            // What nasalises a vowel or lengthens it, and marks of Sanskrit.
            _ => {}
        }
    }
    let root = root_of(&stacks);
    if let Some(stack) = stacks.get(root) {
        let prefix = root.checked_sub(1).map(|before| stacks[before].base);
        push_root(stack, prefix, heard);
    }
    let rest = stacks.get(root + 1..).unwrap_or_default();
    for (number, stack) in rest.iter().enumerate() {
        let bare = stack.below.is_empty() && stack.vowel.is_none();
        let silent = bare && (number > 0 || SILENT_SUFFIXES.contains(&stack.base));
        match (silent, bare) {
            (true, _) => {}
            (false, true) => heard.push(stack.base),
            // A further vowel: a particle that grew on (`བོའི`), or a word of Sanskrit (`ཀརྨ`).
            (false, false) => {
                heard.push(stack.base);
                heard.extend(&stack.below);
                heard.push(stack.vowel.unwrap_or(INHERENT));
            }
        }
    }
}

/// Which of the stacks is the root: the one with a vowel or a letter below, unless a letter that is no prefix stands before
/// it; else the second of three or more behind a prefix, else the first.
fn root_of(stacks: &[Stack]) -> usize {
    let Some(first) = stacks.first() else { return 0 };
    let marked = |stack: &Stack| stack.vowel.is_some() || !stack.below.is_empty();
    if marked(first) || !PREFIXES.contains(&first.base) || stacks.len() < 2 {
        return 0;
    }
    let second = &stacks[1];
    let second_suffix = stacks.len() == 3
        && stacks[2].base == 'ས'
        && BEFORE_SECOND_SUFFIX.contains(&second.base)
        && !marked(second);
    usize::from(marked(second) || (stacks.len() > 2 && !second_suffix))
}

fn push_root(stack: &Stack, prefix: Option<char>, heard: &mut Vec<char>) {
    let mut letters: Vec<char> = [stack.base].into_iter().chain(stack.below.iter().copied()).collect();
    // ར, ལ and ས above a root are silent, but for what glides below them.
    let is_glide = |c: &char| matches!(c, 'ཡ' | 'ར' | 'ལ' | 'ཝ');
    if letters.len() > 1 && matches!(letters[0], 'ར' | 'ལ' | 'ས') && !is_glide(&letters[1]) {
        letters.remove(0);
    }
    // A ཝ below is silent.
    if letters.len() > 1 && letters.last() == Some(&'ཝ') {
        letters.pop();
    }
    if prefix == Some('ད') && letters[0] == 'བ' {
        // ད before བ: *w*, or nothing before a glide (`དབང` wang, `དབྱངས` yang).
        if letters.len() > 1 {
            letters.remove(0);
        } else {
            letters[0] = 'ཝ';
        }
    }
    // ཨ carries a vowel and is no sound.
    heard.extend(letters.into_iter().filter(|letter| *letter != 'ཨ'));
    heard.push(stack.vowel.unwrap_or(INHERENT));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_silent_goes() {
        let cases = [
            ("བསྟན་འཛིན", "ཏཱནཛིན"),
            ("རྡོ་རྗེ", "དོཇེ"),
            ("བཀྲ་ཤིས", "ཀརཱཤི"),
            ("དབང་ཕྱུག", "ཝཱངཕཡུག"),
            ("དབྱངས", "ཡཱང"),
            ("ཀརྨ", "ཀཱརམཱ"),
            ("པདྨ", "པཱདམཱ"),
            ("རྒྱལ་མཚན", "གཡཱལཚཱན"),
            ("གངས", "གཱང"),
            ("གསང", "སཱང"),
            ("བསོད་ནམས", "སོནཱམ"),
            ("དག", "དཱག"),
            ("ཨོ་རྒྱན", "ོགཡཱན"),
        ];
        for (written, heard) in cases {
            assert_eq!(fold_tibetan(written).into_iter().collect::<String>(), heard, "{written}");
        }
    }

    #[test]
    fn syllables_stand_two_by_two() {
        let cases: [(&str, &[&str]); 4] = [
            ("བསྟན་འཛིན་རྡོ་རྗེ་", &["བསྟན་འཛིན", "རྡོ་རྗེ"]),
            ("པདྨ་ཚེ་རིང", &["པདྨ", "ཚེ་རིང"]),
            ("ཀརྨ་ཚེ་རིང", &["ཀརྨ", "ཚེ་རིང"]),
            ("་་", &[]),
        ];
        for (run, names) in cases {
            assert_eq!(names_of_syllables(run), names, "{run}");
        }
    }
}
