"""The plugin goes where each agent looks, next to what is the user's, and comes out again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import tomlkit

from chatkit_agent.errors import CannotEdit, CannotRead, Refused
from chatkit_agent.plugin.files import NAME, PROJECT, SERVER, Agent, skill_files, user_home
from chatkit_agent.plugin.placing import PLACED, install_plugin, remove_plugin

AGENTS: tuple[Agent, ...] = tuple(PROJECT)
WITH_SERVERS = [agent for agent in AGENTS if PROJECT[agent].servers]
THEIRS = {
    ".json": '{\n\t"mcpServers": {\n\t\t"theirs": {"command": "x"}\n\t},\n\t"servers": {}\n}\n',
    ".toml": '# mine\nmodel = "x"\n\n[mcp_servers.theirs]\ncommand = "x"\n',
}


def files(base: Path) -> dict[str, bytes]:
    return {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in sorted(base.rglob("*"))
        if path.is_file()
    }


def theirs(base: Path, agent: Agent) -> Path:
    path = base / str(PROJECT[agent].servers)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(THEIRS[path.suffix])
    return path


def listed(base: Path, agent: Agent) -> dict[str, object]:
    home = PROJECT[agent]
    text = (base / str(home.servers)).read_text()
    parsed = tomlkit.parse(text).unwrap() if str(home.servers).endswith(".toml") else None
    document = parsed if parsed is not None else json.loads(text)
    found = document[home.section]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("user", [False, True])
@pytest.mark.parametrize("agent", AGENTS)
def test_in_place_and_away_again(agent: Agent, user: bool, tmp_path: Path) -> None:
    home = user_home(agent) if user else PROJECT[agent]
    placed = install_plugin(agent, tmp_path, user=user)
    assert f"{home.skills}/mcp-agent-auth/SKILL.md" in placed.written
    assert (tmp_path / home.skills / "chatkit-integration" / "references" / "traps.md").is_file()
    if home.subagents:
        assert (tmp_path / home.subagents / "chatkit-integration-agent.md").is_file()
    assert install_plugin(agent, tmp_path, user=user).written == ()
    removed = remove_plugin(agent, tmp_path, user=user)
    assert not removed.kept
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("agent", WITH_SERVERS)
def test_the_users_own_servers_stay(agent: Agent, tmp_path: Path) -> None:
    theirs(tmp_path, agent)
    before = files(tmp_path)
    install_plugin(agent, tmp_path)
    assert listed(tmp_path, agent)[NAME] == SERVER
    remove_plugin(agent, tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize("agent", WITH_SERVERS)
def test_a_server_of_that_name_that_was_there_stays(agent: Agent, tmp_path: Path) -> None:
    install_plugin(agent, tmp_path)
    (tmp_path / PLACED).unlink()
    before = (tmp_path / str(PROJECT[agent].servers)).read_bytes()
    install_plugin(agent, tmp_path)
    remove_plugin(agent, tmp_path)
    assert (tmp_path / str(PROJECT[agent].servers)).read_bytes() == before


def test_what_the_user_edited_is_kept(tmp_path: Path) -> None:
    install_plugin("claude", tmp_path)
    skill = tmp_path / ".claude/skills/mcp-agent-auth/SKILL.md"
    skill.write_text(skill.read_text() + "\nOurs: ask Ann first.\n")
    servers = tmp_path / ".mcp.json"
    servers.write_text(servers.read_text().replace('"mcp"', '"mcp", "--root", "api"'))
    removed = remove_plugin("claude", tmp_path)
    assert set(removed.kept) == {".claude/skills/mcp-agent-auth/SKILL.md", ".mcp.json"}
    assert set(files(tmp_path)) == set(removed.kept)


def test_a_file_of_the_user_is_never_overwritten(tmp_path: Path) -> None:
    skill = tmp_path / ".agents/skills/mcp-agent-auth/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("mine")
    before = files(tmp_path)
    with pytest.raises(Refused, match=r"not ours: \.agents/skills/mcp-agent-auth/SKILL\.md"):
        install_plugin("codex", tmp_path)
    assert files(tmp_path) == before


def test_an_older_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {path: content + b"old" for path, content in skill_files().items()}
    monkeypatch.setattr("chatkit_agent.plugin.placing.skill_files", lambda: older)
    install_plugin("codex", tmp_path)
    monkeypatch.undo()
    assert install_plugin("codex", tmp_path).written
    assert remove_plugin("codex", tmp_path).kept == ()


def test_what_another_agent_uses_stays(tmp_path: Path) -> None:
    install_plugin("codex", tmp_path)
    install_plugin("cursor", tmp_path)
    remove_plugin("codex", tmp_path)
    assert (tmp_path / ".agents/skills/mcp-agent-auth/SKILL.md").is_file()
    assert not (tmp_path / ".codex").exists()
    remove_plugin("cursor", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_json_with_comments_is_given_back_with_a_snippet(tmp_path: Path) -> None:
    path = tmp_path / ".vscode" / "mcp.json"
    path.parent.mkdir()
    path.write_text('{\n  // my servers\n  "servers": {}\n}\n')
    before = files(tmp_path)
    with pytest.raises(CannotEdit, match=r"by hand(.|\n)*\"servers\"(.|\n)*chatkit-agent"):
        install_plugin("vscode", tmp_path)
    assert files(tmp_path) == before


def test_a_table_that_was_made_elsewhere_in_toml_is_respected(tmp_path: Path) -> None:
    path = tmp_path / ".codex" / "config.toml"
    path.parent.mkdir()
    path.write_text('mcp_servers = { theirs = { command = "x" } }\n')
    with pytest.raises(CannotEdit, match=r"\[mcp_servers.chatkit-agent\]"):
        install_plugin("codex", tmp_path)


def test_nothing_there_is_nothing_to_remove(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nothing is to be removed"):
        remove_plugin("gemini", tmp_path)


def test_a_damaged_list_is_told(tmp_path: Path) -> None:
    (tmp_path / ".chatkit-agent").mkdir()
    (tmp_path / PLACED).write_text("[1]")
    with pytest.raises(CannotRead, match="Delete it"):
        install_plugin("agents", tmp_path)


def test_claude_is_told_how_to_add_the_server_for_its_user(tmp_path: Path) -> None:
    placed = install_plugin("claude", tmp_path, user=True)
    assert placed.command == ("claude mcp add --scope user chatkit-agent -- uvx chatkit-agent mcp")


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of VS Code differs elsewhere")
def test_vscode_has_a_folder_of_its_own_for_the_user(tmp_path: Path) -> None:
    install_plugin("vscode", tmp_path, user=True)
    assert (tmp_path / ".config/Code/User/mcp.json").is_file()
