//! `barid admin`: credentials, the registry, contracts and test vectors, shell completions.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_domain::audit::Actor;
use barid_domain::ids::OrganisationCode;
use clap::{Args, CommandFactory, Subcommand};

use super::{Cli, CommandError, DataDir, Outcome, vectors};
use crate::node;
use crate::terminal::{Form, identifier, isolate, json, line};

/// Looks after a data directory.
#[derive(Args, Debug)]
pub struct AdminArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Make a token for an officer or service of a hosted organisation; it is shown once.
    Credential {
        #[command(flatten)]
        data: DataDir,
        /// The organisation.
        #[arg(long, value_name = "CODE")]
        organisation: String,
        /// The officer's or service's name: a-z 0-9 . _ -
        #[arg(long, value_name = "NAME")]
        officer: String,
        /// Why the token is made: a case, a request.
        #[arg(long, value_name = "TEXT")]
        reference: String,
    },
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
        What::Credential { data, organisation, officer, reference } => {
            credential(&data, &organisation, &officer, &reference, form)
        }
        What::Organisations { data } => organisations(&data, form),
        What::Openapi => {
            line(barid_web::openapi_json().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        What::Vectors { out } => vectors::write(&out),
        What::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "barid", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn credential(data: &DataDir, organisation: &str, officer: &str, reference: &str, form: Form) -> Outcome {
    let code = OrganisationCode::new(organisation)
        .map_err(|_| CommandError::Usage("not an organisation code".to_owned()))?;
    let actor = Actor::new(code, officer)
        .ok_or_else(|| CommandError::Usage("an officer's name is of a-z 0-9 . _ -".to_owned()))?;
    let ctx = node::context_of(crate::exercise::SECRETARIAT, "console", "oversight", reference)?;
    let token = node::block_on(async {
        let app = node::open_app(&data.data_dir).await?;
        let token = app.issue_credential(&ctx, &actor).await?;
        app.close().await?;
        Ok(token)
    })?;
    match form {
        Form::Json => {
            json(&serde_json::json!({ "organisation": organisation, "officer": officer, "token": token }))
        }
        Form::Text => line(&format!("token of {officer} at {organisation}, shown this once:\n{token}")),
    }
    Ok(ExitCode::SUCCESS)
}

fn organisations(data: &DataDir, form: Form) -> Outcome {
    let registry = node::block_on(async {
        let app = node::open_app(&data.data_dir).await?;
        let registry = app.registry();
        app.close().await?;
        Ok(registry)
    })?;
    match form {
        Form::Json => {
            let rows: Vec<serde_json::Value> = registry
                .organisations()
                .map(|(code, organisation)| {
                    serde_json::json!({
                        "code": code, "kind": organisation.kind, "country": organisation.country,
                        "standing": organisation.standing, "custody": organisation.custody.to_string(),
                        "names": organisation.names.iter().map(|name| &name.text).collect::<Vec<_>>(),
                    })
                })
                .collect();
            json(
                &serde_json::json!({ "genesis": registry.fingerprint().to_string(), "organisations": rows }),
            );
        }
        Form::Text => {
            line(&format!("genesis {}", identifier(&registry.fingerprint().to_string())));
            for (code, organisation) in registry.organisations() {
                let name = organisation.names.first().map(|name| isolate(&name.text)).unwrap_or_default();
                line(&format!(
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
