"""Tables that packages of the program ship: CSV in UTF-8, one heading row, no surprises."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_shipped(package: str, name: str, folder: str = "data") -> list[dict[str, str]]:
    """The rows of a table in a package's `folder`, as column -> text."""
    text = files(package).joinpath(folder, name).read_text("utf8")
    return list(csv.DictReader(text.splitlines()))
