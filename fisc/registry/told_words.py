"""Words that a text may not say, in its judged form; free where words that are allowed cover them whole.

Rows of `payment_checks.csv` list words, set apart by blanks (`words…`, `allowed…`), or patterns over the
judged form (`word_forms`; `pattern…`, `allowed_pattern…`); a region's own words come beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from fisc.kernel import Coding
from fisc.registry.settings import check_parameter, check_parameters
from fisc.registry.word_forms import judged_words

__all__ = ["recurrent_words", "told"]

_ALLOWED: Final = "allowed"


def told(rule_id: str, text: str, mof_div_code: str, on: date, *, aside: tuple[str, ...] = ()) -> list[str]:
    """What of a rule's words a text says, in order, the longest at each place; rows `aside` are left out.

    A word is free where one that is allowed covers it whole: 外事礼品 frees its 礼品, not 礼品卡 beyond it.
    """
    parameters = [one for one in check_parameters(rule_id) if one not in aside]
    said = {one: check_parameter(rule_id, one, mof_div_code, on) for one in parameters}
    caught, allowed = (
        tuple((one, value) for one, value in said.items() if one.startswith(_ALLOWED) is is_allowed)
        for is_allowed in (False, True)
    )
    return list(_found(judged_words(text), caught, allowed))


#: Repayment of principal (债务还本支出) is what refinancing bonds are for.
_PRINCIPAL: Final = "231"


def recurrent_words(text: str, coding: Coding, on: date) -> list[str]:
    """What a text says that debt may not pay (R27): staff, running costs, interest, old debts, gaps.

    Whether the block is of debt is asked before.
    """
    repays = coding.exp_func_code.startswith(_PRINCIPAL)
    return told("R27", text, coding.mof_div_code, on, aside=("pattern_of_debt",) if repays else ())


Rows = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1 << 14)
def _found(said: str, caught: Rows, allowed: Rows) -> tuple[str, ...]:
    any_of, each = _compiled(caught)
    if not any_of.search(said):
        return ()
    free = list(_spans(said, _compiled(allowed)[1]))
    hits: list[str] = []
    told_to = 0
    for start, end in _spans(said, each):
        if end > told_to and not any(first <= start and end <= last for first, last in free):
            hits.append(said[start:end])
            told_to = end
    return tuple(dict.fromkeys(hits))


def _spans(said: str, each: tuple[re.Pattern[str], ...]) -> Iterator[tuple[int, int]]:
    """Where any of these stands, the longest at each place."""
    for start in range(len(said)):
        end = max((m.end() for one in each if (m := one.match(said, start))), default=start)
        if end > start:
            yield start, end


@lru_cache(maxsize=256)
def _compiled(rows: Rows) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """All of the words and patterns together, and each."""
    forms = [form for parameter, value in rows for form in _forms(parameter, value)]
    return re.compile("|".join(f"(?:{form})" for form in forms) or "(?!)"), tuple(map(re.compile, forms))


def _forms(parameter: str, value: str) -> list[str]:
    if "pattern" in parameter:
        return [value] if value else []
    return [re.escape(plain) for word in value.split() if (plain := judged_words(word))]
