-- Version 1 of the tables of lectern-auth.
-- Times are milliseconds since 1970-01-01T00:00:00Z. ${p} stands for the prefix of the names; ${key n} for a type that
-- holds n ASCII characters and compares them exactly; ${text} for a long text; ${id} for a number that the database gives.

-- Where names are unique, a row for writers of a tenant's names to queue at; and whether the tenant is suspended. A tenant
-- that has no row is not.
CREATE TABLE IF NOT EXISTS ${p}tenants (
    tenant_id ${key 128} NOT NULL PRIMARY KEY,
    suspended_at BIGINT
);

-- Selectors and hashes are never compared as secrets by the database: the library compares again.
CREATE TABLE IF NOT EXISTS ${p}tokens (
    id ${id},
    token_uuid ${key 64} NOT NULL,
    tenant_id ${key 128} NOT NULL,
    environment ${key 16} NOT NULL,
    name ${text} NOT NULL,
    description ${text},
    selector ${key 128} NOT NULL,
    hash_algorithm ${key 32} NOT NULL,
    hash ${key 256} NOT NULL,
    visible_prefix ${key 128} NOT NULL,
    scopes ${text} NOT NULL,
    ip_allowlist ${text},
    rate_limits ${text},
    metadata ${text},
    created_at BIGINT NOT NULL,
    created_by ${key 128},
    expires_at BIGINT,
    overlap_ends_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    predecessor_uuid ${key 64},
    successor_uuid ${key 64},
    revision BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ${p}tokens_uuid UNIQUE (token_uuid),
    CONSTRAINT ${p}tokens_selector UNIQUE (selector)
);

CREATE INDEX IF NOT EXISTS ${p}tokens_tenant ON ${p}tokens (tenant_id, id);
CREATE INDEX IF NOT EXISTS ${p}tokens_creator ON ${p}tokens (created_by, id);
CREATE INDEX IF NOT EXISTS ${p}tokens_expiry ON ${p}tokens (expires_at);
CREATE INDEX IF NOT EXISTS ${p}tokens_overlap ON ${p}tokens (overlap_ends_at);

-- One row. Every change of what decides takes the next number as the last thing before its commit, so that the order of
-- numbers is the order of commits. lease_millis is how long a cache may answer without asking again.
CREATE TABLE IF NOT EXISTS ${p}counter (
    id INT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    lease_millis BIGINT NOT NULL
);

-- What each number changed: a token, or all tokens of a tenant; where both are null, it may be any token.
CREATE TABLE IF NOT EXISTS ${p}changes (
    number BIGINT NOT NULL PRIMARY KEY,
    token_uuid ${key 64},
    tenant_id ${key 128}
);

CREATE TABLE IF NOT EXISTS ${p}limits (
    subject ${key 160} NOT NULL,
    limit_class ${key 64} NOT NULL,
    counted ${key 256} NOT NULL,
    idle_from BIGINT NOT NULL,
    PRIMARY KEY (subject, limit_class)
);

CREATE INDEX IF NOT EXISTS ${p}limits_idle ON ${p}limits (idle_from);

CREATE TABLE IF NOT EXISTS ${p}audit (
    id ${id},
    event_uuid ${key 64} NOT NULL,
    at BIGINT NOT NULL,
    request_id ${key 64},
    tenant_id ${key 128},
    token_uuid ${key 64},
    method ${text},
    endpoint ${text},
    status INT,
    event ${key 64} NOT NULL,
    outcome ${key 64} NOT NULL,
    actor ${key 128},
    details ${text},
    PRIMARY KEY (id),
    CONSTRAINT ${p}audit_uuid UNIQUE (event_uuid)
);

CREATE INDEX IF NOT EXISTS ${p}audit_tenant ON ${p}audit (tenant_id, at, id);

INSERT INTO ${p}counter (id, number, lease_millis)
    SELECT 1, 0, 1000 WHERE NOT EXISTS (SELECT 1 FROM ${p}counter);

-- Last, so that what it says is true: a start that broke off before is taken up again.
CREATE TABLE IF NOT EXISTS ${p}schema_version (
    version INT NOT NULL PRIMARY KEY
);

INSERT INTO ${p}schema_version (version) VALUES (1);
