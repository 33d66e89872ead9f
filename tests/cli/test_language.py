"""Help and errors of usage speak one language at a time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fisc.cli import language, main
from fisc.cli.exit_codes import ExitCode
from tests.cli.commands import Command, every_command

HAN = re.compile("[\u3400-\u9fff]")
#: Words of English, as no name of an option, a unit or a file is.
ENGLISH = re.compile(r"(?<![\w./:-])(?:the|of|and|to|is|are|by|in|with|or|from|what|which|as)(?![\w./:-])")
EVERY = every_command()


def texts(command: Command) -> list[str]:
    """All that help says of a command."""
    of = command.of
    said = [of.help, of.epilog, of.short_help, *(getattr(p, "help", None) for p in of.params)]
    said += [p.metavar for p in of.params if HAN.search(p.metavar or "")]
    return [text for text in said if text]


@pytest.mark.parametrize("command", EVERY, ids=lambda one: " ".join(one.words))
def test_what_help_says_is_chinese_or_english_and_not_both(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in texts(command):
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        chinese = language.said(text)
        assert HAN.search(chinese), text
        assert not ENGLISH.search(chinese), text
        monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
        assert not HAN.search(language.said(text)), text


@pytest.mark.parametrize(
    ("locale", "is_english"),
    [
        ({}, False), ({"LANG": "C.UTF-8"}, False), ({"LC_ALL": "POSIX"}, False), ({"LANG": "zh_TW"}, False),
        ({"LANG": "en_US.UTF-8"}, True), ({"LC_MESSAGES": "de_DE@euro", "LANG": "zh_CN"}, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False), ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, True),
    ],
)  # fmt: skip
def test_the_strongest_variable_that_is_set_names_the_language(
    locale: dict[str, str], is_english: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert language.is_english() is is_english


def spoken(node: ast.expr, names: dict[str, ast.expr]) -> str:
    """A text of a program, with a figure where something is put in; texts by name are looked up."""
    if isinstance(node, ast.Name):
        return spoken(names[node.id], names) if node.id in names else "1"
    if isinstance(node, ast.Call):
        return spoken(node.args[0], names)
    if isinstance(node, ast.JoinedStr):
        return "".join(spoken(one, names) for one in node.values)
    if isinstance(node, ast.FormattedValue):
        is_text = isinstance(node.value, ast.Name) and isinstance(names.get(node.value.id), ast.JoinedStr)
        return spoken(node.value, names) if is_text else "1"
    assert isinstance(node, ast.Constant), ast.dump(node)
    return str(node.value)


def wrong_usage() -> Iterator[tuple[str, str]]:
    """Where a command refuses what it was called with, and what it says."""
    for path in sorted(Path(main.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for within in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            names = {
                target.id: one.value
                for one in ast.walk(within) if isinstance(one, ast.Assign)
                for target in one.targets if isinstance(target, ast.Name)
            }  # fmt: skip
            for call in (one for one in ast.walk(within) if isinstance(one, ast.Call) and one.args):
                if ast.unparse(call.func).endswith("BadParameter"):
                    yield f"{path.name}:{call.lineno}", spoken(call.args[0], names)


def test_every_refusal_of_usage_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    found = list(wrong_usage())
    assert len(found) > 15
    assert [(place, text) for place, text in found if HAN.search(language.said(text))] == []


@pytest.mark.parametrize("wanted", [["--help"], ["capital", "stakes", "--help"], ["figures", "value", "-h"]])
def test_typers_own_words_are_in_the_language_of_the_rest(
    wanted: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main.run(wanted) == ExitCode.OK
    shown = capsys.readouterr().out
    assert not re.search("Usage|Options|Arguments|Commands|Show this|required|default|OPTIONS", shown)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert main.run(wanted) == ExitCode.OK
    english = capsys.readouterr().out
    assert "Usage: fisc" in english
    assert not HAN.search(re.sub(r"default: .*?\]", "", english))


@pytest.mark.parametrize(
    ("wrong", "chinese", "english"),
    [
        (["nonsense"], "没有命令 nonsense", "No such command 'nonsense'."),
        (["db", "stat"], "没有命令 stat；相近的有“start”、“status”", "No such command 'stat'"),
        (["db"], "", ""),
        (["figures", "show"], "缺少参数 FIGURE_ID", "argument FIGURE_ID is missing"),
        (["clocks", "--year", "2022"], "缺少选项 --region", "option --region is missing"),
        (["db", "stop", "--forc"], "没有选项 --forc；相近的有 --force", "no option --forc, but --force"),
        (["db", "stop", "now"], "多余的参数：now", "extra argument"),
        (["db", "shell", "-c"], "选项 -c 要带一个值", "requires an argument"),
        (["db", "stop", "--force=1"], "选项 --force 不带值", "does not take a value"),
        (["trace", "x", "--limit", "x"], "--limit：应为整数", "--limit: Input should be a valid integer"),
        (["trace", "x", "--limit", "0"], "--limit：不得小于 1", "--limit: Input should be greater"),
        (["sim", "run", "--scale", "x"], "--scale：应为数字", "--scale: Input should be a valid number"),
        (["figures", "value", "x", "--scope", "all"], "--scope：没有“all”；可用“whole”、“own”", "is not"),
        (["treasury", "refund", "--remark-of-refund", "x"], "相近的有 --refund-no", "but --refund-no"),
        (["treasury", "show"], "缺少支付申请编号", "PAY_APP_NO is missing"),
        (["treasury", "apply"], "缺少选项 --pay-app-no（支付申请编号）", "missing options: --pay-app-no"),
        (["treasury", "review", "A1", "--file", "a.csv"], "不再另写 支付申请编号", "leave out PAY_APP_NO"),
        (["treasury", "revise"], "缺少支付申请编号，也可用 --file 给出", "PAY_APP_NO is missing"),
        (["treasury", "revise", "A1", "--file", "a.csv"], "不再另写 支付申请编号", "leave out PAY_APP_NO"),
        (["treasury", "revise", "A1"], "至少写一栏：--amount（金额）", "at least one of --amount"),
        (["budget", "revise-advances", "K1"], "至少写一栏：--amount（金额）", "at least one of --amount"),
        (["treasury", "apply", "--sheet", "x"], "请一并写明 --file", "--sheet is of a --file"),
        (["findings", "look", "--on", "1.3."], "--on：“1.3.”不是日期，写法如 2022-03-01", "does not match"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_in_the_language_in_force(
    wrong: list[str], chinese: str, english: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for locale, words, what_to_do in (("zh_CN", chinese, "怎么办："), ("en_GB", english, "What to do: ")):
        monkeypatch.setenv("LC_ALL", locale)
        assert main.run(wrong) == ExitCode.USAGE
        told = capsys.readouterr()
        assert words in " ".join(told.err.split())
        if words:
            assert (what_to_do in told.err, told.out) == (True, "")
            assert locale == "zh_CN" or not HAN.search(told.err)
