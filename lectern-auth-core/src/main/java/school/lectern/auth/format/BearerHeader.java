package school.lectern.auth.format;

import java.util.Arrays;
import java.util.List;

/**
 * Parses the {@code Authorization} header (RFC 9110, section 11.6.2; RFC 6750, section 2.1). The scheme is case-insensitive,
 * one or more spaces follow it, and trailing spaces are ignored. No other deviation is accepted.
 */
public final class BearerHeader {

    private static final String SCHEME = "Bearer";

    private BearerHeader() {}

    /**
     * {@return the token that the request presents, or the reason why the header contains no token of the format}
     *
     * @param values all values of the header, in their order; empty if the request does not have the header
     * @param format the format of the token
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
        // No token contains a comma, so a comma means several credentials.
        return parsed instanceof CredentialProblem && text.indexOf(',') >= 0 ? CredentialProblem.CREDENTIAL : parsed;
    }

    /**
     * {@return whether the header contains a credential that the format {@linkplain TokenFormat#recognizes recognizes}} The
     * scheme does not matter, nor does the number of other credentials in the header. A request with such a credential must
     * never be passed on to another authenticator.
     *
     * @param values all values of the header, in their order
     * @param format the format of the tokens
     */
    public static boolean recognizes(List<Secret> values, TokenFormat format) {
        return values.stream()
                .flatMap(value -> Arrays.stream(value.expose().split("[,\\s]+")))
                .anyMatch(word -> format.recognizes(Secret.of(word)));
    }

    /**
     * {@return whether the first word of the value is the scheme, in any case} Case-insensitive comparison is safe here: no
     * character outside ASCII is equal to a letter of the scheme when case is ignored. The exact spelling, which nearly all
     * clients use, is compared first because that is faster.
     */
    private static boolean hasScheme(String value) {
        int length = SCHEME.length();
        return (value.startsWith(SCHEME) || value.regionMatches(true, 0, SCHEME, 0, length))
                && (value.length() == length || value.charAt(length) == ' ' || value.charAt(length) == '\t');
    }

    /** {@return the index of the first character after the scheme and the spaces that follow it} */
    private static int start(String value) {
        int start = SCHEME.length();
        while (start < value.length() && value.charAt(start) == ' ') {
            start++;
        }
        return start;
    }

    /** {@return the index at which the trailing spaces start} */
    private static int end(String value, int start) {
        int end = value.length();
        while (end > start && value.charAt(end - 1) == ' ') {
            end--;
        }
        return end;
    }
}
