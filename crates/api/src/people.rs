//! The people of the caller's organisation: accounts and national entities, looked after by its administrators.

use barid_domain::dates::Day;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::officers::OfficerRights;
use barid_domain::people::{AccountState, AccountStep, SHOWN_AS_CAP};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::Code;
use crate::officers::RightsStated;
use crate::patterns::{NOT_LETTERS, holds_other_than};
use crate::reading;
use crate::texts::{
    CaseReference, DayText, EnrolmentCodeText, EntityText, InstantText, OfficerText, PersonNameText,
    ShownAsText,
};

/// How an account stands.
pub type AccountStateCode = Code<AccountState>;

/// What is done about an account.
pub type AccountStepCode = Code<AccountStep>;

/// Asks for an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The name, without that of the entity.
    pub officer: PersonNameText,
    /// The entity that the officer belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityText>,
    /// The officer's name as it is written.
    pub shown_as: ShownAsText,
    /// What the officer may do: nothing that the caller may not, or the entity.
    pub rights: RightsStated,
    /// From when; from today where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<DayText>,
    /// Until when, that day too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DayText>,
}

/// Is an account that was asked for, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPerson {
    /// The file.
    pub reference: String,
    /// The name.
    pub name: String,
    /// The entity.
    pub entity: Option<String>,
    /// The name as it is written.
    pub shown_as: String,
    /// The rights.
    pub rights: OfficerRights,
    /// From when.
    pub valid_from: Option<Day>,
    /// Until when.
    pub valid_until: Option<Day>,
}

fn shown_as(raw: &ShownAsText, faults: &mut Faults) -> String {
    let text = reading::text(&raw.0, SHOWN_AS_CAP, "shown_as", faults);
    faults.require(text.is_empty() || holds_other_than(&text, NOT_LETTERS), "shown_as", FaultCode::NotAName);
    text
}

fn day(raw: Option<&DayText>, place: &str, faults: &mut Faults) -> Option<Day> {
    raw.and_then(|raw| reading::day(raw, place, faults))
}

fn fits(text: &str, longest: usize, others: &[u8]) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || others.contains(&b))
}

fn entity(raw: &EntityText, place: &str, faults: &mut Faults) -> String {
    faults.require(fits(&raw.0, 20, b"-"), place, FaultCode::BadCharacters);
    raw.0.clone()
}

fn whole_name(raw: &OfficerText, faults: &mut Faults) -> String {
    faults.require(fits(&raw.0, 60, b"._-"), "officer", FaultCode::BadCharacters);
    raw.0.clone()
}

impl AccountSubmission {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadPerson> {
        let reference = reading::file(&self.reference, faults);
        faults.require(fits(&self.officer.0, 39, b"_-"), "officer", FaultCode::BadCharacters);
        let entity = self.entity.as_ref().map(|raw| entity(raw, "entity", faults));
        let shown_as = shown_as(&self.shown_as, faults);
        let valid_from = day(self.valid_from.as_ref(), "valid_from", faults);
        let valid_until = day(self.valid_until.as_ref(), "valid_until", faults);
        let rights = self.rights.read("rights", faults)?;
        let name = self.officer.0.clone();
        Some(ReadPerson { reference, name, entity, shown_as, rights, valid_from, valid_until })
    }
}

/// Asks for the accounts or entities that the caller looks after.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
}

impl PeopleRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<String> {
        Some(reading::file(&self.reference, faults))
    }
}

/// Does something about an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChangeRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The account, by its whole name.
    pub officer: OfficerText,
    /// What is done.
    pub act: AccountStepCode,
}

impl AccountChangeRequest {
    /// Reads the request, noting every fault; answers file, name and act.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, String, AccountStep)> {
        let reference = reading::file(&self.reference, faults);
        let officer = whole_name(&self.officer, faults);
        Some((reference, officer, self.act.read("act", faults)?))
    }
}

/// Changes what an officer may do, and until when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRightsRequest {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The account, by its whole name.
    pub officer: OfficerText,
    /// What the officer may do from now on.
    pub rights: RightsStated,
    /// Until when, that day too; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DayText>,
}

impl AccountRightsRequest {
    /// Reads the request, noting every fault; answers file, name, rights and end.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, String, OfficerRights, Option<Day>)> {
        let reference = reading::file(&self.reference, faults);
        let officer = whole_name(&self.officer, faults);
        let until = day(self.valid_until.as_ref(), "valid_until", faults);
        Some((reference, officer, self.rights.read("rights", faults)?, until))
    }
}

/// Makes an entity, or changes its name and ceiling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitySubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// Its code.
    pub entity: EntityText,
    /// Its name as its people write it.
    pub shown_as: ShownAsText,
    /// What its people may do at most: nothing that the caller may not.
    pub ceiling: RightsStated,
}

impl EntitySubmission {
    /// Reads the request, noting every fault; answers file, code, name and ceiling.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, String, String, OfficerRights)> {
        let reference = reading::file(&self.reference, faults);
        let code = entity(&self.entity, "entity", faults);
        let shown_as = shown_as(&self.shown_as, faults);
        Some((reference, code, shown_as, self.ceiling.read("ceiling", faults)?))
    }
}

/// Answers with an account that was made or is to be enrolled anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountResponse {
    /// The code to enrol with, this once; `null` where the same request made it before: it can't be shown again.
    #[schema(required = true)]
    pub invited: Option<InvitedShown>,
}

/// Is a code to enrol with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitedShown {
    /// Whose account, by its whole name.
    pub officer: OfficerText,
    /// The code.
    pub code: EnrolmentCodeText,
    /// From when it is good for nothing.
    pub ends_at: InstantText,
}

/// Answers a change of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountChangeResponse {
    /// Whose account was changed; `null` where there is none that the caller looks after.
    #[schema(required = true)]
    pub changed: Option<OfficerText>,
    /// The code to enrol anew with, this once, where that was asked for.
    #[schema(required = true)]
    pub invited: Option<InvitedShown>,
}

/// Answers with accounts, in the order of their names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeopleResponse {
    /// The accounts.
    pub people: Vec<AccountShown>,
}

/// Is an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountShown {
    /// Its whole name.
    pub officer: OfficerText,
    /// The entity that the officer belongs to.
    #[schema(required = true)]
    pub entity: Option<EntityText>,
    /// The officer's name as it is written.
    pub shown_as: ShownAsText,
    /// What the officer was given; an entity's ceiling may let less through.
    pub rights: RightsStated,
    /// How it stands.
    pub state: AccountStateCode,
    /// When it was made.
    pub made_at: InstantText,
    /// From when it is valid.
    pub valid_from: DayText,
    /// Until when.
    #[schema(required = true)]
    pub valid_until: Option<DayText>,
    /// When it was attested.
    pub attested_on: DayText,
    /// The last day on which it signs in without being attested again.
    pub attest_until: DayText,
    /// Whether that day is near, or over.
    pub due: bool,
    /// Until when a code to enrol is out.
    #[schema(required = true)]
    pub code_ends_at: Option<InstantText>,
}

/// Answers that an entity was made or changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntityResponse {
    /// Its code.
    pub entity: EntityText,
}

/// Answers with entities, in the order of their codes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntitiesResponse {
    /// The entities.
    pub entities: Vec<EntityShown>,
}

/// Is an entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntityShown {
    /// Its code.
    pub entity: EntityText,
    /// Its name.
    pub shown_as: ShownAsText,
    /// What its people may do at most.
    pub ceiling: RightsStated,
    /// When it was made.
    pub made_at: InstantText,
}
