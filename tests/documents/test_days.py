"""The day of business is that of Beijing, wherever the machine believes to be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from fisc.documents.days import TO_COME, business_day
from fisc.kernel.periods import BEIJING
from fisc.use_cases import use_cases


@pytest.fixture(params=["Etc/GMT+12", "Etc/GMT-14"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A clock as far behind, or ahead, as there is: one of both is never at Beijing's day."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_the_day_that_nobody_says_is_beijings(zone: str) -> None:
    before = datetime.now(BEIJING).date()
    assert before <= business_day(None) <= datetime.now(BEIJING).date()


def test_every_day_that_may_lie_ahead_is_one_that_somebody_gives() -> None:
    acting = [case for case in use_cases().values() if not case.is_reading]
    given = {field.name for case in acting for field in case.options}
    given |= {field.name for case in acting if case.shape is not None for field in case.shape.flat}
    assert given >= TO_COME
