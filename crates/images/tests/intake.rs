//! Taking pictures in: what comes out is the picture and nothing else, and what is none is refused with its reason.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise; the fuzz target reads its settings from the environment"
)]

#[path = "all/fuzz.rs"]
mod fuzz_target;
#[path = "all/made.rs"]
mod made;

use barid_images::{
    INPUT_BYTES_CAP, INPUT_SIDE_CAP, Intake, IntakeError, Kept, THUMBNAIL_BYTES_CAP, Taken, take_in,
};
use image::{GenericImageView, ImageFormat};
use made::*;

fn photograph(bytes: &[u8]) -> Result<Taken, IntakeError> {
    take_in(bytes, Intake::Photograph)
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn each_type_is_taken_whatever_it_is_kept_as() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let file = written(shape(300, 200), format);
        for (intake, kept, read) in
            [(Intake::Photograph, Kept::Jpeg, ImageFormat::Jpeg), (Intake::Scan, Kept::Png, ImageFormat::Png)]
        {
            let taken = take_in(&file, intake).unwrap();
            assert_eq!((taken.format, taken.width, taken.height), (kept, 300, 200), "{format:?}");
            let shown = image::load_from_memory_with_format(&taken.bytes, read).unwrap();
            assert_eq!(shown.dimensions(), (300, 200));
            let small = image::load_from_memory_with_format(&taken.thumbnail, ImageFormat::Jpeg).unwrap();
            assert_eq!(small.dimensions(), (192, 128));
            assert_eq!(take_in(&file, intake).unwrap(), taken, "the same bytes give the same picture");
        }
    }
    let exact = take_in(&written(noise(40, 30), ImageFormat::Png), Intake::Scan).unwrap();
    let shown = image::load_from_memory(&exact.bytes).unwrap().into_rgb8();
    assert_eq!(shown, noise(40, 30), "a scan loses nothing");
}

#[test]
fn what_a_camera_writes_beside_a_picture_is_gone_and_the_picture_stands_upright() {
    let plain = written(shape(300, 200), ImageFormat::Jpeg);
    // Turned a quarter to the right it is shown as its owner saw it.
    let file = with_segment(&plain, 0xe1, &exif(6));
    let file = with_segment(&file, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>OWNER</x:xmpmeta>");
    let file = with_segment(&file, 0xfe, b"SECRET COMMENT");
    let taken = photograph(&file).unwrap();
    assert_eq!((taken.width, taken.height), (200, 300));
    let shown = image::load_from_memory(&taken.bytes).unwrap().into_rgb8();
    let right = shown.get_pixel(190, 150).0;
    assert!(right[0] > 180 && right[1] < 60, "the top is on the right now: {right:?}");
    for bytes in [&taken.bytes, &taken.thumbnail] {
        for needle in [b"GPS".as_slice(), b"Exif", b"OWNER", b"SECRET", b"adobe"] {
            assert!(!holds(bytes, needle), "{}", String::from_utf8_lossy(needle));
        }
    }
    assert!(holds(&file, b"GPS 38.5598N"), "it was there");

    let png = with_chunk(&written(shape(30, 20), ImageFormat::Png), b"tEXt", b"Author\0OWNER");
    let scanned = take_in(&png, Intake::Scan).unwrap();
    assert!(holds(&png, b"OWNER") && !holds(&scanned.bytes, b"OWNER") && !holds(&scanned.bytes, b"tEXt"));
}

#[test]
fn a_file_that_is_two_things_becomes_a_picture_and_nothing_else() {
    let hidden: [&[u8]; 3] =
        [b"PK\x03\x04 an archive", b"<html><script>alert(1)</script></html>", b"%PDF-1.7 a document"];
    for behind in hidden {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let file = [written(shape(64, 48), format), behind.to_vec()].concat();
            let taken = photograph(&file).unwrap();
            assert!(!holds(&taken.bytes, behind) && !holds(&taken.thumbnail, behind), "{format:?}");
        }
        let jpeg = with_segment(&written(shape(64, 48), ImageFormat::Jpeg), 0xfe, behind);
        assert!(!holds(&photograph(&jpeg).unwrap().bytes, behind));
        let png = with_chunk(&written(shape(64, 48), ImageFormat::Png), b"zzZz", behind);
        assert!(!holds(&take_in(&png, Intake::Scan).unwrap().bytes, behind));
    }
}

#[test]
fn what_is_not_taken_is_refused_with_its_reason() {
    let jpeg = written(shape(64, 48), ImageFormat::Jpeg);
    let png = written(shape(64, 48), ImageFormat::Png);
    let cases: Vec<(&str, Vec<u8>, IntakeError)> = vec![
        ("nothing", Vec::new(), IntakeError::Empty),
        ("a text", "Калачев".as_bytes().to_vec(), IntakeError::NoPicture),
        ("a page", b"<!doctype html>".to_vec(), IntakeError::NoPicture),
        ("a TIFF", b"II*\0\x08\0\0\0".to_vec(), IntakeError::TypeNotTaken),
        ("a PDF", b"%PDF-1.7".to_vec(), IntakeError::TypeNotTaken),
        ("a GIF", b"GIF89a\x01\0\x01\0".to_vec(), IntakeError::TypeNotTaken),
        ("an SVG", b"<svg xmlns='x'/>".to_vec(), IntakeError::TypeNotTaken),
        ("a HEIC", b"\0\0\0\x18ftypheic".to_vec(), IntakeError::TypeNotTaken),
        ("a PNG that moves", with_chunk(&png, b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]), IntakeError::Animated),
        ("a WebP that moves", moving_webp(), IntakeError::Animated),
        ("a WebP whose frame is larger than it says", webp_of_sizes(0, 0x3fff), IntakeError::Malformed),
        ("a bomb", png_of_size(60_000, 60_000), IntakeError::TooManyPixels),
        ("a wide bomb", png_of_size(INPUT_SIDE_CAP + 1, 1), IntakeError::TooManyPixels),
        ("a bomb within its sides", png_of_size(9_000, 9_000), IntakeError::TooManyPixels),
        ("no pixels at all", png_of_size(0, 4), IntakeError::Malformed),
        ("a large file", vec![0xff; INPUT_BYTES_CAP + 1], IntakeError::TooManyBytes),
        ("the first bytes of a JPEG", jpeg[..3].to_vec(), IntakeError::Truncated),
    ];
    for (what, file, expected) in cases {
        assert_eq!(photograph(&file), Err(expected), "{what}");
    }
    assert!(matches!(
        photograph(&png_of_size(100, 100)),
        Err(IntakeError::Malformed | IntakeError::Truncated)
    ));
}

#[test]
fn torn_files_are_refused_at_every_byte() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let file = written(noise(24, 16), format);
        photograph(&file).unwrap();
        for length in 0..file.len() {
            let refused = photograph(&file[..length]);
            // A PNG whose pixels are whole shows all of them, though its closing chunk is torn.
            let is_whole = format == ImageFormat::Png && length + 16 >= file.len();
            assert!(refused.is_err() || is_whole, "{format:?} of {length} bytes of {}", file.len());
        }
    }
}

#[test]
fn large_pictures_are_scaled_down_and_small_ones_never_up() {
    let large = written(shape(4_000, 1_000), ImageFormat::Jpeg);
    let taken = photograph(&large).unwrap();
    assert_eq!((taken.width, taken.height), (2_048, 512));
    let scanned = take_in(&large, Intake::Scan).unwrap();
    assert_eq!((scanned.width, scanned.height), (3_508, 877));
    let dot = photograph(&written(shape(1, 1), ImageFormat::Png)).unwrap();
    assert_eq!((dot.width, dot.height), (1, 1));
    let line = photograph(&written(shape(5_000, 1), ImageFormat::Png)).unwrap();
    assert_eq!((line.width, line.height), (2_048, 1));
}

#[test]
fn thumbnails_keep_within_their_cap_and_a_scan_that_grows_too_large_is_refused() {
    let worst = written(noise(1_200, 1_200), ImageFormat::Png);
    let taken = photograph(&worst).unwrap();
    assert!(taken.thumbnail.len() <= THUMBNAIL_BYTES_CAP, "{}", taken.thumbnail.len());
    let best = photograph(&written(shape(1_200, 900), ImageFormat::Jpeg)).unwrap();
    assert!(best.thumbnail.len() < 4_096, "{}", best.thumbnail.len());
    let large = written(noise(1_900, 1_700), ImageFormat::Jpeg);
    assert_eq!(take_in(&large, Intake::Scan), Err(IntakeError::ResultTooLarge));
}

#[test]
fn what_shines_through_is_laid_on_white() {
    for intake in [Intake::Photograph, Intake::Scan] {
        let taken = take_in(&glass(), intake).unwrap();
        let shown = image::load_from_memory(&taken.bytes).unwrap().into_rgb8();
        let [red, green, blue] = shown.get_pixel(10, 10).0;
        let near = |colour: u8, wanted: u8| colour.abs_diff(wanted) < 8;
        assert!(near(red, 255) && near(green, 127) && near(blue, 127), "{red} {green} {blue}");
    }
}

#[test]
fn colours_under_what_is_wholly_clear_are_not_seen() {
    for intake in [Intake::Photograph, Intake::Scan] {
        let taken = take_in(&stripes(5_000, 40), intake).unwrap();
        for shown in [&taken.bytes, &taken.thumbnail] {
            let shown = image::load_from_memory(shown).unwrap().into_rgb8();
            assert!(
                shown.pixels().all(|pixel| pixel.0.iter().all(|colour| *colour > 247)),
                "red came through"
            );
        }
    }
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let codes: std::collections::BTreeSet<_> = IntakeError::ALL.iter().map(|error| error.code()).collect();
    assert_eq!(codes.len(), IntakeError::ALL.len());
    let documented = include_str!("../../../docs/images.md");
    for code in codes {
        assert!(documented.contains(&format!("| `{code}` |")), "docs/images.md lacks {code}");
    }
}
