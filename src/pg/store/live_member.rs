//! `member.live_member`: which heads the rules of live groups hold for. Whatever changes here is counted in the same
//! statement.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTARRAYOID, TEXTOID};

/// A head that is in a live group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveMember {
    /// The group.
    pub gid: String,
    /// The number of the identifier.
    pub id: i64,
    /// The body.
    pub dataset: i64,
}

static OF_BODIES: Statement = Statement::new(
    c"SELECT gid, id, dataset FROM member.live_member
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) AND gid OPERATOR(pg_catalog.=) ANY ($2)",
    &[INT8ARRAYOID, TEXTARRAYOID],
);

/// What stands of these bodies and groups.
pub fn of_bodies(session: &Session, datasets: &[i64], gids: &[&str]) -> Vec<LiveMember> {
    let rows = session.run(&OF_BODIES, &[Arg::bigints(datasets), Arg::texts(gids)]);
    rows.iter()
        .map(|row| LiveMember {
            gid: row.text().unwrap_or_default().to_owned(),
            id: row.bigint().unwrap_or_default(),
            dataset: row.bigint().unwrap_or_default(),
        })
        .collect()
}

static OF_BODY: Statement = Statement::new(
    c"SELECT id, gid FROM member.live_member WHERE dataset OPERATOR(pg_catalog.=) $1 ORDER BY id, gid",
    &[INT8OID],
);

/// The live groups of a body, each with the head that is in it.
pub fn of_body(session: &Session, dataset: i64) -> Vec<(i64, &str)> {
    let rows = session.run(&OF_BODY, &[dataset.into()]);
    rows.iter().map(|row| (row.bigint().unwrap_or_default(), row.text().unwrap_or_default())).collect()
}

static ENTER: Statement = Statement::new(
    c"WITH came AS (
          INSERT INTO member.live_member (gid, id, dataset)
          SELECT n.gid, n.id, n.dataset
            FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (gid, id, dataset)
              ON CONFLICT DO NOTHING
          RETURNING gid, id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, pg_catalog.count(*) FROM came GROUP BY gid, id OPERATOR(pg_catalog.>>) 12",
    &[TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID],
);
static LEAVE: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.live_member m
           USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (gid, id, dataset)
           WHERE m.dataset OPERATOR(pg_catalog.=) n.dataset AND m.id OPERATOR(pg_catalog.=) n.id
             AND m.gid OPERATOR(pg_catalog.=) n.gid
          RETURNING m.gid, m.id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, 0 OPERATOR(pg_catalog.-) pg_catalog.count(*)
        FROM gone GROUP BY gid, id OPERATOR(pg_catalog.>>) 12",
    &[TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID],
);

/// Notes that rules hold for heads now, under the locks of their bodies.
pub fn enter(session: &Session, members: &[&LiveMember]) {
    run(session, &ENTER, members);
}

/// Notes that rules hold for heads no more, under the locks of their bodies.
pub fn leave(session: &Session, members: &[&LiveMember]) {
    run(session, &LEAVE, members);
}

fn run(session: &Session, statement: &Statement, members: &[&LiveMember]) {
    if members.is_empty() {
        return;
    }
    let gids: Vec<&str> = members.iter().map(|member| member.gid.as_str()).collect();
    let ids: Vec<i64> = members.iter().map(|member| member.id).collect();
    let datasets: Vec<i64> = members.iter().map(|member| member.dataset).collect();
    session.run(statement, &[Arg::texts(&gids), Arg::bigints(&ids), Arg::bigints(&datasets)]);
}

static BOUNDS: Statement = Statement::new(
    c"SELECT pg_catalog.min(id), pg_catalog.max(id) FROM member.live_member WHERE gid OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The least and the greatest number of a member.
pub fn bounds(session: &Session, gid: &str) -> (Option<i64>, Option<i64>) {
    session.run(&BOUNDS, &[gid.into()]).first().map_or((None, None), |row| (row.bigint(), row.bigint()))
}

static DELETE_GROUP: Statement =
    Statement::new(c"DELETE FROM member.live_member WHERE gid OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Takes away what stands of a group that is deleted, or live no more.
pub fn delete_group(session: &Session, gid: &str) {
    session.run(&DELETE_GROUP, &[gid.into()]);
}
