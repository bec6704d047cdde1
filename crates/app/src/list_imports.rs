//! Importing outside lists of persons and objects, whatever their format: the SDN list of one state's office,
//! FollowTheMoney, records in the shape of public notices.
//!
//! An item is known by the list's own identifier of it and becomes a record of its database, under the terms that the
//! caller gives, with the list as provenance and the identifier as its reference. No reader makes more than *listed* of
//! what a list says: what others ask for is quoted, never asked. The rest is that of every table: `table_imports`.

use barid_domain::audit::Operation;
use barid_domain::codes::{Database, Purpose, WithdrawalReason};
use barid_domain::contents::Content;
use barid_domain::dates::Day;
use barid_domain::ids::RecordId;
use barid_domain::objects::Object;
use barid_domain::persons::Person;
use barid_domain::terms::{Provenance, Terms};
use barid_formats::list_items::{AboutItem, ListItem, ListReader, Stated};
use barid_store::NewEntry;
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::{ImportReport, Kept};
use crate::records::NewVersion;
use crate::table_imports::{
    About, Desk, EnteringRow, OwnTable, Run, TableEdition, TableOrder, TableRow, list_name,
};

/// The longest reference of a provenance, in characters.
const REFERENCE_CAP: usize = 60;

/// Is what a list is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// The SDN list of the Office of Foreign Assets Control.
    OfacSdn,
    /// FollowTheMoney entities, one a line.
    FollowTheMoney,
    /// Persons in the shape of INTERPOL's public notices.
    PublicNotices,
}

impl ListKind {
    /// What its lists are remembered under.
    fn source(self) -> &'static str {
        match self {
            Self::OfacSdn => "ofac",
            Self::FollowTheMoney => "ftm",
            Self::PublicNotices => "notices",
        }
    }
}

/// Is a list to be imported.
pub struct ListImport<F> {
    /// Its format.
    pub kind: ListKind,
    /// Begins to read it, on the day of the reading.
    pub reader: F,
    /// The SHA-256 of all that is read.
    pub file_hash: [u8; 32],
    /// The terms of every record that goes in; the reference of their provenance is the item's own identifier. An import
    /// that broke off goes on with those of its first run.
    pub terms: Terms,
    /// Which list it is: 1 to 30 of `a-z 0-9 -`. Lists of other names know nothing of it.
    pub list: String,
    /// Whether it is all of the list.
    pub edition: TableEdition,
}

impl App {
    /// Imports a list.
    pub async fn import_list<R, E, F>(
        &self,
        ctx: &OpContext,
        import: ListImport<F>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError>
    where
        R: ListReader,
        E: std::fmt::Display,
        F: FnOnce(Day) -> Result<R, E>,
    {
        let done = self.take_list(ctx, import, Run::Real, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    /// Says what [`App::import_list`] would do, and writes nothing.
    pub async fn dry_run_list<R, E, F>(
        &self,
        ctx: &OpContext,
        import: ListImport<F>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError>
    where
        R: ListReader,
        E: std::fmt::Display,
        F: FnOnce(Day) -> Result<R, E>,
    {
        let done = self.take_list(ctx, import, Run::Dry, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn take_list<R, E, F>(
        &self,
        ctx: &OpContext,
        import: ListImport<F>,
        run: Run,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError>
    where
        R: ListReader,
        E: std::fmt::Display,
        F: FnOnce(Day) -> Result<R, E>,
    {
        self.may_import(ctx, &import.terms)?;
        if import.kind == ListKind::OfacSdn && import.terms.purpose != Purpose::OutsideReference {
            return Err(AppError::Import("a list of one state is held as outside reference".to_owned()));
        }
        let source = list_name(import.kind.source(), &import.list)?;
        self.is_not_older(ctx, &source, &import.terms).await?;
        let now = self.now();
        let reader = (import.reader)(now.day()).map_err(|error| AppError::Import(error.to_string()))?;
        let order = TableOrder {
            source,
            // The shortest period of those that its items are of.
            database: Database::Persons,
            file_hash: mapped_hash::<R>(import.file_hash),
            terms: import.terms,
            edition: import.edition,
            run,
            now,
        };
        self.import_table(ctx, ListTable { reader }, order, progress).await
    }

    /// Refuses an edition whose day is before that of the one that was imported last, where both are known.
    async fn is_not_older(&self, ctx: &OpContext, source: &str, terms: &Terms) -> Result<(), AppError> {
        let Some(edition) = edition_of(terms) else { return Ok(()) };
        let previous = self.store().import_progress(ctx.actor.organisation, source).await;
        let previous = previous.map_err(AppError::Store)?.and_then(|previous| Kept::read(&previous.kept));
        let before = previous.and_then(|kept| kept.terms).and_then(|terms| edition_of(&terms));
        if before.is_some_and(|before| edition < before) {
            return Err(AppError::Import("older than the edition imported before".to_owned()));
        }
        Ok(())
    }
}

fn edition_of(terms: &Terms) -> Option<Day> {
    terms.provenance.as_ref().and_then(|provenance| provenance.edition)
}

/// The same file read by another mapping is another list.
fn mapped_hash<R: ListReader>(file_hash: [u8; 32]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(b"barid/mapped-list/v1\0");
    hash.chain_update(R::MAPPING_VERSION.to_be_bytes()).chain_update(file_hash).finalize().into()
}

struct ListTable<R> {
    reader: R,
}

impl<R: ListReader> OwnTable for ListTable<R> {
    type Statement = Stated;
    type ReadError = R::Error;

    const ROWS_PER_WRITE: usize = 250;
    const UNREADABLE: &'static str = "a refused item has no readable id";

    fn person_of(statement: &Stated) -> Option<&Person> {
        match statement {
            Stated::Person(person) => Some(person),
            Stated::Object(_) => None,
        }
    }

    fn database_of(statement: &Stated) -> Option<Database> {
        Some(database_of(statement))
    }

    fn next_row(&mut self) -> Option<Result<TableRow<Stated>, R::Error>> {
        let row = |item: ListItem| match item {
            ListItem::Stated { place, id, stated, report } => {
                TableRow::Stated { place, id, statement: stated, remarks: report }
            }
            ListItem::Refused { about, report } => TableRow::Refused {
                about: match about {
                    AboutItem::Item(id) => About::Row(id),
                    AboutItem::EarlierItem => About::EarlierRow,
                    AboutItem::Unreadable => About::Unreadable,
                },
                report,
            },
            ListItem::NotImported { report } => TableRow::NotImported { report },
        };
        self.reader.next().map(|read| read.map(row))
    }

    fn ends_with_line_break(&self) -> bool {
        self.reader.ends_whole()
    }

    fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    fn paths(&self) -> Vec<(String, u64)> {
        self.reader.paths()
    }

    async fn enter(
        &self,
        desk: &Desk<'_>,
        rows: Vec<EnteringRow<Stated>>,
    ) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError> {
        let mut records = Vec::with_capacity(rows.len());
        let mut persons: Vec<NewVersion<Person>> = Vec::new();
        let mut objects: Vec<(Database, Vec<NewVersion<Object>>)> = Vec::new();
        let mut replaced = Vec::new();
        for EnteringRow { id, statement, revises, .. } in rows {
            let terms = terms_of_item(&desk.terms, &id);
            let head = match revises {
                None => None,
                Some(record) => {
                    let head = desk.app.store().head(record).await.map_err(AppError::Store)?;
                    Some(head.ok_or(AppError::Absent)?)
                }
            };
            // What was a person and is a vessel now is another record: none changes its database.
            let head = match head {
                Some(head) if head.database != database_of(&statement) => {
                    replaced.push(head.record);
                    None
                }
                head => head,
            };
            let record = match &head {
                Some(head) => head.record,
                None => RecordId::from_random(desk.app.ports().draw()),
            };
            records.push(record);
            let images = match &head {
                None => Vec::new(),
                Some(head) => desk.app.standing_images(desk.ctx, head.record).await?,
            };
            match statement {
                Stated::Person(person) => persons.push(match &head {
                    None => NewVersion::first(record, terms, *person),
                    Some(head) => NewVersion::behind(head, terms, *person, images),
                }),
                Stated::Object(object) => {
                    let database = object.database;
                    let version = match &head {
                        None => NewVersion::first(record, terms, *object),
                        Some(head) => NewVersion::behind(head, terms, *object, images),
                    };
                    match objects.iter_mut().find(|(of, _)| *of == database) {
                        Some((_, versions)) => versions.push(version),
                        None => objects.push((database, vec![version])),
                    }
                }
            }
        }
        let Desk { app, ctx, now, .. } = *desk;
        let mut entries = app.version_entries(ctx, Database::Persons, persons, Content::Person, now)?;
        for (database, versions) in objects {
            entries.extend(app.version_entries(ctx, database, versions, Content::Object, now)?);
        }
        entries.extend(app.withdrawal_entries(ctx, replaced, WithdrawalReason::Replaced, now).await?);
        Ok((entries, records))
    }
}

fn database_of(statement: &Stated) -> Database {
    match statement {
        Stated::Person(_) => Database::Persons,
        Stated::Object(object) => object.database,
    }
}

/// The terms of one item: the list's own identifier is the reference, where it is short enough for one.
fn terms_of_item(terms: &Terms, id: &str) -> Terms {
    let mut terms = terms.clone();
    if let Some(Provenance { reference, .. }) = &mut terms.provenance
        && (1..=REFERENCE_CAP).contains(&id.chars().count())
    {
        id.clone_into(reference);
    }
    terms
}
