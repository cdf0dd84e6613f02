package school.lectern.auth.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Decodes names and values of a query strictly, as {@code application/x-www-form-urlencoded}. */
public final class UrlEncoding {

    private UrlEncoding() {}

    /**
     * {@return the decoded text, or null if the text is not percent-encoded UTF-8}
     *
     * @param text a name or a value of a query, as sent
     */
    public static @Nullable String decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? digit(text.charAt(i + 1)) : -1;
                int low = i + 2 < text.length() ? digit(text.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                bytes.write(high * 16 + low);
                i += 2;
            } else if (c > ' ' && c < 0x7f) {
                bytes.write(c == '+' ? ' ' : c);
            } else {
                return null;
            }
        }
        try {
            // A new decoder refuses malformed input, which a decoder of String replaces.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }

    /**
     * {@return a text that contains whatever a lenient decoder could read in a text that {@link #decode} refuses} Each byte
     * becomes a character, and a percent sign without two digits stays.
     */
    static String decodeLeniently(String text) {
        StringBuilder decoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            boolean encoded = text.charAt(i) == '%' && i + 2 < text.length();
            int high = encoded ? digit(text.charAt(i + 1)) : -1;
            int low = encoded ? digit(text.charAt(i + 2)) : -1;
            if (high < 0 || low < 0) {
                decoded.append(text.charAt(i));
            } else {
                decoded.append((char) (high * 16 + low));
                i += 2;
            }
        }
        return decoded.toString();
    }

    /**
     * {@return the value of a hexadecimal digit of ASCII, or -1} {@code Character.digit} also accepts digits of other scripts.
     */
    private static int digit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
