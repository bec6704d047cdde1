//! Errands: what a command asks of the running server through the data directory, because a lost token can't wait for
//! the server to be stopped.
//!
//! The command leaves a file in `errands/`, the server does what it says and leaves the answer beside it. Whoever can
//! write there can open the data directory anyway, and acts for everybody in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use barid_app::{App, AppError};
use barid_domain::audit::Actor;
use barid_domain::ids::OrganisationCode;
use serde::{Deserialize, Serialize};

use crate::commands::{CommandError, read_file, write_file};
use crate::node;

/// How often the server looks for errands.
const LOOKING: Duration = Duration::from_secs(1);
/// How long a command waits for its answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest errand or answer, in bytes.
const FILE_BYTES_CAP: u64 = 4_096;
/// The most errands of one look.
const ERRANDS_CAP: usize = 100;
const FOLDER: &str = "errands";

/// Asks for a credential to be taken back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    id: String,
    reference: String,
}

/// Says whose credential was taken back; nobody's where there was none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    of: Option<(String, String)>,
}

/// Has the running server take a credential back, and waits until it has: whose it was, or nobody's.
pub fn revoke(data: &Path, id: &str, reference: &str) -> Result<Option<Actor>, CommandError> {
    let Some(errand) = path_of(data, id, "errand") else { return Ok(None) };
    let answer = errand.with_extension("answer");
    make_folder(data)?;
    // What an impatient command left.
    remove(&answer)?;
    let asked = Revoke { id: id.to_owned(), reference: reference.to_owned() };
    write_file(&errand, &to_json(&asked))?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if answer.exists() {
            let bytes = read_file(&answer, FILE_BYTES_CAP)?;
            remove(&answer)?;
            let unreadable = || CommandError::Failed("the server's answer can not be read".to_owned());
            let revoked: Revoked = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
            let Some((organisation, officer)) = revoked.of else { return Ok(None) };
            let code = OrganisationCode::new(&organisation).map_err(|_| unreadable())?;
            return Actor::new(code, &officer).map(Some).ok_or_else(unreadable);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    remove(&errand)?;
    Err(CommandError::Failed("the server has not answered; stop it and try again".to_owned()))
}

/// Does errands until it is aborted.
pub async fn look_after(app: Arc<App>, data: PathBuf) {
    sweep(&data);
    loop {
        for errand in waiting(&data) {
            if let Err(error) = attend(&app, &errand).await {
                let code = error.code().unwrap_or("errand-failed");
                tracing::error!(code, "an errand failed");
            }
            if remove(&errand).is_err() {
                tracing::error!(code = "errand-stays", "an errand can't be removed");
            }
        }
        tokio::time::sleep(LOOKING).await;
    }
}

async fn attend(app: &App, errand: &Path) -> Result<(), CommandError> {
    let bytes = read_file(errand, FILE_BYTES_CAP)?;
    let asked: Revoke = serde_json::from_slice(&bytes)
        .map_err(|_| CommandError::Failed("an errand that is none".to_owned()))?;
    let ctx = node::host_context(app, &asked.reference)?;
    let of = match app.revoke_credential(&ctx, &asked.id).await {
        Ok(actor) => Some((actor.organisation.to_string(), actor.officer)),
        Err(AppError::Absent) => None,
        Err(error) => return Err(error.into()),
    };
    write_file(&errand.with_extension("answer"), &to_json(&Revoked { of }))
}

/// Removes the answers of commands that were killed while they waited. Before the first look none can
/// be of one that still waits.
fn sweep(data: &Path) {
    let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().filter_map(Result::ok);
    let left =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "answer"));
    for answer in left {
        if remove(&answer).is_err() {
            tracing::error!(code = "errand-stays", "an answer can't be removed");
        }
    }
}

fn waiting(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().filter_map(Result::ok);
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "errand")).take(ERRANDS_CAP).collect()
}

/// The path of an errand about this id; none for what can't be one.
fn path_of(data: &Path, id: &str, kind: &str) -> Option<PathBuf> {
    let is_id =
        (8..=16).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    is_id.then(|| data.join(FOLDER).join(format!("revoke-{id}.{kind}")))
}

fn make_folder(data: &Path) -> Result<(), CommandError> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = data.join(FOLDER);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|cause| CommandError::File { what: format!("can not make {}", folder.display()), cause })
}

fn remove(path: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(CommandError::File { what: format!("can not remove {}", path.display()), cause })
        }
        _ => Ok(()),
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Strings: writing them can't fail.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_sweeps_answers_and_leaves_errands() {
        let data = tempfile::tempdir().unwrap();
        make_folder(data.path()).unwrap();
        let [errand, answer] =
            ["errand", "answer"].map(|kind| path_of(data.path(), "01234567", kind).unwrap());
        for path in [&errand, &answer] {
            std::fs::write(path, b"{}").unwrap();
        }
        sweep(data.path());
        assert!(errand.exists() && !answer.exists());
    }

    #[test]
    fn an_errand_stays_in_its_folder() {
        let data = Path::new("/data");
        assert_eq!(
            path_of(data, "0123456789abcdef", "errand"),
            Some("/data/errands/revoke-0123456789abcdef.errand".into())
        );
        for id in ["", "0123456", "0123456789abcdef0", "../../etc", "ABCDEF01", "01234567/"] {
            assert_eq!(path_of(data, id, "errand"), None, "{id}");
        }
    }
}
