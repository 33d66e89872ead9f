"""The keeper stops the private server after its last user, however that user ended.

Every user of the server holds a shared lock, which the operating system releases
when the process dies, by `kill -9` too. The keeper waits for the lock alone: having
it means nobody is left. It runs apart from the process that started it, as a plain
script that imports only what it needs, and takes one argument, a JSON object:

    users, keeper   lock files          pin   file: leave the server running
    starting        file: a start is in progress      pid   the server's pid file
    stop            command that stops the server     uid, gid   who may run it, or null
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

_LATE_START_SECONDS = 10.0


def main(orders: dict[str, Any]) -> None:
    """Detach, wait for the last user, stop the server."""
    alone = os.open(orders["keeper"], os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # there is one keeper already
    users = os.open(orders["users"], os.O_RDWR | os.O_CREAT, 0o600)
    _detach()
    fcntl.flock(users, fcntl.LOCK_EX)
    if not os.path.exists(orders["pin"]):  # noqa: PTH110 - pathlib takes longer to import than all of this
        _stop(orders)


def _detach() -> None:
    """Leave the terminal and the parent: what ends them must not end the keeper."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop(orders: dict[str, Any]) -> None:
    """Stop the server; one whose starter was killed half-way may still be on its way."""
    deadline = time.monotonic() + _LATE_START_SECONDS
    while not os.path.exists(orders["pid"]):  # noqa: PTH110
        if not os.path.exists(orders["starting"]) or time.monotonic() > deadline:  # noqa: PTH110
            return
        time.sleep(0.05)
    user: dict[str, Any] = {}
    if orders["uid"] is not None:
        user = {"user": orders["uid"], "group": orders["gid"], "extra_groups": []}
    quiet = subprocess.DEVNULL
    subprocess.run(orders["stop"], check=False, stdin=quiet, stdout=quiet, stderr=quiet, **user)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
