//! Pictures as they are handed in, made into pictures as they are kept: a plain image and nothing beside it.
//!
//! In scope: telling the type by the bytes, refusing what is too large, moving, torn or no picture, decoding within a
//! limit of memory, turning upright, scaling down, writing anew, and a small picture of it. Out of scope: whose the
//! picture is, what it shows, where it is kept.
//!
//! Invariant: what comes out was written by this crate out of pixels. Nothing that stood beside the pixels comes
//! through: no place of the camera, no owner, no comment, no other file hidden in it.
#![warn(missing_docs)]

mod intake;
mod jpeg_end;
mod kinds;
mod webp;

pub use intake::{
    INPUT_BYTES_CAP, INPUT_PIXELS_CAP, INPUT_SIDE_CAP, Intake, Kept, RESULT_BYTES_CAP, THUMBNAIL_BYTES_CAP,
    Taken, take_in,
};
pub use kinds::{InputKind, IntakeError};
