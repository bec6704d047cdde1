//! Images: pictures as they are handed in, as a record names them, and as they are opened.

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::ImageHash;
use barid_domain::images::{IMAGES_CAP, Image, ImageFacts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::{ImageFormatCode, ImageKindCode, PurposeCode};
use crate::reading::{self, Why};
use crate::terms::LocalShortText;
use crate::texts::{CaseReference, ImageHashText, InstantText, IntervalText};

/// Is what holds of a picture as it is kept: what the answer to handing it in says, and a record repeats.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureStated {
    /// The picture, by the SHA-256 of its bytes.
    pub hash: ImageHashText,
    /// How it is written.
    #[serde(default)]
    #[schema(required = true)]
    pub format: ImageFormatCode,
    /// How many bytes it has.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 8388608)]
    pub bytes: u32,
    /// The width, in pixels.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 4096)]
    pub width: u32,
    /// The height, in pixels.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 4096)]
    pub height: u32,
    /// Its thumbnail, by the SHA-256 of its bytes.
    pub thumbnail: ImageHashText,
}

/// Is an image of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageStated {
    /// The picture: of a new one what the answer to handing it in said.
    pub picture: PictureStated,
    /// What it shows.
    #[serde(default)]
    #[schema(required = true)]
    pub kind: ImageKindCode,
    /// When it was taken.
    pub taken: Option<IntervalText>,
    /// What is said of it.
    pub caption: Option<LocalShortText>,
}

/// Reads the images of a record, noting faults under `images`.
pub fn read_all(images: &[ImageStated], faults: &mut Faults) -> Vec<Image> {
    faults.count("images", images.len(), IMAGES_CAP);
    let numbered = images.iter().take(IMAGES_CAP).enumerate();
    numbered.filter_map(|(i, image)| image.read(&format!("images[{i}]"), faults)).collect()
}

/// Shows the images of a record.
pub fn show_all(images: &[Image]) -> Vec<ImageStated> {
    images.iter().map(ImageStated::from).collect()
}

impl ImageStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<Image> {
        let picture = self.picture.read(&format!("{place}.picture"), faults);
        let kind = self.kind.read(&format!("{place}.kind"), faults);
        let taken =
            self.taken.as_ref().and_then(|taken| reading::interval(taken, &format!("{place}.taken"), faults));
        let caption = self.caption.as_ref().map(|caption| caption.read(&format!("{place}.caption"), faults));
        Some(Image { picture: picture?, kind: kind?, taken, caption })
    }
}

impl PictureStated {
    fn read(&self, place: &str, faults: &mut Faults) -> Option<ImageFacts> {
        let hash = read_hash(&self.hash, &format!("{place}.hash"), faults);
        let thumbnail = read_hash(&self.thumbnail, &format!("{place}.thumbnail"), faults);
        let format = self.format.read(&format!("{place}.format"), faults);
        let Self { bytes, width, height, .. } = *self;
        Some(ImageFacts { hash: hash?, format: format?, bytes, width, height, thumbnail: thumbnail? })
    }
}

fn read_hash(raw: &ImageHashText, place: &str, faults: &mut Faults) -> Option<ImageHash> {
    let parsed = raw.0.parse().ok().filter(|hash: &ImageHash| hash.to_string() == raw.0);
    faults.require(parsed.is_some(), place, FaultCode::BadCharacters);
    parsed
}

impl From<&ImageFacts> for PictureStated {
    fn from(facts: &ImageFacts) -> Self {
        Self {
            hash: facts.hash.to_string().into(),
            format: facts.format.into(),
            bytes: facts.bytes,
            width: facts.width,
            height: facts.height,
            thumbnail: facts.thumbnail.to_string().into(),
        }
    }
}

impl From<&Image> for ImageStated {
    fn from(image: &Image) -> Self {
        Self {
            picture: (&image.picture).into(),
            kind: image.kind.into(),
            taken: image.taken.map(|taken| taken.to_string().into()),
            caption: image.caption.as_ref().map(Into::into),
        }
    }
}

/// Answers the handing in of a picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandedInShown {
    /// The picture as it is kept; a record that names it repeats this.
    pub picture: PictureStated,
    /// Until when it waits for the record that names it; `null` where it waits no longer.
    #[schema(required = true)]
    pub waits_until: Option<InstantText>,
    /// Whether the same request had landed before.
    pub replayed: bool,
}

/// Is how much of a picture is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSize {
    /// The small picture.
    Thumbnail,
    /// The picture.
    #[default]
    Whole,
}

/// Opens a picture of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenImageRequest {
    /// Why this is done.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case, shift or lane it is done for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The picture.
    pub image: ImageHashText,
    /// How much of it; the whole when absent.
    #[serde(default)]
    pub size: ImageSize,
    /// The byte to begin with, from 0: what to ask for when a line broke off.
    #[serde(default, deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 0, maximum = 8388608)]
    pub from: u32,
}

impl OpenImageRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, ImageHash)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let image = read_hash(&self.image, "image", faults);
        let within = self.from <= barid_domain::images::IMAGE_BYTES_CAP;
        faults.require(within, "from", FaultCode::Impossible);
        Some((why?, image?))
    }
}

/// Answers the opening of a picture that isn't there, or that may not be seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoImage {
    /// Always `null`.
    #[schema(required = true)]
    pub image: Option<ImageHashText>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_read_and_show_the_same_and_every_fault_has_its_place() {
        let json = |hash: &str, kind: &str| {
            format!(
                r#"[{{"picture": {{"hash": "{hash}", "format": "jpeg", "bytes": 9, "width": 4, "height": 3,
                "thumbnail": "{}"}}, "kind": "{kind}", "taken": "2024-05",
                "caption": {{"language": "bn", "text": "উল্কি"}}}}]"#,
                "0b".repeat(32)
            )
        };
        let stated: Vec<ImageStated> = serde_json::from_str(&json(&"0a".repeat(32), "mark")).unwrap();
        let mut faults = Faults::default();
        let images = read_all(&stated, &mut faults);
        assert!(faults.into_result().is_ok());
        assert_eq!(show_all(&images), stated);

        let stated: Vec<ImageStated> = serde_json::from_str(&json("0A", "portrait.jpg")).unwrap();
        let mut faults = Faults::default();
        assert!(read_all(&stated, &mut faults).is_empty());
        let faults: Vec<String> = faults.into_result().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["images[0].picture.hash: bad-characters", "images[0].kind: unknown-code"]);
    }
}
