"""Commands as somebody meets them whose locale names no language, run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from fisc.cli import main
from tests.papers import a_document


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Help is Chinese unless a test asks for another language."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@dataclass
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Fisc = Callable[..., Done]


@pytest.fixture
def fisc(capsys: pytest.CaptureFixture[str]) -> Fisc:
    """Runs the command in this process."""

    def run(*arguments: str) -> Done:
        code = main.run(arguments)
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    return run


@pytest.fixture
def own(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger that is set up, as the database in force."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    return ready_db


def post_something(dsn: str) -> None:
    from datetime import date

    from fisc import kernel

    at, region = kernel.Coding(2025, "530700000"), "530700000"
    with psycopg.connect(dsn) as conn:
        kernel.open_year(conn, region, 2025)
        lines = (
            kernel.debit("treasury_2022_financial:1001", at, 888),
            kernel.credit("treasury_2022_financial:4001", at, 888),
        )
        paper = a_document(conn, region, 2025)
        kernel.post(conn, [kernel.Entry("example", region, date(2025, 5, 1), lines, document_id=paper)])
