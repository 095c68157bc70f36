-- Taking back what was taken back, and taking back by force what something else stands in the way of.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('a@test.ru', '[["p", "set", {"x": 1}]]') ->> 'newbie', member_set('b@test.ru', '[["q", "set", {"y.z": 2}]]') ->> 'newbie';
SELECT member_merge('{"email": "a@test.ru", "head": "b@test.ru", "head_rule": "transplant"}') ->> 'source_deleted';
CREATE VIEW everybody AS SELECT string_agg(h.value, ' ' ORDER BY h.value) AS heads, b.data FROM member.body b JOIN member.head h USING (dataset) GROUP BY b.dataset, b.data ORDER BY 1;
SELECT member_unmerge(1) - 'member', member_unmerge(2) - 'member';
TABLE everybody;
-- What was written to a body that goes again is a conflict.
SELECT member_unmerge(3) - 'member', member_set('b@test.ru', '[["q.y\\.z", "set", 3], ["new", "set", 1]]') ->> 'newbie';
SELECT member_unmerge(4) - 'member';
SELECT member_unmerge(4, true) - 'member';
TABLE everybody;

-- A scalar stands where a key is to come back: by force it goes.
SELECT member_set('c@test.ru', '[["k", "set", {"a": 1}]]') ->> 'newbie', member_set('d@test.ru', '[["k", "set", {"b": {"c": 2}}]]') ->> 'newbie';
SELECT member_merge('{"email": "c@test.ru", "head": "d@test.ru", "data_rule": {"misshas": "delete"}}') ->> 'source_deleted';
SELECT member_get('c@test.ru', 'k');
SELECT member_set('c@test.ru', '[["k", "set", 5]]') ->> 'newbie';
SELECT max(id) AS merge FROM member.journal \gset
SELECT member_unmerge(:merge) - 'member';
SELECT member_get('c@test.ru', 'k');
SELECT member_unmerge(:merge, true) - 'member';
SELECT member_get('c@test.ru', 'k');

-- Done by hand already: the row is closed, nothing changes.
SELECT member_merge('{"email": "c@test.ru", "head": "d@test.ru"}') ->> 'source_deleted';
SELECT member_get('c@test.ru', 'k');
SELECT max(id) AS merge FROM member.journal \gset
SELECT member_set('c@test.ru', '[["k.b", "delete"]]') ->> 'newbie';
SELECT member_unmerge(:merge) - 'member';
SELECT member_get('c@test.ru', 'k');
SELECT refusal(format('SELECT member_unmerge(%s)', :merge));

-- Merges that were undone, unmerges and splits are no merges of the day; both sides count.
SET pg_member.max_merges_per_day = 1;
SELECT member_set('{"email": "e@test.ru", "head_attach": [{"head": "e2@test.ru"}]}') ->> 'newbie', member_set('f@test.ru', '[["f", "set", 1]]') ->> 'newbie', member_set('g@test.ru', '[["g", "set", 1]]') ->> 'newbie';
SELECT member_head_detach('{"email": "e2@test.ru", "split": 1}') -> 'member' ->> 'email';
SELECT member_merge('{"email": "e@test.ru", "head": "f@test.ru"}') ->> 'source_deleted';
SELECT member_unmerge(max(id)) ->> 'undone' FROM member.journal;
SELECT member_merge('{"email": "e@test.ru", "head": "f@test.ru"}') ->> 'source_deleted';
SELECT refusal('SELECT member_merge(''{"email": "e@test.ru", "head": "g@test.ru"}'')'), refusal('SELECT member_merge(''{"email": "g@test.ru", "head": "f@test.ru"}'')');

-- An identifier never seen that is not to be attached stays unknown.
SELECT member_set('{"email": "e@test.ru", "head_attach": [{"head": "unseen@test.ru", "head_rule": {"newbie": "none"}}]}') -> 'warnings' -> 0 ->> 'id', count(*) FROM member.address WHERE value = 'unseen@test.ru';
-- Two items with replace: the head named in email goes once.
SELECT member_set('{"email": "e@test.ru", "head_attach": [{"head": "n1@test.ru", "head_rule": {"newbie": "replace"}}, {"head": "n2@test.ru", "head_rule": {"newbie": "replace"}}]}') #- '{member,id}';
SELECT heads FROM everybody WHERE heads LIKE '%n1%';
SELECT * FROM member_check();
