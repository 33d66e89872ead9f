"""The columns of payment and payroll files, as `fisc/registry/data/import_columns.csv` names them."""

from __future__ import annotations

from functools import cache
from typing import Final

from fisc.registry.code_forms import forms
from fisc.registry.tables import read_table
from fisc.sheets.columns import Column, Form

#: What to do about headings that are not known.
OTHER_COLUMNS: Final = (
    "请改成可用的列名（fisc docs use-cases treasury.import、treasury.payroll 列出），或删去该列；"
    "确实不用导入的，请选“跳过不认识的列”（--skip-unknown-columns）"
)
#: Elements that are no code: names, purposes and amounts.
_FORMS: dict[str, Form] = {
    "payee_acct_name": "text", "use_des": "text", "repeat_reason": "text", "attachments": "text",
    "per_name": "text", "item_name": "text",
    "pay_app_amt": "amount_fen", "pay_amt": "amount_fen",
}  # fmt: skip


#: Elements whose length `element_forms.csv` declares, by the name they have there.
_DECLARED: dict[str, str] = {
    "mof_div_code": "mof_div_code", "agency_code": "agency_code", "payee_acct_no": "acct_no",
    "payee_bank_no": "bank_no", "agent_bank_no": "bank_no",
}  # fmt: skip


@cache
def columns_of(subject: str) -> tuple[Column, ...]:
    """The columns of `payment` or `payroll` files, each by its usual Chinese name and all others."""
    names: dict[str, list[str]] = {}
    needed: set[str] = set()
    for row in read_table("import_columns.csv"):
        if row["subject"] == subject:
            names.setdefault(row["element"], []).append(row["name"])
            if row["is_required"] == "yes":
                needed.add(row["element"])
    return tuple(
        Column(
            element,
            first,
            _FORMS.get(element, "code"),
            element in needed,
            also=tuple(others),
            longest=_longest(element),
        )
        for element, (first, *others) in names.items()
    )


def _longest(element: str) -> int:
    declared = _DECLARED.get(element)
    return forms()[declared].max_length if declared else 0
