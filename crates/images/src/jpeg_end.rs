//! Whether a JPEG is there to its end. Decoders fill what is missing with grey; a face half grey is not kept as one.

/// Walks the segments from the start of the image to its end marker (ISO/IEC 10918-1, annex B). What stands behind the
/// end is not looked at: it is not kept either.
pub(crate) fn reaches_its_end(bytes: &[u8]) -> bool {
    // Behind the marker SOI.
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return false };
        match marker {
            0xd9 => return true,
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2) else { return false };
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                if length < 2 {
                    return false;
                }
                at += length;
            }
        }
    }
}

/// Finds the next marker at or behind `at`, and moves `at` behind it. In the coded data of a scan `ff 00` is a byte `ff`,
/// and a marker of restart does not end it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        let step = rest.iter().position(|byte| *byte == 0xff)?;
        *at += step;
        // Any number of `ff` may stand before a marker.
        while bytes.get(*at) == Some(&0xff) {
            *at += 1;
        }
        let marker = *bytes.get(*at)?;
        *at += 1;
        if marker != 0 && !(0xd0..=0xd7).contains(&marker) {
            return Some(marker);
        }
    }
}
