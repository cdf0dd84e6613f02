package school.lectern.auth.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.TokenIssuer;
import school.lectern.auth.TokenIssuer.Revocation;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;

/** The lines of Java of docs/revocation.md. {@link RevocationGuideTest} holds the two together. */
final class RevocationExamples {

    private RevocationExamples() {}

    record Cached(CachingTokenStore tokens, LecternAuth auth) {}

    static Cached cached(JdbcStorage storage, InMemoryAuthMetrics counters) {
        CachingTokenStore tokens = CachingTokenStore.builder(storage.tokens())
                .maxTokens(100_000)
                .metrics(counters)
                .open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokens).build();
        return new Cached(tokens, auth);
    }

    static Outcome<Revocation> revoke(TokenIssuer issuer, String tokenId, Actor actor) {
        Outcome<Revocation> outcome = issuer.revoke("123", tokenId, actor);
        return outcome;
    }

    static Optional<String> revokeMany(TokenIssuer issuer, List<String> ids, Actor actor) {
        TokenIssuer batch = issuer.withoutWaiting();
        ids.forEach(id -> batch.revoke("123", id, actor));
        Optional<String> pending = issuer.awaitPropagation();
        return pending;
    }

    static void withoutLeases(JdbcStorage storage) {
        storage.changes().setLease(Duration.ZERO);
    }
}
