package school.lectern.auth.format;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;

/**
 * Checks that tokens of a format cannot be guessed and that each can be read in one way only. Does not use streams: a format
 * is created while an application starts, and loading the classes of streams takes longer than all the checks.
 */
final class FormatValidator {

    /**
     * The default of {@link TokenFormatBuilder#minHiddenBits}. A secret with fewer bits could be found from its plain hash
     * as computing power grows (OWASP recommends 128 bits).
     */
    static final int DEFAULT_BITS = 128;

    /**
     * The smallest value of {@link TokenFormatBuilder#minHiddenBits}. A secret with fewer bits could be found from its plain
     * hash with hardware that can be rented today.
     */
    static final int LEAST_BITS = 64;

    /**
     * The maximum length of a public key. A public key is a selector, and stores have room for 128 characters of a selector.
     */
    private static final int MAX_KEY = 128;

    /**
     * The maximum length of the display prefix of a token of one part. It is shorter than {@link #MAX_KEY} because the
     * selectors of salted hashes append a slot number to it.
     */
    private static final int MAX_SHOWN = MAX_KEY - "~1".length();

    /** The punctuation that may occur in the path of a URI without encoding: {@code pchar} (RFC 3986, section 3.3). */
    private static final String URI_PUNCTUATION = "-._~!$&'()*+,;=:@";

    private final String wrapper;
    private final @Nullable PublicKeyPart key;
    private final SecretPart secret;
    private final int visible;
    private final int minHiddenBits;

    FormatValidator(String wrapper, @Nullable PublicKeyPart key, SecretPart secret, int visible, int minHiddenBits) {
        this.wrapper = wrapper;
        this.key = key;
        this.secret = secret;
        this.visible = visible;
        this.minHiddenBits = minHiddenBits;
    }

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if the format is not valid; the message starts with the name of the part that is wrong
     */
    void check() {
        checkEntropy();
        checkCharacters();
        checkPrefixes();
        if (key == null) {
            requireShort("prefix", shown(), MAX_SHOWN);
        } else {
            checkKey(key);
            for (Prefix prefix : secret.prefixes()) {
                if (prefix.text().length() > MAX_KEY) {
                    throw new IllegalArgumentException("prefix must have at most " + MAX_KEY + " characters, had "
                            + prefix.text().length());
                }
            }
        }
    }

    private void checkEntropy() {
        if (visible < 0) {
            throw new IllegalArgumentException("visibleCharacters must be at least 0, was " + visible);
        }
        List<TokenBody> bodies = secret.bodies();
        for (int i = 0; i < bodies.size(); i++) {
            double bits = bodies.get(i).hiddenBits(visible);
            if (bits < minHiddenBits) {
                throw new IllegalArgumentException("body " + (i + 1) + ", "
                        + bodies.get(i).pattern(0)
                        + ", must have at least " + minHiddenBits + " bits of entropy that lists do not show, but has "
                        + (long) bits + " (visibleCharacters is " + visible + "). Use a longer body, show fewer"
                        + " characters, or lower minHiddenBits, whose minimum is " + LEAST_BITS
                        + " and whose documentation describes the risk");
            }
        }
    }

    private static void checkKey(PublicKeyPart key) {
        if (!key.endsAtOnePlace()) {
            throw new IllegalArgumentException(
                    "publicKey must end at one place only: the separator must not be empty, and the body must have a"
                            + " fixed length or must not contain the first character of the separator");
        }
        if (key.bits() == 0) {
            throw new IllegalArgumentException("publicKey must differ from token to token, so its body must be random");
        }
        requireShort("publicKey", key.prefix().length() + key.body().maxLength(), MAX_KEY);
    }

    private static void requireShort(String part, int length, int most) {
        if (length > most) {
            throw new IllegalArgumentException(part + " must be shorter: lists would show " + length
                    + " characters of a token, and can show at most " + most);
        }
    }

    private void checkCharacters() {
        for (Prefix prefix : secret.prefixes()) {
            requireHeaderCharacters("prefix", prefix.text());
        }
        if (key != null) {
            requireHeaderCharacters("publicKey prefix", key.prefix());
            requireHeaderCharacters("publicKey separator", key.separator());
        }
        for (char c = '!'; c < 127 && !wrapper.isEmpty(); c++) {
            if (mayStandInToken(c) && !mayStandInUri(c)) {
                throw new IllegalArgumentException("secretTokenUri must not be set if a token may contain " + c
                        + ": a URI may contain only letters, digits and " + URI_PUNCTUATION);
            }
        }
    }

    private static void requireHeaderCharacters(String part, String fixed) {
        for (int i = 0; i < fixed.length(); i++) {
            if (!Alphabet.mayStandInHeader(fixed.charAt(i))) {
                throw new IllegalArgumentException(
                        part + " must consist of visible ASCII characters without a comma, was '" + fixed + "'");
            }
        }
    }

    private static boolean mayStandInUri(char c) {
        return Character.isLetterOrDigit(c) || URI_PUNCTUATION.indexOf(c) >= 0;
    }

    private boolean mayStandInToken(char c) {
        return secret.has(c) || (key != null && key.has(c));
    }

    /**
     * Requires that no prefix of one environment is the start of a prefix of another environment, and that no token can
     * have two prefixes of the same environment.
     */
    private void checkPrefixes() {
        List<Prefix> prefixes = secret.prefixes();
        for (int i = 0; i < prefixes.size(); i++) {
            for (int j = 0; j < prefixes.size(); j++) {
                if (i != j) {
                    checkPair(prefixes.get(i), prefixes.get(j));
                }
            }
        }
    }

    private void checkPair(Prefix prefix, Prefix longer) {
        if (!Objects.equals(prefix.environment(), longer.environment())
                && longer.text().startsWith(prefix.text())) {
            throw new IllegalArgumentException("prefix must not start with a prefix of another environment, but '"
                    + longer.text() + "' starts with '" + prefix.text() + "'");
        }
        if (secret.areConfusable(prefix.text(), longer.text())) {
            throw new IllegalArgumentException("prefix must be unambiguous, but a token could have both '"
                    + prefix.text() + "' and '" + longer.text() + "': use prefixes that do not start with each other");
        }
    }

    private int shown() {
        int longest = 0;
        for (Prefix prefix : secret.prefixes()) {
            longest = Math.max(longest, prefix.text().length());
        }
        return wrapper.length() + longest + visible;
    }
}
