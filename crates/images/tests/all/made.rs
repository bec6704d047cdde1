//! Pictures made for tests: noise and shapes, and the containers round them taken apart and put together by hand.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// A picture whose left half is dark and whose top is red, so that turning it shows.
pub fn shape(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let light = if x < width / 2 { 40 } else { 200 };
        if y < height / 4 { Rgb([220, 20, 20]) } else { Rgb([light, light, light]) }
    })
}

/// A picture that compresses badly.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9e37_79b9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        Rgb([red, green, blue])
    })
}

pub fn written(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG that is half transparent red.
pub fn glass() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbaImage::from_pixel(32, 16, Rgba([255, 0, 0, 128]));
    DynamicImage::ImageRgba8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What a telephone writes beside a picture: where it was, who owns it, how it was held. A block of TIFF as EXIF has it.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    // Orientation, a short.
    tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // Artist, a text behind the entries.
    tiff.extend_from_slice(&[0x3b, 0x01, 2, 0, 24, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend_from_slice(&[0, 0, 0, 0]);
    tiff.extend_from_slice(b"GPS 38.5598N 68.7870E 01");
    [b"Exif\0\0".as_slice(), &tiff].concat()
}

/// A JPEG with a segment put in behind its start.
pub fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// A PNG with a chunk put in behind its header.
pub fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let header_end = 8 + 12 + 13;
    [&png[..header_end], &chunk(kind, content), &png[header_end..]].concat()
}

/// The start of a PNG that says it is so large.
pub fn png_of_size(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let data = [0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", &data), &chunk(b"IEND", b"")]
        .concat()
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let checked = [kind.as_slice(), content].concat();
    [&length[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// The check of PNG (ISO/IEC 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let mut sum = sum ^ u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
        }
        sum
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A WebP that says it moves.
pub fn moving_webp() -> Vec<u8> {
    let mut body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0".to_vec();
    body.extend_from_slice(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    body.extend_from_slice(b"ANMF\x10\0\0\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0\x0a\0\0\0");
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A WebP whose header says one size (less one) and whose coded frame another.
pub fn webp_of_sizes(canvas: u16, frame: u16) -> Vec<u8> {
    let (canvas, frame) = (canvas.to_le_bytes(), frame.to_le_bytes());
    let mut body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    body.extend_from_slice(&[canvas[0], canvas[1], 0, canvas[0], canvas[1], 0]);
    // A key frame with a first part of one byte, and behind it what is decoded as grey.
    let data = [&[0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a], &frame[..], &frame[..], &[0; 64]].concat();
    body.extend_from_slice(b"VP8 ");
    body.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    body.extend_from_slice(&data);
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A PNG of white stripes, with stripes between them that are wholly clear and red below.
pub fn stripes(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbaImage::from_fn(width, height, |x, _| {
        if x % 2 == 0 { Rgba([255, 255, 255, 255]) } else { Rgba([255, 0, 0, 0]) }
    });
    DynamicImage::ImageRgba8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
