-- What capital is put into an enterprise for is nothing that public money does not buy.
select registry_guard_words('capital_injection', 'uses', '用途明细');
