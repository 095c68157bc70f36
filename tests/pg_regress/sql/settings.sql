-- sys_settings_get and sys_settings_set: the settings that the platform names. They live in member.setting.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT sys_settings_get();
SELECT sys_settings_get('{}');
SELECT sys_settings_get('{"list": ["email.utf8", "member.tarif.limit"]}'), sys_settings_get('{"list": []}'), sys_settings_get('{"list": null}') = sys_settings_get();
SELECT count(*) FROM member.setting;

SELECT sys_settings_set('{"list": {"email.utf8": 0, "member.tarif.limit": 1000, "member.noconfirm.limit": "500"}}');
SELECT sys_settings_get();
SELECT * FROM member.setting ORDER BY name;
SELECT sys_settings_set('{"list": {"email.utf8": "1", "member.tarif.limit": null}}');
SELECT sys_settings_get();
SELECT sys_settings_set('{"list": {}}');

-- An unknown name is an error, and nothing of the call is kept.
SELECT refusal('SELECT sys_settings_get(''{"list": ["email.utf8", "member.unknown"]}'')'), refusal('SELECT sys_settings_set(''{"list": {"email.utf8": 0, "zzz": 1}}'')');
SELECT sys_settings_get('{"list": ["email.utf8"]}');
-- So is a value that is none.
SELECT setting, refusal(format('SELECT sys_settings_set(''{"list": {%s}}'')', setting)) FROM unnest(ARRAY['"email.utf8": 2', '"email.utf8": null', '"email.utf8": "yes"', '"email.utf8": []', '"member.tarif.limit": -1', '"member.tarif.limit": 1.5',
    '"member.tarif.limit": "many"', '"member.noconfirm.limit": {}', '"member.noconfirm.limit": ""', '"member.noconfirm.rest": 5', '"member.noconfirm.rest": null', '"member.hard.limit": -1', '"member.hard.rest": 1', '"stoplist.member.edit": 2', '"anketa.id.base": "x"']) WITH ORDINALITY AS t(setting, n) ORDER BY n;
SELECT refusal('SELECT sys_settings_set(''{}'')'), refusal('SELECT sys_settings_set(''{"list": []}'')'), refusal('SELECT sys_settings_get(''{"list": {}}'')'), refusal('SELECT sys_settings_get(''{"list": [5]}'')');

-- Rolled back with the transaction.
BEGIN;
SELECT sys_settings_set('{"list": {"member.tarif.limit": 7}}');
SELECT sys_settings_get('{"list": ["member.tarif.limit"]}');
ROLLBACK;
SELECT sys_settings_get('{"list": ["member.tarif.limit"]}');
