//! The files of a watched folder on their way: seen, claimed, copied, put away.
//!
//! A file is claimed by one renaming out of the folder where others write into the node's own, under a name that says
//! when and which it was. What is imported is a copy that nobody else has open. Everything before the last step can be done
//! again after a crash; the last step takes the claim away.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use barid_domain::dates::{Day, Timestamp};

use super::settings::Folder;
use crate::commands::write_file;

/// The largest file, in bytes.
pub const BYTES_CAP: u64 = 1 << 30;
/// The longest name, in bytes.
const NAME_CAP: usize = 120;
/// The most entries of a folder that are looked at in one look.
const ENTRIES_CAP: usize = 10_000;
/// Where claimed files lie.
const WORK: &str = "work";
/// How the copy that is imported is called.
const COPY: &str = "table";

/// Is a file that was claimed.
#[derive(Debug)]
pub struct Claim {
    /// When, and which: `20261126T093000Z-01234567-list.csv`.
    pub name: String,
    path: PathBuf,
}

/// Says where a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was imported, though rows of it may be refused.
    Done,
    /// Nothing of it was, or not all.
    Refused,
}

impl End {
    fn folder(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Why a file is not to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A link, a device, a pipe or a directory.
    NoFile,
    /// It has a second name, by which somebody may change it.
    Linked,
    /// Over [`BYTES_CAP`].
    TooLarge,
}

impl Unfit {
    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFile => "watch-no-file",
            Self::Linked => "watch-linked",
            Self::TooLarge => "watch-too-large",
        }
    }
}

/// What a file looked like, and since when it does.
#[derive(Clone, Copy)]
struct Seen {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
    since: Instant,
}

/// Remembers from look to look which files have stood still.
#[derive(Default)]
pub struct Looks(HashMap<String, Seen>);

impl Looks {
    /// Names the files that have stood unchanged for as long as `settle`, by name. What is not called `*.csv` or `*.xlsx`, or
    /// hidden, is not looked at: it may still be written.
    pub fn ready(&mut self, drop: &Path, settle: Duration, now: Instant) -> std::io::Result<Vec<String>> {
        let mut seen = HashMap::new();
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(drop)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // What is no table may lie there in any number; of tables the others wait until these are gone.
            if !is_table(&name) || seen.len() == ENTRIES_CAP {
                continue;
            }
            let Ok(meta) = std::fs::symlink_metadata(entry.path()) else { continue };
            let looks = Seen {
                inode: meta.ino(),
                bytes: meta.len(),
                changed: (meta.mtime(), meta.mtime_nsec()),
                since: now,
            };
            let since = self.0.get(&name).filter(|before| {
                (before.inode, before.bytes, before.changed) == (looks.inode, looks.bytes, looks.changed)
            });
            let since = since.map_or(now, |before| before.since);
            if now.duration_since(since) >= settle {
                ready.push(name.clone());
            }
            seen.insert(name, Seen { since, ..looks });
        }
        self.0 = seen;
        ready.sort();
        Ok(ready)
    }
}

/// Tells whether a file of this name is a whole table that waits: so, and only so, is one called that is.
fn is_table(name: &str) -> bool {
    let is_named = name.ends_with(".csv") || name.ends_with(".xlsx");
    is_named && !name.starts_with('.') && name.len() <= NAME_CAP && !name.chars().any(char::is_control)
}

/// Makes the node's own directories of a folder.
pub fn prepare(folder: &Folder) -> std::io::Result<()> {
    for name in [WORK, End::Done.folder(), End::Refused.folder()] {
        let path = folder.keep.join(name);
        match std::fs::DirBuilder::new().create(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !std::fs::symlink_metadata(&path)?.is_dir() {
            return Err(std::io::Error::other("no directory"));
        }
    }
    Ok(())
}

/// Claims a file; `None` where it went away meanwhile.
pub fn claim(folder: &Folder, name: &str, now: Timestamp, random: [u8; 4]) -> std::io::Result<Option<Claim>> {
    let random = barid_app::proofs::hex(&random);
    let claimed = format!("{}-{random}-{name}", stamp_of(now));
    let path = folder.keep.join(WORK).join(&claimed);
    match std::fs::rename(folder.drop.join(name), &path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        renamed => renamed?,
    }
    sync(&folder.keep.join(WORK))?;
    sync(&folder.drop)?;
    Ok(Some(Claim { name: claimed, path }))
}

/// The claims that a run before left, oldest first.
pub fn left(folder: &Folder) -> std::io::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for entry in std::fs::read_dir(folder.keep.join(WORK))? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && name != COPY
        {
            claims.push(Claim { name, path: entry.path() });
        }
    }
    claims.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(claims)
}

/// Tells whether a claim was worked on to its end, but for being taken away.
pub fn is_put_away(folder: &Folder, claim: &Claim) -> bool {
    [End::Done, End::Refused].iter().any(|end| {
        let put = folder.keep.join(end.folder()).join(&claim.name);
        std::fs::symlink_metadata(put).is_ok()
    })
}

/// Copies a claimed file into one that only this process has open, and opens it.
pub fn copy(folder: &Folder, claim: &Claim) -> std::io::Result<Result<(PathBuf, File), Unfit>> {
    let meta = std::fs::symlink_metadata(&claim.path)?;
    if !meta.is_file() {
        return Ok(Err(Unfit::NoFile));
    }
    if meta.nlink() != 1 {
        return Ok(Err(Unfit::Linked));
    }
    let path = folder.keep.join(WORK).join(COPY);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut copy = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    let written = std::io::copy(&mut File::open(&claim.path)?.take(BYTES_CAP + 1), &mut copy)?;
    if written > BYTES_CAP {
        return Ok(Err(Unfit::TooLarge));
    }
    copy.sync_all()?;
    Ok(Ok((path, copy)))
}

/// Puts a file away with its report: the copy that was read, then the claim is taken away; of what could not be read, the
/// claim itself. That is the last that is done.
pub fn put_away(
    folder: &Folder,
    claim: &Claim,
    end: End,
    report: &[u8],
    is_read: bool,
) -> std::io::Result<()> {
    let place = folder.keep.join(end.folder());
    let failed = |error: crate::commands::CommandError| std::io::Error::other(error.to_string());
    write_file(&place.join(format!("{}.report.json", claim.name)), report).map_err(failed)?;
    let from = if is_read { folder.keep.join(WORK).join(COPY) } else { claim.path.clone() };
    std::fs::rename(from, place.join(&claim.name))?;
    sync(&place)?;
    if is_read { discard(folder, claim) } else { sync(&folder.keep.join(WORK)) }
}

/// Takes a claim away.
pub fn discard(folder: &Folder, claim: &Claim) -> std::io::Result<()> {
    std::fs::remove_file(&claim.path)?;
    sync(&folder.keep.join(WORK))
}

/// Removes files and reports that were kept for long enough; they are full of names.
pub fn sweep(folder: &Folder, today: Day) -> std::io::Result<u64> {
    let mut removed = 0;
    for end in [End::Done, End::Refused] {
        for entry in std::fs::read_dir(folder.keep.join(end.folder()))? {
            let entry = entry?;
            let day = entry.file_name().to_str().and_then(day_of);
            if day.is_some_and(|day| day.saturating_add(folder.keep_days) < today) {
                match entry.file_type()?.is_dir() {
                    true => std::fs::remove_dir_all(entry.path())?,
                    false => std::fs::remove_file(entry.path())?,
                }
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// `20261126T093000Z`.
fn stamp_of(now: Timestamp) -> String {
    let text: String = now.to_string().chars().filter(|character| !matches!(character, '-' | ':')).collect();
    let (whole, _) = text.split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{whole}Z")
}

fn day_of(name: &str) -> Option<Day> {
    let stamp = name.get(..8)?;
    let part = |range: std::ops::Range<usize>| stamp.get(range)?.parse().ok();
    Day::new(stamp.get(..4)?.parse().ok()?, part(4..6)?, part(6..8)?).ok()
}

fn sync(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_tables_are_looked_at() {
        for name in ["a.csv", "список.xlsx", "قائمة.csv"] {
            assert!(is_table(name), "{name}");
        }
        for name in
            [".a.csv", "a.csv.part", "a.CSV", "csv", "a\n.csv", &format!("{}.csv", "a".repeat(NAME_CAP))]
        {
            assert!(!is_table(name), "{name}");
        }
        let stamp = stamp_of(Timestamp::from_seconds(1_795_771_800));
        assert_eq!((stamp.len(), day_of(&stamp)), (16, Some(Timestamp::from_seconds(1_795_771_800).day())));
        assert_eq!([day_of("x"), day_of("20261399T"), day_of("двадцать")], [None, None, None]);
    }

    #[test]
    fn a_file_is_ready_when_it_has_stood_still() {
        let directory = tempfile::tempdir().unwrap();
        let (path, begun) = (directory.path().join("a.csv"), Instant::now());
        let (mut looks, settle) = (Looks::default(), Duration::from_secs(10));
        let mut at =
            |seconds| looks.ready(directory.path(), settle, begun + Duration::from_secs(seconds)).unwrap();
        std::fs::write(&path, "id\n").unwrap();
        assert_eq!([at(0).len(), at(9).len(), at(10).len()], [0, 0, 1]);
        // It grows: the time begins anew; and so it does for another file of the same name.
        std::fs::write(&path, "id\n1\n").unwrap();
        assert_eq!([at(11).len(), at(20).len(), at(21).len()], [0, 0, 1]);
        std::fs::write(directory.path().join("b"), "id\n1\n").unwrap();
        std::fs::rename(directory.path().join("b"), &path).unwrap();
        assert_eq!([at(22).len(), at(31).len(), at(32).len()], [0, 0, 1]);
    }
}
