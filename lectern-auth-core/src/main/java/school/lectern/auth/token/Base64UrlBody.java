package school.lectern.auth.token;

import java.security.SecureRandom;
import java.util.Base64;

/** So many bytes in base64url without padding. */
final class Base64UrlBody extends TokenBody {

    private static final String ALPHABET = BASE62 + "-_";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final int bytes;
    private final int length;

    Base64UrlBody(int bytes) {
        this.bytes = bytes;
        this.length = (bytes * 8 + 5) / 6;
    }

    @Override
    String draw(SecureRandom random) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return ENCODER.encodeToString(drawn);
    }

    /** The decoder takes any last bits that encode nothing; the encoder makes them zero. */
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
        return ENCODER.encodeToString(Base64.getUrlDecoder().decode(text)).equals(text);
    }

    @Override
    boolean has(char c) {
        return ALPHABET.indexOf(c) >= 0;
    }

    @Override
    double hiddenBits(int visible) {
        return bytes * 8 - visible * 6;
    }
}
