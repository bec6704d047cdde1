//! The journal's lines: who did what, when, why, with what outcome.
//!
//! A write's line is committed in the same transaction as what it writes; a search's or an opening's line is on disk
//! before the act begins (invariant 5). Every line becomes a leaf of its organisation's access stream. Lines hold
//! personal data (what was asked), so they are sealed wherever they are kept.

use minicbor::{Decode, Encode};

use crate::codes::{CodeList, Purpose, code_list};
use crate::dates::Timestamp;
use crate::ids::{ActId, EntryHash, OrganisationCode, RecordId};
use crate::policy::GrantName;

code_list!(
    /// Is what an actor did.
    Operation, "operation" {
        /// Looked for persons by name.
        1 SearchPersons "search-persons",
        /// Looked for a document by number.
        2 SearchDocuments "search-documents",
        /// Opened one record.
        3 OpenRecord "open-record",
        /// Entered or changed a record.
        4 SubmitRecord "submit-record",
        /// Withdrew a record.
        5 WithdrawRecord "withdraw-record",
        /// Imported a list.
        6 ImportList "import-list",
        /// Changed the registry.
        7 ChangeRegistry "change-registry",
        /// Took out a proof.
        8 ExportProof "export-proof",
        /// Erased a record.
        9 EraseRecord "erase-record",
        /// Asked whether an own write landed.
        10 AskOutcome "ask-outcome",
        /// Typed or scanned something the exchange then recognised (name, number or MRZ).
        11 SearchAnything "search-anything",
        /// Began anew after a restore.
        12 Restore "restore",
        /// Read the list of organisations or streams.
        13 ReadRegistry "read-registry",
        /// Screened rows of a list; each row searched for has lines of its own besides.
        14 ScreenList "screen-list",
        /// Screened a text for what is known.
        15 ScreenText "screen-text",
        /// Looked at the links of a record, or at two records to link them.
        16 ReadLinks "read-links",
        /// Read the agreements of its organisation.
        17 ReadAgreements "read-agreements",
        /// Proposed the text of an agreement.
        18 ProposeAgreement "propose-agreement",
        /// Signed, declined, suspended, resumed or ended an agreement, or opted out of a grant or in again.
        19 ActOnAgreement "act-on-agreement",
        /// Handed in a picture, for a record to come.
        20 KeepImage "keep-image",
        /// Opened a picture of a record.
        21 OpenImage "open-image",
        /// Dropped pictures that no record took up.
        22 DropImages "drop-images",
        /// Ordered something about a record, as the commission.
        23 IssueOrder "issue-order",
        /// Read the orders about records of its organisation, or all of them as the commission.
        24 ReadOrders "read-orders",
        /// Attested that its node obeyed an order.
        25 AttestOrder "attest-order",
        /// Said whom records of its organisation are shown to.
        26 RestrictRecords "restrict-records",
        /// Read whom records of its organisation are shown to.
        27 ReadRestrictions "read-restrictions",
        /// Changed whom this node asks for countersignatures, or which ledgers it countersigns.
        28 ChangeCountersigning "change-countersigning",
        /// Kept a checkpoint: of this node's epochs, with a countersignature or without, or one of another node that it countersigns.
        29 KeepCheckpoint "keep-checkpoint",
        /// Took in a request of a person, as the commission.
        30 TakeInRequest "take-in-request",
        /// Took a step about a request of a person, as the commission.
        31 StepRequest "step-request",
        /// Read requests of persons, as the commission.
        32 ReadRequests "read-requests",
        /// Read what its organisation was asked about its records.
        33 ReadConsultations "read-consultations",
        /// Answered what its organisation was asked about a record.
        34 AnswerConsultation "answer-consultation",
        /// Read the list of its organisation's records that are to be reviewed.
        35 ReadReviews "read-reviews",
        /// Kept or withdrew records at their review.
        36 DecideReviews "decide-reviews",
        /// Attested that its node erased records.
        37 AttestErasure "attest-erasure",
        /// Read who of an organisation did what.
        51 ReadAccesses "read-accesses",
        /// Noted that something is out of the ordinary.
        52 RaiseAlarm "raise-alarm",
        /// Read the list of alarms.
        53 ReadAlarms "read-alarms",
        /// Said what an alarm was looked at to be.
        54 DecideAlarm "decide-alarm",
        /// Said of a record that no honest work would open it, or that it is none such any more.
        55 MarkCanary "mark-canary",
        /// Read which records its organisation marked so.
        56 ReadCanaries "read-canaries",
        /// Asked the owner of hits for its consent to show them.
        60 AskConsent "ask-consent",
        /// Consented to what another asked for, or refused it.
        61 AnswerConsent "answer-consent",
        /// Read the requests for consent of its organisation, or those addressed to it.
        62 ReadConsents "read-consents",
        /// Took a consent back, or a request for one.
        63 EndConsent "end-consent",
        /// Read who tried to enter somebody again whom the commission ordered not to, as the commission.
        38 ReadReEntries "read-re-entries",
        /// Marked a record of its organisation: the person at the desk may be another one.
        39 MarkRecord "mark-record",
        /// Lifted a mark of its organisation.
        40 LiftMark "lift-mark",
        /// Read the list of its organisation's officers, or of its entities.
        41 ReadPeople "read-people",
        /// Made or changed an officer's account or an entity.
        42 ChangePeople "change-people",
        /// Enrolled: chose what to sign in with.
        43 Enrol "enrol",
        /// Signed in.
        44 SignIn "sign-in",
        /// Signed out, or read its own sessions.
        45 SignOut "sign-out",
    }
);
code_list!(
    /// Is how far an act got when its line was written.
    Phase, "phase" {
        /// Written before the act begins.
        1 Begun "begun",
        /// Written when the act ended.
        2 Ended "ended",
        /// Written in the transaction of a write.
        3 Committed "committed",
        /// Written when an act was refused.
        4 Refused "refused",
    }
);

/// Is who acts: an officer or a service of an organisation.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Actor {
    /// The organisation acted for.
    #[n(0)]
    pub organisation: OrganisationCode,
    /// The officer's or service's name within it: 1 to 60 of `a-z 0-9 . _ -`.
    #[n(1)]
    pub officer: String,
}

/// Is one line of the journal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct JournalLine {
    /// 32 random bytes, so that the line's leaf can't be guessed from its content.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The act; its begun and ended lines share it.
    #[n(1)]
    pub act: ActId,
    /// How far it got.
    #[n(2)]
    pub phase: Phase,
    /// When.
    #[n(3)]
    pub at: Timestamp,
    /// Who.
    #[n(4)]
    pub actor: Actor,
    /// What.
    #[n(5)]
    pub operation: Operation,
    /// Why, as a code.
    #[n(6)]
    pub purpose: Purpose,
    /// Why, as the case or lane the officer names; at most 100 characters.
    #[n(7)]
    pub reference: String,
    /// The version of the policy that decided.
    #[n(8)]
    pub policy_version: u32,
    /// What was asked, as typed.
    #[n(9)]
    pub asked: Option<String>,
    /// The record it was about.
    #[n(10)]
    pub record: Option<RecordId>,
    /// The records shown, or the entries written.
    #[cbor(n(11), default, skip_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// The entries written.
    #[cbor(n(12), default, skip_if = "Vec::is_empty")]
    pub entries: Vec<EntryHash>,
    /// The code of the refusal, where refused.
    #[n(13)]
    pub refusal: Option<String>,
    /// The grants of agreements that the act was decided with.
    #[cbor(n(14), default, skip_if = "Vec::is_empty")]
    pub grants: Vec<GrantName>,
    /// The records of which was told only that they are there.
    #[cbor(n(15), default, skip_if = "Vec::is_empty")]
    pub hits: Vec<RecordId>,
    /// The consents of owners that let something be shown, by their requests.
    #[cbor(n(16), default, skip_if = "Vec::is_empty")]
    pub consents: Vec<EntryHash>,
}

/// The longest reference, in characters.
pub const REFERENCE_CAP: usize = 100;
/// The longest line, in bytes as encoded.
pub const LINE_BYTES_CAP: usize = 64 * 1024;

impl JournalLine {
    /// Encodes the line deterministically (RFC 8949 4.2.1): these bytes are what the leaf is made of.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing into a Vec can't fail and the derived encoder has no other errors.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads a line back; `None` when the bytes are not one or are over [`LINE_BYTES_CAP`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LINE_BYTES_CAP {
            return None;
        }
        minicbor::decode(bytes).ok()
    }

    /// The SHA-256 of the encoded line: what stands in the access stream.
    pub fn hash(&self) -> EntryHash {
        use sha2::Digest;
        EntryHash(sha2::Sha256::digest(self.to_bytes()).into())
    }
}

impl Actor {
    /// Makes an actor; `None` unless the officer's name has the allowed shape.
    pub fn new(organisation: OrganisationCode, officer: &str) -> Option<Self> {
        let fits = (1..=60).contains(&officer.len())
            && officer.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        fits.then(|| Self { organisation, officer: officer.to_owned() })
    }
}

/// Tells whether a phase ends its act.
pub fn is_final(phase: Phase) -> bool {
    match phase {
        Phase::Begun => false,
        Phase::Ended | Phase::Committed | Phase::Refused | Phase::Unlisted(_) => true,
    }
}

/// The names of the operations, for documents and tests.
pub fn operation_names() -> impl Iterator<Item = &'static str> {
    Operation::LISTED.iter().map(|(_, name)| *name)
}
