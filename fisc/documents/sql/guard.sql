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
