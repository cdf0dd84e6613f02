package school.lectern.auth.dialect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.RateLimitResult;

/**
 * The headers of a response that report its rate limits: a list of names, each with its value. Immutable: each method returns a
 * new list.
 *
 * <pre>{@code
 * LimitHeaders.NONE
 *         .with("X-RateLimit-Limit", LimitValue.LIMIT)
 *         .with("X-RateLimit-Remaining", LimitValue.REMAINING)
 *         .with("X-RateLimit-Reset", LimitValue.RESET_EPOCH_SECONDS)
 * LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.RATE_LIMIT_DRAFT_11)
 * LimitHeaders.NONE.with("x-ratelimit-limit-{policy}", LimitValue.LIMIT)
 * }</pre>
 *
 * <p>If a request has several limits, a name with {@code {policy}} is one header for each limit, and the headers of the IETF
 * draft are lists. Every other header reports one limit: of those that refuse the request, the one with the longest wait;
 * otherwise the one with the smallest share of its permits left.
 */
public final class LimitHeaders {

    /** No headers. */
    public static final LimitHeaders NONE = new LimitHeaders(List.of());

    /**
     * {@code X-RateLimit-Limit}, {@code X-RateLimit-Remaining} and {@code X-RateLimit-Reset}. The last one is a time in UTC,
     * such as {@code 2026-01-01T00:00:00Z}.
     */
    public static final LimitHeaders X_RATE_LIMIT = NONE.with("X-RateLimit-Limit", LimitValue.LIMIT)
            .with("X-RateLimit-Remaining", LimitValue.REMAINING)
            .with("X-RateLimit-Reset", LimitValue.RESET_TIME);

    /**
     * {@code RateLimit-Policy} and {@code RateLimit} of draft-ietf-httpapi-ratelimit-headers-11, with {@link
     * LimitValue#POLICY_DRAFT_11} and {@link LimitValue#STATE_DRAFT_11}. Later drafts rename parameters, and need a constant of
     * their own.
     */
    public static final LimitHeaders RATE_LIMIT_DRAFT_11 =
            NONE.with("RateLimit-Policy", LimitValue.POLICY_DRAFT_11).with("RateLimit", LimitValue.STATE_DRAFT_11);

    private static final String PLACEHOLDER = "{policy}";

    private final List<Header> headers;

    private LimitHeaders(List<Header> headers) {
        this.headers = headers;
    }

    /** A header, whose name may contain the placeholder. */
    private record Header(String name, LimitValue value, boolean isOfEachPolicy) {

        Header(String name, LimitValue value) {
            this(name, value, name.contains(PLACEHOLDER));
        }

        String nameFor(String policy) {
            return name.replace(PLACEHOLDER, policy);
        }
    }

    /**
     * {@return these headers with another one at their end}
     *
     * @param name the name of the header (RFC 9110, section 5.1), in which {@code {policy}} stands for the name of a policy
     * @param value the value of the header
     * @throws IllegalArgumentException if the text cannot be a name, or there is a header with this name
     */
    public LimitHeaders with(String name, LimitValue value) {
        if (!HeaderName.isValid(name.replace(PLACEHOLDER, "policy"))) {
            throw new IllegalArgumentException("name must be a header name (RFC 9110, section 5.1), in which only "
                    + PLACEHOLDER + " may be in braces, was '" + name + "'");
        }
        if (headers.stream().anyMatch(header -> header.name().equalsIgnoreCase(name))) {
            throw new IllegalArgumentException(
                    name + " must have one value, but has one already: remove one of the calls");
        }
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new LimitHeaders(List.copyOf(more));
    }

    /**
     * {@return these headers with others at their end}
     *
     * @param others the other headers
     * @throws IllegalArgumentException if a name is in both
     */
    public LimitHeaders and(LimitHeaders others) {
        LimitHeaders all = this;
        for (Header header : others.headers) {
            all = all.with(header.name(), header.value());
        }
        return all;
    }

    /**
     * {@return the headers that report the limits of a request, by name, in their order}
     *
     * @param limits the limits that applied to the request, and their status; none for no headers
     */
    public Map<String, String> render(List<RateLimitResult> limits) {
        Map<String, String> rendered = new LinkedHashMap<>();
        addTo(rendered, limits);
        return rendered;
    }

    /** Adds the headers that report the limits of a request to others. */
    void addTo(Map<String, String> rendered, List<RateLimitResult> limits) {
        if (limits.isEmpty()) {
            return;
        }
        RateLimitResult shown = shown(limits);
        for (Header header : headers) {
            if (header.isOfEachPolicy()) {
                limits.forEach(limit -> rendered.put(
                        header.nameFor(limit.policy()), header.value().of(limit)));
            } else if (header.value().isList() && limits.size() > 1) {
                rendered.put(
                        header.name(), limits.stream().map(header.value()::of).collect(Collectors.joining(", ")));
            } else {
                rendered.put(header.name(), header.value().of(shown));
            }
        }
    }

    /** Returns the limit that headers with one value report. */
    private static RateLimitResult shown(List<RateLimitResult> limits) {
        RateLimitResult shown = limits.get(0);
        for (RateLimitResult limit : limits.subList(1, limits.size())) {
            shown = isCloser(limit, shown) ? limit : shown;
        }
        return shown;
    }

    private static boolean isCloser(RateLimitResult limit, RateLimitResult other) {
        if (limit.status().admitted() != other.status().admitted()) {
            return other.status().admitted();
        }
        return limit.status().admitted()
                ? limit.status().remaining() * other.status().limit()
                        < other.status().remaining() * limit.status().limit()
                : limit.status().retryMillis() > other.status().retryMillis();
    }

    /**
     * Returns the values of all headers that may appear, by their names in lower case.
     *
     * @param policies the names of the policies
     * @throws IllegalArgumentException if a policy cannot be part of a name, or two headers would have the same name
     */
    Map<String, LimitValue> values(Collection<String> policies) {
        Map<String, LimitValue> values = new HashMap<>();
        for (Header header : headers) {
            Collection<String> parts = header.isOfEachPolicy() ? policies : List.of("");
            parts.forEach(policy -> requirePart(policy, header));
            for (String policy : parts) {
                if (values.put(header.nameFor(policy).toLowerCase(Locale.ROOT), header.value()) != null) {
                    throw new IllegalArgumentException("limit headers must have different names, but "
                            + header.nameFor(policy) + " has two values: rename a header or a policy");
                }
            }
        }
        return Map.copyOf(values);
    }

    private static void requirePart(String policy, Header header) {
        if (!policy.isEmpty() && !HeaderName.isValid(policy)) {
            throw new IllegalArgumentException("policy must be a part of the header name " + header.name()
                    + " (RFC 9110, section 5.1), was '" + policy + "': rename it, or use another header");
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LimitHeaders that && headers.equals(that.headers);
    }

    @Override
    public int hashCode() {
        return headers.hashCode();
    }

    @Override
    public String toString() {
        return headers.stream()
                .map(header -> header.name() + ": " + header.value())
                .collect(Collectors.joining(", ", "LimitHeaders[", "]"));
    }
}
