"""What `fisc docs use-cases` prints is what a file takes: a file of every use case is read back whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fisc import app
from fisc.cli.docs_use_cases import catalogue
from fisc.documents.code_lists import code_list
from fisc.documents.described import described
from fisc.documents.inputs import PART, Field
from fisc.documents.item_files import fields_in_file, from_file
from fisc.documents.items import from_json
from fisc.documents.use_case import UseCase
from fisc.documents.words import heading_of
from fisc.sheets import FileRefused
from fisc.sheets import text as texts
from fisc.use_cases import use_cases

app.configure("postgresql:///")
#: Use cases that a file may be given to.
TAKING = sorted(
    code for code, one in use_cases().items()
    if one.number is not None or (one.shape is not None and not any(f.is_bytes for f in one.shape.flat))
)  # fmt: skip
#: Form -> what a file says, and what JSON says of the same.
_SAID: Mapping[str, tuple[str, Any]] = {
    "amount_fen": ("1,234.05", 123405), "integer": ("7", 7), "decimal": ("1.5", "1.5"),
    "year": ("2022", 2022),
    "percent": ("12.5", "12.5"), "rate_bp": ("12.5%", 1250),
    "date": ("2022-03-01", "2022-03-01"), "truth": ("否", False),
    "mark": ("是", True),
}  # fmt: skip


def told(field: dict[str, Any], item: str) -> tuple[str, Any]:
    """What a file and JSON say for a field, by the item that it belongs to."""
    if field["choices"]:
        name = (field["choice_names"] or field["choices"])[0]
        return name, field["choices"][:1] if field["form"] == "codes" else field["choices"][0]
    if field["name"].endswith("div_code"):
        return ("150600", "150600") if item.startswith("A") else ("150602", "150602")
    if field["form"] == "codes":
        return "150600;150602", ["150600", "150602"]
    return _SAID.get(field["form"]) or (f"{item}{field['name']}", f"{item}{field['name']}")


def heads(case: UseCase) -> list[str]:
    """The headings that are printed for a use case: those of its item, its lines, and what is for all."""
    what = described(case)
    lines = [field for part in what["parts"] for field in part["fields"]]
    several = [heading_of(PART)] if len(what["parts"]) > 1 else []
    found = [field["heading"] for field in (*what["fields"], *lines) if field["form"] != "file"]
    return list(dict.fromkeys([*found, *several]))


def written(case: UseCase, path: Path, *, by_name: bool) -> list[dict[str, Any]]:
    """Two items of two lines in a file under the printed headings, or the names; what JSON says."""
    what, rows, items = described(case), list[dict[str, str]](), list[dict[str, Any]]()
    for item in ("A", "B"):
        own = {f["heading"]: told(f, item) for f in what["fields"]}
        given: dict[str, Any] = {f["name"]: own[f["heading"]][1] for f in what["fields"]}
        flat = {heading: said for heading, (said, _) in own.items()}
        for part in what["parts"]:
            named = {heading_of(PART): part["heading"]} if len(what["parts"]) > 1 else {}
            lines = [{f["heading"]: told(f, f"{item}{n}") for f in part["fields"]} for n in "xy"]
            rows += [flat | named | {heading: said for heading, (said, _) in line.items()} for line in lines]
            given[part["name"]] = [
                {f["name"]: line[f["heading"]][1] for f in part["fields"]} for line in lines
            ]
        rows += [] if what["parts"] else [flat]
        items.append(given)
    columns = {heading: heading for heading in heads(case)}
    if by_name:
        columns = {f.printed: f.name for f in fields_in_file(case) if f.printed in columns}
        rows = [{h: fen(h, columns[h], said) for h, said in row.items()} for row in rows]
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.values())
        writer.writerows([row.get(heading, "") for heading in columns] for row in rows)
    return items


def fen(heading: str, name: str, said: str) -> str:
    """An amount or a rate as it stands under its name, the others as they are."""
    if name.endswith("_bp"):
        return str(_SAID["rate_bp"][1])
    return str(_SAID["amount_fen"][1]) if name.endswith("_fen") and heading.endswith("（元）") else said


@pytest.mark.parametrize("code", TAKING)
def test_a_file_of_the_printed_headings_is_read_whole(code: str, tmp_path: Path) -> None:
    case = use_cases()[code]
    [printed] = [line for line in catalogue([case]) if line.startswith(f"| `{case.verb}` |")]
    assert [h for h in heads(case) if h != heading_of(PART) and h not in printed] == []
    for by_name in (False, True):
        path = tmp_path / f"{by_name}.csv"
        items = written(case, path, by_name=by_name)
        expected = from_json(case, [next(iter(one.values())) if case.number else one for one in items])
        assert from_file(case, path).items == expected
        path.write_text("".join(f"{line},x\n" for line in path.read_text("utf8").splitlines()), "utf8")
        with pytest.raises(FileRefused, match="不认识“x”"):
            from_file(case, path)


@pytest.mark.parametrize("code", sorted(use_cases()))
def test_no_two_columns_of_a_file_go_by_one_name(code: str) -> None:
    fields = fields_in_file(use_cases()[code])
    names = [texts.heading(name) for f in fields for name in {f.name, f.heading}]
    assert len(names) == len(set(names))


def test_what_has_no_values_of_its_own_says_where_they_stand() -> None:
    """Who fills in a code is told its values, the list that has them, or that there is none."""
    fields = [
        f for one in use_cases().values() for f in (*(one.shape.flat if one.shape else ()), *one.options)
    ]
    assert {f.name for f in fields if is_coded(f) and code_list(f.name) is None} == set()
    funds = code_list("fund_type_code")
    assert funds is not None and funds.values["111"] == "一般公共预算资金"
    outlay = code_list("exp_func_code")
    assert outlay is not None and not outlay.values and outlay.place == "见 fisc registry list exp_func"


def is_coded(field: Field) -> bool:
    return field.name.endswith(("_code", "_codes")) and not field.choices and not field.is_division


def test_a_rate_says_its_unit_in_its_heading() -> None:
    fields = [f for one in use_cases().values() for f in (one.shape.flat if one.shape else ())]
    rates = {f.printed for f in fields if f.name.endswith("_bp")}
    assert len(rates) > 4 and all(heading.endswith("（%）") for heading in rates)


def test_a_file_is_as_json_has_it(tmp_path: Path) -> None:
    """Spaces and marks in headings, and an amount in another unit that its heading says."""
    case = use_cases()["budget.declare-projects"]
    items = written(case, tmp_path / "a.csv", by_name=False)
    said = (
        (tmp_path / "a.csv")
        .read_text("utf8")
        .replace("申报（元）", "申 报*（万元）")
        .replace("1,234.05", "2")
    )
    (tmp_path / "a.csv").write_text(said, "utf8")
    read = from_file(case, tmp_path / "a.csv").items
    assert [one.apply_up_fen for one in read] == [2_000_000, 2_000_000]
    assert json.loads(json.dumps(items))[0]["apply_up_fen"] == 123405
