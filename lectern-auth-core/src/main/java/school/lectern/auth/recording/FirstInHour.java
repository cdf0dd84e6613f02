package school.lectern.auth.recording;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Stores for an hour which events have happened, to distinguish the first of equal events from later ones. The size is bounded,
 * in total and for each group of events. An event for which there is no room is not a first one. Safe for use by many threads.
 *
 * @param <G> the group of an event, such as its tenant: one group must not take the room of all others
 * @param <E> the event, within its group
 */
final class FirstInHour<G, E> {

    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final int maxPerGroup;
    private final int maxTotal;
    private final Map<G, Set<E>> byGroup = new HashMap<>();
    private int total;
    private long hour;

    FirstInHour(int maxTotal, int maxPerGroup) {
        this.maxTotal = maxTotal;
        this.maxPerGroup = maxPerGroup;
    }

    /** {@return whether this is the first such event in the hour; false if there is no room to store it} */
    synchronized boolean isFirst(G group, E event, Instant now) {
        startHour(now);
        Set<E> known = byGroup.get(group);
        if (total >= maxTotal || (known != null && known.size() >= maxPerGroup)) {
            return false;
        }
        if (known == null) {
            known = new HashSet<>();
            byGroup.put(group, known);
        }
        boolean first = known.add(event);
        total += first ? 1 : 0;
        return first;
    }

    /**
     * Starts a new hour if needed. A call that arrives a little late does not return to the hour before; a clock that was set
     * back does.
     */
    private void startHour(Instant now) {
        long current = Math.floorDiv(now.toEpochMilli(), HOUR_MILLIS);
        if (current != hour && current != hour - 1) {
            hour = current;
            byGroup.clear();
            total = 0;
        }
    }
}
