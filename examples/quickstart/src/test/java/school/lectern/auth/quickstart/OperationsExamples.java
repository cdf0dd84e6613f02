package school.lectern.auth.quickstart;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.CrossTenantOperations;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TenantOperations;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenSearch;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.ExposedToken;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/** The Java code of docs/operations.md. {@link OperationsGuideTest} compares the two. */
final class OperationsExamples {

    private OperationsExamples() {}

    private static final class Mail implements AuthListener {}

    static IssuedToken issue(LecternAuth auth, Actor actor) {
        NewToken settings = NewToken.named("CI")
                .scopes("read:learners", "write:learners")
                .environment(TokenEnvironment.TEST)
                .expiresAt(Instant.now().plus(Duration.ofDays(90)))
                .allowlist(IpAllowlist.of(List.of(IpRange.parse("203.0.113.0/24"))));
        IssuedToken issued =
                auth.tenant("123").tokens().actingAs(actor).issue(settings).orElseThrow();
        return issued;
    }

    static void update(TokenOperations tokens, String tokenId) {
        tokens.update(tokenId, new TokenUpdate().name("CI, main branch").scopes("read:learners"))
                .orElseThrow();
    }

    static List<Token> read(TokenOperations tokens, String tokenId) {
        Optional<Token> one = tokens.get(tokenId);
        List<Token> everyToken = new ArrayList<>();
        CursorPage<Token> page = tokens.list(CursorPage.START, 100);
        while (!page.items().isEmpty()) {
            everyToken.addAll(page.items());
            page = tokens.list(page.next(), 100);
        }
        everyToken.removeIf(token -> one.isPresent() && one.get().id().equals(token.id()));
        return everyToken;
    }

    /** The tokens of all tenants that are active and were not used since a time. */
    static List<Token> unusedSince(LecternAuth auth, Instant lastYear) {
        List<Token> stale = new ArrayList<>();
        TokenSearch unused = TokenSearch.all().state(TokenState.ACTIVE).lastUsedBefore(lastYear);
        CursorPage<Token> found = auth.acrossTenants().list(unused, CursorPage.START, 100);
        while (!found.isLast()) {
            stale.addAll(found.items());
            found = auth.acrossTenants().list(unused, found.next(), 100);
        }
        stale.addAll(found.items());
        return stale;
    }

    /** The tokens that replace a rotated token and a leaked one. */
    static List<IssuedToken> replace(TokenOperations tokens, String tokenId, String leakedId) {
        IssuedToken successor =
                tokens.rotate(tokenId, GracePeriod.of(Duration.ofDays(7))).orElseThrow();
        IssuedToken renewed = tokens.regenerate(leakedId).orElseThrow();
        return List.of(successor, renewed);
    }

    static void disable(TokenOperations tokens, String tokenId) {
        tokens.disable(tokenId).orElseThrow();
    }

    static void enable(TokenOperations tokens, String tokenId) {
        tokens.enable(tokenId).orElseThrow();
    }

    /** The settings of a token that is valid from the next day on. */
    static NewToken later() {
        Instant start = Instant.now().plus(Duration.ofDays(1));
        NewToken later = NewToken.named("Next term").scopes("read:learners").notBefore(start);
        return later;
    }

    static LecternAuth withLifetimes(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .defaultLifetime(Duration.ofDays(30))
                .maxLifetime(Duration.ofDays(366))
                .open();
        return auth;
    }

    static LecternAuth withIdleTimeout(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .idleTimeout(Duration.ofDays(90))
                .open();
        return auth;
    }

    static LecternAuth withMaximums(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .maxLiveTokensPerTenant(500)
                .maxLiveTokensPerCreator(20)
                .open();
        return auth;
    }

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

    static LecternAuth requiringKnownTenants(Storage storage, TenantDirectory tenants) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .tenants(tenants)
                .requireKnownTenants()
                .open();
        return auth;
    }

    static Optional<AuthError> workOn(TokenPrincipal principal) {
        Optional<AuthError> stop = principal.recheck();
        return stop;
    }

    static LecternAuth listening(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .listener(new Mail())
                .expiryNotices(Duration.ofDays(14), Duration.ofDays(1))
                .open();
        return auth;
    }

    static List<Token> endingSoon(LecternAuth auth, Instant now) {
        List<Token> ending = new ArrayList<>();
        Instant inTwoWeeks = now.plus(Duration.ofDays(14));
        CursorPage<Token> page = auth.acrossTenants().expiringBefore(inTwoWeeks, CursorPage.START, 500);
        while (!page.items().isEmpty()) {
            ending.addAll(page.items());
            page = auth.acrossTenants().expiringBefore(inTwoWeeks, page.next(), 500);
        }
        return ending;
    }

    static LecternAuth secureTransport(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .requireSecureTransport()
                .listener(new Mail())
                .open();
        return auth;
    }

    private static final class Revoker implements AuthListener {
        private final LecternAuth auth;

        private Revoker(LecternAuth auth) {
            this.auth = auth;
        }

        @Override
        public void exposed(ExposedToken exposed) {
            Outcome<Revocation> outcome = auth.acrossTenants().revokePresented(exposed.token());
        }
    }
}
