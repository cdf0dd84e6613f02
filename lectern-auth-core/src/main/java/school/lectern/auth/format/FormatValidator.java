package school.lectern.auth.format;

import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;

/**
 * What a format must be so that its tokens can neither be guessed nor be read in two ways. Without streams: a format is made
 * while an application starts, and to load them takes longer than all that is checked here.
 */
final class FormatValidator {

    /** Unless a format says otherwise: less could be guessed from a plain hash, with means that grow (OWASP: 128 bits). */
    static final int DEFAULT_BITS = 128;

    /** Less could be guessed from a plain hash with what can be rented today. */
    static final int LEAST_BITS = 64;

    /** What stores keep of a selector, which a public key is. */
    private static final int MAX_KEY = 128;

    /** So much less is kept of what is shown of a token of one part: salted hashes have a slot's number behind it. */
    private static final int MAX_SHOWN = MAX_KEY - "~1".length();

    /** Of an ASCII text's characters those that may stand in a URI's path as they are: {@code pchar} (RFC 3986, section 3.3). */
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

    /** Throws an {@link IllegalArgumentException} that starts with the name of the part that is wrong. */
    void check() {
        checkEntropy();
        checkCharacters();
        checkPrefixes();
        if (key == null) {
            requireShort("prefix", shown(), MAX_SHOWN);
        } else {
            checkKey(key);
        }
    }

    private void checkEntropy() {
        boolean guessable = visible < 0;
        for (TokenBody body : secret.bodies()) {
            guessable = guessable || body.hiddenBits(visible) < minHiddenBits;
        }
        if (guessable) {
            throw new IllegalArgumentException(
                    "body: fewer than " + minHiddenBits + " bits remain unseen, the secret could be guessed;"
                            + " minHiddenBits can allow as few as " + LEAST_BITS + ", and says at what price");
        }
    }

    private static void checkKey(PublicKeyPart key) {
        if (!key.endsAtOnePlace()) {
            throw new IllegalArgumentException(
                    "publicKey: it could end at two places; its length has to be fixed, or its body"
                            + " without the character that the separator starts with");
        }
        if (key.bits() == 0) {
            throw new IllegalArgumentException("publicKey: all tokens would have the same");
        }
        requireShort("publicKey", key.prefix().length() + key.body().maxLength(), MAX_KEY);
    }

    private static void requireShort(String part, int length, int most) {
        if (length > most) {
            throw new IllegalArgumentException(part + ": more than " + most + " characters would be shown");
        }
    }

    private void checkCharacters() {
        for (Prefix prefix : secret.prefixes()) {
            requireHeaderCharacters(prefix.text());
        }
        if (key != null) {
            requireHeaderCharacters(key.prefix());
            requireHeaderCharacters(key.separator());
        }
        for (char c = '!'; c < 127 && !wrapper.isEmpty(); c++) {
            if (mayStandInToken(c) && !mayStandInUri(c)) {
                throw new IllegalArgumentException(
                        "secretTokenUri: letters, digits and " + URI_PUNCTUATION + " alone may stand in a URI");
            }
        }
    }

    private static void requireHeaderCharacters(String fixed) {
        for (int i = 0; i < fixed.length(); i++) {
            if (!Alphabet.mayStandInHeader(fixed.charAt(i))) {
                throw new IllegalArgumentException("prefix: visible ASCII characters without a comma");
            }
        }
    }

    private static boolean mayStandInUri(char c) {
        return Character.isLetterOrDigit(c) || URI_PUNCTUATION.indexOf(c) >= 0;
    }

    private boolean mayStandInToken(char c) {
        return secret.has(c) || (key != null && key.has(c));
    }

    /** Those of two environments never start alike; those of one only where no token could have both. */
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
        if (prefix.environment() != longer.environment() && longer.text().startsWith(prefix.text())) {
            throw new IllegalArgumentException("prefix: that of one environment may not start with the other's");
        }
        if (secret.areConfusable(prefix.text(), longer.text())) {
            throw new IllegalArgumentException(
                    "prefix: a token could have both " + prefix.text() + " and " + longer.text());
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
