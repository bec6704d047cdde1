//! The book of agreements: what every text and every act comes to, and what is in force at a time.
//!
//! The book is the same in whatever order the streams of the parties are read: acts of one party follow each other in the
//! order in which that party issued them, and no act of one party changes what another one's means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Agreement, AgreementAct, AgreementStep, Grant, GrantedOperation};
use crate::contents::{Content, ContentError};
use crate::dates::Timestamp;
use crate::entries::Verified;
use crate::ids::{AgreementId, EntryHash, OrganisationCode};
use crate::policy::GrantName;
use crate::text::LocalText;

/// The most texts of one proposer that wait for signatures.
pub const WAITING_CAP: usize = 100;

/// Why an entry does not belong into the book, or an act can't be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// The payload can't be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The entry is about no agreement.
    #[error("the entry is about no agreement")]
    NotAgreement,
    /// There is no such agreement or text, or the organisation is no party of it.
    #[error("no such agreement")]
    Absent,
    /// The proposer is no party of what it proposes.
    #[error("the proposer is no party")]
    NotParty,
    /// The version does not follow the text that it is to take the place of.
    #[error("the version does not follow the text it amends")]
    Version,
    /// The text is not the newest that the party could have before it.
    #[error("another text stands by now")]
    Stale,
    /// The party has ended its part.
    #[error("the part is ended")]
    Ended,
    /// The party stands so already, or not so that this could follow.
    #[error("that does not follow from how the party stands")]
    NoChange,
    /// The grant is none of the text's, or not about the party's records.
    #[error("no such grant of the party's records")]
    Grant,
    /// The period of the text is over.
    #[error("the period is over")]
    Over,
    /// A party of the text that it is to take the place of would be left out without having ended its part.
    #[error("a party is left out that has not ended its part")]
    PartyLeftOut,
    /// As many texts of the organisation wait for signatures as may.
    #[error("too many texts wait for signatures")]
    TooMany,
}

impl AgreementError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Content(error) => error.code(),
            Self::NotAgreement => "agreement-none",
            Self::Absent => "not-found",
            Self::NotParty => "agreement-not-party",
            Self::Version => "agreement-version",
            Self::Stale => "agreement-stale",
            Self::Ended => "agreement-ended",
            Self::NoChange => "agreement-no-change",
            Self::Grant => "agreement-grant",
            Self::Over => "agreement-over",
            Self::PartyLeftOut => "agreement-party-left-out",
            Self::TooMany => "agreement-too-many",
        }
    }
}

/// Is an act as it stands in the book.
#[derive(Clone, PartialEq, Eq, Debug)]
struct StandingAct {
    entry: EntryHash,
    /// When it was issued, in seconds since 1970-01-01T00:00:00Z.
    at: i64,
    text: EntryHash,
    step: AgreementStep,
    grant: Option<u32>,
    reasons: Vec<LocalText>,
}

/// Is a text as it stands in the book.
#[derive(Clone, PartialEq, Eq, Debug)]
struct StandingText {
    agreement: Arc<Agreement>,
    proposer: OrganisationCode,
    proposed_at: i64,
}

/// Is how a party stands towards an agreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartyStanding {
    /// Takes part as far as it has signed.
    Active,
    /// Has suspended its part.
    Suspended,
    /// Has ended its part.
    Ended,
}

/// Is what a party has done about a text and its agreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartyState {
    /// The party.
    pub party: OrganisationCode,
    /// When it signed this text, in seconds since 1970-01-01T00:00:00Z; `None` while it has not.
    pub signed_at: Option<i64>,
    /// Whether it declined to, last.
    pub declined: bool,
    /// How it stands.
    pub standing: PartyStanding,
    /// The grants of this text that it has taken its records out of.
    pub opted_out: Vec<u32>,
    /// What it did about the agreement, in its own order.
    pub acts: Vec<PartyAct>,
}

/// Is an act of a party as others read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartyAct {
    /// The entry, by which it can be proved.
    pub entry: EntryHash,
    /// When it was issued, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The text that the party had before it.
    pub text: EntryHash,
    /// What it did.
    pub step: AgreementStep,
    /// The grant, of an opt-out and of its end.
    pub grant: Option<u32>,
    /// Why.
    pub reasons: Vec<LocalText>,
}

/// Is how a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextStanding {
    /// Waits for signatures.
    Proposed,
    /// Signed by all, and its period has not begun.
    Signed,
    /// In force, for the parties that take part.
    InForce,
    /// Another text has taken its place.
    Superseded,
    /// Its period is over.
    Over,
    /// Fewer than two parties are left.
    Ended,
}

/// Is a text with everything that its parties did about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextState {
    /// The hash of its entry, by which it is named.
    pub text: EntryHash,
    /// The text.
    pub agreement: Arc<Agreement>,
    /// Who proposed it.
    pub proposer: OrganisationCode,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub proposed_at: i64,
    /// How it stands.
    pub standing: TextStanding,
    /// Its parties, in their order.
    pub parties: Vec<PartyState>,
}

/// Is a grant in force, with who is bound by it now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantInForce {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its text.
    pub text: EntryHash,
    /// The grant.
    pub grant: Grant,
    /// Those of its owners that take part and have not opted out.
    pub owners: BTreeSet<OrganisationCode>,
}

impl GrantInForce {
    /// Its name in lines of the journal.
    pub fn name(&self) -> GrantName {
        GrantName { agreement: self.agreement, grant: self.grant.number }
    }
}

/// Is what is in force at one time, by recipient.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct AgreementsInForce {
    by_recipient: BTreeMap<OrganisationCode, Vec<Arc<GrantInForce>>>,
}

impl AgreementsInForce {
    /// What an organisation is granted, in the order of agreements and grants.
    pub fn of(&self, recipient: OrganisationCode) -> &[Arc<GrantInForce>] {
        self.by_recipient.get(&recipient).map_or(&[], Vec::as_slice)
    }

    /// Whose records an organisation has agreed to be shown: recipients of grants to submit in which it is an owner.
    pub fn submitters_to(&self, owner: OrganisationCode) -> BTreeSet<OrganisationCode> {
        let takes = |one: &Arc<GrantInForce>| {
            one.owners.contains(&owner) && one.grant.operations.contains(&GrantedOperation::Submit)
        };
        let grants = self.by_recipient.iter().filter(|(_, grants)| grants.iter().any(takes));
        grants.map(|(recipient, _)| *recipient).collect()
    }
}

/// Is every agreement that was ever proposed, with what became of it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct AgreementBook {
    texts: BTreeMap<EntryHash, StandingText>,
    by_agreement: BTreeMap<AgreementId, BTreeSet<EntryHash>>,
    /// The payloads taken in so far, by SHA-256 and issuer; each holds random bytes of its own.
    stated: BTreeSet<(OrganisationCode, [u8; 32])>,
    acts: BTreeMap<(AgreementId, OrganisationCode), Vec<StandingAct>>,
}

impl AgreementBook {
    /// Takes in the next verified entry of a stream of agreements.
    ///
    /// Entries of one party must come in the order of its stream. What an act comes to is asked when the book is read: one
    /// that does not follow from how its party stood comes to nothing.
    ///
    /// # Errors
    /// [`AgreementError::NotAgreement`] for other contents, [`AgreementError::NotParty`] for a text whose proposer is no
    /// party; the book is unchanged then.
    pub fn apply(&mut self, entry: &Verified) -> Result<(), AgreementError> {
        self.take_in(entry, Some)
    }

    /// Takes in what an entry takes back, and nothing that it gives: for entries signed with a key that did not count any more.
    /// Whoever has taken a key must not open anything with it; and what its owner closed since it was taken stays closed. An
    /// end is taken as a suspension: closed, too, and its owner can go on with a key that counts.
    pub fn apply_restricting(&mut self, entry: &Verified) -> Result<(), AgreementError> {
        self.take_in(entry, |step| match step {
            AgreementStep::End => Some(AgreementStep::Suspend),
            AgreementStep::Decline | AgreementStep::Suspend | AgreementStep::OptOut => Some(step),
            AgreementStep::Sign
            | AgreementStep::Resume
            | AgreementStep::OptIn
            | AgreementStep::Unlisted(_) => None,
        })
    }

    fn take_in(
        &mut self,
        entry: &Verified,
        counts_as: impl Fn(AgreementStep) -> Option<AgreementStep>,
    ) -> Result<(), AgreementError> {
        let (at, issuer) = (entry.claims().issued_at, entry.claims().issuer);
        let statement = (issuer, Sha256::digest(entry.payload()).into());
        match Content::read(entry)? {
            // A statement counts once: nothing old comes back by replay.
            Content::Agreement(_) | Content::AgreementAct(_) if self.stated.contains(&statement) => {}
            Content::Agreement(agreement) => {
                if !agreement.parties.contains(&issuer) || counts_as(AgreementStep::Sign).is_none() {
                    return Err(AgreementError::NotParty);
                }
                self.by_agreement.entry(agreement.agreement).or_default().insert(entry.hash());
                let text = StandingText { agreement: Arc::new(agreement), proposer: issuer, proposed_at: at };
                self.texts.insert(entry.hash(), text);
                self.stated.insert(statement);
            }
            Content::AgreementAct(act) => {
                let step = counts_as(act.step).ok_or(AgreementError::NotAgreement)?;
                let AgreementAct { agreement, text, grant, reasons, .. } = act;
                let standing = StandingAct { entry: entry.hash(), at, text, step, grant, reasons };
                self.acts.entry((agreement, issuer)).or_default().push(standing);
                self.stated.insert(statement);
            }
            // A type of a later version is kept in the stream and changes nothing here.
            Content::Unknown => {}
            _ => return Err(AgreementError::NotAgreement),
        }
        Ok(())
    }

    /// Decides whether a text may be proposed by an organisation: it is a party, and the version follows.
    pub fn may_propose(
        &self,
        proposer: OrganisationCode,
        proposed: &Agreement,
        now: Timestamp,
    ) -> Result<(), AgreementError> {
        if !proposed.parties.contains(&proposer) {
            return Err(AgreementError::NotParty);
        }
        let own = self.texts.iter().filter(|(_, text)| text.proposer == proposer);
        let waits = |(hash, text): &(&EntryHash, &StandingText)| {
            now.day() <= text.agreement.until && self.signed_by_all_at(**hash, text).is_none()
        };
        if own.filter(waits).count() >= WAITING_CAP {
            return Err(AgreementError::TooMany);
        }
        let Some(amends) = proposed.amends else {
            let is_new = self.texts_of(proposed.agreement).next().is_none();
            return if is_new && proposed.version == 1 { Ok(()) } else { Err(AgreementError::Version) };
        };
        // Only who is bound by a text, or was asked to be, knows that it is there.
        let amended = self.text_for(proposer, amends, now)?;
        if amended.agreement.agreement != proposed.agreement {
            return Err(AgreementError::Absent);
        }
        let is_left_out = |state: &PartyState| {
            state.standing != PartyStanding::Ended && !proposed.parties.contains(&state.party)
        };
        if amended.parties.iter().any(is_left_out) {
            return Err(AgreementError::PartyLeftOut);
        }
        let newest = self.texts_of(proposed.agreement).map(|(_, text)| text.agreement.version).max();
        let follows = newest.and_then(|newest| newest.checked_add(1)) == Some(proposed.version);
        if follows { Ok(()) } else { Err(AgreementError::Version) }
    }

    /// Decides whether a party's act follows from how it stands.
    ///
    /// # Errors
    /// [`AgreementError::Absent`] where there is no such text for the organisation, whichever and why.
    pub fn may_act(
        &self,
        party: OrganisationCode,
        act: &AgreementAct,
        now: Timestamp,
    ) -> Result<(), AgreementError> {
        let text = self.text_for(party, act.text, now)?;
        if text.agreement.agreement != act.agreement {
            return Err(AgreementError::Absent);
        }
        let state = text.parties.iter().find(|state| state.party == party).ok_or(AgreementError::Absent)?;
        let has_part = self.has_signed_any(act.agreement, party);
        if state.standing == PartyStanding::Ended {
            return Err(AgreementError::Ended);
        }
        let follows = match act.step {
            AgreementStep::Sign => match text.standing {
                TextStanding::Over => return Err(AgreementError::Over),
                TextStanding::Superseded => return Err(AgreementError::Stale),
                TextStanding::Proposed
                | TextStanding::Signed
                | TextStanding::InForce
                | TextStanding::Ended => state.signed_at.is_none(),
            },
            AgreementStep::Decline => state.signed_at.is_none() && !state.declined,
            AgreementStep::Suspend => has_part && state.standing == PartyStanding::Active,
            AgreementStep::Resume => state.standing == PartyStanding::Suspended,
            AgreementStep::End => has_part,
            AgreementStep::OptOut | AgreementStep::OptIn => {
                let number = act.grant.ok_or(AgreementError::Grant)?;
                let grant = text.agreement.grant(number).ok_or(AgreementError::Grant)?;
                if !grant.owners.contains(&party) {
                    return Err(AgreementError::Grant);
                }
                state.opted_out.contains(&number) == (act.step == AgreementStep::OptIn)
            }
            AgreementStep::Unlisted(_) => false,
        };
        if follows { Ok(()) } else { Err(AgreementError::NoChange) }
    }

    /// The texts that an organisation is a party of, as they stand, newest proposal first.
    pub fn texts_for(&self, party: OrganisationCode, now: Timestamp) -> Vec<TextState> {
        let mine = self.texts.iter().filter(|(_, text)| text.agreement.parties.contains(&party));
        let mut states: Vec<_> = mine.map(|(hash, text)| self.state(*hash, text, now)).collect();
        states.sort_by_key(|state| (std::cmp::Reverse(state.proposed_at), state.text));
        states
    }

    /// One text that an organisation is a party of, as it stands.
    pub fn text_for(
        &self,
        party: OrganisationCode,
        text: EntryHash,
        now: Timestamp,
    ) -> Result<TextState, AgreementError> {
        let standing = self.texts.get(&text).filter(|standing| standing.agreement.parties.contains(&party));
        standing.map(|standing| self.state(text, standing, now)).ok_or(AgreementError::Absent)
    }

    /// The book as it was at a time: without what was issued after it. For making an earlier decision again.
    pub fn as_of(&self, at: Timestamp) -> Self {
        let mut book = self.clone();
        book.texts.retain(|_, text| text.proposed_at <= at.seconds());
        for texts in book.by_agreement.values_mut() {
            texts.retain(|text| book.texts.contains_key(text));
        }
        for acts in book.acts.values_mut() {
            acts.retain(|act| act.at <= at.seconds());
        }
        book
    }

    /// The number that the next text of an agreement has.
    pub fn next_version(&self, agreement: AgreementId) -> u32 {
        let versions = self.texts_of(agreement).map(|(_, text)| text.agreement.version);
        versions.max().unwrap_or_default().saturating_add(1)
    }

    /// The agreement that an entry of an organisation is about.
    pub fn agreement_of(&self, issuer: OrganisationCode, entry: EntryHash) -> Option<AgreementId> {
        let text = self.texts.get(&entry).filter(|text| text.proposer == issuer);
        text.map(|text| text.agreement.agreement).or_else(|| {
            let mut own = self.acts.iter().filter(|((_, party), _)| *party == issuer);
            own.find(|(_, acts)| acts.iter().any(|act| act.entry == entry)).map(|((id, _), _)| *id)
        })
    }

    /// What is in force on a day, for every recipient; `is_active` tells whether the registry has an organisation take part.
    pub fn in_force(
        &self,
        now: Timestamp,
        is_active: impl Fn(OrganisationCode) -> bool,
    ) -> AgreementsInForce {
        let mut by_recipient: BTreeMap<OrganisationCode, Vec<Arc<GrantInForce>>> = BTreeMap::new();
        for agreement in self.by_agreement.keys() {
            for (hash, text) in self.standing_texts(*agreement, now) {
                self.grants_in_force(hash, text, &is_active, &mut by_recipient);
            }
        }
        AgreementsInForce { by_recipient }
    }

    fn grants_in_force(
        &self,
        hash: EntryHash,
        text: &StandingText,
        is_active: impl Fn(OrganisationCode) -> bool,
        by_recipient: &mut BTreeMap<OrganisationCode, Vec<Arc<GrantInForce>>>,
    ) {
        let agreement = text.agreement.agreement;
        let conducts: BTreeMap<OrganisationCode, Conduct> =
            text.agreement.parties.iter().map(|party| (*party, self.conduct(agreement, *party))).collect();
        let takes_part = |party: &OrganisationCode| {
            conducts.get(party).is_some_and(|conduct| conduct.standing == PartyStanding::Active)
                && is_active(*party)
        };
        if text.agreement.parties.iter().filter(|party| takes_part(party)).count() < 2 {
            return;
        }
        for grant in &text.agreement.grants {
            let has_its_records_in = |owner: &OrganisationCode| {
                takes_part(owner)
                    && conducts.get(owner).is_some_and(|conduct| !conduct.opted_out.contains(&grant.number))
            };
            let owners: BTreeSet<_> = grant.owners.iter().copied().filter(has_its_records_in).collect();
            let in_force = Arc::new(GrantInForce { agreement, text: hash, grant: grant.clone(), owners });
            for recipient in grant.recipients.iter().filter(|recipient| takes_part(recipient)) {
                // To be granted one's own records is to be granted nothing.
                if in_force.owners.iter().any(|owner| owner != recipient) {
                    by_recipient.entry(*recipient).or_default().push(in_force.clone());
                }
            }
        }
    }

    fn texts_of(&self, agreement: AgreementId) -> impl Iterator<Item = (EntryHash, &StandingText)> {
        let of_it = self.by_agreement.get(&agreement).into_iter().flatten();
        of_it.filter_map(|hash| self.texts.get(hash).map(|text| (*hash, text)))
    }

    /// The texts of an agreement that stand at a time: signed by all of their parties, begun, not over, and with no other one
    /// in their place. It is one, unless texts were made that do not follow each other.
    fn standing_texts(&self, agreement: AgreementId, now: Timestamp) -> Vec<(EntryHash, &StandingText)> {
        let stands = |(hash, text): &(EntryHash, &StandingText)| {
            let (from, until) = (text.agreement.from, text.agreement.until);
            (from..=until).contains(&now.day())
                && self.signed_by_all_at(*hash, text).is_some()
                && !self.is_superseded(*hash, text, now)
        };
        self.texts_of(agreement).filter(stands).collect()
    }

    /// Tells whether another text has taken the place of one: it was made from that one or with it from a third, all of its
    /// parties have signed it, its period has begun, and whoever is bound by this one, and has not ended its part, is a party
    /// of it. A party can't be put out of an agreement by others.
    fn is_superseded(&self, hash: EntryHash, text: &StandingText, now: Timestamp) -> bool {
        let own = self.signed_by_all_at(hash, text);
        let agreement = text.agreement.agreement;
        let bound: Vec<OrganisationCode> = text
            .agreement
            .parties
            .iter()
            .copied()
            .filter(|party| self.conduct(agreement, *party).standing != PartyStanding::Ended)
            .collect();
        self.texts_of(agreement).any(|(other, candidate)| {
            let later = &candidate.agreement;
            other != hash
                && now.day() >= later.from
                && bound.iter().all(|party| later.parties.contains(party))
                && self.follows(other, hash, text.agreement.amends)
                && self.signed_by_all_at(other, candidate).is_some_and(|at| {
                    own.is_none_or(|own| (later.version, at, other) > (text.agreement.version, own, hash))
                })
        })
    }

    /// Tells whether a text was made from another one, over whatever texts between, or from the one that both amend.
    fn follows(&self, later: EntryHash, earlier: EntryHash, both: Option<EntryHash>) -> bool {
        let mut at = later;
        for _ in 0..super::VERSIONS_CAP {
            let Some(amends) = self.texts.get(&at).and_then(|text| text.agreement.amends) else {
                return false;
            };
            if amends == earlier || Some(amends) == both {
                return true;
            }
            at = amends;
        }
        false
    }

    /// When the last party signed; `None` while one has not.
    fn signed_by_all_at(&self, hash: EntryHash, text: &StandingText) -> Option<i64> {
        let agreement = text.agreement.agreement;
        let signed = |party: &OrganisationCode| self.conduct(agreement, *party).signed.get(&hash).copied();
        text.agreement.parties.iter().map(signed).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    fn acts_of(&self, agreement: AgreementId, party: OrganisationCode) -> Vec<PartyAct> {
        let acts = self.acts.get(&(agreement, party)).map_or(&[][..], Vec::as_slice);
        let shown = |act: &StandingAct| PartyAct {
            entry: act.entry,
            at: act.at,
            text: act.text,
            step: act.step,
            grant: act.grant,
            reasons: act.reasons.clone(),
        };
        acts.iter().map(shown).collect()
    }

    fn has_signed_any(&self, agreement: AgreementId, party: OrganisationCode) -> bool {
        let acts = self.acts.get(&(agreement, party));
        acts.is_some_and(|acts| acts.iter().any(|act| act.step == AgreementStep::Sign))
    }

    /// What a party's acts come to.
    fn conduct(&self, agreement: AgreementId, party: OrganisationCode) -> Conduct {
        let mut conduct = Conduct::default();
        for act in self.acts.get(&(agreement, party)).map_or(&[][..], Vec::as_slice) {
            conduct.follow(act);
        }
        conduct
    }

    fn state(&self, hash: EntryHash, text: &StandingText, now: Timestamp) -> TextState {
        let agreement = text.agreement.agreement;
        let parties: Vec<PartyState> = text
            .agreement
            .parties
            .iter()
            .map(|party| {
                let conduct = self.conduct(agreement, *party);
                let numbers = text.agreement.grants.iter().map(|grant| grant.number);
                PartyState {
                    party: *party,
                    signed_at: conduct.signed.get(&hash).copied(),
                    declined: conduct.declined.contains(&hash),
                    standing: conduct.standing,
                    opted_out: numbers.filter(|number| conduct.opted_out.contains(number)).collect(),
                    acts: self.acts_of(agreement, *party),
                }
            })
            .collect();
        let standing = self.text_standing(hash, text, &parties, now);
        TextState {
            text: hash,
            agreement: text.agreement.clone(),
            proposer: text.proposer,
            proposed_at: text.proposed_at,
            standing,
            parties,
        }
    }

    fn text_standing(
        &self,
        hash: EntryHash,
        text: &StandingText,
        parties: &[PartyState],
        now: Timestamp,
    ) -> TextStanding {
        let left = parties.iter().filter(|state| state.standing != PartyStanding::Ended).count();
        let newer = self.is_superseded(hash, text, now);
        if left < 2 {
            TextStanding::Ended
        } else if newer {
            TextStanding::Superseded
        } else if now.day() > text.agreement.until {
            TextStanding::Over
        } else if parties.iter().any(|state| state.signed_at.is_none()) {
            TextStanding::Proposed
        } else if now.day() < text.agreement.from {
            TextStanding::Signed
        } else {
            TextStanding::InForce
        }
    }
}

/// Is what the acts of one party about one agreement come to.
struct Conduct {
    signed: BTreeMap<EntryHash, i64>,
    declined: BTreeSet<EntryHash>,
    standing: PartyStanding,
    opted_out: BTreeSet<u32>,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            signed: BTreeMap::new(),
            declined: BTreeSet::new(),
            standing: PartyStanding::Active,
            opted_out: BTreeSet::new(),
        }
    }
}

impl Conduct {
    /// Follows one more act. Suspending, ending and opting out are of the agreement and outlast its texts: who suspends while
    /// an amendment is being signed is suspended under the amendment.
    fn follow(&mut self, act: &StandingAct) {
        if self.standing == PartyStanding::Ended {
            return;
        }
        match (act.step, act.grant) {
            (AgreementStep::Sign, _) => {
                self.declined.remove(&act.text);
                self.signed.entry(act.text).or_insert(act.at);
            }
            (AgreementStep::Decline, _) if !self.signed.contains_key(&act.text) => {
                self.declined.insert(act.text);
            }
            (AgreementStep::Suspend, _) => self.standing = PartyStanding::Suspended,
            (AgreementStep::Resume, _) => self.standing = PartyStanding::Active,
            (AgreementStep::End, _) => self.standing = PartyStanding::Ended,
            (AgreementStep::OptOut, Some(grant)) => {
                self.opted_out.insert(grant);
            }
            (AgreementStep::OptIn, Some(grant)) => {
                self.opted_out.remove(&grant);
            }
            (AgreementStep::Decline | AgreementStep::OptOut | AgreementStep::OptIn, _) => {}
            (AgreementStep::Unlisted(_), _) => {}
        }
    }
}
