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
 * Decides which refused calls get an audit row of their own, and counts the other ones for each minute. Safe for use by many
 * threads.
 *
 * <p>Each source of refused calls, which is a client or a token, has its own budget for a minute. The number of sources is
 * bounded, in total and for each group, so that one group cannot fill the table. If there is no room for a source, its calls
 * are counted with those of its group. If there is no room for the group, they are counted together with those of all such
 * sources. A source that is tracked keeps its budget until the minute ends.
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
     * @param rowsPerMinute the maximum number of rows per minute for the refused calls of a source
     * @param maxSources the maximum number of sources and groups that are tracked in a minute
     * @param maxPerGroup the maximum number of sources of one group that are tracked in a minute
     * @param others the source that calls are counted for if there is no room for their source and group
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
        /** {@return the sum of both} The order in which calls arrive may differ from the order of their times. */
        Counted plus(Counted other) {
            Instant earlier = first.isBefore(other.first) ? first : other.first;
            Instant later = last.isAfter(other.last) ? last : other.last;
            return new Counted(status, count + other.count, earlier, later);
        }
    }

    /**
     * Refused calls of one source that were counted in one minute.
     *
     * @param source the source of the calls
     * @param kind the reason why they were refused
     * @param status the HTTP status of the responses
     * @param count the number of calls, at least 1
     * @param first the time of the first refusal
     * @param last the time of the last refusal
     */
    record Count<S>(S source, Kind kind, int status, long count, Instant first, Instant last) {}

    /**
     * {@return whether a refused call must get a row of its own; otherwise it was counted}
     *
     * @param group the group of the source, for which the call is counted if there is no room for the source
     * @param needsRow whether the call gets a row even if the budget is used up
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
     * {@return the counts of the previous minute if it has ended; otherwise empty} Starts the next minute in that case. A
     * call that arrives a little late does not return to the minute before; a clock that was set back does.
     */
    synchronized List<Count<S>> ended(Instant now) {
        long current = Math.floorDiv(now.toEpochMilli(), MINUTE_MILLIS);
        if (current == minute || current == minute - 1) {
            return List.of();
        }
        minute = current;
        return drain();
    }

    /** {@return the current counts, for the last time} After this call every refused call gets a row. */
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
