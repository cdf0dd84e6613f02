package school.lectern.auth;

import java.util.function.Function;
import school.lectern.auth.decision.AuthError;

/**
 * What came of asking for a change: what was asked for, or why it was refused. Broken storage is neither; it is thrown.
 *
 * @param <T> what was asked for
 */
public sealed interface Outcome<T> {

    /**
     * It was done.
     *
     * @param value the result
     * @param <T> what was asked for
     */
    record Done<T>(T value) implements Outcome<T> {}

    /**
     * It was refused, and nothing has changed.
     *
     * @param error why
     * @param <T> what was asked for
     */
    record Refused<T>(AuthError error) implements Outcome<T> {}

    /**
     * The result.
     *
     * @throws IllegalStateException if it was refused; the message says why
     */
    default T orElseThrow() {
        return fold(value -> value, error -> {
            throw new IllegalStateException("refused: " + error);
        });
    }

    /** Whichever it is, turned into one thing. */
    default <R> R fold(Function<? super T, ? extends R> done, Function<? super AuthError, ? extends R> refused) {
        return this instanceof Done<T> d ? done.apply(d.value()) : refused.apply(((Refused<T>) this).error());
    }
}
