"""Revenue that levels share: income tax by gross receipts, refunds of tax credit in full and as borne here.

The divisions are those of `fisc.revenue`, so the books must come to what is planned here, to the fen.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from fisc.city.draws import Ints, share, share_groups, tail
from fisc.city.plan import Plan
from fisc.city.seasons import month_weights
from fisc.city.tables import read, regions
from fisc.revenue.sharing import SharingRule, shipped, split

#: Enterprise income tax comes in by gross receipts; refunds of tax credit have a code of their own.
#: (目; the budget names the 款 above them.)
SHARED_SECTION, SHARED_CODE, CREDIT_CODE = "10104", "1010433", "101010136"
#: What a government keeps of the income tax is about this part (thousandths) of its general revenue.
_SHARED_PART = 120
#: Refunds of tax credit (留抵退税): local share in ten-thousandths of general revenue, by year.
_CREDIT_REFUND = {2021: 60, 2022: 420}
_SHARED_DAY = 16
_MONTHS = range(1, 13)
_WHOLE_BP = 10_000

_RECEIPTS = {"region": pl.Int64, "day": pl.Int64, "gross_fen": pl.Int64}
_PARTS = {"region": pl.Int64, "day": pl.Int64, "amount_fen": pl.Int64, "of": pl.Int64}
_REFUNDS = {"region": pl.Int64, "day": pl.Int64, "full_fen": pl.Int64, "amount_fen": pl.Int64}


@cache
def orders() -> tuple[SharingRule, ...]:
    """The simulated documents of the fiscal system."""
    shares: dict[tuple[str, str, str, str], list[tuple[str, int]]] = defaultdict(list)
    for row in read("sharing", "fisc.revenue.sim"):
        key = (row["jurisdiction"], row["rev_func_code"], row["valid_from"], row["doc_no"])
        shares[key].append((row["level"], int(row["share_bp"])))
    return tuple(
        SharingRule(code, rev, tuple(given), date.fromisoformat(first), source=number, is_ours=True)
        for (code, rev, first, number), given in shares.items()
    )


def shared_receipts(plan: Plan, days: Ints) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(receipts, parts): gross receipts of each month by region, and what governments here keep of them.

    Receipts: region, day, gross_fen, on one of `days` about the middle of the month. Parts: region, day,
    amount_fen, of which region's receipt (a receipt of a banner has two parts).
    """
    paid_in = [int(days[np.searchsorted(days, plan.calendar.index(m, _SHARED_DAY)) - 1]) for m in _MONTHS]
    kept = dict(enumerate((plan.controls.revenue * _SHARED_PART // 1000).tolist()))
    receipts, parts = [], []
    for region, total in kept.items():
        own_bp = _own_bp(plan, region)
        of_month = share(total, month_weights(plan.year)).tolist()
        before = 0
        for day, kept_fen in zip(paid_in, of_month, strict=True):
            gross = kept_fen * _WHOLE_BP // own_bp
            receipts.append((region, day, gross))
            parts += [(to, day, fen, region) for to, fen in _kept(plan, region, day, gross, before)]
            before += gross
    return (
        pl.DataFrame(receipts, schema=_RECEIPTS, orient="row"),
        pl.DataFrame(parts, schema=_PARTS, orient="row"),
    )


def _kept(plan: Plan, region: int, day: int, gross_fen: int, before_fen: int = 0) -> list[tuple[int, int]]:
    """(region, fen) of the levels that are ours, of a receipt after others of the year."""
    codes, on = regions(), plan.calendar.days[day]
    levels = split(gross_fen, SHARED_CODE, codes[region], on, (*shipped(), *orders()), before_fen=before_fen)
    return [(codes.index(lv.to_div_code), lv.amount_fen) for lv in levels if lv.to_div_code in codes]


def _own_bp(plan: Plan, region: int) -> int:
    """Of 10,000 fen, what stays with the government that collects."""
    return dict(_kept(plan, region, 0, _WHOLE_BP))[region]


def tax_refunds(plan: Plan, days: Ints, rows: int) -> pl.DataFrame:
    """Refunds of tax credit from April on, `rows` a region on some of `days`.

    Columns: region, day, full_fen, amount_fen (borne here).
    """
    rng = plan.stream("tax refunds")
    local = plan.controls.revenue * _CREDIT_REFUND[plan.year] // _WHOLE_BP
    group = np.tile(np.arange(len(local)), rows)
    able = days[days >= plan.calendar.index(4, 6)]
    day = able[rng.integers(0, len(able), len(group))]
    wanted = share_groups(local, tail(rng, len(group)), group)
    whole = [
        (at, of, _whole(plan, of, at, fen))
        for of, at, fen in zip(group.tolist(), day.tolist(), wanted.tolist(), strict=True)
    ]
    before: dict[int, int] = defaultdict(int)
    found = []
    for at, of, full in sorted(whole):  # as they are confirmed: each is shared after those before it
        found.append((of, at, full, _borne(plan, of, at, full, before[of])))
        before[of] += full
    return pl.DataFrame(found, schema=_REFUNDS, orient="row")


def _whole(plan: Plan, region: int, day: int, wanted: int) -> int:
    """The refund of which about `wanted` is borne by the region."""
    return wanted * _WHOLE_BP // _borne(plan, region, day, _WHOLE_BP, 0)


def _borne(plan: Plan, region: int, day: int, full_fen: int, before_fen: int) -> int:
    """What a region bears of a refund, to the fen, after others of the year."""
    on, code = plan.calendar.days[day], regions()[region]
    levels = split(-full_fen, CREDIT_CODE, code, on, (*shipped(), *orders()), before_fen=-before_fen)
    return -{lv.to_div_code: lv.amount_fen for lv in levels}.get(code, 0)
