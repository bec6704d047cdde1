//! The files by which an association is founded and an organisation joins one: TOML, read whole or refused with a place.

use std::collections::{BTreeMap, BTreeSet};

use barid_app::{FoundingPlan, TokenDays, drafts};
use barid_domain::audit::Actor;
use barid_domain::codes::{CodeList, OrganisationKind};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::PublicKey;
use barid_domain::registry::Profile;
use barid_domain::text::{LocalText, SHORT_CAP};
use serde::Deserialize;

/// The largest file, in bytes.
pub const FILE_BYTES_CAP: u64 = 1 << 20;
/// The most officers that get a token at the founding.
const OFFICERS_CAP: usize = 1_000;

/// Is an association file that was read: whom to found with, and who gets a token first.
pub struct Association {
    /// The plan.
    pub plan: FoundingPlan,
    /// The first officers, with how long their tokens last.
    pub officers: Vec<(Actor, TokenDays)>,
}

/// Is an organisation that joins, with its public key where it keeps its own, or this node's token has it.
pub struct Joining {
    /// What the registry is to say of it.
    pub profile: Profile,
    /// Its public key, whose secret half it keeps itself.
    pub own_key: Option<PublicKey>,
    /// Its public key, whose secret half is in this node's token.
    pub key_in_token: Option<PublicKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssociationFile {
    names: BTreeMap<String, String>,
    threshold: u32,
    host: String,
    founder: Vec<OrganisationFile>,
    #[serde(default)]
    member: Vec<OrganisationFile>,
    #[serde(default)]
    officer: Vec<OfficerFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationFile {
    code: String,
    kind: Option<String>,
    country: Option<String>,
    names: BTreeMap<String, String>,
    key: Option<String>,
    key_in_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficerFile {
    organisation: String,
    name: String,
    days: Option<u16>,
}

/// Reads an association file; the error says where the fault is.
pub fn read_association(text: &str) -> Result<Association, String> {
    let file: AssociationFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let host = organisation_code(&file.host, "host")?;
    let names = read_names(&file.names, "names")?;
    let (mut own_keys, mut keys_in_token) = (BTreeMap::new(), BTreeMap::new());
    let mut codes = BTreeSet::new();
    let mut founders = Vec::new();
    let mut members = Vec::new();
    let founding = file.founder.iter().enumerate().map(|(at, one)| ("founder", at, one));
    let joining = file.member.iter().enumerate().map(|(at, one)| ("member", at, one));
    for (what, at, organisation) in founding.chain(joining) {
        let is_founder = what == "founder";
        let place = format!("{what} {} ({})", at + 1, organisation.code);
        let usual = is_founder.then_some(OrganisationKind::Bureau);
        let joining = organisation.read(host, usual, &place)?;
        if !codes.insert(joining.profile.code) {
            return Err(format!("{place}: the code stands there twice"));
        }
        if let Some(key) = joining.own_key {
            own_keys.insert(joining.profile.code, key);
        }
        if let Some(key) = joining.key_in_token {
            keys_in_token.insert(joining.profile.code, key);
        }
        if is_founder { founders.push(joining.profile) } else { members.push(joining.profile) }
    }
    let of_host = founders.iter().chain(&members).find(|profile| profile.code == host);
    if of_host.is_none_or(|profile| profile.kind != OrganisationKind::Secretariat) {
        return Err(
            "host: the organisation whose node this is must be a member of the kind secretariat".to_owned()
        );
    }
    let officers = read_officers(&file.officer, &codes)?;
    let threshold = file.threshold;
    let plan = FoundingPlan { names, threshold, founders, members, host, own_keys, keys_in_token };
    Ok(Association { plan, officers })
}

/// Reads the file of an organisation that joins an association on the node of `host`.
pub fn read_joining(text: &str, host: OrganisationCode) -> Result<Joining, String> {
    let file: OrganisationFile = toml::from_str(text).map_err(|error| error.to_string())?;
    file.read(host, None, &file.code)
}

impl OrganisationFile {
    fn read(
        &self,
        host: OrganisationCode,
        usual: Option<OrganisationKind>,
        place: &str,
    ) -> Result<Joining, String> {
        let code = organisation_code(&self.code, place)?;
        let kind = match &self.kind {
            Some(kind) => OrganisationKind::from_name(kind).ok_or_else(|| {
                let known: Vec<&str> = OrganisationKind::LISTED.iter().map(|(_, name)| *name).collect();
                format!("{place}: kind is one of {}", known.join(", "))
            })?,
            None => usual.ok_or_else(|| format!("{place}: kind is missing"))?,
        };
        let country = self.country.as_deref().map(str::parse).transpose();
        let country = country.map_err(|_| format!("{place}: country is no ISO 3166-1 alpha-3 code"))?;
        let read = |key: &Option<String>, what: &str| match key {
            Some(key) => drafts::read_public_key(key)
                .map(Some)
                .ok_or_else(|| format!("{place}: {what} is no public key in hexadecimal")),
            None => Ok(None),
        };
        let (own_key, key_in_token) = (read(&self.key, "key")?, read(&self.key_in_token, "key_in_token")?);
        if own_key.is_some() && key_in_token.is_some() {
            return Err(format!("{place}: either key or key_in_token"));
        }
        let hosted_by = (own_key.is_none() && code != host).then_some(host);
        let names = read_names(&self.names, place)?;
        Ok(Joining { profile: Profile { code, kind, country, names, hosted_by }, own_key, key_in_token })
    }
}

fn read_names(names: &BTreeMap<String, String>, place: &str) -> Result<Vec<LocalText>, String> {
    let read = |(language, text): (&String, &String)| {
        LocalText::new(language, text, SHORT_CAP)
            .map_err(|error| format!("{place}: the name in {language}: {error}"))
    };
    names.iter().map(read).collect()
}

fn organisation_code(text: &str, place: &str) -> Result<OrganisationCode, String> {
    OrganisationCode::new(text).map_err(|_| format!("{place}: no organisation code"))
}

fn read_officers(
    officers: &[OfficerFile],
    codes: &BTreeSet<OrganisationCode>,
) -> Result<Vec<(Actor, TokenDays)>, String> {
    if officers.len() > OFFICERS_CAP {
        return Err(format!("more than {OFFICERS_CAP} officers"));
    }
    let read = |(at, officer): (usize, &OfficerFile)| {
        let place = format!("officer {}", at + 1);
        let code = organisation_code(&officer.organisation, &place)?;
        if !codes.contains(&code) {
            return Err(format!("{place}: {code} is not in this file"));
        }
        let actor =
            Actor::new(code, &officer.name).ok_or_else(|| format!("{place}: a name is of a-z 0-9 . _ -"))?;
        let days = match officer.days {
            Some(days) => TokenDays::new(days)
                .ok_or_else(|| format!("{place}: between 1 and {} days", TokenDays::LONGEST.get()))?,
            None => TokenDays::DEFAULT,
        };
        Ok((actor, days))
    };
    officers.iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_nodes_token_is_hosted_and_no_key_of_its_own() {
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let with = |line: &str| EXAMPLE.replace("code = \"XA\"", &format!("code = \"XA\"\n{line}"));
        let association = read_association(&with(&format!("key_in_token = \"{key}\""))).unwrap();
        assert_eq!((association.plan.own_keys.len(), association.plan.keys_in_token.len()), (0, 1));
        let host = Some(association.plan.host);
        assert_eq!(association.plan.founders[0].hosted_by, host);
        association.plan.check(&crate::node::ports()).unwrap();
        for (line, why) in [
            (format!("key_in_token = \"{key}\"\nkey = \"{key}\""), "either key or key_in_token"),
            ("key_in_token = \"00\"".to_owned(), "key_in_token is no public key"),
        ] {
            let refused = read_association(&with(&line)).err().unwrap();
            assert!(refused.contains("founder 1 (XA)") && refused.contains(why), "{refused}");
        }
    }

    /// The example of the operations page, which is what people begin from.
    const EXAMPLE: &str = include_str!("../../../docs/operations/association.toml");

    /// The example with the key taken up that it shows as a comment.
    fn with_own_key() -> String {
        assert_eq!(EXAMPLE.matches("\n# key = \"").count(), 1);
        EXAMPLE.replace("\n# key = \"", "\nkey = \"")
    }

    #[test]
    fn the_example_of_the_documentation_founds_an_association() {
        let association = read_association(EXAMPLE).unwrap();
        association.plan.check(&crate::node::ports()).unwrap();
        assert_eq!(association.plan.threshold, 2);
        assert_eq!(association.plan.founders.len(), 3);
        assert_eq!(association.officers.len(), 2);
        assert_eq!(association.plan.own_keys.len(), 0, "nobody has to sign elsewhere to try it");
        let association = read_association(&with_own_key()).unwrap();
        association.plan.check(&crate::node::ports()).unwrap();
        assert_eq!(association.plan.own_keys.len(), 1);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_place() {
        for (from, to, expected) in [
            ("threshold = 2", "treshold = 2", "unknown field"),
            ("code = \"XB\"", "code = \"XA\"", "founder 2 (XA): the code stands there twice"),
            (
                "country = \"XBX\"",
                "country = \"Xanadu\"",
                "founder 2 (XB): country is no ISO 3166-1 alpha-3 code",
            ),
            ("kind = \"partner\"", "kind = \"ally\"", "kind is one of bureau"),
            ("kind = \"partner\"\n", "", "kind is missing"),
            ("host = \"XSEC\"", "host = \"XA\"", "must be a member of the kind secretariat"),
            ("host = \"XSEC\"", "host = \"X SEC\"", "host: no organisation code"),
            ("organisation = \"XB\"", "organisation = \"XZ\"", "officer 2: XZ is not in this file"),
            ("days = 30", "days = 367", "officer 2: between 1 and 366 days"),
            ("name = \"desk-1\"", "name = \"Müller\"", "officer 1: a name is of a-z 0-9 . _ -"),
            ("key = \"", "key = \"00", "key is no public key"),
        ] {
            let example = with_own_key();
            assert!(example.contains(from), "{from}");
            let error = read_association(&example.replacen(from, to, 1)).err().unwrap_or_default();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }

    #[test]
    fn a_plan_that_no_registry_takes_is_refused_before_anything_is_stored() {
        for threshold in [0, 1, 4] {
            let text = EXAMPLE.replacen("threshold = 2", &format!("threshold = {threshold}"), 1);
            let association = read_association(&text).unwrap();
            assert!(association.plan.check(&crate::node::ports()).is_err(), "{threshold} of 3");
        }
    }
}
