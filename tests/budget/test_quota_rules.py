"""Every posting rule of the quota book as the entry it makes, in full.

The expected entries (quota_rules.txt) are written out from the accounts of the quota book and what each
operation means, not from the rule table: one line per posting, red amounts with a minus sign.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fisc.documents import Leg, voucher
from fisc.kernel import Coding
from fisc.registry import rules, tables

_DAY = date(2022, 6, 1)
_CASES = [
    case.split(" | ")
    for case in Path(__file__).with_name("quota_rules.txt").read_text("utf8").strip().splitlines()
]


@pytest.mark.parametrize("case", _CASES, ids=[case[0].replace(" ", "-") for case in _CASES])
def test_a_rule_makes_this_entry(case: list[str]) -> None:
    rule, event, *choices = case[0].split()
    source, quota = Coding(2022, "150600000", "111", "A"), Coding(2022, "150600000", "111", "B")
    leg = Leg(event, 100_00, source, quota, choices=dict(choice.split("=") for choice in choices))
    entry = voucher("k", "150600000", _DAY, [leg], document_id=1, summary="")
    assert entry.rule_code == rule
    assert [_words(line.account, line.side, line.amount_fen) for line in entry.lines] == case[1:]
    assert [line.coding for line in entry.lines] == [source, quota] * (len(entry.lines) // 2)


def _words(account: str, side: int, fen: int) -> str:
    row = rules.account(account)
    assert row is not None
    assert row.book == "quota"
    return f"{'借' if side == 1 else '贷'} {row.code} {row.name} {fen / 100:.2f}"


def test_every_rule_of_the_quota_book_is_shown() -> None:
    shown = set()
    for case in _CASES:
        _, event, *choices = case[0].split()
        given = dict(choice.split("=") for choice in choices)
        shown |= set(rules.rules_for(event, 2022, "111", **given))
    assert shown == {row for row in tables.rule_rows() if row.rule_set == "quota_2022"}
