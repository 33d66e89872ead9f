"""Debt service in the simulated city: interest that falls due and is paid, what goes between levels.

Half of the banner's principal is withheld by the city, at most what the banner waits for: half of that
had been advanced, half is passed on. It is cleared with what the banner was granted.
The city and one banner serve what was on-lent to them, each from a budget adjusted for it. The money itself
leaves by allocation; the amounts are parts of the bonds of the year, of our own making.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.budget.sim.words import issue_number
from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.cash import MOVES
from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Proof, Stage
from fisc.city.plan import Plan
from fisc.city.tables import FUND, GENERAL
from fisc.city.world import World
from fisc.debt import services as debt
from fisc.debt.rules import KINDS
from fisc.debt.services import DebtItem
from fisc.kernel import Coding
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.ledger import EVER, Turnover, turnover
from fisc.registry import elements
from fisc.transfers import services as transfers
from fisc.transfers.sim import granting
from fisc.transfers.sim.settling import paid_on, waits
from fisc.treasury.sim.allocating import Allocation, allocate

Conn = psycopg.Connection[Any]

CITY, BANNER = 0, 1
_SERVED: Final = (CITY, BANNER)
#: When the budget is adjusted for it, interest falls due, the city advances, all is paid, what is withheld.
_ADJUSTED, _DUE, _ADVANCED, _PAID, _WITHHELD, _YEAR_END = (
    (7, 12),
    (8, 16),
    (9, 6),
    (9, 14),
    (10, 19),
    (12, 29),
)
_PRINCIPAL, _INTEREST = "2310301", "2320411"
#: Part of a service -> fund, functional, government and department economic class, class of its source.
_USES: Final = {
    "本": ("111", _PRINCIPAL, "51201", "39999", "11015", "carried"),
    "息": ("121", _INTEREST, "51101", "30701", "1030148", "own"),
}


def _payee(year: int) -> elements.Payee:
    name = "上级财政还本付息专户（模拟）"
    account = elements.PayeeAccount("15000000000099", "102191000019", name)
    return elements.Payee("SKHBFX", name, "agency", (account,), year)


def found(conn: Conn, world: World) -> None:
    """Where debt service is paid to."""
    elements.define_payees(conn, [_payee(world.year)], by=desk.REGISTRY, on=world.eve)


def amounts(plan: Plan, region: int) -> dict[str, int]:
    """Principal and interest that a region serves in a year, in fen."""
    return {"本": int(plan.controls.principal_due[region]), "息": int(plan.controls.interest_due[region])}


# ---- its budget


def adjust(conn: Conn, world: World, day: Day) -> None:
    """The budget of each is adjusted for what falls due, and its quotas are issued (law 67)."""
    on = day.on
    plans = [_adjustment(world, region, day) for region in _SERVED]
    keys = [budget.adjustment_key(p.mof_div_code, p.fiscal_year, p.doc_no) for p in plans]
    budget.make_adjustments(conn, plans, by=desk.BUDGET_MAKE, on=on)
    budget.review_adjustments(conn, keys, by=desk.BUDGET_REVIEW, on=on)
    decided = [
        budget.AdjustmentResolution(k, p.doc_no.replace("债调", "债决"))
        for k, p in zip(keys, plans, strict=True)
    ]
    budget.resolve_adjustments(conn, decided, by=desk.CONGRESS, on=on)
    projects = [
        elements.Project(
            world.year,
            world.regions[r],
            _project(world, r),
            "债务还本付息（模拟）",
            _agency(world, r)["agency_code"],
        )
        for r in _SERVED
    ]
    elements.define_projects(conn, projects, by=desk.REGISTRY, on=on)
    budget.enter(conn, [_quotas(world, region, day) for region in _SERVED], **desk.budget(on))


def _adjustment(world: World, region: int, day: Day) -> budget.AdjustmentPlan:
    due = amounts(world.plan, region)
    return budget.AdjustmentPlan(
        world.number(region, "债调"), world.regions[region], world.year, day.on, day.on,
        f"{world.names[region]}{world.year}年偿债预算调整方案（模拟）",
        tuple(budget.SourceChange(_USES[p][0], _USES[p][4], fen, _USES[p][5]) for p, fen in due.items()),
        tuple(budget.SpendingChange(_USES[p][0], fen, exp_func_code=_USES[p][1]) for p, fen in due.items()),
    )  # fmt: skip


def _agency(world: World, region: int) -> dict[str, Any]:
    code = world.regions[region]
    return next(row for row in world.rows("agencies") if row["mof_div_code"] == code)


def _project(world: World, region: int) -> str:
    return f"{world.regions[region][:6]}{world.year % 100}0HBFX001"


def bgt_id(world: World, region: int, part: str) -> str:
    """The quota that a region serves principal or interest from."""
    return f"ZW{world.year}{world.regions[region][:6]}{'0001' if part == '本' else '0002'}"


def _quotas(world: World, region: int, day: Day) -> budget.QuotaDocument:
    number, agency = world.number(region, "债指"), _agency(world, region)
    lines = tuple(
        budget.QuotaLine(bgt_id(world, region, part), fen, Coding(
            world.year, world.regions[region], _USES[part][0], agency_code=agency["agency_code"],
            dept_code=agency["dept_code"], pro_code=_project(world, region), exp_func_code=_USES[part][1],
            gov_bgt_eco_code=_USES[part][2], dep_bgt_eco_code=_USES[part][3], source_type_code="2",
            manage_mof_dep_code=agency["manage_mof_dep_code"], bgt_mof_dep_code="01", pay_type_code="3",
            cor_bgt_doc_no=number,
        ))
        for part, fen in amounts(world.plan, region).items()
    )  # fmt: skip
    title = f"{world.names[region]}还本付息指标（模拟）"
    return budget.QuotaDocument(number, world.regions[region], world.year, day.on, title, lines)


# ---- its events


def _record(conn: Conn, items: Sequence[DebtItem], day: Day) -> None:
    debt.record_events(conn, items, by=desk.TREASURY_MAKE, reviewed_by=desk.TREASURY_REVIEW, on=day.on)


def _event(
    world: World, day: Day, what: tuple[int, str], whose: tuple[int, str], fen: int, **more: Any
) -> DebtItem:
    """The event of a serial number of the day and a kind, of a region's principal or interest."""
    (serial, kind), (region, part) = what, whose
    is_between = KINDS[kind].is_between
    return DebtItem(
        f"ZS{world.year}-{day.on:%m%d}-{serial:02d}", kind, world.regions[region],
        "principal" if part == "本" else "interest", _USES[part][0], fen, day.on,
        lower_div_code=world.regions[BANNER] if is_between else "", **more,
    )  # fmt: skip


def accrue(conn: Conn, world: World, day: Day) -> None:
    """Interest falls due: the banner's, and the city's with the banner's in it (192-T18, T19).

    What falls due on the year's last days stands over the year's end.
    """
    part = 1 if day.on.month == _DUE[0] else 4
    city, banner = (amounts(world.plan, region)["息"] // part for region in _SERVED)
    _record(conn, [
        _event(world, day, (1, "interest_payable_accrued"), (BANNER, "息"), banner),
        _event(world, day, (2, "interest_payable_accrued"), (CITY, "息"), city + banner),
        _event(world, day, (3, "interest_receivable_accrued"), (CITY, "息"), banner),
    ], day)  # fmt: skip


def advance(conn: Conn, world: World, day: Day) -> None:
    """The city pays the banner's principal, which falls due before the banner pays (192-T22).

    What it will withhold without having advanced it stays.
    """
    fen = amounts(world.plan, BANNER)["本"] - _withheld_of(world.plan)
    item = _event(world, day, (1, "lower_debt_advanced"), (CITY, "本"), fen)
    _record(conn, [item], day)
    world.bank.transfer(conn, [Transfer(world.regions[CITY], item.event_no, -fen)], on=day.on)


def _withheld_of(plan: Plan) -> int:
    """What of the banner's principal the city withholds each way; together no more than waits for it."""
    fen_waits = sum(fen for (_, region), fen in waits(plan).items() if region == BANNER)
    return min(amounts(plan, BANNER)["本"] // 4, fen_waits // 2)


def _paid_of(plan: Plan, region: int, part: str) -> int:
    """What a region pays of a part in cash."""
    is_part_withheld = (region, part) == (BANNER, "本")
    return amounts(plan, region)[part] - (2 * _withheld_of(plan) if is_part_withheld else 0)


def pay(conn: Conn, world: World, day: Day) -> None:
    """Interest, and the banner's principal, are paid from their quotas, straight from the treasury.

    What of its principal the banner does not pay the city withholds (192-T25); its quota is charged with it.
    """
    due = [(CITY, "息"), (BANNER, "息"), (BANNER, "本")]
    for region, part in due:
        _allocate(conn, world, day, region, part)
    city, banner = (amounts(world.plan, region) for region in _SERVED)
    of_city, of_banner, of_principal = (_number(world, region, part) for region, part in due)
    advanced = f"ZS{world.year}-{_on(world, _ADVANCED):%m%d}-01"
    given = [
        _event(world, day, (1, "interest_paid"), (CITY, "息"), city["息"], pay_app_no=of_city),
        _event(world, day, (2, "interest_paid"), (BANNER, "息"), banner["息"], pay_app_no=of_banner),
        _event(world, day, (3, "lower_debt_deposited"), (BANNER, "息"), banner["息"],
               accrued_fen=banner["息"], pay_app_no=of_banner),
        _event(world, day, (4, "lower_debt_reimbursed"), (BANNER, "本"), _paid_of(world.plan, BANNER, "本"),
               settles_no=advanced, pay_app_no=of_principal),
    ]  # fmt: skip
    _record(conn, given, day)
    if _withheld_of(world.plan):
        _withhold_from_lower(conn, world, day, advanced)
    passed = _event(
        world, day, (5, "lower_debt_paid_from_deposit"), (CITY, "息"), banner["息"],
        accrued_fen=banner["息"], settles_no=given[2].event_no,
    )  # fmt: skip
    _record(conn, [passed], day)
    moves = [(given[2], 1), (given[3], 1), (passed, -1)]
    world.bank.transfer(
        conn, [Transfer(world.regions[CITY], i.event_no, sign * i.amount_fen) for i, sign in moves], on=day.on
    )


def _withhold_from_lower(conn: Conn, world: World, day: Day, advanced: str) -> None:
    """Principal that the banner does not pay: advanced before, or passed on now (192-T25, T22, T24)."""
    fen = _withheld_of(world.plan)
    of_advance = _event(
        world, day, (6, "debt_withheld_from_lower_advanced"), (CITY, "本"), fen, settles_no=advanced
    )
    plain = _event(world, day, (7, "debt_withheld_from_lower"), (CITY, "本"), fen)
    _record(conn, [of_advance, plain], day)
    passed = _event(
        world, day, (8, "lower_debt_paid_from_deposit"), (CITY, "本"), fen, settles_no=plain.event_no
    )
    quota = bgt_id(world, BANNER, "本")
    charged = [
        _event(world, day, (number, "debt_withheld_charged"), (BANNER, "本"), fen,
               settles_no=one.event_no, bgt_id=quota)
        for number, one in ((9, of_advance), (10, plain))
    ]  # fmt: skip
    _record(conn, [passed, *charged], day)
    world.bank.transfer(conn, [Transfer(world.regions[CITY], passed.event_no, -fen)], on=day.on)


def set_off(conn: Conn, world: World, day: Day) -> None:
    """What was withheld of the banner is cleared with what it was granted and waits for (192-T07)."""
    if fen := 2 * _withheld_of(world.plan):
        (doc,) = {doc for doc, region in waits(world.plan) if region == BANNER}
        line = granting.line_of(world, issue_number(world, doc), BANNER)
        item = transfers.LineCash(f"DB{world.year}-{world.regions[BANNER][:6]}", line, fen)
        transfers.set_off(conn, [item], **desk.cash(day.on))


def _on(world: World, when: tuple[int, int]) -> date:
    return world.days[world.plan.calendar.index(*when)]


def _number(world: World, region: int, part: str) -> str:
    return f"ZH{bgt_id(world, region, part)}"


def _allocate(conn: Conn, world: World, day: Day, region: int, part: str) -> None:
    allocate(conn, world, day, Allocation(
        _number(world, region, part), bgt_id(world, region, part), region, _paid_of(world.plan, region, part),
        _payee(world.year), "债务还本付息", f"HB{day.on:%Y%m%d}{region}{part}",
    ))  # fmt: skip


def withhold(conn: Conn, world: World, day: Day) -> None:
    """The autonomous region withholds principal of the city, which charges it to its quota (192-T24)."""
    fen = amounts(world.plan, CITY)["本"]
    withheld = _event(world, day, (1, "debt_withheld_by_upper"), (CITY, "本"), fen)
    _record(conn, [withheld], day)
    charged = _event(
        world, day, (2, "debt_withheld_charged"), (CITY, "本"), fen,
        settles_no=withheld.event_no, bgt_id=bgt_id(world, CITY, "本"),
    )  # fmt: skip
    _record(conn, [charged], day)


def movements(plan: Plan) -> pl.DataFrame:
    """What debt service moves of the treasuries' cash; what was set off last year is not paid in January."""
    at, city, banner = plan.calendar.index, amounts(plan, CITY), amounts(plan, BANNER)
    withheld, paid = _withheld_of(plan), _paid_of(plan, BANNER, "本")
    rows = [
        (CITY, at(*_ADVANCED), GENERAL, withheld - banner["本"]),
        (CITY, at(*_PAID), GENERAL, paid - withheld),
        (CITY, at(*_PAID), FUND, -city["息"]), (BANNER, at(*_PAID), GENERAL, -paid),
        (BANNER, at(*_PAID), FUND, -banner["息"]),
    ]  # fmt: skip
    if plan.before is not None:
        set_off = 2 * _withheld_of(plan.before)
        day = paid_on(plan.dates)
        rows += [(CITY, day, GENERAL, set_off), (BANNER, day, GENERAL, -set_off)]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def schedule(world: World, days: Sequence[Day]) -> None:
    """Its days of the year."""
    for when, work in (
        (_ADJUSTED, "debt_budget"), (_DUE, "debt_due"), (_ADVANCED, "debt_advanced"), (_PAID, "debt_paid"),
        (_WITHHELD, "debt_withheld"), (_YEAR_END, "debt_due"),
    ):  # fmt: skip
        days[world.plan.calendar.index(*when)].add(work)
    days[-1].add("debt_set_off")


# ---- what must hold


def net_assets_are_debt(conn: Conn, on: date) -> Iterator[Proof]:
    """What is owed stands against net assets, what is claimed in them (192: 2026 and 3082, 1041 and 3081)."""
    sums = {
        code: turnover(conn, Turnover((f"treasury_2015:{code}",), None, EVER, side), "mof_div_code")
        for code, side in (("2026", CREDIT), ("3082", DEBIT))
    }
    owed, against = sums["2026"], sums["3082"]
    bad = [
        region
        for (region,) in sorted({*owed, *against})
        if owed.get((region,), 0) != against.get((region,), 0)
    ]
    yield Proof(
        "应付转贷款＝待偿债净资产", not bad, sum(owed.values()), sum(against.values()), "、".join(bad)
    )


PART = Part(
    name="debt",
    cash=movements,
    found=found,
    schedule=schedule,
    stages=(
        Stage("debt_budget", Hour.ACTS, adjust, after="adjust"),
        Stage("debt_due", Hour.ACTS, accrue),
        Stage("debt_advanced", Hour.DOCUMENTS, advance),
        Stage("debt_paid", Hour.PAYING, pay),
        Stage("debt_withheld", Hour.PAYING, withhold),
        Stage("debt_set_off", Hour.PAYING, set_off),
    ),
    proofs=(net_assets_are_debt,),
    counts=(("债务收付", "select count(*) from debt_event"),),
)  # fmt: skip
