//! Whom the commission ordered not to be entered again: refused at entry, as revision, in tables and at a review, whatever the
//! script and whoever the owner; and nobody else.

use std::io::{BufReader, Read};

use barid_app::{
    AppError, Decided, OrderDetails, PersonSubmission, ReviewAct, ReviewDecision, TableEdition,
    record_of_described,
};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{DocumentType, Purpose, WithdrawalReason};
use barid_domain::described::{Described, DescribedDocument};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::orders::{OrderAct, OrderError, StandingOrder};
use barid_domain::persons::{HeldDocument, Person};
use barid_domain::policy::Refusal;
use barid_domain::terms::KeepReason;
use barid_formats::report::ReportCode;
use barid_testkit::world::{World, acting, person};

use crate::imports::FULL;
use crate::orders::{order, order_with};
use crate::person_imports::{ROWS, dry_run_rows, find, import_lines, import_rows};
use crate::{RUNTIME, run};

const PURPOSE: Purpose = Purpose::BorderControl;

async fn world() -> World {
    World::exercise().commission("CCF").build().await
}

/// As the commission was told: a name in Cyrillic, a day of birth, a passport.
fn described() -> Described {
    Described {
        names: vec!["Валерий Калачев".to_owned()],
        births: vec!["1961-04-12".parse().unwrap()],
        documents: vec![DescribedDocument {
            number: "P 123456-7".to_owned(),
            issuing_country: "XAX".parse().ok(),
        }],
    }
}

fn born(name: &str, birth: &str) -> Person {
    Person { births: vec![birth.parse().unwrap()], ..person(&[name]) }
}

fn holding(person: Person, number: &str, country: Option<&str>) -> Person {
    let document = HeldDocument {
        document_type: DocumentType::Passport,
        number: Some(number.to_owned()),
        issuing_country: country.and_then(|country| country.parse().ok()),
        type_text: None,
        issued_on: None,
        expires_on: None,
        issued_at: None,
        note: None,
    };
    Person { documents: vec![document], ..person }
}

async fn enter(world: &World, owner: &str, person: Person) -> Result<RecordId, AppError> {
    let submission = world.submission(PURPOSE, person);
    let receipt = world.app.submit_person(&acting(owner, PURPOSE), world.key(), submission).await?;
    Ok(receipt.records[0])
}

async fn bar(world: &World, record: RecordId) -> StandingOrder {
    let details = OrderDetails { described: Some(described()), ..OrderDetails::default() };
    order_with(world, record, OrderAct::DoNotReEnter, details).await.unwrap()
}

pub(crate) async fn bar_by_itself(world: &World, described: Described) -> EntryHash {
    let record = record_of_described(&described);
    let details = OrderDetails { described: Some(described), ..OrderDetails::default() };
    order_with(world, record, OrderAct::DoNotReEnter, details).await.unwrap().entry
}

fn barred_by<T: std::fmt::Debug>(done: Result<T, AppError>) -> Option<EntryHash> {
    match done {
        Err(AppError::ReEntry { order }) => Some(order),
        _ => None,
    }
}

/// An erased record, and the order that keeps its person out.
async fn erased_and_barred(world: &World) -> EntryHash {
    let record = enter(world, "XA", born("Калачев Валерий", "1961-04-12")).await.unwrap();
    order(world, record, OrderAct::Erase).await.unwrap();
    bar(world, record).await.entry
}

#[test]
fn whom_the_commission_had_erased_comes_back_in_no_script_and_for_no_owner() {
    run(async {
        let world = world().await;
        let order = erased_and_barred(&world).await;
        let world = world.restart().await;
        for owner in ["XA", "XB"] {
            for name in
                ["Калачев Валерий", "Kalachev Valery", "كالاتشيف فاليري", "কালাচেভ ভালেরি", "Valeriy Kalachyov"]
            {
                let refused = enter(&world, owner, born(name, "1961-04-12")).await;
                assert_eq!(barred_by(refused), Some(order), "{owner} {name}");
            }
        }
        // The same passport, whatever name goes with it.
        let other = holding(born("Иной Человек", "1990-02-03"), "P1234567", Some("XAX"));
        assert_eq!(barred_by(enter(&world, "XB", other).await), Some(order));
        // Where a country is not known, the date of birth or a like name has to agree as well.
        let like = holding(person(&["Валерий Калачёв"]), "p-1234567", None);
        assert_eq!(barred_by(enter(&world, "XB", like).await), Some(order));
        let dated = holding(born("Иной Человек", "1961-04-12"), "P1234567", None);
        assert_eq!(barred_by(enter(&world, "XB", dated).await), Some(order));
    });
}

#[test]
fn whoever_only_resembles_is_entered() {
    run(async {
        let world = world().await;
        erased_and_barred(&world).await;
        let others = [
            born("Калачев Валерий", "1961-04-13"),
            born("Калачев Валерий", "1962-04-12"),
            born("Калачев Валерий", "1950-01-01/1975-12-31"),
            person(&["Калачев Валерий"]),
            born("Образцов Валерий", "1961-04-12"),
            born("নমুনা উদাহরণ", "1961-04-12"),
            holding(person(&["Иной Человек"]), "P1234567", Some("XBX")),
            holding(person(&["Иной Человек"]), "P1234567", None),
            holding(born("Иной Человек", "1961-04-12"), "P1234568", Some("XAX")),
        ];
        for (number, other) in others.into_iter().enumerate() {
            assert!(enter(&world, "XB", other).await.is_ok(), "{number}");
        }
    });
}

#[test]
fn a_year_of_birth_needs_a_name_that_is_nearly_the_same() {
    run(async {
        let world = world().await;
        let order = erased_and_barred(&world).await;
        assert_eq!(barred_by(enter(&world, "XB", born("Валерий Калачев", "1961")).await), Some(order));
        assert!(enter(&world, "XB", born("Валентин Калачев", "1961")).await.is_ok());
        // The first day of a year stands for the year in many papers: it is no day that tells anybody apart.
        let details = OrderDetails {
            described: Some(Described {
                names: vec!["گل محمد نمونه".to_owned()],
                births: vec!["1970-01-01".parse().unwrap()],
                documents: Vec::new(),
            }),
            ..OrderDetails::default()
        };
        let record = record_of_described(details.described.as_ref().unwrap());
        let by_itself = order_with(&world, record, OrderAct::DoNotReEnter, details).await.unwrap();
        assert_eq!(by_itself.order.owner.as_str(), "CCF", "about no record of anybody");
        let same = enter(&world, "XA", born("گل محمد نمونه", "1970-01-01")).await;
        assert_eq!(barred_by(same), Some(by_itself.entry));
        assert!(enter(&world, "XA", born("گل احمد نمونه", "1970-01-01")).await.is_ok());
    });
}

#[test]
fn a_date_that_says_less_is_no_way_around_the_order() {
    run(async {
        let world = world().await;
        let order = erased_and_barred(&world).await;
        // The year, as papers have it that say the first of January, and a time about it.
        for birth in ["1961-01-01", "1961~", "1961-04~", "1961-04-12~", "1960-01-01/1962-12-31~"] {
            let refused = enter(&world, "XB", born("Калачев Валерий", birth)).await;
            assert_eq!(barred_by(refused), Some(order), "{birth}");
            let other = enter(&world, "XB", born("Калачев Валентин", birth)).await;
            assert!(other.is_ok(), "{birth}: nearly the same is asked for");
        }
        for birth in ["1960-01-01", "1962-01-01", "1963~", "1959~", "1960-01-01/1962-12-31"] {
            assert!(enter(&world, "XB", born("Калачев Валерий", birth)).await.is_ok(), "{birth}");
        }
        // The same where the order says the first of January.
        let described = Described {
            names: vec!["উদাহরণ নমুনা".to_owned()],
            births: vec!["1970-01-01".parse().unwrap()],
            documents: Vec::new(),
        };
        let by_year = bar_by_itself(&world, described).await;
        assert_eq!(barred_by(enter(&world, "XB", born("উদাহরণ নমুনা", "1970-07-08")).await), Some(by_year));
        assert!(enter(&world, "XB", born("উদাহরণ নমুনা", "1971-01-01")).await.is_ok());
    });
}

#[test]
fn an_unchanged_row_does_not_bring_back_whom_the_upkeep_erased() {
    run(async {
        let world = world().await;
        let row = "7,كالاتشيف فاليري,,12.04.1961,missing,,";
        let table = [ROWS[1], row];
        for (edition, next) in
            [(FULL, "8,Образцов Пётр,,1980-05-05,missing,,"), (TableEdition::Part, ROWS[2])]
        {
            let entered = import_rows(&world, &table, edition).await;
            assert_eq!((entered.added, entered.refused), (2, 0));
            world.app.upkeep().await.unwrap();
            world.pass_days(365 + 91);
            world.app.upkeep().await.unwrap();
            world.pass_days(1);
            world.app.upkeep().await.unwrap();
            let own = world.app.own_records(&acting("XA", PURPOSE), None, 10).await.unwrap();
            assert!(own.is_empty(), "their time is over");
            let order = bar_by_itself(&world, described()).await;
            let report = import_rows(&world, &[ROWS[1], row, next], edition).await;
            assert_eq!((report.added, report.unchanged, report.refused), (2, 0, 1), "{report:?}");
            assert!(find(&world, "كالاتشيف فاليري").await.is_empty());
            let details = OrderDetails { lifts: Some(order), ..OrderDetails::default() };
            let record = record_of_described(&described());
            order_with(&world, record, OrderAct::Lift, details).await.unwrap();
            // Taken back, the row is a person as any other.
            let again = import_rows(&world, &[row, next, ROWS[1]], edition).await;
            assert_eq!((again.added, again.refused), (1, 0), "{again:?}");
            world.app.upkeep().await.unwrap();
            world.pass_days(365 + 91);
            world.app.upkeep().await.unwrap();
            world.pass_days(1);
            world.app.upkeep().await.unwrap();
        }
    });
}

#[test]
fn a_dry_run_that_says_who_is_barred_is_an_attempt_with_its_line() {
    run(async {
        let world = world().await;
        let order = erased_and_barred(&world).await;
        let lines = async || {
            let heads = world.app.store().stream_heads().await.unwrap();
            heads.iter().map(|head| head.size).sum::<u64>()
        };
        let before = lines().await;
        let report = dry_run_rows(&world, &[ROWS[1]]).await;
        assert_eq!((report.added, lines().await), (1, before), "nobody is barred: nothing is written");
        let row = "7,كالاتشيف فاليري,,12.04.1961,missing,,";
        let report = dry_run_rows(&world, &[ROWS[1], row]).await;
        assert_eq!((report.added, report.refused), (1, 1));
        assert_eq!(lines().await, before + 1);
        let page = world.app.re_entries(&acting("CCF", Purpose::Oversight), None, 10).await.unwrap();
        let found: Vec<_> =
            page.attempts.iter().map(|row| (row.order, row.organisation.as_str(), row.attempts)).collect();
        assert_eq!(found, [(order, "XA", 1)]);
        let line = world.journal_of("XA").await.pop().unwrap();
        assert_eq!((line.operation, line.phase), (Operation::ImportList, Phase::Refused));
        assert_eq!(line.refusal.as_deref(), Some("re-entry-barred"));
        assert!(find(&world, "উদাহরণ নমুনা").await.is_empty(), "and nobody was entered");
    });
}

/// Reads one part, then has something done, and reads the other.
struct Between<'a, F: FnMut()> {
    first: &'a [u8],
    then: Option<F>,
    second: &'a [u8],
}

impl<F: FnMut()> Read for Between<'_, F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if !self.first.is_empty() {
            return self.first.read(into);
        }
        if let Some(mut then) = self.then.take() {
            then();
        }
        self.second.read(into)
    }
}

#[test]
fn an_order_that_comes_while_a_table_is_read_holds_for_rows_that_wait() {
    run(async {
        let world = world().await;
        let row = |number: usize| format!("{number},Учебный Образцов Номер{number},,1980-05-05,missing,,\n");
        let header = "id,names.text,aliases,births,statuses,documents.type,documents.number\n";
        // 250 are written at once: those behind wait when the order comes.
        let mut first: String = std::iter::once(header.to_owned()).chain((0..252).map(row)).collect();
        first.push_str("900,كالاتشيف فاليري,,12.04.1961,missing,,\n");
        first.extend((252..300).map(row));
        let second: String = (300..310).map(row).collect();
        let then = || {
            std::thread::scope(|threads| {
                let ordered = threads.spawn(|| RUNTIME.handle().block_on(bar_by_itself(&world, described())));
                ordered.join().unwrap();
            });
        };
        let reader =
            BufReader::new(Between { first: first.as_bytes(), then: Some(then), second: second.as_bytes() });
        let report = import_lines(&world, reader, [9; 32]).await;
        assert_eq!((report.added, report.refused), (310, 1), "{report:?}");
        assert!(report.rows.iter().any(|row| row.code == ReportCode::ReEntryBarred));
        assert!(find(&world, "كالاتشيف فاليري").await.is_empty());
        let page = world.app.re_entries(&acting("CCF", Purpose::Oversight), None, 10).await.unwrap();
        assert_eq!(page.attempts.iter().map(|row| row.attempts).sum::<u32>(), 1);
    });
}

#[test]
fn neither_a_revision_nor_a_review_brings_the_person_back() {
    run(async {
        let world = world().await;
        let standing = enter(&world, "XB", born("Kalachev Valery", "1961-04-12")).await.unwrap();
        let other = enter(&world, "XB", born("Образцов Пётр", "1980-05-05")).await.unwrap();
        let order = erased_and_barred(&world).await;
        let current = async |record| world.app.store().head(record).await.unwrap().unwrap().current;
        for record in [standing, other] {
            let revised = PersonSubmission {
                record: Some(record),
                expects: Some(current(record).await),
                ..world.submission(PURPOSE, born("Калачев Валерий", "1961-04-12"))
            };
            let done = world.app.submit_person(&acting("XB", PURPOSE), world.key(), revised).await;
            assert_eq!(barred_by(done), Some(order));
        }
        // What stands is not touched by it: the commission has another order for that. It is not said anew, though.
        assert!(world.app.open(&acting("XB", PURPOSE), standing).await.is_ok());
        let keep = || ReviewAct::Keep {
            review_on: world.today().saturating_add(300),
            reason: KeepReason::StillSought,
            text: None,
        };
        let decision = ReviewDecision { record: standing, expects: current(standing).await, act: keep() };
        let done =
            world.app.decide_reviews(&acting("XB", PURPOSE), world.key(), vec![decision]).await.unwrap();
        assert_eq!(done, [Decided::Barred { order }]);
        // Each of the three was an attempt; one beside another decision too.
        let ended = enter(&world, "XB", born("Образцов Иван", "1990-02-03")).await.unwrap();
        let act = ReviewAct::Withdraw { reason: WithdrawalReason::PurposeMet };
        let decisions = vec![
            ReviewDecision { record: ended, expects: current(ended).await, act },
            ReviewDecision { record: standing, expects: current(standing).await, act: keep() },
        ];
        let done = world.app.decide_reviews(&acting("XB", PURPOSE), world.key(), decisions).await.unwrap();
        assert!(matches!(done[..], [Decided::Withdrawn { .. }, Decided::Barred { .. }]), "{done:?}");
        let page = world.app.re_entries(&acting("CCF", Purpose::Oversight), None, 10).await.unwrap();
        let found: Vec<_> =
            page.attempts.iter().map(|row| (row.order, row.organisation.as_str(), row.attempts)).collect();
        assert_eq!(found, [(order, "XB", 4)]);
    });
}

#[test]
fn a_row_of_a_table_is_refused_and_the_rest_goes_in() {
    run(async {
        let world = world().await;
        // 12 April 1961, as the table writes it.
        let row = "7,كالاتشيف فاليري,,12.04.1961,missing,,";
        let order = erased_and_barred(&world).await;
        let report = import_rows(&world, &[ROWS[1], row, ROWS[2]], FULL).await;
        assert_eq!((report.added, report.refused), (2, 1), "{report:?}");
        assert!(report.rows.iter().any(|row| row.code == ReportCode::ReEntryBarred && row.field == "record"));
        assert!(find(&world, "كالاتشيف فاليري").await.is_empty());
        let page = world.app.re_entries(&acting("CCF", Purpose::Oversight), None, 10).await.unwrap();
        let found: Vec<_> =
            page.attempts.iter().map(|row| (row.order, row.organisation.as_str(), row.attempts)).collect();
        assert_eq!(found, [(order, "XA", 1)]);
        // A row that becomes somebody who is kept out leaves its record as it was.
        let changed = "2,Валерий Калачев,,1961-04-12,missing,,";
        let report = import_rows(&world, &[changed, ROWS[2]], FULL).await;
        assert_eq!((report.revised, report.refused, report.withdrawn), (0, 1, 0), "{report:?}");
        assert_eq!(find(&world, "উদাহরণ নমুনা").await.len(), 1);
    });
}

#[test]
fn the_commission_alone_reads_who_tried_and_every_attempt_has_its_line() {
    run(async {
        let world = world().await;
        let order = erased_and_barred(&world).await;
        let before = world.app.store().stream_heads().await.unwrap();
        for (owner, times) in [("XA", 1), ("XB", 3)] {
            for _ in 0..times {
                assert!(enter(&world, owner, born("Kalachev Valery", "1961-04-12")).await.is_err());
            }
        }
        let after = world.app.store().stream_heads().await.unwrap();
        let size = |heads: &[barid_store::StreamHead]| heads.iter().map(|head| head.size).sum::<u64>();
        assert_eq!(size(&after) - size(&before), 4, "a line for each in the stream of who tried");
        world.pass_days(1);
        assert!(enter(&world, "XB", born("Kalachev Valery", "1961-04-12")).await.is_err());
        let ccf = acting("CCF", Purpose::Oversight);
        let (mut rows, mut next) = (Vec::new(), None);
        loop {
            let page = world.app.re_entries(&ccf, next, 1).await.unwrap();
            rows.extend(page.attempts.iter().map(|row| (row.order, row.organisation, row.attempts)));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let rows: Vec<_> = rows.iter().map(|(of, who, times)| (*of, who.as_str(), *times)).collect();
        assert_eq!(rows, [(order, "XB", 1), (order, "XA", 1), (order, "XB", 3)]);
        for reader in ["XA", "XB", "SEC", "XPART"] {
            let refused = world.app.re_entries(&acting(reader, Purpose::Oversight), None, 10).await;
            assert!(matches!(refused, Err(AppError::Refused(Refusal::NotEntitled))), "{reader}");
        }
        // Its owner reads the order, and not whom it describes: that it had to erase.
        let page = world.app.orders(&acting("XA", PURPOSE), None, 10).await.unwrap();
        assert!(page.orders.iter().any(|shown| shown.entry == order));
        assert!(page.orders.iter().all(|shown| shown.order.described.is_none()));
        let page = world.app.orders(&ccf, None, 10).await.unwrap();
        assert_eq!(page.orders[0].order.described, Some(described()));
    });
}

#[test]
fn lifted_the_order_stands_in_nobodys_way_and_is_lifted_once() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", born("Калачев Валерий", "1961-04-12")).await.unwrap();
        order(&world, record, OrderAct::Erase).await.unwrap();
        let barred = bar(&world, record).await.entry;
        let lift = async |lifts| {
            let details = OrderDetails { lifts: Some(lifts), ..OrderDetails::default() };
            order_with(&world, record, OrderAct::Lift, details).await
        };
        let again = OrderDetails { described: Some(described()), ..OrderDetails::default() };
        let again = order_with(&world, record, OrderAct::DoNotReEnter, again).await;
        assert!(matches!(again, Err(AppError::Order(OrderError::StandsAlready))));
        lift(barred).await.unwrap();
        assert!(enter(&world, "XB", born("Калачев Валерий", "1961-04-12")).await.is_ok());
        assert!(matches!(lift(barred).await, Err(AppError::Order(OrderError::Superseded))));
        // What hides a record is not lifted: it is unblocked, which answers the last order.
        let erased = world.app.orders(&acting("CCF", Purpose::Oversight), None, 10).await.unwrap();
        let erasing = erased.orders.iter().find(|shown| shown.order.act == OrderAct::Erase).unwrap().entry;
        assert!(matches!(lift(erasing).await, Err(AppError::Order(OrderError::Superseded))));
        // Barred once more, it stands again.
        let anew = bar(&world, record).await.entry;
        let world = world.restart().await;
        assert_eq!(barred_by(enter(&world, "XA", born("Калачев Валерий", "1961-04-12")).await), Some(anew));
    });
}

#[test]
fn an_order_that_tells_nobody_apart_is_refused() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", born("Калачев Валерий", "1961-04-12")).await.unwrap();
        let sound = described();
        let unfit = [
            Described { documents: Vec::new(), births: Vec::new(), ..sound.clone() },
            Described { births: Vec::new(), ..sound.clone() },
            Described {
                documents: Vec::new(),
                births: vec!["1950-01-01/1975-12-31".parse().unwrap()],
                ..sound.clone()
            },
            Described { names: Vec::new(), births: Vec::new(), documents: Vec::new() },
            Described { names: vec!["12".to_owned()], ..sound },
        ];
        for (number, described) in unfit.into_iter().enumerate() {
            let details = OrderDetails { described: Some(described), ..OrderDetails::default() };
            let refused = order_with(&world, record, OrderAct::DoNotReEnter, details).await;
            assert!(matches!(refused, Err(AppError::Faulty(_))), "{number}");
        }
        let nobody = order_with(&world, record, OrderAct::DoNotReEnter, OrderDetails::default()).await;
        assert!(matches!(nobody, Err(AppError::Faulty(_))));
    });
}
