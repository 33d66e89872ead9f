"""The first of January 2023: every balance of the 2015 rule set in the two books of the 2022 one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fisc.closing import services as closing
from fisc.closing.balances import Balance
from fisc.closing.kinds import YEAR_END
from fisc.closing.rules.carry import carry_entries, converted
from fisc.closing.rules.close import closing_entries, rule_of
from fisc.closing.tables import conversions
from fisc.documents import RuleBroken
from fisc.kernel import Coding
from fisc.kernel.verify import verify_within
from fisc.registry import rules
from tests.closing.world import CITY, YEAR, Conn, Shown, a_year, account_sums, booked, entries, post, seals

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

FINANCIAL, BUDGET = "treasury_2022_financial", "treasury_2022_budget"
OPENING = (YEAR + 1) * 100


def test_every_account_of_the_old_rule_set_has_its_place() -> None:
    old = {a.code for a in rules.accounts("treasury_2015") if a.account_class not in ("income", "outlay")}
    assert {row.old_code for row in conversions()} == old
    for row in conversions():
        assert not row.new_book or rules.account(f"{row.new_book}:{row.new_code}") is not None
        assert row.source
        assert row.is_verified is False  # 41号 is from memory, row by row


def test_opening_entries_in_both_new_books_row_by_row(city: Conn) -> None:
    a_year(city)
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())
    funds = {f: f"fund_type_code={f}" for f in ("111", "112", "121", "13")}
    budget, financial = entries(city, ":opening:")
    cash = {"111": 1000 + 6600 - 4900, "112": 600, "121": 600, "13": -40}
    assert budget == Shown(CITY, "41-衔接", OPENING, (
        ("贷", f"{BUDGET}:8001", 2700, funds["111"]),
        ("贷", f"{BUDGET}:8001", 600, funds["112"]),
        ("贷", f"{BUDGET}:8002", 600, f"{funds['121']} rev_func_code=1030148"),
        ("借", f"{BUDGET}:8003", 40, funds["13"]),
        ("借", f"{BUDGET}:804101", cash["111"], funds["111"]),
        ("借", f"{BUDGET}:804101", cash["112"], funds["112"]),
        ("借", f"{BUDGET}:804101", cash["121"], funds["121"]),
        ("贷", f"{BUDGET}:804101", 40, funds["13"]),
    ))  # fmt: skip
    assert ("借", f"{FINANCIAL}:1061", 70, "enterprise_code=S1 fund_type_code=13") in financial.lines
    assert ("贷", f"{FINANCIAL}:2031", 600, "fund_type_code=112 is_debt=1") in financial.lines
    assert account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13) == {}
    assert verify_within(city).ok


def test_the_reconciliation_explains_every_balance(city: Conn) -> None:
    a_year(city)
    post(city, [booked("temporary_payment", 25), booked("unidentified_receipt", 9)])
    closing.close_year(city, [CITY], YEAR, **seals())
    assert closing.reconciliation(city, CITY).differences  # nothing is converted yet
    closing.open_next_year(city, [CITY], YEAR, **seals())
    (again,) = closing.open_next_year(city, [CITY], YEAR, **seals())
    assert not again.is_new
    found = closing.reconciliation(city, CITY)
    assert found.differences == []
    shown = {(ln.old_account, ln.new_account): (ln.old_fen, ln.new_fen) for ln in found.lines}
    assert shown["treasury_2015:2026", f"{FINANCIAL}:2031"] == (-600, -600)
    assert found.cash == {"treasury_2015:1011": 40, "treasury_2015:1036": 25, "treasury_2015:2015": -9}
    new = account_sums(city, CITY, OPENING, OPENING, BUDGET)
    money = account_sums(city, CITY, OPENING, OPENING, FINANCIAL)["1001"]
    assert new["804101"] - money == 40 + 25 - 9


def test_an_account_that_must_be_empty_stops_the_conversion(city: Conn) -> None:
    a_year(city)
    closing.close_year(city, [CITY], YEAR, **seals())
    post(city, [booked("direct_payment_cleared", 30)])
    with pytest.raises(RuleBroken) as refused:
        closing.open_next_year(city, [CITY], YEAR, **seals())
    assert "1005财政零余额账户存款 0.30 元" in refused.value.message
    assert account_sums(city, CITY, OPENING, OPENING, BUDGET) == {}


def test_assets_without_their_second_entry_stop_the_conversion() -> None:
    block = Coding(YEAR, CITY, "13")
    odd = [Balance("treasury_2015", "1071", block, 5), Balance("treasury_2015", "3003", block, -5)]
    with pytest.raises(RuleBroken, match="资产基金"):
        converted(odd)


NOMINAL = [
    (a.code, fund)
    for a in rules.accounts("treasury_2015", YEAR) if a.account_class in ("income", "outlay")
    for fund in ("111", "112", "121", "122", "13", "2")
    if rule_of(Balance("treasury_2015", a.code, Coding(YEAR, CITY, fund), 1)) is not None
]  # fmt: skip
AMOUNTS = some.integers(-(10**13), 10**13).filter(bool)
BOOKS = some.dictionaries(some.sampled_from(NOMINAL), AMOUNTS, min_size=1, max_size=30)
PAIRED = {"1022": "3081", "1041": "3081", "1045": "3081", "1071": "3081", "2022": "3082", "2026": "3082",
          "2027": "3082", "2001": "3082", "2021": "3082", "2045": "3082"}  # fmt: skip
CASH_SIDE = [
    a.code for a in rules.accounts("treasury_2015", YEAR)
    if a.account_class not in ("income", "outlay") and a.code not in PAIRED
    and a.code not in ("1005", "1081", "2091", "3081", "3082", "3001")
]  # fmt: skip
STOCKS = some.dictionaries(some.sampled_from([*CASH_SIDE, *PAIRED]), AMOUNTS, min_size=1, max_size=25)


def _paper() -> YearEnd:
    """A document of the year's end, as the rules see it."""
    names = ("id", "doc_key", "mof_div_code", "fiscal_year")
    [found] = YEAR_END.load(names, [(1, "年结", CITY, YEAR)])
    return found


@given(BOOKS)
def test_any_ledger_closes_to_zero(given_book: dict[tuple[str, str], int]) -> None:
    standing = [
        Balance("treasury_2015", code, Coding(YEAR, CITY, fund), fen)
        for (code, fund), fen in given_book.items()
    ]
    made = closing_entries(_paper(), standing)
    left = {(b.account, b.coding): b.fen for b in standing}
    for entry in made:
        assert sum(line.side * line.amount_fen for line in entry.lines) == 0
        for line in entry.lines:
            key = (line.account, line.coding)
            left[key] = left.get(key, 0) + line.side * line.amount_fen
    assert not [key for key, fen in left.items() if fen and key[0].partition(":")[2][0] in "45"]
    assert sum(left.values()) == sum(given_book.values())


@given(STOCKS)
def test_the_trial_balance_is_the_same_before_and_after_the_conversion(stocks: dict[str, int]) -> None:
    block = Coding(YEAR, CITY, "111")
    fen = dict(stocks)
    for code, amount in stocks.items():
        other = PAIRED.get(code, "3001")
        fen[other] = fen.get(other, 0) - amount
    standing = [Balance("treasury_2015", code, block, amount) for code, amount in fen.items() if amount]
    carried = carry_entries(_paper(), standing)
    for entry in carried:
        assert sum(line.side * line.amount_fen for line in entry.lines) == 0
    kinds: dict[tuple[str, str], int] = {}
    for line in (ln for entry in carried if entry.period == OPENING for ln in entry.lines):
        book = line.account.partition(":")[0]
        found = rules.account(line.account)
        assert found is not None
        key = (book, found.account_class)
        kinds[key] = kinds.get(key, 0) + line.side * line.amount_fen
    for part, prefix in (("asset", "1"), ("liability", "2"), ("net_assets", "3")):
        before = sum(amount for code, amount in fen.items() if code.startswith(prefix))
        assert kinds.get((FINANCIAL, part), 0) == before
