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
 * Runs the algorithms that are slow by design and bounds their use, so that no client can exhaust the host: they run on at
 * most half of its processors, and the number of wrong guesses is limited. All verifiers of a hasher share it.
 */
final class SlowHashing {

    /** The maximum number of counters. A try uses at most three of them. */
    private static final int COUNTS_REMEMBERED = 30_000;

    private final Bulkhead bulkhead;
    private final FailureBound failures = new FailureBound(COUNTS_REMEMBERED);

    SlowHashing(Duration maxWait) {
        this(new Bulkhead(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), maxWait));
    }

    SlowHashing(Bulkhead bulkhead) {
        this.bulkhead = bulkhead;
    }

    /** A row and its parsed hash. */
    record Candidate(StoredToken row, SaltedHash hash) {}

    /**
     * Runs the hashes of the candidates until the secret matches.
     *
     * @return the row whose hash matches the secret, or empty if no row matches
     * @throws HashingOverloadedException if a hash could not be run, so that the result is unknown
     */
    Optional<StoredToken> prove(Secret secret, List<Candidate> candidates, @Nullable IpAddress address, Moment now) {
        for (Candidate candidate : candidates) {
            failures.requireTry(candidate.row().id(), address, now);
        }
        return bulkhead.run(client(candidates, address), () -> tryEach(secret, candidates, address, now));
    }

    /**
     * {@return the client for the fair distribution of turns} It is the site of the address. If the address is unknown, all
     * callers that try the same token are one client.
     */
    private static Object client(List<Candidate> candidates, @Nullable IpAddress address) {
        return address == null ? candidates.get(0).row().id() : address.site();
    }

    /**
     * Runs the hashes. If one of them matches, all tries are given back: the holder of a token did not guess at the other
     * tokens that share its display prefix.
     */
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
            // A token that is not active, or whose tenant is suspended, is not rehashed, so its hash stays slow. Its
            // verification counts as a failure, because running a slow hash must not be free.
            boolean failed = proven.isEmpty()
                    || !proven.get().isActive(now.instant())
                    || proven.get().tenantSuspended();
            tries.forEach(each -> each.end(failed));
        }
    }
}
