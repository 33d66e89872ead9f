"""Payments that say the same: asked about, never paid silently.

Two applications are doubles where payee, amount, purpose, quota and day are the same; signs, spaces, width
and traditional forms do not tell names and purposes apart, and what bears one name is one payee, by whatever
code and account: that it is another of the same name is a reason. A double is applied for with a reason of
its own that says something, which stays on it. The database asks the same (`treasury_guard_paid_once`),
whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Protocol

from fisc.documents import RuleBroken
from fisc.kernel.asking import Question
from fisc.sheets.text import brief, plain_words, says_something

RULE: Final = "防止重复支付：同一收款人、金额、用途、指标和日期的只付一笔，确有两笔的须写明理由"
HINT: Final = (
    "请核对是否重复录入；确为另一笔的，请填写“确认重复的理由”"
    "（--repeat-reason、repeat_reason，至少四个汉字）后再提交"
)


class Said(Protocol):
    """What tells an application from its doubles."""

    @property
    def pay_app_no(self) -> str:
        """Its number."""

    @property
    def bgt_id(self) -> str:
        """The quota."""

    @property
    def payee_name(self) -> str:
        """The payee as the application names it."""

    @property
    def amount_fen(self) -> int:
        """Fen."""

    @property
    def purpose(self) -> str:
        """What for."""

    @property
    def repeat_reason(self) -> str:
        """Why it is no double though it says the same, in four Han signs or more; '' where it is not said."""


#: The numbers given that stand with the same content as another, beside those that stand themselves.
_STANDING: Final = b"""
select g.number, t.doc_key as double
from unnest(%(keys)s::text[], %(bgts)s::text[], %(fens)s::bigint[], %(purposes)s::text[], %(days)s::text[],
    %(names)s::text[]) g(number, bgt, fen, purpose, day, name)
join treasury_payment t
    on t.once_key = treasury_once_key(g.bgt, g.name, g.fen, g.purpose, g.day) and t.doc_key <> g.number
union all
select doc_key, null from treasury_payment where doc_key = any(%(keys)s)"""

#: The numbers that stand, and of those given which one that stands says the same.
Standing = tuple[set[str], dict[str, str]]


def asked(given: Sequence[Said], on: date, made: Mapping[str, str] | None = None) -> Question[Standing]:
    """Which of these applications stand, and which others that stand say the same as one of them.

    They are of the day `on`, those of `made` (number -> day as text) of the day on which they were made.
    """
    days = made or {}
    return Question(_STANDING, {
        "keys": [a.pay_app_no for a in given], "bgts": [a.bgt_id for a in given],
        "fens": [a.amount_fen for a in given], "purposes": [a.purpose for a in given],
        "names": [a.payee_name for a in given],
        "days": [days.get(a.pay_app_no, on.isoformat()) for a in given],
    }, _read)  # fmt: skip


def _read(rows: Iterable[tuple[str, str | None]]) -> Standing:
    known: set[str] = set()
    doubles: dict[str, str] = {}
    for number, double in rows:
        if double is None:
            known.add(number)
        else:
            doubles[number] = min(double, doubles.get(number, double))
    return known, doubles


def refusals(fresh: Sequence[Said], standing: Mapping[str, str]) -> Iterator[tuple[str, RuleBroken]]:
    """The applications without a reason that say what one that stands says, or one before them in the set."""
    first: dict[tuple[object, ...], str] = {}
    for a in fresh:
        said = (a.bgt_id, plain_words(a.payee_name), a.amount_fen, plain_words(a.purpose))
        double = standing.get(a.pay_app_no) or first.get(said)
        first.setdefault(said, a.pay_app_no)
        if double and not says_something(a.repeat_reason):
            yield a.pay_app_no, _refusal(a.pay_app_no, double, a.repeat_reason.strip())


def _refusal(number: str, double: str, said: str) -> RuleBroken:
    no_reason = f"，所填“{brief(said)}”说明不了理由" if said else ""
    return RuleBroken(
        f"支付申请 {number} 与 {double} 的收款人、金额、用途、指标和日期都相同，疑为重复支付{no_reason}",
        rule=RULE, hint=HINT, details={"pay_app_no": number, "double_of": double},
    )  # fmt: skip
