//! What an officer or service may do within its organisation, and who gives it that.

use barid_app::{AppError, OfficerToken, OpContext, TokenDays};
use barid_domain::codes::{Classification, Database, Purpose};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::policy::Refusal;
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{named, numbered, run};

const PURPOSE: Purpose = Purpose::BorderControl;

fn rights(rights: &[OfficerRight]) -> OfficerRights {
    OfficerRights { rights: rights.to_vec(), ..OfficerRights::default() }
}

fn with(rights: OfficerRights) -> OpContext {
    OpContext { rights, ..acting("XB", PURPOSE) }
}

fn is_refused<T>(done: Result<T, AppError>) -> bool {
    matches!(done, Err(AppError::Refused(Refusal::Officer)))
}

async fn enter(world: &World, classification: Classification) -> RecordId {
    let mut submission = world.submission(PURPOSE, person(&["Калачев Валерий"]));
    submission.terms.classification = classification;
    world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap().records[0]
}

#[test]
fn an_act_needs_the_right_to_it() {
    use OfficerRight::{Bind, Enter, Open, Prove, Screen, Search, Withdraw};
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, Classification::OfficialUse).await;
        for given in [Search, Screen, Open, Enter, Withdraw, Prove, Bind] {
            let ctx = with(rights(&[given]));
            let searched = world.app.search(&ctx, &named("Калачев Валерий")).await;
            assert_eq!(is_refused(searched), given != Search, "search with {given}");
            assert_eq!(is_refused(world.app.open(&ctx, record).await), given != Open, "open with {given}");
            let text =
                barid_app::TextScreening {
                    text: "Калачев".to_owned(), least_score: None, limit: None
                };
            assert_eq!(is_refused(world.app.screen_text(&ctx, &text).await), given != Screen, "{given}");
            let submission = world.submission(PURPOSE, person(&["Учебный Образец"]));
            let entered = world.app.submit_person(&ctx, world.key(), submission).await;
            assert_eq!(is_refused(entered), given != Enter, "enter with {given}");
            let reason = barid_domain::codes::WithdrawalReason::Mistaken;
            // Another's record: absent for who may withdraw.
            let withdrawn = world.app.withdraw(&ctx, world.key(), record, reason).await;
            assert_eq!(is_refused(withdrawn), given != Withdraw, "withdraw with {given}");
            let (never, ledger) = (EntryHash([7; 32]), world.registry_stream());
            for (proof, refused) in [
                ("entry", is_refused(world.app.prove_entry(&ctx, never).await)),
                ("receipt", is_refused(world.app.issue_receipt(&ctx, never).await)),
                ("access", is_refused(world.app.prove_access(&ctx, never).await)),
                ("consistency", is_refused(world.app.prove_consistency(&ctx, ledger, 1).await)),
                ("checkpoint", is_refused(world.app.checkpoint(&ctx, ledger).await)),
                ("streams", is_refused(world.app.streams(&ctx).await)),
            ] {
                assert_eq!(refused, given != Prove, "{proof} with {given}");
            }
        }
        // Refused acts are in the journal, with the code.
        let lines = world.journal_of("XB").await;
        assert!(lines.iter().any(|line| line.refusal.as_deref() == Some("officer-not-entitled")));
    });
}

#[test]
fn databases_purposes_and_clearance_narrow_what_is_seen() {
    run(async {
        let world = World::exercise().build().await;
        let open_one = enter(&world, Classification::OfficialUse).await;
        let secret = enter(&world, Classification::Confidential).await;
        let passport = world.submission(PURPOSE, stolen_passport("XA1234567", "XAX"));
        world.app.submit_travel_document(&acting("XA", PURPOSE), world.key(), passport).await.unwrap();
        let seen = async |ctx: &OpContext| {
            let answer = world.app.search(ctx, &named("Калачев Валерий")).await.unwrap();
            let mut records: Vec<_> = answer.candidates.iter().map(|c| c.record).collect();
            records.sort();
            records
        };
        let everything = with(OfficerRights::default());
        let mut both = vec![open_one, secret];
        both.sort();
        assert_eq!(seen(&everything).await, both);
        let cleared = OfficerRights { clearance: Classification::Restricted, ..OfficerRights::default() };
        let cleared = with(cleared);
        assert_eq!(seen(&cleared).await, [open_one]);
        for unseen in [secret, RecordId::from_random([9; 16])] {
            assert!(matches!(world.app.open(&cleared, unseen).await, Err(AppError::Absent)));
        }
        let documents =
            OfficerRights { databases: Some(vec![Database::TravelDocuments]), ..OfficerRights::default() };
        let documents = with(documents);
        assert_eq!(seen(&documents).await, []);
        assert_eq!(world.app.search(&documents, &numbered("XA1234567")).await.unwrap().candidates.len(), 1);
        let submission = world.submission(PURPOSE, person(&["Учебный Образец"]));
        assert!(is_refused(world.app.submit_person(&documents, world.key(), submission).await));
        let other = OfficerRights { purposes: Some(vec![Purpose::Humanitarian]), ..OfficerRights::default() };
        let refused = world.app.search(&with(other), &named("Калачев Валерий")).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
    });
}

#[test]
fn a_proof_shows_no_more_of_an_own_record_than_its_opening_would() {
    run(async {
        let world = World::exercise().build().await;
        let ours = |rights: OfficerRights| OpContext { rights, ..acting("XA", PURPOSE) };
        let mut submission = world.submission(PURPOSE, person(&["কলাচেভ ভালেরি"]));
        submission.terms.classification = Classification::Confidential;
        let everything = ours(OfficerRights::default());
        let written = world.app.submit_person(&everything, world.key(), submission).await.unwrap();
        let entry = written.entries[0].0;
        assert!(world.app.prove_entry(&everything, entry).await.unwrap().is_some());
        for narrow in [
            OfficerRights { clearance: Classification::Restricted, ..OfficerRights::default() },
            OfficerRights { databases: Some(vec![Database::Vehicles]), ..OfficerRights::default() },
        ] {
            let ctx = ours(narrow);
            assert_eq!(world.app.prove_entry(&ctx, entry).await.unwrap(), None);
            assert_eq!(world.app.issue_receipt(&ctx, entry).await.unwrap(), None);
            assert!(matches!(world.app.open(&ctx, written.records[0]).await, Err(AppError::Absent)));
        }
    });
}

#[test]
fn an_administrator_gives_its_own_people_what_it_has_itself_and_no_more() {
    use OfficerRight::{Administer, Bind, Enter, Open, Search};
    run(async {
        let world = World::exercise().build().await;
        let ceiling = OfficerRights {
            databases: Some(vec![Database::Persons]),
            clearance: Classification::Restricted,
            ..rights(&[Search, Open, Administer])
        };
        let admin = OpContext { rights: ceiling.clone(), ..acting("XA", Purpose::Oversight) };
        let ask = |rights: OfficerRights| OfficerToken {
            officer: "desk-4".to_owned(),
            days: TokenDays::DEFAULT,
            rights,
        };
        let within = OfficerRights { rights: vec![Search], ..ceiling.clone() };
        let key = world.key();
        let issued = world.app.issue_to_officer(&admin, key, ask(within.clone())).await.unwrap().unwrap();
        assert!(world.app.issue_to_officer(&admin, key, ask(within.clone())).await.unwrap().is_none());
        let signed_in = world.app.sign_in(&issued.token).await.unwrap().unwrap();
        assert_eq!((signed_in.actor.officer.as_str(), &signed_in.rights), ("desk-4", &within));
        for wider in [
            OfficerRights { rights: vec![Enter], ..ceiling.clone() },
            OfficerRights { rights: vec![Bind], ..ceiling.clone() },
            OfficerRights { databases: None, ..within.clone() },
            OfficerRights { clearance: Classification::Confidential, ..within.clone() },
        ] {
            assert!(is_refused(world.app.issue_to_officer(&admin, world.key(), ask(wider)).await));
        }
        let officer = OpContext { rights: within.clone(), ..acting("XA", Purpose::Oversight) };
        assert!(is_refused(world.app.issue_to_officer(&officer, world.key(), ask(within.clone())).await));
        assert!(is_refused(world.app.officers(&officer).await));
        // Its own organisation's, and nobody else's.
        let other = OpContext { rights: OfficerRights::all(), ..acting("XB", Purpose::Oversight) };
        let theirs = world.app.issue_to_officer(&other, world.key(), ask(within)).await.unwrap().unwrap();
        let listed = world.app.officers(&admin).await.unwrap();
        assert_eq!(listed.len(), 1);
        let id = world.app.officers(&other).await.unwrap()[0].id.to_string();
        assert!(matches!(world.app.revoke_officer(&admin, &id).await, Err(AppError::Absent)));
        assert!(world.app.sign_in(&theirs.token).await.unwrap().is_some());
        let own = listed[0].id.to_string();
        assert_eq!(world.app.revoke_officer(&admin, &own).await.unwrap().officer, "desk-4");
        assert!(world.app.sign_in(&issued.token).await.unwrap().is_none());
    });
}
