//! The server that screens lists and texts: where it is, who asks it, and how long one waits for it to come back.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use barid_api::client::{Call, Client, ClientError, RESPONSE_BYTES_CAP, Response};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::commands::{CommandError, read_file};

/// The largest file of a token, in bytes.
const TOKEN_BYTES_CAP: u64 = 1_024;

/// How long one request may take: longer than the server gives itself.
const REQUEST_TIME: Duration = Duration::from_secs(90);
/// The first pause before a request is sent again; each next one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Is a server and who asks it.
pub struct Server {
    url: String,
    client: Client,
    patience: Duration,
}

impl Server {
    /// Names a server on this machine; `patience` is how long a request is tried again while the server is busy or away.
    ///
    /// # Errors
    /// For addresses elsewhere: this program speaks plain HTTP, and names and tokens are not for the network to read.
    pub fn new(url: &str, token: &str, patience: Duration) -> Result<Self, CommandError> {
        let url = url.trim_end_matches('/');
        if !is_on_this_machine(url) {
            return Err(CommandError::Usage(format!(
                "{url} is not http:// on this machine (127.0.0.1, [::1] or localhost, with a port); make a tunnel to a server elsewhere"
            )));
        }
        Ok(Self { url: url.to_owned(), client: Client::new(token), patience })
    }

    /// Makes what keeps a connection open.
    pub fn agent(&self) -> ureq::Agent {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(REQUEST_TIME))
            .build();
        ureq::Agent::new_with_config(config)
    }

    /// Who asks, to make calls.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Has a call answered; tries again while the server is busy, starts anew or is away, until `is_over` or patience ends.
    pub fn ask<A: DeserializeOwned>(
        &self,
        agent: &ureq::Agent,
        call: &Call<A>,
        is_over: &AtomicBool,
    ) -> Result<A, CommandError> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let why = match self.carry(agent, &call.request) {
                Ok(response) => match call.parse(&response) {
                    Ok(answer) => return Ok(answer),
                    Err(ClientError::Problem(problem)) if is_passing(problem.status) => {
                        format!("[{}] {}", problem.code, problem.title)
                    }
                    Err(ClientError::Problem(problem)) => {
                        let faults: String = problem
                            .faults
                            .iter()
                            .map(|fault| format!(" {}: {}", fault.place, fault.code))
                            .collect();
                        let said = format!("[{}] {}{faults}", problem.code, problem.title);
                        return Err(CommandError::Failed(said));
                    }
                    Err(error) => return Err(CommandError::Failed(format!("the server: {error}"))),
                },
                Err(error) => format!("the server does not answer: {error}"),
            };
            if is_over.load(Ordering::Relaxed) || begun.elapsed() + pause > self.patience {
                return Err(CommandError::Failed(why));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn carry(
        &self,
        agent: &ureq::Agent,
        request: &barid_api::client::Request,
    ) -> Result<Response, ureq::Error> {
        let call = agent.post(&format!("{}{}", self.url, request.path));
        let call = request.headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
        let mut response = call.send(&request.body[..])?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(RESPONSE_BYTES_CAP as u64).read_to_vec()?;
        Ok(Response { status, body })
    }
}

/// Reads the token of who asks, out of a file or the environment.
pub fn read_token(file: Option<&Path>) -> Result<Zeroizing<String>, CommandError> {
    let token = match file {
        Some(path) => {
            let bytes = Zeroizing::new(read_file(path, TOKEN_BYTES_CAP)?);
            String::from_utf8(bytes.to_vec()).ok()
        }
        None => std::env::var("BARID_TOKEN").ok(),
    };
    let token = Zeroizing::new(token.unwrap_or_default());
    let trimmed = Zeroizing::new(token.trim().to_owned());
    // A header takes no others, and no token has them.
    if trimmed.is_empty() || !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CommandError::Usage("no token: give --token-file FILE or set BARID_TOKEN".to_owned()));
    }
    Ok(trimmed)
}

/// Tells whether the same request may be answered in a while.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 502..=504)
}

fn is_on_this_machine(url: &str) -> bool {
    url.strip_prefix("http://").is_some_and(is_authority_of_this_machine)
}

/// Tells whether a host with its port is this machine.
pub(crate) fn is_authority_of_this_machine(authority: &str) -> bool {
    if let Some(port) = authority.strip_prefix("localhost:") {
        return port.parse::<u16>().is_ok();
    }
    authority.parse().is_ok_and(|address: SocketAddr| match address.ip() {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.is_loopback(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tokens_go_to_this_machine_only() {
        for url in ["http://127.0.0.1:8640", "http://[::1]:8640", "http://localhost:80", "http://127.9.9.9:1"]
        {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "https://127.0.0.1:8640",
            "http://192.0.2.7:8640",
            "http://localhost.example:80",
            "http://127.0.0.1:8640@192.0.2.7:80",
            "http://127.0.0.1",
            "http://localhost:80/x",
            "127.0.0.1:8640",
            "",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }

    #[test]
    fn a_server_that_is_away_is_waited_for_no_longer_than_patience_lasts() {
        // Nobody listens on the discard port of a loopback address of its own.
        let server = Server::new("http://127.255.255.254:9", "token", Duration::ZERO).unwrap();
        let call = server.client().screen(&barid_api::screening::ScreeningRequest::default());
        let refused = server.ask(&server.agent(), &call, &AtomicBool::new(false));
        assert!(refused.err().unwrap().to_string().contains("does not answer"));
    }
}
