//! `barid admin order`: what the commission orders about a record, and which orders stand.

use std::process::ExitCode;

use barid_api::orders::OrderShown;
use barid_app::{App, ORDERS_PAGE_CAP, OrderPlan};
use barid_domain::codes::OrganisationKind;
use barid_domain::dates::Timestamp;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::orders::{OrderAct, StandingOrder};
use barid_domain::text::{LocalText, SHORT_CAP, clean};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::found::{Given, Stating, shown_names, write_draft};
use super::keys::read_id;
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, json, say, say_inside};

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
        OrderCommand::Block(args) => node::block_on(state(OrderAct::Block, args, form)),
        OrderCommand::Unblock(args) => node::block_on(state(OrderAct::Unblock, args, form)),
        OrderCommand::Annotate(args) => node::block_on(state(OrderAct::Annotate, args, form)),
        OrderCommand::Correct(args) => node::block_on(state(OrderAct::Correct, args, form)),
        OrderCommand::Erase(args) => node::block_on(state(OrderAct::Erase, args, form)),
        OrderCommand::List(args) => node::block_on(list(args, form)),
    }
}

async fn state(act: OrderAct, args: &OrderArgs, form: Form) -> Outcome {
    let keys = args.key_id.iter().map(|id| read_id(id)).collect::<Result<_, _>>()?;
    let texts = args.text.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let plan = OrderPlan { record: args.record, act, texts, keys };
    let app = node::open_app(args.stating.data_dir()).await?;
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
    if standing.attested.is_empty() {
        say_inside(2, Text::OrderUnattested);
    }
}
