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
 * Limits how many threads run work concurrently. The next turn goes to the client with the fewest running turns; among equal
 * clients, to the client whose last turn started longest ago; among those, to the client whose request arrived first. So a
 * client with many requests delays another client by the running turns and by nothing more. The number of waiting threads is
 * bounded for each client and for all clients together. Thread-safe.
 */
final class Bulkhead {

    private static final int WAITING_OF_A_CLIENT = 16;
    private static final int WAITING_OF_ALL = 256;

    private final int atOnce;
    private final Duration maxWait;

    /** The clients with running or waiting threads. Also the lock for all mutable state. */
    private final Map<Object, Client> clients = new HashMap<>();

    private int working;
    private int waiting;
    private long clock;

    /**
     * @param atOnce the maximum number of concurrent runs
     * @param maxWait how long a thread may wait for its turn
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

    /** The place of a waiting thread. The thread's turn has come when {@code open} is counted down. */
    private record Place(long arrival, CountDownLatch open) {}

    /**
     * Waits for the caller's turn and runs the work.
     *
     * @param client the client whose request this is; equal objects are the same client
     * @throws HashingOverloadedException if the turn did not come in time, too many threads wait, or the thread was
     *     interrupted; the work was not run
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

    /** {@return a place in the queue, open if it is the client's turn; null if all turns are in use and the queue is full} */
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

    /** Gives up a place. If its turn came at the last moment, the turn goes to the next thread. */
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

    /** {@return the number of threads that wait for a turn} For tests. */
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
