"""Text as it is kept, and text as it is compared.

What looks alike must not count twice: signs nobody sees go, spaces of every kind are one space.
For keys `alike` folds more: full-width forms, all spaces. Numbers of documents have a normal form of their
own: `paper_number`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

#: Format signs (zero-width, direction, soft hyphen, byte order mark, tags) and fillers without ink.
#: U+180E stays: it belongs to the spelling of Mongolian.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\u2800\U000e0000-\U000e0fff]"
)
#: Left out of keys as well: signs that choose among forms of the letter before them.
_SELECTORS: Final = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES: Final = re.compile(r"\s+")
#: Signs that no message and no printed page can carry, and the mark of letters lost before.
_BAD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd-\uffff]")
#: Signs of documents' numbers that are written in several ways; `ledger.paper_number` has the same.
_PAPER_SIGNS: Final = str.maketrans(
    "〔〕[]【】{}〈〉<>《》「」『』〖〗〘〙❲❳⟨⟩‐‑‒–—―−﹣號abcdefghijklmnopqrstuvwxyz",
    "()" * 13 + "-" * 8 + "号ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)
#: Traditional forms of signs, each above its simplified one; `registry_plain_words` has the same.
TRADITIONAL: Final = str.maketrans(
    "內財預號發農債稅國辦資環經衛醫學業產廳東區縣費補轉撥險綜會貿購庫監評績專項標計劃設鄉鎮爾遼寧蘇廣雲貴"
    "陝滬閩贛魯瓊粵晉龍黨軍體勞務審糧聯電機關總統銀匯價歲與據從來養優撫災應緊穩個圍結構態氣質濟臺灣麗萬億"
    "運輸鐵車門開閉書記檔館員長漢滿藝術創權證註冊單點時間陽陰島嶼協幫團隊責獎勵強鄭錫儲禮煙菸貨遊娛樂飾節"
    "問錢紅賓飯幣實驗訓採備維護網絡軟賃裝築買賣給雜報紙圖燈場園檢測遷髮換領",
    "内财预号发农债税国办资环经卫医学业产厅东区县费补转拨险综会贸购库监评绩专项标计划设乡镇尔辽宁苏广云贵"
    "陕沪闽赣鲁琼粤晋龙党军体劳务审粮联电机关总统银汇价岁与据从来养优抚灾应紧稳个围结构态气质济台湾丽万亿"
    "运输铁车门开闭书记档馆员长汉满艺术创权证注册单点时间阳阴岛屿协帮团队责奖励强郑锡储礼烟烟货游娱乐饰节"
    "问钱红宾饭币实验训采备维护网络软赁装筑买卖给杂报纸图灯场园检测迁发换领",
)
#: What is no letter, digit or Han sign, of the scripts that are written in China; the database has the same.
_NO_WORDS: Final = re.compile(
    "[^0-9a-z\u00c0-\u02af\u0370-\u03ff\u0400-\u052f\u0620-\u06d3\u0f20-\u0f33\u0f40-\u0fbc\u1810-\u1819\u1820-\u18aa"
    "\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\ua000-\ua48c\uac00-\ud7a3\U00020000-\U0003ffff]+"
)
_NO_HAN: Final = re.compile("[^\u3400-\u9fff\U00020000-\U0003ffff]+")
_SMALL: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
#: How many Han signs say something.
_SENSE: Final = 4
_PAPER_SERIAL: Final = re.compile(r"\(([0-9]{4})年?\)第?0*(?=[0-9])")
_PAPER_YEAR: Final = re.compile(r"\(([0-9]{4})年?\)")
_PAPER_END: Final = re.compile(r"(〔[0-9]{4}〕[0-9]+)$")
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "（）"}
#: Signs of numbers in other widths. Nothing else is folded: ², ① and ٣ are other signs, not digits.
_NUMBER_SIGNS: Final = str.maketrans(
    "０１２３４５６７８９．，－−﹣＋％￥／：\u00a0\u202f\u3000", "0123456789.,---+%¥/:   "
)
_ENDS: Final = re.compile(rf"^(?:{_INVISIBLE.pattern}|\s)+|(?:{_INVISIBLE.pattern}|\s)+$")
#: How much of a cell a message repeats.
_MOST_REPEATED: Final = 40
_ONE_LINE_PLAIN: Final = re.compile(r"[!-~]+(?: [!-~]+)*")


@lru_cache(maxsize=1 << 16)
def tidy(text: str) -> str:
    """`text` as it is kept: without invisible signs, outer spaces and doubled spaces, on one line."""
    if _ONE_LINE_PLAIN.fullmatch(text):
        return text
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def number_text(text: str) -> str:
    """`text` as a number is kept: outer spaces and invisible signs off, what stands between digits stays."""
    return _ENDS.sub("", text)


def plain_number(text: str) -> str:
    """The text of a number or a day in half-width signs; one that looks like a digit and is none stays."""
    return number_text(text).translate(_NUMBER_SIGNS)


def brief(text: str) -> str:
    """`text` as a message repeats it: a long one by its beginning and its length."""
    said = tidy(text)
    return said if len(said) <= _MOST_REPEATED else f"{said[:_MOST_REPEATED]}…（共 {len(text):,} 字）"


def bad_sign(text: str) -> str:
    """The first sign that cannot stand in a document, as U+000B; '' where there is none."""
    found = _BAD.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def without_bad(text: str) -> str:
    """`text` as it is kept, without the signs that cannot stand in a document."""
    return tidy(_BAD.sub("", text))


@lru_cache(maxsize=1 << 16)
def alike(text: str) -> str:
    """The form in which texts are compared: what a reader would take for the same is the same."""
    if text.isascii():
        return "".join(text.split())
    return "".join(_SELECTORS.sub("", unicodedata.normalize("NFKC", tidy(text))).split())


@lru_cache(maxsize=1 << 16)
def plain_words(text: str) -> str:
    """The words of a text alone: letters (small), digits and simplified Han signs, whatever stands between.

    Purposes are compared and looked through in this form, so that neither signs nor widths nor traditional
    forms hide a word. The database has the same form (`registry_plain_words`).
    """
    folded = unicodedata.normalize("NFKC", text).translate(_SMALL).translate(TRADITIONAL)
    return _NO_WORDS.sub("", folded)


def says_something(text: str) -> bool:
    """Whether a reason can be one: four Han signs or more, not all the same (`registry_is_reason`)."""
    signs = _NO_HAN.sub("", plain_words(text))
    return len(signs) >= _SENSE and len(set(signs)) > 1


@lru_cache(maxsize=1 << 16)
def paper_number(text: str) -> str:
    """The one form of a document's number (文号): in it it is a key, is compared, stands in coding blocks.

    Brackets of any kind and width, spaces, case, 第 and zeros before the serial number, and a 号 left out do
    not tell numbers apart: 内财预[2022] 第010号 is 内财预〔2022〕10号. The database has the same form
    (`ledger.paper_number`).
    """
    plain = alike(text).translate(_PAPER_SIGNS)
    plain = _PAPER_YEAR.sub(r"〔\1〕", _PAPER_SERIAL.sub(r"〔\1〕", plain))
    return _PAPER_END.sub(r"\1号", plain)


def one_form(text: str) -> str:
    """A code or number in the one form of its signs: half-width letters and digits, é as one sign.

    Brackets keep their width: a document is called so, and they are folded where numbers are compared.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)


@lru_cache(maxsize=1 << 16)
def code(text: str) -> str:
    """A code: full-width letters and digits made plain, signs that only guard it in a sheet taken off.

    `="0012"` and `'0012` are how spreadsheets keep leading zeros; digits in groups are one number. A
    line break stays, so that whoever takes the code can refuse it.
    """
    plain = tidy(text) if not re.search(r"\S\s*[\r\n]\s*\S", text) else text.strip()
    plain = one_form(plain)
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1]
    plain = plain.removeprefix("'")
    joined = plain.replace(" ", "")
    return joined if joined.isascii() and joined.isdigit() else plain


_MARKS: Final = re.compile(r"[\s*＊:：]+")
#: Bounded: what is no heading, long and full of brackets, is looked through once.
_BRACKETED: Final = re.compile(r"[(（\[【〔](.{0,200}?)[)）\]】〕]")


@lru_cache(maxsize=1 << 12)
def heading(text: str) -> str:
    """A heading without spaces, marks, brackets and their content; letters small, forms half-width."""
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _MARKS.sub("", _BRACKETED.sub("", folded)).lower()


def in_brackets(text: str) -> list[str]:
    """What a heading says in brackets, as 万元 in 金额（万元）."""
    return [inside.strip() for inside in _BRACKETED.findall(text)]
