"""Terms of law (法定时限): what must be done, from when, until when, and how it stands on a day.

One shape for all domains. A term that was overrun is never refused: what is late still has to be done.
It is shown with its article (`fisc clocks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents.offers import offered
from fisc.kernel.findings import Place

Conn = psycopg.Connection[Any]
#: The terms that run in a region's year, as they stand at the end of a day.
Look = Callable[[Conn, Place], Iterable["Term"]]


@dataclass(frozen=True, slots=True)
class Term:
    """A term, as it stands on `as_of`.

    `code` is the row of law it comes from, `rule` that row's article. `about` is who must do it (a
    department, an enterprise; '' for the region itself), `document` what it concerns (a source document,
    an injection, a year). `amount_fen` is the money concerned and `open_fen` what of it is still
    to be done, 0 where no money is meant. `evidence` is the number of the paper that proves it was done.
    """

    code: str
    what: str
    rule: str
    mof_div_code: str
    began_on: date
    due_on: date
    done_on: date | None
    as_of: date
    about: str = ""
    document: str = ""
    amount_fen: int = 0
    open_fen: int = 0
    evidence: str = ""

    @property
    def days_late(self) -> int:
        """By how many days it was done late, or is open beyond its day; 0 in time."""
        return max(((self.done_on or self.as_of) - self.due_on).days, 0)

    @property
    def days_left(self) -> int:
        """Days until it falls due; 0 where it is done or the day has passed."""
        return 0 if self.done_on else max((self.due_on - self.as_of).days, 0)

    @property
    def is_late(self) -> bool:
        """Whether it was, or is, done after its day."""
        return self.days_late > 0

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed and it is not done."""
        return self.done_on is None and self.is_late


def terms_of(apps: Sequence[str]) -> list[Look]:
    """How the apps' `terms` modules look for terms (`TERMS`)."""
    return list(offered(apps, "terms", "TERMS"))
