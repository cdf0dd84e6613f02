package school.lectern.auth.limit;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The state of one counter: a few numbers whose meaning only the limit's own arithmetic knows. A store keeps it, and passes
 * it to the next call of {@link RateLimit#take}. Immutable.
 *
 * <p>A count carries an <em>incarnation</em>, a number that a store draws when it creates the counter
 * ({@link #withIncarnation}). Permits that were counted in one incarnation are never put back into another one.
 */
public final class LimitState {

    private final String measure;
    private final long incarnation;
    private final long[] newest;

    /** What is counted while the clock is far behind the newest time that it has shown. */
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
     * Reads the text that {@link #toString} returns.
     *
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

    /** Returns this count as that of a counter with the given incarnation. */
    public LimitState withIncarnation(long number) {
        return new LimitState(measure, number, newest, back, acceptedFrom);
    }

    boolean isOf(LimitAlgorithm asked) {
        return measure.equals(asked.toString());
    }

    /** The incarnation; it changes also when the clock is set back, or comes back. */
    long incarnation() {
        return incarnation;
    }

    /** The cells with the newest time that the clock has shown. */
    long[] newest() {
        return newest;
    }

    boolean isSetBack() {
        return back != null;
    }

    /** The cells that permits are counted in: the newest, unless the clock was set back. */
    long[] current() {
        return back == null ? newest : back;
    }

    /** The time from which on a clock that was set back is believed to be right; only while it {@link #isSetBack is}. */
    long acceptedFrom() {
        return acceptedFrom;
    }

    /** This count, with other numbers in the cells that permits are counted in. */
    LimitState with(long[] cells) {
        return back == null
                ? new LimitState(measure, incarnation, cells, null, 0)
                : new LimitState(measure, incarnation, newest, cells, acceptedFrom);
    }

    /** This count, by a clock that was set back; the newest cells are kept for the case that it returns. */
    LimitState setBack(long[] cells, long believedFrom) {
        return new LimitState(measure, incarnation + 1, newest, cells, believedFrom);
    }

    /** This count, by a clock that is believed again. */
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

    /** Returns the measure, the incarnation and the numbers, in the form that {@link #parse} reads. */
    @Override
    public String toString() {
        String states = back == null ? text(newest) : text(newest) + ';' + acceptedFrom + ';' + text(back);
        return measure + ':' + incarnation + ':' + states;
    }

    private static String text(long[] cells) {
        return LongStream.of(cells).mapToObj(Long::toString).collect(Collectors.joining(","));
    }
}
