"""Cash between governments is seen by both of them, through every question, and by no third one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.transfers import services as tr
from tests.api.conftest import Api, serving
from tests.conftest import _copy_of, _furnished
from tests.transfers import world
from tests.transfers.world import BANNER, CITY, OTHER, YEAR


@pytest.fixture
def paid(server_dsn: str) -> Iterator[Api]:
    """A city that paid one of its banners."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_transfers", world.furnish)) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            world.passed_on(conn, [(BANNER, 600)])
            tr.pay_out(conn, [tr.LineCash("拨-1", world.line(), 600)], **world.tills(), on=world.DAY)
        yield from serving(dsn)


@pytest.mark.parametrize(("region", "seen"), [(CITY, ["拨-1"]), (BANNER, ["拨-1"]), (OTHER, [])])
def test_both_sides_see_the_cash_and_no_other_banner(paid: Api, region: str, seen: list[str]) -> None:
    officer, asked = f"{world.CASHIER}-{region}", {"mof_div_code": region, "fiscal_year": YEAR}
    listed = paid.call(officer, "GET", "/transfers/list-cash", params=asked).json()
    assert [one["cash_no"] for one in listed["rows"]] == seen
    for params in ({}, asked):
        kept = paid.call(officer, "GET", "/documents/transfer_cash", params=params).json()
        assert [one["cash_no"] for one in kept["documents"]] == seen
    whole = paid.call(officer, "GET", "/documents/transfer_cash/拨-1")
    assert whole.status_code == (200 if seen else 404), whole.text


def test_who_was_paid_signs_nothing_of_the_citys(paid: Api) -> None:
    signing = {"cash_no": "拨-1", "on": str(world.DAY)}
    refused = paid.call(f"{world.SIGNER}-{BANNER}", "POST", "/transfers/sign-cash", json=signing)
    assert (refused.status_code, "岗位" in refused.text) == (403, True), refused.text
