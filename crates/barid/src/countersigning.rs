//! Epochs and their countersignatures while the server runs: one task writes the leaf of each epoch, sends its checkpoint
//! to the countersigners and keeps what they answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use barid_app::App;
use barid_app::countersigning::{Submission, Submitted};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::commands::{CommandError, read_file};
use crate::node;
use crate::screening::server::is_authority_of_this_machine;

/// How long an epoch is when nobody says otherwise.
pub const EPOCH_SECONDS: u32 = 3_600;
/// How long one countersigner may take; a server that stops waits no longer for it.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes: one signature of the largest kind has room.
const ANSWER_BYTES_CAP: u64 = 16 * 1024;
/// The largest file of certificates, in bytes.
const ROOTS_BYTES_CAP: u64 = 1024 * 1024;
/// How long it waits at most before it looks again for what was not countersigned.
const RETRY: Duration = Duration::from_secs(60);
/// How often it looks at least, while epochs are short.
const SHORTEST_LOOK: Duration = Duration::from_millis(500);

/// Says how epochs are kept and countersigners reached.
pub struct EpochSettings {
    /// How long an epoch is.
    pub seconds: u32,
    /// Asks the countersigners.
    pub agent: ureq::Agent,
}

impl EpochSettings {
    /// Epochs of this length; countersigners are believed by the certificates of a file, or by those of public authorities.
    pub fn new(seconds: u32, roots: Option<&Path>) -> Result<Self, CommandError> {
        let roots = match roots {
            None => RootCerts::WebPki,
            Some(path) => {
                let pem = read_file(path, ROOTS_BYTES_CAP)?;
                let mut certificates = Vec::new();
                for item in parse_pem(&pem) {
                    match item {
                        Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
                        Ok(_) => {}
                        // Half of what was meant to be believed is not what was meant.
                        Err(_) => {
                            let what = format!("{} holds something that can't be read", path.display());
                            return Err(CommandError::Usage(what));
                        }
                    }
                }
                if certificates.is_empty() {
                    let what = format!("{} holds no certificate", path.display());
                    return Err(CommandError::Usage(what));
                }
                RootCerts::new_with_certs(&certificates)
            }
        };
        // The provider is said here: a process-wide one may be set by nobody.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).root_certs(roots).build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(REQUEST_TIME))
            // An address that was named is the one that is asked.
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls)
            .build();
        Ok(Self { seconds, agent: ureq::Agent::new_with_config(config) })
    }
}

/// Tells whether a countersigner can be reached so: with TLS, or on this machine.
pub fn is_reachable(url: &str) -> bool {
    let authority = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains(['?', '#', '@']);
    match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => plain && !authority(rest).is_empty(),
        (None, Some(rest)) => plain && is_authority_of_this_machine(&authority(rest)),
        (None, None) => false,
    }
}

/// Writes epochs and has them countersigned until it is aborted.
pub async fn look_after(app: Arc<App>, settings: EpochSettings) {
    loop {
        if let Err(error) = turn(&app, &settings).await {
            tracing::error!(code = error.code(), "epochs could not be looked after");
        }
        // Also where nothing is left to do: another server that did it may be gone.
        tokio::time::sleep(until_next(settings.seconds).min(RETRY)).await;
    }
}

/// Tells how long it is until the next epoch begins.
fn until_next(seconds: u32) -> Duration {
    let length = u64::from(seconds.max(1)) * 1_000_000;
    let now = u64::try_from(node::now().0).unwrap_or(0);
    Duration::from_micros(length - now % length).max(SHORTEST_LOOK)
}

/// Writes the leaf of the present epoch and asks for countersignatures.
async fn turn(app: &Arc<App>, settings: &EpochSettings) -> Result<(), barid_app::AppError> {
    app.keep_epoch(settings.seconds).await?;
    let mut asking = tokio::task::JoinSet::new();
    for submission in app.submissions().await? {
        let (app, agent) = (app.clone(), settings.agent.clone());
        asking.spawn(async move { ask(&app, &agent, submission).await });
    }
    // One that is slow or away keeps no other waiting, and one whose answer could not be kept is asked again.
    while let Some(asked) = asking.join_next().await {
        if let Ok(Err(error)) = asked {
            tracing::error!(code = error.code(), "a countersignature could not be kept");
        }
    }
    Ok(())
}

async fn ask(app: &App, agent: &ureq::Agent, first: Submission) -> Result<(), barid_app::AppError> {
    let mut submission = first;
    loop {
        let (agent, url, body) = (agent.clone(), submission.url.clone(), submission.body.clone());
        let answer = tokio::task::spawn_blocking(move || post(&agent, &url, &body)).await;
        match app.take_countersignature(submission, answer.ok().flatten()).await? {
            Submitted::Countersigned | Submitted::Failed(_) => return Ok(()),
            Submitted::Again(again) => submission = *again,
        }
    }
}

fn post(agent: &ureq::Agent, url: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    // What was named when other rules held, or written by other hands, is not sent in clear.
    if !is_reachable(url) {
        return None;
    }
    let mut response = agent.post(url).content_type("text/plain; charset=utf-8").send(body).ok()?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_CAP).read_to_vec().ok()?;
    Some((status, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countersigners_are_asked_with_tls_or_on_this_machine() {
        for url in [
            "https://barid.example/witness/v1",
            "https://192.0.2.7:8443/witness/v1",
            "http://127.0.0.1:8640/witness/v1",
            "http://[::1]:8640/witness/v1",
            "http://localhost:8640",
        ] {
            assert!(is_reachable(url), "{url}");
        }
        for url in [
            "http://barid.example/witness/v1",
            "http://192.0.2.7:8640/witness/v1",
            "http://127.0.0.1:8640@192.0.2.7/witness",
            "https://",
            "https://barid.example/?a",
            "ftp://barid.example",
            "https://barid.example/ x",
            "",
        ] {
            assert!(!is_reachable(url), "{url}");
        }
    }

    #[test]
    fn a_file_of_certificates_holds_one_and_public_ones_do_without() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("roots.pem");
        std::fs::write(&file, "no certificate").unwrap();
        assert!(EpochSettings::new(60, Some(&file)).is_err());
        assert!(EpochSettings::new(60, None).is_ok());
    }
}
