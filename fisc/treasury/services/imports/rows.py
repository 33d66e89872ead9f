"""A table of payments as columns, and what can be said of its rows without asking anybody."""

from __future__ import annotations

import hashlib

import polars as pl

from fisc.sheets import Table
from fisc.sheets.reading import check_total
from fisc.sheets.text import alike, brief, paper_number
from fisc.treasury.services.imports.cells import broken, fen_of
from fisc.treasury.services.imports.columns import columns_of
from fisc.treasury.services.imports.faults import faults, short

_ELEMENTS = (
    "pay_app_no", "mof_div_code", "bgt_id", "payee_acct_name", "payee_acct_no", "payee_bank_no", "use_des",
    "contract_no", "set_mode_code", "pay_type_code", "agent_bank_no", "repeat_reason", "attachments",
)  # fmt: skip

#: What a row says of the way of paying -> the payment's type; the codes are those of older systems.
PAY_TYPES = {
    "": "direct", "直接支付": "direct", "财政直接支付": "direct", "1": "direct", "direct": "direct",
    "授权支付": "authorised", "财政授权支付": "authorised", "2": "authorised", "authorised": "authorised",
    "实拨": "entity", "entity": "entity",
}  # fmt: skip

_CONTENT = ("bgt_id", "fen", "payee_acct_name", "payee_acct_no", "use_des", "contract_no", "repeat_reason")


def payment_rows(table: Table, region: str, year: int) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows (place, row, elements, fen, key, is_named) and the faults that the file itself shows.

    `key` is the application number: the row's own, or one made from its content, so that the same
    row in another file is known again. Raises FileRefused for a total that does not add up.
    """
    frame = _frame(table)
    check_total(table, "pay_app_amt", frame["fen"].to_list())
    frame = _with_keys(frame, region, year)
    bad = broken(table)
    frame = frame.with_columns(is_broken=pl.col("place").is_in(bad["place"].to_list()))
    whole = frame.filter(~pl.col("is_broken"))
    return frame, [bad, *_field_faults(whole, region), *_amount_faults(whole), *_repeats(whole)]


def _frame(table: Table) -> pl.DataFrame:
    columns = {name: pl.Series(table.texts(name).texts, dtype=pl.String) for name in _ELEMENTS}
    amounts = table.texts("pay_app_amt").texts
    frame = pl.DataFrame({"row": table.numbers, **columns}).with_row_index("place")
    return frame.with_columns(
        amount_text=pl.Series([brief(said) for said in amounts], dtype=pl.String),
        amount_place=pl.Series([table.place(row, "pay_app_amt") for row in table.numbers], dtype=pl.String),
        pay_type=pl.col("pay_type_code").str.to_lowercase().replace_strict(PAY_TYPES, default=None),
    ).hstack(fen_of(amounts, table.unit_of("pay_app_amt")))


def _with_keys(frame: pl.DataFrame, region: str, year: int) -> pl.DataFrame:
    """Adds `key`, `is_named`, and `folded`: the form in which keys are compared, for alike is the same."""
    numbers = frame["pay_app_no"].to_list()
    unnamed = frame.filter(pl.col("pay_app_no") == "").select(_CONTENT)
    made = iter([_made_number(region, year, row) for row in unnamed.iter_rows()])
    keys = [number or next(made) for number in numbers]
    return frame.with_columns(
        key=pl.Series(keys, dtype=pl.String), is_named=pl.col("pay_app_no") != "",
        folded=pl.Series([paper_number(key) for key in keys], dtype=pl.String),
    )  # fmt: skip


def _made_number(region: str, year: int, content: tuple[object, ...]) -> str:
    """A number made of what a row says, as `alike` compares it, and of its reason to repeat, if any."""
    *same, reason = content
    told = (*same, *filter(None, (reason,)))
    said = "|".join(alike(str(value)) for value in told if value is not None)
    return f"DR{hashlib.blake2b(f'{region}|{year}|{said}'.encode(), digest_size=10).hexdigest().upper()}"


def _field_faults(frame: pl.DataFrame, region: str) -> list[pl.DataFrame]:
    missing = [
        faults(frame, "missing", pl.col(element) == "", f"缺少{name}") for element, name in _required()
    ]
    return [
        *missing,
        faults(frame, "region", ~pl.col("mof_div_code").is_in(["", region, region.removesuffix("000")]),
               pl.format("区划 {} 不是本次导入的 {}", "mof_div_code", pl.lit(region))),
        faults(frame, "pay_type", pl.col("pay_type").is_null(),
               pl.format("支付方式“{}”不认识", short("pay_type_code"))),
    ]  # fmt: skip


def _required() -> list[tuple[str, str]]:
    """Elements that must be filled, with their usual names; the amount has words of its own."""
    return [(c.name, c.label) for c in columns_of("payment") if c.is_required and c.form != "amount_fen"]


def _amount_faults(frame: pl.DataFrame) -> list[pl.DataFrame]:
    told = ("amount_place", "amount_text")
    said = (
        pl.when(pl.col("fault") == "missing").then(pl.lit("缺少金额"))
        .when(pl.col("fault") == "negative").then(pl.format("金额 {} 是负数", "amount_text"))
        .when(pl.col("fault") == "decimals").then(pl.format("{} 金额 {} 小于分", *told))
        .when(pl.col("fault") == "zero").then(pl.lit("金额为零"))
        .when(pl.col("fault") == "too_large").then(pl.format("{} 金额 {} 超出可记的范围", *told))
        .otherwise(pl.format("{} “{}”不是金额", *told))
    )  # fmt: skip
    return [faults(frame, pl.col("fault"), pl.col("fault").is_not_null(), said)]


def _repeats(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The second and later rows of a key; the first one stands."""
    frame = frame.with_columns(first=pl.col("row").first().over("folded"))
    later = (pl.col("row") != pl.col("first")) & pl.col("fault").is_null()
    named = pl.col("is_named")
    return [
        faults(frame, "same_number", later & named,
               pl.format("支付申请编号 {} 与第 {} 行重复", "pay_app_no", "first")),
        faults(frame, "same_content", later & ~named, pl.format("与第 {} 行完全相同", "first")),
    ]  # fmt: skip
