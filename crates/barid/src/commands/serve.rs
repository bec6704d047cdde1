//! `barid serve`: the API of a data directory, on loopback unless told otherwise.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use barid_app::App;
use barid_web::{BackupWatch, HeaderName, WebOptions};
use clap::Args;

use super::{CommandError, DataDir, Outcome};
use crate::backups::{self, BackupArgs, Ring};
use crate::countersigning::EpochSettings;
use crate::watching::Watching;
use crate::watching::settings::{self, Folder};
use crate::{countersigning, errands, node, thresholds};

/// Serves the API.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid serve --data-dir barid-data --backup-dir /backup/barid --backup-keys-dir /vault/barid --backup-every 6"
)]
pub struct ServeArgs {
    #[command(flatten)]
    data: DataDir,
    /// The address to listen on. Anything but loopback needs a TLS-terminating proxy in front: this server speaks
    /// plain HTTP.
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8640))]
    listen: SocketAddr,
    /// A file to write the URL into once the server answers searches.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// How many MiB of memory hold what candidates are shown with while a database on a server is away; a person takes
    /// about 1.2 KiB.
    #[arg(long, value_name = "MIB", default_value_t = CARDS_MIB)]
    cards_mib: u32,
    /// For how many seconds searches go on while a database on a server can't be reached: 10 to 300. For so long a record
    /// that was withdrawn elsewhere may be found here, and a token that was revoked elsewhere may search here.
    #[arg(long, value_name = "SECONDS", default_value_t = barid_app::ALONE.as_secs(), value_parser = clap::value_parser!(u64).range(10..=300))]
    searches_alone: u64,
    #[command(flatten)]
    backups: BackupArgs,
    /// A file (TOML) that says which folders are watched: tables that are put there are imported.
    #[arg(long, value_name = "FILE")]
    watch: Option<PathBuf>,
    /// How long an epoch is, in seconds: at the beginning of each, one leaf stands for all streams, and is countersigned by
    /// whom `barid admin countersigning` names. The same on every server of a database.
    #[arg(long, value_name = "SECONDS", default_value_t = countersigning::EPOCH_SECONDS, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    epoch_seconds: u32,
    /// A file (TOML) that says from how many on something is an alarm, where that differs from the defaults.
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// A file with the certificates (PEM) by which countersigners are believed, instead of those of public authorities.
    #[arg(long, value_name = "FILE")]
    countersigner_roots: Option<PathBuf>,
    /// The header in which the proxy before this server writes where a request comes from, as the last of a list: attempts to
    /// sign in are counted by it. Where it is missing or none, the connection's address counts. Without the option they are
    /// counted by the connection's address, and by none on loopback.
    #[arg(long, value_name = "HEADER", value_parser = read_header)]
    client_address_header: Option<HeaderName>,
}

fn read_header(text: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| "not the name of a header".to_owned())
}

/// The room for cards when nobody says otherwise.
const CARDS_MIB: u32 = 512;
/// How often a database on a server is asked what others wrote.
const PULSE: Duration = Duration::from_millis(250);
/// How long it may take to answer before it is away.
const PULSE_PATIENCE: Duration = Duration::from_secs(1);
/// How often the journal is folded into the ledger.
const UPKEEP: Duration = Duration::from_secs(60);
/// How soon the upkeep tries again while the index does not stand: the database may have been away.
const UNREADY: Duration = Duration::from_secs(2);
/// How often a start looks whether the index stands.
const READY_LOOK: Duration = Duration::from_millis(10);

pub fn run(args: ServeArgs) -> Outcome {
    start_log();
    let ring = args.backups.ring(&args.data.data_dir)?;
    let folders = match &args.watch {
        Some(path) => settings::read(path, &args.data.data_dir)?,
        None => Vec::new(),
    };
    let epochs = EpochSettings::new(args.epoch_seconds, args.countersigner_roots.as_deref())?;
    let thresholds = args.thresholds.as_deref().map(thresholds::read).transpose()?;
    if let Some(path) = &args.ready_file {
        forget_readiness(path)?;
    }
    node::block_on(async {
        let ports = node::ports_of(&args.data.data_dir)?;
        let store = node::open_store(&args.data.data_dir, false).await?;
        // The index of many records takes its time: until it stands, searches are answered with `not-ready`.
        let app = Arc::new(App::start_without_index(store, ports).await?);
        app.keep_cards((args.cards_mib as usize) << 20);
        if let Some(thresholds) = thresholds {
            app.watch_by(thresholds);
        }
        if app.store().is_on_server() {
            app.limit_searches_alone(Duration::from_secs(args.searches_alone));
        }
        let client_address_header = args.client_address_header;
        let beside = Beside { ring, folders, epochs: Some(epochs), client_address_header };
        serve(app, args.listen, beside, |url| {
            if let Some(path) = &args.ready_file {
                super::write_file(path, url.as_bytes())?;
            }
            if !args.listen.ip().is_loopback() {
                tracing::warn!(url, "plain HTTP beyond loopback: tokens and answers can be read on the way");
            }
            tracing::info!(url, "serving");
            Ok(())
        })
        .await
    })
}

/// Removes the file that a server left when it was killed: it says that one answers.
fn forget_readiness(path: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(CommandError::File { what: format!("can not remove {}", path.display()), cause })
        }
        _ => Ok(()),
    }
}

/// Is what the server does beside answering.
#[derive(Default)]
pub(crate) struct Beside {
    /// The backups it takes of itself.
    pub(crate) ring: Option<Ring>,
    /// The folders it watches.
    pub(crate) folders: Vec<Folder>,
    /// How it keeps epochs, where it does.
    pub(crate) epochs: Option<EpochSettings>,
    /// In which header a proxy tells where requests come from.
    pub(crate) client_address_header: Option<HeaderName>,
}

/// Serves until the process is asked to stop, then folds the journal, saves the index and closes the store.
pub(crate) async fn serve(
    app: Arc<App>,
    listen: SocketAddr,
    beside: Beside,
    ready: impl FnOnce(&str) -> Result<(), CommandError>,
) -> Outcome {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|cause| CommandError::File { what: format!("can not listen on {listen}"), cause })?;
    let address = listener.local_addr().unwrap_or(listen);
    let upkeep = tokio::spawn(look_after(app.clone()));
    let step = tokio::spawn(keep_in_step(app.clone()));
    let cards = tokio::spawn(fill_cards(app.clone()));
    let errands = tokio::spawn(errands::look_after(app.clone(), app.store().directory().to_owned()));
    let Beside { ring, folders, epochs, client_address_header } = beside;
    let epochs = epochs.map(|epochs| tokio::spawn(countersigning::look_after(app.clone(), epochs)));
    let watching = (!folders.is_empty()).then(|| Watching::start(app.clone(), folders));
    let watch = ring.is_some().then(|| Arc::new(BackupWatch::default()));
    let backups = ring
        .zip(watch.clone())
        .map(|(ring, watch)| tokio::spawn(backups::look_after(app.store().clone(), ring, watch)));
    let options = WebOptions { backups: watch, client_address_header, ..WebOptions::default() };
    let stopping = options.stopping.clone();
    let router = barid_web::router(app.clone(), options);
    let serving = barid_web::serve(listener, router, async move {
        stop_signal().await;
        stopping.store(true, Ordering::Relaxed);
    });
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = becomes_ready(&app) => {
            ready(&format!("http://{address}"))?;
            serving.await
        }
    };
    // The tasks hold clones of the node until they have ended.
    for task in [upkeep, step, cards, errands].into_iter().chain(epochs) {
        task.abort();
        let _ = task.await;
    }
    if let Some(watching) = watching {
        watching.stop().await;
    }
    if let Some(backups) = backups {
        // One that is half done keeps the name that says so, and the next run clears it away.
        backups.abort();
        let _ = backups.await;
    }
    served.map_err(|cause| CommandError::File { what: "the server failed".to_owned(), cause })?;
    match Arc::try_unwrap(app) {
        Ok(app) => app.close().await?,
        // A request that outlived its time limit still holds the node: what is committed is on disk all the same.
        Err(app) => {
            app.keep_alarms_or_say_so().await;
            app.follow_exclusions().await?;
            app.follow().await?;
            app.save_snapshot().await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn look_after(app: Arc<App>) {
    loop {
        if let Err(error) = app.upkeep().await {
            tracing::error!(code = error.code(), "upkeep failed");
        }
        // It builds the first index too, without which nothing is answered.
        tokio::time::sleep(if app.ready() { UPKEEP } else { UNREADY }).await;
    }
}

/// Follows what other replicas write, and whether the database is there at all. Nothing where the database is this process's own.
async fn keep_in_step(app: Arc<App>) {
    if !app.store().is_on_server() {
        return;
    }
    let mut failing = None;
    loop {
        let failed = app.keep_in_step(PULSE_PATIENCE).await.err().map(|error| error.code());
        // The same trouble four times a second is said once, and that the database is away is said by the store.
        if let Some(code) = failed.filter(|code| failing != failed && *code != "database-away") {
            tracing::error!(code, "the database can't be followed");
        }
        failing = failed;
        tokio::time::sleep(PULSE).await;
    }
}

/// Keeps the cards of what the first index had out of a snapshot, once it stands.
async fn fill_cards(app: Arc<App>) {
    becomes_ready(&app).await;
    while let Err(error) = app.fill_cards().await {
        tracing::warn!(code = error.code(), "cards could not be read yet");
        tokio::time::sleep(UPKEEP).await;
    }
}

async fn becomes_ready(app: &App) {
    while !app.ready() {
        tokio::time::sleep(READY_LOOK).await;
    }
}

/// Ends when the process gets SIGINT or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// Starts the log: JSON lines on standard error, never a search term, a name or a number in them.
pub(crate) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BARID_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter).try_init();
}
