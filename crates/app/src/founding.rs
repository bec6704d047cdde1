//! Founding an association, and adding an organisation to one: what must be stated is drafted, signed k of n, and
//! stored whole or not at all.
//!
//! The keys of hosted organisations are made and kept on this node; organisations that keep theirs hand in public keys
//! and sign the draft elsewhere ([`crate::drafts`]).

use std::collections::BTreeMap;

use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{Database, OrganisationKind, Purpose};
use barid_domain::contents::{EntryType, encode};
use barid_domain::dates::Timestamp;
use barid_domain::entries::KeyLookup;
use barid_domain::ids::{ActId, EntryHash, OrganisationCode};
use barid_domain::keys::{Algorithm, Ed25519Signer, PublicKey, Signer};
use barid_domain::policy;
use barid_domain::registry::{
    Founder, Genesis, KeyAct, KeyStatement, KeyUsage, Limit, Organisation, OrganisationStatement, Profile,
    Registry, RegistryError, SigningAlgorithm, Standing,
};
use barid_domain::streams::{Position, StreamClass};
use barid_domain::text::LocalText;
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry, Store, WriteTx};

use crate::App;
use crate::context::{OpContext, Ports};
use crate::drafts::{Draft, DraftContent, DraftSignatures, DraftStatement, seal_all};
use crate::error::AppError;
use crate::key_changes::{lasting_keys, profile_of};
use crate::key_ring::{HostedKeys, checkpoint_key_name, entry_key_name};

/// Says whom to found an association with.
#[derive(Clone)]
pub struct FoundingPlan {
    /// The association's names.
    pub names: Vec<LocalText>,
    /// How many founders must sign; more than half of them.
    pub threshold: u32,
    /// The founding bureaus.
    pub founders: Vec<Profile>,
    /// Who else takes part from the first day: the secretariat, partners, the commission.
    pub members: Vec<Profile>,
    /// Whose node this is: its checkpoints are signed with a key of this organisation.
    pub host: OrganisationCode,
    /// The public keys of those who keep their keys themselves; for all others keys are made here.
    pub own_keys: BTreeMap<OrganisationCode, PublicKey>,
    /// The public keys whose secret halves are in this node's token already; the node signs with them as with those that are
    /// made here.
    pub keys_in_token: BTreeMap<OrganisationCode, PublicKey>,
}

impl FoundingPlan {
    /// Tells whether an association could be founded so, by founding it in memory with keys that are thrown away.
    pub fn check(&self, ports: &Ports) -> Result<(), AppError> {
        let mut elsewhere = Vec::new();
        let mut thrown_away = |keys: &BTreeMap<OrganisationCode, PublicKey>| {
            let draw = |code: &OrganisationCode| {
                let signer = Ed25519Signer::from_secret(&ports.draw());
                let key = (*code, signer.public_key());
                elsewhere.push(signer);
                key
            };
            keys.keys().map(draw).collect::<BTreeMap<_, _>>()
        };
        let (own_keys, keys_in_token) = (thrown_away(&self.own_keys), thrown_away(&self.keys_in_token));
        let mut keys = HostedKeys::default();
        let draft = draft_plan(&Self { own_keys, keys_in_token, ..self.clone() }, ports, &mut keys)?;
        let signed = elsewhere.iter().filter_map(|signer| draft.sign(signer).transpose());
        let signed = signed.collect::<Result<Vec<_>, _>>()?;
        found_in_memory(&seal_all(&draft, &keys, &signed)?).map(|_| ())
    }

    /// The key of an organisation that is not made by the founding, whoever keeps it.
    fn given_key(&self, code: OrganisationCode) -> Option<PublicKey> {
        self.own_keys.get(&code).or_else(|| self.keys_in_token.get(&code)).copied()
    }
}

/// Founds an association on an empty store, all of whose keys are made here, and answers the fingerprint of its genesis.
///
/// A store is founded once: a second founding would put new keys in the place of those that the first one registered.
/// Keys are stored before the entries that name them; a node that dies in between goes on with them.
pub async fn found(store: &Store, ports: &Ports, plan: &FoundingPlan) -> Result<EntryHash, AppError> {
    let draft = draft_founding(store, ports, plan).await?;
    complete_founding(store, ports, plan, &draft, &[]).await
}

/// Makes the keys that this node will keep, and the draft that those who keep theirs elsewhere are to sign.
///
/// Nothing is founded by it. A second draft takes the keys of the first, so either can be completed.
pub async fn draft_founding(store: &Store, ports: &Ports, plan: &FoundingPlan) -> Result<Draft, AppError> {
    refuse_founded(store).await?;
    plan.check(ports)?;
    let codes = plan.founders.iter().chain(&plan.members).map(|profile| profile.code);
    let mut keys = HostedKeys::load(store, ports, codes)?;
    let draft = draft_plan(plan, ports, &mut keys)?;
    keys.keep(store)?;
    draft.remember(store)?;
    Ok(draft)
}

/// Founds the association of a draft with the signatures that were made elsewhere: whole, or not at all.
///
/// # Errors
/// [`AppError::Draft`] where the draft was not written in this data directory or says anything else than the plan, where
/// a signature is missing or does not hold, or where one is given that nothing asks for.
pub async fn complete_founding(
    store: &Store,
    ports: &Ports,
    plan: &FoundingPlan,
    draft: &Draft,
    signed: &[DraftSignatures],
) -> Result<EntryHash, AppError> {
    refuse_founded(store).await?;
    draft.require_known(store)?;
    let host = plan.host;
    let codes = plan.founders.iter().chain(&plan.members).map(|profile| profile.code);
    let mut keys = HostedKeys::load(store, ports, codes)?;
    draft.require_same(&draft_plan(plan, ports, &mut keys)?)?;
    let entries = seal_all(draft, &keys, signed)?;
    let registry = found_in_memory(&entries)?;
    let mut tx = store.begin_write(None);
    append(&mut tx, host, entries, ports.now());
    tx.commit(founding_line(ports, host)).await.map_err(AppError::Store)?;
    Ok(registry.fingerprint())
}

impl App {
    /// Drafts the statements by which an organisation joins: the organisation, and its first key. Where it keeps its own
    /// key, or this node's token has it, `given` is the public half; otherwise a key is made here.
    pub async fn draft_organisation(
        &self,
        ctx: &OpContext,
        profile: &Profile,
        given: Option<PublicKey>,
    ) -> Result<Draft, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let registry = self.registry();
        if registry.organisations().any(|(code, _)| code == profile.code) {
            return Err(RegistryError::Contradiction("the organisation is known already").into());
        }
        check_custody(profile, self.host()?, given.is_some() && profile.hosted_by.is_none())?;
        let founders = registry.quorum().1.to_vec();
        let mut keys = self.hosted_keys()?;
        keys.read_first_keys(self.store(), profile.code)?;
        if profile.hosted_by.is_some() && given.is_some_and(|key| !keys.holds(&key)) {
            return Err(AppError::NoKey);
        }
        let mut drafting = Drafting {
            ports: self.ports(),
            signers: active_founder_keys(&registry, &founders, self.now()),
            threshold: registry.quorum().0,
            statements: Vec::new(),
        };
        drafting.add_member(profile, given, &mut keys)?;
        keys.keep(self.store())?;
        Ok(Draft::new(drafting.statements))
    }

    /// Drafts the statement by which an organisation takes no part for now, or takes part again. Other founders sign it,
    /// never the one it is about.
    ///
    /// The node's own organisation is not suspended on its own node: nobody there could readmit it.
    pub async fn draft_standing(
        &self,
        ctx: &OpContext,
        organisation: OrganisationCode,
        standing: Standing,
    ) -> Result<Draft, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let registry = self.registry();
        let known = registry.organisations().find(|(code, _)| *code == organisation);
        let (_, known) = known.ok_or(RegistryError::Contradiction("no such organisation"))?;
        if known.standing == standing {
            return Err(RegistryError::Contradiction("that is its standing already").into());
        }
        if organisation == self.host()? {
            return Err(RegistryError::Contradiction("it is the node's own organisation").into());
        }
        let profile = profile_of(organisation, known);
        let founders: Vec<_> =
            registry.quorum().1.iter().copied().filter(|code| *code != organisation).collect();
        let keys = self.hosted_keys()?;
        let mut drafting = Drafting {
            ports: self.ports(),
            signers: active_founder_keys(&registry, &founders, self.now()),
            threshold: registry.quorum().0,
            statements: Vec::new(),
        };
        if standing == Standing::Left {
            // What it would sign from now on is nobody's statement.
            for key in lasting_keys(&registry, organisation, KeyUsage::Entries) {
                drafting.state_key(organisation, key.key, KeyAct::Retire, key.usage, None)?;
            }
        }
        drafting.state_standing(&profile, Stated { standing, ..Stated::of(known) }, &keys)?;
        Ok(Draft::new(drafting.statements))
    }

    /// Drafts the statement by which an organisation that takes part may not read or write for now, in single databases or
    /// in all; none of them lifts all. Other founders sign it, never the one it is about.
    pub async fn draft_limits(
        &self,
        ctx: &OpContext,
        organisation: OrganisationCode,
        limits: Vec<Limit>,
    ) -> Result<Draft, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let registry = self.registry();
        let known = registry.organisations().find(|(code, _)| *code == organisation);
        let (_, known) = known.ok_or(RegistryError::Contradiction("no such organisation"))?;
        let mut limits = limits;
        limits.sort_unstable();
        limits.dedup();
        let founders: Vec<_> =
            registry.quorum().1.iter().copied().filter(|code| *code != organisation).collect();
        let keys = self.hosted_keys()?;
        let signers = active_founder_keys(&registry, &founders, self.now());
        let mut drafting = Drafting::new(self.ports(), signers, registry.quorum().0);
        let stated = Stated { limits, ..Stated::of(known) };
        drafting.state_standing(&profile_of(organisation, known), stated, &keys)?;
        Ok(Draft::new(drafting.statements))
    }

    /// The secrets of every registered key that this node keeps.
    pub(crate) fn hosted_keys(&self) -> Result<HostedKeys, AppError> {
        HostedKeys::load_registered(self.store(), self.ports(), &self.registry())
    }

    /// Refuses a change of the commission's keys that would count from before its newest order: with other keys than it had,
    /// what was ordered rightly would count for nothing.
    fn must_follow_orders(&self, draft: &Draft) -> Result<(), AppError> {
        let book = self.order_book();
        for shown in draft.contents()? {
            let (organisation, from) = match shown.content {
                // That a key is in other hands is never too late: what it closed stays closed.
                DraftContent::Key(statement)
                    if statement.act == KeyAct::Compromised || statement.usage != KeyUsage::Entries =>
                {
                    continue;
                }
                DraftContent::Key(statement) => (statement.organisation, statement.from),
                // With which algorithms it signs counts from the statement's own time.
                DraftContent::Organisation(statement) => (statement.code, shown.issued_at),
                DraftContent::Genesis(_) | DraftContent::Order(_) => continue,
            };
            if book.newest_of(organisation).is_some_and(|newest| newest >= from) {
                return Err(AppError::Draft("the commission has ordered something since: draft it again"));
            }
        }
        Ok(())
    }

    /// Remembers a draft that is to be signed elsewhere, so that it can be completed here.
    pub fn remember_draft(&self, ctx: &OpContext, draft: &Draft) -> Result<(), AppError> {
        let operation = if draft.is_order() { Operation::IssueOrder } else { Operation::ChangeRegistry };
        self.may_write(ctx, operation)?;
        draft.remember(self.store())
    }

    /// Stores the statements of a draft, signed k of n: all of them, or none. The node knows them from its next start on.
    ///
    /// `wanted` is what would be drafted now. The draft must be that very one, or one that this node remembers and that
    /// says the same but for salts and times.
    pub async fn complete_draft(
        &self,
        ctx: &OpContext,
        wanted: &Draft,
        draft: &Draft,
        signed: &[DraftSignatures],
    ) -> Result<(), AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        // Another command may have written since this one began.
        self.read_rights_again().await?;
        let mut registry = (*self.registry()).clone();
        if draft != wanted {
            draft.require_known(self.store())?;
            draft.require_same(wanted)?;
        }
        self.must_follow_orders(draft)?;
        let keys = self.hosted_keys()?;
        let entries = seal_all(draft, &keys, signed)?;
        for bytes in &entries {
            registry.apply(bytes)?;
        }
        let hashes = entries.iter().map(|bytes| barid_domain::entries::entry_hash(bytes)).collect();
        let mut tx = self.store().begin_write(None);
        append(&mut tx, self.host()?, entries, self.now());
        let line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), hashes);
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(())
    }
}

/// The founders that may sign now, with a key of theirs, or with one of each algorithm that they must sign with.
pub(crate) fn active_founder_keys(
    registry: &Registry,
    founders: &[OrganisationCode],
    now: Timestamp,
) -> Vec<(OrganisationCode, Vec<PublicKey>)> {
    let active = founders.iter().filter(|code| registry.active(**code).is_some());
    active.filter_map(|code| Some((*code, signing_keys(registry, *code, now)?))).collect()
}

/// The keys with which an organisation signs an entry now, the newest lasting one of each kind; `None` where one is missing.
fn signing_keys(registry: &Registry, code: OrganisationCode, now: Timestamp) -> Option<Vec<PublicKey>> {
    let mut keys: Vec<_> = registry.keys().map(|(_, key)| *key).collect();
    keys.retain(|key| {
        key.organisation == code
            && key.usage == KeyUsage::Entries
            && key.valid_at(now.seconds())
            && registry.compromise(&key.key.id()).is_none()
    });
    // One whose end is stated signs only where there is no other: the statement may be completed after that end.
    keys.sort_by_key(|key| (key.not_after.is_some(), std::cmp::Reverse(key.not_before)));
    let required = registry.must_sign_with(code, now.seconds());
    if required.is_empty() {
        return Some(vec![keys.first()?.key]);
    }
    let of_algorithm = |algorithm: &Algorithm| keys.iter().find(|key| key.key.algorithm() == *algorithm);
    required.iter().map(|algorithm| Some(of_algorithm(algorithm)?.key)).collect()
}

async fn refuse_founded(store: &Store) -> Result<(), AppError> {
    let streams = store.stream_heads().await.map_err(AppError::Store)?;
    if streams.iter().any(|head| head.stream.class == StreamClass::Registry) {
        return Err(RegistryError::Contradiction("the association is founded already").into());
    }
    Ok(())
}

fn found_in_memory(entries: &[Vec<u8>]) -> Result<Registry, AppError> {
    let (genesis, others) = entries.split_first().ok_or(AppError::Draft("empty"))?;
    let (mut registry, _) = Registry::found(genesis, None)?;
    for bytes in others {
        registry.apply(bytes)?;
    }
    Ok(registry)
}

fn draft_plan(plan: &FoundingPlan, ports: &Ports, keys: &mut HostedKeys) -> Result<Draft, AppError> {
    for profile in plan.founders.iter().chain(&plan.members) {
        check_custody(profile, plan.host, plan.own_keys.contains_key(&profile.code))?;
    }
    let mut drafting =
        Drafting { ports, signers: Vec::new(), threshold: plan.threshold as usize, statements: Vec::new() };
    drafting.genesis(plan, keys)?;
    for member in &plan.members {
        drafting.add_member(member, plan.given_key(member.code), keys)?;
    }
    let checkpoints = keys.make(ports, &checkpoint_key_name(plan.host))?;
    drafting.add_key(plan.host, checkpoints, KeyUsage::Checkpoints)?;
    Ok(Draft::new(drafting.statements))
}

/// Custody is what the registry shows of it: with whose node the keys are, and with nobody else's.
fn check_custody(profile: &Profile, host: OrganisationCode, keeps_its_own: bool) -> Result<(), AppError> {
    if keeps_its_own && profile.code == host {
        return Err(
            RegistryError::Contradiction("the key of the node's own organisation is on the node").into()
        );
    }
    let hosted_by = (!keeps_its_own && profile.code != host).then_some(host);
    if profile.hosted_by == hosted_by {
        Ok(())
    } else {
        Err(RegistryError::Contradiction("custody is not what the plan says").into())
    }
}

/// Is what a statement says of an organisation besides its profile.
pub(crate) struct Stated {
    pub(crate) standing: Standing,
    pub(crate) must_sign_with: Vec<SigningAlgorithm>,
    pub(crate) limits: Vec<Limit>,
}

impl Stated {
    /// Says that it takes part, without anything more.
    fn active() -> Self {
        Self { standing: Standing::Active, must_sign_with: Vec::new(), limits: Vec::new() }
    }

    /// Says what the registry has already.
    pub(crate) fn of(known: &Organisation) -> Self {
        Self {
            standing: known.standing,
            must_sign_with: known.must_sign_with.iter().copied().map(SigningAlgorithm::from).collect(),
            limits: known.limits.clone(),
        }
    }
}

pub(crate) struct Drafting<'a> {
    ports: &'a Ports,
    /// The founders with their keys, those first whose keys are here.
    signers: Vec<(OrganisationCode, Vec<PublicKey>)>,
    threshold: usize,
    statements: Vec<DraftStatement>,
}

impl<'a> Drafting<'a> {
    /// Begins with who is to sign.
    pub(crate) fn new(
        ports: &'a Ports,
        signers: Vec<(OrganisationCode, Vec<PublicKey>)>,
        threshold: usize,
    ) -> Self {
        Self { ports, signers, threshold, statements: Vec::new() }
    }

    pub(crate) fn into_statements(self) -> Vec<DraftStatement> {
        self.statements
    }
}

impl Drafting<'_> {
    fn genesis(&mut self, plan: &FoundingPlan, keys: &mut HostedKeys) -> Result<(), AppError> {
        let mut founders = Vec::new();
        for profile in &plan.founders {
            let key = match plan.given_key(profile.code) {
                Some(key) => key,
                None => keys.make(self.ports, &entry_key_name(profile.code))?,
            };
            founders.push(Founder { profile: profile.clone(), key });
            self.signers.push((profile.code, vec![key]));
        }
        let genesis = Genesis {
            salt: self.ports.draw(),
            names: plan.names.clone(),
            threshold: plan.threshold,
            founders,
        };
        let everybody = self.signers.len();
        self.state(EntryType::Genesis, "association".to_owned(), encode(&genesis), everybody)?;
        // Stable: the founders keep their order among those whose keys are here, and among the others.
        self.signers.sort_by_key(|(code, _)| plan.own_keys.contains_key(code));
        Ok(())
    }

    fn add_member(
        &mut self,
        profile: &Profile,
        given: Option<PublicKey>,
        keys: &mut HostedKeys,
    ) -> Result<(), AppError> {
        self.state_standing(profile, Stated::active(), keys)?;
        // A partner states nothing of its own yet; it gets a key all the same, so that it can sign agreements later.
        let key = match given {
            Some(key) => key,
            None => keys.make(self.ports, &entry_key_name(profile.code))?,
        };
        self.add_key(profile.code, key, KeyUsage::Entries)
    }

    pub(crate) fn state_standing(
        &mut self,
        profile: &Profile,
        stated: Stated,
        keys: &HostedKeys,
    ) -> Result<(), AppError> {
        // Those first whose keys are here; a founder's own signature is asked for only where these are too few.
        self.signers.sort_by_key(|(_, all)| !all.iter().all(|key| keys.holds(key)));
        let statement = OrganisationStatement {
            salt: self.ports.draw(),
            code: profile.code,
            profile: profile.clone(),
            standing: stated.standing,
            must_sign_with: stated.must_sign_with,
            limits: stated.limits,
        };
        let subject = format!("organisation:{}", profile.code);
        self.state(EntryType::Organisation, subject, encode(&statement), self.threshold)
    }

    fn add_key(
        &mut self,
        organisation: OrganisationCode,
        key: PublicKey,
        usage: KeyUsage,
    ) -> Result<(), AppError> {
        self.state_key(organisation, key, KeyAct::Add, usage, None)
    }

    pub(crate) fn state_key(
        &mut self,
        organisation: OrganisationCode,
        key: PublicKey,
        act: KeyAct,
        usage: KeyUsage,
        up_to: Option<Vec<Position>>,
    ) -> Result<(), AppError> {
        let now = self.ports.now().seconds();
        let from = match act {
            KeyAct::Add | KeyAct::Compromised | KeyAct::Unlisted(_) => now,
            // Whose key ends may sign that itself, and the statements beside it.
            KeyAct::Retire => now.saturating_add(1),
        };
        let statement = KeyStatement { salt: self.ports.draw(), organisation, key, act, from, usage, up_to };
        self.state(EntryType::Key, format!("key:{}", key.id()), encode(&statement), self.threshold)
    }

    fn state(
        &mut self,
        entry_type: EntryType,
        subject: String,
        payload: Vec<u8>,
        count: usize,
    ) -> Result<(), AppError> {
        let issuer = self.signers.first().ok_or(AppError::NoKey)?.0;
        let signers = self.signers.iter().take(count).flat_map(|(_, keys)| keys.clone()).collect();
        let issued_at = self.ports.now().seconds();
        let claims = barid_domain::entries::Claims { entry_type, issuer, subject, issued_at };
        self.statements.push(DraftStatement { claims, payload, signers });
        Ok(())
    }
}

fn append(tx: &mut WriteTx, host: OrganisationCode, entries: Vec<Vec<u8>>, now: Timestamp) {
    for bytes in entries {
        tx.append(NewEntry {
            organisation: host,
            class: StreamClass::Registry,
            hash: barid_domain::entries::entry_hash(&bytes),
            bytes,
            key: KeyScope::Registry,
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: now.day() },
        });
    }
}

fn founding_line(ports: &Ports, host: OrganisationCode) -> JournalLine {
    JournalLine {
        salt: ports.draw(),
        act: ActId::from_random(ports.draw()),
        phase: Phase::Committed,
        at: ports.now(),
        actor: Actor { organisation: host, officer: "founding".to_owned() },
        operation: Operation::ChangeRegistry,
        purpose: Purpose::Oversight,
        reference: "founding".to_owned(),
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

/// Makes the profile of an organisation whose keys `host` keeps.
pub fn hosted_profile(
    code: OrganisationCode,
    kind: OrganisationKind,
    country: Option<barid_domain::countries::CountryCode>,
    names: Vec<LocalText>,
    host: OrganisationCode,
) -> Profile {
    let hosted_by = (host != code).then_some(host);
    Profile { code, kind, country, names, hosted_by }
}
