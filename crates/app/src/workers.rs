//! Where long computing is done: on threads that the layer above lends, so that a use case that computes holds nobody
//! up who only waits.
//!
//! Invariant: under a server, nothing waits for the lock of the index on a thread that serves requests; while a long
//! search reads it, whoever wants to write it waits, and behind the writer every other reader.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::App;
use crate::error::AppError;
use crate::index::StandingIndex;

/// Is a piece of work.
pub type Job = Box<dyn FnOnce() + Send>;
/// Ends when a piece of work was done; `false` where it was not begun, because too many wait.
pub type Working = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Lends threads. Without it, work is done at once where it comes up: right for a program with one caller.
pub trait Workers: Send + Sync {
    /// Does work that computes for long; few at a time, and turned away after a while of waiting.
    fn compute(&self, job: Job) -> Working;
    /// Does one of many pieces of work that computes for long and that nobody waits for by itself: all such pieces
    /// together get a bounded share of the threads, so that whoever waits for a piece of his own gets his turn.
    fn compute_behind(&self, job: Job) -> Working;
    /// Does work that is short, but may wait for a lock that computing holds; never turned away.
    fn wait(&self, job: Job) -> Working;
}

impl App {
    /// Takes the threads that work is done on from now on; the first ones stay.
    pub fn work_on(&self, workers: Arc<dyn Workers>) {
        // Where some are lent already these are not needed.
        let _ = self.workers.set(workers);
    }

    /// Computes on the index for long.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StandingIndex) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.lend(work, |workers, job| workers.compute(job)).await
    }

    /// Computes on the index for long, for one of many rows.
    pub(crate) async fn compute_behind<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StandingIndex) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.lend(work, |workers, job| workers.compute_behind(job)).await
    }

    /// Does something short with the index, once its lock is free.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StandingIndex) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.lend(work, |workers, job| workers.wait(job)).await
    }

    async fn lend<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StandingIndex) -> T + Send + 'static,
        begin: impl FnOnce(&dyn Workers, Job) -> Working,
    ) -> Result<T, AppError> {
        let Some(workers) = self.workers.get() else { return Ok(work(&self.index)) };
        let done = Arc::new(Mutex::new(None));
        let (index, place) = (self.index.clone(), done.clone());
        let job = Box::new(move || {
            let result = work(&index);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        });
        if !begin(workers.as_ref(), job).await {
            return Err(AppError::Overloaded);
        }
        done.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(AppError::Overloaded)
    }
}
