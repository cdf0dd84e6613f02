package school.lectern.auth.limit;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a limit has counted for one key: a few numbers whose meaning only the limit's own arithmetic knows. A store keeps
 * them and gives them back. Immutable.
 */
public final class Count {

    private final long[] cells;

    private Count(long[] cells) {
        this.cells = cells;
    }

    static Count of(long... cells) {
        return new Count(cells);
    }

    /**
     * Reads what {@link #toString} prints.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Count parse(String text) {
        return new Count(
                Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong).toArray());
    }

    /** The cell, or zero where there is none: a count of another limit reads as an empty one rather than failing. */
    long cell(int index) {
        return index < cells.length ? cells[index] : 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Count count && Arrays.equals(cells, count.cells);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(cells);
    }

    /** The numbers, parted by commas. */
    @Override
    public String toString() {
        return LongStream.of(cells).mapToObj(Long::toString).collect(Collectors.joining(","));
    }
}
