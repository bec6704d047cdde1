//! Who belongs to the association, as its registry says.

use barid_domain::ids::OrganisationCode;
use barid_domain::registry::{Organisation, Registry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{Country, OrganisationKindCode, StandingCode};
use crate::terms::LocalShortText;
use crate::texts::{EntryHashText, OrganisationText};

/// Lists the association.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationsResponse {
    /// The association, by the fingerprint of its genesis: what everybody pins.
    pub association: EntryHashText,
    /// Its names.
    pub names: Vec<LocalShortText>,
    /// Its organisations, in the order of their codes.
    pub organisations: Vec<OrganisationShown>,
}

/// Is an organisation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationShown {
    /// Its code.
    pub code: OrganisationText,
    /// Its kind.
    pub kind: OrganisationKindCode,
    /// Its state.
    pub country: Option<Country>,
    /// Its names.
    pub names: Vec<LocalShortText>,
    /// Who keeps its keys: `self`, or `hosted-by` and a code.
    pub custody: String,
    /// Its standing.
    pub standing: StandingCode,
}

impl From<&Registry> for OrganisationsResponse {
    fn from(registry: &Registry) -> Self {
        Self {
            association: registry.fingerprint().to_string().into(),
            names: registry.names().iter().map(LocalShortText::from).collect(),
            organisations: registry.organisations().map(OrganisationShown::from).collect(),
        }
    }
}

impl From<(OrganisationCode, &Organisation)> for OrganisationShown {
    fn from((code, organisation): (OrganisationCode, &Organisation)) -> Self {
        Self {
            code: code.as_str().into(),
            kind: organisation.kind.into(),
            country: organisation.country.map(Into::into),
            names: organisation.names.iter().map(LocalShortText::from).collect(),
            custody: organisation.custody.to_string(),
            standing: organisation.standing.into(),
        }
    }
}
