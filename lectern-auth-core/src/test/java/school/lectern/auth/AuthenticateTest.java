package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

class AuthenticateTest {

    private static final ApiVersion OLD = ApiVersion.of("2025-01-01");
    private static final ApiVersion NEW = ApiVersion.of("2026-01-01");

    private Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    private void judgeTwoParts() {
        f.close();
        f = new Fixture(Fixture.TWO_PARTS);
    }

    private void judgeVersions() {
        f.close();
        f = new Fixture(
                Lectern.DIALECT,
                settings -> settings.versions(VersionPolicy.released(OLD, NEW))
                        .tenants(id -> id.equals(Fixture.TENANT)
                                ? Optional.of(new Tenant(id, OLD))
                                : Optional.<Tenant>empty()));
    }

    private static long remaining(Decision decision) {
        return decision.limits().get(0).status().remaining();
    }

    // Allowed requests

    @Test
    void a_good_token_is_allowed_and_says_whose_it_is() {
        IssuedToken token = f.issue(Fixture.settings().metadata(Map.of("team", "data")));

        Decision.Allowed allowed = f.allowed(Ask.with(token).needing("read:learners"));

        assertThat(allowed.token().id()).isEqualTo(token.id());
        assertThat(allowed.token().tenantId()).isEqualTo(Fixture.TENANT);
        assertThat(allowed.token().environment()).isEqualTo(TokenEnvironment.LIVE);
        assertThat(allowed.token().metadata()).containsEntry("team", "data");
        assertThat(allowed.limits())
                .contains(RateLimitResult.of(
                        LimitPlan.READ,
                        LimitStatus.of(
                                true,
                                200,
                                199,
                                Instant.parse("2026-05-07T13:24:00Z").toEpochMilli(),
                                0,
                                60_000,
                                f.clock.millis())));
        assertThat(allowed.entry()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "read:learner",
        "read:learners2",
        "write:learners",
        "delete:learners",
        "admin:tenant",
        "read:Learners",
    })
    void a_scope_allows_nothing_beyond_its_action_and_resource(String needed) {
        IssuedToken token = f.issue();

        Denied denied = f.denied(Ask.with(token).needing(needed));

        assertThat(denied.error().kind()).isEqualTo(Kind.INSUFFICIENT_SCOPE);
        assertThat(denied.error().needed()).hasToString(needed);
        Denied both = f.denied(Ask.with(token)
                .needing(Requirement.scopes(ScopeSet.parse("read:learners").union(ScopeSet.of(Scope.of(needed))))));
        assertThat(both.error().lacking())
                .as("of two required scopes, of which the token has one")
                .hasToString(needed);
    }

    @Test
    void an_unauthenticated_caller_does_not_learn_which_paths_exist() {
        Requirement nowhere = Requirement.refused(AuthError.of(Kind.NOT_FOUND));

        assertThat(f.refusal(Ask.with(f.issue()).needing(nowhere))).isEqualTo(Kind.NOT_FOUND);
        assertThat(f.refusal(Ask.with(Fixture.wrong(f.issue())).needing(nowhere)))
                .isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.refusal(Ask.header().needing(nowhere))).isEqualTo(Kind.MISSING_CREDENTIAL);
        assertThat(f.limits.taken).isEmpty();
    }

    // Time

    @Test
    void an_expired_token_is_refused_at_the_very_instant() {
        Instant end = f.clock.instant().plus(Duration.ofDays(1));
        IssuedToken token = f.issue(Fixture.settings().expiresAt(end));

        f.clock.set(end.minusNanos(1));
        f.allowed(Ask.with(token));
        f.clock.set(end);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.EXPIRED);
        f.clock.set(end.plusNanos(1));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.EXPIRED);
    }

    // No oracle

    @Test
    void an_unknown_token_and_a_wrong_secret_are_refused_alike() {
        judgeTwoParts();
        IssuedToken token = f.issue();
        String unknown = f.issue().secret().expose().replaceFirst("tapub_.{20}", "tapub_00000000000000000000");

        Denied ofWrong = f.denied(Ask.with(Fixture.wrong(token)));
        Denied ofUnknown = f.denied(Ask.header("Bearer " + unknown));

        assertThat(ofWrong)
                .usingRecursiveComparison()
                .ignoringFields("requestId")
                .isEqualTo(ofUnknown);
        assertThat(ofWrong.token()).isEmpty();
        assertThat(ofWrong.limits()).isEmpty();
        assertThat(f.auth.dialect().render(ofWrong.error(), "r"))
                .isEqualTo(f.auth.dialect().render(ofUnknown.error(), "r"));
    }

    @Test
    void the_key_of_one_token_with_the_secret_of_another_is_unknown() {
        judgeTwoParts();
        String first = f.issue().secret().expose();
        String second = f.issue().secret().expose();
        String mixed = first.split("\\.")[0] + "." + second.split("\\.")[1];

        assertThat(f.refusal(Ask.header("Bearer " + mixed))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void the_state_of_a_token_is_visible_only_with_its_secret() {
        judgeTwoParts();
        IssuedToken revoked = f.issue();
        IssuedToken expired =
                f.issue(Fixture.settings().expiresAt(f.clock.instant().plusSeconds(1)));
        IssuedToken elsewhere = f.issue(Fixture.settings().allowlist(Fixture.allowlist("192.0.2.0/24")));
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(revoked.id())
                .orElseThrow();
        f.clock.advance(Duration.ofSeconds(1));

        assertThat(f.refusal(Ask.with(Fixture.wrong(revoked)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.refusal(Ask.with(Fixture.wrong(expired)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.refusal(Ask.with(Fixture.wrong(elsewhere)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(f.refusal(Ask.with(revoked))).isEqualTo(Kind.REVOKED);
        assertThat(f.refusal(Ask.with(expired))).isEqualTo(Kind.EXPIRED);
        assertThat(f.refusal(Ask.with(elsewhere))).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
    }

    @Test
    void a_thousand_wrong_secrets_cost_the_owner_nothing() {
        judgeTwoParts();
        IssuedToken token = f.issue();
        for (int i = 0; i < 1_000; i++) {
            assertThat(f.refusal(Ask.with(Fixture.wrong(token)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        }
        f.close();

        assertThat(f.limits.taken).isEmpty();
        assertThat(f.stored(token).lastUsedAt()).isNull();
        assertThat(remaining(f.allowed(Ask.with(token)))).isEqualTo(199);
    }

    @Test
    void a_live_token_relabelled_test_is_unknown() {
        IssuedToken token = f.issue();
        String relabelled = token.secret().expose().replace("sk_live", "sk_test");

        assertThat(f.refusal(Ask.header("Bearer " + relabelled))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Basic dTpw",
                "Bearer a, Bearer b",
                "Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp",
                "Bearer sk_live_lectern_' OR '1'='1"
            })
    void a_malformed_request_asks_no_store(String value) {
        Denied denied = f.denied(Ask.header(value));

        assertThat(f.auth.dialect().status(denied.error())).isEqualTo(401);
        assertThat(f.tokens.finds).hasValue(0);
        assertThat(f.limits.taken).isEmpty();
    }

    @Test
    void a_second_header_is_refused_and_asks_no_store() {
        String good = "Bearer " + f.issue().secret().expose();

        assertThat(f.refusal(Ask.header(good, good))).isEqualTo(Kind.MALFORMED_CREDENTIAL);
        assertThat(f.refusal(Ask.header(good, "Basic dTpw"))).isEqualTo(Kind.MALFORMED_CREDENTIAL);
        assertThat(f.refusal(Ask.header("Basic dTpw", good))).isEqualTo(Kind.MALFORMED_CREDENTIAL);
        assertThat(f.tokens.finds).hasValue(0);
    }

    @Test
    void an_unknown_token_that_is_then_issued_works_at_once() {
        IssuedToken token = f.issue();
        f.tokens.findInstead = List::of;
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.tokens.findInstead = null;
        f.allowed(Ask.with(token));
    }

    // Address

    @Test
    void a_token_with_an_allowlist_is_refused_from_elsewhere_and_from_nowhere() {
        IssuedToken token = f.issue(Fixture.settings().allowlist(Fixture.allowlist("10.0.0.0/8")));

        f.allowed(Ask.with(token).from("10.255.0.1"));
        f.allowed(Ask.with(token).from("::ffff:10.0.0.1"));
        assertThat(f.refusal(Ask.with(token).from("11.0.0.1"))).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
        assertThat(f.refusal(Ask.with(token).from(null))).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
        f.allowed(Ask.with(f.issue()).from(null));
    }

    @Test
    void a_token_whose_allowlist_cannot_be_read_is_refused_from_everywhere() {
        IssuedToken token = f.issue(Fixture.settings().allowlist(IpAllowlist.unreadable()));

        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
        assertThat(f.refusal(Ask.with(token).from(null))).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
    }

    // Limits

    @Test
    void reads_writes_and_bulk_are_counted_apart() {
        IssuedToken token = f.issue();
        Requirement bulk = Requirement.anyToken().policy(LimitPlan.BULK);

        assertThat(remaining(f.allowed(Ask.with(token).method("GET")))).isEqualTo(199);
        assertThat(remaining(f.allowed(Ask.with(token).method("HEAD")))).isEqualTo(198);
        assertThat(remaining(f.allowed(Ask.with(token).method("POST")))).isEqualTo(59);
        assertThat(remaining(f.allowed(Ask.with(token).method("get")))).isEqualTo(58);
        assertThat(remaining(f.allowed(Ask.with(token).method("OPTIONS")))).isEqualTo(57);
        assertThat(remaining(f.allowed(Ask.with(token).method("GET").needing(bulk))))
                .isEqualTo(9);
        assertThat(remaining(f.allowed(Ask.with(token).method("POST").needing(bulk))))
                .isEqualTo(8);
        assertThat(remaining(f.allowed(Ask.with(token).method("GET")))).isEqualTo(197);
        assertThat(remaining(f.allowed(Ask.with(f.issue())))).isEqualTo(199);
    }

    @Test
    void the_permit_after_the_last_is_refused_until_the_window_ends() {
        IssuedToken token = f.issue();
        Requirement bulk = Requirement.anyToken().policy(LimitPlan.BULK);
        for (int i = 0; i < 10; i++) {
            f.allowed(Ask.with(token).needing(bulk));
        }

        Denied denied = f.denied(Ask.with(token).needing(bulk));
        assertThat(denied.error().kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(denied.error().retryAfter()).contains(Duration.ofSeconds(30));
        assertThat(remaining(denied)).isZero();
        f.allowed(Ask.with(token));

        f.clock.advance(Duration.ofMillis(29_999));
        assertThat(f.refusal(Ask.with(token).needing(bulk))).isEqualTo(Kind.RATE_LIMITED);
        f.clock.advance(Duration.ofMillis(1));
        assertThat(remaining(f.allowed(Ask.with(token).needing(bulk)))).isEqualTo(9);
    }

    @Test
    void a_tokens_own_limits_go_before_the_dialects() {
        IssuedToken token = f.issue(Fixture.settings().rateLimits(Map.of(LimitPlan.READ, 1L)));

        assertThat(f.allowed(Ask.with(token)).limits().get(0).status().limit()).isEqualTo(1);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.RATE_LIMITED);
        assertThat(remaining(f.allowed(Ask.with(token).method("POST")))).isEqualTo(59);
    }

    @Test
    void a_denial_for_want_of_scope_leaves_the_full_count() {
        IssuedToken token = f.issue();
        for (int i = 0; i < 300; i++) {
            Denied denied = f.denied(Ask.with(token).needing("read:finance"));
            assertThat(denied.error().kind()).isEqualTo(Kind.INSUFFICIENT_SCOPE);
            assertThat(remaining(denied)).isEqualTo(200);
        }
        assertThat(f.limits.taken).isEmpty();
        assertThat(remaining(f.allowed(Ask.with(token)))).isEqualTo(199);
    }

    @Test
    void every_denial_of_a_verified_token_except_a_401_includes_the_limits() {
        judgeVersions();
        IssuedToken token = f.issue();
        IssuedToken elsewhere = f.issue(Fixture.settings().allowlist(Fixture.allowlist("192.0.2.1/32")));
        IssuedToken revoked = f.issue();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(revoked.id())
                .orElseThrow();

        assertThat(f.denied(Ask.with(token).needing("read:finance")).limits()).isNotEmpty();
        assertThat(f.denied(Ask.with(token).needing(Requirement.anyToken().environment(TokenEnvironment.TEST)))
                        .limits())
                .isNotEmpty();
        assertThat(f.denied(Ask.with(token).needing(Requirement.anyToken().tenant("another")))
                        .limits())
                .isNotEmpty();
        assertThat(f.denied(Ask.with(token).version("1999-01-01")).limits()).isNotEmpty();

        assertThat(f.denied(Ask.header()).limits()).isEmpty();
        assertThat(f.denied(Ask.with(Fixture.wrong(token))).limits()).isEmpty();
        assertThat(f.denied(Ask.with(revoked)).limits()).isEmpty();
        assertThat(f.denied(Ask.with(elsewhere)).limits()).isEmpty();
        assertThat(f.limits.taken).isEmpty();
    }

    @Test
    void a_count_that_was_used_up_elsewhere_shows_in_a_denial_for_want_of_scope() {
        IssuedToken token = f.issue();
        for (int i = 0; i < 200; i++) {
            f.limits.take(
                    LimitTake.of(new LimitKey(token.id(), LimitPlan.READ), RateLimit.perMinute(200)),
                    Clocks.of(f.clock).now());
        }

        Denied denied = f.denied(Ask.with(token).needing("read:finance"));
        assertThat(denied.error().kind()).isEqualTo(Kind.INSUFFICIENT_SCOPE);
        assertThat(remaining(denied)).isZero();
    }

    // Versions

    @Test
    void the_pinned_version_applies_and_else_the_tenants() {
        judgeVersions();
        IssuedToken token = f.issue();

        assertThat(f.allowed(Ask.with(token).version("2026-01-01")).version()).contains(NEW);
        assertThat(f.allowed(Ask.with(token)).version()).contains(OLD);
        assertThat(f.denied(Ask.with(token).needing("read:finance")).version()).contains(OLD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1999-01-01",
                "2026-1-1",
                "2026-02-30",
                "2026-01-01 ",
                "",
                "latest",
                "\uff12\uff10\uff12\uff16-01-01"
            })
    void a_version_that_was_never_released_is_refused_and_names_the_header(String pin) {
        judgeVersions();

        Denied denied = f.denied(Ask.with(f.issue()).version(pin));

        assertThat(denied.error().kind()).isEqualTo(Kind.UNSUPPORTED_VERSION);
        assertThat(denied.error().fields())
                .singleElement()
                .extracting(AuthError.FieldError::field)
                .isEqualTo("Lectern-Version");
        assertThat(denied.version()).isEmpty();
    }

    @Test
    void two_pins_are_refused_even_if_identical() {
        judgeVersions();

        assertThat(f.refusal(Ask.with(f.issue()).version("2026-01-01", "2026-01-01")))
                .isEqualTo(Kind.UNSUPPORTED_VERSION);
    }

    @Test
    void without_a_pinned_version_an_unknown_tenant_is_treated_as_gone() {
        judgeVersions();
        IssuedToken token = f.auth.tenant("nobody")
                .tokens()
                .actingAs(Fixture.APP)
                .issue(Fixture.settings())
                .orElseThrow();

        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        f.allowed(Ask.with(token).version("2026-01-01"));
        assertThat(f.limits.taken).hasSize(1);
    }

    @Test
    void a_tenant_without_a_version_has_to_pin_one() {
        f.close();
        f = new Fixture(
                Lectern.DIALECT,
                settings -> settings.versions(VersionPolicy.released(OLD, NEW))
                        .tenants(id -> Optional.of(new Tenant(id, null))));
        IssuedToken token = f.issue();

        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNSUPPORTED_VERSION);
        f.allowed(Ask.with(token).version("2026-01-01"));
    }

    @Test
    void settings_that_contradict_each_other_are_refused_at_build() {
        LecternAuthBuilder noTenants =
                LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens).versions(VersionPolicy.released(NEW));
        Dialect unversioned = Dialect.builder("plain")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                .errorBody(view -> ErrorBody.object().put("error", view.message()))
                .error(500, "", "no", Kind.values())
                .build();
        LecternAuthBuilder noHeader = LecternAuth.builder(unversioned)
                .tokens(f.tokens)
                .versions(VersionPolicy.released(NEW))
                .tenants(id -> Optional.empty());

        assertThatIllegalArgumentException().isThrownBy(noTenants::open).withMessageStartingWith("tenants must be set");
        assertThatIllegalArgumentException().isThrownBy(noHeader::open).withMessageStartingWith("versions:");
    }

    // Last used

    @Test
    void an_allowed_call_notes_its_time_and_a_denied_one_does_not() {
        IssuedToken used = f.issue();
        IssuedToken denied = f.issue();
        f.allowed(Ask.with(used));
        f.denied(Ask.with(denied).needing("read:finance"));
        f.close();

        assertThat(f.stored(used).lastUsedAt()).isEqualTo(f.clock.instant());
        assertThat(f.stored(denied).lastUsedAt()).isNull();
    }

    @Test
    void request_ids_have_the_dialects_form_and_differ() {
        assertThat(f.auth.newRequestId()).matches("req_[0-9A-Za-z]{15}").isNotEqualTo(f.auth.newRequestId());
    }

    @Test
    void a_request_is_recognized_by_its_credential() {
        assertThat(f.auth.recognizes(Ask.with(f.issue()).request())).isTrue();
        assertThat(f.auth.recognizes(Ask.header("Basic dTpw").request())).isFalse();
        assertThat(f.auth.recognizes(Ask.header().request())).isFalse();
    }
}
