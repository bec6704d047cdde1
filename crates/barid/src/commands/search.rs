//! `barid search`: looks for a person or a document on this machine's data directory.

use std::io::Read;
use std::process::ExitCode;

use barid_app::{Candidate, Query, Recognised, SearchAnswer};
use barid_domain::agreements::Duty;
use barid_domain::codes::Database;
use barid_languages::Text;
use clap::Args;

use super::records::{annotation_line, mark_line};
use super::{Acting, CommandError, DataDir, Outcome};
use crate::terminal::{
    Form, calendar_name, code, columns, identifier, isolate, json, say, say_inside, verbatim, words,
};
use crate::{node, reasons};

/// Looks for a person or a document. Without TEXT, what to look for is read from standard input, where it leaves no
/// trace in the shell's history or the list of processes.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid search 'Тархан Батирашвили' --data-dir barid-demo --purpose border-control --reference 'lane 4'"
)]
pub struct SearchArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// A name in any script, a document number, a reference of a list (QDi.345) or a machine-readable zone.
    text: Option<String>,
    /// Date of birth: YYYY, YYYY-MM, YYYY-MM-DD, DD.MM.YYYY or FROM/TO, in digits of any script. A calendar may be named
    /// behind: SH or AP (Solar Hijri), AH (lunar Hijri), BS (Vikram Samvat), bangla (Bengali), BE (Buddhist), ROC (Minguo),
    /// EC (Ethiopian), AD. Without a name, a year that can't be Gregorian is read in the calendars it can be of, and the
    /// answer says which.
    #[arg(long, value_name = "DATE")]
    birth: Option<String>,
    /// Nationality: an ISO 3166-1 alpha-3 code.
    #[arg(long, value_name = "CODE")]
    nationality: Option<String>,
    /// Place of birth in any script, pieces between commas; an ISO 3166-1 alpha-3 code is a country.
    #[arg(long, value_name = "PLACE")]
    birth_place: Option<String>,
    /// Sex: male or female.
    #[arg(long, value_name = "SEX")]
    sex: Option<String>,
    /// Issuing country of the document.
    #[arg(long, value_name = "CODE")]
    issuing_country: Option<String>,
    /// The most candidates.
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
}

pub fn run(args: SearchArgs, form: Form) -> Outcome {
    let query = read_query(&args)?;
    let answer = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
        let answer = app.search(&ctx, &query).await?;
        app.close().await?;
        Ok(answer)
    })?;
    match form {
        Form::Json => json(&barid_web::search_shown(&answer)),
        Form::Text => show(&answer),
    }
    Ok(if answer.candidates.is_empty() && answer.hits.is_empty() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

fn read_query(args: &SearchArgs) -> Result<Query, CommandError> {
    let text = match &args.text {
        Some(text) => text.clone(),
        None => {
            let mut text = String::new();
            let read = std::io::stdin().take(4096).read_to_string(&mut text);
            read.map_err(|cause| CommandError::File {
                what: "can not read what to look for".to_owned(),
                cause,
            })?;
            text.trim().to_owned()
        }
    };
    let usage = |what: &str| CommandError::Usage(format!("not a {what}"));
    Ok(Query {
        text: Some(text),
        birth: args.birth.clone(),
        birth_place: args.birth_place.clone(),
        nationality: args
            .nationality
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| usage("country code"))?,
        issuing_country: args
            .issuing_country
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| usage("country code"))?,
        sex: match &args.sex {
            Some(sex) => Some(barid_domain::codes::CodeList::from_name(sex).ok_or_else(|| usage("sex"))?),
            None => None,
        },
        limit: Some(args.limit),
        ..Query::default()
    })
}

/// Shows an answer for people: best first, each with its reasons, nothing but information.
pub(crate) fn show(answer: &SearchAnswer) {
    say(match answer.recognised {
        Recognised::Name => Text::SearchedAsName,
        Recognised::DocumentNumber => Text::SearchedAsNumber,
        Recognised::MachineReadableZone => Text::SearchedAsZone,
    });
    if let Some(birth) = answer.birth.as_ref().filter(|birth| birth.is_interpreted()) {
        for reading in birth.readings() {
            let (date, calendar) = (&reading.interval.to_string(), &calendar_name(reading.calendar));
            say_inside(2, Text::BirthRead { date, calendar });
        }
    }
    if answer.candidates.is_empty() && answer.hits.is_empty() {
        say(Text::NoCandidate);
    }
    for remark in &answer.remarks {
        say_inside(2, Text::Remark { remark });
    }
    for (rank, candidate) in answer.candidates.iter().enumerate() {
        let mark = words(match (candidate.alert, candidate.cleared_by_birth) {
            (true, _) => Text::Compare,
            (false, true) => Text::ClearedByBirth,
            (false, false) => Text::Weak,
        });
        columns(&[
            &format!("{:>2}. {}", rank + 1, isolate(&candidate.found)),
            &format!("{:.2} {mark}", candidate.score),
            &stated(candidate),
            &source(candidate),
            candidate.owner.as_str(),
            &if candidate.exercise { words(Text::Exercise) } else { String::new() },
        ]);
        for number in candidate.numbers.iter().map(reasons::number) {
            verbatim(&format!("      {number}"));
        }
        for line in candidate.said.marks.iter().filter_map(mark_line) {
            verbatim(&format!("      {line}"));
        }
        for line in candidate.said.annotations.iter().map(annotation_line) {
            verbatim(&format!("      {line}"));
        }
        for reason in candidate.reasons.iter().flat_map(reasons::lines) {
            verbatim(&format!("      {reason}"));
        }
        for duty in &candidate.duties {
            // What holds for everything is not said of each.
            if *duty != Duty::PoliceUseOnly {
                say_inside(6, Text::OpenedDuty { duty: &code(*duty) });
            }
        }
        for part in &candidate.name_parts {
            verbatim(&format!("      {}", reasons::group_part(part)));
        }
        say_inside(6, Text::CandidateIs { record: &identifier(&candidate.record.to_string()) });
    }
    for reached in &answer.caps_reached {
        let (agreement, grant) = (&identifier(&reached.agreement.to_string()), reached.grant);
        say_inside(2, Text::CapReached { agreement, grant });
    }
    for hit in &answer.hits {
        say_inside(2, Text::HitNoHit { database: &code(hit.database), owner: hit.owner.as_str() });
    }
    say(Text::Access { access: &identifier(&answer.access.to_string()) });
}

/// What is stated, in codes: of a person the statuses, of a document what befell it, its type and its country.
fn stated(candidate: &Candidate) -> String {
    let mut stated: Vec<String> = candidate.statuses.iter().map(|status| code(*status)).collect();
    if !matches!(candidate.database, Database::Persons | Database::TravelDocuments) {
        stated.push(code(candidate.database));
    }
    stated.extend(candidate.fraud.map(code));
    stated.extend(candidate.document_type.map(code));
    stated.extend(candidate.object_status.map(code));
    stated.extend(candidate.group_statuses.iter().map(|status| code(*status)));
    stated.extend(candidate.issuing_country.map(|country| country.to_string()));
    stated.join(", ")
}

/// Whose list the owner has it from, and the number there.
fn source(candidate: &Candidate) -> String {
    let source = candidate.provenance.as_deref().map(isolate);
    let reference = candidate.reference.as_deref().map(identifier);
    source.into_iter().chain(reference).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{DocumentType, FraudType, PersonStatus};
    use barid_domain::ids::{OrganisationCode, RecordId};

    use super::*;

    fn candidate() -> Candidate {
        Candidate {
            record: RecordId([7; 16]),
            database: Database::Persons,
            owner: OrganisationCode::new("XA").unwrap(),
            provenance: None,
            reference: None,
            score: 1.0,
            alert: true,
            found: String::new(),
            statuses: Vec::new(),
            fraud: None,
            document_type: None,
            issuing_country: None,
            object_status: None,
            group_statuses: Vec::new(),
            numbers: Vec::new(),
            reasons: Vec::new(),
            name_parts: Vec::new(),
            cleared_by_birth: false,
            exercise: true,
            handling: barid_domain::codes::Handling::H0,
            duties: Vec::new(),
            said: barid_app::Said::default(),
            is_partial: false,
        }
    }

    #[test]
    fn a_candidate_says_what_is_stated_about_it_and_whose_list_it_is_from() {
        let document = Candidate {
            fraud: Some(FraudType::StolenBlank),
            document_type: Some(DocumentType::Passport),
            issuing_country: "XAX".parse().ok(),
            ..candidate()
        };
        assert_eq!(stated(&document), "stolen-blank, passport, XAX");
        let person = Candidate {
            statuses: vec![PersonStatus::Wanted, PersonStatus::Missing],
            provenance: Some("UN".to_owned()),
            reference: Some("QDi.345".to_owned()),
            ..candidate()
        };
        assert_eq!((stated(&person).as_str(), source(&person).as_str()), ("wanted, missing", "UN QDi.345"));
    }
}
