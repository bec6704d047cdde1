//! Where a server is, or the several of a cluster: read from one `postgres://` address, and never shown, because it may
//! hold a password.
//!
//! Several hosts stand one after another, as libpq has them: `postgres://barid@a:5432,b:5432,c:5432/barid`, or
//! `?host=/run/a,/run/b`. Which of them is asked says [`super::leader`].

use std::net::IpAddr;
use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::StoreError;

/// The most hosts of one address.
const HOSTS_CAP: usize = 16;

/// The parameters that an address may have. `replication` is ours, the others are libpq's.
const PARAMETERS: [&str; 10] = [
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    REPLICATION,
];
const REPLICATION: &str = "replication";

/// What the server ends itself, so that a frozen program does not keep the lock of all writers.
const SESSION: [(&str, &str); 1] = [("idle_in_transaction_session_timeout", "30s")];

/// Whether a commit must be on a second server before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replication {
    /// It must: a server that is set otherwise is not written to.
    Synchronous,
    /// It need not: what was acknowledged can be lost with a server.
    Asynchronous,
    /// There is one server, and nothing is said of others.
    Unasked,
}

/// Is what an address says.
pub(super) struct Parsed {
    /// How each host is reached, in the order of the address.
    pub(super) hosts: Vec<PgConnectOptions>,
    pub(super) replication: Replication,
}

fn refused<T>(why: &'static str) -> Result<T, StoreError> {
    Err(StoreError::DatabaseAddress(why))
}

/// Reads an address. What goes to another machine must be under TLS that is verified against a given certificate.
pub(super) fn parse(text: &str) -> Result<Parsed, StoreError> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme @ ("postgres" | "postgresql"), rest)) => (scheme, rest),
        Some(_) | None => return refused("it is no postgres:// address"),
    };
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let parameters = read_parameters(parameters)?;
    let value = |key: &str| parameters.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| *value);
    let texts = each_host(scheme, place, &parameters)?;
    let tls = read_tls(value("sslmode"), value("sslrootcert"))?;
    let hosts = texts.iter().map(|text| host_options(text, tls)).collect::<Result<Vec<_>, _>>()?;
    let replication = match value(REPLICATION) {
        Some("synchronous") => Replication::Synchronous,
        Some("asynchronous") => Replication::Asynchronous,
        Some(_) => return refused("replication is synchronous or asynchronous"),
        None if hosts.len() > 1 => Replication::Synchronous,
        None => Replication::Unasked,
    };
    Ok(Parsed { hosts, replication })
}

/// The driver logs what it does not know, and an unescaped `&` may have cut a password in two: such an address is refused.
fn read_parameters(text: &str) -> Result<Vec<(&str, &str)>, StoreError> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let pairs: Vec<(&str, &str)> = pairs.collect();
    if pairs.iter().all(|(key, _)| PARAMETERS.contains(key)) {
        Ok(pairs)
    } else {
        refused("it has a parameter that is not known")
    }
}

/// Splits an address of several hosts into as many of one.
fn each_host(scheme: &str, place: &str, parameters: &[(&str, &str)]) -> Result<Vec<String>, StoreError> {
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    let of = |key: &str| -> Vec<&str> {
        let found = parameters.iter().rev().find(|(known, _)| *known == key);
        found.map_or_else(Vec::new, |(_, value)| value.split(',').collect())
    };
    let (in_place, in_parameter, ports) = (hosts.split(',').collect::<Vec<_>>(), of("host"), of("port"));
    let count = in_place.len().max(in_parameter.len()).max(1);
    if count > HOSTS_CAP {
        return refused("it has too many hosts");
    }
    let fits = |list: &[&str]| list.len() <= 1 || list.len() == count;
    if !fits(&in_place) || !fits(&in_parameter) || !fits(&ports) {
        return refused("it has not as many ports as hosts");
    }
    if count > 1
        && in_place.iter().any(|host| host.is_empty())
        && in_parameter.iter().any(|host| host.is_empty())
    {
        return refused("a host is empty");
    }
    let at = |list: &[&str], index: usize| list.get(index).or(list.first()).map(|text| (*text).to_owned());
    let others = parameters.iter().filter(|(key, _)| !["host", "port", REPLICATION].contains(key));
    let others: Vec<String> = others.map(|(key, value)| format!("{key}={value}")).collect();
    let one = |index: usize| {
        let mut words = others.clone();
        words.extend(at(&in_parameter, index).map(|host| format!("host={host}")));
        words.extend(at(&ports, index).map(|port| format!("port={port}")));
        let mut host = at(&in_place, index).unwrap_or_default();
        if host.is_empty() && !user.is_empty() {
            // The driver reads no user before an empty host; the parameter says the host, or it is this machine.
            host = "localhost".to_owned();
        }
        format!("{scheme}://{user}{host}/{path}?{}", words.join("&"))
    };
    Ok((0..count).map(one).collect())
}

/// Tells whether TLS is asked for. It is verified or it is none: one that is not verified protects from nobody who can
/// stand in between.
fn read_tls(mode: Option<&str>, root: Option<&str>) -> Result<PgSslMode, StoreError> {
    match (mode, root) {
        (None | Some("disable" | "allow" | "prefer"), _) => Ok(PgSslMode::Disable),
        (Some("verify-full"), Some(_)) => Ok(PgSslMode::VerifyFull),
        (Some("verify-full"), None) => refused("sslmode=verify-full needs sslrootcert"),
        (Some(_), _) => refused("sslmode is verify-full or disable"),
    }
}

fn host_options(text: &str, tls: PgSslMode) -> Result<PgConnectOptions, StoreError> {
    let Ok(options) = PgConnectOptions::from_str(text) else {
        return refused("it is no postgres:// address");
    };
    let host = options.get_host().trim_matches(['[', ']']).to_owned();
    let is_socket = options.get_socket().is_some() || host.starts_with('/');
    let is_here =
        is_socket || host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let tls = if is_socket { PgSslMode::Disable } else { tls };
    if !is_here && !matches!(tls, PgSslMode::VerifyFull) {
        return refused("a server on another machine needs sslmode=verify-full and sslrootcert");
    }
    let options = if is_socket { options } else { options.host(&host) };
    Ok(options.ssl_mode(tls).application_name("barid").options(SESSION).disable_statement_logging())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_other_machines_are_refused_without_verified_tls() {
        for here in [
            "postgres:///barid?host=/run/postgresql",
            "postgres://barid@%2Frun%2Fpostgresql/barid",
            "postgresql://barid:secret@localhost:5432/barid",
            "postgres://barid@127.0.0.1/barid?sslmode=prefer",
            "postgres://barid@[::1]/barid",
            "postgres://barid:secret@db.example/barid?sslmode=verify-full&sslrootcert=/etc/barid/ca.pem",
            "postgres://barid@127.0.0.1:1,localhost:2,[::1]:3/barid",
        ] {
            assert!(parse(here).is_ok(), "{here}");
        }
        for elsewhere in [
            "postgres://barid:secret@db.example/barid",
            "postgres://10.0.0.1/barid",
            "mysql://localhost/x",
            "",
            "postgres:///barid?host=/run/postgresql&password=se&secret=cret",
            "postgres://barid@localhost/barid?passwd=secret",
            // One of several is enough.
            "postgres://barid:secret@127.0.0.1,db.example/barid",
            "postgres://barid:secret@/barid?host=127.0.0.1,10.0.0.1",
            // Encrypted, and to whom?
            "postgres://barid:secret@db.example/barid?sslmode=require",
            "postgres://barid:secret@db.example/barid?sslmode=verify-ca&sslrootcert=/etc/barid/ca.pem",
            "postgres://barid:secret@db.example/barid?sslmode=verify-full",
            "postgres://barid:secret@127.0.0.1/barid?sslmode=require",
            "postgres://barid:secret@a,b,c/barid?port=1,2&sslmode=verify-full&sslrootcert=/x",
            "postgres://barid:secret@127.0.0.1/barid?replication=sometimes",
        ] {
            let refused = parse(elsewhere).err();
            let refused = refused.map(|error| (error.code(), format!("{error} {error:?}")));
            assert!(
                refused.is_some_and(|(code, text)| code == "database-address" && !text.contains("secret")),
                "{elsewhere}"
            );
        }
    }

    #[test]
    fn hosts_have_their_own_ports() {
        let told = |text: &str| -> Vec<String> {
            let hosts = parse(text).unwrap().hosts;
            let told = hosts.iter().map(|host| match host.get_socket() {
                Some(socket) => format!("{}:{}", socket.display(), host.get_port()),
                None => format!("{}:{}", host.get_host(), host.get_port()),
            });
            told.collect()
        };
        let cases: [(&str, &[&str]); 5] = [
            (
                "postgres://barid:a,b@127.0.0.1:1,[::1]:2,localhost/barid",
                &["127.0.0.1:1", "::1:2", "localhost:5432"],
            ),
            ("postgres://barid@/barid?host=127.0.0.1,localhost&port=7,8", &["127.0.0.1:7", "localhost:8"]),
            ("postgres://barid@/barid?host=/run/a,/run/b&port=6", &["/run/a:6", "/run/b:6"]),
            ("postgres://localhost:9/barid", &["localhost:9"]),
            ("postgres:///barid?host=/run/a", &["/run/a:5432"]),
        ];
        for (text, hosts) in cases {
            assert_eq!(told(text), hosts, "{text}");
        }
        let many = vec!["localhost"; HOSTS_CAP].join(",");
        assert_eq!(told(&format!("postgres://{many}/barid")).len(), HOSTS_CAP);
        assert!(parse(&format!("postgres://{many},localhost/barid")).is_err());
    }

    #[test]
    fn a_cluster_is_synchronous_unless_it_is_said_not_to_be() {
        let of = |text: &str| parse(text).unwrap().replication;
        assert_eq!(of("postgres://localhost/barid"), Replication::Unasked);
        assert_eq!(of("postgres://localhost/barid?replication=synchronous"), Replication::Synchronous);
        assert_eq!(of("postgres://localhost,127.0.0.1/barid"), Replication::Synchronous);
        assert_eq!(
            of("postgres://localhost,127.0.0.1/barid?replication=asynchronous"),
            Replication::Asynchronous
        );
    }
}
