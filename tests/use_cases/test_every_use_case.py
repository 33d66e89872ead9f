"""Every service that a person may call has a door, and every declaration fits its service."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from types import FunctionType, ModuleType
from typing import Any, get_args, get_type_hints

import pytest

from fisc import app
from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents.flow import MAKE, REVERSE
from fisc.documents.installation import declared_by
from fisc.documents.use_case import OTHER_HANDS, UseCase
from fisc.settings import INSTALLED_APPS
from fisc.use_cases import of_group, use_cases

ROOT = Path(__file__).resolve().parents[2]
#: Domains whose use cases are not declared yet: none of them may be added.
WAITING: frozenset[str] = frozenset()
ROOMS = [name for name in INSTALLED_APPS if find_spec(f"{name}.services") and name not in WAITING]


def services_of(room: str) -> Iterator[FunctionType]:
    """The functions that a domain's services offer, and the packages in them: what they name in `__all__`,
    or define."""
    module = import_module(f"{room}.services")
    yield from _offered_by(module)
    for inner in walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
        if inner.ispkg:
            yield from _offered_by(import_module(inner.name))


def _offered_by(module: ModuleType) -> Iterator[FunctionType]:
    named = getattr(module, "__all__", None)
    for name, one in vars(module).items():
        is_offered = name in named if named is not None else getattr(one, "__module__", "") == module.__name__
        if isinstance(one, FunctionType) and is_offered and not name.startswith("_"):
            yield one


def said(room: str, what: str) -> Any:
    has = find_spec(f"{room}.use_cases") is not None
    return getattr(import_module(f"{room}.use_cases"), what, {}) if has else {}


def test_a_group_has_all_use_cases_that_are_called_after_it() -> None:
    """Also those that another domain brings: a command reads only the domains that its group names."""
    groups = {one.group for one in use_cases().values()}
    assert {one.code for group in groups for one in of_group(group)} == set(use_cases())


@pytest.mark.parametrize("room", ROOMS)
def test_every_service_has_a_door(room: str) -> None:
    cases = {one.work for one in use_cases().values()}
    together, programs = said(room, "TOGETHER"), set(said(room, "FOR_PROGRAMS") or ())
    without = []
    for one in services_of(room):
        named = inspect.signature(one).parameters
        if OTHER_HANDS & named.keys() or "signed" in named:
            assert all(code in use_cases() for code in together.get(one, ())), one
            is_open = one in together
        elif "conn" in named:
            # what only a command or another domain loads is told by its name, so that no look waits for it
            is_open = one in cases or one in programs or one.__name__ in programs
        else:
            continue
        if not is_open:
            without.append(one.__name__)
    assert without == []


@pytest.mark.parametrize("room", [name for name in INSTALLED_APPS if find_spec(f"{name}.kinds")])
def test_every_step_has_a_door(room: str) -> None:
    if room in WAITING:
        pytest.skip("declared with its domain")
    doors = {(one.kind, one.step) for one in use_cases().values() if one.kind is not None}
    of_programs = {step for app in INSTALLED_APPS for step in said(app, "OF_PROGRAMS")}
    declared = declared_by(INSTALLED_APPS).kinds
    reversed_by = {prefix for kind in declared for prefix in kind.undoes}
    # a reversal that is confirmed takes the step
    of_programs |= {(kind, REVERSE) for kind in declared if kind.prefix in reversed_by}
    closed = [
        (kind.prefix, step)
        for kind in declared_by([room]).kinds
        for step in (MAKE, *(move.code for move in kind.flow.moves))
        if (kind, step) not in doors and (kind, step) not in of_programs
    ]
    assert closed == []


@pytest.mark.parametrize("code", sorted(use_cases()))
def test_a_use_case_says_all_that_its_doors_need(code: str) -> None:
    one: UseCase = use_cases()[code]
    assert one.group
    assert one.verb == one.verb.lower()
    names = [field.name for field in (*one.options, *(one.shape.flat if one.shape else ()))]
    assert len(names) == len(set(names)), "a field of the item and one of all items have one name"
    columns = [field.heading for field in (one.shape.flat if one.shape else ())]
    assert len(columns) == len(set(columns)), "two columns of one heading: a file cannot tell them apart"
    assert one.help_text
    tells_numbers = str(inspect.signature(one.work).return_annotation).startswith("dict")
    if one.kind is not None and one.step and one.shape is not None and not tells_numbers:
        assert one.number_name != "mof_div_code", "nobody is told the document's number"


@pytest.mark.parametrize("code", sorted(use_cases()))
def test_whose_a_thing_is_that_is_asked_for_by_name_is_known(code: str) -> None:
    """Doors show a thing, and let it be acted on, where who asks sees its region: so that is known."""
    one: UseCase = use_cases()[code]
    names_a_thing = one.number is not None or one.moves_by or (one.is_reading and one.gives_file)
    has_region = any(field.is_division for field in one.options)
    if names_a_thing and not has_region and one.asked_of is None:
        answer = get_args(get_type_hints(one.work)["return"])[0]
        assert {"mof_div_code", "giver_div_code"} & {field.name for field in fields(answer)}


def test_the_catalogue_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["docs", "use-cases"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert (ROOT / "docs" / "use-cases.md").read_text("utf8") == said, (
        "run: fisc docs use-cases > docs/use-cases.md"
    )


app.configure("postgresql:///")
