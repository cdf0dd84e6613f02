package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;

/**
 * A format of a dialect's tokens: prefixes for each environment or for all of them, a random body, and an optional checksum. A
 * format may have two parts: a public key and a separator before the secret. Immutable.
 *
 * <pre>{@code
 * TokenFormat.builder()                                            // sk_live_… and rk_live_…; new tokens have a longer body
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
 * <p>A token is compared exactly as it was sent: spaces are not trimmed, and upper and lower case differ.
 */
public final class TokenFormat {

    private final String wrapper;
    private final @Nullable PublicKeyPart key;
    private final boolean separatorStandsOnce;
    private final SecretPart secret;
    private final Map<TokenEnvironment, List<String>> prefixes;
    private final List<String> commonPrefixes;
    private final int visible;
    private final TokenRedaction redaction;

    TokenFormat(TokenFormatBuilder builder, SecretPart secret) {
        this.wrapper = builder.wrapper;
        this.key = builder.key;
        this.secret = secret;
        this.separatorStandsOnce = key != null && key.separatorStandsOnce(secret);
        this.prefixes = copy(builder.prefixes);
        this.commonPrefixes = List.copyOf(builder.commonPrefixes);
        this.visible = builder.visible;
        this.redaction = new TokenRedaction(
                secretOpenings(),
                Alphabet.ranges(c -> Alphabet.isWord(c) || secret.hasAfterPrefix(c)),
                key == null ? visible : 0,
                scannerRule());
    }

    private static Map<TokenEnvironment, List<String>> copy(Map<TokenEnvironment, List<String>> prefixes) {
        Map<TokenEnvironment, List<String>> copied = new LinkedHashMap<>();
        prefixes.forEach((environment, texts) -> copied.put(environment, List.copyOf(texts)));
        return copied;
    }

    /** {@return a new builder of a format} */
    public static TokenFormatBuilder builder() {
        return new TokenFormatBuilder();
    }

    /**
     * Parses a credential. Only the shape is checked; the store is not queried.
     *
     * @param credential the credential, without the scheme
     * @return a {@link PresentedToken} if the credential has the shape of a token, {@link CredentialProblem#CREDENTIAL} if it
     *     has a wrong number of parts, otherwise {@link CredentialProblem#TOKEN}
     */
    public ParsedCredential parse(Secret credential) {
        return key == null ? parseOnePart(credential) : parseTwoParts(credential, key);
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
                        credential,
                        null,
                        prefix.environment(),
                        wrapper.length() + prefix.text().length() + visible);
    }

    private ParsedCredential parseTwoParts(Secret credential, PublicKeyPart part) {
        String text = credential.expose();
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
                        credential,
                        Secret.of(text.substring(secretStart)),
                        text.substring(start, keyEnd),
                        prefix.environment(),
                        0);
    }

    /** Parses a token that was sent as two texts. */
    ParsedCredential parseParts(Secret publicKey, Secret second) {
        if (key == null || publicKey.length() == 0 || second.length() == 0) {
            return CredentialProblem.CREDENTIAL;
        }
        ParsedCredential parsed = parse(Secret.of(publicKey.expose() + key.separator() + second.expose()));
        return parsed instanceof PresentedToken token && !publicKey.equals(Secret.of(wrapper + token.publicKey()))
                ? CredentialProblem.CREDENTIAL
                : parsed;
    }

    /**
     * {@return whether a credential starts like a token of this format, whatever follows} Then this format is responsible for
     * the credential. If tokens have no prefix, a credential is recognized only if it has the complete shape of a token.
     *
     * @param credential the credential, without the scheme
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

    /**
     * {@return the fixed texts that a token of this format may start with, which distinguish its tokens from those of other
     * formats; one of them is empty if a token may start with no fixed text}
     */
    public List<String> leadingLiterals() {
        return key != null
                ? List.of(wrapper + key.prefix())
                : secret.prefixes().stream()
                        .map(prefix -> wrapper + prefix.text())
                        .toList();
    }

    /**
     * {@return the prefixes that tokens of an environment may have; empty if no token of this format is of the environment} New
     * tokens have the first prefix unless another is requested.
     *
     * @param environment the environment of the tokens
     */
    public List<String> prefixes(TokenEnvironment environment) {
        return prefixes.getOrDefault(environment, commonPrefixes);
    }

    /** Returns the environments that prefixes stand for; empty if the prefixes are those of every environment. */
    Set<TokenEnvironment> namedEnvironments() {
        return prefixes.keySet();
    }

    /**
     * Requires that no token of both formats is read differently by each: as a token of one part or of two, or of different
     * environments.
     */
    void requireDistinct(TokenFormat other) {
        for (Prefix one : secret.prefixes()) {
            for (Prefix another : other.secret.prefixes()) {
                boolean isReadAlike =
                        key == null && other.key == null && Objects.equals(one.environment(), another.environment());
                if (!isReadAlike && mayBothBe(one, other, another)) {
                    throw new IllegalArgumentException("format must be unambiguous, but a token that starts with '"
                            + opening(one) + "' could be of two formats, in which it has different parts or another"
                            + " environment: use prefixes that do not start with each other, or other lengths");
                }
            }
        }
    }

    private boolean mayBothBe(Prefix one, TokenFormat other, Prefix another) {
        String opening = opening(one);
        String otherOpening = other.opening(another);
        boolean startAlike = opening.length() <= otherOpening.length()
                ? otherOpening.startsWith(opening) && canContinue(otherOpening, opening.length())
                : opening.startsWith(otherOpening) && other.canContinue(opening, otherOpening.length());
        return startAlike && minLength(one) <= other.maxLength(another) && other.minLength(another) <= maxLength(one);
    }

    /** Returns the fixed text at the start of a token whose secret has the prefix. */
    private String opening(Prefix prefix) {
        return wrapper + (key == null ? prefix.text() : key.prefix());
    }

    private boolean canContinue(String text, int from) {
        if (key == null) {
            return secret.canStart(text, from);
        }
        return text.length() - from > key.body().minLength() || key.body().canStart(text, from, text.length());
    }

    private int minLength(Prefix prefix) {
        return wrapper.length() + (key == null ? 0 : key.minLength()) + secret.minLength(prefix);
    }

    private int maxLength(Prefix prefix) {
        return wrapper.length() + (key == null ? 0 : key.maxLength()) + secret.maxLength(prefix);
    }

    /**
     * {@return a new token with the first prefix of an environment}
     *
     * @param environment the environment of the token
     * @param random the source of randomness
     */
    public GeneratedToken generate(TokenEnvironment environment, SecureRandom random) {
        return generate(environment, null, random);
    }

    /**
     * {@return a new token}
     *
     * @param environment the environment of the token
     * @param prefix one of the environment's {@link #prefixes}; null for the first
     * @param random the source of randomness
     * @throws IllegalArgumentException if the environment does not have the prefix
     */
    public GeneratedToken generate(TokenEnvironment environment, @Nullable String prefix, SecureRandom random) {
        String publicKey = key == null ? null : key.draw(random);
        return new TokenGenerator(wrapper, key, secret, visible)
                .generate(environment, publicKey, requirePrefix(environment, prefix), random);
    }

    /**
     * {@return a token with a new secret and an existing public key}
     *
     * @param environment the environment of the token
     * @param prefix one of the environment's {@link #prefixes}
     * @param publicKey the public key of the token; ignored in a format without public keys
     * @param random the source of randomness
     * @throws IllegalArgumentException if the environment does not have the prefix
     */
    public GeneratedToken regenerate(
            TokenEnvironment environment, String prefix, String publicKey, SecureRandom random) {
        return new TokenGenerator(wrapper, key, secret, visible)
                .generate(environment, publicKey, requirePrefix(environment, prefix), random);
    }

    private String requirePrefix(TokenEnvironment environment, @Nullable String member) {
        List<String> possible = prefixes(environment);
        if (member == null && !possible.isEmpty()) {
            return possible.get(0);
        }
        if (member == null || !possible.contains(member)) {
            throw new IllegalArgumentException("prefix of a " + environment.name() + " token must be one of " + possible
                    + ", was " + (member == null ? "not set" : '\'' + member + '\''));
        }
        return member;
    }

    /**
     * {@return the prefix of a token that lists show in the given form, or empty if no token of the environment is shown in
     * that form} Lists show the public key or, in a format without public keys, the prefix and the visible characters after
     * it. A public key does not determine the prefix of the secret, so a format with public keys returns the first prefix of
     * the environment.
     *
     * @param environment the environment of the token
     * @param displayPrefix the part of the token that lists show
     */
    public Optional<String> shownPrefix(TokenEnvironment environment, String displayPrefix) {
        return prefixes(environment).stream()
                .filter(prefix -> key == null ? shows(wrapper + prefix, displayPrefix) : key.matches(displayPrefix))
                .findFirst();
    }

    /** Returns whether a token of the environment can have the prefix, and a shown part that starts like this one. */
    boolean has(TokenEnvironment environment, String prefix, String displayPrefix) {
        return prefixes(environment).contains(prefix)
                && displayPrefix.startsWith(key == null ? wrapper + prefix : key.prefix());
    }

    private boolean shows(String opening, String displayPrefix) {
        return displayPrefix.startsWith(opening)
                && displayPrefix.length() == opening.length() + visible
                && secret.canStart(displayPrefix, opening.length());
    }

    /** {@return whether tokens have a public key before the secret} */
    public boolean hasPublicKey() {
        return key != null;
    }

    /**
     * {@return a regular expression that finds tokens of this format in a text, for scanners that look for leaked tokens} The
     * first group is the token. The expression uses only syntax that RE2, {@code java.util.regex} and Python's {@code re}
     * have in common, and it is case-sensitive. It finds a token if no character next to the token could belong to it: in
     * quotes, after {@code =}, in a URL, at the start or the end of a line.
     *
     * <p>The expression cannot verify a checksum, so a match is not always a token; {@link #parse} decides. Nor can it check
     * the character before a token that has no prefix and starts with punctuation of its alphabet, such as a hyphen. In that
     * case it also matches the end of a longer text.
     */
    public String scannerRule() {
        return new ScannerPattern(leadingLiterals(), key, secret).pattern();
    }

    /**
     * {@return the text, with everything replaced that may be a token of this format or a part of one} Use this method before
     * you store or log a text that a client sent, such as a path. A prefix and a public key are retained. {@code [redacted]}
     * replaces the characters after the prefix of a secret, whether they are a complete secret or not. If a token appears
     * only after percent-decoding, the returned text is decoded.
     *
     * @param text any text
     */
    public String redacted(String text) {
        return redaction.redacted(text);
    }

    /**
     * {@return the fixed texts that the secret of a token may start with; one of them is empty if some secrets have no
     * prefix}
     */
    private List<String> secretOpenings() {
        return secret.prefixes().stream()
                .map(prefix -> prefix.text().isEmpty() && key == null ? wrapper : prefix.text())
                .toList();
    }

    /**
     * {@return the minimum entropy of the part of a token that lists show, in bits: of the shortest public key in a format
     * with public keys, otherwise of the visible characters of a body; 0 if no characters are visible}
     */
    public double visibleBits() {
        return key != null ? key.bits() : secret.visibleBits(visible);
    }

    /**
     * {@return the minimum length of the part of a token that is hashed, in characters: of the secret in a format with public
     * keys, otherwise of the whole token}
     */
    public int minLength() {
        return (key == null ? wrapper.length() : 0) + secret.minLength();
    }
}
