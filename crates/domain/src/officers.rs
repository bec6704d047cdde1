//! Officers and services: what each of them may do within what its organisation may.
//!
//! Rights of an officer narrow the rights of the organisation, and never widen them: an act is done where both allow it. They
//! are given with a token, sealed with the officer's name, and end with it.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::codes::{Classification, CodeList, Database, Purpose, code_list};
use crate::faults::{FaultCode, Faults};
use crate::terms::listed;

code_list!(
    /// Is what an officer or service may do.
    OfficerRight, "officer-right" {
        /// Search for one person, document, object or group.
        1 Search "search",
        /// Screen lists and texts.
        2 Screen "screen",
        /// Open records, their pictures and links.
        3 Open "open",
        /// Enter and revise records.
        4 Enter "enter",
        /// Withdraw records.
        5 Withdraw "withdraw",
        /// Take out proofs, and read what the organisation has of its own: records, agreements, ledgers.
        6 Prove "prove",
        /// Bind the organisation: sign agreements for it, resume and end them.
        7 Bind "bind",
        /// Give officers and services of the same organisation tokens with rights that it has itself, and take them back.
        8 Administer "administer",
        /// Read who of the organisation did what, and look at what is out of the ordinary: its data-protection officer.
        9 Audit "audit",
    }
);

/// Is what an officer or service may do, in which databases, for which purposes, up to which classification.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct OfficerRights {
    /// What, in the order of the codes.
    #[n(0)]
    pub rights: Vec<OfficerRight>,
    /// In which databases, in the order of the codes; `None` for all, those of later versions too.
    #[n(1)]
    pub databases: Option<Vec<Database>>,
    /// For which purposes, in the order of the codes; `None` for all that its organisation has.
    #[n(2)]
    pub purposes: Option<Vec<Purpose>>,
    /// Up to which classification.
    #[n(3)]
    pub clearance: Classification,
    /// What its holder has besides, and may do after a new sign-in only. Of a session; never kept, and given to nobody.
    #[cbor(skip)]
    pub waiting: Vec<OfficerRight>,
}

impl Default for OfficerRights {
    /// The day-to-day rights in everything: all but binding, administering and auditing.
    fn default() -> Self {
        use OfficerRight::{Enter, Open, Prove, Screen, Search, Withdraw};
        Self {
            rights: vec![Search, Screen, Open, Enter, Withdraw, Prove],
            databases: None,
            purposes: None,
            clearance: Classification::Confidential,
            waiting: Vec::new(),
        }
    }
}

impl OfficerRights {
    /// Every right in everything: those of who has the organisation's keys in the hand.
    pub fn all() -> Self {
        let rights = OfficerRight::LISTED.iter().map(|(right, _)| *right).collect();
        Self { rights, ..Self::default() }
    }

    /// Checks rights that are to be given, and names every fault under `place`.
    pub fn check(&self, place: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{place}.{field}");
        faults.require(!self.rights.is_empty(), at("rights"), FaultCode::Missing);
        check_set(&at("rights"), &self.rights, faults);
        for (field, fault) in [
            ("databases", self.databases.as_ref().is_some_and(Vec::is_empty)),
            ("purposes", self.purposes.as_ref().is_some_and(Vec::is_empty)),
        ] {
            faults.require(!fault, at(field), FaultCode::Missing);
        }
        check_set(&at("databases"), self.databases.as_deref().unwrap_or_default(), faults);
        check_set(&at("purposes"), self.purposes.as_deref().unwrap_or_default(), faults);
        faults.require(listed(self.clearance), at("clearance"), FaultCode::UnknownCode);
    }

    /// Tells whether a right is among them.
    pub fn has(&self, right: OfficerRight) -> bool {
        self.rights.contains(&right)
    }

    /// Tells whether they reach into a database.
    pub fn reach(&self, database: Database) -> bool {
        self.databases.as_ref().is_none_or(|databases| databases.contains(&database))
    }

    /// Tells whether they are for a purpose.
    pub fn serve(&self, purpose: Purpose) -> bool {
        self.purposes.as_ref().is_none_or(|purposes| purposes.contains(&purpose))
    }

    /// Tells whether records of a classification may be seen; one of a later version is above all others.
    pub fn clear(&self, classification: Classification) -> bool {
        listed(classification) && classification <= self.clearance
    }

    /// Tells whether a right is not among them, and would be after a new sign-in.
    pub fn waits(&self, right: OfficerRight) -> bool {
        self.waiting.contains(&right) && !self.has(right)
    }

    /// The same without some rights, which wait for a new sign-in.
    pub fn waiting_for(mut self, rights: &[OfficerRight]) -> Self {
        self.waiting = self.rights.iter().copied().filter(|right| rights.contains(right)).collect();
        self.rights.retain(|right| !rights.contains(right));
        self
    }

    /// What both these rights and a ceiling hold.
    pub fn narrowed(&self, ceiling: &Self) -> Self {
        Self {
            rights: self.rights.iter().copied().filter(|right| ceiling.has(*right)).collect(),
            databases: common(self.databases.as_deref(), ceiling.databases.as_deref()),
            purposes: common(self.purposes.as_deref(), ceiling.purposes.as_deref()),
            clearance: self.clearance.min(ceiling.clearance),
            waiting: Vec::new(),
        }
    }

    /// Tells whether these rights hold nothing that `ceiling` does not.
    pub fn are_within(&self, ceiling: &Self) -> bool {
        self.rights.iter().all(|right| ceiling.has(*right))
            && is_part(self.databases.as_deref(), ceiling.databases.as_deref())
            && is_part(self.purposes.as_deref(), ceiling.purposes.as_deref())
            && ceiling.clear(self.clearance)
    }
}

/// Tells whether a set is part of another; none stands for everything.
fn is_part<T: PartialEq>(set: Option<&[T]>, of: Option<&[T]>) -> bool {
    match (set, of) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(set), Some(of)) => set.iter().all(|one| of.contains(one)),
    }
}

/// What is in both sets; none stands for everything.
fn common<T: PartialEq + Copy>(set: Option<&[T]>, of: Option<&[T]>) -> Option<Vec<T>> {
    match (set, of) {
        (None, None) => None,
        (Some(set), None) | (None, Some(set)) => Some(set.to_vec()),
        (Some(set), Some(of)) => Some(set.iter().copied().filter(|one| of.contains(one)).collect()),
    }
}

fn check_set<T: CodeList + Ord>(place: &str, codes: &[T], faults: &mut Faults) {
    let codes_are_known = codes.iter().all(|code| T::LISTED.iter().any(|(known, _)| known == code));
    faults.require(codes_are_known, place, FaultCode::UnknownCode);
    let once: BTreeSet<&T> = codes.iter().collect();
    faults.require(once.len() == codes.len(), place, FaultCode::Duplicate);
    faults.require(codes.is_sorted(), place, FaultCode::Contradiction);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(rights: &[OfficerRight]) -> OfficerRights {
        OfficerRights { rights: rights.to_vec(), ..OfficerRights::default() }
    }

    #[test]
    fn nobody_gives_what_it_does_not_have() {
        use OfficerRight::{Open, Search};
        let ceiling = OfficerRights {
            databases: Some(vec![Database::Persons, Database::Vehicles]),
            purposes: Some(vec![Purpose::BorderControl]),
            clearance: Classification::Restricted,
            ..rights(&[Search, Open])
        };
        assert!(ceiling.are_within(&ceiling) && ceiling.are_within(&OfficerRights::all()));
        let narrower = OfficerRights {
            databases: Some(vec![Database::Persons]),
            clearance: Classification::OfficialUse,
            ..ceiling.clone()
        };
        assert!(narrower.are_within(&ceiling) && !ceiling.are_within(&narrower));
        for wider in [
            OfficerRights { rights: vec![Search, Open, OfficerRight::Bind], ..ceiling.clone() },
            OfficerRights { databases: None, ..ceiling.clone() },
            OfficerRights { databases: Some(vec![Database::Vessels]), ..ceiling.clone() },
            OfficerRights { purposes: None, ..ceiling.clone() },
            OfficerRights { clearance: Classification::Confidential, ..ceiling.clone() },
            OfficerRights { clearance: Classification::Unlisted(9), ..ceiling.clone() },
        ] {
            assert!(!wider.are_within(&ceiling), "{wider:?}");
        }
        assert!(!OfficerRights::default().has(OfficerRight::Bind));
        assert!(!OfficerRights::default().has(OfficerRight::Administer));
        assert!(!OfficerRights::all().clear(Classification::Unlisted(9)));
    }

    #[test]
    fn narrowed_rights_are_within_both() {
        use OfficerRight::{Administer, Open, Search};
        let of = |what: &[OfficerRight], databases: Option<Vec<Database>>, clearance| OfficerRights {
            databases,
            clearance,
            ..rights(what)
        };
        let all = [
            of(&[Search], None, Classification::Confidential),
            of(&[Search, Open], Some(vec![Database::Persons]), Classification::OfficialUse),
            of(&[Open, Administer], Some(vec![Database::Vehicles]), Classification::Restricted),
            OfficerRights::all(),
        ];
        for one in &all {
            for ceiling in &all {
                let narrowed = one.narrowed(ceiling);
                assert!(narrowed.are_within(one) && narrowed.are_within(ceiling), "{one:?} {ceiling:?}");
            }
            assert_eq!(&one.narrowed(one), one);
        }
        let nothing = all[1].narrowed(&all[2]);
        assert_eq!(nothing.databases, Some(vec![]), "nothing, and not everything");
        assert!(!nothing.reach(Database::Persons));
    }

    #[test]
    fn what_is_no_set_of_rights_is_named() {
        let faults = |rights: &OfficerRights| {
            let mut faults = Faults::default();
            rights.check("officer", &mut faults);
            let named = faults.into_result().err().unwrap_or_default();
            named.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(faults(&OfficerRights::all()), Vec::<String>::new());
        assert_eq!(faults(&rights(&[])), ["officer.rights: missing"]);
        let twice = rights(&[OfficerRight::Search, OfficerRight::Search]);
        assert_eq!(faults(&twice), ["officer.rights: duplicate"]);
        assert_eq!(faults(&rights(&[OfficerRight::Unlisted(70)])), ["officer.rights: unknown-code"]);
        let none = OfficerRights { databases: Some(vec![]), ..OfficerRights::default() };
        assert_eq!(faults(&none), ["officer.databases: missing"]);
    }

    #[test]
    fn rights_read_back_from_their_one_writing() {
        let all = OfficerRights { databases: Some(vec![Database::Persons]), ..OfficerRights::all() };
        let bytes = minicbor::to_vec(&all).unwrap();
        assert!(crate::canonical::check(&bytes).is_ok());
        assert_eq!(minicbor::decode::<OfficerRights>(&bytes).unwrap(), all);
    }
}
