//! Searching the UN list and exercise records: the one box, fields, zones, limits, and what is refused.

use barid_app::{AppError, BirthAgreement, Query, Reason, Recognised};
use barid_domain::codes::{Database, PersonStatus, Purpose, Sex};
use barid_domain::countries::CountryCode;
use barid_formats::mrz::{CyrillicLanguage, MrzDate, MrzFields, MrzFormat, write};
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{named, numbered, run, typed, un};

fn border() -> barid_app::OpContext {
    acting("XA", Purpose::BorderControl)
}

#[test]
fn a_candidate_says_who_it_is_whose_and_why() {
    run(async {
        let answer = un().await.world.app.search(&border(), &typed("Joseph Kony")).await.unwrap();
        assert_eq!(answer.recognised, Recognised::Name);
        let first = &answer.candidates[0];
        assert_eq!(first.reference.as_deref(), Some("CFi.009"));
        assert_eq!(first.provenance.as_deref(), Some("UN"));
        assert_eq!((first.owner.as_str(), first.database), ("SEC", Database::Persons));
        assert!(first.alert && first.score >= answer.alert_threshold && first.score <= 1.0);
        assert!(!first.exercise);
        assert_eq!(first.found, "JOSEPH KONY");
        let Some(Reason::Name { parts, .. }) = first.reasons.first() else { panic!("{:?}", first.reasons) };
        assert!(parts.len() >= 2, "a reason per part of the name");
        assert!(answer.candidates.is_sorted_by(|a, b| a.score >= b.score), "best first");
    });
}

#[test]
fn a_contradicting_date_of_birth_lowers_and_says_so() {
    run(async {
        let app = &un().await.world.app;
        let search = async |birth: Option<&str>| {
            let birth = birth.map(str::to_owned);
            let answer = app.search(&border(), &Query { birth, ..named("Jimmy Cherizier") }).await.unwrap();
            answer.candidates.into_iter().find(|c| c.reference.as_deref() == Some("HTi.001"))
        };
        let plain = search(None).await.unwrap();
        let right = search(Some("1977-03-30")).await.unwrap();
        let year = search(Some("1977")).await.unwrap();
        assert!(right.score >= plain.score && year.score >= plain.score);
        let agreement = |reasons: &[Reason]| {
            reasons.iter().find_map(|reason| match reason {
                Reason::Birth { agreement, weight, .. } => Some((*agreement, *weight)),
                Reason::Name { .. }
                | Reason::Nationality { .. }
                | Reason::Sex { .. }
                | Reason::BirthPlace { .. } => None,
            })
        };
        assert!(agreement(&right.reasons).unwrap().1 > 0.0);
        assert!(!matches!(agreement(&plain.reasons), Some((BirthAgreement::Differs { .. }, _))));
        // A namesake of another generation: listed at most as a weak candidate, with the contradiction named.
        let wrong = search(Some("1955-01-01")).await.unwrap();
        assert!(wrong.score < plain.score && !wrong.alert, "{} {}", wrong.score, plain.score);
        assert!(wrong.cleared_by_birth && !plain.cleared_by_birth && !right.cleared_by_birth);
        let (agreement, weight) = agreement(&wrong.reasons).unwrap();
        assert!(
            matches!(agreement, BirthAgreement::Differs { years: 20.. }) && weight < 0.0,
            "{agreement:?} {weight}"
        );
    });
}

/// 30 March 1977 in the calendars that an officer types; what can be several dates says which ones.
#[test]
fn a_date_of_birth_is_read_in_other_calendars_and_the_answer_says_how() {
    run(async {
        let app = &un().await.world.app;
        let search = async |birth: &str| {
            let birth = Some(birth.to_owned());
            app.search(&border(), &Query { birth, ..named("Jimmy Cherizier") }).await
        };
        let listed = async |birth: &str| {
            let answer = search(birth).await.unwrap();
            let read = answer.birth.map(|birth| birth.to_string()).unwrap_or_default();
            let found = answer.candidates.into_iter().find(|c| c.reference.as_deref() == Some("HTi.001"));
            (read, found.unwrap())
        };
        let (plain, exact) = listed("1977-03-30").await;
        assert_eq!(plain, "1977-03-30");
        for (typed, read) in [
            ("۱۳۵۶/۱/۱۰ ه.ش", "1977-03-30 (solar-hijri)"),
            ("2520-03-30", "1977-03-30 (buddhist)"),
            ("民國66年3月30日", "1977-03-30 (minguo)"),
            ("1969-07-21 EC", "1977-03-30 (ethiopian)"),
        ] {
            let (shown, found) = listed(typed).await;
            assert_eq!((shown.as_str(), found.score), (read, exact.score), "{typed}");
        }
        let (shown, found) = listed("1356/01/10").await;
        assert!(shown.contains("1977-03-30 (solar-hijri) or ") && shown.contains("lunar-hijri"), "{shown}");
        assert!(found.score <= exact.score && found.alert && !found.cleared_by_birth);
        for (typed, fault) in
            [("1966-02-31", "impossible"), ("yesterday", "impossible"), ("2190", "in-future")]
        {
            let Err(AppError::Faulty(faults)) = search(typed).await else { panic!("{typed} was read") };
            assert_eq!((faults[0].place.as_str(), faults[0].code.as_str()), ("birth", fault), "{typed}");
        }
    });
}

#[test]
fn sex_and_nationality_count_and_say_so() {
    run(async {
        let app = &un().await.world.app;
        let search = async |sex, nationality: Option<&str>| {
            let nationality = nationality.map(|code| CountryCode::new(code).unwrap());
            let answer =
                app.search(&border(), &Query { sex, nationality, ..named("Sajida Tilfah") }).await.unwrap();
            answer.candidates.into_iter().find(|c| c.reference.as_deref() == Some("IQi.056"))
        };
        let plain = search(None, None).await.unwrap();
        let fitting = search(Some(Sex::Female), Some("IRQ")).await.unwrap();
        assert!(fitting.score >= plain.score);
        assert!(fitting.reasons.iter().any(|reason| matches!(reason, Reason::Nationality { .. })));
        let other = search(Some(Sex::Male), Some("JPN")).await;
        assert!(other.is_none_or(|other| other.score < fitting.score));
    });
}

#[test]
fn names_that_nobody_listed_bears_raise_no_alert() {
    run(async {
        let app = &un().await.world.app;
        let nobody = [
            "Obraztsov Uchebny Primerovich",
            "Тренировкин Макет Условнович",
            "تدريب نموذج المثالي",
            "تمرین نمونه آزمایشی",
            "अभ्यास नमूना परीक्षण",
            "অনুশীলন নমুনা পরীক্ষামূলক",
            "演习样本",
            "Wolfgang Blumenkohl",
            "Σωκράτης Παραδειγματόπουλος",
        ];
        for name in nobody {
            let answer = app.search(&border(), &typed(name)).await.unwrap();
            let alerts: Vec<_> = answer.candidates.iter().filter(|c| c.alert).map(|c| &c.found).collect();
            assert!(alerts.is_empty(), "{name}: {alerts:?}");
        }
    });
}

#[test]
fn nothing_found_is_an_answer() {
    run(async {
        let world = World::exercise().build().await;
        let answer = world.app.search(&border(), &typed("Кто-нибудь Никакой")).await.unwrap();
        assert!(answer.candidates.is_empty());
        let answer = world.app.search(&border(), &numbered("ZZ99999")).await.unwrap();
        assert!(answer.candidates.is_empty());
        assert_eq!(answer.recognised, Recognised::DocumentNumber);
    });
}

#[test]
fn the_one_box_recognises_what_was_typed() {
    run(async {
        let world = World::exercise().build().await;
        let submission = world.submission(Purpose::BorderControl, stolen_passport("XA0012345", "XAX"));
        world.app.submit_travel_document(&border(), world.key(), submission).await.unwrap();
        for number in [
            "XA0012345",
            "xa 0012-345",
            "XA.0012/345",
            "ＸＡ００１２３４５",
            "XA٠٠١٢٣٤٥",
            "XA۰۰۱۲۳۴۵",
            "XA००१२३४५",
            "XA০০১২৩৪৫",
            "\u{202a}XA0012345\u{202c}",
            "XA0012345<<",
        ] {
            let answer = world.app.search(&border(), &typed(number)).await.unwrap();
            assert_eq!(answer.recognised, Recognised::DocumentNumber, "{number}");
            assert_eq!(answer.candidates.len(), 1, "{number}");
            assert_eq!(answer.candidates[0].found, "XA0012345");
        }
        for name in ["Калачев", "Al-Tikriti", "N’Krumah", "O-2", "习近", "الحوثي", "Ли 3"]
        {
            let answer = world.app.search(&border(), &typed(name)).await.unwrap();
            assert_eq!(answer.recognised, Recognised::Name, "{name}");
        }
    });
}

fn zone(number: &str) -> String {
    let date = |text: &str| MrzDate::Full(text.parse().unwrap());
    let fields = MrzFields {
        document_code: "P".into(),
        issuing_code: "XAX".into(),
        surname: "Eriksson".into(),
        given_names: "Anna Maria".into(),
        document_number: number.into(),
        nationality: "XAX".into(),
        birth_date: date("1974-08-12"),
        sex: Sex::Female,
        expiry_date: date("2032-04-15"),
        optional_data: String::new(),
        second_optional_data: String::new(),
        cyrillic_language: CyrillicLanguage::Russian,
    };
    write(MrzFormat::Td3, &fields).unwrap()
}

#[test]
fn a_scanned_zone_is_searched_by_its_number_and_its_name() {
    run(async {
        let world = World::exercise().build().await;
        let terms = || world.submission(Purpose::BorderControl, stolen_passport("L898902C3", "XAX"));
        let document = world.app.submit_travel_document(&border(), world.key(), terms()).await.unwrap();
        let mut holder = person(&["Eriksson Anna Maria"]);
        holder.births = vec!["1974-08-12".parse().unwrap()];
        holder.sex = Sex::Female;
        let holder = world.submission(Purpose::Humanitarian, holder);
        let holder =
            world.app.submit_person(&acting("XB", Purpose::Humanitarian), world.key(), holder).await.unwrap();

        let zone = zone("L898902C3");
        for scanned in [zone.clone(), zone.replace('\n', "\r\n"), zone.to_lowercase()] {
            let answer = world.app.search(&border(), &typed(&scanned)).await.unwrap();
            assert_eq!(answer.recognised, Recognised::MachineReadableZone);
            let records: Vec<_> = answer.candidates.iter().map(|c| c.record).collect();
            assert_eq!(records, [document.records[0], holder.records[0]]);
            assert!(answer.candidates.iter().all(|candidate| candidate.alert));
            assert_eq!(answer.candidates[1].statuses, [PersonStatus::Missing]);
            assert!(
                !answer.remarks.iter().any(|remark| remark.starts_with("mrz-check-digit")),
                "{:?}",
                answer.remarks
            );
        }

        // One digit misread: said, and searched all the same.
        let misread = zone.replacen("740812", "740813", 1);
        let answer = world.app.search(&border(), &typed(&misread)).await.unwrap();
        assert!(
            answer.remarks.iter().any(|remark| remark.starts_with("mrz-check-digit:")),
            "{:?}",
            answer.remarks
        );
        assert_eq!(answer.candidates[0].record, document.records[0]);
    });
}

/// Namesakes: a page of the index would be full of them before the right one is reached.
#[test]
fn the_number_of_candidates_is_limited_and_the_best_ones_stay() {
    run(async {
        let world = World::exercise().build().await;
        let mut records = Vec::new();
        for year in 1960..1990 {
            let mut namesake = person(&["Образцов Учебный Примерович"]);
            namesake.births = vec![format!("{year}-05-17").parse().unwrap()];
            let submission = world.submission(Purpose::BorderControl, namesake);
            records
                .push(world.app.submit_person(&border(), world.key(), submission).await.unwrap().records[0]);
        }
        let search = async |limit, birth: Option<&str>| {
            let birth = birth.map(str::to_owned);
            let query = Query { limit, birth, ..named("Obraztsov Uchebny Primerovich") };
            let answer = world.app.search(&border(), &query).await.unwrap();
            answer.candidates.iter().map(|c| c.record).collect::<Vec<_>>()
        };
        let all = search(Some(50), None).await;
        assert_eq!(all.len(), 30);
        for limit in [1, 2, 10, 29] {
            assert_eq!(search(Some(limit), None).await, all[..limit as usize], "{limit}");
        }
        assert_eq!(search(None, None).await, all[..10]);
        assert_eq!(search(Some(0), None).await, all[..1], "at least one");
        assert_eq!(search(Some(u32::MAX), None).await, all, "at most fifty");
        // The one who was born that day comes first at any limit, wherever the record stands.
        for (year, record) in (1960..).zip(&records) {
            assert_eq!(search(Some(1), Some(&format!("{year}-05-17"))).await, [*record], "{year}");
        }
    });
}

#[test]
fn what_is_no_question_is_refused_before_anything_is_looked_at() {
    run(async {
        let app = &un().await.world.app;
        let both = Query { name: Some("Калачев".into()), ..typed("Калачев") };
        let queries = [
            Query::default(),
            both,
            typed(""),
            typed("  "),
            typed("... --- ..."),
            named("12 34"),
            numbered("Калачев"),
            numbered(&"9".repeat(31)),
            typed(&"я".repeat(1_001)),
            named(&"a".repeat(2_001)),
            Query { limit: Some(3), ..Query::default() },
        ];
        for query in queries {
            let answer = app.search(&border(), &query).await;
            assert!(matches!(answer, Err(AppError::Query(_))), "{query:?}");
        }
        assert!(app.search(&border(), &named(&"a".repeat(2_000))).await.is_ok(), "at the cap");
    });
}
