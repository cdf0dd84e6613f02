-- Version 3 of the tables of lectern-auth, for H2.

-- The user to whom a token's present secret was shown, so that a user's tokens can be revoked together. Until now it was taken
-- to be the one who created the token. Copied only while this is no version 3 yet, so that running it again takes back nothing.
ALTER TABLE lectern_tokens ADD COLUMN IF NOT EXISTS secret_shown_to VARCHAR(510);

UPDATE lectern_tokens SET secret_shown_to = created_by
    WHERE created_by IS NOT NULL AND secret_shown_to IS NULL
    AND NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);

CREATE INDEX IF NOT EXISTS lectern_tokens_shown_to ON lectern_tokens (secret_shown_to, id);

INSERT INTO lectern_schema_version (version)
    SELECT 3 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);
