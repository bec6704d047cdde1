//! Whom the commission ordered not to be entered again: compared with everybody who is entered, before anything is stored.
//!
//! The rule is narrow, as it refuses: the same number of a document of the same country; or a name that is an alert for a desk,
//! with a date of birth that agrees. `docs/orders.md` states it. What it costs is a look-up for each number and each year of birth
//! of the person entered, and a comparison of names with the few that were born in the same year.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{DatePrecision, OrganisationKind};
use barid_domain::countries::CountryCode;
use barid_domain::dates::DateInterval;
use barid_domain::described::{Described, WIDEST_BIRTH};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::orders::OrderBook;
use barid_domain::persons::Person;
use barid_names::compare::compare;
use barid_names::name::Name;
use barid_names::thresholds;
use barid_search::number_index::PersonNumber;
use barid_store::{ReEntryPlace, ReEntryRow, SystemChange};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// From this score on two names are one person's, where a day of birth agrees: what is an alert at a desk.
pub const SAME_NAME: f32 = thresholds::BORDER_DESK;
/// The same where a year of birth agrees, or the first day of one, which stands for a year in many papers.
pub const SAME_NAME_OF_YEAR: f32 = 0.9;
/// From this score on names may be one person's: enough beside the same number of which a country is not known.
const LIKE_NAME: f32 = thresholds::INVESTIGATION;
/// The most attempts of one page.
pub const RE_ENTRIES_PAGE_CAP: u32 = 200;

/// Is all persons who are not to be entered again, found by number and by year of birth.
#[derive(Default)]
pub(crate) struct Barred {
    /// The orders that it was made of.
    orders: BTreeSet<EntryHash>,
    persons: Vec<BarredPerson>,
    by_number: BTreeMap<PersonNumber, Vec<usize>>,
    by_year: BTreeMap<i32, Vec<usize>>,
}

struct BarredPerson {
    order: EntryHash,
    names: Vec<Name>,
    births: Vec<DateInterval>,
    documents: Vec<(PersonNumber, Option<CountryCode>)>,
}

/// Is [`Barred`] with the book that it was made of.
#[derive(Default)]
pub(crate) struct BarredOfBook(Option<(Arc<OrderBook>, Arc<Barred>)>);

/// Is a page of attempts.
#[derive(Clone, Debug)]
pub struct ReEntryPage {
    /// The attempts, the newest day first.
    pub attempts: Vec<ReEntryRow>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<ReEntryPlace>,
}

impl Barred {
    fn of(book: &OrderBook) -> Self {
        let mut barred = Self::default();
        for standing in book.not_to_re_enter() {
            barred.orders.insert(standing.entry);
            if let Some(described) = &standing.order.described {
                barred.add(standing.entry, described);
            }
        }
        barred
    }

    fn add(&mut self, order: EntryHash, described: &Described) {
        let at = self.persons.len();
        let documents = described.documents.iter().filter_map(|document| {
            Some((PersonNumber::document(&document.number)?, document.issuing_country))
        });
        let documents: Vec<_> = documents.collect();
        for (number, _) in &documents {
            self.by_number.entry(number.clone()).or_default().push(at);
        }
        for year in described
            .births
            .iter()
            .filter_map(compared)
            .flat_map(|birth| years(&birth))
            .collect::<BTreeSet<_>>()
        {
            self.by_year.entry(year).or_default().push(at);
        }
        let names = described.names.iter().map(|name| Name::parse(name)).collect();
        let births = described.births.clone();
        self.persons.push(BarredPerson { order, names, births, documents });
    }

    /// The order that stands in the way of entering a person; of several the one with the lowest hash.
    pub(crate) fn order_against(&self, person: &Person) -> Option<EntryHash> {
        if self.persons.is_empty() {
            return None;
        }
        let held: Vec<(PersonNumber, Option<CountryCode>)> = person
            .documents
            .iter()
            .filter_map(|held| Some((PersonNumber::document(held.number.as_deref()?)?, held.issuing_country)))
            .collect();
        let by_number = held.iter().filter_map(|(number, _)| self.by_number.get(number));
        let in_years = person.births.iter().filter_map(compared).flat_map(|birth| years(&birth));
        let by_year = in_years.filter_map(|year| self.by_year.get(&year));
        let looked_at: BTreeSet<usize> = by_number.chain(by_year).flatten().copied().collect();
        if looked_at.is_empty() {
            return None;
        }
        let names: Vec<Name> = person.names.iter().map(|name| Name::parse(&name.text)).collect();
        let entered = Entered { names: &names, births: &person.births, documents: &held };
        let against = looked_at.into_iter().filter_map(|at| self.persons.get(at));
        against.filter(|barred| barred.is(&entered)).map(|barred| barred.order).min()
    }
}

/// Is whoever is to be entered, prepared for comparing.
struct Entered<'a> {
    names: &'a [Name],
    births: &'a [DateInterval],
    documents: &'a [(PersonNumber, Option<CountryCode>)],
}

impl BarredPerson {
    fn is(&self, entered: &Entered<'_>) -> bool {
        self.has_document(entered) || self.has_name_and_birth(entered)
    }

    fn has_document(&self, entered: &Entered<'_>) -> bool {
        let mut pairs = self.documents.iter().flat_map(|(number, country)| {
            let same = entered.documents.iter().filter(move |(of, _)| of == number);
            same.map(move |(_, of)| (*country, *of))
        });
        pairs.any(|countries| match countries {
            (Some(one), Some(other)) => one == other,
            // Numbers of different countries may be the same: something else has to agree as well.
            (None, _) | (_, None) => {
                let overlaps = |birth: &DateInterval| self.births.iter().any(|one| one.overlaps(birth));
                entered.births.iter().any(overlaps) || self.likeness(entered) >= LIKE_NAME
            }
        })
    }

    fn has_name_and_birth(&self, entered: &Entered<'_>) -> bool {
        let pairs = self.births.iter().flat_map(|one| entered.births.iter().map(move |other| (one, other)));
        let needed = pairs.filter_map(|(one, other)| name_needed(one, other)).reduce(f32::min);
        needed.is_some_and(|needed| self.likeness(entered) >= needed)
    }

    /// How alike the two names are that are most alike.
    fn likeness(&self, entered: &Entered<'_>) -> f32 {
        let pairs = entered.names.iter().flat_map(|name| self.names.iter().map(move |barred| (name, barred)));
        pairs.map(|(name, barred)| compare(name, barred).score).fold(0.0, f32::max)
    }
}

/// How alike names have to be where these dates of birth are compared; `None` where they don't agree.
fn name_needed(one: &DateInterval, other: &DateInterval) -> Option<f32> {
    let (one, other) = (compared(one)?, compared(other)?);
    if !one.overlaps(&other) {
        return None;
    }
    let are_days = [one, other].into_iter().all(|birth| is_day(&birth));
    Some(if are_days { SAME_NAME } else { SAME_NAME_OF_YEAR })
}

/// What of a date of birth is compared: the first of January stands for its year, whatever is "about" a time for the year in the
/// middle of it. `None` for a wider one, which tells nobody apart.
fn compared(birth: &DateInterval) -> Option<DateInterval> {
    let (first, last) = (birth.earliest(), birth.latest());
    let (year, month, day) = first.parts();
    if is_day(birth) && (month, day) == (1, 1) {
        return DateInterval::year(year).ok();
    }
    if last.days() - first.days() < WIDEST_BIRTH {
        return Some(*birth);
    }
    let is_about = birth.precision() == DatePrecision::Approximate;
    let middle = first.saturating_add((last.days() - first.days()) / 2);
    DateInterval::year(middle.parts().0).ok().filter(|_| is_about)
}

fn is_day(birth: &DateInterval) -> bool {
    birth.earliest() == birth.latest()
}

fn years(birth: &DateInterval) -> std::ops::RangeInclusive<i32> {
    birth.earliest().parts().0..=birth.latest().parts().0
}

impl App {
    /// Everybody who is not to be entered again, as the book of orders says it now.
    pub(crate) fn barred(&self) -> Arc<Barred> {
        let book = self.order_book();
        // Replaced in one step: what a panic leaves is whole.
        let mut kept = self.barred.lock().unwrap_or_else(PoisonError::into_inner);
        match &kept.0 {
            Some((of, barred)) if Arc::ptr_eq(of, &book) => barred.clone(),
            before => {
                let is_same = |barred: &Arc<Barred>| {
                    book.not_to_re_enter().map(|one| one.entry).collect::<BTreeSet<_>>() == barred.orders
                };
                // Most of what is ordered is no such order: names are not prepared anew for it.
                let same = before.as_ref().map(|(_, barred)| barred.clone()).filter(is_same);
                let barred = same.unwrap_or_else(|| Arc::new(Barred::of(&book)));
                kept.0 = Some((book, barred.clone()));
                barred
            }
        }
    }

    /// Takes up orders that another process has stored since; where this one alone writes, it has them.
    pub(crate) async fn see_new_orders(&self) -> Result<(), AppError> {
        if self.store().is_on_server() { self.read_rights_again().await } else { Ok(()) }
    }

    /// Refuses a person who is not to be entered again.
    pub(crate) fn may_enter_person(&self, person: &Person) -> Result<(), AppError> {
        self.order_against(person).map_or(Ok(()), |order| Err(AppError::ReEntry { order }))
    }

    /// The order that stands in the way of entering a person.
    pub(crate) fn order_against(&self, person: &Person) -> Option<EntryHash> {
        self.barred().order_against(person)
    }

    /// Notes an attempt to enter somebody again, with its line, and hands the outcome of a submission on: the commission reads the
    /// attempts.
    pub(crate) async fn note_re_entry<T>(
        &self,
        ctx: &OpContext,
        record: Option<RecordId>,
        done: Result<T, AppError>,
    ) -> Result<T, AppError> {
        let Err(AppError::ReEntry { order }) = &done else {
            return self.journal_refusal(ctx, Operation::SubmitRecord, record, done).await;
        };
        let records = record.into_iter().collect();
        let mut line = self.write_line(ctx, Operation::SubmitRecord, self.now(), records, Vec::new());
        line.phase = Phase::Refused;
        line.refusal = Some(AppError::ReEntry { order: *order }.code().to_owned());
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::NoteReEntry { organisation: ctx.actor.organisation, order: *order });
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        done
    }

    /// Lists who tried to enter somebody again whom an order of the caller's organisation describes, the newest day first.
    pub async fn re_entries(
        &self,
        ctx: &OpContext,
        after: Option<ReEntryPlace>,
        limit: u32,
    ) -> Result<ReEntryPage, AppError> {
        self.may_write(ctx, Operation::ReadReEntries)?;
        let act = self.begin(ctx, Operation::ReadReEntries, None, None).await?;
        let (book, most) = (self.order_book(), limit.clamp(1, RE_ENTRIES_PAGE_CAP) as usize);
        let (mut shown, mut after): (Vec<ReEntryRow>, _) = (Vec::new(), after);
        // One more tells whether there is another page.
        while shown.len() <= most {
            let rows = self.store().re_entries(after, RE_ENTRIES_PAGE_CAP).await.map_err(AppError::Store)?;
            let Some(last) = rows.last() else { break };
            after = Some(place_of(last));
            let is_own = |row: &ReEntryRow| {
                book.order(row.order).is_some_and(|order| order.commission == ctx.actor.organisation)
            };
            shown.extend(rows.into_iter().filter(is_own));
        }
        let is_cut = shown.len() > most;
        shown.truncate(most);
        let next = shown.last().filter(|_| is_cut).map(place_of);
        self.end(ctx, act, Vec::new()).await?;
        Ok(ReEntryPage { attempts: shown, next })
    }

    /// Tells whether an organisation is the commission: it reads all orders, and whom they describe.
    pub(crate) fn is_commission(&self, organisation: barid_domain::ids::OrganisationCode) -> bool {
        let registry = self.registry();
        registry.active(organisation).is_some_and(|found| found.kind == OrganisationKind::Commission)
    }
}

fn place_of(row: &ReEntryRow) -> ReEntryPlace {
    ReEntryPlace { day: row.day, order: row.order, organisation: row.organisation }
}
