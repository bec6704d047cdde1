//! The policy again, in the language Cedar: written from the rule book (docs/policy.md) and what was told of a world, not from
//! the program. Numbers of rules are those of the rule book.
//!
//! A rule that takes something away from everybody is one more `forbid` in [`Rules::general`]; one that gives, one more
//! `permit`. Nothing is shown that no `permit` shows.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

use barid_domain::agreements::{Grant, GrantedOperation};
use barid_domain::codes::CodeList;
use barid_domain::ids::OrganisationCode;
use barid_domain::registry::Standing;

use crate::model::{Stands, Told, World};

/// Is a wrong rule, planted to see that the comparison finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutant {
    PurposeTableWider,
    SanctionsForNobody,
    OwnRecordsByPurpose,
    StateListsShownToTheirHolders,
    AnybodyOversees,
    ExercisesMixed,
    ClassificationNotCompared,
    HandlingIgnored,
    OptOutsIgnored,
    SuspensionsIgnored,
    LastDayLeftOut,
    PeriodIgnored,
    UnsignedCounts,
    GrantsOfOwnRecordsCount,
    HitsBesideCandidates,
    FieldsOfEveryGrant,
    HiddenNumbersFind,
    DutiesOfGrantsToMembers,
    StrangersShown,
    PartnersSubmitAnything,
    PartnersHoldAnything,
    ClearanceIgnored,
    RightsOfOfficersIgnored,
    LimitsIgnored,
    BlocksIgnored,
    BlocksHideFromTheCommission,
    CorrectionsHideEveryVersion,
    RestrictionsOfRecordsIgnored,
    RestrictionsOfDatabasesIgnored,
    RestrictionsBindTheOwner,
    RestrictionsBindTheCommission,
    RestrictionsNeverBindTheCommission,
    ConsentsForAnyPurpose,
    ConsentsOutliveTheGrant,
}

pub const MUTANTS: [Mutant; 34] = [
    Mutant::PurposeTableWider,
    Mutant::SanctionsForNobody,
    Mutant::OwnRecordsByPurpose,
    Mutant::StateListsShownToTheirHolders,
    Mutant::AnybodyOversees,
    Mutant::ExercisesMixed,
    Mutant::ClassificationNotCompared,
    Mutant::HandlingIgnored,
    Mutant::OptOutsIgnored,
    Mutant::SuspensionsIgnored,
    Mutant::LastDayLeftOut,
    Mutant::PeriodIgnored,
    Mutant::UnsignedCounts,
    Mutant::GrantsOfOwnRecordsCount,
    Mutant::HitsBesideCandidates,
    Mutant::FieldsOfEveryGrant,
    Mutant::HiddenNumbersFind,
    Mutant::DutiesOfGrantsToMembers,
    Mutant::StrangersShown,
    Mutant::PartnersSubmitAnything,
    Mutant::PartnersHoldAnything,
    Mutant::ClearanceIgnored,
    Mutant::RightsOfOfficersIgnored,
    Mutant::LimitsIgnored,
    Mutant::BlocksIgnored,
    Mutant::BlocksHideFromTheCommission,
    Mutant::CorrectionsHideEveryVersion,
    Mutant::RestrictionsOfRecordsIgnored,
    Mutant::RestrictionsOfDatabasesIgnored,
    Mutant::RestrictionsBindTheOwner,
    Mutant::RestrictionsBindTheCommission,
    Mutant::RestrictionsNeverBindTheCommission,
    Mutant::ConsentsForAnyPurpose,
    Mutant::ConsentsOutliveTheGrant,
];

/// What begins a search, a screening, an opening: before any record is looked at.
const BEGINS: &str = r#"[Action::"search", Action::"screen", Action::"begin-open"]"#;
/// What a search tells of a record.
const FINDS: &str =
    r#"[Action::"candidates", Action::"number", Action::"field", Action::"duty", Action::"hit"]"#;
/// What opening a record shows.
const OPENS: &str = r#"[Action::"open", Action::"open-field"]"#;
/// Everything that a record is looked at for.
const LOOKS: &str = r#"[Action::"candidates", Action::"number", Action::"field", Action::"duty", Action::"hit",
    Action::"open", Action::"open-field"]"#;
/// The same without the telling of hits, and without duties, which have rules of their own.
const SHOWS: &str =
    r#"[Action::"candidates", Action::"number", Action::"field", Action::"open", Action::"open-field"]"#;

/// 12: the duties of a handling code go to everybody who is shown the record.
const OF_HANDLING: &str = r#"(context.duty == "police-use-only"
    || (resource.handling == "H1" && context.duty == "no-judicial-use")
    || (resource.handling == "H2" && context.duty == "no-onward-transfer")
    || (resource.handling == "H3" && context.duty == "heed-conditions"))"#;

/// Is the policies of one world at one time, while they are written.
struct Rules<'a> {
    world: &'a World,
    mutant: Option<Mutant>,
    /// Whether a record is shown by membership or ownership, as an expression.
    by_right: String,
    text: String,
}

/// All policies at a time in seconds.
pub fn cedar(world: &World, time: i64, mutant: Option<Mutant>) -> String {
    let mut rules = Rules { world, mutant, by_right: String::new(), text: String::new() };
    let stands: Vec<Stands> = world.agreements.iter().map(|told| told.at(time)).collect();
    let grants = || {
        let told = world.agreements.iter().zip(&stands);
        told.flat_map(|(told, stands)| told.text.grants.iter().map(move |grant| (told, stands, grant)))
    };
    let accepted: Vec<String> = grants()
        .filter(|(_, _, grant)| grant.operations.contains(&GrantedOperation::Submit))
        .map(|(told, stands, grant)| rules.accepts(told, stands, grant))
        .collect();
    rules.by_right = rules.by_right(&accepted);
    rules.general();
    for (told, stands, grant) in grants() {
        rules.of_grant(told, stands, grant);
    }
    rules.text
}

impl Rules<'_> {
    fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Whether the purpose of a search fits the one a record is held for: rules 1, 2 and 4, by the table of docs/policy.md.
    fn fits(&self) -> String {
        let sanctions = if self.has(Mutant::SanctionsForNobody) { "nothing" } else { "sanctions" };
        let wider = if self.has(Mutant::PurposeTableWider) { r#", "drug-trafficking""# } else { "" };
        format!(
            r#"(context.asked == resource.held
        || resource.held == "{sanctions}"
        || (["criminal-investigation", "counter-terrorism", "human-trafficking", "drug-trafficking", "financial-crime",
             "cybercrime"].contains(resource.held)
            && ["criminal-investigation", "border-control", "oversight"{wider}].contains(context.asked))
        || (resource.held == "border-control"
            && ["criminal-investigation", "counter-terrorism", "oversight"].contains(context.asked))
        || (resource.held == "humanitarian"
            && ["human-trafficking", "border-control", "oversight"].contains(context.asked))
        || (resource.held == "outside-reference" && context.asked == "oversight"))"#
        )
    }

    /// Whether a record is its asker's own: rules 3 and 4.
    fn own(&self) -> String {
        let own = "resource.owner == principal.code";
        if self.has(Mutant::OwnRecordsByPurpose) {
            return format!("({own} && context.asked == resource.held)");
        }
        if self.has(Mutant::StateListsShownToTheirHolders) {
            return format!("({own})");
        }
        format!(r#"({own} && resource.held != "outside-reference")"#)
    }

    /// Rules 1 and 3; a partner's records are shown to whom a grant lets it submit them, and to oversight (rule 13).
    fn by_right(&self, accepted: &[String]) -> String {
        let accepted = if accepted.is_empty() { "false".to_owned() } else { accepted.join(" || ") };
        let known = if self.has(Mutant::StrangersShown) {
            "true".to_owned()
        } else {
            format!(r#"resource.owner_kind != "partner" || context.asked == "oversight" || {accepted}"#)
        };
        let (own, fits) = (self.own(), self.fits());
        format!(r#"({own} || (principal.kind != "partner" && {fits} && ({known})))"#)
    }

    /// What holds without agreements.
    fn general(&mut self) {
        let oversight = if self.has(Mutant::AnybodyOversees) {
            r#"["secretariat", "commission", "bureau"]"#
        } else {
            r#"["secretariat", "commission"]"#
        };
        writeln!(
            self.text,
            r#"
// 1: whoever takes part.
forbid (principal, action, resource) unless {{ principal.active }};
permit (principal, action in {BEGINS}, resource) when {{ principal.kind != "partner" }};
permit (principal, action in {SHOWS}, resource) when {{ principal.kind != "partner" && {by_right} }};
// 5: oversight, and reference lists.
forbid (principal, action in {BEGINS}, resource) when {{ context.asked == "oversight" }}
    unless {{ {oversight}.contains(principal.kind) }};
forbid (principal, action in {LOOKS}, resource) when {{ context.asked == "oversight" }}
    unless {{ {oversight}.contains(principal.kind) }};
forbid (principal, action == Action::"hold", resource)
    when {{ ["sanctions", "outside-reference"].contains(resource.held) || resource.source == "UN" }}
    unless {{ principal.kind == "secretariat" }};
// Who enters and withdraws.
permit (principal, action in [Action::"submit", Action::"hold"], resource)
    when {{ ["bureau", "secretariat"].contains(principal.kind) }};
permit (principal, action == Action::"withdraw", resource) when {{ principal.kind != "commission" }};
forbid (principal, action in [Action::"submit", Action::"withdraw"], resource)
    when {{ context.asked == "oversight" && principal.kind == "bureau" }};
// 9: what is shown whole is no hit.
forbid (principal, action == Action::"hit", resource) when {{ {by_right} }};"#,
            by_right = self.by_right,
        )
        .unwrap();
        self.limits();
        self.officers();
        self.orders();
        self.restrictions();
        self.duties();
        if self.has(Mutant::ConsentsOutliveTheGrant) {
            self.consented("true");
        }
    }

    /// What an association has an organisation not do for now, and in which databases was searched.
    fn limits(&mut self) {
        writeln!(
            self.text,
            "forbid (principal, action in {LOOKS}, resource) unless {{ context.databases.contains(resource.database) }};"
        )
        .unwrap();
        if self.has(Mutant::LimitsIgnored) {
            return;
        }
        writeln!(
            self.text,
            r#"
forbid (principal, action in {LOOKS}, resource) unless {{ principal.reads.contains(resource.database) }};
forbid (principal, action == Action::"submit", resource) unless {{ principal.writes.contains(context.into) }};"#
        )
        .unwrap();
    }

    /// 14: what an officer may do within what its organisation may.
    fn officers(&mut self) {
        if !self.has(Mutant::ClearanceIgnored) {
            writeln!(
                self.text,
                r#"
forbid (principal, action in {LOOKS}, resource) unless {{ resource.level <= principal.clearance }};
forbid (principal, action == Action::"hold", resource) unless {{ resource.level <= principal.clearance }};"#
            )
            .unwrap();
        }
        if !self.has(Mutant::RightsOfOfficersIgnored) {
            writeln!(
                self.text,
                r#"
forbid (principal, action in {FINDS}, resource) unless {{ principal.rights.contains("search") }};
forbid (principal, action == Action::"search", resource) unless {{ principal.rights.contains("search") }};
forbid (principal, action == Action::"screen", resource) unless {{ principal.rights.contains("screen") }};
forbid (principal, action == Action::"begin-open", resource) unless {{ principal.rights.contains("open") }};
forbid (principal, action in {OPENS}, resource) unless {{ principal.rights.contains("open") }};
forbid (principal, action == Action::"submit", resource) unless {{ principal.rights.contains("enter") }};
forbid (principal, action == Action::"withdraw", resource) unless {{ principal.rights.contains("withdraw") }};"#
            )
            .unwrap();
        }
        writeln!(
            self.text,
            r#"
forbid (principal, action in {LOOKS}, resource) unless {{ principal.reaches.contains(resource.database) }};
forbid (principal, action == Action::"submit", resource) unless {{ principal.reaches.contains(context.into) }};
forbid (principal, action in {LOOKS}, resource) unless {{ principal.serves.contains(context.asked) }};
forbid (principal, action in {BEGINS}, resource) unless {{ principal.serves.contains(context.asked) }};
forbid (principal, action in [Action::"submit", Action::"withdraw"], resource)
    unless {{ principal.serves.contains(context.asked) }};"#
        )
        .unwrap();
    }

    /// 15: what an order keeps back.
    fn orders(&mut self) {
        let corrected = if self.has(Mutant::CorrectionsHideEveryVersion) {
            "!(resource.wrong_versions.isEmpty())"
        } else {
            "resource.wrong_versions.contains(resource.version)"
        };
        let kept = match self.mutant {
            Some(Mutant::BlocksIgnored) => corrected.to_owned(),
            _ => format!("resource.blocked || {corrected}"),
        };
        let but_for = if self.has(Mutant::BlocksHideFromTheCommission) {
            String::new()
        } else {
            format!(
                r#" unless {{ action in {OPENS} && principal.kind == "commission" && context.asked == "oversight" }}"#
            )
        };
        writeln!(self.text, "forbid (principal, action in {LOOKS}, resource) when {{ {kept} }}{but_for};")
            .unwrap();
    }

    /// 16: what its owner keeps from an organisation. Who is named is let through where only those are, and kept out where all
    /// but those are.
    fn restrictions(&mut self) {
        let out =
            |part: &str| format!("resource.{part}_only != resource.{part}_named.contains(principal.code)");
        let kept = match self.mutant {
            Some(Mutant::RestrictionsOfRecordsIgnored) => out("database"),
            Some(Mutant::RestrictionsOfDatabasesIgnored) => out("record"),
            _ => format!("{} || {}", out("record"), out("database")),
        };
        let owner = if self.has(Mutant::RestrictionsBindTheOwner) {
            "false"
        } else {
            "resource.owner == principal.code"
        };
        let commission = match self.mutant {
            Some(Mutant::RestrictionsBindTheCommission) => "false",
            Some(Mutant::RestrictionsNeverBindTheCommission) => r#"principal.kind == "commission""#,
            _ => r#"principal.kind == "commission" && context.asked == "oversight""#,
        };
        writeln!(
            self.text,
            "forbid (principal, action in {LOOKS}, resource) when {{ {kept} }} unless {{ {owner} || {commission} }};"
        )
        .unwrap();
    }

    /// 12, of what membership or ownership shows.
    fn duties(&mut self) {
        let (by_right, text) = (&self.by_right, &mut self.text);
        permit(
            text,
            r#"action == Action::"duty""#,
            &format!(r#"principal.kind != "partner" && {by_right} && {OF_HANDLING}"#),
        );
    }

    /// When a grant counts for an organisation: all have signed, its days are there, two at least take part, it is one of the
    /// recipients and takes part (rules 7 and 8).
    fn in_force(&self, told: &Told, stands: &Stands, grant: &Grant, recipient: &str) -> String {
        let out = self.parties_out(stands);
        let left = told.text.parties.iter().filter(|party| !out.contains(party)).count();
        let until = if self.has(Mutant::LastDayLeftOut) { "<" } else { "<=" };
        let signed =
            if self.has(Mutant::UnsignedCounts) { set(&told.text.parties) } else { set(&stands.signed) };
        let days = if self.has(Mutant::PeriodIgnored) {
            "true".to_owned()
        } else {
            let (from, last) = (told.text.from.days(), told.text.until.days());
            format!("context.day >= {from} && context.day {until} {last}")
        };
        format!(
            "{signed}.containsAll({parties}) && {left} >= 2 && {days} && {recipients}.contains({recipient}) \
             && !({out}.contains({recipient}))",
            parties = set(&told.text.parties),
            recipients = set(&grant.recipients),
            out = set(&out),
        )
    }

    fn parties_out(&self, stands: &Stands) -> BTreeSet<OrganisationCode> {
        let inactive = self.world.members.iter().filter(|member| member.standing != Standing::Active);
        let mut out: BTreeSet<OrganisationCode> = inactive.map(|member| member.code).collect();
        out.extend(&stands.ended);
        if !self.has(Mutant::SuspensionsIgnored) {
            out.extend(&stands.suspended);
        }
        out
    }

    /// Whose records are not in a grant, though it names them as owners.
    fn owners_out(&self, stands: &Stands, grant: &Grant) -> BTreeSet<OrganisationCode> {
        let mut out = self.parties_out(stands);
        if !self.has(Mutant::OptOutsIgnored) {
            let of_it = stands.opted_out.iter().filter(|(_, number)| *number == grant.number);
            out.extend(of_it.map(|(party, _)| party));
        }
        out
    }

    /// Whether a grant lets the owner of a record submit, to the asker among others (rule 13).
    fn accepts(&self, told: &Told, stands: &Stands, grant: &Grant) -> String {
        format!(
            "({} && {}.contains(principal.code) && !({}.contains(principal.code)))",
            self.in_force(told, stands, grant, "resource.owner"),
            set(&grant.owners),
            set(&self.owners_out(stands, grant)),
        )
    }

    /// What the asker is granted: a grant that counts for it, for the purpose, of somebody else's records.
    fn granted(&self, told: &Told, stands: &Stands, grant: &Grant) -> String {
        let out = self.owners_out(stands, grant);
        let others = grant.owners.iter().filter(|owner| !out.contains(owner));
        let others: Vec<String> = others.map(|owner| format!("principal.code != \"{owner}\"")).collect();
        let others = match self.mutant {
            Some(Mutant::GrantsOfOwnRecordsCount) => "true".to_owned(),
            _ if others.is_empty() => "false".to_owned(),
            _ => others.join(" || "),
        };
        format!(
            "{} && ({others}) && {}.contains(context.asked)",
            self.in_force(told, stands, grant, "principal.code"),
            set(&grant.purposes),
        )
    }

    /// The limits of a grant that a record keeps to (rules 8 and 13).
    fn within(&self, grant: &Grant) -> String {
        let handling = match self.mutant {
            Some(Mutant::HandlingIgnored) => "true".to_owned(),
            _ => format!("{}.contains(resource.handling)", set(&grant.handling)),
        };
        let level = match self.mutant {
            Some(Mutant::ClassificationNotCompared) => "true".to_owned(),
            _ => format!("resource.level <= {}", grant.classification.number()),
        };
        format!("{}.contains(resource.held) && {handling} && {level}", set(&grant.held))
    }

    fn of_grant(&mut self, told: &Told, stands: &Stands, grant: &Grant) {
        let granted = self.granted(told, stands, grant);
        if grant.operations.contains(&GrantedOperation::Submit) {
            self.submitting(grant, &granted);
        }
        let has = |operation| grant.operations.contains(&operation);
        let shows = has(GrantedOperation::Candidates);
        if !shows && !has(GrantedOperation::HitNoHit) {
            return;
        }
        // Who may look at all sees its own: in a database that is searched, open to it and its officer, and in the grant.
        let reached: Vec<String> = grant
            .databases
            .iter()
            .map(|one| {
                let limits = if self.has(Mutant::LimitsIgnored) {
                    String::new()
                } else {
                    format!(" && principal.reads.contains(\"{one}\")")
                };
                format!(
                    "(context.databases.contains(\"{one}\") && principal.reaches.contains(\"{one}\"){limits})"
                )
            })
            .collect();
        let looks = format!("{granted} && ({})", reached.join(" || "));
        permit(&mut self.text, &format!("action in {BEGINS}"), &looks);
        let own = self.own();
        permit(&mut self.text, &format!("action in {SHOWS}"), &format!("{own} && {looks}"));
        self.duties_of_own(&own, &looks);
        let exercises = if self.has(Mutant::ExercisesMixed) {
            "true"
        } else {
            r#"(resource.held == "exercise") == (context.asked == "exercise")"#
        };
        // 8 and 10.
        let covers = format!(
            r#"{granted} && {}.contains(resource.owner) && !({}.contains(resource.owner))
        && {}.contains(resource.database) && {} && {exercises} && resource.held != "outside-reference""#,
            set(&grant.owners),
            set(&self.owners_out(stands, grant)),
            set(&grant.databases),
            self.within(grant),
        );
        if has(GrantedOperation::HitNoHit) {
            permit(&mut self.text, r#"action == Action::"hit""#, &covers);
            self.consented(&covers);
        }
        if shows {
            self.showing(grant, &format!("{covers} && {}", self.fits()));
        }
    }

    /// What its owner consents to show of a record that is told of as a hit: to this asker, for this purpose, until a day; opened
    /// and no more than it says. `hit` says of which records there are hits.
    fn consented(&mut self, hit: &str) {
        let purpose = if self.has(Mutant::ConsentsForAnyPurpose) {
            "true"
        } else {
            "context.consent_for == context.asked"
        };
        let consents = format!(
            "{hit} && context.consent_by == resource.owner && context.consent_to == principal.code && {purpose} \
             && context.day <= context.consent_until"
        );
        permit(&mut self.text, r#"action == Action::"open""#, &consents);
        let fields = format!("{consents} && context.consent_fields.contains(context.field)");
        permit(&mut self.text, r#"action == Action::"open-field""#, &fields);
    }

    /// 13: entering, by grant.
    fn submitting(&mut self, grant: &Grant, granted: &str) {
        let databases = set(&grant.databases);
        let into = match self.mutant {
            Some(Mutant::PartnersSubmitAnything) => granted.to_owned(),
            _ => format!("{granted} && {databases}.contains(context.into)"),
        };
        permit(&mut self.text, r#"action == Action::"submit""#, &into);
        let held = match self.mutant {
            Some(Mutant::PartnersHoldAnything) => "true".to_owned(),
            _ => format!("{databases}.contains(context.into) && {}", self.within(grant)),
        };
        permit(&mut self.text, r#"action == Action::"hold""#, &format!("{granted} && {held}"));
    }

    fn duties_of_own(&mut self, own: &str, looks: &str) {
        permit(&mut self.text, r#"action == Action::"duty""#, &format!("{own} && {looks} && {OF_HANDLING}"));
    }

    /// 9, 11 and 12: what a grant of candidates shows; `shown` says of which records.
    fn showing(&mut self, grant: &Grant, shown: &str) {
        if !self.has(Mutant::HitsBesideCandidates) {
            writeln!(
                self.text,
                "forbid (principal, action == Action::\"hit\", resource) when {{ {shown} }};"
            )
            .unwrap();
        }
        permit(&mut self.text, r#"action == Action::"candidates""#, shown);
        let fields = match self.mutant {
            Some(Mutant::FieldsOfEveryGrant) => "true".to_owned(),
            _ => format!("{}.contains(context.field)", set(&grant.fields)),
        };
        permit(&mut self.text, r#"action == Action::"field""#, &format!("{shown} && {fields}"));
        if grant.operations.contains(&GrantedOperation::Open) {
            permit(&mut self.text, r#"action == Action::"open""#, shown);
            permit(&mut self.text, r#"action == Action::"open-field""#, &format!("{shown} && {fields}"));
        }
        // A number that is not shown finds nothing: of persons those of their documents, of incidents those of what was
        // seized. Documents and vehicles are told apart by theirs.
        let has = |field: &str| grant.fields.iter().any(|group| group.to_string() == field);
        let numbers = match self.mutant {
            Some(Mutant::HiddenNumbersFind) => "true".to_owned(),
            _ => format!(
                r#"((resource.database == "persons" && {}) || (["incidents", "links"].contains(resource.database) && {})
                || ["travel-documents", "vehicles"].contains(resource.database))"#,
                has("documents"),
                has("details"),
            ),
        };
        permit(&mut self.text, r#"action == Action::"number""#, &format!("{shown} && {numbers}"));
        let not_by_right = match self.mutant {
            Some(Mutant::DutiesOfGrantsToMembers) => "true".to_owned(),
            _ => format!("!{}", self.by_right),
        };
        let duties = format!("({OF_HANDLING} || {}.contains(context.duty))", set(&grant.duties));
        permit(
            &mut self.text,
            r#"action == Action::"duty""#,
            &format!("{shown} && {not_by_right} && {duties}"),
        );
    }
}

fn permit(text: &mut String, action: &str, condition: &str) {
    writeln!(text, "permit (principal, {action}, resource) when {{ {condition} }};").unwrap();
}

fn set<'a, T: Display + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", items.join(", "))
}
