"""Who sees a payroll's batch: its region and unit, by the number alone."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from fisc.documents import NotFound, Officer
from fisc.documents.sight import require_seen, sees
from fisc.use_cases import use_case
from tests.treasury import desk


def _batch(conn: psycopg.Connection[Any]) -> str:
    row = conn.execute("select batch_no from rosters_line limit 1").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("code", ["treasury.sum-persons", "treasury.list-persons"])
def test_a_batch_is_seen_by_its_region_and_unit(roster: psycopg.Connection[Any], code: str) -> None:
    batch_no, case = _batch(roster), use_case(code)
    for officer in (Officer("a", "甲", desk.CITY), Officer("b", "乙", desk.CITY, agency_code="101001")):
        assert require_seen(roster, officer, case, [batch_no], {})
    for officer in (Officer("c", "丙", "150602000"), Officer("d", "丁", desk.CITY, agency_code="999")):
        with pytest.raises(NotFound, match=batch_no) as hidden:
            require_seen(roster, officer, case, [batch_no], {})
        with pytest.raises(NotFound) as missing:
            require_seen(roster, officer, case, ["none"], {})
        assert hidden.value.message.replace(batch_no, "none") == missing.value.message


def test_what_has_two_parties_is_seen_by_both() -> None:
    row = {"giver_div_code": "150600000", "rec_div_code": "150602000"}
    seen = {region: sees(Officer("a", "甲", region), {}, row)
            for region in ("", "150000000", "150600000", "150602000", "150621000")}  # fmt: skip
    assert seen == {"": True, "150000000": True, "150600000": True, "150602000": True, "150621000": False}
