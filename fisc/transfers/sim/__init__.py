"""Transfers' part in the simulated city: documents from above and to banners, their cash, loans, bonds."""

from __future__ import annotations

from collections.abc import Sequence

from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Stage, Table, Total
from fisc.city.world import World
from fisc.transfers.sim import documents, granting, lending, notices, proofs
from fisc.transfers.sim.lending import BOND_CASH_AFTER, RECEIVED_CASH_AFTER
from fisc.transfers.sim.settling import ISSUED_CASH_AFTER

_TABLES = (
    Table("notices", notices.notices), Table("documents", documents.documents),
    Table("issues", documents.issues), Table("arranged", documents.arranged), Table("held", documents.held),
    Table("adjusted", documents.adjusted), Table("loans", lending.loans),
)  # fmt: skip
#: The city's own subsidy goes with the documents of its approved budget.
_SUBSIDY = {"doc": -1}


def _schedule(world: World, days: Sequence[Day]) -> None:
    """Documents received, issued, paid (early ones wait for the city's budget); bonds; loans."""
    dates, last = world.plan.dates, len(days) - 1
    days[dates.adjusted].add("on_lend")
    days[dates.adjusted + BOND_CASH_AFTER].add("bond_cash")
    for row in world.rows("documents"):
        days[row["day"]].add("documents", row)
        days[min(row["day"] + RECEIVED_CASH_AFTER, last)].add("cash_in", row)
    for doc, issued in world.plan["issues"].select("doc", "day").unique(maintain_order=True).iter_rows():
        day = max(issued, dates.approved)
        days[day].add("issues", {"doc": doc})
        days[min(day + ISSUED_CASH_AFTER, last)].add("cash_out", {"doc": doc})
    days[dates.approved].add("issues", _SUBSIDY)
    days[dates.approved + ISSUED_CASH_AFTER].add("cash_out", _SUBSIDY)
    for number, row in enumerate(world.rows("loans"), start=1):
        days[row["day"]].add("loans", {**row, "number": number, "is_back": False})
        days[row["back"]].add("loans", {**row, "number": number, "is_back": True})


PART = Part(
    name="transfers",
    tables=_TABLES,
    cash=lending.movements,
    schedule=_schedule,
    stages=(
        Stage("on_lend", Hour.ACTS, granting.on_lend, after="adjust"),
        Stage("bond_cash", Hour.ACTS, granting.bond_cash),
        Stage("documents", Hour.DOCUMENTS, granting.receive),
        Stage("issues", Hour.DOCUMENTS, granting.issue),
        Stage("cash_in", Hour.DOCUMENTS, granting.receive_cash),
        Stage("cash_out", Hour.DOCUMENTS, granting.pay_out),
        Stage("loans", Hour.DOCUMENTS, granting.lend),
    ),
    proofs=(proofs.sent_is_received,),
    counts=(
        ("上级文件", "select count(*) from transfers_receipt"),
        ("下达旗区文件", "select count(*) from transfers_issue"),
    ),
    totals=(
        Total("", "市对旗区补助", "5011", 1), Total("", "转贷旗区债券", "5042", 1),
        Total("", "市与旗区收到的债券转贷", "4042", -1),
    ),
)  # fmt: skip
