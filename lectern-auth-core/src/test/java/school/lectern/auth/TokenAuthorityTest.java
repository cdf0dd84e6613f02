package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/**
 * Compares the cover test with brute force: in a small model, every call that a token can make must be allowed by the grant, or
 * by the other token.
 */
class TokenAuthorityTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");
    private static final int ROUNDS = 4_000;

    private static final LimitPlan PLAN =
            LimitPlan.unlimited().with("read", RateLimit.perMinute(3)).with("write", RateLimit.perMinute(2));
    private static final Dialect SCOPED =
            Lectern.DIALECT.toBuilder().limits(PLAN, LimitHeaders.NONE).build();
    private static final Dialect UNSCOPED =
            LearnCoin.DIALECT.toBuilder().limits(PLAN, LimitHeaders.NONE).build();

    private static final List<Scope> SCOPES =
            Stream.of("read:a", "read:b", "write:a").map(Scope::of).toList();
    private static final List<String> BLOCKS = List.of(
            "10.0.0.0/29",
            "10.0.0.0/30",
            "10.0.0.4/30",
            "10.0.0.0/31",
            "10.0.0.2/31",
            "10.0.0.4",
            "10.0.0.5",
            "10.0.0.6/31");
    private static final List<IpAddress> ADDRESSES = Stream.concat(
                    Stream.iterate(0, last -> last < 10, last -> last + 1).map(last -> "10.0.0." + last),
                    Stream.of("192.0.2.1", "2001:db8::1"))
            .map(text -> IpAddress.parse(text).orElseThrow())
            .toList();

    private final Random random = new Random(5);

    /**
     * One call: the token's environment, the required scope, the client address, the time, and the number of the call in the
     * window of its limit policy.
     */
    private record Call(
            TokenEnvironment environment, @Nullable Scope needs, IpAddress from, Instant at, String policy, long nth) {}

    private static final List<Call> CALLS = calls();

    private static List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        List<Scope> needs = new ArrayList<>(SCOPES);
        needs.add(null);
        for (TokenEnvironment environment : List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST)) {
            for (Scope scope : needs) {
                for (IpAddress from : ADDRESSES) {
                    for (int day : new int[] {-2, -1, 0, 1, 2, 3, 100_000}) {
                        for (String policy : List.of("read", "write")) {
                            for (long nth : new long[] {1, 2, 3, 4, 5}) {
                                calls.add(new Call(environment, scope, from, days(day), policy, nth));
                            }
                        }
                    }
                }
            }
        }
        return calls;
    }

    private static Instant days(int days) {
        return NOW.plus(Duration.ofDays(days));
    }

    private static boolean allows(StoredToken token, Call call, boolean scoped) {
        return token.environment() == call.environment()
                && (!scoped || call.needs() == null || token.scopes().scopes().contains(call.needs()))
                && (token.allowlist() == null || token.allowlist().allows(call.from()))
                && (token.effectiveExpiry() == null || call.at().isBefore(token.effectiveExpiry()))
                && call.nth()
                        <= token.rateLimits()
                                .getOrDefault(call.policy(), call.policy().equals("read") ? 3L : 2L);
    }

    private static boolean allows(Grant grant, Call call, boolean scoped) {
        boolean scopes = grant.scopes()
                .map(held -> scoped && (call.needs() == null || held.scopes().contains(call.needs())))
                .orElse(true);
        return scopes
                && grant.environments()
                        .map(set -> set.contains(call.environment()))
                        .orElse(true)
                && grant.addresses().map(list -> list.allows(call.from())).orElse(true)
                && grant.maxLifetime()
                        .map(lifetime -> call.at().isBefore(NOW.plus(lifetime)))
                        .orElse(true)
                && grant.rateLimits()
                        .map(most -> call.nth()
                                <= most.getOrDefault(
                                        call.policy(), call.policy().equals("read") ? 3L : 2L))
                        .orElse(true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_grant_covers_a_token_exactly_if_it_allows_each_call_that_the_token_can_make(boolean scoped) {
        Dialect dialect = scoped ? SCOPED : UNSCOPED;
        int covered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Grant grant = grant();
            StoredToken token = token(scoped);
            boolean expected = CALLS.stream()
                    .filter(call -> allows(token, call, scoped))
                    .allMatch(call -> allows(grant, call, scoped));
            assertThat(TokenAuthority.of(grant, dialect, NOW)
                            .covers(TokenAuthority.of(token, dialect), dialect.scopes()))
                    .as("%s covers %s", grant, described(token))
                    .isEqualTo(expected);
            covered += expected ? 1 : 0;
        }
        assertThat(covered).as("both results are common").isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_token_covers_another_exactly_if_it_can_make_each_call_that_the_other_can(boolean scoped) {
        Dialect dialect = scoped ? SCOPED : UNSCOPED;
        int covered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            StoredToken before = token(scoped);
            StoredToken after = random.nextBoolean() ? token(scoped) : nudged(before, scoped);
            boolean expected = CALLS.stream()
                    .filter(call -> allows(after, call, scoped))
                    .allMatch(call -> allows(before, call, scoped));
            assertThat(TokenAuthority.of(before, dialect).covers(TokenAuthority.of(after, dialect), dialect.scopes()))
                    .as("%s covers %s", described(before), described(after))
                    .isEqualTo(expected);
            covered += expected ? 1 : 0;
        }
        assertThat(covered).as("both results are common").isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    @Test
    void the_grant_of_nothing_covers_no_token_and_that_of_everything_any() {
        for (int round = 0; round < 500; round++) {
            StoredToken token = token(true);
            for (Dialect dialect : List.of(SCOPED, UNSCOPED)) {
                TokenAuthority wanted = TokenAuthority.of(token, dialect);
                assertThat(TokenAuthority.of(Grant.nothing(), dialect, NOW).covers(wanted, dialect.scopes()))
                        .isFalse();
                assertThat(TokenAuthority.of(Grant.everything(), dialect, NOW).covers(wanted, dialect.scopes()))
                        .isTrue();
                assertThat(TokenAuthority.unlimited().covers(wanted, dialect.scopes()))
                        .isTrue();
            }
        }
    }

    @Test
    void an_end_may_be_as_late_as_the_lifetime_and_no_millisecond_later() {
        Grant grant = Grant.everything().withMaxLifetime(Duration.ofDays(1));
        TokenAuthority most = TokenAuthority.of(grant, SCOPED, NOW);
        assertThat(most.covers(ending(days(1)), SCOPED.scopes())).isTrue();
        assertThat(most.covers(ending(days(1).plusMillis(1)), SCOPED.scopes())).isFalse();
        assertThat(most.covers(ending(null), SCOPED.scopes())).isFalse();
    }

    @Test
    void a_lifetime_beyond_the_end_of_time_covers_every_end_but_not_none() {
        Grant grant = Grant.everything().withMaxLifetime(Duration.ofSeconds(Long.MAX_VALUE));
        TokenAuthority most = TokenAuthority.of(grant, SCOPED, NOW);
        assertThat(most.covers(ending(Instant.parse("9999-12-31T23:59:59.999Z")), SCOPED.scopes()))
                .isTrue();
        assertThat(most.covers(ending(null), SCOPED.scopes())).isFalse();
    }

    private static TokenAuthority ending(@Nullable Instant end) {
        return TokenAuthority.of(
                draft(TokenEnvironment.LIVE)
                        .scopes(ScopeSet.parse("read:a"))
                        .expiresAt(end)
                        .build(),
                SCOPED);
    }

    private Grant grant() {
        Grant grant = random.nextInt(3) == 0 ? Grant.everything() : Grant.of(scopes());
        grant = random.nextInt(3) == 0 ? grant.withEnvironments(environment()) : grant;
        grant = random.nextInt(3) == 0 ? grant.withAddresses(blocks()) : grant;
        grant = random.nextInt(3) == 0 ? grant.withMaxLifetime(Duration.ofDays(1 + random.nextInt(3))) : grant;
        return switch (random.nextInt(3)) {
            case 0 -> grant.withRateLimits(permits());
            case 1 -> grant.withAnyRateLimits();
            default -> grant;
        };
    }

    private StoredToken token(boolean scoped) {
        StoredTokenBuilder token = draft(environment()).rateLimits(random.nextBoolean() ? Map.of() : permits());
        if (scoped) {
            token.scopes(scopes());
        }
        if (random.nextInt(3) != 0) {
            token.allowlist(blocks());
        }
        if (random.nextInt(3) != 0) {
            token.expiresAt(days(random.nextInt(5) - 1));
        }
        if (random.nextInt(4) == 0) {
            token.gracePeriodEndsAt(days(random.nextInt(5) - 1));
        }
        return token.build();
    }

    /** Returns the token with one field copied from another token. */
    private StoredToken nudged(StoredToken token, boolean scoped) {
        StoredToken other = token(scoped);
        StoredTokenBuilder changed = token.toBuilder();
        return switch (random.nextInt(4)) {
            case 0 -> changed.scopes(other.scopes()).build();
            case 1 -> changed.allowlist(other.allowlist()).build();
            case 2 -> changed.expiresAt(other.expiresAt()).build();
            default -> changed.rateLimits(other.rateLimits()).build();
        };
    }

    private static StoredTokenBuilder draft(TokenEnvironment environment) {
        return StoredToken.builder("apitoken_1", "123", environment, "CI", NOW)
                .secret("selector", TokenHash.of("sha256", "00"));
    }

    private TokenEnvironment environment() {
        return random.nextBoolean() ? TokenEnvironment.LIVE : TokenEnvironment.TEST;
    }

    private ScopeSet scopes() {
        return ScopeSet.of(
                SCOPES.stream().filter(scope -> random.nextInt(3) != 0).toList());
    }

    private IpAllowlist blocks() {
        List<IpRange> some = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
            some.add(IpRange.parse(BLOCKS.get(random.nextInt(BLOCKS.size()))));
        }
        return IpAllowlist.of(some);
    }

    private Map<String, Long> permits() {
        Map<String, Long> permits = new HashMap<>();
        for (String policy : List.of("read", "write")) {
            if (random.nextBoolean()) {
                permits.put(policy, 1L + random.nextInt(5));
            }
        }
        return permits;
    }

    private static String described(StoredToken token) {
        return token.environment() + " " + token.scopes() + " " + token.allowlist() + " " + token.effectiveExpiry()
                + " " + token.rateLimits();
    }
}
