package school.lectern.auth;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Resources that are closed together, in the reverse order of their opening. Each one is closed even if another one fails to
 * close.
 */
final class Resources implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Adds a resource that {@link #close} closes, and returns it. */
    synchronized <T extends AutoCloseable> T add(T part) {
        open.push(part);
        return part;
    }

    /** Closes the resources. Closing them again has no effect. */
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
