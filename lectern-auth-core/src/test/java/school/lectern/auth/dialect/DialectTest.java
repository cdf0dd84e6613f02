package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.scope.ScopeSet;

class DialectTest {

    static Stream<Dialect> documented() {
        return Stream.of(Lectern.DIALECT, LearnCoin.DIALECT, LearnHouse.DIALECT, Teacharium.DIALECT);
    }

    @ParameterizedTest
    @MethodSource("documented")
    void a_suspended_tenants_token_answers_as_an_expired_one_where_the_documents_know_no_code_for_it(Dialect dialect) {
        assertThat(dialect.render(AuthError.of(Kind.SUSPENDED), "r"))
                .isEqualTo(dialect.render(AuthError.of(Kind.EXPIRED), "r"));
    }

    @ParameterizedTest
    @MethodSource("documented")
    void a_token_of_a_tenant_that_is_gone_answers_as_an_unknown_one(Dialect dialect) {
        assertThat(dialect.render(AuthError.of(Kind.TENANT_GONE), "r"))
                .isEqualTo(dialect.render(AuthError.of(Kind.UNKNOWN_TOKEN), "r"));
    }

    @Test
    void a_learncoin_error_has_the_documented_members_and_none_for_a_code_that_is_missing() {
        Dialect uncoded =
                LearnCoin.DIALECT.toBuilder().error(401, "", "no", Kind.REVOKED).build();

        assertThat(LearnCoin.DIALECT.render(AuthError.of(Kind.REVOKED), "r").body())
                .isEqualTo("{\"error\":{\"code\":\"api_key_revoked\",\"message\":\"The key was revoked.\"},"
                        + "\"request_id\":\"r\"}");
        assertThat(uncoded.render(AuthError.of(Kind.REVOKED), "r").body())
                .isEqualTo("{\"error\":{\"message\":\"no\"},\"request_id\":\"r\"}");
    }

    private static DialectBuilder bare() {
        return Dialect.builder("plain")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                .errorBody(view -> ErrorBody.object().put("error", view.message()));
    }

    private static Kind[] allBut(Kind kind) {
        return EnumSet.complementOf(EnumSet.of(kind)).toArray(Kind[]::new);
    }

    @Test
    void a_pending_change_is_a_server_error_with_its_reason() {
        Dialect dialect = bare().error(500, "", "no", allBut(Kind.UNAVAILABLE))
                .error(503, "broken", "Broken", Kind.UNAVAILABLE)
                .build();
        Dialect silent = bare().error(
                        400,
                        "",
                        "no",
                        EnumSet.complementOf(EnumSet.of(Kind.PENDING, Kind.UNAVAILABLE))
                                .toArray(Kind[]::new))
                .error(503, "broken", "Broken", Kind.UNAVAILABLE)
                .build();
        AuthError pending = AuthError.pending("the leases cannot be read");

        assertThat(dialect.status(pending)).as("its own status").isEqualTo(500);
        assertThat(silent.render(pending, "r").status()).isEqualTo(503);
        assertThat(silent.render(pending, "r").body()).contains("pending", "the leases cannot be read");
        assertThat(silent.render(pending, "r").headers()).containsEntry("Retry-After", "1");
    }

    @Test
    void content_of_another_type_is_an_invalid_request_unless_the_dialect_has_an_answer_to_it() {
        Kind[] others = EnumSet.complementOf(EnumSet.of(Kind.UNSUPPORTED_MEDIA_TYPE, Kind.INVALID_REQUEST))
                .toArray(Kind[]::new);
        DialectBuilder dialect = bare().error(500, "", "no", others).error(422, "", "yes", Kind.INVALID_REQUEST);
        AuthError wrongType = AuthError.unsupportedMediaType("Content-Type", "must be application/json");

        assertThat(dialect.build().status(wrongType)).isEqualTo(422);
        assertThat(dialect.error(415, "", "own", Kind.UNSUPPORTED_MEDIA_TYPE)
                        .build()
                        .status(wrongType))
                .isEqualTo(415);
    }

    @ParameterizedTest
    @EnumSource
    void a_dialect_without_an_answer_to_some_category_is_not_built(Category category) {
        Kind missing = category.representative();
        Kind[] others =
                Arrays.stream(Kind.values()).filter(kind -> kind != missing).toArray(Kind[]::new);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> bare().error(500, "", "no", others).build())
                .withMessageContaining(missing.name());
        bare().error(500, "", "no", others).error(501, "", "yes", missing).build();
    }

    /** Except {@link Kind#PENDING}, which has a message of its own. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PENDING")
    void a_kind_without_an_answer_of_its_own_answers_as_its_category(Kind kind) {
        DialectBuilder dialect = bare();
        for (Category category : Category.values()) {
            dialect.error(500 + category.ordinal(), "", category.name(), category.representative());
        }
        AuthError error = AuthError.of(kind);
        int usual = 500 + kind.category().ordinal();

        assertThat(dialect.build().status(error)).isEqualTo(usual);
        Dialect own = dialect.build().toBuilder().error(599, "", "own", kind).build();
        assertThat(own.status(error)).isEqualTo(599);
        assertThat(own.toBuilder().build().status(error)).isEqualTo(599);
        Kind representative = kind.category().representative();
        assertThat(kind.category()).isEqualTo(representative.category());
    }

    @Test
    void a_dialect_that_lacks_a_part_is_not_built() {
        DialectBuilder nothing = Dialect.builder("nothing").error(500, "", "no", Kind.values());

        assertThatIllegalArgumentException().isThrownBy(nothing::build).withMessageStartingWith("format must be set");
        nothing.format(Lectern.DIALECT.format());
        assertThatIllegalArgumentException()
                .isThrownBy(nothing::build)
                .withMessageStartingWith("errorBody must be set");
        nothing.errorBody(view -> ErrorBody.object().put("error", view.message()));
        assertThat(nothing.build()).hasToString("Dialect[nothing]");
    }

    private static void isRefused(ThrowingCallable call, String rule) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(rule);
    }

    @Test
    void a_setting_that_would_be_lost_without_a_word_is_refused() {
        isRefused(() -> Dialect.builder(" "), "name of a dialect must not be empty");
        isRefused(() -> bare().error(400, "", "no"), "error must have at least one kind");
        isRefused(
                () -> bare().error(400, "", "no", Kind.REVOKED).error(401, "", "yes", Kind.EXPIRED, Kind.REVOKED),
                "REVOKED must be set once");
        isRefused(
                () -> bare().error(400, "", "no", Kind.REVOKED).standardErrors(),
                "standardErrors must be called before");
        isRefused(() -> bare().error(400, "", "{filed} is wrong", Kind.INVALID_REQUEST), "{filed}");
        isRefused(() -> bare().errorBody(view -> ErrorBody.object()), "errorBody must be set once");
        isRefused(() -> bare().problemDetails(), "errorBody must be set once");
        isRefused(() -> bare().format(Lectern.DIALECT.format()), "format must be set once");
        isRefused(() -> bare().realm("a").realm("b"), "realm must be set once");
        isRefused(
                () -> bare().scopes(Lectern.DIALECT.scopes()).scopes(Lectern.DIALECT.scopes()),
                "scopes must be set once");
        isRefused(() -> bare().versionHeader("A").versionHeader("B"), "versionHeader must be set once");
        isRefused(() -> bare().versionHeader("A").optionalVersionHeader("B"), "versionHeader must be set once");
        isRefused(() -> bare().requestIds(RequestIds.ulid()), "requestIds must be set once");
        isRefused(() -> bare().requestIdHeader("A").requestIdHeader("B"), "requestIdHeader must be set once");
        ErrorMapping mapping = ErrorMapping.of(400, "", "no").type("a").number(1);
        isRefused(() -> mapping.type("b"), "type must be set once");
        isRefused(() -> mapping.number(2), "number must be set once");
        isRefused(
                () -> bare().limits(LimitPlan.unlimited(), LimitHeaders.NONE)
                        .limits(LimitPlan.unlimited(), LimitHeaders.NONE),
                "limits must be set once");
        isRefused(
                () -> Dialect.builder("a").errorBody("text/html", view -> ErrorBody.object()),
                "mediaType must be one of JSON");
    }

    @Test
    void a_dialect_made_from_another_one_replaces_its_settings() {
        Dialect dialect = Lectern.DIALECT.toBuilder()
                .requestIds(RequestIds.ulid())
                .error(418, "", "own", Kind.REVOKED)
                .build();
        assertThat(dialect.status(AuthError.of(Kind.REVOKED))).isEqualTo(418);
        assertThat(dialect.requestIds().example()).hasSize(26);
    }

    @Test
    void standard_errors_are_replaced_one_by_one() {
        DialectBuilder dialect = bare().standardErrors().error(403, "", "own", Kind.REVOKED);
        assertThat(dialect.build().status(AuthError.of(Kind.REVOKED))).isEqualTo(403);
        assertThat(dialect.build().status(AuthError.of(Kind.EXPIRED))).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 200, 302, 399, 600})
    void an_error_is_answered_with_the_status_of_an_error(int status) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bare().error(status, "", "no", Kind.REVOKED))
                .withMessageStartingWith("status must be from 400 to 599, was ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\"b", "a\\b", "a\nb", "a\u007fb", "\u00e9"})
    void a_realm_that_could_break_the_header_is_refused(String realm) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bare().realm(realm))
                .withMessageStartingWith("realm must ");
        assertThatIllegalArgumentException()
                .as("the dialect's name, which is the default realm")
                .isThrownBy(() -> Dialect.builder(realm)
                        .format(Lectern.DIALECT.format())
                        .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                        .errorBody(view -> ErrorBody.object().put("error", view.message()))
                        .error(500, "", "no", Kind.values())
                        .build())
                .withMessageStartingWith("realm must ");
    }

    @Test
    void the_words_are_filled_with_what_the_error_brings() {
        Dialect dialect = bare().error(500, "", "{field}: {reason}", allBut(Kind.INSUFFICIENT_SCOPE))
                .error(403, "", "lacks '{action}' for {resource}", Kind.INSUFFICIENT_SCOPE)
                .build();

        assertThat(words(dialect, AuthError.invalid("name", "is too long"))).isEqualTo("name: is too long");
        assertThat(words(dialect, AuthError.insufficientScope(ScopeSet.parse("action_read:courses"))))
                .isEqualTo("lacks 'action_read' for courses");
        ScopeSet both = ScopeSet.parse("action_read:courses action_update:courses");
        AuthError second = Requirement.scopes(both)
                .insufficientScope(ScopeSet.parse("action_read:courses"), LearnHouse.DIALECT.scopes());
        assertThat(words(dialect, second)).as("only the missing action").isEqualTo("lacks 'action_update' for courses");
        assertThat(second.needed()).isEqualTo(both);
        assertThat(words(dialect, AuthError.of(Kind.REVOKED))).isEqualTo(": ");
    }

    @ParameterizedTest
    @EnumSource(names = {"UNAVAILABLE", "PENDING"})
    void a_server_error_is_never_the_clients_fault(Kind kind) {
        for (int status : new int[] {400, 401, 403, 404, 429, 499}) {
            isRefused(
                    () -> bare().error(status, "", "no", Kind.REVOKED, kind),
                    "status of " + kind + " must be from 500 to 599, because the client is not at fault, was " + status
                            + ": set one of these, such as 503");
        }
        assertThat(bare().error(500, "", "no", Kind.values()).build().toBuilder()
                        .error(529, "", "overloaded", kind)
                        .build()
                        .status(AuthError.of(kind)))
                .isEqualTo(529);
    }

    @Test
    void the_status_200_is_sent_only_if_it_is_asked_for_by_name() {
        isRefused(() -> bare().error(200, "", "no", Kind.REVOKED), "use errorWithStatus200");
        Dialect dialect = bare().errorWithStatus200("", "no", Kind.values()).build().toBuilder()
                .error(429, "", "later", Kind.RATE_LIMITED)
                .build();

        RenderedError unknown = dialect.render(AuthError.of(Kind.UNKNOWN_TOKEN), "r");
        assertThat(unknown.status()).isEqualTo(200);
        assertThat(unknown.headers()).isEqualTo(Map.of("X-Request-Id", "r", "Cache-Control", "no-store"));
        assertThat(dialect.status(AuthError.of(Kind.RATE_LIMITED))).isEqualTo(429);
    }

    @Test
    void the_request_id_has_the_header_that_the_dialect_names() {
        Dialect dialect = Lectern.DIALECT.toBuilder().requestIdHeader("request-id").build().toBuilder()
                .build();
        AuthError error = AuthError.of(Kind.UNKNOWN_TOKEN);
        Denied denied = Denied.of("r", error, Optional.empty(), Optional.empty(), List.of());

        assertThat(dialect.render(error, "r").headers())
                .containsEntry("request-id", "r")
                .doesNotContainKey("X-Request-Id");
        assertThat(dialect.headers(denied)).isEqualTo(Map.of("request-id", "r"));
        assertThat(Lectern.DIALECT.requestIdHeader()).isEqualTo("X-Request-Id");
    }

    @Test
    void a_header_has_one_value() {
        LimitPlan plan = LimitPlan.unlimited().with("read", RateLimit.perMinute(1));
        DialectBuilder ready = bare().error(500, "", "no", Kind.values());

        isRefused(() -> bare().requestIdHeader("a b"), "requestIdHeader must be a header name");
        isRefused(
                () -> ready.requestIdHeader("cache-control").build(),
                "requestIdHeader must name a header that has no other value, was cache-control");
        isRefused(
                () -> bare().error(500, "", "no", Kind.values())
                        .versionHeader("x-request-id")
                        .build(),
                "versionHeader must name a header that has no other value");
        isRefused(
                () -> bare().error(500, "", "no", Kind.values())
                        .limits(plan, LimitHeaders.NONE.with("X-{policy}", LimitValue.LIMIT))
                        .versionHeader("X-Read")
                        .build(),
                "limits must name a header that has no other value, was x-read");
    }

    private static String words(Dialect dialect, AuthError error) {
        String body = dialect.render(error, "r").body();
        assertThat(body).startsWith("{\"error\":\"").endsWith("\"}");
        return body.substring("{\"error\":\"".length(), body.length() - "\"}".length());
    }

    @Test
    void a_dialect_that_differs_a_little_leaves_the_first_as_it_was() {
        Dialect other = Lectern.DIALECT.toBuilder()
                .error(401, "revoked_token", "The token was revoked.", Kind.REVOKED)
                .creationLimit(RateLimit.perMinute(1))
                .realm("other")
                .build();

        assertThat(other.render(AuthError.of(Kind.REVOKED), "r").headers().get("WWW-Authenticate"))
                .contains("realm=\"other\"");
        assertThat(Lectern.DIALECT
                        .render(AuthError.of(Kind.REVOKED), "r")
                        .headers()
                        .get("WWW-Authenticate"))
                .contains("realm=\"lectern\"");
        assertThat(Lectern.DIALECT.creationLimit()).isEmpty();
        assertThat(other.versionHeader()).isEqualTo(Lectern.DIALECT.versionHeader());
        assertThat(other.limits()).isSameAs(Lectern.DIALECT.limits());
    }

    @Test
    void a_dialect_without_limits_announces_none() {
        Dialect plain = bare().error(500, "", "no", Kind.values()).build();

        assertThat(plain.limits().limit(LimitPlan.READ, Map.of(LimitPlan.READ, 1L)))
                .isEmpty();
        assertThat(plain.versionHeader()).isEmpty();
    }

    @Test
    void request_ids_are_drawn_from_their_alphabet() {
        RequestIds ids = RequestIds.random("r-", "ab", 40);
        assertThat(ids.source(Clock.systemUTC(), new SecureRandom()).get())
                .matches("r-[ab]{40}")
                .contains("a")
                .contains("b");
    }

    /** 256 is not a multiple of 62: a plain remainder would favor the first eight characters. */
    @Test
    void no_character_of_a_request_id_comes_more_often_than_another() {
        Iterator<Integer> drawn = List.of(255, 248, 247).iterator();
        SecureRandom random = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                Arrays.fill(bytes, drawn.next().byteValue());
            }
        };

        assertThat(RequestIds.random("", TokenBody.BASE62, 4)
                        .source(Clock.systemUTC(), random)
                        .get())
                .isEqualTo(TokenBody.BASE62.substring(61).repeat(4));
    }

    @Test
    void no_two_threads_are_given_the_same_request_id() throws Exception {
        Supplier<String> ids =
                RequestIds.random("", TokenBody.BASE62, 15).source(Clock.systemUTC(), new SecureRandom());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<List<String>>> drawn = threads.invokeAll(
                Collections.nCopies(4, () -> Stream.generate(ids).limit(20_000).toList()));
        threads.shutdown();

        Set<String> all = new HashSet<>();
        for (Future<List<String>> some : drawn) {
            all.addAll(some.get());
        }
        assertThat(all).hasSize(80_000);
    }

    @Test
    void a_byte_has_to_choose_from_the_whole_alphabet_of_request_ids() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestIds.random("", "ab".repeat(129), 15))
                .withMessageStartingWith("requestIds must have 1 to 48 random characters");
    }
}
