package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** The form of a dialect's request ids. Immutable; {@link #source} creates a generator of ids. */
public abstract sealed class RequestIds permits RandomRequestIds, UlidRequestIds, UuidRequestIds {

    RequestIds() {}

    /**
     * {@return ids of a prefix and random characters, each drawn uniformly from an alphabet}
     *
     * @param prefix the start of each id, of visible ASCII characters; may be empty
     * @param alphabet from 1 to 256 visible ASCII characters
     * @param length the number of random characters, from 1 to 48
     * @throws IllegalArgumentException if the prefix or the alphabet contains another character, or if the size of the
     *     alphabet or the length is out of its range
     */
    public static RequestIds random(String prefix, String alphabet, int length) {
        return new RandomRequestIds(prefix, alphabet, length);
    }

    /**
     * {@return ULIDs (github.com/ulid/spec): 26 characters of Crockford's base32, which encode 48 bits of milliseconds and 80
     * random bits} The ids of one source are strictly increasing, also within a millisecond and when the clock is set back.
     */
    public static RequestIds ulid() {
        return new UlidRequestIds();
    }

    /**
     * {@return random UUIDs (RFC 9562, section 5.4), in lower case: {@code 919108f7-52d1-4320-9bac-f847db4148a8}}
     */
    public static RequestIds uuid() {
        return new UuidRequestIds();
    }

    /**
     * {@return a generator of new ids, safe for use by many threads}
     *
     * @param clock the clock that ids with a time read
     * @param random the source of randomness
     */
    public abstract Supplier<String> source(Clock clock, SecureRandom random);

    /** {@return an example of an id, always the same} */
    public abstract String example();
}
