package school.lectern.auth.dialect;

import java.security.SecureRandom;

/**
 * How a dialect's request ids look: a prefix, and so many characters of an alphabet, drawn uniformly.
 *
 * @param prefix stands before every id
 * @param alphabet the characters that are drawn from
 * @param length how many are drawn
 */
public record RequestIds(String prefix, String alphabet, int length) {

    /** A new id. */
    public String next(SecureRandom random) {
        StringBuilder id = new StringBuilder(prefix);
        for (int i = 0; i < length; i++) {
            id.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return id.toString();
    }
}
