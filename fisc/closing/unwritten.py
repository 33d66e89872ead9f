"""Which tables of the published final accounts a book lacks, and why: what is missing is said, not silent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from fisc.registry.tables import read_table

_SET: Final = "政府决算25张"
_NOTHING: Final = "账上没有发生额，或不是一级政府汇总全辖的表"
_NOT_MADE: Final = "尚不由总账编制，请另行编列"
_BASIC: Final = (
    "有支出的项目在项目库里没有登记类别（人员类、运转类、特定目标类），或没有经济分类，不能分出基本支出按经济分类列到款"
    "（预算法第七十五条），请补正项目类别"
)
_BASIC_BY_ECONOMY: Final = "基本支出按政府预算支出经济分类列到款，见表五；没有表五的，原因同上"
_INSURANCE: Final = "社会保险基金另有账套，请由经办机构的账编列"
_DEBT: Final = "债务限额和余额以债务登记为准，总账不能填全，请另行编列"
#: Every table by its id in the set.
_REASONS: Final = {
    "Z25-04": _BASIC, "Z25-05": _BASIC_BY_ECONOMY,
    "Z25-10": _NOT_MADE, "Z25-14": _NOT_MADE, "Z25-15": _NOT_MADE, "Z25-25": _NOT_MADE,
    **dict.fromkeys(("Z25-16", "Z25-17", "Z25-18"), _INSURANCE),
    **{f"Z25-{number}": _DEBT for number in range(19, 25)},
}  # fmt: skip


def unwritten(written: Collection[str]) -> list[tuple[str, str]]:
    """(title, reason) of each table of the set whose id is not among `written`, in the order of the set."""
    rows = [row for row in read_table("disclosure_tables.csv") if row["table_set"] == _SET]
    return [
        (row["title"], _REASONS.get(row["table_id"], _NOTHING))
        for row in rows if row["table_id"] not in written
    ]  # fmt: skip
