"""Is the registry well-formed, and what in it is provisional?

The checks read plain rows (file name -> rows), so that they can be tried on tables that are wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import psycopg

from fisc.kernel.findings import Check, Finding, Place
from fisc.registry import tables
from fisc.registry.shapes import SHAPES

Rows = Sequence[Mapping[str, str]]
Shipped = Mapping[str, Rows]

#: Quota accounts that must be controlled: no step may consume more than the one before gave.
CONTROLLED: Final = frozenset(
    ["9200", "9201", "9202", "9203", "9301", "9302", "9303", "9304", "9401", "9402"]
)

_RULE: Final = "registry.malformed"
#: Rules by which the shipped tables are judged.
RULES: Final = {_RULE: "登记各表完好"}
_YEARS = range(tables.FIRST_YEAR, tables.LAST_YEAR + 1)
_TWINS = (("11002", "23002"), ("11003", "23003"))


def _malformed(file: str, row: str, problem: str) -> Finding:
    """A row of a table that is not in order."""
    return Finding(
        _RULE, RULES[_RULE], f"{file} {row}：{problem}", about=f"{file} {row}", hint="请更正该表的这一行"
    )


@dataclass(frozen=True, slots=True)
class FileSummary:
    """A table's rows by whether they are verified."""

    file: str
    area: str
    row_count: int
    verified_count: int

    @property
    def provisional_count(self) -> int:
        """Rows not checked against a published text."""
        return self.row_count - self.verified_count


@dataclass(frozen=True, slots=True)
class Provisional:
    """Rows of one table, not verified, that share a source."""

    area: str
    file: str
    source: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What `check` found; `is_well_formed` when there is no finding."""

    files: list[FileSummary] = field(default_factory=list)
    provisional: list[Provisional] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_well_formed(self) -> bool:
        """True when no table is malformed."""
        return not self.findings


def shipped() -> Shipped:
    """The shipped tables as plain rows."""
    return {name: tables.read_table(name) for name in tables.file_names()}


def check(data: Shipped | None = None) -> Report:
    """Look at every table (the shipped ones by default): counts, provisional rows, findings."""
    data = shipped() if data is None else data
    findings = list(_shape_findings(data))
    if not findings:  # links can only be followed in tables of the right shape
        findings = [finding for look in _LINKS for finding in look(data)]
    return Report(
        files=[_summary(name, data.get(name, ())) for name in SHAPES],
        provisional=[group for name in SHAPES for group in _provisional(name, data.get(name, ()))],
        findings=findings,
    )


def _summary(name: str, rows: Rows) -> FileSummary:
    verified = sum(row.get("is_verified") == "yes" for row in rows)
    return FileSummary(name, SHAPES[name].area, len(rows), verified)


def _provisional(name: str, rows: Rows) -> list[Provisional]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.get("is_verified") != "yes":
            groups[row.get("source") or "?"].append(row_key(name, row))
    area = SHAPES[name].area
    return [Provisional(area, name, source, tuple(keys)) for source, keys in sorted(groups.items())]


def row_key(name: str, row: Mapping[str, str]) -> str:
    """A row's key in words: its key columns that are not empty."""
    return " ".join(row.get(column) or "" for column in SHAPES[name].key if row.get(column))


# ---- shape


def _shape_findings(data: Shipped) -> Iterator[Finding]:
    for name, shape in SHAPES.items():
        rows = data.get(name, ())
        if not rows:
            yield _malformed(name, "", "没有这张表，或表是空的")
            continue
        if tuple(rows[0]) != shape.columns:
            yield _malformed(name, "", f"表头应为：{','.join(shape.columns)}")
            continue
        yield from _row_findings(name, rows)
    yield from (_malformed(name, "", "没有登记的表") for name in data if name not in SHAPES)


def _row_findings(name: str, rows: Rows) -> Iterator[Finding]:
    keys = Counter(tuple(row[column] for column in SHAPES[name].key) for row in rows)
    yield from (_malformed(name, " ".join(key), "主键重复") for key, count in keys.items() if count > 1)
    for row in rows:
        key = row_key(name, row)
        if None in row.values():
            yield _malformed(name, key, "列数不够")
            continue
        if not row["source"]:
            yield _malformed(name, key, "没有来源")
        if row["is_verified"] not in ("yes", "no"):
            yield _malformed(name, key, "is_verified 只能是 yes 或 no")
        if not _years_in_order(row):
            yield _malformed(name, key, "有效年度不是数字，或起止颠倒")


def _years_in_order(row: Mapping[str, str]) -> bool:
    if "valid_from_year" not in row:
        return True
    first, last = row["valid_from_year"], row["valid_to_year"] or "9999"
    return first.isdigit() and last.isdigit() and int(first) <= int(last)


def _holds(row: Mapping[str, str], year: int) -> bool:
    last = row["valid_to_year"]
    return tables.in_years(year, int(row["valid_from_year"]), int(last) if last else None)


# ---- links


def _codes_in(rows: Rows, year: int) -> set[str]:
    return {row["code"] for row in rows if _holds(row, year)}


def _parents_exist(data: Shipped) -> Iterator[Finding]:
    for file in tables.CLASSIFICATION_FILES.values():
        for year in _YEARS:
            codes = _codes_in(data[file], year)
            for row in data[file]:
                if _holds(row, year) and row["parent"] and row["parent"] not in codes:
                    yield _malformed(file, row["code"], f"{year} 年没有上级科目 {row['parent']}")
    for file, key in (("regions.csv", "mof_div_code"), ("fund_types.csv", "code")):
        known = {row[key] for row in data[file]}
        for row in data[file]:
            if row["parent"] and row["parent"] not in known:
                yield _malformed(file, row[key], f"没有上级 {row['parent']}")


def _years_do_not_overlap(data: Shipped) -> Iterator[Finding]:
    for file in tables.CLASSIFICATION_FILES.values():
        for year in _YEARS:
            seen = Counter((row["code"], row["fund"]) for row in data[file] if _holds(row, year))
            for (code, fund), count in seen.items():
                if count > 1:
                    yield _malformed(file, f"{code} {fund}".strip(), f"{year} 年有 {count} 行同时有效")


def _transfers_mirror(data: Shipped) -> Iterator[Finding]:
    """What a higher level sends under 23002xx, a lower one receives under 11002xx."""
    for year in _YEARS:
        received, sent = _codes_in(data["rev_func.csv"], year), _codes_in(data["exp_func.csv"], year)
        for income, outlay in _TWINS:
            for code in sorted(received):
                if len(code) == 7 and code.startswith(income) and outlay + code[5:] not in sent:
                    yield _malformed("rev_func.csv", code, f"{year} 年没有对应的支出科目 {outlay}{code[5:]}")
            for code in sorted(sent):
                if len(code) == 7 and code.startswith(outlay) and income + code[5:] not in received:
                    yield _malformed("exp_func.csv", code, f"{year} 年没有对应的收入分类 {income}{code[5:]}")


def _rules_have_accounts(data: Shipped) -> Iterator[Finding]:
    chart = {(row["book"], row["code"]): row for row in data["accounts.csv"]}
    sets = {row["rule_set"]: row for row in data["rule_sets.csv"]}
    for row in data["posting_rules.csv"]:
        key = row_key("posting_rules.csv", row)
        rule_set = sets.get(row["rule_set"])
        if rule_set is None or row["book"] not in rule_set["books"].split():
            yield _malformed("posting_rules.csv", key, f"制度 {row['rule_set']} 不管 {row['book']} 账")
        for code in (row["debit"], row["credit"]):
            account = chart.get((row["book"], code))
            if account is None:
                yield _malformed("posting_rules.csv", key, f"科目表没有 {row['book']}:{code}")
            elif any(_holds(row, year) and not _holds(account, year) for year in _YEARS):
                yield _malformed("posting_rules.csv", key, f"科目 {row['book']}:{code} 不是每个年度都有效")


def _execution_has_accounts(data: Shipped) -> Iterator[Finding]:
    chart = {(row["book"], row["code"]) for row in data["accounts.csv"]}
    for row in data["execution_accounts.csv"]:
        if (row["book"], row["code"]) not in chart:
            key = row_key("execution_accounts.csv", row)
            yield _malformed("execution_accounts.csv", key, f"科目表没有 {row['book']}:{row['code']}")


def _one_treasury_rule_set_a_year(data: Shipped) -> Iterator[Finding]:
    for year in _YEARS:
        found = [
            row["rule_set"]
            for row in data["rule_sets.csv"]
            if row["rule_set"].startswith("treasury_") and _holds(row, year)
        ]
        if len(found) != 1:
            yield _malformed("rule_sets.csv", str(year), f"应恰有一套总会计制度，现有 {len(found)} 套")


def _quota_accounts_are_controlled(data: Shipped) -> Iterator[Finding]:
    quota = {row["code"]: row for row in data["accounts.csv"] if row["book"] == "quota"}
    for code in sorted(CONTROLLED):
        if code not in quota or quota[code]["floor_fen"] != "0":
            yield _malformed("accounts.csv", f"quota {code}", "应是下限为 0 的控制科目")


def _events_have_rules(data: Shipped) -> Iterator[Finding]:
    known = {row["event"] for row in data["posting_rules.csv"]}
    for row in data["code_events.csv"]:
        for event in (row["event"], row["budget_event"]):
            if event and event not in known:
                yield _malformed(
                    "code_events.csv", row_key("code_events.csv", row), f"没有业务 {event} 的规则"
                )


def _references_exist(data: Shipped) -> Iterator[Finding]:
    codes = {kind: {row["code"] for row in data[file]} for kind, file in tables.CLASSIFICATION_FILES.items()}
    regions = {row["mof_div_code"] for row in data["regions.csv"]}
    references = [
        *(("aliases.csv", row, codes.get(row["kind"], set()), row["code"]) for row in data["aliases.csv"]),
        *(
            ("eco_mapping.csv", row, codes["gov_bgt_eco"], row["gov_bgt_eco_code"])
            for row in data["eco_mapping.csv"]
        ),
        *(
            ("livelihood_sets.csv", row, codes["exp_func"], row["exp_func_code"])
            for row in data["livelihood_sets.csv"]
        ),
        *(("region_aliases.csv", row, regions, row["mof_div_code"]) for row in data["region_aliases.csv"]),
        *(
            ("region_settings.csv", row, regions | {""}, row["mof_div_code"])
            for row in data["region_settings.csv"]
        ),
    ]
    for file, row, known, code in references:
        if code not in known:
            yield _malformed(file, row_key(file, row), f"没有代码 {code}")


def _shares_are_whole(data: Shipped) -> Iterator[Finding]:
    for row in data["tax_sharing.csv"]:
        if int(row["central_pct"]) + int(row["local_pct"]) != 100:
            yield _malformed("tax_sharing.csv", row["tax"], "中央与地方分享比例之和应为 100")


_LINKS: Final[tuple[Callable[[Shipped], Iterator[Finding]], ...]] = (
    _parents_exist,
    _years_do_not_overlap,
    _transfers_mirror,
    _rules_have_accounts,
    _execution_has_accounts,
    _one_treasury_rule_set_a_year,
    _quota_accounts_are_controlled,
    _events_have_rules,
    _references_exist,
    _shares_are_whole,
)


def _at(_conn: psycopg.Connection[Any], place: Place) -> Iterator[Finding]:
    """What is malformed, as seen from a region's year."""
    for finding in _shipped_findings():
        yield replace(finding, mof_div_code=place.mof_div_code, fiscal_year=place.fiscal_year)


@cache
def _shipped_findings() -> tuple[Finding, ...]:
    return tuple(check().findings)


CHECKS: Final = (Check(RULES, _at),)
