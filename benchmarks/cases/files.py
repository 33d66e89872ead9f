"""Bulk import: 100,000 payments from a workbook and from a CSV, applied for, with results in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import psycopg

from benchmarks.cases import city, paying
from benchmarks.measure import Measure, in_turns, seconds, spread, within
from benchmarks.scratch import Bench
from fisc.treasury.services.imports import ImportReport, import_payments

QUOTAS = 1_000
_HEADER = ("支付申请编号", "指标编号", "金额（元）", "收款人全称", "收款人账号", "开户行行号", "用途", "备注")
_LIMITS = {"xlsx": 20, "csv": 12}


def run(bench: Bench) -> Iterator[Measure]:
    """Files in turns; reading, judging every row, applying, and writing results back are all counted."""
    imports = _Imports(bench)
    xlsx, csv = in_turns(bench.scale.rounds, lambda: imports.seconds("xlsx"), lambda: imports.seconds("csv"))
    city.require_proven(imports.conn)
    imports.conn.close()
    bench.drop("files")
    for kind, found in (("xlsx", xlsx), ("csv", csv)):
        yield Measure(
            f"import.{kind}",
            f"{bench.scale.payments:,} payments from .{kind}: judged, applied for, results in the file",
            "s", spread(found), **within(_LIMITS[kind], "s"), facts={"seconds_by_step": imports.steps[kind]},
        )  # fmt: skip


class _Imports:
    """New files each round, into one database."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._round = 0
        self.conn: psycopg.Connection = paying.found(bench, "files", QUOTAS)
        self.steps: dict[str, dict[str, float]] = {}

    def seconds(self, kind: str) -> float:
        self._round += 1
        path = self._bench.folder("import") / f"{self._round}.{kind}"
        (_workbook if kind == "xlsx" else _csv)(path, self._rows())
        self._bench.settle()
        taken = seconds(lambda: self._import(path, kind))
        path.unlink()
        return taken

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for n in range(self._bench.scale.payments):
            yield (
                f"F{self._round:02}{n:08}", paying.quota(n % QUOTAS), (100 + n % 900) / 100, "合成公司",
                "6200001", paying.BANK, f"合成用途第{self._round}轮第{n}批", "",
            )  # fmt: skip

    def _import(self, path: Path, kind: str) -> ImportReport:
        report = import_payments(self.conn, path, region=paying.REGION, by="unit_make", on=paying.DAY)
        assert report.count("imported") == self._bench.scale.payments
        self.steps[kind] = {step: round(taken, 2) for step, taken in report.seconds.items()}
        return report


def _workbook(path: Path, rows: Iterator[tuple[object, ...]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("支付")
    sheet.append(_HEADER)
    for row in rows:
        sheet.append(row)
    book.save(path)


def _csv(path: Path, rows: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf8", newline="") as file:
        for row in (_HEADER, *rows):
            file.write(",".join(map(str, row)) + "\n")
