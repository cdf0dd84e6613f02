package school.lectern.auth;

import school.lectern.auth.decision.Decision;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.AuthMetrics.DecisionInProgress;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.DecisionSample.Source;
import school.lectern.auth.time.Clocks;

/** Measures decisions. Without metrics, it reads no clock. */
final class DecisionMeter {

    private static final Measurement NOT_MEASURED = (decision, source) -> decision;

    private final AuthMetrics metrics;
    private final Clocks clocks;

    DecisionMeter(AuthMetrics metrics, Clocks clocks) {
        this.metrics = metrics;
        this.clocks = clocks;
    }

    /** The measurement of a decision that is being made. */
    interface Measurement {
        /** Reports the decision to the metrics, and returns it. */
        Decision end(Decision decision, Source source);
    }

    /** Starts the measurement of a decision. */
    Measurement start() {
        if (metrics == AuthMetrics.NONE) {
            return NOT_MEASURED;
        }
        DecisionInProgress measured = metrics.deciding();
        long start = clocks.nanos();
        return (decision, source) -> {
            measured.decided(DecisionSample.of(decision, source, clocks.nanos() - start));
            return decision;
        };
    }
}
