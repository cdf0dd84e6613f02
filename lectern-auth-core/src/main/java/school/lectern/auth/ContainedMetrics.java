package school.lectern.auth;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.PermitResult;

/**
 * Calls the metrics of the application, which must not throw. If they do nevertheless, nothing else fails: no decision, no
 * poll, and no change whose new secret its caller would lose. The first failure is logged.
 */
final class ContainedMetrics implements AuthMetrics {

    private static final Logger log = LoggerFactory.getLogger(LecternAuth.class);

    private final AuthMetrics metrics;
    private final AtomicBoolean hasFailed = new AtomicBoolean();

    private ContainedMetrics(AuthMetrics metrics) {
        this.metrics = metrics;
    }

    /** {@return the metrics, contained, or {@link AuthMetrics#NONE} if they count nothing} */
    static AuthMetrics of(AuthMetrics metrics) {
        return metrics == NONE ? NONE : new ContainedMetrics(metrics);
    }

    private void call(Runnable method) {
        try {
            method.run();
        } catch (RuntimeException | LinkageError broken) {
            if (!hasFailed.getAndSet(true)) {
                log.error("the metrics failed; later failures are not logged", RedactedFailure.of(broken));
            }
        }
    }

    @Override
    public DecisionInProgress deciding() {
        DecisionInProgress[] begun = new DecisionInProgress[1];
        call(() -> begun[0] = metrics.deciding());
        DecisionInProgress decision = begun[0];
        return decision == null ? sample -> {} : sample -> call(() -> decision.decided(sample));
    }

    @Override
    public void cacheHit() {
        call(metrics::cacheHit);
    }

    @Override
    public void cacheMiss() {
        call(metrics::cacheMiss);
    }

    @Override
    public void readThrough() {
        call(metrics::readThrough);
    }

    @Override
    public void invalidated(int tokens) {
        call(() -> metrics.invalidated(tokens));
    }

    @Override
    public void changesPolled(boolean answered) {
        call(() -> metrics.changesPolled(answered));
    }

    @Override
    public void leaseAge(Duration age) {
        call(() -> metrics.leaseAge(age));
    }

    @Override
    public void clockSkew(Duration skew) {
        call(() -> metrics.clockSkew(skew));
    }

    @Override
    public void cacheSize(int tokens) {
        call(() -> metrics.cacheSize(tokens));
    }

    @Override
    public void auditPending(int rows) {
        call(() -> metrics.auditPending(rows));
    }

    @Override
    public void auditDropped(long calls) {
        call(() -> metrics.auditDropped(calls));
    }

    @Override
    public void permitRequested(String policy, PermitResult result) {
        call(() -> metrics.permitRequested(policy, result));
    }

    @Override
    public void tokensChanged(TokenEvent event, long tokens) {
        call(() -> metrics.tokensChanged(event, tokens));
    }

    @Override
    public void reuseDetected() {
        call(metrics::reuseDetected);
    }
}
