package school.lectern.auth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;

/**
 * The outcome of an operation on tokens: done, with its result, or refused, with the reason. If the storage fails, the
 * operation throws instead, and it is unknown whether the change was made. {@link TokenOperations} describes which operations
 * can be repeated.
 *
 * @param <T> the type of the result
 */
@CheckReturnValue
public sealed interface Outcome<T> {

    /**
     * The operation was done. Safe for use by many threads.
     *
     * @param <T> the type of the result
     */
    final class Done<T> implements Outcome<T> {

        private final T value;
        private final Supplier<CompletionStage<Void>> begin;
        private @Nullable CompletionStage<Void> begun;

        /** Creates the outcome of an operation that affects no decision of another process. */
        Done(T value) {
            this(value, () -> CompletableFuture.completedFuture(null));
        }

        /** @param begin begins to wait for the propagation; called once, when the stage is first requested */
        Done(T value, Supplier<CompletionStage<Void>> begin) {
            this.value = value;
            this.begin = begin;
        }

        /** {@return the result} */
        public T value() {
            return value;
        }

        @Override
        public synchronized CompletionStage<Void> propagation() {
            CompletionStage<Void> stage = begun == null ? begin.get() : begun;
            begun = stage;
            return stage;
        }

        @Override
        public String toString() {
            return "Done[" + value + "]";
        }
    }

    /**
     * The operation was refused, and nothing was changed.
     *
     * @param error the reason
     * @param <T> the type of the result
     */
    record Refused<T>(AuthError error) implements Outcome<T> {

        @Override
        public CompletionStage<Void> propagation() {
            return CompletableFuture.completedFuture(null);
        }
    }

    /**
     * {@return the result}
     *
     * @throws TokenRefusedException if the operation was refused
     */
    @CanIgnoreReturnValue
    default T orElseThrow() {
        return fold(value -> value, error -> {
            throw new TokenRefusedException(error);
        });
    }

    /**
     * {@return the value of the first function if the operation was done, otherwise the value of the second function}
     *
     * @param done applied to the result
     * @param refused applied to the reason of the refusal
     * @param <R> the type of the value
     */
    default <R> R fold(Function<? super T, ? extends R> done, Function<? super AuthError, ? extends R> refused) {
        return this instanceof Done<T> d ? done.apply(d.value()) : refused.apply(((Refused<T>) this).error());
    }

    /**
     * {@return this outcome with another result, which a function computes from the result, and with the same propagation}
     *
     * @param function computes the other result; not called for a refusal
     * @param <R> the type of the other result
     */
    default <R> Outcome<R> map(Function<? super T, ? extends R> function) {
        return fold(value -> new Done<>(function.apply(value), this::propagation), Refused::new);
    }

    /**
     * {@return the stage that completes once every process enforces the change} An operation that waits for its change, which
     * is the default, returns an outcome whose stage is complete. If the stage completes exceptionally, with a
     * {@link PropagationException}, the change was made, but the wait failed: for about a second, other processes may still
     * allow requests by the state before the change.
     */
    CompletionStage<Void> propagation();
}
