"""What can be wrong with a row: the rule it breaks and what to do, said in the row's own cell."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from fisc.sheets.faults import RULE_FILE
from fisc.sheets.faults import Fault as SheetFault
from fisc.sheets.text import brief


class Fault(NamedTuple):
    """A rule that a row may break, and what the user does about it."""

    rule: str
    hint: str


_WHOLE = "支付申请须要素齐全（财办〔2020〕13号）"
_AMOUNT = "金额为正，最多到分"
_QUOTA = "支出指标余额控制资金支付（财办〔2022〕36号）"
_PAYEE = "收款人户名与账号须与登记一致（国库集中支付）"
_ONCE = "一笔支付只申请一次"

FAULTS: dict[str, Fault] = {
    "missing": Fault(_WHOLE, "请补填"),
    "region": Fault("一次导入一个区划", "请核对区划，或另行导入"),
    "pay_type": Fault(_WHOLE, "请填 直接支付、授权支付、实拨"),
    "not_amount": Fault(_AMOUNT, "请填写数字，不带单位与文字"),
    "negative": Fault(_AMOUNT, "退款请走退款流程，不填负数"),
    "decimals": Fault(_AMOUNT, "请按分填写"),
    "zero": Fault(_AMOUNT, "请填写金额或删除本行"),
    "too_large": Fault(_AMOUNT, "请核对金额与单位"),
    "unknown_quota": Fault("先有指标、后有支出（预算法第十三条）", "请核对指标编号"),
    "quota_region": Fault("只能使用本区划、本年度的指标", "请核对指标编号"),
    "quota_pending": Fault("待分指标须先分配到单位", "请先把指标下达为可执行"),
    "shortfall": Fault(_QUOTA, "请减少金额、追加或调剂指标后再导入"),
    "unknown_payee": Fault(_PAYEE, "请先登记收款账户，或核对账号"),
    "payee_name": Fault(_PAYEE, "请按登记的户名填写，或更正登记"),
    "payee_bank": Fault(_PAYEE, "请核对开户行行号"),
    "same_number": Fault(_ONCE, "请改用另一个编号，或删除重复的行"),
    "same_content": Fault(_ONCE, "如确为两笔，请各填支付申请编号"),
    "conflict": Fault(_ONCE, "如为另一笔，请改用另一个编号"),
}


def told(fault: SheetFault) -> str:
    """A fault of the file itself, in the words of a row's own."""
    return f"{placed(fault)}。依据：{RULE_FILE}。怎么办：{fault.remedy}"


def placed(fault: SheetFault) -> str:
    """What is wrong, after the cell where it stands."""
    return f"{fault.place if fault.cell else ''} {fault.problem}".strip()


_NO_HINT = pl.lit(None, dtype=pl.String)


def faults(frame: pl.DataFrame, code: str | pl.Expr, where: pl.Expr, what: pl.Expr | str) -> pl.DataFrame:
    """Rows of `frame` for which `where` holds, as (place, code, what, hint); `what` says it in words.

    The hint is that of the rule: `hint` is null.
    """
    said = pl.lit(what) if isinstance(what, str) else what
    named = pl.lit(code) if isinstance(code, str) else code
    return frame.filter(where).select(
        "place", code=named.cast(pl.String), what=said.cast(pl.String), hint=_NO_HINT
    )


def short(column: str) -> pl.Expr:
    """A column's texts as messages repeat them."""
    return pl.col(column).map_elements(brief, return_dtype=pl.String)


def sentences(found: list[pl.DataFrame]) -> pl.DataFrame:
    """(place, message, codes): all that is wrong with each row, in the order it was found.

    A frame may bring hints of its own; the rule of what it found is then that of whole files.
    """
    together = pl.concat(found)
    known = pl.DataFrame(
        {
            "code": list(FAULTS),
            "rule": [f.rule for f in FAULTS.values()],
            "usual": [f.hint for f in FAULTS.values()],
        }
    )
    joined = together.join(known, on="code", how="left", maintain_order="left")
    said = joined.with_columns(
        pl.col("rule").fill_null(RULE_FILE), pl.coalesce("hint", "usual")
    ).with_columns(message=pl.format("{}。依据：{}。怎么办：{}", "what", "rule", "hint"))
    return said.group_by("place", maintain_order=True).agg(
        pl.col("message").str.join("；"), codes=pl.col("code").str.join(" ")
    )
