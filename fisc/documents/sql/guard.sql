-- The guard of business documents: what must hold whatever code writes to them.
-- Installed as statement triggers, so a thousand documents are checked in one query.

create or replace function documents_refuse(state text, message text, rule text, hint text, keys text[]) returns void
language plpgsql as $$
declare told text[] := array(select regexp_replace(key, '~[0-9]+$', '') from unnest(keys[1:5]) key); -- as printed
begin
    raise exception using errcode = state, hint = hint,
        message = message || '：' || array_to_string(told, '、')
            || case when cardinality(keys) > 5 then ' 等 ' || cardinality(keys) || ' 份' else '' end,
        detail = jsonb_build_object('rule', rule, 'keys', to_jsonb(keys[1:20]),
                                    'refused', cardinality(keys))::text;
end $$;

-- Refuses what nobody may write; the trigger's argument says what stands there: documents, what was noted,
-- or rules (the steps of flows and the duties that exclude each other, as declared: set up, not written).
create or replace function documents_refuse_write() returns trigger language plpgsql as $$
declare told text[] := case tg_argv[0]
    when 'document' then array['单据不能删除', '会计档案管理办法（财政部 国家档案局令第79号）',
        '不再办理的单据请作废，保留过程']
    when 'noted' then array['已登记的明细与记录不能修改或删除', '会计档案管理办法（财政部 国家档案局令第79号）',
        '内容有误请作废原单据，另编一份']
    when 'rules' then array['流程与不相容岗位表不能直接修改', '单据按流程表办理；不相容岗位相互分离（财会〔2012〕21号）',
        '流程在程序中声明，随安装和升级写入'] end;
begin
    perform documents_refuse('FS104', told[1], told[2], told[3], array[tg_table_name::text]);
    return null;
end $$;

-- Whether a step is told whole: what, in which round, who, on which day of the calendar, and a note.
create or replace function documents_is_step(step jsonb) returns boolean language sql immutable parallel safe
    return case when jsonb_typeof(step) <> 'array' then false
       else jsonb_array_length(step) = 5 and jsonb_typeof(step -> 0) = 'string' and step ->> 1 ~ '^[1-9][0-9]{0,8}$'
       and jsonb_typeof(step -> 1) = 'number' and jsonb_typeof(step -> 2) = 'string'
       and step ->> 3 ~ '^([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)'
               '|02-(0[1-9]|1[0-9]|2[0-8]))|([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)$'
       and jsonb_typeof(step -> 3) = 'string' and jsonb_typeof(step -> 4) = 'string' end;

-- Whether a row version was written by this very transaction (a savepoint within it counts).
create or replace function documents_is_ours(row_xid xid) returns boolean language sql stable as $$
    select pg_xact_status(((pg_current_xact_id()::text::bigint & ~4294967295::bigint)
                           | row_xid::text::bigint)::text::xid8) = 'in progress'
$$;

-- Whether somebody administers the officers of all regions.
create or replace function documents_is_admin(duties text[], mof_div_code text) returns boolean language sql immutable
    return 'officer_admin' = any (duties) and mof_div_code = '';

create or replace function documents_guard_officer() returns trigger language plpgsql as $$
declare pair record;
begin
    if tg_op = 'UPDATE' and documents_is_admin(old.duties, old.mof_div_code)
       and not documents_is_admin(new.duties, new.mof_div_code)
       and exists (select from documents_credential c where c.officer = old.code) then
        -- two who leave at once wait for each other: the second finds nobody after them
        perform pg_advisory_xact_lock(hashtextextended('documents_guard_officer', 0));
        if not exists (select from documents_officer o join documents_credential c on c.officer = o.code
                       where o.code <> old.code and documents_is_admin(o.duties, o.mof_div_code)) then
            perform documents_refuse('FS104', '最后一位能登录的人员管理员不能停用或免去岗位',
                '人员由管理员登记（财会〔2012〕21号），不能没有管理员', '请先登记另一位全部区划的人员管理员并设口令',
                array[old.code]);
        end if;
    end if;
    if tg_op = 'UPDATE' and new.code <> old.code then
        perform documents_refuse('FS104', format('人员编码 %s 不能改为 %s', old.code, new.code),
            '办理过程以人员编码记名', '请另登记一名人员，原编码停用其岗位', array[old.code]);
    end if;
    select i.duty, i.other, i.source into pair from documents_incompatible_duty i
        where i.duty = any (new.duties) and i.other = any (new.duties) limit 1;
    if found then
        perform documents_refuse('FS103', format('岗位“%s”与“%s”不能由一人兼任', pair.duty, pair.other),
            pair.source, '请把其中一个岗位交给他人', array[new.code]);
    end if;
    return new;
end $$;

create or replace trigger guard_officer before insert or update on documents_officer
    for each row execute function documents_guard_officer();

-- The year that the number of an official document says, however it is written: 〔2023〕5号, （二〇二三）第五号, 2023年第5次会议纪要.
-- Null where it says no year and number of that year.
create or replace function documents_number_year(written text) returns int language sql immutable as $$
    select case when regexp_replace(f.folded, y.year, '') ~ '[0-9十百]' then y.year::int end
    from (select translate(normalize(written, nfkc), '〇零○一二三四五六七八九', '000123456789') as folded) f
    cross join lateral (select coalesce(
        substring(f.folded from '[^0-9[:alpha:][:space:]]\s*((?:19|20)[0-9]{2})\s*年?度?\s*[^0-9[:alpha:][:space:]]'),
        substring(f.folded from '(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)')) as year) y
$$;

-- A number that a document bears or rests on is of no later year than the document; where it is what the document rests
-- on, it is a number. Asked when it is written: column, its name, the column of the document's day ('' the day of the step),
-- whether it has to be one of an official document ('due'), or of whatever paper ('numbered').
create or replace function documents_guard_number() returns trigger language plpgsql as $$
declare
    said jsonb := to_jsonb(new);
    number text := coalesce(said ->> tg_argv[0], '');
    of_day date := coalesce(said ->> nullif(tg_argv[2], ''), said -> 'trail' -> -1 ->> 3)::date;
    of_year int := documents_number_year(number);
begin
    if btrim(number) = '' or (tg_op = 'UPDATE' and number = coalesce(to_jsonb(old) ->> tg_argv[0], '')) then
        return null;
    end if;
    if tg_argv[3] = 'due' and of_year is null then
        perform documents_refuse('FS104', format('%s“%s”不是文号', tg_argv[1], number),
            '批准、决议和依据以文件为凭，写明其文号', '请写明文件的机关代字、年份和序号，如 鄂府发〔2023〕5号',
            array[new.doc_key]);
    end if;
    if tg_argv[3] = 'numbered' and translate(normalize(number, nfkc), '〇零一二三四五六七八九十', '00123456789') !~ '[0-9]' then
        perform documents_refuse('FS104', format('%s“%s”没有号码', tg_argv[1], number),
            '记账以有号码的凭据为准（会计法第十四条）', '请写明报告、决议、缴款书、回单或证件的号码', array[new.doc_key]);
    end if;
    if of_year > extract(year from of_day)
            and (tg_argv[3] <> 'numbered' or ledger.paper_number(number) ~ '〔[0-9]{4}〕') then -- a slip's 2087 is no year
        perform documents_refuse('FS104', format('%s %s 的年份晚于单据的日期 %s', tg_argv[1], number, of_day),
            '文号的年份是成文之年，不晚于文件的日期；依据在前、单据在后', '请核对文号和日期', array[new.doc_key]);
    end if;
    return null;
end $$;

-- What is said in answer to a question says something; what stood before this was asked is left alone.
create or replace function documents_guard_reason() returns trigger language plpgsql as $$
declare said text := to_jsonb(new) ->> tg_argv[0];
begin
    if not registry_is_reason(said) and (tg_op = 'INSERT' or said <> coalesce(to_jsonb(old) ->> tg_argv[0], '')) then
        perform documents_refuse('FS104', format('%s“%s”说明不了理由', tg_argv[1], left(said, 40)),
            '超出常规、退回、作废、更正的，写明情况后办理（会计法第十四条）', '请写明情况，至少四个不同的汉字；没有要说明、可以不填的留空',
            array[coalesce(to_jsonb(new) ->> 'doc_key', to_jsonb(new) ->> 'id', tg_table_name)]);
    end if;
    return null;
end $$;

-- Findings of a rule in regions, whatever became of them, for guards of the domain whose rule it is; `ended_by` is the last
-- step of each.
create or replace function documents_findings_of(rule text, places text[])
returns table (mof_div_code text, about text, state text, ended_by text) language sql stable as $$
    select f.mof_div_code::text, f.about::text, f.state::text, f.trail -> -1 ->> 0 from documents_finding f
    where f.rule_id = rule and f.mof_div_code = any(places)
$$;
