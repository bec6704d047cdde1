//! PostgreSQL servers of the tests' own: Debian's programs, a directory in `/tmp`, a socket in it, everything synced.
//! Where `BARID_CONTRACT_DSN` has the address of another server, the cases that can run on any server run on that one,
//! each in a database that it makes and drops (`docs/operations/postgresql.md`, "Another server of this protocol").
//!
//! A server ends with the process that started it, by its id, however that process ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

/// A server in a directory of its own.
pub struct Cluster {
    directory: PathBuf,
    programs: PathBuf,
    keeper: Mutex<Option<Keeper>>,
    /// The address of a server that is not the tests' own.
    elsewhere: Option<String>,
}

/// Names the address of a server to run the contract on.
const DSN: &str = "BARID_CONTRACT_DSN";

/// The address of the server to run on, where it is not one of the tests' own.
pub fn elsewhere() -> Option<String> {
    std::env::var(DSN).ok().filter(|address| !address.is_empty())
}

/// Says something in the output of the suite, which shows nothing else of cases that pass.
fn tell(text: &str) {
    // Past the capture of `eprintln!`.
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// The databases that a case made on a server that is not the tests' own: dropped with it.
#[derive(Default)]
struct Made(Mutex<Vec<String>>);

tokio::task_local! {
    static MADE: std::sync::Arc<Made>;
}

/// Runs a case, and drops what it made on a server that stays.
pub async fn in_a_case(case: impl Future<Output = ()>) {
    MADE.scope(std::sync::Arc::default(), case).await;
}

/// Says that a case needs a server of its own.
pub fn leave_out(case: &str) {
    tell(&format!("left out: {case} needs a server of the tests' own"));
}

impl Drop for Made {
    fn drop(&mut self) {
        let names = std::mem::take(&mut *self.0.lock().unwrap());
        let Some(dsn) = elsewhere().filter(|_| !names.is_empty()) else { return };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&dsn).await.unwrap();
                for name in names {
                    // Not every server knows how to drop what somebody is connected to.
                    for how in [" WITH (FORCE)", " CASCADE", ""] {
                        let text = format!("DROP DATABASE IF EXISTS {name}{how}");
                        if sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.is_ok() {
                            break;
                        }
                    }
                }
            });
        });
        // One that could not be dropped is left; its name says whose it was.
        let _ = dropping.join();
    }
}

/// The shell that keeps a server.
struct Keeper {
    shell: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.shell.wait();
    }
}

/// The address of a database behind a socket in a directory.
fn address(directory: &Path, database: &str) -> String {
    format!("postgres:///{database}?host={}&user=barid", directory.display())
}

/// A line to a server that can be cut: the server learns nothing of it, and goes on with what it does.
pub struct Line {
    directory: tempfile::TempDir,
    cuts: tokio::sync::broadcast::Sender<()>,
}

impl Line {
    /// Lays a line to a server.
    pub fn to(cluster: &Cluster) -> Self {
        let directory = tempfile::Builder::new().prefix("barid-line-").tempdir_in("/tmp").unwrap();
        let socket = ".s.PGSQL.5432";
        let listener = tokio::net::UnixListener::bind(directory.path().join(socket)).unwrap();
        let server = cluster.directory.join(socket);
        let cuts = tokio::sync::broadcast::Sender::new(1);
        let told = cuts.clone();
        tokio::spawn(async move {
            let mut ends = Vec::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let mut there = tokio::net::UnixStream::connect(&server).await.unwrap();
                let mut cut = told.subscribe();
                ends.push(tokio::spawn(async move {
                    let through = tokio::io::copy_bidirectional(&mut here, &mut there);
                    tokio::select! {
                        _ = through => None,
                        _ = cut.recv() => Some(there),
                    }
                }));
            }
        });
        Self { directory, cuts }
    }

    /// The address of a database behind the line.
    pub fn address(&self, database: &str) -> String {
        address(self.directory.path(), database)
    }

    /// Cuts what goes over the line now.
    pub fn cut(&self) {
        self.cuts.send(()).unwrap();
    }
}

static SHARED: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Commits wait for a standby that never comes wherever a database says `synchronous_commit = on`: so a test stands
/// between a commit and its answer.
const SETTINGS: [&str; 5] = [
    "listen_addresses=",
    "max_connections=400",
    "synchronous_standby_names=nobody",
    "synchronous_commit=local",
    "autovacuum=off",
];
/// Runs the server until its input ends, then removes its directory; crashes and starts it on demand.
const KEEPER: &str = r#"
start() { "$0" "$@" >>log 2>&1 & pid=$!; }
start "$@"
while read -r word; do
    case $word in
        crash) kill -QUIT "$pid"; wait "$pid"; pid= ;;
        start) start "$@" ;;
    esac
    echo done
done
[ -n "$pid" ] && kill -QUIT "$pid" && wait "$pid"
directory=$PWD
cd / && rm -rf "$directory"
"#;
const PATIENCE: Duration = Duration::from_secs(60);

/// Who runs the server: a server refuses root.
fn server_user() -> Option<(u32, u32)> {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(of("postgres").or_else(|| of("nobody")).expect("a user that is not root"))
}

fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").map(|versions| {
        versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect::<Vec<_>>()
    });
    let mut versions = versions.unwrap_or_default();
    versions.retain(|programs| programs.join("initdb").exists());
    versions.sort();
    versions.pop().expect("PostgreSQL is missing: `cargo xtask test` installs it (Debian's name: postgresql)")
}

impl Cluster {
    /// The server that the cases of this process share.
    pub fn shared() -> &'static Self {
        SHARED.get_or_init(|| match elsewhere() {
            Some(address) => Self::at(address),
            None => Self::start(),
        })
    }

    /// A server that is there already, and stays.
    fn at(address: String) -> Self {
        let (directory, programs) = (PathBuf::new(), PathBuf::new());
        Self { directory, programs, keeper: Mutex::new(None), elsewhere: Some(address) }
    }

    /// The engine and its version, as the server says them.
    pub async fn version(&self) -> String {
        let mut connection = self.connect_as_maker().await;
        let version: String =
            sqlx::query_scalar("SELECT version()::text").fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        version
    }

    /// Tells on what the suite runs.
    pub async fn tell_version(&self) {
        let whose = if self.elsewhere.is_some() { DSN } else { "a server of the tests' own" };
        tell(&format!("contract on {whose}: {}", self.version().await));
    }

    /// Connects to a database in which databases can be made.
    async fn connect_as_maker(&self) -> PgConnection {
        match &self.elsewhere {
            Some(address) => PgConnection::connect(address).await.unwrap(),
            None => self.connect("postgres").await,
        }
    }

    /// Starts a server.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("barid-pg-").tempdir_in("/tmp").unwrap().keep();
        if let Some((user, group)) = server_user() {
            std::os::unix::fs::chown(&directory, Some(user), Some(group)).unwrap();
        }
        let cluster = Self { directory, programs: programs(), keeper: Mutex::new(None), elsewhere: None };
        let made = cluster
            .command("initdb")
            .args([
                "-U",
                "barid",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
                "--no-instructions",
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.keep();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = if program == "sh" { PathBuf::from(program) } else { self.programs.join(program) };
        let mut command = Command::new(program);
        command.current_dir(&self.directory).env("PGDATA", self.data()).env("LC_ALL", "C");
        if let Some((user, group)) = server_user() {
            command.uid(user).gid(group);
        }
        command
    }

    fn keep(&self) {
        let mut keeper = self.command("sh");
        keeper.arg("-c").arg(KEEPER).arg(self.programs.join("postgres")).arg("-k").arg(&self.directory);
        for setting in SETTINGS {
            keeper.args(["-c", setting]);
        }
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = keeper.spawn().unwrap();
        let (words, answers) = (shell.stdin.take(), BufReader::new(shell.stdout.take().unwrap()));
        *self.keeper.lock().unwrap() = Some(Keeper { shell, words, answers });
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        let is_ready = || {
            let mut ready = self.command("pg_isready");
            ready.arg("-q").arg("-h").arg(&self.directory).args(["-U", "barid", "-d", "postgres"]);
            ready.status().unwrap().success()
        };
        while !is_ready() {
            let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn tell_keeper(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        let keeper = keeper.as_mut().unwrap();
        keeper.words.as_mut().unwrap().write_all(word.as_bytes()).unwrap();
        let mut answer = String::new();
        keeper.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n");
    }

    /// Ends the server at once, as a crash does: nothing is written out, the next start recovers.
    pub fn crash(&self) {
        self.tell_keeper("crash\n");
    }

    /// Starts a server that crashed.
    pub fn start_again(&self) {
        self.tell_keeper("start\n");
        self.wait_until_ready();
    }

    /// The directory of its files.
    pub fn files(&self) -> PathBuf {
        self.data()
    }

    /// The address of a database.
    pub fn address(&self, database: &str) -> String {
        match &self.elsewhere {
            Some(there) => with_database(there, database),
            None => address(&self.directory, database),
        }
    }

    /// Connects to a database.
    pub async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.address(database)).await.unwrap()
    }

    /// Makes an empty database and names it.
    pub async fn new_database(&self) -> String {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("barid_case_{}_{number}", std::process::id());
        let mut connection = self.connect_as_maker().await;
        let text = format!("CREATE DATABASE {name} TEMPLATE template0");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        if self.elsewhere.is_some() {
            // Cases that make one outside of `in_a_case` leave it.
            let _ = MADE.try_with(|made| made.0.lock().unwrap().push(name.clone()));
        }
        name
    }
}

/// Puts the name of a database into an address, in place of the one it has.
fn with_database(address: &str, database: &str) -> String {
    let (place, parameters) = match address.split_once('?') {
        Some((place, parameters)) => (place, format!("?{parameters}")),
        None => (address, String::new()),
    };
    let (scheme, rest) = place.split_once("://").expect("a postgres:// address");
    let authority = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{authority}/{database}{parameters}")
}

#[test]
fn a_case_has_the_address_of_its_own_database() {
    for (address, own) in [
        ("postgres://barid@127.0.0.1:5433/yugabyte", "postgres://barid@127.0.0.1:5433/x"),
        (
            "postgres://root@localhost:26257?sslmode=disable",
            "postgres://root@localhost:26257/x?sslmode=disable",
        ),
        ("postgres:///a?host=/run/postgresql&user=b", "postgres:///x?host=/run/postgresql&user=b"),
    ] {
        assert_eq!(with_database(address, "x"), own);
    }
}
