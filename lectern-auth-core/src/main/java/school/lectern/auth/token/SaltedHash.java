package school.lectern.auth.token;

/** A stored hash with a salt of its own: only its algorithm, run anew, tells whether a secret is the one. Immutable. */
interface SaltedHash {

    /** Whether the algorithm sees all of the secret. Where it would not, the secret is not the hash's. */
    boolean takes(Secret secret);

    /** Runs the algorithm and compares in constant time. Slow by design. */
    boolean matches(Secret secret);
}
