//! Whether the database is there: what is asked of it while it is away fails at once, instead of waiting each for itself.
//!
//! Whoever takes the pulse says so; without one a database is always taken to be there, as a file is.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::StoreError;

/// Says whether the database is away; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Presence(Arc<watch::Sender<bool>>);

impl Presence {
    /// Begins with the database there.
    pub(crate) fn there() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn is_away(&self) -> bool {
        *self.0.borrow()
    }

    /// Tells whether the database is away, or is found to be within a time.
    pub(crate) async fn is_found_away(&self, within: Duration) -> bool {
        // The sender is ours: it does not go while this waits.
        tokio::time::timeout(within, self.0.subscribe().wait_for(|away| *away)).await.is_ok()
    }

    /// Notes what the pulse said; `true` where that is new.
    pub(crate) fn note(&self, is_away: bool) -> bool {
        self.0.send_if_modified(|away| std::mem::replace(away, is_away) != is_away)
    }

    /// Waits for an answer, unless the database is away, or is found to be meanwhile.
    pub(crate) async fn unless_away<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut told = self.0.subscribe();
        let away = async {
            // The sender is ours: it does not go while this waits.
            let _ = told.wait_for(|away| *away).await;
        };
        tokio::select! {
            biased;
            () = away => Err(StoreError::away()),
            answer = answer => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_when_the_database_goes() {
        let presence = Presence::there();
        assert!(!presence.is_found_away(Duration::from_millis(1)).await);
        assert_eq!(presence.unless_away(async { Ok(1) }).await.unwrap(), 1);
        let waiting = presence.unless_away(std::future::pending::<Result<u8, StoreError>>());
        let (answer, ()) = tokio::join!(waiting, async { assert!(presence.note(true)) });
        assert!(answer.is_err());
        assert!(presence.unless_away(async { Ok(1) }).await.is_err(), "and nobody waits from then on");
        assert!(presence.is_found_away(Duration::from_secs(60)).await);
        assert!(!presence.note(true) && presence.note(false));
        assert_eq!(presence.unless_away(async { Ok(1) }).await.unwrap(), 1);
    }
}
