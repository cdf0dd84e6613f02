package school.lectern.auth.jdbc;

/**
 * A secret that the processes of a test know, and whose it is. A token that was given a new secret is there once more.
 *
 * @param issued when the token was there, by {@link System#nanoTime}; the processes need not know
 * @param end when it ends by itself, in milliseconds, or {@link #NEVER}; the processes need not know either
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

    @Override
    public String toString() {
        return "token " + index + " (" + id + ")";
    }
}
