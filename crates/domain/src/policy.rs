//! Policy: the one place that decides who may know what.
//!
//! Pure: (actor, act, purpose, registry) in, scope out. The agreements of a later version join here; today's rule
//! book is named rule by rule in [`RULES`] so that a change of rights is a difference that anyone can read.

use std::collections::BTreeSet;

use crate::audit::{Actor, Operation};
use crate::codes::{Database, Handling, OrganisationKind, Purpose};
use crate::ids::OrganisationCode;
use crate::registry::Registry;
use crate::terms::Terms;

/// The version of the rule book; it goes into every line of the journal.
pub const VERSION: u32 = 2;

/// The rule book in words, in the order of its checks.
pub const RULES: &[&str] = &[
    "An organisation that is active in the registry may search and open records whose purpose fits the purpose of the search.",
    "Exercise records answer exercise searches and nothing else; exercise searches see nothing else but reference lists.",
    "Everybody sees its own records, whatever the purpose.",
    "Lists of single states answer searches that ask for them by their purpose (outside-reference) and oversight; no other, not even their holder's.",
    "Only the secretariat and the commission search for oversight; only the secretariat enters reference lists.",
    "Who may enter records may hand in pictures for them, which show nothing to anybody; a picture of a record is shown to whom the record is shown.",
];

/// Is what the visibility of a record depends on; records of one class are visible or hidden together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VisibilityClass {
    /// The database the record is in.
    pub database: Database,
    /// The organisation that supplied it.
    pub owner: OrganisationCode,
    /// Why it is held.
    pub purpose: Purpose,
    /// What may be done with it.
    pub handling: Handling,
    /// Whether it is an exercise record.
    pub exercise: bool,
}

impl VisibilityClass {
    /// Derives the class of a record from its terms.
    pub fn of(database: Database, owner: OrganisationCode, terms: &Terms) -> Self {
        Self {
            database,
            owner,
            purpose: terms.purpose,
            handling: terms.handling,
            exercise: terms.purpose == Purpose::Exercise,
        }
    }
}

/// Is what a search may see: made by [`scope`] only, so that a search without a decision can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchScope {
    actor: OrganisationCode,
    databases: BTreeSet<Database>,
    purpose: Purpose,
}

impl SearchScope {
    /// Tells whether records of this class are visible within the scope.
    pub fn permits(&self, class: &VisibilityClass) -> bool {
        if !self.databases.contains(&class.database) {
            return false;
        }
        let is_own = class.owner == self.actor && class.purpose != Purpose::OutsideReference;
        is_own || purposes_fit(self.purpose, class.purpose)
    }

    /// The organisation the scope was made for.
    pub fn organisation(&self) -> OrganisationCode {
        self.actor
    }
}

/// Why an act is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The organisation is not, or no longer, in the registry.
    #[error("the organisation is not active in the registry")]
    NotActive,
    /// The kind of organisation may not do this.
    #[error("organisations of this kind may not do this")]
    NotEntitled,
    /// The purpose is not one this act may serve.
    #[error("the purpose does not allow this")]
    Purpose,
}

impl Refusal {
    /// The stable code of the refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotActive => "organisation-not-active",
            Self::NotEntitled => "not-entitled",
            Self::Purpose => "purpose-not-allowed",
        }
    }
}

/// Decides what an actor's search or opening may see.
pub fn scope(
    registry: &Registry,
    actor: &Actor,
    databases: &[Database],
    purpose: Purpose,
) -> Result<SearchScope, Refusal> {
    let organisation = registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let known = crate::terms::listed(purpose);
    if !known {
        return Err(Refusal::Purpose);
    }
    match organisation.kind {
        OrganisationKind::Bureau
        | OrganisationKind::NationalEntity
        | OrganisationKind::Secretariat
        | OrganisationKind::Commission => {}
        // A partner's access follows from a signed agreement; there is none to follow from yet.
        OrganisationKind::Partner | OrganisationKind::Unlisted(_) => return Err(Refusal::NotEntitled),
    }
    let oversees = matches!(organisation.kind, OrganisationKind::Secretariat | OrganisationKind::Commission);
    if purpose == Purpose::Oversight && !oversees {
        return Err(Refusal::Purpose);
    }
    let databases = databases.iter().copied().filter(|database| organisation.may_read(*database)).collect();
    Ok(SearchScope { actor: actor.organisation, databases, purpose })
}

/// Decides whether an actor may do a writing act in its own organisation's name.
pub fn may_write(
    registry: &Registry,
    actor: &Actor,
    operation: Operation,
    purpose: Purpose,
) -> Result<(), Refusal> {
    let organisation = registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let entitled = match operation {
        Operation::SubmitRecord
        | Operation::KeepImage
        | Operation::DropImages
        | Operation::WithdrawRecord
        | Operation::ImportList
        | Operation::EraseRecord => {
            matches!(organisation.kind, OrganisationKind::Bureau | OrganisationKind::Secretariat)
        }
        Operation::ChangeRegistry | Operation::Restore => organisation.kind == OrganisationKind::Secretariat,
        Operation::ExportProof | Operation::AskOutcome | Operation::ReadRegistry => true,
        Operation::SearchPersons
        | Operation::SearchDocuments
        | Operation::SearchAnything
        | Operation::ScreenList
        | Operation::ScreenText
        | Operation::OpenRecord
        | Operation::ReadLinks
        | Operation::OpenImage
        | Operation::Unlisted(_) => false,
    };
    if !entitled {
        return Err(Refusal::NotEntitled);
    }
    // A picture that waits shows nothing to anybody, and needs no reason of its own: the record that takes it up has one.
    let needs_reason = operation != Operation::KeepImage;
    if needs_reason && purpose == Purpose::Oversight && organisation.kind == OrganisationKind::Bureau {
        return Err(Refusal::Purpose);
    }
    Ok(())
}

/// Decides whether an actor may hold a record under these terms.
///
/// A record held for sanctions answers every search, one that names the United Nations as its source is believed, and
/// lists of single states answer whoever asks for them: so only the secretariat, which keeps the reference lists, enters
/// any of these.
pub fn may_hold(registry: &Registry, actor: &Actor, terms: &Terms) -> Result<(), Refusal> {
    let organisation = registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let is_reference = matches!(terms.purpose, Purpose::Sanctions | Purpose::OutsideReference)
        || terms.provenance.as_ref().is_some_and(|provenance| provenance.source == "UN");
    if is_reference && organisation.kind != OrganisationKind::Secretariat {
        return Err(Refusal::Purpose);
    }
    Ok(())
}

/// Tells whether a search for one purpose may be answered from records held for another.
///
/// The table errs on the narrow side: crime areas do not look into each other, the border and oversight look into
/// all of them, help to persons looks into help to persons only, and exercises stay among themselves.
pub fn purposes_fit(asked: Purpose, held: Purpose) -> bool {
    use Purpose::*;
    if asked == held {
        return true;
    }
    match held {
        Exercise => false,
        // Reference lists of the Security Council bind every state (Charter, article 25): any search sees them.
        Sanctions => true,
        CriminalInvestigation
        | CounterTerrorism
        | HumanTrafficking
        | DrugTrafficking
        | FinancialCrime
        | Cybercrime => {
            matches!(asked, BorderControl | Oversight | CriminalInvestigation)
        }
        BorderControl => matches!(asked, Oversight | CriminalInvestigation | CounterTerrorism),
        Humanitarian => matches!(asked, BorderControl | Oversight | HumanTrafficking),
        // What one state or group of states decided binds no other, and nobody meets it unasked.
        OutsideReference => asked == Oversight,
        Oversight | Unlisted(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::CodeList;
    use expect_test::expect;

    #[test]
    fn the_table_of_purposes() {
        let mut table = String::new();
        for (held, name) in Purpose::LISTED {
            let seen_by: Vec<&str> = Purpose::LISTED
                .iter()
                .filter(|(asked, _)| purposes_fit(*asked, *held))
                .map(|(_, name)| *name)
                .collect();
            table.push_str(&format!("held for {name}: answers {}\n", seen_by.join(", ")));
        }
        expect![[r#"
            held for criminal-investigation: answers criminal-investigation, border-control, oversight
            held for counter-terrorism: answers criminal-investigation, counter-terrorism, border-control, oversight
            held for border-control: answers criminal-investigation, counter-terrorism, border-control, oversight
            held for human-trafficking: answers criminal-investigation, border-control, human-trafficking, oversight
            held for drug-trafficking: answers criminal-investigation, border-control, drug-trafficking, oversight
            held for humanitarian: answers border-control, human-trafficking, humanitarian, oversight
            held for sanctions: answers criminal-investigation, counter-terrorism, border-control, human-trafficking, drug-trafficking, humanitarian, sanctions, financial-crime, cybercrime, oversight, exercise, outside-reference
            held for financial-crime: answers criminal-investigation, border-control, financial-crime, oversight
            held for cybercrime: answers criminal-investigation, border-control, cybercrime, oversight
            held for oversight: answers oversight
            held for exercise: answers exercise
            held for outside-reference: answers oversight, outside-reference
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn not_even_its_holder_meets_a_list_of_one_state_unasked() {
        let owner = OrganisationCode::new("XA").unwrap();
        let class = |purpose| VisibilityClass {
            database: Database::Persons,
            owner,
            purpose,
            handling: Handling::H0,
            exercise: false,
        };
        let scope = |purpose| SearchScope { actor: owner, databases: [Database::Persons].into(), purpose };
        for (asked, name) in Purpose::LISTED {
            let sees = scope(*asked).permits(&class(Purpose::OutsideReference));
            assert_eq!(sees, matches!(asked, Purpose::OutsideReference | Purpose::Oversight), "{name}");
            assert!(
                scope(*asked).permits(&class(Purpose::Humanitarian)),
                "its own, whatever the purpose: {name}"
            );
        }
    }
}
