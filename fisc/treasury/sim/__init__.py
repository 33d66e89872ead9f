"""The treasury's part in the simulated city: payments asked for and signed, plans of use."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Stage, Table, Total
from fisc.city.plan import Plan
from fisc.city.world import World
from fisc.treasury.sim import alerts, operations, paying, payments, proofs, state_capital


def _movements(plan: Plan) -> pl.DataFrame:
    return pl.concat([payments.movements(plan), state_capital.movements(plan)])


def _schedule(world: World, days: Sequence[Day]) -> None:
    paying.schedule(world, days)
    state_capital.schedule(world, days)


PART = Part(
    name="treasury",
    tables=(
        Table("payments", payments.payments), Table("advances", payments.advances),
        Table("outlays", payments.outlays), Table("late_refunds", payments.late_refunds),
        Table("operations", operations.operations),
        Table("plans_of_use", operations.plans_of_use),
    ),
    cash=_movements,
    found=state_capital.found,
    schedule=_schedule,
    stages=(
        Stage("state_capital_budget", Hour.ACTS, state_capital.adjust, after="adjust"),
        Stage("plans", Hour.QUOTAS, paying.plan_use),
        Stage("ask", Hour.PAYING, paying.ask, work=("payments",), may_fall=True),
        Stage("sign", Hour.PAYING, paying.sign, work=("payments",), may_fall=True),
        Stage("state_capital_paid", Hour.PAYING, state_capital.pay),
        Stage("alerts", Hour.CLOSING, alerts.handle),
    ),
    refusals=((payments.OVERSPEND, "超指标申请"), (payments.WRONG_PAYEE, "收款人户名与账号不符")),
    proofs=(proofs.quota_is_treasury, proofs.cash_of_funds),
    growing=("treasury_payment",),
    counts=(
        ("支付申请", "select count(*) from treasury_payment"),
        ("已清算", "select count(*) from treasury_payment where state = 'cleared'"),
        ("撤销", "select count(*) from treasury_payment where state = 'withdrawn'"),
        ("退款", "select count(*) from treasury_refund"),
    ),
    totals=(
        Total("general_expenditure", "全市一般公共预算支出", "5001", 1),
        Total("", "全市政府性基金支出", "5002", 1),
    ),
)  # fmt: skip
