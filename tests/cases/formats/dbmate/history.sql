CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key);
INSERT INTO schema_migrations VALUES('20261122000139');
INSERT INTO schema_migrations VALUES('20261122000140');
INSERT INTO schema_migrations VALUES('20261122000141');
