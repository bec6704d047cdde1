//! Who sees what: purposes, exercises, partners, suspended organisations; and that hidden records change nothing.

use barid_app::{AppError, Query, TokenDays};
use barid_domain::audit::Phase;
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::{IdempotencyKey, RecordId};
use barid_domain::registry::Standing;
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{named, numbered, run, said, typed, un};

fn key(number: u8) -> IdempotencyKey {
    IdempotencyKey::from_random([number; 16])
}

async fn enter(world: &World, organisation: &str, purpose: Purpose, number: u8, names: &[&str]) -> RecordId {
    let submission = world.submission(purpose, person(names));
    let ctx = acting(organisation, purpose);
    world.app.submit_person(&ctx, key(number), submission).await.unwrap().records[0]
}

async fn report(world: &World, bureau: &str, purpose: Purpose, id: u8, number: &str) -> RecordId {
    let submission = world.submission(purpose, stolen_passport(number, &format!("{bureau}X")));
    let ctx = acting(bureau, purpose);
    world.app.submit_travel_document(&ctx, key(id), submission).await.unwrap().records[0]
}

#[test]
fn exercises_stay_among_themselves() {
    run(async {
        let world = World::exercise().build().await;
        let drill = enter(&world, "XA", Purpose::Exercise, 1, &["Образцов Учебный"]).await;
        let real = enter(&world, "XA", Purpose::CriminalInvestigation, 2, &["Образцов Настоящий"]).await;
        report(&world, "XA", Purpose::Exercise, 3, "XA1111111").await;
        let seen = async |purpose: Purpose, text: &str| {
            let answer = world.app.search(&acting("XB", purpose), &typed(text)).await.unwrap();
            answer.candidates.iter().map(|c| (c.record, c.exercise)).collect::<Vec<_>>()
        };
        assert_eq!(seen(Purpose::Exercise, "Образцов Учебный").await, [(drill, true)]);
        assert_eq!(seen(Purpose::BorderControl, "Образцов Настоящий").await, [(real, false)]);
        assert_eq!(seen(Purpose::BorderControl, "Образцов Учебный").await.iter().filter(|c| c.1).count(), 0);
        assert_eq!(seen(Purpose::Exercise, "Образцов Настоящий").await.iter().filter(|c| !c.1).count(), 0);
        assert_eq!(seen(Purpose::Exercise, "XA1111111").await.len(), 1);
        assert_eq!(seen(Purpose::BorderControl, "XA1111111").await.len(), 0);
        for (purpose, record) in [(Purpose::BorderControl, drill), (Purpose::Exercise, real)] {
            assert!(matches!(world.app.open(&acting("XB", purpose), record).await, Err(AppError::Absent)));
        }
        // Everybody sees its own records, whatever the purpose.
        assert!(world.app.open(&acting("XA", Purpose::BorderControl), drill).await.is_ok());
    });
}

#[test]
fn reference_lists_answer_every_purpose_that_searches() {
    run(async {
        for purpose in [Purpose::Exercise, Purpose::Humanitarian, Purpose::Cybercrime] {
            let answer =
                un().await.world.app.search(&acting("XC", purpose), &named("Joseph Kony")).await.unwrap();
            assert_eq!(answer.candidates[0].reference.as_deref(), Some("CFi.009"), "{purpose}");
        }
    });
}

#[test]
fn only_those_who_oversee_search_for_oversight_and_only_the_secretariat_enters_reference_lists() {
    run(async {
        let world = World::exercise().commission("COM").build().await;
        enter(&world, "XA", Purpose::DrugTrafficking, 1, &["Калачев Учебный"]).await;
        let refused = world.app.search(&acting("XB", Purpose::Oversight), &named("Калачев Учебный")).await;
        assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
        let seen =
            world.app.search(&acting("COM", Purpose::Oversight), &named("Калачев Учебный")).await.unwrap();
        assert_eq!(seen.candidates.len(), 1);
        let mut claimed = world.submission(Purpose::BorderControl, person(&["Калачев Учебный"]));
        claimed.terms.provenance = Some(barid_domain::terms::Provenance {
            source: "UN".to_owned(),
            reference: "QDi.999".to_owned(),
            edition: None,
        });
        let held_for_sanctions = world.submission(Purpose::Sanctions, person(&["Калачев Учебный"]));
        for submission in [claimed, held_for_sanctions] {
            let refused =
                world.app.submit_person(&acting("XA", Purpose::BorderControl), world.key(), submission).await;
            assert_eq!(refused.unwrap_err().code(), "purpose-not-allowed");
        }
    });
}

#[test]
fn a_name_with_a_year_behind_it_is_searched_as_a_name_too() {
    run(async {
        let world = World::exercise().build().await;
        enter(&world, "XA", Purpose::BorderControl, 1, &["Obraztsov Uchebny"]).await;
        for typed in ["Obraztsov Uchebny 1984", "Obraztsov Uchebny 17.05.1984"] {
            let query = barid_app::Query { text: Some(typed.to_owned()), ..barid_app::Query::default() };
            let seen = world.app.search(&acting("XB", Purpose::BorderControl), &query).await.unwrap();
            assert_eq!(seen.candidates.len(), 1, "{typed}");
        }
    });
}

#[test]
fn a_partner_without_an_agreement_is_refused_and_the_refusal_is_in_the_journal() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XA", Purpose::BorderControl, 1, &["Калачев"]).await;
        let partner = acting("XPART", Purpose::BorderControl);
        let refused = [
            world.app.search(&partner, &named("Калачев")).await.unwrap_err(),
            world.app.open(&partner, record).await.unwrap_err(),
            world.app.open(&partner, RecordId([9; 16])).await.unwrap_err(),
        ];
        for error in &refused {
            assert_eq!(error.code(), "not-entitled");
        }
        let submission = world.submission(Purpose::BorderControl, person(&["Калачев"]));
        let refused = world.app.submit_person(&partner, world.key(), submission).await.unwrap_err();
        assert_eq!(refused.code(), "not-entitled");

        let lines = world.journal_of("XPART").await;
        let phases: Vec<Phase> = lines.iter().map(|line| line.phase).collect();
        assert_eq!(phases, [Phase::Begun, Phase::Refused].repeat(4));
        let refusals: Vec<_> = lines.iter().filter_map(|line| line.refusal.as_deref()).collect();
        assert_eq!(refusals, ["not-entitled"; 4]);
        assert_eq!(
            lines[0].asked.as_deref(),
            Some("name=Калачев\n"),
            "what was asked is kept, though refused"
        );
    });
}

#[test]
fn a_suspended_organisation_asks_nothing_and_returns() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, "XC", Purpose::BorderControl, 1, &["अभ्यास नमूना"]).await;
        let ctx = world.acting("SEC", Purpose::Exercise);
        let officer = acting("XC", Purpose::Exercise).actor;
        let token = world.app.issue_credential(&ctx, &officer, TokenDays::DEFAULT).await.unwrap().token;
        assert!(world.app.authenticate(&token).await.unwrap().is_some());

        let world = world.state_standing("XC", Standing::Suspended).await;
        let xc = acting("XC", Purpose::BorderControl);
        assert_eq!(
            world.app.search(&xc, &named("अभ्यास")).await.unwrap_err().code(),
            "organisation-not-active"
        );
        assert_eq!(world.app.open(&xc, record).await.unwrap_err().code(), "organisation-not-active");
        let submission = world.submission(Purpose::BorderControl, person(&["नमूना"]));
        let refused = world.app.submit_person(&xc, world.key(), submission).await.unwrap_err();
        assert_eq!(refused.code(), "organisation-not-active");
        let refused =
            world.app.withdraw(&xc, world.key(), record, WithdrawalReason::Mistaken).await.unwrap_err();
        assert_eq!(refused.code(), "organisation-not-active");
        assert_eq!(world.app.authenticate(&token).await.unwrap(), None, "its tokens sign in nobody");
        let registry = world.registry_stream();
        let own = [
            world.app.own_records(&xc, None, 10).await.err(),
            world.app.outcome(&xc, key(1)).await.err(),
            world.app.streams(&xc).await.err(),
            world.app.checkpoint(&xc, registry).await.err(),
            world.app.prove_entry(&xc, world.fingerprint).await.err(),
            world.app.prove_access(&xc, world.fingerprint).await.err(),
            world.app.prove_consistency(&xc, registry, 1).await.err(),
        ];
        assert_eq!(own.map(|error| error.map(|error| error.code())), [Some("organisation-not-active"); 7]);
        // What it stated before stands, and others find it.
        let xa = acting("XA", Purpose::BorderControl);
        assert_eq!(world.app.search(&xa, &named("अभ्यास नमूना")).await.unwrap().candidates.len(), 1);
        assert!(world.app.open(&xa, record).await.is_ok());

        let world = world.state_standing("XC", Standing::Active).await;
        assert!(world.app.search(&xc, &named("अभ्यास")).await.is_ok());
        assert!(world.app.authenticate(&token).await.unwrap().is_some());
    });
}

#[test]
fn an_organisation_that_nobody_registered_is_refused() {
    run(async {
        let world = World::exercise().build().await;
        let refused = world.app.search(&acting("ZZ", Purpose::BorderControl), &named("Калачев")).await;
        assert_eq!(refused.unwrap_err().code(), "organisation-not-active");
    });
}

#[test]
fn absent_hidden_withdrawn_and_erased_records_answer_alike() {
    run(async {
        let world = World::exercise().build().await;
        let hidden = enter(&world, "XA", Purpose::Exercise, 1, &["Калачев"]).await;
        let withdrawn = enter(&world, "XA", Purpose::BorderControl, 2, &["Калачев"]).await;
        let ctx = acting("XA", Purpose::BorderControl);
        world.app.withdraw(&ctx, key(3), withdrawn, WithdrawalReason::Mistaken).await.unwrap();
        let xb = acting("XB", Purpose::BorderControl);
        let mut answers = Vec::new();
        for record in [RecordId::from_random(world.draw()), hidden, withdrawn] {
            let error = world.app.open(&xb, record).await.unwrap_err();
            answers.push(format!("{} {error} {error:?}", error.code()));
        }
        assert_eq!(answers, vec![answers[0].clone(); 3]);
        let lines = world.journal_of("XB").await;
        let refusals: Vec<_> = lines.iter().filter_map(|line| line.refusal.as_deref()).collect();
        assert_eq!(refusals, ["absent"; 3]);
    });
}

/// What an officer of XB and one of XA can get to see, put into words.
async fn everything_said(world: &World, records: &[RecordId]) -> String {
    let app = &world.app;
    let mut all = String::new();
    let names = ["Калачев Валерий", "Kalachev", "কালাচেভ", "كالاتشيف", "卡拉切夫", "Valery", "Совсем Другой"];
    for purpose in [Purpose::CriminalInvestigation, Purpose::DrugTrafficking] {
        let ctx = acting("XB", purpose);
        for name in names {
            for limit in [None, Some(1), Some(2), Some(50)] {
                all += &said(&app.search(&ctx, &Query { limit, ..named(name) }).await.unwrap());
            }
            let birth = Some("1971".to_owned());
            all += &said(&app.search(&ctx, &Query { birth, ..named(name) }).await.unwrap());
        }
        for number in ["XA1234567", "XA7654321", "XB1234567", "B0100"] {
            all += &said(&app.search(&ctx, &numbered(number)).await.unwrap());
        }
        for record in records {
            match app.open(&ctx, *record).await {
                Ok(opened) => {
                    all += &format!("{:?} {:?} {:?}\n", opened.terms, opened.statement, opened.version)
                }
                Err(error) => all += &format!("{error:?}\n"),
            }
        }
    }
    for organisation in ["XA", "XB"] {
        for limit in [1, 500] {
            let own =
                app.own_records(&acting(organisation, Purpose::BorderControl), None, limit).await.unwrap();
            all += &own.iter().map(|own| format!("{} {}\n", own.record, own.version)).collect::<String>();
        }
    }
    all
}

#[test]
fn a_world_with_hidden_records_answers_as_one_without() {
    run(async {
        let mut said = Vec::new();
        let mut hidden = vec![RecordId([1; 16]), RecordId([2; 16])];
        // The world with the hidden records first, so that both are asked for the same ids.
        for with_hidden in [true, false] {
            let world = World::exercise().build().await;
            if with_hidden {
                for (number, name) in (100..).zip(["Калачев Валерий", "Kalachev Valery", "كالاتشيف", "Valery"])
                {
                    hidden.push(enter(&world, "XC", Purpose::Exercise, number, &[name]).await);
                    hidden.push(enter(&world, "XC", Purpose::Humanitarian, number + 50, &[name]).await);
                }
                report(&world, "XC", Purpose::Exercise, 200, "XA1234567").await;
            }
            let mut visible = Vec::new();
            visible
                .push(enter(&world, "XA", Purpose::BorderControl, 1, &["Калачев Валерий", "Kalachev"]).await);
            visible.push(enter(&world, "XA", Purpose::CriminalInvestigation, 2, &["Kalachev Viktor"]).await);
            visible.push(enter(&world, "XB", Purpose::DrugTrafficking, 3, &["Valery Other"]).await);
            report(&world, "XA", Purpose::BorderControl, 4, "XA1234567").await;
            report(&world, "XB", Purpose::BorderControl, 5, "XB1234567").await;
            if with_hidden {
                report(&world, "XC", Purpose::Exercise, 201, "XB1234567").await;
                hidden.push(enter(&world, "XC", Purpose::Exercise, 202, &["Калачев Валерий"]).await);
            }
            let asked: Vec<RecordId> = hidden.iter().chain(&visible).copied().collect();
            said.push(everything_said(&world, &asked).await);
            let world = world.restart().await;
            said.push(everything_said(&world, &asked).await);
        }
        assert!(said[0].contains("Калачев Валерий") && said[0].contains("Absent"));
        assert!(said.iter().all(|other| *other == said[0]), "{}\n======\n{}", said[0], said[2]);
    });
}
