//! Pictures handed in at the command line, and what is said of files that are none.

#[path = "../../../testkit/src/pictures.rs"]
mod pictures;

use crate::readme::demo;
use crate::{barid, text};

#[test]
fn a_picture_is_handed_in_and_a_file_that_is_none_is_refused_with_its_code() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let data = at("data");
    demo(&data, &at("handover"));
    let (face, note) = (at("лицо.png"), at("заметка.jpg"));
    std::fs::write(&face, pictures::picture(7)).unwrap();
    std::fs::write(&note, "Калачев").unwrap();
    let add = |words: &[&str]| {
        let acting = ["--data-dir", data.to_str().unwrap(), "--purpose", "exercise", "--reference", "УЧЕНИЕ"];
        let answer = barid(&[&["image", "add"][..], &acting, &["--language", "en"], words].concat());
        (answer.status.code(), text(&answer.stdout), text(&answer.stderr))
    };
    let (code, said, why) = add(&["--json", face.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{why}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let picture = &said["images"][0]["picture"];
    assert_eq!((&picture["format"], &picture["width"]), (&"jpeg".into(), &24.into()));
    let (code, said, _) = add(&["--as", "scan", face.to_str().unwrap()]);
    assert!(code == Some(0) && said.contains("24 x 18 pixels"), "{said}");
    let (code, _, why) = add(&[note.to_str().unwrap()]);
    assert!(code == Some(3) && why.contains("image-unknown-type"), "{why}");
    // What was kept before one that is refused is said.
    let (code, said, why) = add(&[face.to_str().unwrap(), note.to_str().unwrap()]);
    assert!(code == Some(3) && said.contains("24 x 18 pixels"), "{said} {why}");
    let (code, said, _) = add(&["--json", face.to_str().unwrap(), note.to_str().unwrap()]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, said["images"].as_array().unwrap().len()), (Some(3), 1));
}
