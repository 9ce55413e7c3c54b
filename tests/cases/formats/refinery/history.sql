CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES(1,'create_authors','2026-11-22T00:02:59.695824118Z','11189850175624075545');
INSERT INTO refinery_schema_history VALUES(2,'create_posts','2026-11-22T00:02:59.695847528Z','3260221119272540537');
INSERT INTO refinery_schema_history VALUES(10,'trim_posts','2026-11-22T00:02:59.695850098Z','13016280053943849074');
