//! Consents: what may follow a hit of which is told only that there is a record, and whose.
//!
//! Who was told of a hit asks the owner, for the purpose of the search and until a day. The request names the records to the
//! owner and to nobody else: the asker has its own request's name and nothing that it had not before. The owner consents, to all
//! of the records or to some, refuses, or says nothing, and silence opens nothing. What it consented to it takes back whenever it
//! likes. What a consent shows is decided in [`crate::policy`] alone, and only for as long as the hit itself would be told.
//!
//! A request is an entry of the asker, everything else about it is an entry of the owner, but its withdrawal. What closes holds in
//! whatever order the entries are read, so that every server has the same book.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use crate::agreements::{Duty, FieldGroup, REASONS_CAP, check_codes, check_set, check_texts};
use crate::codes::{CodeList, Database, Purpose, code_list};
use crate::contents::{Content, ContentError};
use crate::dates::{Day, Timestamp};
use crate::entries::Verified;
use crate::faults::{FaultCode, Faults};
use crate::ids::{EntryHash, OrganisationCode, RecordId};
use crate::streams::Position;
use crate::terms::listed;
use crate::text::{LocalText, SHORT_CAP};

code_list!(
    /// Is what somebody does about a request for consent.
    ConsentAct, "consent-act" {
        /// The owner consents.
        1 Give "give",
        /// The owner refuses.
        2 Refuse "refuse",
        /// The owner takes its consent back, or the asker its request.
        3 End "end",
    }
);

code_list!(
    /// Is how a request for consent stands.
    ConsentState, "consent-state" {
        /// The owner has not answered.
        1 Waiting "waiting",
        /// The owner has consented, and its last day has not passed.
        2 Given "given",
        /// The owner has refused.
        3 Refused "refused",
        /// The owner has taken its consent back.
        4 Ended "ended",
        /// The asker has taken its request back, or given up what was consented to.
        5 Withdrawn "withdrawn",
        /// The last day wanted has passed without an answer.
        6 Lapsed "lapsed",
        /// The last day of the consent has passed.
        7 Over "over",
    }
);

/// The most records of one request.
pub const RECORDS_CAP: usize = 20;
/// The most days from the asking to the last day wanted.
pub const DAYS_CAP: i32 = 180;
/// For how many days after a search its hits may be asked about.
pub const ASKED_WITHIN: i32 = 30;
/// The most requests of one organisation to another that wait at once.
pub const WAITING_CAP: usize = 100;
/// The most requests of one organisation to another on one day, whatever became of them.
pub const ASKED_ON_DAY_CAP: usize = 200;

/// Asks the owner of records that were told of as hits for its consent.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct ConsentRequest {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// Whose consent is asked for.
    #[n(1)]
    pub owner: OrganisationCode,
    /// The database.
    #[n(2)]
    pub database: Database,
    /// The records that the hit was about, in their order: for the owner's eyes.
    #[n(3)]
    pub records: Vec<RecordId>,
    /// For what they are wanted.
    #[n(4)]
    pub purpose: Purpose,
    /// The case or lane that they are wanted for.
    #[n(5)]
    pub reference: String,
    /// Why, in the asker's words.
    #[n(6)]
    pub reason: LocalText,
    /// The last day on which they are wanted, in UTC.
    #[n(7)]
    pub until: Day,
    /// The search that told of the hit, by the hash of its line in the asker's journal.
    #[n(8)]
    pub access: EntryHash,
}

/// Answers a request, takes a consent back, or a request.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Consent {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The request, by the hash of its entry.
    #[n(1)]
    pub request: EntryHash,
    /// What is done about it.
    #[n(2)]
    pub act: ConsentAct,
    /// Of a consent: to which of the records, in their order.
    #[cbor(n(3), default, skip_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// Of a consent: what is shown besides what tells a record's subject apart.
    #[cbor(n(4), default, skip_if = "Vec::is_empty")]
    pub fields: Vec<FieldGroup>,
    /// Of a consent: its last day, in UTC.
    #[n(5)]
    pub until: Option<Day>,
    /// Of a consent: what has to be heeded, besides what the handling code says and that nothing is passed on.
    #[cbor(n(6), default, skip_if = "Vec::is_empty")]
    pub duties: Vec<Duty>,
    /// Of a consent: its conditions in words.
    #[cbor(n(7), default, skip_if = "Vec::is_empty")]
    pub conditions: Vec<LocalText>,
    /// Why, in the words of who does it.
    #[n(8)]
    pub reason: Option<LocalText>,
    /// Whether the asker is told why.
    #[cbor(n(9), default, skip_if = "is_false")]
    pub tells: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The subject of requests to an owner.
pub fn asking_subject(owner: OrganisationCode) -> String {
    format!("consent-request:{owner}")
}

/// The subject of what is done about a request.
pub fn consent_subject(request: EntryHash) -> String {
    format!("consent:{request}")
}

impl ConsentRequest {
    /// Checks a request that is made on `today`, and names every fault.
    pub fn check(&self, asker: OrganisationCode, today: Day, faults: &mut Faults) {
        let Self { owner, reason, until, .. } = self;
        check_wanted(asker, *owner, reason, *until, today, faults);
        faults.require(listed(self.database), "database", FaultCode::UnknownCode);
        faults.require(!self.records.is_empty(), "records", FaultCode::Missing);
        check_set("records", &self.records, RECORDS_CAP, faults);
        faults.require(listed(self.purpose), "purpose", FaultCode::UnknownCode);
    }
}

/// Checks what an asker says of its own, before it is known whether there is anything to ask about.
pub fn check_wanted(
    asker: OrganisationCode,
    owner: OrganisationCode,
    reason: &LocalText,
    until: Day,
    today: Day,
    faults: &mut Faults,
) {
    faults.require(owner != asker, "owner", FaultCode::Contradiction);
    check_text("reason", reason, faults);
    faults.require(until >= today, "until", FaultCode::Impossible);
    faults.require(until.days() - today.days() <= DAYS_CAP, "until", FaultCode::TooLong);
}

impl Consent {
    /// Checks what is said about a request on `today`, and names every fault.
    pub fn check(&self, request: &ConsentRequest, today: Day, faults: &mut Faults) {
        faults.require(listed(self.act), "act", FaultCode::UnknownCode);
        let gives = self.act == ConsentAct::Give;
        faults.require(gives != self.records.is_empty(), "records", FaultCode::Missing);
        faults.require(gives == self.until.is_some(), "until", FaultCode::Missing);
        check_set("records", &self.records, RECORDS_CAP, faults);
        let are_asked = self.records.iter().all(|record| request.records.contains(record));
        faults.require(are_asked, "records", FaultCode::Contradiction);
        check_codes("fields", &self.fields, false, faults);
        check_codes("duties", &self.duties, false, faults);
        if let Some(until) = self.until {
            faults.require(until >= today, "until", FaultCode::Impossible);
            // Nobody is given longer than it asked for.
            faults.require(until <= request.until, "until", FaultCode::TooLong);
        }
        if !self.conditions.is_empty() {
            check_texts("conditions", &self.conditions, SHORT_CAP, faults);
            faults.count("conditions", self.conditions.len(), REASONS_CAP);
        }
        let has_terms = !(self.fields.is_empty() && self.duties.is_empty() && self.conditions.is_empty());
        faults.require(gives || !has_terms, "act", FaultCode::Contradiction);
        if let Some(reason) = &self.reason {
            check_text("reason", reason, faults);
        }
        faults.require(!self.tells || self.reason.is_some(), "reason", FaultCode::Missing);
    }
}

fn check_text(place: &str, text: &LocalText, faults: &mut Faults) {
    let tag = crate::text::is_language_tag(&text.language);
    faults.require(tag, format!("{place}.language"), FaultCode::UnknownCode);
    faults.text(format!("{place}.text"), &text.text, SHORT_CAP);
}

/// Is a request as the book has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingRequest {
    /// The hash of its entry, by which it is named.
    pub entry: EntryHash,
    /// Who asks.
    pub asker: OrganisationCode,
    /// Where it stands.
    pub place: Position,
    /// When it was signed, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What it says.
    pub request: ConsentRequest,
}

/// Is what was done about a request, as the book has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandingConsent {
    /// Who did it.
    pub issuer: OrganisationCode,
    /// When it was signed, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Where it stands.
    pub place: Position,
    /// What it says.
    pub consent: Consent,
}

/// Is all requests for consent, and what became of them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ConsentBook {
    requests: BTreeMap<EntryHash, StandingRequest>,
    /// What was done about each request; read before the request too.
    acts: BTreeMap<EntryHash, Vec<StandingConsent>>,
    /// Which requests are about a record that an asker may be shown.
    by_record: BTreeMap<(OrganisationCode, RecordId), BTreeSet<EntryHash>>,
    by_asker: BTreeMap<OrganisationCode, BTreeSet<EntryHash>>,
    by_owner: BTreeMap<OrganisationCode, BTreeSet<EntryHash>>,
}

/// Why an entry does not belong into the book of consents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// The payload can't be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The entry is no request for consent and no answer to one, or opens something with a key that does not count.
    #[error("no request for consent and no answer to one")]
    NotConsent,
}

impl ConsentError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Content(error) => error.code(),
            Self::NotConsent => "consent-unfit",
        }
    }
}

impl ConsentBook {
    /// Takes in an entry that was verified, where it stands: one that asks or answers in a stream of its issuer.
    ///
    /// # Errors
    /// The book is unchanged then.
    pub fn apply(&mut self, entry: &Verified, place: &Position) -> Result<(), ConsentError> {
        self.take_in(entry, place, true)
    }

    /// Takes in what an entry closes, and nothing that it asks for or opens: for entries signed with a key that does not count any
    /// more. Whoever has taken a key must not open anything with it, and what was closed stays closed.
    pub fn apply_restricting(&mut self, entry: &Verified, place: &Position) -> Result<(), ConsentError> {
        self.take_in(entry, place, false)
    }

    fn take_in(&mut self, entry: &Verified, place: &Position, does_count: bool) -> Result<(), ConsentError> {
        let (issuer, at) = (entry.claims().issuer, entry.claims().issued_at);
        if place.stream.organisation != issuer {
            return Err(ConsentError::NotConsent);
        }
        match Content::read(entry)? {
            Content::ConsentRequest(request) if does_count => {
                let (entry, place) = (entry.hash(), *place);
                self.note(StandingRequest { entry, asker: issuer, place, at, request });
            }
            Content::Consent(consent) if does_count || consent.closes() => {
                let of_request = self.acts.entry(consent.request).or_default();
                of_request.push(StandingConsent { issuer, at, place: *place, consent });
            }
            // A type of a later version is kept in the stream and changes nothing here.
            Content::Unknown => {}
            _ => return Err(ConsentError::NotConsent),
        }
        Ok(())
    }

    fn note(&mut self, standing: StandingRequest) {
        let entry = standing.entry;
        for record in &standing.request.records {
            self.by_record.entry((standing.asker, *record)).or_default().insert(entry);
        }
        self.by_asker.entry(standing.asker).or_default().insert(entry);
        self.by_owner.entry(standing.request.owner).or_default().insert(entry);
        self.requests.insert(entry, standing);
    }

    /// A request by its name.
    pub fn request(&self, entry: EntryHash) -> Option<&StandingRequest> {
        self.requests.get(&entry)
    }

    /// The requests of an organisation, newest first.
    pub fn asked_by(&self, asker: OrganisationCode) -> Vec<&StandingRequest> {
        self.newest_first(self.by_asker.get(&asker))
    }

    /// The requests to an organisation, newest first.
    pub fn addressed_to(&self, owner: OrganisationCode) -> Vec<&StandingRequest> {
        self.newest_first(self.by_owner.get(&owner))
    }

    fn newest_first(&self, entries: Option<&BTreeSet<EntryHash>>) -> Vec<&StandingRequest> {
        let found = entries.into_iter().flatten().filter_map(|entry| self.requests.get(entry));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|standing| std::cmp::Reverse((standing.at, standing.place)));
        found
    }

    /// What one organisation did about a request, in whatever order it was read.
    fn acts_of(
        &self,
        request: EntryHash,
        issuer: OrganisationCode,
    ) -> impl Iterator<Item = &StandingConsent> {
        self.acts.get(&request).into_iter().flatten().filter(move |act| act.issuer == issuer)
    }

    fn did(&self, request: EntryHash, issuer: OrganisationCode, what: ConsentAct) -> bool {
        self.acts_of(request, issuer).any(|act| act.consent.act == what)
    }

    /// The consent of the owner to a request, whether it still holds or not. Of two that two servers took in at once, the earlier.
    pub fn given(&self, standing: &StandingRequest) -> Option<&StandingConsent> {
        let given = self.acts_of(standing.entry, standing.request.owner);
        let given = given.filter(|act| act.consent.act == ConsentAct::Give);
        given.min_by_key(|act| (act.at, act.place))
    }

    /// Why the owner refused or ended, where the asker is told.
    pub fn reason_told(&self, standing: &StandingRequest) -> Option<&LocalText> {
        let closing = self.acts_of(standing.entry, standing.request.owner);
        let told = closing.filter(|act| act.consent.closes() && act.consent.tells);
        told.min_by_key(|act| (act.at, act.place)).and_then(|act| act.consent.reason.as_ref())
    }

    /// Why the owner refused or ended, as it wrote for itself or for the asker.
    pub fn reason_noted(&self, standing: &StandingRequest) -> Option<&LocalText> {
        let closing = self.acts_of(standing.entry, standing.request.owner);
        let closing = closing.filter(|act| act.consent.closes());
        closing.min_by_key(|act| (act.at, act.place)).and_then(|act| act.consent.reason.as_ref())
    }

    /// How a request stands on a day. What was closed stays closed, whatever else was said.
    pub fn state(&self, standing: &StandingRequest, today: Day) -> ConsentState {
        let (entry, owner) = (standing.entry, standing.request.owner);
        if self.did(entry, owner, ConsentAct::Refuse) {
            return ConsentState::Refused;
        }
        if self.did(entry, owner, ConsentAct::End) {
            return ConsentState::Ended;
        }
        if self.did(entry, standing.asker, ConsentAct::End) {
            return ConsentState::Withdrawn;
        }
        match self.given(standing) {
            Some(given) if today <= given.last_day(standing) => ConsentState::Given,
            Some(_) => ConsentState::Over,
            None if today <= standing.request.until => ConsentState::Waiting,
            None => ConsentState::Lapsed,
        }
    }

    /// What owners consented to show an asker of one of their records for a purpose, as it holds on a day.
    pub fn in_force(
        &self,
        asker: OrganisationCode,
        owner: OrganisationCode,
        record: RecordId,
        purpose: Purpose,
        today: Day,
    ) -> impl Iterator<Item = (EntryHash, &Consent)> {
        let requests = self.by_record.get(&(asker, record)).into_iter().flatten();
        requests.filter_map(move |entry| {
            let standing = self.requests.get(entry)?;
            let is_for = standing.request.purpose == purpose && standing.request.owner == owner;
            if !is_for || self.state(standing, today) != ConsentState::Given {
                return None;
            }
            let given = &self.given(standing)?.consent;
            given.records.contains(&record).then_some((*entry, given))
        })
    }

    /// How many requests of an organisation to another wait on a day.
    pub fn waiting(&self, asker: OrganisationCode, owner: OrganisationCode, today: Day) -> usize {
        let asked = self.by_asker.get(&asker).into_iter().flatten();
        let asked = asked.filter_map(|entry| self.requests.get(entry));
        let waits = |standing: &&StandingRequest| {
            standing.request.owner == owner && self.state(standing, today) == ConsentState::Waiting
        };
        asked.filter(waits).count()
    }

    /// How many requests of an organisation to another were stated on a day, however they stand.
    pub fn asked_on(&self, asker: OrganisationCode, owner: OrganisationCode, day: Day) -> usize {
        let asked = self.by_asker.get(&asker).into_iter().flatten();
        let asked = asked.filter_map(|entry| self.requests.get(entry));
        let of_day = |standing: &&StandingRequest| {
            standing.request.owner == owner && Timestamp::from_seconds(standing.at).day() == day
        };
        asked.filter(of_day).count()
    }

    /// Tells whether an organisation's request waits that is about the same hit of the same search.
    pub fn waits_for(
        &self,
        asker: OrganisationCode,
        owner: OrganisationCode,
        database: Database,
        access: EntryHash,
        today: Day,
    ) -> bool {
        let asked = self.by_asker.get(&asker).into_iter().flatten();
        let mut asked = asked.filter_map(|entry| self.requests.get(entry));
        asked.any(|standing| {
            let request = &standing.request;
            (request.owner, request.database, request.access) == (owner, database, access)
                && self.state(standing, today) == ConsentState::Waiting
        })
    }
}

impl StandingConsent {
    /// The last day of a consent: never later than was asked for.
    pub fn last_day(&self, standing: &StandingRequest) -> Day {
        self.consent.until.map_or(standing.request.until, |until| until.min(standing.request.until))
    }
}

impl Consent {
    /// Tells whether it closes something. An act of a later version opens nothing and closes nothing.
    pub fn closes(&self) -> bool {
        match self.act {
            ConsentAct::Refuse | ConsentAct::End => true,
            ConsentAct::Give | ConsentAct::Unlisted(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
