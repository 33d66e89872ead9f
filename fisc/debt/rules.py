"""Events of debt to entries (财库〔2015〕192号 T18, T19, T21 to T25; from 2023 the rows of 财库〔2022〕41号).

`KINDS` says of each event which blocks its accounts stand on, what it settles and what it needs. The first
step of a rule moves money or an account between levels, the second the debt itself, by what of the amount
stands as owed: all of principal, of interest what was accrued. Which accounts these are, the rows say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fisc.debt.kinds import EVENT
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.registry.rules import rules_for, treasury_books

if TYPE_CHECKING:
    from fisc.debt.models import DebtEvent

PRINCIPAL, INTEREST = "principal", "interest"
PARTS: Final[Mapping[str, str]] = {PRINCIPAL: "本金", INTEREST: "利息"}
#: Blocks: a region's money, its debt, its claim on a lower one, its account with a lower one, a quota's.
_PLAIN, _DEBT, _CLAIM, _WITH_LOWER, _QUOTA = "plain", "debt", "claim", "with_lower", "quota"
#: What the account of debt holds besides principal (`debt_move_code`).
_MOVE: Final[Mapping[str, str]] = {PRINCIPAL: "", INTEREST: "interest"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event. `debit` and `credit` are the blocks of its first step, `owed` that of its second.

    `settles` are the kinds one of which it settles; `pays` whether a payment carried its money; `spends`
    whether it uses up a quota. `is_between` says that a lower government is named, `of_upper` that it is the
    account of the one above. `by_lower` is made by the lower government where its books are kept.
    `lower_event` is what the lower one's books post in the same voucher. `steps` are those it posts.
    """

    name: str
    rule: str
    debit: str
    credit: str
    owed: str
    parts: tuple[str, ...] = (PRINCIPAL, INTEREST)
    settles: tuple[str, ...] = ()
    steps: tuple[int, ...] = (1, 2)
    is_between: bool = False
    of_upper: bool = False
    by_lower: bool = False
    pays: bool = False
    spends: bool = False
    lower_event: str = ""

    @property
    def is_of_interest(self) -> bool:
        """Whether it is of interest alone: all of it is then what stands as owed."""
        return self.parts == (INTEREST,)


WITHHELD: Final = ("debt_withheld_from_lower", "debt_withheld_from_lower_advanced")
KINDS: Final[Mapping[str, Kind]] = {
    "interest_payable_accrued": Kind("计提应付利息", "T18", _DEBT, _DEBT, _DEBT, (INTEREST,)),
    "interest_receivable_accrued": Kind(
        "计提应收转贷利息", "T19", _CLAIM, _CLAIM, _CLAIM, (INTEREST,), is_between=True
    ),
    "interest_paid": Kind(
        "付息冲已计提利息", "T21", _DEBT, _DEBT, _DEBT, (INTEREST,), steps=(2,), pays=True
    ),
    "lower_debt_deposited": Kind(
        "下级缴来转贷本息", "T23", _PLAIN, _CLAIM, _CLAIM, is_between=True, by_lower=True, pays=True
    ),
    "lower_debt_advanced": Kind("代下级垫付本息", "T22", _CLAIM, _PLAIN, _DEBT, is_between=True),
    "lower_debt_reimbursed": Kind(
        "下级归还垫付本息", "T23", _PLAIN, _CLAIM, _CLAIM, settles=("lower_debt_advanced",),
        is_between=True, by_lower=True, pays=True,
    ),
    "lower_debt_paid_from_deposit": Kind(
        "代下级偿还本息", "T22", _CLAIM, _PLAIN, _DEBT,
        settles=("lower_debt_deposited", "debt_withheld_from_lower"), is_between=True,
    ),
    "debt_withheld_by_upper": Kind("上级扣缴本息", "T24", _DEBT, _PLAIN, _DEBT, of_upper=True),
    "debt_withheld_from_lower": Kind(
        "扣缴下级本息", "T25", _WITH_LOWER, _CLAIM, _CLAIM, is_between=True,
        lower_event="debt_withheld_by_upper",
    ),
    "debt_withheld_from_lower_advanced": Kind(
        "扣缴下级垫付本息", "T25", _WITH_LOWER, _CLAIM, _CLAIM,
        settles=("lower_debt_advanced", "debt_withheld_by_upper"), is_between=True,
        lower_event="debt_withheld_by_upper",
    ),
    "debt_withheld_charged": Kind(
        "上级扣缴本息列支", "T24", _QUOTA, _DEBT, _PLAIN, settles=("debt_withheld_by_upper", *WITHHELD),
        of_upper=True, spends=True,
    ),
}  # fmt: skip

#: Settlements of what arose under the rule set before and was converted -> their events. It stands on
#: 其他应收款 and 其他应付款 without a part, what was behind the debt on net assets. A charge is spending of
#: its year in the budgetary book; in the other what was withheld is none of its costs (累计盈余).
_CONVERTED: Final[Mapping[str, str]] = {
    "lower_debt_reimbursed": "lower_debt_reimbursed_converted",
    "lower_debt_paid_from_deposit": "lower_debt_paid_from_deposit_converted",
    "debt_withheld_from_lower_advanced": "debt_withheld_from_lower_advanced_converted",
    "debt_withheld_charged": "debt_withheld_charged_converted",
}

#: What the functional class of a quota must stand for, by the part that it pays.
SPENT_AS: Final[Mapping[str, str]] = {PRINCIPAL: "principal_repaid", INTEREST: "interest_paid"}


@dataclass(frozen=True, slots=True)
class _Stands:
    """What an event stands on besides its own blocks: the quota it uses up, where what it settles arose."""

    quota: Coding | None = None
    origin: Coding | None = None
    is_converted: bool = False


def posted(
    event: DebtEvent, *, lower: str, quota: Coding | None = None, origin: DebtEvent | None = None
) -> list[Entry]:
    """The entry of each government whose books take the event.

    `lower` is the lower government whose books are kept and post in the same call; '' where none does.
    `quota` is the coding block of the quota that a charge uses up (36-10, 36-11), `origin` what is settled.
    """
    kind = KINDS[event.kind]
    own = event.upper_div_code if kind.is_between else event.mof_div_code
    on = _Stands(quota, _arose(event, origin, own) if origin else None, _is_converted(event, origin))
    entries = [_entry(event, own, [*_quota_legs(event, quota), *_legs(event, event.kind, own, on)])]
    if lower and kind.lower_event:
        entries.append(_entry(event, lower, list(_legs(event, kind.lower_event, lower, _Stands()))))
    return entries


def _is_converted(event: DebtEvent, origin: DebtEvent | None) -> bool:
    """Whether what is settled arose under another rule set: accounts of this one took its balance over."""
    return origin is not None and treasury_books(origin.fiscal_year) != treasury_books(event.fiscal_year)


def _arose(event: DebtEvent, origin: DebtEvent, region: str) -> Coding:
    """The block on which what is settled arose in a region's books, in the year of its settlement."""
    kind = KINDS[origin.kind]
    if region == origin.lower_div_code and kind.lower_event:
        kind = KINDS[kind.lower_event]
    role = next(one for one in (kind.debit, kind.credit) if one in (_DEBT, _CLAIM))
    return replace(_block(origin, role, region, None), fiscal_year=event.fiscal_year)


def _entry(event: DebtEvent, region: str, legs: list[Leg]) -> Entry:
    kind = KINDS[event.kind]
    return voucher(
        EVENT.event(event.doc_key, "posted", region), region, event.happened_on, legs, document_id=event.id,
        summary=event.summary or f"{kind.name}（{PARTS[event.part]}）", source_ref=event.basis_doc_no,
    )  # fmt: skip


def _quota_legs(event: DebtEvent, quota: Coding | None) -> Iterator[Leg]:
    if quota is not None:
        yield Leg("payment_applied", event.amount_fen, quota, choices={"stage": "executable"})
        yield Leg("payment_confirmed", event.amount_fen, quota)


def _legs(event: DebtEvent, code: str, region: str, on: _Stands) -> Iterator[Leg]:
    """The steps of an event, first for what stands as owed, then for the rest."""
    kind = KINDS[code]
    event_code = _CONVERTED[code] if on.is_converted else code
    first = [
        _PLAIN if on.is_converted and role in (_CLAIM, _DEBT) else role for role in (kind.debit, kind.credit)
    ]
    owed = event.amount_fen if event.part == PRINCIPAL or kind.is_of_interest else event.accrued_fen
    for fen, is_accrued in ((owed, "yes"), (event.amount_fen - owed, "no")):
        choices = {"kind": event.part, "accrued": is_accrued}
        rows = rules_for(event_code, event.fiscal_year, event.fund_type_code, **choices) if fen else []
        for step in sorted({row.step for row in rows} & set(kind.steps)):
            debit, credit = first if step == 1 else (kind.owed, kind.owed)
            of_step = [row for row in rows if row.step == step]
            yield Leg(
                event_code, fen,
                _side(event, debit, region, on, {row.debit for row in of_step}),
                _side(event, credit, region, on, {row.credit for row in of_step}),
                choices=choices, step=step,
            )  # fmt: skip


#: Accounts of what waits to be settled: a settlement leaves the very block on which it arose.
_WAITING: Final = frozenset({"1036", "2015"})


def _side(event: DebtEvent, role: str, region: str, on: _Stands, accounts: set[str]) -> Coding:
    if on.origin is not None and accounts <= _WAITING:
        return on.origin
    return _block(event, role, region, on.quota)


def _block(event: DebtEvent, role: str, region: str, quota: Coding | None) -> Coding:
    year, fund, move = event.fiscal_year, event.fund_type_code, _MOVE[event.part]
    if role == _QUOTA and quota is not None:
        return quota
    if role == _DEBT:
        return Coding(year, region, fund, is_debt="1", debt_move_code=move)
    if role == _CLAIM:
        return Coding(year, region, fund, is_debt="1", debt_move_code=move, rec_div_code=event.lower_div_code)
    return Coding(year, region, fund, rec_div_code=event.lower_div_code if role == _WITH_LOWER else "")
