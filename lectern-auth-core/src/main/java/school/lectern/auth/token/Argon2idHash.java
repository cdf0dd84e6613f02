package school.lectern.auth.token;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import school.lectern.auth.format.Secret;

/**
 * An Argon2id hash (RFC 9106) in PHC form: {@code $argon2id$v=19$m=65536,t=3,p=4$}, the salt, {@code $} and the digest. Salt
 * and digest are in base64 without padding.
 */
final class Argon2idHash implements SaltedHash {

    /** The memory of the second recommended option in RFC 9106, section 4, for environments with little memory. In KiB. */
    private static final int MAX_MEMORY = 65_536;

    private static final int MAX_PASSES = 10;
    private static final int MAX_LANES = 16;

    /** RFC 9106, section 3.1: the memory per lane is at least 8 KiB. In KiB. */
    private static final int MEMORY_PER_LANE = 8;

    private static final int MIN_SALT_BYTES = 8;
    private static final int MIN_DIGEST_BYTES = 16;
    private static final int MAX_BYTES = 64;

    private static final Pattern FORM = Pattern.compile("\\$argon2id\\$v=19"
            + "\\$m=([1-9][0-9]{0,8}),t=([1-9][0-9]{0,8}),p=([1-9][0-9]{0,8})"
            + "\\$([A-Za-z0-9+/]{1,128})\\$([A-Za-z0-9+/]{1,128})");

    private final int memory;
    private final int passes;
    private final int lanes;
    private final byte[] salt;
    private final byte[] digest;

    private Argon2idHash(int memory, int passes, int lanes, byte[] salt, byte[] digest) {
        this.memory = memory;
        this.passes = passes;
        this.lanes = lanes;
        this.salt = salt;
        this.digest = digest;
    }

    /**
     * Parses a hash without running the algorithm.
     *
     * @throws IllegalArgumentException if the text is not an Argon2id hash or exceeds a limit; the message does not quote the
     *     text
     */
    static Argon2idHash parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("argon2id: is not $argon2id$v=19$m=..,t=..,p=..$salt$digest");
        }
        int memory = Integer.parseInt(form.group(1));
        int passes = Integer.parseInt(form.group(2));
        int lanes = Integer.parseInt(form.group(3));
        require(memory <= MAX_MEMORY, "m is above " + MAX_MEMORY + " KiB");
        require(passes <= MAX_PASSES, "t is above " + MAX_PASSES);
        require(lanes <= MAX_LANES, "p is above " + MAX_LANES);
        require(memory >= MEMORY_PER_LANE * lanes, "m is below " + MEMORY_PER_LANE + " KiB for each of p");
        return new Argon2idHash(
                memory,
                passes,
                lanes,
                decode("salt", form.group(4), MIN_SALT_BYTES),
                decode("digest", form.group(5), MIN_DIGEST_BYTES));
    }

    private static byte[] decode(String part, String text, int min) {
        // A single base64 character after complete groups of four does not encode a byte.
        require(text.length() % 4 != 1, "the " + part + " is not base64");
        byte[] bytes = Base64.getDecoder().decode(text);
        require(
                bytes.length >= min && bytes.length <= MAX_BYTES,
                "the " + part + " is not from " + min + " to " + MAX_BYTES + " bytes");
        return bytes;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException("argon2id: " + otherwise);
        }
    }

    /** Runs the algorithm once. Throws a {@link LinkageError} if BouncyCastle is missing. */
    static void tryOut() {
        new Argon2idHash(MEMORY_PER_LANE, 1, 1, new byte[MIN_SALT_BYTES], new byte[MIN_DIGEST_BYTES])
                .matches(Secret.of(""));
    }

    @Override
    public int maxSecretBytes() {
        return Integer.MAX_VALUE;
    }

    @Override
    public boolean matches(Secret secret) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memory)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt)
                .build());
        byte[] computed = new byte[digest.length];
        generator.generateBytes(secret.exposeBytes(), computed);
        return MessageDigest.isEqual(computed, digest);
    }
}
