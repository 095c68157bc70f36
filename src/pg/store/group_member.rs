//! `member.group_member`: which heads are in which list groups. Whatever changes here is counted in the same statement.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID};

static OF_HEAD: Statement = Statement::new(
    c"SELECT gid, pg_catalog.to_char(since, 'YYYY-MM-DD 00:00:00') FROM member.group_member
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID],
);

/// The list groups of a head, with the day of entry as `Ys`.
pub fn of_head(session: &Session, dataset: i64, id: i64) -> Vec<(&str, String)> {
    let rows = session.run(&OF_HEAD, &[dataset.into(), id.into()]);
    rows.iter().map(|row| (row.text().unwrap_or_default(), row.text().unwrap_or_default().to_owned())).collect()
}

static AMONG: Statement = Statement::new(
    c"SELECT gid FROM member.group_member
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2 AND gid OPERATOR(pg_catalog.=) ANY ($3)",
    &[INT8OID, INT8OID, TEXTARRAYOID],
);

/// Which of these list groups a head is in.
pub fn among<'s>(session: &'s Session, dataset: i64, id: i64, gids: &[&str]) -> Vec<&'s str> {
    let rows = session.run(&AMONG, &[dataset.into(), id.into(), Arg::texts(gids)]);
    rows.iter().filter_map(|row| row.text()).collect()
}

static ENTER: Statement = Statement::new(
    c"WITH came AS (
          INSERT INTO member.group_member (dataset, id, gid, since)
          SELECT $1, $2, g.gid, $4::pg_catalog.date FROM pg_catalog.unnest($3) AS g (gid)
              ON CONFLICT DO NOTHING
          RETURNING gid, id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, 1 FROM came",
    &[INT8OID, INT8OID, TEXTARRAYOID, TEXTOID],
);

/// Puts a head into list groups, under the lock of its body; `since` is a day.
pub fn enter(session: &Session, dataset: i64, id: i64, gids: &[&str], since: &str) {
    session.run(&ENTER, &[dataset.into(), id.into(), Arg::texts(gids), since.into()]);
}

static LEAVE: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.group_member
           WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2
             AND gid OPERATOR(pg_catalog.=) ANY ($3)
          RETURNING gid, id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, '-1'::pg_catalog.int8 FROM gone",
    &[INT8OID, INT8OID, TEXTARRAYOID],
);

/// Takes a head out of list groups, under the lock of its body.
pub fn leave(session: &Session, dataset: i64, id: i64, gids: &[&str]) {
    session.run(&LEAVE, &[dataset.into(), id.into(), Arg::texts(gids)]);
}

static LEAVE_ALL: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.group_member
           WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2
          RETURNING gid, id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, '-1'::pg_catalog.int8 FROM gone",
    &[INT8OID, INT8OID],
);

/// Takes a head out of all its list groups, under the lock of its body.
pub fn leave_all(session: &Session, dataset: i64, id: i64) {
    session.run(&LEAVE_ALL, &[dataset.into(), id.into()]);
}

static MOVE: Statement = Statement::new(
    c"UPDATE member.group_member SET dataset = $3
       WHERE dataset OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
    &[INT8OID, INT8OID, INT8OID],
);

/// Takes the lists of a head along to another body, under the locks of both. Their counts stay.
pub fn move_to(session: &Session, from: i64, id: i64, to: i64) {
    session.run(&MOVE, &[from.into(), id.into(), to.into()]);
}

static RESTORE: Statement = Statement::new(
    c"WITH came AS (
          INSERT INTO member.group_member (dataset, id, gid, since)
          SELECT r.dataset, r.id, r.gid, r.since
            FROM pg_catalog.jsonb_populate_recordset(NULL::member.group_member, $1) r
           WHERE r.gid OPERATOR(pg_catalog.=) ANY ($2)
          RETURNING gid, id)
      INSERT INTO member.group_count_change (gid, bucket, n)
      SELECT gid, id OPERATOR(pg_catalog.>>) 12, 1 FROM came",
    &[JSONBOID, TEXTARRAYOID],
);

/// Brings a head back into its lists, those of `gids`.
pub fn restore(session: &Session, rows: &[u8], gids: &[&str]) {
    session.run(&RESTORE, &[Arg::jsonb(rows), Arg::texts(gids)]);
}

static DELETE_GROUP: Statement =
    Statement::new(c"DELETE FROM member.group_member WHERE gid OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Takes away every membership of a group that is deleted.
pub fn delete_group(session: &Session, gid: &str) {
    session.run(&DELETE_GROUP, &[gid.into()]);
}

static NEXT: Statement = Statement::new(
    c"SELECT dataset, id FROM member.group_member
       WHERE gid OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.>) $2 ORDER BY id LIMIT $3",
    &[TEXTOID, INT8OID, INT8OID],
);

/// The next members of a list group behind a number, by number: body and identifier.
pub fn next(session: &Session, gid: &str, behind: i64, limit: i64) -> Vec<(i64, i64)> {
    session.run(&NEXT, &[gid.into(), behind.into(), limit.into()]).pairs()
}

static BOUNDS: Statement = Statement::new(
    c"SELECT pg_catalog.min(id), pg_catalog.max(id) FROM member.group_member WHERE gid OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The least and the greatest number of a member.
pub fn bounds(session: &Session, gid: &str) -> (Option<i64>, Option<i64>) {
    session.run(&BOUNDS, &[gid.into()]).first().map_or((None, None), |row| (row.bigint(), row.bigint()))
}

static ENTER_HEADS: Statement = Statement::new(
    c"WITH came AS (
          INSERT INTO member.group_member (dataset, id, gid, since)
          SELECT h.dataset, h.id, $3, $4::pg_catalog.date
            FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS h (dataset, id)
              ON CONFLICT DO NOTHING
          RETURNING dataset, id),
      counted AS (
          INSERT INTO member.group_count_change (gid, bucket, n)
          SELECT $3, id OPERATOR(pg_catalog.>>) 12, pg_catalog.count(*) FROM came
           GROUP BY id OPERATOR(pg_catalog.>>) 12)
      SELECT dataset, id FROM came ORDER BY dataset, id",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTOID, TEXTOID],
);

/// Puts many heads into a list group, under the locks of their bodies; gives those that were not in it.
pub fn enter_heads(session: &Session, gid: &str, heads: &[(i64, i64)], since: &str) -> Vec<(i64, i64)> {
    let (datasets, ids): (Vec<i64>, Vec<i64>) = heads.iter().copied().unzip();
    session.run(&ENTER_HEADS, &[Arg::bigints(&datasets), Arg::bigints(&ids), gid.into(), since.into()]).pairs()
}

static LEAVE_HEADS: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.group_member m
           USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS h (dataset, id)
           WHERE m.dataset OPERATOR(pg_catalog.=) h.dataset AND m.id OPERATOR(pg_catalog.=) h.id
             AND m.gid OPERATOR(pg_catalog.=) $3
          RETURNING m.dataset, m.id),
      counted AS (
          INSERT INTO member.group_count_change (gid, bucket, n)
          SELECT $3, id OPERATOR(pg_catalog.>>) 12, 0 OPERATOR(pg_catalog.-) pg_catalog.count(*) FROM gone
           GROUP BY id OPERATOR(pg_catalog.>>) 12)
      SELECT dataset, id FROM gone ORDER BY dataset, id",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTOID],
);

/// Takes many heads out of a list group, under the locks of their bodies; gives those that were in it.
pub fn leave_heads(session: &Session, gid: &str, heads: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let (datasets, ids): (Vec<i64>, Vec<i64>) = heads.iter().copied().unzip();
    session.run(&LEAVE_HEADS, &[Arg::bigints(&datasets), Arg::bigints(&ids), gid.into()]).pairs()
}
