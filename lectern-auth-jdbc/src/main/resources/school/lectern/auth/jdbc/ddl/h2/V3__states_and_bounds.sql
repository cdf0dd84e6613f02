-- Version 3 of the tables of lectern-auth, for H2.

INSERT INTO lectern_schema_version (version)
    SELECT 3 WHERE NOT EXISTS (SELECT 1 FROM lectern_schema_version WHERE version = 3);
