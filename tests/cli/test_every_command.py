"""What every command keeps to: one way to write a region, a year, a month; what is unknown is refused.

The commands are those that are registered (`tests.cli.commands`): a new one is held to the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.cli import main, options
from fisc.cli.exit_codes import ExitCode
from fisc.kernel import open_year
from fisc.use_cases import use_case
from tests.cli.commands import Command, every_command

#: Commands that do something; groups do nothing by themselves.
DOING = [one for one in every_command() if one.words and not hasattr(one.of, "commands")]
OWN = [one for one in DOING if not one.is_derived]
CITY, YEAR, UNKNOWN, SHUT = "150600", 2022, "999999", 1999
REGIONS = {"government", "division", "whole_area", "place", "city", "divisions"}


def named(commands: list[Command]) -> Any:
    """The test for each of these."""
    return pytest.mark.parametrize("command", commands, ids=lambda one: " ".join(one.words))


def having(name: str, commands: list[Command]) -> list[Command]:
    """Those that take an option called `name`."""
    return [one for one in commands if one.option(name) is not None]


def reader_of(command: Command, name: str) -> str:
    """The function of `fisc.cli.options` that reads an option."""
    return getattr(command.option(name).callback, "__name__", "")


@pytest.fixture
def books(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database in which the books of one city's one year are open, and empty."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        open_year(conn, f"{CITY}000", YEAR)
    monkeypatch.setenv("DATABASE_URL", ready_db)
    yield ready_db


def arguments(command: Command, folder: Path, **said: object) -> list[str]:
    """What a command cannot do without, and what is `said`, as a shell would give it."""
    given: list[str] = []
    said = BESIDE.get(command.words, {}) | said
    for one in command.of.params:
        value = said.get(one.name) if one.name in said else _some(one, folder) if one.required else None
        if value is not None:
            given += [str(value)] if one.param_type_name == "argument" else [one.opts[0], str(value)]
    return [*command.words, *given]


#: What some commands cannot do without beside the options that they require.
BESIDE: dict[tuple[str, ...], dict[str, object]] = {
    ("report", "diff"): {"since": f"{YEAR}-01-01", "until": f"{YEAR}-02-01"},
    ("treasury", "payroll"): {"month": f"{YEAR}-03"},
}


def _some(parameter: Any, folder: Path) -> object:
    """A value of the form that a parameter takes."""
    kind = parameter.type_descriptor.annotation
    if parameter.param_type_name == "option" and str(parameter.metavar).endswith(".xlsx"):
        return folder / "made.xlsx"
    if kind is Path or kind == Path | None:
        file = folder / "given.csv"
        file.write_text("x\n", "utf8")
        return file
    if kind in (datetime, datetime | None):
        return f"{YEAR}-03-01"
    if parameter.name in ("region", "year"):
        return {"region": CITY, "year": YEAR}[parameter.name]
    return "1"


def error_of(shown: str, code: int) -> dict[str, Any]:
    """The error of a JSON document, which has the shape of all errors."""
    error: dict[str, Any] = json.loads(shown)["error"]
    assert error.keys() >= {"message", "rule", "hint", "exit_code"}
    assert error["exit_code"] == code
    assert error["message"]
    return error


#: A server has nothing to print but what it serves.
SERVING = ("serve",)


@named([one for one in DOING if one.words != SERVING])
def test_wrong_usage_is_an_error_in_json_too(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.option("as_json") is not None
    assert main.run([*command.words, "--json", "--no-such-option"]) == ExitCode.USAGE
    shown = capsys.readouterr()
    error = error_of(shown.out, ExitCode.USAGE)
    assert ("--no-such-option" in error["message"], bool(error["hint"]), shown.err) == (True, True, "")


@named(OWN)
def test_regions_years_and_months_are_read_in_one_place(command: Command) -> None:
    for name, readers in (("region", REGIONS), ("year", {"year_of_books", "plain_year"})):
        if command.option(name) is not None:
            assert reader_of(command, name) in readers
    for month in ("month", "from_month", "to_month", "cutoff_month"):
        if command.option(month) is not None:
            assert reader_of(command, month) in {"month_agrees", "month_with_year"}


@named(having("region", DOING))
def test_a_region_that_nobody_knows_is_refused(
    command: Command, books: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for unknown in (UNKNOWN, f"{UNKNOWN}000", "15060", "无此市"):
        given = arguments(command, tmp_path, region=unknown)
        assert main.run([*given, "--json"]) == ExitCode.REFUSED
        error = error_of(capsys.readouterr().out, ExitCode.REFUSED)
        assert command.is_derived or unknown in error["message"]
        assert error["rule"] and error["hint"]


@named([one for one in having("year", OWN) if reader_of(one, "year") == "year_of_books"])
def test_a_year_whose_books_are_not_open_is_refused(
    command: Command, books: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*arguments(command, tmp_path, year=SHUT), "--json"]) == ExitCode.REFUSED
    error = error_of(capsys.readouterr().out, ExitCode.REFUSED)
    assert f"没有 {SHUT} 年度的账" in error["message"]
    assert str(YEAR) in error["hint"]


#: What only looks at the books of a region or a year: nobody acts.
LOOKING = [
    one for one in OWN
    if (having("region", [one]) or having("year", [one])) and not any(map(one.option, ("by", "as_")))
]  # fmt: skip


@named(LOOKING)
def test_what_is_empty_is_said_and_no_bare_table_shown(
    command: Command, books: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = {"on": f"{YEAR}-03-01"} if command.option("on") else {}
    code = main.run(arguments(command, tmp_path, **day))
    shown = capsys.readouterr()
    assert code in (ExitCode.OK, ExitCode.FAULTS, ExitCode.REFUSED)
    assert re.search("没有| 0 项|已写|已封账|〔缺〕", shown.out + shown.err) or "│" in shown.out
    assert not re.search("[┡├].*\n[└]", shown.out)


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("3", 0), ("03", 0), (f"{YEAR}-03", 0), ("13", 2), ("0", 2), ("三月", 2), (f"{YEAR - 1}-03", 2),
    ],
)  # fmt: skip
def test_a_month_is_written_alike_everywhere(
    month: str, code: int, books: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--region", CITY, "--year", str(YEAR)]
    for given in ([*asked, "--month", month], ["--month", month, *asked]):
        assert main.run(["special", *given, "--json"]) == code
        shown = capsys.readouterr().out
        assert ("error" in json.loads(shown)) is bool(code)


@pytest.mark.parametrize("region", [CITY, f"{CITY}000", "鄂尔多斯市"])
def test_a_region_is_written_by_six_digits_nine_or_its_name(
    region: str, books: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["year-end", "status", "--region", region, "--year", str(YEAR), "--json"]) == ExitCode.OK
    states = json.loads(capsys.readouterr().out)["rows"][0]["states"]
    assert [state["mof_div_code"] for state in states] == [f"{CITY}000"]


def test_six_digits_of_a_city_are_what_each_command_says(books: str) -> None:
    said = {
        read: read(CITY) for read in (options.government, options.whole_area, options.place, options.city)
    }
    assert list(said.values()) == [f"{CITY}000", f"{CITY}998", CITY, CITY]
    named = [read("鄂尔多斯市") for read in said]
    assert named == list(said.values())
    assert [options.whole_area(f"{CITY}000"), options.place(f"{CITY}998")] == [f"{CITY}000", f"{CITY}998"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["capital", "stakes", "--region", f"{CITY}998"],
        ["report", "slots", "--region", "150000", "--year", "2022"],
    ],
)
def test_an_area_that_a_command_does_not_take_is_refused_and_not_answered(
    wrong: list[str], books: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*wrong, "--json"]) == ExitCode.REFUSED
    assert error_of(capsys.readouterr().out, ExitCode.REFUSED)["hint"]


@named([one for one in DOING if one.is_derived])
def test_what_is_acted_on_or_shown_is_the_argument_of_its_command(command: Command) -> None:
    group, verb = command.words
    case = use_case(f"{group}.{verb}")
    named = case.number or case.named_by
    taken = [one for one in command.of.params if one.param_type_name == "argument"]
    assert [one.metavar for one in taken] == ([named.name.upper()] if named else [])
    if named is not None and case.number is None:
        assert not any(f"--{named.name.replace('_', '-')}" in one.opts for one in command.of.params)
