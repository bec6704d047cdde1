//! What the use cases leave in the data directory: sound by the doctor's reading, and no name and no number in clear.

use std::path::{Path, PathBuf};

use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_store::{MasterKeySource, doctor};
use barid_testkit::world::{World, acting, person, stolen_passport};

use crate::{named, numbered, run, un};

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// The words that stand in clear in some file, as `strings` would find them.
fn in_clear<'a>(directory: &Path, words: &[&'a str]) -> Vec<&'a str> {
    let files: Vec<Vec<u8>> =
        files_below(directory).iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(
        files.iter().any(|file| file.windows(11).any(|window| window == b"CREATE TABL")),
        "the database is read"
    );
    let stands = |word: &&&str| {
        let (lower, upper) = (word.to_lowercase(), word.to_uppercase());
        [**word, lower.as_str(), upper.as_str()].iter().any(|word| {
            let first = word.as_bytes()[0];
            files.iter().any(|file| {
                let starts = file.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| at);
                starts.into_iter().any(|at| file[at..].starts_with(word.as_bytes()))
            })
        })
    };
    words.iter().filter(stands).copied().collect()
}

#[test]
fn the_directory_is_sound_after_everything_that_can_be_asked() {
    run(async {
        let world = World::exercise().build().await;
        let xa = acting("XA", Purpose::BorderControl);
        let submission = world.submission(Purpose::BorderControl, person(&["Образцов Учебный"]));
        let first = world.app.submit_person(&xa, world.key(), submission).await.unwrap();
        let submission = world.submission(Purpose::BorderControl, stolen_passport("XA1234567", "XAX"));
        world.app.submit_travel_document(&xa, world.key(), submission).await.unwrap();
        let documents = (0..300).map(|i| stolen_passport(&format!("XA{i:06}"), "XAX")).collect();
        let terms = world.terms(Purpose::BorderControl);
        let batch = barid_app::DocumentBatchSubmission { terms, documents, audience: None };
        let batch = world.app.submit_document_batch(&xa, world.key(), batch).await.unwrap();
        world.app.withdraw(&xa, world.key(), batch.records[7], WithdrawalReason::Recovered).await.unwrap();
        world.app.withdraw(&xa, world.key(), first.records[0], WithdrawalReason::PurposeMet).await.unwrap();
        world.app.search(&xa, &named("Образцов")).await.unwrap();
        world.app.search(&xa, &numbered("XA000123")).await.unwrap();
        world.app.open(&xa, batch.records[8]).await.unwrap();
        world.app.search(&acting("XPART", Purpose::BorderControl), &named("Образцов")).await.unwrap_err();
        let world = world.restart().await;
        let closed = world.close().await;
        let report = doctor(&closed.data(), &MasterKeySource::DataDirectory).await.unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        let clear =
            in_clear(&closed.data(), &["Образцов", "XA1234567", "XA000123", "XA000008", "дело 17/2026"]);
        assert!(clear.is_empty(), "{clear:?}");
    });
}

#[test]
fn no_listed_name_and_no_listed_number_stands_in_clear() {
    run(async {
        let un = un().await;
        let words = [
            "BADEGE",
            "KAKOLELE",
            "Baradar",
            "HAQQANI",
            "Katanga",
            "CHERIZIER",
            "التكريتي",
            "حقانی",
            "صدام",
            "CFi.009",
            "TAi.144",
            "Kinshasa",
            "Saqr al-Kabisi",
        ];
        let list = std::str::from_utf8(crate::UN_LIST).unwrap().to_lowercase();
        assert!(
            words.iter().all(|word| list.contains(&word.to_lowercase())),
            "all of them stand in the list"
        );
        let clear = in_clear(&un.closed.data(), &words);
        assert!(clear.is_empty(), "{clear:?}");
    });
}
