//! Seals: what is altered, replayed as another thing, or written in a second way does not hold.

use barid_domain::canonical::CanonicalFault;
use barid_domain::contents::{self, Content, EntryType};
use barid_domain::entries::{
    Claims, ENTRY_BYTES_CAP, ENTRY_TYP, SIGNATURES_CAP, SUBJECT_CAP, SealError, Unverified, Verified, seal,
};
use barid_domain::keys::{Ed25519Signer, KeyError, PublicKey, Signer};
use coset::cbor::Value;

use crate::samples::*;

/// Signs a Sign1 whose parts are given as they are, however wrong; only the signature is right.
fn signed_by_hand(protected: &[u8], unprotected: &[u8], payload: &[u8]) -> Vec<u8> {
    let to_sign = [&[0x84][..], &text("Signature1"), &blob(protected), &blob(&[]), &blob(payload)].concat();
    let signature = signer("XA").sign(&to_sign).unwrap();
    [&[0xd2, 0x84][..], &blob(protected), unprotected, &blob(payload), &blob(&signature)].concat()
}

fn head(major: u8, length: usize) -> Vec<u8> {
    let major = major << 5;
    match length {
        0..=23 => vec![major | length as u8],
        24..=0xff => vec![major | 24, length as u8],
        0x100..=0xffff => [&[major | 25][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[major | 26][..], &(length as u32).to_be_bytes()].concat(),
    }
}
fn blob(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_vec()].concat()
}
fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_vec()].concat()
}

/// The fields of a header, each as key and value bytes.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// The fields of a sound header.
fn header_fields() -> Fields {
    let claims = [&[0xa3, 0x01][..], &text("XA"), &[0x02], &text("record:x"), &[0x06, 0x00]].concat();
    vec![
        (vec![0x01], vec![0x27]),
        (vec![0x03], text("application/vnd.barid.note.v1+cbor")),
        (vec![0x04], blob(&signer("XA").public_key().id().0)),
        (vec![0x0f], claims),
        (vec![0x10], text(ENTRY_TYP)),
    ]
}

fn header(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<u8> =
        fields.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [head(5, fields.len()), pairs].concat()
}

fn keys_of_a() -> Keys {
    Keys::of([(org("XA"), signer("XA").public_key())])
}

fn verify(bytes: &[u8]) -> Result<Verified, SealError> {
    Unverified::parse(bytes)?.verify(&keys_of_a())
}

fn fault(bytes: &[u8]) -> Option<CanonicalFault> {
    match Unverified::parse(bytes) {
        Err(SealError::NotCanonical(error)) => Some(error.fault),
        Err(_) | Ok(_) => None,
    }
}

fn sealed(claims: &Claims, payload: Vec<u8>, codes: &[&str]) -> Result<Vec<u8>, SealError> {
    let signers: Vec<Ed25519Signer> = codes.iter().map(|code| signer(code)).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    seal(claims, payload, &signers)
}

fn note() -> Claims {
    claims(EntryType::Unknown("note.v1".into()), "XA", "record:x", 0)
}

#[test]
fn what_is_written_by_hand_to_the_letter_is_what_the_program_writes() {
    let by_hand = signed_by_hand(&header(&header_fields()), &[0xa0], &[0xa0]);
    assert_eq!(by_hand, sealed(&note(), vec![0xa0], &["XA"]).unwrap());
    assert!(verify(&by_hand).is_ok());
}

#[test]
fn an_entry_of_an_unknown_type_is_read_as_unknown_and_keeps_its_bytes() {
    let bytes = sealed(&note(), vec![0xa1, 0x18, 0x63, 0x01], &["XA"]).unwrap();
    let verified = verify(&bytes).unwrap();
    assert_eq!(Content::read(&verified), Ok(Content::Unknown));
    assert_eq!(verified.into_bytes(), bytes);
}

#[test]
fn a_payload_field_of_a_later_version_is_skipped_and_kept() {
    let sample = sample("person");
    let Value::Map(mut map) = coset::cbor::from_reader(sample.payload.as_slice()).unwrap() else {
        panic!("no map")
    };
    map.push((Value::from(60), Value::from("поле следующей версии")));
    let mut payload = Vec::new();
    coset::cbor::into_writer(&Value::Map(map), &mut payload).unwrap();
    let bytes = sealed(&sample.claims, payload.clone(), &["XA"]).unwrap();
    let verified = verify(&bytes).unwrap();
    assert_eq!(verified.payload(), payload);
    assert_eq!(verified.bytes(), bytes);
    let Content::Person(person) = Content::read(&verified).unwrap() else { panic!("no person") };
    assert_eq!(person.statement, full_person());
}

#[test]
fn every_flipped_bit_of_an_entry_is_noticed() {
    for sample in samples() {
        let bytes = sample.seal();
        let keys: Vec<PublicKey> = sample.signers.iter().map(|signer| signer.public_key()).collect();
        assert!(holds(&bytes, &keys));
        // Small entries whole; of bigger ones every eleventh bit, which reaches every byte's every bit over time.
        let step = if bytes.len() < 500 { 1 } else { 11 };
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!holds(&flipped, &keys), "{}: bit {bit}", sample.name);
        }
    }
}

#[test]
fn every_truncation_and_every_byte_behind_is_refused() {
    let bytes = sample("person-bare").seal();
    for length in 0..bytes.len() {
        assert!(Unverified::parse(&bytes[..length]).is_err(), "{length}");
    }
    assert_eq!(fault(&[&bytes[..], &[0]].concat()), Some(CanonicalFault::Trailing));
}

#[test]
fn a_header_has_one_writing() {
    use CanonicalFault::{DuplicateKey, Indefinite, KeyOrder, NotShortest, Truncated};
    let by_hand = |protected: &[u8]| signed_by_hand(protected, &[0xa0], &[0xa0]);
    let good = header(&header_fields());
    let mut reversed = header_fields();
    reversed.reverse();
    assert_eq!(fault(&by_hand(&header(&reversed))), Some(KeyOrder));
    let mut twice = header_fields();
    twice.push(twice[4].clone());
    let refused = Unverified::parse(&by_hand(&header(&twice))).unwrap_err();
    assert_eq!(refused, SealError::Malformed("COSE_Sign1"), "the COSE reader sees it first");
    let mut claim_twice = header_fields();
    claim_twice[3].1 = [&[0xa4, 0x01][..], &text("XA"), &claim_twice[3].1[1..]].concat();
    assert_eq!(fault(&by_hand(&header(&claim_twice))), Some(DuplicateKey));
    assert_eq!(fault(&by_hand(&[&[0xb8, 0x05], &good[1..]].concat())), Some(NotShortest));
    assert_eq!(fault(&by_hand(&[&[0xbf], &good[1..], &[0xff]].concat())), Some(Indefinite));
    let mut long_key = header_fields();
    long_key[0].0 = vec![0x18, 0x01];
    assert_eq!(fault(&by_hand(&header(&long_key))), Some(NotShortest));
    let mut long_claims = header_fields();
    long_claims[3].1[0] = 0xb8;
    long_claims[3].1.insert(1, 0x03);
    assert_eq!(fault(&by_hand(&header(&long_claims))), Some(NotShortest));
    assert_eq!(fault(&by_hand(&[])), Some(Truncated), "an empty header is no header");
    let behind = Unverified::parse(&by_hand(&[&good[..], &[0]].concat())).unwrap_err();
    assert_eq!(behind, SealError::Malformed("COSE_Sign1"), "here too");
}

#[test]
fn a_payload_has_one_writing() {
    use CanonicalFault::*;
    let cases: &[(&[u8], CanonicalFault)] = &[
        (&[0xb8, 0x01, 0x00, 0x00], NotShortest),
        (&[0xa1, 0x00, 0x18, 0x05], NotShortest),
        (&[0xa1, 0x00, 0x19, 0x00, 0xff], NotShortest),
        (&[0xa1, 0x00, 0x1a, 0x00, 0x00, 0xff, 0xff], NotShortest),
        (&[0xa1, 0x00, 0x1b, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff], NotShortest),
        (&[0xa2, 0x01, 0x00, 0x00, 0x00], KeyOrder),
        (&[0xa2, 0x01, 0x00, 0x01, 0x00], DuplicateKey),
        (&[0xbf, 0xff], Indefinite),
        (&[0xa1, 0x00, 0x5f, 0xff], Indefinite),
        (&[0xa1, 0x00, 0xf9, 0x3c, 0x00], Kind),
        (&[0xa1, 0x00, 0xc0, 0x00], Tag),
        (&[0xa1, 0x00, 0x63, 0xed, 0xa0, 0x80], Utf8),
        (&[], Truncated),
        (&[0xa0, 0x00], Trailing),
    ];
    let protected = header(&header_fields());
    for (payload, expected) in cases {
        assert_eq!(fault(&signed_by_hand(&protected, &[0xa0], payload)), Some(*expected), "{payload:02x?}");
        let refused = sealed(&note(), payload.to_vec(), &["XA"]);
        assert!(matches!(refused, Err(SealError::NotCanonical(error)) if error.fault == *expected));
    }
}

#[test]
fn a_header_holds_the_known_fields_and_no_other() {
    let refused = |what: &str, change: &dyn Fn(&mut Fields)| {
        let mut fields = header_fields();
        change(&mut fields);
        fields.sort();
        let result = verify(&signed_by_hand(&header(&fields), &[0xa0], &[0xa0]));
        assert!(matches!(result, Err(SealError::Malformed(_))), "{what}: {result:?}");
    };
    refused("unknown", &|fields| fields.push((vec![0x18, 0x63], vec![0x01])));
    refused("private", &|fields| fields.push((text("x"), vec![0x01])));
    refused("critical", &|fields| fields.push((vec![0x02], vec![0x81, 0x0f])));
    refused("nothing critical", &|fields| fields.push((vec![0x02], vec![0x80])));
    refused("IV", &|fields| fields.push((vec![0x05], vec![0x41, 0x00])));
    refused("empty IV", &|fields| fields.push((vec![0x05], vec![0x40])));
    refused("empty partial IV", &|fields| fields.push((vec![0x06], vec![0x40])));
    refused("no countersignatures", &|fields| fields.push((vec![0x07], vec![0x80])));
    for i in 0..5 {
        refused("a field missing", &|fields| drop(fields.remove(i)));
        refused("null", &|fields| fields[i].1 = vec![0xf6]);
        refused("number", &|fields| fields[i].1 = vec![0x18, 0x3c]);
    }
    refused("ES384", &|fields| fields[0].1 = vec![0x38, 0x22]);
    refused("fully specified Ed25519", &|fields| fields[0].1 = vec![0x32]);
    refused("algorithm by name", &|fields| fields[0].1 = text("EdDSA"));
    refused("31 bytes of key id", &|fields| fields[2].1 = blob(&[0; 31]));
    refused("33 bytes of key id", &|fields| fields[2].1 = blob(&[0; 33]));
    refused("typ of a checkpoint", &|fields| fields[4].1 = text("application/vnd.barid.checkpoint.v1+cose"));
    for bad in ["application/json", "application/vnd.barid.note+cbor", "application/vnd.barid.note.v01+cbor"]
    {
        refused(bad, &|fields| fields[1].1 = text(bad));
    }
    let claims = |bytes: &[&[u8]]| bytes.concat();
    let (iss, sub) = ([&[0x01][..], &text("XA")].concat(), [&[0x02][..], &text("record:x")].concat());
    let cases = [
        ("empty", claims(&[&[0xa0]])),
        ("no issuer", claims(&[&[0xa2], &sub, &[0x06, 0x00]])),
        ("no time", claims(&[&[0xa2], &iss, &sub])),
        ("audience", claims(&[&[0xa4], &iss, &sub, &[0x03], &text("XB"), &[0x06, 0x00]])),
        ("time of text", claims(&[&[0xa3], &iss, &sub, &[0x06], &text("0")])),
        ("time over 64 bits", claims(&[&[0xa3], &iss, &sub, &[0x06, 0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]])),
        ("issuer in Cyrillic", claims(&[&[0xa3, 0x01], &text("ХА"), &sub, &[0x06, 0x00]])),
        ("empty subject", claims(&[&[0xa3], &iss, &[0x02, 0x60, 0x06, 0x00]])),
        (
            "long subject",
            claims(&[&[0xa3], &iss, &[0x02], &text(&"x".repeat(SUBJECT_CAP + 1)), &[0x06, 0x00]]),
        ),
    ];
    for (what, bytes) in cases {
        refused(what, &|fields| fields[3].1 = bytes.clone());
    }
    let longest = claims(&[&[0xa3], &iss, &[0x02], &text(&"x".repeat(SUBJECT_CAP)), &[0x06, 0x00]]);
    let mut fields = header_fields();
    fields[3].1 = longest;
    assert!(verify(&signed_by_hand(&header(&fields), &[0xa0], &[0xa0])).is_ok());
}

#[test]
fn nothing_stands_unprotected_and_no_payload_is_detached() {
    let protected = header(&header_fields());
    for unprotected in [&[0xa1, 0x04, 0x41, 0x00][..], &[0xa1, 0x18, 0x63, 0x01], &[0xa1, 0x01, 0x27]] {
        let result = verify(&signed_by_hand(&protected, unprotected, &[0xa0]));
        assert_eq!(result.unwrap_err(), SealError::Malformed("unprotected header"));
    }
    let good = signed_by_hand(&protected, &[0xa0], &[0xa0]);
    let detached = [&[0xd2, 0x84][..], &blob(&protected), &[0xa0, 0xf6], &good[good.len() - 66..]].concat();
    assert_eq!(verify(&detached).unwrap_err(), SealError::Malformed("payload"));
    assert_eq!(verify(&good[1..]).unwrap_err(), SealError::Malformed("tag"));
}

/// A signature whose point R is the neutral one fits the equation of RFC 8032 without cofactor, and was not made by
/// signing: a second form that a strict verifier refuses.
#[test]
fn a_signature_of_the_second_form_is_refused() {
    let crafted = crate::fixtures::unhex(
        "0100000000000000000000000000000000000000000000000000000000000000\
         938f03dce08651e4baaf71cfa91fba05e2be2697439c6f6fb380096ad7d8090e",
    );
    let key = Ed25519Signer::from_secret(&[9; 32]).public_key();
    assert_eq!(key.verify(b"one", &crafted), Err(KeyError::BadSignature));
}

#[test]
fn nothing_stands_unprotected_beside_one_of_several_signatures() {
    let several = sealed(&note(), vec![0xa0], &["XA", "XB"]).unwrap();
    let Value::Tag(98, body) = coset::cbor::from_reader(several.as_slice()).unwrap() else {
        panic!("no COSE_Sign")
    };
    let body = body.into_array().unwrap();
    let unprotected = Value::Map(vec![(Value::from(4), Value::from(vec![0u8]))]);
    let parse = |body: Vec<Value>| {
        let mut bytes = Vec::new();
        coset::cbor::into_writer(&Value::Tag(98, Box::new(Value::Array(body))), &mut bytes).unwrap();
        Unverified::parse(&bytes).map(|_| ())
    };
    assert_eq!(parse(body.clone()), Ok(()));
    let refused = Err(SealError::Malformed("unprotected header"));
    let mut over_all = body.clone();
    over_all[1] = unprotected.clone();
    assert_eq!(parse(over_all), refused);
    let mut beside_one = body;
    beside_one[3].as_array_mut().unwrap()[1].as_array_mut().unwrap()[1] = unprotected;
    assert_eq!(parse(beside_one), refused);
}

/// What was signed as one type does not hold as another: the type is under the signature.
#[test]
fn a_signature_for_one_type_holds_for_no_other() {
    let types = [
        "genesis",
        "organisation",
        "key",
        "person",
        "travel-document",
        "object",
        "link",
        "withdrawal",
        "batch",
        "note",
    ];
    let content_type = |name: &str| text(&format!("application/vnd.barid.{name}.v1+cbor"));
    let good = signed_by_hand(&header(&header_fields()), &[0xa0], &[0xa0]);
    let signature = &good[good.len() - 66..];
    for name in types {
        let mut fields = header_fields();
        fields[1].1 = content_type(name);
        let replayed =
            [&[0xd2, 0x84][..], &blob(&header(&fields)), &[0xa0], &blob(&[0xa0]), signature].concat();
        assert_eq!(verify(&replayed).is_ok(), name == "note", "{name}");
    }
}

#[test]
fn one_signature_is_not_taken_for_one_of_several_nor_the_reverse() {
    let keys = Keys::of(["XA", "XB"].map(|code| (org(code), signer(code).public_key())));
    let several = sealed(&note(), vec![0xa0], &["XA", "XB"]).unwrap();
    let entry = Unverified::parse(&several).unwrap();
    assert_eq!(
        entry.clone().verify(&keys).unwrap_err(),
        SealError::UnknownKey,
        "another's beside the issuer's"
    );
    assert!(entry.verify_threshold(&keys, &[org("XA"), org("XB")], 2).is_ok());
    // The signature of a COSE_Sign1 inside a COSE_Sign and the reverse: the contexts differ (RFC 9052 4.4).
    let Value::Tag(98, body) = coset::cbor::from_reader(several.as_slice()).unwrap() else {
        panic!("no COSE_Sign")
    };
    let signature = body.as_array().unwrap()[3].as_array().unwrap()[0].as_array().unwrap()[2].clone();
    let single = signed_by_hand(&header(&header_fields()), &[0xa0], &[0xa0]);
    let moved = [&single[..single.len() - 66], &blob(signature.as_bytes().unwrap())].concat();
    assert_eq!(verify(&moved).unwrap_err(), SealError::BadSignature);
    let mut body = body.into_array().unwrap();
    let last = Value::from(single[single.len() - 64..].to_vec());
    if let Value::Array(signatures) = &mut body[3] {
        signatures[0].as_array_mut().unwrap()[2] = last;
    }
    let mut bytes = Vec::new();
    coset::cbor::into_writer(&Value::Tag(98, Box::new(Value::Array(body))), &mut bytes).unwrap();
    let refused = Unverified::parse(&bytes).unwrap().verify_threshold(&keys, &[org("XA"), org("XB")], 2);
    assert_eq!(refused.unwrap_err(), SealError::BadSignature);
    let mut tag = several;
    tag[1] = 18;
    assert!(Unverified::parse(&tag).is_err());
}

/// A key verifies under its own algorithm only, whatever the header says.
#[test]
fn the_algorithm_is_that_of_the_key() {
    let mut fields = header_fields();
    fields[0].1 = vec![0x26];
    let result = verify(&signed_by_hand(&header(&fields), &[0xa0], &[0xa0]));
    assert_eq!(result.unwrap_err(), SealError::BadSignature);
}

/// One organisation, two algorithms: both must hold; two signatures of one algorithm are one too many.
#[test]
fn an_organisation_signs_with_several_algorithms() {
    let (ed25519, p256) = (signer("XA"), p256_signer("XA P-256"));
    let keys = Keys::of(
        [ed25519.public_key(), p256.public_key(), signer("XA 2").public_key()].map(|k| (org("XA"), k)),
    );
    let sealed = |signers: &[&dyn Signer]| seal(&note(), vec![0xa0], signers).unwrap();
    let check =
        |bytes: &[u8]| Unverified::parse(bytes).unwrap().verify(&keys).map(|entry| entry.signers().to_vec());
    for signers in [&[&ed25519 as &dyn Signer][..], &[&p256], &[&ed25519, &p256], &[&p256, &ed25519]] {
        assert_eq!(check(&sealed(signers)), Ok(vec![org("XA")]));
    }
    assert_eq!(check(&sealed(&[&ed25519, &signer("XA 2")])), Err(SealError::TooFewSignatures));
    assert_eq!(check(&sealed(&[&p256, &p256])), Err(SealError::TooFewSignatures));
    assert_eq!(check(&sealed(&[&ed25519, &p256_signer("a stranger")])), Err(SealError::UnknownKey));
    let both = sealed(&[&ed25519, &p256]);
    let mut spoilt = both.clone();
    let last = spoilt.len() - 1;
    spoilt[last] ^= 1;
    assert_eq!(check(&spoilt), Err(SealError::BadSignature), "the second one");
    let first = both.windows(64).position(|bytes| bytes == signature_of(&both, 0)).unwrap();
    let mut spoilt = both.clone();
    spoilt[first] ^= 1;
    assert_eq!(check(&spoilt), Err(SealError::BadSignature), "the first one");
    // Among several organisations it is one of them all the same.
    let mut keys = keys.clone();
    keys.0.extend(Keys::of([(org("XB"), p256_signer("XB").public_key())]).0);
    let threshold = |bytes: &[u8], count| {
        Unverified::parse(bytes).unwrap().verify_threshold(&keys, &[org("XA"), org("XB")], count).map(|_| ())
    };
    assert_eq!(threshold(&both, 2), Err(SealError::TooFewSignatures));
    assert_eq!(threshold(&sealed(&[&ed25519, &p256, &p256_signer("XB")]), 2), Ok(()));
}

fn signature_of(several: &[u8], at: usize) -> Vec<u8> {
    let Value::Tag(98, body) = coset::cbor::from_reader(several).unwrap() else { panic!("no COSE_Sign") };
    body.as_array().unwrap()[3].as_array().unwrap()[at].as_array().unwrap()[2].as_bytes().unwrap().clone()
}

/// ECDSA takes `s` and the order less `s` alike: the second would be another entry hash of the same statement.
#[test]
fn the_second_form_of_an_ecdsa_signature_is_refused() {
    let key = p256_signer("XA P-256");
    let keys = Keys::of([(org("XA"), key.public_key())]);
    let sealed = seal(&note(), vec![0xa0], &[&key]).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&sealed[sealed.len() - 64..]).unwrap();
    let second = p256::ecdsa::Signature::from_scalars(signature.r(), -signature.s()).unwrap();
    let other = [&sealed[..sealed.len() - 64], &second.to_bytes()[..]].concat();
    assert!(Unverified::parse(&sealed).unwrap().verify(&keys).is_ok());
    assert_eq!(Unverified::parse(&other).unwrap().verify(&keys).unwrap_err(), SealError::BadSignature);
}

#[test]
fn a_threshold_of_none_is_no_threshold() {
    let entry = Unverified::parse(&sealed(&note(), vec![0xa0], &["XA"]).unwrap()).unwrap();
    let refused = entry.verify_threshold(&keys_of_a(), &[org("XA")], 0);
    assert_eq!(refused.unwrap_err(), SealError::TooFewSignatures);
}

#[test]
fn the_key_is_the_issuers_and_valid_at_the_time() {
    let bytes = sealed(&note(), vec![0xa0], &["XA"]).unwrap();
    let check = |change: &dyn Fn(&mut barid_domain::entries::RegisteredKey)| {
        let mut keys = keys_of_a();
        keys.0.values_mut().for_each(change);
        Unverified::parse(&bytes).unwrap().verify(&keys).map(|_| ())
    };
    assert_eq!(check(&|_| {}), Ok(()));
    assert_eq!(check(&|key| key.organisation = org("XB")), Err(SealError::UnknownKey));
    assert_eq!(check(&|key| key.not_before = 1), Err(SealError::KeyNotValid));
    assert_eq!(check(&|key| key.not_before = 0), Ok(()));
    assert_eq!(check(&|key| key.not_after = Some(0)), Err(SealError::KeyNotValid));
    assert_eq!(check(&|key| key.not_after = Some(1)), Ok(()));
    let other = signer("XB").public_key();
    assert_eq!(check(&|key| key.key = other), Err(SealError::BadSignature));
    let empty = Unverified::parse(&bytes).unwrap().verify(&Keys::default());
    assert_eq!(empty.unwrap_err(), SealError::UnknownKey);
}

#[test]
fn entries_are_capped_in_size() {
    let of_size = |size: usize| {
        let payload = |length: usize| blob(&vec![0; length]);
        let spare = sealed(&note(), payload(size - 1_000), &["XA"]).unwrap().len();
        sealed(&note(), payload(size - 1_000 + size - spare), &["XA"])
    };
    let largest = of_size(ENTRY_BYTES_CAP).unwrap();
    assert_eq!(largest.len(), ENTRY_BYTES_CAP);
    assert!(verify(&largest).is_ok());
    assert_eq!(of_size(ENTRY_BYTES_CAP + 1), Err(SealError::TooLarge));
    let over = [&largest[..], &[0]].concat();
    assert_eq!(Unverified::parse(&over).unwrap_err(), SealError::TooLarge);
}

/// Signs nothing, and says so.
struct PulledOut(PublicKey);

impl Signer for PulledOut {
    fn public_key(&self) -> PublicKey {
        self.0
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Unusable)
    }
}

#[test]
fn what_could_not_be_read_again_is_not_sealed() {
    assert_eq!(sealed(&note(), vec![0xa0], &[]), Err(SealError::TooFewSignatures));
    let gone = PulledOut(signer("XA").public_key());
    assert_eq!(seal(&note(), vec![0xa0], &[&gone]), Err(SealError::SignerUnusable));
    for subject in [String::new(), "x".repeat(SUBJECT_CAP + 1)] {
        let claims = Claims { subject, ..note() };
        assert_eq!(sealed(&claims, vec![0xa0], &["XA"]), Err(SealError::Malformed("subject")));
    }
    for name in ["note", "Note.v1", "note.v0", ""] {
        let claims = Claims { entry_type: EntryType::Unknown(name.into()), ..note() };
        assert_eq!(sealed(&claims, vec![0xa0], &["XA"]), Err(SealError::Malformed("content type")), "{name}");
    }
    let codes: Vec<String> = (0..=SIGNATURES_CAP).map(|i| format!("signer {i}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let most = sealed(&note(), vec![0xa0], &codes[..SIGNATURES_CAP]).unwrap();
    assert!(Unverified::parse(&most).is_ok());
    assert_eq!(sealed(&note(), vec![0xa0], &codes), Err(SealError::Malformed("signatures")));
}

#[test]
fn a_header_that_names_another_subject_is_refused_for_every_type() {
    for sample in samples() {
        let claims = Claims { subject: "record:another".into(), ..sample.claims };
        let signers: Vec<&dyn Signer> = vec![sample.signers[0].as_ref()];
        let bytes = seal(&claims, sample.payload, &signers).unwrap();
        let keys = Keys::of([(claims.issuer, sample.signers[0].public_key())]);
        let verified = Unverified::parse(&bytes).unwrap().verify(&keys).unwrap();
        assert_eq!(Content::read(&verified), Err(contents::ContentError::Subject), "{}", sample.name);
    }
}

/// Otherwise the end of an item could name any record.
#[test]
fn an_item_withdrawal_ends_the_record_of_its_item() {
    let item = barid_domain::batches::item_hash(&batch_items().items()[9]);
    let read = |record| {
        let withdrawal = barid_domain::batches::ItemWithdrawal {
            salt: derived("wrong record"),
            batch: barid_domain::ids::EntryHash([1; 32]),
            index: 9,
            item,
            record,
            reason: barid_domain::codes::WithdrawalReason::Mistaken,
        };
        let claims = claims(EntryType::ItemWithdrawal, "XA", contents::record_subject(record), 0);
        let bytes = sealed(&claims, contents::encode(&withdrawal), &["XA"]).unwrap();
        Content::read(&verify(&bytes).unwrap()).map(|_| ())
    };
    assert_eq!(read(barid_domain::batches::item_record(&[7; 32], &item)), Ok(()));
    assert_eq!(read(record("person")), Err(contents::ContentError::Item));
}

#[test]
fn version_and_predecessor_agree() {
    let read = |number: u32, supersedes| {
        let stated = version("person", number, supersedes, bare_terms(), bare_person());
        let claims = claims(EntryType::Person, "XA", contents::record_subject(record("person")), 0);
        let bytes = sealed(&claims, contents::encode(&stated), &["XA"]).unwrap();
        Content::read(&verify(&bytes).unwrap()).map(|_| ())
    };
    let hash = Some(barid_domain::ids::EntryHash([7; 32]));
    assert_eq!(read(1, None), Ok(()));
    assert_eq!(read(2, hash), Ok(()));
    for (number, supersedes) in [(0, None), (0, hash), (1, hash), (2, None)] {
        assert_eq!(read(number, supersedes), Err(contents::ContentError::Version), "{number}");
    }
}
