package school.lectern.auth.format;

import java.security.SecureRandom;

/** The first of two parts, which names a token and is no secret, and what parts it from the second. Immutable. */
final class PublicKeyPart {

    private final String prefix;
    private final TokenBody body;
    private final String separator;

    PublicKeyPart(String prefix, TokenBody body, String separator) {
        this.prefix = prefix;
        this.body = body;
        this.separator = separator;
    }

    String draw(SecureRandom random) {
        return prefix + body.draw(random);
    }

    /**
     * Whether the text is in two parts from an index on: the separator stands in it with something before and behind it. A
     * public key that was found tells where that is, since it may hold the separator itself.
     *
     * @param end where it {@linkplain #end ends}, or -1
     */
    boolean parts(String text, int start, int end) {
        int at = end >= 0 ? end : firstSeparator(text, start);
        return at > start && at + separator.length() < text.length();
    }

    private int firstSeparator(String text, int start) {
        return text.indexOf(separator, text.startsWith(prefix, start) ? start + prefix.length() : start);
    }

    /** Whether it stands there more than once. */
    boolean partsTwice(String text, int start) {
        return text.indexOf(separator, start) < text.lastIndexOf(separator);
    }

    /**
     * Where the public key ends that the text holds from an index on, or -1 if there is none with the separator behind it.
     * There is one place where it can end: either all keys are equally long, or none holds the separator's first character
     * after its prefix.
     */
    int end(String text, int start) {
        int from = start + prefix.length();
        int end = body.hasOneLength() ? from + body.minLength() : text.indexOf(separator, from);
        boolean isKey =
                text.startsWith(prefix, start) && text.startsWith(separator, end) && body.matches(text, from, end);
        return isKey ? end : -1;
    }

    /** Whether the text is a public key and nothing else. */
    boolean matches(String text) {
        return text.startsWith(prefix) && body.matches(text, prefix.length(), text.length());
    }

    /** Whether the separator can stand nowhere but between the parts, so that a second one is a third part. */
    boolean separatorStandsOnce(SecretPart secret) {
        char first = separator.charAt(0);
        return prefix.indexOf(first) < 0 && !body.has(first) && !secret.has(first);
    }

    /** Whether a text can be read in one way only; see {@link #end}. */
    boolean endsAtOnePlace() {
        return !separator.isEmpty() && (body.hasOneLength() || !body.has(separator.charAt(0)));
    }

    boolean has(int c) {
        return prefix.indexOf(c) >= 0 || separator.indexOf(c) >= 0 || body.has(c);
    }

    /** The random bits of a shortest key. */
    double bits() {
        return body.hiddenBits(0);
    }

    String prefix() {
        return prefix;
    }

    TokenBody body() {
        return body;
    }

    String separator() {
        return separator;
    }
}
