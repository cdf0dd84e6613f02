package school.lectern.auth.jdbc;

import org.jspecify.annotations.Nullable;

/** A change in a history: the command to a process, and the result that it reported. Times are from {@link System#nanoTime}. */
final class ChangeRecord {

    /** The outcome as the caller of the change observes it. */
    enum Outcome {
        CONFIRMED,
        UNCONFIRMED,
        PENDING,
        UNKNOWN,
        REFUSED
    }

    final RestrictiveChange what;
    final SharedToken token;
    final CacheNodeProcess maker;
    volatile long began = Long.MAX_VALUE;
    volatile long ended = Long.MAX_VALUE;
    volatile int attempts;
    volatile @Nullable Outcome outcome;
    volatile @Nullable String secret;

    ChangeRecord(RestrictiveChange what, SharedToken token, CacheNodeProcess maker) {
        this.what = what;
        this.token = token;
        this.maker = maker;
    }

    boolean hasBegun() {
        return began != Long.MAX_VALUE;
    }

    boolean is(Outcome expected) {
        return outcome == expected;
    }

    @Override
    public String toString() {
        return what + " of " + token + " by " + maker + ", " + outcome + " at " + ended;
    }
}
