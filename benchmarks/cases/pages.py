"""The report in each format, and how soon the command answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import psycopg

from benchmarks.measure import Measure, in_turns, seconds, spread
from benchmarks.scratch import BOOK_REGION, BOOK_YEAR, Bench
from fisc import app
from fisc.catalogue import CATALOGUE
from fisc.disclosure.services import import_book
from fisc.reading.service import FigureService
from fisc.report.budget import budget_report
from fisc.report.formats import render
from fisc.report.model import Report
from fisc.report.source import LedgerSource, city_scope, document_facts
from fisc.sample import BOOK

FORMATS = ("docx", "html", "pdf")


def run(bench: Bench) -> Iterator[Measure]:
    """The sample city's report, beside the import it stands on; the command, beside bare Python."""
    repeat = max(bench.scale.rounds, 2)
    with psycopg.connect(app.setup(bench.empty("pages"))) as conn:
        imported = seconds(lambda: import_book(BOOK, conn))
        composed = spread(in_turns(repeat, lambda: seconds(lambda: _compose(conn)))[0])
        yield Measure("report.compose", "the report's figures and sentences", "s", composed,
                      "importing the book", spread([imported]))  # fmt: skip
        for kind in FORMATS:
            (took,) = in_turns(repeat, lambda k=kind: seconds(lambda: render(_compose(conn), k)))  # type: ignore[misc]
            yield Measure(f"report.{kind}", f"the report as .{kind}, figures included", "s", spread(took),
                          "importing the book", spread([imported]))  # fmt: skip
    bench.drop("pages")
    yield from _commands(repeat)


def _compose(conn: psycopg.Connection) -> Report:
    service = FigureService(conn, CATALOGUE)
    made_on, note = document_facts(service.engine, BOOK_REGION, BOOK_YEAR)
    scope = city_scope(BOOK_REGION, BOOK_YEAR, made_on, source_note=note)
    return budget_report(LedgerSource(service), scope)


def _commands(repeat: int) -> Iterator[Measure]:
    fisc = [sys.executable, "-c", "from fisc.cli.main import main; main()"]
    bare = [sys.executable, "-c", "pass"]
    for key, words, command in (
        ("help", "fisc --help, cold", [*fisc, "--help"]),
        ("status", "fisc db status, cold", [*fisc, "db", "status"]),
    ):
        ours, theirs = in_turns(max(repeat, 5), _timed(command), _timed(bare))
        yield Measure(f"cli.{key}", words, "ms", spread(ours), "python -c pass", spread(theirs))


def _timed(command: list[str]) -> Callable[[], float]:
    environment = {**os.environ, "TERM": "dumb"}

    def work() -> object:
        return subprocess.run(command, check=True, capture_output=True, env=environment)

    return lambda: 1000 * seconds(work)
