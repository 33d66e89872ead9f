"""The simulated city's ledger says that it is simulated, and its knowledge follows the simulated days."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.cli.main import run as fisc
from fisc.documents import RuleBroken
from fisc.documents.officers import Officer, define_officers
from fisc.kernel import open_year
from fisc.kernel.simulation import simulation
from fisc.revenue import services as revenue
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from tests.sim.conftest import NewCity

CITY = Run(0.001, 7, (2021,))
JUNE, JULY = date(2021, 6, 30), date(2021, 7, 31)
FIGURES = ("revenue.general", "expenditure.general")


def lived(dsn: str, until: date) -> None:
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, CITY, until=until)


Said = pytest.CaptureFixture[str]


def told(said: Said, *arguments: str) -> Any:
    said.readouterr()
    fisc([*arguments, "--json"])
    return json.loads(said.readouterr().out)


def values(said: Said, *more: str) -> list[str]:
    asked = ("figures", "value", *FIGURES, "--region", "150600", "--year", "2021", *more)
    return [row["value"] for row in told(said, *asked)]


def test_what_was_known_at_the_end_of_june_is_junes_figure(
    new_city: NewCity, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    dsn = new_city()
    monkeypatch.setenv("DATABASE_URL", dsn)
    lived(dsn, JUNE)
    in_june = values(capsys)
    lived(dsn, JULY)
    assert values(capsys, "--as-of", "2021-07-01") == in_june
    assert all(now != then for now, then in zip(values(capsys), in_june, strict=True))


def received(conn: psycopg.Connection[Any]) -> None:
    """A day's revenue, as a real treasury reports it."""
    open_year(conn, "150621000", JUNE.year)
    define_officers(conn, [
        Officer("r", "收入", "", frozenset({"revenue_make"})),
        Officer("t", "国库", "", frozenset({"treasury_review"})),
    ])  # fmt: skip
    given = [revenue.DailyReceipt("150621000", JUNE, "10304", "111", 100)]
    keys = revenue.record_daily_reports(conn, given, by="r", on=JUNE)
    revenue.confirm_daily_reports(conn, keys, by="t", on=JUNE)


def test_a_ledger_with_real_postings_is_not_simulated_in(new_city: NewCity) -> None:
    dsn = new_city()
    with psycopg.connect(dsn, autocommit=True) as conn:
        received(conn)
    with pytest.raises(RuleBroken, match="已有真实的账"):
        lived(dsn, JUNE)
    with psycopg.connect(dsn) as conn:
        assert simulation(conn) is None
        assert conn.execute("select count(*) from sim_run").fetchone() == (0,)
