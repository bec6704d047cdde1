//! `barid image add`: hands pictures in, for a record that names them within a day.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_api::images::{HandedInShown, PictureStated};
use barid_app::{App, HandedIn, IMAGE_FILE_BYTES_CAP, ImageSubmission, Intake, OpContext};
use barid_domain::ids::IdempotencyKey;
use barid_languages::Text;
use clap::{Args, Subcommand, ValueEnum};

use super::{Acting, CommandError, DataDir, Outcome, read_file};
use crate::node;
use crate::terminal::{Form, identifier, json, say};

#[derive(Subcommand, Debug)]
pub enum ImageCommand {
    /// Hand pictures in: JPEG, PNG or WebP. What is shown of each is what a record that names it says.
    Add(AddArgs),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid image add --purpose criminal-investigation --reference 'CASE 2026/114' face.jpg"
)]
pub struct AddArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// How the pictures are kept.
    #[arg(long = "as", value_name = "KIND", value_enum, default_value_t = KeptAs::Photograph)]
    kept_as: KeptAs,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How a picture is kept.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeptAs {
    /// JPEG, of at most 2,048 pixels a side.
    Photograph,
    /// PNG without further loss, of at most 3,508 pixels a side.
    Scan,
}

pub fn run(command: ImageCommand, form: Form) -> Outcome {
    match command {
        ImageCommand::Add(args) => add(args, form),
    }
}

fn add(args: AddArgs, form: Form) -> Outcome {
    let intake = match args.kept_as {
        KeptAs::Photograph => Intake::Photograph,
        KeptAs::Scan => Intake::Scan,
    };
    let (handed_in, failed) = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
        let mut handed_in = Vec::new();
        let mut failed = None;
        for file in &args.files {
            match hand_in(&app, &ctx, file, intake).await {
                Ok(one) => {
                    // Said as it is kept: what comes behind it may fail.
                    if form == Form::Text {
                        show(&one);
                    }
                    handed_in.push(one);
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        app.close().await?;
        Ok((handed_in, failed))
    })?;
    if form == Form::Json {
        let shown: Vec<HandedInShown> = handed_in.iter().map(shown).collect();
        json(&serde_json::json!({ "images": shown }));
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

async fn hand_in(app: &App, ctx: &OpContext, file: &Path, intake: Intake) -> Result<HandedIn, CommandError> {
    let bytes = read_file(file, IMAGE_FILE_BYTES_CAP as u64)?;
    let key = IdempotencyKey::from_random(node::ports().draw());
    Ok(app.hand_in_image(ctx, key, ImageSubmission { bytes, intake }).await?)
}

fn shown(one: &HandedIn) -> HandedInShown {
    HandedInShown {
        picture: PictureStated::from(&one.facts),
        waits_until: one.waits_until.map(|until| until.to_string().into()),
        replayed: one.replayed,
    }
}

fn show(one: &HandedIn) {
    let until = one.waits_until.map(|until| until.to_string()).unwrap_or_default();
    say(Text::ImageHandedIn {
        hash: &identifier(&one.facts.hash.to_string()),
        // One identifier: from right to left two numbers would change sides.
        size: &identifier(&format!("{} x {}", one.facts.width, one.facts.height)),
        bytes: one.facts.bytes,
        until: &identifier(&until),
    });
}
