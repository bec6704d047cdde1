//! From an entity of the list to the record of a group.
//!
//! As with persons, the record states and asks for nothing: its status is "listed". What an entity is, a bank or an armed
//! group, the list says in words only; it is not guessed.

use barid_domain::codes::{AliasStrength, CodeList, Database, IdentifierKind};
use barid_domain::dates::Day;
use barid_domain::faults::{Fault, Faults};
use barid_domain::objects::Object;
use barid_domain::objects::codes::{GroupNameKind, GroupStatus, RegisterKind};
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::identifiers;
use barid_domain::objects::tables;
use barid_domain::persons::caps;
use barid_domain::text::{NAME_CAP, SHORT_CAP, clean};

use super::items::{AliasQuality, UnAddress, UnAlias, UnEntity};
use super::names::{balanced, name_in_note, split_acronym, split_aliases, split_scripts};
use super::person::{Remarks, local};
use crate::list_items::{push_new, script_of};

/// Makes a group of an entity and checks it by the rules of the records on `today`.
///
/// Gives every fault where the record does not hold; the caller reports them and refuses the item.
pub fn to_group(entity: &UnEntity, today: Day) -> Result<Object, Vec<Fault>> {
    let mut remarks = Remarks::default();
    remarks.0.extend(entity.comments.iter().map(|text| local(text)));
    let mut group = Form::of_groups();
    for name in names(entity, &mut remarks) {
        group.push_group("names", name.values());
    }
    group.push("statuses", Value::Code(GroupStatus::Listed.number()));
    for address in &entity.addresses {
        group.push_group("addresses", address_values(address));
    }
    let notes = entity.addresses.iter().filter_map(|address| address.note.as_deref());
    let mut numbers: Vec<Number> = Vec::new();
    for words in entity.comments.as_deref().into_iter().chain(notes) {
        numbers_in_words(words).into_iter().for_each(|number| push_new(&mut numbers, number));
    }
    for number in numbers {
        match number.register {
            Some((kind, register)) => group.push_group(
                "registrations",
                vec![
                    ("number", Value::Text(number.written)),
                    ("kind", Value::Code(kind.number())),
                    ("register", Value::Text(register)),
                ],
            ),
            None => group.push(field_of(number.kind), Value::Text(number.written)),
        }
    }
    for (scheme, number) in [("UN", &entity.reference_number), ("UN-DATAID", &entity.data_id)] {
        let values = [("scheme", Value::Text(scheme.to_owned())), ("number", Value::Text(number.clone()))];
        group.push_group("references", values.to_vec());
    }
    entity.listed_on.into_iter().for_each(|day| group.push("listed_on", Value::Day(day)));
    entity.updated_on.iter().for_each(|day| group.push("amended_on", Value::Day(*day)));
    if let Some(regime) = &entity.regime {
        remarks.add("Sanctions regime", regime);
    }
    entity.list_types.iter().for_each(|list| remarks.add("List", list));
    remarks.0.into_iter().for_each(|remark| group.push("remarks", Value::Note(remark)));
    let group = Object { database: Database::OrganisationsAndNetworks, fields: group.fields };
    let mut faults = Faults::default();
    group.check(today, &mut faults);
    faults.into_result().map(|()| group)
}

/// Fields that are filled in by their names.
struct Form {
    table: &'static [Field],
    fields: Fields,
}

impl Form {
    fn of_groups() -> Self {
        let table = tables::table(Database::OrganisationsAndNetworks);
        Self { table: table.map_or(&[], |table| table.fields), fields: Fields::default() }
    }

    /// Adds a value. A name that the table has not is a fault of this file, and the tests over the sample find it.
    fn push(&mut self, name: &str, value: Value) {
        let field = self.table.iter().find(|field| field.name == name);
        debug_assert!(field.is_some(), "{name}");
        field.into_iter().for_each(|field| self.fields.push(field.key, value.clone()));
    }

    fn push_group(&mut self, name: &str, values: Vec<(&'static str, Value)>) {
        let inner = self.table.iter().find(|field| field.name == name).map(|field| field.kind);
        let Some(FieldKind::Group(table)) = inner else { return };
        let mut within = Self { table, fields: Fields::default() };
        values.into_iter().for_each(|(name, value)| within.push(name, value));
        self.push(name, Value::Group(within.fields));
    }
}

/// Is a name with what the list says of it.
#[derive(PartialEq)]
struct Name {
    text: String,
    kind: GroupNameKind,
    strength: Option<AliasStrength>,
    note: Option<String>,
}

impl Name {
    fn values(self) -> Vec<(&'static str, Value)> {
        let script = script_of(&self.text);
        let mut values = vec![
            ("text", Value::Text(self.text)),
            ("kind", Value::Code(self.kind.number())),
            ("script", Value::Text(script)),
        ];
        values.extend(self.strength.map(|strength| ("strength", Value::Code(strength.number()))));
        values.extend(self.note.map(|note| ("note", Value::Text(note))));
        values
    }
}

fn names(entity: &UnEntity, remarks: &mut Remarks) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut add = |name: Name| {
        // One over the cap is enough to be refused; more would only cost time.
        if names.len() > caps::NAMES {
            return;
        }
        if clean(&name.text, NAME_CAP).is_ok_and(|cleaned| cleaned == name.text) {
            let is_new = names.iter().all(|known| known.text != name.text);
            names.extend(is_new.then_some(name));
        } else {
            remarks.add("Other name", &name.text);
        }
    };
    for (at, text) in split_aliases(&entity.name).into_iter().enumerate() {
        let kind = if at == 0 { GroupNameKind::Primary } else { GroupNameKind::Alias };
        with_acronym(text, kind, None, None).into_iter().for_each(&mut add);
    }
    for text in &entity.original_script_names {
        add(Name { text: text.clone(), kind: GroupNameKind::OriginalScript, strength: None, note: None });
    }
    entity.aliases.iter().flat_map(alias_names).for_each(&mut add);
    for alias in entity.aliases.iter().filter(|alias| alias.name.is_empty()) {
        alias.note.iter().for_each(|note| remarks.add("Other name without words", note));
    }
    names
}

/// The names an alias holds: several in one field, one in brackets in its own script, one in the note.
fn alias_names(alias: &UnAlias) -> Vec<Name> {
    let (kind, strength) = match alias.quality {
        AliasQuality::Good => (GroupNameKind::Alias, Some(AliasStrength::Strong)),
        AliasQuality::Low => (GroupNameKind::Alias, Some(AliasStrength::Weak)),
        AliasQuality::FormerlyKnownAs => (GroupNameKind::Former, None),
        AliasQuality::AlsoKnownAs | AliasQuality::NotStated => (GroupNameKind::Alias, None),
    };
    let note = alias.note.as_deref().and_then(|note| clean(note, SHORT_CAP).ok());
    let mut names = Vec::new();
    for text in split_aliases(&alias.name.replace("(original script)", "")) {
        let (text, in_own_script) = split_scripts(&balanced(&text));
        names.extend(with_acronym(balanced(&text), kind, strength, note.clone()));
        let own = in_own_script.map(|text| Name { text: balanced(&text), kind, strength, note: None });
        names.extend(own);
    }
    let in_note = alias.note.as_deref().and_then(name_in_note);
    names.extend(in_note.map(|text| Name { text, kind, strength, note: None }));
    names
}

/// A name, and the letters behind it that stand for it.
fn with_acronym(
    text: String,
    kind: GroupNameKind,
    strength: Option<AliasStrength>,
    note: Option<String>,
) -> Vec<Name> {
    let (text, acronym) = split_acronym(&text);
    let acronym = acronym.map(|text| Name { text, kind: GroupNameKind::Acronym, strength, note: None });
    [Name { text, kind, strength, note }].into_iter().chain(acronym).collect()
}

fn address_values(address: &UnAddress) -> Vec<(&'static str, Value)> {
    let country = address.country.as_ref();
    let code = country.and_then(|country| country.code);
    let words = country.filter(|_| code.is_none()).map(|country| country.text.clone());
    let mut values: Vec<(&str, Value)> =
        code.map(|code| ("country", Value::Country(code))).into_iter().collect();
    for (name, text) in [
        ("country_text", words),
        ("region", address.region.clone()),
        ("city", address.city.clone()),
        ("street", address.street.clone()),
        ("postal_code", address.postal_code.clone()),
    ] {
        values.extend(text.map(|text| (name, Value::Text(text))));
    }
    values.extend(address.note.as_deref().map(|note| ("note", Value::Note(local(note)))));
    values
}

/// Is a number that words hold.
#[derive(PartialEq, Debug)]
struct Number {
    kind: IdentifierKind,
    written: String,
    /// Of a number in a register, its kind and the words in front of it.
    register: Option<(RegisterKind, String)>,
}

fn field_of(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Bic => "bics",
        IdentifierKind::ImoCompany => "imo_companies",
        IdentifierKind::Email => "emails",
        IdentifierKind::Website => "websites",
        _ => "phones",
    }
}

/// The numbers that stand in words, where what is in front of them or their own form says what they are: `SWIFT: FTBDKPPY`,
/// `IMO number: 5987860`, `Telephone: +850-2-18111-8208`. The words stay where they were.
fn numbers_in_words(words: &str) -> Vec<Number> {
    let pieces: Vec<&str> = words.split_whitespace().collect();
    let mut numbers = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let bare = piece.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
        let before = |count: usize| pieces[at.saturating_sub(count)..at].join(" ").to_lowercase();
        let kind = match () {
            () if bare.contains('@') => IdentifierKind::Email,
            () if before(1).contains("website") => IdentifierKind::Website,
            () if is_named(&before(1), &["swift", "bic"]) && is_in_capitals(bare) => IdentifierKind::Bic,
            () if is_named(&before(2), &["imo"]) => IdentifierKind::ImoCompany,
            () if bare.starts_with('+') => IdentifierKind::Phone,
            () => {
                numbers.extend(number_of_register(&pieces, at, bare));
                continue;
            }
        };
        let whole = if kind == IdentifierKind::Phone { phone_from(&pieces[at..]) } else { bare.to_owned() };
        if identifiers::fault(kind, &whole).is_none() {
            numbers.push(Number { kind, written: whole, register: None });
        }
    }
    numbers
}

fn is_in_capitals(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Tells whether a word is among those in front of a number, signs apart: `swift/bic:`, `(imo)`.
fn is_named(before: &str, wanted: &[&str]) -> bool {
    before.split(|c: char| !c.is_alphanumeric()).any(|word| wanted.contains(&word))
}

/// A telephone number from its sign on: pieces of digits, as long as they follow on each other.
fn phone_from(pieces: &[&str]) -> String {
    let mut number = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let piece = if at == 0 { piece.trim_start_matches(|c| c != '+') } else { piece };
        let end = piece.find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-')).unwrap_or(piece.len());
        if end == 0 || (!number.is_empty() && piece.starts_with('+')) {
            break;
        }
        if !number.is_empty() {
            number.push(' ');
        }
        number.push_str(&piece[..end]);
        if end < piece.len() {
            break;
        }
    }
    number
}

/// A number behind the words of a register: `Registered company number: 02150590`, `Pakistan National Tax Number: 1774308`.
fn number_of_register(pieces: &[&str], at: usize, bare: &str) -> Option<Number> {
    let label = pieces.get(at.checked_sub(1)?)?.to_lowercase();
    if !matches!(label.trim_end_matches(':'), "number" | "no" | "no.")
        || !bare.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    // The label's own words: from the last stop on, five of them at most.
    let words = &pieces[at.saturating_sub(5)..at];
    let ends = |piece: &&str| piece.ends_with(['.', ';', ',', ':']);
    let from = words[..words.len() - 1].iter().rposition(ends).map_or(0, |at| at + 1);
    let from = words.iter().rposition(|piece| piece.starts_with('(')).map_or(from, |at| at.max(from));
    let register = words[from..].join(" ");
    let register = register.trim_matches(|c: char| !c.is_alphanumeric());
    let said = register.to_lowercase();
    let kind = match () {
        () if said.contains("tax") => RegisterKind::Tax,
        () if said.contains("licen") => RegisterKind::Licences,
        () if said.contains("regist") || said.contains("company") => RegisterKind::Companies,
        () => return None,
    };
    let is_sound = identifiers::fault(IdentifierKind::Registration, bare).is_none();
    is_sound.then(|| Number {
        kind: IdentifierKind::Registration,
        written: bare.to_owned(),
        register: Some((kind, register.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &str) -> Vec<String> {
        let shown = |number: Number| match number.register {
            Some((kind, register)) => format!("{kind} {} ({register})", number.written),
            None => format!("{} {}", number.kind, number.written),
        };
        numbers_in_words(words).into_iter().map(shown).collect()
    }

    #[test]
    fn numbers_are_found_in_words_and_words_are_none() {
        for (words, expected) in [
            ("… services. SWIFT/BIC: FTBDKPPY.", &["bic FTBDKPPY"][..]),
            ("SWIFT: DCBKKPPY. Daedong Credit Bank", &["bic DCBKKPPY"]),
            ("vessel HAP JANG GANG 6. IMO number: 5787684.", &["imo-company 5787684"]),
            ("Organization (IMO) Number: 5342883.", &["imo-company 5342883"]),
            ("IMO number: 5787685", &[]),
            (
                "Telephone: +850-2-18111-8208. Fax: +850-2-381-4410/4416. Email: mhs-ip@star-co.net.kp.",
                &["phone +850-2-18111-8208", "phone +850-2-381-4410", "email mhs-ip@star-co.net.kp"],
            ),
            ("Tel.: +256 41 533 578/9 Plot 22", &["phone +256 41 533 578"]),
            ("(+93-202-103386), SWIFT transfer of 2015", &["phone +93-202-103386"]),
            (
                "(Additional Information: Telephone: 98-919-538-2305; Website: http://www.behinehco.ir) [Old",
                &["website http://www.behinehco.ir"],
            ),
            (
                "Registered company number: 02150590. Last",
                &["companies 02150590 (Registered company number)"],
            ),
            (
                "information: Business Registration Number LL06889 (Malaysia))",
                &["companies LL06889 (Business Registration Number)"],
            ),
            (
                "Pakistan National Tax Number: 1774308; Pakistan National Tax Number: 0980338;",
                &["tax 1774308 (Pakistan National Tax Number)", "tax 0980338 (Pakistan National Tax Number)"],
            ),
            ("The number of fighters is about 500. Old Reference # E.29.I.6", &[]),
            ("Учебный номер: 500, электронная почта проба@пример.example", &["email проба@пример.example"]),
            ("", &[]),
        ] {
            assert_eq!(shown(words), expected, "{words}");
        }
    }
}
