//! Who acts, why, and when: what every use case begins with.

use std::sync::Arc;

use barid_domain::audit::{Actor, REFERENCE_CAP};
use barid_domain::codes::Purpose;
use barid_domain::dates::Timestamp;
use barid_domain::officers::OfficerRights;
use barid_domain::people::EntityCode;
use barid_domain::text::{TextError, clean};

use crate::key_ring::TokenKeys;

/// Is the context of one act. The reference names the case, shift or lane and is mandatory, as the purpose is.
#[derive(Clone, Debug)]
pub struct OpContext {
    /// Who acts, for which organisation.
    pub actor: Actor,
    /// Why, as a code.
    pub purpose: Purpose,
    /// Why, in the officer's own numbering.
    pub reference: Reference,
    /// What the officer or service may do.
    pub rights: OfficerRights,
    /// The national entity that the officer belongs to.
    pub entity: Option<EntityCode>,
}

/// Is a case, shift or lane that an officer names: 1 to 100 characters with a letter or digit among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// Cleans and checks a reference.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let cleaned = clean(text, REFERENCE_CAP)?;
        if cleaned.chars().any(char::is_alphanumeric) { Ok(Self(cleaned)) } else { Err(TextError::Empty) }
    }
    /// Shows the reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Fills a buffer with random bytes.
pub type Randomness = dyn Fn(&mut [u8]) + Send + Sync;

/// Is where time, randomness and keys in hardware come from; the program hands in the real ones, tests hand in their own.
#[derive(Clone)]
pub struct Ports {
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Fills a buffer with random bytes fit for keys.
    pub random: Arc<Randomness>,
    /// Keys in hardware.
    pub tokens: Arc<dyn TokenKeys>,
}

impl Ports {
    /// Reads the clock.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
    /// Draws random bytes.
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0u8; N];
        (self.random)(&mut bytes);
        bytes
    }
}
