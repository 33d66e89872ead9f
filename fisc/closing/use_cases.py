"""What people do at a year's end: what is open, closing, opening, locking, and what governments owe."""

from __future__ import annotations

from typing import Final

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.closing import services
from fisc.closing.kinds import OPENING, OPENING_REVERSAL, REVERSIBLE, YEAR_END
from fisc.closing.papers import PAPER_NAMES
from fisc.closing.services.lock import DUTY
from fisc.documents import book_keeping
from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase
from fisc.transfers.kinds import CASH

USE_CASES: Final = (
    UseCase("books.close-month", services.close_month, name="关账：该月不再记账", duty=book_keeping.DUTY),
    UseCase("books.make-openings", services.make_openings, OPENING, MAKE),
    UseCase("books.post-openings", services.post_openings, OPENING, "post"),
    UseCase("books.discard-openings", services.discard_openings, OPENING, "discard"),
    *looks(OPENING, "books", "openings"),
    *reversal_of(OPENING_REVERSAL, REVERSIBLE, group="books", noun="opening-reversals"),
    UseCase("year-end.settle", services.draft_settlement, CASH, MAKE, name="编制上下级年终结算单"),
    UseCase("year-end.sign-settlement", services.sign_settlement, CASH, "book", name="签发上下级年终结算"),
    UseCase("year-end.carry", services.draft_carry_over, QUOTA_DOCUMENT, MAKE, name="编制指标结转单"),
    UseCase(
        "year-end.carry-sources", services.draft_carry_sources, YEAR_END, MAKE, name="编制上级资金结转单"
    ),
    UseCase("year-end.close-quotas", services.draft_close_quotas, YEAR_END, MAKE, name="编制指标账结账单"),
    UseCase(
        "year-end.settle-surplus", services.draft_settle_surplus, YEAR_END, MAKE, name="编制超收和结余处理单"
    ),
    UseCase("year-end.close", services.draft_close, YEAR_END, MAKE, name="编制年终转账单"),
    UseCase("year-end.open-next", services.draft_open_next, YEAR_END, MAKE, name="编制结转下年单"),
    UseCase("year-end.sign", services.sign_year_ends, YEAR_END, "post"),
    UseCase("year-end.discard", services.discard_year_ends, YEAR_END, "discard"),
    UseCase("year-end.lock", services.lock_area, name="封账：全年各期间不再记账", duty=DUTY),
    *looks(YEAR_END, "year-end", "papers", {"kind": PAPER_NAMES}),
    UseCase("year-end.status", services.year_end_status, name="年终未了事项与结账进度"),
    UseCase("year-end.statements", services.statements_of_year, name="年度会计报表"),
    UseCase("year-end.final-accounts", services.final_accounts_of, name="政府决算公开表"),
    UseCase("year-end.settlement", services.settlement_of_year, name="与上下级政府的年终往来"),
    UseCase("year-end.conversion", services.conversion_of, name="新旧制度衔接"),
    UseCase("year-end.quotas", services.show_quota_left, name="指标账余额"),
    UseCase("year-end.surplus", services.surplus_of_year, name="年末结转结余逐项去处"),
)
#: What did everything at once, for several officers: the same by steps.
TOGETHER: Final = {
    services.settle_year: ("year-end.settle", "year-end.sign-settlement"),
    services.carry_quotas: ("year-end.carry", "budget.review-quotas", "budget.approve-quotas"),
    services.carry_sources: ("year-end.carry-sources", "year-end.sign"),
    services.close_quota_books: ("year-end.close-quotas", "year-end.sign"),
    services.settle_surplus: ("year-end.settle-surplus", "year-end.sign"),
    services.close_year: ("year-end.close", "year-end.sign"),
    services.open_next_year: ("year-end.open-next", "year-end.sign"),
}
#: What only programs ask: parts of the answers above, and the locking of many regions at once.
FOR_PROGRAMS: Final = (
    services.compare, services.left_over, services.lock_year, services.open_affairs, services.owed,
    services.quota_left, services.reconciliation, services.reconciliations, services.sources_left,
    services.year_end_states,
)  # fmt: skip
