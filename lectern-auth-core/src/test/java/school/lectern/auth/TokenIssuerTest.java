package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

class TokenIssuerTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");
    private static final Actor TEACHER = Actor.user("u-1", Grant.of(ScopeSet.parse("read:learners write:learners")));

    private Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    private void judge(Dialect dialect) {
        f.close();
        f = new Fixture(dialect);
    }

    private Outcome<IssuedToken> issue(TokenSettings<?> settings) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).issue(Fixture.asNew(settings));
    }

    private Outcome<IssuedToken> rotate(IssuedToken token, Duration overlap) {
        return f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .rotate(token.id(), overlap == null ? GracePeriod.untilRevoked() : GracePeriod.of(overlap));
    }

    private Outcome<Revocation> revoke(IssuedToken token) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id());
    }

    private Outcome<Token> update(IssuedToken token, TokenSettings<?> settings) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).update(token.id(), Fixture.asUpdate(settings));
    }

    private Outcome<IssuedToken> regenerate(IssuedToken token) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate(token.id());
    }

    // Validation

    static Stream<Arguments> invalid() {
        return Stream.of(
                Arguments.of("name", settings().name("")),
                Arguments.of("name", settings().name("n".repeat(101))),
                Arguments.of("name", settings().name("\ud83c\udf93".repeat(101))),
                Arguments.of("name", settings().name("a\nb")),
                Arguments.of("name", settings().name("a\0b")),
                Arguments.of("name", settings().name("a\u007fb")),
                Arguments.of("name", settings().name("a\ud800b")),
                Arguments.of("name", new TokenUpdate().scopes(ScopeSet.parse("read:learners"))),
                Arguments.of("description", settings().description("")),
                Arguments.of("description", settings().description("d".repeat(501))),
                Arguments.of("description", settings().description("a\0b")),
                Arguments.of("description", settings().description("a\udc00b")),
                Arguments.of("scopes", new TokenUpdate().name("CI")),
                Arguments.of("scopes", settings().scopes(ScopeSet.none())),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse(":learners"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("Read:learners"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("read:Learners"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("read:*"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("*:learners"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("execute:learners"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("read:tenant"))),
                Arguments.of("scopes", settings().scopes(ScopeSet.parse("admin:learners"))),
                Arguments.of("scopes", settings().scopes(scopes(201))),
                Arguments.of("expires_at", settings().expiresAt(NOW)),
                Arguments.of("expires_at", settings().expiresAt(NOW.plusNanos(999_999))), // rounds down to now
                Arguments.of("expires_at", settings().expiresAt(NOW.minusMillis(1))),
                Arguments.of("expires_at", settings().expiresAt(Instant.parse("+10000-01-01T00:00:00Z"))),
                Arguments.of("ip_allowlist", settings().allowlist(blocks(101))),
                Arguments.of("rate_limits", settings().rateLimits(Map.of("read", 0L))),
                Arguments.of("rate_limits", settings().rateLimits(Map.of("read", -1L))),
                Arguments.of("rate_limits", settings().rateLimits(Map.of("read", RateLimit.MAX_PERMITS + 1))),
                Arguments.of("rate_limits", settings().rateLimits(Map.of("read", Long.MAX_VALUE))),
                Arguments.of("rate_limits", settings().rateLimits(Map.of("delete", 1L))),
                Arguments.of("metadata", settings().metadata(Map.of("", "v"))),
                Arguments.of("metadata", settings().metadata(Map.of("k".repeat(65), "v"))),
                Arguments.of("metadata", settings().metadata(Map.of("k", "v".repeat(501)))),
                Arguments.of("metadata", settings().metadata(Map.of("k", "\0"))),
                Arguments.of("metadata", settings().metadata(Map.of("k\0", "v"))),
                Arguments.of("metadata", settings().metadata(entries(51))));
    }

    private static ScopeSet scopes(int count) {
        return ScopeSet.parse(
                IntStream.range(0, count).mapToObj(i -> "read:r" + i).collect(Collectors.joining(" ")));
    }

    private static IpAllowlist blocks(int count) {
        return IpAllowlist.of(Collections.nCopies(count, IpRange.parse("10.0.0.0/8")));
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void an_invalid_field_is_named_and_nothing_is_issued(String field, TokenSettings<?> settings) {
        AuthError error = refused(issue(settings));

        assertThat(error.kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(error.fields()).extracting(FieldError::field).containsOnly(field);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .isEmpty();
        assertThat(f.changes()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void an_update_is_judged_as_an_issue_is(String field, TokenSettings<?> settings) {
        IssuedToken token = f.issue();
        Outcome<Token> outcome = update(token, settings);

        if (settings.sets(field)) {
            assertThat(refused(outcome).fields()).extracting(FieldError::field).containsOnly(field);
            assertThat(Token.of(f.stored(token))).isEqualTo(token.token());
        } else {
            assertThat(outcome).isInstanceOf(Outcome.Done.class);
        }
    }

    /** The row was stored under other rules. Fields that an update does not set cannot make it fail. */
    @Test
    void fields_that_an_update_does_not_set_are_not_validated() {
        IssuedToken token = f.issue();
        StoredToken older = f.stored(token).toBuilder()
                .name("n".repeat(101))
                .description("")
                .scopes(ScopeSet.parse("execute:learners"))
                .rateLimits(Map.of("nightly", 5L))
                .metadata(entries(51))
                .build();
        assertThat(f.tokens.update(older, TokenConstraints.none(), List.of())).isEqualTo(WriteResult.APPLIED);

        update(token, new TokenUpdate().expiresAt(NOW.plusSeconds(1))).orElseThrow();
        assertThat(f.stored(token).description()).isEmpty();
        update(token, new TokenUpdate().noDescription().name("CI")).orElseThrow();
        assertThat(refused(update(token, new TokenUpdate().description(""))).fields())
                .extracting(FieldError::field)
                .containsExactly("description");
    }

    @Test
    void all_violations_are_reported_together() {
        AuthError error = refused(issue(new TokenUpdate()
                .description("d".repeat(501))
                .expiresAt(NOW)
                .rateLimits(Map.of("read", 0L))
                .metadata(Map.of("", ""))));

        assertThat(error.fields())
                .extracting(FieldError::field)
                .containsExactlyInAnyOrder("name", "description", "scopes", "expires_at", "rate_limits", "metadata");
    }

    @Test
    void the_largest_of_everything_is_taken() {
        IssuedToken token = f.issue(NewToken.named("\ud83c\udf93".repeat(100))
                .description("\ud83c\udf93".repeat(500))
                .scopes(scopes(200))
                .expiresAt(Instant.parse("9999-12-31T23:59:59.999Z"))
                .allowlist(blocks(100))
                .rateLimits(Map.of("read", RateLimit.MAX_PERMITS, "write", 1L, "bulk", 1L))
                .metadata(entries(50)));

        f.allowed(Ask.with(token).needing("read:r199"));
        assertThat(f.stored(token).metadata()).hasSize(50);
    }

    @Test
    void an_issued_token_is_stored_and_works() {
        Instant end = NOW.plus(Duration.ofDays(1)).plusNanos(1_500_000);
        IssuedToken token = f.auth.tenant(TENANT)
                .tokens()
                .actingAs(TEACHER)
                .issue(settings().description("d").expiresAt(end).environment(TokenEnvironment.TEST))
                .orElseThrow();

        StoredToken stored = f.stored(token);
        assertThat(Token.of(stored)).isEqualTo(token.token());
        assertThat(stored.id()).matches("apitoken_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(stored.environment()).isEqualTo(TokenEnvironment.TEST);
        assertThat(stored.createdAt()).isEqualTo(NOW);
        assertThat(stored.createdBy()).isEqualTo("u-1");
        assertThat(stored.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(1)).plusMillis(1));
        assertThat(token.secret().expose()).matches("sk_test_lectern_[0-9A-Za-z]{32}");
        assertThat(token.secret().expose()).startsWith(stored.displayPrefix());
        assertThat(stored.displayPrefix()).hasSize("sk_test_lectern_".length() + 4);
        f.allowed(Ask.with(token).needing("read:learners"));
    }

    // Grants

    static Stream<ScopeSet> beyondTheGrant() {
        return Stream.of("delete:learners", "read:finance", "read:learners read:finance", "admin:tenant")
                .map(ScopeSet::parse);
    }

    @ParameterizedTest
    @MethodSource("beyondTheGrant")
    void an_actor_cannot_grant_more_than_their_grant(ScopeSet scopes) {
        IssuedToken mightier = f.issue(settings().scopes(scopes));
        IssuedToken modest = f.issue();
        String id = mightier.id();
        int before = f.changes().size();

        assertThat(refused(f.auth.tenant(TENANT)
                                .tokens()
                                .actingAs(TEACHER)
                                .issue(settings().scopes(scopes)))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT)
                                .tokens()
                                .actingAs(TEACHER)
                                .update(modest.id(), new TokenUpdate().scopes(scopes)))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(TEACHER).regenerate(id))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(TEACHER).rotate(id, GracePeriod.untilRevoked()))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);

        assertThat(f.changes()).hasSize(before);
        assertThat(Token.of(f.stored(modest))).isEqualTo(modest.token());
        f.allowed(Ask.with(mightier));
    }

    @Test
    void what_the_grant_holds_is_handed_on() {
        IssuedToken token = f.auth.tenant(TENANT)
                .tokens()
                .actingAs(TEACHER)
                .issue(settings())
                .orElseThrow();
        String id = token.id();

        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(TEACHER)
                .update(id, new TokenUpdate().scopes(ScopeSet.parse("write:learners")))
                .orElseThrow();
        IssuedToken again =
                f.auth.tenant(TENANT).tokens().actingAs(TEACHER).regenerate(id).orElseThrow();
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(TEACHER)
                .rotate(id, GracePeriod.untilRevoked())
                .orElseThrow();

        f.allowed(Ask.with(again).needing("write:learners"));
    }

    @Test
    void an_actor_without_a_grant_cannot_issue_tokens() {
        Actor nobody = Actor.user("u-2", Grant.of(ScopeSet.none()));

        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(nobody).issue(settings()))
                        .kind())
                .isEqualTo(Kind.FORBIDDEN);
    }

    // Update

    @Test
    void an_update_changes_only_the_given_fields() {
        IssuedToken token = f.issue(settings().description("old").metadata(Map.of("k", "v")));
        StoredToken before = f.stored(token);
        f.clock.advance(Duration.ofDays(1));

        update(token, new TokenUpdate().name("new").noDescription()).orElseThrow();

        assertThat(f.stored(token))
                .isEqualTo(before.toBuilder()
                        .name("new")
                        .description(null)
                        .revision(1)
                        .build());
        f.allowed(Ask.with(token));
    }

    @Test
    void an_update_of_scopes_counts_at_once() {
        IssuedToken token = f.issue();
        update(token, new TokenUpdate().scopes(ScopeSet.parse("read:finance"))).orElseThrow();

        assertThat(f.refusal(Ask.with(token).needing("read:learners"))).isEqualTo(Kind.INSUFFICIENT_SCOPE);
        f.allowed(Ask.with(token).needing("read:finance"));
    }

    @Test
    void an_end_at_the_last_millisecond_can_be_moved_and_is_never_lost() {
        IssuedToken token = f.issue(settings().expiresAt(NOW.plusSeconds(1)));
        f.clock.set(NOW.plusMillis(999));
        update(token, new TokenUpdate().expiresAt(NOW.plusSeconds(2))).orElseThrow();
        update(token, new TokenUpdate().name("renamed")).orElseThrow();

        f.clock.set(NOW.plusMillis(1_999));
        f.allowed(Ask.with(token));
        f.clock.set(NOW.plusSeconds(2));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.EXPIRED);
    }

    // Other tenants

    @Test
    void another_tenants_token_is_as_one_that_does_not_exist() {
        IssuedToken token = f.issue();
        List<Function<String, Outcome<?>>> changes = List.of(
                id -> f.auth.tenant("another").tokens().actingAs(APP).update(id, Fixture.asUpdate(settings())),
                id -> f.auth.tenant("another").tokens().actingAs(APP).regenerate(id),
                id -> f.auth.tenant("another").tokens().actingAs(APP).rotate(id, GracePeriod.untilRevoked()),
                id -> f.auth.tenant("another").tokens().actingAs(APP).revoke(id));
        for (Function<String, Outcome<?>> change : changes) {
            AuthError theirs = refused(change.apply(token.id()));
            AuthError nowhere = refused(change.apply("apitoken_none"));
            assertThat(theirs.kind()).isEqualTo(Kind.TOKEN_NOT_FOUND);
            assertThat(theirs).usingRecursiveComparison().isEqualTo(nowhere);
        }
        assertThat(f.auth.tenant("another").tokens().get(token.id())).isEmpty();
        assertThat(f.auth.tenant("another").tokens().list(CursorPage.START, 10).items())
                .isEmpty();
        assertThat(Token.of(f.stored(token))).isEqualTo(token.token());
    }

    @Test
    void tokens_are_listed_newest_first_whatever_their_state() {
        IssuedToken first = f.issue();
        IssuedToken second = f.issue(settings().expiresAt(NOW.plusSeconds(1)));
        IssuedToken third = f.issue();
        revoke(first).orElseThrow();
        f.clock.advance(Duration.ofMinutes(1));

        CursorPage<Token> page = f.auth.tenant(TENANT).tokens().list(CursorPage.START, 2);
        CursorPage<Token> rest = f.auth.tenant(TENANT).tokens().list(page.next(), 2);

        assertThat(page.items()).extracting(Token::id).containsExactly(third.id(), second.id());
        assertThat(rest.items()).extracting(Token::id).containsExactly(first.id());
        assertThat(f.auth.tenant(TENANT).tokens().list(rest.next(), 2).items()).isEmpty();
    }

    @Test
    void tokens_are_read_by_the_numbers_that_a_list_has() {
        IssuedToken first = f.issue();
        IssuedToken second = f.issue();
        List<Long> numbers = f.auth.tenant(TENANT).tokens().listNumbers(CursorPage.START, 10);
        IssuedToken third = f.issue();

        assertThat(numbers)
                .containsExactly(second.token().number(), first.token().number());
        assertThat(f.auth.tenant(TENANT).tokens().listAt(numbers))
                .as("without the token that was issued meanwhile")
                .extracting(Token::id)
                .containsExactly(second.id(), first.id())
                .doesNotContain(third.id());
        IssuedToken fourth = f.issue();
        assertThat(f.auth.tenant(TENANT)
                        .tokens()
                        .listAt(List.of(
                                first.token().number(),
                                second.token().number(),
                                fourth.token().number())))
                .as("also where a token that is not requested is in between")
                .extracting(Token::id)
                .containsExactly(fourth.id(), second.id(), first.id());
        assertThat(f.auth.tenant("456").tokens().listAt(numbers)).isEmpty();
        assertThat(f.auth.tenant(TENANT).tokens().listAt(List.of())).isEmpty();
    }

    @Test
    void a_cursor_that_no_list_returned_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> f.auth.tenant(TENANT).tokens().list("next", 2))
                .withMessage("cursor must be CursorPage.START or one that a page returned, was next");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> f.auth.tenant(TENANT).tokens().list(CursorPage.START, -1))
                .withMessage("limit must be at least 1, was -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> f.auth.tenant(TENANT).tokens().list(CursorPage.START, 0))
                .withMessage("limit must be at least 1, was 0");
    }

    // Rotate

    @Test
    void both_tokens_work_until_the_old_one_is_revoked() {
        IssuedToken old = f.issue();
        IssuedToken next = rotate(old, null).orElseThrow();
        f.clock.advance(Duration.ofDays(10_000));

        f.allowed(Ask.with(old));
        f.allowed(Ask.with(next));
        revoke(old).orElseThrow();
        assertThat(f.refusal(Ask.with(old))).isEqualTo(Kind.REVOKED);
        f.allowed(Ask.with(next));
    }

    @Test
    void an_overlap_of_zero_ends_the_old_token_at_once() {
        IssuedToken old = f.issue();
        IssuedToken next = rotate(old, Duration.ZERO).orElseThrow();

        assertThat(f.refusal(Ask.with(old))).isEqualTo(Kind.EXPIRED);
        f.allowed(Ask.with(next));
    }

    @Test
    void an_overlap_ends_the_old_token_when_it_is_over() {
        IssuedToken old = f.issue();
        rotate(old, Duration.ofSeconds(90)).orElseThrow();

        f.clock.set(NOW.plusMillis(89_999));
        f.allowed(Ask.with(old));
        f.clock.set(NOW.plusSeconds(90));
        assertThat(f.refusal(Ask.with(old))).isEqualTo(Kind.EXPIRED);
    }

    @Test
    void the_old_tokens_end_is_the_earlier_of_its_own_and_the_overlaps() {
        IssuedToken ownFirst = f.issue(settings().expiresAt(NOW.plusSeconds(60)));
        IssuedToken overlapFirst = f.issue(settings().expiresAt(NOW.plusSeconds(60)));
        rotate(ownFirst, Duration.ofSeconds(90)).orElseThrow();
        rotate(overlapFirst, Duration.ofSeconds(30)).orElseThrow();

        assertThat(f.stored(ownFirst).effectiveExpiry()).isEqualTo(NOW.plusSeconds(60));
        assertThat(f.stored(overlapFirst).effectiveExpiry()).isEqualTo(NOW.plusSeconds(30));

        update(overlapFirst, new TokenUpdate().neverExpires()).orElseThrow();
        assertThat(f.stored(overlapFirst).effectiveExpiry()).isEqualTo(NOW.plusSeconds(30));
    }

    @Test
    void a_successor_is_what_the_old_token_was() {
        IssuedToken old = f.auth.tenant(TENANT)
                .tokens()
                .actingAs(TEACHER)
                .issue(settings()
                        .description("d")
                        .expiresAt(NOW.plusSeconds(60))
                        .allowlist(Fixture.allowlist("10.0.0.0/8"))
                        .rateLimits(Map.of("read", 7L))
                        .metadata(Map.of("k", "v"))
                        .environment(TokenEnvironment.TEST))
                .orElseThrow();
        f.allowed(Ask.with(old));
        f.clock.advance(Duration.ofSeconds(5));

        IssuedToken next = rotate(old, Duration.ofSeconds(1)).orElseThrow();

        StoredToken was = f.stored(old);
        StoredToken is = f.stored(next);
        assertThat(is)
                .usingRecursiveComparison()
                .comparingOnlyFields(
                        "tenantId",
                        "environment",
                        "name",
                        "rare.description",
                        "scopes",
                        "allowlist",
                        "rateLimits",
                        "metadata",
                        "expiresAt")
                .isEqualTo(was);
        assertThat(is.id()).isNotEqualTo(was.id());
        assertThat(is.selector()).isNotEqualTo(was.selector());
        assertThat(is.hash()).isNotEqualTo(was.hash());
        assertThat(is.predecessorId()).isEqualTo(was.id());
        assertThat(is.successorId()).isNull();
        assertThat(is.gracePeriodEndsAt()).isNull();
        assertThat(is.lastUsedAt()).isNull();
        assertThat(is.createdAt()).isEqualTo(NOW.plusSeconds(5));
        assertThat(f.stored(old).successorId()).isEqualTo(is.id());
        assertThat(next.secret().expose()).startsWith("sk_test_lectern_");
    }

    @Test
    void a_token_that_has_a_successor_is_not_rotated_again() {
        IssuedToken old = f.issue();
        IssuedToken next = rotate(old, Duration.ofSeconds(1)).orElseThrow();

        assertThat(refused(rotate(old, null)).kind()).isEqualTo(Kind.CONFLICT);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(2);
        rotate(next, null).orElseThrow();
    }

    @Test
    void a_token_that_gave_way_to_its_successor_at_once_is_not_rotated_again_either() {
        IssuedToken old = f.issue();
        rotate(old, Duration.ZERO).orElseThrow();

        assertThat(refused(rotate(old, Duration.ZERO)).kind()).isEqualTo(Kind.CONFLICT);
    }

    @Test
    void a_revoked_or_expired_token_is_not_rotated() {
        IssuedToken revoked = f.issue();
        IssuedToken expired = f.issue(settings().expiresAt(NOW.plusSeconds(1)));
        revoke(revoked).orElseThrow();
        f.clock.advance(Duration.ofSeconds(1));

        assertThat(refused(rotate(revoked, null)).kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(refused(rotate(expired, null)).kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(2);
    }

    @Test
    void an_overlap_that_is_negative_is_refused() {
        IssuedToken token = f.issue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rotate(token, Duration.ofNanos(-1)))
                .withMessage("the length of a grace period must not be negative, was PT-0.000000001S");
        assertThat(Token.of(f.stored(token))).isEqualTo(token.token());
    }

    @Test
    void an_overlap_that_ends_later_than_can_be_written_does_not_end() {
        for (Duration overlap : List.of(Duration.ofDays(3_000_000), Duration.ofSeconds(Long.MAX_VALUE))) {
            IssuedToken token = f.issue();
            rotate(token, overlap).orElseThrow();
            assertThat(f.stored(token).gracePeriodEndsAt()).isNull();
        }
    }

    // Regenerate

    @Test
    void a_new_secret_kills_the_old_one_at_once_and_keeps_the_rest() {
        IssuedToken old = f.issue(settings().expiresAt(NOW.plusSeconds(60)));
        StoredToken before = f.stored(old);
        IssuedToken fresh = regenerate(old).orElseThrow();

        assertThat(f.refusal(Ask.with(old))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.allowed(Ask.with(fresh)).token().id()).isEqualTo(old.id());
        assertThat(f.stored(old).expiresAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(f.stored(old).toBuilder())
                .usingRecursiveComparison()
                .ignoringFields("key", "hash", "displayPrefix", "revision")
                .isEqualTo(before.toBuilder());
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(1);
    }

    @Test
    void a_new_secret_keeps_the_public_key() {
        judge(Fixture.TWO_PARTS);
        IssuedToken old = f.issue();
        IssuedToken fresh = regenerate(old).orElseThrow();

        String key = old.secret().expose().split("\\.")[0];
        assertThat(fresh.secret().expose()).startsWith(key + ".");
        assertThat(f.stored(old).displayPrefix()).isEqualTo(key);
        assertThat(f.refusal(Ask.with(old))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.allowed(Ask.with(fresh));
    }

    // Revoke

    @Test
    void a_revoked_token_stays_revoked() {
        IssuedToken token = f.issue();
        revoke(token).orElseThrow();
        StoredToken stored = f.stored(token);
        int events = f.changes().size();

        for (Outcome<?> outcome : List.of(
                update(token, settings()),
                update(token, new TokenUpdate().neverExpires()),
                regenerate(token),
                rotate(token, null),
                rotate(token, Duration.ZERO))) {
            assertThat(refused(outcome).kind()).isEqualTo(Kind.INVALID_REQUEST);
        }
        f.tokens.recordLastUsed(Map.of(token.id(), NOW.plusSeconds(1)), Duration.ZERO);

        assertThat(f.stored(token).revokedAt()).isEqualTo(NOW);
        assertThat(f.stored(token))
                .isEqualTo(stored.toBuilder().lastUsedAt(NOW.plusSeconds(1)).build());
        assertThat(f.changes()).hasSize(events);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void the_first_revocation_counts() {
        IssuedToken token = f.issue();
        assertThat(revoke(token).orElseThrow()).isEqualTo(Revocation.REVOKED);
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(revoke(token).orElseThrow()).isEqualTo(Revocation.ALREADY_REVOKED);

        assertThat(f.stored(token).revokedAt()).isEqualTo(NOW);
        assertThat(f.changeNames()).containsExactly("token.issued", "token.revoked");
    }

    // Creation limit

    @Test
    void issues_rotations_and_regenerations_share_the_creation_limit() {
        judge(Lectern.DIALECT.toBuilder().creationLimit(RateLimit.perMinute(3)).build());
        IssuedToken token = f.issue();
        regenerate(token).orElseThrow();
        IssuedToken next = rotate(token, null).orElseThrow();

        for (Outcome<?> outcome : List.of(issue(settings()), regenerate(token), rotate(next, null))) {
            AuthError error = refused(outcome);
            assertThat(error.kind()).isEqualTo(Kind.CREATION_LIMITED);
            assertThat(error.retryAfter()).contains(Duration.ofSeconds(30));
        }
        assertThat(f.auth.tenant(TENANT).tokens().list(CursorPage.START, 10).items())
                .hasSize(2);
        f.auth.tenant("another").tokens().actingAs(APP).issue(settings()).orElseThrow();
        f.clock.advance(Duration.ofSeconds(30));
        f.issue();
    }

    @Test
    void refused_creations_and_other_changes_spend_no_creation_permit() {
        judge(Lectern.DIALECT.toBuilder().creationLimit(RateLimit.perMinute(4)).build());
        IssuedToken token = f.issue(settings().scopes(ScopeSet.parse("read:finance")));
        IssuedToken rotated = f.issue();
        rotate(rotated, null).orElseThrow();
        String id = token.id();

        issue(new TokenUpdate());
        f.auth.tenant(TENANT).tokens().actingAs(TEACHER).issue(settings().scopes(ScopeSet.parse("read:finance")));
        f.auth.tenant(TENANT).tokens().actingAs(TEACHER).regenerate(id);
        f.auth.tenant(TENANT).tokens().actingAs(TEACHER).rotate(id, GracePeriod.untilRevoked());
        f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate("apitoken_none");
        rotate(rotated, null);
        update(token, new TokenUpdate().name("new")).orElseThrow();
        revoke(rotated).orElseThrow();
        regenerate(rotated);

        assertThat(f.limits.taken).hasSize(3);
        f.issue();
    }

    @Test
    void a_creation_that_is_tried_again_spends_one_permit() {
        judge(Lectern.DIALECT.toBuilder().creationLimit(RateLimit.perMinute(10)).build());
        IssuedToken token = f.issue();
        int[] interruptions = {3};
        f.tokens.beforeChange = () -> {
            if (interruptions[0]-- > 0) {
                StoredToken now = f.stored(token);
                f.tokens.real.update(now, TokenConstraints.none(), List.of());
            }
        };
        rotate(token, null).orElseThrow();

        assertThat(f.limits.taken).hasSize(2);
        assertThat(f.stored(token).successorId()).isNotNull();
    }

    // Audit

    @Test
    void every_change_leaves_an_event_with_the_tokens_id_and_no_secret() {
        Ask asked = Ask.header().method("POST");
        Actor actor = TEACHER.withRequest(asked.request());
        IssuedToken token =
                f.auth.tenant(TENANT).tokens().actingAs(actor).issue(settings()).orElseThrow();
        String id = token.id();
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(actor)
                .update(id, new TokenUpdate().name("new").description("d"))
                .orElseThrow();
        IssuedToken again =
                f.auth.tenant(TENANT).tokens().actingAs(actor).regenerate(id).orElseThrow();
        IssuedToken next = f.auth.tenant(TENANT)
                .tokens()
                .actingAs(actor)
                .rotate(id, GracePeriod.untilRevoked())
                .orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(actor).revoke(id).orElseThrow();

        assertThat(f.changeNames())
                .containsExactly(
                        "token.issued",
                        "token.updated",
                        "token.regenerated",
                        "token.rotated",
                        "token.issued",
                        "token.revoked");
        String nextId = next.id();
        assertThat(f.changes()).extracting(AuditEvent::tokenId).containsExactly(id, id, id, id, nextId, id);
        assertThat(f.changes()).extracting(AuditEvent::id).doesNotHaveDuplicates();
        assertThat(f.changes()).allSatisfy(event -> {
            assertThat(event.tenantId()).isEqualTo(TENANT);
            assertThat(event.actor()).isEqualTo("u-1");
            assertThat(event.method()).isEqualTo("POST");
            assertThat(event.endpoint()).isEqualTo("/v1/learners");
            assertThat(event.at()).isEqualTo(NOW);
            assertThat(event.outcome()).isEqualTo("done");
        });
        assertThat(f.changes().get(1).details()).containsEntry("changed", "description,name");
        assertThat(f.changes().get(3).details()).containsEntry("successor", nextId);
        assertThat(f.changes().get(4).details()).containsEntry("predecessor", id);
        for (IssuedToken issued : List.of(token, again, next)) {
            String secret = issued.secret().expose();
            assertThat(f.changes().toString())
                    .doesNotContain(secret.substring("sk_live_lectern_".length()))
                    .doesNotContain(f.stored(issued).hash().expose());
        }
    }
}
