package school.lectern.auth.token;

import school.lectern.auth.format.Secret;

/** A stored hash with a salt of its own: only its algorithm, run anew, tells whether a secret is the one. Immutable. */
interface SaltedHash {

    /** Of longer secrets the algorithm does not see all: they are never the hash's. */
    int maxSecretBytes();

    /** Whether the algorithm sees all of the secret. */
    default boolean takes(Secret secret) {
        return secret.exposeBytes().length <= maxSecretBytes();
    }

    /** Runs the algorithm and compares in constant time. Slow by design. */
    boolean matches(Secret secret);
}
