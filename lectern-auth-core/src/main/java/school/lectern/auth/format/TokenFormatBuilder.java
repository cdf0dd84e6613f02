package school.lectern.auth.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;
import school.lectern.auth.setting.SetOnce;
import school.lectern.auth.token.TokenHasher;

/** Builds a {@link TokenFormat}. */
public final class TokenFormatBuilder {

    private static final int MOST_VISIBLE_BY_DEFAULT = 4;

    /** The prefixes that stand for one environment. Either these are empty or {@link #commonPrefixes}. */
    final Map<TokenEnvironment, List<String>> prefixes = new LinkedHashMap<>();

    /** The prefixes of tokens of every environment. */
    final List<String> commonPrefixes = new ArrayList<>();

    String wrapper = "";

    @Nullable
    PublicKeyPart key;

    private final List<TokenBody> bodies = new ArrayList<>();

    @Nullable
    TokenChecksum checksum;

    /** The default is known only when all bodies are. */
    private @Nullable Integer requestedVisible;

    int visible;

    private @Nullable Integer requestedHiddenBits;

    private final SetOnce set = new SetOnce();

    TokenFormatBuilder() {}

    /**
     * Adds prefixes of tokens of every environment. The prefix of a token then does not show its environment.
     *
     * @param first a prefix, that of new tokens if it is the first of all and no other is requested; empty for tokens without a
     *     prefix
     * @param alsoAccepted further prefixes, which existing tokens may have and new tokens may request
     * @return this builder
     * @throws IllegalArgumentException if a prefix was added for one environment before, or is repeated
     */
    public TokenFormatBuilder prefix(String first, String... alsoAccepted) {
        if (!prefixes.isEmpty()) {
            throw ofOtherKind(first);
        }
        add(commonPrefixes, "prefix", first, alsoAccepted);
        return this;
    }

    /**
     * Adds prefixes of tokens of one environment. The prefix of a token then shows its environment.
     *
     * @param environment the environment of the tokens
     * @param first a prefix, that of new tokens if it is the first of the environment and no other is requested
     * @param alsoAccepted further prefixes, which existing tokens may have and new tokens may request
     * @return this builder
     * @throws IllegalArgumentException if a prefix was added for every environment before, or is repeated
     */
    public TokenFormatBuilder prefix(TokenEnvironment environment, String first, String... alsoAccepted) {
        if (!commonPrefixes.isEmpty()) {
            throw ofOtherKind(first);
        }
        add(prefixes.computeIfAbsent(environment, none -> new ArrayList<>()), "prefix", first, alsoAccepted);
        return this;
    }

    private static IllegalArgumentException ofOtherKind(String prefix) {
        return new IllegalArgumentException(
                "prefix must be set either for every environment at once or for each of them," + " but \"" + prefix
                        + "\" is set after prefixes of the other kind");
    }

    /**
     * Adds random parts after the prefix.
     *
     * @param first a body, that of new tokens if it is the first of all
     * @param alsoAccepted further bodies, which existing tokens may have
     * @return this builder
     * @throws IllegalArgumentException if a body is repeated
     */
    public TokenFormatBuilder body(TokenBody first, TokenBody... alsoAccepted) {
        add(bodies, "body", first, alsoAccepted);
        return this;
    }

    private static <T> void add(List<T> known, String setting, T first, T[] others) {
        List<T> added = new ArrayList<>();
        added.add(first);
        added.addAll(List.of(others));
        for (T each : added) {
            if (known.contains(each)) {
                throw new IllegalArgumentException(
                        setting + " must be added once, but " + each + " was added before: remove one of the calls");
            }
            known.add(each);
        }
    }

    /**
     * Sets the checksum after the body. Default: no checksum.
     *
     * @param checksum the checksum
     * @return this builder
     * @throws IllegalArgumentException if it was set before
     */
    public TokenFormatBuilder checksum(TokenChecksum checksum) {
        set.require("checksum");
        this.checksum = checksum;
        return this;
    }

    /**
     * Puts a public key and a separator before the secret. Default: no public key. The separator's text may also occur
     * inside a part if all public keys have the same length.
     *
     * @param prefix the fixed text at the start of each public key; may be empty
     * @param keyBody the random part of the public key. Unless its length is fixed, it must not contain the first
     *     character of the separator
     * @param separator the text between the public key and the secret; not empty
     * @return this builder
     * @throws IllegalArgumentException if it was set before
     */
    public TokenFormatBuilder publicKey(String prefix, TokenBody keyBody, String separator) {
        set.require("publicKey");
        this.key = new PublicKeyPart(prefix, keyBody, separator);
        return this;
    }

    /**
     * Sets the number of characters of the body that lists show after the prefix, so that people can identify a token.
     * Default: as many as leave the entropy that {@link #minHiddenBits} requires, and at most 4. If the format has a public
     * key, lists show the public key instead.
     *
     * @param characters at least 0. The remaining characters of the body must have the entropy that
     *     {@link #minHiddenBits} requires
     * @return this builder
     * @throws IllegalArgumentException if it was set before
     */
    public TokenFormatBuilder visibleCharacters(int characters) {
        set.require("visibleCharacters");
        this.requestedVisible = characters;
        return this;
    }

    /**
     * Sets the minimum entropy of the part of a body that lists do not show. Default: 128 bits. A lower value is for
     * tokens that an older system has issued and that have less entropy, such as GitLab's 20 characters of base64url,
     * which have 120 bits, or 20 hexadecimal digits, which have 80 bits.
     *
     * <p>The risk: such a token cannot be guessed by sending requests, but an attacker who has stolen the rows can compare
     * one guess with all plain hashes at the same time. A graphics processor tests about 2<sup>34</sup> guesses per
     * second. It tests all secrets of 64 bits in 34 years, and a thousand processors take less than two weeks. 80 bits
     * take 65,536 times as long, and 120 bits are out of reach. With a {@linkplain TokenHasher.Builder#pepper pepper},
     * stolen rows are worthless without the pepper's key; use one if the value is far below 128. It is better to issue
     * new tokens with a longer body, and to accept the old body in addition.
     *
     * @param bits from 64 to 128
     * @return this builder
     * @throws IllegalArgumentException if the value is out of its range, or was set before
     */
    public TokenFormatBuilder minHiddenBits(int bits) {
        set.require("minHiddenBits");
        if (bits < FormatValidator.LEAST_BITS || bits > FormatValidator.DEFAULT_BITS) {
            throw new IllegalArgumentException("minHiddenBits must be from " + FormatValidator.LEAST_BITS + " to "
                    + FormatValidator.DEFAULT_BITS + ", was " + bits);
        }
        this.requestedHiddenBits = bits;
        return this;
    }

    /**
     * Puts {@code secret-token:} before the whole token. This makes it a URI that identifies itself as a secret (RFC
     * 8959).
     *
     * @return this builder
     */
    public TokenFormatBuilder secretTokenUri() {
        this.wrapper = "secret-token:";
        return this;
    }

    /**
     * {@return the format}
     *
     * @throws IllegalArgumentException if a part is missing; if the secret could be guessed, because a body has fewer
     *     than 128 bits or {@link #minHiddenBits} after its visible characters; if a token could have two prefixes, or a
     *     prefix of another environment; if a public key could end at two places or is always the same; if the part that
     *     lists show is longer than 126 characters, or a public key longer than 128; or if a character is not allowed in
     *     a header or, with {@link #secretTokenUri}, in a URI
     */
    public TokenFormat build() {
        if (bodies.isEmpty()) {
            throw new IllegalArgumentException("body must be set");
        }
        if (prefixes.isEmpty() && commonPrefixes.isEmpty()) {
            throw new IllegalArgumentException("prefix must be set; prefix(\"\") is for tokens without a prefix");
        }
        SecretPart secret = new SecretPart(prefixes(), List.copyOf(bodies), checksum);
        int minHiddenBits = requestedHiddenBits == null ? FormatValidator.DEFAULT_BITS : requestedHiddenBits;
        visible = requestedVisible == null ? mostVisible(minHiddenBits) : requestedVisible;
        new FormatValidator(wrapper, key, secret, visible, minHiddenBits).check();
        return new TokenFormat(this, secret);
    }

    /** Returns the default number of visible characters. It is 0 if the bodies are too short even so. */
    private int mostVisible(int minHiddenBits) {
        int characters = key == null ? MOST_VISIBLE_BY_DEFAULT : 0;
        while (characters > 0 && !hides(minHiddenBits, characters)) {
            characters--;
        }
        return characters;
    }

    private boolean hides(int bits, int characters) {
        return bodies.stream().allMatch(body -> body.hiddenBits(characters) >= bits);
    }

    private List<Prefix> prefixes() {
        List<Prefix> all = new ArrayList<>();
        commonPrefixes.forEach(text -> all.add(new Prefix(text, null)));
        prefixes.forEach((environment, texts) -> texts.forEach(text -> all.add(new Prefix(text, environment))));
        return all;
    }
}
