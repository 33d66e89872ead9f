"""The coding blocks on which transfers stand. What is put in under one is taken out under the same.

Money of a source document keeps its number (`sup_bgt_doc_no`) from the pool on, so that the ledger
itself refuses to use more of a document than was received under it. A government's own money for
transfers has no such number in its budget (9202). Whoever receives has the number of the document that
brought the money, that of the government directly above; `fisc follow` goes from number to number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fisc.kernel import Coding

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine

INITIAL = "1"
ADJUSTED = "2"

#: (fiscal year, division, fund type): where a budget stands.
Place = tuple[int, str, str]


def pool(place: Place, sup_bgt_doc_no: str) -> Coding:
    """Money of a source document that is not yet given to a use (9200)."""
    return Coding(*place, sup_bgt_doc_no=sup_bgt_doc_no)


def own_class(place: Place, exp_func_code: str, source_type_code: str, sup_bgt_doc_no: str) -> Coding:
    """A class of own spending (9201) as quotas take from it, of a source document; '' as number: of none."""
    return Coding(
        *place, exp_func_code=exp_func_code, source_type_code=source_type_code, sup_bgt_doc_no=sup_bgt_doc_no
    )


def transfer_class(place: Place, tp_func_code: str, source_type_code: str, sup_bgt_doc_no: str) -> Coding:
    """A class of transfers below (9202) of a source document; '' as number: as the budget holds it."""
    return Coding(
        *place, tp_func_code=tp_func_code, source_type_code=source_type_code, sup_bgt_doc_no=sup_bgt_doc_no
    )


def of_line(line: TransferLine) -> Coding:
    """The giver's class that a line is issued from (9202)."""
    number = "" if line.is_budgeted else line.sup_bgt_doc_no
    place = (line.fiscal_year, line.giver_div_code, line.fund_type_code)
    return transfer_class(place, line.tp_func_code, line.source_type_code, number)


def outlay(line: TransferLine) -> Coding:
    """The giver's side of a line: issued (9305), booked as outlay (5011, 5042)."""
    return Coding(
        line.fiscal_year,
        line.giver_div_code,
        line.fund_type_code,
        tp_func_code=line.tp_func_code,
        source_type_code=line.source_type_code,
        rec_div_code=line.rec_div_code,
        cor_bgt_doc_no=line.cor_bgt_doc_no,
        sup_bgt_doc_no=line.sup_bgt_doc_no,
        is_direct_fund=line.is_direct_fund,
        is_advance=line.is_advance,
        is_debt=_debt(line),
    )


def income(line: TransferLine) -> Coding:
    """The receiver's side of a line: source (9102, 9103), booked as income (4011, 4042)."""
    return Coding(
        line.fiscal_year,
        line.rec_div_code,
        line.fund_type_code,
        rev_func_code=line.rev_func_code,
        source_type_code=line.source_type_code,
        sup_bgt_doc_no=line.source_no,
        is_direct_fund=line.is_direct_fund,
        is_advance=line.is_advance,
        is_debt=_debt(line),
    )


def _debt(line: TransferLine) -> str:
    return "1" if line.is_bond else ""


def line_pool(line: TransferLine) -> Coding:
    """The receiver's pool that a line fills (9200)."""
    return pool((line.fiscal_year, line.rec_div_code, line.fund_type_code), line.source_no)


def with_lower(fiscal_year: int, upper: str, lower: str, fund: str) -> Coding:
    """The upper government's account with a lower one (1031 与下级往来)."""
    return Coding(fiscal_year, upper, fund, rec_div_code=lower)


def with_upper(fiscal_year: int, lower: str, fund: str) -> Coding:
    """The lower government's account with the one above (2012 与上级往来)."""
    return Coding(fiscal_year, lower, fund)


def upload_outlay(fiscal_year: int, lower: str, upper: str, fund: str, tp_func_code: str) -> Coding:
    """What a lower government uploads (5012)."""
    return Coding(fiscal_year, lower, fund, tp_func_code=tp_func_code, rec_div_code=upper)


def upload_income(fiscal_year: int, upper: str, lower: str, fund: str, rev_func_code: str) -> Coding:
    """What the upper government receives of it (4012); `from_div_code` names who uploaded."""
    return Coding(fiscal_year, upper, fund, rev_func_code=rev_func_code, from_div_code=lower)
