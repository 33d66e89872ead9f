"""An attacker that knows the API's description finds nothing: no fault, no answer that is not described.

The test that always runs tries each operation twice. What takes half an hour, the attacker's examples and
every bound of every field, runs in parts where it is asked for: all of them, or those whose names are given.

    FISC_ATTACK=all .venv/bin/pytest -s -m heavy tests/api/test_schemathesis.py
    FISC_ATTACK=officers,books .venv/bin/pytest -s -m heavy tests/api/test_schemathesis.py
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from fisc import app
from fisc.use_cases import use_cases
from tests.api.attacking import attack
from tests.api.conftest import Api

#: Groups of many operations are attacked in parts, by how their paths begin.
_IN_PARTS = {"budget": ("[a-l]", "make-[a-l]", "make-[m-z]", "[n-z]"), "treasury": ("[a-m]", "[n-z]")}
_OTHERS = ("documents", "sessions", "ping", "use-cases")
PARTS = {
    group: _IN_PARTS.get(group, ("",)) for group in (*_OTHERS, *(one.group for one in use_cases().values()))
}
WANTED = os.environ.get("FISC_ATTACK", "")


@pytest.fixture(autouse=True, scope="module")
def _short_lists(server_dsn: str) -> None:
    """Bounds of lists are tried with lists of a few: ten thousand items of ten thousand lines end nowhere."""
    if WANTED:
        app.configure(server_dsn)
        for module, bound in (("fisc.api.use_cases", "MOST_ITEMS"), ("fisc.documents.schemas", "MOST_LINES")):
            setattr(import_module(module), bound, 20)


@pytest.mark.heavy
def test_schemathesis_finds_nothing(api: Api, tmp_path: Path) -> None:
    found = attack(api, tmp_path, paths="^/api/", phases="fuzzing", examples=2)
    assert found.failures == 0, found.said[-8000:]
    assert found.operations >= len(use_cases())


@pytest.mark.heavy
@pytest.mark.skipif(not WANTED, reason="half an hour; asked for by FISC_ATTACK")
@pytest.mark.parametrize(
    ("group", "part"), [(group, part) for group, parts in PARTS.items() for part in parts]
)
def test_schemathesis_finds_nothing_at_any_bound(api: Api, tmp_path: Path, group: str, part: str) -> None:
    if WANTED != "all" and group not in WANTED.split(","):
        pytest.skip("another group was asked for")
    found = attack(
        api, tmp_path, paths=f"^/api/{group}(/{part}|$)", phases="examples,coverage,fuzzing", examples=5
    )
    print(f"{group}/{part}: {found.operations} operations, {found.requests} requests, {found.seconds:.0f} s")
    assert found.failures == 0, found.said[-8000:]
