//! Position tokens: a write's receipt says how far a replica must have followed to show it.
//!
//! A token begins with the organisation whose write it is of, and holds, sealed, where that organisation's own streams
//! stood behind the write: nothing of others'. It opens at every replica of the node and for that organisation alone.

use std::collections::BTreeMap;

use barid_domain::audit::Actor;
use barid_domain::codes::CodeList as _;
use barid_domain::ids::{EntryHash, NodeId, OrganisationCode};
use barid_domain::streams::{Position, StreamClass, StreamId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::App;
use crate::error::AppError;

/// The longest token, in characters.
pub const POSITION_TOKEN_CAP: usize = 400;
const PLACE_BYTES: usize = 2 + 16 + 4 + 8;
/// The most streams of one token: one of each class that is followed, and of the one before a restore.
const PLACES_CAP: usize = 6;

/// Is what has to have read a stream before its entries count here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeptBy {
    /// The registry, and the books that are read with it.
    Books,
    /// The book of persons' requests.
    Requests,
    /// The index.
    Index,
}

impl KeptBy {
    fn keeps(self, class: StreamClass) -> bool {
        kept_by(class).contains(&self)
    }
}

/// What has to have read a stream of a class; nothing where no receipt names one.
fn kept_by(class: StreamClass) -> &'static [KeptBy] {
    match class {
        StreamClass::Registry | StreamClass::Agreements | StreamClass::Consents => &[KeptBy::Books],
        // Marks are in the book, and what is to be erased is erased by the index.
        StreamClass::Orders => &[KeptBy::Books, KeptBy::Index],
        StreamClass::Requests => &[KeptBy::Requests],
        StreamClass::Persons
        | StreamClass::TravelDocuments
        | StreamClass::Objects
        | StreamClass::Links
        | StreamClass::Restrictions => &[KeptBy::Index],
        StreamClass::Access | StreamClass::Unlisted(_) => &[],
    }
}

impl App {
    /// Makes the token of what one organisation wrote: how far a replica must have followed to show it.
    pub(crate) fn position_of(&self, entries: &[(EntryHash, Position)]) -> String {
        let Some((_, first)) = entries.first() else { return String::new() };
        let organisation = first.stream.organisation;
        let mut places: BTreeMap<StreamId, u64> = BTreeMap::new();
        for (_, position) in
            entries.iter().filter(|(_, position)| position.stream.organisation == organisation)
        {
            let seq = places.entry(position.stream).or_default();
            *seq = position.seq.max(*seq);
        }
        let mut plain = Vec::with_capacity(places.len() * PLACE_BYTES);
        for (stream, seq) in places {
            plain.extend_from_slice(&stream.class.number().to_be_bytes());
            plain.extend_from_slice(&stream.node.0);
            plain.extend_from_slice(&stream.incarnation.to_be_bytes());
            plain.extend_from_slice(&seq.to_be_bytes());
        }
        self.seal_position(organisation, &plain)
    }

    /// Tells whether the index has followed as far as a token says; where not, it looks for what is new and tells then.
    ///
    /// # Errors
    /// [`AppError::Position`] where it is no token of this organisation.
    pub async fn has_reached(&self, actor: &Actor, token: &str) -> Result<bool, AppError> {
        let places = self.open_position(actor.organisation, token).ok_or(AppError::Position)?;
        // What the database can't say now, and what has not reached it, is waited for alike.
        Ok(self.index_has(&places).await? || self.follow().await.is_ok() && self.index_has(&places).await?)
    }

    async fn index_has(&self, places: &[Position]) -> Result<bool, AppError> {
        let of = |kept_by: KeptBy| -> Vec<Position> {
            places.iter().filter(|place| kept_by.keeps(place.stream.class)).copied().collect()
        };
        let (books, requests, index) = (of(KeptBy::Books), of(KeptBy::Requests), of(KeptBy::Index));
        if places.iter().any(|place| kept_by(place.stream.class).is_empty()) {
            return Ok(false);
        }
        let have_books = || books.iter().all(|place| self.has_taken_up(place));
        if !have_books() {
            self.read_rights_again().await?;
            if !have_books() {
                return Ok(false);
            }
        }
        if !requests.is_empty() && !self.has_read_requests(&requests).await? {
            return Ok(false);
        }
        if index.is_empty() {
            return Ok(true);
        }
        if self.must_stand().is_err() {
            return Ok(false);
        }
        self.aside(move |standing| {
            let standing = standing.read();
            index.iter().all(|place| standing.has_reached(place))
        })
        .await
    }

    fn seal_position(&self, organisation: OrganisationCode, plain: &[u8]) -> String {
        // The same receipt has the same token, so the nonce is made of what is sealed.
        let about = [organisation.as_str().as_bytes(), b"\0", plain].concat();
        let hash = self.store().keyed_hash("position-nonce", &about);
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&hash[..24]);
        let payload = Payload { msg: plain, aad: organisation.as_str().as_bytes() };
        // Sealing a few bytes in memory can't fail.
        let sealed = self.position_cipher().encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        format!("{organisation}.{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    fn open_position(&self, organisation: OrganisationCode, token: &str) -> Option<Vec<Position>> {
        if token.len() > POSITION_TOKEN_CAP {
            return None;
        }
        let (code, sealed) = token.split_once('.')?;
        if code != organisation.as_str() {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
        let payload = Payload { msg: sealed, aad: organisation.as_str().as_bytes() };
        let plain = self.position_cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
        let (places, rest) = plain.as_chunks::<PLACE_BYTES>();
        if !rest.is_empty() || places.len() > PLACES_CAP {
            return None;
        }
        let place = |bytes: &[u8; PLACE_BYTES]| {
            Some(Position {
                stream: StreamId {
                    organisation,
                    class: StreamClass::from_number(u16::from_be_bytes(bytes[..2].try_into().ok()?)),
                    node: NodeId(bytes[2..18].try_into().ok()?),
                    incarnation: u32::from_be_bytes(bytes[18..22].try_into().ok()?),
                },
                seq: u64::from_be_bytes(bytes[22..].try_into().ok()?),
            })
        };
        places.iter().map(place).collect()
    }

    fn position_cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.store().keyed_hash("position", b"v1").into())
    }
}
