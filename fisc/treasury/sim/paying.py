"""Units ask for their payments and the treasury signs; the plan's wrong ones must be refused.

All regions go through each step in one call. What the plan lets a unit do wrong (ask for too much, name the
wrong payee) the services must refuse. What the bank does with the others is the bank's part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import psycopg

from fisc.budget.sim.quotas import PAYROLL
from fisc.city import desk
from fisc.city.day import Day, Row
from fisc.city.papers import attached
from fisc.city.parts import Refusal
from fisc.city.plan import Plan
from fisc.city.world import World
from fisc.kernel.posting import in_transaction
from fisc.treasury import services as treasury
from fisc.treasury.services.payroll import enroll
from fisc.treasury.sim import alerts, persons
from fisc.treasury.sim.payments import (
    ADVANCE,
    ENTITY,
    OVERSPEND,
    WITHDRAWN,
    WRONG_ACCOUNT,
    WRONG_PAYEE,
    purpose,
)

Conn = psycopg.Connection[Any]

#: What the services must refuse, and what the bank returns.
REFUSED = (OVERSPEND, WRONG_PAYEE)
RETURNED = (WRONG_ACCOUNT, WITHDRAWN)


class UnexpectedOutcome(AssertionError):
    """A service did what the plan says it must not, or refused what it must do."""


def certificate(row: Row) -> str:
    """The first certificate number of a payment."""
    return ("BK" if row["pay_type"] == ENTITY else "PZ") + str(row["pay_app_no"])


def sound(day: Day) -> list[Row]:
    """A day's payments without those that are refused."""
    return [row for row in day.rows("payments") if row["fate"] not in REFUSED]


def schedule(world: World, days: Sequence[Day]) -> None:
    """Applications on their days (advances are not among them), refunds, plans of use."""
    asked = world.plan["payments"].filter(pl.col("fate") != ADVANCE)
    for key, frame in asked.partition_by("day", as_dict=True).items():
        days[int(key[0])].add("payments", *frame.to_dicts())
    for day in days:
        if any(row["fate"] in RETURNED for row in sound(day)):
            day.add("returns")
    for index, rows in _refunds(world.plan).items():
        days[index].add("refunds", *rows)
    for row in world.rows("plans_of_use"):
        days[row["day"]].add("plans", row)
    alerts.schedule(days)


def _refunds(plan: Plan) -> dict[int, list[dict[str, Any]]]:
    """Payments of which something comes back, by the day on which it does."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in plan["payments"].filter(pl.col("refund_day") >= 0).iter_rows(named=True):
        found[row["refund_day"]].append({**row, "kind": "this_year"})
    for row in plan["late_refunds"].iter_rows(named=True):
        late = {"kind": "last_year_held", "refund_fen": row["amount_fen"]}
        found[row["day"]].append({**row, **late})
    return found


def _planned(plan: Plan) -> frozenset[int]:
    """Quotas that are spent by plans of use."""
    return frozenset(plan["plans_of_use"]["quota"].to_list())


def _application(world: World, row: Row) -> treasury.PaymentApplication:
    """A payment as its unit asks for it; a wrong payee bears a name that is not the account's."""
    quota, payee = world.rows("quotas")[row["quota"]], world.rows("payees")[row["payee"]]
    project = world.rows("projects")[quota["project"]]
    name = payee["name"] if row["fate"] != WRONG_PAYEE else payee["name"].replace("（", "误（", 1)
    return treasury.PaymentApplication(
        row["pay_app_no"], quota["bgt_id"], row["amount_fen"], row["pay_type"], name, payee["acct_no"],
        payee["bank_no"], purpose(project["group"], project["name"]), world.regions[row["region"]],
        stage="planned" if row["quota"] in world.plan.once(_planned) else "executable",
        payroll_line=persons.month(world, row) if row["pay_type"] == PAYROLL else "",
        attachments=attached(row["pay_app_no"]),
    )  # fmt: skip


def ask(conn: Conn, world: World, day: Day) -> list[Refusal]:
    """Apply for a day's payments; give what is refused. Raises UnexpectedOutcome where services differ."""
    rows, on = day.rows("payments"), day.on
    given = [_application(world, row) for row in rows]
    outcomes = in_transaction(conn, lambda: _applied(conn, world, rows, given, on))
    refused = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if (outcome.refusal is not None) != (row["fate"] in REFUSED):
            raise UnexpectedOutcome(f"{row['pay_app_no']} {row['fate']}：{outcome.refusal}")
        if outcome.refusal is not None:
            refused.append(Refusal(row["pay_app_no"], row["fate"], on, type(outcome.refusal).__name__,
                                   outcome.refusal.message))  # fmt: skip
    return refused


def _applied(
    conn: Conn, world: World, rows: Sequence[Row], given: Sequence[treasury.PaymentApplication], on: date
) -> list[treasury.Outcome]:
    """Applications, and the persons of those for pay."""
    outcomes = treasury.apply(conn, given, by=desk.UNIT_MAKE, on=on, each=True)
    fresh = {outcome.key for outcome in outcomes if outcome.is_new}
    enroll(conn, [
        persons.roster(world, row) for row in rows
        if row["pay_type"] == PAYROLL and row["pay_app_no"] in fresh
    ])  # fmt: skip
    return outcomes


def sign(conn: Conn, world: World, day: Day) -> None:
    """Review, approve and certify."""
    keys, on = [row["pay_app_no"] for row in sound(day)], day.on
    treasury.review(conn, keys, by=desk.UNIT_REVIEW, on=on)
    treasury.approve(conn, keys, by=desk.TREASURY_REVIEW, on=on)
    treasury.certify(conn, keys, by=desk.TREASURY_SIGN, on=on)


def plan_use(conn: Conn, world: World, day: Day) -> None:
    """Plans of use that begin on a day: made, reviewed, approved and opened (the city's units only)."""
    rows, on = day.rows("plans"), day.on
    ids = [world.rows("quotas")[r["quota"]]["bgt_id"] for r in rows]
    given = [
        treasury.Plan(f"YK{bgt_id}-{r['month']:02d}", bgt_id, r["month"], r["amount_fen"])
        for r, bgt_id in zip(rows, ids, strict=True)
    ]
    keys = [item.plan_no for item in given]
    treasury.make_plans(conn, given, by=desk.UNIT_MAKE, on=on)
    treasury.review_plans(conn, keys, by=desk.UNIT_REVIEW, on=on)
    treasury.approve_plans(conn, keys, by=desk.TREASURY_REVIEW, on=on)
    treasury.open_plans(conn, world.regions[0], by=desk.TREASURY_MAKE, on=on)
