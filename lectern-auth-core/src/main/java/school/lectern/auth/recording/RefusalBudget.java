package school.lectern.auth.recording;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import school.lectern.auth.decision.AuthError.Kind;

/**
 * Decides which refused calls get an audit row of their own, and counts the others, minute by minute. Safe for use by many
 * threads.
 *
 * <p>Each source of refused calls, a client or a token, has a budget of its own for the minute. The number of sources is
 * bounded, also that of one group, so that nobody fills the table alone: a source that finds no room is counted with its group,
 * and where its group finds none, with all such sources together. A source that is tracked keeps its budget until the
 * minute ends.
 *
 * @param <S> identifies a source of refused calls
 */
final class RefusalBudget<S> {

    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();

    private final int rowsPerMinute;
    private final int maxSources;
    private final int maxPerGroup;
    private final S others;
    private final Map<S, Window> windows = new HashMap<>();
    private final Map<S, Integer> sourcesByGroup = new HashMap<>();
    private long minute;
    private boolean closed;

    /**
     * @param rowsPerMinute how many refused calls of a source get a row of their own in a minute
     * @param maxSources how many sources and groups are tracked within a minute
     * @param maxPerGroup how many sources of one group are
     * @param others what those are counted as that find no room
     */
    RefusalBudget(int rowsPerMinute, int maxSources, int maxPerGroup, S others) {
        this.rowsPerMinute = rowsPerMinute;
        this.maxSources = maxSources;
        this.maxPerGroup = maxPerGroup;
        this.others = others;
    }

    /** The refused calls of one source in one minute. */
    private static final class Window {
        private int rows;
        private final Map<Kind, Counted> counted = new EnumMap<>(Kind.class);
    }

    private record Counted(int status, long count, Instant first, Instant last) {
        /** Calls arrive in an order that need not be that of their times. */
        Counted plus(Counted other) {
            Instant earlier = first.isBefore(other.first) ? first : other.first;
            Instant later = last.isAfter(other.last) ? last : other.last;
            return new Counted(status, count + other.count, earlier, later);
        }
    }

    /**
     * Refused calls of one source that were counted in one minute.
     *
     * @param source whose calls
     * @param kind why they were refused
     * @param status the status of the answers
     * @param count how many calls, at least 1
     * @param first when the first of them was refused
     * @param last when the last of them was
     */
    record Count<S>(S source, Kind kind, int status, long count, Instant first, Instant last) {}

    /**
     * Returns whether a refused call is to get a row of its own. Otherwise the call has been counted.
     *
     * @param group what the source is a part of, and is counted as if there is no room for the source
     * @param needsRow whether it gets a row also if the budget is used up
     */
    synchronized boolean takesRow(S source, S group, boolean needsRow, Kind kind, int status, Instant now) {
        Window window = window(source, group);
        if (needsRow || closed || window.rows < rowsPerMinute) {
            window.rows++;
            return true;
        }
        window.counted.merge(kind, new Counted(status, 1, now, now), Counted::plus);
        return false;
    }

    private Window window(S source, S group) {
        Window known = windows.get(source);
        if (known != null) {
            return known;
        }
        if (windows.size() < maxSources && sourcesByGroup.getOrDefault(group, 0) < maxPerGroup) {
            sourcesByGroup.merge(group, 1, Integer::sum);
            return track(source);
        }
        Window ofGroup = windows.get(group);
        if (ofGroup != null) {
            return ofGroup;
        }
        return windows.size() < maxSources ? track(group) : windows.computeIfAbsent(others, first -> new Window());
    }

    private Window track(S source) {
        Window window = new Window();
        windows.put(source, window);
        return window;
    }

    /**
     * Returns the counts of a minute that is over by now, and starts the next minute. A call that comes a moment late does not go
     * back to the minute before; a clock that was set back does.
     */
    synchronized List<Count<S>> ended(Instant now) {
        long current = Math.floorDiv(now.toEpochMilli(), MINUTE_MILLIS);
        if (current == minute || current == minute - 1) {
            return List.of();
        }
        minute = current;
        return drain();
    }

    /** Returns what is counted, for the last time: from now on every refused call gets a row. */
    synchronized List<Count<S>> close() {
        closed = true;
        return drain();
    }

    private List<Count<S>> drain() {
        List<Count<S>> counts = new ArrayList<>();
        windows.forEach((source, window) -> window.counted.forEach((kind, calls) ->
                counts.add(new Count<>(source, kind, calls.status, calls.count, calls.first, calls.last))));
        windows.clear();
        sourcesByGroup.clear();
        return counts;
    }
}
