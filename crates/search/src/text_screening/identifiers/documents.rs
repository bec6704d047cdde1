//! Numbers of passports, identity cards and the like: `XA 0012345`, `45 08 123456`, `AB۱۲۳۴۵۶`, `АВ-123456`.

use barid_domain::travel_documents::{DocumentNumber, NUMBER_CAP};

use super::blocks::{Block, Gap};
use super::{Identifier, IdentifierKind, MOST_BLOCKS, fold_lookalikes, identifier, written};

/// Shorter numbers, and those with fewer digits, are any number.
const LEAST_LENGTH: u32 = 5;
const LEAST_DIGITS: u32 = 4;
/// From so many digits each on, blocks over a space are numbers of their own: a list.
const WHOLE_DIGITS: u32 = 7;

pub(super) fn find(text: &str, blocks: &[Block], found: &mut Vec<Identifier>) {
    for first in 0..blocks.len() {
        for count in 1..=MOST_BLOCKS.min(blocks.len() - first) {
            let some = &blocks[first..first + count];
            if count > 1 && some[count - 1].gap == Gap::Break {
                break;
            }
            let length: u32 = some.iter().map(Block::length).sum();
            if length > NUMBER_CAP as u32 {
                break;
            }
            if is_a_number(some) && !is_something_else(text, blocks, first, count) {
                found.extend(number_of(text, some));
            }
        }
    }
}

fn number_of(text: &str, blocks: &[Block]) -> Option<Identifier> {
    let slice = written(text, blocks);
    let number = match DocumentNumber::new(slice) {
        Ok(number) => number.as_str().to_owned(),
        // As people's own documents are indexed whose numbers have letters of other scripts.
        Err(_) => slice.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect(),
    };
    let alike = fold_lookalikes(&ascii_digits(&number));
    Some(Identifier { alike, ..identifier(IdentifierKind::DocumentNumber, text, blocks, number)? })
}

/// Digits of other scripts as the domain folds them; other characters stay.
fn ascii_digits(text: &str) -> String {
    let digit = |c: char| barid_domain::travel_documents::fold_character(c).flatten();
    text.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

fn is_a_number(blocks: &[Block]) -> bool {
    let length: u32 = blocks.iter().map(Block::length).sum();
    let digits: u32 = blocks.iter().map(|block| block.digits).sum();
    if length < LEAST_LENGTH || digits < LEAST_DIGITS {
        return false;
    }
    // Words beside a number are no part of it: over a gap letters are a series of few capitals, or stand among digits.
    blocks.len() == 1 || blocks.iter().all(|block| block.digits > 0 || block.is_series())
}

/// Whether the writing or what stands around tells that it is no number of a document.
fn is_something_else(text: &str, blocks: &[Block], first: usize, count: usize) -> bool {
    let some = &blocks[first..first + count];
    if !some.iter().all(Block::is_digits) {
        return false;
    }
    is_date(text, some)
        || is_of_a_year(text, some)
        || is_grouped_by_stops(some)
        || is_piece_of_longer(blocks, first, count)
        || is_money(text, some)
}

/// Blocks of digits beside it belong to the same number, unless both are long enough to be one each.
fn is_piece_of_longer(blocks: &[Block], first: usize, count: usize) -> bool {
    let after = first + count;
    let joins = |gap: Gap, other: &Block| {
        let stands_alone =
            count == 1 && blocks[first].digits.min(other.digits) >= WHOLE_DIGITS && gap == Gap::Space;
        gap != Gap::Break && other.is_digits() && !stands_alone
    };
    let before = first.checked_sub(1).is_some_and(|before| joins(blocks[first].gap, &blocks[before]));
    before || blocks.get(after).is_some_and(|block| joins(block.gap, block))
}

/// Day, month and year with the same mark between, in any order that is used.
fn is_date(text: &str, blocks: &[Block]) -> bool {
    let [a, b, c] = blocks else { return false };
    let values = [a, b, c].map(|block| value(&text[block.first_byte..block.last_byte]));
    let day_and_month = |x: u32, y: u32| (1..=31).contains(&x) && (1..=31).contains(&y) && x.min(y) <= 12;
    let is_year = |block: &Block| block.digits == 4 || block.digits == 2;
    b.gap == c.gap
        && ((c.digits == 4 || is_year(c))
            && a.digits <= 2
            && b.digits <= 2
            && day_and_month(values[0], values[1])
            || a.digits == 4 && b.digits <= 2 && c.digits <= 2 && day_and_month(values[1], values[2]))
}

/// The number of a case or law with its year: `1244/2009`, `12345/26`.
fn is_of_a_year(text: &str, blocks: &[Block]) -> bool {
    let [.., number, year] = blocks else { return false };
    let value = value(&text[year.first_byte..year.last_byte]);
    let of_this_age = year.digits == 4 && (1900..2100).contains(&value);
    year.gap == Gap::Slash && (of_this_age || year.digits == 2 && number.digits > 2)
}

/// `1.234.567`: full stops between thousands are for sums.
fn is_grouped_by_stops(blocks: &[Block]) -> bool {
    blocks.len() > 1 && blocks[1..].iter().all(|block| block.gap == Gap::Stop && block.digits == 3)
}

fn value(text: &str) -> u32 {
    let digit = |c: char| barid_domain::travel_documents::fold_character(c).flatten()?.to_digit(10);
    text.chars().filter_map(digit).take(9).fold(0, |value, digit| value * 10 + digit)
}

/// Beginnings of words that make the digits before them a sum, a share or a measure.
const MEASURES: &[&str] = &[
    "руб",
    "₽",
    "доллар",
    "долл",
    "евро",
    "тенге",
    "сом",
    "грн",
    "гривен",
    "млн",
    "млрд",
    "тыс",
    "процент",
    "usd",
    "eur",
    "rub",
    "kzt",
    "kgs",
    "uzs",
    "bdt",
    "inr",
    "irr",
    "cny",
    "gbp",
    "dollar",
    "euro",
    "rupee",
    "taka",
    "million",
    "billion",
    "thousand",
    "percent",
    "टका",
    "रुप",
    "रु.",
    "डॉलर",
    "लाख",
    "करोड़",
    "टन",
    "টাকা",
    "ডলার",
    "লাখ",
    "লক্ষ",
    "কোটি",
    "ریال",
    "تومان",
    "دلار",
    "میلیون",
    "دينار",
    "دولار",
    "ريال",
    "درهم",
    "مليون",
    "روپے",
    "元",
    "美元",
    "人民币",
    "万",
    "亿",
    "원",
    "円",
    "kg",
    "км",
    "кг",
    "тонн",
    "км²",
];

/// A sum of money or a measure: a sign of currency on either side, a decimal part, or a word that says so behind.
fn is_money(text: &str, blocks: &[Block]) -> bool {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return false };
    let (before, after) = (&text[..first.first_byte], &text[last.last_byte..]);
    let is_sign =
        |c: char| matches!(c, '$' | '£' | '¥' | '%' | '৳' | '৲' | '௹' | '฿' | '﷼' | '\u{20a0}'..='\u{20cf}');
    let digit = |c: char| c.is_numeric();
    let mut before_it = before.chars().rev().skip_while(|c| matches!(c, ' ' | '\u{a0}')).take(8);
    let code: String = before_it.clone().take_while(|c| c.is_alphabetic()).collect();
    let code: String = code.chars().rev().flat_map(char::to_lowercase).collect();
    let mut right_after = after.chars().take(2);
    let decimal_before = matches!((before.chars().next_back(), before.chars().rev().nth(1)), (Some(',' | '٫'), Some(d)) if digit(d));
    let decimal_after =
        matches!((right_after.next(), right_after.next()), (Some(',' | '٫' | '.'), Some(d)) if digit(d));
    let word: String = after
        .chars()
        .skip_while(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}'))
        .take(12)
        .flat_map(char::to_lowercase)
        .collect();
    before_it.next().is_some_and(is_sign)
        || decimal_before
        || decimal_after
        || word.starts_with(is_sign)
        || MEASURES.contains(&code.as_str())
        || MEASURES.iter().any(|measure| word.starts_with(measure))
}
