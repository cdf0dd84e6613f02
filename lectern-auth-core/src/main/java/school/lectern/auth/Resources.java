package school.lectern.auth;

import java.util.ArrayDeque;
import java.util.Deque;

/** What is closed together, in the reverse order of opening; each part is closed even if another one fails to close. */
final class Resources implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Adds a part that {@link #close} closes, and returns it. */
    synchronized <T extends AutoCloseable> T add(T part) {
        open.push(part);
        return part;
    }

    /** Closes the parts. To close again does nothing. */
    @Override
    public synchronized void close() {
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Throwable failed) {
                if (failure == null) {
                    failure = new IllegalStateException("a part could not be closed", failed);
                } else {
                    failure.addSuppressed(failed);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
