//! A PostgreSQL cluster of the tests' own: three nodes of Patroni and PostgreSQL and three of etcd on loopback, from
//! Debian's packages, in a directory in `/tmp`, with TLS and passwords as `docs/operations/cluster.md` sets them up.
//!
//! Nodes are killed, frozen and cut off by the ids of their processes: those whose working directory is the node's. All of
//! them end with the process that started them, however that one ends.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many nodes a cluster has.
pub const NODES: usize = 3;
/// How long a cluster may take until it is whole.
const WHOLE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(100);
/// What the program signs in with, and what the database is called.
const ROLE: &str = "barid";
const PASSWORD: &str = "uebung-barid";

/// Ends everything whose working directory is below `$0`, when its input ends.
const KEEPER: &str = r#"
while read -r word; do :; done
for try in 1 2 3 4 5 6 7 8 9 10; do
    found=
    for process in /proc/[0-9]*; do
        case $(readlink "$process/cwd" 2>/dev/null) in
            "$0"|"$0"/*) kill -KILL "${process#/proc/}" 2>/dev/null; found=1 ;;
        esac
    done
    [ -z "$found" ] && break
    sleep 0.2
done
rm -rf "$0"
"#;

/// How a cluster replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// A commit is answered when a second node has it; without one nothing is answered.
    Strict,
    /// A commit is answered when the leader has it: the planted fault.
    Asynchronous,
}

/// How quickly a leader that is away is replaced: `ttl`, `loop_wait` and `retry_timeout` of Patroni, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a leader keeps its role without renewing it.
    pub ttl: u32,
    /// How often each node looks.
    pub loop_wait: u32,
    /// How long the store of the roles, and the database, are asked again.
    pub retry_timeout: u32,
}

impl Pace {
    /// As documented: Patroni 4 refuses a shorter `ttl`.
    pub const DOCUMENTED: Self = Self { ttl: 20, loop_wait: 2, retry_timeout: 3 };
    /// For where the time does not matter.
    pub const QUICK: Self = Self { ttl: 6, loop_wait: 1, retry_timeout: 2 };
}

/// Is a node's part in the cluster, as Patroni tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    node: usize,
    role: String,
    state: String,
}

/// Is a cluster in a directory of its own.
pub struct Cluster {
    directory: PathBuf,
    programs: PathBuf,
    ports: Vec<u16>,
    children: Mutex<Vec<(Process, Child)>>,
    keeper: Child,
}

/// Is a program that the cluster started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    Etcd(usize),
    Patroni(usize),
}

/// Which processes a signal goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Etcd(usize),
    Patroni(usize),
    Database(usize),
    /// Those that send the database's log to standbys.
    Senders(usize),
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input is what the keeper waits for.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let mut children = self.children.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (_, child) in children.iter_mut() {
            let _ = child.wait();
        }
    }
}

impl Cluster {
    /// Starts a cluster and makes the program's role and database in it.
    pub fn start(replication: Replication, pace: Pace) -> io::Result<Self> {
        let programs = programs()?;
        let directory = tempfile::Builder::new().prefix("barid-cluster-").tempdir_in("/tmp")?.keep();
        if let Some((user, group)) = server_user()? {
            chown(&directory, Some(user), Some(group))?;
        }
        // Others may enter it: the program under test reads the certificate.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))?;
        let mut keeper = as_server_user("sh", Path::new("/"))?;
        keeper.arg("-c").arg(KEEPER).arg(&directory).stdin(Stdio::piped());
        let keeper = keeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let cluster =
            Self { directory, programs, ports: free_ports(4 * NODES)?, children: Mutex::default(), keeper };
        cluster.make_certificates("")?;
        cluster.make_certificates("other-")?;
        for node in 0..NODES {
            cluster.make_directory(&format!("node{node}"))?;
            cluster.write(&format!("node{node}.yml"), &cluster.configuration(node, replication, pace))?;
        }
        (0..NODES).try_for_each(|node| cluster.start_etcd(node))?;
        (0..NODES).try_for_each(|node| cluster.start_node(node))?;
        cluster.wait_until_whole(replication)?;
        cluster.make_database()?;
        Ok(cluster)
    }

    /// The address of the database: every node, TLS verified.
    pub fn address(&self) -> String {
        self.address_verified_with("ca.pem")
    }

    /// The same with the certificate of somebody else.
    pub fn address_with_a_foreign_certificate(&self) -> String {
        self.address_verified_with("other-ca.pem")
    }

    fn address_verified_with(&self, certificate: &str) -> String {
        let hosts: Vec<String> =
            (0..NODES).map(|node| format!("127.0.0.1:{}", self.database_port(node))).collect();
        let certificate = self.directory.join(certificate);
        format!(
            "postgres://{ROLE}:{PASSWORD}@{}/{ROLE}?sslmode=verify-full&sslrootcert={}",
            hosts.join(","),
            certificate.display()
        )
    }

    fn database_port(&self, node: usize) -> u16 {
        self.ports[node]
    }
    fn patroni_port(&self, node: usize) -> u16 {
        self.ports[NODES + node]
    }
    fn etcd_port(&self, node: usize) -> u16 {
        self.ports[2 * NODES + node]
    }
    fn etcd_peer_port(&self, node: usize) -> u16 {
        self.ports[3 * NODES + node]
    }

    fn make_directory(&self, name: &str) -> io::Result<()> {
        let path = self.directory.join(name);
        fs::create_dir(&path)?;
        self.give_away(&path)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.directory.join(name);
        fs::write(&path, text)?;
        self.give_away(&path)
    }

    /// Makes a file or directory that of the user who runs the servers.
    fn give_away(&self, path: &Path) -> io::Result<()> {
        match server_user()? {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// Makes a certificate authority and a certificate of its for the nodes, whose names begin alike.
    fn make_certificates(&self, prefix: &str) -> io::Result<()> {
        let script = r#"
            set -e
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            openssl req -x509 $key -days 2 -subj "/CN=exercise authority" -keyout "$0ca.key" -out "$0ca.pem"
            openssl req $key -subj "/CN=node" -keyout "$0server.key" -out "$0server.csr"
            printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' > "$0names"
            openssl x509 -req -in "$0server.csr" -CA "$0ca.pem" -CAkey "$0ca.key" -CAcreateserial -days 2 \
                -extfile "$0names" -out "$0server.pem"
            chmod 600 "$0server.key" "$0ca.key"
        "#;
        let prefix = format!("./{prefix}");
        let done = as_server_user("sh", &self.directory)?.arg("-c").arg(script).arg(prefix).output()?;
        told("openssl", &done)
    }

    fn configuration(&self, node: usize, replication: Replication, pace: Pace) -> String {
        let directory = self.directory.display();
        let etcd: Vec<String> =
            (0..NODES).map(|etcd| format!("127.0.0.1:{}", self.etcd_port(etcd))).collect();
        let synchronous = replication == Replication::Strict;
        // `docs/operations/cluster.md`, "Patroni": what a standby lacks was acknowledged to nobody.
        let lag: u64 = if synchronous { 1 << 40 } else { 1 << 20 };
        let Pace { ttl, loop_wait, retry_timeout } = pace;
        let verified = format!("sslmode: verify-full, sslrootcert: {directory}/ca.pem");
        format!(
            "scope: barid
name: node{node}
restapi: {{listen: '127.0.0.1:{patroni}', connect_address: '127.0.0.1:{patroni}'}}
etcd: {{hosts: [{etcd}]}}
bootstrap:
  dcs:
    ttl: {ttl}
    loop_wait: {loop_wait}
    retry_timeout: {retry_timeout}
    maximum_lag_on_failover: {lag}
    synchronous_mode: {synchronous}
    synchronous_mode_strict: {synchronous}
    postgresql:
      use_pg_rewind: true
      parameters:
        wal_retrieve_retry_interval: 500ms
        max_connections: 60
        shared_buffers: 32MB
  initdb: [data-checksums, {{encoding: UTF8}}, {{locale: C}}]
postgresql:
  listen: '127.0.0.1:{database}'
  connect_address: '127.0.0.1:{database}'
  data_dir: {directory}/node{node}/data
  bin_dir: {programs}
  pgpass: {directory}/node{node}/pgpass
  authentication:
    superuser: {{username: postgres, password: uebung-1, {verified}}}
    replication: {{username: standby, password: uebung-2, {verified}}}
    rewind: {{username: rewind, password: uebung-3, {verified}}}
  parameters:
    unix_socket_directories: {directory}/node{node}
    ssl: 'on'
    ssl_cert_file: {directory}/server.pem
    ssl_key_file: {directory}/server.key
  pg_hba:
  - local all postgres trust
  - hostssl replication standby 127.0.0.1/32 scram-sha-256
  - hostssl all all 127.0.0.1/32 scram-sha-256
",
            patroni = self.patroni_port(node),
            etcd = etcd.join(", "),
            database = self.database_port(node),
            programs = self.programs.display(),
        )
    }

    fn start_etcd(&self, node: usize) -> io::Result<()> {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let all: Vec<String> =
            (0..NODES).map(|node| format!("etcd{node}={}", url(self.etcd_peer_port(node)))).collect();
        let mut etcd = as_server_user("etcd", &self.directory)?;
        etcd.arg("--name").arg(format!("etcd{node}")).arg("--data-dir").arg(format!("etcd{node}"));
        for flag in ["--listen-client-urls", "--advertise-client-urls"] {
            etcd.arg(flag).arg(url(self.etcd_port(node)));
        }
        for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
            etcd.arg(flag).arg(url(self.etcd_peer_port(node)));
        }
        // The API by which Patroni 3.0.2 is safe: `docs/operations/cluster.md`, "etcd".
        etcd.arg("--enable-v2")
            .arg("--initial-cluster")
            .arg(all.join(","))
            .args(["--initial-cluster-state", "new"]);
        self.spawn(Process::Etcd(node), etcd, &format!("etcd{node}.log"))
    }

    /// Starts the Patroni of a node, which starts its database.
    pub fn start_node(&self, node: usize) -> io::Result<()> {
        let mut patroni = as_server_user("patroni", &self.directory)?;
        patroni.arg(format!("node{node}.yml"));
        self.spawn(Process::Patroni(node), patroni, &format!("node{node}.log"))
    }

    fn spawn(&self, process: Process, mut command: Command, log: &str) -> io::Result<()> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.directory.join(log))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn()?;
        self.children().push((process, child));
        Ok(())
    }

    fn children(&self) -> std::sync::MutexGuard<'_, Vec<(Process, Child)>> {
        self.children.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits until there is a leader and every other node follows it, one of them in step where that is demanded.
    pub fn wait_until_whole(&self, replication: Replication) -> io::Result<()> {
        self.wait_until("whole", |members| {
            let count = |role: &str, states: &[&str]| {
                members.iter().filter(|one| one.role == role && states.contains(&one.state.as_str())).count()
            };
            let follow = ["running", "streaming"];
            let in_step = count("sync_standby", &follow);
            let followers = in_step + count("replica", &follow);
            let wanted = if replication == Replication::Strict { 1 } else { 0 };
            count("leader", &["running"]) == 1 && followers == NODES - 1 && in_step == wanted
        })?;
        // What follows is followed only once it has caught up.
        let begun = Instant::now();
        let leader = self.leader()?;
        let streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        while self.ask(leader, "postgres", streams)? != (NODES - 1).to_string() {
            if begun.elapsed() > WHOLE {
                return Err(io::Error::other("the standbys do not catch up"));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&[Member]) -> bool) -> io::Result<()> {
        let begun = Instant::now();
        loop {
            let members = self.members();
            if is_so(&members) {
                return Ok(());
            }
            if begun.elapsed() > WHOLE {
                return Err(io::Error::other(format!("the cluster is not {what}: {}", self.state())));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// How the cluster stands, and what its nodes said last.
    pub fn state(&self) -> String {
        let logs = (0..NODES).map(|node| self.end_of_log(node)).collect::<Vec<_>>().join("\n");
        format!("{:?}\n{logs}", self.members())
    }

    fn end_of_log(&self, node: usize) -> String {
        let text = fs::read(self.directory.join(format!("node{node}.log"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text[text.len().saturating_sub(20_000)..]).into_owned();
        format!("node{node}: {text}")
    }

    /// What the first node that answers tells of all; nothing where none does.
    fn members(&self) -> Vec<Member> {
        (0..NODES).find_map(|node| self.members_told_by(node)).unwrap_or_default()
    }

    fn members_told_by(&self, node: usize) -> Option<Vec<Member>> {
        let body = self.call_patroni(node, "GET", "/cluster", "").ok()?;
        let told: serde_json::Value = serde_json::from_str(&body).ok()?;
        let member = |one: &serde_json::Value| {
            let text = |key: &str| one[key].as_str().map(str::to_owned);
            let node = text("name")?.strip_prefix("node")?.parse().ok()?;
            Some(Member { node, role: text("role")?, state: text("state")? })
        };
        Some(told["members"].as_array()?.iter().filter_map(member).collect())
    }

    fn call_patroni(&self, node: usize, method: &str, path: &str, body: &str) -> io::Result<String> {
        let address = ([127, 0, 0, 1], self.patroni_port(node)).into();
        let mut line = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        line.set_read_timeout(Some(Duration::from_secs(20)))?;
        write!(
            line,
            "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        line.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no answer"))?;
        let is_done = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        if is_done { Ok(body.to_owned()) } else { Err(io::Error::other(format!("{path}: {answer}"))) }
    }

    /// The node that is the leader.
    pub fn leader(&self) -> io::Result<usize> {
        let members = self.members();
        let leader = members.iter().find(|member| member.role == "leader");
        leader.map(|member| member.node).ok_or_else(|| io::Error::other("there is no leader"))
    }

    /// Asks the database of a node by its socket, as its administrator; gives the one value.
    pub fn ask(&self, node: usize, database: &str, statement: &str) -> io::Result<String> {
        let mut psql = as_server_user(&self.programs.join("psql").to_string_lossy(), &self.directory)?;
        psql.arg("-h").arg(self.directory.join(format!("node{node}")));
        psql.arg("-p").arg(self.database_port(node).to_string());
        psql.args(["-U", "postgres", "-d", database, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c"]);
        let done = psql.arg(statement).output()?;
        told("psql", &done)?;
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }

    fn make_database(&self) -> io::Result<()> {
        let leader = self.leader()?;
        let role = format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'");
        self.ask(leader, "postgres", &role)?;
        let database = format!("CREATE DATABASE {ROLE} OWNER {ROLE} ENCODING 'UTF8' TEMPLATE template0");
        self.ask(leader, "postgres", &database)?;
        Ok(())
    }

    /// Kills the machine, so to speak: Patroni and database of a node at once.
    pub fn kill_node(&self, node: usize) -> io::Result<()> {
        self.end(&[Who::Patroni(node), Who::Database(node)])
    }

    /// Kills the database of a node; its Patroni starts it again.
    pub fn kill_database(&self, node: usize) -> io::Result<()> {
        self.end(&[Who::Database(node)])
    }

    /// Freezes Patroni and database of a node: nothing is closed, nothing answers.
    pub fn freeze(&self, node: usize) -> io::Result<()> {
        self.signal("STOP", &[Who::Patroni(node), Who::Database(node)]).map(drop)
    }

    /// Lets a frozen node go on as if nothing had been.
    pub fn thaw(&self, node: usize) -> io::Result<()> {
        self.signal("CONT", &[Who::Patroni(node), Who::Database(node)]).map(drop)
    }

    /// Stops what sends the log of a node to its standbys.
    pub fn stall_replication(&self, node: usize) -> io::Result<()> {
        match self.signal("STOP", &[Who::Senders(node)])? {
            0 => Err(io::Error::other("nobody follows this node")),
            _ => Ok(()),
        }
    }

    /// Stops what sends the log of a node to the standby that its commits wait for.
    pub fn stall_sync_standby(&self, node: usize) -> io::Result<()> {
        let sender = "SELECT pid FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')";
        let sender = self.ask(node, "postgres", sender)?;
        let sender: u32 = sender.parse().map_err(|_| io::Error::other("nobody is waited for"))?;
        if !self.processes(Who::Senders(node)).contains(&sender) {
            return Err(io::Error::other("what sends to the sync standby is not this node's"));
        }
        send("STOP", &[sender])
    }

    /// Has a node write four MiB of its log that nobody waits for, as a `VACUUM` does.
    pub fn write_log(&self, node: usize) -> io::Result<()> {
        let written = "SELECT pg_logical_emit_message(false, 'exercise', repeat('x', 4194304))";
        self.ask(node, "postgres", written).map(drop)
    }

    /// Kills everything at once: every etcd, every Patroni, every database.
    pub fn kill_everything(&self) -> io::Result<()> {
        let all = (0..NODES).flat_map(|node| [Who::Etcd(node), Who::Patroni(node), Who::Database(node)]);
        self.end(&all.collect::<Vec<_>>())
    }

    /// Starts everything again.
    pub fn start_everything(&self) -> io::Result<()> {
        (0..NODES).try_for_each(|node| self.start_etcd(node))?;
        (0..NODES).try_for_each(|node| self.start_node(node))
    }

    /// Hands the leader's role over as an administrator does.
    pub fn switch_over(&self) -> io::Result<()> {
        let members = self.members();
        let name = |role: &str| members.iter().find(|member| member.role == role).map(|member| member.node);
        let (Some(leader), Some(candidate)) = (name("leader"), name("sync_standby")) else {
            return Err(io::Error::other("nobody to hand over to"));
        };
        let body = serde_json::json!({
            "leader": format!("node{leader}"), "candidate": format!("node{candidate}"),
        });
        self.call_patroni(leader, "POST", "/switchover", &body.to_string()).map(drop)
    }

    /// Kills processes and waits until there are none of them.
    fn end(&self, all: &[Who]) -> io::Result<()> {
        let begun = Instant::now();
        self.signal("KILL", all)?;
        loop {
            self.children().retain_mut(|(_, child)| !matches!(child.try_wait(), Ok(Some(_))));
            // What a database has begun meanwhile ends with it.
            let left: usize = all.iter().map(|who| self.processes(*who).len()).sum();
            if left == 0 || begun.elapsed() > Duration::from_secs(5) {
                return Ok(());
            }
            if all.iter().any(|who| matches!(who, Who::Patroni(_) | Who::Etcd(_))) {
                self.signal("KILL", all)?;
            } else if begun.elapsed() > Duration::from_millis(500) {
                // Patroni has started it again.
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal; gives to how many processes.
    fn signal(&self, signal: &str, all: &[Who]) -> io::Result<usize> {
        let processes: Vec<u32> = all.iter().flat_map(|who| self.processes(*who)).collect();
        if !processes.is_empty() {
            send(signal, &processes)?;
        }
        Ok(processes.len())
    }

    fn processes(&self, who: Who) -> Vec<u32> {
        let of = |wanted: Process| {
            let children = self.children();
            let found = children.iter().filter(|(process, _)| *process == wanted);
            found.map(|(_, child)| child.id()).collect::<Vec<_>>()
        };
        match who {
            Who::Etcd(node) => of(Process::Etcd(node)),
            Who::Patroni(node) => of(Process::Patroni(node)),
            Who::Database(node) => self.database_processes(node, |_| true),
            Who::Senders(node) => self.database_processes(node, |line| line.contains("walsender")),
        }
    }

    /// The processes that work in the directory of a database.
    fn database_processes(&self, node: usize, is_wanted: impl Fn(&str) -> bool) -> Vec<u32> {
        let data = self.directory.join(format!("node{node}/data"));
        let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
        let ids = all.flatten().filter_map(|one| one.file_name().to_str()?.parse::<u32>().ok());
        let works_there = |id: &u32| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|directory| directory == data)
                && is_wanted(&String::from_utf8_lossy(&line))
        };
        ids.filter(works_there).collect()
    }
}

fn send(signal: &str, processes: &[u32]) -> io::Result<()> {
    let mut kill = Command::new("kill");
    kill.arg("-s").arg(signal).args(processes.iter().map(u32::to_string));
    // One may have ended by itself meanwhile.
    kill.stderr(Stdio::null()).status().map(drop)
}

/// Who runs the servers: PostgreSQL refuses root.
fn server_user() -> io::Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).map(Some).ok_or_else(|| io::Error::other("nobody but root"))
}

fn as_server_user(program: &str, directory: &Path) -> io::Result<Command> {
    let mut command = Command::new(program);
    // Patroni keeps a file in its home.
    command.current_dir(directory).env("HOME", directory).env("LC_ALL", "C.UTF-8");
    if let Some((user, group)) = server_user()? {
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn programs() -> io::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    versions.retain(|programs| programs.join("initdb").exists());
    versions.sort();
    versions.pop().ok_or_else(|| {
        io::Error::other("PostgreSQL is missing: `cargo xtask test --suite cluster` installs what is needed")
    })
}

/// Ports that nobody listens on, below those that the system gives to clients.
fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    let first = 10_000 + (std::process::id() % 1_000) as u16 * 20;
    let mut free = Vec::new();
    for port in (first..32_000).chain(10_000..first) {
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            free.push(port);
        }
        if free.len() == count {
            return Ok(free);
        }
    }
    Err(io::Error::other("no free ports"))
}

fn told(program: &str, done: &std::process::Output) -> io::Result<()> {
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&done.stderr))))
}
