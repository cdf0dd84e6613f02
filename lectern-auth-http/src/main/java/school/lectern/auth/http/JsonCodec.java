package school.lectern.auth.http;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON with one version of Jackson. The versions have different defaults, so each implementation sets every
 * option that affects a result: they accept the same texts, return equal trees, and write the same bytes. Only they refer to
 * types of Jackson. Thread-safe.
 */
interface JsonCodec {

    /** The maximum number of arrays and objects within each other, of a tree that is read or written. */
    int MAX_DEPTH = 1000;

    /** The maximum number of characters of a number that is read. */
    int MAX_NUMBER_LENGTH = 1000;

    /** The maximum number of characters of a member's name that is read. */
    int MAX_NAME_LENGTH = 50_000;

    /** The maximum number of characters of a string that is read. */
    int MAX_STRING_LENGTH = 20_000_000;

    /**
     * Returns the tree of the only value in the text, or null if the value is null or the text is blank. Objects are maps in
     * the order of the text, arrays are lists, and other numbers than whole ones are {@link Double}.
     *
     * @throws IOException if the text is not valid JSON, repeats a name in an object, has a name with half of a surrogate pair,
     *     or exceeds a limit
     */
    default @Nullable Object read(String text) throws IOException {
        Object tree = parse(text);
        // Jackson 2.22 refuses such names, Jackson 3.1 accepts them.
        if (hasBrokenName(tree)) {
            throw new IOException("a name has half of a surrogate pair");
        }
        return tree;
    }

    /** Uses one stack frame for each level: trees can be deep. */
    private static boolean hasBrokenName(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> object) {
            for (Map.Entry<?, ?> member : object.entrySet()) {
                if (isBroken((String) member.getKey()) || hasBrokenName(member.getValue())) {
                    return true;
                }
            }
        } else if (tree instanceof List<?> array) {
            for (Object element : array) {
                if (hasBrokenName(element)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isBroken(String name) {
        return name.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    /** Does what {@link #read} does, and may accept a name with half of a surrogate pair. */
    @Nullable
    Object parse(String text) throws IOException;

    /**
     * Returns the JSON of a tree, in UTF-8. Characters beyond U+FFFF are escaped as two surrogates.
     *
     * @throws IllegalStateException if the tree is not JSON
     */
    byte[] bytes(Object tree);

    /**
     * Returns the JSON of a tree, in which only control characters, quotes and backslashes are escaped.
     *
     * @throws IllegalStateException if the tree is not JSON
     */
    String text(Object tree);
}
