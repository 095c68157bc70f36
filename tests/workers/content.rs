//! What goes out: which events a hook takes, and what it adds to them (pipelines-and-hooks.md 7, shapes.md 7, 8).

use crate::common::*;

/// A subscriber, one entry in each dictionary, all with the number 1 to 4.
fn furnish(client: &mut Client) {
    client
        .batch_execute(
            r#"SELECT member_set('anna@example.com', '[["city", "set", "Perm"], ["name", "set", "Anna"]]');
               SELECT campaign_set('{"name": "Spring {{uuid}}", "subid": "sp-1"}');
               SELECT template_set('{"name": "Hello", "subject": "Good \"news\""}');
               SELECT resource_set('{"name": "Shop"}');
               SELECT pixel_set('{"name": "Door"}')"#,
        )
        .unwrap();
}

/// Records an event about the subscriber; `more` are further settings of the call.
fn emit(client: &mut Client, event_type: &str, more: Value) -> i64 {
    let mut request = json!({"event_type": event_type, "email": "anna@example.com"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.query_one("SELECT event_emit($1)", &[&request]).unwrap().get(0)
}

/// The `custom_data` of the events that came to a path.
fn custom(target: &Target, path: &str) -> Vec<Value> {
    target.events(path).iter().map(|event| event["custom_data"].clone()).collect()
}

/// Every parameter but that of segments, in a template.
fn every_parameter() -> Value {
    let names = [
        "uuid",
        "event_date",
        "event_date_ymd",
        "event_date_rfc3339",
        "event_date_unix",
        "event_date_unixnano",
        "campaign_name",
        "campaign_subid",
        "database_name",
        "message_name",
        "message_subject",
        "resource_name",
        "pixel_name",
        "unknown",
    ];
    names
        .iter()
        .map(|name| (name.to_string(), json!(format!("<{{{{{name}}}}}>"))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn every_parameter_is_filled_where_it_applies_and_empty_where_it_does_not() {
    let (database, target) = (Database::new("workers_params"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    let more = format!(r#", "custom_data": {}"#, every_parameter());
    target.hook(&mut client, "/ok", r#"["click", "pixel", "member_change", "campaign_start"]"#, &more);
    let date = json!({"event_date": "2026-03-17T10:20:00.00012Z"});
    let with =
        |more: Value| [date.as_object().unwrap().clone(), more.as_object().unwrap().clone()].into_iter().flatten();
    emit(&mut client, "click", with(json!({"campaign_id": 1, "message_id": 2, "resource_id": 3})).collect::<Value>());
    emit(&mut client, "pixel", with(json!({"pixel_id": 4})).collect::<Value>());
    // Numbers in the event's own data, and numbers that no dictionary has.
    emit(&mut client, "click", with(json!({"event_data": {"campaign_id": 1, "message_id": 99}})).collect::<Value>());
    client.execute(r#"SELECT event_emit('{"event_type": "campaign_start", "campaign_id": 1}')"#, &[]).unwrap();
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));

    let sent = custom(&target, "/ok");
    assert_eq!(sent.len(), 5);
    let mut ids: Vec<&str> = sent.iter().map(|custom| custom["uuid"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| id.len() == 38 && id.as_bytes()[15] == b'4'), "{ids:?}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5, "each event has its own");
    let expect = |custom: &Value, names: &[(&str, &str)]| {
        for name in
            ["campaign_name", "campaign_subid", "message_name", "message_subject", "resource_name", "pixel_name"]
        {
            let value = names.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            assert_eq!(custom[name], format!("<{value}>"), "{name} of {custom}");
        }
        assert_eq!(custom["database_name"], "<client_workers_params>");
        assert_eq!(custom["unknown"], "<{{unknown}}>");
    };
    // What a dictionary holds is not filled in turn.
    let campaign = [("campaign_name", "Spring {{uuid}}"), ("campaign_subid", "sp-1")];
    let message = [("message_name", "Hello"), ("message_subject", "Good \"news\""), ("resource_name", "Shop")];
    expect(&sent[0], &[campaign.as_slice(), &message].concat());
    expect(&sent[1], &[("pixel_name", "Door")]);
    expect(&sent[2], &campaign);
    expect(&sent[3], &campaign);
    expect(&sent[4], &[]);
    for custom in &sent[..3] {
        assert_eq!(custom["event_date"], "<2026-03-17T10:20:00.000120Z>");
        assert_eq!(custom["event_date_ymd"], "<2026-03-17>");
        assert_eq!(custom["event_date_rfc3339"], "<2026-03-17T10:20:00Z>");
        assert_eq!(custom["event_date_unix"], "<1773742800>");
        assert_eq!(custom["event_date_unixnano"], "<1773742800000120000>");
    }
    let nobody = &target.events("/ok")[3];
    assert!(["profile_id", "_md5", "_xxh"].iter().all(|key| nobody.get(key).is_none()), "{nobody}");
}

#[test]
fn what_the_call_says_wins_then_the_template_then_the_pairs_then_the_profile() {
    let (database, target) = (Database::new("workers_custom"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    let more = r#", "custom_data": {"a": "pair", "b": "pair", "city": "pair"},
                   "custom_data_template": {"a": "template {{resource_name}}", "t": "template"},
                   "profile_fields": {"a": "city", "b": "city", "city": "city", "who": "name", "none": "no.such", "mail": "member.email"}"#;
    target.hook(&mut client, "/ok", r#"["click"]"#, more);
    target.hook(&mut client, "/ok/fields", r#"["click"]"#, r#", "profile_fields": ["city", "name"]"#);
    target.hook(&mut client, "/ok/bare", r#"["click"]"#, "");
    emit(&mut client, "click", json!({"custom_data": {"a": "own {{uuid}}", "o": [1.50, {}]}}));
    emit(&mut client, "click", json!({"resource_id": 3}));
    emit(&mut client, "click", json!({"resource_id": 3, "custom_data": {}}));
    assert!(is_idle(&mut client));
    let added = json!({"b": "pair", "city": "pair", "who": "Anna", "none": null, "mail": "anna@example.com"});
    let with = |more: Value| {
        let mut all = added.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let own = with(json!({"a": "own {{uuid}}", "o": [1.50, {}]}));
    let template = with(json!({"a": "template Shop", "t": "template"}));
    assert_eq!(custom(&target, "/ok"), [own, template.clone(), template]);
    let fields = json!({"city": "Perm", "name": "Anna"});
    let own = json!({"a": "own {{uuid}}", "o": [1.50, {}], "city": "Perm", "name": "Anna"});
    assert_eq!(custom(&target, "/ok/fields"), [own, fields.clone(), fields]);
    assert_eq!(custom(&target, "/ok/bare")[0], json!({"a": "own {{uuid}}", "o": [1.50, {}]}));
    assert_eq!(custom(&target, "/ok/bare")[1], Value::Null);
}

/// What filters can ask for: the key of a filter, that of an event.
const ASKED: [(&str, &str); 4] =
    [("campaigns", "campaign_id"), ("resources", "resource_id"), ("messages", "message_id"), ("pixels", "pixel_id")];

/// All ways to give each of [`ASKED`] none, 1 or 2.
fn every_event() -> Vec<[i64; 4]> {
    (0..81).map(|n| [n % 3, n / 3 % 3, n / 9 % 3, n / 27]).collect()
}

#[test]
fn a_hook_takes_what_its_filters_say_and_nothing_else() {
    let (database, target) = (Database::new("workers_filters"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    // Every combination of filters; the second round asks for one of two numbers.
    let combinations: Vec<(usize, &[i64])> =
        (0..16).map(|set| (set, [1].as_slice())).chain([(15, [2, 1].as_slice())]).collect();
    for (n, (set, wanted)) in combinations.iter().enumerate() {
        let chosen = ASKED.iter().enumerate().filter(|(place, _)| set >> place & 1 == 1);
        let filters: serde_json::Map<_, _> =
            chosen.map(|(_, (filter, _))| (filter.to_string(), json!(wanted))).collect();
        let more = format!(r#", "db_id": 1, "filters": {}"#, Value::Object(filters));
        target.hook(&mut client, &format!("/ok/{n}"), r#"["click"]"#, &more);
    }
    target.hook(&mut client, "/ok/elsewhere", r#"["click"]"#, r#", "db_id": 2"#);
    for (n, event) in every_event().into_iter().enumerate() {
        let given = ASKED.iter().zip(event).filter(|(_, number)| *number > 0);
        let mut request: serde_json::Map<_, _> =
            given.map(|((_, key), number)| (key.to_string(), json!(number))).collect();
        // Named beside the event's data, or in them.
        if n % 2 == 1 {
            request = [("event_data".to_owned(), Value::Object(request))].into_iter().collect();
        }
        request.insert("send_message_id".to_owned(), json!(n.to_string()));
        emit(&mut client, "click", Value::Object(request));
    }
    assert!(is_idle(&mut client));
    for (n, (set, wanted)) in combinations.iter().enumerate() {
        let fits = |event: &[i64; 4]| (0..4).all(|place| set >> place & 1 == 0 || wanted.contains(&event[place]));
        let expected: Vec<String> =
            every_event().iter().enumerate().filter(|(_, event)| fits(event)).map(|(n, _)| n.to_string()).collect();
        let events = target.events(&format!("/ok/{n}"));
        let came: Vec<&str> =
            events.iter().map(|event| event["event_data"]["send_message_id"].as_str().unwrap()).collect();
        assert_eq!(came, expected, "filters {set:04b} of {wanted:?}");
    }
    assert!(target.events("/ok/elsewhere").is_empty());
}

#[test]
fn an_event_of_a_channel_of_ones_own_goes_to_hooks_that_list_its_base() {
    let (database, target) = (Database::new("workers_channel"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    client
        .batch_execute(
            "INSERT INTO member.event_type (code, base, family, about, is_personal, keys, builtin)
             VALUES ('whatsapp.seen', 'open', 'channel', 'seen in WhatsApp', true, '{}', false),
                    ('whatsapp.lost', NULL, 'channel', 'lost in WhatsApp', true, '{}', false)",
        )
        .unwrap();
    target.hook(&mut client, "/ok/base", r#"["open"]"#, "");
    target.hook(&mut client, "/ok/own", r#"["whatsapp.seen"]"#, "");
    target.hook(&mut client, "/ok/other", r#"["click", "deliv"]"#, "");
    for event_type in ["whatsapp.seen", "whatsapp.lost", "open"] {
        emit(&mut client, event_type, json!({"campaign_id": 1}));
    }
    assert!(is_idle(&mut client));
    let types = |path| target.events(path).iter().map(|event| event["event_type"].clone()).collect::<Vec<_>>();
    assert_eq!(types("/ok/base"), ["whatsapp.seen", "open"]);
    assert_eq!(types("/ok/own"), ["whatsapp.seen"]);
    assert!(types("/ok/other").is_empty());
}

#[test]
fn a_hook_takes_the_events_of_its_segments_and_names_the_group_that_an_event_names() {
    let (database, target) = (Database::new("workers_segments"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    let group = r#"SELECT group_create('{"id": "vip", "name": "Important", "type": "list"}')"#;
    client.execute(group, &[]).unwrap();
    let named = r#", "custom_data": {"in": "<{{segment_name}}>"}"#;
    target.hook(&mut client, "/ok/in", r#"["click"]"#, &format!(r#"{named}, "filters": {{"segments": [1, 99]}}"#));
    target.hook(&mut client, "/ok/all", r#"["click", "group_enter"]"#, named);
    // Who is in a segment is asked when the event is taken: each step has to be over before the next.
    emit(&mut client, "click", json!({}));
    assert!(is_idle(&mut client));
    let enter = r#"SELECT member_set('anna@example.com', '[["-group.vip", "set", 1]]')"#;
    client.execute(enter, &[]).unwrap();
    emit(&mut client, "click", json!({"segment_id": 1}));
    assert!(is_idle(&mut client));
    let names = |path| custom(&target, path).iter().map(|custom| custom["in"].clone()).collect::<Vec<_>>();
    assert_eq!(names("/ok/in"), ["<Important>"]);
    assert_eq!(names("/ok/all"), ["<>", "<Important>", "<Important>"]);
}
