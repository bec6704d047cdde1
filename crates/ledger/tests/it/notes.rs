//! Signed notes, keys and checkpoints: published examples, damaged ones, limits.

use barid_ledger::{
    Checkpoint, CheckpointError, Ed25519NoteSigner, KeyError, KeyName, MAX_EXTENSION_BYTES,
    MAX_EXTENSION_LINES, MAX_KEY_NAME_BYTES, MAX_NOTE_BYTES, MAX_ORIGIN_BYTES, MAX_SIGNATURE_BYTES,
    MAX_SIGNATURES, MAX_TIMESTAMP_SECONDS, NoteError, NoteSigner, Origin, SignatureLine, SignatureType,
    SignedCheckpoint, SignedNote, SigningFailed, TrustError, TrustedLog, VerifierKey, countersign,
    countersignature_message, empty_root, leaf_hash,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::{countersigner, log_signer, origin, signed_head, signer, tree, trusted};

// Example of golang.org/x/mod/sumdb/note.
const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_PRIVATE: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

// Example of C2SP signed-note.
const FOO_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const FOO_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

// A checkpoint of a public staging log with countersignatures of the public network, and the published keys.
const STAGING_CHECKPOINT: &str = include_str!("../data/staging-checkpoint.txt");
const STAGING_LOG_KEY: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const STAGING_COUNTERSIGNER_KEYS: [&str; 4] = [
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
];

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn parse(note: &str) -> SignedNote {
    SignedNote::parse(note.as_bytes()).unwrap()
}

#[test]
fn published_notes_verify() {
    for (vkey, note) in [(PETER_KEY, PETER_NOTE), (FOO_KEY, FOO_NOTE)] {
        let verified = parse(note).verify(&[key(vkey)]).unwrap();
        assert_eq!(verified.note().to_string(), note);
        assert_eq!(verified.by().len(), 1);
        assert_eq!(verified.by()[0].key().to_string(), vkey);
        assert_eq!(verified.by()[0].timestamp_seconds(), None);
        let changed = note.replacen('a', "à", 1);
        let id = key(vkey).id();
        assert_eq!(parse(&changed).verify(&[key(vkey)]), Err(NoteError::BadSignature { id }));
    }
    assert_eq!(parse(PETER_NOTE).verify(&[key(FOO_KEY)]), Err(NoteError::NoKnownSignature));
    assert_eq!(parse(PETER_NOTE).verify(&[]), Err(NoteError::NoKnownSignature));
}

#[test]
fn signing_gives_the_published_bytes() {
    let private = STANDARD.decode(PETER_PRIVATE).unwrap();
    let seed: [u8; 32] = private[1..].try_into().unwrap();
    let name = KeyName::new("PeterNeumann").unwrap();
    let peter = Ed25519NoteSigner::new(name, SignatureType::Ed25519, SigningKey::from_bytes(&seed));
    assert_eq!(peter.verifier_key().to_string(), PETER_KEY);
    let text = parse(PETER_NOTE).unverified_text().to_owned();
    assert_eq!(SignedNote::sign(text, &peter).unwrap().to_string(), PETER_NOTE);
    assert!(!format!("{peter:?}").contains(&format!("{:?}", &seed[..4])));
}

#[test]
fn published_keys_read_back() {
    for text in [
        PETER_KEY,
        FOO_KEY,
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        // A plus inside the base64.
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
        STAGING_COUNTERSIGNER_KEYS[0],
    ] {
        assert_eq!(key(text).to_string(), text);
    }
    assert_eq!(key(STAGING_COUNTERSIGNER_KEYS[0]).signature_type(), SignatureType::TimestampedEd25519);
}

#[test]
fn damaged_keys_are_refused() {
    let refused = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(refused(&PETER_KEY.replace("c74f", "c74e")), KeyError::WrongKeyId);
    assert_eq!(refused(&PETER_KEY.replace("c74f20a3", "C74F20A3")), KeyError::WrongKeyId);
    assert_eq!(refused(&PETER_KEY.replace("Peter", "Petra")), KeyError::WrongKeyId);
    assert_eq!(refused(&PETER_KEY.replace("Peter", "Peter ")), KeyError::MalformedName);
    assert_eq!(refused(&PETER_KEY.replace("+ARpc", "+ZRpc")), KeyError::UnsupportedType);
    assert_eq!(refused(&format!("{PETER_KEY}AA=")), KeyError::MalformedKey);
    assert_eq!(refused("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEQ=="), {
        KeyError::UnusablePublicKey
    });
    for cut in 0..PETER_KEY.len() {
        assert!(PETER_KEY[..cut].parse::<VerifierKey>().is_err(), "{cut}");
    }
}

#[test]
fn weak_and_unusual_public_keys_are_refused() {
    let name = || KeyName::new("xa.example").unwrap();
    let make = |bytes: [u8; 32]| VerifierKey::new(name(), SignatureType::Ed25519, &bytes);
    let mut identity = [0; 32];
    identity[0] = 1;
    // y = p + 1, another spelling of the identity.
    let mut second_spelling = [0xff; 32];
    second_spelling[0] = 0xee;
    second_spelling[31] = 0x7f;
    for bytes in [[0; 32], identity, second_spelling, [2; 32]] {
        assert_eq!(make(bytes), Err(KeyError::UnusablePublicKey), "{bytes:02x?}");
    }
    // Every y above p is a second spelling; some of those points are otherwise good keys.
    let mut otherwise_good = 0;
    for low_byte in 0xed..=0xff_u8 {
        for high_byte in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            bytes[0] = low_byte;
            bytes[31] = high_byte;
            let taken = VerifyingKey::from_bytes(&bytes).is_ok_and(|point| !point.is_weak());
            otherwise_good += usize::from(taken);
            assert_eq!(make(bytes), Err(KeyError::UnusablePublicKey), "{bytes:02x?}");
        }
    }
    assert_ne!(otherwise_good, 0);
}

#[test]
fn a_real_checkpoint_with_countersignatures() {
    let signed = SignedCheckpoint::parse(STAGING_CHECKPOINT.as_bytes()).unwrap();
    assert_eq!(signed.to_string(), STAGING_CHECKPOINT);
    assert_eq!(signed.note().signatures().len(), 6);
    let log = Origin::new("arche2025h1.staging.ct.transparency.dev").unwrap();
    let countersigners: Vec<_> = STAGING_COUNTERSIGNER_KEYS.into_iter().map(key).collect();
    let trusted =
        TrustedLog::with_countersigners(log.clone(), vec![key(STAGING_LOG_KEY)], countersigners.clone(), 4)
            .unwrap();
    let verified = signed.clone().verify(&trusted).unwrap();
    assert_eq!(verified.checkpoint().size(), 1_432_088_532);
    let times: Vec<_> = verified.countersignatures().iter().map(|by| by.timestamp_seconds()).collect();
    assert_eq!(times, [0x6a12_2120; 4]);

    let changed = STAGING_CHECKPOINT.replace("1432088532", "1432088533");
    let changed = SignedCheckpoint::parse(changed.as_bytes()).unwrap();
    assert!(matches!(changed.verify(&trusted), Err(CheckpointError::Note(NoteError::BadSignature { .. }))));

    // A countersigner alone does not speak for the ledger.
    let only_remora: String = STAGING_CHECKPOINT
        .lines()
        .filter(|line| !line.starts_with("— arche"))
        .map(|line| format!("{line}\n"))
        .collect();
    let only_remora = SignedCheckpoint::parse(only_remora.as_bytes()).unwrap();
    assert_eq!(only_remora.verify(&trusted), Err(CheckpointError::NotSignedByLog));
}

#[test]
fn examples_of_the_checkpoint_and_cosignature_specifications_read_back() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let signed = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!(signed.to_string(), text);
    // The timestamp of the example message in the text of the specification.
    let countersignature = signed.note().signatures()[1].signature();
    assert_eq!(countersignature[..8], 1_679_315_147_u64.to_be_bytes());
    assert_eq!(countersignature.len(), 8 + 64);
}

#[test]
fn malformed_notes_are_refused() {
    let error = |bytes: &[u8]| SignedNote::parse(bytes).unwrap_err();
    let line = PETER_NOTE.lines().last().unwrap();
    assert_eq!(error(b""), NoteError::NoSignaturePart);
    assert_eq!(error(b"text\n"), NoteError::NoSignaturePart);
    assert_eq!(error(b"text\n\n"), NoteError::NoSignaturePart);
    assert_eq!(error(format!("text\n\n{line}").as_bytes()), NoteError::NoSignaturePart);
    assert_eq!(error(format!("text\n{line}\n").as_bytes()), NoteError::NoSignaturePart);
    assert_eq!(error(b"text\n\nno signature\n"), NoteError::MalformedSignatureLine);
    assert_eq!(error(format!("te\txt\n\n{line}\n").as_bytes()), NoteError::ControlCharacter);
    assert_eq!(error(format!("te\0xt\n\n{line}\n").as_bytes()), NoteError::ControlCharacter);
    assert_eq!(error(format!("text\r\n\n{line}\n").as_bytes()), NoteError::ControlCharacter);
    assert_eq!(error(b"text\xff\n\n"), NoteError::NotUtf8);
    for bad in [
        line.replace("— ", "- "),
        line.replace("— ", "—"),
        line.replace("PeterNeumann", "Peter\u{a0}Neumann"),
        line.replace("PeterNeumann", "Peter+Neumann"),
        line.replace("PeterNeumann", ""),
        line.replace("AM=", "AM"),
        line.replace("AM=", "AN="),
        format!("{line} "),
        "— PeterNeumann x08gow==".to_owned(),
        "— PeterNeumann x08g".to_owned(),
        "— PeterNeumann ".to_owned(),
    ] {
        assert_eq!(SignatureLine::parse(&bad), Err(NoteError::MalformedSignatureLine), "{bad}");
    }
    let signer = log_signer();
    assert_eq!(SignedNote::sign("no newline", &signer), Err(NoteError::TextWithoutNewline));
    assert_eq!(SignedNote::sign("tab\t\n", &signer), Err(NoteError::ControlCharacter));
}

#[test]
fn a_name_or_an_id_alone_is_not_a_known_key() {
    let note = SignedNote::sign("текст\n", &log_signer()).unwrap();
    let known = log_signer().verifier_key().clone();
    let same_name = signer(known.name().as_str(), SignatureType::Ed25519, 9).verifier_key().clone();
    assert_eq!(note.clone().verify(&[same_name]), Err(NoteError::NoKnownSignature));
    let junk = STANDARD.encode([known.id().as_bytes().as_slice(), &[7; 64]].concat());
    let same_id = SignatureLine::parse(&format!("— xb.example {junk}")).unwrap();
    assert!(note.clone().with_signature(same_id).unwrap().verify(std::slice::from_ref(&known)).is_ok());
    // Name and id of a known key over junk: the whole note falls, good signature or not.
    let both = SignatureLine::parse(&format!("— {} {junk}", known.name())).unwrap();
    let id = known.id();
    let spoiled = note.with_signature(both).unwrap().verify(&[known]);
    assert_eq!(spoiled, Err(NoteError::BadSignature { id }));
}

#[test]
fn the_last_empty_line_separates_text_and_signatures() {
    let text = "первый\n\nдругой\n\n\n";
    let note = SignedNote::sign(text, &log_signer()).unwrap();
    let read = parse(&note.to_string());
    assert_eq!(read, note);
    assert_eq!(read.verify(&[log_signer().verifier_key().clone()]).unwrap().text(), text);
}

#[test]
fn note_caps() {
    let blank = |count: usize| {
        let lines: String = (0..count).map(|at| format!("— k{at} {}\n", STANDARD.encode([1; 5]))).collect();
        format!("text\n\n{lines}")
    };
    assert_eq!(parse(&blank(MAX_SIGNATURES)).signatures().len(), MAX_SIGNATURES);
    assert_eq!(SignedNote::parse(blank(MAX_SIGNATURES + 1).as_bytes()), Err(NoteError::TooManySignatures));
    let full = parse(&blank(MAX_SIGNATURES));
    let one_more = SignatureLine::parse("— other AQEBAQE=").unwrap();
    assert_eq!(full.clone().with_signature(one_more), Err(NoteError::TooManySignatures));
    let again = full.signatures()[3].clone();
    assert_eq!(full.clone().with_signature(again), Ok(full));

    let sized = |bytes: usize| format!("— k {}", STANDARD.encode(vec![1; bytes]));
    assert!(SignatureLine::parse(&sized(MAX_SIGNATURE_BYTES)).is_ok());
    for above in [1, 2, 3, 4] {
        let line = sized(MAX_SIGNATURE_BYTES + above);
        assert_eq!(SignatureLine::parse(&line), Err(NoteError::SignatureTooLarge), "{above}");
    }

    let tail = "\n\n— k AQEBAQE=\n";
    let note = |bytes: usize| format!("{}{tail}", "x".repeat(bytes - tail.len()));
    assert!(SignedNote::parse(note(MAX_NOTE_BYTES).as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(note(MAX_NOTE_BYTES + 1).as_bytes()), Err(NoteError::TooLarge));
    let text = |bytes: usize| format!("{}\n", "x".repeat(bytes - 1));
    assert_eq!(SignedNote::sign(text(MAX_NOTE_BYTES + 1), &log_signer()), Err(NoteError::TooLarge));
    assert_eq!(SignedNote::sign(text(MAX_NOTE_BYTES), &log_signer()), Err(NoteError::TooLarge));
}

#[test]
fn name_caps_and_rules() {
    assert!(KeyName::new("x".repeat(MAX_KEY_NAME_BYTES)).is_ok());
    assert!(KeyName::new("x".repeat(MAX_KEY_NAME_BYTES + 1)).is_err());
    assert!(Origin::new("x".repeat(MAX_ORIGIN_BYTES)).is_ok());
    assert!(Origin::new("x".repeat(MAX_ORIGIN_BYTES + 1)).is_err());
    for name in crate::NAMES {
        assert!(KeyName::new(name).is_ok() && Origin::new(name).is_ok());
    }
    for bad in ["", "a b", "a\u{3000}b", "a\u{2028}b", "a+b", "a\nb", "a\u{1}b"] {
        assert_eq!(KeyName::new(bad), Err(KeyError::MalformedName), "{bad:?}");
    }
    // Origins of others may have spaces and plus signs, never line ends.
    assert!(Origin::new("rekor.example - 1193050959916656506").is_ok());
    for bad in ["", "a\nb", "a\tb"] {
        assert_eq!(Origin::new(bad), Err(CheckpointError::MalformedOrigin), "{bad:?}");
    }
}

#[test]
fn checkpoint_text_has_one_spelling() {
    let root = empty_root().to_base64();
    let good = format!("origin\n0\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).unwrap().to_string(), good);
    let error = |text: &str| Checkpoint::parse(text).unwrap_err();
    assert_eq!(error(""), CheckpointError::MissingLine);
    assert_eq!(error("origin\n0\n"), CheckpointError::MissingLine);
    assert_eq!(error(&format!("origin\n0\n{root}")), CheckpointError::MissingLine);
    assert_eq!(error(&format!("\n0\n{root}\n")), CheckpointError::MalformedOrigin);
    for size in ["", "00", "01", "-1", "+1", "1 ", "9223372036854775808", "१"] {
        assert_eq!(error(&format!("origin\n{size}\n{root}\n")), CheckpointError::MalformedSize, "{size}");
    }
    for root in ["", "AAAA", &root[..43], &root.replace('=', "A"), &format!("{root}=")] {
        assert_eq!(error(&format!("origin\n0\n{root}\n")), CheckpointError::MalformedRoot, "{root}");
    }
    assert_eq!(error(&format!("{good}\n")), CheckpointError::MalformedExtension);
    assert!(Checkpoint::parse(&format!("origin\n9223372036854775807\n{root}\n")).is_ok());
}

#[test]
fn extension_caps() {
    let with = |count: usize, bytes: usize| {
        let line = "x".repeat(bytes);
        let lines: String = (0..count).map(|_| format!("{line}\n")).collect();
        let text = format!("origin\n0\n{}\n{lines}", empty_root().to_base64());
        Checkpoint::parse(&text).map(|checkpoint| assert_eq!(checkpoint.to_string(), text))
    };
    assert_eq!(with(MAX_EXTENSION_LINES, MAX_EXTENSION_BYTES), Ok(()));
    assert_eq!(with(MAX_EXTENSION_LINES + 1, 1), Err(CheckpointError::TooManyExtensions));
    assert_eq!(with(500, 1), Err(CheckpointError::TooManyExtensions));
    assert_eq!(with(1, MAX_EXTENSION_BYTES + 1), Err(CheckpointError::MalformedExtension));
}

#[test]
fn countersignatures_count_once_per_countersigner() {
    let head = signed_head(&tree(0, 9, 9), 9);
    let [one, two, three] = [countersigner(2), countersigner(3), countersigner(4)];
    let keys = [&one, &two, &three].map(|signer| signer.verifier_key().clone()).to_vec();
    let log_key = log_signer().verifier_key().clone();
    let need = |needed| {
        TrustedLog::with_countersigners(origin(), vec![log_key.clone()], keys.clone(), needed).unwrap()
    };
    let line = |signer, now| countersign(head.claimed(), signer, now).unwrap();
    let twice_one =
        head.clone().with_signature(line(&one, 10)).unwrap().with_signature(line(&one, 20)).unwrap();
    assert!(twice_one.clone().verify(&need(1)).is_ok());
    assert_eq!(
        twice_one.clone().verify(&need(2)),
        Err(CheckpointError::TooFewCountersignatures { needed: 2, got: 1 })
    );
    let both = twice_one.with_signature(line(&two, 30)).unwrap();
    let verified = both.clone().verify(&need(2)).unwrap();
    let seen: Vec<_> = verified.countersignatures().iter().map(|by| by.timestamp_seconds()).collect();
    assert_eq!(seen, [10, 30]);
    assert!(both.verify(&need(3)).is_err());
    // A time changed after signing is a bad signature, not another time.
    let bytes = line(&three, 40);
    let mut blob = [bytes.id().as_bytes().as_slice(), bytes.signature()].concat();
    blob[11] ^= 1;
    let forged = SignatureLine::parse(&format!("— {} {}", bytes.name(), STANDARD.encode(blob))).unwrap();
    let forged = head.clone().with_signature(forged).unwrap().verify(&need(0));
    assert!(matches!(forged, Err(CheckpointError::Note(NoteError::BadSignature { .. }))));
    // A time beyond the format is refused even when it is well signed.
    let timed = |time: u64| {
        let message = countersignature_message(time, &head.claimed().to_string());
        let signature = three.sign_message(message.as_bytes()).unwrap();
        let key = three.verifier_key();
        let blob = [key.id().as_bytes().as_slice(), &time.to_be_bytes(), &signature].concat();
        let line = SignatureLine::parse(&format!("— {} {}", key.name(), STANDARD.encode(blob))).unwrap();
        head.clone().with_signature(line).unwrap().verify(&need(1)).is_ok()
    };
    assert!(timed(MAX_TIMESTAMP_SECONDS));
    assert!(!timed(MAX_TIMESTAMP_SECONDS + 1));
    for out_of_range in [0, u64::MAX, 1 << 63] {
        assert!(countersign(head.claimed(), &one, out_of_range).is_err());
    }
    assert!(countersign(head.claimed(), &log_signer(), 1).is_err());
    assert_eq!(SignedNote::sign("x\n", &one), Err(NoteError::WrongSignerType));
}

#[test]
fn trust_that_would_count_one_holder_twice_is_refused() {
    let log = || log_signer().verifier_key().clone();
    let one = || countersigner(2).verifier_key().clone();
    let make = |log_keys, countersigners, needed| {
        TrustedLog::with_countersigners(origin(), log_keys, countersigners, needed).unwrap_err()
    };
    assert_eq!(make(vec![], vec![], 0), TrustError::NoLogKey);
    assert_eq!(make(vec![one()], vec![], 0), TrustError::WrongSignatureType);
    assert_eq!(make(vec![log()], vec![log()], 0), TrustError::WrongSignatureType);
    assert_eq!(make(vec![log()], vec![one()], 2), TrustError::UnreachableQuorum);
    assert_eq!(make(vec![log()], vec![one(), one()], 2), TrustError::SharedPublicKey);
    let log_key_again = signer("xb.example", SignatureType::TimestampedEd25519, 1).verifier_key().clone();
    assert_eq!(make(vec![log()], vec![log_key_again], 1), TrustError::SharedPublicKey);
    let same_name =
        signer(one().name().as_str(), SignatureType::TimestampedEd25519, 9).verifier_key().clone();
    assert_eq!(make(vec![log()], vec![one(), same_name], 2), TrustError::SharedCountersignerName);
}

#[test]
fn a_checkpoint_of_another_ledger_is_refused() {
    let checkpoint = Checkpoint::new(Origin::new("xb.example/日志").unwrap(), 1, leaf_hash(b"")).unwrap();
    let signed = SignedCheckpoint::sign(checkpoint, &log_signer()).unwrap();
    assert_eq!(signed.verify(&trusted()), Err(CheckpointError::OtherOrigin));
}

#[test]
fn a_key_holder_that_signs_with_another_key_is_noticed() {
    struct WrongKey(Ed25519NoteSigner, Ed25519NoteSigner);
    impl NoteSigner for WrongKey {
        fn verifier_key(&self) -> &VerifierKey {
            self.0.verifier_key()
        }
        fn sign_message(&self, message: &[u8]) -> Result<[u8; 64], SigningFailed> {
            self.1.sign_message(message)
        }
    }
    let wrong = WrongKey(log_signer(), signer("xa.example", SignatureType::Ed25519, 9));
    assert_eq!(SignedNote::sign("x\n", &wrong), Err(NoteError::Signing(SigningFailed)));
}
