//! Importing and exporting lists in outside formats: again, newer, older, broken off, as a dry run; who meets them; and that
//! nobody becomes wanted by them.

use std::io::{BufRead, BufReader};

use barid_app::{AppError, Candidate, ImportReport, ListImport, ListKind, Query, Statement, TableEdition};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{CodeList as _, Database, InformationGrade, PersonStatus, Purpose, SourceGrade};
use barid_domain::dates::Day;
use barid_domain::objects::Object;
use barid_domain::objects::codes::{GroupNameKind, GroupStatus};
use barid_domain::objects::fields::Value;
use barid_domain::terms::{Provenance, Terms};
use barid_formats::ftm::{FtmLimits, FtmReadError, FtmReader, to_lines};
use barid_formats::notices_json::{NoticesLimits, NoticesReader};
use barid_formats::ofac::{OfacLimits, OfacReader, OfacTables};
use barid_testkit::world::{World, acting, fields, group, object, person, stolen_car, stolen_passport};
use sha2::{Digest, Sha256};

use crate::imports::{BreaksOff, FULL, counts, sizes};
use crate::{faults, named, run, typed};

const ASKED: Purpose = Purpose::OutsideReference;

fn terms(world: &World, purpose: Purpose, source: &str, edition: Option<&str>) -> Terms {
    let edition: Option<Day> = edition.map(|day| day.parse().unwrap());
    Terms {
        source_grade: SourceGrade::X,
        information_grade: InformationGrade::Four,
        provenance: Some(Provenance { source: source.to_owned(), reference: "-".to_owned(), edition }),
        ..world.terms(purpose)
    }
}

type Source<'a> = Box<dyn BufRead + 'a>;

/// A set of tables, each item with an alias and a passport; the last item is a vessel.
struct Set {
    items: String,
    aliases: String,
}

fn set(ids: std::ops::Range<u32>) -> Set {
    let nothing = "-0- ,".repeat(7);
    let mut items: String = ids
        .clone()
        .map(|id| {
            format!("{id},\"ЖУРАВЛЁВ, Проба {id}\",\"individual\",\"SDGT\",{nothing}\"DOB 1971; Passport XA{id:05} (Cuba).\"\n")
        })
        .collect();
    items += &format!(
        "999,\"КОВЧЕГ\",\"vessel\",\"SDGT\",{nothing}\"Vessel Registration Identification IMO 9074729.\"\n"
    );
    let aliases = ids.map(|id| format!("{id},{id},\"aka\",\"ZHURAVLYOV Proba\",-0- \n")).collect();
    Set { items, aliases }
}

impl Set {
    fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(&self.items).chain_update(&self.aliases).finalize().into()
    }
}

async fn import_set(
    world: &World,
    set: &Set,
    edition: Option<&str>,
    items: Source<'_>,
) -> Result<ImportReport, AppError> {
    import_set_of("SEC", world, set, edition, items).await
}

async fn import_set_of(
    organisation: &str,
    world: &World,
    set: &Set,
    edition: Option<&str>,
    items: Source<'_>,
) -> Result<ImportReport, AppError> {
    let none = || Box::new(&b""[..]) as Source<'_>;
    let tables =
        OfacTables { items, aliases: Box::new(set.aliases.as_bytes()), addresses: none(), comments: none() };
    let import = ListImport {
        kind: ListKind::OfacSdn,
        reader: |today| OfacReader::new(tables, today, OfacLimits::default()),
        file_hash: set.hash(),
        terms: terms(world, ASKED, "USA OFAC-SDN", edition),
        list: "sdn".to_owned(),
        edition: FULL,
    };
    world.app.import_list(&acting(organisation, ASKED), import, |_, _| {}).await
}

async fn import_whole(world: &World, set: &Set, edition: Option<&str>) -> Result<ImportReport, AppError> {
    import_set(world, set, edition, Box::new(set.items.as_bytes())).await
}

async fn candidates(world: &World, organisation: &str, purpose: Purpose, query: &Query) -> Vec<Candidate> {
    world.app.search(&acting(organisation, purpose), query).await.unwrap().candidates
}

#[test]
fn a_list_of_one_state_goes_in_once_and_answers_those_who_ask_for_it_alone() {
    run(async {
        let world = World::exercise().build().await;
        let list = set(1..6);
        let report = import_whole(&world, &list, Some("2026-11-20")).await.unwrap();
        assert_eq!(counts(&report), [6, 0, 0, 0, 0]);
        assert!(report.paths.contains(&("sdn.SDN_Name".to_owned(), 6)), "{:?}", report.paths);
        let before = sizes(&world).await;
        assert_eq!(counts(&import_whole(&world, &list, Some("2026-11-20")).await.unwrap()), [0, 0, 6, 0, 0]);
        assert_eq!(sizes(&world).await, before);

        let world = world.restart().await;
        // By name, by the number of a document, by the number of a vessel, by the list's own number.
        for query in [named("ЖУРАВЛЁВ Проба"), typed("XA00003"), typed("IMO 9074729"), typed("Zhuravlyov")]
        {
            for (organisation, purpose) in [
                ("XA", Purpose::BorderControl),
                ("XB", Purpose::CriminalInvestigation),
                ("XB", Purpose::FinancialCrime),
                ("XC", Purpose::Exercise),
                ("SEC", Purpose::Sanctions),
                ("SEC", Purpose::BorderControl),
            ] {
                let found = candidates(&world, organisation, purpose, &query).await;
                assert!(found.is_empty(), "{organisation} {purpose} {query:?}: {found:?}");
            }
            for organisation in ["XA", "SEC"] {
                assert!(!candidates(&world, organisation, ASKED, &query).await.is_empty(), "{query:?}");
            }
        }
        let found = candidates(&world, "XA", ASKED, &typed("XA00003")).await.remove(0);
        assert_eq!(
            (found.provenance.as_deref(), found.reference.as_deref()),
            (Some("USA OFAC-SDN"), Some("3"))
        );
        assert_eq!(found.statuses, [PersonStatus::Listed]);
        // Opening decides again.
        for (organisation, purpose) in [("XA", Purpose::BorderControl), ("SEC", Purpose::BorderControl)] {
            let opened = world.app.open(&acting(organisation, purpose), found.record).await;
            assert!(matches!(opened, Err(AppError::Absent)), "{organisation}");
        }
        let opened = world.app.open(&acting("XA", ASKED), found.record).await.unwrap();
        assert_eq!(opened.terms.provenance.unwrap().edition, "2026-11-20".parse().ok());
    });
}

#[test]
fn an_organisation_on_a_list_of_one_state_answers_those_who_ask_for_it_alone() {
    run(async {
        let world = World::exercise().build().await;
        let nothing = "-0- ,".repeat(7);
        let items =
            format!("8,\"ТОРГОВАЯ КОМПАНИЯ «ЖУРАВЛЁВ»\",-0- ,\"SDGT\",{nothing}\"SWIFT/BIC YARORU21.\"\n");
        let list = Set { items, aliases: String::new() };
        assert_eq!(counts(&import_whole(&world, &list, None).await.unwrap()), [1, 0, 0, 0, 0]);
        assert_eq!(counts(&import_whole(&world, &list, None).await.unwrap()), [0, 0, 1, 0, 0]);
        for query in [named("Zhuravlyov Trading Company"), typed("YARORU21"), typed("شركة جورافليوف")]
        {
            for (organisation, purpose) in [("XA", Purpose::BorderControl), ("SEC", Purpose::Sanctions)] {
                assert!(candidates(&world, organisation, purpose, &query).await.is_empty(), "{query:?}");
            }
        }
        for query in [named("Zhuravlyov Trading Company"), typed("YARORU21")] {
            let found = candidates(&world, "XA", ASKED, &query).await.remove(0);
            assert_eq!(found.database, Database::OrganisationsAndNetworks);
            assert_eq!(found.group_statuses, [GroupStatus::Listed]);
            assert_eq!(found.reference.as_deref(), Some("8"));
        }
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn a_newer_edition_adds_revises_and_withdraws_and_an_older_one_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        import_whole(&world, &set(1..6), Some("2026-11-20")).await.unwrap();
        let mut newer = set(2..8);
        newer.items = newer.items.replace("XA00004", "XA99994");
        let report = import_whole(&world, &newer, Some("2026-11-21")).await.unwrap();
        assert_eq!(counts(&report), [2, 1, 4, 1, 0]);
        let error = import_whole(&world, &set(1..6), Some("2026-11-20")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            AppError::Import("older than the edition imported before".to_owned()).to_string()
        );
        assert!(candidates(&world, "XA", ASKED, &typed("XA00001")).await.is_empty(), "withdrawn");
        assert_eq!(candidates(&world, "XA", ASKED, &typed("XA99994")).await.len(), 1);
        assert!(candidates(&world, "XA", ASKED, &typed("XA00004")).await.is_empty(), "revised");
        // What was a person and is a vessel now is another record.
        let mut other = set(2..8);
        let row = |kind| format!("\"ЖУРАВЛЁВ, Проба 7\",\"{kind}\"");
        other.items = other.items.replace(&row("individual"), &row("vessel")).replace("XA00004", "XA99994");
        let report = import_whole(&world, &other, Some("2026-11-22")).await.unwrap();
        assert_eq!(counts(&report), [0, 1, 6, 0, 0]);
        assert!(candidates(&world, "XA", ASKED, &typed("XA00007")).await.is_empty());
        let found = candidates(&world, "XA", ASKED, &typed("ЖУРАВЛЁВ, Проба 7")).await;
        assert!(found.iter().any(|found| found.database == Database::Vessels));
        assert!(world.app.index_equals_store().await.unwrap());
    });
}

#[test]
fn an_import_that_broke_off_goes_on_and_withdraws_nothing_before_its_end() {
    run(async {
        let world = World::exercise().build().await;
        let list = set(1..700);
        let part = &list.items.as_bytes()[..list.items.len() * 2 / 3];
        let source = Box::new(BufReader::new(BreaksOff { rest: part }));
        let report = import_set(&world, &list, None, source).await.unwrap();
        assert!(
            report.broken_off.as_deref().unwrap().starts_with("sdn.csv: line "),
            "{:?}",
            report.broken_off
        );
        assert!(report.added > 0 && report.added < 700);
        let world = world.abandon().start().await;
        let rest = import_whole(&world, &list, None).await.unwrap();
        assert_eq!((rest.added + report.added, rest.unchanged, rest.held_back), (700, report.added, None));
        // A table that was cut off behind a whole row withdraws nothing.
        let mut cut = set(1..690);
        cut.items.pop();
        let report = import_whole(&world, &cut, None).await.unwrap();
        assert_eq!((report.withdrawn, report.held_back.is_some()), (0, true));
    });
}

fn firm(statuses: &[GroupStatus]) -> Object {
    let database = Database::OrganisationsAndNetworks;
    let name = [
        ("text", Value::Text("ООО «Учебная проба»".to_owned())),
        ("kind", Value::Code(GroupNameKind::Primary.number())),
    ];
    let mut values = vec![("names", Value::Group(fields(group(database, "names"), &name)))];
    values.extend(statuses.iter().map(|status| ("statuses", Value::Code(status.number()))));
    object(database, &values)
}

#[test]
fn only_the_secretariat_keeps_lists_of_single_states_and_only_as_listed() {
    run(async {
        let world = World::exercise().build().await;
        let list = set(1..3);
        let refused =
            import_set_of("XA", &world, &list, None, Box::new(list.items.as_bytes())).await.unwrap_err();
        assert_eq!(refused.code(), "purpose-not-allowed");
        let ctx = acting("SEC", ASKED);
        let mut submission = world.submission(ASKED, person(&["Журавлёв"]));
        let error = world.app.submit_person(&ctx, world.key(), submission.clone()).await.unwrap_err();
        assert_eq!(faults(error), ["terms.provenance: missing", "statuses: contradiction"]);
        submission.terms = terms(&world, ASKED, "XYZ list", None);
        submission.statement.statuses = vec![PersonStatus::Listed, PersonStatus::PossibleThreat];
        let error = world.app.submit_person(&ctx, world.key(), submission.clone()).await.unwrap_err();
        assert_eq!(faults(error), ["statuses: contradiction"]);
        submission.statement.statuses = vec![PersonStatus::Listed];
        world.app.submit_person(&ctx, world.key(), submission).await.unwrap();
        let mut car = world.submission(ASKED, stolen_car("А 123 ВС 77", "RUS"));
        car.terms = terms(&world, ASKED, "XYZ list", None);
        let error = world.app.submit_object(&ctx, world.key(), car).await.unwrap_err();
        assert_eq!(faults(error), ["status: contradiction"]);
        for (statuses, expected) in [
            (&[GroupStatus::Listed][..], None),
            (&[GroupStatus::Listed, GroupStatus::Banned][..], Some("statuses: contradiction")),
        ] {
            let mut firm = world.submission(ASKED, firm(statuses));
            firm.terms = terms(&world, ASKED, "XYZ list", None);
            let done = world.app.submit_object(&ctx, world.key(), firm).await;
            assert_eq!(done.err().map(|error| faults(error).join(", ")).as_deref(), expected);
        }
        // Of a document its issuer says what befell it: it is in no list of others.
        let mut passport = world.submission(ASKED, stolen_passport("XA 0000007", "XAX"));
        passport.terms = terms(&world, ASKED, "XYZ list", None);
        let error = world.app.submit_travel_document(&ctx, world.key(), passport).await.unwrap_err();
        assert!(faults(error).contains(&"terms.purpose: contradiction".to_owned()));
        // Nor is the list held for a purpose that answers everybody.
        let tables = || Box::new(&b""[..]) as Source<'_>;
        let import = ListImport {
            kind: ListKind::OfacSdn,
            reader: |today| {
                let (items, aliases) = (tables(), tables());
                let tables = OfacTables { items, aliases, addresses: tables(), comments: tables() };
                OfacReader::new(tables, today, OfacLimits::default())
            },
            file_hash: list.hash(),
            terms: terms(&world, Purpose::Sanctions, "USA OFAC-SDN", None),
            list: "sdn".to_owned(),
            edition: FULL,
        };
        let refused = world.app.import_list(&ctx, import, |_, _| {}).await.unwrap_err();
        assert!(matches!(refused, AppError::Import(_)), "{refused:?}");
    });
}

fn ftm_import<'a>(
    world: &World,
    lines: &'a str,
    edition: TableEdition,
) -> ListImport<impl FnOnce(Day) -> Result<FtmReader, FtmReadError> + use<'a>> {
    ListImport {
        kind: ListKind::FollowTheMoney,
        reader: move |today| Ok(FtmReader::new(lines.as_bytes(), today, FtmLimits::default())),
        file_hash: Sha256::digest(lines).into(),
        terms: terms(world, Purpose::FinancialCrime, "Collection 7", None),
        list: "collection-7".to_owned(),
        edition,
    }
}

const ENTITIES: &str = r#"{"id":"p","schema":"Person","properties":{"name":["Жанна Журавлёва","ژانا"],"topics":["wanted"],"birthDate":["1971"]}}
{"id":"d","schema":"Passport","properties":{"holder":["p"],"number":["XA7654321"],"country":["tj"]}}
{"id":"v","schema":"Vehicle","properties":{"registrationNumber":["А 777 ВС 77"],"country":["ru"]}}
{"id":"c","schema":"Company","properties":{"name":["ООО «Журавлёвопроба»"],"innCode":["7707083893"],"topics":["wanted"]}}
{"id":"l","schema":"Ownership","properties":{"owner":["p"],"asset":["c"]}}
"#;

#[test]
fn entities_go_in_as_quoted_and_a_dry_run_writes_nothing() {
    run(async {
        let world = World::exercise().build().await;
        let ctx = acting("XA", Purpose::FinancialCrime);
        let before = sizes(&world).await;
        let dry = world.app.dry_run_list(&ctx, ftm_import(&world, ENTITIES, FULL), |_, _| {}).await.unwrap();
        assert_eq!((counts(&dry), dry.not_imported), ([3, 0, 0, 0, 0], 1));
        assert_eq!(sizes(&world).await, before);
        let done = world.app.import_list(&ctx, ftm_import(&world, ENTITIES, FULL), |_, _| {}).await.unwrap();
        assert_eq!((counts(&done), done.not_imported), ([3, 0, 0, 0, 0], 1));
        let again = world.app.import_list(&ctx, ftm_import(&world, ENTITIES, FULL), |_, _| {}).await.unwrap();
        assert_eq!(counts(&again), [0, 0, 3, 0, 0]);
        for query in [named("Zhuravlyovoproba LLC"), typed("7707083893")] {
            let found = candidates(&world, "XB", Purpose::CriminalInvestigation, &query).await.remove(0);
            assert_eq!(found.database, Database::OrganisationsAndNetworks);
            assert_eq!(found.group_statuses, [GroupStatus::Listed], "a topic asks for nothing");
            assert_eq!(found.reference.as_deref(), Some("c"));
        }
        let found =
            candidates(&world, "XB", Purpose::CriminalInvestigation, &typed("XA7654321")).await.remove(0);
        assert_eq!(found.statuses, [PersonStatus::Listed], "a topic makes nobody wanted");
        assert_eq!(
            (found.provenance.as_deref(), found.reference.as_deref()),
            (Some("Collection 7"), Some("p"))
        );
        assert_eq!(
            candidates(&world, "XB", Purpose::CriminalInvestigation, &typed("a777bc77")).await.len(),
            1
        );
        let less =
            ENTITIES.lines().filter(|line| !line.contains("Vehicle")).collect::<Vec<_>>().join("\n") + "\n";
        let report = world.app.import_list(&ctx, ftm_import(&world, &less, FULL), |_, _| {}).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 2, 1, 0]);
    });
}

/// Persons that a later file calls organisations, or the other way round.
fn entities_of_kind(schema: &str, ids: std::ops::Range<u32>) -> String {
    ids.map(|id| {
        let name = format!("Журавлёвопроба {}", char::from_u32('а' as u32 + id % 32).unwrap());
        format!("{{\"id\":\"{id}\",\"schema\":\"{schema}\",\"properties\":{{\"name\":[\"{name}\"]}}}}\n")
    })
    .collect()
}

#[test]
fn a_list_that_turns_many_persons_into_organisations_withdraws_none_unconfirmed() {
    run(async {
        for (before, after) in [("Person", "Company"), ("Organization", "Person")] {
            let world = World::exercise().build().await;
            let ctx = acting("XA", Purpose::FinancialCrime);
            let whole = entities_of_kind(before, 0..60);
            world.app.import_list(&ctx, ftm_import(&world, &whole, FULL), |_, _| {}).await.unwrap();
            // A few are what anybody may correct.
            let few = entities_of_kind(before, 0..50) + &entities_of_kind(after, 50..60);
            let done = world.app.import_list(&ctx, ftm_import(&world, &few, FULL), |_, _| {}).await.unwrap();
            assert_eq!((counts(&done), done.withdrawals_held, done.held_back), ([0, 10, 50, 0, 0], 0, None));
            // Forty of sixty, and two that are gone.
            let many = entities_of_kind(after, 0..40)
                + &entities_of_kind(before, 40..50)
                + &entities_of_kind(after, 50..58);
            let before_sizes = sizes(&world).await;
            let dry = world.app.dry_run_list(&ctx, ftm_import(&world, &many, FULL), |_, _| {}).await.unwrap();
            assert_eq!((counts(&dry), dry.withdrawals_held), ([0, 0, 18, 0, 0], 42));
            assert_eq!(sizes(&world).await, before_sizes);
            let held = world.app.import_list(&ctx, ftm_import(&world, &many, FULL), |_, _| {}).await.unwrap();
            assert_eq!((counts(&held), held.withdrawals_held), ([0, 0, 18, 0, 0], 42));
            assert!(held.held_back.is_some());
            // As a part of a list nothing can be confirmed: it is held back as well.
            let part = ftm_import(&world, &many, TableEdition::Part);
            let held = world.app.import_list(&ctx, part, |_, _| {}).await.unwrap();
            assert_eq!((held.revised, held.withdrawn), (0, 0));
            assert!(held.held_back.is_some());
            let standing = async || {
                let own = world.app.own_records(&ctx, None, 500).await.unwrap();
                own.iter().filter(|own| own.database == Database::Persons).count()
            };
            assert_eq!(standing().await, if before == "Person" { 50 } else { 10 });
            let confirmed = |count| TableEdition::Full { confirm_withdrawals: Some(count) };
            let other = ftm_import(&world, &many, confirmed(41));
            assert_eq!(world.app.import_list(&ctx, other, |_, _| {}).await.unwrap().withdrawals_held, 42);
            let right = ftm_import(&world, &many, confirmed(42));
            let done = world.app.import_list(&ctx, right, |_, _| {}).await.unwrap();
            assert_eq!((counts(&done), done.withdrawals_held, done.held_back), ([0, 40, 18, 2, 0], 0, None));
            assert_eq!(standing().await, if before == "Person" { 10 } else { 48 });
            let again =
                world.app.import_list(&ctx, ftm_import(&world, &many, FULL), |_, _| {}).await.unwrap();
            assert_eq!(counts(&again), [0, 0, 58, 0, 0]);
            assert!(world.app.index_equals_store().await.unwrap());
        }
    });
}

#[test]
fn a_notice_in_a_file_makes_nobody_wanted() {
    run(async {
        let world = World::exercise().build().await;
        let notices = r#"[{"entity_id":"2021/1","forename":"Жанна","name":"Журавлёва","date_of_birth":"1971/03/02",
            "arrest_warrants":[{"issuing_country_id":"XA","charge":"Fraud"}],
            "_links":{"self":{"href":"https://x/notices/v1/red/2021-1"}}}]"#;
        let import = ListImport {
            kind: ListKind::PublicNotices,
            reader: |today| NoticesReader::new(notices.as_bytes(), today, NoticesLimits::default()),
            file_hash: Sha256::digest(notices).into(),
            terms: terms(&world, Purpose::CriminalInvestigation, "own notices", None),
            list: "notices".to_owned(),
            edition: TableEdition::Part,
        };
        let ctx = acting("XA", Purpose::CriminalInvestigation);
        let report = world.app.import_list(&ctx, import, |_, _| {}).await.unwrap();
        assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
        let found =
            candidates(&world, "XB", Purpose::BorderControl, &named("Журавлёва Жанна")).await.remove(0);
        assert_eq!(found.statuses, [PersonStatus::Listed]);
        let opened = world.app.open(&acting("XB", Purpose::BorderControl), found.record).await.unwrap();
        let Statement::Person(person) = opened.statement else { panic!() };
        assert!(person.remarks[0].text.contains("wanted by XA according to the source, for: Fraud"));
        assert!(person.offences.is_empty());
    });
}

#[test]
fn an_export_holds_the_callers_own_records_and_each_is_opened() {
    run(async {
        let world = World::exercise().build().await;
        for organisation in ["XA", "XB"] {
            let ctx = acting(organisation, Purpose::BorderControl);
            for name in ["Жанна Журавлёва", "जान्ना"] {
                let submission = world.submission(Purpose::BorderControl, person(&[name]));
                world.app.submit_person(&ctx, world.key(), submission).await.unwrap();
            }
        }
        let ctx = acting("XA", Purpose::BorderControl);
        let car = world.submission(Purpose::BorderControl, stolen_car("А 777 ВС 77", "RUS"));
        world.app.submit_object(&ctx, world.key(), car).await.unwrap();
        let exported = world.app.export_ftm(&ctx, None, |_| {}).await.unwrap();
        assert_eq!((exported.records, exported.without_schema, exported.not_visible), (3, 0, 0));
        let own = world.app.own_records(&ctx, None, 500).await.unwrap();
        let ids: Vec<String> = own.iter().map(|own| own.record.to_string()).collect();
        for entity in &exported.entities {
            assert!(ids.iter().any(|id| entity.id.starts_with(id)), "{}", entity.id);
        }
        let lines = world.journal_of("XA").await;
        for phase in [Phase::Begun, Phase::Ended] {
            let opened =
                lines.iter().filter(|line| line.operation == Operation::OpenRecord && line.phase == phase);
            assert_eq!(opened.count(), 3);
        }
        let cars = world.app.export_ftm(&ctx, Some(Database::Vehicles), |_| {}).await.unwrap();
        assert_eq!(cars.records, 1);

        // What goes out of one node goes into another.
        let lines = to_lines(&exported.entities);
        let other = World::exercise().seed(9).build().await;
        let ctx = acting("XC", Purpose::FinancialCrime);
        let report = other.app.import_list(&ctx, ftm_import(&other, &lines, FULL), |_, _| {}).await.unwrap();
        assert_eq!(counts(&report), [3, 0, 0, 0, 0]);
        let found = candidates(&other, "XB", Purpose::CriminalInvestigation, &named("जान्ना")).await;
        assert_eq!(found[0].statuses, [PersonStatus::Listed]);
    });
}
