//! No act without its line: searches and openings on disk before they begin, writes in their transaction.

use std::collections::BTreeMap;

use barid_app::{AppError, DocumentBatchSubmission, DocumentsImport, PersonSubmission, TableEdition};
use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::ActId;
use barid_formats::documents_csv::TableSource;
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{UN_LIST, named, numbered, run, typed};

const PURPOSE: Purpose = Purpose::BorderControl;

#[test]
fn every_search_and_opening_leaves_its_two_lines() {
    run(async {
        let world = World::exercise().build().await;
        let xb = acting("XB", PURPOSE);
        let submission = world.submission(PURPOSE, person(&["Калачев"]));
        let record = world.app.submit_person(&xb, world.key(), submission).await.unwrap().records[0];
        let xa = acting("XA", PURPOSE);
        let by_name = world.app.search(&xa, &named("Калачев")).await.unwrap();
        let by_number = world.app.search(&xa, &numbered("XA 12-34")).await.unwrap();
        let opened = world.app.open(&xa, record).await.unwrap();
        world.app.search(&xa, &typed("kalachev")).await.unwrap();
        world.app.search(&xa, &typed("")).await.unwrap_err();

        let lines = world.journal_of("XA").await;
        let shape: Vec<(Operation, Phase)> = lines.iter().map(|line| (line.operation, line.phase)).collect();
        let pair = |operation| [(operation, Phase::Begun), (operation, Phase::Ended)];
        let expected = [
            Operation::SearchPersons,
            Operation::SearchAnything,
            Operation::OpenRecord,
            // One word in the box may be a ship's name too.
            Operation::SearchAnything,
        ];
        assert_eq!(shape, expected.map(pair).concat());
        assert_eq!(lines[0].hash(), by_name.access, "the answer names its line");
        assert_eq!((lines[0].act, lines[1].act), (by_name.act, by_name.act));
        assert_eq!(lines[0].asked.as_deref(), Some("name=Калачев\n"));
        assert_eq!(lines[1].records, [record], "the records that were shown");
        assert_eq!(lines[2].asked.as_deref(), Some("document_number=XA 12-34\n"), "as typed");
        assert_eq!((lines[2].hash(), &lines[3].records), (by_number.access, &Vec::new()));
        assert_eq!((lines[4].hash(), lines[4].record), (opened.access, Some(record)));
        for line in &lines {
            assert_eq!((line.purpose, line.reference.as_str()), (PURPOSE, "дело 17/2026"));
            assert_eq!(line.actor, xa.actor);
        }
        assert_eq!(
            lines.iter().map(|line| line.salt).collect::<std::collections::BTreeSet<_>>().len(),
            lines.len(),
            "no salt twice"
        );
    });
}

#[test]
fn every_write_leaves_one_line_with_its_entry() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let submission = world.submission(PURPOSE, stolen_passport("XA1", "XAX"));
        let key = world.key();
        let written = world.app.submit_travel_document(&xa, key, submission.clone()).await.unwrap();
        world.app.submit_travel_document(&xa, key, submission).await.unwrap();
        let withdrawn = world
            .app
            .withdraw(&xa, world.key(), written.records[0], WithdrawalReason::Recovered)
            .await
            .unwrap();
        let lines = world.journal_of("XA").await;
        let shape: Vec<_> = lines
            .iter()
            .map(|line| (line.operation, line.phase, line.record, line.entries.clone()))
            .collect();
        let record = Some(written.records[0]);
        assert_eq!(
            shape,
            [
                (Operation::SubmitRecord, Phase::Committed, record, vec![written.entries[0].0]),
                (Operation::WithdrawRecord, Phase::Committed, record, vec![withdrawn.entries[0].0]),
            ],
            "and a repeated request none"
        );
    });
}

#[test]
fn a_search_survives_a_crash_in_the_journal() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let answer = world.app.search(&xa, &named("কালাচেভ")).await.unwrap();
        let world = world.abandon().start().await;
        let lines = world.journal_of("XA").await;
        assert!(lines.iter().any(|line| line.hash() == answer.access && line.phase == Phase::Begun));
    });
}

#[test]
fn folding_again_adds_nothing_and_each_act_has_one_end() {
    run(async {
        let world = World::exercise().build().await;
        let organisations = ["XA", "XB", "XPART"];
        for number in 0..12 {
            let ctx = acting(organisations[number % 3], PURPOSE);
            let _ = world.app.search(&ctx, &named("Калачев")).await;
            let _ = world.app.open(&ctx, barid_domain::ids::RecordId([number as u8; 16])).await;
        }
        for organisation in organisations {
            let lines = world.journal_of(organisation).await;
            assert_eq!(lines.len(), 16);
            let mut acts: BTreeMap<ActId, Vec<&JournalLine>> = BTreeMap::new();
            lines.iter().for_each(|line| acts.entry(line.act).or_default().push(line));
            for lines in acts.values() {
                let [begun, end] = lines[..] else { panic!("{lines:?}") };
                assert_eq!(begun.phase, Phase::Begun);
                assert!(matches!(end.phase, Phase::Ended | Phase::Refused));
                assert_eq!(begun.operation, end.operation);
            }
            assert_eq!(world.journal_of(organisation).await, lines);
        }
        let before = world.journal_of("XA").await;
        let world = world.restart().await;
        assert_eq!(world.journal_of("XA").await, before);
    });
}

#[test]
fn every_refused_write_leaves_its_code() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        let xa = acting("XA", PURPOSE);
        let app = &world.app;
        let passport = || world.submission(PURPOSE, stolen_passport("XA1", "XAX"));
        let written = app.submit_travel_document(&xa, world.key(), passport()).await.unwrap();
        let record = written.records[0];
        let foreign = {
            let person = world.submission(Purpose::Humanitarian, person(&["Калачев"]));
            app.submit_person(&acting("XB", PURPOSE), world.key(), person).await.unwrap().records[0]
        };
        let revision = |record, expects| {
            let (record, expects) = (Some(record), Some(expects));
            PersonSubmission { record, expects, ..world.submission(PURPOSE, person(&["Проба"])) }
        };
        let batch = |terms| DocumentBatchSubmission {
            terms,
            documents: vec![stolen_passport("XA2", "XBX")],
            audience: None,
        };
        let import = |list: &str| DocumentsImport {
            source: TableSource::Lines("number\n".as_bytes()),
            file_hash: [0; 32],
            terms: world.terms(PURPOSE),
            list: list.to_owned(),
            edition: TableEdition::Part,
        };

        let mut expected = Vec::new();
        let mut refused = |operation, record, done: Result<(), AppError>, code: &'static str| {
            assert_eq!(done.unwrap_err().code(), code, "{operation}");
            expected.push((operation, Phase::Begun, record, None));
            expected.push((operation, Phase::Refused, record, Some(code.to_owned())));
        };
        use Operation::{ImportList, SubmitRecord, WithdrawRecord};
        let mut held = world.submission(PURPOSE, person(&["Проба"]));
        held.terms.purpose = Purpose::Sanctions;
        let done = app.submit_person(&xa, world.key(), held).await.map(drop);
        refused(SubmitRecord, None, done, "purpose-not-allowed");
        let faulty = world.submission(PURPOSE, person(&["12345"]));
        let done = app.submit_person(&xa, world.key(), faulty).await.map(drop);
        refused(SubmitRecord, None, done, "record-faulty");
        let done = app.submit_person(&xa, world.key(), revision(foreign, written.entries[0].0)).await;
        refused(SubmitRecord, Some(foreign), done.map(drop), "absent");
        let mut stale = passport();
        (stale.record, stale.expects) = (Some(record), Some(barid_domain::ids::EntryHash([7; 32])));
        let done = app.submit_travel_document(&xa, world.key(), stale).await.map(drop);
        refused(SubmitRecord, Some(record), done, "stale");
        let done = app.submit_document_batch(&xa, world.key(), batch(world.terms(Purpose::Sanctions))).await;
        refused(SubmitRecord, None, done.map(drop), "purpose-not-allowed");
        let done = app.submit_document_batch(&xa, world.key(), batch(world.terms(PURPOSE))).await;
        refused(SubmitRecord, None, done.map(drop), "record-faulty");
        let done = app.withdraw(&xa, world.key(), foreign, WithdrawalReason::Mistaken).await;
        refused(WithdrawRecord, Some(foreign), done.map(drop), "absent");
        let oversight = acting("XA", Purpose::Oversight);
        let done = app.withdraw(&oversight, world.key(), record, WithdrawalReason::Mistaken).await;
        refused(WithdrawRecord, Some(record), done.map(drop), "purpose-not-allowed");
        let done = app.import_documents(&oversight, import("a"), |_, _| {}).await.map(drop);
        refused(ImportList, None, done, "purpose-not-allowed");
        let done = app.import_documents(&xa, import("No Name"), |_, _| {}).await.map(drop);
        refused(ImportList, None, done, "record-faulty");
        let done = app.import_un(&xa, UN_LIST, [0; 32], |_, _| {}).await.map(drop);
        refused(ImportList, None, done, "purpose-not-allowed");

        // Those who may not write at all: refused the same way, in their own journal.
        let commission = acting("COM", PURPOSE);
        let done = app.withdraw(&commission, world.key(), record, WithdrawalReason::Ordered).await;
        assert_eq!(done.unwrap_err().code(), "not-entitled");
        let lines = world.journal_of("COM").await;
        assert_eq!(lines.last().unwrap().refusal.as_deref(), Some("not-entitled"));

        let lines = world.journal_of("XA").await;
        let shape: Vec<_> = lines
            .iter()
            .filter(|line| line.phase != Phase::Committed)
            .map(|line| (line.operation, line.phase, line.record, line.refusal.clone()))
            .collect();
        assert_eq!(shape, expected);
    });
}
