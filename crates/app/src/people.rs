//! The people of an organisation, looked after by its administrators: accounts made, narrowed, attested, suspended and ended,
//! and national entities whose administrators look after their own people under a ceiling.

use barid_domain::audit::{Actor, Operation};
use barid_domain::contents::encode;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{IdempotencyKey, OrganisationCode};
use barid_domain::officers::OfficerRights;
use barid_domain::people::{
    Account, AccountState, AccountStep, ENROLMENT_MICROS, ENTITIES_CAP, Enrolment, Entity, EntityCode,
    actor_of, has_room, is_of_the_node, read_shown_as,
};
use barid_domain::policy;
use barid_store::{Idempotency, PersonKind, PersonRow, StoreError, SystemChange};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::credentials::described;
use crate::error::AppError;
use crate::records::idempotency;

/// What every code of enrolment begins with, so that scanners for leaked secrets can find it.
const CODE_PREFIX: &str = "barid_enrol_";

/// Is an account that an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonPlan {
    /// The name, without that of the entity.
    pub name: String,
    /// The entity that the officer belongs to.
    pub entity: Option<EntityCode>,
    /// The officer's name as it is written.
    pub shown_as: String,
    /// What the officer may do.
    pub rights: OfficerRights,
    /// From when the account is valid; from today without it.
    pub valid_from: Option<Day>,
    /// Until when.
    pub valid_until: Option<Day>,
}

/// Is an account that was made, with the code by which its officer enrols: the one time it is shown.
pub struct Invited {
    /// Whose account.
    pub actor: Actor,
    /// The code.
    pub code: String,
    /// From when it is good for nothing.
    pub ends_at: Timestamp,
}

/// Is whom an invitation is for.
#[derive(Clone, Debug)]
pub struct InvitedTo {
    /// The organisation.
    pub organisation: OrganisationCode,
    /// The account.
    pub plan: PersonPlan,
}

/// Is what an administrator does about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonAct {
    /// Attests that it is needed, for another year.
    Attest,
    /// Lets it sign nobody in, and ends its sessions.
    Suspend,
    /// Lets a suspended one sign in again.
    Resume,
    /// Ends it.
    End,
    /// Ends its sessions.
    SignOut,
    /// Takes what its officer signs in with away, and makes a code to enrol anew.
    NewCode,
    /// Changes what its officer may do, and until when.
    Rights {
        /// What.
        rights: OfficerRights,
        /// Until when.
        valid_until: Option<Day>,
    },
}

impl PersonAct {
    /// Takes a step that needs nothing more said; nothing for one of a later version.
    pub fn of(step: AccountStep) -> Option<Self> {
        match step {
            AccountStep::Attest => Some(Self::Attest),
            AccountStep::Suspend => Some(Self::Suspend),
            AccountStep::Resume => Some(Self::Resume),
            AccountStep::End => Some(Self::End),
            AccountStep::SignOut => Some(Self::SignOut),
            AccountStep::NewCode => Some(Self::NewCode),
            AccountStep::Unlisted(_) => None,
        }
    }
}

/// Is a change of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// The account, by its whole name.
    pub officer: String,
    /// What is done.
    pub act: PersonAct,
}

/// Is an entity that an administrator makes or changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityPlan {
    /// Its code.
    pub code: EntityCode,
    /// Its name as its people write it.
    pub shown_as: String,
    /// What its people may do at most.
    pub ceiling: OfficerRights,
}

/// Is an account as it is listed, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    /// The account; what its officer signs in with is left out.
    pub account: Account,
    /// Whether a code to enrol is out that still is good.
    pub code_ends_at: Option<Timestamp>,
    /// Whether it is to be attested.
    pub due: bool,
}

/// How often a change is decided anew when somebody else was faster.
const TRIES: usize = 5;
/// Far off: accounts and entities do not end by themselves.
const NEVER: Timestamp = Timestamp(i64::MAX);

impl App {
    /// Makes an account of the caller's own organisation, or of the caller's own entity, and the code by which its officer
    /// enrols; `None` where the same request made it before.
    ///
    /// # Errors
    /// [`AppError::Refused`] for who does not administer these people, and for rights that the caller or the entity has not;
    /// [`AppError::Faulty`] for what is none, and for a name that is taken.
    pub async fn invite(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: PersonPlan,
    ) -> Result<Option<Invited>, AppError> {
        let done = self.invite_within(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::ChangePeople, None, done).await
    }

    async fn invite_within(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: PersonPlan,
    ) -> Result<Option<Invited>, AppError> {
        self.may_look_after(ctx, plan.entity.as_ref(), Some(&plan.rights))?;
        let request = request_of("invite", &[plan.name.as_bytes(), format!("{plan:?}").as_bytes()]);
        let idempotency = idempotency(ctx, key, request);
        if self.replay(&idempotency).await?.is_some() {
            return Ok(None);
        }
        let to = InvitedTo { organisation: ctx.actor.organisation, plan };
        self.make_account(ctx, to, Some(idempotency)).await
    }

    /// Makes the account of the first administrator, or any other, of a hosted organisation. For whoever runs the node.
    ///
    /// # Errors
    /// As [`App::invite`].
    pub async fn invite_as_host(&self, ctx: &OpContext, to: InvitedTo) -> Result<Invited, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        self.registry().active(to.organisation).ok_or(AppError::Absent)?;
        self.make_account(ctx, to, None).await?.ok_or(AppError::OutcomeUnknown)
    }

    async fn make_account(
        &self,
        ctx: &OpContext,
        to: InvitedTo,
        idempotency: Option<Idempotency>,
    ) -> Result<Option<Invited>, AppError> {
        let InvitedTo { organisation, plan } = to;
        let now = self.now();
        let actor = self.check_plan(organisation, &plan, now.day()).await?;
        let (code, enrolment) = self.draw_code(now);
        let ends_at = enrolment.ends_at;
        let account = Account {
            actor: actor.clone(),
            entity: plan.entity,
            shown_as: plan.shown_as,
            rights: plan.rights,
            state: AccountState::Invited,
            valid_from: plan.valid_from.unwrap_or(now.day()),
            valid_until: plan.valid_until,
            attested_on: now.day(),
            made_at: now,
            enrolment: Some(enrolment),
            password: None,
            failed_seen: None,
        };
        let row = self.new_row(PersonKind::Account, self.account_id(&actor), &actor, encode(&account));
        let given = given_text(&account.rights, Some(account.valid_from), account.valid_until);
        let asked = format!("account of {organisation}/{}: {given}", actor.officer);
        let made = self.commit_people(ctx, idempotency, asked, vec![SystemChange::PutPerson(row)]).await;
        match made {
            Ok(true) => Ok(Some(Invited { actor, code, ends_at })),
            Ok(false) => Ok(None),
            Err(AppError::Store(StoreError::Overtaken)) => Err(fault("officer", FaultCode::Duplicate)),
            Err(error) => Err(error),
        }
    }

    /// Checks everything about a new account but who makes it.
    async fn check_plan(
        &self,
        organisation: OrganisationCode,
        plan: &PersonPlan,
        today: Day,
    ) -> Result<Actor, AppError> {
        let mut faults = Faults::default();
        plan.rights.check("rights", &mut faults);
        let cleaned = read_shown_as(&plan.shown_as, "shown_as", &mut faults);
        faults.require(cleaned.is_none_or(|text| text == plan.shown_as), "shown_as", FaultCode::NotClean);
        let actor = actor_of(organisation, plan.entity.as_ref(), &plan.name);
        faults.require(actor.is_some(), "officer", FaultCode::BadCharacters);
        let from = plan.valid_from.unwrap_or(today);
        let in_order = plan.valid_until.is_none_or(|until| until >= from && until >= today);
        faults.require(in_order, "valid_until", FaultCode::Contradiction);
        faults.into_result().map_err(AppError::Faulty)?;
        if let Some(code) = &plan.entity {
            let entity = self.entity(organisation, code).await?;
            let entity = entity.ok_or_else(|| fault("entity", FaultCode::UnknownCode))?.0;
            if !plan.rights.are_within(&entity.ceiling) {
                return Err(fault("rights", FaultCode::NotEntitled));
            }
        }
        let actor = actor.ok_or(AppError::Absent)?;
        // A token of that name would go on when the account is suspended.
        let has_token = self.has_token(organisation, |officer| officer == actor.officer).await?;
        if is_of_the_node(&actor.officer) || has_token || self.account(&actor).await?.is_some() {
            return Err(fault("officer", FaultCode::Duplicate));
        }
        let rows = self.store().people(PersonKind::Account, organisation).await.map_err(AppError::Store)?;
        let accounts: Vec<Account> = rows.iter().map(read_account).collect::<Result<_, _>>()?;
        let standing = accounts.iter().map(|one| (one.entity.as_ref(), one.state));
        if !has_room(standing, plan.entity.as_ref()) {
            return Err(fault("officer", FaultCode::TooMany));
        }
        Ok(actor)
    }

    /// Tells whether a token of the organisation signs in under such a name.
    async fn has_token(
        &self,
        organisation: OrganisationCode,
        is_such: impl Fn(&str) -> bool,
    ) -> Result<bool, AppError> {
        let (now, all) = (self.now(), self.store().credentials().await.map_err(AppError::Store)?);
        Ok(all.iter().any(|one| {
            one.actor.organisation == organisation && now < one.ends_at && is_such(&one.actor.officer)
        }))
    }

    /// Changes an account of the caller's own organisation, or of the caller's own entity; a new code to enrol is in the
    /// answer once.
    ///
    /// Whose rights go beyond the caller's can be suspended, signed out, narrowed and ended: the off-switch is inside the
    /// organisation. To attest it, to let it sign in again or to hand out what it signs in with needs all of its rights.
    ///
    /// # Errors
    /// [`AppError::Absent`] where the list shows no such account.
    pub async fn change_person(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        change: PersonChange,
    ) -> Result<Option<Invited>, AppError> {
        let done = self.change_within(ctx, key, change).await;
        self.journal_refusal(ctx, Operation::ChangePeople, None, done).await
    }

    async fn change_within(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        change: PersonChange,
    ) -> Result<Option<Invited>, AppError> {
        for _ in 1..TRIES {
            match self.change_once(ctx, key, &change).await {
                // Its officer signed in meanwhile, or somebody else changed it: what stands now is looked at anew.
                Err(AppError::Store(StoreError::Overtaken)) => {}
                done => return done,
            }
        }
        self.change_once(ctx, key, &change).await
    }

    async fn change_once(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        change: &PersonChange,
    ) -> Result<Option<Invited>, AppError> {
        // That it administers at all, before anything is told of what there is.
        self.may_look_after(ctx, ctx.entity.as_ref(), None)?;
        let idempotency = idempotency(ctx, key, request_of("person", &[format!("{change:?}").as_bytes()]));
        if self.replay(&idempotency).await?.is_some() {
            return Ok(None);
        }
        let actor = Actor::new(ctx.actor.organisation, &change.officer).ok_or(AppError::Absent)?;
        let (account, row) = self.account(&actor).await?.ok_or(AppError::Absent)?;
        if ctx.entity.is_some() && ctx.entity != account.entity {
            return Err(AppError::Absent);
        }
        let standing = self.standing_rights();
        policy::may_change_person(
            standing.of(&ctx.rights),
            &ctx.actor,
            &account,
            given(&change.act, &account),
        )?;
        self.commit_change(ctx, Some(idempotency), (account, row), change.act.clone()).await
    }

    /// Changes an account of a hosted organisation: attests that of its only administrator, lets one enrol anew that has lost its
    /// device, suspends or ends it. For whoever runs the node.
    ///
    /// # Errors
    /// As [`App::change_person`].
    pub async fn change_as_host(
        &self,
        ctx: &OpContext,
        of: &Actor,
        act: PersonAct,
    ) -> Result<Option<Invited>, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        for _ in 1..TRIES {
            let found = self.account(of).await?.ok_or(AppError::Absent)?;
            match self.commit_change(ctx, None, found, act.clone()).await {
                Err(AppError::Store(StoreError::Overtaken)) => {}
                done => return done,
            }
        }
        let found = self.account(of).await?.ok_or(AppError::Absent)?;
        self.commit_change(ctx, None, found, act).await
    }

    async fn commit_change(
        &self,
        ctx: &OpContext,
        idempotency: Option<Idempotency>,
        found: (Account, PersonRow),
        act: PersonAct,
    ) -> Result<Option<Invited>, AppError> {
        let (mut account, row) = found;
        let now = self.now();
        let mut invited = None;
        let signs_out = act == PersonAct::SignOut;
        let given = match &act {
            PersonAct::Rights { rights, valid_until } => {
                format!(": {}", given_text(rights, None, *valid_until))
            }
            PersonAct::Attest
            | PersonAct::Suspend
            | PersonAct::Resume
            | PersonAct::End
            | PersonAct::SignOut
            | PersonAct::NewCode => String::new(),
        };
        let said = self.make_change(&mut account, act, now, &mut invited).await?;
        let Actor { organisation, officer } = &account.actor;
        let asked = format!("{said} the account of {organisation}/{officer}{given}");
        let mut changes = vec![SystemChange::PutPerson(next(&row, encode(&account)))];
        // Rights are asked for with every act; what can no longer sign in ends with its sessions.
        if account.state != AccountState::Enrolled || signs_out {
            changes.push(SystemChange::DropSessions { owner: row.id, session: None });
        }
        match self.commit_people(ctx, idempotency, asked, changes).await? {
            true => Ok(invited),
            false => Ok(None),
        }
    }

    async fn make_change(
        &self,
        account: &mut Account,
        act: PersonAct,
        now: Timestamp,
        invited: &mut Option<Invited>,
    ) -> Result<&'static str, AppError> {
        let enrolled =
            if account.password.is_some() { AccountState::Enrolled } else { AccountState::Invited };
        if account.state == AccountState::Ended {
            return Err(fault("officer", FaultCode::Contradiction));
        }
        Ok(match act {
            PersonAct::Attest => {
                account.attested_on = now.day();
                "attested"
            }
            PersonAct::Suspend => {
                account.state = AccountState::Suspended;
                "suspended"
            }
            PersonAct::Resume if account.state == AccountState::Suspended => {
                account.state = enrolled;
                "resumed"
            }
            PersonAct::Resume => return Err(fault("act", FaultCode::Contradiction)),
            PersonAct::End => {
                account.state = AccountState::Ended;
                (account.password, account.enrolment) = (None, None);
                // The name under which it acted stays in the lines of the journal; the officer's own is needed no more.
                account.shown_as.clone_from(&account.actor.officer);
                "ended"
            }
            PersonAct::SignOut => "signed out",
            // It would be let sign in again by the way.
            PersonAct::NewCode if account.state == AccountState::Suspended => {
                return Err(fault("act", FaultCode::Contradiction));
            }
            PersonAct::NewCode => {
                let (code, enrolment) = self.draw_code(now);
                *invited = Some(Invited { actor: account.actor.clone(), code, ends_at: enrolment.ends_at });
                (account.password, account.enrolment) = (None, Some(enrolment));
                account.state = AccountState::Invited;
                "made a code for"
            }
            PersonAct::Rights { rights, valid_until } => {
                self.check_rights(account, &rights, valid_until, now.day()).await?;
                (account.rights, account.valid_until) = (rights, valid_until);
                "changed the rights of"
            }
        })
    }

    async fn check_rights(
        &self,
        account: &Account,
        rights: &OfficerRights,
        valid_until: Option<Day>,
        today: Day,
    ) -> Result<(), AppError> {
        let mut faults = Faults::default();
        rights.check("rights", &mut faults);
        let in_order = valid_until.is_none_or(|until| until >= account.valid_from && until >= today);
        faults.require(in_order, "valid_until", FaultCode::Contradiction);
        faults.into_result().map_err(AppError::Faulty)?;
        let Some(code) = &account.entity else { return Ok(()) };
        let entity = self.entity(account.actor.organisation, code).await?;
        let within = entity.is_some_and(|(entity, _)| rights.are_within(&entity.ceiling));
        if within { Ok(()) } else { Err(fault("rights", FaultCode::NotEntitled)) }
    }

    /// Lists the accounts that the caller looks after, in the order of their names.
    pub async fn people(&self, ctx: &OpContext) -> Result<Vec<ListedAccount>, AppError> {
        let allowed = self.may_look_after(ctx, ctx.entity.as_ref(), None);
        self.journal_refusal(ctx, Operation::ReadPeople, None, allowed).await?;
        let act = self.begin(ctx, Operation::ReadPeople, Some("people".to_owned()), None).await?;
        let rows = self.store().people(PersonKind::Account, ctx.actor.organisation).await;
        let accounts: Vec<Account> =
            rows.map_err(AppError::Store)?.iter().map(read_account).collect::<Result<_, _>>()?;
        self.end(ctx, act, Vec::new()).await?;
        let now = self.now();
        let own = accounts.into_iter().filter(|one| ctx.entity.is_none() || ctx.entity == one.entity);
        let mut listed: Vec<ListedAccount> = own.map(|account| listed(account, now)).collect();
        listed.sort_by(|a, b| a.account.actor.officer.cmp(&b.account.actor.officer));
        Ok(listed)
    }

    /// Makes an entity of the caller's own organisation, or changes its name and ceiling; its people are narrowed at once.
    ///
    /// # Errors
    /// [`AppError::Refused`] for who belongs to an entity itself, and for a ceiling beyond the caller's own rights.
    pub async fn put_entity(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: EntityPlan,
    ) -> Result<(), AppError> {
        let done = self.put_entity_within(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::ChangePeople, None, done).await
    }

    async fn put_entity_within(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: EntityPlan,
    ) -> Result<(), AppError> {
        let standing = self.standing_rights();
        let rights = standing.of(&ctx.rights);
        policy::may_administer_all(rights, &ctx.actor, ctx.entity.as_ref(), Some(&plan.ceiling))?;
        let idempotency = idempotency(ctx, key, request_of("entity", &[format!("{plan:?}").as_bytes()]));
        if self.replay(&idempotency).await?.is_some() {
            return Ok(());
        }
        let mut faults = Faults::default();
        plan.ceiling.check("ceiling", &mut faults);
        let cleaned = read_shown_as(&plan.shown_as, "shown_as", &mut faults);
        faults.require(cleaned.is_none_or(|text| text == plan.shown_as), "shown_as", FaultCode::NotClean);
        faults.into_result().map_err(AppError::Faulty)?;
        let organisation = ctx.actor.organisation;
        let asked = format!("entity {} of {organisation}: at most {}", plan.code, described(&plan.ceiling));
        let found = self.entity(organisation, &plan.code).await?;
        let made_at = found.as_ref().map_or(self.now(), |(entity, _)| entity.made_at);
        let entity = Entity { code: plan.code, shown_as: plan.shown_as, ceiling: plan.ceiling, made_at };
        let row = match found {
            Some((_, row)) => next(&row, encode(&entity)),
            None => {
                let rows = self.store().people(PersonKind::Entity, organisation).await;
                if rows.map_err(AppError::Store)?.len() >= ENTITIES_CAP {
                    return Err(fault("entity", FaultCode::TooMany));
                }
                // A token of a name that begins with the entity's would pass for one of its officers.
                let begins = format!("{}.", entity.code);
                if self.has_token(organisation, |officer| officer.starts_with(&begins)).await? {
                    return Err(fault("entity", FaultCode::Duplicate));
                }
                let id = self.entity_id(organisation, &entity.code);
                self.new_row(PersonKind::Entity, id, &ctx.actor, encode(&entity))
            }
        };
        self.commit_people(ctx, Some(idempotency), asked, vec![SystemChange::PutPerson(row)]).await?;
        Ok(())
    }

    /// Lists the entities of the caller's own organisation, or the one that the caller belongs to.
    pub async fn entities(&self, ctx: &OpContext) -> Result<Vec<Entity>, AppError> {
        let allowed = self.may_look_after(ctx, ctx.entity.as_ref(), None);
        self.journal_refusal(ctx, Operation::ReadPeople, None, allowed).await?;
        let act = self.begin(ctx, Operation::ReadPeople, Some("entities".to_owned()), None).await?;
        let rows = self.store().people(PersonKind::Entity, ctx.actor.organisation).await;
        let mut entities: Vec<Entity> =
            rows.map_err(AppError::Store)?.iter().map(|row| read(&row.content)).collect::<Result<_, _>>()?;
        self.end(ctx, act, Vec::new()).await?;
        entities.retain(|one| ctx.entity.as_ref().is_none_or(|own| *own == one.code));
        entities.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(entities)
    }

    fn may_look_after(
        &self,
        ctx: &OpContext,
        theirs: Option<&EntityCode>,
        given: Option<&OfficerRights>,
    ) -> Result<(), AppError> {
        let standing = self.standing_rights();
        let rights = standing.of(&ctx.rights);
        Ok(policy::may_administer_people(rights, &ctx.actor, ctx.entity.as_ref(), theirs, given)?)
    }

    /// Writes changes about people; `false` where the same request made them before.
    pub(crate) async fn commit_people(
        &self,
        ctx: &OpContext,
        idempotency: Option<Idempotency>,
        asked: String,
        changes: Vec<SystemChange>,
    ) -> Result<bool, AppError> {
        let mut line = self.write_line(ctx, Operation::ChangePeople, self.now(), Vec::new(), Vec::new());
        line.asked = Some(asked);
        let mut tx = self.store().begin_write(idempotency);
        changes.into_iter().for_each(|change| tx.change_system(change));
        let committed = tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(!committed.replayed)
    }

    fn draw_code(&self, now: Timestamp) -> (String, Enrolment) {
        let code = format!("{CODE_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.ports().draw::<32>()));
        let enrolment = Enrolment {
            code: self.code_hash(&code),
            ends_at: Timestamp(now.0.saturating_add(ENROLMENT_MICROS)),
            secret: None,
        };
        (code, enrolment)
    }

    pub(crate) fn code_hash(&self, code: &str) -> [u8; 32] {
        self.store().keyed_hash("enrolment", code.as_bytes())
    }

    pub(crate) fn account_id(&self, actor: &Actor) -> [u8; 32] {
        self.store().keyed_hash("account", format!("{}/{}", actor.organisation, actor.officer).as_bytes())
    }

    fn entity_id(&self, organisation: OrganisationCode, code: &EntityCode) -> [u8; 32] {
        self.store().keyed_hash("entity", format!("{organisation}/{code}").as_bytes())
    }

    pub(crate) async fn account(&self, actor: &Actor) -> Result<Option<(Account, PersonRow)>, AppError> {
        self.account_by_id(&self.account_id(actor)).await
    }

    pub(crate) async fn account_by_id(
        &self,
        id: &[u8; 32],
    ) -> Result<Option<(Account, PersonRow)>, AppError> {
        let row = self.store().person(PersonKind::Account, id).await.map_err(AppError::Store)?;
        row.map(|row| Ok((read_account(&row)?, row))).transpose()
    }

    pub(crate) async fn entity(
        &self,
        organisation: OrganisationCode,
        code: &EntityCode,
    ) -> Result<Option<(Entity, PersonRow)>, AppError> {
        let id = self.entity_id(organisation, code);
        let row = self.store().person(PersonKind::Entity, &id).await.map_err(AppError::Store)?;
        row.map(|row| Ok((read(&row.content)?, row))).transpose()
    }

    fn new_row(&self, kind: PersonKind, id: [u8; 32], of: &Actor, content: Vec<u8>) -> PersonRow {
        PersonRow {
            kind,
            id,
            organisation: of.organisation,
            owner: [0; 32],
            version: 1,
            ends_at: NEVER,
            seen_at: self.now(),
            content,
        }
    }
}

/// The version of a row that follows it.
pub(crate) fn next(row: &PersonRow, content: Vec<u8>) -> PersonRow {
    PersonRow { version: row.version + 1, content, ..row.clone() }
}

/// What an act gives the account's officer anew, or lets it have again.
fn given<'a>(act: &'a PersonAct, account: &'a Account) -> policy::ChangeOfPerson<'a> {
    match act {
        PersonAct::Suspend | PersonAct::End | PersonAct::SignOut => policy::ChangeOfPerson::Closes,
        PersonAct::Attest => policy::ChangeOfPerson::Attests,
        PersonAct::Resume | PersonAct::NewCode => policy::ChangeOfPerson::Gives(&account.rights),
        PersonAct::Rights { rights, .. } => policy::ChangeOfPerson::Gives(rights),
    }
}

fn listed(mut account: Account, now: Timestamp) -> ListedAccount {
    account.password = None;
    let code_ends_at = account.enrolment.take().map(|code| code.ends_at).filter(|ends_at| now < *ends_at);
    let due = account.is_due(now.day());
    ListedAccount { account, code_ends_at, due }
}

/// What an account was given, as a line of the journal has it.
fn given_text(rights: &OfficerRights, from: Option<Day>, until: Option<Day>) -> String {
    let from = from.map_or_else(String::new, |day| format!("; from {day}"));
    let until = until.map_or_else(|| "; without an end".to_owned(), |day| format!("; until {day}"));
    format!("{}{from}{until}", described(rights))
}

fn read_account(row: &PersonRow) -> Result<Account, AppError> {
    read(&row.content)
}

pub(crate) fn read<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, AppError> {
    minicbor::decode(bytes).map_err(|_| AppError::Store(StoreError::Damaged("a row about people")))
}

pub(crate) fn fault(place: &str, code: FaultCode) -> AppError {
    let mut faults = Faults::default();
    faults.add(place, code);
    AppError::Faulty(faults.into_result().err().unwrap_or_default())
}

fn request_of(kind: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new().chain_update(kind).chain_update([0]);
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
