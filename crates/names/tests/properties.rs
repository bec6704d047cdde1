//! What must hold for any text: no panic, cleaning that settles, evidence that does not depend on who is asked first.

use barid_names::channel::ScoringBuffers;
use barid_names::compare::{compare, part_evidence};
use barid_names::name::{MAX_CHARS, MAX_PARTS, Name};
use barid_names::script::Script;
use proptest::prelude::*;

fn letters() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-ZäöüßšžčćłøéñÀ-ž '<.-]{0,24}",
        "[а-яА-ЯёіїєґқғӯҳЁ ,-]{0,24}",
        "[\u{621}-\u{64a}\u{64b}-\u{652}پچژگکی\u{200c} ]{0,24}",
        "[\u{905}-\u{939}\u{93e}-\u{94d}\u{200d} ]{0,24}",
        "[\u{985}-\u{9b9}\u{9be}-\u{9cd} ]{0,24}",
        "[\u{4e00}-\u{9fa5}·]{0,6}",
        "[가-힣ァ-ヶぁ-ん ]{0,12}",
        "\\PC{0,40}",
        any::<String>().prop_map(|s| s.chars().take(60).collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_cleaned_and_cleaning_settles(text in letters()) {
        let once = Name::parse(&text);
        let twice = Name::parse(&once.text());
        prop_assert_eq!(once.text(), twice.text());
        prop_assert!(once.parts().len() <= MAX_PARTS);
    }

    #[test]
    fn any_two_texts_compare_to_a_score(a in letters(), b in letters()) {
        let comparison = compare(&Name::parse(&a), &Name::parse(&b));
        prop_assert!((0.0..=1.0).contains(&comparison.score));
        prop_assert!(comparison.evidence.is_finite());
    }

    #[test]
    fn evidence_of_parts_is_symmetric_with_latin(a in letters(), b in "[A-Za-zäöüšž]{1,12}") {
        let (a, b) = (Name::parse(&a), Name::parse(&b));
        let mut buffers = ScoringBuffers::default();
        for x in a.parts() {
            for y in b.parts().iter().filter(|part| part.script() == Script::Latin) {
                let there = part_evidence(x, y, &mut buffers);
                prop_assert_eq!(there, part_evidence(y, x, &mut buffers));
            }
        }
    }
}

#[test]
fn caps_hold_at_the_cap_and_beyond() {
    let parts = |count: usize| Name::parse(&"ab ".repeat(count)).parts().len();
    assert_eq!((parts(MAX_PARTS), parts(MAX_PARTS + 1)), (MAX_PARTS, MAX_PARTS));
    let tail = |count: usize| Name::parse(&format!("{}Калачев", " ".repeat(count))).parts().len();
    assert_eq!((tail(MAX_CHARS - 7), tail(MAX_CHARS)), (1, 0));
}

#[test]
fn hostile_texts_are_cleaned_by_the_documented_rules() {
    let cases = [
        ("\u{202e}Калачев\u{202c}", "Калачев"),
        ("Kala\u{200d}chev\0", "Kalachev"),
        ("KALACHEV<<PETR<<<<", "KALACHEV PETR"),
        ("علی\u{200c}رضا", "علیرضا"),
        ("Ｋａｌａｃｈｅｖ", "Kalachev"),
        ("AsriMuda", "Asri Muda"),
        ("Mun Ch'o'l-su", "Mun Chol su"),
        ("12345", ""),
        ("王晓亮", "王 晓亮"),
        ("歐陽修竹", "歐陽 修竹"),
        ("阿都阿兹", "阿都阿兹"),
        ("Sun-a Kim", "Suna Kim"),
        ("Anna-A Калачев-а", "Anna A Калачев а"),
        ("التكريتي", "ال تكريتي"),
        ("СМОЛКИНA", "СМОЛКИНА"),
    ];
    for (text, cleaned) in cases {
        assert_eq!(Name::parse(text).text(), cleaned, "{text:?}");
    }
}
