"""Where a row of data is from, as people read it: the paper's number, in Chinese.

The data keeps its provenance as who maintains it writes it. People are shown the paper, and whether it was
checked against a published text; what only says how a maintainer found it is left out. Only what the shipped
tables say is put into words: what people entered stands as they wrote it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from fisc.sheets.shipped import read_shipped

#: What maintainers write, and what people read of it, in this order.
_WORDS: Final = (
    (r"[,;；，]? *recalled, not checked against a published text", "（凭记忆，待核实）"),
    (r"[,;；，]? *(?:scope |code |days |类别为 )?recalled", "（凭记忆，待核实）"),
    (r"fisc design[\w :-]*", "本软件的做法 "),
    (r"; (?:code|entry) proposed by fisc", "（代码、分录为本软件所拟）"),
    (r"as quoted in ", ""),
    (r"a (?:rule|mark) of this program(?:, no national value known)?", "本软件的规定"),
    (r"(?:monitoring rule|rule list of) [\w ()]*", "公开的省级监控规则"),
    (r"public compilation of the tax-sharing rules", "公开汇编的分税办法"),
    (r"split of the region and its leagues: not found; [\w ]*", "省与市县的分成比例未查到，暂留征收地"),
    (r"values seen in a public front end of the unified budget system", "预算管理一体化系统公开界面"),
    (r"a public DDL of the national performance module[\w ()]*", "全国绩效模块公开的数据结构"),
    (r"element names of the national budget-management tables", "预算管理一体化规范的要素"),
    (r"common worksheet wording", "通用表头"),
    (r"recorded here", "本地登记"),
    (
        r"(?:carried back from |names in |named in |scope from )?(?:a city's )?published [\w ,-]*",
        "公开的预算决算资料",
    ),
    (r"public (?:code list|research note|indicator compilations)[\w ()]*", "公开资料"),
    (r"art\. (\d+)(-\d+)?", r"第\1\2条"),
    (r" and ", "、"),
)  # fmt: skip
_ENGLISH: Final = re.compile(r"[A-Za-z]{2,}")
#: Words in letters that stand in Chinese texts too.
_KEPT: Final = frozenset({"GB", "BT", "ISO", "XML", "GDP", "PPP"})
_UNSAID: Final = "公开资料"


def paper_words(text: str) -> str:
    """A text with the provenance of shipped data that it holds in Chinese; any other text as it is."""
    if set(_ENGLISH.findall(text)) <= _KEPT:
        return text
    return _shipped().sub(lambda found: _in_chinese(found[0]), text)


@cache
def _shipped() -> re.Pattern[str]:
    """What shipped tables say in letters of where their rows are from, where a text has it by itself."""
    tables = (
        (f"fisc.{part.name}", table.name) for part in files("fisc").iterdir()
        if (data := part / "data").is_dir() for table in data.iterdir() if table.name.endswith(".csv")
    )  # fmt: skip
    rows = (row for package, name in tables for row in read_shipped(package, name))
    said = {source for row in rows if _ENGLISH.search(source := row.get("source") or "")}
    longest_first = sorted(said, key=lambda source: (-len(source), source))
    return re.compile(f"(?<![^（；：，])(?:{'|'.join(map(re.escape, longest_first))})(?![^）；，。])")


def _in_chinese(source: str) -> str:
    said = source
    for pattern, words in _WORDS:
        said = re.sub(pattern, words, said, flags=re.ASCII)
    parts = list(dict.fromkeys(filter(None, map(_chinese, re.split(r"[;；]", said)))))
    said = "；".join(parts).replace("；（", "（").replace(" （", "（").replace(" ）", "）")
    return said.strip("（）") if said.startswith("（") else said or _UNSAID


def _chinese(part: str) -> str:
    """A part of a text without the words that are not Chinese; '' where nothing is left to read."""
    left = _ENGLISH.sub(lambda found: found[0] if found[0] in _KEPT else "", part)
    left = re.sub(r"\s*\([^)一-鿿]*\)|'s\b|:? \b[a-z]\b", "", left)
    left = re.sub(r"\s{2,}", " ", left).strip(" ,，.、-")
    return left if re.search("[一-鿿]", left) else ""
