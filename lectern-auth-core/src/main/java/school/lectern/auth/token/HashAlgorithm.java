package school.lectern.auth.token;

import java.util.regex.Pattern;

/**
 * The hash algorithms that need no key. HMAC-SHA-256 is a separate algorithm for each pepper and is configured with
 * {@link TokenHasher.Builder#pepper}.
 */
public enum HashAlgorithm {
    /** SHA-256 (FIPS 180-4) without salt, for random tokens. */
    SHA256("sha256"),
    /** SHA-512 (FIPS 180-4) without salt, for random tokens. */
    SHA512("sha512"),
    /** bcrypt in the form {@code $2a$}, {@code $2b$} or {@code $2y$}, with a cost from 4 to 12. Needs BouncyCastle. */
    BCRYPT("bcrypt"),
    /** Argon2id (RFC 9106), version 19, with at most 64 MiB, 10 passes and 16 lanes. Needs BouncyCastle. */
    ARGON2ID("argon2id");

    private static final Pattern HMAC = Pattern.compile("hmac-sha256:[1-9][0-9]{0,9}");

    private final String text;

    HashAlgorithm(String text) {
        this.text = text;
    }

    /** {@return the name that is stored with hashes of this algorithm, for example {@code sha256}} */
    public String text() {
        return text;
    }

    /** {@return the name that is stored with hashes under the given pepper} */
    static String hmacSha256(int pepper) {
        return "hmac-sha256:" + pepper;
    }

    /**
     * {@return whether a hash of the stored algorithm is to be replaced by a hash of the current algorithm} A hash without a
     * pepper is replaced by a hash of any other algorithm. A hash under a pepper is replaced only by a hash under a pepper
     * with a higher number: a process whose configuration is behind must neither undo the work of other processes nor replace
     * a peppered hash by a hash without a pepper.
     */
    static boolean isToBeReplaced(String stored, String current) {
        // Runs for every request. Mostly, the algorithms are equal.
        if (stored.equals(current)) {
            return false;
        }
        return pepper(stored) == 0 || pepper(stored) < pepper(current);
    }

    /** {@return the number of the pepper in the algorithm name, or 0 if the name has none} */
    private static long pepper(String name) {
        return HMAC.matcher(name).matches() ? Long.parseLong(name.substring(name.indexOf(':') + 1)) : 0;
    }

    /** {@return an equal name, as a shared instance for SHA-256, so that tokens do not each retain a copy} */
    static String shared(String name) {
        return name.equals(SHA256.text) ? SHA256.text : name;
    }

    /** {@return whether hashes of the algorithm with this name are stored as hexadecimal digits} */
    static boolean isHexadecimal(String name) {
        return name.equals(SHA256.text)
                || name.equals(SHA512.text)
                || HMAC.matcher(name).matches();
    }
}
