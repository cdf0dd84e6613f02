package school.lectern.auth.log;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a failure that is safe to log: its class, its stack trace, its causes and its suppressed exceptions, with texts
 * without data. The text of an exception from outside the library is shortened by {@link LogText#withoutData}. The library's
 * own exceptions contain no data, so their texts are unchanged. Pass the copy to a logger, and use it as the cause of
 * exceptions that leave the library, instead of the failure itself: a logged stack trace includes the texts of all causes.
 */
public final class RedactedFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private static final String OWN = "school.lectern.auth.";

    /** The maximum number of exceptions in a chain: chains of causes may be long, and no log needs more than that. */
    private static final int MAX_DEPTH = 20;

    private RedactedFailure(String text, @Nullable Throwable cause) {
        super(text, cause);
    }

    /**
     * {@return a copy of the failure without data, or the failure itself if neither its text nor the text of any cause or
     * suppressed exception can contain data}
     *
     * @param failure the failure
     */
    public static Throwable of(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return isSafe(failure, 0) ? failure : copy(failure, seen);
    }

    /**
     * {@return the class of the failure and its text without data, in one line}
     *
     * @param failure the failure
     */
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

    /**
     * {@return whether a cause must not be copied, because it was copied before (causes may form a cycle) or the chain is too
     * long}
     */
    private static boolean isEnough(Throwable failure, Set<Throwable> seen) {
        return seen.contains(failure) || seen.size() >= MAX_DEPTH;
    }

    /** {@return only the text, which contains the class of the original failure} */
    @Override
    @SuppressWarnings("OverrideThrowableToString") // Otherwise all failures would show the name of this class.
    public String toString() {
        return String.valueOf(getMessage());
    }
}
