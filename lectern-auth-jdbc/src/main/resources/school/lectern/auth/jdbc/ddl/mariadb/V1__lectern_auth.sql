-- Version 1 of the tables of lectern-auth, for MariaDB.
-- Times are milliseconds since 1970-01-01T00:00:00Z. To use another prefix than lectern_, replace it everywhere in this file.
-- The collation is named because the usual ones compare a and accented a as equal, and ignore spaces at the end.

-- One row per tenant that has ever had a token. A transaction that adds a token locks the row of the tenant, so that unique
-- names stay unique. The times are null unless the tenant is suspended, gone or erased. The row of an erased tenant stays, so
-- that no late write restores its data.
CREATE TABLE IF NOT EXISTS lectern_tenants (
    tenant_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
    suspended_at BIGINT,
    gone_at BIGINT,
    erased_at BIGINT
);

-- One row per token. The database finds a token by its selector and never compares secrets: the library itself compares the
-- selector and the hash. The secret begins with prefix. secret_shown_to is the user who was shown the current secret.
CREATE TABLE IF NOT EXISTS lectern_tokens (
    id BIGINT AUTO_INCREMENT,
    token_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    tenant_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    environment VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    description LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    prefix VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    display_prefix VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    selector VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    hash_algorithm VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    secret_hash VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    secret_shown_to VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    scopes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    ip_allowlist LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    rate_limits LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    metadata LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    created_at BIGINT NOT NULL,
    created_by VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    last_used_at BIGINT,
    expires_at BIGINT,
    grace_period_ends_at BIGINT,
    revoked_at BIGINT,
    predecessor_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    successor_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    revision BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT lectern_tokens_token_id UNIQUE (token_id),
    CONSTRAINT lectern_tokens_selector UNIQUE (selector)
);

CREATE INDEX IF NOT EXISTS lectern_tokens_tenant ON lectern_tokens (tenant_id, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_shown_to ON lectern_tokens (secret_shown_to, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_expiry ON lectern_tokens (expires_at);
CREATE INDEX IF NOT EXISTS lectern_tokens_grace_period ON lectern_tokens (grace_period_ends_at);

-- Exactly one row, with the id 1. Each change that affects authorization takes the next number as its last statement before
-- the commit, so that the order of the numbers is the order of the commits. mark is the mark of the newest change. Caches may
-- answer for lease_millis after a poll. A change is confirmed one percent more than propagation_millis after its commit. The two
-- differ after lease_millis was lowered, until the longer leases have ended.
CREATE TABLE IF NOT EXISTS lectern_change_counter (
    id INT NOT NULL PRIMARY KEY,
    change_number BIGINT NOT NULL,
    mark BIGINT DEFAULT 0 NOT NULL,
    lease_millis BIGINT NOT NULL,
    propagation_millis BIGINT DEFAULT 1000 NOT NULL
);

-- What each change affects: one token, all tokens of a tenant, or all tokens whose current secret one user was shown. If all
-- three columns are null, the change may affect any token. mark is a random number: servers whose histories diverged have
-- different marks at the same change number.
CREATE TABLE IF NOT EXISTS lectern_changes (
    change_number BIGINT NOT NULL PRIMARY KEY,
    mark BIGINT DEFAULT 0 NOT NULL,
    token_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    tenant_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
);

-- The state of each rate limit. policy is the shape of the limit (its algorithm and its window in milliseconds), a space, and
-- the name of the policy: limits of different shapes are counted separately. After expires_at, a row has no effect.
CREATE TABLE IF NOT EXISTS lectern_limits (
    subject VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    policy VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    state VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (subject, policy)
);

CREATE INDEX IF NOT EXISTS lectern_limits_expiry ON lectern_limits (expires_at);

-- The audit log. written_at is set by the database's clock, for readers that follow the log. A row that aggregates refused calls
-- has their count in call_count, the time of the first call in event_time, and the time of the last call in last_at.
CREATE TABLE IF NOT EXISTS lectern_audit (
    id BIGINT AUTO_INCREMENT,
    event_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    event_time BIGINT NOT NULL,
    written_at BIGINT DEFAULT (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000) NOT NULL,
    tenant_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    token_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    actor VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    event VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    outcome VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    request_id VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    method LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    endpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    status INT,
    details LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    call_count BIGINT,
    last_at BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT lectern_audit_event_id UNIQUE (event_id)
);

CREATE INDEX IF NOT EXISTS lectern_audit_tenant ON lectern_audit (tenant_id, event_time, id);
CREATE INDEX IF NOT EXISTS lectern_audit_written ON lectern_audit (tenant_id, written_at, id);

INSERT INTO lectern_change_counter (id, change_number, mark, lease_millis, propagation_millis)
    SELECT 1, 0, 0, 1000, 1000 WHERE NOT EXISTS (SELECT 1 FROM lectern_change_counter);

-- The versions that are complete. Last in the file, so that a start that was interrupted before is resumed by the next start.
CREATE TABLE IF NOT EXISTS lectern_schema_version (
    version INT NOT NULL PRIMARY KEY
);

INSERT INTO lectern_schema_version (version)
    SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 1);
