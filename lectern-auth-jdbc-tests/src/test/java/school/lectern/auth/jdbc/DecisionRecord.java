package school.lectern.auth.jdbc;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Kind;

/**
 * A decision in a history.
 *
 * @param begin the time before the decision started, by {@link System#nanoTime}
 * @param end the time after the decision was made, by {@link System#nanoTime}
 * @param clock the process's wall clock at the start, in milliseconds, or {@link #SET_MEANWHILE} if the clock was set before
 *     the end
 * @param token the index of the token that was presented
 * @param question the request that was decided
 * @param denial the denial, or null if the request was allowed
 */
record DecisionRecord(
        long begin,
        long end,
        long clock,
        int token,
        TokenProbe question,
        @Nullable Kind denial) {

    static final long SET_MEANWHILE = Long.MIN_VALUE;

    private static final int ALLOWED = -1;
    private static final long ROUNDING_MILLIS = 5;
    private static final long START_NANOS = System.nanoTime();
    private static final long START_MILLIS = System.currentTimeMillis();

    /** Returns whether the process's clock had reached that time before the decision started. */
    boolean isFrom(long millis) {
        return clock >= millis;
    }

    /** Returns whether the process's clock may have reached that time before the decision was made. */
    boolean mayEndAfter(long millis) {
        return clock == SET_MEANWHILE || clock + TimeUnit.NANOSECONDS.toMillis(end - begin) + ROUNDING_MILLIS >= millis;
    }

    /** Returns whether the machine's clock had reached that time before the decision started. */
    boolean isFromByMachine(long millis) {
        return machineMillis(begin) - ROUNDING_MILLIS >= millis;
    }

    /** Returns whether the machine's clock may have reached that time before the decision was made. */
    boolean mayEndAfterByMachine(long millis) {
        return machineMillis(end) + ROUNDING_MILLIS >= millis;
    }

    /** Returns the machine's clock at a time by {@link System#nanoTime}, which is the same for all processes. */
    private static long machineMillis(long nanos) {
        return START_MILLIS + TimeUnit.NANOSECONDS.toMillis(nanos - START_NANOS);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeLong(begin);
        out.writeLong(end);
        out.writeLong(clock);
        out.writeInt(token);
        out.writeByte(question.ordinal());
        out.writeByte(denial == null ? ALLOWED : denial.ordinal());
    }

    /** Reads all complete records. The process may have been killed while it wrote a record. */
    static void readAll(Path file, Consumer<DecisionRecord> reader) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (true) {
                long begin = in.readLong();
                long end = in.readLong();
                long clock = in.readLong();
                int token = in.readInt();
                TokenProbe question = TokenProbe.values()[in.readByte()];
                int denial = in.readByte();
                reader.accept(new DecisionRecord(
                        begin, end, clock, token, question, denial == ALLOWED ? null : Kind.values()[denial]));
            }
        } catch (EOFException whole) {
            // The end of the complete records.
        }
    }
}
