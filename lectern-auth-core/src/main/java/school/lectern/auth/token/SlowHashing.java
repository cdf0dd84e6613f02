package school.lectern.auth.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.Secret;
import school.lectern.auth.time.Moment;

/**
 * Runs the algorithms that are slow by design, so that nobody can burn the host with them: on at most half of its
 * processors, and not without end for one who guesses. Shared by all probes of a hasher.
 */
final class SlowHashing {

    /** A try is counted under three of them at most. */
    private static final int COUNTS_REMEMBERED = 30_000;

    private final Bulkhead bulkhead;
    private final FailureBound failures = new FailureBound(COUNTS_REMEMBERED);

    SlowHashing(Duration maxWait) {
        this(new Bulkhead(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), maxWait));
    }

    SlowHashing(Bulkhead bulkhead) {
        this.bulkhead = bulkhead;
    }

    /** A row, and its hash as it was read. */
    record Candidate(StoredToken row, SaltedHash hash) {}

    /**
     * The row whose hash is the secret's.
     *
     * @throws HashingOverloadedException if a hash could not be run, and so nothing can be said
     */
    Optional<StoredToken> prove(Secret secret, List<Candidate> candidates, @Nullable IpAddress address, Moment now) {
        for (Candidate candidate : candidates) {
            failures.requireTry(candidate.row().id(), address, now);
        }
        return bulkhead.run(client(candidates, address), () -> tryEach(secret, candidates, address, now));
    }

    /** Who takes turns with others: a site. Where no address is known, those who try the same token are one. */
    private static Object client(List<Candidate> candidates, @Nullable IpAddress address) {
        return address == null ? candidates.get(0).row().id() : address.site();
    }

    /** Who holds one token has not guessed at the others that happen to look like it: all tries are given back then. */
    private Optional<StoredToken> tryEach(
            Secret secret, List<Candidate> candidates, @Nullable IpAddress address, Moment now) {
        List<FailureBound.Try> tries = new ArrayList<>();
        Optional<StoredToken> proven = Optional.empty();
        try {
            for (Candidate candidate : candidates) {
                tries.add(failures.take(candidate.row().id(), address, now));
                if (candidate.hash().matches(secret)) {
                    proven = Optional.of(candidate.row());
                    break;
                }
            }
            return proven;
        } finally {
            // A token that has ended keeps its slow hash for good: proving it is no use of it, and must not be free
            // either.
            boolean failed = proven.isEmpty()
                    || !proven.get().isActive(now.instant())
                    || proven.get().tenantSuspended();
            tries.forEach(each -> each.end(failed));
        }
    }
}
