//! Entering objects, finding them by any of their numbers in any writing, and the end of their records.

use barid_app::{AppError, NumberReason, ObjectSubmission, Query, Statement, TextScreening};
use barid_domain::codes::{CodeList, Database, DocumentType, IdentifierKind, Purpose, WithdrawalReason};
use barid_domain::objects::Object;
use barid_domain::objects::codes::{AccountKind, AdministrativeDocumentKind, ObjectStatus};
use barid_domain::objects::fields::Value;
use barid_domain::persons::HeldDocument;
use barid_domain::text_screening::StretchKind;
use barid_testkit::world::{World, acting, fields, group, object, person, stolen_car};

use crate::{faults, run};

const PURPOSE: Purpose = Purpose::BorderControl;

fn text(written: &str) -> Value {
    Value::Text(written.to_owned())
}

fn status(status: ObjectStatus) -> (&'static str, Value) {
    ("status", Value::Code(status.number()))
}

fn asked(text: &str) -> Query {
    Query { text: Some(text.to_owned()), ..Query::default() }
}

async fn enter(world: &World, object: Object) -> barid_domain::ids::RecordId {
    let submission = world.submission(PURPOSE, object);
    let receipt = world.app.submit_object(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
    receipt.records[0]
}

/// What is found for a query: record, score, kind of the number.
async fn found(world: &World, query: Query) -> Vec<(barid_domain::ids::RecordId, bool, IdentifierKind)> {
    let answer = world.app.search(&acting("XB", PURPOSE), &query).await.unwrap();
    let shown = answer.candidates.iter().map(|candidate| {
        let [NumberReason::Identifier { kind, .. }] = candidate.numbers.as_slice() else {
            panic!("found by one number")
        };
        (candidate.record, candidate.alert, *kind)
    });
    shown.collect()
}

#[test]
fn a_plate_meets_in_every_writing_and_another_country_raises_no_alert() {
    run(async {
        let world = World::exercise().build().await;
        let car = enter(&world, stolen_car("А 123 ВС 77", "XAX")).await;
        let hit = vec![(car, true, IdentifierKind::Plate)];
        for writing in ["А123ВС77", "a123bc77", "A-123-BC 77", " А 123 вс 77 "] {
            assert_eq!(found(&world, asked(writing)).await, hit, "{writing}");
        }
        let other = "XBX".parse().ok();
        let elsewhere = Query { issuing_country: other, ..asked("A123BC77") };
        assert_eq!(found(&world, elsewhere).await, [(car, false, IdentifierKind::Plate)]);
        assert_eq!(found(&world, asked("A123BC78")).await, []);
        let arabic = enter(&world, stolen_car("١٢٣٤ د ر س", "SAU")).await;
        for writing in ["1234 DRS", "درس 1234".split(' ').rev().collect::<Vec<_>>().join(" ").as_str()] {
            assert_eq!(found(&world, asked(writing)).await, [(arabic, true, IdentifierKind::Plate)]);
        }
    });
}

#[test]
fn ranges_of_blanks_are_found_by_a_number_within() {
    run(async {
        let world = World::exercise().build().await;
        let licence = Value::Code(AdministrativeDocumentKind::DrivingLicence.number());
        let blanks = object(
            Database::AdministrativeDocuments,
            &[
                status(ObjectStatus::StolenBlank),
                ("kind", licence),
                ("issuing_country", Value::Country("XAX".parse().unwrap())),
                ("number", text("DL 0001200")),
                ("range_end", text("DL 0001299")),
            ],
        );
        let record = enter(&world, blanks).await;
        let hit = [(record, true, IdentifierKind::DocumentNumber)];
        assert_eq!(found(&world, asked("DL0001250")).await, hit);
        let by_field = Query { document_number: Some("dl 0001299".to_owned()), ..Query::default() };
        assert_eq!(found(&world, by_field).await, hit);
        assert_eq!(found(&world, asked("DL0001300")).await, []);
    });
}

#[test]
fn numbers_that_many_share_are_listed_without_an_alert() {
    run(async {
        let world = World::exercise().build().await;
        let stolen = status(ObjectStatus::Stolen);
        let serial = ("serial", text("АВ 4711"));
        let firearm = enter(&world, object(Database::Firearms, &[stolen.clone(), serial])).await;
        assert_eq!(found(&world, asked("AB4711")).await, [(firearm, false, IdentifierKind::Serial)]);
        let named =
            object(Database::Vessels, &[stolen, ("names", text("Нур")), ("imo", text("IMO 9074729"))]);
        let vessel = enter(&world, named).await;
        assert_eq!(found(&world, asked("9074729")).await, [(vessel, true, IdentifierKind::Imo)]);
        assert_eq!(found(&world, asked("нур")).await, [(vessel, false, IdentifierKind::VesselName)]);
    });
}

#[test]
fn nobody_is_pushed_out_of_an_answer_by_things_with_the_same_number() {
    run(async {
        let world = World::exercise().build().await;
        let mut wanted = person(&["Учебный Валерий"]);
        wanted.documents = vec![HeldDocument {
            document_type: DocumentType::Passport,
            number: Some("12345678".to_owned()),
            issuing_country: None,
            type_text: None,
            issued_on: None,
            expires_on: None,
            issued_at: None,
            note: None,
        }];
        let submission = world.submission(PURPOSE, wanted);
        let xa = acting("XA", PURPOSE);
        let record = world.app.submit_person(&xa, world.key(), submission).await.unwrap().records[0];
        for number in 0..12 {
            let range = [("number", text("10000000")), ("range_end", text("19999999"))];
            let notes = Value::Group(fields(group(Database::CashAndAccounts, "banknotes"), &range));
            let kind = ("kind", Value::Code(AccountKind::Cash.number()));
            let mut values = vec![status(ObjectStatus::Seized), kind, ("banknotes", notes)];
            if number % 2 == 0 {
                values = vec![
                    status(ObjectStatus::Lost),
                    ("kind", Value::Code(AdministrativeDocumentKind::Permit.number())),
                    ("issuing_country", Value::Country("XBX".parse().unwrap())),
                    ("number", text("12345678")),
                ];
            }
            let database =
                if number % 2 == 0 { Database::AdministrativeDocuments } else { Database::CashAndAccounts };
            enter(&world, object(database, &values)).await;
        }
        let answer = world.app.search(&acting("XB", PURPOSE), &asked("12345678")).await.unwrap();
        assert_eq!((answer.candidates.len(), answer.candidates[0].record), (10, record));
        // A range of bare digits meets whatever has as many: listed, no alert.
        let other = found(&world, asked("17654321")).await;
        assert!(!other.is_empty() && other.iter().all(|(_, alert, _)| !alert), "{other:?}");
    });
}

#[test]
fn a_revision_takes_the_place_of_what_it_revises_and_a_withdrawal_ends_it() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let receipt = {
            let submission = world.submission(PURPOSE, stolen_car("X 1 YZ", "XAX"));
            world.app.submit_object(&xa, world.key(), submission).await.unwrap()
        };
        let (record, entry) = (receipt.records[0], receipt.entries[0].0);
        let revised = |object| ObjectSubmission {
            record: Some(record),
            expects: Some(entry),
            ..world.submission(PURPOSE, object)
        };
        // The database stays: a car does not become a pistol.
        let stolen = status(ObjectStatus::Stolen);
        let pistol = object(Database::Firearms, &[stolen, ("serial", text("77"))]);
        let refused = world.app.submit_object(&xa, world.key(), revised(pistol)).await;
        assert!(matches!(refused, Err(AppError::Absent)));
        let revision = revised(stolen_car("X 2 YZ", "XAX"));
        world.app.submit_object(&xa, world.key(), revision).await.unwrap();
        assert_eq!(found(&world, asked("X1YZ")).await, []);
        assert_eq!(found(&world, asked("X2YZ")).await.len(), 1);
        let opened = world.app.open(&acting("XB", PURPOSE), record).await.unwrap();
        assert_eq!((opened.version, opened.database), (2, Database::Vehicles));
        let Statement::Object(shown) = opened.statement else { panic!("an object") };
        assert_eq!(*shown, stolen_car("X 2 YZ", "XAX"));
        let mistaken = WithdrawalReason::LISTED[0].0;
        world.app.withdraw(&xa, world.key(), record, mistaken).await.unwrap();
        assert_eq!(found(&world, asked("X2YZ")).await, []);
        let gone = world.app.open(&acting("XB", PURPOSE), record).await;
        assert!(matches!(gone, Err(AppError::Absent)));
    });
}

#[test]
fn what_contradicts_its_standard_is_refused_whole() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let seized = status(ObjectStatus::Seized);
        let kind = ("kind", Value::Code(AccountKind::BankAccount.number()));
        let account = |iban: &str| {
            object(Database::CashAndAccounts, &[seized.clone(), kind.clone(), ("iban", text(iban))])
        };
        let wrong = world.submission(PURPOSE, account("DE88 3704 0044 0532 0130 00"));
        let refused = world.app.submit_object(&xa, world.key(), wrong).await;
        assert_eq!(faults(refused.unwrap_err()), ["iban: check-digit"]);
        assert_eq!(found(&world, asked("DE88370400440532013000")).await, []);
        let right = enter(&world, account("DE89 3704 0044 0532 0130 00")).await;
        assert_eq!(
            found(&world, asked("de89370400440532013000")).await,
            [(right, true, IdentifierKind::Iban)]
        );
        let partner = world.submission(PURPOSE, account("DE89 3704 0044 0532 0130 00"));
        let refused = world.app.submit_object(&acting("XPART", PURPOSE), world.key(), partner).await;
        assert_eq!(refused.unwrap_err().code(), "not-entitled");
    });
}

#[test]
fn held_for_another_purpose_and_absent_answer_alike() {
    run(async {
        let world = World::exercise().build().await;
        let hidden = world.submission(Purpose::Humanitarian, stolen_car("H 1 DN", "XAX"));
        let xa = acting("XA", Purpose::Humanitarian);
        let record = world.app.submit_object(&xa, world.key(), hidden).await.unwrap().records[0];
        let theirs = acting("XB", Purpose::CriminalInvestigation);
        let answers = |answer: barid_app::SearchAnswer| (answer.candidates.len(), answer.remarks);
        let hidden = answers(world.app.search(&theirs, &asked("H1DN")).await.unwrap());
        let absent = answers(world.app.search(&theirs, &asked("H2DN")).await.unwrap());
        assert_eq!(hidden, absent);
        assert!(matches!(world.app.open(&theirs, record).await, Err(AppError::Absent)));
        assert_eq!(found(&world, asked("H1DN")).await.len(), 1, "the border sees it");
    });
}

#[test]
fn numbers_of_objects_are_found_in_texts() {
    run(async {
        let world = World::exercise().build().await;
        let car = enter(&world, stolen_car("А 123 ВС 77", "XAX")).await;
        let stolen = status(ObjectStatus::Stolen);
        let vin = ("vin", text("WVWZZZ1JZ3W386752"));
        let other = enter(&world, object(Database::Vehicles, &[stolen, vin])).await;
        let screening = TextScreening {
            text: "Задержан автомобиль A123BC77, кузов WVWZZZ1JZ3W386752, номер A124BC77 неизвестен."
                .to_owned(),
            least_score: None,
            limit: None,
        };
        let answer = world.app.screen_text(&acting("XB", PURPOSE), &screening).await.unwrap();
        let shown: Vec<_> = answer
            .stretches
            .iter()
            .map(|stretch| (stretch.kind, stretch.text.as_str(), stretch.candidates[0].record))
            .collect();
        assert_eq!(
            shown,
            [(StretchKind::Plate, "A123BC77", car), (StretchKind::Vin, "WVWZZZ1JZ3W386752", other),]
        );
    });
}

#[test]
fn an_index_built_anew_knows_the_same_objects() {
    run(async {
        let world = World::exercise().build().await;
        let car = enter(&world, stolen_car("А 123 ВС 77", "XAX")).await;
        world.app.save_snapshot().await.unwrap();
        let later = enter(&world, stolen_car("B 77 KM", "XAX")).await;
        let world = world.restart().await;
        for (plate, record) in [("A123BC77", car), ("B77KM", later)] {
            assert_eq!(found(&world, asked(plate)).await, [(record, true, IdentifierKind::Plate)]);
        }
    });
}
