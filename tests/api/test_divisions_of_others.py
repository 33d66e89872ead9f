"""What another process records of divisions: a running server knows it with the next request."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.registry import regions
from tests.api.conftest import Api

PLACE = "150688000"
CITY = "150600000"


@pytest.fixture(autouse=True)
def _in_force(api: Api) -> Iterator[None]:
    regions.KEPT.in_force(api.dsn)
    yield
    regions.KEPT.in_force("")


def _sql(api: Api, statement: str, *values: str) -> None:
    """What another process does: the server's own register hears nothing of it."""
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        conn.execute(statement.encode(), values)


def _named(api: Api, name: str) -> list[str]:
    asked = {"under": CITY, "name": name}
    rows = api.call("unit", "GET", "/registry/regions", params=asked).json()["rows"]
    return [row["mof_div_code"] for row in rows]


def test_a_division_of_another_process_is_known_renamed_and_gone_with_the_next_request(api: Api) -> None:
    assert _named(api, "甲园区") == []
    _sql(api, "insert into registry_region (mof_div_code, name, level, parent, source, is_verified) "
              "values (%s, '甲园区', 'zone', %s, '文件', false)", PLACE, CITY)  # fmt: skip
    assert _named(api, "甲园区") == [PLACE]
    _sql(api, "update registry_region set name = '乙园区' where mof_div_code = %s", PLACE)
    assert (_named(api, "甲园区"), _named(api, "乙园区")) == ([], [PLACE])
    agency = {"fiscal_year": 2022, "mof_div_code": PLACE, "agency_code": "901", "name": "甲局",
              "kind": "department"}  # fmt: skip
    _sql(api, "delete from registry_region where mof_div_code = %s", PLACE)
    for door, given in (("", agency), ("/bulk", {"items": [agency]})):
        refused = api.call("registrar", "POST", f"/registry/define-agencies{door}", json=given)
        assert (refused.status_code, refused.json().get("title")) == (404, f"没有区划 {PLACE}"), refused.text
    assert _named(api, "乙园区") == []
