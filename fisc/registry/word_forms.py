"""The form in which purposes, names and summaries are judged by word lists, and the words of the lists too.

Beyond `plain_words` (no signs between, one width, small letters, simplified signs) it folds the rarer
traditional signs of what the lists say, and words that are written in several ways. It is no key: payees and
purposes are compared by `plain_words`, on which indexes of the database stand. The database has the same form
(`registry_judged_words`); a test compares them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from fisc.sheets.text import plain_words

#: Traditional and variant signs of what word lists say, each above its simplified one; the common ones
#: `plain_words` knows. Made of the signs of `payment_checks.csv` by the characters of OpenCC (Apache-2.0).
SIGNS: Final = str.maketrans(
    "佈係俬倫傢傳傷償兌兒兩別劇劍劑動卹厤喪囌埰執壓奬寀將對屆層屬幹彆彌彔復拏捨掛損擴敎數斷曆條棊榦樣檯櫃"
    "歷歸殘殺汙減溫潔潤濾瀰熱現瑪産療盤睏碼種積竈簽籤糉糰約納終組綠綫緑線縴織繫繳纖羅翫聲職腳膠臨舘華葯薩"
    "藥虧裏裡製複覈視覽觀訊託診証試話課諾識議讀貓貸貼賀贈輛輝迴還邊郵釘釦鈅鉑鉗銷錄録錶鎖鎭鑰閃閑閒閘閱閲"
    "闆陣隱離鞦頂頓頻題顯颱飲餅馬駕鮮麪麫麵齡齣枱咭",
    "布系私伦家传伤偿兑儿两别剧剑剂动恤历丧苏采执压奖采将对届层属干别弥录复拿舍挂损扩教数断历条棋干样台柜"
    "历归残杀污减温洁润滤弥热现玛产疗盘困码种积灶签签粽团约纳终组绿线绿线纤织系缴纤罗玩声职脚胶临馆华药萨"
    "药亏里里制复核视览观讯托诊证试话课诺识议读猫贷贴贺赠辆辉回还边邮钉扣钥铂钳销录录表锁镇钥闪闲闲闸阅阅"
    "板阵隐离秋顶顿频题显台饮饼马驾鲜面面面龄出台卡",
)
#: Words that are written otherwise than the lists say them, wrongly too (卷 for 券).
VARIANTS: Final = (
    ("家俱", "家具"),
    ("家俬", "家具"),
    ("家私", "家具"),
    ("购物卷", "购物券"),
    ("消费卷", "消费券"),
    ("提货卷", "提货券"),
    ("代金卷", "代金券"),
    ("抵用卷", "抵用券"),
    ("优惠卷", "优惠券"),
    ("储值卷", "储值券"),
    ("充值卷", "充值券"),
    ("预付卷", "预付券"),
    ("现金卷", "现金券"),
    ("礼品卷", "礼品券"),
    ("礼卷", "礼券"),
    ("月饼卷", "月饼券"),
    ("螃蟹卷", "螃蟹券"),
    ("大闸蟹卷", "大闸蟹券"),
    ("粽子卷", "粽子券"),
    ("健身卷", "健身券"),
    ("洗浴卷", "洗浴券"),
    ("桑那", "桑拿"),
    ("三温暖", "桑拿"),
    ("卡啦ok", "卡拉ok"),
    ("农民工薪资", "农民工工资"),
    ("薪资", "薪金"),
    ("烟洒", "烟酒"),
    ("名洒", "名酒"),
)


@lru_cache(maxsize=1 << 14)
def judged_words(text: str) -> str:
    """The words of a text in the form in which word lists are looked for."""
    found = plain_words(text).translate(SIGNS)
    for written, meant in VARIANTS:
        found = found.replace(written, meant)
    return found
