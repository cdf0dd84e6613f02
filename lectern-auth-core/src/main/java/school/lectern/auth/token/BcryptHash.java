package school.lectern.auth.token;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.BCrypt;
import school.lectern.auth.format.Secret;

/**
 * A bcrypt hash in modular crypt form: {@code $2b$}, two digits of cost, {@code $}, salt and digest. {@code $2a$},
 * {@code $2b$} and {@code $2y$} name the same algorithm. {@code $2x$} marks hashes of a faulty implementation and is rejected.
 */
final class BcryptHash implements SaltedHash {

    /** Each step doubles the work. A run at cost 12 takes about a quarter of a second. */
    private static final int MAX_COST = 12;

    private static final int MIN_COST = 4;

    /** The algorithm ignores all further bytes: a longer secret would match with any ending. */
    private static final int MAX_SECRET_BYTES = 72;

    private static final int SALT_BYTES = 16;

    /** The algorithm computes 24 bytes; the text form contains the first 23. */
    private static final int DIGEST_BYTES = 23;

    private static final Pattern FORM =
            Pattern.compile("\\$2[aby]\\$([0-9]{2})\\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})");
    private static final String ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final String BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private final int cost;
    private final byte[] salt;
    private final byte[] digest;

    private BcryptHash(int cost, byte[] salt, byte[] digest) {
        this.cost = cost;
        this.salt = salt;
        this.digest = digest;
    }

    /**
     * Parses a hash without running the algorithm.
     *
     * @throws IllegalArgumentException if the text is not a bcrypt hash or its cost is out of range; the message does not
     *     quote the text
     */
    static BcryptHash parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "bcrypt: is not $2a$, $2b$ or $2y$, two digits, $, and 53 characters of salt and digest");
        }
        int cost = Integer.parseInt(form.group(1));
        if (cost < MIN_COST || cost > MAX_COST) {
            throw new IllegalArgumentException("bcrypt: the cost is not from " + MIN_COST + " to " + MAX_COST);
        }
        return new BcryptHash(cost, decode(form.group(2)), decode(form.group(3)));
    }

    /** Decodes bcrypt's base64, which is standard base64 with another alphabet. */
    private static byte[] decode(String text) {
        StringBuilder common = new StringBuilder();
        text.chars().forEach(c -> common.append(BASE64.charAt(ALPHABET.indexOf(c))));
        return Base64.getDecoder().decode(common.toString());
    }

    /** Runs the algorithm once. Throws a {@link LinkageError} if BouncyCastle is missing. */
    static void tryOut() {
        run(new byte[0], new byte[SALT_BYTES], MIN_COST);
    }

    @Override
    public int maxSecretBytes() {
        return MAX_SECRET_BYTES;
    }

    @Override
    public boolean matches(Secret secret) {
        return takes(secret)
                && MessageDigest.isEqual(Arrays.copyOf(run(secret.exposeBytes(), salt, cost), DIGEST_BYTES), digest);
    }

    private static byte[] run(byte[] secret, byte[] salt, int cost) {
        // The algorithm's input ends with a zero byte if the secret leaves room for it.
        return BCrypt.generate(secret, salt, cost, true);
    }
}
