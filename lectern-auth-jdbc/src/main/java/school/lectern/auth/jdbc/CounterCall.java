package school.lectern.auth.jdbc;

import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.time.Moment;

/**
 * The caller has to call the database, and then to end the call with {@link SharedCounter#filled},
 * {@link SharedCounter#failed} or {@link SharedCounter#putBack}.
 */
final class CounterCall implements SharedCounter.Next {
    private final Moment asked;
    private final @Nullable Refill lasting;
    private final List<Unused> unused;
    private final long wanted;

    /** The failure of the call; null unless it failed. Guarded by the counter's lock. */
    @Nullable
    Throwable failure;

    CounterCall(Moment asked, @Nullable Refill lasting, List<Unused> unused, long wanted) {
        this.asked = asked;
        this.lasting = lasting;
        this.unused = unused;
        this.wanted = wanted;
    }

    /** {@return the moment before the call was sent} */
    Moment asked() {
        return asked;
    }

    /** {@return the previous result from the database if its window is certain to last, or else null} */
    @Nullable
    Refill lasting() {
        return lasting;
    }

    /** {@return the permits that were removed from memory, and that the call puts back} */
    List<Unused> unused() {
        return unused;
    }

    /** {@return the number of permits that the call should take} */
    long wanted() {
        return wanted;
    }
}
