"""Bodies that hardly arrive: each is refused in time, whatever else goes on."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from soak_ledger import Ledger

AT_ONCE, PAUSE = 6, 5.0
# The server gives a body 15 seconds, and may be busy.
TIMEOUT = 45.0
HEAD = (
    "POST /chatkit HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
)


async def send_slowly(url: str, token: str, ledger: Ledger) -> None:
    """Some at once, again and again, until this is cancelled."""
    while True:
        await asyncio.gather(*(_one(url, token, ledger) for _ in range(AT_ONCE)))
        await asyncio.sleep(PAUSE)


async def _one(url: str, token: str, ledger: Ledger) -> None:
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    dripping = asyncio.create_task(_drip(writer, HEAD.format(host=address.netloc, token=token)))
    try:
        line = await asyncio.wait_for(reader.readline(), TIMEOUT)
    except (OSError, asyncio.TimeoutError) as error:
        ledger.unless(f"a slow body was not refused ({type(error).__name__})", "worker")
    else:
        if b" 408 " in line:
            ledger.figures["slow bodies refused"] += 1
        else:  # a worker that ends closes its connections
            ledger.unless(f"a slow body was answered with {line!r}", "worker")
    finally:
        dripping.cancel()
        writer.close()


async def _drip(writer: asyncio.StreamWriter, head: str) -> None:
    writer.write(head.encode() + b'{"type": "threads.list"')
    while not writer.is_closing():
        await asyncio.sleep(0.5)
        writer.write(b" ")
