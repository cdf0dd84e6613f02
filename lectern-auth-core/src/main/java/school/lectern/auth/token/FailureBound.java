package school.lectern.auth.token;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.time.Moment;

/**
 * How often a slow hash may be run without success within a minute: five times for each stored token and client address, twenty
 * times for a client over all tokens, and forty times for an IPv6 site over all its networks. So one client that knows many
 * tokens' public keys cannot occupy the processors that their owners need, and whoever guesses from one address locks nobody out
 * at another. A try is counted before it is made, so tries at the same time cannot be more; one that succeeds is given back. Safe
 * for use by many threads.
 *
 * <p>Where the address is not known, all callers are one client, and only the tries against each token are counted: to count
 * them over all tokens would lock out every owner at once.
 *
 * <p>Bounded: when it is full it forgets whoever came longest ago.
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
     * What is counted.
     *
     * @param tokenId null for all tokens together
     * @param from null if no address is known
     * @param most how many failures there may be
     */
    private record Key(@Nullable String tokenId, @Nullable IpAddress from, int most) {

        /** An IPv6 client has its /64 to choose addresses from, and a site its /48 to choose networks from. */
        static List<Key> of(String tokenId, @Nullable IpAddress address) {
            if (address == null) {
                return List.of(new Key(tokenId, null, OF_A_TOKEN));
            }
            IpAddress client = address.withoutInterfaceId();
            // An IPv4 address is its own site, which its own bound always reaches first.
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
            // What is running may well succeed: then there is no need to wait for the minute's end.
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
         * Returns whether the moment is in the window. A moment that was read before the window began belongs to it: its caller was
         * held up. A wall clock that was set back ends the window, which could last for long otherwise.
         */
        boolean holds(Moment now) {
            long elapsed = now.millis() - start.millis();
            return now.isBefore(start) || (elapsed >= 0 && elapsed < WINDOW.toMillis());
        }
    }

    /** One try under way. */
    final class Try {
        private final List<Window> counted;

        private Try(List<Window> counted) {
            this.counted = counted;
        }

        /** Ends the try: what did not fail is given back. */
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
     * Asks for a try without taking it, to be turned away before waiting for a turn.
     *
     * @throws HashingOverloadedException if none is left
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
     * @throws HashingOverloadedException if none is left
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
