//! Hooks as they are read, kept, shown and edited.

use super::form::Sending;
use super::transport::{Acks, Auth, Compression, ExchangeKind, Kafka, SaslMechanism, Tls, Transport};
use super::*;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::tests::{bytes, text};
use crate::domain::json::{encoded, root};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const CERT: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";

/// A hook of as little as possible, and these keys.
pub(super) fn hook(keys: &str) -> Hook {
    read(serde_json::from_str(keys).unwrap()).unwrap().0
}

fn http() -> Json {
    json!({"type": "http_batch", "url": "https://crm.example.com/in"})
}

/// As little as a hook needs, and these keys.
fn request(keys: Json) -> Json {
    let mut request = json!({"name": "crm", "events": ["click"], "transport": http()});
    request.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    request
}

fn wish(keys: Json) -> Result<Wish> {
    let bytes = bytes(&request(keys).to_string());
    Hook::read(root(&bytes).unwrap(), None)
}

fn read(keys: Json) -> Result<(Hook, Vec<Error>)> {
    wish(keys).map(|wish| (wish.hook, wish.warnings))
}

/// What a hook with this transport is refused for.
fn refused(keys: Json) -> (Id, String) {
    let error = read(keys).unwrap_err();
    (error.id, error.explain)
}

fn edit(hook: &Hook, keys: Json) -> Result<Hook> {
    let (before, keys) = (encoded(&hook.stored()?)?, bytes(&keys.to_string()));
    Ok(Hook::read(root(&keys)?, Some(root(&before)?))?.hook)
}

fn stored(hook: &Hook) -> Json {
    serde_json::from_str(&text(&encoded(&hook.stored().unwrap()).unwrap())).unwrap()
}

fn shown(hook: &Hook) -> Json {
    serde_json::from_str(&text(&encoded(&hook.shown().unwrap()).unwrap())).unwrap()
}

fn through(transport: Json) -> Hook {
    read(json!({"transport": transport})).unwrap().0
}

/// One of each transport with all there is to say.
fn everything() -> [Json; 5] {
    let tls = json!({"ca": CERT, "cert": CERT, "key": KEY, "verify": false});
    let server =
        json!({"host": "mq.example.com", "port": 5699, "user": "u", "password": "pw-1", "vhost": "v", "tls": tls});
    let with = |base: &Json, more: Json| {
        let mut base = base.clone();
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let oauth = json!({"type": "oauth2", "token_url": "https://id.example.com/t", "client_id": "c", "client_secret": "pw-1", "scope": "s"});
    [
        with(
            &http(),
            json!({
                "auth": oauth, "headers": {"x-api-key": "pw-1", "x-team": "a"}, "max_batch": 7, "timeout_sec": 9,
                "success_regex": "OK.*", "request_timeout_sec": 3, "signing_secret": ["pw-1", "whsec_YWI="], "tls": {"ca": CERT},
            }),
        ),
        with(
            &server,
            json!({"type": "rabbitmq_queue", "queue": "q", "declare_queue": false, "max_batch": 5, "timeout_sec": 0}),
        ),
        with(
            &server,
            json!({"type": "rabbitmq_exchange", "exchange": "e", "exchange_type": "topic", "durable": false, "auto_delete": true, "max_batch": 5, "timeout_sec": 2}),
        ),
        json!({
            "type": "kafka", "brokers": ["k1.example.com:9092", "[2001:db8::1]:9092"], "topic": "t.{{event_type}}", "key": "{{db_id}}",
            "acks": "1", "compression": "zstd", "security": "sasl_ssl", "tls": tls, "timeout_sec": 20, "max_batch": 9,
            "sasl": {"mechanism": "scram-sha-256", "username": "u", "password": "pw-1"},
        }),
        json!({
            "type": "kafka", "brokers": ["k1.example.com:9092"], "topic": "t", "key": "", "acks": "all", "compression": "none",
            "security": "plaintext", "tls": null, "sasl": null, "timeout_sec": 10, "max_batch": 100,
        }),
    ]
}

#[test]
fn what_is_not_said_has_its_default() {
    let hook = hook("{}");
    let expected = json!({
        "name": "crm", "db_id": null, "events": ["click"],
        "filters": {"resources": [], "campaigns": [], "messages": [], "segments": [], "pixels": []},
        "transport": {
            "type": "http_batch", "url": "https://crm.example.com/in", "auth": {"type": "none"}, "headers": {}, "max_batch": 100,
            "timeout_sec": 5, "success_regex": "", "request_timeout_sec": 15, "signing_secret": null, "tls": {"ca": null},
        },
        "profile_fields": [], "custom_data": {}, "custom_data_template": {}, "with_content": false,
        "retry": {"times": null, "period_sec": null, "ladder": [], "jitter": 0},
        "on_failure": "hold", "rate_limit": null, "concurrency": 1, "breaker": {"failures": 10, "pause_sec": 60},
        "stop_after_sec": null,
    });
    assert_eq!(shown(&hook), expected);
    assert_eq!(hook.retry.times(Defaults::default()), 4);
}

#[test]
fn the_object_of_the_specification_is_read() {
    let (hook, warnings) = read(json!({
        "name": "crm", "active": true, "db_id": null, "events": ["deliv", "click", "import_api", "click"],
        "filters": {"resources": [3], "campaigns": [], "messages": [], "segments": [], "pixels": []},
        "transport": {
            "type": "http_batch", "url": "https://crm.example.com/in", "auth": {"type": "none"}, "headers": {}, "max_batch": 100,
            "timeout_sec": 5, "success_regex": "", "request_timeout_sec": 15, "signing_secret": null,
        },
        "profile_fields": ["email", "_fname"], "custom_data": {"id": "{{uuid}}", "cname": "{{campaign_name}}"},
        "custom_data_template": {}, "with_content": false, "retry": {"times": 4, "period_sec": 15},
    }))
    .unwrap();
    assert_eq!(warnings, []);
    assert_eq!(hook.events, ["deliv", "click", "import_api"]);
    assert_eq!(hook.filters.resources, [3]);
    assert_eq!(hook.pairs().unwrap().len(), 2);
    assert_eq!(hook.template().unwrap().len(), 0);
    assert_eq!(hook.profile_fields.iter().map(|field| field.datakey.as_str()).collect::<Vec<_>>(), ["email", "_fname"]);
    assert_eq!((hook.retry.times, hook.retry.period_sec), (Some(4), Some(15)));
}

#[test]
fn whether_it_sends_is_no_setting() {
    for (keys, active) in [
        (json!({}), None),
        (json!({"active": null}), Some(true)),
        (json!({"active": true}), Some(true)),
        (json!({"active": 0}), Some(false)),
    ] {
        let wish = wish(keys).unwrap();
        assert_eq!(wish.active, active);
        assert_eq!(stored(&wish.hook).get("active"), None);
    }
}

#[test]
fn every_transport_is_kept_as_it_was_given() {
    for transport in everything() {
        let hook = through(transport.clone());
        assert_eq!(stored(&hook)["transport"], transport);
    }
    let Transport::Kafka(kafka) = through(everything()[3].clone()).sending.transport else { panic!() };
    let Kafka { acks, compression, sasl, tls, .. } = kafka;
    assert_eq!((acks, compression), (Acks::Leader, Compression::Zstd));
    assert_eq!(sasl.unwrap().mechanism, SaslMechanism::ScramSha256);
    assert_eq!(tls, Some(Tls { ca: Some(CERT.into()), cert: Some(CERT.into()), key: Some(KEY.into()), verify: false }));
    let Transport::Exchange(exchange) = through(everything()[2].clone()).sending.transport else { panic!() };
    assert_eq!((exchange.kind, exchange.durable, exchange.auto_delete), (ExchangeKind::Topic, false, true));
}

#[test]
fn what_is_kept_opens_as_the_same_hook() {
    for transport in everything() {
        let (hook, _) = read(json!({
            "transport": transport, "active": "0", "db_id": 7, "filters": {"pixels": [1, 2]},
            "profile_fields": {"mail": "email", "first": "name[0]"}, "custom_data": {"a": [1.50, {"b": "{{uuid}}"}]},
            "retry": {"ladder": [1, 2], "jitter": 0.25}, "on_failure": "go_on", "rate_limit": {"per_sec": 3}, "concurrency": 16,
            "breaker": {"failures": 0}, "stop_after_sec": 432_000,
        }))
        .unwrap();
        let kept = encoded(&hook.stored().unwrap()).unwrap();
        assert_eq!(Hook::open(root(&kept).unwrap()).unwrap(), hook);
        assert_eq!(edit(&hook, json!({})).unwrap(), hook);
    }
}

#[test]
fn no_secret_is_shown_and_each_comes_back_as_it_was() {
    for transport in everything() {
        let hook = through(transport);
        let shown = shown(&hook);
        // To callers, and to a programmer.
        for text in [shown.to_string(), format!("{hook:?}"), format!("{hook:#?}")] {
            assert!(!text.contains("pw-1") && !text.contains("YWI=") && !text.contains("PRIVATE"), "{text}");
        }
        let renamed = edit(&hook, json!({"name": "other", "transport": shown["transport"]})).unwrap();
        assert_eq!(renamed.sending, hook.sending);
        assert_eq!(renamed.name, "other");
    }
}

#[test]
fn a_mask_without_a_secret_is_refused() {
    for (transport, name) in [
        (json!({"type": "http_batch", "url": "http://a.example", "signing_secret": MASK}), "transport.signing_secret"),
        (
            json!({"type": "http_batch", "url": "http://a.example", "headers": {"Authorization": MASK}}),
            "transport.headers",
        ),
        (json!({"type": "rabbitmq_queue", "host": "h", "user": "u", "password": MASK}), "transport.password"),
    ] {
        let (id, explain) = refused(json!({"transport": transport}));
        assert!(id == Id::ParamWrong && explain.starts_with(name), "{explain}");
    }
}

#[test]
fn secrets_are_rotated_by_their_masks() {
    let secrets = |hook: &Hook| match &hook.sending.transport {
        Transport::Http(http) => http.signing_secrets.iter().map(|secret| secret.to_string()).collect(),
        _ => vec![],
    };
    let set = |hook: &Hook, value: Json| edit(hook, json!({"transport": {"signing_secret": value}})).unwrap();
    let one = through(json!({"type": "http_batch", "url": "http://a.example", "signing_secret": "old"}));
    assert_eq!(secrets(&one), ["old"]);
    let two = set(&one, json!(["new", MASK]));
    assert_eq!(secrets(&two), ["new", "old"]);
    assert_eq!(secrets(&set(&two, json!([MASK, MASK]))), ["new", "old"]);
    assert_eq!(secrets(&set(&two, json!(MASK))), ["new"]);
    assert!(secrets(&set(&two, json!(null))).is_empty() && secrets(&set(&two, json!(""))).is_empty());
}

#[test]
fn an_edit_keeps_what_it_does_not_name() {
    let hook = through(everything()[0].clone());
    let changed = edit(&hook, json!({"transport": {"max_batch": 1, "auth": {"scope": null}}, "db_id": 3})).unwrap();
    let mut expected = everything()[0].clone();
    expected["max_batch"] = json!(1);
    expected["auth"]["scope"] = json!(null);
    assert_eq!(stored(&changed)["transport"], expected);
    assert_eq!(edit(&changed, json!({"db_id": null})).unwrap().db_id, None);
    let cleared = edit(&changed, json!({"transport": {"headers": null, "tls": null, "auth": null}})).unwrap();
    let Transport::Http(http) = &cleared.sending.transport else { panic!() };
    assert_eq!((&http.headers, &http.ca, &http.auth), (&vec![], &None, &Auth::None));
    let limited =
        read(json!({"retry": {"times": 2, "jitter": 1}, "rate_limit": {"per_sec": 5}, "filters": {"pixels": [1]}}))
            .unwrap()
            .0;
    let partly = edit(&limited, json!({"retry": {"period_sec": 1}, "filters": {"campaigns": [2]}})).unwrap();
    assert_eq!(partly.retry, Retry { times: Some(2), period_sec: Some(1), jitter: 1.0, ladder: vec![] });
    assert_eq!((partly.per_sec, partly.filters.pixels, partly.filters.campaigns), (Some(5), vec![1], vec![2]));
    let usual = edit(&limited, json!({"retry": null, "rate_limit": null, "filters": null})).unwrap();
    assert_eq!((usual.retry, usual.per_sec, usual.filters), (Retry::default(), None, Filters::default()));
    assert_eq!(edit(&hook, json!({"name": null})).unwrap_err(), Error::new(Id::ParamMissing, "name"));
}

#[test]
fn another_type_of_transport_begins_anew() {
    let hook = through(json!({"type": "http_batch", "url": "http://a.example", "max_batch": 7}));
    let error = edit(&hook, json!({"transport": {"type": "rabbitmq_queue"}})).unwrap_err();
    assert_eq!(error, Error::new(Id::ParamMissing, "transport.host"));
    let queue = json!({"type": "rabbitmq_queue", "host": "h", "user": "u", "password": "p"});
    let Sending { transport, max_batch, collect_sec } = edit(&hook, json!({"transport": queue})).unwrap().sending;
    assert_eq!((max_batch, collect_sec), (100, 0));
    let Transport::Queue(queue) = transport else { panic!() };
    assert_eq!(
        (queue.server.port, queue.server.vhost.as_str(), queue.queue.as_str(), queue.declare),
        (5672, "/", "", true)
    );
}

#[test]
fn the_usual_port_follows_tls_and_a_chosen_one_stays() {
    let port = |hook: &Hook| stored(hook)["transport"]["port"].clone();
    let queue = |more: Json| {
        let mut queue = json!({"type": "rabbitmq_queue", "host": "h", "user": "u", "password": "p"});
        queue.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        through(queue)
    };
    let plain = queue(json!({}));
    assert_eq!((port(&plain), port(&queue(json!({"tls": true})))), (json!(5672), json!(5671)));
    let encrypted = edit(&plain, json!({"transport": {"tls": {"verify": false}}})).unwrap();
    assert_eq!(port(&encrypted), json!(5671));
    assert_eq!(port(&edit(&encrypted, json!({"transport": {"tls": false}})).unwrap()), json!(5672));
    let chosen = queue(json!({"port": "5700"}));
    assert_eq!(port(&edit(&chosen, json!({"transport": {"tls": true}})).unwrap()), json!(5700));
}

#[test]
fn what_is_unknown_is_a_warning_by_its_full_name() {
    let (_, warnings) = read(json!({
        "colour": 1, "id": 5, "retry": {"tries": 2}, "filters": {"x": 1},
        "transport": {"type": "http_batch", "url": "http://a.example", "queue": "q", "auth": {"user": "u"}},
    }))
    .unwrap();
    let names: Vec<_> = warnings.iter().map(|warning| warning.explain.as_str()).collect();
    assert_eq!(names, ["colour", "filters.x", "transport.queue", "transport.auth.user", "retry.tries"]);
    assert!(warnings.iter().all(|warning| warning.id == Id::ParamUnknown));
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    let keys = json!({"transport": {"type": "http_batch", "url": "http://a.example", "tls": {"verify": false}}});
    assert_eq!(refused(keys), (Id::ParamUnsupported, "transport.tls.verify".to_owned()));
    assert!(read(json!({"with_content": false, "filters": {"segments": [1]}})).is_ok());
    assert!(read(json!({"custom_data_template": {"a": "x {{segment_name}}"}})).is_ok());
}

#[test]
fn what_is_missing_is_named() {
    for (keys, name) in [
        (json!({"name": ""}), "name"),
        (json!({"events": null}), "events"),
        (json!({"transport": null}), "transport.type"),
        (json!({"transport": {}}), "transport.type"),
        (json!({"transport": {"type": "http_batch"}}), "transport.url"),
        (
            json!({"transport": {"type": "http_batch", "url": "http://a.example", "auth": {"type": "oauth2"}}}),
            "transport.auth.token_url",
        ),
        (
            json!({"transport": {"type": "rabbitmq_exchange", "host": "h", "user": "u", "password": "p"}}),
            "transport.exchange",
        ),
        (json!({"transport": {"type": "kafka", "topic": "t"}}), "transport.brokers"),
        (
            json!({"transport": {"type": "kafka", "topic": "t", "brokers": ["h:1"], "security": "sasl_ssl"}}),
            "transport.sasl",
        ),
    ] {
        assert_eq!(refused(keys), (Id::ParamMissing, name.to_owned()));
    }
    let nothing = bytes("{\"name\": \"n\", \"events\": [\"click\"]}");
    let error = Hook::read(root(&nothing).unwrap(), None).unwrap_err();
    assert_eq!(error, Error::new(Id::ParamMissing, "transport"));
    assert_eq!(Hook::read(root(&bytes("[]")).unwrap(), None).unwrap_err().id, Id::ParamWrong);
}

/// A key with values that it may not have.
fn all_wrong(name: &str, request: impl Fn(&Json) -> Json, values: Json) {
    for value in values.as_array().unwrap() {
        let (id, explain) = refused(request(value));
        assert!(id == Id::ParamWrong && explain.starts_with(&format!("{name} must be")), "{name} {value}: {explain}");
    }
}

#[test]
fn what_has_the_wrong_form_is_refused_by_name() {
    let long = "x".repeat(5000);
    for (key, values) in [
        ("name", json!([1, long, "a\nb"])),
        ("active", json!([2, "yes", []])),
        ("db_id", json!(["a", 1.5, []])),
        ("events", json!([[], "click", [1], [""], ["a\u{7}"], vec![json!("x"); 501]])),
        ("filters", json!([[], 1])),
        ("transport", json!([1, "http"])),
        ("profile_fields", json!([1, [1], {"a": 1}])),
        ("custom_data", json!([1, [], {"a": "x".repeat(70_000)}])),
        ("on_failure", json!(["stop", 1])),
        ("concurrency", json!([0, 17, -1, "a"])),
        ("stop_after_sec", json!([0, -5])),
        ("retry", json!([1])),
    ] {
        all_wrong(key, |value| json!({key: value}), values);
    }
    for (key, values) in [
        ("times", json!([0, 1001])),
        ("period_sec", json!([-1, 86_401])),
        ("ladder", json!([1, [-1], ["x"]])),
        ("jitter", json!([1.01, -0.1, "0.5"])),
    ] {
        all_wrong(&format!("retry.{key}"), |value| json!({"retry": {key: value}}), values);
    }
    all_wrong("rate_limit.per_sec", |value| json!({"rate_limit": {"per_sec": value}}), json!([0, "a"]));
    all_wrong("breaker.pause_sec", |value| json!({"breaker": {"pause_sec": value}}), json!([0]));
    all_wrong("filters.pixels", |value| json!({"filters": {"pixels": value}}), json!([1, ["a"], [1.5]]));
    assert_eq!(refused(json!({"profile_fields": ["a..b"]})).0, Id::DatakeySyntax);
    let deep = serde_json::from_str::<Json>(&format!("{}1{}", "[".repeat(40), "]".repeat(40))).unwrap();
    assert_eq!(refused(json!({"custom_data": {"a": deep}})).0, Id::JsonLimit);
}

/// Values that a key of a transport may not have.
fn wrong_in(transport: Json, cases: &[(&str, Json)]) {
    for (key, values) in cases {
        let request = |value: &Json| {
            let mut transport = transport.clone();
            transport[*key] = value.clone();
            json!({"transport": transport})
        };
        all_wrong(&format!("transport.{key}"), request, values.clone());
    }
}

#[test]
fn a_receiver_over_http_is_checked() {
    let headers = |name: &str| json!({name: "v"});
    let own = [
        "content-type",
        "Content-Length",
        "HOST",
        "User-Agent",
        "transfer-encoding",
        "Webhook-Id",
        "webhook-signature",
    ];
    let mut wrong_headers: Vec<_> = own.into_iter().map(headers).collect();
    wrong_headers.extend([
        json!([]),
        json!({"a": 1}),
        json!({"a b": "v"}),
        json!({"a": "v\r\nx: y"}),
        json!({"a\n": "v"}),
        json!({"a": "é"}),
        json!({"a": "1", "A": "2"}),
        json!({"a": "x".repeat(5000)}),
    ]);
    wrong_in(
        http(),
        &[
            ("type", json!(["http", 1])),
            (
                "url",
                json!([
                    1,
                    "example.com",
                    "ftp://a.example/",
                    "http://",
                    "https://u@a.example/",
                    "https://u:p@a.example/",
                    "http://:80/",
                    "//a.example",
                    format!("http://a.example/{}", "x".repeat(2048))
                ]),
            ),
            ("success_regex", json!(["(", "\\p{Nonsense}", "(a{1000}){1000}", "x".repeat(1001)])),
            ("headers", json!(wrong_headers)),
            ("max_batch", json!([0, 10_001, 1.5])),
            ("timeout_sec", json!([0, 3601])),
            ("request_timeout_sec", json!([0, 301])),
            ("signing_secret", json!([1, ["a", "b", "c"], ["a", ""], "whsec_*", "whsec_", "x".repeat(1025)])),
            ("tls", json!([true])),
            ("auth", json!(["none"])),
        ],
    );
    let (id, explain) = refused(json!({"transport": {
        "type": "http_batch", "url": "http://a.example", "headers": {"Authorization": "Bearer x"},
        "auth": {"type": "oauth2", "token_url": "http://id.example", "client_id": "c", "client_secret": "s"},
    }}));
    assert!(id == Id::ParamWrong && explain.starts_with("transport.headers"), "{explain}");
}

#[test]
fn a_broker_is_checked() {
    let queue = json!({"type": "rabbitmq_queue", "host": "h", "user": "u", "password": "p"});
    wrong_in(
        queue,
        &[
            ("host", json!([1, "a b", "http://h", "h/x"])),
            ("port", json!([0, 65_536, "x"])),
            ("user", json!([1, "a\n"])),
            ("password", json!([1, "x".repeat(256)])),
            ("queue", json!([1, "x".repeat(256)])),
            ("timeout_sec", json!([3601])),
            ("tls", json!([1, "on", {"cert": CERT}, {"key": KEY}])),
        ],
    );
    let exchange = json!({"type": "rabbitmq_exchange", "host": "h", "user": "u", "password": "p", "exchange": "e"});
    wrong_in(exchange, &[("exchange_type", json!(["fanout", 1])), ("durable", json!(["x"]))]);
    let kafka = json!({"type": "kafka", "brokers": ["h:9092"], "topic": "t"});
    wrong_in(
        kafka.clone(),
        &[
            ("brokers", json!(["h:9092", [], ["h"], ["h:0"], ["h:x"], [":9092"], ["h:70000"], [1]])),
            ("topic", json!(["a b", "a/b", ".", "..", "{{uuid}}", "x".repeat(250)])),
            ("key", json!(["{{uuid}}", "x".repeat(1025)])),
            ("acks", json!([2, "some", true])),
            ("compression", json!(["zip"])),
            ("security", json!(["tls"])),
            ("tls", json!([true, {}])),
            ("sasl", json!([{"username": "u", "password": "p"}])),
            ("timeout_sec", json!([0, 301])),
        ],
    );
    for (acks, expected) in [(json!(0), Acks::None), (json!("1"), Acks::Leader), (json!("all"), Acks::All)] {
        let mut kafka = kafka.clone();
        kafka["acks"] = acks;
        let Transport::Kafka(kafka) = through(kafka).sending.transport else { panic!() };
        assert_eq!(kafka.acks, expected);
    }
}

#[test]
fn kafka_drops_what_its_security_has_no_use_for() {
    let hook = through(everything()[3].clone());
    let plain = edit(&hook, json!({"transport": {"security": "plaintext"}})).unwrap();
    let Transport::Kafka(kafka) = plain.sending.transport else { panic!() };
    assert_eq!((kafka.tls, kafka.sasl), (None, None));
    let encrypted = edit(&hook, json!({"transport": {"security": "ssl", "tls": null}})).unwrap();
    let Transport::Kafka(kafka) = encrypted.sending.transport else { panic!() };
    assert_eq!((kafka.tls, kafka.sasl), (Some(Tls::usual()), None));
}

proptest! {
    /// Whatever JSON is sent: a hook or a refusal, and a hook comes back as it was.
    #[test]
    fn any_value_anywhere_is_read_or_refused(which in 0usize..5, key in "[a-z_]{1,4}|url|tls|headers|auth|retry|filters|events|brokers|sasl|signing_secret", value in crate::domain::json::tests::document(), inner in any::<bool>()) {
        let mut request = request(json!({"transport": everything()[which]}));
        let place = if inner { &mut request["transport"] } else { &mut request };
        place[key.as_str()] = value;
        let request = bytes(&request.to_string());
        if let Ok(Wish { hook, .. }) = Hook::read(root(&request).unwrap(), None) {
            let kept = encoded(&hook.stored().unwrap()).unwrap();
            prop_assert_eq!(Hook::open(root(&kept).unwrap()).unwrap(), hook);
        }
    }
}
