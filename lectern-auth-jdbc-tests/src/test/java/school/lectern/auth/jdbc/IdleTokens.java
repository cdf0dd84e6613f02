package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.jdbc.connection.Sql;

/**
 * Tokens that become idle during a test unless they are used, and a check of the decisions about them from two sides:
 * <ul>
 * <li>A token is allowed only if it was created or allowed within the idle timeout and the three minutes for its errors. All
 * tokens are created such that this ends during the test, and the test is shorter than the timeout. So it is sufficient that
 * the first decision that allows a token starts before its end.
 * <li>A token is not denied as idle after the database has a recorded use of it. It is denied as idle only if the clock of the
 * process or of the machine may have reached its end.
 * </ul>
 * The database has the clock of the machine.
 */
final class IdleTokens {

    /** Longer than any clock of a test is ahead or behind, so that no use is too old because of a clock. */
    static final Duration TIMEOUT = Duration.ofDays(2);

    private static final Duration GRACE = Duration.ofMinutes(3);

    /**
     * How much later than its end a token may be first allowed by a process whose clock is behind: it knows the time of the
     * database only up to the duration of a poll.
     */
    private static final Duration POLL = Duration.ofSeconds(15);

    /** A token with an end that long ago is never allowed, whatever the clocks show. */
    static final Duration LONG_AGO = POLL.plusSeconds(5);

    private static final int SHOWN = 5;

    private final HikariDataSource pool;
    private final List<SharedToken> tokens = new CopyOnWriteArrayList<>();
    private final Map<Integer, Long> ends = new ConcurrentHashMap<>();
    private final Map<Integer, Long> recorded = new ConcurrentHashMap<>();
    private final List<String> outlived = new ArrayList<>();
    private final List<String> wronglyDenied = new ArrayList<>();
    private final Map<Integer, DecisionRecord> firstAllowed = new ConcurrentHashMap<>();
    private long denied;

    IdleTokens(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Moves the creation of a token that no process knows yet, so that the token is idle from the given time on. */
    void backdate(SharedToken token, Instant end) throws SQLException {
        long createdAt = end.minus(TIMEOUT).minus(GRACE).toEpochMilli();
        try (Connection connection = pool.getConnection()) {
            Sql.update(connection, "UPDATE lectern_tokens SET created_at = ? WHERE token_id = ?", statement -> {
                statement.setLong(1, createdAt);
                statement.setString(2, token.id());
            });
        }
        ends.put(token.index(), end.toEpochMilli());
        tokens.add(token);
    }

    List<SharedToken> tokens() {
        return tokens;
    }

    /** Returns whether the database has a use of the token, and from then on no denial as idle is right. */
    boolean isRecorded(SharedToken token) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            boolean isUsed = Sql.query(
                                    connection,
                                    "SELECT last_used_at FROM lectern_tokens WHERE token_id = ? AND last_used_at IS NOT NULL",
                                    statement -> statement.setString(1, token.id()),
                                    row -> row.getLong(1))
                            .size()
                    == 1;
            if (isUsed) {
                recorded.putIfAbsent(token.index(), System.nanoTime());
            }
            return isUsed;
        }
    }

    void noteAllowed(DecisionRecord decision) {
        if (ends.containsKey(decision.token())) {
            firstAllowed.merge(
                    decision.token(), decision, (one, other) -> one.begin() - other.begin() <= 0 ? one : other);
        }
    }

    /** Checks a denial. Returns false if it is none as idle, or of another token. */
    boolean isChecked(DecisionRecord decision, CacheNodeProcess node) {
        Long end = ends.get(decision.token());
        if (decision.denial() != Kind.IDLE || end == null) {
            return false;
        }
        denied++;
        @Nullable Long since = recorded.get(decision.token());
        boolean isUsed = since != null && decision.begin() - since > 0;
        boolean mayBeIdle = decision.mayEndAfter(end) || decision.mayEndAfterByMachine(end);
        if ((isUsed || !mayBeIdle) && wronglyDenied.size() < SHOWN) {
            wronglyDenied.add(node + " denied " + decision + (isUsed ? ", of a token with a recorded use" : ""));
        }
        return true;
    }

    /** Returns the first few denials as idle of tokens that were used. */
    List<String> wronglyDenied() {
        return wronglyDenied;
    }

    /** Returns the first few tokens that were first allowed after their end. */
    List<String> outlived() {
        firstAllowed.forEach((index, decision) -> {
            if (decision.isFromByMachine(ends.get(index) + POLL.toMillis()) && outlived.size() < SHOWN) {
                outlived.add("first allowed " + decision + ", of a token that was idle at " + ends.get(index));
            }
        });
        return outlived;
    }

    /** Returns the number of tokens that were allowed. */
    int allowed() {
        return firstAllowed.size();
    }

    /** Returns the number of denials as idle. */
    long denied() {
        return denied;
    }
}
