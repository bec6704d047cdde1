//! Every column of the four tables, and every word that the remarks are read by: kept, mapped or dropped, and why.
//!
//! A remark is a list of statements with semicolons between them. Those that begin with a word of this table are read; all
//! others are kept in their words. `docs/formats/ofac-sdn.md` shows the same table; a test keeps the two equal.

use crate::list_items::{FieldFate, dropped, kept, mapped};

/// The table: columns, then the words in remarks, in the order in which they are tried.
#[rustfmt::skip]
pub const PATHS: &[FieldFate] = &[
    mapped("sdn.ent_num", "identifier of the item; reference OFAC-SDN and the provenance"),
    kept("sdn.SDN_Name", "name: what stands before the first comma is the surname, as that office writes it; a vessel's name; an aircraft's mark or serial number"),
    mapped("sdn.SDN_Type", "the database: individual, vessel, aircraft; without it an organisation, read, counted, not imported yet"),
    kept("sdn.Program", "remark: the programmes"),
    kept("sdn.Title", "function of a person; remark of an object"),
    kept("sdn.Call_Sign", "call sign of a vessel"),
    mapped("sdn.Vess_type", "kind of vessel; the words in a remark"),
    kept("sdn.Tonnage", "remark"),
    kept("sdn.GRT", "remark"),
    mapped("sdn.Vess_flag", "flag state; unknown words in a remark"),
    kept("sdn.Vess_owner", "remark"),
    mapped("sdn.Remarks", "statements, as below"),
    mapped("alt.ent_num", "the item it belongs to"),
    dropped("alt.alt_num", "a number of the row within the tables"),
    mapped("alt.alt_type", "aka: strong alias; fka: former name; nka: alias, now known as"),
    kept("alt.alt_name", "another name"),
    kept("alt.alt_remarks", "note of the name"),
    mapped("add.ent_num", "the item it belongs to"),
    dropped("add.add_num", "a number of the row within the tables"),
    kept("add.Address", "street"),
    kept("add.City/State/Province/Postal Code", "city, with what else stands in the column"),
    mapped("add.Country", "country code; unknown words kept as words"),
    kept("add.Add_remarks", "note of the address"),
    mapped("sdn_comments.ent_num", "the item it belongs to"),
    mapped("sdn_comments.Remarks", "what the column of remarks had no room for: read behind it"),
    mapped("remarks: a.k.a.", "weak alias"),
    mapped("remarks: f.k.a.", "former name"),
    mapped("remarks: n.k.a.", "alias, now known as"),
    mapped("remarks: DOB", "possible date of birth: a day, a month, a year, a span; circa widens by a year on either side"),
    mapped("remarks: POB", "possible place of birth"),
    mapped("remarks: nationality", "nationality"),
    mapped("remarks: citizen", "nationality"),
    mapped("remarks: Gender", "sex by ISO/IEC 5218"),
    mapped("remarks: documents", "held document, where its words name a document and a number with a digit follows: type, number, country, days of issue and expiry"),
    kept("remarks: Digital Currency Address", "reference of the person, with the currency's code; remark of an object"),
    kept("remarks: Linked To", "remark: links between records wait for a database of organisations"),
    mapped("remarks: Vessel Registration Identification", "IMO number"),
    mapped("remarks: MMSI", "maritime mobile service identity"),
    kept("remarks: Other Vessel Call Sign", "call sign, where there is none; else remark"),
    mapped("remarks: Aircraft Manufacturer's Serial Number (MSN)", "serial number"),
    mapped("remarks: Aircraft Construction Number", "serial number, where there is no other; else remark"),
    mapped("remarks: Aircraft Tail Number", "mark, where the name is none; else remark"),
    mapped("remarks: Aircraft Mode S Transponder Code", "24-bit address"),
    kept("remarks: Aircraft Model", "model"),
    mapped("remarks: Aircraft Manufacture Date", "year; the words in a remark"),
    kept("remarks: anything else", "remark, in its words"),
];
