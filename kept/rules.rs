//! The policy again, in Cedar: written from the rule book and the agreements, not from the program.

use std::fmt::{Display, Write as _};

use barid_domain::agreements::{Grant, GrantedOperation};
use barid_domain::codes::CodeList;
use barid_domain::ids::OrganisationCode;

use crate::model::{Stands, Told, World, standings};

/// Is a wrong rule, planted to see that the comparison finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    ClassificationTheWrongWay,
    OptOutsIgnored,
    SuspensionsIgnored,
    LastDayLeftOut,
    UnsignedCounts,
    HandlingIgnored,
    HitsBesideCandidates,
    SanctionsForNobody,
    FieldsOfEveryGrant,
    OwnRecordsByPurpose,
}

pub const MUTANTS: [Mutant; 10] = [
    Mutant::ClassificationTheWrongWay,
    Mutant::OptOutsIgnored,
    Mutant::SuspensionsIgnored,
    Mutant::LastDayLeftOut,
    Mutant::UnsignedCounts,
    Mutant::HandlingIgnored,
    Mutant::HitsBesideCandidates,
    Mutant::SanctionsForNobody,
    Mutant::FieldsOfEveryGrant,
    Mutant::OwnRecordsByPurpose,
];

const LOOKS: &str = r#"[Action::"candidates", Action::"open", Action::"hit", Action::"field"]"#;
const SHOWS: &str = r#"[Action::"candidates", Action::"open", Action::"field"]"#;

/// What `held` answers, by the table of purposes.
fn fits(mutant: Option<Mutant>) -> String {
    let sanctions = if mutant == Some(Mutant::SanctionsForNobody) { "nothing" } else { "sanctions" };
    format!(
        r#"(context.asked == resource.held
        || resource.held == "{sanctions}"
        || (["criminal-investigation", "counter-terrorism", "human-trafficking", "drug-trafficking", "financial-crime",
             "cybercrime"].contains(resource.held)
            && ["criminal-investigation", "border-control", "oversight"].contains(context.asked))
        || (resource.held == "border-control"
            && ["criminal-investigation", "counter-terrorism", "oversight"].contains(context.asked))
        || (resource.held == "humanitarian"
            && ["human-trafficking", "border-control", "oversight"].contains(context.asked))
        || (resource.held == "outside-reference" && context.asked == "oversight"))"#
    )
}

/// All policies at a time in seconds.
pub fn cedar(world: &World, time: i64, mutant: Option<Mutant>) -> String {
    let fits = fits(mutant);
    let own = match mutant {
        Some(Mutant::OwnRecordsByPurpose) => "(resource.owner == principal.code && context.asked == resource.held)",
        _ => r#"(resource.owner == principal.code && resource.held != "outside-reference")"#,
    };
    let mut text = format!(
        r#"
forbid (principal, action, resource) unless {{ principal.active }};
forbid (principal, action in {LOOKS}, resource) unless {{ context.databases.contains(resource.database) }};
forbid (principal, action in {LOOKS}, resource) when {{ context.asked == "oversight" }}
    unless {{ ["secretariat", "commission"].contains(principal.kind) }};
forbid (principal, action == Action::"submit", resource)
    when {{ context.asked == "oversight" && principal.kind == "bureau" }};
permit (principal, action == Action::"submit", resource)
    when {{ ["bureau", "secretariat"].contains(principal.kind) }};
permit (principal, action in {SHOWS}, resource) when {{ principal.kind != "partner" && {fits} }};
permit (principal, action in {SHOWS}, resource) when {{ principal.kind != "partner" && {own} }};
forbid (principal, action == Action::"hit", resource) when {{ {own} || (principal.kind != "partner" && {fits}) }};
"#
    );
    for told in &world.agreements {
        let stands = told.at(time);
        for grant in &told.text.grants {
            of_grant(&mut text, world, told, &stands, grant, mutant);
        }
    }
    text
}

fn of_grant(
    text: &mut String,
    world: &World,
    told: &Told,
    stands: &Stands,
    grant: &Grant,
    mutant: Option<Mutant>,
) {
    let fits = fits(mutant);
    let inactive: Vec<OrganisationCode> =
        standings(world).into_iter().filter(|(_, active)| !active).map(|(code, _)| code).collect();
    let mut out: Vec<OrganisationCode> = inactive;
    out.extend(&stands.ended);
    if mutant != Some(Mutant::SuspensionsIgnored) {
        out.extend(&stands.suspended);
    }
    let parties_out = set(&out);
    if mutant != Some(Mutant::OptOutsIgnored) {
        out.extend(stands.opted_out.iter().filter(|(_, number)| *number == grant.number).map(|(party, _)| party));
    }
    let owners_out = set(&out);
    let left = told.text.parties.len() - stands.ended.len();
    let until = if mutant == Some(Mutant::LastDayLeftOut) { "<" } else { "<=" };
    let level = if mutant == Some(Mutant::ClassificationTheWrongWay) { ">=" } else { "<=" };
    let signed =
        if mutant == Some(Mutant::UnsignedCounts) { set(&told.text.parties) } else { set(&stands.signed) };
    let stands_for = format!(
        "{signed}.containsAll({parties}) && {left} >= 2 && context.day >= {from} && context.day {until} {last}
        && {recipients}.contains(principal.code) && !({parties_out}.contains(principal.code))
        && !({owners_out}.containsAll({owners})) && {purposes}.contains(context.asked)",
        parties = set(&told.text.parties),
        from = told.text.from.days(),
        last = told.text.until.days(),
        recipients = set(&grant.recipients),
        owners = set(&grant.owners),
        purposes = set(&grant.purposes),
    );
    let databases = set(&grant.databases);
    if grant.operations.contains(&GrantedOperation::Submit) {
        permit(text, r#"action == Action::"submit""#, &format!("{stands_for} && {databases}.contains(context.into)"));
    }
    let has = |operation| grant.operations.contains(&operation);
    let shows = has(GrantedOperation::Candidates);
    if !shows && !has(GrantedOperation::HitNoHit) {
        return;
    }
    let own = match mutant {
        Some(Mutant::OwnRecordsByPurpose) => "resource.owner == principal.code && context.asked == resource.held",
        _ => r#"resource.owner == principal.code && resource.held != "outside-reference""#,
    };
    // Who may look at all sees its own.
    permit(
        text,
        &format!("action in {SHOWS}"),
        &format!("{own} && {stands_for} && {databases}.containsAny(context.databases)"),
    );
    let handling = match mutant {
        Some(Mutant::HandlingIgnored) => "true".to_owned(),
        _ => format!("{}.contains(resource.handling)", set(&grant.handling)),
    };
    let covers = format!(
        r#"{stands_for} && {}.contains(resource.owner) && !({owners_out}.contains(resource.owner))
        && {databases}.contains(resource.database) && {}.contains(resource.held) && {handling}
        && resource.level {level} {}
        && (resource.held == "exercise") == (context.asked == "exercise") && resource.held != "outside-reference""#,
        set(&grant.owners),
        set(&grant.held),
        grant.classification.number(),
    );
    permit(text, r#"action == Action::"hit""#, &covers);
    if !shows {
        return;
    }
    if mutant != Some(Mutant::HitsBesideCandidates) {
        writeln!(
            text,
            "forbid (principal, action == Action::\"hit\", resource) when {{ {covers} && {fits} }};"
        )
        .unwrap();
    }
    permit(text, r#"action == Action::"candidates""#, &format!("{covers} && {fits}"));
    if has(GrantedOperation::Open) {
        permit(text, r#"action == Action::"open""#, &format!("{covers} && {fits}"));
    }
    let fields = match mutant {
        Some(Mutant::FieldsOfEveryGrant) => "true".to_owned(),
        _ => format!("{}.contains(context.field)", set(&grant.fields)),
    };
    permit(text, r#"action == Action::"field""#, &format!("{covers} && {fits} && {fields}"));
}

fn permit(text: &mut String, action: &str, condition: &str) {
    writeln!(text, "permit (principal, {action}, resource) when {{ {condition} }};").unwrap();
}

fn set<'a, T: Display + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", items.join(", "))
}
