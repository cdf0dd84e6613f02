package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.preset.Lectern;

/** The function from {@link ErrorView} to {@link ErrorBody}: its input, and its possible failures. */
class ErrorRendererTest {

    private static final ErrorBody BODY = ErrorBody.object().put("own", "body");

    private static DialectBuilder acme(Function<ErrorView, ErrorBody> body) {
        return Dialect.builder("acme")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("req_", TokenBody.BASE62, 15))
                .standardErrors()
                .errorBody(body);
    }

    /** Returns the view that the function gets for the error. */
    private static ErrorView view(AuthError error) {
        List<ErrorView> views = new ArrayList<>();
        Dialect dialect = acme(view -> {
                    views.add(view);
                    return BODY;
                })
                .error(400, "", "no", Kind.CONFLICT)
                .build();
        views.clear();
        assertThat(dialect.render(error, "req_1").body()).isEqualTo("{\"own\":\"body\"}");
        assertThat(views).hasSize(1);
        return views.get(0);
    }

    // Input

    @Test
    void the_view_has_what_the_response_says() {
        ErrorView view = view(AuthError.limited(Kind.CREATION_LIMITED, Duration.ofMillis(23_001)));

        assertThat(view.kind()).isEqualTo(Kind.CREATION_LIMITED);
        assertThat(view.category()).isEqualTo(AuthError.Category.LIMITED);
        assertThat(view.status()).isEqualTo(429);
        assertThat(view.code()).contains("rate_limited");
        assertThat(view.message()).isEqualTo("Too many tokens were created. Retry after 24 seconds.");
        assertThat(view.requestId()).isEqualTo("req_1");
        assertThat(view.retryAfter()).contains(Duration.ofSeconds(24));
        assertThat(view.fieldErrors()).isEmpty();
    }

    @Test
    void the_view_has_the_fields_and_is_empty_where_the_error_has_nothing() {
        List<FieldError> fields = List.of(new FieldError("a", "is b"), new FieldError("c", "is d"));

        assertThat(view(AuthError.invalid(fields)).fieldErrors()).isEqualTo(fields);
        assertThat(view(AuthError.invalid(fields)).retryAfter()).isEmpty();
        assertThat(view(AuthError.of(Kind.CONFLICT)).code()).isEqualTo(Optional.empty());
        assertThat(view(AuthError.of(Kind.RATE_LIMITED)).retryAfter()).isEmpty();
    }

    @Test
    void the_time_to_retry_is_that_of_the_header() {
        assertThat(view(AuthError.unavailable()).retryAfter())
                .as("retry time of a 503")
                .contains(Duration.ofSeconds(1));
        for (AuthError error : List.of(
                AuthError.of(Kind.CONFLICT),
                AuthError.unavailable(),
                AuthError.pending("x"),
                AuthError.limited(Kind.RATE_LIMITED, Duration.ofMillis(59_001)))) {
            assertThat(view(error).retryAfter().map(wait -> Long.toString(wait.toSeconds())))
                    .isEqualTo(Optional.ofNullable(acme(view -> BODY)
                            .build()
                            .render(error, "r")
                            .headers()
                            .get("Retry-After")));
        }
    }

    @Test
    void the_view_has_the_exact_time_the_type_and_the_number() {
        List<ErrorView> views = new ArrayList<>();
        Dialect dialect = acme(view -> {
                    views.add(view);
                    return BODY;
                })
                .error(ErrorMapping.of(429, "slow", "no").type("limits").number(0), Kind.RATE_LIMITED)
                .build();
        views.clear();
        dialect.render(AuthError.limited(Kind.RATE_LIMITED, Duration.ofMillis(1_337)), "r");
        dialect.render(AuthError.unavailable(), "r");
        dialect.render(AuthError.of(Kind.REVOKED), "r");

        assertThat(views.get(0).retryAfter()).contains(Duration.ofSeconds(2));
        assertThat(views.get(0).exactRetryAfter()).contains(Duration.ofMillis(1_337));
        assertThat(views.get(0).type()).contains("limits");
        assertThat(views.get(0).number()).hasValue(0);
        assertThat(views.get(1).exactRetryAfter())
                .as("not known, but announced")
                .contains(Duration.ofSeconds(1));
        assertThat(views.get(2).exactRetryAfter()).isEmpty();
        assertThat(views.get(2).type()).isEmpty();
        assertThat(views.get(2).number()).isEmpty();
    }

    @Test
    void a_pending_change_has_the_type_and_the_number_of_an_outage() {
        List<ErrorView> views = new ArrayList<>();
        Dialect dialect = acme(view -> {
                    views.add(view);
                    return BODY;
                })
                .error(ErrorMapping.of(503, "down", "no").type("api_error").number(7), Kind.UNAVAILABLE)
                .build();
        views.clear();
        dialect.render(AuthError.pending("x"), "r");

        assertThat(views.get(0).type()).contains("api_error");
        assertThat(views.get(0).number()).hasValue(7);
    }

    // Trial run at build time

    @Test
    void build_calls_the_function_for_every_kind_with_and_without_each_optional_part() {
        Map<Kind, List<ErrorView>> tried = new EnumMap<>(Kind.class);
        acme(view -> {
                    tried.computeIfAbsent(view.kind(), kind -> new ArrayList<>())
                            .add(view);
                    return BODY;
                })
                .error(500, "a", "{field}|{reason}|{seconds}", Kind.values())
                .build();

        assertThat(tried).containsOnlyKeys(Kind.values());
        assertThat(tried)
                .allSatisfy((kind, views) -> assertThat(views.stream()
                                .map(view -> view.fieldErrors().size() + " "
                                        + view.retryAfter().isPresent() + " " + view.message()))
                        .containsExactlyInAnyOrder(
                                "0 false ||1",
                                "0 true ||1",
                                "0 false |is required|1",
                                "0 true |is required|1",
                                "1 false name||1",
                                "1 true name||1",
                                "1 false name|is required|1",
                                "1 true name|is required|1",
                                "2 false name||1",
                                "2 true name||1",
                                "2 false name|is required|1",
                                "2 true name|is required|1"));
    }

    @Test
    void build_uses_request_ids_of_the_dialects_form() {
        List<String> random = new ArrayList<>();
        List<String> ulids = new ArrayList<>();
        acme(view -> {
                    random.add(view.requestId());
                    return BODY;
                })
                .build();
        acme(view -> {
                    ulids.add(view.requestId());
                    return BODY;
                })
                .build()
                .toBuilder()
                .requestIds(RequestIds.ulid())
                .build();

        assertThat(random).isNotEmpty().allMatch(id -> id.matches("req_[0-9A-Za-z]{15}"));
        ulids.subList(0, random.size()).clear();
        assertThat(ulids).isNotEmpty().allMatch(id -> id.matches("[0-9A-HJKMNP-TV-Z]{26}"));
    }

    @ParameterizedTest
    @EnumSource
    void a_function_that_throws_for_some_kind_is_refused(Kind kind) {
        IllegalStateException bug = new IllegalStateException("no\nbody");
        DialectBuilder builder = acme(view -> {
            if (view.kind() == kind) {
                throw bug;
            }
            return BODY;
        });

        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage("errorBody: dialect acme must have a body for every kind, but for " + kind
                        + " the function threw java.lang.IllegalStateException: no\\u000abody")
                .withCause(bug);
    }

    @ParameterizedTest
    @EnumSource
    void a_function_that_returns_null_for_some_kind_is_refused(Kind kind) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> acme(view -> view.kind() == kind ? null : BODY).build())
                .withMessage("errorBody: dialect acme must have a body for every kind, but for " + kind
                        + " the function returned null");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_function_that_fails_for_a_number_of_fields_is_refused(int fields) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> acme(view -> view.fieldErrors().size() == fields ? null : BODY)
                        .build())
                .withMessageStartingWith("errorBody: dialect acme ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_function_that_fails_with_or_without_a_time_to_retry_is_refused(boolean present) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> acme(view -> view.retryAfter().isPresent() == present ? null : BODY)
                        .build())
                .withMessageStartingWith("errorBody: dialect acme ");
    }

    @Test
    void a_function_that_needs_a_code_is_refused_only_where_the_dialect_has_none() {
        DialectBuilder builder =
                acme(view -> ErrorBody.object().put("code", view.code().orElseThrow()));

        builder.build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.error(409, "", "no", Kind.NAME_TAKEN).build())
                .withMessageContaining("NAME_TAKEN");
    }

    @Test
    void a_repeated_member_is_refused_at_build() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> acme(view -> BODY.put("own", 1)).build())
                .withMessageContaining("member own must be put only once");
    }

    // Failures after the build

    /** Returns valid bodies during the build, and later the results of the given function. */
    private static Dialect failingLater(Function<ErrorView, ErrorBody> later) {
        AtomicInteger tried = new AtomicInteger();
        acme(view -> {
                    tried.incrementAndGet();
                    return BODY;
                })
                .build();
        AtomicInteger calls = new AtomicInteger();
        return acme(view -> BODY).error(418, "", "no code", Kind.CONFLICT).build().toBuilder()
                .errorBody(
                        "application/acme+json",
                        view -> calls.incrementAndGet() <= tried.get() ? BODY : later.apply(view))
                .build();
    }

    @Test
    void a_function_that_fails_later_gets_a_fixed_body_with_the_status_headers_and_media_type() {
        List<Function<ErrorView, ErrorBody>> failing = List.of(
                view -> {
                    throw new IllegalStateException("bug");
                },
                view -> {
                    throw new StackOverflowError();
                },
                view -> sneaky(new java.io.IOException("checked")),
                view -> null,
                view -> BODY.put("own", "twice"));
        for (Function<ErrorView, ErrorBody> later : failing) {
            Dialect dialect = failingLater(later);
            AuthError limited = AuthError.limited(Kind.RATE_LIMITED, Duration.ofSeconds(9));

            for (int i = 0; i < 3; i++) {
                assertThat(dialect.render(limited, "req_1"))
                        .isEqualTo(RenderedError.of(
                                429,
                                Map.of("X-Request-Id", "req_1", "Cache-Control", "no-store", "Retry-After", "9"),
                                "application/acme+json",
                                "{\"error\":\"rate_limited\"}"));
            }
            assertThat(dialect.render(AuthError.of(Kind.CONFLICT), "r").status())
                    .isEqualTo(418);
            assertThat(dialect.render(AuthError.of(Kind.CONFLICT), "r").body()).isEqualTo("{\"error\":\"418\"}");
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> ErrorBody sneaky(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void one_failure_leaves_the_next_response_as_it_should_be() {
        AtomicInteger calls = new AtomicInteger();
        Dialect dialect = failingLater(view -> calls.incrementAndGet() == 2 ? null : BODY);
        AuthError error = AuthError.of(Kind.REVOKED);

        assertThat(List.of(dialect.render(error, "r"), dialect.render(error, "r"), dialect.render(error, "r")))
                .extracting(RenderedError::body)
                .containsExactly("{\"own\":\"body\"}", "{\"error\":\"invalid_token\"}", "{\"own\":\"body\"}");
    }

    @Test
    void many_threads_get_a_body_for_their_own_error_whether_or_not_the_function_fails() throws Exception {
        Dialect dialect = failingLater(view -> view.kind().ordinal() % 2 == 0
                ? null
                : ErrorBody.object().put("kind", view.kind().code()).put("id", view.requestId()));
        List<Kind> kinds = List.copyOf(EnumSet.allOf(Kind.class));
        Map<Kind, String> codes = kinds.stream()
                .collect(Collectors.toMap(
                        kind -> kind, kind -> view(AuthError.of(kind)).code().orElse("418")));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Set<String>>> runs = threads.invokeAll(Collections.nCopies(
                4,
                () -> kinds.stream()
                        .flatMap(kind -> Collections.nCopies(50, kind).stream())
                        .filter(kind -> !dialect.render(AuthError.of(kind), kind.name())
                                .body()
                                .equals(
                                        kind.ordinal() % 2 == 0
                                                ? "{\"error\":\"" + codes.get(kind) + "\"}"
                                                : "{\"kind\":\"" + kind.code() + "\",\"id\":\"" + kind.name() + "\"}"))
                        .map(Kind::name)
                        .collect(Collectors.toSet())));
        threads.shutdown();

        for (Future<Set<String>> wrong : runs) {
            assertThat(wrong.get()).isEmpty();
        }
    }
}
