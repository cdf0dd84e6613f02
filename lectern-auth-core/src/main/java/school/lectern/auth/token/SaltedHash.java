package school.lectern.auth.token;

import school.lectern.auth.format.Secret;

/** A stored hash with a salt of its own. Only running its algorithm again shows whether a secret matches. Immutable. */
interface SaltedHash {

    /**
     * {@return the maximum length of a secret in bytes} The algorithm ignores the rest of a longer secret, so it never
     * matches.
     */
    int maxSecretBytes();

    /** {@return whether the algorithm uses every byte of the secret} */
    default boolean takes(Secret secret) {
        return secret.exposeBytes().length <= maxSecretBytes();
    }

    /** {@return whether the secret matches} Runs the algorithm, which is slow by design, and compares in constant time. */
    boolean matches(Secret secret);
}
