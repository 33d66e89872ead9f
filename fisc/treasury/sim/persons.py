"""Who is paid by a payroll of the simulated city: a few persons of each quota, the same each month."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from fisc.city.day import Row
from fisc.city.world import World
from fisc.treasury.services.payroll import PayItem, Roster, Share
from fisc.treasury.sim.payments import WITHDRAWN

#: Persons of a payroll; a real one has more, and they add nothing to what is proven.
_PERSONS = 3
_ITEM, _EXTRA = "基本工资", "补发工资"
_NO_CLASS = "30101"


def month(world: World, row: Row) -> str:
    """The month whose pay a payment is: that in which it is asked for."""
    return f"{world.plan.calendar.days[row['day']]:%Y-%m}"


def roster(world: World, row: Row) -> Roster:
    """The persons of a payroll payment; together they get what it pays."""
    shares = tuple(_shares(world, row))
    return Roster(
        row["pay_app_no"], month(world, row), sha256(row["pay_app_no"].encode()).hexdigest(), shares
    )


def _shares(world: World, row: Row) -> Iterator[Share]:
    quota = world.rows("quotas")[row["quota"]]
    agency = world.rows("agencies")[quota["agency"]]["agency_code"]
    eco = quota["dep_bgt_eco_code"] or _NO_CLASS
    # what is given up in the end is pay beside that of the month
    item = f"{_EXTRA}（{row['pay_app_no']}）" if row["fate"] == WITHDRAWN else _ITEM
    for place, fen in enumerate(_parts(row["amount_fen"]), 1):
        person = f"{quota['bgt_id']}-{place}"
        key = f"{world.regions[row['region']]}:{month(world, row)}:{agency}:{person}:{eco}:{item}"
        yield Share(
            PayItem(
                key, place, agency, person, f"职工{row['quota']}之{place}（模拟）", item, eco,
                quota["exp_func_code"], fen, f"6217{row['region']:02d}{row['quota']:08d}{place:02d}",
            ),
            quota["bgt_id"],
            0,
        )  # fmt: skip


def _parts(fen: int) -> list[int]:
    each = fen // _PERSONS
    return [part for part in (each,) * (_PERSONS - 1) if part] + [fen - each * (_PERSONS - 1)]
