"""Payments of a year: how many per quota, on which days, how much, to whom; and what goes wrong.

The payments of a quota add up to what the plan says is paid from it. Those that fail in the end
(withdrawn, refused) and refunds use only money that stays on the quota, so that every payment
that should succeed finds its money whatever the order.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.budget.sim.projects import OPERATING, PERSONNEL
from fisc.budget.sim.quotas import INJECTED
from fisc.city.cash import MOVES
from fisc.city.draws import Bools, Ints, counts_at_least, rank_in_group, share_groups, some, tail
from fisc.city.plan import Plan
from fisc.city.tables import regions, weights

_PAYMENTS = 300_000
#: December's payroll pays the thirteenth month.
_DECEMBER_PAYROLL = 2
#: What becomes of a payment. The first is the ordinary way; the next are told by the bank: the payment is
#: made in the end, or given up; then what the services must refuse; then money advanced and settled.
OK, DUPLICATE, LATE, OUT_OF_ORDER, WRONG_ACCOUNT = "ok", "duplicate", "late", "out_of_order", "wrong_account"
ANSWERED_TWICE, PAID_TWICE, NO_VOUCHER = "answered_twice", "paid_twice", "no_voucher"
UNKNOWN_RECEIPT, WITHDRAWN = "unknown_receipt", "withdrawn"
WRONG_PAYEE, OVERSPEND, ADVANCE = "wrong_payee", "overspend", "advance"
FATES = (
    OK, DUPLICATE, LATE, OUT_OF_ORDER, WRONG_ACCOUNT, ANSWERED_TWICE, PAID_TWICE, NO_VOUCHER, UNKNOWN_RECEIPT,
    WITHDRAWN, WRONG_PAYEE, OVERSPEND, ADVANCE,
)  # fmt: skip
#: Payments a day that are worth a message to the bank; with fewer, a treasury pays on fewer days.
_PER_PAY_DAY, _SOME_PAY_DAYS = 40, 30
#: Payments a region makes before its budget is issued, as advances that are settled afterwards.
_ADVANCES = 1
#: Faults of a year at scale 1 and the least of each at any scale.
_FAULTS = (
    (DUPLICATE, 240, 4), (LATE, 300, 4), (OUT_OF_ORDER, 180, 3), (WRONG_ACCOUNT, 360, 4),
    (ANSWERED_TWICE, 60, 2), (PAID_TWICE, 6, 1), (NO_VOUCHER, 6, 1), (UNKNOWN_RECEIPT, 30, 1),
)  # fmt: skip
_EXTRA = ((WITHDRAWN, 150, 3), (WRONG_PAYEE, 120, 3), (OVERSPEND, 200, 4))
_REFUNDS, _LATE_REFUNDS = (400, 6), (60, 2)
#: Payments from a quota that puts capital into an enterprise: none fails, none comes back.
_INJECTIONS = 3
#: 实拨: paid by the treasury itself, not through the agent bank.
ENTITY = "entity"
_PURPOSES = {PERSONNEL: "工资和社会保障缴费", OPERATING: "日常公用支出"}


def payments(plan: Plan) -> pl.DataFrame:
    """The year's payment applications by day.

    Columns: quota (row), day (index), amount_fen, payee (row), pay_type, fate, late_days,
    refund_fen, refund_day (-1 none), pay_app_no, region. Wrong payees and overspends are refused;
    withdrawn ones come back from the bank and are given up; all others are paid in the end.
    """
    quotas = plan["quota_shares"]
    regular = _regular(plan, quotas)
    frame = pl.concat([regular, _extra(plan, quotas)], how="vertical")
    frame = _with_refunds(plan, quotas, _with_payees(plan, quotas, plan["payees"], frame))
    frame = _told_apart(quotas, plan["payees"], frame)
    frame = _with_fates(plan, quotas, _with_advances(plan, quotas, frame))
    return _numbered(plan, quotas, frame)


def injections(quotas: pl.DataFrame) -> Bools:
    """Quotas from which capital is put into state enterprises."""
    found: Bools = quotas["theme"].to_numpy() == INJECTED
    return found


def _count(plan: Plan, at_scale_1: int, least: int) -> int:
    return max(round(at_scale_1 * plan.scale), least)


def _regular(plan: Plan, quotas: pl.DataFrame) -> pl.DataFrame:
    """Payments that succeed: payroll by month, the rest on days drawn by how busy they are."""
    rng = plan.stream("payments")
    people = quotas["group"].to_numpy() == PERSONNEL
    counts = _counts(plan, quotas, people)
    quota = np.repeat(np.arange(len(quotas)), counts)
    days, weight = _days(plan, quotas, quota, rng), tail(rng, len(quota))
    month, on_payroll = rank_in_group(quota), people[quota]
    days[on_payroll] = np.array(plan.calendar.payroll)[month[on_payroll]]
    is_december = month[on_payroll] == len(plan.calendar.payroll) - 1
    weight[on_payroll] = np.where(is_december, _DECEMBER_PAYROLL, 1)
    days = _on_pay_days(plan, quotas["region"].to_numpy()[quota], days)
    order = np.lexsort((np.arange(len(quota)), days, quota))
    quota, days, weight = quota[order], days[order], weight[order]
    amounts = share_groups(quotas["paid_fen"].to_numpy(), weight, quota)
    return pl.DataFrame({"quota": quota, "day": days, "amount_fen": amounts, "fate": [OK] * len(quota)})


def _counts(plan: Plan, quotas: pl.DataFrame, people: np.typing.NDArray[np.bool_]) -> Ints:
    """Payments per quota: twelve payrolls; the rest in proportion to how long a quota may be used."""
    months = len(plan.calendar.payroll)
    rng = plan.stream("payment counts")
    usable = plan.calendar.last_asking - quotas["day"].to_numpy() + 1
    weight = usable * rng.integers(2, 9, len(quotas))
    weight[quotas["group"].to_numpy() == OPERATING] *= 2
    counts = np.full(len(quotas), months, np.int64)
    rest = max(round(_PAYMENTS * plan.scale) - months * int(people.sum()), 0)
    counts[~people] = counts_at_least(rest, weight[~people], 1)
    counts[injections(quotas)] = _INJECTIONS
    counts[quotas["paid_fen"].to_numpy() == 0] = 0
    return counts


def _days(plan: Plan, quotas: pl.DataFrame, quota: Ints, rng: np.random.Generator) -> Ints:
    """A day for each payment, from the quota's first day to the last day of asking."""
    steps = np.r_[0, np.cumsum(plan.calendar.busyness)]
    first = steps[quotas["day"].to_numpy()[quota]]
    last = steps[plan.calendar.last_asking + 1]
    drawn = first + rng.integers(0, 1 << 40, len(quota)) % (last - first)
    found: Ints = np.searchsorted(steps, drawn, side="right") - 1
    return found


def pay_days(plan: Plan, region: int) -> Ints:
    """The days on which a region pays: where there is little to pay, once a month, with the payroll; else
    also on payroll days, and on as many others as its payments fill."""
    calendar = plan.calendar
    share_of = weights("counts")[region] / sum(weights("counts"))
    wanted = int(_PAYMENTS * plan.scale * share_of) // _PER_PAY_DAY
    ends = {*calendar.month_ends[:-1], calendar.last_asking}
    if wanted < _SOME_PAY_DAYS:
        return np.array(sorted(ends), np.int64)
    most = max(len(calendar.days) // max(wanted - _SOME_PAY_DAYS, 1), 1)
    step = 1 << (most.bit_length() - 1)  # a power of two, so that regions pay on common days
    return np.array(sorted(ends | {*calendar.payroll, *range(0, calendar.last_asking, step)}), np.int64)


def _on_pay_days(plan: Plan, region: Ints, days: Ints) -> Ints:
    """Each day moved to the next day on which its region pays."""
    moved = days.copy()
    for number in range(len(regions())):
        here = region == number
        calendar = pay_days(plan, number)
        moved[here] = calendar[np.searchsorted(calendar, days[here])]
    return moved


def _extra(plan: Plan, quotas: pl.DataFrame) -> pl.DataFrame:
    """Applications that do not end in a payment, on quotas with money left (a third of it at most)."""
    rng = plan.stream("payments in vain")
    able = quotas["left_fen"].to_numpy() > 300
    parts = []
    for fate, at_scale_1, least in _EXTRA:
        n = _count(plan, at_scale_1, least)
        rows = np.flatnonzero(able if fate != OVERSPEND else quotas["paid_fen"].to_numpy() > 0)
        quota = rows[rng.integers(0, len(rows), n)] if fate == OVERSPEND else some(rng, able, n)
        left, whole = quotas["left_fen"].to_numpy()[quota], quotas["paid_fen"].to_numpy()[quota]
        # far above the quota: swaps and appended money may have raised it meanwhile
        amount = 4 * (whole + left) + 1_000_000_00 if fate == OVERSPEND else np.maximum(left // 6, 1)
        first = quotas["day"].to_numpy()[quota]
        last = plan.calendar.index(12, 10)
        day = first + rng.integers(0, 1 << 40, len(quota)) % np.maximum(last - first, 1)
        day = _on_pay_days(plan, quotas["region"].to_numpy()[quota], day)
        parts.append(
            pl.DataFrame({"quota": quota, "day": day, "amount_fen": amount, "fate": [fate] * len(quota)})
        )
    return pl.concat(parts)


def _with_payees(plan: Plan, quotas: pl.DataFrame, payees: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """A payee of the region for each payment: the payroll account, or anybody else."""
    rng = plan.stream("who is paid")
    quota = frame["quota"].to_numpy()
    first, counts = _may_be_paid(quotas, payees, quota)
    drawn = first + rng.integers(0, 1 << 40, len(frame)) % counts
    pay_type = quotas["pay_type"].to_numpy()[quota].astype(object)
    plain = (pay_type == "direct") & (frame["fate"].to_numpy() == OK)
    pay_type[(rng.integers(0, 100, len(frame)) == 0) & plain] = ENTITY
    return frame.with_columns(pl.Series("payee", drawn), pl.Series("pay_type", pay_type.tolist()))


def _may_be_paid(quotas: pl.DataFrame, payees: pl.DataFrame, quota: Ints) -> tuple[Ints, Ints]:
    """The first of the payees (rows) that payments of quotas may go to, and how many these are.

    The payroll account, the city's state enterprises where capital is put into them, else all others.
    """
    is_state = payees["enterprise_code"].to_numpy() != ""
    counts = np.bincount(payees["region"].to_numpy()[~is_state], minlength=len(regions()))
    first = np.r_[0, np.cumsum(counts)[:-1]]
    region = quotas["region"].to_numpy()[quota]
    people, invested = (quotas["group"].to_numpy() == PERSONNEL)[quota], injections(quotas)[quota]
    kinds = [people, invested]
    start = np.select(kinds, [first[region], np.full(len(quota), int((~is_state).sum()))], first[region] + 1)
    of_each = np.select(kinds, [np.ones(len(quota), np.int64), is_state.sum()], counts[region] - 1)
    return start.astype(np.int64), of_each.astype(np.int64)


def _told_apart(quotas: pl.DataFrame, payees: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """No two payments of a quota go to one payee on a day with one amount: services ask about a repeat."""
    first, counts = _may_be_paid(quotas, payees, frame["quota"].to_numpy())
    keys = ["quota", "day", "amount_fen", "payee"]
    for _ in range(int(counts.max())):
        again = frame.select(pl.int_range(pl.len()).over(keys)).to_series().to_numpy()
        if not (again * (counts > 1)).any():
            break
        payee = first + (frame["payee"].to_numpy() - first + again) % counts
        frame = frame.with_columns(pl.Series("payee", payee))
    return frame


def _with_refunds(plan: Plan, quotas: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Some payments are larger than they should be; the surplus comes back some weeks later.

    The surplus is at most a third of what the quota has left, one refund per quota.
    """
    rng = plan.stream("refunds")
    quota = frame["quota"].to_numpy()
    left = quotas["left_fen"].to_numpy()[quota]
    early = frame["day"].to_numpy() < plan.calendar.index(11, 1)
    able = early & (left > 300) & (frame["fate"].to_numpy() == OK) & (frame["pay_type"].to_numpy() != ENTITY)
    first = np.zeros(len(frame), bool)
    first[np.unique(np.where(able, quota, -1), return_index=True)[1]] = True
    chosen = some(rng, able & first, _count(plan, *_REFUNDS))
    refund, day = np.zeros(len(frame), np.int64), np.full(len(frame), -1, np.int64)
    refund[chosen] = np.maximum(left[chosen] // 3, 1)
    day[chosen] = frame["day"].to_numpy()[chosen] + rng.integers(12, 30, len(chosen))
    fate = frame["fate"].to_numpy().astype(object)
    return frame.with_columns(
        pl.Series("amount_fen", frame["amount_fen"].to_numpy() + refund),
        pl.Series("refund_fen", refund),
        pl.Series("refund_day", day),
        pl.Series("fate", fate.tolist()),
    )


def late_refunds(plan: Plan) -> pl.DataFrame:
    """Payments of the year before of which a tenth comes back only now (上年退款): day and amount_fen too."""
    if plan.before is None:
        return plan["payments"].clear()
    before = plan.before["payments"]
    rng = plan.stream("refunds of last year")
    able = (pl.col("fate") == OK) & (pl.col("refund_fen") == 0) & (pl.col("pay_type") == "direct")
    mask = before.select(able & (pl.col("amount_fen") > 1000)).to_series().to_numpy()
    chosen = before[some(rng, mask, _count(plan, *_LATE_REFUNDS))]
    days = _on_pay_days(plan, chosen["region"].to_numpy(), rng.integers(20, 60, len(chosen)))
    return chosen.with_columns(pl.Series("day", days), (pl.col("amount_fen") // 10).alias("amount_fen"))


def _with_advances(plan: Plan, quotas: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """First payments of some running costs are advanced before the budget is issued (预拨), and settled."""
    quota = frame["quota"].to_numpy()
    running = (quotas["group"].to_numpy() == OPERATING)[quota] & (frame["fate"].to_numpy() == OK)
    region = quotas["region"].to_numpy()[quota]
    fate, day = frame["fate"].to_numpy().astype(object), frame["day"].to_numpy().copy()
    for number in range(len(regions())):
        chosen = np.flatnonzero(running & (region == number))[:_ADVANCES]
        fate[chosen] = ADVANCE
        day[chosen] = settling_day(plan)
    return frame.with_columns(pl.Series("fate", fate.tolist()), pl.Series("day", day))


def settling_day(plan: Plan) -> int:
    """When advances are charged to the quotas that follow."""
    return plan.dates.to_units + 2


def _with_fates(plan: Plan, quotas: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Bank faults on payments that succeed in the end; none so late that it would cross the year's end."""
    rng = plan.stream("fates")
    fate = frame["fate"].to_numpy().astype(object)
    days = frame["day"].to_numpy()
    safe = days < plan.calendar.index(12, 10)
    late_days = np.zeros(len(frame), np.int64)
    crossing = np.isin(days, plan.calendar.month_ends)
    by_bank = frame["pay_type"].to_numpy() != ENTITY
    plain = ~injections(quotas)[frame["quota"].to_numpy()]
    for name, at_scale_1, least in _FAULTS:
        mask = plain & safe & (fate == OK) & by_bank & (frame["refund_fen"].to_numpy() == 0)
        n = _count(plan, at_scale_1, least)
        chosen = some(rng, mask, n)
        if name == LATE:  # one in two stands in transit over a month's end
            chosen = some(rng, mask & crossing, n // 2)
            others = mask & ~np.isin(np.arange(len(frame)), chosen)
            chosen = np.union1d(chosen, some(rng, others, n - n // 2))
            late_days[chosen] = rng.integers(2, 5, len(chosen))
        fate[chosen] = name
    return frame.with_columns(pl.Series("fate", fate.tolist()), pl.Series("late_days", late_days))


def _numbered(plan: Plan, quotas: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by day and region and number the applications of each region."""
    region = quotas["region"].to_numpy()[frame["quota"].to_numpy()]
    order = np.lexsort((np.arange(len(frame)), region, frame["day"].to_numpy()))
    frame, region = frame[order], region[order]
    serial = rank_in_group(region.astype(np.int64)) + 1
    prefix = np.array([f"ZF{plan.year}{code[:6]}" for code in regions()])[region]
    return frame.with_columns(
        pl.Series(
            "pay_app_no", [f"{p}{s:07d}" for p, s in zip(prefix.tolist(), serial.tolist(), strict=True)]
        ),
        pl.Series("region", region),
    )


def purpose(group: str, title: str) -> str:
    """What a payment is for, in words."""
    return _PURPOSES.get(group, title)


def advances(plan: Plan) -> pl.DataFrame:
    """Payments that go out as advances before the budget is issued, and are settled afterwards."""
    return plan["payments"].filter(pl.col("fate") == ADVANCE)


def outlays(plan: Plan) -> pl.DataFrame:
    """The payments that are made, with `fund_type_code` and `ori_bgt_id` ('' unless of a carried quota)."""
    made = plan["payments"].filter(~pl.col("fate").is_in([OVERSPEND, WITHDRAWN, WRONG_PAYEE]))
    return _of_quotas(plan, made)


def _of_quotas(plan: Plan, payments: pl.DataFrame) -> pl.DataFrame:
    """Payments of a year with the fund and origin of their quotas."""
    return pl.concat(
        [payments, plan["quota_shares"][payments["quota"]].select("fund_type_code", "ori_bgt_id")],
        how="horizontal",
    )


def movements(plan: Plan) -> pl.DataFrame:
    """What payments and refunds move of the treasuries' cash."""
    paid, keys = plan["outlays"], ["region", "day", "fund_type_code"]
    back = paid.filter(pl.col("refund_day") >= 0)
    late = _of_quotas(plan.before, plan["late_refunds"]).select(*keys, "amount_fen") if plan.before else None
    return pl.concat([
        paid.select(*keys, -pl.col("amount_fen")),
        back.select("region", "fund_type_code", day="refund_day", amount_fen="refund_fen").select(*MOVES),
        *([late] if late is not None else []),
    ])  # fmt: skip
