//! `barid admin replica`: further data directories that serve the same database, each with a journal of its own.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use barid_app::App;
use barid_domain::dates::Timestamp;
use barid_languages::Text;
use barid_store::{
    INVITATION_BYTES_CAP, Invitation, InvitationCode, Replica, ReplicaId, Store, StoreError, StoreOptions,
};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{CommandError, DataDir, Outcome, read_file, write_new_file};
use crate::node;
use crate::terminal::{Form, columns, identifier, json, say, verbatim, words};

/// For how many hours an invitation is good, at most.
const HOURS_CAP: u32 = 168;
const HOUR_MICROS: i64 = 3_600_000_000;

#[derive(Subcommand, Debug)]
pub enum ReplicaCommand {
    /// Write an invitation with which another directory joins: the keys, sealed under a code that is shown once. The
    /// database must be on a server. Works while the server runs.
    Invite(InviteArgs),
    /// Make a new data directory a replica; of one that is a replica already, bring the keys up to date.
    Join(JoinArgs),
    /// List the replicas: since when, last seen when.
    List(ListArgs),
    /// End a replica, this one or one whose machine is gone: its directory opens no more.
    Remove(RemoveArgs),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin replica invite --data-dir barid-data --to replica.invitation"
)]
pub struct InviteArgs {
    #[command(flatten)]
    data: DataDir,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// After how many hours nobody joins with it any more: 1 to 168.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=i64::from(HOURS_CAP)))]
    hours: u32,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin replica join --data-dir /srv/barid-2 --invitation replica.invitation --reference 'second server'\n\nThe invitation's code is read from standard input."
)]
pub struct JoinArgs {
    #[command(flatten)]
    data: DataDir,
    /// The invitation.
    #[arg(long, value_name = "FILE")]
    invitation: PathBuf,
    /// A file with the address of the database, where this machine reaches it by another one than the inviting machine.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Why the replica joins: a request, a change.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// Why the list is read: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin replica remove --reference 'machine scrapped' 5e0c7d9a41b2f86350c1a7e94d2b8f06"
)]
pub struct RemoveArgs {
    #[command(flatten)]
    data: DataDir,
    /// The replica's id, as the list shows it.
    id: String,
    /// Why it is ended: a request, a change.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

pub fn run(command: ReplicaCommand, form: Form) -> Outcome {
    match command {
        ReplicaCommand::Invite(args) => invite(&args, form),
        ReplicaCommand::Join(args) => join(&args, form),
        ReplicaCommand::List(args) => list(&args, form),
        ReplicaCommand::Remove(args) => remove(&args, form),
    }
}

fn invite(args: &InviteArgs, form: Form) -> Outcome {
    let code = InvitationCode::draw()?;
    let until = Timestamp(node::now().0.saturating_add(i64::from(args.hours) * HOUR_MICROS));
    let sealed = barid_store::invite(&args.data.data_dir, &node::master_key(), &code, until)?;
    write_new_file(&args.to, &sealed)?;
    let file = args.to.display().to_string();
    match form {
        Form::Json => json(&serde_json::json!({
            "invitation": file, "valid_until": until.to_string(), "code": code.show().as_str(),
        })),
        Form::Text => {
            say(Text::ReplicaInvited { file: &file, until: &until.to_string() });
            verbatim(&code.show());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn join(args: &JoinArgs, form: Form) -> Outcome {
    let invitation = read_invitation(args)?;
    let address = match &args.database {
        None => None,
        Some(file) => {
            let bytes = Zeroizing::new(read_file(file, 4096)?);
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| CommandError::Usage("the address of the database is not text".to_owned()))?;
            Some(Zeroizing::new(text.trim().to_owned()))
        }
    };
    let options = StoreOptions {
        directory: args.data.data_dir.clone(),
        master_key: node::master_key(),
        clock: Arc::new(node::now),
    };
    if args.data.data_dir.join("FORMAT").exists() {
        barid_store::renew_keys(&options, &invitation)?;
        match form {
            Form::Json => json(&serde_json::json!({ "renewed": true })),
            Form::Text => say(Text::ReplicaRenewed),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let replica = node::block_on(async {
        let store = Store::join(options, &invitation, address.as_ref().map(|it| it.as_str())).await?;
        let app = App::start_without_index(store, node::ports()).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let replica = app.join_as_replica(&ctx).await?;
        app.close().await?;
        Ok(replica)
    })?;
    match form {
        Form::Json => json(&serde_json::json!({ "replica": replica.to_string() })),
        Form::Text => say(Text::ReplicaJoined { replica: &replica.to_string() }),
    }
    Ok(ExitCode::SUCCESS)
}

fn read_invitation(args: &JoinArgs) -> Result<Invitation, CommandError> {
    let sealed = read_file(&args.invitation, INVITATION_BYTES_CAP)?;
    if std::io::stdin().is_terminal() {
        say(Text::ReplicaCode);
    }
    let mut typed = Zeroizing::new(String::new());
    let read = std::io::stdin().read_line(&mut typed);
    read.map_err(|cause| CommandError::File { what: "can not read the code".to_owned(), cause })?;
    let code = InvitationCode::parse(&typed).ok_or(StoreError::InvitationUnusable)?;
    Ok(barid_store::open_invitation(&sealed, &code)?)
}

fn list(args: &ListArgs, form: Form) -> Outcome {
    let listed = node::block_on(async {
        let store = node::open_store(&args.data.data_dir, false).await?;
        let app = App::start_without_index(store, node::ports()).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let listed = app.replicas(&ctx).await?;
        app.close().await?;
        Ok(listed)
    })?;
    match form {
        Form::Json => json(&listed.iter().map(as_json).collect::<Vec<_>>()),
        Form::Text => listed.iter().for_each(show),
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(replica: &Replica) -> serde_json::Value {
    serde_json::json!({
        "replica": replica.id.to_string(),
        "joined_at": replica.joined_at.to_string(),
        "seen_at": replica.seen_at.to_string(),
        "left_at": replica.left_at.map(|at| at.to_string()),
        "folded_lines": replica.folded_lines,
    })
}

fn show(replica: &Replica) {
    let since = words(Text::ReplicaSince { day: &replica.joined_at.day().to_string() });
    let last = match replica.left_at {
        Some(at) => words(Text::ReplicaLeft { at: &at.to_string() }),
        None => words(Text::ReplicaSeen { at: &replica.seen_at.to_string() }),
    };
    columns(&[&identifier(&replica.id.to_string()), &since, &last]);
}

fn remove(args: &RemoveArgs, form: Form) -> Outcome {
    let id = ReplicaId::parse(&args.id).ok_or_else(|| {
        CommandError::Usage("the id of a replica is of 32 digits and letters a-f".to_owned())
    })?;
    let removed = node::block_on(async {
        let store = node::open_store(&args.data.data_dir, false).await?;
        let app = App::start_without_index(store, node::ports()).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let is_own = app.store().replica() == id;
        let removed = match app.end_replica(&ctx, id).await {
            Ok(()) => true,
            Err(barid_app::AppError::Absent) => false,
            Err(error) => return Err(error.into()),
        };
        // A replica that has left folds no more.
        if is_own {
            app.store().clone().close().await
        } else {
            app.close().await?
        }
        Ok(removed)
    })?;
    match (removed, form) {
        (_, Form::Json) => json(&serde_json::json!({ "removed": removed })),
        (true, Form::Text) => say(Text::ReplicaRemoved { replica: &id.to_string() }),
        (false, Form::Text) => say(Text::ReplicaUnknown),
    }
    Ok(if removed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
