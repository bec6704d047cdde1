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

#[cfg(test)]
mod tests {
    use super::*;

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
