//! Documents of the list: types in many words, numbers with words around them.

use barid_domain::codes::DocumentType;

/// Finds the type of a document from the words of the list.
///
/// `second` (`TYPE_OF_DOCUMENT2`) is the more exact field and wins where it names a type of the closed list; the words
/// around the number (`number_text`) can only refine a passport or a number. English, French and Spanish occur. What names no type
/// is `Other`; the caller keeps the words.
pub fn document_type(first: Option<&str>, second: Option<&str>, number_text: Option<&str>) -> DocumentType {
    let first_type = first.map_or(DocumentType::Other, type_of_words);
    let by_fields = match second.map(type_of_words) {
        Some(exact) if exact != DocumentType::Other => exact,
        // The second field names something outside the list: the first, more general one would be wrong.
        Some(_) if second.is_some_and(names_a_thing) => DocumentType::Other,
        Some(_) | None => first_type,
    };
    let refined = number_text.map_or(DocumentType::Other, type_of_words);
    match (by_fields, refined) {
        (
            DocumentType::Passport,
            DocumentType::DiplomaticPassport
            | DocumentType::ServicePassport
            | DocumentType::EmergencyTravelDocument
            | DocumentType::IdentityCard
            | DocumentType::DrivingLicence,
        ) => refined,
        (DocumentType::NationalNumber, DocumentType::IdentityCard | DocumentType::ServiceIdentity) => refined,
        (DocumentType::Other, refined) => refined,
        (by_fields, _) => by_fields,
    }
}

/// Words in the order in which they decide; the first that occurs gives the type.
const WORDS: &[(&[&str], DocumentType)] = &[
    (
        &["diplomatic passport", "passeport diplomatique", "pasaporte diplomático"],
        DocumentType::DiplomaticPassport,
    ),
    (&["service passport", "official passport", "passeport de service"], DocumentType::ServicePassport),
    (&["laissez-passer", "laissez passer", "provisional passport"], DocumentType::EmergencyTravelDocument),
    (&["passport", "passeport", "pasaporte", "паспорт"], DocumentType::Passport),
    (&["birth certificate", "acte de naissance"], DocumentType::BirthCertificate),
    (&["driving licence", "driver's", "driver\u{2019}s", "permis de conduire"], DocumentType::DrivingLicence),
    (&["military", "serviceman", "fardc", "armed forces"], DocumentType::ServiceIdentity),
    (&["fiscal", "tax "], DocumentType::TaxNumber),
    (&["residence permit", "residential card", "carte de séjour"], DocumentType::ResidencePermit),
    (&["ration card", "voter", "student", "alien registration", "certificate of"], DocumentType::Other),
    (
        &[
            "identity card",
            "identification card",
            "identity document",
            "tazkira",
            "id card",
            "carte d'identité",
            "documento de identidad",
            "bundespersonalausweis",
        ],
        DocumentType::IdentityCard,
    ),
    (
        &[
            "identification number",
            "identity number",
            "national number",
            "personal identification",
            "social security",
            "national identification",
        ],
        DocumentType::NationalNumber,
    ),
];

fn type_of_words(words: &str) -> DocumentType {
    let folded = words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    WORDS
        .iter()
        .find(|(known, _)| known.iter().any(|word| folded.contains(word)))
        .map_or(DocumentType::Other, |(_, document_type)| *document_type)
}

/// Whether the words say more than "number".
fn names_a_thing(words: &str) -> bool {
    !matches!(
        words.trim().trim_end_matches([':', '.']).to_lowercase().as_str(),
        "" | "number" | "no" | "identification"
    )
}

/// A document number taken out of the words around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberReading {
    /// The number alone, or the whole text where it could not be told apart.
    pub number: String,
    /// Whether words were left out.
    pub words_left_out: bool,
}

/// Takes the number out of a text such as `Afghan passport number OA000001` or `381000042 (Expired 25 Jan. 2016)`.
///
/// Remarks in brackets and behind commas go, then everything before the last word that holds no digit; what is left must
/// hold digits in all its words, or the text is kept whole.
pub fn read_number(text: &str) -> NumberReading {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let without_remark = text.split(['(', ',']).next().unwrap_or_default().trim();
    let mut words: Vec<&str> = Vec::new();
    for word in without_remark.split(' ') {
        // `1234 No. 555001`: a series and a number, the mark between them says nothing.
        let is_mark = matches!(word.to_lowercase().as_str(), "no." | "no" | "№" | "n°");
        if !(is_mark && words.last().is_some_and(|last| last.chars().any(|c| c.is_ascii_digit()))) {
            words.push(word);
        }
    }
    let is_word = |word: &&str| !word.chars().any(|c| c.is_ascii_digit());
    // Two capital letters before the digits are a series: `SE 000002`, `A 0100001`.
    let is_series =
        |word: &str| word.len() <= 2 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase());
    let last_word =
        words.iter().enumerate().rev().find(|(_, word)| is_word(word) && !is_series(word)).map(|(i, _)| i);
    let number = words[last_word.map_or(0, |index| index + 1)..].join(" ");
    let number = if number.chars().any(|c| c.is_ascii_digit()) { number } else { text.clone() };
    NumberReading { words_left_out: number != text, number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_in_three_languages() {
        for (first, second, expected) in [
            ("Passport", "", DocumentType::Passport),
            ("Numéro de passeport ", "", DocumentType::Passport),
            ("Número de pasaporte", "", DocumentType::Passport),
            ("National Identification\n        Number", "", DocumentType::NationalNumber),
            (
                "National Identification Number",
                "Afghan national identification card (tazkira) number",
                DocumentType::IdentityCard,
            ),
            ("National Identification Number", "Ration card number:", DocumentType::Other),
            ("National Identification Number", "Civil\nIdentification\nnumber", DocumentType::NationalNumber),
            ("National Identification Number", "number: ", DocumentType::NationalNumber),
            ("National Identification Number", "Driver's Permit", DocumentType::DrivingLicence),
            ("National Identification Number", "FARDC ID", DocumentType::ServiceIdentity),
            ("National Identification Number", "Italian Fiscal Code:", DocumentType::TaxNumber),
            ("Passport", "Service passport ", DocumentType::ServicePassport),
            ("Проездной билет", "", DocumentType::Other),
        ] {
            let second = (!second.is_empty()).then_some(second);
            assert_eq!(document_type(Some(first), second, None), expected, "{first} {second:?}");
        }
        let refined = document_type(Some("Passport"), None, Some("CAR diplomatic passport no. D00000001"));
        assert_eq!(refined, DocumentType::DiplomaticPassport);
        assert_eq!(document_type(None, None, None), DocumentType::Other);
    }

    #[test]
    fn numbers_are_taken_out_of_their_words() {
        for (text, number) in [
            ("OA000001", "OA000001"),
            ("Afghan passport number OA000001", "OA000001"),
            ("Afghan passport number SE 000002", "SE 000002"),
            ("381000042 (Expired 25 Jan. 2016)", "381000042"),
            ("R00000098, South Sudan", "R00000098"),
            ("Russian passport number 1234 No. 555001", "1234 555001"),
            ("Diplomatic Passport: Z30000001", "Z30000001"),
            ("Libya B/000010", "B/000010"),
            ("\nOR800001", "OR800001"),
            (
                "German travel document (“Reiseausweis”) A 0100001",
                "German travel document (“Reiseausweis”) A 0100001",
            ),
            ("S/200001", "S/200001"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(read_number(text).number, number, "{text}");
        }
        assert!(!read_number("E 1234").words_left_out);
        assert!(read_number("No. E 1234").words_left_out);
    }
}
