//! Images: what a signed record says of the photographs and scans that belong to it.
//!
//! In scope: the reference inside the signed bytes. The picture itself is kept beside the record, found by its hash, and
//! is shown only if it still has that hash; taking it in is `barid-images`', keeping it the store's.

use minicbor::{Decode, Encode};

use crate::codes::{CodeList, code_list};
use crate::dates::{DateInterval, Day};
use crate::faults::{FaultCode, Faults};
use crate::ids::ImageHash;
use crate::terms::listed;
use crate::text::{LocalText, SHORT_CAP, is_language_tag};

/// The most images of one version of a record.
pub const IMAGES_CAP: usize = 20;
/// The longest picture that is kept, in bytes.
pub const IMAGE_BYTES_CAP: u32 = 8 * 1024 * 1024;
/// The longest side of a picture that is kept, in pixels.
pub const IMAGE_SIDE_CAP: u32 = 4_096;

code_list!(
    /// Is what a picture shows.
    ImageKind, "image-kind" {
        /// The face.
        1 Portrait "portrait",
        /// The whole person.
        2 FullFigure "full-figure",
        /// A tattoo, a scar, another mark.
        3 Mark "mark",
        /// A thing, or a part of it.
        4 Item "item",
        /// A page of a document.
        5 DocumentPage "document-page",
        /// A place, a scene.
        6 Scene "scene",
    }
);
code_list!(
    /// Is how a picture is written.
    ImageFormat, "image-format" {
        /// JPEG (ISO/IEC 10918-1), baseline.
        1 Jpeg "jpeg",
        /// PNG (ISO/IEC 15948).
        2 Png "png",
    }
);

impl ImageFormat {
    /// The media type; `None` for formats of a later version, which this version does not hand out.
    pub fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Jpeg => Some("image/jpeg"),
            Self::Png => Some("image/png"),
            Self::Unlisted(_) => None,
        }
    }
}

/// Is what holds of a picture as it is kept, whoever looks at it and whatever it shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct ImageFacts {
    /// The SHA-256 of the kept bytes.
    #[n(0)]
    pub hash: ImageHash,
    /// How they are written.
    #[n(1)]
    pub format: ImageFormat,
    /// How many they are.
    #[n(2)]
    pub bytes: u32,
    /// The width, in pixels.
    #[n(3)]
    pub width: u32,
    /// The height, in pixels.
    #[n(4)]
    pub height: u32,
    /// The SHA-256 of the thumbnail, a small JPEG.
    #[n(5)]
    pub thumbnail: ImageHash,
}

/// Is an image of a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Image {
    /// The picture.
    #[n(0)]
    pub picture: ImageFacts,
    /// What it shows.
    #[n(1)]
    pub kind: ImageKind,
    /// When it was taken, as far as that is known.
    #[n(2)]
    pub taken: Option<DateInterval>,
    /// What is said of it.
    #[n(3)]
    pub caption: Option<LocalText>,
}

impl Image {
    /// Checks the images of a record entered on `today`, and names every fault under `images`.
    pub fn check_all(images: &[Self], today: Day, faults: &mut Faults) {
        faults.count("images", images.len(), IMAGES_CAP);
        for (i, image) in images.iter().enumerate().take(IMAGES_CAP) {
            image.check(&format!("images[{i}]"), today, faults);
            let repeated = images[..i].iter().any(|other| other.picture.hash == image.picture.hash);
            faults.require(!repeated, format!("images[{i}].picture.hash"), FaultCode::Duplicate);
        }
    }

    fn check(&self, place: &str, today: Day, faults: &mut Faults) {
        let ImageFacts { hash: _, format, bytes, width, height, thumbnail: _ } = self.picture;
        faults.require(listed(format), format!("{place}.picture.format"), FaultCode::UnknownCode);
        let sound = (1..=IMAGE_BYTES_CAP).contains(&bytes);
        faults.require(sound, format!("{place}.picture.bytes"), FaultCode::Impossible);
        for (name, side) in [("width", width), ("height", height)] {
            let sound = (1..=IMAGE_SIDE_CAP).contains(&side);
            faults.require(sound, format!("{place}.picture.{name}"), FaultCode::Impossible);
        }
        faults.require(listed(self.kind), format!("{place}.kind"), FaultCode::UnknownCode);
        let later = self.taken.is_some_and(|taken| taken.earliest() > today);
        faults.require(!later, format!("{place}.taken"), FaultCode::InFuture);
        if let Some(caption) = &self.caption {
            faults.text(format!("{place}.caption.text"), &caption.text, SHORT_CAP);
            let is_tag = is_language_tag(&caption.language);
            faults.require(is_tag, format!("{place}.caption.language"), FaultCode::UnknownCode);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(number: u8) -> Image {
        Image {
            picture: ImageFacts {
                hash: ImageHash([number; 32]),
                format: ImageFormat::Jpeg,
                bytes: IMAGE_BYTES_CAP,
                width: IMAGE_SIDE_CAP,
                height: 1,
                thumbnail: ImageHash([0; 32]),
            },
            kind: ImageKind::Portrait,
            taken: "2024-05".parse().ok(),
            caption: LocalText::new("fa", "چهره", SHORT_CAP).ok(),
        }
    }

    fn faults_of(images: &[Image]) -> Vec<String> {
        let mut faults = Faults::default();
        Image::check_all(images, "2026-11-27".parse().unwrap(), &mut faults);
        faults.into_result().err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn caps_hold_at_the_cap_and_one_above() {
        let many = |count: u8| (0..count).map(image).collect::<Vec<_>>();
        assert_eq!(faults_of(&many(20)), [""; 0]);
        assert_eq!(faults_of(&many(21)), ["images: too-many"]);
        let mut over = image(1);
        over.picture.bytes += 1;
        over.picture.width += 1;
        over.picture.height = 0;
        let expected = [
            "images[0].picture.bytes: impossible",
            "images[0].picture.width: impossible",
            "images[0].picture.height: impossible",
        ];
        assert_eq!(faults_of(&[over]), expected);
    }

    #[test]
    fn every_fault_is_named() {
        let mut odd = image(2);
        odd.picture.format = ImageFormat::Unlisted(9);
        odd.kind = ImageKind::Unlisted(99);
        odd.taken = "2027".parse().ok();
        odd.caption = Some(LocalText { language: "1".into(), text: "скан\u{202e}".into() });
        assert_eq!(
            faults_of(&[image(2), odd]),
            [
                "images[1].picture.format: unknown-code",
                "images[1].kind: unknown-code",
                "images[1].taken: in-future",
                "images[1].caption.text: not-clean",
                "images[1].caption.language: unknown-code",
                "images[1].picture.hash: duplicate",
            ]
        );
    }

    #[test]
    fn a_field_of_a_later_version_is_skipped() {
        let one = image(3);
        let bytes = minicbor::to_vec(&one).unwrap();
        let mut later = bytes.clone();
        // A map of four pairs becomes one of five.
        later[0] += 1;
        later.extend_from_slice(&[0x18, 60, 0x01]);
        assert_eq!(minicbor::decode::<Image>(&bytes).unwrap(), one);
        assert_eq!(minicbor::decode::<Image>(&later).unwrap(), one);
    }
}
