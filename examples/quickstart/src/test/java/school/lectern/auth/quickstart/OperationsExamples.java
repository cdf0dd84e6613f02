package school.lectern.auth.quickstart;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.TokenIssuer;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.Secret;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.TokenPrincipal;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/** The lines of Java of docs/operations.md. {@link OperationsGuideTest} holds the two together. */
final class OperationsExamples {

    private OperationsExamples() {}

    private static final class Mail implements AuthListener {}

    static void end(TokenIssuer issuer, String tokenId, String found, Actor actor) {
        issuer.revoke("123", tokenId, actor);
        issuer.revokeAll(new TokenGroup.OfTenant("123"), actor);
        issuer.revokeAll(new TokenGroup.OfUser("ada"), actor);
        issuer.revokePresented(Secret.of(found), actor);
    }

    static void suspend(TokenIssuer issuer, Actor actor) {
        issuer.suspend("123", actor);
    }

    static void resume(TokenIssuer issuer, Actor actor) {
        issuer.resume("123", actor);
    }

    static void erase(TokenIssuer issuer, Actor actor) {
        issuer.markGone("123", actor);
        issuer.eraseTenant("123", actor);
    }

    static LecternAuth requiringKnownTenants(TokenStore tokens, TenantDirectory tenants) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokens)
                .tenants(tenants)
                .requireKnownTenants()
                .build();
        return auth;
    }

    static Optional<AuthError> workOn(TokenPrincipal principal) {
        Optional<AuthError> stop = principal.recheck();
        return stop;
    }

    static LecternAuth listening(TokenStore tokens) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokens)
                .listener(new Mail())
                .expiryNotice(Duration.ofDays(14))
                .build();
        return auth;
    }

    static List<StoredToken> secondPage(TokenIssuer issuer, Instant now) {
        List<StoredToken> page = issuer.expiringBefore(now.plus(Duration.ofDays(14)), 0, 500);
        long next = page.isEmpty() ? 0 : page.get(page.size() - 1).number();
        List<StoredToken> more = issuer.expiringBefore(now.plus(Duration.ofDays(14)), next, 500);
        return more;
    }
}
