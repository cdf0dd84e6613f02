package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.allowlist;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;

/** Which changes an actor with a partial grant may make, for each operation and each bound of a grant. */
class GrantedChangesTest {

    private static final ScopeSet LEARNERS = ScopeSet.parse("read:learners");
    private static final ScopeSet ADMIN = ScopeSet.parse("admin:tenant");
    private static final Actor TEACHER = Actor.user("teacher", Grant.of(LEARNERS));

    private Fixture f = new Fixture();
    private final Instant now = f.clock.instant();
    private final Instant tomorrow = now.plus(Duration.ofDays(1));

    @AfterEach
    void close() {
        f.close();
    }

    private Outcome<Token> update(IssuedToken token, TokenSettings<?> settings, Actor actor) {
        return f.auth.tenant(TENANT).tokens().actingAs(actor).update(token.id(), Fixture.asUpdate(settings));
    }

    /** Asserts that the change is forbidden and has no effect on the row, the audit log and the permits. */
    private void forbidden(IssuedToken token, TokenSettings<?> settings, Actor actor) {
        StoredToken before = f.stored(token);
        int changes = f.changes().size();
        assertThat(refused(update(token, settings, actor)).kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(f.stored(token)).isEqualTo(before);
        assertThat(f.changes()).hasSize(changes);
    }

    // ---- updates that extend the authorization

    private static TokenUpdate change() {
        return new TokenUpdate();
    }

    private NewToken bounded() {
        return settings()
                .notBefore(now)
                .expiresAt(tomorrow)
                .allowlist(allowlist("10.0.0.0/8"))
                .rateLimits(Map.of("read", 5L, "write", 5L, "bulk", 5L));
    }

    private List<TokenSettings<?>> widenings() {
        return List.of(
                change().notBefore(now.minusMillis(1)),
                change().noNotBefore(),
                change().expiresAt(tomorrow.plusMillis(1)),
                change().neverExpires(),
                change().anyAddress(),
                change().allowlist(allowlist("11.0.0.0/8")),
                change().allowlist(allowlist("10.0.0.0/7")),
                change().rateLimits(Map.of("read", 6L, "write", 5L, "bulk", 5L)),
                change().rateLimits(Map.of("read", 5L, "write", 5L)),
                change().rateLimits(Map.of()),
                change().scopes(LEARNERS));
    }

    @Test
    void a_token_beyond_the_grant_is_widened_in_no_respect() {
        IssuedToken admins = f.issue(bounded().scopes(ADMIN));
        for (TokenSettings<?> widening : widenings()) {
            if (!widening.sets("scopes")) {
                forbidden(admins, widening, TEACHER);
            }
        }
        // Together with the scopes that the teacher may grant, the grant covers the whole result.
        f.allowed(Ask.with(admins));
        update(admins, change().scopes(LEARNERS).neverExpires(), TEACHER).orElseThrow();
        assertThat(f.refusal(Ask.with(admins).needing("admin:tenant"))).isEqualTo(Kind.INSUFFICIENT_SCOPE);
    }

    @Test
    void a_token_within_the_grant_is_widened_in_every_respect() {
        for (TokenSettings<?> widening : widenings()) {
            IssuedToken own = f.issue(bounded());
            update(own, widening, TEACHER).orElseThrow();
        }
    }

    @Test
    void an_expired_token_beyond_the_grant_is_not_revived() {
        IssuedToken admins = f.issue(settings().scopes(ADMIN).expiresAt(now.plusSeconds(1)));
        f.clock.advance(Duration.ofSeconds(2));
        forbidden(admins, change().expiresAt(tomorrow), TEACHER);
        forbidden(admins, change().name("x").neverExpires(), TEACHER);
        assertThat(f.refusal(Ask.with(admins))).isEqualTo(Kind.EXPIRED);

        update(admins, change().expiresAt(tomorrow), Fixture.APP).orElseThrow();
        f.allowed(Ask.with(admins));
    }

    @Test
    void restrictions_and_renames_need_no_grant() {
        Actor nobody = Actor.user("nobody", Grant.nothing());
        IssuedToken admins = f.issue(bounded().scopes(ScopeSet.parse("admin:tenant read:learners")));
        for (TokenSettings<?> narrowing : List.of(
                change().name("renamed").description("d").metadata(Map.of("k", "v")),
                change().expiresAt(tomorrow),
                change().expiresAt(tomorrow.minusMillis(1)),
                change().allowlist(allowlist("10.0.0.0/8")),
                change().allowlist(allowlist("10.1.0.0/16")),
                change().rateLimits(Map.of("read", 4L, "write", 5L, "bulk", 5L)),
                change().scopes(ADMIN))) {
            update(admins, narrowing, nobody).orElseThrow();
        }
        f.auth.tenant(TENANT).actingAs(nobody).suspend().orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(nobody).revoke(admins.id()).orElseThrow();
    }

    /** The token's own limits are above the plan's, so clearing them restricts the token. */
    @Test
    void clearing_rate_limits_that_are_above_the_plan_needs_no_grant() {
        IssuedToken fast = f.issue(settings().scopes(ADMIN).rateLimits(Map.of("read", 10_000L)));
        update(fast, change().rateLimits(Map.of()), TEACHER).orElseThrow();
        forbidden(fast, change().rateLimits(Map.of("read", 10_000L)), TEACHER);
    }

    @Test
    void the_rotated_token_that_ends_before_its_expiry_is_not_prolonged_by_a_later_expiry() {
        IssuedToken admins = f.issue(settings().scopes(ADMIN).expiresAt(tomorrow));
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .rotate(admins.id(), GracePeriod.of(Duration.ofHours(1)))
                .orElseThrow();
        update(admins, change().neverExpires(), TEACHER).orElseThrow();
        f.clock.advance(Duration.ofHours(1));
        assertThat(f.refusal(Ask.with(admins))).isEqualTo(Kind.EXPIRED);
    }

    /** The row differs from the row that was read first. The check uses the row that is replaced. */
    @Test
    void a_token_that_is_widened_between_reading_and_writing_is_compared_as_it_is_then() {
        IssuedToken token = f.issue(bounded());
        AtomicBoolean first = new AtomicBoolean(true);
        f.tokens.beforeChange = () -> {
            if (first.getAndSet(false)) {
                update(token, change().scopes(ADMIN), Fixture.APP).orElseThrow();
            }
        };
        assertThat(refused(update(token, change().neverExpires(), TEACHER)).kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(f.stored(token).expiresAt()).isEqualTo(tomorrow);
        assertThat(f.stored(token).scopes()).isEqualTo(ADMIN);
    }

    // ---- each bound of a grant

    private record Bound(Grant grant, TokenSettings<?> within, TokenSettings<?> beyond) {}

    private Stream<Bound> bounds() {
        Grant all = Grant.everything();
        return Stream.of(
                new Bound(Grant.of(LEARNERS), settings(), settings().scopes(ADMIN)),
                new Bound(
                        all.withAddresses(allowlist("10.0.0.0/8")),
                        settings().allowlist(allowlist("10.1.0.0/16")),
                        settings()),
                new Bound(
                        all.withAddresses(allowlist("10.0.0.0/8")),
                        settings().allowlist(allowlist("10.0.0.0/8")),
                        settings().allowlist(allowlist("10.0.0.0/7"))),
                new Bound(
                        all.withMaxLifetime(Duration.ofDays(1)),
                        settings().expiresAt(tomorrow),
                        settings().expiresAt(tomorrow.plusMillis(1))),
                new Bound(all.withMaxLifetime(Duration.ofDays(1)), settings().expiresAt(tomorrow), settings()),
                new Bound(Grant.of(LEARNERS), settings(), settings().rateLimits(Map.of("read", 201L))),
                new Bound(
                        Grant.of(LEARNERS).withRateLimits(Map.of("read", 500L)),
                        settings().rateLimits(Map.of("read", 500L)),
                        settings().rateLimits(Map.of("read", 501L))),
                new Bound(
                        all.withRateLimits(Map.of("read", 10L)),
                        settings().rateLimits(Map.of("read", 10L)),
                        settings()),
                new Bound(
                        Grant.of(LEARNERS).withAnyRateLimits(),
                        settings().rateLimits(Map.of("read", 1_000_000L)),
                        settings().scopes(ADMIN)));
    }

    @Test
    void a_token_is_issued_within_each_bound_of_the_grant_and_not_beyond_it() {
        bounds().forEach(bound -> {
            Actor actor = Actor.user("u", bound.grant());
            f.auth.tenant(TENANT)
                    .tokens()
                    .actingAs(actor)
                    .issue(Fixture.asNew(bound.within()))
                    .orElseThrow();
            int changes = f.changes().size();
            assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(actor).issue(Fixture.asNew(bound.beyond())))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(f.changes()).hasSize(changes);
        });
    }

    @Test
    void a_secret_is_shown_only_of_a_token_within_each_bound_of_the_grant() {
        bounds().forEach(bound -> {
            Actor actor = Actor.user("u", bound.grant());
            IssuedToken within = f.issue(Fixture.asNew(bound.within()));
            String id = within.id();
            f.auth.tenant(TENANT).tokens().actingAs(actor).regenerate(id).orElseThrow();
            f.auth.tenant(TENANT)
                    .tokens()
                    .actingAs(actor)
                    .rotate(id, GracePeriod.untilRevoked())
                    .orElseThrow();

            IssuedToken beyond = f.issue(Fixture.asNew(bound.beyond()));
            String beyondId = beyond.id();
            int changes = f.changes().size();
            assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(actor).regenerate(beyondId))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(refused(f.auth.tenant(TENANT)
                                    .tokens()
                                    .actingAs(actor)
                                    .rotate(beyondId, GracePeriod.untilRevoked()))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(actor).rotate(beyondId, GracePeriod.none()))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(f.changes()).hasSize(changes);
            f.allowed(Ask.with(beyond));
        });
    }

    @Test
    void a_token_is_imported_within_each_bound_of_the_grant_and_not_beyond_it() {
        int[] count = {0};
        bounds().forEach(bound -> {
            Actor actor = Actor.user("u", bound.grant());
            assertThat(refused(f.auth.acrossTenants()
                                    .actingAs(actor)
                                    .importToken(Fixture.imported(known(count[0]), bound.beyond())))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            f.auth.acrossTenants()
                    .actingAs(actor)
                    .importToken(Fixture.imported(known(count[0]++), bound.within()))
                    .orElseThrow();
        });
    }

    private ImportedToken known(int number) {
        String digest = "%02x".formatted(number) + "0".repeat(62);
        return ImportedToken.of(TENANT, TokenEnvironment.LIVE, TokenHash.sha256(digest), "sk_live_lectern_Abcd", now)
                .name("CI")
                .scopes("read:learners");
    }

    @Test
    void a_grant_of_one_environment_gives_no_token_of_the_other() {
        Actor tester = Actor.user("tester", Grant.of(LEARNERS).withEnvironments(TokenEnvironment.TEST));
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(tester)
                .issue(settings().environment(TokenEnvironment.TEST))
                .orElseThrow();
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(tester).issue(settings()))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.acrossTenants().actingAs(tester).importToken(known(1)))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);

        IssuedToken live = f.issue(bounded());
        String id = live.id();
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(tester).regenerate(id))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(tester).rotate(id, GracePeriod.untilRevoked()))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        forbidden(live, change().neverExpires(), tester);
        update(live, change().name("renamed"), tester).orElseThrow();
    }

    /** Each change alone is allowed. The check compares the token that results from both. */
    @Test
    void the_whole_result_is_compared_and_not_the_changed_field() {
        Actor office = Actor.user("office", Grant.of(LEARNERS).withAddresses(allowlist("10.0.0.0/8")));
        IssuedToken token = f.issue(settings().expiresAt(tomorrow));
        forbidden(token, change().neverExpires(), office);
        update(token, change().neverExpires().allowlist(allowlist("10.0.0.0/9")), office)
                .orElseThrow();
    }

    // ---- dialects without scopes

    static Stream<Arguments> dialectsAndGrantsThatCoverNoTokenOfThem() {
        LimitPlan plan =
                LimitPlan.unlimited().with("read", RateLimit.perMinute(5)).with("write", RateLimit.perMinute(5));
        return Stream.of(
                        LearnCoin.DIALECT,
                        Teacharium.DIALECT,
                        LearnCoin.DIALECT.toBuilder()
                                .limits(plan, LimitHeaders.NONE)
                                .build())
                .flatMap(dialect -> Stream.of(Grant.nothing(), Grant.of(ScopeSet.none()), Grant.of(LEARNERS))
                        .map(grant -> Arguments.of(dialect, grant)));
    }

    @ParameterizedTest
    @MethodSource("dialectsAndGrantsThatCoverNoTokenOfThem")
    void without_scopes_a_grant_of_nothing_or_of_some_scopes_issues_and_revives_nothing(Dialect dialect, Grant grant) {
        f.close();
        f = new Fixture(dialect);
        Actor teacher = Actor.user("teacher", grant);
        IssuedToken token = f.issue(NewToken.named("CI").expiresAt(tomorrow).allowlist(allowlist("10.0.0.0/8")));
        String id = token.id();

        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(teacher).issue(NewToken.named("CI")))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(teacher).regenerate(id))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(teacher).rotate(id, GracePeriod.untilRevoked()))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        forbidden(token, change().neverExpires(), teacher);
        forbidden(token, change().anyAddress(), teacher);
        f.clock.advance(Duration.ofDays(2));
        forbidden(token, change().expiresAt(f.clock.instant().plusSeconds(1)), teacher);
        update(token, change().name("renamed"), teacher).orElseThrow();
    }

    @Test
    void without_scopes_a_grant_of_any_scope_is_bounded_in_all_other_respects() {
        f.close();
        f = new Fixture(Teacharium.DIALECT);
        Actor tester = Actor.user(
                "tester",
                Grant.everything().withEnvironments(TokenEnvironment.TEST).withMaxLifetime(Duration.ofDays(1)));
        TokenSettings<?> settings = change().name("CI").expiresAt(tomorrow);
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(tester)
                .issue(Fixture.asNew(settings).environment(TokenEnvironment.TEST))
                .orElseThrow();
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(tester).issue(Fixture.asNew(settings)))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT)
                                .tokens()
                                .actingAs(tester)
                                .issue(NewToken.named("CI").environment(TokenEnvironment.TEST)))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
    }

    // ---- permits, and tenants

    @Test
    void what_the_grant_does_not_cover_spends_no_creation_permit() {
        f.close();
        f = new Fixture(LearnHouse.DIALECT);
        ScopeSet courses = ScopeSet.parse("action_read:courses");
        Actor teacher = Actor.user("teacher", Grant.of(courses));
        IssuedToken strong = f.issue(NewToken.named("strong").scopes(ScopeSet.parse("action_delete:courses")));
        f.limits.taken.clear();
        for (int i = 0; i < 20; i++) {
            String id = strong.id();
            assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(teacher).regenerate(id))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(teacher).rotate(id, GracePeriod.untilRevoked()))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
            assertThat(refused(f.auth.tenant(TENANT)
                                    .tokens()
                                    .actingAs(teacher)
                                    .issue(NewToken.named("n").scopes(ScopeSet.parse("action_read:users"))))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
        }
        assertThat(f.limits.taken).isEmpty();
    }

    /** Ending the suspension extends the authorization of all tokens of the tenant. */
    @Test
    void only_a_grant_of_everything_ends_a_tenants_suspension() {
        IssuedToken token = f.issue();
        f.auth.tenant(TENANT).actingAs(TEACHER).suspend().orElseThrow();
        int changes = f.changes().size();
        for (Grant grant : List.of(
                Grant.nothing(),
                Grant.of(LEARNERS),
                Grant.everything().withEnvironments(TokenEnvironment.LIVE),
                Grant.everything().withAddresses(allowlist("10.0.0.0/8")),
                Grant.everything().withMaxLifetime(Duration.ofDays(365)),
                Grant.everything().withRateLimits(Map.of()))) {
            assertThat(refused(f.auth.tenant(TENANT)
                                    .actingAs(Actor.user("u", grant))
                                    .resume())
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
        }
        assertThat(f.changes()).hasSize(changes);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.SUSPENDED);

        f.auth.tenant(TENANT)
                .actingAs(Actor.user("admin", Grant.everything()))
                .resume()
                .orElseThrow();
        f.allowed(Ask.with(token));
    }
}
