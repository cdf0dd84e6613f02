package school.lectern.auth.token;

import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a dialect's tokens, as data: a prefix for each environment or one for both, and a random body; in two parts
 * with a separator, a public key before the secret. Immutable.
 *
 * <pre>{@code
 * TokenFormat.builder()
 *     .prefix(Environment.LIVE, "sk_live_lectern_")
 *     .prefix(Environment.TEST, "sk_test_lectern_")
 *     .body(TokenBody.of(TokenBody.BASE62, 32))
 *     .visible(4)
 *     .build();
 * }</pre>
 *
 * <p>A token is the exact characters that were sent: nothing is trimmed, no case is folded.
 */
public final class TokenFormat {

    /** Below this a plain hash of the secret could be turned back by guessing (OWASP: at least 128 bits). */
    private static final int MIN_BITS = 128;

    private final @Nullable PublicPart publicPart;
    private final Map<Environment, String> prefixes;
    private final boolean prefixNamesEnvironment;
    private final TokenBody body;
    private final int visible;

    private TokenFormat(Builder builder, TokenBody body) {
        this.publicPart = builder.publicPart;
        this.prefixes = new EnumMap<>(builder.prefixes);
        this.prefixNamesEnvironment = builder.prefixNamesEnvironment;
        this.body = body;
        this.visible = builder.visible;
    }

    /** The first of two parts. */
    private record PublicPart(String prefix, TokenBody body, char separator) {}

    /** Starts a format. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a credential. Judges the shape alone, and asks no store.
     *
     * @return a {@link PresentedToken}, {@link Malformed#CREDENTIAL} for a wrong number of parts, or {@link Malformed#TOKEN}
     */
    public Parsed parse(Secret credential) {
        String text = credential.expose();
        if (publicPart == null) {
            return parseSecret(text, null);
        }
        int separator = text.indexOf(publicPart.separator());
        boolean twoParts = separator > 0
                && separator < text.length() - 1
                && text.indexOf(publicPart.separator(), separator + 1) < 0;
        if (!twoParts) {
            return Malformed.CREDENTIAL;
        }
        String publicKey = text.substring(0, separator);
        boolean isKey = publicKey.startsWith(publicPart.prefix())
                && publicPart
                        .body()
                        .matches(publicKey.substring(publicPart.prefix().length()));
        return isKey ? parseSecret(text.substring(separator + 1), publicKey) : Malformed.TOKEN;
    }

    private Parsed parseSecret(String text, @Nullable String publicKey) {
        for (Map.Entry<Environment, String> entry : prefixes.entrySet()) {
            String prefix = entry.getValue();
            if (text.startsWith(prefix) && body.matches(text.substring(prefix.length()))) {
                return new PresentedToken(Secret.of(text), publicKey, prefixNamesEnvironment ? entry.getKey() : null);
            }
        }
        return Malformed.TOKEN;
    }

    /** Whether a credential starts as tokens of this format do, whatever follows: then it is ours to judge. */
    public boolean claims(Secret credential) {
        String text = credential.expose();
        return publicPart == null
                ? prefixes.values().stream().anyMatch(text::startsWith)
                : text.startsWith(publicPart.prefix());
    }

    /** Draws a new token. */
    public Fresh draw(Environment environment, SecureRandom random) {
        return publicPart == null
                ? redraw(environment, null, random)
                : redraw(environment, publicPart.prefix() + publicPart.body().draw(random), random);
    }

    /** Draws a new secret; in a format of two parts for the public key that is already known. */
    public Fresh redraw(Environment environment, @Nullable String publicKey, SecureRandom random) {
        String prefix = prefixes.getOrDefault(environment, "");
        String text = prefix + body.draw(random);
        PresentedToken token = new PresentedToken(Secret.of(text), publicKey, environment);
        return publicPart == null || publicKey == null
                ? new Fresh(text, text.substring(0, prefix.length() + visible), token)
                : new Fresh(publicKey + publicPart.separator() + text, publicKey, token);
    }

    /** Whether a public key stands before the secret. */
    public boolean hasPublicKey() {
        return publicPart != null;
    }

    /** A token that was just drawn. */
    public static final class Fresh {
        private final Secret characters;
        private final String visiblePrefix;
        private final PresentedToken token;

        private Fresh(String characters, String visiblePrefix, PresentedToken token) {
            this.characters = Secret.of(characters);
            this.visiblePrefix = visiblePrefix;
            this.token = token;
        }

        /** The whole token, as its holder will send it. */
        public Secret characters() {
            return characters;
        }

        /** What is shown of it later, to recognize it by. */
        public String visiblePrefix() {
            return visiblePrefix;
        }

        /** The token as it will be presented. */
        public PresentedToken token() {
            return token;
        }
    }

    /** Builds a {@link TokenFormat}. */
    public static final class Builder {
        private final Map<Environment, String> prefixes = new EnumMap<>(Environment.class);
        private @Nullable PublicPart publicPart;
        private boolean prefixNamesEnvironment;
        private @Nullable TokenBody body;
        private int visible;

        private Builder() {}

        /** One prefix for both environments: the token does not show which one it belongs to. */
        public Builder prefix(String prefix) {
            prefixes.put(Environment.LIVE, prefix);
            prefixes.put(Environment.TEST, prefix);
            prefixNamesEnvironment = false;
            return this;
        }

        /** The prefix of one environment's tokens. */
        public Builder prefix(Environment environment, String prefix) {
            prefixes.put(environment, prefix);
            prefixNamesEnvironment = true;
            return this;
        }

        /** The random part after the prefix. */
        public Builder body(TokenBody body) {
            this.body = body;
            return this;
        }

        /** A public key before the secret: its own prefix and body, and the one character that parts the two. */
        public Builder publicKey(String prefix, TokenBody keyBody, char separator) {
            this.publicPart = new PublicPart(prefix, keyBody, separator);
            return this;
        }

        /** How many characters of the body are shown in lists after the prefix; where there is a public key, that is shown. */
        public Builder visible(int characters) {
            this.visible = characters;
            return this;
        }

        /**
         * The format.
         *
         * @throws IllegalArgumentException if a part is missing, the secret could be guessed (under 128 bits, those that are
         *     shown not counted), one prefix starts with the other, or the separator may stand inside a part
         */
        public TokenFormat build() {
            if (body == null) {
                throw new IllegalArgumentException("body: a format needs one");
            }
            if (prefixes.size() != Environment.values().length) {
                throw new IllegalArgumentException("prefix: a format needs one for each environment, or one for both");
            }
            if (visible < 0 || body.hiddenBits(visible) < MIN_BITS) {
                throw new IllegalArgumentException(
                        "body: fewer than " + MIN_BITS + " bits remain unseen, the secret could be guessed");
            }
            checkPrefixes();
            if (publicPart != null && isInside(publicPart.separator(), publicPart, body)) {
                throw new IllegalArgumentException("publicKey: the separator may not stand inside a part");
            }
            return new TokenFormat(this, body);
        }

        private void checkPrefixes() {
            String live = prefixes.getOrDefault(Environment.LIVE, "");
            String test = prefixes.getOrDefault(Environment.TEST, "");
            if (prefixNamesEnvironment && (live.startsWith(test) || test.startsWith(live))) {
                throw new IllegalArgumentException("prefix: that of one environment may not start with the other's");
            }
            String fixed = live + test + (publicPart == null ? "" : publicPart.prefix() + publicPart.separator());
            if (!fixed.chars().allMatch(c -> c > ' ' && c < 127 && c != ',')) {
                throw new IllegalArgumentException("prefix: visible ASCII characters without a comma");
            }
        }

        private boolean isInside(char separator, PublicPart part, TokenBody secretBody) {
            return part.body().has(separator)
                    || secretBody.has(separator)
                    || part.prefix().indexOf(separator) >= 0
                    || prefixes.values().stream().anyMatch(prefix -> prefix.indexOf(separator) >= 0);
        }
    }
}
