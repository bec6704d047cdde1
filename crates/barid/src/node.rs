//! Opens the node of a data directory: store, use cases, clock and randomness.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use barid_app::{App, OpContext, Ports, Reference};
use barid_domain::audit::Actor;
use barid_domain::codes::{CodeList, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::OfficerRights;
use barid_store::{MasterKeySource, Store, StoreOptions};

use crate::commands::{Acting, CommandError};
use crate::pkcs11;

/// The ports of the real world.
pub fn ports() -> Ports {
    Ports { clock: Arc::new(now), random: Arc::new(fill_random), tokens: Arc::new(barid_app::NoTokens) }
}

/// The ports of a node: with the keys of the token that its data directory names.
pub fn ports_of(directory: &Path) -> Result<Ports, CommandError> {
    let mut ports = ports();
    if let Some(token) = pkcs11::of_directory(directory)? {
        ports.tokens = Arc::new(pkcs11::keys_of(token)?);
    }
    Ok(ports)
}

/// The system clock in microseconds; the times before 1970 read as 1970.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn fill_random(buffer: &mut [u8]) {
    if getrandom::fill(buffer).is_err() {
        // Keys out of a broken source of randomness are worse than no service at all.
        std::process::abort();
    }
}

/// Opens an existing data directory, or creates it where `create` says so.
pub async fn open_store(directory: &Path, create: bool) -> Result<Store, CommandError> {
    let options =
        StoreOptions { directory: directory.to_owned(), master_key: master_key(), clock: Arc::new(now) };
    let store = if create { Store::create(options).await } else { Store::open(options).await };
    Ok(store?)
}

/// Where the master key is: the file that `BARID_MASTER_KEY` names, or the data directory's own.
pub fn master_key() -> MasterKeySource {
    match std::env::var_os("BARID_MASTER_KEY") {
        Some(path) => MasterKeySource::File(path.into()),
        None => MasterKeySource::DataDirectory,
    }
}

/// Opens the whole node.
pub async fn open_app(directory: &Path) -> Result<App, CommandError> {
    let ports = ports_of(directory)?;
    let store = open_store(directory, false).await?;
    Ok(App::start(store, ports).await?)
}

/// Runs a future on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| CommandError::File { what: "can not start the runtime".to_owned(), cause })?;
    runtime.block_on(future)
}

/// Reads who acts and why from the command line; without an organisation it is the one whose node this is.
pub fn context(app: &App, acting: &Acting) -> Result<OpContext, CommandError> {
    let host = app.host()?;
    let organisation = acting.organisation.as_deref().unwrap_or(host.as_str());
    context_of(organisation, &acting.officer, &acting.purpose, &acting.reference)
}

/// Makes the context of what the one who runs the node does to it: in the name of the organisation whose node it is.
pub fn host_context(app: &App, reference: &str) -> Result<OpContext, CommandError> {
    context_of(app.host()?.as_str(), "console", "oversight", reference)
}

/// Makes the context of an act.
pub fn context_of(
    organisation: &str,
    officer: &str,
    purpose: &str,
    reference: &str,
) -> Result<OpContext, CommandError> {
    let organisation = OrganisationCode::new(organisation)
        .map_err(|_| CommandError::Usage(format!("not an organisation code: {organisation}")))?;
    let actor = Actor::new(organisation, officer)
        .ok_or_else(|| CommandError::Usage("an officer's name is of a-z 0-9 . _ -".to_owned()))?;
    let purpose = Purpose::from_name(purpose).ok_or_else(|| {
        let known: Vec<&str> = Purpose::LISTED.iter().map(|(_, name)| *name).collect();
        CommandError::Usage(format!("not a purpose; one of {}", known.join(", ")))
    })?;
    let reference = Reference::new(reference)
        .map_err(|error| CommandError::Usage(format!("the reference is not usable: {error}")))?;
    // Who has the directory has the keys of its organisations.
    Ok(OpContext { actor, purpose, reference, rights: OfficerRights::all(), entity: None })
}
