-- E-mail addresses: their normal form, and how each bad one is refused.
\set ECHO none
\i helper.sql
\set ECHO all

-- Trimmed, in lower case, national domains readable.
SELECT email_normalize(' PRO@subscribe.ru ');
SELECT email_normalize(E'\t\u00a0User.Name+news@Mail.Example.COM\u3000\n');
SELECT email_normalize('ПРОВЕРКА@Тест.РФ');
SELECT email_normalize('test@xn--e1aybc.xn--p1ai');
SELECT email_normalize('企业@企业.企业');
SELECT email_normalize('!#$%&''*+-/=?^_`{|}~@example.com');
SELECT email_normalize(U&'cafe\0301@example.com') = U&'caf\00E9@example.com' AS composed;
SELECT email_normalize(NULL);

-- It is idempotent.
SELECT count(*) FROM unnest(ARRAY['A@B.ru', 'test@xn--e1aybc.xn--p1ai', 'Я@Тест.РФ']) AS raw
WHERE email_normalize(email_normalize(raw)) IS DISTINCT FROM email_normalize(raw);

-- It reads no setting: any top-level domain and any script pass.
SELECT email_normalize('a@b.nosuchtld');
SELECT sys_settings_set('{"list": {"email.utf8": 0}}');
SELECT email_normalize('я@тест.рф');
SELECT sys_settings_set('{"list": {"email.utf8": 1}}');

-- As psql shows a refusal.
SELECT email_normalize('123@test@test.ru ');
\set VERBOSITY sqlstate
SELECT email_normalize('123@test@test.ru ');
\set VERBOSITY default

-- Every refusal.
SELECT format('%-24s', raw), refusal(format('SELECT email_normalize(%L)', raw)) FROM unnest(ARRAY[
    '', '   ', 'pro.subscribe.ru', '123@test@test.ru ', 'a@@b.ru', '@test.ru',
    '.a@test.ru', 'a.@test.ru', 'a..b@test.ru', 'a b@test.ru', '"a b"@test.ru', '"a"@test.ru', 'a(x)@test.ru',
    'a,b@test.ru', 'a<b>@test.ru', U&'a\200Bb@test.ru',
    'a@', 'a@test', 'a@.ru', 'a@test.', 'a@test..ru', 'a@-test.ru', 'a@test-.ru', 'a@te_st.ru', 'a@te st.ru',
    'a@[127.0.0.1]', 'a@test.ru(x)', 'a@xn--a.ru'
]) WITH ORDINALITY AS t(raw, n) ORDER BY n;

-- Lengths: 64 octets before the @, 63 in a label, 253 in the domain.
SELECT length(email_normalize(repeat('a', 64) || '@test.ru'));
SELECT refusal(format('SELECT email_normalize(%L)', repeat('a', 65) || '@test.ru'));
SELECT refusal(format('SELECT email_normalize(%L)', repeat('я', 33) || '@test.ru'));
SELECT length(email_normalize('a@' || repeat('b', 63) || '.ru'));
SELECT refusal(format('SELECT email_normalize(%L)', 'a@' || repeat('b', 64) || '.ru'));
SELECT length(email_normalize('a@' || repeat('b23456789.', 24) || 'example.com'));
SELECT refusal(format('SELECT email_normalize(%L)', 'a@' || repeat('b23456789.', 25) || 'example.com'));

-- The address itself is never part of what is said.
SELECT refusal('SELECT email_normalize(''secret..name@test.ru'')') LIKE '%secret%' AS leaks;

-- In an index and in a generated column.
CREATE TABLE customer (mail text, normal text GENERATED ALWAYS AS (email_normalize(mail)) STORED);
CREATE UNIQUE INDEX ON customer (email_normalize(mail));
INSERT INTO customer VALUES ('User@Example.COM');
INSERT INTO customer VALUES (NULL);
SELECT * FROM customer;
INSERT INTO customer VALUES (' user@example.com');
INSERT INTO customer VALUES ('nobody');
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT FROM customer WHERE email_normalize(mail) = 'user@example.com';
SELECT mail FROM customer WHERE email_normalize(mail) = email_normalize('USER@example.com');
