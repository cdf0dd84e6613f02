package school.lectern.auth;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.Token;

/**
 * The state that all operations of the application share.
 *
 * @param verbs the operations that change tokens and tenants
 * @param actor the caller of the operations
 * @param reason the reason that is stored with revocations; null for none
 * @param waits whether an operation returns only after every process enforces its change
 */
record OperationContext(
        TokenVerbs verbs, Actor actor, @Nullable String reason, boolean waits) {

    private static final Logger log = LoggerFactory.getLogger(OperationContext.class);

    OperationContext {
        Objects.requireNonNull(actor, "actor");
    }

    OperationContext actingAs(Actor other) {
        return new OperationContext(verbs, other, reason, waits);
    }

    OperationContext withReason(String text) {
        return new OperationContext(verbs, actor, verbs.parts().recordable(text), waits);
    }

    OperationContext withoutWaiting() {
        return new OperationContext(verbs, actor, reason, false);
    }

    /** Revokes the tokens of a group. If none was left to revoke, an earlier call may have revoked them. */
    Outcome<Long> revokeAll(TokenGroup group) {
        return propagated(verbs.revocation().revokeAll(group, actor, reason), count -> count == 0);
    }

    /** Does the same as {@link #revokeAll(TokenGroup)}, and passes each revoked token to an observer. */
    Outcome<Long> revokeAll(TokenGroup group, Consumer<? super Token> revoked) {
        return propagated(
                verbs.revocation().revokeAll(group, actor, reason, row -> revoked.accept(Token.of(row))),
                count -> count == 0);
    }

    /**
     * {@return the outcome of a rotation with its propagation} There is no wait for a grace period: a short one would be
     * over at the end of the wait.
     */
    <T> Outcome<T> rotated(GracePeriod gracePeriod, Outcome<T> outcome) {
        return (gracePeriod.isNone() ? this : withoutWaiting()).propagated(outcome);
    }

    /** {@return the outcome of a change with its propagation} */
    <T> Outcome<T> propagated(Outcome<T> outcome) {
        return propagated(outcome, value -> false);
    }

    /**
     * {@return the outcome of a change with its propagation, which is complete if the operation waits}
     *
     * @param isRepetition whether the change had already been made; the wait may then be for an earlier call
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
