package school.lectern.auth.micrometer;

import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.DecisionSample.Source;

/**
 * The timers of decisions, by reason and source, so that a decision looks no meter up by its tags. A timer is registered at its
 * first decision: most kinds of errors never occur.
 */
final class DecisionTimers {

    private static final String OUTCOME = MicrometerAuthMetrics.OUTCOME;
    private static final String REASON = MicrometerAuthMetrics.REASON;
    private static final String SOURCE = MicrometerAuthMetrics.SOURCE;

    private final MeterRegistry registry;
    private final Tags common;
    private final Map<Source, Slot> allowed = new EnumMap<>(Source.class);
    private final Map<AuthError.Kind, Map<Source, Slot>> denied = new EnumMap<>(AuthError.Kind.class);

    DecisionTimers(MeterRegistry registry, Tags common) {
        this.registry = registry;
        this.common = common;
        addSlots(allowed);
        for (AuthError.Kind kind : AuthError.Kind.values()) {
            Map<Source, Slot> slots = new EnumMap<>(Source.class);
            addSlots(slots);
            denied.put(kind, slots);
        }
    }

    private static void addSlots(Map<Source, Slot> slots) {
        for (Source source : Source.values()) {
            slots.put(source, new Slot());
        }
    }

    /** The place of a timer, empty until its first decision. */
    private static final class Slot {
        private volatile @Nullable Timer timer;
    }

    Timer of(DecisionSample sample) {
        Map<Source, Slot> slots = sample.reason().map(denied::get).orElse(allowed);
        Slot slot = slots.get(sample.source());
        if (slot == null) {
            return register(sample);
        }
        Timer timer = slot.timer;
        if (timer == null) {
            // Two threads may do this together: they get the same timer.
            timer = register(sample);
            slot.timer = timer;
        }
        return timer;
    }

    private Timer register(DecisionSample sample) {
        return Timer.builder(MicrometerAuthMetrics.DECISION)
                .description("Decisions about requests")
                .tags(common.and(
                        OUTCOME,
                        outcome(sample),
                        REASON,
                        reason(sample),
                        SOURCE,
                        sample.source().code()))
                .register(registry);
    }

    /** {@return the tags of the timer, for an observation} */
    static KeyValues keyValues(DecisionSample sample) {
        return KeyValues.of(
                OUTCOME,
                outcome(sample),
                REASON,
                reason(sample),
                SOURCE,
                sample.source().code());
    }

    private static String outcome(DecisionSample sample) {
        return sample.isAllowed() ? "allowed" : "denied";
    }

    private static String reason(DecisionSample sample) {
        return sample.reason().map(AuthError.Kind::code).orElse("none");
    }
}
