package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;
import school.lectern.auth.token.TokenHasher;

/**
 * The shape of a dialect's tokens, as data: prefixes for each environment or for both, a random body, a checksum or none; in
 * two parts with a separator, a public key before the secret. Immutable.
 *
 * <pre>{@code
 * TokenFormat.builder()                                            // sk_live_… and rk_live_…, of which new ones are longer
 *     .prefix(TokenEnvironment.LIVE, "sk_live_", "rk_live_")
 *     .prefix(TokenEnvironment.TEST, "sk_test_", "rk_test_")
 *     .body(TokenBody.of(TokenBody.BASE62, 99), TokenBody.of(TokenBody.BASE62, 24))
 *     .visibleCharacters(2)
 *     .build();
 * TokenFormat.builder()                                            // ghp_… with a checksum at the end
 *     .prefix("ghp_", "gho_", "ghs_")
 *     .body(TokenBody.of(TokenBody.BASE62, 30))
 *     .checksum(TokenChecksum.crc32(TokenBody.BASE62, 6))
 *     .build();
 * TokenFormat.builder()                                            // 123456789:AAF…
 *     .publicKey("", TokenBody.of(TokenBody.DIGITS, 8, 10), ":")
 *     .prefix("")
 *     .body(TokenBody.of(TokenBody.BASE64_URL, 35))
 *     .build();
 * }</pre>
 *
 * <p>A token is the exact characters that were sent: nothing is trimmed, no case is folded.
 */
public final class TokenFormat {

    private final String wrapper;
    private final @Nullable PublicKeyPart key;
    private final boolean separatorStandsOnce;
    private final SecretPart secret;
    private final Map<TokenEnvironment, List<String>> prefixes;
    private final int visible;
    private final TokenRedaction redaction;

    private TokenFormat(Builder builder, SecretPart secret) {
        this.wrapper = builder.wrapper;
        this.key = builder.key;
        this.secret = secret;
        this.separatorStandsOnce = key != null && key.separatorStandsOnce(secret);
        this.prefixes = new EnumMap<>(builder.prefixes);
        this.visible = builder.visible;
        this.redaction = new TokenRedaction(
                secretOpenings(),
                Alphabet.ranges(c -> Alphabet.isWord(c) || secret.hasAfterPrefix(c)),
                key == null ? visible : 0,
                scannerRule());
    }

    /** Starts a format. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a credential. Judges the shape alone, and asks no store.
     *
     * @return a {@link PresentedToken}, {@link CredentialProblem#CREDENTIAL} for a wrong number of parts, or {@link CredentialProblem#TOKEN}
     */
    public ParsedCredential parse(Secret credential) {
        return key == null ? parseOnePart(credential) : parseTwoParts(credential.expose(), key);
    }

    private ParsedCredential parseOnePart(Secret credential) {
        String text = credential.exposeWhole();
        int start = credential.start() + wrapper.length();
        Prefix prefix =
                text.startsWith(wrapper, credential.start()) ? secret.find(text, start, start, credential.end()) : null;
        return prefix == null
                ? CredentialProblem.TOKEN
                : new PresentedToken(
                        credential,
                        null,
                        prefix.environment(),
                        wrapper.length() + prefix.text().length() + visible);
    }

    private ParsedCredential parseTwoParts(String text, PublicKeyPart part) {
        if (!text.startsWith(wrapper)) {
            return CredentialProblem.TOKEN;
        }
        int start = wrapper.length();
        int keyEnd = part.end(text, start);
        if (!part.parts(text, start, keyEnd) || (separatorStandsOnce && part.partsTwice(text, start))) {
            return CredentialProblem.CREDENTIAL;
        }
        if (keyEnd < 0) {
            return CredentialProblem.TOKEN;
        }
        int secretStart = keyEnd + part.separator().length();
        Prefix prefix = secret.find(text, start, secretStart, text.length());
        return prefix == null
                ? CredentialProblem.TOKEN
                : new PresentedToken(
                        Secret.of(text.substring(secretStart)), text.substring(start, keyEnd), prefix.environment(), 0);
    }

    /**
     * Whether a credential starts as tokens of this format do, whatever follows: then it is ours to judge. Where tokens have
     * no prefix, a credential is ours only if it is a token in its whole shape.
     */
    public boolean recognizes(Secret credential) {
        String text = credential.expose();
        if (key != null) {
            return key.prefix().isEmpty() ? isToken(credential) : text.startsWith(wrapper + key.prefix());
        }
        return secret.prefixes().stream()
                .map(Prefix::text)
                .anyMatch(prefix -> prefix.isEmpty() ? isToken(credential) : text.startsWith(wrapper + prefix));
    }

    private boolean isToken(Secret credential) {
        return parse(credential) instanceof PresentedToken;
    }

    /** What tokens of this format may begin with, by which they are told from others'; an empty text if some have no prefix. */
    public List<String> leadingLiterals() {
        return key != null
                ? List.of(wrapper + key.prefix())
                : secret.prefixes().stream()
                        .map(prefix -> wrapper + prefix.text())
                        .toList();
    }

    /** The prefixes that an environment's tokens may have. New tokens have the first unless they are drawn with another. */
    public List<String> prefixes(TokenEnvironment environment) {
        return prefixes.getOrDefault(environment, List.of());
    }

    /** Draws a new token with the first of the environment's prefixes. */
    public GeneratedToken generate(TokenEnvironment environment, SecureRandom random) {
        return generate(environment, null, random);
    }

    /**
     * Draws a new token.
     *
     * @param prefix one of the environment's {@link #prefixes}; null for the first
     * @throws IllegalArgumentException if it is none of them
     */
    public GeneratedToken generate(TokenEnvironment environment, @Nullable String prefix, SecureRandom random) {
        String publicKey = key == null ? null : key.draw(random);
        return new TokenGenerator(wrapper, key, secret, visible)
                .generate(environment, publicKey, requirePrefix(environment, prefix), random);
    }

    /**
     * Draws a new secret for a token with a public key.
     *
     * @param prefix one of the environment's {@link #prefixes}
     * @throws IllegalArgumentException if it is none of them
     */
    public GeneratedToken regenerate(
            TokenEnvironment environment, String prefix, String publicKey, SecureRandom random) {
        return new TokenGenerator(wrapper, key, secret, visible)
                .generate(environment, publicKey, requirePrefix(environment, prefix), random);
    }

    private String requirePrefix(TokenEnvironment environment, @Nullable String member) {
        String prefix = member == null ? prefixes(environment).get(0) : member;
        if (!prefixes(environment).contains(prefix)) {
            throw new IllegalArgumentException("prefix: " + environment.text() + " tokens have none like " + prefix);
        }
        return prefix;
    }

    /**
     * Returns the prefix of a token of that environment of which lists show this. Empty if they show this of no such token: they
     * show the public key, or the prefix and the visible characters after it. A public key does not tell the prefix of the
     * secret, so in a format of two parts this is the first prefix of the environment.
     */
    public Optional<String> shownPrefix(TokenEnvironment environment, String displayPrefix) {
        return prefixes(environment).stream()
                .filter(prefix -> key == null ? shows(wrapper + prefix, displayPrefix) : key.matches(displayPrefix))
                .findFirst();
    }

    private boolean shows(String opening, String displayPrefix) {
        return displayPrefix.startsWith(opening)
                && displayPrefix.length() == opening.length() + visible
                && secret.canStart(displayPrefix, opening.length());
    }

    /** Whether a public key stands before the secret. */
    public boolean hasPublicKey() {
        return key != null;
    }

    /**
     * A regular expression that finds this format's tokens in texts, for scanners that look for leaked ones. The token is the
     * first group. It needs what RE2, {@code java.util.regex} and Python's {@code re} have in common, minds the case, and finds
     * a token wherever no character stands beside it that could belong to it: in quotes, after {@code =}, in a URL, at the
     * start or end of a line.
     *
     * <p>It cannot compute a checksum: what it finds may still be no token, which {@link #parse} tells. Nor can it look at the
     * character before a token that has no prefix and starts with punctuation of its alphabet, such as a hyphen: there it finds
     * the end of a longer text, too.
     */
    public String scannerRule() {
        return new ScannerPattern(leadingLiterals(), key, secret).pattern();
    }

    /**
     * Returns a text without what may be a token of this format, or a part of one: for whatever stores or logs a text that a
     * client sent, such as a path. A prefix and a public key stay, what follows a secret's prefix is {@code [redacted]},
     * complete or not. If a token shows only after percent-decoding, the text returned is decoded.
     */
    public String redacted(String text) {
        return redaction.redacted(text);
    }

    /** What the secret of a token may begin with; an empty text if some secrets have no prefix. */
    private List<String> secretOpenings() {
        return secret.prefixes().stream()
                .map(prefix -> prefix.text().isEmpty() && key == null ? wrapper : prefix.text())
                .toList();
    }

    /**
     * How many random bits everybody may know who sees a token in a list: in a format of two parts those of the shortest
     * public key, else the fewest that the visible characters of a body hold, or 0 where none are visible.
     */
    public double visibleBits() {
        return key != null ? key.bits() : secret.visibleBits(visible);
    }

    /** The length of the shortest secret part, which is what is hashed. */
    public int minLength() {
        return (key == null ? wrapper.length() : 0) + secret.minLength();
    }

    /** Builds a {@link TokenFormat}. */
    public static final class Builder {
        private final Map<TokenEnvironment, List<String>> prefixes = new EnumMap<>(TokenEnvironment.class);
        private String wrapper = "";
        private @Nullable PublicKeyPart key;
        private boolean prefixNamesEnvironment;
        private List<TokenBody> bodies = List.of();
        private @Nullable TokenChecksum checksum;
        private int visible;
        private int minHiddenBits = FormatValidator.DEFAULT_BITS;

        private Builder() {}

        /**
         * The prefixes of both environments' tokens: the token does not show which one it belongs to.
         *
         * @param first what new tokens have, unless they are drawn with another
         */
        public Builder prefix(String first, String... alsoAccepted) {
            prefix(TokenEnvironment.LIVE, first, alsoAccepted);
            prefix(TokenEnvironment.TEST, first, alsoAccepted);
            prefixNamesEnvironment = false;
            return this;
        }

        /**
         * The prefixes of one environment's tokens.
         *
         * @param first what new tokens have, unless they are drawn with another
         */
        public Builder prefix(TokenEnvironment environment, String first, String... alsoAccepted) {
            prefixes.put(environment, listOf(first, alsoAccepted));
            prefixNamesEnvironment = true;
            return this;
        }

        /**
         * The random part after the prefix.
         *
         * @param drawn what new tokens have
         * @param alsoAccepted what older ones may have
         */
        public Builder body(TokenBody drawn, TokenBody... alsoAccepted) {
            this.bodies = listOf(drawn, alsoAccepted);
            return this;
        }

        private static <T> List<T> listOf(T first, T[] others) {
            List<T> list = new ArrayList<>();
            list.add(first);
            list.addAll(List.of(others));
            return List.copyOf(list);
        }

        /** What follows the body and is computed from it. */
        public Builder checksum(TokenChecksum checksum) {
            this.checksum = checksum;
            return this;
        }

        /**
         * A public key before the secret: its own prefix and body, and what parts the two. The separator may also stand inside
         * a part if all public keys are equally long.
         */
        public Builder publicKey(String prefix, TokenBody keyBody, String separator) {
            this.key = new PublicKeyPart(prefix, keyBody, separator);
            return this;
        }

        /** How many characters of the body are shown in lists after the prefix; where there is a public key, that is shown. */
        public Builder visibleCharacters(int characters) {
            this.visible = characters;
            return this;
        }

        /**
         * How many random bits of a body must remain unknown to whoever sees what lists show of it: 128 unless set. For
         * tokens that an older system has given out and that hold less, such as GitLab's 20 characters of base64url, which
         * hold 120 bits, or 20 hexadecimal digits, which hold 80.
         *
         * <p>What it costs: nobody can guess such a token by sending requests, but whoever has stolen the rows can try secrets
         * against all of their plain hashes at once. A graphics processor tries some 2<sup>34</sup> in a second: all those of 64
         * bits in 34 years, and a thousand processors in under two weeks. 80 bits take 65,536 times as long, and 120 bits are
         * beyond everybody. A {@linkplain TokenHasher.Builder#pepper pepper} makes stolen rows worth nothing without its key,
         * and belongs beside a number far below 128. It is better to draw new tokens with a longer body and to accept the old
         * one besides.
         *
         * @throws IllegalArgumentException if it is not from 64 to 128
         */
        public Builder minHiddenBits(int bits) {
            if (bits < FormatValidator.LEAST_BITS || bits > FormatValidator.DEFAULT_BITS) {
                throw new IllegalArgumentException("minHiddenBits must be from " + FormatValidator.LEAST_BITS + " to "
                        + FormatValidator.DEFAULT_BITS + ", was " + bits);
            }
            this.minHiddenBits = bits;
            return this;
        }

        /** Makes the whole token a URI that says of itself that it is a secret: {@code secret-token:} before it (RFC 8959). */
        public Builder secretTokenUri() {
            this.wrapper = "secret-token:";
            return this;
        }

        /**
         * The format.
         *
         * @throws IllegalArgumentException if a part is missing, the secret could be guessed (under 128 bits or
         *     {@link #minHiddenBits}, those that are shown not counted), a token could have two prefixes or one of another
         *     environment, a public key could end at two places or is always the same, what is shown is longer than 126
         *     characters or a public key than 128, or a character may not stand in a header or, where it has to, in a URI
         */
        public TokenFormat build() {
            if (bodies.isEmpty()) {
                throw new IllegalArgumentException("body: a format needs one");
            }
            if (prefixes.size() != TokenEnvironment.values().length) {
                throw new IllegalArgumentException("prefix: a format needs one for each environment, or one for both");
            }
            SecretPart secret = new SecretPart(prefixes(), bodies, checksum);
            new FormatValidator(wrapper, key, secret, visible, minHiddenBits).check();
            return new TokenFormat(this, secret);
        }

        private List<Prefix> prefixes() {
            List<Prefix> all = new ArrayList<>();
            prefixes.forEach((environment, texts) -> {
                if (prefixNamesEnvironment || environment == TokenEnvironment.LIVE) {
                    texts.forEach(text -> all.add(new Prefix(text, prefixNamesEnvironment ? environment : null)));
                }
            });
            return all;
        }
    }
}
