package school.lectern.auth.memory;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.spi.AuthMetrics;

/** Metrics in memory, which the application can export to its own metrics system. Thread-safe. */
public final class InMemoryAuthMetrics implements AuthMetrics {

    private final LongAdder allowed = new LongAdder();
    private final Map<AuthError.Kind, LongAdder> denied = new EnumMap<>(AuthError.Kind.class);
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder readThroughs = new LongAdder();
    private final LongAdder invalidated = new LongAdder();
    private final LongAdder polls = new LongAdder();
    private final LongAdder failedPolls = new LongAdder();
    private volatile Duration leaseAge = Duration.ZERO;

    /** Creates metrics with all counters at zero. */
    public InMemoryAuthMetrics() {
        for (AuthError.Kind kind : AuthError.Kind.values()) {
            denied.put(kind, new LongAdder());
        }
    }

    @Override
    public void allowed() {
        allowed.increment();
    }

    @Override
    public void denied(AuthError.Kind reason) {
        LongAdder counter = denied.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    @Override
    public void cacheHit() {
        hits.increment();
    }

    @Override
    public void cacheMiss() {
        misses.increment();
    }

    @Override
    public void readThrough() {
        readThroughs.increment();
    }

    @Override
    public void invalidated(int tokens) {
        invalidated.add(tokens);
    }

    @Override
    public void changesPolled(boolean answered) {
        (answered ? polls : failedPolls).increment();
    }

    @Override
    public void leaseAge(Duration age) {
        leaseAge = age;
    }

    /**
     * {@return the current value of every metric, by name} The names are {@code allowed}, {@code denied:} followed by
     * {@link AuthError.Kind#code} (for example {@code denied:REVOKED}), {@code hits}, {@code misses}, {@code readThroughs},
     * {@code invalidated}, {@code polls}, {@code failedPolls} and {@code leaseAgeMillis}.
     */
    public Map<String, Long> snapshot() {
        Map<String, Long> all = new TreeMap<>();
        all.put("allowed", allowed.sum());
        denied.forEach((kind, count) -> all.put("denied:" + kind.code(), count.sum()));
        all.put("hits", hits.sum());
        all.put("misses", misses.sum());
        all.put("readThroughs", readThroughs.sum());
        all.put("invalidated", invalidated.sum());
        all.put("polls", polls.sum());
        all.put("failedPolls", failedPolls.sum());
        all.put("leaseAgeMillis", leaseAge.toMillis());
        return all;
    }
}
