//! From the elements of an item to its typed form: every field cleaned, checked and reported by itself.

use std::collections::HashMap;

use barid_domain::codes::{DocumentType, Sex};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::text::{LONG_CAP, NAME_CAP, SHORT_CAP, TextError, clean};

use super::countries::country_of_name;
use super::dates::{month_in_note, read_day, read_day_or_year, read_year, read_years};
use super::documents::{document_type, read_number};
use super::items::{
    AliasQuality, DateKind, UnAddress, UnAlias, UnBirth, UnCountry, UnDocument, UnEntity, UnIndividual,
};
use super::reader::Refusal;
use super::tree::Element;
use crate::report::{Consequence, Place, ReportCode, ReportRow};

const NAME_FIELDS: [&str; 4] = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];

/// What an item is known by, and its name: said twice in two ways, neither can be believed.
const IDENTITY_FIELDS: [&str; 6] =
    ["DATAID", "REFERENCE_NUMBER", "FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];
/// Elements that may stand more than once with texts of their own.
const REPEATABLE_FIELDS: [&str; 2] = ["VALUE", "NAME_ORIGINAL_SCRIPT"];

/// The name of the organisation and everything an individual has as well.
struct CommonFields {
    data_id: String,
    version: Option<u32>,
    reference_number: String,
    regime: Option<String>,
    list_types: Vec<String>,
    name_parts: Vec<String>,
    original_script_names: Vec<String>,
    updated_on: Vec<Day>,
    listed_on: Option<Day>,
    comments: Option<String>,
}

/// Builds an individual, or refuses it with every reason.
pub(super) fn build_individual(
    root: &Element,
    place: Place,
    today: Day,
    report: Vec<ReportRow>,
) -> Result<UnIndividual, Refusal> {
    let mut fields = FieldReader { place, today, report };
    let common = fields.common(root);
    let sex = fields.sex(root);
    let nationalities =
        fields.nested(root, "NATIONALITY", |fields, element| fields.country(element, "VALUE"));
    let designations = fields.nested_texts(root, "DESIGNATION");
    let titles = fields.nested_texts(root, "TITLE");
    let aliases = fields.list(root, "INDIVIDUAL_ALIAS", FieldReader::alias);
    let addresses = fields.list(root, "INDIVIDUAL_ADDRESS", FieldReader::address);
    let birth_places = fields.list(root, "INDIVIDUAL_PLACE_OF_BIRTH", FieldReader::address);
    let births = fields.list(root, "INDIVIDUAL_DATE_OF_BIRTH", FieldReader::birth);
    let documents = fields.list(root, "INDIVIDUAL_DOCUMENT", FieldReader::document);
    let report = fields.finish(root)?;
    Ok(UnIndividual {
        data_id: common.data_id,
        place,
        fingerprint: root.fingerprint(),
        version: common.version,
        reference_number: common.reference_number,
        regime: common.regime,
        list_types: common.list_types,
        name_parts: common.name_parts,
        original_script_names: common.original_script_names,
        listed_on: common.listed_on,
        updated_on: common.updated_on,
        sex,
        nationalities,
        designations,
        titles,
        comments: common.comments,
        aliases,
        addresses,
        birth_places,
        births,
        documents,
        report,
    })
}

/// Builds an organisation, or refuses it with every reason.
pub(super) fn build_entity(
    root: &Element,
    place: Place,
    today: Day,
    report: Vec<ReportRow>,
) -> Result<UnEntity, Refusal> {
    let mut fields = FieldReader { place, today, report };
    let common = fields.common(root);
    let aliases = fields.list(root, "ENTITY_ALIAS", FieldReader::alias);
    let addresses = fields.list(root, "ENTITY_ADDRESS", FieldReader::address);
    let report = fields.finish(root)?;
    Ok(UnEntity {
        data_id: common.data_id,
        place,
        fingerprint: root.fingerprint(),
        version: common.version,
        reference_number: common.reference_number,
        regime: common.regime,
        list_types: common.list_types,
        name: common.name_parts.join(" "),
        original_script_names: common.original_script_names,
        listed_on: common.listed_on,
        updated_on: common.updated_on,
        comments: common.comments,
        aliases,
        addresses,
        report,
    })
}

/// The names of the children that stand more than once with different texts and may not; each once for every text that
/// differs from the first.
fn repeated_fields(element: &Element) -> impl Iterator<Item = &str> {
    let mut first: HashMap<&str, &str> = HashMap::new();
    element.children.iter().filter_map(move |child| {
        let (name, text) = (child.name.as_str(), child.text.trim());
        let counts = !text.is_empty() && !REPEATABLE_FIELDS.contains(&name);
        (counts && *first.entry(name).or_insert(text) != text).then_some(name)
    })
}

/// Reads fields and collects what was not taken as it came.
struct FieldReader {
    place: Place,
    today: Day,
    report: Vec<ReportRow>,
}

impl FieldReader {
    fn note(&mut self, field: &str, code: ReportCode, consequence: Consequence) {
        self.report.push(ReportRow {
            id: None,
            place: self.place,
            field: field.to_owned(),
            code,
            consequence,
            cell: None,
        });
    }

    /// Ends the reading: the identifier goes into every row, and one refusing row refuses the item.
    fn finish(mut self, root: &Element) -> Result<Vec<ReportRow>, Refusal> {
        // Two identifiers are none: whoever counts what an edition left out must not count the second as left out.
        let is_one = repeated_fields(root).all(|field| field != "DATAID");
        let data_id = root.text_of("DATAID").filter(|id| is_one && is_data_id(id)).map(str::to_owned);
        for row in &mut self.report {
            row.id.clone_from(&data_id);
        }
        if self.report.iter().any(|row| row.consequence == Consequence::ItemRefused) {
            return Err(Refusal { data_id, place: self.place, report: self.report });
        }
        Ok(self.report)
    }

    /// Reports fields that stand once and were said twice in two ways: what identifies refuses the item, of any other
    /// the first is taken.
    fn note_repeated(&mut self, root: &Element) {
        for field in repeated_fields(root) {
            let identifies = IDENTITY_FIELDS.contains(&field);
            let consequence = if identifies { Consequence::ItemRefused } else { Consequence::FieldLeftOut };
            self.note(field, ReportCode::Duplicate, consequence);
        }
        for field in root.children.iter().flat_map(repeated_fields) {
            self.note(field, ReportCode::Duplicate, Consequence::FieldLeftOut);
        }
    }

    fn common(&mut self, root: &Element) -> CommonFields {
        self.note_repeated(root);
        let data_id = root.text_of("DATAID").unwrap_or_default().to_owned();
        if data_id.is_empty() {
            self.note("DATAID", ReportCode::Missing, Consequence::ItemRefused);
        } else if !is_data_id(&data_id) {
            self.note("DATAID", ReportCode::NotANumber, Consequence::ItemRefused);
        }
        let version = root.text_of("VERSIONNUM").and_then(|text| match text.parse() {
            Ok(version) => Some(version),
            Err(_) => {
                self.note("VERSIONNUM", ReportCode::NotANumber, Consequence::FieldLeftOut);
                None
            }
        });
        let reference_number = self.mandatory(root, "REFERENCE_NUMBER", 100);
        let name_parts = self.name_parts(root);
        let original = self.texts(root, "NAME_ORIGINAL_SCRIPT", SHORT_CAP);
        CommonFields {
            data_id,
            version,
            reference_number,
            regime: self.text(root, "UN_LIST_TYPE", SHORT_CAP),
            list_types: self.nested_texts(root, "LIST_TYPE"),
            name_parts,
            original_script_names: original.iter().flat_map(|names| split_names(names)).collect(),
            listed_on: self.day(root, "LISTED_ON"),
            updated_on: self.updated_on(root),
            comments: self.text(root, "COMMENTS1", LONG_CAP),
        }
    }

    /// The parts of the primary name; a fault in any of them refuses the item, as a name cut short names another.
    fn name_parts(&mut self, root: &Element) -> Vec<String> {
        let mut parts = Vec::new();
        for field in NAME_FIELDS {
            let Some(text) = root.text_of(field) else { continue };
            match self.cleaned(field, text, NAME_CAP, Consequence::ItemRefused) {
                Some(part) => parts.push(part),
                None => return parts,
            }
        }
        if parts.is_empty() {
            self.note("FIRST_NAME", ReportCode::Missing, Consequence::ItemRefused);
        } else if !parts.iter().any(|part| part.chars().any(char::is_alphabetic)) {
            self.note("FIRST_NAME", ReportCode::NotAName, Consequence::ItemRefused);
        }
        parts
    }

    fn mandatory(&mut self, root: &Element, field: &str, cap: usize) -> String {
        match root.text_of(field) {
            Some(text) => self.cleaned(field, text, cap, Consequence::ItemRefused).unwrap_or_default(),
            None => {
                self.note(field, ReportCode::Missing, Consequence::ItemRefused);
                String::new()
            }
        }
    }

    fn text(&mut self, root: &Element, field: &str, cap: usize) -> Option<String> {
        let text = root.text_of(field)?;
        self.cleaned(field, text, cap, Consequence::FieldLeftOut)
    }

    fn texts(&mut self, root: &Element, field: &str, cap: usize) -> Vec<String> {
        let texts = root.all(field).map(|child| child.text.trim()).filter(|text| !text.is_empty());
        texts.filter_map(|text| self.cleaned(field, text, cap, Consequence::FieldLeftOut)).collect()
    }

    /// The rule of `barid_domain::text`, with a row for what it took out or refused.
    fn cleaned(&mut self, field: &str, text: &str, cap: usize, otherwise: Consequence) -> Option<String> {
        if text.contains(is_direction_control) {
            self.note(field, ReportCode::DirectionControlRemoved, Consequence::Kept);
        }
        if text.contains('\u{fffd}') {
            self.note(field, ReportCode::ReplacementCharacter, Consequence::Kept);
        }
        match clean(text, cap) {
            Ok(text) => Some(text),
            Err(error) => {
                let code = match error {
                    TextError::Empty => ReportCode::Missing,
                    TextError::TooLong(_) => ReportCode::TooLong,
                    TextError::ControlCharacter | TextError::Language => ReportCode::ControlCharacter,
                };
                self.note(field, code, otherwise);
                None
            }
        }
    }

    /// The `VALUE`s below every element of a name.
    fn nested_texts(&mut self, root: &Element, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        for element in root.all(name) {
            all.extend(self.texts(element, "VALUE", SHORT_CAP));
        }
        all
    }

    /// What `read` makes of every `VALUE` below every element of a name.
    fn nested<T>(
        &mut self,
        root: &Element,
        name: &str,
        mut read: impl FnMut(&mut Self, &Element) -> Option<T>,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for value in root.all(name).flat_map(|element| element.all("VALUE")) {
            let single = Element { children: vec![value.clone()], ..Element::default() };
            all.extend(read(self, &single));
        }
        all
    }

    fn list<T>(
        &mut self,
        root: &Element,
        name: &str,
        read: impl Fn(&mut Self, &Element) -> Option<T>,
    ) -> Vec<T> {
        root.all(name).filter_map(|element| read(self, element)).collect()
    }

    fn day(&mut self, root: &Element, field: &str) -> Option<Day> {
        let text = root.text_of(field)?;
        match read_day(text, self.today) {
            Ok(day) => Some(day),
            Err(code) => {
                self.note(field, code, Consequence::FieldLeftOut);
                None
            }
        }
    }

    fn updated_on(&mut self, root: &Element) -> Vec<Day> {
        self.nested(root, "LAST_DAY_UPDATED", |fields, element| fields.day(element, "VALUE"))
    }

    fn sex(&mut self, root: &Element) -> Sex {
        match root.text_of("GENDER") {
            None => Sex::NotKnown,
            Some("Male") => Sex::Male,
            Some("Female") => Sex::Female,
            Some(_) => {
                self.note("GENDER", ReportCode::UnknownValue, Consequence::FieldLeftOut);
                Sex::NotKnown
            }
        }
    }

    fn country(&mut self, root: &Element, field: &str) -> Option<UnCountry> {
        let text = self.text(root, field, SHORT_CAP)?;
        let code = country_of_name(&text);
        if code.is_none() {
            self.note(field, ReportCode::UnknownCountry, Consequence::Kept);
        }
        Some(UnCountry { text, code })
    }

    fn alias(&mut self, element: &Element) -> Option<UnAlias> {
        let birth = element.text_of("DATE_OF_BIRTH").and_then(|text| {
            read_day_or_year(text, self.today)
                .map_err(|code| self.note("DATE_OF_BIRTH", code, Consequence::FieldLeftOut))
                .ok()
        });
        let quality = match element.text_of("QUALITY") {
            None => AliasQuality::NotStated,
            Some("Good") => AliasQuality::Good,
            Some("Low") => AliasQuality::Low,
            Some("a.k.a.") => AliasQuality::AlsoKnownAs,
            Some("f.k.a.") => AliasQuality::FormerlyKnownAs,
            Some(_) => {
                self.note("QUALITY", ReportCode::UnknownValue, Consequence::FieldLeftOut);
                AliasQuality::NotStated
            }
        };
        let alias = UnAlias {
            quality,
            name: self.text(element, "ALIAS_NAME", SHORT_CAP).unwrap_or_default(),
            note: self.text(element, "NOTE", SHORT_CAP),
            birth,
            city_of_birth: self.text(element, "CITY_OF_BIRTH", SHORT_CAP),
            country_of_birth: self.country(element, "COUNTRY_OF_BIRTH"),
        };
        if alias.name.is_empty() {
            let says_more = alias.note.is_some() || alias.birth.is_some() || alias.city_of_birth.is_some();
            if !says_more {
                // The list writes an empty alias where there is none.
                return None;
            }
            self.note("ALIAS_NAME", ReportCode::Missing, Consequence::Kept);
        } else if !alias.name.chars().any(char::is_alphabetic) {
            self.note("ALIAS_NAME", ReportCode::NotAName, Consequence::FieldLeftOut);
            return None;
        }
        Some(alias)
    }

    fn address(&mut self, element: &Element) -> Option<UnAddress> {
        let address = UnAddress {
            country: self.country(element, "COUNTRY"),
            region: self.text(element, "STATE_PROVINCE", SHORT_CAP),
            city: self.text(element, "CITY", SHORT_CAP),
            street: self.text(element, "STREET", SHORT_CAP),
            postal_code: self.text(element, "ZIP_CODE", SHORT_CAP),
            note: self.text(element, "NOTE", SHORT_CAP),
        };
        (address != UnAddress::default()).then_some(address)
    }

    fn birth(&mut self, element: &Element) -> Option<UnBirth> {
        let kind = match element.text_of("TYPE_OF_DATE") {
            None => DateKind::NotStated,
            Some("EXACT") => DateKind::Exact,
            Some("APPROXIMATELY") => DateKind::Approximately,
            Some("BETWEEN") => DateKind::Between,
            Some(_) => {
                self.note("TYPE_OF_DATE", ReportCode::UnknownValue, Consequence::FieldLeftOut);
                DateKind::NotStated
            }
        };
        let note = self.text(element, "NOTE", SHORT_CAP);
        let interval = self.birth_interval(element, note.as_deref());
        if interval.is_none() && note.is_none() {
            return None;
        }
        Some(UnBirth { kind, interval, note })
    }

    fn birth_interval(&mut self, element: &Element, note: Option<&str>) -> Option<DateInterval> {
        let (date, year) = (element.text_of("DATE"), element.text_of("YEAR"));
        let (field, result) = match (date, element.text_of("FROM_YEAR"), element.text_of("TO_YEAR"), year) {
            (Some(date), _, _, _) => ("DATE", read_day(date, self.today).map(DateInterval::day)),
            (None, Some(from), Some(to), _) => ("FROM_YEAR", read_years(from, to, self.today)),
            (None, Some(_), None, None) => ("TO_YEAR", Err(ReportCode::Missing)),
            (None, None, Some(_), None) => ("FROM_YEAR", Err(ReportCode::Missing)),
            (None, _, _, year) => match note.and_then(|note| month_in_note(note, year, self.today)) {
                Some(month) => return Some(month),
                None => ("YEAR", read_year(year?, self.today)),
            },
        };
        result.map_err(|code| self.note(field, code, Consequence::FieldLeftOut)).ok()
    }

    fn document(&mut self, element: &Element) -> Option<UnDocument> {
        let type_text = self.text(element, "TYPE_OF_DOCUMENT", SHORT_CAP);
        let second_type_text = self.text(element, "TYPE_OF_DOCUMENT2", SHORT_CAP);
        let number_text = self.text(element, "NUMBER", SHORT_CAP);
        let document = UnDocument {
            document_type: document_type(
                type_text.as_deref(),
                second_type_text.as_deref(),
                number_text.as_deref(),
            ),
            number: number_text.as_deref().map(|text| read_number(text).number),
            issuing_country: self.country(element, "ISSUING_COUNTRY"),
            country_of_issue: self.country(element, "COUNTRY_OF_ISSUE"),
            city_of_issue: self.text(element, "CITY_OF_ISSUE", SHORT_CAP),
            issued_on: self.day(element, "DATE_OF_ISSUE"),
            note: self.text(element, "NOTE", SHORT_CAP),
            type_text,
            second_type_text,
            number_text,
        };
        let says_nothing = document.type_text.is_none()
            && document.second_type_text.is_none()
            && document.number_text.is_none()
            && document.issuing_country.is_none()
            && document.country_of_issue.is_none()
            && document.city_of_issue.is_none()
            && document.issued_on.is_none()
            && document.note.is_none();
        if says_nothing {
            return None;
        }
        if document.document_type == DocumentType::Other {
            self.note("TYPE_OF_DOCUMENT", ReportCode::UnknownValue, Consequence::Kept);
        }
        Some(document)
    }
}

fn is_data_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_direction_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Splits a field that holds several names: `;`, its Arabic form, `/` and `|` separate.
fn split_names(names: &str) -> Vec<String> {
    let parts = names.split([';', '\u{61b}', '/', '|']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
