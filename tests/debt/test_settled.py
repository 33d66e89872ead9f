"""What waited for its settlement stands nowhere once it is settled: by fund, lower government and part."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.debt import services as debt
from fisc.debt.kinds import EVENT
from fisc.debt.rules import KINDS
from fisc.documents import RuleBroken
from fisc.documents.store import make
from fisc.kernel import close_periods, open_year
from tests.debt.world import (
    BANNER,
    CITY,
    YUAN,
    Conn,
    approve_year,
    day,
    define_year,
    event,
    owe,
    pay,
    quota,
    record,
)

INTEREST: dict[str, Any] = {"part": "interest"}
LOWER: dict[str, Any] = {"lower_div_code": BANNER}
#: Every pair of a settlement and what it settles, with what the two say besides.
PAIRS = [(code, origin) for code, kind in KINDS.items() for origin in kind.settles]


def waiting(conn: Conn) -> dict[tuple[str, ...], int]:
    """What stands on 1036 and 2015: region, account, fund, lower government and part -> yuan."""
    rows = conn.execute(
        "select c.mof_div_code, a.code, c.fund_type_code, c.rec_div_code, c.debt_move_code, "
        "sum(p.amount_fen)::bigint from ledger.posting p join ledger.account a on a.id = p.account_id "
        "join ledger.coding c on c.id = p.coding_id where a.book = 'treasury_2015' "
        "and a.code in ('1036', '2015') group by 1, 2, 3, 4, 5 having sum(p.amount_fen) <> 0"
    ).fetchall()
    return {tuple(place): fen // YUAN for *place, fen in rows}


def given(conn: Conn, kind: str, number: str, part: str, fund: str, **more: Any) -> None:
    """An event of a kind with all that it needs, of 100 yuan."""
    of = KINDS[kind]
    told = {"part": part, "fund_type_code": fund, **more}
    if of.is_between:
        told |= LOWER
    if of.pays:
        told["pay_app_no"] = pay(conn, f"付{number}", "R" if part == "principal" else "I", region=BANNER)
    record(conn, event(number, kind, **{"mof_div_code": BANNER if of.by_lower else CITY, **told}))


@pytest.mark.parametrize(
    ("part", "fund", "code"), [("principal", "111", "R"), ("principal", "112", "F"), ("interest", "111", "I")]
)
@pytest.mark.parametrize(("kind", "origin"), PAIRS)
def test_what_is_settled_stands_nowhere(
    city: Conn, kind: str, origin: str, part: str, fund: str, code: str
) -> None:
    record(
        city,
        event("计1", "interest_payable_accrued", 300, **INTEREST),
        event("计2", "interest_receivable_accrued", 300, **INTEREST, **LOWER),
    )
    if origin == "debt_withheld_from_lower_advanced":
        given(city, "lower_debt_advanced", "先0", part, fund)
        given(city, origin, "先1", part, fund, settles_no="先0")
    else:
        given(city, origin, "先1", part, fund)
    assert waiting(city)
    at = BANNER if KINDS[origin].is_between else CITY
    charge = {"bgt_id": quota(code, at), "mof_div_code": at} if KINDS[kind].spends else {}
    given(city, kind, "后1", part, fund, settles_no="先1", **charge)
    left = waiting(city)
    if origin == "debt_withheld_from_lower":  # one passes on (2015), the other is charged (1036)
        other = CITY if KINDS[kind].spends else BANNER
        assert [(one[0], fen) for one, fen in left.items()] == [(other, -100 if other == CITY else 100)]
    elif kind == "debt_withheld_from_lower_advanced":  # and the banner has what was withheld to charge
        assert [(one[0], fen) for one, fen in left.items()] == [(BANNER, 100)]
    else:
        assert left == {}


REFUSED = [
    ("another fund than was withheld", [event("O", "debt_withheld_by_upper", fund_type_code="112")],
     event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("R")), r"不是同一资金（112）"),
    ("a quota of another fund", [event("O", "debt_withheld_by_upper", fund_type_code="112")],
     event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("R"), fund_type_code="112"),
     "资金与指标 .* 不符"),
    ("interest of bond money", [], event("A", "debt_withheld_by_upper", **INTEREST, fund_type_code="112"),
     r"112 是债券资金，不付利息（预算法第三十五条），利息列 111"),
    ("an advance of one fund given back to another",
     [event("O", "lower_debt_advanced", fund_type_code="112", **LOWER)],
     event("A", "debt_withheld_from_lower_advanced", settles_no="O", **LOWER), r"不是同一资金（112）"),
    ("charged, and passed on as well",
     [event("O", "debt_withheld_by_upper"),
      event("B", "debt_withheld_charged", settles_no="O", bgt_id=quota("R"))],
     event("A", "debt_withheld_from_lower_advanced", settles_no="O", **LOWER),
     r"结清的往来没有在账上：150600000 1036 其他应收款（111）差 100.00 元"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "item", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_would_leave_a_rest_is_refused(city: Conn, before: list[Any], item: Any, why: str) -> None:
    for one in before:
        record(city, one)
    with pytest.raises((RuleBroken, psycopg.Error), match=why), city.transaction():
        record(city, item)


@pytest.mark.parametrize("said", [{"settles_no": "O"}, {"part": "interest"}])
def test_the_database_holds_funds_apart_whoever_writes(city: Conn, said: dict[str, str]) -> None:
    record(city, event("O", "debt_withheld_by_upper", fund_type_code="111"))
    item = event("A", "debt_withheld_charged", fund_type_code="112", happened_on=date(2022, 3, 1), **said)
    row = EVENT.row(item, doc_key="A", fiscal_year=2022, upper_div_code="150000000")
    with pytest.raises((RuleBroken, psycopg.Error), match="资金性质不符"), city.transaction():
        make(city, EVENT, [row], by="clerk", on=day())


def _withheld(conn: Conn) -> None:
    """Principal withheld in 2023, and a quota of 2024 to charge it to."""
    owe(conn, CITY, 2023)
    record(conn, event("扣", "debt_withheld_by_upper", year=2023), year=2023)
    open_year(conn, CITY, 2024)
    define_year(conn, CITY, 2024)
    approve_year(conn, CITY, 2024)


def test_what_was_withheld_and_not_charged_is_told_of_its_year_and_those_after(city: Conn) -> None:
    _withheld(city)
    assert debt.uncharged(city, CITY, 2022) == []
    assert debt.uncharged(city, CITY, 2023) == [("扣", 100 * YUAN)] == debt.uncharged(city, CITY, 2024)
    assert debt.uncharged(city, BANNER, 2023) == []
    part = event("列", "debt_withheld_charged", 60, year=2023, settles_no="扣", bgt_id=quota("R", year=2023))
    record(city, part, year=2023)
    assert debt.uncharged(city, CITY, 2023) == [("扣", 40 * YUAN)]


def test_what_was_withheld_is_charged_in_its_year_or_once_that_is_over_later(city: Conn) -> None:
    _withheld(city)
    late = event("列", "debt_withheld_charged", year=2024, settles_no="扣", bgt_id=quota("R", year=2024))
    with pytest.raises(RuleBroken, match="须在当年列支"), city.transaction():
        record(city, late, year=2024)
    close_periods(city, [CITY], [202312])
    record(city, late, year=2024)
    assert debt.uncharged(city, CITY, 2024) == []
    assert debt.uncharged(city, CITY, 2023) == [("扣", 100 * YUAN)]
