//! Work that is done when a test lets it.

use std::sync::Arc;

use barid_app::{Job, Workers, Working};
use barid_testkit::world::World;
use tokio::sync::Semaphore;

/// Tells what has begun, and lets it go on.
pub(crate) struct Held {
    pub(crate) begun: Semaphore,
    pub(crate) go_on: Semaphore,
}

/// Holds back from now on what a world computes.
pub(crate) fn hold_back(world: &World) -> Arc<Held> {
    let held = Arc::new(Held { begun: Semaphore::new(0), go_on: Semaphore::new(0) });
    world.app.work_on(Arc::new(Holding(held.clone())));
    held
}

struct Holding(Arc<Held>);

impl Workers for Holding {
    fn compute(&self, job: Job) -> Working {
        let held = self.0.clone();
        Box::pin(async move {
            held.begun.add_permits(1);
            held.go_on.acquire().await.unwrap().forget();
            job();
            true
        })
    }

    fn compute_behind(&self, job: Job) -> Working {
        self.compute(job)
    }

    fn wait(&self, job: Job) -> Working {
        job();
        Box::pin(std::future::ready(true))
    }
}
