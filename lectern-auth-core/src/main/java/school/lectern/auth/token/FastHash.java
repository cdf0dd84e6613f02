package school.lectern.auth.token;

import school.lectern.auth.format.Secret;

/** A hash algorithm without salt: a secret has exactly one hash, by which its row is found. Thread-safe. */
interface FastHash {

    /** {@return the name of the algorithm, which is stored with its hashes} */
    String name();

    /** {@return the length of a hash in bytes} */
    int length();

    /** {@return the hash of the secret} */
    TokenHash hash(Secret secret);

    /** {@return whether the stored hash has this algorithm's name and length} */
    default boolean makes(TokenHash hash) {
        return name().equals(hash.algorithm()) && length() == hash.length();
    }
}
