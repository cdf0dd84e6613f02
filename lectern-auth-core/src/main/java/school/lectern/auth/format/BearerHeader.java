package school.lectern.auth.format;

import java.util.Arrays;
import java.util.List;

/**
 * Reads the {@code Authorization} header (RFC 9110, section 11.6.2; RFC 6750, section 2.1). The scheme is
 * case-insensitive, one or more spaces follow it, trailing blanks do not count; nothing else is forgiven.
 */
public final class BearerHeader {

    private static final String SCHEME = "Bearer";

    private BearerHeader() {}

    /**
     * The token that the request presents.
     *
     * @param values every value of the header, in their order
     * @param format the shape that a token must have
     */
    public static ParsedCredential parse(List<Secret> values, TokenFormat format) {
        if (values.isEmpty()) {
            return CredentialProblem.NO_CREDENTIAL;
        }
        if (values.size() > 1) {
            return CredentialProblem.CREDENTIAL;
        }
        String text = values.get(0).expose();
        if (!hasScheme(text)) {
            return CredentialProblem.OTHER_SCHEME;
        }
        int start = start(text);
        int end = end(text, start);
        if (start == end || text.charAt(start) == '\t') {
            return CredentialProblem.CREDENTIAL;
        }
        ParsedCredential parsed = format.parse(Secret.part(text, start, end));
        // No token holds a comma, which parts two credentials.
        return parsed instanceof CredentialProblem && text.indexOf(',') >= 0 ? CredentialProblem.CREDENTIAL : parsed;
    }

    /**
     * Whether any credential in the header {@linkplain TokenFormat#recognizes starts as} tokens of the format do, under whatever
     * scheme and however many others stand beside it: such a request is never left to another authenticator.
     */
    public static boolean recognizes(List<Secret> values, TokenFormat format) {
        return values.stream()
                .flatMap(value -> Arrays.stream(value.expose().split("[,\\s]+")))
                .anyMatch(word -> format.recognizes(Secret.of(word)));
    }

    /**
     * Whether the value's first word is the scheme. None of its letters has a look-alike of the other case beyond ASCII. Nearly
     * everybody writes it as it is, which is seen at once.
     */
    private static boolean hasScheme(String value) {
        int length = SCHEME.length();
        return (value.startsWith(SCHEME) || value.regionMatches(true, 0, SCHEME, 0, length))
                && (value.length() == length || value.charAt(length) == ' ' || value.charAt(length) == '\t');
    }

    /** Where the scheme and its spaces have ended. */
    private static int start(String value) {
        int start = SCHEME.length();
        while (start < value.length() && value.charAt(start) == ' ') {
            start++;
        }
        return start;
    }

    /** Where the blanks at the end begin. */
    private static int end(String value, int start) {
        int end = value.length();
        while (end > start && value.charAt(end - 1) == ' ') {
            end--;
        }
        return end;
    }
}
