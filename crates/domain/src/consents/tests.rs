//! What requests and answers come to, in whatever order they are read.

use proptest::prelude::*;

use super::*;
use crate::contents::{EntryType, encode};
use crate::entries::{Claims, KeyLookup, RegisteredKey, Unverified, seal};
use crate::ids::{KeyId, NodeId};
use crate::keys::{Ed25519Signer, Signer};
use crate::registry::KeyUsage;
use crate::streams::{StreamClass, StreamId};

const ASKER: &str = "XPART";
const OWNER: &str = "XA";

/// Every organisation signs with the key of its code.
struct Keys;

impl KeyLookup for Keys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        let codes = [ASKER, OWNER, "XB"];
        let code = codes.into_iter().find(|code| signer(code).public_key().id() == *id)?;
        let (key, usage) = (signer(code).public_key(), KeyUsage::Entries);
        Some(RegisteredKey { organisation: org(code), key, not_before: 0, not_after: None, usage })
    }
}

fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn signer(code: &str) -> Ed25519Signer {
    Ed25519Signer::from_secret(&[code.len() as u8 * 16 + code.as_bytes()[1]; 32])
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn words(text: &str) -> LocalText {
    LocalText { language: "ru".into(), text: text.into() }
}

fn request() -> ConsentRequest {
    ConsentRequest {
        salt: [1; 32],
        owner: org(OWNER),
        database: Database::Persons,
        records: vec![record(1), record(2)],
        purpose: Purpose::DrugTrafficking,
        reference: "Дело 7".into(),
        reason: words("Совпадают имя и дата рождения"),
        until: day("2026-12-20"),
        access: EntryHash([9; 32]),
    }
}

fn consent(request: EntryHash, act: ConsentAct, salt: u8) -> Consent {
    let gives = act == ConsentAct::Give;
    Consent {
        salt: [salt; 32],
        request,
        act,
        records: if gives { vec![record(1)] } else { Vec::new() },
        fields: Vec::new(),
        until: gives.then(|| day("2026-12-10")),
        duties: Vec::new(),
        conditions: Vec::new(),
        reason: None,
        tells: false,
    }
}

fn sealed(issuer: &str, entry_type: EntryType, subject: String, payload: Vec<u8>, at: i64) -> Verified {
    let claims = Claims { entry_type, issuer: org(issuer), subject, issued_at: at };
    let key = signer(issuer);
    let bytes = seal(&claims, payload, &[&key as &dyn Signer]).unwrap();
    Unverified::parse(&bytes).unwrap().verify(&Keys).unwrap()
}

fn asked() -> Verified {
    let request = request();
    sealed(ASKER, EntryType::ConsentRequest, asking_subject(request.owner), encode(&request), 1_000)
}

fn said(issuer: &str, consent: &Consent, at: i64) -> Verified {
    sealed(issuer, EntryType::Consent, consent_subject(consent.request), encode(consent), at)
}

fn place(organisation: &str, seq: u64) -> Position {
    let stream = StreamId {
        organisation: org(organisation),
        class: StreamClass::Consents,
        node: NodeId([8; 16]),
        incarnation: 1,
    };
    Position { stream, seq }
}

fn state_of(book: &ConsentBook, today: &str) -> ConsentState {
    book.state(book.request(asked().hash()).unwrap(), day(today))
}

fn opened(book: &ConsentBook, number: u8, today: &str) -> bool {
    let purpose = Purpose::DrugTrafficking;
    book.in_force(org(ASKER), org(OWNER), record(number), purpose, day(today)).next().is_some()
}

fn book_of(acts: &[(&str, ConsentAct)]) -> ConsentBook {
    let mut book = ConsentBook::default();
    let request = asked();
    book.apply(&request, &place(ASKER, 1)).unwrap();
    for (number, (issuer, act)) in (1..).zip(acts) {
        let entry = said(issuer, &consent(request.hash(), *act, number), 1_000 + i64::from(number));
        book.apply(&entry, &place(issuer, u64::from(number) + 1)).unwrap();
    }
    book
}

#[test]
fn what_is_given_holds_for_what_was_given_until_its_day() {
    let book = book_of(&[(OWNER, ConsentAct::Give)]);
    assert_eq!(state_of(&book, "2026-12-10"), ConsentState::Given);
    assert!(opened(&book, 1, "2026-12-10") && !opened(&book, 2, "2026-12-10"));
    assert_eq!(state_of(&book, "2026-12-11"), ConsentState::Over);
    assert!(!opened(&book, 1, "2026-12-11"));
    let (asker, owner) = (org(ASKER), org(OWNER));
    let given =
        |asker, owner, purpose| book.in_force(asker, owner, record(1), purpose, day("2026-12-01")).count();
    assert_eq!(given(asker, owner, Purpose::DrugTrafficking), 1);
    assert_eq!(given(asker, owner, Purpose::CounterTerrorism), 0, "for another purpose");
    assert_eq!(given(org("XB"), owner, Purpose::DrugTrafficking), 0, "to another");
    assert_eq!(given(asker, org("XB"), Purpose::DrugTrafficking), 0, "the record is another's by now");
}

#[test]
fn silence_lapses_and_closing_closes() {
    use ConsentAct::{End, Give, Refuse};
    for (acts, before, behind) in [
        (&[][..], ConsentState::Waiting, ConsentState::Lapsed),
        (&[(OWNER, Refuse)], ConsentState::Refused, ConsentState::Refused),
        (&[(ASKER, End)], ConsentState::Withdrawn, ConsentState::Withdrawn),
        (&[(OWNER, Give), (OWNER, End)], ConsentState::Ended, ConsentState::Ended),
        (&[(OWNER, Give), (ASKER, End)], ConsentState::Withdrawn, ConsentState::Withdrawn),
        (&[(OWNER, Refuse), (OWNER, Give)], ConsentState::Refused, ConsentState::Refused),
        // Who has no part in it says nothing; nor does the asker consent for the owner.
        (&[("XB", Give)], ConsentState::Waiting, ConsentState::Lapsed),
        (&[("XB", End), ("XB", Refuse)], ConsentState::Waiting, ConsentState::Lapsed),
        (&[(ASKER, Give)], ConsentState::Waiting, ConsentState::Lapsed),
        (&[(ASKER, Refuse)], ConsentState::Waiting, ConsentState::Lapsed),
    ] {
        let book = book_of(acts);
        let states = ["2026-12-01", "2026-12-20", "2026-12-21"].map(|today| state_of(&book, today));
        assert_eq!(states, [before, before, behind], "{acts:?}");
        assert!(!opened(&book, 1, "2026-12-01"), "{acts:?}");
    }
}

#[test]
fn only_what_stands_in_its_issuers_stream_counts_and_keys_in_other_hands_close_alone() {
    let mut book = ConsentBook::default();
    let request = asked();
    assert_eq!(book.apply(&request, &place(OWNER, 1)), Err(ConsentError::NotConsent));
    assert_eq!(book.apply_restricting(&request, &place(ASKER, 1)), Err(ConsentError::NotConsent));
    assert!(book.request(request.hash()).is_none());
    book.apply(&request, &place(ASKER, 1)).unwrap();
    let give = said(OWNER, &consent(request.hash(), ConsentAct::Give, 2), 1_001);
    assert_eq!(book.apply_restricting(&give, &place(OWNER, 1)), Err(ConsentError::NotConsent));
    assert!(!opened(&book, 1, "2026-12-01"));
    book.apply(&give, &place(OWNER, 1)).unwrap();
    assert!(opened(&book, 1, "2026-12-01"));
    let end = said(OWNER, &consent(request.hash(), ConsentAct::End, 3), 1_002);
    book.apply_restricting(&end, &place(OWNER, 2)).unwrap();
    assert_eq!(state_of(&book, "2026-12-01"), ConsentState::Ended);
}

#[test]
fn an_owner_gives_no_more_than_was_asked() {
    let faults_of = |change: fn(&mut Consent)| {
        let mut consent = consent(EntryHash([5; 32]), ConsentAct::Give, 1);
        change(&mut consent);
        let mut faults = Faults::default();
        consent.check(&request(), day("2026-12-01"), &mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(faults_of(|_| {}), Vec::<String>::new());
    assert_eq!(faults_of(|consent| consent.records = vec![record(3)]), ["records: contradiction"]);
    assert_eq!(faults_of(|consent| consent.records.clear()), ["records: missing"]);
    assert_eq!(faults_of(|consent| consent.records = vec![record(2), record(1)]), ["records: duplicate"]);
    assert_eq!(faults_of(|consent| consent.until = Some(day("2026-12-21"))), ["until: too-long"]);
    assert_eq!(faults_of(|consent| consent.until = Some(day("2026-11-30"))), ["until: impossible"]);
    assert_eq!(faults_of(|consent| consent.until = None), ["until: missing"]);
    assert_eq!(faults_of(|consent| consent.tells = true), ["reason: missing"]);
    let refusing = |consent: &mut Consent| {
        consent.act = ConsentAct::Refuse;
        (consent.records, consent.until) = (Vec::new(), None);
        consent.fields = vec![FieldGroup::Offences];
    };
    assert_eq!(faults_of(refusing), ["act: contradiction"]);
    assert_eq!(faults_of(|consent| consent.act = ConsentAct::Unlisted(9))[0], "act: unknown-code");
}

#[test]
fn a_request_has_its_caps() {
    let faults_of = |change: &dyn Fn(&mut ConsentRequest)| {
        let mut request = request();
        change(&mut request);
        let mut faults = Faults::default();
        request.check(org(ASKER), day("2026-12-01"), &mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let many = |count: u8| (1..=count).map(record).collect::<Vec<_>>();
    assert_eq!(faults_of(&|request| request.records = many(20)), Vec::<String>::new());
    assert_eq!(faults_of(&|request| request.records = many(21)), ["records: too-many"]);
    assert_eq!(faults_of(&|request| request.records.clear()), ["records: missing"]);
    let last = day("2026-12-01").saturating_add(DAYS_CAP);
    assert_eq!(faults_of(&|request| request.until = last), Vec::<String>::new());
    assert_eq!(faults_of(&|request| request.until = last.saturating_add(1)), ["until: too-long"]);
    assert_eq!(faults_of(&|request| request.until = day("2026-11-30")), ["until: impossible"]);
    assert_eq!(faults_of(&|request| request.owner = org(ASKER)), ["owner: contradiction"]);
    assert_eq!(faults_of(&|request| request.reason.text.clear()), ["reason.text: missing"]);
    assert_eq!(faults_of(&|request| request.purpose = Purpose::Unlisted(99)), ["purpose: unknown-code"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Servers read streams in other orders: all have the same states, and show the same.
    #[test]
    fn in_whatever_order_it_is_read_the_same_stands(
        acts in proptest::collection::vec((any::<bool>(), 1u16..=3, 0i64..4), 0..6),
        order in any::<u64>(),
    ) {
        let request = asked();
        let mut entries = vec![(request.clone(), place(ASKER, 1))];
        for (number, (is_owner, act, at)) in (1u8..).zip(&acts) {
            let issuer = if *is_owner { OWNER } else { ASKER };
            let consent = consent(request.hash(), ConsentAct::from_number(*act), number);
            entries.push((said(issuer, &consent, 1_000 + at), place(issuer, u64::from(number) + 1)));
        }
        let read = |entries: &[(Verified, Position)]| {
            let mut book = ConsentBook::default();
            entries.iter().for_each(|(entry, place)| book.apply(entry, place).unwrap());
            let standing = book.request(request.hash()).unwrap();
            let given = book.given(standing).map(|given| given.consent.salt);
            (state_of(&book, "2026-12-05"), opened(&book, 1, "2026-12-05"), given)
        };
        let first = read(&entries);
        let turn = order as usize % entries.len();
        entries.rotate_left(turn);
        prop_assert_eq!(read(&entries), first);
        entries.reverse();
        prop_assert_eq!(read(&entries), first);
        let closes = |owner: bool, act: u16| acts.iter().any(|one| one.0 == owner && one.1 == act);
        if closes(true, 2) || closes(true, 3) || closes(false, 3) {
            prop_assert!(!first.1, "what was closed stays closed");
        }
    }
}
