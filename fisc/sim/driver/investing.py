"""State capital: stakes, injections with their basis and uses, loans repaid early, what stakes yield."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.capital import services as capital
from fisc.kernel.money import parse_amount
from fisc.revenue.services import report_key
from fisc.sim.driver import desk
from fisc.sim.driver.world import Row, World
from fisc.sim.plan.draws import share
from fisc.sim.plan.investing import BANKS, SECTORS
from fisc.sim.plan.revenue import DIVIDEND_CODE
from fisc.sim.plan.tables import CITY, read, synthetic_total

Conn = psycopg.Connection[Any]

#: What enterprises earned for the city, against what they pay in (per cent).
_RESULT_OF_DIVIDEND: Final = 350
#: The one enterprise whose yearly return is late.
_LATE_RETURN: Final = "GQ05"


def register(conn: Conn, on: date) -> None:
    """The stakes the city held when the books began."""
    given = [
        capital.Enterprise(
            CITY, row["enterprise_code"], row["name"], row["kind"], int(row["share_bp"]), on,
            parse_amount(row["cost"], row["unit"]),
        )
        for row in read("enterprises")
    ]  # fmt: skip
    capital.register_enterprises(conn, given, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)


def number(world: World, row: Row) -> str:
    """The number of an injection."""
    return f"ZZ{world.year}-{row['number']:03d}"


def decide(conn: Conn, world: World, rows: Sequence[Row], on: date) -> None:
    """Injections on their basis, before their payments are asked for."""
    shares = {row["enterprise_code"]: int(row["share_bp"]) for row in read("enterprises")}
    given = [_injection(world, row, shares[row["enterprise_code"]], on) for row in rows]
    capital.record_injections(conn, given, by=desk.CAPITAL_MAKE, on=on)
    capital.approve_injections(conn, [i.injection_no for i in given], by=desk.CAPITAL_REVIEW, on=on)


def _injection(world: World, row: Row, share_bp: int, on: date) -> capital.Injection:
    payment = world.payment(row["payment"])
    return capital.Injection(
        number(world, row), CITY, row["enterprise_code"], "government",
        f"市政府常务会议纪要模〔{world.year}〕{row['number']}号", on,
        world.quotas[payment["quota"]]["bgt_id"], payment["pay_app_no"], row["amount_fen"], share_bp,
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


def recognise(conn: Conn, world: World, rows: Sequence[Row], on: date) -> None:
    """The equity of injections whose payment the bank has made, and its registration."""
    numbers = [number(world, row) for row in rows]
    capital.recognise_equity(conn, numbers, by=desk.CAPITAL_REVIEW, on=on)
    returns = [
        capital.FunderReturn(CITY, row["enterprise_code"], "title_registration", world.year,
                             f"产权登记模〔{world.year}〕{row['number']}号", on, number(world, row))
        for row in rows
    ]  # fmt: skip
    capital.file_returns(conn, returns, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)


def repay(conn: Conn, world: World, rows: Sequence[Row], on: date) -> None:
    """Banks' receipts of loans repaid early."""
    given = [
        capital.Prepayment(f"HD{world.year}-{row['number']:03d}", number(world, row), 1, row["loan_fen"], on,
                           f"银行回单模{world.year}{row['number']:05d}")
        for row in rows if row["loan_fen"]
    ]  # fmt: skip
    capital.record_prepayments(conn, given, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)


# ---- what stakes yield


def _dividends(world: World) -> list[tuple[str, int]]:
    """(enterprise, fen) of the year's dividends: the more, the more was put in."""
    rows = read("enterprises")
    costs = [parse_amount(row["cost"], row["unit"]) // 10**8 for row in rows]
    fen = share(synthetic_total("state_capital_revenue", world.year), costs)
    return [(row["enterprise_code"], int(part)) for row, part in zip(rows, fen, strict=True)]


def declare(conn: Conn, world: World, on: date) -> None:
    """Results of the year before, dividends declared of them, and the yearly returns (one is not filed)."""
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
    capital.record_income(conn, items, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)
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
    capital.file_returns(conn, given, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)


def receive(conn: Conn, world: World, on: date) -> None:
    """Dividends that came in with the treasury's daily report."""
    given = [
        capital.DividendReceipt(
            f"GS{world.year}-{code}", f"GL{world.year}-{code}", CITY, code, fen,
            f"缴款书模〔{world.year}〕{code}", on, DIVIDEND_CODE, report_key(CITY, on),
        )
        for code, fen in _dividends(world)
    ]  # fmt: skip
    capital.record_income(conn, given, by=desk.CAPITAL_MAKE, reviewed_by=desk.CAPITAL_REVIEW, on=on)
