package school.lectern.auth.log;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A failure as it may be logged: its class, its stack, its causes and what it suppressed, with texts that hold no data. The
 * text of a foreign exception is shortened by {@link LogText#withoutData}; this library's own exceptions hold no data, so
 * their texts are whole. Pass this to a logger, and as a cause of what leaves the library, in place of the failure itself:
 * whoever logs a stack logs the texts of all causes, too.
 */
public final class RedactedFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private static final String OWN = "school.lectern.auth.";

    /** Chains of causes may be long, and no log needs all of a longer one. */
    private static final int MAX_DEPTH = 20;

    private RedactedFailure(String text, @Nullable Throwable cause) {
        super(text, cause);
    }

    /**
     * Returns the failure without data, or the failure itself if neither its text nor any that is printed with it can hold
     * some.
     */
    public static Throwable of(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return isSafe(failure, 0) ? failure : copy(failure, seen);
    }

    /** Returns the class of the failure and its text without data, in one line. */
    public static String describe(Throwable failure) {
        if (failure instanceof RedactedFailure) {
            return String.valueOf(failure.getMessage());
        }
        String name = failure.getClass().getName();
        String text = failure.getMessage();
        if (text == null || text.isBlank()) {
            return name;
        }
        return name + ": " + (isOwn(failure) ? LogText.escape(text) : LogText.withoutData(text));
    }

    private static boolean isOwn(Throwable failure) {
        return failure.getClass().getName().startsWith(OWN);
    }

    private static boolean isSafe(Throwable failure, int depth) {
        String text = failure.getMessage();
        boolean safe = isOwn(failure) && (text == null || LogText.escape(text).equals(text)) && depth < MAX_DEPTH;
        Throwable cause = failure.getCause();
        safe = safe && (cause == null || isSafe(cause, depth + 1));
        for (Throwable suppressed : failure.getSuppressed()) {
            safe = safe && isSafe(suppressed, depth + 1);
        }
        return safe;
    }

    private static RedactedFailure copy(Throwable failure, Set<Throwable> seen) {
        seen.add(failure);
        Throwable cause = failure.getCause();
        RedactedFailure copy = new RedactedFailure(
                describe(failure), cause == null || isEnough(cause, seen) ? null : copy(cause, seen));
        copy.setStackTrace(failure.getStackTrace());
        for (Throwable suppressed : failure.getSuppressed()) {
            if (!isEnough(suppressed, seen)) {
                copy.addSuppressed(copy(suppressed, seen));
            }
        }
        return copy;
    }

    /** Causes may go round in a circle. */
    private static boolean isEnough(Throwable failure, Set<Throwable> seen) {
        return seen.contains(failure) || seen.size() >= MAX_DEPTH;
    }

    /** Returns the text alone, which names the class of the failure that this is a copy of. */
    @Override
    @SuppressWarnings("OverrideThrowableToString") // The name of this class would be said of each failure.
    public String toString() {
        return String.valueOf(getMessage());
    }
}
