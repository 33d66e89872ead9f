"""Imports payments from a file: all of it or nothing, or only the clean rows.

Every row is judged by every rule before anything is posted, so the user mends a file once.
The same row never comes in twice: its application number is its own, or made of its content.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
import psycopg

from fisc.documents.intake import keep_faults
from fisc.kernel.findings import Place
from fisc.kernel.money import format_fen
from fisc.registry.rows import insert_rows
from fisc.sheets import Fault, Table, find_table, open_source
from fisc.sheets.columns import several
from fisc.sheets.headings import require_known
from fisc.sheets.marking import place_of_results, write_copy
from fisc.store.os_faults import words_of
from fisc.treasury.kinds import IMPORT_BATCH, IMPORT_LINE
from fisc.treasury.services import together
from fisc.treasury.services.applications import PaymentApplication, apply
from fisc.treasury.services.imports.cells import beside
from fisc.treasury.services.imports.columns import OTHER_COLUMNS, columns_of
from fisc.treasury.services.imports.faults import sentences, told
from fisc.treasury.services.imports.rows import payment_rows
from fisc.treasury.services.imports.standing import shortfalls, standing_faults
from fisc.treasury.services.settings import payment_stage

ALL_OR_NOTHING = "all_or_nothing"
CLEAN_ROWS_ONLY = "clean_rows_only"

IMPORTED, ALREADY, REFUSED, HELD = "imported", "already", "refused", "held"

_AGAIN: Final = "再导入同一文件即写出各行结果，不会重复申请"

#: Applications handed over at once: all in one transaction, but no statement grows without bound.
_AT_ONCE = 10_000


@dataclass(slots=True)
class ImportReport:
    """What an import did. `rows`: row, pay_app_no, fen, status, message, codes; one per data row."""

    file: Path
    sheet: str
    sha256: str
    mode: str
    rows: pl.DataFrame
    beside: list[Fault] = field(default_factory=list)
    """What is wrong in rows that are no payment of their own: totals."""
    notes: list[str] = field(default_factory=list)
    """What the user should know: what was not read, results that could not be written."""
    unread: list[str] = field(default_factory=list)
    """Columns of the file that were not read."""
    out: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """How many rows have a status: imported, already, refused or held."""
        return int((self.rows["status"] == status).sum())

    @property
    def amount_fen(self) -> int:
        """Fen of the applications that this import made."""
        return int(self.rows.filter(pl.col("status") == IMPORTED)["fen"].sum())

    def problems(self) -> list[dict[str, Any]]:
        """The refused rows, then bad totals: row, pay_app_no, message, codes (the rules broken, by space)."""
        refused = self.rows.filter(pl.col("status") == REFUSED)
        totals = [
            {"row": fault.row, "pay_app_no": "", "message": told(fault), "codes": fault.code}
            for fault in self.beside
        ]
        return [*refused.select("row", "pay_app_no", "message", "codes").to_dicts(), *totals]

    def faults(self) -> list[Fault]:
        """What is wrong, row by row."""
        return [
            Fault(problem["row"], "", problem["message"], sheet=self.sheet, code=problem["codes"])
            for problem in self.problems()
        ]


def import_payments(
    conn: psycopg.Connection[Any],
    path: str | Path,
    *,
    region: str,
    by: str,
    on: date,
    clean_rows_only: bool = False,
    sheet: str | None = None,
    with_hidden: bool = False,
    skip_unknown_columns: bool = False,
    out: str | Path | None = None,
    write: bool = True,
    content: bytes | None = None,
) -> ImportReport:
    """Apply for the payments in the file at `path` (.xlsx or CSV), for `region` on the day `on`.

    With faults in any row nothing is posted, unless `clean_rows_only`. With `write`, the file is given
    back (at `out`, else beside it) with 导入结果 in each row; an `out` that is the file itself is
    refused, and one that cannot be written is told in `notes`. Hidden rows are faults unless `with_hidden`;
    headings that are not known are refused, or told in `notes` with `skip_unknown_columns`.
    Rows that stand already are left alone. `content` is the file's, where `path` is but its name.
    Raises FileRefused when the file as a whole is no good.
    """
    report, table = _judged(
        conn, Path(path), region, by, on, clean_rows_only=clean_rows_only, sheet=sheet,
        with_hidden=with_hidden, skip_unknown_columns=skip_unknown_columns, content=content,
    )  # fmt: skip
    place = place_of_results(table, out) if write else None
    with _timed(report, "申请"):
        _post(conn, report, region=region, by=by, on=on)
        keep_faults(conn, report.file.name, report.faults(), Place(region, on.year, on))
    if place is not None:
        with _timed(report, "写回"):
            _write_back(report, table, place)
    return report


def _write_back(report: ImportReport, table: Table, place: Path) -> None:
    """Give the file back with the outcome in each row; what was applied for stands, written or not."""
    messages = report.rows.filter(pl.col("message") != "").select("row", "message")
    said = dict(messages.iter_rows()) | {fault.row: told(fault) for fault in report.beside}
    try:
        report.out = write_copy(table, said, place, red={one["row"] for one in report.problems()})
    except OSError as error:
        report.notes.append(f"结果没有写成 {place}（{words_of(error)}）；{_AGAIN}")


@contextmanager
def _timed(report: ImportReport, phase: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    report.seconds[phase] = time.perf_counter() - started


def _judged(
    conn: psycopg.Connection[Any],
    path: Path,
    region: str,
    by: str,
    on: date,
    *,
    clean_rows_only: bool,
    sheet: str | None,
    with_hidden: bool,
    skip_unknown_columns: bool,
    content: bytes | None,
) -> tuple[ImportReport, Table]:
    """Every row with its status before posting: good ones `held`, others `refused` or `already`."""
    started = time.perf_counter()
    source = open_source(path if content is None else content, path.name)
    table = find_table(source, columns_of("payment"), sheet=sheet, with_hidden=with_hidden)
    if not skip_unknown_columns:
        require_known(table, OTHER_COLUMNS)
    frame, found = payment_rows(table, region, on.year)
    read = time.perf_counter()
    frame, standing = standing_faults(conn, frame, region, on.year, by)
    found += standing
    bad = pl.concat([f.select("place") for f in found]).unique()
    good = frame.join(bad, on="place", how="anti").filter(~pl.col("is_there"))
    said = sentences([*found, shortfalls(good)])
    rows = frame.join(said, on="place", how="left", maintain_order="left").with_columns(
        status=pl.when(pl.col("message").is_not_null()).then(pl.lit(REFUSED))
        .when(pl.col("is_there")).then(pl.lit(ALREADY)).otherwise(pl.lit(HELD)),
        message=pl.col("message").fill_null(""), codes=pl.col("codes").fill_null(""),
    ).rename({"pay_app_no": "own_no"}).rename({"key": "pay_app_no"})  # fmt: skip
    mode = CLEAN_ROWS_ONLY if clean_rows_only else ALL_OR_NOTHING
    report = ImportReport(path, table.sheet.name, source.sha256, mode, rows, beside(table), table.remarks())
    report.unread = table.unread
    report.seconds = {"读取": read - started, "校验": time.perf_counter() - read}
    return report, table


def _post(conn: psycopg.Connection[Any], report: ImportReport, *, region: str, by: str, on: date) -> None:
    """Apply for the rows that are good, unless the mode forbids it; then say so in each row.

    The services that apply have rules of their own; what they refuse is a row's fault like any other.
    """
    if report.mode == CLEAN_ROWS_ONLY or not report.problems():
        stage = payment_stage(conn, region, on.year)
        applications = _applications(report.rows.filter(pl.col("status") == HELD), region, stage)
        with conn.transaction() as whole:
            together.wait_for(conn, region, {a.payee_name for a in applications})
            outcomes = [
                outcome
                for first in range(0, len(applications), _AT_ONCE)
                for outcome in apply(conn, applications[first : first + _AT_ONCE], by=by, on=on, each=True)
            ]
            refusals = {o.key: str(o.refusal) for o in outcomes if o.refusal is not None}
            if refusals and report.mode == ALL_OR_NOTHING:
                report.rows = _with_outcomes(report.rows, {}, refusals)
                raise psycopg.Rollback(whole)
            # what another program applied for since the rows were judged stands, and is not this file's
            done = {o.key: IMPORTED if o.is_new else ALREADY for o in outcomes if o.refusal is None}
            report.rows = _with_outcomes(report.rows, done, refusals)
            if report.count(IMPORTED):
                _record(conn, report, region, by, on)
    report.rows = report.rows.with_columns(message=_said(on))


def _applications(rows: pl.DataFrame, region: str, stage: str) -> list[PaymentApplication]:
    wanted = ("pay_app_no", "bgt_id", "fen", "pay_type", "payee_acct_name", "payee_acct_no",
              "payee_bank_no", "use_des", "contract_no", "set_mode_code", "agent_bank_no", "repeat_reason",
              "attachments")  # fmt: skip
    return [
        PaymentApplication(
            pay_app_no=no, bgt_id=bgt, amount_fen=fen, pay_type=kind, payee_name=name, payee_acct_no=acct,
            payee_bank_no=bank, purpose=use, mof_div_code=region, contract_no=contract, set_mode_code=mode,
            stage=stage, agent_bank_no=agent, repeat_reason=reason, attachments=several(papers),
        )
        for no, bgt, fen, kind, name, acct, bank, use, contract, mode, agent, reason, papers
        in rows.select(wanted).iter_rows()
    ]  # fmt: skip


def _with_outcomes(rows: pl.DataFrame, done: dict[str, str], refusals: dict[str, str]) -> pl.DataFrame:
    """Rows that were held become what `done` says of their number, or refused; else they stay held."""
    held, number = pl.col("status") == HELD, pl.col("pay_app_no")
    refused = held & number.is_in(list(refusals))
    return rows.with_columns(
        status=pl.when(refused).then(pl.lit(REFUSED)).when(held & number.is_in(list(done)))
        .then(number.replace_strict(done or {"": ""}, default="")).otherwise(pl.col("status")),
        message=pl.when(refused).then(number.replace_strict(refusals or {"": ""}, default=""))
        .otherwise(pl.col("message")),
        codes=pl.when(refused).then(pl.lit("applied")).otherwise(pl.col("codes")),
    )  # fmt: skip


def _said(on: date) -> pl.Expr:
    """What the user reads in 导入结果."""
    day = pl.lit(on.isoformat())
    return (
        pl.when(pl.col("status") == IMPORTED).then(pl.format("已导入 {}（{}）", "pay_app_no", day))
        .when(pl.col("status") == ALREADY).then(pl.format(
            "此前已导入 {}，未再导入；如确为另一笔，请填写另一个支付申请编号", "pay_app_no"))
        .when(pl.col("status") == HELD).then(pl.lit("本行无误；因其他行有误，整批未导入"))
        .otherwise(pl.concat_str(pl.lit("未导入："), pl.col("message")))
    )  # fmt: skip


def _record(conn: psycopg.Connection[Any], report: ImportReport, region: str, by: str, on: date) -> None:
    batch = IMPORT_BATCH.row(
        report, mof_div_code=region, fiscal_year=on.year, file_name=report.file.name,
        file_sha256=report.sha256, row_count=len(report.rows), imported_count=report.count(IMPORTED),
        refused_count=report.count(REFUSED), imported_by=by, imported_on=on,
    )  # fmt: skip
    [(batch_id,)] = insert_rows(conn, IMPORT_BATCH, [batch], returning=("id",))
    lines = report.rows.filter(pl.col("status") == IMPORTED).select("row", "pay_app_no")
    rows = [{"batch_id": batch_id, "row_no": row, "pay_app_no": number} for row, number in lines.iter_rows()]
    insert_rows(conn, IMPORT_LINE, rows, known_by=("pay_app_no",))


def as_dict(report: ImportReport) -> dict[str, Any]:
    """The report for machines."""
    return {
        "file": str(report.file), "sheet": report.sheet, "sha256": report.sha256, "mode": report.mode,
        "row_count": len(report.rows), "imported": report.count(IMPORTED), "already": report.count(ALREADY),
        "refused": len(report.problems()), "held": report.count(HELD), "amount_fen": report.amount_fen,
        "amount": format_fen(report.amount_fen), "out": str(report.out or ""),
        "notes": report.notes, "unread": report.unread, "problems": report.problems(),
        "seconds": {k: round(v, 3) for k, v in report.seconds.items()},
    }  # fmt: skip
