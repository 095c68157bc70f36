-- The numbering plan: the regulator's CSV is loaded, and numbers of +7 9xx outside it are refused.
\set ECHO none
\i helper.sql
\set ECHO all

-- No plan is loaded: every number that the library knows passes.
SELECT count(*) FROM member.numbering_range;
SELECT address_check('+79211234567');

SELECT numbering_range_load(
'АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН
921;1230000;1239999;10000;ПАО "Первый";г. Город|Область;Область;7700000001
900;0000000;0061999;62000;ООО "Второй";-;Край;7700000002
');
SELECT * FROM member.numbering_range ORDER BY prefix, from_no;

-- Both ends belong to a range.
SELECT raw, address_check(raw) ->> 'syntax' FROM unnest(ARRAY[
    '+79211229999', '+79211230000', '+79211239999', '+79211240000',
    '+79000000000', '+79000061999', '+79000062000', '+79501234567'
]) AS raw;

-- It concerns every phone type, and mobile numbers of +7 alone.
SELECT address_check('+79211240000', 'viber') ->> 'syntax', address_check('+79211240000', 'vknotify') ->> 'syntax',
       address_check('+4915123456789', 'msisdn') ->> 'syntax', address_check('+79211240000', 'csid') ->> 'syntax';
SELECT refusal('SELECT address_normalize(''+79211240000'')');
SELECT refusal('SELECT member_set(''{"email": "+79211240000"}'')');

-- The immutable functions do not read the plan.
SELECT phone_normalize('+79211240000'), phone_normalize('+79211240000', 'RU');

-- pg_member.phone_check can allow it.
SET pg_member.phone_check = warn;
SELECT address_check('+79211240000');
SELECT member_set('{"email": "+79211240000"}') -> 'warnings';
SET pg_member.phone_check = off;
SELECT address_check('+79211240000');
RESET pg_member.phone_check;

-- Loading again puts the new plan in the place of the old one.
SELECT numbering_range_load(
'АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН
950;0000000;9999999;10000000;Третий;Край;Край;7700000003
');
SELECT prefix, from_no, to_no FROM member.numbering_range;
SELECT address_check('+79211230000') ->> 'syntax', address_check('+79501234567') ->> 'syntax';

-- A file that is not the regulator's is refused, and the plan stays.
SELECT refusal(format('SELECT numbering_range_load(%L)', csv)) FROM (VALUES
    (1, ''),
    (2, 'a,b,c'),
    (3, E'921;1230000;1239999;10000;A;B;C;1\n'),
    (4, E'h;h;h;h;h;h;h;h\n921;1230000;1239999\n'),
    (5, E'h;h;h;h;h;h;h;h\n92;1230000;1239999;10000;A;B;C;1\n'),
    (6, E'h;h;h;h;h;h;h;h\n921;1230000;1239999;10000;A;B;C;1\n921;1240000;1230000;10000;A;B;C;1\n'),
    (7, E'h;h;h;h;h;h;h;h\n921;1230000;1239999;9999;A;B;C;1\n'),
    (8, E'h;h;h;h;h;h;h;h\n921;x;1239999;10000;A;B;C;1\n'),
    (9, E'h;h;h;h;h;h;h;h\n921;0000000;0000009;10;A;B;C;1\n921;0000000;0000009;10;A;B;C;1\n')
) AS t(n, csv) ORDER BY n;
SELECT count(*) FROM member.numbering_range;
SELECT numbering_range_load(NULL);
