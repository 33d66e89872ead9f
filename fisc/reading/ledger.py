"""Questions to the ledger: what accounts moved or hold, by elements, months and days.

`turnover` asks plainly, of divisions by code. `measured` asks as a figure does: the accounts of the
year's rule set and the area as figures form it, so that a domain's answer and a figure's are one.
Fen are signed; a red line (红字) reduces the side it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

import psycopg

from fisc.kernel.knowledge import moment_of
from fisc.reading.algebra import DEBIT, ELEMENTS, By, Flow, Stock, Where
from fisc.reading.bind import Bound, FigureError, area_read, bind
from fisc.reading.scopes import Held, divisions, never_posted
from fisc.registry.areas import Area, governments

Conn = psycopg.Connection[Any]

#: Every period of every year.
EVER: Final = (0, 999_913)


@dataclass(frozen=True, slots=True)
class Among:
    """A condition on one element: its code is one of `codes`, whole."""

    element: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A grouping by an element on the accounts that keep it ('book:code', whole); blank on the others."""

    element: str
    accounts: tuple[str, ...]


#: What answers are grouped by: an element (or the head of its code), or one of `_COLUMNS`.
Grouping = str | By | Kept

_COLUMNS: Final = {
    "account": "a.book || ':' || a.code", "book": "a.book", "code": "a.code", "class": "a.class",
    "period": "t.period", "month": "t.period %% 100", "year": "t.period / 100",
    "coding_id": "t.coding_id", "coding_year": "c.fiscal_year",
    "business_date": "t.business_date", "side": "t.side", "is_red": "t.fen * t.side < 0",
}  # fmt: skip
#: What a line says itself and can be asked for by name.
_OF_LINES: Final = ("period", "side", "business_date")
#: Groupings that only postings can tell, not monthly balances.
_OF_POSTINGS: Final = frozenset({"business_date", "side", "is_red"})


@dataclass(frozen=True, slots=True)
class Turnover:
    """What moved on accounts. `accounts` are beginnings of 'book:code' ('quota:93', 'quota:' for a book).

    `regions`: the divisions whose own rows count (None: everyone's). `periods`: first and last, both
    included. `side` counts as positive. `coding_year`: the fiscal year of coding blocks; `codings`: their
    ids. `since` and `until`: business dates, both included. Entries named in `without` do not count.
    """

    accounts: tuple[str, ...]
    regions: tuple[str, ...] | None
    periods: tuple[int, int] = EVER
    side: int = DEBIT
    where: tuple[Where | Among, ...] = ()
    coding_year: int | None = None
    codings: tuple[int, ...] | None = None
    since: date | None = None
    until: date | None = None
    without: tuple[str, ...] = ()


def year(fiscal_year: int, last_month: int = 12, first_month: int = 1) -> tuple[int, int]:
    """The periods of a year from `first_month` (0: with the opening) to `last_month` (13: with its end)."""
    return fiscal_year * 100 + first_month, fiscal_year * 100 + last_month


def turnover(
    conn: Conn, asked: Turnover, *by: Grouping, as_of: datetime | None = None,
    column: Literal["net", "debit", "credit"] = "net",
) -> dict[tuple[Any, ...], int]:  # fmt: skip
    """Fen by group, one query; a group is a tuple of what `by` asks, in order of its codes.

    `as_of` is what was known at a moment (else at the one that the connection is asked as of); `column`
    keeps to one side's lines. Groups that come to zero are told, those without a line are not. Monthly
    balances answer where they can, else postings.
    """
    given: dict[str, Any] = {}
    source = _source(asked, by, moment_of(conn, as_of), column, given)
    groups = [_grouped(one, given) for one in by]
    conditions = _conditions(asked, given)
    numbers = ", ".join(str(n) for n in range(1, len(groups) + 1))
    said = " ".join([*groups, conditions])
    if any(isinstance(one, Kept) for one in by) or not any(
        mark in said for mark in ("c.", "t.side", "t.fen")
    ):
        source = _summed(source, said)
    statement = (
        f"select {''.join(f'{group}, ' for group in groups)}sum(t.fen)::bigint from ({source}) t "
        f"{_joins(by, said)}"
        f"where {conditions}{f' group by {numbers}' if groups else ''}"
    )
    sign = 1 if column == "debit" else -1 if column == "credit" else asked.side
    rows = sorted(conn.execute(statement.encode(), given))  # in order here: groups are few, lines many
    return {tuple(key): sign * fen for *key, fen in rows if fen is not None}


def _summed(source: str, said: str) -> str:
    """The lines added up first by what is asked of them: what is joined to them is so for few.

    It pays where accounts alone are asked, and where what each account keeps is dear to group by.
    """
    marks = {"account_id": "a.", "coding_id": "c.", **{name: f"t.{name}" for name in _OF_LINES}}
    names = ", ".join(name for name, mark in marks.items() if mark in said or f"t.{name}" in said)
    if not names:
        return source
    return f"select {names}, sum(fen) as fen from ({source}) s group by {names}"


def _joins(by: Sequence[Grouping], said: str) -> str:
    """Accounts and coding blocks, where what is `said` asks for them; what an account keeps is told once."""
    kept = "".join(
        f", book || ':' || code = any(%({_flag(one)})s) as {_flag(one)}"
        for one in by
        if isinstance(one, Kept)
    )
    accounts = (
        f"(select id, book, code, class{kept} from ledger.account offset 0)" if kept else "ledger.account"
    )
    return (f"join {accounts} a on a.id = t.account_id " if "a." in said else "") + (
        "join ledger.coding c on c.id = t.coding_id " if "c." in said else ""
    )


def _source(
    asked: Turnover, by: tuple[Grouping, ...], as_of: datetime | None, column: str, given: dict[str, Any]
) -> str:
    """The lines asked for, debit positive, before grouping: of balances or of postings."""
    given |= {"first": asked.periods[0], "last": asked.periods[1]}
    limits = "period between %(first)s and %(last)s"
    if "" not in asked.accounts:
        given["accounts"] = [f"{_literal(one)}%" for one in asked.accounts]
        ids = "any(array(select id from ledger.account where book || ':' || code like any(%(accounts)s)))"
        limits = f"account_id = {ids} and {{0}}.{limits}"
    dated = asked.since is not None or asked.until is not None
    if dated or as_of or any(one in _OF_POSTINGS for one in by if isinstance(one, str)):
        return _postings(asked, limits, as_of, column, given)
    fen = {"net": "m.debit_fen - m.credit_fen", "debit": "m.debit_fen", "credit": "-m.credit_fen"}[column]
    source = (
        f"select m.account_id, m.coding_id, m.period, {fen} as fen from ledger.balance_month m "
        f"where m.{limits.format('m')}"
    )
    if asked.without:
        given["without"] = list(asked.without)
        source += (
            " union all select p.account_id, p.coding_id, p.period, -p.amount_fen from ledger.entry e "
            f"join ledger.posting p on p.entry_id = e.id where e.natural_key = any(%(without)s) and p."
            f"{limits.format('p')}"
        )
    return source


def _postings(
    asked: Turnover, limits: str, as_of: datetime | None, column: str, given: dict[str, Any]
) -> str:
    tests = [f"p.{limits.format('p')}"]
    for test, value in (
        ("e.business_date >= %(since)s", asked.since), ("e.business_date <= %(until)s", asked.until),
        ("e.posted_at <= %(as_of)s", as_of), ("e.natural_key <> all(%(without)s)", list(asked.without)),
        ("p.side = %(column)s", {"debit": 1, "credit": -1}.get(column)),
    ):  # fmt: skip
        if value:
            tests.append(test)
            given[test.split("%(")[1].split(")")[0]] = value
    return (
        "select p.account_id, p.coding_id, p.period, p.amount_fen as fen, p.side, e.business_date "
        f"from ledger.posting p join ledger.entry e on e.id = p.entry_id where {' and '.join(tests)}"
    )


def _grouped(by: Grouping, given: dict[str, Any]) -> str:
    if isinstance(by, Kept):
        given[_flag(by)] = list(by.accounts)
        return f"case when a.{_flag(by)} then c.{by.element} else '' end"
    if isinstance(by, By):
        return f"left(c.{by.element}, {by.length})" if by.length else f"c.{by.element}"
    return _COLUMNS.get(by) or f"c.{_element(by)}"


def _flag(by: Kept) -> str:
    return f"kept_{_element(by.element)}"


def _element(name: str) -> str:
    if name not in ELEMENTS:
        raise ValueError(f"不能按“{name}”分组；可用的要素：{'、'.join(ELEMENTS)}")
    return name


def _conditions(asked: Turnover, given: dict[str, Any]) -> str:
    tests = ["true"]
    for name, test, value in (
        ("regions", "c.mof_div_code = any(%(regions)s)", asked.regions),
        ("coding_year", "c.fiscal_year = %(coding_year)s", asked.coding_year),
        ("codings", "t.coding_id = any(%(codings)s)", asked.codings),
    ):
        if value is not None:
            tests.append(test)
            given[name] = list(value) if isinstance(value, tuple) else value
    for number, where in enumerate(asked.where):
        name = f"where_{number}"
        test, given[name] = _condition(where, name)
        tests.append(test)
    return " and ".join(tests)


def _condition(where: Where | Among, name: str) -> tuple[str, list[str]]:
    column = f"c.{_element(where.element)}"
    if isinstance(where, Among):
        return f"{column} = any(%({name})s)", list(where.codes)
    patterns = [f"{_literal(prefix)}%" if prefix else "" for prefix in where.prefixes]
    return f"{'not ' if where.excluded else ''}{column} like any(%({name})s)", patterns


def _literal(text: str) -> str:
    """The text as a pattern of `like` that means itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# ---- as figures ask


@dataclass(frozen=True, slots=True)
class Time:
    """A fiscal year, the month it is cut off at (None: its end), the moment of knowledge (None: now)."""

    fiscal_year: int
    cutoff_month: int | None = None
    as_of: datetime | None = None


def measured(
    conn: Conn, measure: Flow | Stock, area: Area, time: Time, *by: Grouping
) -> dict[tuple[Any, ...], int]:
    """What a figure's measure comes to for an area, by group. {} where the area posted nothing of it.

    Raises FigureError where the area cannot be formed: a whole area of which a government keeps no book,
    and no consolidation is published.
    """
    read_in = area_read(measure.selection, area)
    bound = bind(measure.selection, measure.span, time.fiscal_year, time.cutoff_month, read_in)
    if bound is None:
        return {}
    parts = _parts(conn, measure, read_in, bound, time)
    asked = replace(_turnover(bound, parts), where=bound.conditions)
    return turnover(conn, asked, *by, as_of=time.as_of) if parts else {}


def _turnover(bound: Bound, regions: Iterable[str]) -> Turnover:
    accounts = tuple(f"{bound.book}:{code}" for code in bound.codes)
    return Turnover(accounts, tuple(regions), (bound.low, bound.high), bound.side)


def _parts(conn: Conn, measure: Flow | Stock, area: Area, bound: Bound, time: Time) -> tuple[str, ...]:
    """The divisions that make up the area, as figures form it."""
    if area.kind not in ("whole", "members"):
        return (area.keeper,)
    around = {area.published, area.code, *governments(area)}
    fund = tuple(where for where in bound.conditions if where.element == "fund_type_code")
    of_fund = replace(_turnover(bound, around), where=fund)

    def divisions_in(asked: Turnover) -> frozenset[str]:
        return frozenset(code for (code,) in turnover(conn, asked, "mof_div_code", as_of=time.as_of))

    book = replace(of_fund, accounts=(f"{bound.book}:",), where=(), periods=year(bound.high // 100, 13, 0))
    held = Held(divisions_in(of_fund), lambda: divisions_in(book))
    if not held.posted:
        return ()
    what = never_posted(time.fiscal_year, bound.high)
    parts, reason = divisions(area, measure.selection.reach, held, what)
    if reason:
        raise FigureError(
            reason, rule="全辖的数是公布的辖区合计，或本级与所属各级之和",
            hint="请先取得缺少的账，或改问本级（区划末三位 000）",
        )  # fmt: skip
    return parts
