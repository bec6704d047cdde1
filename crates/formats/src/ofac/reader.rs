//! Reads the four tables and joins them.
//!
//! The tables of aliases, addresses and further remarks are read whole first, within their caps; the table of items is
//! streamed. A row that no item has is reported at the end.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use barid_domain::dates::Day;
use barid_domain::text::SHORT_CAP;

use super::paths::PATHS;
use super::{crafts, individuals, organisations};
use crate::list_items::{AboutItem, ItemReport, ListItem, ListReader, PathCounts, Stated, cleaned};
use crate::report::{Consequence, Place, ReportCode};
use crate::table::{CsvLimits, CsvReadError, CsvReadErrorKind, RawRow, TableRows, row_fault};

/// The language of the words of the list.
pub(super) const LANGUAGE: &str = "en";
/// What a column holds that says nothing.
const NOTHING: &str = "-0-";
/// What ends a table in some editions: the end mark of older systems.
const END_MARK: u8 = 0x1a;

const SDN_COLUMNS: &[&str] = &[
    "sdn.ent_num",
    "sdn.SDN_Name",
    "sdn.SDN_Type",
    "sdn.Program",
    "sdn.Title",
    "sdn.Call_Sign",
    "sdn.Vess_type",
    "sdn.Tonnage",
    "sdn.GRT",
    "sdn.Vess_flag",
    "sdn.Vess_owner",
    "sdn.Remarks",
];
const ALT_COLUMNS: &[&str] =
    &["alt.ent_num", "alt.alt_num", "alt.alt_type", "alt.alt_name", "alt.alt_remarks"];
const ADD_COLUMNS: &[&str] = &[
    "add.ent_num",
    "add.add_num",
    "add.Address",
    "add.City/State/Province/Postal Code",
    "add.Country",
    "add.Add_remarks",
];
const COMMENT_COLUMNS: &[&str] = &["sdn_comments.ent_num", "sdn_comments.Remarks"];

/// Is one of the tables of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfacTable {
    /// `sdn.csv`.
    Items,
    /// `alt.csv`.
    Aliases,
    /// `add.csv`.
    Addresses,
    /// `sdn_comments.csv`.
    Comments,
}

impl OfacTable {
    /// Every table, the one of the items first.
    pub const ALL: [Self; 4] = [Self::Items, Self::Aliases, Self::Addresses, Self::Comments];

    /// The name of its file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Items => "sdn.csv",
            Self::Aliases => "alt.csv",
            Self::Addresses => "add.csv",
            Self::Comments => "sdn_comments.csv",
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Items => SDN_COLUMNS,
            Self::Aliases => ALT_COLUMNS,
            Self::Addresses => ADD_COLUMNS,
            Self::Comments => COMMENT_COLUMNS,
        }
    }
}

/// Is the set of tables.
pub struct OfacTables<R> {
    /// `sdn.csv`.
    pub items: R,
    /// `alt.csv`.
    pub aliases: R,
    /// `add.csv`.
    pub addresses: R,
    /// `sdn_comments.csv`.
    pub comments: R,
}

/// The caps of a reading, of each table by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfacLimits {
    /// Bytes of a table.
    pub total_bytes: u64,
    /// Bytes of one row.
    pub row_bytes: usize,
    /// Rows of a table.
    pub rows: u64,
    /// Aliases, addresses and rows of further remarks of one item, each.
    pub rows_of_item: usize,
}

impl Default for OfacLimits {
    /// 64 MiB, 16 KiB a row (longest in the sample: 1,330), 500,000 rows, 500 of an item.
    fn default() -> Self {
        Self { total_bytes: 64 << 20, row_bytes: 16 << 10, rows: 500_000, rows_of_item: 500 }
    }
}

/// A table is at fault, or over a cap: the reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {error}", .table.file_name())]
pub struct OfacReadError {
    /// Which table.
    pub table: OfacTable,
    /// Where, and what.
    pub error: CsvReadError,
}

/// Is another name of an item.
#[derive(Debug, Default)]
pub(super) struct Alias {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) remarks: String,
}

/// Is an address of an item.
#[derive(Debug, Default)]
pub(super) struct Address {
    pub(super) street: String,
    pub(super) city: String,
    pub(super) country: String,
    pub(super) remarks: String,
}

/// Is what the other tables say of an item.
#[derive(Debug, Default)]
struct Further {
    place: Place,
    aliases: Vec<Alias>,
    addresses: Vec<Address>,
    remarks: Vec<String>,
    is_over: bool,
}

/// Is an item with all that the tables say of it; empty where they say nothing.
pub(super) struct Joined<'i> {
    pub(super) id: &'i str,
    pub(super) name: &'i str,
    pub(super) programs: &'i str,
    pub(super) title: &'i str,
    pub(super) call_sign: &'i str,
    pub(super) vessel_type: &'i str,
    pub(super) tonnage: &'i str,
    pub(super) gross_tonnage: &'i str,
    pub(super) flag: &'i str,
    pub(super) owner: &'i str,
    pub(super) remarks: &'i str,
    pub(super) aliases: &'i [Alias],
    pub(super) addresses: &'i [Address],
}

impl Joined<'_> {
    /// The programmes, `SDGT] [IFSR` in the table, as a remark.
    pub(super) fn programmes(&self, report: &mut ItemReport) -> Option<String> {
        let programmes = cleaned(&self.programs.replace("] [", ", "), SHORT_CAP, "sdn.Program", report)?;
        Some(format!("OFAC SDN programmes: {programmes}"))
    }
}

/// Reads the set, one item at a time.
pub struct OfacReader<R: BufRead> {
    items: TableRows<R>,
    today: Day,
    limits: OfacLimits,
    further: HashMap<String, Further>,
    /// Refusals and rows of no item that wait to be given out.
    pending: Vec<ListItem>,
    paths: PathCounts,
    seen: HashSet<String>,
    bytes_before: u64,
    side_tables_end_whole: bool,
    ended: bool,
}

impl<R: BufRead> OfacReader<R> {
    /// Reads the smaller tables of a set that is read on `today`, and begins with the items.
    ///
    /// # Errors
    /// Where one of the smaller tables can't be read, or is over a cap.
    pub fn new(tables: OfacTables<R>, today: Day, limits: OfacLimits) -> Result<Self, OfacReadError> {
        let mut reader = Self {
            items: rows_of(OfacTable::Items, tables.items, limits),
            today,
            limits,
            further: HashMap::new(),
            pending: Vec::new(),
            paths: PathCounts::of(PATHS),
            seen: HashSet::new(),
            bytes_before: 0,
            side_tables_end_whole: true,
            ended: false,
        };
        reader.read_side_table(OfacTable::Aliases, tables.aliases)?;
        reader.read_side_table(OfacTable::Addresses, tables.addresses)?;
        reader.read_side_table(OfacTable::Comments, tables.comments)?;
        Ok(reader)
    }

    fn read_side_table(&mut self, table: OfacTable, source: R) -> Result<(), OfacReadError> {
        let mut rows = rows_of(table, source, self.limits);
        loop {
            let row = rows.next_row().map_err(|kind| OfacReadError { table, error: rows.error(kind) })?;
            let Some(RawRow { place, cells, .. }) = row else { break };
            match cells {
                Ok(cells) => self.take_side_row(table, place, cells),
                Err(code) => {
                    // Of which item it is can't be told: none is taken for whole.
                    let report = vec![row_fault(place, table.file_name(), code)];
                    self.pending.push(ListItem::Refused { about: AboutItem::Unreadable, report });
                }
            }
        }
        self.bytes_before += rows.bytes_read();
        self.side_tables_end_whole &= rows.ends_with_line_break();
        Ok(())
    }

    fn take_side_row(&mut self, table: OfacTable, place: Place, cells: Vec<String>) {
        let mut cells: Vec<String> = cells.iter().map(|cell| said(cell).to_owned()).collect();
        count_columns(&mut self.paths, table, &cells);
        let mut take = |index: usize| std::mem::take(&mut cells[index]);
        let id = take(0);
        let limit = self.limits.rows_of_item;
        let further = self.further.entry(id).or_insert_with(|| Further { place, ..Further::default() });
        let count = match table {
            OfacTable::Aliases => {
                further.aliases.push(Alias { kind: take(2), name: take(3), remarks: take(4) });
                further.aliases.len()
            }
            OfacTable::Addresses => {
                let address = Address { street: take(2), city: take(3), country: take(4), remarks: take(5) };
                further.addresses.push(address);
                further.addresses.len()
            }
            OfacTable::Items | OfacTable::Comments => {
                further.remarks.push(take(1));
                further.remarks.len()
            }
        };
        if count > limit {
            further.is_over = true;
            further.aliases.truncate(limit);
            further.addresses.truncate(limit);
            further.remarks.truncate(limit);
        }
    }

    fn step(&mut self) -> Result<Option<ListItem>, CsvReadErrorKind> {
        if let Some(item) = self.pending.pop() {
            return Ok(Some(item));
        }
        match self.items.next_row()? {
            Some(row) => Ok(Some(self.read_item(row))),
            None => Ok(self.row_of_no_item()),
        }
    }

    fn read_item(&mut self, RawRow { place, cells, .. }: RawRow) -> ListItem {
        let cells = match cells {
            Ok(cells) => cells,
            Err(code) => {
                let report = vec![row_fault(place, "sdn.csv", code)];
                return ListItem::Refused { about: AboutItem::Unreadable, report };
            }
        };
        let cells: Vec<&str> = cells.iter().map(|cell| said(cell)).collect();
        count_columns(&mut self.paths, OfacTable::Items, &cells);
        let id = cells[0];
        if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            let report = vec![row_fault(place, "sdn.ent_num", ReportCode::NotANumber)];
            return ListItem::Refused { about: AboutItem::Unreadable, report };
        }
        let mut report = ItemReport::new(Some(id), place);
        if !self.seen.insert(id.to_owned()) {
            report.add("sdn.ent_num", ReportCode::Duplicate, Consequence::ItemRefused);
            return ListItem::Refused { about: AboutItem::EarlierItem, report: report.into_rows() };
        }
        let further = self.further.remove(id).unwrap_or_default();
        if further.is_over {
            report.add("rows", ReportCode::TooMany, Consequence::ItemRefused);
            return ListItem::Refused { about: AboutItem::Item(id.to_owned()), report: report.into_rows() };
        }
        // The further remarks go on in the middle of a word.
        let remarks = format!("{}{}", cells[11], further.remarks.concat());
        let item = Joined {
            id,
            name: cells[1],
            programs: cells[3],
            title: cells[4],
            call_sign: cells[5],
            vessel_type: cells[6],
            tonnage: cells[7],
            gross_tonnage: cells[8],
            flag: cells[9],
            owner: cells[10],
            remarks: &remarks,
            aliases: &further.aliases,
            addresses: &further.addresses,
        };
        let (today, paths) = (self.today, &mut self.paths);
        let stated = match cells[2] {
            "individual" => Stated::Person(Box::new(individuals::person(&item, today, &mut report, paths))),
            "vessel" => Stated::Object(Box::new(crafts::vessel(&item, today, &mut report, paths))),
            "aircraft" => Stated::Object(Box::new(crafts::aircraft(&item, today, &mut report, paths))),
            "" => Stated::Object(Box::new(organisations::organisation(&item, today, &mut report, paths))),
            _ => {
                report.add("sdn.SDN_Type", ReportCode::UnknownValue, Consequence::ItemRefused);
                let about = AboutItem::Item(id.to_owned());
                return ListItem::Refused { about, report: report.into_rows() };
            }
        };
        report.item_of(id.to_owned(), stated, today)
    }

    /// A row of the smaller tables whose item is in no row of `sdn.csv`, one at a time, in the order of their places.
    fn row_of_no_item(&mut self) -> Option<ListItem> {
        if self.further.is_empty() {
            return None;
        }
        let mut rest: Vec<(String, Further)> = self.further.drain().collect();
        rest.sort_by_key(|(_, further)| std::cmp::Reverse(further.place.byte_offset));
        let refused = rest.into_iter().map(|(id, further)| {
            let id: String = id.chars().take(20).collect();
            let mut report = ItemReport::new(Some(&id), further.place);
            report.add("ent_num", ReportCode::NoSuchItem, Consequence::ItemRefused);
            ListItem::Refused { about: AboutItem::EarlierItem, report: report.into_rows() }
        });
        self.pending.extend(refused);
        self.pending.pop()
    }
}

fn rows_of<R: BufRead>(table: OfacTable, source: R, limits: OfacLimits) -> TableRows<R> {
    let limits =
        CsvLimits { total_bytes: limits.total_bytes, row_bytes: limits.row_bytes, rows: limits.rows };
    TableRows::without_header(source, limits, table.columns().len(), END_MARK)
}

fn count_columns(paths: &mut PathCounts, table: OfacTable, cells: &[impl AsRef<str>]) {
    for (column, cell) in table.columns().iter().zip(cells) {
        if !cell.as_ref().is_empty() {
            paths.count(column);
        }
    }
}

/// What a column says; empty where it says nothing.
fn said(cell: &str) -> &str {
    let cell = cell.trim();
    // A table that was cut off may end within the mark.
    if NOTHING.starts_with(cell) { "" } else { cell }
}

impl<R: BufRead> Iterator for OfacReader<R> {
    type Item = Result<ListItem, OfacReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.step() {
            Ok(Some(item)) => Some(Ok(item)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(kind) => {
                self.ended = true;
                Some(Err(OfacReadError { table: OfacTable::Items, error: self.items.error(kind) }))
            }
        }
    }
}

impl<R: BufRead> ListReader for OfacReader<R> {
    type Error = OfacReadError;

    const MAPPING_VERSION: u32 = 2;

    fn bytes_read(&self) -> u64 {
        self.bytes_before + self.items.bytes_read()
    }

    fn ends_whole(&self) -> bool {
        self.side_tables_end_whole && self.items.ends_with_line_break()
    }

    fn paths(&self) -> Vec<(String, u64)> {
        self.paths.all()
    }
}
