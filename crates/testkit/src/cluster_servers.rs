//! The servers of the cluster suite: data directories whose database is on a cluster, replicas of one node, and the real
//! `barid serve` on each.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster_load::agent;

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a server may take until it answers searches as another one does that is in step.
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// Is a data directory whose database is on a cluster.
pub(crate) struct Place {
    directory: tempfile::TempDir,
    /// What its officer signs in with.
    pub(crate) token: String,
}

impl Place {
    /// Makes an empty one with an address in it.
    pub(crate) fn new(address: &str) -> io::Result<Self> {
        let place = Self { directory: tempfile::tempdir()?, token: String::new() };
        std::fs::create_dir(place.data())?;
        let file = place.data().join("database");
        std::fs::write(&file, address)?;
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(place)
    }

    /// Has the program found the exercise association there, with the UN's list.
    pub(crate) fn set_up(program: &Path, address: &str) -> io::Result<Self> {
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

    /// Lets another directory join with an invitation, as an operator does.
    pub(crate) fn join(&self, program: &Path) -> io::Result<Self> {
        let joined = Self { directory: tempfile::tempdir()?, token: self.token.clone() };
        let invitation = joined.directory.path().join("invitation");
        let mut inviting = Command::new(program);
        inviting.args(["admin", "replica", "invite", "--json", "--data-dir"]).arg(self.data());
        let invited = told_by(inviting.arg("--to").arg(&invitation), "")?;
        let code = invited["code"].as_str().ok_or_else(|| io::Error::other("no code"))?;
        let mut joining = Command::new(program);
        joining.args(["admin", "replica", "join", "--json", "--data-dir"]).arg(joined.data());
        joining.arg("--invitation").arg(&invitation).args(["--reference", "second server"]);
        told_by(&mut joining, code)?;
        Ok(joined)
    }

    /// The data directory itself.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Removes what an index could be taken from without the streams being read.
    pub(crate) fn forget_snapshots(&self) -> io::Result<()> {
        for file in std::fs::read_dir(self.data().join("snapshots"))? {
            std::fs::remove_file(file?.path())?;
        }
        Ok(())
    }
}

/// Runs a command that says one thing.
fn told_by(command: &mut Command, input: &str) -> io::Result<Value> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("BARID_LOG", "error");
    let mut process = command.spawn()?;
    if let Some(mut line) = process.stdin.take() {
        writeln!(line, "{input}")?;
    }
    let done = process.wait_with_output()?;
    if !done.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()));
    }
    Ok(serde_json::from_slice(&done.stdout)?)
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
pub(crate) struct Server {
    process: Child,
    /// Where it answers.
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Serves a directory; gives back when searches are answered.
    pub(crate) fn serve(program: &Path, place: &Place) -> io::Result<Self> {
        let ready = place.directory.path().join("ready");
        // One that was killed left it.
        let _ = std::fs::remove_file(&ready);
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

    /// Kills it, as power does, and waits until it is gone.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    /// Asks the server to stop, which it does in good order.
    pub(crate) fn stop(mut self) -> io::Result<()> {
        let status = terminate(&mut self.process)?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("a server ended with {status}"))) }
    }

    /// What it finds for each name.
    pub(crate) fn found(&self, token: &str, names: &[String]) -> io::Result<BTreeMap<String, Value>> {
        let agent = agent();
        let mut found = BTreeMap::new();
        for name in names {
            let body = json!({ "purpose": "border-control", "reference": "lane 4", "query": name });
            let begun = Instant::now();
            let candidates = loop {
                let request = agent.post(format!("{}/v1/search", self.url));
                let request = request.header("authorization", format!("Bearer {token}"));
                let mut answer = request.send_json(&body).map_err(io::Error::other)?;
                let told: Value = answer.body_mut().read_json().map_err(io::Error::other)?;
                match answer.status().as_u16() {
                    200 => break told["candidates"].clone(),
                    // It takes a moment until a database is known to be back.
                    503 if begun.elapsed() < STEP_LIMIT => std::thread::sleep(Duration::from_millis(200)),
                    status => return Err(io::Error::other(format!("a search is answered {status}: {told}"))),
                }
            };
            found.insert(name.clone(), candidates);
        }
        Ok(found)
    }
}
