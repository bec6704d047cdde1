//! Visibility classes as small numbers, so that a scope is decided once per class and costs one look-up per posting.

use std::collections::HashMap;
use std::hash::Hash;

use barid_domain::ids::OrganisationCode;
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;

/// The number of a class within one index.
pub type ClassId = u32;

/// The distinct classes of the records in an index.
///
/// Where owners keep single records from others there may be very many. What a scope permits is decided once for each kind of
/// record, and once for each audience of an owner, and put together.
#[derive(Debug, Default, Clone)]
pub struct Classes {
    classes: Vec<VisibilityClass>,
    ids: HashMap<VisibilityClass, ClassId>,
    /// The classes, whoever their owners show them to.
    kinds: Numbered<VisibilityClass>,
    /// Whom owners show records to.
    audiences: Numbered<(OrganisationCode, Audience)>,
    /// Of each class its kind and its audience.
    parts: Vec<(u32, u32)>,
}

/// Is different things, numbered in the order in which they came.
#[derive(Debug, Clone)]
struct Numbered<T> {
    things: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { things: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn number(&mut self, thing: T) -> Option<u32> {
        if let Some(number) = self.numbers.get(&thing) {
            return Some(*number);
        }
        let number = u32::try_from(self.things.len()).ok()?;
        self.things.push(thing.clone());
        self.numbers.insert(thing, number);
        Some(number)
    }
}

impl Classes {
    /// The number of a class, given now if it is new; `None` when all 4,294,967,296 numbers are given.
    pub fn id(&mut self, class: VisibilityClass) -> Option<ClassId> {
        if let Some(id) = self.ids.get(&class) {
            return Some(*id);
        }
        let id = ClassId::try_from(self.classes.len()).ok()?;
        let audience = self.audiences.number((class.owner, class.audience.clone()))?;
        let kind = self.kinds.number(VisibilityClass { audience: Audience::EVERYBODY, ..class.clone() })?;
        self.parts.push((kind, audience));
        self.classes.push(class.clone());
        self.ids.insert(class, id);
        Some(id)
    }

    /// The class with a number.
    pub fn class(&self, id: ClassId) -> Option<&VisibilityClass> {
        self.classes.get(id as usize)
    }

    /// The number of the same class with another audience, where the class is of this owner and its audience another one.
    pub(crate) fn shown_to(
        &mut self,
        id: ClassId,
        owner: OrganisationCode,
        audience: &Audience,
    ) -> Option<ClassId> {
        let class = self.class(id).filter(|class| class.owner == owner && class.audience != *audience)?;
        let class = VisibilityClass { audience: audience.clone(), ..class.clone() };
        self.id(class)
    }

    /// All classes in the order of their numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &VisibilityClass> {
        self.classes.iter()
    }

    /// Which classes a scope permits, by number.
    pub fn visible(&self, scope: &SearchScope) -> Vec<bool> {
        let kinds: Vec<bool> = self.kinds.things.iter().map(|kind| scope.permits(kind)).collect();
        let audiences = self.audiences.things.iter();
        let audiences: Vec<bool> =
            audiences.map(|(owner, audience)| scope.admits(*owner, audience)).collect();
        let both = |(kind, audience): &(u32, u32)| kinds[*kind as usize] && audiences[*audience as usize];
        self.parts.iter().map(both).collect()
    }

    /// The same for any rule.
    #[cfg(test)]
    pub(crate) fn visible_where(&self, permits: impl Fn(&VisibilityClass) -> bool) -> Vec<bool> {
        self.classes.iter().map(permits).collect()
    }

    /// Tells whether a rule permits a class: for few of them this is less work than to ask it of all.
    pub(crate) fn permits(&self, id: ClassId, permits: impl Fn(&VisibilityClass) -> bool) -> bool {
        self.class(id).is_some_and(permits)
    }
}
