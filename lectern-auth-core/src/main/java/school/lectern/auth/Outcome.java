package school.lectern.auth;

import java.util.function.Function;
import school.lectern.auth.decision.AuthError;

/**
 * What came of asking for a change: what was asked for, or why it was refused. Broken storage is neither; it is thrown, and
 * then nobody knows whether the change was made. To ask again is safe for what makes no secret; {@link TokenIssuer} says more.
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
     * It was done, and will hold everywhere; but that it does already could not be waited for. {@link TokenIssuer#awaitPropagation} waits
     * again.
     *
     * @param value the result
     * @param why what kept it from being waited for
     * @param <T> what was asked for
     */
    record Pending<T>(T value, String why) implements Outcome<T> {}

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
     * @throws IllegalStateException if it was refused, or is pending; the message says why
     */
    default T orElseThrow() {
        return fold(value -> value, error -> {
            throw new IllegalStateException((this instanceof Pending ? "pending: " : "refused: ") + error);
        });
    }

    /** Whichever it is, turned into one thing. What is pending is an error, of the kind {@link AuthError.Kind#PENDING}. */
    default <R> R fold(Function<? super T, ? extends R> done, Function<? super AuthError, ? extends R> refused) {
        if (this instanceof Done<T> d) {
            return done.apply(d.value());
        }
        return refused.apply(this instanceof Pending<T> p ? AuthError.pending(p.why()) : ((Refused<T>) this).error());
    }
}
