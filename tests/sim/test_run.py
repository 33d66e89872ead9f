"""The simulated city through the real services: what it leaves, and that being stopped changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, findings
from fisc.kernel import verify
from fisc.kernel.errors import StoreLost
from fisc.kernel.export import Format
from fisc.sim import bank
from fisc.sim.digest import Digest, digest
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from fisc.sim.summary import summary
from tests.export.test_export import (
    balances_by_beancount,
    balances_by_hledger,
    bean_check,
    write,
)
from tests.sim.conftest import NewCity

#: The program of this city falls over on its first day of payments, after the bank's answers.
SMALL = Run(0.002, 13, (2021,))
SOON, LATER = date(2021, 1, 31), date(2021, 3, 12)


class Stopped(Exception):
    """The program is gone."""


class FailingLine(DayConnection):
    """A line that breaks after a number of statements, as if the program were killed there."""

    left = 0

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Fewer and fewer statements are left."""
        self.left -= 1
        if self.left == 0:
            self.close()
            raise Stopped
        return super().execute(*args, **kwargs)


def whole(dsn: str, until: date, given: Run = SMALL) -> Digest:
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, given, until=until)
        return digest(conn)


def stopped_after(dsn: str, statements: int, until: date | None, given: Run = SMALL) -> bool:
    """Run until the line breaks after so many statements, as if the program were killed; whether it did."""
    line = FailingLine.connect(dsn, autocommit=True)
    line.left = statements
    try:
        run(line, given, until=until)
    except (Stopped, StoreLost, psycopg.OperationalError):
        return True
    finally:
        line.close()
    return False


def differing(a: Digest, b: Digest) -> list[str]:
    return [p.name for p, q in zip(a.parts, b.parts, strict=True) if p != q]


@pytest.fixture(scope="module")
def city(new_city: NewCity) -> str:
    """A city run to March in one go, for tests that only look."""
    dsn = new_city()
    whole(dsn, LATER)
    return dsn


@pytest.fixture(scope="module")
def january(new_city: NewCity) -> Digest:
    """What a run to the end of January leaves, if nothing stops it."""
    return whole(new_city(), SOON)


def test_a_run_that_is_stopped_anywhere_ends_in_the_same_bytes(new_city: NewCity, january: Digest) -> None:
    dsn = new_city()
    stops = sum(stopped_after(dsn, statements, SOON) for statements in (100, 250, 400, 150, 200, 120))
    assert stops >= 4
    found = whole(dsn, SOON)
    assert differing(found, january) == []
    assert found.digest == january.digest


def test_what_banks_said_is_in_the_digest(january: Digest) -> None:
    lines = {part.name: part.lines for part in january.parts}
    for table in ("treasury_payment", "banking_message", "banking_line", "banking_voucher_match"):
        assert lines[table] > 0, table


@pytest.mark.heavy
def test_a_slip_beside_a_report_that_one_booking_tells_is_named_as_it_is(new_city: NewCity) -> None:
    """In July of this city too much is credited on a day whose report the bank tells in one booking."""
    with DayConnection.connect(new_city(), autocommit=True) as conn:
        run(conn, Run(0.002, 59, (2021,)), until=date(2021, 7, 31))
        told = summary(conn)
    assert told is not None
    assert [one for one in told.faults if not one.is_exact] == []
    assert [one for one in told.proofs if one.times != one.held] == []


@pytest.mark.heavy
def test_a_run_goes_on_where_it_stood(city: str, new_city: NewCity) -> None:
    wanted, dsn = whole(city, LATER), new_city()
    for until in (date(2021, 1, 4), date(2021, 1, 11), SOON, LATER):
        found = whole(dsn, until)
    assert differing(found, wanted) == []
    with DayConnection.connect(dsn, autocommit=True) as conn:
        made = summary(conn)
        assert made is not None and made.crashes == 1


def test_what_a_run_leaves_is_proven(city: str) -> None:
    with DayConnection.connect(city, autocommit=True) as conn:
        found = summary(conn)
        assert found is not None and not found.is_whole
        assert {p.times for p in found.proofs} == {2} and all(p.held == 2 for p in found.proofs), found.proofs
        assert len(found.proofs) >= 9
        assert verify(conn).ok
        counts = dict(found.counts)
        assert counts["支付申请"] > 100 and counts["预算单位"] == 86 and counts["银行报文（收到）"] > 40
        states = dict(conn.execute("select state, count(*) from treasury_payment group by 1").fetchall())
        assert set(states) <= {"cleared", "withdrawn", "paid", "sent"}


def test_the_books_know_nothing_that_the_bank_does_not(city: str) -> None:
    """What the banks paid by voucher is what the payments say was paid, one by one."""
    with psycopg.connect(city) as conn:
        rows = conn.execute(
            "select p.pay_cert_no from treasury_payment p "
            "left join sim_bank_booking b on b.ref_no = p.pay_cert_no "
            "where p.state in ('paid', 'cleared') and (b.id is null or b.amount_fen <> p.amount_fen)"
        ).fetchall()
        assert rows == []
        assert len(bank.accounts(conn)) == 20


def test_what_rules_only_noted_is_dealt_with_in_the_month_after(city: str) -> None:
    """Large payments of January are struck off by the end of February, those of February wait."""
    with psycopg.connect(city) as conn:
        noted = findings.recorded(conn, rules=("R13",), states=())
    january = {one.state for one in noted if one.found_on < date(2021, 2, 1)}
    later = {one.state for one in noted if one.found_on >= date(2021, 2, 1)}
    assert january == {"closed"} and later == {"open"}


def test_another_run_in_the_same_database_is_refused(city: str) -> None:
    with DayConnection.connect(city, autocommit=True) as conn:
        with pytest.raises(RuleBroken, match="已有另一次模拟"):
            run(conn, Run(0.002, 6, (2021,)))
        with pytest.raises(RuleBroken, match="已有另一次模拟"):
            run(conn, Run(0.003, 5, (2021,)))


@pytest.mark.heavy
def test_other_seeds_leave_other_books(new_city: NewCity, january: Digest) -> None:
    other = whole(new_city(), date(2021, 1, 13), Run(0.002, 6, (2021,)))
    assert other.digest != january.digest
    assert [p.name for p in other.parts] == [p.name for p in january.parts]


def killed(dsn: str, seconds: float) -> bool:
    """Start the command and kill it without warning; whether it was still at work."""
    env = {**os.environ, "DATABASE_URL": dsn}
    command = [sys.executable, "-m", "fisc.cli.main", "sim", "run", "--scale", "0.01", "--seed", "3"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.heavy
def test_other_programs_add_the_city_up_to_the_same_sums(new_city: NewCity, tmp_path: Path) -> None:
    with DayConnection.connect(new_city(), autocommit=True) as conn:
        run(conn, SMALL)
        journals = {form: write(conn, form, tmp_path) for form in (Format.BEANCOUNT, Format.HLEDGER)}
        rows = conn.execute("select sum(amount_fen)::bigint from ledger.posting group by account_id")
        wanted = sorted(row[0] for row in rows if row[0])
    assert bean_check(journals[Format.BEANCOUNT]).returncode == 0
    assert sorted(balances_by_beancount(journals[Format.BEANCOUNT]).values()) == wanted
    if shutil.which("hledger"):
        assert sorted(balances_by_hledger(journals[Format.HLEDGER]).values()) == wanted


@pytest.mark.heavy
def test_two_years_killed_and_gone_on_with_are_two_years(new_city: NewCity) -> None:
    given = Run(0.01, 3, (2021, 2022))
    dsn = new_city()
    assert killed(dsn, 6) and killed(dsn, 9)
    seconds = 13.0
    while killed(dsn, seconds):
        seconds *= 1.5  # a day of a loaded machine may take longer than any span that is fixed
    reference = new_city()
    with DayConnection.connect(reference, autocommit=True) as conn:
        assert run(conn, given)
        wanted, made = digest(conn), summary(conn)
        assert verify(conn).ok
    assert made is not None and made.is_sound
    times = {p.name: p.times for p in made.proofs}
    books = {name for name in times if name.startswith("借贷平衡")}  # looked at since their first entry
    assert {times[name] for name in times.keys() - books} == {24, 2, 1}  # months, years' ends, of one year
    assert times["借贷平衡 预算指标账"] == times["借贷平衡 财政总预算会计"] == 24
    with DayConnection.connect(dsn, autocommit=True) as conn:
        assert differing(digest(conn), wanted) == []
