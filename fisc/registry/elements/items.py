"""The elements as people write them down, and how each kind stands in its table.

An element is known by `Key(fiscal_year, code, mof_div_code)`; payees, themes and tags serve every
region and have none. Codes are text: leading zeros count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, NamedTuple

from fisc.registry.tables import read_table
from fisc.sheets.columns import FOUND, OneOf


def _names_of(element: str) -> dict[str, str]:
    rows = read_table("element_values.csv")
    return {row["code"]: row["name"] for row in rows if row["element"] == element}


class Key(NamedTuple):
    """What tells an element from others of its kind."""

    fiscal_year: int
    code: str
    mof_div_code: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """预算单位. `dept_code` names its department (its own code, or '', where it is one).

    `manage_mof_dep_code` is the finance bureau's office that looks after it (业务主管处室).
    """

    fiscal_year: int
    mof_div_code: str
    agency_code: str
    name: str
    dept_code: str = ""
    manage_mof_dep_code: str = ""
    kind: Annotated[str, OneOf(lambda: _names_of("agency_kind"), "单位类别")] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Project:
    """预算项目. `agency_code` may be '' while the bureau keeps it for a unit to be named (代编)."""

    fiscal_year: int
    mof_div_code: str
    pro_code: str
    name: str
    agency_code: str = ""
    pro_kind_code: Annotated[str, OneOf(lambda: _names_of("pro_kind_code"))] = ""
    theme_codes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """收款账户. `acct_name` is the payee's name; '' means just that.

    Lookups fill `payee_code`, and `is_usable`: account and payee are both enabled.
    """

    acct_no: str
    bank_no: str = ""
    acct_name: str = ""
    payee_code: str = field(default="", metadata=FOUND)
    is_usable: bool = field(default=True, metadata=FOUND)


@dataclass(frozen=True, slots=True)
class Payee:
    """收款人 with accounts. `fiscal_year` 0 means the year of the day it is recorded on.

    `credit_code` is its unified social credit code, '' where it has or says none.
    """

    payee_code: str
    name: str
    kind: Annotated[str, OneOf(lambda: _names_of("payee_kind"), "收款人类别")]
    accounts: tuple[PayeeAccount, ...] = ()
    fiscal_year: int = 0
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """专题: what money is for, across functional classes."""

    fiscal_year: int
    code: str
    name: str
    kind: str = "special_fund"
    rule: str = ""
    source: str = ""
    is_verified: bool = False
    is_shipped: bool = field(default=False, metadata=FOUND)


@dataclass(frozen=True, slots=True)
class Tag:
    """标识, with the element and value the national standard gives it, if any."""

    fiscal_year: int
    code: str
    name: str
    kind: str
    rule: str = ""
    national_element: str = ""
    national_value: str = ""
    source: str = ""
    is_verified: bool = False
    is_shipped: bool = field(default=False, metadata=FOUND)


@dataclass(frozen=True, slots=True)
class AccountOfPayee:
    """A payee's account as its table holds it."""

    fiscal_year: int
    acct_no: str
    payee_code: str
    bank_no: str


Item = Agency | Project | Payee | Theme | Tag | AccountOfPayee


@dataclass(frozen=True, slots=True)
class Record:
    """An element as it is recorded: whether it may be used, since when not, and why."""

    item: Item
    is_enabled: bool
    disabled_on: date | None
    disable_reason: str
    recorded_by: str
    recorded_on: date
    rolled_from: int | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of element: its table, the column of its code, and its other columns with their types."""

    name: str
    label: str
    table: str
    item: type[Any]
    code: str
    contents: Mapping[str, str] = field(hash=False)
    is_regional: bool = False

    @property
    def keys(self) -> dict[str, str]:
        """Key columns and their types, in the order of `Key` where there is a region in between."""
        region = {"mof_div_code": "text"} if self.is_regional else {}
        return {"fiscal_year": "smallint", **region, self.code: "text"}

    @property
    def columns(self) -> dict[str, str]:
        """All columns that an item gives."""
        return {**self.keys, **self.contents}

    def key(self, item: Item) -> Key:
        """The key of an item of this kind."""
        region = getattr(item, "mof_div_code", "")
        return Key(item.fiscal_year, getattr(item, self.code), region)


_TEXTS: Final = "text"
_LABEL: Final = {
    "name": _TEXTS, "kind": _TEXTS, "rule": _TEXTS, "source": _TEXTS, "is_verified": "boolean",
    "is_shipped": "boolean",
}  # fmt: skip
AGENCIES: Final = Kind(
    "agencies", "预算单位", "registry_agency", Agency, "agency_code",
    dict.fromkeys(("name", "dept_code", "manage_mof_dep_code", "kind"), _TEXTS), is_regional=True,
)  # fmt: skip
PROJECTS: Final = Kind(
    "projects", "预算项目", "registry_project", Project, "pro_code",
    {"name": _TEXTS, "agency_code": _TEXTS, "pro_kind_code": _TEXTS, "theme_codes": "text[]",
     "tags": "text[]"},
    is_regional=True,
)  # fmt: skip
PAYEES: Final = Kind(
    "payees",
    "收款人",
    "registry_payee",
    Payee,
    "payee_code",
    dict.fromkeys(("name", "kind", "credit_code"), _TEXTS),
)
PAYEE_ACCOUNTS: Final = Kind(
    "payee_accounts", "收款账户", "registry_payee_account", AccountOfPayee, "acct_no",
    dict.fromkeys(("payee_code", "bank_no"), _TEXTS),
)  # fmt: skip
THEMES: Final = Kind("themes", "专题", "registry_theme", Theme, "code", _LABEL)
TAGS: Final = Kind(
    "tags", "标识", "registry_tag", Tag, "code",
    {**_LABEL, "national_element": _TEXTS, "national_value": _TEXTS},
)  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind for kind in (AGENCIES, PROJECTS, PAYEES, PAYEE_ACCOUNTS, THEMES, TAGS)
}
