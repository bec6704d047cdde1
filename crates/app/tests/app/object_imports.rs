//! Importing tables of objects: again, newer, broken, interrupted, mapped, and as a dry run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use barid_app::{
    ImagePart, ImageSubmission, ImportReport, Intake, ObjectsImport, OwnRecord, Query, Statement,
    TableEdition,
};
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use barid_domain::images::{Image, ImageKind};
use barid_domain::text::{LocalText, SHORT_CAP};
use barid_formats::documents_csv::TableSource;
use barid_formats::mapping::TableMapping;
use barid_formats::report::ReportCode;
use barid_store::HeadState;
use barid_testkit::pictures::picture;
use barid_testkit::world::{World, acting};
use sha2::{Digest, Sha256};

use crate::imports::{BreaksOff, FULL, counts, sizes};
use crate::{faults, run};

const PURPOSE: Purpose = Purpose::BorderControl;
const COLUMNS: &str = "id,status,plates.number,plates.country,make\n";

fn table_import<R: BufRead>(
    world: &World,
    source: R,
    hash: [u8; 32],
    edition: TableEdition,
) -> ObjectsImport<R> {
    ObjectsImport {
        source: TableSource::Lines(source),
        file_hash: hash,
        database: Database::Vehicles,
        mapping: TableMapping::default(),
        terms: world.terms(PURPOSE),
        list: "stolen".to_owned(),
        edition,
    }
}

async fn import(world: &World, import: ObjectsImport<impl BufRead>) -> ImportReport {
    world.app.import_objects(&acting("XA", PURPOSE), import, |_, _| {}).await.unwrap()
}

fn table_of(rows: &[String]) -> String {
    format!("{COLUMNS}{}", rows.concat())
}

async fn import_rows(world: &World, rows: &[String], edition: TableEdition) -> ImportReport {
    let table = table_of(rows);
    import(world, table_import(world, table.as_bytes(), Sha256::digest(&table).into(), edition)).await
}

/// The plate of a number, in Cyrillic; `latin` is what another bureau types.
fn plate(number: usize) -> String {
    format!("А {number:04} ВС 77")
}

fn latin(number: usize) -> String {
    format!("a{number:04}bc77")
}

fn cars(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("КС-{number},stolen,{},RUS,Лада\n", plate(number))).collect()
}

async fn find(world: &World, typed: &str) -> Vec<RecordId> {
    let query = Query { text: Some(typed.to_owned()), ..Query::default() };
    let answer = world.app.search(&acting("XB", PURPOSE), &query).await.unwrap();
    answer.candidates.iter().map(|candidate| candidate.record).collect()
}

/// What stands of these cars as another bureau finds it.
async fn found(world: &World, numbers: std::ops::Range<usize>) -> BTreeMap<usize, RecordId> {
    let mut found = BTreeMap::new();
    for number in numbers {
        let records = find(world, &latin(number)).await;
        assert!(records.len() <= 1, "{number} stands twice");
        found.extend(records.first().map(|record| (number, *record)));
    }
    assert!(world.app.index_equals_store().await.unwrap());
    found
}

async fn own(world: &World) -> Vec<OwnRecord> {
    world.app.own_records(&acting("XA", PURPOSE), None, 500).await.unwrap()
}

#[test]
fn a_table_of_objects_goes_in_once_and_bad_rows_are_named() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = cars(0..40);
        rows.push("К-1,угнан,А 1 ВС 77,RUS,\n".to_owned()); // line 42
        rows.push("К-2,stolen,,RUS,Лада\n".to_owned()); // line 43: a country is no plate
        rows.push("КС-7,lost,Х 1 ХХ 77,RUS,\n".to_owned()); // line 44
        let report = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!(counts(&report), [40, 0, 0, 0, 3]);
        let places: Vec<_> =
            report.rows.iter().map(|row| (row.place.line, row.field.as_str(), row.code)).collect();
        assert_eq!(
            places,
            [
                (42, "status", ReportCode::UnknownValue),
                (43, "plates.number", ReportCode::Missing),
                (44, "id", ReportCode::Duplicate),
            ]
        );
        let before = sizes(&world).await;
        for days in [0, 1, 30] {
            world.pass_days(days);
            rows[..40].rotate_left(days as usize);
            assert_eq!(counts(&import_rows(&world, &rows, TableEdition::Part).await)[..3], [0, 0, 40]);
        }
        assert_eq!(sizes(&world).await, before);
        let world = world.restart().await;
        assert_eq!(found(&world, 0..41).await.len(), 40);
    });
}

#[test]
fn a_changed_row_is_a_new_version_of_its_record() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = cars(0..3);
        import_rows(&world, &rows, TableEdition::Part).await;
        let before = found(&world, 0..3).await;
        rows[1] = rows[1].replace("0001", "0901");
        assert_eq!(counts(&import_rows(&world, &rows, TableEdition::Part).await), [0, 1, 2, 0, 0]);
        assert_eq!(find(&world, &latin(901)).await, [before[&1]]);
        assert_eq!(find(&world, &latin(1)).await, []);
        let head = world.app.store().head(before[&1]).await.unwrap().unwrap();
        assert_eq!((head.version, head.state), (2, HeadState::Active));
        rows[1] = rows[1].replace("stolen", "found");
        assert_eq!(counts(&import_rows(&world, &rows, TableEdition::Part).await), [0, 1, 2, 0, 0]);
        let world = world.restart().await;
        assert_eq!(find(&world, &latin(901)).await, [before[&1]]);
        assert_eq!(own(&world).await.iter().map(|own| own.version).sum::<u32>(), 5);
    });
}

#[test]
fn a_table_that_broke_off_goes_on_where_it_was_under_the_terms_of_its_first_run() {
    run(async {
        let world = World::exercise().build().await;
        let table = table_of(&cars(0..620));
        let hash: [u8; 32] = Sha256::digest(&table).into();
        let terms = world.terms(PURPOSE);
        let mut done = 0;
        for percent in [45, 90] {
            let source = BufReader::new(BreaksOff { rest: &table.as_bytes()[..table.len() * percent / 100] });
            let report = import(&world, table_import(&world, source, hash, TableEdition::Part)).await;
            assert!(report.broken_off.is_some() && report.added > 0);
            assert_eq!(report.unchanged, done, "what is in is not entered again");
            done += report.added;
            world.pass_days(2);
        }
        let world = world.abandon().start().await;
        let whole = || table_import(&world, table.as_bytes(), hash, TableEdition::Part);
        assert_eq!(counts(&import(&world, whole()).await), [620 - done, 0, done, 0, 0]);
        let before = sizes(&world).await;
        assert_eq!(counts(&import(&world, whole()).await), [0, 0, 620, 0, 0]);
        assert_eq!(sizes(&world).await, before);
        let records = own(&world).await;
        assert_eq!(records.len(), 500, "a page");
        assert!(records.iter().all(|own| own.review_on == terms.review_on), "one review day for one table");
        assert_eq!(found(&world, 600..621).await.len(), 20);
    });
}

#[test]
fn a_newer_table_adds_and_revises_and_a_full_one_withdraws_what_it_leaves_out() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = cars(0..100);
        import_rows(&world, &rows, TableEdition::Part).await;

        // One added, one mended, one that can't be read any more, two left out.
        rows[7] = rows[7].replace("Лада", "Москвич");
        rows[9] = rows[9].replace("stolen", "угнан");
        rows.drain(20..22);
        rows.extend(cars(100..101));
        let part = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!(counts(&part), [1, 1, 96, 0, 1], "{:?}", part.rows);
        assert_eq!(
            found(&world, 0..102).await.len(),
            101,
            "a part withdraws nothing, nor does a refused row"
        );
        let full = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&full), full.held_back), ([0, 0, 98, 2, 1], None), "{:?}", full.rows);
        let standing = found(&world, 0..102).await;
        assert!(standing.len() == 99 && !standing.contains_key(&20) && standing.contains_key(&9));
        let again = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&again), [0, 0, 98, 0, 1]);

        // Another list, and a list of the same name of another database, neither know nor withdraw these.
        let table = table_of(&cars(200..203));
        let other = ObjectsImport {
            list: "wanted".to_owned(),
            ..table_import(&world, table.as_bytes(), [9; 32], FULL)
        };
        assert_eq!(counts(&import(&world, other).await), [3, 0, 0, 0, 0]);
        let arms = "id,status,serial\nКС-1,stolen,АК 4711\n";
        let other = ObjectsImport {
            database: Database::Firearms,
            ..table_import(&world, arms.as_bytes(), [8; 32], FULL)
        };
        assert_eq!(counts(&import(&world, other).await), [1, 0, 0, 0, 0]);
        assert_eq!(found(&world, 0..203).await.len(), 102);

        // What was left out comes back as new when it is listed again; what can be read again is as it was.
        rows.extend(cars(20..22));
        rows[9] = rows[9].replace("угнан", "stolen");
        let back = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&back), [2, 1, 98, 0, 0], "a row that was refused counts as changed");
        let world = world.restart().await;
        assert_eq!(found(&world, 0..203).await.len(), 104);
    });
}

#[test]
fn a_full_table_that_may_be_cut_off_withdraws_nothing() {
    run(async {
        let world = World::exercise().build().await;
        import_rows(&world, &cars(0..10), FULL).await;
        let table = table_of(&cars(0..9));
        let unreadable = format!("{table},stolen,A 12,RUS,\n");
        for (hash, table, why) in [
            (1, table.trim_end(), "no line break"),
            (2, unreadable.as_str(), "no readable id"),
            (3, COLUMNS, "the table is empty"),
        ] {
            let report = import(&world, table_import(&world, table.as_bytes(), [hash; 32], FULL)).await;
            assert!(report.held_back.is_some_and(|held| held.contains(why)), "{:?}", report.held_back);
            assert_eq!(report.withdrawn, 0);
        }
        let source = BufReader::new(BreaksOff { rest: table.as_bytes() });
        let report = import(&world, table_import(&world, source, [4; 32], FULL)).await;
        assert_eq!((report.withdrawn, report.held_back), (0, Some("the reading broke off")));
        assert_eq!(found(&world, 0..11).await.len(), 10);
    });
}

#[test]
fn an_object_withdrawn_by_hand_is_not_entered_again() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = cars(0..3);
        import_rows(&world, &rows, FULL).await;
        let record = found(&world, 0..3).await[&2];
        let xa = acting("XA", PURPOSE);
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::Recovered).await.unwrap();
        // A table that ends before its row does not make it forgotten, though nothing that stands is left out.
        for (hash, cut) in [(1, table_of(&rows[..2])), (2, table_of(&rows))] {
            let cut = cut.trim_end().as_bytes();
            let report = import(&world, table_import(&world, cut, [hash; 32], FULL)).await;
            assert_eq!((report.added, report.held_back), (0, None));
        }
        let cut = table_of(&rows[..2]);
        let source = BufReader::new(BreaksOff { rest: cut.as_bytes() });
        import(&world, table_import(&world, source, [3; 32], FULL)).await;
        rows.extend(cars(3..4));
        assert_eq!(counts(&import_rows(&world, &rows, FULL).await), [1, 0, 3, 0, 0]);
        rows[2] = rows[2].replace("Лада", "Москвич");
        let report = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&report), [0, 0, 3, 0, 1], "a changed row is refused by name");
        assert_eq!(
            (report.rows[0].field.as_str(), report.rows[0].code),
            ("record", ReportCode::Contradiction)
        );
        assert_eq!(found(&world, 0..4).await.keys().copied().collect::<Vec<_>>(), [0, 1, 3]);
    });
}

#[test]
fn an_unchanged_row_of_a_newer_table_puts_its_review_off_and_brings_back_what_is_overdue() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = cars(0..5);
        import_rows(&world, &rows, TableEdition::Part).await;
        let records = found(&world, 0..5).await;
        world.pass_days(365 - 91);
        rows.extend(cars(5..6));
        let early = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!((counts(&early), early.renewed), ([1, 0, 5, 0, 0], 0));
        world.pass_days(1);
        rows.extend(cars(6..7));
        let near = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!((counts(&near), near.renewed), ([1, 0, 1, 0, 0], 5));
        assert!(own(&world).await.iter().all(|own| own.review_on.days() - world.today().days() > 300));
        assert_eq!(found(&world, 0..5).await, records, "the same records");

        world.pass_days(370);
        assert!(found(&world, 0..7).await.is_empty());
        rows.extend(cars(7..8));
        let late = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!((counts(&late), late.renewed), ([1, 0, 0, 0, 0], 7));
        assert_eq!(found(&world, 0..8).await.len(), 8);

        // Erased because its time was over: new again.
        world.app.upkeep().await.unwrap();
        world.pass_days(365 + 91);
        world.app.upkeep().await.unwrap();
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        assert!(own(&world).await.is_empty());
        rows.extend(cars(8..9));
        assert_eq!(counts(&import_rows(&world, &rows, FULL).await), [9, 0, 0, 0, 0]);
    });
}

#[test]
fn a_full_table_that_leaves_out_most_withdraws_nothing_unconfirmed() {
    run(async {
        let world = World::exercise().build().await;
        import_rows(&world, &cars(0..100), FULL).await;
        let rows = [cars(0..10), cars(100..200)].concat();
        let held = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&held), held.withdrawals_held), ([100, 0, 10, 0, 0], 90));
        assert!(held.held_back.is_some());
        assert_eq!(found(&world, 95..105).await.len(), 10);
        let full = |count| TableEdition::Full { confirm_withdrawals: Some(count) };
        assert_eq!(import_rows(&world, &rows, full(89)).await.withdrawals_held, 90);
        let done = import_rows(&world, &rows, full(90)).await;
        assert_eq!((counts(&done), done.withdrawals_held), ([0, 0, 110, 90, 0], 0));
        assert_eq!(found(&world, 95..105).await.len(), 5);
    });
}

#[test]
fn the_same_table_under_another_mapping_is_another_table() {
    run(async {
        let world = World::exercise().build().await;
        let table = "№;Госномер;Что\n१;А 0001 ВС 77;угон\n२;А 0002 ВС 77;утрачен\n";
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(own, name)| ((*own).to_owned(), (*name).to_owned())).collect()
        };
        let mapped = |values: &[(&str, &str)]| ObjectsImport {
            mapping: TableMapping {
                columns: pairs(&[("№", "id"), ("Госномер", "plates.number"), ("Что", "status")]),
                values: [("status".to_owned(), pairs(values))].into(),
                ..TableMapping::default()
            },
            ..table_import(&world, table.as_bytes(), [1; 32], TableEdition::Part)
        };
        let unmapped = table_import(&world, table.as_bytes(), [1; 32], TableEdition::Part);
        let report = import(&world, unmapped).await;
        assert!(report.broken_off.is_some_and(|why| why.contains("csv-unknown-column")));
        let half = mapped(&[("угон", "stolen")]);
        assert_eq!(counts(&import(&world, half).await), [1, 0, 0, 0, 1]);
        let whole = || mapped(&[("угон", "stolen"), ("утрачен", "lost")]);
        assert_eq!(counts(&import(&world, whole()).await), [1, 0, 1, 0, 0]);
        assert_eq!(counts(&import(&world, whole()).await), [0, 0, 2, 0, 0]);
        assert_eq!(found(&world, 0..3).await.len(), 2);
    });
}

#[test]
fn names_mappings_and_databases_are_checked_and_only_holders_of_the_purpose_import() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        let table = table_of(&cars(0..1));
        let plain = || table_import(&world, table.as_bytes(), [1; 32], TableEdition::Part);
        let xa = acting("XA", PURPOSE);
        for list in ["", "a b", "Ä", "UPPER", &"a".repeat(31)] {
            let refused =
                world.app.import_objects(&xa, ObjectsImport { list: list.to_owned(), ..plain() }, |_, _| {});
            assert_eq!(faults(refused.await.unwrap_err()), ["list: bad-characters"], "{list:?}");
        }
        // The longest name fits with the longest number of a database.
        let accounts = "id,status,kind,iban\n1,involved,bank-account,DE89 3704 0044 0532 0130 00\n";
        let longest = ObjectsImport {
            database: Database::CashAndAccounts,
            list: "a".repeat(30),
            source: TableSource::Lines(accounts.as_bytes()),
            ..plain()
        };
        assert_eq!(counts(&import(&world, longest).await), [1, 0, 0, 0, 0]);
        let mapping = TableMapping {
            constants: [("calibre".to_owned(), "9".to_owned())].into(),
            ..TableMapping::default()
        };
        for import in
            [ObjectsImport { mapping, ..plain() }, ObjectsImport { database: Database::Persons, ..plain() }]
        {
            let refused = world.app.import_objects(&xa, import, |_, _| {}).await.unwrap_err();
            assert_eq!(refused.code(), "list-unreadable");
        }
        let import = ObjectsImport { terms: world.terms(Purpose::Sanctions), ..plain() };
        let refused = world.app.import_objects(&acting("XA", Purpose::Sanctions), import, |_, _| {}).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
        for organisation in ["XPART", "COM"] {
            let ctx = acting(organisation, PURPOSE);
            let refused = world.app.import_objects(&ctx, plain(), |_, _| {}).await.unwrap_err();
            assert_eq!(refused.code(), "not-entitled", "{organisation}");
            let lines = world.journal_of(organisation).await;
            assert_eq!(lines.last().unwrap().refusal.as_deref(), Some("not-entitled"));
            let refused = world.app.dry_run_objects(&ctx, plain(), |_, _| {}).await.unwrap_err();
            assert_eq!(refused.code(), "not-entitled", "{organisation}");
        }
    });
}

#[test]
fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let mut mended = cars(2..103);
        mended[0] = mended[0].replace("Лада", "Москвич");
        mended[1] = mended[1].replace("stolen", "угнан");
        let most_left_out = [cars(0..50), cars(200..260)].concat();
        let unreadable = [mended.clone(), vec![",stolen,А 1 ВС 77,RUS,\n".to_owned()]].concat();
        let editions = [cars(0..100), cars(0..100), unreadable, mended, most_left_out];
        let mut seen = Vec::new();
        for (at, rows) in editions.into_iter().enumerate() {
            let table = table_of(&rows);
            if at == 3 {
                // One of them is withdrawn by hand, and the days of review come near.
                let record = found(&world, 0..1).await[&0];
                world.app.withdraw(&xa, world.key(), record, WithdrawalReason::Recovered).await.unwrap();
                world.pass_days(300);
            }
            for edition in [TableEdition::Part, FULL] {
                let import =
                    || table_import(&world, table.as_bytes(), Sha256::digest(&table).into(), edition);
                let before = world.app.store().stream_heads().await.unwrap();
                let dry = world.app.dry_run_objects(&xa, import(), |_, _| {}).await.unwrap();
                let again = world.app.dry_run_objects(&xa, import(), |_, _| {}).await.unwrap();
                assert_eq!(world.app.store().stream_heads().await.unwrap(), before);
                let real = world.app.import_objects(&xa, import(), |_, _| {}).await.unwrap();
                assert_eq!(format!("{dry:?}"), format!("{real:?}"), "{at} {edition:?}");
                assert_eq!(format!("{dry:?}"), format!("{again:?}"), "{at} {edition:?}");
                seen.push((counts(&real), real.renewed, real.withdrawals_held, real.held_back.is_some()));
            }
        }
        assert_eq!(
            seen,
            [
                ([100, 0, 0, 0, 0], 0, 0, false),
                ([0, 0, 100, 0, 0], 0, 0, false),
                ([0, 0, 100, 0, 0], 0, 0, false),
                ([0, 0, 100, 0, 0], 0, 0, false),
                ([3, 1, 96, 0, 2], 0, 0, false),
                ([0, 0, 100, 0, 2], 0, 0, true),
                ([0, 0, 0, 0, 1], 100, 0, false),
                ([0, 0, 100, 1, 1], 0, 0, false),
                ([62, 2, 46, 0, 0], 0, 0, false),
                ([0, 0, 110, 0, 0], 0, 53, true),
            ]
        );
    });
}

#[test]
fn a_row_that_changed_keeps_the_pictures_of_its_record() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        import_rows(&world, &cars(0..2), TableEdition::Part).await;
        let record = found(&world, 0..1).await[&0];
        let opened = world.app.open(&xa, record).await.unwrap();
        let Statement::Object(car) = opened.statement else { panic!("a car") };
        let handed_in = ImageSubmission { bytes: picture(1), intake: Intake::Photograph };
        let handed_in = world.app.hand_in_image(&xa, world.key(), handed_in).await.unwrap();
        let images = vec![Image {
            picture: handed_in.facts,
            kind: ImageKind::Item,
            taken: None,
            caption: LocalText::new("ru", "вмятина", SHORT_CAP).ok(),
        }];
        let mut revision = world.submission(PURPOSE, *car);
        (revision.record, revision.expects) = (Some(record), Some(opened.entry));
        revision.images = images.clone();
        world.app.submit_object(&xa, world.key(), revision).await.unwrap();

        let row = format!("КС-0,stolen,{},RUS,Волга\n", plate(0));
        assert_eq!(counts(&import_rows(&world, &[row], TableEdition::Part).await), [0, 1, 0, 0, 0]);
        let opened = world.app.open(&acting("XB", PURPOSE), record).await.unwrap();
        assert_eq!((opened.version, opened.images), (3, images));
        let (xb, hash) = (acting("XB", PURPOSE), handed_in.facts.hash);
        world.app.open_image(&xb, record, hash, ImagePart::Whole).await.unwrap();
    });
}
