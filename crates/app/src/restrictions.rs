//! Restrictions: an owner says whom its records are shown to, single ones or all it has in a database.
//!
//! What it says counts at this node as soon as the receipt is out, at every replica as soon as it has followed. It is in a stream
//! of its own that its owner alone reads; nobody else learns that there is one.

use barid_domain::audit::Operation;
use barid_domain::codes::{Database, OrganisationKind};
use barid_domain::contents::{Content, encode};
use barid_domain::dates::Timestamp;
use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::policy;
use barid_domain::restrictions::{Audience, AudienceMode, RestrictionBook};
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadMeta, HeadState, KeyScope, NewEntry};
use sha2::{Digest, Sha256};

use crate::App;
use crate::answers::Receipt;
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::idempotency;

/// The most records of one page.
pub const RESTRICTIONS_PAGE_CAP: u32 = 500;

/// Is what an owner says about whom its records are shown to.
#[derive(Clone, Debug)]
pub struct RestrictionPlan {
    /// The database.
    pub database: Database,
    /// The records; none for whatever the owner has in the database, now and later.
    pub records: Vec<RecordId>,
    /// Whom they are shown to.
    pub audience: Audience,
}

/// Is one record with whom it is shown to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RestrictedRecord {
    /// The record.
    pub record: RecordId,
    /// The database it is in.
    pub database: Database,
    /// Whom it is shown to.
    pub audience: Audience,
}

/// Is a page of what an owner said about whom its records are shown to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RestrictionPage {
    /// Whole databases; on every page.
    pub databases: Vec<(Database, Audience)>,
    /// Single records, in the order of their ids.
    pub records: Vec<RestrictedRecord>,
    /// The record behind which the next page begins; `None` where there is none.
    pub next: Option<RecordId>,
}

impl App {
    /// Says whom records of the caller's own are shown to, in place of what was said before about them.
    ///
    /// # Errors
    /// [`AppError::Absent`] where one of the records is none of the caller's that stands: then nothing is said about any.
    /// [`AppError::Faulty`] with every fault.
    pub async fn restrict(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RestrictionPlan,
    ) -> Result<Receipt, AppError> {
        let record = plan.records.first().copied().filter(|_| plan.records.len() == 1);
        let done = self.enter_restriction(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::RestrictRecords, record, done).await
    }

    async fn enter_restriction(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RestrictionPlan,
    ) -> Result<Receipt, AppError> {
        self.may_restrict(ctx, &plan)?;
        let idempotency = idempotency(ctx, key, request_hash(&plan));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        for record in &plan.records {
            let head = self.own_head(ctx, *record).await?;
            if head.state != HeadState::Active || head.database != plan.database {
                return Err(AppError::Absent);
            }
        }
        let now = self.now();
        let records = plan.records.clone();
        let entry = self.restriction_entry(ctx, plan, now)?;
        let hash = entry.hash;
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(entry);
        let named = if records.len() == 1 { records.clone() } else { Vec::new() };
        let line = self.write_line(ctx, Operation::RestrictRecords, now, named, vec![hash]);
        self.commit(tx, line, records, vec![hash]).await
    }

    /// Decides whether the caller may say so.
    pub(crate) fn may_restrict(&self, ctx: &OpContext, plan: &RestrictionPlan) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let before = self.database_audiences().get(&(ctx.actor.organisation, plan.database)).cloned();
        let before = before.unwrap_or_default();
        let of_whole = plan.records.is_empty().then_some((&before, &plan.audience));
        Ok(policy::may_restrict(rights.of(&ctx.rights), &ctx.actor, plan.database, of_whole)?)
    }

    /// Makes the entry of a restriction, ready to be appended, beside its records where these are new.
    pub(crate) fn restriction_entry(
        &self,
        ctx: &OpContext,
        plan: RestrictionPlan,
        now: Timestamp,
    ) -> Result<NewEntry, AppError> {
        let owner = ctx.actor.organisation;
        let mut records = plan.records;
        records.sort_unstable();
        let restriction = barid_domain::restrictions::Restriction {
            salt: self.ports().draw(),
            database: plan.database,
            records,
            mode: plan.audience.mode(),
            organisations: plan.audience.organisations().to_vec(),
            number: self.of_restrictions(|book| book.next_number(owner)),
        };
        let mut faults = Faults::default();
        restriction.check(owner, &mut faults);
        self.check_audience(&plan.audience, &mut faults);
        let has_too_many = !restriction.records.is_empty()
            && self.of_restrictions(|book| book.would_have_too_many(owner, &plan.audience));
        faults.require(!has_too_many, "audience", FaultCode::TooMany);
        faults.into_result().map_err(AppError::Faulty)?;
        let payload = encode(&restriction);
        let entry = self.seal(ctx, &Content::Restriction(restriction), payload, now)?;
        Ok(NewEntry {
            organisation: owner,
            class: StreamClass::Restrictions,
            hash: entry.hash(),
            bytes: entry.bytes().to_vec(),
            key: KeyScope::Restrictions,
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: plan.database, review_on: now.day() },
        })
    }

    /// Names the organisations of an audience that are none of the association, and the commission where it was to be kept out:
    /// it sees for oversight what it likes, and an owner must not believe otherwise.
    fn check_audience(&self, audience: &Audience, faults: &mut Faults) {
        let registry = self.registry();
        for (at, code) in audience.organisations().iter().enumerate() {
            let place = format!("audience.organisations[{at}]");
            let known = registry.organisations().find(|(known, _)| known == code);
            match known.map(|(_, organisation)| organisation.kind) {
                None => faults.add(place, FaultCode::UnknownCode),
                Some(OrganisationKind::Commission) if audience.mode() == AudienceMode::AllBut => {
                    faults.add(place, FaultCode::Contradiction);
                }
                Some(_) => {}
            }
        }
    }

    /// Makes the entry that says whom a record that is just entered, or revised, is shown to; `None` where nothing new is said.
    pub(crate) fn audience_entry(
        &self,
        ctx: &OpContext,
        database: Database,
        records: Vec<RecordId>,
        audience: Option<Audience>,
        now: Timestamp,
    ) -> Result<Option<NewEntry>, AppError> {
        let Some(audience) = audience else { return Ok(None) };
        let owner = ctx.actor.organisation;
        let is_said =
            |book: &RestrictionBook| records.iter().all(|record| book.audience(owner, *record) == audience);
        if self.of_restrictions(is_said) {
            return Ok(None);
        }
        let plan = RestrictionPlan { database, records, audience };
        self.may_restrict(ctx, &plan)?;
        match self.restriction_entry(ctx, plan, now) {
            Err(AppError::Faulty(faults)) => {
                let of_terms = |fault: Fault| Fault { place: format!("terms.{}", fault.place), ..fault };
                Err(AppError::Faulty(faults.into_iter().map(of_terms).collect()))
            }
            entry => entry.map(Some),
        }
    }

    /// Lists whom the records of the caller's own organisation are shown to, where not to everybody.
    pub async fn restrictions(
        &self,
        ctx: &OpContext,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<RestrictionPage, AppError> {
        self.may_write(ctx, Operation::ReadRestrictions)?;
        self.must_stand()?;
        let act = self.begin(ctx, Operation::ReadRestrictions, None, None).await?;
        let (owner, most) = (ctx.actor.organisation, limit.clamp(1, RESTRICTIONS_PAGE_CAP) as usize);
        let of_databases = self.database_audiences();
        let databases =
            of_databases.iter().filter(|((of, database), _)| *of == owner && ctx.rights.reach(*database));
        let databases = databases.map(|((_, database), audience)| (*database, audience.clone())).collect();
        let mut page = RestrictionPage { databases, records: Vec::new(), next: None };
        let (mut after, mut is_more) = (after, true);
        while is_more && page.records.len() < most {
            let run: Vec<_> = self
                .of_restrictions(|book| book.restricted_records(owner, after).take(most).collect::<Vec<_>>());
            is_more = run.len() == most;
            for (record, database, audience) in run {
                if page.records.len() == most {
                    is_more = true;
                    break;
                }
                after = Some(record);
                let head = self.store().head(record).await.map_err(AppError::Store)?;
                let stands = head.is_some_and(|head| head.owner == owner && head.state == HeadState::Active);
                if stands && ctx.rights.reach(database) {
                    page.records.push(RestrictedRecord { record, database, audience });
                }
            }
        }
        page.next = after.filter(|_| is_more);
        self.end(ctx, act, Vec::new()).await?;
        Ok(page)
    }
}

fn request_hash(plan: &RestrictionPlan) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"restrict\0").chain_update(encode(&plan.database));
    hash.update(encode(&plan.records));
    hash.update(audience_of_request(Some(&plan.audience)));
    hash.finalize().into()
}

/// What an audience adds to the hash of a request: nothing where none is given, so that requests of earlier versions keep theirs.
pub(crate) fn audience_of_request(audience: Option<&Audience>) -> Vec<u8> {
    audience.map_or(Vec::new(), |audience| {
        let mut bytes = b"audience\0".to_vec();
        bytes.extend(encode(&audience.mode()));
        bytes.extend(encode(&audience.organisations().to_vec()));
        bytes
    })
}

/// The hashes of entries that are to be appended, in their order.
pub(crate) fn hashes(first: EntryHash, second: Option<&NewEntry>) -> Vec<EntryHash> {
    std::iter::once(first).chain(second.map(|entry| entry.hash)).collect()
}
