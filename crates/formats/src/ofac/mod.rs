//! The list of Specially Designated Nationals of the Office of Foreign Assets Control, United States of America, as its
//! set of four tables without headers (`sdn.csv`, `alt.csv`, `add.csv`, `sdn_comments.csv`).
//!
//! In scope: a reader with caps that joins the tables, and the mapping of individuals to persons, of vessels and aircraft to
//! objects. Out of scope: the other lists and formats of that office, and what is done with a listing. What one state
//! decided is quoted here: every record is *listed*, never wanted, and asks nobody for anything.

mod countries;
mod crafts;
mod individuals;
mod organisations;
mod paths;
mod reader;
mod remarks;

pub use paths::PATHS;
pub use reader::{OfacLimits, OfacReadError, OfacReader, OfacTable, OfacTables};
