"""Lists, details and files follow from a kind: pages lose nothing, files read again as they were."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc import app
from fisc.documents import NotFound, RuleBroken
from fisc.documents.detail import Detail
from fisc.documents.files import as_json, detail_as_json, file_columns, read_documents, write_documents
from fisc.documents.installation import declared_by
from fisc.documents.kind import SURROGATES, Kind
from fisc.documents.listing import counts, every, page
from fisc.settings import INSTALLED_APPS
from fisc.sheets import Column
from fisc.sheets.columns import cell_text
from tests.documents.test_flow import PAPER, _make, _with_papers, papers
from tests.documents.test_flow import move as take

__all__ = ["_with_papers", "papers"]

app.configure("dbname=nothing")  # no database is looked for
KINDS = {kind.prefix: kind for kind in declared_by(INSTALLED_APPS).kinds}
DAY = date(2022, 3, 1)
VALUES = {
    "text": "某某", "code": "007", "codes": ("01", "02"), "amount_fen": 1_050, "integer": 7, "decimal": 7,
    "rate_bp": 1250,
    "date": DAY, "year": 2022, "truth": True, "mark": False,
}  # fmt: skip


@pytest.fixture
def many(papers: psycopg.Connection) -> Iterator[psycopg.Connection]:
    _make(papers, *(f"p{n:02}" for n in range(25)))
    take(papers, PAPER, [f"p{n:02}" for n in range(0, 25, 3)], "review", by="b", on=DAY,
         changes={"remark": ["同"] * 9})  # fmt: skip
    yield papers


@pytest.mark.parametrize("order", ["doc_key", "state", "remark", "amount_fen"])
@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_give_each_document_once(many: psycopg.Connection, order: str, is_descending: bool) -> None:
    found: list[str] = []
    after, rounds = "", 0
    while rounds == 0 or after:
        one = page(many, PAPER, order=order, is_descending=is_descending, after=after, limit=4)
        found, after, rounds = found + [d.doc_key for d in one.documents], one.after, rounds + 1
    assert sorted(found) == [f"p{n:02}" for n in range(25)] and rounds == 7
    states = [d.state for d in page(many, PAPER, order="state", is_descending=is_descending).documents]
    assert states == sorted(states, reverse=is_descending)


def test_lists_are_filtered_and_counted(many: psycopg.Connection) -> None:
    assert counts(many, PAPER) == {"draft": 16, "reviewed": 9}
    assert counts(many, PAPER, where={"fiscal_year": 2023}) == {}
    assert {d.state for d in every(many, PAPER, {"state": "reviewed"})} == {"reviewed"}
    assert len(list(every(many, PAPER, {"state": ["draft", "reviewed"]}))) == 25
    for remarks, count in ((None, 16), (["同", None], 25), (["同"], 9), ([], 0)):
        assert len(page(many, PAPER, {"remark": remarks}).documents) == count
    with pytest.raises(RuleBroken, match="不成一页"):
        page(many, PAPER, limit=0)


@pytest.mark.parametrize("column", ["lines", "uses", "shares"])
def test_nothing_is_ordered_or_filtered_by_what_holds_json(many: psycopg.Connection, column: str) -> None:
    kind = next(kind for kind in KINDS.values() if column in kind.columns)
    for asked in ({"order": column}, {"where": {column: "x"}}):
        with pytest.raises(NotFound, match=column):
            page(many, kind, **asked)  # type: ignore[arg-type]


def test_what_is_no_facet_and_no_cursor_is_refused(many: psycopg.Connection) -> None:
    for where in ({"remark; drop table test_paper": 1}, {"remark_": 1}):
        with pytest.raises(NotFound, match="可用"):
            page(many, PAPER, where)
    for after in ("x", page(many, PAPER, order="state", limit=1).after):
        with pytest.raises(RuleBroken, match="翻页"):
            page(many, PAPER, order="doc_key", after=after)


def _fitting(column: Column) -> Any:
    """A value of a column, no longer than its table takes it."""
    value = VALUES[column.form]
    return value[: column.longest] if column.longest and isinstance(value, str) else value


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("prefix", KINDS)
@pytest.mark.parametrize("in_chinese", [False, True])
def test_files_of_every_kind_read_again(prefix: str, suffix: str, in_chinese: bool, tmp_path: Path) -> None:
    kind = KINDS[prefix]
    given = {c.key: _fitting(c) for c in file_columns(kind, is_given=True)}
    document = _document(kind, given)
    path = tmp_path / f"a{suffix}"
    assert write_documents(path, kind, [document], in_chinese=in_chinese) == 1
    table = read_documents(path, kind)
    assert not table.faults, table.faults
    read = table.rows[0].values
    assert {name: read[name] for name in given if name in kind.columns} == {
        name: value for name, value in given.items() if name in kind.columns
    }
    assert json.loads(json.dumps(as_json(kind, document), ensure_ascii=False))[kind.number] == "007"


@pytest.mark.parametrize("prefix", KINDS)
def test_columns_that_no_kind_reads_are_told(prefix: str) -> None:
    columns = file_columns(KINDS[prefix], is_given=True)
    given = {"附言": "x", **{c.name: cell_text(c, _fitting(c), "分") for c in columns}}
    table = read_documents(f"{','.join(given)}\n{','.join(given.values())}\n".encode(), KINDS[prefix])
    assert not table.faults and table.unread == ["附言"]
    assert table.remarks() == ["列 附言 不是要导入的要素，没有读取"]


@pytest.mark.parametrize("prefix", [key for key, kind in KINDS.items() if SURROGATES & {*kind.own_columns}])
def test_what_one_database_numbered_is_told_nowhere(prefix: str) -> None:
    kind = KINDS[prefix]
    line = SimpleNamespace(id=7, coding_id=7, amount_fen=1)
    values = dict.fromkeys(kind.all_columns, 7) | {"trail": []}
    found = Detail(kind, SimpleNamespace(**values), [line], [], {}, [], [])  # type: ignore[arg-type]
    told = detail_as_json(found)
    assert told["lines"] == [{"amount_fen": 1}]
    for names in (
        told["document"], kind.columns, kind.said,
        {c.key for is_given in (False, True) for c in file_columns(kind, is_given=is_given)},
    ):  # fmt: skip
        assert not SURROGATES & {*names} and "fiscal_year" in names


def _document(kind: Kind[Any], given: dict[str, Any]) -> Any:
    values = {c.key: VALUES[c.form] for c in file_columns(kind)} | given | {"state": kind.initial}
    return kind.load(tuple(values), [tuple(values.values())])[0]


@given(st.text(max_size=40))
def test_a_cursor_that_nobody_gave_is_refused_in_words(cursor: str) -> None:
    class Nothing:
        def execute(self, *_: object) -> Any:
            raise AssertionError("a made-up cursor reached the database")

    encoded = base64.urlsafe_b64encode(cursor.encode()).decode()
    for made_up in filter(None, (cursor, encoded, base64.urlsafe_b64encode(b"1").decode())):
        with pytest.raises(RuleBroken):
            page(Nothing(), PAPER, after=made_up)  # type: ignore[arg-type]


def test_a_declaration_prints_what_it_makes() -> None:
    from fisc.cli.main import run

    said = io.StringIO()
    with redirect_stdout(said):
        assert run(["docs", "kind", "pay_app", "--json"]) == 0
    told = json.loads(said.getvalue())
    assert told["table"] == "treasury_payment" and "amount_fen" in told["content"]
    assert any("documents_step_treasury_payment" in statement for statement in told["guards"])
    assert run(["docs", "kind", "no_such"]) != 0
