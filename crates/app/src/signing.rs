//! The sealing of entries with the keys that this node keeps for organisations ([`crate::key_ring`]).

use std::sync::Arc;

use barid_domain::contents::{Content, EntryType};
use barid_domain::dates::Timestamp;
use barid_domain::entries::{Claims, Unverified, Verified, seal};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::Signer;
use barid_domain::registry::Registry;

use crate::error::AppError;

/// The fewest contents that are worth a thread.
const SEALED_BY_ONE: usize = 16;

/// Seals a content for its issuer and verifies the result as any peer would, before it may be stored.
pub(crate) fn seal_content(
    registry: &Registry,
    signers: &[Arc<dyn Signer>],
    issuer: OrganisationCode,
    content: &Content,
    payload: Vec<u8>,
    now: Timestamp,
) -> Result<Verified, AppError> {
    let claims = Claims {
        entry_type: entry_type(content),
        issuer,
        subject: content.subject().unwrap_or_default(),
        issued_at: now.seconds(),
    };
    let signers: Vec<&dyn Signer> = signers.iter().map(AsRef::as_ref).collect();
    let bytes = seal(&claims, payload, &signers)?;
    let verified = Unverified::parse(&bytes)?.verify(registry)?;
    Content::read(&verified)?;
    Ok(verified)
}

/// Is a content that waits to be sealed, with its payload.
pub(crate) struct Unsealed {
    pub(crate) content: Content,
    pub(crate) payload: Vec<u8>,
}

/// Seals many contents as [`seal_content`] does each, on all the processor's cores; gives the entries in the same order.
pub(crate) fn seal_contents(
    registry: &Registry,
    signers: &[Arc<dyn Signer>],
    issuer: OrganisationCode,
    contents: Vec<Unsealed>,
    now: Timestamp,
) -> Result<Vec<Verified>, AppError> {
    let seal_all = |contents: Vec<Unsealed>| -> Result<Vec<Verified>, AppError> {
        let sealed = contents.into_iter().map(|unsealed| {
            seal_content(registry, signers, issuer, &unsealed.content, unsealed.payload, now)
        });
        sealed.collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = contents.len().div_ceil(cores).max(SEALED_BY_ONE);
    if contents.len() <= share {
        return seal_all(contents);
    }
    std::thread::scope(|scope| {
        let mut rest = contents;
        let mut threads = Vec::new();
        while rest.len() > share {
            let later = rest.split_off(share);
            let first = std::mem::replace(&mut rest, later);
            threads.push(scope.spawn(move || seal_all(first)));
        }
        // The last share is this thread's own.
        let last = seal_all(rest);
        let mut sealed = Vec::new();
        for thread in threads {
            // A panic there is a panic here.
            sealed.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        sealed.extend(last?);
        Ok(sealed)
    })
}

fn entry_type(content: &Content) -> EntryType {
    match content {
        Content::Genesis(_) => EntryType::Genesis,
        Content::Organisation(_) => EntryType::Organisation,
        Content::Key(_) => EntryType::Key,
        Content::Person(_) => EntryType::Person,
        Content::TravelDocument(_) => EntryType::TravelDocument,
        Content::Object(_) => EntryType::Object,
        Content::Link(_) => EntryType::Link,
        Content::Withdrawal(_) => EntryType::Withdrawal,
        Content::Batch(_) => EntryType::Batch,
        Content::ItemWithdrawal(_) => EntryType::ItemWithdrawal,
        Content::Agreement(_) => EntryType::Agreement,
        Content::AgreementAct(_) => EntryType::AgreementAct,
        Content::Order(_) => EntryType::Order,
        Content::OrderAttestation(_) => EntryType::OrderAttestation,
        Content::Restriction(_) => EntryType::Restriction,
        Content::ErasureAttestation(_) => EntryType::ErasureAttestation,
        Content::ConsentRequest(_) => EntryType::ConsentRequest,
        Content::Consent(_) => EntryType::Consent,
        Content::SubjectRequest(_) => EntryType::SubjectRequest,
        Content::SubjectRequestStep(_) => EntryType::SubjectRequestStep,
        Content::Unknown => EntryType::Unknown(String::new()),
    }
}
