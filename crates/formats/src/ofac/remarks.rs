//! Statements in remarks: where one ends, what it begins with, dates and documents in it.

use barid_domain::codes::{DocumentType, Sex};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::objects::codes::RegisterKind;

use super::countries::country_of_name;

/// Is a statement of a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remark<'r> {
    /// A name in quotation marks behind `a.k.a.`
    AlsoKnownAs(&'r str),
    /// Behind `f.k.a.`
    FormerlyKnownAs(&'r str),
    /// Behind `n.k.a.`
    NowKnownAs(&'r str),
    /// A date of birth.
    Born(DateInterval),
    /// A place of birth, in words.
    BornIn(&'r str),
    Nationality(&'r str),
    Citizen(&'r str),
    Sex(Sex),
    Document(Document<'r>),
    /// An address on a ledger: the currency's code and the address.
    Wallet {
        currency: &'r str,
        address: &'r str,
    },
    LinkedTo,
    Imo(&'r str),
    Mmsi(&'r str),
    CallSign(&'r str),
    SerialNumber(&'r str),
    ConstructionNumber(&'r str),
    TailNumber(&'r str),
    TransponderCode(&'r str),
    Model(&'r str),
    Made(DateInterval),
    /// A number in a register of organisations.
    Registered(Registered<'r>),
    /// The country of a register, in words.
    RegisteredIn(&'r str),
    ImoCompany(&'r str),
    Website(&'r str),
    Email(&'r str),
    Bic(&'r str),
    Founded(DateInterval),
    /// Kept in its words.
    Words,
}

/// Is a number in a register that a remark names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registered<'r> {
    pub(super) kind: RegisterKind,
    /// The words for the register.
    pub(super) words: &'r str,
    pub(super) number: &'r str,
    pub(super) country: Option<CountryCode>,
}

/// Is a document that a remark names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document<'r> {
    pub(super) document_type: DocumentType,
    /// The words for the type.
    pub(super) words: &'r str,
    pub(super) number: &'r str,
    pub(super) country: Option<CountryCode>,
    pub(super) issued_on: Option<DateInterval>,
    pub(super) expires_on: Option<DateInterval>,
    /// What stands behind the number and is none of these.
    pub(super) rest: String,
}

/// Cuts a remark into its statements; a stop that ends the whole remark is left out.
pub(super) fn statements(remark: &str) -> impl Iterator<Item = &str> {
    remark.split(';').map(str::trim).filter(|statement| !statement.is_empty())
}

/// Reads one statement; the path of the table that it is counted under stands beside it.
pub(super) fn read<'r>(statement: &'r str, today: Day) -> (Remark<'r>, &'static str) {
    const ELSE: &str = "remarks: anything else";
    let text = statement.strip_prefix("alt. ").unwrap_or(statement);
    let text = text.strip_suffix('.').unwrap_or(text).trim();
    let behind = |word: &str| text.strip_prefix(word).map(str::trim).filter(|rest| !rest.is_empty());
    if let Some(name) = behind("a.k.a.").and_then(quoted) {
        return (Remark::AlsoKnownAs(name), "remarks: a.k.a.");
    }
    if let Some(name) = behind("f.k.a.").and_then(quoted) {
        return (Remark::FormerlyKnownAs(name), "remarks: f.k.a.");
    }
    if let Some(name) = behind("n.k.a.").and_then(quoted) {
        return (Remark::NowKnownAs(name), "remarks: n.k.a.");
    }
    if let Some(date) = behind("DOB ").and_then(|text| date(text, today)) {
        return (Remark::Born(date), "remarks: DOB");
    }
    if let Some(place) = behind("POB ") {
        return (Remark::BornIn(place), "remarks: POB");
    }
    if let Some(country) = behind("nationality ") {
        return (Remark::Nationality(country), "remarks: nationality");
    }
    if let Some(country) = behind("citizen ") {
        return (Remark::Citizen(country), "remarks: citizen");
    }
    match behind("Gender ") {
        Some("Male") => return (Remark::Sex(Sex::Male), "remarks: Gender"),
        Some("Female") => return (Remark::Sex(Sex::Female), "remarks: Gender"),
        Some(_) | None => {}
    }
    if let Some(wallet) = behind("Digital Currency Address - ").and_then(|text| text.split_once(' ')) {
        let (currency, address) = (wallet.0.trim(), wallet.1.trim());
        return (Remark::Wallet { currency, address }, "remarks: Digital Currency Address");
    }
    if behind("Linked To:").is_some() {
        return (Remark::LinkedTo, "remarks: Linked To");
    }
    if let Some(imo) = behind("Vessel Registration Identification IMO") {
        return (Remark::Imo(imo), "remarks: Vessel Registration Identification");
    }
    if let Some(mmsi) = behind("MMSI ") {
        return (Remark::Mmsi(first_word(mmsi)), "remarks: MMSI");
    }
    if let Some(sign) = behind("Other Vessel Call Sign ") {
        return (Remark::CallSign(sign), "remarks: Other Vessel Call Sign");
    }
    if let Some(serial) = behind("Aircraft Manufacturer's Serial Number (MSN)") {
        return (Remark::SerialNumber(serial), "remarks: Aircraft Manufacturer's Serial Number (MSN)");
    }
    if let Some(number) = behind("Aircraft Construction Number (also called L/N or S/N or F/N)") {
        return (Remark::ConstructionNumber(number), "remarks: Aircraft Construction Number");
    }
    if let Some(mark) = behind("Aircraft Tail Number ") {
        return (Remark::TailNumber(mark), "remarks: Aircraft Tail Number");
    }
    if let Some(code) = behind("Aircraft Mode S Transponder Code ") {
        return (Remark::TransponderCode(code), "remarks: Aircraft Mode S Transponder Code");
    }
    if let Some(model) = behind("Aircraft Model ") {
        return (Remark::Model(model), "remarks: Aircraft Model");
    }
    if let Some(date) = behind("Aircraft Manufacture Date ").and_then(|text| date(text, today)) {
        return (Remark::Made(date), "remarks: Aircraft Manufacture Date");
    }
    if let Some(number) = behind("Company Number IMO ").or_else(|| behind("Identification Number IMO ")) {
        return (Remark::ImoCompany(number), "remarks: Company Number IMO");
    }
    if let Some(site) = behind("Website ") {
        return (Remark::Website(site), "remarks: Website");
    }
    if let Some(mail) = behind("Email Address ") {
        return (Remark::Email(mail), "remarks: Email Address");
    }
    if let Some(code) = behind("SWIFT/BIC ") {
        return (Remark::Bic(code), "remarks: SWIFT/BIC");
    }
    if let Some(date) = behind("Organization Established Date ").and_then(|text| date(text, today)) {
        return (Remark::Founded(date), "remarks: Organization Established Date");
    }
    if let Some(country) = behind("Nationality of Registration ") {
        return (Remark::RegisteredIn(country), "remarks: Nationality of Registration");
    }
    if let Some(document) = document(text, today) {
        return (Remark::Document(document), "remarks: documents");
    }
    match registered(text) {
        Some(registered) => (Remark::Registered(registered), "remarks: registers"),
        None => (Remark::Words, ELSE),
    }
}

/// Words for registers with their kinds. Longer ones stand before those that they begin with.
const REGISTERS: &[(&str, RegisterKind)] = &[
    ("Registration ID", RegisterKind::Companies),
    ("Registration Number", RegisterKind::Companies),
    ("Business Registration Document #", RegisterKind::Companies),
    ("Business Registration Number", RegisterKind::Companies),
    ("Certificate of Incorporation Number", RegisterKind::Companies),
    ("Chamber of Commerce Number", RegisterKind::Companies),
    ("Commercial Registry Number", RegisterKind::Companies),
    ("Company Number", RegisterKind::Companies),
    ("UK Company Number", RegisterKind::Companies),
    ("Public Registration Number", RegisterKind::Companies),
    ("Folio Mercantil No.", RegisterKind::Companies),
    ("Matricula Mercantil No", RegisterKind::Companies),
    ("Legal Entity Number", RegisterKind::Companies),
    ("C.R. No.", RegisterKind::Companies),
    ("Registered Charity No.", RegisterKind::Associations),
    ("Trade License No.", RegisterKind::Licences),
    ("V.A.T. Number", RegisterKind::Tax),
    ("US FEIN", RegisterKind::Tax),
    ("RIF #", RegisterKind::Tax),
    ("C.I.F.", RegisterKind::Tax),
];

/// Reads `Registration ID 01125548 (Ukraine)`; where more is said than a number and its country, it stays words.
fn registered(text: &str) -> Option<Registered<'_>> {
    let (words, kind) = REGISTERS
        .iter()
        .find(|(words, _)| text.strip_prefix(words).is_some_and(|rest| rest.starts_with(' ')))?;
    let (words, rest) = text.split_at(words.len());
    let (number, country) = match rest.trim().split_once('(') {
        Some((number, country)) => (number.trim(), Some(country_of_name(country.strip_suffix(')')?.trim())?)),
        None => (rest.trim(), None),
    };
    let is_number = number.chars().any(|c| c.is_ascii_digit())
        && number.chars().count() <= NUMBER_CAP
        && !number.contains(',');
    is_number.then_some(Registered { kind: *kind, words, number, country })
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?.trim();
    (!inner.is_empty()).then_some(inner)
}

/// Reads `03 May 1938`, `May 1938`, `1938`, `circa` before any of them, and `A to B`.
pub(super) fn date(text: &str, today: Day) -> Option<DateInterval> {
    let interval = match text.split_once(" to ") {
        Some((from, to)) => {
            let (from, is_about) = about(from);
            let (from, to) = (plain_date(from)?, plain_date(about(to).0)?);
            let span = DateInterval::between(from.earliest(), to.latest()).ok()?;
            if is_about { span.about(1) } else { span }
        }
        None => {
            let (text, is_about) = about(text);
            let date = plain_date(text)?;
            if is_about { date.about(1) } else { date }
        }
    };
    (interval.earliest() <= today).then_some(interval)
}

fn about(text: &str) -> (&str, bool) {
    let text = text.trim();
    match text.strip_prefix("circa ") {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    }
}

fn plain_date(text: &str) -> Option<DateInterval> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let year = |text: &str| {
        let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_year.then(|| text.parse::<i32>().ok()).flatten()
    };
    match words.as_slice() {
        [only] => DateInterval::year(year(only)?).ok(),
        [month, last] => DateInterval::month(year(last)?, month_of(month)?).ok(),
        [day, month, last] => {
            let day: u32 = day.parse().ok()?;
            Day::new(year(last)?, month_of(month)?, day).ok().map(DateInterval::day)
        }
        _ => None,
    }
}

fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| word.get(..3) == Some(*month))?;
    u32::try_from(index + 1).ok()
}

/// Words for documents with their types. Longer ones stand before those that they begin with.
const DOCUMENTS: &[(&str, DocumentType)] = &[
    ("Diplomatic Passport", DocumentType::DiplomaticPassport),
    ("Stateless Person Passport", DocumentType::StatelessTravelDocument),
    ("British National Overseas Passport", DocumentType::Passport),
    ("Passport", DocumentType::Passport),
    ("Travel Document Number", DocumentType::Other),
    ("Tazkira National ID Card", DocumentType::IdentityCard),
    ("Stateless Person ID Card", DocumentType::IdentityCard),
    ("Refugee ID Card", DocumentType::IdentityCard),
    ("Personal ID Card", DocumentType::IdentityCard),
    ("Citizen's Card Number", DocumentType::IdentityCard),
    ("Cedula No.", DocumentType::IdentityCard),
    ("D.N.I.", DocumentType::IdentityCard),
    ("Numero de Identidad", DocumentType::IdentityCard),
    ("Kenyan ID No.", DocumentType::IdentityCard),
    ("National ID No.", DocumentType::NationalNumber),
    ("Bosnian Personal ID No.", DocumentType::NationalNumber),
    ("Moroccan Personal ID No.", DocumentType::NationalNumber),
    ("Turkish Identificiation Number", DocumentType::NationalNumber),
    ("UAE Identification", DocumentType::NationalNumber),
    ("Identification Number", DocumentType::NationalNumber),
    ("National Foreign ID Number", DocumentType::NationalNumber),
    ("C.U.R.P. #", DocumentType::NationalNumber),
    ("C.U.R.P.", DocumentType::NationalNumber),
    ("N.I.E.", DocumentType::NationalNumber),
    ("SSN", DocumentType::NationalNumber),
    ("LE Number", DocumentType::Other),
    ("Electoral Registry No.", DocumentType::Other),
    ("Credencial electoral", DocumentType::Other),
    ("I.F.E.", DocumentType::Other),
    ("C.U.I.P.", DocumentType::Other),
    ("Pilot License Number", DocumentType::Other),
    ("Driver's License No.", DocumentType::DrivingLicence),
    ("Residency Number", DocumentType::ResidencePermit),
    ("VisaNumberID", DocumentType::Visa),
    ("Cartilla de Servicio Militar Nacional", DocumentType::ServiceIdentity),
    ("Birth Certificate Number", DocumentType::BirthCertificate),
    ("R.F.C. #", DocumentType::TaxNumber),
    ("R.F.C.", DocumentType::TaxNumber),
    ("RFC", DocumentType::TaxNumber),
    ("Tax ID No.", DocumentType::TaxNumber),
    ("Italian Fiscal Code:", DocumentType::TaxNumber),
    ("Italian Fiscal Code", DocumentType::TaxNumber),
    ("NIT #", DocumentType::TaxNumber),
    ("RUC #", DocumentType::TaxNumber),
    ("C.U.I.T.", DocumentType::TaxNumber),
    ("RTN", DocumentType::TaxNumber),
];

/// The longest number of a document, in characters: what is longer is a sentence.
const NUMBER_CAP: usize = 40;

/// Reads `Passport D001001 (Libya) issued 22 Jan 2015 expires 22 Jan 2017`.
fn document(text: &str, today: Day) -> Option<Document<'_>> {
    let (words, document_type) = DOCUMENTS
        .iter()
        .find(|(words, _)| text.strip_prefix(words).is_some_and(|rest| rest.starts_with(' ')))?;
    let (words, rest) = text.split_at(words.len());
    let rest = rest.trim();
    if ["issued ", "expires "].iter().any(|word| rest.starts_with(word)) {
        return None;
    }
    let end = ["(", " issued", " expire", ","].iter().filter_map(|mark| rest.find(mark)).min();
    let (number, behind) = rest.split_at(end.unwrap_or(rest.len()));
    let number = number.trim();
    let is_number = number.chars().any(|c| c.is_ascii_digit()) && number.chars().count() <= NUMBER_CAP;
    if !is_number {
        return None;
    }
    let mut behind = behind.trim().to_owned();
    let country = behind.strip_prefix('(').and_then(|text| text.split_once(')')).and_then(|(name, rest)| {
        country_of_name(name.trim()).map(|country| (country, rest.trim().to_owned()))
    });
    let country = country.map(|(country, rest)| {
        behind = rest;
        country
    });
    let issued_on = take_date(&mut behind, "issued ", today).filter(|date| date.earliest() <= today);
    let expires_on = take_date(&mut behind, "expires ", Day::LAST);
    let rest = behind.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_owned();
    Some(Document { document_type: *document_type, words, number, country, issued_on, expires_on, rest })
}

/// Takes a word and the date behind it out of a text.
fn take_date(text: &mut String, word: &str, today: Day) -> Option<DateInterval> {
    let start = text.find(word)?;
    let behind = &text[start + word.len()..];
    let words: Vec<&str> = behind.split_whitespace().take(3).collect();
    // The longest reading wins: `01 May 1999` before `01`.
    let (read, date) = (1..=words.len()).rev().find_map(|count| {
        let candidate = words[..count].join(" ");
        date(candidate.trim_end_matches([',', '.']), today).map(|date| (count, date))
    })?;
    let rest: Vec<&str> = behind.split_whitespace().skip(read).collect();
    *text = format!("{} {}", text[..start].trim(), rest.join(" ")).trim().to_owned();
    Some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Day {
        Day::new(2026, 11, 27).unwrap()
    }

    #[test]
    fn dates_of_every_writing() {
        for (text, read) in [
            ("03 May 1938", Some("1938-05-03")),
            ("Sept 1960", Some("1960-09")),
            ("1944", Some("1944")),
            ("circa 1951", Some("1949-12-31/1952-12-31~")),
            ("1929 to 1930", Some("1929-01-01/1930-12-31")),
            ("01 Jan 1975 to 31 Dec 1980", Some("1975-01-01/1980-12-31")),
            ("1930 to 1929", None),
            ("31 Feb 1970", None),
            ("2031", None),
            ("১৯৪৪", None),
            ("", None),
        ] {
            let found = date(text, today()).map(|date| date.to_string());
            assert_eq!(found.as_deref(), read, "{text}");
        }
    }

    #[test]
    fn documents_are_taken_apart() {
        let read = |text| document(text, today()).unwrap();
        let passport = read("Passport D001001 (Libya) issued 22 Jan 2015 expires 22 Jan 2017");
        assert_eq!((passport.document_type, passport.number), (DocumentType::Passport, "D001001"));
        assert_eq!(passport.country.map(|country| country.to_string()).as_deref(), Some("LBY"));
        assert_eq!(passport.issued_on.map(|day| day.to_string()).as_deref(), Some("2015-01-22"));
        assert_eq!(passport.expires_on.map(|day| day.to_string()).as_deref(), Some("2017-01-22"));
        assert_eq!(passport.rest, "");
        let card = read("Identification Number AO 2879097 (Italy) expires 30 Oct 2032 in Roma");
        assert_eq!((card.number, card.rest.as_str()), ("AO 2879097", "in Roma"));
        let unknown = read("Cedula No. 16247821 (Utopia)");
        assert_eq!((unknown.number, unknown.country, unknown.rest.as_str()), ("16247821", None, "(Utopia)"));
        for words in ["Passport issued 21 Jun 1992", "Passports 12", "Commander of the 31st", ""] {
            assert_eq!(document(words, today()), None, "{words}");
        }
    }

    #[test]
    fn registers_are_taken_apart() {
        let read = |text| registered(text).map(|read| (read.words, read.number, read.country.is_some()));
        for (text, expected) in [
            ("Registration ID 01125548 (Ukraine)", Some(("Registration ID", "01125548", true))),
            ("Registration ID HRB 58745 (Germany)", Some(("Registration ID", "HRB 58745", true))),
            ("RIF # J-30835786-3 (Venezuela)", Some(("RIF #", "J-30835786-3", true))),
            ("Company Number 5146578", Some(("Company Number", "5146578", false))),
            ("Company Number 5146578 (Utopia)", None),
            ("Registration Number unknown", None),
            ("Registration Numbers 12", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn statements_are_told_apart() {
        let remark = "DOB 1944; alt. POB Cali, Colombia; a.k.a. 'পরীক্ষা'; Gender Male; Linked To: SOMEBODY; \
                      Digital Currency Address - XBT 149w62rY42aZBox8fGcmqNsXUzSStKeq8C; citizen.";
        let read: Vec<Remark> = statements(remark).map(|statement| read(statement, today()).0).collect();
        assert_eq!(
            read[1..],
            [
                Remark::BornIn("Cali, Colombia"),
                Remark::AlsoKnownAs("পরীক্ষা"),
                Remark::Sex(Sex::Male),
                Remark::LinkedTo,
                Remark::Wallet { currency: "XBT", address: "149w62rY42aZBox8fGcmqNsXUzSStKeq8C" },
                Remark::Words,
            ]
        );
    }
}
