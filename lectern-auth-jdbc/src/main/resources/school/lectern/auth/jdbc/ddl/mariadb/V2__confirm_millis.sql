-- Version 2 of the tables of lectern-auth, for MariaDB.

-- How long a confirmed change waits for the leases of caches to end. A column of its own: after lease_millis was lowered,
-- leases of the old length are still out until they end. The default is for programs that know version 1 only.
ALTER TABLE lectern_counter ADD COLUMN IF NOT EXISTS confirm_millis BIGINT DEFAULT 1000 NOT NULL;

-- Only while this is no version 2 yet, so that running it again takes back nothing that was set since.
UPDATE lectern_counter SET confirm_millis = lease_millis
    WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 2);

INSERT INTO lectern_schema_version (version)
    SELECT 2 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 2);
