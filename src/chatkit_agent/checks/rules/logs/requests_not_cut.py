"""No server around the application ended a request, by its log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom

SEEN: tuple[Symptom, ...] = ("cut_off", "silent", "stream_error")
AWAY: tuple[Symptom, ...] = ("unavailable", "server_error", "does_not_start")

KNOWN = (
    Known(
        r"upstream timed out .*while (?:reading|sending)|\bcode=H1[25]\b|\bs[HD][-\w]{2} \d+/\d+/",
        "The proxy waited for the answer no longer: it was silent for longer than the proxy waits.",
        "Let it wait: `proxy_read_timeout 1h;` and `proxy_buffering off;` for the chat's route. "
        "Between the words the delivered chat sends a comment every few seconds.",
        "proxy waits",
    ),
    Known(
        r"client intended to send too large body",
        "The proxy refuses a request as too large: a file, or a long message.",
        "Set `client_max_body_size` for the chat's route, above what the chat itself takes.",
        "proxy body",
        ("server_error",),
    ),
    Known(
        r"upstream prematurely closed connection|recv\(\) failed \(104: .*upstream",
        "The application ended the connection in the middle of an answer: it was restarted, or "
        "its worker was killed.",
        "Look into the application's own log at that time. Where it is deployed, let it end its "
        "answers first (`--timeout-graceful-shutdown`).",
        "application ended",
    ),
    Known(
        r"connect\(\) (?:to \S+ )?failed \((?:111|2): .*upstream|no live upstreams|\bcode=H10\b"
        r"|(?:http\.log\.error|Bad Gateway|proxy).*\bdial tcp \S+: |\bSC[-\w]{2} \d+/\d+/",
        "The proxy finds no application where it looks for it.",
        "Start it, and let it listen where the proxy asks: in a container on `0.0.0.0`, and on "
        "the port that the proxy names.",
        "application away",
        AWAY,
    ),
    Known(
        r"host not found in upstream",
        "The proxy does not know the host of the application, and does not start.",
        "Name the service as the network does, such as the service's name in Compose.",
        "proxy host",
        AWAY,
    ),
    Known(
        r"address already in use|Connection in use: \(",
        "The server does not start, as its port is taken.",
        "End the process that has it, which may be an older one of the application, or take "
        "another `--port`.",
        "port taken",
        AWAY,
    ),
    Known(
        r"Too (?:much|little) data for declared Content-Length"
        r"|Response content (?:longer|shorter) than Content-Length",
        "An answer has another length than its `Content-Length` says, and is cut.",
        "Take that header away where a middleware changes a body; an answer that streams has none.",
        "content length",
    ),
    Known(
        r"\bWORKER TIMEOUT\b",
        "gunicorn killed a worker that did not report: an answer that streams holds up a "
        "synchronous worker, and code that blocks holds up any.",
        "Run it with `-k uvicorn_worker.UvicornWorker`, and look for code that blocks the event "
        "loop; `--timeout` is the time of such a report and not of a request.",
        "worker timeout",
    ),
    Known(
        r"sent SIGKILL! Perhaps out of memory|Out of memory: Killed process|\bOOMKilled\b"
        r"|oom-kill|exit(?:ed with)? code 137\b|Error R1[45]\b",
        "The application was killed for its memory, with all answers that it was writing.",
        "Give it more memory, run fewer workers, and limit answers at once "
        "(`..._CHATKIT_TURNS_PER_PROCESS` in the delivered chat).",
        "memory",
        (*SEEN, *AWAY),
    ),
)


@check("CK911", needs=LOG, symptoms=(*SEEN, *AWAY))
def requests_not_cut(evidence: Evidence) -> Iterator[Finding]:
    """nginx, gunicorn, a platform's router and the kernel say so in logs of their own, which can be
    given too.
    """
    if evidence.log:
        yield from known_errors(evidence.log, KNOWN, SEEN)
