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
    private long settings;

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
        Setting setting = begin(length);
        try {
            TimeUnit.NANOSECONDS.sleep(
                    setting.older().toNanos() + setting.older().toNanos() / 100);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while older leases last", interrupted);
        }
        end(length, setting);
    }

    /** A length that was set: how many were before, and how long the older leases last. */
    private record Setting(long number, Duration older) {}

    /** From now on leases are of the new length, and changes wait for the longer one. */
    private synchronized Setting begin(Duration length) {
        boolean shorter = length.compareTo(confirmation) < 0;
        Duration older = shorter ? confirmation : Duration.ZERO;
        lease = length;
        confirmation = shorter ? confirmation : length;
        return new Setting(++settings, older);
    }

    /** Unless another length was set meanwhile: then leases of that one may be longer. */
    private synchronized void end(Duration length, Setting setting) {
        if (setting.number() == settings) {
            confirmation = length;
        }
    }
}
