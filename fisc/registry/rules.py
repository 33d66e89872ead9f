"""Accounts and posting rules by fiscal year, from memory.

An event (tax_received, transfer_out_paid, ...) is the same in every rule set; which accounts
it moves depends on the year and the fund. One event may have several steps and several books.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from fisc.registry.errors import RegistryError, UnknownRule
from fisc.registry.tables import (
    AccountRow,
    CodeEvent,
    RuleRow,
    RuleSet,
    account_rows,
    code_events,
    in_years,
    read_table,
    rule_rows,
    rule_sets,
)

__all__ = [
    "AccountPair", "ExecutionAccount", "Posting", "account", "accounts", "accounts_for", "code_event",
    "events", "execution_accounts", "postings_for", "rule_set_for", "rules_for", "treasury_books",
]  # fmt: skip


Selector = tuple[tuple[str, tuple[str, ...]], ...]


class AccountPair(NamedTuple):
    """What one step of an event moves in one book. Accounts are bare codes of `book`."""

    book: str
    debit: str
    credit: str
    rule_code: str
    source: str
    is_verified: bool


class Posting(NamedTuple):
    """An event with the choices that a classification code implies."""

    event: str
    choices: dict[str, str]


def accounts(book: str | None = None, fiscal_year: int | None = None) -> list[AccountRow]:
    """The accounts of a book (or of all), in force in a year (or ever), by book and code."""
    return [
        row
        for row in account_rows()
        if book in (None, row.book)
        and (fiscal_year is None or in_years(fiscal_year, row.valid_from_year, row.valid_to_year))
    ]


@cache
def _accounts_by_name() -> dict[str, AccountRow]:
    return {f"{row.book}:{row.code}": row for row in account_rows()}


def account(name: str) -> AccountRow | None:
    """The account named 'book:code', or None."""
    return _accounts_by_name().get(name)


def account_name(name: str) -> str:
    """What the account named 'book:code' is called; '' where there is none."""
    found = account(name)
    return found.name if found else ""


class ExecutionAccount(NamedTuple):
    """An account on which the execution of a budget stands (a row of execution_accounts.csv)."""

    book: str
    code: str
    side: str
    """income or outlay."""
    fund_type_code: str
    """The budget whose own money it holds; '' for transfers and for the quota book."""
    func_code: str
    """The class it stands for where its postings bear none."""
    between: str
    """down or up where governments of one area give each other what stands on it."""

    @property
    def name(self) -> str:
        """'book:code'."""
        return f"{self.book}:{self.code}"


@cache
def execution_accounts() -> tuple[ExecutionAccount, ...]:
    """The accounts of budgets and their execution: own money first, then transfers."""
    columns = ExecutionAccount._fields
    return tuple(
        ExecutionAccount(*(row[column] for column in columns)) for row in read_table("execution_accounts.csv")
    )


def rule_set_for(fiscal_year: int, book: str) -> RuleSet | None:
    """The rule set that governs a book in a year, or None."""
    fitting = (s for s in rule_sets() if book in s.books)
    return next((s for s in fitting if in_years(fiscal_year, s.valid_from_year, s.valid_to_year)), None)


def treasury_books(fiscal_year: int) -> tuple[str, ...]:
    """The treasury's books of a year: one under 财库〔2015〕192号, two under 财库〔2022〕41号.

    Raises RegistryError for a year that no treasury rule set governs.
    """
    for rule_set in rule_sets():
        is_treasury = rule_set.rule_set.startswith("treasury_")
        if is_treasury and in_years(fiscal_year, rule_set.valid_from_year, rule_set.valid_to_year):
            return rule_set.books
    raise RegistryError(
        f"{fiscal_year} 年没有总会计制度", rule="财库〔2015〕192号自 2016 年起", hint="请检查年度"
    )


@cache
def _rules_by_event() -> dict[str, list[RuleRow]]:
    index: dict[str, list[RuleRow]] = defaultdict(list)
    for row in rule_rows():
        index[row.event].append(row)
    return dict(index)


def events() -> list[str]:
    """All events for which there is a rule in some year."""
    return sorted(_rules_by_event())


def rules_for(event: str, fiscal_year: int, fund: str = "", **choices: str) -> list[RuleRow]:
    """The rule rows of an event in a year, by step then book; where selectors compete, the narrowest.

    `fund` is a fund type code; a child (112 一般债券) is read as its budget (111). `choices`
    answer the rules' other selectors (eco=502, source=own, stage=executable, ...).
    """
    given = {**choices, "fund": budget_fund(fund)} if fund else choices
    by_set: dict[str, dict[tuple[int, str], list[RuleRow]]] = {}
    for row in _rules_by_event().get(event, ()):
        if in_years(fiscal_year, row.valid_from_year, row.valid_to_year):
            by_set.setdefault(row.rule_set, {}).setdefault((row.step, row.book), []).append(row)
    chosen = [row for groups in by_set.values() for row in _choose(groups, given)]
    return sorted(chosen, key=lambda row: row.step)


def _choose(groups: dict[tuple[int, str], list[RuleRow]], given: dict[str, str]) -> list[RuleRow]:
    """The fitting rows of one rule set; nothing where none fits (the set does not speak of this fund).

    Half an answer is worse than none: where one book or step fits and another offers only
    alternatives that were not chosen, the caller has left a choice open.
    """
    chosen = {key: _narrowest([row for row in rows if _fits(row, given)]) for key, rows in groups.items()}
    if not any(chosen.values()):
        return []
    for key, rows in groups.items():
        alternatives = {row.selector for row in rows}
        if not chosen[key] and len(alternatives) > 1:
            _refuse_open_choice(rows[0], alternatives)
    return [row for key in chosen for row in chosen[key]]


def _refuse_open_choice(row: RuleRow, alternatives: set[Selector]) -> None:
    offered = sorted({f"{key}={'|'.join(values)}" for selector in alternatives for key, values in selector})
    raise UnknownRule(
        f"业务 {row.event} 在账簿 {row.book} 还要选定：{'、'.join(offered)}",
        rule=f"{row.rule_code}（{row.source}）",
        hint="请给出其中一项",
        details={"event": row.event, "book": row.book, "offered": offered},
    )


def _narrowest(rows: list[RuleRow]) -> list[RuleRow]:
    most = max((len(row.selector) for row in rows), default=0)
    return [row for row in rows if len(row.selector) == most]


def _fits(row: RuleRow, given: dict[str, str]) -> bool:
    return all(given.get(key) in values for key, values in row.selector)


def budget_fund(fund: str) -> str:
    """The budget a fund belongs to: 112 一般债券 -> 111, 122 专项债券 -> 121; others stand for themselves."""
    for budget in ("11", "12"):
        if fund.startswith(budget):
            return budget + "1"
    return fund


def accounts_for(event: str, fiscal_year: int, fund: str = "", **choices: str) -> list[AccountPair]:
    """Account pairs an event moves in a year, in order of steps.

    Where a rule is written in red (红字), post its pair with a negative amount: see `rules_for(...).is_red`.
    Raises UnknownRule when the year and fund have no rule for the event.
    """
    found = rules_for(event, fiscal_year, fund, **choices)
    if not found:
        asked = "，".join([f"资金性质 {fund}"] * bool(fund) + [f"{k}={v}" for k, v in choices.items()])
        raise UnknownRule(
            f"{fiscal_year} 年没有业务 {event} 的记账规则" + (f"（{asked}）" if asked else ""),
            rule="每笔凭证须有记账规则",
            hint="用 fisc registry list rules 查看可用的业务",
            details={"event": event, "fiscal_year": fiscal_year, "fund": fund, **choices},
        )
    return [AccountPair(r.book, r.debit, r.credit, r.rule_code, r.source, r.is_verified) for r in found]


def code_event(kind: str, code: str, fund: str = "") -> CodeEvent | None:
    """The events a classification code stands for: longest prefix first, its own fund before every fund."""
    fitting = [
        row
        for row in code_events()
        if row.kind == kind and code.startswith(row.code_prefix) and row.fund in (budget_fund(fund), "")
    ]
    return max(fitting, key=lambda row: (len(row.code_prefix), row.fund != ""), default=None)


def postings_for(kind: str, code: str, fund: str, stage: str) -> Posting | None:
    """The event and its choices for a published cell; stage is 'budget' or 'execution'.

    None where the code is no flow (年终结余), so there is nothing to post.
    """
    row = code_event(kind, code, fund)
    if row is None:
        return None
    name, choices = (
        (row.budget_event, row.budget_choices) if stage == "budget" else (row.event, row.event_choices)
    )
    return Posting(name, dict(choices)) if name else None
