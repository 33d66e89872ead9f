"""The catalogue: every figure by id. Each domain has its file; ids are unique across all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fisc.figures.algebra import Figure, operand_ids
from fisc.figures.catalogue import (
    balances,
    benefits,
    capital,
    cuts,
    debt,
    expenditure,
    funds,
    insurance,
    revenue,
    special,
    transfers,
)


def assemble(figures: Iterable[Figure]) -> Mapping[str, Figure]:
    """The figures by id; raises ValueError for an id given twice or an operand that is not there."""
    found: dict[str, Figure] = {}
    for figure in figures:
        if figure.id in found:
            raise ValueError(f"指标 {figure.id} 定义了两次")
        found[figure.id] = figure
    for figure in found.values():
        for operand in operand_ids(figure):
            if operand not in found:
                raise ValueError(f"指标 {figure.id} 引用了不存在的指标 {operand}")
    return MappingProxyType(found)


_DOMAINS = (
    revenue, expenditure, transfers, funds, insurance, balances, debt, cuts, capital, special, benefits,
)  # fmt: skip

CATALOGUE = assemble(figure for domain in _DOMAINS for figure in domain.FIGURES)
