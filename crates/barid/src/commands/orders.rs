//! `barid admin order`: what the commission orders about a record, and which orders stand.

use std::process::ExitCode;

use barid_api::orders::OrderShown;
use barid_app::{
    App, AppError, ORDERS_PAGE_CAP, OrderDetails, OrderPlan, RE_ENTRIES_PAGE_CAP, record_of_described,
};
use barid_domain::codes::{CodeList, OrganisationKind};
use barid_domain::dates::Timestamp;
use barid_domain::described::{Described, DescribedDocument, NUMBER_CAP};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::marks::MarkKind;
use barid_domain::orders::{Order, OrderAct, StandingOrder};
use barid_domain::text::{LocalText, NAME_CAP, SHORT_CAP, clean};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::found::{Given, Stating, shown_names, write_draft};
use super::keys::read_id;
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, isolate, json, say, say_inside};

#[derive(Subcommand, Debug)]
pub enum OrderCommand {
    /// Show a record to nobody, whoever owns it, until it is unblocked.
    #[command(
        after_help = "Example:\n  barid admin order block --record ID --text 'en=under review' --reference 'request 12'"
    )]
    Block(OrderArgs),
    /// Show a record again, and every version of it.
    Unblock(OrderArgs),
    /// Show what the commission says with a record.
    #[command(
        after_help = "Example:\n  barid admin order annotate --record ID --text 'en=Not the person born in 1961.' --reference 'request 12'"
    )]
    Annotate(OrderArgs),
    /// Show the version that stands to nobody: its owner has to state another one.
    Correct(OrderArgs),
    /// Destroy the content of a record, which can not be undone.
    Erase(OrderArgs),
    /// Let nobody enter a person again: a record of whom is described is refused, whoever its owner is.
    ///
    /// Whom the order describes is said by names with dates of birth, by the numbers of documents, or by both. It names the
    /// record that was erased, or none.
    #[command(
        after_help = "Example:\n  barid admin order do-not-re-enter --record ID --name 'Валерий Учебный Калачев' --birth 1961-04-12 --document XAX:P1234567 --text 'en=erased by decision 12' --reference 'request 12'"
    )]
    DoNotReEnter(DescribingArgs),
    /// Show whoever is shown a record that the person at the desk may be another one.
    #[command(
        after_help = "Example:\n  barid admin order mark --record ID --mark similar-person --text 'en=Compared on 3 March: another man.' --reference 'request 12'"
    )]
    Mark(MarkingArgs),
    /// Lift an annotation, a mark or an order not to enter somebody again.
    #[command(
        after_help = "Example:\n  barid admin order lift --order ENTRY --text 'en=decided anew' --reference 'request 15'"
    )]
    Lift(LiftingArgs),
    /// List who tried to enter somebody again whom the commission ordered not to.
    #[command(
        after_help = "Example:\n  barid admin order attempts --organisation COM --reference 'monthly report'"
    )]
    Attempts(ListArgs),
    /// List the orders and which nodes attested that they obeyed.
    #[command(
        after_help = "Example:\n  barid admin order list --organisation CCF --reference 'monthly report'"
    )]
    List(ListArgs),
}

#[derive(Args, Debug)]
pub struct OrderArgs {
    /// The record.
    #[arg(long, value_name = "ID")]
    record: RecordId,
    #[command(flatten)]
    said: SaidArgs,
}

#[derive(Args, Debug)]
pub struct DescribingArgs {
    /// The record that was erased; without it the order is about none.
    #[arg(long, value_name = "ID")]
    record: Option<RecordId>,
    /// A name, whole, once for each.
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// A possible date of birth, once for each: a day, a month or a year, as 1961-04-12.
    #[arg(long, value_name = "DATE")]
    birth: Vec<String>,
    /// A document: its number behind the code of the country that issued it, as XAX:P1234567; or the number alone.
    #[arg(long, value_name = "COUNTRY:NUMBER")]
    document: Vec<String>,
    #[command(flatten)]
    said: SaidArgs,
}

#[derive(Args, Debug)]
pub struct MarkingArgs {
    /// The record.
    #[arg(long, value_name = "ID")]
    record: RecordId,
    /// What is said: misused-identity or similar-person.
    #[arg(long, value_name = "CODE")]
    mark: String,
    /// The file that holds the consent of the other person.
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
    #[command(flatten)]
    said: SaidArgs,
}

#[derive(Args, Debug)]
pub struct LiftingArgs {
    /// The order that is lifted: its entry.
    #[arg(long, value_name = "ENTRY")]
    order: String,
    #[command(flatten)]
    said: SaidArgs,
}

#[derive(Args, Debug)]
pub struct SaidArgs {
    /// Why, once for each language; of an annotation what is shown.
    #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
    text: Vec<String>,
    /// The commission, where there is more than one.
    #[arg(long, value_name = "CODE")]
    commission: Option<String>,
    /// The key that is to sign, once for each: more than half of the commission's; without it, those on this node first.
    #[arg(long, value_name = "ID")]
    key_id: Vec<String>,
    #[command(flatten)]
    stating: Stating,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation that reads: the commission reads all, everybody else those about its own records.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Why: a decision, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

pub fn run(command: &OrderCommand, form: Form) -> Outcome {
    match command {
        OrderCommand::Block(args) => plain(OrderAct::Block, args, form),
        OrderCommand::Unblock(args) => plain(OrderAct::Unblock, args, form),
        OrderCommand::Annotate(args) => plain(OrderAct::Annotate, args, form),
        OrderCommand::Correct(args) => plain(OrderAct::Correct, args, form),
        OrderCommand::Erase(args) => plain(OrderAct::Erase, args, form),
        OrderCommand::DoNotReEnter(args) => {
            let described = read_described(args)?;
            let record = args.record.unwrap_or_else(|| record_of_described(&described));
            let details = OrderDetails { described: Some(described), ..OrderDetails::default() };
            let about = About { record: Some(record), act: OrderAct::DoNotReEnter, details };
            node::block_on(state(about, &args.said, form))
        }
        OrderCommand::Mark(args) => {
            let consent = args.consent.clone();
            let details =
                OrderDetails { mark: Some(read_mark(&args.mark)?), consent, ..OrderDetails::default() };
            let about = About { record: Some(args.record), act: OrderAct::Mark, details };
            node::block_on(state(about, &args.said, form))
        }
        OrderCommand::Lift(args) => {
            let details = OrderDetails { lifts: Some(read_entry(&args.order)?), ..OrderDetails::default() };
            node::block_on(state(About { record: None, act: OrderAct::Lift, details }, &args.said, form))
        }
        OrderCommand::Attempts(args) => node::block_on(attempts(args, form)),
        OrderCommand::List(args) => node::block_on(list(args, form)),
    }
}

/// Is what is ordered about what.
struct About {
    /// The record; `None` for that of the order that is lifted.
    record: Option<RecordId>,
    act: OrderAct,
    details: OrderDetails,
}

fn plain(act: OrderAct, args: &OrderArgs, form: Form) -> Outcome {
    let about = About { record: Some(args.record), act, details: OrderDetails::default() };
    node::block_on(state(about, &args.said, form))
}

pub(super) fn read_mark(code: &str) -> Result<MarkKind, CommandError> {
    MarkKind::from_name(code)
        .ok_or_else(|| CommandError::Usage("a mark is misused-identity or similar-person".to_owned()))
}

pub(super) fn read_entry(entry: &str) -> Result<EntryHash, CommandError> {
    entry.parse().map_err(|_| CommandError::Usage("not the hash of an entry".to_owned()))
}

fn read_described(args: &DescribingArgs) -> Result<Described, CommandError> {
    let unusable = |error: String| CommandError::Usage(error);
    let name = |name: &String| clean(name, NAME_CAP).map_err(|error| unusable(format!("a name: {error}")));
    let birth = |birth: &String| birth.parse().map_err(|error| unusable(format!("{birth}: {error}")));
    Ok(Described {
        names: args.name.iter().map(name).collect::<Result<_, _>>()?,
        births: args.birth.iter().map(birth).collect::<Result<_, _>>()?,
        documents: args.document.iter().map(|document| read_document(document)).collect::<Result<_, _>>()?,
    })
}

fn read_document(document: &str) -> Result<DescribedDocument, CommandError> {
    let (country, number) = match document.split_once(':') {
        Some((country, number)) => {
            let country =
                country.parse().map_err(|_| CommandError::Usage("not a country's code".to_owned()))?;
            (Some(country), number)
        }
        None => (None, document),
    };
    let number = clean(number, NUMBER_CAP)
        .map_err(|error| CommandError::Usage(format!("a number is not usable: {error}")))?;
    Ok(DescribedDocument { number, issuing_country: country })
}

async fn state(about: About, args: &SaidArgs, form: Form) -> Outcome {
    let keys = args.key_id.iter().map(|id| read_id(id)).collect::<Result<_, _>>()?;
    let texts = args.text.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let app = node::open_app(args.stating.data_dir()).await?;
    let record = match about.record {
        Some(record) => record,
        None => about.details.lifts.and_then(|lifts| app.record_of_order(lifts)).ok_or(AppError::Absent)?,
    };
    let plan = OrderPlan { record, act: about.act, texts, details: about.details, keys };
    let commission = commission(&app, args.commission.as_deref())?;
    let ctx = node::context_of(commission.as_str(), "console", "oversight", args.stating.reference())?;
    let wanted = app.draft_order(&ctx, &plan).await?;
    let done = match args.stating.given()? {
        Given::Draft(path) => {
            app.remember_draft(&ctx, &wanted)?;
            app.close().await?;
            return write_draft(path, &wanted, form);
        }
        Given::Signed(draft, signed) => app.complete_order(&ctx, &wanted, &draft, &signed).await?,
        Given::Nothing => app.complete_order(&ctx, &wanted, &wanted, &[]).await?,
    };
    app.close().await?;
    match form {
        Form::Json => json(&OrderShown::of(&done)),
        Form::Text => say(Text::OrderStated {
            act: &code(done.order.act),
            record: &identifier(&done.order.record.to_string()),
            order: &identifier(&done.entry.to_string()),
        }),
    }
    Ok(ExitCode::SUCCESS)
}

/// The commission that is named, or the only one.
fn commission(app: &App, named: Option<&str>) -> Result<OrganisationCode, CommandError> {
    if let Some(named) = named {
        return named.parse().map_err(|_| CommandError::Usage("not the code of an organisation".to_owned()));
    }
    let registry = app.registry();
    let mut all = registry.organisations().filter(|(_, found)| found.kind == OrganisationKind::Commission);
    match (all.next(), all.next()) {
        (Some((code, _)), None) => Ok(code),
        (None, _) => Err(CommandError::Failed("the association has no commission".to_owned())),
        (Some(_), Some(_)) => Err(CommandError::Usage(
            "there is more than one commission: name it with --commission".to_owned(),
        )),
    }
}

pub(super) fn read_text(text: &str) -> Result<LocalText, CommandError> {
    let (language, text) = text
        .split_once('=')
        .ok_or_else(|| CommandError::Usage("a text is LANGUAGE=TEXT, such as en=under review".to_owned()))?;
    let text = clean(text, SHORT_CAP)
        .map_err(|error| CommandError::Usage(format!("the text is not usable: {error}")))?;
    Ok(LocalText { language: language.to_owned(), text })
}

async fn list(args: &ListArgs, form: Form) -> Outcome {
    let app = node::open_app(&args.data.data_dir).await?;
    let ctx = node::context_of(&args.organisation, "console", "oversight", &args.reference)?;
    let (mut orders, mut after) = (Vec::new(), None);
    loop {
        let page = app.orders(&ctx, after, ORDERS_PAGE_CAP).await?;
        orders.extend(page.orders);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = orders.iter().map(OrderShown::of).collect();
            json(&serde_json::json!({ "orders": shown }));
        }
        Form::Text => orders.iter().for_each(show),
    }
    Ok(ExitCode::SUCCESS)
}

async fn attempts(args: &ListArgs, form: Form) -> Outcome {
    let app = node::open_app(&args.data.data_dir).await?;
    let ctx = node::context_of(&args.organisation, "console", "oversight", &args.reference)?;
    let (mut attempts, mut after) = (Vec::new(), None);
    loop {
        let page = app.re_entries(&ctx, after, RE_ENTRIES_PAGE_CAP).await?;
        attempts.extend(page.attempts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = attempts.iter().map(barid_web::re_entry_shown).collect();
            json(&serde_json::json!({ "attempts": shown }));
        }
        Form::Text if attempts.is_empty() => say(Text::ReEntriesNone),
        Form::Text => attempts.iter().for_each(|row| {
            say(Text::ReEntryLine {
                day: &row.day.to_string(),
                organisation: row.organisation.as_str(),
                attempts: row.attempts,
                at: &identifier(&row.last_at.to_string()),
                order: &identifier(&row.order.to_string()),
            });
        }),
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what single acts have: whom an order describes, which mark it sets.
pub(super) fn show_details(indent: usize, order: &Order) {
    if let Some(described) = &order.described {
        let names = described.names.iter().map(|name| isolate(name));
        let births = described.births.iter().map(|birth| identifier(&birth.to_string()));
        let documents = described.documents.iter().map(|document| {
            let country = document.issuing_country.map(|country| format!("{country}:")).unwrap_or_default();
            identifier(&format!("{country}{}", document.number))
        });
        let person: Vec<String> = names.chain(births).chain(documents).collect();
        say_inside(indent, Text::OrderDescribes { person: &person.join(", ") });
    }
    if let Some(mark) = order.mark {
        let consent = order.consent.as_deref().map_or("-".to_owned(), isolate);
        say_inside(indent, Text::OrderMarks { mark: &code(mark), consent: &consent });
    }
}

fn show(standing: &StandingOrder) {
    let order = &standing.order;
    say(Text::OrderLine {
        act: &code(order.act),
        record: &identifier(&order.record.to_string()),
        database: &code(order.database),
        owner: order.owner.as_str(),
        commission: standing.commission.as_str(),
        at: &identifier(&Timestamp::from_seconds(standing.at).to_string()),
    });
    say_inside(2, Text::OrderNamed { order: &identifier(&standing.entry.to_string()) });
    if let Some(version) = order.version {
        say_inside(2, Text::OrderVersion { version: &identifier(&version.to_string()) });
    }
    if let Some(answers) = order.answers {
        say_inside(2, Text::OrderAnswers { order: &identifier(&answers.to_string()) });
    }
    say_inside(2, Text::OrderSays { texts: &shown_names(&order.texts) });
    show_details(2, order);
    for one in &standing.attested {
        say_inside(
            2,
            Text::OrderAttested {
                node: &identifier(&one.node.to_string()),
                organisation: one.organisation.as_str(),
                at: &identifier(&Timestamp::from_seconds(one.at).to_string()),
            },
        );
    }
    // What an owner says of its own record nobody has to obey.
    if standing.attested.is_empty() && standing.commission != order.owner {
        say_inside(2, Text::OrderUnattested);
    }
}
