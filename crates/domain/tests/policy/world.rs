//! An association with agreements that its parties have really signed, for whatever decides by them.

use std::collections::BTreeMap;

use barid_domain::agreements::{
    Agreement, AgreementAct, AgreementBook, AgreementStep, Grant, agreement_subject,
};
use barid_domain::codes::OrganisationKind;
use barid_domain::contents::{EntryType, encode};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Timestamp;
use barid_domain::entries::{Claims, KeyLookup, RegisteredKey, Unverified, Verified, seal};
use barid_domain::ids::{AgreementId, EntryHash, KeyId, OrganisationCode};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::registry::{
    Founder, Genesis, KeyUsage, Limit, OrganisationStatement, Profile, Registry, Standing,
};
use barid_domain::text::LocalText;

/// 2026-12-01T00:00:00Z, the first day of every text here.
pub const BEGUN: i64 = 1_796_083_200;
pub const DAY: i64 = 86_400;

pub fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn signer(code: OrganisationCode) -> Ed25519Signer {
    let mut secret = [7; 32];
    secret[..code.as_str().len()].copy_from_slice(code.as_str().as_bytes());
    Ed25519Signer::from_secret(&secret)
}

fn words(text: &str) -> Vec<LocalText> {
    vec![LocalText { language: "bn".into(), text: text.into() }]
}

/// A registry that the bureau `XF` founded alone, with these organisations besides.
pub fn registry(organisations: &[(OrganisationCode, OrganisationKind, Standing)]) -> Registry {
    registry_with_limits(organisations, |_| Vec::new())
}

/// The same, with what each of the organisations does not for now.
pub fn registry_with_limits(
    organisations: &[(OrganisationCode, OrganisationKind, Standing)],
    limits: impl Fn(OrganisationCode) -> Vec<Limit>,
) -> Registry {
    let founder = org("XF");
    let signer = signer(founder);
    let profile = |code, kind| Profile {
        code,
        kind,
        country: matches!(kind, OrganisationKind::Bureau | OrganisationKind::NationalEntity)
            .then(|| CountryCode::new("XA").unwrap()),
        names: words("সংস্থা"),
        hosted_by: None,
    };
    let sealed = |entry_type, subject: String, payload| {
        let claims = Claims { entry_type, issuer: founder, subject, issued_at: BEGUN - 10 * DAY };
        seal(&claims, payload, &[&signer]).unwrap()
    };
    let founders =
        vec![Founder { profile: profile(founder, OrganisationKind::Bureau), key: signer.public_key() }];
    let genesis = Genesis { salt: [1; 32], names: words("সমিতি"), threshold: 1, founders };
    let bytes = sealed(EntryType::Genesis, "association".into(), encode(&genesis));
    let (mut registry, _) = Registry::found(&bytes, None).unwrap();
    for (i, (code, kind, standing)) in organisations.iter().enumerate() {
        let mut salt = [2; 32];
        salt[..8].copy_from_slice(&(i as u64).to_be_bytes());
        let statement = OrganisationStatement {
            salt,
            code: *code,
            profile: profile(*code, *kind),
            standing: *standing,
            must_sign_with: Vec::new(),
            limits: limits(*code),
        };
        let subject = format!("organisation:{code}");
        registry.apply(&sealed(EntryType::Organisation, subject, encode(&statement))).unwrap();
    }
    registry
}

/// Every organisation has the key that its code makes.
struct Keys(BTreeMap<KeyId, RegisteredKey>);

impl KeyLookup for Keys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        self.0.get(id).copied()
    }
}

fn verified(
    entry_type: EntryType,
    agreement: AgreementId,
    issuer: OrganisationCode,
    at: i64,
    payload: Vec<u8>,
) -> Verified {
    let key = signer(issuer);
    let registered = RegisteredKey {
        organisation: issuer,
        key: key.public_key(),
        not_before: i64::MIN,
        not_after: None,
        usage: KeyUsage::Entries,
    };
    let keys = Keys(BTreeMap::from([(key.public_key().id(), registered)]));
    let claims = Claims { entry_type, issuer, subject: agreement_subject(agreement), issued_at: at };
    Unverified::parse(&seal(&claims, payload, &[&key]).unwrap()).unwrap().verify(&keys).unwrap()
}

/// A first text for a year from [`BEGUN`]; `number` makes it another agreement.
pub fn text(number: u32, parties: &[OrganisationCode], grants: Vec<Grant>) -> Agreement {
    let mut random = [9; 16];
    random[..4].copy_from_slice(&number.to_be_bytes());
    let mut salt = [3; 32];
    salt[..4].copy_from_slice(&number.to_be_bytes());
    Agreement {
        salt,
        agreement: AgreementId::from_random(random),
        version: 1,
        amends: None,
        titles: words("চুক্তি"),
        parties: parties.to_vec(),
        from: Timestamp::from_seconds(BEGUN).day(),
        until: Timestamp::from_seconds(BEGUN + 364 * DAY).day(),
        clauses: vec![],
        grants,
    }
}

/// The first party proposes a text; its hash.
pub fn propose(book: &mut AgreementBook, text: &Agreement) -> EntryHash {
    let entry =
        verified(EntryType::Agreement, text.agreement, text.parties[0], BEGUN - 2 * DAY, encode(text));
    book.apply(&entry).unwrap();
    entry.hash()
}

/// A party acts about a text. `at` is in seconds and tells acts of one party apart.
pub fn act(
    book: &mut AgreementBook,
    (agreement, text): (AgreementId, EntryHash),
    party: OrganisationCode,
    at: i64,
    step: AgreementStep,
    grant: Option<u32>,
) {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&at.to_be_bytes());
    salt[8..20].iter_mut().zip(party.as_str().bytes()).for_each(|(to, from)| *to = from);
    let act = AgreementAct { salt, agreement, text, step, grant, reasons: vec![] };
    book.apply(&verified(EntryType::AgreementAct, agreement, party, at, encode(&act))).unwrap();
}

/// The first party proposes a text and all sign it.
pub fn sign_by_all(book: &mut AgreementBook, text: &Agreement) -> EntryHash {
    let hash = propose(book, text);
    for party in &text.parties {
        act(book, (text.agreement, hash), *party, BEGUN - DAY, AgreementStep::Sign, None);
    }
    hash
}
