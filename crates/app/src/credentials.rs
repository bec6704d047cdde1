//! Tokens by which officers and services of hosted organisations sign in to the API.
//!
//! A token is 32 random bytes, shown once; the store keeps its keyed hash only. Every token ends; before that it can be
//! taken back. One that has ended or was taken back is found as little as one that never was. Officers with accounts sign in
//! (`sessions.rs`) and act in sessions, whose tokens are looked up here too.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use barid_domain::audit::{Actor, Operation};
use barid_domain::dates::Timestamp;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::officers::OfficerRights;
use barid_domain::people::{EntityCode, is_of_the_node};
use barid_store::{Credential, CredentialId, Idempotency, SystemChange};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::sessions::{SESSION_PREFIX, SessionId};

/// What every token begins with, so that scanners for leaked secrets can find it.
const TOKEN_PREFIX: &str = "barid_";
/// The length of a whole token, in characters.
const TOKEN_LENGTH: usize = TOKEN_PREFIX.len() + 43;
/// The fewest characters by which a credential may be named.
const ID_PREFIX_CHARACTERS: usize = 8;
/// The microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// Is for how many days a token signs in: 1 to 366.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenDays(u16);

impl TokenDays {
    /// How long a token lasts when nobody says otherwise.
    pub const DEFAULT: Self = Self(90);
    /// The longest that a token may last.
    pub const LONGEST: Self = Self(366);

    /// Takes a number of days, 1 to 366.
    pub fn new(days: u16) -> Option<Self> {
        (1..=Self::LONGEST.0).contains(&days).then_some(Self(days))
    }

    /// Gives the number.
    pub fn get(self) -> u16 {
        self.0
    }

    fn after(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(i64::from(self.0) * DAY_MICROS))
    }
}

/// For how long searches go on while the database is away, where nobody says otherwise: so long a token that was verified
/// signs in without it, and an index answers that can't be followed. A failover takes half of it; whoever took a token or a
/// record back meanwhile did so in a database that this replica can't reach, and waits no longer than this.
pub const ALONE: Duration = Duration::from_secs(60);
/// The most tokens that are remembered so.
const RECENT_CAP: usize = 10_000;

/// Is the tokens that were verified a moment ago, by their keyed hashes.
pub(crate) struct RecentTokens {
    all: Mutex<HashMap<[u8; 32], Recent>>,
    /// For how many microseconds each is good.
    keep: AtomicI64,
}

impl Default for RecentTokens {
    fn default() -> Self {
        Self { all: Mutex::default(), keep: AtomicI64::new(micros(ALONE)) }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

struct Recent {
    id: CredentialId,
    signed_in: SignedIn,
    ends_at: Timestamp,
    verified_at: Timestamp,
}

impl Recent {
    fn is_good(&self, now: Timestamp, keep: i64) -> bool {
        let age = now.0.saturating_sub(self.verified_at.0);
        (0..=keep).contains(&age) && now < self.ends_at
    }
}

impl RecentTokens {
    fn all(&self) -> MutexGuard<'_, HashMap<[u8; 32], Recent>> {
        // Set in one step each: what a panic leaves is whole.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep_for(&self, longest: Duration) {
        self.keep.store(micros(longest), Ordering::Relaxed);
    }

    fn keep(&self) -> i64 {
        self.keep.load(Ordering::Relaxed)
    }

    fn remember(&self, token: [u8; 32], recent: Recent) {
        let mut all = self.all();
        if all.len() >= RECENT_CAP && !all.contains_key(&token) {
            let now = recent.verified_at;
            let keep = self.keep();
            all.retain(|_, one| one.is_good(now, keep));
            if all.len() >= RECENT_CAP {
                return;
            }
        }
        all.insert(token, recent);
    }

    fn forget(&self, token: &[u8; 32]) {
        self.all().remove(token);
    }

    fn forget_credential(&self, id: CredentialId) {
        self.all().retain(|_, recent| recent.id != id);
    }

    fn signs_in(&self, token: &[u8; 32], now: Timestamp) -> Option<SignedIn> {
        let keep = self.keep();
        self.all()
            .get(token)
            .filter(|recent| recent.is_good(now, keep))
            .map(|recent| recent.signed_in.clone())
    }
}

/// Is whom a token signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The officer or service.
    pub actor: Actor,
    /// What it may do.
    pub rights: OfficerRights,
    /// The national entity that the officer belongs to.
    pub entity: Option<EntityCode>,
    /// The session, where an officer signed in.
    pub session: Option<SessionId>,
}

/// Is a token that was just made: the one time it is shown.
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// From when it signs in nobody.
    pub ends_at: Timestamp,
}

impl App {
    /// Makes a token for an officer or service of any hosted organisation, with the rights of every day; it is shown to the
    /// caller once and can't be asked for again. For whoever runs the node.
    pub async fn issue_credential(
        &self,
        ctx: &OpContext,
        actor: &Actor,
        days: TokenDays,
    ) -> Result<IssuedToken, AppError> {
        self.issue_credential_with(ctx, actor, days, OfficerRights::default()).await
    }

    /// The same with rights of the caller's choice.
    ///
    /// # Errors
    /// [`AppError::Faulty`] for rights that are none.
    pub async fn issue_credential_with(
        &self,
        ctx: &OpContext,
        actor: &Actor,
        days: TokenDays,
        rights: OfficerRights,
    ) -> Result<IssuedToken, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        self.registry().active(actor.organisation).ok_or(AppError::Absent)?;
        let issued = self.make_credential(ctx, actor, days, rights, None).await?;
        issued.ok_or(AppError::OutcomeUnknown)
    }

    /// Makes a token; `None` where the same request made one before. Nobody's whose name is that of an account.
    pub(crate) async fn make_credential(
        &self,
        ctx: &OpContext,
        actor: &Actor,
        days: TokenDays,
        rights: OfficerRights,
        idempotency: Option<Idempotency>,
    ) -> Result<Option<IssuedToken>, AppError> {
        let mut faults = Faults::default();
        rights.check("rights", &mut faults);
        // Acts of an officer with an account, or of an entity's officer, are done by nobody else under that name.
        let code = actor.officer.split_once('.').and_then(|(code, _)| EntityCode::new(code));
        let is_of_entity = match code {
            Some(code) => self.entity(actor.organisation, &code).await?.is_some(),
            None => false,
        };
        let is_taken = is_of_entity || is_of_the_node(&actor.officer) || self.account(actor).await?.is_some();
        faults.require(!is_taken, "officer", FaultCode::Duplicate);
        faults.into_result().map_err(AppError::Faulty)?;
        let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.ports().draw::<32>()));
        let ends_at = days.after(self.now());
        let mut line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), Vec::new());
        line.asked = Some(format!(
            "credential of {}/{} for {} days: {}",
            actor.organisation,
            actor.officer,
            days.0,
            described(&rights)
        ));
        let mut tx = self.store().begin_write(idempotency);
        tx.change_system(SystemChange::PutCredential {
            token: token.clone().into_bytes(),
            organisation: actor.organisation,
            officer: actor.officer.clone(),
            ends_at,
            rights,
        });
        let committed = tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok((!committed.replayed).then_some(IssuedToken { token, ends_at }))
    }

    /// Lists the credentials of this node, those that have ended too, in the order in which they end; no token is
    /// among what is listed.
    pub async fn list_credentials(&self, ctx: &OpContext) -> Result<Vec<Credential>, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        let act = self.begin(ctx, Operation::ReadRegistry, Some("credentials".to_owned()), None).await?;
        self.note_uses().await?;
        let listed = self.store().credentials().await.map_err(AppError::Store)?;
        self.end(ctx, act, Vec::new()).await?;
        Ok(listed)
    }

    /// Takes back the credential that the list shows under `id`: from now on its token signs in nobody.
    ///
    /// # Errors
    /// [`AppError::Absent`] where the list shows no such id, or more than one that begins so.
    pub async fn revoke_credential(&self, ctx: &OpContext, id: &str) -> Result<Actor, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        if id.len() < ID_PREFIX_CHARACTERS {
            return Err(AppError::Absent);
        }
        let all = self.store().credentials().await.map_err(AppError::Store)?;
        let mut meant = all.into_iter().filter(|credential| credential.id.to_string().starts_with(id));
        let (Some(credential), None) = (meant.next(), meant.next()) else { return Err(AppError::Absent) };
        self.end_credential(ctx, credential).await
    }

    /// Ends a credential that was found.
    pub(crate) async fn end_credential(
        &self,
        ctx: &OpContext,
        credential: Credential,
    ) -> Result<Actor, AppError> {
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::RemoveCredential { credential: credential.id });
        let mut line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), Vec::new());
        let Actor { organisation, officer } = &credential.actor;
        line.asked = Some(format!("end of credential {} of {organisation}/{officer}", credential.id));
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        self.recent_tokens.forget_credential(credential.id);
        Ok(credential.actor)
    }

    /// Tells whom a token signs in; while the database is away one that was verified in the last minutes signs in as it did
    /// then. Unknown tokens, ended ones, and those of organisations that take no part, sign in
    /// nobody.
    ///
    /// # Errors
    /// [`AppError::Store`] where the store can't be asked: nobody is told that a good token is none.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Actor>, AppError> {
        Ok(self.sign_in(token).await?.map(|signed_in| signed_in.actor))
    }

    /// The same, with what the token lets its officer or service do.
    pub async fn sign_in(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        if token.starts_with(SESSION_PREFIX) {
            return self.session(token).await;
        }
        if token.len() != TOKEN_LENGTH || !token.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let now = self.now();
        let active = |actor: &Actor| self.registry().active(actor.organisation).is_some();
        let remembered = self.store().keyed_hash("recent-token", token.as_bytes());
        let credential = match self.store().credential(token.as_bytes(), now).await {
            Ok(credential) => credential,
            Err(error) => {
                let error = AppError::Store(error);
                if !self.is_without_database(&error).await {
                    return Err(error);
                }
                // Nothing says that it is none: who can't be told apart from somebody unknown is told why.
                let recent = self.recent_tokens.signs_in(&remembered, now);
                let recent = recent.filter(|signed_in| active(&signed_in.actor));
                return recent.map(Some).ok_or(error);
            }
        };
        let Some(credential) = credential.filter(|credential| active(&credential.actor)) else {
            self.recent_tokens.forget(&remembered);
            return Ok(None);
        };
        if self.store().is_on_server() {
            let (id, ends_at) = (credential.id, credential.ends_at);
            let (actor, rights) = (credential.actor.clone(), credential.rights.clone());
            let signed_in = SignedIn { actor, rights, entity: None, session: None };
            self.recent_tokens.remember(remembered, Recent { id, signed_in, ends_at, verified_at: now });
        }
        if credential.last_used_on.is_none_or(|day| day < now.day()) {
            self.remember_use(credential.id, now.day());
        }
        let (actor, rights) = (credential.actor, credential.rights);
        Ok(Some(SignedIn { actor, rights, entity: None, session: None }))
    }

    /// Writes down the days of use that were seen since the last time: a day and no hour, once a day and token.
    pub(crate) async fn note_uses(&self) -> Result<(), AppError> {
        let uses = self.take_uses();
        if uses.is_empty() { Ok(()) } else { self.store().note_uses(uses).await.map_err(AppError::Store) }
    }

    /// Seals a cursor: opaque, and good for this actor and this version of the policy only.
    pub fn seal_cursor(&self, actor: &Actor, plain: &[u8]) -> String {
        let nonce = self.ports().draw::<24>();
        let sealed = self
            .cursor_cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &cursor_owner(actor) });
        // Sealing a few bytes in memory can't fail.
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed.unwrap_or_default()].concat())
    }

    /// Opens a cursor that this node sealed for this actor; anything else is no cursor.
    pub fn open_cursor(&self, actor: &Actor, cursor: &str) -> Option<Vec<u8>> {
        if cursor.len() > 400 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
        let payload = Payload { msg: sealed, aad: &cursor_owner(actor) };
        self.cursor_cipher().decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn cursor_cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.store().keyed_hash("cursor", b"v1").into())
    }
}

/// Rights as a line of the journal has them.
pub(crate) fn described(rights: &OfficerRights) -> String {
    fn joined<T: std::fmt::Display>(codes: &[T]) -> String {
        codes.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
    }
    let of = |list: Option<String>| list.unwrap_or_else(|| "all".to_owned());
    format!(
        "{}; databases {}; purposes {}; up to {}",
        joined(&rights.rights),
        of(rights.databases.as_deref().map(joined)),
        of(rights.purposes.as_deref().map(joined)),
        rights.clearance
    )
}

fn cursor_owner(actor: &Actor) -> Vec<u8> {
    let version = barid_domain::policy::VERSION;
    format!("{}/{}/{version}", actor.organisation, actor.officer).into_bytes()
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::OrganisationCode;

    use super::*;

    #[test]
    fn a_token_verified_a_moment_ago_signs_in_while_the_database_is_away_and_no_longer() {
        const KEPT: i64 = 60_000_000;
        let tokens = RecentTokens::default();
        let actor = Actor::new(OrganisationCode::new("XA").unwrap(), "desk-4").unwrap();
        let recent = |id: u8, verified_at: i64, ends_at: i64| Recent {
            id: CredentialId([id; 32]),
            signed_in: SignedIn {
                actor: actor.clone(),
                rights: OfficerRights::default(),
                entity: None,
                session: None,
            },
            ends_at: Timestamp(ends_at),
            verified_at: Timestamp(verified_at),
        };
        let signs_in = |token: u8, now: i64| tokens.signs_in(&[token; 32], Timestamp(now)).is_some();
        tokens.remember([1; 32], recent(1, 1_000, i64::MAX));
        tokens.remember([2; 32], recent(2, 1_000, 2_000));
        assert!(signs_in(1, 1_000) && signs_in(1, 1_000 + KEPT) && !signs_in(3, 1_000));
        assert!(!signs_in(1, 1_001 + KEPT), "its time is over");
        assert!(!signs_in(1, 999), "a clock that went back says nothing");
        assert!(signs_in(2, 1_999) && !signs_in(2, 2_000), "it has ended itself");
        tokens.keep_for(Duration::from_micros(7));
        assert!(signs_in(1, 1_007) && !signs_in(1, 1_008), "somebody said so");
        tokens.keep_for(ALONE);
        tokens.forget_credential(CredentialId([1; 32]));
        assert!(!signs_in(1, 1_000), "taken back here");
        tokens.forget(&[2; 32]);
        assert!(!signs_in(2, 1_000), "the database said that it is none");
        // As many as there is room for, and those whose time is over make room.
        for number in 0..RECENT_CAP as u32 + 10 {
            let mut token = [0; 32];
            token[..4].copy_from_slice(&number.to_be_bytes());
            tokens.remember(token, recent(3, 1_000, i64::MAX));
        }
        assert_eq!(tokens.all().len(), RECENT_CAP);
        tokens.remember([9; 32], recent(4, 2_000 + KEPT, i64::MAX));
        assert_eq!(tokens.all().len(), 1);
    }
}
