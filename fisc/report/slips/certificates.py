"""Certificates of payment (国库集中支付凭证) as slips: who is paid what, for what, on whose quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from fisc.documents import RuleBroken
from fisc.kernel.capitals import in_capitals
from fisc.kernel.money import format_fen
from fisc.kernel.simulation import notice_of
from fisc.registry import elements, regions
from fisc.registry.officers import officers
from fisc.registry.tables import fund_rows
from fisc.report.slips.model import Column, Slip
from fisc.treasury.services.judging import PAY_TYPES

if TYPE_CHECKING:
    import psycopg

_COLUMNS: Final = (Column("项目", 18), Column("内容", 50), Column("项目", 18), Column("内容", 50))
#: Who signs a certificate, by the step of its payment.
_SIGNED: Final = (("单位经办", "make"), ("单位审核", "review"), ("财政审核", "approve"), ("签章", "certify"))


def slips_of(conn: psycopg.Connection[Any], payments: Sequence[Mapping[str, Any]]) -> list[Slip]:
    """A slip for each payment that has a certificate, in their order.

    Raises RuleBroken for one that has none yet: nothing may be paid on what nobody certified.
    """
    without = [str(one["pay_app_no"]) for one in payments if not one["pay_cert_no"]]
    if without:
        raise RuleBroken(
            f"支付 {'、'.join(without[:5])} 还没有生成支付凭证",
            rule="支付凭证由财政审核后生成（国库集中支付）",
            hint="请先办理审核与生成支付凭证（fisc treasury certify）", details={"keys": without[:20]},
        )  # fmt: skip
    names = {officer.code: officer.name for officer in officers(conn)}
    notice = notice_of(conn)
    return [_slip(one, _agency(conn, one), names, notice) for one in payments]


def _agency(conn: psycopg.Connection[Any], one: Mapping[str, Any]) -> str:
    """Code and name of the unit that pays."""
    code = str(one["agency_code"])
    found = elements.find(
        conn, "agencies", one["fiscal_year"], one["mof_div_code"], codes=[code], enabled_only=False
    )
    named = [one.item.name for one in found if isinstance(one.item, elements.Agency)]
    return " ".join([code, *named])


def _fund(code: str) -> str:
    named = next((row.name for row in fund_rows() if row.code == code), "")
    return f"{code} {named}".strip()


def _slip(one: Mapping[str, Any], agency: str, names: Mapping[str, str], notice: str) -> Slip:
    took = {step.move: step for step in one["trail"]}
    certified = took["certify"].on
    fund = one["fund_type_code"]
    return Slip(
        "国库集中支付凭证",
        (("财政部门", regions.name_of(one["mof_div_code"])), ("日期", f"{certified:%Y年%m月%d日}"),
         ("凭证号", one["pay_cert_no"])),
        _COLUMNS,
        (
            ("付款单位", agency, "收款人全称", one["payee_name"]),
            ("付款账号", "", "收款人账号", one["payee_acct_no"]),
            ("付款银行", one["agent_bank_no"], "收款人开户行", one["payee_bank_no"]),
            ("指标", one["bgt_id"], "资金性质", _fund(fund)),
            ("用途", one["purpose"], "支付方式", PAY_TYPES.get(one["pay_type"], one["pay_type"])),
        ),
        (f"金额（大写）人民币{in_capitals(one['amount_fen'])}", f"￥{format_fen(one['amount_fen'])}"),
        (("支付申请", one["pay_app_no"]),),
        tuple(
            (what, names.get(took[move].officer, took[move].officer) if move in took else "")
            for what, move in _SIGNED
        ),
        notice,
        f"凭证号 {one['pay_cert_no']}",
    )  # fmt: skip
