"""Divisions (财政区划): those shipped (GB/T 2260) and those that the database in force records itself.

Nine digits: six of GB/T 2260 and a suffix, 000 本级, 998 辖区合计 (of provinces and cities). A row that a
database records (`fisc registry define-regions`) outranks the shipped one of its code. They are `KEPT`: read
when first asked for, and anew when a code or name is asked that is not among them, one is recorded here, or
the database's `REVISION`, which comes with the officer of each request, is another.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Final

import psycopg

from fisc.registry.errors import UnknownRegion
from fisc.registry.kept import Kept
from fisc.registry.names import normal_name
from fisc.registry.region_names import names_of_own, names_of_whole, whole_name
from fisc.registry.tables import RegionRow, read_table, region_rows

__all__ = [
    "KEPT", "REVISION", "RegionRow", "above", "area_digits", "at_start", "below", "by_name", "children",
    "codes_of", "find", "full_code", "governments_known", "is_called", "is_jurisdiction", "lookup",
    "near", "own", "require", "unknown", "whole_area",
]  # fmt: skip

_OWN, _WHOLE = "000", "998"
#: Levels whose whole area has a code of its own.
_WITH_WHOLE = ("province", "city")
#: A code that is not known has the database asked again, at most so often.
_READ_AGAIN_SECONDS = 1.0
_NEAR = 5
_LONGEST_NAME = 20
#: SQL: what tells one state of the database's own divisions from any other, '' where there are none.
REVISION = (
    "(select coalesce(md5(string_agg(r::text, ' ' order by r.mof_div_code)), '') from registry_region r)"
)
_RECORDED = (
    f"select mof_div_code, name, level, parent, source, is_verified, {REVISION} "
    "from registry_region order by 1"
).encode()


class _Register:
    """Divisions by code, by parent and by name."""

    def __init__(self, rows: Iterable[RegionRow]) -> None:
        self.by_code = {row.mof_div_code: row for row in rows}

    @cached_property
    def ordered(self) -> tuple[RegionRow, ...]:
        """The governments, by code."""
        return tuple(sorted(self.by_code.values()))

    @cached_property
    def by_parent(self) -> dict[str, list[RegionRow]]:
        """Own-level code -> the divisions directly below it, by code."""
        found: dict[str, list[RegionRow]] = {}
        for row in self.ordered:
            found.setdefault(row.parent, []).append(row)
        return found

    @cached_property
    def by_name(self) -> dict[str, set[str]]:
        """Normal name -> the codes it names."""
        found: dict[str, set[str]] = {}
        for name, code in self._names():
            # a name of letters alone is its own normal name: most are, and finding that out takes a while
            found.setdefault(name if name.isalpha() else normal_name(name), set()).add(code)
        return found

    def _names(self) -> Iterator[tuple[str, str]]:
        for row in self.by_code.values():
            yield from ((name, row.mof_div_code) for name in names_of_own(row))
            if row.level in _WITH_WHOLE:
                yield from ((name, whole_area(row.mof_div_code)) for name in names_of_whole(row))
        yield from ((row["name"], row["mof_div_code"]) for row in read_table("region_aliases.csv"))

    def find(self, code: str) -> RegionRow | None:
        """The row of a nine-digit code; a whole area's follows from its government's."""
        if not code.endswith(_WHOLE):
            return self.by_code.get(code)
        own_row = self.by_code.get(own(code))
        return _whole_of(own_row) if own_row and own_row.level in _WITH_WHOLE else None


def _whole_of(row: RegionRow) -> RegionRow:
    return RegionRow(
        whole_area(row.mof_div_code), whole_name(row.name), f"{row.level}_total", row.mof_div_code,
        f"{row.source}; suffix {_WHOLE} = whole area", row.is_verified,
    )  # fmt: skip


@cache
def _shipped() -> _Register:
    return _Register(region_rows())


def _recorded(dsn: str) -> tuple[tuple[RegionRow, ...], str]:
    """What a database records itself, and its revision: a connection of its own, once for each."""
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        rows = conn.execute(_RECORDED).fetchall()
    return tuple(RegionRow._make(row[:-1]) for row in rows), str(rows[0][-1]) if rows else ""


class _Divisions(Kept[_Register]):
    """The register over the rows of the database in force and the shipped ones."""

    def __init__(self) -> None:
        super().__init__()
        self.is_whole = True
        self.read_at = 0.0

    def now(self) -> _Register:
        """The register; read where it is not, or again where the database was out of reach a while ago."""
        if not self.is_whole and self.is_stale():
            self.forget()
        return super().now()

    def read(self) -> _Register:
        """What the database records over what is shipped; the shipped alone while it is out of reach."""
        try:
            added, self.revision = _recorded(self.dsn) if self.dsn else ((), "")
            self.is_whole = True
        except psycopg.OperationalError:
            added, self.is_whole = (), False
        self.read_at = time.monotonic()
        return _Register([*region_rows(), *added]) if added else _shipped()

    def is_stale(self) -> bool:
        """Whether another program may have recorded what is asked for since it was read."""
        return bool(self.dsn) and time.monotonic() - self.read_at >= _READ_AGAIN_SECONDS


KEPT: Final = _Divisions()


def governments_known() -> tuple[RegionRow, ...]:
    """Every government's own row, by code."""
    return KEPT.now().ordered


def is_jurisdiction(digits: str) -> bool:
    """Whether the code of some government begins with these digits."""
    return any(row.mof_div_code.startswith(digits) for row in governments_known())


def codes_of(row: RegionRow) -> tuple[str, ...]:
    """The codes that the books know a government by: its own, and its whole area's where it has one."""
    code = row.mof_div_code
    return (code, whole_area(code)) if row.level in _WITH_WHOLE else (code,)


def full_code(code: str) -> str:
    """Six digits become nine (本级); nine stay. Raises ValueError otherwise."""
    if code.isascii() and code.isdigit() and len(code) in (6, 9):
        return code.ljust(9, "0")
    raise ValueError(f"区划代码应为 6 位或 9 位数字：{code!r}")


def lookup(code: str) -> RegionRow | None:
    """The division of a six- or nine-digit code, or None. Raises ValueError for what is no code."""
    full = full_code(code)
    found = KEPT.now().find(full)
    return _anew().find(full) if found is None and KEPT.is_stale() else found


def _anew() -> _Register:
    """The register, read now."""
    KEPT.forget()
    return KEPT.now()


def name_of(code: str) -> str:
    """What a division is called; its code where nobody knows it. Raises ValueError for what is no code."""
    found = lookup(code)
    return found.name if found else code


def words(code: str) -> str:
    """A division as people read it: its code and its name; the code alone where nobody knows it."""
    try:
        return f"{code} {require(code).name}"
    except UnknownRegion:
        return code


def require(code: str) -> RegionRow:
    """The division of a six- or nine-digit code. Raises UnknownRegion that names near ones."""
    try:
        found = lookup(code)
    except ValueError:
        found = None
    if found is None:
        raise unknown(code)
    return found


def unknown(text: str) -> UnknownRegion:
    """The refusal of a code or name that no division has."""
    similar = "、".join(f"{row.mof_div_code[:6]} {row.name}" for row in near(text))
    return UnknownRegion(
        f"没有区划 {text}",
        rule="区划先登记后使用：国家标准（GB/T 2260）的区划随程序登记，园区等由本库登记",
        hint=(f"相近的有 {similar}；" if similar else "用 fisc registry regions --name 按名称查找；")
        + "新设或更名的用 fisc registry define-regions 登记",
        details={"region": text},
    )


def near(text: str) -> tuple[RegionRow, ...]:
    """At most five divisions that a code or name that is none may have meant, the nearest first."""
    rows = governments_known()
    if text.isdigit():
        code = text[:6].ljust(6, "0")
        same = [row for row in rows if row.mof_div_code.startswith(text[:4] if len(text) > 3 else text[:2])]
        nearest = same or [row for row in rows if row.mof_div_code.startswith(text[:2])]
        return tuple(sorted(nearest, key=lambda row: abs(int(row.mof_div_code[:6]) - int(code)))[:_NEAR])
    found = [row for row in rows if text and (text in row.name or row.name[:-1] in text)]
    if not found:
        alike = get_close_matches(text, {row.name for row in rows}, n=_NEAR)
        found = [row for name in alike for row in rows if row.name == name]
    return tuple(found[:_NEAR])


def own(code: str) -> str:
    """The code of the government itself (本级)."""
    return full_code(code)[:6] + _OWN


def whole_area(code: str) -> str:
    """The code of its whole area (辖区合计), as published consolidations use it."""
    return full_code(code)[:6] + _WHOLE


def children(code: str) -> list[RegionRow]:
    """The divisions directly below one, without its own whole-area row, by code."""
    return list(KEPT.now().by_parent.get(own(code), ()))


def below(code: str) -> Iterator[RegionRow]:
    """Every division below one, at any depth: each before those below it."""
    for row in children(code):
        yield row
        yield from below(row.mof_div_code)


def above(code: str) -> Iterator[RegionRow]:
    """The divisions above one, the nearest first; none for a code that is not known."""
    row = lookup(own(code))
    while row is not None and row.parent:
        row = lookup(row.parent)
        if row is not None:
            yield row


def by_name(name: str, within: str = "") -> RegionRow | None:
    """The division of a printed name, or None; `within` (any code of a city) tells two 市本级 apart.

    Words like 全市 and 市本级 name a division only within a city.
    """
    register = KEPT.now()
    found = register.by_name.get(normal_name(name), set())
    if within:
        prefix = area_digits(within)
        found = {code for code in found if code.startswith(prefix)}
    return register.find(next(iter(found))) if len(found) == 1 else None


def at_start(text: str, within: str = "") -> tuple[RegionRow, str] | None:
    """The government that a text begins with and the rest of the text; the lowest where it names a city and
    then a county of it (苏州市姑苏区). None where it begins with none; 全市 and 市本级 name none."""
    found: tuple[RegionRow, str] | None = None
    rest = text
    while named := _name_at_start(rest, within):
        row, rest = named
        if found and row not in below(found[0].mof_div_code):
            break
        found, within = (row, rest), row.mof_div_code
    return found


def _name_at_start(text: str, within: str) -> tuple[RegionRow, str] | None:
    for length in range(min(len(text), _LONGEST_NAME), 1, -1):
        if (row := by_name(text[:length], within)) and row.name[0] == text[0]:
            return require(own(row.mof_div_code)), text[length:]
    return None


def find(text: str) -> RegionRow:
    """The division of a code or a name: 鼓楼区 is one of several, 南京市鼓楼区 is one.

    Raises UnknownRegion where there is none, or more than one, naming some.
    """
    if text.isdigit():
        return require(text)
    if row := by_name(text):
        return row
    if (started := at_start(text)) and not started[1]:
        return started[0]
    several = sorted(KEPT.now().by_name.get(normal_name(text), ()))
    if not several and KEPT.is_stale():
        _anew()
        return find(text)
    if not several:
        raise unknown(text)
    shown = "、".join(f"{code[:6]} {_with_city(code)}" for code in several[:_NEAR])
    raise UnknownRegion(
        f"有 {len(several)} 个区划叫 {text}", rule="名称在全国不止一个时写代码",
        hint=f"例如 {shown}", details={"region": text},
    )  # fmt: skip


def _with_city(code: str) -> str:
    row = require(code)
    return "".join(place.name for place in above(code) if place.name.endswith("市")) + row.name


def is_called(row: RegionRow, text: str) -> bool:
    """Whether a name of the government contains `text`: 玉龙县 and 纳西 both find 玉龙纳西族自治县."""
    return any(text in name for name in names_of_own(row))


def area_digits(code: str) -> str:
    """The leading digits of the city that a division belongs to; of its province where none lies between."""
    chain = [row for row in (lookup(own(code)), *above(code)) if row is not None]
    city = next((row for row in chain if row.level in _WITH_WHOLE), None)
    digits = (city.mof_div_code if city else full_code(code))[:4]
    return digits.removesuffix("00")
