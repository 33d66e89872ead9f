"""What every looking use case tells of a city at work: words of accountants, nothing of the program's inside.

A new use case is held to the same: it is asked with what its options say, of the city and of a county.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from fisc.cli import main, told_cells, use_case_view
from fisc.cli.exit_codes import ExitCode
from fisc.cli.use_cases import SHORT
from fisc.documents.use_case import UseCase
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from fisc.use_cases import use_cases
from tests.sim.conftest import NewCity

pytestmark = pytest.mark.heavy
CITY, COUNTY, YEAR = "150600000", "150602000", 2021
UNTIL = date(YEAR, 3, 31)
READING = [case for case in use_cases().values() if case.is_reading and not case.gives_file]
#: Fields that are what people type: numbers of documents, codes of elements as they were registered.
_NAMES = ("number", "code", "rule_id", "doc_key", "_no", "_key", "_id", "document", "figure", "attachments")
_INSIDE = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[0-9a-f]{64}\b|-0\.0+\b|[\[{]'|\w+\(\w+=|\b(?:None|True|False)\b"
)
#: Commands of hints.
_COMMANDS = re.compile(r"fisc(?: [a-z-]+)+")
#: Messages bear the names that their standard gives them.
_STANDARDS = re.compile(r"\b(?:camt|pain)\.\d+\.\d+\.\d+")
_ENGLISH = re.compile(r"\b[a-z]{3,}\b")
#: What options are given, by their name; the others are not asked for.
_SAID = {
    "mof_div_code": CITY, "mof_div_codes": CITY, "fiscal_year": str(YEAR), "month": "3",
    "from_year": str(YEAR),
    "on": str(UNTIL), "as_of": str(UNTIL), "day": str(UNTIL), "first": f"{YEAR}-01-01", "last": str(UNTIL),
    "account": "国库存款", "after_day": f"{YEAR}-01-01", "until": str(UNTIL),
    "item": "一般公共预算收入",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(new_city: NewCity) -> Iterator[str]:
    """Three months of a small city."""
    dsn = new_city()
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, Run(0.002, 13, (YEAR,)), until=UNTIL)
    yield dsn


def _asked(case: UseCase, place: str) -> list[str] | None:
    given = [case.group, case.verb]
    for field in case.options:
        if field.is_required or field.name in ("mof_div_code", "fiscal_year"):
            if field.name not in _SAID:
                return None
            value = place if field.name.startswith("mof_div_code") else _SAID[field.name]
            given += [f"--{SHORT.get(field.name, field.name).replace('_', '-')}", value]
    return given


def _faults(case: UseCase, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        for name, value in row.items():
            if not told_cells.is_shown(name, row) or told_cells.is_deep(value):
                continue
            if not re.search("[一-鿿]", told_cells.heading(case, name)):
                yield f"{case.code}: {name} has no heading"
            if (inner := told_cells.lines_in(value)) is not None:
                yield from _faults(case, inner)
            elif not name.endswith(_NAMES):
                words = _COMMANDS.sub("", _STANDARDS.sub("", told_cells.cell(case, name, value)))
                if _INSIDE.search(words) or _ENGLISH.search(words):
                    yield f"{case.code}: {name} tells {words[:60]}"


@pytest.fixture
def faults(city: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is wrong with the answers that commands show from now on."""
    found: list[str] = []
    shown = use_case_view.show

    def watched(case: UseCase, result: Any, rows: list[dict[str, Any]], **how: Any) -> None:
        found.extend(_faults(case, rows))
        shown(case, result, rows, **how)

    monkeypatch.setenv("DATABASE_URL", city)
    monkeypatch.setattr(use_case_view, "show", watched)
    return found


@pytest.mark.parametrize("place", [CITY, COUNTY])
def test_every_answer_is_in_words(place: str, faults: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    shown, numbers = 0, {}
    for case in READING:
        asked = _asked(case, place)
        if asked is None or case.number is not None:
            continue
        code = main.run([*asked, "--json"])
        said = json.loads(capsys.readouterr().out)
        assert code != ExitCode.INTERNAL, (asked, said)
        if case.kind is not None and case.verb.startswith("list-") and said.get("rows"):
            numbers.setdefault(case.kind.prefix, next(iter(said["rows"][0].values())))
        shown += bool(said.get("rows"))
    for case in READING:
        if case.kind is not None and case.verb.startswith("show-") and case.kind.prefix in numbers:
            main.run([case.group, case.verb, str(numbers[case.kind.prefix]), "--json"])
            capsys.readouterr()
    assert sorted(set(faults)) == []
    assert (shown > 10, len(numbers) > 8) == (True, True)


#: Commands that are written by hand, and what they are asked.
_BY_HAND = (
    ["findings", "list", "--state", "all"],
    ["clocks", "--region", CITY, "--year", str(YEAR), "--on", str(UNTIL)],
    ["direct", "--year", str(YEAR)],
    ["special", "--region", CITY, "--year", str(YEAR)],
    ["figures", "value", "revenue.general", "--region", CITY, "--year", str(YEAR)],
    ["registry", "list", "gov_bgt_eco", "--code", "508"],
    ["registry", "list", "accounts", "--code", "1001"],
    ["sim", "status"],
    ["year-end", "status", "--region", CITY, "--year", str(YEAR)],
    ["year-end", "settlement", "--region", CITY, "--year", str(YEAR)],
    ["treasury", "cash-position", "--region", CITY, "--on", str(UNTIL)],
    ["revenue", "progress", "--region", CITY, "--year", str(YEAR), "--month", "3"],
    ["revenue", "checks", "--region", CITY, "--year", str(YEAR), "--month", "3"],
    ["report", "slots", "--region", CITY, "--year", str(YEAR), "--month", "2"],
    ["report", "diff", "--figure", "revenue.general", "--region", CITY, "--year", str(YEAR),
     "--from-month", "2", "--to-month", "3"],
    ["trace", "revenue.general", "--region", CITY, "--year", str(YEAR), "--limit", "5"],
    ["db", "status"],
    ["verify"],
)  # fmt: skip
#: What stands in answers as people type it: commands, files, digests, names of figures, options of theirs.
_TYPED = re.compile(
    r"fisc(?:[ 、][a-z-]+)+|--[a-z-]+|\b[a-z_]+(?:\.[a-z_]+)+\b|SHA-256|[\w./-]*/[\w./-]+|fisc@\S*"
)


@pytest.mark.parametrize("command", _BY_HAND, ids=lambda command: " ".join(command[:2]))
def test_commands_that_are_written_by_hand_answer_in_words(
    command: list[str], city: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", city)
    monkeypatch.setenv("COLUMNS", "1000")  # no command of a hint goes over two lines
    assert main.run(command) in {ExitCode.OK, ExitCode.FAULTS}
    said = _TYPED.sub("", capsys.readouterr().out)
    assert re.search("[一-鿿]", said)
    assert [line for line in said.splitlines() if _INSIDE.search(line) or _ENGLISH.search(line)] == []
