//! Review dates: until when a record answers, and when what nobody looked at again is erased.
//!
//! Silence hides, then erases: a record answers up to and with its day of review; from the next day on it is *overdue*
//! and answers nobody; its owner may bring it back for [`RESTORABLE_DAYS`]; then its content is destroyed.

use crate::dates::{Day, Timestamp};

/// For how many days behind its day of review a record's owner may bring it back.
pub const RESTORABLE_DAYS: i32 = 90;
/// By how much the clock may lie behind the newest entry before it is in doubt: ten minutes, in microseconds.
pub const LARGEST_ACCEPTED_SKEW: i64 = 10 * 60 * 1_000_000;
/// By how much a clock may differ from the database server's before nothing is written by it: half of that, so that two
/// replicas that write are never further apart than [`LARGEST_ACCEPTED_SKEW`].
pub const LARGEST_WRITING_SKEW: i64 = LARGEST_ACCEPTED_SKEW / 2;
/// By how much the clock may move on between two looks before erasing waits: a day, in microseconds.
pub const LARGEST_ACCEPTED_LEAP: i64 = 24 * 60 * 60 * 1_000_000;

/// Tells whether a record is overdue on a day.
pub fn is_overdue(review_on: Day, today: Day) -> bool {
    review_on < today
}

/// Tells whether a record's content is to be destroyed on a day.
pub fn is_to_be_erased(review_on: Day, today: Day) -> bool {
    review_on < first_kept(today)
}

/// The first day of review whose records are kept on a day.
pub fn first_kept(today: Day) -> Day {
    today.saturating_add(-RESTORABLE_DAYS)
}

/// Tells whether a clock lies so far behind the newest entry that it can't be right: then nothing is hidden or erased.
pub fn is_in_doubt(now: Timestamp, newest_entry: Timestamp) -> bool {
    newest_entry.0.saturating_sub(now.0) > LARGEST_ACCEPTED_SKEW
}

/// Is what was seen of a clock, from one look to the next, restarts between them too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSeen {
    /// The time at the last look.
    pub at: Timestamp,
    /// Before this time nothing is erased.
    pub erase_from: Timestamp,
}

impl ClockSeen {
    /// Begins at a time, with no reason to wait.
    pub fn beginning(at: Timestamp) -> Self {
        Self { at, erase_from: Timestamp(i64::MIN) }
    }

    /// Looks again. Where the clock moved on by more than a day between two looks, erasing waits for a day, and so it does where
    /// it went back: then what it said before was wrong, or what it says now is.
    #[must_use]
    pub fn looked_at(self, now: Timestamp) -> Self {
        let moved = now.0.saturating_sub(self.at.0);
        let is_steady = (-LARGEST_ACCEPTED_SKEW..=LARGEST_ACCEPTED_LEAP).contains(&moved);
        let erase_from =
            if is_steady { self.erase_from } else { Timestamp(now.0.saturating_add(LARGEST_ACCEPTED_LEAP)) };
        Self { at: now, erase_from }
    }

    /// Tells whether erasing waits.
    pub fn waits(self) -> bool {
        self.at < self.erase_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = LARGEST_ACCEPTED_LEAP;

    #[test]
    fn a_leap_makes_erasing_wait_a_day_of_steady_time() {
        let at = |micros| Timestamp(micros);
        let seen = ClockSeen::beginning(at(0)).looked_at(at(DAY));
        assert!(!seen.waits(), "a day after the newest entry");
        let leapt = seen.looked_at(at(3 * DAY));
        assert!(leapt.waits());
        assert!(leapt.looked_at(at(4 * DAY - 1)).waits());
        assert!(!leapt.looked_at(at(4 * DAY)).waits());
        let far = leapt.looked_at(at(4 * DAY)).looked_at(at(400 * DAY));
        assert!(far.waits());
        // Set right again: it waits a day from now on, not until the wrong time has come.
        let back = far.looked_at(at(5 * DAY));
        assert!(back.waits());
        assert!(!back.looked_at(at(6 * DAY)).waits());
        // A little back is no leap.
        assert!(!seen.looked_at(at(DAY - LARGEST_ACCEPTED_SKEW)).waits());
    }

    #[test]
    fn a_record_answers_with_its_day_of_review_and_stays_for_ninety_days_behind_it() {
        let review: Day = "2026-11-23".parse().unwrap();
        for (days, overdue, erased) in
            [(-1, false, false), (0, false, false), (1, true, false), (90, true, false), (91, true, true)]
        {
            let today = review.saturating_add(days);
            assert_eq!(
                (is_overdue(review, today), is_to_be_erased(review, today)),
                (overdue, erased),
                "{days}"
            );
        }
    }

    #[test]
    fn a_clock_is_in_doubt_beyond_the_largest_skew_behind_the_newest_entry() {
        let newest = Timestamp(1_795_420_800_000_000);
        for (behind, doubt) in
            [(-5, false), (0, false), (LARGEST_ACCEPTED_SKEW, false), (LARGEST_ACCEPTED_SKEW + 1, true)]
        {
            assert_eq!(is_in_doubt(Timestamp(newest.0 - behind), newest), doubt, "{behind}");
        }
    }
}
