//! Agreements as policies of the Open Digital Rights Language (W3C Recommendation, ODRL Information Model 2.2), for
//! whoever compares or archives them with other tools.
//!
//! One permission for each grant, with its assigners (owners), assignees (recipients), targets (databases), actions and
//! constraints; what must not be done stands as prohibitions, what has to be done as duties of the permission. The words of
//! the clauses are not in it: ODRL has no place for them, and the signed entry, named by its hash, has. What ODRL's own
//! vocabulary lacks is named in the profile `urn:barid:odrl:v1:`.

use barid_domain::agreements::{Agreement, Duty, Grant, PartyStanding, TextStanding, TextState};
use barid_domain::codes::CodeList;
use barid_domain::ids::OrganisationCode;
use serde_json::{Value, json};

/// The profile whose terms stand beside those of ODRL.
pub const PROFILE: &str = "urn:barid:odrl:v1";

/// Writes a text as it stands: grants of parties that take part, less what owners have opted out of; an offer without
/// permissions while it is not signed by all, and no permissions where it is not in force.
pub fn agreement(state: &TextState) -> Value {
    let text = &state.agreement;
    let takes_part = |code: &OrganisationCode| {
        state.parties.iter().any(|one| one.party == *code && one.standing == PartyStanding::Active)
    };
    let grants = if state.standing == TextStanding::InForce { text.grants.as_slice() } else { &[] };
    let permissions: Vec<Value> = grants
        .iter()
        .filter_map(|grant| {
            let has_its_records_in = |owner: &OrganisationCode| {
                let opted_out =
                    |one: &barid_domain::agreements::PartyState| one.opted_out.contains(&grant.number);
                takes_part(owner) && !state.parties.iter().any(|one| one.party == *owner && opted_out(one))
            };
            let owners: Vec<&OrganisationCode> =
                grant.owners.iter().filter(|owner| has_its_records_in(owner)).collect();
            let recipients: Vec<&OrganisationCode> =
                grant.recipients.iter().filter(|recipient| takes_part(recipient)).collect();
            let is_empty = owners.is_empty() || recipients.is_empty();
            (!is_empty).then(|| permission(text, grant, &owners, &recipients))
        })
        .collect();
    let recipients: Vec<OrganisationCode> = text.parties.iter().copied().filter(takes_part).collect();
    let prohibitions: Vec<Value> =
        grants.iter().flat_map(|grant| prohibitions(grant, text, &recipients)).collect();
    // A text that waits is offered to its parties, and permits nothing.
    let kind = match state.standing {
        TextStanding::Proposed => "Offer",
        _ => "Agreement",
    };
    json!({
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"barid": format!("{PROFILE}:")}],
        "@type": kind,
        "uid": format!("urn:uuid:{}", text.agreement),
        "profile": PROFILE,
        "dc:title": text.titles.iter()
            .map(|title| json!({"@value": title.text, "@language": title.language}))
            .collect::<Vec<_>>(),
        "dc:source": format!("urn:barid:entry:{}", state.text),
        "dc:hasVersion": text.version,
        "permission": permissions,
        "prohibition": prohibitions,
    })
}

fn permission(
    text: &Agreement,
    grant: &Grant,
    owners: &[&OrganisationCode],
    recipients: &[&OrganisationCode],
) -> Value {
    let duties: Vec<Value> = grant
        .duties
        .iter()
        .filter(|duty| prohibited(**duty).is_none())
        .map(|duty| json!({"action": term(*duty)}))
        .collect();
    json!({
        "uid": format!("urn:uuid:{}:grant:{}", text.agreement, grant.number),
        "assigner": owners.iter().map(|code| organisation(code)).collect::<Vec<_>>(),
        "assignee": recipients.iter().map(|code| organisation(code)).collect::<Vec<_>>(),
        "target": targets(grant),
        "action": terms(&grant.operations),
        "constraint": [
            constraint("dateTime", "gteq", json!({"@value": text.from.to_string(), "@type": "xsd:date"})),
            constraint("dateTime", "lteq", json!({"@value": text.until.to_string(), "@type": "xsd:date"})),
            constraint("purpose", "isAnyOf", json!(terms(&grant.purposes))),
            constraint("barid:held-for", "isAnyOf", json!(terms(&grant.held))),
            constraint("barid:handling", "isAnyOf", json!(terms(&grant.handling))),
            constraint("barid:classification", "lteq", json!(term(grant.classification))),
            constraint("barid:fields-besides-identity", "isPartOf", json!(terms(&grant.fields))),
            constraint("barid:searches-a-day", "lteq", json!(grant.daily_cap)),
        ],
        "duty": duties,
    })
}

fn prohibitions(grant: &Grant, text: &Agreement, takes_part: &[OrganisationCode]) -> Vec<Value> {
    let recipients: Vec<String> =
        grant.recipients.iter().filter(|code| takes_part.contains(code)).map(organisation).collect();
    let actions = grant.duties.iter().filter_map(|duty| prohibited(*duty));
    actions
        .map(|action| {
            json!({
                "uid": format!("urn:uuid:{}:grant:{}:not:{action}", text.agreement, grant.number),
                "assignee": recipients,
                "target": targets(grant),
                "action": action,
            })
        })
        .collect()
}

/// The action that a duty forbids; `None` for those that ask for something.
fn prohibited(duty: Duty) -> Option<&'static str> {
    match duty {
        Duty::NoOnwardTransfer => Some("distribute"),
        Duty::NoJudicialUse => Some("barid:judicial-use"),
        Duty::PoliceUseOnly
        | Duty::HeedConditions
        | Duty::ConfirmWithOwner
        | Duty::DeleteAtEnd
        | Duty::ReportUse
        | Duty::Unlisted(_) => None,
    }
}

fn targets(grant: &Grant) -> Vec<String> {
    grant.databases.iter().map(|database| format!("urn:barid:database:{database}")).collect()
}

fn organisation(code: &OrganisationCode) -> String {
    format!("urn:barid:organisation:{code}")
}

fn constraint(left: &str, operator: &str, right: Value) -> Value {
    json!({"@type": "Constraint", "leftOperand": left, "operator": operator, "rightOperand": right})
}

fn terms<T: CodeList + std::fmt::Display>(codes: &[T]) -> Vec<String> {
    codes.iter().map(|code| term(*code)).collect()
}

fn term<T: CodeList + std::fmt::Display>(code: T) -> String {
    format!("barid:{}-{code}", T::LIST)
}
