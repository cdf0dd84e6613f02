package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Jackson 2 and Jackson 3 accept the same texts, return equal trees, and write the same bytes. */
class JsonCodecsAgreeTest {

    private static final int ROUNDS = Boolean.getBoolean("lectern.long") ? 1_000_000 : 10_000;

    private static final JsonCodec JACKSON_2 = JacksonVersion.JACKSON_2.codec();
    private static final JsonCodec JACKSON_3 = JacksonVersion.JACKSON_3.codec();

    /** Texts and characters at which parsers differ. */
    private static final String[] FRAGMENTS = {
        "\"",
        "\\",
        "/",
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "/*",
        "*/",
        "//",
        "#",
        "\ufeff",
        "\u0000",
        "\u001e",
        "\u00a0",
        "\u2028",
        "\ud83d",
        "\ude00",
        "\\ud83d",
        "\\ude00",
        "\\u0000",
        "\\n",
        "\\/",
        "\\x",
        "\\'",
        "\n",
        "\t",
        " ",
        "\r",
        "+",
        "-",
        "-0",
        "00",
        ".",
        "e",
        "E+",
        "1",
        "0",
        "e9",
        "e999",
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "false",
        "\"a\":1,",
        "\"a\":",
        "\"\":",
        "9".repeat(19),
        "9".repeat(400),
        "\u00e4",
        "\u007f",
        "\ufffd",
        "\uffff"
    };

    private final Random random = new Random(20261202);
    private int accepted;
    private int refused;

    @Test
    void on_texts_that_are_json_and_on_texts_that_nearly_are() {
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder();
            appendValue(text, 5);
            agreeOn(text.toString());
            for (int change = random.nextInt(4); change > 0; change--) {
                mutate(text);
                agreeOn(text.toString());
            }
            agreeOn(mutatedBytes(text.toString()));
        }
        // Otherwise, most rounds would test only one of the two results.
        assertThat(accepted).isGreaterThan(ROUNDS / 2);
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    @Test
    void on_trees_of_any_values() {
        for (int round = 0; round < ROUNDS; round++) {
            agreeOnWriting(tree(4));
        }
    }

    private void agreeOn(String source) {
        // A request is decoded from UTF-8 before it is parsed, so it has no half of a surrogate pair that is not
        // escaped.
        String text = new String(source.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        Object[] trees = {read(JACKSON_2, text), read(JACKSON_3, text)};
        assertThat(trees[1]).as("Jackson 3 on %s", text).isEqualTo(trees[0]);
        if (trees[0] instanceof Refused) {
            refused++;
        } else {
            accepted++;
            // Equal maps can have their members in different orders. The next line compares these, too.
            assertThat(String.valueOf(trees[1])).isEqualTo(String.valueOf(trees[0]));
            if (trees[0] != null) {
                agreeOnWriting(trees[0]);
            }
        }
    }

    private static void agreeOnWriting(Object tree) {
        String text = JACKSON_2.text(tree);
        assertThat(JACKSON_3.text(tree)).isEqualTo(text);
        byte[] bytes = JACKSON_2.bytes(tree);
        assertThat(JACKSON_3.bytes(tree)).isEqualTo(bytes);
        String decoded = new String(bytes, StandardCharsets.UTF_8);
        assertThat(read(JACKSON_3, decoded)).isEqualTo(read(JACKSON_2, decoded));
    }

    private record Refused() {}

    /** Any other exception than an IOException is a failure of the test. */
    private static Object read(JsonCodec codec, String text) {
        try {
            return codec.read(text);
        } catch (IOException malformed) {
            return new Refused();
        }
    }

    private void appendValue(StringBuilder text, int depth) {
        space(text);
        switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> text.append(random.nextBoolean() ? "null" : random.nextBoolean());
            case 1 -> text.append(random.nextInt(-100, 100));
            case 2 -> text.append(new BigInteger(1 + random.nextInt(200), random));
            case 3 -> text.append(Double.longBitsToDouble(random.nextLong())); // NaN and Infinity are refused.
            case 4 -> text.append(random.nextInt(99)).append('.').append(random.nextLong(1L << random.nextInt(1, 62)));
            case 5 -> appendString(text);
            case 6 -> appendArray(text, depth - 1);
            default -> appendObject(text, depth - 1);
        }
        space(text);
    }

    private void space(StringBuilder text) {
        if (random.nextInt(8) == 0) {
            text.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }

    private void appendString(StringBuilder text) {
        text.append('"');
        for (int length = random.nextInt(6); length > 0; length--) {
            switch (random.nextInt(8)) {
                case 0 -> text.append("\\").append("\"\\/bfnrt".charAt(random.nextInt(8)));
                case 1 -> text.append(String.format("\\u%04x", random.nextInt(65536)));
                case 2 -> text.append(Character.toChars(random.nextInt(0x10000, 0x110000)));
                case 3 -> text.append((char) random.nextInt(65536));
                default -> text.append((char) random.nextInt('a', 'd'));
            }
        }
        text.append('"');
    }

    private void appendArray(StringBuilder text, int depth) {
        text.append('[');
        int length = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : ",");
            appendValue(text, depth);
        }
        text.append(']');
    }

    /** Appends an object whose names are sometimes equal. */
    private void appendObject(StringBuilder text, int depth) {
        text.append('{');
        int length = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : ",");
            appendString(text);
            space(text);
            text.append(':');
            appendValue(text, depth);
        }
        text.append('}');
    }

    private void mutate(StringBuilder text) {
        int at = random.nextInt(text.length() + 1);
        String fragment = FRAGMENTS[random.nextInt(FRAGMENTS.length)];
        int end = Math.min(text.length(), at + random.nextInt(4));
        switch (random.nextInt(4)) {
            case 0 -> text.insert(at, fragment);
            case 1 -> text.replace(at, end, fragment);
            case 2 -> text.delete(at, end);
            default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 10)));
        }
    }

    /**
     * Returns the text after a change of its bytes. A malformed byte is replaced: a request with such bytes is never parsed.
     */
    private String mutatedBytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object tree(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> random.nextBoolean();
            case 1 -> random.nextInt();
            case 2 -> random.nextLong();
            case 3 -> new BigInteger(1 + random.nextInt(200), random);
            case 4 -> Double.longBitsToDouble(random.nextLong());
            case 5, 6 -> string();
            case 7 -> {
                List<Object> list = new ArrayList<>();
                for (int length = random.nextInt(4); length > 0; length--) {
                    list.add(random.nextInt(8) == 0 ? null : tree(depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int length = random.nextInt(4); length > 0; length--) {
                    map.put(string(), random.nextInt(8) == 0 ? null : tree(depth - 1));
                }
                yield map;
            }
        };
    }

    private String string() {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(6); length > 0; length--) {
            text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]).append((char) random.nextInt(65536));
        }
        return text.toString();
    }
}
