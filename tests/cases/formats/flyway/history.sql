CREATE TABLE "main"."flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
CREATE INDEX "main"."flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
INSERT INTO flyway_schema_history VALUES (1, '1', 'create authors', 'SQL', 'V1__create_authors.sql', 1370314294, '', '2026-11-22 00:00:00.000', 1, 1);
INSERT INTO flyway_schema_history VALUES (2, '1.2', 'create posts', 'SQL', 'V1.2__create_posts.sql', -1499849930, '', '2026-11-22 00:00:00.000', 1, 1);
INSERT INTO flyway_schema_history VALUES (3, '1.10', 'trim posts', 'SQL', 'later/V1.10__trim_posts.sql', -440111168, '', '2026-11-22 00:00:00.000', 1, 1);
INSERT INTO flyway_schema_history VALUES (4, NULL, 'titles', 'SQL', 'R__titles.sql', 1384374353, '', '2026-11-22 00:00:00.000', 1, 1);
