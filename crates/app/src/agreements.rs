//! Agreements: proposing a text, acting on it as a party, reading what one's own organisation is party of.
//!
//! A text is shown to its parties and to nobody else: for others there is no such agreement. What is done about one counts
//! at this node as soon as the receipt is out, and at every replica as soon as it has followed.

use barid_domain::agreements::{
    Agreement, AgreementAct, AgreementStep, Change, Clause, Grant, TextState, compare,
};
use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::contents::{Content, encode};
use barid_domain::dates::Day;
use barid_domain::entries::Verified;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{AgreementId, EntryHash, IdempotencyKey, OrganisationCode};
use barid_domain::policy::{self, Refusal};
use barid_domain::streams::StreamClass;
use barid_domain::text::LocalText;
use barid_search::leak_tests::{Leak, is_planted};
use barid_store::{HeadChange, HeadMeta, Idempotency, KeyScope, NewEntry};
use minicbor::Encode;
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::About;
use crate::answers::Receipt;
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::idempotency;

/// The most texts of one page.
pub const AGREEMENTS_PAGE_CAP: u32 = 200;

/// Is the text that a party proposes.
#[derive(Clone, Debug, Encode)]
#[cbor(map)]
pub struct AgreementProposal {
    /// The text that it is to take the place of; `None` for a new agreement.
    #[n(0)]
    pub amends: Option<EntryHash>,
    /// What it is called.
    #[n(1)]
    pub titles: Vec<LocalText>,
    /// The parties, the proposer among them.
    #[n(2)]
    pub parties: Vec<OrganisationCode>,
    /// The first day of its period.
    #[n(3)]
    pub from: Day,
    /// The last day of its period.
    #[n(4)]
    pub until: Day,
    /// What it says in words.
    #[n(5)]
    pub clauses: Vec<Clause>,
    /// What it grants.
    #[n(6)]
    pub grants: Vec<Grant>,
}

/// Is what a party does about a text.
#[derive(Clone, Debug, Encode)]
#[cbor(map)]
pub struct AgreementDeed {
    /// The text that it had before it.
    #[n(0)]
    pub text: EntryHash,
    /// What it does.
    #[n(1)]
    pub step: AgreementStep,
    /// The grant that it opts out of or in again.
    #[n(2)]
    pub grant: Option<u32>,
    /// Why.
    #[n(3)]
    pub reasons: Vec<LocalText>,
}

/// Is the receipt of a proposal.
#[derive(Clone, Debug)]
pub struct AgreementReceipt {
    /// The agreement.
    pub agreement: AgreementId,
    /// The hash of the entry, by which the text or the act is named.
    pub entry: EntryHash,
    /// Where it stands.
    pub receipt: Receipt,
}

/// Is a page of texts.
#[derive(Clone, Debug)]
pub struct AgreementPage {
    /// The texts, newest proposal first.
    pub texts: Vec<TextState>,
    /// The text behind which the next page begins; `None` where there is none.
    pub next: Option<EntryHash>,
}

impl App {
    /// Proposes the text of an agreement, new or in the place of another one.
    ///
    /// # Errors
    /// [`AppError::Faulty`] with every fault; [`AppError::Agreement`] where it does not follow.
    pub async fn propose_agreement(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        proposal: AgreementProposal,
    ) -> Result<AgreementReceipt, AppError> {
        let done = self.enter_agreement(ctx, key, proposal).await;
        self.journal_refusal(ctx, Operation::ProposeAgreement, None, done).await
    }

    async fn enter_agreement(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        proposal: AgreementProposal,
    ) -> Result<AgreementReceipt, AppError> {
        self.may_write(ctx, Operation::ProposeAgreement)?;
        let idempotency = request(ctx, key, "propose-agreement", &proposal);
        if let Some(receipt) = self.replayed_entry(ctx, &idempotency).await? {
            return Ok(receipt);
        }
        let now = self.now();
        let book = self.agreement_book();
        let (agreement, version) = match proposal.amends {
            None => (AgreementId::from_random(self.ports().draw()), 1),
            Some(amends) => {
                let amended = book.text_for(ctx.actor.organisation, amends, now)?;
                (amended.agreement.agreement, book.next_version(amended.agreement.agreement))
            }
        };
        let text = Agreement {
            salt: self.ports().draw(),
            agreement,
            version,
            amends: proposal.amends,
            titles: proposal.titles,
            parties: proposal.parties,
            from: proposal.from,
            until: proposal.until,
            clauses: proposal.clauses,
            grants: proposal.grants,
        };
        let mut faults = Faults::default();
        text.check(now.day(), &mut faults);
        let registry = self.registry();
        for (i, party) in text.parties.iter().enumerate() {
            let is_known = registry.active(*party).is_some();
            faults.require(is_known, format!("parties[{i}]"), FaultCode::UnknownCode);
        }
        faults.into_result().map_err(AppError::Faulty)?;
        book.may_propose(ctx.actor.organisation, &text, now)?;
        let payload = encode(&text);
        let entry = self.seal(ctx, &Content::Agreement(text), payload, now)?;
        self.commit_entry(ctx, Operation::ProposeAgreement, idempotency, agreement, &entry).await
    }

    /// Does what a party may do about an agreement: signs its text, declines, suspends, resumes, ends, opts out or in again.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such text for the caller's organisation; [`AppError::Agreement`] where it
    /// does not follow from how that stands.
    pub async fn act_on_agreement(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        deed: AgreementDeed,
    ) -> Result<AgreementReceipt, AppError> {
        let done = self.enter_deed(ctx, key, deed).await;
        self.journal_refusal(ctx, Operation::ActOnAgreement, None, done).await
    }

    async fn enter_deed(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        deed: AgreementDeed,
    ) -> Result<AgreementReceipt, AppError> {
        self.may_write(ctx, Operation::ActOnAgreement)?;
        policy::may_take_step(deed.step, &ctx.rights)?;
        let idempotency = request(ctx, key, "act-on-agreement", &deed);
        if let Some(receipt) = self.replayed_entry(ctx, &idempotency).await? {
            return Ok(receipt);
        }
        let now = self.now();
        let (party, book) = (ctx.actor.organisation, self.agreement_book());
        self.tell_texts_of_others(ctx, deed.text)?;
        let text = book.text_for(party, deed.text, now)?;
        let agreement = text.agreement.agreement;
        let act = AgreementAct {
            salt: self.ports().draw(),
            agreement,
            text: deed.text,
            step: deed.step,
            grant: deed.grant,
            reasons: deed.reasons,
        };
        let mut faults = Faults::default();
        act.check(&mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        book.may_act(party, &act, now)?;
        let payload = encode(&act);
        let entry = self.seal(ctx, &Content::AgreementAct(act), payload, now)?;
        self.commit_entry(ctx, Operation::ActOnAgreement, idempotency, agreement, &entry).await
    }

    /// Lists the texts that the caller's organisation is a party of, as they stand, newest proposal first.
    pub async fn agreements(
        &self,
        ctx: &OpContext,
        after: Option<EntryHash>,
        limit: u32,
    ) -> Result<AgreementPage, AppError> {
        self.may_write(ctx, Operation::ReadAgreements)?;
        let act = self.begin(ctx, Operation::ReadAgreements, None, None).await?;
        let mut texts = self.agreement_book().texts_for(ctx.actor.organisation, self.now());
        if let Some(after) = after {
            let at = texts.iter().position(|text| text.text == after).map_or(texts.len(), |at| at + 1);
            texts.drain(..at);
        }
        let most = limit.clamp(1, AGREEMENTS_PAGE_CAP) as usize;
        let is_cut = texts.len() > most;
        texts.truncate(most);
        let next = texts.last().filter(|_| is_cut).map(|text| text.text);
        self.end(ctx, act, Vec::new()).await?;
        Ok(AgreementPage { texts, next })
    }

    /// Reads one text as it stands; [`AppError::Absent`] for who is no party of it, and where there is none.
    pub async fn agreement(&self, ctx: &OpContext, text: EntryHash) -> Result<TextState, AppError> {
        self.may_write(ctx, Operation::ReadAgreements)?;
        self.tell_texts_of_others(ctx, text)?;
        let about = About { entry: Some(text), ..About::default() };
        let act = self.begin_about(ctx, Operation::ReadAgreements, about).await?;
        match self.agreement_book().text_for(ctx.actor.organisation, text, self.now()) {
            Ok(state) => {
                self.end(ctx, act, Vec::new()).await?;
                Ok(state)
            }
            Err(error) => {
                let error = AppError::from(error);
                self.refuse(ctx, act, &error).await?;
                Err(error)
            }
        }
    }

    /// Refuses a text that somebody is a party of otherwise than one that there never was: for a planted leak alone.
    fn tell_texts_of_others(&self, ctx: &OpContext, text: EntryHash) -> Result<(), AppError> {
        if !is_planted(Leak::AgreementOfOthers) {
            return Ok(());
        }
        let (registry, book) = (self.registry(), self.agreement_book());
        let is_party = |party| book.text_for(party, text, self.now()).is_ok();
        let is_of_others =
            !is_party(ctx.actor.organisation) && registry.organisations().any(|(party, _)| is_party(party));
        if is_of_others { Err(Refusal::NotEntitled.into()) } else { Ok(()) }
    }

    /// Compares two texts that the caller's organisation is a party of, clause by clause.
    pub async fn compare_agreements(
        &self,
        ctx: &OpContext,
        earlier: EntryHash,
        later: EntryHash,
    ) -> Result<(TextState, TextState, Vec<Change>), AppError> {
        let earlier = self.agreement(ctx, earlier).await?;
        let later = self.agreement(ctx, later).await?;
        let changes = compare(&earlier.agreement, &later.agreement);
        Ok((earlier, later, changes))
    }

    async fn commit_entry(
        &self,
        ctx: &OpContext,
        operation: Operation,
        idempotency: Idempotency,
        agreement: AgreementId,
        entry: &Verified,
    ) -> Result<AgreementReceipt, AppError> {
        let now = self.now();
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(NewEntry {
            organisation: ctx.actor.organisation,
            class: StreamClass::Agreements,
            hash: entry.hash(),
            bytes: entry.bytes().to_vec(),
            key: KeyScope::Agreements,
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: now.day() },
        });
        let line = self.write_line(ctx, operation, now, Vec::new(), vec![entry.hash()]);
        let receipt = self.commit(tx, line, Vec::new(), vec![entry.hash()]).await?;
        // What was written is on disk: whoever reads with its position waits until it counts here too.
        if let Err(error) = self.read_rights_again().await {
            tracing::warn!(code = error.code(), "what was agreed could not be taken up yet");
        }
        let entry = receipt.entries.first().map_or(entry.hash(), |(hash, _)| *hash);
        let agreement = if receipt.replayed { self.agreement_of(ctx, entry)? } else { agreement };
        Ok(AgreementReceipt { agreement, entry, receipt })
    }

    async fn replayed_entry(
        &self,
        ctx: &OpContext,
        idempotency: &Idempotency,
    ) -> Result<Option<AgreementReceipt>, AppError> {
        let Some(receipt) = self.replay(idempotency).await? else { return Ok(None) };
        let (entry, _) = *receipt.entries.first().ok_or(AppError::Absent)?;
        let agreement = self.agreement_of(ctx, entry)?;
        Ok(Some(AgreementReceipt { agreement, entry, receipt }))
    }

    /// The agreement that an own entry is about.
    fn agreement_of(&self, ctx: &OpContext, entry: EntryHash) -> Result<AgreementId, AppError> {
        self.agreement_book().agreement_of(ctx.actor.organisation, entry).ok_or(AppError::NotReady)
    }
}

fn request<T: Encode<()>>(ctx: &OpContext, key: IdempotencyKey, kind: &str, asked: &T) -> Idempotency {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(encode(asked)).finalize();
    idempotency(ctx, key, hash.into())
}
