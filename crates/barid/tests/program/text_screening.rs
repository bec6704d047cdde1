//! A text screened by the program against a server in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use sha2::{Digest, Sha256};

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
    assert_eq!((&said["cut"], &said["complete"]), (&false.into(), &true.into()));
    let characters: Vec<char> = long.chars().collect();
    // Who has the file can cut the parts out of it and hash them: NUL, which is no text, was sent as a space.
    let accesses = said["accesses"].as_array().unwrap();
    assert_eq!(accesses.len(), 2);
    let mut next = 0;
    for access in accesses {
        let (start, end) =
            (access["start"].as_u64().unwrap() as usize, access["end"].as_u64().unwrap() as usize);
        assert_eq!(start, next);
        let part = characters[start..end].iter().collect::<String>().replace('\0', " ");
        assert_eq!(access["sha256"], barid_app::proofs::hex(&Sha256::digest(&part)));
        assert_eq!(access["access"].as_str().unwrap().len(), 64);
        next = end;
    }
    assert_eq!(next, characters.len());
    let first_hash = accesses[0]["sha256"].as_str().unwrap();
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
    assert!(said.contains(&format!("sha256:{first_hash}")), "{said}");

    let nothing = screen(None, &[]);
    assert_eq!(nothing.status.code(), Some(1), "{}", text(&nothing.stderr));
    assert!(text(&nothing.stdout).contains("Nobody and nothing"));
    assert_eq!(screen(Some(&news), &["--least-score", "0.1"]).status.code(), Some(2));
    assert_eq!(screen(Some("missing.txt"), &[]).status.code(), Some(3));
    std::fs::write(&token, format!("barid_{}", "A".repeat(43))).unwrap();
    let refused = screen(Some(&news), &[]);
    assert!(refused.status.code() == Some(3) && text(&refused.stderr).contains("unauthenticated"));
}

/// Answers one request after the other, each on a connection of its own, as a server would.
fn answer_with(listener: &TcpListener, answers: &[(&str, String)]) {
    for (status, body) in answers {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            length = line.strip_prefix("content-length: ").map_or(length, |value| value.parse().unwrap());
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close", body.len());
        write!(stream, "{head}\r\ncontent-type: application/json\r\n\r\n{body}").unwrap();
    }
}

/// The journal says that it was shown.
#[test]
fn what_was_found_before_a_part_failed_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let (news, token) = (directory.path().join("news.txt"), directory.path().join("token"));
    std::fs::write(&token, format!("barid_{}", "A".repeat(43))).unwrap();
    std::fs::write(&news, "Джозефа Кони видели.\n".repeat(3_000)).unwrap();
    let access = "ab".repeat(32);
    for (finds, form) in [(true, "--json"), (true, "--language=ru"), (false, "--language=ru")] {
        let find = serde_json::json!({
            "start": 0, "end": 12, "text": "Джозефа Кони", "kind": "name", "remarks": [], "candidates": [],
        });
        let answer = serde_json::json!({
            "act": "7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34", "access": access, "alert_threshold": 0.5,
            "least_score": 0.5, "finds": if finds { vec![find] } else { Vec::new() }, "cut": false,
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = [("200 OK", answer.to_string()), ("500 Internal Server Error", String::new())];
        let server = std::thread::spawn(move || answer_with(&listener, &answers));
        let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
        command.arg("screen-text").arg(&news).args(["--server", &url, form]).arg("--token-file").arg(&token);
        command.args(["--purpose", "border-control", "--reference", "СВОДКА 31"]).stdin(Stdio::null());
        let broken_off = command.output().unwrap();
        server.join().unwrap();
        let (said, complained) = (text(&broken_off.stdout), text(&broken_off.stderr));
        assert_eq!(broken_off.status.code(), Some(3), "{complained}");
        assert!(complained.starts_with("barid: ") && said.contains(&access), "{complained}{said}");
        assert_eq!(said.contains("Джозефа Кони"), finds, "{said}");
        assert!(!said.contains("не найдено"), "the rest was not looked at");
        if form == "--json" {
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert_eq!((&said["complete"], said["accesses"][0]["start"].as_u64()), (&false.into(), Some(0)));
        }
    }
}
