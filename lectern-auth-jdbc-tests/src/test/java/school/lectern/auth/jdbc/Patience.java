package school.lectern.auth.jdbc;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Waits for conditions. The timeout only ends a test that would hang. A busy machine may be slow, and no test asserts speed.
 */
final class Patience {

    static final Duration LIMIT = Duration.ofMinutes(3);

    /** The deadline of a storage in tests that do not check deadlines. */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private Patience() {}

    static ConditionFactory await(String what) {
        return await().alias(what);
    }

    static ConditionFactory await() {
        return Awaitility.await()
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(5))
                .atMost(LIMIT);
    }
}
