package school.lectern.auth.dialect;

import java.time.Instant;

/**
 * When a window ends, as text. The last one is kept: windows of one length end together, and to write a time takes longer than
 * to count a call.
 */
final class ResetTime {

    private static volatile ResetTime last = new ResetTime(Instant.EPOCH);

    private final Instant time;
    private final String text;

    private ResetTime(Instant time) {
        this.time = time;
        this.text = time.toString();
    }

    static String text(Instant time) {
        ResetTime known = last;
        if (!known.time.equals(time)) {
            known = new ResetTime(time);
            last = known;
        }
        return known.text;
    }
}
