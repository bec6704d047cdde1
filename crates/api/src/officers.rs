//! Officers and services of the caller's organisation: tokens given, listed and taken back by its administrators.

use barid_domain::codes::{CodeList, Database, Purpose};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::officers::{OfficerRight, OfficerRights};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{ClassificationCode, Code, DatabaseCode, PurposeCode};
use crate::reading;
use crate::texts::{CaseReference, CredentialText, DayText, InstantText, OfficerText};

/// What an officer or service may do.
pub type OfficerRightCode = Code<OfficerRight>;

/// The longest that a token lasts, in days: whoever is to go on gets another one, and is looked at again for it.
pub const DAYS_CAP: u16 = 366;

/// Is what an officer or service may do, within what its organisation may.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rights": ["search", "open"], "databases": ["persons"], "clearance": "official-use"}))]
pub struct RightsStated {
    /// What.
    #[schema(min_items = 1, value_type = BTreeSet<OfficerRightCode>)]
    pub rights: Vec<OfficerRightCode>,
    /// In which databases; in all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, value_type = Option<BTreeSet<DatabaseCode>>)]
    pub databases: Option<Vec<DatabaseCode>>,
    /// For which purposes; for all that its organisation has where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, value_type = Option<BTreeSet<PurposeCode>>)]
    pub purposes: Option<Vec<PurposeCode>>,
    /// Up to which classification.
    pub clearance: ClassificationCode,
}

impl RightsStated {
    /// Reads the rights, noting faults under `place`; sets are put in order.
    pub fn read(&self, place: &str, faults: &mut Faults) -> Option<OfficerRights> {
        let at = |field: &str| format!("{place}.{field}");
        let rights = set::<OfficerRight>(&self.rights, &at("rights"), faults);
        let databases = self.databases.as_ref().map(|codes| set::<Database>(codes, &at("databases"), faults));
        let purposes = self.purposes.as_ref().map(|codes| set::<Purpose>(codes, &at("purposes"), faults));
        let clearance = self.clearance.read(&at("clearance"), faults);
        let databases = match databases {
            None => None,
            Some(databases) => Some(databases?),
        };
        let purposes = match purposes {
            None => None,
            Some(purposes) => Some(purposes?),
        };
        Some(OfficerRights {
            rights: rights?,
            databases,
            purposes,
            clearance: clearance?,
            waiting: Vec::new(),
        })
    }
}

impl From<&OfficerRights> for RightsStated {
    fn from(rights: &OfficerRights) -> Self {
        Self {
            rights: crate::agreements::shown(&rights.rights),
            databases: rights.databases.as_deref().map(crate::agreements::shown),
            purposes: rights.purposes.as_deref().map(crate::agreements::shown),
            clearance: rights.clearance.into(),
        }
    }
}

fn set<T: CodeList + Ord>(raw: &[Code<T>], place: &str, faults: &mut Faults) -> Option<Vec<T>> {
    faults.require(!raw.is_empty(), place, FaultCode::Missing);
    faults.count(place, raw.len(), T::LISTED.len());
    let capped = raw.iter().enumerate().take(T::LISTED.len());
    let read: Option<Vec<T>> = capped.map(|(i, code)| code.read(&format!("{place}[{i}]"), faults)).collect();
    let mut codes = read?;
    codes.sort_unstable();
    let twice = codes.windows(2).any(|pair| pair[0] == pair[1]);
    faults.require(!twice, place, FaultCode::Duplicate);
    Some(codes)
}

/// Asks for a token for an officer or service of the caller's organisation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerSubmission {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The name.
    pub officer: OfficerText,
    /// After how many days the token ends.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 366)]
    pub days: u16,
    /// What it may do: nothing that the caller may not.
    pub rights: RightsStated,
}

/// Is a token that was asked for, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOfficer {
    /// The file.
    pub reference: String,
    /// The name.
    pub officer: String,
    /// The days.
    pub days: u16,
    /// The rights.
    pub rights: OfficerRights,
}

impl OfficerSubmission {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadOfficer> {
        let reference = reading::file(&self.reference, faults);
        let name = &self.officer.0;
        let fits = (1..=60).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        faults.require(fits, "officer", FaultCode::BadCharacters);
        faults.require((1..=DAYS_CAP).contains(&self.days), "days", FaultCode::Impossible);
        let rights = self.rights.read("rights", faults)?;
        Some(ReadOfficer { reference, officer: name.clone(), days: self.days, rights })
    }
}

/// Asks for the tokens of the caller's organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficersRequest {
    /// The file it is asked under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
}

impl OfficersRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<String> {
        Some(reading::file(&self.reference, faults))
    }
}

/// Takes a token back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerRevocation {
    /// The file it is done under.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The token, by the id that the list shows.
    pub credential: CredentialText,
}

impl OfficerRevocation {
    /// Reads the request, noting every fault; answers the file and the id.
    pub fn read(&self, faults: &mut Faults) -> Option<(String, String)> {
        let reference = reading::file(&self.reference, faults);
        let id = &self.credential.0;
        let fits = id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        faults.require(fits, "credential", FaultCode::BadCharacters);
        Some((reference, id.clone()))
    }
}

/// Answers with a token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficerResponse {
    /// The token, this once; `null` where the same request made it before: it can't be shown again.
    #[schema(required = true)]
    pub issued: Option<IssuedShown>,
}

/// Is a token that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct IssuedShown {
    /// The token.
    pub token: String,
    /// From when it signs in nobody.
    pub ends_at: InstantText,
}

/// Answers with the tokens of the caller's organisation, in the order in which they end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficersResponse {
    /// The tokens, without their secret.
    pub officers: Vec<OfficerShown>,
}

/// Is a token, without its secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficerShown {
    /// Its id.
    pub credential: CredentialText,
    /// Whom it signs in.
    pub officer: OfficerText,
    /// What that may do.
    pub rights: RightsStated,
    /// When it was made.
    pub made_at: InstantText,
    /// From when it signs in nobody.
    pub ends_at: InstantText,
    /// The day it was last used on, as far as that was noted.
    #[schema(required = true)]
    pub last_used_on: Option<DayText>,
}

/// Answers a revocation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficerRevocationResponse {
    /// Whom the token signed in; `null` where there is no such token of the caller's organisation.
    #[schema(required = true)]
    pub revoked: Option<OfficerText>,
}
