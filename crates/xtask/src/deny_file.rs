//! Reads `deny.toml`, the list of allowed licences and banned crates.
//!
//! The file has cargo-deny's format, so that `cargo deny check` reads the same file where it is installed.
//! Only the part of TOML which that file uses is understood (tables, strings, booleans, arrays, inline
//! tables); anything else is refused rather than skipped.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What `deny.toml` asks for.
#[derive(Debug, Clone, Default)]
pub struct DenyFile {
    /// Licences, with their exceptions written `LICENCE WITH EXCEPTION`.
    pub allowed_licences: BTreeSet<String>,
    /// Crates that must not be there at all.
    pub banned: BTreeSet<String>,
    /// Crates that must not be there in two versions.
    pub single: BTreeSet<String>,
}

impl DenyFile {
    /// Reads the text of a `deny.toml`.
    pub fn read(text: &str) -> Result<Self, String> {
        let document = read_toml(text)?;
        let mut file = Self::default();
        for licence in list(&document, "licenses", "allow")? {
            let name = licence.as_str().ok_or("licenses.allow holds something that is not text")?;
            file.allowed_licences.insert(name.to_owned());
        }
        for ban in list(&document, "bans", "deny")? {
            let name = ban["crate"].as_str().ok_or("an entry of bans.deny has no 'crate'")?;
            let only_twice = ban["deny-multiple-versions"].as_bool().unwrap_or(false);
            let names = if only_twice { &mut file.single } else { &mut file.banned };
            names.insert(name.to_owned());
        }
        Ok(file)
    }
}

fn list<'a>(document: &'a Value, table: &str, key: &str) -> Result<&'a Vec<Value>, String> {
    document[table][key].as_array().ok_or_else(|| format!("deny.toml has no list {table}.{key}"))
}

fn read_toml(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text };
    let mut document = Map::new();
    let mut table = String::new();
    loop {
        reader.skip_space();
        if reader.rest.is_empty() {
            return Ok(Value::Object(document));
        }
        if reader.take("[") {
            table = reader.key()?;
            reader.expect("]")?;
            continue;
        }
        let key = reader.key()?;
        reader.expect("=")?;
        let value = reader.value()?;
        let entry = document.entry(table.clone()).or_insert_with(|| Value::Object(Map::new()));
        entry[key] = value;
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(self.fault(&format!("'{token}'"))) }
    }

    fn key(&mut self) -> Result<String, String> {
        self.skip_space();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.fault("a key"));
        }
        let (key, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(key.to_owned())
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.take("\"") {
            let end = self.rest.find(['"', '\\', '\n']).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest.strip_prefix('"').ok_or_else(|| self.fault("a text without escapes"))?;
            return Ok(Value::from(text));
        }
        if self.take("[") {
            return self.values();
        }
        if self.take("{") {
            return self.inline_table();
        }
        match (self.take("true"), self.take("false")) {
            (true, _) => Ok(Value::from(true)),
            (_, true) => Ok(Value::from(false)),
            (false, false) => Err(self.fault("a text, list, table or boolean")),
        }
    }

    fn values(&mut self) -> Result<Value, String> {
        let mut values = Vec::new();
        while !self.take("]") {
            values.push(self.value()?);
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Value::Array(values))
    }

    fn inline_table(&mut self) -> Result<Value, String> {
        let mut table = Map::new();
        while !self.take("}") {
            let key = self.key()?;
            self.expect("=")?;
            table.insert(key, self.value()?);
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Value::Object(table))
    }

    fn fault(&self, wanted: &str) -> String {
        let found: String = self.rest.chars().take(30).collect();
        format!("deny.toml: {wanted} expected before '{found}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_comments_lists_and_tables_is_read() {
        let text = r#"
            [graph] # which targets
            all-features = true
            [licenses]
            allow = [ # the list
                "MIT", "Apache-2.0 WITH LLVM-exception",
            ]
            [bans]
            multiple-versions = "warn"
            deny = [
                { crate = "openssl-sys", reason = "one TLS provider" },
                { crate = "libsqlite3-sys", deny-multiple-versions = true },
            ]
        "#;
        let file = DenyFile::read(text).unwrap();
        assert_eq!(file.allowed_licences.len(), 2);
        assert!(file.banned.contains("openssl-sys"));
        assert!(file.single.contains("libsqlite3-sys"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "[licenses]\nallow = 3",
            "[licenses]\nallow = [\"a\\n\"]",
            "[licenses",
            "= 1",
            "[bans]\ndeny = []",
        ] {
            assert!(DenyFile::read(text).is_err(), "{text}");
        }
    }
}
