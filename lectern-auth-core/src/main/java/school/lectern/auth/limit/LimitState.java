package school.lectern.auth.limit;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The state of one counter: a few numbers that only the limit's arithmetic interprets. A store saves the state and passes it
 * to the next call of {@link RateLimit#take}. Immutable.
 *
 * <p>A state has an <em>incarnation</em>, a number that the store generates when it creates the counter
 * ({@link #withIncarnation}). Permits that were counted in one incarnation are never put back into another one.
 */
public final class LimitState {

    private final String measure;
    private final long incarnation;
    private final long[] newest;

    /**
     * The cells that permits are counted in while the clock is far behind the newest time that it has shown; null otherwise.
     */
    private final long @Nullable [] back;

    private final long acceptedFrom;

    private LimitState(String measure, long incarnation, long[] newest, long @Nullable [] back, long acceptedFrom) {
        this.measure = measure;
        this.incarnation = incarnation;
        this.newest = newest;
        this.back = back;
        this.acceptedFrom = acceptedFrom;
    }

    static LimitState of(LimitAlgorithm measure, long... cells) {
        return new LimitState(measure.toString(), 0, cells, null, 0);
    }

    /**
     * {@return the state that a text represents}
     *
     * @param text the text that {@link #toString} returned
     * @throws IllegalArgumentException if the text does not have exactly that form
     */
    public static LimitState parse(String text) {
        String[] parts = text.split(":", -1);
        String[] states = parts.length == 3 ? parts[2].split(";", -1) : new String[0];
        if (states.length != 1 && states.length != 3) {
            throw new IllegalArgumentException("a count must have the form measure:incarnation:number,number");
        }
        boolean isSetBack = states.length == 3;
        LimitState count = new LimitState(
                parts[0],
                Long.parseLong(parts[1]),
                slots(states[0]),
                isSetBack ? slots(states[2]) : null,
                isSetBack ? Long.parseLong(states[1]) : 0);
        if (!count.toString().equals(text)) {
            throw new IllegalArgumentException("a count must be written in its shortest form");
        }
        return count;
    }

    private static long[] slots(String text) {
        return Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong).toArray();
    }

    /**
     * {@return this state with another incarnation}
     *
     * @param number the incarnation
     */
    public LimitState withIncarnation(long number) {
        return new LimitState(measure, number, newest, back, acceptedFrom);
    }

    boolean isOf(LimitAlgorithm asked) {
        return measure.equals(asked.toString());
    }

    /** {@return the incarnation} It also changes when the clock is set back, and when the clock returns. */
    long incarnation() {
        return incarnation;
    }

    /** {@return the cells with the newest time that the clock has shown} */
    long[] newest() {
        return newest;
    }

    boolean isSetBack() {
        return back != null;
    }

    /** {@return the cells that permits are counted in: the newest cells, unless the clock was set back} */
    long[] current() {
        return back == null ? newest : back;
    }

    /**
     * {@return the time from which on a clock that was set back is accepted as correct; meaningful only if
     * {@link #isSetBack}}
     */
    long acceptedFrom() {
        return acceptedFrom;
    }

    /** {@return this state with other cells to count permits in} */
    LimitState with(long[] cells) {
        return back == null
                ? new LimitState(measure, incarnation, cells, null, 0)
                : new LimitState(measure, incarnation, newest, cells, acceptedFrom);
    }

    /** {@return this state after the clock was set back} The newest cells are retained in case the clock returns. */
    LimitState setBack(long[] cells, long believedFrom) {
        return new LimitState(measure, incarnation + 1, newest, cells, believedFrom);
    }

    /** {@return this state after the clock has returned, or was accepted as correct} */
    LimitState settled(long[] cells) {
        return new LimitState(measure, incarnation + 1, cells, null, 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LimitState count && toString().equals(count.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** {@return the algorithm, the incarnation and the numbers, in the form that {@link #parse} accepts} */
    @Override
    public String toString() {
        String states = back == null ? text(newest) : text(newest) + ';' + acceptedFrom + ';' + text(back);
        return measure + ':' + incarnation + ':' + states;
    }

    private static String text(long[] cells) {
        return LongStream.of(cells).mapToObj(Long::toString).collect(Collectors.joining(","));
    }
}
