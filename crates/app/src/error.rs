//! What can go wrong in a use case, sorted by who erred.

use barid_domain::agreements::AgreementError;
use barid_domain::batches::BatchError;
use barid_domain::contents::ContentError;
use barid_domain::entries::SealError;
use barid_domain::faults::Fault;
use barid_domain::ids::EntryHash;
use barid_domain::orders::OrderError;
use barid_domain::policy::Refusal;
use barid_domain::registry::RegistryError;
use barid_domain::subject_requests::RequestError;
use barid_images::IntakeError;
use barid_store::StoreError;

/// How many faults are named where all that is shown is one line.
const FAULTS_SHOWN: usize = 8;

/// Names faults in one line by their places and codes, and how many more there are.
fn listed(faults: &[Fault]) -> String {
    let named: Vec<String> = faults.iter().take(FAULTS_SHOWN).map(Fault::to_string).collect();
    let more = faults.len().saturating_sub(FAULTS_SHOWN);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

/// Why a use case did not do what was asked. Texts carry no personal data.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The caller's organisation may not do this.
    #[error("not allowed: {0}")]
    Refused(#[from] Refusal),
    /// The data is not sound; every fault is named.
    #[error("the record has faults: {}", listed(.0))]
    Faulty(Vec<Fault>),
    /// There is nothing of that id that the caller may see.
    #[error("nothing there")]
    Absent,
    /// The record changed since the caller looked.
    #[error("the record changed meanwhile")]
    Stale {
        /// The entry that stands now.
        current: EntryHash,
    },
    /// The record is withdrawn or erased.
    #[error("the record is withdrawn")]
    Ended,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A position token is none of the caller's organisation.
    #[error("not a position of this organisation")]
    Position,
    /// The write may or may not have landed: ask with the same idempotency key.
    #[error("outcome unknown: ask again with the same idempotency key")]
    OutcomeUnknown,
    /// What was typed is not something to search for.
    #[error("not something to search for: {0}")]
    Query(&'static str),
    /// A batch that is not one.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// An entry that does not hold.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An entry that can't be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The registry says no.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What was to be done about an agreement does not follow.
    #[error(transparent)]
    Agreement(AgreementError),
    /// What was to be ordered does not follow.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The commission ordered that this person is not entered again.
    #[error("an order of the commission stands in the way: {order}")]
    ReEntry {
        /// The order.
        order: EntryHash,
    },
    /// A step about a person's request, or an answer, does not follow.
    #[error(transparent)]
    Request(RequestError),
    /// The key of the organisation is not on this node.
    #[error("this node does not hold the organisation's key")]
    NoKey,
    /// The index is behind the store, or being built.
    #[error("the index is not ready")]
    NotReady,
    /// Too many searches wait already; nothing was looked for.
    #[error("too many searches at once")]
    Overloaded,
    /// The list that is imported is broken.
    #[error("the list can not be read: {0}")]
    Import(String),
    /// A draft can't be completed.
    #[error("the draft can not be completed: {0}")]
    Draft(&'static str),
    /// What was to be changed about countersigning can't be.
    #[error("countersigning: {0}")]
    Countersigning(&'static str),
    /// A proof could not be made.
    #[error("no proof: {0}")]
    Proof(&'static str),
    /// A file that is not taken in as a picture.
    #[error(transparent)]
    Image(#[from] IntakeError),
    /// As many pictures of the organisation wait for their records as may.
    #[error("too many pictures wait for their records")]
    TooManyImages,
    /// A picture that an entry names is not what it was, or gone.
    #[error("a picture is damaged or gone")]
    ImageLost,
    /// Nobody is signed in; why is not said.
    #[error("not signed in")]
    SignInRefused,
    /// Too many attempts to sign in failed; nothing was looked at.
    #[error("too many attempts to sign in")]
    TooManyAttempts,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl AppError {
    /// Tells whether the caller was refused, by policy, by the state of the record or for what was sent; the others are
    /// failures of this node.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Faulty(_)
            | Self::Absent
            | Self::Stale { .. }
            | Self::Ended
            | Self::KeyReused
            | Self::Position
            | Self::Query(_)
            | Self::Batch(_)
            | Self::Seal(_)
            | Self::Content(_)
            | Self::Registry(_)
            | Self::Agreement(_)
            | Self::Order(_)
            | Self::ReEntry { .. }
            | Self::Request(_)
            | Self::Import(_)
            | Self::Draft(_)
            | Self::Countersigning(_)
            | Self::Image(_)
            | Self::TooManyImages
            | Self::SignInRefused
            | Self::TooManyAttempts
            | Self::Proof(_) => true,
            Self::OutcomeUnknown
            | Self::NoKey
            | Self::NotReady
            | Self::Overloaded
            | Self::ImageLost
            | Self::Store(_) => false,
        }
    }

    /// Tells whether it failed because the database can't be asked now.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_away())
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Faulty(_) => "record-faulty",
            Self::Absent => "absent",
            Self::Stale { .. } => "stale",
            Self::Ended => "ended",
            Self::KeyReused => "idempotency-key-reused",
            Self::Position => "position-malformed",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Query(_) => "query-malformed",
            Self::Batch(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Content(error) => error.code(),
            Self::Registry(_) => "registry-contradiction",
            Self::Agreement(error) => error.code(),
            Self::Order(error) => error.code(),
            Self::ReEntry { .. } => "re-entry-barred",
            Self::Request(error) => error.code(),
            Self::NoKey => "no-key",
            Self::NotReady => "not-ready",
            Self::Overloaded => "overloaded",
            Self::Import(_) => "list-unreadable",
            Self::Draft(_) => "draft-incomplete",
            Self::Countersigning(_) => "countersigning",
            Self::Proof(_) => "no-proof",
            Self::Image(error) => error.code(),
            Self::TooManyImages => "too-many-images",
            Self::ImageLost => "image-lost",
            Self::SignInRefused => "sign-in-refused",
            Self::TooManyAttempts => "too-many-attempts",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<AgreementError> for AppError {
    /// An agreement that is not there, or not the caller's, answers as everything that is not.
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Absent => Self::Absent,
            error => Self::Agreement(error),
        }
    }
}
