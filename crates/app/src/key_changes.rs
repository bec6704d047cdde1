//! How the keys of an organisation change: rotated, retired, stated to be in other hands, recovered after all were lost;
//! and with which algorithms it must sign. Each is drafted, signed k of n and stored as every statement of the registry.

use barid_domain::audit::Operation;
use barid_domain::entries::{KeyLookup, RegisteredKey};
use barid_domain::ids::{KeyId, OrganisationCode};
use barid_domain::keys::{Algorithm, PublicKey};
use barid_domain::registry::{
    Custody, KeyAct, KeyUsage, Organisation, Profile, Registry, RegistryError, SigningAlgorithm, Standing,
};
use barid_domain::streams::Position;

use crate::App;
use crate::context::OpContext;
use crate::drafts::Draft;
use crate::error::AppError;
use crate::founding::{Drafting, Stated, active_founder_keys};
use crate::key_ring::HostedKeys;

/// Says how the keys of an organisation are to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// A new key is registered; the earlier ones of its usage end with it, or go on beside it.
    Rotate {
        /// Of what kind the new key is.
        new: NewKey,
        /// What becomes of the earlier ones.
        earlier: EarlierKeys,
    },
    /// A key signs no more; what it signed stands.
    Retire(KeyId),
    /// A key is in other hands. Where places are named, what it signed counts up to them and no further.
    Compromised {
        /// The key.
        key: KeyId,
        /// The last place in each stream up to which its entries count.
        up_to: Option<Vec<Position>>,
    },
    /// All keys that the organisation signed entries with are lost: they end, and a new one is registered. The other
    /// founders state it, never the organisation itself.
    Recover(NewKey),
    /// The organisation signs with each of these algorithms from now on; with none of them named, with any one.
    SignWith(Vec<Algorithm>),
}

/// Is a key that is to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// One that is made on this node and kept there.
    Hosted(Algorithm, KeyUsage),
    /// One of which the organisation, or a token of this node, keeps the secret half.
    Given(PublicKey, KeyUsage),
}

impl NewKey {
    fn usage(&self) -> KeyUsage {
        match self {
            Self::Hosted(_, usage) | Self::Given(_, usage) => *usage,
        }
    }
}

/// Says what becomes of the earlier keys when a new one is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierKeys {
    /// They are retired.
    Retire,
    /// They go on.
    Keep,
}

impl App {
    /// Drafts the statements by which the keys of an organisation change. A hosted key is made with the draft and stays the
    /// same until it is registered, so a draft can be completed that was signed elsewhere meanwhile.
    ///
    /// # Errors
    /// [`RegistryError::Contradiction`] where the registry would refuse it; [`AppError::NoKey`] where fewer founders have a
    /// key than must sign.
    pub async fn draft_key_change(
        &self,
        ctx: &OpContext,
        organisation: OrganisationCode,
        change: &KeyChange,
    ) -> Result<Draft, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let registry = self.registry();
        let known = registry.organisations().find(|(code, _)| *code == organisation);
        let (_, known) = known.ok_or(RegistryError::Contradiction("no such organisation"))?;
        let mut keys = self.hosted_keys()?;
        let mut drafting = self.key_drafting(&registry, organisation, change, &keys)?;
        match change {
            KeyChange::Rotate { new, earlier } => {
                let key = self.new_key(&registry, organisation, known, new, &mut keys)?;
                drafting.state_key(organisation, key, KeyAct::Add, new.usage(), None)?;
                if *earlier == EarlierKeys::Retire {
                    // Where it has to sign with another algorithm too, its key of that goes on.
                    let ends = |earlier: &RegisteredKey| {
                        let algorithm = earlier.key.algorithm();
                        algorithm == key.algorithm() || !known.must_sign_with.contains(&algorithm)
                    };
                    for earlier in lasting_keys(&registry, organisation, new.usage()).into_iter().filter(ends)
                    {
                        drafting.state_key(organisation, earlier.key, KeyAct::Retire, earlier.usage, None)?;
                    }
                }
            }
            KeyChange::Retire(id) => {
                let key = own_key(&registry, organisation, id)?;
                drafting.state_key(organisation, key.key, KeyAct::Retire, key.usage, None)?;
            }
            KeyChange::Compromised { key, up_to } => {
                let key = own_key(&registry, organisation, key)?;
                self.must_be_places(up_to.as_deref().unwrap_or_default()).await?;
                // What was drawn earlier and waits may be in the same hands.
                for algorithm in Algorithm::ALL {
                    keys.forget_next(self.store(), organisation, *algorithm, key.usage)?;
                }
                drafting.state_key(organisation, key.key, KeyAct::Compromised, key.usage, up_to.clone())?;
            }
            KeyChange::Recover(new) => {
                for lost in lasting_keys(&registry, organisation, KeyUsage::Entries) {
                    drafting.state_key(organisation, lost.key, KeyAct::Retire, lost.usage, None)?;
                }
                let key = self.new_key(&registry, organisation, known, new, &mut keys)?;
                drafting.state_key(organisation, key, KeyAct::Add, new.usage(), None)?;
            }
            KeyChange::SignWith(algorithms) => {
                let mut algorithms: Vec<SigningAlgorithm> =
                    algorithms.iter().copied().map(SigningAlgorithm::from).collect();
                algorithms.sort_unstable();
                algorithms.dedup();
                let profile = profile_of(organisation, known);
                let stated = Stated { must_sign_with: algorithms, ..Stated::of(known) };
                drafting.state_standing(&profile, stated, &keys)?;
            }
        }
        Ok(Draft::new(drafting.into_statements()))
    }

    /// Who signs: of the founders whose keys count, those first whose keys are here, and the organisation itself last. It
    /// does not sign that its own key is in other hands, nor that all its keys are lost.
    fn key_drafting(
        &self,
        registry: &Registry,
        organisation: OrganisationCode,
        change: &KeyChange,
        keys: &HostedKeys,
    ) -> Result<Drafting<'_>, AppError> {
        let signs_itself = match change {
            KeyChange::Rotate { .. } | KeyChange::Retire(_) | KeyChange::SignWith(_) => true,
            KeyChange::Compromised { .. } | KeyChange::Recover(_) => false,
        };
        let founders = registry.quorum().1.iter().copied();
        let founders: Vec<_> = founders.filter(|code| signs_itself || *code != organisation).collect();
        let mut signers = active_founder_keys(registry, &founders, self.now());
        signers.sort_by_key(|(code, all)| (!all.iter().all(|key| keys.holds(key)), *code == organisation));
        let threshold = registry.quorum().0;
        if signers.len() < threshold {
            return Err(RegistryError::Contradiction("too few founders are left to sign it").into());
        }
        Ok(Drafting::new(self.ports(), signers, threshold))
    }

    /// Refuses places that this node has not given: entries that are put there later would count.
    async fn must_be_places(&self, places: &[Position]) -> Result<(), AppError> {
        for place in places.iter().filter(|place| place.stream.node == self.store().node()) {
            let head = self.store().stream_head(place.stream).await.map_err(AppError::Store)?;
            if head.map_or(0, |head| head.size) < place.seq {
                return Err(RegistryError::Contradiction("a place behind the end of its stream").into());
            }
        }
        Ok(())
    }

    fn new_key(
        &self,
        registry: &Registry,
        organisation: OrganisationCode,
        known: &Organisation,
        new: &NewKey,
        keys: &mut HostedKeys,
    ) -> Result<PublicKey, AppError> {
        if known.standing == Standing::Left {
            return Err(RegistryError::Contradiction("who has left gets no key").into());
        }
        match new {
            NewKey::Given(key, _) => Ok(*key),
            NewKey::Hosted(algorithm, usage) => {
                let host = self.host()?;
                if organisation != host && known.custody != Custody::HostedBy(host) {
                    return Err(
                        RegistryError::Contradiction("it keeps its own keys: give the public one").into()
                    );
                }
                keys.make_next(self.store(), self.ports(), registry, organisation, *algorithm, *usage)
            }
        }
    }
}

/// The keys of an organisation and a usage that have no end.
pub(crate) fn lasting_keys(
    registry: &Registry,
    organisation: OrganisationCode,
    usage: KeyUsage,
) -> Vec<RegisteredKey> {
    let keys = registry.keys().map(|(_, key)| *key);
    keys.filter(|key| key.organisation == organisation && key.usage == usage && key.not_after.is_none())
        .collect()
}

fn own_key(
    registry: &Registry,
    organisation: OrganisationCode,
    id: &KeyId,
) -> Result<RegisteredKey, AppError> {
    let key = registry.key(id).filter(|key| key.organisation == organisation);
    Ok(key.ok_or(RegistryError::Contradiction("no such key"))?)
}

/// The profile that the registry has of an organisation.
pub(crate) fn profile_of(code: OrganisationCode, known: &Organisation) -> Profile {
    Profile {
        code,
        kind: known.kind,
        country: known.country,
        names: known.names.clone(),
        hosted_by: match known.custody {
            Custody::Own => None,
            Custody::HostedBy(host) => Some(host),
        },
    }
}
