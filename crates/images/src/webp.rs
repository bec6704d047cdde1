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
