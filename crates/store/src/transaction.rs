//! The writing transaction: entries are gathered, and the only way to end it is a commit with its audit line.

use barid_domain::audit::{JournalLine, LINE_BYTES_CAP};
use barid_domain::codes::CodeList as _;
use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamClass;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use crate::engine::Presence;
use crate::error::StoreError;
use crate::values::{
    Committed, ENTRIES_PER_WRITE_CAP, ENTRY_BYTES_CAP, HeadChange, ITEM_BYTES_CAP, ITEMS_CAP, Idempotency,
    KeyScope, NewEntry, SystemChange, WriteRequest,
};
use crate::writer::Job;

/// A write being put together. Dropping it stores nothing; [`WriteTx::commit`] stores all of it or nothing.
///
/// There is no way to end it without the line of the audit:
///
/// ```compile_fail,E0061
/// # async fn end(tx: barid_store::WriteTx) {
/// tx.commit().await;
/// # }
/// ```
#[must_use = "nothing is stored before commit"]
#[derive(Debug)]
pub struct WriteTx {
    writer: mpsc::Sender<Job>,
    presence: Presence,
    idempotency: Option<Idempotency>,
    entries: Vec<NewEntry>,
    system: Vec<SystemChange>,
}

impl WriteTx {
    pub(crate) fn new(
        writer: mpsc::Sender<Job>,
        presence: Presence,
        idempotency: Option<Idempotency>,
    ) -> Self {
        Self { writer, presence, idempotency, entries: Vec::new(), system: Vec::new() }
    }

    /// Adds an entry; its checks against the present state are made at commit.
    pub fn append(&mut self, entry: NewEntry) {
        self.entries.push(entry);
    }

    /// Adds a change to the node's own tables.
    pub fn change_system(&mut self, change: SystemChange) {
        self.system.push(change);
    }

    /// Stores everything and the line in one transaction; answers once it is on disk.
    ///
    /// # Errors
    /// See [`StoreError`]; after any error but [`StoreError::OutcomeUnknown`] nothing of the write is stored.
    pub async fn commit(self, line: JournalLine) -> Result<Committed, StoreError> {
        self.hand_over(line).await?.answer().await
    }

    /// Hands the write with its line to the writer, and does not wait for the disk: the caller prepares its next write
    /// meanwhile. Writes of one caller are stored in the order they were handed over. Nothing is acknowledged before
    /// [`HandedOver::answer`].
    ///
    /// # Errors
    /// [`StoreError::Stopped`], and what is wrong with the request itself; then nothing of the write is stored.
    pub async fn hand_over(self, line: JournalLine) -> Result<HandedOver, StoreError> {
        let request =
            WriteRequest { idempotency: self.idempotency, entries: self.entries, system: self.system, line };
        check_request(&request)?;
        if self.presence.is_away() {
            return Err(StoreError::away());
        }
        let (reply, answer) = oneshot::channel();
        self.writer
            .send(Job::Write { request: Box::new(request), reply })
            .await
            .map_err(|_| StoreError::Stopped)?;
        Ok(HandedOver { answer })
    }
}

/// A write on its way: stored, refused or lost, which only its answer tells. Dropping it does not take the write back.
#[must_use = "only the answer says whether the write is stored"]
#[derive(Debug)]
pub struct HandedOver {
    answer: oneshot::Receiver<Result<Committed, StoreError>>,
}

impl HandedOver {
    /// Waits until the write is on disk.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub async fn answer(self) -> Result<Committed, StoreError> {
        // The writer answers every job it took; a dropped answer means that it died on the way.
        self.answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }
}

fn check_request(request: &WriteRequest) -> Result<(), StoreError> {
    if request.entries.len() > ENTRIES_PER_WRITE_CAP {
        return Err(StoreError::InvalidEntry("too many entries in one write"));
    }
    if request.line.to_bytes().len() > LINE_BYTES_CAP {
        return Err(StoreError::InvalidLine("over its cap"));
    }
    request.entries.iter().try_for_each(check_entry)?;
    request.system.iter().try_for_each(crate::system_tables::check_change)
}

fn check_entry(entry: &NewEntry) -> Result<(), StoreError> {
    let refuse = |why| Err(StoreError::InvalidEntry(why));
    if entry.bytes.is_empty() || entry.bytes.len() > ENTRY_BYTES_CAP {
        return refuse("empty or over its cap");
    }
    if EntryHash(Sha256::digest(&entry.bytes).into()) != entry.hash {
        return refuse("the hash is not that of the bytes");
    }
    if entry.class == StreamClass::Access
        || !StreamClass::LISTED.iter().any(|(class, _)| *class == entry.class)
    {
        return refuse("no entry goes into this class of stream");
    }
    if let KeyScope::AccessMonth { .. } = entry.key {
        return refuse("access keys seal access lines only");
    }
    // Erasing a request reaches the streams of requests.
    if matches!(entry.key, KeyScope::Request(_)) != (entry.class == StreamClass::Requests) {
        return refuse("a request's key seals what stands in streams of requests, and nothing else does");
    }
    match (entry.key, entry.change) {
        (KeyScope::Record(_), HeadChange::Erase { .. }) => {
            return refuse("an order to erase outlives the record's key");
        }
        // What an owner says of its record beside it, such as a mark, is gone when the record is.
        (KeyScope::Record(_), HeadChange::None) if entry.class == StreamClass::Orders => {}
        (KeyScope::Record(of), change) if change.record() != Some(of) => {
            return refuse("a record's key seals entries about that record");
        }
        _ => {}
    }
    check_items(entry)
}

fn check_items(entry: &NewEntry) -> Result<(), StoreError> {
    if entry.items.is_empty() {
        return Ok(());
    }
    let fits = entry.items.len() <= ITEMS_CAP
        && entry.items.iter().all(|item| item.bytes.len() <= ITEM_BYTES_CAP)
        && entry.change == HeadChange::None;
    if !fits {
        return Err(StoreError::InvalidEntry("items over a cap, or beside another change"));
    }
    Ok(())
}
