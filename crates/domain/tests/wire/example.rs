//! The worked example of the documentation, written by the program that it describes.

use barid_domain::entries::{Unverified, entry_hash};
use barid_domain::ledger::leaf_hash;
use expect_test::expect_file;

use crate::fixtures::hex;
use crate::samples::{here, sample};

/// The names of the fields, by the path of keys that leads to their map.
const FIELDS: &[(&str, &[(u64, &str)])] = &[
    ("0", &[(1, "alg"), (3, "content type"), (4, "kid"), (15, "CWT claims"), (16, "typ")]),
    ("0.15", &[(1, "iss"), (2, "sub"), (6, "iat")]),
    ("2", &[(0, "salt"), (1, "record"), (2, "version"), (4, "terms"), (5, "travel document")]),
    (
        "2.4",
        &[
            (0, "purpose"),
            (1, "handling"),
            (2, "classification"),
            (3, "source grade"),
            (4, "information grade"),
            (5, "review on"),
        ],
    ),
    (
        "2.5",
        &[
            (0, "number"),
            (2, "issuing country"),
            (3, "document type"),
            (4, "fraud type"),
            (5, "reason"),
            (6, "reported on"),
        ],
    ),
];

fn field_name(path: &str, key: u64) -> &'static str {
    let fields = FIELDS.iter().find(|(known, _)| *known == path).map(|(_, fields)| *fields);
    fields.and_then(|fields| fields.iter().find(|(known, _)| *known == key)).expect("a described field").1
}

/// Writes an encoded item line by line: the bytes, and behind them what they say (RFC 8949 section 8).
struct Annotator<'a> {
    bytes: &'a [u8],
    at: usize,
    lines: Vec<(usize, String, String)>,
}

impl Annotator<'_> {
    fn head(&mut self) -> (u8, u64) {
        let first = self.bytes[self.at];
        let extra = match first & 0x1f {
            0..=23 => 0,
            information => 1 << (information - 24),
        };
        let argument = match extra {
            0 => u64::from(first & 0x1f),
            _ => self.bytes[self.at + 1..][..extra].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        self.at += 1 + extra;
        (first >> 5, argument)
    }

    fn line(&mut self, depth: usize, from: usize, says: String) {
        self.lines.push((depth, hex(&self.bytes[from..self.at]), says));
    }

    fn take(&mut self, length: u64) -> Vec<u8> {
        let taken = self.bytes[self.at..][..length as usize].to_vec();
        self.at += taken.len();
        taken
    }

    fn item(&mut self, depth: usize, path: &str, label: &str) {
        let from = self.at;
        let (major, argument) = self.head();
        match major {
            0 => self.line(depth, from, format!("{label}{argument}")),
            1 => self.line(depth, from, format!("{label}-{}", argument + 1)),
            2 if matches!(path, "0" | "2") => {
                self.line(depth, from, format!("{label}<< {argument} bytes of CBOR"));
                self.item(depth + 1, path, "");
                self.lines.push((depth, String::new(), ">>".into()));
            }
            2 => {
                let bytes = self.take(argument);
                self.line(depth, from, format!("{label}h'{}'", hex(&bytes)));
            }
            3 => {
                let text = String::from_utf8(self.take(argument)).unwrap();
                self.line(depth, from, format!("{label}\"{text}\""));
            }
            4 => {
                self.line(depth, from, format!("{label}[ {argument} items"));
                for index in 0..argument {
                    self.item(depth + 1, &index.to_string(), "");
                }
                self.lines.push((depth, String::new(), "]".into()));
            }
            5 => {
                self.line(depth, from, format!("{label}{{ {argument} pairs"));
                (0..argument).for_each(|_| self.pair(depth + 1, path));
                self.lines.push((depth, String::new(), "}".into()));
            }
            6 => {
                self.line(depth, from, format!("{argument}("));
                self.item(depth + 1, path, "");
                self.lines.push((depth, String::new(), ")".into()));
            }
            _ => unreachable!("no sample holds simple values here"),
        }
    }

    fn pair(&mut self, depth: usize, path: &str) {
        let from = self.at;
        let (major, key) = self.head();
        assert_eq!(major, 0);
        self.line(depth, from, format!("{key}: / {} /", field_name(path, key)));
        self.item(depth + 1, &format!("{path}.{key}"), "");
    }
}

fn annotated(bytes: &[u8]) -> String {
    let mut annotator = Annotator { bytes, at: 0, lines: vec![] };
    annotator.item(0, "", "");
    assert_eq!(annotator.at, bytes.len());
    let line = |(depth, hex, says): &(usize, String, String)| {
        let indent = "  ".repeat(*depth);
        match hex.len() {
            0 => format!("{indent}# {says}\n"),
            1..=24 => format!("{indent}{hex:<24} # {says}\n"),
            // Long strings say the same twice; the bytes are enough where they aren't text.
            _ if says.starts_with("h'") => format!("{indent}{hex}\n"),
            _ => format!("{indent}{hex}\n{indent}{:<24} # {says}\n", ""),
        }
    };
    annotator.lines.iter().map(line).collect()
}

#[test]
fn the_worked_example_is_what_the_program_writes() {
    let sample = sample("travel-document");
    let entry = sample.seal();
    let parsed = Unverified::parse(&entry).unwrap();
    let hash = entry_hash(&entry);
    let text = format!(
        "# A worked entry\n\n\
         The entry `travel-document` of `crates/domain/tests/wire/v1`: exercise bureau XB revokes an exercise passport. \
         Written by the test `the_worked_example_is_what_the_program_writes`, not by hand.\n\n\
         Each line holds bytes in hex and, behind `#`, what they say in diagnostic notation (RFC 8949 section 8) with \
         the field's name between slashes; `<< >>` is CBOR inside a byte string.\n\n\
         ```\n{}```\n\n\
         | what | hex |\n|---|---|\n\
         | public key (Ed25519) | `{}` |\n\
         | COSE_Key, whose SHA-256 is the `kid` | `{}` |\n\
         | payload, {} bytes | `{}` |\n\
         | entry, {} bytes: its SHA-256 is the entry hash | `{hash}` |\n\
         | leaf in the ledger: SHA-256 of `00` and the entry hash | `{}` |\n",
        annotated(&entry),
        hex(&sample.signers[0].public_key().to_cose_key()[8..]),
        hex(&sample.signers[0].public_key().to_cose_key()),
        parsed.payload().len(),
        hex(parsed.payload()),
        entry.len(),
        leaf_hash(&hash.0),
    );
    expect_file![here("../../docs/wire/example.md")].assert_eq(&text);
}
