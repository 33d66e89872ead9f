"""Sheets as people hand them in, whatever the door: payments to apply for, and pay that finds its quotas.

A command reads and marks a file where it lies (`imports`, `payroll`); here its bytes come, and rows go back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.refusals import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fisc.sheets import Column
    from fisc.treasury.services.imports import ImportReport
    from fisc.treasury.services.payroll import Proposal

Conn = psycopg.Connection[Any]
_NAME: Final = "上传的文件"
#: Rows that a refusal tells.
_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What became of a row: imported, already (before), refused; and what the user reads of it."""

    row_no: int
    pay_app_no: str
    status: str
    result_text: str


@dataclass(frozen=True, slots=True)
class PaidFrom:
    """The payment that a quota makes of a payroll: its lines, and whether it is new."""

    pay_app_no: str
    bgt_id: str
    line_count: int
    amount_fen: int
    is_new: bool


def columns_of(subject: str) -> Sequence[Column]:
    """The columns of the sheets of `payment` or `payroll`."""
    from fisc.treasury.services.imports import columns

    return columns.columns_of(subject)


def import_sheet(
    conn: Conn, mof_div_code: str, sheet_file: bytes, *, by: str, on: date, sheet: str = "",
    clean_rows_only: bool = False, skip_unknown_columns: bool = False,
) -> list[ImportedRow]:  # fmt: skip
    """Apply for the payments of a sheet (.xlsx or .csv); each row's outcome.

    With a fault in any row nothing is applied for, and RuleBroken names the rows, unless `clean_rows_only`.
    Raises FileRefused where the file as a whole is no good: headings that are not known are refused, unless
    `skip_unknown_columns`.
    """
    from fisc.treasury.services.imports import import_payments

    report = import_payments(
        conn, _NAME, region=mof_div_code, by=by, on=on, clean_rows_only=clean_rows_only,
        sheet=sheet or None, write=False, content=sheet_file, skip_unknown_columns=skip_unknown_columns,
    )  # fmt: skip
    if report.problems() and not clean_rows_only:
        raise _faulty(report)
    wanted = report.rows.select("row", "pay_app_no", "status", "message")
    return [ImportedRow(*row) for row in wanted.iter_rows()]


def _faulty(report: ImportReport) -> RuleBroken:
    problems = report.problems()
    said = [f"第 {one['row']} 行：{one['message'].removeprefix('未导入：')}" for one in problems]
    return RuleBroken(
        f"{len(problems)} 行有误，整批没有导入：{listed(said, mark='；')}",
        rule="一批或全部导入，或全部不导入",
        hint="请改正后再导入；只导入无误的行，请选“只导入无误的行”",
        details={"refused": len(problems), "items": said[:_TOLD]},
    )  # fmt: skip


def pay_by_sheet(
    conn: Conn, mof_div_code: str, sheet_file: bytes, *, pay_month: str, payee_acct_no: str, by: str,
    on: date, sheet: str = "", matched_only: bool = False, agent_bank_no: str = "",
    skip_unknown_columns: bool = False,
) -> list[PaidFrom]:  # fmt: skip
    """Match the pay of a month ('2026-03') to quotas and apply for it: a payment for each quota.

    A trial shows what would be matched. Lines that were applied for before are told by the payments that
    carry them, none of which is new. Raises RuleBroken where rows are no good (another amount than was
    applied for is one) or lines found no quota, and not `matched_only`, saying why line by line; FileRefused
    where the file as a whole is no good, for headings that are not known unless `skip_unknown_columns`.
    """
    from fisc.treasury.services.payroll import accept, payee_of, propose

    proposal = propose(
        conn, _NAME, region=mof_div_code, pay_month=pay_month, sheet=sheet or None, content=sheet_file,
        skip_unknown_columns=skip_unknown_columns,
    )  # fmt: skip
    payee = payee_of(conn, payee_acct_no, agent_bank_no)
    done = accept(conn, proposal, payee=payee, by=by, on=on, matched_only=matched_only)
    return _before(proposal) + [
        PaidFrom(number, bgt_id, len(shares), sum(one.item.amount_fen for one in shares), is_new)
        for number, is_new, (bgt_id, shares) in zip(
            done.pay_app_nos, done.is_new, proposal.by_quota.items(), strict=True
        )
    ]


def _before(proposal: Proposal) -> list[PaidFrom]:
    """The payments that carry lines of the sheet already."""
    carried: dict[tuple[str, str], list[int]] = {}
    for one in proposal.paid_before:
        carried.setdefault((one.pay_app_no, one.bgt_id), []).append(one.amount_fen)
    return [PaidFrom(*of, len(amounts), sum(amounts), is_new=False) for of, amounts in carried.items()]
