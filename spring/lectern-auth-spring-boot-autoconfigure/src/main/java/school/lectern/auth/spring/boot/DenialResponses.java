package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.json.JsonParser;
import org.springframework.boot.json.JsonParserFactory;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.LimitValue;
import school.lectern.auth.dialect.RenderedError;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;

/** Describes the responses 401, 403 and 429 of a dialect. Its other errors can have causes that no rule shows. */
final class DenialResponses {

    private static final Set<Integer> DESCRIBED = Set.of(401, 403, 429);

    /** Any time: 2026-01-01T00:00:00Z. */
    private static final long EXAMPLE_RESET = 1_767_225_600_000L;

    private static final Duration EXAMPLE_WAIT = Duration.ofSeconds(30);

    private static final Map<String, String> HEADERS = Map.of(
            "WWW-Authenticate", "How to authenticate (RFC 6750)",
            "Retry-After", "The seconds until the next request can succeed");

    private final JsonParser json = JsonParserFactory.getJsonParser();
    private final Dialect dialect;

    DenialResponses(Dialect dialect) {
        this.dialect = dialect;
    }

    /** A rate limit and the policy that it belongs to. */
    private record Limit(String policy, RateLimit rate) {

        /** Returns the status of the limit after its last permit was consumed. */
        RateLimitResult usedUp() {
            long window = rate.window().toMillis();
            return RateLimitResult.of(
                    policy,
                    LimitStatus.of(
                            false,
                            rate.permits(),
                            0,
                            EXAMPLE_RESET,
                            EXAMPLE_WAIT.toMillis(),
                            window,
                            EXAMPLE_RESET - EXAMPLE_WAIT.toMillis()));
        }
    }

    /** Adds the responses to requests that do not meet a requirement, unless the application has described one itself. */
    void addTo(Operation operation, String method, Requirement needed) {
        if (operation.getResponses() == null) {
            operation.setResponses(new ApiResponses());
        }
        List<Limit> limits = limits(method, needed);
        Map<Integer, AuthError> first = new TreeMap<>();
        errors(needed, limits).forEach(error -> first.putIfAbsent(dialect.status(error), error));
        first.keySet().retainAll(DESCRIBED);
        first.forEach((status, error) ->
                operation.getResponses().putIfAbsent(Integer.toString(status), response(error, needed, limits)));
    }

    private List<Limit> limits(String method, Requirement needed) {
        if (needed.refusal().isPresent() || needed.isUnlimited()) {
            return List.of();
        }
        LimitPlan plan = dialect.limits();
        List<String> policies = needed.policies().isEmpty() ? plan.policies(method) : needed.policies();
        return policies.stream()
                .flatMap(policy -> plan.limit(policy, Map.of()).stream().map(rate -> new Limit(policy, rate)))
                .toList();
    }

    /** Returns the errors that a request can get, the typical one of each status first. */
    private List<AuthError> errors(Requirement needed, List<Limit> limits) {
        List<AuthError> errors = new ArrayList<>();
        if (!needed.scopes().isEmpty()) {
            errors.add(needed.insufficientScope(ScopeSet.none(), dialect.scopes()));
        }
        if (needed.environment().isPresent()) {
            errors.add(AuthError.of(Kind.ENVIRONMENT_MISMATCH));
        }
        if (needed.tenantId().isPresent()) {
            errors.add(AuthError.of(Kind.TENANT_MISMATCH));
        }
        if (!limits.isEmpty()) {
            errors.add(AuthError.limited(Kind.RATE_LIMITED, EXAMPLE_WAIT));
        }
        Stream.of(Kind.values())
                .filter(kind -> kind.category() == Category.CREDENTIAL)
                .map(AuthError::of)
                .forEach(errors::add);
        return errors;
    }

    private ApiResponse response(AuthError error, Requirement needed, List<Limit> limits) {
        RenderedError rendered = dialect.render(error, dialect.requestIds().example());
        MediaType body = new MediaType().schema(new ObjectSchema()).example(json.parseMap(rendered.body()));
        ApiResponse response = new ApiResponse()
                .description(description(rendered.status(), needed, limits))
                .content(new Content().addMediaType(rendered.mediaType(), body));
        headers(error, rendered, limits).forEach((name, value) -> response.addHeaderObject(name, header(name, value)));
        return response;
    }

    private static String description(int status, Requirement needed, List<Limit> limits) {
        return switch (status) {
            case 401 -> "The request has no valid token.";
            case 403 ->
                needed.scopes().isEmpty()
                        ? "The token must not do this."
                        : "The token must not do this. It needs the scopes: " + scopes(needed) + ".";
            default ->
                "The token has used up its rate limit"
                        + (limits.isEmpty() ? "." : " for requests of the policy " + policies(limits) + ".");
        };
    }

    private static String scopes(Requirement needed) {
        return needed.alternatives().stream().map(ScopeSet::toString).collect(Collectors.joining(", or "));
    }

    private static String policies(List<Limit> limits) {
        return limits.stream().map(Limit::policy).collect(Collectors.joining(" or "));
    }

    private Map<String, String> headers(AuthError error, RenderedError rendered, List<Limit> limits) {
        Map<String, String> headers = new LinkedHashMap<>(rendered.headers());
        // It says nothing that depends on the operation.
        headers.remove("Cache-Control");
        if (!limits.isEmpty() && dialect.tellsLimits(error)) {
            headers.putAll(dialect.headers(Denied.of(
                    dialect.requestIds().example(),
                    error,
                    Optional.empty(),
                    Optional.empty(),
                    limits.stream().map(Limit::usedUp).toList())));
        }
        return headers;
    }

    private Header header(String name, String value) {
        Header header = new Header().description(description(name));
        return value.matches("[0-9]+")
                ? header.schema(new IntegerSchema()).example(Long.valueOf(value))
                : header.schema(new StringSchema()).example(value);
    }

    private @Nullable String description(String header) {
        return header.equals(dialect.requestIdHeader())
                ? "The id of the request"
                : dialect.limitValue(header).map(DenialResponses::description).orElse(HEADERS.get(header));
    }

    private static String description(LimitValue value) {
        return switch (value) {
            case LIMIT -> "The requests that the token may send in each window";
            case REMAINING -> "The requests that are left in this window";
            case USED -> "The requests that are used in this window";
            case USED_OF_LIMIT -> "The requests that are used in this window, and those that the token may send in it";
            case WINDOW_SECONDS -> "The length of the window in seconds";
            case POLICY -> "The limit that these headers report";
            case RESET_TIME -> "The time at which all requests are available again";
            case RESET_EPOCH_SECONDS, RESET_EPOCH_FRACTION ->
                "The time at which all requests are available again, in seconds since 1970";
            case RESET_EPOCH_MILLIS -> "The time at which all requests are available again, in milliseconds since 1970";
            case RESET_SECONDS, RESET_SECONDS_FRACTION -> "The seconds until all requests are available again";
            case RESET_DURATION -> "How long it is until all requests are available again";
            case POLICY_DRAFT_11 -> "The limits that apply, and their windows in seconds";
            case STATE_DRAFT_11 -> "The requests that are left, and the seconds until the window ends";
        };
    }
}
