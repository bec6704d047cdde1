//! Fuzz targets of the name engine: no text makes it panic, and a score stays a score.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a target stops at the first surprise and reads its settings from the environment"
)]

#[path = "../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use barid_names::compare::compare;
use barid_names::name::{MAX_PARTS, Name};
use barid_names::tables::{TableContents, Tables};

#[test]
fn fuzz_names() {
    let seeds: [&[u8]; 7] = [
        "Калачев, Валерий".as_bytes(),
        "أيمن محمد ربيع الظواهري".as_bytes(),
        "حسین اشتری".as_bytes(),
        "वालेरी कलाचेव".as_bytes(),
        "ভ্যালেরি কালাচেভ".as_bytes(),
        "约瑟夫·科尼".as_bytes(),
        "Abd al-Rahman ibn Müller-Đurić".as_bytes(),
    ];
    let record = Name::parse("KALACHEV Valery");
    fuzz::run("names", &seeds, |bytes| {
        let typed = String::from_utf8_lossy(bytes);
        let name = Name::parse(&typed);
        assert!(name.parts().len() <= MAX_PARTS);
        let score = compare(&name, &record).score;
        assert!((0.0..=1.0).contains(&score), "{score}");
    });
}

#[test]
fn fuzz_tables() {
    let mut few = TableContents::parse(include_bytes!("../data/tables.bin")).unwrap();
    few.channels.iter_mut().for_each(|(_, entries)| entries.truncate(4));
    few.models.iter_mut().for_each(|(_, model)| model.ngrams.truncate(4));
    few.frequent.truncate(4);
    few.attested.iter_mut().for_each(|(_, pairs)| pairs.truncate(4));
    let seed = few.encode();
    fuzz::run("tables", &[&seed], |bytes| {
        if let Ok(read) = TableContents::parse(bytes) {
            assert_eq!(TableContents::parse(&read.encode()).as_ref(), Ok(&read));
            let _ = Tables::new(read);
        }
    });
}
