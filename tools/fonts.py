"""Build the fonts that `fisc.report` ships: subsets of free (SIL OFL 1.1) Chinese fonts.

A developer's tool; nothing at run time needs it. How to use it:

1. Fetch the sources with the ordinary package clients, into one folder:
     npm pack @expo-google-fonts/noto-serif-sc @expo-google-fonts/noto-sans-sc
     apt-get download fonts-lxgw-wenkai
   and unpack each (`tar xzf`, `dpkg -x`) below that folder.
2. python tools/fonts.py FOLDER
   writes fisc/report/fonts/*.ttf and coverage.txt. The licence texts beside them come from
   the packages (LICENSE_FONT; the OFL part of the Debian copyright file).

Every subset has the 7,445 characters of GB 2312 (all characters a public document uses,
but for some names), the characters of the classifications and place names we ship, and
the punctuation reports need. A subset is a modified version under the OFL, so each gets
a family name of its own and no reserved name is used. `fisc.report.fonts.missing` tells
which characters of a text no shipped font has.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

OUT = Path(__file__).parent.parent / "fisc" / "report" / "fonts"
DATA = Path(__file__).parent.parent / "fisc" / "registry" / "data"
EXTRA = "　—–…·“”‘’〔〕［］（）《》〈〉【】、。，；：？！￥％‰℃±×÷≤≥≠≈→←↑↓▲▼△▽○●□■◇◆★☆①②③④⑤⑥⑦⑧⑨⑩№−"
RARE = "堃喆玥甯垚燚犇骉祎暐昇珺滢濛鄠邨埗塱崀冇甪浬亓亍堉䶮㛃硚镕旸祇禛夌鸮鳤鿍鎏钘镈"

#: our file name, family, style, where the source lies (glob)
FONTS = (
    ("FiscSerif-Regular.ttf", "Fisc Serif", "Regular", "**/NotoSerifSC_400Regular.ttf"),
    ("FiscSerif-Bold.ttf", "Fisc Serif", "Bold", "**/NotoSerifSC_700Bold.ttf"),
    ("FiscSans-Regular.ttf", "Fisc Sans", "Regular", "**/NotoSansSC_500Medium.ttf"),
    ("FiscKai-Regular.ttf", "Fisc Kai", "Regular", "**/LXGWWenKai-Regular.ttf"),
)


def wanted() -> set[int]:
    """The code points every subset must have."""
    chars = {chr(code) for code in range(0x20, 0x7F)} | set(EXTRA) | set(RARE)
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                chars.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    for table in DATA.glob("**/*.csv"):
        chars |= set(table.read_text(encoding="utf-8"))
    return {ord(char) for char in chars if char.isprintable()}


def cut(source: Path, target: Path, family: str, style: str, codes: set[int]) -> None:
    """Write the subset of `source` with `codes`, under the family name `family`."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern", "locl", "ccmp", "mark", "mkmk"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "meta", "FFTM"]
    font = TTFont(source, lazy=False, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    rename(font, family, style)
    font.save(target)


def rename(font: TTFont, family: str, style: str) -> None:
    """Give `font` our family name, keeping its copyright and licence entries."""
    names = font["name"]
    postscript = f"{family.replace(' ', '')}-{style}"
    texts = {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript}
    names.names = [
        entry
        for entry in names.names
        if entry.nameID in (0, 5, 13, 14) and entry.platformID == 3 and entry.langID == 0x409
    ]
    for name_id, text in texts.items():
        names.setName(text, name_id, 3, 1, 0x409)
    is_bold = style == "Bold"
    font["OS/2"].usWeightClass = 700 if is_bold else 400
    font["OS/2"].fsSelection = 0x20 if is_bold else 0x40
    font["head"].macStyle = 1 if is_bold else 0
    font["head"].fontRevision = 1.0


def main(folder: Path) -> None:
    """Cut every font of FONTS found below `folder`."""
    codes = wanted()
    OUT.mkdir(parents=True, exist_ok=True)
    covered: set[int] | None = None
    for name, family, style, pattern in FONTS:
        source = next(folder.glob(pattern))
        cut(source, OUT / name, family, style, codes)
        have = set(TTFont(OUT / name).getBestCmap()) & codes
        covered = have if covered is None else covered & have
        print(f"{name}: {(OUT / name).stat().st_size:,} bytes, {len(have)} of {len(codes)} characters")
    text = "".join(chr(code) for code in sorted(covered or ()))
    (OUT / "coverage.txt").write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
