#!/usr/bin/env python3
"""Makes the fixture of a release: a small data directory as its program writes it, and what must be found in it.

    python3 tests/released/make.py PROGRAM OUT [LIST [ADDRESS]]

PROGRAM is the `barid` of the release, OUT a directory to make, LIST a short list in the UN's form (without it the
program's demo, with the list that is built into it), ADDRESS an empty PostgreSQL database, if it is to keep the data.
See docs/operations/releases.md.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
OUT = pathlib.Path(sys.argv[2])
LIST = sys.argv[3] if len(sys.argv) > 3 else None
ADDRESS = sys.argv[4] if len(sys.argv) > 4 else None

PLAN = pathlib.Path(__file__).parents[2] / "docs/operations/association.toml"
WHY = {"purpose": "exercise", "reference": "release fixture"}
TERMS = {
    "purpose": "exercise",
    "handling": {"code": "H0"},
    "classification": "official-use",
    "source_grade": "A",
    "information_grade": "1",
    "review_in_days": 1800,
}
# Nobody: words for exercise, sample and test.
PERSONS = [
    ("Выпускной Образец Проверкович", "Cyrl", "ru"),
    ("إصدار نموذج الفحص", "Arab", "ar"),
    ("نسخه نمونه آزمون", "Arab", "fa"),
    ("संस्करण नमूना जाँचकर", "Deva", "hi"),
    ("সংস্করণ নমুনা যাচাই", "Beng", "bn"),
    ("样本测试甲", "Hani", "zh"),
    ("Releasia Sample-Testperson", "Latn", "und"),
]


def run(*arguments, **more):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Server:
    """The program of the release, serving a data directory."""

    def __init__(self, data, scratch, demo):
        ready, handover = scratch / "ready", scratch / "handover.json"
        if demo:
            arguments = ["demo", "--port", "0", "--handover", str(handover)]
        else:
            arguments = ["serve", "--listen", "127.0.0.1:0", "--ready-file", str(ready)]
        log = open(scratch / "log", "a")
        self.process = subprocess.Popen(
            [PROGRAM, *arguments, "--data-dir", str(data)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        wanted = handover if demo else ready
        for _ in range(1200):
            if wanted.exists() or self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.url = json.loads(handover.read_text())["url"] if demo else ready.read_text().strip()
        self.url = self.url.rstrip("/")
        self.handover = json.loads(handover.read_text()) if demo else None

    def ask(self, path, body, token, key=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = str(key)
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        for _ in range(600):
            try:
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                text = error.read().decode()
                if error.code == 503 and "not-ready" in text:
                    time.sleep(0.1)
                    continue
                sys.exit(f"{path}: {error.code} {text}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def person(name, script, language):
    return {
        "names": [{"text": name, "kind": "primary", "script": script, "language": language}],
        "births": ["1984-05-17"],
        "sex": "not-known",
        "stated": {"statuses": ["wanted"], "offences": ["financial-crime.fraud"]},
    }


def make(scratch):
    data = scratch / "data"
    if ADDRESS is not None:
        data.mkdir(mode=0o700)
        with open(os.open(data / "database", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(ADDRESS + "\n")
    if LIST is None:
        server = Server(data, scratch, demo=True)
        token = server.handover["token"]
    else:
        founded = json.loads(
            run("admin", "found", "--data-dir", str(data), "--file", str(PLAN), "--json")
        )
        run("import", "--data-dir", str(data), "--purpose", "sanctions", "--reference", "edition", "un", LIST)
        token = next(row["token"] for row in founded["tokens"] if row["organisation"] == "XA")
        server = Server(data, scratch, demo=False)
    records, key = [], uuid.uuid5(uuid.NAMESPACE_URL, "first")
    for number, (name, script, language) in enumerate(PERSONS):
        body = {**WHY, "terms": TERMS, "person": person(name, script, language)}
        write = key if number == 0 else uuid.uuid4()
        records.append((name, server.ask("/v1/persons", body, token, write)))
    # A revision, a withdrawal, a batch of documents, one item of it withdrawn.
    first = records[0][1]
    revised = person(*PERSONS[0]) | {"births": ["1984-05-18"]}
    body = {**WHY, "expects": first["entries"][0]["entry"], "terms": TERMS, "person": revised}
    revision = server.ask(f"/v1/persons/{first['records'][0]}/versions", body, token, uuid.uuid4())
    gone = {**WHY, "terms": TERMS, "person": person("Withdrawna Samplina", "Latn", "und")}
    gone = server.ask("/v1/persons", gone, token, uuid.uuid4())
    why = {**WHY, "reason": "purpose-met"}
    server.ask(f"/v1/records/{gone['records'][0]}/withdrawal", why, token, uuid.uuid4())
    documents = [
        {
            "number": f"XR{number:07}",
            "document_type": "passport",
            "fraud": {"type": "stolen"},
        }
        for number in range(300)
    ]
    batch = {**WHY, "terms": TERMS, "documents": documents}
    batch = server.ask("/v1/travel-documents/batches", batch, token, uuid.uuid4())
    server.ask(f"/v1/records/{batch['records'][7]}/withdrawal", why, token, uuid.uuid4())
    # Searches and openings, proofs of an entry and of an access.
    for name, receipt in records:
        found = server.ask("/v1/search", {**WHY, "query": name}, token)
        assert found["candidates"][0]["record"] == receipt["records"][0], name
        access = found["access"]
        opened = server.ask(f"/v1/records/{receipt['records'][0]}/open", WHY, token)
        assert opened["record"] is not None
    known = server.ask("/v1/search", {**WHY, "query": "Тархан Батирашвили"}, token)["candidates"][0]
    assert known["database"] == "persons", known
    server.stop()
    acting = ["--data-dir", str(data), "--organisation", "XA", "--purpose", "exercise", "--reference", "proof"]
    entry = revision["written"]["entries"][0]["entry"]
    OUT.mkdir()
    run("export", *acting, "entry", entry, "--out", str(OUT / "entry.proof"))
    run("export", *acting, "access", access, "--out", str(OUT / "access.proof"))
    listed = json.loads(run("admin", "organisations", "--data-dir", str(data), "--json"))
    genesis = listed["genesis"]
    for proof in ["entry.proof", "access.proof"]:
        run("verify", "--bundle", str(OUT / proof), "--genesis", genesis)
    run("doctor", "--data-dir", str(data))
    copy(data)
    if ADDRESS is not None:
        dump = subprocess.run(["pg_dump", "--inserts", "--no-owner", ADDRESS], capture_output=True, text=True, check=True)
        lines = [line for line in dump.stdout.splitlines() if line and not line.startswith(("--", "\\"))]
        (OUT / "database.sql").write_text("\n".join(lines) + "\n")
    expected = {
        "genesis": genesis,
        "token": token,
        "entry": entry,
        "access": access,
        "key": str(key),
        "found": [[name, receipt["records"][0]] for name, receipt in records]
        + [["XR0000299", batch["records"][299]], ["Tarkhan Batirashvili", known["record"]]],
        "withdrawn": [["Withdrawna Samplina", gone["records"][0]], ["XR0000007", batch["records"][7]]],
    }
    (OUT / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


def copy(data):
    """What a data directory keeps; locks and snapshots are made anew."""
    for path in sorted(data.rglob("*")):
        inside = path.relative_to(data)
        if path.is_dir() or inside.parts[0] in ("LOCK", "database", "snapshots", "errands", "tokens-issued"):
            continue
        target = OUT / "data" / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


with tempfile.TemporaryDirectory() as directory:
    try:
        make(pathlib.Path(directory))
    finally:
        log = pathlib.Path(directory, "log")
        if sys.exc_info()[0] and log.exists():
            print(log.read_text()[-3000:], file=sys.stderr)
