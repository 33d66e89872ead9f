"""Chinese names of element codes, from the registry; the code itself where it has none."""

from __future__ import annotations

from functools import cache, lru_cache

from fisc.registry import classifications, funds, regions
from fisc.registry.names import of_part
from fisc.registry.tables import read_table
from fisc.registry.value_lists import values

_KINDS = {
    "exp_func_code": "exp_func", "rev_func_code": "rev_func", "tp_func_code": "exp_func",
    "gov_bgt_eco_code": "gov_bgt_eco", "dep_bgt_eco_code": "dep_bgt_eco",
}  # fmt: skip
#: Parts of tables that are told apart by what they are.
_PARTS = {"return": "税收返还", "transfer": "转移支付", "unlisted": "未列出的下级科目", "rounding": "尾差"}
_REGIONS = ("mof_div_code", "rec_div_code", "from_div_code")


def name_of(element: str, code: str, fiscal_year: int) -> str:
    """What people call `code` of `element` in `fiscal_year`."""
    if element in _REGIONS and len(code) in (6, 9):
        return regions.name_of(code)  # not kept: another database has others
    return _name_of(element, code, fiscal_year)


@cache
def _tags() -> dict[str, str]:
    return {row["code"]: row["name"] for row in read_table("tags.csv")}


@lru_cache(maxsize=1 << 16)
def _name_of(element: str, code: str, fiscal_year: int) -> str:
    found: str | None = None
    if element == "fund_type_code":
        fund = funds.lookup(code)
        found = fund.name if fund else None
    elif element == "guarantee_code":
        found = _tags().get(code)
    elif element == "table_part_code":
        found = of_part(code) or _PARTS.get(code)
    elif element in values():
        found = values()[element].get(code)
    elif element == "scheme_code":
        row = classifications.lookup("rev_func", code, fiscal_year)
        found = row.name.removesuffix("收入") if row else None
    elif element in _KINDS:
        row = classifications.lookup(_KINDS[element], code, fiscal_year)
        found = row.name if row else None
    return found or code or "（未注明）"
