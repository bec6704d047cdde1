//! Rows of scores, one lane for each number of typed letters used up, worked on all at once.
//!
//! Eight lanes stand in one register. Written as loops over arrays the compiler moves rows by a lane through memory, which
//! takes longer than all else in a walk; so the few operations are written out for x86-64, whose SSE2 every such
//! processor has, and as loops for all others.

/// A score that nothing brings back.
pub(crate) const NEVER: i16 = i16::MIN;

/// Eight lanes.
#[cfg(target_arch = "x86_64")]
use sse2::Eight;

#[cfg(not(target_arch = "x86_64"))]
use portable::Eight;

/// Lanes of one [`Eight`].
const EIGHT: usize = 8;

/// `8 * V` lanes, all [`NEVER`] to begin with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<const V: usize>([Eight; V]);

impl<const V: usize> Row<V> {
    pub(crate) const LANES: usize = EIGHT * V;

    /// The same score in every lane.
    #[inline(always)]
    pub(crate) fn of(score: i16) -> Row<V> {
        Row([Eight::of(score); V])
    }

    pub(crate) fn from_fn(mut score: impl FnMut(usize) -> i16) -> Row<V> {
        Row(std::array::from_fn(|at| Eight::from_array(std::array::from_fn(|lane| score(at * EIGHT + lane)))))
    }

    #[inline(always)]
    pub(crate) fn get(&self, lane: usize) -> i16 {
        self.0[lane / EIGHT].to_array()[lane % EIGHT]
    }

    pub(crate) fn set(&mut self, lane: usize, score: i16) {
        let mut lanes = self.0[lane / EIGHT].to_array();
        lanes[lane % EIGHT] = score;
        self.0[lane / EIGHT] = Eight::from_array(lanes);
    }

    /// Lane by lane the sum, held within what a lane can hold.
    #[inline(always)]
    pub(crate) fn plus(&self, other: &Row<V>) -> Row<V> {
        Row(std::array::from_fn(|at| self.0[at].plus(other.0[at])))
    }

    /// Lane by lane the greater one.
    #[inline(always)]
    pub(crate) fn max(&self, other: &Row<V>) -> Row<V> {
        Row(std::array::from_fn(|at| self.0[at].max(other.0[at])))
    }

    /// The lanes that reach a bound, as bits.
    #[inline(always)]
    pub(crate) fn reach(&self, least: &Row<V>) -> u64 {
        (0..V).fold(0, |bits, at| bits | u64::from(self.0[at].reach(least.0[at])) << (EIGHT * at))
    }

    /// Every score moved up by some lanes, at most six; [`NEVER`] moves in.
    #[inline(always)]
    pub(crate) fn moved(&self, by: usize) -> Row<V> {
        match by {
            0 => *self,
            1 => self.shifted::<2, 14>(),
            2 => self.shifted::<4, 12>(),
            3 => self.shifted::<6, 10>(),
            4 => self.shifted::<8, 8>(),
            5 => self.shifted::<10, 6>(),
            _ => self.shifted::<12, 4>(),
        }
    }

    /// Moved up by some bytes; `REST` is what of an [`Eight`] is left.
    #[inline(always)]
    fn shifted<const BYTES: i32, const REST: i32>(&self) -> Row<V> {
        Row(std::array::from_fn(|at| {
            let below = if at == 0 { Eight::of(NEVER) } else { self.0[at - 1] };
            self.0[at].shifted::<BYTES, REST>(below)
        }))
    }

    /// Goes on by at most two lanes, each at a cost that depends on the lane reached.
    #[inline(always)]
    pub(crate) fn with_steps(&self, costs: &Row<V>) -> Row<V> {
        let once = self.max(&self.moved(1).plus(costs));
        once.max(&once.moved(1).plus(costs))
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use safe_arch::{
        add_saturating_i16_m128i, bitor_m128i, byte_shl_imm_u128_m128i, byte_shr_imm_u128_m128i,
        cmp_gt_mask_i16_m128i, m128i, max_i16_m128i, move_mask_i8_m128i, pack_i16_to_i8_m128i,
        set_splat_i16_m128i,
    };

    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Eight(m128i);

    impl Eight {
        #[inline(always)]
        pub(crate) fn of(score: i16) -> Eight {
            Eight(set_splat_i16_m128i(score))
        }

        #[inline(always)]
        pub(crate) fn from_array(lanes: [i16; 8]) -> Eight {
            Eight(m128i::from(lanes))
        }

        #[inline(always)]
        pub(crate) fn to_array(self) -> [i16; 8] {
            self.0.into()
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Eight) -> Eight {
            Eight(add_saturating_i16_m128i(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn max(self, other: Eight) -> Eight {
            Eight(max_i16_m128i(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn reach(self, least: Eight) -> u8 {
            let below = cmp_gt_mask_i16_m128i(least.0, self.0);
            !(move_mask_i8_m128i(pack_i16_to_i8_m128i(below, below)) as u8)
        }

        #[inline(always)]
        pub(crate) fn shifted<const BYTES: i32, const REST: i32>(self, below: Eight) -> Eight {
            let own = byte_shl_imm_u128_m128i::<BYTES>(self.0);
            Eight(bitor_m128i(own, byte_shr_imm_u128_m128i::<REST>(below.0)))
        }
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
#[cfg_attr(target_arch = "x86_64", allow(dead_code, reason = "only the tests compare with it"))]
mod portable {
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Eight([i16; 8]);

    impl Eight {
        pub(crate) fn of(score: i16) -> Eight {
            Eight([score; 8])
        }

        pub(crate) fn from_array(lanes: [i16; 8]) -> Eight {
            Eight(lanes)
        }

        pub(crate) fn to_array(self) -> [i16; 8] {
            self.0
        }

        pub(crate) fn plus(self, other: Eight) -> Eight {
            Eight(std::array::from_fn(|lane| self.0[lane].saturating_add(other.0[lane])))
        }

        pub(crate) fn max(self, other: Eight) -> Eight {
            Eight(std::array::from_fn(|lane| self.0[lane].max(other.0[lane])))
        }

        pub(crate) fn reach(self, least: Eight) -> u8 {
            (0..8).fold(0, |bits, lane| bits | u8::from(self.0[lane] >= least.0[lane]) << lane)
        }

        pub(crate) fn shifted<const BYTES: i32, const REST: i32>(self, below: Eight) -> Eight {
            let by = BYTES as usize / 2;
            Eight(std::array::from_fn(|lane| match lane.checked_sub(by) {
                Some(from) => self.0[from],
                None => below.0[lane + 8 - by],
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Registers do what plain loops over the same lanes do.
        #[test]
        fn lanes_are_worked_on_as_loops_would(
            a in prop::array::uniform16(any::<i16>()),
            b in prop::array::uniform16(any::<i16>()),
            by in 0usize..=6,
        ) {
            let row = |lanes: &[i16; 16]| Row::<2>::from_fn(|lane| lanes[lane]);
            let lanes = |row: Row<2>| -> [i16; 16] { std::array::from_fn(|lane| row.get(lane)) };
            let moved: [i16; 16] =
                std::array::from_fn(|lane| lane.checked_sub(by).map_or(NEVER, |from| a[from]));
            prop_assert_eq!(lanes(row(&a).moved(by)), moved);
            let sum: [i16; 16] = std::array::from_fn(|lane| a[lane].saturating_add(b[lane]));
            prop_assert_eq!(lanes(row(&a).plus(&row(&b))), sum);
            let greater: [i16; 16] = std::array::from_fn(|lane| a[lane].max(b[lane]));
            prop_assert_eq!(lanes(row(&a).max(&row(&b))), greater);
            let reached = (0..16).fold(0u64, |bits, lane| bits | u64::from(a[lane] >= b[lane]) << lane);
            prop_assert_eq!(row(&a).reach(&row(&b)), reached);
        }

        #[test]
        fn the_portable_lanes_are_the_same(
            a in prop::array::uniform8(any::<i16>()),
            b in prop::array::uniform8(any::<i16>()),
        ) {
            let (x, y) = (Eight::from_array(a), Eight::from_array(b));
            let (p, q) = (portable::Eight::from_array(a), portable::Eight::from_array(b));
            prop_assert_eq!(x.plus(y).to_array(), p.plus(q).to_array());
            prop_assert_eq!(x.max(y).to_array(), p.max(q).to_array());
            prop_assert_eq!(x.reach(y), p.reach(q));
            prop_assert_eq!(x.shifted::<4, 12>(y).to_array(), p.shifted::<4, 12>(q).to_array());
            prop_assert_eq!(x.shifted::<12, 4>(y).to_array(), p.shifted::<12, 4>(q).to_array());
            prop_assert_eq!(Eight::of(a[0]).to_array(), portable::Eight::of(a[0]).to_array());
        }
    }

    #[test]
    fn single_lanes_are_set_and_read() {
        let mut row = Row::<2>::of(NEVER);
        row.set(9, -5);
        assert_eq!((row.get(9), row.get(8), row.get(1)), (-5, NEVER, NEVER));
        assert_eq!(row.with_steps(&Row::of(-2)).get(11), -9);
        assert_eq!(Row::<2>::LANES, 16);
    }
}
