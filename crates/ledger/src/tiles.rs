//! Tiles: the tree cut into immutable pieces of up to 256 hashes with stable paths (C2SP tlog-tiles, tile height 8).
//!
//! Names tiles, reads and writes their bytes, and proves from them. Where tiles are kept and how they are served is left to
//! others. A tile is not signed: a proof built from tiles is only as good as its check against a verified checkpoint.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, node_hash};
use crate::prove::{self, NodeId, NodeReader, ProveError};
use crate::verify::MAX_TREE_SIZE;
use crate::wire_text::parse_decimal;

/// Height of a tile: each tile holds the hashes of a subtree of this many levels.
pub const TILE_HEIGHT: u8 = 8;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Bytes of a full tile: 256 hashes of 32 bytes.
pub const MAX_TILE_BYTES: usize = TILE_WIDTH as usize * Hash::BYTES;

/// Highest tile level the path format allows (levels above 7 can't occur in trees up to [`MAX_TREE_SIZE`]).
pub const MAX_TILE_LEVEL: u8 = 63;

/// Longest tile path in bytes that is read.
pub const MAX_TILE_PATH_BYTES: usize = 64;

/// Most tiles that one call of [`tiles_to_write`] lists.
pub const MAX_TILES_PER_GROWTH: usize = 65_536;

/// Largest log entry an entry bundle can hold, in bytes (its length field has 16 bits).
pub const MAX_BUNDLED_ENTRY_BYTES: usize = u16::MAX as usize;

/// What a path under `tile/` leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileContent {
    /// Hashes of complete subtrees of height `8 * level`; level 0 are leaf hashes.
    Hashes {
        /// Level of the tile, 0 to 63.
        level: u8,
    },
    /// The log entries themselves.
    Entries,
}

/// One tile or entry bundle: what it holds, its index within the level, its width (1 to 255 partial, 256 full).
///
/// Shown and parsed as the path below the prefix of the log, such as `tile/0/x001/x234/067.p/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    content: TileContent,
    index: u64,
    width: u16,
}

/// Why a tile name or its bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The level is above 63.
    #[error("tile level is above 63")]
    LevelTooHigh,
    /// The width is not 1 to 256.
    #[error("tile width is not 1 to 256")]
    WidthOutOfRange,
    /// The tile lies beyond the largest tree.
    #[error("tile index is beyond the largest tree")]
    IndexTooLarge,
    /// The path is not in the form of tlog-tiles.
    #[error("malformed tile path")]
    MalformedPath,
    /// The bytes are not exactly as long as the width asks.
    #[error("wrong tile length")]
    WrongLength,
    /// An entry is longer than a bundle can hold.
    #[error("entry is too long for a bundle")]
    EntryTooLong,
    /// The growth needs more than [`MAX_TILES_PER_GROWTH`] tiles: go there in steps.
    #[error("growth touches too many tiles")]
    GrowthTooLarge,
    /// A size is above [`MAX_TREE_SIZE`], or the old size is above the new one.
    #[error("tree sizes are out of range or out of order")]
    SizesOutOfOrder,
}

impl Tile {
    /// Names a tile.
    ///
    /// # Errors
    /// [`TileError::LevelTooHigh`], [`TileError::WidthOutOfRange`], [`TileError::IndexTooLarge`].
    pub fn new(content: TileContent, index: u64, width: u16) -> Result<Self, TileError> {
        if matches!(content, TileContent::Hashes { level } if level > MAX_TILE_LEVEL) {
            return Err(TileError::LevelTooHigh);
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::WidthOutOfRange);
        }
        if index > MAX_TREE_SIZE / u64::from(TILE_WIDTH) {
            return Err(TileError::IndexTooLarge);
        }
        Ok(Self { content, index, width })
    }

    /// Gives what the tile holds.
    pub fn content(&self) -> TileContent {
        self.content
    }

    /// Gives the index within the level, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Gives the number of hashes or entries, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Says whether the tile is full and so will never change.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Lists the nodes whose hashes make the bytes of this tile, left to right; empty for entry bundles and levels above 7.
    pub fn nodes(&self) -> Vec<NodeId> {
        let TileContent::Hashes { level } = self.content else { return Vec::new() };
        if level > 7 {
            return Vec::new();
        }
        let first = self.index * u64::from(TILE_WIDTH);
        (0..u64::from(self.width))
            .map(|at| NodeId { level: level * TILE_HEIGHT, index: first + at })
            .collect()
    }

    /// Builds the bytes of this tile from stored nodes.
    ///
    /// # Errors
    /// [`ProveError::Read`] of the reader, [`ProveError::WrongNodeCount`] for a reader that forgets.
    pub fn read_from<R: NodeReader>(&self, reader: &R) -> Result<Vec<u8>, ProveError<R::Error>> {
        let nodes = self.nodes();
        let hashes = reader.read_nodes(&nodes).map_err(ProveError::Read)?;
        if hashes.len() != nodes.len() {
            return Err(ProveError::WrongNodeCount { asked: nodes.len(), got: hashes.len() });
        }
        Ok(encode_tile(&hashes))
    }

    /// Reads the bytes of this tile: exactly `width` hashes.
    ///
    /// A source that holds a wider tile than asked cuts it to `32 * width` bytes first.
    ///
    /// # Errors
    /// [`TileError::WrongLength`].
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        if bytes.len() != usize::from(self.width) * Hash::BYTES {
            return Err(TileError::WrongLength);
        }
        let (hashes, _) = bytes.as_chunks::<32>();
        Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            TileContent::Hashes { level } => write!(out, "tile/{level}/")?,
            TileContent::Entries => write!(out, "tile/entries/")?,
        }
        let digits = self.index.to_string();
        let padded = format!("{}{digits}", "0".repeat((3 - digits.len() % 3) % 3));
        // `padded` is ASCII digits, so cutting by threes is safe.
        let groups = padded.len() / 3;
        for (at, group) in padded.as_bytes().chunks(3).enumerate() {
            let last = at + 1 == groups;
            let text: String = group.iter().copied().map(char::from).collect();
            write!(out, "{}{text}{}", if last { "" } else { "x" }, if last { "" } else { "/" })?;
        }
        if self.width < TILE_WIDTH {
            write!(out, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = TileError;

    /// Reads a path as [`fmt::Display`] writes it; any other spelling of the same tile is refused.
    fn from_str(path: &str) -> Result<Self, Self::Err> {
        if path.len() > MAX_TILE_PATH_BYTES {
            return Err(TileError::MalformedPath);
        }
        let rest = path.strip_prefix("tile/").ok_or(TileError::MalformedPath)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::MalformedPath)?;
        let content = match level {
            "entries" => TileContent::Entries,
            digits => {
                let level = parse_decimal(digits).ok_or(TileError::MalformedPath)?;
                TileContent::Hashes { level: u8::try_from(level).map_err(|_| TileError::LevelTooHigh)? }
            }
        };
        let (number, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((number, width)) => {
                let width = parse_decimal(width).ok_or(TileError::MalformedPath)?;
                (number, u16::try_from(width).map_err(|_| TileError::WidthOutOfRange)?)
            }
        };
        let tile = Self::new(content, parse_index(number)?, width)?;
        if tile.to_string() != path {
            return Err(TileError::MalformedPath);
        }
        Ok(tile)
    }
}

/// Lists what a tree that grew from `old_size` to `new_size` leaves must write: hash tiles level by level, left to right.
///
/// A tile that grew is listed with its new width; partial tiles of the old size may then be deleted. Entry bundles follow the tiles of
/// level 0, with the same indices and widths.
///
/// # Errors
/// [`TileError::SizesOutOfOrder`]; [`TileError::GrowthTooLarge`] above [`MAX_TILES_PER_GROWTH`].
pub fn tiles_to_write(old_size: u64, new_size: u64) -> Result<Vec<Tile>, TileError> {
    if old_size > new_size || new_size > MAX_TREE_SIZE {
        return Err(TileError::SizesOutOfOrder);
    }
    let mut tiles = Vec::new();
    for level in 0..8_u8 {
        let old_hashes = old_size >> (TILE_HEIGHT * level);
        let new_hashes = new_size >> (TILE_HEIGHT * level);
        if new_hashes == old_hashes {
            break;
        }
        let first = old_hashes / u64::from(TILE_WIDTH);
        let last = (new_hashes - 1) / u64::from(TILE_WIDTH);
        let room = MAX_TILES_PER_GROWTH - tiles.len();
        if last - first >= u64::try_from(room).unwrap_or(u64::MAX) {
            return Err(TileError::GrowthTooLarge);
        }
        for index in first..=last {
            let width = (new_hashes - index * u64::from(TILE_WIDTH)).min(u64::from(TILE_WIDTH));
            // At most 256, by `min`.
            let width = u16::try_from(width).unwrap_or(TILE_WIDTH);
            tiles.push(Tile::new(TileContent::Hashes { level }, index, width)?);
        }
    }
    Ok(tiles)
}

/// Writes the bytes of a tile: its hashes one after another.
pub fn encode_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.as_bytes().iter().copied()).collect()
}

/// Writes an entry bundle: each entry after its length as 16 bits big-endian.
///
/// # Errors
/// [`TileError::WidthOutOfRange`] for none or more than 256 entries, [`TileError::EntryTooLong`] above 65,535 bytes.
pub fn encode_entry_bundle(entries: &[&[u8]]) -> Result<Vec<u8>, TileError> {
    if entries.is_empty() || entries.len() > usize::from(TILE_WIDTH) {
        return Err(TileError::WidthOutOfRange);
    }
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads an entry bundle of exactly `width` entries (1 to 256), borrowing from the bytes.
///
/// # Errors
/// [`TileError::WidthOutOfRange`], or [`TileError::WrongLength`] for missing or spare bytes.
pub fn decode_entry_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    if width == 0 || width > TILE_WIDTH {
        return Err(TileError::WidthOutOfRange);
    }
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(usize::from(width));
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(TileError::WrongLength)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(TileError::WrongLength)?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(TileError::WrongLength);
    }
    Ok(entries)
}

/// A place where tiles of hashes can be read.
pub trait TileSource {
    /// Why a tile could not be read.
    type Error;

    /// Reads the bytes of one tile of hashes: `32 * width` of them.
    ///
    /// # Errors
    /// The source's own.
    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, Self::Error>;
}

/// Why nodes could not be read out of tiles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileReadError<E> {
    /// The source failed.
    #[error("a tile could not be read")]
    Source(#[source] E),
    /// The source gave bytes that are not this tile.
    #[error("{tile} is malformed")]
    Malformed {
        /// The tile asked for.
        tile: Tile,
        /// What is wrong with it.
        error: TileError,
    },
    /// The node is not complete in a tree of the size given.
    #[error("node {} of level {} is not complete", .0.index, .0.level)]
    IncompleteNode(NodeId),
}

/// Reads the nodes of a tree of `size` leaves out of tiles, so that [`crate::inclusion_proof`] and its kin work on a tiled log.
#[derive(Clone, Copy, Debug)]
pub struct TiledTree<'a, S> {
    source: &'a S,
    size: u64,
}

impl<'a, S: TileSource> TiledTree<'a, S> {
    /// Looks at the tiles of a tree of `size` leaves, usually the size of a verified checkpoint.
    pub fn new(source: &'a S, size: u64) -> Self {
        Self { source, size }
    }
}

impl<S: TileSource> NodeReader for TiledTree<'_, S> {
    type Error = TileReadError<S::Error>;

    fn read_nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error> {
        let mut read: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
        let mut answers = Vec::with_capacity(nodes.len());
        for node in nodes {
            let (tile, first, count) = place(*node, self.size).ok_or(TileReadError::IncompleteNode(*node))?;
            if let std::collections::btree_map::Entry::Vacant(vacant) = read.entry(tile) {
                let bytes = self.source.read_tile(&tile).map_err(TileReadError::Source)?;
                vacant.insert(tile.decode(&bytes).map_err(|error| TileReadError::Malformed { tile, error })?);
            }
            let below = read.get(&tile).and_then(|hashes| hashes.get(first..first + count));
            let below = below.ok_or(TileReadError::IncompleteNode(*node))?;
            answers.push(perfect_root(below).ok_or(TileReadError::IncompleteNode(*node))?);
        }
        Ok(answers)
    }
}

/// Names the tile that holds the node's own hash or the hashes below it, with the first and the number of those hashes.
fn place(node: NodeId, size: u64) -> Option<(Tile, usize, usize)> {
    if node.needed_size()? > size {
        return None;
    }
    let level = node.level / TILE_HEIGHT;
    let height = node.level % TILE_HEIGHT;
    let first = node.index << height;
    let index = first / u64::from(TILE_WIDTH);
    let complete = size >> (TILE_HEIGHT * level);
    let width = (complete - index * u64::from(TILE_WIDTH)).min(u64::from(TILE_WIDTH));
    let tile = Tile::new(TileContent::Hashes { level }, index, u16::try_from(width).ok()?).ok()?;
    Some((tile, usize::try_from(first % u64::from(TILE_WIDTH)).ok()?, 1 << height))
}

/// Tiles that were read before the proof is built, for sources that can't be read in the middle of it.
impl TileSource for BTreeMap<Tile, Vec<u8>> {
    type Error = MissingTile;

    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, Self::Error> {
        self.get(tile).cloned().ok_or(MissingTile(*tile))
    }
}

/// The tile was not read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} was not read")]
pub struct MissingTile(
    /// The tile that was asked for.
    pub Tile,
);

/// Names the tiles that the inclusion proof of leaf `index` in a tree of `size` leaves is made of: at most two of each
/// level.
///
/// # Errors
/// As [`crate::inclusion_proof`] for leaves and sizes out of range.
pub fn tiles_of_inclusion(index: u64, size: u64) -> Result<Vec<Tile>, ProveError<Infallible>> {
    tiles_of_nodes(prove::inclusion_proof(&Asking, index, size), size)
}

/// Names the tiles that the consistency proof between two sizes is made of.
///
/// # Errors
/// As [`crate::consistency_proof`] for sizes out of range or out of order.
pub fn tiles_of_consistency(old_size: u64, new_size: u64) -> Result<Vec<Tile>, ProveError<Infallible>> {
    tiles_of_nodes(prove::consistency_proof(&Asking, old_size, new_size), new_size)
}

/// Names the tiles that the root of a tree of `size` leaves is made of.
///
/// # Errors
/// As [`crate::root_at`] for sizes out of range.
pub fn tiles_of_root(size: u64) -> Result<Vec<Tile>, ProveError<Infallible>> {
    tiles_of_nodes(prove::root_at(&Asking, size), size)
}

/// A reader that reads nothing: its error is the nodes it was asked for.
struct Asking;

impl NodeReader for Asking {
    type Error = Vec<NodeId>;

    fn read_nodes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error> {
        Err(nodes.to_vec())
    }
}

fn tiles_of_nodes<T>(
    asked: Result<T, ProveError<Vec<NodeId>>>,
    size: u64,
) -> Result<Vec<Tile>, ProveError<Infallible>> {
    let nodes = match asked {
        // What needs no node needs no tile.
        Ok(_) => return Ok(Vec::new()),
        Err(ProveError::Read(nodes)) => nodes,
        Err(ProveError::IndexOutOfRange { index, size }) => {
            return Err(ProveError::IndexOutOfRange { index, size });
        }
        Err(ProveError::SizesOutOfOrder { old_size, new_size }) => {
            return Err(ProveError::SizesOutOfOrder { old_size, new_size });
        }
        Err(ProveError::SizeTooLarge { size }) => return Err(ProveError::SizeTooLarge { size }),
        Err(ProveError::WrongNodeCount { asked, got }) => {
            return Err(ProveError::WrongNodeCount { asked, got });
        }
    };
    let mut tiles: Vec<Tile> =
        nodes.iter().filter_map(|node| place(*node, size).map(|(tile, _, _)| tile)).collect();
    tiles.sort_unstable();
    tiles.dedup();
    Ok(tiles)
}

/// Hashes a power of two of neighbouring nodes up to their common root.
fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        let (pairs, _) = level.as_chunks::<2>();
        level = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    level.first().copied()
}

fn parse_index(text: &str) -> Result<u64, TileError> {
    let mut index = 0_u64;
    for group in text.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let three_digits = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !three_digits {
            return Err(TileError::MalformedPath);
        }
        let value: u64 = digits.parse().map_err(|_| TileError::MalformedPath)?;
        index = index
            .checked_mul(1000)
            .and_then(|index| index.checked_add(value))
            .ok_or(TileError::IndexTooLarge)?;
    }
    Ok(index)
}
