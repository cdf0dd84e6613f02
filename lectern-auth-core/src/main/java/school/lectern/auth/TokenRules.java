package school.lectern.auth;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.token.StoredToken;

/** The rules for the fields of a token, which apply to every actor. */
final class TokenRules {

    private static final int MAX_NAME = 100;
    private static final int MAX_DESCRIPTION = 500;
    private static final int MAX_SCOPES = 200;
    private static final int MAX_BLOCKS = 100;
    private static final int MAX_METADATA = 50;
    private static final int MAX_KEY = 64;
    private static final int MAX_VALUE = 500;

    /** The bound on all keys and values together, in UTF-8, because a list contains the metadata of many tokens. */
    private static final int MAX_METADATA_BYTES = 8 * 1024;

    /** The last instant with a four-digit year: 9999-12-31T23:59:59.999Z. */
    private static final Instant LAST = Instant.ofEpochMilli(253_402_300_799_999L);

    private final Dialect dialect;
    private final TokenLifetimes lifetimes;

    TokenRules(Dialect dialect, TokenLifetimes lifetimes) {
        this.dialect = dialect;
        this.lifetimes = lifetimes;
    }

    /** {@return all errors in a new token, or empty if it is valid} */
    Optional<AuthError> judge(StoredToken token, Instant now) {
        List<FieldError> errors = new ArrayList<>();
        judgeIds(token, errors);
        judge(token, field -> true, now, errors);
        return invalid(errors);
    }

    /**
     * {@return all errors in a token with changed settings, or empty if it is valid} A field that the settings do not set is
     * not validated: it may have been stored under other rules, and the expiry may have passed.
     */
    Optional<AuthError> judge(StoredToken changed, TokenSettings<?> settings, Instant now) {
        List<FieldError> errors = new ArrayList<>();
        judge(changed, settings::sets, now, errors);
        return invalid(errors);
    }

    private static Optional<AuthError> invalid(List<FieldError> errors) {
        return errors.isEmpty() ? Optional.empty() : Optional.of(AuthError.invalid(errors));
    }

    private void judge(StoredToken token, Predicate<String> sets, Instant now, List<FieldError> errors) {
        if (sets.test("name")) {
            judgeName(token.name(), errors);
        }
        if (sets.test("description")) {
            judgeDescription(token.description(), errors);
        }
        if (sets.test("scopes")) {
            judgeScopes(token.scopes(), errors);
        }
        if (sets.test("expires_at")) {
            judgeExpiry(token.expiresAt(), now, errors);
            lifetimes.violation(token).ifPresent(errors::add);
        }
        if (sets.test("not_before")) {
            judgeStart(token, errors);
        }
        if (sets.test("ip_allowlist")) {
            judgeAllowlist(token.allowlist(), errors);
        }
        if (sets.test("rate_limits")) {
            token.rateLimits().forEach((policy, permits) -> judgeLimit(policy, permits, errors));
        }
        if (sets.test("metadata")) {
            judgeMetadata(token.metadata(), errors);
        }
    }

    private void judgeScopes(ScopeSet scopes, List<FieldError> errors) {
        String field = dialect.scopes().field();
        dialect.scopes().violation(scopes).ifPresent(why -> errors.add(new FieldError(field, why)));
        if (scopes.scopes().size() > MAX_SCOPES || scopes.rights().size() > MAX_SCOPES) {
            errors.add(new FieldError(field, "must name at most " + MAX_SCOPES));
        }
    }

    private static void judgeAllowlist(@Nullable IpAllowlist allowlist, List<FieldError> errors) {
        if (allowlist != null && allowlist.blocks().map(List::size).orElse(0) > MAX_BLOCKS) {
            errors.add(new FieldError("ip_allowlist", "must name at most " + MAX_BLOCKS + " blocks"));
        }
    }

    /** The creator is the actor who issues or imports the token. */
    private static void judgeIds(StoredToken token, List<FieldError> errors) {
        if (!Identifier.isValid(token.tenantId())) {
            errors.add(new FieldError("tenant_id", Identifier.RULE));
        }
        if (token.createdBy() != null && !Identifier.isValid(token.createdBy())) {
            errors.add(new FieldError("actor", Identifier.RULE));
        }
    }

    /** {@return the error in the id of a tenant that is to be changed, or empty if it is valid} */
    static Optional<AuthError> judgeTenant(String tenantId) {
        return Identifier.isValid(tenantId)
                ? Optional.empty()
                : Optional.of(AuthError.invalid("tenant_id", Identifier.RULE));
    }

    /**
     * {@return the error in the id of an actor, or empty if it is valid} Every operation validates it, except operations that
     * only end something.
     */
    static Optional<AuthError> judge(Actor actor) {
        return actor.userId().isEmpty() || Identifier.isValid(actor.userId().get())
                ? Optional.empty()
                : Optional.of(AuthError.invalid("actor", Identifier.RULE));
    }

    private static void judgeName(String name, List<FieldError> errors) {
        if (name.isEmpty()
                || length(name) > MAX_NAME
                || !isText(name)
                || name.chars().anyMatch(Character::isISOControl)) {
            errors.add(new FieldError("name", "must be 1 to " + MAX_NAME + " characters without control characters"));
        }
    }

    private static void judgeDescription(@Nullable String description, List<FieldError> errors) {
        boolean fits = description == null
                || (!description.isEmpty() && length(description) <= MAX_DESCRIPTION && isText(description));
        if (!fits) {
            errors.add(new FieldError(
                    "description", "must be 1 to " + MAX_DESCRIPTION + " characters of text, or null for none"));
        }
    }

    private static void judgeExpiry(@Nullable Instant expiresAt, Instant now, List<FieldError> errors) {
        if (expiresAt != null && (!expiresAt.isAfter(now) || expiresAt.isAfter(LAST))) {
            errors.add(new FieldError("expires_at", "must be in the future, and before the year 10000"));
        }
    }

    private static void judgeStart(StoredToken token, List<FieldError> errors) {
        Instant start = token.notBefore();
        Instant end = token.expiresAt() == null ? LAST : token.expiresAt();
        if (start != null && !start.isBefore(end)) {
            errors.add(new FieldError("not_before", "must be before expires_at, and before the year 10000"));
        }
    }

    private void judgeLimit(String policy, long permits, List<FieldError> errors) {
        RateLimit planned = dialect.limits().limits().get(policy);
        if (planned == null) {
            errors.add(new FieldError("rate_limits", "names an unknown limit"));
            return;
        }
        try {
            planned.withPermits(permits);
        } catch (IllegalArgumentException outOfRange) {
            errors.add(new FieldError("rate_limits", "must be whole numbers from 1 to " + RateLimit.MAX_PERMITS));
        }
    }

    private static void judgeMetadata(Map<String, String> metadata, List<FieldError> errors) {
        boolean fits = metadata.size() <= MAX_METADATA
                && metadata.entrySet().stream()
                        .allMatch(entry -> !entry.getKey().isEmpty()
                                && length(entry.getKey()) <= MAX_KEY
                                && length(entry.getValue()) <= MAX_VALUE
                                && isText(entry.getKey())
                                && isText(entry.getValue()))
                && metadata.entrySet().stream()
                                .mapToInt(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
                                .sum()
                        <= MAX_METADATA_BYTES;
        if (!fits) {
            errors.add(new FieldError(
                    "metadata",
                    "must be at most " + MAX_METADATA + " texts of at most " + MAX_VALUE
                            + " characters, under names of 1 to " + MAX_KEY + ", and in all at most "
                            + MAX_METADATA_BYTES
                            + " bytes of UTF-8"));
        }
    }

    /**
     * {@return the end of a grace period that starts now; empty if it has no end, or ends after the last year that can be
     * written}
     */
    static Optional<Instant> end(Instant now, @Nullable Duration overlap) {
        try {
            return Optional.ofNullable(overlap).map(now::plus).filter(end -> !end.isAfter(LAST));
        } catch (DateTimeException | ArithmeticException tooLate) {
            return Optional.empty();
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** {@return whether every database can store the text: it has no NUL, and no half of a surrogate pair} */
    private static boolean isText(String text) {
        return text.codePoints().noneMatch(c -> c == 0 || (c >= 0xd800 && c <= 0xdfff));
    }
}
