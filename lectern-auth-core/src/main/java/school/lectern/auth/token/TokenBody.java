package school.lectern.auth.token;

import java.security.SecureRandom;

/**
 * The random part of a token: so many characters, each drawn uniformly from an alphabet. Data, immutable.
 *
 * <p>Entropy is the length times the logarithm of the alphabet's size: 32 characters of 62 hold 190 bits, so that a plain
 * SHA-256 of them cannot be turned back by guessing.
 */
public final class TokenBody {

    /** Digits, capitals and small letters. */
    public static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final String alphabet;
    private final int length;
    private final boolean[] member = new boolean[128];

    private TokenBody(String alphabet, int length) {
        this.alphabet = alphabet;
        this.length = length;
        for (int i = 0; i < alphabet.length(); i++) {
            char c = alphabet.charAt(i);
            if (c <= ' ' || c >= 127 || c == ',' || member[c]) {
                throw new IllegalArgumentException(
                        "alphabet: visible ASCII characters, each once, without a comma: " + alphabet);
            }
            member[c] = true;
        }
    }

    /**
     * So many characters of the alphabet.
     *
     * @throws IllegalArgumentException if the length is not from 1 to 512, or the alphabet has fewer than two characters,
     *     one of them twice, or one that cannot stand in a header
     */
    public static TokenBody of(String alphabet, int length) {
        if (length < 1 || length > 512) {
            throw new IllegalArgumentException("length: from 1 to 512, not " + length);
        }
        if (alphabet.length() < 2) {
            throw new IllegalArgumentException("alphabet: at least two characters");
        }
        return new TokenBody(alphabet, length);
    }

    /** {@code nextInt} with a bound rejects what would make some characters likelier than others. */
    String draw(SecureRandom random) {
        StringBuilder body = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            body.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return body.toString();
    }

    /** Whether the text from there to its end is such a body. */
    boolean matches(String text, int from) {
        if (text.length() - from != length) {
            return false;
        }
        for (int i = from; i < text.length(); i++) {
            if (!has(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    boolean has(char c) {
        return c < member.length && member[c];
    }

    int length() {
        return length;
    }

    double bits() {
        return length * (Math.log(alphabet.length()) / Math.log(2));
    }
}
