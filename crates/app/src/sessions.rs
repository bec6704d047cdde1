//! Officers enrol, sign in, and act in sessions.
//!
//! Who can't sign in is told one thing, whatever was wrong, and as much is computed for it: nobody learns here whether there is
//! an account. Attempts are counted before anything is looked at.

use std::future::Future;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::{Algorithm, Argon2, Params, Version};
use barid_domain::audit::{Actor, Operation};
use barid_domain::codes::Purpose;
use barid_domain::contents::encode;
use barid_domain::dates::Timestamp;
use barid_domain::faults::FaultCode;
use barid_domain::officers::OfficerRights;
use barid_domain::people::{
    Account, AccountState, Assurance, DeviceSecret, Enrolment, Entity, PasswordAndCode, PasswordHash,
    SESSIONS_CAP, Session,
};
use barid_domain::policy;
use barid_domain::sign_in::{Attempts, Counted, PasswordFault, normalised, read_password, step_of_code};
use barid_store::{PersonKind, PersonRow, StoreError, SystemChange};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::App;
use crate::context::{OpContext, Reference};
use crate::credentials::SignedIn;
use crate::error::AppError;
use crate::people::{fault, next, read};

/// What the token of every session begins with, so that scanners for leaked secrets can find it.
pub const SESSION_PREFIX: &str = "barids_";
const SESSION_LENGTH: usize = SESSION_PREFIX.len() + 43;
/// How much memory a password's hash takes, in KiB, and how many passes over it: more than the 19 MiB and two passes that are
/// the least of what is advised for Argon2id with one lane.
const MEMORY: u32 = 24 * 1024;
const PASSES: u32 = 2;
/// How often the use of a session is written down.
const SEEN_EVERY: i64 = 60_000_000;

/// Is for what passwords are hashed.
#[derive(Default)]
pub(crate) struct Passwords {
    /// How many were.
    hashed: AtomicU64,
    /// Of nobody: what is compared with where there is no account.
    of_nobody: OnceLock<PasswordAndCode>,
}

/// Names a session: the keyed hash of its token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionId(pub [u8; 32]);

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Is what an officer enrols with.
#[derive(Clone)]
pub struct EnrolmentAsked {
    /// Whose account.
    pub actor: Actor,
    /// The code that an administrator handed over.
    pub code: String,
    /// From where, as far as that is known.
    pub from: Option<IpAddr>,
}

/// Is what an officer puts into a device.
pub struct EnrolmentShown {
    /// The officer's name as it is written.
    pub shown_as: String,
    /// The secret of the codes, in base 32.
    pub secret: String,
}

/// Is what an officer signs in with.
#[derive(Clone)]
pub struct SignInAsked {
    /// Whose account.
    pub actor: Actor,
    /// The password as it was typed.
    pub password: String,
    /// The code that the device shows.
    pub code: String,
    /// From where, as far as that is known.
    pub from: Option<IpAddr>,
}

/// Is a session that just began: the one time its token is shown.
pub struct NewSession {
    /// The token.
    pub token: String,
    /// The session.
    pub id: SessionId,
    /// How surely it is known who signed in.
    pub assurance: Assurance,
    /// From when it signs in nobody in any case.
    pub ends_at: Timestamp,
    /// For how many seconds it may rest.
    pub rests: u32,
    /// How many attempts under this name failed since the sign-in before.
    pub failed_before: u32,
}

/// Is a session as its own officer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// The session.
    pub id: SessionId,
    /// When it began, and how.
    pub session: Session,
    /// When it was last used, to a minute.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_own: bool,
}

/// Is an attempt that was counted: under which names, and what was counted there before.
struct Begun {
    counted: Vec<([u8; 32], Counted, Attempts)>,
    /// Name and network.
    known: [u8; 32],
    at: Timestamp,
}

impl Begun {
    /// How many attempts under the name failed before, in all.
    fn failed(&self) -> u32 {
        let of_name = self.counted.iter().find(|(_, what, _)| *what == Counted::Name);
        of_name.map_or(0, |(_, _, before)| before.failed)
    }

    /// What takes the attempt back, and nothing else: it did not fail.
    fn taken_back(&self) -> impl Iterator<Item = SystemChange> + '_ {
        self.counted.iter().map(|(name, counted, before)| SystemChange::UncountAttempt {
            name: *name,
            counted: *counted,
            at: before.last_at.max(self.at),
            before: before.last_at,
        })
    }
}

impl App {
    /// How many passwords were hashed since the start: as many for names that there are as for others.
    pub fn passwords_hashed(&self) -> u64 {
        self.passwords.hashed.load(Ordering::Relaxed)
    }

    /// Draws the secret that an officer who enrols puts into a device, and shows it, once. Whoever asks again with the same code
    /// ends the code: somebody else may have seen the secret.
    ///
    /// # Errors
    /// [`AppError::SignInRefused`] where the code is not the one, or no longer good; [`AppError::TooManyAttempts`].
    pub async fn begin_enrolment(&self, asked: &EnrolmentAsked) -> Result<EnrolmentShown, AppError> {
        let begun = self.begin_attempt(&asked.actor, asked.from).await?;
        let (mut account, row, code) = self.enrolling(asked).await?;
        let ctx = own_context(&account, "enrolment")?;
        if code.secret.is_some() {
            account.enrolment = None;
            let changes = vec![SystemChange::PutPerson(next(&row, encode(&account)))];
            let asked = "the code of enrolment was used again, and ended".to_owned();
            self.commit_own(&ctx, Operation::Enrol, asked, changes).await?;
            return Err(AppError::SignInRefused);
        }
        let secret = self.ports().draw::<20>();
        account.enrolment = Some(Enrolment { secret: Some(DeviceSecret(secret)), ..code });
        let mut changes = vec![SystemChange::PutPerson(next(&row, encode(&account)))];
        changes.extend(begun.taken_back());
        let asked = format!("the secret of a device shown; {} failed before", begun.failed());
        self.commit_own(&ctx, Operation::Enrol, asked, changes).await?;
        Ok(EnrolmentShown { shown_as: account.shown_as, secret: base32(&secret) })
    }

    /// Enrols: keeps the password, and the device that showed a code. The code of enrolment is good for nothing then.
    ///
    /// # Errors
    /// As [`App::begin_enrolment`]; [`AppError::Faulty`] for a password that is none, and for a code that the device does not
    /// show: the code of enrolment stays good.
    pub async fn enrol(
        &self,
        asked: &EnrolmentAsked,
        password: &str,
        device_code: &str,
    ) -> Result<(), AppError> {
        self.enrol_in_turn(asked, password, device_code, async { Ok(()) }).await
    }

    /// The same, where the password is hashed in its turn: who pauses waits for none.
    pub async fn enrol_in_turn<T>(
        &self,
        asked: &EnrolmentAsked,
        password: &str,
        device_code: &str,
        turn: impl Future<Output = Result<T, AppError>>,
    ) -> Result<(), AppError> {
        let begun = self.begin_attempt(&asked.actor, asked.from).await?;
        let _turn = turn.await?;
        let (mut account, row, code) = self.enrolling(asked).await?;
        let Some(DeviceSecret(secret)) = code.secret else { return Err(AppError::SignInRefused) };
        let password = read_new_password(&account, password)?;
        let step = step_of_code(&secret, device_code, self.now(), 0);
        let last_step = step.ok_or_else(|| fault("device_code", FaultCode::NotThisOne))?;
        let password = self.hash_new(password).await?;
        account.password = Some(PasswordAndCode { password, secret, last_step });
        account.enrolment = None;
        account.state = AccountState::Enrolled;
        let mut changes = vec![
            SystemChange::PutPerson(next(&row, encode(&account))),
            SystemChange::DropSessions { owner: row.id, session: None },
        ];
        changes.extend(begun.taken_back());
        let ctx = own_context(&account, "enrolment")?;
        let asked = format!("password and codes of a device; {} failed before", begun.failed());
        self.commit_own(&ctx, Operation::Enrol, asked, changes).await
    }

    /// Finds the account that a code of enrolment is for.
    async fn enrolling(&self, asked: &EnrolmentAsked) -> Result<(Account, PersonRow, Enrolment), AppError> {
        let found = self.account(&asked.actor).await?;
        let now = self.now();
        let given = self.code_hash(&asked.code);
        let code = found.as_ref().and_then(|(account, _)| account.enrolment.clone());
        let is_it: bool = code.as_ref().map_or([0; 32], |code| code.code).ct_eq(&given).into();
        let code = code.filter(|code| is_it && now < code.ends_at);
        let found =
            found.filter(|(account, _)| account.may_enrol(now.day()).is_ok() && self.takes_part(account));
        let ((account, row), code) = found.zip(code).ok_or(AppError::SignInRefused)?;
        Ok((account, row, code))
    }

    fn takes_part(&self, account: &Account) -> bool {
        policy::may_sign_in(&self.registry(), &account.actor).is_ok()
    }

    /// Signs an officer in with password and code, and begins a session.
    ///
    /// # Errors
    /// [`AppError::SignInRefused`], whatever was wrong; [`AppError::TooManyAttempts`], whether there is such an account or not.
    pub async fn sign_in_officer(&self, asked: SignInAsked) -> Result<NewSession, AppError> {
        self.sign_in_in_turn(asked, async { Ok(()) }).await
    }

    /// The same, where the password is hashed in its turn: who pauses waits for none.
    pub async fn sign_in_in_turn<T>(
        &self,
        asked: SignInAsked,
        turn: impl Future<Output = Result<T, AppError>>,
    ) -> Result<NewSession, AppError> {
        let begun = self.begin_attempt(&asked.actor, asked.from).await?;
        let _turn = turn.await?;
        let found = self.account(&asked.actor).await?;
        let known = found.as_ref().and_then(|(account, _)| account.password.clone());
        let is_known = known.is_some();
        let compared = known.unwrap_or_else(|| self.of_nobody());
        let is_password = self.is_password(&asked.password, &compared.password).await?;
        let now = self.now();
        let step = step_of_code(&compared.secret, &asked.code, now, compared.last_step);
        let (Some((mut account, row)), Some(last_step), true) = (found, step, is_password && is_known) else {
            return Err(AppError::SignInRefused);
        };
        if account.is_open(now.day()).is_err() || self.rights_of(&account).await?.is_none() {
            return Err(AppError::SignInRefused);
        }
        account.password = Some(PasswordAndCode { last_step, ..compared });
        let (failed, seen) = (begun.failed(), account.failed_seen.unwrap_or(0));
        // Less than was seen: the count was cleared away since, and began anew.
        let failed_before = failed.checked_sub(seen).unwrap_or(failed);
        account.failed_seen = Some(failed);
        let mut changes = vec![SystemChange::PutPerson(next(&row, encode(&account)))];
        changes.push(SystemChange::KnowNetwork { name: begun.known });
        changes.extend(begun.taken_back());
        self.begin_session(&account, row.id, Assurance::Aal2, failed_before, changes).await
    }

    async fn begin_session(
        &self,
        account: &Account,
        owner: [u8; 32],
        assurance: Assurance,
        failed_before: u32,
        mut changes: Vec<SystemChange>,
    ) -> Result<NewSession, AppError> {
        let now = self.now();
        let token = format!("{SESSION_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.ports().draw::<32>()));
        let id = self.session_id(&token);
        let session = Session { actor: account.actor.clone(), signed_in_at: now, assurance };
        let earlier = self.store().sessions_of(&owner).await.map_err(AppError::Store)?;
        let over = (earlier.len() + 1).saturating_sub(SESSIONS_CAP);
        changes.extend(
            earlier.iter().take(over).map(|row| SystemChange::DropSessions { owner, session: Some(row.id) }),
        );
        changes.push(SystemChange::PutPerson(PersonRow {
            kind: PersonKind::Session,
            id: id.0,
            organisation: account.actor.organisation,
            owner,
            version: 1,
            ends_at: session.ends_at(),
            seen_at: now,
            content: encode(&session),
        }));
        let ctx = own_context(account, "sign-in")?;
        let asked = format!("{assurance}; {failed_before} failed before");
        self.commit_own(&ctx, Operation::SignIn, asked, changes).await?;
        Ok(NewSession {
            token,
            id,
            assurance,
            ends_at: session.ends_at(),
            rests: u32::try_from(assurance.rests() / 1_000_000).unwrap_or(0),
            failed_before,
        })
    }

    /// Finds whom the token of a session signs in now. What was changed about the account or its entity since counts at once.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        if token.len() != SESSION_LENGTH {
            return Ok(None);
        }
        let (now, id) = (self.now(), self.session_id(token));
        let row = self.store().person(PersonKind::Session, &id.0).await.map_err(AppError::Store)?;
        let Some(row) = row else { return Ok(None) };
        let session: Session = read(&row.content)?;
        if !session.holds(row.seen_at, now) {
            return Ok(None);
        }
        let Some((account, _)) = self.account_by_id(&row.owner).await? else { return Ok(None) };
        if account.actor != session.actor || account.is_open(now.day()).is_err() {
            return Ok(None);
        }
        let Some(rights) = self.rights_of(&account).await? else { return Ok(None) };
        if now.0.saturating_sub(row.seen_at.0) >= SEEN_EVERY
            && let Err(error) = self.store().note_seen(id.0, now).await
        {
            // Where it can't be noted the session ends sooner.
            tracing::warn!(code = error.code(), "the use of a session could not be noted");
        }
        let rights = session.rights(rights, now);
        Ok(Some(SignedIn { actor: account.actor, rights, entity: account.entity, session: Some(id) }))
    }

    /// What an account's officer may do now; nothing where its organisation takes no part, or its entity is not there.
    async fn rights_of(&self, account: &Account) -> Result<Option<OfficerRights>, AppError> {
        if !self.takes_part(account) {
            return Ok(None);
        }
        let entity: Option<Entity> = match &account.entity {
            Some(code) => self.entity(account.actor.organisation, code).await?.map(|(entity, _)| entity),
            None => None,
        };
        Ok(account.rights_within(entity.as_ref()))
    }

    /// Lists the sessions of the caller's own account that have not ended.
    pub async fn own_sessions(&self, caller: &SignedIn) -> Result<Vec<ListedSession>, AppError> {
        let ctx = caller_context(caller)?;
        let act = self.begin(&ctx, Operation::SignOut, Some("own sessions".to_owned()), None).await?;
        let rows = self.store().sessions_of(&self.account_id(&caller.actor)).await;
        let now = self.now();
        let mut listed = Vec::new();
        for row in rows.map_err(AppError::Store)? {
            let session: Session = read(&row.content)?;
            if session.holds(row.seen_at, now) {
                let id = SessionId(row.id);
                let is_own = caller.session == Some(id);
                listed.push(ListedSession { id, session, seen_at: row.seen_at, is_own });
            }
        }
        self.end(&ctx, act, Vec::new()).await?;
        Ok(listed)
    }

    /// Ends a session of the caller's own account, in streams that are open too: the one that asks, or the one that the list
    /// shows under `id`. `false` where there is none.
    pub async fn sign_out(&self, caller: &SignedIn, id: Option<&str>) -> Result<bool, AppError> {
        let owner = self.account_id(&caller.actor);
        let meant = match id {
            None => caller.session,
            Some(id) => {
                let rows = self.store().sessions_of(&owner).await.map_err(AppError::Store)?;
                rows.iter().map(|row| SessionId(row.id)).find(|one| one.to_string() == id)
            }
        };
        let Some(session) = meant else { return Ok(false) };
        let ctx = caller_context(caller)?;
        let changes = vec![SystemChange::DropSessions { owner, session: Some(session.0) }];
        self.commit_own(&ctx, Operation::SignOut, format!("session {session}"), changes).await?;
        Ok(true)
    }

    async fn commit_own(
        &self,
        ctx: &OpContext,
        operation: Operation,
        asked: String,
        changes: Vec<SystemChange>,
    ) -> Result<(), AppError> {
        let mut line = self.write_line(ctx, operation, self.now(), Vec::new(), Vec::new());
        line.asked = Some(asked);
        let mut tx = self.store().begin_write(None);
        changes.into_iter().for_each(|change| tx.change_system(change));
        match tx.commit(line).await {
            Ok(_) => Ok(()),
            // The same code was used twice at once, or an administrator was faster.
            Err(StoreError::Overtaken) => Err(AppError::SignInRefused),
            Err(error) => Err(self.refused_by_store(error)),
        }
    }

    /// Counts an attempt, before anything is looked at.
    async fn begin_attempt(&self, actor: &Actor, from: Option<IpAddr>) -> Result<Begun, AppError> {
        let address = from.map_or_else(Vec::new, network);
        let name = format!("{}/{}", actor.organisation, actor.officer);
        let hashed = |domain: &str, parts: &[&[u8]]| self.store().keyed_hash(domain, &parts.concat());
        let pair = hashed("attempt-name-from-address", &[name.as_bytes(), &[0], &address]);
        let known = hashed("attempt-name-known", &[name.as_bytes(), &[0], &address]);
        let mut counted = vec![(pair, Counted::NameFromAddress)];
        counted.push((hashed("attempt-name", &[name.as_bytes()]), Counted::Name));
        if from.is_some() {
            counted.push((hashed("attempt-address", &[&address]), Counted::Address));
        }
        if let Some(around) = from.and_then(wider_network) {
            counted.push((hashed("attempt-network", &[&around]), Counted::Network));
        }
        let at = self.now();
        let before = self.store().begin_attempt(counted.clone(), known, at).await.map_err(AppError::Store)?;
        let before = before.ok_or(AppError::TooManyAttempts)?;
        let counted = counted.into_iter().zip(before).map(|((name, what), before)| (name, what, before));
        Ok(Begun { counted: counted.collect(), known, at })
    }

    fn session_id(&self, token: &str) -> SessionId {
        SessionId(self.store().keyed_hash("session", token.as_bytes()))
    }

    fn of_nobody(&self) -> PasswordAndCode {
        let drawn = || {
            let password = PasswordHash {
                salt: self.ports().draw(),
                memory: MEMORY,
                passes: PASSES,
                hash: self.ports().draw(),
            };
            PasswordAndCode { password, secret: self.ports().draw(), last_step: 0 }
        };
        self.passwords.of_nobody.get_or_init(drawn).clone()
    }

    async fn hash_new(&self, password: String) -> Result<PasswordHash, AppError> {
        let salt = self.ports().draw();
        let hash = self.hash(password, salt, MEMORY, PASSES).await?;
        Ok(PasswordHash { salt, memory: MEMORY, passes: PASSES, hash })
    }

    async fn is_password(&self, typed: &str, kept: &PasswordHash) -> Result<bool, AppError> {
        let password = normalised(typed);
        let hash = self.hash(password, kept.salt, kept.memory, kept.passes).await?;
        Ok(hash.ct_eq(&kept.hash).into())
    }

    /// Hashes a password on a lent thread; the layer above lets few do so at once.
    async fn hash(
        &self,
        password: String,
        salt: [u8; 16],
        memory: u32,
        passes: u32,
    ) -> Result<[u8; 32], AppError> {
        self.passwords.hashed.fetch_add(1, Ordering::Relaxed);
        let hashed = self.aside(move |_| {
            let params = Params::new(memory, passes, 1, Some(32)).ok()?;
            let mut hash = [0; 32];
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon.hash_password_into(password.as_bytes(), &salt, &mut hash).ok()?;
            Some(hash)
        });
        hashed.await?.ok_or(AppError::Store(StoreError::Damaged("a password's hash")))
    }
}

/// What of an address is counted together: an address, or the network that one subscriber has.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

/// What is counted together besides: what one customer of a provider is given.
fn wider_network(address: IpAddr) -> Option<Vec<u8>> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address.octets()[..6].to_vec()),
    }
}

/// Reads the password that an officer chooses: neither its own names nor that of its organisation.
fn read_new_password(account: &Account, password: &str) -> Result<String, AppError> {
    let known = [
        account.shown_as.as_str(),
        account.actor.officer.as_str(),
        account.actor.officer.rsplit('.').next().unwrap_or_default(),
        account.actor.organisation.as_str(),
    ];
    read_password(password, &known).map_err(|error| {
        let code = match error {
            PasswordFault::TooShort => FaultCode::TooShort,
            PasswordFault::TooLong => FaultCode::TooLong,
            PasswordFault::Common => FaultCode::TooCommon,
        };
        fault("password", code)
    })
}

/// RFC 4648, without padding: what devices are given.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(LETTERS[(bits >> count) as usize & 31]));
        }
    }
    if count > 0 {
        text.push(char::from(LETTERS[(bits << (5 - count)) as usize & 31]));
    }
    text
}

fn own_context(account: &Account, why: &str) -> Result<OpContext, AppError> {
    let reference = Reference::new(why).map_err(|_| AppError::Absent)?;
    let (actor, entity) = (account.actor.clone(), account.entity.clone());
    Ok(OpContext { actor, purpose: Purpose::Oversight, reference, rights: account.rights.clone(), entity })
}

fn caller_context(caller: &SignedIn) -> Result<OpContext, AppError> {
    let reference = Reference::new("own sessions").map_err(|_| AppError::Absent)?;
    let SignedIn { actor, rights, entity, .. } = caller.clone();
    Ok(OpContext { actor, purpose: Purpose::Oversight, reference, rights, entity })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, text) in
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(&[255; 20]), "7".repeat(32));
    }

    #[test]
    fn a_network_is_counted_as_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        let around = |text: &str| wider_network(text.parse().unwrap());
        assert_eq!(around("2001:db8:1:2::1"), around("2001:db8:1:3::1"));
        assert_ne!(around("2001:db8:1:2::1"), around("2001:db8:2:2::1"));
        assert_eq!(around("::ffff:192.0.2.7"), None);
    }
}
