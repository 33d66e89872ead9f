"""Items as files: what people hand in instead of typing each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def as_json(path: Path, items: Iterable[Any]) -> Path:
    """Dataclasses as the items of a .json file, coding blocks by their elements."""
    told = [_flat(asdict(item)) for item in items]
    path.write_text(json.dumps(told, default=_plain, ensure_ascii=False), "utf8")
    return path


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    coding = item.pop("coding", None) or {}
    place = ("fiscal_year", "mof_div_code")
    lines = {name: [_flat(one) for one in given] for name, given in item.items() if name == "lines"}
    return item | lines | {name: value for name, value in coding.items() if value and name not in place}


def _plain(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()


def as_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Rows with the headings that they have as a .csv file."""
    with path.open("w", encoding="utf8", newline="") as file:
        written = csv.DictWriter(file, list(rows[0]))
        written.writeheader()
        written.writerows(rows)
    return path


def as_xlsx(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Rows with the headings that they have as a .xlsx file."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return path
