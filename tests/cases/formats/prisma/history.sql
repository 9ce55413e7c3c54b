CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);
INSERT INTO _prisma_migrations VALUES('8a00c2eb-e78c-4ca0-a853-78cdc0111ead','473a82b22caf292cc938b8de6b1a27d840a9937a1b80adada4079f8e5763dc58','2026-11-22T00:05:16.580+00:00','20261122000500_create_authors',NULL,NULL,'2026-11-22T00:05:16.531+00:00',1);
INSERT INTO _prisma_migrations VALUES('a47e8edd-81d5-419b-bfb2-6d9f19d8e2b7','ab47ac3f03e524699fc2f8a74c628502c068edb9d6a8b6673b624d3bf59c16ef','2026-11-22T00:05:16.670+00:00','20261122000501_create_posts',NULL,NULL,'2026-11-22T00:05:16.602+00:00',1);
INSERT INTO _prisma_migrations VALUES('82021a18-044c-4d0e-8771-fb3967acb921','93c2d2bd5fdf648bd8f260ed1f6cc2ee9de5575b9b904209cee5c23e2097be2a','2026-11-22T00:05:16.750+00:00','20261122000502_trim_posts',NULL,NULL,'2026-11-22T00:05:16.690+00:00',1);
