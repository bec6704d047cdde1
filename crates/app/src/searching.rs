//! Searching: one box in, candidates with reasons out, journalled before and after.

use barid_domain::audit::Operation;
use barid_domain::batches::read_item;
use barid_domain::codes::{Database, Purpose};
use barid_domain::contents::Content;
use barid_domain::countries::CountryCode;
use barid_domain::entries::Unverified;
use barid_domain::ids::{OrganisationCode, RecordId};
use barid_domain::persons::Person;
use barid_domain::policy::{self, SearchScope, VisibilityClass};
use barid_domain::terms::Terms;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_formats::mrz::{self, CheckResult, Mrz};
use barid_names::thresholds;
use barid_search::person_index::{CandidateLimit, PersonQuery};
use barid_store::{Head, HeadState};

use crate::App;
use crate::acts::Act;
use crate::answers::{Candidate, Query, Recognised, SearchAnswer};
use crate::context::OpContext;
use crate::error::AppError;

/// The most candidates of one answer.
const CANDIDATES_CAP: u32 = 50;
/// The candidates of an answer when the caller names no number.
const CANDIDATES_DEFAULT: u32 = 10;
/// The least score of a candidate that is shown.
pub const LEAST_SCORE_SHOWN: f32 = thresholds::INVESTIGATION;
/// The longest text that is looked at, in bytes.
const TEXT_CAP: usize = 2_000;

/// Is a query once it is understood.
struct Understood {
    recognised: Recognised,
    person: Option<PersonQuery>,
    document: Option<(DocumentNumber, Option<CountryCode>)>,
    remarks: Vec<String>,
}

impl App {
    /// Searches what the caller may see for a name, a document number or a machine-readable zone.
    pub async fn search(&self, ctx: &OpContext, query: &Query) -> Result<SearchAnswer, AppError> {
        let understood = self.understand(query)?;
        self.must_stand()?;
        self.hide_overdue().await?;
        let operation = match (&understood.person, &understood.document) {
            (Some(_), Some(_)) => Operation::SearchAnything,
            (Some(_), None) | (None, None) => Operation::SearchPersons,
            (None, Some(_)) => Operation::SearchDocuments,
        };
        let act = self.begin(ctx, operation, Some(asked(query)), None).await?;
        let scope = policy::scope(
            &self.registry(),
            &ctx.actor,
            &[Database::Persons, Database::TravelDocuments],
            ctx.purpose,
        );
        let scope = match scope {
            Ok(scope) => scope,
            Err(refusal) => {
                let refusal = AppError::from(refusal);
                self.refuse(ctx, act, &refusal).await?;
                return Err(refusal);
            }
        };
        let limit = query.limit.unwrap_or(CANDIDATES_DEFAULT).clamp(1, CANDIDATES_CAP) as usize;
        let mut candidates = self.document_candidates(&act, &scope, &understood, limit).await?;
        candidates.extend(self.person_candidates(&act, &scope, &understood, limit).await?);
        candidates.truncate(limit);
        let answer = SearchAnswer {
            act: act.id(),
            access: act.line(),
            recognised: understood.recognised,
            remarks: understood.remarks,
            alert_threshold: thresholds::BORDER_DESK,
            candidates,
        };
        self.end(ctx, act, answer.candidates.iter().map(|candidate| candidate.record).collect()).await?;
        Ok(answer)
    }

    /// Finds out what was typed or scanned: field by field where the caller says so, by its shape otherwise.
    fn understand(&self, query: &Query) -> Result<Understood, AppError> {
        let given = [&query.text, &query.name, &query.document_number];
        if given.iter().all(|text| text.is_none()) {
            return Err(AppError::Query("nothing to look for"));
        }
        if given.into_iter().flatten().any(|text| text.len() > TEXT_CAP) {
            return Err(AppError::Query("too long"));
        }
        if let Some(text) = &query.text {
            if query.name.is_some() || query.document_number.is_some() {
                return Err(AppError::Query("either one box or fields"));
            }
            return self.understand_text(text, query);
        }
        let document = match &query.document_number {
            Some(number) => Some((number_of(number)?, query.issuing_country)),
            None => None,
        };
        let person = match &query.name {
            Some(name) => Some(person_query(name, query)?),
            None => None,
        };
        let recognised = if person.is_some() { Recognised::Name } else { Recognised::DocumentNumber };
        Ok(Understood { recognised, person, document, remarks: Vec::new() })
    }

    fn understand_text(&self, text: &str, query: &Query) -> Result<Understood, AppError> {
        if let Some(zone) = read_zone(text, self.now().day()) {
            return Ok(understand_zone(&zone));
        }
        let digits = text.chars().filter(|c| c.is_numeric()).count();
        let number = DocumentNumber::new(text).ok();
        match number {
            // Three digits or more in Latin letters and digits alone; with a word among them it may be a name and a year.
            Some(number) if digits >= 3 => Ok(Understood {
                recognised: if has_word(text) { Recognised::Name } else { Recognised::DocumentNumber },
                person: if has_word(text) { Some(person_query(text, query)?) } else { None },
                document: Some((number, query.issuing_country)),
                remarks: Vec::new(),
            }),
            Some(_) | None => Ok(Understood {
                recognised: Recognised::Name,
                person: Some(person_query(text, query)?),
                document: None,
                remarks: Vec::new(),
            }),
        }
    }

    async fn person_candidates(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        limit: usize,
    ) -> Result<Vec<Candidate>, AppError> {
        let Some(query) = &understood.person else { return Ok(Vec::new()) };
        // Always as many as the longest answer has, cut afterwards: the best one is the best one at any limit.
        let most = CandidateLimit { max: CANDIDATES_CAP as usize, min_score: LEAST_SCORE_SHOWN };
        let (scope_of, query) = (scope.clone(), query.clone());
        let mut found =
            self.compute(move |index| index.read().persons.candidates(&scope_of, &query, most)).await?;
        found.truncate(limit);
        let mut candidates = Vec::with_capacity(found.len());
        for candidate in found {
            let Some(card) = self.card(act, scope, candidate.record).await? else { continue };
            let CardStatement::Person(person) = card.statement else { continue };
            candidates.push(Candidate {
                record: candidate.record,
                database: Database::Persons,
                owner: card.owner,
                provenance: card.terms.provenance.as_ref().map(|provenance| provenance.source.clone()),
                reference: card.terms.provenance.as_ref().map(|provenance| provenance.reference.clone()),
                score: candidate.score,
                alert: candidate.score >= thresholds::BORDER_DESK,
                found: candidate.name,
                statuses: person.statuses,
                fraud: None,
                document_type: None,
                issuing_country: None,
                reasons: candidate.reasons,
                exercise: card.terms.purpose == Purpose::Exercise,
            });
        }
        Ok(candidates)
    }

    async fn document_candidates(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        limit: usize,
    ) -> Result<Vec<Candidate>, AppError> {
        let Some((number, country)) = &understood.document else { return Ok(Vec::new()) };
        let (scope_of, number_of, country) = (scope.clone(), number.clone(), *country);
        let mut hits =
            self.aside(move |index| index.read().documents.lookup(&scope_of, &number_of, country)).await?;
        hits.truncate(limit);
        let mut candidates = Vec::with_capacity(hits.len());
        for hit in hits {
            let Some(card) = self.card(act, scope, hit.record).await? else { continue };
            let CardStatement::TravelDocument(document) = card.statement else { continue };
            // The index compares hashes; the record itself has the last word.
            if !covers(&document, number) {
                continue;
            }
            candidates.push(Candidate {
                record: hit.record,
                database: Database::TravelDocuments,
                owner: card.owner,
                provenance: card.terms.provenance.as_ref().map(|provenance| provenance.source.clone()),
                reference: None,
                score: 1.0,
                alert: true,
                found: number.as_str().to_owned(),
                statuses: Vec::new(),
                fraud: Some(document.fraud_type),
                document_type: Some(document.document_type),
                issuing_country: Some(document.issuing_country),
                reasons: Vec::new(),
                exercise: card.terms.purpose == Purpose::Exercise,
            });
        }
        Ok(candidates)
    }

    /// Reads what a candidate is shown with, and decides again on what was read: `None` when it was withdrawn, erased,
    /// passed its review or was put out of the caller's sight since the index was asked.
    async fn card(&self, act: &Act, scope: &SearchScope, record: RecordId) -> Result<Option<Card>, AppError> {
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let answers = |head: &Head| head.state == HeadState::Active && !self.is_overdue(head);
        let Some(head) = head.filter(answers) else { return Ok(None) };
        let stored = self.store().open_candidate(act.begun(), record).await.map_err(AppError::Store)?;
        let Some(stored) = stored else { return Ok(None) };
        let Some(bytes) = &stored.bytes else { return Ok(None) };
        let entry = Unverified::parse(bytes)?;
        let owner = entry.claims().issuer;
        let (terms, statement) = match (Content::of_stored(&entry)?, stored.item) {
            (Content::Person(version), None) => {
                (version.terms, CardStatement::Person(Box::new(version.statement)))
            }
            (Content::TravelDocument(version), None) => {
                (version.terms, CardStatement::TravelDocument(version.statement))
            }
            (Content::Batch(batch), Some(item)) => match item.bytes.as_deref().and_then(read_item) {
                Some(item) => (batch.terms, CardStatement::TravelDocument(item.document)),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let class = VisibilityClass::of(head.database, owner, &terms);
        Ok(scope.permits(&class).then_some(Card { owner, terms, statement }))
    }
}

struct Card {
    owner: OrganisationCode,
    terms: Terms,
    statement: CardStatement,
}

enum CardStatement {
    Person(Box<Person>),
    TravelDocument(TravelDocument),
}

fn covers(document: &TravelDocument, number: &DocumentNumber) -> bool {
    use barid_domain::travel_documents::NumberRange;
    match &document.range_end {
        None => document.number == *number,
        Some(end) => NumberRange::new(&document.number, end).is_some_and(|range| range.contains(number)),
    }
}

fn person_query(name: &str, query: &Query) -> Result<PersonQuery, AppError> {
    if !name.chars().any(char::is_alphabetic) {
        return Err(AppError::Query("no letter in the name"));
    }
    Ok(PersonQuery {
        name: name.to_owned(),
        birth: query.birth,
        nationality: query.nationality,
        sex: query.sex,
    })
}

/// Tells whether a piece of the text is a word: three letters or more and no digit.
fn has_word(text: &str) -> bool {
    text.split_whitespace().any(|piece| {
        piece.chars().filter(|c| c.is_alphabetic()).count() >= 3 && !piece.chars().any(char::is_numeric)
    })
}

fn number_of(text: &str) -> Result<DocumentNumber, AppError> {
    DocumentNumber::new(text).map_err(|_| AppError::Query("not a document number"))
}

/// Reads a machine-readable zone; texts without its filler character are never taken for one.
fn read_zone(text: &str, today: barid_domain::dates::Day) -> Option<Mrz> {
    if text.matches('<').count() < 3 { None } else { mrz::parse(text, today).ok() }
}

fn understand_zone(zone: &Mrz) -> Understood {
    let name = format!("{} {}", zone.given_names, zone.surname);
    let person = name.chars().any(char::is_alphabetic).then(|| PersonQuery {
        name,
        birth: zone.birth_date.interval(),
        nationality: zone.nationality.country(),
        sex: Some(zone.sex),
    });
    let document = DocumentNumber::new(&zone.document_number).ok();
    let wrong =
        zone.checks.named().into_iter().filter(|(_, result)| matches!(result, CheckResult::Wrong { .. }));
    let checks = wrong.map(|(field, _)| format!("mrz-check-digit:{field}"));
    let notes = zone.notes.iter().map(|note| format!("mrz-note:{}", note.code()));
    Understood {
        recognised: Recognised::MachineReadableZone,
        person,
        document: document.map(|number| (number, zone.issuing_code.country())),
        remarks: checks.chain(notes).collect(),
    }
}

/// What goes into the journal as asked: the words as typed and the fields, sealed like all of the journal.
fn asked(query: &Query) -> String {
    let mut asked = String::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            asked.push_str(name);
            asked.push('=');
            asked.push_str(&value);
            asked.push('\n');
        }
    };
    add("text", query.text.clone());
    add("name", query.name.clone());
    add("document_number", query.document_number.clone());
    add("issuing_country", query.issuing_country.map(|country| country.to_string()));
    add("birth", query.birth.map(|birth| birth.to_string()));
    add("nationality", query.nationality.map(|country| country.to_string()));
    add("sex", query.sex.map(|sex| sex.to_string()));
    asked
}
