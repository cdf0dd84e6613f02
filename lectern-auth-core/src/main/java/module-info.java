/** API tokens: the domain, the judgement, the SPIs, and stores in memory. */
@SuppressWarnings("module") // the JDBC module is built after this one
module school.lectern.auth {
    requires com.github.benmanes.caffeine;
    requires org.slf4j;
    requires static transitive org.jspecify;
    // Only where hashes of bcrypt or Argon2id are accepted.
    requires static org.bouncycastle.provider;

    exports school.lectern.auth;
    exports school.lectern.auth.address;
    exports school.lectern.auth.audit;
    exports school.lectern.auth.cache;
    exports school.lectern.auth.decision;
    exports school.lectern.auth.dialect;
    exports school.lectern.auth.format;
    exports school.lectern.auth.limit;
    exports school.lectern.auth.log;
    exports school.lectern.auth.memory;
    exports school.lectern.auth.preset;
    exports school.lectern.auth.scope;
    exports school.lectern.auth.setting to
            school.lectern.auth.jdbc;
    exports school.lectern.auth.spi;
    exports school.lectern.auth.thread to
            school.lectern.auth.jdbc;
    exports school.lectern.auth.time;
    exports school.lectern.auth.token;
    exports school.lectern.auth.version;
}
