"""The documents of transfers between governments, and the lines that both sides share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fisc.documents import Kind, Lines, Register
from fisc.documents.kind import Named
from fisc.documents.resting import RestsOn
from fisc.registry.rows import Table
from fisc.transfers import flow
from fisc.transfers.resting import OF_QUOTAS, on_receipt, paper_from_above

if TYPE_CHECKING:
    from fisc.transfers.models import Arrangement, Cash, Issue, Receipt, TakeBack, TransferLine

#: One table for what was received and what was issued: both sides of an amount stand in one row.
LINES: Final[Lines[TransferLine]] = Lines(
    "transfers.TransferLine", sums_to="total_fen", progress=("effective_on", "taken_back_fen", "booked_fen"),
    kind_column="is_issue", kind_values={"transfer_receipt": False, "transfer_issue": True},
    past={
        "effective_on": "case when exists (select from transfers_issue d where d.doc_key = t.doc_key and "
        "d.state = 'issued') or exists (select from transfers_receipt d where d.doc_key = t.doc_key and "
        "d.state = 'entered') then t.effective_on end",
        "taken_back_fen": "select coalesce(sum(d.amount_fen), 0) from transfers_take_back d "
        "where t.effective_on is not null and d.line_key = t.line_key and d.state = 'taken_back'",
        # what each kind does to a line: `books` of rules.cash.KINDS
        "booked_fen": "select coalesce(sum(d.amount_fen * case when d.kind like '%recovered' then -1 "
        "when d.kind like 'upload%' then 0 else 1 end), 0) from transfers_cash d "
        "where t.effective_on is not null and d.line_key = t.line_key "
        "and d.state = 'booked'",
    },
)  # fmt: skip

_PARTIES: Final = ("giver_div_code", "rec_div_code")
_OF_LINE: Final = Named(LINES, "line_key", _PARTIES)
_BOTH_SIDES: Final = "上级下达数与本级收到数按文号一致（财办〔2022〕36号）"
#: A line in force, and earlier cash, before the document of either that names it.
_ON_LINE: Final = RestsOn(
    "转移支付明细", "join transfers_line b on b.line_key = n.line_key and b.effective_on is not null",
    "b.effective_on", "b.line_key", _BOTH_SIDES, "请核对业务日期，不早于明细生效之日",
)  # fmt: skip
_ON_CASH: Final = RestsOn(
    "往来单", "join transfers_cash b on b.doc_key = n.ref_no", "(b.trail -> 0 ->> 3)::date", "b.doc_key",
    "往来先发生、后结清（财库〔2015〕192号）", "请核对业务日期，不早于原单",
)  # fmt: skip

RECEIPT: Final[Kind[Receipt]] = Kind(
    "transfers.Receipt",
    prefix="transfer_receipt",
    flow=flow.RECEIPT_FLOW,
    has_editions=True,
    content=(
        "bgt_doc_no", "sup_bgt_doc_no", "title", "dated_on", "fund_type_code", "is_direct_fund",
        "is_advance", "approval_no", "total_fen", "lines_digest", "from_div_code", "budget_level_code",
        "is_budgeted", "confirm_reason",
    ),
    carries={"quota_document": OF_QUOTAS},
    paper={"doc_no": "bgt_doc_no", "title": "title", "dated_on": "dated_on"},
    lines=(LINES,),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)  # fmt: skip

ARRANGEMENT: Final[Kind[Arrangement]] = Kind(
    "transfers.Arrangement",
    prefix="transfer_arrangement",
    number="arrange_no",
    flow=flow.ARRANGEMENT_FLOW,
    content=(
        "sup_bgt_doc_no", "fund_type_code", "use", "func_code", "source_type_code", "is_return",
        "amount_fen",
    ),
    rests_on=(on_receipt(),),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)  # fmt: skip

ISSUE: Final[Kind[Issue]] = Kind(
    "transfers.Issue",
    prefix="transfer_issue",
    flow=flow.ISSUE_FLOW,
    has_editions=True,
    content=(
        "bgt_doc_no", "sup_bgt_doc_no", "title", "dated_on", "fund_type_code", "is_direct_fund",
        "is_advance", "approval_no", "total_fen", "lines_digest",
    ),
    rests_on=(paper_from_above(), on_receipt()),
    paper={"doc_no": "bgt_doc_no", "title": "title", "dated_on": "dated_on"},
    lines=(LINES,),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)  # fmt: skip

TAKE_BACK: Final[Kind[TakeBack]] = Kind(
    "transfers.TakeBack",
    prefix="transfer_take_back",
    number="take_back_no",
    flow=flow.TAKE_BACK_FLOW,
    content=("line_key", "amount_fen", "reason"),
    rests_on=(_ON_LINE,),
    names={"line_key": _OF_LINE},
    undoes={RECEIPT.prefix: ("entered",), ISSUE.prefix: ("issued",)},
)

#: The table of cash itself, which names earlier cash.
_BOOKED: Final = Table("transfers.Cash")

CASH: Final[Kind[Cash]] = Kind(
    "transfers.Cash",
    prefix="transfer_cash",
    number="cash_no",
    flow=flow.CASH_FLOW,
    has_editions=True,
    content=(
        "kind", "giver_div_code", "rec_div_code", "fund_type_code", "line_key", "ref_no", "func_code",
        "amount_fen",
    ),
    names={"line_key": _OF_LINE, "ref_no": Named(_BOOKED, "doc_key", _PARTIES)},
    rests_on=(_ON_LINE, _ON_CASH),
    parties=_PARTIES,
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)  # fmt: skip

KINDS: Final = (RECEIPT, ARRANGEMENT, ISSUE, TAKE_BACK, CASH)
#: Facts that are no documents: noted once, never deleted.
CURRENT: Final = Register(
    "transfers.Current",
    progress=("settled_fen",),
    known="exists (select from transfers_cash d where d.doc_key = t.cash_no and d.state = 'booked')",
    past={
        "settled_fen": "select coalesce(sum(d.amount_fen), 0) from transfers_cash d "
        "where d.ref_no = t.cash_no and d.state = 'booked'",
    },
)
REGISTERS: Final = (CURRENT,)
