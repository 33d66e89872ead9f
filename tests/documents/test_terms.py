"""A term of law says how late it is, or how long there is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import fisc
from fisc.documents.terms import Term, terms_of
from fisc.settings import INSTALLED_APPS

DUE = date(2022, 3, 31)
TERM = Term("x_days", "下达", "预算法第五十二条", "150600000", date(2022, 3, 1), DUE, None, date(2022, 3, 21))


@pytest.mark.parametrize(
    ("done_on", "as_of", "told"),
    [
        (None, date(2022, 3, 21), (0, 10, False, False)),
        (None, DUE, (0, 0, False, False)),
        (None, date(2022, 4, 5), (5, 0, True, True)),
        (date(2022, 4, 2), date(2022, 12, 31), (2, 0, True, False)),
        (date(2022, 3, 2), date(2022, 12, 31), (0, 0, False, False)),
    ],
)
def test_days_are_counted_to_the_day_it_was_done_or_asked(
    done_on: date | None, as_of: date, told: tuple[int, int, bool, bool]
) -> None:
    term = replace(TERM, done_on=done_on, as_of=as_of)
    assert (term.days_late, term.days_left, term.is_late, term.is_overdue) == told


def test_every_domain_with_terms_offers_them() -> None:
    assert {look.__module__ for look in terms_of(INSTALLED_APPS)} == {
        "fisc.budget.terms", "fisc.transfers.terms", "fisc.capital.terms",
    }  # fmt: skip


def test_there_is_one_class_of_term() -> None:
    sources = Path(fisc.__file__).parent.rglob("*.py")
    wanted = re.compile(r"^class (\w*(?:Clock|DutyState|LegalTerm))\b", re.M)
    assert [name for path in sources for name in wanted.findall(path.read_text("utf8"))] == []
