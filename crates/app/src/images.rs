//! Pictures of records: handed in before the record that names them, taken up with it, opened one by one.
//!
//! What is handed in is written anew out of its pixels (`barid-images`) before it is kept: what a record signs is the hash
//! of that. Opening a picture is an act of its own, decided as the opening of its record is.

use barid_domain::audit::{JournalLine, Operation};
use barid_domain::contents::{Content, encode};
use barid_domain::dates::Timestamp;
use barid_domain::entries::Unverified;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{IdempotencyKey, ImageHash, OrganisationCode, RecordId};
use barid_domain::images::{Image, ImageFacts, ImageFormat};
use barid_images::{Intake, Kept, Taken, take_in};
use barid_store::{Head, HeadState, ImageContent, ImagePart, KeptImage, StoreError, SystemChange, WriteTx};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::Act;
use crate::answers::{HandedIn, OpenedImage};
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::idempotency;
use crate::reviews::upkeep_context;

/// How long a picture waits for its record, in microseconds: a day.
const WAITING_TIME: i64 = 86_400_000_000;
/// The most pictures of an organisation that one upkeep drops.
const DROPPED_AT_ONCE: u32 = 250;
/// Why, in the journal.
const DROPPED_REFERENCE: &str = "no record took it up";

/// Is a picture as it is handed in.
pub struct ImageSubmission {
    /// The file.
    pub bytes: Vec<u8>,
    /// How it is to be kept.
    pub intake: Intake,
}

impl App {
    /// Takes a picture in, and keeps it for a day for the caller's organisation to name it in a record.
    ///
    /// # Errors
    /// [`AppError::Image`] says why a file is not taken; nothing of it is kept.
    pub async fn hand_in_image(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: ImageSubmission,
    ) -> Result<HandedIn, AppError> {
        let done = self.keep_image(ctx, key, submission).await;
        self.journal_refusal(ctx, Operation::KeepImage, None, done).await
    }

    async fn keep_image(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: ImageSubmission,
    ) -> Result<HandedIn, AppError> {
        self.may_write(ctx, Operation::KeepImage)?;
        let idempotency = idempotency(ctx, key, request_hash(&submission));
        let replayed = self.replay(&idempotency).await?.is_some();
        let ImageSubmission { bytes, intake } = submission;
        // One of many: a search waits for at most as many pictures as there are threads.
        let taken = self.compute_behind(move |_| take_in(&bytes, intake)).await?.map_err(AppError::Image)?;
        let facts = facts_of(&taken);
        let now = self.now();
        let organisation = ctx.actor.organisation;
        if replayed {
            let waiting = self.store().waiting_image(organisation, &facts.into(), now).await;
            let waits_until = waiting.map_err(AppError::Store)?.map(|waiting| waiting.ends_at);
            return Ok(HandedIn { facts, waits_until, replayed });
        }
        let ends_at = Timestamp(now.0.saturating_add(WAITING_TIME));
        let kept =
            KeptImage { organisation, facts, picture: taken.bytes, thumbnail: taken.thumbnail, ends_at };
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.change_system(SystemChange::KeepImage(Box::new(kept)));
        let line = self.image_line(ctx, Operation::KeepImage, now, &facts.hash);
        let committed = tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        Ok(HandedIn { facts, waits_until: Some(ends_at), replayed: committed.replayed })
    }

    fn image_line(
        &self,
        ctx: &OpContext,
        operation: Operation,
        now: Timestamp,
        hash: &ImageHash,
    ) -> JournalLine {
        let mut line = self.write_line(ctx, operation, now, Vec::new(), Vec::new());
        line.asked = Some(hash.to_string());
        line
    }

    /// Checks that each picture that a record names is its own already, or waits for it, and is what the record says.
    pub(crate) async fn check_images(
        &self,
        ctx: &OpContext,
        record: Option<RecordId>,
        images: &[Image],
        faults: &mut Faults,
    ) -> Result<(), AppError> {
        Image::check_all(images, self.now().day(), faults);
        for (i, image) in images.iter().enumerate().take(barid_domain::images::IMAGES_CAP) {
            let known = self.known_image(ctx, record, &image.picture.into()).await?;
            let place = format!("images[{i}]");
            match known {
                None => faults.add(format!("{place}.picture.hash"), FaultCode::UnknownImage),
                Some(known) => {
                    faults.require(
                        known == image.picture,
                        format!("{place}.picture"),
                        FaultCode::Contradiction,
                    );
                }
            }
        }
        Ok(())
    }

    /// Finds the images that the standing version of an own record has, for an import that revises it: a list says nothing
    /// of pictures, and takes none away. Looked at under lines of their own, and only where the record has pictures.
    pub(crate) async fn standing_images(
        &self,
        ctx: &OpContext,
        record: RecordId,
    ) -> Result<Vec<Image>, AppError> {
        if !self.store().has_images(record).await.map_err(AppError::Store)? {
            return Ok(Vec::new());
        }
        let act = self.begin(ctx, Operation::OpenRecord, None, Some(record)).await?;
        let stored = self.store().open_record(act.begun(), record).await.map_err(AppError::Store)?;
        self.end(ctx, act, vec![record]).await?;
        let Some(bytes) = stored.and_then(|stored| stored.bytes) else { return Ok(Vec::new()) };
        Ok(Content::of_stored(&Unverified::parse(&bytes)?)?.into_images())
    }

    async fn known_image(
        &self,
        ctx: &OpContext,
        record: Option<RecordId>,
        content: &ImageContent,
    ) -> Result<Option<ImageFacts>, AppError> {
        let store = self.store();
        let organisation = ctx.actor.organisation;
        let waiting =
            store.waiting_image(organisation, content, self.now()).await.map_err(AppError::Store)?;
        if let Some(waiting) = waiting {
            return Ok(Some(waiting.facts));
        }
        let Some(record) = record else { return Ok(None) };
        // Whose the record is, is asked by the write itself; until then nothing of anybody else's is told.
        let head = store.head(record).await.map_err(AppError::Store)?;
        if head.is_none_or(|head| head.owner != organisation) {
            return Ok(None);
        }
        store.image_of(record, content).await.map_err(AppError::Store)
    }

    /// Opens a picture of a record; a record that does not answer, and a picture that its standing version does not name,
    /// are [`AppError::Absent`]. It leaves here only if it has the hash that was signed.
    pub async fn open_image(
        &self,
        ctx: &OpContext,
        record: RecordId,
        hash: ImageHash,
        part: ImagePart,
    ) -> Result<OpenedImage, AppError> {
        self.hide_overdue().await?;
        let act = self.begin(ctx, Operation::OpenImage, Some(hash.to_string()), Some(record)).await?;
        match self.open_named_image(ctx, &act, record, hash, part).await {
            Ok(opened) => {
                self.end(ctx, act, vec![record]).await?;
                Ok(opened)
            }
            Err(error) => {
                self.refuse(ctx, act, &error).await?;
                Err(error)
            }
        }
    }

    async fn open_named_image(
        &self,
        ctx: &OpContext,
        act: &Act,
        record: RecordId,
        hash: ImageHash,
        part: ImagePart,
    ) -> Result<OpenedImage, AppError> {
        let scope = self.scope_to_open(ctx)?;
        act.decided_with(&scope);
        // A link has no pictures: whether its records may be seen is not asked.
        let opened = self.open_visible(&scope, act, record).await?;
        let named = opened.images.iter().find(|image| image.picture.hash == hash).ok_or(AppError::Absent)?;
        let facts = named.picture;
        let read = self.store().open_image(act.begun(), record, &facts.into(), part).await;
        if matches!(&read, Ok(None) | Err(StoreError::Damaged(_))) {
            // Erased, maybe, between the reading of its entry and that of its picture.
            let head = self.store().head(record).await.map_err(AppError::Store)?;
            let stands = |head: Head| head.state == HeadState::Active && head.current == opened.entry;
            if !head.is_some_and(stands) {
                return Err(AppError::Absent);
            }
        }
        // The entry that names it is signed: a picture that is gone from beside it is this node's loss, and said so.
        let bytes = read.map_err(AppError::Store)?.ok_or(AppError::ImageLost)?;
        let (signed, format) = match part {
            ImagePart::Whole => (facts.hash, facts.format),
            ImagePart::Thumbnail => (facts.thumbnail, ImageFormat::Jpeg),
        };
        if hash_of(&bytes) != signed {
            return Err(AppError::ImageLost);
        }
        let media_type = format.media_type().ok_or(AppError::Absent)?;
        Ok(OpenedImage { act: act.id(), access: act.line(), media_type, hash: signed, bytes })
    }

    /// Drops pictures that waited in vain, a slice for each organisation.
    pub(crate) async fn drop_images(&self) -> Result<(), AppError> {
        let now = self.now();
        let owners = self.store().owners_of_dropped_images(now).await.map_err(AppError::Store)?;
        for organisation in owners {
            let ctx = upkeep_context(organisation, DROPPED_REFERENCE)?;
            let mut tx = self.store().begin_write(None);
            let most = DROPPED_AT_ONCE;
            tx.change_system(SystemChange::DropImages { organisation, before: now, most });
            let line = self.write_line(&ctx, Operation::DropImages, now, Vec::new(), Vec::new());
            tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        }
        Ok(())
    }
}

/// Gives a record that is about to be stored the pictures that it names.
pub(crate) fn take_up(tx: &mut WriteTx, organisation: OrganisationCode, record: RecordId, images: &[Image]) {
    for image in images {
        tx.change_system(SystemChange::TakeUpImage { organisation, record, content: image.picture.into() });
    }
}

/// What of a submission goes into the hash of its request; nothing where it names no picture, as before there were any.
pub(crate) fn images_of_request(images: &[Image]) -> Vec<u8> {
    if images.is_empty() { Vec::new() } else { encode(&images.to_vec()) }
}

fn facts_of(taken: &Taken) -> ImageFacts {
    let format = match taken.format {
        Kept::Jpeg => ImageFormat::Jpeg,
        Kept::Png => ImageFormat::Png,
    };
    ImageFacts {
        hash: hash_of(&taken.bytes),
        format,
        // Capped at 8 MiB.
        bytes: taken.bytes.len() as u32,
        width: taken.width,
        height: taken.height,
        thumbnail: hash_of(&taken.thumbnail),
    }
}

fn hash_of(bytes: &[u8]) -> ImageHash {
    ImageHash(Sha256::digest(bytes).into())
}

fn request_hash(submission: &ImageSubmission) -> [u8; 32] {
    let intake: &[u8] = match submission.intake {
        Intake::Photograph => b"photograph\0",
        Intake::Scan => b"scan\0",
    };
    Sha256::new()
        .chain_update(b"image\0")
        .chain_update(intake)
        .chain_update(&submission.bytes)
        .finalize()
        .into()
}
