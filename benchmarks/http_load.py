"""A load of HTTP requests over loopback: kept connections, each with one request on its way, raw bytes.

The client costs as little as it can: it is a process of its own beside the server, on the same processors.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

CONNECTIONS = 1000


def request(method: str, path: str, body: bytes = b"", token: str = "") -> bytes:
    """A request of HTTP/1.1 on a connection that stays."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _client(port: int, wanted: Iterator[bytes], statuses: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in wanted:
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        statuses[int(head[9:12])] += 1
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        await reader.readexactly(int(length))
    writer.close()


async def _load(port: int, requests: Sequence[bytes], connections: int) -> tuple[float, Counter[int]]:
    wanted, statuses = iter(requests), Counter[int]()
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, wanted, statuses) for _ in range(connections)))
    return len(requests) / (time.perf_counter() - started), statuses


def main() -> None:
    """Reads {"port", "requests": [[method, path, body, token], ...]}; prints rate and statuses."""
    given = json.load(sys.stdin)
    requests = [request(m, p, body.encode(), token) for m, p, body, token in given["requests"]]
    rate, statuses = asyncio.run(_load(given["port"], requests, given.get("connections", CONNECTIONS)))
    print(json.dumps({"rate": rate, "statuses": statuses}))


if __name__ == "__main__":
    main()
