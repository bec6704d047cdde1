//! Following the streams: an index applies changes in order, and knows when it must be rebuilt.
//!
//! Every stream is gap-free and hash-chained. A change that does not continue what the follower has read, by number or
//! by hash, is refused: the caller rebuilds from the store rather than serve an index that missed something.

use std::collections::BTreeMap;

use barid_domain::ids::EntryHash;
use barid_domain::ledger::{ChainHash, Hash};
use barid_domain::streams::StreamId;

/// How far one stream has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The number of the last change applied; 0 at the start.
    pub seq: u64,
    /// The chain after it.
    pub chain: ChainHash,
}

/// The place of one change in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The stream.
    pub stream: StreamId,
    /// The number, gap-free from 1.
    pub seq: u64,
    /// The entry's hash.
    pub entry_hash: EntryHash,
    /// The chain after this entry, as the store has it.
    pub chain: ChainHash,
}

/// Why a change can't be applied; the caller rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Changes are missing, or one came again.
    #[error("stream continues at {expected}, the change has number {found}")]
    NotContiguous {
        /// The next number.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The history differs from what was read before.
    #[error("the chain of the stream differs at number {seq}")]
    DifferentHistory {
        /// Where.
        seq: u64,
    },
}

impl FollowError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            FollowError::NotContiguous { .. } => "follow-not-contiguous",
            FollowError::DifferentHistory { .. } => "follow-different-history",
        }
    }
}

/// The position vector of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Follower {
    reached: BTreeMap<StreamId, Reached>,
}

impl Follower {
    /// A follower that has read nothing.
    pub fn new() -> Follower {
        Follower::default()
    }

    /// A follower that goes on from positions, as a snapshot keeps them.
    pub fn from_positions(positions: impl IntoIterator<Item = (StreamId, Reached)>) -> Follower {
        Follower { reached: positions.into_iter().collect() }
    }

    /// How far every stream has been read.
    pub fn positions(&self) -> impl Iterator<Item = (&StreamId, &Reached)> {
        self.reached.iter()
    }

    /// How far one stream has been read.
    pub fn reached(&self, stream: &StreamId) -> Reached {
        self.reached.get(stream).copied().unwrap_or(Reached { seq: 0, chain: ChainHash::START })
    }

    /// Goes back to an earlier place of a stream, whose changes behind it were taken back.
    pub fn rewind(&mut self, stream: StreamId, to: Reached) {
        self.reached.insert(stream, to);
    }

    /// Checks that a change continues its stream and takes it as read; call it before applying the change.
    ///
    /// # Errors
    /// [`FollowError`]; nothing is taken as read then.
    pub fn advance(&mut self, step: &Step) -> Result<(), FollowError> {
        let reached = self.reached(&step.stream);
        if step.seq != reached.seq + 1 {
            return Err(FollowError::NotContiguous { expected: reached.seq + 1, found: step.seq });
        }
        let chain = reached.chain.next(&Hash::from_bytes(step.entry_hash.0));
        if chain != step.chain {
            return Err(FollowError::DifferentHistory { seq: step.seq });
        }
        self.reached.insert(step.stream, Reached { seq: step.seq, chain });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::{NodeId, OrganisationCode};
    use barid_domain::streams::StreamClass;

    use super::*;

    fn steps(count: u64) -> Vec<Step> {
        let stream = StreamId {
            organisation: OrganisationCode::new("XA").unwrap(),
            class: StreamClass::Persons,
            node: NodeId::from_random([1; 16]),
            incarnation: 1,
        };
        let mut chain = ChainHash::START;
        (1..=count)
            .map(|seq| {
                let entry_hash = EntryHash([seq as u8; 32]);
                chain = chain.next(&Hash::from_bytes(entry_hash.0));
                Step { stream, seq, entry_hash, chain }
            })
            .collect()
    }

    #[test]
    fn changes_in_order_are_taken() {
        let mut follower = Follower::new();
        let steps = steps(5);
        steps.iter().for_each(|step| follower.advance(step).unwrap());
        assert_eq!(follower.reached(&steps[0].stream).seq, 5);
    }

    #[test]
    fn gaps_repeats_and_other_histories_are_refused() {
        let steps = steps(4);
        let mut follower = Follower::new();
        follower.advance(&steps[0]).unwrap();
        assert_eq!(follower.advance(&steps[2]), Err(FollowError::NotContiguous { expected: 2, found: 3 }));
        assert_eq!(follower.advance(&steps[0]), Err(FollowError::NotContiguous { expected: 2, found: 1 }));
        let forged = Step { entry_hash: EntryHash([99; 32]), ..steps[1] };
        assert_eq!(follower.advance(&forged), Err(FollowError::DifferentHistory { seq: 2 }));
        assert_eq!(follower.reached(&steps[0].stream).seq, 1);
        follower.advance(&steps[1]).unwrap();
    }

    #[test]
    fn a_follower_that_went_back_goes_on_from_there() {
        let steps = steps(4);
        let mut follower = Follower::new();
        steps.iter().for_each(|step| follower.advance(step).unwrap());
        follower.rewind(steps[0].stream, Reached { seq: 2, chain: steps[1].chain });
        assert!(follower.advance(&steps[3]).is_err());
        follower.advance(&steps[2]).unwrap();
        assert_eq!(follower.reached(&steps[0].stream).chain, steps[2].chain);
    }
}
