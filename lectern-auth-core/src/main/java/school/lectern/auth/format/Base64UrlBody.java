package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.Base64;

/** A fixed number of bytes in base64url without padding. */
final class Base64UrlBody extends AlphabetBody {

    private static final Alphabet ALPHABET = new Alphabet(BASE64_URL);
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final int bytes;

    /** The value of the last character is a multiple of this number, because its unused low bits are zero. */
    private final int lastStep;

    Base64UrlBody(int bytes) {
        super(ALPHABET, (bytes * 8 + 5) / 6, (bytes * 8 + 5) / 6);
        this.bytes = bytes;
        this.lastStep = 1 << (minLength() * 6 - bytes * 8);
    }

    @Override
    String draw(SecureRandom random) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return ENCODER.encodeToString(drawn);
    }

    /** Accepts only the canonical encoding, so no two accepted texts encode the same bytes. */
    @Override
    boolean matches(String text, int start, int end) {
        return super.matches(text, start, end) && endsWell(text.charAt(end - 1));
    }

    private boolean endsWell(int last) {
        return ALPHABET.has(last) && ALPHABET.digit(last) % lastStep == 0;
    }

    @Override
    double hiddenBits(int visible) {
        return Math.max(0, bytes * 8 - visible * 6);
    }

    @Override
    double visibleBits(int visible) {
        return Math.min(bytes * 8, visible * 6);
    }

    @Override
    String pattern(int from) {
        return lastStep == 1
                ? super.pattern(from)
                : ALPHABET.pattern() + '{' + (minLength() - from - 1) + "}[" + Alphabet.ranges(this::endsWell) + ']';
    }
}
