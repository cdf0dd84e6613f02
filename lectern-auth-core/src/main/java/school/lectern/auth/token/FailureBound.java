package school.lectern.auth.token;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.time.Moment;

/**
 * Bounds how often a slow hash may be run without success within a minute: five times for each pair of stored token and
 * client address, twenty times for a client over all tokens, and forty times for an IPv6 site over all its networks. So a
 * client that knows the public keys of many tokens cannot occupy the processors that the owners of the tokens need, and a
 * client that guesses from one address does not lock out clients at other addresses. A try is counted before it runs, so that
 * concurrent tries cannot exceed the bound; a successful try is given back. Thread-safe.
 *
 * <p>If the address is unknown, all such callers are one client, and only the tries against each token are counted: counting
 * them over all tokens would lock out all owners together.
 *
 * <p>Memory is bounded: when the table is full, the least recently used counter is dropped.
 */
final class FailureBound {

    private static final int OF_A_TOKEN = 5;
    private static final int OF_A_CLIENT = 20;
    private static final int OF_A_SITE = 40;
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

    /**
     * The key of a counter.
     *
     * @param tokenId the id of the token, or null for all tokens together
     * @param from the address of the client or site, or null if it is unknown
     * @param most the maximum number of failures in a window
     */
    private record Key(@Nullable String tokenId, @Nullable IpAddress from, int most) {

        /**
         * {@return the keys under which a try is counted} An IPv6 client can choose any address of its /64, and a site can
         * choose any network of its /48.
         */
        static List<Key> of(String tokenId, @Nullable IpAddress address) {
            if (address == null) {
                return List.of(new Key(tokenId, null, OF_A_TOKEN));
            }
            IpAddress client = address.withoutInterfaceId();
            // An IPv4 address is its own site. The client's bound is lower than the site's, so it always applies first.
            return List.of(
                    new Key(tokenId, client, OF_A_TOKEN),
                    new Key(null, client, OF_A_CLIENT),
                    new Key(null, address.site(), OF_A_SITE));
        }

        void requireTry(Window window, Moment now) {
            if (window.failed >= most) {
                throw new HashingOverloadedException(
                        "too many secrets were tried " + against(),
                        Duration.between(now.instant(), window.start.instant().plus(WINDOW)));
            }
            // Running tries may succeed, so the caller need not wait for the end of the minute.
            if (window.failed + window.running >= most) {
                throw new HashingOverloadedException(
                        "too many secrets are being tried " + against(), Duration.ofSeconds(1));
            }
        }

        private String against() {
            return tokenId != null ? "against one token" : "from one client or site";
        }
    }

    private static final class Window {
        private final Moment start;
        private int running;
        private int failed;

        Window(Moment start) {
            this.start = start;
        }

        /**
         * {@return whether the moment is in the window} A moment that was read before the window began belongs to it: its
         * caller was delayed. A wall clock that was set back ends the window, because the window could otherwise last much
         * longer than a minute.
         */
        boolean holds(Moment now) {
            long elapsed = now.millis() - start.millis();
            return now.isBefore(start) || (elapsed >= 0 && elapsed < WINDOW.toMillis());
        }
    }

    /** A running try. */
    final class Try {
        private final List<Window> counted;

        private Try(List<Window> counted) {
            this.counted = counted;
        }

        /** Ends the try. A try that did not fail is given back. */
        void end(boolean failed) {
            synchronized (windows) {
                for (Window window : counted) {
                    window.running--;
                    window.failed += failed ? 1 : 0;
                }
            }
        }
    }

    /**
     * Checks that a try is available without taking it, so that a caller can be rejected before it waits for a turn.
     *
     * @throws HashingOverloadedException if no try is left
     */
    void requireTry(String tokenId, @Nullable IpAddress address, Moment now) {
        synchronized (windows) {
            for (Key key : Key.of(tokenId, address)) {
                Window window = windows.get(key);
                if (window != null && window.holds(now)) {
                    key.requireTry(window, now);
                }
            }
        }
    }

    /**
     * Takes a try.
     *
     * @throws HashingOverloadedException if no try is left
     */
    Try take(String tokenId, @Nullable IpAddress address, Moment now) {
        synchronized (windows) {
            requireTry(tokenId, address, now);
            List<Window> counted = Key.of(tokenId, address).stream()
                    .map(key -> windows.compute(
                            key, (same, present) -> present != null && present.holds(now) ? present : new Window(now)))
                    .toList();
            counted.forEach(window -> window.running++);
            return new Try(counted);
        }
    }
}
