package school.lectern.auth.dialect;

import java.util.regex.Pattern;

/** The form of header names (RFC 9110, section 5.1). */
final class HeaderName {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    private HeaderName() {}

    static boolean isValid(String name) {
        return TOKEN.matcher(name).matches();
    }

    static String require(String setting, String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException(
                    setting + " must be a header name (RFC 9110, section 5.1), was '" + name + "'");
        }
        return name;
    }
}
