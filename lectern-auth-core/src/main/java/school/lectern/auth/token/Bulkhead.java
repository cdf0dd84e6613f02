package school.lectern.auth.token;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a few threads work at once. The next turn goes to the client that has the fewest turns at this moment, among those to the
 * one that had none for longest, among those to the one that came first: a client with many requests delays another one by the
 * turns that are under way, and by no more. Bounded: each client has some places to wait in, and all clients together have some.
 * Safe for use by many threads.
 */
final class Bulkhead {

    private static final int WAITING_OF_A_CLIENT = 16;
    private static final int WAITING_OF_ALL = 256;

    private final int atOnce;
    private final Duration maxWait;

    /** Those that work or wait; also the lock. */
    private final Map<Object, Client> clients = new HashMap<>();

    private int working;
    private int waiting;
    private long clock;

    /**
     * @param atOnce how many may work at once
     * @param maxWait how long one may wait for its turn
     */
    Bulkhead(int atOnce, Duration maxWait) {
        this.atOnce = atOnce;
        this.maxWait = maxWait;
    }

    private static final class Client {
        private final Deque<Place> places = new ArrayDeque<>();
        private int working;
        private long lastTurn;

        long firstArrival() {
            return places.getFirst().arrival();
        }
    }

    /** Where a thread waits. Its turn has come once it is open. */
    private record Place(long arrival, CountDownLatch open) {}

    /**
     * Works when it is the caller's turn.
     *
     * @param client whose request it is; clients that are equal are one
     * @throws HashingOverloadedException if no turn came in time, too many wait, or the thread was interrupted; nothing was done
     *     then
     */
    <T> T run(Object client, Supplier<T> work) {
        if (!await(client)) {
            throw new HashingOverloadedException("slow hashes are run at capacity", Duration.ofSeconds(1));
        }
        try {
            return work.get();
        } finally {
            release(client);
        }
    }

    private boolean await(Object client) {
        Place place = enter(client);
        if (place == null) {
            return false;
        }
        try {
            if (place.open().await(maxWait.toNanos(), TimeUnit.NANOSECONDS)) {
                return true;
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        leave(client, place);
        return false;
    }

    /** Where to wait, open if it is the client's turn already; null if there is no place. */
    private @Nullable Place enter(Object key) {
        synchronized (clients) {
            Client client = clients.get(key);
            int ofClient = client == null ? 0 : client.places.size();
            if (working >= atOnce && (ofClient >= WAITING_OF_A_CLIENT || waiting >= WAITING_OF_ALL)) {
                return null;
            }
            Place place = new Place(++clock, new CountDownLatch(1));
            clients.computeIfAbsent(key, none -> new Client()).places.addLast(place);
            waiting++;
            openNext();
            return place;
        }
    }

    /** Its turn may have come at the last moment: then it goes to the next. */
    private void leave(Object key, Place place) {
        synchronized (clients) {
            Client client = clients.get(key);
            if (client != null && client.places.remove(place)) {
                waiting--;
                forgetIfIdle(key, client);
            } else {
                release(key);
            }
        }
    }

    private void release(Object key) {
        synchronized (clients) {
            Client client = clients.get(key);
            if (client != null) {
                client.working--;
                working--;
                forgetIfIdle(key, client);
            }
            openNext();
        }
    }

    private void forgetIfIdle(Object key, Client client) {
        if (client.working == 0 && client.places.isEmpty()) {
            clients.remove(key);
        }
    }

    /** For tests: how many wait for a turn. */
    int waiting() {
        synchronized (clients) {
            return waiting;
        }
    }

    private void openNext() {
        while (working < atOnce && waiting > 0) {
            Client next = clients.values().stream()
                    .filter(client -> !client.places.isEmpty())
                    .min(Comparator.<Client>comparingInt(client -> client.working)
                            .thenComparingLong(client -> client.lastTurn)
                            .thenComparingLong(Client::firstArrival))
                    .orElseThrow();
            waiting--;
            working++;
            next.working++;
            next.lastTurn = ++clock;
            next.places.removeFirst().open().countDown();
        }
    }
}
