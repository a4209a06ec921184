-- One row for each entry of the evidence log; rows are computed from log and content, and can be again.
create table log_entry (
    idx integer primary key,
    envelope text not null,
    payload_type text not null,
    predicate_type text not null
);

create index log_entry_envelope on log_entry (envelope);

-- What the statements are about. The files of a record are in record_file.
create table log_subject (
    digest text not null,
    idx bigint not null references log_entry (idx),
    primary key (digest, idx)
);

-- The entry that has a record's verdict; null in a store from before the log until it is opened.
alter table record add column log_index bigint;

create index record_log_index on record (log_index);
