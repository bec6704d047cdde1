//! `barid admin found`, `organisation` and `sign`: an association founded, enlarged, its members suspended and
//! readmitted, and all of it signed for by those who keep their keys elsewhere.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use barid_app::drafts::{
    DRAFT_BYTES_CAP, Draft, DraftContent, DraftSignatures, Shown, read_public_key, shown,
};
use barid_app::{App, OpContext, Ports, TokenKeys, complete_founding, draft_founding};
use barid_domain::codes::{CodeList, Database};
use barid_domain::dates::Timestamp;
use barid_domain::ids::{EntryHash, OrganisationCode, decode_hex};
use barid_domain::keys::{Algorithm, PublicKey, Signer, signer_of};
use barid_domain::registry::{
    Aspect, Founder, KeyAct, Limit, OrganisationStatement, Profile, Registry, Standing,
};
use barid_domain::text::LocalText;
use barid_languages::Text;
use barid_store::Store;
use clap::{Args, Subcommand};

use super::orders;
use super::{CommandError, DataDir, Outcome, read_file, write_new_file};
use crate::association::{Association, FILE_BYTES_CAP, read_association, read_joining};
use crate::node;
use crate::pkcs11;
use crate::terminal::{Form, code, identifier, isolate, json, name_of, say, say_inside, verbatim};

/// The most files of signatures at once.
const SIGNATURE_FILES_CAP: usize = 64;

/// Found an association in a data directory of its own.
///
/// In one step where all keys are kept here; otherwise in two: with --draft a file is written that the other founders
/// sign (`barid admin sign`), and with --draft and --with their signatures complete it. docs/operations/founding.md
/// goes through it step by step.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin found --data-dir barid-data --file docs/operations/association.toml --draft draft.json"
)]
pub struct FoundArgs {
    #[command(flatten)]
    data: DataDir,
    /// Whom to found it with; docs/operations/association.toml is an example.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// The draft: written without --with, completed with it where it was written here and says what --file says.
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// The signatures of those who keep their keys elsewhere, as `barid admin sign` wrote them.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "draft")]
    with: Vec<PathBuf>,
    /// The file that names the PKCS#11 token with the keys that --file calls `key_in_token`; the data directory keeps a copy.
    #[arg(long, value_name = "FILE")]
    pkcs11: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum OrganisationCommand {
    /// Add an organisation, signed by as many founders as the association asks for.
    ///
    /// Where too few of their keys are here, in two steps as with `barid admin found`.
    #[command(
        after_help = "Example:\n  barid admin organisation add --file xd.toml --reference 'decision 4'"
    )]
    Add(AddArgs),
    /// State that an organisation takes no part for now, signed by as many other founders as the association asks for.
    ///
    /// It asks and writes nothing from the server's next start on; what it signed stands.
    #[command(
        after_help = "Example:\n  barid admin organisation suspend --organisation XD --reference 'decision 7'"
    )]
    Suspend(StandingArgs),
    /// State that an organisation that was suspended takes part again.
    #[command(
        after_help = "Example:\n  barid admin organisation readmit --organisation XD --reference 'decision 9'"
    )]
    Readmit(StandingArgs),
    /// State that an organisation that takes part does not search, or does not enter records, for now; without --no-read and
    /// --no-write that it may do everything again.
    ///
    /// What it entered stands, and it may withdraw it. DATABASE is a database or `all`.
    #[command(
        after_help = "Example:\n  barid admin organisation limit --organisation XD --no-write persons --reference 'decision 8'"
    )]
    Limit(LimitArgs),
    /// State that an organisation has left: it and its keys come back under another code only. What it signed stands.
    #[command(
        after_help = "Example:\n  barid admin organisation leave --organisation XD --reference 'decision 11'"
    )]
    Leave(StandingArgs),
}

#[derive(Args, Debug)]
pub struct AddArgs {
    /// The organisation: what a member of an association file holds.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    stating: Stating,
}

#[derive(Args, Debug)]
pub struct StandingArgs {
    /// The organisation's code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    #[command(flatten)]
    stating: Stating,
}

#[derive(Args, Debug)]
pub struct LimitArgs {
    #[command(flatten)]
    standing: StandingArgs,
    /// A database that it does not search and open, or `all`; once for each.
    #[arg(long, value_name = "DATABASE")]
    no_read: Vec<String>,
    /// A database that it enters nothing into, or `all`; once for each.
    #[arg(long, value_name = "DATABASE")]
    no_write: Vec<String>,
}

impl LimitArgs {
    fn limits(&self) -> Result<Vec<Limit>, CommandError> {
        let read = |aspect: Aspect, names: &[String]| {
            let limits = names.iter().map(|name| match name.as_str() {
                "all" => Ok(Limit { aspect, database: None }),
                name => match Database::from_name(name) {
                    Some(database) => Ok(Limit { aspect, database: Some(database) }),
                    None => Err(CommandError::Usage(format!("not a database: {name}"))),
                },
            });
            limits.collect::<Result<Vec<_>, _>>()
        };
        Ok([read(Aspect::Read, &self.no_read)?, read(Aspect::Write, &self.no_write)?].concat())
    }
}

/// How something is stated: where, why, and in how many steps.
#[derive(Args, Debug)]
pub(super) struct Stating {
    #[command(flatten)]
    data: DataDir,
    /// The draft: written without --with, completed with it.
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// The signatures of those who keep their keys elsewhere.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "draft")]
    with: Vec<PathBuf>,
    /// Why: a decision, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

/// Is what was given of a draft.
pub(super) enum Given<'a> {
    /// Where to write one.
    Draft(&'a Path),
    /// One that was written earlier, with the signatures that were made elsewhere.
    Signed(Draft, Vec<DraftSignatures>),
    /// None: it is stated at once.
    Nothing,
}

/// Show what a draft says; with --hash, sign it. Needs no data directory and no network.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin sign --draft draft.json --key bureau.key --hash HASH --out bureau.signed"
)]
pub struct SignArgs {
    /// The draft.
    #[arg(long, value_name = "FILE")]
    draft: PathBuf,
    /// The key file, as `barid admin key new` made it.
    #[arg(long, value_name = "FILE", requires_all = ["hash", "out"], group = "signer")]
    key: Option<PathBuf>,
    /// The file that names a PKCS#11 token with the key.
    #[arg(long, value_name = "FILE", requires_all = ["hash", "out"], group = "signer")]
    pkcs11: Option<PathBuf>,
    /// The public half of the key in the token, in hexadecimal, where the draft asks for several that are in it.
    #[arg(long, value_name = "HEX", requires = "pkcs11")]
    public_key: Option<String>,
    /// The hash of the draft, as you were told it by another way than the file came.
    #[arg(long, value_name = "HASH", requires = "signer")]
    hash: Option<String>,
    /// The file to write the signatures into.
    #[arg(long, value_name = "FILE", requires = "signer")]
    out: Option<PathBuf>,
}

pub fn found(args: &FoundArgs, form: Form) -> Outcome {
    let text = read_text(&args.file, FILE_BYTES_CAP)?;
    let association = read_association(&text).map_err(|fault| faulty(&args.file, &fault))?;
    association.plan.check(&node::ports())?;
    let ports = ports_of_founding(args, &association)?;
    let Some(draft) = &args.draft else {
        if !association.plan.own_keys.is_empty() {
            return Err(CommandError::Usage(
                "some founders or members keep their keys elsewhere: write a draft for them with --draft"
                    .to_owned(),
            ));
        }
        return node::block_on(found_whole(args, ports, &association, form));
    };
    if args.with.is_empty() {
        node::block_on(write_founding_draft(args, &ports, &association, draft, form))
    } else {
        let (drafted, signed) = (read_draft(draft)?, read_signatures(&args.with)?);
        node::block_on(async {
            let store = node::open_store(&args.data.data_dir, false).await?;
            let fingerprint = complete_founding(&store, &ports, &association.plan, &drafted, &signed).await?;
            begin(store, ports, fingerprint, &association, form).await
        })
    }
}

/// The ports of a founding: with the keys of the token that was named, which must have all that the plan says it has.
fn ports_of_founding(args: &FoundArgs, association: &Association) -> Result<Ports, CommandError> {
    let mut ports = node::ports();
    if let Some(file) = &args.pkcs11 {
        ports.tokens = Arc::new(pkcs11::keys_of(pkcs11::read(file)?)?);
    } else if !association.plan.keys_in_token.is_empty() {
        return Err(CommandError::Usage(
            "some keys are said to be in a token: name it with --pkcs11".to_owned(),
        ));
    }
    for (code, key) in &association.plan.keys_in_token {
        if ports.tokens.signer(key).is_none() {
            return Err(CommandError::Failed(format!(
                "[{}] the token does not hold the key of {code}",
                pkcs11::TokenError::NoKey.code()
            )));
        }
    }
    Ok(ports)
}

async fn found_whole(args: &FoundArgs, ports: Ports, association: &Association, form: Form) -> Outcome {
    let store = open_or_make(args).await?;
    let fingerprint = barid_app::found(&store, &ports, &association.plan).await?;
    begin(store, ports, fingerprint, association, form).await
}

async fn write_founding_draft(
    args: &FoundArgs,
    ports: &Ports,
    association: &Association,
    path: &Path,
    form: Form,
) -> Outcome {
    refuse_existing(path)?;
    let store = open_or_make(args).await?;
    let draft = draft_founding(&store, ports, &association.plan).await?;
    store.close().await;
    write_draft(path, &draft, form)
}

/// Opens a directory that holds no association yet, or makes it; it remembers the token with which it was founded.
async fn open_or_make(args: &FoundArgs) -> Result<Store, CommandError> {
    let directory = &args.data.data_dir;
    let store = node::open_store(directory, !directory.join("FORMAT").exists()).await?;
    if let Some(file) = &args.pkcs11 {
        pkcs11::name_in_directory(file, directory)?;
    }
    Ok(store)
}

/// Starts the new association once, gives the first officers their tokens and shows what there is.
async fn begin(
    store: Store,
    ports: Ports,
    fingerprint: EntryHash,
    association: &Association,
    form: Form,
) -> Outcome {
    let app = App::start(store, ports).await?;
    let ctx = node::host_context(&app, "founding")?;
    let mut tokens = Vec::new();
    for (actor, days) in &association.officers {
        tokens.push((actor.clone(), app.issue_credential(&ctx, actor, *days).await?));
    }
    let registry = app.registry();
    app.close().await?;
    match form {
        Form::Json => json(&serde_json::json!({
            "genesis": fingerprint.to_string(),
            "organisations": custody_rows(&registry),
            "tokens": tokens.iter().map(|(actor, issued)| serde_json::json!({
                "organisation": actor.organisation.as_str(), "officer": actor.officer,
                "token": issued.token, "ends_at": issued.ends_at.to_string(),
            })).collect::<Vec<_>>(),
        })),
        Form::Text => {
            say(Text::Founded { genesis: &identifier(&fingerprint.to_string()) });
            for (code, organisation) in registry.organisations() {
                let name = name_of(&organisation.names);
                verbatim(&format!("  {code:<8} {:<15} {name}", organisation.custody.to_string()));
            }
            if !tokens.is_empty() {
                say(Text::FirstTokens);
            }
            for (actor, issued) in &tokens {
                let token = identifier(&issued.token);
                verbatim(&format!("  {:<8} {:<15} {token}", actor.organisation.as_str(), actor.officer));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn custody_rows(registry: &Registry) -> Vec<serde_json::Value> {
    let rows = registry.organisations().map(|(code, organisation)| {
        serde_json::json!({ "code": code, "custody": organisation.custody.to_string() })
    });
    rows.collect()
}

pub fn organisation(command: &OrganisationCommand, form: Form) -> Outcome {
    match command {
        OrganisationCommand::Add(args) => node::block_on(add(args, form)),
        OrganisationCommand::Suspend(args) => node::block_on(state_standing(args, Standing::Suspended, form)),
        OrganisationCommand::Readmit(args) => node::block_on(state_standing(args, Standing::Active, form)),
        OrganisationCommand::Leave(args) => node::block_on(state_standing(args, Standing::Left, form)),
        OrganisationCommand::Limit(args) => node::block_on(state_limits(args, form)),
    }
}

async fn add(args: &AddArgs, form: Form) -> Outcome {
    let text = read_text(&args.file, FILE_BYTES_CAP)?;
    let app = node::open_app(&args.stating.data.data_dir).await?;
    let ctx = node::host_context(&app, &args.stating.reference)?;
    let joining = read_joining(&text, app.host()?).map_err(|fault| faulty(&args.file, &fault))?;
    let draft =
        app.draft_organisation(&ctx, &joining.profile, joining.own_key.or(joining.key_in_token)).await?;
    let drafted = args.stating.state(&app, &ctx, &draft).await?;
    app.close().await?;
    if let Some(path) = drafted {
        return write_draft(path, &draft, form);
    }
    let code = joining.profile.code;
    match form {
        Form::Json => json(&serde_json::json!({ "added": code })),
        Form::Text => say(Text::OrganisationAdded { organisation: code.as_str() }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn state_limits(args: &LimitArgs, form: Form) -> Outcome {
    let (stating, code, limits) = (&args.standing.stating, args.standing.code()?, args.limits()?);
    let app = node::open_app(&stating.data.data_dir).await?;
    let ctx = node::host_context(&app, &stating.reference)?;
    let draft = app.draft_limits(&ctx, code, limits).await?;
    let drafted = stating.state(&app, &ctx, &draft).await?;
    app.close().await?;
    if let Some(path) = drafted {
        return write_draft(path, &draft, form);
    }
    match form {
        Form::Json => json(&serde_json::json!({ "organisation": code, "limits": "stated" })),
        Form::Text => say(Text::OrganisationLimited { organisation: code.as_str() }),
    }
    Ok(ExitCode::SUCCESS)
}

impl StandingArgs {
    fn code(&self) -> Result<OrganisationCode, CommandError> {
        let code = self.organisation.parse();
        code.map_err(|_| CommandError::Usage("not the code of an organisation".to_owned()))
    }
}

async fn state_standing(args: &StandingArgs, standing: Standing, form: Form) -> Outcome {
    let code = args.code()?;
    let app = node::open_app(&args.stating.data.data_dir).await?;
    let ctx = node::host_context(&app, &args.stating.reference)?;
    let draft = app.draft_standing(&ctx, code, standing).await?;
    let drafted = args.stating.state(&app, &ctx, &draft).await?;
    app.close().await?;
    if let Some(path) = drafted {
        return write_draft(path, &draft, form);
    }
    let organisation = code.as_str();
    match form {
        Form::Json => json(&serde_json::json!({ "organisation": code, "standing": standing })),
        Form::Text if standing == Standing::Active => say(Text::OrganisationReadmitted { organisation }),
        Form::Text if standing == Standing::Left => say(Text::OrganisationLeft { organisation }),
        Form::Text => say(Text::OrganisationSuspended { organisation }),
    }
    Ok(ExitCode::SUCCESS)
}

impl Stating {
    /// The data directory.
    pub(super) fn data_dir(&self) -> &Path {
        &self.data.data_dir
    }

    /// Why.
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    /// States what was drafted just now: at once, or by completing a draft of earlier that says the same. Or answers the
    /// file that it is to be written into for others to sign.
    pub(super) async fn state(
        &self,
        app: &App,
        ctx: &OpContext,
        wanted: &Draft,
    ) -> Result<Option<&Path>, CommandError> {
        match self.given()? {
            Given::Draft(path) => {
                app.remember_draft(ctx, wanted)?;
                return Ok(Some(path));
            }
            Given::Signed(draft, signed) => app.complete_draft(ctx, wanted, &draft, &signed).await?,
            Given::Nothing => app.complete_draft(ctx, wanted, wanted, &[]).await?,
        }
        Ok(None)
    }

    /// Reads what was given of a draft.
    pub(super) fn given(&self) -> Result<Given<'_>, CommandError> {
        match (&self.draft, self.with.as_slice()) {
            (Some(path), []) => {
                refuse_existing(path)?;
                Ok(Given::Draft(path))
            }
            (Some(path), with) => {
                let signed = read_signatures(with)?;
                Ok(Given::Signed(read_draft(path)?, signed))
            }
            (None, _) => Ok(Given::Nothing),
        }
    }
}

pub fn sign(args: &SignArgs, form: Form) -> Outcome {
    let draft = read_draft(&args.draft)?;
    if form == Form::Text {
        draft.contents()?.iter().for_each(show_statement);
        say(Text::DraftHash { hash: &identifier(&draft.hash()) });
    }
    let (Some(hash), Some(out)) = (&args.hash, &args.out) else {
        match form {
            Form::Json => json(&serde_json::json!({ "draft": draft.hash(), "signed": false })),
            Form::Text => say(Text::SignNothing),
        }
        return Ok(ExitCode::from(1));
    };
    if *hash != draft.hash() {
        return Err(CommandError::Failed(
            "the draft has another hash: it is not the one you were told of".to_owned(),
        ));
    }
    refuse_existing(out)?;
    let signed = match (&args.key, &args.pkcs11) {
        (Some(file), _) => draft.sign(read_key(file)?.as_ref())?,
        (None, Some(file)) => sign_with_token(&draft, file, args.public_key.as_deref())?,
        (None, None) => None,
    };
    let signed = signed
        .ok_or_else(|| CommandError::Failed("the draft asks for no signature of this key".to_owned()))?;
    write_new_file(out, &to_json(&signed))?;
    match form {
        Form::Json => json(&serde_json::json!({ "draft": draft.hash(), "signed": true })),
        Form::Text => say(Text::SignedInto { place: &out.display().to_string() }),
    }
    Ok(ExitCode::SUCCESS)
}

/// Signs with the key of a token that the draft asks for, or with the one that was chosen of several.
fn sign_with_token(
    draft: &Draft,
    file: &Path,
    chosen: Option<&str>,
) -> Result<Option<DraftSignatures>, CommandError> {
    let wanted = match chosen {
        Some(text) => {
            let key = read_public_key(text);
            Some(key.ok_or_else(|| CommandError::Usage("not a public key in hexadecimal".to_owned()))?)
        }
        None => None,
    };
    let keys = pkcs11::keys_of(pkcs11::read(file)?)?;
    let is_meant = |key: &&PublicKey| draft.asks(key) && wanted.is_none_or(|wanted| wanted == **key);
    let mut asked: Vec<&PublicKey> = keys.public_keys().filter(is_meant).collect();
    asked.sort_by_key(|key| shown(key));
    match asked.as_slice() {
        [] => Err(pkcs11::unusable(&pkcs11::TokenError::NoKey)),
        [key] => match keys.signer(key) {
            Some(signer) => draft.sign(signer.as_ref()).map_err(|error| match keys.failure() {
                Some(why) => pkcs11::unusable(&why),
                None => error.into(),
            }),
            None => Ok(None),
        },
        several => {
            let several: Vec<String> = several.iter().map(|key| shown(key)).collect();
            Err(CommandError::Usage(format!(
                "the draft asks for several keys of this token; choose one with --public-key: {}",
                several.join(" ")
            )))
        }
    }
}

/// Shows every field that is signed, and who is to sign.
fn show_statement(statement: &Shown) {
    show_content(&statement.content);
    let salt = match &statement.content {
        DraftContent::Genesis(genesis) => &genesis.salt,
        DraftContent::Organisation(stated) => &stated.salt,
        DraftContent::Key(stated) => &stated.salt,
        DraftContent::Order(order) => &order.salt,
    };
    say_inside(
        4,
        Text::DraftStated {
            issuer: statement.issuer.as_str(),
            at: &shown_time(statement.issued_at),
            subject: &identifier(&statement.subject),
            salt: &identifier(&barid_app::proofs::hex(salt)),
        },
    );
    for key in &statement.signers {
        say_inside(4, Text::DraftSigner { key: &identifier(&shown(key)) });
    }
}

fn shown_time(seconds: i64) -> String {
    identifier(&format!("{} ({seconds})", Timestamp::from_seconds(seconds)))
}

fn show_content(content: &DraftContent) {
    match content {
        DraftContent::Genesis(genesis) => {
            say(Text::DraftFounds { names: &shown_names(&genesis.names) });
            let founders = genesis.founders.len() as u64;
            say_inside(2, Text::DraftThreshold { threshold: genesis.threshold, founders });
            for Founder { profile, key } in &genesis.founders {
                let (organisation, custody) = (&shown_profile(profile), &profile.custody().to_string());
                say_inside(2, Text::DraftFounder { organisation, custody });
                say_inside(4, Text::PublicKey { key: &identifier(&shown(key)) });
            }
        }
        DraftContent::Organisation(OrganisationStatement {
            profile,
            standing,
            must_sign_with,
            limits,
            ..
        }) => {
            let organisation = &format!("{} {standing}", shown_profile(profile));
            say_inside(2, Text::DraftOrganisation { organisation, custody: &profile.custody().to_string() });
            if !must_sign_with.is_empty() {
                let algorithms: Vec<String> = must_sign_with.iter().map(ToString::to_string).collect();
                say_inside(4, Text::DraftSignsWith { algorithms: &algorithms.join(", ") });
            }
            for limit in limits {
                say_inside(4, Text::DraftLimit { what: &shown_limit(limit) });
            }
        }
        DraftContent::Key(statement) => {
            let algorithm = statement.key.algorithm().name();
            let usage = &format!("{} {} {algorithm}", statement.act, statement.usage);
            let (organisation, key) = (statement.organisation.as_str(), &identifier(&shown(&statement.key)));
            say_inside(2, Text::DraftKey { organisation, usage, key });
            let at = &shown_time(statement.from);
            match statement.act {
                KeyAct::Add => say_inside(4, Text::DraftKeyFrom { at }),
                KeyAct::Retire | KeyAct::Compromised | KeyAct::Unlisted(_) => {
                    say_inside(4, Text::DraftKeyEnds { at });
                }
            }
            let places = statement.up_to.as_deref();
            if places.is_some_and(<[_]>::is_empty) {
                say_inside(4, Text::DraftKeyCountsNowhere);
            }
            for place in places.unwrap_or_default() {
                let place = &identifier(&format!("{}={}", place.stream, place.seq));
                say_inside(4, Text::DraftKeyUpTo { place });
            }
        }
        DraftContent::Order(order) => {
            let (act, database) = (&code(order.act), &code(order.database));
            say_inside(2, Text::DraftOrder { act, record: &identifier(&order.record.to_string()), database });
            if let Some(version) = order.version {
                say_inside(4, Text::OrderVersion { version: &identifier(&version.to_string()) });
            }
            if let Some(answers) = order.answers {
                say_inside(4, Text::OrderAnswers { order: &identifier(&answers.to_string()) });
            }
            say_inside(4, Text::OrderSays { texts: &shown_names(&order.texts) });
            orders::show_details(4, order);
        }
    }
}

/// Shows a limit in codes: `write persons`, `read all`.
pub(super) fn shown_limit(limit: &Limit) -> String {
    let database = limit.database.map_or("all".to_owned(), |database| database.to_string());
    format!("{} {database}", limit.aspect)
}

fn shown_profile(profile: &Profile) -> String {
    let country = profile.country.map(|country| format!(" {country}")).unwrap_or_default();
    format!("{} {}{country} {}", profile.code, profile.kind, shown_names(&profile.names))
}

pub(super) fn shown_names(names: &[LocalText]) -> String {
    let shown = names.iter().map(|name| format!("{}: {}", identifier(&name.language), isolate(&name.text)));
    shown.collect::<Vec<_>>().join(" / ")
}

/// What stands before the secret in a key file; nothing before an Ed25519 key, as from the beginning.
pub(super) fn key_file_mark(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "",
        Algorithm::EcdsaP256 => "ecdsa-p256 ",
    }
}

fn read_key(path: &Path) -> Result<Box<dyn Signer>, CommandError> {
    let no_key = || CommandError::Failed(format!("{} is no key file", path.display()));
    let text = zeroize::Zeroizing::new(read_text(path, 100)?);
    let marked = text.strip_prefix(key_file_mark(Algorithm::EcdsaP256));
    let (algorithm, digits) =
        marked.map_or((Algorithm::Ed25519, text.as_str()), |digits| (Algorithm::EcdsaP256, digits));
    let mut secret = zeroize::Zeroizing::new([0u8; 32]);
    decode_hex(digits.trim(), secret.as_mut_slice()).ok_or_else(no_key)?;
    signer_of(algorithm, &secret).map_err(|_| no_key())
}

pub(super) fn write_draft(path: &Path, draft: &Draft, form: Form) -> Outcome {
    write_new_file(path, &to_json(draft))?;
    match form {
        Form::Json => json(&serde_json::json!({ "draft": draft.hash() })),
        Form::Text => {
            say(Text::DraftHash { hash: &identifier(&draft.hash()) });
            say(Text::DraftNext);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_draft(path: &Path) -> Result<Draft, CommandError> {
    let bytes = read_file(path, DRAFT_BYTES_CAP as u64)?;
    serde_json::from_slice(&bytes)
        .map_err(|_| CommandError::Failed(format!("{} is no draft", path.display())))
}

fn read_signatures(paths: &[PathBuf]) -> Result<Vec<DraftSignatures>, CommandError> {
    if paths.len() > SIGNATURE_FILES_CAP {
        return Err(CommandError::Usage(format!("more than {SIGNATURE_FILES_CAP} files of signatures")));
    }
    let read = |path: &PathBuf| {
        let bytes = read_file(path, DRAFT_BYTES_CAP as u64)?;
        serde_json::from_slice(&bytes)
            .map_err(|_| CommandError::Failed(format!("{} is no file of signatures", path.display())))
    };
    paths.iter().map(read).collect()
}

fn read_text(path: &Path, cap: u64) -> Result<String, CommandError> {
    String::from_utf8(read_file(path, cap)?)
        .map_err(|_| CommandError::Failed(format!("{} is not UTF-8", path.display())))
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), CommandError> {
    // A link that leads nowhere is there too.
    if path.symlink_metadata().is_ok() {
        Err(CommandError::Failed(format!("{} is there already", path.display())))
    } else {
        Ok(())
    }
}

fn faulty(path: &Path, fault: &str) -> CommandError {
    CommandError::Failed(format!("{}: {fault}", path.display()))
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    // Strings and numbers: writing them can't fail.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}
