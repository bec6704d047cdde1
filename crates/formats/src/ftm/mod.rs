//! FollowTheMoney, one JSON entity a line: in and out.
//!
//! In scope: persons, organisations, vehicles, vessels, airplanes, bank accounts and wallets, with the passports, identifications, sanctions
//! and addresses that refer to them; a table of every property with its fate; the losses of a round trip, each of which a
//! test knows. Out of scope: links between entities, other schemata, and merging what two sources say. A topic or a status
//! that a source gives is quoted, never made ours.

mod entities;
mod export;
mod export_groups;
mod groups;
mod import;
mod objects;
mod paths;
mod persons;

pub use entities::{FtmEntity, FtmLimits, FtmReadError, FtmReadErrorKind};
pub use export::{NoSchema, entities_of, to_lines};
pub use import::FtmReader;
pub use paths::PATHS;
