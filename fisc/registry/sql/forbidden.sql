-- Words that a purpose or a project's name may not say, whatever code writes it (`told` of fisc/registry/told_words.py;
-- a test compares them). The rows are `payment_checks.csv`; what a region settles is kept above the registry: bodies are
-- bound when they are asked.

-- The words of a text in the form in which word lists are looked for, as `judged_words` of the program
-- (fisc/registry/word_forms.py): a test compares them. No key and no index stands on it.
create or replace function registry_judged_words(said text) returns text language plpgsql immutable parallel safe as $$
declare
    found text := translate(registry_plain_words(said),
        '佈係俬倫傢傳傷償兌兒兩別劇劍劑動卹厤喪囌埰執壓奬寀將對屆層屬幹彆彌彔復拏捨掛損擴敎數斷曆條棊榦樣檯櫃' ||
        '歷歸殘殺汙減溫潔潤濾瀰熱現瑪産療盤睏碼種積竈簽籤糉糰約納終組綠綫緑線縴織繫繳纖羅翫聲職腳膠臨舘華葯薩' ||
        '藥虧裏裡製複覈視覽觀訊託診証試話課諾識議讀貓貸貼賀贈輛輝迴還邊郵釘釦鈅鉑鉗銷錄録錶鎖鎭鑰閃閑閒閘閱閲' ||
        '闆陣隱離鞦頂頓頻題顯颱飲餅馬駕鮮麪麫麵齡齣枱咭',
        '布系私伦家传伤偿兑儿两别剧剑剂动恤历丧苏采执压奖采将对届层属干别弥录复拿舍挂损扩教数断历条棋干样台柜' ||
        '历归残杀污减温洁润滤弥热现玛产疗盘困码种积灶签签粽团约纳终组绿线绿线纤织系缴纤罗玩声职脚胶临馆华药萨' ||
        '药亏里里制复核视览观讯托诊证试话课诺识议读猫贷贴贺赠辆辉回还边邮钉扣钥铂钳销录录表锁镇钥闪闲闲闸阅阅' ||
        '板阵隐离秋顶顿频题显台饮饼马驾鲜面面面龄出台卡');
    variant text[];
begin
    if found !~ '[俱俬私卷那暖啦资洒]' then
        return found;
    end if;
    foreach variant slice 1 in array array[
        ['家俱', '家具'], ['家俬', '家具'], ['家私', '家具'], ['购物卷', '购物券'], ['消费卷', '消费券'],
        ['提货卷', '提货券'], ['代金卷', '代金券'], ['抵用卷', '抵用券'], ['优惠卷', '优惠券'], ['储值卷', '储值券'],
        ['充值卷', '充值券'], ['预付卷', '预付券'], ['现金卷', '现金券'], ['礼品卷', '礼品券'], ['礼卷', '礼券'],
        ['月饼卷', '月饼券'], ['螃蟹卷', '螃蟹券'], ['大闸蟹卷', '大闸蟹券'], ['粽子卷', '粽子券'], ['健身卷', '健身券'],
        ['洗浴卷', '洗浴券'], ['桑那', '桑拿'], ['三温暖', '桑拿'], ['卡啦ok', '卡拉ok'], ['农民工薪资', '农民工工资'], ['薪资', '薪金'],
        ['烟洒', '烟酒'], ['名洒', '名酒']] loop
        found := replace(found, variant[1], variant[2]);
    end loop;
    return found;
end $$;

-- Words and patterns of a rule over the judged form: its rows of the region or of all on a day, and the region's own words.
create or replace function registry_word_forms(of_rule text, region text, on_day date)
returns table (is_free boolean, parameter text, form text) language plpgsql stable as $$
begin
    return query
    with held as (
        select distinct on (c.parameter) c.parameter::text as parameter, c.value::text as value from registry_payment_check c
        where c.rule_id = of_rule and c.mof_div_code in (region, '') and c.valid_from <= on_day::text
            and (c.valid_to = '' or c.valid_to >= on_day::text)
        order by c.parameter, c.mof_div_code desc, c.valid_from desc),
    own as (
        select distinct on (k.parameter) k.parameter, s.value
        from (values ('R47', 'words', 'forbidden_words'), ('R47', 'allowed', 'allowed_words'),
                     ('R27', 'words', 'debt_words'), ('R27', 'allowed', 'debt_allowed_words'),
                     ('R22', 'words', 'irregular_words')) k(rule, parameter, setting)
        join registry_own_settings() with ordinality s
            on s.setting = k.setting and s.mof_div_code = region and s.valid_from <= on_day
        where k.rule = of_rule order by k.parameter, s.ordinality desc)
    select starts_with(t.parameter, 'allowed'), t.parameter, f.form
    from (select * from held union all select * from own) t
    cross join lateral (
        select t.value as form where strpos(t.parameter, 'pattern') > 0
        union all
        select registry_judged_words(w) from regexp_split_to_table(t.value, '\s+') w
        where strpos(t.parameter, 'pattern') = 0) f
    where f.form <> '';
end $$;

-- Where any of these stands in a plain text, the longest at each place: the first sign, and the one after the last.
create or replace function registry_word_spans(plain text, forms text[])
returns table (first int, after int) language sql immutable parallel safe as $$
    select s, max(regexp_instr(plain, f, s, 1, 1)) from generate_series(1, length(plain)) s cross join unnest(forms) f
    where regexp_instr(plain, f, s, 1, 0) = s group by s
$$;

-- What of a rule's words a text says; rows `aside` are left out. A word is free where one that is allowed covers it whole.
create or replace function registry_told(of_rule text, said text, region text, on_day date, aside text[] default '{}')
returns text[] language plpgsql stable as $$
declare
    plain text := registry_judged_words(said);
    caught text[];
    free text[];
begin
    select array_agg(f.form) filter (where not f.is_free), array_agg(f.form) filter (where f.is_free) into caught, free
        from registry_word_forms(of_rule, region, on_day) f where f.parameter <> all (aside);
    if caught is null or plain !~ ('(?:' || array_to_string(caught, ')|(?:') || ')') then
        return '{}';
    end if;
    return array(
        with found as (
            select c.* from registry_word_spans(plain, caught) c
            where not exists (select from registry_word_spans(plain, coalesce(free, '{}')) a
                              where a.first <= c.first and c.after <= a.after))
        select substr(plain, c.first, c.after - c.first) from found c
        where not exists (select from found o where o.first < c.first and c.after <= o.after)
        order by c.first);
end $$;

-- What debt may not pay that a text says (R27), of a block of debt: repayment of principal (231) is what refinancing is for.
create or replace function registry_debt_words(said text, block jsonb, region text, on_day date)
returns text[] language sql stable as $$
    select registry_told('R27', said, region, on_day, case when starts_with(block ->> 'exp_func_code', '231')
        then array['pattern_of_debt'] else '{}'::text[] end)
$$;

-- Refuses rows of which a text says what public money does not buy (R47), or, of debt, what debt does not pay (R27).
-- What stands in a trail is judged of the day of its last step, an element of the last day of its year. The expressions
-- of a rule are asked for once for each region and day.
create or replace function registry_judge_words(added jsonb, told_in text, label text) returns void language plpgsql as $$
declare bad record;
begin
    with one as (
        select r, r ->> told_in as said, coalesce(r ->> 'doc_key', r ->> 'pro_code') as key,
               r ->> 'mof_div_code' as region,
               coalesce((r -> 'trail' -> -1 ->> 3)::date, make_date((r ->> 'fiscal_year')::int, 12, 31)) as on_day
        from jsonb_array_elements(added) r),
    suspect as (
        select o.* from one o join (
            select p.region, p.on_day, (
                select '(?:' || string_agg(f.form, ')|(?:') || ')' from unnest(array['R47', 'R27']) rule
                cross join lateral registry_word_forms(rule, p.region, p.on_day) f where not f.is_free) as any_of
            from (select distinct region, on_day from one) p) p using (region, on_day)
        where registry_judged_words(o.said) ~ p.any_of),
    judged as (
        select s.key, s.said, f.rule, f.hits from suspect s
        left join lateral (select to_jsonb(c) as block from ledger.blocks((s.r ->> 'coding_id')::int) c) c on true
        cross join lateral (
            select 'R47' as rule, registry_told('R47', s.said, s.region, s.on_day) as hits
            union all
            select 'R27', registry_debt_words(s.said, coalesce(c.block, s.r), s.region, s.on_day)
            where registry_is_debt(coalesce(c.block, s.r))) f
        where cardinality(f.hits) > 0)
    select * into bad from judged order by key, rule desc limit 1;
    if not found then
        return;
    end if;
    perform ledger.refuse('FS104',
        format(case bad.rule when 'R27' then '债务资金用于经常性支出：%s 的%s“%s”含有“%s”'
            else '公款不得购买：%s 的%s“%s”含有“%s”' end, bad.key, label, bad.said, array_to_string(bad.hits, '、')),
        case bad.rule when 'R27' then 'R27 债务资金用于经常性支出（预算法第三十五条）'
            else 'R47 公款购买购物卡、礼品和个人消费（国办发〔2011〕25号；党政机关厉行节约反对浪费条例；党政机关国内公务接待管理规定）' end,
        '这类支出一律禁止；' || label || '写得不准确的，请据实写明后重新提交',
        jsonb_build_object('keys', jsonb_build_array(bad.key), 'refused', 1));
end $$;

create or replace function registry_guard_written() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform registry_judge_words((select jsonb_agg(to_jsonb(a)) from added a), tg_argv[0], tg_argv[1]);
    else
        perform registry_judge_words(jsonb_build_array(to_jsonb(new)), tg_argv[0], tg_argv[1]);
    end if;
    return null;
end $$;

-- Attach the guard to a column that says what money is for. May be called again.
create or replace function registry_guard_words(of_table regclass, told_in text, label text) returns void language plpgsql as $$
begin
    execute format('create or replace trigger words after insert on %s referencing new table as added '
        'for each statement execute function registry_guard_written(%L, %L)', of_table, told_in, label);
    execute format('create or replace trigger words_anew after update of %1$I on %2$s for each row '
        'when (new.%1$I is distinct from old.%1$I) execute function registry_guard_written(%1$L, %3$L)',
        told_in, of_table, label);
end $$;
select registry_guard_words('registry_project', 'name', '项目名称');
