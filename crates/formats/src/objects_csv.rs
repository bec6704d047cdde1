//! Tables of objects (CSV, XLSX): a bureau's own list of vehicles, firearms or any other database of objects.
//!
//! The columns are those of the database's own table of fields and are described in `docs/formats/objects-csv.md`; how
//! they are read is that of every mapped table: `mapped_rows`.

use barid_domain::codes::Database;
use barid_domain::dates::Day;
use barid_domain::faults::Faults;
use barid_domain::objects::Object;
use barid_domain::objects::fields::Fields;
use barid_domain::objects::tables::{self, Table};

use crate::mapped_rows::{MappedReader, MappedRow, Statement};
use crate::report::ReportCode;

/// Reads a table of objects.
pub type ObjectsReader<R> = MappedReader<Object, R>;
/// One row of a table of objects.
pub type ObjectRow = MappedRow<Object>;

impl Statement for Object {
    fn table(database: Database) -> Option<&'static Table> {
        tables::table(database)
    }

    fn of(table: &'static Table, fields: Fields, today: Day) -> (Option<Self>, Vec<(String, ReportCode)>) {
        let object = Object { database: table.database, fields };
        let mut faults = Faults::default();
        object.check(today, &mut faults);
        let faults = faults.into_result().err().unwrap_or_default();
        (Some(object), faults.into_iter().map(|fault| (fault.place, fault.code.into())).collect())
    }
}
