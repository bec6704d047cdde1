//! How this process's clock stands to that of the database's server: the one clock that all replicas share.
//!
//! It is compared with each writing transaction and each pulse. Where they differ by more than is accepted nothing is
//! written: an entry that is stamped ahead would have every other replica believe its own clock no more. What reads goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use barid_domain::dates::Timestamp;
use barid_domain::reviews::LARGEST_WRITING_SKEW;

/// Is the last comparison; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerClock(Arc<Compared>);

#[derive(Debug, Default)]
struct Compared {
    /// By how many microseconds our clock is ahead of the server's; negative where it is behind.
    ahead: AtomicI64,
    is_wrong: AtomicBool,
    /// Set where this process lives at another time than its server, and is meant to.
    is_trusted: AtomicBool,
}

/// Is when the server was asked for its time and had answered, by our clock, and what it said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    pub(crate) asked: Timestamp,
    pub(crate) said: Timestamp,
    pub(crate) answered: Timestamp,
}

impl Comparison {
    /// By how many microseconds our clock is ahead at least: what it took to answer may lie on either side.
    fn ahead(self) -> i64 {
        if self.said > self.answered {
            self.answered.0.saturating_sub(self.said.0)
        } else if self.said < self.asked {
            self.asked.0.saturating_sub(self.said.0)
        } else {
            0
        }
    }
}

impl ServerClock {
    /// Notes a comparison; tells whether the clock may be written by.
    pub(crate) fn note(&self, comparison: Comparison) -> bool {
        let ahead = comparison.ahead();
        let is_trusted = self.0.is_trusted.load(Ordering::Relaxed);
        let is_wrong = ahead.saturating_abs() > LARGEST_WRITING_SKEW && !is_trusted;
        self.0.ahead.store(ahead, Ordering::Relaxed);
        if self.0.is_wrong.swap(is_wrong, Ordering::Relaxed) != is_wrong {
            let seconds = ahead / 1_000_000;
            if is_wrong {
                tracing::error!(
                    code = "clock-wrong",
                    ahead_seconds = seconds,
                    "the clock differs from the database server's: nothing is written, searches go on"
                );
            } else {
                tracing::warn!(ahead_seconds = seconds, "the clock agrees with the database server's again");
            }
        }
        !is_wrong
    }

    pub(crate) fn trust_own(&self) {
        self.0.is_trusted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ahead_micros(&self) -> i64 {
        self.0.ahead.load(Ordering::Relaxed)
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.0.is_wrong.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(asked: i64, said: i64, answered: i64) -> (i64, bool) {
        let clock = ServerClock::default();
        let [asked, said, answered] = [asked, said, answered].map(Timestamp);
        let may_write = clock.note(Comparison { asked, said, answered });
        assert_eq!(clock.is_wrong(), !may_write);
        (clock.ahead_micros(), may_write)
    }

    #[test]
    fn a_clock_is_wrong_beyond_what_is_accepted_on_either_side() {
        const MOST: i64 = LARGEST_WRITING_SKEW;
        assert_eq!(compared(10, 15, 20), (0, true));
        assert_eq!(compared(10 + MOST, 10, 20 + MOST), (MOST, true));
        assert_eq!(compared(11 + MOST, 10, 20 + MOST), (MOST + 1, false));
        assert_eq!(compared(10, 20 + MOST, 20), (-MOST, true));
        assert_eq!(compared(10, 21 + MOST, 20), (-MOST - 1, false));
        assert_eq!(compared(i64::MIN, i64::MAX, i64::MIN), (i64::MIN, false));
    }

    #[test]
    fn a_process_that_slept_while_it_asked_is_not_taken_for_one_with_a_wrong_clock() {
        assert_eq!(compared(0, 9 * LARGEST_WRITING_SKEW, 10 * LARGEST_WRITING_SKEW), (0, true));
    }

    #[test]
    fn it_is_right_again_once_it_was_put_right() {
        let clock = ServerClock::default();
        let at = |time| Comparison { asked: Timestamp(time), said: Timestamp(0), answered: Timestamp(time) };
        assert!(!clock.note(at(2 * LARGEST_WRITING_SKEW)));
        assert!(clock.note(at(5)));
        assert_eq!((clock.ahead_micros(), clock.is_wrong()), (5, false));
    }
}
