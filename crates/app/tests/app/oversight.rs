//! Oversight: what was told only as a hit stays unnamed to the organisation whose officers were told; alarms are kept once, with
//! a line, and outlast restarts; what is watched costs a searcher no write.

use barid_app::{AuditQuestion, CANARIES_CAP, Marked, Marking, Query, proofs::verify_bundle};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Classification, Database, Purpose};
use barid_domain::ids::RecordId;
use barid_domain::officers::OfficerRight;
use barid_domain::oversight::{AccessQuestion, AlarmKind, AlarmState, Involvement, Thresholds};
use barid_domain::streams::StreamClass;
use barid_testkit::world::{World, acting, code, person};

use crate::agreements::{agreed, hits};
use crate::{named, numbered, run};

const DRUGS: Purpose = Purpose::DrugTrafficking;
const TERROR: Purpose = Purpose::CounterTerrorism;

async fn world() -> World {
    World::exercise().commission("XCOM").build().await
}

fn about(record: RecordId) -> AuditQuestion {
    let lines = AccessQuestion { record: Some(record), ..AccessQuestion::default() };
    AuditQuestion { organisation: None, lines }
}

async fn enter(world: &World, owner: &str, purpose: Purpose, name: &str) -> RecordId {
    let submission = world.submission(purpose, person(&[name]));
    world.app.submit_person(&acting(owner, purpose), world.key(), submission).await.unwrap().records[0]
}

#[test]
fn which_record_a_hit_was_is_told_to_the_commission_and_not_to_whose_officers_were_told() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", TERROR, "محمود الكاتب").await;
        agreed(&world, &["XA", "XB"], vec![hits(1, &["XB"], &["XA"], TERROR)]).await;
        let answer = world.app.search(&acting("XB", DRUGS), &named("محمود الكاتب")).await.unwrap();
        assert_eq!((answer.candidates.len(), answer.hits.len()), (0, 1));
        world.pass_days(1);

        let auditor = acting("XB", Purpose::Oversight);
        let page = world.app.accesses(&auditor, &about(record), None, 100).await.unwrap();
        assert_eq!(page.accesses, [], "not even that its people were told of it");
        let act = AuditQuestion {
            organisation: None,
            lines: AccessQuestion { act: Some(answer.act), ..AccessQuestion::default() },
        };
        let lines = world.app.accesses(&auditor, &act, None, 100).await.unwrap().accesses;
        let entries: Vec<bool> = lines.iter().map(|line| line.entry.is_some()).collect();
        assert_eq!(entries, [true, false], "the line that names it has no proof for them");

        let commission = acting("XCOM", Purpose::Oversight);
        let question = AuditQuestion { organisation: Some(code("XB")), ..about(record) };
        let told = world.app.accesses(&commission, &question, None, 100).await.unwrap().accesses;
        let involved: Vec<_> = told.iter().filter_map(|line| line.involvement).collect();
        // That its auditor asked is an act about it too.
        assert_eq!(involved, [Involvement::Told, Involvement::Named]);
        let entry = told[0].entry.unwrap();
        assert_eq!(world.app.prove_access(&auditor, entry).await.unwrap(), None, "known or not");
        let begun = world.app.prove_access(&auditor, lines[0].entry.unwrap()).await.unwrap().unwrap();
        verify_bundle(&begun, Some(world.fingerprint)).unwrap();
    });
}

#[test]
fn who_audits_is_cleared_for_everything_and_asks_as_an_act() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", DRUGS, "Калачев Валерий").await;
        let ask = async |change: &dyn Fn(&mut barid_app::OpContext)| {
            let mut ctx = acting("XA", Purpose::Oversight);
            ctx.rights.rights = vec![OfficerRight::Audit];
            change(&mut ctx);
            let asked = world.app.accesses(&ctx, &about(record), None, 10).await;
            asked.map(|page| page.accesses.len()).map_err(|error| error.code())
        };
        assert_eq!(ask(&|_| {}).await, Ok(1));
        assert_eq!(
            ask(&|ctx| ctx.rights.rights = vec![OfficerRight::Prove]).await,
            Err("officer-not-entitled")
        );
        let little = |ctx: &mut barid_app::OpContext| ctx.rights.clearance = Classification::OfficialUse;
        assert_eq!(ask(&little).await, Err("officer-not-entitled"));
        let narrow = |ctx: &mut barid_app::OpContext| ctx.rights.databases = Some(vec![Database::Persons]);
        assert_eq!(ask(&narrow).await, Err("officer-not-entitled"));
        let lines = world.journal_of("XA").await;
        let asked: Vec<Phase> = lines
            .iter()
            .filter(|line| line.operation == Operation::ReadAccesses)
            .map(|line| line.phase)
            .collect();
        let refused = asked.iter().filter(|phase| **phase == Phase::Refused).count();
        assert_eq!((asked.len(), refused), (8, 3), "each with a line before and one behind");
        assert!(
            lines.iter().all(|line| line.asked.as_deref().is_none_or(|asked| !asked.contains("Калачев")))
        );
    });
}

#[test]
fn an_alarm_is_kept_once_by_the_upkeep_with_a_line_and_outlasts_a_restart() {
    run(async {
        let world = world().await;
        let thresholds = Thresholds { numbers_in_order: 10, ..Thresholds::default() };
        world.app.watch_by(thresholds);
        let ctx = acting("XB", DRUGS);
        let walk = async |world: &World| {
            for number in 0..24 {
                let query = numbered(&format!("XA{:07}", 4_000_000 + number));
                world.app.search(&ctx, &query).await.unwrap();
            }
        };
        walk(&world).await;
        let raised = async |world: &World| {
            let lines = world.journal_of("XCOM").await;
            lines.iter().filter(|line| line.operation == Operation::RaiseAlarm).count()
        };
        assert_eq!(raised(&world).await, 1);
        // After a restart nothing is remembered of the day but the alarm itself, which is not raised a second time.
        let world = world.restart().await;
        world.app.watch_by(thresholds);
        walk(&world).await;
        assert_eq!(raised(&world).await, 1);
        let page = world.app.alarms(&acting("XB", Purpose::Oversight), None, None, 10).await.unwrap();
        let alarm = &page.alarms[0].alarm;
        assert_eq!((page.alarms.len(), alarm.kind), (1, AlarmKind::NumbersInOrder));
        assert_eq!(alarm.state(), AlarmState::Open);
        // The next day it is another one.
        world.pass_days(1);
        walk(&world).await;
        assert_eq!(raised(&world).await, 2);
    });
}

#[test]
fn a_search_that_raises_an_alarm_writes_what_any_other_writes() {
    run(async {
        let lines_of = async |thresholds: Thresholds| {
            let world = world().await;
            world.app.watch_by(thresholds);
            let before = world.app.store().journal().durable_lines();
            for number in 0..24 {
                let query: Query = numbered(&format!("XA{:07}", 4_000_000 + number));
                world.app.search(&acting("XB", DRUGS), &query).await.unwrap();
            }
            // What the answers waited for: the alarm's own line comes with the upkeep.
            world.app.store().journal().durable_lines() - before
        };
        let quiet = lines_of(Thresholds { numbers_in_order: 0, ..Thresholds::default() }).await;
        let loud =
            lines_of(Thresholds { numbers_in_order: 5, acts_in_hour: 3, ..Thresholds::default() }).await;
        // The last line of an act is synced with the next one.
        assert!(quiet.abs_diff(loud) <= 1, "{quiet} {loud}");
    });
}

#[test]
fn a_burst_of_entries_and_rows_of_a_screening_are_watched() {
    run(async {
        let world = world().await;
        world.app.watch_by(Thresholds { entered_in_hour: 3, ..Thresholds::default() });
        for name in ["Калачев", "محمود", "张伟", "कलाचेव"] {
            enter(&world, "XA", DRUGS, name).await;
        }
        let page = world.app.alarms(&acting("XA", Purpose::Oversight), None, None, 10).await.unwrap();
        let told: Vec<_> = page.alarms.iter().map(|named| (named.alarm.kind, named.alarm.counted)).collect();
        assert_eq!(told, [(AlarmKind::ManyEntered, 3)]);
        assert_eq!(page.alarms[0].alarm.officer, None, "about the organisation");
        let none = world.app.alarms(&acting("XB", Purpose::Oversight), None, None, 10).await.unwrap();
        assert_eq!(none.alarms, []);
    });
}

#[test]
fn a_canary_is_known_after_a_restart_and_leaves_no_more_in_the_ledger_than_another_record() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", DRUGS, "Калачев Валерий").await;
        let sizes = async |world: &World| {
            world.app.upkeep().await.unwrap();
            let store = world.app.store();
            let stream = store.stream(code("XB"), StreamClass::Access);
            store.stream_head(stream).await.unwrap().map_or(0, |head| head.size)
        };
        let open = async |world: &World| {
            let before = sizes(world).await;
            world.app.open(&acting("XB", DRUGS), record).await.unwrap();
            world.app.search(&acting("XB", DRUGS), &named("Калачев Валерий")).await.unwrap();
            sizes(world).await - before
        };
        let plain = open(&world).await;
        let owner = acting("XA", Purpose::Oversight);
        assert_eq!(world.app.mark_canary(&owner, record, Marking::Mark).await.unwrap(), Marked::Done);
        let world = world.restart().await;
        assert_eq!(open(&world).await, plain, "whoever reads the size of its ledger sees nothing");
        let page = world.app.alarms(&acting("XB", Purpose::Oversight), None, None, 10).await.unwrap();
        assert_eq!((page.alarms.len(), page.alarms[0].alarm.kind), (1, AlarmKind::Canary), "once a day");
    });
}

#[test]
fn as_many_records_are_marked_as_may_be_and_another_when_one_is_let_go() {
    run(async {
        let world = world().await;
        let owner = acting("XA", Purpose::Oversight);
        let mut last = None;
        for number in 0..=CANARIES_CAP {
            let record =
                enter(&world, "XA", DRUGS, &format!("Образцов {}", "Ия".repeat(number % 20 + 1))).await;
            let marked = world.app.mark_canary(&owner, record, Marking::Mark).await.unwrap();
            assert_eq!(marked == Marked::Done, number < CANARIES_CAP, "{number}");
            last = Some(record);
        }
        let own = world.app.own_canaries(&owner).await.unwrap();
        assert_eq!(own.len(), CANARIES_CAP);
        world.app.mark_canary(&owner, own[0].record, Marking::Unmark).await.unwrap();
        let marked = world.app.mark_canary(&owner, last.unwrap(), Marking::Mark).await.unwrap();
        assert_eq!(marked, Marked::Done);
    });
}
