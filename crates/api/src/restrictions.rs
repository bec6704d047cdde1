//! Restrictions: an owner says whom its records are shown to, and reads what it said.

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::RecordId;
use barid_domain::restrictions::{Audience, AudienceMode, ORGANISATIONS_CAP, RECORDS_CAP};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::agreements::read_organisations;
use crate::codes::{Code, DatabaseCode};
use crate::reading;
use crate::records::ReceiptShown;
use crate::schemas::{Schemas, closed_object, collect, one_of, reference, required};
use crate::texts::{CaseReference, Cursor, OrganisationText, RecordIdText};

/// How the organisations of an audience are meant.
pub type AudienceModeCode = Code<AudienceMode>;

/// The most records of one page.
pub const PAGE_CAP: u32 = 500;
/// The records of a page when the caller doesn't say.
pub const PAGE_RECORDS: u32 = 100;

/// Is whom records are shown to, besides their owner: every organisation but these, or these and no other.
///
/// `all-but` with none is everybody; `only` with none is the owner alone. The commission sees for oversight what it likes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "all-but", "organisations": ["XB"]}))]
pub struct AudienceStated {
    /// How the organisations are meant.
    pub mode: AudienceModeCode,
    /// The organisations. One given twice counts once.
    #[schema(max_items = 300)]
    pub organisations: Vec<OrganisationText>,
}

impl AudienceStated {
    /// Reads an audience, noting every fault under `place`.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<Audience> {
        let mode = self.mode.read(&format!("{place}.mode"), faults);
        let at = format!("{place}.organisations");
        let organisations = read_organisations(&self.organisations, ORGANISATIONS_CAP, &at, faults)?;
        match mode? {
            AudienceMode::AllBut => Some(Audience::all_but(organisations)),
            // No code of a later version is read.
            AudienceMode::Only | AudienceMode::Unlisted(_) => Some(Audience::only(organisations)),
        }
    }
}

impl From<&Audience> for AudienceStated {
    fn from(audience: &Audience) -> Self {
        let organisations = audience.organisations().iter().map(|code| code.as_str().into());
        Self { mode: audience.mode().into(), organisations: organisations.collect() }
    }
}

/// Says whom records of the caller's own are shown to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "CASE 2026/114", "database": "persons",
    "about": {"records": ["7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34"]},
    "audience": {"mode": "all-but", "organisations": ["XB"]}}))]
pub struct RestrictionSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The database.
    #[serde(default)]
    #[schema(required = true)]
    pub database: DatabaseCode,
    /// What it is about: the records named, or whatever the caller's organisation has in the database, now and later.
    pub about: RestrictedStated,
    /// Whom they are shown to, in place of whom they were shown to before.
    pub audience: AudienceStated,
}

/// Is what a restriction is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum RestrictedStated {
    /// These records. One given twice counts once.
    Records(Vec<RecordIdText>),
    /// The whole database.
    WholeDatabase(WholeDatabase),
}

/// Is nothing but the word for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeDatabase {}

impl PartialSchema for RestrictedStated {
    fn schema() -> RefOr<Schema> {
        one_of("What a restriction is about.", &["RestrictedRecords", "RestrictedWholeDatabase"])
    }
}
impl ToSchema for RestrictedStated {
    fn schemas(schemas: &mut Schemas) {
        let records = ArrayBuilder::new()
            .items(reference::<RecordIdText>())
            .min_items(Some(1))
            .max_items(Some(RECORDS_CAP));
        let named = closed_object(
            "Records by their ids. One given twice counts once.",
            [required("records", records)],
        );
        let nothing = closed_object("Nothing but the word for it.", []);
        let whole = closed_object(
            "Whatever the caller's organisation has in the database, now and later.",
            [required("whole_database", nothing)],
        );
        schemas.push(("RestrictedRecords".to_owned(), named));
        schemas.push(("RestrictedWholeDatabase".to_owned(), whole));
        collect::<RecordIdText>(schemas);
    }
}

/// Is what a caller says about whom its records are shown to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadRestriction {
    /// The file it is done under.
    pub reference: String,
    /// The database.
    pub database: barid_domain::codes::Database,
    /// The records; `None` for the whole database.
    pub records: Option<Vec<RecordId>>,
    /// Whom they are shown to.
    pub audience: Audience,
}

impl RestrictionSubmission {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadRestriction> {
        let reference = reading::file(&self.reference, faults);
        let database = self.database.read("database", faults);
        let audience = self.audience.read("audience", faults);
        let records = match &self.about {
            RestrictedStated::Records(records) => Some(read(records, faults)?),
            RestrictedStated::WholeDatabase(WholeDatabase {}) => None,
        };
        Some(ReadRestriction { reference, database: database?, records, audience: audience? })
    }
}

fn read(raw: &[RecordIdText], faults: &mut Faults) -> Option<Vec<RecordId>> {
    faults.require(!raw.is_empty(), "about.records", FaultCode::Missing);
    faults.count("about.records", raw.len(), RECORDS_CAP);
    let numbered = raw.iter().enumerate().take(RECORDS_CAP);
    let read = numbered.map(|(i, record)| reading::record(record, &format!("about.records[{i}]"), faults));
    let mut records = read.collect::<Option<Vec<_>>>()?;
    records.sort_unstable();
    records.dedup();
    Some(records)
}

/// Answers a restriction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestrictionResponse {
    /// The receipt; `null` where one of the records is none of the caller's organisation in that database: then
    /// nothing was said about any of them.
    #[schema(required = true)]
    pub restricted: Option<ReceiptShown>,
}

/// Asks whom the records of the caller's organisation are shown to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionsRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// The most records; 100 when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::numbers::optional_whole"
    )]
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

impl RestrictionsRequest {
    /// Reads the request, noting every fault; answers the file, the cursor and the number of records.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, Option<String>, u32)> {
        let reference = reading::file(&self.reference, faults);
        let after = reading::cursor(self.after.as_ref(), faults);
        let limit = self.limit.unwrap_or(PAGE_RECORDS);
        faults.require((1..=PAGE_CAP).contains(&limit), "limit", FaultCode::Impossible);
        Some((reference, after, limit))
    }
}

/// Answers with a page of what the caller's organisation said about whom its records are shown to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestrictionsResponse {
    /// The page; `null` where the cursor is none of the caller's.
    #[schema(required = true)]
    pub page: Option<RestrictionsPage>,
}

/// Is a page of what is not shown to everybody.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestrictionsPage {
    /// Whole databases; on every page.
    pub databases: Vec<RestrictedDatabase>,
    /// Single records, in the order of their ids.
    pub records: Vec<RestrictedRecordShown>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub next: Option<Cursor>,
}

/// Is a database with whom it is shown to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestrictedDatabase {
    /// The database.
    pub database: DatabaseCode,
    /// Whom what the caller's organisation has in it is shown to.
    pub audience: AudienceStated,
}

/// Is a record with whom it is shown to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestrictedRecordShown {
    /// The record.
    pub record: RecordIdText,
    /// Its database.
    pub database: DatabaseCode,
    /// Whom it is shown to, as a single record: what is said of the whole database narrows it further.
    pub audience: AudienceStated,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults_of(body: Value) -> Vec<String> {
        let request: RestrictionSubmission = serde_json::from_value(body).unwrap();
        let mut faults = Faults::default();
        request.read(&mut faults);
        let named = faults.into_result().err().unwrap_or_default();
        named.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_deviation_has_a_place_and_a_code() {
        let sound = json!({"reference": "CASE 7", "database": "persons", "about": {"whole_database": {}},
            "audience": {"mode": "only", "organisations": ["XC", "XB", "XC"]}});
        assert_eq!(faults_of(sound.clone()), Vec::<String>::new());
        let with = |field: &str, value: Value| {
            let mut body = sound.clone();
            body[field] = value;
            faults_of(body)
        };
        assert_eq!(with("about", json!({"records": []})), ["about.records: missing"]);
        assert_eq!(with("about", json!({"records": ["x"]})), ["about.records[0]: bad-characters"]);
        assert_eq!(with("database", json!("people")), ["database: unknown-code"]);
        let mode = json!({"mode": "none", "organisations": []});
        assert_eq!(with("audience", mode), ["audience.mode: unknown-code"]);
        let lower = json!({"mode": "only", "organisations": ["xb"]});
        assert_eq!(with("audience", lower), ["audience.organisations[0]: bad-characters"]);
        let many: Vec<String> = (0..=ORGANISATIONS_CAP).map(|number| format!("Y{number:03}")).collect();
        let many = json!({"mode": "only", "organisations": many});
        assert_eq!(with("audience", many), ["audience.organisations: too-many"]);
    }

    #[test]
    fn what_is_left_out_is_not_a_whole_database() {
        let audience = json!({"mode": "only", "organisations": []});
        for about in [json!(null), json!({}), json!({"records": null}), json!({"whole_database": null})] {
            let body = json!({"reference": "F", "database": "persons", "about": about, "audience": audience});
            assert!(serde_json::from_value::<RestrictionSubmission>(body).is_err(), "{about}");
        }
        let without = json!({"reference": "F", "database": "persons", "audience": audience});
        assert!(serde_json::from_value::<RestrictionSubmission>(without).is_err());
    }

    #[test]
    fn an_audience_reads_back_as_it_is_shown() {
        let codes = ["XB", "XC"].map(|code| barid_domain::ids::OrganisationCode::new(code).unwrap());
        for audience in [Audience::EVERYBODY, Audience::all_but(codes), Audience::only([])] {
            let mut faults = Faults::default();
            assert_eq!(AudienceStated::from(&audience).read("audience", &mut faults), Some(audience));
        }
    }
}
