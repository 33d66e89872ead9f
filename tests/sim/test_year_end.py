"""The turn of a year in the simulated city: settled, closed, opened, converted, and paid what was owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.city import desk
from fisc.city.calendar import calendar
from fisc.city.dates import Dates
from fisc.city.tables import CITY, regions
from fisc.closing import services as closing
from fisc.closing.sim import ending, proofs
from fisc.debt import rules as debt
from fisc.debt.sim import budget_is_served
from fisc.documents import Officer, define_officers
from fisc.kernel import Coding, Entry, Line, PeriodClosed, post, verify
from fisc.kernel.entries import CREDIT, DEBIT
from fisc.kernel.export import Format
from fisc.reading.service import FigureService
from fisc.registry.tables import rule_rows
from fisc.reserves import rules as reserves
from fisc.sim import invariants
from fisc.sim.bank import part as banking
from fisc.sim.digest import digest
from fisc.sim.line import DayConnection
from fisc.sim.plan import plan
from fisc.sim.run import Run, run
from fisc.transfers.sim import settling
from fisc.transfers.sim.settling import waiting
from fisc.treasury.sim.proofs import cash_of_funds
from tests.closing import world
from tests.export.test_export import bean_check, write
from tests.papers import a_document
from tests.sim.conftest import NewCity
from tests.sim.test_run import stopped_after

#: Two years of a small city; the turn of the first one is over by the end of January.
GIVEN = Run(0.002, 13, (2021, 2022))
EVE, TURNED = date(2021, 12, 31), date(2022, 1, 31)


def go_on(dsn: str, until: date | None) -> None:
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, GIVEN, until=until)


def rows(conn: psycopg.Connection[Any], query: str, *given: Any) -> list[Any]:
    return conn.execute(query.encode(), given).fetchall()


PARTS = st.tuples(st.integers(0, 5), st.integers(1, 9), st.integers(0, 10**9))


@given(st.lists(PARTS, min_size=1, unique_by=lambda part: part[:2]), st.integers(0, 10**9))
def test_what_waits_is_a_part_of_each_banners_last_document_and_bounded(
    parts: list[tuple[int, int, int]], most: int
) -> None:
    issues = pl.DataFrame(
        [(doc, region, fen, doc * 7 % 5) for doc, region, fen in parts],
        schema=["doc", "region", "amount_fen", "day"], orient="row",
    )  # fmt: skip
    last = {region: max((d, doc) for doc, r, _, d in issues.iter_rows() if r == region)[1]
            for _, region, _ in parts}  # fmt: skip
    granted = {(doc, region): fen for doc, region, fen, _ in issues.iter_rows()}
    found = waiting(issues, np.full(len(regions()), most))
    assert found == {
        (doc, region): fen for region, doc in last.items() if (fen := min(granted[doc, region] // 4, most))
    }


def test_what_waits_leaves_one_year_and_comes_in_the_next() -> None:
    """Cash is moved between days and treasuries, none is made: a banner's loss is the city's gain."""
    year = calendar(2022)
    days = len(year.days)
    schema = ["doc", "region", "amount_fen", "day"]
    before = pl.DataFrame([(0, 1, 400, 20), (0, 2, 80, 20)], schema=schema, orient="row")
    now = pl.DataFrame([(0, 1, 4_000, 20), (1, 3, 40, days - 2)], schema=schema, orient="row")

    most = np.full(len(regions()), 10**9)

    def moves(before: pl.DataFrame | None) -> np.ndarray:
        found = np.zeros((len(regions()), days), np.int64)
        waited = waiting(before, most) if before is not None else {}
        for region, day, fund, fen in settling.moves(year, now, waiting(now, most), waited):
            assert fund == "111"
            found[region, day] += fen
        return found

    moved = moves(before)
    assert moved.sum() == 0
    assert (moved.sum(axis=1)[:4] == [1_010 - 120, 100 - 1_000, 20, -10]).all()
    pays = settling.paid_on(Dates.of(year))
    assert (moved[:, pays][:3] == [-120, 100, 20]).all()
    assert moved[3, days - 1] == -10  # what would come after the year's last day comes on it
    assert (moves(None).sum(axis=1)[:4] == [1_010, -1_000, 0, -10]).all()


@pytest.fixture
def small(ready_db: str) -> Iterator[psycopg.Connection[Any]]:
    """A city and two banners with a year of books and the simulation's officers."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, [
            Officer(desk.TREASURY_MAKE, "国库经办", "", frozenset({"treasury_make"})),
            Officer(desk.TREASURY_SIGN, "国库签章", "", frozenset({"treasury_sign"})),
            Officer(desk.RECONCILE, "对账", "", frozenset({"reconcile"})),
            Officer(desk.FINDING_REVIEW, "疑点审核", "", frozenset({"finding_review"})),
        ])  # fmt: skip
        world.a_year(conn, year=CLOSED)
        yield conn


CLOSED = world.YEAR - 1
PLACES = (world.CITY, world.BANNER, world.OTHER)


def test_what_is_adopted_for_debt_and_not_paid_fails_the_proof_of_december(
    small: psycopg.Connection[Any],
) -> None:
    december = date(CLOSED, 12, 31)
    assert [proof.is_held for proof in budget_is_served(small, december)] == [True]
    block = Coding(CLOSED, CITY, "111", exp_func_code="2320301", source_type_code="1")
    lines = (
        Line("quota:9104", Coding(CLOSED, CITY, "111"), DEBIT, 70),
        Line("quota:9201", block, CREDIT, 70),
    )
    paper = a_document(small, CITY)
    adopted = Entry("adopted", CITY, date(CLOSED, 1, 7), lines, document_id=paper, period=CLOSED * 100 + 1)
    post(small, [adopted])
    (proof,) = budget_is_served(small, december)
    assert not proof.is_held and (proof.left_fen - proof.right_fen, proof.words) == (70, f"{CITY} 2320301")
    assert list(budget_is_served(small, date(CLOSED, 11, 30))) == []  # what falls due may still be paid


def test_a_fund_spent_before_it_came_in_fails_the_proof_of_its_cash(small: psycopg.Connection[Any]) -> None:
    """The treasury has money enough; of the state capital budget it paid 130 fen of 90."""
    months = date(CLOSED, 5, 31), date(CLOSED, 6, 30)
    before, after = (next(cash_of_funds(small, on)) for on in months)
    assert before.is_held and not after.is_held
    assert (after.left_fen, after.words) == (-40, f"{CITY} 13")
    world.post(small, [world.booked("nontax_received", 40, CITY, "13", year=CLOSED, rev_func_code="1030601")])
    assert next(cash_of_funds(small, months[1])).is_held


def test_a_year_is_closed_once_for_good_and_proven(small: psycopg.Connection[Any]) -> None:
    on = date(CLOSED + 1, 1, 10)
    world.set_aside(small, 2_700, date(CLOSED, 12, 31))
    for _ in range(2):
        invariants.keep(small, on, ending.close(small, PLACES, CLOSED, on, 100))
        proven = rows(small, "select name, is_held, left_fen, right_fen from sim_proof order by 1")
        assert len(proven) == 6 and all(is_held and left == right for _, is_held, left, right in proven)
    assert len(rows(small, "select 1 from closing_year_end")) == 2  # only the city had books to close
    with pytest.raises(PeriodClosed):
        world.post(small, [world.booked("tax_received", 1, year=CLOSED, month=13, rev_func_code="1010101")])


@pytest.mark.parametrize(
    ("event", "month", "failing"),
    [("tax_received", 12, "年终转账后收支科目无余额"), ("opening_balance", 0, "年初数＝上年年末数"),
     ("treasury_advance_to_lower", 12, "上下级年终结算：单据＝市账＝旗区账")],
)  # fmt: skip
def test_what_is_wrong_fails_the_proof_of_it(
    small: psycopg.Connection[Any], event: str, month: int, failing: str
) -> None:
    signed: dict[str, Any] = {**world.tills(), "on": date(CLOSED + 1, 1, 10)}
    closing.close_year(small, [CITY], CLOSED, **signed)
    closing.open_next_year(small, [CITY], CLOSED, **signed)
    assert all(proof.is_held for proof in proofs.prove_year_end(small, CLOSED))
    year = CLOSED + (month == 0)
    world.post(small, [world.booked(event, 3, year=year, month=month, rec_div_code=world.BANNER)])
    failed = {proof.name for proof in proofs.prove_year_end(small, CLOSED) if not proof.is_held}
    assert failing in failed


@pytest.fixture(scope="module")
def turned(new_city: NewCity) -> str:
    """A city a month after its first year."""
    dsn = new_city()
    go_on(dsn, TURNED)
    return dsn


@pytest.mark.heavy
def test_a_grant_that_is_paid_in_january_counts_in_its_year_and_once(turned: str) -> None:
    made = plan(GIVEN.scale, GIVEN.seed, 2021)
    waits = sum(settling.waits(made).values())
    granted = int(made["issues"]["amount_fen"].sum()) + int(made["money"]["subsidies"].sum())
    with psycopg.connect(turned, autocommit=True) as conn:
        accrued = rows(conn, "select kind, amount_fen, settled_fen, fiscal_year from transfers_current "
                             "where kind = 'accrued'")  # fmt: skip
        assert accrued and all(fen == paid and year == 2021 for _, fen, paid, year in accrued)
        set_off = "where kind = 'set_off' and fiscal_year = 2021 and state = 'booked'"
        [(withheld,)] = rows(
            conn, f"select coalesce(sum(amount_fen), 0)::bigint from transfers_cash {set_off}"
        )
        assert withheld and sum(fen for _, fen, _, _ in accrued) + withheld == waits
        assert FigureService(conn, CATALOGUE).get("transfers.to_banners", CITY, 2021).value == granted
        assert {d for (d,) in rows(conn, "select business_date from ledger.entry where rule_code = '192-T09'")
                } == {EVE}  # fmt: skip
        assert closing.compare(conn, CITY, 2021) == []
        assert {claim.kind for claim in closing.owed(conn, CITY, 2021).claims} <= {"withheld"}


@pytest.mark.heavy
def test_what_waited_is_paid_before_the_bank_closes_its_day(
    new_city: NewCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a real city's volume every bank has business every day."""
    dsn = new_city()
    go_on(dsn, date(2022, 1, 10))
    monkeypatch.setattr(banking, "business", lambda world, day: range(len(world.regions)))
    go_on(dsn, date(2022, 1, 12))
    with psycopg.connect(dsn, autocommit=True) as conn:
        paid = rows(conn, "select settled_fen = amount_fen from transfers_current where kind = 'accrued'")
        assert paid and all(is_paid for (is_paid,) in paid)


@pytest.mark.heavy
def test_the_year_is_closed_and_every_proof_of_it_was_kept(turned: str) -> None:
    with psycopg.connect(turned, autocommit=True) as conn:
        proven = rows(conn, "select name, is_held from sim_proof where day = '2022-01-10' order by 1")
        assert len(proven) == len(proofs.prove_year_end(conn, 2021)) and all(ok for _, ok in proven), proven
        open_periods = rows(conn, "select count(*) from ledger.period where closed_at is null "
                                  "and period between 202100 and 202113")  # fmt: skip
        assert open_periods == [(0,)]
        held = rows(conn, "select bool_and(is_held), count(distinct day) from sim_proof")
        assert held == [(True, 14)]  # thirteen months' ends and the turn of the year
        assert FigureService(conn, CATALOGUE).get("revenue.general", CITY, 2021).value
        assert verify(conn).ok


@pytest.fixture(scope="module")
def stopped(new_city: NewCity) -> str:
    """The same city, whose run was stopped and broken off around the turn of the year."""
    dsn = new_city()
    for until in (date(2021, 12, 30), EVE, date(2022, 1, 4), date(2022, 1, 7)):
        go_on(dsn, until)
    breaks = [
        stopped_after(dsn, statements, date(2022, 1, 12), GIVEN) for statements in (40, 90, 160, 240, 350)
    ]
    assert sum(breaks) >= 3
    go_on(dsn, TURNED)
    return dsn


@pytest.mark.heavy
def test_a_run_broken_off_around_the_turn_of_the_year_ends_in_the_same_bytes(
    turned: str, stopped: str
) -> None:
    with DayConnection.connect(turned, autocommit=True) as one, DayConnection.connect(stopped) as other:
        assert digest(one) == digest(other)


@pytest.mark.heavy
def test_a_proof_of_the_year_end_fails_where_the_books_are_wrong(turned: str) -> None:
    """What is slipped into the next year's opening shows, though debits are credits."""
    with psycopg.connect(turned, autocommit=True) as conn:
        assert all(proof.is_held for proof in proofs.prove_year_end(conn, 2021)[:3])
        region = regions()[3]
        block = Coding(2022, region, "111")
        lines = (Line("treasury_2015:1001", block, DEBIT, 5), Line("treasury_2015:2015", block, CREDIT, 5))
        with conn.transaction(force_rollback=True):
            conn.execute("alter table ledger.period disable trigger all")
            conn.execute("update ledger.period set closed_at = null where period = 202200")
            paper = a_document(conn, region)
            post(conn, [Entry("wrong", region, date(2022, 1, 1), lines, document_id=paper, period=202200)])
            failed = {p.name: p.words for p in proofs.prove_year_end(conn, 2021) if not p.is_held}
        assert f"{region} 1001" in failed["年初数＝上年年末数"]


@pytest.mark.heavy
def test_a_run_broken_off_in_its_last_act_ends_in_the_same_bytes(turned: str, stopped: str) -> None:
    go_on(turned, None)
    go_on(stopped, date(2022, 12, 29))
    assert sum([stopped_after(stopped, statements, None, GIVEN) for statements in (120, 260, 450, 700)]) >= 3
    go_on(stopped, None)
    with DayConnection.connect(turned, autocommit=True) as one, DayConnection.connect(stopped) as other:
        assert digest(one) == digest(other)


@pytest.mark.heavy
def test_the_city_lives_every_event_of_debt_capital_and_reserves_that_has_a_service(turned: str) -> None:
    """192-T18 to T33: what a service can post, two years posted."""
    go_on(turned, None)
    with DayConnection.connect(turned, autocommit=True) as conn:
        debts = {
            kind for (kind,) in rows(conn, "select distinct kind from debt_event where state = 'posted'")
        }
        assert debts == set(debt.KINDS)
        moves = {
            kind for (kind,) in rows(conn, "select distinct kind from reserves_move where state = 'posted'")
        }
        assert moves == set(reserves.KINDS)
        events = {
            ("result", True),
            ("result", False),
            ("declared", True),
            ("received", True),
        }  # T27 both ways
        assert set(rows(conn, "select distinct kind, amount_fen > 0 from capital_income")) == events
        meant = {f"192-T{number}" for number in range(18, 34)}
        ruled = {row.rule_code for row in rule_rows() if row.rule_code[:7] in meant} - {
            "192-T30"
        }  # by its sides
        posted = {rule for (codes,) in rows(conn, "select distinct rule_code from ledger.entry")
                  for rule in codes.split("+")}  # fmt: skip
        assert ruled <= posted
        kindless = rows(
            conn,
            "select c.mof_div_code, m.period from ledger.balance_month m "
            "join ledger.account a on a.id = m.account_id join ledger.coding c "
            "on c.id = m.coding_id where a.code in ('3002', '8002') and a.book like 'treasury%%' "
            "and c.fund_type_code = '121' and c.rev_func_code = '' and m.debit_fen <> m.credit_fen",
        )
        assert kindless == []


@pytest.mark.heavy
def test_the_end_of_2022_is_converted_and_done_again_changes_nothing(turned: str, tmp_path: Path) -> None:
    go_on(turned, None)
    with DayConnection.connect(turned, autocommit=True) as conn:
        first = digest(conn)
        run(conn, GIVEN)
        assert digest(conn) == first
        for region in regions():
            made = closing.reconciliation(conn, region)
            assert made.differences == [] and made.lines
            assert closing.quota_left(conn, region, 2022).keys() <= {"quota:9305"}
        owed = [claim for claim in closing.owed(conn, CITY, 2022).claims if claim.kind == closing.ACCRUED]
        opened = rows(conn, "select sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
                            "join ledger.account a on a.id = m.account_id join ledger.coding c on "
                            "c.id = m.coding_id where a.book = 'treasury_2022_financial' and a.code = '1032' "
                            "and c.mof_div_code = %s and m.period = 202300", CITY)  # fmt: skip
        assert opened == [(sum(claim.amount_fen for claim in owed),)] and owed
        proven = rows(conn, "select count(*) from sim_proof where day = '2023-01-10' and is_held")
        assert proven == [(len(proofs.prove_year_end(conn, 2022)),)]
        assert verify(conn).ok
        assert bean_check(write(conn, Format.BEANCOUNT, tmp_path)).returncode == 0
