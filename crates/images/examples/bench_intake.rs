//! Measures the intake: pictures a second, and the largest memory of the process.
//!
//! `cargo run --release -p barid-images --example bench_intake`
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement, and no part of the program: it reads a clock and stops at the first surprise"
)]

use std::io::Cursor;
use std::time::Instant;

use barid_images::{Intake, take_in};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

fn main() {
    println!(
        "| picture | file, KB | kept, KB | thumbnail, KB | a second, one core | largest memory so far, MB |"
    );
    println!("|---|---|---|---|---|---|");
    for (what, width, height, format, intake) in [
        ("portrait, JPEG 480 x 640", 480, 640, ImageFormat::Jpeg, Intake::Photograph),
        ("camera, JPEG 12 million pixels", 4_000, 3_000, ImageFormat::Jpeg, Intake::Photograph),
        ("page, PNG 2,480 x 3,508 as a scan", 2_480, 3_508, ImageFormat::Png, Intake::Scan),
        ("WebP 12 million pixels", 4_000, 3_000, ImageFormat::WebP, Intake::Photograph),
        ("JPEG 40 million pixels", 8_000, 5_000, ImageFormat::Jpeg, Intake::Photograph),
        ("PNG 40 million pixels", 8_000, 5_000, ImageFormat::Png, Intake::Photograph),
    ] {
        let file = written(width, height, format);
        let mut count = 0;
        let begun = Instant::now();
        let taken = loop {
            let taken = take_in(&file, intake).map_err(|error| error.code());
            count += 1;
            if begun.elapsed().as_secs_f64() > 3.0 || taken.is_err() {
                break taken;
            }
        };
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        let kept = match &taken {
            Ok(taken) => {
                format!("{} | {:.1}", taken.bytes.len() / 1000, taken.thumbnail.len() as f64 / 1000.0)
            }
            Err(code) => format!("`{code}` | "),
        };
        println!("| {what} | {} | {kept} | {rate:.1} | {} |", file.len() / 1000, largest_memory());
    }
}

/// A picture with edges and slopes and very little noise, that compresses about as a photograph does.
fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let slope = (x / 16 + y / 16) as u8;
        let edge = if (x / 200 + y / 150) % 2 == 0 { 60 } else { 0 };
        let light = slope.wrapping_add(edge).wrapping_add((state % 5) as u8);
        Rgb([light, light / 2 + 60, 255 - light])
    });
    match format {
        ImageFormat::Jpeg => {
            let mut bytes = Vec::new();
            let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
            DynamicImage::ImageRgb8(picture).write_with_encoder(encoder).unwrap();
            bytes
        }
        other => {
            let mut cursor = Cursor::new(Vec::new());
            DynamicImage::ImageRgb8(picture).write_to(&mut cursor, other).unwrap();
            cursor.into_inner()
        }
    }
}

/// The largest resident memory that this process had, in MB.
fn largest_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) / 1000
}
