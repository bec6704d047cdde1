//! Machine readable zones: the specimens of Doc 9303, broken ones, and an outside reader as oracle.

use std::collections::BTreeSet;

use barid_domain::codes::Sex;
use barid_domain::dates::Day;
use barid_formats::mrz::{
    CheckResult, CyrillicLanguage, INPUT_CAP_BYTES, MrzDate, MrzError, MrzFields, MrzFormat, MrzNote,
    PartialDate, StateCodeKind, parse, renderings, transliterate, write,
};
use proptest::prelude::*;

const TD1: &str =
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
const TD3: &str =
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
const MRV_A: &str =
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<";
const MRV_B: &str = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<";

fn today() -> Day {
    Day::new(2026, 11, 23).unwrap()
}

fn day(year: i32, month: u32, day: u32) -> MrzDate {
    MrzDate::Full(Day::new(year, month, day).unwrap())
}

#[test]
fn the_five_specimens_of_the_standard_read_right() {
    for (text, format, number, birth, expiry) in [
        (TD1, MrzFormat::Td1, "D23145890", day(1974, 8, 12), day(2012, 4, 15)),
        (TD2, MrzFormat::Td2, "D23145890", day(1974, 8, 12), day(2012, 4, 15)),
        (TD3, MrzFormat::Td3, "L898902C3", day(1974, 8, 12), day(2012, 4, 15)),
        (MRV_A, MrzFormat::MrvA, "L8988901C", day(1940, 9, 7), day(1996, 12, 10)),
        (MRV_B, MrzFormat::MrvB, "L8988901C", day(1940, 9, 7), day(1996, 12, 10)),
    ] {
        let mrz = parse(text, today()).unwrap();
        assert_eq!(mrz.format, format);
        assert_eq!((mrz.surname.as_str(), mrz.given_names.as_str()), ("ERIKSSON", "ANNA MARIA"));
        assert_eq!(mrz.document_number, number);
        assert_eq!((mrz.birth_date, mrz.expiry_date), (birth, expiry));
        assert_eq!(mrz.sex, Sex::Female);
        assert_eq!(mrz.issuing_code.as_str(), "UTO");
        assert!(mrz.checks.all_right(), "{format:?}: {:?}", mrz.checks);
        assert_eq!(mrz.notes, [MrzNote::Specimen]);
        assert_eq!(mrz.lines.join("\n"), text);
    }
    let td3 = parse(TD3, today()).unwrap();
    assert_eq!(td3.optional_data.as_deref(), Some("ZE184226B"));
    assert_eq!(td3.checks.optional_data, CheckResult::Right);
    assert_eq!(parse(MRV_A, today()).unwrap().checks.composite, CheckResult::NotPrinted);
    assert_eq!(parse(MRV_A, today()).unwrap().nationality.kind(), StateCodeKind::NoNationality);
}

#[test]
fn a_scan_or_a_paste_may_have_any_white_space_and_lower_case() {
    let expected = parse(TD3, today()).unwrap();
    for text in [
        TD3.replace('\n', ""),
        TD3.replace('\n', "\r\n"),
        format!("\u{a0} {}\t\r\n\r\n", TD3.replace('\n', " \n ")),
        TD3.to_lowercase(),
        TD3.chars().flat_map(|c| [c, ' ']).collect(),
    ] {
        assert_eq!(parse(&text, today()), Ok(expected.clone()), "{text:?}");
    }
}

#[test]
fn broken_zones_are_refused_with_their_place() {
    let error = |text: &str| parse(text, today()).unwrap_err();
    assert_eq!(error(""), MrzError::Length { characters: 0 });
    assert_eq!(error(&TD3[..TD3.len() - 1]), MrzError::Length { characters: 87 });
    assert_eq!(error("Калачев"), MrzError::Character { position: 1 });
    assert_eq!(error(&TD3.replace("ANNA", "АННА")), MrzError::Character { position: 16 });
    assert_eq!(error(&TD3.replacen('P', "Q", 1)), MrzError::DocumentCode { letter: 'Q' });
    let shifted = TD3.replace("<\nL", "\n<L");
    assert_eq!(
        error(&shifted),
        MrzError::LineLength { format: MrzFormat::Td3, line: 1, characters: 43, expected: 44 }
    );
    assert_eq!(
        error(&TD3.replace("7408122F", "74O8122F")),
        MrzError::Date { field: "birth_date", line: 2, column: 14 }
    );
    assert_eq!(
        error(&TD3.replace("36UTO", "36U<O")),
        MrzError::StateCode { field: "nationality", line: 2, column: 11 }
    );
    let nameless = format!("P<UTO{}\n{}", "<".repeat(39), &TD3[45..]);
    assert_eq!(error(&nameless), MrzError::EmptyField { field: "name", line: 1, column: 6 });
    assert_eq!(
        error(&TD3.replace("L898902C3", "<<<<<<<<<")),
        MrzError::EmptyField { field: "document_number", line: 2, column: 1 }
    );
}

#[test]
fn what_deceives_the_eye_is_no_zone_and_impossible_days_are_noted() {
    for hidden in ["\u{202e}", "\u{200d}", "\0", "\u{feff}", "\u{ad}", "\u{301}"] {
        let text = TD3.replace("ANNA", &format!("AN{hidden}NA"));
        assert_eq!(parse(&text, today()), Err(MrzError::Character { position: 16 + 2 }), "{hidden:?}");
    }
    // Full-width letters and digits of other scripts are not folded: a scanner gives neither.
    assert!(parse(&TD3.replace("ANNA", "ＡＮＮＡ"), today()).is_err());
    assert!(parse(&TD3.replace("740812", "٧٤٠٨١٢"), today()).is_err());
    for (birth, note) in [
        ("660231", MrzNote::ImpossibleBirthDate),
        ("001301", MrzNote::ImpossibleBirthDate),
        ("990000", MrzNote::ImpossibleBirthDate),
    ] {
        let mrz = parse(&TD3.replace("740812", birth), today()).unwrap();
        assert!(mrz.notes.contains(&note), "{birth}: {:?}", mrz.notes);
    }
    // Digits for names are read as they stand, and noted.
    let mrz = parse(&TD3.replace("ANNA", "1234"), today()).unwrap();
    assert!(mrz.notes.contains(&MrzNote::DigitInName));
}

#[test]
fn the_input_cap_holds() {
    let padded = |length: usize| format!("{TD3}{}", " ".repeat(length - TD3.len()));
    assert!(parse(&padded(INPUT_CAP_BYTES), today()).is_ok());
    assert_eq!(
        parse(&padded(INPUT_CAP_BYTES + 1), today()),
        Err(MrzError::TooLong { bytes: INPUT_CAP_BYTES + 1 })
    );
}

#[test]
fn each_wrong_digit_is_reported_and_nothing_is_refused() {
    for (from, to, field) in [
        ("L898902C36", "L898902C35", "document_number"),
        ("7408122", "7408123", "birth_date"),
        ("1204159", "1204150", "expiry_date"),
        ("<<10", "<<20", "optional_data"),
        ("<<10", "<<11", "composite"),
    ] {
        let mrz = parse(&TD3.replace(from, to), today()).unwrap();
        let wrong: Vec<&str> = mrz
            .checks
            .named()
            .into_iter()
            .filter(|(_, result)| matches!(result, CheckResult::Wrong { .. }))
            .map(|(name, _)| name)
            .collect();
        assert!(wrong.contains(&field), "{field}: {wrong:?}");
        assert!(!mrz.checks.all_right());
    }
    let mrz = parse(&TD3.replace("C36", "C3A"), today()).unwrap();
    assert_eq!(mrz.checks.document_number, CheckResult::Wrong { printed: 'A', computed: 6 });
}

#[test]
fn an_empty_personal_number_may_have_a_filler_for_its_digit() {
    let empty = TD3.replace("ZE184226B<<<<<10", "<<<<<<<<<<<<<<<4");
    assert_eq!(parse(&empty, today()).unwrap().checks.optional_data, CheckResult::Right);
    let zero = TD3.replace("ZE184226B<<<<<10", "<<<<<<<<<<<<<<04");
    assert_eq!(parse(&zero, today()).unwrap().checks.optional_data, CheckResult::Right);
}

#[test]
fn long_document_numbers_go_on_in_the_optional_data() {
    // The example of Doc 9303-5, appendix: D23145890734 with check digit 9.
    let text =
        "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<";
    let mrz = parse(text, today()).unwrap();
    assert_eq!(mrz.document_number, "D23145890734");
    assert!(mrz.checks.all_right(), "{:?}", mrz.checks);
    assert_eq!(mrz.optional_data, None);
    // A filler for the digit of a short number is simply wrong, and on a passport nothing overflows.
    let short = parse(&TD1.replace("D231458907", "D2314589<<"), today()).unwrap();
    assert!(matches!(short.checks.document_number, CheckResult::Wrong { printed: '<', .. }));
    let book = parse(&TD3.replace("C36", "C3<"), today()).unwrap();
    assert_eq!((book.document_number.as_str(), book.checks.all_right()), ("L898902C3", false));
}

#[test]
fn what_is_readable_but_odd_is_noted() {
    for (from, to, note) in [
        ("ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "ANNA<MARIA<MAGDALENA<KAROLINA", MrzNote::NameMayBeTruncated),
        ("ERIKSSON", "ERIKSS0N", MrzNote::DigitInName),
        ("P<UTO", "P<QQQ", MrzNote::UnknownIssuingCode),
        ("36UTO", "36QQQ", MrzNote::UnknownNationality),
        ("740812", "740231", MrzNote::ImpossibleBirthDate),
        ("120415", "121301", MrzNote::ImpossibleExpiryDate),
        ("2F12", "2K12", MrzNote::UnknownSexCharacter),
    ] {
        let mrz = parse(&TD3.replace(from, to), today()).unwrap();
        assert!(mrz.has_note(note), "{note:?}: {:?}", mrz.notes);
    }
    let partial = parse(&TD3.replace("7408122", "74<<<<8"), today()).unwrap();
    assert_eq!(
        partial.birth_date,
        MrzDate::Partial(PartialDate { year: Some(1974), month: None, day: None })
    );
    assert_eq!(partial.birth_date.interval().unwrap().to_string(), "1974");
}

fn fields(number: &str, surname: &str, given: &str) -> MrzFields {
    MrzFields {
        document_code: "P".into(),
        issuing_code: "KGZ".into(),
        surname: surname.into(),
        given_names: given.into(),
        document_number: number.into(),
        nationality: "KGZ".into(),
        birth_date: day(1971, 12, 31),
        sex: Sex::Male,
        expiry_date: day(2031, 1, 2),
        optional_data: String::new(),
        second_optional_data: String::new(),
        cyrillic_language: CyrillicLanguage::Russian,
    }
}

fn code_of(format: MrzFormat) -> &'static str {
    match format {
        MrzFormat::Td1 | MrzFormat::Td2 => "I",
        MrzFormat::Td3 => "P",
        MrzFormat::MrvA | MrzFormat::MrvB => "V",
    }
}

#[test]
fn what_is_written_reads_back() {
    for format in MrzFormat::ALL {
        for (surname, given, expected) in [
            ("Калачев", "Валерий", ("KALACHEV", "VALERII")),
            ("Müller-Łuk", "Åsa", ("MUELLER LUK", "AASA")),
            ("Мономах", "", ("MONOMAKH", "")),
        ] {
            let mut fields = fields("AC1234567", surname, given);
            fields.document_code = code_of(format).into();
            let text = write(format, &fields).unwrap();
            let mrz = parse(&text, today()).unwrap();
            assert_eq!((mrz.surname.as_str(), mrz.given_names.as_str()), expected, "{text}");
            assert_eq!((mrz.birth_date, mrz.expiry_date), (fields.birth_date, fields.expiry_date));
            assert!(mrz.checks.all_right() && mrz.notes.is_empty(), "{text} {mrz:?}");
        }
    }
}

#[test]
fn a_long_name_keeps_a_letter_of_the_given_names() {
    let text = write(MrzFormat::Td3, &fields("A1", &"Ш".repeat(60), "Юлия")).unwrap();
    let mrz = parse(&text, today()).unwrap();
    assert_eq!(mrz.given_names, "I");
    assert!(mrz.has_note(MrzNote::NameMayBeTruncated));
    assert!(write(MrzFormat::Td3, &fields("A1", "王", "小明")).is_err());
    assert!(write(MrzFormat::Td3, &fields("A123456789", "A", "B")).is_err());
}

/// What both readers understand of a zone: number, names, and which digits are right.
type Understood = (String, String, String, Vec<bool>);

fn outside_reading(format: MrzFormat, text: &str) -> Option<Understood> {
    let lines: Vec<&str> = text.lines().collect();
    let data = match format {
        MrzFormat::Td1 => mrz::parse_td1(lines[0], lines[1], lines[2]),
        MrzFormat::Td2 => mrz::parse_td2(lines[0], lines[1]),
        MrzFormat::Td3 => mrz::parse_td3(lines[0], lines[1]),
        MrzFormat::MrvA => mrz::parse_mrv_a(lines[0], lines[1]),
        MrzFormat::MrvB => mrz::parse_mrv_b(lines[0], lines[1]),
    }
    .ok()?;
    let checks = [
        data.checks.document_number,
        data.checks.date_of_birth,
        data.checks.date_of_expiry,
        data.checks.personal_number,
        data.checks.composite,
    ];
    Some((
        data.full_document_number().to_owned(),
        data.surname.clone(),
        data.given_names.clone(),
        checks.into_iter().map(|check| check.unwrap_or(true)).collect(),
    ))
}

fn own_reading(text: &str) -> Option<Understood> {
    let mrz = parse(text, today()).ok()?;
    let checks = mrz.checks.named().map(|(_, result)| !matches!(result, CheckResult::Wrong { .. }));
    Some((mrz.document_number, mrz.surname, mrz.given_names, checks.to_vec()))
}

#[test]
fn letters_are_rendered_as_an_outside_table_has_them() {
    for letter in ('\u{c0}'..='\u{17f}').chain(['\u{1e9e}']) {
        let outside: BTreeSet<String> =
            mrz::transliterations(letter).iter().map(|text| (*text).to_owned()).collect();
        if !outside.is_empty() {
            assert_eq!(renderings(&letter.to_string()), outside, "{letter}");
        }
    }
    let languages = [
        (CyrillicLanguage::Russian, mrz::CyrillicLanguage::Russian),
        (CyrillicLanguage::Belarusian, mrz::CyrillicLanguage::Belarusian),
        (CyrillicLanguage::Bulgarian, mrz::CyrillicLanguage::Bulgarian),
        (CyrillicLanguage::Macedonian, mrz::CyrillicLanguage::Macedonian),
        (CyrillicLanguage::Serbian, mrz::CyrillicLanguage::Serbian),
        (CyrillicLanguage::Ukrainian, mrz::CyrillicLanguage::Ukrainian),
    ];
    for (own, theirs) in languages {
        for letter in '\u{401}'..='\u{4ff}' {
            let Some(first) = mrz::transliterate_cyrillic_char(letter, theirs, true) else { continue };
            assert_eq!(transliterate(&letter.to_string(), own).as_deref(), Ok(first), "{letter} {own:?}");
            let inside = mrz::transliterate_cyrillic_char(letter, theirs, false).unwrap();
            let expected = format!("A{inside}");
            assert_eq!(transliterate(&format!("A{letter}"), own), Ok(expected), "{letter} {own:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_outside_reader_understands_the_same(
        which in 0..5usize,
        number in "[A-Z0-9]{1,9}",
        long in "[A-Z0-9]{10,14}",
        surname in "[A-Z]{1,12}( [A-Z]{1,9})?",
        // Never empty: without given names the outside reader splits the surname, which the standard does not.
        given in "[A-Z]{1,8}( [A-Z]{1,8}){0,2}",
        optional in "[A-Z0-9]{0,5}",
        place in 0..60usize,
        character in "[0-9A-Z]",
        spoil in any::<bool>(),
    ) {
        let format = MrzFormat::ALL[which];
        let takes_long = matches!(format, MrzFormat::Td1 | MrzFormat::Td2) && optional.is_empty();
        let mut fields = fields(if takes_long { &long } else { &number }, &surname, &given);
        fields.document_code = code_of(format).into();
        fields.optional_data = optional;
        let mut text = write(format, &fields).unwrap();
        if spoil {
            // One character of the numbers of a zone is misread as another.
            let at = text.find('\n').unwrap() + 1 + place % 28;
            if text.as_bytes()[at].is_ascii_alphanumeric() {
                text.replace_range(at..=at, &character);
            }
        }
        let own = own_reading(&text);
        // What breaks the layout for us (a letter in a date) the outside reader may keep as it is.
        if let (Some(own), Some(outside)) = (own, outside_reading(format, &text)) {
            prop_assert_eq!(own, outside, "{}", text);
        } else {
            prop_assert!(spoil, "refused: {}", text);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = parse(&text, today());
    }

    #[test]
    fn no_zone_shaped_text_makes_the_reader_panic(text in "[A-Z0-9<]{72}|[A-Z0-9<]{88}|[A-Z0-9<]{90}|[PVI][A-Z0-9<]{87}") {
        let _ = parse(&text, today());
    }
}
