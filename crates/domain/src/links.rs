//! Links: what an organisation states about two records, with its grade, as a record of its own.
//!
//! A link changes neither record. That two records are of one person is such a link too, and not a merger: withdrawn, the
//! records stand apart as before. Whoever may not see both records may not know of the link. A link states and carries no
//! action, like every record.

use minicbor::{Decode, Encode};

use crate::codes::{CodeList, Database, code_list};
use crate::dates::{DateInterval, Day};
use crate::faults::{FaultCode, Faults};
use crate::ids::{EntryHash, RecordId};
use crate::terms::listed;
use crate::text::{LocalText, SHORT_CAP};

/// The most remarks on one link.
pub const REMARKS_CAP: usize = 5;

code_list!(
    /// Is what a link says of its two records, read from the first to the second.
    LinkKind, "link-kind" {
        /// Both records are of one and the same; without direction.
        1 SameAs "same-as",
        /// The records are of different ones who are easily taken for each other; without direction.
        2 NotSameAs "not-same-as",
        /// Relatives; without direction, and how they are related is a remark.
        3 RelativeOf "relative-of",
        /// Known to act or be together; without direction.
        4 AssociateOf "associate-of",
        /// The first belongs to the second, an organisation or network.
        5 MemberOf "member-of",
        /// The first leads or controls the second.
        6 LeaderOf "leader-of",
        /// The first works for the second.
        7 WorksFor "works-for",
        /// The first owns the second, or a share of it.
        8 OwnerOf "owner-of",
        /// The first uses, drives, carries or has at hand what the second is.
        9 UserOf "user-of",
        /// The first is the holder the second was issued or opened for.
        10 HolderOf "holder-of",
        /// The first was involved in the second, an incident.
        11 InvolvedIn "involved-in",
        /// The first was seized, recovered or found in the second, an incident.
        12 SeizedIn "seized-in",
        /// The first is a part of the second.
        13 PartOf "part-of",
        /// The first paid or sent value to the second.
        14 PaidTo "paid-to",
        /// The first came after the second: another name, another owner, the same business.
        15 SuccessorOf "successor-of",
        /// The two have to do with each other in a way that no other code says; a remark says how.
        16 RelatedTo "related-to",
    }
);

/// Is what a record is, as far as links are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Person,
    Group,
    Incident,
    Account,
    Document,
    Thing,
}

fn end(database: Database) -> Option<End> {
    Some(match database {
        Database::Persons => End::Person,
        Database::OrganisationsAndNetworks => End::Group,
        Database::Incidents => End::Incident,
        Database::CashAndAccounts => End::Account,
        Database::TravelDocuments | Database::AdministrativeDocuments => End::Document,
        Database::Vehicles
        | Database::Vessels
        | Database::Aircraft
        | Database::Firearms
        | Database::WorksOfArt => End::Thing,
        Database::Links | Database::Unlisted(_) => return None,
    })
}

/// Persons and groups: who can act.
fn acts(end: End) -> bool {
    matches!(end, End::Person | End::Group)
}

impl LinkKind {
    /// Tells whether the link says the same read from its second record to its first.
    pub fn is_mutual(self) -> bool {
        matches!(
            self,
            Self::SameAs | Self::NotSameAs | Self::RelativeOf | Self::AssociateOf | Self::RelatedTo
        )
    }

    /// Tells whether a link of this kind may lead from a record of one database to one of another.
    pub fn fits(self, from: Database, to: Database) -> bool {
        use End::{Account, Document, Group, Incident, Person, Thing};
        let (Some(one), Some(other)) = (end(from), end(to)) else { return false };
        match self {
            Self::SameAs | Self::NotSameAs => from == to,
            Self::RelativeOf => one == Person && other == Person,
            Self::AssociateOf => acts(one) && acts(other),
            // Of persons among themselves these say nothing: there is an organisation between them.
            Self::MemberOf | Self::LeaderOf | Self::WorksFor => acts(one) && other == Group,
            Self::OwnerOf => acts(one) && !matches!(other, Person | Incident),
            Self::UserOf => acts(one) && matches!(other, Thing | Document | Account),
            Self::HolderOf => acts(one) && matches!(other, Document | Account),
            Self::InvolvedIn => one != Incident && other == Incident,
            Self::SeizedIn => matches!(one, Thing | Document | Account) && other == Incident,
            Self::PartOf => one == other && matches!(one, Thing | Incident | Group),
            Self::PaidTo => (acts(one) || one == Account) && (acts(other) || other == Account),
            Self::SuccessorOf => from == to && !matches!(one, Person | Incident),
            Self::RelatedTo => true,
            Self::Unlisted(_) => false,
        }
    }
}

/// Is what is stated about two records.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Link {
    /// What it says.
    #[n(0)]
    pub kind: LinkKind,
    /// The first record.
    #[n(1)]
    pub from: LinkedRecord,
    /// The second record.
    #[n(2)]
    pub to: LinkedRecord,
    /// Since when, as far as that is known.
    #[n(3)]
    pub since: Option<DateInterval>,
    /// Until when, as far as that is known.
    #[n(4)]
    pub until: Option<DateInterval>,
    /// What else is stated of it; mandatory where the kind says nothing by itself.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub remarks: Vec<LocalText>,
}

/// Is one of a link's two records, as it stood when the link was stated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct LinkedRecord {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Its database.
    #[n(1)]
    pub database: Database,
    /// The entry that stood: what whoever stated the link had before their eyes. Of a document of a batch the batch.
    #[n(2)]
    pub entry: EntryHash,
}

impl Link {
    /// Checks a link stated on `today`, and names every fault.
    pub fn check(&self, today: Day, faults: &mut Faults) {
        faults.require(listed(self.kind), "kind", FaultCode::UnknownCode);
        faults.require(self.from.record != self.to.record, "to", FaultCode::Duplicate);
        let fits = !listed(self.kind) || self.kind.fits(self.from.database, self.to.database);
        faults.require(fits, "kind", FaultCode::Contradiction);
        for (place, interval) in [("since", &self.since), ("until", &self.until)] {
            let is_past = interval.as_ref().is_none_or(|interval| interval.earliest() <= today);
            faults.require(is_past, place, FaultCode::InFuture);
        }
        if let (Some(since), Some(until)) = (&self.since, &self.until) {
            faults.require(since.earliest() <= until.latest(), "until", FaultCode::Contradiction);
        }
        faults.count("remarks", self.remarks.len(), REMARKS_CAP);
        for (i, remark) in self.remarks.iter().enumerate().take(REMARKS_CAP) {
            faults.text(format!("remarks[{i}]"), &remark.text, SHORT_CAP);
        }
        let is_said = self.kind != LinkKind::RelatedTo || !self.remarks.is_empty();
        faults.require(is_said, "remarks", FaultCode::Missing);
    }

    /// The end of the link that is not this record; `None` where neither is.
    pub fn other_than(&self, record: RecordId) -> Option<LinkedRecord> {
        match record {
            record if record == self.from.record => Some(self.to),
            record if record == self.to.record => Some(self.from),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(byte: u8, database: Database) -> LinkedRecord {
        LinkedRecord { record: RecordId::from_random([byte; 16]), database, entry: EntryHash([byte; 32]) }
    }

    fn link(kind: LinkKind, from: Database, to: Database) -> Link {
        Link { kind, from: linked(1, from), to: linked(2, to), since: None, until: None, remarks: Vec::new() }
    }

    fn faults(link: &Link) -> Vec<String> {
        let mut faults = Faults::default();
        link.check("2026-11-02".parse().unwrap(), &mut faults);
        faults.into_result().err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_link_says_only_what_its_records_can_be() {
        use Database::*;
        for (kind, from, to, fits) in [
            (LinkKind::SameAs, Persons, Persons, true),
            (LinkKind::SameAs, Persons, Vehicles, false),
            (LinkKind::NotSameAs, Vessels, Vessels, true),
            (LinkKind::RelativeOf, Persons, Persons, true),
            (LinkKind::RelativeOf, Persons, Firearms, false),
            (LinkKind::OwnerOf, Persons, Vehicles, true),
            (LinkKind::OwnerOf, Vehicles, Persons, false),
            (LinkKind::MemberOf, Persons, OrganisationsAndNetworks, true),
            (LinkKind::MemberOf, OrganisationsAndNetworks, OrganisationsAndNetworks, true),
            (LinkKind::MemberOf, OrganisationsAndNetworks, Persons, false),
            (LinkKind::LeaderOf, Persons, OrganisationsAndNetworks, true),
            (LinkKind::LeaderOf, Persons, Persons, false),
            (LinkKind::WorksFor, Persons, OrganisationsAndNetworks, true),
            (LinkKind::WorksFor, Vehicles, OrganisationsAndNetworks, false),
            (LinkKind::AssociateOf, OrganisationsAndNetworks, Persons, true),
            (LinkKind::RelativeOf, Persons, OrganisationsAndNetworks, false),
            (LinkKind::OwnerOf, OrganisationsAndNetworks, Vessels, true),
            (LinkKind::OwnerOf, Persons, OrganisationsAndNetworks, true),
            (LinkKind::PartOf, OrganisationsAndNetworks, OrganisationsAndNetworks, true),
            (LinkKind::PaidTo, OrganisationsAndNetworks, Persons, true),
            (LinkKind::SuccessorOf, OrganisationsAndNetworks, OrganisationsAndNetworks, true),
            (LinkKind::HolderOf, Persons, TravelDocuments, true),
            (LinkKind::HolderOf, Persons, Vessels, false),
            (LinkKind::InvolvedIn, Persons, Incidents, true),
            (LinkKind::InvolvedIn, Incidents, Persons, false),
            (LinkKind::SeizedIn, Firearms, Incidents, true),
            (LinkKind::SeizedIn, Persons, Incidents, false),
            (LinkKind::PaidTo, CashAndAccounts, CashAndAccounts, true),
            (LinkKind::PaidTo, CashAndAccounts, Persons, true),
            (LinkKind::PaidTo, Vehicles, Persons, false),
            (LinkKind::PartOf, Incidents, Incidents, true),
            (LinkKind::Unlisted(900), Persons, Persons, false),
        ] {
            assert_eq!(kind.fits(from, to), fits, "{kind} from {from} to {to}");
        }
        for (kind, name) in LinkKind::LISTED {
            assert!(!kind.fits(Links, Persons) && !kind.fits(Persons, Links), "{name}: a link of a link");
            for (from, _) in Database::LISTED {
                for (to, _) in Database::LISTED {
                    let both = kind.fits(*from, *to) == kind.fits(*to, *from);
                    assert!(both || !kind.is_mutual(), "{name} from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn every_fault_of_a_link_is_named() {
        let sound = link(LinkKind::OwnerOf, Database::Persons, Database::Vehicles);
        assert_eq!(faults(&sound), Vec::<String>::new());
        let mut bad = link(LinkKind::RelatedTo, Database::Persons, Database::Vehicles);
        bad.to.record = bad.from.record;
        bad.since = Some(DateInterval::day("2026-11-03".parse().unwrap()));
        bad.until = Some(DateInterval::day("2026-11-01".parse().unwrap()));
        assert_eq!(
            faults(&bad),
            ["to: duplicate", "since: in-future", "until: contradiction", "remarks: missing"]
        );
        let mut crowded = link(LinkKind::RelatedTo, Database::Persons, Database::Persons);
        let remark = LocalText::new("fa", "همسایه", SHORT_CAP).unwrap();
        crowded.remarks = vec![remark; REMARKS_CAP + 1];
        assert_eq!(faults(&crowded), ["remarks: too-many"]);
        assert_eq!(
            faults(&link(LinkKind::Unlisted(9), Database::Persons, Database::Persons)),
            ["kind: unknown-code"]
        );
    }
}
