//! Whole worlds for tests: a founded association on a data directory of its own, a clock that moves only when told,
//! and randomness out of a seed, so that a failing run can be repeated.
//!
//! What a test states about persons and documents it says itself; here are only plain exercise values to begin from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use barid_app::{
    App, AppError, FoundingPlan, OpContext, Ports, Reference, Submission, found, hosted_profile,
};
use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{
    Classification, CodeList, Database, DocumentType, FraudType, Handling, InformationGrade, NameKind,
    OrganisationKind, PersonStatus, Purpose, Sex, SourceGrade,
};
use barid_domain::contents::{EntryType, encode};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::entries::{Claims, entry_hash, seal};
use barid_domain::ids::{ActId, EntryHash, IdempotencyKey, OrganisationCode};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::objects::Object;
use barid_domain::objects::codes::ObjectStatus;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::tables;
use barid_domain::officers::OfficerRights;
use barid_domain::persons::{Person, PersonName};
use barid_domain::policy;
use barid_domain::registry::{OrganisationStatement, Profile, Standing};
use barid_domain::streams::{StreamClass, StreamId};
use barid_domain::terms::Terms;
use barid_domain::text::LocalText;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use barid_store::{
    HeadChange, HeadMeta, KeyScope, MasterKeySource, NewEntry, Store, StoreOptions, StreamPositions,
};
use sha2::{Digest, Sha256};

/// Where every world's clock stands at first: 2026-11-23 08:00 UTC, in microseconds.
const START: i64 = 1_795_420_800_000_000;
/// The secretariat, which keeps everybody's keys.
const SECRETARIAT: &str = "SEC";

/// Says what world to build.
pub struct WorldBuilder {
    founders: Vec<(String, String)>,
    members: Vec<(String, OrganisationKind)>,
    seed: u64,
}

impl WorldBuilder {
    /// Adds a founding bureau with the alpha-3 code of its country.
    pub fn bureau(mut self, code: &str, country: &str) -> Self {
        self.founders.push((code.to_owned(), country.to_owned()));
        self
    }

    /// Adds a partner.
    pub fn partner(mut self, code: &str) -> Self {
        self.members.push((code.to_owned(), OrganisationKind::Partner));
        self
    }

    /// Adds a commission.
    pub fn commission(mut self, code: &str) -> Self {
        self.members.push((code.to_owned(), OrganisationKind::Commission));
        self
    }

    /// Draws all randomness out of this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Founds the association in a new data directory and starts its node.
    pub async fn build(self) -> World {
        let ground = Ground::new(self.seed);
        let store = Store::create(ground.store_options()).await.expect("an empty directory takes a store");
        let fingerprint = found(&store, &ground.ports(), &self.plan()).await.expect("the plan is sound");
        let app = App::start(store, ground.ports()).await.expect("a founded store starts");
        World { app, fingerprint, ground }
    }

    /// The plan by which the association is founded: more than half of the bureaus sign.
    pub fn plan(&self) -> FoundingPlan {
        let host = code(SECRETARIAT);
        let name = |text: &str| vec![LocalText::new("en", text, 100).expect("a plain text")];
        let bureau = |(bureau, country): &(String, String)| {
            let country = CountryCode::new(country).expect("a country's code");
            hosted_profile(code(bureau), OrganisationKind::Bureau, Some(country), name(bureau), host)
        };
        let member = |(member, kind): &(String, OrganisationKind)| {
            hosted_profile(code(member), *kind, None, name(member), host)
        };
        let secretariat =
            hosted_profile(host, OrganisationKind::Secretariat, None, name("Secretariat"), host);
        FoundingPlan {
            names: name("Exercise association"),
            threshold: self.founders.len() as u32 / 2 + 1,
            founders: self.founders.iter().map(bureau).collect(),
            members: std::iter::once(secretariat).chain(self.members.iter().map(member)).collect(),
            host,
            own_keys: Default::default(),
            keys_in_token: Default::default(),
        }
    }
}

/// Is the ground a world stands on: a directory, a clock, randomness. It outlives the node.
struct Ground {
    directory: Arc<tempfile::TempDir>,
    clock: Arc<AtomicI64>,
    drawn: Arc<AtomicU64>,
    seed: u64,
}

impl Ground {
    fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self {
            directory: Arc::new(directory),
            clock: Arc::new(AtomicI64::new(START)),
            drawn: Arc::default(),
            seed,
        }
    }

    /// The same clock and randomness on another directory.
    fn elsewhere(&self) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self {
            directory: Arc::new(directory),
            clock: self.clock.clone(),
            drawn: self.drawn.clone(),
            seed: self.seed,
        }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn store_options(&self) -> StoreOptions {
        let clock = self.clock.clone();
        StoreOptions {
            directory: self.data(),
            master_key: MasterKeySource::DataDirectory,
            clock: Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))),
        }
    }

    fn ports(&self) -> Ports {
        let (clock, drawn, seed) = (self.clock.clone(), self.drawn.clone(), self.seed);
        Ports {
            tokens: Arc::new(barid_app::NoTokens),
            clock: Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))),
            random: Arc::new(move |buffer| {
                for piece in buffer.chunks_mut(32) {
                    let number = drawn.fetch_add(1, Ordering::Relaxed);
                    let block = Sha256::new()
                        .chain_update(b"barid/testkit/world")
                        .chain_update(seed.to_be_bytes())
                        .chain_update(number.to_be_bytes())
                        .finalize();
                    piece.copy_from_slice(&block[..piece.len()]);
                }
            }),
        }
    }

    async fn start(&self) -> Result<App, AppError> {
        let app = self.start_without_index().await?;
        app.make_ready().await?;
        Ok(app)
    }

    async fn start_without_index(&self) -> Result<App, AppError> {
        let store = Store::open(self.store_options()).await.map_err(AppError::Store)?;
        App::start_without_index(store, self.ports()).await
    }
}

/// Is a running node of a founded association.
pub struct World {
    /// The node.
    pub app: App,
    /// The fingerprint of the genesis.
    pub fingerprint: EntryHash,
    ground: Ground,
}

/// Is the hands of a world's clock, and of its randomness; the world's directory stays as long as they do.
#[derive(Clone)]
pub struct Hands {
    clock: Arc<AtomicI64>,
    drawn: Arc<AtomicU64>,
    _directory: Arc<tempfile::TempDir>,
}

impl Hands {
    /// The clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    /// Moves the clock on.
    pub fn pass_days(&self, days: i64) {
        self.pass_seconds(days * 86_400);
    }

    /// Moves the clock on.
    pub fn pass_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Draws from this number on: two worlds that did different things before go on alike.
    pub fn draw_from(&self, number: u64) {
        self.drawn.store(number, Ordering::Relaxed);
    }

    /// The number that is drawn next.
    pub fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }
}

/// Is a world whose node is down.
pub struct ClosedWorld {
    fingerprint: EntryHash,
    ground: Ground,
}

impl World {
    /// Begins with no organisation but the secretariat.
    #[expect(clippy::new_ret_no_self, reason = "World::new()...build() reads as what it does")]
    pub fn new() -> WorldBuilder {
        WorldBuilder { founders: Vec::new(), members: Vec::new(), seed: 1 }
    }

    /// Begins with the exercise association: bureaus XA, XB, XC and the partner XPART.
    pub fn exercise() -> WorldBuilder {
        Self::new().bureau("XA", "XAX").bureau("XB", "XBX").bureau("XC", "XCX").partner("XPART")
    }

    /// Closes the node in good order.
    pub async fn close(self) -> ClosedWorld {
        let Self { app, fingerprint, ground } = self;
        app.close().await.expect("the node closes");
        ClosedWorld { fingerprint, ground }
    }

    /// Ends the node where it stands, as a kill does: what its files hold at this moment is all that is left of it.
    pub fn abandon(self) -> ClosedWorld {
        let Self { app, fingerprint, ground } = self;
        let left = ground.elsewhere();
        copy_directory(&ground.data(), &left.data()).expect("the directory is copied");
        drop(app);
        ClosedWorld { fingerprint, ground: left }
    }

    /// Closes the node and starts it again.
    pub async fn restart(self) -> World {
        self.close().await.start().await
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.ground.data()
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.ground.clock.load(Ordering::Relaxed))
    }

    /// The stream that the registry stands in.
    pub fn registry_stream(&self) -> StreamId {
        self.app.store().stream(code(SECRETARIAT), StreamClass::Registry)
    }

    /// Today by the world's clock.
    pub fn today(&self) -> Day {
        self.now().day()
    }

    /// The clock and the randomness, to be moved where the world itself was given away.
    pub fn hands(&self) -> Hands {
        let Ground { directory, clock, drawn, seed: _ } = &self.ground;
        Hands { clock: clock.clone(), drawn: drawn.clone(), _directory: directory.clone() }
    }

    /// Moves the clock on.
    pub fn pass_days(&self, days: i64) {
        self.pass_seconds(days * 86_400);
    }

    /// Moves the clock on.
    pub fn pass_seconds(&self, seconds: i64) {
        self.ground.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Draws random bytes out of the world's seed.
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        self.ground.ports().draw()
    }

    /// Draws a new idempotency key.
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::from_random(self.draw())
    }

    /// The context of an officer of an organisation, for a purpose.
    pub fn acting(&self, organisation: &str, purpose: Purpose) -> OpContext {
        acting(organisation, purpose)
    }

    /// The terms of a record held for a purpose, to be looked at again in a year.
    pub fn terms(&self, purpose: Purpose) -> Terms {
        terms(purpose, self.today().saturating_add(365))
    }

    /// A submission of a new record held for a purpose.
    pub fn submission<T>(&self, purpose: Purpose, statement: T) -> Submission<T> {
        Submission {
            record: None,
            expects: None,
            terms: self.terms(purpose),
            statement,
            images: Vec::new(),
            audience: None,
        }
    }

    /// Reads the journal of an organisation as its ledger has it, oldest line first.
    pub async fn journal_of(&self, organisation: &str) -> Vec<JournalLine> {
        self.app.upkeep().await.expect("the journal folds");
        let store = self.app.store();
        let stream = store.stream(code(organisation), StreamClass::Access);
        let mut positions = StreamPositions::new();
        let mut lines = Vec::new();
        loop {
            let changes = store.changes_after(&positions, &[StreamClass::Access], 1_000).await;
            let changes = changes.expect("the store reads");
            let Some(_) = changes.last() else { return lines };
            for change in changes {
                positions.insert(change.stream, change.seq);
                if change.stream == stream {
                    lines.extend(change.bytes.as_deref().and_then(JournalLine::from_bytes));
                }
            }
        }
    }

    /// Has the founders state the standing of an organisation, and starts the node anew with it.
    pub async fn state_standing(self, organisation: &str, standing: Standing) -> World {
        let entry = self.standing_entry(organisation, standing);
        let mut tx = self.app.store().begin_write(None);
        tx.append(entry);
        let line = self.committed_line(SECRETARIAT, Operation::ChangeRegistry);
        tx.commit(line).await.expect("the statement is stored");
        self.restart().await
    }

    fn standing_entry(&self, organisation: &str, standing: Standing) -> NewEntry {
        let registry = self.app.registry();
        let known = registry.organisations().find(|(known, _)| *known == code(organisation));
        let (_, known) = known.expect("a registered organisation");
        let profile: Profile = hosted_profile(
            code(organisation),
            known.kind,
            known.country,
            known.names.clone(),
            code(SECRETARIAT),
        );
        let statement = OrganisationStatement {
            salt: self.draw(),
            code: code(organisation),
            profile,
            standing,
            must_sign_with: Vec::new(),
            limits: Vec::new(),
        };
        let (threshold, founders) = registry.quorum();
        let signers: Vec<(OrganisationCode, Ed25519Signer)> = founders
            .iter()
            .filter(|founder| **founder != code(organisation))
            .take(threshold)
            .map(|founder| (*founder, self.entry_signer(founder.as_str())))
            .collect();
        let claims = Claims {
            entry_type: EntryType::Organisation,
            issuer: signers.first().expect("a founder").0,
            subject: format!("organisation:{organisation}"),
            issued_at: self.now().seconds(),
        };
        let keys: Vec<&dyn Signer> = signers.iter().map(|(_, signer)| signer as &dyn Signer).collect();
        let bytes = seal(&claims, encode(&statement), &keys).expect("a sound statement");
        NewEntry {
            organisation: code(SECRETARIAT),
            class: StreamClass::Registry,
            hash: entry_hash(&bytes),
            bytes,
            key: KeyScope::Registry,
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: self.today() },
        }
    }

    /// The key an organisation signs its entries with, as this node keeps it.
    pub fn entry_signer(&self, organisation: &str) -> Ed25519Signer {
        let name = format!("entries-{}", organisation.to_ascii_lowercase());
        let secret = self.app.store().get_secret(&name).expect("the store reads").expect("a kept key");
        let secret: [u8; 32] = secret.as_slice().try_into().expect("32 bytes");
        Ed25519Signer::from_secret(&secret)
    }

    /// A journal line for a write that goes to the store directly, past the use cases.
    pub fn committed_line(&self, organisation: &str, operation: Operation) -> JournalLine {
        self.line(organisation, operation, Phase::Committed)
    }

    /// A journal line for an act that goes to the store directly, past the use cases.
    pub fn line(&self, organisation: &str, operation: Operation, phase: Phase) -> JournalLine {
        JournalLine {
            salt: self.draw(),
            act: ActId::from_random(self.draw()),
            phase,
            at: self.now(),
            actor: Actor { organisation: code(organisation), officer: "officer-1".to_owned() },
            operation,
            purpose: Purpose::Exercise,
            reference: "exercise-1".to_owned(),
            policy_version: policy::VERSION,
            asked: None,
            record: None,
            records: Vec::new(),
            entries: Vec::new(),
            refusal: None,
            grants: Vec::new(),
            hits: Vec::new(),
            consents: Vec::new(),
        }
    }
}

impl ClosedWorld {
    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.ground.data()
    }

    /// Starts the node again.
    pub async fn start(self) -> World {
        let app = self.ground.start().await.expect("the node starts again");
        World { app, fingerprint: self.fingerprint, ground: self.ground }
    }

    /// Starts the node again and leaves the index to [`App::make_ready`].
    pub async fn start_without_index(self) -> World {
        let app = self.ground.start_without_index().await.expect("the node starts again");
        World { app, fingerprint: self.fingerprint, ground: self.ground }
    }

    /// Copies the data directory and starts a node on the copy, with randomness of its own.
    pub async fn start_copy(&self, seed: u64) -> World {
        let ground = Ground::new(seed);
        ground.clock.store(self.ground.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        copy_directory(&self.data(), &ground.data()).expect("the directory is copied");
        ClosedWorld { fingerprint: self.fingerprint, ground }.start().await
    }
}

/// Copies a directory with everything in it; modes are kept, as the master key's must be.
pub fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// An organisation's code.
pub fn code(text: &str) -> OrganisationCode {
    OrganisationCode::new(text).expect("an organisation's code")
}

/// The context of an officer of an organisation, for a purpose.
pub fn acting(organisation: &str, purpose: Purpose) -> OpContext {
    OpContext {
        actor: Actor { organisation: code(organisation), officer: "officer-1".to_owned() },
        purpose,
        reference: Reference::new("дело 17/2026").expect("a reference"),
        rights: OfficerRights::all(),
        entity: None,
    }
}

/// Plain terms for a purpose.
pub fn terms(purpose: Purpose, review_on: Day) -> Terms {
    Terms {
        purpose,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::B,
        information_grade: InformationGrade::Two,
        review_on,
        provenance: None,
        conditions: Vec::new(),
        kept: None,
    }
}

/// A missing person of these names, the first one primary.
pub fn person(names: &[&str]) -> Person {
    Person {
        names: names.iter().enumerate().map(|(i, text)| name(text, i == 0)).collect(),
        sex: Sex::NotKnown,
        births: Vec::new(),
        birth_places: Vec::new(),
        nationalities: Vec::new(),
        statuses: vec![PersonStatus::Missing],
        minor: false,
        offences: Vec::new(),
        warnings: Vec::new(),
        documents: Vec::new(),
        addresses: Vec::new(),
        functions: Vec::new(),
        descriptions: Vec::new(),
        remarks: Vec::new(),
        references: Vec::new(),
        listed_on: None,
        amended_on: Vec::new(),
    }
}

fn name(text: &str, primary: bool) -> PersonName {
    PersonName {
        text: text.to_owned(),
        kind: if primary { NameKind::Primary } else { NameKind::Alias },
        strength: None,
        script: "Zyyy".to_owned(),
        language: None,
        parts: Vec::new(),
        note: None,
    }
}

/// An object of a database, by the names of its fields; values of groups are made by [`fields`].
///
/// # Panics
/// For a database that is none of objects, and for a name that is none of its fields.
pub fn object(database: Database, values: &[(&str, Value)]) -> Object {
    let table = tables::table(database).expect("a database of objects");
    Object { database, fields: fields(table.fields, values) }
}

/// Values of the fields of a table, by their names.
///
/// # Panics
/// For a name that is none of the table's fields.
pub fn fields(table: &[Field], values: &[(&str, Value)]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in values {
        let field = table.iter().find(|field| field.name == *name).expect("a field of the table");
        fields.push(field.key, value.clone());
    }
    fields
}

/// The table of a group of fields of a database.
///
/// # Panics
/// For what is no database of objects, and for what is no group of it.
pub fn group(database: Database, name: &str) -> &'static [Field] {
    let table = tables::table(database).expect("a database of objects").fields;
    let group = table.iter().find_map(|field| match field.kind {
        FieldKind::Group(inner) if field.name == name => Some(inner),
        _ => None,
    });
    group.expect("a group of the database")
}

/// A stolen car with this plate of a country.
///
/// # Panics
/// For what is no country's code.
pub fn stolen_car(plate: &str, country: &str) -> Object {
    let country = Value::Country(CountryCode::new(country).expect("a country's code"));
    let plate = [("number", Value::Text(plate.to_owned())), ("country", country)];
    let plate = fields(group(Database::Vehicles, "plates"), &plate);
    let stolen = Value::Code(ObjectStatus::Stolen.number());
    object(Database::Vehicles, &[("status", stolen), ("plates", Value::Group(plate))])
}

/// A stolen passport of this number, issued by a country.
pub fn stolen_passport(number: &str, country: &str) -> TravelDocument {
    TravelDocument {
        number: DocumentNumber::new(number).expect("a document's number"),
        range_end: None,
        issuing_country: CountryCode::new(country).expect("a country's code"),
        document_type: DocumentType::Passport,
        fraud_type: FraudType::Stolen,
        reason: None,
        reported_on: None,
    }
}
