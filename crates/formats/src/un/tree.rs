//! One item of the list as a small tree of elements, and its fingerprint.

use sha2::{Digest, Sha256};

use super::MAPPING_VERSION;
use crate::edition::Fingerprint;

/// An element with its text and children; bounded by the caps of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn new(name: &str) -> Element {
        Element { name: name.to_owned(), text: String::new(), children: Vec::new() }
    }

    /// The children of a name, in their order.
    pub(super) fn all<'e, 'n>(&'e self, name: &'n str) -> impl Iterator<Item = &'e Element> + use<'e, 'n> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The trimmed text of the first child of a name; `None` when it is absent or empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.all(name).map(|child| child.text.trim()).find(|text| !text.is_empty())
    }

    /// The content alone: neither the place in the file nor the white space between elements count.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut hasher = Sha256::new();
        hasher.update(b"barid un item");
        hasher.update(MAPPING_VERSION.to_be_bytes());
        self.feed(&mut hasher);
        hasher.finalize().into()
    }

    fn feed(&self, hasher: &mut Sha256) {
        for part in [self.name.as_str(), self.text.trim()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update((self.children.len() as u64).to_be_bytes());
        for child in &self.children {
            child.feed(hasher);
        }
    }
}
