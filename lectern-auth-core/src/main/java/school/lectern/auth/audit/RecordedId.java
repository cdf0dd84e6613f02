package school.lectern.auth.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Converts any id from outside the library to an id that an audit row can contain, so that no id can prevent the change that
 * the row describes.
 */
final class RecordedId {

    /** The maximum length, in code points, of an id that is recorded unchanged. */
    private static final int MAX_LENGTH = 255;

    private static final int KEPT = 200;
    private static final String MARK = "~sha256:";
    private static final Pattern SHORTENED = Pattern.compile("(?s).{0," + KEPT + "}" + MARK + "[0-9a-f]{64}");

    private RecordedId() {}

    /**
     * {@return the id, shortened if it is empty, has more than 255 code points, or contains control characters or unpaired
     * surrogates} A shortened id consists of the first 200 code points, in which those characters are escaped as
     * {@code \\uXXXX}, {@code ~sha256:}, and the SHA-256 of the whole id in UTF-8, in lower-case hexadecimal. An id that is
     * already shortened is returned unchanged.
     */
    static String of(String id) {
        if (isVisibleAscii(id) && id.length() <= MAX_LENGTH) {
            return id;
        }
        boolean fits = !id.isEmpty() && id.codePointCount(0, id.length()) <= MAX_LENGTH;
        boolean storable = id.codePoints().noneMatch(RecordedId::isUnstorable);
        return storable && (fits || SHORTENED.matcher(id).matches()) ? id : shortened(id);
    }

    /** {@return whether a text has only visible ASCII characters, and at least one} Almost all ids, methods and paths do. */
    static boolean isVisibleAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static String shortened(String id) {
        StringBuilder kept = new StringBuilder();
        id.codePoints().limit(KEPT).forEach(c -> kept.append(escaped(c)));
        int length = Math.min(KEPT, kept.codePointCount(0, kept.length()));
        return kept.substring(0, kept.offsetByCodePoints(0, length)) + MARK + sha256(id);
    }

    private static String escaped(int character) {
        return isUnstorable(character) ? String.format("\\u%04x", character) : Character.toString(character);
    }

    private static boolean isUnstorable(int character) {
        return Character.isISOControl(character) || Character.getType(character) == Character.SURROGATE;
    }

    private static String sha256(String id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
