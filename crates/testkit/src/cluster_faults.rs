//! The cluster suite: two servers of one node on a cluster of PostgreSQL, written to and searched over HTTP while leaders
//! are killed, frozen, cut off and handed over, and while one of the servers is killed.
//!
//! Every write has one of three ends: acknowledged, refused, unknown. At the end, when the servers were asked to stop, the
//! store is examined by itself: every acknowledged write stands at its place in the ledger and under its record, no refused
//! one is there, numbers have no gaps and none was given twice, the doctor finds nothing, and both servers find the same as
//! one that reads the streams anew. How long nothing was acknowledged and no search was answered at a server is measured by
//! the load itself.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use barid_app::{App, Ports};
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamId};
use barid_store::{MasterKeySource, Store, StoreError, doctor};

use crate::cluster_load::{BACK, End, Load, Measured, RETURN_LIMIT, SEARCHES, Write};
use crate::cluster_servers::{Place, Server};
use crate::crash::{Choices, options, organisation};
use crate::patroni::{Cluster, Pace, Replication};

/// How many servers are on the cluster at once.
const SERVERS: usize = 2;
/// The one of them that is killed.
const KILLED_SERVER: usize = 1;
/// Refused writes of which it is asked whether they are there, of each fault.
const REFUSED_ASKED: usize = 40;
/// How long replication stalls before the leader is killed.
const STALL: Duration = Duration::from_secs(3);
/// By how much one standby's log is stopped before the other one's.
const OVERTAKING: Duration = Duration::from_millis(500);
/// Of how many of the names that were entered in each fault it is asked what servers find for them.
const NAMES_COMPARED: usize = 12;

/// Is something that happens to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterFault {
    /// Patroni and database of the leader are killed at once.
    LeaderKilled,
    /// The database of the leader is killed; its Patroni lives.
    DatabaseKilled,
    /// The leader is frozen until another one is there, and thawed.
    LeaderFrozen,
    /// The leader's log goes to nobody for a while, in which a vacuum writes to it; then the leader is killed.
    ReplicationStalled,
    /// Everything is killed at once, and started again a second later.
    EverythingKilled,
    /// The same, but the log goes to the standby that nobody waits for a little longer: it has what its new leader has not.
    StandbyOvertaken,
    /// An administrator hands the role over.
    Switchover,
    /// One of the two servers is killed, and started again a second later.
    ServerKilled,
}

impl ClusterFault {
    /// Every fault.
    pub const ALL: [Self; 8] = [
        Self::ServerKilled,
        Self::Switchover,
        Self::DatabaseKilled,
        Self::LeaderKilled,
        Self::LeaderFrozen,
        Self::ReplicationStalled,
        Self::StandbyOvertaken,
        Self::EverythingKilled,
    ];
    /// What the suite of the test command does.
    pub const SHORT: [Self; 4] =
        [Self::ServerKilled, Self::LeaderKilled, Self::LeaderFrozen, Self::EverythingKilled];

    /// What it is asked for by.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeaderKilled => "killed",
            Self::DatabaseKilled => "database",
            Self::LeaderFrozen => "frozen",
            Self::ReplicationStalled => "stalled",
            Self::StandbyOvertaken => "overtaken",
            Self::ServerKilled => "server",
            Self::EverythingKilled => "everything",
            Self::Switchover => "switchover",
        }
    }

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeaderKilled => "leader killed, with its Patroni",
            Self::DatabaseKilled => "database process killed",
            Self::LeaderFrozen => "leader frozen, then thawed",
            Self::ReplicationStalled => "replication stalled 3 s, then leader killed",
            Self::StandbyOvertaken => "the same, the sync standby 0.5 s before the other one",
            Self::ServerKilled => "one `barid serve` killed, started after 1 s",
            Self::EverythingKilled => "everything killed, started after 1 s",
            Self::Switchover => "planned switchover",
        }
    }

    /// The longest that nothing may be acknowledged. Generous: these are bounds against a cluster that does not come back,
    /// on a busy machine; what it took is in the table.
    fn write_gap_ceiling(self) -> Duration {
        Duration::from_secs(match self {
            Self::LeaderKilled | Self::LeaderFrozen | Self::ReplicationStalled | Self::StandbyOvertaken => 75,
            Self::DatabaseKilled | Self::EverythingKilled => 45,
            Self::Switchover => 30,
            // At the server that lives.
            Self::ServerKilled => 10,
        })
    }

    /// The longest that no search may be answered: they go on without the database, once it is noticed that it is away.
    fn search_gap_ceiling(self) -> Duration {
        Duration::from_secs(15)
    }
}

/// Is a line of the table.
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// What happened.
    pub fault: String,
    /// The longest time without an acknowledgement at a server.
    pub write_gap: Duration,
    /// The longest time without an answered search at a server.
    pub search_gap: Duration,
    /// Writes acknowledged.
    pub acknowledged: usize,
    /// Of these, not there any more.
    pub lost: usize,
    /// Writes whose first answer left open what became of them.
    pub open: usize,
    /// Of these, acknowledged when they were repeated at the other server.
    pub settled: usize,
    /// Writes refused.
    pub refused: usize,
}

impl Line {
    fn new(fault: &str, measured: Measured, writes: &[Write]) -> Self {
        let count = |wanted: fn(&End) -> bool| writes.iter().filter(|write| wanted(&write.end)).count();
        Self {
            fault: fault.to_owned(),
            write_gap: measured.write_gap,
            search_gap: measured.search_gap,
            acknowledged: count(|end| matches!(end, End::Acknowledged { .. })),
            refused: count(|end| *end == End::Refused),
            open: measured.open,
            settled: measured.settled,
            lost: 0,
        }
    }
}

/// Is what a run came to.
#[derive(Debug, Default)]
pub struct ClusterTally {
    /// The table.
    pub lines: Vec<Line>,
    /// What is wrong.
    pub faults: Vec<String>,
}

impl ClusterTally {
    /// Shows the table as documentation has it.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| fault | write gap | acknowledged | lost | refused | outcome unknown (of these acknowledged at the other server) | longest search gap |\n\
             |---|---|---|---|---|---|---|\n",
        );
        for line in &self.lines {
            let _ = writeln!(
                text,
                "| {} | {:.1} s | {} | {} | {} | {} ({}) | {:.1} s |",
                line.fault,
                line.write_gap.as_secs_f64(),
                line.acknowledged,
                line.lost,
                line.refused,
                line.open,
                line.settled,
                line.search_gap.as_secs_f64(),
            );
        }
        text
    }
}

/// Runs faults one after another on one cluster that replicates strictly.
///
/// # Errors
/// What keeps the run from being made: a cluster that does not start, a program that does not answer.
pub fn run_strict(
    program: &Path,
    pace: Pace,
    faults: &[ClusterFault],
    say: impl Fn(&str),
) -> io::Result<ClusterTally> {
    let cluster = Cluster::start(Replication::Strict, pace)?;
    say("three nodes stand");
    let mut tally = ClusterTally::default();
    refuses_a_foreign_certificate(&cluster, &mut tally)?;
    let mut places = vec![Place::set_up(program, &cluster.address())?];
    while places.len() < SERVERS {
        places.push(places[0].join(program)?);
    }
    say("the association is founded, and the second server has joined");
    let mut servers = Servers::start(program, &places)?;
    let mut written = Vec::new();
    for fault in faults {
        let load = Load::start(servers.urls(), &places[0].token);
        load.wait_for(BACK)?;
        let happened = happen(&cluster, &mut servers, *fault, &load);
        let left_out = (*fault == ClusterFault::ServerKilled).then_some(KILLED_SERVER);
        let (measured, writes, told) = load.stop(left_out);
        let line = Line::new(fault.name(), measured, &writes);
        say(&format!(
            "{}: nothing acknowledged for {:.1} s, no search answered for {:.1} s",
            fault.name(),
            line.write_gap.as_secs_f64(),
            line.search_gap.as_secs_f64()
        ));
        happened
            .map_err(|error| io::Error::other(format!("{}: {error}\n{}", fault.name(), cluster.state())))?;
        tally.faults.extend(told.into_iter().map(|what| format!("{}: {what}", fault.name())));
        for (what, gap, ceiling) in [
            ("acknowledged", line.write_gap, fault.write_gap_ceiling()),
            ("answered", line.search_gap, fault.search_gap_ceiling()),
        ] {
            if gap > ceiling {
                tally.faults.push(format!("{}: nothing {what} for {gap:.1?}", fault.name()));
            }
        }
        written.push((line, writes));
    }
    find_the_same(servers, &written, &mut tally)?;
    say("both servers find what one does that reads everything anew");
    let examined = examine(&places[0], written, &mut tally);
    finish(examined, &places, &mut tally)?;
    Ok(tally)
}

/// Is the servers of a run, each on its directory.
struct Servers<'p> {
    program: &'p Path,
    places: &'p [Place],
    /// None where one was killed.
    running: Vec<Option<Server>>,
}

impl<'p> Servers<'p> {
    fn start(program: &'p Path, places: &'p [Place]) -> io::Result<Self> {
        let running = places.iter().map(|place| Server::serve(program, place).map(Some));
        Ok(Self { program, places, running: running.collect::<io::Result<_>>()? })
    }

    fn urls(&self) -> Vec<String> {
        self.running.iter().flatten().map(|server| server.url.clone()).collect()
    }

    fn kill(&mut self, at: usize) -> io::Result<()> {
        self.running[at].take().map_or(Ok(()), Server::kill)
    }

    /// Starts one again; gives where it answers.
    fn start_again(&mut self, at: usize) -> io::Result<String> {
        let server = Server::serve(self.program, &self.places[at])?;
        let url = server.url.clone();
        self.running[at] = Some(server);
        Ok(url)
    }
}

/// Asks every server for the same names, stops them, and asks one that has to read the streams from their beginning.
fn find_the_same(
    servers: Servers<'_>,
    written: &[(Line, Vec<Write>)],
    tally: &mut ClusterTally,
) -> io::Result<()> {
    let Servers { program, places, running } = servers;
    let token = &places[0].token;
    let mut names: Vec<String> = SEARCHES.map(str::to_owned).to_vec();
    for (_, writes) in written {
        let step = (writes.len() / NAMES_COMPARED).max(1);
        names.extend(writes.iter().step_by(step).map(|write| write.name.clone()));
    }
    let mut found = Vec::new();
    for server in running.iter().flatten() {
        found.push(server.found(token, &names)?);
    }
    for server in running.into_iter().flatten() {
        if let Err(error) = server.stop() {
            tally.faults.push(error.to_string());
        }
    }
    let runtime = runtime()?;
    for (number, place) in places.iter().enumerate() {
        // Out of the snapshot that was taken of what answered until now.
        let is_equal = runtime.block_on(index_equals_store(place)).map_err(io::Error::other)?;
        if !is_equal {
            tally.faults.push(format!("the index of server {number} is not what the store holds"));
        }
    }
    let anew = &places[SERVERS - 1];
    anew.forget_snapshots()?;
    let server = Server::serve(program, anew)?;
    let expected = server.found(token, &names)?;
    if expected.values().all(|candidates| candidates.as_array().is_none_or(Vec::is_empty)) {
        tally.faults.push("nothing is found at all".to_owned());
    }
    for (number, found) in found.iter().enumerate() {
        let different = names.iter().filter(|name| found.get(*name) != expected.get(*name)).count();
        if different > 0 {
            tally.faults.push(format!(
                "server {number} finds something else than an index that was built anew, for {different} of {} names",
                names.len()
            ));
        }
    }
    server.stop()
}

/// Nothing is written with these: what is drawn need only differ.
fn ports(place: &Place) -> Ports {
    let choices = std::sync::Mutex::new(Choices::of(&[u64::from(std::process::id())]));
    let draw = move |buffer: &mut [u8]| {
        let mut choices = choices.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        buffer.chunks_mut(16).for_each(|chunk| chunk.copy_from_slice(&choices.bytes::<16>()[..chunk.len()]));
    };
    Ports {
        clock: options(&place.data()).clock,
        random: std::sync::Arc::new(draw),
        tokens: std::sync::Arc::new(barid_app::NoTokens),
    }
}

async fn index_equals_store(place: &Place) -> Result<bool, String> {
    let code = |error: barid_app::AppError| error.code().to_owned();
    let store = Store::open(options(&place.data())).await.map_err(|error| error.code().to_owned())?;
    let app = App::start(store, ports(place)).await.map_err(code)?;
    let is_equal = app.index_equals_store().await.map_err(code)?;
    app.close().await.map_err(code)?;
    Ok(is_equal)
}

/// Stalls replication on a cluster that does not wait for it, and kills the leader: what was acknowledged meanwhile is lost,
/// and the examination must find that.
///
/// # Errors
/// As [`run_strict`].
pub fn run_planted(program: &Path, say: impl Fn(&str)) -> io::Result<Line> {
    let cluster = Cluster::start(Replication::Asynchronous, Pace::QUICK)?;
    say("three nodes stand, asynchronous");
    let mut tally = ClusterTally::default();
    let address = cluster.address();
    match opening(&address) {
        Err(why) if why.starts_with("database-not-replicated") => {}
        other => return Err(io::Error::other(format!("an asynchronous cluster is not refused: {other:?}"))),
    }
    let place = Place::set_up(program, &format!("{address}&replication=asynchronous"))?;
    let server = Server::serve(program, &place)?;
    let load = Load::start(vec![server.url.clone()], &place.token);
    load.wait_for(BACK)?;
    let leader = cluster.leader()?;
    cluster.stall_replication(leader)?;
    std::thread::sleep(STALL);
    cluster.kill_node(leader)?;
    let begun = Instant::now();
    while !cluster.leader().is_ok_and(|now| now != leader) {
        if begun.elapsed() > RETURN_LIMIT {
            return Err(io::Error::other("no other leader"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    say("there is another leader");
    // The server that runs meets the database that went back, and refuses to go on from there.
    std::thread::sleep(Duration::from_secs(5));
    let (measured, writes, _) = load.stop(None);
    let line = Line::new("replication stalled 3 s, then leader killed: ASYNCHRONOUS", measured, &writes);
    drop(server);
    say("examining what is left");
    examine(&place, vec![(line, writes)], &mut tally).map_err(io::Error::other)?;
    tally.lines.pop().ok_or_else(|| io::Error::other("no line"))
}

/// A server that shows a certificate of somebody else is not talked to.
fn refuses_a_foreign_certificate(cluster: &Cluster, tally: &mut ClusterTally) -> io::Result<()> {
    match opening(&cluster.address_with_a_foreign_certificate()) {
        Err(why) if why.contains("certificate") => {}
        other => tally.faults.push(format!("a server with a foreign certificate: {other:?}")),
    }
    Ok(())
}

/// Tries an address with a new directory; gives the code of what refuses it, and its causes.
fn opening(address: &str) -> Result<(), String> {
    let code = |error: StoreError| {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        causes.fold(error.code().to_owned(), |told, cause| format!("{told}: {cause}"))
    };
    let place = Place::new(address).map_err(|error| error.to_string())?;
    let runtime = runtime().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let store = Store::create(options(&place.data())).await.map_err(code)?;
        store.close().await;
        Ok(())
    })
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

fn happen(cluster: &Cluster, servers: &mut Servers<'_>, fault: ClusterFault, load: &Load) -> io::Result<()> {
    let leader = cluster.leader()?;
    match fault {
        ClusterFault::LeaderKilled => {
            cluster.kill_node(leader)?;
            load.wait_for(BACK)?;
            cluster.start_node(leader)?;
        }
        ClusterFault::DatabaseKilled => {
            cluster.kill_database(leader)?;
            load.wait_for(BACK)?;
        }
        ClusterFault::LeaderFrozen => {
            cluster.freeze(leader)?;
            let back = load.wait_for(BACK);
            // It goes on as if it were the leader still, while the new one is written to.
            cluster.thaw(leader)?;
            back?;
        }
        ClusterFault::ReplicationStalled => {
            cluster.stall_replication(leader)?;
            // More than a standby may lack, as Patroni has it without being told.
            cluster.write_log(leader)?;
            std::thread::sleep(STALL);
            cluster.kill_node(leader)?;
            load.wait_for(BACK)?;
            cluster.start_node(leader)?;
        }
        ClusterFault::StandbyOvertaken => {
            cluster.stall_sync_standby(leader)?;
            std::thread::sleep(OVERTAKING);
            cluster.stall_replication(leader)?;
            std::thread::sleep(STALL);
            cluster.kill_node(leader)?;
            load.wait_for(BACK)?;
            cluster.start_node(leader)?;
        }
        ClusterFault::ServerKilled => {
            servers.kill(KILLED_SERVER)?;
            let living: Vec<usize> = (0..SERVERS).filter(|server| *server != KILLED_SERVER).collect();
            load.wait_for_at(&living, BACK)?;
            std::thread::sleep(Duration::from_secs(1));
            load.moved(KILLED_SERVER, &servers.start_again(KILLED_SERVER)?);
            load.wait_for(BACK)?;
        }
        ClusterFault::EverythingKilled => {
            cluster.kill_everything()?;
            std::thread::sleep(Duration::from_secs(1));
            cluster.start_everything()?;
            load.wait_for(BACK)?;
        }
        ClusterFault::Switchover => {
            cluster.switch_over()?;
            load.wait_for(BACK)?;
        }
    }
    cluster.wait_until_whole(Replication::Strict)?;
    load.wait_for(BACK)
}

/// Examines the store by itself; gives the table's lines their counts.
fn examine(
    place: &Place,
    written: Vec<(Line, Vec<Write>)>,
    tally: &mut ClusterTally,
) -> Result<(), StoreError> {
    let runtime = runtime().map_err(|_| StoreError::Stopped)?;
    runtime.block_on(async {
        let store = Store::open(options(&place.data())).await?;
        let examined = examine_store(&store, written, tally).await;
        store.close().await;
        examined
    })
}

async fn examine_store(
    store: &Store,
    written: Vec<(Line, Vec<Write>)>,
    tally: &mut ClusterTally,
) -> Result<(), StoreError> {
    let owner = organisation("XA");
    let ledger = read_ledger(store, tally).await?;
    let mut given = HashSet::new();
    for (mut line, writes) in written {
        let mut refused_asked = 0;
        for Write { key, end, .. } in writes {
            match end {
                End::Acknowledged { record, entry, place } => {
                    if !given.insert(place) {
                        tally.faults.push(format!("number {} was given twice", place.seq));
                    }
                    let is_there = stands(store, &ledger, owner, key, record, entry, place).await?;
                    line.lost += usize::from(!is_there);
                }
                // Either is true.
                End::Unknown => {}
                End::Refused => {
                    refused_asked += 1;
                    if refused_asked <= REFUSED_ASKED && store.outcome(owner, key).await?.is_some() {
                        tally.faults.push(format!("{}: a refused write is there", line.fault));
                    }
                }
            }
        }
        if line.lost > 0 {
            tally.faults.push(format!("{}: {} acknowledged writes are lost", line.fault, line.lost));
        }
        tally.lines.push(line);
    }
    Ok(())
}

/// Reads what stands in every stream, and looks that no number is left out.
async fn read_ledger(
    store: &Store,
    tally: &mut ClusterTally,
) -> Result<HashMap<StreamId, Vec<EntryHash>>, StoreError> {
    let mut ledger = HashMap::new();
    for head in store.stream_heads().await? {
        let entries = store.leaf_hashes(head.stream, 0..head.size).await?;
        let different: HashSet<&EntryHash> = entries.iter().collect();
        if entries.len() as u64 != head.size || different.len() != entries.len() {
            tally.faults.push(format!("{} has gaps, or the same twice", head.stream));
        }
        ledger.insert(head.stream, entries);
    }
    Ok(ledger)
}

/// Tells whether an acknowledged write is there: under its key, under its record and at its place in the ledger.
async fn stands(
    store: &Store,
    ledger: &HashMap<StreamId, Vec<EntryHash>>,
    owner: OrganisationCode,
    key: IdempotencyKey,
    record: RecordId,
    entry: EntryHash,
    place: Position,
) -> Result<bool, StoreError> {
    let index = usize::try_from(place.seq).unwrap_or(0).wrapping_sub(1);
    let in_ledger = ledger.get(&place.stream).and_then(|entries| entries.get(index)) == Some(&entry);
    let head = store.head(record).await?;
    let under_record = head.is_some_and(|head| head.current == entry && head.position == place);
    let outcome = store.outcome(owner, key).await?;
    let under_key = outcome.is_some_and(|outcome| outcome.positions == [place]);
    Ok(in_ledger && under_record && under_key)
}

/// Has the doctor look at everything.
fn finish(examined: Result<(), StoreError>, places: &[Place], tally: &mut ClusterTally) -> io::Result<()> {
    examined.map_err(io::Error::other)?;
    for place in places {
        match runtime()?.block_on(doctor(&place.data(), &MasterKeySource::DataDirectory)) {
            Ok(report) if report.is_sound() => {}
            Ok(report) => tally.faults.push(format!("doctor: {report}")),
            Err(error) => tally.faults.push(format!("doctor: {error}")),
        }
    }
    Ok(())
}
