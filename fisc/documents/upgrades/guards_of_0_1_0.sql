-- Guards of 0.1.0 that follow from the declarations of kinds now; those are put in force afterwards.

drop function if exists budget_lines_stand() cascade;
drop function if exists budget_quota_stands() cascade;
drop function if exists documents_guard_insert() cascade;
drop function if exists documents_guard_update() cascade;
drop function if exists treasury_guard_payee() cascade;
drop function if exists treasury_refuse_change() cascade;
drop function if exists treasury_refuse_other_content() cascade;

drop trigger if exists amount_stands on transfers_arrangement;
drop trigger if exists amount_stands on transfers_take_back;
drop trigger if exists amount_stands on transfers_cash;
drop trigger if exists append_only on treasury_return;
drop trigger if exists item_kept on transfers_current;
drop trigger if exists item_stands on transfers_current;
drop trigger if exists line_kept on transfers_line;
drop trigger if exists line_stands on transfers_line;
