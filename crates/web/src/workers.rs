//! Threads for long computing, apart from those that serve requests.

use std::sync::Arc;
use std::time::Duration;

use barid_app::{Job, Workers, Working};
use tokio::sync::Semaphore;

/// Lends threads of the runtime's pool for blocking work.
///
/// Whoever computes waits in one queue, first come, first served. All rows of lists together stand in it with as many
/// places as there are threads: so a search alone waits behind that many rows, however many lists are screened, and a list
/// has the threads to itself while nobody searches.
pub struct SearchThreads {
    permits: Arc<Semaphore>,
    /// The places of rows in the queue of the others.
    places_of_rows: Arc<Semaphore>,
    longest_wait: Duration,
}

impl SearchThreads {
    /// Lets so many compute at once, and others wait so long for their turn.
    pub fn new(at_once: usize, longest_wait: Duration) -> Self {
        let at_once = at_once.max(1);
        let (permits, places_of_rows) = (Semaphore::new(at_once), Semaphore::new(at_once));
        Self { permits: Arc::new(permits), places_of_rows: Arc::new(places_of_rows), longest_wait }
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

    fn compute_behind(&self, job: Job) -> Working {
        let (permits, places, longest_wait) =
            (self.permits.clone(), self.places_of_rows.clone(), self.longest_wait);
        Box::pin(async move {
            let both = async {
                let place = places.acquire_owned().await.ok()?;
                Some((place, permits.acquire_owned().await.ok()?))
            };
            let Ok(Some(both)) = tokio::time::timeout(longest_wait, both).await else { return false };
            on_a_thread(move || {
                job();
                drop(both);
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
