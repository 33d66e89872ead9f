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
from fisc.documents import RuleBroken, advance, make, move, read, taken
from fisc.documents.editions import current, fresh
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.rules import rules_for

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A stake as it stood on `held_on`; `cost_fen` was paid before the books began (0: nothing yet).

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
    """Draft stakes: True where new. Raises RuleBroken (share, cost, kind), DuplicateConflict, MissingDuty."""
    refuse_each(refusal for e in enterprises for refusal in _wrong(e))
    rows = [ENTERPRISE.row(e, doc_key=e.key, fiscal_year=e.held_on.year) for e in enterprises]
    return make(conn, ENTERPRISE, fresh(conn, ENTERPRISE, rows), by=by, on=on)


def confirm_enterprises(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Enter drafted stakes in the register, what they cost on the books (1071/3081): True where now.

    Raises NotFound, WrongState, FourEyes, MissingDuty, and RuleBroken as the draft does.
    """

    def work() -> list[bool]:
        numbers = current(conn, ENTERPRISE, doc_keys)
        refuse_each(refusal for e in read(conn, ENTERPRISE, numbers) for refusal in _wrong(e))
        moved = advance(
            conn, ENTERPRISE, numbers, "confirm", by=by, on=on,
            posts=lambda enterprise: [rules.registered(enterprise)] if enterprise.cost_fen else [],
        )  # fmt: skip
        return taken(numbers, moved)

    return in_transaction(conn, work)


def discard_enterprises(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted stakes up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, ENTERPRISE, current(conn, ENTERPRISE, doc_keys), "discard", by=by, on=on)


def _wrong(e: Enterprise | models.Enterprise) -> Iterator[FiscError]:
    year = e.held_on.year
    kinds = terms(ENTERPRISE_KIND, year)
    if not 0 <= e.share_bp <= 10_000 or e.cost_fen < 0 or e.kind not in kinds:
        yield RuleBroken(
            f"企业 {e.enterprise_code} {e.name}：持股 {e.share_bp / 100:.2f}%、成本或类别 {e.kind} 不成立",
            rule="股权登记写明比例与成本（财库〔2015〕192号第三十一条以下：股权投资）",
            hint=f"比例在 0 与 100% 之间，成本不为负，类别可用 {'、'.join(kinds)}",
        )
    if e.cost_fen and not any(row.step == 2 for row in rules_for("capital_injected", year, e.fund_type_code)):
        yield RuleBroken(
            f"企业 {e.enterprise_code} {e.name}：{year} 年没有登记原有股权的记账规则",
            rule="财库〔2015〕192号 T26 施行至 2022 年",
            hint="请由新旧制度衔接的期初分录登记",
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

#: 股权投资 and 应收股利, in the rule sets of both times.
ACCOUNTS = (
    "treasury_2015:1071", "treasury_2015:1022",
    "treasury_2022_financial:1061", "treasury_2022_financial:1022",
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
