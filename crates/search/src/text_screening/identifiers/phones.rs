//! International telephone numbers (ITU-T E.164): `+7 (495) 123-45-67`, `00880 1712-345678`, `＋٩٦٤ ٧٧٠ ١٢٣ ٤٥٦٧`.

use barid_domain::travel_documents::fold_character;

use super::{CheckDigit, Identifier, IdentifierKind};

/// Digits of a number with its country code.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Characters that one number is written in at most.
const LONGEST_CHARS: usize = 40;

pub(super) fn find(text: &str, found: &mut Vec<Identifier>) {
    let mut before: Option<char> = None;
    // Behind the last number: the digits of one begin no other.
    let mut from = 0;
    for (number, (at, character)) in text.char_indices().enumerate() {
        if at >= from
            && let Some(prefix) = prefix_at(&text[at..], character, before)
        {
            let phones = phones_at(text, at, number as u32, prefix);
            from = phones.last().map_or(from, |longest| at + longest.written.len());
            found.extend(phones);
        }
        before = Some(character);
    }
}

/// How many bytes of `+` or `00` stand here, not behind another digit.
fn prefix_at(rest: &str, character: char, before: Option<char>) -> Option<usize> {
    let behind_number = before.is_some_and(|c| binds(c) || matches!(c, '.' | ',' | '٫'));
    if matches!(character, '+' | '＋') {
        return (!behind_number).then_some(character.len_utf8());
    }
    if behind_number || digit(character) != Some('0') {
        return None;
    }
    let second = rest.chars().nth(1).filter(|c| digit(*c) == Some('0'))?;
    Some(character.len_utf8() + second.len_utf8())
}

/// The numbers that begin here, the shortest first: what stands behind a space may belong to it or not.
fn phones_at(text: &str, at: usize, start: u32, prefix: usize) -> Vec<Identifier> {
    let mut phones = Vec::new();
    let (mut digits, mut separators) = (0, 0);
    let mut is_over = false;
    for (number, (byte, character)) in text[at + prefix..].char_indices().enumerate().take(LONGEST_CHARS) {
        if digit(character).is_some() {
            (digits, separators) = (digits + 1, 0);
            let end = at + prefix + byte + character.len_utf8();
            let next = text[end..].chars().next();
            if next.is_none_or(|c| digit(c).is_none()) {
                let chars = text[at..at + prefix].chars().count() + number + 1;
                phones.extend(phone(&text[at..end], start, start + chars as u32));
                // Letters right behind it make it something else.
                is_over = next.is_some_and(binds);
            }
        } else {
            // `) ` and `-(` are usual, longer runs are not.
            separators += 1;
            is_over = !is_between(character) || separators > 2 || digits == 0 && separators > 1;
        }
        if is_over || digits > *DIGITS.end() + 1 {
            break;
        }
    }
    phones
}

fn phone(written: &str, start: u32, end: u32) -> Option<Identifier> {
    // A trunk prefix in brackets is not dialled from abroad.
    let dialled: String = match written.split_once("(0)") {
        Some((country, rest)) => country.chars().chain(rest.chars()).filter_map(digit).collect(),
        None => written.chars().filter_map(digit).collect(),
    };
    let number = if written.starts_with(['+', '＋']) { dialled.as_str() } else { dialled.get(2..)? };
    let fits = DIGITS.contains(&number.len()) && !number.starts_with('0');
    fits.then(|| Identifier {
        start,
        end,
        kind: IdentifierKind::Phone,
        written: written.to_owned(),
        number: number.to_owned(),
        alike: None,
        check: CheckDigit::None,
    })
}

/// Whether a number can't begin or end beside a character: scripts without capitals write words right beside it.
fn binds(character: char) -> bool {
    digit(character).is_some() || character.is_uppercase() || character.is_lowercase()
}

fn is_between(character: char) -> bool {
    matches!(character, '(' | ')' | '[' | ']') || fold_character(character) == Some(None) && character != '<'
}

fn digit(character: char) -> Option<char> {
    fold_character(character).flatten().filter(char::is_ascii_digit)
}
