//! People: accounts of officers, the national entities they belong to, and the sessions in which they act.
//!
//! Pure: what is kept of them, and the rules of validity, attestation, ceilings and sessions; time is an argument. Passwords
//! and codes are in [`crate::sign_in`].

use minicbor::{Decode, Encode};

use crate::audit::Actor;
use crate::codes::{CodeList, code_list};
use crate::dates::{Day, Timestamp};
use crate::faults::{FaultCode, Faults};
use crate::ids::OrganisationCode;
use crate::officers::{OfficerRight, OfficerRights};
use crate::text::clean;

/// The longest name as it is shown, in characters.
pub const SHOWN_AS_CAP: usize = 100;
/// The longest code of an entity.
pub const ENTITY_CAP: usize = 20;
/// The longest name of an account before that of its entity joins.
pub const NAME_CAP: usize = 39;
/// For how many days an account signs in after it was attested.
pub const ATTESTED_DAYS: i32 = 366;
/// How many days before that it is shown as due.
pub const DUE_DAYS: i32 = 30;
/// For how long a code of enrolment is good.
pub const ENROLMENT_MICROS: i64 = 72 * HOUR;
/// How old a sign-in may be for what binds or administers.
pub const FRESH_MICROS: i64 = 15 * MINUTE;
/// How far another server's clock may be ahead.
const CLOCKS_APART: i64 = MINUTE;
/// The most accounts of an organisation.
pub const ACCOUNTS_CAP: usize = 10_000;
/// The most accounts of an entity.
pub const ENTITY_ACCOUNTS_CAP: usize = 2_000;
/// How many times as many accounts are kept with those that have ended.
const KEPT_WITH_ENDED: usize = 5;
/// The most entities of an organisation.
pub const ENTITIES_CAP: usize = 1_000;
/// The most sessions of an account at once; the oldest end for newer ones.
pub const SESSIONS_CAP: usize = 10;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

code_list!(
    /// Is how an account stands.
    AccountState, "account-state" {
        /// It was made, and nobody has enrolled.
        1 Invited "invited",
        /// Its officer has enrolled.
        2 Enrolled "enrolled",
        /// It signs nobody in until somebody lets it again.
        3 Suspended "suspended",
        /// It has ended, and stays.
        4 Ended "ended",
    }
);

code_list!(
    /// Is what is done about an account.
    AccountStep, "account-step" {
        /// Attested for another year.
        1 Attest "attest",
        /// Suspended: it signs nobody in, and its sessions end.
        2 Suspend "suspend",
        /// Let sign in again.
        3 Resume "resume",
        /// Ended.
        4 End "end",
        /// Signed out everywhere.
        5 SignOut "sign-out",
        /// Made to enrol anew: what its officer signed in with ends.
        6 NewCode "new-code",
    }
);

code_list!(
    /// Is how surely it is known who signed in (NIST SP 800-63B).
    Assurance, "assurance" {
        /// Two factors, one of which can be told to a stranger: a password and a code.
        2 Aal2 "aal2",
    }
);

impl Assurance {
    /// For how long a session lasts in any case.
    pub fn lasts(self) -> i64 {
        match self {
            Self::Aal2 => 12 * HOUR,
            Self::Unlisted(_) => 0,
        }
    }

    /// For how long a session may rest.
    pub fn rests(self) -> i64 {
        match self {
            Self::Aal2 => 30 * MINUTE,
            Self::Unlisted(_) => 0,
        }
    }
}

/// Names a national entity inside its organisation: 1 to 20 of `a-z 0-9 -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode)]
#[cbor(transparent)]
pub struct EntityCode(#[n(0)] String);

impl<'b, C> Decode<'b, C> for EntityCode {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = String::decode(d, ctx)?;
        Self::new(&text).ok_or_else(|| minicbor::decode::Error::message("not the code of an entity"))
    }
}

impl EntityCode {
    /// Takes a code.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=ENTITY_CAP).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// Shows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EntityCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the actor of an account: the name of an entity's officer begins with its entity and a point, so that every line of
/// the journal tells it. No name of its own holds a point.
pub fn actor_of(organisation: OrganisationCode, entity: Option<&EntityCode>, name: &str) -> Option<Actor> {
    let fits = (1..=NAME_CAP).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
    let full = entity.map_or_else(|| name.to_owned(), |entity| format!("{entity}.{name}"));
    if fits { Actor::new(organisation, &full) } else { None }
}

/// The names under which the node itself acts: upkeep, and whoever runs it. Nobody else has them.
const OF_THE_NODE: [&str; 2] = ["upkeep", "console"];

/// Tells whether a name is one under which the node itself acts.
pub fn is_of_the_node(name: &str) -> bool {
    OF_THE_NODE.contains(&name)
}

/// Tells whether there is room for one more account of an entity, or of none, beside those of the organisation. What has ended
/// takes no room, up to a point; and no entity takes all of the organisation's.
pub fn has_room<'a>(
    accounts: impl Iterator<Item = (Option<&'a EntityCode>, AccountState)>,
    entity: Option<&EntityCode>,
) -> bool {
    let (mut all, mut living, mut of_entity, mut living_of_entity) = (0, 0, 0, 0);
    for (of, state) in accounts {
        let lives = usize::from(state != AccountState::Ended);
        (all, living) = (all + 1, living + lives);
        if entity.is_some() && of == entity {
            (of_entity, living_of_entity) = (of_entity + 1, living_of_entity + lives);
        }
    }
    living < ACCOUNTS_CAP
        && living_of_entity < ENTITY_ACCOUNTS_CAP
        && of_entity < ENTITY_ACCOUNTS_CAP * KEPT_WITH_ENDED
        && all < ACCOUNTS_CAP * KEPT_WITH_ENDED
}

/// Is a national entity: a unit of an organisation with people of its own.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Entity {
    /// Its code.
    #[n(0)]
    pub code: EntityCode,
    /// Its name as its people write it.
    #[n(1)]
    pub shown_as: String,
    /// What its people may do at most, whatever they were given.
    #[n(2)]
    pub ceiling: OfficerRights,
    /// When it was made.
    #[n(3)]
    pub made_at: Timestamp,
}

/// Is the code by which an officer enrols, once.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// The keyed hash of the code.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub code: [u8; 32],
    /// From when it is good for nothing.
    #[n(1)]
    pub ends_at: Timestamp,
    /// The secret that was drawn for the device, once it was shown: it is shown once.
    #[n(2)]
    pub secret: Option<DeviceSecret>,
}

/// Is the secret of a device that makes codes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct DeviceSecret(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 20]);

/// Is what is kept of a password (Argon2id, RFC 9106), with what it took: that may grow, and older ones are still known.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct PasswordHash {
    /// Drawn for it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// The memory, in KiB.
    #[n(1)]
    pub memory: u32,
    /// The passes over it.
    #[n(2)]
    pub passes: u32,
    /// The hash.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

/// Is what an officer signs in with: a password, and codes of its own device.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct PasswordAndCode {
    /// Of the password.
    #[n(0)]
    pub password: PasswordHash,
    /// The secret of the codes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub secret: [u8; 20],
    /// The step of the last code that was taken: none of it or before is taken again.
    #[n(2)]
    pub last_step: u64,
}

/// Is an account.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// Whose: its organisation and its name there.
    #[n(0)]
    pub actor: Actor,
    /// The entity its officer belongs to.
    #[n(1)]
    pub entity: Option<EntityCode>,
    /// The officer's name as it is written.
    #[n(2)]
    pub shown_as: String,
    /// What the officer may do.
    #[n(3)]
    pub rights: OfficerRights,
    /// How it stands.
    #[n(4)]
    pub state: AccountState,
    /// From when.
    #[n(5)]
    pub valid_from: Day,
    /// Until when, that day too.
    #[n(6)]
    pub valid_until: Option<Day>,
    /// When somebody last attested that it is needed.
    #[n(7)]
    pub attested_on: Day,
    /// When it was made.
    #[n(8)]
    pub made_at: Timestamp,
    /// The code by which its officer enrols.
    #[n(9)]
    pub enrolment: Option<Enrolment>,
    /// What its officer signs in with.
    #[n(10)]
    pub password: Option<PasswordAndCode>,
    /// How many attempts under its name had failed in all when its officer last signed in.
    #[n(11)]
    pub failed_seen: Option<u32>,
}

/// Why an account signs nobody in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// Nobody has enrolled.
    NotEnrolled,
    /// It is suspended, or has ended.
    NotActive,
    /// It is not valid yet, or no longer.
    OutOfTime,
    /// Nobody has attested it for a year.
    NotAttested,
}

impl Account {
    /// Tells whether the account signs in on a day.
    pub fn is_open(&self, today: Day) -> Result<(), Closed> {
        match self.state {
            AccountState::Enrolled => {}
            AccountState::Invited => return Err(Closed::NotEnrolled),
            AccountState::Suspended | AccountState::Ended | AccountState::Unlisted(_) => {
                return Err(Closed::NotActive);
            }
        }
        self.is_in_time(today)
    }

    /// Tells whether its officer may enrol on a day: the first time, or again with a new code.
    pub fn may_enrol(&self, today: Day) -> Result<(), Closed> {
        match self.state {
            AccountState::Invited | AccountState::Enrolled => {}
            AccountState::Suspended | AccountState::Ended | AccountState::Unlisted(_) => {
                return Err(Closed::NotActive);
            }
        }
        self.is_in_time(today)
    }

    fn is_in_time(&self, today: Day) -> Result<(), Closed> {
        if today < self.valid_from || self.valid_until.is_some_and(|until| until < today) {
            return Err(Closed::OutOfTime);
        }
        if today > self.attest_until() { Err(Closed::NotAttested) } else { Ok(()) }
    }

    /// The last day on which it signs in without being attested again.
    pub fn attest_until(&self) -> Day {
        self.attested_on.saturating_add(ATTESTED_DAYS)
    }

    /// Tells whether it is to be attested soon, or should have been.
    pub fn is_due(&self, today: Day) -> bool {
        let counts = match self.state {
            AccountState::Invited | AccountState::Enrolled | AccountState::Suspended => true,
            AccountState::Ended | AccountState::Unlisted(_) => false,
        };
        counts && today.saturating_add(DUE_DAYS) > self.attest_until()
    }

    /// What its officer may do now: what it was given, inside the ceiling of its entity. Of an entity that is not there
    /// nobody may do anything.
    pub fn rights_within(&self, entity: Option<&Entity>) -> Option<OfficerRights> {
        match (&self.entity, entity) {
            (None, _) => Some(self.rights.clone()),
            (Some(code), Some(entity)) if *code == entity.code => Some(self.rights.narrowed(&entity.ceiling)),
            (Some(_), _) => None,
        }
    }
}

/// Is a session.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// Whose.
    #[n(0)]
    pub actor: Actor,
    /// When its officer signed in.
    #[n(1)]
    pub signed_in_at: Timestamp,
    /// How surely.
    #[n(2)]
    pub assurance: Assurance,
}

impl Session {
    /// From when it signs in nobody in any case.
    pub fn ends_at(&self) -> Timestamp {
        Timestamp(self.signed_in_at.0.saturating_add(self.assurance.lasts()))
    }

    /// Tells whether it still signs in, last used at `seen_at`.
    pub fn holds(&self, seen_at: Timestamp, now: Timestamp) -> bool {
        let rested = now.0.saturating_sub(seen_at.0);
        let age = now.0.saturating_sub(self.signed_in_at.0);
        (-CLOCKS_APART..=self.assurance.rests()).contains(&rested)
            && (-CLOCKS_APART..self.assurance.lasts()).contains(&age)
    }

    /// Tells whether the sign-in is new enough for what binds or administers.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        (-CLOCKS_APART..=FRESH_MICROS).contains(&now.0.saturating_sub(self.signed_in_at.0))
    }

    /// What an account's rights let do in this session: what binds or administers waits for a new sign-in where this one is old.
    pub fn rights(&self, rights: OfficerRights, now: Timestamp) -> OfficerRights {
        if self.is_fresh(now) {
            return rights;
        }
        rights.waiting_for(&[OfficerRight::Bind, OfficerRight::Administer])
    }
}

/// Checks how an officer or entity is to be shown; answers it cleaned.
pub fn read_shown_as(text: &str, place: &str, faults: &mut Faults) -> Option<String> {
    let cleaned = clean(text, SHOWN_AS_CAP).ok().filter(|text| text.chars().any(char::is_alphanumeric));
    faults.require(cleaned.is_some(), place, FaultCode::NotAName);
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32) -> Day {
        Day::from_days(20_000 + number).unwrap()
    }

    fn account() -> Account {
        let xa = OrganisationCode::new("XA").unwrap();
        let entity = EntityCode::new("port-1").unwrap();
        Account {
            actor: actor_of(xa, Some(&entity), "r-ahmed").unwrap(),
            entity: Some(entity),
            shown_as: "রহিম আহমেদ".into(),
            rights: OfficerRights::all(),
            state: AccountState::Enrolled,
            valid_from: day(0),
            valid_until: Some(day(700)),
            attested_on: day(0),
            made_at: Timestamp(1),
            enrolment: Some(Enrolment {
                code: [7; 32],
                ends_at: Timestamp(2),
                secret: Some(DeviceSecret([4; 20])),
            }),
            failed_seen: Some(3),
            password: Some(PasswordAndCode {
                password: PasswordHash { salt: [1; 16], memory: 19_456, passes: 2, hash: [2; 32] },
                secret: [3; 20],
                last_step: 9,
            }),
        }
    }

    #[test]
    fn an_account_signs_in_while_it_is_valid_and_attested() {
        let account = account();
        assert_eq!(account.is_open(day(-1)), Err(Closed::OutOfTime));
        assert_eq!(account.is_open(day(0)), Ok(()));
        assert_eq!(account.is_open(day(366)), Ok(()));
        assert_eq!(account.is_open(day(367)), Err(Closed::NotAttested));
        assert!(!account.is_due(day(336)) && account.is_due(day(337)) && account.is_due(day(500)));
        let attested = Account { attested_on: day(360), ..account.clone() };
        assert_eq!(attested.is_open(day(700)), Ok(()));
        assert_eq!(attested.is_open(day(701)), Err(Closed::OutOfTime));
        let as_if = |state| Account { state, ..account.clone() };
        assert_eq!(as_if(AccountState::Invited).is_open(day(1)), Err(Closed::NotEnrolled));
        assert_eq!(as_if(AccountState::Invited).may_enrol(day(1)), Ok(()));
        assert_eq!(as_if(AccountState::Invited).may_enrol(day(367)), Err(Closed::NotAttested));
        for state in [AccountState::Suspended, AccountState::Ended, AccountState::Unlisted(9)] {
            assert_eq!(as_if(state).is_open(day(1)), Err(Closed::NotActive));
            assert_eq!(as_if(state).may_enrol(day(1)), Err(Closed::NotActive));
        }
        assert!(!as_if(AccountState::Ended).is_due(day(500)));
    }

    #[test]
    fn ended_accounts_take_no_room_and_an_entity_not_all_of_it() {
        let [one, other] = ["port-1", "port-2"].map(|code| EntityCode::new(code).unwrap());
        let many = |entity, state, count| std::iter::repeat_n((entity, state), count);
        let (living, ended) = (AccountState::Enrolled, AccountState::Ended);
        assert!(has_room(many(None, living, ACCOUNTS_CAP - 1), None));
        assert!(!has_room(many(None, living, ACCOUNTS_CAP), None));
        assert!(has_room(many(None, ended, ACCOUNTS_CAP), None));
        let full = || many(Some(&one), living, ENTITY_ACCOUNTS_CAP);
        assert!(!has_room(full(), Some(&one)));
        assert!(has_room(full(), Some(&other)) && has_room(full(), None));
        assert!(has_room(many(Some(&one), ended, ENTITY_ACCOUNTS_CAP), Some(&one)));
        assert!(!has_room(many(Some(&one), ended, 5 * ENTITY_ACCOUNTS_CAP), Some(&one)), "but not for ever");
    }

    #[test]
    fn a_session_ends_by_rest_and_by_age_and_is_fresh_for_a_quarter_of_an_hour() {
        let session =
            Session { actor: account().actor, signed_in_at: Timestamp(HOUR), assurance: Assurance::Aal2 };
        let at = |micros: i64| Timestamp(HOUR + micros);
        assert!(session.holds(at(0), at(30 * MINUTE)));
        assert!(!session.holds(at(0), at(30 * MINUTE + 1)), "it rested");
        assert!(session.holds(at(12 * HOUR - MINUTE), at(12 * HOUR - 1)));
        assert!(!session.holds(at(12 * HOUR - MINUTE), at(12 * HOUR)), "it is over");
        assert!(session.holds(at(0), at(-MINUTE)) && !session.holds(at(0), at(-MINUTE - 1)), "clocks");
        assert!(session.is_fresh(at(15 * MINUTE)) && !session.is_fresh(at(15 * MINUTE + 1)));
        assert!(!session.is_fresh(at(-MINUTE - 1)));
        let fresh = session.rights(OfficerRights::all(), at(0));
        assert!(fresh.has(OfficerRight::Administer) && !fresh.waits(OfficerRight::Administer));
        let old = session.rights(OfficerRights::all(), at(16 * MINUTE));
        assert!(!old.has(OfficerRight::Administer) && old.waits(OfficerRight::Administer));
        assert!(!old.has(OfficerRight::Bind) && old.has(OfficerRight::Search));
        let unknown = Session { assurance: Assurance::Unlisted(9), ..session };
        assert!(!unknown.holds(at(1), at(1)));
    }

    #[test]
    fn an_entity_narrows_its_people_whatever_they_were_given() {
        use crate::codes::{Classification, Database};
        let account = account();
        let ceiling = OfficerRights {
            rights: vec![OfficerRight::Search, OfficerRight::Administer],
            databases: Some(vec![Database::Vehicles]),
            clearance: Classification::OfficialUse,
            ..OfficerRights::default()
        };
        let entity = Entity {
            code: EntityCode::new("port-1").unwrap(),
            shown_as: "বন্দর থানা".into(),
            ceiling: ceiling.clone(),
            made_at: Timestamp(1),
        };
        let within = account.rights_within(Some(&entity)).unwrap();
        assert_eq!(within, ceiling);
        assert_eq!(account.rights_within(None), None, "its entity is not there");
        let other = Entity { code: EntityCode::new("port-2").unwrap(), ..entity.clone() };
        assert_eq!(account.rights_within(Some(&other)), None);
        let of_nobody = Account { entity: None, ..account };
        assert_eq!(of_nobody.rights_within(None), Some(OfficerRights::all()));
    }

    #[test]
    fn the_name_of_an_account_tells_its_entity_and_nothing_else_can() {
        let xa = OrganisationCode::new("XA").unwrap();
        let port = EntityCode::new("port-1").unwrap();
        assert_eq!(actor_of(xa, Some(&port), "r").unwrap().officer, "port-1.r");
        assert_eq!(actor_of(xa, None, "r").unwrap().officer, "r");
        for name in ["", "port-1.r", "Рахим", "a b", &"a".repeat(40)] {
            assert_eq!(actor_of(xa, None, name), None, "{name}");
        }
        for code in ["", "a.b", "Port", &"a".repeat(21)] {
            assert_eq!(EntityCode::new(code), None, "{code}");
        }
        let longest = EntityCode::new(&"a".repeat(20)).unwrap();
        assert_eq!(actor_of(xa, Some(&longest), &"b".repeat(39)).unwrap().officer.len(), 60);
    }

    #[test]
    fn an_account_reads_back_from_its_one_writing() {
        let account = account();
        let bytes = minicbor::to_vec(&account).unwrap();
        assert!(crate::canonical::check(&bytes).is_ok());
        assert_eq!(minicbor::decode::<Account>(&bytes).unwrap(), account);
    }

    #[test]
    fn names_are_shown_as_they_are_written_and_must_be_names() {
        let read = |text: &str| {
            let mut faults = Faults::default();
            read_shown_as(text, "shown_as", &mut faults)
        };
        assert_eq!(read(" فاطمة  الزهراء ").as_deref(), Some("فاطمة الزهراء"));
        for text in ["", "—", &"ж".repeat(101), "a\u{7}b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
