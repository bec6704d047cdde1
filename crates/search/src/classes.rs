//! Visibility classes as small numbers, so that a scope is decided once per class and costs one look-up per posting.

use std::collections::HashMap;

use barid_domain::policy::{SearchScope, VisibilityClass};

/// The number of a class within one index.
pub type ClassId = u16;

/// The distinct classes of the records in an index.
#[derive(Debug, Default, Clone)]
pub struct Classes {
    classes: Vec<VisibilityClass>,
    ids: HashMap<VisibilityClass, ClassId>,
}

impl Classes {
    /// The number of a class, given now if it is new; `None` when all 65,536 numbers are given.
    pub fn id(&mut self, class: VisibilityClass) -> Option<ClassId> {
        if let Some(id) = self.ids.get(&class) {
            return Some(*id);
        }
        let id = ClassId::try_from(self.classes.len()).ok()?;
        self.classes.push(class.clone());
        self.ids.insert(class, id);
        Some(id)
    }

    /// The class with a number.
    pub fn class(&self, id: ClassId) -> Option<&VisibilityClass> {
        self.classes.get(usize::from(id))
    }

    /// All classes in the order of their numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &VisibilityClass> {
        self.classes.iter()
    }

    /// Which classes a scope permits, by number.
    pub fn visible(&self, scope: &SearchScope) -> Vec<bool> {
        self.visible_where(|class| scope.permits(class))
    }

    /// The same for any rule.
    pub(crate) fn visible_where(&self, permits: impl Fn(&VisibilityClass) -> bool) -> Vec<bool> {
        self.classes.iter().map(permits).collect()
    }
}
