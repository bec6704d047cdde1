//! Entering, revising and withdrawing persons; repeating a write; asking whether it landed.

use barid_app::{AppError, PersonSubmission, Receipt, Statement};
use barid_domain::codes::{Offence, PersonStatus, Purpose, WithdrawalReason};
use barid_domain::persons::{Person, PersonName};
use barid_testkit::world::{World, acting, person};

use crate::{faults, named, run};

const PURPOSE: Purpose = Purpose::Humanitarian;

async fn entered(world: &World, organisation: &str, names: &[&str]) -> Receipt {
    let ctx = acting(organisation, PURPOSE);
    world.app.submit_person(&ctx, world.key(), world.submission(PURPOSE, person(names))).await.unwrap()
}

fn revision(world: &World, receipt: &Receipt, names: &[&str]) -> PersonSubmission {
    PersonSubmission {
        record: Some(receipt.records[0]),
        expects: Some(receipt.entries[0].0),
        ..world.submission(PURPOSE, person(names))
    }
}

#[test]
fn a_person_is_entered_revised_and_withdrawn() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let first = entered(&world, "XA", &["Примерова Проба"]).await;
        assert!(!first.replayed);
        let record = first.records[0];
        let opened = world.app.open(&xa, record).await.unwrap();
        assert_eq!(
            (opened.version, opened.entry, opened.stream, opened.number),
            (1, first.entries[0].0, first.entries[0].1.stream, Some(first.entries[0].1.seq))
        );
        // How many entries there were before it, those too that others may not see, its owner alone is told.
        let by_others = world.app.open(&acting("XB", PURPOSE), record).await.unwrap();
        assert_eq!((by_others.stream, by_others.number), (opened.stream, None));
        let Statement::Person(stated) = opened.statement else { panic!("a person") };
        assert_eq!(*stated, person(&["Примерова Проба"]));

        let key = world.key();
        let second =
            world.app.submit_person(&xa, key, revision(&world, &first, &["Образцова Проба"])).await.unwrap();
        assert_eq!(second.records, vec![record]);
        let opened = world.app.open(&xa, record).await.unwrap();
        assert_eq!((opened.version, opened.entry), (2, second.entries[0].0));
        let found = world.app.search(&xa, &named("Образцова Проба")).await.unwrap();
        assert_eq!(found.candidates[0].record, record);
        assert!(
            !world.app.search(&xa, &named("Примерова")).await.unwrap().candidates.iter().any(|c| c.alert)
        );

        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::PurposeMet).await.unwrap();
        assert!(matches!(world.app.open(&xa, record).await, Err(AppError::Absent)));
        assert!(world.app.search(&xa, &named("Образцова Проба")).await.unwrap().candidates.is_empty());
        let again = world.app.withdraw(&xa, world.key(), record, WithdrawalReason::PurposeMet).await;
        assert!(matches!(again, Err(AppError::Ended)));
        let revived =
            world.app.submit_person(&xa, world.key(), revision(&world, &second, &["Образцова"])).await;
        assert!(matches!(revived, Err(AppError::Stale { .. } | AppError::Ended)), "{revived:?}");
    });
}

#[test]
fn a_revision_of_what_changed_meanwhile_is_stale() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let first = entered(&world, "XA", &["নমুনা"]).await;
        let second =
            world.app.submit_person(&xa, world.key(), revision(&world, &first, &["নমুনা দুই"])).await.unwrap();
        let late = world.app.submit_person(&xa, world.key(), revision(&world, &first, &["নমুনা তিন"])).await;
        assert!(
            matches!(late, Err(AppError::Stale { current }) if current == second.entries[0].0),
            "{late:?}"
        );
        let blind = PersonSubmission { expects: None, ..revision(&world, &second, &["নমুনা"]) };
        let blind = world.app.submit_person(&xa, world.key(), blind).await.unwrap_err();
        assert_eq!(faults(blind), ["expects: missing"]);
    });
}

#[test]
fn only_the_owner_makes_a_version_and_others_learn_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let xb = acting("XB", PURPOSE);
        let foreign = entered(&world, "XA", &["عينة تجربة"]).await;
        let absent = barid_domain::ids::RecordId::from_random(world.draw());
        let revision = revision(&world, &foreign, &["عينة"]);
        for record in [foreign.records[0], absent] {
            let submission = PersonSubmission { record: Some(record), ..revision.clone() };
            let refused = world.app.submit_person(&xb, world.key(), submission).await.unwrap_err();
            assert_eq!(refused.code(), "absent");
            let refused = world.app.withdraw(&xb, world.key(), record, WithdrawalReason::Mistaken).await;
            assert_eq!(refused.unwrap_err().code(), "absent");
        }
        let mut documents = world.submission(PURPOSE, barid_testkit::world::stolen_passport("A1", "XAX"));
        documents.record = Some(foreign.records[0]);
        documents.expects = Some(foreign.entries[0].0);
        let refused = world.app.submit_travel_document(&acting("XA", PURPOSE), world.key(), documents).await;
        assert_eq!(refused.unwrap_err().code(), "absent", "a person does not become a document");
    });
}

#[test]
fn the_same_request_again_gets_the_same_receipt() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let key = world.key();
        let submission = world.submission(PURPOSE, person(&["演习样本"]));
        let first = world.app.submit_person(&xa, key, submission.clone()).await.unwrap();
        let again = world.app.submit_person(&xa, key, submission.clone()).await.unwrap();
        assert!(again.replayed && !first.replayed);
        assert_eq!((&again.records, &again.entries), (&first.records, &first.entries));

        let other = world.submission(PURPOSE, person(&["另一个样本"]));
        let refused = world.app.submit_person(&xa, key, other).await;
        assert!(matches!(refused, Err(AppError::KeyReused)));
        let refused = world.app.withdraw(&xa, key, first.records[0], WithdrawalReason::Mistaken).await;
        assert!(matches!(refused, Err(AppError::KeyReused)), "a withdrawal is another request");

        // The key is the organisation's own: another may use the same one and gets a record of its own.
        let xb = acting("XB", PURPOSE);
        let foreign = world.app.submit_person(&xb, key, submission.clone()).await.unwrap();
        assert!(!foreign.replayed && foreign.records != first.records);

        let world = world.restart().await;
        let again = world.app.submit_person(&xa, key, submission).await.unwrap();
        assert!(again.replayed, "also after a restart");
        assert_eq!(again.records, first.records);
    });
}

#[test]
fn whether_a_write_landed_can_be_asked_by_its_organisation() {
    run(async {
        let world = World::exercise().build().await;
        let (xa, xb) = (acting("XA", PURPOSE), acting("XB", PURPOSE));
        let key = world.key();
        assert!(world.app.outcome(&xa, key).await.unwrap().is_none());
        let submission = world.submission(PURPOSE, person(&["تمرین نمونه"]));
        let receipt = world.app.submit_person(&xa, key, submission).await.unwrap();
        let outcome = world.app.outcome(&xa, key).await.unwrap().unwrap();
        assert_eq!(
            (outcome.receipt.records, outcome.receipt.entries),
            (receipt.records.clone(), receipt.entries)
        );
        assert!(
            world.app.outcome(&xb, key).await.unwrap().is_none(),
            "another organisation's key says nothing"
        );

        let key = world.key();
        let record = receipt.records[0];
        let withdrawn = world.app.withdraw(&xa, key, record, WithdrawalReason::Recovered).await.unwrap();
        let again = world.app.withdraw(&xa, key, record, WithdrawalReason::Recovered).await.unwrap();
        assert!(again.replayed);
        assert_eq!((again.records, again.entries), (withdrawn.records, withdrawn.entries));
    });
}

#[test]
fn a_repeated_request_is_answered_even_when_it_would_no_longer_be_accepted() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let key = world.key();
        let submission = world.submission(PURPOSE, person(&["अभ्यास नमूना"]));
        let first = world.app.submit_person(&xa, key, submission.clone()).await.unwrap();
        world.pass_days(366);
        // Its day of review is past now; the client that lost the answer still gets it.
        let again = world.app.submit_person(&xa, key, submission).await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.records, first.records);
    });
}

#[test]
fn every_fault_of_a_person_is_named() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let refused = async |change: fn(&mut Person)| {
            let mut statement = person(&["Образцова Проба", "Проба О."]);
            change(&mut statement);
            let before = world.app.store().stream_heads().await.unwrap();
            let result =
                world.app.submit_person(&xa, world.key(), world.submission(PURPOSE, statement)).await;
            let after = world.app.store().stream_heads().await.unwrap();
            assert_eq!(before, after, "nothing is half-stored");
            faults(result.unwrap_err())
        };
        type Case = (fn(&mut Person), &'static [&'static str]);
        let cases: &[Case] = &[
            (|p| p.names.clear(), &["names: missing"]),
            (|p| p.statuses.clear(), &["statuses: missing"]),
            (|p| p.statuses = vec![PersonStatus::Wanted], &["offences: missing"]),
            (|p| p.statuses = vec![PersonStatus::Dead, PersonStatus::Missing], &["statuses: contradiction"]),
            (|p| p.names[0].text = "1234567".into(), &["names[0].text: not-a-name"]),
            (|p| p.names[1] = p.names[0].clone(), &["names[1]: duplicate"]),
            (|p| p.births = vec!["2026-11-24".parse().unwrap()], &["births[0]: in-future"]),
            (|p| p.sex = barid_domain::codes::Sex::Unlisted(77), &["sex: unknown-code"]),
            (|p| p.offences = vec![Offence::Unlisted(9_999)], &["offences[0]: unknown-code"]),
            (
                |p| {
                    p.names[0].text = "Проба\u{202e}".into();
                    p.names[1].text = "Про\0ба".into();
                    p.births = vec!["2027".parse().unwrap()];
                    p.statuses.clear();
                },
                &[
                    "statuses: missing",
                    "names[0].text: not-clean",
                    "names[1].text: bad-characters",
                    "births[0]: in-future",
                ],
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(refused(*change).await, *expected);
        }
    });
}

#[test]
fn the_terms_are_checked_with_the_record() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let mut submission = world.submission(PURPOSE, person(&["Калачев"]));
        submission.terms.review_on = world.today();
        submission.terms.handling = barid_domain::codes::Handling::H3;
        submission.terms.purpose = Purpose::Unlisted(99);
        submission.statement.names =
            vec![PersonName { script: "Kyrillisch".into(), ..submission.statement.names[0].clone() }];
        let refused = world.app.submit_person(&xa, world.key(), submission).await.unwrap_err();
        assert_eq!(
            faults(refused),
            [
                "terms.purpose: unknown-code",
                "terms.review_on: impossible",
                "terms.conditions: missing",
                "names[0].script: unknown-code"
            ]
        );
    });
}

#[test]
fn the_list_of_own_records_is_ones_own_and_pages_through() {
    run(async {
        let world = World::exercise().build().await;
        let mut own = Vec::new();
        for number in ["один", "два", "три", "четыре", "пять"] {
            own.push(entered(&world, "XA", &[&format!("Образец {number}")]).await.records[0]);
            entered(&world, "XB", &[&format!("Чужой {number}")]).await;
        }
        own.sort();
        let xa = acting("XA", PURPOSE);
        let mut listed = Vec::new();
        loop {
            let page = world.app.own_records(&xa, listed.last().copied(), 2).await.unwrap();
            assert!(page.len() <= 2);
            let Some(_) = page.last() else { break };
            listed.extend(page.iter().map(|own| own.record));
        }
        assert_eq!(listed, own);
        world.app.withdraw(&xa, world.key(), own[2], WithdrawalReason::Mistaken).await.unwrap();
        let left = world.app.own_records(&xa, None, 500).await.unwrap();
        assert_eq!(left.len(), 4);
        assert!(left.iter().all(|line| line.record != own[2]));
    });
}

#[test]
fn the_same_request_many_times_at_once_is_entered_once() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let key = world.key();
        let submission = world.submission(PURPOSE, person(&["Образцов Учебный"]));
        let submit = || world.app.submit_person(&xa, key, submission.clone());
        let (a, b, c, d) = tokio::join!(submit(), submit(), submit(), submit());
        let receipts = [a.unwrap(), b.unwrap(), c.unwrap(), d.unwrap()];
        assert_eq!(receipts.iter().filter(|receipt| !receipt.replayed).count(), 1);
        assert!(receipts.iter().all(|receipt| receipt.records == receipts[0].records));
        assert!(receipts.iter().all(|receipt| receipt.entries == receipts[0].entries));
        assert_eq!(world.app.own_records(&xa, None, 500).await.unwrap().len(), 1);
    });
}

#[test]
fn of_many_revisions_at_once_one_stands_and_the_others_are_stale() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let first = entered(&world, "XA", &["Образцов"]).await;
        let names = ["Образцов Первый", "Образцов Второй", "Образцов Третий", "Образцов Четвёртый"];
        let revise =
            |at: usize| world.app.submit_person(&xa, world.key(), revision(&world, &first, &names[at..=at]));
        let (a, b, c, d) = tokio::join!(revise(0), revise(1), revise(2), revise(3));
        let results = [a, b, c, d];
        let landed: Vec<&Receipt> = results.iter().flatten().collect();
        assert_eq!(landed.len(), 1);
        let stands = landed[0].entries[0].0;
        for refused in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(matches!(refused, AppError::Stale { current } if *current == stands), "{refused:?}");
        }
        assert_eq!(world.app.open(&xa, first.records[0]).await.unwrap().version, 2);
    });
}

#[test]
fn many_bureaus_write_at_once_and_the_index_has_it_all() {
    run(async {
        let world = World::exercise().build().await;
        let write = async |bureau: &'static str| {
            for number in ["один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь"]
            {
                let receipt = entered(&world, bureau, &[&format!("Образец {number} {bureau}")]).await;
                let found = world.app.open(&acting(bureau, PURPOSE), receipt.records[0]).await.unwrap();
                assert_eq!(found.version, 1, "what was acknowledged is there");
            }
        };
        tokio::join!(write("XA"), write("XB"), write("XC"), write("XA"), write("XB"), write("XC"));
        assert!(world.app.index_equals_store().await.unwrap());
        for bureau in ["XA", "XB", "XC"] {
            assert_eq!(world.app.own_records(&acting(bureau, PURPOSE), None, 500).await.unwrap().len(), 16);
        }
    });
}
