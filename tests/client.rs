//! The calls as a program makes them: a driver, a connection, requests bound as jsonb parameters.

mod support;

use postgres::Client;
use serde_json::{Value, json};
use support::Database;

/// Makes one call with its request as a bound parameter and gives its reply.
fn call(client: &mut Client, name: &str, request: &Value) -> Result<Value, postgres::Error> {
    client.query_one(&format!("SELECT {name}($1::jsonb)"), &[request]).map(|row| row.get(0))
}

#[test]
fn a_member_is_made_changed_read_found_and_deleted() {
    let database = Database::new("life");
    let client = &mut database.connect();
    let address = json!({"email": "Anna@Example.COM"});

    let made = call(
        client,
        "member_set",
        &json!({"email": " Anna@Example.COM ", "datakey": [["client_data.orders", "set", 3], ["client_data.price", "set", 1.5]]}),
    )
    .unwrap();
    assert_eq!(made["newbie"], json!(1));
    assert_eq!(made["member"]["email"], json!("anna@example.com"));
    assert_eq!(made["member"]["addr_type"], json!("email"));
    let id = made["member"]["id"].clone();
    assert!(id.is_number(), "the number of an address is a JSON number: {id}");

    let changed =
        call(client, "member_set", &json!({"email": "anna@example.com", "datakey": [["client_data.orders", "set", 4]]})).unwrap();
    assert_eq!(changed["newbie"], json!(0));
    assert_eq!(changed["member"]["id"], id);

    let read = call(client, "member_get", &json!({"email": "anna@example.com", "datakey": "client_data"})).unwrap();
    assert!(read["datakey"].to_string().contains("\"orders\":4"), "{read}");

    let found = call(client, "member_find", &address).unwrap();
    assert_eq!(found, json!({"list": [{"id": id, "addr_type": "email", "email": "anna@example.com"}]}));

    let deleted = call(client, "member_delete", &address).unwrap();
    assert_eq!(deleted, json!({"list": {"Anna@Example.COM": 1}}));
    let exists = call(client, "member_exists", &address).unwrap();
    assert_eq!(exists, json!({"list": {"Anna@Example.COM": 0}}));
}

#[test]
fn a_refusal_carries_its_id_its_sqlstate_and_no_address() {
    let database = Database::new("refusal");
    let client = &mut database.connect();

    let refused = call(client, "member_get", &json!({"email": "nobody@example.com", "datakey": "*"})).unwrap_err();
    let refused = refused.as_db_error().expect("the server refuses, not the connection");
    assert_eq!(refused.message(), "error/member/notexists");
    assert_eq!(refused.code().code(), "PM201");
    assert!(refused.hint().is_some_and(|hint| hint.contains("member_set")));
    assert!(!format!("{refused:?}").contains("nobody@example.com"), "{refused:?}");

    // The connection lives on.
    call(client, "member_set", &json!({"email": "nobody@example.com"})).unwrap();
}

#[test]
fn a_call_belongs_to_its_transaction() {
    let database = Database::new("transaction");
    let (first, second) = (&mut database.connect(), &mut database.connect());
    let address = json!({"email": "anna@example.com"});
    let seen = |client: &mut Client| call(client, "member_exists", &address).unwrap()["list"]["anna@example.com"].clone();

    let mut transaction = first.transaction().unwrap();
    transaction.query_one("SELECT member_set($1::jsonb)", &[&address]).unwrap();
    assert_eq!(seen(second), json!(0), "what is not committed is seen by nobody else");
    transaction.rollback().unwrap();
    assert_eq!(seen(first), json!(0), "a rollback takes the member back");

    call(first, "member_set", &address).unwrap();
    assert_eq!(seen(second), json!(1));
}
