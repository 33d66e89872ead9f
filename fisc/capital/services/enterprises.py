"""The register of stakes (出资人名册): which enterprises, how much of them, what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

from fisc.capital import rules
from fisc.capital.codes import ENTERPRISE_KIND, names_of, terms
from fisc.capital.kinds import ENTERPRISE
from fisc.capital.services.shared import Conn, enterprise_key, rows
from fisc.documents import RuleBroken, advance, make, read, taken
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.rules import rules_for

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A stake as it stood on `held_on`; `cost_fen` was paid before the books began (0: nothing yet);
    from 2023 on it is what the opening balances say.

    `kind` is one of capital_terms.csv (general, financial); `fund_type_code` the budget it is paid from.
    """

    mof_div_code: str
    enterprise_code: str
    name: str
    kind: Annotated[str, OneOf(lambda: names_of(ENTERPRISE_KIND))]
    share_bp: int
    held_on: date
    cost_fen: int = 0
    fund_type_code: str = "13"

    @property
    def key(self) -> str:
        """The number of its document."""
        return enterprise_key(self.mof_div_code, self.enterprise_code)


@dataclass(frozen=True, slots=True)
class Stake:
    """A stake on a day: the share, what was put in, results since, dividends declared but not here, and
    dividends received so far."""

    enterprise_code: str
    name: str
    kind: str
    share_bp: int
    cost_fen: int
    results_fen: int
    receivable_fen: int
    received_fen: int = 0

    @property
    def book_fen(self) -> int:
        """What it stands at on the books: cost and results."""
        return self.cost_fen + self.results_fen


def register_enterprises(
    conn: Conn, enterprises: Sequence[Enterprise], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Draft stakes and enter them in the register: True where new. Raises as the two steps do."""

    def work() -> list[bool]:
        is_new = draft_enterprises(conn, enterprises, by=by, on=on)
        confirm_enterprises(conn, [e.key for e in enterprises], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def draft_enterprises(conn: Conn, enterprises: Sequence[Enterprise], *, by: str, on: date) -> list[bool]:
    """Draft stakes: True where new. Raises RuleBroken (share, kind, cost), DuplicateConflict, MissingDuty."""
    refuse_each([*(refusal for e in enterprises for refusal in _wrong(e)), *_unmatched(conn, enterprises)])
    rows = [ENTERPRISE.row(e, doc_key=e.key, fiscal_year=e.held_on.year) for e in enterprises]
    return make(conn, ENTERPRISE, fresh(conn, ENTERPRISE, rows), by=by, on=on)


def confirm_enterprises(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Enter drafted stakes in the register: True where now.

    What they cost goes on the books (1071/3081) up to 2022; from 2023 on it stands in the opening balances.

    Raises NotFound, WrongState, FourEyes, MissingDuty, and RuleBroken as the draft does.
    """

    def work() -> list[bool]:
        numbers = current(conn, ENTERPRISE, doc_keys)
        drafted = read(conn, ENTERPRISE, numbers)
        refuse_each(refusal for e in drafted for refusal in _wrong(e))
        refuse_each(_unmatched(conn, [e for e in drafted if e.state == ENTERPRISE.initial]))
        moved = advance(
            conn, ENTERPRISE, numbers, "confirm", by=by, on=on,
            posts=lambda e: [rules.registered(e)] if e.cost_fen and _is_posted_here(e) else [],
        )  # fmt: skip
        return taken(numbers, moved)

    return in_transaction(conn, work)


def discard_enterprises(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted stakes up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move_last(conn, ENTERPRISE, doc_keys, "discard", by=by, on=on)


def _wrong(e: Enterprise | models.Enterprise) -> Iterator[FiscError]:
    year = e.held_on.year
    kinds = terms(ENTERPRISE_KIND, year)
    if not 0 < e.share_bp <= 10_000 or e.cost_fen < 0 or e.kind not in kinds:
        yield RuleBroken(
            f"企业 {e.enterprise_code} {e.name}：持股 {e.share_bp / 100:.2f}%、"
            f"成本或类别 {kinds.get(e.kind, e.kind)} 不成立",
            rule="股权登记写明比例与成本（财库〔2015〕192号第三十一条以下：股权投资）",
            hint=f"比例大于 0、不超过 100%，成本不为负，类别可用 {'、'.join(kinds.values())}",
        )


def _is_posted_here(e: Enterprise | models.Enterprise) -> bool:
    """Whether the register itself brings an old stake on the books, as up to 2022 (192-T26)."""
    return any(row.step == 2 for row in rules_for("capital_injected", e.held_on.year, e.fund_type_code))


def _unmatched(conn: Conn, stakes: Sequence[Enterprise | models.Enterprise]) -> Iterator[FiscError]:
    """From 2023 on an old stake is on the books by the opening balances: its cost is what stands there."""
    for e in stakes:
        if _is_posted_here(e):
            continue
        year = e.held_on.year
        asked = Turnover((_STAKE,), (e.mof_div_code,), (year * 100, year * 100))
        begun = turnover(conn, asked, "equity_part_code", "enterprise_code")
        opened = sum(begun.get((part, e.enterprise_code), 0) for part in (rules.COST, rules.OPENING))
        if opened != e.cost_fen:
            yield RuleBroken(
                f"企业 {e.enterprise_code} {e.name}：登记的成本 {format_fen(e.cost_fen)} 元，"
                f"{year} 年年初余额中是 {format_fen(opened)} 元",
                rule="原有股权由年初余额入账，名册所记成本与账簿一致（财库〔2022〕41号）",
                hint=f"请先用 fisc books make-openings 登记年初余额（科目 {_STAKE}，"
                f"企业 {e.enterprise_code}，权益项目 {rules.OPENING}；"
                f"另一方是 {_SURPLUS}）并审核入账，成本照它填写",
            )


_STAKES = """
    select e.enterprise_code, e.name, e.kind,
           coalesce((select i.share_bp from capital_injection i
                     where i.mof_div_code = e.mof_div_code and i.enterprise_code = e.enterprise_code
                       and i.state = 'invested' and i.invested_on <= %(on)s
                     order by i.invested_on desc, i.doc_key desc limit 1), e.share_bp) as share_bp,
           coalesce((select sum(r.amount_fen) from capital_income r
                     where r.mof_div_code = e.mof_div_code and r.enterprise_code = e.enterprise_code
                       and r.kind = 'received' and r.state = 'posted' and r.happened_on <= %(on)s), 0)::bigint
               as received_fen
    from capital_enterprise e
    where e.mof_div_code = %(region)s and e.state = 'registered' and e.held_on <= %(on)s
    order by e.enterprise_code"""

#: 股权投资 of 财库〔2022〕41号.
_STAKE = "treasury_2022_financial:1061"
#: 累计盈余: the other side of a stake held before the books began.
_SURPLUS = "treasury_2022_financial:3001"
#: 股权投资 and 应收股利, in the rule sets of both times.
ACCOUNTS = (
    "treasury_2015:1071", "treasury_2015:1022",
    _STAKE, "treasury_2022_financial:1022",
)  # fmt: skip


def stakes(conn: Conn, mof_div_code: str, on: date) -> list[Stake]:
    """The register of a region at the end of `on`, by enterprise; amounts are the ledger's.

    They stand there by part and enterprise. What a year's end hands over leaves the old year and enters
    the new one on the same day, so all periods together say what stands on any day.
    """
    asked = Turnover(ACCOUNTS, (mof_div_code,), until=on)
    fen = turnover(conn, asked, "equity_part_code", "enterprise_code")

    def held(enterprise: str, *kinds: str) -> int:
        return sum(fen.get((kind, enterprise), 0) for kind in kinds)

    return [
        Stake(
            **row, cost_fen=held(row["enterprise_code"], rules.COST, rules.OPENING),
            results_fen=held(row["enterprise_code"], rules.RESULTS),
            receivable_fen=held(row["enterprise_code"], rules.RECEIVABLE),
        )
        for row in rows(conn, _STAKES, {"region": mof_div_code, "on": on})
    ]  # fmt: skip
