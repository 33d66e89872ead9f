"""What items name besides their own number is known to be named, so that sight is judged of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.documents.inputs import Shape, build
from fisc.documents.naming import Way, ways_of
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.treasury.services import apply
from fisc.use_cases import use_cases
from tests.conftest import _copy_of, _furnished
from tests.treasury.paying import BANNER, CITY, DAY, application, furnish, quota_id

#: How fields end that may be the name of something that is registered.
_ENDS = ("_no", "_id", "_key", "_number")
#: Numbers on paper, at banks, in other registers: nothing here is found by them, or it is everybody's.
_OF_OTHERS = frozenset(
    {"doc_no", "basis_doc_no", "sup_bgt_doc_no", "approval_no", "resolution_no", "resolution_doc_no",
     "contract_no", "evidence_no", "source_doc_no", "source_number", "line_no", "round_no", "acct_no",
     "bank_no",
     "payee_acct_no", "payee_bank_no", "agent_bank_no", "agent_business_no"}
)  # fmt: skip
#: Lines of a batch that the use case names, and asks for.
_WITHIN = {"treasury.repair-persons": {"line_key"}}


@pytest.mark.parametrize(
    "case",
    [one for one in use_cases().values() if not one.is_reading and one.shape],
    ids=lambda one: one.code,
)
def test_what_an_item_names_is_asked_for(case: UseCase) -> None:
    assert case.shape is not None
    own = {case.number_name, case.asked_of.named if case.asked_of else "", *_WITHIN.get(case.code, ())}
    named = {field.name for field in case.shape.flat if field.name.endswith(_ENDS)} - own - _OF_OTHERS
    assert named <= {way.field for way in ways_of(case)}


#: What stands in the city: a payment and the quota that it is paid from.
_STANDING = {"treasury.Payment": "A1", "budget.Quota": quota_id("Q1")}
NAMING = [(case, way) for case in use_cases().values() for way in ways_of(case)
          if way.of.table.model_label in _STANDING]  # fmt: skip
_VALUES: dict[str, Any] = {"amount_fen": 1, "date": "2022-03-01", "year": 2022, "integer": 1, "decimal": "1"}


@pytest.fixture
def city(server_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A payment of the city stands; an officer of a banner is there, and one of another unit of the city."""
    with (
        _copy_of(server_dsn, _furnished(server_dsn, "fisc_paying", furnish)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        apply(conn, [application("A1")], by="unit", on=DAY)
        define_officers(conn, [
            Officer("banner", "旗", BANNER, frozenset({"treasury_review"})),
            Officer("other", "市二中", CITY, frozenset({"unit_make"}), "101002"),
        ])  # fmt: skip
        yield conn


def _values(shape: Shape, way: Way, name: str, part: str = "") -> dict[str, Any]:
    """As little as an item may say, with the name where it is said."""
    found = {
        f.name: _VALUES.get(f.form, f.choices[0] if f.choices else "X") for f in shape.fields if f.is_required
    }
    found |= {one.name: [_values(one.shape, way, name, one.name)] for one in shape.parts if one.is_required}
    found |= {"fund_type_code": "111"} if "fund_type_code" in found else {}
    return found | ({way.field: name} if way.part == part else {})


@pytest.mark.parametrize("officer", ["banner", "other"])
def test_what_one_does_not_see_sounds_like_what_there_is_not(
    city: psycopg.Connection[Any], officer: str
) -> None:
    told = {
        (case.code, way.field): [
            _told(city, case, way, name, officer) for name in (_STANDING[way.of.table.model_label], "NONE")
        ]
        for case, way in NAMING
    }
    new = {(case.code, way.field) for case, way in NAMING if way.of.may_be_new}
    assert {named for named, (hidden, _) in told.items() if hidden[0] != "NotFound"} == set()
    assert {named for named, (hidden, missing) in told.items() if hidden != missing} <= new


def _told(
    conn: psycopg.Connection[Any], case: UseCase, way: Way, name: str, officer: str
) -> tuple[str, str, str]:
    """What is refused of an item that names something, the name left out."""
    assert case.shape is not None
    item = build(case.shape, _values(case.shape, way, name) | {"mof_div_code": CITY})
    with pytest.raises(FiscError) as refused:
        case.run(conn, [item], {}, by=officer, on=DAY)
    error = refused.value
    return type(error).__name__, error.message.replace(name, "?"), error.rule + error.hint
