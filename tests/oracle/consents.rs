//! What an owner consented to, as the program reads it: entries that are sealed for each case.

use std::sync::Arc;

use barid_domain::agreements::FieldGroup;
use barid_domain::codes::{Database, Purpose};
use barid_domain::consents::{
    Consent, ConsentAct, ConsentBook, ConsentRequest, asking_subject, consent_subject,
};
use barid_domain::contents::{EntryType, encode};
use barid_domain::dates::Day;
use barid_domain::entries::{Claims, KeyLookup, RegisteredKey, Unverified, Verified, seal};
use barid_domain::ids::{EntryHash, KeyId, NodeId, OrganisationCode, RecordId};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::registry::KeyUsage;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::text::LocalText;

/// What somebody consented to show of the record of a case.
#[derive(Clone, Debug)]
pub struct Consented {
    pub owner: OrganisationCode,
    pub asker: OrganisationCode,
    pub purpose: Purpose,
    /// How many days the consent still holds; below zero where its last day has passed.
    pub days_left: i32,
    pub fields: Vec<FieldGroup>,
}

/// Whoever issues an entry has the one key there is.
struct OneKey(OrganisationCode);

impl KeyLookup for OneKey {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        let (key, usage) = (signer().public_key(), KeyUsage::Entries);
        let registered = RegisteredKey { organisation: self.0, key, not_before: 0, not_after: None, usage };
        (key.id() == *id).then_some(registered)
    }
}

fn signer() -> Ed25519Signer {
    Ed25519Signer::from_secret(&[7; 32])
}

fn verified(issuer: OrganisationCode, entry_type: EntryType, subject: String, payload: Vec<u8>) -> Verified {
    let claims = Claims { entry_type, issuer, subject, issued_at: 1 };
    let bytes = seal(&claims, payload, &[&signer()]).unwrap();
    Unverified::parse(&bytes).unwrap().verify(&OneKey(issuer)).unwrap()
}

fn place(organisation: OrganisationCode) -> Position {
    let stream =
        StreamId { organisation, class: StreamClass::Consents, node: NodeId([8; 16]), incarnation: 1 };
    Position { stream, seq: 1 }
}

/// The book with that one consent.
pub fn book(consented: Option<&Consented>, record: RecordId, today: Day) -> Arc<ConsentBook> {
    let mut book = ConsentBook::default();
    let Some(Consented { owner, asker, purpose, days_left, fields }) = consented else {
        return Arc::new(book);
    };
    let until = today.saturating_add(*days_left);
    let request = ConsentRequest {
        salt: [1; 32],
        owner: *owner,
        database: Database::Persons,
        records: vec![record],
        purpose: *purpose,
        reference: "CASE 7".into(),
        reason: LocalText { language: "hi".into(), text: "वही नाम".into() },
        until,
        access: EntryHash([9; 32]),
    };
    let asked = verified(*asker, EntryType::ConsentRequest, asking_subject(*owner), encode(&request));
    let consent = Consent {
        salt: [2; 32],
        request: asked.hash(),
        act: ConsentAct::Give,
        records: vec![record],
        fields: fields.clone(),
        until: Some(until),
        duties: vec![],
        conditions: vec![],
        reason: None,
        tells: false,
    };
    let subject = consent_subject(consent.request);
    let given = verified(*owner, EntryType::Consent, subject, encode(&consent));
    book.apply(&asked, &place(*asker)).unwrap();
    book.apply(&given, &place(*owner)).unwrap();
    Arc::new(book)
}
