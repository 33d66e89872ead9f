"""Words that a purpose or a name may not say: program and database judge alike, and every such column."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.registry import elements
from fisc.registry.settings import check_parameter, check_parameters
from fisc.registry.told_words import told
from fisc.registry.word_forms import SIGNS, VARIANTS, judged_words
from fisc.sheets.text import TRADITIONAL
from tests.registry.element_makers import REGISTRAR

Conn = psycopg.Connection[Any]
CITY, DAY = "150600000", date(2022, 3, 1)

#: What purposes are made of: what is caught, what frees it, what only looks like it, and what stands between.
PARTS = (
    "购物 E 卡 卡通 一卡通 IC 社保 公务 公车 公务用车 加油 油 超市 京东 会员 福利 福利院 就诊 "
    "储值 充值 礼品 外事 礼金 典礼 券 债 消费券 文旅 发放 旅游 职工 组织 费 景区 门票 系统 娱乐 "
    "文化 活动费 健身 全民 器材 洗浴 养老院 老人 服务费 足浴 消费 三 日游 客 挂历 平 台历 史 "
    "年货 节 购买 慰问 工资 农民工 养老保险 补助 水电费 计量 施工 利息 建设期 偿还 隐性债务 "
    "还本 弥补 缺口 办公 经费 · A 8 张 片 机 车 茅台 镇 酒 红包 KTV 卷 家俱 家私 傢俬 購 咭 薪资 幹部 "
    "年终 考核 奖励 绩效 评价 月薪 保安 纪念品 话费 gift"
)

RECURRENT = (
    "年终一次性奖励 目标考核奖 绩效 奖励金 月薪 职工补贴 职工福利 养老保险 慰问金 生活补助 村干部报酬 "
    "降温费 电话费 印刷费 网络费 保安服务 话费 办公用品 十三薪 退休人员生活补贴 养老金 "
    "低保金 生活费 餐费 课时费 讲课费 医疗费报销 年终慰问 保洁服务"
)
CAPITAL = (
    "绩效评价服务 养老保险服务中心建设 产业园奖励项目基础设施 教学楼工程款 信息网络工程 电话线路迁改 "
    "印刷厂厂房改造 农民工工资 设计费 医疗费用结算系统建设 养老金融小镇道路 低保户危房改造 "
    "教学楼主体工程款 退休干部活动中心 退休职工住宅小区改造 退休教师周转房建设 医疗费结算中心建设 "
    "保洁服务中心建设 养老金发放系统建设 奖学金管理系统 营养餐费监管平台 退休人员社区服务中心"
)
GIFTS = "购买纪念品 giftcard gift话费充值 定制纪念品"
NO_GIFTS = "纪念馆修缮 话费 纪念品商店改造"


def test_the_database_judges_as_the_program(ready_conn: Conn) -> None:
    draw = random.Random(7)
    said = ["".join(draw.choices(PARTS.split(), k=draw.randint(1, 7))) for _ in range(4000)]
    for rule in ("R22", "R27", "R47", "R49"):
        rows = ready_conn.execute(
            "select s, registry_told(%s, s, %s, %s) from unnest(%s::text[]) s", [rule, CITY, DAY, said]
        ).fetchall()
        asked = [(text, bool(told(rule, text, CITY, DAY))) for text in said]
        assert [(text, bool(found)) for text, found in rows] == asked
        assert {found for _, found in asked} == {True, False}


def _traditional(word: str) -> str:
    """A word in signs that are folded: each in its last traditional or variant form."""
    forms = {meant: written for table in (TRADITIONAL, SIGNS) for written, meant in table.items()}
    return "".join(chr(forms.get(ord(sign), ord(sign))) for sign in word)


def _written() -> list[tuple[str, str, str]]:
    """Rule, word of its lists, and each way in which that may be written."""
    found = []
    for rule in ("R22", "R27", "R47"):
        lists = (check_parameter(rule, p, CITY, DAY) for p in check_parameters(rule) if p.startswith("words"))
        words = [word for said in lists for word in said.split()] + SAID.get(rule, [])
        for word in words:
            wide = "".join(chr(ord(s) + 0xFEE0) if s.isascii() else s for s in word)
            ways = (" ".join(word), "-".join(word), "·".join(word), "，".join(word), _traditional(word), wide)
            found += [(rule, word, way) for way in ways]
    return found


#: Of rules whose words are patterns: what they catch.
SAID = {
    "R27": [
        "工资",
        "奖金",
        "津补贴",
        "养老保险费",
        "办公经费",
        "水电费",
        "会议费",
        "利息",
        "隐性债务",
        "还本",
    ],
    "R47": [
        "礼品",
        "礼券",
        "节日礼包",
        "超市卡",
        "月饼券",
        "加油卡",
        "足浴费",
        "娱乐费",
        "健身费",
        "职工旅游费",
    ],
}


def test_a_word_is_found_in_whatever_way_it_is_written(ready_conn: Conn) -> None:
    written = _written()
    missed = [one for one in written if not told(one[0], one[2], CITY, DAY)]
    assert missed == [] and len(written) > 200
    rows = ready_conn.execute(
        "select r, s from unnest(%s::text[], %s::text[]) t(r, s) where registry_told(r, s, %s, %s) = '{}'",
        [[one[0] for one in written], [one[2] for one in written], CITY, DAY],
    ).fetchall()
    assert rows == []


def test_variants_mean_their_word_in_program_and_database(ready_conn: Conn) -> None:
    said = [
        *(written for written, _ in VARIANTS),
        "傢具",
        "傢俬",
        "購物咭",
        "禮卷",
        "Ｋ歌",
        "三 温 暖",
        "檯曆",
    ]
    rows = ready_conn.execute(
        "select s, registry_judged_words(s) from unnest(%s::text[]) s", [said]
    ).fetchall()
    assert rows == [(one, judged_words(one)) for one in said]
    assert {judged_words(one) for one in ("傢具", "家俱", "傢俬", "家 私", "家俬")} == {"家具"}
    signs = "".join(chr(code) for table in (TRADITIONAL, SIGNS) for code in table)
    (found,) = ready_conn.execute("select registry_judged_words(%s)", [signs]).fetchone() or ("",)
    assert found == judged_words(signs)


@pytest.mark.parametrize(
    ("rule", "caught", "free"), [("R27", RECURRENT, CAPITAL), ("R47", GIFTS, NO_GIFTS)], ids=["debt", "gifts"]
)
def test_what_is_caught_by_whatever_name_and_what_only_sounds_so(rule: str, caught: str, free: str) -> None:
    def is_told(text: str) -> bool:
        return bool(told(rule, text, CITY, DAY))

    assert [text for text in caught.split() if not is_told(text)] == []
    assert [text for text in free.split() if is_told(text)] == []


@pytest.mark.parametrize("name", ["大商卡采购", "职工旅游费", "购·物·卡", "購物咭", "提货卷采购"])
def test_no_project_is_called_after_what_public_money_does_not_buy(ready_conn: Conn, name: str) -> None:
    def project(called: str) -> elements.Project:
        return elements.Project(2022, CITY, "P1", called, "")

    with pytest.raises(psycopg.Error, match=f"项目名称“{name}”"):
        elements.define_projects(ready_conn, [project(name)], by=REGISTRAR.code, on=DAY)


def test_every_column_that_says_what_money_is_for_is_judged(ready_conn: Conn) -> None:
    from django.apps import apps

    meant = {
        (model._meta.db_table, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if str(getattr(field, "verbose_name", "")) in {"用途", "用途明细", "项目名称"}
    }
    rows = ready_conn.execute(
        "select c.relname, convert_from(substring(t.tgargs from 1 for "
        "position('\\000'::bytea in t.tgargs) - 1), 'UTF8') "
        "from pg_trigger t join pg_class c on c.oid = t.tgrelid where t.tgname = 'words'"
    ).fetchall()
    assert set(rows) == meant and ("treasury_payment", "purpose") in meant
