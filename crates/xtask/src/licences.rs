//! The licence check: every package's SPDX expression against the allow list in `deny.toml`, and the crates
//! banned there.
//!
//! An expression passes if some choice among its `OR`s is allowed as a whole. A package without an expression
//! fails: someone has to look.

use std::collections::{BTreeMap, BTreeSet};

use crate::commands;
use crate::deny_file::DenyFile;
use crate::metadata::{Metadata, Package};
use crate::suites::ORACLE;

/// The licence each of our own packages must state.
const OUR_LICENCE: &str = "Apache-2.0";

/// Runs the check on this workspace and prints every fault.
pub fn run() -> Result<(), String> {
    let path = commands::repository_root().join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let rules = DenyFile::read(&text)?;
    let mut faults = Vec::new();
    for (what, metadata) in
        [("Barid", Metadata::of_this_workspace()?), ("the policy's oracle", Metadata::of(ORACLE)?)]
    {
        println!("licences: {} packages of {what}", metadata.packages.len());
        faults.extend(faults_of(&metadata, &rules));
    }
    for fault in &faults {
        eprintln!("licences: {fault}");
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{} packages break deny.toml", faults.len())) }
}

/// Every way in which the packages break the file, one sentence each.
pub fn faults_of(metadata: &Metadata, rules: &DenyFile) -> Vec<String> {
    let mut faults = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata.packages.values() {
        versions.entry(&package.name).or_default().insert(&package.version);
        faults.extend(fault_of_licence(package, rules));
        if rules.banned.contains(&package.name) {
            faults.push(format!("{} {} is banned", package.name, package.version));
        }
    }
    for name in &rules.single {
        let found = versions.get(name.as_str()).map_or(0, BTreeSet::len);
        if found > 1 {
            faults.push(format!("{name} is there in {found} versions and may be there in one only"));
        }
    }
    faults
}

fn fault_of_licence(package: &Package, rules: &DenyFile) -> Option<String> {
    let named = format!("{} {}", package.name, package.version);
    let Some(expression) = &package.licence else {
        return Some(format!("{named} states no licence"));
    };
    if package.is_ours {
        return (expression != OUR_LICENCE).then(|| format!("{named} is ours and must be {OUR_LICENCE}"));
    }
    match is_allowed(expression, &rules.allowed_licences) {
        Ok(true) => None,
        Ok(false) => Some(format!("{named} has the licence '{expression}', which is not allowed")),
        Err(reason) => {
            Some(format!("{named} has the licence '{expression}', which cannot be read: {reason}"))
        }
    }
}

/// Whether an SPDX expression can be met with allowed licences alone (SPDX 2.3 annex D; also the old `A/B`).
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Expression { tokens: &tokens, allowed };
    let result = reader.any_of()?;
    match reader.tokens.first() {
        None => Ok(result),
        Some(token) => Err(format!("'{token}' is not expected")),
    }
}

struct Expression<'a> {
    tokens: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl Expression<'_> {
    fn take(&mut self, token: &str) -> bool {
        let found = self.tokens.first() == Some(&token);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn any_of(&mut self) -> Result<bool, String> {
        let mut result = self.all_of()?;
        while self.take("OR") {
            result |= self.all_of()?;
        }
        Ok(result)
    }

    fn all_of(&mut self) -> Result<bool, String> {
        let mut result = self.one()?;
        while self.take("AND") {
            result &= self.one()?;
        }
        Ok(result)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let result = self.any_of()?;
            return if self.take(")") { Ok(result) } else { Err("a bracket is not closed".to_owned()) };
        }
        let licence = self.word()?;
        if self.take("WITH") {
            let exception = self.word()?;
            return Ok(self.allowed.contains(&format!("{licence} WITH {exception}")));
        }
        Ok(self.allowed.contains(&licence))
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.split_first() {
            Some((word, rest)) if !["AND", "OR", "WITH", "(", ")"].contains(word) => {
                self.tokens = rest;
                Ok((*word).to_owned())
            }
            Some((word, _)) => Err(format!("a licence is expected before '{word}'")),
            None => Err("a licence is expected at the end".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rules() -> DenyFile {
        DenyFile::read(
            r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
            [bans]
            deny = [{ crate = "openssl-sys" }, { crate = "libsqlite3-sys", deny-multiple-versions = true }]
            "#,
        )
        .unwrap()
    }

    fn faults(packages: &[(&str, &str, Value)]) -> Vec<String> {
        let packages: Vec<Value> = packages
            .iter()
            .map(|(name, version, licence)| {
                let id = format!("{name}@{version}");
                json!({"id": id, "name": name, "version": version, "license": licence, "dependencies": []})
            })
            .collect();
        let members = ["barid-names@1.0.0"];
        let document = json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": []}});
        faults_of(&Metadata::read(&document).unwrap(), &rules())
    }

    #[test]
    fn expressions_are_weighed_as_a_whole() {
        let allowed = rules().allowed_licences;
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only AND MIT", false),
            ("MIT/Apache-2.0", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND OpenSSL", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-2.0-only OR GPL-3.0-only AND MIT", false),
        ] {
            assert_eq!(is_allowed(expression, &allowed), Ok(expected), "{expression}");
        }
        for broken in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "AND MIT", "MIT WITH"] {
            assert!(is_allowed(broken, &allowed).is_err(), "{broken}");
        }
    }

    #[test]
    fn planted_faults_are_caught() {
        let found = faults(&[
            ("barid-names", "1.0.0", json!("MIT")),
            ("fine", "1.0.0", json!("MIT OR GPL-3.0-only")),
            ("copyleft", "2.0.0", json!("AGPL-3.0-only")),
            ("nameless", "0.1.0", Value::Null),
            ("openssl-sys", "0.9.0", json!("MIT")),
            ("libsqlite3-sys", "0.30.0", json!("MIT")),
            ("libsqlite3-sys", "0.35.0", json!("MIT")),
        ]);
        assert_eq!(
            found,
            [
                "barid-names 1.0.0 is ours and must be Apache-2.0",
                "copyleft 2.0.0 has the licence 'AGPL-3.0-only', which is not allowed",
                "nameless 0.1.0 states no licence",
                "openssl-sys 0.9.0 is banned",
                "libsqlite3-sys is there in 2 versions and may be there in one only",
            ]
        );
    }

    #[test]
    fn this_repository_has_a_deny_file_that_can_be_read() {
        let text = std::fs::read_to_string(commands::repository_root().join("deny.toml")).unwrap();
        let file = DenyFile::read(&text).unwrap();
        assert!(file.allowed_licences.contains(OUR_LICENCE));
        assert!(!file.allowed_licences.iter().any(|licence| licence.contains("GPL")));
    }
}
