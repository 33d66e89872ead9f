"""What rests on documents from above: what passes them on, arranges them, and quotas out of them."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.resting import RestsOn

#: The documents from above that stand under a number for the region of `n`, by its year: the first of them.
_FROM_ABOVE: Final = """join lateral (
    select min(coalesce(r.dated_on, i.dated_on)) as dated_on, min(l.effective_on) as effective_on
    from transfers_line l
    left join transfers_receipt r on r.doc_key = l.doc_key and not l.is_issue
    left join transfers_issue i on i.doc_key = l.doc_key and l.is_issue
    where n.sup_bgt_doc_no <> '' and l.effective_on is not null
      and l.rec_div_code = n.mof_div_code and l.fiscal_year <= n.fiscal_year
      and coalesce(nullif(l.rec_bgt_doc_no, ''), l.sup_bgt_doc_no) = ledger.paper_number(n.sup_bgt_doc_no)
) b on true"""
_NAMED: Final = "n.sup_bgt_doc_no"
_RECEIVED_FIRST: Final = "上级资金凭登记的上级文件安排（财办〔2022〕36号、预算法第五十二条）"


def paper_from_above(*steps: str) -> RestsOn:
    """That the document's paper is not older than that of the document from above which it names."""
    return RestsOn(
        "上级文件", _FROM_ABOVE, "b.dated_on", _NAMED, _RECEIVED_FIRST,
        "请核对文件日期；写错的请作废，用原文号重新编制", own='n."dated_on"', day="文件日期",
        steps=steps or (MAKE,),
    )  # fmt: skip


def on_receipt(*steps: str) -> RestsOn:
    """That the document from above was received when the step is taken."""
    return RestsOn(
        "上级文件（登记收到）", _FROM_ABOVE, "b.effective_on", _NAMED, _RECEIVED_FIRST,
        "请核对办理日期，不早于登记收到上级文件之日", steps=steps or (MAKE,),
    )  # fmt: skip


#: Of quotas whose document names one from above.
OF_QUOTAS: Final = (paper_from_above(MAKE, "revise", "approve"), on_receipt("approve"))
