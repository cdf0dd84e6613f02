package school.lectern.auth.jdbc;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Kind;

/**
 * A decision in a history.
 *
 * @param begin before it was asked for, by {@link System#nanoTime}
 * @param end after it was made
 * @param token the index of the token that was presented
 * @param question what was asked
 * @param denial null where it was allowed
 */
record DecisionRecord(
        long begin,
        long end,
        int token,
        Question question,
        @Nullable Kind denial) {

    private static final int ALLOWED = -1;

    void write(DataOutputStream out) throws IOException {
        out.writeLong(begin);
        out.writeLong(end);
        out.writeInt(token);
        out.writeByte(question.ordinal());
        out.writeByte(denial == null ? ALLOWED : denial.ordinal());
    }

    /** Also of a process that was killed in the middle of a record. */
    static void readAll(Path file, Consumer<DecisionRecord> reader) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (true) {
                long begin = in.readLong();
                long end = in.readLong();
                int token = in.readInt();
                Question question = Question.values()[in.readByte()];
                int denial = in.readByte();
                reader.accept(new DecisionRecord(
                        begin, end, token, question, denial == ALLOWED ? null : Kind.values()[denial]));
            }
        } catch (EOFException whole) {
            // All that there is.
        }
    }
}
