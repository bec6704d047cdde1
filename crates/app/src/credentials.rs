//! Tokens by which officers and services of hosted organisations sign in to the API.
//!
//! A token is 32 random bytes, shown once; the store keeps its keyed hash only. Passkeys and the rest of sign-in come
//! with officers of their own.

use barid_domain::audit::{Actor, Operation};
use barid_store::SystemChange;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// What every token begins with, so that scanners for leaked secrets can find it.
const TOKEN_PREFIX: &str = "barid_";
/// The length of a whole token, in characters.
const TOKEN_LENGTH: usize = TOKEN_PREFIX.len() + 43;

impl App {
    /// Makes a token for an officer or service; it is shown to the caller once and can't be asked for again.
    pub async fn issue_credential(&self, ctx: &OpContext, actor: &Actor) -> Result<String, AppError> {
        self.may_write(ctx, Operation::ChangeRegistry)?;
        self.registry().active(actor.organisation).ok_or(AppError::Absent)?;
        let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.ports().draw::<32>()));
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::PutCredential {
            token: token.clone().into_bytes(),
            organisation: actor.organisation,
            officer: actor.officer.clone(),
        });
        let mut line = self.write_line(ctx, Operation::ChangeRegistry, self.now(), Vec::new(), Vec::new());
        line.asked = Some(format!("credential of {}/{}", actor.organisation, actor.officer));
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(token)
    }

    /// Tells whom a token signs in; unknown tokens, and tokens of organisations that take no part, sign in nobody.
    pub async fn authenticate(&self, token: &str) -> Option<Actor> {
        if token.len() != TOKEN_LENGTH || !token.starts_with(TOKEN_PREFIX) {
            return None;
        }
        let actor = self.store().credential(token.as_bytes()).await.ok().flatten()?;
        self.registry().active(actor.organisation).is_some().then_some(actor)
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

fn cursor_owner(actor: &Actor) -> Vec<u8> {
    let version = barid_domain::policy::VERSION;
    format!("{}/{}/{version}", actor.organisation, actor.officer).into_bytes()
}
