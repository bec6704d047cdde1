//! The file that says which folders are watched: TOML, read whole or refused with a place.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use barid_app::{App, OpContext, TableEdition};
use barid_domain::codes::{CodeList, Database};
use barid_formats::mapping::TableMapping;
use serde::Deserialize;

use crate::commands::import::mapping_of;
use crate::commands::{CommandError, read_file};
use crate::node;

/// The largest file, in bytes.
const FILE_BYTES_CAP: u64 = 1 << 20;
/// The most folders.
const FOLDERS_CAP: usize = 100;

/// Is a folder that is watched.
pub struct Folder {
    /// Where others put files.
    pub drop: PathBuf,
    /// Where they are worked on and kept: the node's own.
    pub keep: PathBuf,
    /// What becomes of them.
    pub kind: Kind,
    /// What the table's own columns and values stand for.
    pub mapping: TableMapping,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// Which of the organisation's tables it is.
    pub list: String,
    /// Whether a file is all of the table.
    pub edition: TableEdition,
    /// In how many days the records are reviewed.
    pub review_in_days: i32,
    /// How long a file must have stood unchanged.
    pub settle: Duration,
    /// How many days files and reports are kept.
    pub keep_days: i32,
    said: FolderFile,
}

/// Is what the rows of a folder's files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Persons.
    Persons,
    /// Travel documents.
    Documents,
    /// Objects of a database.
    Objects(Database),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchFile {
    folder: Vec<FolderFile>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct FolderFile {
    drop: PathBuf,
    keep: PathBuf,
    database: String,
    mapping: Option<PathBuf>,
    sheet: Option<String>,
    list: Option<String>,
    #[serde(default)]
    full: bool,
    #[serde(default = "usual_review")]
    review_in_days: u16,
    organisation: Option<String>,
    service: String,
    purpose: String,
    reference: String,
    #[serde(default = "usual_settle")]
    settle_seconds: u16,
    #[serde(default = "usual_keep")]
    keep_days: u16,
}

fn usual_review() -> u16 {
    1_825
}

fn usual_settle() -> u16 {
    10
}

fn usual_keep() -> u16 {
    30
}

/// Reads the file, and looks at the folders: they must be there, apart, and nobody's but whose they are to be.
///
/// # Errors
/// The first thing that is wrong, with its folder.
pub fn read(path: &Path, data_directory: &Path) -> Result<Vec<Folder>, CommandError> {
    let fault = |why: String| CommandError::Failed(format!("{}: {why}", path.display()));
    let bytes = read_file(path, FILE_BYTES_CAP)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("not UTF-8".to_owned()))?;
    let file: WatchFile = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    if !(1..=FOLDERS_CAP).contains(&file.folder.len()) {
        return Err(fault(format!("1 to {FOLDERS_CAP} folders can be watched")));
    }
    let data = data_directory.canonicalize().unwrap_or_else(|_| data_directory.to_owned());
    let mut folders: Vec<Folder> = Vec::new();
    for (at, said) in file.folder.into_iter().enumerate() {
        let named = |why: String| fault(format!("folder {}: {why}", at + 1));
        let folder = folder_of(said).map_err(|error| named(error.to_string()))?;
        let lie_in_one_another = |one: &Path, other: &Path| one.starts_with(other) || other.starts_with(one);
        let is_apart = |path: &Path| {
            let earlier = folders.iter().flat_map(|earlier| [&earlier.drop, &earlier.keep]);
            !earlier.chain([&data]).any(|other| lie_in_one_another(path, other))
        };
        let are_apart = is_apart(&folder.drop) && is_apart(&folder.keep);
        if !are_apart || lie_in_one_another(&folder.drop, &folder.keep) {
            let why = "directories of folders, and the data directory, must not lie in one another";
            return Err(named(why.to_owned()));
        }
        // Without a name the node's own organisation is meant, which may be the one that is named elsewhere.
        let feeds_the_same = |other: &Folder| {
            let (one, other) = (&folder.said, &other.said);
            one.organisation.is_none()
                || other.organisation.is_none()
                || one.organisation == other.organisation
        };
        let is_of_list =
            |other: &&Folder| other.said.database == folder.said.database && other.list == folder.list;
        if folders.iter().filter(is_of_list).any(feeds_the_same) {
            return Err(named("another folder feeds the same list".to_owned()));
        }
        folders.push(folder);
    }
    Ok(folders)
}

fn folder_of(said: FolderFile) -> Result<Folder, CommandError> {
    let usage = |why: &str| CommandError::Usage(why.to_owned());
    let database = Database::from_name(&said.database);
    let (kind, usual_list) = match database.ok_or_else(|| usage("not a database"))? {
        Database::Persons => (Kind::Persons, "persons"),
        Database::TravelDocuments => (Kind::Documents, "documents"),
        database => (Kind::Objects(database), said.database.as_str()),
    };
    let mapping = match (kind, &said.mapping) {
        (Kind::Documents, Some(_)) => return Err(usage("tables of travel documents have no mapping")),
        (Kind::Documents, None) => TableMapping::default(),
        (Kind::Persons, mapping) => mapping_of(mapping.as_deref(), Database::Persons)?,
        (Kind::Objects(database), mapping) => mapping_of(mapping.as_deref(), database)?,
    };
    if said.settle_seconds == 0 || said.keep_days == 0 || said.review_in_days == 0 {
        return Err(usage("settle_seconds, keep_days and review_in_days are 1 at least"));
    }
    let drop = directory(&said.drop, 0o002, "others than its group may write there")?;
    let keep = directory(&said.keep, 0o077, "others than its owner may enter it")?;
    if device(&drop)? != device(&keep)? {
        return Err(usage(
            "drop and keep must be on one file system: files are moved, not copied, from one to the other",
        ));
    }
    // A name that is refused later is refused now.
    node::context_of(
        said.organisation.as_deref().unwrap_or("XX"),
        &said.service,
        &said.purpose,
        &said.reference,
    )?;
    Ok(Folder {
        drop,
        keep,
        kind,
        mapping,
        sheet: said.sheet.clone(),
        list: said.list.clone().unwrap_or_else(|| usual_list.to_owned()),
        edition: if said.full {
            TableEdition::Full { confirm_withdrawals: None }
        } else {
            TableEdition::Part
        },
        review_in_days: said.review_in_days.into(),
        settle: Duration::from_secs(said.settle_seconds.into()),
        keep_days: said.keep_days.into(),
        said,
    })
}

impl Folder {
    /// Who imports its files, and why.
    pub fn context(&self, app: &App) -> Result<OpContext, CommandError> {
        let host = app.host()?;
        let organisation = self.said.organisation.as_deref().unwrap_or(host.as_str());
        node::context_of(organisation, &self.said.service, &self.said.purpose, &self.said.reference)
    }
}

/// Finds a directory that is there itself and no link, with none of these permissions.
fn directory(path: &Path, forbidden: u32, why: &str) -> Result<PathBuf, CommandError> {
    let fail = |cause| CommandError::File { what: format!("can not use {}", path.display()), cause };
    let meta = std::fs::symlink_metadata(path).map_err(fail)?;
    if !meta.is_dir() {
        return Err(CommandError::Usage(format!("{} is no directory", path.display())));
    }
    if meta.permissions().mode() & forbidden != 0 {
        return Err(CommandError::Usage(format!("{}: {why}", path.display())));
    }
    path.canonicalize().map_err(fail)
}

fn device(path: &Path) -> Result<u64, CommandError> {
    let meta = std::fs::metadata(path);
    meta.map(|meta| meta.dev())
        .map_err(|cause| CommandError::File { what: format!("can not use {}", path.display()), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let path = directory.join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn settings_are_read_whole_or_refused_with_their_folder() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let (data, settings) = (at(root, "data", 0o700), root.join("watch.toml"));
        let (inbox, keep) = (at(root, "входящие", 0o770), at(root, "keep", 0o700));
        at(root, "open", 0o777);
        at(root, "seen", 0o750);
        std::os::unix::fs::symlink(&inbox, root.join("link")).unwrap();
        let read_text = |text: &str| {
            let text = text.replace("ROOT", root.to_str().unwrap());
            std::fs::write(&settings, text).unwrap();
            read(&settings, &data)
        };
        let good = "[[folder]]\ndrop = \"ROOT/входящие\"\nkeep = \"ROOT/keep\"\ndatabase = \"vehicles\"\n\
                    service = \"watch\"\npurpose = \"border-control\"\nreference = \"ежедневный список\"\n";
        let folders = read_text(good).unwrap();
        assert_eq!((folders[0].drop.as_path(), folders[0].keep.as_path()), (&*inbox, &*keep));
        assert_eq!(
            (folders[0].kind, folders[0].list.as_str()),
            (Kind::Objects(Database::Vehicles), "vehicles")
        );
        for (from, to, why) in [
            ("vehicles", "horses", "folder 1: not a database"),
            ("ROOT/входящие", "ROOT/none", "can not use"),
            ("ROOT/входящие", "ROOT/open", "others than its group may write there"),
            ("ROOT/входящие", "ROOT/link", "is no directory"),
            ("ROOT/входящие", "ROOT/keep", "must not lie in one another"),
            ("ROOT/keep", "ROOT/seen", "others than its owner may enter it"),
            ("ROOT/keep", "ROOT/data", "must not lie in one another"),
            ("border-control", "because", "not a purpose"),
            ("\"watch\"", "\"Вася\"", "officer"),
            ("database", "mapping = \"ROOT/none\"\ndatabase", "can not read"),
            ("database", "command = \"rm\"\ndatabase", "unknown field"),
            ("database", "keep_days = 0\ndatabase", "1 at least"),
        ] {
            let refused = read_text(&good.replacen(from, to, 1)).err().unwrap();
            assert!(refused.to_string().contains(why), "{to}: {refused}");
        }
        assert!(read_text("").is_err() && read_text(&format!("{good}{good}")).is_err());
    }
}
