//! Cyrillic and Greek capitals that look like Latin ones, as people type them into numbers.

/// Reads letters that only look Latin as Latin ones, in capitals; `None` where there are none, or others besides.
pub fn fold_lookalikes(folded: &str) -> Option<String> {
    if folded.is_ascii() {
        return None;
    }
    folded.chars().map(|c| if c.is_ascii() { Some(c.to_ascii_uppercase()) } else { latin_of(c) }).collect()
}

/// Reads letters that only look Latin as Latin ones, one by one; what does not look Latin stays.
pub fn fold_each_lookalike(folded: &str) -> String {
    folded.chars().map(|c| if c.is_ascii() { c } else { latin_of(c).unwrap_or(c) }).collect()
}

/// The capitals of Unicode's confusables (UTS 39) between Latin, Cyrillic and Greek.
fn latin_of(character: char) -> Option<char> {
    let mut capital = character.to_uppercase();
    Some(match (capital.next()?, capital.next()) {
        ('А' | 'Α', None) => 'A',
        ('В' | 'Β', None) => 'B',
        ('С', None) => 'C',
        ('Е' | 'Ε', None) => 'E',
        ('Н' | 'Η', None) => 'H',
        ('І' | 'Ι', None) => 'I',
        ('Ј', None) => 'J',
        ('К' | 'Κ', None) => 'K',
        ('М' | 'Μ', None) => 'M',
        ('Ν', None) => 'N',
        ('О' | 'Ο', None) => 'O',
        ('Р' | 'Ρ', None) => 'P',
        ('Ѕ', None) => 'S',
        ('Т' | 'Τ', None) => 'T',
        ('Х' | 'Χ', None) => 'X',
        ('У' | 'Ү' | 'Υ', None) => 'Y',
        ('Ζ', None) => 'Z',
        _ => return None,
    })
}
