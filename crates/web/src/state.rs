//! What every handler shares: the app, the limits, the meters.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderName;
use barid_api::terms::TermsOffered;
use barid_app::App;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::Faults;
use barid_domain::ids::OrganisationCode;
use barid_domain::terms::Terms;
use tokio::sync::Semaphore;

use crate::backups::BackupWatch;
use crate::metering::Meters;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Sets the limits of the server; the default is right for a node on a small machine.
#[derive(Clone)]
pub struct WebOptions {
    /// The clock, from which review days are counted.
    pub clock: Clock,
    /// How many requests are worked on at once; more are turned away as `busy`.
    pub requests_at_once: usize,
    /// How many searches compute at once, on threads of their own; others wait.
    pub searches_at_once: usize,
    /// How many parts of lists are screened at once; more are turned away as `busy`, and leave requests for others.
    pub screenings_at_once: usize,
    /// How many streams of rows are answered at once; more are turned away as `busy`, and of one organisation more than half
    /// of them.
    pub streams_at_once: usize,
    /// How many checkpoints of other nodes are read and countersigned at once; more are turned away as `busy`.
    pub countersignings_at_once: usize,
    /// Set when the server stops: streams end with what they have, since they have no end of their own.
    pub stopping: Arc<AtomicBool>,
    /// How long a search waits for its turn before it is turned away as `busy`.
    pub search_wait: Duration,
    /// How long a request waits until this server shows the write whose position it names.
    pub position_wait: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long a request may take.
    pub request_time: Duration,
    /// How the backups go, where the node takes any.
    pub backups: Option<Arc<BackupWatch>>,
    /// How many passwords are hashed at once.
    pub passwords_at_once: usize,
    /// How many requests of those who are not signed in are answered at once; more are turned away as `busy`.
    pub sign_ins_at_once: usize,
    /// The header in which the proxy before the server tells where a request comes from; without it the connection tells.
    pub client_address_header: Option<HeaderName>,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(system_time),
            requests_at_once: 512,
            searches_at_once: std::thread::available_parallelism().map_or(1, usize::from),
            screenings_at_once: 8,
            streams_at_once: 8,
            countersignings_at_once: 8,
            stopping: Arc::new(AtomicBool::new(false)),
            search_wait: Duration::from_secs(5),
            position_wait: Duration::from_secs(3),
            body_time: Duration::from_secs(30),
            request_time: Duration::from_secs(60),
            backups: None,
            passwords_at_once: 2,
            sign_ins_at_once: 32,
            client_address_header: None,
        }
    }
}

/// Is what the handlers share.
pub(crate) struct Web {
    pub(crate) app: Arc<App>,
    pub(crate) options: WebOptions,
    pub(crate) permits: Semaphore,
    pub(crate) screenings: Semaphore,
    /// Where streams of rows are answered.
    pub(crate) streams: Places,
    /// Parts of streams that are screened or wait for it: half of the places, so that who doesn't queue finds one too.
    pub(crate) stream_parts: Semaphore,
    /// Where pictures are read and wait for their turn.
    pub(crate) picture_places: Places,
    /// One picture is taken in at a time.
    pub(crate) pictures: Semaphore,
    /// Where checkpoints of other nodes are read and countersigned.
    pub(crate) countersignings: Semaphore,
    /// Passwords are hashed by few at once.
    pub(crate) passwords: Semaphore,
    /// Where those are answered who are not signed in yet.
    pub(crate) open_places: Arc<Semaphore>,
    /// How many requests did not tell where they come from, though a proxy should.
    pub(crate) untold: AtomicU64,
    pub(crate) meters: Meters,
    pub(crate) requests: AtomicU64,
    pub(crate) description: String,
}

/// How many pictures are read and wait at once: each is up to 10 MiB of memory.
const PICTURE_PLACES: usize = 8;
/// How many of these are one organisation's.
const PICTURE_PLACES_OF_ONE: usize = 2;

/// Places for long work of which one organisation gets a share: a slow line of one keeps no other away.
pub(crate) struct Places {
    taken: Arc<Mutex<Vec<OrganisationCode>>>,
    most: usize,
    of_one: usize,
}

/// Is a place, until it is dropped.
pub(crate) struct Place {
    places: Arc<Mutex<Vec<OrganisationCode>>>,
    organisation: OrganisationCode,
}

impl Places {
    fn new(most: usize, of_one: usize) -> Self {
        Self { taken: Arc::default(), most, of_one }
    }

    /// Takes a place for an organisation; `None` where all are taken, or all of its own.
    pub(crate) fn take(&self, organisation: OrganisationCode) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.iter().filter(|holder| **holder == organisation).count();
        if taken.len() >= self.most || own >= self.of_one {
            return None;
        }
        taken.push(organisation);
        Some(Place { places: self.taken.clone(), organisation })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = taken.iter().position(|holder| *holder == self.organisation) {
            taken.swap_remove(at);
        }
    }
}

pub(crate) type Shared = Arc<Web>;

impl Web {
    pub(crate) fn new(app: Arc<App>, options: WebOptions, description: String) -> Shared {
        Arc::new(Self {
            permits: Semaphore::new(options.requests_at_once),
            screenings: Semaphore::new(options.screenings_at_once),
            streams: Places::new(options.streams_at_once, options.streams_at_once.div_ceil(2)),
            stream_parts: Semaphore::new((options.screenings_at_once / 2).max(1)),
            picture_places: Places::new(PICTURE_PLACES, PICTURE_PLACES_OF_ONE),
            pictures: Semaphore::new(1),
            countersignings: Semaphore::new(options.countersignings_at_once),
            passwords: Semaphore::new(options.passwords_at_once),
            open_places: Arc::new(Semaphore::new(options.sign_ins_at_once)),
            untold: AtomicU64::new(0),
            app,
            options,
            meters: Meters::new(),
            requests: AtomicU64::new(0),
            description,
        })
    }

    pub(crate) fn today(&self) -> Day {
        (self.options.clock)().day()
    }

    /// The terms that were offered, as they would have been read a day ago.
    pub(crate) fn terms_of_yesterday(&self, offered: &TermsOffered) -> Option<Terms> {
        offered.read(self.today().saturating_add(-1), &mut Faults::default())
    }
}

fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_takes_some_of_the_places_for_pictures_and_gives_them_back() {
        let code = |text: &str| OrganisationCode::new(text).unwrap();
        let places = Places::new(PICTURE_PLACES, PICTURE_PLACES_OF_ONE);
        let first = places.take(code("XA")).unwrap();
        let _second = places.take(code("XA")).unwrap();
        assert!(places.take(code("XA")).is_none(), "all of its own");
        let of_others: Vec<Place> = ["XB", "XB", "XC", "XC", "XD", "XD"]
            .map(|other| places.take(code(other)).unwrap())
            .into_iter()
            .collect();
        assert!(places.take(code("XE")).is_none(), "all");
        drop(first);
        assert!(places.take(code("XE")).is_some());
        drop(of_others);
        assert!(places.take(code("XA")).is_some() && places.take(code("XB")).is_some());
    }
}
