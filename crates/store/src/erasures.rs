//! Erasures and how far they are attested: which entries say that a record is destroyed, and whether it is.

use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::streams::{Position, StreamClass, StreamId};

use crate::engine::{Row, query};
use crate::error::StoreError;
use crate::store::Store;
use crate::streams::{fixed, number_from_row, stream_from_row};
use crate::values::{Erasure, HeadState};

/// The classes of streams in which owners erase; what the commission has erased is attested with its order.
const CLASSES: [StreamClass; 4] =
    [StreamClass::Persons, StreamClass::TravelDocuments, StreamClass::Objects, StreamClass::Links];

/// Is a stream in which there may be erasures, with its row's number.
struct Place {
    number: i64,
    stream: StreamId,
}

impl Store {
    /// Names the streams in which erasures may stand, of one owner or of all.
    ///
    /// # Errors
    /// Database errors.
    pub async fn erasing_streams(
        &self,
        owner: Option<OrganisationCode>,
    ) -> Result<Vec<StreamId>, StoreError> {
        Ok(self.erasing_places(owner).await?.into_iter().map(|place| place.stream).collect())
    }

    async fn erasing_places(&self, owner: Option<OrganisationCode>) -> Result<Vec<Place>, StoreError> {
        let rows = query(
            "SELECT number, organisation, class, node, incarnation, size, chain, frontier FROM streams
             ORDER BY number",
        )
        .fetch_all(&self.inner.pool)
        .await?;
        let mut places = Vec::new();
        for row in rows {
            let (stream, state) = stream_from_row(&row)?;
            let is_owners = owner.is_none_or(|owner| stream.organisation == owner);
            if is_owners && CLASSES.contains(&stream.class) {
                places.push(Place { number: state.number, stream });
            }
        }
        Ok(places)
    }

    /// Lists the erasures of a stream behind the last one that is attested, in the order of their numbers, at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn unattested_erasures(
        &self,
        stream: &StreamId,
        limit: u32,
    ) -> Result<Vec<Erasure>, StoreError> {
        let Some((number, _)) = self.stream_row(stream).await? else { return Ok(Vec::new()) };
        let attested = self.attested_up_to(number).await?;
        self.erasures_behind(&Place { number, stream: *stream }, attested, limit).await
    }

    /// Lists the erasures of an owner's records that are not attested, behind the one given, at most `limit`.
    ///
    /// # Errors
    /// Database errors.
    pub async fn unattested_erasures_of(
        &self,
        owner: OrganisationCode,
        behind: Option<EntryHash>,
        limit: u32,
    ) -> Result<Vec<Erasure>, StoreError> {
        let behind = match behind {
            Some(hash) => self.row_of(&hash).await?,
            None => None,
        };
        let mut found: Vec<Erasure> = Vec::new();
        for place in self.erasing_places(owner.into()).await? {
            let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            let after = match behind {
                Some((stream, _)) if place.number < stream => continue,
                Some((stream, seq)) if place.number == stream => seq,
                Some(_) | None => 0,
            };
            if room == 0 {
                break;
            }
            let after = after.max(self.attested_up_to(place.number).await?);
            found.extend(self.erasures_behind(&place, after, room).await?);
        }
        Ok(found)
    }

    /// Tells whether nothing of a record's content is left: no version of it, or not the item that it was.
    ///
    /// # Errors
    /// Database errors.
    pub async fn is_destroyed(&self, record: RecordId) -> Result<bool, StoreError> {
        let Some(head) = self.head(record).await?.filter(|head| head.state == HeadState::Erased) else {
            return Ok(false);
        };
        if head.item.is_some() {
            let stored = self.load_record(record).await?;
            return Ok(stored.is_none_or(|stored| stored.item.is_none_or(|item| item.bytes.is_none())));
        }
        let left =
            query("SELECT seq FROM log WHERE record = $1 AND change <> 5 AND sealed IS NOT NULL LIMIT 1")
                .bind(record.0.as_slice())
                .fetch_optional(&self.inner.pool)
                .await?;
        Ok(left.is_none())
    }

    /// The number of the last erasure of a stream that is attested; 0 where none is. Asked from the end: the last erasure is
    /// attested, but for the newest.
    async fn attested_up_to(&self, number: i64) -> Result<i64, StoreError> {
        let row = query(
            "SELECT l.seq AS seq FROM log l
             WHERE l.stream = $1 AND l.change = 5
               AND EXISTS (SELECT 1 FROM log a WHERE a.change = 6 AND a.target = l.entry_hash)
             ORDER BY l.seq DESC LIMIT 1",
        )
        .bind(number)
        .fetch_optional(&self.inner.pool)
        .await?;
        row.map_or(Ok(0), |row| row.try_get("seq"))
    }

    async fn erasures_behind(
        &self,
        place: &Place,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Erasure>, StoreError> {
        let rows = query(
            "SELECT seq, entry_hash, record, at FROM log
             WHERE stream = $1 AND seq > $2 AND change = 5 ORDER BY seq LIMIT $3",
        )
        .bind(place.number)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await?;
        let erasure = |row: &Row| {
            Ok(Erasure {
                position: Position { stream: place.stream, seq: number_from_row(row, "seq")? },
                entry: EntryHash(fixed(row, "entry_hash")?),
                record: RecordId(fixed(row, "record")?),
                at: barid_domain::dates::Timestamp(row.try_get("at")?),
            })
        };
        rows.iter().map(erasure).collect()
    }

    /// Where an entry stands, as rows have it.
    async fn row_of(&self, hash: &EntryHash) -> Result<Option<(i64, i64)>, StoreError> {
        let row = query("SELECT stream, seq FROM log WHERE entry_hash = $1")
            .bind(hash.0.as_slice())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.map(|row| Ok((row.try_get("stream")?, row.try_get("seq")?))).transpose()
    }
}
