"""What the plugin tells agents is true, and in the formats that they read."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest
import uv

from chatkit_agent.frontends.cli import main
from chatkit_agent.frontends.tools import TOOLS
from chatkit_agent.options.uv_process import cached, fill
from chatkit_agent.plugin.files import NAME, SERVER

ROOT = Path(__file__).resolve().parents[2]
SKILLS = sorted(path.parent for path in ROOT.glob("skills/*/SKILL.md"))
TEXTS = [
    ROOT / "AGENTS.md",
    *sorted(ROOT.glob("agents/*.md")),
    *sorted(ROOT.glob("skills/**/*.md")),
]
REFERENCE = ROOT / "src" / "chatkit_agent" / "reference"
MANIFESTS = (
    "plugin.json",
    "server.json",
    "gemini-extension.json",
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
)
FORMATS = {
    "agent-plugin",
    "agents-md",
    "agentskills",
    "codex-marketplace",
    "codex-plugin",
    "cursor-plugin",
    "marketplace",
    "mcp-registry",
}
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_TOOL = re.compile(r"`((?:\w+_(?:project|integration|plan))|diagnose|get_guide)`")


def fenced(text: str) -> list[tuple[str, str]]:
    return [(match[1].strip(), match[2]) for match in FENCE.finditer(text)]


def commands(text: str) -> list[str]:
    inline = re.findall(r"`(chatkit-agent [^`]+)`", text)
    blocks = [line for kind, block in fenced(text) if kind == "sh" for line in block.splitlines()]
    return [*inline, *(line for line in blocks if line.startswith("chatkit-agent "))]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_in_a_text_is_the_delivered_code(path: Path) -> None:
    for kind, block in fenced(path.read_text()):
        if kind.startswith("python"):
            source = kind.removeprefix("python").strip()
            assert block in (REFERENCE / source).read_text(), block
        else:
            assert kind in ("sh", "")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_command_in_a_text_is_one_that_is_there(path: Path) -> None:
    for command in commands(path.read_text()):
        words = shlex.split(command, comments=True)[1:]
        known = main.commands.get(words[0])
        assert known is not None, command
        options = [word for word in words[1:] if word.startswith("--")]
        taken = {name for each in known.params for name in (*each.opts, *each.secondary_opts)}
        for option in options:
            assert option.partition("=")[0] in taken | {"--help"}, command
        assert isinstance(known, click.Command)


def test_the_tools_that_texts_name_are_there() -> None:
    names = {tool.name for tool in TOOLS}
    for path in TEXTS:
        for name in NAMED_TOOL.findall(path.read_text()):
            assert name in names, f"{path.name} names {name}"


def test_files_that_texts_name_are_delivered() -> None:
    for path in TEXTS:
        for name in re.findall(r"`((?:services|chatkit_store)/\w+\.(?:py|sql))`", path.read_text()):
            assert (REFERENCE / name).is_file(), f"{path.name} names {name}"
        for link in re.findall(r"\]\(([^)]+\.md)\)", path.read_text()):
            assert (path.parent / link).is_file(), f"{path.name} links {link}"


def test_one_version_everywhere() -> None:
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared
    for name in MANIFESTS:
        assert json.loads((ROOT / name).read_text())["version"] == declared[1], name
    server = json.loads((ROOT / "server.json").read_text())
    assert [each["version"] for each in server["packages"]] == [declared[1]]


def test_every_agent_starts_the_same_server() -> None:
    for name in (".mcp.json", "mcp.json", "gemini-extension.json"):
        server = dict(json.loads((ROOT / name).read_text())["mcpServers"][NAME])
        assert server.pop("type", "stdio") == "stdio"
        assert server == SERVER, name
    package = json.loads((ROOT / "server.json").read_text())["packages"][0]
    words = [package["identifier"], *(each["value"] for each in package["packageArguments"])]
    assert {"command": package["runtimeHint"], "args": words} == SERVER


def test_the_registry_finds_its_name_in_the_readme() -> None:
    name = json.loads((ROOT / "server.json").read_text())["name"]
    assert f"<!-- mcp-name: {name} -->" in (ROOT / "README.md").read_text()


def test_every_format_of_a_plugin_is_valid() -> None:
    linter = Path(sys.executable).with_name("skillsaw")
    done = subprocess.run(
        [linter, "lint", ROOT],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = re.search(r"Repo type: (.+)", done.stdout)
    assert kinds
    assert set(kinds[1].split(", ")) >= FORMATS


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the validator needs Python 3.11")
@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_skills_are_valid_and_within_their_limits(skill: Path) -> None:
    validator = Path(sys.executable).with_name("agentskills")
    done = subprocess.run(
        [validator, "validate", skill], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len((skill / "SKILL.md").read_text().splitlines()) < 500


def test_the_built_package_holds_the_plugin(tmp_path: Path) -> None:
    command = [uv.find_uv_bin(), "build", "--wheel", "-q", "-o", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in [*ROOT.glob("skills/**/*.md"), *ROOT.glob("agents/*.md")]:
        assert f"chatkit_agent/plugin_files/{path.relative_to(ROOT).as_posix()}" in names


@pytest.fixture(scope="session")
def validators() -> Path:
    """The commands of npm's packages, installed once into the user's cache."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not on this machine: the validators of coding agents are not run")
    wanted = ROOT / "tests" / "validators" / "package.json"
    folder = cached("tests", "validators", wanted.read_bytes())
    if not folder.is_dir():

        def install(empty: Path) -> None:
            shutil.copy(wanted, empty / "package.json")
            command = [npm, "install", "--no-audit", "--no-fund", "--loglevel", "error"]
            subprocess.run(command, cwd=empty, check=True, capture_output=True)

        fill(folder, install)
    return folder / "node_modules" / ".bin"


def ran(*command: object, home: Path) -> str:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), "GEMINI_CLI_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_claude_accepts_the_plugin(validators: Path, tmp_path: Path) -> None:
    for part in (".claude-plugin/plugin.json", "."):
        ran(validators / "claude", "plugin", "validate", "--strict", part, home=tmp_path)


def test_gemini_accepts_the_extension(validators: Path, tmp_path: Path) -> None:
    ran(validators / "gemini", "extensions", "validate", ".", home=tmp_path)


def test_the_inspector_lists_and_calls_the_tools(validators: Path, tmp_path: Path) -> None:
    project = shutil.copytree(ROOT / "tests/projects/module_level", tmp_path / "shop")
    inspector = (validators / "mcp-inspector", "--cli")
    server = (Path(sys.executable).with_name("chatkit-agent"), "mcp", "--root", project)
    listed = json.loads(ran(*inspector, *server, "--method", "tools/list", home=tmp_path))
    assert [tool["name"] for tool in listed["tools"]] == [tool.name for tool in TOOLS]
    call = ("--method", "tools/call", "--tool-name", "inspect_project", "--tool-arg", "path=.")
    called = json.loads(ran(*inspector, *server, *call, home=tmp_path))
    assert called["structuredContent"]["app"]["ref"] == "app.main:app"
