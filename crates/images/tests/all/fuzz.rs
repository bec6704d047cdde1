//! The fuzz target of the intake: no bytes make it panic or run away, and what it gives is what it says.

#[path = "../../../testkit/src/fuzz.rs"]
#[allow(dead_code)]
mod fuzz;

use crate::made::{
    exif, glass, moving_webp, noise, png_of_size, shape, webp_of_sizes, with_chunk, with_segment, written,
};
use barid_images::{Intake, RESULT_BYTES_CAP, THUMBNAIL_BYTES_CAP, take_in};
use image::ImageFormat;

#[test]
fn fuzz_pictures() {
    let jpeg = written(shape(24, 16), ImageFormat::Jpeg);
    let png = written(noise(12, 9), ImageFormat::Png);
    let seeds = [
        with_segment(&jpeg, 0xe1, &exif(8)),
        with_chunk(&png, b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]),
        written(shape(24, 16), ImageFormat::WebP),
        png_of_size(9_000, 9_000),
        moving_webp(),
        webp_of_sizes(15, 16),
        glass(),
        jpeg,
        png,
    ];
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    fuzz::run("pictures", &seeds, |bytes| {
        for intake in [Intake::Photograph, Intake::Scan] {
            let Ok(taken) = take_in(bytes, intake) else { continue };
            assert!(taken.bytes.len() <= RESULT_BYTES_CAP);
            assert!(taken.thumbnail.len() <= THUMBNAIL_BYTES_CAP);
            let shown = image::load_from_memory(&taken.bytes).unwrap();
            assert_eq!((shown.width(), shown.height()), (taken.width, taken.height));
        }
    });
}
