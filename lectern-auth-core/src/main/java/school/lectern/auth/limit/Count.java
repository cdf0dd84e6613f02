package school.lectern.auth.limit;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a limit has counted for one key: a few numbers whose meaning only the limit's own arithmetic knows. A store keeps
 * them and gives them back. Immutable.
 */
public final class Count {

    private final String measure;
    private final long[] cells;

    private Count(String measure, long[] cells) {
        this.measure = measure;
        this.cells = cells;
    }

    static Count of(Measure measure, long... cells) {
        return new Count(measure.toString(), cells);
    }

    /**
     * Reads what {@link #toString} prints.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Count parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("a count is written measure:number,number");
        }
        return new Count(
                text.substring(0, colon),
                Arrays.stream(text.substring(colon + 1).split(",", -1))
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    /** Whether that measure counted: the numbers of another one mean something else. */
    boolean isOf(Measure asked) {
        return measure.equals(asked.toString());
    }

    /** The cell, or zero where there is none. */
    long cell(int index) {
        return index < cells.length ? cells[index] : 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Count count && measure.equals(count.measure) && Arrays.equals(cells, count.cells);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(cells);
    }

    /** The measure that counted, and its numbers. */
    @Override
    public String toString() {
        return measure + ':' + LongStream.of(cells).mapToObj(Long::toString).collect(Collectors.joining(","));
    }
}
