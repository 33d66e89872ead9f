"""What the duties of a funder ask for, handed in: registrations, yearly returns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

from fisc.capital.codes import duties
from fisc.capital.kinds import RETURN
from fisc.capital.services.shared import Conn, enterprise_key, enterprises_of, no_enterprise
from fisc.documents import RuleBroken, make, move, read
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class FunderReturn:
    """A duty done (`duty_code` of funder_duties.csv) for a year, or for an injection where it is of one."""

    mof_div_code: str
    enterprise_code: str
    duty_code: Annotated[str, OneOf(lambda: {d.code: d.name for d in duties()})]
    fiscal_year: int
    evidence_no: str
    filed_on: date
    injection_no: str = ""

    @property
    def key(self) -> str:
        """The number of its document: whose, which duty, of what."""
        whose = enterprise_key(self.mof_div_code, self.enterprise_code)
        return f"{whose}:{self.duty_code}:{self.injection_no or self.fiscal_year}"


def file_returns(
    conn: Conn, returns: Sequence[FunderReturn], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Draft and accept returns: True where new. Raises as the two steps do."""

    def work() -> list[bool]:
        is_new = draft_returns(conn, returns, by=by, on=on)
        confirm_returns(conn, [r.key for r in returns], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def draft_returns(conn: Conn, returns: Sequence[FunderReturn], *, by: str, on: date) -> list[bool]:
    """Draft returns: True where new. Raises NotFound (enterprise), RuleBroken (duty), DuplicateConflict."""
    _refuse_wrong(conn, returns, on)
    rows = [RETURN.row(r, doc_key=r.key) for r in returns]
    return make(conn, RETURN, fresh(conn, RETURN, rows), by=by, on=on)


def confirm_returns(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Accept drafted returns: True where now. Raises NotFound, WrongState, FourEyes, and as the draft."""

    def work() -> list[bool]:
        numbers = current(conn, RETURN, doc_keys)
        _refuse_wrong(conn, read(conn, RETURN, numbers), on)
        return move(conn, RETURN, numbers, "confirm", by=by, on=on)

    return in_transaction(conn, work)


def discard_returns(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted returns up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move_last(conn, RETURN, doc_keys, "discard", by=by, on=on)


def _refuse_wrong(conn: Conn, given: Sequence[FunderReturn | models.FunderReturn], on: date) -> None:
    known = enterprises_of(conn, [enterprise_key(r.mof_div_code, r.enterprise_code) for r in given])
    refuse_each(refusal for r in given for refusal in _wrong(r, known, on))


def _wrong(r: FunderReturn | models.FunderReturn, known: Collection[str], on: date) -> Iterator[FiscError]:
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
