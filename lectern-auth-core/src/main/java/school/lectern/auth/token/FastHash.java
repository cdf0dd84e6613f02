package school.lectern.auth.token;

import school.lectern.auth.format.Secret;

/** An algorithm without salt: a secret has one hash, by which its row is found. Safe for use by many threads. */
interface FastHash {

    /** The name under which its hashes are stored. */
    String name();

    /** How many bytes a hash has. */
    int length();

    /** The hash of the secret. */
    TokenHash hash(Secret secret);

    /** Whether a stored hash can be one of its own. */
    default boolean makes(TokenHash hash) {
        return name().equals(hash.algorithm()) && length() == hash.length();
    }
}
