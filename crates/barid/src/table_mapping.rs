//! The file that says what the columns and values of a bureau's own table stand for: JSON, read whole or refused
//! with a place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use barid_domain::codes::Database;
use barid_formats::mapping::TableMapping;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The largest file, in bytes.
pub const FILE_BYTES_CAP: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    #[serde(default)]
    columns: Pairs<String>,
    #[serde(default)]
    values: Pairs<Pairs<String>>,
    #[serde(default)]
    constants: Pairs<String>,
    #[serde(default)]
    left_out: BTreeSet<String>,
}

/// Reads the mapping of a table of `database`; the error says where the fault is.
pub fn read_mapping(text: &str, database: Database) -> Result<TableMapping, String> {
    // A list would be read as well, its items as fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err("not an object of JSON".to_owned());
    }
    let file: MappingFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mapping = TableMapping {
        columns: file.columns.0,
        values: file.values.0.into_iter().map(|(field, values)| (field, values.0)).collect(),
        constants: file.constants.0,
        left_out: file.left_out,
    };
    mapping.check(database).map_err(|error| error.to_string())?;
    Ok(mapping)
}

/// Is an object of JSON in which no name stands twice: the last one would silently count.
pub(crate) struct Pairs<V>(pub(crate) BTreeMap<String, V>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names and what they stand for")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, V>()? {
            if pairs.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{name} stands there twice")));
            }
            pairs.insert(name, value);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_whole_or_refused_with_its_place() {
        let page = include_str!("../../../docs/formats/objects-csv.md");
        let (_, example) = page.split_once("```json\n").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        let mapping = read_mapping(example, Database::Vehicles).unwrap();
        assert_eq!(mapping.columns["Госномер"], "plates.number");
        assert_eq!(mapping.values["status"]["угон"], "stolen");
        assert!(mapping.left_out.contains("Владелец") && mapping.constants["country"] == "TJK");
        assert_eq!(read_mapping("{}", Database::Vehicles), Ok(TableMapping::default()));
        for (file, why) in [
            ("", "not an object"),
            ("[{}, {}]", "not an object"),
            ("{\"columns\": {", "EOF"),
            ("{\"column\": {}}", "unknown field"),
            ("{\"columns\": {\"Кузов\": 7}}", "invalid type"),
            ("{\"columns\": {\"Кузов\": \"vin\", \"Кузов\": \"engine\"}}", "Кузов stands there twice"),
            ("{\"values\": {\"kind\": {}, \"kind\": {}}}", "kind stands there twice"),
            ("{\"columns\": {\"Калибр\": \"calibre\"}}", "mapping-unknown-field: columns.Калибр"),
        ] {
            let fault = read_mapping(file, Database::Vehicles).unwrap_err();
            assert!(fault.contains(why), "{file}: {fault}");
        }
    }
}
