//! Links in memory: which links lead to or from a record, within a scope.
//!
//! A scope decides about the link's own class here; whether its far record may be seen is asked of that record when it is
//! read, since a link shows nothing of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use barid_domain::codes::CodeList;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::links::{Link, LinkKind};
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;

use crate::classes::{ClassId, Classes};

/// Is where a link stands among those of a record: by what it says, then by its id. Those that say who is the same or
/// another come first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LinkPlace {
    /// What it says.
    pub kind: LinkKind,
    /// Its record.
    pub link: RecordId,
}

impl LinkPlace {
    /// The bytes of a place: two of the kind's number, sixteen of the id.
    pub fn to_bytes(self) -> [u8; 18] {
        let mut bytes = [0; 18];
        bytes[..2].copy_from_slice(&self.kind.number().to_be_bytes());
        bytes[2..].copy_from_slice(&self.link.0);
        bytes
    }

    /// Reads the bytes of a place.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, link) = bytes.split_first_chunk::<2>()?;
        let kind = LinkKind::from_number(u16::from_be_bytes(*kind));
        Some(Self { kind, link: RecordId(link.try_into().ok()?) })
    }
}

struct Row {
    class: ClassId,
    kind: LinkKind,
    ends: [RecordId; 2],
}

/// The index of links by the records they join.
#[derive(Default)]
pub struct LinkIndex {
    rows: BTreeMap<RecordId, Row>,
    /// The records of links that are not shown any more and not erased yet.
    hidden: BTreeMap<RecordId, [RecordId; 2]>,
    by_end: HashMap<RecordId, BTreeSet<LinkPlace>>,
    classes: Classes,
}

impl LinkIndex {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters a link in place of an older version of it.
    pub fn insert(&mut self, id: RecordId, class: VisibilityClass, link: &Link) {
        self.remove(id);
        let ends = [link.from.record, link.to.record];
        let Some(class) = self.classes.id(class) else {
            // Without a free number the link stays hidden: the safe side.
            self.hidden.insert(id, ends);
            return;
        };
        for end in ends {
            self.by_end.entry(end).or_default().insert(LinkPlace { kind: link.kind, link: id });
        }
        self.rows.insert(id, Row { class, kind: link.kind, ends });
    }

    /// Shows a record to another audience, where it is its owner who says so; whether that changed anything.
    pub fn show_to(&mut self, id: RecordId, owner: OrganisationCode, audience: &Audience) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return false };
        let Some(class) = self.classes.shown_to(row.class, owner, audience) else { return false };
        row.class = class;
        true
    }

    /// Takes a link out for good; whether it was there.
    pub fn remove(&mut self, id: RecordId) -> bool {
        let was_hidden = self.hidden.remove(&id).is_some();
        self.take_out(id).is_some() || was_hidden
    }

    /// Shows a link no more, and keeps which records it joins: it goes with them.
    pub fn hide(&mut self, id: RecordId) {
        if let Some(ends) = self.take_out(id) {
            self.hidden.insert(id, ends);
        }
    }

    fn take_out(&mut self, id: RecordId) -> Option<[RecordId; 2]> {
        let row = self.rows.remove(&id)?;
        for end in row.ends {
            if let Some(links) = self.by_end.get_mut(&end) {
                links.remove(&LinkPlace { kind: row.kind, link: id });
                if links.is_empty() {
                    self.by_end.remove(&end);
                }
            }
        }
        Some(row.ends)
    }

    /// The links in scope that lead to or from a record, behind a place, in their order.
    pub fn of(&self, scope: &SearchScope, record: RecordId, after: Option<LinkPlace>) -> Vec<LinkPlace> {
        self.of_where(|class| scope.permits(class), record, after)
    }

    fn of_where(
        &self,
        permits: impl Fn(&VisibilityClass) -> bool,
        record: RecordId,
        after: Option<LinkPlace>,
    ) -> Vec<LinkPlace> {
        let is_visible = |place: &&LinkPlace| {
            let row = self.rows.get(&place.link);
            row.is_some_and(|row| self.classes.permits(row.class, &permits))
        };
        let Some(links) = self.by_end.get(&record) else { return Vec::new() };
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        links.range((behind, Bound::Unbounded)).filter(is_visible).copied().collect()
    }

    /// How many links an organisation has stated about a record.
    pub fn count_of(&self, owner: OrganisationCode, record: RecordId) -> usize {
        let is_owners = |place: &&LinkPlace| {
            let row = self.rows.get(&place.link);
            row.and_then(|row| self.classes.class(row.class)).is_some_and(|class| class.owner == owner)
        };
        self.by_end.get(&record).into_iter().flatten().filter(is_owners).count()
    }

    /// The next links behind one, at most so many, with the records they join; those too that are not shown any more. Not for
    /// searchers: no scope is asked.
    pub fn slice(&self, after: Option<RecordId>, most: usize) -> Vec<(RecordId, [RecordId; 2])> {
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let shown = self.rows.range((behind, Bound::Unbounded)).take(most);
        let hidden = self.hidden.range((behind, Bound::Unbounded)).take(most);
        let mut links: Vec<_> = shown.map(|(link, row)| (*link, row.ends)).collect();
        links.extend(hidden.map(|(link, ends)| (*link, *ends)));
        links.sort_unstable_by_key(|(link, _)| *link);
        links.truncate(most);
        links
    }

    /// Every link that is shown.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        self.rows.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{Classification, Database, Handling, Purpose};
    use barid_domain::ids::{EntryHash, OrganisationCode};
    use barid_domain::links::{LinkKind, LinkedRecord};

    use super::*;

    fn id(byte: u8) -> RecordId {
        RecordId::from_random([byte; 16])
    }

    fn class(owner: &str) -> VisibilityClass {
        VisibilityClass {
            database: Database::Links,
            owner: OrganisationCode::new(owner).unwrap(),
            purpose: Purpose::BorderControl,
            handling: Handling::H0,
            classification: Classification::OfficialUse,
            exercise: false,
            audience: barid_domain::restrictions::Audience::EVERYBODY,
        }
    }

    fn link(from: u8, to: u8) -> Link {
        let end = |byte| LinkedRecord {
            record: id(byte),
            database: Database::Persons,
            entry: EntryHash([byte; 32]),
        };
        Link {
            kind: LinkKind::AssociateOf,
            from: end(from),
            to: end(to),
            since: None,
            until: None,
            remarks: Vec::new(),
        }
    }

    fn of(index: &LinkIndex, owner: &str, record: u8, after: Option<LinkPlace>) -> Vec<RecordId> {
        let of_owner = |class: &VisibilityClass| class.owner.as_str() == owner;
        index.of_where(of_owner, id(record), after).iter().map(|place| place.link).collect()
    }

    #[test]
    fn a_link_is_found_from_both_of_its_records_until_it_goes_or_leads_elsewhere() {
        let mut index = LinkIndex::new();
        index.insert(id(10), class("XA"), &link(1, 2));
        index.insert(id(11), class("XA"), &link(2, 3));
        assert_eq!(of(&index, "XA", 2, None), [id(10), id(11)]);
        assert_eq!(of(&index, "XA", 1, None), [id(10)]);
        index.insert(id(10), class("XA"), &link(1, 4));
        assert_eq!(of(&index, "XA", 2, None), [id(11)]);
        assert_eq!(of(&index, "XA", 4, None), [id(10)]);
        assert!(index.remove(id(10)) && !index.remove(id(10)));
        assert!(of(&index, "XA", 4, None).is_empty());
        assert_eq!(index.records().collect::<Vec<_>>(), [id(11)]);
        assert_eq!(index.by_end.len(), 2, "nothing is left of what went");
    }

    #[test]
    fn links_out_of_scope_are_not_there() {
        let mut index = LinkIndex::new();
        index.insert(id(10), class("XA"), &link(1, 2));
        index.insert(id(11), class("XB"), &link(1, 2));
        assert_eq!(of(&index, "XA", 1, None), [id(10)]);
        let xa = OrganisationCode::new("XA").unwrap();
        assert_eq!([index.count_of(xa, id(1)), index.count_of(xa, id(3))], [1, 0]);
    }

    #[test]
    fn who_is_the_same_comes_first_and_pages_go_on_where_they_ended() {
        let mut index = LinkIndex::new();
        for (number, kind) in [(10, LinkKind::OwnerOf), (11, LinkKind::NotSameAs), (12, LinkKind::SameAs)] {
            index.insert(id(number), class("XA"), &Link { kind, ..link(1, 2) });
        }
        assert_eq!(of(&index, "XA", 1, None), [id(12), id(11), id(10)]);
        let place = LinkPlace { kind: LinkKind::NotSameAs, link: id(11) };
        assert_eq!(LinkPlace::from_bytes(&place.to_bytes()), Some(place));
        assert_eq!(LinkPlace::from_bytes(&place.to_bytes()[..17]), None);
        // Also where the link it stands for is gone by now.
        index.remove(id(11));
        assert_eq!(of(&index, "XA", 1, Some(place)), [id(10)]);
        let slice = |index: &LinkIndex, after, most| -> Vec<RecordId> {
            index.slice(after, most).iter().map(|(link, _)| *link).collect()
        };
        assert_eq!(slice(&index, Some(id(10)), 1), [id(12)]);
        // What is hidden is shown nowhere, and still looked at.
        index.hide(id(10));
        assert_eq!(of(&index, "XA", 1, None), [id(12)]);
        assert_eq!(slice(&index, None, 5), [id(10), id(12)]);
        assert!(index.remove(id(10)) && !index.remove(id(10)));
        assert_eq!(slice(&index, None, 5), [id(12)]);
    }
}
