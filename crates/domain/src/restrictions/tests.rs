use super::*;
use crate::ids::NodeId;
use crate::streams::{StreamClass, StreamId};
use proptest::prelude::*;

fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn place(seq: u64) -> Position {
    let stream = StreamId {
        organisation: org("XA"),
        class: StreamClass::Restrictions,
        node: NodeId([1; 16]),
        incarnation: 1,
    };
    Position { stream, seq }
}

fn restriction(number: u64, records: &[RecordId], audience: &Audience) -> Restriction {
    Restriction {
        salt: [0; 32],
        database: Database::Persons,
        scope: if records.is_empty() { RestrictionScope::Database } else { RestrictionScope::Records },
        records: records.to_vec(),
        mode: audience.mode(),
        organisations: audience.organisations().to_vec(),
        number,
    }
}

/// A restriction as it was read: what it says, when, where, and whether its key counts.
type Read = (Restriction, i64, u64, bool);

fn book(read: &[Read]) -> RestrictionBook {
    let mut book = RestrictionBook::default();
    for (restriction, at, seq, counts) in read {
        book.apply(org("XA"), restriction, *at, place(*seq), *counts);
    }
    book
}

#[test]
fn an_audience_lets_through_whom_it_names_or_whom_it_does_not() {
    let but = Audience::all_but([org("XB"), org("XC"), org("XB")]);
    assert_eq!(but.organisations(), [org("XB"), org("XC")]);
    let only = Audience::only([org("XB")]);
    for (audience, admitted) in [
        (&Audience::EVERYBODY, [true, true, true]),
        (&but, [false, false, true]),
        (&only, [true, false, false]),
        (&Audience::only([]), [false, false, false]),
    ] {
        let admits = ["XB", "XC", "XD"].map(|code| audience.admits(org(code)));
        assert_eq!(admits, admitted, "{audience:?}");
    }
    assert_eq!(Audience::all_but([]), Audience::EVERYBODY);
    assert!(Audience::only([]).is_within(&only) && only.is_within(&Audience::EVERYBODY));
    assert!(!but.is_within(&only) && !Audience::EVERYBODY.is_within(&but) && !only.is_within(&but));
}

fn audiences() -> impl Strategy<Value = Audience> {
    let orgs = proptest::sample::subsequence(vec!["XB", "XC", "XD", "XE"], 0..=4);
    (any::<bool>(), orgs).prop_map(|(only, orgs)| {
        let orgs = orgs.into_iter().map(org);
        if only { Audience::only(orgs) } else { Audience::all_but(orgs) }
    })
}

proptest! {
    #[test]
    fn two_audiences_together_let_through_whom_both_do(one in audiences(), two in audiences()) {
        for code in ["XB", "XC", "XD", "XE", "XF"] {
            let code = org(code);
            prop_assert_eq!(one.and(&two).admits(code), one.admits(code) && two.admits(code));
        }
        prop_assert_eq!(one.and(&two), two.and(&one));
        prop_assert!(one.and(&two).is_within(&one) && one.and(&two).is_within(&two));
    }

    /// Every server reads streams in an order of its own.
    #[test]
    fn whatever_the_order_in_which_they_are_read_the_same_stands(
        said in proptest::collection::vec((1..4_u64, 0..3_i64, audiences(), any::<bool>(), any::<bool>()), 1..8),
        turns in any::<u64>(),
    ) {
        let mut read: Vec<Read> = said
            .into_iter()
            .enumerate()
            .map(|(seq, (number, at, audience, counts, whole))| {
                let records = if whole { vec![] } else { vec![record(1)] };
                (restriction(number, &records, &audience), at, seq as u64 + 1, counts)
            })
            .collect();
        let first = book(&read);
        let len = read.len();
        read.rotate_left(turns as usize % len);
        if turns & 1 == 1 {
            read.reverse();
        }
        let second = book(&read);
        prop_assert_eq!(first.audience(org("XA"), record(1)), second.audience(org("XA"), record(1)));
        prop_assert_eq!(first.of_databases(), second.of_databases());
        prop_assert_eq!(first.next_number(org("XA")), second.next_number(org("XA")));
    }
}

#[test]
fn the_last_one_about_a_record_stands_and_names_what_it_changed() {
    let (owner, but) = (org("XA"), Audience::all_but([org("XB")]));
    let mut book = RestrictionBook::default();
    let first = restriction(1, &[record(1), record(2)], &but);
    assert_eq!(book.apply(owner, &first, 10, place(1), true), [record(1), record(2)]);
    assert_eq!(book.apply(owner, &first, 10, place(1), true), [], "said twice, it changes nothing");
    assert_eq!(book.next_number(owner), 2);
    let lifted = restriction(2, &[record(1)], &Audience::EVERYBODY);
    assert_eq!(book.apply(owner, &lifted, 10, place(2), true), [record(1)]);
    assert_eq!(book.audience(owner, record(1)), Audience::EVERYBODY);
    assert_eq!(book.audience(owner, record(2)), but);
    assert_eq!(book.audience(org("XB"), record(2)), Audience::EVERYBODY, "only its owner says so");
    let listed: Vec<_> = book.restricted_records(owner, None).collect();
    assert_eq!(listed, [(record(2), Database::Persons, but.clone())]);
    assert_eq!(book.restricted_records(owner, Some(record(2))).count(), 0);
    assert_eq!(book.restricted_records(org("XB"), None).count(), 0);
    // An earlier one that comes late changes nothing.
    assert_eq!(book.apply(owner, &restriction(1, &[record(1)], &but), 99, place(9), true), []);
}

#[test]
fn a_whole_database_is_kept_from_some_beside_its_single_records() {
    let (owner, but) = (org("XA"), Audience::all_but([org("XC")]));
    let mut book = RestrictionBook::default();
    assert_eq!(book.apply(owner, &restriction(1, &[], &but), 10, place(1), true), []);
    assert_eq!(book.audience(owner, record(1)), Audience::EVERYBODY);
    assert_eq!(book.of_databases().get(&(owner, Database::Persons)), Some(&but));
    assert_eq!(book.restricted_databases(owner).collect::<Vec<_>>(), [(Database::Persons, &but)]);
    assert_eq!(book.restricted_databases(org("XB")).count(), 0);
    book.apply(owner, &restriction(2, &[], &Audience::EVERYBODY), 10, place(2), true);
    assert!(book.of_databases().is_empty());
}

#[test]
fn with_a_stolen_key_nothing_is_opened_and_what_was_closed_stays_until_the_owner_says_it_again() {
    let (but, only) = (Audience::all_but([org("XB")]), Audience::only([org("XB"), org("XD")]));
    let one = [record(1)];
    let opened_by_thief = book(&[
        (restriction(1, &one, &but), 10, 1, true),
        (restriction(2, &one, &Audience::EVERYBODY), 11, 2, false),
    ]);
    assert_eq!(opened_by_thief.audience(org("XA"), record(1)), but);
    // Said by the owner with a key that was stolen later, behind the place up to which it counts.
    let closed =
        book(&[(restriction(1, &one, &but), 10, 1, true), (restriction(2, &one, &only), 11, 2, false)]);
    assert_eq!(closed.audience(org("XA"), record(1)), Audience::only([org("XD")]));
    // A thief takes no number away from the owner: what is too high counts for nothing.
    for (number, narrowed) in [
        (HIGHEST_DOUBTFUL, Audience::only([org("XD")])),
        (HIGHEST_DOUBTFUL + 1, but.clone()),
        (u64::MAX, but.clone()),
    ] {
        let first = (restriction(1, &one, &but), 10, 1, true);
        let stolen = (restriction(number, &one, &only), i64::MAX, 2, false);
        let book = book(&[first.clone(), stolen.clone()]);
        assert_eq!(book.audience(org("XA"), record(1)), narrowed, "{number}");
        let next = book.next_number(org("XA"));
        let again = self::book(&[first, stolen, (restriction(next, &one, &but), 12, 3, true)]);
        assert_eq!(again.audience(org("XA"), record(1)), but, "{number}");
    }
}

#[test]
fn one_of_a_later_mode_lets_nobody_through() {
    let later = Restriction {
        mode: AudienceMode::Unlisted(9),
        ..restriction(1, &[record(1)], &Audience::all_but([org("XB")]))
    };
    assert_eq!(later.audience(), Audience::only([]));
    let mut faults = Faults::default();
    later.check(org("XA"), &mut faults);
    assert!(faults.into_result().is_err());
}

#[test]
fn what_is_no_restriction_is_named() {
    let faults = |restriction: &Restriction| {
        let mut faults = Faults::default();
        restriction.check(org("XA"), &mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let sound = restriction(1, &[record(1), record(2)], &Audience::only([org("XB")]));
    assert_eq!(faults(&sound), Vec::<String>::new());
    let twice = Restriction { records: vec![record(1), record(1)], ..sound.clone() };
    assert_eq!(faults(&twice), ["records: duplicate"]);
    let unsorted = Restriction { records: vec![record(2), record(1)], ..sound.clone() };
    assert_eq!(faults(&unsorted), ["records: contradiction"]);
    let of_nothing = Restriction { records: vec![], ..sound.clone() };
    assert_eq!(faults(&of_nothing), ["records: contradiction"], "an empty list is not everything");
    let of_both = Restriction { scope: RestrictionScope::Database, ..sound.clone() };
    assert_eq!(faults(&of_both), ["records: contradiction"]);
    let owner = Restriction { organisations: vec![org("XA"), org("XB")], ..sound.clone() };
    assert_eq!(faults(&owner), ["audience.organisations: contradiction"]);
    let records = |count: u32| {
        let id = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            RecordId(id)
        };
        Restriction { records: (0..count).map(id).collect(), ..sound.clone() }
    };
    assert_eq!(faults(&records(RECORDS_CAP as u32)), Vec::<String>::new());
    assert_eq!(faults(&records(RECORDS_CAP as u32 + 1)), ["records: too-many"]);
    let organisations = |count: usize| {
        let codes = (0..count).map(|number| org(&format!("Y{number:03}"))).collect();
        Restriction { organisations: codes, ..sound.clone() }
    };
    assert_eq!(faults(&organisations(ORGANISATIONS_CAP)), Vec::<String>::new());
    assert_eq!(faults(&organisations(ORGANISATIONS_CAP + 1)), ["audience.organisations: too-many"]);
}

#[test]
fn an_owner_has_so_many_different_audiences_and_no_more() {
    let mut book = RestrictionBook::default();
    let audience = |number: usize| Audience::all_but([org(&format!("Y{number:03}"))]);
    for number in 0..AUDIENCES_CAP {
        assert!(!book.would_have_too_many(org("XA"), &audience(number)));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let said = restriction(number as u64 + 1, &[RecordId(id)], &audience(number));
        book.apply(org("XA"), &said, 10, place(number as u64 + 1), true);
    }
    assert!(book.would_have_too_many(org("XA"), &audience(AUDIENCES_CAP)));
    assert!(!book.would_have_too_many(org("XA"), &audience(0)), "one that others have");
    assert!(!book.would_have_too_many(org("XA"), &Audience::EVERYBODY));
    assert!(!book.would_have_too_many(org("XB"), &audience(AUDIENCES_CAP)));
    let freed = restriction(AUDIENCES_CAP as u64 + 1, &[RecordId([0; 16])], &Audience::EVERYBODY);
    book.apply(org("XA"), &freed, 10, place(AUDIENCES_CAP as u64 + 1), true);
    assert!(!book.would_have_too_many(org("XA"), &audience(AUDIENCES_CAP)));
}
