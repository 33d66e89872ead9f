"""What people do with a region's settings: make, put in force, give up, look at them and at what holds."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.use_case import UseCase
from fisc.regional import services, standing
from fisc.regional.kinds import SETTING
from fisc.registry.setting_kinds import setting_kinds

_NAMES: Final = {code: kind.name for code, kind in setting_kinds().items()}

USE_CASES: Final = (
    UseCase("registry.make-settings", services.make_settings, SETTING, MAKE),
    UseCase("registry.approve-settings", services.approve_settings, SETTING, "approve"),
    UseCase("registry.discard-settings", services.discard_settings, SETTING, "discard"),
    *looks(SETTING, "registry", "settings", {"setting": _NAMES}),
    UseCase(
        "registry.settings-in-force", standing.settings_in_force, name="现行地区设定", is_for_units=True,
        named={"origin": standing.ORIGINS, "setting": _NAMES},
    ),
)  # fmt: skip
