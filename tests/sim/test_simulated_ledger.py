"""The simulated city's ledger says that it is simulated, and its knowledge follows the simulated days."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pyarrow.parquet as pq
import pymupdf
import pytest
from docx import Document
from openpyxl import load_workbook
from typer.main import get_command

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import COMMANDS, build
from fisc.cli.main import run as fisc
from fisc.documents import RuleBroken
from fisc.kernel import open_year
from fisc.kernel.simulation import NOTICE, simulation
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry.officers import Officer, define_officers, officers
from fisc.report import printed
from fisc.revenue import services as revenue
from fisc.sim.line import DayConnection
from fisc.sim.plan import plan
from fisc.sim.run import Run, run
from fisc.use_cases import use_cases
from tests.api.conftest import serving
from tests.conftest import _copy_of, _ready, _template
from tests.sim.conftest import NewCity

CITY = Run(0.001, 7, (2021,))
JUNE, JULY = date(2021, 6, 30), date(2021, 7, 31)
FIGURES = ("revenue.general", "expenditure.general")


def lived(dsn: str, until: date) -> None:
    with DayConnection.connect(dsn, autocommit=True) as conn:
        run(conn, CITY, until=until)


Said = pytest.CaptureFixture[str]


def told(said: Said, *arguments: str) -> Any:
    said.readouterr()
    fisc([*arguments, "--json"])
    return json.loads(said.readouterr().out)


def values(said: Said, *more: str) -> list[str]:
    asked = ("figures", "value", *FIGURES, "--region", "150600", "--year", "2021", *more)
    return [row["value"] for row in told(said, *asked)["rows"]]


@pytest.fixture(scope="module")
def june_template(server_dsn: str) -> str:
    """A city that has lived until the end of June, made once per run."""
    return _template(server_dsn, "fisc_june", lambda dsn: lived(dsn, JUNE), _ready(server_dsn))


@pytest.fixture(scope="module")
def june(server_dsn: str, june_template: str) -> Iterator[str]:
    """The city of June, for tests that only look."""
    with _copy_of(server_dsn, june_template) as dsn:
        yield dsn


@pytest.fixture
def in_june(june: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The city of June, in force."""
    monkeypatch.setenv("DATABASE_URL", june)
    return june


def test_what_was_known_at_the_end_of_june_is_junes_figure(
    server_dsn: str, june_template: str, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    with _copy_of(server_dsn, june_template) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        known = values(capsys)
        lived(dsn, JULY)
        assert values(capsys, "--as-of", "2021-07-01") == known
        assert all(now != then for now, then in zip(values(capsys), known, strict=True))


def test_first_budgets_hold_what_falls_due_of_debt(june: str) -> None:
    due = plan(CITY.scale, CITY.seed, 2021)["debt_service"]
    wanted = due.group_by("exp_func_code").agg(pl.col("amount_fen").sum())
    codes = tuple(wanted["exp_func_code"])
    of_debt = (Among("exp_func_code", codes), Among("source_type_code", ("1",)))
    asked = Turnover(("quota:9201",), None, (202100, 202101), CREDIT, of_debt)
    with psycopg.connect(june) as conn:
        held = turnover(conn, asked, "exp_func_code")
    assert {code for code in codes if code[:3] in ("231", "232")} == set(codes) and len(codes) == 3
    assert held == {(code,): fen for code, fen in wanted.iter_rows()}


def received(conn: psycopg.Connection[Any]) -> None:
    """A day's revenue, as a real treasury reports it."""
    open_year(conn, "150621000", JUNE.year)
    define_officers(conn, [
        Officer("r", "收入", "", frozenset({"revenue_make"})),
        Officer("t", "国库", "", frozenset({"treasury_review"})),
    ])  # fmt: skip
    given = [revenue.DailyReceipt("150621000", JUNE, "103040109", "111", 100)]
    keys = list(revenue.record_daily_reports(conn, given, by="r", on=JUNE))
    revenue.confirm_daily_reports(conn, keys, by="t", on=JUNE)


def test_a_ledger_with_real_postings_is_not_simulated_in(new_city: NewCity) -> None:
    dsn = new_city()
    with psycopg.connect(dsn, autocommit=True) as conn:
        received(conn)
    with pytest.raises(RuleBroken, match="已有真实的账"):
        lived(dsn, JUNE)
    with psycopg.connect(dsn) as conn:
        assert simulation(conn) is None
        assert conn.execute("select count(*) from sim_run").fetchone() == (0,)


# ---- every product says so


@pytest.mark.usefixtures("in_june")
def test_each_json_document_says_so(capsys: Said) -> None:
    assert told(capsys, "verify")["is_simulated"] is True
    assert told(capsys, "db", "shell", "-c", "select 1")["is_simulated"] is True
    nothing = told(capsys, "findings", "list", "--region", "150600", "--year", "2021", "--document", "none")
    assert nothing == {"is_simulated": True, "rows": []}


#: What commands are asked, by the names of their parameters; of some by command. The year holds nothing.
GIVEN = {
    "region": "150600", "year": "2098", "from_year": "2098", "to_year": "2099", "month": "2098-03",
    "pay_month": "2098-03", "on": "2098-06-30", "figure_id": "revenue.general",
    "figure_ids": "revenue.general", "figure": "revenue.general", "kind": "agencies",
    "registry list kind": "exp_func",
}  # fmt: skip
#: What else a command must be given.
MORE = {
    "treasury revise": ("--purpose", "x"), "treasury revise-plans": ("--amount", "1"),
    "budget revise-advances": ("--amount", "1"),
    "follow": ("--payment", "x"), "db shell": ("-c", "select 1"),
    "report diff": ("--from-month", "3", "--to-month", "6"),
}  # fmt: skip
#: They speak of no ledger: whether one is looked at beside them is no matter.
OF_NO_LEDGER = {
    "figures list", "figures show", "figures", "docs kind", "docs use-cases", "registry check",
    "registry list",
}  # fmt: skip
#: They are about servers and databases as a whole, or make a city of their own (tests/store, tests/cli).
OF_SERVERS = {
    "demo", "sim run", "db start", "db stop", "db let-read", "db backup", "db backups", "db restore",
    "db upgrade",
}  # fmt: skip


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}".strip())
    if not hasattr(command, "commands") or command.invoke_without_command:
        yield path, command


def _told(path: str) -> set[str]:
    """What a use case must be told where no file tells it."""
    case = use_cases().get(path.replace(" ", "."))
    fields = (*case.options, *(case.shape.flat if case.shape else ())) if case else ()
    return {"numbers", *(field.name for field in fields if field.is_required)}


@cache
def _every_command() -> dict[str, list[Any]]:
    """Each command that has --json, and the parameters that it must be given."""
    areas = [(name, get_command(build(name)).commands[name]) for name in COMMANDS]  # type: ignore[attr-defined]
    return {
        path: [p for p in command.params if p.required or p.name in _told(path)]
        for name, area in areas for path, command in _commands(area, name)
        if any("--json" in p.opts for p in command.params)
    }  # fmt: skip


@pytest.fixture(scope="module")
def spare(server_dsn: str, june_template: str) -> Iterator[str]:
    """The city of June, for whoever may change it."""
    with _copy_of(server_dsn, june_template) as dsn:
        yield dsn


@pytest.mark.parametrize("path", sorted(_every_command().keys() - OF_SERVERS))
def test_the_json_of_every_command_says_so_whatever_comes_of_it(
    path: str, spare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("DATABASE_URL", spare)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password\n" * 2))
    (tmp_path / "given.csv").write_text("a,b\n1,2\n", "utf8")
    files = {"file": "given.csv", "book": "given.csv", "table": "given.csv", "out": "made"}
    given = []
    for p in _every_command()[path]:
        option = p.opts[0].removeprefix("--").replace("-", "_")
        value = GIVEN.get(f"{path} {p.name}") or (GIVEN | files).get(p.name) or GIVEN.get(option, "x")
        given += [value] if p.param_type_name == "argument" else [p.opts[0], value]
    capsys.readouterr()
    assert fisc([*path.split(), *given, *MORE.get(path, ()), "--json"]) != ExitCode.USAGE
    said = json.loads(capsys.readouterr().out)
    assert isinstance(said, dict) and (said.get("is_simulated") is True or path in OF_NO_LEDGER), said


def test_a_real_ledger_says_nothing_of_it(
    new_city: NewCity, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("DATABASE_URL", new_city())
    assert "is_simulated" not in told(capsys, "verify")
    fisc(["verify"])
    assert NOTICE not in capsys.readouterr().out


@pytest.mark.usefixtures("in_june")
def test_words_begin_with_it(capsys: Said) -> None:
    fisc(["verify"])
    assert capsys.readouterr().out.startswith(f"【{NOTICE}】")


@pytest.mark.usefixtures("in_june")
def test_each_page_of_a_report_says_so(tmp_path: Path) -> None:
    fisc(["report", "annual", "--region", "150600", "--year", "2021", "--out", str(tmp_path)])
    (pdf,), (html,), (word,) = (list(tmp_path.glob(f"*.{kind}")) for kind in ("pdf", "html", "docx"))
    pages = [page.get_text() for page in pymupdf.open(pdf)]
    assert len(pages) > 3 and all(NOTICE in page for page in pages)
    assert f"（{NOTICE}）" in pages[0], "below the title, too"
    assert NOTICE in str(pymupdf.open(pdf).metadata) and NOTICE in pymupdf.open(pdf).get_xml_metadata()
    assert f"（{NOTICE}）" in Document(str(word)).paragraphs[0].text
    properties = Document(str(word)).core_properties
    assert NOTICE in properties.comments and NOTICE in properties.subject
    section = Document(str(word)).sections[0]
    heads = (section.header, section.even_page_header)
    assert [head.paragraphs[0].text for head in heads] == [NOTICE, NOTICE]
    page = html.read_text("utf8")
    assert f'<p class="simulated" role="note">{NOTICE}</p>' in page
    on_paper = page.partition("@media print")[2]
    assert ".simulated { display: table-header-group; position: static; break-inside: avoid" in on_paper
    description = page.partition('<meta name="description" content="')[2].partition('"')[0]
    assert NOTICE in description and f"（{NOTICE}）</title>" in page
    words = Document(str(word)).element.body.xpath("string()")
    assert "公布" not in words, "nobody published what is simulated"
    assert "公布" not in page, "nor do its panels, their definitions or what is searched say so"


#: What is printed, and the entry or document of June that it is asked of.
SLIPS = {
    "books voucher": "select natural_key from ledger.entry where natural_key like 'pay_app:%:paid' limit 1",
    "treasury show": "select doc_key from treasury_payment where pay_cert_no <> '' limit 1",
}


def test_whatever_is_printed_is_walked_here() -> None:
    sheets = {"year-end.statements", "year-end.final-accounts"}  # test_each_sheet_says_so
    assert set(printed._PRINTED) == {path.replace(" ", ".") for path in SLIPS} | sheets


@pytest.mark.parametrize("form", ["pdf", "docx", "html"])
@pytest.mark.parametrize("path", SLIPS)
def test_each_slip_says_so_on_it_and_in_its_metadata(
    in_june: str, tmp_path: Path, path: str, form: str
) -> None:
    with psycopg.connect(in_june) as conn:
        row = conn.execute(SLIPS[path].encode()).fetchone()
    assert row is not None
    out = tmp_path / f"slip.{form}"
    assert fisc([*path.split(), str(row[0]), "--out", str(out)]) == ExitCode.OK
    if form == "html":
        said = metadata = out.read_text("utf8")
    elif form == "docx":
        document = Document(str(out))
        heads = [section.header.paragraphs[0].text for section in document.sections]
        said, metadata = min(heads, key=lambda head: NOTICE in head), document.core_properties.comments
    else:
        opened = pymupdf.open(out)
        said, metadata = opened[-1].get_text(), opened.get_xml_metadata()
    assert NOTICE in said and NOTICE in metadata


def test_each_answer_of_the_api_says_so(june: str) -> None:
    for server in serving(june):
        open_, refused = server.call("", "GET", "/ping"), server.call("", "GET", "/books/voucher")
        assert open_.json()["is_simulated"] is True
        assert [one.headers["fisc-simulated"] for one in (open_, refused)] == ["true", "true"]
        with psycopg.connect(june) as conn:
            officer = next(iter(officers(conn, "150600000")))
        listed = server.call(officer.code, "GET", "/registry/regions", params={"under": "1506"})
        assert listed.json().get("is_simulated") is True and listed.headers["fisc-simulated"] == "true"


@pytest.mark.usefixtures("in_june")
@pytest.mark.parametrize("command", ["statements", "final-accounts"])
def test_each_sheet_says_so(tmp_path: Path, command: str) -> None:
    path = tmp_path / "book.xlsx"
    fisc(["year-end", command, "--region", "150600", "--year", "2021", "--out", str(path)])
    for page in load_workbook(path).worksheets:
        assert page.oddHeader.center.text == NOTICE
        shown = [cell for row in page.iter_rows(min_row=1, max_row=2, values_only=True) for cell in row]
        assert NOTICE in shown, page.title


@pytest.mark.usefixtures("in_june")
def test_a_workbook_that_says_so_is_read_back(tmp_path: Path, capsys: Said) -> None:
    book = ("--year", "2021", "--out", str(tmp_path / "book.xlsx"), "--check")
    assert told(capsys, "year-end", "final-accounts", "--region", "150600", *book)["differences"] == []


@pytest.mark.usefixtures("in_june")
@pytest.mark.parametrize("kind", ["beancount", "hledger"])
def test_a_journal_says_so_in_its_first_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "journal"
    fisc(["export", "--format", kind, "--out", str(path)])
    assert path.read_text("utf8").startswith(f"; {NOTICE}\n")


@pytest.mark.usefixtures("in_june")
def test_a_journal_in_parquet_says_so_in_each_file(tmp_path: Path) -> None:
    fisc(["export", "--format", "parquet", "--out", str(tmp_path / "journal")])
    found = list((tmp_path / "journal").glob("*.parquet"))
    assert len(found) == 5
    assert all(pq.read_schema(file).metadata[b"notice"].decode() == NOTICE for file in found)


def test_a_snapshot_says_so_without_the_database(
    in_june: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    fisc(["figures", "snapshot", "--out", str(tmp_path)])
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    asked = ("figures", "value", FIGURES[0], "--region", "150600", "--year", "2021")
    assert told(capsys, *asked, "--snapshot", str(tmp_path))["is_simulated"] is True
