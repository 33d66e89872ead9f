"""The sample city's published book: from the file to a verified ledger."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import psycopg

from benchmarks.measure import Measure, in_turns, seconds, spread, within
from benchmarks.scratch import BOOK_REGION, BOOK_YEAR, Bench
from fisc import app
from fisc.catalogue import CATALOGUE
from fisc.disclosure.services import import_book
from fisc.reading.service import Ask, FigureService
from fisc.sample import BOOK

FEN_IN_WAN = 1_000_000
#: Items are printed in whole 万元; their sum may be off by as much as they were rounded.
TOLERANCE_WAN = 10
#: What the book calls 一般公共预算支出 by 类, for the whole city: one figure, broken down.
BY_CLASS = Ask("expenditure.general", BOOK_REGION, BOOK_YEAR)


def run(bench: Bench) -> Iterator[Measure]:
    """The import beside pandas, which only reads; then one table's totals beside pandas."""
    imports = _Imports(bench)
    ours, plain = in_turns(bench.scale.rounds, imports.seconds, _pandas_reads)
    yield Measure(
        "book.import", "the sample book, file to verified ledger", "s", spread(ours), **within(5, "s")
    )
    yield Measure("book.pandas", "the same, beside pandas reading all sheets and checking nothing", "s",
                  spread(ours), "pandas.read_excel(sheet_name=None)", spread(plain),
                  facts=imports.facts)  # fmt: skip
    yield from _totals(bench, imports.database)
    bench.drop(imports.database)


class _Imports:
    """Imports into a new ledger each time; the last ledger stays for what follows."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.database = "book_0"
        self._round = 0
        self.facts: dict[str, object] = {}

    def seconds(self) -> float:
        self._bench.drop(self.database)
        self._round += 1
        self.database = f"book_{self._round}"
        dsn = self._bench.empty(self.database)
        app.setup(dsn)  # schema, migrations, registry: once for each city, not for each book
        self._bench.settle()
        with psycopg.connect(dsn) as conn:
            return seconds(lambda: self._import(conn))

    def _import(self, conn: psycopg.Connection) -> None:
        result = import_book(BOOK, conn)
        assert result.verified is not None and result.verified.ok
        self.facts = {"tables": len(result.book.tables), "lines": result.lines,
                      "identities": len(result.identities), "seconds_by_step": result.seconds}  # fmt: skip


def _pandas_reads() -> float:
    import pandas as pd

    return seconds(lambda: pd.read_excel(BOOK, sheet_name=None, header=None))


def _totals(bench: Bench, database: str) -> Iterator[Measure]:
    """What a user with a workbook does: add up one table by 类, each time from the file."""
    with bench.connect(database) as conn:
        service = FigureService(conn, CATALOGUE)
        wanted = {part.code: Decimal(str(part.value)) for part in service.get_many([BY_CLASS])[0].breakdown}
        ours, plain = in_turns(
            max(bench.scale.rounds, 3), lambda: seconds(lambda: service.get_many([BY_CLASS])),
            lambda: seconds(lambda: _pandas_totals(wanted)),
        )  # fmt: skip
    yield Measure("book.totals", "expenditure by 类 from the ledger, with its source", "ms",
                  spread([1000 * value for value in ours]), "pandas over the workbook, the same totals",
                  spread([1000 * value for value in plain]))  # fmt: skip


def _pandas_totals(wanted: dict[str, Decimal]) -> None:
    """The same totals by pandas, in 万元; each must be the ledger's, but for the rounding of its items."""
    import pandas as pd

    sheet = pd.read_excel(BOOK, sheet_name="02", header=None)
    header = next(row for row in range(8) if "执行数" in sheet.iloc[row].to_list())
    executed = sheet.iloc[header].to_list().index("执行数")
    rows = pd.DataFrame({"code": sheet[0].astype(str), "executed": sheet[executed]})
    items = rows[rows["code"].str.fullmatch(r"\d{7}")]
    found = items.groupby(items["code"].str[:3])["executed"].sum()
    for code, value in found.items():
        assert abs(wanted.get(str(code), Decimal(0)) / FEN_IN_WAN - Decimal(str(value))) <= TOLERANCE_WAN, (
            code
        )
