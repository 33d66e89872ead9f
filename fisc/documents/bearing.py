"""Which documents, quotas, batches bear a printed number: looked for by its signs, whatever their form."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.keys import first_of, is_later
from fisc.documents.kind import Kind, Named
from fisc.documents.owning import owners_of
from fisc.sheets.official import official_number
from fisc.sheets.text import paper_number

Conn = psycopg.Connection[Any]
#: What tells documents of one number apart.
NARROWED: Final = ("mof_div_code", "fiscal_year")
#: Signs that are written in one way only: nothing of them has another form.
_PLAIN: Final = re.compile(r"[0-9A-Za-z:/._-]+")
#: How a key begins that says region and year, or the region alone.
_PLACED: Final = re.compile(r"\d{9}[:-]")
#: Region and year, number, line of a key, as far as they are said.
_PARTS: Final = re.compile(r"((?:[0-9０-９]+[:：-])*)([^#＃]*)(.*)", re.DOTALL)
#: Signs of a number in its one form that stand in it however it is written.
_SIGNS: Final = re.compile("[0-9A-Z]|[^ -~〔〕号]")
#: Numbers that the database looks for by their signs; of more of them everything is read.
_FEW: Final = 20


class Bearer(NamedTuple):
    """What bears a number: its key, its year (0 where it has none), whose it is, and whether none stands."""

    key: str
    fiscal_year: int
    owned: Mapping[str, Any]
    is_ended: bool

    @property
    def places(self) -> tuple[str, ...]:
        """The regions whose it is."""
        return tuple(str(value) for name, value in self.owned.items() if name.endswith("div_code"))

    def is_in_books_of(self, region: str) -> bool:
        """Whether it is a region's own; what is between two is in the books that its key begins with."""
        own = self.owned.get("mof_div_code")
        return own == region if own is not None else bool(region) and self.key.startswith(region)

    @property
    def year(self) -> str:
        """Its year in words."""
        return f" {self.fiscal_year} 年" if self.fiscal_year else ""


def may_be_printed(of: Named, name: str) -> bool:
    """Whether a number need not be a key as it stands: most are, and cost nothing."""
    is_key = _is_number_itself(of) or _PLACED.match(name) is not None
    return bool(name) and not (is_key and _PLAIN.fullmatch(name))


def _is_number_itself(of: Named) -> bool:
    """Whether what is printed is the whole key: nothing stands before it."""
    return isinstance(of.table, Kind) and of.table.number != "doc_key"


def bearing(conn: Conn, of: Named, names: Iterable[str], said: Mapping[str, Any]) -> dict[str, list[Bearer]]:
    """Number -> what bears it, of the numbers that are no key; `said` may narrow by region and year."""
    statement = sql.SQL("select {key} from {table} where {key} = any(%s)").format(
        key=sql.Identifier(of.column), table=sql.Identifier(of.table.table)
    )
    left = set(names) - {key for (key,) in conn.execute(statement, [list(names)])}
    found: dict[str, list[Bearer]] = defaultdict(list)
    if left:
        for one, forms in _bearers(conn, of, left, said):
            for form in forms:
                found[form].append(one)
    return {name: found[form] for name in left for form in _meant(name) if form in found}


def _bearers(
    conn: Conn, of: Named, names: Iterable[str], said: Mapping[str, Any]
) -> Iterator[tuple[Bearer, set[str]]]:
    """What may bear one of the numbers, and the forms in which its own may be written."""
    kind = of.table if isinstance(of.table, Kind) else None
    columns = owners_of(of)
    printed = kind.paper.get("doc_no", of.column) if kind is not None else of.column
    tests, parameters = _tests(of, printed, list(names), said)
    year = sql.Identifier("fiscal_year") if "fiscal_year" in of.table.all_columns else sql.SQL("0")
    state = sql.Identifier("state") if kind is not None else sql.SQL("''")
    shape = "select distinct {key}, {year}, {state}, {printed}, {columns} from {table} where {tests}"
    statement = sql.SQL(shape).format(
        key=sql.Identifier(of.column), year=year, state=state, printed=sql.Identifier(printed),
        columns=sql.SQL(", ").join(columns.values()), table=sql.Identifier(of.table.table),
        tests=sql.SQL(" and ").join(tests),
    )  # fmt: skip
    rows = conn.execute(statement, parameters).fetchall()
    ended = kind.flow.ended if kind is not None else frozenset[str]()
    standing = {first_of(key) if kind is not None and kind.has_editions else key
                for key, _, state, *_ in rows if state not in ended}  # fmt: skip
    for key, of_year, _, number, *values in rows:
        if kind is not None and kind.has_editions and is_later(key):
            continue  # the first stands for all of its number
        one = Bearer(key, of_year, dict(zip(columns, values, strict=True)), key not in standing)
        short = kind.short(key) if kind is not None else key
        yield one, {paper_number(number), paper_number(short), *_forms(key, one)}


def _tests(
    of: Named, printed: str, names: Sequence[str], said: Mapping[str, Any]
) -> tuple[list[sql.Composable], dict[str, Any]]:
    tests: list[sql.Composable] = [sql.SQL("true")]
    parameters: dict[str, Any] = {}
    for column in NARROWED:
        if value := said.get(column):
            tests.append(sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)))
            parameters[column] = value
    forms = [form for name in names for form in _meant(name)]
    if len(names) <= _FEW:
        signs = "(normalize({}, nfkc) || ' ' || normalize({}, nfkc)) ilike any(%(signs)s)"
        tests.append(sql.SQL(signs).format(sql.Identifier(of.column), sql.Identifier(printed)))
        parameters["signs"] = [f"%{'%'.join(_SIGNS.findall(form))}%" for form in forms]
    return tests, parameters


def _meant(name: str) -> list[str]:
    """The forms that a number as it is said may have, the one that is meant last.

    Its signs in their one form; and that of official numbers, which says more of what is typed
    (`above_number`), between the region and year before it and the line behind it.
    """
    begin, number, line = _PARTS.fullmatch(name).groups()  # type: ignore[union-attr]  # any text has these parts
    official = official_number(number)
    forms = [paper_number(name), f"{paper_number(begin)}{official}{paper_number(line)}" if official else ""]
    return list(dict.fromkeys(form for form in forms if form))


def _forms(key: str, one: Bearer) -> Iterator[str]:
    """A key whole, without its region, and without its year; its end where that is a number."""
    yield paper_number(key)
    for region in one.places:
        short = key
        for begins in (rf"{region}[:-]", rf"{one.fiscal_year}[:-]"):
            if begun := re.match(begins, short):
                short = short[begun.end() :]
                yield paper_number(short)
