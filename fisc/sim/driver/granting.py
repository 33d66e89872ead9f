"""Budgets issued and money from above: documents received, arranged, issued on; quotas that follow.

The city registers what the autonomous region sends, keeps its part and issues the rest to banners; a
banner arranges general money to classes of spending and takes special money by document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.sim import bank
from fisc.sim.driver import desk
from fisc.sim.driver.preparing import early_notices
from fisc.sim.driver.world import Row, World, direct
from fisc.sim.plan.budget import SUBSIDY_CODE
from fisc.sim.plan.draws import share
from fisc.sim.plan.notices import GENERAL
from fisc.sim.plan.projects import RESERVE
from fisc.sim.plan.quotas import CARRIED
from fisc.sim.plan.revenue import GENERAL_CODES
from fisc.sim.plan.routes import DEBT, LATER, PROPOSAL, RECEIVED
from fisc.sim.plan.settling import waiting
from fisc.sim.plan.tables import UPPER
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]

#: fund -> (income code, expenditure code, document number of the year).
BONDS: Final = {"112": ("110110101", "2301101", 1), "122": ("1101102", "23011", 2)}
_SUBSIDY, _ISSUE, _QUOTA = "预补", "预转", "指"


# ---- issue of the approved budget


def issue_to_departments(conn: Conn, world: World, on: date) -> None:
    """批复: every department of every region, each under a number of its own."""
    given = [
        budget.DepartmentIssue(region, world.year, dept, world.number(r, f"批部{dept}"))
        for r, region, dept in _departments(world)
    ]
    budget.issue_to_departments(conn, given, **desk.budget(on))
    _publish(conn, world, [(region, "") for region in world.regions], on)


def issue_to_units(conn: Conn, world: World, on: date) -> None:
    """Departments pass their budgets on to their units: executable quotas."""
    given = [
        budget.UnitIssue(region, world.year, dept, world.number(r, f"批单{dept}"))
        for r, region, dept in _departments(world)
    ]
    budget.issue_to_units(conn, given, department_by=desk.DEPT_REVIEW, **desk.budget(on))
    _publish(conn, world, [(region, dept) for _, region, dept in _departments(world)], on)


def _publish(conn: Conn, world: World, whose: Sequence[tuple[str, str]], on: date) -> None:
    """Budgets made public (预算法第十四条): a region's own where no department is named."""
    published = [budget.Published(region, world.year, on, "政府网站（模拟）", dept) for region, dept in whose]
    budget.record_publications(conn, published, by=desk.BUDGET_MAKE, on=on)


def _departments(world: World) -> list[tuple[int, str, str]]:
    found = {
        (q["region"], world.agencies[q["agency"]]["dept_code"])
        for q in world.quotas_of(pl.col("route") == PROPOSAL)
    }
    return [(r, world.regions[r], dept) for r, dept in sorted(found)]


# ---- documents from above


def receive(conn: Conn, world: World, docs: Sequence[Row], on: date) -> None:
    """The city registers documents; what is for banners, or for its classes, is arranged at once.

    General money told early stands in the approved budget already; later general money is arranged.
    """
    transfers.receive(conn, [_received(world, row) for row in docs], **desk.transfers(on))
    items = [_to_banners(world, row) for row in docs if not row["is_early"]]
    items += _arrangements(world, {0}, {row["doc"] for row in docs if not row["is_early"]})
    given = [item for item in items if item.amount_fen]
    if given:
        transfers.arrange(conn, given, **desk.transfers(on))


def _received(world: World, row: Row) -> transfers.SourceDocument:
    return transfers.SourceDocument(
        row["doc_no"], world.regions[0], world.year, "111", world.days[row["day"]], row["title"],
        (transfers.SourceLine(1, row["rev_func_code"], row["amount_fen"]),),
        is_direct_fund=direct(row), is_advance=row["is_early"], is_budgeted=row["is_early"],
    )  # fmt: skip


def _to_banners(world: World, row: Row) -> transfers.Arrange:
    return transfers.Arrange(
        f"AP{world.regions[0]}{world.year}-{row['doc']}-下达", world.regions[0], world.year, "111",
        row["doc_no"], transfers.TRANSFER, row["tp_func_code"], row["amount_fen"] - row["city_fen"],
    )  # fmt: skip


def _arrangements(world: World, places: Iterable[int], docs: set[int]) -> list[transfers.Arrange]:
    """General money of documents (-1: the city's subsidy) to classes of own spending."""
    chosen = set(places)
    return [
        transfers.Arrange(
            f"AP{world.regions[region]}{world.year}-{doc}-{code}", world.regions[region], world.year, "111",
            _source(world, doc), transfers.OWN, code, fen, source_type_code=kind,
        )
        for region, doc, code, kind, fen in world.plan.budget.arranged.iter_rows()
        if region in chosen and doc in docs
    ]  # fmt: skip


def _source(world: World, doc: int) -> str:
    return world.number(0, _SUBSIDY) if doc < 0 else str(world.notices[doc]["doc_no"])


def issue(conn: Conn, world: World, docs: set[int], on: date) -> None:
    """The city issues documents to banners; general money is arranged there at once."""
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for doc, region, fen in world.plan.budget.issues.select("doc", "region", "amount_fen").iter_rows():
        if doc in docs:
            lines[doc].append((region, fen))
    given = [_issued(world, doc, parts, on) for doc, parts in sorted(lines.items())]
    if -1 in docs:
        given.append(_subsidy(world, on))
    transfers.issue(conn, given, **desk.transfers(on))
    arranged = _arrangements(world, range(1, len(world.regions)), docs)
    if arranged:
        transfers.arrange(conn, arranged, **desk.transfers(on))


def _issued(world: World, doc: int, parts: Sequence[tuple[int, int]], on: date) -> transfers.IssueDocument:
    row = world.notices[doc]
    lines = tuple(
        transfers.IssueLine(region, world.regions[region], row["tp_func_code"], fen) for region, fen in parts
    )
    return transfers.IssueDocument(
        issue_number(world, doc), world.regions[0], world.year, "111", on, row["title"], lines,
        sup_bgt_doc_no=row["doc_no"],
    )  # fmt: skip


def issue_number(world: World, doc: int) -> str:
    """The city's number under which it issues a document from above, or its own subsidy (-1)."""
    return world.number(0, _SUBSIDY) if doc < 0 else world.number(0, _ISSUE, doc + 1)


def _subsidy(world: World, on: date) -> transfers.IssueDocument:
    amounts = world.plan.budget.subsidies.tolist()
    lines = tuple(
        transfers.IssueLine(region, world.regions[region], SUBSIDY_CODE, fen)
        for region, fen in enumerate(amounts)
        if fen
    )
    title = f"关于下达{world.year}年市对旗区财力补助的通知（模拟）"
    return transfers.IssueDocument(
        issue_number(world, -1), world.regions[0], world.year, "111", on, title, lines
    )


def general_of(world: World, *, is_early: bool) -> list[dict[str, Any]]:
    """General documents told early, or late in the year."""
    if is_early:
        return early_notices(world)
    return [row for row in world.notices.values() if row["kind"] == GENERAL and not row["is_early"]]


# ---- cash of documents


def receive_cash(conn: Conn, world: World, docs: Sequence[Row], on: date) -> None:
    """The autonomous region pays what its documents promised, into the city's account."""
    given = [
        transfers.LineCash(f"KD{row['doc_no']}", _line(world, row["doc_no"], 1), row["amount_fen"])
        for row in docs
    ]
    transfers.receive_cash(conn, given, **desk.cash(on))
    for item in given:
        bank.transfer(conn, world.regions[0], item.cash_no, item.amount_fen, on=on)


def pay_out(conn: Conn, world: World, docs: set[int], on: date) -> None:
    """The city pays banners what it issued."""
    later = waiting(world.plan.budget.issues)
    parts = [
        (issue_number(world, doc), region, fen - later.get((doc, region), 0))
        for doc, region, fen in world.plan.budget.issues.select("doc", "region", "amount_fen").iter_rows()
        if doc in docs
    ]
    if -1 in docs:
        amounts = world.plan.budget.subsidies.tolist()
        parts += [(issue_number(world, -1), region, fen) for region, fen in enumerate(amounts) if fen]
    _pay(conn, world, parts, on)


def _pay(conn: Conn, world: World, parts: Sequence[tuple[str, int, int]], on: date) -> None:
    given = [
        (transfers.LineCash(f"BK{number}-{region}", _line(world, number, region), fen), region)
        for number, region, fen in parts
    ]
    if given:
        transfers.pay_out(conn, [cash for cash, _ in given], **desk.cash(on))
    for cash, region in given:
        bank.transfer(conn, world.regions[0], cash.cash_no, -cash.amount_fen, on=on)
        bank.transfer(conn, world.regions[region], cash.cash_no, cash.amount_fen, on=on)


def lend(conn: Conn, world: World, loans: Sequence[Row], on: date) -> None:
    """调度款: lent from above before any document, to the city or by it, or given back (192-T05, T08)."""
    city = world.regions[0]
    for row in loans:
        borrower, fen, number = world.regions[row["region"]], row["amount_fen"], _loan_number(world, row)
        lender = UPPER if borrower == city else city
        if row["is_back"]:
            back = transfers.SettleCash(f"{number}-还", number, fen)
            transfers.return_advances(conn, [back], **desk.cash(on))
        else:
            lent = transfers.AdvanceCash(number, lender, borrower, world.year, "111", fen)
            transfers.advance(conn, [lent], **desk.cash(on))
        sign = -1 if row["is_back"] else 1
        bank.transfer(conn, borrower, f"{number}{-sign}", sign * fen, on=on)
        if lender == city:
            bank.transfer(conn, city, f"{number}{-sign}", -sign * fen, on=on)


def _loan_number(world: World, row: Row) -> str:
    return world.number(0, "库调", row["number"])


def _line(world: World, doc_no: str, line_no: int) -> str:
    return transfers.line_key(world.regions[0], world.year, doc_no, line_no)


# ---- the mid-year adjustment and bonds


def adjust(conn: Conn, world: World, on: date) -> None:
    """预算调整: more own revenue in every region that needs it; for the city, bonds too (law 67)."""
    given = [plan for region in range(len(world.regions)) if (plan := _adjustment(world, region, on))]
    keys = [budget.adjustment_key(p.mof_div_code, p.fiscal_year, p.doc_no) for p in given]
    budget.make_adjustments(conn, given, by=desk.BUDGET_MAKE, on=on)
    budget.review_adjustments(conn, keys, by=desk.BUDGET_REVIEW, on=on)
    numbers = {k: p.doc_no.replace("调", "人常") for k, p in zip(keys, given, strict=True)}
    budget.resolve_adjustments(conn, numbers, by=desk.CONGRESS, on=on)


def _adjustment(world: World, region: int, on: date) -> budget.AdjustmentPlan | None:
    money = world.plan.budget
    more = int(money.revenue_adjusted[region] - money.revenue_initial[region])
    parts = share(more, [weight for _, weight in GENERAL_CODES]).tolist()
    sources = [
        budget.SourceChange("111", code, fen)
        for (code, _), fen in zip(GENERAL_CODES, parts, strict=True)
        if fen
    ]
    spending = [
        budget.SpendingChange("111", fen, exp_func_code=code)
        for place, code, fen in money.adjusted.iter_rows()
        if place == region
    ]
    if region == 0:
        for fund in BONDS:
            sources.append(budget.SourceChange(fund, BONDS[fund][0], sum(_bonds(world, fund)), "debt"))
            spending += _bond_spending(world, fund)
    if not sources:
        return None
    title = f"{world.names[region]}{world.year}年预算调整方案（模拟）"
    number = world.number(region, "调")
    return budget.AdjustmentPlan(
        number, world.regions[region], world.year, on, on, title, tuple(sources), tuple(spending)
    )


def _bonds(world: World, fund: str) -> list[int]:
    """Bond money by region, fen."""
    controls = world.plan.controls
    amounts: list[int] = (controls.bonds if fund == "112" else controls.special_bonds).tolist()
    return amounts


def _bond_spending(world: World, fund: str) -> list[budget.SpendingChange]:
    own = [
        budget.SpendingChange(fund, fen, exp_func_code=code) for code, fen in _bond_classes(world, 0, fund)
    ]
    to_banners = sum(_bonds(world, fund)[1:])
    return [*own, budget.SpendingChange(fund, to_banners, tp_func_code=BONDS[fund][1])]


def _bond_classes(world: World, region: int, fund: str) -> list[tuple[str, int]]:
    sums: dict[str, int] = defaultdict(int)
    for quota in world.quotas_of((pl.col("route") == DEBT) & (pl.col("region") == region)):
        if quota["fund_type_code"] == fund:
            sums[quota["exp_func_code"]] += quota["amount_fen"]
    return sorted(sums.items())


def bond_number(world: World, fund: str) -> str:
    """The document under which the autonomous region on-lends."""
    return f"内财债模〔{world.year}〕{BONDS[fund][2]}号"


def on_lend(conn: Conn, world: World, on: date) -> None:
    """转贷: the city registers bonds and issues the banners' parts; they arrange them to classes."""
    received, issued, arranged = [], [], []
    for fund, (income, outlay, _) in BONDS.items():
        amounts, number = _bonds(world, fund), bond_number(world, fund)
        approval = world.number(0, "人常")
        received.append(transfers.SourceDocument(
            number, world.regions[0], world.year, fund, on, f"关于转贷{world.year}年政府债券的通知（模拟）",
            (transfers.SourceLine(1, income, sum(amounts)),), approval_no=approval, is_budgeted=True,
        ))  # fmt: skip
        lines = tuple(
            transfers.IssueLine(r, world.regions[r], outlay, fen) for r, fen in enumerate(amounts) if r
        )
        issued.append(transfers.IssueDocument(
            _bond_issue(world, fund), world.regions[0], world.year, fund, on,
            f"关于转贷旗区{world.year}年政府债券的通知（模拟）", lines, sup_bgt_doc_no=number,
            approval_no=approval,
        ))  # fmt: skip
        arranged += [
            transfers.Arrange(
                f"AP{world.regions[r]}{world.year}-{fund}-{code}", world.regions[r], world.year, fund, number,
                transfers.OWN, code, fen,
            )
            for r in range(1, len(world.regions))
            for code, fen in _bond_classes(world, r, fund)
        ]  # fmt: skip
    transfers.receive(conn, received, **desk.transfers(on))
    transfers.issue(conn, issued, **desk.transfers(on))
    transfers.arrange(conn, arranged, **desk.transfers(on))


def _bond_issue(world: World, fund: str) -> str:
    return world.number(0, "债转", BONDS[fund][2])


def bond_cash(conn: Conn, world: World, on: date) -> None:
    """Bond money arrives and is passed on (192-T16, T17)."""
    for fund in BONDS:
        amounts, number = _bonds(world, fund), bond_number(world, fund)
        cash = transfers.LineCash(f"KD{number}", _line(world, number, 1), sum(amounts))
        transfers.receive_cash(conn, [cash], **desk.cash(on))
        bank.transfer(conn, world.regions[0], cash.cash_no, cash.amount_fen, on=on)
        parts = [(_bond_issue(world, fund), r, fen) for r, fen in enumerate(amounts) if r]
        _pay(conn, world, parts, on)


# ---- quotas that are not lines of departments' budgets


def enter_quotas(conn: Conn, world: World, quotas: Sequence[Row], on: date) -> None:
    """Quotas of a day, by document: out of the approved budget, the reserve, or what was received."""
    groups: dict[tuple[int, str, int, str], list[Row]] = defaultdict(list)
    for quota in quotas:
        groups[quota["region"], quota["route"], quota["doc"], quota["fund_type_code"]].append(quota)
    given = [_quota_document(world, key, rows, on) for key, rows in groups.items()]
    budget.enter(conn, given, **desk.budget(on))


_BASES = {RECEIVED: "received", RESERVE: "reserve"}


def _quota_document(
    world: World, key: tuple[int, str, int, str], rows: Sequence[Row], on: date
) -> budget.QuotaDocument:
    region, route, doc, _ = key
    number = world.number(region, _QUOTA, quota_serial(world, rows[0]))
    above = str(world.notices[doc]["doc_no"]) if doc >= 0 else ""
    lines = tuple(
        budget.QuotaLine(q["bgt_id"], q["amount_fen"], world.coding(q, number, above), tags=world.tags(q))
        for q in rows
    )
    return budget.QuotaDocument(
        number, world.regions[region], world.year, on, f"{world.names[region]}{_TITLES[route]}（模拟）",
        lines, source="transfer" if route == RECEIVED else "own", sup_bgt_doc_no=above,
        base=_BASES.get(route, "approved"),
        basis_doc_no=world.number(region, "政批") if route == RESERVE else "",
    )  # fmt: skip


_TITLES = {
    LATER: "上级财力安排指标", "adjusted": "预算调整指标", RECEIVED: "上级专项指标", RESERVE: "预备费指标",
    DEBT: "债券资金指标",
}  # fmt: skip


def quota_serial(world: World, quota: Row) -> int:
    """The number of a quota document within its region: its first quota's place in the plan."""
    return int(quota["bgt_id"][-6:]) if quota["route"] != CARRIED else 0
