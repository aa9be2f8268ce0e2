"""Faults in a chat by hand with helpers, `os.environ`, psycopg and Chat Completions."""

from __future__ import annotations

from fault import Fault, Plant, changed


def edited(*pairs: tuple[str, str]) -> tuple[Plant, ...]:
    return tuple(changed("main.py", old, new) for old, new in pairs)


ONE_FILE = (
    Fault(
        "load_dotenv() stands below what reads the environment",
        "second",
        ("environment_loaded_first",),
        plants=edited(
            ("\nload_dotenv()\n", "\n"),
            ("# --- database ---\n", "# --- database ---\nload_dotenv()\n"),
        ),
    ),
    Fault(
        "a header goes before the session",
        "second",
        ("caller_verified",),
        plants=edited(
            (
                'authorization: str = Header("")) -> dict:\n',
                'authorization: str = Header(""), x_user_id: str = Header("")) -> dict:\n'
                '    if x_user_id:\n        return {"person": x_user_id, "bearer": ""}\n',
            )
        ),
    ),
    Fault(
        "bad requests are not refused where a helper runs the turn",
        "second",
        ("bad_requests_refused",),
        plants=edited(
            (
                "    try:\n        asked = REQUEST.validate_json(bytes(body))\n"
                "    except ValidationError:\n"
                '        raise HTTPException(400, "no request of ChatKit") from None\n',
                "    asked = REQUEST.validate_json(bytes(body))\n",
            )
        ),
    ),
    Fault(
        "the new ids are not used any more",
        "second",
        ("completion_ids_replaced",),
        plants=edited(
            (
                "own_ids(stream_agent_response(chat, result), chat, draft)",
                "stream_agent_response(chat, result)",
            )
        ),
    ),
    Fault(
        "the hooks that remember are not used any more",
        "second",
        ("tool_results_remembered",),
        plants=edited(("hooks=Diary(), ", "")),
    ),
    Fault(
        "only the last message is given",
        "second",
        ("history_given",),
        plants=edited(
            (
                "        page = await self.store.load_thread_items(thread.id, None, 40, "
                '"desc", context)\n'
                "        said = await Converter().to_agent_input(page.data[::-1])\n",
                "        said = await Converter().to_agent_input(input_user_message)\n",
            )
        ),
    ),
    Fault(
        "a helper of the tools tells its exception",
        "second",
        ("tool_errors_worded",),
        plants=edited(
            (
                "    answer.raise_for_status()\n",
                "    try:\n        answer.raise_for_status()\n"
                "    except httpx.HTTPError as problem:\n"
                '        return f"error: {problem}"\n',
            )
        ),
    ),
    Fault(
        "the headers of a tool's request are logged",
        "second",
        ("token_not_logged",),
        plants=edited(
            (
                "    answer.raise_for_status()\n",
                '    log.info("%s", answer.request.headers)\n    answer.raise_for_status()\n',
            )
        ),
    ),
    Fault(
        "the session is told to the model",
        "second",
        ("token_out_of_prompt",),
        plants=edited(
            ("def gardener() ->", "def gardener(context) ->"),
            ("instructions=WHO_YOU_ARE,", "instructions=WHO_YOU_ARE + context['bearer'],"),
            ("gardener(), said", "gardener(context), said"),
        ),
    ),
)
