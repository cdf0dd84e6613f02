package school.lectern.auth.token;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.TokenFormatSecret.Prefix;

/** What a format must be so that its tokens can neither be guessed nor be read in two ways. */
final class TokenFormatChecks {

    /** Below this a plain hash of the secret could be turned back by guessing (OWASP: at least 128 bits). */
    private static final int MIN_BITS = 128;

    /** What stores keep of a selector and of a visible prefix. */
    private static final int MAX_SHOWN = 128;

    /** Of an ASCII text's characters those that may stand in a URI's path as they are: {@code pchar} (RFC 3986, section 3.3). */
    private static final String URI_PUNCTUATION = "-._~!$&'()*+,;=:@";

    private final String wrapper;
    private final @Nullable TokenFormatKey key;
    private final TokenFormatSecret secret;
    private final int visible;

    TokenFormatChecks(String wrapper, @Nullable TokenFormatKey key, TokenFormatSecret secret, int visible) {
        this.wrapper = wrapper;
        this.key = key;
        this.secret = secret;
        this.visible = visible;
    }

    /** Throws an {@link IllegalArgumentException} that starts with the name of the part that is wrong. */
    void check() {
        checkEntropy();
        checkCharacters();
        checkPrefixes();
        if (key != null && !key.endsAtOnePlace()) {
            throw new IllegalArgumentException(
                    "publicKey: it could end at two places; its length has to be fixed, or its body"
                            + " without the character that the separator starts with");
        }
        if (shown() > MAX_SHOWN) {
            throw new IllegalArgumentException(
                    (key == null ? "prefix" : "publicKey") + ": more than " + MAX_SHOWN + " characters would be shown");
        }
    }

    private void checkEntropy() {
        if (visible < 0
                || secret.bodies().stream()
                        .mapToDouble(body -> body.hiddenBits(visible))
                        .anyMatch(bits -> bits < MIN_BITS)) {
            throw new IllegalArgumentException(
                    "body: fewer than " + MIN_BITS + " bits remain unseen, the secret could be guessed");
        }
    }

    private void checkCharacters() {
        String fixed = String.join("", prefixes()) + (key == null ? "" : key.prefix() + key.separator());
        if (!fixed.chars().allMatch(TokenBodyAlphabet::mayStandInHeader)) {
            throw new IllegalArgumentException("prefix: visible ASCII characters without a comma");
        }
        if (!wrapper.isEmpty()
                && !IntStream.range('!', 127).allMatch(c -> mayStandInUri((char) c) || !mayStandInToken((char) c))) {
            throw new IllegalArgumentException(
                    "secretTokenUri: letters, digits and " + URI_PUNCTUATION + " alone may stand in a URI");
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

    private List<String> prefixes() {
        return secret.prefixes().stream().map(Prefix::text).toList();
    }

    private int shown() {
        return key != null
                ? key.prefix().length() + key.body().maxLength()
                : wrapper.length()
                        + visible
                        + prefixes().stream().mapToInt(String::length).max().orElse(0);
    }
}
