-- Identifiers of every type, as the calls read them: address_normalize and address_check.
\set ECHO none
\i helper.sql
\set ECHO all

-- Without a type: what holds an @ is an e-mail, 10 to 15 digits are a phone, the rest is taken for an e-mail.
SELECT address_normalize(' Test@Test.RU ');
SELECT address_normalize('ПРОВЕРКА@xn--e1aybc.рф');
SELECT address_normalize('8 (921) 123-45-67');
SELECT refusal('SELECT address_normalize(''client-17'')');
SELECT refusal('SELECT address_normalize(''123456789'')');
SELECT refusal('SELECT address_normalize('''')');

-- With a type. The type always wins.
SELECT address_normalize('test@test.RU', 'email');
SELECT address_normalize(' test@test.RU ', 'csid');
SELECT address_normalize('8 921 123-45-67', 'msisdn');
SELECT address_normalize('8 921 123-45-67', 'viber');
SELECT address_normalize('8 921 123-45-67', 'vknotify');
SELECT address_normalize('8 921 123-45-67', 'csid');
SELECT address_normalize(' 17 ', 'push');
SELECT address_normalize(repeat('t', 64) || '@fcm.android.42', 'pushapp') ->> 'email' = repeat('t', 64) || '@fcm.android.42';
SELECT address_normalize('17', 'vk');
SELECT address_normalize('17', 'tg');
SELECT address_normalize('17', 'max');
SELECT address_normalize(' 5f-AB ', 'umid');
SELECT address_normalize('test@test.ru', ''), address_normalize('test@test.ru', NULL) IS NOT NULL;
SELECT address_normalize(NULL), address_normalize(NULL, 'csid');

-- Every refusal by type.
SELECT format('%-10s', t.type), format('%-20s', left(raw, 20)), refusal(format('SELECT address_normalize(%L, %L)', raw, t.type))
FROM (VALUES
    ('email', 'a@test.nosuchtld'), ('email', '89211234567'),
    ('msisdn', 'a@test.ru'), ('msisdn', '8 (495) 123-45-67'), ('msisdn', '8 (800) 555-35-35'),
    ('viber', '8 (495) 123-45-67'), ('vknotify', '8 (495) 123-45-67'), ('viber', ''), ('vknotify', '123'),
    ('csid', ''), ('csid', '   '), ('csid', repeat('x', 1025)),
    ('push', ''), ('push', '0'), ('push', 'abc'), ('push', '12345678901234567890'),
    ('pushapp', 'token@fcm.android.42'), ('pushapp', repeat('t', 64)), ('pushapp', repeat('t', 64) || '@gcm.android.42'),
    ('pushapp', repeat('t', 64) || '@fcm.windows.42'), ('pushapp', repeat('t', 64) || '@fcm.android.x'),
    ('vk', ''), ('vk', 'id17'), ('tg', '@nick'), ('tg', '-5'), ('max', ''), ('max', '1.5'),
    ('umid', ''), ('umid', repeat('x', 1025)),
    ('phone', '89211234567'), ('Email', 'a@test.ru'), ('id', '17'), ('dataset', '17')
) AS t(type, raw);

-- address_check tells the same as data, and never raises.
SELECT address_check(' Test@Test.RU ');
SELECT address_check('8 (921) 123-45-67');
SELECT address_check('123@test@test.ru ');
SELECT address_check('a@test.nosuchtld');
SELECT address_check('8 (495) 123-45-67', 'viber');
SELECT address_check('', 'csid');
SELECT address_check('@nick', 'tg');
SELECT address_check('x', 'phone');
SELECT address_check('17', 'id');
SELECT address_check(NULL);

-- pg_member.tld_check: strict (the default), warn, off.
SHOW pg_member.tld_check;
SET pg_member.tld_check = warn;
SELECT address_check('a@test.nosuchtld');
SELECT address_normalize('a@test.nosuchtld');
SELECT member_set('{"email": "a@test.nosuchtld"}') -> 'warnings';
SET pg_member.tld_check = off;
SELECT address_check('a@test.nosuchtld');
SELECT member_set('{"email": "a@test.nosuchtld"}') ? 'warnings';
RESET pg_member.tld_check;
SELECT refusal('SELECT member_set(''{"email": "a@test.nosuchtld"}'')');

-- pg_member.phone_check: strict (the default), warn, off.
SHOW pg_member.phone_check;
SELECT address_check('+7 921 123-45-6', 'msisdn');
SET pg_member.phone_check = warn;
SELECT address_check('+7 921 123-45-6', 'msisdn');
SELECT member_set('{"email": "+7 921 123-45-6", "addr_type": "msisdn"}') -> 'warnings';
SET pg_member.phone_check = off;
SELECT address_check('+7 921 123-45-6', 'msisdn');
SELECT member_set('{"email": "+7 921 123-45-6", "addr_type": "msisdn"}') ? 'warnings';
-- What no number can be stays refused.
SELECT address_check('12-34-x', 'msisdn');
SELECT address_check('', 'msisdn');
RESET pg_member.phone_check;

-- email.utf8: national addresses, on by default.
SELECT sys_settings_get('{"list": ["email.utf8"]}');
SELECT sys_settings_set('{"list": {"email.utf8": 0}}');
SELECT address_check('я@тест.рф');
SELECT address_check('user@тест.рф');
SELECT address_check('user@xn--e1aybc.xn--p1ai');
SELECT address_check('user@test.ru');
SELECT refusal('SELECT member_set(''{"email": "я@тест.рф"}'')');
SELECT sys_settings_set('{"list": {"email.utf8": 1}}');
SELECT address_check('я@тест.рф');
