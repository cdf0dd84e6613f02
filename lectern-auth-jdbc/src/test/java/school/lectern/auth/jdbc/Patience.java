package school.lectern.auth.jdbc;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Waits for conditions. The limit only ends a test that would hang: a busy machine may take long, and no test asserts speed. */
final class Patience {

    static final Duration LIMIT = Duration.ofMinutes(3);

    /** For a storage in a test that is not about deadlines. */
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
