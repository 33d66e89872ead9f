"""Who sees and does what over HTTP: a region's officers their region, a unit's officers their unit."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from tests.api.conftest import Api
from tests.api.test_api import ON, application
from tests.treasury.paying import BANNER, CITY, state

OFFICERS = (
    Officer("city", "市国库", CITY, frozenset({"treasury_review"})),
    Officer("banner", "旗国库", BANNER, frozenset({"treasury_review"})),
    Officer("own", "市一中", CITY, frozenset({"unit_make"}), "101001"),
    Officer("own2", "市一中审核", CITY, frozenset({"unit_review"}), "101001"),
    Officer("other", "市二中", CITY, frozenset({"unit_make"}), "101002"),
    Officer("other2", "市二中审核", CITY, frozenset({"unit_review"}), "101002"),
)


@pytest.fixture
def city(api: Api) -> Iterator[Api]:
    """A payment of the city's 101001 stands; officers of regions and units are there."""
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        define_officers(conn, OFFICERS)
    assert api.call("own", "POST", "/treasury/apply", json=application("A1") | ON).status_code == 201
    yield api


#: Ways to ask for the payment, or for what it is paid from.
ASKED = (
    "/documents/pay_app/A1",
    "/treasury/show-payments?pay_app_no=A1",
    "/treasury/show?pay_app_no=A1",
    "/treasury/list-of-quotas?bgt_id=Q1",
    "/budget/show-quotas?bgt_id=Q1",
)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("officer", ["city", "own", "unit"])
def test_who_may_see_it_is_told(city: Api, officer: str, asked: str) -> None:
    found = city.call(officer, "GET", asked)
    assert found.status_code == 200
    assert found.json().get("rows", [found.json()])


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("officer", ["banner", "other"])
def test_who_may_not_see_it_is_told_nothing(city: Api, officer: str, asked: str) -> None:
    assert city.call(officer, "GET", asked).status_code == 404


@pytest.mark.parametrize("asked", ASKED[:3])
def test_a_document_of_others_sounds_like_none(city: Api, asked: str) -> None:
    hidden = city.call("other", "GET", asked).json()
    missing = city.call("other", "GET", asked.replace("A1", "A9")).text
    assert hidden["title"].replace("A1", "A9") in missing
    assert {**hidden, "title": "", "details": ""} == {
        **city.call("other", "GET", asked.replace("A1", "A9")).json(), "title": "", "details": ""
    }  # fmt: skip


def test_lists_of_a_unit_are_its_own(city: Api) -> None:
    asked = {"mof_div_code": CITY, "fiscal_year": 2022}
    for path in ("/treasury/list-payments", "/budget/list-quotas"):
        assert city.call("own", "GET", path, params=asked).json()["rows"]
        assert city.call("other", "GET", path, params=asked).json()["rows"] == []


def test_nobody_acts_for_another_unit(city: Api) -> None:
    made = city.call("other", "POST", "/treasury/apply", json=application("A2") | ON)
    moved = city.call("other2", "POST", "/treasury/review", json={"pay_app_no": "A1"} | ON)
    assert (made.status_code, moved.status_code) == (403, 403)
    with psycopg.connect(city.dsn) as conn:
        assert state(conn, "A1") == "draft"
    assert city.call("own2", "POST", "/treasury/review", json={"pay_app_no": "A1"} | ON).status_code == 201


@pytest.mark.parametrize("officer", ["banner", "other", "unit"])
def test_what_all_regions_share_everybody_sees(city: Api, officer: str) -> None:
    found = city.call(officer, "GET", "/registry/list-payees?fiscal_year=2022").json()
    assert {row["payee_code"] for row in found["rows"]} == {"S1", "S2", "S3"}
