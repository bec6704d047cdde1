//! Oversight: what was told only as a hit stays unnamed to the organisation whose officers were told; alarms are kept once, with
//! a line, and outlast restarts; what is watched costs a searcher no write.

use std::pin::pin;
use std::task::Poll;

use barid_app::{
    AlarmDeed, AlarmId, AuditQuestion, CANARIES_CAP, DocumentBatchSubmission, Marked, Marking, Query,
    Screening, proofs::verify_bundle,
};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Classification, Database, Purpose};
use barid_domain::ids::RecordId;
use barid_domain::officers::OfficerRight;
use barid_domain::oversight::{AccessQuestion, AlarmKind, AlarmState, Involvement, Thresholds};
use barid_domain::people::EntityCode;
use barid_domain::screening::ScreeningRow;
use barid_domain::streams::StreamClass;
use barid_domain::text::LocalText;
use barid_testkit::world::{World, acting, code, person, stolen_passport};

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
        let proof = world
            .app
            .prove_access(&commission, entry)
            .await
            .unwrap()
            .expect("whoever audits them proves them");
        verify_bundle(&proof, Some(world.fingerprint)).unwrap();
        let begun = lines[0].entry.unwrap();
        let others = world.app.prove_access(&acting("XA", Purpose::Oversight), begun).await.unwrap();
        assert_eq!(others, None, "and nobody else does");
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
        let within = |ctx: &mut barid_app::OpContext| ctx.entity = EntityCode::new("border");
        assert_eq!(ask(&within).await, Err("officer-not-entitled"), "accesses are the whole organisation's");
        let lines = world.journal_of("XA").await;
        let asked: Vec<Phase> = lines
            .iter()
            .filter(|line| line.operation == Operation::ReadAccesses)
            .map(|line| line.phase)
            .collect();
        let refused = asked.iter().filter(|phase| **phase == Phase::Refused).count();
        assert_eq!((asked.len(), refused), (10, 4), "each with a line before and one behind");
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
        let asking = acting("XB", Purpose::Oversight);
        let listed = world.app.alarms(&asking, None, None, 10).await.unwrap();
        assert_eq!(listed.alarms, [], "asking keeps nothing: its time would tell what others' officers did");
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
        let written_by = async |thresholds: Thresholds| {
            let world = world().await;
            world.app.watch_by(thresholds);
            let entries = async || {
                let heads = world.app.store().stream_heads().await.unwrap();
                heads.iter().map(|head| head.size).sum::<u64>()
            };
            let before = (world.app.store().journal().durable_lines(), entries().await);
            for number in 0..24 {
                let query: Query = numbered(&format!("XA{:07}", 4_000_000 + number));
                world.app.search(&acting("XB", DRUGS), &query).await.unwrap();
            }
            // What the answers waited for: the alarm's own line comes with the upkeep.
            let lines = world.app.store().journal().durable_lines() - before.0;
            let committed = entries().await - before.1;
            world.app.upkeep().await.unwrap();
            let alarms = world.app.alarms(&acting("XB", Purpose::Oversight), None, None, 10).await.unwrap();
            (lines, committed, alarms.alarms.len())
        };
        let quiet = written_by(Thresholds { numbers_in_order: 0, ..Thresholds::default() }).await;
        let loud =
            written_by(Thresholds { numbers_in_order: 5, acts_in_hour: 3, ..Thresholds::default() }).await;
        // The last line of an act is synced with the next one.
        assert!(quiet.0.abs_diff(loud.0) <= 1, "{quiet:?} {loud:?}");
        assert_eq!((quiet.1, loud.1), (0, 0), "no commit that an answer waited for");
        assert_eq!((quiet.2, loud.2), (0, 2), "the alarms come with the upkeep");
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
        let rows = (0..24).map(|number| {
            let document_number = Some(format!("XA{:07}", 4_000_000 + number));
            Some(ScreeningRow { document_number, ..ScreeningRow::default() })
        });
        let rows = Screening { first_row: 1, rows: rows.collect(), ..Screening::default() };
        world.app.watch_by(Thresholds { numbers_in_order: 10, ..Thresholds::default() });
        world.app.screen(&acting("XC", Purpose::BorderControl), &rows).await.unwrap();
        world.app.upkeep().await.unwrap();
        let screened = world.app.alarms(&acting("XC", Purpose::Oversight), None, None, 10).await.unwrap();
        let told: Vec<_> =
            screened.alarms.iter().map(|named| (named.alarm.kind, named.alarm.counted)).collect();
        assert_eq!(told, [(AlarmKind::NumbersInOrder, 10)]);
        let page = world.app.alarms(&acting("XA", Purpose::Oversight), None, None, 10).await.unwrap();
        let told: Vec<_> = page.alarms.iter().map(|named| (named.alarm.kind, named.alarm.counted)).collect();
        assert_eq!(told, [(AlarmKind::ManyEntered, 3)]);
        assert_eq!(page.alarms[0].alarm.database, Some(Database::Persons));
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
        assert_eq!(page.alarms, [], "who audits there would learn which record of others is a canary");
        let page = world.app.alarms(&acting("XCOM", Purpose::Oversight), None, None, 10).await.unwrap();
        let alarm = &page.alarms[0].alarm;
        assert_eq!((page.alarms.len(), alarm.kind), (1, AlarmKind::Canary), "once a day");
        assert_eq!((alarm.record, alarm.acting), (Some(record), Some(code("XB"))));
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

/// Raises an alarm about an officer of XB: numbers side by side.
async fn walk(world: &World) {
    world.app.watch_by(Thresholds { numbers_in_order: 10, ..Thresholds::default() });
    for number in 0..24 {
        let query = numbered(&format!("XA{:07}", 4_000_000 + number));
        world.app.search(&acting("XB", DRUGS), &query).await.unwrap();
    }
}

async fn alarms_of(world: &World, who: &str) -> usize {
    world.app.alarms(&acting(who, Purpose::Oversight), None, None, 100).await.unwrap().alarms.len()
}

#[test]
fn an_alarm_whose_keeping_is_broken_off_is_kept_later() {
    run(async {
        let world = world().await;
        for waits in 0..40 {
            walk(&world).await;
            let mut keeping = pin!(world.app.keep_alarms_or_say_so());
            let mut met = 0;
            // Broken off at one of its waits, as a task that is ended is.
            let is_done = std::future::poll_fn(|cx| match keeping.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(true),
                Poll::Pending if met == waits => Poll::Ready(false),
                Poll::Pending => {
                    met += 1;
                    Poll::Pending
                }
            });
            if is_done.await {
                assert!(waits > 0, "it waits for the database");
                return;
            }
            world.app.upkeep().await.unwrap();
            assert_eq!(alarms_of(&world, "XB").await, waits + 1, "after {waits} waits");
            world.pass_days(1);
        }
        panic!("it does not come to its end");
    });
}

#[test]
fn a_clock_that_leaps_ahead_destroys_no_alarm() {
    run(async {
        let world = world().await;
        walk(&world).await;
        world.app.upkeep().await.unwrap();
        world.pass_days(4 * 365);
        walk(&world).await;
        world.app.upkeep().await.unwrap();
        assert_eq!(alarms_of(&world, "XB").await, 2, "the time may be wrong");
        // Where it stays so it is believed, and nothing has to be raised for it.
        for _ in 0..2 {
            world.pass_days(1);
            world.app.upkeep().await.unwrap();
        }
        assert_eq!(alarms_of(&world, "XB").await, 1);
    });
}

#[test]
fn lines_that_another_clock_stamped_later_are_found_all_the_same() {
    run(async {
        let world = world().await;
        let record = enter(&world, "XA", DRUGS, "Калачев Валерий").await;
        world.pass_seconds(600);
        world.app.open(&acting("XB", DRUGS), record).await.unwrap();
        world.pass_seconds(-600);
        let auditor = acting("XB", Purpose::Oversight);
        let first = world.app.accesses(&auditor, &about(record), None, 1).await.unwrap();
        assert_eq!((first.accesses.len(), first.accesses[0].operation), (1, Operation::OpenRecord));
        // What is done meanwhile, asking too, is not on the later pages.
        world.app.open(&acting("XB", DRUGS), record).await.unwrap();
        let second = world.app.accesses(&auditor, &about(record), first.next, 100).await.unwrap();
        let phases: Vec<Phase> = second.accesses.iter().map(|one| one.phase).collect();
        assert_eq!((phases, second.next), (vec![Phase::Ended], None));
    });
}

#[test]
fn who_read_a_record_in_a_proof_and_who_entered_it_with_many_is_found() {
    run(async {
        let world = world().await;
        let xa = acting("XA", Purpose::BorderControl);
        let batch = DocumentBatchSubmission {
            terms: world.terms(Purpose::BorderControl),
            documents: ["XA4000001", "XA4000002"].map(|number| stolen_passport(number, "XAX")).to_vec(),
            audience: None,
        };
        let entered = world.app.submit_document_batch(&xa, world.key(), batch).await.unwrap();
        let single = enter(&world, "XA", DRUGS, "محمود الكاتب").await;
        let auditor = acting("XA", Purpose::Oversight);
        let involved = async |who: &str, record: RecordId| -> Vec<(Operation, Option<Involvement>)> {
            let page = world.app.accesses(&acting(who, Purpose::Oversight), &about(record), None, 100).await;
            let mut accesses = page.unwrap().accesses;
            accesses.retain(|one| one.operation != Operation::ReadAccesses);
            accesses.iter().map(|one| (one.operation, one.involvement)).collect()
        };
        let written = (Operation::SubmitRecord, Some(Involvement::Written));
        for record in &entered.records {
            assert_eq!(involved("XA", *record).await, [written]);
        }
        assert_eq!(involved("XB", entered.records[0]).await, []);
        let lines = AccessQuestion { record: Some(single), ..AccessQuestion::default() };
        let question = AuditQuestion { organisation: None, lines };
        let receipt = world.app.accesses(&auditor, &question, None, 1).await.unwrap().accesses[0].clone();
        let line = world.journal_of("XA").await.into_iter().find(|line| line.act == receipt.act).unwrap();
        let entry = line.entries[0];
        assert!(world.app.prove_entry(&xa, entry).await.unwrap().is_some());
        assert!(world.app.issue_receipt(&xa, entry).await.unwrap().is_some());
        // Whoever is told nothing is shown nothing, and learns nothing of which record an entry is about.
        assert!(world.app.prove_entry(&acting("XB", DRUGS), entry).await.unwrap().is_none());
        let proved = (Operation::ExportProof, Some(Involvement::Shown));
        assert_eq!(involved("XA", single).await, [written, proved, proved]);
        assert_eq!(involved("XB", single).await, []);
    });
}

#[test]
fn questions_about_canaries_and_decisions_leave_a_line_and_read_nothing_for_who_may_not() {
    run(async {
        let world = world().await;
        let other = enter(&world, "XB", DRUGS, "张伟").await;
        let count = async |operation: Operation, phase: Phase| {
            let lines = world.journal_of("XA").await;
            lines.iter().filter(|line| line.operation == operation && line.phase == phase).count()
        };
        let auditor = acting("XA", Purpose::Oversight);
        for record in [other, RecordId([7; 16])] {
            let probed = world.app.mark_canary(&auditor, record, Marking::Mark).await.unwrap();
            assert_eq!(probed, Marked::Absent);
        }
        let lines = world.journal_of("XA").await;
        let probes: Vec<_> = lines.iter().filter(|line| line.operation == Operation::MarkCanary).collect();
        assert_eq!(probes.len(), 4, "each with a line before and one behind");
        assert!(probes.iter().all(|line| line.record.is_none() && line.records.is_empty()));
        let mut little = auditor.clone();
        little.rights.clearance = Classification::OfficialUse;
        let refused = |code: &str| code == "officer-not-entitled";
        assert!(refused(world.app.own_canaries(&little).await.unwrap_err().code()));
        assert_eq!(count(Operation::ReadCanaries, Phase::Refused).await, 1);
        assert!(refused(world.app.mark_canary(&little, other, Marking::Mark).await.unwrap_err().code()));
        assert_eq!(count(Operation::MarkCanary, Phase::Refused).await, 1);
        let deed = AlarmDeed {
            alarm: AlarmId([7; 16]),
            expects: 0,
            state: AlarmState::Explained,
            reason: LocalText::new("hi", "समूह यात्रा", 300).unwrap(),
        };
        assert!(refused(world.app.decide_alarm(&little, &deed).await.unwrap_err().code()));
        assert_eq!(count(Operation::DecideAlarm, Phase::Refused).await, 1);
        assert_eq!(count(Operation::ReadAlarms, Phase::Begun).await, 0, "no alarm was read for it");
    });
}
