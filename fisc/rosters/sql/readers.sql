-- What other domains ask of person lines, in sets: relations that are planned as a part of the statement that
-- asks (each is one select without settings of its own).

-- A region's attempts to pay persons, each under its number and with its message.
drop function if exists rosters_attempts(text);  -- its columns grow
create function rosters_attempts(region text)
returns table (
    line_id bigint, step_no smallint, ref_no text, message_id text, batch_no text, per_name text,
    amount_fen bigint, payee_acct_no text)
language sql stable as $$
    select s.line_id, s.step_no, s.ref_no, s.message_id, l.batch_no, l.per_name, s.amount_fen, s.acct_no
    from rosters_step s join rosters_line l on l.id = s.line_id
    where s.kind = 'sent' and l.mof_div_code = region
$$;

-- What a bank last answered to an attempt by a day: one row, or none where it said nothing.
create or replace function rosters_answer(line bigint, attempt smallint, day date)
returns table (is_paid boolean) language sql stable as $$
    select o.kind = 'paid' from rosters_step o
    where o.line_id = line and o.step_no > attempt and o.kind in ('paid', 'returned') and o.happened_on <= day
      and not exists (select from rosters_step n where n.line_id = line and n.kind = 'sent'
                      and n.step_no > attempt and n.step_no < o.step_no)
    order by o.step_no desc limit 1
$$;

-- The batches of lines, a row for each line.
create or replace function rosters_batches(lines bigint[])
returns table (line_id bigint, batch_no text) language sql stable as $$
    select l.id, l.batch_no from rosters_line l where l.id = any (lines)
$$;

-- The number under which a line was sent last before a step.
create or replace function rosters_attempt(line bigint, step smallint) returns text language sql stable as $$
    select s.ref_no from rosters_step s where s.line_id = line and s.kind = 'sent' and s.step_no < step
    order by s.step_no desc limit 1
$$;

-- What the lines of batches come to, a row for each batch that has any.
create or replace function rosters_totals(batches text[])
returns table (batch_no text, fen bigint) language sql stable as $$
    select l.batch_no, sum(l.amount_fen)::bigint from rosters_line l where l.batch_no = any (batches) group by 1
$$;
