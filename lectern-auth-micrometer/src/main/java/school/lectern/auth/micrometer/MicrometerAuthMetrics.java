package school.lectern.auth.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.DecisionSample.Source;
import school.lectern.auth.spi.PermitResult;

/**
 * Reports the library's metrics as Micrometer meters. No tag identifies a token or a tenant, and each tag has few values.
 * The monitoring guide lists the meters. Thread-safe.
 *
 * <pre>{@code
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
 *         .storage(JdbcStorage.of(dataSource))
 *         .metrics(MicrometerAuthMetrics.of(registry))
 *         .open();
 * }</pre>
 *
 * <p>Create one instance for each {@code LecternAuth}. If there are several for one registry, distinguish them by
 * {@link Builder#tags}: otherwise, the first one alone has gauges.
 */
public final class MicrometerAuthMetrics implements AuthMetrics {

    /** The timer of decisions, and the name of their observations. Tags: {@code outcome}, {@code reason}, {@code source}. */
    public static final String DECISION = "lectern.auth.decision";

    /**
     * The counter of look-ups in the cache. Tag: {@code result}, which is {@code hit}, {@code miss} or {@code read_through}.
     */
    public static final String CACHE_GETS = "lectern.auth.cache.gets";

    /** The counter of polls for changes. Tag: {@code result}, which is {@code success} or {@code failure}. */
    public static final String CACHE_POLLS = "lectern.auth.cache.polls";

    /** The counter of cached tokens that were removed since they changed or may have changed. */
    public static final String CACHE_INVALIDATIONS = "lectern.auth.cache.invalidations";

    /** The gauge of the time since a poll last renewed the lease; not a number before the first poll. */
    public static final String CACHE_LEASE_AGE = "lectern.auth.cache.lease.age";

    /**
     * The gauge of the time by which the store's clock is ahead of this process's clock, negative if it is behind; not a number
     * before the first poll.
     */
    public static final String CLOCK_SKEW = "lectern.auth.clock.skew";

    /** The gauge of the number of cached tokens. */
    public static final String CACHE_SIZE = "lectern.auth.cache.size";

    /** The gauge of the number of audit rows that wait to be written. */
    public static final String AUDIT_PENDING = "lectern.auth.audit.pending";

    /** The counter of calls and changes whose audit rows were dropped. */
    public static final String AUDIT_DROPPED = "lectern.auth.audit.dropped";

    /** The counter of requests for permits. Tags: {@code policy}, and {@code result}, a {@link PermitResult#code}. */
    public static final String LIMITS_REQUESTS = "lectern.auth.limits.requests";

    /** The counter of changes of tokens. Tag: {@code event}, a {@link TokenEvent#code}. */
    public static final String TOKENS = "lectern.auth.tokens";

    /** The counter of lines of tokens that were revoked because of a reuse. */
    public static final String REUSES = "lectern.auth.reuses";

    /** The tag of {@link #DECISION} that is {@code allowed} or {@code denied}. */
    public static final String OUTCOME = "outcome";

    /** The tag of {@link #DECISION} that is an {@link AuthError.Kind#code}, or {@code none} if the request was allowed. */
    public static final String REASON = "reason";

    /** The tag of {@link #DECISION} that is a {@link Source#code}. */
    public static final String SOURCE = "source";

    /** The tag of a counter of results. */
    public static final String RESULT = "result";

    /** The tag of {@link #LIMITS_REQUESTS} that is the policy of a limit, or {@code create} for creations of tokens. */
    public static final String POLICY = "policy";

    /** The tag of {@link #TOKENS} that is the kind of a change. */
    public static final String EVENT = "event";

    private final MeterRegistry registry;
    private final Tags common;
    private final @Nullable ObservationRegistry observations;
    private final DecisionInProgress timed = this::decided;

    private final DecisionTimers decisions;
    private final Counter hits;
    private final Counter misses;
    private final Counter readThroughs;
    private final Counter polls;
    private final Counter failedPolls;
    private final Counter invalidations;
    private final Counter auditDropped;
    private final Counter reuses;
    private final Map<TokenEvent, Counter> changes = new EnumMap<>(TokenEvent.class);

    /** By policy, and then by result. The policies are those of the dialect's plan. */
    private final Map<String, Map<PermitResult, Counter>> permits = new ConcurrentHashMap<>();

    private volatile double leaseAgeNanos = Double.NaN;
    private volatile double clockSkewNanos = Double.NaN;
    private volatile int cacheSize;
    private volatile int auditPending;

    private MicrometerAuthMetrics(Builder settings) {
        this.registry = settings.registry;
        this.common = settings.tags;
        this.observations = settings.observations;
        this.decisions = new DecisionTimers(registry, common);
        this.hits = gets("hit");
        this.misses = gets("miss");
        this.readThroughs = gets("read_through");
        this.polls = polls("success");
        this.failedPolls = polls("failure");
        this.invalidations = counter(
                CACHE_INVALIDATIONS,
                "Cached tokens removed since they changed or may have changed",
                "tokens",
                Tags.empty());
        this.auditDropped =
                counter(AUDIT_DROPPED, "Calls and changes whose audit rows were dropped", "events", Tags.empty());
        this.reuses = counter(REUSES, "Lines of tokens revoked because of a reuse", null, Tags.empty());
        for (TokenEvent event : TokenEvent.values()) {
            changes.put(event, counter(TOKENS, "Changes of tokens", null, Tags.of(EVENT, event.code())));
        }
        registerGauges();
    }

    private void registerGauges() {
        TimeGauge.builder(CACHE_LEASE_AGE, () -> leaseAgeNanos, TimeUnit.NANOSECONDS)
                .description("Time since a poll last renewed the lease of the cache")
                .tags(common)
                .register(registry);
        TimeGauge.builder(CLOCK_SKEW, () -> clockSkewNanos, TimeUnit.NANOSECONDS)
                .description("Time by which the clock of the store is ahead of the clock of this process")
                .tags(common)
                .register(registry);
        Gauge.builder(CACHE_SIZE, () -> cacheSize)
                .description("Cached tokens")
                .baseUnit("tokens")
                .tags(common)
                .register(registry);
        Gauge.builder(AUDIT_PENDING, () -> auditPending)
                .description("Audit rows and statuses that wait to be written")
                .baseUnit("rows")
                .tags(common)
                .register(registry);
    }

    /**
     * {@return metrics with meters in a registry, and without observations}
     *
     * @param registry the application's registry of meters
     */
    public static MicrometerAuthMetrics of(MeterRegistry registry) {
        return builder(registry).build();
    }

    /**
     * {@return a builder of metrics with meters in a registry}
     *
     * @param registry the application's registry of meters
     */
    public static Builder builder(MeterRegistry registry) {
        return new Builder(registry);
    }

    private Counter gets(String result) {
        return counter(CACHE_GETS, "Look-ups in the cache of tokens", null, Tags.of(RESULT, result));
    }

    private Counter polls(String result) {
        return counter(CACHE_POLLS, "Polls for changes of other processes", null, Tags.of(RESULT, result));
    }

    private Counter counter(String name, String description, @Nullable String unit, Tags tags) {
        return Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tags(common.and(tags))
                .register(registry);
    }

    // ---- decisions

    /** Starts an observation if there is a registry for it and it observes decisions; otherwise, the timer is recorded. */
    @Override
    public DecisionInProgress deciding() {
        if (observations == null) {
            return timed;
        }
        Observation observation = Observation.createNotStarted(DECISION, observations);
        if (observation.isNoop()) {
            return timed;
        }
        for (Tag tag : common) {
            observation.lowCardinalityKeyValue(tag.getKey(), tag.getValue());
        }
        observation.start();
        Observation.Scope scope = observation.openScope();
        return sample -> {
            try {
                observation.lowCardinalityKeyValues(DecisionTimers.keyValues(sample));
                scope.close();
            } finally {
                observation.stop();
            }
        };
    }

    @Override
    public void decided(DecisionSample sample) {
        decisions.of(sample).record(sample.durationNanos(), TimeUnit.NANOSECONDS);
    }

    // ---- the cache

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
        invalidations.increment(tokens);
    }

    @Override
    public void changesPolled(boolean answered) {
        (answered ? polls : failedPolls).increment();
    }

    @Override
    public void leaseAge(Duration age) {
        leaseAgeNanos = age.toNanos();
    }

    @Override
    public void clockSkew(Duration skew) {
        clockSkewNanos = skew.toNanos();
    }

    @Override
    public void cacheSize(int tokens) {
        cacheSize = tokens;
    }

    // ---- audit, limits, tokens

    @Override
    public void auditPending(int rows) {
        auditPending = rows;
    }

    @Override
    public void auditDropped(long calls) {
        auditDropped.increment((double) calls);
    }

    @Override
    public void permitRequested(String policy, PermitResult result) {
        Counter counter = permits.computeIfAbsent(policy, this::permitsOf).get(result);
        if (counter != null) {
            counter.increment();
        }
    }

    private Map<PermitResult, Counter> permitsOf(String policy) {
        Map<PermitResult, Counter> counters = new EnumMap<>(PermitResult.class);
        for (PermitResult result : PermitResult.values()) {
            counters.put(
                    result,
                    counter(
                            LIMITS_REQUESTS,
                            "Requests for permits of rate limits",
                            null,
                            Tags.of(POLICY, policy, RESULT, result.code())));
        }
        return counters;
    }

    @Override
    public void tokensChanged(TokenEvent event, long tokens) {
        Counter counter = changes.get(event);
        if (counter != null) {
            counter.increment((double) tokens);
        }
    }

    @Override
    public void reuseDetected() {
        reuses.increment();
    }

    /** Configures a {@link MicrometerAuthMetrics}. Not thread-safe. */
    public static final class Builder {
        private final MeterRegistry registry;
        private @Nullable ObservationRegistry observations;
        private Tags tags = Tags.empty();

        private Builder(MeterRegistry registry) {
            this.registry = Objects.requireNonNull(registry, "registry");
        }

        /**
         * Makes an {@link Observation} of each decision, in place of recording its timer. The registry must have a handler that
         * turns observations into meters ({@code DefaultMeterObservationHandler}), as in Spring Boot; other handlers may turn
         * them into spans of traces. The timer then has one more tag, {@code error}, and the registry has a timer
         * {@code lectern.auth.decision.active} of decisions in progress. If the registry is switched off, or a predicate
         * excludes the observation, the timer is recorded directly. Default: no observations.
         *
         * @param value the application's registry of observations
         * @return this builder
         */
        public Builder observations(ObservationRegistry value) {
            if (observations != null) {
                throw new IllegalArgumentException(
                        "observations must be set once, but was set before: remove one of the calls");
            }
            this.observations = Objects.requireNonNull(value, "observations");
            return this;
        }

        /**
         * Adds tags that all meters have, for example {@code Tags.of("dialect", "lectern")}. Default: none.
         *
         * @param value tags with constant values
         * @return this builder
         */
        public Builder tags(Iterable<Tag> value) {
            this.tags = tags.and(value);
            return this;
        }

        /** {@return metrics with these settings, whose meters are registered} */
        public MicrometerAuthMetrics build() {
            return new MicrometerAuthMetrics(this);
        }
    }
}
