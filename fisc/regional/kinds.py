"""The document of a region's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fisc.documents import Kind
from fisc.regional.flow import SETTING_FLOW

if TYPE_CHECKING:
    from fisc.regional.models import SettingDocument

SETTING: Final[Kind[SettingDocument]] = Kind(
    "regional.SettingDocument",
    prefix="regional_setting",
    number="setting_no",
    flow=SETTING_FLOW,
    has_editions=True,
    content=(
        "setting", "figure", "value", "title", "version", "exp_func_codes", "valid_from", "approval_no",
    ),
    facets=("mof_div_code", "fiscal_year", "state", "setting"),
)  # fmt: skip

KINDS: Final = (SETTING,)
