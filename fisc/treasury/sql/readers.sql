-- What other domains ask of payments, refunds and clearing, in sets: relations that know a day.
-- Each is one select without settings of its own: the database plans it as a part of the statement that asks,
-- with the indexes that one can use, and who asks as of a past moment reads the tables of that moment.

-- Payments as they stood at the end of a day: what a bank did later has not happened yet. `is_sent` where the
-- certificate in force went to a bank by then, whatever the bank said to it.
drop function if exists treasury_payments_on(date);  -- its columns grow
create function treasury_payments_on(day date)
returns table (
    pay_app_no text, pay_cert_no text, mof_div_code varchar, amount_fen bigint, payee_acct_no text,
    message_id text, sent_on date, is_sent boolean, state text, paid_on date, agent_business_no text,
    act_lqd_date date, pay_type text, agent_bank_no text, payee_name text, lqd_cert_no text,
    payee_bank_no text)
language sql stable as $$
    select p.doc_key, p.pay_cert_no, p.mof_div_code, p.amount_fen, p.payee_acct_no, p.message_id, p.sent_on,
           p.sent_on <= day and (p.state in ('sent', 'paid', 'cleared', 'returned') or p.state = 'withdrawn'
               and exists (select from treasury_return r where r.pay_cert_no = p.pay_cert_no)),
           case when p.state in ('paid', 'cleared') and p.paid_on > day then 'sent'
                when p.state = 'cleared' and p.act_lqd_date > day then 'paid'
                else p.state end,
           p.paid_on, p.agent_business_no, p.act_lqd_date, p.pay_type, p.agent_bank_no, p.payee_name, p.lqd_cert_no,
           p.payee_bank_no
    from treasury_payment p
$$;

-- Certificates that banks had sent back unpaid by a day.
create or replace function treasury_returns_on(day date)
returns table (pay_cert_no text, returned_on date) language sql stable as $$
    select r.pay_cert_no, r.returned_on from treasury_return r where r.returned_on <= day
$$;

-- What had come back of payments by a day.
create or replace function treasury_refunds_on(day date)
returns table (pay_app_no text, mof_div_code varchar, amount_fen bigint, refunded_on date)
language sql stable as $$
    select f.pay_app_no, f.mof_div_code, f.amount_fen, f.refunded_on
    from treasury_refund f where f.refunded_on <= day
$$;

-- What the central-bank treasury had moved to agent banks by a day.
drop function if exists treasury_debits_on(date);
create function treasury_debits_on(day date)
returns table (
    lqd_cert_no text, mof_div_code varchar, amount_fen bigint, act_lqd_date date, agent_bank_no text,
    cleared_for date)
language sql stable as $$
    select d.doc_key, d.mof_div_code, d.amount_fen, d.act_lqd_date, d.agent_bank_no, d.cleared_for
    from treasury_clearing_debit d where d.act_lqd_date <= day
$$;
