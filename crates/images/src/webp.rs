//! What the container of a WebP says of itself (RFC 9649): how long it is, and whether it moves.

/// Tells whether all bytes are there that the header counts. What stands behind them is not looked at.
pub(crate) fn reaches_its_end(bytes: &[u8]) -> bool {
    let Some(counted) = bytes.get(4..8) else { return false };
    let counted = u32::from_le_bytes([counted[0], counted[1], counted[2], counted[3]]) as usize;
    // The name and the length themselves stand before what is counted.
    bytes.len() - 8 >= counted
}

/// Tells whether the extended header has the mark of an animation (section 2.7.1.1).
pub(crate) fn says_it_moves(bytes: &[u8]) -> bool {
    const MOVES: u8 = 0b10;
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & MOVES != 0)
}

/// Tells whether the coded frame is as large as the canvas of the extended header, where there is one (sections 2.6 and
/// 2.7.1.1; RFC 6386, section 9.1). Told without decoding anything.
pub(crate) fn frame_fills_its_canvas(bytes: &[u8]) -> bool {
    if bytes.get(12..16) != Some(b"VP8X") {
        return true;
    }
    let Some(canvas) = bytes.get(24..30) else { return false };
    let side = |low: usize| 1 + u32::from_le_bytes([canvas[low], canvas[low + 1], canvas[low + 2], 0]);
    let mut at = 12;
    while let Some(header) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        if &header[..4] == b"VP8 " {
            let Some(frame) = bytes.get(at + 14..at + 18) else { return false };
            let of_frame = |low: usize| u32::from(u16::from_le_bytes([frame[low], frame[low + 1]]) & 0x3fff);
            return (of_frame(0), of_frame(2)) == (side(0), side(3));
        }
        // Chunks of an odd length have a byte of filling.
        at = at.saturating_add(8).saturating_add(length.saturating_add(length & 1) as usize);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_larger_than_its_canvas_is_told_before_it_is_decoded() {
        let file = |canvas: [u8; 3], frame: [u8; 2]| {
            let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
            bytes.extend_from_slice(&[canvas, canvas].concat());
            // A chunk of an odd length between them.
            bytes.extend_from_slice(b"EXIF\x01\0\0\0\0\0VP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a");
            bytes.extend_from_slice(&[frame, frame].concat());
            bytes
        };
        assert!(frame_fills_its_canvas(&file([15, 0, 0], [16, 0])));
        assert!(frame_fills_its_canvas(&file([0xff, 0x2f, 0], [0, 0x70])), "two bits are of scaling");
        assert!(!frame_fills_its_canvas(&file([0, 0, 0], [0xff, 0x3f])));
        let torn = file([15, 0, 0], [16, 0]);
        assert!(!frame_fills_its_canvas(&torn[..torn.len() - 1]));
    }
}
