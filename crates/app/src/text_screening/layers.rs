//! The names that texts are screened for, laid out in layers: when they are, and that nobody waits for it but who asks first.
//!
//! Nothing is laid out on a node that screens no text. The first text wakes it up: then all names are put into one layer,
//! while searches are answered. Later records are read as they are until there are enough of them for a layer.

use barid_domain::ids::RecordId;
use barid_search::text_screening::{BuiltLayer, TextPeople};

use crate::App;
use crate::error::AppError;
use crate::index::{Index, StandingIndex};

/// From so many records in no layer on, the upkeep builds one; from so many on, whoever screens a text does; and more are
/// not read one by one.
const TENDED_FROM: usize = 500;
const BUILT_FROM: usize = 2_000;
const READ_AT_MOST: usize = 20_000;
/// Records read under one lock while a layer is built.
const READ_AT_ONCE: usize = 1_000;

impl App {
    /// Lays the newest names out for texts, where texts are screened at all, and those anew of which most are gone.
    pub(crate) async fn tend_texts(&self) -> Result<(), AppError> {
        self.aside(|standing| {
            let is_to_be_built = {
                let texts = &standing.read().texts;
                texts.unread() >= TENDED_FROM || texts.is_worn()
            };
            if is_to_be_built {
                build_layer(standing);
            }
        })
        .await
    }

    /// Lays names out where too many are in no layer.
    ///
    /// # Errors
    /// [`AppError::NotReady`] while somebody else does.
    pub(super) async fn make_texts_ready(&self) -> Result<(), AppError> {
        let unread = self.aside(|standing| {
            if !standing.read().texts.is_awake() {
                let mut index = standing.write();
                let ids: Vec<RecordId> = index.persons.ids().collect();
                index.texts.wake(ids.into_iter());
            }
            if standing.read().texts.unread() >= BUILT_FROM {
                build_layer(standing);
            }
            standing.read().texts.unread()
        });
        // Somebody else builds the layer that they will be in.
        if unread.await? > READ_AT_MOST { Err(AppError::NotReady) } else { Ok(()) }
    }
}

/// The names of an index to screen a text for; asked under the lock under which they are taken.
///
/// # Errors
/// [`AppError::NotReady`] for an index that took the place of the one that was made ready: it has none yet, and would find
/// nothing. So too where too many came since.
pub(super) fn ready_texts(index: &Index) -> Result<&TextPeople, AppError> {
    let is_ready = index.texts.is_awake() && index.texts.unread() <= READ_AT_MOST;
    if is_ready { Ok(&index.texts) } else { Err(AppError::NotReady) }
}

/// Is a layer that is being built; given up where building panics.
struct Laying<'a> {
    standing: &'a StandingIndex,
    /// The index it is for: another one that takes its place has layers of its own.
    identity: [u8; 16],
    is_done: bool,
}

impl Laying<'_> {
    fn install(mut self, built: BuiltLayer) {
        let mut index = self.standing.write();
        if index.identity == self.identity {
            index.texts.install(built);
        }
        self.is_done = true;
    }
}

impl Drop for Laying<'_> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let mut index = self.standing.write();
        if index.identity == self.identity {
            index.texts.give_up();
        }
    }
}

/// Builds a layer of the records in none, without holding anybody up; nothing where somebody does already.
fn build_layer(standing: &StandingIndex) {
    let planned = {
        let mut index = standing.write();
        index.texts.plan().map(|plan| (index.identity, plan))
    };
    let Some((identity, plan)) = planned else { return };
    let laying = Laying { standing, identity, is_done: false };
    let records = plan.records().to_vec();
    let mut builder = plan.builder();
    for some in records.chunks(READ_AT_ONCE) {
        let index = standing.read();
        let read = some.iter().filter_map(|record| Some((*record, index.persons.names_of(*record)?)));
        let read: Vec<_> = read.collect();
        drop(index);
        for (record, (class, names)) in read {
            builder.insert(record, class, &names);
        }
    }
    laying.install(builder.build());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Cards;

    #[test]
    fn an_index_whose_names_are_not_ready_screens_no_text() {
        let mut asleep = Index::empty([1; 16], Cards::new([0; 32], 0), crate::index::Excluded::default());
        assert!(
            matches!(ready_texts(&asleep), Err(AppError::NotReady)),
            "as one is that took another's place"
        );
        asleep.texts.wake(std::iter::empty());
        assert!(ready_texts(&asleep).is_ok(), "nobody is recorded");
        for (waiting, is_ready) in [(READ_AT_MOST, true), (READ_AT_MOST + 1, false)] {
            let mut index = Index::empty([1; 16], Cards::new([0; 32], 0), crate::index::Excluded::default());
            index.texts.wake((0..waiting as u128).map(|number| RecordId::from_random(number.to_be_bytes())));
            assert_eq!((index.texts.unread(), ready_texts(&index).is_ok()), (waiting, is_ready));
        }
    }
}
