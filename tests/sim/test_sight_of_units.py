"""What a unit's officer is told of a whole city: theirs, and nothing of the papers of any other unit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.documents.installation import declared_by
from fisc.documents.kind import Kind
from fisc.documents.owning import is_of_office
from fisc.documents.use_case import UseCase
from fisc.settings import INSTALLED_APPS
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from fisc.use_cases import use_cases
from tests.api.conftest import Api, serving
from tests.sim.conftest import NewCity

CITY: Final = "150600000"
YEAR: Final = 2021
UNTIL: Final = date(2021, 3, 12)
KINDS: Final = tuple(declared_by(INSTALLED_APPS).kinds)
LOOKS: Final = tuple(case for case in use_cases().values() if case.is_reading)
#: What questions need besides region and year.
SAID: Final = {
    "month": 3, "day": "2021-03-10", "first": "2021-01-01", "last": "2021-03-31", "after_day": "2021-01-01",
    "until": "2021-12-31", "as_of": "2021-03-31", "account": "1001", "item": "gdp", "from_year": 2019,
    "rev_func_code": "1010101", "round_no": 2, "states": [],
}  # fmt: skip


class City(NamedTuple):
    """A city with two units: what is served, and the numbers of all that is of the other one."""

    api: Api
    own: str
    others: frozenset[str]


@pytest.fixture(scope="module")
def city(new_city: NewCity) -> Iterator[City]:
    dsn = new_city()
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, Run(0.002, 13, (YEAR,)), until=UNTIL)
    with psycopg.connect(dsn, autocommit=True) as conn:
        own, other = _two_units(conn)
        define_officers(conn, [
            Officer("unit", "甲单位", CITY, frozenset({"unit_make", "finding_handle"}), own),
            Officer("office", "市财政局", CITY, frozenset({"treasury_review"})),
        ])  # fmt: skip
        numbers = _numbers_of(conn, other)
    with ExitStack() as stack:
        api = next(served := serving(dsn))
        stack.callback(served.close)
        yield City(api, own, numbers)


def _two_units(conn: psycopg.Connection[Any]) -> tuple[str, str]:
    """The unit of the city that pays most often, and one that plans what it will pay."""
    said = {"city": CITY}
    [planning] = conn.execute(
        "select min(q.agency_code) from treasury_plan p join budget_quota q using (bgt_id) "
        "where q.mof_div_code = %(city)s", said
    ).fetchall()[0]  # fmt: skip
    [paying] = conn.execute(
        "select agency_code from treasury_payment where mof_div_code = %(city)s and agency_code <> %(other)s "
        "group by 1 order by count(*) desc, 1 limit 1", said | {"other": planning},
    ).fetchall()[0]  # fmt: skip
    return str(paying), str(planning)


def _numbers_of(conn: psycopg.Connection[Any], unit: str) -> frozenset[str]:
    """Numbers of documents, quotas and certificates of a unit."""
    asked = ["select bgt_id from budget_quota where agency_code = %(unit)s and mof_div_code = %(city)s",
             "select pay_cert_no from treasury_payment where agency_code = %(unit)s and pay_cert_no <> ''",
             *(f"select doc_key from {kind.table} where agency_code = %(unit)s and mof_div_code = %(city)s"
               for kind in KINDS if "agency_code" in kind.all_columns)]  # fmt: skip
    said = {"unit": unit, "city": CITY}
    found = frozenset(key for one in asked for (key,) in conn.execute(one.encode(), said))
    assert len(found) > 10
    return found


def _asked(case: UseCase) -> dict[str, Any]:
    given: dict[str, Any] = {
        "mof_div_code": CITY,
        "mof_div_codes": [CITY],
        "fiscal_year": YEAR,
        "limit": 1000,
    }
    return {f.name: (given | SAID)[f.name] for f in case.options if f.name in given | SAID and (
        f.is_required or f.name in given)}  # fmt: skip


def _told(city: City, officer: str, path: str, asked: dict[str, Any]) -> str:
    found = city.api.call(officer, "GET", path, params=asked)
    assert found.status_code in (200, 404, 409), found.text
    return found.text if found.status_code == 200 else ""


def _leaked(city: City, text: str) -> list[str]:
    said = set(re.findall(r'[^"\s：、，（）]+', text))
    return sorted(said & city.others)


LISTS: Final = [case for case in LOOKS if case.number is None and case.named_by is None]


@pytest.mark.parametrize("case", LISTS, ids=lambda case: case.code)
def test_no_list_tells_a_unit_of_another(city: City, case: UseCase) -> None:
    told = _told(city, "unit", f"/{case.group}/{case.verb}", _asked(case))
    assert _leaked(city, told) == []
    for row in json.loads(told or '{"rows": []}')["rows"]:
        assert case.is_for_units or _is_own(city, case, row), row


def _is_own(city: City, case: UseCase, row: dict[str, Any]) -> bool:
    """Whether a row is of the unit, or of no unit by name; or a document that says by what it is theirs."""
    if case.kind is not None and case.kind.unit_by:
        return True  # their numbers, and what they name, are looked for in the text
    units = {row.get("agency_code"), row.get("dept_code")} - {None, ""}
    return city.own in units or not units or "mof_div_code" not in row


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.prefix)
def test_no_papers_of_a_kind_tell_a_unit_of_another(city: City, kind: Kind[Any]) -> None:
    path = f"/documents/{kind.prefix}"
    everything = json.loads(_told(city, "office", path, {"limit": 1000}))["documents"]
    told = _told(city, "unit", path, {"limit": 1000})
    assert _leaked(city, told) == []
    assert bool(told) != is_of_office(kind)
    listed = {one[kind.number] for one in json.loads(told or '{"documents": []}')["documents"]}
    for number in [one[kind.number] for one in everything][:40]:
        shown = _told(city, "unit", f"{path}/{number}", {})
        assert bool(shown) == (number in listed), number
        assert _leaked(city, shown) == []


def test_the_office_is_told_of_both(city: City) -> None:
    """So that what is looked for in answers to a unit is there to be found."""
    for path in ("/treasury/list-payments", "/budget/list-quotas", "/treasury/list-plans"):
        asked = {"mof_div_code": CITY, "fiscal_year": YEAR, "limit": 10_000}
        assert _leaked(city, _told(city, "office", path, asked)), path
    asked = {"mof_div_code": CITY, "fiscal_year": YEAR}
    assert json.loads(_told(city, "unit", "/treasury/list-payments", asked))["rows"]
