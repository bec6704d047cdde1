//! The CDDL of `docs/wire` holds for everything the program makes and for nothing that is spoilt.
//!
//! `cddl-cat` is not ours. It knows no tags, so the two tags of an entry are compared here by hand; the outside tests
//! hold the same files against another tool that knows them.

use std::collections::BTreeMap;

use barid_domain::agreements::{AgreementStep, Duty, FieldGroup, GrantedOperation};
use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::*;
use barid_domain::consents::ConsentAct;
use barid_domain::dates::Timestamp;
use barid_domain::ids::{ActId, AgreementId, EntryHash};
use barid_domain::images::{ImageFormat, ImageKind};
use barid_domain::links::LinkKind;
use barid_domain::marks::MarkKind;
use barid_domain::objects::codes as objects;
use barid_domain::officers::OfficerRight;
use barid_domain::orders::OrderAct;
use barid_domain::policy::GrantName;
use barid_domain::registry::{Aspect, KeyAct, KeyUsage, SigningAlgorithm, Standing};
use barid_domain::restrictions::{AudienceMode, RestrictionScope};
use barid_domain::streams::StreamClass;
use barid_domain::subject_requests::{
    self, Decision, IdentityCheck, Inadmissible, OwnerReply, RequestAct, RequestKind,
};
use barid_domain::terms::KeepReason;
use cddl_cat::cbor::validate_cbor;
use cddl_cat::context::BasicContext;
use cddl_cat::flatten::flatten_from_str;
use coset::cbor::Value;
use expect_test::expect_file;

use crate::samples::{Sample, batch_items, derived, here, org, record, samples};

/// The description as a CDDL tool reads it.
pub struct Description(BasicContext);

impl Description {
    pub fn read() -> Self {
        let text = ["entry", "payloads", "objects", "codes", "journal", "receipt"]
            .map(|file| std::fs::read_to_string(here(&format!("../../docs/wire/{file}.cddl"))).unwrap())
            .join("\n");
        let untagged = text.replace("#6.18(signed-once)", "signed-once");
        let untagged = untagged.replace("#6.98(signed-by-several)", "signed-by-several");
        let untagged = untagged.replace("#6.18(receipt-body)", "receipt-body");
        assert!(!untagged.contains("#6."));
        Self(BasicContext::new(flatten_from_str(&untagged).unwrap()))
    }

    pub fn allows(&self, rule: &str, value: &Value) -> bool {
        let rule = self.0.rules.get(rule).unwrap_or_else(|| panic!("no rule {rule}"));
        validate_cbor(rule, value, &self.0).is_ok()
    }

    pub fn allows_bytes(&self, rule: &str, bytes: &[u8]) -> bool {
        self.allows(rule, &value(bytes))
    }

    /// Whether an entry conforms: its tag, its body by the rule of that tag, its payload by the rule of its type.
    pub fn allows_entry(&self, bytes: &[u8]) -> bool {
        let Value::Tag(tag, body) = value(bytes) else { return false };
        let rule = match tag {
            18 => "signed-once",
            98 => "signed-by-several",
            _ => return false,
        };
        self.allows(rule, &body) && self.allows("entry", &body)
    }
}

fn value(bytes: &[u8]) -> Value {
    coset::cbor::from_reader(bytes).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    coset::cbor::into_writer(value, &mut out).unwrap();
    out
}

fn payload_rule(sample: &Sample) -> String {
    format!("{}-payload", sample.claims.entry_type.to_string().trim_end_matches(".v1"))
}

fn with(payload: &Value, key: i64, changed: Option<Value>) -> Value {
    let mut map: Vec<(Value, Value)> =
        payload.as_map().unwrap().iter().filter(|(k, _)| *k != Value::from(key)).cloned().collect();
    if let Some(changed) = changed {
        map.push((Value::from(key), changed));
    }
    Value::Map(map)
}

fn field(payload: &Value, key: i64) -> Value {
    payload.as_map().unwrap().iter().find(|(k, _)| *k == Value::from(key)).unwrap().1.clone()
}

fn line() -> JournalLine {
    JournalLine {
        salt: derived("line"),
        act: ActId::from_random([5; 16]),
        phase: Phase::Ended,
        at: Timestamp::from_seconds(1_793_500_000),
        actor: Actor::new(org("XA"), "duty-officer").unwrap(),
        operation: Operation::SearchPersons,
        purpose: Purpose::Exercise,
        reference: "Учение 7".into(),
        policy_version: 1,
        asked: Some("شخص تمرین".into()),
        record: Some(record("person")),
        records: vec![record("person"), record("bare person")],
        entries: vec![EntryHash([3; 32])],
        refusal: Some("not-entitled".into()),
        grants: vec![GrantName { agreement: AgreementId::from_random([6; 16]), grant: 2 }],
        hits: vec![record("bare person")],
        consents: vec![EntryHash([8; 32])],
    }
}

#[test]
fn everything_the_program_makes_conforms() {
    let description = Description::read();
    for sample in samples() {
        assert!(description.allows_entry(&sample.seal()), "{}", sample.name);
        assert!(description.allows(&payload_rule(&sample), &value(&sample.payload)), "{}", sample.name);
    }
    for item in batch_items().items() {
        assert!(description.allows("batch-item", &value(item)));
    }
    assert!(description.allows("journal-line", &value(&line().to_bytes())));
    let bare = JournalLine {
        asked: None,
        record: None,
        records: vec![],
        entries: vec![],
        refusal: None,
        grants: vec![],
        hits: vec![],
        consents: vec![],
        ..line()
    };
    assert!(description.allows("journal-line", &value(&bare.to_bytes())));
}

#[test]
fn payloads_are_not_taken_for_payloads_of_another_type() {
    let description = Description::read();
    let types: BTreeMap<String, Value> =
        samples().iter().map(|sample| (payload_rule(sample), value(&sample.payload))).collect();
    assert_eq!(types.len(), 20, "a sample of each type");
    for rule in types.keys() {
        for (other, payload) in &types {
            assert_eq!(description.allows(rule, payload), rule == other, "{other} as {rule}");
        }
    }
}

#[test]
fn spoilt_payloads_do_not_conform() {
    let description = Description::read();
    for sample in samples() {
        let (rule, payload) = (payload_rule(&sample), value(&sample.payload));
        let refused = |what: &str, changed: Value| {
            assert!(!description.allows(&rule, &changed), "{}: {what}", sample.name);
        };
        refused("without its salt", with(&payload, 0, None));
        refused("with a short salt", with(&payload, 0, Some(Value::from(vec![0; 31]))));
        refused("with a long salt", with(&payload, 0, Some(Value::from(vec![0; 33]))));
        refused("with a salt of text", with(&payload, 0, Some(Value::from("0".repeat(32)))));
        refused("as an array", Value::Array(vec![payload.clone()]));
        for (key, _) in payload.as_map().unwrap() {
            let key = i64::try_from(key.as_integer().unwrap()).unwrap();
            refused("with null where a field belongs", with(&payload, key, Some(Value::Null)));
            refused("with a float where a field belongs", with(&payload, key, Some(Value::from(1.5))));
            refused("with a text key", {
                let mut map = with(&payload, key, None).into_map().unwrap();
                map.push((Value::from(key.to_string()), field(&payload, key)));
                Value::Map(map)
            });
        }
        let later = with(&payload, 60, Some(Value::from("поле следующей версии")));
        assert!(description.allows(&rule, &later), "{}: a field of a later version", sample.name);
    }
}

#[test]
fn arrays_over_their_caps_do_not_conform() {
    let description = Description::read();
    let payload = value(&samples().iter().find(|sample| sample.name == "person").unwrap().payload);
    let person = field(&payload, 5);
    let caps = [(0, 200), (2, 40), (3, 60), (4, 20), (5, 30), (7, 30), (9, 60), (11, 60), (14, 30), (16, 60)];
    for (key, cap) in caps {
        let one = field(&person, key).into_array().unwrap().remove(0);
        let allows = |count: usize| {
            let changed = with(&person, key, Some(Value::Array(vec![one.clone(); count])));
            description.allows("person-payload", &with(&payload, 5, Some(changed)))
        };
        assert!(allows(cap), "field {key} at its cap");
        assert!(!allows(cap + 1), "field {key} over its cap");
        assert!(!allows(0), "field {key} empty");
    }
}

#[test]
fn a_code_of_a_later_version_conforms_and_what_is_no_code_does_not() {
    let description = Description::read();
    for list in lists().keys() {
        assert!(description.allows(list, &Value::from(65_535)), "{list}");
        assert!(!description.allows(list, &Value::from(65_536)), "{list}");
        assert!(!description.allows(list, &Value::from(-1)), "{list}");
        assert!(!description.allows(list, &Value::from("1")), "{list}");
    }
}

#[test]
fn spoilt_entries_do_not_conform() {
    let description = Description::read();
    for sample in samples() {
        let Value::Tag(tag, body) = value(&sample.seal()) else { panic!("untagged") };
        let body = body.into_array().unwrap();
        let refused = |what: &str, tag: u64, changed: Vec<Value>| {
            let entry = bytes(&Value::Tag(tag, Box::new(Value::Array(changed))));
            assert!(!description.allows_entry(&entry), "{}: {what}", sample.name);
        };
        let replaced = |at: usize, new: Value| {
            let mut changed = body.clone();
            changed[at] = new;
            changed
        };
        refused("the other tag", if tag == 18 { 98 } else { 18 }, body.clone());
        refused("another tag", 17, body.clone());
        refused("five parts", tag, [body.clone(), vec![Value::from(0)]].concat());
        refused("three parts", tag, body[..3].to_vec());
        refused("a detached payload", tag, replaced(2, Value::Null));
        let unprotected = Value::Map(vec![(Value::from(4), Value::from(vec![1u8]))]);
        refused("an unprotected header", tag, replaced(1, unprotected));
        refused("no signature", tag, replaced(3, Value::from(Vec::<u8>::new())));
        refused("one signature of several", tag, replaced(3, Value::Array(vec![])));
        let header = value(body[0].as_bytes().unwrap());
        let spoil = |what: &str, header: Value| refused(what, tag, replaced(0, Value::from(bytes(&header))));
        spoil("an unknown header", with(&header, 99, Some(Value::from(1))));
        spoil("no claims", with(&header, 15, None));
        spoil("another typ", with(&header, 16, Some(Value::from("application/json"))));
        spoil("a numeric content type", with(&header, 3, Some(Value::from(60))));
        let claims = field(&header, 15);
        spoil("an audience", with(&header, 15, Some(with(&claims, 3, Some(Value::from("XB"))))));
        spoil("no issuer", with(&header, 15, Some(with(&claims, 1, None))));
        if tag == 18 {
            spoil("another algorithm", with(&header, 1, Some(Value::from(-35))));
            spoil("a short key id", with(&header, 4, Some(Value::from(vec![0; 31]))));
        } else {
            spoil("an algorithm over all", with(&header, 1, Some(Value::from(-8))));
        }
    }
}

type Listing = Vec<(u16, &'static str)>;

fn listing<T: CodeList>() -> (&'static str, Listing) {
    (T::LIST, T::LISTED.iter().map(|(code, name)| (code.number(), *name)).collect())
}

fn lists() -> BTreeMap<&'static str, Listing> {
    BTreeMap::from([
        listing::<Database>(),
        listing::<Purpose>(),
        listing::<NameKind>(),
        listing::<AliasStrength>(),
        listing::<Sex>(),
        listing::<PersonStatus>(),
        listing::<Offence>(),
        listing::<Warning>(),
        listing::<DocumentType>(),
        listing::<FraudType>(),
        listing::<RevocationReason>(),
        listing::<Handling>(),
        listing::<Classification>(),
        listing::<SourceGrade>(),
        listing::<InformationGrade>(),
        listing::<DatePrecision>(),
        listing::<OrganisationKind>(),
        listing::<ImageKind>(),
        listing::<ImageFormat>(),
        listing::<WithdrawalReason>(),
        listing::<Standing>(),
        listing::<KeyAct>(),
        listing::<KeyUsage>(),
        listing::<SigningAlgorithm>(),
        listing::<Aspect>(),
        listing::<Operation>(),
        listing::<Phase>(),
        listing::<StreamClass>(),
        listing::<IdentifierKind>(),
        listing::<LinkKind>(),
        listing::<GrantedOperation>(),
        listing::<FieldGroup>(),
        listing::<Duty>(),
        listing::<AgreementStep>(),
        listing::<OrderAct>(),
        listing::<MarkKind>(),
        listing::<AudienceMode>(),
        listing::<RestrictionScope>(),
        listing::<ConsentAct>(),
        listing::<KeepReason>(),
        listing::<OfficerRight>(),
        listing::<RequestKind>(),
        listing::<RequestAct>(),
        listing::<IdentityCheck>(),
        listing::<Inadmissible>(),
        listing::<OwnerReply>(),
        listing::<subject_requests::Restriction>(),
        listing::<Decision>(),
        listing::<objects::ObjectStatus>(),
        listing::<objects::VehicleKind>(),
        listing::<objects::Colour>(),
        listing::<objects::VesselKind>(),
        listing::<objects::AircraftKind>(),
        listing::<objects::FirearmKind>(),
        listing::<objects::AdministrativeDocumentKind>(),
        listing::<objects::WorkOfArtKind>(),
        listing::<objects::IncidentKind>(),
        listing::<objects::Substance>(),
        listing::<objects::SubstanceForm>(),
        listing::<objects::TransportMode>(),
        listing::<objects::AccountKind>(),
        listing::<objects::GroupKind>(),
        listing::<objects::GroupStatus>(),
        listing::<objects::GroupNameKind>(),
        listing::<objects::RegisterKind>(),
    ])
}

/// The numbers of every list, written from the program itself; a number that changed its meaning is a failed test.
#[test]
fn the_code_lists_are_described() {
    let mut text = String::from(
        "; Code lists of wire v1: each number with its name. A number keeps its meaning for ever and is never removed.\n\
         ; Numbers of later versions are kept and shown, never acted on, so every list ends in later-code.\n\
         ; Written by `UPDATE_EXPECT=1 cargo test -p barid-domain --test wire the_code_lists_are_described`.\n\n\
         later-code = 0..65535\n",
    );
    for (list, codes) in lists() {
        let mut numbers: Vec<u16> = codes.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), codes.len(), "{list} gives a number twice");
        text += &format!("\n{list} =\n");
        for (number, name) in codes {
            text += &format!("  {number} /  ; {name}\n");
        }
        text += "  later-code\n";
    }
    expect_file![here("../../docs/wire/codes.cddl")].assert_eq(&text);
}
