"""Databases of released versions, restored from the dumps beside this file."""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from fisc.store import binaries
from tests.conftest import _copy_of, _template

DATA = Path(__file__).parent / "data"

Restored = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def restored(server_dsn: str) -> Restored:
    """Makes copies of a dump's database: `with restored("city_0_1_0") as dsn`."""
    return lambda name: _copy_of(server_dsn, _template(server_dsn, name, lambda dsn: _restore(name, dsn)))


@pytest.fixture(scope="session")
def forward(server_dsn: str) -> Restored:
    """Makes copies of a dump's database that was upgraded once: `with forward("city_0_1_0") as dsn`."""

    def made(name: str) -> AbstractContextManager[str]:
        base = _template(server_dsn, name, lambda dsn: _restore(name, dsn))
        return _copy_of(server_dsn, _template(server_dsn, f"{name}_forward", brought_forward, base))

    return made


def facts_of(name: str) -> dict[str, Any]:
    """What was true of a dump's database when it was made."""
    found: dict[str, Any] = json.loads((DATA / f"{name}.facts.json").read_text("utf8"))
    return found


def _restore(name: str, dsn: str) -> None:
    run_script(lzma.decompress((DATA / f"{name}.sql.xz").read_bytes()), dsn)


def run_script(script: bytes, dsn: str) -> None:
    """Run a script of psql in one transaction."""
    command = [str(binaries.bin_dir() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", dsn]
    subprocess.run(command, input=script, check=True, stdout=subprocess.DEVNULL)


def brought_forward(dsn: str) -> None:
    """In a process of its own: Django speaks to one database."""
    code = "from fisc import upgrading; upgrading.upgrade(backed_up=False)"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"DATABASE_URL": dsn})
