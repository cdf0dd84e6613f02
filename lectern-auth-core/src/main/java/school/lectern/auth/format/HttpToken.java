package school.lectern.auth.format;

import java.util.regex.Pattern;

/** The form of names in HTTP: of headers, schemes and parameters (RFC 9110, section 5.6.2). */
public final class HttpToken {

    /** A regular expression for a token. */
    public static final String REGEX = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";

    private static final Pattern TOKEN = Pattern.compile(REGEX);

    private HttpToken() {}

    /**
     * {@return whether the text is a token}
     *
     * @param text any text
     */
    public static boolean matches(String text) {
        return TOKEN.matcher(text).matches();
    }
}
