package school.lectern.auth.jdbc;

import java.time.Instant;

/**
 * A secret that the test processes share, and its token. A token with a new secret is added as another entry.
 *
 * @param issued the time when the token existed, by {@link System#nanoTime}; not sent to the processes
 * @param end the expiry of the token, or its end by the maximum lifetime, in milliseconds, or {@link #NEVER}; not sent to the
 *     processes
 */
record SharedToken(int index, String id, String tenantId, String creator, String secret, long issued, long end) {

    static final long NEVER = Long.MAX_VALUE;

    static SharedToken parse(String line) {
        String[] parts = line.split(" ", -1);
        return new SharedToken(
                Integer.parseInt(parts[0]), parts[1], parts[2], parts[3], parts[4], 0, Long.parseLong(parts[5]));
    }

    String line() {
        return String.join(" ", Integer.toString(index), id, tenantId, creator, secret, Long.toString(end));
    }

    SharedToken with(int newIndex, String newSecret) {
        return new SharedToken(newIndex, id, tenantId, creator, newSecret, issued, end);
    }

    SharedToken endingAt(Instant time) {
        return new SharedToken(index, id, tenantId, creator, secret, issued, time.toEpochMilli());
    }

    @Override
    public String toString() {
        return "token " + index + " (" + id + ")";
    }
}
