"""Findings (疑点) as values: what a check says is wrong, in one shape; what checks look at; a check.

Registry, files, domains: whatever judges yields these. What becomes of those that are kept is
`fisc.documents.findings`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule says is wrong. `str` is what, in words.

    `document` is the number of the document it concerns ('' where it concerns none), `about` who or
    where within that: a unit, an account, a coding, `sheet!cell`. `amount_fen` is the money concerned, None
    where it cannot be added up; our side where two sides differ, and `against_fen` the other one. `evidence`
    are references `kind:key` to what shows it. `refuses`: the rule stops what it concerns; others only draw
    attention.
    """

    rule_id: str
    name: str
    what: str
    source: str = ""
    mof_div_code: str = ""
    fiscal_year: int = 0
    document: str = ""
    about: str = ""
    amount_fen: int | None = 0
    against_fen: int | None = None
    evidence: tuple[str, ...] = ()
    hint: str = ""
    refuses: bool = False

    @property
    def key(self) -> str:
        """The natural key: the same rule about the same thing is the same finding."""
        said = (self.rule_id, self.mof_div_code, str(self.fiscal_year), self.document, self.about)
        return f"{self.rule_id}-{hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:12]}"

    def ref(self, kind: str) -> str:
        """The key of the first reference of a kind among the evidence, or ''."""
        return next((one.partition(":")[2] for one in self.evidence if one.startswith(f"{kind}:")), "")

    def __str__(self) -> str:
        return self.what


class Place(NamedTuple):
    """What a check looks at: a region's year, as it stands at the end of a day."""

    mof_div_code: str
    fiscal_year: int
    on: date


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a domain: the rules it judges by (id -> name), and how it looks."""

    rules: Mapping[str, str]
    run: Callable[[Conn, Place], Iterable[Finding]]
