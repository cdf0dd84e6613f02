package school.lectern.auth.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.TokenFormat;

/**
 * Hashes the secrets of tokens. Thread-safe.
 *
 * <p>By default, the algorithm is one round of SHA-256 (FIPS 180-4) without salt. Tokens are random with at least 128 bits,
 * unless their format allows fewer, so a slow or salted hash would not make them harder to guess, and a fast hash allows every
 * request to be checked. With a pepper, the algorithm is HMAC-SHA-256 under a key that is stored apart from the rows.
 *
 * <p>Tokens from an old system can be imported with their hashes. They are verified if their algorithm is accepted:
 *
 * <pre>{@code
 * TokenHasher hasher = TokenHasher.builder()
 *     .pepper(1, key)
 *     .currentPepper(1)
 *     .accept(HashAlgorithm.SHA256)
 *     .accept(HashAlgorithm.BCRYPT)
 *     .build();
 * }</pre>
 */
public final class TokenHasher {

    /** The maximum number of tokens with salted hashes that share a display prefix. Each costs a run of the algorithm. */
    private static final int SLOTS = 4;

    /**
     * The minimum number of random bits in the display prefix. With fewer bits, tokens would share a prefix by chance, and a
     * guess would cause a run of the algorithm for each of them.
     */
    private static final int MIN_VISIBLE_BITS = 20;

    private final FastHash current;
    private final List<FastHash> others;
    private final Map<String, Function<String, SaltedHash>> salted;
    private final SlowHashing slow;

    /** Creates a hasher that uses SHA-256 and accepts no other algorithm. */
    public TokenHasher() {
        this(Sha2.SHA256, List.of(), Map.of(), new SlowHashing(Builder.MAX_WAIT));
    }

    TokenHasher(
            FastHash current,
            List<FastHash> others,
            Map<String, Function<String, SaltedHash>> salted,
            SlowHashing slow) {
        this.current = current;
        this.others = List.copyOf(others);
        this.salted = Map.copyOf(salted);
        this.slow = slow;
    }

    /** {@return a builder for a hasher} Unless {@link Builder#currentPepper} is set, new tokens are hashed with SHA-256. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The selector and the hash under which a secret is stored.
     *
     * @param selector the selector by which the row is found
     * @param hash the hash of the secret
     */
    public record HashedSecret(String selector, TokenHash hash) {}

    /**
     * {@return a verifier for a presented token} The secret is hashed once with each fast algorithm, whatever the store will
     * find.
     *
     * @param token the presented token
     */
    public SecretVerifier verifierFor(PresentedToken token) {
        List<TokenHash> older = others.isEmpty()
                ? List.of()
                : others.stream()
                        .map(algorithm -> algorithm.hash(token.secret()))
                        .toList();
        return new SecretVerifier(this, token, current.hash(token.secret()), older);
    }

    /**
     * {@return the selectors under which a token with these hashes may have been stored, the selector by the current
     * algorithm first}
     */
    List<String> selectors(PresentedToken token, TokenHash hash, List<TokenHash> older) {
        String publicKey = token.publicKey();
        if (publicKey != null) {
            return List.of(publicKey);
        }
        if (older.isEmpty() && salted.isEmpty()) {
            return List.of(hash.selector());
        }
        List<String> selectors = new ArrayList<>();
        selectors.add(hash.selector());
        older.forEach(other -> selectors.add(other.selector()));
        if (!salted.isEmpty()) {
            selectors.addAll(slots(token.displayPrefix()));
        }
        return List.copyOf(selectors);
    }

    /**
     * {@return the selector and hash to store for a newly generated token}
     *
     * @param token the token
     */
    public TokenHasher.HashedSecret store(PresentedToken token) {
        return stored(token, current.hash(token.secret()));
    }

    static TokenHasher.HashedSecret stored(PresentedToken token, TokenHash hash) {
        String publicKey = token.publicKey();
        return new TokenHasher.HashedSecret(publicKey != null ? publicKey : hash.selector(), hash);
    }

    /**
     * {@return the selectors under which a token with an imported hash is found} Store the token under any of them that is
     * not in use. If all are in use, too many tokens share the display prefix, and the token cannot be stored.
     *
     * @param hash the imported hash
     * @param visible the token's public key, or the display prefix of a token of one part as its format defines it
     * @param publicKey whether {@code visible} is a public key
     */
    public List<String> selectorsFor(TokenHash hash, String visible, boolean publicKey) {
        if (publicKey) {
            return List.of(visible);
        }
        return salted.containsKey(hash.algorithm()) ? slots(visible) : List.of(hash.selector());
    }

    /**
     * {@return the reason why tokens of the format can never be verified by the hash, or empty if they can} It does not quote
     * the hash.
     *
     * @param hash the imported hash
     * @param format the format of the tokens
     */
    public Optional<String> rejectionReason(TokenHash hash, TokenFormat format) {
        Function<String, SaltedHash> form = salted.get(hash.algorithm());
        if (form != null) {
            try {
                return rejectionReason(form.apply(hash.expose()), format);
            } catch (IllegalArgumentException beyondTheCaps) {
                return Optional.of(String.valueOf(beyondTheCaps.getMessage()));
            }
        }
        return Stream.concat(Stream.of(current), others.stream()).anyMatch(fast -> fast.makes(hash))
                ? Optional.empty()
                : Optional.of("is of an algorithm that is not accepted, or has a wrong length");
    }

    private static Optional<String> rejectionReason(SaltedHash hash, TokenFormat format) {
        if (format.visibleBits() < MIN_VISIBLE_BITS) {
            return Optional.of("is a salted hash, which needs a format that shows at least " + MIN_VISIBLE_BITS
                    + " bits of a token to find it by; this one shows " + (int) format.visibleBits());
        }
        return format.minLength() <= hash.maxSecretBytes()
                ? Optional.empty()
                : Optional.of("is of an algorithm that reads at most " + hash.maxSecretBytes()
                        + " bytes of a token; those of this format have at least " + format.minLength());
    }

    /**
     * {@return the selectors for tokens with salted hashes and this display prefix} Selectors are unique in the store, so
     * this bounds the number of rows for which one request can cause work.
     */
    static List<String> slots(String displayPrefix) {
        return IntStream.rangeClosed(1, SLOTS)
                .mapToObj(slot -> displayPrefix + "~" + slot)
                .toList();
    }

    /**
     * {@return the parsed salted hash}
     *
     * @throws UnreadableTokenException if the algorithm is not an accepted salted algorithm, or the hash cannot be parsed
     */
    SaltedHash read(TokenHash hash) {
        Function<String, SaltedHash> form = salted.get(hash.algorithm());
        if (form == null) {
            throw UnreadableTokenException.incomparable();
        }
        try {
            return form.apply(hash.expose());
        } catch (IllegalArgumentException unreadable) {
            throw new UnreadableTokenException(
                    "a stored token has a hash that is not accepted: " + unreadable.getMessage());
        }
    }

    SlowHashing slow() {
        return slow;
    }

    /** {@return the name of the current algorithm, without a key} */
    @Override
    public String toString() {
        return "TokenHasher[" + current.name() + "]";
    }

    /** Builds a {@link TokenHasher}. */
    public static final class Builder {
        private static final int MIN_KEY_BYTES = 32;
        private static final Duration MAX_WAIT = Duration.ofMillis(500);

        private final Map<Integer, HmacSha256> peppers = new TreeMap<>();
        private final Set<HashAlgorithm> accepted = EnumSet.noneOf(HashAlgorithm.class);
        private @Nullable Integer currentPepper;
        private @Nullable Duration maxWait;

        private Builder() {}

        /**
         * Accepts HMAC-SHA-256 under the given key. Its hashes are stored with the algorithm name {@code hmac-sha256:} and
         * the number. The key must stay configured as long as such rows exist.
         *
         * @param number the number of the pepper, from 1; each number once
         * @param key at least 32 random bytes, stored apart from the rows; copied
         * @return this builder
         * @throws IllegalArgumentException if the number is below 1 or already used, or if the key is shorter than 32 bytes
         *     or the key of another pepper
         */
        public Builder pepper(int number, byte[] key) {
            if (number < 1) {
                throw new IllegalArgumentException("pepper must have a number of at least 1, was " + number);
            }
            if (key.length < MIN_KEY_BYTES) {
                throw new IllegalArgumentException(
                        "pepper " + number + " must have at least " + MIN_KEY_BYTES + " bytes, had " + key.length);
            }
            HmacSha256 pepper = new HmacSha256(number, key);
            if (peppers.containsKey(number) || peppers.values().stream().anyMatch(pepper::hasKeyOf)) {
                throw new IllegalArgumentException(
                        "pepper " + number + " must have a number and a key that no other pepper has");
            }
            peppers.put(number, pepper);
            return this;
        }

        /**
         * Hashes new tokens under the given pepper. SHA-256 is then accepted only with {@link #accept}.
         *
         * @param number the number of the pepper, which must be set with {@link #pepper} before {@link #build}
         * @return this builder
         */
        public Builder currentPepper(int number) {
            requireUnset("currentPepper", this.currentPepper);
            this.currentPepper = number;
            return this;
        }

        /**
         * Accepts stored hashes of an algorithm in addition to the current one.
         *
         * @param algorithm the algorithm
         * @return this builder
         */
        public Builder accept(HashAlgorithm algorithm) {
            accepted.add(algorithm);
            return this;
        }

        /**
         * Sets how long a request may wait for its turn while bcrypt or Argon2id already runs on half of the processors.
         * After that, {@link HashingOverloadedException} is thrown. Default: 500 milliseconds.
         *
         * @param wait the maximum wait, zero or more
         * @return this builder
         * @throws IllegalArgumentException if the wait is negative
         */
        public Builder maxWait(Duration wait) {
            if (wait.isNegative()) {
                throw new IllegalArgumentException("maxWait must not be negative, was " + wait);
            }
            requireUnset("maxWait", this.maxWait);
            this.maxWait = wait;
            return this;
        }

        /**
         * {@return the hasher}
         *
         * @throws IllegalArgumentException if the current pepper is not among the peppers
         * @throws IllegalStateException if bcrypt or Argon2id is accepted and BouncyCastle is missing
         */
        public TokenHasher build() {
            FastHash current = current();
            List<FastHash> others = new ArrayList<>(peppers.values());
            Map<String, Function<String, SaltedHash>> salted = new HashMap<>();
            for (HashAlgorithm algorithm : accepted) {
                switch (algorithm) {
                    case SHA256 -> others.add(Sha2.SHA256);
                    case SHA512 -> others.add(Sha2.SHA512);
                    case BCRYPT -> salted.put(algorithm.text(), BcryptHash::parse);
                    case ARGON2ID -> salted.put(algorithm.text(), Argon2idHash::parse);
                }
            }
            others.remove(current);
            if (!salted.isEmpty()) {
                requireBouncyCastle();
            }
            return new TokenHasher(current, others, salted, new SlowHashing(maxWait == null ? MAX_WAIT : maxWait));
        }

        private static void requireUnset(String setting, @Nullable Object value) {
            if (value != null) {
                throw new IllegalArgumentException(
                        setting + " must be set once, but was set to " + value + " before: remove one of the calls");
            }
        }

        private FastHash current() {
            if (currentPepper == null) {
                return Sha2.SHA256;
            }
            HmacSha256 pepper = peppers.get(currentPepper);
            if (pepper == null) {
                throw new IllegalArgumentException(
                        "currentPepper must be the number of a pepper, was " + currentPepper);
            }
            return pepper;
        }

        /** Fails now, and not at the first token with such a hash, if BouncyCastle is missing. */
        private static void requireBouncyCastle() {
            try {
                BcryptHash.tryOut();
                Argon2idHash.tryOut();
            } catch (LinkageError missing) {
                throw new IllegalStateException(
                        "accept(BCRYPT) and accept(ARGON2ID) need the library org.bouncycastle:bcprov-jdk18on, which is missing",
                        missing);
            }
        }
    }
}
