package school.lectern.auth;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.spi.PermitResult;
import school.lectern.auth.spi.StorageException;

/**
 * The permit of one creation, taken once, however often the creation is retried. The permit is reserved before anything is
 * written, and put back if nothing was written, so a refused creation consumes no permit. If it is unknown whether something
 * was written, the permit stays consumed, so that a window never admits more creations than its limit. While other creations
 * are in progress, a creation may be refused although one of their permits is put back later. Not thread-safe.
 */
final class CreationPermit {

    private static final Logger log = LoggerFactory.getLogger(CreationPermit.class);

    /** The policy under which creations are counted. */
    private static final String POLICY = "create";

    private final IssuerParts parts;
    private final @Nullable RateLimit limit;
    private final String tenantId;
    private @Nullable Reservation reservation;
    private boolean taken;
    private boolean isSpent;

    private CreationPermit(IssuerParts parts, String tenantId) {
        this.parts = parts;
        this.limit = parts.dialect().creationLimit().orElse(null);
        this.tenantId = tenantId;
    }

    /** A creation that takes its permit, and passes its write to the store through {@link #write}. */
    interface Creation<T> {
        Outcome<T> with(CreationPermit permit);
    }

    /** Runs the creation, and returns its outcome. */
    static <T> Outcome<T> run(IssuerParts parts, String tenantId, Creation<T> creation) {
        CreationPermit permit = new CreationPermit(parts, tenantId);
        try {
            return creation.with(permit);
        } finally {
            permit.putBackUnlessSpent();
        }
    }

    /**
     * Takes the permit, unless it was taken before. If the permit cannot be counted and the limit fails open, the creation
     * continues without a permit.
     *
     * @return the refusal if no permit is left, otherwise empty
     */
    Optional<AuthError> take() {
        if (taken || limit == null) {
            return Optional.empty();
        }
        Reservation reserved;
        try {
            reserved = parts.limits()
                    .reserve(
                            LimitTake.of(new LimitKey(LimitKey.tenant(tenantId), POLICY), limit),
                            parts.clocks().now());
        } catch (RuntimeException outage) {
            parts.metrics().permitRequested(POLICY, PermitResult.UNCOUNTED);
            if (limit.failsOpen()) {
                return Optional.empty();
            }
            throw outage;
        }
        LimitStatus status = reserved.status();
        taken = status.admitted();
        reservation = taken ? reserved : null;
        parts.metrics().permitRequested(POLICY, taken ? PermitResult.GRANTED : PermitResult.REFUSED);
        return taken ? Optional.empty() : Optional.of(AuthError.limited(Kind.CREATION_LIMITED, status.retryAfter()));
    }

    /**
     * Performs the write that the permit was taken for. The permit is consumed if the write was applied, or if that is unknown.
     *
     * @param isDone whether the store's result means that the write was applied
     * @return the store's result
     */
    <T> T write(Supplier<T> write, Predicate<T> isDone) {
        isSpent = true;
        try {
            T answer = write.get();
            isSpent = isDone.test(answer);
            return answer;
        } catch (StorageException failed) {
            isSpent = !failed.changedNothing();
            throw failed;
        }
    }

    private void putBackUnlessSpent() {
        if (isSpent || reservation == null) {
            return;
        }
        try {
            reservation.putBack();
        } catch (RuntimeException outage) {
            log.warn(
                    "tenant {} has one creation fewer in this window: a permit could not be put back",
                    LogText.escape(tenantId),
                    RedactedFailure.of(outage));
        }
    }
}
