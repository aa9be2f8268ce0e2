"""The whole check of a chat that was written by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from .checking import checked, told

HANDMADE = Path(__file__).parent.parent / "bench" / "faults" / "handmade"


def test_a_chat_that_was_written_by_hand_is_judged_as_well(tmp_path: Path) -> None:
    root = Path(shutil.copytree(HANDMADE, tmp_path / "notes"))
    report = checked(root)
    passed = {check.name for check in report.checks if check.ok}
    assert {
        "answer_streams",
        "tool_called_as_user",
        "conversation_survives_restart",
    } <= passed
    assert "No manifest" in told(report, "routes_kept")


def published_keys(root: Path) -> None:
    """The sign-in verifies tokens with keys that it fetches."""
    edits = {
        "notes/signin.py": (
            ("get_settings().jwt_secret.get_secret_value()", "key_of(token)"),
            ('algorithms=["HS256"]', 'algorithms=["RS256"], audience="notes", issuer="id.example"'),
            (
                "@dataclass",
                "KEYS = jwt.PyJWKClient(get_settings().jwks_url)\n\n\n"
                "def key_of(token):\n    return KEYS.get_signing_key_from_jwt(token).key\n\n\n"
                "@dataclass",
            ),
            ("except jwt.InvalidTokenError", "except jwt.PyJWTError"),
        ),
        "notes/settings.py": (("jwt_secret: SecretStr", "jwks_url: str"),),
        ".env.example": (
            (
                "NOTES_CHAT_JWT_SECRET=",
                "NOTES_CHAT_JWKS_URL=https://id.example/keys.json\nOTHER=",
            ),
        ),
    }
    for file, pairs in edits.items():
        text = (root / file).read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (root / file).write_text(text)


def test_a_chat_by_hand_gets_the_keys_that_it_verifies_tokens_with(tmp_path: Path) -> None:
    root = Path(shutil.copytree(HANDMADE, tmp_path / "notes"))
    published_keys(root)
    report = checked(root)
    passed = {check.name for check in report.checks if check.ok}
    assert {"answer_streams", "tool_called_as_user", "turns_exclusive"} <= passed
    assert "somebody else" not in told(report, "unauthenticated_refused")
