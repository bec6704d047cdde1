//! Signing in: what a password may be, which code of a device is taken, and how failed attempts slow those down that guess.
//!
//! Pure: no clock and no hash of a password. The rules are those of NIST SP 800-63B, codes those of RFC 6238 with SHA-1, six
//! digits and 30 seconds, as devices make them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use crate::dates::Timestamp;

/// The shortest password, in characters, beside a second factor; there is no sign-in by password alone.
pub const PASSWORD_LEAST: usize = 8;
/// The shortest password of digits alone, in digits.
pub const NUMBER_LEAST: usize = 20;
/// The longest password, in characters.
pub const PASSWORD_CAP: usize = 128;
/// How long a code of a device is shown, in seconds.
pub const STEP_SECONDS: u64 = 30;
/// The digits of a code.
pub const CODE_DIGITS: usize = 6;
/// How many steps a device's clock may be off.
const STEPS_OFF: u64 = 1;

/// Why a password is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PasswordFault {
    /// It has fewer than [`PASSWORD_LEAST`] characters.
    TooShort,
    /// It has more than [`PASSWORD_CAP`] characters.
    TooLong,
    /// It is among the first that are guessed.
    Common,
}

/// Passwords that are guessed first; longer ones made of one of them and digits too.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "letmein",
    "welcome",
    "qwerty",
    "qwertz",
    "azerty",
    "qwertyui",
    "qwertyuiop",
    "asdfghjk",
    "asdfghjkl",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "dragon",
    "monkey",
    "master",
    "shadow",
    "michael",
    "computer",
    "internet",
    "administrator",
    "administrateur",
    "admin",
    "changeme",
    "secret",
    "default",
    "interpol",
    "police",
    "policeman",
    "polizei",
    "policia",
    "barid",
    "абвгдежз",
    "йцукенгш",
    "йцукен",
    "пароль",
    "любовь",
    "милиция",
    "полиция",
    "привет",
    "كلمةالسر",
    "كلمةالمرور",
    "شرطة",
    "رمزعبور",
    "پلیس",
    "গোপন",
    "পাসওয়ার্ড",
    "পুলিশ",
    "पासवर्ड",
    "पुलिस",
    "密码",
    "我爱你",
    "警察",
    "公安",
    "woaini",
    "aini",
    "abcdefgh",
    "abcdefghi",
];

/// Normalises a password (NFKC), so that the same keys pressed on another machine are the same password; of one that is too long
/// no more than tells so.
pub fn normalised(typed: &str) -> String {
    typed.nfkc().take(PASSWORD_CAP + 1).collect()
}

/// Reads a password that somebody chooses: normalised and long enough. Neither of `names`, which a stranger knows, is one.
pub fn read_password(typed: &str, names: &[&str]) -> Result<String, PasswordFault> {
    let password = normalised(typed);
    let length = password.chars().count();
    if length > PASSWORD_CAP {
        return Err(PasswordFault::TooLong);
    }
    if length < PASSWORD_LEAST {
        return Err(PasswordFault::TooShort);
    }
    let folded = folded(&password);
    let core = folded.trim_matches(|c: char| c.is_numeric());
    let mut guessed = COMMON.iter().chain(names).map(|one| self::folded(one));
    let is_common = guessed.any(|one| !one.is_empty() && (one == folded || one == core));
    // A long number that was drawn is no worse than words; a short one is a date or a telephone.
    let is_run = (core.is_empty() && folded.chars().count() < NUMBER_LEAST) || is_repeated(&folded);
    if is_common || is_run { Err(PasswordFault::Common) } else { Ok(password) }
}

/// What of a text a guesser keeps: letters and digits, small.
fn folded(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Tells whether a text is made of up to four characters again and again.
fn is_repeated(text: &str) -> bool {
    let all: Vec<char> = text.chars().collect();
    (1..=4).any(|length| all.len() > length && all.iter().zip(all.iter().skip(length)).all(|(a, b)| a == b))
}

/// The step that an instant is in.
pub fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.seconds()).unwrap_or(0) / STEP_SECONDS
}

/// The code of a step (RFC 4226, RFC 6238), six digits.
pub fn code_of(secret: &[u8; 20], step: u64) -> String {
    // A key of any length fits.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes([hash[at] & 127, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// Looks for the step of a code around the present one, behind the last that was taken: a code counts once. As much is
/// computed for a wrong code as for a right one.
pub fn step_of_code(secret: &[u8; 20], code: &str, now: Timestamp, last: u64) -> Option<u64> {
    let present = step_at(now);
    let mut found = None;
    for step in present.saturating_sub(STEPS_OFF)..=present + STEPS_OFF {
        let fits: bool = code_of(secret, step).as_bytes().ct_eq(code.as_bytes()).into();
        if fits && step > last {
            found = Some(step);
        }
    }
    found
}

/// Is of what failed attempts are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// One name, from one address: who guesses here is slowed down first, and nobody else with it.
    NameFromAddress,
    /// One name, from everywhere but where its officer signed in lately.
    Name,
    /// One address, whatever the names.
    Address,
    /// The network around an address, whatever the names: whoever has many addresses there has them all.
    Network,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Counted {
    /// How many attempts fail before the first pause.
    fn free(self) -> u32 {
        match self {
            Self::NameFromAddress => 5,
            Self::Name => 50,
            Self::Address => 30,
            Self::Network => 100,
        }
    }

    /// The longest pause.
    fn longest(self) -> i64 {
        match self {
            Self::NameFromAddress | Self::Address | Self::Network => 3_600 * SECOND,
            // A stranger with many addresses can hold an officer up; for a quarter of an hour at most.
            Self::Name => 900 * SECOND,
        }
    }

    /// In which time one failed attempt is forgotten. Of a name no faster than it may be guessed at in the longest pauses; of
    /// an address that a whole bureau stands behind, as fast as its people mistype.
    pub fn forgets_one_in(self) -> i64 {
        match self {
            Self::NameFromAddress => 3_600 * SECOND,
            Self::Name => 900 * SECOND,
            Self::Address | Self::Network => 60 * SECOND,
        }
    }
}

/// Is how many attempts failed, when the last one began, and how far they are forgotten. A sign-in takes its own attempt back and
/// forgets no other: the counts go on in the same way for names that there are and others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// How many in all.
    pub failed: u32,
    /// When the last one began.
    pub last_at: Timestamp,
    /// When all of them are forgotten.
    pub forgotten_at: Timestamp,
}

impl Attempts {
    /// None at all.
    pub const NONE: Self = Self { failed: 0, last_at: Timestamp(0), forgotten_at: Timestamp(0) };

    /// Tells whether the pause after the last attempt goes on. One that began later than now, by another server's clock, goes on too;
    /// by more than a day it is a clock that was wrong.
    pub fn pauses(self, counted: Counted, now: Timestamp) -> bool {
        let age = now.0.saturating_sub(self.last_at.0);
        age >= -DAY && age.max(0) < self.pause(counted)
    }

    /// Counts an attempt that begins now as failed, before anything is looked at: whoever tries many at once counts many. `None`
    /// while the pause after the last one goes on; that counts nothing.
    pub fn begin(self, counted: Counted, now: Timestamp) -> Option<Self> {
        if self.pauses(counted, now) { None } else { Some(self.counting(counted, now)) }
    }

    /// Counts an attempt, whether there is a pause or not.
    pub fn counting(self, counted: Counted, now: Timestamp) -> Self {
        let is_wrong = self.last_at.0 > now.0.saturating_add(DAY);
        let earlier = if is_wrong { Self { failed: self.failed, ..Self::NONE } } else { self };
        let since = earlier.forgotten_at.max(now).0;
        Self {
            failed: earlier.failed.saturating_add(1),
            last_at: earlier.last_at.max(now),
            forgotten_at: Timestamp(since.saturating_add(counted.forgets_one_in())),
        }
    }

    /// How many were not forgotten yet when the last one began.
    fn level(self, counted: Counted) -> u32 {
        let one = counted.forgets_one_in();
        let rest = self.forgotten_at.0.saturating_sub(self.last_at.0).max(0);
        u32::try_from(rest.saturating_add(one - 1) / one).unwrap_or(u32::MAX)
    }

    /// How long the next attempt waits after the last: half a minute, and twice as long each time.
    pub fn pause(self, counted: Counted) -> i64 {
        let Some(over) = self.level(counted).checked_sub(counted.free()) else { return 0 };
        (30 * SECOND).saturating_mul(1 << over.min(20)).min(counted.longest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp(seconds * SECOND);
            assert_eq!(code_of(secret, step_at(now)), code);
            assert_eq!(step_of_code(secret, code, now, 0), Some(step_at(now)));
        }
    }

    #[test]
    fn a_code_counts_once_and_around_its_step() {
        let secret = [9; 20];
        let now = Timestamp(3_000 * SECOND);
        let of = |step: u64| code_of(&secret, step);
        assert_eq!(step_of_code(&secret, &of(100), now, 99), Some(100));
        assert_eq!(step_of_code(&secret, &of(100), now, 100), None, "it was taken");
        assert_eq!(step_of_code(&secret, &of(99), now, 0), Some(99));
        assert_eq!(step_of_code(&secret, &of(99), now, 99), None);
        assert_eq!(step_of_code(&secret, &of(101), now, 100), Some(101));
        for step in [98, 102] {
            assert_eq!(step_of_code(&secret, &of(step), now, 0), None);
        }
        for code in ["", "12345", "1234567", "١٢٣٤٥٦"] {
            assert_eq!(step_of_code(&secret, code, now, 0), None);
        }
    }

    #[test]
    fn a_password_is_long_and_not_among_the_first_guessed() {
        let read = |typed: &str| read_password(typed, &["XA", "r-ahmed", "رحيم أحمد"]);
        assert_eq!(read("куст сирени у ворот").as_deref(), Ok("куст сирени у ворот"));
        assert_eq!(read("ﬁsch im teich").as_deref(), Ok("fisch im teich"), "normalised");
        assert_eq!(read("cafe\u{301} noir 12"), read("café noir 12"));
        let number = "4907531286640917352810468257309162840395";
        assert_eq!(read(number).as_deref(), Ok(number), "drawn, and long");
        assert_eq!(read(&number[..19]), Err(PasswordFault::Common));
        assert_eq!(read("1234567"), Err(PasswordFault::TooShort));
        assert_eq!(read("ⅷⅷ"), Err(PasswordFault::Common), "eight characters, when written out");
        assert_eq!(read(&"щи".repeat(65)), Err(PasswordFault::TooLong));
        for typed in [
            "password",
            "Password1",
            "P-a-s-s-w-o-r-d-2026",
            "12345678",
            "11111111",
            "abcabcabc",
            "qwerty123",
            "пароль2026",
            "R-Ahmed-2026",
            "رحيم أحمد1",
            "পাসওয়ার্ড১২",
            "密码12345678",
            "++++++++",
        ] {
            assert_eq!(read(typed), Err(PasswordFault::Common), "{typed}");
        }
    }

    #[test]
    fn guessing_is_slowed_down_and_pauses_count_nothing() {
        let counted = Counted::NameFromAddress;
        let mut attempts = Attempts::NONE;
        let mut now = Timestamp(DAY);
        for _ in 0..5 {
            attempts = attempts.begin(counted, now).unwrap();
        }
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let pause = attempts.pause(counted);
            assert_eq!(attempts.begin(counted, Timestamp(now.0 + pause - 1)), None);
            now = Timestamp(now.0 + pause);
            attempts = attempts.begin(counted, now).unwrap();
            pauses.push(pause / SECOND);
        }
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1920, 1920, 3600]);
        assert_eq!(attempts.failed, 14, "in all");
        let later = attempts.begin(counted, Timestamp(now.0 + DAY)).unwrap();
        assert_eq!(
            (later.pause(counted), later.failed),
            (0, 15),
            "after a day it is not held against anybody"
        );
        let mut many = Attempts::NONE;
        for _ in 0..5_000 {
            many = many.counting(Counted::Name, now);
        }
        assert_eq!(many.pause(Counted::Name) / SECOND, 900, "an officer waits so long at most");
    }

    #[test]
    fn a_clock_that_goes_back_frees_nobody_and_one_that_was_wrong_by_days_shuts_nobody_out() {
        let counted = Counted::NameFromAddress;
        let mut attempts = Attempts::NONE;
        for _ in 0..5 {
            attempts = attempts.begin(counted, Timestamp(9 * DAY)).unwrap();
        }
        assert_eq!(attempts.begin(counted, Timestamp(9 * DAY - 40 * SECOND)), None);
        let once = Attempts::NONE.begin(counted, Timestamp(9 * DAY)).unwrap();
        let earlier = once.begin(counted, Timestamp(9 * DAY - SECOND)).unwrap();
        assert_eq!(earlier.last_at, Timestamp(9 * DAY), "never lowered");
        let healed = attempts.begin(counted, Timestamp(DAY)).unwrap();
        assert_eq!((healed.last_at, healed.pause(counted)), (Timestamp(DAY), 0));
    }

    /// A bureau of two hundred behind one address: somebody mistypes every two minutes, all day, for days.
    #[test]
    fn a_bureau_that_mistypes_is_not_held_up() {
        let (mut attempts, mut now) = (Attempts::NONE, Timestamp(DAY));
        for _ in 0..3_000 {
            attempts = attempts.begin(Counted::Address, now).unwrap();
            now = Timestamp(now.0 + 120 * SECOND);
        }
        assert_eq!(attempts.pause(Counted::Address), 0);
    }

    /// In a year from one address, and in a year from everywhere, with sign-ins of the officer between, which forget none of
    /// them. Each guess needs the password, and one of a million codes, of which three are taken at any time.
    #[test]
    fn so_many_guesses_are_possible_in_a_year() {
        let in_a_year = |counted: Counted| {
            let (mut attempts, mut now, mut count) = (Attempts::NONE, Timestamp(DAY), 0);
            while now.0 < 366 * DAY {
                now = Timestamp(now.0 + attempts.pause(counted));
                attempts = attempts.begin(counted, now).unwrap();
                count += 1;
            }
            count
        };
        assert!(in_a_year(Counted::NameFromAddress) < 9_000);
        assert!(in_a_year(Counted::Name) < 36_000);
    }
}
