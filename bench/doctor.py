"""Plants one fault after another into a healthy sample, and lets the doctor find it: a row each.

usage: doctor.py [WORD ...]

With words, only faults whose name holds one of them. It ends with 1 where a fault was not the first
thing that the doctor named, where it found something in a healthy sample, or where `--fix` did not
fix what an edit can fix.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres
from chatkit_agent.sandbox.serving import served

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "faults"))

from answers import ANSWERS  # noqa: E402
from databases import pooled, refusing  # noqa: E402
from driving import SECRET, ask, running, token  # noqa: E402
from extra_variables import EXTRA_VARIABLES  # noqa: E402
from fault import Fault, Sample  # noqa: E402
from front_end import FRONT_END  # noqa: E402
from hidden import HIDDEN  # noqa: E402
from holes import HOLES  # noqa: E402
from later import LATER  # noqa: E402
from missing import MISSING  # noqa: E402
from mixed import MIXED  # noqa: E402
from not_ready import NOT_READY  # noqa: E402
from one_file import ONE_FILE  # noqa: E402
from otherwise import OTHERWISE  # noqa: E402
from slips import SLIPS  # noqa: E402
from tokens import TOKENS  # noqa: E402
from traps import TRAPS  # noqa: E402

FAULTS = (
    *NOT_READY,
    *ANSWERS,
    *EXTRA_VARIABLES,
    *TOKENS,
    *TRAPS,
    *LATER,
    *SLIPS,
    *ONE_FILE,
    *MISSING,
    *OTHERWISE,
    *FRONT_END,
    *HIDDEN,
    *HOLES,
    *MIXED,
)
AGENT = Path(sys.executable).with_name("chatkit-agent")
SAMPLES = {
    "handmade": (HERE / "faults" / "handmade", "notes.main:app"),
    "delivered": (HERE.parent / "examples" / "taskflow", "taskflow.main:app"),
    "second": (HERE / "faults" / "second", ""),
}
NOBODY = "1"
MODELS = {"up": 200, "401": 401, "429": 429, "no responses": 404, "unknown": 200}

PAGES = {
    "html": HTMLResponse("<h1>Welcome</h1>"),
    "403": JSONResponse({"error": "insufficient_scope"}, 403),
    "500": JSONResponse({"error": "internal"}, 500),
}


@dataclass(frozen=True, eq=False)
class Ground:
    """The samples with everything that they need, healthy."""

    samples: dict[str, Path]
    variables: dict[str, str]
    model: OfflineModel
    names: dict[str, str]
    """What stands for the names in braces of a fault's environment."""


@dataclass(frozen=True)
class Row:
    fault: str
    first: str
    what: str
    others: int
    seconds: float
    right: bool
    fixed: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("words", nargs="*")
    words = parser.parse_args().words
    chosen = [each for each in FAULTS if not words or any(word in each.name for word in words)]
    if shutil.which("pgbouncer") is None:
        for each in (each for each in chosen if "{pooled}" in each.environment.values()):
            print(f"Left out, as there is no PgBouncer here: {each.name}.", file=sys.stderr)
            chosen.remove(each)
    print("| fault | sample | named first | others | fixed | s |\n|---|---|---|---|---|---|")
    with ExitStack() as opened:
        ground = prepared(opened)
        healthy = [] if words else [well(ground, name) for name in SAMPLES]
        rows = [shown(tried(ground, fault), fault) for fault in chosen]
        samples = sorted({each.sample for each in chosen if each.edit})
        checked = {name: len(checks_of_healthy(ground, name)) for name in samples}
    found = sum(row.right for row in rows)
    fixed = [row for row in rows if row.fixed]
    print(f"\n{found} of {len(rows)} faults were the first thing named.")
    print(f"{sum(row.fixed == 'yes' for row in fixed)} of {len(fixed)} were fixed by an edit.")
    for name, number in checked.items():
        print(f"{number} checks pass in the healthy {name} sample; after a fix they have to again.")
    print(f"{sum(healthy)} findings in {len(healthy)} healthy samples.")
    for row in rows:
        if not row.right:
            print(f"- {row.fault}: {row.first}: {row.what}")
    is_fixed_all = all(row.fixed == "yes" for row in fixed)
    return 0 if found == len(rows) and is_fixed_all and not any(healthy) else 1


def shown(row: Row, fault: Fault) -> Row:
    mark = row.first if row.right else f"**{row.first}**"
    cells = (row.fault, fault.sample, mark, row.others, row.fixed, f"{row.seconds:.1f}")
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return row


def prepared(opened: ExitStack) -> Ground:
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
    server = opened.enter_context(postgres())
    model = opened.enter_context(OfflineModel())
    tools = opened.enter_context(ProbeServer())
    database = create_database(server, "samples")
    variables = {
        "DATABASE_URL": database,
        "JWT_SECRET": SECRET,
        "NOTES_CHAT_DATABASE_URL": database,
        "NOTES_CHAT_JWT_SECRET": SECRET,
        "NOTES_CHAT_MCP_URL": tools.url,
        "TASKFLOW_CHATKIT_DATABASE_URL": database,
        "MCP_SERVER_URL": tools.url,
        "OPENAI_API_KEY": "sk-sample",
        "OPENAI_BASE_URL": model.url,
    }
    samples = {name: folder / name for name in SAMPLES}
    for name, (source, _) in SAMPLES.items():
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(source, samples[name], ignore=ignored)
    shutil.copy(samples["handmade"] / "sample.env", samples["handmade"] / ".env")
    deliver(samples["delivered"], variables)
    names = opened.enter_context(refusing(server))
    pooler = opened.enter_context(pooled(server))
    names |= {"pooled": f"{pooler}/samples"} if pooler else {}
    return Ground(
        samples,
        variables,
        model,
        {**names, "database": database, "tools": tools.url, "port": NOBODY},
    )


def deliver(project: Path, variables: dict[str, str]) -> None:
    own = ("DATABASE_URL", "JWT_SECRET")
    lines = [f"{name}={value}\n" for name, value in variables.items() if name in own]
    (project / ".env").write_text("".join(lines))
    run([sys.executable, "-m", "taskflow.setup"], project)
    run([str(AGENT), "add", ".", "--yes", "--no-verify"], project)
    chat = ("TASKFLOW_CHATKIT_DATABASE_URL", "MCP_SERVER_URL", "OPENAI_API_KEY")
    with (project / ".env").open("a") as file:
        file.writelines(f"{name}={variables[name]}\n" for name in chat)


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def well(ground: Ground, sample: Sample) -> int:
    """How many findings there are in a sample that has no fault."""
    fault = Fault("nothing", sample, (), seen=bool(SAMPLES[sample][1]))
    with planted(ground, fault) as plot:
        found = diagnosed(plot, "")["findings"]
    for each in found:
        print(f"- healthy {sample}: {each['check']}: {each['what']} ({each['where']})")
    return sum(each["severity"] != "info" for each in found)


def tried(ground: Ground, fault: Fault) -> Row:
    with planted(ground, fault) as plot:
        began = time.monotonic()
        found = diagnosed(plot, fault.symptom)["findings"]
        seconds = time.monotonic() - began
        first = found[0] if found else {"check": "nothing", "what": ""}
        right = first["check"] in fault.checks
        fixed = is_fixed(ground, fault, plot.project) if fault.edit else ""
    return Row(
        fault.name, first["check"], first["what"], max(len(found) - 1, 0), seconds, right, fixed
    )


@dataclass(frozen=True)
class Plot:
    """Where a fault was planted, and what its owner would give to the doctor."""

    project: Path
    variables: dict[str, str]
    log: Path | None
    boots: bool
    own: tuple[str, ...]
    """The variables of the services that it may really ask."""


@contextmanager
def planted(ground: Ground, fault: Fault) -> Iterator[Plot]:
    """A copy of the sample with the fault in it, and the log of a run in that state."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="fault-")))
        project = folder / ground.samples[fault.sample].name
        shutil.copytree(ground.samples[fault.sample], project)
        fault.plant(project)
        variables = dict(ground.variables)
        if fault.tools != "up":
            url = opened.enter_context(tools_of(fault))
            variables |= {"NOTES_CHAT_MCP_URL": url, "MCP_SERVER_URL": url}
        for name, value in fault.environment.items():
            variables.pop(name, None)
            if value is not None:
                variables[name] = value.format_map(ground.names)
        ground.model.behave(status=MODELS[fault.model])
        opened.callback(ground.model.behave)
        ground.model.names = ("another-model",) if fault.model == "unknown" else ()
        log = folder / "application.log"
        if fault.seen:
            with running(project, SAMPLES[fault.sample][1], variables, log) as url_of_app:
                if url_of_app:
                    with ThreadPoolExecutor() as people:
                        list(people.map(ask, [url_of_app] * fault.questions))
        yield Plot(project, variables, log if fault.seen else None, fault.boot, asked(fault))


def asked(fault: Fault) -> tuple[str, ...]:
    """The variables of the services that a fault is in."""
    tools = ("NOTES_CHAT_MCP_URL", "MCP_SERVER_URL") if fault.tools != "up" else ()
    model = ("OPENAI_BASE_URL", "OPENAI_API_KEY") if fault.model != "up" else ()
    return (*fault.environment, *tools, *model)


@contextmanager
def tools_of(fault: Fault) -> Iterator[str]:
    if fault.tools in PAGES:
        page = Route("/mcp", lambda _: PAGES[fault.tools], methods=["GET", "POST"])
        with served(Starlette(routes=[page]), 0) as url:
            yield f"{url}/mcp"
        return
    tokens = {} if fault.tools == "401" else None
    credentials = "flat" if fault.tools == "argument" else "header"
    more = ("notes.search",) if fault.tools == "names" else ()
    with ProbeServer(tokens=tokens, credentials=credentials, more=more) as server:
        yield server.url


def diagnosed(plot: Plot, symptom: str) -> dict[str, Any]:
    options = [
        *(["--log", str(plot.log)] if plot.log else []),
        *(["--symptom", symptom] if symptom else []),
        *(["--boot", "--python", sys.executable, "--token", token()] if plot.boots else []),
        *(["--own-services", ",".join(plot.own), "--yes"] if plot.boots and plot.own else []),
    ]
    return agent("doctor", plot.project, *options, more=plot.variables if plot.boots else {})


def is_fixed(ground: Ground, fault: Fault, project: Path) -> str:
    """Whether `--fix` fixes it: the doctor finds no error any more, and the chat is checked.

    A chat by hand may lack what some checks are about: there, what passed in the healthy sample
    has to pass again.
    """
    agent("doctor", project, "--fix", "--yes", "--allow-dirty")
    if any(each["severity"] == "error" for each in agent("doctor", project)["findings"]):
        return "no"
    missing = checks_of_healthy(ground, fault.sample) - checks(project)
    return f"not checked: {', '.join(sorted(missing))}" if missing else "yes"


@lru_cache
def checks_of_healthy(ground: Ground, sample: str) -> frozenset[str]:
    return checks(ground.samples[sample])


def checks(project: Path) -> frozenset[str]:
    """The names of the checks that pass."""
    report = agent("verify", project, "--python", sys.executable)
    return frozenset(each["name"] for each in report["checks"] if each["ok"])


def agent(
    operation: str, project: Path, *options: str, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    kept |= more or {}
    command = [str(AGENT), operation, str(project), *options, "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=kept, stdin=subprocess.DEVNULL
    )
    if not done.stdout:
        raise SystemExit(f"{' '.join(command)} said nothing:\n{done.stderr}")
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


if __name__ == "__main__":
    sys.exit(main())
