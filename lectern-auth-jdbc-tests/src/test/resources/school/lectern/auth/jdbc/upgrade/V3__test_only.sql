-- An upgrade that only the tests run, on all databases. It has the kinds of statements that a real upgrade may have.

-- A column with a default, since nodes of version 2 insert rows without it.
ALTER TABLE lectern_change_counter ADD COLUMN IF NOT EXISTS test_millis BIGINT DEFAULT 1000 NOT NULL;

-- Only before version 3 is complete, so that running it again does not overwrite later changes.
UPDATE lectern_change_counter SET test_millis = lease_millis
    WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);

ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS test_only BIGINT;

CREATE INDEX IF NOT EXISTS lectern_tokens_test_only ON lectern_tokens (test_only, id);

INSERT INTO lectern_schema_version (version)
    SELECT 3 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);
