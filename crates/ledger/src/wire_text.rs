//! Strict atoms of the C2SP text formats: decimal numbers, base64 blobs and hash lines in their only legal spelling.
//!
//! One value has one spelling, so that parsing and formatting give back the same bytes. Size caps of whole
//! messages belong to the formats themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::verify::MAX_TREE_SIZE;

/// Length of a 32-byte hash in standard base64.
const HASH_LINE_CHARS: usize = 44;

/// Parses an ASCII decimal without sign and without leading zeroes (except `0` itself).
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    let canonical =
        digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || digits.first() != Some(&b'0'));
    if !canonical {
        return None;
    }
    // An empty text and a number above u64 both fail here.
    text.parse().ok()
}

/// Parses a tree size: a canonical decimal not above [`MAX_TREE_SIZE`].
pub(crate) fn parse_tree_size(text: &str) -> Option<u64> {
    parse_decimal(text).filter(|size| *size <= MAX_TREE_SIZE)
}

/// Parses one hash in standard, padded base64.
pub(crate) fn parse_hash(text: &str) -> Option<Hash> {
    if text.len() != HASH_LINE_CHARS {
        return None;
    }
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    Some(Hash::from_bytes(bytes))
}

/// What is wrong with a run of hash lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashLinesError {
    TooMany,
    Malformed,
}

/// Parses one base64 hash per line, at most `max_hashes`.
pub(crate) fn parse_hash_lines<'a>(
    lines: impl Iterator<Item = &'a str>,
    max_hashes: usize,
) -> Result<Vec<Hash>, HashLinesError> {
    let mut hashes = Vec::new();
    for line in lines {
        if hashes.len() >= max_hashes {
            return Err(HashLinesError::TooMany);
        }
        hashes.push(parse_hash(line).ok_or(HashLinesError::Malformed)?);
    }
    Ok(hashes)
}

/// Decodes standard, padded, canonical base64 of at most `max_bytes` decoded bytes.
pub(crate) fn decode_base64(text: &str, max_bytes: usize) -> Option<Vec<u8>> {
    if text.len() > max_bytes.div_ceil(3) * 4 {
        return None;
    }
    STANDARD.decode(text).ok().filter(|bytes| bytes.len() <= max_bytes)
}

/// Encodes standard, padded base64.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Says whether a text has an ASCII control character other than those the caller allows.
pub(crate) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(parse_decimal("0"), Some(0));
        assert_eq!(parse_decimal("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "١٢", "१", "18446744073709551616"]
        {
            assert_eq!(parse_decimal(bad), None, "{bad:?}");
        }
        assert_eq!(parse_tree_size(&MAX_TREE_SIZE.to_string()), Some(MAX_TREE_SIZE));
        assert_eq!(parse_tree_size(&(MAX_TREE_SIZE + 1).to_string()), None);
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(decode_base64("AA==", 1), Some(vec![0]));
        for bad in ["AA", "AB==", "AA=", "A A=", "AA==\n", "_w==", "AA=A"] {
            assert_eq!(decode_base64(bad, 8), None, "{bad:?}");
        }
    }

    #[test]
    fn base64_cap() {
        let at_cap = encode_base64(&[7; 64]);
        assert_eq!(decode_base64(&at_cap, 64).map(|bytes| bytes.len()), Some(64));
        assert_eq!(decode_base64(&encode_base64(&[7; 65]), 64), None);
    }
}
