-- What publishers and others know an artifact by; empty in records from before that was kept.
alter table record add column known_as text not null default '';

create index record_known_as on record (known_as, seq);
