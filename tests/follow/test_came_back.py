"""Money of a number that comes back in a later year keeps its number: spent again, carried, never surplus."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.closing import services as closing
from fisc.closing import source_balances
from fisc.closing.services.surplus import left_over
from fisc.closing.source_balances import LYING, sources_left
from fisc.documents import Officer, RuleBroken, define_officers
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.follow import follow_source
from fisc.kernel import open_year
from fisc.registry.limits import limit
from fisc.registry.quota_rules import quota_rules
from fisc.transfers import services as transfers
from fisc.treasury import services as treasury
from fisc.treasury.kinds import AFFAIR_REVERSAL, REVERSIBLE
from fisc.treasury.services import Refund, TreasuryAffair, held
from tests.follow.test_follow import adds_up, outline
from tests.follow.way import YUAN
from tests.transfers.world import BANNER, DOWN, UP, YEAR, Conn, hands, tills

LATER, NEXT = date(2023, 3, 1), YEAR + 1


def back(conn: Conn, kind: str = "", yuan: int = 50, number: str = "退-2") -> None:
    """So much of last year's payment 付-1 came back to the banner."""
    given = Refund(number, "付-1", yuan * YUAN, LATER, kind, "上年重复付款退回")
    treasury.refund(conn, [given], by="teller", on=LATER)


def decided(conn: Conn, kind: str, **more: str) -> list[bool]:
    define_officers(conn, [
        Officer("clerk", "国库经办", "", frozenset({"treasury_make"})),
        Officer("checker", "国库审核", "", frozenset({"treasury_review"})),
    ])  # fmt: skip
    affair = TreasuryAffair(
        "定-1", kind, BANNER, "111", 50 * YUAN, LATER, refund_no="退-2",
        basis_doc_no="准财库〔2023〕1号", **more,
    )  # fmt: skip
    return treasury.record_affairs(conn, [affair], by="clerk", reviewed_by="checker", on=LATER)


def waits(conn: Conn, year: int = NEXT) -> int:
    """What waits in the banner's pool of the number, in yuan."""
    return sum(one.fen for one in transfers.stages(conn, [DOWN], ["quota:9200"], (BANNER, year))) // YUAN


def used(number: str, yuan: int, func: str) -> transfers.Arrange:
    return transfers.Arrange(number, BANNER, NEXT, "111", DOWN, "own", func, yuan * YUAN)


def test_what_comes_back_waits_under_its_number_and_is_followed(way: Conn) -> None:
    before = outline(follow_source(way, UP))
    back(way)
    assert waits(way) == 50
    tree = follow_source(way, UP)
    adds_up(tree)
    expected = {
        **before,
        BANNER: {**before[BANNER], "未下达": 150.0, "以前年度支付退回，按文号重新安排": -50.0},
    }  # type: ignore[dict-item]
    assert outline(tree) == expected
    transfers.arrange(way, [used("安-9", 30, "2050202")], **hands(BANNER), on=LATER)
    assert waits(way) == 20
    adds_up(follow_source(way, DOWN))


@pytest.mark.parametrize("is_asked", [True, False])
@pytest.mark.parametrize(
    ("kind", "more"),
    [("held_refund_recognised", {"rev_func_code": "1039999"}), ("held_refund_to_surplus", {})],
)
def test_what_is_held_is_no_income_and_no_surplus(
    way: Conn, monkeypatch: pytest.MonkeyPatch, kind: str, more: dict[str, str], *, is_asked: bool
) -> None:
    back(way, "last_year_held")
    if not is_asked:  # the database by itself
        monkeypatch.setattr(held, "_is_bound", lambda *_: False)
    with pytest.raises(RuleBroken, match="上级") as refused:
        decided(way, kind, **more)
    assert "专款专用" in refused.value.rule
    assert waits(way) == 0


def test_what_was_held_waits_under_its_number_when_it_is_charged(way: Conn) -> None:
    back(way, "last_year_held")
    assert decided(way, "held_refund_charged") == [True]
    assert waits(way) == 50


def test_what_came_back_this_year_goes_on_beside_what_lies_for_the_second(way: Conn) -> None:
    """Received for 2022: at the end of 2023 what was never spent lies, what came back goes on."""
    open_year(way, BANNER, NEXT + 1)
    on = date(NEXT, 1, 5)
    closing.carry_sources(way, [BANNER], YEAR, **tills(BANNER), on=on)
    assert waits(way) == 100
    surplus = left_over(way, [BANNER], NEXT)[BANNER].surplus_fen
    back(way)
    left = {(one.fen // YUAN, one.why_not) for one in sources_left(way, [BANNER], NEXT)[BANNER]}
    assert left == {(50, ""), (100, LYING)}
    closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 5))
    assert (waits(way), waits(way, NEXT + 1)) == (100, 50)
    assert left_over(way, [BANNER], NEXT)[BANNER].surplus_fen == surplus
    assert {(one.fen // YUAN, one.why_not) for one in sources_left(way, [BANNER], NEXT)[BANNER]} == {
        (100, LYING)
    }
    again = closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 6))
    assert (again[0].is_new, waits(way, NEXT + 1)) == (False, 50)
    # more comes back before the books close: that goes on, and no more
    back(way, yuan=7, number="退-3")
    closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 7))
    assert (waits(way), waits(way, NEXT + 1)) == (100, 57)


def test_the_database_lets_what_lies_go_on_no_further(way: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    open_year(way, BANNER, NEXT + 1)
    closing.carry_sources(way, [BANNER], YEAR, **tills(BANNER), on=date(NEXT, 1, 5))
    back(way)
    monkeypatch.setattr(source_balances, "_went_on", lambda *_: {})
    closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 5))
    with pytest.raises(RuleBroken, match=r"已结转 100\.00 元") as refused:
        closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 6))
    assert "实施条例第五十条" in refused.value.rule
    assert waits(way, NEXT + 1) == 50


def test_what_went_on_is_not_taken_back_below_it(way: Conn) -> None:
    open_year(way, BANNER, NEXT + 1)
    closing.carry_sources(way, [BANNER], YEAR, **tills(BANNER), on=date(NEXT, 1, 5))
    back(way, "last_year_held")
    decided(way, "held_refund_charged")
    closing.carry_sources(way, [BANNER], NEXT, **tills(BANNER), on=date(NEXT + 1, 1, 5))
    wrong = [("冲定-1", "affair", "定-1", "登记时认错了退款")]
    draft_reversals(way, AFFAIR_REVERSAL, REVERSIBLE, wrong, by="clerk", on=LATER)
    with pytest.raises(RuleBroken, match=r"当年退回 0\.00 元，已结转 50\.00 元"):
        confirm_reversals(way, AFFAIR_REVERSAL, REVERSIBLE, ["冲定-1"], by="checker", on=LATER)


def test_the_database_names_the_funds_and_years_that_the_tables_do(way: Conn) -> None:
    [said] = way.execute(
        "select pg_get_functiondef(oid) from pg_proc where proname = 'closing_keep_lying'"
    ).fetchall()
    funds = sorted(row.prefix for row in quota_rules("bound", NEXT) if row.element == "fund_type_code")
    assert f"not in ({', '.join(map(repr, funds))})" in said[0]
    assert f"one.in_year + 1 - {limit('carry_over_years', NEXT)} <" in said[0]
