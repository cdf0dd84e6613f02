package school.lectern.auth.spi;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list, and the cursor of the next page. A list ends with a page that has no items. Immutable.
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

    private CursorPage(List<T> items, String next) {
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
        return new CursorPage<>(items, next);
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
        return other instanceof CursorPage<?> that && that.items.equals(items) && that.next.equals(next);
    }

    @Override
    public int hashCode() {
        return Objects.hash(items, next);
    }

    @Override
    public String toString() {
        return "CursorPage[" + items.size() + " items, next " + next + "]";
    }
}
