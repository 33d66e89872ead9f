"""A payroll of four lines that was paid to the account that distributes it, made once per run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.treasury import services as treasury
from fisc.treasury.services.payroll import Payee, accept, propose
from tests.budget import quota_world
from tests.conftest import _copy_of, _furnished
from tests.treasury import desk

LONG = ["单位代码", "人员编号", "姓名", "工资项目", "应发金额", "工资账号"]
#: Person number -> yuan.
PAY = {1: 4000, 2: 3000, 3: 2000, 4: 500}


def _paid(conn: psycopg.Connection[Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        desk.furnish(conn)
        personnel = {"gov_bgt_eco_code": "50501", "is_unified_pay": "1", "dep_bgt_eco_code": "30101"}
        quota_world.entered(
            conn, quota_world.line("S1", 10_000, pro_code="Q3", **personnel), doc_no="鄂财指〔2022〕2号"
        )
        rows = [["101001", f"R{n}", f"职工{n}", "基本工资", yuan, f"6217000{n}"] for n, yuan in PAY.items()]
        path = desk.workbook(Path(place) / "a.xlsx", rows, LONG)
        proposal = propose(conn, path, region=desk.CITY, pay_month="2022-03")
        payee = Payee("工资代发户", "62220099", "102205000001")
        numbers = accept(conn, proposal, payee=payee, by="unit", on=desk.DAY).pay_app_nos
        treasury.review(conn, numbers, by="chief", on=desk.DAY)
        treasury.approve(conn, numbers, by="desk", on=desk.DAY)
        certs = treasury.certify(conn, numbers, by="seal", on=desk.DAY)
        treasury.send(conn, certs, by="wire", on=desk.DAY, message_id="M1")
        fen = sum(PAY.values()) * 100
        treasury.confirm_paid(
            conn, [treasury.BankReceipt(certs[0], "B1", fen, desk.DAY)], by="wire", on=desk.DAY
        )


@pytest.fixture(scope="module")
def _roster_db(server_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        _copy_of(server_dsn, _furnished(server_dsn, "fisc_rosters", _paid)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        yield conn


@pytest.fixture
def roster(_roster_db: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the city whose payroll is paid, inside a transaction that is rolled back."""
    with _roster_db.transaction(force_rollback=True):
        yield _roster_db
