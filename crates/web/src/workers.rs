//! Threads for long computing, apart from those that serve requests.

use std::sync::Arc;
use std::time::Duration;

use barid_app::{Job, Workers, Working};
use tokio::sync::Semaphore;

/// Lends threads of the runtime's pool for blocking work.
pub struct SearchThreads {
    permits: Arc<Semaphore>,
    longest_wait: Duration,
}

impl SearchThreads {
    /// Lets so many compute at once, and others wait so long for their turn.
    pub fn new(at_once: usize, longest_wait: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once.max(1))), longest_wait }
    }
}

impl Workers for SearchThreads {
    fn compute(&self, job: Job) -> Working {
        let (permits, longest_wait) = (self.permits.clone(), self.longest_wait);
        Box::pin(async move {
            let Ok(Ok(permit)) = tokio::time::timeout(longest_wait, permits.acquire_owned()).await else {
                return false;
            };
            // The permit goes with the work: it is not free again because its caller went away.
            on_a_thread(move || {
                job();
                drop(permit);
            })
            .await
        })
    }

    fn wait(&self, job: Job) -> Working {
        Box::pin(on_a_thread(job))
    }
}

async fn on_a_thread(work: impl FnOnce() + Send + 'static) -> bool {
    match tokio::task::spawn_blocking(work).await {
        Ok(()) => true,
        // A panic is answered like one of the handler itself.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime shuts down.
        Err(_) => false,
    }
}
