"""Papers behind state capital: each has a number, and is registered once however that is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken
from tests.capital import world
from tests.capital.test_stakes import GAIN, recorded

Conn = psycopg.Connection[Any]


@pytest.mark.parametrize("written", ["r-h1", "Ｒ－Ｈ１", "R - H1"])
def test_one_paper_is_registered_once_however_its_number_is_written(city: Conn, written: str) -> None:
    world.invested(city, world.injection())
    world.prepaid(city, world.prepayment("H1", 100))
    with pytest.raises(RuleBroken, match="已由单据 H1 使用"):
        world.prepaid(city, world.prepayment("H2", 100, evidence_no=written))
    row = "select * from jsonb_populate_record(null::capital_prepayment, (select to_jsonb(p) || %s::jsonb "
    row += "from capital_prepayment p where doc_key = 'H1'))"
    with pytest.raises(psycopg.Error, match="已由单据 H1 登记"), city.transaction():
        city.execute(
            f"insert into capital_prepayment {row}".encode(),
            [f'{{"id": 900, "doc_key": "H3", "evidence_no": "{written}"}}'],
        )


def test_a_report_gives_one_share_of_results(city: Conn) -> None:
    world.invested(city, world.injection())
    report = replace(GAIN, evidence_no="京会审字〔2022〕5号")
    assert recorded(city, report) == [True]
    with pytest.raises(RuleBroken, match="已由单据 S1 登记"):
        recorded(city, replace(report, number="S2", evidence_no="京会审字[2022] 第005号"))


@pytest.mark.parametrize("number", ["年报", "。", "京会审字〔2023〕5号"])
def test_evidence_has_a_number_and_no_later_year(city: Conn, number: str) -> None:
    world.invested(city, world.injection())
    with pytest.raises(RuleBroken, match=r"没有号码|晚于单据的日期"):
        recorded(city, replace(GAIN, evidence_no=number))
    assert recorded(city, replace(GAIN, evidence_no="回单 2087")) == [True]  # a slip's number is no year
