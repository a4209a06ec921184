-- One row for each record; the record itself lies in the content store under its digest.
create table record (
    seq integer primary key autoincrement,
    digest text not null unique,
    artifact text not null,
    name text not null,
    tier text not null,
    admission text not null,
    engine text not null,
    rules text not null,
    policy text not null,
    limits text not null,
    decided_at_ms bigint not null
);

create index record_artifact on record (artifact, seq);

-- Which records speak of which file contents, so that one bad file finds every artifact that holds it.
create table record_file (
    record_digest text not null references record (digest),
    path text not null,
    digest text not null,
    primary key (record_digest, path)
);

create index record_file_digest on record_file (digest);
