//! Every element and attribute path of the list: kept, mapped or dropped, and why.
//!
//! A path that is not here is reported as `unlisted-path` by the reading, and fails the test over the sample. The page
//! `docs/formats/un-consolidated-list.md` shows the same table; a test keeps the two equal.

/// What becomes of the content of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Taken with its words; says where to.
    Kept(&'static str),
    /// Taken as a value of ours; says which.
    Mapped(&'static str),
    /// Left out; says why.
    Dropped(&'static str),
}

/// One path with its fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathRule {
    /// Names of elements from the root, `/A/B`; an attribute as `/A/@b`.
    pub path: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// How often it stands in the sample of 27 February 2026.
    pub in_sample: u64,
}

const fn rule(path: &'static str, fate: Fate, in_sample: u64) -> PathRule {
    PathRule { path, fate, in_sample }
}

/// The table, in the order of the paths.
#[rustfmt::skip]
pub const PATHS: &[PathRule] = &[
    rule("/CONSOLIDATED_LIST", Fate::Dropped("holds other elements only"), 1),
    rule("/CONSOLIDATED_LIST/@dateGenerated", Fate::Mapped("day of the edition, in the provenance"), 1),
    rule("/CONSOLIDATED_LIST/@xmlns:xsi", Fate::Dropped("names the schema, says nothing of an item"), 1),
    rule("/CONSOLIDATED_LIST/@xsi:noNamespaceSchemaLocation", Fate::Dropped("names the schema, says nothing of an item"), 1),
    rule("/CONSOLIDATED_LIST/ENTITIES", Fate::Dropped("holds other elements only"), 1),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY", Fate::Mapped("one group: an organisation or network on record"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/COMMENTS1", Fate::Kept("remark; numbers in its words (BIC, IMO company, telephone, e-mail, web site, registers) as numbers too"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/DATAID", Fate::Mapped("identifier of the item; reference UN-DATAID"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS", Fate::Mapped("one address"), 426),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/CITY", Fate::Kept("city"), 193),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/COUNTRY", Fate::Mapped("country code; unknown words kept as words"), 370),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/NOTE", Fate::Kept("note; numbers in its words as numbers too"), 85),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/STATE_PROVINCE", Fate::Kept("region"), 46),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/STREET", Fate::Kept("street"), 174),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ADDRESS/ZIP_CODE", Fate::Kept("postal code"), 14),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ALIAS", Fate::Mapped("one alias"), 735),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ALIAS/ALIAS_NAME", Fate::Kept("alias, split where it holds several; letters that stand for it as an acronym"), 735),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ALIAS/NOTE", Fate::Kept("note"), 2),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/ENTITY_ALIAS/QUALITY", Fate::Mapped("kind of the name: alias or former; strength of the alias"), 735),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/FIRST_NAME", Fate::Kept("primary name, split where it holds several; letters that stand for it as an acronym"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/LAST_DAY_UPDATED", Fate::Dropped("holds other elements only"), 130),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/LAST_DAY_UPDATED/VALUE", Fate::Mapped("one day of amendment each"), 294),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/LISTED_ON", Fate::Mapped("day of listing"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/LIST_TYPE", Fate::Dropped("holds other elements only"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/LIST_TYPE/VALUE", Fate::Kept("name of the list, in a remark"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/NAME_ORIGINAL_SCRIPT", Fate::Kept("names in the original script"), 42),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/REFERENCE_NUMBER", Fate::Kept("reference UN"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/SORT_KEY", Fate::Dropped("empty in every item; orders a printed list"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/SORT_KEY_LAST_MOD", Fate::Dropped("empty in every item; orders a printed list"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/UN_LIST_TYPE", Fate::Kept("name of the sanctions regime, in a remark"), 273),
    rule("/CONSOLIDATED_LIST/ENTITIES/ENTITY/VERSIONNUM", Fate::Mapped("number; not shown"), 273),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS", Fate::Dropped("holds other elements only"), 1),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL", Fate::Mapped("one person"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/COMMENTS1", Fate::Kept("remark"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/DATAID", Fate::Mapped("identifier of the item; reference UN-DATAID"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/DESIGNATION", Fate::Dropped("holds other elements only"), 333),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/DESIGNATION/VALUE", Fate::Kept("function"), 427),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/FIRST_NAME", Fate::Kept("primary name, part in its order"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/FOURTH_NAME", Fate::Kept("primary name, part in its order"), 166),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/GENDER", Fate::Mapped("sex by ISO/IEC 5218"), 54),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS", Fate::Mapped("one address"), 860),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/CITY", Fate::Kept("city"), 223),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/COUNTRY", Fate::Mapped("country code; unknown words kept as words"), 839),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/NOTE", Fate::Kept("note"), 160),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/STATE_PROVINCE", Fate::Kept("region"), 98),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/STREET", Fate::Kept("street"), 106),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ADDRESS/ZIP_CODE", Fate::Kept("postal code"), 6),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS", Fate::Mapped("one alias"), 2308),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/ALIAS_NAME", Fate::Kept("alias, split where it holds several"), 2308),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/CITY_OF_BIRTH", Fate::Kept("possible place of birth"), 31),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/COUNTRY_OF_BIRTH", Fate::Mapped("country code; unknown words kept as words"), 51),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/DATE_OF_BIRTH", Fate::Mapped("possible date of birth"), 58),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/NOTE", Fate::Kept("note"), 98),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_ALIAS/QUALITY", Fate::Mapped("alias strength; former name"), 2308),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH", Fate::Mapped("one possible date of birth"), 919),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/DATE", Fate::Mapped("interval of birth"), 454),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/FROM_YEAR", Fate::Mapped("interval of birth"), 31),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/NOTE", Fate::Kept("note"), 17),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/TO_YEAR", Fate::Mapped("interval of birth"), 31),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/TYPE_OF_DATE", Fate::Mapped("precision of the interval"), 919),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH/YEAR", Fate::Mapped("interval of birth"), 378),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT", Fate::Mapped("one document"), 921),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/CITY_OF_ISSUE", Fate::Kept("place of issue"), 41),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/COUNTRY_OF_ISSUE", Fate::Kept("place of issue"), 80),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/DATE_OF_ISSUE", Fate::Mapped("day of issue"), 151),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY", Fate::Mapped("country code; unknown words kept as words"), 243),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/NOTE", Fate::Kept("note"), 194),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/NUMBER", Fate::Kept("document number; the words around it in the note"), 454),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/TYPE_OF_DOCUMENT", Fate::Mapped("document type; words kept"), 468),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_DOCUMENT/TYPE_OF_DOCUMENT2", Fate::Mapped("document type, the more exact; words kept"), 73),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH", Fate::Mapped("one possible place of birth"), 829),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH/CITY", Fate::Kept("city"), 513),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH/COUNTRY", Fate::Mapped("country code; unknown words kept as words"), 825),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH/NOTE", Fate::Kept("note"), 4),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH/STATE_PROVINCE", Fate::Kept("region"), 313),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH/STREET", Fate::Kept("street"), 11),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/LAST_DAY_UPDATED", Fate::Dropped("holds other elements only"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/LAST_DAY_UPDATED/VALUE", Fate::Mapped("one day of amendment each"), 1808),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/LISTED_ON", Fate::Mapped("day of listing"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/LIST_TYPE", Fate::Dropped("holds other elements only"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/LIST_TYPE/VALUE", Fate::Kept("name of the list"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/NAME_ORIGINAL_SCRIPT", Fate::Kept("names in the original script"), 336),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/NATIONALITY", Fate::Dropped("holds other elements only"), 625),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/NATIONALITY/VALUE", Fate::Mapped("country code; unknown words in a remark"), 652),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/REFERENCE_NUMBER", Fate::Kept("reference UN"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/SECOND_NAME", Fate::Kept("primary name, part in its order"), 721),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/SORT_KEY", Fate::Dropped("empty in every item; orders a printed list"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/SORT_KEY_LAST_MOD", Fate::Dropped("empty in every item; orders a printed list"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/THIRD_NAME", Fate::Kept("primary name, part in its order"), 340),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/TITLE", Fate::Dropped("holds other elements only"), 159),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/TITLE/VALUE", Fate::Kept("function (title)"), 193),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/UN_LIST_TYPE", Fate::Kept("name of the sanctions regime, in a remark"), 730),
    rule("/CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL/VERSIONNUM", Fate::Mapped("number; 1 in every item, not shown"), 730),
];

/// Finds the index of a path in [`PATHS`].
pub(super) fn find(path: &str) -> Option<usize> {
    PATHS.binary_search_by(|rule| rule.path.cmp(path)).ok()
}
