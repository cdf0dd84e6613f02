package school.lectern.auth.format;

import java.security.SecureRandom;

/** From so many to so many characters of an alphabet. */
final class CharacterBody extends AlphabetBody {

    CharacterBody(Alphabet alphabet, int minLength, int maxLength) {
        super(alphabet, minLength, maxLength);
    }

    /** {@code nextInt} with a bound rejects what would make some characters likelier than others. */
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
