//! Enrolling, signing in, and sessions.

use barid_domain::audit::Actor;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::OrganisationCode;
use barid_domain::people::Assurance;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::Code;
use crate::texts::{
    CredentialText, DeviceCodeText, EnrolmentCodeText, InstantText, OfficerText, OrganisationText,
    PASSWORD_TEXT_CAP, PasswordText, ShownAsText,
};

/// How surely it is known who signed in.
pub type AssuranceCode = Code<Assurance>;

fn actor(organisation: &OrganisationText, officer: &OfficerText, faults: &mut Faults) -> Option<Actor> {
    let code = OrganisationCode::new(&organisation.0).ok();
    faults.require(code.is_some(), "organisation", FaultCode::BadCharacters);
    let actor = code.and_then(|code| Actor::new(code, &officer.0));
    faults.require(code.is_none() || actor.is_some(), "officer", FaultCode::BadCharacters);
    actor
}

fn enrolment_code(raw: &EnrolmentCodeText, faults: &mut Faults) -> String {
    let fits = raw.0.strip_prefix("barid_enrol_").is_some_and(|rest| {
        rest.len() == 43 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    });
    faults.require(fits, "code", FaultCode::BadCharacters);
    raw.0.clone()
}

fn device_code(raw: &DeviceCodeText, faults: &mut Faults) -> String {
    let fits = raw.0.len() == 6 && raw.0.bytes().all(|b| b.is_ascii_digit());
    faults.require(fits, "device_code", FaultCode::BadCharacters);
    raw.0.clone()
}

fn password(raw: &PasswordText, faults: &mut Faults) -> String {
    let length = raw.0.chars().take(PASSWORD_TEXT_CAP + 1).count();
    faults.require(length > 0, "password", FaultCode::Missing);
    faults.require(length <= PASSWORD_TEXT_CAP, "password", FaultCode::TooLong);
    raw.0.clone()
}

/// Begins to enrol: asks for the secret that a device is given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// The organisation.
    pub organisation: OrganisationText,
    /// The account, by its whole name.
    pub officer: OfficerText,
    /// The code that an administrator handed over.
    pub code: EnrolmentCodeText,
}

impl EnrolmentRequest {
    /// Reads the request, noting every fault; answers whose account, and the code.
    pub fn read(&self, faults: &mut Faults) -> Option<(Actor, String)> {
        let actor = actor(&self.organisation, &self.officer, faults);
        let code = enrolment_code(&self.code, faults);
        Some((actor?, code))
    }
}

/// Enrols.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentCompletion {
    /// The organisation.
    pub organisation: OrganisationText,
    /// The account, by its whole name.
    pub officer: OfficerText,
    /// The code that an administrator handed over.
    pub code: EnrolmentCodeText,
    /// The password that the officer chooses: 8 to 128 characters, any of them.
    pub password: PasswordText,
    /// What the device shows, once it was given its secret.
    pub device_code: DeviceCodeText,
}

/// Is an enrolment, read.
pub struct ReadEnrolment {
    /// Whose account.
    pub actor: Actor,
    /// The code of enrolment.
    pub code: String,
    /// The password.
    pub password: String,
    /// The code of the device.
    pub device_code: String,
}

impl EnrolmentCompletion {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadEnrolment> {
        let actor = actor(&self.organisation, &self.officer, faults);
        let code = enrolment_code(&self.code, faults);
        let password = password(&self.password, faults);
        let device_code = device_code(&self.device_code, faults);
        Some(ReadEnrolment { actor: actor?, code, password, device_code })
    }
}

/// Signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The organisation.
    pub organisation: OrganisationText,
    /// The account, by its whole name.
    pub officer: OfficerText,
    /// The password.
    pub password: PasswordText,
    /// What the device shows.
    pub device_code: DeviceCodeText,
}

/// Is a sign-in, read.
pub struct ReadSignIn {
    /// Whose account.
    pub actor: Actor,
    /// The password.
    pub password: String,
    /// The code of the device.
    pub device_code: String,
}

impl SignInRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<ReadSignIn> {
        let actor = actor(&self.organisation, &self.officer, faults);
        let password = password(&self.password, faults);
        let device_code = device_code(&self.device_code, faults);
        Some(ReadSignIn { actor: actor?, password, device_code })
    }
}

/// Ends a session.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutRequest {
    /// The session, by the id that the list shows; the one that asks where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<CredentialText>,
}

impl SignOutRequest {
    /// Reads the request, noting every fault; answers the id.
    pub fn read(&self, faults: &mut Faults) -> Option<Option<String>> {
        let Some(CredentialText(id)) = &self.session else { return Some(None) };
        let fits = id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        faults.require(fits, "session", FaultCode::BadCharacters);
        Some(Some(id.clone()))
    }
}

/// Answers with the secret of a device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentResponse {
    /// The officer's name as it is written.
    pub shown_as: ShownAsText,
    /// The secret, in base 32: codes of six digits, every 30 seconds, SHA-1 (RFC 6238).
    pub secret: String,
}

/// Answers that an officer has enrolled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolledResponse {
    /// The account.
    pub officer: OfficerText,
}

/// Answers with a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionResponse {
    /// The token of the session, this once: a bearer token.
    pub token: String,
    /// The session's id.
    pub session: CredentialText,
    /// How surely it is known who signed in.
    pub assurance: AssuranceCode,
    /// From when it signs in nobody in any case.
    pub ends_at: InstantText,
    /// For how many seconds it may rest.
    pub rests: u32,
    /// How many attempts under this name failed since the last sign-in: somebody who has not mistyped tells an administrator.
    pub failed_before: u32,
}

/// Answers with the sessions of the caller's own account, the oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionsResponse {
    /// The sessions.
    pub sessions: Vec<SessionShown>,
}

/// Is a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionShown {
    /// Its id.
    pub session: CredentialText,
    /// How surely it is known who signed in.
    pub assurance: AssuranceCode,
    /// When that was.
    pub signed_in_at: InstantText,
    /// When it was last used, to a minute.
    pub seen_at: InstantText,
    /// From when it signs in nobody in any case.
    pub ends_at: InstantText,
    /// Whether it is the one that asks.
    pub is_own: bool,
}

/// Answers a sign-out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignOutResponse {
    /// Whether there was such a session of the caller's own account.
    pub ended: bool,
}
