//! `member_check()`: the agreement of the tables, proved in one statement and so in one snapshot (shapes.md 3).

use crate::pg::spi::{Rows, Session, Statement};

static CHECK: Statement = Statement::scanning(
    c"
    SELECT 'body without head', b.dataset, NULL::bigint, NULL::pg_catalog.text
      FROM member.body b
     WHERE NOT EXISTS (SELECT FROM member.head h WHERE h.dataset OPERATOR(pg_catalog.=) b.dataset)
    UNION ALL
    SELECT 'head without body', h.dataset, h.id, NULL
      FROM member.head h
     WHERE NOT EXISTS (SELECT FROM member.body b WHERE b.dataset OPERATOR(pg_catalog.=) h.dataset)
    UNION ALL
    SELECT 'head without address', h.dataset, h.id, NULL
      FROM member.head h
     WHERE NOT EXISTS (SELECT FROM member.address a
                        WHERE a.id OPERATOR(pg_catalog.=) h.id AND a.dataset OPERATOR(pg_catalog.=) h.dataset)
    UNION ALL
    SELECT 'address without head', a.dataset, a.id, NULL
      FROM member.address a
     WHERE a.dataset IS NOT NULL
       AND NOT EXISTS (SELECT FROM member.head h
                        WHERE h.dataset OPERATOR(pg_catalog.=) a.dataset AND h.id OPERATOR(pg_catalog.=) a.id)
    UNION ALL
    SELECT 'number of two addresses', NULL, a.id, NULL
      FROM member.address a GROUP BY a.id HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1
    UNION ALL
    SELECT 'number of an erased address', a.dataset, a.id, NULL
      FROM member.address a
     WHERE EXISTS (SELECT FROM member.erased_address e WHERE e.id OPERATOR(pg_catalog.=) a.id)
    UNION ALL
    SELECT 'head differs from address', h.dataset, h.id,
           CASE WHEN h.addr_type OPERATOR(pg_catalog.<>) a.addr_type THEN 'addr_type' ELSE 'value' END
      FROM member.head h JOIN member.address a ON a.id OPERATOR(pg_catalog.=) h.id
     WHERE h.addr_type OPERATOR(pg_catalog.<>) a.addr_type OR h.value OPERATOR(pg_catalog.<>) a.value
    UNION ALL
    SELECT 'lock differs from stop-list', h.dataset, h.id, 'bit 1'
      FROM member.head h
     WHERE (h.lock OPERATOR(pg_catalog.&) 1::smallint OPERATOR(pg_catalog.<>) 0) OPERATOR(pg_catalog.<>)
           EXISTS (SELECT FROM member.stoplist s
                    WHERE s.value OPERATOR(pg_catalog.=) h.value AND s.addr_type OPERATOR(pg_catalog.=) h.addr_type
                      AND s.sender OPERATOR(pg_catalog.=) 0)
    UNION ALL
    SELECT 'lock differs from confirmation', h.dataset, h.id, 'bit 2'
      FROM member.head h
     WHERE h.lock OPERATOR(pg_catalog.&) 2::smallint OPERATOR(pg_catalog.<>) 0
       AND h.addr_type OPERATOR(pg_catalog.<>) 'email'
    UNION ALL
    SELECT 'lock differs from delivery errors', h.dataset, h.id, 'bit 4'
      FROM member.head h
     WHERE (h.lock OPERATOR(pg_catalog.&) 4::smallint OPERATOR(pg_catalog.<>) 0) OPERATOR(pg_catalog.<>)
           EXISTS (SELECT FROM member.delivery_error e
                    WHERE e.value OPERATOR(pg_catalog.=) h.value AND e.addr_type OPERATOR(pg_catalog.=) h.addr_type
                      AND e.lock)
    UNION ALL
    SELECT 'membership without head', m.dataset, m.id, m.gid
      FROM member.group_member m
     WHERE NOT EXISTS (SELECT FROM member.head h
                        WHERE h.dataset OPERATOR(pg_catalog.=) m.dataset AND h.id OPERATOR(pg_catalog.=) m.id)
    UNION ALL
    SELECT 'count of a group', NULL, NULL, c.gid
      FROM (SELECT n.gid, n.n FROM member.group_count n UNION ALL SELECT n.gid, n.n FROM member.group_count_change n
            UNION ALL SELECT m.gid, '-1'::pg_catalog.int8 FROM member.group_member m
            UNION ALL SELECT m.gid, '-1'::pg_catalog.int8 FROM member.live_member m) c
     GROUP BY c.gid HAVING pg_catalog.sum(c.n) OPERATOR(pg_catalog.<>) 0
    UNION ALL
    SELECT 'live member without head', m.dataset, m.id, m.gid
      FROM member.live_member m
     WHERE NOT EXISTS (SELECT FROM member.head h
                        WHERE h.dataset OPERATOR(pg_catalog.=) m.dataset AND h.id OPERATOR(pg_catalog.=) m.id)
    UNION ALL
    SELECT 'membership without list group', m.dataset, m.id, m.gid
      FROM member.group_member m
     WHERE NOT EXISTS (SELECT FROM member.group_def g
                        WHERE g.gid OPERATOR(pg_catalog.=) m.gid AND g.kind OPERATOR(pg_catalog.=) 'list')
    UNION ALL
    SELECT 'express member without group', NULL, NULL, e.group_number::pg_catalog.text
      FROM member.express_member e
     WHERE NOT EXISTS (SELECT FROM member.express_group x JOIN member.group_def g ON g.number OPERATOR(pg_catalog.=) x.number
                        WHERE x.number OPERATOR(pg_catalog.=) e.group_number AND g.kind OPERATOR(pg_catalog.=) 'express')
     GROUP BY e.group_number
    UNION ALL
    SELECT 'state without head', s.dataset, s.id, s.community::pg_catalog.text
      FROM member.head_state s
     WHERE NOT EXISTS (SELECT FROM member.head h
                        WHERE h.dataset OPERATOR(pg_catalog.=) s.dataset AND h.id OPERATOR(pg_catalog.=) s.id
                          AND h.addr_type OPERATOR(pg_catalog.=) ANY ('{vk,tg,max}'::pg_catalog.text[]))
    UNION ALL
    SELECT 'subscription without head', s.dataset, s.id, s.channel::pg_catalog.text
      FROM member.subscription s
     WHERE NOT EXISTS (SELECT FROM member.head h
                        WHERE h.dataset OPERATOR(pg_catalog.=) s.dataset AND h.id OPERATOR(pg_catalog.=) s.id)
    UNION ALL
    SELECT 'journal names no dataset', named.dataset, NULL, j.id::pg_catalog.text
      FROM member.journal j, LATERAL (VALUES (j.dataset), (j.source_dataset)) named (dataset)
     WHERE named.dataset IS NOT NULL
       AND NOT EXISTS (SELECT FROM member.body b WHERE b.dataset OPERATOR(pg_catalog.=) named.dataset)
       AND NOT EXISTS (SELECT FROM member.retired_dataset r WHERE r.dataset OPERATOR(pg_catalog.=) named.dataset)
    ORDER BY 1, 2, 3, 4",
    &[],
);

/// One row per violation: problem, dataset, address_id, detail.
pub fn check(session: &Session) -> Rows<'_> {
    session.run(&CHECK, &[])
}
