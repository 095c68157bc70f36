-- member_set: copies from another subscriber, from a document, from the subscriber itself.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT member_set('{"email": "from@test.ru", "source": "192.0.2.1", "datakey": [["name", "set", "Третья"], ["tags", "set", ["a", "b"]], ["base", "set", {"x": 1}]]}') ->> 'newbie';

-- copy_email, with its type.
SELECT member_set('{"email": "to@test.ru", "copy_email": " FROM@test.ru ", "datakey": [["name", "set.copy", "name"], ["tags", "push.copy", "tags"], ["base", "merge_copy", "base"]]}');
SELECT member_get('to@test.ru', 'name'), member_get('to@test.ru', 'tags'), member_get('to@test.ru', 'base');
SELECT member_set('{"email": "card-1", "addr_type": "csid", "datakey": [["name", "set", "Card"]]}') ->> 'newbie';
SELECT member_set('{"email": "to@test.ru", "copy_email": "card-1", "copy_addr_type": "csid", "datakey": [["name", "set.copy", "name"]]}') ->> 'newbie';
SELECT member_get('to@test.ru', 'name');
SELECT member_set(jsonb_build_object('email', 'to@test.ru', 'copy_addr_type', 'id', 'datakey', '[["name", "set.copy", "name"]]'::jsonb,
    'copy_email', (SELECT id FROM member.address WHERE value = 'from@test.ru'))) ->> 'newbie';
SELECT member_get('to@test.ru', 'name');

-- What the system knows of the other one can be copied too.
SELECT member_set('{"email": "to@test.ru", "copy_email": "from@test.ru", "datakey": [["copied", "set.copy", "member.email"], ["host", "set.copy", "member.create.host"], ["groups", "set.copy", "-group"]]}') ->> 'newbie';
SELECT member_get('to@test.ru', 'copied'), member_get('to@test.ru', 'host'), member_get('to@test.ru', 'groups');
-- And of the subscriber itself.
SELECT member_set('to@test.ru', '[["self", "set.copy", "member.email"], ["type", "set.copy", "member.addr_type"]]') ->> 'newbie';
SELECT member_get('to@test.ru', 'self'), member_get('to@test.ru', 'type');
SELECT member_set('newself@test.ru', '[["self", "set.copy", "member.email"]]') ->> 'newbie';
SELECT member_get('newself@test.ru', 'self');

-- copy_missing: error (the default), do, skip.
CREATE FUNCTION copy(missing text) RETURNS text LANGUAGE sql AS $$
    SELECT member_set(jsonb_build_object('email', 'missing@test.ru', 'copy_email', 'nobody@test.ru', 'copy_missing', missing,
        'datakey', '[["kept", "set", 1], ["name", "set.copy", "name"], ["list", "push.copy", "x"]]'::jsonb)) ->> 'newbie' $$;
SELECT member_set('missing@test.ru', '[["name", "set", "before"]]') ->> 'newbie';
SELECT refusal('SELECT copy(NULL)'), refusal('SELECT copy(''error'')');
SELECT member_get('missing@test.ru', 'kept'), member_get('missing@test.ru', 'name');
SELECT copy('skip');
SELECT member_get('missing@test.ru', 'kept'), member_get('missing@test.ru', 'name'), member_get('missing@test.ru', 'list');
SELECT copy('do');
SELECT member_get('missing@test.ru', 'kept'), member_get('missing@test.ru', 'name'), member_get('missing@test.ru', 'list');
SELECT refusal('SELECT copy(''ignore'')');
-- With do a copied null is no object for merge.
SELECT refusal('SELECT member_set(''{"email": "missing@test.ru", "copy_email": "nobody@test.ru", "copy_missing": "do", "datakey": [["base", "merge.copy", "base"]]}'')');
-- An address that is none is not a missing one.
SELECT refusal('SELECT member_set(''{"email": "missing@test.ru", "copy_email": "nobody", "copy_missing": "skip"}'')');
SELECT refusal('SELECT member_set(''{"email": "missing@test.ru", "copy_email": "from@test.ru", "copy_addr_type": "phone"}'')');
-- An identifier whose subscriber was deleted is missing.
SELECT member_set('{"email": "gone@test.ru"}') ->> 'newbie', member_delete('{"email": "gone@test.ru"}');
SELECT refusal('SELECT member_set(''{"email": "missing@test.ru", "copy_email": "gone@test.ru", "datakey": [["x", "set.copy", "x"]]}'')');

-- copy_data: any JSON, for a program that stays constant.
SELECT member_set('{"email": "data@test.ru", "copy_data": {"user": {"id": 12345678901234567890, "tags": ["x"]}}, "datakey": [["id", "set.copy", "user.id"], ["tags", "push.copy", "user.tags"], ["none", "set.copy", "user.none"]]}') ->> 'newbie';
SELECT member_get('data@test.ru', 'id'), member_get('data@test.ru', 'tags'), member_get('data@test.ru', 'none');
-- The platform's webhook: even member.email as a target is harmless.
SELECT member_set('{"email": "data@test.ru", "copy_data": {"email": "other@test.ru"}, "datakey": [["member.email", "set.copy", "email"]]}') #- '{member,id}';
-- Paths of copy_data mean its own keys, member too.
SELECT member_set('{"email": "data@test.ru", "copy_data": {"member": {"email": "in the data"}}, "datakey": [["m", "set.copy", "member.email"]]}') ->> 'newbie';
SELECT member_get('data@test.ru', 'm');

-- One source, not two.
SELECT refusal('SELECT member_set(''{"email": "data@test.ru", "copy_data": {}, "copy_email": "from@test.ru"}'')');

-- Without a source the data itself, as the operations before left it.
SELECT member_set('data@test.ru', '[["a", "set", 1], ["b", "set.copy", "a"], ["a", "set", 2]]') ->> 'newbie';
SELECT member_get('data@test.ru', 'a'), member_get('data@test.ru', 'b');
SELECT count(*) FROM member_check();
