-- pg_member: the functions. Each is written in Rust (src/pg/api); here stand their names, their volatility, what
-- they are for, and who may call them. PUBLIC may execute the pure ones only: member_grant gives the others.

-- Identifiers ---------------------------------------------------------------------------------------------------

CREATE FUNCTION email_normalize(value text) RETURNS text
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'email_normalize';
COMMENT ON FUNCTION email_normalize(text) IS
    'The normal form of an e-mail address: trimmed, lower case, national domains readable. Raises error/email/… . Reads no setting, so it may stand in indexes and generated columns.';

CREATE FUNCTION phone_normalize(value text) RETURNS text
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'phone_normalize';
COMMENT ON FUNCTION phone_normalize(text) IS
    'The normal form of a phone number, +7XXXYYYYYYY; a number without a country is of pg_member.default_region. Raises error/msisdn/… .';

CREATE FUNCTION phone_normalize(value text, region text) RETURNS text
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'phone_normalize_in';
COMMENT ON FUNCTION phone_normalize(text, text) IS
    'The normal form of a phone number; a number without a country is of this region. Reads no setting, so it may stand in indexes and generated columns.';

CREATE FUNCTION address_normalize(value text, addr_type text DEFAULT NULL) RETURNS jsonb
    STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'address_normalize';
COMMENT ON FUNCTION address_normalize(text, text) IS
    'An identifier by all rules and settings, as the calls read it: {"addr_type","email","domain"}. Raises what is wrong with it.';

CREATE FUNCTION address_check(value text, addr_type text DEFAULT NULL) RETURNS jsonb
    STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'address_check';
COMMENT ON FUNCTION address_check(text, text) IS
    'What address_normalize would say, as data: {"syntax":"ok" or the error id,"email","addr_type"}. Never raises.';

-- Datakeys ------------------------------------------------------------------------------------------------------

CREATE FUNCTION datakey_apply(data jsonb, program jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'datakey_apply';
COMMENT ON FUNCTION datakey_apply(jsonb, jsonb) IS
    'The data after a datakey program, a list of [key, mode, value, type]. All or nothing. Raises error/datakey/… with the index of the operation and the key.';

CREATE FUNCTION datakey_apply(data jsonb, program jsonb, copy_data jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'datakey_apply_from';
COMMENT ON FUNCTION datakey_apply(jsonb, jsonb, jsonb) IS
    'The same; copying modes read copy_data instead of the data.';

CREATE FUNCTION datakey_get(data jsonb, path text) RETURNS jsonb
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'datakey_get';
COMMENT ON FUNCTION datakey_get(jsonb, text) IS
    'What stands at a path, which may hold wildcards; NULL where there is nothing.';

CREATE FUNCTION datakey_changes(data jsonb, program jsonb, OUT path text, OUT old jsonb, OUT new jsonb)
    RETURNS SETOF record
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'datakey_changes';
COMMENT ON FUNCTION datakey_changes(jsonb, jsonb) IS
    'What a program really changes: a row per path, with the value before and after; NULL where there is none.';

-- Filters -------------------------------------------------------------------------------------------------------

CREATE FUNCTION filter_check(filter jsonb) RETURNS jsonb
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'filter_check';
COMMENT ON FUNCTION filter_check(jsonb) IS
    'What is wrong with a filter and what it costs: {"problems":[{"id","explain"}],"usage","depth","max_usage"}; the figures without the filters of its groups. Never raises.';

CREATE FUNCTION filter_matches(data jsonb, filter jsonb) RETURNS boolean
    STABLE STRICT PARALLEL SAFE COST 500 LANGUAGE c AS 'MODULE_PATHNAME', 'filter_matches';
COMMENT ON FUNCTION filter_matches(jsonb, jsonb) IS
    'Whether data meet a filter. current is statement_timestamp(). Raises error/filter/… for a wrong filter, and for one that asks for more than data: for groups, heads, keys of member.';

-- Templates and JsonQL ------------------------------------------------------------------------------------------

CREATE FUNCTION template_render(template jsonb, scope jsonb) RETURNS jsonb
    IMMUTABLE STRICT PARALLEL SAFE COST 500 LANGUAGE c AS 'MODULE_PATHNAME', 'template_render';
COMMENT ON FUNCTION template_render(jsonb, jsonb) IS
    'A template of pipelines with its values. The scope''s keys are the names that templates begin with: in, origin, template, sender, resource, campaign, subscription, account, camp_schedule, error, profile, channel, now. Raises error/template/….';

CREATE FUNCTION jsonql(query text, document jsonb) RETURNS boolean
    IMMUTABLE STRICT PARALLEL SAFE COST 100 LANGUAGE c AS 'MODULE_PATHNAME', 'jsonql';
COMMENT ON FUNCTION jsonql(text, jsonb) IS
    'Whether a query of JsonQL holds for a document. Names are its fields; templates in the query take it as their scope. Raises error/jsonql/…, and error/template/… for templates.';

-- Subscribers ---------------------------------------------------------------------------------------------------

CREATE FUNCTION member_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_set';
COMMENT ON FUNCTION member_set(jsonb) IS
    'Creates a subscriber or changes its data. {email, addr_type?, datakey? or obj?, if_exists?, source?, newbie.confirm?, copy_email?, copy_addr_type?, copy_missing?, copy_data?, head_attach?, return_fresh_obj?, dry_run?} → {newbie, member:{id,email,addr_type}, datakey? or obj?}.';

CREATE FUNCTION member_set(address text, program jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_set_short';
COMMENT ON FUNCTION member_set(text, jsonb) IS
    'The short form: an e-mail or phone, and a datakey program.';

CREATE FUNCTION member_get(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_get';
COMMENT ON FUNCTION member_get(jsonb) IS
    'Reads a subscriber. {email, addr_type?, datakey: key | [key] | "*", with_heads?, with_stoplist?: 1|2, missing_too?} → {datakey, missing?}; without datakey, the answers to questionnaires → {obj}; with addr_type dataset → {dataset, data, heads, head}.';

CREATE FUNCTION member_get(address text, path text DEFAULT '*') RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_get_short';
COMMENT ON FUNCTION member_get(text, text) IS
    'The short form: the value of one datakey, or of all.';

CREATE FUNCTION member_exists(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_exists';
COMMENT ON FUNCTION member_exists(jsonb) IS
    'Whether identifiers have a subscriber. {email | list, addr_type?} → {list: {as sent: 1 | 0 | null}}; null is invalid.';

CREATE FUNCTION member_find(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_find';
COMMENT ON FUNCTION member_find(jsonb) IS
    'Every subscriber that a string names, whatever its type. {email} → {list: [{id, addr_type, email}]}.';

CREATE FUNCTION member_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_delete';
COMMENT ON FUNCTION member_delete(jsonb) IS
    'Deletes an identifier, and its subscriber with the last one; with wipe 1 the whole subscriber. {email | list | group | group.filter | url | stat.uni | sql, addr_type?, wipe?, sync?, track.info?, result?} → {list: {as sent: 1 | 0}}, or {track.id}. One track at a time.';

CREATE FUNCTION member_export(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_export';
COMMENT ON FUNCTION member_export(jsonb) IS
    'Everything that is known about a person. {email, addr_type?} → {dataset, data, heads, head, version, entered, lives, events, journal, batches, attempts, tracks, reports}.';

CREATE FUNCTION member_export(address text) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_export_short';
COMMENT ON FUNCTION member_export(text) IS
    'The short form: an e-mail or phone.';

CREATE FUNCTION member_update(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_update';
COMMENT ON FUNCTION member_update(jsonb) IS
    'Gives the answers of a stored format to many. {format, if_has?: overwrite|merge|skip, if_hasnt?: set|skip, email | list | group | group.filter | url | stat.uni | sql, addr_type?, sync?, track.info?, result?} → {list: {as sent: 1 | 0}}, or {track.id}. One track at a time.';

CREATE FUNCTION member_erase(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_erase';
COMMENT ON FUNCTION member_erase(jsonb) IS
    'Erases a person with all its heads from everywhere: body, log, journal, hooks, tracks, reports, errors, and every upload that was imported. Numbers stay, identifiers become hashes, and stop-lists hold when one returns. {email, addr_type?, reason?} → {erased: 0 | 1, dataset, heads, cleared: {events, journal, batches, attempts, tracks, reports, messages, runs, uploads}}.';

CREATE FUNCTION member_erase(address text) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_erase_short';
COMMENT ON FUNCTION member_erase(text) IS
    'The short form: an e-mail or phone.';

CREATE FUNCTION member_api(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_api';
COMMENT ON FUNCTION member_api(jsonb) IS
    'Any call by its action, also batch and ping; errors come back as data. {action, request.id?, …} → {…, duration, errors?}.';

CREATE FUNCTION member_sync() RETURNS trigger
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_sync';
COMMENT ON FUNCTION member_sync() IS
    'A row trigger that keeps subscribers in step with a table. Arguments: address=COLUMN, addr_type=TYPE, data:KEY=COLUMN (repeated), on_delete=keep|detach|delete, invalid=skip|fail.';

-- Import --------------------------------------------------------------------------------------------------------

CREATE FUNCTION member_import(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import';
COMMENT ON FUNCTION member_import(jsonb) IS
    'Has a worker import a file or rows. {users.list, encoding? | users.url | uid, charset?, separator?, firstline?, caption?, addr_type?, if_exists?, origin?, newbie.confirm?, newbie.letter.confirm?, newbie.letter.no-confirm?, auto_group?, clean_group?, member.group.add?, member.group.remove?, head_attach?, no_member?, format?, sequence.event?, sequence.stop?, sequence.start?, basegroup.id?, result?, track.info?} → {queue_position, track.id}; the track''s param has the counters, group.id and report.';

CREATE FUNCTION member_import_from(query text, mapping jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_from';
COMMENT ON FUNCTION member_import_from(text, jsonb) IS
    'Imports the rows of a query, run with the caller''s rights, in the caller''s transaction. {caption?: {column: item}, addr_type?, if_exists?, origin?, newbie.confirm?, auto_group?, clean_group?, member.group.add?, member.group.remove?, head_attach?, no_member?, format?, sequence.event?, …} → {rows, new, updated, unchanged, ignored, errors, repeats, unique, confirmed, unconfirmed, added, group.id?, report?}.';

-- Heads ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION member_head_list(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_head_list';
COMMENT ON FUNCTION member_head_list(jsonb) IS
    'Every identifier of a subscriber with its state. {email, addr_type?} → {list:[{id,email,addr_type,dataset,haslock,…}]}.';

CREATE FUNCTION member_head_attach(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_head_attach';
COMMENT ON FUNCTION member_head_attach(jsonb) IS
    'Attaches an identifier of nobody to a subscriber. {email, addr_type?, head, head_addr_type?, head_origin?, newbie.confirm?, dry_run?} → {member:{id,email,addr_type,dataset}}: the identifier that was attached.';

CREATE FUNCTION member_head_detach(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_head_detach';
COMMENT ON FUNCTION member_head_detach(jsonb) IS
    'Takes an identifier from its subscriber; with split: 1 it becomes a subscriber of its own. {email, addr_type?, split?, dry_run?} → {member:{id,email,addr_type,dataset}}.';

CREATE FUNCTION member_head_replace(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_head_replace';
COMMENT ON FUNCTION member_head_replace(jsonb) IS
    'Attaches head and detaches email, at once. {email, addr_type?, head, head_addr_type?, head_origin?, newbie.confirm?, dry_run?} → {member:{id,email,addr_type,dataset}}: the new identifier.';

CREATE FUNCTION member_merge(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_merge';
COMMENT ON FUNCTION member_merge(jsonb) IS
    'Merges the data of the subscriber of head into that of email. {email, addr_type?, head, head_addr_type?, head_rule?: none|transplant|decapitate|replace|replace_same_type, data_rule?, return_fresh_obj?, dry_run?} → {member, source_deleted, datakey?}.';

CREATE FUNCTION member_unmerge(journal_id bigint, force boolean DEFAULT false) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_unmerge';
COMMENT ON FUNCTION member_unmerge(bigint, boolean) IS
    'Takes back what a call did with heads and data, by its row in member.journal. Later edits are kept; where they touch the same datakeys nothing is done, unless forced. → {member, conflicts:[{path,ours,theirs}], undone:0|1}.';

CREATE FUNCTION member_history(address text, addr_type text DEFAULT NULL) RETURNS SETOF member.journal
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_history';
COMMENT ON FUNCTION member_history(text, text) IS
    'What happened to the heads of a subscriber: the rows of member.journal that name the identifier, its body or one that was merged into it; oldest first.';

CREATE FUNCTION member_explain(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_explain';
COMMENT ON FUNCTION member_explain(jsonb) IS
    'Whom each identifier of a member_set or member_merge request means, which rule decides, and what would follow. → {email, list, steps, errors?, warnings?}.';

CREATE FUNCTION member_lock(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_lock';
COMMENT ON FUNCTION member_lock(jsonb) IS
    'Locks many subscribers in one order, for a transaction of several calls. {list:[address…], addr_type?} → {list:{address:0|1}}.';

CREATE FUNCTION blocked_value_list(jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'blocked_value_list';
COMMENT ON FUNCTION blocked_value_list(jsonb) IS
    'The identifiers that never join subscribers. {} → {list:[{value,kind,addr_type}]}.';

CREATE FUNCTION blocked_value_create(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'blocked_value_create';
COMMENT ON FUNCTION blocked_value_create(jsonb) IS
    'Blocks identifiers: {value, kind?: literal|regexp, addr_type?} → {created:0|1}. In a literal * stands for anything.';

CREATE FUNCTION blocked_value_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'blocked_value_delete';
COMMENT ON FUNCTION blocked_value_delete(jsonb) IS
    'Unblocks identifiers: {value, kind?, addr_type?} → {deleted:0|1}.';

-- Groups ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION group_create(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_create';
COMMENT ON FUNCTION group_create(jsonb) IS
    'Makes a segment. {id?, name, type: list | filter, addr_type?, community?, bot?} → {id}.';

CREATE FUNCTION group_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_get';
COMMENT ON FUNCTION group_get(jsonb) IS
    'Segments. {id: code | [code] | ["*"], with_filter?} → {obj} or {list}: {id, number, name, type, addr_type, create.time, update.time, count?, live?, filter?}.';

CREATE FUNCTION group_list(jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_list';
COMMENT ON FUNCTION group_list(jsonb) IS
    'Segments, by code, or a portion of them. {filter?, order?, skip?, first?} → {list: [{id, number, name, type, addr_type, create.time, update.time}], last_page?}.';

CREATE FUNCTION group_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_set';
COMMENT ON FUNCTION group_set(jsonb) IS
    'Changes a segment. {id, name?, live?: 0|1, sync?} → {id, track.id?}: a live filter group is kept up to date by every call.';

CREATE FUNCTION group_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_delete';
COMMENT ON FUNCTION group_delete(jsonb) IS
    'Deletes a segment; its members stay subscribers. {id} → {id}.';

CREATE FUNCTION group_clean(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_clean';
COMMENT ON FUNCTION group_clean(jsonb) IS
    'Takes heads out of a list group. {id, all: 1 | email | list, addr_type?, sync?, track.info?} → {list: {as sent: 0|1}}; for all {track.id}, with sync 1 {count}.';

CREATE FUNCTION group_snapshot(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_snapshot';
COMMENT ON FUNCTION group_snapshot(jsonb) IS
    'Copies heads into a list group. {to: {id?, clean?}, from: {group | list | email, addr_type?, sync?}, track.info?} → {id, list}, of a group {id, track.id}, with sync 1 {id, count}.';

CREATE FUNCTION group_filter_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_filter_set';
COMMENT ON FUNCTION group_filter_set(jsonb) IS
    'Writes the rule of a filter group. {id, filter: [condition]} → {id, usage, depth, max_usage}.';

CREATE FUNCTION group_filter_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_filter_get';
COMMENT ON FUNCTION group_filter_get(jsonb) IS
    'The rule of a filter group. {id, with_name?} → {filter, usage, depth, max_usage, name?}.';

CREATE FUNCTION group_filter_match(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_filter_match';
COMMENT ON FUNCTION group_filter_match(jsonb) IS
    'Whether a rule holds for identifiers. {id | group.filter, email | list, addr_type?} → {list: {as sent: 1 | 0 | null}}; null is invalid or nobody.';

CREATE FUNCTION group_members(gid text, OUT id bigint, OUT dataset bigint, OUT addr_type text, OUT email text)
    RETURNS SETOF record
    STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'group_members';
COMMENT ON FUNCTION group_members(text) IS
    'The members of a group of either kind, as rows to join with.';

CREATE FUNCTION group_explain(gid text) RETURNS SETOF text
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_explain';
COMMENT ON FUNCTION group_explain(text) IS
    'The SQL that finds the members of a group, and how the server would run it.';

CREATE FUNCTION group_index(path text, sync boolean DEFAULT false) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_index';
COMMENT ON FUNCTION group_index(text, boolean) IS
    'Keeps the values of a datakey beside the bodies, so that filters find them by an index. → {path, track.id}; with sync {path, count}, and nobody changes anybody until the transaction ends.';

CREATE FUNCTION group_index_drop(path text) RETURNS boolean
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'group_index_drop';
COMMENT ON FUNCTION group_index_drop(text) IS
    'Forgets a datakey that was kept for filters; whether it was.';

CREATE FUNCTION member_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_list';
COMMENT ON FUNCTION member_list(jsonb) IS
    'Heads with what is known of them, page by page. {group | group.filter, addr_type?, member.haslock?, format?, sort?, sort.order?, caption?, answers?, page?, pagesize?, result?, track.info?} → {order, list, save?, label?}; with another result than response {track.id}, and the rows come to a report.';

CREATE FUNCTION member_list_count(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_list_count';
COMMENT ON FUNCTION member_list_count(jsonb) IS
    'How many heads, by type and by lock. {group | group.filter, addr_type?, member.haslock?, cache?, sync?, with_minmax?, track.info?} → {obj}, with sync 0 {track.id}.';

CREATE FUNCTION member_where(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_where';
COMMENT ON FUNCTION member_where(jsonb) IS
    'Which filter groups somebody is in. {email, addr_type?, group?, sync?, track.info?} → {list: {as sent: [code] | null}}, with sync 0 {track.id}.';
-- Statistics ----------------------------------------------------------------------------------------------------

CREATE FUNCTION stat_uni(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'stat_uni';
COMMENT ON FUNCTION stat_uni(jsonb) IS
    'A question about subscribers and what happened to them. {select: [key | count(*) | count(member.id) | min(key) | max(key)], filter?, have?, order?, first?, skip?, unique?} → {order: [name], list: [[value]]}; keys are member.*, and of issue, deliv, read, click, unsub, error: dt, issue.id, letter.id, link.url, member.id.';

-- States of identifiers ----------------------------------------------------------------------------------------

CREATE FUNCTION email_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'email_get';
COMMENT ON FUNCTION email_get(jsonb) IS
    'What is known of an identifier, whether it has a subscriber or not. {email, addr_type?, with_stoplist?: 2} → {obj: {member: {id, addr_type, email, haslock, lockremove, error, stoplist}}}.';

CREATE FUNCTION email_cleanerror(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'email_cleanerror';
COMMENT ON FUNCTION email_cleanerror(jsonb) IS
    'Forgets failed deliveries and unlocks. {email | list | group | group.filter | url | stat.uni | sql, addr_type?, source?, sync?, track.info?, result?} → {list: {as sent: 1 | 0}}, 0 where there were none, or {track.id}.';

CREATE FUNCTION email_test(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'email_test';
COMMENT ON FUNCTION email_test(jsonb) IS
    'Whether addresses are well formed and whether mail reaches them. {email | list | group, addr_type?, delivery.error?: 1, smtp.test?: lite|full, smtp.timeout?, auto_group?: {id?, name?}, clean_group?, result?, sync?, track.info?} → {list: {as sent: {total, syntax, email, email.id, delivery?, smtp?}}, count: {ok, bad}, group.id?} or {track.id}. Mail servers are asked by a background worker.';

CREATE FUNCTION stoplist_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'stoplist_get';
COMMENT ON FUNCTION stoplist_get(jsonb) IS
    'Records of the stop-list: of identifiers, of the members of a group or a filter, of everybody. {email | list | group | group.filter | url | stat.uni | sql, addr_type?, member.haslock?, type?: owner|member, sender?, filter?, order?, first?, skip?} → {list: [{email, addr_type, id, type, sender, dt, source}], last_page?}.';

CREATE FUNCTION stoplist_add(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'stoplist_add';
COMMENT ON FUNCTION stoplist_add(jsonb) IS
    'Puts identifiers into the stop-list, for every sender or for some. {email | list | group | group.filter | url | stat.uni | sql, addr_type?, type?: owner|member, sender?: SENDER | [SENDER], source?, sync?, track.info?, result?} → {list: {as sent: 1 | 0}}, or {track.id}. Of records of the type member a month has no more than stoplist.member.limit.';

CREATE FUNCTION stoplist_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'stoplist_delete';
COMMENT ON FUNCTION stoplist_delete(jsonb) IS
    'Takes identifiers out of the stop-list. {email | list | group | group.filter | url | stat.uni | sql, addr_type?, type?: owner|member, sender?: SENDER | [SENDER], source?, sync?, track.info?, result?} → {list: {as sent: 1 | 0}}, 0 where there was no such record, or {track.id}.';

CREATE FUNCTION stoplist_erase(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'stoplist_erase';
COMMENT ON FUNCTION stoplist_erase(jsonb) IS
    'Clears the stop-list of the records of a type. {type?: owner|member, sender?, source?, sync?, track.info?} → {erased}, with sync 0 {track.id}.';

CREATE FUNCTION stoplist_cancel(cookie text) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'stoplist_cancel';
COMMENT ON FUNCTION stoplist_cancel(text) IS
    'Takes the subscriber''s own record, which the link of a letter names, out of the stop-list. → {member, cancelled: 1 | 0}. Raises error/member/wrongcookie.';

CREATE FUNCTION member_confirm(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_confirm';
COMMENT ON FUNCTION member_confirm(jsonb) IS
    'Confirms an identifier with the code that the link of a letter carries. {email, addr_type?, cookie, source?} → {member, confirmed: 1 | 0}; 0 where it was confirmed already. Raises error/member/wrongcookie.';

CREATE FUNCTION member_cookie(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_cookie';
COMMENT ON FUNCTION member_cookie(jsonb) IS
    'The codes and links that letters to an identifier carry. {email, addr_type?, sender?} → {confirm, unsubcancel, unsubsendercancel}, each {cookie, url} or null.';

-- Origins and settings ------------------------------------------------------------------------------------------

CREATE FUNCTION origin_list(jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'origin_list';
COMMENT ON FUNCTION origin_list(jsonb) IS 'Every origin. {} → {list: [{id, label, name}]}.';

CREATE FUNCTION origin_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'origin_get';
COMMENT ON FUNCTION origin_get(jsonb) IS 'An origin by number or label. {id} → {obj: {id, label, name}}.';

CREATE FUNCTION origin_create(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'origin_create';
COMMENT ON FUNCTION origin_create(jsonb) IS 'Makes an origin. {label, name?} → {id}.';

CREATE FUNCTION origin_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'origin_set';
COMMENT ON FUNCTION origin_set(jsonb) IS 'Changes the label or the name of an origin. {id, label?, name?} → {id}.';

CREATE FUNCTION origin_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'origin_delete';
COMMENT ON FUNCTION origin_delete(jsonb) IS 'Deletes an origin; heads keep its number. {id} → {id}.';

CREATE FUNCTION sys_settings_get(jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sys_settings_get';
COMMENT ON FUNCTION sys_settings_get(jsonb) IS 'The account''s settings. {list?: [name]} → {list: {name: value}}.';

CREATE FUNCTION sys_settings_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sys_settings_set';
COMMENT ON FUNCTION sys_settings_set(jsonb) IS 'Changes the account''s settings. {list: {name: value}} → {list: {name: value}}.';

CREATE FUNCTION authext_list(jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'authext_list';
COMMENT ON FUNCTION authext_list(jsonb) IS
    'Credentials of other systems, without their secrets. {filter?, order?, skip?, first?} → {list: [{id, type, login, status, reltype, relref}], last_page?}; {} gives all of them.';

CREATE FUNCTION authext_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'authext_get';
COMMENT ON FUNCTION authext_get(jsonb) IS
    'One of them. {id} → {obj}.';

CREATE FUNCTION authext_create(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'authext_create';
COMMENT ON FUNCTION authext_create(jsonb) IS
    'Stores credentials of another system. {login, type, auth: {…}, status?, reltype?, relref?} → {id}.';

CREATE FUNCTION authext_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'authext_set';
COMMENT ON FUNCTION authext_set(jsonb) IS
    'Changes some; what is not given stays. {id, login?, type?, auth?, status?, reltype?, relref?} → {id}.';

CREATE FUNCTION authext_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'authext_delete';
COMMENT ON FUNCTION authext_delete(jsonb) IS
    'Deletes some. {id} → {id}.';

CREATE FUNCTION numbering_range_load(csv text) RETURNS bigint
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'numbering_range_load';
COMMENT ON FUNCTION numbering_range_load(text) IS
    'Puts the regulator''s published CSV in the place of the numbering plan; gives the number of ranges.';

-- The administrator's -------------------------------------------------------------------------------------------

CREATE FUNCTION member_check(OUT problem text, OUT dataset bigint, OUT address_id bigint, OUT detail text)
    RETURNS SETOF record
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_check';
COMMENT ON FUNCTION member_check() IS
    'Proves that addresses, heads, bodies, locks, lists and journal agree: a row per violation, none when all is sound.';

CREATE FUNCTION member_grant(role name, level text) RETURNS void
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_grant';
COMMENT ON FUNCTION member_grant(name, text) IS
    'Gives a role the calls of a level: read; write, with read; admin, with both.';

CREATE FUNCTION member_revoke(role name, level text) RETURNS void
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_revoke';
COMMENT ON FUNCTION member_revoke(name, text) IS
    'Takes from a role the calls of a level and of the levels above it.';

CREATE FUNCTION member_errors(OUT id text, OUT sqlstate text, OUT hint text) RETURNS SETOF record
    IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_errors';
COMMENT ON FUNCTION member_errors() IS 'Every error: its id, its SQLSTATE and what to do about it.';

CREATE VIEW member_stats AS
    SELECT 'body'::text AS what, NULL::text AS addr_type, count(*) AS count FROM member.body
    UNION ALL SELECT 'head', addr_type, count(*) FROM member.head GROUP BY addr_type
    UNION ALL SELECT 'address', addr_type, count(*) FROM member.address GROUP BY addr_type
    UNION ALL SELECT 'event', NULL, count(*) FROM member.event;
COMMENT ON VIEW member_stats IS 'How much there is: bodies, heads and addresses by type, events.';
COMMENT ON COLUMN member_stats.what IS 'body, head, address or event.';
COMMENT ON COLUMN member_stats.addr_type IS 'The type, for heads and addresses.';
COMMENT ON COLUMN member_stats.count IS 'How many.';

-- Events --------------------------------------------------------------------------------------------------------

CREATE FUNCTION event_emit(jsonb) RETURNS bigint
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'event_emit';
COMMENT ON FUNCTION event_emit(jsonb) IS
    'Records an event of any type of member.event_type, in its place among the person''s changes, and gives its number. {event_type, email+addr_type | dataset, event_date?, event_data?, custom_data?, campaign_id?, message_id?, resource_id?, segment_id?, pixel_id?, launch_id?, send_message_id?, is_test?, content?}. hbounce and sbounce count failed deliveries, deliv ends the count, unsub and complain write the stop-list, open and click note the time zone, those of VKontakte, Telegram and MAX what the person is to a community or a bot.';

-- Hooks ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION hook_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_set';
COMMENT ON FUNCTION hook_set(jsonb) IS
    'Makes an action hook, or with an id changes one. {id?, name, active?, db_id?, events, filters?, transport, profile_fields?, custom_data?, custom_data_template?, retry?, on_failure?, rate_limit?, concurrency?, breaker?, stop_after_sec?} → {id}. A new hook starts with events committed after it.';

CREATE FUNCTION hook_get(id bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_get';
COMMENT ON FUNCTION hook_get(bigint) IS 'One hook, its secrets hidden.';

CREATE FUNCTION hook_list() RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_list';
COMMENT ON FUNCTION hook_list() IS 'Every hook, secrets hidden: {list}.';

CREATE FUNCTION hook_test(id bigint, event_type text DEFAULT 'send', dry_run boolean DEFAULT false) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_test';
COMMENT ON FUNCTION hook_test(bigint, text, boolean) IS
    'Has the dispatcher send a made-up event of a type once, past filters and batches, and waits: {ok, state, status, response, duration_ms, request}. Sees only hooks that are committed. dry_run shows the request without sending it.';

CREATE FUNCTION hook_preview(id bigint, event bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_preview';
COMMENT ON FUNCTION hook_preview(bigint, bigint) IS
    'What a hook would send of an event of the log, byte for byte, and whether its filters take it: {taken, request}.';

CREATE VIEW hook_status AS SELECT * FROM member.hook_status;
COMMENT ON VIEW hook_status IS 'How each hook is: state, lag in events and seconds, success rate, last error, breaker, what it lost.';

CREATE VIEW hook_attempt AS SELECT * FROM member.hook_attempt;
COMMENT ON VIEW hook_attempt IS 'Every attempt to send a batch, kept for pg_member.hook_attempt_days.';

-- Runs of pipelines ----------------------------------------------------------------------------------------------

CREATE FUNCTION pipeline_run_now(channel text, kind text, input jsonb, mocks jsonb DEFAULT NULL) RETURNS jsonb
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_run_now';
COMMENT ON FUNCTION pipeline_run_now(text, text, jsonb, jsonb) IS
    'Runs a pipeline of a channel, or entity.operation, in the caller''s own transaction: {state, answer | error, steps}. Requests and queries are answered by mocks: {address: {code, headers, body} | [..] | {error}, query: rows}. $template and the like are given in the input under $objects.';

CREATE FUNCTION pipeline_listen(channel text, request jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_listen';
COMMENT ON FUNCTION pipeline_listen(text, jsonb) IS
    'Starts a channel''s Listener pipeline with a request from outside, {method, path, query, headers, body, remote_addr}: {status: 202, run}, or 404, 403, 413.';

CREATE FUNCTION pipeline_trace(run bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_trace';
COMMENT ON FUNCTION pipeline_trace(bigint) IS
    'What a run did: {run, channel, kind, state, at, took_ms, error, steps: [{pipe, type, input, output, exit, took_ms}]}, secrets hidden.';

CREATE FUNCTION entity_call(channel text, entity text, operation text, input jsonb DEFAULT '{}') RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'entity_call';
COMMENT ON FUNCTION entity_call(text, text, text, jsonb) IS
    'Runs an operation of an entity in the dispatcher and waits for its answer, pg_member.entity_timeout at most; {error, error_text} where it failed. Sees only what is committed.';

CREATE VIEW pipe_log AS SELECT * FROM member.pipe_log;
COMMENT ON VIEW pipe_log IS 'Lines of Log pipes, and of runs that failed.';

CREATE VIEW pipe_schedule AS SELECT * FROM member.pipe_schedule;
COMMENT ON VIEW pipe_schedule IS 'What Scheduler pipes handed over and has not ended.';

CREATE VIEW member_progress AS SELECT * FROM member.member_progress;
COMMENT ON VIEW member_progress IS 'How far asynchronous calls are that have not ended: phase, rows done and in all, rate, estimated end. Fit for \watch.';
CREATE VIEW sequence_member AS SELECT * FROM member.sequence_member;
COMMENT ON VIEW sequence_member IS 'Who is, or was, on the way through which sequence.';

-- Their columns mean what those of the tables behind them do.
DO $columns$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT v.name, a.attname, col_description(a.attrelid, a.attnum) AS about
          FROM (VALUES ('hook_status'), ('hook_attempt'), ('pipe_log'), ('pipe_schedule'), ('member_progress'), ('sequence_member')) AS v (name)
          JOIN pg_attribute a ON a.attrelid = ('member.' || v.name)::regclass AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN @extschema@.%I.%I IS %L', told.name, told.attname, told.about);
    END LOOP;
END
$columns$;

CREATE FUNCTION hook_trace(
    address text, addr_type text DEFAULT NULL,
    OUT event bigint, OUT at timestamptz, OUT event_type text, OUT pos bigint, OUT hook bigint, OUT batch uuid,
    OUT attempt integer, OUT attempt_at timestamptz, OUT state text, OUT status integer, OUT answer text)
    RETURNS SETOF record
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_trace';
COMMENT ON FUNCTION hook_trace(text, text) IS
    'What became of each event of a person: a row for each attempt of each hook that takes it, with batch, state and answer.';

CREATE FUNCTION member_metrics() RETURNS text
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_metrics';
COMMENT ON FUNCTION member_metrics() IS 'Figures of log, hooks, tracks and workers, in the text form that Prometheus reads.';

CREATE FUNCTION hook_resend(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_resend';
COMMENT ON FUNCTION hook_resend(jsonb) IS
    'Sends again: {id, dead: 1} all dead batches of a hook, {id, batch} one → {batches}; {id, from, to, track.info?} what the hook takes of these positions, in new batches → {track.id}.';

CREATE FUNCTION hook_pause(id bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_pause';
COMMENT ON FUNCTION hook_pause(bigint) IS 'Stops a hook; what is under way goes on when it is resumed.';

CREATE FUNCTION hook_resume(id bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_resume';
COMMENT ON FUNCTION hook_resume(bigint) IS 'Has a hook send again, from where it stopped.';

CREATE FUNCTION hook_clone(id bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_clone';
COMMENT ON FUNCTION hook_clone(bigint) IS 'Makes a hook of the same settings, which does not send until hook_resume: {id}.';

CREATE FUNCTION hook_delete(id bigint) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'hook_delete';
COMMENT ON FUNCTION hook_delete(bigint) IS 'Deletes a hook and what it had under way.';

-- Dictionaries --------------------------------------------------------------------------------------------------

CREATE FUNCTION campaign_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'campaign_set';
COMMENT ON FUNCTION campaign_set(jsonb) IS 'Adds to the campaigns, or with an id changes one. {id?, name, subid?, subject?, fields?} → {id}.';

CREATE FUNCTION campaign_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'campaign_get';
COMMENT ON FUNCTION campaign_get(jsonb) IS 'One of the campaigns. {id} → {obj}.';

CREATE FUNCTION campaign_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'campaign_list';
COMMENT ON FUNCTION campaign_list(jsonb) IS 'All campaigns. {} → {list}.';

CREATE FUNCTION campaign_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'campaign_delete';
COMMENT ON FUNCTION campaign_delete(jsonb) IS 'Deletes one of the campaigns. {id} → {id}.';

CREATE FUNCTION resource_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'resource_set';
COMMENT ON FUNCTION resource_set(jsonb) IS 'Adds to the resources, or with an id changes one. {id?, name, subid?, subject?, fields?} → {id}.';

CREATE FUNCTION resource_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'resource_get';
COMMENT ON FUNCTION resource_get(jsonb) IS 'One of the resources. {id} → {obj}.';

CREATE FUNCTION resource_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'resource_list';
COMMENT ON FUNCTION resource_list(jsonb) IS 'All resources. {} → {list}.';

CREATE FUNCTION resource_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'resource_delete';
COMMENT ON FUNCTION resource_delete(jsonb) IS 'Deletes one of the resources. {id} → {id}.';

CREATE FUNCTION sender_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sender_set';
COMMENT ON FUNCTION sender_set(jsonb) IS 'Adds to the senders, or with an id changes one. {id?, name, subid?, subject?, fields?} → {id}.';

CREATE FUNCTION sender_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sender_get';
COMMENT ON FUNCTION sender_get(jsonb) IS 'One of the senders. {id} → {obj}.';

CREATE FUNCTION sender_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sender_list';
COMMENT ON FUNCTION sender_list(jsonb) IS 'All senders. {} → {list}.';

CREATE FUNCTION sender_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sender_delete';
COMMENT ON FUNCTION sender_delete(jsonb) IS 'Deletes one of the senders. {id} → {id}.';

CREATE FUNCTION template_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'template_set';
COMMENT ON FUNCTION template_set(jsonb) IS 'Adds to the message templates, or with an id changes one. {id?, name, subid?, subject?, fields?} → {id}.';

CREATE FUNCTION template_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'template_get';
COMMENT ON FUNCTION template_get(jsonb) IS 'One of the message templates. {id} → {obj}.';

CREATE FUNCTION template_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'template_list';
COMMENT ON FUNCTION template_list(jsonb) IS 'All message templates. {} → {list}.';

CREATE FUNCTION template_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'template_delete';
COMMENT ON FUNCTION template_delete(jsonb) IS 'Deletes one of the message templates. {id} → {id}.';

CREATE FUNCTION pixel_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pixel_set';
COMMENT ON FUNCTION pixel_set(jsonb) IS 'Adds to the pixels, or with an id changes one. {id?, name, subid?, subject?, fields?} → {id}.';

CREATE FUNCTION pixel_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pixel_get';
COMMENT ON FUNCTION pixel_get(jsonb) IS 'One of the pixels. {id} → {obj}.';

CREATE FUNCTION pixel_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pixel_list';
COMMENT ON FUNCTION pixel_list(jsonb) IS 'All pixels. {} → {list}.';

CREATE FUNCTION pixel_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pixel_delete';
COMMENT ON FUNCTION pixel_delete(jsonb) IS 'Deletes one of the pixels. {id} → {id}.';

-- Tracks --------------------------------------------------------------------------------------------------------

CREATE FUNCTION track_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'track_get';
COMMENT ON FUNCTION track_get(jsonb) IS
    'An asynchronous call. {id} → {obj: {id, action, status, dt, dt_status, info, error, error.info, progress: {done, total}, param}}; status is 0 accepted, above 0 running, -1 done, -2 error, -6 stopped.';

CREATE FUNCTION track_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'track_list';
COMMENT ON FUNCTION track_list(jsonb) IS
    'Asynchronous calls, the newest first. {filter?, order?: [field | -field], status?, action.name?, first?, skip?} → {list, last_page?}; fields are track.id, track.action, track.status, track.dt, track.dt_status, track.error, track.info, track.done, track.total.';

CREATE FUNCTION track_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'track_set';
COMMENT ON FUNCTION track_set(jsonb) IS
    'Stops an asynchronous call: one that waits at once, one that runs after its present part. {id, set: "stop"} → {obj}.';

CREATE FUNCTION track_wait(id bigint, timeout interval) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'track_wait';
COMMENT ON FUNCTION track_wait(bigint, interval) IS
    'Waits until an asynchronous call has ended, or time is up; the answer is that of track_get. Raises error/track/uncommitted for one that this transaction made.';

CREATE FUNCTION report_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'report_get';
COMMENT ON FUNCTION report_get(jsonb) IS
    'A report. {id} → {obj: {id, track, dt, name, columns, rows}}; its rows come from report_rows.';

CREATE FUNCTION report_rows(id bigint, OUT n bigint, OUT "row" jsonb) RETURNS SETOF record
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'report_rows';
COMMENT ON FUNCTION report_rows(bigint) IS
    'The rows of a report by their numbers, each a list of values in the order of its columns; empty where the person was erased.';

CREATE FUNCTION report_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'report_delete';
COMMENT ON FUNCTION report_delete(jsonb) IS
    'Deletes a report before its track is forgotten. {id} → {id}.';

-- Imports -------------------------------------------------------------------------------------------------------

CREATE FUNCTION member_import_probe(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_probe';
COMMENT ON FUNCTION member_import_probe(jsonb) IS
    'What an import thinks of its data; nothing is imported. {users.list+encoding? | users.url | uid, charset?, separator?, firstline?, caption?, addr_type?, …} → {uid, charset?, separator?, firstline, caption, rows, cannot_import, warnings}. With users.url it waits for a worker, which sees committed data only.';

CREATE FUNCTION member_import_upload() RETURNS uuid
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_upload';
COMMENT ON FUNCTION member_import_upload() IS
    'Makes an empty upload for COPY member_import_rows; gives the uid that member_import and member_import_probe take.';

CREATE VIEW member_import_rows AS SELECT NULL::uuid AS upload, NULL::jsonb AS "row" WHERE false;
COMMENT ON VIEW member_import_rows IS 'Takes rows of uploads: COPY member_import_rows (upload, "row") FROM …. Each row is an object whose keys name columns. It shows nothing.';
COMMENT ON COLUMN member_import_rows.upload IS 'The upload, made with member_import_upload.';
COMMENT ON COLUMN member_import_rows."row" IS 'One object.';

CREATE FUNCTION member_import_rows_begin() RETURNS trigger
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_rows_begin';
COMMENT ON FUNCTION member_import_rows_begin() IS 'Trigger of member_import_rows: a statement begins.';
CREATE FUNCTION member_import_rows_row() RETURNS trigger
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_rows_row';
COMMENT ON FUNCTION member_import_rows_row() IS 'Trigger of member_import_rows: a row comes.';
CREATE FUNCTION member_import_rows_end() RETURNS trigger
    VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_import_rows_end';
COMMENT ON FUNCTION member_import_rows_end() IS 'Trigger of member_import_rows: a statement ends, and what it gathered is written.';

CREATE TRIGGER begin BEFORE INSERT ON member_import_rows FOR EACH STATEMENT EXECUTE FUNCTION member_import_rows_begin();
CREATE TRIGGER "row" INSTEAD OF INSERT ON member_import_rows FOR EACH ROW EXECUTE FUNCTION member_import_rows_row();
CREATE TRIGGER "end" AFTER INSERT ON member_import_rows FOR EACH STATEMENT EXECUTE FUNCTION member_import_rows_end();

-- Questionnaires ------------------------------------------------------------------------------------------------

CREATE FUNCTION anketa_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_list';
COMMENT ON FUNCTION anketa_list(jsonb) IS
    'Questionnaires. {filter?, order?, skip?, first?}, at least one of them → {list: [{id, name, system}], last_page?}.';

CREATE FUNCTION anketa_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_get';
COMMENT ON FUNCTION anketa_get(jsonb) IS
    'A questionnaire with its questions. {id} → {obj: {id, name, system, quests: [{id, name, type, system, width?, dtsubtype?, answers?, order?}]}}.';

CREATE FUNCTION anketa_create(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_create';
COMMENT ON FUNCTION anketa_create(jsonb) IS
    'Makes a questionnaire, with copy_from out of the questions of another. {id?, name, copy_from?} → {id}.';

CREATE FUNCTION anketa_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_set';
COMMENT ON FUNCTION anketa_set(jsonb) IS
    'Changes the title of a questionnaire. {id, name} → {id}.';

CREATE FUNCTION anketa_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_delete';
COMMENT ON FUNCTION anketa_delete(jsonb) IS
    'Deletes a questionnaire; the data stay. {id} → {id}.';

CREATE FUNCTION anketa_quest_add(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_add';
COMMENT ON FUNCTION anketa_quest_add(jsonb) IS
    'Adds one question or a list of them. {anketa.id, obj: {id?, name?, type, width?, dtsubtype?, answers?: {code: text}, order?}} → {id}.';

CREATE FUNCTION anketa_quest_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_set';
COMMENT ON FUNCTION anketa_quest_set(jsonb) IS
    'Changes one question or a list of them; what is not given stays, answers too. {anketa.id, obj: {id, name?, width?, answers?: {code: text}, order?}} → {id}.';

CREATE FUNCTION anketa_quest_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_delete';
COMMENT ON FUNCTION anketa_quest_delete(jsonb) IS
    'Deletes a question; the data stay. {anketa.id, id} → {id}.';

CREATE FUNCTION anketa_quest_order(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_order';
COMMENT ON FUNCTION anketa_quest_order(jsonb) IS
    'Puts questions into another order; those left out follow. {anketa.id, order} → {order}.';

CREATE FUNCTION anketa_quest_response_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_response_delete';
COMMENT ON FUNCTION anketa_quest_response_delete(jsonb) IS
    'Deletes an answer that a question offers; the data stay. {anketa.id, quest.id, id} → {id}.';

CREATE FUNCTION anketa_quest_response_order(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'anketa_quest_response_order';
COMMENT ON FUNCTION anketa_quest_response_order(jsonb) IS
    'Puts the answers that a question offers into another order; those left out follow. {anketa.id, id, order} → {order}.';

CREATE FUNCTION format_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'format_list';
COMMENT ON FUNCTION format_list(jsonb) IS
    'Stored formats. {filter?, order?, skip?, first?}, at least one of them → {list: [{id, name, type}], last_page?}.';

CREATE FUNCTION format_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'format_get';
COMMENT ON FUNCTION format_get(jsonb) IS
    'A stored format. {id} → {obj: {id, name, type, fields}}.';

CREATE FUNCTION format_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'format_set';
COMMENT ON FUNCTION format_set(jsonb) IS
    'Makes or changes a stored format: which questions a list shows, or which answers an update fills in. {id?, obj: {name, type: view|fill|uni, fields: [{aid, qid, value?}]}} → {id}.';

CREATE FUNCTION format_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'format_delete';
COMMENT ON FUNCTION format_delete(jsonb) IS
    'Deletes a stored format. {id} → {id}.';

-- Workers -------------------------------------------------------------------------------------------------------

CREATE FUNCTION member_workers(OUT database text, OUT worker text, OUT pid integer, OUT state text, OUT started_at timestamptz)
    RETURNS SETOF record
    VOLATILE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'member_workers';
COMMENT ON FUNCTION member_workers() IS
    'The background workers of the cluster: launcher, and a dispatcher for each database that has the extension. state is idle, working, starting, stopped, held, no_slot or version_skew. No rows unless the library is in shared_preload_libraries.';

CREATE FUNCTION member_wait_idle(timeout interval) RETURNS boolean
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_wait_idle';
COMMENT ON FUNCTION member_wait_idle(interval) IS
    'Waits until the workers of this database have nothing left to do for what is committed; false when time is up. What the caller''s own transaction wrote is not waited for. Raises error/worker/absent where none runs.';

-- Channels ------------------------------------------------------------------------------------------------------

CREATE FUNCTION channel_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'channel_set';
COMMENT ON FUNCTION channel_set(jsonb) IS
    'Makes a channel, or with an id changes one. {id?, name, string_id, kind: direct | indirect, addr_type?, with_moderate?, enabled?, sql_role?, icon?, campaign_types?, fields?, events?, account_fields?} → {id, events}.';

CREATE FUNCTION channel_get(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'channel_get';
COMMENT ON FUNCTION channel_get(jsonb) IS
    'One channel by {id} or {string_id} → {obj}; the values of its fields on the account are hidden.';

CREATE FUNCTION channel_list(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'channel_list';
COMMENT ON FUNCTION channel_list(jsonb) IS
    'Every channel → {list}.';

CREATE FUNCTION channel_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'channel_delete';
COMMENT ON FUNCTION channel_delete(jsonb) IS
    'Deletes a channel by {id} or {string_id} with its pipelines and entities → {id}. The log keeps its events.';

CREATE FUNCTION entity_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'entity_set';
COMMENT ON FUNCTION entity_set(jsonb) IS
    'Makes an entity of a channel, or changes it. {channel, shortname, name, description?, fields?, primary_field?, preview_field?, operations?: {list | get | create | update | delete: {input?, pipes}}} → {channel, shortname, problems}.';

CREATE FUNCTION entity_get(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'entity_get';
COMMENT ON FUNCTION entity_get(jsonb) IS
    'One entity by {channel, shortname} → {obj}.';

CREATE FUNCTION entity_list(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'entity_list';
COMMENT ON FUNCTION entity_list(jsonb) IS
    'The entities of a {channel} → {list}.';

CREATE FUNCTION entity_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'entity_delete';
COMMENT ON FUNCTION entity_delete(jsonb) IS
    'Deletes an entity by {channel, shortname} → the same.';

CREATE FUNCTION connector_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'connector_set';
COMMENT ON FUNCTION connector_set(jsonb) IS
    'Makes a connector to another PostgreSQL, or with an id changes one. {id?, name, host, port?, database, user, password?, tls?} → {id}. A secret given as *** stays.';

CREATE FUNCTION connector_get(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'connector_get';
COMMENT ON FUNCTION connector_get(jsonb) IS
    'One connector by {id} → {obj}, its secrets hidden.';

CREATE FUNCTION connector_list(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'connector_list';
COMMENT ON FUNCTION connector_list(jsonb) IS
    'Every connector → {list}, secrets hidden.';

CREATE FUNCTION connector_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'connector_delete';
COMMENT ON FUNCTION connector_delete(jsonb) IS
    'Deletes a connector by {id} → {id}, unless a pipeline names it.';

CREATE FUNCTION subscription_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'subscription_set';
COMMENT ON FUNCTION subscription_set(jsonb) IS
    'Sets values of a channel''s fields on a head. {channel, email, addr_type?, fields} → {channel, id, fields}. Fields not given keep their values, null takes one away.';

CREATE FUNCTION subscription_get(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'subscription_get';
COMMENT ON FUNCTION subscription_get(jsonb) IS
    'The values of a channel''s fields on a head. {channel, email, addr_type?} → {channel, id, fields}.';

CREATE FUNCTION pipeline_check(jsonb) RETURNS jsonb
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_check';
COMMENT ON FUNCTION pipeline_check(jsonb) IS
    'Everything that is wrong with a pipeline: a list of pipes, or {channel?, kind?, pipes} → {problems: [{level, pipe, id, explain}]}. Never raises.';

CREATE FUNCTION pipeline_set(channel text, kind text, pipes jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_set';
COMMENT ON FUNCTION pipeline_set(text, text, jsonb) IS
    'Sets a pipeline of a channel, of kind message, schedule, listener, moderate or stop → {channel, kind, version, problems}. Refuses one with errors, and lists them all.';

CREATE FUNCTION pipeline_get(channel text, kind text, version integer DEFAULT NULL) RETURNS jsonb
    STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_get';
COMMENT ON FUNCTION pipeline_get(text, text, integer) IS
    'A pipeline of a channel, the current version or an older one → {channel, kind, version, at, pipes}.';

CREATE FUNCTION pipeline_graph(channel text, kind text, format text DEFAULT 'mermaid') RETURNS text
    STABLE STRICT PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_graph';
COMMENT ON FUNCTION pipeline_graph(text, text, text) IS
    'A pipeline of a channel, or <entity>.<operation>, as a diagram: format mermaid, or dot for Graphviz.';

CREATE FUNCTION pipeline_delete(channel text, kind text) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_delete';
COMMENT ON FUNCTION pipeline_delete(text, text) IS
    'Takes a pipeline of a channel away; its versions stay → {channel, kind, version}.';

-- Messages ------------------------------------------------------------------------------------------------------

CREATE FUNCTION message_send(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'message_send';
COMMENT ON FUNCTION message_send(jsonb) IS
    'Sends a message by a channel. {channel, email+addr_type? | group | group.filter | resource, to?, to_addr_type?, template: id | {field: value} | letter: id, fields?, sender?, resource?, campaign?, custom_data?, start_time?, stop_time?, is_test?, track.info?, issue.id?} → {send_message_id, suppressed?} for one head, {launch_id, issue.id, track.id} for a group, {launch_id, issue.id, send_message_id, state} for a place; with the issue.id of one that moderation refused that one is written anew. It goes after the commit.';

CREATE FUNCTION member_sendconfirm(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'member_sendconfirm';
COMMENT ON FUNCTION member_sendconfirm(jsonb) IS
    'Sends letters that ask for a confirmation or help out of a stop-list. {confirm | unsubcancel | unsubsendercancel: 1, letter, email | list | group | group.filter | url | stat.uni | sql, addr_type?, issue_name?, sync?, track.info?} → {list: {as sent: 1 | 0}}, of others than email and list {issue.id, launch_id, track.id}, with sync 1 {issue.id, launch_id, list}.';

CREATE FUNCTION letter_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'letter_set';
COMMENT ON FUNCTION letter_set(jsonb) IS
    'Writes a letter, or with an id changes one. {id?, name?, channel, sender?, subject, body?: {text?, html?}, fields?, status?: draft | moderation | ready} → {id}. Commands: [% anketa.path %], [% datakey(''path'') %], [% param.url_confirm %], [% param.url_unsub_cancel %], [% param.url_unsub_sender_cancel %].';

CREATE FUNCTION letter_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'letter_get';
COMMENT ON FUNCTION letter_get(jsonb) IS
    'One letter. {id} → {obj}.';

CREATE FUNCTION letter_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'letter_list';
COMMENT ON FUNCTION letter_list(jsonb) IS
    'Every letter. {} → {list}.';

CREATE FUNCTION letter_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'letter_delete';
COMMENT ON FUNCTION letter_delete(jsonb) IS
    'Deletes a letter; what was sent stays. {id} → {id}.';

CREATE FUNCTION sequence_set(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_set';
COMMENT ON FUNCTION sequence_set(jsonb) IS
    'Has events start the schedule pipeline of a channel for the people they are about, or with an id changes that. {id?, name, events: [code…], filters?: {resources, campaigns, messages, segments, pixels}, channel, pipe?, delay?: seconds, active?} → {id}.';

CREATE FUNCTION sequence_get(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_get';
COMMENT ON FUNCTION sequence_get(jsonb) IS
    'One sequence. {id} → {obj}.';

CREATE FUNCTION sequence_list(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_list';
COMMENT ON FUNCTION sequence_list(jsonb) IS
    'Every sequence. {} → {list}.';

CREATE FUNCTION sequence_delete(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_delete';
COMMENT ON FUNCTION sequence_delete(jsonb) IS
    'Deletes a sequence; the passages of people through it end at their next step. {id} → {id}.';

CREATE FUNCTION sequence_member_start(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_member_start';
COMMENT ON FUNCTION sequence_member_start(jsonb) IS
    'Begins a passage through a sequence for people. {id, email | list | group | group.filter | url | stat.uni | sql, addr_type?, member.haslock?, sync?, track.info?} → {list: {as sent: 1 | 0}}, of a group with sync 1 {count}; later {track.id}.';

CREATE FUNCTION sequence_member_stop(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'sequence_member_stop';
COMMENT ON FUNCTION sequence_member_stop(jsonb) IS
    'Ends the passages of people through a sequence. {id, email | list | group | group.filter | url | stat.uni | sql, addr_type?, member.haslock?, sync?, track.info?} → {list: {as sent: 1 | 0}}, of a group with sync 1 {count}; later {track.id}.';

CREATE FUNCTION pipeline_start(channel text, kind text, input jsonb) RETURNS bigint
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_start';
COMMENT ON FUNCTION pipeline_start(text, text, jsonb) IS
    'Asks for a run of a pipeline: message, schedule, listener, moderate or stop. Gives its number; it begins after the commit.';

CREATE FUNCTION pipeline_stop(jsonb) RETURNS jsonb
    VOLATILE STRICT PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_stop';
COMMENT ON FUNCTION pipeline_stop(jsonb) IS
    'Stops a launch, or all of a campaign: what was not begun is not sent, and a placement is taken down by the stop pipeline of its channel. {issue.id | campaign} → {list: [{issue.id, state}]}.';

-- Rights --------------------------------------------------------------------------------------------------------

-- The types are written out: a signature is looked up under whatever search_path the caller has.
INSERT INTO member.call (signature, level, builtin) VALUES
    ('email_normalize(pg_catalog.text)', 'pure', true),
    ('phone_normalize(pg_catalog.text)', 'pure', true),
    ('phone_normalize(pg_catalog.text, pg_catalog.text)', 'pure', true),
    ('address_normalize(pg_catalog.text, pg_catalog.text)', 'pure', true),
    ('address_check(pg_catalog.text, pg_catalog.text)', 'pure', true),
    ('datakey_apply(pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('datakey_apply(pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('datakey_get(pg_catalog.jsonb, pg_catalog.text)', 'pure', true),
    ('datakey_changes(pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('filter_check(pg_catalog.jsonb)', 'pure', true),
    ('filter_matches(pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('template_render(pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('jsonql(pg_catalog.text, pg_catalog.jsonb)', 'pure', true),
    ('member.filter_match(pg_catalog.jsonb, pg_catalog.jsonb)', 'pure', true),
    ('member.filter_body(pg_catalog.jsonb, pg_catalog.int8)', 'pure', true),
    ('member.filter_text(pg_catalog.jsonb, pg_catalog.text)', 'pure', true),
    ('member.filter_time(pg_catalog.jsonb, pg_catalog.timestamptz, pg_catalog.text)', 'pure', true),
    ('member_errors()', 'pure', true),
    ('member_get(pg_catalog.jsonb)', 'read', true),
    ('member_get(pg_catalog.text, pg_catalog.text)', 'read', true),
    ('member_exists(pg_catalog.jsonb)', 'read', true),
    ('member_find(pg_catalog.jsonb)', 'read', true),
    ('member_api(pg_catalog.jsonb)', 'read', true),
    ('member_head_list(pg_catalog.jsonb)', 'read', true),
    ('member_history(pg_catalog.text, pg_catalog.text)', 'read', true),
    ('member_explain(pg_catalog.jsonb)', 'read', true),
    ('blocked_value_list(pg_catalog.jsonb)', 'read', true),
    ('group_list(pg_catalog.jsonb)', 'read', true),
    ('group_get(pg_catalog.jsonb)', 'read', true),
    ('group_filter_get(pg_catalog.jsonb)', 'read', true),
    ('group_filter_match(pg_catalog.jsonb)', 'read', true),
    ('group_members(pg_catalog.text)', 'read', true),
    ('group_explain(pg_catalog.text)', 'read', true),
    ('member_list(pg_catalog.jsonb)', 'read', true),
    ('member_list_count(pg_catalog.jsonb)', 'read', true),
    ('member_where(pg_catalog.jsonb)', 'read', true),
    ('origin_list(pg_catalog.jsonb)', 'read', true),
    ('origin_get(pg_catalog.jsonb)', 'read', true),
    ('sys_settings_get(pg_catalog.jsonb)', 'read', true),
    ('email_get(pg_catalog.jsonb)', 'read', true),
    ('stat_uni(pg_catalog.jsonb)', 'read', true),
    ('stoplist_get(pg_catalog.jsonb)', 'read', true),
    ('authext_list(pg_catalog.jsonb)', 'read', true),
    ('authext_get(pg_catalog.jsonb)', 'read', true),
    ('email_cleanerror(pg_catalog.jsonb)', 'write', true),
    ('email_test(pg_catalog.jsonb)', 'write', true),
    ('stoplist_add(pg_catalog.jsonb)', 'write', true),
    ('stoplist_delete(pg_catalog.jsonb)', 'write', true),
    ('stoplist_cancel(pg_catalog.text)', 'write', true),
    ('member_confirm(pg_catalog.jsonb)', 'write', true),
    ('stoplist_erase(pg_catalog.jsonb)', 'admin', true),
    ('member_cookie(pg_catalog.jsonb)', 'admin', true),
    ('authext_create(pg_catalog.jsonb)', 'admin', true),
    ('authext_set(pg_catalog.jsonb)', 'admin', true),
    ('authext_delete(pg_catalog.jsonb)', 'admin', true),
    ('member_set(pg_catalog.jsonb)', 'write', true),
    ('member_import(pg_catalog.jsonb)', 'write', true),
    ('member_import_from(pg_catalog.text, pg_catalog.jsonb)', 'write', true),
    ('group_create(pg_catalog.jsonb)', 'write', true),
    ('group_set(pg_catalog.jsonb)', 'write', true),
    ('group_delete(pg_catalog.jsonb)', 'write', true),
    ('group_clean(pg_catalog.jsonb)', 'write', true),
    ('group_filter_set(pg_catalog.jsonb)', 'write', true),
    ('group_index(pg_catalog.text, pg_catalog.bool)', 'admin', true),
    ('group_index_drop(pg_catalog.text)', 'admin', true),
    ('group_snapshot(pg_catalog.jsonb)', 'write', true),
    ('member_set(pg_catalog.text, pg_catalog.jsonb)', 'write', true),
    ('member_delete(pg_catalog.jsonb)', 'write', true),
    ('member_update(pg_catalog.jsonb)', 'write', true),
    ('member_head_attach(pg_catalog.jsonb)', 'write', true),
    ('member_head_detach(pg_catalog.jsonb)', 'write', true),
    ('member_head_replace(pg_catalog.jsonb)', 'write', true),
    ('member_merge(pg_catalog.jsonb)', 'write', true),
    ('member_unmerge(pg_catalog.int8, pg_catalog.bool)', 'write', true),
    ('member_lock(pg_catalog.jsonb)', 'write', true),
    ('event_emit(pg_catalog.jsonb)', 'write', true),
    ('member_sync()', 'write', true),
    ('member_export(pg_catalog.jsonb)', 'admin', true),
    ('member_export(pg_catalog.text)', 'admin', true),
    ('member_erase(pg_catalog.jsonb)', 'admin', true),
    ('member_erase(pg_catalog.text)', 'admin', true),
    ('origin_create(pg_catalog.jsonb)', 'admin', true),
    ('origin_set(pg_catalog.jsonb)', 'admin', true),
    ('origin_delete(pg_catalog.jsonb)', 'admin', true),
    ('blocked_value_create(pg_catalog.jsonb)', 'admin', true),
    ('blocked_value_delete(pg_catalog.jsonb)', 'admin', true),
    ('sys_settings_set(pg_catalog.jsonb)', 'admin', true),
    ('numbering_range_load(pg_catalog.text)', 'admin', true),
    ('pipeline_run_now(pg_catalog.text, pg_catalog.text, pg_catalog.jsonb, pg_catalog.jsonb)', 'admin', true),
    ('pipeline_listen(pg_catalog.text, pg_catalog.jsonb)', 'write', true),
    ('pipeline_trace(pg_catalog.int8)', 'admin', true),
    ('entity_call(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.jsonb)', 'write', true),
    ('hook_set(pg_catalog.jsonb)', 'admin', true),
    ('hook_list()', 'admin', true),
    ('hook_get(pg_catalog.int8)', 'admin', true),
    ('hook_test(pg_catalog.int8, pg_catalog.text, pg_catalog.bool)', 'admin', true),
    ('hook_preview(pg_catalog.int8, pg_catalog.int8)', 'admin', true),
    ('hook_trace(pg_catalog.text, pg_catalog.text)', 'admin', true),
    ('member_metrics()', 'read', true),
    ('hook_resend(pg_catalog.jsonb)', 'admin', true),
    ('hook_pause(pg_catalog.int8)', 'admin', true),
    ('hook_resume(pg_catalog.int8)', 'admin', true),
    ('hook_clone(pg_catalog.int8)', 'admin', true),
    ('hook_delete(pg_catalog.int8)', 'admin', true),
    ('campaign_set(pg_catalog.jsonb)', 'write', true),
    ('campaign_get(pg_catalog.jsonb)', 'read', true),
    ('campaign_list(pg_catalog.jsonb)', 'read', true),
    ('campaign_delete(pg_catalog.jsonb)', 'write', true),
    ('resource_set(pg_catalog.jsonb)', 'write', true),
    ('resource_get(pg_catalog.jsonb)', 'read', true),
    ('resource_list(pg_catalog.jsonb)', 'read', true),
    ('resource_delete(pg_catalog.jsonb)', 'write', true),
    ('sender_set(pg_catalog.jsonb)', 'write', true),
    ('sender_get(pg_catalog.jsonb)', 'read', true),
    ('sender_list(pg_catalog.jsonb)', 'read', true),
    ('sender_delete(pg_catalog.jsonb)', 'write', true),
    ('template_set(pg_catalog.jsonb)', 'write', true),
    ('template_get(pg_catalog.jsonb)', 'read', true),
    ('template_list(pg_catalog.jsonb)', 'read', true),
    ('template_delete(pg_catalog.jsonb)', 'write', true),
    ('pixel_set(pg_catalog.jsonb)', 'write', true),
    ('pixel_get(pg_catalog.jsonb)', 'read', true),
    ('pixel_list(pg_catalog.jsonb)', 'read', true),
    ('pixel_delete(pg_catalog.jsonb)', 'write', true),
    ('channel_set(pg_catalog.jsonb)', 'admin', true),
    ('channel_get(pg_catalog.jsonb)', 'admin', true),
    ('channel_list(pg_catalog.jsonb)', 'read', true),
    ('channel_delete(pg_catalog.jsonb)', 'admin', true),
    ('entity_set(pg_catalog.jsonb)', 'admin', true),
    ('entity_get(pg_catalog.jsonb)', 'admin', true),
    ('entity_list(pg_catalog.jsonb)', 'admin', true),
    ('entity_delete(pg_catalog.jsonb)', 'admin', true),
    ('connector_set(pg_catalog.jsonb)', 'admin', true),
    ('connector_get(pg_catalog.jsonb)', 'admin', true),
    ('connector_list(pg_catalog.jsonb)', 'admin', true),
    ('connector_delete(pg_catalog.jsonb)', 'admin', true),
    ('subscription_set(pg_catalog.jsonb)', 'write', true),
    ('subscription_get(pg_catalog.jsonb)', 'read', true),
    ('pipeline_check(pg_catalog.jsonb)', 'admin', true),
    ('pipeline_set(pg_catalog.text, pg_catalog.text, pg_catalog.jsonb)', 'admin', true),
    ('pipeline_get(pg_catalog.text, pg_catalog.text, pg_catalog.int4)', 'admin', true),
    ('pipeline_delete(pg_catalog.text, pg_catalog.text)', 'admin', true),
    ('pipeline_graph(pg_catalog.text, pg_catalog.text, pg_catalog.text)', 'admin', true),
    ('member_check()', 'admin', true),
    ('anketa_list(pg_catalog.jsonb)', 'read', true),
    ('anketa_get(pg_catalog.jsonb)', 'read', true),
    ('anketa_create(pg_catalog.jsonb)', 'admin', true),
    ('anketa_set(pg_catalog.jsonb)', 'admin', true),
    ('anketa_delete(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_add(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_set(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_delete(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_order(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_response_delete(pg_catalog.jsonb)', 'admin', true),
    ('anketa_quest_response_order(pg_catalog.jsonb)', 'admin', true),
    ('format_list(pg_catalog.jsonb)', 'read', true),
    ('format_get(pg_catalog.jsonb)', 'read', true),
    ('format_set(pg_catalog.jsonb)', 'write', true),
    ('format_delete(pg_catalog.jsonb)', 'write', true),
    ('track_get(pg_catalog.jsonb)', 'read', true),
    ('track_list(pg_catalog.jsonb)', 'read', true),
    ('track_set(pg_catalog.jsonb)', 'write', true),
    ('track_wait(pg_catalog.int8, pg_catalog.interval)', 'read', true),
    ('member_import_probe(pg_catalog.jsonb)', 'write', true),
    ('member_import_upload()', 'write', true),
    ('member_import_rows_begin()', 'write', true),
    ('member_import_rows_row()', 'write', true),
    ('member_import_rows_end()', 'write', true),
    ('report_get(pg_catalog.jsonb)', 'read', true),
    ('report_rows(pg_catalog.int8)', 'read', true),
    ('report_delete(pg_catalog.jsonb)', 'write', true),
    ('member_workers()', 'admin', true),
    ('member_wait_idle(pg_catalog.interval)', 'read', true),
    ('message_send(pg_catalog.jsonb)', 'write', true),
    ('member_sendconfirm(pg_catalog.jsonb)', 'write', true),
    ('letter_set(pg_catalog.jsonb)', 'admin', true),
    ('letter_get(pg_catalog.jsonb)', 'read', true),
    ('letter_list(pg_catalog.jsonb)', 'read', true),
    ('letter_delete(pg_catalog.jsonb)', 'admin', true),
    ('sequence_set(pg_catalog.jsonb)', 'admin', true),
    ('sequence_get(pg_catalog.jsonb)', 'read', true),
    ('sequence_list(pg_catalog.jsonb)', 'read', true),
    ('sequence_delete(pg_catalog.jsonb)', 'admin', true),
    ('sequence_member_start(pg_catalog.jsonb)', 'write', true),
    ('sequence_member_stop(pg_catalog.jsonb)', 'write', true),
    ('pipeline_start(pg_catalog.text, pg_catalog.text, pg_catalog.jsonb)', 'write', true),
    ('pipeline_stop(pg_catalog.jsonb)', 'write', true),
    ('member_grant(pg_catalog.name, pg_catalog.text)', 'admin', true),
    ('member_revoke(pg_catalog.name, pg_catalog.text)', 'admin', true);

DO $rights$
DECLARE
    signature text;
BEGIN
    FOR signature IN SELECT c.signature FROM member.call c WHERE c.level <> 'pure' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION @extschema@.%s FROM PUBLIC', signature);
    END LOOP;
END
$rights$;
