"""One officer makes a setting, another puts it in force; a later one takes its place."""

from __future__ import annotations

from typing import Final

from fisc.documents import two_steps

SETTING_FLOW: Final = two_steps(
    ("draft", "草稿"), ("approve", "审核生效"), ("approved", "已生效"), ("registry_make", "registry_review"),
    is_discarded=True,
)  # fmt: skip
