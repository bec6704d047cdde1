//! Vehicle identification numbers (ISO 3779) and number plates.

use barid_domain::check_digits::vin_check_character;
use barid_domain::travel_documents::fold_character;

use super::blocks::{Block, Gap};
use super::{CheckDigit, Identifier, IdentifierKind, fold_lookalikes, identifier, written};

const VIN_LENGTH: u32 = 17;

/// Seventeen characters in one block, without `I`, `O` and `Q`, the last four digits. The check digit is reported where it
/// is required (makers of North America and China) or right all the same.
pub(super) fn find_vins(text: &str, blocks: &[Block], found: &mut Vec<Identifier>) {
    for block in blocks.iter().filter(|block| block.length() == VIN_LENGTH && block.letters() > 0) {
        let one = std::slice::from_ref(block);
        let folded = folded(written(text, one));
        let Some(number) = fold_lookalikes(&folded).or(Some(folded)).filter(|number| number.is_ascii())
        else {
            continue;
        };
        let Some(check) = vin_check_character(number.as_bytes()) else { continue };
        if !number.as_bytes()[VIN_LENGTH as usize - 4..].iter().all(u8::is_ascii_digit) {
            continue;
        }
        let is_right = number.as_bytes()[8] == check;
        let is_required = matches!(number.as_bytes()[0], b'1'..=b'5' | b'L');
        let check = match (is_right, is_required) {
            (true, _) => CheckDigit::Right,
            (false, true) => CheckDigit::Wrong,
            (false, false) => CheckDigit::None,
        };
        found.extend(
            identifier(IdentifierKind::Vin, text, one, number).map(|vin| Identifier { check, ..vin }),
        );
    }
}

/// What a plate has of letters and digits, and of both.
const PLATE_LETTERS: std::ops::RangeInclusive<u32> = 1..=5;
const PLATE_DIGITS: std::ops::RangeInclusive<u32> = 2..=6;
const PLATE_LENGTHS: std::ops::RangeInclusive<u32> = 4..=10;
const PLATE_BLOCKS: usize = 4;

/// Capitals and digits in up to four blocks over spaces and hyphens, those of letters alone at most three long. Plates in
/// scripts without capitals are not looked for.
pub(super) fn find_plates(text: &str, blocks: &[Block], found: &mut Vec<Identifier>) {
    for first in 0..blocks.len() {
        for count in 1..=PLATE_BLOCKS.min(blocks.len() - first) {
            let some = &blocks[first..first + count];
            let last = &some[count - 1];
            let joins = count == 1 || matches!(last.gap, Gap::Space | Gap::Hyphen);
            if !joins || last.small > 0 || last.digits == 0 && !last.is_series() {
                break;
            }
            let (letters, digits) = some
                .iter()
                .fold((0, 0), |(letters, digits), block| (letters + block.letters(), digits + block.digits));
            let fits = PLATE_LETTERS.contains(&letters) && PLATE_DIGITS.contains(&digits);
            if fits && PLATE_LENGTHS.contains(&(letters + digits)) {
                let key = plate_key(written(text, some));
                found.extend(identifier(IdentifierKind::Plate, text, some, key));
            }
        }
    }
}

/// The form in which plates are compared: letters and digits in capitals, digits of other scripts as digits, letters that
/// look Latin as Latin ones, since the same plate is typed in both.
pub fn plate_key(written: &str) -> String {
    let folded = folded(written);
    fold_lookalikes(&folded).unwrap_or(folded)
}

fn folded(written: &str) -> String {
    let folded = |c: char| fold_character(c).flatten().unwrap_or(c);
    written.chars().map(folded).filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}
