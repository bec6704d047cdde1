//! Objects: entering them, and finding them by their numbers.

use std::collections::BTreeSet;

use barid_domain::audit::Operation;
use barid_domain::codes::{CodeList, Database, IdentifierKind, Purpose};
use barid_domain::contents::Content;
use barid_domain::countries::CountryCode;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{IdempotencyKey, RecordId};
use barid_domain::objects::codes::{GroupStatus, ObjectStatus};
use barid_domain::objects::fields::Value;
use barid_domain::objects::identifiers::{self, WRITTEN_CAP};
use barid_domain::objects::{Object, ObjectIdentifier, groups};
use barid_domain::policy::SearchScope;
use barid_domain::retention::Held;
use barid_domain::terms::{Provenance, Terms};
use barid_domain::text::clean;
use barid_names::thresholds;
use barid_search::features::{Agreement, compare_nationality};
use barid_search::object_index::ObjectNumber;

use crate::acts::Act;
use crate::answers::{Candidate, NumberReason, Receipt};
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::{Submission, idempotency, request_hash};
use crate::searching::{CANDIDATES_CAP, CardStatement, SAME_NUMBER, SAME_NUMBER_ELSEWHERE};

/// Is a submission of an object.
pub type ObjectSubmission = Submission<Object>;

/// The score of a number that many objects share, so that it is listed and raises no alert by itself: makers count alike,
/// ships are named alike.
const SHARED_NUMBER: f32 = thresholds::BORDER_DESK - 0.05;

/// Is what objects are looked for by.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskedObjects {
    /// The forms of the number, by the kinds that it may be of.
    numbers: Vec<ObjectNumber>,
    /// The country that gave it, as far as that is asked for.
    country: Option<CountryCode>,
}

/// What has no digit and is no name of a person.
const WITHOUT_A_DIGIT: &[IdentifierKind] = &[
    IdentifierKind::VesselName,
    IdentifierKind::Bic,
    IdentifierKind::Email,
    IdentifierKind::Website,
    IdentifierKind::Reference,
];

impl AskedObjects {
    /// What was typed, as a number of some kinds: of those that have such numbers. A wrong check digit is asked for all the
    /// same, since nothing recorded will meet it but what has none.
    pub(crate) fn of(kinds: &[IdentifierKind], typed: &str, country: Option<CountryCode>) -> Self {
        let Ok(typed) = clean(typed, WRITTEN_CAP) else { return Self::default() };
        let may_be = |kind: &&IdentifierKind| {
            matches!(identifiers::fault(**kind, &typed), None | Some(FaultCode::CheckDigit))
        };
        let forms = |kind: &IdentifierKind| {
            let kind = *kind;
            let keys = identifiers::keys(kind, &typed, country).into_iter();
            keys.map(move |key| ObjectNumber { kind, key })
        };
        Self { numbers: kinds.iter().filter(may_be).flat_map(forms).collect(), country }
    }

    /// What was typed, as a number of any kind. Without a digit it is the name of a person, or one of few others.
    pub(crate) fn of_any_kind(typed: &str, country: Option<CountryCode>) -> Self {
        if !typed.chars().any(char::is_numeric) {
            return Self::of(WITHOUT_A_DIGIT, typed, country);
        }
        let kinds: Vec<IdentifierKind> = IdentifierKind::LISTED.iter().map(|(kind, _)| *kind).collect();
        Self::of(&kinds, typed, country)
    }

    pub(crate) fn numbers(&self) -> &[ObjectNumber] {
        &self.numbers
    }

    /// The number of an object that is the one asked for: of several the first that no country contradicts.
    fn met(&self, object: &Object, terms: &Terms) -> Option<(ObjectIdentifier, Agreement)> {
        let identifiers = object.identifiers_with(terms.provenance.as_ref());
        let met = identifiers.into_iter().filter(|identifier| {
            let of_kind = self.numbers.iter().filter(|number| number.kind == identifier.kind);
            identifier.meets(&of_kind.map(|number| number.key.clone()).collect::<Vec<_>>())
        });
        let mut met: Vec<(ObjectIdentifier, Agreement)> = met
            .map(|identifier| {
                let recorded: Vec<CountryCode> = identifier.country.into_iter().collect();
                let agreement = compare_nationality(self.country, &recorded);
                (identifier, agreement)
            })
            .collect();
        // Stable: in the order of the table otherwise.
        met.sort_by(|a, b| score(b).total_cmp(&score(a)));
        met.into_iter().next()
    }
}

fn score((identifier, agreement): &(ObjectIdentifier, Agreement)) -> f32 {
    match agreement {
        Agreement::Differs => SAME_NUMBER_ELSEWHERE,
        Agreement::Agrees | Agreement::Unknown if tells_apart(identifier) => SAME_NUMBER,
        Agreement::Agrees | Agreement::Unknown => SHARED_NUMBER,
    }
}

/// Whether a number is one object's in all the world, or nearly so.
fn tells_apart(identifier: &ObjectIdentifier) -> bool {
    use IdentifierKind as Kind;
    // A range of bare digits meets whatever has as many.
    if identifier.range.as_ref().is_some_and(|range| range.prefix.chars().all(|c| c.is_ascii_digit())) {
        return false;
    }
    let characters = |wanted: fn(char) -> bool| {
        identifier.keys().first().map_or(0, |key| key.chars().filter(|c| wanted(*c)).count())
    };
    match identifier.kind {
        Kind::Vin => characters(char::is_alphanumeric) == 17,
        Kind::Plate => characters(char::is_numeric) >= 2 && characters(char::is_alphanumeric) >= 4,
        Kind::Imo
        | Kind::Hin
        | Kind::Mmsi
        | Kind::AircraftMark
        | Kind::AircraftAddress
        | Kind::DocumentNumber
        | Kind::Iban
        | Kind::Wallet
        | Kind::Banknote
        | Kind::Phone
        | Kind::Imei
        | Kind::Lei
        | Kind::Bic
        | Kind::ImoCompany
        | Kind::Email
        | Kind::Website
        | Kind::Reference => true,
        Kind::Engine
        | Kind::Serial
        | Kind::VesselName
        | Kind::Case
        | Kind::Inventory
        | Kind::CallSign
        | Kind::Account
        | Kind::Registration
        | Kind::Unlisted(_) => false,
    }
}

impl crate::App {
    /// Enters an object, a group among them, or a new version of one.
    pub async fn submit_object(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: ObjectSubmission,
    ) -> Result<Receipt, AppError> {
        let record = submission.record;
        let done = self.enter_object(ctx, key, submission).await;
        self.journal_refusal(ctx, Operation::SubmitRecord, record, done).await
    }

    async fn enter_object(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: ObjectSubmission,
    ) -> Result<Receipt, AppError> {
        self.may_enter(ctx, submission.statement.database)?;
        self.may_hold(ctx, submission.statement.database, &submission.terms)?;
        let idempotency = idempotency(ctx, key, request_hash("object", &submission));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        let today = self.now().day();
        let mut faults = Faults::default();
        let held = Held { images: &submission.images, ..Held::of(submission.statement.database) };
        submission.terms.check(today, held, &mut faults);
        submission.statement.check(today, &mut faults);
        let (place, is_listed) = match submission.statement.database {
            Database::OrganisationsAndNetworks => {
                ("statuses", groups::statuses(&submission.statement) == [GroupStatus::Listed])
            }
            _ => ("status", status_of(&submission.statement) == Some(ObjectStatus::Listed)),
        };
        submission.terms.check_reference(place, is_listed, &mut faults);
        self.check_images(ctx, submission.record, &submission.images, &mut faults).await?;
        faults.into_result().map_err(AppError::Faulty)?;
        let database = submission.statement.database;
        self.submit(ctx, idempotency, submission, database, Content::Object).await
    }

    /// The objects in scope that have a number asked for, best first.
    pub(crate) async fn object_candidates(
        &self,
        act: &Act,
        scope: &SearchScope,
        asked: &AskedObjects,
        limit: usize,
    ) -> Result<Vec<Candidate>, AppError> {
        if asked.numbers.is_empty() {
            return Ok(Vec::new());
        }
        let (scope_of, numbers) = (scope.by_numbers(), asked.numbers.clone());
        let most = CANDIDATES_CAP as usize;
        let found = self.aside(move |index| {
            let index = index.read();
            let found = numbers.iter().flat_map(|number| index.objects.lookup(&scope_of, number, most));
            found.collect::<BTreeSet<RecordId>>()
        });
        let mut candidates = Vec::new();
        for record in found.await? {
            let Some(card) = self.card(act, scope, record).await? else { continue };
            let CardStatement::Object(object) = card.statement else { continue };
            // The index compares hashes; the record itself has the last word.
            let Some(met) = asked.met(&object, &card.head.terms) else { continue };
            // Who or what an incident involved is not itself looked for.
            let most = if object.database == Database::Incidents { SHARED_NUMBER } else { SAME_NUMBER };
            let score = score(&met).min(most);
            let (identifier, agreement) = met;
            candidates.push(Candidate {
                record,
                database: object.database,
                owner: card.head.owner,
                provenance: card.head.terms.provenance.as_ref().map(|provenance| provenance.source.clone()),
                reference: card.head.terms.provenance.as_ref().map(|provenance| provenance.reference.clone()),
                score,
                alert: score >= thresholds::BORDER_DESK,
                found: identifier.shown(),
                statuses: Vec::new(),
                fraud: None,
                document_type: None,
                issuing_country: identifier.country,
                object_status: status_of(&object),
                group_statuses: groups::statuses(&object),
                numbers: vec![reason(&identifier, agreement, card.head.terms.provenance.as_ref())],
                reasons: Vec::new(),
                name_parts: Vec::new(),
                cleared_by_birth: false,
                exercise: card.head.terms.purpose == Purpose::Exercise,
                handling: card.head.terms.handling,
                duties: card.head.duties,
                said: card.head.said,
                is_partial: card.head.is_partial,
            });
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        candidates.truncate(limit);
        Ok(candidates)
    }
}

fn reason(met: &ObjectIdentifier, agreement: Agreement, provenance: Option<&Provenance>) -> NumberReason {
    match (met.kind, provenance) {
        (IdentifierKind::Reference, Some(provenance)) => NumberReason::Reference {
            source: provenance.source.clone(),
            reference: provenance.reference.clone(),
        },
        _ => {
            NumberReason::Identifier { kind: met.kind, number: met.shown(), country: met.country, agreement }
        }
    }
}

fn status_of(object: &Object) -> Option<ObjectStatus> {
    object.values("status").find_map(|value| match value {
        Value::Code(number) => Some(ObjectStatus::from_number(*number)),
        _ => None,
    })
}

/// Every database that is searched: all that this version has.
pub(crate) fn searched_databases() -> Vec<Database> {
    Database::LISTED.iter().map(|(database, _)| *database).collect()
}
