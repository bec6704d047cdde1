//! Oversight: who of an organisation did what, for whoever audits there and for the commission; and alarms about what is out
//! of the ordinary.
//!
//! Auditing is an act like any other, with its line before and behind. Watching costs an act no write: what is found waits in
//! memory until the upkeep keeps it with a line of its own, so that nobody sees by the time an answer takes that it was found.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::codes::{Database, OrganisationKind, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::{ActId, EntryHash, OrganisationCode, RecordId};
use barid_domain::oversight::{
    AccessQuestion, Alarm, AlarmDecision, AlarmError, AlarmState, Deed, Detector, Involvement, NumberTrace,
    Observed, Raised, Subject, Thresholds, ToldOf, WatchKey, involvement,
};
use barid_domain::policy::{self, Refusal};
use barid_domain::streams::Position;
use barid_domain::text::LocalText;
use barid_domain::travel_documents::DocumentNumber;
use barid_search::leak_tests::{Leak, is_planted};
use barid_store::{AccessPlace, AlarmId, AlarmRow, StoreError, SystemChange};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::{About, Act};
use crate::context::OpContext;
use crate::error::AppError;
use crate::reviews::upkeep_context;

/// The most accesses of one page.
pub const ACCESSES_PAGE_CAP: u32 = 500;
/// The most alarms of one page.
pub const ALARMS_PAGE_CAP: u32 = 200;
/// The most records that one access lists.
pub const ACCESS_RECORDS_CAP: usize = 100;
/// Lines that are read at once, and for one page.
const LINES_AT_ONCE: u32 = 1_000;
const LINES_PER_PAGE: usize = 20_000;
/// The most alarms that wait to be kept.
const WAITING_CAP: usize = 1_024;
/// For how long alarms are kept: three years.
const KEPT_SECONDS: i64 = 3 * 365 * 86_400;
/// Why, in the journal, where an alarm is kept.
const RAISING_REFERENCE: &str = "out of the ordinary";
/// Why, where alarms are dropped.
const DROPPING_REFERENCE: &str = "alarms kept for three years";

/// Is what is asked about accesses, and whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuestion {
    /// Whose accesses: the caller's own where absent; another's for the commission alone.
    pub organisation: Option<OrganisationCode>,
    /// Which of them.
    pub lines: AccessQuestion,
}

/// Marks a cursor as one of accesses, and as one of alarms; behind it comes what was asked, hashed.
const ACCESS_CURSOR: &[u8] = b"barid/accesses/v1";
const ALARM_CURSOR: &[u8] = b"barid/alarms/v1";

/// What a cursor begins with: of which list it is, and of which question.
fn bound_to(list: &[u8], question: &impl std::fmt::Debug) -> [u8; 32] {
    Sha256::new().chain_update(list).chain_update([0]).chain_update(format!("{question:?}")).finalize().into()
}

/// Is where the accesses go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessCursor {
    place: AccessPlace,
    /// The last place there was when the first page was asked for: what was done since is not among them, asking least of all.
    last: AccessPlace,
}

impl AccessCursor {
    /// The bytes that are sealed, good for one question.
    pub fn to_bytes(self, question: &AuditQuestion) -> Vec<u8> {
        let Self { place, last } = self;
        let numbers = [place.stream, place.seq, last.stream, last.seq].map(u64::to_be_bytes);
        [&bound_to(ACCESS_CURSOR, question)[..], numbers.as_flattened()].concat()
    }

    /// Reads what was sealed for this question; `None` for anything else.
    pub fn from_bytes(bytes: &[u8], question: &AuditQuestion) -> Option<Self> {
        let numbers = bytes.strip_prefix(&bound_to(ACCESS_CURSOR, question)[..])?;
        let numbers: &[u8; 32] = numbers.try_into().ok()?;
        let number = |at: usize| -> Option<u64> {
            let number = u64::from_be_bytes(numbers.get(at..at + 8)?.try_into().ok()?);
            i64::try_from(number).is_ok().then_some(number)
        };
        let place = AccessPlace { stream: number(0)?, seq: number(8)? };
        Some(Self { place, last: AccessPlace { stream: number(16)?, seq: number(24)? } })
    }
}

/// Is a page of accesses. It may hold fewer than were asked for, even none, and go on all the same.
#[derive(Clone, Debug)]
pub struct AccessPage {
    /// The accesses, in the order of the ledger.
    pub accesses: Vec<Access>,
    /// Where it goes on; `None` at the end.
    pub next: Option<AccessCursor>,
}

/// Is an access: a line of the journal, without what was asked in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The hash under which it stands in the ledger, where its organisation may take out the proof: of lines that name
    /// records of which was told only that they are there, the commission alone knows it.
    pub entry: Option<EntryHash>,
    /// Where.
    pub position: Position,
    /// The act.
    pub act: ActId,
    /// How far it had got.
    pub phase: Phase,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub officer: String,
    /// What.
    pub operation: Operation,
    /// Why, as a code.
    pub purpose: Purpose,
    /// Why, in the officer's own numbering.
    pub reference: String,
    /// The record it was about.
    pub record: Option<RecordId>,
    /// The records shown or written, up to [`ACCESS_RECORDS_CAP`].
    pub records: Vec<RecordId>,
    /// Whether there are more of these.
    pub is_cut: bool,
    /// How the record that was asked for comes into it.
    pub involvement: Option<Involvement>,
    /// Why it was refused, as a code.
    pub refusal: Option<String>,
}

/// Is an alarm with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAlarm {
    /// Its name.
    pub id: AlarmId,
    /// The alarm.
    pub alarm: Alarm,
}

/// Is where a list of alarms goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmCursor(Timestamp, AlarmId);

impl AlarmCursor {
    /// The bytes that are sealed, good for the alarms about one organisation, or about all.
    pub fn to_bytes(self, of: Option<OrganisationCode>) -> Vec<u8> {
        [&bound_to(ALARM_CURSOR, &of)[..], &self.0.0.to_be_bytes(), &self.1.0].concat()
    }

    /// Reads what was sealed for these; `None` for anything else.
    pub fn from_bytes(bytes: &[u8], of: Option<OrganisationCode>) -> Option<Self> {
        let bytes = bytes.strip_prefix(&bound_to(ALARM_CURSOR, &of)[..])?;
        let (at, alarm) = bytes.split_first_chunk::<8>()?;
        Some(Self(Timestamp(i64::from_be_bytes(*at)), AlarmId(alarm.try_into().ok()?)))
    }
}

/// Is a page of alarms, newest first.
#[derive(Clone, Debug)]
pub struct AlarmPage {
    /// The alarms.
    pub alarms: Vec<NamedAlarm>,
    /// Where it goes on; `None` at the end.
    pub next: Option<AlarmCursor>,
}

/// Is what somebody says about an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmDeed {
    /// The alarm.
    pub alarm: AlarmId,
    /// How many decisions there were when it was read.
    pub expects: u32,
    /// How it stands from now on.
    pub state: AlarmState,
    /// Why.
    pub reason: LocalText,
}

/// Is what became of a decision about an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmDecided {
    /// It is taken in; the alarm as it is now.
    Decided(Box<NamedAlarm>),
    /// There is no such alarm that the caller may read.
    Absent,
    /// It is not taken in.
    NotTaken(AlarmError),
}

/// Is what a node watches acts with.
pub(crate) struct Oversight {
    key: WatchKey,
    detector: Mutex<Detector>,
    waiting: Mutex<VecDeque<Alarm>>,
    /// How many acts that were not watched it has told of.
    unwatched_told: AtomicU64,
}

impl Oversight {
    /// Begins with nothing seen, under a key of its own.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        let key = WatchKey(key);
        let detector = Mutex::new(Detector::new(key, Thresholds::default()));
        Self { key, detector, waiting: Mutex::default(), unwatched_told: AtomicU64::new(0) }
    }

    fn detector(&self) -> MutexGuard<'_, Detector> {
        // Counts that a panic left behind are counts all the same.
        self.detector.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Alarm>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Watches by other thresholds from now on; what was counted begins anew.
    pub fn watch_by(&self, thresholds: Thresholds) {
        *self.oversight.detector() = Detector::new(self.oversight.key, thresholds);
    }

    /// What stays of a number that is searched for.
    pub(crate) fn number_trace(&self, number: Option<&DocumentNumber>) -> Option<NumberTrace> {
        number.and_then(|number| NumberTrace::of(&self.oversight.key, number.as_str()))
    }

    /// Watches an act that was done.
    pub(crate) fn watch(&self, ctx: &OpContext, deed: Deed) {
        let at = self.now();
        let organisation = ctx.actor.organisation;
        let observed = Observed { at, organisation, officer: &ctx.actor.officer, deed };
        let raised = self.oversight.detector().observe(&observed);
        for one in raised {
            self.put_by(&observed, one);
        }
    }

    /// Watches that records are entered, where they were.
    pub(crate) fn watch_entering(&self, ctx: &OpContext, database: Database, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.watch(ctx, Deed::Enter { database, count });
    }

    fn put_by(&self, observed: &Observed<'_>, raised: Raised) {
        let (organisation, officer) = match raised.subject {
            Subject::Officer => (observed.organisation, Some(observed.officer.to_owned())),
            Subject::Organisation => (observed.organisation, None),
            Subject::Several => match self.commission() {
                Some(commission) => (commission, None),
                // Nobody may read of it.
                None => return,
            },
        };
        let Raised { kind, record, database, counted, threshold, .. } = raised;
        let alarm = Alarm {
            kind,
            organisation,
            officer,
            record,
            at: observed.at,
            counted,
            threshold,
            decisions: Vec::new(),
            database,
            acting: None,
        };
        self.wait_to_be_kept(alarm);
    }

    /// Puts an alarm by until the upkeep; one that waits already is not put by a second time.
    pub(crate) fn wait_to_be_kept(&self, alarm: Alarm) {
        let mut waiting = self.oversight.waiting();
        let identity = alarm.identity();
        if waiting.iter().any(|one| one.kind == alarm.kind && one.identity() == identity) {
            return;
        }
        if waiting.len() < WAITING_CAP {
            waiting.push_back(alarm);
        } else {
            tracing::error!(code = "alarms-full", "an alarm was lost: too many wait to be kept");
        }
    }

    pub(crate) fn commission(&self) -> Option<OrganisationCode> {
        let registry = self.registry();
        let is_one = |code: &OrganisationCode| {
            registry.active(*code).is_some_and(|found| found.kind == OrganisationKind::Commission)
        };
        registry.organisations().map(|(code, _)| code).find(is_one)
    }

    /// Keeps the alarms that wait, each with a line in the journal. One waits until it is kept, whatever becomes of who keeps it; what
    /// can't be kept waits on. Of the upkeep alone, never of an answer: the time this takes tells that there were some.
    pub(crate) async fn keep_alarms(&self) -> Result<(), AppError> {
        let unwatched = self.oversight.detector().unwatched();
        if self.oversight.unwatched_told.swap(unwatched, Ordering::Relaxed) < unwatched {
            tracing::warn!(acts = unwatched, "acts were not watched: a table of the watching is full");
        }
        loop {
            let Some(alarm) = self.oversight.waiting().front().cloned() else { return Ok(()) };
            self.keep_alarm(&alarm).await?;
            let mut waiting = self.oversight.waiting();
            // Another one may have kept it meanwhile, and others have come behind.
            if let Some(at) = waiting.iter().position(|one| *one == alarm) {
                waiting.remove(at);
            }
        }
    }

    /// The same for the upkeep and for a server that ends: what keeps alarms from being kept must keep nothing else from being done.
    pub async fn keep_alarms_or_say_so(&self) {
        // What a wrong clock would be written by waits.
        if self.store().is_clock_wrong() {
            return;
        }
        if let Err(error) = self.keep_alarms().await {
            tracing::error!(code = error.code(), "alarms could not be kept, and wait");
        }
    }

    async fn keep_alarm(&self, alarm: &Alarm) -> Result<(), AppError> {
        let id = self.store().alarm_id(&alarm.identity());
        if self.store().has_alarm(id).await.map_err(AppError::Store)? {
            return Ok(());
        }
        // In the commission's ledger, where there is one: whoever may read the size of its own organisation's would see there that
        // an alarm was raised.
        let ctx = upkeep_context(self.commission().unwrap_or(alarm.organisation), RAISING_REFERENCE)?;
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::KeepAlarm { row: row(id, alarm), replaces: None });
        let records = alarm.record.into_iter().collect();
        let line = self.write_line(&ctx, Operation::RaiseAlarm, self.now(), records, Vec::new());
        match tx.commit(line).await {
            // Another server was first.
            Ok(_) | Err(StoreError::Overtaken) => Ok(()),
            Err(error) => Err(self.refused_by_store(error)),
        }
    }

    /// Drops alarms that were kept for their time, where the clock is believed: once erased they are gone.
    pub(crate) async fn drop_alarms(&self) -> Result<(), AppError> {
        let before = Timestamp::from_seconds(self.now().seconds().saturating_sub(KEPT_SECONDS));
        if !self.store().has_alarms_before(before).await.map_err(AppError::Store)? {
            return Ok(());
        }
        let keeper = self.commission().map_or_else(|| self.host(), Ok)?;
        let ctx = upkeep_context(keeper, DROPPING_REFERENCE)?;
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::DropAlarms { before });
        let line = self.write_line(&ctx, Operation::EraseRecord, self.now(), Vec::new(), Vec::new());
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(())
    }

    /// Lists accesses of the caller's organisation, or of any as the commission: line by line, in the order of the ledger.
    pub async fn accesses(
        &self,
        ctx: &OpContext,
        question: &AuditQuestion,
        after: Option<AccessCursor>,
        limit: u32,
    ) -> Result<AccessPage, AppError> {
        let of = question.organisation.unwrap_or(ctx.actor.organisation);
        self.must_take_part(ctx)?;
        // Folded before the begun line, and for nobody who may not ask.
        let last = match after {
            Some(after) => after.last,
            None if self.may_audit(ctx, Operation::ReadAccesses, of).is_ok()
                || is_planted(Leak::AccessesOfOthers) =>
            {
                self.fold_journal().await?;
                self.store().last_access(of).await.map_err(AppError::Store)?
            }
            None => AccessPlace::default(),
        };
        let asked = format!("organisation={of}\n{}", question.lines.described());
        let about = About { asked: Some(asked), record: question.lines.record, entry: None };
        let act = self.begin_about(ctx, Operation::ReadAccesses, about).await?;
        let act = self.audited(ctx, act, Operation::ReadAccesses, of).await?;
        let from = AccessCursor { place: after.map_or_else(AccessPlace::default, |after| after.place), last };
        let most = limit.clamp(1, ACCESSES_PAGE_CAP) as usize;
        let page = self.read_accesses(ctx, &act, of, question, from, most).await?;
        self.end(ctx, act, Vec::new()).await?;
        Ok(page)
    }

    async fn read_accesses(
        &self,
        ctx: &OpContext,
        act: &Act,
        of: OrganisationCode,
        question: &AuditQuestion,
        from: AccessCursor,
        most: usize,
    ) -> Result<AccessPage, AppError> {
        let told = if self.audits_all(ctx) { ToldOf::Known } else { ToldOf::Unknown };
        let record = question.lines.record;
        let entries = match record {
            Some(record) => self.store().entries_of(act.begun(), record).await.map_err(AppError::Store)?,
            None => Vec::new(),
        };
        let mut page = AccessPage { accesses: Vec::new(), next: None };
        let AccessCursor { mut place, last } = from;
        let mut read = 0;
        'page: while read < LINES_PER_PAGE && place < last {
            let stretch = self.store().accesses(act.begun(), of, place, LINES_AT_ONCE).await;
            let stretch = stretch.map_err(AppError::Store)?;
            let Some(next) = stretch.next else { return Ok(page) };
            read += LINES_AT_ONCE as usize;
            for line in stretch.lines.into_iter().take_while(|line| line.place <= last) {
                place = line.place;
                if !question.lines.asks_for(&line.line, &entries, told) {
                    continue;
                }
                let involved = record.and_then(|record| involvement(&line.line, record, &entries, told));
                page.accesses.push(access(line.hash, line.position, line.line, involved, told));
                if page.accesses.len() >= most {
                    break 'page;
                }
            }
            place = next;
        }
        page.next = (place < last).then_some(AccessCursor { place, last });
        Ok(page)
    }

    /// Asks the policy whether the caller may audit an organisation.
    pub(crate) fn may_audit(
        &self,
        ctx: &OpContext,
        operation: Operation,
        of: OrganisationCode,
    ) -> Result<(), Refusal> {
        let rights = self.standing_rights();
        policy::may_audit(rights.of(&ctx.rights), &ctx.actor, ctx.entity.as_ref(), operation, of)
    }

    /// Goes on with an act of auditing where the caller may; who may not has its line too.
    pub(crate) async fn audited(
        &self,
        ctx: &OpContext,
        act: Act,
        operation: Operation,
        of: OrganisationCode,
    ) -> Result<Act, AppError> {
        match self.may_audit(ctx, operation, of) {
            Ok(()) => Ok(act),
            Err(_) if is_planted(Leak::AccessesOfOthers) => Ok(act),
            Err(refusal) => {
                let refusal = AppError::from(refusal);
                self.refuse(ctx, act, &refusal).await?;
                Err(refusal)
            }
        }
    }

    pub(crate) fn audits_all(&self, ctx: &OpContext) -> bool {
        let rights = self.standing_rights();
        policy::audits_all(rights.of(&ctx.rights), &ctx.actor, ctx.entity.as_ref())
    }

    /// Lists the alarms about the caller's organisation, newest first; those of one organisation or of all as the commission.
    pub async fn alarms(
        &self,
        ctx: &OpContext,
        of: Option<OrganisationCode>,
        after: Option<AlarmCursor>,
        limit: u32,
    ) -> Result<AlarmPage, AppError> {
        self.must_take_part(ctx)?;
        let audits_all = self.audits_all(ctx);
        let named = of.unwrap_or(ctx.actor.organisation);
        let act = self.begin(ctx, Operation::ReadAlarms, Some(format!("organisation={named}")), None).await?;
        let act = self.audited(ctx, act, Operation::ReadAlarms, named).await?;
        let of = if audits_all { of } else { Some(named) };
        let most = limit.clamp(1, ALARMS_PAGE_CAP);
        let after = after.map(|AlarmCursor(at, alarm)| (at, alarm));
        // One more tells whether there is another page.
        let rows = self.store().alarms(act.begun(), of, after, most + 1).await.map_err(AppError::Store)?;
        let is_cut = rows.len() > most as usize;
        let alarms: Result<Vec<NamedAlarm>, AppError> =
            rows.iter().take(most as usize).map(named_alarm).collect();
        let alarms = alarms?;
        let next = alarms.last().filter(|_| is_cut).map(|last| AlarmCursor(last.alarm.at, last.id));
        self.end(ctx, act, Vec::new()).await?;
        Ok(AlarmPage { alarms, next })
    }

    /// Says what an alarm was, for who may read it and is not named by it. Said twice it is said once.
    pub async fn decide_alarm(&self, ctx: &OpContext, deed: &AlarmDeed) -> Result<AlarmDecided, AppError> {
        let done = self.enter_decision(ctx, deed).await;
        self.journal_refusal(ctx, Operation::DecideAlarm, None, done).await
    }

    async fn enter_decision(&self, ctx: &OpContext, deed: &AlarmDeed) -> Result<AlarmDecided, AppError> {
        // Whoever may not audit at all is told so before anything is read, whether there is such an alarm or not.
        self.may_audit(ctx, Operation::DecideAlarm, ctx.actor.organisation)?;
        let act = self.begin(ctx, Operation::ReadAlarms, None, None).await?;
        let found = self.store().alarm(act.begun(), deed.alarm).await.map_err(AppError::Store)?;
        self.end(ctx, act, Vec::new()).await?;
        let readable = found.filter(|row| row.organisation == ctx.actor.organisation || self.audits_all(ctx));
        let Some(found) = readable else { return Ok(AlarmDecided::Absent) };
        let NamedAlarm { id, mut alarm } = named_alarm(&found)?;
        let rights = self.standing_rights();
        policy::may_decide_alarm(
            rights.of(&ctx.rights),
            &ctx.actor,
            ctx.entity.as_ref(),
            alarm.organisation,
            alarm.own_officer(),
        )?;
        let now = self.now();
        let decision =
            AlarmDecision { by: ctx.actor.clone(), at: now, state: deed.state, reason: deed.reason.clone() };
        let is_same = |last: &AlarmDecision| {
            (&last.by, last.state, &last.reason) == (&decision.by, decision.state, &decision.reason)
        };
        if alarm.decisions.len() == deed.expects as usize + 1 && alarm.decisions.last().is_some_and(is_same) {
            return Ok(AlarmDecided::Decided(Box::new(NamedAlarm { id, alarm })));
        }
        if let Err(error) = alarm.decide(deed.expects, decision) {
            return Ok(AlarmDecided::NotTaken(error));
        }
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::KeepAlarm { row: row(id, &alarm), replaces: Some(found.content) });
        let records = alarm.record.into_iter().collect();
        let line = self.write_line(ctx, Operation::DecideAlarm, now, records, Vec::new());
        match tx.commit(line).await {
            Ok(_) => Ok(AlarmDecided::Decided(Box::new(NamedAlarm { id, alarm }))),
            Err(StoreError::Overtaken) => Ok(AlarmDecided::NotTaken(AlarmError::Stale)),
            Err(error) => Err(self.refused_by_store(error)),
        }
    }
}

fn row(id: AlarmId, alarm: &Alarm) -> AlarmRow {
    AlarmRow { alarm: id, organisation: alarm.organisation, at: alarm.at, content: alarm.to_bytes() }
}

fn named_alarm(row: &AlarmRow) -> Result<NamedAlarm, AppError> {
    let alarm = Alarm::from_bytes(&row.content).filter(|alarm| alarm.organisation == row.organisation);
    let alarm = alarm.ok_or(AppError::Store(StoreError::Damaged("an alarm")))?;
    Ok(NamedAlarm { id: row.alarm, alarm })
}

fn access(
    hash: EntryHash,
    position: Position,
    line: JournalLine,
    involvement: Option<Involvement>,
    told: ToldOf,
) -> Access {
    let mut records = line.records;
    let is_cut = records.len() > ACCESS_RECORDS_CAP;
    records.truncate(ACCESS_RECORDS_CAP);
    Access {
        entry: Some(hash).filter(|_| line.hits.is_empty() || told == ToldOf::Known),
        position,
        act: line.act,
        phase: line.phase,
        at: line.at,
        officer: line.actor.officer,
        operation: line.operation,
        purpose: line.purpose,
        reference: line.reference,
        record: line.record,
        records,
        is_cut,
        involvement,
        refusal: line.refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_for_their_question_and_nothing_else_is_one() {
        let place = AccessPlace { stream: 7, seq: 19 };
        let cursor = AccessCursor { place, last: AccessPlace { stream: 8, seq: 3 } };
        let all = AuditQuestion::default();
        let lines = AccessQuestion { record: Some(RecordId([1; 16])), ..AccessQuestion::default() };
        let about = AuditQuestion { lines, ..all.clone() };
        let of = AuditQuestion { organisation: OrganisationCode::new("XB").ok(), ..all.clone() };
        let bytes = cursor.to_bytes(&all);
        assert_eq!(AccessCursor::from_bytes(&bytes, &all), Some(cursor));
        assert_eq!(AccessCursor::from_bytes(&bytes, &about), None);
        assert_eq!(AccessCursor::from_bytes(&bytes, &of), None);
        let too_great = [&bytes[..32], &[255; 32]].concat();
        for bad in [&[][..], &bytes[1..], &bytes[..63], &[&bytes[..], &[0]].concat(), &[0; 64], &too_great] {
            assert_eq!(AccessCursor::from_bytes(bad, &all), None, "{bad:?}");
        }
        let cursor = AlarmCursor(Timestamp(9), AlarmId([3; 16]));
        let bytes = cursor.to_bytes(None);
        assert_eq!(AlarmCursor::from_bytes(&bytes, None), Some(cursor));
        assert_eq!(AlarmCursor::from_bytes(&bytes, of.organisation), None);
        for bad in [&[][..], &bytes[1..], &bytes[..55], &[0; 56]] {
            assert_eq!(AlarmCursor::from_bytes(bad, None), None, "{bad:?}");
        }
    }
}
