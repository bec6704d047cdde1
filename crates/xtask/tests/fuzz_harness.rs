//! Shows that the fuzz harness of the test kit finds planted bugs, repeats itself and stays within its bounds.
//!
//! The harness is taken in by path, the way the pure crates' tests do it.

#[path = "../../testkit/src/fuzz.rs"]
mod fuzz;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

const RECORD: &[u8] = b"\x05Ivan!\x02XA";

/// Reads length-prefixed parts. `careful` or with the bug it was planted with: a length taken at its word.
fn read_parts(mut bytes: &[u8], careful: bool) {
    while let Some((&length, rest)) = bytes.split_first() {
        let length = usize::from(length);
        if careful && length > rest.len() {
            return;
        }
        bytes = &rest[length..];
    }
}

#[test]
fn a_planted_panic_is_found_and_made_short() {
    let check = |bytes: &[u8]| read_parts(bytes, false);
    let finding = fuzz::hunt(&[RECORD], 2_000, 1, &check).expect("the planted bug is found");
    assert_eq!(finding.input.len(), 1, "one length byte is enough: {:?}", finding.input);
    assert!(finding.message.contains("out of range"), "{}", finding.message);
}

#[test]
fn a_bug_behind_a_broken_promise_deep_in_the_input_is_found() {
    let check = |bytes: &[u8]| assert!(!bytes.windows(3).any(|part| part == [0xff, 0xff, 0xff]), "three ff");
    assert!(fuzz::hunt(&[RECORD], 20_000, 1, &check).is_some());
}

#[test]
fn a_careful_reader_passes() {
    fuzz::run("careful_reader", &[RECORD, b""], |bytes| read_parts(bytes, true));
}

#[test]
fn the_report_names_target_seed_input_and_how_to_repeat_it() {
    let failing = || fuzz::run("planted", &[b"\x09"], |bytes| read_parts(bytes, false));
    let panic = catch_unwind(AssertUnwindSafe(failing)).expect_err("the corpus itself fails");
    let text = panic.downcast_ref::<String>().expect("a formatted message");
    for part in
        ["fuzz target planted failed", "seed ", "iteration 0", "BARID_FUZZ_INPUT=09 cargo test fuzz_planted"]
    {
        assert!(text.contains(part), "'{part}' is missing in: {text}");
    }
}

#[test]
fn one_seed_gives_the_same_inputs_and_another_gives_others() {
    let inputs = |seed| {
        let seen = RefCell::new(Vec::new());
        fuzz::hunt(&[RECORD, b"other"], 500, seed, &|bytes: &[u8]| seen.borrow_mut().push(bytes.to_vec()));
        seen.into_inner()
    };
    assert_eq!(inputs(7).len(), 502);
    assert_eq!(inputs(7), inputs(7));
    assert_ne!(inputs(7), inputs(8));
}

#[test]
fn inputs_vary_and_stay_below_the_bound() {
    let longest = RefCell::new(0);
    let distinct = RefCell::new(std::collections::BTreeSet::new());
    fuzz::hunt(&[RECORD], 5_000, 3, &|bytes: &[u8]| {
        let mut longest = longest.borrow_mut();
        *longest = bytes.len().max(*longest);
        distinct.borrow_mut().insert(bytes.to_vec());
    });
    assert!(longest.into_inner() <= 64 * 1024);
    assert!(distinct.into_inner().len() > 2_500);
}

#[test]
fn an_empty_seed_input_is_mutated_too() {
    let grown = RefCell::new(false);
    fuzz::hunt(&[b""], 500, 3, &|bytes: &[u8]| *grown.borrow_mut() |= !bytes.is_empty());
    assert!(grown.into_inner());
}
