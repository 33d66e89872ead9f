"""Findings (疑点): what a check says is wrong, in one shape, with one life, in one list.

Whatever judges yields a `Finding` (`fisc.kernel.findings`): the registry, files that are taken in,
monitoring of payments, checks over books, reconciliation, messages of banks, a year's end. One that is
kept is a document (`FINDING`): found once by its natural key (rule, region, year, document, about),
however often it is found again. The system notes it; people explain it,
confirm it, put it right; another closes it. One that is gone by itself the system closes. What is found
again after it was gone, or put right, is open again; what a person closed because it was explained stays
closed, unless words alone cannot close it (`record`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.errors import RuleBroken
from fisc.documents.flow import Flow, Move
from fisc.documents.kind import Kind
from fisc.documents.listing import chosen
from fisc.documents.offers import offered
from fisc.documents.store import make, move
from fisc.kernel.errors import NotKnown
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.knowledge import not_known
from fisc.kernel.posting import in_transaction
from fisc.registry.officers import SYSTEM
from fisc.registry.rows import names

if TYPE_CHECKING:
    from fisc.documents.models import FindingRow

Conn = psycopg.Connection[Any]

OPEN: Final = ("open", "explained", "confirmed")

_FLOW: Final = Flow(
    initial="open", make_duty="system",
    states={"open": "待核实", "explained": "已说明", "confirmed": "已确认", "rectified": "已整改",
            "closed": "已销号"},
    moves=(
        Move("explain", "说明", ("open", "confirmed"), "explained", "finding_handle", says_why=True),
        Move("confirm", "确认", ("open", "explained"), "confirmed", "finding_review", ("explain",),
             says_why=True),
        Move("rectify", "整改", OPEN, "rectified", "finding_handle", says_why=True),
        Move("close", "销号", ("explained", "rectified"), "closed", "finding_review", ("explain", "rectify"),
             says_why=True),
        Move("back", "退回", ("explained", "rectified"), "open", "finding_review", is_back=True),
        Move("lapse", "自行消除", (*OPEN, "rectified"), "closed", "system"),
        Move("recur", "再次发现", ("rectified", "closed"), "open", "system", is_back=True),
    ),
)  # fmt: skip
FINDING: Final[Kind[FindingRow]] = Kind(
    "documents.FindingRow",
    prefix="finding",
    flow=_FLOW,
    content=(
        "rule_id", "name", "what", "source", "document", "about", "amount_fen", "against_fen", "evidence",
        "hint", "refuses",
    ),
    paper={"title": "name"},
    unit_by="document",
    tail=8,
    facets=("mof_div_code", "fiscal_year", "state", "rule_id", "document"),
)  # fmt: skip
#: Steps that people take.
STEPS: Final = ("explain", "confirm", "rectify", "close", "back")


_COLUMNS: Final = tuple(field.name for field in fields(Finding))


def checks_of(apps: Sequence[str]) -> list[Check]:
    """The checks that the apps' `checks` modules offer as `CHECKS`."""
    return list(offered(apps, "checks", "CHECKS"))


class Looked(NamedTuple):
    """What a round of checks found: all of it, the keys of what is new, and open ones it found no more."""

    found: list[Finding]
    new: list[str]
    gone: list[Recorded]


def look(conn: Conn, place: Place, checks: Sequence[Check]) -> Looked:
    """Run checks over a place and keep what they find; one transaction."""
    return in_transaction(conn, lambda: _look(conn, place, checks))


def _look(conn: Conn, place: Place, checks: Sequence[Check]) -> Looked:
    found = [finding for check in checks for finding in check.run(conn, place)]
    new = record(conn, found, on=place.on)
    rules = tuple(rule for check in checks for rule in check.rules)
    standing = recorded(conn, regions=[place.mof_div_code], year=place.fiscal_year, rules=rules)
    keys = {finding.key for finding in found}
    return Looked(found, new, [one for one in standing if one.key not in keys])


def seen(conn: Conn, place: Place, checks: Sequence[Check]) -> tuple[list[Finding], dict[str, str]]:
    """What checks find, none of it kept: as of a past moment (`kernel.known_at`) nothing can be.

    Rules of checks that rest on what keeps no history are told with the reason, by name.
    """
    found: list[Finding] = []
    unmade: dict[str, str] = {}
    for check in checks:
        try:
            with conn.transaction():
                found += check.run(conn, place)
        except (NotKnown, psycopg.Error) as error:
            refused = not_known(error)
            if refused is None:
                raise
            unmade |= dict.fromkeys(check.rules.values(), refused.message)
    return found, unmade


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding that is kept, with its state and the steps it took (`[step, round, officer, day, note]`)."""

    key: str
    finding: Finding
    state: str
    trail: list[list[Any]]

    @property
    def found_on(self) -> date:
        """The day it was first found."""
        return date.fromisoformat(self.trail[0][3])

    @property
    def struck_off(self) -> str:
        """Who struck it off, when and why; by the program where its rule found it no more. '' while open."""
        if self.state != "closed":
            return ""
        step, _, officer, day, note = self.trail[-1]
        who = f"自动销号（{self.finding.name}不再成立）" if step == "lapse" else f"{officer} 销号"
        return f"{who} {day}：{note}"


def record(
    conn: Conn, found: Iterable[Finding], *, on: date, note: str = "", is_fact: bool = False
) -> list[str]:
    """Keep findings; the keys of those that were not kept before. Each must name its region and year.

    One that is found again stays as it is; one that was put right, or was gone, is open again, whoever closed
    it. So is one that was closed because it was explained, where it `is_fact` and no judgement: money that is
    missing is missing whatever was said of it.
    """
    given = {finding.key: finding for finding in found}
    if not given:
        return []
    return in_transaction(conn, lambda: _record(conn, given, on, note, is_fact=is_fact))


def _record(conn: Conn, given: Mapping[str, Finding], on: date, note: str, *, is_fact: bool) -> list[str]:
    rows = conn.execute(
        "select doc_key, trail -> -1 ->> 0, trail -> -2 ->> 0, trail -> -1 ->> 3 from documents_finding "
        "where doc_key = any(%s)",
        [list(given)],
    ).fetchall()
    known = {row[0] for row in rows}
    fresh = [key for key in given if key not in known]
    make(conn, FINDING, [_row(given[key]) for key in fresh], by=SYSTEM.code, on=on, note=note)
    again = [
        key for key, step, before, day in rows
        if (step in ("rectify", "lapse") or (step == "close" and (is_fact or before == "rectify")))
        and day <= on.isoformat()
    ]  # fmt: skip
    move(conn, FINDING, again, "recur", by=SYSTEM.code, on=on, note=note)
    return fresh


def _row(finding: Finding) -> dict[str, object]:
    said = {name: getattr(finding, name) for name in _COLUMNS}
    return {"doc_key": finding.key, **said, "evidence": list(finding.evidence)}


def lapse(conn: Conn, keys: Sequence[str], *, on: date, note: str) -> list[bool]:
    """The system closes findings whose cause is gone by `on`; `note` says how it knows.

    One that people dealt with later than that stays theirs.
    """
    if not keys:
        return []
    rows = conn.execute(
        "select doc_key from documents_finding where doc_key = any(%s) and trail -> -1 ->> 3 <= %s",
        [list(keys), on.isoformat()],
    ).fetchall()
    earlier = {row[0] for row in rows}
    keys = [key for key in keys if key in earlier]
    return move(conn, FINDING, keys, "lapse", by=SYSTEM.code, on=on, note=note)


def handle(conn: Conn, doc_keys: Sequence[str], step: str, *, by: str, on: date, note: str) -> list[bool]:
    """Explain, confirm, rectify, close or send back findings; True where this call did it.

    Who explained a finding or put it right cannot close it. Raises RuleBroken without a word about why,
    and what `move` raises.
    """
    if not note.strip():
        raise RuleBroken(
            f"{FINDING.of(step).name}疑点须写明情况", rule="疑点逐条说明、整改、销号", hint="请填写说明"
        )
    return move(conn, FINDING, doc_keys, step, by=by, on=on, note=note.strip())


def by_number(conn: Conn, number: str) -> list[str]:
    """The keys of the findings that a number means: the whole key, or the end of it that is printed."""
    statement = "select doc_key from documents_finding where doc_key = %s or right(doc_key, %s) = lower(%s)"
    return [key for (key,) in conn.execute(statement, [number, FINDING.tail, number.strip()])]


_IN_ORDER: Final = "mof_div_code, fiscal_year, trail -> 0 ->> 3, rule_id, document, about"


def recorded(
    conn: Conn, *, keys: Sequence[str] = (), regions: Sequence[str] = (), year: int = 0,
    rules: Sequence[str] = (), states: Sequence[str] = OPEN, documents: Sequence[str] = (),
    since: date = date.min,
) -> list[Recorded]:  # fmt: skip
    """Kept findings, by region, year and day found (from `since`); what is left out does not select.

    `rules` are their codes or their names. Those that are open, unless other states are asked for; `()` is
    every state.
    """
    asked = {
        "doc_key": keys, "mof_div_code": regions, "fiscal_year": year, "state": states,
        "document": documents,
    }  # fmt: skip
    tests, parameters = chosen({column: values for column, values in asked.items() if values})
    if rules:
        tests.append(sql.SQL("(rule_id = any(%(rules)s) or name = any(%(rules)s))"))
        parameters["rules"] = list(rules)
    tests.append(sql.SQL("trail -> 0 ->> 3 >= {}").format(sql.Literal(since.isoformat())))
    statement = sql.SQL("select {columns} from {table} where {tests} order by " + _IN_ORDER).format(
        columns=names(FINDING.all_columns), table=sql.Identifier(FINDING.table),
        tests=sql.SQL(" and ").join(tests),
    )  # fmt: skip
    rows = conn.execute(statement, parameters)
    return [_recorded(row) for row in FINDING.load(FINDING.all_columns, rows)]


def _recorded(row: FindingRow) -> Recorded:
    said = {name: getattr(row, name) for name in _COLUMNS}
    finding = Finding(**{**said, "evidence": tuple(said["evidence"])})
    return Recorded(row.doc_key, finding, row.state, row.trail)
