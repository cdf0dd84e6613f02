package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.RateLimit;

/** Tests of {@link LimitStoreContract}: each key is counted separately, however similar two keys look. */
abstract class LimitKeyContract extends LimitStoreFixture {

    @Test
    void subjects_are_counted_separately() {
        RateLimit limit = RateLimit.fixed(2, WINDOW);
        useUp(newKey(), limit);
        assertEquals(2, takeAll(newKey(), limit));
    }

    @Test
    void policies_are_counted_separately() {
        LimitKey read = newKey();
        LimitKey write = new LimitKey(read.subject(), "write");
        useUp(read, RateLimit.fixed(2, WINDOW));
        assertEquals(7, takeAll(write, RateLimit.fixed(7, WINDOW)));
        assertEquals(0, takeAll(read, RateLimit.fixed(2, WINDOW)));
    }

    @Test
    void keys_that_only_look_the_same_are_counted_separately() {
        String id = UUID.randomUUID().toString();
        List<LimitKey> keys = List.of(
                new LimitKey("tenant:resume-" + id, "read"),
                new LimitKey("tenant:Resume-" + id, "read"),
                new LimitKey("tenant:r\u00e9sume-" + id, "read"),
                new LimitKey("tenant:re\u0301sume-" + id, "read"),
                new LimitKey("tenant:resume-" + id + " ", "read"),
                new LimitKey(" tenant:resume-" + id, "read"),
                new LimitKey("tenant:resume_" + id, "read"),
                new LimitKey("tenant:resume%" + id, "read"),
                new LimitKey("tenant:resume-" + id, "Read"),
                new LimitKey("tenant:resume-" + id, "read "),
                new LimitKey("tenant", "resume-" + id + ":read"),
                new LimitKey("tenant:resume-" + id + ":read", "read"),
                new LimitKey("tenant:resume-" + id, "read:read"),
                new LimitKey("'; DROP TABLE limits; --" + id, "\"\\\n"),
                new LimitKey("\uD83D\uDE00 \u5b66\u6821 \u0634" + id, "\u5b66"));
        areCountedApart(keys);
    }

    @Test
    void long_keys_that_differ_in_their_last_character_are_counted_separately() {
        String prefix = (UUID.randomUUID() + "x".repeat(128)).substring(0, 127);
        areCountedApart(List.of(
                new LimitKey(prefix + "a", "read"),
                new LimitKey(prefix + "b", "read"),
                new LimitKey(prefix + "\u5b66", "read"),
                new LimitKey(prefix, "read")));
    }

    private void areCountedApart(List<LimitKey> keys) {
        RateLimit limit = RateLimit.fixed(2, WINDOW);
        assertEquals(keys.size(), new HashSet<>(keys).size());
        for (LimitKey key : keys) {
            assertEquals(2, takeAll(key, limit), "permits of " + key);
        }
    }
}
