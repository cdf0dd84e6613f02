package school.lectern.auth.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The user name and the password of HTTP's Basic authentication (RFC 7617, section 2). */
record BasicCredential(Secret userName, Secret password) {

    /** {@return the credential that an encoded text contains, or null if it is malformed} */
    static @Nullable BasicCredential parse(String encoded) {
        String text = decode(encoded);
        int colon = text == null ? -1 : text.indexOf(':');
        return text == null || colon < 0 || text.chars().anyMatch(Character::isISOControl)
                ? null
                : new BasicCredential(Secret.of(text.substring(0, colon)), Secret.of(text.substring(colon + 1)));
    }

    /** {@return the encoded text of a user name and a password} */
    static String encode(String userName, String password) {
        return Base64.getEncoder().encodeToString((userName + ':' + password).getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String decode(String encoded) {
        try {
            // A new decoder refuses malformed input, which a decoder of String replaces.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException malformed) {
            return null;
        }
    }

    /**
     * {@return a text that contains whatever a lenient decoder could read in an encoded text that {@link #parse} refuses}
     * Characters outside of the alphabet and padding are skipped, the alphabet for URLs is accepted, and each byte becomes a
     * character.
     */
    static String decodeLeniently(String encoded) {
        String digits = encoded.replace('-', '+').replace('_', '/').replaceAll("[^A-Za-z0-9+/]", "");
        // One digit more is less than a byte.
        String whole = digits.length() % 4 == 1 ? digits.substring(0, digits.length() - 1) : digits;
        return new String(Base64.getDecoder().decode(whole), StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return "BasicCredential[redacted]";
    }
}
