package school.lectern.auth.memory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;

/** The newest changes of a store in memory. Changes are added only while the store's write lock is held. */
final class InMemoryChangeFeed implements ChangeFeed {

    private static final int REMEMBERED = 10_000;
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** The newest changes, each with the position after it, oldest first. */
    private final Deque<Numbered> remembered = new ArrayDeque<>();

    /**
     * Distinguishes this store from other stores of the process, whose changes have the same sequence numbers. It never
     * leaves the process.
     */
    private final long history = (long) System.identityHashCode(this) << 32;

    private Position newest = new Position(0, 0);
    private Duration lease = Duration.ZERO;
    private Duration confirmation = Duration.ZERO;
    private long settings;

    private record Numbered(Position position, Change change) {}

    synchronized void add(Change change) {
        long number = newest.number() + 1;
        newest = new Position(number, mark(number));
        remembered.addLast(new Numbered(newest, change));
        if (remembered.size() > REMEMBERED) {
            remembered.removeFirst();
        }
    }

    /**
     * {@return the mark of a sequence number in this history} It is spread over 64 bits with the multipliers of SplitMix64.
     */
    private long mark(long number) {
        long mixed = history + number;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    @Override
    public synchronized Changes since(Position known) {
        return new Changes(newest, lease, after(known));
    }

    private Optional<List<Change>> after(Position known) {
        long later = newest.number() - known.number();
        if (later < 0 || later > remembered.size()) {
            return Optional.empty();
        }
        List<Numbered> all = List.copyOf(remembered);
        int next = all.size() - (int) later;
        // The position before the oldest retained change is not retained.
        Position before = next > 0 ? all.get(next - 1).position() : new Position(0, 0);
        return before.equals(known)
                ? Optional.of(all.subList(next, all.size()).stream()
                        .map(Numbered::change)
                        .toList())
                : Optional.empty();
    }

    /** {@return true} The process that reads the store is the process that changes it, so no change can be missing. */
    @Override
    public boolean hasOwnChanges() {
        return true;
    }

    @Override
    public synchronized Confirmation confirmation() {
        return new Confirmation(newest, confirmation);
    }

    @Override
    public void setLease(Duration length) {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("lease must be between 0 and 1 minute, was " + length);
        }
        Setting setting = begin(length);
        try {
            TimeUnit.NANOSECONDS.sleep(
                    setting.older().toNanos() + setting.older().toNanos() / 100);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for older leases to end", interrupted);
        }
        end(length, setting);
    }

    /**
     * A lease length that was set.
     *
     * @param number the sequence number of the setting
     * @param older the length of older leases that may outlast the new leases, or zero if there are none
     */
    private record Setting(long number, Duration older) {}

    /** Uses the new length for new leases. Until {@link #end}, changes wait for the longer of the two lengths. */
    private synchronized Setting begin(Duration length) {
        boolean shorter = length.compareTo(confirmation) < 0;
        Duration older = shorter ? confirmation : Duration.ZERO;
        lease = length;
        confirmation = shorter ? confirmation : length;
        return new Setting(++settings, older);
    }

    /**
     * Ends the wait for older leases, unless another length was set in the meantime: the leases of that setting may be
     * longer.
     */
    private synchronized void end(Duration length, Setting setting) {
        if (setting.number() == settings) {
            confirmation = length;
        }
    }
}
