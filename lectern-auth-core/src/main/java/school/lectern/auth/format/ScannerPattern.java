package school.lectern.auth.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;

/**
 * A format as a regular expression for secret scanners. RE2 supports neither lookahead nor lookbehind. So the expression
 * starts with a word boundary, which consumes no character, and ends with one character that cannot belong to the token, or
 * with the end of the text. One character between two tokens is enough to find both.
 */
final class ScannerPattern {

    private static final String BOUNDARY = "\\b";
    private static final String NO_BOUNDARY = "\\B";
    private static final Pattern SPECIAL = Pattern.compile("[\\\\.+*?()|\\[\\]{}^$]");

    private final List<String> openings;
    private final @Nullable PublicKeyPart key;
    private final SecretPart secret;

    ScannerPattern(List<String> openings, @Nullable PublicKeyPart key, SecretPart secret) {
        this.openings = longestFirst(openings);
        this.key = key;
        this.secret = secret;
    }

    String pattern() {
        return '(' + token() + ")(?:[^" + Alphabet.ranges(this::isPartOfToken) + "]|$)";
    }

    private String token() {
        if (key == null) {
            return begun(openings, secret.bodies()) + checksum();
        }
        List<String> prefixes = longestFirst(
                        secret.prefixes().stream().map(Prefix::text).toList())
                .stream()
                .map(ScannerPattern::quote)
                .toList();
        return begun(openings, List.of(key.body()))
                + quote(key.separator())
                + oneOf(prefixes)
                + oneOf(patterns(secret.bodies()))
                + checksum();
    }

    /**
     * Sorts by length: engines take the first alternative that matches, so a prefix must come before any prefix that it
     * starts with.
     */
    private static List<String> longestFirst(List<String> prefixes) {
        return prefixes.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** {@return an expression of the fixed text that a token starts with and the body after it, and a boundary before both} */
    private static String begun(List<String> openings, List<TokenBody> bodies) {
        List<String> ways = new ArrayList<>();
        addOpened(ways, BOUNDARY, openings, opening -> startsWithWord(opening), bodies);
        addOpened(ways, "", openings, opening -> !startsWithWord(opening), bodies);
        if (openings.contains("")) {
            bodies.forEach(body -> ways.add(bare(body)));
        }
        return oneOf(ways);
    }

    private static void addOpened(
            List<String> ways, String start, List<String> openings, Predicate<String> which, List<TokenBody> bodies) {
        List<String> quoted = openings.stream()
                .filter(opening -> !opening.isEmpty())
                .filter(which)
                .map(ScannerPattern::quote)
                .toList();
        if (!quoted.isEmpty()) {
            ways.add(start + oneOf(quoted) + oneOf(patterns(bodies)));
        }
    }

    private static boolean startsWithWord(String opening) {
        return !opening.isEmpty() && Alphabet.isWord(opening.charAt(0));
    }

    /**
     * {@return an expression of a body without a prefix} If the body starts with punctuation, the expression must not start
     * with a word boundary, which would require a letter before the punctuation.
     */
    private static String bare(TokenBody body) {
        String letters = Alphabet.ranges(c -> mayStartWith(body, c) && Alphabet.isWord(c));
        String marks = Alphabet.ranges(c -> mayStartWith(body, c) && !Alphabet.isWord(c));
        if (marks.isEmpty()) {
            return BOUNDARY + body.pattern(0);
        }
        List<String> firsts = new ArrayList<>();
        if (!letters.isEmpty()) {
            firsts.add(BOUNDARY + '[' + letters + ']');
        }
        firsts.add(NO_BOUNDARY + '[' + marks + ']');
        return oneOf(firsts) + body.pattern(1);
    }

    private static boolean mayStartWith(TokenBody body, int c) {
        return body.canStart(Character.toString(c), 0, 1);
    }

    private String checksum() {
        TokenChecksum checksum = secret.checksum();
        return checksum == null ? "" : quote(checksum.separator()) + checksum.pattern();
    }

    /**
     * {@return whether the character must not follow a token, because the token could go on with it} Letters, digits and the
     * underscore always count. If one token can be the start of a longer one, all characters count that may occur after a
     * prefix, so that the longer token is found as a whole. Otherwise the characters count that a token can end with.
     */
    private boolean isPartOfToken(int c) {
        return Alphabet.isWord(c) || (secret.hasOneShape() ? secret.mayEndWith(c) : secret.hasAfterPrefix(c));
    }

    private static List<String> patterns(List<TokenBody> bodies) {
        return bodies.stream().map(body -> body.pattern(0)).toList();
    }

    private static String oneOf(List<String> ways) {
        return ways.size() == 1 ? ways.get(0) : "(?:" + String.join("|", ways) + ')';
    }

    /** {@return a regular expression that matches exactly the text} */
    static String quote(String text) {
        return SPECIAL.matcher(text).replaceAll("\\\\$0");
    }
}
