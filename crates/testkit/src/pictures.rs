//! Pictures for tests, made without any writer of pictures: PNG by its rules, its data stored and not compressed.

/// A PNG of 24 by 18 pixels; each seed gives another one.
pub fn picture(seed: u8) -> Vec<u8> {
    let (width, height) = (24_u32, 18_u32);
    let mut rows = Vec::new();
    for y in 0..height as u8 {
        // No filter.
        rows.push(0);
        for x in 0..width as u8 {
            rows.extend_from_slice(&[x.wrapping_mul(10), y.wrapping_mul(14), seed.wrapping_mul(37)]);
        }
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", &stored(&rows)),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

/// A stream of zlib with one stored block (RFC 1950, RFC 1951).
fn stored(bytes: &[u8]) -> Vec<u8> {
    // The pictures here have less than 64 KiB.
    let length = bytes.len() as u16;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let sum = (high << 16 | low).to_be_bytes();
    [&[0x78, 0x01, 0x01][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes, &sum].concat()
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [kind.as_slice(), content].concat();
    [&(content.len() as u32).to_be_bytes()[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// The check of PNG (ISO/IEC 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let mut sum = sum ^ u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
        }
        sum
    };
    !bytes.iter().fold(u32::MAX, step)
}
