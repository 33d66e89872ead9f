"""Documents by the numbers that are printed on them: 鄂财指〔2022〕1号 for 150600000:2022:鄂财指〔2022〕1号.

Whoever names a document may leave out the region and the year with which its key begins, where only one that
they see is so called. Brackets, widths, spaces and case do not tell numbers apart. The whole key always does.
Of a number that was entered anew the last document is meant (`editions`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.editions import current, is_later
from fisc.documents.errors import RuleBroken
from fisc.documents.kind import Kind
from fisc.documents.refusals import listed
from fisc.documents.sight import OWNED, sees_owned
from fisc.documents.store import By, officers_of
from fisc.registry import regions
from fisc.registry.officers import Officer, officers_by_code
from fisc.sheets.text import same_number

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]
#: Signs that are written in one way only: nothing of them has another form.
_PLAIN: Final = re.compile(r"[0-9A-Za-z:/._-]+")
#: How a key begins that says region and year, or the region alone.
_PLACED: Final = re.compile(r"\d{9}[:-]")
#: Numbers that the database looks for by their signs; of more of them every document is read.
_FEW: Final = 20
#: Documents that a refusal names.
_MOST_NAMED: Final = 5


class _Found(NamedTuple):
    """A document that bears a number: its key, and whose it is."""

    doc_key: str
    fiscal_year: int
    owned: Mapping[str, Any]


def as_known(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By
) -> Sequence[Any]:
    """The items, or numbers, with the keys of the documents that they name by printed numbers.

    `said` may narrow: `mof_div_code`, `fiscal_year`. Who acts (`by`, '' for who sees all) means a document of
    their own region, where there is one. A number that nothing bears stays as it is. Raises RuleBroken naming
    the documents, where several bear one.
    """
    if not case.numbered or case.kind is None:
        return given
    known = _by_print(conn, case, given, said, by)
    if not (case.is_reading and case.kind.has_editions):
        return known  # services that act find the last document themselves, and answer by the number given
    last = current(conn, case.kind, [_name(case, one) for one in known])
    return [_called(case, one, key) for one, key in zip(known, last, strict=True)]


def _by_print(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By
) -> Sequence[Any]:
    """As `as_known`, of printed numbers alone."""
    kind = case.kind
    assert kind is not None
    names = [_name(case, one) for one in given]
    asked = {name for name in names if _may_be_printed(kind, name)}
    if not asked or not (found := _bearing(conn, kind, asked, said)):
        return given
    codes = officers_of(by, len(given))
    known = officers_by_code(conn, {code for code in codes if code})
    keys = [
        _the_one(case, name, found.get(name, ()), known.get(code))
        for name, code in zip(names, codes, strict=True)
    ]
    return [_called(case, one, key) for one, key in zip(given, keys, strict=True)]


def _name(case: UseCase, one: Any) -> str:
    return str(one if case.shape is None else getattr(one, case.numbered))


def _called(case: UseCase, one: Any, key: str) -> Any:
    """An item, or number, that names a document by its key."""
    if case.shape is None:
        return key
    return one if getattr(one, case.numbered) == key else replace(one, **{case.numbered: key})


def _may_be_printed(kind: Kind[Any], name: str) -> bool:
    """Whether a number need not be the document's key as it stands: most are, and cost nothing."""
    is_key = kind.number != "doc_key" or _PLACED.match(name) is not None
    return not (is_key and _PLAIN.fullmatch(name))


def _bearing(
    conn: Conn, kind: Kind[Any], names: Iterable[str], said: Mapping[str, Any]
) -> dict[str, list[_Found]]:
    """Number -> the documents that bear it, of those that are no document's key."""
    statement = sql.SQL("select doc_key from {} where doc_key = any(%s)").format(sql.Identifier(kind.table))
    left = set(names) - {key for (key,) in conn.execute(statement, [list(names)])}
    bearing: dict[str, list[_Found]] = defaultdict(list)
    if left:
        for one, forms in _documents(conn, kind, left, said):
            for form in forms:
                bearing[form].append(one)
    return {name: bearing[form] for name in left if (form := same_number(name)) in bearing}


def _documents(
    conn: Conn, kind: Kind[Any], names: Iterable[str], said: Mapping[str, Any]
) -> Iterator[tuple[_Found, set[str]]]:
    """Documents that may bear one of the numbers, and the forms in which theirs may be written."""
    columns = tuple(name for name in OWNED if name in kind.all_columns)
    printed = kind.paper.get("doc_no", "doc_key")
    tests, parameters = _tests(kind, printed, list(names), said)
    shape = "select doc_key, fiscal_year, {printed}, {columns} from {table} where {tests}"
    statement = sql.SQL(shape).format(
        printed=sql.Identifier(printed), columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(kind.table), tests=sql.SQL(" and ").join(tests),
    )  # fmt: skip
    for key, year, number, *values in conn.execute(statement, parameters):
        if kind.has_editions and is_later(key):
            continue  # the first stands for all of its number
        owned = dict(zip(columns, values, strict=True))
        yield (
            _Found(key, year, owned),
            {*_forms(kind, key, str(owned["mof_div_code"]), year), same_number(number)},
        )


def _tests(
    kind: Kind[Any], printed: str, names: Sequence[str], said: Mapping[str, Any]
) -> tuple[list[sql.Composable], dict[str, Any]]:
    tests: list[sql.Composable] = [sql.SQL("true")]
    parameters: dict[str, Any] = {}
    for column in NARROWED:
        if value := said.get(column):
            tests.append(sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)))
            parameters[column] = value
    if len(names) <= _FEW:
        signs = "(normalize({}, nfkc) || ' ' || normalize({}, nfkc)) ilike any(%(signs)s)"
        tests.append(sql.SQL(signs).format(sql.Identifier("doc_key"), sql.Identifier(printed)))
        parameters["signs"] = [f"%{'%'.join(re.findall('[0-9a-z]|[^ -~]', same_number(n)))}%" for n in names]
    return tests, parameters


#: What tells documents of one number apart.
NARROWED: Final = ("mof_div_code", "fiscal_year")


def _forms(kind: Kind[Any], key: str, region: str, year: int) -> Iterator[str]:
    """A key whole, without its region, and without its year; its end where that is a number."""
    yield same_number(key)
    yield same_number(kind.short(key))
    for begins in (rf"{region}[:-]", rf"{year}[:-]"):
        if begun := re.match(begins, key):
            key = key[begun.end() :]
            yield same_number(key)


def _the_one(case: UseCase, name: str, found: Sequence[_Found], officer: Officer | None) -> str:
    """The key of the document that a number means to who names it; the number itself where none does."""
    if officer is not None:
        found = [one for one in found if sees_owned(officer, one.owned)]
        own = [one for one in found if one.owned["mof_div_code"] == officer.mof_div_code]
        found = found if case.is_reading else own or found
    if len(found) > 1:
        raise _several(case, name, sorted(found, key=lambda one: one.doc_key))
    return found[0].doc_key if found else name


def _several(case: UseCase, name: str, found: Sequence[_Found]) -> RuleBroken:
    assert case.kind is not None
    told = [
        f"{one.doc_key}（{regions.require(str(one.owned['mof_div_code'])).name} {one.fiscal_year} 年）"
        for one in found
    ]
    return RuleBroken(
        f"号为“{name}”的{case.kind.name}有 {len(found)} 份：{listed(told, most=_MOST_NAMED, unit='份')}",
        rule="只写文件上的号，须在所能看到的单据里只有一份",
        hint="请再写明财政区划或预算年度，或写全单据号",
        details={"keys": [name], "refused": 1, "candidates": [one.doc_key for one in found][:20]},
    )  # fmt: skip
