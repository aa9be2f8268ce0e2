"""What an application reads of a request is written down, however it reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "src/chatkit_agent/evidence/run/boot_script.py"
READING = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("boot_script", sys.argv[1])
boot_script = importlib.util.module_from_spec(spec)
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
spec.loader.exec_module(boot_script)
carried = [["cookie", "sid"], ["header", "X-Token"], ["query", "token"], ["cookie", "never"]]
boot_script.note_reads(sys.argv[2], carried)

from fastapi import Cookie, FastAPI, Request
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/by-hand")
def by_hand(request: Request):
    return [request.cookies.get("sid"), request.headers["x-token"]]


@app.get("/declared")
def declared(token: str):
    return token


client = TestClient(app, cookies={"sid": "1"})
assert client.get("/by-hand", headers={"X-Token": "2"}).json() == ["1", "2"]
assert client.get("/declared?token=3").json() == "3"
"""


def test_reads_are_noted_once(tmp_path: Path) -> None:
    notes = tmp_path / "reads"
    command = [sys.executable, "-c", READING, str(SCRIPT), str(notes)]
    subprocess.run(command, check=True, timeout=120)
    read = [tuple(json.loads(line)) for line in notes.read_text().splitlines()]
    assert read == [("cookie", "sid"), ("header", "X-Token"), ("query", "token")]
