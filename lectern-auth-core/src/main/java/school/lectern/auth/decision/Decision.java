package school.lectern.auth.decision;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;

/** The decision about a request: {@link Allowed} or {@link Denied}. A denial is a value and not an exception. */
public sealed interface Decision {

    /** {@return the id of the request} */
    String requestId();

    /**
     * {@return the status of each rate limit of the request, possibly none; empty also if the client must not get it}
     * Immutable.
     */
    List<RateLimitResult> limits();

    /**
     * {@return the version that applies, or empty if the API has no versions or the version was not resolved before the
     * denial}
     */
    Optional<ApiVersion> version();

    /** The request is allowed. */
    final class Allowed implements Decision {

        private final String requestId;
        private final VerifiedToken token;
        private final Optional<ApiVersion> version;
        private final List<RateLimitResult> limits;
        private final Optional<AuditEvent> entry;

        private Allowed(
                String requestId,
                VerifiedToken token,
                Optional<ApiVersion> version,
                List<RateLimitResult> limits,
                Optional<AuditEvent> entry) {
            this.requestId = requestId;
            this.token = token;
            this.version = version;
            this.limits = List.copyOf(limits);
            this.entry = entry;
        }

        /**
         * {@return the decision to allow a request, without an audit row}
         *
         * @param requestId the id of the request
         * @param token the token that was presented
         * @param version the version that applies, or empty if the API has no versions
         * @param limits the status of each rate limit of the request after the request was counted, possibly none; copied
         */
        public static Allowed of(
                String requestId, VerifiedToken token, Optional<ApiVersion> version, List<RateLimitResult> limits) {
            return new Allowed(requestId, token, version, limits, Optional.empty());
        }

        /**
         * {@return this decision with an audit row}
         *
         * @param written the row that was written before the handler runs, to be completed with the status
         */
        public Allowed withEntry(AuditEvent written) {
            return new Allowed(requestId, token, version, limits, Optional.of(written));
        }

        @Override
        public String requestId() {
            return requestId;
        }

        /** {@return the token that was presented} */
        public VerifiedToken token() {
            return token;
        }

        @Override
        public Optional<ApiVersion> version() {
            return version;
        }

        /** {@return the status of each rate limit of the request after the request was counted, possibly none} Immutable. */
        @Override
        public List<RateLimitResult> limits() {
            return limits;
        }

        /**
         * {@return the audit row that was written before the handler runs, to be completed with the status; empty if calls are
         * not recorded}
         */
        public Optional<AuditEvent> entry() {
            return entry;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Allowed that
                    && requestId.equals(that.requestId)
                    && token.equals(that.token)
                    && version.equals(that.version)
                    && limits.equals(that.limits)
                    && entry.equals(that.entry);
        }

        @Override
        public int hashCode() {
            return Objects.hash(requestId, token, version, limits, entry);
        }

        @Override
        public String toString() {
            return "Allowed[requestId=" + requestId + ", token=" + token + ", version=" + version + ", limits=" + limits
                    + ", entry=" + entry + "]";
        }
    }

    /** The request is denied. */
    final class Denied implements Decision {

        private final String requestId;
        private final AuthError error;
        private final Optional<VerifiedToken> token;
        private final Optional<ApiVersion> version;
        private final List<RateLimitResult> limits;

        private Denied(
                String requestId,
                AuthError error,
                Optional<VerifiedToken> token,
                Optional<ApiVersion> version,
                List<RateLimitResult> limits) {
            this.requestId = requestId;
            this.error = error;
            this.token = token;
            this.version = version;
            this.limits = List.copyOf(limits);
        }

        /**
         * {@return the decision to deny a request}
         *
         * @param requestId the id of the request
         * @param error the reason
         * @param token the token if its secret was verified before the denial, otherwise empty
         * @param version the version that applies, or empty if it was not resolved before the denial
         * @param limits the status of each rate limit of the request, possibly none; none also if the client must not get it;
         *     copied
         */
        public static Denied of(
                String requestId,
                AuthError error,
                Optional<VerifiedToken> token,
                Optional<ApiVersion> version,
                List<RateLimitResult> limits) {
            return new Denied(requestId, error, token, version, limits);
        }

        @Override
        public String requestId() {
            return requestId;
        }

        /** {@return the reason} */
        public AuthError error() {
            return error;
        }

        /** {@return the token if its secret was verified before the denial, otherwise empty} */
        public Optional<VerifiedToken> token() {
            return token;
        }

        @Override
        public Optional<ApiVersion> version() {
            return version;
        }

        @Override
        public List<RateLimitResult> limits() {
            return limits;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Denied that
                    && requestId.equals(that.requestId)
                    && error.equals(that.error)
                    && token.equals(that.token)
                    && version.equals(that.version)
                    && limits.equals(that.limits);
        }

        @Override
        public int hashCode() {
            return Objects.hash(requestId, error, token, version, limits);
        }

        @Override
        public String toString() {
            return "Denied[requestId=" + requestId + ", error=" + error + ", token=" + token + ", version=" + version
                    + ", limits=" + limits + "]";
        }
    }
}
