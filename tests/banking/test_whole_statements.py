"""Pages that have not come, and statements that the bank's own numbers miss: nothing is proven over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from fisc.banking import services as banking
from fisc.banking.proven import unproven
from fisc.documents import Officer, define_officers, findings
from tests.banking.letters import balance, entry, message, part, statement
from tests.banking.test_nothing_hides import take
from tests.banking.world import BANK, ZERO, Conn, void
from tests.treasury.paying import CITY, DAY

#: Days later than those that are told: a bank sends them when it likes.
LATE = DAY + timedelta(days=60)


@pytest.fixture
def one_account(paying: Conn) -> Conn:
    """A region of one account, and who reconciles it."""
    define_officers(paying, [
        Officer("auditor", "对账", "", frozenset({"reconcile", "finding_handle"})),
        Officer("auditor2", "对账复核", "", frozenset({"finding_review"})),
    ])  # fmt: skip
    banking.define_accounts(paying, [banking.TreasuryAccount(ZERO, "财政零余额账户", BANK, CITY, "11")])
    return paying


def told(conn: Conn, day: date) -> tuple[list[str], list[str]]:
    """What a day's reconciliation calls a gap, and what is not proven at its end."""
    report = banking.reconcile(conn, CITY, day, by="auditor")
    gaps = [item.words for item in report.items if item.kind == "statement_gap"]
    assert bool(gaps) is (not report.is_proven) and len(gaps) <= len(report.faults)
    return gaps, [one.what for one in unproven(conn, [CITY], day)]


_ENDS = {1: ("100.00", "70.00"), 2: ("70.00", "70.00"), 3: ("70.00", "70.00")}


def page(number: int, count: int, *, day: date = DAY) -> bytes:
    """A page of a statement of which all but the first come to nothing."""
    when, (opening, closing) = f"<Dt>{day}</Dt>", _ENDS[number]
    lines = [entry("30.00", "DBIT"), entry("30.00", "CRDT")][: 1 if number == 1 else 2]
    bals = balance("OPBD" if number == 1 else "ITBD", opening, when)
    bals += balance("CLBD" if number == count else "ITBD", closing, when)
    told_in = part(bals, *lines, number="P", page=(number, number == count))
    return message(told_in, number=f"P{number}")


@pytest.mark.parametrize(("came", "count"), [((1, 3), 3), ((1,), 2), ((2,), 2), ((1, 2), 3), ((3,), 3)])
def test_an_account_is_unproven_until_every_page_has_come_whenever_it_comes(
    one_account: Conn, came: Sequence[int], count: int
) -> None:
    take(one_account, *(page(n, count) for n in came), on=LATE)
    gaps, standing = told(one_account, DAY)
    assert len(gaps) == 1 and "有页未到" in gaps[0]
    assert len(standing) == 1 and "有页未到" in standing[0]
    found = findings.recorded(one_account, rules=["message.statement_gap"])
    keys = [one.key for one in found]
    findings.handle(one_account, keys, "explain", by="auditor", on=LATE, note="银行说没有别的页")
    findings.handle(one_account, keys, "close", by="auditor2", on=LATE, note="已向银行核实属实")
    assert told(one_account, DAY) == (gaps, standing), "words bring no page"
    take(one_account, *(page(n, count) for n in range(1, count + 1) if n not in came), on=LATE)
    gaps, standing = told(one_account, DAY)
    assert gaps == [] and all("对账有差错" in one for one in standing)  # bookings that no voucher explains


def _numbered(steps: Sequence[tuple[int, int]], *, first: date = DAY) -> list[bytes]:
    """Statements of nothing, each of a day (counted from the first) and a number."""
    return [
        statement("10.00", "10.00", number=f"S{n}", seq=seq, day=first + timedelta(days=days),
                  created=f"{first + timedelta(days=days)}T{10 + n}:00:00+08:00")
        for n, (days, seq) in enumerate(steps)
    ]  # fmt: skip


def _last(steps: Sequence[tuple[int, int]], first: date = DAY) -> date:
    return first + timedelta(days=steps[-1][0])


@pytest.mark.parametrize("steps", [
    [(0, 7), (2, 9)],
    [(0, 7), (1, 9)],
    [(0, 7), (1, 8), (5, 10)],
    [(0, 1), (0, 3)],
    [(0, 1), (0, 2), (1, 2)],  # of a day that begins again with 1 the first is missing
    [(0, 5), (1, 6), (2, 6)],
    [(0, 20220301001), (1, 20220302003)],
])  # fmt: skip
def test_a_statement_that_the_banks_numbers_miss_leaves_its_account_unproven(
    one_account: Conn, steps: list[tuple[int, int]]
) -> None:
    take(one_account, *_numbered(steps), on=LATE)
    day = _last(steps)
    gaps, standing = told(one_account, day)
    assert len(gaps) == 1 and f"{steps[-2][1]} 到 {steps[-1][1]}" in gaps[0]
    assert len(standing) == 1 and "未到或有误" in standing[0]
    (found,) = findings.recorded(one_account, rules=["message.statement_gap"])
    findings.handle(one_account, [found.key], "rectify", by="auditor", on=LATE, note="银行说没有")
    assert told(one_account, day) == (gaps, standing), "one alone settles nothing"
    findings.handle(one_account, [found.key], "close", by="auditor2", on=LATE, note="银行来函：编号空缺")
    assert told(one_account, day) == ([], [])


@pytest.mark.parametrize("steps", [
    [(0, 7), (1, 8), (2, 9)],
    [(0, 7), (3, 8)],
    [(0, 1), (1, 1), (2, 1)],  # it stands still
    [(0, 3), (1, 3), (4, 3)],
    [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1)],  # it begins again each day
    [(0, 20220301), (1, 20220302), (2, 20220303)],
    [(0, 20220301001), (0, 20220301002), (1, 20220302001)],
    [(0, 220301), (3, 220304)],
    [(0, 2022061), (2, 2022062)],
])  # fmt: skip
def test_numbers_that_do_not_count_up_miss_nothing(one_account: Conn, steps: list[tuple[int, int]]) -> None:
    take(one_account, *_numbered(steps), on=LATE)
    assert told(one_account, _last(steps)) == ([], [])


@pytest.mark.parametrize(("before", "after", "is_gap"), [
    (365, 1, False), (365, 366, False), (365, 2, True), (2022365, 2023001, False), (2022365, 2023002, True),
])  # fmt: skip
def test_numbers_begin_again_with_a_year(one_account: Conn, before: int, after: int, is_gap: bool) -> None:
    first = date(2022, 12, 31)
    take(one_account, *_numbered([(0, before), (3, after)], first=first), on=first + timedelta(days=9))
    gaps, standing = told(one_account, first + timedelta(days=3))
    assert (len(gaps), len(standing)) == (is_gap, is_gap)


def test_a_day_whose_statement_is_void_is_told_from_that_day_on(one_account: Conn) -> None:
    take(one_account, *_numbered([(0, 0), (1, 0), (2, 0)]), on=LATE)
    day = DAY + timedelta(days=2)
    assert told(one_account, day) == ([], [])
    void(one_account, "S1", on=LATE)
    report = banking.reconcile(one_account, CITY, day, by="auditor")
    assert not report.is_proven and report.counts["statement_voided"] == 1
    assert [one.what for one in unproven(one_account, [CITY], day)] == [
        f"{DAY + timedelta(days=1)} 的对账单已作废，没有当日的另一份"
    ]
    assert unproven(one_account, [CITY], DAY)[0].what == f"{DAY} 没有对账"
