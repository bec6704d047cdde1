//! The lossy disk's outer half: works out from a log of changes (`barid-lossyfs`) what a disk holds after its power is cut.
//!
//! The model is POSIX's promise and no more; every file system that Barid runs on (ext4, XFS, btrfs) keeps more:
//!
//! - A sync of a file makes durable what was written to it *before the sync began*, its length included. Not its name.
//! - A sync of a directory makes durable the names in it: files made, removed, renamed.
//! - What was not synced may be there or not. Of a file: nothing, all, or any of the sectors of 512 bytes of any of the
//!   writes; a sector's bytes come whole, holes read as zeros. Of a directory: the first so many of its changes, in
//!   their order, as file systems with a journal keep them; one directory's changes say nothing of another's.
//! - A rename is one change: the old name or the new one, never both and never neither.
//! - A sync that fails makes durable any of the sectors that waited for it. The others are gone for good, though whoever
//!   reads the file before the power is cut still sees them: Linux takes their pages for clean, and no later sync
//!   writes them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::crash::Choices;

const SECTOR_BYTES: u64 = 512;
/// Nothing the suites write is longer: a longer length is a fault of the layer.
const FILE_CAP_BYTES: u64 = 1 << 31;

/// A disk: what is durable, and what waits.
#[derive(Debug)]
pub struct Disk {
    nodes: Vec<Node>,
    by_inode: HashMap<u64, usize>,
    /// Syncs that have begun: of which node, and how many of its changes were there.
    syncs: HashMap<u64, (usize, u64)>,
    choices: Choices,
    /// Syncs that failed.
    pub failed_syncs: u32,
    /// Writes refused for want of room.
    pub refused_writes: u32,
}

#[derive(Debug)]
enum Node {
    File(File),
    Directory(Directory),
}

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    /// What a process reads.
    live: Vec<u8>,
    waiting: Waiting<Change>,
}

impl File {
    fn at_rest(bytes: Vec<u8>) -> Self {
        Self { live: bytes.clone(), durable: bytes, waiting: Waiting::default() }
    }

    fn push(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.waiting.changes.push(change);
    }

    fn catch_up(&mut self, there: &[u8]) {
        if self.live.len() != there.len() {
            self.push(Change::Length(there.len() as u64));
        }
        let differs = |(one, other): (&u8, &u8)| one != other;
        let Some(from) = self.live.iter().zip(there).position(differs) else { return };
        let to = self.live.iter().zip(there).rposition(differs).unwrap_or(from);
        self.push(Change::Write { at: from as u64, bytes: there[from..=to].to_vec() });
    }
}

#[derive(Debug, Default)]
struct Directory {
    durable: BTreeMap<String, usize>,
    live: BTreeMap<String, usize>,
    waiting: Waiting<NameChange>,
}

/// Changes that wait for a sync, counted from the first that ever was.
#[derive(Debug)]
struct Waiting<T> {
    done: u64,
    changes: Vec<T>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { done: 0, changes: Vec::new() }
    }
}

impl<T> Waiting<T> {
    fn count(&self) -> u64 {
        self.done + self.changes.len() as u64
    }
    /// Takes those that were there when there were `count`.
    fn take_until(&mut self, count: u64) -> Vec<T> {
        let taken = count.saturating_sub(self.done);
        self.done += taken;
        self.changes.drain(..taken as usize).collect()
    }
}

#[derive(Debug)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Length(u64),
}

#[derive(Debug)]
enum NameChange {
    Set(String, usize),
    Remove(String),
    Move(String, String, usize),
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Remove(name) => drop(names.remove(name)),
            Self::Move(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Length(length) => file.resize(*length as usize, 0),
            Self::Write { at, bytes } => put(file, *at, bytes),
        }
    }

    /// Applies the sectors that are chosen, one by one.
    fn apply_some(&self, file: &mut Vec<u8>, mut chosen: impl FnMut() -> bool) {
        let Self::Write { at, bytes } = self else {
            if chosen() {
                self.apply(file);
            }
            return;
        };
        let mut from = 0;
        while from < bytes.len() {
            let place = at + from as u64;
            let to = (from + (SECTOR_BYTES - place % SECTOR_BYTES) as usize).min(bytes.len());
            if chosen() {
                put(file, place, &bytes[from..to]);
            }
            from = to;
        }
    }
}

fn put(file: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let (at, end) = (at as usize, at as usize + bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

impl Disk {
    /// Takes a directory at rest for what is durable; its inodes are those that the log will name.
    ///
    /// # Errors
    /// File errors.
    pub fn at_rest(directory: &Path, choices: Choices) -> io::Result<Self> {
        let mut disk = Self {
            nodes: Vec::new(),
            by_inode: HashMap::new(),
            syncs: HashMap::new(),
            choices,
            failed_syncs: 0,
            refused_writes: 0,
        };
        disk.read(directory)?;
        Ok(disk)
    }

    fn read(&mut self, path: &Path) -> io::Result<usize> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_dir() {
            return Ok(self.add(metadata.ino(), Node::File(File::at_rest(fs::read(path)?))));
        }
        let number = self.add(metadata.ino(), Node::Directory(Directory::default()));
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name =
                entry.file_name().into_string().map_err(|_| io::Error::other("a name in no script"))?;
            names.insert(name, self.read(&entry.path())?);
        }
        let live = names.clone();
        self.nodes[number] = Node::Directory(Directory { durable: names, live, ..Directory::default() });
        Ok(number)
    }

    fn add(&mut self, inode: u64, node: Node) -> usize {
        self.nodes.push(node);
        // An inode that was removed may come again, as another file.
        self.by_inode.insert(inode, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    /// Follows the log of what processes did; a record that a kill cut short is none.
    ///
    /// # Errors
    /// A log that no layer writes.
    pub fn follow(&mut self, log: &[u8]) -> io::Result<()> {
        let mut rest = log;
        while let Some((length, after)) = rest.split_first_chunk() {
            let Some((record, next)) = after.split_at_checked(u32::from_le_bytes(*length) as usize) else {
                break;
            };
            self.take(record).ok_or_else(|| {
                let shown = String::from_utf8_lossy(&record[..record.len().min(80)]);
                io::Error::other(format!("a record of the layer makes no sense: {shown:?}"))
            })?;
            rest = next;
        }
        Ok(())
    }

    /// Takes over what a killed process did and could not write down: the files as they lie there, still to be synced.
    ///
    /// # Errors
    /// File errors.
    pub fn catch_up(&mut self, live: &Path) -> io::Result<()> {
        self.catch_up_directory(0, live)
    }

    fn catch_up_directory(&mut self, node: usize, path: &Path) -> io::Result<()> {
        let known = self.directory(node).map(|directory| directory.live.clone()).unwrap_or_default();
        let mut there = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name =
                entry.file_name().into_string().map_err(|_| io::Error::other("a name in no script"))?;
            let metadata = entry.metadata()?;
            let child = known.get(&name).copied().or_else(|| self.by_inode.get(&metadata.ino()).copied());
            let child = child.unwrap_or_else(|| {
                let new = match metadata.is_dir() {
                    true => Node::Directory(Directory::default()),
                    false => Node::File(File::default()),
                };
                self.add(metadata.ino(), new)
            });
            there.insert(name.clone(), child);
            if known.get(&name) != Some(&child) {
                self.push_name(node, NameChange::Set(name.clone(), child));
            }
            match &mut self.nodes[child] {
                Node::Directory(_) => self.catch_up_directory(child, &entry.path())?,
                // SQLite's shared memory is written through a mapping, and is nothing after a crash.
                Node::File(_) if name.ends_with("-shm") => {}
                Node::File(file) => file.catch_up(&fs::read(entry.path())?),
            }
        }
        for name in known.into_keys().filter(|name| !there.contains_key(name)) {
            self.push_name(node, NameChange::Remove(name));
        }
        Ok(())
    }

    fn take(&mut self, record: &[u8]) -> Option<()> {
        let (letter, fields) = record.split_first()?;
        match letter {
            b'C' | b'D' => {
                let (inode, path) = number(fields)?;
                let node = match letter {
                    b'C' => Node::File(File::default()),
                    _ => Node::Directory(Directory::default()),
                };
                let node = self.add(inode, node);
                self.change_names(path, |name| NameChange::Set(name, node))
            }
            b'U' => self.change_names(fields, NameChange::Remove),
            b'R' => {
                let (length, paths) = fields.split_first_chunk()?;
                let (from, to) = paths.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                let (from_directory, from) = self.find(from)?;
                let (to_directory, to) = self.find(to)?;
                let node = *self.directory(from_directory)?.live.get(&from)?;
                // Between directories it would be two changes, which nothing here does.
                (from_directory == to_directory).then_some(())?;
                self.push_name(to_directory, NameChange::Move(from, to, node))
            }
            b'W' => {
                let (inode, fields) = number(fields)?;
                let (at, bytes) = number(fields)?;
                self.push(inode, Change::Write { at, bytes: bytes.to_vec() })
            }
            b'T' => {
                let (inode, fields) = number(fields)?;
                self.push(inode, Change::Length(number(fields)?.0))
            }
            b'B' => {
                let (sync, fields) = number(fields)?;
                let node = *self.by_inode.get(&number(fields)?.0)?;
                let count = match &self.nodes[node] {
                    Node::File(file) => file.waiting.count(),
                    Node::Directory(directory) => directory.waiting.count(),
                };
                self.syncs.insert(sync, (node, count));
                Some(())
            }
            b'E' | b'X' => {
                let (node, count) = self.syncs.remove(&number(fields)?.0)?;
                self.end_sync(node, count, *letter == b'E');
                Some(())
            }
            b'N' => {
                self.refused_writes += 1;
                Some(())
            }
            _ => None,
        }
    }

    fn end_sync(&mut self, node: usize, count: u64, worked: bool) {
        self.failed_syncs += u32::from(!worked);
        let choices = &mut self.choices;
        match &mut self.nodes[node] {
            Node::File(file) => {
                for change in file.waiting.take_until(count) {
                    change.apply_some(&mut file.durable, || worked || choices.below(2) == 0);
                }
            }
            Node::Directory(directory) if worked => {
                for change in directory.waiting.take_until(count) {
                    change.apply(&mut directory.durable);
                }
            }
            // Names stay in the file system's journal, and wait for the next sync.
            Node::Directory(_) => {}
        }
    }

    fn push(&mut self, inode: u64, change: Change) -> Option<()> {
        let end = match &change {
            Change::Write { at, bytes } => at.checked_add(bytes.len() as u64)?,
            Change::Length(length) => *length,
        };
        let node = *self.by_inode.get(&inode)?;
        match &mut self.nodes[node] {
            Node::File(file) if end <= FILE_CAP_BYTES => {
                file.push(change);
                Some(())
            }
            Node::File(_) | Node::Directory(_) => None,
        }
    }

    fn change_names(&mut self, path: &[u8], change: impl FnOnce(String) -> NameChange) -> Option<()> {
        let (directory, name) = self.find(path)?;
        self.push_name(directory, change(name))
    }

    fn push_name(&mut self, directory: usize, change: NameChange) -> Option<()> {
        let Node::Directory(directory) = &mut self.nodes[directory] else { return None };
        change.apply(&mut directory.live);
        directory.waiting.changes.push(change);
        Some(())
    }

    fn directory(&self, node: usize) -> Option<&Directory> {
        match self.nodes.get(node)? {
            Node::Directory(directory) => Some(directory),
            Node::File(_) => None,
        }
    }

    /// Finds the directory that a path is in, as the process sees it, and the name there.
    fn find(&self, path: &[u8]) -> Option<(usize, String)> {
        let path = std::str::from_utf8(path).ok()?;
        let mut parts = path.split('/');
        let name = parts.next_back()?;
        let mut at = 0;
        for part in parts {
            at = *self.directory(at)?.live.get(part)?;
        }
        Some((at, name.to_owned()))
    }

    /// Cuts the power: what was not synced is there or not, by choice.
    pub fn cut(&mut self) {
        let choices = &mut self.choices;
        for node in &mut self.nodes {
            match node {
                Node::File(file) => {
                    let waiting = std::mem::take(&mut file.waiting.changes);
                    survive(&mut file.durable, &waiting, choices);
                }
                Node::Directory(directory) => {
                    let waiting = std::mem::take(&mut directory.waiting.changes);
                    let kept = choices.below(waiting.len() as u64 + 1) as usize;
                    waiting[..kept].iter().for_each(|change| change.apply(&mut directory.durable));
                }
            }
        }
    }

    /// Writes what is durable into a new directory.
    ///
    /// # Errors
    /// File errors.
    pub fn write_to(&self, directory: &Path) -> io::Result<()> {
        self.write_node(0, directory)
    }

    fn write_node(&self, node: usize, path: &Path) -> io::Result<()> {
        use io::Write as _;
        match &self.nodes[node] {
            Node::File(file) => {
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true).mode(0o600).open(path)?.write_all(&file.durable)
            }
            Node::Directory(directory) => {
                fs::DirBuilder::new().mode(0o700).create(path)?;
                directory.durable.iter().try_for_each(|(name, node)| self.write_node(*node, &path.join(name)))
            }
        }
    }
}

fn survive(file: &mut Vec<u8>, waiting: &[Change], choices: &mut Choices) {
    match choices.below(4) {
        0 => {}
        1 => waiting.iter().for_each(|change| change.apply(file)),
        2 => {
            let of_eight = 1 + choices.below(7);
            waiting.iter().for_each(|change| change.apply_some(file, || choices.below(8) < of_eight));
        }
        _ => {
            let whole = choices.below(waiting.len() as u64 + 1) as usize;
            waiting[..whole].iter().for_each(|change| change.apply(file));
            if let Some(torn) = waiting.get(whole) {
                torn.apply_some(file, || choices.below(2) == 0);
            }
        }
    }
}

fn number(fields: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = fields.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(letter: u8, fields: &[&[u8]]) -> Vec<u8> {
        let fields = fields.concat();
        [&(fields.len() as u32 + 1).to_le_bytes(), [letter].as_slice(), &fields].concat()
    }

    fn n(number: u64) -> [u8; 8] {
        number.to_le_bytes()
    }

    /// The files after the log and a cut, for many choices: each state once.
    fn states(log: &[Vec<u8>]) -> std::collections::BTreeSet<Vec<(String, String)>> {
        let mut all = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let rest = tempfile::tempdir().unwrap();
            let mut disk = Disk::at_rest(rest.path(), Choices::of(&[seed])).unwrap();
            let root = fs::metadata(rest.path()).unwrap().ino();
            let mut log = log.concat();
            // The directory itself goes by the number 1 in these cases.
            disk.by_inode.insert(1, disk.by_inode[&root]);
            log.extend_from_slice(&[9, 0, 0, 0, b'W']);
            disk.follow(&log).unwrap();
            disk.cut();
            let image = rest.path().join("image");
            disk.write_to(&image).unwrap();
            let mut files: Vec<(String, String)> = fs::read_dir(&image)
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
                    (entry.file_name().into_string().unwrap(), text.replace('\0', "."))
                })
                .collect();
            files.sort();
            all.insert(files);
        }
        all
    }

    fn shown(log: &[Vec<u8>]) -> Vec<String> {
        let state = |files: &Vec<(String, String)>| {
            files.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ")
        };
        states(log).iter().map(state).collect()
    }

    fn made(inode: u64, name: &str) -> Vec<u8> {
        record(b'C', &[&n(inode), name.as_bytes()])
    }
    fn wrote(inode: u64, at: u64, text: &str) -> Vec<u8> {
        record(b'W', &[&n(inode), &n(at), text.as_bytes()])
    }
    fn synced(number: u64, inode: u64) -> Vec<u8> {
        [record(b'B', &[&n(number), &n(inode)]), record(b'E', &[&n(number)])].concat()
    }

    #[test]
    fn what_is_synced_stays_and_what_is_not_may() {
        let durable = [made(7, "а"), wrote(7, 0, "эн"), synced(1, 7), synced(2, 1)];
        assert_eq!(shown(&durable), ["а=эн"]);
        assert_eq!(shown(&[made(7, "а"), wrote(7, 0, "эн"), synced(1, 7)]), ["", "а=эн"]);
        assert_eq!(shown(&[made(7, "а"), wrote(7, 0, "эн"), synced(2, 1)]), ["а=", "а=эн"]);
        let written_while_it_syncs = [
            made(7, "а"),
            synced(1, 1),
            record(b'B', &[&n(2), &n(7)]),
            wrote(7, 0, "эн"),
            record(b'E', &[&n(2)]),
        ];
        assert_eq!(shown(&written_while_it_syncs), ["а=", "а=эн"]);
    }

    #[test]
    fn writes_are_torn_at_sectors() {
        let log = [made(7, "a"), synced(1, 1), wrote(7, 511, "xyz")];
        let dots = ".".repeat(511);
        let expected =
            ["a=".to_owned(), format!("a={dots}.yz"), format!("a={dots}x"), format!("a={dots}xyz")];
        assert_eq!(shown(&log), expected);
    }

    #[test]
    fn a_rename_is_there_or_not() {
        let log = [
            made(7, "новый"),
            wrote(7, 0, "2"),
            synced(1, 7),
            made(8, "файл"),
            wrote(8, 0, "1"),
            synced(2, 8),
            synced(3, 1),
            record(b'R', &[&10_u32.to_le_bytes(), "новый".as_bytes(), "файл".as_bytes()]),
        ];
        assert_eq!(shown(&log), ["новый=2 файл=1", "файл=2"]);
    }

    #[test]
    fn what_a_failed_sync_loses_no_later_sync_brings_back() {
        let log = [
            made(7, "a"),
            wrote(7, 0, "x"),
            record(b'B', &[&n(1), &n(7)]),
            record(b'X', &[&n(1)]),
            wrote(7, 1, "y"),
            synced(2, 7),
            synced(3, 1),
        ];
        assert_eq!(shown(&log), ["a=.y", "a=xy"]);
    }
}
