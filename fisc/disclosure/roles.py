"""Which amounts of a book are posted, and which only analyse or restate them.

A figure is known by region, year, stage, fund, side and code. The first cell that states it
at its finest printed level is posted; what rows below it break down is a subtotal; what
another table states again is a check; tables that analyse money posted elsewhere (economic classes,
uses of debt) are detail. Of those that list it by name (transfers by item, what the reserve was
given to, key projects) the first of each figure is posted, to a register beside the books.
"""

from __future__ import annotations

from collections import defaultdict

from fisc.disclosure.breakdown import Key, figure_key
from fisc.disclosure.errors import noted
from fisc.disclosure.facts import is_listed
from fisc.disclosure.model import (
    ADJUSTED,
    BALANCE,
    BUDGET,
    CHANGE,
    CHECK,
    DEBT,
    DETAIL,
    FINAL,
    INCOME,
    ITEM,
    PART,
    POSTED,
    SUBTOTAL,
    Book,
    BookLine,
)
from fisc.disclosure.titles import INSURANCE, KIND_BY_ID, TREE
from fisc.kernel.findings import Finding
from fisc.kernel.rounding import rounding_of
from fisc.registry import rules

#: Region, year, fund, side.
_Budget = tuple[str, int, str, str]
#: Kind of table, region, year, stage.
_List = tuple[str, str, int, str]
#: Region, year, class of debt.
_DebtPlan = tuple[str, int, str]


def assign_roles(book: Book) -> None:
    """Set the role of every line of the book; say which plans of debt cannot be posted."""
    broken_down = {figure_key(line) for line in book.lines if _is_flow(line) and not line.is_leaf}
    unlimited = _without_limit(book)
    book.findings += [_no_limit(plan, line) for plan, line in unlimited.items()]
    baseless = _without_first_budget(book)
    book.findings += [_no_first_budget(line) for line in baseless.values()]
    seen: set[Key] = set()
    lists: dict[_List, tuple[str, str]] = {}
    for line in book.lines:
        is_checked = _debt_plan(line) in unlimited or (
            line.stage == ADJUSTED and _budget_of(line) in baseless
        )
        if is_checked:
            line.role = CHECK
        else:
            line.role = _listed_role(line, lists) if is_listed(line) else _role(line, broken_down, seen)


def _listed_role(line: BookLine, lists: dict[_List, tuple[str, str]]) -> str:
    """Rows at the finest level of the first table that lists a figure; `lists` has its sheet and number."""
    at = (line.sheet, line.number)
    if line.stage in (ADJUSTED, CHANGE):
        return DETAIL
    if lists.setdefault((line.table, line.region, line.fiscal_year, line.stage), at) != at:
        return DETAIL
    return POSTED if line.row_role == ITEM and line.is_leaf else SUBTOTAL


def _budget_of(line: BookLine) -> _Budget:
    return (line.region, line.fiscal_year, line.fund, line.side)


def _without_first_budget(book: Book) -> dict[_Budget, BookLine]:
    """Adjusted budgets without the first one beside them: what was changed cannot be told from them."""
    first = {_budget_of(line) for line in book.lines if line.stage == BUDGET and _is_posted_kind(line)}
    found: dict[_Budget, BookLine] = {}
    for line in book.lines:
        if line.stage == ADJUSTED and _is_posted_kind(line) and _budget_of(line) not in first:
            found.setdefault(_budget_of(line), line)
    return found


def _is_posted_kind(line: BookLine) -> bool:
    return line.side != DEBT and not KIND_BY_ID[line.table].is_detail


def _no_first_budget(line: BookLine) -> Finding:
    what = f"{line.fiscal_year}年调整预算数旁没有同年的年初预算数，看不出调整了多少，只核对不入账"
    return noted("adjusted_without_budget", line.place, what)


def _debt_plan(line: BookLine) -> _DebtPlan | None:
    """The plan of one class of debt that a line is part of, if it is."""
    is_plan = line.table == "debt.limit_balance" and line.stage == BUDGET
    return (line.region, line.fiscal_year, line.item.partition(":")[0]) if is_plan else None


def _without_limit(book: Book) -> dict[_DebtPlan, BookLine]:
    """Planned debt that no planned limit is printed for: the register takes no debt without one."""
    plans: dict[_DebtPlan, BookLine] = {}
    limited: set[_DebtPlan] = set()
    for line in book.lines:
        plan = _debt_plan(line)
        if plan and line.item.endswith(":limit"):
            limited.add(plan)
        elif plan and line.amount_fen and not line.item.startswith("合计"):
            plans.setdefault(plan, line)
    return {plan: line for plan, line in plans.items() if plan not in limited}


def _no_limit(plan: _DebtPlan, line: BookLine) -> Finding:
    _, year, debt_class = plan
    return noted("plan_without_limit", line.place, f"{year}年{debt_class}债务预算没有列限额，只核对不入账")


def _is_flow(line: BookLine) -> bool:
    return KIND_BY_ID[line.table].layout == TREE and line.row_role == ITEM


def _role(line: BookLine, broken_down: set[Key], seen: set[Key]) -> str:
    kind = KIND_BY_ID[line.table]
    if kind.is_detail:
        return DETAIL
    if line.stage == CHANGE:
        return CHECK
    if kind.layout == TREE:
        wanted = _flow_role(line, broken_down)
    elif kind.layout == INSURANCE:
        wanted = _insurance_role(line)
    else:
        wanted = _debt_role(line) if line.side == DEBT else _matrix_role(line)
    if wanted != POSTED:
        return wanted
    key = figure_key(line)
    if key in seen:
        return CHECK
    seen.add(key)
    return POSTED


def _flow_role(line: BookLine, broken_down: set[Key]) -> str:
    if line.row_role != ITEM or not line.is_leaf:
        return SUBTOTAL
    if figure_key(line) in broken_down or not line.code:
        return CHECK
    kind = "rev_func" if line.side == INCOME else "exp_func"
    stage = "budget" if line.stage in (BUDGET, ADJUSTED) else "execution"
    return POSTED if rules.postings_for(kind, line.code, line.fund, stage) else CHECK


def said_twice(book: Book) -> list[tuple[BookLine, BookLine]]:
    """Amounts that a table prints for a figure it has already stated, each with the first one."""
    found: list[tuple[BookLine, BookLine]] = []
    for table in book.tables:
        first: dict[Key, BookLine] = {}
        for line in table.lines:
            if KIND_BY_ID[line.table].is_detail or line.row_role not in (ITEM, PART) or line.stage == CHANGE:
                continue
            is_named = line.item if KIND_BY_ID[line.table].layout != TREE else ""
            if is_named and line.amount_fen and line.role in (POSTED, CHECK):
                before = first.setdefault(figure_key(line), line)
                if before is not line:
                    found.append((line, before))
    return found


def listed_otherwise(book: Book) -> list[tuple[BookLine, BookLine]]:
    """Lists of what another table lists before them that come to something else: first rows of both."""
    lists: dict[_List, dict[tuple[str, str], list[BookLine]]] = defaultdict(lambda: defaultdict(list))
    units: dict[str, int] = {}
    for table in book.tables:
        for line in table.lines:
            is_row = is_listed(line) and line.row_role == ITEM and line.is_leaf
            if is_row and line.stage not in (ADJUSTED, CHANGE):
                key = (line.table, line.region, line.fiscal_year, line.stage)
                lists[key][line.sheet, line.number].append(line)
                units[line.place] = table.displayed_unit_fen
    found = []
    for first, *others in (list(tables.values()) for tables in lists.values()):
        for other in others:
            unit = max(units[first[0].place], units[other[0].place])
            apart = abs(sum(x.amount_fen for x in first) - sum(x.amount_fen for x in other))
            if apart > rounding_of(max(len(first), len(other)), unit):
                found.append((other[0], first[0]))
    return found


def without_rule(book: Book) -> list[BookLine]:
    """Amounts at the finest printed level that no posting rule takes, though they are flows of money."""
    broken_down = {figure_key(line) for line in book.lines if _is_flow(line) and not line.is_leaf}
    found: dict[tuple[str, str], BookLine] = {}
    for line in book.lines:
        is_left = line.role == CHECK and line.stage != CHANGE and _is_flow(line) and line.is_leaf
        if is_left and line.code and line.amount_fen and figure_key(line) not in broken_down:
            kind = "rev_func" if line.side == INCOME else "exp_func"
            if rules.code_event(kind, line.code, line.fund) is None:
                found.setdefault((line.table, line.code), line)
    return list(found.values())


def _insurance_role(line: BookLine) -> str:
    if line.side == BALANCE:
        return CHECK
    if line.row_role not in (ITEM, PART) or not line.code:
        return SUBTOTAL
    return POSTED


def _debt_role(line: BookLine) -> str:
    """The register holds what is owed and what the first budget plans to owe."""
    if line.stage == ADJUSTED:
        return CHECK
    if line.table == "debt.limits_by_region":
        is_county = line.row_role == ITEM and line.region[4:6] != "00"
        return POSTED if is_county and line.item in ("一般:limit", "专项:limit") else CHECK
    if line.item.startswith("合计") or not line.is_leaf:
        return SUBTOTAL
    return CHECK if line.item.endswith(":closing") else POSTED


def _matrix_role(line: BookLine) -> str:
    if line.item in ("total", ""):
        return SUBTOTAL
    if line.stage == FINAL:
        return CHECK  # a final account says it again by class (230)
    return POSTED if line.row_role == ITEM else CHECK
