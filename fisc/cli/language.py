"""The language of help and of errors of usage: Chinese, or English where the locale is another language.

Sources say both at one place, paragraph by paragraph: `中文 / English`. What is shown is one of them.
Typer's own words ("Usage", "Options") are put into the same language here, and nowhere else.
"""

from __future__ import annotations

import os
import re
from functools import cache, partial
from typing import Any

#: The locale's variables, the strongest first.
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
#: Locales that name no language, and those of our own.
_CHINESE = ("", "c", "posix", "zh")
_HAN = "\u3400-\u9fff\uff01-\uff5e\u3001-\u3015"
_PAIR = re.compile(rf"(?P<zh>.*?[{_HAN}].*?) ?/ (?P<en>[^{_HAN}]+)", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n\s*\n")

#: Words of typer's help pages: the name in `typer.rich_utils`, what stands for it.
_TITLES = {
    "ARGUMENTS_PANEL_TITLE": "参数 / Arguments", "OPTIONS_PANEL_TITLE": "选项 / Options",
    "COMMANDS_PANEL_TITLE": "命令 / Commands", "DEFAULT_STRING": "[默认：{}] / [default: {}]",
    "ENVVAR_STRING": "[环境变量：{}] / [env var: {}]", "REQUIRED_LONG_STRING": "[必填] / [required]",
    "DEPRECATED_STRING": "（已停用）/ (deprecated)",
}  # fmt: skip
_USAGE = {"Usage: ": "用法：", "[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
#: What a value is written as: typer's names of types, and ours.
_TYPES = {
    "str": "文字",
    "int": "整数",
    "float": "数字",
    "bool": "是否",
    "path": "路径",
    "file": "文件",
    "range": "范围",
}
_TYPE = re.compile(r"\b(?:str|int|float|bool|path|file|range)\b")
_HELP = "显示说明后退出 / show this message and exit"


def is_english() -> bool:
    """Whether the locale names a language other than Chinese; one that is unset, C or POSIX names none."""
    named = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    return re.split(r"[_.@]", named)[0].lower() not in _CHINESE


def said(text: str) -> str:
    """`text` in the language in force: of each paragraph `中文 / English` one half, others as they are."""
    half = "en" if is_english() else "zh"
    return "\n\n".join(_half(paragraph, half) for paragraph in _PARAGRAPHS.split(text))


def _half(paragraph: str, half: str) -> str:
    pair = _PAIR.fullmatch(paragraph)
    return pair[half].strip() if pair else paragraph


def localise(command: Any) -> None:
    """Put a command, its options and all commands below it into the language in force."""
    command.help, command.epilog = said(command.help or ""), said(command.epilog or "")
    command.short_help = said(command.short_help or "") or None
    for parameter in command.params:
        parameter.help = said(getattr(parameter, "help", None) or "")
        parameter.metavar = said(parameter.metavar or "") or None
        if hasattr(parameter, "display_type"):
            parameter.display_type = partial(_type, parameter.display_type)
    if isinstance(panel := getattr(command, "rich_help_panel", None), str):
        command.rich_help_panel = said(panel)
    command.get_usage = partial(_usage, command.get_usage)
    command.format_help = partial(_format_help, command, command.format_help)
    for below in getattr(command, "commands", {}).values():
        localise(below)


def _type(shown: Any, context: Any) -> str:
    """What kind of value an option takes; values and formats that are listed stand as they are."""
    told: str = shown(context)
    return told if is_english() else _TYPE.sub(lambda found: _TYPES[found[0]], told)


def _usage(made: Any, context: Any) -> str:
    usage: str = made(context)
    for theirs, ours in () if is_english() else _USAGE.items():
        usage = usage.replace(theirs, ours, 1)
    return usage


def _format_help(command: Any, shown: Any, context: Any, formatter: Any) -> None:
    from typer import rich_utils

    if option := command.get_help_option(context):
        option.help = said(_HELP)
        option.display_type = partial(_type, type(option).display_type.__get__(option))
    for name, title in _TITLES.items():
        setattr(rich_utils, name, said(title))
    vars(rich_utils)["Table"] = _whole_tables()
    shown(context, formatter)


@cache
def _whole_tables() -> Any:
    """Tables of help pages in which nothing is cut off: what is wider than its column goes on below."""
    from rich.columns import Columns
    from rich.table import Table
    from rich.text import Text

    def as_text(cell: Any) -> Any:
        """What is set in columns of its own is cut off there: it is told as one text."""
        is_text = isinstance(cell, Columns) and all(isinstance(one, Text) for one in cell.renderables)
        return Text(" ").join(cell.renderables) if is_text else cell

    class Whole(Table):
        def add_row(self, *cells: Any, **how: Any) -> None:
            super().add_row(*map(as_text, cells), **how)
            for column in self.columns:
                column.overflow = "fold"

    return Whole
