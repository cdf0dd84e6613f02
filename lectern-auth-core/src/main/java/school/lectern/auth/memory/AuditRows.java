package school.lectern.auth.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;

/**
 * The rows of an audit log in the order in which they were added. Each guarded request adds a row, and removes one if the log
 * is full, so neither depends on the number of rows: a removed row leaves a gap, and many gaps are closed together. Not
 * thread-safe.
 */
final class AuditRows {

    private final List<Row> rows = new ArrayList<>();
    private int gaps;
    private long lastPlace;

    /** The place of an event, and its latest form. */
    static final class Row {
        private final long place;
        private @Nullable AuditEvent event;

        private Row(long place, AuditEvent event) {
            this.place = place;
            this.event = event;
        }

        long place() {
            return place;
        }

        /** Returns the event of a row that has not been removed. */
        AuditEvent event() {
            return Objects.requireNonNull(event, "the row has been removed");
        }

        void replace(AuditEvent completed) {
            event = completed;
        }

        private boolean isRemoved() {
            return event == null;
        }
    }

    /** Returns the place of the row that was added last, or 0. */
    long lastPlace() {
        return lastPlace;
    }

    Row add(AuditEvent event) {
        lastPlace++;
        Row row = new Row(lastPlace, event);
        rows.add(row);
        return row;
    }

    void remove(Row row) {
        row.event = null;
        gaps++;
        if (gaps > lengthWithGaps() / 2) {
            rows.removeIf(Row::isRemoved);
            gaps = 0;
        }
    }

    int lengthWithGaps() {
        return rows.size();
    }

    /** Returns the rows after a place, in their order. */
    Stream<Row> after(long place) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (rows.get(middle).place > place) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return rows.subList(low, rows.size()).stream().filter(row -> !row.isRemoved());
    }

    /** Returns all rows, in their order. */
    Stream<Row> all() {
        return after(0);
    }
}
