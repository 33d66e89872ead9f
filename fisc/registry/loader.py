"""Copies the shipped tables into Django's models and makes accounts and regions known to the ledger.

A table whose digest stands in `DataFile` is skipped, so loading again costs one query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import connection, models, transaction

from fisc import kernel
from fisc.registry import models as tables_of
from fisc.registry import regions, rules, tables
from fisc.registry.cash_floors import cash_pools
from fisc.registry.elements import shipped
from fisc.registry.rows import Table, insert_rows

_NUMBERS: Final = {"valid_from_year", "valid_to_year", "floor_fen", "step", "normal_side"}
_TRUTHS: Final = {"is_verified", "is_red"}


@dataclass(frozen=True, slots=True)
class _Target:
    """A shipped table, its model, and the columns that tell its rows apart."""

    file: str
    model: type[models.Model]
    key: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()


#: The shipped divisions: the ledger knows them, no model holds them (`Region` are a database's own).
_DIVISIONS: Final = "regions.csv"
#: Which accounts are one purse with a floor: the ledger knows them, no model holds them.
_POOLS: Final = "cash_floors.csv"
_CLASSIFICATION_KEY = ("kind", "code", "fund", "valid_from_year")
_TARGETS: Final = (
    _Target("fund_types.csv", tables_of.FundType, ("code",)),
    *(
        _Target(file, tables_of.Classification, _CLASSIFICATION_KEY, (("kind", kind),))
        for kind, file in tables.CLASSIFICATION_FILES.items()
    ),
    _Target("aliases.csv", tables_of.ClassificationAlias, ("kind", "fund", "code", "name")),
    _Target("accounts.csv", tables_of.AccountRow, ("book", "code")),
    _Target("rule_sets.csv", tables_of.RuleSet, ("rule_set",)),
    _Target(
        "posting_rules.csv",
        tables_of.PostingRule,
        ("rule_set", "rule_code", "event", "step", "selector", "book", "debit", "credit"),
    ),
    _Target("quota_rules.csv", tables_of.QuotaRuleRow, ("rule", "element", "prefix", "valid_from_year")),
    _Target(
        "element_pairs.csv",
        tables_of.ElementPair,
        ("fund_prefix", "when_element", "when_prefix", "element", "valid_from_year"),
    ),
    _Target(
        "payment_checks.csv",
        tables_of.PaymentCheckRow,
        ("rule_id", "mof_div_code", "parameter", "valid_from"),
    ),
    _Target("affair_codes.csv", tables_of.AffairCode, ("kind", "code_prefix")),
    _Target("fund_kinds.csv", tables_of.FundKind, ("func_code",)),
    _Target("grant_purposes.csv", tables_of.GrantPurpose, ("rev_func_code", "valid_from_year")),
    _Target("code_events.csv", tables_of.CodeEvent, ("kind", "code_prefix", "fund")),
)


def load() -> list[str]:
    """Bring models and ledger up to the shipped tables; returns the files that had changed.

    One transaction on Django's connection. Running it again changes nothing. An account that
    the ledger knows with another side or floor is refused (`DuplicateConflict`).
    """
    with transaction.atomic():
        known: dict[str, str] = dict(tables_of.DataFile.objects.values_list("name", "digest"))
        changed = [target for target in _TARGETS if known.get(target.file) != _digest(target.file)]
        for target in changed:
            _load_file(target)
        labels = [file for file in shipped.FILES if known.get(file) != _digest(file)]
        for file in labels:
            shipped.load(connection.connection, file)
            _remember(file, len(tables.read_table(file)))
        if changed:
            _load_years()
            define_accounts(connection.connection)
        pools = [_POOLS] if known.get(_POOLS) != _digest(_POOLS) else []
        if pools:
            kernel.define_pools(connection.connection, cash_pools())
            _remember(_POOLS, len(tables.read_table(_POOLS)))
        divisions = [_DIVISIONS] if known.get(_DIVISIONS) != _digest(_DIVISIONS) else []
        if divisions:
            _define_divisions(connection.connection)
    return [*(target.file for target in changed), *labels, *pools, *divisions]


def _define_divisions(conn: psycopg.Connection[Any]) -> None:
    """Make every shipped division known to the ledger, and the whole area of each that has one."""
    rows = tables.region_rows()
    kernel.define_regions(conn, [code for row in rows for code in regions.codes_of(row)])
    _remember(_DIVISIONS, len(rows))


def define_accounts(conn: psycopg.Connection[Any]) -> None:
    """Make every shipped account known to the ledger, with the years of its rules."""
    kernel.define_accounts(conn, map(kernel_account, tables.account_rows()))


def kernel_account(row: tables.AccountRow) -> kernel.Account:
    """The ledger's form of an account row."""
    return kernel.Account(
        book=row.book,
        code=row.code,
        name=row.name,
        class_=row.account_class,
        normal_side=row.normal_side,
        legal_source=row.source,
        is_verified=row.is_verified,
        floor_fen=row.floor_fen,
        first_year=row.valid_from_year,
        last_year=row.valid_to_year,
    )


def _digest(file: str) -> str:
    return hashlib.sha256(tables.read_bytes(file)).hexdigest()


def _load_file(target: _Target) -> None:
    """Replace what the model holds of this table, keeping the ids of rows that stay."""
    rows = [_values(row | dict(target.extra)) for row in tables.read_table(target.file)]
    _drop_gone(target, {tuple(row[column] for column in target.key) for row in rows})
    other = tuple(sorted(set(rows[0]) - set(target.key)))
    insert_rows(
        connection.connection, Table(target.model._meta.label), rows, known_by=target.key, renews=other
    )
    _remember(target.file, len(rows))


def _remember(file: str, row_count: int) -> None:
    tables_of.DataFile.objects.update_or_create(
        name=file, defaults={"digest": _digest(file), "row_count": row_count}
    )


def _drop_gone(target: _Target, wanted: set[tuple[Any, ...]]) -> None:
    standing = target.model._default_manager.filter(**dict(target.extra))
    keys: Iterable[tuple[Any, ...]] = standing.values_list("pk", *target.key)
    gone = [pk for pk, *key in keys if tuple(key) not in wanted]
    if gone:
        standing.filter(pk__in=gone).delete()


def _values(row: Mapping[str, str]) -> dict[str, Any]:
    renamed = {"account_class" if name == "class" else name: text for name, text in row.items()}
    return {name: _value(name, text) for name, text in renamed.items()}


def _value(name: str, text: str) -> Any:
    if name in _TRUTHS:
        return text == "yes"
    if name == "normal_side":
        return 1 if text == "debit" else -1
    if name in _NUMBERS:
        return int(text) if text else None
    return text


def _load_years() -> None:
    years = range(tables.FIRST_YEAR, tables.LAST_YEAR + 1)
    tables_of.FiscalYear.objects.bulk_create(
        [tables_of.FiscalYear(year=year, treasury_rule_set=_treasury_rule_set(year)) for year in years],
        update_conflicts=True,
        unique_fields=["year"],
        update_fields=["treasury_rule_set"],
    )


def _treasury_rule_set(year: int) -> str:
    found = rules.rule_set_for(year, rules.treasury_books(year)[0])
    return found.rule_set if found else ""
