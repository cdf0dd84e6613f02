package school.lectern.auth.address;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Writes the bytes of an address in one of the ways that RFC 4291, section 2.2 allows. */
class Spelling {

    private final Random random;

    Spelling(Random random) {
        this.random = random;
    }

    String of(byte[] bytes) {
        return bytes.length == 4 ? dotted(bytes, 0) : groups(bytes);
    }

    private String groups(byte[] bytes) {
        boolean embedded = random.nextInt(3) == 0;
        String format = random.nextBoolean() ? "%x" : "%04x";
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < (embedded ? 12 : 16); i += 2) {
            groups.add(String.format(Locale.ROOT, format, (bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)));
        }
        if (embedded) {
            groups.add(dotted(bytes, 12));
        }
        String text = random.nextBoolean() ? compressed(groups) : String.join(":", groups);
        return random.nextBoolean() ? text.toUpperCase(Locale.ROOT) : text;
    }

    /** Leaves out one run of zero groups, chosen at random, if there is any. */
    private String compressed(List<String> groups) {
        int from = random.nextInt(groups.size());
        while (from > 0 && isZero(groups.get(from - 1)) && random.nextInt(4) > 0) {
            from--;
        }
        int to = from;
        while (to < groups.size() && isZero(groups.get(to))) {
            to++;
        }
        return from == to
                ? String.join(":", groups)
                : String.join(":", groups.subList(0, from)) + "::"
                        + String.join(":", groups.subList(to, groups.size()));
    }

    private static boolean isZero(String group) {
        return group.equals("0") || group.equals("0000");
    }

    private static String dotted(byte[] bytes, int from) {
        return (bytes[from] & 0xff) + "." + (bytes[from + 1] & 0xff) + "." + (bytes[from + 2] & 0xff) + "."
                + (bytes[from + 3] & 0xff);
    }
}
