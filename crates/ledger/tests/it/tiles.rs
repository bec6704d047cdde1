//! Tiles: names, growth, and proofs from tiles alone.

use std::collections::{BTreeMap, HashMap};

use barid_ledger::tiles::{
    MAX_BUNDLED_ENTRY_BYTES, MAX_TILES_PER_GROWTH, MissingTile, Tile, TileContent, TileError, TileReadError,
    TileSource, TiledTree, decode_entry_bundle, encode_entry_bundle, tiles_of_consistency,
    tiles_of_inclusion, tiles_of_root, tiles_to_write,
};
use barid_ledger::{
    MAX_TREE_SIZE, MerkleTree, NodeId, NodeReader, ProveError, consistency_proof, inclusion_proof, leaf_hash,
    root_at,
};
use expect_test::expect;

/// Tiles by path, as a file server would hold them.
#[derive(Default)]
struct Shelf(HashMap<String, Vec<u8>>);

impl Shelf {
    fn write_growth(&mut self, tree: &MerkleTree, old_size: u64, new_size: u64) {
        for tile in tiles_to_write(old_size, new_size).unwrap() {
            self.0.insert(tile.to_string(), tile.read_from(tree).unwrap());
        }
    }
}

impl TileSource for Shelf {
    type Error = String;
    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, String> {
        self.0.get(&tile.to_string()).cloned().ok_or_else(|| tile.to_string())
    }
}

fn big_tree(size: u64) -> MerkleTree {
    MerkleTree::from_leaves((0..size).map(|at| leaf_hash(&at.to_be_bytes()))).unwrap()
}

/// The tiles named, and no other.
fn only(shelf: &Shelf, tiles: &[Tile]) -> BTreeMap<Tile, Vec<u8>> {
    tiles.iter().map(|tile| (*tile, shelf.read_tile(tile).unwrap())).collect()
}

#[test]
fn the_tiles_named_beforehand_are_enough_and_few() {
    let tree = big_tree(66_000);
    for size in [1, 2, 256, 257, 1000, 65_535, 65_536, 65_537, 66_000] {
        let mut shelf = Shelf::default();
        shelf.write_growth(&tree, 0, size);
        let read = only(&shelf, &tiles_of_root(size).unwrap());
        assert_eq!(root_at(&TiledTree::new(&read, size), size).unwrap(), tree.root_at(size).unwrap());
        for index in [0, size / 3, size / 2, size - 1] {
            let tiles = tiles_of_inclusion(index, size).unwrap();
            assert!(tiles.len() <= 6, "{index} of {size}: {tiles:?}");
            let read = only(&shelf, &tiles);
            let expected = tree.inclusion_proof(index, size).unwrap();
            assert_eq!(inclusion_proof(&TiledTree::new(&read, size), index, size).unwrap(), expected);
            let tiles = tiles_of_consistency(index, size).unwrap();
            assert!(tiles.len() <= 6, "{index} to {size}: {tiles:?}");
            let read = only(&shelf, &tiles);
            let expected = tree.consistency_proof(index, size).unwrap();
            assert_eq!(consistency_proof(&TiledTree::new(&read, size), index, size).unwrap(), expected);
            for left_out in &tiles {
                let mut fewer = read.clone();
                fewer.remove(left_out);
                let missing = consistency_proof(&TiledTree::new(&fewer, size), index, size);
                assert!(matches!(missing, Err(ProveError::Read(TileReadError::Source(MissingTile(_))))));
            }
        }
    }
    assert_eq!(tiles_of_inclusion(7, 7), Err(ProveError::IndexOutOfRange { index: 7, size: 7 }));
    let out_of_order = Err(ProveError::SizesOutOfOrder { old_size: 8, new_size: 7 });
    assert_eq!(tiles_of_consistency(8, 7), out_of_order);
    let size = MAX_TREE_SIZE + 1;
    assert_eq!(tiles_of_root(size), Err(ProveError::SizeTooLarge { size }));
}

#[test]
fn proofs_from_tiles_equal_proofs_from_memory() {
    let tree = big_tree(66_000);
    let mut shelf = Shelf::default();
    let mut old_size = 0;
    for size in [1, 2, 3, 255, 256, 257, 511, 512, 700, 1000, 65_535, 65_536, 65_537, 66_000] {
        shelf.write_growth(&tree, old_size, size);
        let tiled = TiledTree::new(&shelf, size);
        assert_eq!(root_at(&tiled, size).unwrap(), tree.root_at(size).unwrap());
        for index in [0, 1, size / 3, size / 2, size - 1] {
            if index < size {
                let expected = tree.inclusion_proof(index, size).unwrap();
                assert_eq!(inclusion_proof(&tiled, index, size).unwrap(), expected, "{index} of {size}");
            }
        }
        for old in [0, 1, size / 3, old_size, size - 1, size] {
            let expected = tree.consistency_proof(old, size).unwrap();
            assert_eq!(consistency_proof(&tiled, old, size).unwrap(), expected, "{old} to {size}");
        }
        old_size = size;
    }
}

#[test]
fn tiles_that_lack_or_lie_about_their_length() {
    let tree = big_tree(300);
    let mut shelf = Shelf::default();
    shelf.write_growth(&tree, 0, 300);
    assert_eq!(
        inclusion_proof(&TiledTree::new(&shelf, 300), 0, 301),
        Err(ProveError::Read(TileReadError::IncompleteNode(NodeId { level: 0, index: 300 })))
    );
    for (level, index) in [(0, 10_000), (0, u64::MAX), (9, 0), (64, 0), (255, 1)] {
        let node = NodeId { level, index };
        let read = TiledTree::new(&shelf, 300).read_nodes(&[node]);
        assert_eq!(read, Err(TileReadError::IncompleteNode(node)));
    }
    shelf.0.insert("tile/0/001.p/44".to_owned(), vec![0; 43 * 32]);
    assert!(matches!(
        inclusion_proof(&TiledTree::new(&shelf, 300), 299, 300),
        Err(ProveError::Read(TileReadError::Malformed { error: TileError::WrongLength, .. }))
    ));
    shelf.0.remove("tile/0/001.p/44");
    assert_eq!(
        inclusion_proof(&TiledTree::new(&shelf, 300), 299, 300),
        Err(ProveError::Read(TileReadError::Source("tile/0/001.p/44".to_owned())))
    );
}

#[test]
fn growth_of_the_examples_in_the_specification() {
    let names = |old, new| {
        let tiles = tiles_to_write(old, new).unwrap();
        tiles.iter().map(|tile| format!("{tile}\n")).collect::<String>()
    };
    expect![[r#"
        tile/0/000
        tile/1/000.p/1
    "#]]
    .assert_eq(&names(0, 256));
    expect![[r#"
        tile/0/272
        tile/0/273.p/112
        tile/1/001.p/17
    "#]]
    .assert_eq(&names(69_632, 70_000));
    assert_eq!(names(7, 7), "");
    let all = tiles_to_write(0, 70_000).unwrap();
    let at_level = |level| {
        let content = TileContent::Hashes { level };
        let of_level: Vec<_> = all.iter().filter(|tile| tile.content() == content).collect();
        (of_level.iter().filter(|tile| tile.is_full()).count(), of_level.last().map(|tile| tile.width()))
    };
    assert_eq!(at_level(0), (273, Some(112)));
    assert_eq!(at_level(1), (1, Some(17)));
    assert_eq!(at_level(2), (0, Some(1)));
    assert_eq!(at_level(3), (0, None));
}

#[test]
fn growth_at_the_cap_and_above() {
    // One level 0 tile per 256 leaves, one level 1 tile per 65,536.
    let most = tiles_to_write(0, 256 * 65_280).unwrap();
    assert!(most.len() <= MAX_TILES_PER_GROWTH);
    assert_eq!(tiles_to_write(0, 256 * 65_537), Err(TileError::GrowthTooLarge));
    assert_eq!(tiles_to_write(0, MAX_TREE_SIZE), Err(TileError::GrowthTooLarge));
    assert_eq!(tiles_to_write(MAX_TREE_SIZE - 1, MAX_TREE_SIZE).map(|tiles| tiles.len()), Ok(1));
    assert_eq!(tiles_to_write(0, MAX_TREE_SIZE + 1), Err(TileError::SizesOutOfOrder));
    assert_eq!(tiles_to_write(2, 1), Err(TileError::SizesOutOfOrder));
}

#[test]
fn paths() {
    let path = |content, index, width| Tile::new(content, index, width).unwrap().to_string();
    let hashes = |level| TileContent::Hashes { level };
    assert_eq!(path(hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(hashes(63), 0, 255), "tile/63/000.p/255");
    assert_eq!(path(TileContent::Entries, 1000, 1), "tile/entries/x001/000.p/1");
    for good in ["tile/0/x001/x234/067", "tile/0/x001/x234/067.p/8", "tile/entries/999", "tile/63/000.p/255"]
    {
        assert_eq!(good.parse::<Tile>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/001",
        "tile/0/1",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/8/",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/٠٠١",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(bad.parse::<Tile>().is_err(), "{bad:?}");
    }
    assert_eq!(Tile::new(hashes(64), 0, 1), Err(TileError::LevelTooHigh));
    assert_eq!(Tile::new(hashes(0), 0, 257), Err(TileError::WidthOutOfRange));
    assert!(Tile::new(hashes(0), MAX_TREE_SIZE / 256, 1).is_ok());
    assert_eq!(Tile::new(hashes(0), MAX_TREE_SIZE / 256 + 1, 1), Err(TileError::IndexTooLarge));
}

#[test]
fn entry_bundles_read_back() {
    let entries: Vec<&[u8]> = crate::NAMES.iter().map(|name| name.as_bytes()).collect();
    let bytes = encode_entry_bundle(&entries).unwrap();
    assert_eq!(decode_entry_bundle(&bytes, 7).unwrap(), entries);
    assert_eq!(decode_entry_bundle(&bytes, 6), Err(TileError::WrongLength));
    assert_eq!(decode_entry_bundle(&bytes, 8), Err(TileError::WrongLength));
    assert_eq!(decode_entry_bundle(&bytes[..bytes.len() - 1], 7), Err(TileError::WrongLength));
    assert_eq!(decode_entry_bundle(&bytes, 257), Err(TileError::WidthOutOfRange));
    let longest = vec![7; MAX_BUNDLED_ENTRY_BYTES];
    assert_eq!(encode_entry_bundle(&[&longest]).map(|bytes| bytes.len()), Ok(65_537));
    let too_long = vec![7; MAX_BUNDLED_ENTRY_BYTES + 1];
    assert_eq!(encode_entry_bundle(&[&too_long]), Err(TileError::EntryTooLong));
    assert!(encode_entry_bundle(&[b"".as_slice(); 256]).is_ok());
    assert_eq!(encode_entry_bundle(&[b"".as_slice(); 257]), Err(TileError::WidthOutOfRange));
    assert_eq!(encode_entry_bundle(&[]), Err(TileError::WidthOutOfRange));
}
