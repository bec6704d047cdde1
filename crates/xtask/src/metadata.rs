//! The part of `cargo metadata` that the layer and licence checks need, as plain values.
//!
//! Reading is separate from running cargo, so that tests can feed a doctored document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::commands;

/// Every package cargo resolved for this workspace.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Packages by cargo's opaque package id.
    pub packages: BTreeMap<String, Package>,
    /// For each package id, the ids it links in normal and build (not test) compilations.
    pub links: BTreeMap<String, BTreeSet<String>>,
}

/// One package, ours or from outside.
#[derive(Debug, Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// The SPDX expression of its manifest, if it has one.
    pub licence: Option<String>,
    /// Whether it belongs to this workspace.
    pub is_ours: bool,
    /// What its manifest asks for.
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug, Clone)]
pub struct Dependency {
    pub name: String,
    pub kind: DependencyKind,
    pub features: Vec<String>,
}

/// Which table of the manifest a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyKind {
    Normal,
    Build,
    Test,
}

impl Metadata {
    /// Asks cargo, insisting that `Cargo.lock` is up to date.
    pub fn of_this_workspace() -> Result<Self, String> {
        Self::of("Cargo.toml")
    }

    /// The same of the workspace of a manifest, named from the root of the repository.
    pub fn of(manifest: &str) -> Result<Self, String> {
        let arguments = ["metadata", "--format-version", "1", "--locked", "--manifest-path", manifest];
        let text = commands::output_of(&mut commands::at_root(&commands::cargo(), &arguments))?;
        let document = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
        Self::read(&document)
    }

    /// Reads a `cargo metadata --format-version 1` document.
    pub fn read(document: &Value) -> Result<Self, String> {
        let members: BTreeSet<&str> =
            array(document, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in array(document, "packages")? {
            let id = text(package, "id")?;
            packages.insert(id.to_owned(), read_package(package, members.contains(id))?);
        }
        let mut links = BTreeMap::new();
        for node in array(&document["resolve"], "nodes")? {
            links.insert(text(node, "id")?.to_owned(), read_links(node)?);
        }
        Ok(Self { packages, links })
    }

    /// Our own packages, by name.
    pub fn ours(&self) -> impl Iterator<Item = (&str, &Package)> {
        self.packages
            .iter()
            .filter(|(_, package)| package.is_ours)
            .map(|(id, package)| (id.as_str(), package))
    }
}

fn read_package(package: &Value, is_ours: bool) -> Result<Package, String> {
    let mut dependencies = Vec::new();
    for dependency in array(package, "dependencies")? {
        let features = array(dependency, "features")?;
        dependencies.push(Dependency {
            name: text(dependency, "name")?.to_owned(),
            kind: kind_of(&dependency["kind"])?,
            features: features.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        });
    }
    Ok(Package {
        name: text(package, "name")?.to_owned(),
        version: text(package, "version")?.to_owned(),
        licence: package["license"].as_str().map(str::to_owned),
        is_ours,
        dependencies,
    })
}

fn read_links(node: &Value) -> Result<BTreeSet<String>, String> {
    let mut linked = BTreeSet::new();
    for dependency in array(node, "deps")? {
        for way in array(dependency, "dep_kinds")? {
            if kind_of(&way["kind"])? != DependencyKind::Test {
                linked.insert(text(dependency, "pkg")?.to_owned());
            }
        }
    }
    Ok(linked)
}

fn kind_of(value: &Value) -> Result<DependencyKind, String> {
    match value.as_str() {
        None => Ok(DependencyKind::Normal),
        Some("dev") => Ok(DependencyKind::Test),
        Some("build") => Ok(DependencyKind::Build),
        Some(other) => Err(format!("cargo metadata has a dependency of unknown kind '{other}'")),
    }
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>, String> {
    value[key].as_array().ok_or_else(|| format!("cargo metadata has no list '{key}' where one is expected"))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value[key].as_str().ok_or_else(|| format!("cargo metadata has no text '{key}' where one is expected"))
}
