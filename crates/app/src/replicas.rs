//! Replicas of this node: one joins with an invitation, another one is ended, all of them are listed.
//!
//! The write that lets a replica join or ends one has its line in the journal of the organisation whose node it is.

use barid_domain::audit::Operation;
use barid_store::{Replica, ReplicaId, StoreError, SystemChange};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

impl App {
    /// Lets the directory of this store join as a replica; again changes nothing but the line.
    pub async fn join_as_replica(&self, ctx: &OpContext) -> Result<ReplicaId, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::JoinReplica);
        let mut line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), Vec::new());
        line.asked = Some(format!("replica {} joins", self.store().replica()));
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        self.store().finish_joining().map_err(AppError::Store)?;
        Ok(self.store().replica())
    }

    /// Ends a replica: its directory opens no more. Of this one the journal is folded first; of another, lines that it has
    /// not folded stay in its directory.
    ///
    /// # Errors
    /// [`AppError::Absent`] where no such replica is, or it has left.
    pub async fn end_replica(&self, ctx: &OpContext, replica: ReplicaId) -> Result<(), AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        if replica == self.store().replica() {
            self.fold_journal().await?;
        }
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::EndReplica { replica });
        let mut line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), Vec::new());
        line.asked = Some(format!("end of replica {replica}"));
        match tx.commit(line).await {
            Ok(_) => Ok(()),
            Err(StoreError::ReplicaUnknown) => Err(AppError::Absent),
            Err(error) => Err(self.refused_by_store(error)),
        }
    }

    /// Lists the replicas of this node, those that left too.
    pub async fn replicas(&self, ctx: &OpContext) -> Result<Vec<Replica>, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        self.store().replicas().await.map_err(AppError::Store)
    }
}
