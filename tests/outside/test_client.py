"""A client that nobody here wrote works: openapi-python-client makes one from docs/openapi.json, and it runs the
search that the README shows.
"""

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from demo_server import running_demo

PACKAGE = "barid_client"
SEARCH_OPERATION = "search"


@pytest.fixture(scope="module")
def client_package(tmp_path_factory):
    """The generated client, importable; a warning of the generator is a failure."""
    folder = tmp_path_factory.mktemp("client")
    tools = Path(sys.executable).parent
    ended = subprocess.run(
        [
            str(tools / "openapi-python-client"),
            "generate",
            f"--path={ROOT / 'docs/openapi.json'}",
            f"--output-path={folder / PACKAGE}",
            f"--config={ROOT / 'tests/outside/client.yaml'}",
            "--meta=none",
            "--fail-on-warning",
        ],
        cwd=folder,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def readme_search():
    """What the README's first search asks, and the text of the answer it shows."""
    text = (ROOT / "README.md").read_text()
    found = re.search(r"barid search\b[^\n]*?[\"'](?P<query>[^\"'\n]+)[\"'][^\n]*\n(?P<answer>.*?)```", text, re.DOTALL)
    assert found, "the README shows no `barid search \"...\"` with its answer in a code block"
    return found["query"], found["answer"]


def search_module(package):
    """The generated module of the search, whatever tag it stands under."""
    (path,) = Path(package.__file__).parent.glob(f"api/*/{SEARCH_OPERATION}.py")
    return importlib.import_module(f"{PACKAGE}.api.{path.parent.name}.{SEARCH_OPERATION}")


def test_the_generated_client_runs_the_search_of_the_readme(client_package, readme_search, tmp_path):
    query, shown_answer = readme_search
    search = search_module(client_package)
    Request = inspect.signature(search.sync_detailed).parameters["body"].annotation
    body = Request.from_dict({"query": query, "purpose": "exercise", "reference": "README"})
    with running_demo(tmp_path / "data") as demo:
        client = client_package.AuthenticatedClient(
            base_url=demo.url, token=demo.token, raise_on_unexpected_status=True, timeout=30
        )
        with client:
            answer = search.sync_detailed(client=client, body=body)
    assert answer.status_code == 200, answer.content
    candidates = answer.parsed.to_dict()["candidates"]
    assert candidates, f"nothing found for {query}"
    assert candidates[0]["reference_number"] in shown_answer
