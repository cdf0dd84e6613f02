package school.lectern.auth.token;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;

/**
 * How often a slow hash may be run in vain: five times a minute for each stored token and client address. A try is counted
 * before it is made, so tries at the same time cannot be more; one that succeeds is given back. Whoever guesses from one
 * address locks nobody out at another. Safe for use by many threads.
 *
 * <p>Bounded: when it is full it forgets whoever came longest ago.
 */
final class FailureBound {

    private static final int FAILURES = 5;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final Map<Key, Window> windows;

    FailureBound(int capacity) {
        this.windows = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Window> eldest) {
                return size() > capacity;
            }
        };
    }

    /** An IPv6 client has its /64 to choose addresses from. Where the address is not known, all are one client. */
    private record Key(String tokenId, @Nullable IpAddress client) {
        static Key of(String tokenId, @Nullable IpAddress address) {
            return new Key(tokenId, address == null ? null : address.withoutInterfaceId());
        }
    }

    private static final class Window {
        private final Instant start;
        private int running;
        private int failed;

        Window(Instant start) {
            this.start = start;
        }

        /** A clock that was set back ends the window, else it could last for long. */
        boolean holds(Instant now) {
            return !now.isBefore(start) && now.isBefore(start.plus(WINDOW));
        }
    }

    /** One try under way. */
    final class Try {
        private final Window window;

        private Try(Window window) {
            this.window = window;
        }

        /** Ends the try: what did not fail is given back. */
        void end(boolean failed) {
            synchronized (windows) {
                window.running--;
                window.failed += failed ? 1 : 0;
            }
        }
    }

    /**
     * Asks for a try without taking it, to be turned away before waiting for a turn.
     *
     * @throws HashingOverloadedException if none is left
     */
    void requireTry(String tokenId, @Nullable IpAddress address, Instant now) {
        synchronized (windows) {
            Window window = windows.get(Key.of(tokenId, address));
            if (window != null && window.holds(now)) {
                requireTry(window, now);
            }
        }
    }

    /**
     * Takes a try.
     *
     * @throws HashingOverloadedException if none is left
     */
    Try take(String tokenId, @Nullable IpAddress address, Instant now) {
        synchronized (windows) {
            Window window = windows.compute(
                    Key.of(tokenId, address),
                    (key, present) -> present != null && present.holds(now) ? present : new Window(now));
            requireTry(window, now);
            window.running++;
            return new Try(window);
        }
    }

    private static void requireTry(Window window, Instant now) {
        if (window.failed >= FAILURES) {
            throw new HashingOverloadedException(
                    "too many secrets were tried against one token", Duration.between(now, window.start.plus(WINDOW)));
        }
        // What is running may well succeed: then there is no need to wait for the minute's end.
        if (window.failed + window.running >= FAILURES) {
            throw new HashingOverloadedException(
                    "too many secrets are being tried against one token", Duration.ofSeconds(1));
        }
    }
}
