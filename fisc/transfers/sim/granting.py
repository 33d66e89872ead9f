"""Money from above: documents received, arranged, issued on; their cash, and bonds on-lent.

The city registers what the autonomous region sends, keeps its part and issues the rest to banners; a
banner arranges general money to classes of spending and takes special money by document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.budget.sim.issuing import BONDS, bond_classes, bonds
from fisc.budget.sim.money import SUBSIDY_CODE
from fisc.budget.sim.words import direct, documents, from_above, issue_number
from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day, Row
from fisc.city.tables import UPPER
from fisc.city.world import World
from fisc.transfers import services as transfers
from fisc.transfers.sim.settling import waits

Conn = psycopg.Connection[Any]


#: Amounts of a small city are so round that numbers in a row have the same: asked about, and answered.
_CHECKED = "已与上级来文登记簿逐件核对"


# ---- documents from above


def receive(conn: Conn, world: World, day: Day) -> None:
    """The city registers documents; what is for banners, or for its classes, is arranged at once.

    General money told early stands in the approved budget already; later general money is arranged.
    """
    docs, on = day.rows("documents"), day.on
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
        confirm_reason=_CHECKED,
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
            _source(world, region, doc), transfers.OWN, code, fen, source_type_code=kind,
        )
        for region, doc, code, kind, fen in world.plan["arranged"].iter_rows()
        if region in chosen and doc in docs
    ]  # fmt: skip


def _source(world: World, region: int, doc: int) -> str:
    return from_above(world, region, doc) or issue_number(world, doc)


def issue(conn: Conn, world: World, day: Day) -> None:
    """The city issues documents to banners; general money is arranged there at once."""
    docs, on = {row["doc"] for row in day.rows("issues")}, day.on
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for doc, region, fen in world.plan["issues"].select("doc", "region", "amount_fen").iter_rows():
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
    row = documents(world)[doc]
    lines = tuple(
        transfers.IssueLine(region, world.regions[region], row["tp_func_code"], fen) for region, fen in parts
    )
    return transfers.IssueDocument(
        issue_number(world, doc), world.regions[0], world.year, "111", on, row["title"], lines,
        sup_bgt_doc_no=row["doc_no"],
    )  # fmt: skip


def _subsidy(world: World, on: date) -> transfers.IssueDocument:
    amounts = world.plan["money"]["subsidies"].to_list()
    lines = tuple(
        transfers.IssueLine(region, world.regions[region], SUBSIDY_CODE, fen)
        for region, fen in enumerate(amounts)
        if fen
    )
    title = f"关于下达{world.year}年市对旗区财力补助的通知（模拟）"
    return transfers.IssueDocument(
        issue_number(world, -1), world.regions[0], world.year, "111", on, title, lines
    )


# ---- cash of documents


def receive_cash(conn: Conn, world: World, day: Day) -> None:
    """The autonomous region pays what its documents promised, into the city's account."""
    docs, on = day.rows("cash_in"), day.on
    given = [
        transfers.LineCash(f"KD{row['doc_no']}", line_of(world, row["doc_no"], 1), row["amount_fen"])
        for row in docs
    ]
    transfers.receive_cash(conn, given, **desk.cash(on))
    moves = [Transfer(world.regions[0], item.cash_no, item.amount_fen) for item in given]
    world.bank.transfer(conn, moves, on=on)


def pay_out(conn: Conn, world: World, day: Day) -> None:
    """The city pays banners what it issued."""
    docs, on = {row["doc"] for row in day.rows("cash_out")}, day.on
    later = waits(world.plan)
    parts = [
        (issue_number(world, doc), region, fen - later.get((doc, region), 0))
        for doc, region, fen in world.plan["issues"].select("doc", "region", "amount_fen").iter_rows()
        if doc in docs
    ]
    if -1 in docs:
        amounts = world.plan["money"]["subsidies"].to_list()
        parts += [(issue_number(world, -1), region, fen) for region, fen in enumerate(amounts) if fen]
    _pay(conn, world, parts, on)


def _pay(conn: Conn, world: World, parts: Sequence[tuple[str, int, int]], on: date) -> None:
    given = [
        (transfers.LineCash(f"BK{number}-{region}", line_of(world, number, region), fen), region)
        for number, region, fen in parts
    ]
    if given:
        transfers.pay_out(conn, [cash for cash, _ in given], **desk.cash(on))
    moves = [
        Transfer(world.regions[place], cash.cash_no, sign * cash.amount_fen)
        for cash, region in given
        for place, sign in ((0, -1), (region, 1))
    ]
    world.bank.transfer(conn, moves, on=on)


def lend(conn: Conn, world: World, day: Day) -> None:
    """调度款: lent from above before any document, to the city or by it, or given back (192-T05, T08)."""
    city, on = world.regions[0], day.on
    for row in day.rows("loans"):
        borrower, fen, number = world.regions[row["region"]], row["amount_fen"], _loan_number(world, row)
        lender = UPPER if borrower == city else city
        cash_no = f"{number}-还" if row["is_back"] else number
        if row["is_back"]:
            back = transfers.SettleCash(cash_no, number, fen)
            transfers.return_advances(conn, [back], **desk.cash(on))
        else:
            lent = transfers.AdvanceCash(cash_no, lender, borrower, world.year, "111", fen)
            transfers.advance(conn, [lent], **desk.cash(on))
        sign = -1 if row["is_back"] else 1
        moves = [Transfer(borrower, cash_no, sign * fen)]
        if lender == city:
            moves.append(Transfer(city, cash_no, -sign * fen))
        world.bank.transfer(conn, moves, on=on)


def _loan_number(world: World, row: Row) -> str:
    return world.number(0, "库调", row["number"])


def line_of(world: World, doc_no: str, line_no: int) -> str:
    """The key of a line of the city's."""
    return transfers.line_key(world.regions[0], world.year, doc_no, line_no)


# ---- bonds


def bond_number(world: World, fund: str) -> str:
    """The document under which the autonomous region on-lends."""
    return f"内财债模〔{world.year}〕{BONDS[fund][2]}号"


def on_lend(conn: Conn, world: World, day: Day) -> None:
    """转贷: the city registers bonds and issues the banners' parts; they arrange them to classes."""
    on = day.on
    received, issued, arranged = [], [], []
    for fund, (income, outlay, _) in BONDS.items():
        amounts, number = bonds(world, fund), bond_number(world, fund)
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
                f"AP{world.regions[r]}{world.year}-{fund}-{code}", world.regions[r], world.year, fund,
                _bond_issue(world, fund), transfers.OWN, code, fen,
            )
            for r in range(1, len(world.regions))
            for code, fen in bond_classes(world, r, fund)
        ]  # fmt: skip
    transfers.receive(conn, received, **desk.transfers(on))
    transfers.issue(conn, issued, **desk.transfers(on))
    transfers.arrange(conn, arranged, **desk.transfers(on))


def _bond_issue(world: World, fund: str) -> str:
    return world.number(0, "债转", BONDS[fund][2])


def bond_cash(conn: Conn, world: World, day: Day) -> None:
    """Bond money arrives and is passed on (192-T16, T17)."""
    on = day.on
    for fund in BONDS:
        amounts, number = bonds(world, fund), bond_number(world, fund)
        cash = transfers.LineCash(f"KD{number}", line_of(world, number, 1), sum(amounts))
        transfers.receive_cash(conn, [cash], **desk.cash(on))
        came = Transfer(world.regions[0], cash.cash_no, cash.amount_fen)
        world.bank.transfer(conn, [came], on=on)
        parts = [(_bond_issue(world, fund), r, fen) for r, fen in enumerate(amounts) if r]
        _pay(conn, world, parts, on)
