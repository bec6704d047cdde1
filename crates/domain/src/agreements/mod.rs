//! Agreements: whose records may be asked by whom, for what, how far, and until when.
//!
//! The text of an agreement is one entry, signed by the party that proposes it; it never changes, and the entry's hash
//! names it. Everything else is an act of one party, an entry signed by that party alone: it signs the text, declines it,
//! suspends its part, takes that up again, ends it, takes its records out of a grant, puts them back. A text is in force
//! once every party has signed it, and from then on the signed text itself is the rule that [`crate::policy`] decides by.
//!
//! A party speaks for itself only. Who suspends or ends its part takes its records out of the agreement and gives up what
//! it was granted, at once; among the others the agreement goes on (compare the Vienna Convention on the Law of Treaties,
//! articles 55, 58 and 70).

mod book;
mod compare;

use minicbor::{Decode, Encode};

use crate::codes::{Classification, CodeList, Database, Handling, Purpose, code_list};
use crate::dates::Day;
use crate::faults::{FaultCode, Faults};
use crate::ids::{AgreementId, EntryHash, OrganisationCode};
use crate::terms::listed;
use crate::text::{LONG_CAP, LocalText, SHORT_CAP};

pub use book::{
    AgreementBook, AgreementError, AgreementsInForce, GrantInForce, PartyAct, PartyStanding, PartyState,
    TextStanding, TextState,
};
pub use compare::{Change, Part, compare};

code_list!(
    /// Is what a grant lets its recipients do.
    GrantedOperation, "granted-operation" {
        /// Learn that there is a record, and whose, and nothing else.
        1 HitNoHit "hit-no-hit",
        /// Search, and see candidates with their reasons.
        2 Candidates "candidates",
        /// Open a record.
        3 Open "open",
        /// Keep a copy for the front line.
        4 Copy "copy",
        /// Enter records of its own into the database.
        5 Submit "submit",
        /// Propose a change of a record to its owner.
        6 Propose "propose",
    }
);
code_list!(
    /// Is a group of fields that a grant shows or keeps back; what tells a record's subject apart is always shown.
    FieldGroup, "field-group" {
        /// The documents a person holds, and the numbers by which other systems know the person or thing.
        1 Documents "documents",
        /// The offences.
        2 Offences "offences",
        /// What a person looks like and does; titles and functions.
        3 Descriptions "descriptions",
        /// Where a person lives, lived or was seen.
        4 Addresses "addresses",
        /// Remarks in free text, and where the owner has the record from.
        5 Remarks "remarks",
        /// Photographs and scans.
        6 Images "images",
        /// The fields of an object beyond those that tell it apart; of a travel document why and when.
        7 Details "details",
    }
);
code_list!(
    /// Is what who was shown a record has to do, or to leave.
    Duty, "duty" {
        /// Use it for preventing and combating crime only.
        1 PoliceUseOnly "police-use-only",
        /// Not in judicial proceedings without the owner's permission.
        2 NoJudicialUse "no-judicial-use",
        /// Not passed on without the owner's permission.
        3 NoOnwardTransfer "no-onward-transfer",
        /// Heed the conditions that the record is shown with.
        4 HeedConditions "heed-conditions",
        /// Confirm with the owner before anything is done about it.
        5 ConfirmWithOwner "confirm-with-owner",
        /// Delete what was taken over when the agreement ends.
        6 DeleteAtEnd "delete-at-end",
        /// Report to the owner what it was used for.
        7 ReportUse "report-use",
    }
);
code_list!(
    /// Is what a party does about an agreement.
    AgreementStep, "agreement-step" {
        /// Signs the text.
        1 Sign "sign",
        /// Says that it will not sign the text.
        2 Decline "decline",
        /// Takes its part out of force for now.
        3 Suspend "suspend",
        /// Puts its part back into force.
        4 Resume "resume",
        /// Ends its part, for good.
        5 End "end",
        /// Takes its records out of a grant.
        6 OptOut "opt-out",
        /// Puts its records back into a grant.
        7 OptIn "opt-in",
    }
);

/// The most parties of an agreement.
pub const PARTIES_CAP: usize = 250;
/// The most clauses of an agreement.
pub const CLAUSES_CAP: usize = 200;
/// The most grants of an agreement.
pub const GRANTS_CAP: usize = 50;
/// The most languages of a title or a clause.
pub const LANGUAGES_CAP: usize = 20;
/// The most languages in which a reason is given.
pub const REASONS_CAP: usize = 7;
/// The most days an agreement may run: ten years. Who wants longer signs again.
pub const DAYS_CAP: i32 = 10 * 366;
/// The most versions of an agreement.
pub const VERSIONS_CAP: u32 = 1_000;
/// The largest daily cap of a grant, in searches of one organisation.
pub const DAILY_CAP_MOST: u32 = 10_000_000;

/// Is the text of an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Agreement {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The agreement, the same through all its versions.
    #[n(1)]
    pub agreement: AgreementId,
    /// The number of the version, from 1.
    #[n(2)]
    pub version: u32,
    /// The text that this one is to take the place of; absent for version 1.
    #[n(3)]
    pub amends: Option<EntryHash>,
    /// What it is called, in one language or several.
    #[n(4)]
    pub titles: Vec<LocalText>,
    /// The parties, in the order of their codes, shorter ones first; the proposer is one of them.
    #[n(5)]
    pub parties: Vec<OrganisationCode>,
    /// The first day of its period, in UTC.
    #[n(6)]
    pub from: Day,
    /// The last day of its period, in UTC.
    #[n(7)]
    pub until: Day,
    /// What it says in words.
    #[cbor(n(8), default, skip_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// What it grants.
    #[cbor(n(9), default, skip_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// Is a clause in words.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Clause {
    /// Its number, by which people speak of it; from 1.
    #[n(0)]
    pub number: u32,
    /// Its words, in one language or several.
    #[n(1)]
    pub texts: Vec<LocalText>,
}

/// Is a grant: what some parties may do with records of others.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// Its number, from 1. An opt-out is from a number and holds through all versions of the agreement.
    #[n(0)]
    pub number: u32,
    /// Who is granted it.
    #[n(1)]
    pub recipients: Vec<OrganisationCode>,
    /// Whose records it is about.
    #[n(2)]
    pub owners: Vec<OrganisationCode>,
    /// The databases.
    #[n(3)]
    pub databases: Vec<Database>,
    /// What may be done.
    #[n(4)]
    pub operations: Vec<GrantedOperation>,
    /// What is shown besides what tells a record's subject apart.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub fields: Vec<FieldGroup>,
    /// The purposes of searches it is for.
    #[n(6)]
    pub purposes: Vec<Purpose>,
    /// The purposes for which the records are held.
    #[n(7)]
    pub held: Vec<Purpose>,
    /// The handling codes of the records.
    #[n(8)]
    pub handling: Vec<Handling>,
    /// The highest classification of the records.
    #[n(9)]
    pub classification: Classification,
    /// The most searches of one recipient in one day, in UTC.
    #[n(10)]
    pub daily_cap: u32,
    /// What the recipients have to heed, besides what the handling code of a record says.
    #[cbor(n(11), default, skip_if = "Vec::is_empty")]
    pub duties: Vec<Duty>,
}

/// Is an act of one party about an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct AgreementAct {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The agreement.
    #[n(1)]
    pub agreement: AgreementId,
    /// The text that the party had before it.
    #[n(2)]
    pub text: EntryHash,
    /// What it does.
    #[n(3)]
    pub step: AgreementStep,
    /// The number of the grant, for an opt-out and its end.
    #[n(4)]
    pub grant: Option<u32>,
    /// Why, in its own words.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub reasons: Vec<LocalText>,
}

/// The subject of entries about an agreement.
pub fn agreement_subject(agreement: AgreementId) -> String {
    format!("agreement:{agreement}")
}

impl Agreement {
    /// Checks a text that is proposed on `today`, and names every fault.
    pub fn check(&self, today: Day, faults: &mut Faults) {
        faults.require((1..=VERSIONS_CAP).contains(&self.version), "version", FaultCode::Impossible);
        check_texts("titles", &self.titles, SHORT_CAP, faults);
        faults.require(self.parties.len() >= 2, "parties", FaultCode::Missing);
        check_set("parties", &self.parties, PARTIES_CAP, faults);
        faults.require(self.until >= self.from, "until", FaultCode::Contradiction);
        faults.require(self.until >= today, "until", FaultCode::Impossible);
        faults.require(self.until.days() - self.from.days() <= DAYS_CAP, "until", FaultCode::TooLong);
        faults.count("clauses", self.clauses.len(), CLAUSES_CAP);
        faults.count("grants", self.grants.len(), GRANTS_CAP);
        faults.require(!self.grants.is_empty() || !self.clauses.is_empty(), "grants", FaultCode::Missing);
        for (i, clause) in self.clauses.iter().enumerate().take(CLAUSES_CAP) {
            let place = format!("clauses[{i}]");
            let follows = i == 0 || self.clauses[i - 1].number < clause.number;
            faults.require(clause.number > 0 && follows, format!("{place}.number"), FaultCode::Duplicate);
            check_texts(&format!("{place}.texts"), &clause.texts, LONG_CAP, faults);
        }
        for (i, grant) in self.grants.iter().enumerate().take(GRANTS_CAP) {
            let place = format!("grants[{i}]");
            let follows = i == 0 || self.grants[i - 1].number < grant.number;
            faults.require(grant.number > 0 && follows, format!("{place}.number"), FaultCode::Duplicate);
            grant.check(&place, &self.parties, faults);
        }
    }

    /// The grant of a number.
    pub fn grant(&self, number: u32) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.number == number)
    }
}

impl Grant {
    fn check(&self, place: &str, parties: &[OrganisationCode], faults: &mut Faults) {
        let at = |field: &str| format!("{place}.{field}");
        for (field, organisations) in [("recipients", &self.recipients), ("owners", &self.owners)] {
            faults.require(!organisations.is_empty(), at(field), FaultCode::Missing);
            check_set(&at(field), organisations, PARTIES_CAP, faults);
            // Nobody's records are granted, and nobody is bound, but who signs.
            let are_parties = organisations.iter().all(|code| parties.contains(code));
            faults.require(are_parties, at(field), FaultCode::Contradiction);
        }
        let only_to_itself = self.recipients == self.owners && self.owners.len() == 1;
        faults.require(!only_to_itself, at("recipients"), FaultCode::Contradiction);
        check_codes(&at("databases"), &self.databases, true, faults);
        check_codes(&at("operations"), &self.operations, true, faults);
        check_codes(&at("fields"), &self.fields, false, faults);
        check_codes(&at("purposes"), &self.purposes, true, faults);
        check_codes(&at("held"), &self.held, true, faults);
        check_codes(&at("handling"), &self.handling, true, faults);
        check_codes(&at("duties"), &self.duties, false, faults);
        faults.require(listed(self.classification), at("classification"), FaultCode::UnknownCode);
        faults.require(
            (1..=DAILY_CAP_MOST).contains(&self.daily_cap),
            at("daily_cap"),
            FaultCode::Impossible,
        );
        // The exchange looks at itself by its own right, and exercises stay among themselves.
        let apart = [Purpose::Oversight, Purpose::OutsideReference];
        let is_apart = |purpose: &Purpose| apart.contains(purpose);
        faults.require(!self.purposes.iter().any(is_apart), at("purposes"), FaultCode::NotEntitled);
        faults.require(!self.held.iter().any(is_apart), at("held"), FaultCode::NotEntitled);
        let needs_candidates = self.operations.iter().any(|operation| {
            matches!(operation, GrantedOperation::Open | GrantedOperation::Copy | GrantedOperation::Propose)
        });
        let has_candidates = self.operations.contains(&GrantedOperation::Candidates);
        faults.require(!needs_candidates || has_candidates, at("operations"), FaultCode::Contradiction);
        let hit_alone = self.operations.contains(&GrantedOperation::HitNoHit) && has_candidates;
        faults.require(!hit_alone, at("operations"), FaultCode::Contradiction);
        let shows_fields = has_candidates || self.fields.is_empty();
        faults.require(shows_fields, at("fields"), FaultCode::Contradiction);
    }
}

impl AgreementAct {
    /// Checks what can be checked without the agreement, and names every fault.
    pub fn check(&self, faults: &mut Faults) {
        faults.require(listed(self.step), "step", FaultCode::UnknownCode);
        let is_of_grant = matches!(self.step, AgreementStep::OptOut | AgreementStep::OptIn);
        let fault = if is_of_grant { FaultCode::Missing } else { FaultCode::Contradiction };
        faults.require(is_of_grant == self.grant.is_some(), "grant", fault);
        if !self.reasons.is_empty() {
            check_texts("reasons", &self.reasons, SHORT_CAP, faults);
            faults.count("reasons", self.reasons.len(), REASONS_CAP);
        }
    }
}

pub(crate) fn check_texts(place: &str, texts: &[LocalText], cap: usize, faults: &mut Faults) {
    faults.require(!texts.is_empty(), place, FaultCode::Missing);
    faults.count(place, texts.len(), LANGUAGES_CAP);
    for (i, text) in texts.iter().enumerate().take(LANGUAGES_CAP) {
        let tag = crate::text::is_language_tag(&text.language);
        faults.require(tag, format!("{place}[{i}].language"), FaultCode::UnknownCode);
        faults.text(format!("{place}[{i}].text"), &text.text, cap);
        let twice = texts[..i].iter().any(|earlier| earlier.language == text.language);
        faults.require(!twice, format!("{place}[{i}].language"), FaultCode::Duplicate);
    }
}

/// One writing of a set: in order, each once.
pub(crate) fn check_set<T: Ord>(place: &str, items: &[T], cap: usize, faults: &mut Faults) {
    faults.count(place, items.len(), cap);
    faults.require(items.is_sorted_by(|a, b| a < b), place, FaultCode::Duplicate);
}

pub(crate) fn check_codes<T: CodeList + Ord>(place: &str, codes: &[T], mandatory: bool, faults: &mut Faults) {
    faults.require(!mandatory || !codes.is_empty(), place, FaultCode::Missing);
    check_set(place, codes, T::LISTED.len(), faults);
    faults.require(codes.iter().all(|code| listed(*code)), place, FaultCode::UnknownCode);
}

#[cfg(test)]
mod tests;
