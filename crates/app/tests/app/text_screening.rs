//! Texts: what is found in them, what hidden, withdrawn and revised records change, the lines in the journal.

use barid_app::{AppError, PersonSubmission, Submission, TextScreening, TextScreeningAnswer};
use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{DocumentType, Purpose, WithdrawalReason};
use barid_domain::countries::CountryCode;
use barid_domain::ids::RecordId;
use barid_domain::persons::HeldDocument;
use barid_domain::text_screening::{StretchKind, TEXT_CAP};
use barid_testkit::world::{World, acting, person, stolen_passport, terms};
use sha2::{Digest, Sha256};

use crate::holding::hold_back;
use crate::{run, un};

const PURPOSE: Purpose = Purpose::CriminalInvestigation;

/// Listed people in six scripts, and some whom nobody knows.
const NEWS: &str = "Джозефа Кони видели в Уганде. طارق عزیز در زندان درگذشت. জোসেফ কোনিকে খোঁজা হচ্ছে বলে জানা গেছে। \
    जोसेफ कोनी ने कहा। Tariq Aziz was the minister. 约瑟夫·科尼在乌干达。 Пётр Образцов и Вера Примерова не найдены.";

fn text(text: &str) -> TextScreening {
    TextScreening { text: text.to_owned(), ..TextScreening::default() }
}

async fn screen(world: &World, organisation: &str, asked: &str) -> TextScreeningAnswer {
    world.app.screen_text(&acting(organisation, PURPOSE), &text(asked)).await.unwrap()
}

/// An answer without what differs from act to act.
fn said(answer: &TextScreeningAnswer) -> String {
    let TextScreeningAnswer { alert_threshold, least_score, stretches, is_cut, .. } = answer;
    format!("{alert_threshold} {least_score} {is_cut} {stretches:#?}")
}

fn found(answer: &TextScreeningAnswer) -> Vec<(String, Vec<RecordId>)> {
    let of =
        |candidates: &[barid_app::Candidate]| candidates.iter().map(|candidate| candidate.record).collect();
    answer.stretches.iter().map(|stretch| (stretch.text.clone(), of(&stretch.candidates))).collect()
}

async fn enter(world: &World, purpose: Purpose, name: &str) -> barid_app::Receipt {
    let submission = world.submission(purpose, person(&[name]));
    world.app.submit_person(&acting("XB", purpose), world.key(), submission).await.unwrap()
}

#[test]
fn listed_people_are_found_in_any_script_with_and_without_layers() {
    run(async {
        let world = un().await.closed.start_copy(81).await;
        let before = screen(&world, "XA", NEWS).await;
        let kony = before.stretches.iter().filter(|stretch| {
            stretch.candidates.iter().any(|candidate| candidate.reference.as_deref() == Some("CFi.009"))
        });
        assert!(kony.count() >= 4, "{:?}", found(&before));
        assert!(before.stretches.iter().all(|stretch| !stretch.text.contains("Образцов")));
        let memory = world.app.index_memory();
        assert_eq!(memory.text_bytes, 0, "few enough to be read as they are");
        world.app.upkeep().await.unwrap();
        assert!(world.app.index_memory().text_bytes > 0, "now they stand in a layer");
        assert_eq!(said(&screen(&world, "XA", NEWS).await), said(&before));
    });
}

/// A layer is older than what is entered, revised, withdrawn or hidden after it: none of that may be answered from it.
#[test]
fn a_layer_that_is_behind_answers_what_is_recorded_now() {
    run(async {
        let world = un().await.closed.start_copy(82).await;
        let first = enter(&world, PURPOSE, "Калачев Валерий").await;
        let leaves = enter(&world, PURPOSE, "Примерова Вера").await.records[0];
        let due = Submission {
            terms: terms(PURPOSE, world.today().saturating_add(3)),
            ..world.submission(PURPOSE, person(&["Образцова Нина"]))
        };
        let ctx = acting("XB", PURPOSE);
        world.app.submit_person(&ctx, world.key(), due).await.unwrap();
        let asked =
            "Тут были Валерий Калачев, Вера Примерова и Нина Образцова. Потом Тимур Учебный и Новая Проба.";
        let stretches = |answer: &TextScreeningAnswer| {
            answer.stretches.iter().map(|stretch| stretch.text.clone()).collect::<Vec<_>>()
        };
        screen(&world, "XA", asked).await;
        world.app.upkeep().await.unwrap();
        assert!(world.app.index_memory().text_bytes > 0);
        let answer = screen(&world, "XA", asked).await;
        assert_eq!(stretches(&answer), ["Валерий Калачев", "Вера Примерова", "Нина Образцова"]);

        let revised = PersonSubmission {
            record: Some(first.records[0]),
            expects: Some(first.entries[0].0),
            ..world.submission(PURPOSE, person(&["Учебный Тимур"]))
        };
        world.app.submit_person(&ctx, world.key(), revised).await.unwrap();
        world.app.withdraw(&ctx, world.key(), leaves, WithdrawalReason::Mistaken).await.unwrap();
        enter(&world, PURPOSE, "Проба Новая").await;
        let answer = screen(&world, "XA", asked).await;
        assert_eq!(stretches(&answer), ["Нина Образцова", "Тимур Учебный", "Новая Проба"]);
        world.pass_days(4);
        let answer = screen(&world, "XA", asked).await;
        assert_eq!(stretches(&answer), ["Тимур Учебный", "Новая Проба"]);

        // Namesakes who left stand in nobody's way.
        let near = enter(&world, PURPOSE, "Калачев Валерий Петрович").await.records[0];
        let mut namesakes = Vec::new();
        for _ in 0..30 {
            namesakes.push(enter(&world, PURPOSE, "Калачев Валерий").await.records[0]);
        }
        for _ in 0..500 {
            enter(&world, PURPOSE, "Совсем Другой").await;
        }
        world.app.upkeep().await.unwrap();
        for record in namesakes {
            world.app.withdraw(&ctx, world.key(), record, WithdrawalReason::Mistaken).await.unwrap();
        }
        let answer = screen(&world, "XA", asked).await;
        assert_eq!(stretches(&answer), ["Валерий Калачев", "Тимур Учебный", "Новая Проба"]);
        assert_eq!(answer.stretches[0].candidates[0].record, near);

        // What was put together bit by bit is what is read afresh.
        let bit_by_bit = said(&answer);
        let world = world.restart().await;
        assert_eq!(world.app.index_memory().text_bytes, 0);
        assert_eq!(said(&screen(&world, "XA", asked).await), bit_by_bit);
    });
}

#[test]
fn hidden_records_change_nothing_in_what_is_found() {
    run(async {
        let names =
            ["Калачев Валерий", "Kalachev Valery", "Калачёв Валерий", "कलाचेव वालेरी", "Калачев Валерьян"];
        let asked = "Говорили с Валерием Калачевым. कलाचेव वालेरी से पूछताछ की गई। Valery Kalachev left. Видели Веру Калачеву.";
        let mut all = Vec::new();
        for hidden in [true, false] {
            let world = un().await.closed.start_copy(83).await;
            let mut seen = Vec::new();
            for (number, name) in names.iter().enumerate() {
                if hidden {
                    for _ in 0..8 {
                        enter(&world, Purpose::Humanitarian, name).await;
                        enter(&world, Purpose::Humanitarian, "Калачева Вера").await;
                    }
                }
                if number < 2 {
                    seen.push(enter(&world, PURPOSE, name).await.records[0]);
                }
            }
            // Ids are drawn: in each world they are others.
            let masked = |answer: &TextScreeningAnswer| {
                let said = seen.iter().enumerate().fold(said(answer), |said, (number, id)| {
                    said.replace(&format!("{id:?}"), &format!("seen {number}"))
                });
                assert!(said.contains("seen 0"));
                said
            };
            all.push(masked(&screen(&world, "XA", asked).await));
            world.app.upkeep().await.unwrap();
            all.push(masked(&screen(&world, "XA", asked).await));
            let ours =
                world.app.screen_text(&acting("XB", Purpose::Humanitarian), &text(asked)).await.unwrap();
            assert_eq!(format!("{:?}", found(&ours)).contains("Веру"), hidden, "their owner sees them");
        }
        assert!(all.iter().all(|one| *one == all[0]), "{}\n{}", all[0], all[2]);
    });
}

#[test]
fn a_text_has_two_lines_and_is_in_neither() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, PURPOSE, "Калачев Валерий").await.records[0];
        let asked = "Тут был Валерий Калачев, и ещё раз Калачев Валерий.";
        let answer = screen(&world, "XA", asked).await;
        assert_eq!(answer.stretches.len(), 2);
        let lines = world.journal_of("XA").await;
        let [begun, ended] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(
            (begun.operation, begun.phase, begun.hash()),
            (Operation::ScreenText, Phase::Begun, answer.access)
        );
        assert_eq!(
            (begun.act, begun.purpose, begun.reference.as_str()),
            (answer.act, PURPOSE, "дело 17/2026")
        );
        let hash = barid_app::proofs::hex(&Sha256::digest(asked));
        let said = format!("text_sha256={hash}\ncharacters={}\nleast_score=0.5\n", asked.chars().count());
        assert_eq!(begun.asked.as_deref(), Some(said.as_str()));
        assert_eq!(
            (ended.operation, ended.phase, &ended.records),
            (Operation::ScreenText, Phase::Ended, &vec![record])
        );
        assert!(!format!("{lines:?}").contains("Калачев"));
    });
}

async fn report(world: &World, purpose: Purpose, number: &str) -> RecordId {
    let submission = world.submission(purpose, stolen_passport(number, "XBX"));
    let ctx = acting("XB", purpose);
    world.app.submit_travel_document(&ctx, world.key(), submission).await.unwrap().records[0]
}

async fn enter_holder(world: &World, number: &str, country: Option<&str>) -> RecordId {
    let mut holder = person(&["Калачев Валерий"]);
    holder.documents.push(HeldDocument {
        document_type: DocumentType::Passport,
        number: Some(number.to_owned()),
        issuing_country: country.map(|country| CountryCode::new(country).unwrap()),
        type_text: None,
        issued_on: None,
        expires_on: None,
        issued_at: None,
        note: None,
    });
    let submission = world.submission(PURPOSE, holder);
    world.app.submit_person(&acting("XB", PURPOSE), world.key(), submission).await.unwrap().records[0]
}

/// What is found and how, without names: kind, stretch, remarks, records.
fn numbers(answer: &TextScreeningAnswer) -> Vec<(StretchKind, &str, Vec<&str>, Vec<RecordId>)> {
    let of = |stretch: &'_ barid_app::Stretch| stretch.candidates.iter().map(|c| c.record).collect();
    answer
        .stretches
        .iter()
        .map(|s| (s.kind, s.text.as_str(), s.remarks.iter().map(String::as_str).collect(), of(s)))
        .collect()
}

#[test]
fn documents_are_found_by_number_in_digits_and_letters_of_any_script() {
    run(async {
        let world = World::exercise().build().await;
        let stolen = report(&world, PURPOSE, "XB0012345").await;
        let ctx = acting("XB", PURPOSE);
        let holder = enter_holder(&world, "45 08 123456", None).await;
        let number = StretchKind::DocumentNumber;
        for (asked, expected) in [
            ("পাসপোর্ট XB০০১২৩৪৫-এর মালিক", (number, "XB০০১২৩৪৫", vec![], vec![stolen])),
            ("گذرنامه XB ۰۰۱۲۳۴۵ باطل شد", (number, "XB ۰۰۱۲۳۴۵", vec![], vec![stolen])),
            ("паспорт ХВ-0012345", (number, "ХВ-0012345", vec!["letters-alike"], vec![stolen])),
            ("паспорт 4508 123456, выдан", (number, "4508 123456", vec![], vec![holder])),
        ] {
            let answer = screen(&world, "XA", asked).await;
            assert_eq!(numbers(&answer), [expected], "{asked}");
        }
        for none in ["XB0012346", "XB00123456", "сумма 4508123456 рублей", "00123455"] {
            assert_eq!(numbers(&screen(&world, "XA", none).await), [], "{none}");
        }
        world.app.withdraw(&ctx, world.key(), stolen, WithdrawalReason::Mistaken).await.unwrap();
        assert_eq!(numbers(&screen(&world, "XA", "XB0012345").await), []);
    });
}

#[test]
fn a_zone_in_a_text_is_searched_for_as_one_that_is_scanned() {
    run(async {
        let world = World::exercise().build().await;
        let known = enter(&world, PURPOSE, "Эрикссон Анна Мария").await.records[0];
        let stolen = report(&world, PURPOSE, "L898902C3").await;
        let zone =
            "P<XBXERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36XBX7408122F1204159ZE184226B<<<<<10";
        let answer =
            screen(&world, "XA", &format!("Предъявлен паспорт:\n{zone}\nЛичность не установлена.")).await;
        let [stretch] = &answer.stretches[..] else { panic!("{answer:?}") };
        assert_eq!((stretch.kind, stretch.text.as_str()), (StretchKind::MachineReadableZone, zone));
        let records: Vec<RecordId> = stretch.candidates.iter().map(|candidate| candidate.record).collect();
        assert_eq!(records, [stolen, known]);
        assert!(
            !stretch.remarks.iter().any(|remark| remark.starts_with("mrz-check-digit")),
            "{:?}",
            stretch.remarks
        );
        let wrong = zone.replace("C36XBX", "C37XBX");
        let answer = screen(&world, "XA", &wrong).await;
        let remarks = &answer.stretches[0].remarks;
        assert!(remarks.contains(&"mrz-check-digit:document_number".to_owned()), "{remarks:?}");
    });
}

#[test]
fn the_least_score_holds_for_zones_and_numbers_too() {
    run(async {
        let world = World::exercise().build().await;
        for name in [
            "Eriksson Anna Maria",
            "Эрикссон Анна Мария",
            "Anna Eriksson",
            "Eriksson Maria",
            "Erikson Anna",
            "Eriksen Anna Maria",
            "Ericson Ann Mary",
        ] {
            enter(&world, PURPOSE, name).await;
        }
        // The same number of another country's: no alert.
        enter_holder(&world, "L898902C3", Some("XAX")).await;
        report(&world, PURPOSE, "XB0012345").await;
        let zone =
            "P<XBXERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36XBX7408122F1204159ZE184226B<<<<<10";
        let asked = format!("{zone}\n\nпаспорт ХВ-0012345");
        let screened = async |least_score| {
            let asked = TextScreening { least_score, ..text(&asked) };
            world.app.screen_text(&acting("XA", PURPOSE), &asked).await.unwrap()
        };
        let scores = |answer: &TextScreeningAnswer| -> Vec<f32> {
            answer.stretches.iter().flat_map(|s| &s.candidates).map(|candidate| candidate.score).collect()
        };
        let all = screened(Some(0.3)).await;
        let between = |from: f32, to: f32| scores(&all).into_iter().any(|score| (from..to).contains(&score));
        assert!(between(0.3, 0.5) && between(0.5, 0.65) && between(0.65, 0.95), "{:?}", scores(&all));
        for least_score in [None, Some(0.8), Some(0.95)] {
            let answer = screened(least_score).await;
            assert_eq!(answer.least_score, least_score.unwrap_or(answer.alert_threshold));
            let expected: Vec<f32> =
                scores(&all).into_iter().filter(|score| *score >= answer.least_score).collect();
            assert_eq!(scores(&answer), expected);
        }
        // Neither is a name by the method of texts: their alerts are those of a search.
        for candidate in all.stretches.iter().flat_map(|stretch| &stretch.candidates) {
            assert_eq!(candidate.alert, candidate.score >= barid_names::thresholds::BORDER_DESK);
        }
    });
}

/// The records shown go into one line of the journal, which holds so many.
#[test]
fn zones_and_numbers_show_no_more_than_an_answer_holds() {
    run(async {
        let world = World::exercise().build().await;
        for _ in 0..30 {
            report(&world, PURPOSE, "L898902C3").await;
        }
        let zone =
            "P<XBXERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36XBX7408122F1204159ZE184226B<<<<<10";
        let shown = async |asked: &str| {
            let asked = TextScreening { limit: Some(50), ..text(asked) };
            let answer = world.app.screen_text(&acting("XA", PURPOSE), &asked).await.unwrap();
            let candidates: usize = answer.stretches.iter().map(|stretch| stretch.candidates.len()).sum();
            (answer.stretches.len(), candidates, answer.is_cut)
        };
        let (zones, number) = (|count: usize| format!("{zone}\n\n").repeat(count), "L898902C3, ");
        assert_eq!(shown(&zones(66)).await, (66, 1_980, false));
        assert_eq!(shown(&zones(67)).await, (67, 2_000, true), "a part of the last one");
        assert_eq!(shown(&zones(100)).await, (67, 2_000, true));
        assert_eq!(shown(&format!("{}{number}", zones(66))).await, (67, 2_000, true));
        assert_eq!(shown(&number.repeat(66)).await, (66, 1_980, false));
        assert_eq!(shown(&number.repeat(100)).await, (67, 2_000, true));
    });
}

#[test]
fn numbers_that_may_not_be_seen_are_numbers_that_are_not_there() {
    run(async {
        let asked = "XB0012345, 4508 123456, XB7654321; XB 7654 321";
        let mut said_by_both = Vec::new();
        for hidden in [true, false] {
            let world = World::exercise().build().await;
            let seen = report(&world, PURPOSE, "XB7654321").await;
            if hidden {
                report(&world, Purpose::Humanitarian, "XB0012345").await;
                report(&world, Purpose::Humanitarian, "XB7654321").await;
                report(&world, Purpose::Humanitarian, "XB7654").await;
            }
            let answer = screen(&world, "XA", asked).await;
            assert_eq!(answer.stretches.len(), 2);
            said_by_both.push(said(&answer).replace(&format!("{seen:?}"), "seen"));
        }
        assert_eq!(said_by_both[0], said_by_both[1]);
    });
}

#[test]
fn who_may_not_search_may_not_screen_texts() {
    run(async {
        let world = World::exercise().build().await;
        let refused = async |organisation, purpose| {
            let ctx = acting(organisation, purpose);
            world.app.screen_text(&ctx, &text("Тут был Валерий Калачев.")).await.unwrap_err().code()
        };
        assert_eq!(refused("XPART", PURPOSE).await, "not-entitled");
        assert_eq!(refused("XA", Purpose::Oversight).await, "purpose-not-allowed");
        assert_eq!(refused("ZZ", PURPOSE).await, "organisation-not-active");
        let lines = world.journal_of("XPART").await;
        let shape: Vec<_> = lines.iter().map(|line| (line.operation, line.phase)).collect();
        assert_eq!(shape, [(Operation::ScreenText, Phase::Begun), (Operation::ScreenText, Phase::Refused)]);
        assert_eq!(lines[1].refusal.as_deref(), Some("not-entitled"));
    });
}

#[test]
fn who_is_refused_wakes_nothing_up() {
    run(async {
        let world = un().await.closed.start_copy(84).await;
        let laid_out = async |organisation| {
            let screened = world.app.screen_text(&acting(organisation, PURPOSE), &text(NEWS)).await;
            world.app.upkeep().await.unwrap();
            (screened.map(|_| ()).map_err(|error| error.code()), world.app.index_memory().text_bytes > 0)
        };
        assert_eq!(laid_out("XPART").await, (Err("not-entitled"), false));
        assert_eq!(laid_out("XA").await, (Ok(()), true));
    });
}

#[test]
fn texts_are_screened_up_to_the_cap_and_what_is_none_leaves_no_line() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", PURPOSE);
        for bad in ["", " … ", &"ж".repeat(TEXT_CAP + 1)] {
            let refused = world.app.screen_text(&xa, &text(bad)).await;
            assert!(matches!(refused, Err(AppError::Query(_))));
        }
        assert!(world.journal_of("XA").await.is_empty());
        let record = enter(&world, PURPOSE, "Калачев Валерий").await.records[0];
        // On every border of pieces, and more often than an answer holds.
        let asked: String = "Валерий Калачев. ".repeat(TEXT_CAP / 17);
        let answer = screen(&world, "XA", &asked).await;
        assert!(answer.is_cut && answer.stretches.len() == 500);
        let asked = format!("{} Валерий Калачев", "слово ".repeat((TEXT_CAP - 20) / 6));
        let answer = screen(&world, "XA", &asked).await;
        assert_eq!(found(&answer), [("Валерий Калачев".to_owned(), vec![record])]);
        assert!(!answer.is_cut);
    });
}

/// The new index has no names for texts yet: that it finds nobody says nothing.
#[test]
fn a_text_under_way_while_the_index_is_replaced_is_not_answered_empty() {
    run(async {
        let world = World::exercise().build().await;
        let record = enter(&world, PURPOSE, "Калачев Валерий").await.records[0];
        world.pass_days(10);
        world.app.upkeep().await.unwrap();
        let held = hold_back(&world);
        let (xa, asked) = (acting("XA", PURPOSE), text("Тут был Валерий Калачев."));
        let replaced = async {
            held.begun.acquire().await.unwrap().forget();
            // A clock that was ahead and comes back: another index is built, which hides less.
            world.pass_days(-10);
            world.app.upkeep().await.unwrap();
            held.go_on.add_permits(1_000);
        };
        let (answer, ()) = tokio::join!(world.app.screen_text(&xa, &asked), replaced);
        assert!(matches!(answer, Err(AppError::NotReady)), "{answer:?}");
        let phases: Vec<_> = world.journal_of("XA").await.iter().map(|line| line.phase).collect();
        assert_eq!(phases, [Phase::Begun], "nothing is journalled as shown");
        assert_eq!(screen(&world, "XA", &asked.text).await.stretches[0].candidates[0].record, record);
    });
}
