//! Fuzz targets of the files that the program reads itself: what is wrong is named, never a panic.

#[path = "../../testkit/src/fuzz.rs"]
#[allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "the harness reads its settings from the environment"
)]
mod fuzz;

use barid_domain::codes::Database;
use barid_domain::ids::OrganisationCode;

use crate::association::{read_association, read_joining};
use crate::pkcs11::read_token_file;
use crate::table_mapping::read_mapping;

#[test]
fn fuzz_association_file() {
    let example = include_str!("../../../docs/operations/association.toml");
    let joining = "code = \"XE\"\nkind = \"national-entity\"\ncountry = \"XAX\"\nnames = { en = \"E\" }\n";
    let host = OrganisationCode::new("XSEC").unwrap();
    assert!(read_association(example).is_ok(), "the example of the documentation");
    read_joining(joining, host).unwrap();
    fuzz::run("association_file", &[example.as_bytes(), joining.as_bytes()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        match read_association(text) {
            // What the file says may still be no association: that is said, too.
            Ok(association) => drop(association.plan.check(&crate::node::ports())),
            Err(why) => assert!(!why.is_empty()),
        }
        let _ = read_joining(text, host);
    });
}

#[test]
fn fuzz_token_file() {
    let example = "module = \"/usr/lib/module.so\"\ntoken = \"barid\"\npin_file = \"/etc/barid/token.pin\"\n";
    assert!(read_token_file(example).is_ok(), "the example of the documentation");
    fuzz::run("token_file", &[example.as_bytes()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Err(why) = read_token_file(text) {
            assert!(!why.is_empty());
        }
    });
}

#[test]
fn fuzz_object_mapping() {
    let example = "{\"columns\": {\"Госномер\": \"plates.2.number\"}, \"values\": {\"status\": {\"угон\": \"stolen\"}},\
                   \"constants\": {\"remarks.language\": \"tg\"}, \"left_out\": [\"Владелец\"]}";
    read_mapping(example, Database::Vehicles).unwrap();
    fuzz::run("object_mapping", &[example.as_bytes()], |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Err(why) = read_mapping(text, Database::Vehicles) {
            assert!(!why.is_empty());
        }
    });
}
