//! What is known of how alike a word is to recorded parts: a small open table for every word.

use super::index::PartId;

/// How alike a word is to a part, as far as it was worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Likeness {
    /// So much, in this form of the word.
    Is(f32, u8),
    /// Less than this in every form.
    Below(f32),
}

impl Likeness {
    /// It is no more than this.
    pub(super) fn at_most(self) -> f32 {
        match self {
            Likeness::Is(likeness, _) | Likeness::Below(likeness) => likeness,
        }
    }

    /// Whether it is known to be less.
    pub(super) fn is_below(self, least: f32) -> bool {
        match self {
            Likeness::Is(likeness, _) => likeness < least,
            Likeness::Below(likeness) => likeness <= least,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    part: PartId,
    likeness: f32,
    form: u8,
}

const FREE: PartId = PartId::MAX;
const NO_FORM: u8 = u8::MAX;
/// Slots of the first table of a word.
const FIRST_SLOTS: usize = 8;

/// Likenesses of one word, by part.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    /// A power of two long, or empty.
    slots: Vec<Slot>,
    used: usize,
}

impl Weighed {
    /// What is known of a part.
    pub(super) fn get(&self, part: PartId) -> Option<Likeness> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.place(part)];
        match slot {
            Slot { part: FREE, .. } => None,
            Slot { likeness, form: NO_FORM, .. } => Some(Likeness::Below(likeness)),
            Slot { likeness, form, .. } => Some(Likeness::Is(likeness, form)),
        }
    }

    /// Takes note of it; what was known before is forgotten. Whether nothing was.
    pub(super) fn set(&mut self, part: PartId, likeness: Likeness) -> bool {
        if 4 * self.used >= 3 * self.slots.len() {
            self.grow();
        }
        let (likeness, form) = match likeness {
            Likeness::Is(likeness, form) => (likeness, form),
            Likeness::Below(likeness) => (likeness, NO_FORM),
        };
        let place = self.place(part);
        let new = self.slots[place].part == FREE;
        self.used += usize::from(new);
        self.slots[place] = Slot { part, likeness, form };
        new
    }

    /// The slot of a part, or the free one where it would stand.
    fn place(&self, part: PartId) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = (part.wrapping_mul(0x9e37_79b1) >> 8) as usize & mask;
        while self.slots[place].part != part && self.slots[place].part != FREE {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let length = (2 * self.slots.len()).max(FIRST_SLOTS);
        let free = Slot { part: FREE, likeness: 0.0, form: NO_FORM };
        for slot in std::mem::replace(&mut self.slots, vec![free; length]) {
            if slot.part != FREE {
                let place = self.place(slot.part);
                self.slots[place] = slot;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_last_of_a_part_is_known_and_nothing_else() {
        let mut weighed = Weighed::default();
        assert_eq!(weighed.get(7), None);
        for part in 0..1_000 {
            assert!(weighed.set(part * 256, Likeness::Below(part as f32)));
        }
        assert!(!weighed.set(512, Likeness::Is(0.5, 3)));
        for part in (0..1_000).filter(|part| *part != 2) {
            assert_eq!(weighed.get(part * 256), Some(Likeness::Below(part as f32)));
            assert_eq!(weighed.get(part * 256 + 1), None);
        }
        assert_eq!(weighed.get(512), Some(Likeness::Is(0.5, 3)));
        assert!(!Likeness::Is(0.5, 0).is_below(0.5) && Likeness::Is(0.5, 0).is_below(0.6));
        assert!(Likeness::Below(0.5).is_below(0.5) && !Likeness::Below(0.5).is_below(0.4));
    }
}
