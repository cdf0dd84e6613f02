package school.lectern.auth.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.OpenStorage;

/** The Java code of docs/revocation.md. {@link RevocationGuideTest} compares the two. */
final class RevocationExamples {

    private RevocationExamples() {}

    static LecternAuth cached(OpenStorage storage, InMemoryAuthMetrics counters) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .cache(settings -> settings.maxTokens(100_000))
                .metrics(counters)
                .open();
        return auth;
    }

    static Outcome<Revocation> revoke(LecternAuth auth, String tokenId, Actor actor) {
        Outcome<Revocation> outcome =
                auth.tenant("123").tokens().actingAs(actor).revoke(tokenId);
        return outcome;
    }

    static Optional<String> revokeMany(LecternAuth auth, List<String> ids, Actor actor) {
        TokenOperations batch = auth.tenant("123").tokens().actingAs(actor).withoutWaiting();
        ids.forEach(id -> batch.revoke(id).orElseThrow());
        Optional<String> failure = auth.acrossTenants().awaitPropagation();
        return failure;
    }

    static void withoutLeases(OpenStorage storage) {
        storage.tokens().changes().orElseThrow().setLease(Duration.ZERO);
    }
}
