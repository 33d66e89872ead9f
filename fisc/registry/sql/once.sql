-- The same event is registered once, or it is said why it is another (`confirm_reason`): whatever kind of document it is,
-- two of its table are the same where all that tells them apart is equal. `said` is what tells, of a row `x`; `asked` says
-- of which rows (`new`) it is asked. Rows of one statement are judged one after the other.
create or replace function registry_guard_once() returns trigger language plpgsql as $$
declare other text;
begin
    if registry_is_reason(new.confirm_reason) then
        return new;
    end if;
    -- who registers in a region waits for who does so already
    perform pg_advisory_xact_lock(hashtextextended(tg_table_name || ' once ' || new.mof_div_code, 71));
    execute format('select x.doc_key from %1$I x where jsonb_build_array(%2$s) = '
            '(select jsonb_build_array(%2$s) from (select ($1).*) x) '
            'and x.doc_key <> ($1).doc_key and x.state not in (''discarded'', ''reversed'') order by x.id limit 1',
        tg_table_name, tg_argv[1]) into other using new;
    if other is not null then
        perform documents_refuse('FS104', format('与%s %s 是同一份文件、同一事项', tg_argv[0], regexp_replace(other, '~[0-9]+$', '')),
            '一份原始凭证只登记一次（会计法第十四条）',
            '请核对是否重复登记；确为另一笔的，请写明核对情况（--confirm-reason、confirm_reason，至少四个汉字）',
            array[new.doc_key]);
    end if;
    return new;
end $$;
create or replace function registry_asked_once(of_table regclass, called text, said text, asked text default 'true')
returns void language plpgsql as $$
begin
    execute format('create or replace trigger asked_once before insert on %s for each row when (%s) '
        'execute function registry_guard_once(%L, %L)', of_table, asked, called, said);
end $$;
