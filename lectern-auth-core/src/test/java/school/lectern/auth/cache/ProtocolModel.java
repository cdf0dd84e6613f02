package school.lectern.auth.cache;

import static school.lectern.auth.cache.ProtocolModel.Field.*;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model of the protocol that confirms a change. Each step is one access to shared state, and the search covers every order of
 * the steps. The model has one token, which is revoked; a store; a node that caches; and a node that revokes. More nodes add
 * nothing, because nodes interact only through the store. Each step may happen at any time or never, so the orders include a
 * paused node and a slow network.
 *
 * <p>Where the library implements the steps: {@code TokenStore} requires that a change and its sequence number are written in
 * one step; {@code PropagationWait} waits; {@code ChangeFeed.setLease} lowers the lease; {@link ChangePoller#poll} polls;
 * {@link SingleFlightReader#read} and {@link TokenCache#keep} load; {@link CachingTokenStore#find} decides. The start of a
 * decision and its check of the load that it joins are one step here.
 *
 * <p>Time is counted in ticks and is unbounded. The state contains only the age of a moment, counted up to the largest age that
 * matters. The clock of the caching node may fall behind by one tick in total, which is the drift; a wait adds one tick for it,
 * too.
 */
final class ProtocolModel {

    /** The possible faults of a protocol. Without any of them, it is the library's protocol. */
    enum Fault {
        LEASE_IS_NOT_CHECKED,
        LEASE_IS_TAKEN_AFTER_THE_ENTRY,
        LEASE_COUNTS_FROM_THE_ANSWER,
        LEASE_IS_PUBLISHED_BEFORE_CHANGES_ARE_APPLIED,
        NUMBER_IS_VISIBLE_BEFORE_THE_CHANGE,
        NUMBER_IS_VISIBLE_AFTER_THE_CHANGE,
        OVERTAKEN_LOAD_IS_KEPT,
        LOAD_IS_JOINED_WITHOUT_BOUND,
        LOAD_IS_JOINED_WITHOUT_A_LIVE_LEASE,
        LOWERED_LEASE_IS_WAITED_FOR_AT_ONCE,
        CHANGE_IS_NOT_WAITED_FOR,
        WAIT_ALLOWS_FOR_NO_DRIFT
    }

    /** The fields of a state, with their size in bits. All start at zero. */
    enum Field {
        /** Whether the caching node's clock is behind. */
        LAG(1),

        // The store: whether the token is revoked, the count of changes, and the two lease lengths.
        REVOKED(1),
        NUMBER(1),
        LEASE(3),
        CONFIRM(3),

        // The revoking node and its elapsed or remaining wait; the node that lowers the lease, and its remaining wait.
        REVOKER(3),
        WAIT(3),
        LOWERING(2),
        LOWERING_LEFT(3),

        // The poll: its step, the age of its moment, its answer.
        POLL(2),
        POLL_AGE(3),
        POLL_NUMBER(1),
        POLL_LEASE(3),

        // The node's memory. KNOWN is the sequence number plus one. ENTRY is 0 if nothing is cached, otherwise 1 +
        // REVOKED.
        KNOWN(2),
        LEASE_AGE(3),
        LEASE_LENGTH(3),
        ENTRY(2),

        // A load that a request leads: its step, its age, whether a change has overtaken it, the row that it read.
        LOAD(2),
        LOAD_AGE(3),
        LOAD_OVERTAKEN(1),
        LOAD_FOUND(1),

        // A decision that started after the confirmed change had returned: its step, the lease that it read, the entry
        // that it read.
        DECISION(3),
        TAKEN_AGE(3),
        TAKEN_LENGTH(3),
        SEEN_ENTRY(2),
        SEEN_LIVE(1),
        ALLOWED(1);

        private final int bits;

        Field(int bits) {
            this.bits = bits;
        }

        private int shift() {
            return SHIFTS[ordinal()];
        }

        private long mask() {
            return (1L << bits) - 1;
        }
    }

    private static final int[] SHIFTS = shifts();

    private static int[] shifts() {
        Field[] fields = Field.values();
        int[] shifts = new int[fields.length];
        for (int i = 1; i < fields.length; i++) {
            shifts[i] = shifts[i - 1] + fields[i - 1].bits;
        }
        return shifts;
    }

    static int get(long state, Field field) {
        return (int) (state >>> field.shift() & field.mask());
    }

    private static long set(long state, Field field, int value) {
        return state & ~(field.mask() << field.shift()) | (long) value << field.shift();
    }

    private static long set(long state, Field one, int first, Field two, int second) {
        return set(set(state, one, first), two, second);
    }

    private static long set(long state, Field one, int first, Field two, int second, Field three, int third) {
        return set(set(state, one, first, two, second), three, third);
    }

    private static long forget(long state, Field... fields) {
        long left = state;
        for (Field field : fields) {
            left = set(left, field, 0);
        }
        return left;
    }

    // Values of REVOKER
    private static final int IDLE = 0;
    private static final int HALF = 1;
    private static final int COMMITTED = 2;
    private static final int STARTED = 3;
    private static final int WAITING = 4;
    private static final int RETURNED = 5;

    /** A possible next step, and the state that it leads to. */
    record Step(String name, long state) {}

    private final EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
    private final int lease;
    private final int lowered;
    private final Map<Long, Long> before = new HashMap<>(1 << 20);

    /**
     * Creates a model of the library's protocol.
     *
     * @param lease the length of a lease, in ticks
     * @param lowered the length that a node may lower the lease to, in ticks
     */
    ProtocolModel(int lease, int lowered) {
        this.lease = lease;
        this.lowered = lowered;
    }

    ProtocolModel with(Fault fault) {
        faults.add(fault);
        return this;
    }

    int states() {
        return before.size();
    }

    /**
     * Returns the shortest sequence of steps to a decision that allowed a token by its state before a change, although the
     * change had been confirmed when the decision started; empty if there is none.
     */
    Optional<List<String>> violation() {
        long start = set(0, LEASE, lease, CONFIRM, lease);
        before.put(start, start);
        Deque<Long> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            long state = open.remove();
            for (Step next : steps(state)) {
                if (before.putIfAbsent(next.state(), state) == null) {
                    open.add(next.state());
                    if (get(next.state(), ALLOWED) == 1) {
                        return Optional.of(wayTo(next.state()));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private List<String> wayTo(long state) {
        Deque<String> way = new ArrayDeque<>();
        for (long at = state; before.get(at) != at; at = before.get(at)) {
            long to = at;
            steps(before.get(at)).stream()
                    .filter(step -> step.state() == to)
                    .findFirst()
                    .ifPresent(step -> way.addFirst(step.name()));
        }
        return List.copyOf(way);
    }

    private List<Step> steps(long s) {
        List<Step> next = new ArrayList<>();
        next.add(new Step("time passes", nodeAges(revokerAges(s))));
        if (get(s, LAG) == 0) {
            next.add(new Step("time passes, and the caching node does not notice", set(revokerAges(s), LAG, 1)));
        }
        revoke(s, next);
        lower(s, next);
        poll(s, next);
        load(s, next);
        decide(s, next);
        next.add(new Step("the caching node crashes and restarts", forget(s, NODE)));
        return next;
    }

    /** The fields that are in the caching node's memory. */
    private static final Field[] NODE = {
        POLL,
        POLL_AGE,
        POLL_NUMBER,
        POLL_LEASE,
        KNOWN,
        LEASE_AGE,
        LEASE_LENGTH,
        ENTRY,
        LOAD,
        LOAD_AGE,
        LOAD_OVERTAKEN,
        LOAD_FOUND,
        DECISION,
        TAKEN_AGE,
        TAKEN_LENGTH,
        SEEN_ENTRY,
        SEEN_LIVE
    };

    private long revokerAges(long s) {
        int wait = get(s, WAIT);
        int then = switch (get(s, REVOKER)) {
            case STARTED -> Math.min(wait + 1, lease + 1);
            case WAITING -> Math.max(wait - 1, 0);
            default -> 0;
        };
        return set(s, WAIT, then, LOWERING_LEFT, Math.max(get(s, LOWERING_LEFT) - 1, 0));
    }

    private long nodeAges(long s) {
        long aged = s;
        aged = get(s, POLL) > 0 ? older(aged, POLL_AGE) : aged;
        aged = get(s, LEASE_LENGTH) > 0 ? older(aged, LEASE_AGE) : aged;
        aged = get(s, LOAD) > 1 ? older(aged, LOAD_AGE) : aged;
        return get(s, TAKEN_LENGTH) > 0 ? older(aged, TAKEN_AGE) : aged;
    }

    private long older(long s, Field age) {
        return set(s, age, Math.min(get(s, age) + 1, lease));
    }

    private boolean is(Fault fault) {
        return faults.contains(fault);
    }

    private int drift() {
        return is(Fault.WAIT_ALLOWS_FOR_NO_DRIFT) ? 0 : 1;
    }

    private void revoke(long s, List<Step> next) {
        switch (get(s, REVOKER)) {
            case IDLE -> {
                if (is(Fault.NUMBER_IS_VISIBLE_BEFORE_THE_CHANGE)) {
                    next.add(new Step("the sequence number becomes visible", set(s, NUMBER, 1, REVOKER, HALF)));
                } else if (is(Fault.NUMBER_IS_VISIBLE_AFTER_THE_CHANGE)) {
                    next.add(new Step("the change becomes visible", set(s, REVOKED, 1, REVOKER, COMMITTED)));
                } else {
                    next.add(new Step("the change commits", set(s, REVOKED, 1, NUMBER, 1, REVOKER, COMMITTED)));
                }
            }
            case HALF -> next.add(new Step("the change becomes visible", set(s, REVOKED, 1, REVOKER, COMMITTED)));
            case COMMITTED ->
                next.add(
                        is(Fault.CHANGE_IS_NOT_WAITED_FOR)
                                ? new Step("the change returns", set(s, REVOKER, RETURNED))
                                : new Step("the wait begins", set(s, REVOKER, STARTED)));
            case STARTED -> {
                int left = Math.max(get(s, CONFIRM) + drift() - get(s, WAIT), 0);
                next.add(new Step("the wait reads its length", set(s, REVOKER, WAITING, WAIT, left)));
            }
            case WAITING -> {
                if (get(s, WAIT) == 0) {
                    next.add(new Step("the change returns", set(s, REVOKER, RETURNED)));
                }
            }
            default -> {}
        }
        if (get(s, REVOKER) == STARTED || get(s, REVOKER) == WAITING) {
            next.add(new Step("the revoking node crashes and repeats the change", set(s, REVOKER, COMMITTED, WAIT, 0)));
        }
        if (is(Fault.NUMBER_IS_VISIBLE_AFTER_THE_CHANGE) && get(s, REVOKED) == 1 && get(s, NUMBER) == 0) {
            next.add(new Step("the sequence number becomes visible", set(s, NUMBER, 1)));
        }
    }

    private void lower(long s, List<Step> next) {
        if (get(s, LOWERING) == 0) {
            int waitedFor = is(Fault.LOWERED_LEASE_IS_WAITED_FOR_AT_ONCE) ? lowered : get(s, CONFIRM);
            long set = set(s, LEASE, lowered, CONFIRM, waitedFor);
            next.add(new Step("the lease is lowered", set(set, LOWERING, 1, LOWERING_LEFT, lease + drift())));
        }
        if (get(s, LOWERING) == 1 && get(s, LOWERING_LEFT) == 0) {
            next.add(new Step("changes wait for the lowered lease", set(s, CONFIRM, lowered, LOWERING, 2)));
        }
    }

    private void poll(long s, List<Step> next) {
        boolean early = is(Fault.LEASE_IS_PUBLISHED_BEFORE_CHANGES_ARE_APPLIED);
        switch (get(s, POLL)) {
            case 0 -> next.add(new Step("poll: the moment", set(s, POLL, 1)));
            case 1 -> {
                long asked = set(s, POLL, 2, POLL_NUMBER, get(s, NUMBER), POLL_LEASE, get(s, LEASE));
                next.add(new Step("poll: the query", asked));
            }
            case 2 -> {
                long told = is(Fault.LEASE_COUNTS_FROM_THE_ANSWER) ? set(s, POLL_AGE, 0) : s;
                next.add(early ? publish(set(told, POLL, 3)) : apply(set(told, POLL, 3)));
            }
            default -> next.add(early ? over(apply(s)) : over(publish(s)));
        }
    }

    private static Step apply(long s) {
        boolean canTell = get(s, LEASE_AGE) < get(s, LEASE_LENGTH) && get(s, KNOWN) > 0;
        boolean drops = !canTell || get(s, POLL_NUMBER) + 1 != get(s, KNOWN);
        long applied = set(s, KNOWN, get(s, POLL_NUMBER) + 1);
        return new Step(
                "poll: the changes",
                drops ? set(applied, ENTRY, 0, LOAD_OVERTAKEN, get(s, LOAD) > 1 ? 1 : 0) : applied);
    }

    private static Step publish(long s) {
        return new Step("poll: the lease", set(s, LEASE_AGE, get(s, POLL_AGE), LEASE_LENGTH, get(s, POLL_LEASE)));
    }

    private static Step over(Step last) {
        return new Step(last.name(), forget(last.state(), POLL, POLL_AGE, POLL_NUMBER, POLL_LEASE));
    }

    private void load(long s, List<Step> next) {
        switch (get(s, LOAD)) {
            case 0 -> {
                if (get(s, LEASE_AGE) < get(s, LEASE_LENGTH)) {
                    next.add(new Step("load: the lease is live", set(s, LOAD, 1)));
                }
            }
            case 1 -> next.add(new Step("load: the start", set(s, LOAD, 2)));
            case 2 -> {
                long found = set(s, LOAD, 3, LOAD_FOUND, get(s, REVOKED));
                next.add(new Step("load: the query", found));
                if (get(s, DECISION) == 5) {
                    next.add(decided(found, get(s, REVOKED) == 0));
                }
            }
            default -> {
                boolean keeps = get(s, LOAD_OVERTAKEN) == 0 || is(Fault.OVERTAKEN_LOAD_IS_KEPT);
                long kept = keeps ? set(s, ENTRY, 1 + get(s, LOAD_FOUND)) : s;
                next.add(new Step(
                        keeps ? "load: the row is cached" : "load: the row is not cached",
                        forget(kept, LOAD, LOAD_AGE, LOAD_OVERTAKEN, LOAD_FOUND)));
            }
        }
    }

    private void decide(long s, List<Step> next) {
        switch (get(s, DECISION)) {
            case 0 -> {
                if (get(s, REVOKER) == RETURNED) {
                    next.add(new Step("decision: begins", set(s, DECISION, 1)));
                }
            }
            case 1 -> next.add(is(Fault.LEASE_IS_TAKEN_AFTER_THE_ENTRY) ? seeEntry(s, 2) : takeLease(s, 2));
            case 2 -> next.add(is(Fault.LEASE_IS_TAKEN_AFTER_THE_ENTRY) ? takeLease(s, 3) : seeEntry(s, 3));
            case 3 -> next.add(judge(seeClock(s, 3).state()));
            case 4 -> next.add(setOut(s));
            default -> {}
        }
    }

    private static Step takeLease(long s, int then) {
        return new Step(
                "decision: the lease",
                set(s, DECISION, then, TAKEN_AGE, get(s, LEASE_AGE), TAKEN_LENGTH, get(s, LEASE_LENGTH)));
    }

    private static Step seeEntry(long s, int then) {
        return new Step("decision: the entry", set(s, DECISION, then, SEEN_ENTRY, get(s, ENTRY)));
    }

    private static Step seeClock(long s, int then) {
        boolean live = get(s, TAKEN_AGE) < get(s, TAKEN_LENGTH);
        return new Step("decision: the clock", set(s, DECISION, then, SEEN_LIVE, live ? 1 : 0));
    }

    /** With all three values read, the decision uses the cache, a load, or the store, which is always right. */
    private Step judge(long s) {
        boolean live = get(s, SEEN_LIVE) == 1;
        if ((live || is(Fault.LEASE_IS_NOT_CHECKED)) && get(s, SEEN_ENTRY) > 0) {
            return decided(s, get(s, SEEN_ENTRY) == 1);
        }
        boolean asks = live || is(Fault.LOAD_IS_JOINED_WITHOUT_A_LIVE_LEASE);
        return asks
                ? new Step("decision: needs the store", set(forget(s, SEEN_ENTRY, SEEN_LIVE, TAKEN_AGE), DECISION, 4))
                : decided(s, false);
    }

    private Step setOut(long s) {
        boolean bounded = get(s, LOAD_AGE) < get(s, TAKEN_LENGTH) && get(s, LOAD_OVERTAKEN) == 0;
        boolean joins = get(s, LOAD) > 1 && (bounded || is(Fault.LOAD_IS_JOINED_WITHOUT_BOUND));
        return joins && get(s, LOAD) == 2
                ? new Step("decision: joins the load", set(s, DECISION, 5, TAKEN_LENGTH, 0))
                : decided(s, joins && get(s, LOAD_FOUND) == 0);
    }

    private static Step decided(long s, boolean allowed) {
        return new Step(
                allowed ? "decision: allowed" : "decision: denied",
                set(forget(s, DECISION, TAKEN_AGE, TAKEN_LENGTH, SEEN_ENTRY, SEEN_LIVE), ALLOWED, allowed ? 1 : 0));
    }
}
