"""Receipts are divided exactly, by the rule of their code, place and day; refunds likewise, in red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.documents import FourEyes, NotFound, RuleBroken
from fisc.kernel import DuplicateConflict
from fisc.revenue import services as revenue
from fisc.revenue.services import GrossReceipt, SharingOrder, Source, TaxRefund
from fisc.revenue.sharing import SharingRule, rule_for, shipped, split
from tests.papers import with_cash
from tests.revenue.conftest import BANNER, CITY, entries, parts

DAY = date(2022, 6, 15)
PAPER = Source("市人民政府财政体制文件", "鄂府发〔2021〕1号")
ORDER = SharingOrder(
    "1506", "1010101", date(2022, 1, 1),
    parts(("centre", 5000), ("region", 1500), ("city", 1000), ("county", 2500)), PAPER,
)  # fmt: skip

shares = st.lists(st.integers(1, 100), min_size=1, max_size=4).map(
    lambda ws: [w * 10_000 // sum(ws) for w in ws]
).map(lambda bps: [bps[0] + 10_000 - sum(bps), *bps[1:]])  # fmt: skip


@given(st.integers(-(10**15), 10**15), shares)
def test_parts_sum_to_the_amount_each_within_a_fen(amount_fen: int, bps: list[int]) -> None:
    levels = ("centre", "region", "city", "county")
    rule = SharingRule("1506", "1", tuple(zip(levels, bps, strict=False)), date(2020, 1, 1))
    parts = split(amount_fen, "1010101", BANNER, DAY, [rule])
    assert sum(p.amount_fen for p in parts) == amount_fen
    exact = dict(rule.shares)
    assert all(abs(p.amount_fen * 10_000 - amount_fen * exact[p.level]) < 10_000 for p in parts)
    assert [(p.level, -p.amount_fen) for p in split(-amount_fen, "1010101", BANNER, DAY, [rule])] == [
        (p.level, p.amount_fen) for p in parts
    ]


@pytest.mark.parametrize(
    ("code", "centre_fen", "own_fen"),
    [("1010101", 50, 51), ("101010136", 50, 51), ("10104", 61, 40), ("1010601", 61, 40),
     ("1010202", 101, 0), ("1011101", 101, 0), ("1011119", 0, 101), ("1010719", 0, 101), ("10304", 0, 101)],
)  # fmt: skip
def test_the_shipped_rules_hold_the_centre_s_share(code: str, centre_fen: int, own_fen: int) -> None:
    found = {p.level: p.amount_fen for p in split(101, code, BANNER, DAY)}
    # Of an odd fen the larger remainder gets it; where they are equal, the higher level.
    if (centre_fen, own_fen) == (50, 51):
        centre_fen, own_fen = 51, 50
    assert (found.get("centre", 0), found.get("county", 0)) == (centre_fen, own_fen)


def test_what_was_not_found_is_marked_so() -> None:
    assert not rule_for("1010101", BANNER, DAY).is_verified
    assert rule_for("10102", BANNER, DAY).is_verified
    assert all(sum(bp for _, bp in rule.shares) == 10_000 for rule in shipped())


OWN = SharingRule("150600", "10101", (("centre", 6000), ("city", 4000)), date(2021, 1, 1), is_ours=True)


def test_our_rule_of_a_class_holds_for_the_codes_under_it() -> None:
    """Shipped rules that nobody verified give way, however fine; a verified finer one stands."""
    rules = [*shipped(), OWN]
    for code in ("10101", "1010101", "101010101", "1010103", "101010301"):
        assert rule_for(code, CITY, DAY, rules) == OWN
    assert rule_for("1010102", CITY, DAY, rules).is_verified
    assert not rule_for("101010101", BANNER, DAY, rules).is_ours
    assert not rule_for("101010101", CITY, date(2020, 12, 31), rules).is_ours


def test_of_our_rules_the_newest_holds_then_the_finest_code() -> None:
    finer = replace(OWN, rev_func_code="1010101", shares=(("city", 10_000),))
    assert rule_for("101010101", CITY, DAY, [*shipped(), finer, OWN]) == finer
    newest = replace(OWN, valid_from=date(2022, 1, 1))
    assert rule_for("101010101", CITY, DAY, [*shipped(), finer, newest]) == newest
    assert rule_for("101010101", CITY, date(2021, 12, 31), [*shipped(), finer, newest]) == finer


def test_the_list_of_rules_tells_which_holds(books: psycopg.Connection[Any]) -> None:
    received = GrossReceipt("FC-1", CITY, DAY, "101010101", "111", 900)
    revenue.record_receipts(books, [received], by="r", on=DAY)
    revenue.confirm_receipts(books, ["FC-1"], by="t", on=DAY)

    def told() -> list[tuple[str, bool]]:
        return [(r.rev_func_code, r.is_ours) for r in revenue.rules_by_section(books, CITY, 2022, 6)]

    assert told() == [("10101", False), ("1010101", False)]
    order = replace(
        ORDER, jurisdiction="150600", rev_func_code="10101", shares=parts(("centre", 6000), ("city", 4000))
    )
    revenue.confirm_sharing(
        books, list(revenue.record_sharing(books, [order], region=CITY, by="r", on=DAY)), by="t", on=DAY
    )
    assert told() == [("10101", True)]


def test_a_rule_holds_from_its_day_in_its_jurisdiction(books: psycopg.Connection[Any]) -> None:
    keys = list(revenue.record_sharing(books, [ORDER], region=CITY, by="r", on=DAY))
    with pytest.raises(RuleBroken, match="10119"):
        split(1, "10119", BANNER, date(1990, 1, 1))
    from fisc.revenue.sharing import rules_in_force

    assert len(split(100, "1010101", BANNER, DAY, rules_in_force(books))) == 2
    assert sum(revenue.confirm_sharing(books, keys, by="t", on=DAY)) == 1
    rules = rules_in_force(books)
    assert [p.amount_fen for p in split(100, "1010101", BANNER, DAY, rules)] == [50, 15, 10, 25]
    assert len(split(100, "1010101", BANNER, date(2021, 12, 31), rules)) == 2
    assert len(split(100, "1010101", "150702000", DAY, rules)) == 2
    with pytest.raises(RuleBroken, match="给了县级一份，但征收地没有这一级"):
        split(100, "1010101", CITY, DAY, rules)


@pytest.mark.parametrize(
    "wrong",
    [(("centre", 5000),), (("centre", 5000), ("own", 4000)), (("own", 5000), ("city", 5000)),
     (("centre", 10_000), ("moon", 0)), (("city", 5000), ("city", 5000))],
)  # fmt: skip
def test_shares_that_are_no_whole_are_refused(
    books: psycopg.Connection[Any], wrong: tuple[tuple[str, int], ...]
) -> None:
    order = SharingOrder("1506", "10104", DAY, parts(*wrong), PAPER)
    with pytest.raises(RuleBroken, match="分成办法"):
        revenue.record_sharing(books, [order], region=CITY, by="r", on=DAY)


def _receipt(gross_fen: int = 1001, code: str = "101010103", place: str = BANNER) -> GrossReceipt:
    return GrossReceipt("RK-1", place, DAY, code, "111", gross_fen)


def test_a_receipt_posts_each_of_our_shares_in_its_own_books(books: psycopg.Connection[Any]) -> None:
    keys = list(revenue.record_sharing(books, [ORDER], region=CITY, by="r", on=DAY))
    revenue.confirm_sharing(books, keys, by="t", on=DAY)
    assert revenue.record_receipts(books, [_receipt()], by="r", on=DAY) == [True]
    assert entries(books) == {}
    assert sum(revenue.confirm_receipts(books, ["RK-1"], by="t", on=DAY)) == 1
    assert entries(books) == {
        "receipt:RK-1:posted:150600000": [
            ("treasury_2015:1001", "101010103", "", 1, 100),
            ("treasury_2015:4001", "101010103", "", -1, 100),
        ],
        "receipt:RK-1:posted:150602000": [
            ("treasury_2015:1001", "101010103", "", 1, 250),
            ("treasury_2015:4001", "101010103", "", -1, 250),
        ],
    }
    told = [(s.level, s.to_div_code, s.amount_fen)
            for s in revenue.level_shares(books, "receipt", ["RK-1"])["RK-1"]]  # fmt: skip
    assert told == [
        ("centre", "", 501), ("region", "150000000", 150), ("city", CITY, 100), ("county", BANNER, 250),
    ]  # fmt: skip
    assert sum(revenue.confirm_receipts(books, ["RK-1"], by="t", on=DAY)) == 0
    assert len(entries(books)) == 2
    with pytest.raises(DuplicateConflict, match="RK-1"):
        revenue.record_receipts(books, [_receipt(1002)], by="r", on=DAY)


def test_what_is_the_centre_s_stands_in_rows_only(books: psycopg.Connection[Any]) -> None:
    revenue.record_receipts(books, [_receipt(code="1010201")], by="r", on=DAY)
    assert sum(revenue.confirm_receipts(books, ["RK-1"], by="t", on=DAY)) == 1
    assert entries(books) == {}
    assert [s.level for s in revenue.level_shares(books, "receipt", ["RK-1"])["RK-1"]] == ["centre"]


def test_non_tax_receipts_stay_where_they_are_collected(books: psycopg.Connection[Any]) -> None:
    land = GrossReceipt("RK-2", CITY, date(2023, 3, 1), "103014801", "121", 700)
    revenue.record_receipts(books, [land], by="r", on=land.received_on)
    revenue.confirm_receipts(books, ["RK-2"], by="t", on=land.received_on)
    assert entries(books) == {
        "receipt:RK-2:posted:150600000": [
            ("treasury_2022_financial:1001", "103014801", "", 1, 700),
            ("treasury_2022_financial:4002", "103014801", "", -1, 700),
            ("treasury_2022_budget:804101", "103014801", "", 1, 700),
            ("treasury_2022_budget:6002", "103014801", "", -1, 700),
        ]
    }


@pytest.mark.parametrize(
    ("receipt", "refusal", "why"),
    [(_receipt(0), RuleBroken, "RK-1"), (_receipt(code="19999"), NotFound, "19999"),
     (_receipt(code="1100241"), RuleBroken, "1100241")],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(
    books: psycopg.Connection[Any], receipt: GrossReceipt, refusal: type[Exception], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        revenue.record_receipts(books, [receipt], by="r", on=DAY)


def test_who_recorded_does_not_confirm(books: psycopg.Connection[Any]) -> None:
    revenue.record_receipts(books, [_receipt()], by="rt", on=DAY)
    with pytest.raises(FourEyes):
        revenue.confirm_receipts(books, ["RK-1"], by="rt", on=DAY)
    assert entries(books) == {}


def test_a_day_s_code_comes_in_by_one_kind_of_document_only(books: psycopg.Connection[Any]) -> None:
    report = list(
        revenue.record_daily_reports(
            books, [revenue.DailyReceipt(BANNER, DAY, "101010103", "111", 9)], by="r", on=DAY
        )
    )
    revenue.confirm_daily_reports(books, report, by="t", on=DAY)
    revenue.record_receipts(books, [_receipt()], by="r", on=DAY)
    before = entries(books)
    with pytest.raises(RuleBroken, match="已由收入日报入账"):
        revenue.confirm_receipts(books, ["RK-1"], by="t", on=DAY)
    assert entries(books) == before
    assert revenue.level_shares(books, "receipt", ["RK-1"]) == {"RK-1": []}


NOTICE = Source("国家税务总局鄂尔多斯市税务局收入退还书", "税退〔2022〕7号", "ab" * 32)


def _refund(full_fen: int = 1001, **more: Any) -> TaxRefund:
    return replace(TaxRefund("TK-1", BANNER, DAY, "101010136", full_fen, NOTICE), **more)


def test_a_refund_is_red_for_the_local_share_and_registered_in_full(books: psycopg.Connection[Any]) -> None:
    with_cash(books, BANNER)
    assert revenue.record_refunds(books, [_refund()], by="r", on=DAY) == [True]
    assert sum(revenue.confirm_refunds(books, ["TK-1"], by="t", on=DAY)) == 1
    assert entries(books) == {
        "tax_refund:TK-1:posted:150602000": [
            ("treasury_2015:1001", "101010136", "", 1, -500),
            ("treasury_2015:4001", "101010136", "", -1, -500),
            ("tax_register:T200", "101010136", "credit", 1, 1001),
            ("tax_register:T900", "101010136", "credit", -1, 1001),
        ]
    }
    found = revenue.level_shares(books, "refund", ["TK-1"])["TK-1"]
    assert [(s.level, s.amount_fen) for s in found] == [("centre", -501), ("county", -500)]
    row = books.execute(
        "select d.kind, d.source_name, d.source_sha256, r.full_fen, r.local_fen from ledger.entry e "
        "join ledger.document d on d.id = e.document_id join revenue_refund r on r.id = d.id"
    ).fetchone()
    assert row == ("tax_refund", NOTICE.name, NOTICE.sha256, 1001, 500)
    assert sum(revenue.confirm_refunds(books, ["TK-1"], by="t", on=DAY)) == 0


def test_a_refund_after_2022_takes_the_rules_of_its_year(books: psycopg.Connection[Any]) -> None:
    with_cash(books, BANNER)
    on = date(2023, 5, 4)
    revenue.record_refunds(books, [_refund(refunded_on=on)], by="r", on=on)
    revenue.confirm_refunds(books, ["TK-1"], by="t", on=on)
    assert entries(books)["tax_refund:TK-1:posted:150602000"] == [
        ("treasury_2022_financial:4001", "101010136", "", 1, 500),
        ("treasury_2022_financial:1001", "101010136", "", -1, 500),
        ("treasury_2022_budget:6001", "101010136", "", 1, 500),
        ("treasury_2022_budget:804101", "101010136", "", -1, 500),
        ("tax_register:T200", "101010136", "credit", 1, 1001),
        ("tax_register:T900", "101010136", "credit", -1, 1001),
    ]


@pytest.mark.parametrize(
    ("refund", "why"),
    [(_refund(0), "不是正数"), (_refund(source=Source(" ")), "来源"), (_refund(kind="gift"), "退库种类"),
     (_refund(rev_func_code="10104"), "不符"), (_refund(kind="other"), "不符")],
)  # fmt: skip
def test_refunds_that_break_a_rule_are_refused(
    books: psycopg.Connection[Any], refund: TaxRefund, why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        revenue.record_refunds(books, [refund], by="r", on=DAY)


def test_a_refund_recorded_under_an_older_rule_is_not_posted(books: psycopg.Connection[Any]) -> None:
    revenue.record_refunds(books, [_refund()], by="r", on=DAY)
    central = SharingOrder("1506", "101010136", date(2022, 1, 1), parts(("centre", 10_000)), PAPER)
    keys = list(revenue.record_sharing(books, [central], region=CITY, by="r", on=DAY))
    revenue.confirm_sharing(books, keys, by="t", on=DAY)
    with pytest.raises(RuleBroken, match="分成办法变了"):
        revenue.confirm_refunds(books, ["TK-1"], by="t", on=DAY)
    assert entries(books) == {}


@pytest.mark.parametrize(("jurisdiction", "code"), [("99", "10104"), ("1506", "999"), ("1506", "")])
def test_a_rule_of_nobody_or_nothing_is_refused(
    books: psycopg.Connection[Any], jurisdiction: str, code: str
) -> None:
    order = SharingOrder(jurisdiction, code, date(2022, 1, 1), parts(("city", 10_000)), Source("体制文件"))
    with pytest.raises(RuleBroken, match="没有登记"):
        revenue.record_sharing(books, [order], region=CITY, by="r", on=date(2022, 1, 1))


def _shared(books: psycopg.Connection[Any], numbers: Sequence[str], fen: int = 1) -> None:
    given = [replace(_receipt(fen), receipt_no=number) for number in numbers]
    revenue.record_receipts(books, given, by="r", on=DAY)
    revenue.confirm_receipts(books, list(numbers), by="t", on=DAY)


def _totals(books: psycopg.Connection[Any], numbers: Sequence[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for kind in ("receipt", "refund"):
        for shares in revenue.level_shares(books, kind, numbers).values():
            for share in shares:
                found[share.level] += share.amount_fen
    return dict(found)


def test_small_receipts_come_to_their_exact_shares_together(books: psycopg.Connection[Any]) -> None:
    order = replace(ORDER, shares=parts(
        ("centre", 5000), ("region", 2000), ("city", 1500), ("county", 1500)))  # fmt: skip
    keys = list(revenue.record_sharing(books, [order], region=CITY, by="r", on=DAY))
    revenue.confirm_sharing(books, keys, by="t", on=DAY)
    numbers = [f"F{n}" for n in range(20)]
    _shared(books, numbers[:4])
    _shared(books, numbers[4:10])
    ten = _totals(books, numbers)
    assert (ten["centre"], ten["region"], sorted([ten["city"], ten["county"]])) == (5, 2, [1, 2])
    _shared(books, numbers[10:])
    assert _totals(books, numbers) == {"centre": 10, "region": 4, "city": 3, "county": 3}


def test_what_is_paid_back_goes_the_way_it_came(books: psycopg.Connection[Any]) -> None:
    numbers = [f"F{n}" for n in range(7)]
    _shared(books, numbers)
    on, back = date(2022, 6, 16), [f"T{number}" for number in numbers]
    given = [
        _refund(
            1,
            refund_no=number,
            rev_func_code="101010103",
            kind="other",
            refunded_on=on,
            confirm_reason="一份退还书列多户",
        )
        for number in back
    ]
    revenue.record_refunds(books, given, by="r", on=on)
    revenue.confirm_refunds(books, back, by="t", on=on)
    assert set(_totals(books, [*numbers, *back]).values()) == {0}


@given(shares, st.lists(st.integers(-500, 900), min_size=1, max_size=30))
def test_every_running_total_is_within_a_fen(bps: list[int], amounts: list[int]) -> None:
    levels = ("centre", "region", "city", "county")
    rule = SharingRule("1506", "1", tuple(zip(levels, bps, strict=False)), date(2020, 1, 1))
    total, totals = 0, dict.fromkeys(levels, 0)
    for fen in amounts:
        for part in split(fen, "1010101", BANNER, DAY, [rule], before_fen=total):
            assert part.amount_fen * fen > 0
            totals[part.level] += part.amount_fen
        total += fen
        assert sum(totals.values()) == total
        assert all(abs(totals[level] * 10_000 - total * bp) < 10_000 for level, bp in rule.shares)
