package school.lectern.auth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;

/**
 * The outcome of an operation on tokens: done, with its result, or refused, with the reason. If the storage fails, the operation
 * throws instead, and it is unknown whether the change was made. {@link TokenOperations} says which operations can be repeated.
 *
 * @param <T> the type of the result
 */
@CheckReturnValue
public sealed interface Outcome<T> {

    /**
     * The operation was done. For use by any thread.
     *
     * @param <T> the type of the result
     */
    final class Done<T> implements Outcome<T> {

        private final T value;
        private final Supplier<CompletionStage<Void>> begin;
        private @Nullable CompletionStage<Void> begun;

        /** For an operation that affects no decision of another process. */
        Done(T value) {
            this(value, () -> CompletableFuture.completedFuture(null));
        }

        /** @param begin begins to wait for the propagation; called once, when the stage is first asked for */
        Done(T value, Supplier<CompletionStage<Void>> begin) {
            this.value = value;
            this.begin = begin;
        }

        /** Returns the result. */
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
     * Returns the result.
     *
     * @throws TokenRefusedException if the operation was refused
     */
    @CanIgnoreReturnValue
    default T orElseThrow() {
        return fold(value -> value, error -> {
            throw new TokenRefusedException(error);
        });
    }

    /** Returns what the first function makes of the result, or what the second function makes of the reason of a refusal. */
    default <R> R fold(Function<? super T, ? extends R> done, Function<? super AuthError, ? extends R> refused) {
        return this instanceof Done<T> d ? done.apply(d.value()) : refused.apply(((Refused<T>) this).error());
    }

    /**
     * {@return this outcome with another result, made of the result by a function, and with the same propagation}
     *
     * @param function makes the other result; not called for a refusal
     * @param <R> the type of the other result
     */
    default <R> Outcome<R> map(Function<? super T, ? extends R> function) {
        return fold(value -> new Done<>(function.apply(value), this::propagation), Refused::new);
    }

    /**
     * Returns the stage that completes once every process enforces the change. An operation that waits for its change, as all do
     * unless told otherwise, returns a stage that is complete. A stage that completes exceptionally, with a
     * {@link PropagationException}, means that the change was made, but could not be waited for: other processes may go on
     * allowing what was allowed before, for about a second.
     */
    CompletionStage<Void> propagation();
}
