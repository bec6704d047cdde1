//! Numbers of mobile devices (IMEI, 3GPP TS 23.003): fifteen digits whose last one checks the others.

use barid_domain::check_digits::luhn_is_right;
use barid_domain::travel_documents::DocumentNumber;

use super::blocks::{Block, Gap};
use super::{CheckDigit, Identifier, IdentifierKind, identifier, written};

const DIGITS: u32 = 15;
/// `35-209900-176148-1`.
const GROUPS: usize = 4;

/// Fifteen digits in a block, or in up to four over hyphens or spaces, with the right check digit: others are any number.
pub(super) fn find(text: &str, blocks: &[Block], found: &mut Vec<Identifier>) {
    for first in 0..blocks.len() {
        for count in 1..=GROUPS.min(blocks.len() - first) {
            let some = &blocks[first..first + count];
            let last = &some[count - 1];
            let joins = count == 1 || matches!(last.gap, Gap::Space | Gap::Hyphen);
            let digits: u32 = some.iter().map(|block| block.digits).sum();
            if !joins || !last.is_digits() || digits > DIGITS {
                break;
            }
            let Ok(number) = DocumentNumber::new(written(text, some)) else { break };
            if digits == DIGITS && luhn_is_right(number.as_str().as_bytes()) {
                let device = identifier(IdentifierKind::Imei, text, some, number.as_str().to_owned());
                found.extend(device.map(|device| Identifier { check: CheckDigit::Right, ..device }));
            }
        }
    }
}
