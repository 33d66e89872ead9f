"""Who acts at the command line: the officer who has signed in here, never a name that anyone may type.

`fisc login` keeps the tokens of those who signed in on this machine in `sessions/` of the home, a file for
each database, readable by its owner alone; `--as` (or FISC_OFFICER) says which of them acts, the last one
otherwise. A program may bring a token of its own in FISC_TOKEN.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import psycopg

    from fisc.registry.officers import Officer

#: The option of every command by which somebody acts.
As = Annotated[
    str, typer.Option("--as", help="以哪位已登录的人员办理，默认最近登录者 / which signed-in officer acts")
]
TOKEN, OFFICER = "FISC_TOKEN", "FISC_OFFICER"


def acting(conn: psycopg.Connection[Any], as_: str = "") -> Officer:
    """The officer in whose name a command runs. Raises NotSignedIn."""
    from fisc.documents.sessions import not_signed_in, officer_of

    kept = _read(_file(conn))
    wanted = as_ or os.environ.get(OFFICER, "")
    token = "" if wanted else os.environ.get(TOKEN, "")
    token = token or kept["tokens"].get(wanted or kept["last"], "")
    if not token:
        raise not_signed_in(wanted)
    return officer_of(conn, token)


def named(conn: psycopg.Connection[Any], as_: str = "") -> str:
    """The officer in whose name a command writes where no duty guards it; '' where there are no persons.

    A simulated city's officers are nobody who could sign in. Raises NotSignedIn.
    """
    from fisc.kernel.simulation import simulation
    from fisc.registry.officers import has_officers

    has_persons = simulation(conn) is None and has_officers(conn)
    return acting(conn, as_).code if has_persons else ""


def keep(conn: psycopg.Connection[Any], officer: str, token: str) -> None:
    """Keep the token of who signed in; they act from now on, where nobody else is named."""
    with _changing(conn) as kept:
        kept["tokens"][officer] = token
        kept["last"] = officer


def forget(conn: psycopg.Connection[Any], officer: str = "") -> list[tuple[str, str]]:
    """Forget one officer's token, or everybody's: (officer, token) of each that was kept."""
    with _changing(conn) as kept:
        gone = {code: token for code, token in kept["tokens"].items() if officer in ("", code)}
        kept["tokens"] = {code: token for code, token in kept["tokens"].items() if code not in gone}
        kept["last"] = next(reversed(kept["tokens"]), "")
    return list(gone.items())


def _file(conn: psycopg.Connection[Any]) -> Path:
    """The file of a database: its name tells databases apart without a word of how they are reached."""
    from fisc.store import config

    place = f"{conn.info.host}:{conn.info.port}/{conn.info.dbname}"
    return config.layout().home / "sessions" / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> dict[str, Any]:
    nobody: dict[str, Any] = {"tokens": {}, "last": ""}
    try:
        kept = json.loads(path.read_text("utf8"))
    except (OSError, ValueError, RecursionError):  # nobody has signed in, or the file is no good
        return nobody
    return kept if _is_sound(kept) else nobody


def _is_sound(kept: Any) -> bool:
    """Whether what was read is what `_write` writes: the tokens of officers, and who was the last."""
    if not isinstance(kept, dict) or kept.keys() != {"tokens", "last"} or not isinstance(kept["last"], str):
        return False
    tokens = kept["tokens"]
    return isinstance(tokens, dict) and all(isinstance(token, str) for token in tokens.values())


@contextmanager
def _changing(conn: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    """What is kept, written anew when the block ends; two programs that change it wait for each other."""
    from fisc.store import config, locks
    from fisc.store.os_faults import of_home

    path = _file(conn)
    with of_home(config.home()), ExitStack() as held:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        held.enter_context(locks.alone(path.with_suffix(".lock")))
        kept = _read(path)
        yield kept
        _write(path, kept)


def _write(path: Path, kept: dict[str, Any]) -> None:
    from fisc.store import scratch

    with (
        scratch.whole(path) as new,
        os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file,
    ):
        file.write(json.dumps(kept))
