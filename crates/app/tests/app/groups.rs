//! Groups: found by their names in any script, in searches, lists and texts; what hidden ones change; their end.

use barid_app::{
    AppError, Candidate, GroupMatchKind, ObjectSubmission, Query, Screening, Statement, TextScreening,
};
use barid_domain::codes::{CodeList, Database, Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use barid_domain::objects::Object;
use barid_domain::objects::codes::{GroupNameKind, GroupStatus};
use barid_domain::objects::fields::Value;
use barid_domain::screening::ScreeningRow;
use barid_domain::text_screening::StretchKind;
use barid_testkit::world::{World, acting, fields, group, object, person};

use crate::{named, run, typed, un};

const PURPOSE: Purpose = Purpose::BorderControl;
const DATABASE: Database = Database::OrganisationsAndNetworks;

fn text(written: &str) -> Value {
    Value::Text(written.to_owned())
}

/// A group under investigation with these names, the first its primary one.
fn charity(names: &[&str], more: &[(&str, Value)]) -> Object {
    let table = group(DATABASE, "names");
    let name = |at: usize, name: &str| {
        let kind = if at == 0 { GroupNameKind::Primary } else { GroupNameKind::Alias };
        let values = [("text", text(name)), ("kind", Value::Code(kind.number()))];
        ("names", Value::Group(fields(table, &values)))
    };
    let mut values: Vec<(&str, Value)> = names.iter().enumerate().map(|(at, one)| name(at, one)).collect();
    values.push(("statuses", Value::Code(GroupStatus::UnderInvestigation.number())));
    values.extend(more.iter().cloned());
    object(DATABASE, &values)
}

async fn enter_for(world: &World, purpose: Purpose, object: Object) -> RecordId {
    let submission = world.submission(purpose, object);
    world.app.submit_object(&acting("XA", purpose), world.key(), submission).await.unwrap().records[0]
}

async fn enter(world: &World, object: Object) -> RecordId {
    enter_for(world, PURPOSE, object).await
}

async fn search(world: &World, query: Query) -> Vec<Candidate> {
    world.app.search(&acting("XB", PURPOSE), &query).await.unwrap().candidates
}

#[test]
fn listed_organisations_are_found_by_their_names_in_other_scripts() {
    run(async {
        let world = &un().await.world;
        for (name, reference) in [
            ("Boko Haram", "QDe.138"),
            ("Боко Харам", "QDe.138"),
            ("बोको हराम", "QDe.138"),
            ("বোকো হারাম", "QDe.138"),
            ("بوكو حرام", "QDe.138"),
            ("Аль-Каида", "QDe.004"),
            ("القاعدة", "QDe.004"),
            ("Foreign Trade Bank", "KPe.047"),
            ("朝鲜联合机械贸易会社", "KPe.016"),
        ] {
            for query in [named(name), typed(name)] {
                let found = search(world, query).await;
                let best = found.first().unwrap_or_else(|| panic!("{name}: nothing"));
                assert_eq!(
                    best.reference.as_deref(),
                    Some(reference),
                    "{name}: {} {}",
                    best.found,
                    best.score
                );
                assert!(best.alert && !best.name_parts.is_empty(), "{name}: {}", best.score);
                assert_eq!((best.database, &best.group_statuses[..]), (DATABASE, &[GroupStatus::Listed][..]));
            }
        }
        // People stay first under their own names.
        for (name, reference) in [("Joseph Kony", "CFi.009"), ("أيمن الظواهري", "QDi.006")] {
            let found = search(world, typed(name)).await;
            assert_eq!(found[0].reference.as_deref(), Some(reference), "{name}");
        }
    });
}

#[test]
fn a_name_and_a_number_of_one_group_are_one_candidate() {
    run(async {
        let world = World::exercise().build().await;
        let number = [("bics", text("PROBAXAX"))];
        let record = enter(&world, charity(&["Probaxax", "Учебный фонд Проба"], &number)).await;
        let found = search(&world, typed("PROBAXAX")).await;
        let [candidate] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((candidate.record, candidate.alert, candidate.numbers.len()), (record, true, 1));
        assert!(!candidate.name_parts.is_empty() && candidate.score > 0.99);
        let found = search(&world, typed("фонд «Проба»")).await;
        assert_eq!((found[0].record, found[0].numbers.len()), (record, 0));
        assert_eq!(found[0].found, "Учебный фонд Проба");
        let parts = &found[0].name_parts;
        assert!(
            parts.iter().any(|part| part.kind == GroupMatchKind::Exact && part.recorded == "Проба"),
            "{parts:?}"
        );
        // Whoever asks for a number alone gets no names.
        let number = Query { document_number: Some("7".to_owned()), ..Query::default() };
        assert_eq!(search(&world, number).await.len(), 0);
    });
}

#[test]
fn a_revision_a_withdrawal_and_a_day_of_review_change_what_is_found() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let submission = world.submission(PURPOSE, charity(&["नमूना न्यास"], &[]));
        let receipt = world.app.submit_object(&xa, world.key(), submission).await.unwrap();
        let (record, entry) = (receipt.records[0], receipt.entries[0].0);
        let found = async |name: &str| -> Vec<RecordId> {
            search(&world, named(name)).await.iter().map(|one| one.record).collect()
        };
        assert_eq!(found("नमूना न्यास").await, [record]);
        let revised = ObjectSubmission {
            record: Some(record),
            expects: Some(entry),
            ..world.submission(PURPOSE, charity(&["অনুশীলন সমিতি"], &[]))
        };
        world.app.submit_object(&xa, world.key(), revised).await.unwrap();
        assert_eq!((found("नमूना न्यास").await, found("অনুশীলন সমিতি").await), (vec![], vec![record]));
        let opened = world.app.open(&acting("XB", PURPOSE), record).await.unwrap();
        let Statement::Object(shown) = opened.statement else { panic!("an object") };
        assert_eq!(*shown, charity(&["অনুশীলন সমিতি"], &[]));
        // Followed and built anew are the same.
        assert!(world.app.index_equals_store().await.unwrap());
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::Mistaken).await.unwrap();
        assert_eq!(found("অনুশীলন সমিতি").await, []);
        assert!(matches!(world.app.open(&acting("XB", PURPOSE), record).await, Err(AppError::Absent)));

        let due = ObjectSubmission {
            terms: barid_testkit::world::terms(PURPOSE, world.today().saturating_add(3)),
            ..world.submission(PURPOSE, charity(&["بنیاد تمرین"], &[]))
        };
        let due = world.app.submit_object(&xa, world.key(), due).await.unwrap().records[0];
        assert_eq!(found("بنیاد تمرین").await, [due]);
        world.pass_days(4);
        assert_eq!(found("بنیاد تمرین").await, [], "its review passed");
        assert!(world.app.index_equals_store().await.unwrap());
        let world = world.restart().await;
        assert!(world.app.index_equals_store().await.unwrap());
        assert_eq!(search(&world, named("بنیاد تمرین")).await.len(), 0);
    });
}

#[test]
fn nobody_is_pushed_out_of_an_answer_by_the_names_of_companies() {
    run(async {
        let world = World::exercise().build().await;
        let submission = world.submission(PURPOSE, person(&["Kalachev Valery"]));
        let wanted = world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap();
        for number in 0..15 {
            enter(&world, charity(&["Калачев Валерий", &format!("Проба {number}")], &[])).await;
        }
        for limit in [1, 3, 10] {
            let found = search(&world, Query { limit: Some(limit), ..named("Калачев Валерий") }).await;
            assert_eq!(found.len(), limit as usize);
            assert!(found.iter().any(|one| one.record == wanted.records[0] && one.alert), "{limit}");
        }
    });
}

#[test]
fn rows_of_a_list_find_companies() {
    run(async {
        let world = World::exercise().build().await;
        let record =
            enter(&world, charity(&["ООО «Учебная Калачевка»", "Uchebnaya Kalachevka LLC"], &[])).await;
        let row = |name: &str| Some(ScreeningRow { name: Some(name.to_owned()), ..ScreeningRow::default() });
        let names = ["UCHEBNAYA KALACHEVKA L.L.C.", "Учебная Калачевка", "Совсем Другая Компания"];
        let screening = Screening { first_row: 1, rows: names.map(row).to_vec(), ..Screening::default() };
        let answer = world.app.screen(&acting("XB", PURPOSE), &screening).await.unwrap();
        let found: Vec<Vec<RecordId>> = answer
            .rows
            .iter()
            .map(|row| row.as_ref().unwrap().candidates.iter().map(|one| one.record).collect())
            .collect();
        assert_eq!(found, [vec![record], vec![record], vec![]]);
        assert!(answer.rows[0].as_ref().unwrap().candidates[0].alert);
    });
}

#[test]
fn groups_are_found_in_texts_with_their_places() {
    run(async {
        let world = &un().await.world;
        let news = "Сообщили, что боевики «Боко Харам» отступили. বোকো হারামের হামলা। Funds went through Foreign Trade Bank \
            yesterday. قالت القاعدة إنها. Никакая учебная организация не названа.";
        let screening = TextScreening { text: news.to_owned(), ..TextScreening::default() };
        let answer = world.app.screen_text(&acting("XB", PURPOSE), &screening).await.unwrap();
        let groups: Vec<_> = answer.stretches.iter().filter(|one| one.kind == StretchKind::Group).collect();
        let characters: Vec<char> = news.chars().collect();
        for stretch in &groups {
            let there: String = characters[stretch.start as usize..stretch.end as usize].iter().collect();
            assert_eq!(stretch.text, there);
            for candidate in &stretch.candidates {
                assert!(candidate.score >= answer.least_score && !candidate.name_parts.is_empty());
                assert_eq!(candidate.alert, candidate.score >= answer.alert_threshold);
            }
        }
        let references: Vec<&str> =
            groups.iter().filter_map(|one| one.candidates[0].reference.as_deref()).collect();
        assert_eq!(references.iter().filter(|one| **one == "QDe.138").count(), 2, "{groups:#?}");
        assert!(references.contains(&"KPe.047"), "{groups:#?}");
        let long = format!("{} Foreign Trade Bank.", "Ничего нового не сообщают. ".repeat(600));
        let screening = TextScreening { text: long.clone(), ..TextScreening::default() };
        let answer = world.app.screen_text(&acting("XB", PURPOSE), &screening).await.unwrap();
        let found: Vec<u32> = answer
            .stretches
            .iter()
            .filter(|one| one.candidates[0].reference.as_deref() == Some("KPe.047"))
            .map(|one| one.end)
            .collect();
        assert_eq!(found, [long.chars().count() as u32 - 1], "once, in whichever piece");
    });
}

/// What an officer of XB gets to see of some names, put into words.
async fn everything_said(world: &World) -> String {
    let mut all = String::new();
    let names = ["Учебный фонд Проба", "Uchebny Fond Proba", "مؤسسة التمرين", "Проба", "演习样本基金会"];
    for purpose in [Purpose::CriminalInvestigation, Purpose::DrugTrafficking] {
        let ctx = acting("XB", purpose);
        let masked = |candidates: &[Candidate]| {
            let mut candidates = candidates.to_vec();
            // Ids are drawn: in each world they are others.
            candidates.iter_mut().for_each(|one| one.record = RecordId([0; 16]));
            format!("{candidates:?}\n")
        };
        for name in names {
            for limit in [None, Some(1), Some(50)] {
                for query in [named(name), typed(name)] {
                    let answer = world.app.search(&ctx, &Query { limit, ..query }).await.unwrap();
                    all += &masked(&answer.candidates);
                }
            }
        }
        let text = format!("Говорили с людьми фонда: {}.", names.join(", "));
        let screening = TextScreening { text, least_score: Some(0.3), limit: None };
        let answer = world.app.screen_text(&ctx, &screening).await.unwrap();
        for stretch in &answer.stretches {
            all += &format!("{} {} {:?} ", stretch.start, stretch.end, stretch.kind);
            all += &masked(&stretch.candidates);
        }
    }
    all
}

#[test]
fn a_world_with_hidden_groups_answers_as_one_without() {
    run(async {
        let mut said = Vec::new();
        for with_hidden in [true, false] {
            let world = World::exercise().build().await;
            let names = ["Учебный фонд Проба", "Uchebny Fond Proba", "مؤسسة التمرين", "Проба"];
            if with_hidden {
                for name in names {
                    for purpose in [Purpose::Exercise, Purpose::Humanitarian] {
                        for _ in 0..6 {
                            enter_for(&world, purpose, charity(&[name], &[])).await;
                        }
                    }
                }
            }
            enter_for(&world, Purpose::CriminalInvestigation, charity(&["Учебный фонд Проба"], &[])).await;
            enter_for(&world, Purpose::DrugTrafficking, charity(&["مؤسسة التمرين", "Фонд Проба"], &[])).await;
            if with_hidden {
                enter_for(&world, Purpose::Exercise, charity(&["Учебный фонд Проба"], &[])).await;
            }
            said.push(everything_said(&world).await);
            let world = world.restart().await;
            said.push(everything_said(&world).await);
        }
        assert!(said[0].contains("Учебный фонд Проба"));
        assert!(said.iter().all(|other| *other == said[0]), "{}\n======\n{}", said[0], said[2]);
    });
}
