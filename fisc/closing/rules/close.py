"""年终转账 (财库〔2015〕192号 C01–C05, 财库〔2022〕41号 41-22 and 41-23): income and outlay to net assets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.closing.balances import Balance
from fisc.closing.kinds import YEAR_END
from fisc.closing.tables import kept_elements
from fisc.documents import RuleBroken
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import CREDIT, DEBIT, YEAR_END_MONTH
from fisc.registry.fund_kinds import FUND, fund_kind
from fisc.registry.rules import budget_fund
from fisc.registry.tables import RuleRow, in_years, rule_rows

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

_EVENTS: Final = ("year_close_income", "year_close_outlay")
#: The balance of government funds, by kind, in either rule set.
FUND_BALANCES: Final = ("3002", "8002")
#: How the keys end under which money moves between kinds of funds.
KIND_MOVES: Final = "fund_kinds"
#: The result of the year goes on from 本期盈余 to 累计盈余 (41-22).
_SURPLUS: Final = "year_close_surplus"
#: An entry holds fewer lines than this; a larger closing is several entries.
_MOST_LINES: Final = 30_000


def rule_of(balance: Balance) -> RuleRow | None:
    """The row of the rule set that closes an account of a fund; None where there is none."""
    for row in rule_rows():
        if (
            row.event in _EVENTS
            and row.book == balance.book
            and balance.code == closed_code(row)
            and in_years(balance.coding.fiscal_year, row.valid_from_year, row.valid_to_year)
            and _fits_fund(row, balance.coding.fund_type_code)
        ):
            return row
    return None


def closed_code(row: RuleRow) -> str:
    """The account of income or outlay that a closing rule brings to zero."""
    return row.debit if row.event == "year_close_income" else row.credit


def _fits_fund(row: RuleRow, fund: str) -> bool:
    wanted = dict(row.selector).get("fund")
    return wanted is None or budget_fund(fund) in wanted


@dataclass(frozen=True, slots=True)
class KindMove:
    """What quotas of a kind of government fund were given of documents of other kinds, or none; fen."""

    kind: str
    fen: int

    @property
    def is_nominal(self) -> bool:
        """Whether the year's end posts it."""
        return bool(self.fen)


def closing_entries(given: YearEnd, standing: Sequence[Balance | KindMove]) -> list[Entry]:
    """The entries by which a document brings every account of income and outlay in `balances` to zero.

    All are of the last of December, in the year-end period: one per rule and side, a line for each
    account and the elements it keeps, against the fund's balance. What quotas of another kind of fund were
    given moves there. Raises RuleBroken naming the accounts and funds for which the rule set says nothing.
    """
    nominal = [b for b in standing if isinstance(b, Balance) and b.is_nominal]
    moves = [m for m in standing if isinstance(m, KindMove) and m.is_nominal]
    ruled = [(b, rule_of(b)) for b in nominal]
    _refuse_unruled([b for b, row in ruled if row is None])
    groups: dict[tuple[str, str, str], list[tuple[Balance, RuleRow]]] = defaultdict(list)
    for balance, row in ruled:
        if row is not None:
            groups[row.rule_code, row.event, row.book].append((balance, row))
    entries = [entry for key in sorted(groups) for entry in _group_entries(given, groups[key])]
    return [*entries, *_kind_entries(given, moves), *_surplus_entries(given, entries)]


def _refuse_unruled(balances: Sequence[Balance]) -> None:
    if balances:
        named = sorted({f"{b.account} 资金 {b.coding.fund_type_code or '（空）'}" for b in balances})
        raise RuleBroken(
            f"{len(named)} 类收支没有年终转账规则：{'、'.join(named[:20])}",
            rule="财库〔2015〕192号年终转账（C01–C05）",
            hint="请核对这些收支的资金性质，或在记账规则表（fisc registry list posting_rules）中补上转账规则",
            details={"keys": named[:20], "refused": len(named)},
        )


def _group_entries(given: YearEnd, pairs: Sequence[tuple[Balance, RuleRow]]) -> Iterable[Entry]:
    row = pairs[0][1]
    for number, start in enumerate(range(0, len(pairs), _MOST_LINES // 2)):
        chunk = pairs[start : start + _MOST_LINES // 2]
        part = f".{number}" if number else ""
        yield _entry(given, row, f"{row.event}{part}", tuple(_lines(given, chunk)))


def _entry(given: YearEnd, row: RuleRow, event: str, lines: tuple[Line, ...]) -> Entry:
    year = given.fiscal_year
    return Entry(
        YEAR_END.event(given.doc_key, row.rule_code, event), given.mof_div_code, date(year, 12, 31), lines,
        document_id=given.id, period=year * 100 + YEAR_END_MONTH, rule_code=row.rule_code,
        summary=f"{year} 年{row.event_name}",
    )  # fmt: skip


def _lines(given: YearEnd, pairs: Sequence[tuple[Balance, RuleRow]]) -> Iterable[Line]:
    """The accounts closed, then what it comes to for each fund; what is contrary is red (红字)."""
    is_income = pairs[0][1].event == "year_close_income"
    side = DEBIT if is_income else CREDIT
    totals: Counter[tuple[str, Coding]] = Counter()
    closed = []
    for balance, row in pairs:
        amount_fen = -balance.fen if is_income else balance.fen
        closed.append(Line(balance.account, balance.coding, side, amount_fen))
        target = row.credit if is_income else row.debit
        totals[f"{row.book}:{target}", kept_on(row.book, target, balance)] += amount_fen
    summed = [
        Line(account, coding, -side, fen)
        for (account, coding), fen in sorted(totals.items(), key=_by_fund)
        if fen
    ]
    return [*closed, *summed] if is_income else [*summed, *closed]


def _by_fund(total: tuple[tuple[str, Coding], int]) -> tuple[str, str, str]:
    (account, coding), _ = total
    return account, coding.fund_type_code, coding.rev_func_code


def kept_on(book: str, code: str, balance: Balance) -> Coding:
    """On which block of an account of what is left over an account of income or outlay is closed.

    Government funds stand by kind, which their own codes tell, else the document whose number they bear.
    """
    coding, is_by_kind = balance.coding, "rev_func_code" in kept_elements(book, code)
    kind = (fund_kind(coding) or balance.of_document) if is_by_kind else ""
    return Coding(coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, rev_func_code=kind)


def _kind_entries(given: YearEnd, moves: Sequence[KindMove]) -> Iterable[Entry]:
    """From the balance of one kind of fund to that of another: both on the side of income, one is red."""
    if not moves:
        return
    row = next(
        row for row in rule_rows()
        if row.event == _EVENTS[0] and row.credit in FUND_BALANCES and _fits_fund(row, FUND)
        and in_years(given.fiscal_year, row.valid_from_year, row.valid_to_year)
    )  # fmt: skip
    block = Coding(given.fiscal_year, given.mof_div_code, FUND)
    lines = [
        Line(f"{row.book}:{row.credit}", replace(block, rev_func_code=one.kind), CREDIT, one.fen)
        for one in moves
    ]
    yield _entry(given, row, KIND_MOVES, tuple(lines))


def _surplus_entries(given: YearEnd, entries: Sequence[Entry]) -> Iterable[Entry]:
    """41-22: what the financial closing left on 本期盈余 goes to 累计盈余."""
    rows = [r for r in rule_rows() if r.event == _SURPLUS
            and in_years(given.fiscal_year, r.valid_from_year, r.valid_to_year)]  # fmt: skip
    for row in rows:
        left: Counter[Coding] = Counter()
        for line in (
            ln for entry in entries for ln in entry.lines if ln.account == f"{row.book}:{row.debit}"
        ):
            left[line.coding] += -line.side * line.amount_fen
        lines = [
            Line(f"{row.book}:{code}", coding, side, fen)
            for coding, fen in left.items() if fen
            for code, side in ((row.debit, DEBIT), (row.credit, CREDIT))
        ]  # fmt: skip
        if lines:
            yield _entry(given, row, _SURPLUS, tuple(lines))
