-- What holds for elements whatever code writes: no row of a snapshot goes or changes its key,
-- and a guarded document table takes no agency, project or theme that is not enabled in its year.

-- The words of a text alone, as `plain_words` of the program (fisc/sheets/text.py): a test compares them.
create or replace function registry_plain_words(said text)
returns text language sql immutable parallel safe as $$
    select regexp_replace(translate(normalize(said, NFKC), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
        || '內財預號發農債稅國辦資環經衛醫學業產廳東區縣費補轉撥險綜會貿購庫監評績專項標計劃設鄉鎮爾遼寧蘇廣雲貴'
        || '陝滬閩贛魯瓊粵晉龍黨軍體勞務審糧聯電機關總統銀匯價歲與據從來養優撫災應緊穩個圍結構態氣質濟臺灣麗萬億'
        || '運輸鐵車門開閉書記檔館員長漢滿藝術創權證註冊單點時間陽陰島嶼協幫團隊責獎勵強鄭錫儲禮煙菸貨遊娛樂飾節'
        || '問錢紅賓飯幣實驗訓採備維護網絡軟賃裝築買賣給雜報紙圖燈場園檢測遷髮換領',
        'abcdefghijklmnopqrstuvwxyz'
        || '内财预号发农债税国办资环经卫医学业产厅东区县费补转拨险综会贸购库监评绩专项标计划设乡镇尔辽宁苏广云贵'
        || '陕沪闽赣鲁琼粤晋龙党军体劳务审粮联电机关总统银汇价岁与据从来养优抚灾应紧稳个围结构态气质济台湾丽万亿'
        || '运输铁车门开闭书记档馆员长汉满艺术创权证注册单点时间阳阴岛屿协帮团队责奖励强郑锡储礼烟烟货游娱乐饰节'
        || '问钱红宾饭币实验训采备维护网络软赁装筑买卖给杂报纸图灯场园检测迁发换领'),
        '[^0-9a-z\u00c0-\u02af\u0370-\u03ff\u0400-\u052f\u0620-\u06d3\u0f20-\u0f33\u0f40-\u0fbc\u1810-\u1819\u1820-\u18aa'
        || '\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\ua000-\ua48c\uac00-\ud7a3\U00020000-\U0003ffff]+', '', 'g')
$$;

-- A reason has four Han signs or more, not all the same, as `says_something` of the program. The bodies are bound when
-- they are made.
create or replace function registry_han_signs(said text)
returns text language sql immutable parallel safe
return regexp_replace(registry_plain_words(said), '[^\u3400-\u9fff\U00020000-\U0003ffff]+', '', 'g');
create or replace function registry_is_reason(said text)
returns boolean language sql immutable parallel safe
return length(registry_han_signs(said)) >= 4
    and replace(registry_han_signs(said), left(registry_han_signs(said), 1), '') <> '';

-- Why an element was revised, disabled or enabled says something; what stood before this was asked is left alone.
create or replace function registry_guard_reason() returns trigger language plpgsql as $$
begin
    perform ledger.refuse('FS104', format('%s 的原因“%s”说明不了理由', new.code, left(new.reason, 40)),
        '超出常规、退回、作废、更正的，写明情况后办理（会计法第十四条）', '请写明情况，至少四个不同的汉字');
    return null;
end $$;
create or replace trigger says_reason after insert on registry_element_event
    for each row when (not registry_is_reason(new.reason)) execute function registry_guard_reason();

create or replace function registry_lock_elements(is_alone boolean) returns void language plpgsql as $$
begin
    -- 'FSEL' as a number. Documents hold it shared, disabling takes it alone: who disables waits
    -- for documents under way, and documents after it see what was disabled.
    if is_alone then
        perform pg_advisory_xact_lock(1179862348, 0);
    else
        perform pg_advisory_xact_lock_shared(1179862348, 0);
    end if;
end $$;

create or replace function registry_keep_elements() returns trigger language plpgsql as $$
begin
    perform ledger.refuse('FS006', format('登记的要素不能删除，年度与编码不能修改（表 %s）', tg_table_name),
        '要素按年度留存，可停用，不可删除', '请停用该要素，或在新年度登记新编码');
    return null;
end $$;

do $$
declare one record;
begin
    for one in select * from (values
        ('registry_agency', array['fiscal_year', 'mof_div_code', 'agency_code']),
        ('registry_project', array['fiscal_year', 'mof_div_code', 'pro_code']),
        ('registry_payee', array['fiscal_year', 'payee_code']),
        ('registry_payee_account', array['fiscal_year', 'acct_no', 'payee_code']),
        ('registry_theme', array['fiscal_year', 'code']),
        ('registry_tag', array['fiscal_year', 'code'])) t(name, keys) loop
        execute format('create or replace trigger kept before delete or truncate on %I '
                       'for each statement execute function registry_keep_elements()', one.name);
        execute format('create or replace trigger key_kept before update on %I for each row when (%s) '
                       'execute function registry_keep_elements()', one.name,
                       (select string_agg(format('old.%1$I is distinct from new.%1$I', k), ' or ')
                        from unnest(one.keys) k));
    end loop;
end $$;
create or replace trigger kept before update or delete or truncate on registry_element_event
    for each statement execute function registry_keep_elements();

-- `bad` is [{year, region, code, name, reason}], reason null where the element is unknown.
create or replace function registry_refuse_elements(label text, bad jsonb) returns void language plpgsql as $$
declare
    is_disabled boolean := exists (select from jsonb_array_elements(bad) b where b ->> 'reason' is not null);
    named text := (select string_agg(n.words, '、') from (
        select format('%s 年 %s %s%s', b ->> 'year', b ->> 'region', b ->> 'code',
                      case when b ->> 'reason' is null then '未登记'
                           else format('%s已停用（%s）', b ->> 'name', b ->> 'reason') end) as words
        from jsonb_array_elements(bad) b
        where (b ->> 'reason' is not null) = is_disabled limit 20) n);
begin
    perform ledger.refuse(case when is_disabled then 'FS201' else 'FS202' end,
        format('%s不可用：%s', label, named),
        '停用或未登记的要素不得使用（预算管理一体化规范，财办〔2020〕13号）',
        case when is_disabled then '请改用启用的要素，或先恢复启用' else '请先登记该年度的要素，或结转上年要素' end,
        jsonb_build_object('items', bad, 'refused', jsonb_array_length(bad)));
end $$;

-- The other payees of a year that are the same: of one credit code, or of one name, however it is written. Two whose codes
-- differ are two, and persons may share a name.
create index if not exists registry_payee_name on registry_payee (registry_plain_words(name), fiscal_year);
create index if not exists registry_payee_credit on registry_payee (credit_code, fiscal_year) where credit_code <> '';
drop function if exists registry_refuse_namesake(integer, text, text, text);
drop function if exists registry_namesakes(integer, text, text, text);
create or replace function registry_namesakes(of_year integer, of_code text, of_name text, of_kind text, of_credit text)
returns table (payee_code text, what text) language sql stable as $$
    select p.payee_code, '是同一统一社会信用代码（' || of_credit || '）' from registry_payee p
    where of_credit <> '' and p.credit_code = of_credit and p.credit_code <> '' and p.fiscal_year = of_year
        and p.payee_code <> of_code and p.is_enabled
    union all
    select p.payee_code, '同名' from registry_payee p
    where registry_plain_words(p.name) = registry_plain_words(of_name) and p.fiscal_year = of_year
        and p.payee_code <> of_code and p.is_enabled and not (p.kind = 'person' and of_kind = 'person')
        and not (of_credit <> '' and p.credit_code <> '')
$$;

-- What is one payee stands under one code, whoever comes first. What is carried on from another year stands.
create or replace function registry_refuse_namesake(of_year integer, of_code text, of_name text, of_kind text, of_credit text)
returns void language plpgsql as $$
declare other record;
begin
    select n.payee_code, n.what into other from registry_namesakes(of_year, of_code, of_name, of_kind, of_credit) n
        order by 1, 2 limit 1;
    if found then
        perform ledger.refuse('FS203', format('收款人 %s 与收款人 %s %s（%s）', of_code, other.payee_code, other.what, of_name),
            '一个收款人只有一个编码，个人重名的除外（防止以不同编码重复、拆分支付）',
            '同一收款人的账号请加在原编码之下；确为另一单位的，请按账户户名写全称，或都登记统一社会信用代码',
            jsonb_build_object('keys', jsonb_build_array(of_code), 'refused', 1));
    end if;
end $$;
create or replace function registry_wait_for_names() returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(1179862348, 1);  -- beside the lock of elements
end $$;
create or replace function registry_guard_payee_names() returns trigger language plpgsql as $$
begin
    perform registry_wait_for_names();
    if tg_op = 'INSERT' then
        perform registry_refuse_namesake(a.fiscal_year, a.payee_code, a.name, a.kind, a.credit_code)
            from added a where a.is_enabled and a.rolled_from is null;
    else
        perform registry_refuse_namesake(new.fiscal_year, new.payee_code, new.name, new.kind, new.credit_code);
    end if;
    return null;
end $$;
create or replace trigger payee_names after insert on registry_payee referencing new table as added
    for each statement execute function registry_guard_payee_names();
create or replace trigger payee_names_anew after update on registry_payee for each row
    when (new.is_enabled and (new.name, new.kind, new.is_enabled, new.credit_code)
          is distinct from (old.name, old.kind, old.is_enabled, old.credit_code))
    execute function registry_guard_payee_names();

-- A project is spent by its unit, or by a unit of the department whose project it is.
create or replace function registry_refuse_owner(named text[]) returns void language plpgsql as $$
begin
    if cardinality(named) > 0 then
        perform ledger.refuse('FS104', '预算项目不是该单位的：' || array_to_string(named, '、'),
            '项目支出按项目库的申报单位安排（预算法实施条例第四十一条）', '请改用本单位的项目，或先把项目转到该单位',
            jsonb_build_object('items', to_jsonb(named), 'refused', cardinality(named)));
    end if;
end $$;

-- One question for each element named in the trigger's arguments, whatever the number of rows.
create or replace function registry_guard_elements() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare bad jsonb;
begin
    perform registry_lock_elements(false);
    if 'agency_code' = any (tg_argv) then
        select jsonb_agg(to_jsonb(u)) into bad from (
            select w.fiscal_year as year, w.mof_div_code as region, w.agency_code as code, e.name,
                   e.disable_reason as reason
            from (select distinct fiscal_year, mof_div_code, agency_code from added
                  where mof_div_code <> '' and agency_code <> '') w
            left join registry_agency e on e.fiscal_year = w.fiscal_year
                 and e.mof_div_code = w.mof_div_code and e.agency_code = w.agency_code
            where e.is_enabled is not true order by 1, 2, 3) u;
        if bad is not null then
            perform registry_refuse_elements('预算单位', bad);
        end if;
    end if;
    if 'pro_code' = any (tg_argv) then
        select jsonb_agg(to_jsonb(u)) into bad from (
            select w.fiscal_year as year, w.mof_div_code as region, w.pro_code as code, e.name,
                   e.disable_reason as reason
            from (select distinct fiscal_year, mof_div_code, pro_code from added
                  where mof_div_code <> '' and pro_code <> '') w
            left join registry_project e on e.fiscal_year = w.fiscal_year
                 and e.mof_div_code = w.mof_div_code and e.pro_code = w.pro_code
            where e.is_enabled is not true order by 1, 2, 3) u;
        if bad is not null then
            perform registry_refuse_elements('预算项目', bad);
        end if;
    end if;
    if tg_argv @> array['agency_code', 'pro_code'] then
        perform registry_refuse_owner(array(
            select format('%s（%s 的，不是 %s 的）', w.pro_code, p.agency_code, w.agency_code)
            from (select distinct fiscal_year, mof_div_code, agency_code, pro_code from added
                  where mof_div_code <> '' and agency_code <> '' and pro_code <> '') w
            join registry_project p on p.fiscal_year = w.fiscal_year
                 and p.mof_div_code = w.mof_div_code and p.pro_code = w.pro_code
            join registry_agency e on e.fiscal_year = w.fiscal_year
                 and e.mof_div_code = w.mof_div_code and e.agency_code = w.agency_code
            where p.agency_code not in ('', w.agency_code, e.dept_code) order by 1 limit 20));
    end if;
    if 'theme_code' = any (tg_argv) then
        select jsonb_agg(to_jsonb(u)) into bad from (
            select w.fiscal_year as year, '' as region, w.theme_code as code, e.name, e.disable_reason as reason
            from (select distinct fiscal_year, theme_code from added where theme_code <> '') w
            left join registry_theme e on e.fiscal_year = w.fiscal_year and e.code = w.theme_code
            where e.is_enabled is not true order by 1, 3) u;
        if bad is not null then
            perform registry_refuse_elements('专题', bad);
        end if;
    end if;
    return null;
end $$;

-- A row that takes another element is asked about like a new one. Rows that merely move on in
-- their flow keep their elements and cost nothing here.
create or replace function registry_guard_changed_element() returns trigger language plpgsql as $$
declare
    code text := to_jsonb(new) ->> tg_argv[0];
    region text := case when tg_argv[0] = 'theme_code' then '' else to_jsonb(new) ->> 'mof_div_code' end;
    year smallint := new.fiscal_year;
    found_name text;
    found_reason text;
    is_usable boolean;
begin
    if code = '' or (region = '' and tg_argv[0] <> 'theme_code') then
        return new;
    end if;
    perform registry_lock_elements(false);
    execute case tg_argv[0]
        when 'agency_code' then 'select is_enabled, name, disable_reason from registry_agency '
            'where fiscal_year = $1 and mof_div_code = $2 and agency_code = $3'
        when 'pro_code' then 'select is_enabled, name, disable_reason from registry_project '
            'where fiscal_year = $1 and mof_div_code = $2 and pro_code = $3'
        else 'select is_enabled, name, disable_reason from registry_theme '
            'where fiscal_year = $1 and $2 = '''' and code = $3' end
        into is_usable, found_name, found_reason using year, region, code;
    if is_usable is not true then
        perform registry_refuse_elements(tg_argv[1], jsonb_build_array(jsonb_build_object('year', year,
            'region', region, 'code', code, 'name', found_name, 'reason', found_reason)));
    end if;
    return new;
end $$;

-- Attach the guard to a document table: it must have fiscal_year and mof_div_code, and is
-- guarded for those of agency_code, pro_code and theme_code that it has. May be called again.
create or replace function registry_guard_table(document_table regclass) returns void language plpgsql as $$
declare
    has text[] := array(select attname::text from pg_attribute
                        where attrelid = document_table and attnum > 0 and not attisdropped);
    guarded text[][] := array[['agency_code', '预算单位'], ['pro_code', '预算项目'], ['theme_code', '专题']];
    one text[];
    elements text[] := '{}';
begin
    if not has @> array['fiscal_year', 'mof_div_code'] then
        raise exception 'table % has no fiscal_year and mof_div_code', document_table;
    end if;
    foreach one slice 1 in array guarded loop
        if one[1] = any (has) then
            elements := elements || quote_literal(one[1]);
            execute format('create or replace trigger guard_%1$s before update of %1$s, fiscal_year, '
                'mof_div_code on %2$s for each row when (row(new.%1$s, new.fiscal_year, new.mof_div_code) '
                'is distinct from row(old.%1$s, old.fiscal_year, old.mof_div_code)) '
                'execute function registry_guard_changed_element(%1$L, %3$L)',
                one[1], document_table, one[2]);
        end if;
    end loop;
    if cardinality(elements) = 0 then
        raise exception 'table % has none of agency_code, pro_code, theme_code', document_table;
    end if;
    execute format('create or replace trigger guard_elements after insert on %s '
        'referencing new table as added for each statement execute function registry_guard_elements(%s)',
        document_table, array_to_string(elements, ', '));
end $$;

-- A domain's trigger function is asked when a column of a project is to say something else: its unit, its name.
drop function if exists registry_watch_projects(text, text);
create or replace function registry_watch_projects(trigger_name text, function_name text, watched text)
returns void language plpgsql as $$
begin
    execute format('create or replace trigger %1$I after update of %3$I on registry_project for each row '
        'when (new.%3$I is distinct from old.%3$I) execute function %2$I()', trigger_name, function_name, watched);
end $$;
