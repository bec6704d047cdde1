//! Tests of the index of persons: seven scripts, replacement, birth dates, and hidden records that move nothing.

use barid_domain::codes::{Classification, CodeList, Database, Handling, Purpose};
use barid_domain::ids::OrganisationCode;
use barid_names::thresholds::{BORDER_DESK, INVESTIGATION};

use super::*;

fn class(owner: &str) -> VisibilityClass {
    VisibilityClass {
        database: Database::Persons,
        owner: OrganisationCode::new(owner).unwrap(),
        purpose: Purpose::Exercise,
        handling: Handling::LISTED[0].0,
        classification: Classification::OfficialUse,
        exercise: true,
        audience: barid_domain::restrictions::Audience::EVERYBODY,
    }
}

fn facts(names: &[&str], birth: Option<&str>) -> PersonFacts {
    PersonFacts {
        names: names
            .iter()
            .map(|text| FactName { text: (*text).into(), kind: NameKind::Primary, strength: None })
            .collect(),
        births: birth.iter().map(|b| b.parse().unwrap()).collect(),
        sex: Sex::NotKnown,
        nationalities: vec![],
        birth_places: vec![],
    }
}

fn id(number: u8) -> RecordId {
    RecordId::from_random([number; 16])
}

const PEOPLE: &[&[&str]] = &[
    &["Valery Kalachev"],
    &["ABD AL-RAHMAN TESTMANI", "عبد الرحمن تستماني"],
    &["Reza Nemunehzadeh"],
    &["Rajendra Udaharanwala"],
    &["Shafiqul Namunapur"],
    &["Wang Xiaoliang"],
    &["Jürgen Beispielmüller"],
];

fn index() -> PersonIndex {
    let mut index = PersonIndex::new();
    for (number, names) in PEOPLE.iter().enumerate() {
        index.insert(id(number as u8 + 1), class("XA"), facts(names, None));
    }
    index
}

fn ask(index: &PersonIndex, owners: &[&str], name: &str, birth: Option<&str>) -> Vec<Candidate> {
    let visible = index.classes.visible_where(|c| owners.contains(&c.owner.as_str()));
    let today = "2026-11-26".parse().unwrap();
    let birth = birth.map(|birth| AskedBirth::read(birth, today).unwrap());
    let query = PersonQuery { name: name.into(), birth, ..PersonQuery::default() };
    let limit = CandidateLimit { max: 10, min_score: 0.0 };
    index.candidates_among(&visible, &query, limit, &mut SearchBuffers::default())
}

#[test]
fn persons_are_found_in_seven_scripts_and_usual_spellings() {
    let index = index();
    let cases = [
        ("Валерий Калачев", 1),
        ("Валерий КАЛАЧЁВ", 1),
        ("Валерій Калачов", 1),
        ("वालेरी कालाचेव", 1),
        ("ভালেরি কালাচেভ", 1),
        ("فاليري كالاتشيف", 1),
        ("والری کالاچف", 1),
        ("瓦列里·卡拉切夫", 1),
        ("Kalachyov Valeriy", 1),
        ("KALACHEV<<VALERY", 1),
        ("Abdulrahman Testmani", 2),
        ("Абд ар-Рахман Тестмани", 2),
        ("عبدالرحمن تستماني", 2),
        ("رضا نمونه‌زاده", 3),
        ("राजेन्द्र उदाहरणवाला", 4),
        ("শফিকুল নমুনাপুর", 5),
        ("王晓亮", 6),
        ("Juergen Beispielmueller", 7),
        ("Beispielmuller J.", 7),
    ];
    let mut wrong = Vec::new();
    for (typed, expected) in cases {
        let found = ask(&index, &["XA"], typed, None);
        if found.first().map(|c| c.record) != Some(id(expected)) {
            wrong.push((typed, found.first().map(|c| (c.name.clone(), c.score))));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_newer_version_replaces_and_a_removed_record_is_gone() {
    let mut index = index();
    index.insert(id(1), class("XA"), facts(&["Oleg Proverkin"], None));
    assert!(ask(&index, &["XA"], "Калачев", None).iter().all(|c| c.record != id(1)));
    assert_eq!(ask(&index, &["XA"], "Олег Проверкин", None)[0].record, id(1));
    assert!(index.remove(id(1)) && !index.remove(id(1)));
    assert!(ask(&index, &["XA"], "Олег Проверкин", None).iter().all(|c| c.record != id(1)));
    assert_eq!(index.len(), PEOPLE.len() - 1);
}

#[test]
fn a_namesake_cleared_by_birth_date_is_lowered_and_says_so() {
    let mut index = PersonIndex::new();
    index.insert(id(1), class("XA"), facts(&["Valery Kalachev"], Some("1971-03-02")));
    let same = &ask(&index, &["XA"], "Валерий Калачев", Some("1971-03-02"))[0];
    let unknown = &ask(&index, &["XA"], "Валерий Калачев", None)[0];
    let namesake = &ask(&index, &["XA"], "Валерий Калачев", Some("1994-11-20"))[0];
    assert!(same.score > unknown.score && unknown.score > namesake.score);
    assert!(unknown.score >= BORDER_DESK && namesake.score < INVESTIGATION, "{unknown:?} {namesake:?}");
    assert!(namesake.reasons.iter().any(|r| matches!(
        r,
        Reason::Birth { agreement: BirthAgreement::Differs { years: 23 }, weight, .. } if *weight < 0.0
    )));
    assert!(namesake.cleared_by_birth && !same.cleared_by_birth && !unknown.cleared_by_birth);
}

#[test]
fn a_cleared_namesake_stays_in_the_list_and_a_stranger_is_not_one() {
    let mut index = PersonIndex::new();
    index.insert(id(1), class("XA"), facts(&["Valery Uchebny Kalachev"], Some("1971-03-02")));
    let visible = index.classes.visible_where(|_| true);
    let ask = |name: &str, birth: &str| {
        let birth = AskedBirth::read(birth, "2026-11-26".parse().unwrap()).ok();
        let query = PersonQuery { name: name.into(), birth, ..PersonQuery::default() };
        let limit = CandidateLimit { max: 10, min_score: INVESTIGATION };
        index.candidates_among(&visible, &query, limit, &mut SearchBuffers::default())
    };
    // A part was typed that is not recorded, so that nothing but the mark keeps it in the list.
    let found = ask("Валерий Учебный Калачев Иванович", "1994-11-20");
    assert!(found[0].score < INVESTIGATION && found[0].cleared_by_birth, "{found:?}");
    // A name that is no alert needs no clearing, and leaves the list.
    assert!(ask("Валерий Посторонний", "1994-11-20").iter().all(|c| !c.cleared_by_birth));
    // A slip, another calendar or the first of January clear nobody.
    for birth in ["1971-02-03", "1972-03-02", "1971-01-01", "1350/12/11 SH", "1971-08-20", "1349"] {
        assert!(ask("Валерий Учебный Калачев", birth).iter().all(|c| !c.cleared_by_birth), "{birth}");
    }
    for birth in ["1975-03-05", "1349 AH", "2045 BS"] {
        assert!(ask("Валерий Учебный Калачев", birth)[0].cleared_by_birth, "{birth}");
    }
}

#[test]
fn a_place_of_birth_counts_in_any_script_and_its_absence_does_not() {
    let mut index = PersonIndex::new();
    for (number, city) in ["Kunduz", "Herat", ""].iter().enumerate() {
        let places = vec![FactPlace { country: CountryCode::new("AFG").ok(), words: (*city).into() }];
        let facts = PersonFacts { birth_places: places, ..facts(&["Reza Nemunehzadeh"], None) };
        index.insert(id(number as u8 + 1), class("XA"), facts);
    }
    let visible = index.classes.visible_where(|_| true);
    let ask = |place: Option<&str>| {
        let birth_place = place.map(str::to_owned);
        let query = PersonQuery {
            name: "رضا نمونه‌زاده".into(), birth_place, ..PersonQuery::default()
        };
        let limit = CandidateLimit { max: 10, min_score: 0.0 };
        let found = index.candidates_among(&visible, &query, limit, &mut SearchBuffers::default());
        [1, 2, 3].map(|number| found.iter().find(|c| c.record == id(number)).unwrap().clone())
    };
    let [plain, ..] = ask(None);
    let [kunduz, herat, unknown] = ask(Some("قندوز"));
    assert!(kunduz.score > unknown.score && unknown.score > herat.score, "{kunduz:?} {unknown:?} {herat:?}");
    assert_eq!(unknown.score, plain.score);
    let recorded = FactPlace { country: CountryCode::new("AFG").ok(), words: "Kunduz".into() };
    assert!(kunduz.reasons.iter().any(|reason| matches!(
        reason,
        Reason::BirthPlace { agreement: Agreement::Agrees, recorded: Some(place), .. } if *place == recorded
    )));
    assert!(unknown.reasons.iter().any(|reason| matches!(
        reason,
        Reason::BirthPlace { agreement: Agreement::Unknown, recorded: None, .. }
    )));
}

#[test]
fn hidden_records_move_nothing() {
    let without = index();
    let mut with = PersonIndex::new();
    // Hidden namesakes, before, between and after, many enough to crowd any list cut by count.
    for copy in 0..60u8 {
        with.insert(RecordId::from_random([100 + copy; 16]), class("XB"), facts(&["Valery Kalachev"], None));
    }
    for (number, names) in PEOPLE.iter().enumerate() {
        with.insert(id(number as u8 + 1), class("XA"), facts(names, None));
        with.insert(RecordId::from_random([200 + number as u8; 16]), class("XB"), facts(names, None));
    }
    for typed in ["Валерий Калачев", "Kalachew", "王晓亮", "রাজেন্দ্র", "Abd", "Beispielmuller", "عبد"]
    {
        let (a, b) = (ask(&without, &["XA"], typed, None), ask(&with, &["XA"], typed, None));
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "{typed}");
    }
    assert!(ask(&with, &[], "Валерий Калачев", None).is_empty());
}

/// A hidden record whose parts join to letters that another's part has by itself: neither the order in which they came
/// nor that one of them went again may change what is found.
#[test]
fn what_hidden_records_join_changes_nothing() {
    let visible: &[&[&str]] =
        &[&["Alhaj Zorbanov"], &["Dalla Tripkovic"], &["الحاج زربانوف"], &["Delapena Namunai"]];
    let hidden: &[&[&str]] = &[
        &["Al Haj Namunai"],
        &["Dal La Udaharan"],
        &["ال حاج نمونه"],
        &["De La Pena Zorban"],
        &["Abd Ul Haj"],
    ];
    let insert = |index: &mut PersonIndex, owner: &str, from: u8, people: &[&[&str]]| {
        for (number, names) in people.iter().enumerate() {
            index.insert(RecordId::from_random([from + number as u8; 16]), class(owner), facts(names, None));
        }
    };
    let mut without = PersonIndex::new();
    insert(&mut without, "XA", 1, visible);
    let (mut before, mut after, mut gone) = (PersonIndex::new(), PersonIndex::new(), PersonIndex::new());
    insert(&mut before, "XB", 100, hidden);
    insert(&mut before, "XA", 1, visible);
    insert(&mut after, "XA", 1, visible);
    insert(&mut after, "XB", 100, hidden);
    insert(&mut gone, "XB", 100, hidden);
    insert(&mut gone, "XA", 1, visible);
    for number in 0..hidden.len() as u8 {
        gone.remove(RecordId::from_random([100 + number; 16]));
    }
    for typed in [
        "Zorbanov",
        "Alhaj Zorbanov",
        "Tripkovic",
        "Dalla Tripkovic",
        "Зорбанов",
        "زربانوف",
        "Delapena",
        "الحاج",
    ] {
        let expected = format!("{:?}", ask(&without, &["XA"], typed, None));
        for index in [&before, &after, &gone] {
            assert_eq!(format!("{:?}", ask(index, &["XA"], typed, None)), expected, "{typed}");
        }
    }
}

#[test]
fn letters_of_records_taken_out_leave_memory() {
    let mut index = index();
    let filler = |round: u32| {
        let letters = |n: u32| char::from(b'a' + (n % 26) as u8);
        let word: String = (0..5).map(|place| letters(round / 26u32.pow(place))).collect();
        facts(&[&format!("Zq{word} Namunai")], None)
    };
    for round in 0..3 * MOST_REMOVED as u32 {
        index.insert(id(90), class("XA"), filler(round));
    }
    let (used, unused) = index.names.parts_in_use();
    assert!(unused <= MOST_REMOVED + 1, "{used} in use, {unused} not");
    assert_eq!(ask(&index, &["XA"], "Валерий Калачев", None)[0].record, id(1));
}

#[test]
fn reasons_tell_which_part_matched_which() {
    let found = ask(&index(), &["XA"], "Калачев Валерий", None);
    let Reason::Name { parts, .. } = &found[0].reasons[0] else { panic!("the first reason is the name") };
    assert_eq!(parts[0].query, "Калачев");
    assert_eq!(parts[0].record, "Kalachev");
    assert_eq!(parts[0].detail.kind, MatchKind::Romanisation);
    assert!(parts[0].detail.likeness > 0.8, "{}", parts[0].line());
}

#[test]
fn hostile_texts_find_nothing_and_break_nothing() {
    let index = index();
    for typed in ["", "\0", "12345", "\u{202e}\u{200d}", "<<<<", &"а".repeat(5_000), &"ا ".repeat(3_000)] {
        ask(&index, &["XA"], typed, None);
    }
}

#[test]
fn among_many_namesakes_the_one_with_the_birth_date_comes_first() {
    let mut index = PersonIndex::new();
    let births: Vec<String> =
        (0..200).map(|i| format!("{}-{:02}-{:02}", 1950 + i / 6, 1 + i % 12, 1 + i % 28)).collect();
    for (number, birth) in births.iter().enumerate() {
        let mut bytes = [7; 16];
        bytes[..2].copy_from_slice(&(number as u16).to_be_bytes());
        index.insert(RecordId::from_random(bytes), class("XA"), facts(&["Мухаммад Учебный"], Some(birth)));
    }
    for (number, birth) in births.iter().enumerate() {
        let found = ask(&index, &["XA"], "Muhammad Uchebny", Some(birth));
        let mut bytes = [7; 16];
        bytes[..2].copy_from_slice(&(number as u16).to_be_bytes());
        assert_eq!(found[0].record, RecordId::from_random(bytes), "{birth}");
    }
}

/// Births that agree bring in records of more names than were typed, before all who bear just those and were born on
/// another day.
#[test]
fn agreeing_births_outweigh_namesakes_who_bear_the_typed_names_alone() {
    let mut index = PersonIndex::new();
    for number in 1..=60 {
        index.insert(id(number), class("XA"), facts(&["Ahmed Ali"], Some("1990-07-20")));
    }
    for number in 101..=108 {
        let longer = "Ahmed Ali Testmani Numunadeh Udaharanwala";
        index.insert(id(number), class("XA"), facts(&[longer], Some("1971-03-02")));
    }
    let longer = |birth| {
        let first = ask(&index, &["XA"], "Ahmed Ali", birth).into_iter().take(8);
        first.filter(|c| (101..=108).any(|number| c.record == id(number))).count()
    };
    assert_eq!(longer(None), 0, "sixty others bear the name alone");
    assert_eq!(longer(Some("1971-03-02")), 8);
}

/// A hidden record that joins the parts of a visible name gives the visible one no evidence, where more names are looked
/// at than are compared.
#[test]
fn what_hidden_records_join_decides_nobody_else_s_place() {
    let letters =
        ["ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du", "ga", "ge", "gi", "go", "gu", "ka"];
    let others: Vec<String> =
        letters.iter().flat_map(|a| letters.map(|b| format!("Kimjon {a}{b}man"))).take(120).collect();
    let ask_among = |hidden: &[&str]| {
        let mut index = PersonIndex::new();
        for (number, name) in others.iter().map(String::as_str).chain(["Kim Jong"]).enumerate() {
            index.insert(RecordId::from_random([number as u8; 16]), class("XA"), facts(&[name], None));
        }
        for (number, name) in hidden.iter().enumerate() {
            index.insert(RecordId::from_random([200 + number as u8; 16]), class("XB"), facts(&[name], None));
        }
        format!("{:?}", ask(&index, &["XA"], "Kimjong Namun", None))
    };
    assert_eq!(ask_among(&["Kim Jong Un", "Jong Kim Un"]), ask_among(&[]));
}
