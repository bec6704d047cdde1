//! Exporting the caller's own records in an outside format.
//!
//! Every record is opened as any other opening is: its lines are in the journal, the policy decides, and what the caller may
//! not see for its purpose is left out. Records of others are not exported: no rule says yet whose they may become.

use barid_domain::codes::Database;
use barid_domain::ids::RecordId;
use barid_formats::ftm::{FtmEntity, entities_of};
use barid_formats::list_items::Stated;

use crate::App;
use crate::answers::Statement;
use crate::context::OpContext;
use crate::error::AppError;

/// Records listed at once.
const RECORDS_AT_ONCE: u32 = 500;

/// Is what an export came to.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// The entities, in the order of the records.
    pub entities: Vec<FtmEntity>,
    /// Records that became entities.
    pub records: u64,
    /// Records of databases that the format has no schema for.
    pub without_schema: u64,
    /// Records that the caller may not see for this purpose, or that are past their review.
    pub not_visible: u64,
}

impl App {
    /// Exports the caller's own records as FollowTheMoney entities, those of `only` where that is given.
    pub async fn export_ftm(
        &self,
        ctx: &OpContext,
        only: Option<Database>,
        mut progress: impl FnMut(u64),
    ) -> Result<Exported, AppError> {
        let mut exported = Exported::default();
        let mut after: Option<RecordId> = None;
        loop {
            let page = self.own_records(ctx, after, RECORDS_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(exported) };
            after = Some(last.record);
            for own in page {
                if only.is_none_or(|only| only == own.database) {
                    self.export_record(ctx, own.record, &mut exported).await?;
                }
            }
            progress(exported.records);
        }
    }

    async fn export_record(
        &self,
        ctx: &OpContext,
        record: RecordId,
        exported: &mut Exported,
    ) -> Result<(), AppError> {
        let opened = match self.open(ctx, record).await {
            Ok(opened) => opened,
            Err(AppError::Absent) => {
                exported.not_visible += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let stated = match opened.statement {
            Statement::Person(person) => Stated::Person(person),
            Statement::Object(object) => Stated::Object(object),
            Statement::TravelDocument(_) | Statement::Link(_) => {
                exported.without_schema += 1;
                return Ok(());
            }
        };
        match entities_of(&record.to_string(), opened.terms.provenance.as_ref(), &stated) {
            Ok(entities) => {
                exported.records += 1;
                exported.entities.extend(entities);
            }
            Err(_) => exported.without_schema += 1,
        }
        Ok(())
    }
}
