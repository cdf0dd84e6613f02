package school.lectern.auth.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces everything that may be a token of a format, or a part of one, in texts that are stored or logged, such as the path
 * of a request. The characters after a secret's prefix are replaced whether they are a complete secret or not, in upper and
 * lower case and also if they are percent-encoded: a large part of a secret is enough to guess the rest. If secrets have no
 * prefix, complete tokens are replaced. Immutable.
 */
final class TokenRedaction {

    private static final String REDACTED = "[redacted]";

    /** A shorter text after a prefix is a name that starts like a token by coincidence, and discloses nothing. */
    private static final int MIN_BODY = 8;

    /**
     * The maximum number of times that a text is decoded in search of a token: proxies and clients encode texts that are
     * already encoded.
     */
    private static final int MAX_ENCODINGS = 3;

    private static final Pattern ENCODED = Pattern.compile("(?:%[0-9A-Fa-f]{2})+");

    private final Pattern tokens;

    /** A shorter text, such as most methods and paths of requests, contains no token. */
    private final int shortest;

    /**
     * @param openings the fixed texts that a secret may start with; an empty one if some secrets have no prefix
     * @param bodyCharacters the characters that may follow, in the syntax between the brackets of a regular expression
     * @param visible the number of those characters that are not secret
     * @param wholeToken a regular expression of a whole token, which is its first group
     */
    TokenRedaction(List<String> openings, String bodyCharacters, int visible, String wholeToken) {
        List<String> ways = new ArrayList<>();
        int least = Math.max(MIN_BODY, visible + 1);
        List<String> fixed = openings.stream()
                .filter(opening -> !opening.isEmpty())
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .toList();
        if (!fixed.isEmpty()) {
            ways.add("(?<opening>(?i:" + String.join("|", fixed) + "))[" + bodyCharacters + "]{" + least + ",}+");
        } else {
            ways.add("(?<opening>)(?!)");
        }
        if (fixed.size() < openings.size()) {
            ways.add(wholeToken);
        }
        this.tokens = Pattern.compile(String.join("|", ways));
        this.shortest = openings.stream()
                .mapToInt(opening -> opening.isEmpty() ? 0 : opening.length() + least)
                .min()
                .orElse(0);
    }

    /** {@return the text, with everything replaced that may be a token} */
    String redacted(String text) {
        if (text.length() < shortest) {
            return text;
        }
        String decoded = text;
        for (int i = 0; i <= MAX_ENCODINGS; i++) {
            Matcher token = tokens.matcher(decoded);
            if (token.find()) {
                return replaced(token, decoded);
            }
            if (decoded.indexOf('%') < 0) {
                return text;
            }
            decoded = decoded(decoded);
        }
        return text;
    }

    private static String replaced(Matcher token, String text) {
        StringBuilder redacted = new StringBuilder();
        int end = 0;
        for (boolean found = true; found; found = token.find()) {
            String opening = token.group("opening");
            redacted.append(text, end, token.start())
                    .append(opening == null ? "" : opening)
                    .append(REDACTED);
            // A scanner's rule also matches one character after the token, which is retained.
            end = opening == null ? token.end(2) : token.end();
        }
        return redacted.append(text, end, text.length()).toString();
    }

    private static String decoded(String text) {
        return ENCODED.matcher(text).replaceAll(run -> Matcher.quoteReplacement(decodedRun(run.group())));
    }

    private static String decodedRun(String run) {
        ByteBuffer bytes = ByteBuffer.allocate(run.length() / 3);
        for (int i = 1; i < run.length(); i += 3) {
            bytes.put((byte) Integer.parseInt(run.substring(i, i + 2), 16));
        }
        return new String(bytes.array(), StandardCharsets.UTF_8);
    }
}
