"""What the duties of a funder ask for, handed in: registrations, yearly returns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from fisc.capital.codes import duties
from fisc.capital.kinds import RETURN
from fisc.capital.services.shared import Conn, enterprise_key, enterprises_of, no_enterprise
from fisc.documents import RuleBroken, make, move
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction


@dataclass(frozen=True, slots=True)
class FunderReturn:
    """A duty done (`duty_code` of funder_duties.csv) for a year, or for an injection where it is of one."""

    mof_div_code: str
    enterprise_code: str
    duty_code: str
    fiscal_year: int
    evidence_no: str
    filed_on: date
    injection_no: str = ""


def file_returns(
    conn: Conn, returns: Sequence[FunderReturn], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Take in returns: True where new. Raises NotFound (enterprise), RuleBroken (duty), DuplicateConflict."""
    return in_transaction(conn, lambda: _file(conn, returns, by, reviewed_by, on))


def _file(conn: Conn, returns: Sequence[FunderReturn], by: str, reviewed_by: str, on: date) -> list[bool]:
    known = enterprises_of(conn, [enterprise_key(r.mof_div_code, r.enterprise_code) for r in returns])
    refuse_each(refusal for r in returns for refusal in _wrong(r, known, on))
    rows = [_row(r) for r in returns]
    is_new = make(conn, RETURN, rows, by=by, on=on)
    move(conn, RETURN, [str(row["doc_key"]) for row in rows], "confirm", by=reviewed_by, on=on)
    return is_new


def _wrong(r: FunderReturn, known: Collection[str], on: date) -> Iterator[FiscError]:
    filed = {d.code: d for d in duties() if d.counted_from == "year" or d.code == "title_registration"}
    if enterprise_key(r.mof_div_code, r.enterprise_code) not in known:
        yield no_enterprise(f"出资人报告 {r.evidence_no}", r.enterprise_code)
    duty = filed.get(r.duty_code)
    is_of_injection = duty is not None and duty.counted_from == "injection"
    if duty is None or bool(r.injection_no) != is_of_injection or r.filed_on > on or not r.evidence_no:
        yield RuleBroken(
            f"出资人报告 {r.evidence_no}：职责 {r.duty_code}、"
            f"注资单“{r.injection_no}”、日期 {r.filed_on} 不成立",
            rule="出资人职责清单（中发〔2018〕25号、国办发〔2019〕49号）",
            hint=f"可报送的职责：{'、'.join(filed)}；产权登记写明注资单号",
        )


def _row(r: FunderReturn) -> dict[str, object]:
    key = (
        f"{enterprise_key(r.mof_div_code, r.enterprise_code)}:{r.duty_code}:{r.injection_no or r.fiscal_year}"
    )
    return RETURN.row(r, doc_key=key)
