package school.lectern.auth;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.Token;

/**
 * What the operations that an application calls have in common: the verbs, who acts, and whether a change is waited for.
 *
 * @param waits whether an operation returns only after every process enforces its change
 */
record OperationContext(TokenVerbs verbs, Actor actor, boolean waits) {

    private static final Logger log = LoggerFactory.getLogger(OperationContext.class);

    OperationContext {
        Objects.requireNonNull(actor, "actor");
    }

    OperationContext actingAs(Actor other) {
        return new OperationContext(verbs, other, waits);
    }

    OperationContext withoutWaiting() {
        return new OperationContext(verbs, actor, false);
    }

    /** Revokes the tokens of a group; to find none left may be a repetition. */
    Outcome<Long> revokeAll(TokenGroup group) {
        return propagated(verbs.revocation().revokeAll(group, actor), count -> count == 0);
    }

    /** As {@link #revokeAll(TokenGroup)}, with each revoked token passed to an observer. */
    Outcome<Long> revokeAll(TokenGroup group, Consumer<? super Token> revoked) {
        return propagated(
                verbs.revocation().revokeAll(group, actor, row -> revoked.accept(Token.of(row))), count -> count == 0);
    }

    /** Returns the outcome of a change with its propagation. */
    <T> Outcome<T> propagated(Outcome<T> outcome) {
        return propagated(outcome, value -> false);
    }

    /**
     * Returns the outcome of a change with its propagation, which is complete if the operation waits.
     *
     * @param isRepetition whether the change had been made before: then an earlier call may be what is waited for
     */
    <T> Outcome<T> propagated(Outcome<T> outcome, Predicate<? super T> isRepetition) {
        return outcome.fold(
                value -> waits
                        ? waitedFor(value, isRepetition.test(value))
                        : new Outcome.Done<>(value, verbs.propagation()::begin),
                error -> outcome);
    }

    private <T> Outcome<T> waitedFor(T value, boolean isRepetition) {
        PropagationWait propagation = verbs.propagation();
        Optional<String> failure = isRepetition ? propagation.awaitRepetition() : propagation.await();
        if (failure.isEmpty()) {
            return new Outcome.Done<>(value);
        }
        log.warn("a change was made, but other processes may not enforce it yet: {}", failure.get());
        PropagationException exception = new PropagationException(failure.get());
        return new Outcome.Done<>(value, () -> CompletableFuture.failedFuture(exception));
    }
}
