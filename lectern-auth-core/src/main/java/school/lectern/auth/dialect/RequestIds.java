package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** How a dialect's request ids look. Data; a judge makes itself a source of them. */
public abstract sealed class RequestIds permits RandomRequestIds, UlidRequestIds {

    RequestIds() {}

    /**
     * A prefix, and so many characters drawn uniformly from an alphabet.
     *
     * @throws IllegalArgumentException if there are characters that are not visible ASCII, none or more than 256 to draw from,
     *     or fewer than 1 or more than 48 to be drawn
     */
    public static RequestIds random(String prefix, String alphabet, int length) {
        return new RandomRequestIds(prefix, alphabet, length);
    }

    /**
     * ULIDs (github.com/ulid/spec): 26 characters of Crockford's base32, of 48 bits of milliseconds and 80 random ones. One
     * source's grow ever larger, also within a millisecond and when the clock steps back.
     */
    public static RequestIds ulid() {
        return new UlidRequestIds();
    }

    /** A source of new ids, safe for use by many threads. */
    public abstract Supplier<String> source(Clock clock, SecureRandom random);

    /** Returns an id with the form of the others, always the same. */
    abstract String example();
}
