"""Wrong usage in words: what typer refuses, said as every other error is, in the language in force."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import partial
from typing import Any

from fisc.cli.language import is_english, said

#: What typer and its converters say, and how it is said here; `\\1` stands for what they name.
_SAYINGS = (
    (r"No such command '(.*?)'\. Did you mean (.*)\?", r"没有命令 \1；相近的有\2"),
    (r"No such command '(.*?)'\.?", r"没有命令 \1"),
    (r"Missing command\.?", r"缺少命令"),
    (r"No such option: (\S+).*", r"没有选项 \1"),
    (r"Got unexpected extra arguments? ?\(?s?\)? ?\((.*)\)", r"多余的参数：\1"),
    (r"Option '(.*?)' requires an argument\.?", r"选项 \1 要带一个值"),
    (r"Option '(.*?)' requires (\d+) arguments\.?", r"选项 \1 要带 \2 个值"),
    (r"Option '(.*?)' does not take a value\.?", r"选项 \1 不带值"),
    (r"Input should be a valid integer.*", r"应为整数"),
    (r"Input should be a valid number.*", r"应为数字"),
    (r"Input should be greater than or equal to (\S+)", r"不得小于 \1"),
    (r"Input should be less than or equal to (\S+)", r"不得大于 \1"),
    (r"(?:Value error, )?(.*) is not one of (.*?)\.?", r"没有\1；可用\2"),
    (r"(?:Value error, )?(.*) does not match the formats? .*", r"\1不是日期，写法如 2022-03-01"),
    (r"\S+ (.*) does not exist\.", r"没有文件 \1"),
    (r"\S+ (.*) is a directory\.", r"\1 是目录，应为文件"),
    (r"\S+ (.*) is not readable\.", r"没有权限读 \1"),
)  # fmt: skip


def words(error: Any) -> str:
    """What is wrong about the way a command was called; `error` is typer's exception of usage."""
    kind = type(error).__name__
    if kind == "MissingParameter":
        return _missing(error)
    if kind == "NoSuchOption" and (found := error.possibilities or _near(error)):
        near = ", ".join(sorted(found))
        return said(
            f"没有选项 {error.option_name}；相近的有 {near} / no option {error.option_name}, but {near}"
        )
    message = _translated(said(error.message))
    named = _named(error)
    return (
        f"{named}：{message}" if named and not is_english() else f"{named}: {message}" if named else message
    )


#: How alike two options are, from 0 to 1, of which one may be meant by the other.
_ALIKE = 0.6


def _near(error: Any) -> list[str]:
    """Options that share a word with one that the command does not have, else those written most alike."""
    if error.ctx is None:
        return []
    told = sorted({name for one in error.ctx.command.params for name in one.opts if name.startswith("--")})
    words = set(error.option_name.strip("-").split("-"))
    shared = [name for name in told if words & set(name.strip("-").split("-"))]
    return shared[:_MOST_NEAR] or get_close_matches(error.option_name, told, _MOST_NEAR, _ALIKE)


#: Options that are named in the place of one that is not there.
_MOST_NEAR = 5


def refuse_repeats(command: Any) -> None:
    """Let a command, and all below it, refuse an option given twice: of two values neither is sure."""
    command.make_parser = partial(_once, command.make_parser)
    for below in getattr(command, "commands", {}).values():
        refuse_repeats(below)


def _once(made: Any, context: Any) -> Any:
    """The parser of a command, that refuses what was said twice and may be said once."""
    parser = made(context)
    parse = parser.parse_args

    def parsed(args: list[str]) -> Any:
        values, left, given = parse(args=args)
        options = [one for one in given if one.param_type_name == "option" and not _may_repeat(one)]
        if twice := next((one for one in options if options.count(one) > 1), None):
            from typer import BadParameter

            raise BadParameter(said("只能写一次 / may be given once"), ctx=context, param=twice)
        return values, left, given

    parser.parse_args = parsed
    return parser


def _may_repeat(option: Any) -> bool:
    """Whether an option takes many values, or is a mere sign that says the same twice."""
    return bool(option.multiple or option.count or (option.is_flag and not option.secondary_opts))


def hint(error: Any) -> str:
    """Where the right way stands."""
    path = error.ctx.command_path if error.ctx else "fisc"
    return said(f"{path} --help 列出写法 / `{path} --help` tells how")


def _named(error: Any) -> str:
    """The option or argument that is wrong, as it was written."""
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    is_option = parameter.param_type_name == "option"
    return str(parameter.opts[0] if is_option else parameter.metavar or parameter.name.upper())


def _missing(error: Any) -> str:
    name, parameter = _named(error), error.param
    if parameter is not None and parameter.param_type_name == "option":
        return said(f"缺少选项 {name} / option {name} is missing")
    return said(f"缺少参数 {name} / argument {name} is missing")


def _translated(message: str) -> str:
    if is_english():
        return message
    for theirs, ours in _SAYINGS:
        if re.fullmatch(theirs, message, re.DOTALL):
            return _quoted(re.sub(theirs, ours, message, flags=re.DOTALL))
    return message


def _quoted(message: str) -> str:
    """What is named in the marks of Chinese text: “甲”、“乙” for '甲', '乙'."""
    return re.sub(r"'([^']*)'", r"“\1”", re.sub(r"', '", "'、'", message))
