//! The databases of objects: which fields each has.
//!
//! Fields follow those of the field's own systems: INTERPOL's databases of stolen vehicles, vessels, administrative documents
//! and works of art (Object ID), its firearms tracing system, the objects of the Schengen Information System (Regulation (EU)
//! 2018/1862, article 38) and the seizure forms of the United Nations Office on Drugs and Crime; those of groups follow the
//! Security Council's list and what registers of companies have.

use super::codes::{
    AccountKind, AdministrativeDocumentKind, AircraftKind, Colour, FirearmKind, GroupKind, GroupNameKind,
    GroupStatus, IncidentKind, ObjectStatus, RegisterKind, Substance, SubstanceForm, TransportMode,
    VehicleKind, VesselKind, WorkOfArtKind,
};
use super::fields::{Codes, Field, FieldKind};
use crate::codes::{AliasStrength, Database, IdentifierKind};
use crate::text::SHORT_CAP;

/// Is a database of objects.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The database.
    pub database: Database,
    /// Its fields.
    pub fields: &'static [Field],
    /// The fields of which at least one must be there: without them nobody could find the object, or tell it from others.
    pub one_of: &'static [&'static str],
}

/// Every database of objects.
pub const TABLES: &[Table] = &[
    Table { database: Database::Vehicles, fields: VEHICLES, one_of: &["vin", "plates", "engine"] },
    Table {
        database: Database::Vessels,
        fields: VESSELS,
        one_of: &["imo", "hin", "mmsi", "call_sign", "names", "registration", "engines"],
    },
    Table {
        database: Database::Aircraft,
        fields: AIRCRAFT,
        one_of: &["mark", "serial", "address", "engines"],
    },
    Table { database: Database::Firearms, fields: FIREARMS, one_of: &["serial", "other_numbers"] },
    Table {
        database: Database::AdministrativeDocuments,
        fields: ADMINISTRATIVE_DOCUMENTS,
        one_of: &["number"],
    },
    Table {
        database: Database::WorksOfArt,
        fields: WORKS_OF_ART,
        one_of: &["title", "description", "inventory"],
    },
    Table { database: Database::Incidents, fields: INCIDENTS, one_of: &[] },
    Table {
        database: Database::CashAndAccounts,
        fields: CASH_AND_ACCOUNTS,
        one_of: &["iban", "account", "wallet", "banknotes"],
    },
    Table { database: Database::OrganisationsAndNetworks, fields: ORGANISATIONS_AND_NETWORKS, one_of: &[] },
];

/// Finds the table of a database; `None` for databases that are none of objects.
pub fn table(database: Database) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.database == database)
}

const fn field(key: u16, name: &'static str, kind: FieldKind, says: &'static str) -> Field {
    Field { key, name, kind, most: 1, required: false, says }
}

const fn required(key: u16, name: &'static str, kind: FieldKind, says: &'static str) -> Field {
    Field { key, name, kind, most: 1, required: true, says }
}

const fn list(key: u16, name: &'static str, most: usize, kind: FieldKind, says: &'static str) -> Field {
    Field { key, name, kind, most, required: false, says }
}

const fn number(kind: IdentifierKind) -> FieldKind {
    FieldKind::Identifier(kind)
}

const fn quantity(unit: &'static str, most: u64) -> FieldKind {
    FieldKind::Quantity { unit, most }
}

/// A name of a make, a model, a place.
const NAME: FieldKind = FieldKind::Text(100);
/// What a source says of a name or an address, as long as persons have it.
const SHORT: FieldKind = FieldKind::Text(SHORT_CAP);

// What every object has, under the same numbers everywhere; those of one database alone begin at 20.
const STATUS: Field = required(
    0,
    "status",
    FieldKind::Code(Codes::of::<ObjectStatus>()),
    "What befell it: information, no action.",
);
const REPORTED_ON: Field = field(1, "reported_on", FieldKind::Day, "The day of the theft, loss or finding.");
const COUNTRY: Field = field(2, "country", FieldKind::Country, "The country where that was.");
const PLACE: Field = field(3, "place", NAME, "The place where that was.");
const CASE: Field = field(4, "case", number(IdentifierKind::Case), "The owner's number of the case.");
const REMARKS: Field = list(5, "remarks", 5, FieldKind::Note, "What else tells it apart.");

const PLATES: &[Field] = &[
    required(0, "number", number(IdentifierKind::Plate), "As it stands on the plate, in its own script."),
    field(1, "country", FieldKind::Country, "The country that gave it."),
    field(2, "region", NAME, "The part of the country, where plates differ by it."),
];

const VEHICLES: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    field(20, "kind", FieldKind::Code(Codes::of::<VehicleKind>()), "The kind of vehicle."),
    field(21, "vin", number(IdentifierKind::Vin), "The number on the frame (ISO 3779)."),
    list(22, "plates", 10, FieldKind::Group(PLATES), "Number plates, borne now or earlier."),
    field(23, "engine", number(IdentifierKind::Engine), "The number on the engine."),
    field(24, "make", NAME, "The maker."),
    field(25, "model", NAME, "The model."),
    field(26, "year", FieldKind::Year, "The year of the model."),
    list(27, "colours", 3, FieldKind::Code(Codes::of::<Colour>()), "The colours."),
];

const VESSELS: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    field(20, "kind", FieldKind::Code(Codes::of::<VesselKind>()), "The kind of ship or boat."),
    list(21, "names", 10, number(IdentifierKind::VesselName), "Names, borne now or earlier."),
    field(22, "imo", number(IdentifierKind::Imo), "The ship's number."),
    field(23, "hin", number(IdentifierKind::Hin), "The hull number (ISO 10087)."),
    field(24, "mmsi", number(IdentifierKind::Mmsi), "The maritime mobile service identity."),
    field(25, "call_sign", number(IdentifierKind::CallSign), "The radio call sign."),
    field(
        26,
        "registration",
        number(IdentifierKind::Serial),
        "The number in the register of the flag state.",
    ),
    field(27, "flag", FieldKind::Country, "The flag state."),
    list(28, "engines", 10, number(IdentifierKind::Engine), "The numbers on the engines."),
    field(29, "make", NAME, "The maker."),
    field(30, "model", NAME, "The model."),
    field(31, "year", FieldKind::Year, "The year it was built."),
    field(32, "length", quantity("cm", 50_000), "The length over all, in centimetres."),
    list(33, "colours", 3, FieldKind::Code(Codes::of::<Colour>()), "The colours."),
];

const AIRCRAFT: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    field(20, "kind", FieldKind::Code(Codes::of::<AircraftKind>()), "The kind of aircraft."),
    field(21, "mark", number(IdentifierKind::AircraftMark), "The registration mark."),
    field(22, "serial", number(IdentifierKind::Serial), "The maker's number."),
    field(23, "address", number(IdentifierKind::AircraftAddress), "The 24-bit address, in hexadecimal."),
    list(24, "engines", 10, number(IdentifierKind::Engine), "The numbers on the engines."),
    field(25, "make", NAME, "The maker."),
    field(26, "model", NAME, "The model, or its designator (ICAO Doc 8643)."),
    field(27, "year", FieldKind::Year, "The year it was built."),
    list(28, "colours", 3, FieldKind::Code(Codes::of::<Colour>()), "The colours."),
];

const FIREARMS: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    field(20, "kind", FieldKind::Code(Codes::of::<FirearmKind>()), "The kind of firearm."),
    field(21, "serial", number(IdentifierKind::Serial), "The maker's number."),
    list(
        22,
        "other_numbers",
        10,
        number(IdentifierKind::Serial),
        "Numbers on other parts, of importers, altered ones.",
    ),
    field(23, "make", NAME, "The maker."),
    field(24, "model", NAME, "The model."),
    field(25, "calibre", FieldKind::Text(40), "The calibre, as the maker names it: 9x19, 7.62x39, 12/70."),
    field(26, "made_in", FieldKind::Country, "The country where it was made."),
    field(27, "year", FieldKind::Year, "The year it was made."),
    list(28, "marks", 10, FieldKind::Text(200), "Proof marks, import marks, emblems."),
];

const ADMINISTRATIVE_DOCUMENTS: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    required(20, "kind", FieldKind::Code(Codes::of::<AdministrativeDocumentKind>()), "The kind of document."),
    field(21, "number", number(IdentifierKind::DocumentNumber), "The number, or the first one of a range."),
    field(22, "range_end", FieldKind::RangeEnd(21), "The last number of a range, included."),
    required(23, "issuing_country", FieldKind::Country, "The country that issued it."),
    field(24, "issuer", NAME, "The office that issued it."),
];

const MEASURES: &[Field] = &[
    field(0, "height", quantity("mm", 100_000), "The height, in millimetres."),
    field(1, "width", quantity("mm", 100_000), "The width, in millimetres."),
    field(2, "depth", quantity("mm", 100_000), "The depth or diameter, in millimetres."),
    field(3, "weight", quantity("g", 100_000_000), "The weight, in grammes."),
];

const WORKS_OF_ART: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    required(20, "kind", FieldKind::Code(Codes::of::<WorkOfArtKind>()), "The type of object (Object ID)."),
    field(21, "title", FieldKind::Note, "The title."),
    field(22, "maker", FieldKind::Text(200), "The artist, maker or school."),
    field(23, "period", FieldKind::Text(200), "The date or period, in words."),
    list(24, "materials", 10, NAME, "Materials and techniques."),
    field(25, "measures", FieldKind::Group(MEASURES), "The measurements."),
    list(26, "inscriptions", 10, FieldKind::Text(300), "Inscriptions and markings."),
    field(27, "features", FieldKind::Note, "Distinguishing features: damage, repairs, defects of making."),
    field(28, "subject", FieldKind::Note, "What is shown."),
    field(29, "description", FieldKind::Note, "The description."),
    list(30, "inventory", 10, number(IdentifierKind::Inventory), "Numbers in inventories and catalogues."),
];

const SUBSTANCES: &[Field] = &[
    required(0, "substance", FieldKind::Code(Codes::of::<Substance>()), "The drug or precursor."),
    field(1, "name", NAME, "Its name, where the list has none."),
    field(2, "cas", FieldKind::Cas, "The CAS registry number."),
    field(3, "form", FieldKind::Code(Codes::of::<SubstanceForm>()), "The form."),
    field(4, "weight", quantity("mg", 1_000_000_000_000_000), "The gross weight, in milligrammes."),
    field(5, "units", quantity("pieces", 1_000_000_000_000), "How many tablets, plants, blotters."),
    field(6, "purity", quantity("per mille", 1_000), "The purity, in thousandths of the weight."),
    field(7, "packaging", NAME, "How it is packed."),
    field(8, "logo", NAME, "The logo or stamp on it."),
    field(
        9,
        "price",
        quantity("minor units per kilogramme", 1_000_000_000_000),
        "The price of a kilogramme, in the smallest unit of the currency.",
    ),
    field(10, "currency", FieldKind::Currency, "The currency of the price (ISO 4217)."),
];

const LEGS: &[Field] = &[
    field(0, "from_country", FieldKind::Country, "Where the leg began: the country."),
    field(1, "from_place", NAME, "Where the leg began: the place."),
    field(2, "to_country", FieldKind::Country, "Where it ended or was to end: the country."),
    field(3, "to_place", NAME, "Where it ended or was to end: the place."),
    field(4, "mode", FieldKind::Code(Codes::of::<TransportMode>()), "How it was moved."),
];

const INVOLVED_PERSONS: &[Field] = &[
    required(0, "name", FieldKind::Text(300), "The name, in its own script."),
    field(1, "born_in", FieldKind::Year, "The year of birth."),
    field(2, "nationality", FieldKind::Country, "The nationality."),
    field(3, "document", number(IdentifierKind::DocumentNumber), "The number of a document."),
    field(4, "role", NAME, "The part played: driver, courier, holder of the store."),
    list(5, "phones", 10, number(IdentifierKind::Phone), "International telephone numbers."),
    list(6, "devices", 10, number(IdentifierKind::Imei), "Numbers of mobile devices."),
];

const INVOLVED_VEHICLES: &[Field] = &[
    field(0, "plate", number(IdentifierKind::Plate), "The number plate."),
    field(1, "country", FieldKind::Country, "The country that gave it."),
    field(2, "vin", number(IdentifierKind::Vin), "The number on the frame."),
    field(3, "trailer", number(IdentifierKind::Plate), "The plate of the trailer."),
    field(4, "container", number(IdentifierKind::Serial), "The number of the container."),
];

const INCIDENTS: &[Field] = &[
    REPORTED_ON_INCIDENT,
    COUNTRY_INCIDENT,
    PLACE,
    CASE,
    REMARKS,
    required(20, "kind", FieldKind::Code(Codes::of::<IncidentKind>()), "What happened."),
    list(21, "substances", 20, FieldKind::Group(SUBSTANCES), "Drugs and precursors."),
    field(22, "concealment", FieldKind::Note, "How it was concealed."),
    list(23, "route", 20, FieldKind::Group(LEGS), "The route, leg by leg."),
    list(24, "persons", 50, FieldKind::Group(INVOLVED_PERSONS), "Persons involved."),
    list(25, "vehicles", 20, FieldKind::Group(INVOLVED_VEHICLES), "Vehicles involved."),
    list(26, "wallets", 20, number(IdentifierKind::Wallet), "Addresses on ledgers of crypto-assets."),
    list(27, "ibans", 20, number(IdentifierKind::Iban), "Bank accounts."),
];
const REPORTED_ON_INCIDENT: Field = required(1, "reported_on", FieldKind::Day, "The day it happened.");
const COUNTRY_INCIDENT: Field = required(2, "country", FieldKind::Country, "The country where it happened.");

const BANKNOTES: &[Field] = &[
    required(0, "number", number(IdentifierKind::Banknote), "The number, or the first one of a range."),
    field(1, "range_end", FieldKind::RangeEnd(0), "The last number of a range, included."),
    field(
        2,
        "denomination",
        quantity("minor units", 1_000_000_000_000),
        "The value of a note, in the smallest unit of the currency.",
    ),
];

const CASH_AND_ACCOUNTS: &[Field] = &[
    STATUS,
    REPORTED_ON,
    COUNTRY,
    PLACE,
    CASE,
    REMARKS,
    required(20, "kind", FieldKind::Code(Codes::of::<AccountKind>()), "The kind."),
    field(21, "iban", number(IdentifierKind::Iban), "The international bank account number (ISO 13616)."),
    field(22, "account", number(IdentifierKind::Account), "Another account number, or the number of a card."),
    field(23, "bank", NAME, "The bank or service, or its identifier code (ISO 9362)."),
    field(24, "wallet", number(IdentifierKind::Wallet), "The address on a ledger of crypto-assets."),
    field(25, "network", NAME, "The ledger: Bitcoin, Ethereum, Tron."),
    field(26, "holder", FieldKind::Text(300), "Who holds it, in the holder's own script."),
    list(27, "banknotes", 50, FieldKind::Group(BANKNOTES), "Banknotes by their numbers."),
    field(
        28,
        "amount",
        quantity("minor units", 1_000_000_000_000_000),
        "The amount, in the smallest unit of the currency.",
    ),
    field(29, "currency", FieldKind::Currency, "The currency (ISO 4217)."),
];

const GROUP_NAMES: &[Field] = &[
    required(0, "text", FieldKind::Name, "The whole name, in the order of its source."),
    required(1, "kind", FieldKind::Code(Codes::of::<GroupNameKind>()), "What the name is."),
    field(
        2,
        "strength",
        FieldKind::Code(Codes::of::<AliasStrength>()),
        "How much an alias is worth, where the source says so.",
    ),
    field(3, "script", FieldKind::Script, "The script (ISO 15924); Zyyy where mixed or unknown."),
    field(4, "language", FieldKind::Language, "The language (BCP 47), where the source says so."),
    field(5, "note", SHORT, "What the source remarks on this name."),
];

const REGISTRATIONS: &[Field] = &[
    required(0, "number", number(IdentifierKind::Registration), "The number in the register."),
    field(1, "country", FieldKind::Country, "The country of the register."),
    field(2, "kind", FieldKind::Code(Codes::of::<RegisterKind>()), "The kind of register."),
    field(3, "register", FieldKind::Text(200), "The name of the register."),
];

const ADDRESSES: &[Field] = &[
    field(0, "country", FieldKind::Country, "The country, where it could be told."),
    field(
        1,
        "country_text",
        SHORT,
        "The source's words for the country, where they are not one of a code's names.",
    ),
    field(2, "region", SHORT, "State, province, region."),
    field(3, "city", SHORT, "City, town, village."),
    field(4, "street", SHORT, "Street and house."),
    field(5, "postal_code", SHORT, "Postal code."),
    field(6, "note", FieldKind::Note, "What the source remarks on this place."),
];

const REFERENCES: &[Field] = &[
    required(0, "scheme", FieldKind::Text(60), "The system."),
    required(1, "number", FieldKind::Text(100), "Its number."),
];

const ORGANISATIONS_AND_NETWORKS: &[Field] = &[
    CASE,
    list(5, "remarks", 60, FieldKind::LongNote, "What else is stated."),
    NAMES_OF_GROUP,
    STATUSES_OF_GROUP,
    field(22, "kind", FieldKind::Code(Codes::of::<GroupKind>()), "What it is."),
    field(23, "sector", FieldKind::Text(200), "The trade or field it works in."),
    list(24, "countries", 20, FieldKind::Country, "The countries it is of, or works in."),
    list(25, "addresses", 60, FieldKind::Group(ADDRESSES), "Where it has or had its seat, or works."),
    list(26, "registrations", 20, FieldKind::Group(REGISTRATIONS), "Numbers in registers."),
    list(27, "leis", 3, number(IdentifierKind::Lei), "Legal entity identifiers (ISO 17442)."),
    list(28, "bics", 20, number(IdentifierKind::Bic), "Business identifier codes (ISO 9362)."),
    list(
        29,
        "imo_companies",
        3,
        number(IdentifierKind::ImoCompany),
        "Numbers as an owner or manager of ships.",
    ),
    list(30, "phones", 30, number(IdentifierKind::Phone), "International telephone numbers."),
    list(31, "emails", 30, number(IdentifierKind::Email), "Addresses of electronic mail."),
    list(32, "websites", 20, number(IdentifierKind::Website), "Addresses of sites on the web."),
    list(33, "founded", 5, FieldKind::Interval, "When it was founded, as exactly as that is known."),
    list(34, "dissolved", 5, FieldKind::Interval, "When it was dissolved, as exactly as that is known."),
    list(35, "references", 30, FieldKind::Group(REFERENCES), "Its numbers in other systems."),
    field(36, "listed_on", FieldKind::Day, "The day on which its source listed it."),
    list(37, "amended_on", 60, FieldKind::Day, "The days on which its source changed what it states."),
];
const NAMES_OF_GROUP: Field = Field {
    required: true,
    ..list(20, "names", 200, FieldKind::Group(GROUP_NAMES), "The names, primary first.")
};
const STATUSES_OF_GROUP: Field = Field {
    required: true,
    ..list(
        21,
        "statuses",
        10,
        FieldKind::Code(Codes::of::<GroupStatus>()),
        "What is known of it: each a statement, no action.",
    )
};
