"""What begins an affair of the treasury is registered once, or it is said why it is another."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from fisc.documents import RuleBroken
from fisc.treasury.services import other
from tests.treasury.paying import DAY
from tests.treasury.test_affairs import affair, record

BASIS, WRITTEN_OTHERWISE = "鄂政〔2022〕8号", "鄂政[2022]第08号"


@pytest.mark.parametrize(
    "kind", ["funds_advanced", "money_lent", "temporary_payment", "unidentified_receipt"]
)
def test_one_paper_party_day_and_amount_are_asked_about_in_every_kind(
    paying: psycopg.Connection, kind: str
) -> None:
    first = affair("A1", kind, counterparty="某单位", basis_doc_no=BASIS)
    twin = replace(
        first, affair_no="A2", counterparty="某 單位", basis_doc_no=WRITTEN_OTHERWISE, summary="另"
    )
    assert record(paying, first) == [True]
    assert record(paying, first) == [False]
    with pytest.raises(RuleBroken) as refused:
        record(paying, twin)
    assert "A1" in refused.value.message
    assert "confirm_reason" in refused.value.hint
    with pytest.raises(RuleBroken):
        record(paying, replace(twin, confirm_reason="是是是是"))
    assert record(paying, replace(twin, confirm_reason="同一文件分两笔拨付")) == [True]


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 1},
        {"counterparty": "另一单位"},
        {"basis_doc_no": "鄂政〔2022〕9号"},
        {"kind": "money_lent"},
    ],
)
def test_what_differs_is_another(paying: psycopg.Connection, change: dict[str, object]) -> None:
    first = affair("A1", "funds_advanced", counterparty="某单位", basis_doc_no=BASIS)
    assert record(paying, first, replace(first, affair_no="A2", **change)) == [True, True]  # type: ignore[arg-type]


def test_twins_of_one_call_are_asked_about_and_what_was_given_up_is_none(paying: psycopg.Connection) -> None:
    first = affair("A1", "funds_advanced", counterparty="某单位", basis_doc_no=BASIS)
    twin = replace(first, affair_no="A2")
    with pytest.raises(RuleBroken, match="A1"):
        other.make_affairs(paying, [first, twin], by="clerk", on=DAY)
    other.make_affairs(paying, [first], by="clerk", on=DAY)
    other.discard_affairs(paying, ["A1"], by="clerk", on=DAY, note="金额录错一位")
    assert other.make_affairs(paying, [twin], by="clerk", on=DAY) == [True]
