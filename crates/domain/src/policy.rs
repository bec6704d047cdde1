//! Policy: the one place that decides who may know what.
//!
//! Pure: (actor, act, purpose, registry, agreements in force) in, [`SearchScope`] out; from a scope and the class of a record
//! follows what of it is shown ([`Reveal`]): nothing, that there is one, or the record behind a [`Mask`] with its duties. A
//! line of the journal names the version of the rule book and the grants that counted, so a decision can be made again.
//!
//! Rights come from three sources, named rule by rule in [`RULES`]: membership, ownership, and grants of agreements. They
//! add up: what one of them shows, no other hides. What none of them shows answers as absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use minicbor::{Decode, Encode};

use crate::agreements::{AgreementStep, AgreementsInForce, Duty, FieldGroup, GrantInForce, GrantedOperation};
use crate::audit::{Actor, Operation};
use crate::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use crate::consents::{Consent, ConsentBook};
use crate::dates::Day;
use crate::ids::{AgreementId, EntryHash, OrganisationCode, RecordId};
use crate::links::Link;
use crate::objects::Object;
use crate::officers::{OfficerRight, OfficerRights};
use crate::orders::{Order, OrderAct, OrderBook};
use crate::people::{Account, EntityCode};
use crate::persons::Person;
use crate::registry::{Organisation, Registry};
use crate::restrictions::{Audience, DatabaseAudiences};
use crate::terms::Terms;
use crate::travel_documents::TravelDocument;

/// The version of the rule book; it goes into every line of the journal.
pub const VERSION: u32 = 7;

/// The rule book in words, in the order of its checks.
pub const RULES: &[&str] = &[
    "An organisation that is active in the registry may search and open records whose purpose fits the purpose of the search.",
    "Exercise records answer exercise searches and nothing else; exercise searches see nothing else but reference lists.",
    "Everybody sees its own records, whatever the purpose.",
    "Lists of single states answer searches that ask for them by their purpose (outside-reference) and oversight; no other, not even their holder's.",
    "Only the secretariat and the commission search for oversight; only the secretariat enters reference lists.",
    "Who may enter records may hand in pictures for them, which show nothing to anybody; a picture of a record is shown to whom the record is shown.",
    "A partner has no right of its own: it sees its own records, and what a grant of an agreement in force shows it.",
    "A grant counts for a search of one of its recipients for one of its purposes, and shows records of its owners in its databases that are held for one of its purposes held, under one of its handling codes and not above its classification.",
    "Where the purpose of the search does not fit the purpose held, only a grant of hits tells anything: that there is a record, and whose.",
    "No grant opens exercise records to other searches, or other records to exercises; none opens lists of single states.",
    "What a record's owner, its database and what tells its subject apart are, every grant of candidates shows; the rest as far as its groups of fields go. Several grants show together what each of them shows.",
    "What is shown under a grant carries the duties of the grant and those of the record's handling code.",
    "A partner enters records of its own as far as a grant lets it submit: in its databases, for its purposes, held for its purposes held, under its handling codes and not above its classification. They are shown to the owners of that grant, as far as purposes fit, and to no other member but for oversight; what it has entered it may always withdraw.",
    "What an organisation may do, an officer or service of it may do with the right to it: in the databases, for the purposes and up to the classification of that right.",
    "What an order of the commission blocks, and a version that it orders to be corrected, is shown to nobody, whatever was agreed and whoever owns it; only the commission opens it, for oversight. Its owner reads the order, and ends the record if it likes.",
    "What its owner keeps from an organisation, a single record or all it has in a database, is not there for that organisation, whatever its rights and whatever was agreed; the owner sees it, and the commission for oversight. Who else sees a record, and who doesn't, its owner alone reads.",
    "Who may enter records keeps its own at their review, with a reason that is signed, for as long as their database allows; who may withdraw them withdraws them. Everybody reads the review list of its own records and no other; what was decided about a version that does not count, or that an order keeps back, is not kept.",
    "Who may audit, and is cleared for everything in every database for every purpose, reads who of its organisation did what with which record, and looks at the alarms about its organisation; the commission about every organisation of the node. Nobody decides about an alarm that names itself. Whoever audits for an organisation marks records of its own as canaries, and is told when its own people are shown one; when others are, the commission alone is. Nobody audits for a national entity. Whose record it is learns nothing of who of others looked at it.",
    "What is told of as a hit, its owner may consent to show: single records, to one asker, for one purpose, until a day. It shows them opened, never in a search, for as long as the hit itself would be told: it ends with the grant, and never beats rules 10, 14, 15 and 16. What it shows carries the duty not to pass it on. Who may bind an organisation and is cleared for every classification consents; whoever enters records, or may bind, refuses and takes back. Nobody else learns of it, and silence opens nothing.",
    "Whom the commission ordered not to be entered again is not entered, by no owner and not as a revision; who tried is told which order stands in the way, and only the commission reads who tried. A record is marked by its owner and by the commission's order, and whoever is shown the record is shown its marks and what the commission says of it, as candidate too.",
    "Requests of persons the commission alone takes in, reads and acts on: its officers who have rights in all databases and are cleared for everything; deciding one, finding it not admissible, or ending it because the person asks no more, is for who may bind the commission. An owner reads what it is asked about its own records and nothing else of a request, and answers it, each officer as far as its databases and clearance go; letting something be told is for who may bind it and is cleared for everything, keeping it back for whoever enters records.",
    "An officer of a national entity may do what it was given and its entity may; an administrator of an entity looks after the people of that entity and gives what both have. What binds or administers needs a sign-in not older than a quarter of an hour, where an officer signs in.",
];

/// Is what the visibility of a record depends on; records of one class are visible or hidden together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VisibilityClass {
    /// The database the record is in.
    pub database: Database,
    /// The organisation that supplied it.
    pub owner: OrganisationCode,
    /// Why it is held.
    pub purpose: Purpose,
    /// What may be done with it.
    pub handling: Handling,
    /// How it is classified.
    pub classification: Classification,
    /// Whether it is an exercise record.
    pub exercise: bool,
    /// Whom its owner lets it be shown to, as a single record.
    pub audience: Audience,
}

impl VisibilityClass {
    /// Derives the class of a record from its terms, and from whom its owner lets it be shown to.
    pub fn of(database: Database, owner: OrganisationCode, terms: &Terms, audience: Audience) -> Self {
        Self {
            database,
            owner,
            purpose: terms.purpose,
            handling: terms.handling,
            classification: terms.classification,
            exercise: terms.purpose == Purpose::Exercise,
            audience,
        }
    }
}

/// Is which groups of fields of a record are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mask(u16);

impl Mask {
    /// Shows everything, groups of later versions too.
    pub const ALL: Self = Self(u16::MAX);
    /// Shows what tells a record's subject apart, and nothing else.
    pub const IDENTITY: Self = Self(0);

    /// Shows these groups.
    pub fn of(groups: &[FieldGroup]) -> Self {
        Self(groups.iter().fold(0, |bits, group| bits | Self::bit(*group)))
    }

    /// Tells whether a group is shown.
    pub fn shows(self, group: FieldGroup) -> bool {
        self.0 & Self::bit(group) != 0
    }

    /// Tells whether it shows every group that records of a database may have.
    pub fn is_whole(self, database: Database) -> bool {
        use FieldGroup::{Addresses, Descriptions, Details, Documents, Images, Offences, Remarks};
        let groups: &[FieldGroup] = match database {
            Database::Persons => &[Documents, Offences, Descriptions, Addresses, Remarks, Images],
            Database::Links => &[Remarks],
            _ => &[Remarks, Images, Details],
        };
        groups.iter().all(|group| self.shows(*group))
    }

    /// What either shows.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both show.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// A group of a later version has no bit: it is not shown.
    fn bit(group: FieldGroup) -> u16 {
        if crate::terms::listed(group) { 1 << group.number() } else { 0 }
    }

    /// Takes out of a person what is not shown.
    pub fn hide_in_person(self, person: &mut Person) {
        // Named one by one, so that a field that joins is placed or does not compile.
        let Person {
            names: _,
            sex: _,
            births: _,
            birth_places: _,
            nationalities: _,
            statuses: _,
            minor: _,
            offences,
            // Whoever meets the person has to know.
            warnings: _,
            documents,
            addresses,
            functions,
            descriptions,
            remarks,
            references,
            listed_on: _,
            amended_on: _,
        } = person;
        if !self.shows(FieldGroup::Offences) {
            offences.clear();
        }
        if !self.shows(FieldGroup::Documents) {
            documents.clear();
            references.clear();
        }
        if !self.shows(FieldGroup::Addresses) {
            addresses.clear();
        }
        if !self.shows(FieldGroup::Descriptions) {
            functions.clear();
            descriptions.clear();
        }
        if !self.shows(FieldGroup::Remarks) {
            remarks.clear();
            for name in &mut person.names {
                name.note = None;
            }
            for place in &mut person.birth_places {
                place.note = None;
            }
        }
    }

    /// Takes out of a person what its subject is not told. Officers are shown how a person stands and what to heed, whatever the
    /// mask; whom it is about is told only what a group opens: of which states the person is with the offences, since when it is
    /// listed with the remarks, and what officers are warned of only where its owner lets all of it be told.
    pub fn hide_from_subject(self, person: &mut Person) {
        self.hide_in_person(person);
        if !self.shows(FieldGroup::Offences) {
            person.statuses.clear();
        }
        if !self.shows(FieldGroup::Remarks) {
            person.listed_on = None;
            person.amended_on.clear();
        }
        if !self.is_whole(Database::Persons) {
            person.warnings.clear();
        }
    }

    /// Takes out of an object what is not shown.
    pub fn hide_in_object(self, object: &mut Object) {
        if !self.shows(FieldGroup::Details) {
            object.keep_identity();
        }
    }

    /// Takes out of a travel document what is not shown.
    pub fn hide_in_document(self, document: &mut TravelDocument) {
        if !self.shows(FieldGroup::Details) {
            document.reason = None;
            document.reported_on = None;
        }
    }

    /// Takes out of a link what is not shown.
    pub fn hide_in_link(self, link: &mut Link) {
        if !self.shows(FieldGroup::Remarks) {
            link.remarks.clear();
        }
    }

    /// Takes out of the terms what is not shown: where the owner has the record from, and why it keeps it.
    pub fn hide_in_terms(self, terms: &mut Terms) {
        if !self.shows(FieldGroup::Remarks) {
            terms.provenance = None;
            terms.kept = None;
        }
    }
}

/// Is how much of a record a scope shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reveal {
    /// Nothing: as if it were not there.
    Absent,
    /// That there is one in this database, and whose.
    HitNoHit,
    /// The record, behind a mask, with what has to be heeded.
    Shown {
        /// Which fields.
        mask: Mask,
        /// What has to be heeded, in the order of the codes.
        duties: Vec<Duty>,
    },
}

/// Names a grant of an agreement in a line of the journal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(map)]
pub struct GrantName {
    /// The agreement.
    #[n(0)]
    pub agreement: AgreementId,
    /// The number of the grant.
    #[n(1)]
    pub grant: u32,
}

/// Is for what a scope is used; each has its own right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sight {
    /// Showing candidates.
    Candidates,
    /// Opening a record.
    Open,
    /// Telling that there is a record, and whose.
    Hits,
}

/// Is what a search may see: made by [`scope`] only, so that a search without a decision can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchScope {
    actor: OrganisationCode,
    databases: BTreeSet<Database>,
    purpose: Purpose,
    is_member: bool,
    sight: Sight,
    /// Up to which classification the officer is cleared.
    clearance: Classification,
    /// Whether records count by numbers that a mask may hide: those that it hides do not.
    by_numbers: bool,
    /// Organisations without the rights of membership whose records the asker has not agreed to be shown.
    strangers: Arc<BTreeSet<OrganisationCode>>,
    grants: Arc<[Arc<GrantInForce>]>,
    /// Whose records of which databases their owners keep from the asker.
    withheld: Arc<BTreeSet<(OrganisationCode, Database)>>,
    /// Whether what an owner keeps from others is shown all the same.
    oversees: bool,
    /// Whether what an order hides is shown all the same.
    oversees_orders: bool,
    /// What owners consented to show: for openings alone.
    consents: Option<Consents>,
}

/// Is what owners consented to, as it holds on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Consents {
    book: Arc<ConsentBook>,
    today: Day,
}

impl SearchScope {
    /// Tells whether records of this class are visible within the scope.
    pub fn permits(&self, class: &VisibilityClass) -> bool {
        if !self.reaches(class) {
            return false;
        }
        let by_right = self.permits_by_right(class);
        if self.by_numbers && !by_right && !self.shows_numbers(class) {
            return false;
        }
        match self.sight {
            Sight::Candidates => by_right || self.granted(class, GrantedOperation::Candidates),
            Sight::Open => by_right || self.granted(class, GrantedOperation::Open),
            Sight::Hits => {
                !by_right
                    && !self.granted(class, GrantedOperation::Candidates)
                    && self.counting(class).any(tells_hits)
            }
        }
    }

    /// Tells whether the officer's own rights and what the owner keeps from the asker let records of a class be shown, whatever
    /// else shows them.
    fn reaches(&self, class: &VisibilityClass) -> bool {
        if !self.databases.contains(&class.database) || !is_cleared(class.classification, self.clearance) {
            return false;
        }
        let is_withheld =
            self.withheld.contains(&(class.owner, class.database)) && !self.is_above(class.owner);
        !is_withheld && self.admits(class.owner, &class.audience)
    }

    /// Tells whether what an owner shows to an audience is shown to the asker, as far as that goes: [`Self::permits`] asks the
    /// rest, and this too.
    pub fn admits(&self, owner: OrganisationCode, audience: &Audience) -> bool {
        self.is_above(owner) || audience.admits(self.actor)
    }

    /// Tells whether an owner keeps nothing from the asker.
    fn is_above(&self, owner: OrganisationCode) -> bool {
        owner == self.actor || self.oversees
    }

    /// How much of a record of this class is shown.
    pub fn reveal(&self, class: &VisibilityClass) -> Reveal {
        if !self.permits(class) {
            return Reveal::Absent;
        }
        if self.sight == Sight::Hits {
            return Reveal::HitNoHit;
        }
        let mut duties: BTreeSet<Duty> = handling_duties(class.handling).collect();
        if self.permits_by_right(class) {
            return Reveal::Shown { mask: Mask::ALL, duties: duties.into_iter().collect() };
        }
        let operation =
            if self.sight == Sight::Open { GrantedOperation::Open } else { GrantedOperation::Candidates };
        duties.extend(self.showing(class, operation).flat_map(|one| one.grant.duties.iter().copied()));
        Reveal::Shown { mask: self.mask(class, operation), duties: duties.into_iter().collect() }
    }

    /// How much of a single record is shown: what its class shows, and what its owner consented to.
    pub fn reveal_record(&self, record: RecordId, class: &VisibilityClass) -> Reveal {
        let by_class = self.reveal(class);
        let mut consents = self.consented(record, class).map(|(_, consent)| consent).peekable();
        if consents.peek().is_none() {
            return by_class;
        }
        let (mut mask, mut duties): (Mask, BTreeSet<Duty>) = match by_class {
            Reveal::Shown { mask, duties } => (mask, duties.into_iter().collect()),
            Reveal::Absent | Reveal::HitNoHit => (Mask::IDENTITY, handling_duties(class.handling).collect()),
        };
        duties.insert(Duty::NoOnwardTransfer);
        for consent in consents {
            mask = mask.or(Mask::of(&consent.fields));
            duties.extend(consent.duties.iter().copied());
            duties.extend((!consent.conditions.is_empty()).then_some(Duty::HeedConditions));
        }
        Reveal::Shown { mask, duties: duties.into_iter().collect() }
    }

    /// The requests whose consents let a record be shown, besides what its class shows, for the journal.
    pub fn consents_to(&self, record: RecordId, class: &VisibilityClass) -> Vec<EntryHash> {
        self.consented(record, class).map(|(request, _)| request).collect()
    }

    /// What the owner of a record consented to: it counts for as long as the record would be told of as a hit, and not where it is
    /// shown whole.
    fn consented<'a>(
        &'a self,
        record: RecordId,
        class: &'a VisibilityClass,
    ) -> impl Iterator<Item = (EntryHash, &'a Consent)> {
        let is_hit = self.consents.is_some()
            && self.reaches(class)
            && !self.permits_by_right(class)
            && self.counting(class).any(tells_hits);
        let consents = self.consents.as_ref().filter(|_| is_hit);
        consents.into_iter().flat_map(move |consents| {
            consents.book.in_force(self.actor, class.owner, record, self.purpose, consents.today)
        })
    }

    /// The same scope with what owners consented to on a day, where it is one of openings; searches see nothing by consent.
    pub fn with_consents(self, book: &Arc<ConsentBook>, today: Day) -> Self {
        let consents = (self.sight == Sight::Open).then(|| Consents { book: book.clone(), today });
        Self { consents, ..self }
    }

    /// The same scope where records are looked for by numbers alone: a number that a mask hides finds nobody.
    pub fn by_numbers(&self) -> Self {
        Self { by_numbers: true, ..self.clone() }
    }

    /// Tells whether every number by which records of a class are found is shown.
    fn shows_numbers(&self, class: &VisibilityClass) -> bool {
        let group = match class.database {
            Database::Persons => FieldGroup::Documents,
            database if crate::objects::is_told_apart_by_every_number(database) => return true,
            _ => FieldGroup::Details,
        };
        match self.sight {
            // Of these nothing is shown, and everything compared: that was agreed.
            Sight::Hits => true,
            Sight::Open => self.mask(class, GrantedOperation::Open).shows(group),
            Sight::Candidates => self.mask(class, GrantedOperation::Candidates).shows(group),
        }
    }

    /// What the grants that let this be done show together.
    fn mask(&self, class: &VisibilityClass, operation: GrantedOperation) -> Mask {
        let masks = self.showing(class, operation).map(|one| Mask::of(&one.grant.fields));
        masks.fold(Mask::IDENTITY, Mask::or)
    }

    /// Tells whether a version of a record is shown to nobody else because an order of the commission says so.
    pub fn is_kept_back(&self, orders: &OrderBook, record: RecordId, version: EntryHash) -> bool {
        !self.oversees_orders && orders.hides(record, version)
    }

    /// The organisation the scope was made for.
    pub fn organisation(&self) -> OrganisationCode {
        self.actor
    }

    /// The grants that the scope was made with: they count against their daily caps and stand in the journal.
    pub fn grants(&self) -> impl Iterator<Item = &GrantInForce> {
        self.grants.iter().map(Arc::as_ref)
    }

    /// Their names.
    pub fn grant_names(&self) -> Vec<GrantName> {
        self.grants().map(GrantInForce::name).collect()
    }

    /// The same scope without grants whose daily cap is reached; `None` where nothing is left that it could show.
    pub fn without(&self, reached: &[GrantName]) -> Option<Self> {
        let is_left = |one: &Arc<GrantInForce>| !reached.contains(&one.name());
        let grants: Vec<_> = self.grants.iter().filter(|one| is_left(one)).cloned().collect();
        let shows = self.is_member || !grants.is_empty();
        shows.then(|| Self { grants: grants.into(), ..self.clone() })
    }

    /// The scope of records of which is told only that there are such; `None` where no grant is of that kind, so that
    /// nothing has to be looked for.
    pub fn hits(&self) -> Option<Self> {
        let has_one = self.grants().any(tells_hits);
        has_one.then(|| Self { sight: Sight::Hits, ..self.clone() })
    }

    fn permits_by_right(&self, class: &VisibilityClass) -> bool {
        let is_own = class.owner == self.actor && class.purpose != Purpose::OutsideReference;
        let is_stranger = self.purpose != Purpose::Oversight && self.strangers.contains(&class.owner);
        is_own || (self.is_member && !is_stranger && purposes_fit(self.purpose, class.purpose))
    }

    /// The grants that count for records of a class, whatever they let be done.
    fn counting<'a>(&'a self, class: &'a VisibilityClass) -> impl Iterator<Item = &'a GrantInForce> {
        // Exercises stay among themselves, and nobody meets lists of single states unasked: whatever is signed.
        let apart = (class.purpose == Purpose::Exercise) != (self.purpose == Purpose::Exercise)
            || class.purpose == Purpose::OutsideReference;
        let grants = if apart { &[] } else { self.grants.as_ref() };
        grants.iter().map(Arc::as_ref).filter(move |one| covers(one, class))
    }

    fn showing<'a>(
        &'a self,
        class: &'a VisibilityClass,
        operation: GrantedOperation,
    ) -> impl Iterator<Item = &'a GrantInForce> {
        // Asked first: of most classes it is all that has to be asked, whatever the number of grants.
        let fits = purposes_fit(self.purpose, class.purpose);
        let counting = fits.then(|| self.counting(class));
        counting.into_iter().flatten().filter(move |one| one.grant.operations.contains(&operation))
    }

    fn granted(&self, class: &VisibilityClass, operation: GrantedOperation) -> bool {
        self.showing(class, operation).next().is_some()
    }
}

/// Tells whether a grant is one of hits.
fn tells_hits(one: &GrantInForce) -> bool {
    one.grant.operations.contains(&GrantedOperation::HitNoHit)
}

/// Tells whether a grant in force is about records of a class.
fn covers(one: &GrantInForce, class: &VisibilityClass) -> bool {
    // The cheapest first: every search asks this of every class of records and every grant.
    one.grant.held.contains(&class.purpose)
        && one.grant.handling.contains(&class.handling)
        && is_cleared(class.classification, one.grant.classification)
        && one.grant.databases.contains(&class.database)
        && one.owners.contains(&class.owner)
}

/// A level of a later version is above all others.
fn is_cleared(classification: Classification, most: Classification) -> bool {
    crate::terms::listed(classification) && classification <= most
}

/// What the handling code of a record asks of everybody.
fn handling_duties(handling: Handling) -> impl Iterator<Item = Duty> {
    let duties: &[Duty] = match handling {
        Handling::H0 => &[Duty::PoliceUseOnly],
        Handling::H1 => &[Duty::PoliceUseOnly, Duty::NoJudicialUse],
        Handling::H2 => &[Duty::PoliceUseOnly, Duty::NoOnwardTransfer],
        Handling::H3 => &[Duty::PoliceUseOnly, Duty::HeedConditions],
        // Of a later version: nothing is known of it but that it asks for something.
        Handling::Unlisted(_) => {
            &[Duty::PoliceUseOnly, Duty::NoJudicialUse, Duty::NoOnwardTransfer, Duty::HeedConditions]
        }
    };
    duties.iter().copied()
}

/// Why an act is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The organisation is not, or no longer, in the registry.
    #[error("the organisation is not active in the registry")]
    NotActive,
    /// The kind of organisation may not do this, and no agreement in force lets it.
    #[error("organisations of this kind may not do this, and no agreement in force lets this one")]
    NotEntitled,
    /// The purpose is not one this act may serve.
    #[error("the purpose does not allow this")]
    Purpose,
    /// The daily cap of every grant that would count is reached.
    #[error("the daily cap of the agreement is reached")]
    DailyCap,
    /// The officer or service may not bind the organisation.
    #[error("this officer or service may not bind the organisation")]
    MayNotBind,
    /// The organisation may, and this officer or service may not.
    #[error("this officer or service may not do this")]
    Officer,
    /// The officer may, after signing in anew.
    #[error("this needs a new sign-in")]
    SignInAnew,
}

impl Refusal {
    /// The stable code of the refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotActive => "organisation-not-active",
            Self::NotEntitled => "not-entitled",
            Self::Purpose => "purpose-not-allowed",
            Self::DailyCap => "daily-cap-reached",
            Self::MayNotBind => "may-not-bind",
            Self::Officer => "officer-not-entitled",
            Self::SignInAnew => "sign-in-anew",
        }
    }
}

/// Is what a decision depends on besides who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// The agreements that are in force now.
    pub agreements: &'a AgreementsInForce,
    /// Whom owners let see what they have in whole databases.
    pub audiences: &'a DatabaseAudiences,
    /// What the officer or service may do within its organisation.
    pub officer: &'a OfficerRights,
}

/// Decides what an actor's search may see; of what is opened, [`scope_of_opening`] decides.
pub fn scope(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    databases: &[Database],
    purpose: Purpose,
) -> Result<SearchScope, Refusal> {
    scope_with(circumstances, actor, databases, purpose, Sight::Candidates, OfficerRight::Search)
}

/// Decides what the screening of a list or a text may see: what a search may, for who may screen.
pub fn scope_of_screening(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    databases: &[Database],
    purpose: Purpose,
) -> Result<SearchScope, Refusal> {
    scope_with(circumstances, actor, databases, purpose, Sight::Candidates, OfficerRight::Screen)
}

/// Decides what an actor may open.
pub fn scope_of_opening(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    databases: &[Database],
    purpose: Purpose,
) -> Result<SearchScope, Refusal> {
    scope_with(circumstances, actor, databases, purpose, Sight::Open, OfficerRight::Open)
}

fn scope_with(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    databases: &[Database],
    purpose: Purpose,
    sight: Sight,
    right: OfficerRight,
) -> Result<SearchScope, Refusal> {
    let organisation = circumstances.registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    if !crate::terms::listed(purpose) {
        return Err(Refusal::Purpose);
    }
    let oversees = matches!(organisation.kind, OrganisationKind::Secretariat | OrganisationKind::Commission);
    if purpose == Purpose::Oversight && !oversees {
        return Err(Refusal::Purpose);
    }
    let granted = circumstances.agreements.of(actor.organisation);
    let is_member = has_membership(organisation);
    if !is_member && granted.is_empty() {
        return Err(Refusal::NotEntitled);
    }
    let officer = circumstances.officer;
    if !officer.has(right) {
        return Err(Refusal::Officer);
    }
    if !officer.serve(purpose) {
        return Err(Refusal::Purpose);
    }
    let databases: BTreeSet<Database> = databases
        .iter()
        .copied()
        .filter(|database| officer.reach(*database) && organisation.may_read(*database))
        .collect();
    let looks = |one: &GrantInForce| {
        one.grant.purposes.contains(&purpose)
            && one.grant.databases.iter().any(|database| databases.contains(database))
            && one.grant.operations.iter().any(|operation| {
                matches!(
                    operation,
                    GrantedOperation::HitNoHit | GrantedOperation::Candidates | GrantedOperation::Open
                )
            })
    };
    let grants: Vec<_> = granted.iter().filter(|one| looks(one)).cloned().collect();
    if !is_member && grants.is_empty() {
        return Err(Refusal::Purpose);
    }
    let accepted = circumstances.agreements.submitters_to(actor.organisation);
    let strangers = circumstances.registry.organisations().filter(|(code, organisation)| {
        *code != actor.organisation && !has_membership(organisation) && !accepted.contains(code)
    });
    Ok(SearchScope {
        actor: actor.organisation,
        strangers: Arc::new(strangers.map(|(code, _)| code).collect()),
        by_numbers: false,
        databases,
        purpose,
        is_member,
        sight,
        clearance: officer.clearance,
        grants: grants.into(),
        withheld: Arc::new(withheld_from(circumstances.audiences, actor.organisation)),
        oversees: organisation.kind == OrganisationKind::Commission && purpose == Purpose::Oversight,
        oversees_orders: organisation.kind == OrganisationKind::Commission
            && purpose == Purpose::Oversight
            && sight == Sight::Open,
        consents: None,
    })
}

/// Whose records of which databases are kept from an organisation.
fn withheld_from(
    audiences: &DatabaseAudiences,
    asker: OrganisationCode,
) -> BTreeSet<(OrganisationCode, Database)> {
    audiences.iter().filter(|(_, audience)| !audience.admits(asker)).map(|(of, _)| *of).collect()
}

/// Tells whether organisations of a kind have the rights of membership.
fn has_membership(organisation: &Organisation) -> bool {
    match organisation.kind {
        OrganisationKind::Bureau
        | OrganisationKind::NationalEntity
        | OrganisationKind::Secretariat
        | OrganisationKind::Commission => true,
        // A partner's access follows from agreements alone.
        OrganisationKind::Partner | OrganisationKind::Unlisted(_) => false,
    }
}

/// Decides whether an actor may do a writing act in its own organisation's name; `database` is what a record is entered
/// into.
pub fn may_write(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    operation: Operation,
    database: Option<Database>,
    purpose: Purpose,
) -> Result<(), Refusal> {
    let organisation = circumstances.registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let enters_of_itself =
        matches!(organisation.kind, OrganisationKind::Bureau | OrganisationKind::Secretariat);
    let may_submit = |database: Option<Database>| {
        circumstances.agreements.of(actor.organisation).iter().any(|one| {
            one.grant.operations.contains(&GrantedOperation::Submit)
                && one.grant.purposes.contains(&purpose)
                && database.is_none_or(|database| one.grant.databases.contains(&database))
        })
    };
    let entitled = match operation {
        // Of a partner's record the database is always asked for.
        Operation::SubmitRecord => enters_of_itself || (database.is_some() && may_submit(database)),
        Operation::KeepImage | Operation::DropImages => enters_of_itself || may_submit(None),
        // What it has entered anybody may end or keep from others; the commission enters nothing.
        Operation::WithdrawRecord | Operation::RestrictRecords | Operation::ReadRestrictions => {
            organisation.kind != OrganisationKind::Commission
        }
        // A record is marked by whoever it is that entered it.
        Operation::MarkRecord | Operation::LiftMark => organisation.kind != OrganisationKind::Commission,
        Operation::ImportList | Operation::EraseRecord => enters_of_itself,
        Operation::ChangeRegistry | Operation::Restore => organisation.kind == OrganisationKind::Secretariat,
        // Whoever takes part can be a party.
        Operation::ProposeAgreement
        | Operation::ActOnAgreement
        | Operation::ReadAgreements
        // Whoever can be told of a hit asks; whoever has records is asked.
        | Operation::AskConsent
        | Operation::AnswerConsent
        | Operation::ReadConsents
        | Operation::EndConsent => {
            organisation.kind != OrganisationKind::Commission
        }
        // Who is above the owners orders; what is ordered about its records everybody may know.
        Operation::IssueOrder
        | Operation::ReadReEntries
        | Operation::TakeInRequest
        | Operation::StepRequest
        | Operation::ReadRequests => organisation.kind == OrganisationKind::Commission,
        // Whoever has records is asked about them; the commission has none.
        Operation::ReadConsultations | Operation::AnswerConsultation => {
            organisation.kind != OrganisationKind::Commission
        }
        Operation::ExportProof
        | Operation::AskOutcome
        | Operation::ReadRegistry
        | Operation::ReadOrders
        | Operation::AttestOrder
        | Operation::ReadReviews
        | Operation::AttestErasure
        | Operation::RaiseAlarm
        // Whose accesses, decides [`may_audit`].
        | Operation::ReadAccesses
        | Operation::ReadAlarms
        | Operation::DecideAlarm
        | Operation::ReadCanaries
        // Whose node it is, whatever it is; no request of others leads there.
        | Operation::ChangeCountersigning
        | Operation::KeepCheckpoint => true,
        // The commission has no records.
        Operation::MarkCanary => organisation.kind != OrganisationKind::Commission,
        // Which decision it is decides.
        Operation::DecideReviews => organisation.kind != OrganisationKind::Commission,
        Operation::SearchPersons
        | Operation::SearchDocuments
        | Operation::SearchAnything
        | Operation::ScreenList
        | Operation::ScreenText
        | Operation::OpenRecord
        | Operation::ReadLinks
        | Operation::OpenImage
        // Asked of the officer alone: `may_administer_people`, and whoever signs in.
        | Operation::ReadPeople
        | Operation::ChangePeople
        | Operation::Enrol
        | Operation::SignIn
        | Operation::SignOut
        | Operation::Unlisted(_) => false,
    };
    if !entitled {
        return Err(Refusal::NotEntitled);
    }
    if let Some(database) = database {
        may_state(circumstances.registry, actor.organisation, database)?;
    }
    let officer = circumstances.officer;
    let is_in_reach = database.is_none_or(|database| officer.reach(database));
    // Who enters records has to know why one is kept back and what is asked about it, and who answers for them has to prove it.
    let reads_orders = !matches!(operation, Operation::ReadOrders | Operation::ReadConsultations)
        || officer.has(OfficerRight::Enter)
        || officer.has(OfficerRight::Prove);
    let has_right = reads_orders && officer_right(operation).is_none_or(|right| officer.has(right));
    if !has_right || !is_in_reach {
        return Err(Refusal::Officer);
    }
    // A picture that waits shows nothing to anybody, and needs no reason of its own: the record that takes it up has one.
    // What an organisation does about agreements it does for all its purposes.
    let needs_reason = !matches!(
        operation,
        Operation::KeepImage
            | Operation::ProposeAgreement
            | Operation::ActOnAgreement
            | Operation::ReadAgreements
            | Operation::ReadOrders
            | Operation::ReadReEntries
            | Operation::MarkRecord
            | Operation::LiftMark
            | Operation::AttestOrder
            | Operation::RestrictRecords
            | Operation::ReadRestrictions
            | Operation::ReadReviews
            | Operation::ReadConsultations
            | Operation::AnswerConsultation
            | Operation::AttestErasure
            | Operation::RaiseAlarm
            | Operation::ReadAccesses
            | Operation::ReadAlarms
            | Operation::DecideAlarm
            | Operation::MarkCanary
            | Operation::ReadCanaries
            | Operation::AnswerConsent
            | Operation::ReadConsents
            | Operation::EndConsent
            | Operation::ChangeCountersigning
            | Operation::KeepCheckpoint
    );
    let is_of_purpose = matches!(
        operation,
        Operation::SubmitRecord | Operation::WithdrawRecord | Operation::ImportList | Operation::AskConsent
    );
    if is_of_purpose && !officer.serve(purpose) {
        return Err(Refusal::Purpose);
    }
    if needs_reason && purpose == Purpose::Oversight && organisation.kind == OrganisationKind::Bureau {
        return Err(Refusal::Purpose);
    }
    Ok(())
}

/// Tells whether an order counts, as its issuer says it: the commission's all do, of everybody else marks of records of its own
/// and what lifts them.
pub fn may_order(registry: &Registry, issuer: OrganisationCode, order: &Order) -> bool {
    let found = registry.organisations().find(|(code, _)| *code == issuer);
    match (found.map(|(_, organisation)| organisation.kind), order.act) {
        (None, _) => false,
        (Some(OrganisationKind::Commission), _) => true,
        (Some(_), OrderAct::Mark | OrderAct::Lift) => order.owner == issuer,
        (
            Some(_),
            OrderAct::Block
            | OrderAct::Unblock
            | OrderAct::Annotate
            | OrderAct::Correct
            | OrderAct::Erase
            | OrderAct::DoNotReEnter
            | OrderAct::Unlisted(_),
        ) => false,
    }
}

/// Decides whether an organisation may state anything new in a database: not where the association has limited it. What it
/// has entered it may end all the same, which is not asked here; nor is whether it takes part at all, since the upkeep ends
/// records in the name of those that don't.
pub fn may_state(
    registry: &Registry,
    organisation: OrganisationCode,
    database: Database,
) -> Result<(), Refusal> {
    let is_limited = registry.active(organisation).is_some_and(|found| !found.may_write(database));
    if is_limited { Err(Refusal::NotEntitled) } else { Ok(()) }
}

/// Decides whether what an organisation's own entry says may be taken out in a proof or a receipt: where it may read the
/// database, and its officer reach it with clearance for the classification.
pub fn may_take_out(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    database: Database,
    classification: Classification,
) -> bool {
    let organisation = circumstances.registry.active(actor.organisation);
    let officer = circumstances.officer;
    organisation.is_some_and(|found| found.may_read(database))
        && officer.reach(database)
        && officer.clear(classification)
}

/// The right that an officer or service needs for a writing act, or for reading what is its organisation's own; `None` where
/// every one may.
fn officer_right(operation: Operation) -> Option<OfficerRight> {
    match operation {
        Operation::SubmitRecord
        | Operation::KeepImage
        | Operation::DropImages
        | Operation::ImportList
        | Operation::RestrictRecords
        | Operation::MarkRecord
        | Operation::LiftMark
        | Operation::TakeInRequest
        | Operation::StepRequest
        | Operation::AnswerConsultation
        | Operation::EraseRecord => Some(OfficerRight::Enter),
        Operation::AskConsent => Some(OfficerRight::Search),
        Operation::ReadRestrictions | Operation::ReadReEntries | Operation::ReadRequests => {
            Some(OfficerRight::Prove)
        }
        Operation::WithdrawRecord => Some(OfficerRight::Withdraw),
        Operation::ExportProof => Some(OfficerRight::Prove),
        Operation::IssueOrder => Some(OfficerRight::Bind),
        Operation::ChangeCountersigning => Some(OfficerRight::Administer),
        Operation::ReadAccesses
        | Operation::ReadAlarms
        | Operation::DecideAlarm
        | Operation::MarkCanary
        | Operation::ReadCanaries => Some(OfficerRight::Audit),
        // Which step an act takes decides; a draft binds nobody, and everybody may know what holds for its organisation.
        Operation::ProposeAgreement | Operation::ActOnAgreement | Operation::ReadAgreements => None,
        // On which side of the request the organisation is decides.
        Operation::AnswerConsent | Operation::ReadConsents | Operation::EndConsent => None,
        Operation::ChangeRegistry
        | Operation::Restore
        | Operation::AskOutcome
        | Operation::ReadRegistry
        | Operation::ReadOrders
        | Operation::AttestOrder
        | Operation::ReadReviews
        | Operation::DecideReviews
        | Operation::ReadConsultations
        | Operation::AttestErasure
        | Operation::RaiseAlarm
        | Operation::KeepCheckpoint => None,
        Operation::SearchPersons
        | Operation::SearchDocuments
        | Operation::SearchAnything
        | Operation::ScreenList
        | Operation::ScreenText
        | Operation::OpenRecord
        | Operation::ReadLinks
        | Operation::OpenImage
        | Operation::ReadPeople
        | Operation::ChangePeople
        | Operation::Enrol
        | Operation::SignIn
        | Operation::SignOut
        | Operation::Unlisted(_) => None,
    }
}

/// Decides whether an officer or service may give another one of the same organisation these rights: it administers, and
/// has them itself.
pub fn may_administer(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    given: Option<&OfficerRights>,
) -> Result<(), Refusal> {
    circumstances.registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let officer = circumstances.officer;
    let is_within = given.is_none_or(|given| given.are_within(officer));
    if officer.has(OfficerRight::Administer) && is_within {
        Ok(())
    } else {
        Err(lacks(officer, OfficerRight::Administer))
    }
}

/// Decides whether officers of an organisation may sign in at all: while it takes part.
pub fn may_sign_in(registry: &Registry, actor: &Actor) -> Result<(), Refusal> {
    registry.active(actor.organisation).map(|_| ()).ok_or(Refusal::NotActive)
}

/// Why somebody may not do what needs a right: has it not, or has it after a new sign-in.
fn lacks(officer: &OfficerRights, right: OfficerRight) -> Refusal {
    if officer.waits(right) { Refusal::SignInAnew } else { Refusal::Officer }
}

/// Decides whether an administrator may look after people of its organisation: of `theirs`, the entity that they belong to, or
/// of none. An administrator of an entity looks after its own people, and nobody else's; `given` is what they get, and lies within
/// what the administrator has.
pub fn may_administer_people(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    own: Option<&EntityCode>,
    theirs: Option<&EntityCode>,
    given: Option<&OfficerRights>,
) -> Result<(), Refusal> {
    may_administer(circumstances, actor, given)?;
    if own.is_none() || own == theirs { Ok(()) } else { Err(Refusal::Officer) }
}

/// Is what a change of an account comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeOfPerson<'a> {
    /// Its officer may do less, or nothing.
    Closes,
    /// It goes on for another year.
    Attests,
    /// Its officer may do this, or do it again.
    Gives(&'a OfficerRights),
}

/// Decides whether an administrator may change an account of those it looks after. Closing needs `administer` alone, whatever
/// rights the account has; what lets somebody do something needs these rights. Nobody attests itself, or gives itself anything.
pub fn may_change_person(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    account: &Account,
    change: ChangeOfPerson<'_>,
) -> Result<(), Refusal> {
    let given = match change {
        ChangeOfPerson::Closes => None,
        ChangeOfPerson::Attests => Some(&account.rights),
        ChangeOfPerson::Gives(rights) => Some(rights),
    };
    if given.is_some() && account.actor == *actor {
        return Err(Refusal::Officer);
    }
    may_administer(circumstances, actor, given)
}

/// Decides whether an administrator may give services of its organisation tokens, list and take them back, and make entities: not
/// one of an entity, as what these do is not told by its name.
pub fn may_administer_all(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    own: Option<&EntityCode>,
    given: Option<&OfficerRights>,
) -> Result<(), Refusal> {
    may_administer_people(circumstances, actor, own, None, given)
}

/// Decides whether an officer or service may read the ledgers of its organisation and take proofs out of them.
pub fn may_prove(circumstances: Circumstances<'_>, actor: &Actor) -> Result<(), Refusal> {
    circumstances.registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    if circumstances.officer.has(OfficerRight::Prove) { Ok(()) } else { Err(Refusal::Officer) }
}

/// Decides whether an officer or service may read who of an organisation did what, and look at its alarms: its own, for who may
/// audit; the commission's anybody's.
pub fn may_audit(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    entity: Option<&EntityCode>,
    operation: Operation,
    of: OrganisationCode,
) -> Result<(), Refusal> {
    may_write(circumstances, actor, operation, None, Purpose::Oversight)?;
    // Accesses name records of every database and level, and are the whole organisation's.
    if !reaches_everything(circumstances.officer) || entity.is_some() {
        return Err(Refusal::Officer);
    }
    // Whether there is such an organisation is not asked: whoever is refused learns nothing of it.
    if of == actor.organisation || audits_all(circumstances, actor, entity) {
        Ok(())
    } else {
        Err(Refusal::NotEntitled)
    }
}

/// Tells whether an officer or service is cleared for everything, in every database, for every purpose.
fn reaches_everything(officer: &OfficerRights) -> bool {
    officer.databases.is_none()
        && officer.purposes.is_none()
        && Classification::LISTED.iter().all(|(level, _)| officer.clear(*level))
}

/// Tells whether an organisation is above all others in what it audits; not for an officer of an entity of it.
pub fn audits_all(circumstances: Circumstances<'_>, actor: &Actor, entity: Option<&EntityCode>) -> bool {
    let organisation = circumstances.registry.active(actor.organisation).filter(|_| entity.is_none());
    organisation.is_some_and(|found| found.kind == OrganisationKind::Commission)
}

/// Decides whether an officer or service may say what an alarm was: who may read it, and is not the one it names.
pub fn may_decide_alarm(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    entity: Option<&EntityCode>,
    of: OrganisationCode,
    officer: Option<&str>,
) -> Result<(), Refusal> {
    may_audit(circumstances, actor, entity, Operation::DecideAlarm, of)?;
    let is_about_itself = of == actor.organisation && officer == Some(actor.officer.as_str());
    if is_about_itself { Err(Refusal::Officer) } else { Ok(()) }
}

/// Decides whether an officer or service may take a step about an agreement, given what it may do.
///
/// What opens something, or can't be taken back, needs that; what closes something for now does not: the off-switch is for
/// everybody.
pub fn may_take_step(step: AgreementStep, officer: &OfficerRights) -> Result<(), Refusal> {
    match step {
        AgreementStep::Decline | AgreementStep::Suspend | AgreementStep::OptOut => Ok(()),
        AgreementStep::Sign
        | AgreementStep::Resume
        | AgreementStep::End
        | AgreementStep::OptIn
        | AgreementStep::Unlisted(_) => may_bind(officer),
    }
}

fn may_bind(officer: &OfficerRights) -> Result<(), Refusal> {
    if officer.has(OfficerRight::Bind) {
        return Ok(());
    }
    Err(if officer.waits(OfficerRight::Bind) { Refusal::SignInAnew } else { Refusal::MayNotBind })
}

/// Is what saying whom records are shown to comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restricting {
    /// Nobody is shown more than before.
    Narrows,
    /// Single records are shown to more than before.
    ShowsRecords,
    /// A whole database is shown to more than before.
    ShowsDatabase,
}

/// Decides whether an officer or service may say whom records of its organisation are shown to. Keeping them from others is for
/// whoever enters records. Showing single ones to more than before is for who is cleared for all of them, as nothing else is asked
/// of each; showing a whole database to more is for who may bind the organisation.
pub fn may_restrict(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    database: Database,
    what: Restricting,
) -> Result<(), Refusal> {
    // It is said for all purposes.
    may_write(circumstances, actor, Operation::RestrictRecords, None, Purpose::BorderControl)?;
    let officer = circumstances.officer;
    if !officer.reach(database) {
        return Err(Refusal::Officer);
    }
    let is_cleared = Classification::LISTED.iter().all(|(level, _)| officer.clear(*level));
    match what {
        Restricting::ShowsDatabase => may_bind(officer),
        Restricting::ShowsRecords if !is_cleared => Err(Refusal::Officer),
        Restricting::Narrows | Restricting::ShowsRecords => Ok(()),
    }
}

/// Is what somebody wants with a request for consent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consenting {
    /// Consent, as the owner.
    Gives,
    /// Refuse, or take a consent back, as the owner.
    Closes,
    /// Read what is asked of the owner.
    ReadsAsOwner,
    /// Read what was asked for a purpose, and what became of it.
    ReadsAsAsker(Purpose),
    /// Take back what was asked for a purpose.
    Withdraws(Purpose),
}

/// Decides whether an officer or service may do this about a request for consent, about records in a database.
///
/// A consent shows records for a purpose that they are not held for, which no member's right does: it is a promise to another
/// organisation, as an agreement is, and for who may bind. It names no classification, so it takes clearance for all. The
/// off-switch is for whoever enters records too.
pub fn may_consent(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    database: Database,
    what: Consenting,
) -> Result<(), Refusal> {
    let operation = match what {
        Consenting::Gives => Operation::AnswerConsent,
        Consenting::Closes | Consenting::Withdraws(_) => Operation::EndConsent,
        Consenting::ReadsAsOwner | Consenting::ReadsAsAsker(_) => Operation::ReadConsents,
    };
    may_write(circumstances, actor, operation, None, Purpose::BorderControl)?;
    let officer = circumstances.officer;
    let is_cleared = Classification::LISTED.iter().all(|(level, _)| officer.clear(*level));
    let (has_right, refusal) = match what {
        Consenting::Gives => {
            may_bind(officer)?;
            (is_cleared, Refusal::Officer)
        }
        Consenting::Closes => {
            (officer.has(OfficerRight::Bind) || officer.has(OfficerRight::Enter), Refusal::Officer)
        }
        Consenting::ReadsAsOwner => {
            let rights = [OfficerRight::Bind, OfficerRight::Enter, OfficerRight::Prove];
            (rights.iter().any(|right| officer.has(*right)), Refusal::Officer)
        }
        Consenting::ReadsAsAsker(purpose) => {
            let looks = officer.has(OfficerRight::Search) || officer.has(OfficerRight::Open);
            (looks && officer.serve(purpose), Refusal::Officer)
        }
        Consenting::Withdraws(purpose) => {
            (officer.has(OfficerRight::Search) && officer.serve(purpose), Refusal::Officer)
        }
    };
    if !officer.reach(database) {
        return Err(Refusal::Officer);
    }
    if has_right { Ok(()) } else { Err(refusal) }
}

/// Decides whether an officer or service may take in, read or act on requests of persons: these are about records of every
/// database and every classification. `binds`: the act ends the request, which is for who may bind the commission.
pub fn may_hear(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    operation: Operation,
    binds: bool,
) -> Result<(), Refusal> {
    may_write(circumstances, actor, operation, None, Purpose::Oversight)?;
    let officer = circumstances.officer;
    let is_cleared = Classification::LISTED.iter().all(|(level, _)| officer.clear(*level));
    if officer.databases.is_some() || !is_cleared || !officer.serve(Purpose::Oversight) {
        return Err(Refusal::Officer);
    }
    if binds { may_bind(officer) } else { Ok(()) }
}

/// Tells whether an officer or service may read that its organisation was asked about a record of this classification; `None`
/// where it is not known, because nothing of the record stands: then whoever is cleared for everything may.
pub fn reads_consultation(
    officer: &OfficerRights,
    database: Database,
    classification: Option<Classification>,
) -> bool {
    let is_cleared_for_all = || Classification::LISTED.iter().all(|(level, _)| officer.clear(*level));
    officer.reach(database) && classification.map_or_else(is_cleared_for_all, |level| officer.clear(level))
}

/// Decides whether an officer or service may answer what its organisation was asked about a record that it may read of
/// ([`reads_consultation`]); `opens`: the answer lets something be told.
pub fn may_answer(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    database: Database,
    opens: bool,
) -> Result<(), Refusal> {
    may_write(circumstances, actor, Operation::AnswerConsultation, None, Purpose::BorderControl)?;
    let officer = circumstances.officer;
    if !officer.reach(database) {
        return Err(Refusal::Officer);
    }
    if !opens {
        return Ok(());
    }
    // What it lets be told names no classification, so it takes clearance for all.
    if !Classification::LISTED.iter().all(|(level, _)| officer.clear(*level)) {
        return Err(Refusal::Officer);
    }
    may_bind(officer)
}

/// Decides whether an actor may hold a record in a database under these terms.
///
/// A record held for sanctions answers every search, one that names the United Nations as its source is believed, and
/// lists of single states answer whoever asks for them: so only the secretariat, which keeps the reference lists, enters
/// any of these. Who enters by grant holds what the grant is about, and nothing else.
pub fn may_hold(
    circumstances: Circumstances<'_>,
    actor: &Actor,
    database: Database,
    purpose: Purpose,
    terms: &Terms,
) -> Result<(), Refusal> {
    let organisation = circumstances.registry.active(actor.organisation).ok_or(Refusal::NotActive)?;
    let is_reference = matches!(terms.purpose, Purpose::Sanctions | Purpose::OutsideReference)
        || terms.provenance.as_ref().is_some_and(|provenance| provenance.source == "UN");
    if is_reference && organisation.kind != OrganisationKind::Secretariat {
        return Err(Refusal::Purpose);
    }
    if !circumstances.officer.clear(terms.classification) {
        return Err(Refusal::Officer);
    }
    let enters_of_itself =
        matches!(organisation.kind, OrganisationKind::Bureau | OrganisationKind::Secretariat);
    let lets = |one: &Arc<GrantInForce>| {
        one.grant.operations.contains(&GrantedOperation::Submit)
            && one.grant.purposes.contains(&purpose)
            && one.grant.databases.contains(&database)
            && one.grant.held.contains(&terms.purpose)
            && one.grant.handling.contains(&terms.handling)
            && is_cleared(terms.classification, one.grant.classification)
    };
    let is_let = enters_of_itself || circumstances.agreements.of(actor.organisation).iter().any(lets);
    if is_let { Ok(()) } else { Err(Refusal::NotEntitled) }
}

/// Tells whether a search for one purpose may be answered from records held for another.
///
/// The table errs on the narrow side: crime areas do not look into each other, the border and oversight look into
/// all of them, help to persons looks into help to persons only, and exercises stay among themselves.
pub fn purposes_fit(asked: Purpose, held: Purpose) -> bool {
    use Purpose::*;
    if asked == held {
        return true;
    }
    match held {
        Exercise => false,
        // Reference lists of the Security Council bind every state (Charter, article 25): any search sees them.
        Sanctions => true,
        CriminalInvestigation
        | CounterTerrorism
        | HumanTrafficking
        | DrugTrafficking
        | FinancialCrime
        | Cybercrime => {
            matches!(asked, BorderControl | Oversight | CriminalInvestigation)
        }
        BorderControl => matches!(asked, Oversight | CriminalInvestigation | CounterTerrorism),
        Humanitarian => matches!(asked, BorderControl | Oversight | HumanTrafficking),
        // What one state or group of states decided binds no other, and nobody meets it unasked.
        OutsideReference => asked == Oversight,
        Oversight | Unlisted(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::CodeList;
    use expect_test::expect;

    #[test]
    fn the_table_of_purposes() {
        let mut table = String::new();
        for (held, name) in Purpose::LISTED {
            let seen_by: Vec<&str> = Purpose::LISTED
                .iter()
                .filter(|(asked, _)| purposes_fit(*asked, *held))
                .map(|(_, name)| *name)
                .collect();
            table.push_str(&format!("held for {name}: answers {}\n", seen_by.join(", ")));
        }
        expect![[r#"
            held for criminal-investigation: answers criminal-investigation, border-control, oversight
            held for counter-terrorism: answers criminal-investigation, counter-terrorism, border-control, oversight
            held for border-control: answers criminal-investigation, counter-terrorism, border-control, oversight
            held for human-trafficking: answers criminal-investigation, border-control, human-trafficking, oversight
            held for drug-trafficking: answers criminal-investigation, border-control, drug-trafficking, oversight
            held for humanitarian: answers border-control, human-trafficking, humanitarian, oversight
            held for sanctions: answers criminal-investigation, counter-terrorism, border-control, human-trafficking, drug-trafficking, humanitarian, sanctions, financial-crime, cybercrime, oversight, exercise, outside-reference
            held for financial-crime: answers criminal-investigation, border-control, financial-crime, oversight
            held for cybercrime: answers criminal-investigation, border-control, cybercrime, oversight
            held for oversight: answers oversight
            held for exercise: answers exercise
            held for outside-reference: answers oversight, outside-reference
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn not_even_its_holder_meets_a_list_of_one_state_unasked() {
        let owner = OrganisationCode::new("XA").unwrap();
        let class = |purpose| VisibilityClass {
            database: Database::Persons,
            owner,
            purpose,
            handling: Handling::H0,
            classification: Classification::OfficialUse,
            exercise: false,
            audience: Audience::EVERYBODY,
        };
        let scope = |purpose| SearchScope {
            actor: owner,
            databases: [Database::Persons].into(),
            purpose,
            is_member: true,
            sight: Sight::Candidates,
            clearance: Classification::Confidential,
            by_numbers: false,
            strangers: Arc::default(),
            grants: Arc::default(),
            withheld: Arc::default(),
            oversees: false,
            oversees_orders: false,
            consents: None,
        };
        for (asked, name) in Purpose::LISTED {
            let sees = scope(*asked).permits(&class(Purpose::OutsideReference));
            assert_eq!(sees, matches!(asked, Purpose::OutsideReference | Purpose::Oversight), "{name}");
            assert!(
                scope(*asked).permits(&class(Purpose::Humanitarian)),
                "its own, whatever the purpose: {name}"
            );
        }
    }
}
