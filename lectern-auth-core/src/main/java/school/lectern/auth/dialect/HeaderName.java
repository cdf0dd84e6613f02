package school.lectern.auth.dialect;

import school.lectern.auth.format.HttpToken;

/** The form of header names (RFC 9110, section 5.1). */
final class HeaderName {

    private HeaderName() {}

    static boolean isValid(String name) {
        return HttpToken.matches(name);
    }

    static String require(String setting, String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException(
                    setting + " must be a header name (RFC 9110, section 5.1), was '" + name + "'");
        }
        return name;
    }
}
