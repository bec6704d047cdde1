//! Officers' accounts: invited, enrolled, signed in, narrowed by entities, attested, ended; and who only guesses.

use std::net::IpAddr;

use barid_app::{
    AppError, EnrolmentAsked, EntityPlan, Invited, NewSession, OfficerToken, OpContext, PersonAct,
    PersonChange, PersonPlan, SignInAsked, SignedIn, TokenDays,
};
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, Database, Purpose};
use barid_domain::officers::{OfficerRight, OfficerRights};
use barid_domain::people::{AccountState, EntityCode, SESSIONS_CAP};
use barid_domain::policy::Refusal;
use barid_domain::sign_in::{code_of, step_at};
use barid_testkit::world::{World, acting};

use crate::{named, run};

const PASSWORD: &str = "куст сирени у ворот";

fn plan(name: &str, entity: Option<&str>, rights: OfficerRights) -> PersonPlan {
    PersonPlan {
        name: name.to_owned(),
        entity: entity.map(|code| EntityCode::new(code).unwrap()),
        shown_as: "রহিম আহমেদ".to_owned(),
        rights,
        valid_from: None,
        valid_until: None,
    }
}

fn some_rights(rights: &[OfficerRight]) -> OfficerRights {
    OfficerRights { rights: rights.to_vec(), ..OfficerRights::default() }
}

fn head() -> OpContext {
    acting("XA", Purpose::Oversight)
}

async fn invite(world: &World, ctx: &OpContext, plan: PersonPlan) -> Result<Invited, AppError> {
    Ok(world.app.invite(ctx, world.key(), plan).await?.unwrap())
}

/// Enrols as its officer does; answers the secret of the device.
async fn enrol(world: &World, invited: &Invited) -> [u8; 20] {
    let asked = EnrolmentAsked { actor: invited.actor.clone(), code: invited.code.clone(), from: None };
    let shown = world.app.begin_enrolment(&asked).await.unwrap();
    let secret = from_base32(&shown.secret);
    world.app.enrol(&asked, PASSWORD, &code_of(&secret, step_at(world.now()))).await.unwrap();
    secret
}

fn from_base32(text: &str) -> [u8; 20] {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text.chars().map(|letter| format!("{:05b}", letters.find(letter).unwrap())).collect();
    std::array::from_fn(|i| u8::from_str_radix(&bits[i * 8..i * 8 + 8], 2).unwrap())
}

fn asked(world: &World, actor: &Actor, secret: &[u8; 20]) -> SignInAsked {
    let code = code_of(secret, step_at(world.now()));
    SignInAsked { actor: actor.clone(), password: PASSWORD.to_owned(), code, from: None }
}

async fn sign_in(world: &World, actor: &Actor, secret: &[u8; 20]) -> Result<NewSession, AppError> {
    // The code before was taken.
    world.pass_seconds(30);
    world.app.sign_in_officer(asked(world, actor, secret)).await
}

async fn signed_in(world: &World, session: &NewSession) -> Option<SignedIn> {
    world.app.sign_in(&session.token).await.unwrap()
}

fn acting_as(signed_in: SignedIn, purpose: Purpose) -> OpContext {
    let SignedIn { actor, rights, entity, .. } = signed_in;
    OpContext { actor, rights, entity, ..acting("XA", purpose) }
}

async fn change(
    world: &World,
    ctx: &OpContext,
    officer: &str,
    act: PersonAct,
) -> Result<Option<Invited>, AppError> {
    world.app.change_person(ctx, world.key(), PersonChange { officer: officer.to_owned(), act }).await
}

fn is_refused<T>(done: Result<T, AppError>) -> bool {
    matches!(done, Err(AppError::Refused(Refusal::Officer)))
}

fn faults<T>(done: Result<T, AppError>) -> Vec<String> {
    match done {
        Err(AppError::Faulty(faults)) => faults.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("done"),
    }
}

/// What the lines of the journal of XA's officers say was asked.
async fn asked_lines(world: &World) -> Vec<String> {
    world.journal_of("XA").await.into_iter().filter_map(|line| line.asked).collect()
}

fn is_nobody<T>(done: Result<T, AppError>) -> bool {
    matches!(done, Err(AppError::SignInRefused))
}

#[test]
fn an_officer_enrols_once_signs_in_and_acts_with_what_was_given() {
    run(async {
        let world = World::exercise().build().await;
        let given = some_rights(&[OfficerRight::Search]);
        let invited = invite(&world, &head(), plan("rahim", None, given.clone())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let again = EnrolmentAsked { actor: invited.actor.clone(), code: invited.code.clone(), from: None };
        assert!(is_nobody(world.app.begin_enrolment(&again).await), "the code is good once");
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let who = signed_in(&world, &session).await.unwrap();
        assert_eq!((&who.actor, &who.rights), (&invited.actor, &given));
        world.app.search(&acting_as(who, Purpose::BorderControl), &named("Калачев")).await.unwrap();
        let listed = world.app.people(&head()).await.unwrap();
        let rahim = listed.iter().find(|one| one.account.actor == invited.actor).unwrap();
        assert_eq!((rahim.account.state, rahim.due), (AccountState::Enrolled, false));
        assert!(rahim.account.password.is_none() && rahim.account.enrolment.is_none(), "no secret");
        assert_eq!(rahim.account.shown_as, "রহিম আহমেদ");
    });
}

#[test]
fn who_can_not_sign_in_is_told_one_thing_and_as_much_is_computed_for_nobody() {
    run(async {
        let world = World::exercise().build().await;
        let mut accounts = Vec::new();
        for name in ["rahim", "olga", "ended", "suspended", "waits"] {
            let plan = plan(name, None, some_rights(&[OfficerRight::Search]));
            let invited = invite(&world, &head(), plan).await.unwrap();
            let secret = if name == "waits" { [0; 20] } else { enrol(&world, &invited).await };
            accounts.push((invited.actor, secret));
        }
        change(&world, &head(), "ended", PersonAct::End).await.unwrap();
        change(&world, &head(), "suspended", PersonAct::Suspend).await.unwrap();
        let nobody = Actor::new(accounts[0].0.organisation, "nobody").unwrap();
        let elsewhere = Actor::new("XZZ".parse().unwrap(), "rahim").unwrap();
        world.pass_seconds(30);
        let right = |at: usize| asked(&world, &accounts[at].0, &accounts[at].1);
        let wrong = SignInAsked { password: "другие слова".into(), ..right(0) };
        let wrong_code = SignInAsked { code: "000000".into(), ..right(1) };
        let short = SignInAsked { password: "a".into(), ..right(1) };
        let unknown = SignInAsked { actor: nobody, ..right(0) };
        let stranger = SignInAsked { actor: elsewhere, ..right(0) };
        for (what, asked) in [
            ("a wrong password", wrong),
            ("a wrong code", wrong_code),
            ("no password at all", short),
            ("an unknown name", unknown),
            ("an unknown organisation", stranger),
            ("an ended account", right(2)),
            ("a suspended account", right(3)),
            ("one that has not enrolled", right(4)),
        ] {
            let before = world.app.passwords_hashed();
            assert!(is_nobody(world.app.sign_in_officer(asked).await), "{what}");
            assert_eq!(world.app.passwords_hashed() - before, 1, "{what}");
        }
        world.app.sign_in_officer(right(0)).await.unwrap();
    });
}

#[test]
fn a_code_is_taken_once_also_by_two_at_once() {
    run(async {
        let world = World::exercise().build().await;
        let plan = plan("rahim", None, some_rights(&[OfficerRight::Search]));
        let invited = invite(&world, &head(), plan).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let same = asked(&world, &invited.actor, &secret);
        assert!(is_nobody(world.app.sign_in_officer(same).await), "it was shown at the enrolment");
        world.pass_seconds(30);
        let twice = asked(&world, &invited.actor, &secret);
        let (one, other) =
            tokio::join!(world.app.sign_in_officer(twice.clone()), world.app.sign_in_officer(twice.clone()));
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1);
        assert!(is_nobody(world.app.sign_in_officer(twice).await));
    });
}

#[test]
fn guessing_is_slowed_down_for_who_guesses_and_not_for_the_officer() {
    run(async {
        let world = World::exercise().build().await;
        let plan = plan("rahim", None, some_rights(&[OfficerRight::Search]));
        let invited = invite(&world, &head(), plan).await.unwrap();
        let secret = enrol(&world, &invited).await;
        world.pass_seconds(30);
        let [guesser, desk]: [IpAddr; 2] = ["192.0.2.7".parse().unwrap(), "198.51.100.4".parse().unwrap()];
        let guess = |actor: &Actor, from: IpAddr| SignInAsked {
            password: "другие слова".into(),
            from: Some(from),
            ..asked(&world, actor, &secret)
        };
        let nobody = Actor::new(invited.actor.organisation, "nobody").unwrap();
        for actor in [&invited.actor, &nobody] {
            for _ in 0..5 {
                assert!(is_nobody(world.app.sign_in_officer(guess(actor, guesser)).await));
            }
            let before = world.app.passwords_hashed();
            for _ in 0..3 {
                let paused = world.app.sign_in_officer(guess(actor, guesser)).await;
                assert!(matches!(paused, Err(AppError::TooManyAttempts)), "whether there is one or not");
            }
            assert_eq!(world.app.passwords_hashed(), before, "nothing is looked at");
        }
        // The right words from there wait too; from elsewhere the officer is not held up, and told.
        let right = SignInAsked { from: Some(guesser), ..asked(&world, &invited.actor, &secret) };
        assert!(matches!(world.app.sign_in_officer(right).await, Err(AppError::TooManyAttempts)));
        let right = SignInAsked { from: Some(desk), ..asked(&world, &invited.actor, &secret) };
        assert_eq!(world.app.sign_in_officer(right).await.unwrap().failed_before, 5);
        // One address tries many names.
        let sprayer: IpAddr = "203.0.113.9".parse().unwrap();
        for number in 0..30 {
            let actor = Actor::new(nobody.organisation, &format!("nobody-{number}")).unwrap();
            assert!(is_nobody(world.app.sign_in_officer(guess(&actor, sprayer)).await), "{number}");
        }
        let actor = Actor::new(nobody.organisation, "nobody-30").unwrap();
        let paused = world.app.sign_in_officer(guess(&actor, sprayer)).await;
        assert!(matches!(paused, Err(AppError::TooManyAttempts)));
        world.pass_seconds(30);
        assert!(is_nobody(world.app.sign_in_officer(guess(&actor, sprayer)).await), "and goes on");
    });
}

#[test]
fn who_signs_in_all_day_from_one_address_is_not_held_up() {
    run(async {
        let world = World::exercise().build().await;
        let plan = plan("rahim", None, some_rights(&[OfficerRight::Search]));
        let invited = invite(&world, &head(), plan).await.unwrap();
        let secret = enrol(&world, &invited).await;
        for round in 0..40 {
            world.pass_seconds(30);
            let right = SignInAsked {
                from: Some("192.0.2.7".parse().unwrap()),
                ..asked(&world, &invited.actor, &secret)
            };
            assert!(world.app.sign_in_officer(right).await.is_ok(), "{round}");
        }
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let who = signed_in(&world, &session).await.unwrap();
        let listed = world.app.own_sessions(&who).await.unwrap();
        assert_eq!(listed.len(), SESSIONS_CAP, "the oldest ended for newer ones");
        assert_eq!(listed.last().map(|one| one.id), Some(session.id));
    });
}

#[test]
fn a_secret_is_shown_once_and_a_code_that_two_use_ends() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::default())).await.unwrap();
        let asked = EnrolmentAsked { actor: invited.actor.clone(), code: invited.code.clone(), from: None };
        let seen = from_base32(&world.app.begin_enrolment(&asked).await.unwrap().secret);
        assert!(is_nobody(world.app.begin_enrolment(&asked).await), "the officer finds that it was used");
        let code = code_of(&seen, step_at(world.now()));
        assert!(is_nobody(world.app.enrol(&asked, PASSWORD, &code).await), "who saw it first has nothing");
        let anew = change(&world, &head(), "rahim", PersonAct::NewCode).await.unwrap().unwrap();
        let secret = enrol(&world, &anew).await;
        assert_ne!(secret, seen, "drawn");
        let said = asked_lines(&world).await;
        for line in ["the secret of a device shown", "the code of enrolment was used again, and ended"] {
            assert!(said.iter().any(|one| one.starts_with(line)), "{line}: {said:?}");
        }
    });
}

#[test]
fn a_bureau_behind_one_address_enrols_and_mistypes_and_is_not_held_up() {
    run(async {
        let world = World::exercise().build().await;
        let from: Option<IpAddr> = Some("192.0.2.7".parse().unwrap());
        let mut last = None;
        for number in 0..20 {
            let plan = plan(&format!("officer-{number}"), None, OfficerRights::default());
            let invited = invite(&world, &head(), plan).await.unwrap();
            let asked = EnrolmentAsked { actor: invited.actor.clone(), code: invited.code, from };
            let shown = world.app.begin_enrolment(&asked).await.unwrap();
            let secret = from_base32(&shown.secret);
            let code = code_of(&secret, step_at(world.now()));
            world.app.enrol(&asked, PASSWORD, &code).await.unwrap();
            last = Some((invited.actor, secret));
        }
        let (actor, secret) = last.unwrap();
        for day in 0..40 {
            world.pass_seconds(7_200);
            let right = SignInAsked { from, ..self::asked(&world, &actor, &secret) };
            let wrong = SignInAsked { password: "другие слова".into(), ..right.clone() };
            assert!(is_nobody(world.app.sign_in_officer(wrong).await), "{day}");
            assert_eq!(world.app.sign_in_officer(right).await.unwrap().failed_before, 1, "{day}");
        }
    });
}

#[test]
fn a_stranger_with_many_addresses_does_not_hold_an_officer_up_at_its_desk() {
    run(async {
        let world = World::exercise().build().await;
        let plan = plan("rahim", None, some_rights(&[OfficerRight::Search]));
        let invited = invite(&world, &head(), plan).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let from = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let right = |desk: &str| SignInAsked { from: from(desk), ..asked(&world, &invited.actor, &secret) };
        world.pass_seconds(30);
        world.app.sign_in_officer(right("198.51.100.4")).await.unwrap();
        for number in 0..50 {
            let wrong = SignInAsked {
                password: "другие слова".into(),
                from: from(&format!("203.0.113.{number}")),
                ..right("203.0.113.0")
            };
            assert!(is_nobody(world.app.sign_in_officer(wrong).await), "{number}");
        }
        world.pass_seconds(30);
        let guess = |from: &str| SignInAsked { password: "другие слова".into(), ..right(from) };
        assert!(is_nobody(world.app.sign_in_officer(guess("203.0.113.100")).await));
        let elsewhere = world.app.sign_in_officer(right("203.0.113.200")).await;
        assert!(matches!(elsewhere, Err(AppError::TooManyAttempts)));
        assert_eq!(world.app.sign_in_officer(right("198.51.100.4")).await.unwrap().failed_before, 51);
        // Nobody learns from the counts that its officer signed in.
        let elsewhere = world.app.sign_in_officer(guess("203.0.113.201")).await;
        assert!(matches!(elsewhere, Err(AppError::TooManyAttempts)));
    });
}

#[test]
fn no_token_is_of_the_name_of_an_account_or_an_entity_or_the_node() {
    run(async {
        let world = World::exercise().build().await;
        let rights = some_rights(&[OfficerRight::Search]);
        let token = |officer: &str| OfficerToken {
            officer: officer.into(),
            days: TokenDays::DEFAULT,
            rights: rights.clone(),
        };
        for officer in ["desk", "port-7.desk"] {
            world.app.issue_to_officer(&head(), world.key(), token(officer)).await.unwrap();
        }
        let twice = invite(&world, &head(), plan("desk", None, rights.clone())).await;
        assert_eq!(faults(twice), ["officer: duplicate"], "its token would outlast it");
        let entity = EntityPlan {
            code: EntityCode::new("port-7").unwrap(),
            shown_as: "شرطة الميناء".into(),
            ceiling: rights.clone(),
        };
        let made = world.app.put_entity(&head(), world.key(), entity).await;
        assert_eq!(faults(made), ["entity: duplicate"]);
        for name in ["upkeep", "console"] {
            assert_eq!(
                faults(invite(&world, &head(), plan(name, None, rights.clone())).await),
                ["officer: duplicate"]
            );
            let made = world.app.issue_to_officer(&head(), world.key(), token(name)).await;
            assert_eq!(faults(made.map(drop)), ["officer: duplicate"]);
        }
    });
}

#[test]
fn who_is_suspended_is_let_in_again_by_no_new_code_and_what_was_given_is_in_the_line() {
    run(async {
        let world = World::exercise().build().await;
        let given = some_rights(&[OfficerRight::Search]);
        invite(&world, &head(), plan("rahim", None, given.clone())).await.unwrap();
        change(&world, &head(), "rahim", PersonAct::Suspend).await.unwrap();
        let anew = change(&world, &head(), "rahim", PersonAct::NewCode).await;
        assert_eq!(faults(anew), ["act: contradiction"]);
        let last = world.now().day().saturating_add(9);
        let rights =
            PersonAct::Rights { rights: some_rights(&[OfficerRight::Open]), valid_until: Some(last) };
        change(&world, &head(), "rahim", rights).await.unwrap();
        change(&world, &head(), "rahim", PersonAct::End).await.unwrap();
        let listed = world.app.people(&head()).await.unwrap();
        assert_eq!(listed[0].account.shown_as, "rahim", "its own name is needed no more");
        let said = asked_lines(&world).await;
        let until = format!("until {last}");
        assert!(said.iter().any(|one| one.contains(": open;") && one.contains(&until)), "{said:?}");
    });
}

#[test]
fn an_administrator_who_is_overtaken_by_a_sign_in_decides_anew() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::default())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        for round in 0..10 {
            world.pass_seconds(30);
            let head = head();
            let (changed, _) = tokio::join!(
                change(&world, &head, "rahim", PersonAct::Attest),
                change(&world, &head, "rahim", PersonAct::SignOut),
            );
            assert!(changed.is_ok(), "{round}");
            sign_in(&world, &invited.actor, &secret).await.unwrap();
        }
    });
}

#[test]
fn a_session_rests_ends_is_listed_and_ended() {
    run(async {
        let world = World::exercise().build().await;
        let plan = plan("rahim", None, OfficerRights::all());
        let invited = invite(&world, &head(), plan).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let first = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let second = sign_in(&world, &invited.actor, &secret).await.unwrap();
        world.pass_seconds(29 * 60);
        assert!(signed_in(&world, &second).await.is_some());
        world.pass_seconds(29 * 60);
        assert!(signed_in(&world, &first).await.is_none(), "it rested for too long");
        let who = signed_in(&world, &second).await.unwrap();
        let listed = world.app.own_sessions(&who).await.unwrap();
        assert_eq!(listed.iter().map(|one| (one.id, one.is_own)).collect::<Vec<_>>(), [(second.id, true)]);
        for _ in 0..23 {
            world.pass_seconds(29 * 60);
            let _ = signed_in(&world, &second).await;
        }
        assert!(signed_in(&world, &second).await.is_none(), "twelve hours are over");
        let third = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let fourth = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let who = signed_in(&world, &fourth).await.unwrap();
        assert!(world.app.sign_out(&who, Some(&third.id.to_string())).await.unwrap());
        assert!(signed_in(&world, &third).await.is_none());
        assert!(!world.app.sign_out(&who, Some(&third.id.to_string())).await.unwrap());
        assert!(world.app.sign_out(&who, None).await.unwrap());
        assert!(signed_in(&world, &fourth).await.is_none());
    });
}

#[test]
fn what_binds_or_administers_needs_a_new_sign_in() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::all())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let now = async || acting_as(signed_in(&world, &session).await.unwrap(), Purpose::Oversight);
        world.app.people(&now().await).await.unwrap();
        world.pass_seconds(15 * 60 + 1);
        let ctx = now().await;
        let waits = |done| matches!(done, Err(AppError::Refused(Refusal::SignInAnew)));
        assert!(waits(world.app.people(&ctx).await.map(drop)));
        assert!(waits(world.app.officers(&ctx).await.map(drop)));
        let token = OfficerToken {
            officer: "desk".into(),
            days: TokenDays::DEFAULT,
            rights: OfficerRights::default(),
        };
        assert!(waits(world.app.issue_to_officer(&ctx, world.key(), token).await.map(drop)));
        world
            .app
            .search(&OpContext { purpose: Purpose::BorderControl, ..ctx }, &named("Калачев"))
            .await
            .unwrap();
        let anew = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let ctx = acting_as(signed_in(&world, &anew).await.unwrap(), Purpose::Oversight);
        world.app.people(&ctx).await.unwrap();
    });
}

#[test]
fn what_an_administrator_does_counts_at_once() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::all())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let mut secret = secret;
        for (act, signs_in_again) in [
            (PersonAct::SignOut, true),
            (PersonAct::Suspend, false),
            (PersonAct::NewCode, false),
            (PersonAct::End, false),
        ] {
            let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
            assert!(signed_in(&world, &session).await.is_some());
            let anew = change(&world, &head(), "rahim", act.clone()).await.unwrap();
            assert!(signed_in(&world, &session).await.is_none(), "{act:?}");
            let again = sign_in(&world, &invited.actor, &secret).await;
            assert_eq!(again.is_ok(), signs_in_again, "{act:?}");
            if act == PersonAct::Suspend {
                change(&world, &head(), "rahim", PersonAct::Resume).await.unwrap();
            }
            if let Some(anew) = anew {
                secret = enrol(&world, &anew).await;
            }
        }
        let ended = change(&world, &head(), "rahim", PersonAct::Resume).await;
        assert_eq!(faults(ended), ["officer: contradiction"], "what has ended stays so");
        let invited = invite(&world, &head(), plan("olga", None, OfficerRights::all())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let less = some_rights(&[OfficerRight::Open]);
        let narrower = PersonAct::Rights { rights: less.clone(), valid_until: None };
        change(&world, &head(), "olga", narrower).await.unwrap();
        assert_eq!(signed_in(&world, &session).await.unwrap().rights, less, "the session too");
    });
}

#[test]
fn an_account_is_attested_each_year_by_somebody_else() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::all())).await.unwrap();
        let secret = enrol(&world, &invited).await;
        world.pass_days(340);
        assert!(world.app.people(&head()).await.unwrap()[0].due);
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let own = acting_as(signed_in(&world, &session).await.unwrap(), Purpose::Oversight);
        assert!(is_refused(change(&world, &own, "rahim", PersonAct::Attest).await));
        world.pass_days(27);
        assert!(is_nobody(sign_in(&world, &invited.actor, &secret).await));
        change(&world, &head(), "rahim", PersonAct::Attest).await.unwrap();
        sign_in(&world, &invited.actor, &secret).await.unwrap();
        world.pass_days(367);
        let host = world.acting("SEC", Purpose::Oversight);
        world.app.change_as_host(&host, &invited.actor, PersonAct::Attest).await.unwrap();
        sign_in(&world, &invited.actor, &secret).await.unwrap();
    });
}

#[test]
fn an_administrator_of_an_entity_looks_after_its_own_people_under_the_ceiling() {
    use OfficerRight::{Administer, Bind, Open, Search};
    run(async {
        let world = World::exercise().build().await;
        let ceiling = OfficerRights {
            databases: Some(vec![Database::Persons, Database::Vehicles]),
            clearance: Classification::Restricted,
            ..some_rights(&[Search, Open, Administer])
        };
        let entity = |code: &str, ceiling: &OfficerRights| EntityPlan {
            code: EntityCode::new(code).unwrap(),
            shown_as: "شرطة الميناء".into(),
            ceiling: ceiling.clone(),
        };
        for code in ["port-1", "port-2"] {
            world.app.put_entity(&head(), world.key(), entity(code, &ceiling)).await.unwrap();
        }
        let beyond = invite(&world, &head(), plan("fatima", Some("port-1"), OfficerRights::all())).await;
        assert_eq!(faults(beyond), ["rights: not-entitled"], "the entity has not");
        let unknown = invite(&world, &head(), plan("fatima", Some("port-3"), ceiling.clone())).await;
        assert_eq!(faults(unknown), ["entity: unknown-code"]);
        let invited = invite(&world, &head(), plan("fatima", Some("port-1"), ceiling.clone())).await.unwrap();
        assert_eq!(invited.actor.officer, "port-1.fatima", "every line tells the entity");
        let secret = enrol(&world, &invited).await;
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let fatima = acting_as(signed_in(&world, &session).await.unwrap(), Purpose::Oversight);
        // Own people, within the ceiling.
        let search = OfficerRights { rights: vec![Search], ..ceiling.clone() };
        invite(&world, &fatima, plan("ali", Some("port-1"), search.clone())).await.unwrap();
        let more = OfficerRights { rights: vec![Search, Bind], ..ceiling.clone() };
        for refused in [
            plan("b", Some("port-1"), more),
            plan("b", Some("port-1"), OfficerRights { databases: None, ..search.clone() }),
            plan("b", Some("port-2"), search.clone()),
            plan("b", None, search.clone()),
        ] {
            assert!(is_refused(invite(&world, &fatima, refused.clone()).await), "{refused:?}");
        }
        // Others' people are not there, and what is the organisation's is not theirs.
        invite(&world, &head(), plan("rahim", None, search.clone())).await.unwrap();
        invite(&world, &head(), plan("zeynep", Some("port-2"), search.clone())).await.unwrap();
        let names = async |ctx: &OpContext| {
            let listed = world.app.people(ctx).await.unwrap();
            listed.into_iter().map(|one| one.account.actor.officer).collect::<Vec<_>>()
        };
        assert_eq!(names(&fatima).await, ["port-1.ali", "port-1.fatima"]);
        assert_eq!(names(&head()).await, ["port-1.ali", "port-1.fatima", "port-2.zeynep", "rahim"]);
        for other in ["rahim", "port-2.zeynep", "nobody"] {
            let done = change(&world, &fatima, other, PersonAct::Suspend).await;
            assert!(matches!(done, Err(AppError::Absent)), "{other}");
        }
        change(&world, &fatima, "port-1.ali", PersonAct::Suspend).await.unwrap();
        assert_eq!(world.app.entities(&fatima).await.unwrap().len(), 1);
        let wider = entity("port-1", &OfficerRights::all());
        assert!(is_refused(world.app.put_entity(&fatima, world.key(), wider).await), "its own ceiling");
        let token = OfficerToken { officer: "desk".into(), days: TokenDays::DEFAULT, rights: search.clone() };
        assert!(is_refused(world.app.issue_to_officer(&fatima, world.key(), token).await));
        assert!(is_refused(world.app.officers(&fatima).await));
        for taken in ["rahim", "port-1.fatima", "port-2.anybody"] {
            let token =
                OfficerToken { officer: taken.into(), days: TokenDays::DEFAULT, rights: search.clone() };
            let made = world.app.issue_to_officer(&head(), world.key(), token).await;
            assert_eq!(faults(made.map(drop)), ["officer: duplicate"], "{taken}");
        }
        // A lower ceiling counts at once.
        let lower = OfficerRights { rights: vec![Search], ..ceiling.clone() };
        world.app.put_entity(&head(), world.key(), entity("port-1", &lower)).await.unwrap();
        assert_eq!(signed_in(&world, &session).await.unwrap().rights, lower);
    });
}

#[test]
fn who_administers_less_hands_out_nothing_of_who_may_more() {
    use OfficerRight::{Administer, Search};
    run(async {
        let world = World::exercise().build().await;
        invite(&world, &head(), plan("chief", None, OfficerRights::all())).await.unwrap();
        let less = some_rights(&[Search, Administer]);
        let small = OpContext { rights: less.clone(), ..head() };
        for act in [PersonAct::NewCode, PersonAct::Attest, PersonAct::Resume] {
            assert!(is_refused(change(&world, &small, "chief", act.clone()).await), "{act:?}");
        }
        let all = PersonAct::Rights { rights: OfficerRights::all(), valid_until: None };
        assert!(is_refused(change(&world, &small, "chief", all).await));
        change(&world, &small, "chief", PersonAct::Suspend).await.unwrap();
        let none = OpContext { rights: some_rights(&[Search]), ..head() };
        for name in ["chief", "nobody"] {
            assert!(is_refused(change(&world, &none, name, PersonAct::Suspend).await), "{name}");
        }
        assert!(is_refused(world.app.people(&none).await));
        let elsewhere = acting("XB", Purpose::Oversight);
        let done = change(&world, &elsewhere, "chief", PersonAct::Suspend).await;
        assert!(matches!(done, Err(AppError::Absent)), "another organisation's");
    });
}

#[test]
fn a_code_of_enrolment_ends_and_a_password_is_one() {
    run(async {
        let world = World::exercise().build().await;
        let invited = invite(&world, &head(), plan("rahim", None, OfficerRights::default())).await.unwrap();
        let asked = EnrolmentAsked { actor: invited.actor.clone(), code: invited.code.clone(), from: None };
        let secret = from_base32(&world.app.begin_enrolment(&asked).await.unwrap().secret);
        let code = code_of(&secret, step_at(world.now()));
        for (password, fault) in [
            ("короче", "password: too-short"),
            ("Password-2026", "password: too-common"),
            ("রহিম আহমেদ", "password: too-common"),
        ] {
            let from: IpAddr = "192.0.2.1".parse().unwrap();
            let asked = EnrolmentAsked { from: Some(from), ..asked.clone() };
            assert_eq!(faults(world.app.enrol(&asked, password, &code).await), [fault]);
        }
        let other_code = world.app.enrol(&asked, PASSWORD, "000000").await;
        assert_eq!(faults(other_code), ["device_code: not-this-one"]);
        let twice = invite(&world, &head(), plan("rahim", None, OfficerRights::default())).await;
        assert_eq!(faults(twice), ["officer: duplicate"]);
        world.pass_seconds(72 * 3_600);
        assert!(is_nobody(world.app.begin_enrolment(&asked).await), "its time is over");
        let anew = change(&world, &head(), "rahim", PersonAct::NewCode).await.unwrap().unwrap();
        assert!(is_nobody(world.app.begin_enrolment(&asked).await), "not the old one");
        enrol(&world, &anew).await;
    });
}

#[test]
fn the_host_invites_the_first_administrator_and_nobody_else_may() {
    run(async {
        let world = World::exercise().build().await;
        let to = || barid_app::InvitedTo {
            organisation: "XB".parse().unwrap(),
            plan: plan("head", None, OfficerRights::all()),
        };
        assert!(world.app.invite_as_host(&head(), to()).await.is_err(), "XA runs no node");
        let host = world.acting("SEC", Purpose::Oversight);
        let invited = world.app.invite_as_host(&host, to()).await.unwrap();
        let secret = enrol(&world, &invited).await;
        let session = sign_in(&world, &invited.actor, &secret).await.unwrap();
        let first = OpContext {
            actor: invited.actor.clone(),
            ..acting_as(signed_in(&world, &session).await.unwrap(), Purpose::Oversight)
        };
        assert_eq!(world.app.people(&first).await.unwrap().len(), 1);
    });
}
