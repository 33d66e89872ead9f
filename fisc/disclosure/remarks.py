"""What a book says that only people can judge: read by the one who imports it, or the book is refused.

A text beside the tables that is not understood may say that a figure is another; a column that is out of all
proportion to the one beside it may be in another unit. Neither is settled by the program. Books that are
shipped were read by us: what we found harmless stands in `data/reviewed.csv`, by digest and with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from fisc.disclosure.errors import Problem, noted
from fisc.disclosure.model import BESIDE, SCALE, Remark
from fisc.kernel.findings import Finding
from fisc.sheets.shipped import read_shipped

RULE_BESIDE: Final = "表外的文字须看得懂，或由导入人读过并说明理由"
RULE_SCALE: Final = "同一张表相邻两列的合计须相称，或由导入人核对并说明理由"
_RULES: Final = {BESIDE: RULE_BESIDE, SCALE: RULE_SCALE}
_OPTIONS: Final = {BESIDE: "--notes-read", SCALE: "--scale-checked"}
HINT: Final = (
    "会改变数字的，请更正工作簿后重新导入；逐条读过、确认不改变任何数的，写明理由再导入："
    "文字加 --notes-read 理由，两列悬殊加 --scale-checked 理由（逐条记在单据上）；未记任何一笔账"
)

#: Why each sort of remark is let pass: the reason of who imports, '' for none.
Reasons = Mapping[str, str]


def refusals(remarks: Iterable[Remark], reasons: Reasons) -> Iterator[Problem]:
    """A problem for each remark that nobody gave a reason for."""
    for one in remarks:
        if not reasons.get(one.why, "").strip():
            yield Problem(_RULES[one.why], one.place, _words(one))


def read(remarks: Iterable[Remark], reasons: Reasons) -> list[Remark]:
    """The remarks with the reasons for which they are let pass."""
    return [replace(one, reason=reasons[one.why].strip()) for one in remarks]


def told(remarks: Iterable[Remark]) -> Iterator[Finding]:
    """A finding for each remark that was let pass, with its reason."""
    for one in remarks:
        yield noted(f"read_{one.why}", one.place, f"{_words(one)}；已读，按“{one.reason}”导入")


def _words(one: Remark) -> str:
    said = one.words if len(one.words) <= 60 else f"{one.words[:60]}…"
    return f"“{said}”看不懂说的是不是这里的数" if one.why == BESIDE else said


def without_reviewed(remarks: Iterable[Remark], region: str) -> list[Remark]:
    """The remarks of a city's book but for those that were reviewed for its shipped book."""
    return [one for one in remarks if (region, digest(one)) not in _reviewed()]


def digest(one: Remark) -> str:
    """The digest by which a remark was reviewed: of its cell and its words, whatever its sheet is called."""
    return hashlib.sha256(f"{one.place.partition('!')[2]}\n{one.words}".encode()).hexdigest()[:32]


@cache
def _reviewed() -> frozenset[tuple[str, str]]:
    rows = read_shipped("fisc.disclosure", "reviewed.csv")
    return frozenset((row["mof_div_code"], row["digest"]) for row in rows)
