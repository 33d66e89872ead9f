"""Why the database cannot be used, in words for people.

The store lies below the kernel, so it cannot use `fisc.kernel.errors`; `StoreError`
has the same three attributes, and the command line shows both alike.
"""

from __future__ import annotations


class StoreError(Exception):
    """The database is not available; `message` says why, `hint` what to do."""

    def __init__(self, message: str, rule: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.message]
        if self.rule:
            parts.append(f"依据：{self.rule}")
        if self.hint:
            parts.append(f"怎么办：{self.hint}")
        return "。".join(part.rstrip("。") for part in parts) + "。"


def in_use() -> StoreError:
    """What is said where others have the database that a restore is to take the place of."""
    return StoreError(
        "有别的程序正在使用数据库，不能恢复", hint="请先结束那些程序，或加 --force 立即中断它们"
    )
