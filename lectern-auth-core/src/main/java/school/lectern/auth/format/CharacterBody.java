package school.lectern.auth.format;

import java.security.SecureRandom;

/** Random characters of an alphabet. New bodies have the maximum length. */
final class CharacterBody extends AlphabetBody {

    CharacterBody(Alphabet alphabet, int minLength, int maxLength) {
        super(alphabet, minLength, maxLength);
    }

    /** Draws each character uniformly: {@code nextInt} with a bound has no modulo bias. */
    @Override
    String draw(SecureRandom random) {
        StringBuilder body = new StringBuilder(maxLength());
        for (int i = 0; i < maxLength(); i++) {
            body.append(alphabet().at(random.nextInt(alphabet().size())));
        }
        return body.toString();
    }

    @Override
    double hiddenBits(int visible) {
        return Math.max(0, minLength() - visible) * alphabet().bitsEach();
    }

    @Override
    double visibleBits(int visible) {
        return visible * alphabet().bitsEach();
    }
}
