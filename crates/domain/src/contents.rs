//! What entries say: the type of each and its payload.
//!
//! Payloads are maps with small integer keys, described in `docs/wire/*.cddl`. A payload field that this version
//! doesn't know is skipped when read and kept in the stored bytes; an entry *type* that it doesn't know is stored and
//! relayed, never acted on.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::agreements::{Agreement, AgreementAct, agreement_subject};
use crate::batches::{Batch, ItemWithdrawal, may_be_record_of};
use crate::codes::Database;
use crate::consents::{Consent, ConsentRequest, asking_subject, consent_subject};
use crate::entries::{Claims, Unverified, Verified};
use crate::erasures::{ErasureAttestation, erasure_subject};
use crate::ids::{EntryHash, RecordId};
use crate::images::Image;
use crate::links::Link;
use crate::objects::Object;
use crate::orders::{Order, OrderAttestation, order_subject};
use crate::persons::Person;
use crate::registry::{Genesis, KeyStatement, OrganisationStatement};
use crate::restrictions::{Restriction, restriction_subject};
use crate::subject_requests::{RequestStatement, StepStatement, request_subject};
use crate::terms::Terms;
use crate::travel_documents::TravelDocument;
use crate::withdrawals::Withdrawal;

/// Is the type of an entry: its content type with the version of its schema.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EntryType {
    /// The founding of an association.
    Genesis,
    /// A statement about an organisation.
    Organisation,
    /// A statement about a key.
    Key,
    /// A version of a person record.
    Person,
    /// A version of a travel document record.
    TravelDocument,
    /// A version of the record of an object.
    Object,
    /// A version of a link between two records.
    Link,
    /// The end of a record.
    Withdrawal,
    /// Many documents under one signature.
    Batch,
    /// The end of one item of a batch.
    ItemWithdrawal,
    /// The text of an agreement.
    Agreement,
    /// What a party does about an agreement.
    AgreementAct,
    /// What the commission orders about a record.
    Order,
    /// A node's word that it obeyed an order.
    OrderAttestation,
    /// Whom records are shown to.
    Restriction,
    /// A node's word that it erased records.
    ErasureAttestation,
    /// A request to an owner for its consent to show what a hit is about.
    ConsentRequest,
    /// What became of such a request.
    Consent,
    /// A request of a person to the commission.
    SubjectRequest,
    /// A step about such a request, or an owner's answer.
    SubjectRequestStep,
    /// A type of a later version: stored and relayed, never acted on.
    Unknown(String),
}

const KNOWN: &[(EntryType, &str)] = &[
    (EntryType::Genesis, "genesis.v1"),
    (EntryType::Organisation, "organisation.v1"),
    (EntryType::Key, "key.v1"),
    (EntryType::Person, "person.v1"),
    (EntryType::TravelDocument, "travel-document.v1"),
    (EntryType::Object, "object.v1"),
    (EntryType::Link, "link.v1"),
    (EntryType::Withdrawal, "withdrawal.v1"),
    (EntryType::Batch, "batch.v1"),
    (EntryType::ItemWithdrawal, "item-withdrawal.v1"),
    (EntryType::Agreement, "agreement.v1"),
    (EntryType::AgreementAct, "agreement-act.v1"),
    (EntryType::Order, "order.v1"),
    (EntryType::OrderAttestation, "order-attestation.v1"),
    (EntryType::Restriction, "restriction.v1"),
    (EntryType::ErasureAttestation, "erasure-attestation.v1"),
    (EntryType::ConsentRequest, "consent-request.v1"),
    (EntryType::Consent, "consent.v1"),
    (EntryType::SubjectRequest, "subject-request.v1"),
    (EntryType::SubjectRequestStep, "subject-request-step.v1"),
];

impl EntryType {
    /// The content type that stands in the protected header.
    pub fn content_type(&self) -> String {
        format!("application/vnd.barid.{self}+cbor")
    }

    /// Reads a content type; `None` when it is not one of Barid's, known or of a later version.
    pub fn from_content_type(text: &str) -> Option<Self> {
        let name = text.strip_prefix("application/vnd.barid.")?.strip_suffix("+cbor")?;
        if let Some((known, _)) = KNOWN.iter().find(|(_, listed)| *listed == name) {
            return Some(known.clone());
        }
        let (stem, version) = name.rsplit_once(".v")?;
        let stem_fits = (1..=60).contains(&stem.len())
            && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let version_fits =
            version.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == version);
        (stem_fits && version_fits).then(|| Self::Unknown(name.to_owned()))
    }
}

/// Shows the name with its version: `person.v1`.
impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => f.write_str(name),
            known => {
                f.write_str(KNOWN.iter().find(|(listed, _)| listed == known).map_or("", |(_, name)| name))
            }
        }
    }
}

/// Is one version of a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct RecordVersion<T> {
    /// 32 random bytes, destroyed with the payload, so that the entry's hash can't be guessed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The record.
    #[n(1)]
    pub record: RecordId,
    /// The number of the version, from 1.
    #[n(2)]
    pub version: u32,
    /// The entry that this one supersedes; absent for version 1.
    #[n(3)]
    pub supersedes: Option<EntryHash>,
    /// The terms under which it is held and shared.
    #[n(4)]
    pub terms: Terms,
    /// What is stated.
    #[n(5)]
    pub statement: T,
    /// The photographs and scans that belong to it.
    #[cbor(n(6), default, skip_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

/// Is what a verified entry says.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::large_enum_variant, reason = "one content lives at a time, between reading and use")]
pub enum Content {
    /// The founding of an association.
    Genesis(Genesis),
    /// A statement about an organisation.
    Organisation(OrganisationStatement),
    /// A statement about a key.
    Key(KeyStatement),
    /// A version of a person record.
    Person(RecordVersion<Person>),
    /// A version of a travel document record.
    TravelDocument(RecordVersion<TravelDocument>),
    /// A version of the record of an object.
    Object(RecordVersion<Object>),
    /// A version of a link between two records.
    Link(RecordVersion<Link>),
    /// The end of a record.
    Withdrawal(Withdrawal),
    /// Many documents under one signature.
    Batch(Batch),
    /// The end of one item of a batch.
    ItemWithdrawal(ItemWithdrawal),
    /// The text of an agreement.
    Agreement(Agreement),
    /// What a party does about an agreement.
    AgreementAct(AgreementAct),
    /// What the commission orders about a record.
    Order(Order),
    /// A node's word that it obeyed an order.
    OrderAttestation(OrderAttestation),
    /// Whom records are shown to.
    Restriction(Restriction),
    /// A node's word that it erased records.
    ErasureAttestation(ErasureAttestation),
    /// A request to an owner for its consent to show what a hit is about.
    ConsentRequest(ConsentRequest),
    /// What became of such a request.
    Consent(Consent),
    /// A request of a person to the commission.
    SubjectRequest(RequestStatement),
    /// A step about such a request, or an owner's answer.
    SubjectRequestStep(StepStatement),
    /// A type of a later version.
    Unknown,
}

/// Why a verified entry's payload can't be read: signed, and wrong all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The payload is not of the shape that its type has.
    #[error("the payload does not have the shape of its type")]
    Malformed,
    /// The subject in the header is not what the payload is about.
    #[error("the header's subject is not the payload's")]
    Subject,
    /// Version and predecessor contradict each other.
    #[error("version and predecessor contradict each other")]
    Version,
    /// The record that is to end is not the record of the item named.
    #[error("the record is not the item's")]
    Item,
}

impl ContentError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "payload-malformed",
            Self::Subject => "payload-subject",
            Self::Version => "payload-version",
            Self::Item => "payload-item",
        }
    }
}

impl Content {
    /// Reads the payload of a verified entry by its type and checks that header and payload agree.
    pub fn read(entry: &Verified) -> Result<Self, ContentError> {
        Self::read_payload(entry.claims(), entry.payload())
    }

    /// Reads the payload of an entry that this node verified when it stored it and has kept sealed since.
    ///
    /// For building an index, where checking a million signatures again would prove nothing new; what is shown to
    /// people goes through [`Content::read`].
    pub fn of_stored(entry: &Unverified) -> Result<Self, ContentError> {
        Self::read_payload(entry.claims(), entry.payload())
    }

    /// The images that a version names; of other content there are none.
    pub fn into_images(self) -> Vec<Image> {
        match self {
            Self::Person(version) => version.images,
            Self::Object(version) => version.images,
            Self::TravelDocument(version) => version.images,
            Self::Link(_)
            | Self::Batch(_)
            | Self::Withdrawal(_)
            | Self::ItemWithdrawal(_)
            | Self::Genesis(_)
            | Self::Organisation(_)
            | Self::Key(_)
            | Self::Agreement(_)
            | Self::AgreementAct(_)
            | Self::Order(_)
            | Self::OrderAttestation(_)
            | Self::Restriction(_)
            | Self::ErasureAttestation(_)
            | Self::ConsentRequest(_)
            | Self::Consent(_)
            | Self::SubjectRequest(_)
            | Self::SubjectRequestStep(_)
            | Self::Unknown => Vec::new(),
        }
    }

    fn read_payload(claims: &Claims, payload: &[u8]) -> Result<Self, ContentError> {
        let content = match &claims.entry_type {
            EntryType::Genesis => Self::Genesis(decode(payload)?),
            EntryType::Organisation => Self::Organisation(decode(payload)?),
            EntryType::Key => Self::Key(decode(payload)?),
            EntryType::Person => Self::Person(decode(payload)?),
            EntryType::TravelDocument => Self::TravelDocument(decode(payload)?),
            EntryType::Object => match decode::<RecordVersion<Object>>(payload)? {
                object if object.statement.table().is_none() => Self::Unknown,
                object => Self::Object(object),
            },
            EntryType::Link => Self::Link(decode(payload)?),
            EntryType::Withdrawal => Self::Withdrawal(decode(payload)?),
            EntryType::Batch => Self::Batch(decode(payload)?),
            EntryType::ItemWithdrawal => Self::ItemWithdrawal(decode(payload)?),
            EntryType::Agreement => Self::Agreement(decode(payload)?),
            EntryType::AgreementAct => Self::AgreementAct(decode(payload)?),
            EntryType::Order => Self::Order(decode(payload)?),
            EntryType::OrderAttestation => Self::OrderAttestation(decode(payload)?),
            EntryType::Restriction => Self::Restriction(decode(payload)?),
            EntryType::ErasureAttestation => Self::ErasureAttestation(decode(payload)?),
            EntryType::ConsentRequest => Self::ConsentRequest(decode(payload)?),
            EntryType::Consent => Self::Consent(decode(payload)?),
            EntryType::SubjectRequest => Self::SubjectRequest(decode(payload)?),
            EntryType::SubjectRequestStep => Self::SubjectRequestStep(decode(payload)?),
            EntryType::Unknown(_) => Self::Unknown,
        };
        if content.subject().is_some_and(|subject| subject != claims.subject) {
            return Err(ContentError::Subject);
        }
        if let Self::ItemWithdrawal(withdrawal) = &content
            && !may_be_record_of(withdrawal.record, &withdrawal.item)
        {
            return Err(ContentError::Item);
        }
        let (version, supersedes) = match &content {
            Self::Person(version) => (version.version, version.supersedes),
            Self::TravelDocument(version) => (version.version, version.supersedes),
            Self::Object(version) => (version.version, version.supersedes),
            Self::Link(version) => (version.version, version.supersedes),
            Self::Agreement(agreement) => (agreement.version, agreement.amends),
            Self::Genesis(_)
            | Self::Organisation(_)
            | Self::Key(_)
            | Self::Withdrawal(_)
            | Self::Batch(_)
            | Self::ItemWithdrawal(_)
            | Self::AgreementAct(_)
            | Self::Order(_)
            | Self::OrderAttestation(_)
            | Self::Restriction(_)
            | Self::ErasureAttestation(_)
            | Self::ConsentRequest(_)
            | Self::Consent(_)
            | Self::SubjectRequest(_)
            | Self::SubjectRequestStep(_)
            | Self::Unknown => return Ok(content),
        };
        let first = version == 1;
        if version == 0 || first != supersedes.is_none() { Err(ContentError::Version) } else { Ok(content) }
    }

    /// What the header's subject must say for this content; `None` for types of a later version.
    pub fn subject(&self) -> Option<String> {
        Some(match self {
            Self::Genesis(_) => "association".to_owned(),
            Self::Organisation(statement) => format!("organisation:{}", statement.code),
            Self::Key(statement) => format!("key:{}", statement.key.id()),
            Self::Person(version) => record_subject(version.record),
            Self::TravelDocument(version) => record_subject(version.record),
            Self::Object(version) => record_subject(version.record),
            Self::Link(version) => record_subject(version.record),
            Self::Withdrawal(withdrawal) => record_subject(withdrawal.record),
            Self::Batch(batch) => format!("batch:{}", batch.database),
            Self::ItemWithdrawal(withdrawal) => record_subject(withdrawal.record),
            Self::Agreement(agreement) => agreement_subject(agreement.agreement),
            Self::AgreementAct(act) => agreement_subject(act.agreement),
            Self::Order(order) => record_subject(order.record),
            Self::OrderAttestation(attestation) => order_subject(attestation.order),
            Self::Restriction(restriction) => restriction_subject(restriction.database),
            Self::ErasureAttestation(attestation) => erasure_subject(attestation.last),
            Self::ConsentRequest(request) => asking_subject(request.owner),
            Self::Consent(consent) => consent_subject(consent.request),
            Self::SubjectRequest(statement) => request_subject(statement.request.request),
            Self::SubjectRequestStep(statement) => statement.subject(),
            Self::Unknown => return None,
        })
    }

    /// The database that the content belongs to; `None` for contents of the registry, of agreements and of orders.
    pub fn database(&self) -> Option<Database> {
        match self {
            Self::Person(_) => Some(Database::Persons),
            Self::TravelDocument(_) | Self::ItemWithdrawal(_) => Some(Database::TravelDocuments),
            Self::Object(version) => Some(version.statement.database),
            Self::Link(_) => Some(Database::Links),
            Self::Withdrawal(withdrawal) => Some(withdrawal.database),
            Self::Batch(batch) => Some(batch.database),
            Self::Genesis(_)
            | Self::Organisation(_)
            | Self::Key(_)
            | Self::Agreement(_)
            | Self::AgreementAct(_)
            | Self::Order(_)
            | Self::OrderAttestation(_)
            | Self::Restriction(_)
            | Self::ErasureAttestation(_)
            | Self::ConsentRequest(_)
            | Self::Consent(_)
            | Self::SubjectRequest(_)
            | Self::SubjectRequestStep(_)
            | Self::Unknown => None,
        }
    }
}

/// The subject of entries about a record.
pub fn record_subject(record: RecordId) -> String {
    format!("record:{record}")
}

/// Encodes a payload deterministically.
pub fn encode<T: Encode<()>>(payload: &T) -> Vec<u8> {
    // Writing into a Vec can't fail and the derived encoders have no other errors.
    minicbor::to_vec(payload).unwrap_or_default()
}

fn decode<'b, T: Decode<'b, ()>>(payload: &'b [u8]) -> Result<T, ContentError> {
    let mut decoder = minicbor::Decoder::new(payload);
    let value = decoder.decode().map_err(|_| ContentError::Malformed)?;
    if decoder.position() == payload.len() { Ok(value) } else { Err(ContentError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_have_one_writing() {
        for (known, name) in KNOWN {
            let text = known.content_type();
            assert_eq!(text, format!("application/vnd.barid.{name}+cbor"));
            assert_eq!(EntryType::from_content_type(&text).as_ref(), Some(known));
        }
        let later = EntryType::from_content_type("application/vnd.barid.notice.v3+cbor").unwrap();
        assert_eq!(later, EntryType::Unknown("notice.v3".into()));
        for bad in [
            "application/json",
            "application/vnd.barid.person+cbor",
            "application/vnd.barid.person.v01+cbor",
            "application/vnd.barid.person.v0+cbor",
            "application/vnd.barid.Person.v1+cbor",
            "application/vnd.barid..v1+cbor",
        ] {
            assert_eq!(EntryType::from_content_type(bad), None, "{bad}");
        }
    }
}
