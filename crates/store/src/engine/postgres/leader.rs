//! The hosts of an address and the one among them that can be written to: asked all at once, because a frozen one does not
//! answer at all.
//!
//! A server that was the leader and does not know yet that it is not any more has an older timeline than its successor:
//! whoever has seen the younger one does not go back.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Row as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::address::{self, Replication};
use super::has_code;
use super::line::Line;
use crate::error::StoreError;

/// How long a host may take until it has let us in and has said what it is.
const GREETING: Duration = Duration::from_secs(4);
/// How long a start waits for a cluster that has no leader at the moment.
const START_PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(200);

/// What a server of several is asked: whether it stands by, the timeline it writes, whose copy it is.
const QUESTION: &str = "SELECT pg_is_in_recovery() AS stands_by,
    CASE WHEN pg_is_in_recovery() THEN '0' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline,
    system_identifier FROM pg_control_system()";
/// What a server that stands alone is asked: one behind a moving address may be a standby all the same.
const QUESTION_TO_ONE: &str = "SELECT pg_is_in_recovery() AS stands_by";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Writing,
    Reading,
}

/// Says where the server is, or the several of a cluster, and what was seen of them. Clones share it.
#[derive(Clone)]
pub(crate) struct Address(pub(super) Arc<Hosts>);

pub(super) struct Hosts {
    options: Vec<PgConnectOptions>,
    pub(super) replication: Replication,
    seen: Mutex<Seen>,
}

/// The youngest leader that was seen.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    timeline: u32,
    /// Names the cluster: made once, and the same on every copy.
    system: Option<i64>,
}

/// What a host answered.
enum Answer {
    Leader { timeline: u32, system: Option<i64> },
    StandsBy,
}

impl Address {
    /// Reads a `postgres://` address.
    pub(in crate::engine) fn parse(text: &str) -> Result<Self, StoreError> {
        let parsed = address::parse(text)?;
        if parsed.replication == Replication::Asynchronous {
            tracing::warn!(
                "the address says asynchronous: writes that were acknowledged can be lost with a server"
            );
        }
        let hosts = Hosts { options: parsed.hosts, replication: parsed.replication, seen: Mutex::default() };
        Ok(Self(Arc::new(hosts)))
    }

    /// Connects to the leader; of a cluster that has none yet it is waited for.
    pub(super) async fn connect_at_start(&self, purpose: Use) -> Result<Line, StoreError> {
        let patience = if self.0.is_of_cluster() { START_PATIENCE } else { Duration::ZERO };
        self.connect_within(purpose, patience).await
    }

    /// Connects to the leader; tries again for a while where that may help.
    pub(super) async fn connect_within(&self, purpose: Use, patience: Duration) -> Result<Line, StoreError> {
        let begun = Instant::now();
        loop {
            match self.connect(purpose).await {
                Err(error) if is_passing(&error) && begun.elapsed() < patience => sleep(AGAIN).await,
                connected => return connected,
            }
        }
    }

    /// Connects to the server, or to the one of several that can be written to.
    pub(super) async fn connect(&self, purpose: Use) -> Result<Line, StoreError> {
        let mut asked = JoinSet::new();
        for (host, options) in self.0.options.iter().enumerate() {
            let (hosts, options) = (self.0.clone(), options_for(options, purpose));
            asked.spawn(async move { (host, hosts.greet(&options).await) });
        }
        let mut failure = sqlx::Error::Io(io::Error::new(
            io::ErrorKind::NotConnected,
            "no server of the address can be written to",
        ));
        while let Some(answered) = asked.join_next().await {
            match answered {
                Ok((host, Ok((connection, Answer::Leader { timeline, system })))) => {
                    if self.0.accepts(timeline, system) {
                        return Ok(Line::new(connection, self.0.clone(), host, timeline));
                    }
                }
                // What a server itself says is worth more than that another is away.
                Ok((_, Err(error))) if !matches!(failure, sqlx::Error::Database(_)) => failure = error,
                Ok((_, Err(_) | Ok((_, Answer::StandsBy)))) | Err(_) => {}
            }
        }
        Err(failure.into())
    }
}

/// Tells whether an error may pass by itself: servers that are away, or starting, or none of which is the leader; but not a
/// wrong certificate or password.
fn is_passing(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else { return false };
    match &**error {
        // A certificate that does not verify is told as such.
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::InvalidData,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

fn options_for(options: &PgConnectOptions, purpose: Use) -> PgConnectOptions {
    match purpose {
        Use::Writing => options.clone(),
        Use::Reading => options.clone().options([("default_transaction_read_only", "on")]),
    }
}

impl Hosts {
    /// Tells whether a cluster stands behind the address: it has several hosts, or one that moves with the leader.
    fn is_of_cluster(&self) -> bool {
        self.options.len() > 1 || self.replication == Replication::Synchronous
    }

    /// The youngest timeline that was seen.
    pub(super) fn timeline(&self) -> u32 {
        self.seen().timeline
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // Two numbers that are set one after another are never half written.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a leader; `false` for one that is none any more, and for one of another cluster.
    fn accepts(&self, timeline: u32, system: Option<i64>) -> bool {
        let mut seen = self.seen();
        if timeline < seen.timeline || seen.system.is_some_and(|known| Some(known) != system) {
            return false;
        }
        *seen = Seen { timeline, system };
        true
    }

    /// Connects to a host and asks it what it is.
    async fn greet(&self, options: &PgConnectOptions) -> Result<(PgConnection, Answer), sqlx::Error> {
        let greeting = async {
            let mut connection = options.connect().await?;
            let asked = if self.is_of_cluster() {
                ask(&mut connection).await
            } else {
                ask_one(&mut connection).await
            };
            asked.map(|answer| (connection, answer))
        };
        timeout(GREETING, greeting).await.unwrap_or_else(|_| Err(silent()))
    }

    /// Tells whether a host answers still, and is the leader still, while something else is waited for.
    pub(super) async fn is_alive(&self, host: usize) -> bool {
        let Some(options) = self.options.get(host) else { return false };
        match self.greet(options).await {
            Ok((_, Answer::Leader { timeline, .. })) => timeline >= self.timeline(),
            Ok((_, Answer::StandsBy)) => false,
            // It says itself that it has no room, or is starting: it is there, and ends what it does not go on with.
            Err(error) => matches!(error, sqlx::Error::Database(_)),
        }
    }
}

async fn ask(connection: &mut PgConnection) -> Result<Answer, sqlx::Error> {
    let row = sqlx::query(QUESTION).fetch_one(connection).await?;
    if row.try_get("stands_by")? {
        return Ok(Answer::StandsBy);
    }
    let timeline: String = row.try_get("timeline")?;
    let timeline = u32::from_str_radix(&timeline, 16).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Answer::Leader { timeline, system: Some(row.try_get("system_identifier")?) })
}

/// Asks a server of which no other is known. One that has no such function has no standbys of this kind.
async fn ask_one(connection: &mut PgConnection) -> Result<Answer, sqlx::Error> {
    let stands_by = match sqlx::query_scalar(QUESTION_TO_ONE).fetch_one(connection).await {
        Err(error) if has_code(&error, &["42883", "0A000"]) => false,
        answered => answered?,
    };
    Ok(if stands_by { Answer::StandsBy } else { Answer::Leader { timeline: 0, system: None } })
}

/// Is what is said of a server that does not answer.
pub(super) fn silent() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database server does not answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_says_synchronous_is_of_a_cluster() {
        let is_of_cluster = |text: &str| Address::parse(text).unwrap().0.is_of_cluster();
        assert!(is_of_cluster("postgres:///barid?host=/run/a&replication=synchronous"));
        assert!(is_of_cluster("postgres:///barid?host=/run/a,/run/b&replication=asynchronous"));
        assert!(!is_of_cluster("postgres:///barid?host=/run/a"));
    }

    #[test]
    fn whoever_has_seen_a_younger_leader_does_not_go_back() {
        let address = Address::parse("postgres://127.0.0.1:1,127.0.0.1:2/barid").unwrap();
        let hosts = &address.0;
        assert!(hosts.accepts(3, Some(7)));
        assert!(hosts.accepts(3, Some(7)));
        assert!(!hosts.accepts(2, Some(7)), "one that was the leader");
        assert!(!hosts.accepts(4, Some(8)), "one of another cluster");
        assert!(hosts.accepts(4, Some(7)));
        assert_eq!(hosts.timeline(), 4);
    }
}
