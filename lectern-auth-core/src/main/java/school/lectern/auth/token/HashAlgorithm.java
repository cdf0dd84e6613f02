package school.lectern.auth.token;

import java.util.regex.Pattern;

/**
 * The algorithms of stored hashes that need no key. HMAC-SHA-256 is one for each pepper, and is named by
 * {@link TokenHasher.Builder#pepper}.
 */
public enum HashAlgorithm {
    /** SHA-256 (FIPS 180-4), without salt: for tokens that are random. */
    SHA256("sha256"),
    /** SHA-512 (FIPS 180-4), without salt: for tokens that are random. */
    SHA512("sha512"),
    /** bcrypt, as {@code $2a$}, {@code $2b$} or {@code $2y$} of a cost from 4 to 12. Needs BouncyCastle. */
    BCRYPT("bcrypt"),
    /** Argon2id (RFC 9106), version 19, of at most 64 MiB and 10 passes. Needs BouncyCastle. */
    ARGON2ID("argon2id");

    private static final Pattern HMAC = Pattern.compile("hmac-sha256:[1-9][0-9]{0,9}");

    private final String text;

    HashAlgorithm(String text) {
        this.text = text;
    }

    /** The name under which its hashes are stored, for example {@code sha256}. */
    public String text() {
        return text;
    }

    /** The name under which hashes under that pepper are stored. */
    static String hmacSha256(int pepper) {
        return "hmac-sha256:" + pepper;
    }

    /**
     * Whether a hash of the first name gives way to one of the second. None does that was made under a pepper, except to one
     * of a pepper with a higher number: a process that has not heard yet which one is current must not undo what others do,
     * nor take the pepper away.
     */
    static boolean isToBeReplaced(String stored, String current) {
        // Asked of every request, and mostly answered by this.
        if (stored.equals(current)) {
            return false;
        }
        return pepper(stored) == 0 || pepper(stored) < pepper(current);
    }

    /** The number of the pepper that the name names, or 0. */
    private static long pepper(String name) {
        return HMAC.matcher(name).matches() ? Long.parseLong(name.substring(name.indexOf(':') + 1)) : 0;
    }

    /** The same name, without a copy in each of many tokens. */
    static String shared(String name) {
        return name.equals(SHA256.text) ? SHA256.text : name;
    }

    /** Whether hashes of that name are kept in hexadecimal digits. */
    static boolean isHexadecimal(String name) {
        return name.equals(SHA256.text)
                || name.equals(SHA512.text)
                || HMAC.matcher(name).matches();
    }
}
