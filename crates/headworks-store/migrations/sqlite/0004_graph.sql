-- The things that records and statements speak of. Numbers differ between indexes of one log; keys do not.
create table node (
    id integer primary key,
    kind text not null,
    key text not null unique,
    attrs text not null,
    -- The log's entry that speaks of it first.
    evidence bigint not null
);

create index node_evidence on node (evidence);

-- That `dst` is affected by `src`: an edge leads the way that harm travels.
create table edge (
    src bigint not null references node (id),
    kind text not null,
    dst bigint not null references node (id),
    -- The log's entry that says so first.
    evidence bigint not null,
    confidence text not null,
    attrs text not null,
    primary key (src, kind, dst)
) without rowid;

create index edge_dst on edge (dst, kind);

create index edge_evidence on edge (evidence);

-- All entries are taken in again, for the graph of those that were.
delete from log_subject;

delete from log_entry;
