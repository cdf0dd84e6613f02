package school.lectern.auth.spi;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list, and the cursor of the next page. A list ends with a page that has no items, except for a list with
 * conditions that are checked row by row: its pages can have fewer items than there are, or none, so check {@link #isLast}.
 * Immutable.
 *
 * <pre>{@code
 * CursorPage<Token> page = tokens.list(CursorPage.START, 100);
 * while (!page.items().isEmpty()) {
 *     page.items().forEach(token -> ...);
 *     page = tokens.list(page.next(), 100);
 * }
 * }</pre>
 *
 * @param <T> the type of the items
 */
public final class CursorPage<T> {

    /** The cursor of the first page. */
    public static final String START = "";

    private final List<T> items;
    private final String next;
    private final boolean isLast;

    private CursorPage(List<T> items, String next, boolean isLast) {
        this.isLast = isLast;
        this.items = List.copyOf(items);
        this.next = Objects.requireNonNull(next, "next");
    }

    /**
     * {@return a page}
     *
     * @param items the items, in the order of the list
     * @param next the cursor of the page that follows
     * @param <T> the type of the items
     */
    public static <T> CursorPage<T> of(List<T> items, String next) {
        return new CursorPage<>(items, next, items.isEmpty());
    }

    /**
     * {@return a page of a list whose pages can have no items before its end}
     *
     * @param items the items, in the order of the list
     * @param next the cursor of the page that follows
     * @param isLast whether the list ends with this page
     * @param <T> the type of the items
     */
    public static <T> CursorPage<T> of(List<T> items, String next, boolean isLast) {
        return new CursorPage<>(items, next, isLast);
    }

    /**
     * {@return whether the list certainly ends with this page} If not, the next page may have items, or be the last.
     */
    public boolean isLast() {
        return isLast;
    }

    /** {@return the items, in the order of the list; none at the end} Immutable. */
    public List<T> items() {
        return items;
    }

    /** {@return the cursor of the page that follows this one in the order of the list} */
    public String next() {
        return next;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CursorPage<?> that
                && that.items.equals(items)
                && that.next.equals(next)
                && that.isLast == isLast;
    }

    @Override
    public int hashCode() {
        return Objects.hash(items, next, isLast);
    }

    @Override
    public String toString() {
        return "CursorPage[" + items.size() + " items, next " + next + "]";
    }
}
