"""How a figure is reckoned is told in words that an accountant knows."""

from __future__ import annotations

import re

from fisc.catalogue import CATALOGUE
from fisc.cli.figure_words import formula_lines

#: A name of the program's inside: an element, a class.
_INSIDE = re.compile(
    r"\b[a-z]+_(?:code|type)\b|\b(?:Flow|Stock|Count|Growth|Share|Sum|Least|Rank|Of)\b|\{\d\}"
)


def test_no_figure_tells_names_of_the_inside() -> None:
    told = {name: "\n".join(formula_lines(figure)) for name, figure in CATALOGUE.items()}
    assert len(told) > 300
    assert not [f"{name}: {text}" for name, text in told.items() if not text or _INSIDE.search(text)]


def test_growth_names_what_it_compares() -> None:
    (said, operand) = formula_lines(CATALOGUE["expenditure.general.yoy"])
    assert said == "算法：（一般公共预算支出 − 上年一般公共预算支出）÷ 上年一般公共预算支出"
    assert operand.split() == ["expenditure.general", "一般公共预算支出"]
