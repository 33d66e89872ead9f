"""Revenue as the treasury and the tax side report it: receipts, shares, refunds, relief, statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.city import desk
from fisc.city.bank import Collected
from fisc.city.day import Day, Row
from fisc.city.desk import Seat
from fisc.city.draws import share
from fisc.city.tables import CITY, synthetic_total
from fisc.city.world import World
from fisc.revenue import services as revenue
from fisc.revenue.sim.sharing import CREDIT_CODE, SHARED_CODE, orders
from fisc.revenue.sim.statistics import Published, before, published, targets

Conn = psycopg.Connection[Any]

#: Relief by kind, in per cent, and how it grows over the year's quarters.
_RELIEF: Final = (("tax", 68), ("fee", 9), ("insurance", 8), ("deferred", 15))
_QUARTERS: Final = (18, 30, 29, 23)
SEAT: Final = Seat("RM", "收入登记", ("revenue_make",))
_MAKE: Final = SEAT.officer


# ---- money that comes in


def receive(conn: Conn, world: World, day: Day) -> None:
    """The treasury's daily reports of all regions: credited, recorded, confirmed."""
    rows, on, places = day.rows("receipts"), day.on, world.regions
    _credit(conn, world, [
        (r["region"], r["rev_func_code"], r["fund_type_code"], r["amount_fen"],
         revenue.report_key(places[r["region"]], on))
        for r in rows
    ], on)  # fmt: skip
    given = [
        revenue.DailyReceipt(
            places[r["region"]], on, r["rev_func_code"], r["fund_type_code"], r["amount_fen"]
        )
        for r in rows
    ]
    keys = list(revenue.record_daily_reports(conn, given, by=_MAKE, on=on))
    revenue.confirm_daily_reports(conn, keys, by=desk.TREASURY_REVIEW, on=on)


def _credit(conn: Conn, world: World, rows: Iterable[tuple[int, str, str, int, str]], on: date) -> None:
    """The treasury's accounts are credited (or debited) by region, code and fund, under papers' numbers."""
    sums: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for region, code, fund, fen, number in rows:
        sums[region, code, fund, number] += fen
    collected = [
        Collected(world.regions[r], code, fund, fen, number) for (r, code, fund, number), fen in sums.items()
    ]
    world.bank.collect_revenue(conn, collected, on=on, seed=world.seed)


def share_out(conn: Conn, world: World, day: Day) -> None:
    """Gross receipts of income tax and the levels' parts: ours in the books and on the accounts."""
    rows, parts, on = day.rows("gross_receipts"), day.rows("shared_parts"), day.on
    _credit(conn, world, [
        (p["region"], SHARED_CODE, "111", p["amount_fen"], _receipt_no(world, p["of"], on)) for p in parts
    ], on)  # fmt: skip
    given = [
        revenue.GrossReceipt(
            _receipt_no(world, r["region"], on), world.regions[r["region"]], on, SHARED_CODE, "111",
            r["gross_fen"],
        )
        for r in rows
    ]  # fmt: skip
    revenue.record_receipts(conn, given, by=_MAKE, on=on)
    revenue.confirm_receipts(conn, [r.receipt_no for r in given], by=desk.TREASURY_REVIEW, on=on)


def _receipt_no(world: World, region: int, on: date) -> str:
    """The number of a region's gross receipt of a day."""
    return f"FX{world.regions[region][:6]}{on:%Y%m%d}"


def pay_back(conn: Conn, world: World, day: Day) -> None:
    """Refunds of tax credit, each by its order: the whole amount told, the share borne here in red."""
    rows, on = day.rows("tax_refunds"), day.on
    _credit(conn, world, [
        (r["region"], CREDIT_CODE, "111", -r["amount_fen"], _refund_no(world, r)) for r in rows
    ], on)  # fmt: skip
    given = [
        revenue.TaxRefund(
            _refund_no(world, r), world.regions[r["region"]], on, CREDIT_CODE, r["full_fen"],
            revenue.Source("收入退还书（模拟）", f"退库模〔{world.year}〕{r['number']}号"),
        )
        for r in rows
    ]  # fmt: skip
    revenue.record_refunds(conn, given, by=_MAKE, on=on)
    revenue.confirm_refunds(conn, [r.refund_no for r in given], by=desk.TREASURY_REVIEW, on=on)


def _refund_no(world: World, row: Row) -> str:
    return f"LD{world.regions[row['region']][:6]}{world.year}{row['number']:05d}"


# ---- what others tell


def _order_sharing(conn: Conn, on: date) -> None:
    """The documents that say how levels share the income tax."""
    given = [
        revenue.SharingOrder(o.jurisdiction, o.rev_func_code, o.valid_from,
                             tuple(revenue.LevelPart(*part) for part in o.shares),
                             revenue.Source("财政体制文件（模拟）", o.source))
        for o in orders()
    ]  # fmt: skip
    keys = list(revenue.record_sharing(conn, given, region=CITY, by=_MAKE, on=on))
    revenue.confirm_sharing(conn, keys, by=desk.REGISTRY_REVIEW, on=on)


def tell_relief(conn: Conn, world: World, day: Day) -> None:
    """Relief of a quarter (1 to 4) by region and kind, as the tax office reports it."""
    on, quarter = day.on, day.rows("relief")[0]["quarter"]
    total = int(share(synthetic_total("tax_relief", world.year), list(_QUARTERS))[quarter - 1])
    of_region = share(total, world.plan.controls.revenue // 10**8)
    given = [
        revenue.TaxRelief(
            f"JM{world.regions[r][:6]}{world.year}{quarter}-{kind}", world.regions[r], on, fen,
            revenue.Source("税务局减免税费统计（模拟）", f"税统模〔{world.year}〕{quarter}号"), kind,
        )
        for r, fen_of in enumerate(of_region.tolist())
        for (kind, _), fen in zip(_RELIEF, share(fen_of, [w for _, w in _RELIEF]).tolist(), strict=True)
    ]  # fmt: skip
    revenue.record_relief(conn, given, by=_MAKE, on=on)
    revenue.confirm_relief(conn, [r.relief_no for r in given], by=desk.TREASURY_REVIEW, on=on)


def found(conn: Conn, world: World) -> None:
    """How levels share, what was published before the ledger began, and the year's target of revenue."""
    if world.is_first:
        _order_sharing(conn, world.eve)
        _publish(conn, before(world.first_year), world.eve)
    _publish(conn, targets(world.year), world.eve)


def tell_statistics(conn: Conn, world: World, day: Day) -> None:
    """What is published about the year at its end."""
    _publish(conn, published(world.year), day.on)


def _publish(conn: Conn, told: Sequence[Published], on: date) -> None:
    given = [
        revenue.StatisticEntry(p.item, p.mof_div_code, p.fiscal_year, p.value, p.unit, on,
                               revenue.Source(p.source, p.source_no), p.of)
        for p in told
    ]  # fmt: skip
    keys = list(revenue.record_statistics(conn, given, by=_MAKE, on=on))
    revenue.confirm_statistics(conn, keys, by=desk.REGISTRY_REVIEW, on=on)
