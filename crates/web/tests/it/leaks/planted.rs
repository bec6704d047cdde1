//! Leaks that are planted have to be caught, each in a process of its own.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use barid_app::leak_tests::Leak;

use crate::leaks::stage::Way;
use crate::leaks::worlds::{ONLY, PLANTED};

/// Looks at the two worlds in a process of its own; answers whether they are alike, and what was said.
fn look(planted: Option<(Leak, &str)>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let test = "leaks::worlds::hidden_records_change_nothing_that_can_be_seen";
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command.env_remove(PLANTED).env_remove(ONLY).env("RUST_BACKTRACE", "0");
    if let Some((leak, name)) = planted {
        command.env(PLANTED, name).env(ONLY, format!("{:?}", way_of(leak)));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

/// The way of hiding that a leak tells something of.
fn way_of(leak: Leak) -> Way {
    match leak {
        Leak::HitBelowAlert => Way::BelowAlert,
        Leak::MaskedNumberFinds => Way::MaskedNumber,
        Leak::RestrictionForgotten => Way::Restricted,
        Leak::CanaryRead => Way::Canary,
        Leak::CorpusStatistics
        | Leak::PlaceTaken
        | Leak::ConflictForHidden
        | Leak::EtagOfHidden
        | Leak::CursorOfHidden
        | Leak::MetricLabel
        | Leak::DuplicateHint
        | Leak::TermInLog
        | Leak::ErrorText
        | Leak::TotalCount
        | Leak::HiddenRead
        | Leak::CheckpointTempo
        | Leak::LinkToHidden
        | Leak::AgreementOfOthers
        | Leak::CapCountsHidden
        | Leak::AccessesOfOthers
        | Leak::PlaceInStream => Way::OtherPurpose,
    }
}

#[test]
fn the_two_worlds_are_alike_and_every_planted_leak_is_caught() {
    let (alike, said) = look(None);
    assert!(alike, "{said}");
    assert!(said.contains("1 passed"), "it did not run: {said}");
    for line in said.lines().filter(|line| line.starts_with("work: ") || line.contains("... work: ")) {
        println!("{line}");
    }
    let missed = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let look_on = || {
        while let Some((leak, name)) = Leak::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (alike, said) = look(Some((*leak, name)));
            let by = said.lines().find(|line| line.starts_with("leak: ") || line.starts_with("work: ["));
            println!("planted {name}: {}", by.unwrap_or("missed"));
            if alike || by.is_none() {
                missed.lock().unwrap().push(*name);
            }
        }
    };
    // Two at a time: as many as the smallest machine has cores.
    std::thread::scope(|scope| {
        scope.spawn(look_on);
        scope.spawn(look_on);
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "planted and not caught: {missed:?}");
}
