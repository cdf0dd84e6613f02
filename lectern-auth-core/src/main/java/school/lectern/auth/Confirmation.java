package school.lectern.auth;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.ChangeFeed;

/** Waits, after a change was made, until no cache of any process answers by what was before. */
final class Confirmation {

    private static final Logger log = LoggerFactory.getLogger(Confirmation.class);

    /** Clocks of two machines may run at speeds that differ, by no more than this part. */
    private static final long DRIFT = 100;

    private static final String LOST =
            "the database has lost changes that it had acknowledged, as after a failover to a server"
                    + " that had not received them; list the tokens, and repeat the change";

    private final @Nullable ChangeFeed feed;

    /** @param feed null where there is nothing to wait for: the tokens are one process's alone, or nobody wants to wait */
    Confirmation(@Nullable ChangeFeed feed) {
        this.feed = feed;
    }

    /** Empty once every change that this thread knows to be made holds everywhere; else why that could not be waited for. */
    Optional<String> await() {
        long start = System.nanoTime();
        if (feed == null) {
            return Optional.empty();
        }
        try {
            sleepUntil(start + withDrift(feed.confirmation()));
            return feed.hasOwnChanges() ? Optional.empty() : Optional.of(LOST);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted while the leases of caches last");
        } catch (RuntimeException broken) {
            log.warn(
                    "a change was made, but whether all processes enforce it cannot be read",
                    RedactedFailure.of(broken));
            return Optional.of("whether all processes enforce the change cannot be read from the database; repeat it");
        }
    }

    private static long withDrift(Duration wait) {
        long nanos = wait.toNanos();
        return nanos + nanos / DRIFT;
    }

    private static void sleepUntil(long end) throws InterruptedException {
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }
}
