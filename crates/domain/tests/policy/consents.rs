//! What an owner's consent shows, and who says what about it.

use std::sync::Arc;

use barid_domain::agreements::{FieldGroup, GrantedOperation};
use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
use barid_domain::consents::{
    Consent, ConsentAct, ConsentBook, ConsentRequest, asking_subject, consent_subject,
};
use barid_domain::contents::{EntryType, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::entries::{Claims, KeyLookup, RegisteredKey, Unverified, Verified, seal};
use barid_domain::ids::{EntryHash, KeyId, NodeId, RecordId};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::policy::{self, Consenting, Mask, Reveal, VisibilityClass};
use barid_domain::registry::KeyUsage;
use barid_domain::restrictions::Audience;
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_domain::text::LocalText;

use crate::table::{OWNER, World, actor, all, class, grant, head, row, told};
use crate::world::{BEGUN, org};

const ASKER: &str = "XPART";
const RECORD: RecordId = RecordId([1; 16]);

/// Whoever issues an entry has the one key there is.
struct OneKey(&'static str);

impl KeyLookup for OneKey {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        let (key, usage) = (signer().public_key(), KeyUsage::Entries);
        let registered =
            RegisteredKey { organisation: org(self.0), key, not_before: 0, not_after: None, usage };
        (key.id() == *id).then_some(registered)
    }
}

fn signer() -> Ed25519Signer {
    Ed25519Signer::from_secret(&[7; 32])
}

fn verified(issuer: &'static str, entry_type: EntryType, subject: String, payload: Vec<u8>) -> Verified {
    let claims = Claims { entry_type, issuer: org(issuer), subject, issued_at: BEGUN };
    let bytes = seal(&claims, payload, &[&signer()]).unwrap();
    Unverified::parse(&bytes).unwrap().verify(&OneKey(issuer)).unwrap()
}

fn place(organisation: &str) -> Position {
    let class = StreamClass::Consents;
    let stream = StreamId { organisation: org(organisation), class, node: NodeId([8; 16]), incarnation: 1 };
    Position { stream, seq: 1 }
}

fn today() -> Day {
    Timestamp::from_seconds(BEGUN).day()
}

/// The owner lets the partner open one record for drug cases, with its offences.
fn book() -> Arc<ConsentBook> {
    let request = ConsentRequest {
        salt: [1; 32],
        owner: org(OWNER),
        database: Database::Persons,
        records: vec![RECORD],
        purpose: Purpose::DrugTrafficking,
        reference: "CASE 7".into(),
        reason: LocalText { language: "bn".into(), text: "একই নাম".into() },
        until: today().saturating_add(30),
        access: EntryHash([9; 32]),
    };
    let subject = asking_subject(request.owner);
    let asked = verified(ASKER, EntryType::ConsentRequest, subject, encode(&request));
    let consent = Consent {
        salt: [2; 32],
        request: asked.hash(),
        act: ConsentAct::Give,
        records: vec![RECORD],
        fields: vec![FieldGroup::Offences],
        until: Some(today().saturating_add(10)),
        duties: vec![],
        conditions: vec![],
        reason: None,
        tells: false,
    };
    let subject = consent_subject(consent.request);
    let given = verified(OWNER, EntryType::Consent, subject, encode(&consent));
    let mut book = ConsentBook::default();
    book.apply(&asked, &place(ASKER)).unwrap();
    book.apply(&given, &place(OWNER)).unwrap();
    Arc::new(book)
}

/// What of a record is shown: opened (`o-` as far as the consent goes, `o+` whole), a hit, or nothing.
fn met(
    world: &World,
    code: &str,
    purpose: Purpose,
    record: RecordId,
    of: &VisibilityClass,
    day: Day,
) -> String {
    let (databases, book) = (all::<Database>(), book());
    let scope = policy::scope_of_opening(world.circumstances(), &actor(code), &databases, purpose);
    let opening = match scope {
        Ok(scope) => scope.with_consents(&book, day),
        Err(refusal) => return refusal.code().to_owned(),
    };
    let search = policy::scope(world.circumstances(), &actor(code), &databases, purpose).unwrap();
    let searched = search.clone().with_consents(&book, day);
    assert_eq!(search, searched, "no search sees anything by consent");
    let hit = search.hits().is_some_and(|hits| hits.reveal_record(record, of) == Reveal::HitNoHit);
    let opened = match opening.reveal_record(record, of) {
        Reveal::Shown { mask: Mask::ALL, .. } => "o+",
        Reveal::Shown { .. } => "o-",
        Reveal::Absent | Reveal::HitNoHit => "",
    };
    let told = format!("{opened}{}", if hit { "h" } else { "" });
    if told.is_empty() { ".".into() } else { told }
}

fn is_shown(table: &mut String) {
    table.push_str("\n### What an owner's consent shows\n\n");
    table.push_str(
        "The owner lets a partner open one record, held for counter-terrorism, for drug-trafficking and for ten days; an agreement \
         tells the partner of hits. A line differs from that in what it says. `h` is the hit, which a search goes on to tell.\n\n",
    );
    let held = class(OWNER, Purpose::CounterTerrorism);
    let hits = || World::new(vec![grant(&[GrantedOperation::HitNoHit])]);
    let with_grant = |change: fn(&mut barid_domain::agreements::Grant)| {
        let mut grant = grant(&[GrantedOperation::HitNoHit]);
        change(&mut grant);
        World::new(vec![grant])
    };
    let of_officer = |change: fn(&mut OfficerRights)| {
        let mut world = hits();
        change(&mut world.officer);
        world
    };
    let (drugs, day) = (Purpose::DrugTrafficking, today());
    head(table, &["case", "what is shown"]);
    let mut line = |says: &str, world: World, code: &str, purpose, record, of: &VisibilityClass, day| {
        row(table, &[says, &met(&world, code, purpose, record, of, day)]);
    };
    line("as it was given", hits(), ASKER, drugs, RECORD, &held, day);
    line("its last day", hits(), ASKER, drugs, RECORD, &held, day.saturating_add(10));
    line("the day after", hits(), ASKER, drugs, RECORD, &held, day.saturating_add(11));
    line("another record", hits(), ASKER, drugs, RecordId([2; 16]), &held, day);
    line("for another purpose", hits(), ASKER, Purpose::FinancialCrime, RECORD, &held, day);
    line("a bureau that was given nothing", hits(), "XA", drugs, RECORD, &held, day);
    line("the secretariat", hits(), "XZ", drugs, RECORD, &held, day);
    line("the record is another owner's", hits(), ASKER, drugs, RECORD, &class("XA", held.purpose), day);
    let now_fits = class(OWNER, drugs);
    line("held for the purpose by now", hits(), ASKER, drugs, RECORD, &now_fits, day);
    let exercise = class(OWNER, Purpose::Exercise);
    line("an exercise record", hits(), ASKER, drugs, RECORD, &exercise, day);
    let of_one_state = class(OWNER, Purpose::OutsideReference);
    line("of a list of one state", hits(), ASKER, drugs, RECORD, &of_one_state, day);
    let kept = VisibilityClass { audience: Audience::all_but([org(ASKER)]), ..held.clone() };
    line("kept from the partner since", hits(), ASKER, drugs, RECORD, &kept, day);
    let mut world = hits();
    world.audiences = [((org(OWNER), Database::Persons), Audience::only([]))].into();
    line("its database kept from everybody since", world, ASKER, drugs, RECORD, &held, day);
    let lower = with_grant(|grant| grant.classification = Classification::Restricted);
    let higher = VisibilityClass { classification: Classification::Confidential, ..held.clone() };
    line("classified above the grant since", lower, ASKER, drugs, RECORD, &higher, day);
    let h0 = with_grant(|grant| grant.handling = vec![Handling::H1]);
    line("handled as the grant does not name", h0, ASKER, drugs, RECORD, &held, day);
    line("the grant has ended", World::new(vec![]), ASKER, drugs, RECORD, &held, day);
    let cleared = of_officer(|officer| officer.clearance = Classification::Restricted);
    line("the officer is not cleared for it", cleared, ASKER, drugs, RECORD, &higher, day);
    let elsewhere = of_officer(|officer| officer.databases = Some(vec![Database::Vehicles]));
    line("the officer's databases are others", elsewhere, ASKER, drugs, RECORD, &held, day);
    let searches = of_officer(|officer| officer.rights = vec![OfficerRight::Search]);
    line("the officer may not open", searches, ASKER, drugs, RECORD, &held, day);
}

fn is_said(table: &mut String) {
    table.push_str("\n### Who says what about consents\n\n");
    let rights = OfficerRight::LISTED.iter().map(|(right, _)| *right).collect::<Vec<_>>();
    let mut cells = vec!["step".to_owned()];
    cells.extend(rights.iter().map(ToString::to_string));
    cells.extend(["bind, cleared for less".to_owned(), "all, in another database".to_owned()]);
    head(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    let drugs = Purpose::DrugTrafficking;
    for (name, what) in [
        ("consents", Consenting::Gives),
        ("refuses, takes a consent back", Consenting::Closes),
        ("reads as owner", Consenting::ReadsAsOwner),
        ("reads as asker", Consenting::ReadsAsAsker(drugs)),
        ("takes a request back", Consenting::Withdraws(drugs)),
    ] {
        let may = |officer: OfficerRights| {
            let world = World::of_officer(officer);
            told(policy::may_consent(world.circumstances(), &actor("XA"), Database::Persons, what))
        };
        let mut cells = vec![name];
        cells.extend(
            rights.iter().map(|right| may(OfficerRights { rights: vec![*right], ..OfficerRights::all() })),
        );
        let clearance = Classification::Restricted;
        cells.push(may(OfficerRights {
            rights: vec![OfficerRight::Bind],
            clearance,
            ..OfficerRights::all()
        }));
        let databases = Some(vec![Database::Vehicles]);
        cells.push(may(OfficerRights { databases, ..OfficerRights::all() }));
        row(table, &cells);
    }
}

pub fn table(table: &mut String) {
    is_shown(table);
    is_said(table);
}
