//! Founding an association on a node that keeps its organisations' keys: genesis, members, keys, all signed k of n.

use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{Database, OrganisationKind, Purpose};
use barid_domain::contents::{EntryType, encode};
use barid_domain::entries::{Claims, seal};
use barid_domain::ids::{ActId, EntryHash, OrganisationCode};
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::policy;
use barid_domain::registry::{
    Founder, Genesis, KeyAct, KeyStatement, KeyUsage, OrganisationStatement, Profile, Registry,
    RegistryError, Standing,
};
use barid_domain::streams::StreamClass;
use barid_domain::text::LocalText;
use barid_store::{HeadChange, HeadMeta, KeyScope, NewEntry, Store};

use crate::context::Ports;
use crate::error::AppError;
use crate::signing::{checkpoint_key_name, entry_key_name};

/// Says whom to found an association with; every key is made here and kept on this node.
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
}

/// Founds an association on an empty store and answers the fingerprint of its genesis.
///
/// A store is founded once: a second founding would put new keys in the place of those that the first one registered.
/// Keys are stored before the entries that name them; a node that dies in between starts over with new keys.
pub async fn found(store: &Store, ports: &Ports, plan: &FoundingPlan) -> Result<EntryHash, AppError> {
    let streams = store.stream_heads().await.map_err(AppError::Store)?;
    if streams.iter().any(|head| head.stream.class == StreamClass::Registry) {
        return Err(RegistryError::Contradiction("the association is founded already").into());
    }
    let mut ceremony =
        Ceremony { ports, entries: Vec::new(), signers: Vec::new(), threshold: plan.threshold as usize };
    let mut registry = ceremony.genesis(store, plan)?;
    for member in &plan.members {
        ceremony.add_member(store, &mut registry, member)?;
    }
    ceremony.add_checkpoint_key(store, &mut registry, plan.host)?;
    ceremony.commit(store, plan.host).await?;
    Ok(registry.fingerprint())
}

struct Ceremony<'a> {
    ports: &'a Ports,
    entries: Vec<Vec<u8>>,
    signers: Vec<(OrganisationCode, Ed25519Signer)>,
    threshold: usize,
}

impl Ceremony<'_> {
    fn genesis(&mut self, store: &Store, plan: &FoundingPlan) -> Result<Registry, AppError> {
        let mut founders = Vec::new();
        for profile in &plan.founders {
            let signer = self.new_key(store, &entry_key_name(profile.code))?;
            founders.push(Founder { profile: profile.clone(), key: signer.public_key() });
            self.signers.push((profile.code, signer));
        }
        let genesis = Genesis {
            salt: self.ports.draw(),
            names: plan.names.clone(),
            threshold: plan.threshold,
            founders,
        };
        let all = self.signers.len();
        let bytes = self.sign(EntryType::Genesis, "association".to_owned(), encode(&genesis), all)?;
        let (registry, _) = Registry::found(&bytes, None)?;
        self.entries.push(bytes);
        Ok(registry)
    }

    fn add_member(
        &mut self,
        store: &Store,
        registry: &mut Registry,
        profile: &Profile,
    ) -> Result<(), AppError> {
        let statement = OrganisationStatement {
            salt: self.ports.draw(),
            code: profile.code,
            profile: profile.clone(),
            standing: Standing::Active,
        };
        let subject = format!("organisation:{}", profile.code);
        self.state(registry, EntryType::Organisation, subject, encode(&statement))?;
        // A partner states nothing of its own yet; it gets a key all the same, so that it can sign agreements later.
        let signer = self.new_key(store, &entry_key_name(profile.code))?;
        self.add_key(registry, profile.code, &signer, KeyUsage::Entries)
    }

    fn add_checkpoint_key(
        &mut self,
        store: &Store,
        registry: &mut Registry,
        host: OrganisationCode,
    ) -> Result<(), AppError> {
        let signer = self.new_key(store, &checkpoint_key_name(host))?;
        self.add_key(registry, host, &signer, KeyUsage::Checkpoints)
    }

    fn add_key(
        &mut self,
        registry: &mut Registry,
        organisation: OrganisationCode,
        signer: &Ed25519Signer,
        usage: KeyUsage,
    ) -> Result<(), AppError> {
        let statement = KeyStatement {
            salt: self.ports.draw(),
            organisation,
            key: signer.public_key(),
            act: KeyAct::Add,
            from: self.ports.now().seconds(),
            usage,
        };
        self.state(registry, EntryType::Key, format!("key:{}", statement.key.id()), encode(&statement))
    }

    fn state(
        &mut self,
        registry: &mut Registry,
        entry_type: EntryType,
        subject: String,
        payload: Vec<u8>,
    ) -> Result<(), AppError> {
        let bytes = self.sign(entry_type, subject, payload, self.threshold)?;
        registry.apply(&bytes)?;
        self.entries.push(bytes);
        Ok(())
    }

    fn sign(
        &self,
        entry_type: EntryType,
        subject: String,
        payload: Vec<u8>,
        count: usize,
    ) -> Result<Vec<u8>, AppError> {
        let (first, _) = self.signers.first().ok_or(AppError::NoKey)?;
        let claims = Claims { entry_type, issuer: *first, subject, issued_at: self.ports.now().seconds() };
        let signers: Vec<&dyn Signer> =
            self.signers.iter().take(count).map(|(_, signer)| signer as &dyn Signer).collect();
        Ok(seal(&claims, payload, &signers)?)
    }

    fn new_key(&self, store: &Store, name: &str) -> Result<Ed25519Signer, AppError> {
        let secret = zeroize::Zeroizing::new(self.ports.draw::<32>());
        store.put_secret(name, secret.as_slice()).map_err(AppError::Store)?;
        Ok(Ed25519Signer::from_secret(&secret))
    }

    async fn commit(&mut self, store: &Store, host: OrganisationCode) -> Result<(), AppError> {
        let now = self.ports.now();
        let mut tx = store.begin_write(None);
        for bytes in self.entries.drain(..) {
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
        let line = JournalLine {
            salt: self.ports.draw(),
            act: ActId::from_random(self.ports.draw()),
            phase: Phase::Committed,
            at: now,
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
        };
        tx.commit(line).await.map_err(AppError::Store)?;
        Ok(())
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
