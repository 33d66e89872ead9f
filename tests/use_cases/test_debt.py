"""Debt between two governments at the desk: what one paid for the other, the other gives back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from tests.conftest import _copy_of, _furnished
from tests.debt import world
from tests.debt.world import BANNER, CITY, Conn, event, pay, record
from tests.use_cases.desk import Desk

ON = ["--on", "2022-06-01"]
NAMES = {CITY: "c", BANNER: "b"}


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city that paid principal for a banner, and officers of both."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_debt", world.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            _officers(conn)
            record(conn, event("垫1", "lower_debt_advanced", lower_div_code=BANNER))
            pay(conn, "还1", "R", region=BANNER)
            yield Desk(conn, monkeypatch, capsys)


def _officers(conn: Conn) -> None:
    define_officers(conn, [
        Officer(f"{name}-{step}", "债务", region, frozenset({f"treasury_{step}"}))
        for region, name in NAMES.items() for step in ("make", "review")
    ])  # fmt: skip


def _give_back(region: str) -> list[str]:
    return [
        "debt", "make-events", "--event-no", "归1", "--kind", "lower_debt_reimbursed", "--region", region,
        "--part", "principal", "--fund-type-code", "111", "--amount", "100", "--happened-on", "2022-06-01",
        "--lower-div-code", BANNER, "--settles-no", "垫1", "--pay-app-no", "还1", *ON,
    ]  # fmt: skip


def test_the_lower_ones_officers_give_back_what_was_paid_for_it(desk: Desk) -> None:
    assert desk.new("b-make", *_give_back(BANNER)) == [True]
    assert desk.new("b-review", "debt", "post-events", "归1", *ON) == [True]
    assert desk.told("c-make", "debt", "list-open", "--region", CITY, *ON) == []


def test_others_are_told_of_no_advance(desk: Desk) -> None:
    other = Officer("o-make", "债务", "150621000", frozenset({"treasury_make"}))
    define_officers(desk.conn, [other])
    assert "没有债务收付单 垫1" in desk.refused("o-make", *_give_back("150621000"))
