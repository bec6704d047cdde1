//! Watched folders: tables that others put down are imported by the running server, each under a service's own name.
//!
//! `docs/operations/watched-folders.md` has the protocol. A file goes from the folder where it was put (`files.rs`) through
//! the same import as `barid import` does; a server that is killed on the way goes on with it at its next start, and
//! nothing is entered twice, because an import is known by the bytes of its table and by its rows.

pub mod files;
pub mod settings;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use barid_app::{App, AppError, DocumentsImport, ImportReport, ObjectsImport, PersonsImport};
use barid_domain::dates::Timestamp;

use crate::commands::CommandError;
use crate::commands::import::{as_json_with_rows, own_terms};
use crate::node;
use crate::table_files::{hash_of, open_table};
use files::{Claim, End, Looks};
use settings::{Folder, Kind};

/// How often the folders are looked at.
const LOOKING: Duration = Duration::from_secs(1);
/// How long a folder rests after something failed that may pass.
const RESTING: Duration = Duration::from_secs(30);
/// How often what was kept for long enough is removed.
const SWEEPING: Duration = Duration::from_secs(3_600);

/// Is the watching of folders, under way; it ends with this value.
pub struct Watching {
    task: Option<tokio::task::JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Watching {
    /// Begins to watch.
    pub fn start(app: Arc<App>, folders: Vec<Folder>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let runtime = tokio::runtime::Handle::current();
        // Reading, sorting and waiting for the disk: not on the threads that serve requests.
        let task = tokio::task::spawn_blocking(move || {
            watch(&Desk { runtime: &runtime, app: &app, is_over: &over }, folders);
        });
        Self { task: Some(task), is_over }
    }

    /// Ends it: an import that is under way stops at its next row, and goes on at the next start.
    pub async fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let Some(task) = self.task.take() else { return };
        if task.await.is_err() {
            tracing::error!(code = "watch-failed", "the watching of folders failed");
        }
    }
}

/// Is what the work on folders goes with.
struct Desk<'a> {
    runtime: &'a tokio::runtime::Handle,
    app: &'a App,
    is_over: &'a AtomicBool,
}

impl Desk<'_> {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Is a folder with what is remembered of it from look to look.
struct Watched {
    folder: Folder,
    looks: Looks,
    rests_until: Option<Instant>,
    swept: Option<Instant>,
}

fn watch(desk: &Desk<'_>, folders: Vec<Folder>) {
    let watched = |folder| Watched { folder, looks: Looks::default(), rests_until: None, swept: None };
    let mut watched: Vec<Watched> = folders.into_iter().map(watched).collect();
    while !desk.is_over() {
        for (number, one) in watched.iter_mut().enumerate() {
            let rests = one.rests_until.is_some_and(|until| Instant::now() < until);
            if rests || !desk.app.ready() {
                continue;
            }
            if let Err(error) = one.look(desk, number + 1) {
                one.rests_until = Some(Instant::now() + RESTING);
                let code = error.code().unwrap_or("watch-failed");
                tracing::error!(code, folder = number + 1, "a watched folder can not be worked on now");
            }
        }
        std::thread::sleep(LOOKING);
    }
}

impl Watched {
    /// Goes on with what was claimed before, then takes one file that has stood still.
    fn look(&mut self, desk: &Desk<'_>, number: usize) -> Result<(), CommandError> {
        let fail = |cause| CommandError::File { what: "a watched folder can not be used".to_owned(), cause };
        files::prepare(&self.folder).map_err(fail)?;
        for claim in files::left(&self.folder).map_err(fail)? {
            if desk.is_over() {
                return Ok(());
            }
            self.work_on(desk, number, &claim)?;
        }
        if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEPING) {
            self.swept = Some(Instant::now());
            let removed = files::sweep(&self.folder, node::now().day()).map_err(fail)?;
            if removed > 0 {
                tracing::info!(folder = number, removed, "kept files were removed");
            }
        }
        let ready = self.looks.ready(&self.folder.drop, self.folder.settle, Instant::now()).map_err(fail)?;
        // One at a look: the next is taken only if it still stands as it stood, after this one's import.
        let Some(name) = ready.first() else { return Ok(()) };
        let claim = files::claim(&self.folder, name, node::now(), node::ports().draw()).map_err(fail)?;
        claim.map_or(Ok(()), |claim| self.work_on(desk, number, &claim))
    }

    /// Imports a claimed file and puts it away. An error is one that may pass: the claim stays.
    fn work_on(&self, desk: &Desk<'_>, number: usize, claim: &Claim) -> Result<(), CommandError> {
        let fail = |cause| CommandError::File { what: "a watched folder can not be used".to_owned(), cause };
        if files::is_put_away(&self.folder, claim) {
            return files::discard(&self.folder, claim).map_err(fail);
        }
        let (path, file) = match files::copy(&self.folder, claim).map_err(fail)? {
            Ok(copy) => copy,
            Err(unfit) => {
                let report = serde_json::json!({ "refused": unfit.code() });
                return self.put_away(number, claim, (End::Refused, false), &report, unfit.code());
            }
        };
        let begun = node::now();
        let done = self.import(desk, &path, file);
        if desk.is_over() {
            return Ok(());
        }
        match done {
            Ok((report, hash)) => {
                let is_read = report.broken_off.is_none();
                let mut shown = as_json_with_rows(&report);
                shown["sha256"] = barid_app::proofs::hex(&hash).into();
                shown["begun"] = shown_time(begun);
                shown["ended"] = shown_time(node::now());
                let end = if is_read { End::Done } else { End::Refused };
                let code = if is_read { "watch-done" } else { "watch-broken-off" };
                self.put_away(number, claim, (end, true), &shown, code)
            }
            Err(Failure::Passing(error)) => Err(error),
            Err(Failure::Refused { code, why }) => {
                let report = serde_json::json!({ "refused": code, "why": why });
                self.put_away(number, claim, (End::Refused, true), &report, &code)
            }
        }
    }

    fn put_away(
        &self,
        number: usize,
        claim: &Claim,
        (end, is_read): (End, bool),
        report: &serde_json::Value,
        code: &str,
    ) -> Result<(), CommandError> {
        let bytes = serde_json::to_vec_pretty(report).unwrap_or_default();
        files::put_away(&self.folder, claim, end, &bytes, is_read)
            .map_err(|cause| CommandError::File { what: "a file can not be put away".to_owned(), cause })?;
        let count = |name: &str| report[name].as_u64().unwrap_or(0);
        let (added, revised, refused) = (count("added"), count("revised"), count("refused"));
        match end {
            End::Done => {
                tracing::info!(folder = number, code, added, revised, refused, "a file was imported")
            }
            End::Refused => tracing::warn!(folder = number, code, "a file was refused"),
        }
        Ok(())
    }

    fn import(&self, desk: &Desk<'_>, path: &Path, file: File) -> Result<(ImportReport, [u8; 32]), Failure> {
        let (folder, Desk { runtime, app, is_over }) = (&self.folder, desk);
        let hash = hash_of(path, &file).map_err(Failure::Passing)?;
        let ctx = folder.context(app).map_err(Failure::Passing)?;
        let mut rest = file;
        rest.seek(SeekFrom::Start(0)).map_err(|cause| {
            Failure::Passing(CommandError::File { what: "a copy can not be read".to_owned(), cause })
        })?;
        let source = open_table(path, Stoppable { file: rest, is_over }, folder.sheet.as_deref());
        let source = source.map_err(|error| Failure::of_table(&error))?;
        let terms = own_terms(ctx.purpose, node::now().day(), folder.review_in_days);
        let (list, edition, mapping) = (folder.list.clone(), folder.edition, folder.mapping.clone());
        let report = match folder.kind {
            Kind::Persons => {
                let import = PersonsImport { source, file_hash: hash, mapping, terms, list, edition };
                runtime.block_on(app.import_persons(&ctx, import, |_, _| {}))
            }
            Kind::Documents => {
                let import = DocumentsImport { source, file_hash: hash, terms, list, edition };
                runtime.block_on(app.import_documents(&ctx, import, |_, _| {}))
            }
            Kind::Objects(database) => {
                let import =
                    ObjectsImport { source, file_hash: hash, database, mapping, terms, list, edition };
                runtime.block_on(app.import_objects(&ctx, import, |_, _| {}))
            }
        };
        report.map(|report| (report, hash)).map_err(Failure::of_import)
    }
}

/// Why a file was not imported.
enum Failure {
    /// For a reason that may pass: it is tried again.
    Passing(CommandError),
    /// For good.
    Refused { code: String, why: String },
}

impl Failure {
    fn of_table(error: &CommandError) -> Self {
        let why = error.to_string();
        let code = why.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let code = code.map_or("watch-unreadable", |(code, _)| code).to_owned();
        // The path is the node's own business.
        Self::Refused { why: String::new(), code }
    }

    fn of_import(error: AppError) -> Self {
        // Somebody changed a record of the table in the same moment: the next run reads it as it is then.
        let is_overtaken = matches!(error, AppError::Stale { .. } | AppError::Ended);
        if !is_overtaken && (error.is_refusal() || matches!(error, AppError::Import(_))) {
            return Self::Refused { code: error.code().to_owned(), why: error.to_string() };
        }
        Self::Passing(error.into())
    }
}

fn shown_time(at: Timestamp) -> serde_json::Value {
    at.to_string().into()
}

/// Reads a file until all is over: then it breaks off, as if the disk had.
struct Stoppable<'a> {
    file: File,
    is_over: &'a AtomicBool,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.is_over.load(Ordering::Relaxed) {
            return Err(std::io::Error::other("the server stops"));
        }
        self.file.read(buffer)
    }
}

impl Seek for Stoppable<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}
