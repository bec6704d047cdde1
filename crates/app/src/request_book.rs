//! The book of persons' requests as this node has it: read from the streams before it is asked, so that every replica answers alike.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use barid_domain::contents::Content;
use barid_domain::dates::Timestamp;
use barid_domain::entries::{Unverified, Verified};
use barid_domain::ids::{OrganisationCode, RequestId};
use barid_domain::registry::Registry;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::subject_requests::{LostRequest, RequestBook, RequestError, Said, Signed};
use barid_ledger::ChainHash;
use barid_store::StreamPositions;

use crate::App;
use crate::error::AppError;
use crate::node::RegistryMark;

/// How many entries are read at a time.
const RUN: u32 = 500;

/// Is the book with how far it has read.
#[derive(Default)]
pub(crate) struct FollowedRequests(Mutex<Followed>);

#[derive(Clone, Default)]
struct Followed {
    /// The registry with which the entries were verified.
    registry: Option<RegistryMark>,
    /// Up to where each stream was read, with its chain there.
    ends: BTreeMap<StreamId, (u64, ChainHash)>,
    book: Arc<RequestBook>,
    /// Whether requests past their time were dropped that may stand in the database still.
    dropped: bool,
}

impl Followed {
    /// How many entries were read.
    fn size(&self) -> u64 {
        self.ends.values().map(|(seq, _)| seq).sum()
    }
}

impl App {
    /// The book as it stands, with what was written before it is asked, and without what is past its time: what the replica that
    /// erases has not come to yet is shown by none.
    pub(crate) async fn request_book(&self) -> Result<Arc<RequestBook>, AppError> {
        let mut book = self.followed_requests().await?;
        let over = book.over(self.now().day());
        if !over.is_empty() {
            Arc::make_mut(&mut book).forget(&over);
        }
        Ok(book)
    }

    async fn followed_requests(&self) -> Result<Arc<RequestBook>, AppError> {
        let kept = || self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept().clone();
        let size_before = before.size();
        let followed = self.follow_requests(before).await?;
        let book = followed.book.clone();
        let mut standing = kept();
        // One that began to read earlier and ended later does not put back what was read in between.
        let is_rebuilt = followed.size() < size_before || standing.registry != followed.registry;
        if is_rebuilt || followed.size() > standing.size() {
            *standing = followed;
        }
        Ok(book)
    }

    /// Drops what is past its time out of the memory of this replica, whichever replica erases it.
    pub(crate) async fn drop_requests(&self) -> Result<(), AppError> {
        let over = self.followed_requests().await?.over(self.now().day());
        if !over.is_empty() {
            let mut followed = self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut followed.book).forget(&over);
            followed.dropped = true;
        }
        Ok(())
    }

    /// The requests past their time that stand in the database still, read from there, where any was dropped here.
    pub(crate) async fn requests_to_erase(&self) -> Result<Vec<RequestName>, AppError> {
        if !self.requests.0.lock().unwrap_or_else(PoisonError::into_inner).dropped {
            return Ok(Vec::new());
        }
        let over = self.follow_requests(Followed::default()).await?.book.over(self.now().day());
        if over.is_empty() {
            self.requests.0.lock().unwrap_or_else(PoisonError::into_inner).dropped = false;
        }
        Ok(over)
    }

    /// Tells whether the book holds what stands at these places of its streams; it reads what was added before it answers.
    pub(crate) async fn has_read_requests(&self, places: &[Position]) -> Result<bool, AppError> {
        self.request_book().await?;
        let followed = self.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has =
            |place: &Position| followed.ends.get(&place.stream).is_some_and(|(seq, _)| *seq >= place.seq);
        Ok(places.iter().all(has))
    }

    /// Takes up what was added to the streams of requests. Everything is read anew where the registry has gone on, so that other
    /// entries may count, and where the database has lost what was read.
    async fn follow_requests(&self, mut followed: Followed) -> Result<Followed, AppError> {
        if !self.holds_what_was_read(&followed.ends).await? {
            followed = Followed::default();
        }
        let mut ends = followed.ends.clone();
        let mut added = self.added_requests(&mut ends).await?;
        // Whoever signed them is in the registry that is read behind them, and so is whose key was in other hands.
        self.read_rights_again().await?;
        let (registry, mark) = self.registry_marked();
        let is_same = followed.registry.as_ref().is_none_or(|known| *known == mark);
        let mut book = followed.book.clone();
        if !is_same || added.is_none() {
            (ends, book) = Default::default();
            added = self.added_requests(&mut ends).await?;
        }
        let added = added.ok_or(AppError::NotReady)?;
        if !added.is_empty() {
            take_in_all(Arc::make_mut(&mut book), &registry, added);
        }
        Ok(Followed { registry: Some(mark), ends, book, dropped: followed.dropped })
    }

    /// Tells whether the streams hold still what was read of them.
    async fn holds_what_was_read(
        &self,
        ends: &BTreeMap<StreamId, (u64, ChainHash)>,
    ) -> Result<bool, AppError> {
        if ends.is_empty() {
            return Ok(true);
        }
        let heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        Ok(ends.iter().all(|(stream, (seq, chain))| {
            let head = heads.iter().find(|head| head.stream == *stream);
            head.is_some_and(|head| head.size > *seq || head.size == *seq && head.chain == *chain)
        }))
    }

    /// Reads the entries behind some places, and moves these on; `None` where they do not continue what was read. What was erased
    /// has none.
    async fn added_requests(
        &self,
        ends: &mut BTreeMap<StreamId, (u64, ChainHash)>,
    ) -> Result<Option<Vec<(Position, Vec<u8>)>>, AppError> {
        let mut added = Vec::new();
        loop {
            let mut positions = StreamPositions::new();
            positions.extend(ends.iter().map(|(stream, (seq, _))| (*stream, *seq)));
            let changes = self.store().changes_after(&positions, &[StreamClass::Requests], RUN).await;
            let changes = changes.map_err(AppError::Store)?;
            if changes.is_empty() {
                return Ok(Some(added));
            }
            for change in changes {
                let before = ends.insert(change.stream, (change.seq, change.chain));
                if before.is_some_and(|(_, chain)| chain != change.previous_chain) {
                    return Ok(None);
                }
                let place = Position { stream: change.stream, seq: change.seq };
                added.extend(change.bytes.map(|bytes| (place, bytes)));
            }
        }
    }

    /// Tells whether the book read anew from the streams is the one that was followed: for tests and whoever doubts.
    ///
    /// # Errors
    /// Database errors.
    pub async fn is_request_book_as_its_streams(&self) -> Result<bool, AppError> {
        let followed = self.request_book().await?;
        let mut anew = self.follow_requests(Followed::default()).await?.book;
        let over = anew.over(self.now().day());
        Arc::make_mut(&mut anew).forget(&over);
        Ok(anew == followed)
    }
}

/// Takes in entries in their order, answers first: a decision finds those that it names, whichever stream was read before.
fn take_in_all(book: &mut RequestBook, registry: &Registry, added: Vec<(Position, Vec<u8>)>) {
    let mut steps = Vec::new();
    for (place, bytes) in added {
        let verified = Unverified::parse(&bytes).and_then(|entry| entry.verify_at(registry, &place));
        let read = verified.map_err(AppError::from).and_then(|entry| {
            let content = Content::read(&entry)?;
            Ok((signed_by(registry, &entry, &place)?, content))
        });
        match read {
            Ok((signed, Content::SubjectRequestStep(statement))) => match statement.read() {
                Some(Said::Answer(answer)) => note(book.answer(signed, answer).map_err(AppError::from)),
                Some(Said::Step(request, follows, step)) => {
                    steps.push((signed, Ok((request, follows, step))))
                }
                // An act of a later version changes nothing here.
                None => {}
            },
            Ok((signed, Content::SubjectRequest(statement))) => steps.push((signed, Err(statement.request))),
            Ok(_) => {}
            Err(error) => {
                lost_intake(&bytes, &place).into_iter().for_each(|lost| book.note_lost(lost));
                note(Err(error));
            }
        }
    }
    for (signed, said) in steps {
        let taken_in = match said {
            Ok((request, follows, step)) => book.step(signed, request, follows, step),
            Err(request) => book.open(signed, request),
        };
        note(taken_in.map_err(AppError::from));
    }
}

/// What is known of an intake that does not count: that it is there. Whoever held the key wrote the rest.
fn lost_intake(bytes: &[u8], place: &Position) -> Option<LostRequest> {
    let entry = Unverified::parse(bytes).ok()?;
    let Ok(Content::SubjectRequest(statement)) = Content::of_stored(&entry) else { return None };
    let signed_on = Timestamp::from_seconds(entry.claims().issued_at).day();
    let (commission, request) = (place.stream.organisation, statement.request.request);
    Some(LostRequest { commission, request, entry: entry.hash(), signed_on })
}

/// Who signed an entry: whose stream it stands in. An organisation keeps its kind as long as it is.
fn signed_by(registry: &Registry, entry: &Verified, place: &Position) -> Result<Signed, AppError> {
    let (issuer, issued_at) = (entry.claims().issuer, entry.claims().issued_at);
    let known = registry.organisations().find(|(code, _)| *code == issuer);
    let (_, organisation) = known.ok_or(AppError::Absent)?;
    if place.stream.organisation != issuer {
        return Err(AppError::Absent);
    }
    let at = Timestamp::from_seconds(issued_at);
    Ok(Signed { entry: entry.hash(), issuer, kind: organisation.kind, at })
}

fn note(taken_in: Result<(), AppError>) {
    if let Err(error) = taken_in {
        tracing::error!(
            code = error.code(),
            "an entry about a person's request does not hold, and counts for nothing"
        );
    }
}

impl From<RequestError> for AppError {
    /// A request that is not there, or not the caller's, answers as everything that is not.
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NoRequest | RequestError::NotCommission => Self::Absent,
            RequestError::Unfit(faults) => Self::Faulty(faults),
            error => Self::Request(error),
        }
    }
}

/// Names a request of a commission.
pub(crate) type RequestName = (OrganisationCode, RequestId);
