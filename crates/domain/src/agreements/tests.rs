//! What texts and acts come to, in whatever order the parties' streams are read.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::book::WAITING_CAP;
use super::*;
use crate::contents::{EntryType, encode};
use crate::dates::Timestamp;
use crate::entries::{Claims, KeyLookup, RegisteredKey, Unverified, Verified, seal};
use crate::ids::KeyId;
use crate::keys::{Ed25519Signer, Signer};
use crate::registry::KeyUsage;

const DAY: i64 = 86_400;
/// 2026-12-01T00:00:00Z, the first day of every text here.
const BEGUN: i64 = 1_796_083_200;

/// Every organisation has the key that its code makes.
struct Keys(BTreeMap<KeyId, RegisteredKey>);

impl KeyLookup for Keys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        self.0.get(id).copied()
    }
}

fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn signer(code: &str) -> Ed25519Signer {
    let mut secret = [7; 32];
    secret[..code.len()].copy_from_slice(code.as_bytes());
    Ed25519Signer::from_secret(&secret)
}

fn verified(entry_type: EntryType, issuer: &str, at: i64, payload: Vec<u8>) -> Verified {
    let key = signer(issuer);
    let registered = RegisteredKey {
        organisation: org(issuer),
        key: key.public_key(),
        not_before: i64::MIN,
        not_after: None,
        usage: KeyUsage::Entries,
    };
    let keys = Keys(BTreeMap::from([(key.public_key().id(), registered)]));
    let claims = Claims { entry_type, issuer: org(issuer), subject: agreement_subject(id()), issued_at: at };
    Unverified::parse(&seal(&claims, payload, &[&key]).unwrap()).unwrap().verify(&keys).unwrap()
}

fn id() -> AgreementId {
    AgreementId::from_random([9; 16])
}

fn grant(number: u32, owners: &[&str]) -> Grant {
    Grant {
        number,
        recipients: vec![org("XPART")],
        owners: owners.iter().map(|code| org(code)).collect(),
        databases: vec![Database::Persons],
        operations: vec![GrantedOperation::Candidates, GrantedOperation::Open],
        fields: vec![FieldGroup::Documents],
        purposes: vec![Purpose::DrugTrafficking],
        held: vec![Purpose::DrugTrafficking],
        handling: vec![Handling::H0],
        classification: Classification::OfficialUse,
        daily_cap: 10,
        duties: vec![],
    }
}

fn text(version: u32, amends: Option<EntryHash>) -> Agreement {
    Agreement {
        salt: [version as u8; 32],
        agreement: id(),
        version,
        amends,
        titles: vec![LocalText { language: "ru".into(), text: "Соглашение".into() }],
        parties: vec![org("XA"), org("XB"), org("XPART")],
        from: Timestamp::from_seconds(BEGUN).day(),
        until: Timestamp::from_seconds(BEGUN + 364 * DAY).day(),
        clauses: vec![],
        grants: vec![grant(1, &["XA", "XB"])],
    }
}

fn proposal(at: i64, text: &Agreement) -> Verified {
    verified(EntryType::Agreement, "XA", at, encode(text))
}

fn act(party: &str, at: i64, text: EntryHash, step: AgreementStep, grant: Option<u32>) -> Verified {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&at.to_be_bytes());
    salt[8] = party.as_bytes()[1];
    let act = AgreementAct { salt, agreement: id(), text, step, grant, reasons: vec![] };
    verified(EntryType::AgreementAct, party, at, encode(&act))
}

fn book(entries: &[Verified]) -> AgreementBook {
    let mut book = AgreementBook::default();
    for entry in entries {
        book.apply(entry).unwrap();
    }
    book
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Whose records the partner is granted at a time.
fn owners(book: &AgreementBook, seconds: i64) -> Vec<String> {
    let in_force = book.in_force(at(seconds), |_| true);
    let granted = in_force.of(org("XPART"));
    granted.iter().flat_map(|one| &one.owners).map(ToString::to_string).collect()
}

/// The text signed by all of its parties, an hour before it begins.
fn signed() -> (Vec<Verified>, EntryHash) {
    let proposed = proposal(BEGUN - 2 * DAY, &text(1, None));
    let hash = proposed.hash();
    let sign = |party: &str| act(party, BEGUN - 3_600, hash, AgreementStep::Sign, None);
    (vec![proposed, sign("XA"), sign("XB"), sign("XPART")], hash)
}

#[test]
fn a_text_is_in_force_once_all_have_signed_it_and_for_its_period() {
    let (entries, hash) = signed();
    for missing in 1..4 {
        let mut some = entries.clone();
        some.remove(missing);
        assert_eq!(owners(&book(&some), BEGUN + DAY), Vec::<String>::new(), "half signed");
        let standing = book(&some).text_for(org("XA"), hash, at(BEGUN + DAY)).unwrap().standing;
        assert_eq!(standing, TextStanding::Proposed);
    }
    let book = book(&entries);
    let standing = |seconds| book.text_for(org("XB"), hash, at(seconds)).unwrap().standing;
    assert_eq!((owners(&book, BEGUN - 1), standing(BEGUN - 1)), (vec![], TextStanding::Signed));
    assert_eq!(owners(&book, BEGUN), ["XA", "XB"]);
    assert_eq!(standing(BEGUN), TextStanding::InForce);
    assert_eq!(owners(&book, BEGUN + 365 * DAY - 1), ["XA", "XB"], "the last day counts whole");
    assert_eq!(owners(&book, BEGUN + 365 * DAY), Vec::<String>::new());
    assert_eq!(standing(BEGUN + 365 * DAY), TextStanding::Over);
    assert!(book.in_force(at(BEGUN), |_| true).of(org("XA")).is_empty(), "what is granted is one way");
    assert_eq!(book.text_for(org("XC"), hash, at(BEGUN)), Err(AgreementError::Absent), "no party, no text");
    let gone = book.in_force(at(BEGUN), |party| party != org("XB"));
    let left = &gone.of(org("XPART"))[0].owners;
    assert_eq!(left.iter().collect::<Vec<_>>(), [&org("XA")], "who left the association left this too");
    assert!(book.in_force(at(BEGUN), |party| party != org("XPART")).of(org("XPART")).is_empty());
}

#[test]
fn each_party_suspends_ends_and_opts_out_for_itself_and_at_once() {
    use AgreementStep::{End, OptIn, OptOut, Resume, Sign, Suspend};
    let (entries, hash) = signed();
    let after = |acts: &[(&str, AgreementStep, Option<u32>)]| {
        let mut entries = entries.clone();
        for (i, (party, step, grant)) in acts.iter().enumerate() {
            entries.push(act(party, BEGUN + i as i64, hash, *step, *grant));
        }
        owners(&book(&entries), BEGUN + DAY)
    };
    assert_eq!(after(&[("XB", Suspend, None)]), ["XA"]);
    assert_eq!(after(&[("XB", Suspend, None), ("XB", Resume, None)]), ["XA", "XB"]);
    assert_eq!(after(&[("XPART", Suspend, None)]), Vec::<String>::new(), "who gives, gives up");
    assert_eq!(after(&[("XB", End, None)]), ["XA"]);
    let for_good = [("XB", End, None), ("XB", Resume, None), ("XB", Sign, None), ("XB", OptIn, Some(1))];
    assert_eq!(after(&for_good), ["XA"], "for good");
    assert_eq!(after(&[("XA", OptOut, Some(1))]), ["XB"]);
    assert_eq!(after(&[("XA", OptOut, Some(1)), ("XA", OptIn, Some(1))]), ["XA", "XB"]);
    assert_eq!(after(&[("XA", OptOut, Some(1)), ("XB", OptOut, Some(1))]), Vec::<String>::new());
    assert_eq!(after(&[("XA", OptOut, Some(2))]), ["XA", "XB"], "another grant");
}

#[test]
fn suspending_ending_and_opting_out_outlast_an_amendment_that_was_signed_before() {
    use AgreementStep::{End, OptOut, Sign, Suspend};
    let (mut entries, first) = signed();
    let second = proposal(BEGUN + 10, &text(2, Some(first)));
    let hash = second.hash();
    entries.extend([
        second,
        act("XB", BEGUN + 20, hash, Sign, None),
        act("XPART", BEGUN + 20, hash, Sign, None),
    ]);
    for (step, grant, left) in
        [(Suspend, None, vec!["XA"]), (End, None, vec!["XA"]), (OptOut, Some(1), vec!["XA"])]
    {
        // XB closes something under the text that stands; only then does XA's signature put the other one in force.
        let mut entries = entries.clone();
        entries.push(act("XB", BEGUN + 30, first, step, grant));
        entries.push(act("XA", BEGUN + 40, hash, Sign, None));
        let book = book(&entries);
        assert_eq!(
            book.text_for(org("XA"), first, at(BEGUN + 50)).unwrap().standing,
            TextStanding::Superseded
        );
        assert_eq!(owners(&book, BEGUN + 50), left, "{step}");
    }
}

#[test]
fn an_amendment_takes_its_place_when_all_have_signed_and_its_period_begins() {
    let (mut entries, first) = signed();
    let mut later = text(2, Some(first));
    later.from = at(BEGUN + 100 * DAY).day();
    later.grants = vec![grant(1, &["XA"])];
    let second = proposal(BEGUN + 10, &later);
    let hash = second.hash();
    entries.push(second);
    for party in ["XA", "XB"] {
        entries.push(act(party, BEGUN + 20, hash, AgreementStep::Sign, None));
    }
    assert_eq!(owners(&book(&entries), BEGUN + 150 * DAY), ["XA", "XB"], "one signature is missing");
    entries.push(act("XPART", BEGUN + 20, hash, AgreementStep::Sign, None));
    let book = book(&entries);
    assert_eq!(owners(&book, BEGUN + 99 * DAY), ["XA", "XB"]);
    assert_eq!(owners(&book, BEGUN + 100 * DAY), ["XA"]);
    let early = book.as_of(at(BEGUN + 15));
    assert_eq!(owners(&early, BEGUN + 100 * DAY), ["XA", "XB"], "as the book was on that day");
}

#[test]
fn an_act_counts_once_and_only_for_who_signed_it() {
    use AgreementStep::{Resume, Sign, Suspend};
    let (mut entries, hash) = signed();
    let suspended = act("XB", BEGUN + 10, hash, Suspend, None);
    entries.extend([suspended.clone(), act("XB", BEGUN + 20, hash, Resume, None), suspended]);
    assert_eq!(owners(&book(&entries), BEGUN + DAY), ["XA", "XB"], "replayed");
    // Who is no party may say what it likes.
    let (mut entries, hash) = signed();
    entries.push(act("XC", BEGUN + 10, hash, Suspend, None));
    assert_eq!(owners(&book(&entries), BEGUN + DAY), ["XA", "XB"]);
    let stranger = verified(EntryType::Agreement, "XC", BEGUN, encode(&text(1, None)));
    assert_eq!(AgreementBook::default().apply(&stranger), Err(AgreementError::NotParty));
    // A signature is for one text: another with the same number is another.
    let mut other = text(1, None);
    other.grants[0].fields = FieldGroup::LISTED.iter().map(|(group, _)| *group).collect();
    let other = proposal(BEGUN - DAY, &other);
    let signed_of_other = act("XA", BEGUN, other.hash(), Sign, None);
    entries.extend([other, signed_of_other]);
    let in_force = book(&entries).in_force(at(BEGUN + DAY), |_| true);
    assert_eq!(in_force.of(org("XPART"))[0].grant.fields, [FieldGroup::Documents]);
}

#[test]
fn what_may_be_done_follows_from_how_a_party_stands() {
    use AgreementError::{Absent, Ended, Grant, NoChange, Over, Stale};
    use AgreementStep::{Decline, End, OptIn, OptOut, Resume, Sign, Suspend};
    let (entries, hash) = signed();
    let may = |acts: &[(&str, AgreementStep)], party: &str, step, grant, seconds| {
        let mut entries = entries.clone();
        for (i, (party, step)) in acts.iter().enumerate() {
            entries.push(act(party, BEGUN + i as i64, hash, *step, None));
        }
        let act = AgreementAct { salt: [1; 32], agreement: id(), text: hash, step, grant, reasons: vec![] };
        book(&entries).may_act(org(party), &act, at(seconds))
    };
    let now = BEGUN + DAY;
    assert_eq!(may(&[], "XB", Sign, None, now), Err(NoChange), "signed already");
    assert_eq!(may(&[], "XB", Decline, None, now), Err(NoChange));
    assert_eq!(may(&[], "XB", Suspend, None, now), Ok(()));
    assert_eq!(may(&[], "XB", Resume, None, now), Err(NoChange));
    assert_eq!(may(&[("XB", Suspend)], "XB", Resume, None, now), Ok(()));
    assert_eq!(may(&[("XB", Suspend)], "XB", Suspend, None, now), Err(NoChange));
    assert_eq!(may(&[("XB", End)], "XB", Resume, None, now), Err(Ended));
    assert_eq!(may(&[("XB", End)], "XB", Sign, None, now), Err(Ended));
    assert_eq!(may(&[], "XB", OptOut, Some(1), now), Ok(()));
    assert_eq!(may(&[], "XB", OptIn, Some(1), now), Err(NoChange));
    assert_eq!(may(&[], "XPART", OptOut, Some(1), now), Err(Grant), "it has no records in it");
    assert_eq!(may(&[], "XB", OptOut, Some(2), now), Err(Grant));
    assert_eq!(may(&[], "XC", Suspend, None, now), Err(Absent));
    let unsigned = book(&entries[..1]);
    let sign =
        AgreementAct { salt: [1; 32], agreement: id(), text: hash, step: Sign, grant: None, reasons: vec![] };
    assert_eq!(unsigned.may_act(org("XB"), &sign, at(now)), Ok(()));
    assert_eq!(unsigned.may_act(org("XB"), &sign, at(BEGUN + 400 * DAY)), Err(Over));
    let suspend = AgreementAct { step: Suspend, ..sign.clone() };
    assert_eq!(unsigned.may_act(org("XB"), &suspend, at(now)), Err(NoChange), "it has no part yet");
    let elsewhere = AgreementAct { agreement: AgreementId::from_random([8; 16]), ..sign.clone() };
    assert_eq!(unsigned.may_act(org("XB"), &elsewhere, at(now)), Err(Absent));
    // Somebody who could still sign what another text has replaced would sign nothing.
    let mut entries = entries.clone();
    let second = proposal(BEGUN + 10, &text(2, Some(hash)));
    for party in ["XA", "XB", "XPART"] {
        entries.push(act(party, BEGUN + 20, second.hash(), Sign, None));
    }
    entries.push(second);
    assert_eq!(book(&entries).may_act(org("XB"), &sign, at(now)), Err(Stale));
}

#[test]
fn versions_follow_each_other_and_only_parties_propose() {
    let (entries, hash) = signed();
    let book = book(&entries);
    let may = |party: &str, text: &Agreement| book.may_propose(org(party), text, at(BEGUN));
    assert_eq!(may("XB", &text(2, Some(hash))), Ok(()));
    assert_eq!(may("XB", &text(3, Some(hash))), Err(AgreementError::Version));
    assert_eq!(may("XB", &text(1, None)), Err(AgreementError::Version), "the agreement is there already");
    assert_eq!(may("XC", &text(2, Some(hash))), Err(AgreementError::NotParty));
    let mut of_another = text(2, Some(hash));
    of_another.parties = vec![org("XC"), org("XPART")];
    assert_eq!(may("XC", &of_another), Err(AgreementError::Absent), "what it amends is none of its business");
    assert_eq!((book.next_version(id()), book.next_version(AgreementId([0; 16]))), (2, 1));
}

#[test]
fn a_party_is_put_out_of_an_agreement_by_nobody_but_itself() {
    use AgreementStep::{End, Sign};
    let (entries, first) = signed();
    let mut without_xb = text(2, Some(first));
    without_xb.parties = vec![org("XA"), org("XPART")];
    without_xb.grants = vec![grant(2, &["XA"])];
    assert_eq!(
        book(&entries).may_propose(org("XA"), &without_xb, at(BEGUN)),
        Err(AgreementError::PartyLeftOut)
    );
    // Made all the same, by whatever node: it binds those who signed it, and the first one goes on.
    let second = proposal(BEGUN + 10, &without_xb);
    let (sign_a, sign_p) = (
        act("XA", BEGUN + 20, second.hash(), Sign, None),
        act("XPART", BEGUN + 20, second.hash(), Sign, None),
    );
    let mut forced = entries.clone();
    forced.extend([second.clone(), sign_a, sign_p]);
    let mut seen = owners(&book(&forced), BEGUN + DAY);
    seen.sort();
    assert_eq!(seen, ["XA", "XA", "XB"]);
    let standing = book(&forced).text_for(org("XB"), first, at(BEGUN + DAY)).unwrap().standing;
    assert_eq!(standing, TextStanding::InForce);
    // Once it has ended its part it is no party of what comes after.
    let mut left = entries.clone();
    left.push(act("XB", BEGUN + 5, first, End, None));
    assert_eq!(book(&left).may_propose(org("XA"), &without_xb, at(BEGUN + 6)), Ok(()));
    // A text of the same number that follows none takes no place.
    let mut stranger = text(1, None);
    stranger.salt = [77; 32];
    stranger.parties = vec![org("XA"), org("XC")];
    stranger.grants = vec![];
    stranger.clauses = vec![Clause { number: 1, texts: vec![] }];
    let stranger = proposal(BEGUN + 30, &stranger);
    let mut with_stranger = entries.clone();
    with_stranger.extend([
        act("XA", BEGUN + 31, stranger.hash(), Sign, None),
        act("XC", BEGUN + 31, stranger.hash(), Sign, None),
        stranger,
    ]);
    assert_eq!(owners(&book(&with_stranger), BEGUN + DAY), ["XA", "XB"]);
}

#[test]
fn with_one_party_left_nothing_is_granted() {
    use AgreementStep::{End, Sign, Suspend};
    let mut mutual = text(1, None);
    mutual.parties = vec![org("XA"), org("XPART")];
    mutual.grants = vec![Grant {
        recipients: vec![org("XA"), org("XPART")],
        owners: vec![org("XA"), org("XPART")],
        operations: vec![GrantedOperation::Submit],
        fields: vec![],
        ..grant(1, &["XA"])
    }];
    let proposed = proposal(BEGUN - DAY, &mutual);
    let hash = proposed.hash();
    let both = [act("XA", BEGUN - 5, hash, Sign, None), act("XPART", BEGUN - 5, hash, Sign, None)];
    let entries = [vec![proposed], both.to_vec()].concat();
    let granted = |entries: &[Verified]| {
        let in_force = book(entries).in_force(at(BEGUN + DAY), |_| true);
        (in_force.of(org("XA")).len(), in_force.of(org("XPART")).len())
    };
    assert_eq!(granted(&entries), (1, 1));
    for step in [End, Suspend] {
        let after = [entries.clone(), vec![act("XA", BEGUN, hash, step, None)]].concat();
        assert_eq!(granted(&after), (0, 0), "{step}");
    }
    let opted_out = [entries, vec![act("XA", BEGUN, hash, AgreementStep::OptOut, Some(1))]].concat();
    assert_eq!(granted(&opted_out), (1, 0), "its own records are no grant");
}

#[test]
fn what_was_closed_under_a_key_that_did_not_count_stays_closed() {
    use AgreementStep::{End, OptIn, OptOut, Resume, Sign, Suspend};
    let (entries, hash) = signed();
    for (step, grant, left) in
        [(Suspend, None, vec!["XA"]), (End, None, vec!["XA"]), (OptOut, Some(1), vec!["XA"])]
    {
        let mut book = book(&entries);
        book.apply_restricting(&act("XB", BEGUN + 1, hash, step, grant)).unwrap();
        assert_eq!(owners(&book, BEGUN + DAY), left, "{step}");
    }
    // A thief ends nothing for ever: its owner goes on, and nobody else.
    let mut ended = book(&entries);
    ended.apply_restricting(&act("XB", BEGUN + 1, hash, End, None)).unwrap();
    ended.apply(&act("XB", BEGUN + 2, hash, Resume, None)).unwrap();
    assert_eq!(owners(&ended, BEGUN + DAY), ["XA", "XB"]);
    let mut suspended = book(&entries);
    suspended.apply_restricting(&act("XB", BEGUN + 1, hash, Suspend, None)).unwrap();
    for (step, grant) in [(Resume, None), (OptIn, Some(1)), (Sign, None)] {
        assert!(suspended.apply_restricting(&act("XB", BEGUN + 2, hash, step, grant)).is_err(), "{step}");
    }
    assert_eq!(owners(&suspended, BEGUN + DAY), ["XA"]);
    assert!(suspended.apply_restricting(&proposal(BEGUN, &text(2, Some(hash)))).is_err());
}

#[test]
fn a_copied_statement_of_another_party_takes_nothing_of_its_effect() {
    let (entries, hash) = signed();
    let suspend = act("XB", BEGUN + 1, hash, AgreementStep::Suspend, None);
    let copied = verified(EntryType::AgreementAct, "XA", BEGUN + 2, suspend.payload().to_vec());
    let stranger = verified(EntryType::Agreement, "XC", BEGUN, entries[0].payload().to_vec());
    // The copies are read first.
    let mut book = AgreementBook::default();
    assert_eq!(book.apply(&stranger), Err(AgreementError::NotParty));
    for entry in [&[copied][..], &entries, &[suspend]].concat() {
        book.apply(&entry).unwrap();
    }
    assert_eq!(
        owners(&book, BEGUN + DAY),
        Vec::<String>::new(),
        "XA said the same of itself, XB is suspended"
    );
}

#[test]
fn as_many_texts_of_one_proposer_wait_as_may() {
    let mut entries = Vec::new();
    for number in 0..WAITING_CAP {
        let mut one = text(1, None);
        one.agreement = AgreementId::from_random([number as u8; 16]);
        let claims_about = Claims {
            entry_type: EntryType::Agreement,
            issuer: org("XA"),
            subject: agreement_subject(one.agreement),
            issued_at: BEGUN,
        };
        let bytes = seal(&claims_about, encode(&one), &[&signer("XA")]).unwrap();
        let key = signer("XA").public_key();
        let registered = RegisteredKey {
            organisation: org("XA"),
            key,
            not_before: i64::MIN,
            not_after: None,
            usage: KeyUsage::Entries,
        };
        let keys = Keys(BTreeMap::from([(key.id(), registered)]));
        entries.push(Unverified::parse(&bytes).unwrap().verify(&keys).unwrap());
    }
    let book = book(&entries);
    let mut next = text(1, None);
    next.agreement = AgreementId::from_random([250; 16]);
    assert_eq!(book.may_propose(org("XA"), &next, at(BEGUN)), Err(AgreementError::TooMany));
    assert_eq!(book.may_propose(org("XB"), &next, at(BEGUN)), Ok(()));
    assert_eq!(book.may_propose(org("XA"), &next, at(BEGUN + 400 * DAY)), Ok(()), "their time is over");
}

#[test]
fn every_fault_of_a_text_is_named() {
    let faults = |change: &dyn Fn(&mut Agreement)| {
        let mut text = text(1, None);
        change(&mut text);
        let mut faults = Faults::default();
        text.check(at(BEGUN).day(), &mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(faults(&|_| {}), Vec::<String>::new());
    type Spoil<'a> = &'a dyn Fn(&mut Agreement);
    let cases: &[(Spoil<'_>, &str)] = &[
        (&|text| text.parties.truncate(1), "parties: missing"),
        (&|text| text.parties.swap(0, 1), "parties: duplicate"),
        (&|text| text.until = at(BEGUN - DAY).day(), "until: contradiction"),
        (&|text| text.until = at(BEGUN + 3_661 * DAY).day(), "until: too-long"),
        (&|text| text.titles.clear(), "titles: missing"),
        (&|text| text.titles[0].language = "Русский".into(), "titles[0].language: unknown-code"),
        (&|text| text.grants[0].number = 0, "grants[0].number: duplicate"),
        (&|text| text.grants.push(grant(1, &["XA"])), "grants[1].number: duplicate"),
        (&|text| text.grants[0].owners = vec![org("XC")], "grants[0].owners: contradiction"),
        (&|text| text.grants[0].recipients = vec![org("XC")], "grants[0].recipients: contradiction"),
        (&|text| text.grants[0].owners = vec![org("XPART")], "grants[0].recipients: contradiction"),
        (&|text| text.grants[0].daily_cap = 0, "grants[0].daily_cap: impossible"),
        (&|text| text.grants[0].held = vec![Purpose::OutsideReference], "grants[0].held: not-entitled"),
        (&|text| text.grants[0].purposes = vec![Purpose::Oversight], "grants[0].purposes: not-entitled"),
        (
            &|text| text.grants[0].databases = vec![Database::Unlisted(99)],
            "grants[0].databases: unknown-code",
        ),
        (
            &|text| text.grants[0].operations = vec![GrantedOperation::Open],
            "grants[0].operations: contradiction",
        ),
        (
            &|text| {
                text.grants[0].operations = vec![GrantedOperation::HitNoHit, GrantedOperation::Candidates]
            },
            "grants[0].operations: contradiction",
        ),
        (
            &|text| text.grants[0].operations = vec![GrantedOperation::HitNoHit],
            "grants[0].fields: contradiction",
        ),
        (&|text| text.grants.clear(), "grants: missing"),
    ];
    for (change, fault) in cases {
        assert!(faults(change).contains(&(*fault).to_owned()), "{fault} is not among {:?}", faults(change));
    }
}

#[test]
fn two_texts_are_compared_part_by_part() {
    let earlier = text(1, None);
    assert_eq!(compare(&earlier, &earlier), []);
    let mut later = text(2, Some(EntryHash([1; 32])));
    later.until = at(BEGUN + 10 * DAY).day();
    later.clauses.push(Clause { number: 1, texts: vec![] });
    later.grants[0].daily_cap = 11;
    later.grants[0].fields.clear();
    later.grants.push(grant(2, &["XA"]));
    let both = |part, fields: &[&'static str]| Change { part, fields: fields.to_vec(), was: true, is: true };
    let one = |part, was, is| Change { part, fields: vec![], was, is };
    assert_eq!(
        compare(&earlier, &later),
        [
            both(Part::Period, &["until"]),
            one(Part::Clause(1), false, true),
            both(Part::Grant(1), &["fields", "daily_cap"]),
            one(Part::Grant(2), false, true),
        ]
    );
    assert_eq!(compare(&later, &earlier)[3], one(Part::Grant(2), true, false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Acts of one party keep their order; how those of several lie between each other changes nothing.
    #[test]
    fn the_book_is_the_same_in_whatever_order_streams_are_read(
        steps in proptest::collection::vec((0..3usize, 0..7usize, 0..2usize), 0..24),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 32),
    ) {
        let first = proposal(BEGUN - DAY, &text(1, None));
        let second = proposal(BEGUN - DAY, &text(2, Some(first.hash())));
        let texts = [first.hash(), second.hash()];
        let mut streams: Vec<Vec<Verified>> = vec![vec![first, second], vec![], vec![]];
        for (i, (party, step, which)) in steps.iter().enumerate() {
            let (step, _) = AgreementStep::LISTED[*step];
            let grant = matches!(step, AgreementStep::OptOut | AgreementStep::OptIn).then_some(1);
            let name = ["XA", "XB", "XPART"][*party];
            streams[*party].push(act(name, BEGUN + i as i64, texts[*which], step, grant));
        }
        let in_order = book(&streams.concat());
        let mut left: Vec<_> = streams.into_iter().map(|stream| stream.into_iter().peekable()).collect();
        let mut mixed = Vec::new();
        for pick in order.iter().cycle().take(200) {
            let open: Vec<usize> = (0..3).filter(|i| left[*i].peek().is_some()).collect();
            if open.is_empty() {
                break;
            }
            mixed.extend(left[open[pick.index(open.len())]].next());
        }
        let mixed = book(&mixed);
        prop_assert_eq!(mixed.in_force(at(BEGUN + DAY), |_| true), in_order.in_force(at(BEGUN + DAY), |_| true));
        prop_assert_eq!(mixed.texts_for(org("XA"), at(BEGUN)), in_order.texts_for(org("XA"), at(BEGUN)));
    }
}
