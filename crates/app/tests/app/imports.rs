//! Importing the UN list and tables of documents: again, newer, older, broken, interrupted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::sync::LazyLock;

use barid_app::{AppError, DocumentsImport, ImportReport, Statement, TableEdition};
use barid_domain::codes::{FraudType, Purpose, WithdrawalReason};
use barid_domain::contents::Content;
use barid_domain::described::Described;
use barid_domain::entries::Unverified;
use barid_domain::objects::codes::GroupStatus;
use barid_domain::objects::{Object, groups};
use barid_domain::persons::Person;
use barid_domain::streams::StreamClass;
use barid_formats::documents_csv::TableSource;
use barid_formats::report::{Consequence, ReportCode};
use barid_store::{HeadChange, StreamPositions};
use barid_testkit::world::{World, acting};
use sha2::{Digest, Sha256};

use crate::re_entry::bar_by_itself;
use crate::{UN_ENTITIES, UN_LIST, UN_PERSONS, faults, import_un, named, numbered, run, un};

/// The list in pieces, to make other editions of it.
struct Pieces {
    before: &'static str,
    individuals: Vec<&'static str>,
    entities: Vec<&'static str>,
}

static PIECES: LazyLock<Pieces> = LazyLock::new(|| {
    let list = std::str::from_utf8(UN_LIST).unwrap();
    let (first, last) = (list.find("<INDIVIDUAL>").unwrap(), list.rfind("</INDIVIDUAL>").unwrap());
    let individuals = list[first..last + "</INDIVIDUAL>".len()].split_inclusive("</INDIVIDUAL>").collect();
    let (from, to) = (list.find("<ENTITY>").unwrap(), list.rfind("</ENTITY>").unwrap());
    let entities = list[from..to + "</ENTITY>".len()].split_inclusive("</ENTITY>").collect();
    Pieces { before: &list[..first], individuals, entities }
});

/// An edition of a day with some of the list's individuals.
fn edition(day: &str, individuals: &[String]) -> Vec<u8> {
    edition_with(day, individuals, &[])
}

/// The same with some of the list's entities.
fn edition_with(day: &str, individuals: &[String], entities: &[String]) -> Vec<u8> {
    let before = PIECES.before.replace("2026-02-27", day);
    assert!(before.contains(day));
    let (individuals, entities) = (individuals.concat(), entities.concat());
    format!(
        "{before}{individuals}\n</INDIVIDUALS>\n<ENTITIES>{entities}\n</ENTITIES>\n</CONSOLIDATED_LIST>\n"
    )
    .into_bytes()
}

fn entities(references: &[&str]) -> Vec<String> {
    let of = |reference: &&str| {
        let number = format!("<REFERENCE_NUMBER>{reference}</REFERENCE_NUMBER>");
        PIECES.entities.iter().find(|piece| piece.contains(&number)).unwrap().to_string()
    };
    references.iter().map(of).collect()
}

fn individuals(range: std::ops::Range<usize>) -> Vec<String> {
    PIECES.individuals[range].iter().map(|piece| (*piece).to_owned()).collect()
}

/// Counts in the order added, revised, unchanged, withdrawn, refused.
pub(crate) fn counts(report: &ImportReport) -> [u64; 5] {
    [report.added, report.revised, report.unchanged, report.withdrawn, report.refused]
}

/// What stands of the list: reference number to person.
async fn standing(world: &World) -> BTreeMap<String, Person> {
    let of_content = |content: Content| match content {
        Content::Person(version) => (version.terms.provenance.unwrap().reference, version.statement),
        other => panic!("no person: {other:?}"),
    };
    standing_in(world, StreamClass::Persons, of_content).await
}

/// What stands of its organisations: reference number to group.
async fn standing_groups(world: &World) -> BTreeMap<String, Object> {
    let of_content = |content: Content| match content {
        Content::Object(version) => (version.terms.provenance.unwrap().reference, version.statement),
        other => panic!("no object: {other:?}"),
    };
    standing_in(world, StreamClass::Objects, of_content).await
}

async fn standing_in<T>(
    world: &World,
    class: StreamClass,
    of_content: impl Fn(Content) -> (String, T),
) -> BTreeMap<String, T> {
    let mut records = BTreeMap::new();
    let mut positions = StreamPositions::new();
    loop {
        let changes = world.app.store().changes_after(&positions, &[class], 500).await.unwrap();
        let Some(_) = changes.last() else { break };
        for change in changes {
            positions.insert(change.stream, change.seq);
            match change.change {
                HeadChange::Create { record } | HeadChange::Supersede { record, .. } => {
                    let entry = Unverified::parse(change.bytes.as_deref().unwrap()).unwrap();
                    records.insert(record, of_content(Content::of_stored(&entry).unwrap()));
                }
                HeadChange::Withdraw { record, .. } => drop(records.remove(&record)),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(world.app.index_equals_store().await.unwrap());
    records.into_values().collect()
}

async fn found(world: &World, name: &str) -> Option<String> {
    let answer = world.app.search(&acting("XA", Purpose::BorderControl), &named(name)).await.unwrap();
    answer.candidates.into_iter().find(|candidate| candidate.alert).and_then(|candidate| candidate.reference)
}

pub(crate) async fn sizes(world: &World) -> Vec<(String, u64)> {
    let heads = world.app.store().stream_heads().await.unwrap();
    heads
        .iter()
        .filter(|head| head.stream.class != StreamClass::Access)
        .map(|head| (head.stream.to_string(), head.size))
        .collect()
}

#[test]
fn the_whole_list_goes_in_and_the_same_file_changes_nothing() {
    run(async {
        let un = un().await;
        let all = UN_PERSONS + UN_ENTITIES;
        assert_eq!(counts(&un.report), [all, 0, 0, 0, 0]);
        assert_eq!((un.report.held_back, un.report.broken_off.as_deref()), (None, None));
        assert!(
            un.report.paths.iter().any(|(path, count)| path.ends_with("/INDIVIDUAL") && *count == UN_PERSONS)
        );

        let world = un.closed.start_copy(1).await;
        let before = (sizes(&world).await, standing(&world).await);
        assert_eq!(
            (before.1.len() as u64, standing_groups(&world).await.len() as u64),
            (UN_PERSONS, UN_ENTITIES)
        );
        let again = import_un(&world, UN_LIST).await.unwrap();
        assert_eq!(counts(&again), [0, 0, all, 0, 0]);
        assert_eq!((sizes(&world).await, standing(&world).await), before);

        // Nor does the same content under another file's hash, such as one with a line more behind its end.
        let other = [UN_LIST, b"\n"].concat();
        let again = import_un(&world, &other).await.unwrap();
        assert_eq!(counts(&again), [0, 0, all, 0, 0]);
        assert_eq!((sizes(&world).await, standing(&world).await), before);
    });
}

#[test]
fn a_newer_edition_adds_revises_withdraws_and_refuses_exactly_those() {
    run(async {
        let world = World::exercise().build().await;
        let first = import_un(&world, &edition("2026-02-27", &individuals(0..12))).await.unwrap();
        assert_eq!(counts(&first), [12, 0, 0, 0, 0]);
        let before = standing(&world).await;
        assert_eq!(found(&world, "Eric Badege").await.as_deref(), Some("CDi.001"));

        let mut people = individuals(0..13); // one added: the thirteenth
        people[3] = people[3].replace("INNOCENT", "INNOCENT PROBA"); // one revised
        assert_ne!(people[3], PIECES.individuals[3]);
        people[5] = people[5].replace("<FIRST_NAME>GERMAIN</FIRST_NAME>", "<FIRST_NAME/>");
        people[5] = people[5].replace("<SECOND_NAME>KATANGA</SECOND_NAME>", "<SECOND_NAME/>"); // one broken row
        assert!(!people[5].contains("KATANGA<"));
        people.remove(0); // one removed
        let report = import_un(&world, &edition("2026-03-15", &people)).await.unwrap();
        assert_eq!(counts(&report), [1, 1, 9, 1, 1], "{:?}", report.rows);
        assert_eq!(report.held_back, None);

        let after = standing(&world).await;
        assert!(!after.contains_key("CDi.001") && after.contains_key("CDi.013"));
        assert_eq!(after["CDi.006"], before["CDi.006"], "a row that can't be read keeps what it was");
        let differing: Vec<&String> = after
            .iter()
            .filter(|(key, person)| before.get(*key).is_some_and(|old| old != *person))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(differing, ["CDi.004"]);
        assert_eq!(found(&world, "Eric Badege").await, None, "hidden at once");
        assert_eq!(found(&world, "Innocent Proba Kaina").await.as_deref(), Some("CDi.004"));
        assert_eq!(found(&world, "Germain Katanga").await.as_deref(), Some("CDi.006"));

        let refused: Vec<_> =
            report.rows.iter().filter(|row| row.consequence == Consequence::ItemRefused).collect();
        assert!(!refused.is_empty());
        for row in refused {
            assert_eq!(row.code, ReportCode::Missing);
            let data_id = people[4].split("<DATAID>").nth(1).unwrap().split('<').next();
            assert_eq!(row.id.as_deref(), data_id);
            let text = String::from_utf8(edition("2026-03-15", &people)).unwrap();
            let line = 1 + text[..text.find(data_id.unwrap()).unwrap()].matches('\n').count() as u64;
            assert!(line.abs_diff(row.place.line) <= 1, "named by its line: {row}, is in {line}");
        }

        // The next edition, sound again, revises what was refused, and takes the removed one back as a new record.
        let report = import_un(&world, &edition("2026-03-16", &individuals(0..13))).await.unwrap();
        assert_eq!(counts(&report), [1, 2, 10, 0, 0], "{:?}", report.rows);
        let full = standing(&world).await;
        assert!(before.iter().all(|(key, person)| full.get(key) == Some(person)));
        assert_eq!(full.len(), 13);
    });
}

#[test]
fn organisations_go_in_and_out_as_persons_do() {
    run(async {
        let world = World::exercise().build().await;
        let listed = entities(&["QDe.004", "QDe.138", "KPe.047", "KPe.075"]);
        let first = edition_with("2026-02-27", &individuals(0..3), &listed);
        let report = import_un(&world, &first).await.unwrap();
        assert_eq!(counts(&report), [7, 0, 0, 0, 0], "{:?}", report.rows);
        let before = standing_groups(&world).await;
        assert_eq!(before.keys().collect::<Vec<_>>(), ["KPe.047", "KPe.075", "QDe.004", "QDe.138"]);
        let numbers = |reference: &str| -> Vec<String> {
            before[reference]
                .identifiers()
                .iter()
                .map(|one| format!("{} {}", one.kind, one.written))
                .collect()
        };
        assert_eq!(numbers("KPe.047"), ["bic FTBDKPPY"]);
        assert_eq!(numbers("KPe.075"), ["imo-company 5987860"]);

        // Found by number and by reference by whoever searches, opened under its line.
        let xb = acting("XB", Purpose::Cybercrime);
        for (typed, reference) in
            [("FTBDKPPY", "KPe.047"), ("IMO 5987860", "KPe.075"), ("qde.138", "QDe.138")]
        {
            let answer = world.app.search(&xb, &crate::typed(typed)).await.unwrap();
            let [candidate] = answer.candidates.as_slice() else {
                panic!("{typed}: {:?}", answer.candidates)
            };
            assert_eq!((candidate.reference.as_deref(), candidate.alert), (Some(reference), true), "{typed}");
            assert_eq!(candidate.group_statuses, [GroupStatus::Listed]);
            let opened = world.app.open(&xb, candidate.record).await.unwrap();
            let Statement::Object(group) = opened.statement else { panic!("an object") };
            assert_eq!(*group, before[reference]);
        }

        // One revised, one broken, one left out, one whose number became a person's.
        let mut newer = listed.clone();
        newer[1] = newer[1].replace("Boko Haram", "Боко Харам");
        newer[2] = newer[2].replace("<FIRST_NAME>FOREIGN TRADE BANK (FTB)</FIRST_NAME>", "<FIRST_NAME/>");
        assert!(newer[1] != listed[1] && newer[2] != listed[2]);
        let id = |piece: &str| piece.split("<DATAID>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut people = individuals(0..4);
        people[3] = people[3].replacen(&id(&people[3]), &id(&listed[3]), 1);
        let report = import_un(&world, &edition_with("2026-03-15", &people, &newer[1..3])).await.unwrap();
        assert_eq!(counts(&report), [1, 1, 3, 2, 1], "{:?}", report.rows);
        let contradicts = |row: &barid_app::ImportRow| row.code == ReportCode::Contradiction;
        assert!(!report.rows.iter().any(contradicts));
        assert_eq!(standing(&world).await.len(), 4, "the person is on record, the organisation is not");
        let after = standing_groups(&world).await;
        assert_eq!(after.keys().collect::<Vec<_>>(), ["KPe.047", "QDe.138"]);
        assert_eq!(after["KPe.047"], before["KPe.047"]);
        let names: Vec<String> = groups::names(&after["QDe.138"]).into_iter().map(|name| name.text).collect();
        assert!(names.contains(&"Боко Харам".to_owned()), "{names:?}");
        let gone = world.app.search(&xb, &crate::typed("QDe.004")).await.unwrap();
        assert_eq!(gone.candidates.len(), 0, "hidden at once");

        // The same again changes nothing; and what broke off in the middle of organisations goes on.
        let sizes_before = sizes(&world).await;
        import_un(&world, &edition_with("2026-03-15", &people, &newer[1..3])).await.unwrap();
        assert_eq!(sizes(&world).await, sizes_before);
        let whole = edition_with("2026-03-16", &individuals(0..3), &listed);
        let end = String::from_utf8_lossy(&whole).rfind("</ENTITY>").unwrap() - 10;
        let cut = import_un(&world, &whole[..end]).await.unwrap();
        assert!(cut.broken_off.is_some() && cut.withdrawn == 0);
        let world = world.abandon().start().await;
        import_un(&world, &whole).await.unwrap();
        assert_eq!(standing_groups(&world).await, before);
    });
}

#[test]
fn an_older_edition_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..3))).await.unwrap();
        let before = sizes(&world).await;
        let older = import_un(&world, &edition("2026-02-26", &individuals(0..2))).await;
        assert!(matches!(older, Err(AppError::Import(_))), "{older:?}");
        assert_eq!(sizes(&world).await, before);
        // Another file of the same day is a newer edition.
        let same_day = import_un(&world, &edition("2026-02-27", &individuals(0..2))).await.unwrap();
        assert_eq!(counts(&same_day), [0, 0, 2, 1, 0]);
        // And the first of them again is older now, and does not bring the withdrawn one back by chance.
        assert_eq!(standing(&world).await.len(), 2);
    });
}

#[test]
fn an_edition_without_its_day_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        let dated = String::from_utf8(edition("2026-02-27", &individuals(0..3))).unwrap();
        let name = "dateGenerated=\"";
        let at = dated.find(name).unwrap();
        let end = at + name.len() + dated[at + name.len()..].find('"').unwrap() + 1;
        let attribute = &dated[at..end];
        for other in
            ["", "dateGenerated=\"\"", "dateGenerated=\"2026-02-31T00:00:00Z\"", "dateGenerated=\"soon\""]
        {
            let refused = import_un(&world, dated.replace(attribute, other).as_bytes()).await;
            assert!(matches!(refused, Err(AppError::Import(_))), "{other}: {refused:?}");
        }
        assert!(standing(&world).await.is_empty());
        assert_eq!(counts(&import_un(&world, dated.as_bytes()).await.unwrap()), [3, 0, 0, 0, 0]);
    });
}

#[test]
fn a_repeated_or_doubled_identifier_changes_no_record_and_withdraws_none() {
    run(async {
        let world = World::exercise().build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..4))).await.unwrap();
        let before = standing(&world).await;
        let id = |piece: &str| piece.split("<DATAID>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        // The second row comes again with the first one's identifier: it is refused, the first stands as it was.
        let mut people = individuals(0..4);
        people.push(people[1].replace(&id(&people[1]), &id(&people[0])));
        let report = import_un(&world, &edition("2026-03-01", &people)).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 4, 0, 1], "{:?}", report.rows);
        let report = import_un(&world, &edition("2026-03-02", &individuals(0..4))).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 4, 0, 0], "nothing counts as changed by it");
        // Two rows in one, with both identifiers: nobody can tell which of them was left out.
        let mut people = individuals(0..4);
        let second = format!("<DATAID>{}</DATAID><DATAID>", id(&people[1]));
        people[0] = people[0].replacen("<DATAID>", &second, 1);
        people.remove(1);
        let report = import_un(&world, &edition("2026-03-03", &people)).await.unwrap();
        assert_eq!((report.withdrawn, report.refused), (0, 1), "{:?}", report.rows);
        assert!(report.held_back.is_some_and(|held| held.contains("no readable id")));
        assert_eq!(standing(&world).await, before);
    });
}

#[test]
fn a_truncated_file_withdraws_nothing_and_says_so() {
    run(async {
        let world = World::exercise().build().await;
        let whole = edition("2026-02-27", &individuals(0..8));
        import_un(&world, &whole).await.unwrap();
        for keep in [50, 75, 99] {
            let newer = edition("2026-03-01", &individuals(0..8));
            let cut = &newer[..newer.len() * keep / 100];
            let report = import_un(&world, cut).await.unwrap();
            assert_eq!(report.withdrawn, 0);
            assert!(report.broken_off.is_some(), "{keep}");
            assert!(report.held_back == Some("the reading broke off") || report.unchanged == 8, "{keep}");
            assert_eq!(standing(&world).await.len(), 8);
        }
        for nothing in ["", "not a list", "<CONSOLIDATED_LIST", "<html></html>"] {
            match import_un(&world, nothing.as_bytes()).await {
                Ok(report) => assert_eq!((report.withdrawn, report.added), (0, 0), "{nothing}"),
                Err(error) => assert_eq!(error.code(), "list-unreadable"),
            }
            assert_eq!(standing(&world).await.len(), 8);
        }
        let empty = import_un(&world, &edition("2026-03-02", &[])).await.unwrap();
        assert_eq!((empty.withdrawn, empty.held_back), (0, Some("the edition is empty")));
        // The whole newer edition, with one left out, withdraws that one.
        let report = import_un(&world, &edition("2026-03-03", &individuals(1..8))).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 7, 1, 0]);
    });
}

/// A source that breaks off with an error of the system after some bytes.
pub(crate) struct BreaksOff<'a> {
    pub(crate) rest: &'a [u8],
}

impl Read for BreaksOff<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            return Err(std::io::Error::other("the line is down"));
        }
        self.rest.read(buffer)
    }
}

#[test]
fn an_import_that_broke_off_goes_on_to_the_same_state() {
    run(async {
        let whole = edition("2026-02-27", &individuals(0..250));
        let file_hash = Sha256::digest(&whole).into();
        let ctx = acting("SEC", Purpose::Sanctions);
        let world = World::exercise().seed(3).build().await;
        let mut done = 0;
        for percent in [30, 90] {
            let source = BufReader::new(BreaksOff { rest: &whole[..whole.len() * percent / 100] });
            let report = world.app.import_un(&ctx, source, file_hash, |_, _| {}).await.unwrap();
            assert!(report.broken_off.is_some() && report.withdrawn == 0);
            assert_eq!(report.unchanged, done, "what is in is not entered again");
            done += report.added;
        }
        // The node is killed as well, in the middle of nothing in particular.
        let world = world.abandon().start().await;
        let report = import_un(&world, &whole).await.unwrap();
        assert_eq!((report.added + done, report.unchanged), (250, done));
        assert_eq!((report.revised, report.withdrawn, report.held_back), (0, 0, None));

        let at_once = World::exercise().seed(4).build().await;
        import_un(&at_once, &whole).await.unwrap();
        assert_eq!(standing(&world).await, standing(&at_once).await);
        let size = |sizes: Vec<(String, u64)>| sizes.iter().map(|(_, size)| *size).collect::<Vec<_>>();
        assert_eq!(size(sizes(&world).await), size(sizes(&at_once).await));
        let again = import_un(&world, &whole).await.unwrap();
        assert_eq!(counts(&again), [0, 0, 250, 0, 0]);
    });
}

#[test]
fn ten_thousand_aliases_are_refused_and_the_rest_goes_in() {
    run(async {
        let world = World::exercise().build().await;
        let mut people = individuals(0..4);
        let alias =
            "<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Проба</ALIAS_NAME></INDIVIDUAL_ALIAS>";
        people[1] = people[1].replacen(
            "<INDIVIDUAL_ADDRESS>",
            &format!("{}<INDIVIDUAL_ADDRESS>", alias.repeat(10_000)),
            1,
        );
        assert!(people[1].len() > 500_000);
        let report = import_un(&world, &edition("2026-02-27", &people)).await.unwrap();
        assert_eq!(counts(&report), [3, 0, 0, 0, 1]);
        let refused: Vec<_> =
            report.rows.iter().filter(|row| row.consequence == Consequence::ItemRefused).collect();
        assert!(
            !refused.is_empty() && refused.iter().all(|row| row.code == ReportCode::TooMany),
            "{refused:?}"
        );
        assert_eq!(standing(&world).await.keys().collect::<Vec<_>>(), ["CDi.001", "CDi.003", "CDi.004"]);
    });
}

#[test]
fn a_row_that_its_holder_withdrew_stops_nothing() {
    run(async {
        let world = World::exercise().build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..3))).await.unwrap();
        let sec = acting("SEC", Purpose::Sanctions);
        let found = world.app.search(&sec, &named("Frank Kakolele Bwambale")).await.unwrap();
        let record = found.candidates[0].record;
        world.app.withdraw(&sec, world.key(), record, WithdrawalReason::Ordered).await.unwrap();

        let mut people = individuals(0..4);
        people[1] = people[1].replace("BWAMBALE", "BWAMBALE PROBA");
        let report = import_un(&world, &edition("2026-03-01", &people)).await.unwrap();
        assert_eq!(
            counts(&report),
            [1, 0, 2, 0, 1],
            "the withdrawal stands, the rest goes in: {:?}",
            report.rows
        );
        let standing = standing(&world).await;
        assert_eq!(standing.keys().collect::<Vec<_>>(), ["CDi.001", "CDi.003", "CDi.004"]);
    });
}

#[test]
fn only_bureaus_and_the_secretariat_import() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        for organisation in ["XPART", "COM"] {
            let ctx = acting(organisation, Purpose::Sanctions);
            let refused = world.app.import_un(&ctx, UN_LIST, [0; 32], |_, _| {}).await.unwrap_err();
            assert_eq!(refused.code(), "not-entitled", "{organisation}");
        }
    });
}

/// A table, an edition of it, and the terms it is imported under.
fn table_import<R: BufRead>(
    world: &World,
    source: R,
    file_hash: [u8; 32],
    edition: TableEdition,
) -> DocumentsImport<R> {
    let terms = world.terms(Purpose::BorderControl);
    let source = TableSource::Lines(source);
    DocumentsImport { source, file_hash, terms, list: "stolen".to_owned(), edition }
}

async fn import_table(world: &World, table: impl BufRead, file_hash: [u8; 32]) -> ImportReport {
    let ctx = acting("XA", Purpose::BorderControl);
    let import = table_import(world, table, file_hash, TableEdition::Part);
    world.app.import_documents(&ctx, import, |_, _| {}).await.unwrap()
}

/// Imports a table of these rows as an edition.
pub(crate) async fn import_rows(world: &World, rows: &[String], edition: TableEdition) -> ImportReport {
    let table = table_of(rows);
    let ctx = acting("XA", Purpose::BorderControl);
    let import = table_import(world, table.as_bytes(), Sha256::digest(&table).into(), edition);
    world.app.import_documents(&ctx, import, |_, _| {}).await.unwrap()
}

pub(crate) const FULL: TableEdition = TableEdition::Full { confirm_withdrawals: None };
const COLUMNS: &str = "number,range_end,issuing_country,document_type,fraud_type,reason,reported_on\n";

fn table_of(rows: &[String]) -> String {
    format!("{COLUMNS}{}", rows.concat())
}

/// Rows of stolen passports.
pub(crate) fn passports(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("XA {number:07},,XAX,passport,stolen,,\n")).collect()
}

/// What stands of XA's documents as anybody finds it: number to fraud type.
async fn found_documents(world: &World, numbers: std::ops::Range<usize>) -> BTreeMap<usize, FraudType> {
    let xb = acting("XB", Purpose::BorderControl);
    let mut found = BTreeMap::new();
    for number in numbers {
        let answer = world.app.search(&xb, &numbered(&format!("XA{number:07}"))).await.unwrap();
        assert!(answer.candidates.len() <= 1, "{number} stands twice");
        found.extend(answer.candidates.first().and_then(|found| found.fraud).map(|fraud| (number, fraud)));
    }
    assert!(world.app.index_equals_store().await.unwrap());
    found
}

#[test]
fn a_table_of_documents_goes_in_once_and_bad_rows_are_named() {
    run(async {
        let world = World::exercise().build().await;
        let mut table =
            "number,range_end,issuing_country,document_type,fraud_type,reason,reported_on\n".to_owned();
        for number in 0..40 {
            table += &format!("XA {number:07},,XAX,passport,stolen,,2026-11-01\n");
        }
        table += "B0001,B0500,XAX,identity-card,stolen-blank,,\n";
        table += "XB0000001,,XBX,passport,stolen,,\n"; // line 43: another country's
        table += "XA7777777,,XAX,passport,revoked,,\n"; // line 44: no reason
        let file_hash: [u8; 32] = Sha256::digest(&table).into();
        let report = import_table(&world, table.as_bytes(), file_hash).await;
        assert_eq!(counts(&report), [41, 0, 0, 0, 2]);
        let rows: Vec<_> =
            report.rows.iter().map(|row| (row.place.line, row.field.as_str(), row.code)).collect();
        assert_eq!(
            rows,
            [(43, "issuing_country", ReportCode::NotEntitled), (44, "reason", ReportCode::Missing)]
        );
        let before = sizes(&world).await;
        let again = import_table(&world, table.as_bytes(), file_hash).await;
        assert_eq!(counts(&again), [0, 0, 41, 0, 2]);
        assert_eq!(sizes(&world).await, before);
        let world = world.restart().await;
        let xb = acting("XB", Purpose::BorderControl);
        for number in ["XA0000039", "B0250"] {
            assert_eq!(
                world.app.search(&xb, &numbered(number)).await.unwrap().candidates.len(),
                1,
                "{number}"
            );
        }
        assert!(world.app.search(&xb, &numbered("XA7777777")).await.unwrap().candidates.is_empty());
    });
}

#[test]
fn a_table_that_broke_off_is_taken_up_where_it_was() {
    run(async {
        let world = World::exercise().build().await;
        let mut table =
            "number,range_end,issuing_country,document_type,fraud_type,reason,reported_on\n".to_owned();
        for number in 0..25 {
            table += &format!("XA {number:07},,XAX,passport,lost,,\n");
        }
        let file_hash: [u8; 32] = Sha256::digest(&table).into();
        let mut done = 0;
        for percent in [40, 80] {
            let rest = &table.as_bytes()[..table.len() * percent / 100];
            let report = import_table(&world, BufReader::new(BreaksOff { rest }), file_hash).await;
            assert!(report.broken_off.is_some());
            assert_eq!(report.unchanged, done, "what is in is not entered again");
            done += report.added;
        }
        assert!(done > 0);
        let world = world.abandon().start().await;
        let report = import_table(&world, table.as_bytes(), file_hash).await;
        assert_eq!(counts(&report), [25 - done, 0, done, 0, 0]);
        let before = sizes(&world).await;
        let report = import_table(&world, table.as_bytes(), file_hash).await;
        assert_eq!(counts(&report), [0, 0, 25, 0, 0]);
        assert_eq!(sizes(&world).await, before);
        assert_eq!(found_documents(&world, 0..26).await.len(), 25);
    });
}

#[test]
fn a_table_that_broke_off_goes_on_under_the_terms_of_its_first_run() {
    run(async {
        let world = World::exercise().build().await;
        let table = table_of(&passports(0..25));
        let file_hash: [u8; 32] = Sha256::digest(&table).into();
        let rest = &table.as_bytes()[..table.len() * 60 / 100];
        let first = import_table(&world, BufReader::new(BreaksOff { rest }), file_hash).await;
        assert!(first.broken_off.is_some() && first.added > 0);
        let terms = world.terms(Purpose::BorderControl);
        world.pass_days(3);
        let second = import_table(&world, table.as_bytes(), file_hash).await;
        assert_eq!(counts(&second), [25 - first.added, 0, first.added, 0, 0]);
        let own = world.app.own_records(&acting("XA", Purpose::BorderControl), None, 500).await.unwrap();
        assert_eq!(own.len(), 25);
        assert!(own.iter().all(|own| own.review_on == terms.review_on), "one review day for one table");
    });
}

#[test]
fn the_same_table_on_another_day_changes_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let rows = passports(0..40);
        assert_eq!(counts(&import_rows(&world, &rows, TableEdition::Part).await), [40, 0, 0, 0, 0]);
        let before = sizes(&world).await;
        for days in [1, 30] {
            world.pass_days(days);
            let again = import_rows(&world, &rows, TableEdition::Part).await;
            assert_eq!(counts(&again), [0, 0, 40, 0, 0]);
            // Nor do the same rows in another order, in another file.
            let mut turned = rows.clone();
            turned.rotate_left(days as usize);
            let again = import_rows(&world, &turned, TableEdition::Part).await;
            assert_eq!(counts(&again), [0, 0, 40, 0, 0]);
        }
        assert_eq!(sizes(&world).await, before);
    });
}

#[test]
fn a_newer_table_adds_and_revises_and_a_full_one_withdraws_what_it_leaves_out() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = passports(0..100);
        import_rows(&world, &rows, TableEdition::Part).await;

        // One added, one mended, one of another list's, one that can't be read any more, two left out.
        rows[7] = rows[7].replace("stolen", "lost");
        rows[9] = rows[9].replace("stolen", "revoked");
        rows.drain(20..22);
        rows.extend(passports(100..101));
        let part = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!(counts(&part), [1, 1, 96, 0, 1], "{:?}", part.rows);
        let found = found_documents(&world, 0..102).await;
        assert_eq!(found.len(), 101, "a part withdraws nothing");
        assert_eq!((found[&7], found[&9]), (FraudType::Lost, FraudType::Stolen), "what was refused stays");

        // The same file, now said to be the whole of it.
        let full = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&full), full.held_back), ([0, 0, 98, 2, 1], None), "{:?}", full.rows);
        let found = found_documents(&world, 0..102).await;
        assert!(found.len() == 99 && !found.contains_key(&20) && !found.contains_key(&21));
        let again = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&again), [0, 0, 98, 0, 1]);

        // Another list of the same bureau neither knows nor withdraws these.
        let mut other = table_import(&world, "".as_bytes(), [9; 32], FULL);
        let table = table_of(&passports(200..203));
        (other.source, other.list) = (TableSource::Lines(table.as_bytes()), "blanks".to_owned());
        let xa = acting("XA", Purpose::BorderControl);
        let report = world.app.import_documents(&xa, other, |_, _| {}).await.unwrap();
        assert_eq!(counts(&report), [3, 0, 0, 0, 0]);
        assert_eq!(found_documents(&world, 0..203).await.len(), 102);

        // What was left out comes back as new when it is listed again.
        rows.extend(passports(20..22));
        assert_eq!(counts(&import_rows(&world, &rows, FULL).await), [2, 0, 98, 0, 1]);
        let world = world.restart().await;
        assert_eq!(found_documents(&world, 0..203).await.len(), 104);
    });
}

#[test]
fn a_full_table_that_may_be_cut_off_withdraws_nothing() {
    run(async {
        let world = World::exercise().build().await;
        import_rows(&world, &passports(0..10), FULL).await;
        let table = table_of(&passports(0..9));
        let ctx = acting("XA", Purpose::BorderControl);
        let unreadable = format!("{table},,XAX,passport,stolen,,\n");
        let empty = COLUMNS.to_owned();
        for (hash, table, why) in [
            (1, table.trim_end(), "no line break"),
            (2, unreadable.as_str(), "no readable number"),
            (3, empty.as_str(), "the table is empty"),
        ] {
            let import = table_import(&world, table.as_bytes(), [hash; 32], FULL);
            let report = world.app.import_documents(&ctx, import, |_, _| {}).await.unwrap();
            assert!(report.held_back.is_some_and(|held| held.contains(why)), "{:?}", report.held_back);
            assert_eq!(report.withdrawn, 0);
        }
        let source = BufReader::new(BreaksOff { rest: table.as_bytes() });
        let import = table_import(&world, source, [4; 32], FULL);
        let report = world.app.import_documents(&ctx, import, |_, _| {}).await.unwrap();
        assert_eq!((report.withdrawn, report.held_back), (0, Some("the reading broke off")));
        assert_eq!(found_documents(&world, 0..11).await.len(), 10);
    });
}

#[test]
fn a_document_withdrawn_by_hand_is_not_entered_again() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = passports(0..3);
        import_rows(&world, &rows, TableEdition::Part).await;
        let xa = acting("XA", Purpose::BorderControl);
        let found = world.app.search(&xa, &numbered("XA0000001")).await.unwrap();
        let record = found.candidates[0].record;
        world.app.withdraw(&xa, world.key(), record, WithdrawalReason::Recovered).await.unwrap();
        rows.extend(passports(3..4));
        assert_eq!(counts(&import_rows(&world, &rows, FULL).await), [1, 0, 3, 0, 0]);
        rows[1] = rows[1].replace("stolen", "lost");
        let report = import_rows(&world, &rows, FULL).await;
        assert_eq!(counts(&report), [0, 0, 3, 0, 1], "a changed row is refused by name");
        assert_eq!(report.rows[0].code, ReportCode::Contradiction);
        assert_eq!(found_documents(&world, 0..4).await.keys().copied().collect::<Vec<_>>(), [0, 2, 3]);
    });
}

#[test]
fn an_unchanged_row_of_a_newer_table_puts_its_review_off_when_it_is_near() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = passports(0..5);
        import_rows(&world, &rows, TableEdition::Part).await;
        world.pass_days(365 - 91);
        rows.extend(passports(5..6));
        let early = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!((counts(&early), early.renewed), ([1, 0, 5, 0, 0], 0));
        world.pass_days(1);
        rows.extend(passports(6..7));
        let near = import_rows(&world, &rows, TableEdition::Part).await;
        assert_eq!((counts(&near), near.renewed), ([1, 0, 1, 0, 0], 5));
        let own = world.app.own_records(&acting("XA", Purpose::BorderControl), None, 500).await.unwrap();
        assert_eq!(own.len(), 7);
        assert!(own.iter().all(|own| own.review_on.days() - world.today().days() > 300));
        assert_eq!(found_documents(&world, 0..7).await.len(), 7);
    });
}

#[test]
fn a_newer_edition_puts_reviews_off_and_brings_back_whose_time_was_over() {
    run(async {
        let world = World::exercise().build().await;
        let list = edition("2026-02-27", &individuals(0..5));
        import_un(&world, &list).await.unwrap();
        world.pass_days(365 - 90);
        let same = import_un(&world, &list).await.unwrap();
        assert_eq!((counts(&same), same.renewed), ([0, 0, 5, 0, 0], 0), "the same file says nothing new");
        let day = world.today().to_string();
        let newer = import_un(&world, &edition(&day, &individuals(0..4))).await.unwrap();
        assert_eq!((counts(&newer), newer.renewed), ([0, 0, 0, 1, 0], 4));
        let sec = acting("SEC", Purpose::Sanctions);
        let own = world.app.own_records(&sec, None, 10).await.unwrap();
        assert!(own.len() == 4 && own.iter().all(|own| own.review_on == world.today().saturating_add(365)));

        // Nothing is imported for a year and a quarter: hidden, then erased; the next edition enters them anew.
        world.app.upkeep().await.unwrap();
        world.pass_days(366 + 90);
        world.app.upkeep().await.unwrap();
        assert_eq!(found(&world, "Eric Badege").await, None);
        assert_eq!(world.app.own_records(&sec, None, 10).await.unwrap().len(), 4);
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        assert!(world.app.own_records(&sec, None, 10).await.unwrap().is_empty());
        let day = world.today().to_string();
        let again = import_un(&world, &edition(&day, &individuals(0..4))).await.unwrap();
        assert_eq!(counts(&again), [4, 0, 0, 0, 0]);
        assert_eq!(found(&world, "Eric Badege").await.as_deref(), Some("CDi.001"));
    });
}

#[test]
fn an_unchanged_row_of_the_list_does_not_bring_back_whom_nobody_is_to_enter() {
    run(async {
        let world = World::exercise().commission("CCF").build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..4))).await.unwrap();
        world.app.upkeep().await.unwrap();
        world.pass_days(365 + 91);
        world.app.upkeep().await.unwrap();
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        let sec = acting("SEC", Purpose::Sanctions);
        assert!(world.app.own_records(&sec, None, 10).await.unwrap().is_empty(), "their time is over");
        let described = Described {
            names: vec!["Eric Badege".to_owned()],
            births: vec!["1971".parse().unwrap()],
            documents: Vec::new(),
        };
        bar_by_itself(&world, described).await;
        let day = world.today().to_string();
        let again = import_un(&world, &edition(&day, &individuals(0..4))).await.unwrap();
        assert_eq!(counts(&again), [3, 0, 0, 0, 1]);
        assert!(again.rows.iter().any(|row| row.code == ReportCode::ReEntryBarred));
        assert_eq!(found(&world, "Eric Badege").await, None);
    });
}

#[test]
fn a_newer_table_brings_back_what_is_overdue_and_what_was_erased() {
    run(async {
        let world = World::exercise().build().await;
        let mut rows = passports(0..5);
        import_rows(&world, &rows, FULL).await;
        world.pass_days(370);
        assert!(found_documents(&world, 0..5).await.is_empty());
        rows.extend(passports(5..6));
        let report = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&report), report.renewed), ([1, 0, 0, 0, 0], 5));
        assert_eq!(found_documents(&world, 0..6).await.len(), 6);

        world.app.upkeep().await.unwrap();
        world.pass_days(365 + 91);
        world.app.upkeep().await.unwrap();
        world.pass_days(1);
        world.app.upkeep().await.unwrap();
        let xa = acting("XA", Purpose::BorderControl);
        assert!(world.app.own_records(&xa, None, 10).await.unwrap().is_empty());
        rows.extend(passports(6..7));
        let report = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&report), report.renewed), ([7, 0, 0, 0, 0], 0));
        assert_eq!(found_documents(&world, 0..7).await.len(), 7);
    });
}

#[test]
fn an_edition_that_leaves_out_most_of_a_list_withdraws_nothing_unconfirmed() {
    run(async {
        let world = World::exercise().build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..100))).await.unwrap();
        let sec = acting("SEC", Purpose::Sanctions);
        let confirmed = async |list: &[u8], count| {
            let hash = Sha256::digest(list).into();
            world.app.import_un_confirmed(&sec, list, hash, count, |_, _| {}).await.unwrap()
        };
        // A tenth is left of it; that others come in beside does not make the share smaller.
        let mut planted = individuals(0..10);
        planted.extend(individuals(100..400));
        let planted = edition("2026-03-01", &planted);
        let report = confirmed(&planted, None).await;
        assert_eq!(counts(&report), [300, 0, 10, 0, 0]);
        assert_eq!((report.withdrawals_held, report.held_back.is_some()), (90, true));
        assert_eq!(standing(&world).await.len(), 400);
        for wrong in [None, Some(89), Some(91), Some(390)] {
            let report = confirmed(&planted, wrong).await;
            assert_eq!((report.withdrawn, report.withdrawals_held), (0, 90), "{wrong:?}");
        }
        let report = confirmed(&planted, Some(90)).await;
        assert_eq!((counts(&report), report.withdrawals_held), ([0, 0, 310, 90, 0], 0));
        assert_eq!(standing(&world).await.len(), 310);
        let again = confirmed(&planted, None).await;
        assert_eq!((counts(&again), again.withdrawals_held), ([0, 0, 310, 0, 0], 0));

        // At the bounds: 25 of 100 are few, 26 of 130 are a fifth and not more.
        for (held, left_out, is_held) in
            [(100, 25, false), (100, 26, true), (130, 26, false), (129, 26, true)]
        {
            let world = World::exercise().build().await;
            import_un(&world, &edition("2026-02-27", &individuals(0..held))).await.unwrap();
            let report =
                import_un(&world, &edition("2026-03-01", &individuals(left_out..held))).await.unwrap();
            let expected = if is_held { (0, left_out as u64) } else { (left_out as u64, 0) };
            assert_eq!((report.withdrawn, report.withdrawals_held), expected, "{left_out} of {held}");
        }
    });
}

#[test]
fn an_edition_that_turns_many_persons_into_groups_withdraws_none_unconfirmed() {
    run(async {
        let world = World::exercise().build().await;
        import_un(&world, &edition("2026-02-27", &individuals(0..100))).await.unwrap();
        // Entities under the identifiers of persons.
        let data_id = |piece: &str| {
            let from = piece.find("<DATAID>").unwrap();
            piece[from..piece.find("</DATAID>").unwrap()].to_owned()
        };
        let turned = |range: std::ops::Range<usize>| -> Vec<String> {
            let pairs = individuals(range.clone()).into_iter().zip(&PIECES.entities[range]);
            pairs.map(|(person, entity)| entity.replace(&data_id(entity), &data_id(&person))).collect()
        };
        let sec = acting("SEC", Purpose::Sanctions);
        let confirmed = async |list: &[u8], count| {
            let hash = Sha256::digest(list).into();
            world.app.import_un_confirmed(&sec, list, hash, count, |_, _| {}).await.unwrap()
        };
        let few = edition_with("2026-03-01", &individuals(20..100), &turned(0..20));
        let done = confirmed(&few, None).await;
        assert_eq!((counts(&done), done.withdrawals_held), ([20, 0, 80, 20, 0], 0));
        let many = edition_with("2026-03-02", &individuals(60..100), &turned(0..60));
        let held = confirmed(&many, None).await;
        assert_eq!((counts(&held), held.withdrawals_held), ([0, 0, 60, 0, 0], 40));
        assert_eq!((standing(&world).await.len(), standing_groups(&world).await.len()), (80, 20));
        let done = confirmed(&many, Some(40)).await;
        assert_eq!((counts(&done), done.withdrawals_held), ([40, 0, 60, 40, 0], 0));
        assert_eq!((standing(&world).await.len(), standing_groups(&world).await.len()), (40, 60));
        let again = confirmed(&many, None).await;
        assert_eq!(counts(&again), [0, 0, 100, 0, 0]);
    });
}

#[test]
fn a_full_table_that_leaves_out_most_withdraws_nothing_unconfirmed() {
    run(async {
        let world = World::exercise().build().await;
        import_rows(&world, &passports(0..300), FULL).await;
        let mut rows = passports(0..30);
        rows.extend(passports(300..600));
        let held = import_rows(&world, &rows, FULL).await;
        assert_eq!((counts(&held), held.withdrawals_held), ([300, 0, 30, 0, 0], 270));
        assert!(held.held_back.is_some());
        assert_eq!(found_documents(&world, 290..310).await.len(), 20);
        let full = |count| TableEdition::Full { confirm_withdrawals: Some(count) };
        assert_eq!(import_rows(&world, &rows, full(269)).await.withdrawals_held, 270);
        let done = import_rows(&world, &rows, full(270)).await;
        assert_eq!((counts(&done), done.withdrawals_held), ([0, 0, 330, 270, 0], 0));
        assert_eq!(found_documents(&world, 290..310).await.len(), 10);
    });
}

#[test]
fn names_of_tables_have_a_shape_and_only_holders_of_the_purpose_import() {
    run(async {
        let world = World::exercise().build().await;
        let table = table_of(&passports(0..1));
        for list in ["", "a b", "Ä", "UPPER", &"a".repeat(31)] {
            let mut import = table_import(&world, table.as_bytes(), [1; 32], TableEdition::Part);
            import.list = list.to_owned();
            let refused =
                world.app.import_documents(&acting("XA", Purpose::BorderControl), import, |_, _| {}).await;
            assert_eq!(faults(refused.unwrap_err()), ["list: bad-characters"], "{list:?}");
        }
        let mut import = table_import(&world, table.as_bytes(), [1; 32], TableEdition::Part);
        import.terms = world.terms(Purpose::Sanctions);
        let refused = world.app.import_documents(&acting("XA", Purpose::Sanctions), import, |_, _| {}).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
    });
}

#[test]
fn a_dry_run_of_documents_says_what_would_happen_and_writes_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let ctx = acting("XA", Purpose::BorderControl);
        let mut mended = passports(2..103);
        mended[0] = mended[0].replace("stolen", "lost");
        mended[1] = mended[1].replace("stolen", "revoked");
        let most_left_out = [passports(0..50), passports(200..260)].concat();
        let editions = [passports(0..100), passports(0..100), mended, most_left_out];
        let mut seen = Vec::new();
        for rows in editions {
            let table = table_of(&rows);
            for edition in [TableEdition::Part, FULL] {
                let import =
                    || table_import(&world, table.as_bytes(), Sha256::digest(&table).into(), edition);
                let before = world.app.store().stream_heads().await.unwrap();
                let dry = world.app.dry_run_documents(&ctx, import(), |_, _| {}).await.unwrap();
                assert_eq!(world.app.store().stream_heads().await.unwrap(), before);
                let real = world.app.import_documents(&ctx, import(), |_, _| {}).await.unwrap();
                assert_eq!(format!("{dry:?}"), format!("{real:?}"));
                seen.push((counts(&real), real.withdrawals_held));
            }
        }
        assert_eq!(
            seen,
            [
                ([100, 0, 0, 0, 0], 0),
                ([0, 0, 100, 0, 0], 0),
                ([0, 0, 100, 0, 0], 0),
                ([0, 0, 100, 0, 0], 0),
                ([3, 1, 96, 0, 1], 0),
                ([0, 0, 100, 2, 1], 0),
                ([62, 2, 46, 0, 0], 0),
                ([0, 0, 110, 0, 0], 53),
            ]
        );
    });
}
