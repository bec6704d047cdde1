//! The terms under which a record is entered, and as they are shown.

use barid_domain::codes::Handling;
use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::restrictions::Audience;
use barid_domain::retention::LONGEST_DAYS;
use barid_domain::terms::{CONDITIONS_CAP, Provenance, Terms};
use barid_domain::text::{LONG_CAP, LocalText, SHORT_CAP, is_language_tag};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::codes::{ClassificationCode, HandlingCode, InformationGradeCode, PurposeCode, SourceGradeCode};
use crate::reading;
use crate::restrictions::AudienceStated;
use crate::reviews::KeptShown;
use crate::schemas::{Schemas, closed_object, collect, one_of, part_of_list, reference, required};
use crate::texts::{DayText, Language, LongText, REFERENCE_NUMBER_CAP, ReferenceNumber, ShortText};

/// Says under which terms a record is entered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsOffered {
    /// Why the record is held.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// What may be done with it.
    pub handling: HandlingOffered,
    /// How it is classified.
    #[serde(default)]
    #[schema(required = true)]
    pub classification: ClassificationCode,
    /// How good the source is.
    #[serde(default)]
    #[schema(required = true)]
    pub source_grade: SourceGradeCode,
    /// How good the information is.
    #[serde(default)]
    #[schema(required = true)]
    pub information_grade: InformationGradeCode,
    /// In how many days the owner looks at the record again, as far ahead as its database allows; silence hides it.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(schema_with = review_days)]
    pub review_in_days: u32,
    /// Where the owner has it from, when not its own.
    pub provenance: Option<ProvenanceText>,
    /// Whom the record is shown to besides its owner, from the moment it is there. Absent leaves that as it is: a new record is
    /// shown to everybody. It is no part of the record: nobody but the owner reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<AudienceStated>,
}

/// What every database allows, and what only those of longer periods do.
fn review_days() -> Schema {
    let days = |from: i32, to: i32, description: &str| {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .minimum(Some(from))
            .maximum(Some(to))
            .description(Some(description))
    };
    AnyOfBuilder::new()
        .description(Some(
            "In how many days the owner looks at the record again, as far ahead as its database allows; silence hides it.",
        ))
        .item(days(1, 366, "Within a year."))
        .item(days(367, EVERYWHERE_DAYS, "As far ahead as every database allows."))
        .item(days(EVERYWHERE_DAYS + 1, LONGEST_DAYS, "Where the period of the database is longer than five years."))
        .into()
}

/// How many days five years have at least.
const EVERYWHERE_DAYS: i32 = 5 * 365 + 1;

/// Says what may be done with a record: `H0`, `H1` or `H2`, or `H3` with its conditions in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlingOffered {
    /// The code.
    pub code: HandlingCode,
    /// The conditions; with `H3` and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Vec<LocalShortText>>,
}

impl PartialSchema for HandlingOffered {
    fn schema() -> RefOr<Schema> {
        one_of("What may be done with a record.", &["PlainHandling", "ConditionalHandling"])
    }
}
impl ToSchema for HandlingOffered {
    fn schemas(schemas: &mut Schemas) {
        let conditions = ArrayBuilder::new()
            .items(reference::<LocalShortText>())
            .min_items(Some(1))
            .max_items(Some(CONDITIONS_CAP));
        let plain = closed_object(
            "Handling that says everything by its code.",
            [required("code", part_of_list(|code: Handling| code != Handling::H3))],
        );
        let conditional = closed_object(
            "Handling under conditions in words.",
            [
                required("code", part_of_list(|code: Handling| code == Handling::H3)),
                required("conditions", conditions),
            ],
        );
        schemas.push(("PlainHandling".to_owned(), plain));
        schemas.push(("ConditionalHandling".to_owned(), conditional));
        collect::<LocalShortText>(schemas);
    }
}

/// Says where an owner has a record from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceText {
    /// The source's short name.
    pub source: ReferenceNumber,
    /// The source's own reference.
    pub reference: ReferenceNumber,
    /// The day of the source's edition.
    pub edition: Option<DayText>,
}

/// Is a short text with its language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalShortText {
    /// The language.
    pub language: Language,
    /// The text.
    pub text: ShortText,
}

/// Is a long text with its language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalLongText {
    /// The language.
    pub language: Language,
    /// The text.
    pub text: LongText,
}

impl LocalShortText {
    /// Reads the text, noting faults under `place`.
    pub fn read(&self, place: &str, faults: &mut Faults) -> LocalText {
        local(&self.language, &self.text.0, SHORT_CAP, place, faults)
    }
}
impl LocalLongText {
    /// Reads the text, noting faults under `place`.
    pub fn read(&self, place: &str, faults: &mut Faults) -> LocalText {
        local(&self.language, &self.text.0, LONG_CAP, place, faults)
    }
}

fn local(language: &Language, raw: &str, cap: usize, place: &str, faults: &mut Faults) -> LocalText {
    // Up to three subtags behind the first, each of at most eight characters, never reach the domain's cap of 35.
    let sound = is_language_tag(&language.0) && language.0.split('-').count() <= 4;
    faults.require(sound, format!("{place}.language"), FaultCode::BadCharacters);
    LocalText {
        language: language.0.clone(),
        text: reading::text(raw, cap, &format!("{place}.text"), faults),
    }
}

impl From<&LocalText> for LocalShortText {
    fn from(local: &LocalText) -> Self {
        Self { language: local.language.as_str().into(), text: local.text.as_str().into() }
    }
}
impl From<&LocalText> for LocalLongText {
    fn from(local: &LocalText) -> Self {
        Self { language: local.language.as_str().into(), text: local.text.as_str().into() }
    }
}

impl TermsOffered {
    /// Reads whom the record is shown to, noting faults under `terms.audience`.
    pub fn audience(&self, faults: &mut Faults) -> Option<Audience> {
        self.audience.as_ref().and_then(|audience| audience.read("terms.audience", faults))
    }

    /// Reads the terms of a record entered on `today`, noting faults under `terms`.
    pub fn read(&self, today: Day, faults: &mut Faults) -> Option<Terms> {
        let purpose = self.purpose.read("terms.purpose", faults);
        let handling = self.handling.code.read("terms.handling.code", faults);
        let classification = self.classification.read("terms.classification", faults);
        let source_grade = self.source_grade.read("terms.source_grade", faults);
        let information_grade = self.information_grade.read("terms.information_grade", faults);
        let days = i32::try_from(self.review_in_days).ok().filter(|days| (1..=LONGEST_DAYS).contains(days));
        faults.require(days.is_some(), "terms.review_in_days", FaultCode::Impossible);
        let conditions = self.handling.read_conditions(handling, faults);
        let provenance = self.provenance.as_ref().map(|provenance| provenance.read(faults));
        Some(Terms {
            purpose: purpose?,
            handling: handling?,
            classification: classification?,
            source_grade: source_grade?,
            information_grade: information_grade?,
            review_on: today.saturating_add(days?),
            provenance,
            conditions,
            kept: None,
        })
    }
}

impl HandlingOffered {
    fn read_conditions(&self, code: Option<Handling>, faults: &mut Faults) -> Vec<LocalText> {
        let place = "terms.handling.conditions";
        let Some(conditions) = &self.conditions else {
            faults.require(code != Some(Handling::H3), place, FaultCode::Missing);
            return Vec::new();
        };
        // Conditions under another code would be overlooked: not a contradiction to weigh, but a form that isn't offered.
        faults.require(code == Some(Handling::H3), place, FaultCode::BadCharacters);
        faults.require(!conditions.is_empty(), place, FaultCode::Missing);
        faults.count(place, conditions.len(), CONDITIONS_CAP);
        let numbered = conditions.iter().enumerate().take(CONDITIONS_CAP);
        numbered.map(|(i, condition)| condition.read(&format!("{place}[{i}]"), faults)).collect()
    }
}

impl ProvenanceText {
    fn read(&self, faults: &mut Faults) -> Provenance {
        let cap = REFERENCE_NUMBER_CAP;
        Provenance {
            source: reading::text(&self.source.0, cap, "terms.provenance.source", faults),
            reference: reading::text(&self.reference.0, cap, "terms.provenance.reference", faults),
            edition: self
                .edition
                .as_ref()
                .and_then(|day| reading::day(day, "terms.provenance.edition", faults)),
        }
    }
}

/// Is the terms of a record as they stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TermsShown {
    /// Why the record is held.
    pub purpose: PurposeCode,
    /// What may be done with it.
    pub handling: HandlingCode,
    /// The conditions in words.
    pub conditions: Vec<LocalShortText>,
    /// How it is classified.
    pub classification: ClassificationCode,
    /// How good the source is.
    pub source_grade: SourceGradeCode,
    /// How good the information is.
    pub information_grade: InformationGradeCode,
    /// The day by which the owner looks at it again.
    pub review_on: DayText,
    /// Where the owner has it from, when not its own.
    pub provenance: Option<ProvenanceText>,
    /// Why it is still held, where its owner decided that at a review.
    #[serde(default)]
    pub kept: Option<KeptShown>,
}

impl From<&Terms> for TermsShown {
    fn from(terms: &Terms) -> Self {
        Self {
            purpose: terms.purpose.into(),
            handling: terms.handling.into(),
            conditions: terms.conditions.iter().map(LocalShortText::from).collect(),
            classification: terms.classification.into(),
            source_grade: terms.source_grade.into(),
            information_grade: terms.information_grade.into(),
            review_on: terms.review_on.to_string().into(),
            provenance: terms.provenance.as_ref().map(|provenance| ProvenanceText {
                source: provenance.source.as_str().into(),
                reference: provenance.reference.as_str().into(),
                edition: provenance.edition.map(|day| day.to_string().into()),
            }),
            kept: terms.kept.as_ref().map(KeptShown::from),
        }
    }
}
