//! Searching: one box in, candidates with reasons out, journalled before and after.

use std::collections::BTreeSet;
use std::sync::Arc;

use barid_domain::agreements::Duty;
use barid_domain::audit::Operation;
use barid_domain::batches::read_item;
use barid_domain::codes::{Database, IdentifierKind, Purpose};
use barid_domain::contents::Content;
use barid_domain::countries::CountryCode;
use barid_domain::entries::Unverified;
use barid_domain::faults::Fault;
use barid_domain::ids::{ActId, EntryHash, OrganisationCode, RecordId};
use barid_domain::links::Link;
use barid_domain::objects::{Object, ObjectIdentifier};
use barid_domain::oversight::Deed;
use barid_domain::persons::Person;
use barid_domain::policy::{GrantName, Mask, Reveal, SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_domain::reviews;
use barid_domain::terms::Terms;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_domain::typed_births::{AskedBirth, TypedBirthError};
use barid_formats::mrz::{self, CheckResult, Mrz};
use barid_names::thresholds;
use barid_search::features::{Agreement, compare_nationality};
use barid_search::group_index::GroupCandidate;
use barid_search::leak_tests::{Leak, Work, count, is_planted};
use barid_search::number_index::PersonNumber;
use barid_search::person_index::{Candidate as NameCandidate, CandidateLimit, PersonQuery};
use barid_store::{Head, HeadState, StoredItem};

use crate::App;
use crate::acts::Act;
use crate::answers::{Candidate, HitNoHit, NumberReason, Query, Recognised, SearchAnswer};
use crate::context::OpContext;
use crate::deciding::CountedScope;
use crate::error::AppError;
use crate::groups::cut;
use crate::index::StandingIndex;
use crate::marks::Said;
use crate::objects::AskedObjects;

/// The most candidates of one answer.
pub(crate) const CANDIDATES_CAP: u32 = 50;
/// The candidates of an answer when the caller names no number.
pub(crate) const CANDIDATES_DEFAULT: u32 = 10;
/// The least score of a candidate that is shown.
pub const LEAST_SCORE_SHOWN: f32 = thresholds::INVESTIGATION;
/// The score of a number that is the one asked for, and what is left of it where the record names another issuing country
/// than was asked for: countries number alike, so that is listed and raises no alert.
pub(crate) const SAME_NUMBER: f32 = 1.0;
pub(crate) const SAME_NUMBER_ELSEWHERE: f32 = (thresholds::INVESTIGATION + thresholds::BORDER_DESK) / 2.0;
/// The longest text that is looked at, in bytes.
const TEXT_CAP: usize = 2_000;

/// Is a query once it is understood.
#[derive(Clone)]
pub(crate) struct Understood {
    recognised: Recognised,
    person: Option<PersonQuery>,
    document: Option<(DocumentNumber, Option<CountryCode>)>,
    /// What persons are looked for by, besides their names.
    numbers: Vec<PersonNumber>,
    /// What objects are looked for by.
    objects: AskedObjects,
    /// The name that groups are looked for by.
    group: Option<String>,
    issuing_country: Option<CountryCode>,
    remarks: Vec<String>,
}

/// Is how a search is made: by somebody who waits for it, or for a row of a list.
pub(crate) enum Manner {
    /// Alone: everything that is found is shown.
    Alone,
    /// For a row of a list that is screened.
    Row {
        /// The act of screening.
        screening: ActId,
        /// Which row of the list it is.
        number: u64,
        /// The least score of a candidate that is shown.
        least_score: f32,
        /// Grants whose daily cap has no room for the list.
        caps_reached: Arc<[GrantName]>,
    },
    /// For whoever asked the commission what is held about it: the journal names the request and which name it was, not whom.
    Applicant(String),
}

impl Understood {
    /// Is a number of a document, of whatever country: reported itself, or one that a person holds.
    pub(crate) fn of_number(document: Option<DocumentNumber>, held: Option<PersonNumber>) -> Self {
        Self {
            recognised: Recognised::DocumentNumber,
            person: None,
            document: document.map(|number| (number, None)),
            numbers: held.into_iter().collect(),
            objects: AskedObjects::default(),
            group: None,
            issuing_country: None,
            remarks: Vec::new(),
        }
    }

    pub(crate) fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

impl Manner {
    pub(crate) fn shows(&self, score: f32) -> bool {
        match self {
            Self::Alone | Self::Applicant(_) => true,
            Self::Row { least_score, .. } => score >= *least_score,
        }
    }

    /// What the journal says was asked; of a row also in which screening.
    fn asked(&self, query: &Query) -> String {
        match self {
            Self::Alone => asked(query),
            Self::Applicant(which) => which.clone(),
            Self::Row { screening, number, .. } => {
                format!("screening={screening}\nrow={number}\n{}", asked(query))
            }
        }
    }
}

impl App {
    /// Searches what the caller may see for a name, a document number or a machine-readable zone.
    pub async fn search(&self, ctx: &OpContext, query: &Query) -> Result<SearchAnswer, AppError> {
        self.search_in(ctx, query, &Manner::Alone).await
    }

    /// Searches alone or as a row of a list: the same steps, the same lines in the journal, the same candidates.
    pub(crate) async fn search_in(
        &self,
        ctx: &OpContext,
        query: &Query,
        manner: &Manner,
    ) -> Result<SearchAnswer, AppError> {
        let mut understood = self.understand(query)?;
        self.must_stand()?;
        self.hide_overdue().await?;
        if is_planted(Leak::TermInLog) {
            tracing::info!(planted_leak = query.text, "searched");
        }
        let operation = match (&understood.person, &understood.document) {
            // By a number both databases are searched: people hold documents too.
            (_, Some(_)) => Operation::SearchAnything,
            (None, None) => Operation::SearchAnything,
            (Some(_), None) if !understood.objects.numbers().is_empty() => Operation::SearchAnything,
            (Some(_), None) => Operation::SearchPersons,
        };
        let mut act = self.begin(ctx, operation, Some(manner.asked(query)), None).await?;
        let decided = match manner {
            Manner::Alone | Manner::Applicant(_) => self.search_scope(ctx).await,
            // Counted with the other rows, before the first one.
            Manner::Row { caps_reached, .. } => self.row_scope(ctx, caps_reached),
        };
        let CountedScope { scope, caps_reached } = match decided {
            Ok(counted) => counted,
            Err(refusal) => {
                if refusal.is_refusal() {
                    self.refuse(ctx, act, &refusal).await?;
                    self.watch(ctx, Deed::Refused);
                }
                return Err(refusal);
            }
        };
        act.decided_with(&scope);
        let limit = query.limit.unwrap_or(CANDIDATES_DEFAULT).clamp(1, CANDIDATES_CAP) as usize;
        let mut candidates = self.candidates(&act, &scope, &understood, limit, manner).await?;
        candidates.retain(|candidate| manner.shows(candidate.score));
        if is_planted(Leak::CapCountsHidden) {
            let hidden = self.found_elsewhere(ctx, &act, &understood, &candidates, manner).await?;
            candidates.truncate(limit.saturating_sub(hidden));
        }
        let (hits, told_of) = self.hits(&act, &scope, &understood, manner).await?;
        act.told_of(told_of);
        if is_planted(Leak::TotalCount) {
            let total = self.index.read().persons.len();
            understood.remarks.push(format!("of {total}"));
        }
        let number = self.number_trace(understood.document.as_ref().map(|(number, _)| number));
        let birth = understood.person.and_then(|person| person.birth);
        let answer = SearchAnswer {
            birth,
            act: act.id(),
            access: act.line(),
            recognised: understood.recognised,
            remarks: understood.remarks,
            alert_threshold: thresholds::BORDER_DESK,
            candidates,
            hits,
            caps_reached,
        };
        self.end(ctx, act, answer.candidates.iter().map(|candidate| candidate.record).collect()).await?;
        let showed = !answer.candidates.is_empty();
        self.watch(
            ctx,
            match manner {
                Manner::Alone | Manner::Applicant(_) => Deed::Search { number, showed },
                Manner::Row { .. } => Deed::Row { number },
            },
        );
        Ok(answer)
    }

    /// How many are found for another purpose and not for this one: for a planted leak alone.
    async fn found_elsewhere(
        &self,
        ctx: &OpContext,
        act: &Act,
        understood: &Understood,
        seen: &[Candidate],
        manner: &Manner,
    ) -> Result<usize, AppError> {
        let wider = OpContext { purpose: Purpose::Humanitarian, ..ctx.clone() };
        let scope = self.scope_to_look(&wider)?;
        let mut found = self.candidates(act, &scope, understood, CANDIDATES_CAP as usize, manner).await?;
        found.retain(|one| seen.iter().all(|known| known.record != one.record));
        Ok(found.len())
    }

    /// What the scope lets be seen of what is asked for, best first.
    async fn candidates(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        limit: usize,
        manner: &Manner,
    ) -> Result<Vec<Candidate>, AppError> {
        // Each has the whole limit; of equal score come first what only its issuer can enter, then persons, then objects: so
        // nobody can push a person out of an answer by entering their number for something else.
        let mut candidates = self.document_candidates(act, scope, understood, limit).await?;
        let found = self.found_in_index(scope, understood, manner).await?;
        let (holders, persons) = (found.holders, found.persons);
        candidates.extend(self.persons_found(act, scope, understood, holders, persons, limit, manner).await?);
        let objects = self.object_candidates(act, scope, &understood.objects, limit).await?;
        candidates.extend(self.with_groups(act, scope, found.groups, objects, limit, manner).await?);
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        cut(&mut candidates, limit);
        Ok(candidates)
    }

    /// Where there are records of which no more may be told than that: those that would be an alert. Nobody can compare what
    /// is not shown, so a doubtful one is none. Gives the records too, for the journal alone.
    async fn hits(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        manner: &Manner,
    ) -> Result<(Vec<HitNoHit>, Vec<RecordId>), AppError> {
        let Some(scope) = scope.hits() else { return Ok(Default::default()) };
        let most = CANDIDATES_CAP as usize;
        let mut found = self.candidates(act, &scope, understood, most, manner).await?;
        let is_told = |candidate: &Candidate| candidate.alert || is_planted(Leak::HitBelowAlert);
        found.retain(|candidate| is_told(candidate) && manner.shows(candidate.score));
        let hits: BTreeSet<HitNoHit> = found
            .iter()
            .map(|candidate| HitNoHit { database: candidate.database, owner: candidate.owner })
            .collect();
        Ok((hits.into_iter().collect(), found.into_iter().map(|candidate| candidate.record).collect()))
    }

    /// Finds out what was typed or scanned: field by field where the caller says so, by its shape otherwise.
    pub(crate) fn understand(&self, query: &Query) -> Result<Understood, AppError> {
        let given = [&query.text, &query.name, &query.document_number];
        if given.iter().all(|text| text.is_none()) {
            return Err(AppError::Query("nothing to look for"));
        }
        let texts = given.into_iter().chain([&query.birth_place]);
        if texts.flatten().any(|text| text.len() > TEXT_CAP) {
            return Err(AppError::Query("too long"));
        }
        // Whatever else is asked for: a date that can't be read is told, not left out.
        self.read_birth(query)?;
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
            Some(name) => Some(self.person_query(name, query)?),
            None => None,
        };
        let numbers = query.document_number.as_deref().and_then(PersonNumber::document);
        let recognised = if person.is_some() { Recognised::Name } else { Recognised::DocumentNumber };
        let objects = query
            .document_number
            .as_deref()
            .map(|number| AskedObjects::of(&[IdentifierKind::DocumentNumber], number, query.issuing_country));
        Ok(Understood {
            recognised,
            person,
            document,
            numbers: numbers.into_iter().collect(),
            objects: objects.unwrap_or_default(),
            group: query.name.clone(),
            issuing_country: query.issuing_country,
            remarks: Vec::new(),
        })
    }

    fn understand_text(&self, text: &str, query: &Query) -> Result<Understood, AppError> {
        if let Some(zone) = read_zone(text, self.now().day()) {
            return Ok(understand_zone(&zone));
        }
        let digits = text.chars().filter(|c| c.is_numeric()).count();
        // Three digits or more in Latin letters and digits alone; with a word among them it may be a name and a year.
        let number = DocumentNumber::new(text).ok().filter(|_| digits >= 3);
        let as_name = number.is_none() || has_word(text);
        Ok(Understood {
            recognised: if as_name { Recognised::Name } else { Recognised::DocumentNumber },
            person: if as_name { Some(self.person_query(text, query)?) } else { None },
            document: number.map(|number| (number, query.issuing_country)),
            // Whatever it is taken for: a number with fewer digits, a reference; only the very same one is found.
            numbers: [PersonNumber::document(text), PersonNumber::reference(text)]
                .into_iter()
                .flatten()
                .collect(),
            objects: AskedObjects::of_any_kind(text, query.issuing_country),
            group: as_name.then(|| text.to_owned()),
            issuing_country: query.issuing_country,
            remarks: Vec::new(),
        })
    }

    fn person_query(&self, name: &str, query: &Query) -> Result<PersonQuery, AppError> {
        if !name.chars().any(char::is_alphabetic) {
            return Err(AppError::Query("no letter in the name"));
        }
        Ok(PersonQuery {
            name: name.to_owned(),
            birth: self.read_birth(query)?,
            nationality: query.nationality,
            sex: query.sex,
            birth_place: query.birth_place.clone(),
        })
    }

    /// What was typed as a date of birth, in every way it can be read today.
    fn read_birth(&self, query: &Query) -> Result<Option<AskedBirth>, AppError> {
        let Some(typed) = &query.birth else { return Ok(None) };
        self.asked_birth(typed).map(Some).map_err(|fault| AppError::Faulty(vec![fault]))
    }

    fn asked_birth(&self, typed: &str) -> Result<AskedBirth, Fault> {
        let refused = |error: TypedBirthError| Fault { place: "birth".to_owned(), code: error.fault() };
        AskedBirth::read(typed, self.now().day()).map_err(refused)
    }

    /// Why a date of birth can't be asked for today, if it can't.
    pub fn birth_fault(&self, typed: &str) -> Option<Fault> {
        self.asked_birth(typed).err()
    }

    pub(crate) async fn person_candidates(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        limit: usize,
        manner: &Manner,
    ) -> Result<Vec<Candidate>, AppError> {
        // Nobody asks for groups here.
        let understood = &Understood { group: None, ..understood.clone() };
        let found = self.found_in_index(scope, understood, manner).await?;
        self.persons_found(act, scope, understood, found.holders, found.persons, limit, manner).await
    }

    /// The persons that were found, each compared with its record.
    #[allow(clippy::too_many_arguments, reason = "what was asked, what was found, and how it is shown")]
    async fn persons_found(
        &self,
        act: &Act,
        scope: &SearchScope,
        understood: &Understood,
        holders: BTreeSet<RecordId>,
        mut found: Vec<NameCandidate>,
        limit: usize,
        manner: &Manner,
    ) -> Result<Vec<Candidate>, AppError> {
        let mut candidates = Vec::with_capacity(limit);
        for record in holders {
            let Some((card, person)) = self.person_card(act, scope, record).await? else { continue };
            // The index compares hashes; the record itself has the last word.
            let numbers = numbers_asked_for(&person, &card.terms, understood);
            if !numbers.is_empty() {
                let by_name = found.iter().position(|candidate| candidate.record == record);
                let by_name = by_name.map(|at| found.remove(at));
                candidates.push(person_candidate(record, card, *person, numbers, by_name));
            }
        }
        // What is not shown is not opened for a card either; best first, so what is left is what comes first.
        found.retain(|candidate| manner.shows(candidate.score));
        found.truncate(limit);
        for by_name in found {
            let record = by_name.record;
            let Some((card, person)) = self.person_card(act, scope, record).await? else { continue };
            candidates.push(person_candidate(record, card, *person, Vec::new(), Some(by_name)));
        }
        // Stable: those of equal score stay as they came, by number first.
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(candidates)
    }

    /// The records that seem to have a number asked for, each once, and those that have the name, persons and groups, best
    /// first.
    ///
    /// Always as many as the longest answer has, cut afterwards: the best one is the best one at any limit.
    async fn found_in_index(
        &self,
        scope: &SearchScope,
        understood: &Understood,
        manner: &Manner,
    ) -> Result<FoundInIndex, AppError> {
        let most = CANDIDATES_CAP as usize;
        let limit = CandidateLimit { max: most, min_score: LEAST_SCORE_SHOWN };
        let (scope, numbers, person) = (scope.clone(), understood.numbers.clone(), understood.person.clone());
        let finds_masked = is_planted(Leak::MaskedNumberFinds);
        let by_numbers = if finds_masked { scope.clone() } else { scope.by_numbers() };
        let group = understood.group.clone();
        let look_up = move |index: &StandingIndex| {
            let index = index.read();
            let holders =
                numbers.iter().flat_map(|number| index.numbers.lookup(&by_numbers, number, most)).collect();
            let persons = person.as_ref().map(|query| index.persons.candidates(&scope, query, limit));
            let groups = group.as_ref().map(|name| index.groups.search(&scope, name, most));
            let (persons, groups) = (persons.unwrap_or_default(), groups.unwrap_or_default());
            FoundInIndex { holders, persons, groups }
        };
        match manner {
            Manner::Alone | Manner::Applicant(_) => self.compute(look_up).await,
            Manner::Row { .. } => self.compute_behind(look_up).await,
        }
    }

    pub(crate) async fn person_card(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
    ) -> Result<Option<(CardHead, Box<Person>)>, AppError> {
        let card = self.card(act, scope, record).await?;
        Ok(card.and_then(|card| match card.statement {
            CardStatement::Person(person) => Some((card.head, person)),
            CardStatement::TravelDocument(_) | CardStatement::Object(_) | CardStatement::Link(_) => None,
        }))
    }

    pub(crate) async fn document_candidates(
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
                owner: card.head.owner,
                provenance: card.head.terms.provenance.as_ref().map(|provenance| provenance.source.clone()),
                reference: None,
                score: 1.0,
                alert: true,
                found: number.as_str().to_owned(),
                statuses: Vec::new(),
                fraud: Some(document.fraud_type),
                document_type: Some(document.document_type),
                issuing_country: Some(document.issuing_country),
                object_status: None,
                group_statuses: Vec::new(),
                numbers: Vec::new(),
                reasons: Vec::new(),
                name_parts: Vec::new(),
                cleared_by_birth: false,
                exercise: card.head.terms.purpose == Purpose::Exercise,
                handling: card.head.terms.handling,
                duties: card.head.duties,
                said: card.head.said,
                is_partial: card.head.is_partial,
            });
        }
        Ok(candidates)
    }

    /// Reads what a candidate is shown with, and decides again on what was read: `None` when it was withdrawn, erased,
    /// passed its review or was put out of the caller's sight since the index was asked.
    pub(crate) async fn card(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
    ) -> Result<Option<Card>, AppError> {
        let found = match self.card_of_store(act, record).await {
            // A record is opened from the database alone, and what it is shown with too.
            Err(error)
                if act.begun().operation() != Operation::OpenRecord
                    && self.is_without_database(&error).await =>
            {
                return self.card_kept(scope, record, error).await;
            }
            found => found?,
        };
        let Some((stored, item)) = found else { return Ok(None) };
        let card = self.read_card(scope, record, &stored, item.as_deref())?;
        let card = card.filter(|card| !scope.is_kept_back(&self.order_book(), record, card.entry));
        if let Some(card) = &card {
            act.shown_by(card.consents.clone());
        }
        Ok(card)
    }

    /// Tells whether a scope shows a record as it stands in the store now; by what, no line is told.
    pub(crate) async fn is_shown(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
    ) -> Result<bool, AppError> {
        let Some((stored, item)) = self.card_of_store(act, record).await? else { return Ok(false) };
        let card = self.read_card(scope, record, &stored, item.as_deref())?;
        Ok(card.is_some_and(|card| !scope.is_kept_back(&self.order_book(), record, card.entry)))
    }

    /// The entry of a candidate as the store has it, and the item of it where it is a batch.
    async fn card_of_store(
        &self,
        act: &Act,
        record: RecordId,
    ) -> Result<Option<(Vec<u8>, Option<Vec<u8>>)>, AppError> {
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        let answers = |head: &Head| head.state == HeadState::Active && !self.is_overdue(head);
        if head.filter(answers).is_none() {
            return Ok(None);
        }
        let stored = self.store().open_candidate(act.begun(), record).await.map_err(AppError::Store)?;
        let Some(stored) = stored else { return Ok(None) };
        let item = match stored.item {
            Some(StoredItem { bytes: Some(bytes), .. }) => Some(bytes),
            Some(_) => return Ok(None),
            None => None,
        };
        count(Work::RowsRead, 1);
        count(Work::BytesRead, stored.bytes.as_ref().map_or(0, Vec::len) + item.as_ref().map_or(0, Vec::len));
        let Some(bytes) = stored.bytes else { return Ok(None) };
        let registry = self.registry();
        let counts = registry.compromised().is_empty()
            || registry.compromised().leave(&Unverified::parse(&bytes)?, &stored.position);
        Ok(counts.then_some((bytes, item)))
    }

    /// The card of a candidate that is kept for the time in which the database is away: what stood when the index last
    /// followed. Where none is kept there is no answer: one without it would say that nobody is there.
    async fn card_kept(
        &self,
        scope: &SearchScope,
        record: RecordId,
        away: AppError,
    ) -> Result<Option<Card>, AppError> {
        let kept = self.aside(move |index| index.read().cards.open(record)).await?;
        // One that was kept before a key was known to be in other hands says nothing.
        let is_known = self.knows_exclusions().await?;
        let kept = kept.filter(|_| is_known).ok_or(away)?;
        let card = self.read_card(scope, record, &kept.entry, kept.item.as_deref())?;
        let today = self.now().day().max(self.hidden_before());
        let orders = self.order_book();
        Ok(card.filter(|card| {
            !reviews::is_overdue(card.head.terms.review_on, today)
                && !scope.is_kept_back(&orders, record, card.entry)
        }))
    }

    /// Reads a card, and decides again on what it says and on whom its owner lets see the record.
    fn read_card(
        &self,
        scope: &SearchScope,
        record: RecordId,
        bytes: &[u8],
        item: Option<&[u8]>,
    ) -> Result<Option<Card>, AppError> {
        let mut card = read_card(scope, record, bytes, item, |owner| self.audience(owner, record))?;
        if let Some(card) = &mut card {
            card.head.said = Said::of(&self.order_book(), record, card.head.owner);
        }
        Ok(card)
    }
}

fn read_card(
    scope: &SearchScope,
    record: RecordId,
    bytes: &[u8],
    item: Option<&[u8]>,
    audience: impl Fn(OrganisationCode) -> Audience,
) -> Result<Option<Card>, AppError> {
    let entry = Unverified::parse(bytes)?;
    let owner = entry.claims().issuer;
    let (database, terms, statement) = match (Content::of_stored(&entry)?, item) {
        (Content::Person(version), None) => {
            (Database::Persons, version.terms, CardStatement::Person(Box::new(version.statement)))
        }
        (Content::TravelDocument(version), None) => {
            (Database::TravelDocuments, version.terms, CardStatement::TravelDocument(version.statement))
        }
        (Content::Object(version), None) => {
            let database = version.statement.database;
            (database, version.terms, CardStatement::Object(Box::new(version.statement)))
        }
        (Content::Link(version), None) => {
            (Database::Links, version.terms, CardStatement::Link(Box::new(version.statement)))
        }
        (Content::Batch(batch), Some(item)) => match read_item(item) {
            Some(item) => (batch.database, batch.terms, CardStatement::TravelDocument(item.document)),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let class = VisibilityClass::of(database, owner, &terms, audience(owner));
    let head = CardHead { owner, terms, duties: Vec::new(), said: Said::default(), is_partial: false };
    let consents = scope.consents_to(record, &class);
    let mut card = Card { database, head, statement, entry: entry.hash(), consents };
    match scope.reveal_record(record, &class) {
        Reveal::Absent => return Ok(None),
        // Nothing of it leaves the node; it is compared as it is.
        Reveal::HitNoHit => {}
        Reveal::Shown { .. } if is_planted(Leak::MaskedNumberFinds) => {}
        Reveal::Shown { mask, duties } => {
            card.head.duties = duties;
            card.hide(mask);
        }
    }
    Ok(Some(card))
}

/// Is what the index has for a search.
struct FoundInIndex {
    /// The persons that seem to have a number asked for.
    holders: BTreeSet<RecordId>,
    /// The persons that have the name, best first.
    persons: Vec<NameCandidate>,
    /// The groups that have it, best first.
    groups: Vec<GroupCandidate>,
}

#[derive(Clone)]
pub(crate) struct CardHead {
    pub(crate) owner: OrganisationCode,
    pub(crate) terms: Terms,
    /// What has to be heeded.
    pub(crate) duties: Vec<Duty>,
    /// What is said of it besides what it states.
    pub(crate) said: Said,
    /// Whether an agreement shows a part of it only.
    pub(crate) is_partial: bool,
}

/// A person found by number, by name, or by both.
pub(crate) fn person_candidate(
    record: RecordId,
    card: CardHead,
    person: Person,
    numbers: Vec<NumberReason>,
    by_name: Option<NameCandidate>,
) -> Candidate {
    let by_numbers = numbers.iter().map(score_of).fold(0.0, f32::max);
    // Who is found by a number is no namesake, whatever the date.
    let cleared_by_birth = numbers.is_empty() && by_name.as_ref().is_some_and(|found| found.cleared_by_birth);
    let (by_name, name, reasons) = match by_name {
        Some(found) => (found.score, Some(found.name), found.reasons),
        None => (0.0, person.names.first().map(|name| name.text.clone()), Vec::new()),
    };
    let score = by_name.max(by_numbers);
    Candidate {
        record,
        database: Database::Persons,
        owner: card.owner,
        provenance: card.terms.provenance.as_ref().map(|provenance| provenance.source.clone()),
        reference: card.terms.provenance.as_ref().map(|provenance| provenance.reference.clone()),
        score,
        alert: score >= thresholds::BORDER_DESK,
        found: name.unwrap_or_default(),
        statuses: person.statuses,
        fraud: None,
        document_type: None,
        issuing_country: None,
        object_status: None,
        group_statuses: Vec::new(),
        numbers,
        reasons,
        name_parts: Vec::new(),
        cleared_by_birth,
        exercise: card.terms.purpose == Purpose::Exercise,
        handling: card.terms.handling,
        duties: card.duties,
        said: card.said,
        is_partial: card.is_partial,
    }
}

fn score_of(number: &NumberReason) -> f32 {
    match number {
        NumberReason::Document { agreement: Agreement::Differs, .. } => SAME_NUMBER_ELSEWHERE,
        NumberReason::Document { .. } | NumberReason::Identifier { .. } | NumberReason::Reference { .. } => {
            SAME_NUMBER
        }
    }
}

/// The numbers of a person that are asked for, compared in clear.
fn numbers_asked_for(person: &Person, terms: &Terms, understood: &Understood) -> Vec<NumberReason> {
    let asked = |number: Option<PersonNumber>| number.is_some_and(|n| understood.numbers.contains(&n));
    let held = person.documents.iter().filter_map(|held| {
        let number = held.number.clone().filter(|number| asked(PersonNumber::document(number)))?;
        let recorded: Vec<CountryCode> = held.issuing_country.into_iter().collect();
        Some(NumberReason::Document {
            document_type: held.document_type,
            number,
            issuing_country: held.issuing_country,
            agreement: compare_nationality(understood.issuing_country, &recorded),
        })
    });
    let provenance = terms.provenance.iter();
    let reference = provenance.filter(|provenance| asked(PersonNumber::reference(&provenance.reference)));
    let reference = reference.map(|provenance| NumberReason::Reference {
        source: provenance.source.clone(),
        reference: provenance.reference.clone(),
    });
    held.chain(reference).collect()
}

pub(crate) struct Card {
    pub(crate) database: Database,
    pub(crate) head: CardHead,
    pub(crate) statement: CardStatement,
    /// The entry that stands; of a document of a batch the batch.
    pub(crate) entry: EntryHash,
    /// The consents by which it is shown, by their requests.
    pub(crate) consents: Vec<EntryHash>,
}

impl Card {
    /// Takes out what is not shown: it is not found by that either.
    fn hide(&mut self, mask: Mask) {
        self.head.is_partial = !mask.is_whole(self.database);
        mask.hide_in_terms(&mut self.head.terms);
        match &mut self.statement {
            CardStatement::Person(person) => mask.hide_in_person(person),
            CardStatement::Object(object) => mask.hide_in_object(object),
            CardStatement::TravelDocument(document) => mask.hide_in_document(document),
            CardStatement::Link(link) => mask.hide_in_link(link),
        }
    }
}

pub(crate) enum CardStatement {
    Person(Box<Person>),
    TravelDocument(TravelDocument),
    Object(Box<Object>),
    Link(Box<Link>),
}

impl CardStatement {
    /// What the record goes by where no name was asked for: its first name, its number.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Person(person) => person.names.first().map(|name| name.text.clone()),
            Self::TravelDocument(document) => Some(document.number.as_str().to_owned()),
            Self::Object(object) => object.identifiers().first().map(ObjectIdentifier::shown),
            Self::Link(_) => None,
        }
    }
}

fn covers(document: &TravelDocument, number: &DocumentNumber) -> bool {
    use barid_domain::travel_documents::NumberRange;
    match &document.range_end {
        None => document.number == *number,
        Some(end) => NumberRange::new(&document.number, end).is_some_and(|range| range.contains(number)),
    }
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
pub(crate) fn read_zone(text: &str, today: barid_domain::dates::Day) -> Option<Mrz> {
    if text.matches('<').count() < 3 { None } else { mrz::parse(text, today).ok() }
}

pub(crate) fn understand_zone(zone: &Mrz) -> Understood {
    let name = format!("{} {}", zone.given_names, zone.surname);
    let person = name.chars().any(char::is_alphabetic).then(|| PersonQuery {
        name,
        birth: zone.birth_date.interval().map(AskedBirth::from),
        nationality: zone.nationality.country(),
        sex: Some(zone.sex),
        birth_place: None,
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
        numbers: PersonNumber::document(&zone.document_number).into_iter().collect(),
        objects: AskedObjects::of(
            &[IdentifierKind::DocumentNumber],
            &zone.document_number,
            zone.issuing_code.country(),
        ),
        group: None,
        issuing_country: zone.issuing_code.country(),
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
    add("birth", query.birth.clone());
    add("nationality", query.nationality.map(|country| country.to_string()));
    add("sex", query.sex.map(|sex| sex.to_string()));
    add("birth_place", query.birth_place.clone());
    asked
}
