package school.lectern.auth.memory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;

/** The newest changes of a store in memory. Whoever holds the store's lock for writing adds to it. */
final class InMemoryChangeFeed implements ChangeFeed {

    private static final int REMEMBERED = 10_000;
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Deque<Change> remembered = new ArrayDeque<>();
    private long number;
    private Duration lease = Duration.ZERO;
    private Duration confirmation = Duration.ZERO;

    synchronized void add(Change change) {
        number++;
        remembered.addLast(change);
        if (remembered.size() > REMEMBERED) {
            remembered.removeFirst();
        }
    }

    @Override
    public synchronized Changes since(long known) {
        long later = Math.max(0, number - known);
        if (later > remembered.size()) {
            return new Changes(number, lease, Optional.empty());
        }
        List<Change> all = new ArrayList<>(remembered);
        return new Changes(number, lease, Optional.of(all.subList(all.size() - (int) later, all.size())));
    }

    @Override
    public synchronized Duration confirmation() {
        return confirmation;
    }

    @Override
    public void setLease(Duration length) {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("lease: from zero to one minute, not " + length);
        }
        Duration older = begin(length);
        try {
            TimeUnit.NANOSECONDS.sleep(older.toNanos() + older.toNanos() / 100);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while older leases last", interrupted);
        }
        end(length);
    }

    /** From now on leases are of the new length, and changes wait for the longer one; how long older ones last. */
    private synchronized Duration begin(Duration length) {
        Duration older = confirmation;
        lease = length;
        confirmation = older.compareTo(length) > 0 ? older : length;
        return older.compareTo(length) > 0 ? older : Duration.ZERO;
    }

    private synchronized void end(Duration length) {
        if (lease.equals(length)) {
            confirmation = length;
        }
    }
}
