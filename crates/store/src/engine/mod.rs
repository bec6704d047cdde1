//! The database engines. All that one engine alone knows stands in its module: how to open it, how a writing
//! transaction begins, how it is copied and emptied of old pages. The statements elsewhere are portable.

mod sqlite;

#[cfg(feature = "mutant-unsynced-database")]
pub use sqlite::leave_database_unsynced;
pub(crate) use sqlite::{
    Connection, Database, Pool, Row, begin_writing, check_integrity, commit, copy_into, has_table, is_full,
    open_reading, open_reading_untouched, open_writing, purge_overwritten_pages,
};
