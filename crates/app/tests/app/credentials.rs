//! Tokens: whom they sign in, until when, and what is kept of them.

use barid_app::{AppError, TokenDays};
use barid_domain::codes::Purpose;
use barid_testkit::world::{World, acting};

use crate::run;

#[test]
fn a_token_lasts_between_a_day_and_a_leap_year() {
    assert_eq!(TokenDays::new(0), None);
    assert_eq!(TokenDays::new(1).map(TokenDays::get), Some(1));
    assert_eq!(TokenDays::new(366), Some(TokenDays::LONGEST));
    assert_eq!(TokenDays::new(367), None);
}

#[test]
fn a_token_signs_in_until_it_ends() {
    run(async {
        let world = World::exercise().build().await;
        let secretariat = world.acting("SEC", Purpose::Oversight);
        let officer = acting("XA", Purpose::Exercise).actor;
        let days = TokenDays::new(2).unwrap();
        let issued = world.app.issue_credential(&secretariat, &officer, days).await.unwrap();
        assert_eq!(world.app.authenticate(&issued.token).await.unwrap(), Some(officer.clone()));
        world.pass_days(1);
        assert_eq!(world.app.authenticate(&issued.token).await.unwrap(), Some(officer.clone()));
        world.pass_days(1);
        assert_eq!(world.app.authenticate(&issued.token).await.unwrap(), None);
        // It stays ended after a restart, and in the list until it is taken out.
        let world = world.restart().await;
        assert_eq!(world.app.authenticate(&issued.token).await.unwrap(), None);
        let listed = world.app.list_credentials(&secretariat).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0].actor, listed[0].ends_at), (&officer, issued.ends_at));
    });
}

/// Somebody who is told that a good token is none throws it away.
#[test]
fn a_store_that_can_not_be_asked_is_not_an_unknown_token() {
    run(async {
        let world = World::exercise().build().await;
        let secretariat = world.acting("SEC", Purpose::Oversight);
        let officer = acting("XA", Purpose::Exercise).actor;
        let days = TokenDays::new(2).unwrap();
        let issued = world.app.issue_credential(&secretariat, &officer, days).await.unwrap();
        for file in ["barid.db-wal", "barid.db-shm", "barid.db"] {
            std::fs::write(world.data().join(file), [0u8; 4096]).unwrap();
        }
        let asked = world.app.authenticate(&issued.token).await;
        assert!(matches!(asked, Err(barid_app::AppError::Store(_))), "{asked:?}");
        let malformed = world.app.authenticate("no token").await;
        assert_eq!(malformed.unwrap(), None, "nothing has to be asked");
        world.abandon();
    });
}

#[test]
fn a_token_that_is_taken_back_signs_in_nobody() {
    run(async {
        let world = World::exercise().build().await;
        let secretariat = world.acting("SEC", Purpose::Oversight);
        let officer = acting("XB", Purpose::Exercise).actor;
        let kept = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
        let lost = world.app.issue_credential(&secretariat, &officer, TokenDays::LONGEST).await.unwrap();
        let listed = world.app.list_credentials(&secretariat).await.unwrap();
        let id = listed.iter().find(|one| one.ends_at == lost.ends_at).unwrap().id.to_string();

        for refused in ["", &id[..7], "0000000000000000", "' OR '1'='1"] {
            let answer = world.app.revoke_credential(&secretariat, refused).await;
            assert!(matches!(answer, Err(AppError::Absent)), "{refused}");
        }
        let bureau = world.acting("XA", Purpose::CriminalInvestigation);
        assert_eq!(world.app.revoke_credential(&bureau, &id).await.unwrap_err().code(), "not-entitled");
        assert_eq!(world.app.list_credentials(&bureau).await.unwrap_err().code(), "not-entitled");

        assert_eq!(world.app.revoke_credential(&secretariat, &id).await.unwrap(), officer);
        assert_eq!(world.app.authenticate(&lost.token).await.unwrap(), None);
        assert_eq!(world.app.authenticate(&kept.token).await.unwrap(), Some(officer));
        assert!(matches!(world.app.revoke_credential(&secretariat, &id).await, Err(AppError::Absent)));

        let lines = world.journal_of("SEC").await;
        let asked: Vec<&str> = lines.iter().filter_map(|line| line.asked.as_deref()).collect();
        let end = format!("end of credential {id} of XB/officer-1");
        assert!(asked.contains(&end.as_str()), "{asked:?}");
        let made = "credential of XB/officer-1 for 366 days: search+screen+open+enter+withdraw+prove; \
                    databases all; purposes all; up to confidential";
        assert!(asked.contains(&made), "{asked:?}");
        assert!(!format!("{asked:?}").contains(&lost.token), "no token in the journal");
    });
}

#[test]
fn of_its_use_the_day_is_kept_and_no_hour() {
    run(async {
        let world = World::exercise().build().await;
        let secretariat = world.acting("SEC", Purpose::Oversight);
        let officer = acting("XA", Purpose::Exercise).actor;
        let issued = world.app.issue_credential(&secretariat, &officer, TokenDays::DEFAULT).await.unwrap();
        let last_used =
            async |world: &World| world.app.list_credentials(&secretariat).await.unwrap()[0].last_used_on;
        assert_eq!(last_used(&world).await, None);
        let first = world.now().day();
        world.app.authenticate(&issued.token).await.unwrap();
        world.app.upkeep().await.unwrap();
        assert_eq!(last_used(&world).await, Some(first));
        world.pass_days(3);
        world.app.authenticate(&issued.token).await.unwrap();
        // Closing in order writes it down too.
        let world = world.restart().await;
        assert_eq!(last_used(&world).await, Some(first.saturating_add(3)));
    });
}
