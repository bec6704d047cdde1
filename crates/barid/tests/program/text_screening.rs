//! A text screened by the program against a server in a process of its own.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::screening::{handed_over, start, until};
use crate::text;

const NEWS: &str = "Утром сообщили: Джозефа Кони видели в Уганде.\r\nজোসেফ কোনিকে খোঁজা হচ্ছে বলে জানা গেছে।\n\
    جوزيف كوني في أوغندا. Пётр Образцов не найден.\0\n";

#[test]
fn a_text_is_screened_and_what_is_found_has_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (data, handover, token, news) =
        (path("data"), path("handover.json"), path("token"), path("news.txt"));
    let _server = start(&["demo", "--data-dir", &data, "--port", "0", "--handover", &handover]);
    let handed = until("the demo", || handed_over(std::path::Path::new(&handover)));
    std::fs::write(&token, handed["token"].as_str().unwrap()).unwrap();
    // Long enough for two parts: places count the characters of the whole.
    let long = format!("{}{NEWS}", "Ничего нового не сообщают.\n".repeat(2_000));
    std::fs::write(&news, &long).unwrap();
    let url = handed["url"].as_str().unwrap();
    let screen = |file: Option<&str>, more: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command.arg("screen-text").args(file).args(["--server", url, "--token-file", &token]);
        command.args(["--purpose", "border-control", "--reference", "СВОДКА 31"]).args(more);
        command.env_remove("BARID_TOKEN").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that reads a file does not wait for this.
        let _ = child.stdin.take().unwrap().write_all("Никого нет.".as_bytes());
        child.wait_with_output().unwrap()
    };

    let answer = screen(Some(&news), &["--json"]);
    assert_eq!(answer.status.code(), Some(0), "{}", text(&answer.stderr));
    let said: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(said["accesses"].as_array().unwrap().len(), 2);
    assert_eq!(said["cut"], false);
    let characters: Vec<char> = long.chars().collect();
    let mut kony = Vec::new();
    for find in said["finds"].as_array().unwrap() {
        let place = |name: &str| find[name].as_u64().unwrap() as usize;
        let there: String = characters[place("start")..place("end")].iter().collect();
        assert_eq!(find["text"].as_str(), Some(there.as_str()));
        if find["candidates"][0]["reference_number"] == "CFi.009" {
            kony.push(there);
        }
    }
    assert_eq!(
        kony,
        ["Джозефа Кони", "জোসেফ কোনিকে", "جوزيف كوني"].map(|name| name.replace("কোনিকে", "কোনি"))
    );

    let answer = screen(Some(&news), &["--language", "ru"]);
    let said = text(&answer.stdout);
    for shown in ["Джозефа Кони", "имя", "сверить", "CFi.009", "транслитерация", "доступ"]
    {
        assert!(said.contains(shown), "{shown}: {said}");
    }

    let nothing = screen(None, &[]);
    assert_eq!(nothing.status.code(), Some(1), "{}", text(&nothing.stderr));
    assert!(text(&nothing.stdout).contains("Nobody and nothing"));
    assert_eq!(screen(Some(&news), &["--least-score", "0.1"]).status.code(), Some(2));
    assert_eq!(screen(Some("missing.txt"), &[]).status.code(), Some(3));
    std::fs::write(&token, format!("barid_{}", "A".repeat(43))).unwrap();
    let refused = screen(Some(&news), &[]);
    assert!(refused.status.code() == Some(3) && text(&refused.stderr).contains("unauthenticated"));
}
