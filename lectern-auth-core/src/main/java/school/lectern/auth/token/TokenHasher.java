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
 * Turns secrets into what is stored of them. Safe for use by many threads.
 *
 * <p>The algorithm is SHA-256 (FIPS 180-4), once, without salt: tokens are random with at least 128 bits, unless their
 * format allows fewer, so there is nothing that a slow or salted hash would make harder to guess, and a fast one is what lets
 * every request be checked. A pepper makes it HMAC-SHA-256, under a key that is kept apart from the rows.
 *
 * <p>Tokens that come from an old system bring its hashes, and verify where their algorithm is accepted:
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

    /** So many tokens of a salted hash may share a visible prefix: each costs a run of the algorithm. */
    private static final int SLOTS = 4;

    /** With fewer, tokens would look alike by chance, and whoever guesses would make work for all of them. */
    private static final int MIN_VISIBLE_BITS = 20;

    private final FastHash current;
    private final List<FastHash> others;
    private final Map<String, Function<String, SaltedHash>> salted;
    private final SlowHashing slow;

    /** A hasher with SHA-256, which accepts nothing else. */
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

    /** Starts a hasher: SHA-256, until something else is said. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a token is stored as. */
    public record HashedSecret(String selector, TokenHash hash) {}

    /** Starts the verification of a token: hashes it once with each fast algorithm, whatever will be found. */
    public SecretVerifier verifierFor(PresentedToken token) {
        List<TokenHash> older = others.isEmpty()
                ? List.of()
                : others.stream()
                        .map(algorithm -> algorithm.hash(token.secret()))
                        .toList();
        return new SecretVerifier(this, token, current.hash(token.secret()), older);
    }

    /** Under what a token may have been stored that has these hashes, the first by the current algorithm. */
    List<String> selectors(PresentedToken token, TokenHash hash, List<TokenHash> older) {
        String publicKey = token.publicKey();
        if (publicKey != null) {
            return List.of(publicKey);
        }
        List<String> selectors = new ArrayList<>();
        selectors.add(hash.selector());
        older.forEach(other -> selectors.add(other.selector()));
        if (!salted.isEmpty()) {
            selectors.addAll(slots(token.displayPrefix()));
        }
        return List.copyOf(selectors);
    }

    /** What is to be stored of a token that was just drawn. */
    public TokenHasher.HashedSecret store(PresentedToken token) {
        return stored(token, current.hash(token.secret()));
    }

    static TokenHasher.HashedSecret stored(PresentedToken token, TokenHash hash) {
        String publicKey = token.publicKey();
        return new TokenHasher.HashedSecret(publicKey != null ? publicKey : hash.selector(), hash);
    }

    /**
     * The selectors under which a token with a hash from elsewhere is found; it is to be stored under any one of them that
     * is free. Where all are taken, as many tokens look like it as can be told apart, and it cannot be stored.
     *
     * @param visible the token's public key, or what lists show of a token of one part, as its format says
     * @param publicKey whether it is the public key
     */
    public List<String> selectorsFor(TokenHash hash, String visible, boolean publicKey) {
        if (publicKey) {
            return List.of(visible);
        }
        return salted.containsKey(hash.algorithm()) ? slots(visible) : List.of(hash.selector());
    }

    /** Why tokens of that format can never be verified by the hash, or empty if they can. Does not quote the hash. */
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
            return Optional.of("is salted, and too little of a token is visible to find it by");
        }
        return format.minLength() <= hash.maxSecretBytes()
                ? Optional.empty()
                : Optional.of("is of an algorithm that does not see all of so long a token");
    }

    /** A unique key in the store thus holds the number of rows that one request can make work for. */
    static List<String> slots(String displayPrefix) {
        return IntStream.rangeClosed(1, SLOTS)
                .mapToObj(slot -> displayPrefix + "~" + slot)
                .toList();
    }

    /** Reads a salted hash. */
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

    /** The algorithm's name, and no key. */
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
        private Duration maxWait = MAX_WAIT;

        private Builder() {}

        /**
         * Accepts HMAC-SHA-256 under a key. Its hashes are stored as {@code hmac-sha256:} and the number; as long as there
         * are such rows, the key must stay.
         *
         * @param number from 1, each once
         * @param key at least 32 bytes, random, and kept apart from the rows; is copied
         * @throws IllegalArgumentException if they are not that, or the key is another pepper's
         */
        public Builder pepper(int number, byte[] key) {
            if (number < 1) {
                throw new IllegalArgumentException("pepper: its number is below 1");
            }
            if (key.length < MIN_KEY_BYTES) {
                throw new IllegalArgumentException(
                        "pepper: the key of " + number + " is shorter than " + MIN_KEY_BYTES + " bytes");
            }
            HmacSha256 pepper = new HmacSha256(number, key);
            if (peppers.containsKey(number) || peppers.values().stream().anyMatch(pepper::hasKeyOf)) {
                throw new IllegalArgumentException("pepper: number " + number + " or its key is given twice");
            }
            peppers.put(number, pepper);
            return this;
        }

        /** Hashes new tokens under that pepper. SHA-256 is then accepted only if {@link #accept} says so. */
        public Builder currentPepper(int number) {
            this.currentPepper = number;
            return this;
        }

        /** Accepts stored hashes of an algorithm besides the current one. */
        public Builder accept(HashAlgorithm algorithm) {
            accepted.add(algorithm);
            return this;
        }

        /**
         * How long a request may wait for its turn where bcrypt or Argon2id runs on half of the processors already; 500
         * milliseconds unless set. Then {@link HashingOverloadedException} is thrown.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Builder maxWait(Duration wait) {
            if (wait.isNegative()) {
                throw new IllegalArgumentException("maxWait: is negative");
            }
            this.maxWait = wait;
            return this;
        }

        /**
         * The hasher.
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
            return new TokenHasher(current, others, salted, new SlowHashing(maxWait));
        }

        private FastHash current() {
            if (currentPepper == null) {
                return Sha2.SHA256;
            }
            HmacSha256 pepper = peppers.get(currentPepper);
            if (pepper == null) {
                throw new IllegalArgumentException("currentPepper: there is no pepper " + currentPepper);
            }
            return pepper;
        }

        /** What is missing shows now, and not when the first such token comes. */
        private static void requireBouncyCastle() {
            try {
                BcryptHash.tryOut();
                Argon2idHash.tryOut();
            } catch (LinkageError missing) {
                throw new IllegalStateException(
                        "accept: bcrypt and Argon2id need org.bouncycastle:bcprov-jdk18on, which is not there",
                        missing);
            }
        }
    }
}
