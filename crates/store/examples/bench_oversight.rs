//! Measures what watching costs an act: `cargo run --release -p barid-store --example bench_oversight`.
//!
//! Acts of many officers with a fixed seed, each observed on its own: the tracing of the number, and the observation.

use std::time::Instant;

use barid_domain::dates::Timestamp;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::oversight::{Deed, Detector, NumberTrace, Observed, Thresholds, WatchKey};

const ACTS: u64 = 2_000_000;
const OFFICERS: u64 = 8_000;

/// The same numbers in every run (SplitMix64).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }
}

fn main() {
    let Ok(organisation) = OrganisationCode::new("XA") else { return };
    let key = WatchKey([7; 32]);
    let mut seeded = Seeded(20_261_128);
    let officers: Vec<String> = (0..OFFICERS).map(|officer| format!("desk.{officer}")).collect();
    let numbers: Vec<String> = (0..4_096).map(|_| format!("AB{:07}", seeded.next() % 10_000_000)).collect();
    let begun = Instant::now();
    let mut traced = 0_u64;
    for act in 0..ACTS {
        traced += u64::from(NumberTrace::of(&key, &numbers[act as usize % numbers.len()]).is_some());
    }
    let each = begun.elapsed().as_nanos() as u64 / ACTS;
    println!("tracing a number: {each} ns ({traced} of {ACTS})");
    for (what, deeds) in
        [("searches by name", 0_u64), ("searches by number", 1), ("openings", 2), ("all three", 3)]
    {
        let mut detector = Detector::new(key, Thresholds::default());
        let (mut alarms, begun) = (0, Instant::now());
        for act in 0..ACTS {
            let drawn = seeded.next();
            let officer = officers[(drawn % OFFICERS) as usize].as_str();
            let deed = match if deeds == 3 { drawn >> 32 } else { deeds } % 3 {
                0 => Deed::Search { number: None, showed: drawn & 1 == 0 },
                1 => {
                    let number = NumberTrace::of(&key, &numbers[(drawn >> 40) as usize % numbers.len()]);
                    Deed::Search { number, showed: false }
                }
                _ => Deed::Open(RecordId(u128::from((drawn >> 20) % 10_000).to_be_bytes())),
            };
            let at = Timestamp::from_seconds(1_795_000_000 + (act / 100) as i64);
            alarms += detector.observe(&Observed { at, organisation, officer, deed }).len();
        }
        let each = begun.elapsed().as_nanos() as u64 / ACTS;
        println!("{what}: {each} ns an act, {alarms} alarms");
    }
}
