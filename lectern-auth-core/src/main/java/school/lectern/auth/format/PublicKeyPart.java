package school.lectern.auth.format;

import java.security.SecureRandom;

/**
 * The first part of a two-part token and the separator after it. The public key identifies a token and is not secret.
 * Immutable.
 */
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
     * {@return whether the text from {@code start} on has two parts: a separator with at least one character before it and one
     * after it} If a public key was found, the separator at its end counts, because the key itself may contain the
     * separator's text.
     *
     * @param end the {@linkplain #end end} of the public key, or -1 if none was found
     */
    boolean parts(String text, int start, int end) {
        int at = end >= 0 ? end : firstSeparator(text, start);
        return at > start && at + separator.length() < text.length();
    }

    private int firstSeparator(String text, int start) {
        return text.indexOf(separator, text.startsWith(prefix, start) ? start + prefix.length() : start);
    }

    /** {@return whether the text from {@code start} on contains the separator more than once} */
    boolean partsTwice(String text, int start) {
        return text.indexOf(separator, start) < text.lastIndexOf(separator);
    }

    /**
     * {@return the index at which the public key that begins at {@code start} ends, or -1 if there is no public key with a
     * separator after it} A key can end at one index only: either all keys have the same length, or no key contains the
     * separator's first character after its prefix.
     */
    int end(String text, int start) {
        int from = start + prefix.length();
        int end = body.hasOneLength() ? from + body.minLength() : text.indexOf(separator, from);
        boolean isKey =
                text.startsWith(prefix, start) && text.startsWith(separator, end) && body.matches(text, from, end);
        return isKey ? end : -1;
    }

    /** {@return whether the whole text is a public key} */
    boolean matches(String text) {
        return text.startsWith(prefix) && body.matches(text, prefix.length(), text.length());
    }

    /** {@return whether the separator can occur only between the parts, so that a second separator means a third part} */
    boolean separatorStandsOnce(SecretPart secret) {
        char first = separator.charAt(0);
        return prefix.indexOf(first) < 0 && !body.has(first) && !secret.has(first);
    }

    /** {@return whether a public key can end at one index only} See {@link #end}. */
    boolean endsAtOnePlace() {
        return !separator.isEmpty() && (body.hasOneLength() || !body.has(separator.charAt(0)));
    }

    boolean has(int c) {
        return prefix.indexOf(c) >= 0 || separator.indexOf(c) >= 0 || body.has(c);
    }

    /** {@return the entropy of the shortest public key, in bits} */
    double bits() {
        return body.hiddenBits(0);
    }

    /** {@return the minimum length of a public key and the separator after it} */
    int minLength() {
        return prefix.length() + body.minLength() + separator.length();
    }

    /** {@return the maximum length of a public key and the separator after it} */
    int maxLength() {
        return prefix.length() + body.maxLength() + separator.length();
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
