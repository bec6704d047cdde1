//! The cluster suite: the real `barid serve` on a cluster of PostgreSQL, written to and searched over HTTP while leaders
//! are killed, frozen, cut off and handed over.
//!
//! Every write has one of three ends: acknowledged, refused, unknown. At the end, when the server was asked to stop, the
//! store is examined by itself: every acknowledged write stands at its place in the ledger and under its record, no refused
//! one is there, numbers have no gaps and none was given twice, the doctor finds nothing. How long nothing was acknowledged
//! and no search was answered is measured by the load itself.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamId};
use barid_store::{MasterKeySource, Store, StoreError, doctor};
use serde_json::{Value, json};

use crate::crash::{Choices, options, organisation};
use crate::patroni::{Cluster, Pace, Replication};

const WRITERS: u64 = 8;
const SEARCHERS: u64 = 2;
/// What a writer and a searcher rest between two of their requests, and after one that was not answered as hoped.
const REST: Duration = Duration::from_millis(20);
const REST_AFTER_REFUSAL: Duration = Duration::from_millis(100);
/// Longer than the server takes for a request at most.
const ANSWER_LIMIT: Duration = Duration::from_secs(75);
/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long writes may take to come back, at the very most.
const RETURN_LIMIT: Duration = Duration::from_secs(100);
/// What shows that writes are back: so many acknowledgements.
const BACK: u64 = 50;
/// Refused writes of which it is asked whether they are there, of each fault.
const REFUSED_ASKED: usize = 40;
/// How long replication stalls before the leader is killed.
const STALL: Duration = Duration::from_secs(2);

/// Names that are entered, with a number behind them: of the scripts that users write.
const NAMES: [&str; 7] = [
    "Марина Проверкина",
    "Musterperson",
    "مرجان آزمایشی",
    "عمر التجريبي",
    "उदाहरण नमूनावाला",
    "উদাহরণ পরীক্ষক",
    "赵测试",
];
/// Names that are searched for.
const SEARCHES: [&str; 4] = ["Тархан Батирашвили", "أيمن الظواهري", "हाफिज मुहम्मद सईद", "Musterperson"];

/// Is something that happens to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterFault {
    /// Patroni and database of the leader are killed at once.
    LeaderKilled,
    /// The database of the leader is killed; its Patroni lives.
    DatabaseKilled,
    /// The leader is frozen until another one is there, and thawed.
    LeaderFrozen,
    /// The leader's log goes to nobody for a while; then the leader is killed.
    ReplicationStalled,
    /// Everything is killed at once, and started again a second later.
    EverythingKilled,
    /// An administrator hands the role over.
    Switchover,
}

impl ClusterFault {
    /// Every fault.
    pub const ALL: [Self; 6] = [
        Self::Switchover,
        Self::DatabaseKilled,
        Self::LeaderKilled,
        Self::LeaderFrozen,
        Self::ReplicationStalled,
        Self::EverythingKilled,
    ];
    /// What the suite of the test command does.
    pub const SHORT: [Self; 3] = [Self::LeaderKilled, Self::LeaderFrozen, Self::EverythingKilled];

    /// What it is asked for by.
    pub fn word(self) -> &'static str {
        match self {
            Self::LeaderKilled => "killed",
            Self::DatabaseKilled => "database",
            Self::LeaderFrozen => "frozen",
            Self::ReplicationStalled => "stalled",
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
            Self::ReplicationStalled => "replication stalled 2 s, then leader killed",
            Self::EverythingKilled => "everything killed, started after 1 s",
            Self::Switchover => "planned switchover",
        }
    }

    /// The longest that nothing may be acknowledged. Generous: these are bounds against a cluster that does not come back,
    /// on a busy machine; what it took is in the table.
    fn write_gap_ceiling(self) -> Duration {
        Duration::from_secs(match self {
            Self::LeaderKilled | Self::LeaderFrozen | Self::ReplicationStalled => 75,
            Self::DatabaseKilled | Self::EverythingKilled => 45,
            Self::Switchover => 30,
        })
    }

    /// The longest that no search may be answered: they go on without the database, once it is noticed that it is away.
    fn search_gap_ceiling(self) -> Duration {
        Duration::from_secs(15)
    }
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Acknowledged { record: RecordId, entry: EntryHash, place: Position },
    Refused,
    Unknown,
}

/// Is a line of the table.
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// What happened.
    pub fault: String,
    /// The longest time without an acknowledgement.
    pub write_gap: Duration,
    /// The longest time without an answered search.
    pub search_gap: Duration,
    /// Writes acknowledged.
    pub acknowledged: usize,
    /// Of these, not there any more.
    pub lost: usize,
    /// Writes of which the client does not know.
    pub unknown: usize,
    /// Of these, there.
    pub unknown_present: usize,
    /// Writes refused.
    pub refused: usize,
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
            "| fault | write gap | acknowledged | lost | refused | outcome unknown (of these there) | longest search gap |\n\
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
                line.unknown,
                line.unknown_present,
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
    let place = Place::set_up(program, &cluster.address())?;
    say("the association is founded");
    let server = Server::serve(program, &place)?;
    let mut written = Vec::new();
    for fault in faults {
        let load = Load::start(&server.url, &place.token);
        load.wait_for(BACK)?;
        let happened = happen(&cluster, *fault, &load);
        let (line, ends) = load.stop(fault.name());
        say(&format!(
            "{}: nothing acknowledged for {:.1} s, no search answered for {:.1} s",
            fault.name(),
            line.write_gap.as_secs_f64(),
            line.search_gap.as_secs_f64()
        ));
        happened
            .map_err(|error| io::Error::other(format!("{}: {error}\n{}", fault.name(), cluster.state())))?;
        for (what, gap, ceiling) in [
            ("acknowledged", line.write_gap, fault.write_gap_ceiling()),
            ("answered", line.search_gap, fault.search_gap_ceiling()),
        ] {
            if gap > ceiling {
                tally.faults.push(format!("{}: nothing {what} for {gap:.1?}", fault.name()));
            }
        }
        written.push((line, ends));
    }
    server.stop(&mut tally)?;
    let examined = examine(&place, written, &mut tally);
    finish(examined, &place, &mut tally)?;
    Ok(tally)
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
    let load = Load::start(&server.url, &place.token);
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
    let ended = load.stop("replication stalled 2 s, then leader killed: ASYNCHRONOUS");
    drop(server);
    say("examining what is left");
    examine(&place, vec![ended], &mut tally).map_err(io::Error::other)?;
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

fn happen(cluster: &Cluster, fault: ClusterFault, load: &Load) -> io::Result<()> {
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
            std::thread::sleep(STALL);
            cluster.kill_node(leader)?;
            load.wait_for(BACK)?;
            cluster.start_node(leader)?;
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

/// A data directory whose database is on a cluster.
struct Place {
    directory: tempfile::TempDir,
    token: String,
}

impl Place {
    fn new(address: &str) -> io::Result<Self> {
        let place = Self { directory: tempfile::tempdir()?, token: String::new() };
        std::fs::create_dir(place.data())?;
        let file = place.data().join("database");
        std::fs::write(&file, address)?;
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(place)
    }

    /// Has the program found the exercise association there, with the UN's list.
    fn set_up(program: &Path, address: &str) -> io::Result<Self> {
        let mut place = Self::new(address)?;
        let handover = place.directory.path().join("handover");
        let mut command = Command::new(program);
        command.arg("demo").arg("--data-dir").arg(place.data()).args(["--port", "0"]);
        command.arg("--handover").arg(&handover).stdout(Stdio::null()).env("BARID_LOG", "error");
        let mut process = command.spawn()?;
        let text = await_file(&handover, &mut process);
        terminate(&mut process)?;
        let told: Value = serde_json::from_str(&text?)?;
        place.token = told["token"].as_str().ok_or_else(|| io::Error::other("no token"))?.to_owned();
        Ok(place)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }
}

/// Waits until a process has written a file.
fn await_file(path: &Path, process: &mut Child) -> io::Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < START_LIMIT {
        if let Ok(text) = std::fs::read_to_string(path)
            && !text.is_empty()
        {
            return Ok(text);
        }
        if let Some(status) = process.try_wait()? {
            return Err(io::Error::other(format!("the program ended before it answered: {status}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(io::Error::other("the program does not answer"))
}

/// Asks a process to end, and waits.
fn terminate(process: &mut Child) -> io::Result<std::process::ExitStatus> {
    Command::new("kill").arg("-s").arg("TERM").arg(process.id().to_string()).status()?;
    process.wait()
}

/// Is a server in a process of its own; killed when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn serve(program: &Path, place: &Place) -> io::Result<Self> {
        let ready = place.directory.path().join("ready");
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(place.data());
        command.arg("--ready-file").arg(&ready).stdout(Stdio::null());
        let log = std::env::var("BARID_LOG").unwrap_or_else(|_| "off".into());
        let mut process = command.env("BARID_LOG", log).spawn()?;
        match await_file(&ready, &mut process) {
            Ok(url) => Ok(Self { process, url }),
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                Err(error)
            }
        }
    }

    /// Asks the server to stop, which it does in good order.
    fn stop(mut self, tally: &mut ClusterTally) -> io::Result<()> {
        let status = terminate(&mut self.process)?;
        if !status.success() {
            tally.faults.push(format!("the server ended with {status}"));
        }
        Ok(())
    }
}

/// What a load was answered.
#[derive(Default)]
struct Heard {
    ends: Vec<(IdempotencyKey, End)>,
    acknowledged_at: Vec<Instant>,
    found_at: Vec<Instant>,
}

/// Is a load on a server: writers and searchers, each waiting for its answers.
struct Load {
    stopping: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    heard: Arc<Mutex<Heard>>,
    threads: Vec<JoinHandle<()>>,
    begun: Instant,
}

impl Load {
    fn start(url: &str, token: &str) -> Self {
        let mut load = Self {
            stopping: Arc::default(),
            acknowledged: Arc::default(),
            heard: Arc::default(),
            threads: Vec::new(),
            begun: Instant::now(),
        };
        for number in 0..WRITERS + SEARCHERS {
            let caller = Caller {
                url: url.to_owned(),
                token: token.to_owned(),
                agent: ureq::Agent::new_with_config(
                    ureq::Agent::config_builder()
                        .http_status_as_error(false)
                        .timeout_global(Some(ANSWER_LIMIT))
                        .build(),
                ),
                stopping: load.stopping.clone(),
                acknowledged: load.acknowledged.clone(),
                heard: load.heard.clone(),
            };
            load.threads.push(std::thread::spawn(move || {
                if number < WRITERS { caller.write(number) } else { caller.search() }
            }));
        }
        load
    }

    /// Waits until so many more writes are acknowledged.
    fn wait_for(&self, more: u64) -> io::Result<()> {
        let wanted = self.acknowledged.load(Ordering::Relaxed) + more;
        let begun = Instant::now();
        while self.acknowledged.load(Ordering::Relaxed) < wanted {
            if begun.elapsed() > RETURN_LIMIT {
                return Err(io::Error::other("writes do not come back"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops; gives what was measured and how each write ended.
    fn stop(self, fault: &str) -> (Line, Vec<(IdempotencyKey, End)>) {
        self.stopping.store(true, Ordering::Relaxed);
        let ended = Instant::now();
        for thread in self.threads {
            // A thread that died has told nothing more; what it told counts.
            let _ = thread.join();
        }
        let heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let count = |wanted: fn(&End) -> bool| heard.ends.iter().filter(|(_, end)| wanted(end)).count();
        let line = Line {
            fault: fault.to_owned(),
            write_gap: longest_gap(self.begun, heard.acknowledged_at, ended),
            search_gap: longest_gap(self.begun, heard.found_at, ended),
            acknowledged: count(|end| matches!(end, End::Acknowledged { .. })),
            refused: count(|end| *end == End::Refused),
            unknown: count(|end| *end == End::Unknown),
            ..Line::default()
        };
        (line, heard.ends)
    }
}

/// The longest time in which nothing happened.
fn longest_gap(begun: Instant, mut moments: Vec<Instant>, ended: Instant) -> Duration {
    moments.retain(|moment| *moment < ended);
    moments.extend([begun, ended]);
    moments.sort();
    moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// One who asks the server.
struct Caller {
    url: String,
    token: String,
    agent: ureq::Agent,
    stopping: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    heard: Arc<Mutex<Heard>>,
}

impl Caller {
    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, path: &str, key: Option<IdempotencyKey>, body: &Value) -> Option<(u16, Value)> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        request = request.header("authorization", format!("Bearer {}", self.token));
        if let Some(key) = key {
            request = request.header("idempotency-key", key.to_string());
        }
        let mut response = request.send_json(body).ok()?;
        let status = response.status().as_u16();
        Some((status, response.body_mut().read_json().unwrap_or(Value::Null)))
    }

    fn write(&self, writer: u64) {
        let mut choices = Choices::of(&[writer, u64::from(std::process::id()), nanoseconds()]);
        let mut number = 0;
        while !self.stopping.load(Ordering::Relaxed) {
            number += 1;
            let name = NAMES[choices.below(NAMES.len() as u64) as usize];
            let key = IdempotencyKey::from_random(choices.bytes());
            let end = end_of(self.post("/v1/persons", Some(key), &submission(name, writer, number)));
            let was_acknowledged = matches!(end, End::Acknowledged { .. });
            let mut heard = self.heard();
            if was_acknowledged {
                heard.acknowledged_at.push(Instant::now());
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            heard.ends.push((key, end));
            drop(heard);
            std::thread::sleep(if was_acknowledged { REST } else { REST_AFTER_REFUSAL });
        }
    }

    fn search(&self) {
        let mut number = 0;
        while !self.stopping.load(Ordering::Relaxed) {
            number += 1;
            let body = json!({
                "purpose": "border-control", "reference": "lane 4", "query": SEARCHES[number % SEARCHES.len()],
            });
            let answered = self.post("/v1/search", None, &body);
            let is_found = answered.is_some_and(|(status, body)| {
                status == 200 && body["candidates"].as_array().is_some_and(|found| !found.is_empty())
            });
            if is_found {
                self.heard().found_at.push(Instant::now());
            }
            std::thread::sleep(if is_found { REST } else { REST_AFTER_REFUSAL });
        }
    }
}

fn nanoseconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

fn submission(name: &str, writer: u64, number: u64) -> Value {
    // Letters, because digits are no part of a name.
    let letters: String =
        format!("{writer}{number}").bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect();
    json!({
        "purpose": "criminal-investigation", "reference": "CASE 2026/114",
        "terms": {
            "purpose": "criminal-investigation", "handling": {"code": "H1"}, "classification": "official-use",
            "source_grade": "A", "information_grade": "1", "review_in_days": 365,
        },
        "person": {
            "names": [{"text": format!("{name} {letters}"), "kind": "primary"}], "sex": "not-known",
            "births": ["1971"], "stated": {"statuses": ["missing"]},
        },
    })
}

/// Reads how a write ended. An answer that never came, and one that can't be read, leave it open.
fn end_of(answered: Option<(u16, Value)>) -> End {
    match answered {
        Some((201, receipt)) => acknowledged(&receipt).unwrap_or(End::Unknown),
        None | Some((0..400, _)) => End::Unknown,
        Some((_, problem)) if problem["code"] == "outcome-unknown" => End::Unknown,
        Some(_) => End::Refused,
    }
}

fn acknowledged(receipt: &Value) -> Option<End> {
    let entry = &receipt["entries"][0];
    let stream: StreamId = entry["stream"].as_str()?.parse().ok()?;
    Some(End::Acknowledged {
        record: receipt["records"][0].as_str()?.parse().ok()?,
        entry: entry["entry"].as_str()?.parse().ok()?,
        place: Position { stream, seq: entry["seq"].as_u64()? },
    })
}

/// Examines the store by itself; gives the table's lines their counts.
fn examine(
    place: &Place,
    written: Vec<(Line, Vec<(IdempotencyKey, End)>)>,
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
    written: Vec<(Line, Vec<(IdempotencyKey, End)>)>,
    tally: &mut ClusterTally,
) -> Result<(), StoreError> {
    let owner = organisation("XA");
    let ledger = read_ledger(store, tally).await?;
    let mut given = HashSet::new();
    for (mut line, ends) in written {
        let mut refused_asked = 0;
        for (key, end) in ends {
            match end {
                End::Acknowledged { record, entry, place } => {
                    if !given.insert(place) {
                        tally.faults.push(format!("number {} was given twice", place.seq));
                    }
                    let is_there = stands(store, &ledger, owner, key, record, entry, place).await?;
                    line.lost += usize::from(!is_there);
                }
                End::Unknown => {
                    line.unknown_present += usize::from(store.outcome(owner, key).await?.is_some());
                }
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
fn finish(examined: Result<(), StoreError>, place: &Place, tally: &mut ClusterTally) -> io::Result<()> {
    examined.map_err(io::Error::other)?;
    let report = runtime()?.block_on(doctor(&place.data(), &MasterKeySource::DataDirectory));
    match report {
        Ok(report) if report.is_sound() => {}
        Ok(report) => tally.faults.push(format!("doctor: {report}")),
        Err(error) => tally.faults.push(format!("doctor: {error}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_measured_from_the_beginning_to_the_end() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(longest_gap(begun, vec![], at(9)), Duration::from_secs(9));
        assert_eq!(longest_gap(begun, vec![at(8), at(1), at(2)], at(9)), Duration::from_secs(6));
        assert_eq!(longest_gap(begun, vec![at(1), at(2)], at(9)), Duration::from_secs(7));
        assert_eq!(longest_gap(begun, vec![at(12)], at(9)), Duration::from_secs(9), "too late to count");
    }

    #[test]
    fn an_answer_that_can_not_be_read_leaves_the_outcome_open() {
        assert_eq!(end_of(None), End::Unknown);
        assert_eq!(end_of(Some((503, json!({"code": "outcome-unknown"})))), End::Unknown);
        assert_eq!(end_of(Some((201, json!({})))), End::Unknown);
        assert_eq!(end_of(Some((500, json!({"code": "internal"})))), End::Refused);
    }

    #[test]
    fn names_of_writes_have_no_digits() {
        for name in NAMES {
            let text = submission(name, 3, 1907)["person"]["names"][0]["text"].to_string();
            assert!(!text.bytes().any(|byte| byte.is_ascii_digit()), "{text}");
        }
    }
}
