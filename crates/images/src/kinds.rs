//! What the bytes are, told by the bytes alone: what a name or a header says of them is not asked.

/// Is a type of picture that is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InputKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

/// Why a picture was not taken in. Whoever handed it in erred, not this node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IntakeError {
    /// There is nothing.
    #[error("there are no bytes")]
    Empty,
    /// More bytes than are taken.
    #[error("the file is too large")]
    TooManyBytes,
    /// A picture or a document of a type that is known and not taken: TIFF, PDF, GIF, HEIC, SVG and others.
    #[error("files of this type are not taken: JPEG, PNG and WebP are")]
    TypeNotTaken,
    /// Nothing that is known as a picture.
    #[error("this is no picture")]
    NoPicture,
    /// A picture that moves.
    #[error("the picture moves: one frame of it is taken, as a file of its own")]
    Animated,
    /// More pixels, or a longer side, than are taken; or one that is decoded into more memory.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// The file ends before its picture does.
    #[error("the file ends too early")]
    Truncated,
    /// The file is not what its type says.
    #[error("the file is damaged")]
    Malformed,
    /// Kept without loss it would be larger than what is kept.
    #[error("the picture is too large to be kept without loss")]
    ResultTooLarge,
}

impl IntakeError {
    /// Every reason, for documents and tests.
    pub const ALL: [Self; 9] = [
        Self::Empty,
        Self::TooManyBytes,
        Self::TypeNotTaken,
        Self::NoPicture,
        Self::Animated,
        Self::TooManyPixels,
        Self::Truncated,
        Self::Malformed,
        Self::ResultTooLarge,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "image-empty",
            Self::TooManyBytes => "image-too-many-bytes",
            Self::TypeNotTaken => "image-type-not-taken",
            Self::NoPicture => "image-unknown-type",
            Self::Animated => "image-animated",
            Self::TooManyPixels => "image-too-many-pixels",
            Self::Truncated => "image-truncated",
            Self::Malformed => "image-malformed",
            Self::ResultTooLarge => "image-result-too-large",
        }
    }
}

/// What other files begin with. Told apart so that whoever sends one learns to convert it.
const NOT_TAKEN: [&[u8]; 12] = [
    b"II*\0",
    b"MM\0*",
    b"%PDF",
    b"GIF8",
    b"BM",
    b"\0\0\x01\0",
    b"<svg",
    b"<?xml",
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",
    b"8BPS",
];

impl InputKind {
    /// Tells the type by the first bytes.
    ///
    /// # Errors
    /// [`IntakeError::Empty`], [`IntakeError::TypeNotTaken`], [`IntakeError::NoPicture`].
    pub fn of(bytes: &[u8]) -> Result<Self, IntakeError> {
        if bytes.is_empty() {
            return Err(IntakeError::Empty);
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Ok(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Ok(Self::Png);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Self::WebP);
        }
        // HEIC and AVIF name themselves behind the length of their first box.
        let is_boxed = bytes.get(4..8) == Some(b"ftyp");
        if is_boxed || NOT_TAKEN.iter().any(|start| bytes.starts_with(start)) {
            return Err(IntakeError::TypeNotTaken);
        }
        Err(IntakeError::NoPicture)
    }
}
