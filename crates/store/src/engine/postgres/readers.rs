//! Connections that can't write, a few at a time, all to the leader: what a standby shows may be of yesterday.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::leader::{Address, Use};
use super::line::Line;
use crate::error::StoreError;

const READING_CONNECTIONS: usize = 4;
/// How long a question waits for a connection, and again for a server that is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Is a pool of reading connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Shared>);

struct Shared {
    address: Address,
    permits: Semaphore,
    idle: Mutex<Vec<Line>>,
}

impl Readers {
    /// Makes a pool with its first connection.
    pub(super) async fn open(address: &Address) -> Result<Self, StoreError> {
        let first = address.connect_at_start(Use::Reading).await?;
        let shared = Shared {
            address: address.clone(),
            permits: Semaphore::new(READING_CONNECTIONS),
            idle: Mutex::new(vec![first]),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// Takes a connection, or opens one.
    pub(in crate::engine) async fn take(&self) -> Result<Reader<'_>, StoreError> {
        let permit = timeout(PATIENCE, self.0.permits.acquire()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.pop_idle();
        let was_idle = idle.is_some();
        let line = match idle {
            Some(line) => line,
            None => self.0.address.connect_within(Use::Reading, PATIENCE).await?,
        };
        Ok(Reader { pool: self, line, was_idle, _permit: permit })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop_idle(&self) -> Option<Line> {
        let mut idle = self.idle();
        idle.retain(|line| !line.is_over());
        idle.pop()
    }

    /// Closes its connections.
    pub(in crate::engine) async fn close(&self) {
        self.0.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for line in idle {
            // A server that is away needs no farewell.
            let _ = line.close().await;
        }
    }
}

/// Is a connection that was taken. One that is dropped in the middle of a question is closed with it.
pub(in crate::engine) struct Reader<'p> {
    pool: &'p Readers,
    pub(in crate::engine) line: Line,
    was_idle: bool,
    _permit: SemaphorePermit<'p>,
}

impl Reader<'_> {
    /// Gives the connection back. Tells whether the question may be asked again: the connection had been lost while nobody
    /// used it, and so have the others.
    pub(in crate::engine) fn give_back(self) -> bool {
        let is_lost = self.line.is_over();
        let mut idle = self.pool.idle();
        if is_lost && self.was_idle {
            idle.clear();
        } else if !is_lost {
            idle.push(self.line);
        }
        is_lost && self.was_idle
    }
}
