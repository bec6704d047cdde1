//! The load of the cluster suite: writers and searchers at every server, each waiting for its answers.
//!
//! A writer whose answer is lost, or says that the outcome is unknown, repeats its write at the next server under the same
//! key, until it is told what became of it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::streams::{Position, StreamId};
use serde_json::{Value, json};

use crate::crash::Choices;

/// Writers, and searchers, of all servers together.
const WRITERS: usize = 8;
const SEARCHERS_EACH: usize = 1;
/// The most servers of one load.
pub(crate) const SERVERS_CAP: usize = 3;
/// What a writer and a searcher rest between two of their requests, and after one that was not answered as hoped.
const REST: Duration = Duration::from_millis(20);
const REST_AFTER_REFUSAL: Duration = Duration::from_millis(100);
/// Longer than the server takes for a request at most.
const ANSWER_LIMIT: Duration = Duration::from_secs(75);
/// How long writes may take to come back, at the very most.
pub(crate) const RETURN_LIMIT: Duration = Duration::from_secs(100);
/// What shows that writes are back at a server: so many acknowledgements.
pub(crate) const BACK: u64 = 25;

/// Names that are entered, with letters behind them: of the scripts that users write.
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
pub(crate) const SEARCHES: [&str; 4] =
    ["Тархан Батирашвили", "أيمن الظواهري", "हाफिज मुहम्मद सईद", "Musterperson"];

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Acknowledged { record: RecordId, entry: EntryHash, place: Position },
    Refused,
    Unknown,
}

/// Is a write, and what its writer knows of it.
pub(crate) struct Write {
    pub(crate) key: IdempotencyKey,
    /// Whom it is about.
    pub(crate) name: String,
    /// How it ended, after it was repeated where the first answer left that open.
    pub(crate) end: End,
    /// Whether the first answer left it open.
    was_open: bool,
}

/// Is what a load measured.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Measured {
    /// The longest time without an acknowledgement at a server.
    pub(crate) write_gap: Duration,
    /// The longest time without an answered search at a server.
    pub(crate) search_gap: Duration,
    /// Writes whose first answer left open what became of them.
    pub(crate) open: usize,
    /// Of these, acknowledged when they were repeated at another server.
    pub(crate) settled: usize,
}

/// What the callers were answered.
#[derive(Default)]
struct Heard {
    writes: Vec<Write>,
    acknowledged_at: Vec<(usize, Instant)>,
    found_at: Vec<(usize, Instant)>,
    faults: Vec<String>,
}

/// What the callers of a load share.
#[derive(Default)]
struct Shared {
    /// Where each server answers: another address after a restart.
    urls: Mutex<Vec<String>>,
    stopping: AtomicBool,
    acknowledged: [AtomicU64; SERVERS_CAP],
    heard: Mutex<Heard>,
}

impl Shared {
    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn urls(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is a load on servers.
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    servers: usize,
    begun: Instant,
}

impl Load {
    /// Begins, the writers spread over the servers.
    pub(crate) fn start(urls: Vec<String>, token: &str) -> Self {
        let servers = urls.len();
        let shared = Arc::new(Shared { urls: Mutex::new(urls), ..Shared::default() });
        let mut load = Self { shared, threads: Vec::new(), servers, begun: Instant::now() };
        for number in 0..WRITERS + servers * SEARCHERS_EACH {
            let caller = Caller {
                token: token.to_owned(),
                agent: agent(),
                shared: load.shared.clone(),
                home: number % servers,
                servers,
            };
            load.threads.push(std::thread::spawn(move || {
                if number < WRITERS { caller.write(number) } else { caller.search() }
            }));
        }
        load
    }

    /// Goes on at a server that answers somewhere else now.
    pub(crate) fn moved(&self, server: usize, url: &str) {
        url.clone_into(&mut self.shared.urls()[server]);
    }

    /// Waits until every server has acknowledged so many more writes.
    pub(crate) fn wait_for(&self, more: u64) -> io::Result<()> {
        self.wait_for_at(&(0..self.servers).collect::<Vec<_>>(), more)
    }

    /// Waits until some of the servers have.
    pub(crate) fn wait_for_at(&self, servers: &[usize], more: u64) -> io::Result<()> {
        let count = |server: usize| self.shared.acknowledged[server].load(Ordering::Relaxed);
        let wanted: Vec<u64> = servers.iter().map(|server| count(*server) + more).collect();
        let begun = Instant::now();
        while servers.iter().zip(&wanted).any(|(server, wanted)| count(*server) < *wanted) {
            if begun.elapsed() > RETURN_LIMIT {
                let counts: Vec<u64> = servers.iter().map(|server| count(*server)).collect();
                return Err(io::Error::other(format!("writes do not come back: {counts:?} of {wanted:?}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops; gives what was measured at the servers that lived all the time, how each write ended, and what was answered
    /// as it must not be.
    pub(crate) fn stop(self, left_out: Option<usize>) -> (Measured, Vec<Write>, Vec<String>) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let ended = Instant::now();
        for thread in self.threads {
            // A thread that died has told nothing more; what it told counts.
            let _ = thread.join();
        }
        let heard = std::mem::take(&mut *self.shared.heard());
        let longest = |moments: &[(usize, Instant)]| {
            let lived = (0..self.servers).filter(|server| Some(*server) != left_out);
            let of = |server| moments.iter().filter(move |(at, _)| *at == server).map(|(_, moment)| *moment);
            lived.map(|server| longest_gap(self.begun, of(server).collect(), ended)).max().unwrap_or_default()
        };
        let open = heard.writes.iter().filter(|write| write.was_open);
        let is_settled = |write: &&Write| matches!(write.end, End::Acknowledged { .. });
        let measured = Measured {
            write_gap: longest(&heard.acknowledged_at),
            search_gap: longest(&heard.found_at),
            open: open.clone().count(),
            settled: open.filter(is_settled).count(),
        };
        (measured, heard.writes, heard.faults)
    }
}

/// The longest time in which nothing happened.
fn longest_gap(begun: Instant, mut moments: Vec<Instant>, ended: Instant) -> Duration {
    moments.retain(|moment| *moment < ended);
    moments.extend([begun, ended]);
    moments.sort();
    moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// Is what asks over HTTP; answers of every status are answers.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    ureq::Agent::new_with_config(config.timeout_global(Some(ANSWER_LIMIT)).build())
}

/// What came of a request.
enum Answer {
    /// Nobody took it.
    NotReached,
    /// It was taken, and no answer came.
    Lost,
    Told(u16, Value),
}

/// One who asks a server.
struct Caller {
    token: String,
    agent: ureq::Agent,
    shared: Arc<Shared>,
    /// The server that is asked first.
    home: usize,
    servers: usize,
}

impl Caller {
    fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    fn post(&self, server: usize, path: &str, key: Option<IdempotencyKey>, body: &Value) -> Answer {
        let url = format!("{}{path}", self.shared.urls()[server]);
        let mut request = self.agent.post(url).header("authorization", format!("Bearer {}", self.token));
        if let Some(key) = key {
            request = request.header("idempotency-key", key.to_string());
        }
        match request.send_json(body) {
            Ok(mut response) => {
                let status = response.status().as_u16();
                Answer::Told(status, response.body_mut().read_json().unwrap_or(Value::Null))
            }
            Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Answer::NotReached
            }
            Err(_) => Answer::Lost,
        }
    }

    fn write(&self, writer: usize) {
        let mut choices = Choices::of(&[writer as u64, u64::from(std::process::id()), nanoseconds()]);
        let mut number = 0;
        while !self.is_stopping() {
            number += 1;
            let name = name(NAMES[choices.below(NAMES.len() as u64) as usize], writer, number);
            let key = IdempotencyKey::from_random(choices.bytes());
            let body = submission(&name);
            let mut server = self.home;
            let mut end = end_of(&self.post(server, "/v1/persons", Some(key), &body));
            let was_open = end == End::Unknown;
            while end == End::Unknown && !self.is_stopping() {
                std::thread::sleep(REST_AFTER_REFUSAL);
                server = (server + 1) % self.servers;
                end = self.repeat(server, key, &body);
            }
            let is_acknowledged = matches!(end, End::Acknowledged { .. });
            let mut heard = self.shared.heard();
            if is_acknowledged {
                heard.acknowledged_at.push((server, Instant::now()));
                self.shared.acknowledged[server].fetch_add(1, Ordering::Relaxed);
            }
            heard.writes.push(Write { key, name, end, was_open });
            drop(heard);
            std::thread::sleep(if is_acknowledged { REST } else { REST_AFTER_REFUSAL });
        }
    }

    /// Repeats a write of which nobody knows what became. That the repetition is refused says nothing about the first.
    fn repeat(&self, server: usize, key: IdempotencyKey, body: &Value) -> End {
        let answer = self.post(server, "/v1/persons", Some(key), body);
        if let Answer::Told(status @ 400..500, problem) = &answer {
            let code = &problem["code"];
            self.shared.heard().faults.push(format!("a repeated write is answered {status} {code}"));
        }
        match end_of(&answer) {
            End::Refused => End::Unknown,
            end => end,
        }
    }

    fn search(&self) {
        let mut number = 0;
        while !self.is_stopping() {
            number += 1;
            let body = json!({
                "purpose": "border-control", "reference": "lane 4", "query": SEARCHES[number % SEARCHES.len()],
            });
            let answered = self.post(self.home, "/v1/search", None, &body);
            let is_found = match &answered {
                Answer::Told(200, body) => {
                    body["candidates"].as_array().is_some_and(|found| !found.is_empty())
                }
                Answer::Told(..) | Answer::NotReached | Answer::Lost => false,
            };
            if is_found {
                self.shared.heard().found_at.push((self.home, Instant::now()));
            }
            std::thread::sleep(if is_found { REST } else { REST_AFTER_REFUSAL });
        }
    }
}

fn nanoseconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

/// A name that nobody else has: with letters behind it, because digits are no part of a name.
fn name(name: &str, writer: usize, number: u64) -> String {
    let letters = format!("{writer}{number}");
    let letters = letters.bytes().map(|digit| char::from(b'a' + (digit - b'0')));
    format!("{name} {}", letters.collect::<String>())
}

fn submission(name: &str) -> Value {
    json!({
        "purpose": "criminal-investigation", "reference": "CASE 2026/114",
        "terms": {
            "purpose": "criminal-investigation", "handling": {"code": "H1"}, "classification": "official-use",
            "source_grade": "A", "information_grade": "1", "review_in_days": 365,
        },
        "person": {
            "names": [{"text": name, "kind": "primary"}], "sex": "not-known",
            "births": ["1971"], "stated": {"statuses": ["missing"]},
        },
    })
}

/// Reads how a write ended. An answer that never came, and one that can't be read, leave it open.
fn end_of(answer: &Answer) -> End {
    match answer {
        Answer::Told(201, receipt) => acknowledged(receipt).unwrap_or(End::Unknown),
        Answer::Lost | Answer::Told(0..400, _) => End::Unknown,
        Answer::Told(_, problem) if problem["code"] == "outcome-unknown" => End::Unknown,
        Answer::Told(..) | Answer::NotReached => End::Refused,
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
        assert_eq!(end_of(&Answer::Lost), End::Unknown);
        assert_eq!(end_of(&Answer::NotReached), End::Refused);
        assert_eq!(end_of(&Answer::Told(503, json!({"code": "outcome-unknown"}))), End::Unknown);
        assert_eq!(end_of(&Answer::Told(201, json!({}))), End::Unknown);
        assert_eq!(end_of(&Answer::Told(500, json!({"code": "internal"}))), End::Refused);
    }

    #[test]
    fn names_of_writes_have_no_digits() {
        for text in NAMES.map(|text| name(text, 3, 1907)) {
            assert!(!text.bytes().any(|byte| byte.is_ascii_digit()), "{text}");
        }
    }
}
