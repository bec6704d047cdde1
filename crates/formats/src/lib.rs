//! Barid's readers and writers of outside formats.
//!
//! In scope: machine readable zones, the consolidated list of the United Nations Security Council, tables of travel
//! documents, of objects and of persons (CSV, XLSX), the SDN list of one state's office, lists of people to screen, agreements as policies of ODRL, and the comparison of two editions of a list. Every reader has caps, says where a fault lies and loses
//! nothing silently. Out of scope: files, clocks and networks (callers hand in `std::io` readers and the day), what a
//! record must hold (`barid-domain`) and keeping it (`barid-store`).
#![warn(missing_docs)]

mod capped;
pub mod documents_csv;
pub mod edition;
pub mod ftm;
pub mod list_items;
pub mod mapped_rows;
pub mod mapping;
pub mod mrz;
pub mod notices_json;
pub mod objects_csv;
pub mod odrl;
pub mod ofac;
pub mod persons_csv;
pub mod report;
pub mod screening_csv;
mod table;
pub mod un;
pub mod xlsx;
