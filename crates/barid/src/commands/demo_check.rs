//! `barid demo --check`: the demo asked from outside: over HTTP, in a process of its own, killed and started again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use barid_api::client::{Client, ClientError, Response};
use barid_api::search::{CandidateShown, SearchRequest, SearchResponse};
use barid_api::texts::{CaseReference, QueryText};
use barid_languages::Text;

use super::demo::{SAMPLES, issue_token, set_up};
use super::{CommandError, Outcome, read_file};
use crate::node;
use crate::terminal::{Form, isolate, json, say};

/// The largest file of cases, in bytes.
const CASES_BYTES_CAP: u64 = 16 << 20;
/// The most cases.
const CASES_CAP: usize = 100_000;
/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Is one question with the answer it must have.
#[derive(serde::Deserialize)]
struct Case {
    /// What is typed.
    q: String,
    /// The reference number that must come first; `null` where nothing may raise an alert.
    expect: Option<String>,
}

/// Is a question that was answered wrongly.
struct Miss {
    round: usize,
    typed: String,
    wanted: String,
    got: String,
}

/// Ends with 0 or 1 and nothing else: whoever asks wants to know whether it passed.
pub fn run(directory: &Path, cases: Option<&Path>, form: Form) -> Outcome {
    check(directory, cases, form).or_else(|error| {
        crate::report(&error);
        Ok(ExitCode::from(1))
    })
}

fn check(directory: &Path, cases: Option<&Path>, form: Form) -> Outcome {
    let cases = match cases {
        Some(path) => read_cases(path)?,
        None => own_cases(),
    };
    let token = node::block_on(async {
        let app = set_up(directory).await?;
        let token = issue_token(&app, "XA", "demo-check").await?;
        app.close().await?;
        Ok(token)
    })?;
    let mut misses = Vec::new();
    for round in 1..=2 {
        let started = Instant::now();
        let server = Server::start(directory)?;
        let seconds = started.elapsed().as_secs_f64();
        if form == Form::Text {
            say(Text::CheckRound { round: round as u64, seconds: &format!("{seconds:.1}") });
        }
        let client = Client::new(&token);
        for case in &cases {
            misses.extend(ask(&server.url, &client, case, round)?);
        }
        // Killed, not asked to stop: what was acknowledged must be there all the same.
        drop(server);
    }
    let asked = cases.len() * 2;
    report(asked, &misses, form);
    Ok(if misses.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn report(asked: usize, misses: &[Miss], form: Form) {
    let (passed, failed) = (asked - misses.len(), misses.len());
    match form {
        Form::Json => json(&serde_json::json!({
            "passed": passed,
            "failed": failed,
            "misses": misses.iter().map(|miss| serde_json::json!({
                "round": miss.round, "q": miss.typed, "wanted": miss.wanted, "got": miss.got,
            })).collect::<Vec<_>>(),
        })),
        Form::Text => {
            for miss in misses {
                let (typed, wanted, got) = (&isolate(&miss.typed), &miss.wanted, &miss.got);
                say(Text::CheckMiss { round: miss.round as u64, typed, wanted, got });
            }
            say(Text::CheckCounts { passed: passed as u64, failed: failed as u64 });
        }
    }
}

fn own_cases() -> Vec<Case> {
    let case =
        |typed: &str, expect: Option<&str>| Case { q: typed.to_owned(), expect: expect.map(str::to_owned) };
    SAMPLES.iter().map(|sample| case(sample.typed, sample.expect)).collect()
}

fn read_cases(path: &Path) -> Result<Vec<Case>, CommandError> {
    let bytes = read_file(path, CASES_BYTES_CAP)?;
    let text =
        String::from_utf8(bytes).map_err(|_| CommandError::Failed("the cases are not UTF-8".to_owned()))?;
    // A mark that some editors set before the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty());
    let cases = lines
        .map(|(at, text)| {
            serde_json::from_str(text).map_err(|error| {
                CommandError::Failed(format!("case on line {} is malformed: {error}", at + 1))
            })
        })
        .collect::<Result<Vec<Case>, _>>()?;
    if cases.is_empty() || cases.len() > CASES_CAP {
        return Err(CommandError::Failed(format!("between 1 and {CASES_CAP} cases, not {}", cases.len())));
    }
    Ok(cases)
}

fn ask(url: &str, client: &Client, case: &Case, round: usize) -> Result<Option<Miss>, CommandError> {
    let request = SearchRequest {
        purpose: barid_domain::codes::Purpose::BorderControl.into(),
        reference: CaseReference("demo check".to_owned()),
        query: QueryText(case.q.clone()),
        ..SearchRequest::default()
    };
    let call = client.search(&request);
    let candidates = match call.parse(&carry(url, &call.request)?) {
        Ok(SearchResponse { candidates, .. }) => candidates,
        // What can't be searched for is refused: nothing found, and nothing to be alarmed about.
        Err(ClientError::Problem(problem)) if matches!(problem.status, 409 | 413 | 422) => Vec::new(),
        Err(error) => return Err(CommandError::Failed(format!("a search was not answered: {error}"))),
    };
    let first = candidates.first();
    let alert = candidates.iter().find(|candidate| candidate.alert);
    let is_right = match &case.expect {
        Some(reference) => first.and_then(|first| first.reference_number.as_ref()) == Some(reference),
        None => alert.is_none(),
    };
    if is_right {
        return Ok(None);
    }
    let shown = if case.expect.is_some() { first } else { alert };
    let got = shown.map_or("-".to_owned(), |candidate| {
        let reference = candidate.reference_number.as_deref().unwrap_or("-");
        format!("{reference} {:.2} {}", candidate.score, isolate(&candidate.found))
    });
    let wanted = wanted_shown(case.expect.as_deref(), &candidates);
    Ok(Some(Miss { round, typed: case.q.clone(), wanted, got }))
}

/// The reference that had to come first, and where it came instead: its rank and score.
fn wanted_shown(expect: Option<&str>, candidates: &[CandidateShown]) -> String {
    let Some(reference) = expect else { return "-".to_owned() };
    let at = candidates.iter().position(|candidate| candidate.reference_number.as_deref() == Some(reference));
    match at {
        Some(at) => format!("{reference} #{} {:.2}", at + 1, candidates[at].score),
        None => format!("{reference} #-"),
    }
}

fn carry(url: &str, request: &barid_api::client::Request) -> Result<Response, CommandError> {
    let fail = |error: ureq::Error| CommandError::Failed(format!("the server does not answer: {error}"));
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let address = format!("{url}{}", request.path);
    let mut response = if request.method == "GET" {
        let call =
            request.headers.iter().fold(agent.get(&address), |call, (name, value)| call.header(*name, value));
        call.call().map_err(fail)?
    } else {
        let call = request
            .headers
            .iter()
            .fold(agent.post(&address), |call, (name, value)| call.header(*name, value));
        call.send(&request.body[..]).map_err(fail)?
    };
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_vec().map_err(fail)?;
    Ok(Response { status, body })
}

/// Is a server in a process of its own; killed when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(directory: &Path) -> Result<Self, CommandError> {
        let fail = |cause| CommandError::File { what: "can not start the server".to_owned(), cause };
        let ready_file: PathBuf = directory.join("ready");
        match std::fs::remove_file(&ready_file) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(fail(cause)),
            _ => {}
        }
        let mut process = Command::new(std::env::current_exe().map_err(fail)?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .env("BARID_LOG", "error")
            .spawn()
            .map_err(fail)?;
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            if let Ok(url) = std::fs::read_to_string(&ready_file) {
                return Ok(Self { process, url });
            }
            if let Ok(Some(status)) = process.try_wait() {
                return Err(CommandError::Failed(format!("the server ended before it answered: {status}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // Ends what was started; the report below is what counts.
        let _ = process.kill();
        let _ = process.wait();
        Err(CommandError::Failed("the server did not answer in time".to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing better to do for a process that is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Case>, String> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cases");
        std::fs::write(&file, bytes).unwrap();
        read_cases(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn cases_are_read_with_a_mark_before_the_first_line_and_faults_are_named() {
        let cases = read(
            "\u{feff}{\"q\": \"أيمن\", \"expect\": \"QDi.006\"}\n\n{\"q\": \"x\", \"expect\": null}\n"
                .as_bytes(),
        );
        let cases = cases.unwrap();
        assert_eq!((cases.len(), cases[0].q.as_str(), cases[1].expect.as_deref()), (2, "أيمن", None));
        assert!(read(b"").err().unwrap().contains("not 0"));
        assert!(read(b"{\"q\": 1}").err().unwrap().contains("line 1 is malformed"));
        assert!(read(&[0xff]).err().unwrap().contains("UTF-8"));
    }

    #[test]
    fn a_miss_says_where_the_wanted_one_came() {
        let candidate = |reference: &str, score| CandidateShown {
            record: String::new().into(),
            database: barid_domain::codes::Database::Persons.into(),
            owner: "SEC".into(),
            provenance: None,
            reference_number: Some(reference.to_owned()),
            score,
            alert: true,
            cleared_by: None,
            found: String::new(),
            statuses: Vec::new(),
            fraud: None,
            document_type: None,
            issuing_country: None,
            object_status: None,
            group_statuses: Vec::new(),
            reasons: Vec::new(),
            exercise: false,
            handling: Default::default(),
            duties: Vec::new(),
            marks: Vec::new(),
            annotations: Vec::new(),
            partial: false,
        };
        let candidates = [candidate("QDi.001", 0.9), candidate("QDi.345", 0.61)];
        assert_eq!(wanted_shown(Some("QDi.345"), &candidates), "QDi.345 #2 0.61");
        assert_eq!(wanted_shown(Some("QDi.999"), &candidates), "QDi.999 #-");
        assert_eq!(wanted_shown(None, &candidates), "-");
    }
}
