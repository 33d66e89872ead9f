"""What the commands of several areas share: the database, division codes as people give them, days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import psycopg


@contextmanager
def database(name: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit mode that the server lists as `name`."""
    import psycopg

    from fisc.app import setup

    with psycopg.connect(setup(), application_name=name, autocommit=True) as conn:
        yield conn


def division_code(region: str) -> str:
    """The nine digits of a division given by six or nine; wrong usage where there is none."""
    from fisc.registry.regions import full_code, lookup

    try:
        code = full_code(region)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if lookup(code) is None:
        raise typer.BadParameter(f"没有区划 {region}")
    return code


def area_code(region: str) -> str:
    """As `division_code`, but six digits of a city are its whole area (…998), as figures read them."""
    from fisc.registry.regions import lookup, whole_area

    code = division_code(region)
    found = lookup(code)
    is_city = found is not None and found.level == "city"
    return whole_area(code) if is_city and len(region) < len(code) else code


def day_of(given: datetime | None) -> date:
    """The day given, or today."""
    return date.today() if given is None else given.date()
