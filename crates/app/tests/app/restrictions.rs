//! Restrictions: what an owner keeps from an organisation is not there for it, whatever it asks and however it asks.

use barid_app::{
    AppError, DocumentBatchSubmission, KeyChange, LinkSubmission, PersonSubmission, RestrictionPlan,
    StatedLink, TextScreening,
};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Classification, Database, Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use barid_domain::links::LinkKind;
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::policy::Refusal;
use barid_domain::registry::KeyUsage;
use barid_domain::restrictions::Audience;
use barid_domain::streams::{Position, StreamClass};
use barid_testkit::world::{World, acting, code, person, stolen_car, stolen_passport};

use crate::agreements::{agreed, found, grant, open, wanted};
use crate::{faults, named, numbered, run, typed};

const PURPOSE: Purpose = Purpose::BorderControl;

async fn world() -> World {
    World::exercise().commission("CCF").build().await
}

fn all_but(codes: &[&str]) -> Audience {
    Audience::all_but(codes.iter().map(|one| code(one)))
}

fn only(codes: &[&str]) -> Audience {
    Audience::only(codes.iter().map(|one| code(one)))
}

async fn enter(world: &World, name: &str, audience: Option<Audience>) -> RecordId {
    let submission = PersonSubmission { audience, ..world.submission(PURPOSE, wanted(name)) };
    world.app.submit_person(&acting("XA", PURPOSE), world.key(), submission).await.unwrap().records[0]
}

async fn restrict(world: &World, records: &[RecordId], audience: Audience) -> Result<(), AppError> {
    let records = (!records.is_empty()).then(|| records.to_vec());
    let plan = RestrictionPlan { database: Database::Persons, records, audience };
    world.app.restrict(&acting("XA", PURPOSE), world.key(), plan).await.map(drop)
}

/// Which of the organisations meet a record: by name, by number, in a text, and opening it. All ways must agree.
async fn met_by<'a>(world: &World, record: RecordId, name: &str, askers: &[&'a str]) -> Vec<&'a str> {
    let mut met = Vec::new();
    for asker in askers {
        let purpose = if *asker == "CCF" { Purpose::Oversight } else { PURPOSE };
        let ctx = acting(asker, purpose);
        let mut ways = Vec::new();
        for query in [named(name), numbered("XA7654321")] {
            let answer = world.app.search(&ctx, &query).await.unwrap();
            ways.push(answer.candidates.iter().any(|candidate| candidate.record == record));
        }
        let text = TextScreening {
            text: format!("Задержан {name}, проверка."), ..TextScreening::default()
        };
        let answer = world.app.screen_text(&ctx, &text).await.unwrap();
        let mut candidates = answer.stretches.iter().flat_map(|stretch| &stretch.candidates);
        ways.push(candidates.any(|candidate| candidate.record == record));
        ways.push(match world.app.open(&ctx, record).await {
            Ok(opened) => opened.record == record,
            Err(AppError::Absent) => false,
            Err(error) => panic!("{error}"),
        });
        assert!(ways.iter().all(|way| *way == ways[0]), "{asker} {ways:?}");
        met.extend(ways[0].then_some(*asker));
    }
    assert!(world.app.index_equals_store().await.unwrap());
    met
}

const ASKERS: [&str; 5] = ["XA", "XB", "XC", "SEC", "CCF"];

#[test]
fn what_is_kept_from_an_organisation_is_not_there_for_it_until_it_is_shown_again() {
    run(async {
        let world = world().await;
        let record = enter(&world, "Калачев Валерий", None).await;
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ASKERS);
        restrict(&world, &[record], all_but(&["XB"])).await.unwrap();
        let others = ["XA", "XC", "SEC", "CCF"];
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, others);
        // So it is at a node that starts: from the streams, and from a snapshot of its own.
        let world = world.restart().await;
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, others);
        let world = world.restart().await;
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, others);
        restrict(&world, &[record], only(&["XB"])).await.unwrap();
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ["XA", "XB", "CCF"]);
        restrict(&world, &[record], Audience::EVERYBODY).await.unwrap();
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ASKERS);
        let world = world.restart().await;
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ASKERS);
    });
}

#[test]
fn a_snapshot_that_was_saved_before_does_not_show_what_is_kept_back_since() {
    run(async {
        let world = world().await;
        let closed = enter(&world, "Калачев Валерий", None).await;
        let opened = enter(&world, "Образцов Пётр", Some(only(&[]))).await;
        let world = world.restart().await;
        restrict(&world, &[closed], all_but(&["XB"])).await.unwrap();
        restrict(&world, &[opened], all_but(&["XC"])).await.unwrap();
        // What is in memory is lost: the next start takes up the snapshots of the start before.
        let world = world.abandon().start().await;
        assert_eq!(met_by(&world, closed, "Калачев Валерий", &["XA", "XB", "XC"]).await, ["XA", "XC"]);
        assert_eq!(met_by(&world, opened, "Образцов Пётр", &["XA", "XB", "XC"]).await, ["XA", "XB"]);
    });
}

#[test]
fn a_record_is_kept_from_others_from_the_moment_it_is_there_and_through_its_versions() {
    run(async {
        let world = world().await;
        let record = enter(&world, "Калачев Валерий", Some(only(&[]))).await;
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ["XA", "CCF"]);
        let revise = async |audience| {
            let head = world.app.store().head(record).await.unwrap().unwrap();
            let revised = PersonSubmission {
                record: Some(record),
                expects: Some(head.current),
                audience,
                ..world.submission(PURPOSE, wanted("Калачёв Валерий"))
            };
            world.app.submit_person(&acting("XA", PURPOSE), world.key(), revised).await.unwrap()
        };
        // A revision that says nothing of it leaves it as it is.
        assert_eq!(revise(None).await.entries.len(), 1);
        assert_eq!(met_by(&world, record, "Калачёв Валерий", &ASKERS).await, ["XA", "CCF"]);
        assert_eq!(revise(Some(only(&[]))).await.entries.len(), 1, "nothing new is said");
        assert_eq!(revise(Some(all_but(&["XC"]))).await.entries.len(), 2);
        assert_eq!(met_by(&world, record, "Калачёв Валерий", &ASKERS).await, ["XA", "XB", "SEC", "CCF"]);
    });
}

#[test]
fn the_same_words_of_two_owners_keep_each_its_own_records_from_others() {
    run(async {
        let world = world().await;
        let of_xa = enter(&world, "Калачев Валерий", Some(only(&["XC"]))).await;
        let submission = PersonSubmission {
            audience: Some(only(&["XC"])),
            ..world.submission(PURPOSE, wanted("Калачев Валерий"))
        };
        let xb = acting("XB", PURPOSE);
        let of_xb = world.app.submit_person(&xb, world.key(), submission).await.unwrap().records[0];
        assert_eq!(met_by(&world, of_xa, "Калачев Валерий", &ASKERS).await, ["XA", "XC", "CCF"]);
        assert_eq!(met_by(&world, of_xb, "Калачев Валерий", &ASKERS).await, ["XB", "XC", "CCF"]);
    });
}

#[test]
fn a_whole_database_is_kept_from_an_organisation_with_what_is_entered_later() {
    run(async {
        let world = world().await;
        let earlier = enter(&world, "Калачев Валерий", None).await;
        restrict(&world, &[], all_but(&["XB"])).await.unwrap();
        let later = enter(&world, "Образцов Пётр", Some(all_but(&["XC"]))).await;
        assert_eq!(met_by(&world, earlier, "Калачев Валерий", &["XA", "XB", "XC"]).await, ["XA", "XC"]);
        assert_eq!(met_by(&world, later, "Образцов Пётр", &["XA", "XB", "XC", "CCF"]).await, ["XA", "CCF"]);
        // Another database, and another owner's records, are not in it.
        let submission = world.submission(PURPOSE, stolen_passport("XA1112223", "XAX"));
        let ctx = acting("XA", PURPOSE);
        world.app.submit_travel_document(&ctx, world.key(), submission).await.unwrap();
        let answer = world.app.search(&acting("XB", PURPOSE), &numbered("XA1112223")).await.unwrap();
        assert_eq!(answer.candidates.len(), 1);
        let world = world.restart().await;
        assert_eq!(met_by(&world, earlier, "Калачев Валерий", &["XA", "XB", "XC"]).await, ["XA", "XC"]);

        // Everybody who enters closes; opening needs who may bind.
        let mut ctx = acting("XA", PURPOSE);
        ctx.rights = OfficerRights::default();
        let plan = |audience| RestrictionPlan { database: Database::Persons, records: None, audience };
        world.app.restrict(&ctx, world.key(), plan(all_but(&["XB", "XC"]))).await.unwrap();
        for wider in [all_but(&["XC"]), Audience::EVERYBODY, only(&["XB"])] {
            let refused = world.app.restrict(&ctx, world.key(), plan(wider)).await;
            assert!(matches!(refused, Err(AppError::Refused(Refusal::MayNotBind))));
        }
        ctx.rights.rights.push(OfficerRight::Bind);
        world.app.restrict(&ctx, world.key(), plan(Audience::EVERYBODY)).await.unwrap();
        assert_eq!(met_by(&world, earlier, "Калачев Валерий", &["XA", "XB", "XC"]).await, ["XA", "XB", "XC"]);
    });
}

#[test]
fn documents_of_a_batch_objects_and_links_are_kept_back_too() {
    run(async {
        let world = world().await;
        let (xa, xb, xc) = (acting("XA", PURPOSE), acting("XB", PURPOSE), acting("XC", PURPOSE));
        let documents = (0..3).map(|number| stolen_passport(&format!("XA00000{number}"), "XAX")).collect();
        let terms = world.terms(PURPOSE);
        let batch = DocumentBatchSubmission { terms, documents, audience: Some(all_but(&["XB"])) };
        let receipt = world.app.submit_document_batch(&xa, world.key(), batch).await.unwrap();
        let items = receipt.records.clone();
        let finds = async |ctx: &barid_app::OpContext, number: &str| {
            let answer = world.app.search(ctx, &numbered(number)).await.unwrap();
            answer.candidates.iter().map(|candidate| candidate.record).collect::<Vec<_>>()
        };
        assert_eq!((finds(&xb, "XA000001").await, finds(&xc, "XA000001").await), (vec![], vec![items[1]]));
        assert!(matches!(world.app.open(&xb, items[1]).await, Err(AppError::Absent)));
        let plan =
            |database, record, audience| RestrictionPlan { database, records: Some(vec![record]), audience };
        let lift = plan(Database::TravelDocuments, items[1], Audience::EVERYBODY);
        world.app.restrict(&xa, world.key(), lift).await.unwrap();
        assert_eq!(finds(&xb, "XA000001").await, [items[1]]);
        assert_eq!(finds(&xb, "XA000002").await, [], "the others are kept back as before");

        let car = world.submission(PURPOSE, stolen_car("А 123 ВС 77", "XAX"));
        let car = world.app.submit_object(&xa, world.key(), car).await.unwrap().records[0];
        let man = enter(&world, "Калачев Валерий", None).await;
        let stated = StatedLink {
            kind: LinkKind::OwnerOf,
            from: man,
            to: car,
            since: None,
            until: None,
            remarks: Vec::new(),
        };
        let link: LinkSubmission = world.submission(PURPOSE, stated);
        let link = world.app.submit_link(&xa, world.key(), link).await.unwrap().records[0];
        let links = async |ctx: &barid_app::OpContext| {
            world.app.links_of(ctx, man, None, 10).await.unwrap().links.len()
        };
        assert_eq!((links(&xb).await, links(&xc).await), (1, 1));
        let of_car = plan(Database::Vehicles, car, all_but(&["XB"]));
        world.app.restrict(&xa, world.key(), of_car).await.unwrap();
        assert_eq!((links(&xb).await, links(&xc).await), (0, 1), "with one of its two records");
        let sees_car = async |ctx: &barid_app::OpContext| {
            let answer = world.app.search(ctx, &typed("А 123 ВС 77")).await.unwrap();
            answer.candidates.iter().any(|candidate| candidate.record == car)
        };
        assert_eq!((sees_car(&xb).await, sees_car(&xc).await), (false, true));
        let of_link = plan(Database::Links, link, all_but(&["XC"]));
        world.app.restrict(&xa, world.key(), of_link).await.unwrap();
        assert_eq!((links(&xb).await, links(&xc).await, links(&xa).await), (0, 0, 1));
    });
}

#[test]
fn whatever_was_agreed_a_partner_does_not_meet_what_is_kept_from_it() {
    run(async {
        let world = World::exercise().build().await;
        let purpose = Purpose::DrugTrafficking;
        let submission = PersonSubmission {
            audience: Some(all_but(&["XPART"])),
            ..world.submission(purpose, wanted("Калачев Валерий"))
        };
        let xa = acting("XA", purpose);
        let kept = world.app.submit_person(&xa, world.key(), submission).await.unwrap().records[0];
        let submission = world.submission(purpose, wanted("Калачев Валерий"));
        let shown = world.app.submit_person(&xa, world.key(), submission).await.unwrap().records[0];
        let hits = barid_domain::agreements::Grant {
            operations: vec![barid_domain::agreements::GrantedOperation::HitNoHit],
            fields: Vec::new(),
            held: vec![Purpose::CounterTerrorism],
            duties: Vec::new(),
            ..grant(2, &["XPART"], &["XA"])
        };
        agreed(&world, &["XA", "XPART"], vec![grant(1, &["XPART"], &["XA"]), hits]).await;
        assert_eq!(found(&world, "XPART", purpose, "Калачев Валерий").await, [shown]);
        assert!(matches!(open(&world, "XPART", kept).await, Err(AppError::Absent)));
        // Of a record of which only is told that there is one nothing is told either.
        let held = world.submission(Purpose::CounterTerrorism, wanted("Образцов Пётр"));
        let ctx = acting("XA", Purpose::CounterTerrorism);
        let record = world.app.submit_person(&ctx, world.key(), held).await.unwrap().records[0];
        let ctx = acting("XPART", purpose);
        let told = async || world.app.search(&ctx, &named("Образцов Пётр")).await.unwrap().hits.len();
        assert_eq!(told().await, 1);
        restrict(&world, &[record], all_but(&["XPART"])).await.unwrap();
        assert_eq!(told().await, 0);
    });
}

#[test]
fn an_owner_reads_what_it_said_and_nobody_else_does() {
    run(async {
        let world = world().await;
        let mut records = Vec::new();
        for name in ["Калачев Валерий", "Образцов Пётр", "কালাচেভ"] {
            records.push(enter(&world, name, Some(all_but(&["XB"]))).await);
        }
        restrict(&world, &[], all_but(&["XC"])).await.unwrap();
        let xa = acting("XA", PURPOSE);
        records.sort();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.app.restrictions(&xa, after, 2).await.unwrap();
            assert_eq!(page.databases, [(Database::Persons, all_but(&["XC"]))]);
            assert!(page.records.iter().all(|one| one.audience == all_but(&["XB"])));
            seen.extend(page.records.iter().map(|one| one.record));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, records);
        for other in ["XB", "SEC"] {
            let page = world.app.restrictions(&acting(other, PURPOSE), None, 10).await.unwrap();
            assert!(page.databases.is_empty() && page.records.is_empty(), "{other}");
        }
        let refused = world.app.restrictions(&acting("CCF", Purpose::Oversight), None, 10).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::NotEntitled))));
        // An officer reads as far as its databases go.
        let mut ctx = acting("XA", PURPOSE);
        ctx.rights.databases = Some(vec![Database::Vehicles]);
        let page = world.app.restrictions(&ctx, None, 10).await.unwrap();
        assert!(page.databases.is_empty() && page.records.is_empty());
    });
}

#[test]
fn what_is_not_to_be_said_is_refused_whole() {
    run(async {
        let world = world().await;
        let record = enter(&world, "Калачев Валерий", None).await;
        let ended = enter(&world, "Образцов Пётр", None).await;
        let xa = acting("XA", PURPOSE);
        world.app.withdraw(&xa, world.key(), ended, WithdrawalReason::PurposeMet).await.unwrap();
        let unknown = RecordId::from_random([9; 16]);
        assert!(matches!(restrict(&world, &[record, unknown], only(&[])).await, Err(AppError::Absent)));
        restrict(&world, &[ended], only(&[])).await.unwrap();
        let plan = |database, audience| RestrictionPlan { database, records: Some(vec![record]), audience };
        let of_other = plan(Database::Persons, only(&[]));
        let refused = world.app.restrict(&acting("XB", PURPOSE), world.key(), of_other).await;
        assert!(matches!(refused, Err(AppError::Absent)), "another's record is as one that is not there");
        let wrong = world.app.restrict(&xa, world.key(), plan(Database::Vehicles, only(&[]))).await;
        assert!(matches!(wrong, Err(AppError::Absent)));
        for (audience, expected) in [
            (all_but(&["XB", "XQ"]), "audience.organisations[1]: unknown-code"),
            (all_but(&["CCF"]), "audience.organisations[0]: contradiction"),
            (all_but(&["XA"]), "audience.organisations: contradiction"),
        ] {
            assert_eq!(faults(restrict(&world, &[record], audience).await.unwrap_err()), [expected]);
        }
        let submission = PersonSubmission {
            audience: Some(all_but(&["XQ"])),
            ..world.submission(PURPOSE, person(&["Новый"]))
        };
        let refused = world.app.submit_person(&xa, world.key(), submission).await.unwrap_err();
        assert_eq!(faults(refused), ["terms.audience.organisations[0]: unknown-code"]);
        assert!(world.app.search(&xa, &named("Новый")).await.unwrap().candidates.is_empty());
        let commission = acting("CCF", Purpose::Oversight);
        let refused = world.app.restrict(&commission, world.key(), plan(Database::Persons, only(&[]))).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::NotEntitled))));
        let mut reader = acting("XA", PURPOSE);
        reader.rights.rights = vec![OfficerRight::Search, OfficerRight::Open, OfficerRight::Prove];
        let refused = world.app.restrict(&reader, world.key(), plan(Database::Persons, only(&[]))).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::Officer))));
        assert_eq!(met_by(&world, record, "Калачев Валерий", &ASKERS).await, ASKERS, "nothing was said");

        // Who is not cleared for every record keeps them back, and shows none.
        let mut little = acting("XA", PURPOSE);
        little.rights.clearance = Classification::OfficialUse;
        let narrower = plan(Database::Persons, all_but(&["XB"]));
        world.app.restrict(&little, world.key(), narrower).await.unwrap();
        let wider = plan(Database::Persons, Audience::EVERYBODY);
        let refused = world.app.restrict(&little, world.key(), wider).await;
        assert!(matches!(refused, Err(AppError::Refused(Refusal::Officer))));
    });
}

#[test]
fn said_twice_with_one_key_it_is_said_once_and_leaves_its_line() {
    run(async {
        let world = world().await;
        let record = enter(&world, "Калачев Валерий", None).await;
        let (xa, key) = (acting("XA", PURPOSE), world.key());
        let plan =
            |audience| RestrictionPlan { database: Database::Persons, records: Some(vec![record]), audience };
        let first = world.app.restrict(&xa, key, plan(only(&[]))).await.unwrap();
        let again = world.app.restrict(&xa, key, plan(only(&[]))).await.unwrap();
        assert!(again.replayed && again.entries == first.entries);
        let other = world.app.restrict(&xa, key, plan(Audience::EVERYBODY)).await;
        assert!(matches!(other, Err(AppError::KeyReused)));
        let lines = world.journal_of("XA").await;
        let said = lines.iter().filter(|line| line.operation == Operation::RestrictRecords);
        let phases: Vec<_> = said.clone().map(|line| line.phase).collect();
        assert_eq!(phases, [Phase::Committed, Phase::Begun, Phase::Refused]);
        assert_eq!(said.clone().next().unwrap().record, Some(record));
    });
}

#[test]
fn what_a_thief_opens_stays_closed_and_what_the_owner_closed_with_that_key_too() {
    run(async {
        let world = world().await;
        let by_thief = enter(&world, "Калачев Валерий", Some(all_but(&["XB"]))).await;
        let by_owner = enter(&world, "Образцов Пётр", None).await;
        // What counts of the key, as it turns out later.
        let streams = world.app.streams(&acting("XA", Purpose::Oversight)).await.unwrap();
        let own = streams.iter().filter(|head| head.stream.organisation == code("XA"));
        let mut up_to: Vec<_> = own.map(|head| Position { stream: head.stream, seq: head.size }).collect();
        up_to.sort();
        restrict(&world, &[by_thief], Audience::EVERYBODY).await.unwrap();
        restrict(&world, &[by_owner], all_but(&["XC"])).await.unwrap();
        let askers = ["XA", "XB", "XC"];
        assert_eq!(met_by(&world, by_thief, "Калачев Валерий", &askers).await, askers);

        world.pass_days(1);
        let registry = world.app.registry();
        let mut keys = registry.keys();
        let stolen = keys.find(|(_, key)| key.organisation == code("XA") && key.usage == KeyUsage::Entries);
        let change = KeyChange::Compromised { key: stolen.unwrap().0, up_to: Some(up_to) };
        let ctx = acting("SEC", Purpose::Oversight);
        let draft = world.app.draft_key_change(&ctx, code("XA"), &change).await.unwrap();
        world.app.complete_draft(&ctx, &draft, &draft, &[]).await.unwrap();
        let world = world.restart().await;
        assert_eq!(met_by(&world, by_thief, "Калачев Валерий", &askers).await, ["XA", "XC"]);
        assert_eq!(met_by(&world, by_owner, "Образцов Пётр", &askers).await, ["XA", "XB"]);
    });
}

#[test]
fn before_the_first_index_stands_others_records_are_not_opened() {
    run(async {
        let world = world().await;
        let record = enter(&world, "Калачев Валерий", Some(all_but(&["XB"]))).await;
        let world = world.close().await.start_without_index().await;
        assert!(world.app.open(&acting("XA", PURPOSE), record).await.is_ok());
        for asker in ["XB", "XC"] {
            for record in [record, RecordId::from_random([9; 16])] {
                let opened = world.app.open(&acting(asker, PURPOSE), record).await;
                assert!(matches!(opened, Err(AppError::NotReady)), "{asker}");
            }
        }
        let listed = world.app.restrictions(&acting("XA", PURPOSE), None, 10).await;
        assert!(matches!(listed, Err(AppError::NotReady)));
        // What was said before is not known: nothing is said that it might outrank.
        assert!(matches!(restrict(&world, &[record], only(&[])).await, Err(AppError::NotReady)));
        assert!(matches!(restrict(&world, &[], Audience::EVERYBODY).await, Err(AppError::NotReady)));
        let submission = PersonSubmission {
            audience: Some(only(&[])),
            ..world.submission(PURPOSE, wanted("Образцов Пётр"))
        };
        let ctx = acting("XA", PURPOSE);
        let refused = world.app.submit_person(&ctx, world.key(), submission).await;
        assert!(matches!(refused, Err(AppError::NotReady)));
        world.app.make_ready().await.unwrap();
        assert_eq!(met_by(&world, record, "Калачев Валерий", &["XA", "XB", "XC"]).await, ["XA", "XC"]);
    });
}

#[test]
fn the_stream_of_restrictions_is_read_by_its_owner_alone() {
    run(async {
        let world = world().await;
        enter(&world, "Калачев Валерий", Some(only(&[]))).await;
        for (asker, sees) in [("XA", true), ("XB", false), ("SEC", false)] {
            let streams = world.app.streams(&acting(asker, Purpose::Oversight)).await.unwrap();
            let said = streams.iter().any(|head| head.stream.class == StreamClass::Restrictions);
            assert_eq!(said, sees, "{asker}");
        }
    });
}
