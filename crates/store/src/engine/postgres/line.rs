//! A connection that is watched: while a statement takes long, its server is asked over another one whether it is there.
//!
//! A statement may take as long as it takes, and a commit waits for its standby; a server that is frozen, or was cut off,
//! is not waited for.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::time::{sleep, timeout};

use super::leader::{Hosts, silent};
use crate::error::StoreError;

/// How long a statement runs until its server is asked whether it is there, and how often from then on.
const LOOK: Duration = Duration::from_secs(3);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Is a connection to a server that could be written to when it was opened.
pub(crate) struct Line {
    connection: PgConnection,
    hosts: Arc<Hosts>,
    host: usize,
    timeline: u32,
    /// Set when the connection was lost, or its server is no leader any more: it is of no more use.
    is_over: bool,
}

impl Line {
    pub(super) fn new(connection: PgConnection, hosts: Arc<Hosts>, host: usize, timeline: u32) -> Self {
        Self { connection, hosts, host, timeline, is_over: false }
    }

    /// Tells whether it is of no more use: lost, or to a server that has a successor.
    pub(super) fn is_over(&self) -> bool {
        self.is_over || self.timeline < self.hosts.timeline()
    }

    /// Gives the connection, and what watches over it.
    pub(in crate::engine) fn parts(&mut self) -> Result<(&mut PgConnection, Watch<'_>), StoreError> {
        if self.is_over() {
            self.is_over = true;
            return Err(silent().into());
        }
        let watch = Watch { hosts: &self.hosts, host: self.host, is_over: &mut self.is_over };
        Ok((&mut self.connection, watch))
    }

    /// The hosts of its address.
    pub(super) fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// Closes it.
    pub(in crate::engine) async fn close(self) -> Result<(), StoreError> {
        if self.is_over {
            return Ok(());
        }
        Ok(timeout(FAREWELL, self.connection.close()).await.unwrap_or_else(|_| Err(silent()))?)
    }
}

/// Watches over a statement.
pub(in crate::engine) struct Watch<'l> {
    hosts: &'l Arc<Hosts>,
    host: usize,
    is_over: &'l mut bool,
}

impl Watch<'_> {
    /// Waits for an answer for as long as the server is there.
    pub(in crate::engine) async fn over<T>(
        self,
        answer: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, StoreError> {
        let mut answer = pin!(answer);
        let answered = loop {
            tokio::select! {
                biased;
                answered = &mut answer => break answered,
                () = sleep(LOOK) => {}
            }
            tokio::select! {
                biased;
                answered = &mut answer => break answered,
                is_alive = self.hosts.is_alive(self.host) => if !is_alive {
                    tracing::error!("the database server does not answer, or is the leader no more");
                    break Err(silent());
                }
            }
        };
        answered.map_err(|error| {
            *self.is_over |= is_lost(&error);
            error.into()
        })
    }
}

/// Tells whether an error says that the connection is gone, or that its server can't be written to any more.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // Connection exceptions, shutdowns, and `read_only_sql_transaction`.
            code.starts_with("08") || code.starts_with("57P") || code == "25006"
        }),
        _ => false,
    }
}
