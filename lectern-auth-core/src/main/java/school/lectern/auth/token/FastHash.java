package school.lectern.auth.token;

import java.util.HexFormat;

/** An algorithm without salt: a secret has one digest, and half of it finds the row. Safe for use by many threads. */
interface FastHash {

    /** Of a digest's bytes, so many find the row; all of them are compared. */
    int SELECTOR_BYTES = 16;

    /** The name under which its hashes are stored. */
    String name();

    /** How many bytes a digest has. */
    int length();

    /** The digest of the secret. */
    byte[] digest(Secret secret);

    /** Whether a stored hash can be one of its digests. */
    default boolean makes(TokenHash hash) {
        return name().equals(hash.algorithm()) && length() == hash.length();
    }

    /** What the row of a token of one part is found by. */
    static String selector(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, SELECTOR_BYTES);
    }
}
