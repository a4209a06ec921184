-- One copy of the advisories of an ecosystem; a new copy takes the place of the old one whole.
create table snapshot (
    number integer primary key,
    ecosystem text not null unique,
    source text not null,
    digest text not null,
    imported_at_ms integer not null,
    taken_at_ms integer,
    newest_ms integer,
    advisories integer not null,
    malicious integer not null,
    withdrawn integer not null,
    unreadable integer not null,
    unplaced integer not null,
    problems integer not null,
    packages integer not null
) strict;

-- All that is claimed of a package, packed: one look-up reads one row.
create table package (
    snapshot integer not null,
    name text not null,
    claims blob not null,
    primary key (snapshot, name)
) strict, without rowid;

-- The records as they came, deflated; those of malicious packages are left out, since their claims say all.
create table advisory (
    snapshot integer not null,
    id text not null,
    body blob not null,
    primary key (snapshot, id)
) strict, without rowid;

create table alias (
    alias text not null,
    snapshot integer not null,
    id text not null,
    primary key (alias, snapshot, id)
) strict, without rowid;

create table problem (
    snapshot integer not null,
    entry text not null,
    reason text not null
) strict;

create index problem_of on problem (snapshot);
