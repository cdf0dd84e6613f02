package school.lectern.auth.quickstart;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.CrossTenantOperations;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TenantOperations;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/** The Java code of docs/operations.md. {@link OperationsGuideTest} compares the two. */
final class OperationsExamples {

    private OperationsExamples() {}

    private static final class Mail implements AuthListener {}

    static void end(LecternAuth auth, String tokenId, String found, Actor actor) {
        TokenOperations tokens = auth.tenant("123").tokens().actingAs(actor);
        CrossTenantOperations all = auth.acrossTenants().actingAs(actor);
        Outcome<Revocation> one = tokens.revoke(tokenId);
        Outcome<Long> allOfTheTenant = tokens.revokeAll();
        Outcome<Long> allOfTheUser = all.revokeAllOf("ada");
        Outcome<Revocation> leaked = all.revokePresented(Secret.of(found));
    }

    static void suspend(LecternAuth auth, Actor actor) {
        auth.tenant("123").actingAs(actor).suspend().orElseThrow();
    }

    static void resume(LecternAuth auth, Actor actor) {
        auth.tenant("123").actingAs(actor).resume().orElseThrow();
    }

    static void erase(LecternAuth auth, Actor actor) {
        TenantOperations tenant = auth.tenant("123").actingAs(actor);
        tenant.markGone().orElseThrow();
        tenant.erase().orElseThrow();
    }

    static LecternAuth requiringKnownTenants(TokenStore tokens, TenantDirectory tenants) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(tokens)
                .tenants(tenants)
                .requireKnownTenants()
                .open();
        return auth;
    }

    static Optional<AuthError> workOn(TokenPrincipal principal) {
        Optional<AuthError> stop = principal.recheck();
        return stop;
    }

    static LecternAuth listening(TokenStore tokens) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(tokens)
                .listener(new Mail())
                .expiryNotice(Duration.ofDays(14))
                .open();
        return auth;
    }

    static List<StoredToken> secondPage(LecternAuth auth, Instant now) {
        List<StoredToken> page = auth.acrossTenants().expiringBefore(now.plus(Duration.ofDays(14)), 0, 500);
        long next = page.isEmpty() ? 0 : page.get(page.size() - 1).number();
        List<StoredToken> more = auth.acrossTenants().expiringBefore(now.plus(Duration.ofDays(14)), next, 500);
        return more;
    }
}
