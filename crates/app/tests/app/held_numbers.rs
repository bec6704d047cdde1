//! Persons found by number: the documents they hold, out of a scanned zone too, and the reference of their source.

use barid_app::{Agreement, Candidate, NumberReason, Query, Recognised, Statement, Submission};
use barid_domain::codes::{Database, DocumentType, Purpose, Sex, WithdrawalReason};
use barid_domain::countries::CountryCode;
use barid_domain::ids::RecordId;
use barid_domain::persons::{HeldDocument, Person};
use barid_formats::mrz::{CyrillicLanguage, MrzDate, MrzFields, MrzFormat, write};
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{named, numbered, run, said, typed, un};

const PURPOSE: Purpose = Purpose::BorderControl;

fn country(code: &str) -> CountryCode {
    CountryCode::new(code).unwrap()
}

pub(crate) fn passport(number: &str, issuer: Option<&str>) -> HeldDocument {
    HeldDocument {
        document_type: DocumentType::Passport,
        number: Some(number.to_owned()),
        issuing_country: issuer.map(country),
        type_text: None,
        issued_on: None,
        expires_on: None,
        issued_at: None,
        note: None,
    }
}

fn holder(name: &str, number: &str, issuer: Option<&str>) -> Person {
    Person { documents: vec![passport(number, issuer)], ..person(&[name]) }
}

async fn enter(world: &World, owner: &str, purpose: Purpose, statement: Person) -> RecordId {
    let submission = world.submission(purpose, statement);
    world.app.submit_person(&acting(owner, purpose), world.key(), submission).await.unwrap().records[0]
}

async fn asked(world: &World, query: &Query) -> Vec<Candidate> {
    world.app.search(&acting("XA", PURPOSE), query).await.unwrap().candidates
}

/// Every document with a number on the UN list, with the record of its holder.
async fn un_documents() -> Vec<(RecordId, HeldDocument)> {
    let world = &un().await.world;
    let mut all = Vec::new();
    for head in world.app.store().heads(None, 5_000).await.unwrap() {
        let opened = world.app.open(&acting("XA", PURPOSE), head.record).await.unwrap();
        let Statement::Person(person) = opened.statement else { continue };
        all.extend(person.documents.into_iter().map(|held| (head.record, held)));
    }
    all.retain(|(_, held)| held.number.is_some());
    all
}

#[test]
fn every_document_number_on_the_un_list_leads_to_its_holder() {
    run(async {
        let world = &un().await.world;
        let documents = un_documents().await;
        assert!(documents.len() >= 275, "{}", documents.len());
        let mut lost = Vec::new();
        for (record, held) in &documents {
            let number = held.number.as_deref().unwrap();
            for query in [typed(number), typed(&number.to_lowercase())] {
                let found = asked(world, &Query { limit: Some(50), ..query }).await;
                let found = found.into_iter().find(|candidate| candidate.record == *record);
                let named = found.filter(|candidate| candidate.alert).is_some_and(|candidate| {
                    candidate.numbers.iter().any(|reason| {
                        matches!(reason, NumberReason::Document { number: said, document_type, .. }
                            if said == number && *document_type == held.document_type)
                    })
                });
                if !named {
                    lost.push(number);
                }
            }
        }
        // Eighty letters of words around it, which the list has in place of a number: longer than any number may be.
        lost.dedup();
        let [lost] = lost.as_slice() else { panic!("{lost:?} of {}", documents.len()) };
        assert!(lost.ends_with(" Military identification number 911-10-77"), "{lost}");
    });
}

#[test]
fn numbers_are_found_in_any_writing_and_country_counts() {
    run(async {
        let world = &un().await.world;
        let documents = un_documents().await;
        let plain = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let with_country = documents
            .iter()
            .filter(|(_, held)| held.issuing_country.is_some() && plain(held.number.as_deref().unwrap()));
        let chosen: Vec<_> = with_country.step_by(23).collect();
        assert!(chosen.len() >= 5);
        for (record, held) in chosen {
            let number = held.number.clone().unwrap();
            let (start, end) = number.split_at(3);
            let issuer = held.issuing_country;
            let writings = [
                number.clone(),
                format!("{start} {end}"),
                format!("{start}-{end}"),
                format!(" {start}. {end}<<"),
                number.to_lowercase(),
            ];
            for written in &writings {
                for (issuing_country, score, agreement) in [
                    (None, 1.0, Agreement::Unknown),
                    (issuer, 1.0, Agreement::Agrees),
                    (Some(country("JPN")), 0.475, Agreement::Differs),
                ] {
                    for query in [typed(written), numbered(written)] {
                        let found = asked(world, &Query { issuing_country, ..query }).await;
                        let found = found.iter().find(|candidate| candidate.record == *record).unwrap();
                        assert!((found.score - score).abs() < 1e-6, "{}", found.score);
                        assert_eq!(found.alert, score == 1.0);
                        assert!(found.numbers.iter().any(|reason| matches!(reason,
                            NumberReason::Document { issuing_country, agreement: said, .. }
                                if *issuing_country == issuer && *said == agreement)));
                        assert!(!found.found.is_empty() && found.reference.is_some());
                    }
                }
            }
            let beside = asked(world, &typed(&format!("{number}7"))).await;
            assert!(beside.iter().all(|candidate| candidate.record != *record), "exactly");
        }
    });
}

#[test]
fn a_reference_typed_exactly_finds_its_record_and_nothing_else() {
    run(async {
        let world = &un().await.world;
        for reference in ["QDi.345", "qdi.345 ", "CFi.009", "HTi.001"] {
            let found = asked(world, &typed(reference)).await;
            let first = found.first().unwrap();
            let exact = reference.trim().to_uppercase();
            assert_eq!(first.reference.as_deref().map(str::to_uppercase), Some(exact));
            assert!(first.alert && first.score == 1.0);
            let [NumberReason::Reference { source, reference: said }] = first.numbers.as_slice() else {
                panic!("{:?}", first.numbers)
            };
            assert_eq!((source.as_str(), Some(said.as_str())), ("UN", first.reference.as_deref()));
            assert_eq!(found.iter().filter(|candidate| !candidate.numbers.is_empty()).count(), 1);
        }
        for near in ["QDi.3450", "QDi345", "QDi.99999"] {
            let found = asked(world, &typed(near)).await;
            assert!(found.iter().all(|candidate| candidate.numbers.is_empty()), "{near}");
        }
        let as_document = asked(world, &numbered("QDi.345")).await;
        assert!(as_document.is_empty(), "who says that it is a document's number means no reference");
    });
}

#[test]
fn a_zone_finds_its_holder_once_by_number_and_by_name() {
    run(async {
        let world = World::exercise().build().await;
        let mut listed = holder("Eriksson Anna Maria", "L898902C3", Some("XAX"));
        listed.births = vec!["1974-08-12".parse().unwrap()];
        let record = enter(&world, "XB", PURPOSE, listed).await;
        let other =
            enter(&world, "XB", PURPOSE, holder("Образцов Учебный", "L 898902 C3", Some("XBX"))).await;
        let report = world.submission(PURPOSE, stolen_passport("L898902C3", "XAX"));
        let report = world.app.submit_travel_document(&acting("XA", PURPOSE), world.key(), report).await;
        let report = report.unwrap().records[0];
        let date = |text: &str| MrzDate::Full(text.parse().unwrap());
        let fields = MrzFields {
            document_code: "P".into(),
            issuing_code: "XAX".into(),
            surname: "Eriksson".into(),
            given_names: "Anna Maria".into(),
            document_number: "L898902C3".into(),
            nationality: "XAX".into(),
            birth_date: date("1974-08-12"),
            sex: Sex::Female,
            expiry_date: date("2032-04-15"),
            optional_data: String::new(),
            second_optional_data: String::new(),
            cyrillic_language: CyrillicLanguage::Russian,
        };
        let zone = typed(&write(MrzFormat::Td3, &fields).unwrap());
        let answer = world.app.search(&acting("XA", PURPOSE), &zone).await.unwrap();
        assert_eq!(answer.recognised, Recognised::MachineReadableZone);
        let records: Vec<_> = answer.candidates.iter().map(|candidate| candidate.record).collect();
        assert_eq!(records, [report, record, other], "each once");
        let [reported, both, elsewhere] = answer.candidates.as_slice() else { panic!() };
        assert_eq!((reported.database, reported.numbers.len()), (Database::TravelDocuments, 0));
        assert!(both.score == 1.0 && both.numbers.len() == 1 && both.reasons.len() >= 2);
        assert!(!elsewhere.alert && elsewhere.reasons.is_empty() && elsewhere.found == "Образцов Учебный");
        assert_eq!(asked(&world, &Query { limit: Some(2), ..zone }).await.len(), 2);
        let first = asked(&world, &Query { limit: Some(1), ..numbered("L898902C3") }).await;
        assert_eq!(first.iter().map(|candidate| candidate.record).collect::<Vec<_>>(), [report]);
    });
}

#[test]
fn numbers_with_letters_of_other_scripts_are_found_as_written() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XB", PURPOSE, holder("Образцов Учебный", "МР 1234-567", None)).await;
        let found = asked(&world, &typed("мр1234567")).await;
        assert_eq!(found.iter().map(|candidate| candidate.record).collect::<Vec<_>>(), [record]);
        let latin = asked(&world, &typed("MP1234567")).await;
        assert!(latin.is_empty(), "letters that only look alike are other letters");
    });
}

#[test]
fn numbers_go_and_change_with_their_record_through_every_kind_of_start() {
    run(async {
        let mut world = World::exercise().build().await;
        let xb = acting("XB", PURPOSE);
        let withdrawn = enter(&world, "XB", PURPOSE, holder("Первый Учебный", "W1111111", None)).await;
        let submission = world.submission(PURPOSE, holder("Второй Учебный", "S2222222", None));
        let receipt = world.app.submit_person(&xb, world.key(), submission).await.unwrap();
        let (revised, expects) = (receipt.records[0], receipt.entries[0].0);
        let stays = enter(&world, "XB", PURPOSE, holder("Третий Учебный", "T3333333", None)).await;
        let records = async |world: &World, number: &str| {
            asked(world, &numbered(number)).await.iter().map(|found| found.record).collect::<Vec<_>>()
        };
        assert_eq!(records(&world, "W1111111").await, [withdrawn]);
        assert_eq!(records(&world, "S2222222").await, [revised]);

        world.app.withdraw(&xb, world.key(), withdrawn, WithdrawalReason::PurposeMet).await.unwrap();
        let statement = holder("Второй Учебный", "S4444444", None);
        let (record, terms) = (Some(revised), world.terms(PURPOSE));
        let submission = Submission {
            record,
            expects: Some(expects),
            terms,
            statement,
            images: Vec::new(),
            audience: None,
        };
        world.app.submit_person(&xb, world.key(), submission).await.unwrap();
        for start in 0..4 {
            assert!(world.app.index_equals_store().await.unwrap());
            for (number, expected) in [
                ("W1111111", vec![]),
                ("S2222222", vec![]),
                ("S4444444", vec![revised]),
                ("T3333333", vec![stays]),
            ] {
                assert_eq!(records(&world, number).await, expected, "{number}, start {start}");
            }
            world = match start {
                0 => world.restart().await,
                1 => world.abandon().start().await,
                _ => {
                    let closed = world.close().await;
                    let snapshots = std::fs::read_dir(closed.data().join("snapshots")).unwrap();
                    for path in snapshots.map(|entry| entry.unwrap().path()) {
                        std::fs::remove_file(path).unwrap();
                    }
                    closed.start().await
                }
            };
        }
    });
}

/// The worlds draw the same ids, times and keys but for what is entered in one alone.
#[test]
fn a_hidden_holder_changes_no_byte_of_an_answer() {
    run(async {
        let mut answers = Vec::new();
        for hidden in [false, true] {
            let world = World::exercise().build().await;
            let seen =
                enter(&world, "XB", PURPOSE, holder("Образцов Учебный", "P7777777", Some("XBX"))).await;
            let mut all = String::new();
            if hidden {
                // Of an exercise: nobody who asks in earnest may see it. As many as would fill an answer.
                for _ in 0..55 {
                    let statement = holder("Скрытый Держатель", "P7777777", Some("XCX"));
                    enter(&world, "XC", Purpose::Exercise, statement.clone()).await;
                    let only = Person { documents: vec![passport("Q8888888", None)], ..statement };
                    enter(&world, "XC", Purpose::Exercise, only).await;
                }
                let drill = world.app.search(&acting("XA", Purpose::Exercise), &typed("Q8888888")).await;
                assert!(!drill.unwrap().candidates.is_empty(), "there for those who may see it");
            }
            for query in [typed("P7777777"), numbered("p 7777777"), typed("Q8888888"), numbered("Q8888888")] {
                let query = Query { limit: Some(50), issuing_country: Some(country("XBX")), ..query };
                let answer = world.app.search(&acting("XA", PURPOSE), &query).await.unwrap();
                all += &said(&answer);
            }
            assert!(all.contains(&format!("{seen:?}")));
            answers.push(all);
        }
        assert!(answers[0].contains("P7777777") && !answers[0].contains("Q8888888"));
        assert_eq!(answers[0], answers[1]);
    });
}

#[test]
fn a_name_is_looked_for_by_name_alone() {
    run(async {
        let found = asked(&un().await.world, &named("Joseph Kony")).await;
        assert!(found.iter().all(|candidate| candidate.numbers.is_empty()));
    });
}
