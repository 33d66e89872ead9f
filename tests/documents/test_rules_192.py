"""Every posting rule of 财库〔2015〕192号 that fisc uses, as the entry it makes, in full.

The expected entries are written out from the regulation's own wording, not from the rule table
(entries_192.txt): one line per posting, `借|贷 account name amount`, red amounts with a minus sign.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fisc.documents import Leg, voucher
from fisc.kernel import Coding
from fisc.registry import rules
from fisc.registry.rules import account

_DAY = date(2022, 6, 1)
_BOOK = "treasury_2015"

#: rule, event, fund, choices | the lines of the entry for 100.00
_TEXT = Path(__file__).with_name("entries_192.txt").read_text("utf8")
_CASES = [line.split(" | ") for line in _TEXT.strip().splitlines()]


def _entry(event: str, fund: str, choices: dict[str, str]) -> tuple[str, list[str]]:
    coding = Coding(2022, "150600000", fund_type_code=fund)
    entry = voucher(
        "k", "150600000", _DAY, [Leg(event, 100_00, coding, choices=choices)], document_id=1, summary=""
    )
    return entry.rule_code, [
        f"{'借' if line.side == 1 else '贷'} {line.account.partition(':')[2]} "
        f"{account(line.account).name} {line.amount_fen / 100:.2f}"  # type: ignore[union-attr]
        for line in entry.lines
        if line.account.startswith(f"{_BOOK}:")
    ]


@pytest.mark.parametrize("case", _CASES, ids=[case[0].replace(" ", "-") for case in _CASES])
def test_a_rule_makes_the_entry_the_regulation_writes(case: list[str]) -> None:
    rule, event, fund, *choices = case[0].split()
    assert _entry(event, fund, dict(c.split("=") for c in choices)) == (rule, case[1:])


_CLOSING = {
    "111": ("4001 4011 4012 4013 4021 4031 4041 4042", "3001", "5001 5011 5012 5013 5021 5031 5041 5042"),
    "121": ("4002 4011 4012 4021 4041 4042", "3002", "5002 5011 5012 5021 5041 5042"),
    "13": ("4003", "3003", "5003 5021"),
    "2": ("4005", "3005", "5005"),
}


@pytest.mark.parametrize("fund", _CLOSING)
def test_year_end_closes_the_accounts_the_regulation_lists(fund: str) -> None:
    income, balance, outlay = _CLOSING[fund]
    pairs = [rules.accounts_for(f"year_close_{kind}", 2022, fund) for kind in ("income", "outlay")]
    closed_in, closed_out = ({(p.debit, p.credit) for p in ps if "-C0" in p.rule_code} for ps in pairs)
    assert closed_in == {(code, balance) for code in income.split()}
    assert closed_out == {(balance, code) for code in outlay.split()}


def test_every_event_of_the_regulation_is_shown() -> None:
    shown = {case[0].split()[1] for case in _CASES}
    closing = {"year_close_income", "year_close_outlay"}
    own = {row.event for row in rules.rule_rows() if row.rule_set == _BOOK and row.rule_code[4] == "T"}
    assert own - closing == shown
