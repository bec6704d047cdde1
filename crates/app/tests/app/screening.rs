//! Screening: each row finds what the same search finds, leaves the lines that the same search leaves, and sees no more.

use std::collections::BTreeSet;

use barid_app::{AppError, Query, Screening};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{NameKind, Purpose};
use barid_domain::dates::Day;
use barid_domain::ids::RecordId;
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use barid_formats::un::{Limits, UnItem, UnReader, to_person};
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{UN_LIST, named, numbered, run, un};

const PURPOSE: Purpose = Purpose::BorderControl;

fn row(name: &str) -> ScreeningRow {
    ScreeningRow { name: Some(name.to_owned()), ..ScreeningRow::default() }
}

fn screening(rows: impl IntoIterator<Item = ScreeningRow>) -> Screening {
    Screening { first_row: 1, rows: rows.into_iter().map(Some).collect(), ..Screening::default() }
}

fn same_search(row: &ScreeningRow, limit: Option<u32>) -> Query {
    Query {
        text: None,
        name: row.name.clone(),
        document_number: row.document_number.clone(),
        issuing_country: row.issuing_country,
        birth: row.birth.map(|birth| birth.to_string()),
        birth_place: None,
        nationality: row.nationality,
        sex: row.sex,
        limit,
    }
}

/// Names as typed, and names of the list with what it says besides: in every script that it has, each third one without
/// date and country, each fifth with a number too.
fn rows_in_all_scripts() -> Vec<ScreeningRow> {
    let today = Day::new(2026, 11, 23).unwrap();
    let mut rows: Vec<ScreeningRow> = [
        "Джозеф Кони",
        "Тарик Азиз",
        "طارق عزيز",
        "صدام حسين التكريتي",
        "محسن فخری‌زاده مهابادی",
        "जोसेफ कोनी",
        "तारिक अज़ीज़",
        "জোসেফ কোনি",
        "দাউদ ইব্রাহিম কাসকর",
        "约瑟夫·科尼",
        "塔里克·阿齐兹",
        "Τζόζεφ Κόνι",
        "ג'וזף קוני",
        "Марина Тестова-Примерная",
        "उदाहरण कुमार नमूनावाला",
        "Ali",
    ]
    .map(row)
    .to_vec();
    let persons = UnReader::new(UN_LIST, today, Limits::default()).filter_map(|item| match item {
        Ok(UnItem::Individual(individual)) => to_person(&individual, today).ok(),
        Ok(UnItem::Entity(_) | UnItem::Refused(_)) | Err(_) => None,
    });
    for (number, person) in persons.enumerate() {
        let original = person.names.iter().find(|name| name.kind == NameKind::OriginalScript);
        let asked = match original {
            Some(name) => name,
            None if number % 6 == 0 => &person.names[0],
            None => continue,
        };
        let narrowed = number % 3 != 0;
        let held = person.documents.first().filter(|_| number % 5 == 0);
        rows.push(ScreeningRow {
            name: Some(asked.text.clone()),
            birth: person.births.first().copied().filter(|_| narrowed),
            nationality: person.nationalities.first().copied().filter(|_| narrowed),
            sex: narrowed.then_some(person.sex),
            document_number: held
                .and_then(|held| held.number.clone())
                .filter(|number| barid_domain::travel_documents::DocumentNumber::new(number).is_ok()),
            issuing_country: held.and_then(|held| held.issuing_country),
        });
    }
    rows
}

#[test]
fn every_row_finds_what_the_same_search_finds() {
    run(async {
        let app = &un().await.world.app;
        let ctx = acting("XA", PURPOSE);
        let rows = rows_in_all_scripts();
        let scripts: BTreeSet<char> =
            rows.iter().filter_map(|row| row.name.as_ref()?.chars().next()).collect();
        assert!(
            rows.len() > 300 && scripts.len() > 60,
            "{} rows, {} first letters",
            rows.len(),
            scripts.len()
        );
        let mut found = 0;
        let manners = [(Some(0.0), None), (None, None), (Some(0.5), Some(2))];
        for (part, (least_score, limit)) in rows.chunks(25).zip(manners.into_iter().cycle()) {
            let asked = Screening { least_score, limit, ..screening(part.to_vec()) };
            let answer = app.screen(&ctx, &asked).await.unwrap();
            assert_eq!(answer.rows.len(), part.len());
            assert_eq!(answer.least_score, least_score.unwrap_or(answer.alert_threshold));
            for (row, screened) in part.iter().zip(&answer.rows) {
                let alone = app.search(&ctx, &same_search(row, limit)).await.unwrap();
                let mut expected = alone.candidates;
                expected.retain(|candidate| candidate.score >= answer.least_score);
                let screened = &screened.as_ref().unwrap().candidates;
                assert_eq!(format!("{screened:?}"), format!("{expected:?}"), "{row:?}");
                found += screened.len();
            }
        }
        assert!(found > rows.len(), "there was something to compare: {found}");
    });
}

#[test]
fn a_screening_has_its_lines_and_every_row_those_of_a_search() {
    run(async {
        let world = World::exercise().build().await;
        let submission = world.submission(PURPOSE, person(&["Калачев Валерий"]));
        let xb = acting("XB", PURPOSE);
        let record = world.app.submit_person(&xb, world.key(), submission).await.unwrap().records[0];
        let xa = acting("XA", PURPOSE);
        let number = ScreeningRow { document_number: Some("XA 12-34".into()), ..ScreeningRow::default() };
        let born = ScreeningRow { birth: "1984".parse().ok(), ..row("Калачев Валерий") };
        let mut rows = screening([born, number, row("উদাহরণ নমুনা")]).rows;
        rows.insert(1, None);
        let list = Some("ab".repeat(32));
        let asked = Screening { list, first_row: 4_001, rows, ..Screening::default() };
        let answer = world.app.screen(&xa, &asked).await.unwrap();

        let lines = world.journal_of("XA").await;
        let (act, access) = (answer.act, answer.access);
        let whole: Vec<_> = lines.iter().filter(|line| line.act == act).collect();
        let [begun, ended] = whole[..] else { panic!("{whole:?}") };
        assert_eq!(
            (begun.operation, begun.phase, begun.hash()),
            (Operation::ScreenList, Phase::Begun, access)
        );
        assert_eq!((ended.operation, ended.phase), (Operation::ScreenList, Phase::Ended));
        let said = format!("list={}\nfirst_row=4001\nrows=4\nunreadable=1\n", "ab".repeat(32));
        assert_eq!(begun.asked.as_deref(), Some(said.as_str()));
        assert_eq!((begun.purpose, begun.reference.as_str()), (PURPOSE, "дело 17/2026"));

        // A search of its own for the same person: the line of a row ends as that one's does.
        let alone = world.app.search(&xa, &named("Калачев Валерий")).await.unwrap();
        let lines = world.journal_of("XA").await;
        let line_of = |access| lines.iter().find(|line| line.hash() == access).unwrap();
        let ended_of = |act| lines.iter().find(|line| line.act == act && line.phase == Phase::Ended).unwrap();
        let expected = [
            Some((4_001, "name=Калачев Валерий\nbirth=1984\n", Operation::SearchPersons)),
            None,
            Some((4_003, "document_number=XA 12-34\n", Operation::SearchAnything)),
            Some((4_004, "name=উদাহরণ নমুনা\n", Operation::SearchPersons)),
        ];
        for (screened, expected) in answer.rows.iter().zip(expected) {
            assert_eq!(screened.is_some(), expected.is_some());
            let Some((number, said, operation)) = expected else { continue };
            let begun = line_of(screened.as_ref().unwrap().access);
            assert_eq!(begun.asked, Some(format!("screening={act}\nrow={number}\n{said}")));
            assert_eq!((begun.operation, begun.phase), (operation, Phase::Begun));
            assert_eq!((&begun.actor, begun.purpose), (&xa.actor, PURPOSE));
            assert_eq!(ended_of(begun.act).operation, operation);
        }
        let first = line_of(answer.rows[0].as_ref().unwrap().access);
        assert_eq!(ended_of(first.act).records, [record], "who was shown stands in the row's own line");
        assert!(
            line_of(alone.access).asked.as_ref().is_some_and(|alone| {
                first.asked.as_ref().is_some_and(|row| row.contains(alone.as_str()))
            })
        );
        assert_eq!(lines.len(), 2 + 3 * 2 + 2);
    });
}

#[test]
fn hidden_and_absent_records_are_the_same_to_every_row() {
    run(async {
        let rows = ["Калачева Вера", "Kalacheva Vera", "कलाचेवा वेरा", "Калачев Пётр"].map(row);
        let numbers = ["XB7654321", "XB1111111"].map(|number| ScreeningRow {
            document_number: Some(number.to_owned()),
            ..ScreeningRow::default()
        });
        let mut seen = Vec::new();
        for hidden in [true, false] {
            let world = World::exercise().seed(11).build().await;
            let enter = async |purpose, name: &str| {
                let submission = world.submission(purpose, person(&[name]));
                world.app.submit_person(&acting("XB", purpose), world.key(), submission).await.unwrap();
            };
            enter(Purpose::CriminalInvestigation, "Калачев Пётр").await;
            if hidden {
                enter(Purpose::Humanitarian, "Калачева Вера").await;
                let stolen = world.submission(Purpose::Humanitarian, stolen_passport("XB7654321", "XBX"));
                let xb = acting("XB", Purpose::Humanitarian);
                world.app.submit_travel_document(&xb, world.key(), stolen).await.unwrap();
            }
            let xa = acting("XA", Purpose::CriminalInvestigation);
            let asked =
                Screening { least_score: Some(0.0), ..screening(rows.iter().chain(&numbers).cloned()) };
            let answer = world.app.screen(&xa, &asked).await.unwrap();
            let shown = answer.rows.into_iter().map(|row| {
                let mut candidates = row.unwrap().candidates;
                // Ids are drawn: each world has its own.
                candidates.iter_mut().for_each(|candidate| candidate.record = RecordId([0; 16]));
                format!("{candidates:?}")
            });
            seen.push(shown.collect::<Vec<_>>());
        }
        assert_eq!(seen[0], seen[1]);
        assert!(seen[0][3].contains("Калачев Пётр"), "what may be seen is seen");
    });
}

#[test]
fn who_may_not_search_may_not_screen_and_the_refusal_is_one_line() {
    run(async {
        let world = World::exercise().build().await;
        let partner = acting("XPART", PURPOSE);
        let refused = world.app.screen(&partner, &screening(["Калачев", "أيمن"].map(row))).await;
        assert_eq!(refused.unwrap_err().code(), "not-entitled");
        let lines = world.journal_of("XPART").await;
        let shape: Vec<_> = lines.iter().map(|line| (line.operation, line.phase)).collect();
        let screen = Operation::ScreenList;
        assert_eq!(shape, [(screen, Phase::Begun), (screen, Phase::Refused)]);
        assert_eq!(lines[1].refusal.as_deref(), Some("not-entitled"));
        let oversight = acting("XA", Purpose::Oversight);
        let refused = world.app.screen(&oversight, &screening([row("Калачев")])).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
    });
}

#[test]
fn rows_are_screened_up_to_the_cap_and_what_can_not_be_searched_for_leaves_no_line() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        let code = async |asked: Screening| world.app.screen(&xa, &asked).await.map_err(|error| error.code());
        let rows = |count| screening(vec![row("Калачев"); count]);
        for bad in [
            rows(0),
            rows(ROWS_CAP + 1),
            screening([row("Калачев"), ScreeningRow::default()]),
            screening([row("Калачев"), row("2026")]),
            screening([row(&"ж".repeat(1_001))]),
        ] {
            assert_eq!(code(bad).await.unwrap_err(), "query-malformed");
        }
        assert!(world.journal_of("XA").await.is_empty(), "found before the first row is searched for");
        assert_eq!(code(rows(ROWS_CAP)).await.unwrap().rows.len(), ROWS_CAP);
        assert_eq!(world.journal_of("XA").await.len(), 2 + 2 * ROWS_CAP);
        let nobody = world.app.search(&xa, &numbered("")).await;
        assert!(matches!(nobody, Err(AppError::Query(_))), "as a search alone");
    });
}
