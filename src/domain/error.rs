//! Every way a call can be refused: one id, one SQLSTATE, one hint each (members.md 0 and 4).
//!
//! An error never carries an identifier or a stored value: what is personal stays out of messages and logs
//! (DESIGN "What must always be true", 10). It names the parameter, the operation and the datakey instead.

use std::fmt;

/// Declares the table of error ids once: the enum, its ids, SQLSTATEs and hints.
macro_rules! error_ids {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $state:literal, $hint:literal;)*) => {
        /// The id of an error: what a caller tests for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Id { $($(#[$doc])* #[doc = $hint] $name,)* }

        impl Id {
            /// Every id, in the order of this page.
            pub const ALL: &'static [Id] = &[$(Id::$name,)*];

            /// The text of the id, which is also the message of the SQL error: `error/member/notexists`.
            pub const fn as_str(self) -> &'static str { match self { $(Id::$name => $id,)* } }

            /// The five characters of the SQLSTATE.
            pub const fn sqlstate(self) -> &'static str { match self { $(Id::$name => $state,)* } }

            /// The id of this text.
            pub fn parse(text: &str) -> Option<Id> { Id::ALL.iter().copied().find(|id| id.as_str() == text) }

            /// What the caller can do about it.
            pub const fn hint(self) -> &'static str { match self { $(Id::$name => $hint,)* } }
        }
    };
}

error_ids! {
    // The request.
    ParamMissing = "error/param/missing", "PM001", "Give the parameter named in the detail.";
    ParamWrong = "error/param/wrong", "PM002", "Give the parameter named in the detail a value of the stated form.";
    ParamUnknown = "error/param/unknown", "PM003", "Check the spelling: this parameter is not known to the call and has no effect.";
    ParamUnsupported = "error/param/unsupported", "PM004", "Leave the parameter out: this version cannot do what it asks for.";
    ParamCast = "error/param/cast", "PM007", "Cast a whole request to jsonb: member_set('{…}'::jsonb).";
    ActionUnknown = "error/action/unknown", "PM005", "Name one of the calls listed in the function reference.";
    AuthFailed = "error/auth/failed", "PM006", "Ask an administrator for member_grant at the level of the call.";
    JsonCorrupt = "error/json/corrupt", "PM010", "The stored jsonb is damaged: check the table with pg_amcheck and restore the row.";
    JsonSyntax = "error/json/syntax", "PM012", "Write JSON as RFC 8259 describes it, at most 127 levels deep and without \\u0000.";
    JsonLimit = "error/json/limit", "PM011", "The document is larger than jsonb can hold (256 MB).";

    // E-mail addresses.
    EmailEmpty = "error/email/empty", "PM101", "Give an e-mail address.";
    EmailNodog = "error/email/nodog", "PM102", "An e-mail address has one @.";
    EmailMultydog = "error/email/multydog", "PM103", "An e-mail address has one @, not more.";
    EmailNolocal = "error/email/nolocal", "PM104", "Write the part before the @.";
    EmailBadlocal = "error/email/badlocal", "PM105", "Before the @ go letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them; nothing quoted, nothing invisible.";
    EmailNodomain = "error/email/nodomain", "PM106", "Write the part behind the @.";
    EmailBaddomain = "error/email/baddomain", "PM107", "Behind the @ goes a domain name of at least two labels.";
    EmailBadtld = "error/email/badtld", "PM108", "The domain does not end in a known top-level domain; pg_member.tld_check can allow it.";
    EmailToolong = "error/email/toolong", "PM109", "At most 64 octets before the @ and 254 in all, national domains counted as they are encoded for DNS.";
    EmailUtf8denied = "error/email/utf8denied", "PM110", "Set email.utf8 to 1 with sys_settings_set to accept national addresses.";

    // Phone numbers.
    MsisdnEmpty = "error/msisdn/empty", "PM121", "Give a phone number.";
    MsisdnBadchars = "error/msisdn/badchars", "PM122", "Write the number with digits, spaces, brackets, dots, hyphens and one leading plus.";
    MsisdnBadlength = "error/msisdn/badlength", "PM123", "Write the whole number with its country code; it has too few or too many digits, or no such number exists.";
    MsisdnNotmobile = "error/msisdn/notmobile", "PM124", "Messages go to mobile numbers; this is a Russian number outside the codes 9xx.";
    MsisdnNotinplan = "error/msisdn/notinplan", "PM125", "The number is outside the ranges of the numbering plan; pg_member.phone_check can allow it.";
    RegionUnknown = "error/msisdn/region", "PM126", "Give the region as two letters of ISO 3166, such as RU.";

    // Other identifiers.
    CsidEmpty = "error/csid/empty", "PM131", "Give the client's own id.";
    CsidToolong = "error/csid/toolong", "PM132", "A client's own id has at most 1024 octets.";
    PushFormat = "error/push/format", "PM133", "A web push registration is a whole number above 0 of at most 19 digits.";
    PushappFormat = "error/pushapp/format", "PM134", "Write token@platform.os.authext: a token of 64 to 1024 octets, apns, fcm or hms, ios, android or huawei, a number.";
    VkFormat = "error/vk/format", "PM135", "A VKontakte registration is a whole number above 0 of at most 19 digits.";
    TgFormat = "error/tg/format", "PM136", "A Telegram user is given by number, not by nick.";
    MaxFormat = "error/max/format", "PM137", "A MAX registration is a whole number above 0 of at most 19 digits.";
    UmidFormat = "error/umid/format", "PM138", "A umid has 1 to 1024 octets, white space around it not counted.";
    IdFormat = "error/id/format", "PM139", "The number of an identifier is a whole number above 0.";
    DatasetFormat = "error/dataset/format", "PM140", "The number of a dataset is a whole number above 0.";
    AddrTypeUnknown = "error/addr_type/unknown", "PM141", "Use email, msisdn, viber, csid, push, pushapp, vk, vknotify, tg, max, umid or id.";
    AddrTypeUnusable = "error/addr_type/unusable", "PM142", "This call does not take this addr_type.";

    // Subscribers.
    MemberNotexists = "error/member/notexists", "PM201", "There is no such subscriber; create one with member_set, or check with member_exists.";
    MemberExists = "member_exists", "PM202", "The subscriber exists and if_exists is error.";
    MemberVersioning = "error/member/versioning", "PM203", "Another transaction is changing this subscriber: repeat the call.";
    MemberConcurrent = "error/member/concurrent", "40001", "The subscriber kept moving while the call waited: repeat the transaction.";
    MemberCopyNotexists = "error/member/copy/notexists", "PM204", "copy_email names no subscriber; copy_missing can be do or skip.";
    HeadTaken = "error/member/head/taken", "PM261", "The identifier belongs to another subscriber: choose another head_rule, or merge the two with member_merge.";
    HeadUnknown = "error/member/head/unknown", "PM262", "The identifier belongs to nobody and head_rule.newbie is none: it was not attached.";
    HeadLast = "error/member/head/last", "PM263", "A subscriber keeps at least one identifier: attach another one first, or use member_delete.";
    HeadSame = "error/member/head/same", "PM264", "Both identifiers belong to the same subscriber: there is nothing to merge.";
    HeadAmbiguous = "error/member/head/ambiguous", "PM265", "replace_same_type needs at most one head of that type at the receiver: detach the others first.";
    HeadLimit = "error/member/head/limit", "PM266", "The subscriber has pg_member.max_heads_per_type identifiers of this type: detach one, or raise the setting.";
    HeadBlocked = "error/member/head/blocked", "PM267", "The identifier is in member.blocked_value: it never joins subscribers. See blocked_value_list.";
    HeadDatalost = "error/member/head/datalost", "PM268", "The last head of the source moved without its data: use replace or member_merge to keep them, or take it back with member_unmerge.";
    MergeLimit = "error/member/merge/limit", "PM269", "The subscriber took part in pg_member.max_merges_per_day merges today: look at member_history, or raise the setting.";
    MergeSkipped = "error/member/merge/skipped", "PM270", "The values of both subscribers do not fit together: the receiver's stays.";
    JournalNotexists = "error/journal/notexists", "PM271", "Take the id from member_history.";
    JournalUndone = "error/journal/undone", "PM272", "The row was undone already: its undone_by says by which.";
    JournalLater = "error/journal/later", "PM273", "Undo the later journal row named in the detail first.";
    JournalGone = "error/journal/gone", "PM274", "Nothing of what the row moved is left where it moved it.";
    BlockedPattern = "error/blocked/pattern", "PM275", "Give a text in normal form, where * stands for anything, or a regular expression with kind regexp.";
    OriginNotexists = "error/origin/notexists", "PM211", "Create the origin with origin_create, or use the number or label of an existing one.";
    OriginExists = "error/origin/exists", "PM212", "Choose another label: each origin has its own.";
    OriginLabel = "error/origin/label", "PM213", "A label is not empty and not only digits, which would read as a number.";
    SettingUnknown = "error/setting/unknown", "PM221", "Name one of the settings that sys_settings_get lists.";
    RoleLevel = "error/role/level", "PM231", "Use read, write or admin.";
    NumberingFormat = "error/numbering/format", "PM241", "Load the regulator's CSV with its header line: code; from; to; capacity; operator; region; territory; tax number.";
    SyncArgument = "error/sync/argument", "PM251", "See the trigger's documentation for its arguments.";

    // Groups.
    GroupNotexists = "group_id_not_exists", "PM620", "Take the code from group_list, or make the group with group_create.";
    GroupWrong = "wrong_group_id", "PM621", "The call needs a group of another kind or of another addr_type: see group_get.";
    GroupExists = "error/group/exists", "PM622", "Choose another code: each group has its own.";
    GroupId = "error/group/id", "PM623", "A code has 1 to 128 octets, no control characters, and no white space at its ends.";
    GroupUsed = "error/group/used", "PM624", "Take the group out of the filters named in the detail first.";

    GroupExpress = "error/group/express", "PM627", "The group of an express import can be counted, listed, cleaned, copied, deleted and sent to: import the rows without express for anything else.";
    GroupTimeout = "error/group/timeout", "PM625", "Name the groups to check with group, make their filters cheaper, or raise pg_member.where_timeout.";
    GroupBusy = "error/group/busy", "PM626", "End the transaction that was open when the group was made live, then set live again.";

    // Events.
    DictionaryNotexists = "error/dictionary/notexists", "PM432", "Take the id from the list of the dictionary.";
    HookNotexists = "error/hook/notexists", "PM433", "Take the id from hook_list.";
    HookExpired = "error/hook/expired", "PM434", "The log holds these events no more: see pg_member.event_retention.";
    EventNotexists = "error/event/notexists", "PM435", "Take the number from member.event, or from hook_trace.";
    EventType = "error/event/type", "PM430", "Name one of the codes in member.event_type.";
    EventAbout = "error/event/about", "PM431", "Give email or dataset for an event about a subscriber, and neither for one about nobody.";

    // Workers.
    WorkerAbsent = "error/worker/absent", "PM501", "Put pg_member into shared_preload_libraries and restart the server.";
    WorkerTimeout = "error/worker/timeout", "PM502", "The worker did not answer in time: see member_workers(), and try again.";
    WorkerBusy = "error/worker/busy", "PM503", "Other calls wait for the worker already: try again.";
    WorkerRole = "error/worker/role", "PM504", "State a role that you are a member of, and no superuser unless you are one.";
    SelectorQuery = "error/selector/query", "PM506", "Make the query one that its role can run, that writes nothing, and that ends within pg_member.sql_selector_timeout.";
    WorkerNologin = "error/worker/nologin", "PM505", "Give the role LOGIN: before PostgreSQL 17 no worker can run as a role without it.";

    MetricsForm = "error/metrics/form", "PM511", "Please report which figure it is: its name is the extension's own.";

    // Tracks.
    TrackNotexists = "error/track/notexists", "PM441", "Take the id from track_list.";
    TrackCrashed = "error/track/crashed", "PM443", "Its worker ended at the same place again and again: see the server's log.";
    ReportNotexists = "error/report/notexists", "PM444", "Take the number from param of the track that made the report.";
    ReportToolarge = "error/report/toolarge", "PM445", "The report is kept: read it with report_rows, send it as csv, or ask for fewer rows and columns.";
    ReportUnsent = "error/report/unsent", "PM446", "The report is kept: read it with report_rows, or let its receiver answer POST with 2xx and make the call again.";
    ReportColumns = "error/report/columns", "PM447", "Append to a report of the same columns, as report_get shows them.";
    ResultUnsupported = "error/result/unsupported", "PM448", "Return the answer in one of the ways that the detail names.";
    TrackUncommitted = "error/track/uncommitted", "PM442", "Commit first: workers see a track when its transaction has committed.";

    // Groups.
    FilterSyntax = "error/filter/syntax", "PM601", "A filter is a list of conditions {a, op, v}; see the page of filters.";
    FilterOperator = "error/filter/operator", "PM602", "See the table of operators on the page of filters.";
    FilterValue = "error/filter/value", "PM603", "Give v the form that the operator takes; compare with eq, ne, lt, le, gt, ge what is not to be read as a number or a date.";
    FilterRegexp = "error/filter/regexp", "PM604", "Write a regular expression without look-around and back-references, of at most 1000 octets.";
    FilterDepth = "error/filter/depth", "PM605", "Nest conditions and groups less deeply.";
    FilterUsage = "error/filter/usage", "PM606", "The filter is too costly: use fewer conditions, fewer has and rx, fewer groups within groups.";
    FilterUnsupported = "error/filter/unsupported", "PM607", "See the page of filters for what can be said instead.";
    FilterCycle = "error/filter/cycle", "PM608", "A group cannot be asked for, directly or by way of others, in its own filter.";
    FilterAttribute = "error/filter/attribute", "PM609", "a is a datakey without wildcards, datakey:LR, size(datakey), or a key of member or -group that the page of filters lists.";
    // Addresses' states.
    MemberWrongcookie = "error/member/wrongcookie", "PM690", "The code is wrong, or of an earlier entry: take the link of the latest letter.";
    StoplistMember = "error/stoplist/member", "PM691", "Records of the type member are the subscriber's own: set stoplist.member.limit, or stoplist.member.edit to 1, with sys_settings_set to change them.";
    StoplistLimit = "error/stoplist/limit", "PM694", "What calls may change this month of the subscribers' own records is used up: wait for the next one, or raise stoplist.member.limit with sys_settings_set.";
    MemberLimit = "error/member/limit", "PM692", "There are member.hard.limit identifiers of subscribers: delete some, or raise the setting with sys_settings_set.";
    AuthextNotexists = "error/authext/notexists", "PM693", "Take the id from authext_list.";
    // Erasing.
    JournalErased = "error/journal/erased", "PM730", "A person whom the row concerns was erased: what would go back is not kept any more.";
    EraseIsolation = "error/erase/isolation", "PM731", "Erase in a transaction of READ COMMITTED: what others wrote meanwhile has to be seen.";
    EraseTrack = "error/erase/track", "PM732", "Wait for the tracks named in the detail with track_wait, or stop them with track_set.";
    EraseKey = "error/erase/key", "PM733", "Restore the row of member.erase_key from a backup: without it erased identifiers are not known again.";
    EraseGroup = "error/erase/group", "PM734", "Take the person out of the groups that are named: give them another rule with group_filter_set, another name with group_set, or delete them.";

    // Templates and JsonQL.
    TemplateSyntax = "error/template/syntax", "PM801", "See the page of templates for how values are written.";
    TemplateMissing = "error/template/missing", "PM802", "Give the scope the field named in the detail, or leave it out of the template.";
    TemplateScope = "error/template/scope", "PM803", "The scope is an object with the keys in, origin, template, sender, resource, campaign, subscription, account, camp_schedule, error, profile, channel, now, event, sequence.";
    TemplateLimit = "error/template/limit", "PM804", "Ask for less: a rendered document has at most 64 MB.";
    JsonqlSyntax = "error/jsonql/syntax", "PM805", "See the page of templates for the operators of JsonQL and how values are written.";
    JsonqlEvaluation = "error/jsonql/evaluation", "PM806", "Join truth values with && and ||, calculate with numbers, and let the whole be true or false.";
    JsonqlLimit = "error/jsonql/limit", "PM807", "Use shorter texts, smaller numbers and exponents.";

    // Datakeys.
    DatakeySyntax = "error/datakey/syntax", "PM301", "See the datakey page for how paths and operations are written.";
    DatakeyMode = "error/datakey/mode", "PM302", "Use set, update, insert, merge, merge_update, merge_insert, push, unshift, delete, or a copying mode.";
    DatakeyType = "error/datakey/type", "PM303", "The fourth element is empty, dt or dt:LR with L and R from Y M D h m s.";
    DatakeyNotarray = "error/datakey/notarray", "PM304", "The path uses an index where the data holds an object or a scalar.";
    DatakeyNotobject = "error/datakey/notobject", "PM305", "The path uses a key where the data holds a list or a scalar.";
    DatakeyMerge = "error/datakey/merge", "PM306", "merge joins objects: both the value and what is stored must be one.";
    DatakeyDate = "error/datakey/date", "PM307", "Write the date as YYYY-MM-DD hh:mm:ss, cut to the stated precision, or an expression such as current - 1 month.";
    DatakeyReadonly = "error/datakey/readonly", "PM308", "This key is kept by the system and cannot be written.";
    DatakeyLimit = "error/datakey/limit", "PM309", "See the settings pg_member.max_depth, max_key_length, max_operations and max_result_size.";

    // Import.
    ImportCaption = "error/import/caption", "PM940", "One column holds the identifiers (member.email, member.cellphone, member.<type>); see the page of import for the others.";
    ImportKey = "error/import/key", "PM941", "A place in a datakey takes a cell of the same row that is not empty.";

    // Questionnaires.
    AnketaNotexists = "error/anketa/notexists", "PM660", "Take the id from anketa_list, or make the questionnaire with anketa_create.";
    AnketaExists = "error/anketa/exists", "PM661", "Choose another id, or leave it out and get one.";
    AnketaId = "error/anketa/id", "PM662", "An id is 1 to 64 ASCII letters, digits, _ and -; a questionnaire's does not begin with - and is not member.";
    AnketaBuiltin = "error/anketa/builtin", "PM663", "Give it another name or place instead: what the extension brought stays.";
    QuestNotexists = "error/quest/notexists", "PM664", "Take the id from anketa_get, or add the question with anketa_quest_add.";
    QuestExists = "error/quest/exists", "PM665", "Choose another id, or change the question with anketa_quest_set.";
    QuestType = "error/quest/type", "PM666", "A question is free (width), int, dt (dtsubtype yd, yh, ym or ys), 1m or nm (answers), and stays what it is.";
    QuestAnswer = "error/quest/answer", "PM667", "Use the codes of the question's answers that anketa_get shows.";
    QuestValue = "error/quest/value", "PM668", "Give an answer of the question's type, or null to delete it.";
    QuestOrder = "error/quest/order", "PM669", "List ids that are there, each once; those left out follow in the order they had.";
    FormatNotexists = "error/format/notexists", "PM670", "Take the id from format_list.";
    FormatField = "error/format/field", "PM671", "A field is {aid, qid}; in a fill format it has a value, in a view format it has none.";

    // Channels.
    ChannelNotexists = "error/channel/notexists", "PM810", "Take the string_id or the id from channel_list.";
    ChannelExists = "error/channel/exists", "PM811", "Choose another string_id: each channel has its own.";
    ChannelKind = "error/channel/kind", "PM812", "A direct channel has an addr_type and a subscription field, an indirect one a resource field; only an indirect one has moderation.";
    ChannelField = "error/channel/field", "PM813", "A field has a shortname of small letters, digits and underscores, a type, and values of that type; see the page of channels.";
    ChannelEvent = "error/channel/event", "PM814", "An event has an id from 100001 that no other has, a string_id and a base; see the page of channels.";
    PipelineNotexists = "error/pipeline/notexists", "PM815", "Set the pipeline with pipeline_set.";
    PipelineInvalid = "error/pipeline/invalid", "PM816", "Mend what the detail lists; pipeline_check shows the same as data.";
    PipelineForm = "error/pipeline/form", "PM817", "A pipeline is a list of pipes {id, type, params, outs}.";
    PipelineEmpty = "error/pipeline/empty", "PM818", "A pipeline has at least one pipe: its first one is the entry.";
    PipelineLimit = "error/pipeline/limit", "PM819", "Split the pipeline: it has too many pipes, or is too large.";
    PipelineId = "error/pipeline/id", "PM820", "Give each pipe a whole number above 0 that no other pipe of the pipeline has.";
    PipelineType = "error/pipeline/type", "PM821", "Use result, error, log, pack, unpack, http_request, store_set, store_get, selector, sql_pipe, event or scheduled.";
    PipelineParam = "error/pipeline/param", "PM822", "Give the parameter the form that the page of pipes states.";
    PipelineUnknown = "error/pipeline/unknown", "PM823", "Check the spelling: the key has no effect.";
    PipelineExit = "error/pipeline/exit", "PM824", "An exit names the id of a pipe that is there.";
    PipelineUnreachable = "error/pipeline/unreachable", "PM825", "No way leads from the entry to the pipe: it never runs.";
    PipelineCycle = "error/pipeline/cycle", "PM826", "Pipes must not lead back to one another; let a scheduled pipe begin again later.";
    PipelineKind = "error/pipeline/kind", "PM827", "result and error belong to operations of entities, event and scheduled to all other pipelines; moderation to indirect channels that have it.";
    PipelineResult = "error/pipeline/result", "PM828", "The answer is set once: no result may come behind another one.";
    PipelineTemplate = "error/pipeline/template", "PM829", "See the page of the template language for how $, $# and $$ are written and what they find.";
    PipelineQuery = "error/pipeline/query", "PM830", "See the page of the template language for JsonQL; in SQL a template stands where a whole value does.";
    PipelineEvent = "error/pipeline/event", "PM831", "Take action_type from the events of the channel; event_type is its base.";
    PipelineRun = "error/pipeline/run", "PM880", "Take the number from pipeline_start or member.pipeline_run; ended runs are kept for pg_member.pipe_run_days.";
    PipelineConnector = "error/pipeline/connector", "PM832", "Take connector_id from connector_list, or leave it out for this database.";
    EntityNotexists = "error/entity/notexists", "PM833", "Take the shortname from entity_list.";
    EntityOperation = "error/entity/operation", "PM834", "Operations are list, get, create, update and delete, each with input and pipes.";
    EntityField = "error/entity/field", "PM835", "primary_field and preview_field name fields of the entity.";
    EntityAnswer = "error/entity/answer", "PM838", "A result of list is a list of objects, of get, create and update an object, with values of the entity's fields; delete has none.";
    ConnectorNotexists = "error/connector/notexists", "PM836", "Take the id from connector_list.";
    ConnectorUsed = "error/connector/used", "PM837", "Take the connector out of the pipelines named in the detail first.";

    // Messages.
    LetterNotexists = "error/letter/notexists", "PM850", "Take the id from letter_list.";
    LetterCommand = "error/letter/command", "PM851", "Commands are [% anketa.path %], [% datakey('path') %] and [% param.url_confirm %], url_unsub_cancel, url_unsub_sender_cancel.";
    LetterModeration = "error/letter/moderation", "PM852", "Set the letter's status to ready with letter_set.";
    LetterSender = "error/letter/sender", "PM853", "Give the letter a sender with letter_set.";
    LetterUrl = "error/letter/url", "PM854", "Set pg_member.public_url: the links of the letter begin with it.";
    LetterLink = "error/letter/link", "PM855", "Put the link into the letter that its call is about: [% param.url_confirm %], url_unsub_cancel or url_unsub_sender_cancel.";
    MessageNotexists = "error/message/notexists", "PM856", "Take the send_message_id from the reply of message_send, or from member.message.";
    MessageChannel = "error/message/channel", "PM857", "Enable the channel, give it a message pipeline, and send to heads of its addr_type; an indirect one takes a resource.";
    MessageSubstitute = "error/message/substitute", "PM858", "to is the real address behind a head of type csid; other heads are reached as they are.";
    LaunchNotexists = "error/launch/notexists", "PM859", "Take the number from issue.id of the reply of message_send, or from member.launch.";
    LaunchState = "error/launch/state", "PM860", "Only a launch to a place that moderation refused can be written anew: see member.launch_state.";

    // Data to import.
    ImportEmpty = "error/import/empty", "PM901", "The data have no octet, or nothing but white space: see what the source gave.";
    ImportFormat = "error/import/format", "PM902", "Give CSV, JSON, objects line by line, XLSX, or a ZIP with one of these.";
    ImportCharset = "error/import/charset", "PM903", "Use koi8-r, cp1251, utf-8, utf-7, utf-16 or mac-cyrillic, and state it with charset if it is not found out.";
    ImportCsv = "error/import/csv", "PM904", "Close each quote before a separator or the end of the row, and double the quotes within.";
    ImportColumns = "error/import/columns", "PM905", "Give every row as many columns as the first one; state separator if it is not found out.";
    ImportJson = "error/import/json", "PM906", "Give one list whose elements are lists or objects, or one object in each line.";
    ImportXlsx = "error/import/xlsx", "PM907", "Save the workbook anew as XLSX; its first sheet is read, and no cell of it may be an error.";
    ImportZip = "error/import/zip", "PM908", "Pack one CSV, TXT, XLSX or JSON file, without a password, with deflate.";
    ImportToolarge = "error/import/toolarge", "PM909", "Split the data: the detail names the limit. pg_member.xlsx_strings_max is what of a workbook may lie in memory.";
    ImportBroken = "error/import/broken", "PM910", "The data end too early or are damaged: send them again.";
    ImportSource = "error/import/source", "PM911", "Give one of users.list, users.url and uid.";
    ImportUid = "error/import/uid", "PM912", "Take the uid from the answer of a probe or an upload; it is kept for 24 hours.";
    ImportScheme = "error/import/scheme", "PM913", "Use http, https or file.";
    ImportUrl = "error/import/url", "PM914", "See the detail; users.url.tries and users.url.pause let an import try again.";
    ImportRequest = "error/import/request", "PM915", "Where users.url ends with /, request.json there is an object of parameters of the import.";
    ImportFile = "error/import/file", "PM916", "Name a file that the server can read; only members of pg_read_server_files may.";

    // Sequences.
    SequenceNotexists = "error/sequence/notexists", "PM881", "Take the id from sequence_list.";
    SequenceChannel = "error/sequence/channel", "PM882", "A sequence starts the Schedule pipeline of a direct channel: set that pipeline, and name one of its pipes with pipe.";
    SequencePassage = "error/sequence/passage", "PM883", "Write @member.sequence_data.store@ from a run of the subscriber's passage, or name a passage that goes on with sequence.passage: see member.sequence_member.";
}

impl Id {
    /// Whether it says that an identifier is not one of its type.
    pub fn is_about_address(self) -> bool {
        let about = [
            "error/email/",
            "error/msisdn/",
            "error/csid/",
            "error/push",
            "error/vk/",
            "error/tg/",
            "error/max/",
            "error/umid/",
            "error/id/",
        ];
        about.iter().any(|prefix| self.as_str().starts_with(prefix))
    }
}

/// A refusal: its id and what exactly was wrong, in words that hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which error this is.
    pub id: Id,
    /// What was wrong and where: the parameter, the operation's index, the datakey.
    pub explain: String,
}

/// What every fallible function of the domain gives back.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this id with its explanation.
    pub fn new(id: Id, explain: impl Into<String>) -> Self {
        Error { id, explain: explain.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id.as_str(), self.explain)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_and_states_are_unique_and_well_formed() {
        let ids: HashSet<_> = Id::ALL.iter().map(|id| id.as_str()).collect();
        let states: HashSet<_> = Id::ALL.iter().map(|id| id.sqlstate()).collect();
        assert_eq!(ids.len(), Id::ALL.len());
        assert_eq!(states.len(), Id::ALL.len());
        for id in Id::ALL {
            assert!(
                id.sqlstate().len() == 5 && id.sqlstate().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            );
            assert!(id.sqlstate().starts_with("PM") || *id == Id::MemberConcurrent);
            assert!(id.hint().ends_with('.'), "{}", id.as_str());
        }
    }
}
