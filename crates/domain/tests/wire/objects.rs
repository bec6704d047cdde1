//! The databases of objects: their description is written from the tables, and values of every field conform to it.

use std::fmt::Write as _;

use barid_domain::codes::{CodeList, Database};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::tables::TABLES;
use barid_domain::text::LocalText;
use expect_test::expect_file;
use proptest::prelude::*;

use crate::samples::here;

/// Objects of every database; their values are such as might be entered.
pub fn object() -> impl Strategy<Value = Object> {
    (0..TABLES.len()).prop_flat_map(|at| {
        let database = TABLES[at].database;
        fields(TABLES[at].fields).prop_map(move |fields| Object { database, fields })
    })
}

fn fields(table: &'static [Field]) -> BoxedStrategy<Fields> {
    let values = |field: &'static Field| {
        let count = usize::from(field.required)..=field.most.min(2);
        proptest::collection::vec(value(field.kind), count).prop_map(move |values| (field.key, values))
    };
    let all: Vec<_> = table.iter().map(values).collect();
    all.prop_map(|all| {
        let mut fields = Fields::default();
        for (key, values) in all {
            values.into_iter().for_each(|value| fields.push(key, value));
        }
        fields
    })
    .boxed()
}

fn value(kind: FieldKind) -> BoxedStrategy<Value> {
    match kind {
        FieldKind::Text(_) | FieldKind::Name | FieldKind::Identifier(_) | FieldKind::RangeEnd(_) => {
            prop::sample::select(vec!["А 123 ВС 77", "درس ١٢٣٤", "XB 000-0001", "车牌"])
                .prop_map(|text| Value::Text(text.to_owned()))
                .boxed()
        }
        FieldKind::Currency => Just(Value::Text("XTS".into())).boxed(),
        FieldKind::Cas => Just(Value::Text("50-36-2".into())).boxed(),
        FieldKind::Script => Just(Value::Text("Cyrl".into())).boxed(),
        FieldKind::Language => Just(Value::Text("ru".into())).boxed(),
        FieldKind::Interval => Just(Value::Interval("1971-03".parse().unwrap())).boxed(),
        FieldKind::Note | FieldKind::LongNote => {
            Just(Value::Note(LocalText { language: "fa".into(), text: "نشانه".into() })).boxed()
        }
        FieldKind::Code(_) => any::<u16>().prop_map(Value::Code).boxed(),
        FieldKind::Day => (Day::FIRST.days()..=Day::LAST.days())
            .prop_map(|days| Value::Day(Day::from_days(days).unwrap()))
            .boxed(),
        FieldKind::Year => (1800u64..2100).prop_map(Value::Quantity).boxed(),
        FieldKind::Country => Just(Value::Country(CountryCode::new("XAX").unwrap())).boxed(),
        FieldKind::Quantity { most, .. } => (0..=most).prop_map(Value::Quantity).boxed(),
        FieldKind::Group(table) => fields(table).prop_map(Value::Group).boxed(),
    }
}

/// The description, written from the tables themselves.
#[test]
fn the_databases_of_objects_are_described() {
    let mut text = String::from(
        "; What is stated about objects, database by database: the rule of a database describes field 1 of an object.\n\
         ; A field that is not there is left out; one that may have several values is an array, also of one.\n\
         ; Written by `UPDATE_EXPECT=1 cargo test -p barid-domain --test wire objects`.\n\n\
         object =\n",
    );
    for table in TABLES {
        let _ = writeln!(
            text,
            "  {{ 0 => {}, 1 => {}, * 2..65535 => any }} /",
            table.database.number(),
            table.database
        );
    }
    let first_later = Database::LISTED.iter().map(|(code, _)| code.number()).max().unwrap() + 1;
    let _ =
        writeln!(text, "  {{ 0 => {first_later}..65535, 1 => {{ * 0..65535 => any }}, * 2..65535 => any }}");
    let mut groups = Vec::new();
    for table in TABLES {
        describe(&table.database.to_string(), table.fields, &mut text, &mut groups);
    }
    while let Some((name, table)) = groups.pop() {
        describe(&name, table, &mut text, &mut groups);
    }
    expect_file![here("../../docs/wire/objects.cddl")].assert_eq(&text);
}

/// The fields for people, written from the tables themselves.
#[test]
fn the_fields_of_objects_are_documented() {
    let mut text = String::from(
        "# Databases of objects\n\n\
         Written by `UPDATE_EXPECT=1 cargo test -p barid-domain --test wire objects` from the tables of the program\n\
         (`crates/domain/src/objects/tables.rs`); [objects.md](../objects.md) says how they are entered and found.\n\n\
         *Must* marks fields that are always there; a number behind *up to* says that a field is a list. Numbers are kept as\n\
         they are written.\n",
    );
    for table in TABLES {
        let _ = writeln!(text, "\n## {}\n", table.database);
        if !table.one_of.is_empty() {
            let _ = writeln!(text, "At least one of {}.\n", table.one_of.join(", "));
        }
        document(table.fields, "", &mut text);
    }
    expect_file![here("../../docs/formats/objects.md")].assert_eq(&text);
}

fn document(table: &[Field], within: &str, text: &mut String) {
    if within.is_empty() {
        text.push_str("| field | holds | | says |\n|---|---|---|---|\n");
    }
    for field in table {
        let holds = match field.kind {
            FieldKind::Text(cap) => format!("text, {cap} characters"),
            FieldKind::Name => "name".to_owned(),
            FieldKind::Note => "text in a named language".to_owned(),
            FieldKind::LongNote => "long text in a named language".to_owned(),
            FieldKind::Code(codes) => format!("code of `{}`", codes.list),
            FieldKind::Day => "day".to_owned(),
            FieldKind::Interval => "interval of days".to_owned(),
            FieldKind::Year => "year".to_owned(),
            FieldKind::Country => "country".to_owned(),
            FieldKind::Script => "script (ISO 15924)".to_owned(),
            FieldKind::Language => "language (BCP 47)".to_owned(),
            FieldKind::Currency => "currency (ISO 4217)".to_owned(),
            FieldKind::Quantity { unit, .. } => format!("whole number, {unit}"),
            FieldKind::Cas => "CAS number".to_owned(),
            FieldKind::Identifier(kind) => format!("number `{kind}`"),
            FieldKind::RangeEnd(_) => "number".to_owned(),
            FieldKind::Group(_) => "group".to_owned(),
        };
        let mut marks = Vec::new();
        if field.required {
            marks.push("must".to_owned());
        }
        if field.most > 1 {
            marks.push(format!("up to {}", field.most));
        }
        let name = format!("{within}{}", field.name);
        let _ = writeln!(text, "| `{name}` | {holds} | {} | {} |", marks.join(", "), field.says);
        if let FieldKind::Group(inner) = field.kind {
            document(inner, &format!("{name}."), text);
        }
    }
}

fn describe(
    name: &str,
    table: &'static [Field],
    text: &mut String,
    groups: &mut Vec<(String, &'static [Field])>,
) {
    let mut aliases = Vec::new();
    let _ = writeln!(text, "\n{name} = {{");
    for field in table {
        let rule = match field.kind {
            FieldKind::Text(cap) => format!("tstr .size (1..{})", cap * 4),
            FieldKind::Name => "tstr .size (1..1200)".to_owned(),
            FieldKind::Note => "text-short".to_owned(),
            FieldKind::LongNote => "text-long".to_owned(),
            FieldKind::Code(codes) => codes.list.to_owned(),
            FieldKind::Day => "day".to_owned(),
            FieldKind::Interval => "date-interval".to_owned(),
            FieldKind::Year => "1800..9999".to_owned(),
            FieldKind::Country => "country-code".to_owned(),
            FieldKind::Script => "tstr .size 4".to_owned(),
            FieldKind::Language => "language-tag".to_owned(),
            FieldKind::Currency => "tstr .size 3".to_owned(),
            FieldKind::Quantity { most, .. } => format!("0..{most}"),
            FieldKind::Cas => "tstr .size (7..12)".to_owned(),
            FieldKind::Identifier(_) | FieldKind::RangeEnd(_) => "tstr .size (1..480)".to_owned(),
            FieldKind::Group(inner) => {
                let inner_name = format!("{name}-{}", field.name.replace('_', "-"));
                groups.push((inner_name.clone(), inner));
                inner_name
            }
        };
        // A name of its own for each field: makers of readers name what they make after it.
        let own = format!("{name}-{}", field.name.replace('_', "-"));
        if own != rule {
            aliases.push((own.clone(), rule));
        }
        let rule = if field.most == 1 { own } else { format!("[1*{} {own}]", field.most) };
        let optional = if field.required { "" } else { "? " };
        let unit = match field.kind {
            FieldKind::Quantity { unit, .. } => format!(" In {unit}."),
            FieldKind::Code(codes) => format!(" A code of {}.", codes.list),
            FieldKind::Identifier(kind) => format!(" A number: {kind}."),
            _ => String::new(),
        };
        let _ = writeln!(text, "  {optional}{} => {rule}, ; {}: {}{unit}", field.key, field.name, field.says);
    }
    let _ =
        writeln!(text, "  * {}..65535 => any,\n}}", table.iter().map(|field| field.key).max().unwrap() + 1);
    for (own, rule) in aliases {
        let _ = writeln!(text, "{own} = {rule}");
    }
}
