-- event_emit: events that clients and triggers report, and what they do to an identifier.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('anna@example.com', '[]') ->> 'newbie', member_set('boris@example.com', '[]') ->> 'newbie';

-- About a subscriber, by identifier or by the number of its body; what the call names beside event_data goes into it where the type knows the key.
SELECT event_emit('{"event_type": "click", "email": "Anna@Example.com", "event_date": "2024-05-01T10:20:30.5Z", "campaign_id": 7, "event_data": {"link_url": "https://example.com/", "shop": {"n": 1.10}}, "custom_data": {"a": 1}}');
SELECT event_emit('{"event_type": "form", "dataset": 2, "event_data": {"fields": {"b": 2}}, "campaign_id": 7, "is_test": 1}');
-- About nobody.
SELECT event_emit('{"event_type": "campaign_start", "campaign_id": 7, "event_data": {"total": 3}}');
SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at, event_type, address_id, dataset, version, body FROM member.event WHERE event_type = 'click';
SELECT id, event_type, address_id, dataset, version, body FROM member.event WHERE event_type IN ('form', 'campaign_start') ORDER BY id;

-- Refused.
SELECT refusal('SELECT event_emit(''{"email": "anna@example.com"}'')'), refusal('SELECT event_emit(''{"event_type": "no_such", "email": "anna@example.com"}'')');
SELECT refusal('SELECT event_emit(''{"event_type": "click"}'')'), refusal('SELECT event_emit(''{"event_type": "campaign_stop", "email": "anna@example.com"}'')');
SELECT refusal('SELECT event_emit(''{"event_type": "click", "email": "nobody@example.com"}'')'), refusal('SELECT event_emit(''{"event_type": "click", "dataset": 99}'')');
SELECT refusal('SELECT event_emit(''{"event_type": "click", "email": "anna@example.com", "dataset": 1}'')');
SELECT refusal('SELECT event_emit(''{"event_type": "click", "email": "anna@example.com", "event_data": {"message_id": "seven"}}'')');
SELECT refusal('SELECT event_emit(''{"event_type": "click", "email": "anna@example.com", "event_date": "yesterday"}'')'), refusal('SELECT event_emit(''{"event_type": "click", "email": "anna@example.com", "campaign_id": "x"}'')');
SELECT count(*) FROM member.event;

-- A final failure of delivery locks the identifier at once; a delivery forgets it.
SELECT event_emit('{"event_type": "hbounce", "email": "anna@example.com", "event_date": "2024-05-01T00:00:00Z", "event_data": {"message": "no such user", "message_id": 5}, "launch_id": "12"}') > 0;
SELECT member_get('anna@example.com', 'member.error'), member_get('anna@example.com', 'member.haslock');
SELECT event_emit('{"event_type": "deliv", "email": "anna@example.com"}') > 0;
SELECT member_get('anna@example.com', 'member.haslock'), member_get('anna@example.com', 'member.error');

-- Temporary ones count, and lock where the setting says so.
SET pg_member.soft_bounce_limit = 2;
SELECT event_emit('{"event_type": "sbounce", "email": "anna@example.com"}') > 0;
SELECT errors, lock FROM member.delivery_error;
SELECT event_emit('{"event_type": "sbounce", "email": "anna@example.com"}') > 0;
SELECT errors, lock FROM member.delivery_error;
SELECT member_get('anna@example.com', 'member.haslock');
SELECT event_emit('{"event_type": "deliv", "email": "anna@example.com"}') > 0;
-- A type of one's own does what its base does.
INSERT INTO member.event_type VALUES ('shop.returned', 'hbounce', 'channel', 'a parcel came back', true, '{}', false);
SELECT event_emit('{"event_type": "shop.returned", "email": "anna@example.com"}') > 0;
SELECT member_get('anna@example.com', 'member.haslock');
SELECT event_emit('{"event_type": "deliv", "email": "anna@example.com"}') > 0;
DELETE FROM member.event_type WHERE NOT builtin;

-- Who opts out or complains is in the stop-list, and stays there.
SELECT event_emit('{"event_type": "unsub", "email": "boris@example.com", "event_date": "2024-05-01T00:00:00Z", "event_data": {"ip": "192.0.2.7"}}') > 0;
SELECT value, kind, sender, at AT TIME ZONE 'UTC' AS at, source FROM member.stoplist;
SELECT event_emit('{"event_type": "complain", "email": "boris@example.com"}') > 0, count(*) FROM member.stoplist;
SELECT member_get('boris@example.com', 'member.haslock');
-- Of one sender alone: no lock.
SELECT event_emit('{"event_type": "unsub", "email": "anna@example.com", "event_data": {"sender_id": 4}}') > 0, event_emit('{"event_type": "complain", "email": "anna@example.com", "event_data": {"sender_id": 4}}') > 0;
SELECT kind, sender FROM member.stoplist WHERE value = 'anna@example.com';
SELECT member_get('anna@example.com', 'member.haslock'), refusal('SELECT event_emit(''{"event_type": "unsub", "email": "anna@example.com", "event_data": {"sender_id": "four"}}'')');

-- The time zone of who opens and clicks; robots are ignored.
SELECT event_emit('{"event_type": "open", "email": "anna@example.com", "event_date": "2024-01-15T00:00:00Z", "event_data": {"tz": "Europe/Vaduz"}}') > 0;
SELECT member_get('anna@example.com', 'member.last.tz');
SELECT event_emit('{"event_type": "click", "email": "anna@example.com", "event_data": {"tz": "Asia/Tokyo", "device": "bot"}}') > 0;
SELECT event_emit('{"event_type": "click", "email": "anna@example.com", "event_data": {"tz": "No/Where"}}') > 0;
SELECT member_get('anna@example.com', 'member.last.tz');
SELECT event_emit('{"event_type": "click", "email": "anna@example.com", "event_date": "2024-01-15T00:00:00Z", "event_data": {"tz": "America/St_Johns"}}') > 0;
SELECT member_get('anna@example.com', 'member.last.tz');

-- The catalogue: every type has keys, and events about nobody are those of campaigns.
SELECT count(*), count(*) FILTER (WHERE keys <> '{}'), count(DISTINCT family) FROM member.event_type;
SELECT string_agg(code, ' ' ORDER BY code) FROM member.event_type WHERE NOT is_personal;
SELECT code, keys FROM member.event_type WHERE code IN ('member_new', 'promo_assign', 'sub_status') ORDER BY code;
-- Each can be recorded.
SELECT count(event_emit(CASE WHEN is_personal THEN jsonb_build_object('event_type', code, 'email', 'anna@example.com') ELSE jsonb_build_object('event_type', code) END)) = count(*) FROM member.event_type;
SELECT * FROM member_check();
