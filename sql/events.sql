-- pg_member: what happens to events after they are written: their order, the hooks that carry them out, and the
-- dictionaries that hooks name. Read with DESIGN.md, "The log and the workers".
--
-- Progress is appended and never updated: an updated row would be read through all its old versions while another
-- session holds an old snapshot.

CREATE SEQUENCE member.event_seen_id;
COMMENT ON SEQUENCE member.event_seen_id IS 'The numbers of the rows of event_seen.';
CREATE SEQUENCE member.hook_id;
COMMENT ON SEQUENCE member.hook_id IS 'The numbers of hooks.';
CREATE SEQUENCE member.hook_revision;
COMMENT ON SEQUENCE member.hook_revision IS 'Grows with each change of a hook, so that workers notice it.';
CREATE SEQUENCE member.track_id;
COMMENT ON SEQUENCE member.track_id IS 'The numbers of tracks.';
CREATE SEQUENCE member.dictionary_id;
COMMENT ON SEQUENCE member.dictionary_id IS 'The numbers of campaigns, resources, senders, templates and pixels.';

-- Event types ---------------------------------------------------------------------------------------------------

CREATE TABLE member.event_type (
    code       text COLLATE "C" NOT NULL PRIMARY KEY,
    base       text COLLATE "C",
    family     text COLLATE "C" NOT NULL,
    about      text NOT NULL,
    is_personal boolean NOT NULL,
    keys       jsonb NOT NULL,
    builtin    boolean NOT NULL
);
COMMENT ON TABLE member.event_type IS 'Every type of event that the log may hold, with the keys of its event_data.';
COMMENT ON COLUMN member.event_type.code IS 'Its code: click, member_new, …';
COMMENT ON COLUMN member.event_type.base IS 'The code that hooks may list instead; of an event of a channel of one''s own.';
COMMENT ON COLUMN member.event_type.family IS 'member, tracking, delivery, status, import, pixel, form, campaign, trigger, promo, community or channel.';
COMMENT ON COLUMN member.event_type.about IS 'When it happens.';
COMMENT ON COLUMN member.event_type.is_personal IS 'Whether it is about a subscriber; others are about nobody.';
COMMENT ON COLUMN member.event_type.keys IS 'The keys of event_data: {key: text | int | float | bool | object | list}. More keys are kept as they come.';
COMMENT ON COLUMN member.event_type.builtin IS 'Whether the extension brought it.';

INSERT INTO member.event_type (code, base, family, about, is_personal, keys, builtin)
SELECT t.code, NULL, t.family, t.about, t.family OPERATOR(pg_catalog.<>) 'campaign', f.keys, true
  FROM (VALUES
    ('tracking', '{"message_id": "int", "campaign_id": "int", "segment_id": "int", "resource_id": "int", "ip": "text", "country": "text", "city": "text", "postal_code": "text", "region": "text", "tz": "text", "lat": "float", "lon": "float", "user_agent": "text", "os": "text", "browser": "text", "device": "text", "link_url": "text", "launch_id": "text", "send_message_id": "text", "extra_uid": "text"}'::pg_catalog.jsonb),
    ('delivery', '{"message_id": "int", "campaign_id": "int", "segment_id": "int", "resource_id": "int", "launch_id": "text", "send_message_id": "text", "sender_id": "int", "dsn": "text", "smtp_code": "int", "message": "text", "reason": "text", "parts": "int", "provider": "text", "extra_uid": "text", "channel_id": "int", "action_type": "int"}'),
    ('import', '{"import_id": "int", "is_new": "bool", "resource_ids": "list", "changed": "list"}'),
    ('pixel', '{"pixel_id": "int", "pixel_name": "text", "url": "text", "referer": "text", "cookie_id": "text", "params": "object", "ip": "text", "country": "text", "city": "text", "postal_code": "text", "region": "text", "tz": "text", "lat": "float", "lon": "float", "user_agent": "text", "os": "text", "browser": "text", "device": "text"}'),
    ('form', '{"form_id": "int", "url": "text", "fields": "object", "ip": "text", "country": "text", "city": "text", "postal_code": "text", "region": "text", "tz": "text", "lat": "float", "lon": "float", "user_agent": "text", "os": "text", "browser": "text", "device": "text"}'),
    ('campaign', '{"campaign_id": "int", "launch_id": "text", "message_id": "int", "segment_id": "int", "total": "int"}'),
    ('trigger', '{"campaign_id": "int", "message_id": "int", "send_message_id": "text"}'),
    ('promo', '{"promo_id": "int", "code": "text"}'),
    ('status', '{"resource_id": "int", "channel": "text", "old_status": "text", "new_status": "text", "reason": "text"}'),
    ('member_new', '{"confirm": "int", "origin": "int"}'),
    ('member_change', '{"changed": "list"}'),
    ('member_delete', '{"body": "int"}'),
    ('head_attach', '{"id": "int", "dataset": "int"}'),
    ('head_detach', '{"id": "int", "dataset": "int", "split_dataset": "int"}'),
    ('head_move', '{"id": "int", "dataset": "int", "source_dataset": "int"}'),
    ('member_merge', '{"dataset": "int", "source_dataset": "int", "source_deleted": "int", "changed": "list"}'),
    ('member_unmerge', '{"journal": "int", "dataset": "int", "changed": "list"}'),
    ('member_confirm', '{"id": "int", "ip": "text"}'),
    ('member_erase', '{"reason": "text"}'),
    ('group', '{"group_id": "text", "at": "text"}'),
    ('origin_change', '{"old": "int", "new": "int"}')
  ) AS f (shape, keys)
  JOIN (VALUES
    ('send', 'delivery', 'delivery', 'handed over for delivery'),
    ('reply', 'delivery', 'delivery', 'the subscriber answered'),
    ('uopen', 'tracking', 'tracking', 'a message was opened for the first time'),
    ('open', 'tracking', 'tracking', 'a message was opened'),
    ('uclick', 'tracking', 'tracking', 'a link was followed for the first time'),
    ('click', 'tracking', 'tracking', 'a link was followed'),
    ('confirm', 'tracking', 'tracking', 'the confirmation link of an ordinary message was followed'),
    ('confirmsub', 'tracking', 'tracking', 'the confirmation link of a double opt-in message was followed'),
    ('unsub', 'tracking', 'tracking', 'the subscriber opted out'),
    ('complain', 'delivery', 'delivery', 'a spam complaint came'),
    ('sbounce', 'delivery', 'delivery', 'a temporary problem of delivery'),
    ('hbounce', 'delivery', 'delivery', 'a final problem of delivery'),
    ('suppress', 'delivery', 'delivery', 'not sent: the address is in a stop-list'),
    ('deliv', 'delivery', 'delivery', 'delivered'),
    ('undeliv', 'delivery', 'delivery', 'not delivered'),
    ('read', 'tracking', 'tracking', 'open for eight seconds or more'),
    ('skimmed', 'tracking', 'tracking', 'open for four to eight seconds'),
    ('glanced', 'tracking', 'tracking', 'open for less than four seconds'),
    ('import_manual', 'import', 'import', 'the profile was imported by hand'),
    ('import_file', 'import', 'import', 'the profile was imported from a file'),
    ('import_api', 'import', 'import', 'the profile was imported by API'),
    ('send_sms', 'delivery', 'delivery', 'an SMS was handed over'),
    ('deliv_sms', 'delivery', 'delivery', 'an SMS was delivered'),
    ('undeliv_sms', 'delivery', 'delivery', 'an SMS was not delivered'),
    ('click_sms', 'tracking', 'tracking', 'a link of an SMS was followed'),
    ('uclick_sms', 'tracking', 'tracking', 'a link of an SMS was followed for the first time'),
    ('unsub_sms', 'tracking', 'tracking', 'the subscriber opted out by SMS'),
    ('suppress_sms', 'delivery', 'delivery', 'an SMS was not sent: the number is in a stop-list'),
    ('uopen_push', 'tracking', 'tracking', 'a push was opened for the first time'),
    ('open_push', 'tracking', 'tracking', 'a push was opened'),
    ('send_push', 'delivery', 'delivery', 'a push was handed over'),
    ('click_push', 'tracking', 'tracking', 'a push was clicked'),
    ('uclick_push', 'tracking', 'tracking', 'a push was clicked for the first time'),
    ('deliv_push', 'delivery', 'delivery', 'a push was delivered'),
    ('undeliv_push', 'delivery', 'delivery', 'a push was not delivered'),
    ('unsub_push', 'tracking', 'tracking', 'the subscriber withdrew from push'),
    ('suppress_push', 'delivery', 'delivery', 'a push was not sent: the token is in a stop-list'),
    ('campaign_start', 'campaign', 'campaign', 'a campaign was launched'),
    ('campaign_stop', 'campaign', 'campaign', 'a campaign finished'),
    ('pixel', 'pixel', 'pixel', 'a pixel of a site or an app fired'),
    ('promo_assign', 'promo', 'promo', 'a promo code was given'),
    ('promo_activate', 'promo', 'promo', 'a promo code was used'),
    ('form', 'form', 'form', 'a web form was submitted'),
    ('popup', 'form', 'form', 'a popup was submitted'),
    ('trigger', 'trigger', 'trigger', 'a trigger mailing was started by API'),
    ('sub_status', 'status', 'status', 'the status of a subscription changed'),
    ('member_new', 'member', 'member_new', 'a subscriber was created'),
    ('member_change', 'member', 'member_change', 'the data of a subscriber changed'),
    ('member_delete', 'member', 'member_delete', 'a subscriber or one of its identifiers was deleted'),
    ('head_attach', 'member', 'head_attach', 'an identifier of nobody came to a subscriber'),
    ('head_detach', 'member', 'head_detach', 'an identifier left a subscriber'),
    ('head_move', 'member', 'head_move', 'an identifier went from one subscriber to another'),
    ('member_merge', 'member', 'member_merge', 'data of one subscriber went into another'),
    ('member_unmerge', 'member', 'member_unmerge', 'a change of identifiers was taken back'),
    ('member_confirm', 'member', 'member_confirm', 'an identifier was confirmed'),
    ('member_erase', 'member', 'member_erase', 'a subscriber was erased'),
    ('group_enter', 'member', 'group', 'an identifier entered a list group'),
    ('group_leave', 'member', 'group', 'an identifier left a list group'),
    ('segment_enter', 'member', 'group', 'a subscriber entered a filter group'),
    ('segment_leave', 'member', 'group', 'a subscriber left a filter group'),
    ('origin_change', 'member', 'origin_change', 'the origin of an identifier changed')
  ) AS t (code, family, shape, about) ON t.shape OPERATOR(pg_catalog.=) f.shape;

-- The order of the log ------------------------------------------------------------------------------------------

CREATE TABLE member.event_order (
    pos      bigint NOT NULL PRIMARY KEY,
    first_id bigint NOT NULL,
    last_id  bigint NOT NULL,
    slots    smallint[] NOT NULL,
    datasets bigint[] NOT NULL,
    ids      bigint[] NOT NULL
);
COMMENT ON TABLE member.event_order IS 'The order of the log: dense positions, up to 1,000 events a row.';
COMMENT ON COLUMN member.event_order.pos IS 'The position of the first event of the row; the others follow.';
COMMENT ON COLUMN member.event_order.first_id IS 'The least number of an event in it.';
COMMENT ON COLUMN member.event_order.last_id IS 'The greatest number of an event in it.';
COMMENT ON COLUMN member.event_order.slots IS 'The slot of each event.';
COMMENT ON COLUMN member.event_order.datasets IS 'The body of each event, 0 for events about nobody.';
COMMENT ON COLUMN member.event_order.ids IS 'The number of each event.';

CREATE TABLE member.event_seen (
    id        bigint NOT NULL PRIMARY KEY,
    at        timestamptz NOT NULL,
    snapshot  pg_snapshot NOT NULL,
    next_pos  bigint NOT NULL,
    life      integer NOT NULL,
    system_id bigint NOT NULL,
    database  oid NOT NULL,
    carried   xid8
);
COMMENT ON TABLE member.event_seen IS 'What the sequencer has seen: the last row counts.';
COMMENT ON COLUMN member.event_seen.id IS 'Its number.';
COMMENT ON COLUMN member.event_seen.at IS 'When.';
COMMENT ON COLUMN member.event_seen.snapshot IS 'The snapshot it looked with: what was not visible then is still to come.';
COMMENT ON COLUMN member.event_seen.next_pos IS 'The first position not given yet.';
COMMENT ON COLUMN member.event_seen.life IS 'The life of the database whose transactions the snapshot names.';
COMMENT ON COLUMN member.event_seen.system_id IS 'The cluster in which it looked.';
COMMENT ON COLUMN member.event_seen.database IS 'The database in which it looked.';
COMMENT ON COLUMN member.event_seen.carried IS 'While transactions before this one may still commit what they wrote into the life before.';

-- Where and in which life it all began. A dump leaves this row out: where it is restored there is another.
INSERT INTO member.event_seen (id, at, snapshot, next_pos, life, system_id, database)
SELECT 0, pg_catalog.clock_timestamp(), '3:3:', 1, s.last_value, c.system_identifier, d.oid
  FROM member.event_life s, pg_catalog.pg_control_system() c, pg_catalog.pg_database d
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();

CREATE TABLE member.event_slot_use (
    slot          smallint NOT NULL PRIMARY KEY,
    opened_at     timestamptz NOT NULL,
    first_pos     bigint NOT NULL,
    closed_at     timestamptz,
    closed_before xid8,
    last_pos      bigint
);
COMMENT ON TABLE member.event_slot_use IS 'Since when slots of the ring are written to; a slot without a row is empty.';
COMMENT ON COLUMN member.event_slot_use.slot IS 'The slot.';
COMMENT ON COLUMN member.event_slot_use.opened_at IS 'Since when events go there.';
COMMENT ON COLUMN member.event_slot_use.first_pos IS 'No event in it has a position before this one.';
COMMENT ON COLUMN member.event_slot_use.closed_at IS 'Since when events go there no more.';
COMMENT ON COLUMN member.event_slot_use.closed_before IS 'Transactions before this one may still commit what they wrote there.';
COMMENT ON COLUMN member.event_slot_use.last_pos IS 'No event in it has a position behind this one; known once all its writers have ended.';

-- Hooks ---------------------------------------------------------------------------------------------------------

CREATE TABLE member.hook (
    id         bigint NOT NULL PRIMARY KEY,
    revision   bigint NOT NULL,
    active     boolean NOT NULL,
    reason     text,
    since      bigint NOT NULL,
    born       pg_snapshot NOT NULL,
    life       integer NOT NULL,
    system_id  bigint NOT NULL,
    database   oid NOT NULL,
    settings   jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    begun_at   timestamptz NOT NULL
);
COMMENT ON TABLE member.hook IS 'Action hooks: which events go where. Holds secrets: hook_get shows them hidden.';
COMMENT ON COLUMN member.hook.id IS 'Its number.';
COMMENT ON COLUMN member.hook.revision IS 'Grows with each change.';
COMMENT ON COLUMN member.hook.active IS 'Whether it sends.';
COMMENT ON COLUMN member.hook.reason IS 'Why it does not: paused by hand, gone, copied, …; null while it does.';
COMMENT ON COLUMN member.hook.since IS 'The position that it began behind.';
COMMENT ON COLUMN member.hook.born IS 'The snapshot that it was made with: events that it saw are not the hook''s.';
COMMENT ON COLUMN member.hook.life IS 'The life whose transactions that snapshot names; 0 in a copy of the database, where it says nothing.';
COMMENT ON COLUMN member.hook.system_id IS 'The cluster in which somebody said that it shall send.';
COMMENT ON COLUMN member.hook.database IS 'The database in which somebody said so: in a copy of it the hook waits for hook_resume.';
COMMENT ON COLUMN member.hook.settings IS 'What hook_set was given, with defaults.';
COMMENT ON COLUMN member.hook.created_at IS 'When it was made.';
COMMENT ON COLUMN member.hook.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN member.hook.begun_at IS 'When somebody had it send: failures from before do not count any more.';

CREATE TABLE member.hook_batch (
    hook     bigint NOT NULL,
    batch    uuid NOT NULL,
    first    bigint NOT NULL,
    last     bigint NOT NULL,
    events   bigint[] NOT NULL,
    resolved jsonb,
    is_resent boolean NOT NULL,
    is_dead  boolean NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (hook, batch)
);
COMMENT ON TABLE member.hook_batch IS 'Batches on their way, and dead ones. A batch that arrived has no row any more.';
COMMENT ON COLUMN member.hook_batch.hook IS 'Whose.';
COMMENT ON COLUMN member.hook_batch.batch IS 'Its id: the same in every attempt.';
COMMENT ON COLUMN member.hook_batch.first IS 'The first position that it covers.';
COMMENT ON COLUMN member.hook_batch.last IS 'The last position that it covers.';
COMMENT ON COLUMN member.hook_batch.events IS 'The positions of its events, those the filters let pass.';
COMMENT ON COLUMN member.hook_batch.resolved IS 'What must not change over attempts: the custom_data of each event.';
COMMENT ON COLUMN member.hook_batch.is_resent IS 'Whether hook_resend asked for it: then it moves the hook''s place no further.';
COMMENT ON COLUMN member.hook_batch.is_dead IS 'Whether its last attempt failed.';
COMMENT ON COLUMN member.hook_batch.at IS 'When it was made.';

CREATE TABLE member.hook_outcome (
    hook   bigint NOT NULL,
    pos    bigint NOT NULL,
    at     timestamptz NOT NULL,
    state  text COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    PRIMARY KEY (hook, pos)
);
COMMENT ON TABLE member.hook_outcome IS 'How far hooks are: the last row of each, with the batches on their way, is its place.';
COMMENT ON COLUMN member.hook_outcome.hook IS 'Whose.';
COMMENT ON COLUMN member.hook_outcome.pos IS 'The last position that is done with.';
COMMENT ON COLUMN member.hook_outcome.at IS 'When.';
COMMENT ON COLUMN member.hook_outcome.state IS 'delivered, dead, lost where the log did not wait any longer, or passed where no event was the hook''s.';
COMMENT ON COLUMN member.hook_outcome.events IS 'How many events were the hook''s; of lost ones, how many positions.';

CREATE TABLE member.hook_attempt (
    hook    bigint NOT NULL,
    at      timestamptz NOT NULL,
    batch   uuid NOT NULL,
    attempt integer NOT NULL,
    state   text COLLATE "C" NOT NULL,
    status  integer,
    answer  text NOT NULL,
    took_ms double precision NOT NULL,
    events  integer NOT NULL,
    first   bigint NOT NULL,
    last    bigint NOT NULL,
    breaker text COLLATE "C" NOT NULL,
    breaker_since timestamptz,
    next_at timestamptz
);
CREATE INDEX hook_attempt_by_hook ON member.hook_attempt (hook, at);
CREATE INDEX hook_attempt_by_batch ON member.hook_attempt (batch);
COMMENT ON TABLE member.hook_attempt IS 'Every attempt to send a batch; kept for pg_member.hook_attempt_days.';
COMMENT ON COLUMN member.hook_attempt.hook IS 'Whose.';
COMMENT ON COLUMN member.hook_attempt.at IS 'When it ended.';
COMMENT ON COLUMN member.hook_attempt.batch IS 'The batch.';
COMMENT ON COLUMN member.hook_attempt.attempt IS 'Which attempt, from 1.';
COMMENT ON COLUMN member.hook_attempt.state IS 'A word for what came of it: delivered, status, timeout, refused, …';
COMMENT ON COLUMN member.hook_attempt.status IS 'The status of the answer, where there was one.';
COMMENT ON COLUMN member.hook_attempt.answer IS 'The beginning of the answer or of the problem.';
COMMENT ON COLUMN member.hook_attempt.took_ms IS 'How long it took, in milliseconds.';
COMMENT ON COLUMN member.hook_attempt.events IS 'How many events it carried.';
COMMENT ON COLUMN member.hook_attempt.first IS 'The first position of the batch.';
COMMENT ON COLUMN member.hook_attempt.last IS 'The last position of the batch.';
COMMENT ON COLUMN member.hook_attempt.breaker IS 'The circuit breaker after it: closed or open.';
COMMENT ON COLUMN member.hook_attempt.breaker_since IS 'Since when it is open; null where it is closed.';
COMMENT ON COLUMN member.hook_attempt.next_at IS 'When the batch is to go again; null where it arrived, is dead, or waits for hook_resume.';

CREATE VIEW member.hook_need AS
SELECT h.id AS hook,
       LEAST(
           GREATEST(
               h.since,
               (SELECT pg_catalog.max(o.pos) FROM member.hook_outcome o WHERE o.hook = h.id),
               (SELECT pg_catalog.max(b.last) FROM member.hook_batch b WHERE b.hook = h.id AND NOT b.is_resent)),
           (SELECT pg_catalog.min(b.first) - 1 FROM member.hook_batch b
             WHERE b.hook = h.id AND NOT b.is_dead AND NOT b.is_resent)) AS pos
  FROM member.hook h;
COMMENT ON VIEW member.hook_need IS 'The position behind which each hook still needs the log.';
COMMENT ON COLUMN member.hook_need.hook IS 'The hook.';
COMMENT ON COLUMN member.hook_need.pos IS 'Everything up to here is done with.';

CREATE VIEW member.hook_status AS
SELECT h.id,
       h.settings ->> 'name' AS name,
       h.settings #>> '{transport,type}' AS transport,
       h.active,
       CASE WHEN NOT h.active THEN h.reason
            WHEN last.state IS NULL OR last.state = 'delivered' THEN 'ok'
            ELSE last.state END AS state,
       n.pos AS place,
       GREATEST(head.pos - n.pos, 0) AS lag_events,
       GREATEST(COALESCE(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - oldest.at), 0), 0) AS lag_seconds,
       COALESCE(batches.waiting, 0) AS waiting_batches,
       COALESCE(batches.dead, 0) AS dead_batches,
       hour.attempts AS attempts_hour,
       hour.success_rate,
       last.at AS last_attempt_at,
       success.at AS last_success_at,
       failure.at AS last_error_at,
       failure.state AS last_error_state,
       failure.status AS last_error_status,
       failure.answer AS last_error,
       CASE WHEN last.breaker = 'open' AND h.active AND last.at >= h.begun_at
                 AND (h.settings #>> '{breaker,failures}')::integer > 0
            THEN CASE WHEN pg_catalog.clock_timestamp() < last.breaker_since
                           + pg_catalog.make_interval(secs => (h.settings #>> '{breaker,pause_sec}')::integer)
                      THEN 'open' ELSE 'half-open' END
            ELSE 'closed' END AS breaker,
       lost.events AS lost_events,
       lost.first AS lost_first,
       lost.last AS lost_last
  FROM member.hook h
  JOIN member.hook_need n ON n.hook = h.id
 CROSS JOIN (SELECT COALESCE(pg_catalog.max(s.next_pos), 1) - 1 AS pos FROM member.event_seen s) head
  LEFT JOIN LATERAL (
       SELECT e.at
         FROM (SELECT o.*, (n.pos + 2 - o.pos)::integer AS place FROM member.event_order o
                WHERE o.pos <= n.pos + 1 ORDER BY o.pos DESC LIMIT 1) o
         JOIN member.event e ON e.slot = o.slots[o.place] AND e.dataset = o.datasets[o.place] AND e.id = o.ids[o.place]
        WHERE n.pos < head.pos) oldest ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.count(*) FILTER (WHERE NOT b.is_dead) AS waiting,
              pg_catalog.count(*) FILTER (WHERE b.is_dead) AS dead
         FROM member.hook_batch b WHERE b.hook = h.id) batches ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.count(*) AS attempts,
              pg_catalog.avg((a.state = 'delivered')::integer)::double precision AS success_rate
         FROM member.hook_attempt a
        WHERE a.hook = h.id AND a.at > pg_catalog.clock_timestamp() - '1 hour'::interval) hour ON true
  LEFT JOIN LATERAL (
       SELECT a.at, a.state, a.breaker, a.breaker_since FROM member.hook_attempt a
        WHERE a.hook = h.id ORDER BY a.at DESC LIMIT 1) last ON true
  LEFT JOIN LATERAL (
       SELECT a.at FROM member.hook_attempt a
        WHERE a.hook = h.id AND a.state = 'delivered' ORDER BY a.at DESC LIMIT 1) success ON true
  LEFT JOIN LATERAL (
       SELECT a.at, a.state, a.status, a.answer FROM member.hook_attempt a
        WHERE a.hook = h.id AND a.state <> 'delivered' ORDER BY a.at DESC LIMIT 1) failure ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.sum(o.events)::bigint AS events, pg_catalog.min(o.pos - o.events + 1) AS first,
              pg_catalog.max(o.pos) AS last
         FROM member.hook_outcome o WHERE o.hook = h.id AND o.state = 'lost') lost ON true;
COMMENT ON VIEW member.hook_status IS 'How each hook is: how far behind, what went wrong last.';
COMMENT ON COLUMN member.hook_status.id IS 'Its number.';
COMMENT ON COLUMN member.hook_status.name IS 'Its name.';
COMMENT ON COLUMN member.hook_status.transport IS 'http_batch, rabbitmq_queue, rabbitmq_exchange or kafka.';
COMMENT ON COLUMN member.hook_status.active IS 'Whether it sends.';
COMMENT ON COLUMN member.hook_status.state IS 'ok; or why it does not send; or what its last attempt came to: status, timeout, blocked, user_refused, …';
COMMENT ON COLUMN member.hook_status.place IS 'The position up to which it is done with.';
COMMENT ON COLUMN member.hook_status.lag_events IS 'How many positions it is behind, those of events that are not its own included.';
COMMENT ON COLUMN member.hook_status.lag_seconds IS 'How old the first event is that it is not done with.';
COMMENT ON COLUMN member.hook_status.waiting_batches IS 'Batches on their way.';
COMMENT ON COLUMN member.hook_status.dead_batches IS 'Batches whose last attempt failed: hook_resend sends them again.';
COMMENT ON COLUMN member.hook_status.attempts_hour IS 'Attempts of the last hour.';
COMMENT ON COLUMN member.hook_status.success_rate IS 'The part of them that arrived, from 0 to 1; null without any.';
COMMENT ON COLUMN member.hook_status.last_attempt_at IS 'When its last attempt ended.';
COMMENT ON COLUMN member.hook_status.last_success_at IS 'When its last batch arrived.';
COMMENT ON COLUMN member.hook_status.last_error_at IS 'When its last failed attempt ended.';
COMMENT ON COLUMN member.hook_status.last_error_state IS 'The word for it.';
COMMENT ON COLUMN member.hook_status.last_error_status IS 'The status of the answer, where there was one.';
COMMENT ON COLUMN member.hook_status.last_error IS 'The beginning of the answer or of the problem.';
COMMENT ON COLUMN member.hook_status.breaker IS 'The circuit breaker now: closed; open, nothing is sent; half-open, its pause is over and one attempt decides.';
COMMENT ON COLUMN member.hook_status.lost_events IS 'How many positions it was behind when the log did not wait for it any longer, in all.';
COMMENT ON COLUMN member.hook_status.lost_first IS 'The first of them.';
COMMENT ON COLUMN member.hook_status.lost_last IS 'The last of them.';

-- Tracks --------------------------------------------------------------------------------------------------------

CREATE TABLE member.track (
    id          bigint NOT NULL PRIMARY KEY,
    action      text COLLATE "C" NOT NULL,
    status      integer NOT NULL,
    created_at  timestamptz NOT NULL,
    status_at   timestamptz NOT NULL,
    xid         xid8 NOT NULL,
    life        integer NOT NULL,
    info        text,
    error       text COLLATE "C",
    error_info  text,
    done        bigint NOT NULL,
    total       bigint,
    request     jsonb NOT NULL,
    state       jsonb,
    result      jsonb,
    worker      smallint,
    tries       smallint NOT NULL,
    is_stopping boolean NOT NULL,
    phase       text,
    begun_at    timestamptz
);
CREATE INDEX track_open ON member.track (id) WHERE status >= 0;
COMMENT ON TABLE member.track IS 'Asynchronous calls: what is to be done, how far it is, what came of it.';
COMMENT ON COLUMN member.track.id IS 'Its number.';
COMMENT ON COLUMN member.track.action IS 'The call.';
COMMENT ON COLUMN member.track.status IS '0 accepted, 1 running, -1 done, -2 error, -6 stopped.';
COMMENT ON COLUMN member.track.created_at IS 'When it was made.';
COMMENT ON COLUMN member.track.status_at IS 'When its state changed last.';
COMMENT ON COLUMN member.track.xid IS 'The transaction that made it: who waits for it in there waits in vain.';
COMMENT ON COLUMN member.track.life IS 'The life in which it was made: in a copy of the database it is not done again.';
COMMENT ON COLUMN member.track.info IS 'What the caller wrote beside it.';
COMMENT ON COLUMN member.track.error IS 'The id of the error that ended it, or the SQLSTATE.';
COMMENT ON COLUMN member.track.error_info IS 'What was wrong.';
COMMENT ON COLUMN member.track.done IS 'How much is done.';
COMMENT ON COLUMN member.track.total IS 'Of how much; null while that is not known.';
COMMENT ON COLUMN member.track.request IS 'What is to be done.';
COMMENT ON COLUMN member.track.state IS 'Where the next part of the work begins.';
COMMENT ON COLUMN member.track.result IS 'The call''s own answer.';
COMMENT ON COLUMN member.track.worker IS 'The number of the worker that holds it.';
COMMENT ON COLUMN member.track.tries IS 'How often a worker took it up since it last got on.';
COMMENT ON COLUMN member.track.is_stopping IS 'Whether somebody asked for its end.';
COMMENT ON COLUMN member.track.phase IS 'What it is doing, in words; null where there is nothing to tell apart.';
COMMENT ON COLUMN member.track.begun_at IS 'When a worker took it up first.';

-- Dictionaries --------------------------------------------------------------------------------------------------

DO $dictionaries$
DECLARE
    noun pg_catalog.text;
BEGIN
    FOREACH noun IN ARRAY ARRAY['campaign', 'resource', 'sender', 'template', 'pixel'] LOOP
        EXECUTE pg_catalog.format(
            'CREATE TABLE member.%1$I (id bigint NOT NULL PRIMARY KEY, name text NOT NULL, subid text, subject text, fields jsonb NOT NULL)', noun);
        EXECUTE pg_catalog.format('COMMENT ON TABLE member.%1$I IS %2$L', noun,
            'Every ' || noun || ' that events and hooks name.');
        EXECUTE pg_catalog.format('COMMENT ON COLUMN member.%1$I.id IS ''Its number.''', noun);
        EXECUTE pg_catalog.format('COMMENT ON COLUMN member.%1$I.name IS ''Its name.''', noun);
        EXECUTE pg_catalog.format('COMMENT ON COLUMN member.%1$I.subid IS ''A second name of the account''''s own.''', noun);
        EXECUTE pg_catalog.format('COMMENT ON COLUMN member.%1$I.subject IS ''The subject of its messages.''', noun);
        EXECUTE pg_catalog.format('COMMENT ON COLUMN member.%1$I.fields IS ''Fields of the account''''s own.''', noun);
    END LOOP;
END
$dictionaries$;

-- lz4 where this server has it: what is written here is written often and read soon.
DO $compression$
DECLARE
    told record;
BEGIN
    FOR told IN SELECT * FROM (VALUES ('event_order', 'slots'), ('event_order', 'datasets'), ('event_order', 'ids'),
                                      ('hook_batch', 'events'), ('hook_batch', 'resolved')) AS c (relation, name) LOOP
        EXECUTE pg_catalog.format('ALTER TABLE member.%I ALTER COLUMN %I SET COMPRESSION lz4', told.relation, told.name);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$compression$;

-- Dumps ---------------------------------------------------------------------------------------------------------

DO $dumps$
DECLARE
    relation pg_catalog.text;
BEGIN
    FOREACH relation IN ARRAY ARRAY[
        'event_seen_id', 'hook_id', 'hook_revision', 'track_id', 'dictionary_id', 'track',
        'event_order', 'event_slot_use', 'hook', 'hook_batch', 'hook_outcome', 'hook_attempt',
        'campaign', 'resource', 'sender', 'template', 'pixel'
    ] LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('member.' || relation)::pg_catalog.regclass, '');
    END LOOP;
    PERFORM pg_catalog.pg_extension_config_dump('member.event_seen', 'WHERE id > 0');
    PERFORM pg_catalog.pg_extension_config_dump('member.event_type', 'WHERE NOT builtin');
END
$dumps$;
