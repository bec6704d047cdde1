//! Entering travel documents, one by one, as ranges and in batches; withdrawing one item of a batch.

use std::collections::BTreeSet;

use barid_app::{AppError, DocumentBatchSubmission, Statement};
use barid_domain::codes::{FraudType, Purpose, RevocationReason, WithdrawalReason};
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_testkit::world::{World, acting, stolen_passport};

use crate::{faults, numbered, run};

const PURPOSE: Purpose = Purpose::BorderControl;

#[test]
fn only_the_issuing_country_enters_a_document() {
    run(async {
        let world = World::exercise().build().await;
        let document = stolen_passport("XA 0012345", "XAX");
        let submission = world.submission(PURPOSE, document);
        let refused =
            world.app.submit_travel_document(&acting("XB", PURPOSE), world.key(), submission.clone()).await;
        assert_eq!(faults(refused.unwrap_err()), ["issuing_country: not-entitled"]);
        let refused =
            world.app.submit_travel_document(&acting("SEC", PURPOSE), world.key(), submission.clone()).await;
        assert_eq!(faults(refused.unwrap_err()), ["issuing_country: not-entitled"], "nor the secretariat");
        let receipt =
            world.app.submit_travel_document(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        let found = world.app.search(&acting("XB", PURPOSE), &numbered("xa-0012345")).await.unwrap();
        assert_eq!(found.candidates.len(), 1);
        assert_eq!((found.candidates[0].record, found.candidates[0].alert), (receipt.records[0], true));
        assert_eq!(found.candidates[0].fraud, Some(FraudType::Stolen));
    });
}

#[test]
fn reasons_stand_where_they_belong() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let number = |text: &str| DocumentNumber::new(text).unwrap();
        type Case = (fn(&mut TravelDocument), &'static [&'static str]);
        let cases: &[Case] = &[
            (|d| d.fraud_type = FraudType::Revoked, &["reason: missing"]),
            (|d| d.fraud_type = FraudType::Invalid, &["reason: missing"]),
            (|d| d.reason = Some(RevocationReason::HolderDead), &["reason: contradiction"]),
            (
                |d| {
                    d.fraud_type = FraudType::Revoked;
                    d.reason = Some(RevocationReason::Unlisted(99));
                },
                &["reason: unknown-code"],
            ),
            (|d| d.reported_on = Some("2026-11-24".parse().unwrap()), &["reported_on: in-future"]),
            (|d| d.range_end = Some(DocumentNumber::new("XA0012344").unwrap()), &["range_end: impossible"]),
            (|d| d.range_end = Some(DocumentNumber::new("XB0012346").unwrap()), &["range_end: impossible"]),
            (|d| d.range_end = Some(DocumentNumber::new("XA10012345").unwrap()), &["range_end: impossible"]),
            (
                |d| {
                    d.fraud_type = FraudType::Lost;
                    d.range_end = Some(DocumentNumber::new("XA0012346").unwrap());
                },
                &["range_end: contradiction"],
            ),
        ];
        for (change, expected) in cases {
            let mut document = stolen_passport("XA0012345", "XAX");
            change(&mut document);
            let refused =
                world.app.submit_travel_document(&xa, world.key(), world.submission(PURPOSE, document));
            assert_eq!(faults(refused.await.unwrap_err()), *expected);
        }
        let revoked = TravelDocument {
            number: number("XA7"),
            fraud_type: FraudType::Revoked,
            reason: Some(RevocationReason::CourtOrder),
            ..stolen_passport("XA7", "XAX")
        };
        world.app.submit_travel_document(&xa, world.key(), world.submission(PURPOSE, revoked)).await.unwrap();
    });
}

#[test]
fn a_range_of_blanks_answers_for_every_number_in_it_and_no_other() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let range = TravelDocument {
            range_end: Some(DocumentNumber::new("B0105").unwrap()),
            fraud_type: FraudType::StolenBlank,
            ..stolen_passport("B0099", "XAX")
        };
        let receipt =
            world.app.submit_travel_document(&xa, world.key(), world.submission(PURPOSE, range)).await;
        let record = receipt.unwrap().records[0];
        for inside in ["B0099", "b 0100", "B-0105"] {
            let found = world.app.search(&xa, &numbered(inside)).await.unwrap();
            assert_eq!(found.candidates.iter().map(|c| c.record).collect::<Vec<_>>(), [record], "{inside}");
        }
        for outside in ["B0098", "B0106", "B100", "C0100", "B00100"] {
            assert!(
                world.app.search(&xa, &numbered(outside)).await.unwrap().candidates.is_empty(),
                "{outside}"
            );
        }
        // The same document, revised to a shorter range: numbers that left it are answered no more.
        let opened = world.app.open(&xa, record).await.unwrap();
        let Statement::TravelDocument(mut document) = opened.statement else { panic!("a document") };
        document.range_end = Some(DocumentNumber::new("B0101").unwrap());
        let mut revised = world.submission(PURPOSE, document);
        (revised.record, revised.expects) = (Some(record), Some(opened.entry));
        world.app.submit_travel_document(&xa, world.key(), revised).await.unwrap();
        assert_eq!(world.app.search(&xa, &numbered("B0101")).await.unwrap().candidates.len(), 1);
        assert!(world.app.search(&xa, &numbered("B0105")).await.unwrap().candidates.is_empty());
    });
}

#[test]
fn the_issuing_country_narrows_a_search_by_number() {
    run(async {
        let world = World::exercise().build().await;
        for (bureau, country) in [("XA", "XAX"), ("XB", "XBX")] {
            let submission = world.submission(PURPOSE, stolen_passport("C1234567", country));
            world
                .app
                .submit_travel_document(&acting(bureau, PURPOSE), world.key(), submission)
                .await
                .unwrap();
        }
        let xc = acting("XC", PURPOSE);
        assert_eq!(world.app.search(&xc, &numbered("C1234567")).await.unwrap().candidates.len(), 2);
        let mut query = numbered("C1234567");
        query.issuing_country = barid_domain::countries::CountryCode::new("XBX").ok();
        let found = world.app.search(&xc, &query).await.unwrap();
        assert_eq!(found.candidates.len(), 1);
        assert_eq!(found.candidates[0].owner.as_str(), "XB");
    });
}

fn batch(world: &World, count: usize) -> DocumentBatchSubmission {
    let documents = (0..count).map(|i| stolen_passport(&format!("XA{i:07}"), "XAX")).collect();
    DocumentBatchSubmission { terms: world.terms(PURPOSE), documents, audience: None }
}

async fn check_batch(count: usize) {
    let world = World::exercise().seed(count as u64).build().await;
    let (xa, xb) = (acting("XA", PURPOSE), acting("XB", PURPOSE));
    let key = world.key();
    let receipt = world.app.submit_document_batch(&xa, key, batch(&world, count)).await.unwrap();
    assert_eq!((receipt.records.len(), receipt.entries.len()), (count, 1), "one signature over all");
    assert_eq!(receipt.records.iter().collect::<BTreeSet<_>>().len(), count, "each item is a record");

    let step = (count / 60).max(1);
    for i in (0..count).step_by(step).chain([count - 1]) {
        let found = world.app.search(&xb, &numbered(&format!("XA{i:07}"))).await.unwrap();
        assert_eq!(
            found.candidates.iter().map(|c| c.record).collect::<Vec<_>>(),
            [receipt.records[i]],
            "{i}"
        );
    }
    let middle = count / 2;
    let opened = world.app.open(&xb, receipt.records[middle]).await.unwrap();
    assert_eq!((opened.version, opened.entry, opened.owner.as_str()), (1, receipt.entries[0].0, "XA"));
    let Statement::TravelDocument(document) = opened.statement else { panic!("a document") };
    assert_eq!(document, stolen_passport(&format!("XA{middle:07}"), "XAX"));

    let again = world.app.submit_document_batch(&xa, key, batch(&world, count)).await.unwrap();
    assert!(again.replayed);
    assert_eq!((&again.records, &again.entries), (&receipt.records, &receipt.entries));

    let refused =
        world.app.withdraw(&xb, world.key(), receipt.records[middle], WithdrawalReason::Recovered).await;
    assert!(matches!(refused, Err(AppError::Absent)), "only the owner withdraws");
    world.app.withdraw(&xa, world.key(), receipt.records[middle], WithdrawalReason::Recovered).await.unwrap();
    let check_rest = async |world: &World| {
        let gone = numbered(&format!("XA{middle:07}"));
        assert!(
            world.app.search(&xb, &gone).await.unwrap().candidates.is_empty(),
            "hidden from searches at once"
        );
        assert!(matches!(world.app.open(&xb, receipt.records[middle]).await, Err(AppError::Absent)));
        assert!(matches!(world.app.open(&xa, receipt.records[middle]).await, Err(AppError::Absent)));
        for i in [0, middle.wrapping_sub(1), middle + 1, count - 1] {
            if i == middle || i >= count {
                continue;
            }
            let found = world.app.search(&xb, &numbered(&format!("XA{i:07}"))).await.unwrap();
            assert_eq!(found.candidates.len(), 1, "{i} stays");
            world.app.open(&xb, receipt.records[i]).await.unwrap();
        }
        assert!(world.app.index_equals_store().await.unwrap());
    };
    check_rest(&world).await;
    check_rest(&world.restart().await).await;
}

#[test]
fn a_batch_of_one() {
    run(check_batch(1));
}

#[test]
fn a_batch_of_three_hundred() {
    run(check_batch(300));
}

#[test]
fn a_batch_of_a_thousand() {
    run(check_batch(1_000));
}

#[test]
fn a_batch_with_wrong_rows_is_refused_whole_with_each_named() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let mut submission = batch(&world, 5);
        submission.documents[1].issuing_country = barid_domain::countries::CountryCode::new("XBX").unwrap();
        submission.documents[3].fraud_type = FraudType::Revoked;
        let refused = world.app.submit_document_batch(&xa, world.key(), submission).await.unwrap_err();
        assert_eq!(
            faults(refused),
            ["documents[1].issuing_country: not-entitled", "documents[3].reason: missing"]
        );
        assert!(world.app.search(&xa, &numbered("XA0000000")).await.unwrap().candidates.is_empty());
        let empty =
            DocumentBatchSubmission { terms: world.terms(PURPOSE), documents: Vec::new(), audience: None };
        let refused = world.app.submit_document_batch(&xa, world.key(), empty).await.unwrap_err();
        assert_eq!(faults(refused), ["documents: missing"]);
    });
}

#[test]
fn a_batch_over_its_cap_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        let document = stolen_passport("XA1", "XAX");
        let documents = vec![document; barid_domain::batches::ITEMS_CAP + 1];
        let submission = DocumentBatchSubmission { terms: world.terms(PURPOSE), documents, audience: None };
        let refused = world.app.submit_document_batch(&acting("XA", PURPOSE), world.key(), submission).await;
        assert_eq!(faults(refused.unwrap_err()), ["documents: too-many"]);
    });
}
