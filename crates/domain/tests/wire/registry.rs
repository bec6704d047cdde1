//! The registry: who may speak for the association, what is refused, and that a replay gives the same registry.

use barid_domain::codes::{Database, OrganisationKind};
use barid_domain::contents::{self, ContentError, EntryType};
use barid_domain::entries::{Claims, SealError, Unverified, entry_hash, seal};
use barid_domain::ids::EntryHash;
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::registry::{
    Aspect, Custody, Genesis, KeyAct, KeyStatement, KeyUsage, Limit, NAMES_CAP, OrganisationStatement,
    PLACES_CAP, Registry, RegistryError, SigningAlgorithm, Standing,
};
use barid_domain::streams::{Position, StreamClass};
use barid_domain::text::LocalText;

use crate::samples::*;

fn sealed(claims: &Claims, payload: Vec<u8>, codes: &[&str]) -> Vec<u8> {
    let signers: Vec<Ed25519Signer> = codes.iter().map(|code| signer(code)).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    seal(claims, payload, &signers).unwrap()
}

fn founding(genesis: &Genesis, codes: &[&str]) -> Vec<u8> {
    let claims = claims(EntryType::Genesis, "XA", "association", FOUNDED);
    sealed(&claims, contents::encode(genesis), codes)
}

fn found(genesis: &Genesis, codes: &[&str]) -> Result<Registry, RegistryError> {
    Registry::found(&founding(genesis, codes), None).map(|(registry, _)| registry)
}

fn registry() -> Registry {
    found(&genesis(), &["XA", "XB", "XC"]).unwrap()
}

fn stated(statement: &OrganisationStatement, at: i64, codes: &[&str]) -> Vec<u8> {
    let subject = format!("organisation:{}", statement.code);
    sealed(&claims(EntryType::Organisation, codes[0], subject, at), contents::encode(statement), codes)
}

fn keyed(statement: &KeyStatement, at: i64, codes: &[&str]) -> Vec<u8> {
    let subject = format!("key:{}", statement.key.id());
    sealed(&claims(EntryType::Key, codes[0], subject, at), contents::encode(statement), codes)
}

fn bureau_statement(what: &str, code: &str, country: &str, standing: Standing) -> OrganisationStatement {
    let profile = bureau(code, country, vec![short("fa", "دفتر تمرینی"), short("zh", "演习局")]);
    OrganisationStatement {
        salt: derived(what),
        code: org(code),
        profile,
        standing,
        must_sign_with: Vec::new(),
        limits: Vec::new(),
    }
}

/// Everything the registry answers, for comparing two of them.
fn shown(registry: &Registry) -> String {
    let organisations: Vec<_> = registry.organisations().collect();
    let keys: Vec<_> = registry.keys().collect();
    format!("{:?} {:?} {organisations:?} {keys:?}", registry.fingerprint(), registry.quorum())
}

/// Applies and asserts that a refusal changed nothing.
fn refused(registry: &mut Registry, bytes: &[u8]) -> RegistryError {
    let before = shown(registry);
    let error = registry.apply(bytes).unwrap_err();
    assert_eq!(shown(registry), before, "a refused entry changed the registry");
    error
}

#[test]
fn a_genesis_is_pinned_by_its_fingerprint() {
    let bytes = founding(&genesis(), &["XA", "XB", "XC"]);
    let hash = entry_hash(&bytes);
    let (registry, verified) = Registry::found(&bytes, Some(hash)).unwrap();
    assert_eq!((registry.fingerprint(), verified.hash()), (hash, hash));
    assert_eq!(verified.signers(), [org("XA"), org("XB"), org("XC")]);
    assert_eq!(Registry::found(&bytes, Some(EntryHash([0; 32]))).unwrap_err(), RegistryError::NotPinned);
    let fewer = founding(&genesis(), &["XA", "XB"]);
    assert_eq!(Registry::found(&fewer, Some(hash)).unwrap_err(), RegistryError::NotPinned);
}

#[test]
fn a_genesis_needs_its_threshold_of_different_founders() {
    assert!(found(&genesis(), &["XA", "XC"]).is_ok());
    let cases: &[(&[&str], SealError)] = &[
        (&["XA"], SealError::TooFewSignatures),
        (&["XA", "XA"], SealError::TooFewSignatures),
        (&["XA", "XB", "XB"], SealError::TooFewSignatures),
        (&["XA", "XB", "stranger"], SealError::UnknownKey),
    ];
    for (codes, error) in cases {
        assert_eq!(found(&genesis(), codes).unwrap_err(), RegistryError::Seal(error.clone()), "{codes:?}");
    }
}

#[test]
fn a_genesis_that_contradicts_itself_is_refused() {
    let with = |change: fn(&mut Genesis)| {
        let mut changed = genesis();
        change(&mut changed);
        found(&changed, &["XA", "XB", "XC"]).err()
    };
    let threshold = Some(RegistryError::Genesis("threshold"));
    assert_eq!(with(|genesis| genesis.threshold = 0), threshold);
    assert_eq!(with(|genesis| genesis.threshold = 1), threshold, "two halves could both speak");
    assert_eq!(with(|genesis| genesis.threshold = 4), threshold);
    let half = |founders: usize, threshold: u32| {
        let mut changed = Genesis { threshold, ..genesis() };
        changed.founders.truncate(founders);
        found(&changed, &["XA", "XB"]).err()
    };
    assert_eq!(half(2, 1), threshold, "exactly half");
    assert_eq!(half(2, 2), None);
    assert_eq!(with(|genesis| genesis.threshold = 3), None);
    assert_eq!(with(|genesis| genesis.founders.clear()), Some(RegistryError::Genesis("number of founders")));
    let twice = with(|genesis| genesis.founders[1].profile.code = org("XA"));
    assert_eq!(twice, Some(RegistryError::Genesis("a founder twice")));
    let shared = with(|genesis| genesis.founders[1].key = genesis.founders[0].key);
    assert_eq!(shared, Some(RegistryError::Genesis("a key twice")));
    let partner = with(|genesis| genesis.founders[2].profile.kind = OrganisationKind::Partner);
    assert_eq!(partner, Some(RegistryError::Genesis("founders are bureaus")));
    let names = Some(RegistryError::Genesis("names"));
    assert_eq!(with(|genesis| genesis.names.clear()), names);
    assert_eq!(with(|genesis| genesis.names = vec![short("ru", "Учение"); NAMES_CAP]), None);
    assert_eq!(with(|genesis| genesis.names = vec![short("ru", "Учение"); NAMES_CAP + 1]), names);
    let hidden = |text: &str| LocalText { language: "ar".into(), text: text.into() };
    assert!(found(&Genesis { names: vec![hidden("تمرين\u{202e}")], ..genesis() }, &["XA", "XB"]).is_err());
    let nameless = with(|genesis| genesis.founders[0].profile.names.clear());
    assert_eq!(nameless, Some(RegistryError::Contradiction("profile")));
    let stateless = with(|genesis| genesis.founders[0].profile.country = None);
    assert_eq!(stateless, Some(RegistryError::Contradiction("country")));
}

#[test]
fn a_genesis_is_founded_and_not_applied() {
    let mut registry = registry();
    let second = Genesis { salt: derived("second genesis"), ..genesis() };
    let error = refused(&mut registry, &founding(&second, &["XA", "XB", "XC"]));
    assert_eq!(error, RegistryError::Contradiction("a second genesis"));
    let statement = stated(&secretariat(), FOUNDED, &["XA", "XB"]);
    assert_eq!(Registry::found(&statement, None).unwrap_err(), RegistryError::NotRegistry);
}

#[test]
fn an_organisation_is_added_by_the_threshold_and_by_nothing_less() {
    let mut registry = registry();
    let ghost = bureau_statement("ghost", "KZ", "KAZ", Standing::Active);
    let cases: &[(&[&str], SealError)] = &[
        (&["XA"], SealError::TooFewSignatures),
        (&["XA", "XA"], SealError::TooFewSignatures),
        (&["XA", "stranger"], SealError::UnknownKey),
        (&["XA", "XB", "stranger"], SealError::UnknownKey),
    ];
    for (codes, error) in cases {
        let bytes = stated(&ghost, FOUNDED + 1, codes);
        assert_eq!(refused(&mut registry, &bytes), RegistryError::Seal(error.clone()), "{codes:?}");
    }
    let mut spoilt = stated(&ghost, FOUNDED + 1, &["XA", "XB", "XC"]);
    let last = spoilt.len() - 1;
    spoilt[last] ^= 1;
    assert_eq!(
        refused(&mut registry, &spoilt),
        RegistryError::Seal(SealError::BadSignature),
        "one bad among enough good ones"
    );
    let bytes = stated(&secretariat(), FOUNDED + 1, &["XC", "XB"]);
    registry.apply(&bytes).unwrap();
    let secretariat = registry.active(org("SEC")).unwrap();
    assert_eq!(secretariat.custody, Custody::HostedBy(org("XA")));
    assert_eq!(secretariat.stated_in, entry_hash(&bytes));
}

#[test]
fn a_newcomer_with_a_key_does_not_join_the_quorum() {
    let mut registry = registry();
    let newcomer = bureau_statement("newcomer", "XD", "XXA", Standing::Active);
    registry.apply(&stated(&newcomer, FOUNDED + 1, &["XA", "XB"])).unwrap();
    let key = key_statement("XD key", "XD", signer("XD").public_key(), KeyAct::Add, FOUNDED + 1);
    registry.apply(&keyed(&key, FOUNDED + 1, &["XA", "XB"])).unwrap();
    let bytes = stated(&secretariat(), FOUNDED + 2, &["XA", "XD"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Seal(SealError::UnknownKey));
}

#[test]
fn a_founder_with_two_keys_is_still_one_founder() {
    let mut registry = registry();
    let key = key_statement("XA 2", "XA", signer("XA 2").public_key(), KeyAct::Add, FOUNDED);
    registry.apply(&keyed(&key, FOUNDED + 1, &["XB", "XC"])).unwrap();
    let bytes = stated(&secretariat(), FOUNDED + 2, &["XA", "XA 2"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Seal(SealError::TooFewSignatures));
}

#[test]
fn what_is_said_of_an_organisation_must_fit_what_is_known() {
    let mut registry = registry();
    registry.apply(&stated(&secretariat(), FOUNDED, &["XA", "XB"])).unwrap();
    let mut refuses = |statement: OrganisationStatement, why| {
        let bytes = stated(&statement, FOUNDED, &["XA", "XB"]);
        assert_eq!(refused(&mut registry, &bytes), RegistryError::Contradiction(why));
    };
    let mut other_kind = secretariat();
    other_kind.salt = derived("other kind");
    other_kind.profile.kind = OrganisationKind::Partner;
    refuses(other_kind, "an organisation can't change its kind");
    let mut two_codes = bureau_statement("two codes", "XD", "XXA", Standing::Active);
    two_codes.profile.code = org("XE");
    refuses(two_codes, "two codes");
    let mut country = bureau_statement("country", "XD", "XXA", Standing::Active);
    country.profile.country = None;
    refuses(country, "country");
    let mut later = bureau_statement("later", "XD", "XXA", Standing::Unlisted(9));
    refuses(later.clone(), "profile");
    later.standing = Standing::Active;
    later.profile.kind = OrganisationKind::Unlisted(900);
    refuses(later, "profile");
    let mut hidden = bureau_statement("hidden", "XD", "XXA", Standing::Active);
    hidden.profile.names[0].text = "दिल्ली\u{202e}".into();
    refuses(hidden, "profile");
    let mut tagless = bureau_statement("tagless", "XD", "XXA", Standing::Active);
    tagless.profile.names[0].language = "не язык".into();
    refuses(tagless, "profile");
}

#[test]
fn organisations_are_suspended_return_and_leave_for_good() {
    let mut registry = registry();
    let steps = [
        (Standing::Active, true),
        (Standing::Suspended, false),
        (Standing::Active, true),
        (Standing::Left, false),
    ];
    for (i, (standing, active)) in steps.into_iter().enumerate() {
        let statement = bureau_statement(&format!("step {i}"), "XD", "XXA", standing);
        registry.apply(&stated(&statement, FOUNDED + i as i64, &["XA", "XB"])).unwrap();
        assert_eq!(registry.active(org("XD")).is_some(), active, "step {i}");
    }
    let back = bureau_statement("back", "XD", "XXA", Standing::Active);
    let error = refused(&mut registry, &stated(&back, FOUNDED + 9, &["XA", "XB"]));
    assert_eq!(error, RegistryError::Contradiction("who has left needs a new code"));
    let key = key_statement("late key", "XD", signer("XD").public_key(), KeyAct::Add, FOUNDED);
    let error = refused(&mut registry, &keyed(&key, FOUNDED + 9, &["XA", "XB"]));
    assert_eq!(error, RegistryError::Contradiction("who has left gets no key"));
}

/// A statement bears no number: without a memory, an old "active" played again would lift a suspension.
#[test]
fn a_statement_counts_once() {
    let mut registry = registry();
    let statement = bureau_statement("joins", "XD", "XXA", Standing::Active);
    let joins = stated(&statement, FOUNDED + 1, &["XA", "XB"]);
    let reordered = stated(&statement, FOUNDED + 1, &["XB", "XA"]);
    registry.apply(&joins).unwrap();
    let suspended = bureau_statement("suspended", "XD", "XXA", Standing::Suspended);
    registry.apply(&stated(&suspended, FOUNDED + 1, &["XA", "XB"])).unwrap();
    for again in [&joins, &reordered] {
        assert_eq!(refused(&mut registry, again), RegistryError::Contradiction("stated already"));
    }
    assert!(registry.active(org("XD")).is_none());
}

/// A statement that was signed and held back must not be slipped in behind a later one, nor signed with an ended key.
#[test]
fn statements_do_not_go_back_in_time() {
    let mut registry = registry();
    let early = bureau_statement("early", "XD", "XXA", Standing::Active);
    registry.apply(&stated(&secretariat(), FOUNDED + 100, &["XA", "XB"])).unwrap();
    let late = Err(RegistryError::Contradiction("issued before what stands already"));
    let before = stated(&early, FOUNDED + 99, &["XA", "XB"]);
    assert_eq!(registry.apply(&before).map(|_| ()), late);
    assert!(registry.apply(&stated(&early, FOUNDED + 100, &["XA", "XB"])).is_ok());
}

#[test]
fn the_issuer_is_one_of_those_who_sign() {
    let mut registry = registry();
    let foreign = claims(EntryType::Organisation, "XC", "organisation:SEC", FOUNDED + 1);
    let bytes = sealed(&foreign, contents::encode(&secretariat()), &["XA", "XB"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Contradiction("the issuer has not signed"));
    let genesis = sealed(
        &claims(EntryType::Genesis, "XC", "association", FOUNDED),
        contents::encode(&genesis()),
        &["XA", "XB"],
    );
    let error = Registry::found(&genesis, None).unwrap_err();
    assert_eq!(error, RegistryError::Contradiction("the issuer has not signed"));
}

#[test]
fn a_founder_that_takes_no_part_does_not_sign() {
    let mut registry = registry();
    let suspended = |what: &str, code: &str, country: &str| {
        stated(&bureau_statement(what, code, country, Standing::Suspended), FOUNDED + 1, &["XA", "XB"])
    };
    registry.apply(&suspended("XC rests", "XC", "XCX")).unwrap();
    let bytes = stated(&secretariat(), FOUNDED + 2, &["XA", "XC"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Seal(SealError::UnknownKey));
    let error = refused(&mut registry, &suspended("XB rests", "XB", "XBX"));
    assert_eq!(error, RegistryError::Contradiction("too few founders would be left"));
    let returns = bureau_statement("XC returns", "XC", "XCX", Standing::Active);
    registry.apply(&stated(&returns, FOUNDED + 3, &["XA", "XB"])).unwrap();
    registry.apply(&stated(&secretariat(), FOUNDED + 4, &["XA", "XC"])).unwrap();
}

#[test]
fn keys_are_added_retired_and_end_at_the_earliest_stated_time() {
    let mut registry = registry();
    let key = signer("XB 2").public_key();
    let state = |what: &str, act, from| {
        keyed(&key_statement(what, "XB", key, act, from), FOUNDED + 5_000, &["XA", "XC"])
    };
    registry.apply(&state("add", KeyAct::Add, FOUNDED + 1_000)).unwrap();
    let person = |at| {
        let sample = sample("person");
        let claims = Claims { issuer: org("XB"), issued_at: FOUNDED + at, ..sample.claims };
        Unverified::parse(&sealed(&claims, sample.payload, &["XB 2"])).unwrap()
    };
    let verify = |registry: &Registry, at| person(at).verify(registry).map(|_| ());
    assert_eq!(verify(&registry, 999), Err(SealError::KeyNotValid));
    assert_eq!(verify(&registry, 1_000), Ok(()));
    registry.apply(&state("retire", KeyAct::Retire, FOUNDED + 3_000)).unwrap();
    assert_eq!(verify(&registry, 2_999), Ok(()), "what it signed before stands");
    assert_eq!(verify(&registry, 3_000), Err(SealError::KeyNotValid));
    registry.apply(&state("compromised", KeyAct::Compromised, FOUNDED + 2_000)).unwrap();
    assert_eq!(verify(&registry, 1_999), Ok(()));
    assert_eq!(verify(&registry, 2_000), Err(SealError::KeyNotValid));
    registry.apply(&state("later", KeyAct::Retire, FOUNDED + 4_000)).unwrap();
    assert_eq!(verify(&registry, 2_000), Err(SealError::KeyNotValid), "a later end brings nothing back");
    let error = refused(&mut registry, &state("again", KeyAct::Add, FOUNDED + 4_000));
    assert_eq!(error, RegistryError::Contradiction("the key is known already"));
}

#[test]
fn what_is_said_of_a_key_must_fit_what_is_known() {
    let mut registry = registry();
    let mut refuses = |statement: KeyStatement, why| {
        let bytes = keyed(&statement, FOUNDED + 1, &["XA", "XB"]);
        assert_eq!(refused(&mut registry, &bytes), RegistryError::Contradiction(why));
    };
    let fresh = signer("fresh").public_key();
    let of_a = signer("XA").public_key();
    refuses(key_statement("nobody", "XD", fresh, KeyAct::Add, FOUNDED), "a key of nobody");
    refuses(key_statement("shared", "XB", of_a, KeyAct::Add, FOUNDED), "the key is known already");
    refuses(key_statement("foreign", "XB", of_a, KeyAct::Retire, FOUNDED), "no such key");
    refuses(key_statement("unknown", "XB", fresh, KeyAct::Compromised, FOUNDED), "no such key");
    refuses(key_statement("later", "XB", fresh, KeyAct::Unlisted(8), FOUNDED), "an act of a later version");
    let mut usage = key_statement("usage", "XB", fresh, KeyAct::Add, FOUNDED);
    usage.usage = KeyUsage::Unlisted(8);
    refuses(usage, "a usage of a later version");
}

#[test]
fn a_key_for_checkpoints_signs_no_entry() {
    let mut registry = registry();
    let mut key = key_statement("checkpoints", "XB", signer("XB 2").public_key(), KeyAct::Add, FOUNDED);
    key.usage = KeyUsage::Checkpoints;
    registry.apply(&keyed(&key, FOUNDED + 1, &["XA", "XC"])).unwrap();
    let bytes = stated(&secretariat(), FOUNDED + 2, &["XA", "XB 2"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Seal(SealError::UnknownKey));
    let sample = sample("person");
    let entry = sealed(&Claims { issuer: org("XB"), ..sample.claims }, sample.payload, &["XB 2"]);
    assert_eq!(Unverified::parse(&entry).unwrap().verify(&registry).unwrap_err(), SealError::UnknownKey);
}

#[test]
fn records_are_no_statements_for_the_registry_and_types_of_later_versions_change_nothing() {
    let mut registry = registry();
    let sample = sample("person");
    let record = sealed(&sample.claims, sample.payload, &["XA", "XB"]);
    assert_eq!(refused(&mut registry, &record), RegistryError::NotRegistry);
    let later = claims(EntryType::Unknown("policy.v1".into()), "XA", "policy:1", FOUNDED + 1);
    let before = shown(&registry);
    registry.apply(&sealed(&later, vec![0xa0], &["XA", "XB"])).unwrap();
    assert_eq!(shown(&registry), before);
    let misread = claims(EntryType::Key, "XA", "key:none", FOUNDED + 1);
    let error = refused(&mut registry, &sealed(&misread, contents::encode(&secretariat()), &["XA", "XB"]));
    assert_eq!(error, RegistryError::Content(ContentError::Malformed));
    let mut subject = claims(EntryType::Organisation, "XA", "organisation:XB", FOUNDED + 1);
    let bytes = sealed(&subject, contents::encode(&secretariat()), &["XA", "XB"]);
    assert_eq!(refused(&mut registry, &bytes), RegistryError::Content(ContentError::Subject));
    subject.subject = "organisation:SEC".into();
    assert!(registry.apply(&sealed(&subject, contents::encode(&secretariat()), &["XA", "XB"])).is_ok());
}

#[test]
fn a_registry_replayed_from_its_entries_is_the_same() {
    let samples: Vec<Vec<u8>> = samples().into_iter().take(5).map(|sample| sample.seal()).collect();
    let replay = || {
        let (mut registry, _) = Registry::found(&samples[0], Some(entry_hash(&samples[0]))).unwrap();
        for entry in &samples[1..] {
            registry.apply(entry).unwrap();
        }
        shown(&registry)
    };
    assert_eq!(replay(), replay());
    assert!(replay().contains("HostedBy"));
}

/// Seals a person entry of XA with these keys and says whether the registry believes it.
fn stated_by_a(registry: &Registry, signers: &[&dyn Signer], at: i64) -> Result<(), SealError> {
    let sample = sample("person-bare");
    let claims = Claims { issued_at: FOUNDED + at, ..sample.claims };
    let bytes = seal(&claims, sample.payload, signers).unwrap();
    Unverified::parse(&bytes).unwrap().verify(registry).map(|_| ())
}

fn must_sign_with(what: &str, algorithms: &[SigningAlgorithm]) -> OrganisationStatement {
    let mut statement = profile_statement(what, founders().remove(0).profile);
    statement.must_sign_with = algorithms.to_vec();
    statement
}

/// The schedule by which an organisation goes over to another algorithm: old, both, new; what was signed before stands.
#[test]
fn an_organisation_goes_over_to_another_algorithm() {
    let mut registry = registry();
    let (old, new) = (signer("XA"), p256_signer("XA P-256"));
    let both: [&dyn Signer; 2] = [&old, &new];
    let missing = Err(SealError::MissingAlgorithm);
    let rule = [SigningAlgorithm::Ed25519, SigningAlgorithm::EcdsaP256];
    let error = refused(&mut registry, &stated(&must_sign_with("early", &rule), FOUNDED + 50, &["XB", "XC"]));
    assert_eq!(error, RegistryError::Contradiction("no key of an algorithm that it would have to sign with"));
    let add = key_statement("new key", "XA", new.public_key(), KeyAct::Add, FOUNDED + 100);
    registry.apply(&keyed(&add, FOUNDED + 100, &["XA", "XB"])).unwrap();
    for signers in [&both[..1], &both[1..], &both] {
        assert_eq!(stated_by_a(&registry, signers, 150), Ok(()));
    }
    registry.apply(&stated(&must_sign_with("both", &rule), FOUNDED + 200, &["XB", "XC"])).unwrap();
    assert_eq!(stated_by_a(&registry, &both, 200), Ok(()));
    assert_eq!(stated_by_a(&registry, &both[..1], 200), missing);
    assert_eq!(stated_by_a(&registry, &both[1..], 200), missing);
    assert_eq!(stated_by_a(&registry, &both[..1], 199), Ok(()), "what was signed before stands");
    // As a founder it signs with both too, and is still one founder.
    let by_one_key = bureau_statement("by one key", "XD", "XXA", Standing::Active);
    let error = refused(&mut registry, &stated(&by_one_key, FOUNDED + 210, &["XA", "XB"]));
    assert_eq!(error, RegistryError::Seal(SealError::MissingAlgorithm));
    let claims = claims(EntryType::Organisation, "XA", "organisation:XD", FOUNDED + 210);
    let signed = seal(&claims, contents::encode(&by_one_key), &[&old, &new, &signer("XB")]).unwrap();
    registry.apply(&signed).unwrap();
    let only_new = must_sign_with("new", &rule[1..]);
    registry.apply(&stated(&only_new, FOUNDED + 300, &["XB", "XC"])).unwrap();
    let retire = key_statement("old key ends", "XA", old.public_key(), KeyAct::Retire, FOUNDED + 400);
    registry.apply(&keyed(&retire, FOUNDED + 310, &["XB", "XC"])).unwrap();
    assert_eq!(stated_by_a(&registry, &both[1..], 500), Ok(()));
    assert_eq!(stated_by_a(&registry, &both[..1], 399), missing);
    assert_eq!(stated_by_a(&registry, &both, 500), Err(SealError::KeyNotValid), "every one that is there");
    assert_eq!(stated_by_a(&registry, &both, 250), Ok(()));
    assert_eq!(stated_by_a(&registry, &both[1..], 250), missing);
}

#[test]
fn what_an_organisation_must_sign_with_is_known_and_in_order() {
    let mut registry = registry();
    let key = p256_signer("XA P-256").public_key();
    let add = key_statement("new key", "XA", key, KeyAct::Add, FOUNDED);
    registry.apply(&keyed(&add, FOUNDED, &["XA", "XB"])).unwrap();
    let (ed25519, p256) = (SigningAlgorithm::Ed25519, SigningAlgorithm::EcdsaP256);
    let disorder = "algorithms twice or out of order";
    for (rule, why) in [
        (vec![p256, ed25519], disorder),
        (vec![p256, p256], disorder),
        (vec![p256, SigningAlgorithm::Unlisted(9)], "an algorithm of a later version"),
    ] {
        let bytes = stated(&must_sign_with("rule", &rule), FOUNDED, &["XA", "XB"]);
        assert_eq!(refused(&mut registry, &bytes), RegistryError::Contradiction(why));
    }
    let mut checkpoints =
        key_statement("checkpoints", "XB", p256_signer("XB").public_key(), KeyAct::Add, FOUNDED);
    checkpoints.usage = KeyUsage::Checkpoints;
    let error = refused(&mut registry, &keyed(&checkpoints, FOUNDED, &["XA", "XB"]));
    assert_eq!(error, RegistryError::Contradiction("checkpoints are signed with Ed25519"));
}

/// Founders of both algorithms found together.
#[test]
fn founders_of_both_algorithms_found_an_association() {
    let mut mixed = genesis();
    mixed.founders[1].key = p256_signer("XB").public_key();
    let claims = claims(EntryType::Genesis, "XA", "association", FOUNDED);
    let with = |second: &dyn Signer| {
        let bytes = seal(&claims, contents::encode(&mixed), &[&signer("XA"), second]).unwrap();
        Registry::found(&bytes, None).map(|_| ())
    };
    assert_eq!(with(&p256_signer("XB")), Ok(()));
    assert_eq!(with(&signer("XB")), Err(RegistryError::Seal(SealError::UnknownKey)));
}

/// A thief writes into an entry whatever time he likes: the place in the stream is what he can't write.
#[test]
fn a_thief_who_dates_back_is_caught_by_the_place() {
    let mut registry = registry();
    let stolen = signer("XB");
    let at = |registry: &Registry, issued_at: i64, place: Option<Position>| {
        let sample = sample("person-bare");
        let claims = Claims { issuer: org("XB"), issued_at: FOUNDED + issued_at, ..sample.claims };
        let bytes = seal(&claims, sample.payload, &[&stolen]).unwrap();
        let entry = Unverified::parse(&bytes).unwrap();
        place
            .map_or_else(|| entry.clone().verify(registry), |place| entry.clone().verify_at(registry, &place))
            .map(|_| ())
    };
    let persons = |seq| Some(place("XB", StreamClass::Persons, seq));
    let documents = |seq| Some(place("XB", StreamClass::TravelDocuments, seq));
    assert_eq!(at(&registry, 100, persons(900)), Ok(()));
    let mut by_time = key_statement("stolen", "XB", stolen.public_key(), KeyAct::Compromised, FOUNDED + 500);
    registry.apply(&keyed(&by_time, FOUNDED + 600, &["XA", "XC"])).unwrap();
    assert_eq!(at(&registry, 500, persons(8)), Err(SealError::KeyNotValid));
    assert_eq!(at(&registry, 100, persons(900)), Ok(()), "by its time alone the thief's entry would count");
    by_time.salt = derived("stolen, with places");
    by_time.up_to = Some(vec![persons(7).unwrap()]);
    registry.apply(&keyed(&by_time, FOUNDED + 700, &["XA", "XC"])).unwrap();
    let after = Err(SealError::AfterCompromise);
    assert_eq!(at(&registry, 100, persons(7)), Ok(()), "what stood there before counts");
    assert_eq!(at(&registry, 100, persons(8)), after, "dated back, at a later place");
    assert_eq!(at(&registry, 100, documents(1)), after, "in a stream that is not named");
    assert_eq!(at(&registry, 100, None), after, "what has no place yet");
    assert_eq!(at(&registry, 500, persons(7)), Err(SealError::KeyNotValid));
    // A further statement takes away and gives nothing back.
    let mut further = by_time.clone();
    further.salt = derived("stolen, a further statement");
    further.up_to = Some(vec![persons(5).unwrap(), documents(9).unwrap()]);
    registry.apply(&keyed(&further, FOUNDED + 800, &["XA", "XC"])).unwrap();
    assert_eq!(at(&registry, 100, persons(5)), Ok(()));
    assert_eq!(at(&registry, 100, persons(6)), after);
    assert_eq!(at(&registry, 100, documents(1)), after);
    // As a founder its key signs nothing more, whatever the time.
    let ghost = bureau_statement("ghost", "XD", "XXA", Standing::Active);
    let error = refused(&mut registry, &stated(&ghost, FOUNDED + 400, &["XA", "XB"]));
    assert_eq!(error, RegistryError::Seal(SealError::AfterCompromise));
}

#[test]
fn the_places_of_a_compromise_are_the_organisations_own_and_in_order() {
    let mut registry = registry();
    let stolen = signer("XB").public_key();
    let state = |act, up_to: Vec<Position>| {
        let mut statement = key_statement("stolen", "XB", stolen, act, FOUNDED);
        statement.up_to = Some(up_to);
        keyed(&statement, FOUNDED, &["XA", "XC"])
    };
    let (one, other) = (place("XB", StreamClass::Persons, 7), place("XB", StreamClass::TravelDocuments, 7));
    let numbered = |number: u32| {
        let mut place = one;
        place.stream.incarnation = number;
        place
    };
    for (act, places, why) in [
        (KeyAct::Retire, vec![one], "places where none belong"),
        (KeyAct::Compromised, vec![other, one], "places twice or out of order"),
        (KeyAct::Compromised, vec![one, one], "places twice or out of order"),
        (
            KeyAct::Compromised,
            vec![place("XA", StreamClass::Persons, 7)],
            "a place in the stream of another organisation",
        ),
        (KeyAct::Compromised, (0..=PLACES_CAP as u32).map(numbered).collect(), "too many places"),
    ] {
        assert_eq!(refused(&mut registry, &state(act, places)), RegistryError::Contradiction(why));
    }
    registry.apply(&state(KeyAct::Compromised, (0..PLACES_CAP as u32).map(numbered).collect())).unwrap();
}

/// One side of taking part is suspended alone, in one database or in all; a suspended organisation does nothing at all.
#[test]
fn an_organisation_is_limited_in_what_it_does_and_where() {
    let mut registry = registry();
    let limit = |aspect, database| Limit { aspect, database };
    let stated_with = |what: &str, standing, limits: Vec<Limit>| {
        let statement = OrganisationStatement { limits, ..bureau_statement(what, "XD", "XXA", standing) };
        stated(&statement, FOUNDED + 1, &["XA", "XB"])
    };
    let does = |registry: &Registry| {
        let (_, organisation) = registry.organisations().find(|(code, _)| *code == org("XD")).unwrap();
        [Database::Persons, Database::TravelDocuments]
            .map(|database| (organisation.may_read(database), organisation.may_write(database)))
    };
    let (yes, no) = (true, false);
    for (what, standing, limits, expected) in [
        ("whole", Standing::Active, vec![], [(yes, yes), (yes, yes)]),
        ("no reading", Standing::Active, vec![limit(Aspect::Read, None)], [(no, yes), (no, yes)]),
        (
            "no persons written, no documents read",
            Standing::Active,
            vec![
                limit(Aspect::Read, Some(Database::TravelDocuments)),
                limit(Aspect::Write, Some(Database::Persons)),
            ],
            [(yes, no), (no, yes)],
        ),
        ("suspended", Standing::Suspended, vec![], [(no, no), (no, no)]),
        ("back", Standing::Active, vec![], [(yes, yes), (yes, yes)]),
    ] {
        registry.apply(&stated_with(what, standing, limits)).unwrap();
        assert_eq!(does(&registry), expected, "{what}");
    }
    let one = limit(Aspect::Read, None);
    let disorder = "limits twice, out of order or too many";
    for (limits, why) in [
        (vec![one, one], disorder),
        (vec![limit(Aspect::Write, None), one], disorder),
        (vec![limit(Aspect::Unlisted(9), None)], "a limit of a later version"),
        (vec![limit(Aspect::Read, Some(Database::Unlisted(900)))], "a limit of a later version"),
    ] {
        let error = refused(&mut registry, &stated_with("refused", Standing::Active, limits));
        assert_eq!(error, RegistryError::Contradiction(why));
    }
}
