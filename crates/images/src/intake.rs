//! Taking a picture in: read within limits, written anew.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::error::LimitErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};

use crate::jpeg_end::reaches_its_end;
use crate::kinds::{InputKind, IntakeError};
use crate::webp;

/// The largest file that is taken, in bytes.
pub const INPUT_BYTES_CAP: usize = 10 * 1024 * 1024;
/// The most pixels of a picture that is taken.
pub const INPUT_PIXELS_CAP: u64 = 40_000_000;
/// The longest side of a picture that is taken, in pixels.
pub const INPUT_SIDE_CAP: u32 = 20_000;
/// The largest picture that is kept, in bytes.
pub const RESULT_BYTES_CAP: usize = 8 * 1024 * 1024;
/// The largest thumbnail, in bytes.
pub const THUMBNAIL_BYTES_CAP: usize = 8 * 1024;

/// The most memory that a decoder may take for itself, in bytes: 40 million pixels of four bytes, and room to spare.
const DECODER_BYTES_CAP: u64 = 192 * 1024 * 1024;
/// The longest side of a photograph that is kept: a face at 2,048 pixels shows every mark.
const PHOTOGRAPH_SIDE: u32 = 2_048;
/// The longest side of a scan that is kept: a page of A4 at 300 dots to the inch has 3,508.
const SCAN_SIDE: u32 = 3_508;
const PHOTOGRAPH_QUALITY: u8 = 85;
/// Thumbnails that are tried, from the best on, until one fits: longest side and quality.
const THUMBNAILS: [(u32, u8); 4] = [(192, 75), (192, 50), (128, 50), (96, 30)];

/// Is how a picture is to be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intake {
    /// As a photograph: JPEG, of at most 2,048 pixels a side.
    Photograph,
    /// As a scan, without further loss: PNG, of at most 3,508 pixels a side.
    Scan,
}

/// Is how a picture is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// Is a picture as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// How it is written.
    pub format: Kept,
    /// The picture, at most [`RESULT_BYTES_CAP`].
    pub bytes: Vec<u8>,
    /// Its width, in pixels.
    pub width: u32,
    /// Its height, in pixels.
    pub height: u32,
    /// A small JPEG of it, at most [`THUMBNAIL_BYTES_CAP`].
    pub thumbnail: Vec<u8>,
}

/// Takes a picture in. The same bytes give the same picture.
///
/// # Errors
/// Each [`IntakeError`] says what about the file is not taken.
pub fn take_in(bytes: &[u8], intake: Intake) -> Result<Taken, IntakeError> {
    if bytes.len() > INPUT_BYTES_CAP {
        return Err(IntakeError::TooManyBytes);
    }
    let picture = decode(bytes)?;
    let (side, format) = match intake {
        Intake::Photograph => (PHOTOGRAPH_SIDE, Kept::Jpeg),
        Intake::Scan => (SCAN_SIDE, Kept::Png),
    };
    let picture = plain(fitted(on_white(picture), side));
    let bytes = match format {
        Kept::Jpeg => jpeg(&picture, PHOTOGRAPH_QUALITY)?,
        Kept::Png => png(&picture)?,
    };
    if bytes.len() > RESULT_BYTES_CAP {
        return Err(IntakeError::ResultTooLarge);
    }
    let thumbnail = thumbnail(&picture)?;
    Ok(Taken { format, bytes, width: picture.width(), height: picture.height(), thumbnail })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, IntakeError> {
    let source = Cursor::new(bytes);
    match InputKind::of(bytes)? {
        InputKind::Jpeg => {
            if !reaches_its_end(bytes) {
                return Err(IntakeError::Truncated);
            }
            let mut reader = ImageReader::with_format(source, image::ImageFormat::Jpeg);
            reader.limits(limits());
            decode_with(reader.into_decoder().map_err(refused)?)
        }
        InputKind::Png => {
            let decoder = PngDecoder::with_limits(source, limits()).map_err(refused)?;
            if decoder.is_apng().map_err(refused)? {
                return Err(IntakeError::Animated);
            }
            decode_with(decoder)
        }
        InputKind::WebP => {
            if !webp::reaches_its_end(bytes) {
                return Err(IntakeError::Truncated);
            }
            // Asked of the header first: the reader refuses what moves badly as merely damaged.
            if webp::says_it_moves(bytes) {
                return Err(IntakeError::Animated);
            }
            // The reader decodes a frame whole before it compares its size with what the header says.
            if !webp::frame_fills_its_canvas(bytes) {
                return Err(IntakeError::Malformed);
            }
            let mut decoder = WebPDecoder::new(source).map_err(refused)?;
            if decoder.has_animation() {
                return Err(IntakeError::Animated);
            }
            decoder.set_limits(limits()).map_err(refused)?;
            decode_with(decoder)
        }
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(INPUT_SIDE_CAP);
    limits.max_image_height = Some(INPUT_SIDE_CAP);
    limits.max_alloc = Some(DECODER_BYTES_CAP);
    limits
}

fn decode_with(mut decoder: impl ImageDecoder) -> Result<DynamicImage, IntakeError> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let longest = width.max(height);
    // What the decoded picture takes beside its decoder, whatever the depth of its colours.
    let is_large = longest > INPUT_SIDE_CAP || decoder.total_bytes() > DECODER_BYTES_CAP;
    if pixels > INPUT_PIXELS_CAP || is_large {
        return Err(IntakeError::TooManyPixels);
    }
    // An orientation that can't be read says nothing: the picture is kept as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refused(error: ImageError) -> IntakeError {
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => IntakeError::TooManyPixels,
            _ => IntakeError::Malformed,
        },
        ImageError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            IntakeError::Truncated
        }
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => IntakeError::Malformed,
    }
}

/// Scales a picture down so that it fits; never up. Areas are averaged, without a copy in floating point.
fn fitted(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side { picture } else { picture.thumbnail(side, side) }
}

/// Leaves eight bits of grey, or of three colours.
fn plain(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(grey) => DynamicImage::ImageLuma8(grey),
        DynamicImage::ImageRgb8(colours) => DynamicImage::ImageRgb8(colours),
        other if other.color().has_color() => DynamicImage::ImageRgb8(other.into_rgb8()),
        other => DynamicImage::ImageLuma8(other.into_luma8()),
    }
}

/// Lays what shines through on white. Before it is scaled: colours under what is wholly clear would be averaged with those
/// that are seen.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let is_grey = !picture.color().has_color();
    let mut laid = picture.into_rgba8();
    for pixel in laid.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let alpha = u32::from(alpha);
        // At most 255 * 255 / 255.
        let lay = |colour: u8| ((u32::from(colour) * alpha + 255 * (255 - alpha)) / 255) as u8;
        pixel.0 = [lay(red), lay(green), lay(blue), 255];
    }
    let laid = DynamicImage::ImageRgba8(laid);
    if is_grey { DynamicImage::ImageLuma8(laid.into_luma8()) } else { laid }
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, IntakeError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).map_err(|_| IntakeError::Malformed)?;
    Ok(bytes)
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, IntakeError> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut bytes)).map_err(|_| IntakeError::Malformed)?;
    Ok(bytes)
}

fn thumbnail(picture: &DynamicImage) -> Result<Vec<u8>, IntakeError> {
    for (side, quality) in THUMBNAILS {
        let bytes = jpeg(&fitted(picture.clone(), side), quality)?;
        if bytes.len() <= THUMBNAIL_BYTES_CAP {
            return Ok(bytes);
        }
    }
    // 96 pixels a side at this quality are some 4 KiB at most.
    Err(IntakeError::ResultTooLarge)
}
