//! Consents: who was told of a hit asks its owner, the owner answers or says nothing, and what it consented to can be opened.
//!
//! Which records a hit was about is in the last line of its search, in the asker's own journal. It is read here for the owner's
//! eyes, and the asker is told none of it: whether one record or several are asked about, the answer is the request's name. What
//! is asked, answered and taken back counts at this node with the receipt, at every replica as soon as it has followed.

use barid_domain::agreements::{Duty, FieldGroup};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Database, Purpose};
use barid_domain::consents::{
    ASKED_ON_DAY_CAP, ASKED_WITHIN, Consent, ConsentAct, ConsentBook, ConsentRequest, ConsentState,
    RECORDS_CAP, StandingRequest, WAITING_CAP, check_wanted,
};
use barid_domain::contents::{Content, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::entries::{SealError, Unverified, Verified};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::policy::{self, Consenting};
use barid_domain::registry::Registry;
use barid_domain::streams::{Position, StreamClass};
use barid_domain::text::LocalText;
use barid_store::{Head, HeadChange, HeadMeta, Idempotency, KeyScope, NewEntry, Store};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::{About, Act};
use crate::answers::Receipt;
use crate::context::OpContext;
use crate::error::AppError;
use crate::node::{EverValid, read_entries};
use crate::orders::ListPlace;
use crate::records::idempotency;

/// The most requests of one page.
pub const CONSENTS_PAGE_CAP: u32 = 100;
/// With so many records to look at a page for an asker ends: each is decided on anew.
const LOOKED_AT_CAP: usize = 200;

/// Is what an asker wants of the owner of a hit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsentAsking {
    /// The asker's own search that told of the hit, by the hash of its line.
    pub access: EntryHash,
    /// The database of the hit.
    pub database: Database,
    /// Whose it is.
    pub owner: OrganisationCode,
    /// Why, in the asker's words.
    pub reason: LocalText,
    /// For how many days it is wanted: the last one is so many behind today.
    pub days: i32,
}

/// Is what an owner answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConsentAnswer {
    /// It consents.
    Give {
        /// To which of the records; `None` for all.
        records: Option<Vec<RecordId>>,
        /// What is shown besides what tells a record's subject apart.
        fields: Vec<FieldGroup>,
        /// The last day; `None` for the one that was asked for.
        until: Option<Day>,
        /// What has to be heeded, besides what the handling code says and that nothing is passed on.
        duties: Vec<Duty>,
        /// Conditions in words.
        conditions: Vec<LocalText>,
    },
    /// It refuses.
    Refuse {
        /// Why.
        reason: Option<LocalText>,
        /// Whether the asker is told why.
        tells: bool,
    },
}

/// Is on which side of requests an organisation reads them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsentRole {
    /// It is asked.
    Owner,
    /// It asks.
    Asker,
}

/// Is what an owner consented to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenConsent {
    /// The records that may be opened.
    pub records: Vec<RecordId>,
    /// What is shown besides what tells a record's subject apart.
    pub fields: Vec<FieldGroup>,
    /// The last day.
    pub until: Day,
    /// What has to be heeded, besides what the handling code says.
    pub duties: Vec<Duty>,
    /// Conditions in words.
    pub conditions: Vec<LocalText>,
}

/// Is a request for consent as one side of it may see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownConsent {
    /// The request.
    pub request: EntryHash,
    /// Who asks.
    pub asker: OrganisationCode,
    /// Who is asked.
    pub owner: OrganisationCode,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The database.
    pub database: Database,
    /// For what it is asked.
    pub purpose: Purpose,
    /// The case or lane that it is asked for.
    pub reference: String,
    /// Why, in the asker's words.
    pub reason: LocalText,
    /// The last day on which it is wanted.
    pub until: Day,
    /// How it stands today.
    pub state: ConsentState,
    /// The records that it is about: for the owner alone.
    pub records: Vec<RecordId>,
    /// What was consented to; for the asker as long as it holds, and without records that have ended.
    pub given: Option<GivenConsent>,
    /// Why the owner refused or took back; for the asker where it is told.
    pub answer_reason: Option<LocalText>,
}

/// Is a page of requests, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsentPage {
    /// The requests.
    pub requests: Vec<ShownConsent>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<ListPlace>,
}

impl App {
    /// Asks the owner of a hit for its consent to show what it is about; answers the name of the request, and nothing besides.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such search of the caller's, where it told of no such hit, and where what it told of
    /// is no hit for the caller any more. [`AppError::Faulty`] with every fault of what is asked.
    pub async fn ask_consent(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        asking: ConsentAsking,
    ) -> Result<EntryHash, AppError> {
        let allowed = self.may_write(ctx, Operation::AskConsent);
        self.journal_refusal(ctx, Operation::AskConsent, None, allowed).await?;
        let idempotency = idempotency(ctx, key, hash_of_asking(ctx, &asking));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return request_of(&receipt);
        }
        self.must_stand()?;
        self.hide_overdue().await?;
        let about = About { entry: Some(asking.access), ..About::default() };
        let mut act = self.begin_about(ctx, Operation::AskConsent, about).await?;
        let request = match self.request_for(ctx, &act, asking).await {
            Ok(request) => request,
            Err(error) => {
                if error.is_refusal() {
                    self.refuse(ctx, act, &error).await?;
                }
                return Err(error);
            }
        };
        act.told_of(request.records.iter().copied());
        self.end(ctx, act, Vec::new()).await?;
        let payload = encode(&request);
        let done = self.commit_consent(ctx, idempotency, Content::ConsentRequest(request), payload).await;
        request_of(&done?)
    }

    /// The request for what a search told of, as far as that is a hit for the caller still.
    async fn request_for(
        &self,
        ctx: &OpContext,
        act: &Act,
        asking: ConsentAsking,
    ) -> Result<ConsentRequest, AppError> {
        let (asker, today) = (ctx.actor.organisation, self.now().day());
        let ConsentAsking { access, database, owner, reason, days } = asking;
        let until = today.saturating_add(days);
        let mut faults = Faults::default();
        check_wanted(asker, owner, &reason, until, today, &mut faults);
        // It may have asked at another server.
        self.see_new_orders().await?;
        let book = self.consent_book();
        let has_room = book.waiting(asker, owner, today) < WAITING_CAP
            && book.asked_on(asker, owner, today) < ASKED_ON_DAY_CAP;
        faults.require(has_room, "owner", FaultCode::TooMany);
        let waits = book.waits_for(asker, owner, database, access, today);
        faults.require(!waits, "access", FaultCode::Duplicate);
        faults.into_result().map_err(AppError::Faulty)?;
        let records = self.asked_about(ctx, act, (access, owner, database)).await?;
        let request = ConsentRequest {
            salt: self.ports().draw(),
            owner,
            database,
            records,
            purpose: ctx.purpose,
            reference: ctx.reference.as_str().to_owned(),
            reason,
            until,
            access,
        };
        let mut faults = Faults::default();
        request.check(asker, today, &mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        Ok(request)
    }

    /// The records of a hit that go into a request: those that are hits for the caller still, and that nobody stated anew since.
    async fn asked_about(
        &self,
        ctx: &OpContext,
        act: &Act,
        (access, owner, database): (EntryHash, OrganisationCode, Database),
    ) -> Result<Vec<RecordId>, AppError> {
        let mut records = Vec::new();
        let scope = self.scope_to_look(ctx)?.hits().ok_or(AppError::Absent)?;
        let (told, searched_at) = self.told_by(ctx, act, access).await?;
        for record in told {
            if records.len() == RECORDS_CAP {
                break;
            }
            let head = self.store().head(record).await.map_err(AppError::Store)?;
            let asked = head.filter(|head| head.owner == owner && head.database == database);
            let Some(head) = asked else { continue };
            if self.says_what_it_said(act, &head, searched_at).await?
                && self.card(act, &scope, record).await?.is_some()
            {
                records.push(record);
            }
        }
        if records.is_empty() {
            return Err(AppError::Absent);
        }
        records.sort_unstable();
        records.dedup();
        Ok(records)
    }

    /// Tells whether a record is the version that a search compared: of a later one it is not known whether it would be found.
    async fn says_what_it_said(
        &self,
        act: &Act,
        head: &Head,
        searched_at: Timestamp,
    ) -> Result<bool, AppError> {
        let stored = self.store().open_candidate(act.begun(), head.record).await.map_err(AppError::Store)?;
        Ok(stored.is_some_and(|stored| stored.stored_at <= searched_at))
    }

    /// The records of which a search of the caller's organisation told only that they are there, as its last line has them, and
    /// when it began; those that were found best come first. It must have been made for the purpose that is asked for, and not long
    /// ago.
    async fn told_by(
        &self,
        ctx: &OpContext,
        act: &Act,
        access: EntryHash,
    ) -> Result<(Vec<RecordId>, Timestamp), AppError> {
        self.fold_journal().await?;
        let place = self.store().find_entry(access).await.map_err(AppError::Store)?;
        let is_own = |place: &Position| {
            place.stream.organisation == ctx.actor.organisation && place.stream.class == StreamClass::Access
        };
        place.filter(is_own).ok_or(AppError::Absent)?;
        let ended = self.store().ended_act(act.begun(), access).await.map_err(AppError::Store)?;
        let ended = ended.ok_or(AppError::Absent)?;
        let age = self.now().day().days() - ended.begun.at.day().days();
        // A request for consent is an act with hits too: asked about, it would put off the day for ever.
        let counts = is_search(ended.begun.operation)
            && ended.begun.phase == Phase::Begun
            && ended.ended.phase == Phase::Ended
            && ended.begun.purpose == ctx.purpose
            && age <= ASKED_WITHIN;
        if counts { Ok((ended.ended.hits, ended.begun.at)) } else { Err(AppError::Absent) }
    }

    /// Answers a request that is addressed to the caller's organisation and waits.
    ///
    /// # Errors
    /// [`AppError::Absent`] where no such request waits for it; [`AppError::Faulty`] with every fault.
    pub async fn answer_consent(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: EntryHash,
        answer: ConsentAnswer,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_answer(ctx, key, request, answer).await;
        self.journal_refusal(ctx, Operation::AnswerConsent, None, done).await
    }

    async fn enter_answer(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: EntryHash,
        answer: ConsentAnswer,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::AnswerConsent)?;
        let idempotency = idempotency(ctx, key, hash_of_answer(request, &answer));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        // It may have been asked at another server, or taken back.
        self.read_rights_again().await?;
        let (book, today) = (self.consent_book(), self.now().day());
        let standing = book.request(request).ok_or(AppError::Absent)?;
        let is_asked = standing.request.owner == ctx.actor.organisation
            && ctx.rights.reach(standing.request.database)
            && book.state(standing, today) == ConsentState::Waiting;
        if !is_asked {
            return Err(AppError::Absent);
        }
        let what = match &answer {
            ConsentAnswer::Give { .. } => Consenting::Gives,
            ConsentAnswer::Refuse { .. } => Consenting::Closes,
        };
        self.may_consent(ctx, standing, what)?;
        let consent = self.consent_of(standing, answer);
        self.enter_consent(ctx, idempotency, standing, consent).await
    }

    fn consent_of(&self, standing: &StandingRequest, answer: ConsentAnswer) -> Consent {
        let nothing = Consent {
            salt: self.ports().draw(),
            request: standing.entry,
            act: ConsentAct::Refuse,
            records: Vec::new(),
            fields: Vec::new(),
            until: None,
            duties: Vec::new(),
            conditions: Vec::new(),
            reason: None,
            tells: false,
        };
        match answer {
            ConsentAnswer::Give { records, fields, until, duties, conditions } => Consent {
                act: ConsentAct::Give,
                records: in_order(records.unwrap_or_else(|| standing.request.records.clone())),
                fields: in_order(fields),
                until: Some(until.unwrap_or(standing.request.until)),
                duties: in_order(duties),
                conditions,
                ..nothing
            },
            ConsentAnswer::Refuse { reason, tells } => Consent { reason, tells, ..nothing },
        }
    }

    /// Takes a consent of the caller's organisation back, or its own request, answered with consent or not answered yet.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is nothing that it could take back; [`AppError::Faulty`] with every fault.
    pub async fn end_consent(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: EntryHash,
        reason: Option<LocalText>,
        tells: bool,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_end(ctx, key, request, reason, tells).await;
        self.journal_refusal(ctx, Operation::EndConsent, None, done).await
    }

    async fn enter_end(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        request: EntryHash,
        reason: Option<LocalText>,
        tells: bool,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::EndConsent)?;
        let mut hash = Sha256::new().chain_update(b"consent-end\0").chain_update(request.0);
        hash.update(encode(&reason));
        hash.update(encode(&tells));
        let idempotency = idempotency(ctx, key, hash.finalize().into());
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.read_rights_again().await?;
        let (book, me) = (self.consent_book(), ctx.actor.organisation);
        let standing = book.request(request).ok_or(AppError::Absent)?;
        let state = book.state(standing, self.now().day());
        let (asked, purpose) = (&standing.request, standing.request.purpose);
        let what = if asked.owner == me && state == ConsentState::Given {
            Consenting::Closes
        } else if standing.asker == me
            && ctx.rights.serve(purpose)
            && matches!(state, ConsentState::Given | ConsentState::Waiting)
        {
            Consenting::Withdraws(purpose)
        } else {
            return Err(AppError::Absent);
        };
        if !ctx.rights.reach(asked.database) {
            return Err(AppError::Absent);
        }
        self.may_consent(ctx, standing, what)?;
        let refusal = ConsentAnswer::Refuse { reason, tells };
        let consent = Consent { act: ConsentAct::End, ..self.consent_of(standing, refusal) };
        self.enter_consent(ctx, idempotency, standing, consent).await
    }

    fn may_consent(
        &self,
        ctx: &OpContext,
        standing: &StandingRequest,
        what: Consenting,
    ) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let rights = rights.of(&ctx.rights);
        Ok(policy::may_consent(rights, &ctx.actor, standing.request.database, what)?)
    }

    async fn enter_consent(
        &self,
        ctx: &OpContext,
        idempotency: Idempotency,
        standing: &StandingRequest,
        consent: Consent,
    ) -> Result<Receipt, AppError> {
        let mut faults = Faults::default();
        consent.check(&standing.request, self.now().day(), &mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        let payload = encode(&consent);
        self.commit_consent(ctx, idempotency, Content::Consent(consent), payload).await
    }

    /// Seals and stores an entry about a consent, and takes it up. Its receipt names no records.
    async fn commit_consent(
        &self,
        ctx: &OpContext,
        idempotency: Idempotency,
        content: Content,
        payload: Vec<u8>,
    ) -> Result<Receipt, AppError> {
        let now = self.now();
        let entry = self.seal(ctx, &content, payload, now)?;
        let (operation, records) = match content {
            Content::Consent(consent) if consent.act == ConsentAct::End => {
                (Operation::EndConsent, Vec::new())
            }
            Content::Consent(consent) => (Operation::AnswerConsent, consent.records),
            _ => (Operation::AskConsent, Vec::new()),
        };
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(consents_entry(ctx.actor.organisation, &entry, now));
        let line = self.write_line(ctx, operation, now, records, vec![entry.hash()]);
        let receipt = self.commit(tx, line, Vec::new(), vec![entry.hash()]).await?;
        // It is stored: whatever keeps this process from taking it up at once, the next look does.
        if let Err(error) = self.read_rights_again().await {
            tracing::warn!(code = error.code(), "what was said about a consent could not be taken up yet");
        }
        Ok(receipt)
    }

    /// Lists the requests of the caller's organisation, or those addressed to it, that its officer may read, newest first.
    pub async fn consents(
        &self,
        ctx: &OpContext,
        role: ConsentRole,
        after: Option<ListPlace>,
        limit: u32,
    ) -> Result<ConsentPage, AppError> {
        self.may_write(ctx, Operation::ReadConsents)?;
        let act = self.begin(ctx, Operation::ReadConsents, None, None).await?;
        let (me, book) = (ctx.actor.organisation, self.consent_book());
        let mut all = match role {
            ConsentRole::Owner => book.addressed_to(me),
            ConsentRole::Asker => book.asked_by(me),
        };
        all.retain(|standing| {
            let what = match role {
                ConsentRole::Owner => Consenting::ReadsAsOwner,
                ConsentRole::Asker => Consenting::ReadsAsAsker(standing.request.purpose),
            };
            self.may_consent(ctx, standing, what).is_ok()
                && after.is_none_or(|after| place_of(standing) < after)
        });
        let most = limit.clamp(1, CONSENTS_PAGE_CAP) as usize;
        let (mut requests, mut looked_at) = (Vec::new(), 0);
        let (mut last, mut next) = (None, None);
        for standing in all {
            let looks_at = match role {
                ConsentRole::Owner => 0,
                ConsentRole::Asker => book.given(standing).map_or(0, |given| given.consent.records.len()),
            };
            looked_at += looks_at;
            if requests.len() == most || (looked_at > LOOKED_AT_CAP && !requests.is_empty()) {
                next = last;
                break;
            }
            requests.push(self.shown_consent(ctx, &act, &book, standing, role).await?);
            last = Some(place_of(standing));
        }
        let shown = requests.iter().flat_map(|one: &ShownConsent| {
            one.records.iter().chain(one.given.iter().flat_map(|given| &given.records)).copied()
        });
        let mut shown: Vec<RecordId> = shown.collect();
        shown.sort_unstable();
        shown.dedup();
        self.end(ctx, act, shown).await?;
        Ok(ConsentPage { requests, next })
    }

    async fn shown_consent(
        &self,
        ctx: &OpContext,
        act: &Act,
        book: &ConsentBook,
        standing: &StandingRequest,
        role: ConsentRole,
    ) -> Result<ShownConsent, AppError> {
        let (state, request) = (book.state(standing, self.now().day()), &standing.request);
        let is_owner = role == ConsentRole::Owner;
        let mut given = book.given(standing).map(|given| GivenConsent {
            records: given.consent.records.clone(),
            fields: given.consent.fields.clone(),
            until: given.last_day(standing),
            duties: with_least_duty(&given.consent),
            conditions: given.consent.conditions.clone(),
        });
        given = given.filter(|_| is_owner || state == ConsentState::Given);
        if let Some(given) = given.as_mut().filter(|_| !is_owner) {
            given.records = self.opened_by(ctx, act, request.purpose, &given.records).await?;
        }
        let reason = if is_owner { book.reason_noted(standing) } else { book.reason_told(standing) };
        Ok(ShownConsent {
            request: standing.entry,
            asker: standing.asker,
            owner: request.owner,
            asked_at: Timestamp::from_seconds(standing.at),
            database: request.database,
            purpose: request.purpose,
            reference: request.reference.clone(),
            reason: request.reason.clone(),
            until: request.until,
            state,
            records: if is_owner { request.records.clone() } else { Vec::new() },
            given,
            answer_reason: reason.cloned(),
        })
    }

    /// Those of the records that the caller could open now for a purpose: of the others it is told as little as an opening tells.
    async fn opened_by(
        &self,
        ctx: &OpContext,
        act: &Act,
        purpose: Purpose,
        records: &[RecordId],
    ) -> Result<Vec<RecordId>, AppError> {
        // Whom owners show their records to is in the index.
        self.must_stand()?;
        let ctx = OpContext { purpose, ..ctx.clone() };
        let Ok(scope) = self.scope_to_open(&ctx) else { return Ok(Vec::new()) };
        let mut opened = Vec::with_capacity(records.len());
        for record in records {
            opened.extend(self.is_shown(act, &scope, *record).await?.then_some(*record));
        }
        Ok(opened)
    }
}

fn place_of(standing: &StandingRequest) -> ListPlace {
    ListPlace { at: standing.at, place: standing.place }
}

/// Tells whether an act is one that tells of hits because somebody looked for something.
fn is_search(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::SearchPersons
            | Operation::SearchDocuments
            | Operation::SearchAnything
            | Operation::ScreenList
            | Operation::ScreenText
    )
}

/// What has to be heeded under every consent, and what this one asks for besides.
fn with_least_duty(consent: &Consent) -> Vec<Duty> {
    in_order(consent.duties.iter().copied().chain([Duty::NoOnwardTransfer]).collect())
}

/// The same as a set: in order, each once.
fn in_order<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn request_of(receipt: &Receipt) -> Result<EntryHash, AppError> {
    receipt.entries.first().map(|(entry, _)| *entry).ok_or(AppError::NotReady)
}

fn hash_of_asking(ctx: &OpContext, asking: &ConsentAsking) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"consent-ask\0").chain_update(asking.access.0);
    hash.update(encode(&ctx.reference.as_str()));
    hash.update(encode(&(asking.database, asking.owner, ctx.purpose)));
    hash.update(encode(&asking.reason));
    hash.update(encode(&asking.days));
    hash.finalize().into()
}

fn hash_of_answer(request: EntryHash, answer: &ConsentAnswer) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"consent-answer\0").chain_update(request.0);
    match answer {
        ConsentAnswer::Give { records, fields, until, duties, conditions } => {
            hash.update(b"give\0");
            hash.update(encode(records));
            hash.update(encode(fields));
            hash.update(encode(until));
            hash.update(encode(duties));
            hash.update(encode(conditions));
        }
        ConsentAnswer::Refuse { reason, tells } => {
            hash.update(b"refuse\0");
            hash.update(encode(reason));
            hash.update(encode(tells));
        }
    }
    hash.finalize().into()
}

fn consents_entry(organisation: OrganisationCode, entry: &Verified, now: Timestamp) -> NewEntry {
    NewEntry {
        organisation,
        class: StreamClass::Consents,
        hash: entry.hash(),
        bytes: entry.bytes().to_vec(),
        key: KeyScope::Consents,
        change: HeadChange::None,
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on: now.day() },
    }
}

/// Reads the book of consents. An entry that does not hold comes to nothing, and is told to whoever runs the node; of one whose
/// key counts no more stays what it closed.
pub(crate) async fn read_consents(store: &Store, registry: &Registry) -> Result<ConsentBook, AppError> {
    let mut book = ConsentBook::default();
    for (place, bytes) in read_entries(store, StreamClass::Consents).await? {
        if let Err(code) = take_consent(&mut book, registry, &place, &bytes) {
            tracing::error!(code, "an entry about a consent does not hold, and counts for nothing");
        }
    }
    Ok(book)
}

fn take_consent(
    book: &mut ConsentBook,
    registry: &Registry,
    place: &Position,
    bytes: &[u8],
) -> Result<(), &'static str> {
    let code = |error: SealError| AppError::from(error).code();
    let entry = Unverified::parse(bytes).map_err(code)?;
    match entry.clone().verify_at(registry, place) {
        Ok(entry) => book.apply(&entry, place).map_err(|error| error.code()),
        Err(SealError::KeyNotValid | SealError::AfterCompromise | SealError::MissingAlgorithm) => {
            let entry = entry.verify(&EverValid(registry)).map_err(code)?;
            book.apply_restricting(&entry, place).map_err(|error| error.code())
        }
        Err(error) => Err(code(error)),
    }
}
