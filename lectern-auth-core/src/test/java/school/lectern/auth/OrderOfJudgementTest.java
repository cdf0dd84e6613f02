package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

class OrderOfJudgementTest {

    /** Every denial reason, in the order of evaluation, and how to make a valid request cause it. */
    private enum Reason {
        HEADER(Kind.MALFORMED_CREDENTIAL, c -> c.headers = 2),
        SCHEME(Kind.OTHER_SCHEME, c -> c.scheme = "Basic"),
        SHAPE(Kind.MALFORMED_TOKEN, c -> c.secret = c.secret.substring(1)),
        LOOKUP(Kind.UNKNOWN_TOKEN, c -> c.key = "tapub_00000000000000000000"),
        SECRET(Kind.UNKNOWN_TOKEN, c -> c.secret = c.secret.substring(0, 6) + "0".repeat(c.secret.length() - 6)),
        REVOKED(
                Kind.REVOKED,
                c -> c.f.auth
                        .tenant(Fixture.TENANT)
                        .tokens()
                        .actingAs(Fixture.APP)
                        .revoke(c.id())),
        SUSPENDED(Kind.SUSPENDED, c -> c.f.auth.tenant(Fixture.TENANT).suspend().orElseThrow()),
        DISABLED(Kind.DISABLED, c -> c.change(token -> token.disabledAt(c.f.clock.instant()))),
        NOT_YET_VALID(
                Kind.NOT_YET_VALID,
                c -> c.change(token -> token.notBefore(c.f.clock.instant().plus(Duration.ofDays(1))))),
        EXPIRED(Kind.EXPIRED, c -> c.f.clock.advance(Duration.ofHours(3))),
        IDLE(Kind.IDLE, c -> c.f.clock.advance(Duration.ofHours(2))),
        ADDRESS(Kind.ADDRESS_NOT_ALLOWED, c -> c.address = "203.0.113.9"),
        ENVIRONMENT(Kind.ENVIRONMENT_MISMATCH, c -> c.requirement = c.requirement.environment(TokenEnvironment.TEST)),
        TENANT(Kind.TENANT_MISMATCH, c -> c.requirement = c.requirement.tenant("another")),
        VERSION(Kind.UNSUPPORTED_VERSION, c -> c.version = "1999-01-01"),
        SCOPE(Kind.INSUFFICIENT_SCOPE, c -> c.lacksScope = true),
        RATE_LIMIT(Kind.RATE_LIMITED, Case::useUpThePermits);

        private final Kind kind;
        private final Consumer<Case> spoil;

        Reason(Kind kind, Consumer<Case> spoil) {
            this.kind = kind;
            this.spoil = spoil;
        }
    }

    /** A valid request, until a reason is applied. */
    private static final class Case implements AutoCloseable {
        private final Fixture f = new Fixture(
                Fixture.TWO_PARTS,
                settings -> settings.versions(VersionPolicy.released(ApiVersion.of("2026-01-01")))
                        .tenants(id -> Optional.of(new Tenant(id, ApiVersion.of("2026-01-01"))))
                        .idleTimeout(Duration.ofHours(1)));
        private final IssuedToken token = f.issue(Fixture.settings()
                .allowlist(Fixture.allowlist("10.0.0.0/8"))
                .expiresAt(f.clock.instant().plus(Duration.ofHours(3))));
        private int headers = 1;
        private String scheme = "Bearer";
        private String key = token.secret().expose().split("\\.")[0];
        private String secret = token.secret().expose().split("\\.")[1];
        private String address = "10.1.1.1";
        private String version = "2026-01-01";
        private boolean lacksScope;
        private Requirement requirement = Requirement.scope("read:learners");

        private String id() {
            return token.id();
        }

        /** Changes the row, unless the token is revoked. */
        private void change(UnaryOperator<StoredTokenBuilder> change) {
            f.tokens.update(change.apply(f.stored(token).toBuilder()).build(), TokenConstraints.none(), List.of());
        }

        private void useUpThePermits() {
            for (int i = 0; i < 200; i++) {
                f.limits.take(
                        LimitTake.of(new LimitKey(id(), LimitPlan.READ), RateLimit.perMinute(200)),
                        Clocks.of(f.clock).now());
            }
        }

        private Decision judge() {
            String[] values = new String[headers];
            Arrays.fill(values, scheme + " " + key + "." + secret);
            Requirement needed = lacksScope ? lackingScope() : requirement;
            return f.judge(Ask.header(values).from(address).version(version).needing(needed));
        }

        private Requirement lackingScope() {
            Requirement lacking = Requirement.scopes(ScopeSet.parse("write:finance"));
            lacking = requirement.environment().map(lacking::environment).orElse(lacking);
            return requirement.tenantId().map(lacking::tenant).orElse(lacking);
        }

        @Override
        public void close() {
            f.close();
        }
    }

    private static Stream<Arguments> pairs() {
        List<Reason> reasons = List.of(Reason.values());
        return reasons.stream()
                .flatMap(earlier -> reasons.stream()
                        .filter(later -> later.compareTo(earlier) > 0)
                        .map(later -> Arguments.of(earlier, later)));
    }

    @Test
    void a_good_request_is_allowed() {
        try (Case good = new Case()) {
            assertThat(good.judge()).isInstanceOf(Allowed.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void each_reason_alone_refuses(Reason reason) {
        try (Case bad = new Case()) {
            reason.spoil.accept(bad);
            assertThat(((Denied) bad.judge()).error().kind()).isEqualTo(reason.kind);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void of_two_reasons_the_earlier_one_is_the_answer(Reason earlier, Reason later) {
        try (Case bad = new Case()) {
            earlier.spoil.accept(bad);
            later.spoil.accept(bad);
            assertThat(((Denied) bad.judge()).error().kind()).isEqualTo(earlier.kind);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RATE_LIMIT")
    void a_denial_before_the_rate_limit_spends_no_permit(Reason reason) {
        try (Case bad = new Case()) {
            reason.spoil.accept(bad);
            bad.judge();
            assertThat(bad.f.limits.taken).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.INCLUDE,
            names = {"HEADER", "SCHEME", "SHAPE"})
    void what_the_shape_decides_is_not_looked_up(Reason reason) {
        try (Case bad = new Case()) {
            reason.spoil.accept(bad);
            bad.judge();
            assertThat(bad.f.tokens.finds).hasValue(0);
        }
    }
}
