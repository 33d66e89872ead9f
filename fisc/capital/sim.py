"""State capital's part in the simulated city: stakes, injections, loans repaid early, what stakes yield.

What the city puts into its enterprises: each payment under the theme is an injection with its uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
import psycopg

from fisc.capital import services as capital
from fisc.city.day import Day, Row
from fisc.city.desk import Seat
from fisc.city.draws import share
from fisc.city.parts import Hour, Part, Stage, Table
from fisc.city.plan import Plan
from fisc.city.tables import CITY, read, synthetic_total
from fisc.city.world import World
from fisc.kernel.money import parse_amount
from fisc.revenue.services import report_key
from fisc.revenue.sim.receipts import DIVIDEND_CODE, DIVIDEND_DAY
from fisc.treasury.sim.payments import injections

Conn = psycopg.Connection[Any]

_SEATS = (
    Seat("KM", "国有资本经办", ("capital_make",)), Seat("KR", "国有资本审核", ("capital_review",)),
)  # fmt: skip
_MAKE, _REVIEW = (seat.officer for seat in _SEATS)
#: When enterprises have declared what they pay in.
_DECLARED_ON = (4, 25)
#: What enterprises earned for the city, against what they pay in (per cent).
_RESULT_OF_DIVIDEND: Final = 350
#: What an audit takes off the result of the first enterprise, in per cent of what it pays in.
_AUDITED_OFF: Final = 20
#: The one enterprise whose yearly return is late.
_LATE_RETURN: Final = "GQ05"

BANKS = (
    "国家开发银行（模拟）",
    "工商银行（模拟）",
    "农业银行（模拟）",
    "建设银行（模拟）",
    "蒙商银行（模拟）",
)
#: Sectors of major projects (capital_terms.csv) and what is built there.
SECTORS = (
    ("new_energy", "风光制氢一体化项目"), ("high_speed_rail", "高铁前期与征拆"),
    ("water", "黄河干支流引水工程"), ("aviation", "机场改扩建"), ("culture_tourism", "文旅融合示范区"),
)  # fmt: skip
#: What an injection is for, in per cent: early repayment, a major project, other uses.
_USES = ((60, 40, 0), (0, 100, 0), (75, 20, 5), (40, 60, 0))
_RATE_BP, _NEW_RATE_BP, _YEARS = (435, 590), (295, 345), (1, 8)
#: Working days after the money came until the loan is repaid.
_REPAID_AFTER = 3


def investments(plan: Plan) -> pl.DataFrame:
    """The injections of a year, one for each payment under the theme.

    Columns: payment (row of `payments`), number (1, 2, ...), day, amount_fen, enterprise_code, loan_fen,
    project_fen, other_fen, bank, rate_bp, new_rate_bp, years (to the loan's end), sector, prepaid_day.
    """
    quotas, payments, payees = plan["quotas_issued"], plan["payments"], plan["payees"]
    rng = plan.stream("injections")
    mask = injections(quotas)[payments["quota"].to_numpy()] & (payments["fate"].to_numpy() == "ok")
    rows = np.flatnonzero(mask)
    chosen, n, last = payments[rows], len(rows), len(plan.calendar.days) - 1
    uses = [share(fen, list(_USES[i % len(_USES)])) for i, fen in enumerate(chosen["amount_fen"].to_list())]
    loan, project, other = (np.array([use[i] for use in uses], np.int64) for i in range(3))
    return pl.DataFrame({
        "payment": rows, "number": np.arange(1, n + 1), "day": chosen["day"],
        "amount_fen": chosen["amount_fen"],
        "enterprise_code": payees["enterprise_code"].gather(chosen["payee"]),
        "loan_fen": loan, "project_fen": project, "other_fen": other,
        "bank": rng.integers(0, len(BANKS), n), "rate_bp": rng.integers(*_RATE_BP, n),
        "new_rate_bp": rng.integers(*_NEW_RATE_BP, n), "years": rng.integers(*_YEARS, n),
        "sector": np.arange(n) % len(SECTORS),
        "prepaid_day": np.minimum(chosen["day"].to_numpy() + _REPAID_AFTER, last),
    })  # fmt: skip


# ---- stakes and injections


def register(conn: Conn, world: World) -> None:
    """The stakes the city held when the books began."""
    if not world.is_first:
        return
    given = [
        capital.Enterprise(
            CITY, row["enterprise_code"], row["name"], row["kind"], int(row["share_bp"]), world.eve,
            parse_amount(row["cost"], row["unit"]),
        )
        for row in read("enterprises")
    ]  # fmt: skip
    capital.register_enterprises(conn, given, by=_MAKE, reviewed_by=_REVIEW, on=world.eve)


def number(world: World, row: Row) -> str:
    """The number of an injection."""
    return f"ZZ{world.year}-{row['number']:03d}"


def decide(conn: Conn, world: World, day: Day) -> None:
    """Injections on their basis, before their payments are asked for."""
    rows, on = day.rows("injections"), day.on
    shares = {row["enterprise_code"]: int(row["share_bp"]) for row in read("enterprises")}
    given = [_injection(world, row, shares[row["enterprise_code"]], on) for row in rows]
    capital.record_injections(conn, given, by=_MAKE, on=on)
    capital.approve_injections(conn, [i.injection_no for i in given], by=_REVIEW, on=on)


def _injection(world: World, row: Row, share_bp: int, on: date) -> capital.Injection:
    payment = world.plan["payments"].row(row["payment"], named=True)
    return capital.Injection(
        number(world, row), CITY, row["enterprise_code"], "government",
        f"市政府常务会议纪要模〔{world.year}〕{row['number']}号", on,
        world.rows("quotas")[payment["quota"]]["bgt_id"], payment["pay_app_no"], row["amount_fen"], share_bp,
        _uses(world, row),
    )  # fmt: skip


def _uses(world: World, row: Row) -> tuple[capital.Use, ...]:
    sector, project = SECTORS[row["sector"]]
    uses = (
        capital.Use(
            "loan", row["loan_fen"], bank_name=BANKS[row["bank"]],
            contract_no=f"借{world.year - 3}-{row['number']:04d}", rate_bp=row["rate_bp"],
            new_rate_bp=row["new_rate_bp"], due_on=date(world.year + row["years"], 6, 20),
        ),
        capital.Use("project", row["project_fen"], sector=sector, project_name=f"{project}（模拟）"),
        capital.Use("other", row["other_fen"]),
    )  # fmt: skip
    return tuple(use for use in uses if use.amount_fen)


def recognise(conn: Conn, world: World, day: Day) -> None:
    """The equity of injections whose payment the bank has made, and its registration."""
    rows, on = day.rows("injections"), day.on
    numbers = [number(world, row) for row in rows]
    capital.recognise_equity(conn, numbers, by=_REVIEW, on=on)
    returns = [
        capital.FunderReturn(CITY, row["enterprise_code"], "title_registration", world.year,
                             f"产权登记模〔{world.year}〕{row['number']}号", on, number(world, row))
        for row in rows
    ]  # fmt: skip
    capital.file_returns(conn, returns, by=_MAKE, reviewed_by=_REVIEW, on=on)


def repay(conn: Conn, world: World, day: Day) -> None:
    """Banks' receipts of loans repaid early."""
    rows, on = day.rows("prepaid"), day.on
    given = [
        capital.Prepayment(f"HD{world.year}-{row['number']:03d}", number(world, row), 1, row["loan_fen"], on,
                           f"银行回单模{world.year}{row['number']:05d}")
        for row in rows if row["loan_fen"]
    ]  # fmt: skip
    capital.record_prepayments(conn, given, by=_MAKE, reviewed_by=_REVIEW, on=on)


# ---- what stakes yield


def _dividends(world: World) -> list[tuple[str, int]]:
    """(enterprise, fen) of the year's dividends: the more, the more was put in."""
    rows = read("enterprises")
    costs = [parse_amount(row["cost"], row["unit"]) // 10**8 for row in rows]
    fen = share(synthetic_total("state_capital_revenue", world.year), costs)
    return [(row["enterprise_code"], int(part)) for row, part in zip(rows, fen, strict=True)]


def declare(conn: Conn, world: World, day: Day) -> None:
    """Results of the year before, dividends declared of them, and the yearly returns (one is not filed)."""
    on = day.on
    due = date(world.year, 9, 30)
    items: list[capital.ShareOfResult | capital.Dividend | capital.DividendReceipt] = []
    for code, fen in _dividends(world):
        items.append(capital.ShareOfResult(
            f"SY{world.year}-{code}", CITY, code, fen * _RESULT_OF_DIVIDEND // 100,
            f"审计报告模〔{world.year}〕{code}", on,
        ))  # fmt: skip
        items.append(capital.Dividend(
            f"GL{world.year}-{code}", CITY, code, fen, f"股东会决议模〔{world.year}〕{code}", on, due,
        ))  # fmt: skip
    code, fen = _dividends(world)[0]
    items.append(capital.ShareOfResult(
        f"SY{world.year}-{code}-审", CITY, code, -fen * _AUDITED_OFF // 100,
        f"审计调整模〔{world.year}〕{code}", on,
    ))  # fmt: skip
    capital.record_income(conn, items, by=_MAKE, reviewed_by=_REVIEW, on=on)
    _file_returns(conn, world, on)


def _file_returns(conn: Conn, world: World, on: date) -> None:
    duties = [(row["enterprise_code"], "annual_return") for row in read("enterprises")]
    duties += [(row["enterprise_code"], "financial_capital_return") for row in read("enterprises")
               if row["kind"] == "financial"]  # fmt: skip
    given = [
        capital.FunderReturn(CITY, code, duty, world.year - 1, f"年报模〔{world.year}〕{code}-{duty}", on)
        for code, duty in duties
        if code != _LATE_RETURN and world.year - 1 >= world.first_year
    ]  # fmt: skip
    capital.file_returns(conn, given, by=_MAKE, reviewed_by=_REVIEW, on=on)


def receive(conn: Conn, world: World, day: Day) -> None:
    """Dividends that came in with the treasury's daily report."""
    on = day.on
    given = [
        capital.DividendReceipt(
            f"GS{world.year}-{code}", f"GL{world.year}-{code}", CITY, code, fen,
            f"缴款书模〔{world.year}〕{code}", on, DIVIDEND_CODE, report_key(CITY, on),
        )
        for code, fen in _dividends(world)
    ]  # fmt: skip
    capital.record_income(conn, given, by=_MAKE, reviewed_by=_REVIEW, on=on)


# ---- its days


def schedule(world: World, days: Sequence[Day]) -> None:
    """Injections on the days of their payments, loans repaid after; two days of dividends."""
    for row in world.rows("injections"):
        days[row["day"]].add("injections", row)
        days[row["prepaid_day"]].add("prepaid", row)
    at = world.plan.calendar.index
    days[at(*_DECLARED_ON)].add("declare")
    days[at(*DIVIDEND_DAY)].add("dividends")


PART = Part(
    name="capital",
    seats=_SEATS,
    tables=(Table("injections", investments),),
    found=register,
    schedule=schedule,
    stages=(
        Stage("declare", Hour.ACTS, declare),
        Stage("dividends", Hour.ACTS, receive),
        Stage("decisions", Hour.QUOTAS, decide, work=("injections",)),
        Stage("equity", Hour.PAYING, recognise, after="answers", work=("injections",)),
        Stage("prepaid", Hour.PAYING, repay, after="returns"),
    ),
)
