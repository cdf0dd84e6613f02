-- Version 1 of the tables of lectern-auth, for MariaDB.
-- Times are milliseconds since 1970-01-01T00:00:00Z. For another prefix than lectern_, replace it everywhere.
-- The collation is named, because usual ones take a for an accented a, and ignore blanks at the end.

-- Where names are unique, a row for writers of a tenant's names to queue at, and whether the tenant is suspended. A tenant
-- that has no row is not.
CREATE TABLE IF NOT EXISTS lectern_tenants (
    tenant_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
    suspended_at BIGINT
);

-- Selectors and hashes are never compared as secrets by the database: the library compares again.
CREATE TABLE IF NOT EXISTS lectern_tokens (
    id BIGINT AUTO_INCREMENT,
    token_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    tenant_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    environment VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    description LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    selector VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    hash_algorithm VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    hash VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    visible_prefix VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    scopes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    ip_allowlist LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    rate_limits LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    metadata LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    created_at BIGINT NOT NULL,
    created_by VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    expires_at BIGINT,
    overlap_ends_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    predecessor_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    successor_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    revision BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT lectern_tokens_uuid UNIQUE (token_uuid),
    CONSTRAINT lectern_tokens_selector UNIQUE (selector)
);

CREATE INDEX IF NOT EXISTS lectern_tokens_tenant ON lectern_tokens (tenant_id, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_creator ON lectern_tokens (created_by, id);
CREATE INDEX IF NOT EXISTS lectern_tokens_expiry ON lectern_tokens (expires_at);
CREATE INDEX IF NOT EXISTS lectern_tokens_overlap ON lectern_tokens (overlap_ends_at);

-- One row. Every change of what decides takes the next number as the last thing before its commit, so that the order of
-- numbers is the order of commits. lease_millis is how long a cache may answer without asking again.
CREATE TABLE IF NOT EXISTS lectern_counter (
    id INT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    lease_millis BIGINT NOT NULL
);

-- What each number changed: a token, or all tokens of a tenant. Where both are null, it may be any token.
CREATE TABLE IF NOT EXISTS lectern_changes (
    number BIGINT NOT NULL PRIMARY KEY,
    token_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    tenant_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
);

CREATE TABLE IF NOT EXISTS lectern_limits (
    subject VARCHAR(160) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    limit_class VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    counted VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    idle_from BIGINT NOT NULL,
    PRIMARY KEY (subject, limit_class)
);

CREATE INDEX IF NOT EXISTS lectern_limits_idle ON lectern_limits (idle_from);

CREATE TABLE IF NOT EXISTS lectern_audit (
    id BIGINT AUTO_INCREMENT,
    event_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    at BIGINT NOT NULL,
    request_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    tenant_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    token_uuid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    method LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    endpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    status INT,
    event VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    outcome VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    actor VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    details LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    PRIMARY KEY (id),
    CONSTRAINT lectern_audit_uuid UNIQUE (event_uuid)
);

CREATE INDEX IF NOT EXISTS lectern_audit_tenant ON lectern_audit (tenant_id, at, id);

INSERT INTO lectern_counter (id, number, lease_millis)
    SELECT 1, 0, 1000 WHERE NOT EXISTS (SELECT 1 FROM lectern_counter);

-- Last, so that what it says is true: a start that broke off before is taken up again.
CREATE TABLE IF NOT EXISTS lectern_schema_version (
    version INT NOT NULL PRIMARY KEY
);

INSERT INTO lectern_schema_version (version)
    SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 1);
