use proptest::prelude::*;

use super::*;

/// What of a kind is found, as `written=number`, with a mark for a check digit; places must be those of what is written.
fn found(text: &str, kind: IdentifierKind) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let shown = |found: &Identifier| {
        let there: String = characters[found.start as usize..found.end as usize].iter().collect();
        assert_eq!(there, found.written);
        assert_eq!(found.kind, kind);
        let check = match found.check {
            CheckDigit::None => "",
            CheckDigit::Right => " right",
            CheckDigit::Wrong => " wrong",
        };
        let alike = found.alike.as_ref().map(|alike| format!("~{alike}")).unwrap_or_default();
        format!("{}={}{alike}{check}", found.written, found.number)
    };
    identifiers(text, &[kind]).iter().map(shown).collect()
}

/// The document numbers that remain when all of these are known.
fn known_documents(text: &str, numbers: &[&str]) -> Vec<String> {
    let all = identifiers(text, &[IdentifierKind::DocumentNumber]);
    let is_known = |found: &Identifier| {
        let says = |number: &str| numbers.contains(&number);
        says(&found.number) || found.alike.as_deref().is_some_and(says)
    };
    known(all, is_known).into_iter().map(|found| found.written).collect()
}

#[test]
fn document_numbers_stand_in_any_writing() {
    for (text, number, written) in [
        ("Паспорт XA 0012345 изъят.", "XA0012345", "XA 0012345"),
        ("паспорт серии 45 08 №123456", "123456", "123456"),
        ("Паспорт 45 08 123456, выдан 12.03.2008", "4508123456", "45 08 123456"),
        ("পাসপোর্ট নম্বর XA০০১২৩৪৫-এর মালিক", "XA0012345", "XA০০১২৩৪৫"),
        ("পাসপোর্ট XA০০১২৩৪৫এর", "XA0012345", "XA০০১২৩৪৫"),
        ("पासपोर्ट XA-००१२३४५ रद्द किया गया", "XA0012345", "XA-००१२३४५"),
        ("گذرنامه شماره XA۰۰۱۲۳۴۵ باطل شد", "XA0012345", "XA۰۰۱۲۳۴۵"),
        ("جواز سفر رقم XA٠٠١٢٣٤٥.", "XA0012345", "XA٠٠١٢٣٤٥"),
        ("护照号码XA0012345已挂失", "XA0012345", "XA0012345"),
        ("护照ＸＡ００１２３４５", "XA0012345", "ＸＡ００１２３４５"),
        ("XA0012345'in sahibi", "XA0012345", "XA0012345"),
        ("Удостоверение ХА 0012345", "XA0012345", "ХА 0012345"),
        ("id-card xa0012345", "XA0012345", "xa0012345"),
        ("свидетельство IV-АГ 654321", "IVАГ654321", "IV-АГ 654321"),
        ("list: AA1234567 AA1234568", "AA1234568", "AA1234568"),
        ("1234567 7654321", "7654321", "7654321"),
        ("\u{202a}XA\u{200e}0012345\u{202c}", "XA0012345", "XA\u{200e}0012345"),
    ] {
        assert_eq!(known_documents(text, &[number]), [written], "{text}");
    }
    assert_eq!(known_documents("XA 0012345", &["0012345", "XA0012345"]), ["XA 0012345"], "the longer one");
    assert_eq!(
        found("ХА 1234567", IdentifierKind::DocumentNumber),
        ["ХА 1234567=ХА1234567~XA1234567", "1234567=1234567"]
    );
}

#[test]
fn what_only_looks_like_a_document_number_is_left_out() {
    for (text, number) in [
        ("сумма 1234567 рублей", "1234567"),
        ("сумма 1 234 567 руб.", "1234567"),
        ("a sum of 1.234.567", "1234567"),
        ("$1234567 was paid", "1234567"),
        ("USD 1234567 was paid", "1234567"),
        ("1234567,50 евро", "1234567"),
        ("७६५४३२१ रुपये", "7654321"),
        ("১২৩৪৫৬৭ টাকা", "1234567"),
        ("۱۲۳۴۵۶۷ تومان", "1234567"),
        ("1234567 دولار", "1234567"),
        ("1234567元", "1234567"),
        ("12.03.2026", "12032026"),
        ("2026-03-12", "20260312"),
        ("১২-০৩-২০২৬", "12032026"),
        ("12/03/26 г.", "120326"),
        ("Regulation 1244/2009", "12442009"),
        ("ст. 159 ч. 4 УК, закон № 44-ФЗ 2013 года", "1594"),
        ("в 2026 году", "2026"),
        ("счёт 40817 810 0 9991 0004312", "0004312"),
        ("счёт 40817-810-0-9991-0004312", "0004312"),
        ("40817810099910004312", "0004312"),
        ("Калачев 12345", "КАЛАЧЕВ12345"),
        ("the number 1234567", "NUMBER1234567"),
        ("12:30:4567", "12304567"),
        ("COVID 19, F16", "F16"),
    ] {
        assert_eq!(known_documents(text, &[number]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn zones_are_found_by_their_lines() {
    let td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
    let td1 =
        "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    let td2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
    for zone in [td3, td1, td2] {
        for text in [
            format!("Найдено:\n{zone}\nи больше ничего."),
            format!("নিচে দেখুন\r\n  {}  \r\n", zone.replace('\n', "  \r\n  ")),
            zone.to_owned(),
        ] {
            let all = identifiers(&text, &[IdentifierKind::MachineReadableZone]);
            assert_eq!(all.iter().map(|found| found.number.as_str()).collect::<Vec<_>>(), [zone], "{text}");
            let there: String =
                text.chars().skip(all[0].start as usize).take((all[0].end - all[0].start) as usize).collect();
            assert_eq!(there, all[0].written);
        }
    }
    let one_line = td3.replace('\n', " ");
    assert_eq!(
        identifiers(&one_line, &[IdentifierKind::MachineReadableZone])[0].number,
        one_line.replace(' ', "")
    );
    for none in ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", &"A".repeat(44), &td3.to_lowercase(), "<<<<"]
    {
        assert_eq!(found(none, IdentifierKind::MachineReadableZone), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn vehicles_have_numbers_and_plates() {
    let vin = |text: &str| found(text, IdentifierKind::Vin);
    assert_eq!(vin("VIN 1M8GDM9AXKP042788."), ["1M8GDM9AXKP042788=1M8GDM9AXKP042788 right"]);
    assert_eq!(
        vin("вин ХТА210990Y2766389"),
        ["ХТА210990Y2766389=XTA210990Y2766389 right"],
        "typed in Cyrillic"
    );
    assert_eq!(vin("XTA210990Y2766388"), ["XTA210990Y2766388=XTA210990Y2766388"], "not required there");
    assert_eq!(vin("1M8GDM9A1KP042788"), ["1M8GDM9A1KP042788=1M8GDM9A1KP042788 wrong"]);
    assert_eq!(vin("গাড়ি 1M8GDM9AXKP০৪২৭৮৮"), ["1M8GDM9AXKP০৪২৭৮৮=1M8GDM9AXKP042788 right"]);
    for none in [
        "1M8GDM9AXKPO42788",
        "1M8GDM9AXKP0427889",
        "12345678901234567",
        "ABCDEFGHJKLMNPRST",
        "1M8GDM9AXKP04278X",
    ] {
        assert_eq!(vin(none), Vec::<String>::new(), "{none}");
    }
    let plates = |text: &str| {
        let all = identifiers(text, &[IdentifierKind::Plate]);
        all.into_iter().map(|found| found.number).collect::<Vec<_>>()
    };
    for (text, number) in [
        ("машина А123ВС77", "A123BC77"),
        ("машина А 123 ВС 77", "A123BC77"),
        ("car A123BC 77 seen", "A123BC77"),
        ("01KG123ABC", "01KG123ABC"),
        ("B AB 1234", "BAB1234"),
        ("DL-01-AB-1234", "DL01AB1234"),
        ("گاڑی ABC-۱۲۳۴", "ABC1234"),
    ] {
        assert!(plates(text).contains(&plate_key(number)), "{text}: {:?}", plates(text));
    }
    assert_eq!(plate_key("а123вс 77"), plate_key("A123BC77"));
    for none in ["в 2026 году", "12 34 56", "Москва 12", "COVID 19"] {
        assert_eq!(plates(none), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn telephones_are_compared_by_their_digits() {
    for (text, number) in [
        ("звонил +7 (495) 123-45-67.", "74951234567"),
        ("ফোন +৮৮০ ১৭১২-৩৪৫৬৭৮", "8801712345678"),
        ("00880 1712 345678", "8801712345678"),
        ("هاتف ٠٠٩٦٤ ٧٧٠ ١٢٣ ٤٥٦٧", "9647701234567"),
        ("تلفن ＋۹۸ ۲۱ ۱۲۳۴ ۵۶۷۸", "982112345678"),
        ("फ़ोन +91-98765-43210 पर", "919876543210"),
        ("+44 (0)20 7946 0000", "442079460000"),
        ("(+49) 30 123456", "4930123456"),
        ("+7.495.123.45.67", "74951234567"),
        ("电话+86 10 1234 5678。", "861012345678"),
    ] {
        let all = identifiers(text, &[IdentifierKind::Phone]);
        assert!(all.iter().any(|found| found.number == number), "{text}: {all:?}");
        let kept = known(all, |found| found.number == number);
        assert_eq!(kept.len(), 1, "{text}");
        found(text, IdentifierKind::Phone);
    }
    let behind = identifiers("+7 495 123 45 67 10 человек", &[IdentifierKind::Phone]);
    assert!(behind.iter().any(|found| found.number == "74951234567"), "what follows may not belong to it");
    for none in [
        "8 (495) 123-45-67",
        "1200880171234567",
        "a+74951234567",
        "+0 123 456 789",
        "+1234567",
        "+1234567890123456",
        "+7 495 a 123 45 67",
        "1,0049301234567",
        "00",
        "+",
        "+++",
    ] {
        assert_eq!(found(none, IdentifierKind::Phone), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn devices_are_found_by_their_check_digit() {
    for text in
        ["IMEI 490154203237518", "49-015420-323751-8", "আইএমইআই ৪৯০১৫৪২০৩২৩৭৫১৮", "49 015420 323751 8."]
    {
        let all = identifiers(text, &[IdentifierKind::Imei]);
        assert_eq!(
            all.iter().map(|found| found.number.as_str()).collect::<Vec<_>>(),
            ["490154203237518"],
            "{text}"
        );
        assert_eq!(all[0].check, CheckDigit::Right);
    }
    for none in ["490154203237517", "4901542032375180", "49015420323751"] {
        assert_eq!(found(none, IdentifierKind::Imei), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn what_is_not_known_does_not_come_out() {
    let text = "XA0012345, +7 495 123 45 67, 1M8GDM9AXKP042788, 490154203237518";
    let all = identifiers(text, &IdentifierKind::ALL);
    assert!(all.len() >= 4);
    assert_eq!(known(all.clone(), |_| false), []);
    // What is known and may not be seen is no neighbour that hides others: the answer is one for both.
    let seen = |number: &'static str| known(all.clone(), move |found| found.number == number);
    assert_eq!(seen("XA0012345").len(), 1);
    assert_eq!(seen("0012345"), [], "a piece of a block is no number");
}

/// Twice the text takes no more than twice the candidates and a little: one pass, whatever stands in it.
#[test]
fn candidates_grow_with_the_text_and_no_faster() {
    for piece in ["12 ", "A1-", "+1 2 ", "00", "1.", "XA 0012345 ", "<", "A", "ж1", "1 \u{200e}"] {
        let count = |times: usize| identifiers(&piece.repeat(times), &IdentifierKind::ALL).len();
        let (once, twice) = (count(2_000), count(4_000));
        assert!(twice <= 2 * once + 50, "{piece:?}: {once} {twice}");
        assert!(twice <= 4_000 * piece.len() * MOST_BLOCKS, "{piece:?}: {twice}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_places_are_those_of_what_is_written(
        text in r"([A-Za-z0-9+<()./ -]|[АВСХхж]|[০-৯]|[٠-٩]|[۰-۹]|[०-९]|[ক-হ]|ＡＢ|１２|\u{200e}|\n|\PC){0,120}"
    ) {
        let characters: Vec<char> = text.chars().collect();
        let all = identifiers(&text, &IdentifierKind::ALL);
        prop_assert!(all.is_sorted_by_key(|found| found.start));
        for found in &all {
            prop_assert!(found.start < found.end);
            let there: String = characters[found.start as usize..found.end as usize].iter().collect();
            prop_assert_eq!(&there, &found.written);
            prop_assert!(!found.number.is_empty());
        }
        let kept = known(all, |_| true);
        for kind in IdentifierKind::ALL {
            let of_kind: Vec<_> = kept.iter().filter(|found| found.kind == kind).collect();
            prop_assert!(of_kind.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
