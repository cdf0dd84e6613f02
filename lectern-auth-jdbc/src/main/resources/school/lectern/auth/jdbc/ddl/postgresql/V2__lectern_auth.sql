-- Version 2 of the tables of lectern-auth, for PostgreSQL. It upgrades version 1.
-- Columns for disabled tokens, tokens that are not valid yet, reasons of revocations, lines of rotated tokens, and tokens that
-- their bearers rotated. They may be null, since nodes of version 1 insert rows without them. The line of a token of version 1
-- begins with this token, and its maximum lifetime with its creation.

ALTER TABLE lectern_tokens ALTER COLUMN environment TYPE VARCHAR(32) COLLATE "C";
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS disabled_at BIGINT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS enabled_at BIGINT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS not_before BIGINT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS revocation_reason TEXT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS line_id VARCHAR(64) COLLATE "C";
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS lifetime_started_at BIGINT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS self_rotated_at BIGINT;
-- The last notice of the token's end: the time of the end, and how long before it the notice is given, in milliseconds.
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS expiry_notice_end BIGINT;
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS expiry_notice_ahead BIGINT;

CREATE INDEX IF NOT EXISTS lectern_tokens_lifetime ON lectern_tokens (lifetime_started_at, created_at);
CREATE INDEX IF NOT EXISTS lectern_tokens_created_by ON lectern_tokens (created_by, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_last_used ON lectern_tokens (last_used_at, created_at);
CREATE INDEX IF NOT EXISTS lectern_tokens_line ON lectern_tokens (line_id, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_live ON lectern_tokens (tenant_id, revoked_at, expires_at);

-- Only nodes whose version is at least min_reader may answer: an older node would ignore settings of tokens that it does not
-- have. The first use of such a setting raises it.
ALTER TABLE lectern_change_counter ADD COLUMN IF NOT EXISTS min_reader INT DEFAULT 1 NOT NULL;

INSERT INTO lectern_schema_version (version)
    SELECT 2 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 2);
