-- Version 3 of the tables of lectern-auth, for PostgreSQL.

-- The user to whom a token's present secret was shown, so that a user's tokens can be revoked together. Until now it was taken
-- to be the one who created the token. Copied only while this is no version 3 yet, so that running it again takes back nothing.
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS secret_shown_to VARCHAR(255) COLLATE "C";

UPDATE lectern_tokens SET secret_shown_to = created_by
    WHERE created_by IS NOT NULL AND secret_shown_to IS NULL
    AND NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);

CREATE INDEX IF NOT EXISTS lectern_tokens_shown_to ON lectern_tokens (secret_shown_to, id);

-- limit_class holds the shape of a limit (its measure and its window in milliseconds), a blank, and the class: limits of different
-- shapes are counted apart. Rows of version 2 have no shape. They count on for the nodes of that version, and are deleted when idle.
ALTER TABLE lectern_limits ALTER COLUMN limit_class TYPE VARCHAR(128) COLLATE "C";
ALTER TABLE lectern_limits ALTER COLUMN counted TYPE VARCHAR(512) COLLATE "C";

-- The audit log: when the database wrote a row, by its own clock, for readers that go on where they stopped. Rows of before
-- have 0. The default writes it, also for programs that do not have the column. An aggregate of refused calls has their
-- number and the time of the last one.
ALTER TABLE lectern_audit ADD COLUMN IF NOT EXISTS written_at BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE lectern_audit ALTER COLUMN written_at SET DEFAULT
    CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT);
ALTER TABLE lectern_audit ADD COLUMN IF NOT EXISTS call_count BIGINT;
ALTER TABLE lectern_audit ADD COLUMN IF NOT EXISTS last_at BIGINT;
CREATE INDEX IF NOT EXISTS lectern_audit_written ON lectern_audit (tenant_id, written_at, id);

-- What each change drew at random: servers whose histories went apart have other marks at the same numbers. The counter has that
-- of the newest change.
ALTER TABLE lectern_counter ADD COLUMN IF NOT EXISTS mark BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE lectern_changes ADD COLUMN IF NOT EXISTS mark BIGINT DEFAULT 0 NOT NULL;

-- Ids of tenants and users have at most 255 code points. An audit row also holds ids that are longer or not storable, as
-- 200 code points and a hash, and a limit's subject a kind and an id. Longer bounds rewrite neither tables nor indexes.
ALTER TABLE lectern_tenants ALTER COLUMN tenant_id TYPE VARCHAR(255) COLLATE "C";
ALTER TABLE lectern_tokens ALTER COLUMN tenant_id TYPE VARCHAR(255) COLLATE "C";
ALTER TABLE lectern_tokens ALTER COLUMN created_by TYPE VARCHAR(255) COLLATE "C";
ALTER TABLE lectern_changes ALTER COLUMN tenant_id TYPE VARCHAR(255) COLLATE "C";
ALTER TABLE lectern_limits ALTER COLUMN subject TYPE VARCHAR(300) COLLATE "C";
ALTER TABLE lectern_audit ALTER COLUMN tenant_id TYPE VARCHAR(255) COLLATE "C";
ALTER TABLE lectern_audit ALTER COLUMN request_id TYPE VARCHAR(300) COLLATE "C";
ALTER TABLE lectern_audit ALTER COLUMN actor TYPE VARCHAR(300) COLLATE "C";

-- A tenant that is gone: every token of it is denied, and none is made any more. The row of an erased tenant stays, so that
-- nothing that is written late brings its data back.
ALTER TABLE lectern_tenants ADD COLUMN IF NOT EXISTS gone_at BIGINT;
ALTER TABLE lectern_tenants ADD COLUMN IF NOT EXISTS erased_at BIGINT;

-- A change of all tokens whose secret one user was shown names the user, so that caches drop the tokens of nobody else.
ALTER TABLE lectern_changes ADD COLUMN IF NOT EXISTS user_id VARCHAR(255) COLLATE "C";

INSERT INTO lectern_schema_version (version)
    SELECT 3 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);
