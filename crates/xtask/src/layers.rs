//! The layer check: which of our crates may use which of ours, and which may touch the world outside.
//!
//! `tests/oracle` is a workspace of its own, which this check does not see: nothing here can depend on it.
//!
//! The two tables below are the architecture's; `docs/ARCHITECTURE.md` explains them. A crate that is not in
//! the first table fails the check, so a new crate has to take its place on purpose.

use std::collections::BTreeSet;

use crate::metadata::{Dependency, DependencyKind, Metadata, Package};

/// Runs the check on this workspace and prints every fault.
pub fn run() -> Result<(), String> {
    let metadata = Metadata::of_this_workspace()?;
    let faults = faults_of(&metadata);
    for fault in &faults {
        eprintln!("layers: {fault}");
    }
    if !faults.is_empty() {
        return Err(format!("{} edges break the layers", faults.len()));
    }
    println!("layers: {} crates keep to the table", metadata.ours().count());
    Ok(())
}

/// Where a crate sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No clock, disk, network, environment or randomness.
    Pure,
    /// Orchestration and wire types: no network or SQL of its own.
    Inner,
    /// Touches the world.
    World,
    /// Only for building and testing; may use everything.
    Development,
}

struct Seat {
    name: &'static str,
    kind: Kind,
    may_use: &'static [&'static str],
}

const fn seat(name: &'static str, kind: Kind, may_use: &'static [&'static str]) -> Seat {
    Seat { name, kind, may_use }
}

const SEATS: &[Seat] = &[
    seat("barid-ledger", Kind::Pure, &[]),
    seat("barid-names", Kind::Pure, &[]),
    seat("barid-domain", Kind::Pure, &["barid-ledger"]),
    seat("barid-search", Kind::Pure, &["barid-names", "barid-domain"]),
    seat("barid-federation", Kind::Pure, &["barid-domain", "barid-ledger"]),
    seat("barid-formats", Kind::Pure, &["barid-domain", "barid-ledger"]),
    seat("barid-images", Kind::Pure, &[]),
    seat("barid-languages", Kind::Pure, &[]),
    seat("barid-store", Kind::World, &["barid-domain", "barid-ledger"]),
    seat("barid-api", Kind::Inner, &["barid-domain"]),
    seat(
        "barid-app",
        Kind::Inner,
        &[
            "barid-ledger",
            "barid-names",
            "barid-domain",
            "barid-search",
            "barid-federation",
            "barid-formats",
            "barid-images",
            "barid-store",
        ],
    ),
    seat("barid-web", Kind::World, &["barid-app", "barid-api", "barid-domain", "barid-languages"]),
    seat(
        "barid",
        Kind::World,
        &[
            "barid-web",
            "barid-app",
            "barid-api",
            "barid-store",
            "barid-formats",
            "barid-domain",
            "barid-ledger",
            "barid-languages",
        ],
    ),
    seat("barid-testkit", Kind::Development, &[]),
    seat("barid-lossyfs", Kind::Development, &[]),
    seat("xtask", Kind::Development, &[]),
];

/// Our crate that any other may use in its tests.
const TEST_SUPPORT: &str = "barid-testkit";

/// A family of outside crates that only some of ours may use.
struct Wall {
    what: &'static str,
    outside: &'static [&'static str],
    allowed_in: &'static [&'static str],
    reach: Reach,
}

/// How far a wall looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Only what a manifest names: the family is harmless deep inside an outside crate, or is there only
    /// because cargo joins the features of the whole workspace.
    Declared,
    /// Everything reached through outside crates too.
    Linked,
}

const WALLS: &[Wall] = &[
    Wall {
        what: "an async runtime",
        outside: &["tokio", "async-std", "smol", "async-executor", "futures-executor"],
        allowed_in: &["barid-store", "barid-web", "barid"],
        reach: Reach::Linked,
    },
    Wall {
        what: "HTTP",
        outside: &[
            "axum",
            "axum-core",
            "http-body",
            "axum-server",
            "hyper",
            "hyper-util",
            "h2",
            "tower-http",
            "reqwest",
            "ureq",
            "actix-web",
            "warp",
        ],
        allowed_in: &["barid-web", "barid"],
        reach: Reach::Linked,
    },
    Wall {
        what: "TLS",
        outside: &["rustls", "tokio-rustls", "native-tls", "openssl", "openssl-sys", "aws-lc-sys"],
        allowed_in: &["barid-store", "barid-web", "barid"],
        reach: Reach::Linked,
    },
    Wall {
        what: "an SQL client",
        outside: &["sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "diesel"],
        allowed_in: &["barid-store"],
        reach: Reach::Linked,
    },
    Wall {
        what: "PKCS#11",
        outside: &["cryptoki", "cryptoki-sys", "pkcs11"],
        allowed_in: &["barid"],
        reach: Reach::Linked,
    },
    Wall {
        what: "the system's randomness",
        outside: &["getrandom", "rand", "fastrand"],
        allowed_in: &["barid-store", "barid-web", "barid"],
        reach: Reach::Declared,
    },
];

/// Features of outside crates that bring the system's randomness or clock into a pure crate.
const IMPURE_FEATURES: &[(&str, &[&str])] = &[
    ("uuid", &["v1", "v4", "v6", "v7", "rng-getrandom", "rng-rand", "fast-rng"]),
    ("ed25519-dalek", &["rand_core", "getrandom"]),
    ("jiff", &["tz-system", "tzdb-zoneinfo"]),
];

/// Every way in which the workspace breaks the tables, one sentence each.
pub fn faults_of(metadata: &Metadata) -> Vec<String> {
    let our_names: BTreeSet<&str> = metadata.ours().map(|(_, package)| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for (id, package) in metadata.ours() {
        let Some(seat) = SEATS.iter().find(|seat| seat.name == package.name) else {
            faults.push(format!("{} has no seat in the table of layers", package.name));
            continue;
        };
        if seat.kind == Kind::Development {
            continue;
        }
        for dependency in &package.dependencies {
            faults.extend(fault_of_edge(seat, dependency, &our_names));
        }
        let reached = reached_outside(metadata, id);
        for wall in WALLS.iter().filter(|wall| !wall.allowed_in.contains(&seat.name)) {
            faults.extend(faults_at_wall(wall, package, &reached));
        }
    }
    faults
}

fn fault_of_edge(seat: &Seat, dependency: &Dependency, our_names: &BTreeSet<&str>) -> Option<String> {
    let name = dependency.name.as_str();
    let in_tests = dependency.kind == DependencyKind::Test;
    if our_names.contains(name) {
        // A crate that names itself for its tests switches on features that are for tests alone.
        let for_tests = in_tests && (name == TEST_SUPPORT || name == seat.name);
        let allowed = seat.may_use.contains(&name) || for_tests;
        return (!allowed).then(|| format!("{} may not use {name}", seat.name));
    }
    if seat.kind != Kind::Pure || in_tests {
        return None;
    }
    let (_, features) = IMPURE_FEATURES.iter().find(|(outside, _)| *outside == name)?;
    let feature = dependency.features.iter().find(|feature| features.contains(&feature.as_str()))?;
    Some(format!("{} is pure and may not use {name} with the feature {feature}", seat.name))
}

fn faults_at_wall(wall: &Wall, package: &Package, reached: &BTreeSet<&str>) -> Vec<String> {
    let declared: BTreeSet<&str> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Test)
        .map(|dependency| dependency.name.as_str())
        .collect();
    let mut faults = Vec::new();
    for outside in wall.outside {
        let way = match wall.reach {
            _ if declared.contains(outside) => "directly",
            Reach::Linked if reached.contains(outside) => "through another crate",
            Reach::Linked | Reach::Declared => continue,
        };
        faults.push(format!("{} may not use {}: it uses {outside} {way}", package.name, wall.what));
    }
    faults
}

/// Names of the outside packages one of ours links, without passing through another of ours (which answers
/// for itself).
fn reached_outside<'a>(metadata: &'a Metadata, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut to_visit = vec![start];
    while let Some(id) = to_visit.pop() {
        for linked in metadata.links.get(id).into_iter().flatten() {
            let Some(package) = metadata.packages.get(linked) else { continue };
            if package.is_ours || !seen.insert(linked.as_str()) {
                continue;
            }
            reached.insert(package.name.as_str());
            to_visit.push(linked);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A workspace of `(crate, [(dependency, kind)])`; a dependency that is no crate of the list is outside.
    fn workspace(crates: &[(&str, &[(&str, Value)])]) -> Value {
        let is_ours = |name: &str| name == "xtask" || name.starts_with("barid");
        let mut packages = Vec::new();
        let mut nodes = Vec::new();
        for (name, dependencies) in crates {
            let declared: Vec<Value> = dependencies
                .iter()
                .map(|(name, kind)| json!({"name": name, "kind": kind, "features": []}))
                .collect();
            let linked: Vec<Value> = dependencies
                .iter()
                .map(|(name, kind)| json!({"pkg": name, "dep_kinds": [{"kind": kind}]}))
                .collect();
            packages.push(json!({
                "id": name, "name": name, "version": "1.0.0", "license": "MIT", "dependencies": declared,
            }));
            nodes.push(json!({"id": name, "deps": linked}));
        }
        let members: Vec<&str> = crates.iter().map(|(name, _)| *name).filter(|name| is_ours(name)).collect();
        json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": nodes}})
    }

    fn faults(crates: &[(&str, &[(&str, Value)])]) -> Vec<String> {
        faults_of(&Metadata::read(&workspace(crates)).unwrap())
    }

    fn normal() -> Value {
        Value::Null
    }

    #[test]
    fn this_workspace_keeps_to_the_table() {
        let faults = faults_of(&Metadata::of_this_workspace().unwrap());
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn allowed_edges_pass() {
        let found = faults(&[
            ("barid-ledger", &[]),
            ("barid-domain", &[("barid-ledger", normal())]),
            ("barid-store", &[("barid-domain", normal()), ("sqlx", normal()), ("tokio", normal())]),
            ("sqlx", &[("tokio", normal())]),
            ("tokio", &[]),
            ("barid-app", &[("barid-store", normal())]),
        ]);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn an_edge_between_ours_against_the_table_is_caught() {
        let found = faults(&[("barid-ledger", &[("barid-domain", normal())]), ("barid-domain", &[])]);
        assert_eq!(found, ["barid-ledger may not use barid-domain"]);
    }

    #[test]
    fn an_edge_against_the_table_is_caught_in_tests_too_save_for_the_test_support() {
        let found = faults(&[
            ("barid-domain", &[("barid-testkit", json!("dev")), ("barid-store", json!("dev"))]),
            ("barid-testkit", &[("barid-domain", normal())]),
            ("barid-store", &[]),
        ]);
        assert_eq!(found, ["barid-domain may not use barid-store"]);
    }

    #[test]
    fn test_support_in_a_program_is_caught() {
        let found = faults(&[("barid", &[("barid-testkit", normal())]), ("barid-testkit", &[])]);
        assert_eq!(found, ["barid may not use barid-testkit"]);
    }

    #[test]
    fn a_runtime_in_a_pure_crate_is_caught_directly_and_through_another() {
        let found = faults(&[
            ("barid-names", &[("tokio", normal())]),
            ("barid-formats", &[("streaming-reader", normal())]),
            ("streaming-reader", &[("tokio", normal())]),
            ("tokio", &[]),
        ]);
        assert_eq!(
            found,
            [
                "barid-formats may not use an async runtime: it uses tokio through another crate",
                "barid-names may not use an async runtime: it uses tokio directly",
            ]
        );
    }

    #[test]
    fn a_runtime_in_the_tests_of_a_pure_crate_is_allowed() {
        let found = faults(&[("barid-names", &[("tokio", json!("dev"))]), ("tokio", &[])]);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn each_wall_catches_each_of_its_crates() {
        for wall in WALLS {
            for outside in wall.outside {
                let found = faults(&[("barid-domain", &[(outside, normal())]), (outside, &[])]);
                assert_eq!(found.len(), 1, "{outside} in a pure crate gave {found:?}");
            }
        }
    }

    #[test]
    fn sql_in_the_web_and_http_in_the_store_are_caught() {
        let found = faults(&[
            ("barid-web", &[("sqlx", normal())]),
            ("barid-store", &[("axum", normal())]),
            ("sqlx", &[]),
            ("axum", &[]),
        ]);
        assert_eq!(
            found,
            [
                "barid-store may not use HTTP: it uses axum directly",
                "barid-web may not use an SQL client: it uses sqlx directly",
            ]
        );
    }

    #[test]
    fn randomness_by_a_feature_in_a_pure_crate_is_caught() {
        let mut document = workspace(&[("barid-domain", &[("uuid", normal())]), ("uuid", &[])]);
        document["packages"][0]["dependencies"][0]["features"] = json!(["serde", "v4"]);
        let found = faults_of(&Metadata::read(&document).unwrap());
        assert_eq!(found, ["barid-domain is pure and may not use uuid with the feature v4"]);
    }

    #[test]
    fn a_crate_without_a_seat_is_caught() {
        assert_eq!(faults(&[("barid-helpers", &[])]), ["barid-helpers has no seat in the table of layers"]);
    }

    #[test]
    fn a_document_that_is_not_metadata_is_refused() {
        assert!(Metadata::read(&json!({"packages": []})).is_err());
    }
}
