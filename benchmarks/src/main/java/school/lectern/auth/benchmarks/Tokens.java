package school.lectern.auth.benchmarks;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/**
 * A LecternAuth over a cache, tokens of the Lectern dialect, and the headers that present them. The conversion of a request
 * into an {@link AuthRequest} is not measured: each thread has one request object, whose header changes with each call. As in a
 * server, a new request is in the CPU cache, while the cached data of a token may not be.
 */
@State(Scope.Benchmark)
public class Tokens {

    private static final String TENANT = "123";
    private static final int MANY = 10_000;
    private static final ScopeSet SCOPES = ScopeSet.parse("read:learners write:learners read:courses");
    private static final IpAllowlist ALLOWLIST =
            IpAllowlist.of(List.of("10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32", "127.0.0.0/8").stream()
                    .map(IpRange::parse)
                    .toList());

    /** In the last of the blocks, so that all blocks are compared. */
    private static final IpAddress ADDRESS = IpAddress.parse("127.0.0.1").orElseThrow();

    /** More permits than one minute of the benchmark can use. */
    private static final Dialect DIALECT = Lectern.DIALECT.toBuilder()
            .limits(
                    LimitPlan.unlimited().with(LimitPlan.READ, RateLimit.perMinute(RateLimit.MAX_PERMITS)),
                    LimitHeaders.X_RATE_LIMIT)
            .build();

    private static final Requirement HELD = needing("read:learners");
    private static final Requirement NOT_HELD = needing("delete:learners");

    /** Longer than the measurement: each decision has to check the expiry. */
    private static final Duration LIFE = Duration.ofDays(30);

    private static final ApiVersion VERSION = ApiVersion.of("2026-01-01");
    private static final List<String> PINNED = List.of(VERSION.toString());
    private static final String VERSION_HEADER = DIALECT.versionHeader().orElseThrow();

    /** The number of tokens. */
    @Param({"1", "10000", "1000000"})
    public int tokens;

    private CachingTokenStore cache;
    private LecternAuth auth;
    private String[] issued;
    private String[] valid;
    private String[] malformed;
    private String[] unknown;

    private static Requirement needing(String scope) {
        return Requirement.scope(scope).environment(TokenEnvironment.LIVE).tenant(TENANT);
    }

    /** Issues the tokens, and checks that each case has the outcome of its name. */
    @Setup
    public void setUp() {
        cache = cache(tokens);
        auth = judge(cache)
                .versions(VersionPolicy.released(VERSION))
                .tenants(id -> Optional.empty())
                .open();
        issued = strings(i -> issue());
        valid = headers(tokens, i -> issued[i]);
        // The last character is invalid, which is the slowest way to reject a token.
        malformed = refused(i -> issued[i].substring(0, issued[i].length() - 1) + '-');
        SecureRandom random = new SecureRandom();
        unknown = refused(i ->
                DIALECT.format().generate(TokenEnvironment.LIVE, random).value().expose());
        keepAll();
        requireClaimed();
    }

    /** Returns a cache with room for the tokens, over an in-memory store. No measured decision queries the store. */
    static CachingTokenStore cache(int tokens) {
        InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog(2_000_000));
        store.changes().orElseThrow().setLease(Duration.ofMinutes(1));
        return CachingTokenStore.builder(store)
                .maxTokens(4L * tokens)
                .maxBytes(1L << 40)
                .open();
    }

    /**
     * Caches each token by its first call, in the order of issue, as in a server, so that the cached data of a token is
     * allocated together. Nothing is cached before the first poll, so the first token is presented until it is cached.
     */
    private void keepAll() {
        long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        TokenCycle turn = new TokenCycle();
        for (int i = 0; i < tokens; i++) {
            while (cache.size() <= i) {
                Decision decision = auth.authenticate(turn.presenting(valid[i]), HELD);
                require(decision instanceof Allowed && System.nanoTime() < end, "kept");
            }
        }
    }

    /** Returns a builder with a dialect whose limit is never exceeded. */
    static LecternAuthBuilder judge(TokenStore store) {
        return LecternAuth.builder(DIALECT).tokens(store);
    }

    /**
     * Checks that each case still has the outcome of its name. Short, because JMH includes it in the CPU time of the last
     * iteration.
     */
    @TearDown
    public void tearDown() {
        requireClaimed();
        auth.close();
        cache.close();
    }

    private String issue() {
        return issue(auth);
    }

    /** Returns the rows of a look-up as a decision gets them. */
    static List<StoredToken> rows(TokenStore store, TokenLookup lookup) {
        return Objects.requireNonNull(store.find(lookup).rowsAt(Clocks.system().now()), "a lease that lasts");
    }

    static String issue(LecternAuth auth) {
        NewToken settings = NewToken.named("benchmark")
                .scopes(SCOPES)
                .allowlist(ALLOWLIST)
                .expiresAt(auth.now().plus(LIFE));
        return auth.tenant(TENANT)
                .tokens()
                .issue(settings)
                .orElseThrow()
                .secret()
                .expose();
    }

    private String[] strings(IntFunction<String> make) {
        String[] all = new String[tokens];
        Arrays.setAll(all, make);
        return all;
    }

    /** Returns headers for tokens that no store contains. Fewer of them are needed for variety. */
    private String[] refused(IntFunction<String> token) {
        return headers(Math.min(tokens, MANY), token);
    }

    private static String[] headers(int count, IntFunction<String> token) {
        String[] all = new String[count];
        Arrays.setAll(all, i -> "Bearer " + token.apply(i));
        return all;
    }

    /** Returns a thread's request. Its header is the current value of the thread's cycle. */
    static AuthRequest request(List<String> authorization) {
        return new AuthRequest(
                "req_1",
                "GET",
                "/v1/learners",
                ADDRESS,
                name -> name.equals("Authorization")
                        ? authorization
                        : name.equals(VERSION_HEADER) ? PINNED : List.of());
    }

    private void requireClaimed() {
        TokenCycle turn = new TokenCycle();
        turn.start(tokens, 0, 1);
        require(
                allowed(turn) instanceof Allowed allowed
                        && !allowed.limits().isEmpty()
                        && allowed.version().isPresent()
                        && allowed.token().stored().effectiveExpiry() != null,
                "allowed");
        requireDenied(malformed(turn), Kind.MALFORMED_TOKEN);
        requireDenied(unknown(turn), Kind.UNKNOWN_TOKEN);
        requireDenied(insufficientScope(turn), Kind.INSUFFICIENT_SCOPE);
    }

    private static void requireDenied(Decision decision, Kind kind) {
        require(decision instanceof Denied denied && denied.error().kind() == kind, kind.toString());
    }

    static void require(boolean claimed, String what) {
        if (!claimed) {
            throw new IllegalStateException("a benchmark case does not have the outcome of its name: " + what);
        }
    }

    static void requireThrows(Runnable refused, String what) {
        try {
            refused.run();
        } catch (RuntimeException expected) {
            return;
        }
        throw new IllegalStateException("a token that must be rejected was accepted: " + what);
    }

    /** Returns the characters of a token. */
    String characters(int i) {
        return issued[i];
    }

    /** Returns the headers of the tokens, in the same order. */
    String[] headers() {
        return valid;
    }

    /** Returns the cache of the instance. */
    CachingTokenStore cache() {
        return cache;
    }

    /** Returns the thread's request with the next token. */
    AuthRequest presenting(TokenCycle turn) {
        return turn.presenting(valid);
    }

    /** Allowed again: the limit is read, and no permit is taken. */
    Decision recheck(TokenCycle turn) {
        return auth.recheck(turn.presenting(valid), HELD);
    }

    /** Allowed: the decision runs all its checks. */
    Decision allowed(TokenCycle turn) {
        return auth.authenticate(turn.presenting(valid), HELD);
    }

    /** Denied for its format: without hashing, and without a query of the store. */
    Decision malformed(TokenCycle turn) {
        return auth.authenticate(turn.presenting(malformed), HELD);
    }

    /** Denied because the store does not contain it. */
    Decision unknown(TokenCycle turn) {
        return auth.authenticate(turn.presenting(unknown), HELD);
    }

    /** Denied for a missing scope: the limit is read, and no permit is taken. */
    Decision insufficientScope(TokenCycle turn) {
        return auth.authenticate(turn.presenting(valid), NOT_HELD);
    }
}
