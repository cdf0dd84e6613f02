package school.lectern.auth.spi;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Decision;

/** The measurement of one decision, for {@link AuthMetrics}. Identifies neither a token nor a tenant. Immutable. */
public final class DecisionSample {

    /** Where the rows of the token came from. Later versions may add constants: a {@code switch} over them needs a default. */
    public enum Source {
        /** No token was looked up: the request has no credential of the dialect, or it is malformed. */
        NONE("none"),
        /** The cache alone served the look-up. */
        CACHE("cache"),
        /** The look-up waited for a query of the store, or failed. */
        STORE("store");

        private final String code;

        Source(String code) {
            this.code = code;
        }

        /** {@return the text that represents the source in exported data} It never changes, even if the constant is renamed. */
        public String code() {
            return code;
        }
    }

    private final AuthError.@Nullable Kind reason;
    private final Source source;
    private final long durationNanos;

    private DecisionSample(AuthError.@Nullable Kind reason, Source source, long durationNanos) {
        this.reason = reason;
        this.source = Objects.requireNonNull(source, "source");
        this.durationNanos = durationNanos;
    }

    /**
     * {@return the sample of a decision}
     *
     * @param decision the decision, of which the sample contains the outcome and the kind of a denial
     * @param source where the rows of the token came from
     * @param durationNanos how long the decision took, in nanoseconds
     */
    public static DecisionSample of(Decision decision, Source source, long durationNanos) {
        return new DecisionSample(
                decision instanceof Decision.Denied denied ? denied.error().kind() : null, source, durationNanos);
    }

    /** {@return whether the request was allowed} */
    public boolean isAllowed() {
        return reason == null;
    }

    /** {@return the kind of the denial, or empty if the request was allowed} */
    public Optional<AuthError.Kind> reason() {
        return Optional.ofNullable(reason);
    }

    /** {@return where the rows of the token came from} */
    public Source source() {
        return source;
    }

    /**
     * {@return how long the decision took, in nanoseconds} The time includes the wait for the audit row if calls are recorded
     * durably. It does not include the handler.
     */
    public long durationNanos() {
        return durationNanos;
    }

    @Override
    public String toString() {
        return "DecisionSample[" + (reason == null ? "allowed" : reason) + ", " + source + ", " + durationNanos
                + " ns]";
    }
}
