"""A table of payments as columns, and what can be said of its rows without asking anybody."""

from __future__ import annotations

import hashlib

import polars as pl

from fisc.treasury.services.imports.cells import Body, body, check_totals, column, fen_of, overlong
from fisc.treasury.services.imports.faults import faults
from fisc.treasury.services.imports.headers import Table, required

_CODES = ("pay_app_no", "mof_div_code", "bgt_id", "payee_acct_no", "payee_bank_no", "contract_no",
          "set_mode_code", "pay_type_code")  # fmt: skip
_TEXTS = ("payee_acct_name", "use_des")

#: What a row says of the way of paying -> the payment's type; the codes are those of older systems.
PAY_TYPES = {
    "": "direct", "直接支付": "direct", "财政直接支付": "direct", "1": "direct", "direct": "direct",
    "授权支付": "authorised", "财政授权支付": "authorised", "2": "authorised", "authorised": "authorised",
    "实拨": "entity", "entity": "entity",
}  # fmt: skip

_CONTENT = ("bgt_id", "fen", "payee_acct_name", "payee_acct_no", "use_des", "contract_no")


def payment_rows(table: Table, region: str, year: int) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows (place, row, elements, fen, key, is_named) and the faults that the file itself shows.

    `key` is the application number: the row's own, or one made from its content, so that the same
    row in another file is known again. Raises FileRefused: no rows, or a total that does not add up.
    """
    rows = body(table)
    frame = _frame(table, rows)
    check_totals(table, rows, "pay_app_amt", frame["fen"].to_list())
    frame = frame.with_columns(_key(region, year), is_named=pl.col("pay_app_no") != "")
    return frame, [*_field_faults(frame, region), *_amount_faults(frame), *_repeats(frame)]


def _frame(table: Table, rows: Body) -> pl.DataFrame:
    codes = {name: column(table, rows, name, is_code=True) for name in _CODES}
    texts = {name: column(table, rows, name) for name in _TEXTS}
    amounts = pl.Series(column(table, rows, "pay_app_amt", is_code=True).texts, dtype=pl.String)
    columns = {name: pl.Series(c.texts, dtype=pl.String) for name, c in (codes | texts).items()}
    frame = pl.DataFrame({"row": rows.numbers, **columns}).with_row_index("place")
    return frame.with_columns(
        amount_text=amounts,
        is_cut=pl.Series(codes["payee_acct_no"].is_cut, dtype=pl.Boolean),
        is_overlong=pl.Series(overlong(table, rows), dtype=pl.Boolean),
        pay_type=pl.col("pay_type_code").str.to_lowercase().replace_strict(PAY_TYPES, default=None),
    ).hstack(fen_of(amounts, table.unit))


def _key(region: str, year: int) -> pl.Expr:
    text = pl.format(
        "{}|{}|{}", pl.lit(region), pl.lit(year), pl.concat_str(_CONTENT, separator="|", ignore_nulls=True)
    )
    made = text.map_batches(_digests, return_dtype=pl.String)
    return pl.when(pl.col("pay_app_no") != "").then(pl.col("pay_app_no")).otherwise(made).alias("key")


def _digests(texts: pl.Series) -> pl.Series:
    made = [f"DR{hashlib.blake2b(t.encode(), digest_size=10).hexdigest().upper()}" for t in texts.to_list()]
    return pl.Series(made, dtype=pl.String)


def _field_faults(frame: pl.DataFrame, region: str) -> list[pl.DataFrame]:
    missing = [
        faults(frame, "missing", pl.col(element) == "", f"缺少{name}")
        for element, name in required("payment").items()
        if element != "pay_app_amt"
    ]
    return [
        *missing,
        faults(frame, "overlong", pl.col("is_overlong"), "本行栏数多于表头"),
        faults(frame, "region", ~pl.col("mof_div_code").is_in(["", region, region.removesuffix("000")]),
               pl.format("区划 {} 不是本次导入的 {}", "mof_div_code", pl.lit(region))),
        faults(frame, "pay_type", pl.col("pay_type").is_null(),
               pl.format("支付方式“{}”不认识", "pay_type_code")),
        faults(frame, "cut_number", pl.col("is_cut"), "收款账号存成了数字，末几位已丢失"),
    ]  # fmt: skip


def _amount_faults(frame: pl.DataFrame) -> list[pl.DataFrame]:
    said = (
        pl.when(pl.col("fault") == "missing").then(pl.lit("缺少金额"))
        .when(pl.col("fault") == "negative").then(pl.format("金额 {} 是负数", "amount_text"))
        .when(pl.col("fault") == "decimals").then(pl.format("金额 {} 小于分", "amount_text"))
        .when(pl.col("fault") == "zero").then(pl.lit("金额为零"))
        .when(pl.col("fault") == "too_large").then(pl.format("金额 {} 超出可记的范围", "amount_text"))
        .otherwise(pl.format("“{}”不是金额", "amount_text"))
    )  # fmt: skip
    return [faults(frame, pl.col("fault"), pl.col("fault").is_not_null(), said)]


def _repeats(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The second and later rows of a key; the first one stands."""
    frame = frame.with_columns(first=pl.col("row").first().over("key"))
    later = (pl.col("row") != pl.col("first")) & pl.col("fault").is_null()
    named = pl.col("is_named")
    return [
        faults(frame, "same_number", later & named,
               pl.format("支付申请编号 {} 与第 {} 行重复", "pay_app_no", "first")),
        faults(frame, "same_content", later & ~named, pl.format("与第 {} 行完全相同", "first")),
    ]  # fmt: skip
