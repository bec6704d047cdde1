//! What use cases answer.

use barid_domain::agreements::{Duty, FieldGroup};
use barid_domain::codes::{
    Database, DocumentType, Handling, IdentifierKind, InformationGrade, PersonStatus, Sex, SourceGrade,
};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Timestamp};
use barid_domain::ids::{ActId, EntryHash, ImageHash, OrganisationCode, RecordId};
use barid_domain::images::{Image, ImageFacts};
use barid_domain::links::{Link, LinkKind};
use barid_domain::objects::Object;
use barid_domain::objects::codes::{GroupStatus, ObjectStatus};
use barid_domain::persons::Person;
use barid_domain::policy::{GrantName, Mask};
use barid_domain::registry::Custody;
use barid_domain::streams::{Position, StreamId};
use barid_domain::terms::Terms;
use barid_domain::text::LocalText;
use barid_domain::travel_documents::TravelDocument;
use barid_domain::typed_births::AskedBirth;
use barid_search::features::Agreement;
use barid_search::link_index::LinkPlace;

use crate::marks::Said;

/// Is what was typed or scanned, or asked field by field.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// One box: a name in any script, a document number, a source's reference (`QDi.345`) or a machine-readable zone;
    /// what it is gets recognised.
    pub text: Option<String>,
    /// A name, when the caller knows that it is one.
    pub name: Option<String>,
    /// A document number, when the caller knows that it is one.
    pub document_number: Option<String>,
    /// The issuing country of the document.
    pub issuing_country: Option<CountryCode>,
    /// A date of birth as typed, whole or in part, in any calendar that [`AskedBirth`] reads.
    pub birth: Option<String>,
    /// A nationality.
    pub nationality: Option<CountryCode>,
    /// A sex.
    pub sex: Option<Sex>,
    /// A place of birth; pieces between commas, a three-letter code is a country.
    pub birth_place: Option<String>,
    /// The most candidates, 1 to 50; 10 when absent.
    pub limit: Option<u32>,
}

/// Is how a query was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// As a name.
    Name,
    /// As a document number.
    DocumentNumber,
    /// As a machine-readable zone.
    MachineReadableZone,
}

/// Is the answer to a search.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// The act.
    pub act: ActId,
    /// The hash of the act's line in the journal, by which the access can be proved later.
    pub access: EntryHash,
    /// How the query was understood.
    pub recognised: Recognised,
    /// What a scanned zone says about its own soundness, as codes (`mrz-check-digit:number`).
    pub remarks: Vec<String>,
    /// How the date of birth was read; `None` when there was none, or no person was looked for by name.
    pub birth: Option<AskedBirth>,
    /// The threshold above which a name candidate is an alert.
    pub alert_threshold: f32,
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// Where there are records of which no more may be told than that, in the order of databases and owners.
    pub hits: Vec<HitNoHit>,
    /// Grants whose daily cap is reached: what these show was not looked for.
    pub caps_reached: Vec<GrantName>,
}

/// Says that an organisation has a record in a database which would be an alert, and nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HitNoHit {
    /// The database.
    pub database: Database,
    /// Whose record it is: who can be asked.
    pub owner: OrganisationCode,
}

/// Is a candidate: found by the engine, declared by nobody.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The record; opening it is a second act.
    pub record: RecordId,
    /// The database.
    pub database: Database,
    /// The organisation that supplied it.
    pub owner: OrganisationCode,
    /// Where the owner has it from.
    pub provenance: Option<String>,
    /// The source's reference number, by which people speak of the record.
    pub reference: Option<String>,
    /// 0 to 1; one meaning in every script pair.
    pub score: f32,
    /// Whether the score is above the alert threshold.
    pub alert: bool,
    /// The name that was found, for a person found by number alone the first one; or the folded number of a document that
    /// was reported.
    pub found: String,
    /// What is stated about a person.
    pub statuses: Vec<PersonStatus>,
    /// What befell a document.
    pub fraud: Option<barid_domain::codes::FraudType>,
    /// The type of a document.
    pub document_type: Option<barid_domain::codes::DocumentType>,
    /// The country that issued a document.
    pub issuing_country: Option<barid_domain::countries::CountryCode>,
    /// What befell an object.
    pub object_status: Option<ObjectStatus>,
    /// What is stated about a group.
    pub group_statuses: Vec<GroupStatus>,
    /// The numbers by which it was found, each compared in clear with the record.
    pub numbers: Vec<NumberReason>,
    /// Why it is a candidate, feature by feature.
    pub reasons: Vec<barid_search::person_index::Reason>,
    /// Why a group is a candidate by its name, part by part.
    pub name_parts: Vec<barid_search::group_index::GroupReason>,
    /// Whether this is a namesake: by everything but the date of birth it would be an alert, and the date contradicts.
    pub cleared_by_birth: bool,
    /// Whether the record belongs to an exercise.
    pub exercise: bool,
    /// How the record is handled.
    pub handling: Handling,
    /// What has to be heeded.
    pub duties: Vec<Duty>,
    /// What is said of the record besides what it states.
    pub said: Said,
    /// Whether an agreement shows a part of it only.
    pub is_partial: bool,
}

/// Is a number of a record that is the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberReason {
    /// The number of a document that the person holds or held.
    Document {
        /// Its type.
        document_type: DocumentType,
        /// The number as recorded.
        number: String,
        /// The issuing country as recorded.
        issuing_country: Option<CountryCode>,
        /// How that compares with the country asked for.
        agreement: Agreement,
    },
    /// A number of an object.
    Identifier {
        /// Its kind.
        kind: IdentifierKind,
        /// The number as recorded; of a range its ends.
        number: String,
        /// The country that gave it, as recorded.
        country: Option<CountryCode>,
        /// How that compares with the country asked for.
        agreement: Agreement,
    },
    /// The reference by which its source speaks of the person.
    Reference {
        /// The source.
        source: String,
        /// The reference as recorded.
        reference: String,
    },
}

/// Is what stands in an opened record.
#[derive(Clone, Debug)]
pub enum Statement {
    /// A person.
    Person(Box<Person>),
    /// A travel document, single or out of a batch.
    TravelDocument(TravelDocument),
    /// An object.
    Object(Box<Object>),
    /// A link between two records.
    Link(Box<Link>),
}

/// Is a link as it is shown at one of its records.
#[derive(Clone, Debug)]
pub struct ShownLink {
    /// The link, a record of its own.
    pub link: RecordId,
    /// What it says, read from its first record to its second.
    pub kind: LinkKind,
    /// Whether the record it is shown at is the first one.
    pub leads_away: bool,
    /// The other record.
    pub other: RecordId,
    /// Its database.
    pub other_database: Database,
    /// What the other record goes by: its first name, its number.
    pub other_found: String,
    /// Whether the other record has changed since the link was stated.
    pub other_changed: bool,
    /// Who states it.
    pub owner: OrganisationCode,
    /// How good its source is.
    pub source_grade: SourceGrade,
    /// How good the information is.
    pub information_grade: InformationGrade,
    /// What may be done with it.
    pub handling: Handling,
    /// Since when.
    pub since: Option<DateInterval>,
    /// Until when.
    pub until: Option<DateInterval>,
    /// What else is stated.
    pub remarks: Vec<LocalText>,
    /// The entry that stands.
    pub entry: EntryHash,
    /// Whether it belongs to an exercise.
    pub exercise: bool,
}

/// Is a page of the links of a record.
#[derive(Clone, Debug)]
pub struct LinkPage {
    /// The links, those first that say who is the same or another.
    pub links: Vec<ShownLink>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<LinkPlace>,
}

/// Is an opened record, verified before it is shown.
#[derive(Clone, Debug)]
pub struct OpenedRecord {
    /// The act of opening.
    pub act: ActId,
    /// The hash of the act's line in the journal, by which the access can be proved later.
    pub access: EntryHash,
    /// The record.
    pub record: RecordId,
    /// The number of the version; 1 for items of a batch.
    pub version: u32,
    /// The database.
    pub database: Database,
    /// The organisation that supplied it, and who keeps its keys.
    pub owner: OrganisationCode,
    /// Who keeps the owner's keys.
    pub custody: Custody,
    /// The terms.
    pub terms: Terms,
    /// What is stated.
    pub statement: Statement,
    /// The first of its links; `None` where it is a link itself, and while the index does not stand yet: then they are not
    /// known.
    pub links: Option<LinkPage>,
    /// The photographs and scans of it; opening one is an act of its own.
    pub images: Vec<Image>,
    /// What has to be heeded.
    pub duties: Vec<Duty>,
    /// What is said of it besides what it states.
    pub said: Said,
    /// Whether an agreement shows a part of it only: what is not there may be there.
    pub is_partial: bool,
    /// The entry it stands in.
    pub entry: EntryHash,
    /// The stream that the entry stands in.
    pub stream: StreamId,
    /// Its number there, for its owner; `None` for everybody else: it counts the entries of the owner before it, those too that
    /// may not be seen.
    pub number: Option<u64>,
    /// When the entry was signed, in seconds since 1970-01-01T00:00:00Z.
    pub signed_at: i64,
}

impl OpenedRecord {
    /// Takes out what is not shown.
    pub(crate) fn hide(&mut self, mask: Mask) {
        self.is_partial = !mask.is_whole(self.database);
        self.statement.hide(mask);
        mask.hide_in_terms(&mut self.terms);
        if !mask.shows(FieldGroup::Images) {
            self.images.clear();
        }
    }

    /// Takes out what whom it is about is not told.
    pub(crate) fn hide_from_subject(&mut self, mask: Mask) {
        self.hide(mask);
        if let Statement::Person(person) = &mut self.statement {
            mask.hide_from_subject(person);
        }
    }
}

impl Statement {
    fn hide(&mut self, mask: Mask) {
        match self {
            Self::Person(person) => mask.hide_in_person(person),
            Self::Object(object) => mask.hide_in_object(object),
            Self::TravelDocument(document) => mask.hide_in_document(document),
            Self::Link(link) => mask.hide_in_link(link),
        }
    }
}

/// Is a picture that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandedIn {
    /// The picture as it is kept: what a record says of it.
    pub facts: ImageFacts,
    /// How long it waits for the record that names it; `None` where it waits no longer.
    pub waits_until: Option<Timestamp>,
    /// Whether the same request had landed before.
    pub replayed: bool,
}

/// Is an opened picture, compared with the hash that was signed.
#[derive(Clone, Debug)]
pub struct OpenedImage {
    /// The act.
    pub act: ActId,
    /// The hash of the act's line in the journal.
    pub access: EntryHash,
    /// The media type.
    pub media_type: &'static str,
    /// The SHA-256 of the bytes.
    pub hash: ImageHash,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Is the receipt of a write.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The records written, in the order of the request.
    pub records: Vec<RecordId>,
    /// The entries written, with their places.
    pub entries: Vec<(EntryHash, Position)>,
    /// How far a replica must have followed to show what was written: a token for the organisation that wrote.
    pub position: String,
    /// Whether the same request had landed before, and this is the receipt it got then.
    pub replayed: bool,
}

/// Is a line of the list of an organisation's own records.
#[derive(Clone, Debug)]
pub struct OwnRecord {
    /// The record.
    pub record: RecordId,
    /// The database.
    pub database: Database,
    /// The entry that stands.
    pub entry: EntryHash,
    /// The number of the version.
    pub version: u32,
    /// The day of review.
    pub review_on: barid_domain::dates::Day,
    /// Whether that day has passed: the record answers nobody until a revision brings it back.
    pub review_overdue: bool,
    /// Whether its last entry counts no more, because the key that signed it is in other hands.
    pub does_not_count: bool,
    /// Whether an order of the commission keeps it from everybody.
    pub is_kept_back: bool,
}

/// Is what is known of an earlier write.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its receipt.
    pub receipt: Receipt,
}
