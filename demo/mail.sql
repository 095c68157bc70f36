-- A channel that sends e-mail through the HTTP interface of a mail service. Run it in your own database:
--
--     psql -v url=https://mail.example.com/v1/send -v key=… -v ON_ERROR_STOP=1 -d shop -f demo/mail.sql
--
-- The service is asked with one POST a message, as most of them are: {from, to, subject, text, html, reference} in, {id} out.
-- Where yours has other names, change the first pipe. What it reports later goes to pipeline_listen('mail', …), which
-- a gateway calls for each request of the service.

-- What is filled in on letters, on senders, and once for the account.
SELECT channel_set(jsonb_build_object(
    'name', 'E-mail', 'string_id', 'mail', 'kind', 'direct', 'addr_type', 'email',
    'fields', '{
        "subscription": [{"type": "string", "shortname": "note", "title": "Note"}],
        "template":     [{"type": "string", "shortname": "subject", "title": "Subject", "required": true},
                         {"type": "text", "shortname": "text", "title": "Text", "default": ""},
                         {"type": "html", "shortname": "html", "title": "HTML", "default": ""}],
        "sender":       [{"type": "string", "shortname": "email", "title": "From: address", "required": true},
                         {"type": "string", "shortname": "name", "title": "From: name", "default": ""}],
        "account":      [{"type": "string", "shortname": "url", "title": "Address of the service", "required": true},
                         {"type": "string", "shortname": "key", "title": "Key", "secret": true, "required": true}]}'::jsonb,
    'events', '[{"name": "Accepted", "string_id": "accepted", "base": "send"},
                {"name": "Delivered", "string_id": "delivered", "base": "deliv"},
                {"name": "Not accepted", "string_id": "failed", "base": "undeliv"},
                {"name": "Bounced", "string_id": "bounced", "base": "hbounce"},
                {"name": "Put off", "string_id": "deferred", "base": "sbounce"},
                {"name": "Complained of", "string_id": "complained", "base": "complain"}]'::jsonb,
    'account_fields', jsonb_build_object('url', :'url', 'key', :'key')));

-- A message: one request. An address that the service refuses has bounced; anything else that goes wrong is a failure,
-- and says so in the log of pipelines where not even the event can be written.
SELECT pipeline_set('mail', 'message', '[
    {"id": 1, "type": "pack", "outs": {"success": 2, "error": 6},
     "params": {"template": {"from": {"email": "$sender.email", "name": "$sender.name"}, "to": [{"email": "$subscription.email"}],
                             "subject": "$template.subject", "text": "$template.text", "html": "$template.html",
                             "reference": "$origin.send_message_id"}}},
    {"id": 2, "type": "http_request", "outs": {"success": 3, "error": 4},
     "params": {"url": "$account.url", "method": "POST", "content_type": "json", "timeout": 30,
                "headers": {"Authorization": "Bearer $account.key"}}},
    {"id": 3, "type": "event", "params": {"name": "accepted", "event": {"send_message_id": "$origin.send_message_id"}}, "outs": {"error": 7}},
    {"id": 4, "type": "selector", "outs": {"success": 6},
     "params": {"outs": [{"query": "$error.code = 422", "out": 5}]}},
    {"id": 5, "type": "event", "outs": {"error": 7},
     "params": {"name": "bounced", "event": {"send_message_id": "$origin.send_message_id", "message": "$error.message"}}},
    {"id": 6, "type": "event", "outs": {"error": 7},
     "params": {"name": "failed", "event": {"send_message_id": "$origin.send_message_id", "message": "$error.message"}}},
    {"id": 7, "type": "log", "params": {"level": "error", "message": "$error.message"}}]') -> 'problems' AS message;

-- What the service reports: {"reference": …, "event": "delivered" | "bounced" | "deferred" | "complained", "reason": …}.
SELECT pipeline_set('mail', 'listener', '[
    {"id": 1, "type": "unpack", "outs": {"success": 2, "error": 7}, "params": {"type": "JSON"}},
    {"id": 2, "type": "selector", "outs": {"success": 7},
     "params": {"outs": [{"query": "$in.data.event = \"delivered\"", "out": 3}, {"query": "$in.data.event = \"bounced\"", "out": 4},
                         {"query": "$in.data.event = \"deferred\"", "out": 5}, {"query": "$in.data.event = \"complained\"", "out": 6}]}},
    {"id": 3, "type": "event", "params": {"name": "delivered", "event": {"send_message_id": "$in.data.reference"}}},
    {"id": 4, "type": "event", "params": {"name": "bounced", "event": {"send_message_id": "$in.data.reference", "message": "$in.data.reason"}}},
    {"id": 5, "type": "event", "params": {"name": "deferred", "event": {"send_message_id": "$in.data.reference", "message": "$in.data.reason"}}},
    {"id": 6, "type": "event", "params": {"name": "complained", "event": {"send_message_id": "$in.data.reference"}}},
    {"id": 7, "type": "log", "params": {"level": "warn", "message": "a report that nobody knows"}}]') -> 'problems' AS listener;
