--liquibase formatted sql
--changeset ada:4 endDelimiter:/
INSERT INTO authors (id, name) VALUES (1, 'a;b')
/
INSERT INTO authors (id, name) VALUES (2, 'c')
/
--rollback DELETE FROM authors WHERE id IN (1, 2);
