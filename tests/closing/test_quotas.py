"""The quota book at a year's end: all that may go on is carried, every class is zero afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc.budget.checks.quotas import check_quotas
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import cuts, operations, quota_codings
from fisc.catalogue import CATALOGUE
from fisc.cli import main
from fisc.cli.exit_codes import ExitCode
from fisc.closing import final_accounts as final
from fisc.closing import services as closing
from fisc.documents import Leg, Officer, RuleBroken, define_officers, voucher
from fisc.kernel import post
from fisc.reading.service import FigureService
from tests.budget import quota_world as world
from tests.closing import world as books
from tests.closing.world import entries, lock
from tests.papers import a_document

NEW_YEAR = date(2023, 1, 5)
PAPER = closing.CarryPaper("结1", world.CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
SIGNED = {**world.SIGNED, "on": NEW_YEAR}
CLOSED = {"by": "till", "signed_by": "cashier", "on": NEW_YEAR}


@pytest.fixture
def quotas(ready_db: str) -> Iterator[world.Conn]:
    """A city with an approved budget and two quotas of 300 and 200 yuan, the second not allotted."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, [
            Officer("till", "国库经办", "", frozenset({"treasury_make"})),
            Officer("cashier", "国库签章", "", frozenset({"treasury_sign"})),
        ])  # fmt: skip
        world.entered(conn, world.line("Q1", 300), world.line("Q2", 200, is_executable=False))
        yield conn


def left_over(conn: world.Conn, fen: int) -> None:
    """What the year took in and did not spend, closed and carried on."""
    books.post(conn, [books.booked("tax_received", fen, rev_func_code="1010101")])
    closing.close_year(conn, [world.CITY], world.YEAR, **CLOSED)
    closing.open_next_year(conn, [world.CITY], world.YEAR, **CLOSED)


def test_everything_unspent_is_carried_once_and_every_class_is_zero(quotas: world.Conn) -> None:
    done = closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    assert (done.is_new, done.count, done.amount_fen, done.left) == (True, 2, 50_000, {})
    again = closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    assert (again.is_new, again.count, again.left) == (False, 0, {})
    assert [world.left(quotas, q) for q in ("Q1-J", "Q2-J")] == [{"executable": 300}, {"pending": 200}]
    shown = [(e.rule, [ln[:3] for ln in e.lines]) for e in entries(quotas, "结1") if e.period == 202213]
    assert shown == [
        ("36-13+36-14", [
            ("借", "quota:9302", 30_000), ("贷", "quota:9601", 30_000),
            ("借", "quota:9601", 30_000), ("贷", "quota:9104", 50_000),
            ("借", "quota:9301", 20_000), ("贷", "quota:9601", 20_000), ("借", "quota:9601", 20_000),
        ])
    ]  # fmt: skip


def test_what_was_carried_over_is_in_no_first_budget_but_in_the_adjusted_one(quotas: world.Conn) -> None:
    """The final accounts and the budget report have one 预算数: what the congress approved for the year."""
    left_over(quotas, 50_000)
    closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    sources = [Source("111", "1010101", 9_000)]
    spending = [Spending("111", 9_000, exp_func_code="2050202")]
    budget = approval_entry("next", (world.YEAR + 1, world.CITY), sources, spending,
                            on=date(world.YEAR + 1, 1, 20), summary="预算批复", document_id=0)  # fmt: skip
    books.post(quotas, [budget])
    tables = [one for one in final.tables(quotas, [world.CITY], world.YEAR + 1) if one.number == "表三"]
    figures = FigureService(quotas, CATALOGUE)
    for table, side, words in zip(tables, ("income", "outlay"), ("收入总计", "支出总计"), strict=True):
        (total,) = [row for row in table.rows if row.name == words]
        assert [cell.fen for cell in total.cells[:2]] == [9_000, 59_000]
        told = figures.get(f"balance.general.{side}.budget", world.CITY, world.YEAR + 1)
        assert told.value == 9_000


def test_a_year_is_not_locked_while_quotas_wait_to_be_carried(quotas: world.Conn) -> None:
    left_over(quotas, 50_000)
    with pytest.raises(RuleBroken, match="指标账仍有余额") as refused:
        lock(quotas, [world.CITY], world.YEAR)
    assert "指标账 9301" in refused.value.message and "指标结转" in refused.value.hint
    closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    closing.close_quota_books(quotas, [world.CITY], world.YEAR, **CLOSED)
    lock(quotas, [world.CITY], world.YEAR)
    (state,) = closing.year_end_states(quotas, [world.CITY], world.YEAR)
    assert state.is_december_closed and state.is_year_closed


def test_what_of_a_budget_lapses_is_said_line_by_line_before_the_lock_and_as_gone_after_it(
    quotas: world.Conn, ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left_over(quotas, 50_000)
    closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    found = [
        one for one in closing.year_end_status(quotas, world.CITY, world.YEAR).affairs
        if one.rule_id.startswith("year_end.lapses_")
    ]  # fmt: skip
    assert found
    assert not any(one.refuses for one in found)
    sums = dict(quotas.execute(
        "select a.code, sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book = 'quota' and c.mof_div_code = %s and m.period / 100 = %s "
        "and a.code in ('9200', '9201', '9202') group by 1", [world.CITY, world.YEAR],
    ).fetchall())  # fmt: skip
    assert {one.rule_id[-4:]: one.amount_fen for one in found} == {
        code: fen for code, fen in sums.items() if fen
    }
    assert all("封账时失效" in one.what and "预算法第四十二条" in one.source for one in found)
    closing.close_quota_books(quotas, [world.CITY], world.YEAR, **CLOSED)
    lock(quotas, [world.CITY], world.YEAR)
    after = closing.year_end_status(quotas, world.CITY, world.YEAR)
    assert after.affairs == []
    assert [one.amount_fen for one in after.lapsed] == [one.amount_fen for one in found]
    assert all("已失效" in one.what for one in after.lapsed)
    monkeypatch.setenv("DATABASE_URL", ready_db)
    assert main.run(("year-end", "status", "--region", world.CITY, "--year", str(world.YEAR))) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"{world.YEAR} 年没有未了事项" in shown and f"{world.YEAR} 年封账时已失效" in shown


def paid(conn: world.Conn, bgt_id: str, fen: int) -> None:
    """So much of a quota applied for and paid, in the quota book alone."""
    block = quota_codings(conn, [bgt_id])[bgt_id]
    legs = [
        Leg("payment_applied", fen, block, choices={"stage": "executable"}),
        Leg("payment_confirmed", fen, block),
    ]
    paper = a_document(conn, world.CITY, world.YEAR)
    post(conn, [voucher(f"paid:{bgt_id}", world.CITY, world.DAY, legs, document_id=paper, summary="付")])


def standing(conn: world.Conn, fiscal_year: int) -> dict[str, int]:
    """What coding blocks of the quota book hold in a year, whatever the side, by account."""
    rows = conn.execute(
        "select code, sum(abs(fen))::bigint from "
        "(select a.code, m.coding_id, sum(m.debit_fen - m.credit_fen) as fen "
        "from ledger.balance_month m join ledger.account a on a.id = m.account_id "
        "join ledger.coding c on c.id = m.coding_id where a.book = 'quota' and c.mof_div_code = %s "
        "and m.period / 100 = %s group by 1, 2) b where fen <> 0 group by 1", [world.CITY, fiscal_year],
    ).fetchall()  # fmt: skip
    return dict(rows)


def test_the_quota_book_of_a_closed_year_is_zero_block_by_block_and_what_was_paid_is_told_still(
    quotas: world.Conn,
) -> None:
    left_over(quotas, 40_000)
    cut = operations.QuotaChange("Q1", 1_000, base_fen=30_000)
    cuts.cut_budget(quotas, [world.operation("压", cut, scope="一般")], **world.SIGNED)
    paid(quotas, "Q1", 9_000)
    with pytest.raises(RuleBroken, match="仍有余额") as early:
        closing.close_quota_books(quotas, [world.CITY], world.YEAR, **CLOSED)
    assert "200.00" in early.value.message and "year-end carry" in early.value.hint
    closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    with pytest.raises(RuleBroken, match="指标账还没有结账"):
        lock(quotas, [world.CITY], world.YEAR)
    shown = {one.account: one.hint for one in closing.show_quota_left(quotas, world.CITY, world.YEAR)}
    assert {"quota:9101", "quota:9201", "quota:9501", "quota:9691"} <= shown.keys()
    assert all("close-quotas" in hint for hint in shown.values())
    (done,) = closing.close_quota_books(quotas, [world.CITY], world.YEAR, **CLOSED)
    assert done.is_new and standing(quotas, world.YEAR) == {}
    assert closing.show_quota_left(quotas, world.CITY, world.YEAR) == []
    assert not closing.close_quota_books(quotas, [world.CITY], world.YEAR, **CLOSED)[0].is_new
    assert world.left(quotas, "Q1") == {"paid": 90} and world.left(quotas, "Q1-J") == {"executable": 200}
    assert check_quotas(quotas, world.CITY, world.YEAR, on=NEW_YEAR) == []
    assert standing(quotas, 2023) == {"9104": 40_000, "9302": 20_000, "9301": 20_000}
    lock(quotas, [world.CITY], world.YEAR)


def test_money_of_the_second_year_is_taken_back_first(quotas: world.Conn) -> None:
    closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    second = closing.CarryPaper("结2", world.CITY, date(2024, 1, 5), "结转", "鄂财〔2024〕1号")
    with pytest.raises(RuleBroken) as refused:
        closing.carry_quotas(quotas, second, 2023, **{**SIGNED, "on": date(2024, 1, 5)})
    assert "2 个指标结转满两年未用完，共 500.00 元：Q1-J、Q2-J" in refused.value.message
    assert "第五十条" in refused.value.rule


def test_frozen_money_is_decided_on_first(quotas: world.Conn) -> None:
    operations.freeze(quotas, [world.operation("冻", ("Q1", 10))], **world.SIGNED)
    with pytest.raises(RuleBroken, match="Q1"):
        closing.carry_quotas(quotas, PAPER, world.YEAR, **SIGNED)
    assert closing.quota_left(quotas, world.CITY, world.YEAR)["quota:9303"] == 1_000
