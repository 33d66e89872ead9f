"""What the books say of a file's rows: quotas, payees, and applications that stand already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import psycopg

from fisc.budget.services import QUOTA_OWNERS
from fisc.budget.services.quota_store import facts
from fisc.documents import select
from fisc.documents.sight import sees_all
from fisc.kernel import Coding, available_many
from fisc.registry import elements
from fisc.registry.officers import officers_by_code
from fisc.sheets.text import paper_number
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services.imports.faults import faults, short
from fisc.treasury.services.settings import payment_stage


def standing_faults(
    conn: psycopg.Connection[Any], frame: pl.DataFrame, region: str, year: int, by: str
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """`frame` with `available_fen` (null: unknown quota) and `is_there`, and the faults seen in the books.

    Quotas that the officer `by` does not see are unknown ones.
    """
    frame = _with_quotas(conn, _with_applications(conn, frame, region, year), region, year, by)
    judged = frame.filter(~pl.col("is_broken"))
    named = pl.col("bgt_id") != ""
    unknown = pl.col("available_fen").is_null()
    quota = [
        faults(judged, "unknown_quota", named & unknown, pl.format("没有指标 {}", "bgt_id")),
        faults(judged, "quota_region", named & ~unknown & ~pl.col("is_own"),
               pl.format("指标 {} 不是本区划本年度的", "bgt_id")),
        faults(judged, "quota_pending", named & ~unknown & pl.col("is_own") & ~pl.col("is_executable"),
               pl.format("指标 {} 还是待分指标", "bgt_id")),
        faults(judged, "conflict", pl.col("is_other"),
               pl.format("支付申请 {} 已经存在，内容与本行不同", "key")),
        faults(judged, "conflict", pl.col("twin").is_not_null(),
               pl.format("支付申请编号 {} 与已有的 {} 只差大小写、括号或空格", "key", "twin")),
    ]  # fmt: skip
    return frame, [*quota, *_payee_faults(conn, judged)]


#: What may be written in several ways or left out of a number, and zeros: more than `paper_number` folds.
_LEFT_OUT: Final = r"[][()〔〕【】{}〈〉<>《》「」『』〖〗〘〙❲❳⟨⟩‐‑‒–—―−﹣第年号號0\s-]+"
#: Numbers of a region and year that may be others under another writing; `paper_number` decides.
_WRITTEN_ALIKE: Final = """
    select doc_key from treasury_payment where mof_div_code = %s and fiscal_year = %s
    and upper(regexp_replace(normalize(doc_key, NFKC), %s, '', 'g')) = any(%s)"""


def _twins(conn: psycopg.Connection[Any], frame: pl.DataFrame, region: str, year: int) -> pl.DataFrame:
    """`folded` -> `twin`: the number of one that stands and is written otherwise, for rows that bring one."""
    folded = set(frame.filter("is_named")["folded"].to_list())
    bare = sorted({re.sub(_LEFT_OUT, "", number) for number in folded})
    rows = conn.execute(_WRITTEN_ALIKE, [region, year, _LEFT_OUT, bare]).fetchall() if bare else []
    known = {paper_number(key): key for (key,) in rows}
    made = [(number, known[number]) for number in folded & known.keys()]
    return pl.DataFrame(made, schema={"folded": pl.String, "twin": pl.String}, orient="row")


def _with_applications(
    conn: psycopg.Connection[Any], frame: pl.DataFrame, region: str, year: int
) -> pl.DataFrame:
    """Adds `is_there` (the same application stands), `is_other` (its number stands for another) and `twin`.

    `twin` is the number of one that stands and differs in case, brackets or spaces alone. A number made of a
    row's content stands for that content.
    """
    known = [
        (
            p.doc_key,
            p.bgt_id,
            p.amount_fen,
            p.payee_name,
            p.payee_acct_no,
            p.purpose,
            p.pay_type,
            p.agent_bank_no,
        )
        for p in select(conn, PAYMENT, "where t.doc_key = any(%s)", [list(set(frame["key"]))])
    ]
    names = ("key", "k_bgt_id", "k_fen", "k_name", "k_acct", "k_use", "k_type", "k_agent")
    schema = {name: pl.Int64 if name == "k_fen" else pl.String for name in names}
    standing = pl.DataFrame(known, schema=schema, orient="row")
    joined = frame.join(standing, on="key", how="left", maintain_order="left")
    same = (
        (pl.col("k_bgt_id") == pl.col("bgt_id")) & (pl.col("k_fen") == pl.col("fen"))
        & (pl.col("k_name") == pl.col("payee_acct_name")) & (pl.col("k_acct") == pl.col("payee_acct_no"))
        & (pl.col("k_use") == pl.col("use_des"))
        & ((pl.col("pay_type_code") == "") | (pl.col("k_type") == pl.col("pay_type")))
        & ((pl.col("agent_bank_no") == "") | (pl.col("k_agent") == pl.col("agent_bank_no")))
    ).fill_null(False) | ~pl.col("is_named")  # fmt: skip
    stands = pl.col("k_bgt_id").is_not_null()
    twins = _twins(conn, frame, region, year)
    return joined.join(twins, on="folded", how="left", maintain_order="left").with_columns(
        is_there=stands & same, is_other=stands & ~same,
        twin=pl.when(~stands).then(pl.col("twin")).otherwise(None),
    ).drop(names[1:])  # fmt: skip


def _with_quotas(
    conn: psycopg.Connection[Any], frame: pl.DataFrame, region: str, year: int, by: str
) -> pl.DataFrame:
    named = _seen(conn, sorted({q for q in frame["bgt_id"].unique().to_list() if q}), by)
    quotas = _quotas(conn, named, region, year)
    made = pl.DataFrame(
        [(bgt, c.mof_div_code == region and c.fiscal_year == year, is_executable, fen)
         for bgt, (c, is_executable, fen) in quotas.items()],
        schema={"bgt_id": pl.String, "is_own": pl.Boolean, "is_executable": pl.Boolean,
                "available_fen": pl.Int64},
        orient="row",
    )  # fmt: skip
    return frame.join(made, on="bgt_id", how="left", maintain_order="left")


def _seen(conn: psycopg.Connection[Any], bgt_ids: Sequence[str], by: str) -> list[str]:
    """The quotas among these that an officer sees; who is not registered is refused when they apply."""
    officer = officers_by_code(conn, {by}).get(by)
    if officer is None:
        return list(bgt_ids)
    owned = QUOTA_OWNERS.find(conn, bgt_ids, {})
    return [one for one in bgt_ids if sees_all(officer, owned.get(one, ()))]


def _quotas(
    conn: psycopg.Connection[Any], bgt_ids: Sequence[str], region: str, year: int
) -> dict[str, tuple[Coding, bool, int]]:
    """bgt_id -> (coding, whether it is executable, fen that can be paid), for the quotas that exist."""
    found = facts(conn, bgt_ids)
    account = stage_account(payment_stage(conn, region, year), year)
    available = available_many(conn, account, [quota.coding for quota in found.values()])
    return {bgt: (q.coding, q.is_executable, available[q.coding]) for bgt, q in found.items()}


def _payee_faults(conn: psycopg.Connection[Any], frame: pl.DataFrame) -> list[pl.DataFrame]:
    numbers = sorted({n for n in frame["payee_acct_no"].unique().to_list() if n})
    accounts = elements.payee_accounts(conn, numbers)
    made = pl.DataFrame(
        [(number, a.acct_name, a.bank_no, a.is_usable) for number, a in accounts.items()],
        schema={"payee_acct_no": pl.String, "acct_name": pl.String, "bank_no": pl.String,
                "is_usable": pl.Boolean},
        orient="row",
    )  # fmt: skip
    joined = frame.join(made, on="payee_acct_no", how="left", maintain_order="left")
    told = pl.col("payee_acct_no") != ""
    name, bank, usable = (
        pl.col("payee_acct_name"),
        pl.col("payee_bank_no"),
        pl.col("is_usable").fill_null(False),
    )
    other_bank = (bank != "") & (pl.col("bank_no") != "") & (bank != pl.col("bank_no"))
    return [
        faults(joined, "unknown_payee", told & ~usable,
               pl.format("收款账号 {} 没有登记或已停用", "payee_acct_no")),
        faults(joined, "payee_name", usable & (name != "") & (pl.col("acct_name") != name),
               pl.format("账号 {} 登记的户名是“{}”，表中是“{}”", "payee_acct_no", "acct_name",
                         short("payee_acct_name"))),
        faults(joined, "payee_bank", usable & other_bank,
               pl.format("账号 {} 的开户行是 {}，表中是 {}", "payee_acct_no", "bank_no", bank)),
    ]  # fmt: skip


def shortfalls(frame: pl.DataFrame) -> pl.DataFrame:
    """In the order of rows: those for which their quota has no longer enough. Refused rows take nothing.

    `frame` holds the rows that are good so far (place, bgt_id, fen, available_fen).
    """
    totals = frame.group_by("bgt_id").agg(pl.col("fen").sum().alias("asked"), pl.col("available_fen").first())
    tight = totals.filter(pl.col("asked") > pl.col("available_fen"))
    left = dict(zip(tight["bgt_id"].to_list(), tight["available_fen"].to_list(), strict=True))
    short: list[tuple[int, int]] = []
    rows = frame.filter(pl.col("bgt_id").is_in(list(left))).sort("place")
    for place, bgt, fen in rows.select("place", "bgt_id", "fen").iter_rows():
        if fen <= left[bgt]:
            left[bgt] -= fen
        else:
            short.append((place, left[bgt]))
    found = pl.DataFrame(short, schema={"place": pl.UInt32, "left_fen": pl.Int64}, orient="row")
    joined = frame.join(found, on="place", how="inner", maintain_order="left")
    return faults(joined, "shortfall", pl.lit(True), pl.format(
        "指标 {} 可用余额 {} 元，不足以支付 {} 元，差 {} 元", "bgt_id", _yuan("left_fen"), _yuan("fen"),
        _yuan(pl.col("fen") - pl.col("left_fen"))))  # fmt: skip


def _yuan(fen: str | pl.Expr) -> pl.Expr:
    value = pl.col(fen) if isinstance(fen, str) else fen
    return pl.format("{}.{}", value // 100, (value % 100).cast(pl.String).str.zfill(2))
