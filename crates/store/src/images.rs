//! Pictures beside their records: in chunks, each picture sealed under a key of its own, found by a keyed hash of who
//! holds it and what it is.
//!
//! A picture is handed in before the record that names it, and waits for it, its organisation's alone and for a while. The
//! write that stores the record takes it up, in the same transaction. From then on it is that record's: another record
//! with the same picture has a copy of its own, so erasing one record asks nobody else.

use barid_domain::dates::Timestamp;
use barid_domain::ids::{DataKeyId, ImageHash, OrganisationCode, RecordId};
use barid_domain::images::{IMAGE_BYTES_CAP, ImageFacts};
use sha2::{Digest as _, Sha256};

use crate::data_keys::{self, DataKey};
use crate::engine::{Connection, Pool, Row, query};
use crate::error::{Conflict, StoreError};
use crate::journal::BegunAct;
use crate::sealing::{KeyRing, SealingKey, random};
use crate::store::Store;
use crate::streams::{fixed, number_from_row};
use crate::values::{ImageContent, ImagePart, KeptImage, WaitingImage};

/// The longest chunk, in bytes before it is sealed.
const CHUNK_BYTES: usize = 256 * 1024;
/// The longest thumbnail, in bytes.
const THUMBNAIL_BYTES_CAP: usize = 16 * 1024;
/// The most pictures of one organisation that wait for their records.
pub const WAITING_IMAGES_CAP: u64 = 500;
/// The most chunks of them: half a GiB.
const WAITING_CHUNKS_CAP: i64 = 2_048;
/// The longest that a picture waits, in microseconds: a week.
const LONGEST_WAIT: i64 = 7 * 86_400_000_000;
/// What the scope of a picture's key begins with.
pub(crate) const SCOPE_START: &[u8] = b"i";

/// What is said where a chunk is missing.
pub(crate) const MISSING_CHUNK: &str = "a chunk of a picture is missing";

const ADDRESS_DOMAIN: &str = "barid/image-address/v2";

/// Who holds a picture: part of what it is found by.
enum Holder {
    Waiting(OrganisationCode),
    Record(RecordId),
}

impl Holder {
    fn address(&self, ring: &KeyRing, content: &ImageContent) -> [u8; 32] {
        let holder = match self {
            Self::Waiting(organisation) => [b"w".as_slice(), organisation.as_str().as_bytes(), &[0]].concat(),
            Self::Record(record) => [b"r".as_slice(), &record.0].concat(),
        };
        let ImageContent { picture, thumbnail } = content;
        ring.keyed_hash(ADDRESS_DOMAIN, &[holder.as_slice(), &picture.0, &thumbnail.0].concat())
    }
}

fn scope(image: &[u8; 16]) -> Vec<u8> {
    [SCOPE_START, image].concat()
}

fn facts_place(image: &[u8; 16], key: &DataKeyId) -> Vec<u8> {
    [b"barid/image-facts/v1\0".as_slice(), image, &key.0].concat()
}

fn chunk_place(image: &[u8; 16], key: &DataKeyId, chunk: i64, chunks: i64) -> Vec<u8> {
    let (chunk, chunks) = (chunk.to_be_bytes(), chunks.to_be_bytes());
    [b"barid/image-chunk/v1\0".as_slice(), image, &key.0, &chunk, &chunks].concat()
}

/// Tells whether a picture is what its facts say, and within the caps.
pub(crate) fn is_sound(image: &KeptImage) -> bool {
    let facts = &image.facts;
    facts.bytes <= IMAGE_BYTES_CAP
        && image.picture.len() == facts.bytes as usize
        && (1..=THUMBNAIL_BYTES_CAP).contains(&image.thumbnail.len())
        && hash_of(&image.picture) == facts.hash
        && hash_of(&image.thumbnail) == facts.thumbnail
}

fn hash_of(bytes: &[u8]) -> ImageHash {
    ImageHash(Sha256::digest(bytes).into())
}

/// Keeps a picture that waits; one that waits already waits longer.
pub(crate) async fn keep(
    connection: &mut Connection,
    ring: &KeyRing,
    kept: &KeptImage,
    now: Timestamp,
) -> Result<(), StoreError> {
    let address = Holder::Waiting(kept.organisation).address(ring, &kept.facts.into());
    let ends_at = kept.ends_at.0.min(now.0.saturating_add(LONGEST_WAIT));
    let longer = "UPDATE images SET ends_at = $1 WHERE address = $2 AND ends_at > $3";
    let longer = query(longer).bind(ends_at).bind(address.to_vec()).bind(now.0);
    if longer.execute(&mut *connection).await? == 1 {
        return Ok(());
    }
    let pieces: Vec<&[u8]> =
        [kept.thumbnail.as_slice()].into_iter().chain(kept.picture.chunks(CHUNK_BYTES)).collect();
    // Capped: at most 33.
    let chunks = pieces.len() as i64;
    let waiting = query(
        "SELECT COUNT(*) AS waiting, CAST(COALESCE(SUM(chunks), 0) AS BIGINT) AS chunks FROM images
         WHERE organisation = $1 AND ends_at > $2",
    )
    .bind(kept.organisation.as_str())
    .bind(now.0)
    .fetch_one(&mut *connection)
    .await?;
    let chunks_waiting: i64 = waiting.try_get("chunks")?;
    if number_from_row::<u64>(&waiting, "waiting")? >= WAITING_IMAGES_CAP
        || chunks_waiting.saturating_add(chunks) > WAITING_CHUNKS_CAP
    {
        return Err(StoreError::TooManyImages);
    }
    // One that waited in vain and was not dropped yet counts from now on.
    let again = query("UPDATE images SET ends_at = $1 WHERE address = $2");
    if again.bind(ends_at).bind(address.to_vec()).execute(&mut *connection).await? == 1 {
        return Ok(());
    }
    let image: [u8; 16] = random()?;
    let key = data_keys::create(connection, ring, scope(&image), now).await?;
    let key = key.ok_or(StoreError::Damaged("a picture's number was drawn twice"))?;
    let facts = key.key.seal(&facts_place(&image, &key.id), &encode_facts(&kept.facts))?;
    query(
        "INSERT INTO images (image, address, organisation, record, key_id, facts, chunks, at, ends_at)
         VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, $8)",
    )
    .bind(image.to_vec())
    .bind(address.to_vec())
    .bind(kept.organisation.as_str())
    .bind(key.id.0.to_vec())
    .bind(facts)
    .bind(chunks)
    .bind(now.0)
    .bind(ends_at)
    .execute(&mut *connection)
    .await?;
    for (number, piece) in pieces.into_iter().enumerate() {
        insert_chunk(connection, &image, &key, (number as i64, chunks), piece).await?;
    }
    Ok(())
}

async fn insert_chunk(
    connection: &mut Connection,
    image: &[u8; 16],
    key: &DataKey,
    (chunk, chunks): (i64, i64),
    piece: &[u8],
) -> Result<(), StoreError> {
    let sealed = key.key.seal(&chunk_place(image, &key.id, chunk, chunks), piece)?;
    query("INSERT INTO image_chunks (image, chunk, sealed) VALUES ($1, $2, $3)")
        .bind(image.to_vec())
        .bind(chunk)
        .bind(sealed)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a record a picture that waited for it; nothing changes where it is the record's already.
pub(crate) async fn take_up(
    connection: &mut Connection,
    ring: &KeyRing,
    organisation: OrganisationCode,
    record: RecordId,
    content: &ImageContent,
) -> Result<(), StoreError> {
    let of_record = Holder::Record(record).address(ring, content);
    let held = query("SELECT at FROM images WHERE address = $1")
        .bind(of_record.to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    if held.is_some() {
        return Ok(());
    }
    let taken = query("UPDATE images SET record = $1, address = $2, ends_at = NULL WHERE address = $3")
        .bind(record.0.to_vec())
        .bind(of_record.to_vec())
        .bind(Holder::Waiting(organisation).address(ring, content).to_vec())
        .execute(connection)
        .await?;
    if taken == 1 { Ok(()) } else { Err(StoreError::conflict(record, Conflict::ImageNotFound)) }
}

/// Destroys the pictures of a record: their keys, their bytes and what was known of them.
pub(crate) async fn erase_of(connection: &mut Connection, record: RecordId) -> Result<(), StoreError> {
    let rows = query("SELECT image FROM images WHERE record = $1")
        .bind(record.0.to_vec())
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        erase(connection, &fixed(&row, "image")?).await?;
    }
    Ok(())
}

/// Destroys pictures of an organisation that waited in vain until `before`, so many at most.
pub(crate) async fn drop_waiting(
    connection: &mut Connection,
    organisation: OrganisationCode,
    before: Timestamp,
    most: u32,
) -> Result<(), StoreError> {
    let rows = query(
        "SELECT image FROM images WHERE ends_at IS NOT NULL AND ends_at <= $1 AND organisation = $2
         ORDER BY ends_at LIMIT $3",
    )
    .bind(before.0)
    .bind(organisation.as_str())
    .bind(i64::from(most))
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        erase(connection, &fixed(&row, "image")?).await?;
    }
    Ok(())
}

async fn erase(connection: &mut Connection, image: &[u8; 16]) -> Result<(), StoreError> {
    for statement in ["DELETE FROM image_chunks WHERE image = $1", "DELETE FROM images WHERE image = $1"] {
        query(statement).bind(image.to_vec()).execute(&mut *connection).await?;
    }
    query("DELETE FROM data_keys WHERE scope = $1").bind(scope(image)).execute(connection).await?;
    Ok(())
}

fn encode_facts(facts: &ImageFacts) -> Vec<u8> {
    barid_domain::contents::encode(facts)
}

/// Is a picture's row with its key.
pub(crate) struct ImageRow {
    pub(crate) image: [u8; 16],
    key_id: DataKeyId,
    key: SealingKey,
    facts: Vec<u8>,
    pub(crate) chunks: i64,
}

/// The columns that [`open_image_row`] reads.
pub(crate) const IMAGE_COLUMNS: &str = "i.image AS image, i.organisation AS organisation, i.record AS record,
    i.key_id AS key_id, i.facts AS facts, i.chunks AS chunks, i.ends_at AS ends_at, k.scope AS scope,
    k.wrapped AS wrapped FROM images i LEFT JOIN data_keys k ON k.key_id = i.key_id";

/// Reads a picture's row and opens its key.
pub(crate) fn open_image_row(ring: &KeyRing, row: &Row) -> Result<ImageRow, StoreError> {
    let image = fixed(row, "image")?;
    let key_id = DataKeyId(fixed(row, "key_id")?);
    let of_key: Option<Vec<u8>> = row.try_get("scope")?;
    let wrapped: Option<Vec<u8>> = row.try_get("wrapped")?;
    let (Some(of_key), Some(wrapped)) = (of_key, wrapped) else {
        return Err(StoreError::Damaged("a picture without its key"));
    };
    if of_key != scope(&image) {
        return Err(StoreError::Damaged("a picture with the key of another"));
    }
    let key = data_keys::unwrap(ring, &key_id, &of_key, &wrapped)?;
    Ok(ImageRow { image, key_id, key, facts: row.try_get("facts")?, chunks: row.try_get("chunks")? })
}

impl ImageRow {
    pub(crate) fn facts(&self) -> Result<ImageFacts, StoreError> {
        let damaged = StoreError::Damaged("what is known of a picture");
        let Some(bytes) = self.key.open(&facts_place(&self.image, &self.key_id), &self.facts) else {
            return Err(damaged);
        };
        minicbor::decode(&bytes).map_err(|_| damaged)
    }

    /// Opens chunks of the picture, from one number up to and with another, and joins them.
    pub(crate) async fn read(&self, pool: &Pool, first: i64, last: i64) -> Result<Vec<u8>, StoreError> {
        let rows = query(
            "SELECT chunk, sealed FROM image_chunks WHERE image = $1 AND chunk >= $2 AND chunk <= $3
             ORDER BY chunk",
        )
        .bind(self.image.to_vec())
        .bind(first)
        .bind(last)
        .fetch_all(pool)
        .await?;
        let mut bytes = Vec::new();
        let mut expected = first;
        for row in &rows {
            let chunk: i64 = row.try_get("chunk")?;
            if chunk != expected {
                return Err(StoreError::Damaged(MISSING_CHUNK));
            }
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let place = chunk_place(&self.image, &self.key_id, chunk, self.chunks);
            let opened = self.key.open(&place, &sealed);
            bytes.extend_from_slice(&opened.ok_or(StoreError::Damaged("a chunk of a picture"))?);
            expected += 1;
        }
        if expected != last + 1 {
            return Err(StoreError::Damaged(MISSING_CHUNK));
        }
        Ok(bytes)
    }

    /// Reads one part, and compares it with its hash.
    pub(crate) async fn read_part(&self, pool: &Pool, part: ImagePart) -> Result<Vec<u8>, StoreError> {
        let facts = self.facts()?;
        let (first, last, hash) = match part {
            ImagePart::Thumbnail => (0, 0, facts.thumbnail),
            ImagePart::Whole => (1, self.chunks - 1, facts.hash),
        };
        let bytes = self.read(pool, first, last).await?;
        if hash_of(&bytes) == hash { Ok(bytes) } else { Err(StoreError::Damaged("a picture")) }
    }
}

async fn find_row(
    pool: &Pool,
    ring: &KeyRing,
    holder: &Holder,
    content: &ImageContent,
) -> Result<Option<Row>, StoreError> {
    let text = format!("SELECT {IMAGE_COLUMNS} WHERE i.address = $1");
    let address = holder.address(ring, content).to_vec();
    query(sqlx::AssertSqlSafe(text)).bind(address).fetch_optional(pool).await
}

/// Finds the row of a picture of a record.
pub(crate) async fn find_of_record(
    pool: &Pool,
    ring: &KeyRing,
    record: RecordId,
    content: &ImageContent,
) -> Result<Option<Row>, StoreError> {
    find_row(pool, ring, &Holder::Record(record), content).await
}

/// Tells whether a picture's row is still there.
pub(crate) async fn is_there(pool: &Pool, image: &[u8]) -> Result<bool, StoreError> {
    let row = query("SELECT chunks FROM images WHERE image = $1").bind(image.to_vec());
    Ok(row.fetch_optional(pool).await?.is_some())
}

impl Store {
    /// Finds a picture of an organisation that waits for its record at `now`.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn waiting_image(
        &self,
        organisation: OrganisationCode,
        content: &ImageContent,
        now: Timestamp,
    ) -> Result<Option<WaitingImage>, StoreError> {
        let Some(row) = self.image_row(&Holder::Waiting(organisation), content).await? else {
            return Ok(None);
        };
        let ends_at: Option<i64> = row.try_get("ends_at")?;
        let Some(ends_at) = ends_at.map(Timestamp).filter(|ends_at| *ends_at > now) else { return Ok(None) };
        let facts = open_image_row(&self.inner.ring, &row)?.facts()?;
        Ok(Some(WaitingImage { facts, ends_at }))
    }

    /// Tells what is known of a picture of a record; nothing of it is shown.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn image_of(
        &self,
        record: RecordId,
        content: &ImageContent,
    ) -> Result<Option<ImageFacts>, StoreError> {
        let row = self.image_row(&Holder::Record(record), content).await?;
        row.map(|row| open_image_row(&self.inner.ring, &row)?.facts()).transpose()
    }

    /// Tells whether a record has pictures, named by the version that stands or by an older one.
    ///
    /// # Errors
    /// Database errors.
    pub async fn has_images(&self, record: RecordId) -> Result<bool, StoreError> {
        let row = query("SELECT chunks FROM images WHERE record = $1 LIMIT 1")
            .bind(record.0.to_vec())
            .fetch_optional(&self.inner.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Opens a picture of a record that a begun act names; `None` where the record has none of those hashes.
    ///
    /// # Errors
    /// [`StoreError::ActDoesNotCover`] unless the act's line names the record; [`StoreError::Damaged`] where what is kept
    /// is not what the hash says; database errors.
    pub async fn open_image(
        &self,
        act: &BegunAct,
        record: RecordId,
        content: &ImageContent,
        part: ImagePart,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if !act.covers_record(&record) {
            return Err(StoreError::ActDoesNotCover);
        }
        let Some(row) = self.image_row(&Holder::Record(record), content).await? else { return Ok(None) };
        let read = open_image_row(&self.inner.ring, &row)?.read_part(&self.inner.pool, part).await;
        if let Err(StoreError::Damaged(_)) = &read {
            // Erased, maybe, between the reading of its row and that of its bytes.
            let row = self.image_row(&Holder::Record(record), content).await?;
            if row.is_none() {
                return Ok(None);
            }
        }
        read.map(Some)
    }

    /// Lists the organisations of which a picture waited in vain until `before`.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn owners_of_dropped_images(
        &self,
        before: Timestamp,
    ) -> Result<Vec<OrganisationCode>, StoreError> {
        let rows = query(
            "SELECT DISTINCT organisation FROM images WHERE ends_at IS NOT NULL AND ends_at <= $1
             ORDER BY organisation",
        )
        .bind(before.0)
        .fetch_all(&self.inner.pool)
        .await?;
        let owner = |row: &Row| -> Result<OrganisationCode, StoreError> {
            let code: String = row.try_get("organisation")?;
            code.parse().map_err(|_| StoreError::Damaged("an organisation's code"))
        };
        rows.iter().map(owner).collect()
    }

    async fn image_row(&self, holder: &Holder, content: &ImageContent) -> Result<Option<Row>, StoreError> {
        find_row(&self.inner.pool, &self.inner.ring, holder, content).await
    }
}
