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
use barid_domain::policy::{self, Restricting};
use barid_domain::restrictions::{Audience, AudienceMode, RestrictionBook, RestrictionScope};
use barid_domain::streams::StreamClass;
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry};
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
    /// The records; `None` for whatever the owner has in the database, now and later.
    pub records: Option<Vec<RecordId>>,
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
    /// [`AppError::Absent`] where one of the records is none of the caller's in that database: then nothing is said about any.
    /// [`AppError::NotReady`] while it is not known what was said before.
    /// [`AppError::Faulty`] with every fault.
    pub async fn restrict(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RestrictionPlan,
    ) -> Result<Receipt, AppError> {
        let record = plan.records.as_deref().and_then(|records| match records {
            [record] => Some(*record),
            _ => None,
        });
        let done = self.enter_restriction(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::RestrictRecords, record, done).await
    }

    async fn enter_restriction(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: RestrictionPlan,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::RestrictRecords)?;
        let idempotency = idempotency(ctx, key, request_hash(&plan));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.must_know_restrictions().await?;
        self.may_restrict(ctx, &plan)?;
        for record in plan.records.iter().flatten() {
            // One that has ended is its owner's as before: what was said of it can be taken back.
            let head = self.own_head(ctx, *record).await?;
            if head.database != plan.database {
                return Err(AppError::Absent);
            }
        }
        let now = self.now();
        let named = plan.records.clone().filter(|records| records.len() == 1).unwrap_or_default();
        let entry = self.restriction_entry(ctx, plan, now)?;
        let hash = entry.hash;
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(entry);
        let line = self.write_line(ctx, Operation::RestrictRecords, now, named, vec![hash]);
        // Its receipt names no records, as it doesn't when it is asked for once more.
        self.commit(tx, line, Vec::new(), vec![hash]).await
    }

    /// Follows what was said before: its last number must be known, and whom it showed records to. Where an index is not in step
    /// nothing is said.
    pub(crate) async fn must_know_restrictions(&self) -> Result<(), AppError> {
        self.must_stand()?;
        self.follow().await?;
        self.must_stand()
    }

    /// Decides whether the caller may say so.
    pub(crate) fn may_restrict(&self, ctx: &OpContext, plan: &RestrictionPlan) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let owner = ctx.actor.organisation;
        let shows_more = match &plan.records {
            None => {
                let before = self.database_audiences().get(&(owner, plan.database)).cloned();
                !plan.audience.is_within(&before.unwrap_or_default())
            }
            Some(records) => self.of_restrictions(|book| {
                records.iter().any(|record| !plan.audience.is_within(&book.audience(owner, *record)))
            }),
        };
        let what = match (&plan.records, shows_more) {
            (_, false) => Restricting::Narrows,
            (Some(_), true) => Restricting::ShowsRecords,
            (None, true) => Restricting::ShowsDatabase,
        };
        Ok(policy::may_restrict(rights.of(&ctx.rights), &ctx.actor, plan.database, what)?)
    }

    /// Makes the entry of a restriction, ready to be appended, beside its records where these are new.
    pub(crate) fn restriction_entry(
        &self,
        ctx: &OpContext,
        plan: RestrictionPlan,
        now: Timestamp,
    ) -> Result<NewEntry, AppError> {
        let owner = ctx.actor.organisation;
        let scope =
            if plan.records.is_some() { RestrictionScope::Records } else { RestrictionScope::Database };
        let mut records = plan.records.unwrap_or_default();
        records.sort_unstable();
        let restriction = barid_domain::restrictions::Restriction {
            salt: self.ports().draw(),
            database: plan.database,
            scope,
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
    pub(crate) async fn audience_entry(
        &self,
        ctx: &OpContext,
        database: Database,
        records: Vec<RecordId>,
        audience: Option<Audience>,
        now: Timestamp,
    ) -> Result<Option<NewEntry>, AppError> {
        let Some(audience) = audience else { return Ok(None) };
        self.must_know_restrictions().await?;
        let owner = ctx.actor.organisation;
        let is_said =
            |book: &RestrictionBook| records.iter().all(|record| book.audience(owner, *record) == audience);
        if self.of_restrictions(is_said) {
            return Ok(None);
        }
        let plan = RestrictionPlan { database, records: Some(records), audience };
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
        page.records = self.of_restrictions(|book| {
            let own = book.restricted_records(owner, after);
            let own = own.filter(|(_, database, _)| ctx.rights.reach(*database));
            // One more tells whether there is another page.
            own.take(most + 1)
                .map(|(record, database, audience)| RestrictedRecord { record, database, audience })
                .collect()
        });
        let is_cut = page.records.len() > most;
        page.records.truncate(most);
        page.next = page.records.last().filter(|_| is_cut).map(|last| last.record);
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
