//! For the leak suite alone: leaks to plant, and counts of work.
//!
//! Without the feature `leak-tests` nothing can be planted and nothing is counted: what is left of [`is_planted`] is `false`. An
//! optimised build refuses the feature.

#[cfg(feature = "leak-tests")]
use std::sync::OnceLock;
#[cfg(feature = "leak-tests")]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(feature = "leak-tests", not(debug_assertions)))]
compile_error!(
    "the feature `leak-tests` plants leaks: it is for tests with debug assertions, and in no build that is released"
);

/// Is a leak that the suite plants to see that it is caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// Scores count what is in the index, hidden names too.
    CorpusStatistics,
    /// Hidden records take places of the list by number.
    PlaceTaken,
    /// A hidden record that is opened is a conflict, not nothing.
    ConflictForHidden,
    /// The header `ETag` of a picture that may not be seen.
    EtagOfHidden,
    /// A page of links has another one because of hidden links.
    CursorOfHidden,
    /// Metrics by path, with the record's id in it.
    MetricLabel,
    /// Who enters somebody is told that others have the same number.
    DuplicateHint,
    /// The words of a search are logged.
    TermInLog,
    /// A link to a hidden record is refused otherwise than one to none.
    ErrorText,
    /// How many records match, hidden ones among them.
    TotalCount,
    /// A hit is told below the alert.
    HitBelowAlert,
    /// A number that is not shown finds its holder.
    MaskedNumberFinds,
    /// Hidden records are read before they are refused: the same bytes, more work.
    HiddenRead,
    /// Streams of others are listed: the tempo of what they enter.
    CheckpointTempo,
    /// The link to a hidden record is shown with the record that it leads from.
    LinkToHidden,
    /// Everybody is shown the number of an entry in its owner's stream, which counts hidden ones.
    PlaceInStream,
    /// An agreement of others is refused otherwise than one that there never was.
    AgreementOfOthers,
    /// Hits that are not told count against how many candidates are answered.
    CapCountsHidden,
    /// A record that its owner keeps from the asker is opened.
    RestrictionForgotten,
    /// Who audits is shown who of another organisation did what.
    AccessesOfOthers,
    /// A canary is told by how much is read of it.
    CanaryRead,
}

impl Leak {
    /// Every leak, with its name.
    pub const ALL: [(Leak, &'static str); 21] = [
        (Leak::CorpusStatistics, "corpus-statistics"),
        (Leak::PlaceTaken, "place-taken"),
        (Leak::ConflictForHidden, "conflict-for-hidden"),
        (Leak::EtagOfHidden, "etag-of-hidden"),
        (Leak::CursorOfHidden, "cursor-of-hidden"),
        (Leak::MetricLabel, "metric-label"),
        (Leak::DuplicateHint, "duplicate-hint"),
        (Leak::TermInLog, "term-in-log"),
        (Leak::ErrorText, "error-text"),
        (Leak::TotalCount, "total-count"),
        (Leak::HitBelowAlert, "hit-below-alert"),
        (Leak::MaskedNumberFinds, "masked-number-finds"),
        (Leak::HiddenRead, "hidden-read"),
        (Leak::CheckpointTempo, "checkpoint-tempo"),
        (Leak::LinkToHidden, "link-to-hidden"),
        (Leak::PlaceInStream, "place-in-stream"),
        (Leak::AgreementOfOthers, "agreement-of-others"),
        (Leak::CapCountsHidden, "cap-counts-hidden"),
        (Leak::RestrictionForgotten, "restriction-forgotten"),
        (Leak::AccessesOfOthers, "accesses-of-others"),
        (Leak::CanaryRead, "canary-read"),
    ];
}

/// Is a kind of work that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Names, numbers and links in the index, of classes that the searcher may see.
    VisiblePostings,
    /// Those of other classes, passed over in the same lists.
    HiddenPostings,
    /// Names that were compared in full.
    Comparisons,
    /// Records read from the store.
    RowsRead,
    /// Bytes of these.
    BytesRead,
}

impl Work {
    /// Every kind, with its name.
    pub const ALL: [(Work, &'static str); 5] = [
        (Work::VisiblePostings, "visible postings"),
        (Work::HiddenPostings, "hidden postings"),
        (Work::Comparisons, "comparisons"),
        (Work::RowsRead, "rows read"),
        (Work::BytesRead, "bytes read"),
    ];
}

#[cfg(feature = "leak-tests")]
static PLANTED: OnceLock<Leak> = OnceLock::new();
#[cfg(feature = "leak-tests")]
static COUNTS: [AtomicU64; Work::ALL.len()] = [const { AtomicU64::new(0) }; Work::ALL.len()];

/// Whether this leak was planted in this process.
#[cfg(feature = "leak-tests")]
pub fn is_planted(leak: Leak) -> bool {
    PLANTED.get() == Some(&leak)
}

/// Whether this leak was planted: it can't be in this build.
#[cfg(not(feature = "leak-tests"))]
#[inline(always)]
pub const fn is_planted(_: Leak) -> bool {
    false
}

/// Plants a leak for as long as the process lives; the first one stays.
#[cfg(feature = "leak-tests")]
pub fn plant(leak: Leak) {
    PLANTED.get_or_init(|| leak);
}

/// Counts work.
#[cfg(feature = "leak-tests")]
pub fn count(work: Work, amount: usize) {
    COUNTS[work as usize].fetch_add(amount as u64, Ordering::Relaxed);
}

/// Counts nothing in this build.
#[cfg(not(feature = "leak-tests"))]
#[inline(always)]
pub const fn count(_: Work, _: usize) {}

/// What was counted in this process, in the order of [`Work::ALL`]; begins anew.
#[cfg(feature = "leak-tests")]
pub fn take_counts() -> [u64; Work::ALL.len()] {
    std::array::from_fn(|at| COUNTS[at].swap(0, Ordering::Relaxed))
}
