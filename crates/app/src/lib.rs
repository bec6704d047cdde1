//! Use cases: one function per thing that a person, a service or a peer can ask for.
//!
//! In scope: the order of steps of each act (may they? write the journal, look, mask, journal the end), the following
//! of the streams into the index, the keys this node signs with. Out of scope: HTTP, SQL, files; every decision about
//! rights is `barid_domain::policy`'s, every byte at rest the store's, every rank `barid_search`'s.
//!
//! Invariant: no search and no opening without a journal line on disk first; no write without its line in the same
//! transaction; nothing shown that was not verified; what is hidden and what is absent answer alike.
#![warn(missing_docs)]

// In the order to read them on the first day.
mod acts;
mod agreements;
mod answers;
mod canaries;
mod cards;
mod consents;
mod context;
pub mod countersigned;
pub mod countersigning;
mod credentials;
mod deciding;
mod document_imports;
pub mod drafts;
mod erasures;
mod error;
mod founding;
mod grant_uses;
mod groups;
mod images;
mod imports;
mod index;
mod key_changes;
mod key_ring;
mod links;
mod list_exports;
mod list_imports;
mod marks;
mod node;
mod object_imports;
mod objects;
mod officers;
mod opening;
mod orders;
mod oversight;
mod people;
mod person_imports;
mod positions;
pub mod proofs;
mod re_entry;
pub mod receipts;
mod records;
mod registry_head;
mod replicas;
mod request_book;
mod restrictions;
mod review_decisions;
mod review_lists;
mod reviews;
mod screening;
mod searching;
mod sessions;
mod signing;
mod subject_requests;
mod table_imports;
mod text_screening;
mod workers;

pub use agreements::{
    AGREEMENTS_PAGE_CAP, AgreementDeed, AgreementPage, AgreementProposal, AgreementReceipt,
};
pub use answers::{
    Candidate, HandedIn, HitNoHit, LinkPage, NumberReason, OpenedImage, OpenedRecord, Outcome, OwnRecord,
    Query, Receipt, Recognised, SearchAnswer, ShownLink, Statement,
};
pub use canaries::{CANARIES_CAP, Marked, Marking};
pub use consents::{
    CONSENTS_PAGE_CAP, ConsentAnswer, ConsentAsking, ConsentPage, ConsentRole, GivenConsent, ShownConsent,
};
pub use context::{OpContext, Ports, Reference};
pub use credentials::{ALONE, IssuedToken, SignedIn, TokenDays};
pub use document_imports::DocumentsImport;
pub use error::AppError;
pub use founding::{FoundingPlan, complete_founding, draft_founding, found, hosted_profile};
pub use images::ImageSubmission;
pub use imports::{ImportReport, ImportRow};
pub use index::IndexMemory;
pub use key_changes::{EarlierKeys, KeyChange, NewKey};
pub use key_ring::{NoTokens, TokenKeys};
pub use links::{LINKS_CAP, LinkSubmission, StatedLink};
pub use list_exports::Exported;
pub use list_imports::{ListImport, ListKind};
pub use marks::{MarkPlan, Said};
pub use node::App;
pub use node::Health;
pub use object_imports::ObjectsImport;
pub use objects::ObjectSubmission;
pub use officers::OfficerToken;
pub use orders::{ListPlace, ORDERS_PAGE_CAP, OrderDetails, OrderPage, OrderPlan, record_of_described};
pub use oversight::{
    ACCESS_RECORDS_CAP, ACCESSES_PAGE_CAP, ALARMS_PAGE_CAP, Access, AccessCursor, AccessPage, AlarmCursor,
    AlarmDecided, AlarmDeed, AlarmPage, AuditQuestion, NamedAlarm,
};
pub use people::{EntityPlan, Invited, InvitedTo, ListedAccount, PersonAct, PersonChange, PersonPlan};
pub use person_imports::PersonsImport;
pub use positions::POSITION_TOKEN_CAP;
pub use re_entry::{RE_ENTRIES_PAGE_CAP, ReEntryPage};
pub use restrictions::{RESTRICTIONS_PAGE_CAP, RestrictedRecord, RestrictionPage, RestrictionPlan};
pub use review_decisions::{DECISIONS_CAP, Decided, ReviewAct, ReviewDecision};
pub use review_lists::{
    OVERDUE_CAP, Overdue, REVIEWS_PAGE_CAP, ReviewCursor, ReviewLine, ReviewPage, ReviewState,
};
pub use screening::{ScreenedRow, Screening, ScreeningAnswer};
pub use searching::LEAST_SCORE_SHOWN;
pub use sessions::{
    EnrolmentAsked, EnrolmentShown, ListedSession, NewSession, SESSION_PREFIX, SessionId, SignInAsked,
};
pub use subject_requests::{
    ApplicantCandidates, ConsultationPage, ConsultationRead, Disclosure, REQUESTS_PAGE_CAP, RequestOutcome,
    RequestPage, RequestPlan, RequestRead, StepPlan,
};
pub use table_imports::TableEdition;
pub use text_screening::{Stretch, TextScreening, TextScreeningAnswer};
pub use workers::{Job, Workers, Working};

// How a list's columns and rows are read, for the layers above, which do not know the formats.
pub use barid_formats::report::ReportCode;
pub use barid_formats::screening_csv::{ListHeader, ListReadErrorKind, OtherColumns};
// Where a page of attempts goes on, for the layers above.
pub use barid_store::{ReEntryPlace, ReEntryRow};
// What the index says and measures, for the layers above, which do not know the index itself.
pub use barid_images::{INPUT_BYTES_CAP as IMAGE_FILE_BYTES_CAP, Intake, IntakeError};
pub use barid_names::compare::{MatchKind, PartMatch};
pub use barid_names::groups::GroupMatchKind;
pub use barid_names::name::Name;
pub use barid_names::roles::Role;
pub use barid_search::births::BirthAgreement;
pub use barid_search::eval::{Gallery, Runner};
pub use barid_search::features::Agreement;
pub use barid_search::group_index::{GroupCandidate, GroupFactName, GroupIndex, GroupReason};
pub use barid_search::leak_tests;
pub use barid_search::link_index::LinkPlace;
pub use barid_search::person_index::{FactPlace, LetterReason, PartReason, Reason};
pub use barid_search::text_screening::identifiers;
pub use barid_search::text_screening::{
    Find as TextFind, GroupFind, LEAST_GROUP_SCORE, ScreeningBuffers, ScreeningIndex, ScreeningIndexBuilder,
};

pub use barid_store::{AlarmId, Canary, ImagePart};

pub use records::{DocumentBatchSubmission, PersonSubmission, Submission, TravelDocumentSubmission};
