//! `barid admin`: tokens, people, replicas, the registry, contracts and test vectors, shell completions.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_languages::Text;
use clap::{Args, CommandFactory, Subcommand};

use super::{
    Cli, DataDir, Outcome, audit, consents, countersigning, found, keys, marks, orders, people, replicas,
    requests, restrictions, reviews, tokens, vectors,
};
use crate::node;
use crate::terminal::{Form, identifier, json, name_of, say, verbatim};

/// Looks after a data directory.
#[derive(Args, Debug)]
pub struct AdminArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Tokens by which officers and services sign in: make one, list them, take one back.
    #[command(subcommand)]
    Token(tokens::TokenCommand),
    /// Officers' accounts: invite the first administrator of an organisation, attest or end an account.
    #[command(subcommand)]
    People(people::PeopleCommand),
    /// Replicas: further data directories that serve the same database on a server.
    #[command(subcommand)]
    Replica(replicas::ReplicaCommand),
    Found(found::FoundArgs),
    /// Change who belongs to the association.
    #[command(subcommand)]
    Organisation(found::OrganisationCommand),
    Sign(found::SignArgs),
    /// Keys of organisations: make one, list, rotate, retire, recover them, state that one is in other hands.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Orders of the commission about records, which every node obeys over the owner.
    #[command(subcommand)]
    Order(orders::OrderCommand),
    /// Marks of an organisation's own records: the person at the desk may be another one.
    #[command(subcommand)]
    Mark(marks::MarkCommand),
    /// Whom the records of an organisation are shown to: single ones, or all it has in a database.
    #[command(subcommand)]
    Restriction(restrictions::RestrictionCommand),
    /// What may follow a hit: asking its owner for consent, answering, taking back.
    #[command(subcommand)]
    Consents(consents::ConsentCommand),
    /// Requests of persons to the commission: taken in, searched for, decided, told.
    #[command(subcommand)]
    Request(requests::RequestCommand),
    /// What the commission asks an organisation about its records, and the answers.
    #[command(subcommand)]
    Consultation(requests::ConsultationCommand),
    /// Own records that have to be looked at again: kept, withdrawn, or erased when nobody does.
    #[command(subcommand)]
    Reviews(reviews::ReviewCommand),
    /// Who of an organisation did what, with proofs; what was out of the ordinary.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Countersigning: whom this node asks, which ledgers it countersigns, evidence of ledgers with two histories.
    #[command(subcommand)]
    Countersigning(countersigning::CountersigningCommand),
    /// List the organisations of the registry and the fingerprint of its genesis.
    Organisations {
        #[command(flatten)]
        data: DataDir,
    },
    /// Write the OpenAPI document of the HTTP API to standard output.
    Openapi,
    /// Write test vectors of the wire format: signed entries and ledger proofs.
    Vectors {
        /// The directory to write into; made where it does not exist.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Write completions for a shell to standard output.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

pub fn run(args: AdminArgs, form: Form) -> Outcome {
    match args.what {
        What::Token(command) => tokens::run(command, form),
        What::People(command) => people::run(command, form),
        What::Replica(command) => replicas::run(command, form),
        What::Found(args) => found::found(&args, form),
        What::Organisation(command) => found::organisation(&command, form),
        What::Sign(args) => found::sign(&args, form),
        What::Key(command) => keys::run(&command, form),
        What::Order(command) => orders::run(&command, form),
        What::Mark(command) => marks::run(&command, form),
        What::Restriction(command) => restrictions::run(&command, form),
        What::Consents(command) => consents::run(&command, form),
        What::Request(command) => requests::run_request(&command, form),
        What::Consultation(command) => requests::run_consultation(&command, form),
        What::Reviews(command) => reviews::run(&command, form),
        What::Audit(command) => audit::run(&command, form),
        What::Countersigning(command) => countersigning::run(&command, form),
        What::Organisations { data } => organisations(&data, form),
        What::Openapi => {
            verbatim(barid_web::openapi_json().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        What::Vectors { out } => vectors::write(&out),
        What::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "barid", &mut script);
            verbatim(String::from_utf8_lossy(&script).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn organisations(data: &DataDir, form: Form) -> Outcome {
    let registry = node::block_on(async {
        let store = node::open_store(&data.data_dir, false).await?;
        // A directory in which a draft was made and not completed.
        if store.stream_heads().await?.is_empty() {
            store.close().await;
            return Ok(None);
        }
        let app = barid_app::App::start(store, node::ports()).await?;
        let registry = app.registry();
        app.close().await?;
        Ok(Some(registry))
    })?;
    let Some(registry) = registry else {
        match form {
            Form::Json => json(&serde_json::json!({ "genesis": null, "organisations": [] })),
            Form::Text => say(Text::NothingFounded),
        }
        return Ok(ExitCode::from(1));
    };
    match form {
        Form::Json => {
            let rows: Vec<serde_json::Value> = registry
                .organisations()
                .map(|(code, organisation)| {
                    serde_json::json!({
                        "code": code, "kind": organisation.kind, "country": organisation.country,
                        "standing": organisation.standing, "custody": organisation.custody.to_string(),
                        "limits": organisation.limits.iter().map(found::shown_limit).collect::<Vec<_>>(),
                        "names": organisation.names.iter().map(|name| &name.text).collect::<Vec<_>>(),
                    })
                })
                .collect();
            json(
                &serde_json::json!({ "genesis": registry.fingerprint().to_string(), "organisations": rows }),
            );
        }
        Form::Text => {
            let fingerprint = identifier(&registry.fingerprint().to_string());
            say(Text::Genesis { fingerprint: &fingerprint });
            for (code, organisation) in registry.organisations() {
                let name = name_of(&organisation.names);
                verbatim(&format!(
                    "{code:<8} {:<12} {:<9} {:<15} {name}",
                    organisation.kind.to_string(),
                    organisation.standing.to_string(),
                    organisation.custody.to_string()
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
