//! The sample entries: an exercise association of three exercise bureaus with fixed keys, salts and times.
//!
//! Keys and salts are derived from words in this file, so they are nobody's secrets and the bytes never change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use barid_domain::agreements::{
    Agreement, AgreementAct, AgreementStep, Clause, Duty, FieldGroup, Grant, GrantedOperation,
    agreement_subject,
};
use barid_domain::batches::{Batch, BatchItem, BatchItems, ItemWithdrawal, item_hash, item_record};
use barid_domain::codes::*;
use barid_domain::consents::{Consent, ConsentAct, ConsentRequest, asking_subject, consent_subject};
use barid_domain::contents::{self, EntryType};
use barid_domain::countries::CountryCode;
use barid_domain::described::{Described, DescribedDocument};
use barid_domain::entries::{Claims, KeyLookup, RegisteredKey, Unverified, entry_hash, seal};
use barid_domain::erasures::{ErasureAttestation, erasure_subject, root_of};
use barid_domain::ids::{
    AgreementId, EntryHash, ImageHash, KeyId, NodeId, OrganisationCode, RecordId, RequestId,
};
use barid_domain::images::{Image, ImageFacts, ImageFormat, ImageKind};
use barid_domain::keys::{Ed25519Signer, P256Signer, PublicKey, Signer};
use barid_domain::links::{Link, LinkKind, LinkedRecord};
use barid_domain::marks::MarkKind;
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Fields, Value};
use barid_domain::orders::{Order, OrderAct, OrderAttestation, order_subject};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference};
use barid_domain::registry::{
    Aspect, Founder, Genesis, KeyAct, KeyStatement, KeyUsage, Limit, OrganisationStatement, Profile,
    SigningAlgorithm, Standing,
};
use barid_domain::restrictions::{AudienceMode, Restriction, RestrictionScope, restriction_subject};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::subject_requests::{
    self, Applicant, Concerned, Decision, IdentityCheck, OwnerAnswer, OwnerReply, RequestKind,
    RequestStatement, RequestStep, StepStatement, SubjectRequest, request_subject,
};
use barid_domain::terms::{KeepReason, Keeping, Provenance, Terms};
use barid_domain::text::{LONG_CAP, LocalText, SHORT_CAP};
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_domain::withdrawals::Withdrawal;
use sha2::{Digest, Sha256};

/// 2026-11-01T00:00:00Z, when the exercise association was founded.
pub const FOUNDED: i64 = 1_793_491_200;

/// One entry before it is sealed, with all that sealing needs.
pub struct Sample {
    pub name: &'static str,
    pub claims: Claims,
    pub payload: Vec<u8>,
    pub signers: Vec<Arc<dyn Signer>>,
}

impl Sample {
    pub fn seal(&self) -> Vec<u8> {
        let signers: Vec<&dyn Signer> = self.signers.iter().map(AsRef::as_ref).collect();
        seal(&self.claims, self.payload.clone(), &signers).unwrap()
    }
    pub fn keys(&self) -> Keys {
        Keys::of(self.signers.iter().map(|signer| (self.claims.issuer, signer.public_key())))
    }
}

/// Keys that may sign at any time, for tests that are not about the registry.
#[derive(Clone, Default)]
pub struct Keys(pub BTreeMap<KeyId, RegisteredKey>);

impl Keys {
    pub fn of(keys: impl IntoIterator<Item = (OrganisationCode, PublicKey)>) -> Self {
        let registered = |(organisation, key): (OrganisationCode, PublicKey)| {
            let usage = KeyUsage::Entries;
            (key.id(), RegisteredKey { organisation, key, not_before: i64::MIN, not_after: None, usage })
        };
        Self(keys.into_iter().map(registered).collect())
    }
}

impl KeyLookup for Keys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        self.0.get(id).copied()
    }
}

/// Verifies an entry whoever signed it, once or several times; the issuer is taken at its word.
pub fn holds(bytes: &[u8], public_keys: &[PublicKey]) -> bool {
    let Ok(entry) = Unverified::parse(bytes) else { return false };
    let issuer = entry.claims().issuer;
    if let [one] = public_keys {
        return entry.verify(&Keys::of([(issuer, *one)])).is_ok();
    }
    let codes = signer_codes(public_keys.len());
    let keys = Keys::of(codes.iter().copied().zip(public_keys.iter().copied()));
    entry.verify_threshold(&keys, &codes, public_keys.len()).is_ok()
}

fn signer_codes(count: usize) -> Vec<OrganisationCode> {
    (0..count).map(|i| org(&format!("SIGNER-{i}"))).collect()
}

pub fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
pub fn derived(what: &str) -> [u8; 32] {
    Sha256::digest(format!("barid exercise, not a secret: {what}")).into()
}
pub fn signer(what: &str) -> Ed25519Signer {
    Ed25519Signer::from_secret(&derived(what))
}
pub fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}
pub fn country(code: &str) -> CountryCode {
    CountryCode::new(code).unwrap()
}
pub fn short(language: &str, text: &str) -> LocalText {
    LocalText::new(language, text, SHORT_CAP).unwrap()
}
fn long(language: &str, text: &str) -> LocalText {
    LocalText::new(language, text, LONG_CAP).unwrap()
}
pub fn record(what: &str) -> RecordId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&derived(what)[..16]);
    RecordId::from_random(bytes)
}
pub fn claims(entry_type: EntryType, issuer: &str, subject: impl Into<String>, issued_at: i64) -> Claims {
    Claims { entry_type, issuer: org(issuer), subject: subject.into(), issued_at }
}

pub fn bureau(code: &str, country_code: &str, names: Vec<LocalText>) -> Profile {
    let (code, country) = (org(code), Some(country(country_code)));
    Profile { code, kind: OrganisationKind::Bureau, country, names, hosted_by: None }
}

pub fn founders() -> Vec<Founder> {
    let profiles = [
        bureau("XA", "XAX", vec![short("ru", "Учебное бюро А"), short("en", "Exercise Bureau A")]),
        bureau("XB", "XBX", vec![short("ar", "مكتب التمرين ب"), short("fa", "دفتر تمرینی ب")]),
        bureau("XC", "XCX", vec![short("hi", "अभ्यास ब्यूरो ग"), short("bn", "অনুশীলন ব্যুরো গ")]),
    ];
    let founder = |profile: Profile| {
        let key = signer(profile.code.as_str()).public_key();
        Founder { profile, key }
    };
    profiles.into_iter().map(founder).collect()
}

pub fn genesis() -> Genesis {
    Genesis {
        salt: derived("genesis"),
        names: vec![short("zh", "演习协会"), short("en", "Exercise Association")],
        threshold: 2,
        founders: founders(),
    }
}

pub fn secretariat() -> OrganisationStatement {
    let profile = Profile {
        code: org("SEC"),
        kind: OrganisationKind::Secretariat,
        country: None,
        names: vec![short("fa", "دبیرخانهٔ تمرینی"), short("zh", "演习秘书处")],
        hosted_by: Some(org("XA")),
    };
    OrganisationStatement {
        salt: derived("secretariat"),
        code: org("SEC"),
        profile,
        standing: Standing::Active,
        must_sign_with: Vec::new(),
        limits: Vec::new(),
    }
}

pub fn key_statement(what: &str, organisation: &str, key: PublicKey, act: KeyAct, from: i64) -> KeyStatement {
    let (salt, organisation) = (derived(what), org(organisation));
    KeyStatement { salt, organisation, key, act, from, usage: KeyUsage::Entries, up_to: None }
}

/// Terms with every field; the conditions belong to H3.
pub fn terms() -> Terms {
    Terms {
        purpose: Purpose::Exercise,
        handling: Handling::H3,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::B,
        information_grade: InformationGrade::Three,
        review_on: "2027-11-01".parse().unwrap(),
        provenance: Some(Provenance {
            source: "EXERCISE".into(),
            reference: "УЧ-001".into(),
            edition: Some("2026-10-31".parse().unwrap()),
        }),
        conditions: vec![short("ru", "Только для учений"), short("ar", "للتمرين فقط")],
        kept: None,
    }
}

pub fn name(text: &str, kind: NameKind, script: &str, language: Option<&str>) -> PersonName {
    let (text, script, language) = (text.into(), script.into(), language.map(Into::into));
    PersonName { text, kind, strength: None, script, language, parts: vec![], note: None }
}

/// A person with every field and names in seven scripts and languages.
pub fn full_person() -> Person {
    let mut latin = name("Exercise Person One", NameKind::Primary, "Latn", Some("en"));
    latin.parts = vec!["Exercise".into(), "Person".into(), "One".into()];
    latin.note = Some("synthetic".into());
    let mut alias = name("演习人员一", NameKind::Alias, "Hani", Some("zh"));
    alias.strength = Some(AliasStrength::Strong);
    let mut weak = name("অনুশীলন ব্যক্তি এক", NameKind::Alias, "Beng", Some("bn"));
    weak.strength = Some(AliasStrength::Weak);
    Person {
        names: vec![
            latin,
            name("Учебное Лицо Первое", NameKind::OriginalScript, "Cyrl", Some("ru")),
            name("شخص تمرين أول", NameKind::Birth, "Arab", Some("ar")),
            name("شخص تمرینی یک", NameKind::KnownAs, "Arab", Some("fa")),
            name("अभ्यास व्यक्ति एक", NameKind::Former, "Deva", Some("hi")),
            weak,
            alias,
        ],
        sex: Sex::Female,
        births: vec!["1971".parse().unwrap(), "1957-01-01/1959-12-31~".parse().unwrap()],
        birth_places: vec![full_place()],
        nationalities: vec![country("XAX"), country("XXA")],
        statuses: vec![PersonStatus::Wanted, PersonStatus::Listed],
        minor: false,
        offences: vec![Offence::Terrorism, Offence::Ransomware],
        warnings: vec![Warning::Armed],
        documents: vec![full_document()],
        addresses: vec![Place { city: Some("Учебный Город".into()), ..Place::default() }],
        functions: vec![short("fa", "پیشهٔ تمرینی")],
        descriptions: vec![long("hi", "अभ्यास विवरण")],
        remarks: vec![long("bn", "অনুশীলন মন্তব্য"), long("zh", "演习备注")],
        references: vec![Reference { scheme: "EXERCISE".into(), number: "XA-0001".into() }],
        listed_on: Some("1999-12-31".parse().unwrap()),
        amended_on: vec!["2001-01-01".parse().unwrap(), "2026-10-31".parse().unwrap()],
    }
}

fn full_place() -> Place {
    Place {
        country: Some(country("XAX")),
        country_text: Some("Учебная Страна".into()),
        region: Some("إقليم التمرين".into()),
        city: Some("শহর".into()),
        street: Some("演习街 1".into()),
        postal_code: Some("00001".into()),
        note: Some("अभ्यास".into()),
    }
}

fn full_document() -> HeldDocument {
    HeldDocument {
        document_type: DocumentType::Passport,
        number: Some("XA 000-001".into()),
        issuing_country: Some(country("XAX")),
        type_text: Some("учебный паспорт".into()),
        issued_on: Some("1999-03".parse().unwrap()),
        expires_on: Some("2009-03-02".parse().unwrap()),
        issued_at: Some("演习城".into()),
        note: Some("تمرين".into()),
    }
}

/// A person with the mandatory fields only.
pub fn bare_person() -> Person {
    Person {
        names: vec![name("শুধু নাম", NameKind::Primary, "Beng", None)],
        sex: Sex::NotKnown,
        births: vec![],
        birth_places: vec![],
        nationalities: vec![],
        statuses: vec![PersonStatus::Missing],
        minor: true,
        offences: vec![],
        warnings: vec![],
        documents: vec![],
        addresses: vec![],
        functions: vec![],
        descriptions: vec![],
        remarks: vec![],
        references: vec![],
        listed_on: None,
        amended_on: vec![],
    }
}

pub fn bare_terms() -> Terms {
    Terms { handling: Handling::H0, provenance: None, conditions: vec![], ..terms() }
}

pub fn document(number: &str) -> TravelDocument {
    TravelDocument {
        number: DocumentNumber::new(number).unwrap(),
        range_end: None,
        issuing_country: country("XBX"),
        document_type: DocumentType::Passport,
        fraud_type: FraudType::Stolen,
        reason: None,
        reported_on: Some("2026-10-30".parse().unwrap()),
    }
}

pub fn version<T>(
    what: &str,
    version: u32,
    supersedes: Option<EntryHash>,
    terms: Terms,
    statement: T,
) -> contents::RecordVersion<T> {
    contents::RecordVersion {
        salt: derived(&format!("{what} {version}")),
        record: record(what),
        version,
        supersedes,
        terms,
        statement,
        images: vec![],
    }
}

/// Items of a batch: singles and, in every tenth place, a range of blanks.
pub fn items(count: usize) -> Vec<BatchItem> {
    let item = |i: usize| {
        let mut salt = [0; 16];
        salt.copy_from_slice(&derived(&format!("item {i}"))[..16]);
        let mut stated = document(&format!("XB{:07}", i * 100));
        if i % 10 == 9 {
            stated.fraud_type = FraudType::StolenBlank;
            stated.range_end = Some(DocumentNumber::new(&format!("XB{:07}", i * 100 + 99)).unwrap());
        }
        BatchItem { salt, document: stated }
    };
    (0..count).map(item).collect()
}

pub fn manifest(items: &BatchItems) -> Batch {
    Batch {
        salt: derived("batch"),
        database: Database::TravelDocuments,
        count: items.count(),
        root: items.root(),
        terms: bare_terms(),
    }
}

/// The batch whose items stand in `batch-items.json`.
pub fn batch_items() -> BatchItems {
    BatchItems::lay_out(&items(11)).unwrap()
}

fn several(codes: &[&str]) -> Vec<Arc<dyn Signer>> {
    codes.iter().map(|code| Arc::new(signer(code)) as Arc<dyn Signer>).collect()
}

/// Every sample, at least one of each content type; the order is the order of the vectors.
pub fn samples() -> Vec<Sample> {
    let mut all = registry_samples();
    all.extend(person_samples());
    all.extend(document_samples());
    all.extend(object_samples());
    all.push(link_sample());
    all.extend(agreement_samples());
    all.extend(order_samples());
    all.extend(restriction_samples());
    all.extend(consent_samples());
    all.extend(request_samples());
    all.push(kept_sample());
    all.push(erasure_attestation_sample());
    all.extend(second_algorithm_samples());
    all
}

pub fn genesis_sample() -> Sample {
    Sample {
        name: "genesis",
        claims: claims(EntryType::Genesis, "XA", "association", FOUNDED),
        payload: contents::encode(&genesis()),
        signers: several(&["XA", "XB", "XC"]),
    }
}

pub fn organisation_sample(name: &'static str, statement: &OrganisationStatement, at: i64) -> Sample {
    Sample {
        name,
        claims: claims(EntryType::Organisation, "XA", format!("organisation:{}", statement.code), at),
        payload: contents::encode(statement),
        signers: several(&["XA", "XB"]),
    }
}

pub fn key_sample(name: &'static str, statement: &KeyStatement, at: i64) -> Sample {
    Sample {
        name,
        claims: claims(EntryType::Key, "XA", format!("key:{}", statement.key.id()), at),
        payload: contents::encode(statement),
        signers: several(&["XA", "XC"]),
    }
}

/// A P-256 key derived from a word, as [`signer`] derives Ed25519 keys.
pub fn p256_signer(what: &str) -> P256Signer {
    P256Signer::from_secret(&derived(what)).unwrap()
}

/// The second algorithm: its key is registered, it signs alone, then beside the first, and that becomes the rule.
fn second_algorithm_samples() -> Vec<Sample> {
    let key = p256_signer("XA P-256").public_key();
    let add = key_statement("XA P-256 key", "XA", key, KeyAct::Add, FOUNDED + 20_000);
    let mut both = profile_statement("XA signs with both", founders().remove(0).profile);
    both.must_sign_with = vec![SigningAlgorithm::Ed25519, SigningAlgorithm::EcdsaP256];
    let p256 = || Arc::new(p256_signer("XA P-256")) as Arc<dyn Signer>;
    let person = |name: &'static str, signers| {
        let version = version(name, 1, None, bare_terms(), bare_person());
        let claims =
            claims(EntryType::Person, "XA", contents::record_subject(record(name)), FOUNDED + 21_000);
        Sample { name, claims, payload: contents::encode(&version), signers }
    };
    let mut thief = key_statement("XA P-256 stolen", "XA", key, KeyAct::Compromised, FOUNDED + 30_000);
    thief.up_to =
        Some(vec![place("XA", StreamClass::Persons, 7), place("XA", StreamClass::TravelDocuments, 0)]);
    let mut limited = profile_statement("XB is limited", founders().remove(1).profile);
    limited.limits = vec![
        Limit { aspect: Aspect::Read, database: None },
        Limit { aspect: Aspect::Write, database: Some(Database::Persons) },
    ];
    vec![
        organisation_sample("organisation-limited", &limited, FOUNDED + 40_000),
        key_sample("key-compromised", &thief, FOUNDED + 31_000),
        key_sample("key-add-p256", &add, FOUNDED + 20_000),
        organisation_sample("organisation-signs-with-both", &both, FOUNDED + 22_000),
        person("person-p256", vec![p256()]),
        person("person-signed-with-both", vec![several(&["XA"]).remove(0), p256()]),
    ]
}

/// A place in a stream of the exercise node.
pub fn place(code: &str, class: StreamClass, seq: u64) -> Position {
    let stream =
        StreamId { organisation: org(code), class, node: NodeId::from_random([1; 16]), incarnation: 1 };
    Position { stream, seq }
}

/// States an active organisation of this profile.
pub fn profile_statement(what: &str, profile: Profile) -> OrganisationStatement {
    OrganisationStatement {
        salt: derived(what),
        code: profile.code,
        profile,
        standing: Standing::Active,
        must_sign_with: Vec::new(),
        limits: Vec::new(),
    }
}

fn registry_samples() -> Vec<Sample> {
    let key = signer("SEC").public_key();
    let add = key_statement("SEC key", "SEC", key, KeyAct::Add, FOUNDED + 200);
    let mut checkpoints = key_statement("XB key", "XB", signer("XB 2").public_key(), KeyAct::Add, FOUNDED);
    checkpoints.usage = KeyUsage::Checkpoints;
    let retire = key_statement("SEC key ends", "SEC", key, KeyAct::Retire, FOUNDED + 9_000);
    vec![
        genesis_sample(),
        organisation_sample("organisation", &secretariat(), FOUNDED + 100),
        key_sample("key-add", &add, FOUNDED + 200),
        key_sample("key-add-checkpoints", &checkpoints, FOUNDED + 300),
        key_sample("key-retire", &retire, FOUNDED + 8_000),
    ]
}

fn person_samples() -> Vec<Sample> {
    let subject = |what: &str| contents::record_subject(record(what));
    let person = |name, what: &str, payload, at| Sample {
        name,
        claims: claims(EntryType::Person, "XA", subject(what), at),
        payload,
        signers: several(&["XA"]),
    };
    let first = version("person", 1, None, terms(), full_person());
    let first = person("person", "person", contents::encode(&first), FOUNDED + 1_000);
    let hash = entry_hash(&first.seal());
    let second = version("person", 2, Some(hash), bare_terms(), full_person());
    let second = person("person-revised", "person", contents::encode(&second), FOUNDED + 2_000);
    let bare = version("bare person", 1, None, bare_terms(), bare_person());
    let bare = person("person-bare", "bare person", contents::encode(&bare), FOUNDED + 1_500);
    let withdrawal = Withdrawal {
        salt: derived("withdrawal"),
        record: record("person"),
        database: Database::Persons,
        supersedes: entry_hash(&second.seal()),
        reason: WithdrawalReason::PurposeMet,
    };
    let withdrawal = Sample {
        name: "withdrawal",
        claims: claims(EntryType::Withdrawal, "XA", subject("person"), FOUNDED + 3_000),
        payload: contents::encode(&withdrawal),
        signers: several(&["XA"]),
    };
    let pictured = contents::RecordVersion {
        images: images(),
        ..version("pictured person", 1, None, bare_terms(), bare_person())
    };
    let payload = contents::encode(&pictured);
    let pictured = person("person-with-images", "pictured person", payload, FOUNDED + 1_600);
    vec![first, second, bare, withdrawal, pictured]
}

/// Two images, one with every field and one with the mandatory ones.
pub fn images() -> Vec<Image> {
    let facts = |what: &str, format| ImageFacts {
        hash: ImageHash(derived(what)),
        format,
        bytes: 123_456,
        width: 1_536,
        height: 2_048,
        thumbnail: ImageHash(derived(&format!("{what} small"))),
    };
    vec![
        Image {
            picture: facts("portrait", ImageFormat::Jpeg),
            kind: ImageKind::Portrait,
            taken: Some("2024-05".parse().unwrap()),
            caption: Some(short("fa", "چهرهٔ تمرینی")),
        },
        Image {
            picture: facts("page", ImageFormat::Png),
            kind: ImageKind::DocumentPage,
            taken: None,
            caption: None,
        },
    ]
}

fn object_samples() -> Vec<Sample> {
    let text = |written: &str| Value::Text(written.to_owned());
    let mut plate = Fields::default();
    plate.push(0, text("А 001 ВС 77"));
    plate.push(1, Value::Country(CountryCode::new("XAX").unwrap()));
    let mut fields = Fields::default();
    for (key, value) in [
        (0, Value::Code(1)),
        (1, Value::Day("2026-10-02".parse().unwrap())),
        (5, Value::Note(LocalText::new("fa", "فرورفتگی در در چپ", SHORT_CAP).unwrap())),
        (20, Value::Code(1)),
        (21, text("XTA210990X1234567")),
        (22, Value::Group(plate)),
        (24, text("Лада")),
        (26, Value::Quantity(1999)),
        (27, Value::Code(5)),
    ] {
        fields.push(key, value);
    }
    let car = Object { database: Database::Vehicles, fields };
    let subject = contents::record_subject(record("car"));
    let object = |name, subject: String, payload, at| Sample {
        name,
        claims: claims(EntryType::Object, "XA", subject, at),
        payload,
        signers: several(&["XA"]),
    };
    let bare = contents::encode(&version("car", 1, None, bare_terms(), car.clone()));
    let pictured =
        contents::RecordVersion { images: images(), ..version("pictured car", 1, None, bare_terms(), car) };
    let of_pictured = contents::record_subject(record("pictured car"));
    let of_group = contents::record_subject(record("group"));
    let group = contents::encode(&version("group", 1, None, bare_terms(), group()));
    vec![
        object("object", subject, bare, FOUNDED + 1_300),
        object("group", of_group, group, FOUNDED + 1_300),
        object("object-with-images", of_pictured, contents::encode(&pictured), FOUNDED + 1_700),
    ]
}

/// A charity with a name in two scripts, a seat, a number in a register and a day of founding that is known in part.
fn group() -> Object {
    let text = |written: &str| Value::Text(written.to_owned());
    let within = |values: &[(u16, Value)]| {
        let mut fields = Fields::default();
        values.iter().for_each(|(key, value)| fields.push(*key, value.clone()));
        Value::Group(fields)
    };
    let mut fields = Fields::default();
    for (key, value) in [
        (5, Value::Note(LocalText::new("ar", "جمعية لا وجود لها", SHORT_CAP).unwrap())),
        (20, within(&[(0, text("Учебный фонд «Проба»")), (1, Value::Code(1)), (3, text("Cyrl"))])),
        (
            20,
            within(&[
                (0, text("مؤسسة التمرين")),
                (1, Value::Code(2)),
                (2, Value::Code(2)),
                (3, text("Arab")),
                (4, text("ar")),
                (5, text("exercise")),
            ]),
        ),
        (21, Value::Code(2)),
        (22, Value::Code(4)),
        (24, Value::Country(CountryCode::new("XAX").unwrap())),
        (25, within(&[(0, Value::Country(CountryCode::new("XBX").unwrap())), (3, text("নমুনানগর"))])),
        (26, within(&[(0, text("ОГРН 0000001")), (1, Value::Country(CountryCode::new("XAX").unwrap()))])),
        (27, text("5493001KJTIIGC8Y1R12")),
        (33, Value::Interval("1998-05".parse().unwrap())),
    ] {
        fields.push(key, value);
    }
    Object { database: Database::OrganisationsAndNetworks, fields }
}

fn link_sample() -> Sample {
    let end = |what: &str, database| LinkedRecord {
        record: record(what),
        database,
        entry: EntryHash(derived(what)),
    };
    let link = Link {
        kind: LinkKind::OwnerOf,
        from: end("person", Database::Persons),
        to: end("car", Database::Vehicles),
        since: Some("2025-11".parse().unwrap()),
        until: Some("2026-09-30".parse().unwrap()),
        remarks: vec![LocalText::new("bn", "গাড়িটি ভাইয়ের নামে", SHORT_CAP).unwrap()],
    };
    Sample {
        name: "link",
        claims: claims(EntryType::Link, "XB", contents::record_subject(record("link")), FOUNDED + 1_400),
        payload: contents::encode(&version("link", 1, None, bare_terms(), link)),
        signers: several(&["XB"]),
    }
}

fn agreement_id() -> AgreementId {
    AgreementId(record("agreement").0)
}

/// A partner is granted access to two databases for trafficking cases, and to terrorism records by hit alone.
fn agreement_text() -> Agreement {
    let day = |text: &str| text.parse().unwrap();
    let grant = Grant {
        number: 1,
        recipients: vec![org("XPART")],
        owners: vec![org("XA"), org("XC")],
        databases: vec![Database::Persons, Database::TravelDocuments],
        operations: vec![GrantedOperation::Candidates, GrantedOperation::Open],
        fields: vec![FieldGroup::Documents, FieldGroup::Offences],
        purposes: vec![Purpose::HumanTrafficking, Purpose::DrugTrafficking],
        held: vec![Purpose::HumanTrafficking, Purpose::DrugTrafficking],
        handling: vec![Handling::H0, Handling::H1],
        classification: Classification::OfficialUse,
        daily_cap: 500,
        duties: vec![Duty::ConfirmWithOwner, Duty::DeleteAtEnd],
    };
    let hits = Grant {
        number: 2,
        databases: vec![Database::Persons],
        operations: vec![GrantedOperation::HitNoHit],
        fields: Vec::new(),
        held: vec![Purpose::CounterTerrorism],
        duties: Vec::new(),
        ..grant.clone()
    };
    Agreement {
        salt: derived("agreement"),
        agreement: agreement_id(),
        version: 1,
        amends: None,
        titles: vec![short("ru", "Прямой доступ по делам о торговле людьми"), short("ar", "وصول مباشر")],
        parties: vec![org("XA"), org("XC"), org("XPART")],
        from: day("2026-12-01"),
        until: day("2028-11-30"),
        clauses: vec![Clause {
            number: 1, texts: vec![long("hi", "जो दिखाया जाता है वह स्वामी का रहता है।")]
        }],
        grants: vec![grant, hits],
    }
}

fn agreement_samples() -> Vec<Sample> {
    let text = agreement_text();
    let subject = agreement_subject(agreement_id());
    let proposal = Sample {
        name: "agreement",
        claims: claims(EntryType::Agreement, "XA", subject.clone(), FOUNDED + 1_500),
        payload: contents::encode(&text),
        signers: several(&["XA"]),
    };
    let act = AgreementAct {
        salt: derived("agreement act"),
        agreement: agreement_id(),
        text: entry_hash(&proposal.seal()),
        step: AgreementStep::OptOut,
        grant: Some(2),
        reasons: vec![short("zh-Hans", "法院裁定")],
    };
    let act = Sample {
        name: "agreement-act",
        claims: claims(EntryType::AgreementAct, "XC", subject, FOUNDED + 1_600),
        payload: contents::encode(&act),
        signers: several(&["XC"]),
    };
    vec![proposal, act]
}

/// The commission has one version of a record corrected, and a node attests that it obeyed.
fn order_samples() -> Vec<Sample> {
    let order = Order {
        salt: derived("order"),
        record: record("person"),
        database: Database::Persons,
        act: OrderAct::Correct,
        version: Some(EntryHash(derived("person"))),
        answers: None,
        texts: vec![short("fa", "تاریخ تولد نادرست است"), short("ru", "Дата рождения неверна")],
        owner: org("XB"),
        described: None,
        mark: None,
        consent: None,
    };
    let ordered = Sample {
        name: "order",
        claims: claims(EntryType::Order, "XA", contents::record_subject(record("person")), FOUNDED + 1_700),
        payload: contents::encode(&order),
        signers: several(&["XA"]),
    };
    let described = Sample {
        name: "order-do-not-re-enter",
        claims: claims(EntryType::Order, "XA", contents::record_subject(record("person")), FOUNDED + 1_710),
        payload: contents::encode(&Order {
            salt: derived("order not to re-enter"),
            act: OrderAct::DoNotReEnter,
            version: None,
            texts: vec![short("bn", "মুছে ফেলার সিদ্ধান্ত")],
            described: Some(Described {
                names: vec!["Валерий Учебный".to_owned(), "كالاتشيف".to_owned()],
                births: vec!["1961-04-12".parse().unwrap(), "1962".parse().unwrap()],
                documents: vec![
                    DescribedDocument { number: "P1234567".to_owned(), issuing_country: "XAX".parse().ok() },
                    DescribedDocument { number: "АБ 77".to_owned(), issuing_country: None },
                ],
            }),
            ..order.clone()
        }),
        signers: several(&["XA"]),
    };
    let marked = Sample {
        name: "order-mark",
        claims: claims(EntryType::Order, "XB", contents::record_subject(record("person")), FOUNDED + 1_720),
        payload: contents::encode(&Order {
            salt: derived("mark"),
            act: OrderAct::Mark,
            version: None,
            texts: vec![short("hi", "पीड़ित के बाएँ हाथ पर निशान है")],
            mark: Some(MarkKind::MisusedIdentity),
            consent: Some("CASE 7, sheet 3".to_owned()),
            ..order.clone()
        }),
        signers: several(&["XB"]),
    };
    let lifted = Sample {
        name: "order-lift",
        claims: claims(EntryType::Order, "XB", contents::record_subject(record("person")), FOUNDED + 1_730),
        payload: contents::encode(&Order {
            salt: derived("lifting"),
            act: OrderAct::Lift,
            version: None,
            answers: Some(entry_hash(&marked.seal())),
            texts: vec![short("zh", "已撤销")],
            ..order.clone()
        }),
        signers: several(&["XB"]),
    };
    let hash = entry_hash(&ordered.seal());
    let attestation = OrderAttestation {
        salt: derived("order attestation"),
        order: hash,
        node: NodeId(record("node").0),
        obeyed_at: FOUNDED + 1_800,
    };
    let attested = Sample {
        name: "order-attestation",
        claims: claims(EntryType::OrderAttestation, "XB", order_subject(hash), FOUNDED + 1_800),
        payload: contents::encode(&attestation),
        signers: several(&["XB"]),
    };
    vec![ordered, attested, described, marked, lifted]
}

/// An owner keeps a record from one organisation, and shows all it has in a database to one alone.
fn restriction_samples() -> Vec<Sample> {
    let restriction = |what: &str, records: Vec<RecordId>, mode, organisation: &str, number| Restriction {
        salt: derived(what),
        database: Database::Persons,
        scope: if records.is_empty() { RestrictionScope::Database } else { RestrictionScope::Records },
        records,
        mode,
        organisations: vec![org(organisation)],
        number,
    };
    let of_record = restriction("restriction", vec![record("person")], AudienceMode::AllBut, "XA", 1);
    let of_database = restriction("restriction of database", vec![], AudienceMode::Only, "XA", 2);
    let sample = |name, at, restriction: &Restriction| Sample {
        name,
        claims: claims(EntryType::Restriction, "XB", restriction_subject(restriction.database), at),
        payload: contents::encode(restriction),
        signers: several(&["XB"]),
    };
    vec![
        sample("restriction", FOUNDED + 1_900, &of_record),
        sample("restriction-of-database", FOUNDED + 1_901, &of_database),
    ]
}

/// A partner asks for consent, and the owner gives it, refuses and takes back.
fn consent_samples() -> Vec<Sample> {
    let request = ConsentRequest {
        salt: derived("consent request"),
        owner: org("XB"),
        database: Database::Persons,
        records: vec![record("person")],
        purpose: Purpose::DrugTrafficking,
        reference: "Дело 7".into(),
        reason: short("ar", "تطابق الاسم وتاريخ الميلاد"),
        until: "2026-12-23".parse().unwrap(),
        access: EntryHash(derived("search line")),
    };
    let asked = EntryHash(derived("consent request entry"));
    let nothing = |what: &str, act| Consent {
        salt: derived(what),
        request: asked,
        act,
        records: vec![],
        fields: vec![],
        until: None,
        duties: vec![],
        conditions: vec![],
        reason: None,
        tells: false,
    };
    let given = Consent {
        records: vec![record("person")],
        fields: vec![FieldGroup::Offences],
        until: Some("2026-12-20".parse().unwrap()),
        duties: vec![Duty::ConfirmWithOwner],
        conditions: vec![short("fa", "پیش از اقدام تماس بگیرید")],
        ..nothing("consent", ConsentAct::Give)
    };
    let refused = Consent {
        reason: Some(short("ru", "Источник под угрозой")),
        tells: true,
        ..nothing("consent refused", ConsentAct::Refuse)
    };
    let sample = |name, at, consent: &Consent| Sample {
        name,
        claims: claims(EntryType::Consent, "XB", consent_subject(consent.request), at),
        payload: contents::encode(consent),
        signers: several(&["XB"]),
    };
    vec![
        Sample {
            name: "consent-request",
            claims: claims(EntryType::ConsentRequest, "XA", asking_subject(request.owner), FOUNDED + 1_950),
            payload: contents::encode(&request),
            signers: several(&["XA"]),
        },
        sample("consent-given", FOUNDED + 1_951, &given),
        sample("consent-refused", FOUNDED + 1_952, &refused),
        sample("consent-ended", FOUNDED + 1_953, &nothing("consent ended", ConsentAct::End)),
    ]
}

/// A person asks the commission; it consults an owner, which consents to a part, and decides.
fn request_samples() -> Vec<Sample> {
    let request = RequestId(record("request").0);
    let asked = SubjectRequest {
        request,
        kind: RequestKind::Access,
        received_on: "2026-10-02".parse().unwrap(),
        applicant: Applicant {
            names: vec!["اکبر تمرینی".into(), "Акбар Упражнений".into(), "练习".into()],
            birth: Some("1971".parse().unwrap()),
            nationalities: vec![CountryCode::new("XXA").unwrap()],
        },
        identity: Some(IdentityCheck::PassportCopy),
        language: "fa".into(),
        reference: "R/26/12".into(),
    };
    let statement = RequestStatement { salt: derived("request"), request: asked };
    let sample = |name, at, of: &str, subject: String, payload: Vec<u8>, entry_type| Sample {
        name,
        claims: claims(entry_type, of, subject, FOUNDED + at),
        payload,
        signers: several(&[of]),
    };
    let taken_in = sample(
        "subject-request",
        2_000,
        "XA",
        request_subject(request),
        contents::encode(&statement),
        EntryType::SubjectRequest,
    );
    let step = |name, at, of: &str, statement: StepStatement| {
        let (subject, payload) = (statement.subject(), contents::encode(&statement));
        sample(name, at, of, subject, payload, EntryType::SubjectRequestStep)
    };
    let found = Concerned { record: record("person"), database: Database::Persons, owner: org("XB") };
    let searched = RequestStep::Searched(vec![found]);
    let follows = entry_hash(&taken_in.seal());
    let searched = StepStatement::step(derived("request search"), request, follows, searched);
    let searched = step("subject-request-search", 2_100, "XA", searched);
    let consulted = RequestStep::Consulted {
        record: record("person"),
        version: EntryHash(derived("version that is asked about")),
        due: "2027-01-15".parse().unwrap(),
        tells_applicant: false,
        texts: vec![short("bn", "এটি কি জানানো যায়?")],
    };
    let follows = entry_hash(&searched.seal());
    let consulted = StepStatement::step(derived("request consultation"), request, follows, consulted);
    let consultation = step("subject-request-consultation", 2_200, "XA", consulted);
    let answer = StepStatement::answer(
        derived("request answer"),
        OwnerAnswer {
            consultation: entry_hash(&consultation.seal()),
            reply: OwnerReply::ConsentsToPart,
            groups: vec![FieldGroup::Documents],
            restriction: Some(subject_requests::Restriction::Inquiry),
            texts: vec![short("hi", "जाँच चल रही है")],
        },
    );
    let answered = step("subject-request-answer", 2_300, "XB", answer);
    let decided = RequestStep::Decided {
        decision: Decision::PartlyDisclosed,
        orders: vec![],
        answers: vec![entry_hash(&answered.seal())],
        texts: vec![short("zh", "部分告知")],
    };
    let follows = entry_hash(&consultation.seal());
    let decided = StepStatement::step(derived("request decision"), request, follows, decided);
    vec![taken_in, searched, consultation, answered, step("subject-request-decision", 2_400, "XA", decided)]
}

/// A person that the owner kept at its review, for a reason in words.
fn kept_sample() -> Sample {
    let bare = version("kept", 1, None, bare_terms(), bare_person());
    let kept = Keeping {
        decided_on: "2026-10-31".parse().unwrap(),
        reason: KeepReason::Other,
        text: Some(short("ru", "Ожидается ответ суда")),
    };
    let version = contents::RecordVersion { terms: Terms { kept: Some(kept), ..bare.terms.clone() }, ..bare };
    Sample {
        name: "person-kept",
        claims: claims(EntryType::Person, "XB", contents::record_subject(version.record), FOUNDED + 1_850),
        payload: contents::encode(&version),
        signers: several(&["XB"]),
    }
}

/// The node of one bureau attests that it erased two records of another one.
fn erasure_attestation_sample() -> Sample {
    let erased = [EntryHash(derived("first erasure")), EntryHash(derived("second erasure"))];
    let node = NodeId(record("node").0);
    let attestation = ErasureAttestation {
        salt: derived("erasure attestation"),
        stream: StreamId {
            organisation: "XB".parse().unwrap(),
            class: StreamClass::Persons,
            node,
            incarnation: 1,
        },
        from: 7,
        to: 9,
        last: erased[1],
        count: 2,
        root: root_of(&erased).unwrap(),
        node,
        attested_at: FOUNDED + 1_900,
    };
    Sample {
        name: "erasure-attestation",
        claims: claims(EntryType::ErasureAttestation, "XA", erasure_subject(erased[1]), FOUNDED + 1_900),
        payload: contents::encode(&attestation),
        signers: several(&["XA"]),
    }
}

fn document_samples() -> Vec<Sample> {
    let mut revoked = document("XB 000-0001");
    revoked.fraud_type = FraudType::Revoked;
    revoked.reason = Some(RevocationReason::CourtOrder);
    let mut range = document("XB1000000");
    range.range_end = Some(DocumentNumber::new("XB1000499").unwrap());
    range.fraud_type = FraudType::StolenBlank;
    range.reported_on = None;
    let single = |name, what: &str, statement: TravelDocument| Sample {
        name,
        claims: claims(
            EntryType::TravelDocument,
            "XB",
            contents::record_subject(record(what)),
            FOUNDED + 1_000,
        ),
        payload: contents::encode(&version(what, 1, None, bare_terms(), statement)),
        signers: several(&["XB"]),
    };
    let items = batch_items();
    let batch = Sample {
        name: "batch",
        claims: claims(EntryType::Batch, "XB", "batch:travel-documents", FOUNDED + 1_100),
        payload: contents::encode(&manifest(&items)),
        signers: several(&["XB"]),
    };
    let item = item_hash(&items.items()[9]);
    let withdrawal = ItemWithdrawal {
        salt: derived("item withdrawal"),
        batch: entry_hash(&batch.seal()),
        index: 9,
        item,
        record: item_record(&items.root(), &item),
        reason: WithdrawalReason::Recovered,
    };
    let withdrawal = Sample {
        name: "item-withdrawal",
        claims: claims(
            EntryType::ItemWithdrawal,
            "XB",
            contents::record_subject(withdrawal.record),
            FOUNDED + 1_200,
        ),
        payload: contents::encode(&withdrawal),
        signers: several(&["XB"]),
    };
    vec![
        single("travel-document", "revoked", revoked),
        single("travel-document-range", "range", range),
        batch,
        withdrawal,
    ]
}

pub fn sample(name: &str) -> Sample {
    samples().into_iter().find(|sample| sample.name == name).unwrap()
}
