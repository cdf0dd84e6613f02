package school.lectern.auth.memory;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.PermitResult;

/** Metrics in memory, which the application can export to its own metrics system. Thread-safe. */
public final class InMemoryAuthMetrics implements AuthMetrics {

    private final LongAdder allowed = new LongAdder();
    private final Map<AuthError.Kind, LongAdder> denied = counters(AuthError.Kind.class);
    private final Map<DecisionSample.Source, LongAdder> sources = counters(DecisionSample.Source.class);
    private final LongAdder decisionNanos = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder readThroughs = new LongAdder();
    private final LongAdder invalidated = new LongAdder();
    private final LongAdder polls = new LongAdder();
    private final LongAdder failedPolls = new LongAdder();
    private final LongAdder auditDropped = new LongAdder();
    private final LongAdder reuses = new LongAdder();
    private final Map<String, LongAdder> permits = new ConcurrentHashMap<>();
    private final Map<TokenEvent, LongAdder> changes = counters(TokenEvent.class);
    private volatile Duration leaseAge = Duration.ZERO;
    private volatile Duration clockSkew = Duration.ZERO;
    private volatile int cacheSize;
    private volatile int auditPending;

    /** Creates metrics with all counters at zero. */
    public InMemoryAuthMetrics() {}

    private static <E extends Enum<E>> Map<E, LongAdder> counters(Class<E> kinds) {
        Map<E, LongAdder> counters = new EnumMap<>(kinds);
        for (E kind : kinds.getEnumConstants()) {
            counters.put(kind, new LongAdder());
        }
        return counters;
    }

    private static <E extends Enum<E>> void add(Map<E, LongAdder> counters, E kind, long count) {
        LongAdder counter = counters.get(kind);
        if (counter != null) {
            counter.add(count);
        }
    }

    @Override
    public void decided(DecisionSample sample) {
        if (sample.isAllowed()) {
            allowed.increment();
        }
        sample.reason().ifPresent(kind -> add(denied, kind, 1));
        add(sources, sample.source(), 1);
        decisionNanos.add(sample.durationNanos());
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

    @Override
    public void clockSkew(Duration skew) {
        clockSkew = skew;
    }

    @Override
    public void cacheSize(int tokens) {
        cacheSize = tokens;
    }

    @Override
    public void auditPending(int rows) {
        auditPending = rows;
    }

    @Override
    public void auditDropped(long calls) {
        auditDropped.add(calls);
    }

    @Override
    public void permitRequested(String policy, PermitResult result) {
        permits.computeIfAbsent(policy + ":" + result.code(), first -> new LongAdder())
                .increment();
    }

    @Override
    public void tokensChanged(TokenEvent event, long tokens) {
        add(changes, event, tokens);
    }

    @Override
    public void reuseDetected() {
        reuses.increment();
    }

    /**
     * {@return the current value of every metric, by name} The names are {@code allowed}, {@code denied:} followed by
     * {@link AuthError.Kind#code} (for example {@code denied:REVOKED}), {@code decisions:} followed by
     * {@link DecisionSample.Source#code}, {@code decisionNanos}, {@code hits}, {@code misses}, {@code readThroughs},
     * {@code invalidated}, {@code polls}, {@code failedPolls}, {@code leaseAgeMillis}, {@code clockSkewMillis},
     * {@code cacheSize}, {@code auditPending}, {@code auditDropped}, {@code reuses}, {@code permits:}
     * followed by the policy, a colon and {@link PermitResult#code} (for example
     * {@code permits:read:granted}; only those that were counted), and {@code tokens:} followed by {@link TokenEvent#code}.
     */
    public Map<String, Long> snapshot() {
        Map<String, Long> all = new TreeMap<>();
        all.put("allowed", allowed.sum());
        denied.forEach((kind, count) -> all.put("denied:" + kind.code(), count.sum()));
        sources.forEach((source, count) -> all.put("decisions:" + source.code(), count.sum()));
        all.put("decisionNanos", decisionNanos.sum());
        all.put("hits", hits.sum());
        all.put("misses", misses.sum());
        all.put("readThroughs", readThroughs.sum());
        all.put("invalidated", invalidated.sum());
        all.put("polls", polls.sum());
        all.put("failedPolls", failedPolls.sum());
        all.put("leaseAgeMillis", leaseAge.toMillis());
        all.put("clockSkewMillis", clockSkew.toMillis());
        all.put("cacheSize", (long) cacheSize);
        all.put("auditPending", (long) auditPending);
        all.put("auditDropped", auditDropped.sum());
        all.put("reuses", reuses.sum());
        permits.forEach((name, count) -> all.put("permits:" + name, count.sum()));
        changes.forEach((event, count) -> all.put("tokens:" + event.code(), count.sum()));
        return all;
    }
}
