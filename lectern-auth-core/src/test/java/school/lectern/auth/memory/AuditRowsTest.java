package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.memory.AuditRows.Row;

class AuditRowsTest {

    private static final AuditEvent EVENT = AuditEvent.builder("evt_1", Instant.EPOCH, AuditEvent.CALL, "allowed")
            .build();

    @Test
    void rows_are_found_by_their_places_whichever_were_removed() {
        AuditRows rows = new AuditRows();
        TreeMap<Long, Row> expected = new TreeMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 3_000; i++) {
            // Grows, shrinks until it is empty, and grows again.
            if (random.nextInt(10) < (i / 500 % 2 == 0 ? 7 : 2)) {
                Row row = rows.add(EVENT);
                expected.put(row.place(), row);
            } else if (!expected.isEmpty()) {
                List<Row> present = new ArrayList<>(expected.values());
                Row removed = present.get(random.nextInt(present.size()));
                expected.remove(removed.place());
                rows.remove(removed);
            }
            long place = random.nextLong(rows.lastPlace() + 2);
            assertThat(rows.after(place))
                    .containsExactlyElementsOf(expected.tailMap(place, false).values());
        }
        assertThat(rows.lengthWithGaps()).isBetween(expected.size(), 2 * expected.size() + 1);
        assertThat(rows.all()).containsExactlyElementsOf(expected.values());
    }
}
