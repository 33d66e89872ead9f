"""Every use case that looks answers, or refuses in words, whatever is asked at the edges of what may be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

import psycopg
import pytest

from fisc.documents.inputs import Field
from fisc.documents.items import options_from_texts
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.sheets import FileRefused
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from fisc.use_cases import use_cases
from tests.conftest import _copy_of, _ready, _template

CITY: Final = Run(0.001, 7, (2021,))
MARCH: Final = date(2021, 3, 31)
TRIALS: Final = 40
#: What is asked of fields of a name: the city, its area, a district, another city, a province.
OF_NAME: Final = {
    "mof_div_code": ("150600000", "150600998", "150602000", "410602000", "150000000", "150000998"),
    "region": ("150600000", "150600998", "150602000", "410602000"),
    "fiscal_year": ("2021", "2022", "1900", "2100"), "month": ("1", "3", "12", "0", "-1"),
    "from_month": ("0", "1", "13"),
}  # fmt: skip
#: What is asked of others, by form.
OF_FORM: Final[dict[str, tuple[str, ...]]] = {
    "date": ("2021-03-31", "1900-01-01", "2099-12-31"), "year": ("2021", "1900"), "truth": ("1", "2"),
    "mark": ("1",), "amount_fen": ("0", "0.01", "-1"), "rate_bp": ("0", "100"),
    "integer": ("0", "1", "-1", "2147483647"),
}  # fmt: skip


@pytest.fixture(scope="module")
def march(server_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A city that has lived until the end of March."""

    def lived(dsn: str) -> None:
        with DayConnection.connect(dsn, autocommit=True) as conn:
            run(conn, CITY, until=MARCH)

    template = _template(server_dsn, "fisc_march", lived, _ready(server_dsn))
    with _copy_of(server_dsn, template) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        yield conn


def _values(field: Field) -> tuple[str, ...]:
    return OF_NAME.get(field.name) or field.choices or OF_FORM.get(field.form) or ("x", "0", "150600000")


LOOKING: Final = {code: case for code, case in use_cases().items() if case.is_reading}


@pytest.mark.parametrize("case", LOOKING.values(), ids=LOOKING.keys())
def test_at_the_edges_it_answers_or_refuses_in_words(march: psycopg.Connection[Any], case: UseCase) -> None:
    chance = random.Random(case.code)
    for _ in range(TRIALS):
        given = {
            field.name: chance.choice(_values(field))
            for field in case.options if field.is_required or chance.random() < 0.4
        }  # fmt: skip
        items = [chance.choice(("x", "0", "2021-0001"))] if case.number is not None else []
        try:
            said = options_from_texts(case, given, "", {})
            found = case.tried(march, items, said, by="", on=MARCH, is_dry=False, places=())
            list(islice(found, 3) if hasattr(found, "__iter__") else ())
        except (FiscError, FileRefused) as refusal:
            assert str(refusal), given
        except Exception as fault:
            pytest.fail(f"{given}: {fault!r}")
