"""What is asked of a coding block, and what is answered: plain values of `fisc.registry.fitting`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

#: (fiscal year, region, code).
Place = tuple[int, str, str]


class Unit(NamedTuple):
    """What is known of a budget unit: its kind, and its department's code."""

    kind: str
    dept_code: str


class Grant(NamedTuple):
    """What came under a document from above: its revenue code, and the class that the document names."""

    rev_func_code: str
    exp_func_code: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the units, projects and documents from above that coding blocks name.

    `projects` are the units whose projects they are; '' where none is named yet. `bureaus` are the offices
    that look after units, by fiscal year and region; a region without any has told none. `grants` are what
    came under a document from above, by the block's year, region, fund and number; `project_names` what the
    projects are called.
    """

    units: Mapping[Place, Unit] = field(default_factory=dict)
    projects: Mapping[Place, str] = field(default_factory=dict)
    bureaus: Mapping[tuple[int, str], frozenset[str]] = field(default_factory=dict)
    grants: Mapping[tuple[int, str, str, str], tuple[Grant, ...]] = field(default_factory=dict)
    project_names: Mapping[Place, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Elements that do not fit; `is_noted` where the region has this noted, not refused."""

    rule_id: str
    name: str
    what: str
    rule: str
    hint: str
    is_noted: bool = False


class State(Enum):
    """How far a coding block is settled: what it must say by then."""

    #: May be paid from: unit, functional class and both economic classes are settled.
    QUOTA = "quota"
    #: With a department, to be split among its units (待分), or a first draft.
    PENDING = "pending"
    #: Advanced to a unit before it is budgeted; the quota it is charged to says the rest.
    ADVANCE = "advance"
    #: Of a project: whose it is, what it is for.
    PROJECT = "project"
    #: Of a class of the budget, or a balance in the books: no quota of anybody.
    BALANCE = "balance"


QUOTA: Final = State.QUOTA
