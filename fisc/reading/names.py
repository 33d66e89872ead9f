"""Chinese names of element codes, from the registry; the code itself where it has none."""

from __future__ import annotations

from functools import cache

from fisc.registry import classifications, funds, regions
from fisc.registry.tables import read_table

_KINDS = {
    "exp_func_code": "exp_func", "rev_func_code": "rev_func", "tp_func_code": "exp_func",
    "gov_bgt_eco_code": "gov_bgt_eco", "dep_bgt_eco_code": "dep_bgt_eco",
}  # fmt: skip
_REGIONS = ("mof_div_code", "rec_div_code")
_SOURCES = {"1": "年初预算", "2": "调整", "3": "调剂"}
_DEBT_KINDS = {
    "opening": "年初余额", "issued_new": "新增债券", "issued_refinancing": "再融资债券",
    "issued_swap": "置换债券", "issued_foreign": "外债转贷", "issued": "发行", "repaid": "还本",
    "adjusted": "调减存量债务",
}  # fmt: skip
_RELIEFS = {"tax": "减免税", "fee": "减免收费和基金", "insurance": "降低社保费", "deferred": "缓税缓费"}


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
    elif element == "source_type_code":
        found = _SOURCES.get(code)
    elif element == "item_code":
        found = _item_name(code, fiscal_year)
    elif element in _KINDS:
        row = classifications.lookup(_KINDS[element], code, fiscal_year)
        found = row.name if row else None
    return found or code or "（未注明）"


def _item_name(code: str, fiscal_year: int) -> str | None:
    """A register item: an insurance scheme by its revenue code, a class and kind of debt, a tax relief."""
    if code.startswith("102"):
        row = classifications.lookup("rev_func", code, fiscal_year)
        return row.name.removesuffix("收入") if row else None
    debt_class, _, kind = code.partition(":")
    if debt_class in ("一般", "专项"):
        return f"{debt_class}债务{_DEBT_KINDS.get(kind, kind)}"
    return _RELIEFS.get(code)
