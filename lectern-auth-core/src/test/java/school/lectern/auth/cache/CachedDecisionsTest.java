package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Lookups;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/** Complete decisions over a cache. This node has a cache, and another node changes the same store. Tokens have two parts. */
class CachedDecisionsTest {

    private static final TokenFormat TWO_PARTS = TokenFormat.builder()
            .publicKey("tapub_", TokenBody.of(TokenBody.BASE62, 20), ".")
            .prefix("tasec_")
            .body(TokenBody.of(TokenBody.BASE62, 43))
            .build();

    private final CacheFixture rig = new CacheFixture(settings -> settings.maxTokens(100));
    private final InMemoryAuthMetrics decisions = new InMemoryAuthMetrics();
    private final LecternAuth node = auth(rig.cache, AuthMetrics.NONE);
    private final LecternAuth measured = auth(rig.cache, decisions);
    private final LecternAuth elsewhere = auth(rig.elsewhere, AuthMetrics.NONE);

    private LecternAuth auth(TokenStore tokens, AuthMetrics metrics) {
        return LecternAuth.builder(Lectern.DIALECT.toBuilder().format(TWO_PARTS).build())
                .tokens(tokens)
                .clocks(rig.clocks)
                .metrics(metrics)
                .open();
    }

    @BeforeEach
    void poll() {
        rig.poll();
    }

    @AfterEach
    void close() {
        node.close();
        measured.close();
        elsewhere.close();
        rig.close();
    }

    private IssuedToken issue() {
        return elsewhere
                .tenant(CacheFixture.TENANT)
                .tokens()
                .withoutWaiting()
                .issue(NewToken.named("CI").scopes(ScopeSet.parse("read:learners")))
                .orElseThrow();
    }

    private Decision judge(String secret) {
        return node.authenticate(request(secret), Requirement.scope("read:learners"));
    }

    private static AuthRequest request(String secret) {
        return new AuthRequest(
                "req_1",
                "GET",
                "/v1/learners",
                IpAddress.parse("10.1.1.1").orElseThrow(),
                name -> name.equals("Authorization") ? List.of("Bearer " + secret) : List.of());
    }

    private Decision judge(IssuedToken token) {
        return judge(token.secret().expose());
    }

    private boolean isAllowed(IssuedToken token) {
        return judge(token) instanceof Decision.Allowed;
    }

    private Kind refusal(IssuedToken token) {
        return ((Denied) judge(token)).error().kind();
    }

    private static String wrong(IssuedToken token, int number) {
        String text = token.secret().expose();
        return text.substring(0, text.length() - 4) + String.format("%04d", number);
    }

    private static String unknown(SecureRandom random) {
        return TWO_PARTS
                .generate(
                        TokenEnvironment.LIVE,
                        TWO_PARTS.prefixes(TokenEnvironment.LIVE).get(0),
                        random)
                .value()
                .expose();
    }

    @Test
    void a_decision_from_memory_calls_the_store_for_nothing() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.store.forgetCalls();
        for (int i = 0; i < 100; i++) {
            assertThat(isAllowed(token)).isTrue();
        }
        assertThat(rig.store.calls()).isZero();
        assertThat(rig.counters.snapshot()).containsEntry("hits", 100L).containsEntry("misses", 1L);
    }

    @Test
    void a_lease_that_ends_after_the_look_up_is_found_out_by_the_clocks_that_are_read_last() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.revokeElsewhere(rig.stored(token));
        assertThat(isAllowed(token)).as("under the lease, as the token was").isTrue();
        rig.store.forgetCalls();
        rig.atNextLookAtTheClock(() -> rig.pass(CacheFixture.LEASE));
        assertThat(refusal(token)).isEqualTo(Kind.REVOKED);
        assertThat(rig.store.calls("find")).isEqualTo(1);
    }

    @Test
    void a_token_of_one_part_is_found_in_memory_by_its_digest() {
        try (LecternAuth onePart = LecternAuth.builder(Lectern.DIALECT)
                .tokens(rig.cache)
                .clocks(rig.clocks)
                .open()) {
            IssuedToken token = onePart.tenant(CacheFixture.TENANT)
                    .tokens()
                    .withoutWaiting()
                    .issue(NewToken.named("CI").scopes(ScopeSet.parse("read:learners")))
                    .orElseThrow();
            AuthRequest request = request(token.secret().expose());
            assertThat(onePart.authenticate(request, Requirement.anyToken())).isInstanceOf(Decision.Allowed.class);
            rig.store.forgetCalls();
            assertThat(onePart.authenticate(request, Requirement.anyToken())).isInstanceOf(Decision.Allowed.class);
            StoredToken stored = rig.stored(token);
            rig.store.forgetCalls();
            assertThat(Lookups.rows(rig.cache, List.of(stored.selector()))).containsExactly(stored);
            assertThat(rig.store.calls()).isZero();

            onePart.tenant(CacheFixture.TENANT).tokens().withoutWaiting().revoke(token.id());
            assertThat(onePart.authenticate(request, Requirement.anyToken())).isInstanceOf(Denied.class);
        }
    }

    @Test
    void a_denial_from_memory_says_why_and_calls_the_store_for_nothing() {
        IssuedToken token = issue();
        elsewhere.tenant(CacheFixture.TENANT).tokens().withoutWaiting().revoke(token.id());
        rig.poll();
        assertThat(refusal(token)).isEqualTo(Kind.REVOKED);
        rig.store.forgetCalls();
        assertThat(refusal(token)).isEqualTo(Kind.REVOKED);
        assertThat(rig.store.calls()).isZero();
    }

    @Test
    void a_measured_decision_has_the_cache_as_its_source_unless_it_waited_for_the_store() {
        IssuedToken token = issue();
        AuthRequest request = request(token.secret().expose());
        measured.authenticate(request, Requirement.anyToken());
        assertThat(decisions.snapshot()).containsEntry("decisions:store", 1L).containsEntry("decisions:cache", 0L);
        measured.authenticate(request, Requirement.anyToken());
        assertThat(decisions.snapshot()).containsEntry("decisions:store", 1L).containsEntry("decisions:cache", 1L);
        rig.pass(Duration.ofMillis(100));
        measured.authenticate(request(wrong(token, 1)), Requirement.anyToken());
        assertThat(decisions.snapshot())
                .as("a wrong secret, which the store was queried for")
                .containsEntry("decisions:store", 2L)
                .containsEntry("denied:UNKNOWN_TOKEN", 1L);
        rig.pass(CacheFixture.LEASE);
        measured.authenticate(request, Requirement.anyToken());
        assertThat(decisions.snapshot())
                .as("after the lease")
                .containsEntry("decisions:store", 3L)
                .containsEntry("allowed", 3L);
    }

    @Test
    void the_tokens_of_a_suspended_tenant_are_denied_from_memory_and_allowed_when_it_is_resumed() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        elsewhere.tenant(CacheFixture.TENANT).withoutWaiting().suspend();
        rig.poll();
        assertThat(refusal(token)).isEqualTo(Kind.SUSPENDED);
        assertThat(refusal(token)).isEqualTo(Kind.SUSPENDED);
        elsewhere.tenant(CacheFixture.TENANT).withoutWaiting().resume();
        rig.poll();
        assertThat(isAllowed(token)).isTrue();
    }

    @Test
    void without_a_poll_and_a_lease_the_change_shows_and_the_store_is_read() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        elsewhere.tenant(CacheFixture.TENANT).tokens().withoutWaiting().revoke(token.id());
        rig.pass(CacheFixture.LEASE);
        assertThat(refusal(token)).isEqualTo(Kind.REVOKED);
        assertThat(rig.counters.snapshot()).containsEntry("readThroughs", 1L);
    }

    // ---- wrong secrets

    @Test
    void a_secret_that_was_drawn_elsewhere_works_at_once_and_is_kept() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.pass(Duration.ofMillis(100));
        IssuedToken anew = elsewhere
                .tenant(CacheFixture.TENANT)
                .tokens()
                .withoutWaiting()
                .regenerate(token.id())
                .orElseThrow();
        assertThat(isAllowed(anew)).isTrue();
        rig.store.forgetCalls();
        assertThat(isAllowed(anew)).isTrue();
        assertThat(rig.store.calls()).isZero();
        rig.pass(Duration.ofMillis(100));
        assertThat(refusal(token)).as("the old secret").isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void a_wrong_secret_reads_once_and_changes_nothing() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.pass(Duration.ofMillis(100));
        rig.store.forgetCalls();
        assertThat(((Denied) judge(wrong(token, 1))).error().kind()).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(rig.store.calls("find")).isEqualTo(1);
        assertThat(isAllowed(token)).isTrue();
        assertThat(rig.store.calls()).isEqualTo(1);
    }

    @Test
    void a_thousand_wrong_secrets_for_a_key_that_is_known_cost_few_reads() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.store.forgetCalls();
        for (int i = 0; i < 1_000; i++) {
            judge(wrong(token, i));
            rig.passByMonotonicClockOnly(Duration.ofNanos(100_000));
        }
        assertThat(rig.store.calls()).isBetween(1, 11);
    }

    @Test
    void a_wrong_secret_for_a_token_that_is_not_kept_costs_one_read() {
        IssuedToken token = issue();
        judge(wrong(token, 1));
        assertThat(rig.store.calls("find")).isEqualTo(1);
    }

    @Test
    void a_leaked_secret_that_another_node_generated_can_be_used_to_revoke_its_token() {
        IssuedToken token = issue();
        assertThat(isAllowed(token)).isTrue();
        rig.pass(Duration.ofMillis(100));
        IssuedToken anew = elsewhere
                .tenant(CacheFixture.TENANT)
                .tokens()
                .withoutWaiting()
                .regenerate(token.id())
                .orElseThrow();
        node.acrossTenants().withoutWaiting().revokePresented(anew.secret()).orElseThrow();
        assertThat(refusal(anew)).isEqualTo(Kind.REVOKED);
    }

    // ---- unknown tokens

    @Test
    void a_flood_of_unknown_tokens_displaces_no_known_one() {
        SecureRandom random = new SecureRandom();
        List<IssuedToken> known = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            known.add(issue());
            judge(known.get(i));
        }
        Map<String, Long> before = rig.counters.snapshot();
        for (int i = 0; i < 500; i++) {
            for (int flood = 0; flood < 100; flood++) {
                judge(unknown(random));
            }
            assertThat(isAllowed(known.get(i % 50))).isTrue();
        }
        assertThat(rig.counters.snapshot().get("hits") - before.get("hits")).isGreaterThanOrEqualTo(475);
    }

    @Test
    void rows_are_cached_by_selector_and_no_secret_is_part_of_a_key() {
        IssuedToken token = issue();
        judge(token);
        String selector = rig.stored(token).selector();
        assertThat(rig.store.lastArgument())
                .isInstanceOfSatisfying(
                        TokenLookup.class,
                        lookup -> assertThat(lookup.selectors()).containsExactly(selector));
        assertThat(Lookups.rows(rig.cache, selector)).hasSize(1);
        assertThat(rig.store.calls("find")).isEqualTo(1);
        assertThat(selector).startsWith("tapub_").doesNotContain("tasec_");
    }
}
