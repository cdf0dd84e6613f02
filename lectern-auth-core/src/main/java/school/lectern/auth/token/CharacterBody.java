package school.lectern.auth.token;

import java.security.SecureRandom;

/** So many characters of an alphabet. */
final class CharacterBody extends TokenBody {

    private final String alphabet;
    private final int length;
    private final boolean[] member = new boolean[128];

    CharacterBody(String alphabet, int length) {
        if (alphabet.length() < 2) {
            throw new IllegalArgumentException("alphabet: at least two characters");
        }
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

    /** {@code nextInt} with a bound rejects what would make some characters likelier than others. */
    @Override
    String draw(SecureRandom random) {
        StringBuilder body = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            body.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return body.toString();
    }

    @Override
    boolean matches(String text) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (!has(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    boolean has(char c) {
        return c < member.length && member[c];
    }

    @Override
    double hiddenBits(int visible) {
        return (length - visible) * (Math.log(alphabet.length()) / Math.log(2));
    }
}
