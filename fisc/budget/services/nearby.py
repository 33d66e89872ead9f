"""What is left beside what is short: other lines of the same class, of the same unit where it is a quota.

Who asks one line of a budget for money that lies on another is told where it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final

import psycopg

from fisc.kernel import Coding
from fisc.kernel.coding import codings_of
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import classifications, rules
from fisc.registry.elements.forms import value_words
from fisc.registry.rules import budget_fund

Conn = psycopg.Connection[Any]
#: Lines named at most.
_MOST: Final = 5
#: What tells lines of one code apart, and how it is told.
_APART: Final[tuple[tuple[str, str, Callable[[str], str]], ...]] = (
    ("sup_bgt_doc_no", "上级文", str),
    ("source_type_code", "预算来源", partial(value_words, "source_type_code")),
    ("bgt_type_code", "指标类型", partial(value_words, "bgt_type_code")),
)


def left_nearby(conn: Conn, short: Iterable[tuple[str, Coding]]) -> list[str]:
    """In words what is left, on the account of each (account, block) that is short, on lines near to it.

    Code, name and balance in yuan, at most five; none is told twice.
    """
    asked = dict.fromkeys(short)
    found = (told for account, coding in asked for told in _near(conn, account, coding, asked.keys()))
    return list(islice(dict.fromkeys(found), _MOST))


def _near(conn: Conn, account: str, coding: Coding, short: Iterable[tuple[str, Coding]]) -> Iterator[str]:
    known = rules.account(account)
    if known is None or not _code(coding):
        return
    asked = Turnover(
        (account,), (coding.mof_div_code,), side=known.normal_side, coding_year=coding.fiscal_year,
        where=(Among("fund_type_code", (coding.fund_type_code,)),),
    )  # fmt: skip
    left = {number: fen for (number,), fen in turnover(conn, asked, "coding_id").items() if fen > 0}
    blocks = codings_of(conn, left)
    near = {n: one for n, one in blocks.items() if _is_near(one, coding) and (account, one) not in short}
    names: dict[int, str] = dict(
        conn.execute("select coding_id, bgt_id from budget_quota where coding_id = any(%s)", [list(near)])
    )
    for number in sorted(near, key=lambda n: (_code(near[n]), -left[n], n)):
        yield f"{_named(near[number], coding, names.get(number, ''))} 余 {format_fen(left[number], '元')} 元"


def _code(coding: Coding) -> str:
    return coding.exp_func_code or coding.tp_func_code


def _is_near(one: Coding, coding: Coding) -> bool:
    """Of the same class (类) and the same unit, if of any."""
    return _code(one)[:3] == _code(coding)[:3] and one.agency_code == coding.agency_code


def _named(one: Coding, coding: Coding, bgt_id: str) -> str:
    code = _code(one)
    row = classifications.lookup("exp_func", code, one.fiscal_year, budget_fund(one.fund_type_code))
    words = " ".join(filter(None, (bgt_id and f"指标 {bgt_id}", code, row.name if row else "")))
    apart = [
        f"{said} {words(getattr(one, name)) or '无'}"
        for name, said, words in _APART
        if getattr(one, name) != getattr(coding, name)
    ]
    return f"{words}（{'，'.join(apart)}）" if apart else words
