"""The list for an auditor (docs/audit.md) names rules with the tests that prove them: each is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| rule ")]
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", TEXT)))
#: What the books keep to, as the headings say it.
LAWS = ("预算法和实施条例", "财库〔2015〕192号", "财库〔2022〕41号", "财办〔2022〕36号")


def test_every_rule_names_a_test() -> None:
    assert len(ROWS) > 100
    for row in ROWS:
        law, asked, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert law and asked and re.search(r"`tests/[\w/.]+::\w+`", tests), row


@pytest.mark.parametrize("law", LAWS)
def test_each_law_has_its_part(law: str) -> None:
    part = TEXT.split(f"## {law}\n")[1].split("\n## ")[0]
    assert len([line for line in part.splitlines() if "`tests/" in line]) >= 3


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_each_test_that_is_named_is_there(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert {name for of, name in NAMED if of == path} <= there
