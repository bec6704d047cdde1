//! Text screening: what is known, found in a running text.
//!
//! In scope: how long a text may be, and what a stretch of it may be found to be. Out of scope: how it is found
//! (`barid-search`) and what one may see (`policy`).

/// The most characters of one text: some forty pages. However a client escapes them, they fit into an ordinary body.
pub const TEXT_CAP: usize = 80_000;

/// Is what a stretch of a text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StretchKind {
    /// The name of a person.
    Name,
    /// The name of a group: an organisation or network on record.
    Group,
    /// The number of a document.
    DocumentNumber,
    /// A machine-readable zone (ICAO Doc 9303).
    MachineReadableZone,
    /// A vehicle identification number (ISO 3779).
    Vin,
    /// A number plate.
    Plate,
    /// An international telephone number (ITU-T E.164).
    Phone,
    /// The number of a mobile device (3GPP TS 23.003).
    Imei,
}

impl StretchKind {
    /// Every kind.
    pub const ALL: [StretchKind; 8] = [
        StretchKind::Name,
        StretchKind::Group,
        StretchKind::DocumentNumber,
        StretchKind::MachineReadableZone,
        StretchKind::Vin,
        StretchKind::Plate,
        StretchKind::Phone,
        StretchKind::Imei,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            StretchKind::Name => "name",
            StretchKind::Group => "group",
            StretchKind::DocumentNumber => "document-number",
            StretchKind::MachineReadableZone => "machine-readable-zone",
            StretchKind::Vin => "vin",
            StretchKind::Plate => "plate",
            StretchKind::Phone => "phone",
            StretchKind::Imei => "imei",
        }
    }
}
