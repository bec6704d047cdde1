//! Deterministic CBOR: the check that bytes are the one encoding of what they say (RFC 8949 section 4.2.1).
//!
//! Every byte string that Barid signs, verifies or hashes passes here first, before any decoder sees it. Refused are
//! indefinite lengths, lengths and integers longer than needed, map keys out of order or twice, floats, `undefined`,
//! simple values other than false, true and null, text that is not UTF-8, tags (except one that the caller names at
//! the top), nesting deeper than [`DEPTH_CAP`], more than [`ITEMS_CAP`] items, and anything behind the first item.

/// The deepest nesting of arrays and maps.
pub const DEPTH_CAP: usize = 16;
/// The most data items in one encoding.
pub const ITEMS_CAP: usize = 200_000;

/// Why bytes are not deterministic CBOR; with the offset in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at byte {offset}")]
pub struct CanonicalError {
    /// Where in the bytes.
    pub offset: usize,
    /// What is wrong.
    pub fault: CanonicalFault,
}

/// Says what keeps bytes from being deterministic CBOR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalFault {
    /// The bytes end inside an item.
    #[error("truncated")]
    Truncated,
    /// Bytes follow the item.
    #[error("bytes behind the end")]
    Trailing,
    /// An integer, length or tag in more bytes than needed.
    #[error("not in the shortest form")]
    NotShortest,
    /// An indefinite length.
    #[error("indefinite length")]
    Indefinite,
    /// Map keys not in bytewise ascending order.
    #[error("map keys out of order")]
    KeyOrder,
    /// A map key twice.
    #[error("duplicate map key")]
    DuplicateKey,
    /// A float, `undefined` or another simple value.
    #[error("value of a kind that is not used")]
    Kind,
    /// A tag where none belongs.
    #[error("tag where none belongs")]
    Tag,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// Nested deeper than [`DEPTH_CAP`].
    #[error("nested too deep")]
    Depth,
    /// More than [`ITEMS_CAP`] items.
    #[error("too many items")]
    Items,
}

/// Checks that `bytes` is exactly one data item in deterministic encoding, without tags.
pub fn check(bytes: &[u8]) -> Result<(), CanonicalError> {
    check_tagged(bytes, &[]).map(|_| ())
}

/// Checks as [`check`] does, but lets one of `tags` stand in front of the item; returns the tag found.
pub fn check_tagged(bytes: &[u8], tags: &[u64]) -> Result<Option<u64>, CanonicalError> {
    let mut scan = Scan { bytes, at: 0, items: 0 };
    let mut tag = None;
    if bytes.first().is_some_and(|first| first >> 5 == 6) {
        let (_, number) = scan.head()?;
        if !tags.contains(&number) {
            return Err(CanonicalError { offset: 0, fault: CanonicalFault::Tag });
        }
        tag = Some(number);
    }
    scan.item(0)?;
    if scan.at != bytes.len() {
        return Err(scan.fault(CanonicalFault::Trailing));
    }
    Ok(tag)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    items: usize,
}

impl Scan<'_> {
    fn fault(&self, fault: CanonicalFault) -> CanonicalError {
        CanonicalError { offset: self.at, fault }
    }

    fn take(&mut self, count: u64) -> Result<&[u8], CanonicalError> {
        let left = (self.bytes.len() - self.at) as u64;
        if count > left {
            return Err(self.fault(CanonicalFault::Truncated));
        }
        let from = self.at;
        self.at += count as usize;
        Ok(&self.bytes[from..self.at])
    }

    /// Reads a head: major type and argument, in the shortest form.
    fn head(&mut self) -> Result<(u8, u64), CanonicalError> {
        let first = self.take(1)?[0];
        let (major, information) = (first >> 5, first & 0x1f);
        let extra = match information {
            0..=23 => return Ok((major, u64::from(information))),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Err(self.fault(CanonicalFault::Indefinite)),
            _ => return Err(self.fault(CanonicalFault::Kind)),
        };
        if major == 7 {
            return Err(self.fault(CanonicalFault::Kind));
        }
        let argument = self.take(extra)?.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let shortest = match extra {
            1 => argument > 23,
            2 => argument > 0xff,
            4 => argument > 0xffff,
            _ => argument > 0xffff_ffff,
        };
        if shortest { Ok((major, argument)) } else { Err(self.fault(CanonicalFault::NotShortest)) }
    }

    fn item(&mut self, depth: usize) -> Result<(), CanonicalError> {
        self.items += 1;
        if self.items > ITEMS_CAP {
            return Err(self.fault(CanonicalFault::Items));
        }
        let (major, argument) = self.head()?;
        match major {
            0 | 1 => Ok(()),
            2 => self.take(argument).map(|_| ()),
            3 => {
                let at = self.at;
                let sound = std::str::from_utf8(self.take(argument)?).is_ok();
                if sound { Ok(()) } else { Err(CanonicalError { offset: at, fault: CanonicalFault::Utf8 }) }
            }
            4 | 5 if depth >= DEPTH_CAP => Err(self.fault(CanonicalFault::Depth)),
            4 => (0..argument).try_for_each(|_| self.item(depth + 1)),
            5 => self.map(argument, depth),
            6 => Err(self.fault(CanonicalFault::Tag)),
            _ if (20..=22).contains(&argument) => Ok(()),
            _ => Err(self.fault(CanonicalFault::Kind)),
        }
    }

    fn map(&mut self, pairs: u64, depth: usize) -> Result<(), CanonicalError> {
        let mut previous: Option<(usize, usize)> = None;
        for _ in 0..pairs {
            let from = self.at;
            self.item(depth + 1)?;
            let key = (from, self.at);
            if let Some(previous) = previous {
                match self.bytes[previous.0..previous.1].cmp(&self.bytes[key.0..key.1]) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => {
                        return Err(CanonicalError { offset: from, fault: CanonicalFault::DuplicateKey });
                    }
                    std::cmp::Ordering::Greater => {
                        return Err(CanonicalError { offset: from, fault: CanonicalFault::KeyOrder });
                    }
                }
            }
            previous = Some(key);
            self.item(depth + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> Option<CanonicalFault> {
        check(bytes).err().map(|error| error.fault)
    }

    #[test]
    fn each_rule_is_enforced() {
        use CanonicalFault::*;
        let cases: &[(&[u8], Option<CanonicalFault>)] = &[
            (&[0x00], None),
            (&[0xa2, 0x01, 0x02, 0x03, 0x04], None),
            (&[0xf6], None),
            (&[0x18, 0x17], Some(NotShortest)),
            (&[0x19, 0x00, 0xff], Some(NotShortest)),
            (&[0x58, 0x01, 0x00], Some(NotShortest)),
            (&[0x9f, 0xff], Some(Indefinite)),
            (&[0x5f, 0xff], Some(Indefinite)),
            (&[0xa2, 0x03, 0x04, 0x01, 0x02], Some(KeyOrder)),
            (&[0xa2, 0x01, 0x02, 0x01, 0x02], Some(DuplicateKey)),
            (&[0xf9, 0x3c, 0x00], Some(Kind)),
            (&[0xf7], Some(Kind)),
            (&[0xf8, 0x20], Some(Kind)),
            (&[0xd2, 0x00], Some(Tag)),
            (&[0x81, 0xc1, 0x00], Some(Tag)),
            (&[0x62, 0xff, 0xfe], Some(Utf8)),
            (&[0x62, 0x41], Some(Truncated)),
            (&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Some(Truncated)),
            (&[], Some(Truncated)),
            (&[0x00, 0x00], Some(Trailing)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(fault(bytes), *expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn depth_and_items_are_capped() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
        assert_eq!(fault(&nested(DEPTH_CAP)), None);
        assert_eq!(fault(&nested(DEPTH_CAP + 1)), Some(CanonicalFault::Depth));
        let wide = |items: u32| [&[0x9a][..], &items.to_be_bytes(), &vec![0x00; items as usize]].concat();
        assert_eq!(fault(&wide(ITEMS_CAP as u32 - 1)), None);
        assert_eq!(fault(&wide(ITEMS_CAP as u32)), Some(CanonicalFault::Items));
    }

    #[test]
    fn one_tag_is_let_through_when_named() {
        assert_eq!(check_tagged(&[0xd2, 0x80], &[18, 98]), Ok(Some(18)));
        assert!(check_tagged(&[0xd3, 0x80], &[18, 98]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = check(&bytes);
        }
    }
}
