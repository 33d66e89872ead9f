"""Chinese names of element codes, from the registry; the code itself where it has none."""

from __future__ import annotations

from functools import cache

from fisc.registry import classifications, funds, regions
from fisc.registry.tables import read_table

_KINDS = {
    "exp_func_code": "exp_func", "rev_func_code": "rev_func", "tp_func_code": "exp_func",
    "gov_bgt_eco_code": "gov_bgt_eco", "dep_bgt_eco_code": "dep_bgt_eco",
}  # fmt: skip
_REGIONS = ("mof_div_code", "rec_div_code", "from_div_code")
_SOURCES = {"1": "年初预算", "2": "调整", "3": "调剂"}
_DEBT_TYPES = {"一般": "一般债务", "专项": "专项债务"}
_DEBT_MOVES = {
    "opening": "年初余额", "issued_new": "新增债券", "issued_refinancing": "再融资债券",
    "issued_swap": "置换债券", "issued_foreign": "外债转贷", "issued": "发行", "repaid": "还本",
    "adjusted": "调减存量债务",
}  # fmt: skip
_RELIEFS = {"tax": "减免税", "fee": "减免收费和基金", "insurance": "降低社保费", "deferred": "缓税缓费"}
_TERMS = {
    "source_type_code": _SOURCES, "debt_type_code": _DEBT_TYPES, "debt_move_code": _DEBT_MOVES,
    "relief_code": _RELIEFS,
}  # fmt: skip


@cache
def _peers() -> dict[str, str]:
    """Cities and leagues of the province that the books know only by their published figures."""
    return {row["mof_div_code"]: row["name"] for row in read_table("peer_regions.csv")}


def name_of(element: str, code: str, fiscal_year: int) -> str:
    """What people call `code` of `element` in `fiscal_year`."""
    found: str | None = None
    if element in _REGIONS and len(code) in (6, 9):
        region = regions.lookup(code)
        found = region.name if region else _peers().get(regions.own(code))
    elif element == "fund_type_code":
        fund = funds.lookup(code)
        found = fund.name if fund else None
    elif element in _TERMS:
        found = _TERMS[element].get(code)
    elif element == "scheme_code":
        row = classifications.lookup("rev_func", code, fiscal_year)
        found = row.name.removesuffix("收入") if row else None
    elif element in _KINDS:
        row = classifications.lookup(_KINDS[element], code, fiscal_year)
        found = row.name if row else None
    return found or code or "（未注明）"
