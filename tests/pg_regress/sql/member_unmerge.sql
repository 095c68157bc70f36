-- member_unmerge: what a call did with heads and data is taken back. member_history: what happened.
\set ECHO none
\i helper.sql
\i heads.sql
-- What is undone, said without numbers; then everybody, and what member_check finds.
CREATE FUNCTION undo(number bigint, force boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    reply jsonb := member_unmerge(number, force);
BEGIN
    RETURN NEXT plain(reply);
    RETURN QUERY SELECT people();
    RETURN QUERY SELECT c.problem || ' ' || c.detail FROM member_check() c;
END
$$;
-- All that belongs to everybody, numbers and times too; not the version, which grows, nor when and by whom it was changed last.
CREATE FUNCTION everything() RETURNS text LANGUAGE sql AS $$
    SELECT concat((SELECT jsonb_agg(to_jsonb(b) - 'version' - 'update_time' - 'update_host' ORDER BY dataset) FROM member.body b), (SELECT jsonb_agg(to_jsonb(h) ORDER BY id) FROM member.head h),
                  (SELECT jsonb_agg(to_jsonb(g) ORDER BY id, gid) FROM member.group_member g), (SELECT jsonb_agg(to_jsonb(a) ORDER BY id) FROM member.address a), (SELECT jsonb_agg(to_jsonb(r)) FROM member.retired_dataset r)) $$;
\set ECHO all
SELECT origin_create('{"label": "site"}');
SELECT member_set('{"email": "r@test.ru", "datakey": [["base.name", "set", "R"], ["base.tel", "set", 1]], "head_attach": [{"head": "card-r", "head_addr_type": "csid", "head_origin": 1}]}') ->> 'newbie';
SELECT member_set('{"email": "s@test.ru", "source": "192.0.2.1", "newbie.confirm": 1, "datakey": [["base.name", "set", "S"], ["base.city", "set", "Tula"], ["other", "set", {"k": [1.10]}], ["member.origin", "set", 1]]}') ->> 'newbie';
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'email', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'p1', '2026-02-04' FROM member.head WHERE addr_type = 'email' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT people();

-- Nothing happened since: everything is as it was, numbers, lists, origins and confirmation too.
SELECT everything() AS before \gset
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant", "data_rule": {"hashas": "set"}}') -> 'source_deleted';
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "data_rule": {"level": 1, "hasmiss": "move", "hashas": "set"}}') -> 'source_deleted';
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "decapitate", "data_rule": {"hashas": "delete", "misshas": "delete"}}') -> 'source_deleted';
SELECT people();
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "replace"}') -> 'source_deleted';
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT member_merge('{"email": "card-r", "addr_type": "csid", "head": "s@test.ru", "head_rule": "replace_same_type"}') -> 'source_deleted';
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 2;
SELECT call, undone_by = lead(id) OVER (ORDER BY id) AS undone_by_next FROM member.journal ORDER BY id;
-- What the log hears.
SELECT a.value, e.event_type, e.body -> 'event_data' ->> 'journal' = (last_row() - 1)::text, jsonb_path_query_array(e.body, '$.event_data.changed[*].path') FROM member.event e JOIN member.address a ON a.id = e.address_id
WHERE e.id > (SELECT max(id) FROM member.event WHERE event_type = 'member_merge') + 2 ORDER BY e.id;

-- Later edits: beside what was merged they stay; what was merged goes back.
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT last_row() AS merge \gset
SELECT member_set('r@test.ru', '[["base.tel", "set", 2], ["own", "set", true]]') ->> 'newbie';
SELECT people();
SELECT undo(:merge);
-- On what was merged: nothing is done, and told.
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant", "data_rule": {"hashas": "set"}}') -> 'source_deleted';
SELECT last_row() AS merge \gset
SELECT member_set('r@test.ru', '[["base.name", "set", "Z"], ["base.city", "delete"], ["base.new", "set", 1], ["other.l", "set", 5]]') ->> 'newbie';
SELECT everything() AS before \gset
SELECT undo(:merge);
SELECT everything() = :'before', undone_by IS NULL FROM member.journal WHERE id = :merge;
-- By force: the merge is taken back, the rest stays.
SELECT undo(:merge, true);
-- Set to what it was before by hand, it is no conflict.
SELECT member_set('r@test.ru', '[["base.name", "set", "R"]]') ->> 'newbie', member_merge('{"email": "r@test.ru", "head": "s@test.ru", "data_rule": {"hashas": "set"}}') -> 'source_deleted';
SELECT last_row() AS merge \gset
SELECT member_set('r@test.ru', '[["base.name", "set", "R"]]') ->> 'newbie';
SELECT undo(:merge);

-- Refused: no such row, twice.
SELECT refusal('SELECT member_unmerge(0)'), refusal('SELECT member_unmerge(-5, true)'), replace(refusal(format('SELECT member_unmerge(%s)', :merge)), :'merge', '<row>'), split_part(refusal(format('SELECT member_unmerge(%s, true)', :merge)), ':', 1);
SELECT member_unmerge(NULL);

-- After a further merge of the receiver: that one first.
SELECT member_set('t@test.ru', '[["base.age", "set", 7]]') ->> 'newbie';
SELECT member_head_detach('{"email": "card-r", "addr_type": "csid"}') -> 'warnings';
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "replace"}') -> 'source_deleted';
SELECT last_row() AS first \gset
SELECT member_merge('{"email": "t@test.ru", "head": "s@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT last_row() AS second \gset
SELECT people();
SELECT replace(refusal(format('SELECT member_unmerge(%s)', :first)), :'second', '<second>');
SELECT count(*) FROM member_history('t@test.ru') WHERE id IN (:first, :second);
SELECT undo(:second);
SELECT undo(:first);

-- Its only identifier was deleted since: the source cannot come back.
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant"}') -> 'source_deleted';
SELECT last_row() AS merge \gset
SELECT member_delete('{"email": "s@test.ru"}');
SELECT refusal(format('SELECT member_unmerge(%s)', :merge));
SELECT people();
-- It was created again, as another subscriber: it stays there.
SELECT member_set('s@test.ru', '[["base.name", "set", "S2"]]') ->> 'newbie';
SELECT refusal(format('SELECT member_unmerge(%s)', :merge));
SELECT people();
-- One of two that moved: the other goes back.
SELECT member_set('{"email": "u@test.ru", "datakey": [["base.job", "set", "U"]], "head_attach": [{"head": "u2@test.ru"}]}') ->> 'newbie';
SELECT member_set('{"email": "t@test.ru", "head_attach": [{"head": "u@test.ru", "head_rule": {"multi": "transplant"}}, {"head": "u2@test.ru", "head_rule": {"single": "transplant"}}]}') -> 'newbie';
SELECT last_row() AS merge \gset
SELECT member_delete('{"email": "u@test.ru"}'), member_set('u@test.ru', '[]') ->> 'newbie';
SELECT people();
SELECT undo(:merge);
-- Moved on to another subscriber since: it stays there.
SELECT member_set('{"email": "u2@test.ru", "head_attach": [{"head": "u3@test.ru"}]}') ->> 'newbie';
SELECT member_set('{"email": "t@test.ru", "head_attach": [{"head": "u2@test.ru", "head_rule": {"multi": "transplant"}}, {"head": "u4@test.ru"}]}') ->> 'newbie';
SELECT last_row() AS merge \gset
SELECT member_set('{"email": "u@test.ru", "head_attach": [{"head": "u2@test.ru", "head_rule": {"multi": "transplant"}}]}') ->> 'newbie';
SELECT undo(:merge);
SELECT member_delete('{"list": ["r@test.ru", "s@test.ru", "t@test.ru", "u@test.ru", "u3@test.ru"], "wipe": 1}');

-- Other calls: attach, detach, split, replace, decapitate, member_set with head_attach.
SELECT member_set('{"email": "a@test.ru", "datakey": [["x", "set", 1]], "head_attach": [{"head": "a2@test.ru", "head_origin": 1, "newbie.confirm": 1}]}') ->> 'newbie', member_set('b@test.ru', '[["y", "set", 2]]') ->> 'newbie', member_set('{"email": "b@test.ru", "head_attach": [{"head": "b2@test.ru"}]}') ->> 'newbie';
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'p1', '2026-02-04' FROM member.head WHERE value IN ('a2@test.ru', 'b@test.ru') RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT member_head_attach('{"email": "a@test.ru", "head": "a3@test.ru"}') #>> '{member,email}';
SELECT undo(last_row());
SELECT everything() AS before \gset
SELECT member_head_detach('{"email": "a2@test.ru"}') #>> '{member,email}';
SELECT undo(last_row());
SELECT everything() = :'before';
SELECT member_head_detach('{"email": "a2@test.ru", "split": 1}') #>> '{member,email}';
SELECT undo(last_row());
SELECT member_head_replace('{"email": "a2@test.ru", "head": "a3@test.ru"}') #>> '{member,email}';
SELECT undo(last_row());
SELECT member_set('{"email": "a@test.ru", "datakey": [["x", "set", 9], ["z", "set", 9]], "head_attach": [{"head": "b@test.ru", "head_rule": {"multi": "decapitate"}}, {"head": "b2@test.ru", "head_rule": {"single": "transplant"}}, {"head": "a3@test.ru"}]}') ->> 'newbie';
SELECT people();
SELECT row_text(j) FROM member.journal j ORDER BY id DESC LIMIT 1;
SELECT undo(last_row());
-- Data written to the body that a split had made would be lost: that is told first.
SELECT member_head_detach('{"email": "a2@test.ru", "split": 1}') #>> '{member,email}';
SELECT last_row() AS split \gset
SELECT member_set('a2@test.ru', '[["w", "set", 1]]') ->> 'newbie';
SELECT undo(:split);
SELECT undo(:split, true);
-- An unmerge has its row too and is undone by it, as often as one likes.
SELECT member_head_attach('{"email": "a@test.ru", "head": "a3@test.ru"}') #>> '{member,email}';
SELECT undo(last_row());
SELECT undo(last_row());
SELECT undo(last_row());
-- The only one left cannot leave.
SELECT member_head_attach('{"email": "a@test.ru", "head": "a5@test.ru"}') #>> '{member,email}';
SELECT last_row() AS attach \gset
SELECT member_delete('{"list": ["a@test.ru", "a2@test.ru"]}');
SELECT refusal(format('SELECT member_unmerge(%s)', :attach)), refusal(format('SELECT member_unmerge(%s, true)', :attach));
SELECT people();
SELECT * FROM member_check();

-- member_history: the rows that name the identifier, its body, or one that was merged into it; oldest first.
SELECT member_set('h@test.ru', '[]') ->> 'newbie', (SELECT count(*) FROM member_history('h@test.ru')), (SELECT count(*) FROM member_history('never@test.ru'));
SELECT member_head_attach('{"email": "h@test.ru", "head": "8 916 123-45-67"}') #>> '{member,email}', member_set('{"email": "g@test.ru", "head_attach": [{"head": "g2@test.ru"}]}') ->> 'newbie';
SELECT member_merge('{"email": "h@test.ru", "head": "g2@test.ru", "head_rule": "transplant"}') -> 'source_deleted', member_merge('{"email": "h@test.ru", "head": "g@test.ru", "head_rule": "decapitate"}') -> 'source_deleted';
SELECT row_text(j) FROM member_history('h@test.ru') j;
SELECT array_agg(a.id) = array_agg(b.id) FROM member_history('+7 916 123 45 67', 'msisdn') a JOIN member_history('h@test.ru', NULL) b USING (id);
-- Of one that is nobody's by now: what concerned it.
SELECT row_text(j) FROM member_history('g@test.ru', 'email') j;
SELECT refusal('SELECT member_history(''no address'')'), refusal('SELECT member_history(''h@test.ru'', ''mail'')'), (SELECT count(*) FROM member_history(NULL));
SELECT * FROM member_check();
