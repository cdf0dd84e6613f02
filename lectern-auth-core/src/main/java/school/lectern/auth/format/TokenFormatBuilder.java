package school.lectern.auth.format;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.SecretPart.Prefix;
import school.lectern.auth.token.TokenHasher;

/** Builds a {@link TokenFormat}. */
public final class TokenFormatBuilder {
    final Map<TokenEnvironment, List<String>> prefixes = new EnumMap<>(TokenEnvironment.class);
    String wrapper = "";

    @Nullable
    PublicKeyPart key;

    boolean prefixNamesEnvironment;
    List<TokenBody> bodies = List.of();

    @Nullable
    TokenChecksum checksum;

    int visible;
    int minHiddenBits = FormatValidator.DEFAULT_BITS;

    TokenFormatBuilder() {}

    /**
     * Sets the prefixes of tokens of both environments. The prefix of a token then does not show its environment.
     *
     * @param first the prefix of new tokens, unless another is requested; empty for tokens without a prefix
     * @param alsoAccepted further prefixes, which existing tokens may have and new tokens may request
     * @return this builder
     */
    public TokenFormatBuilder prefix(String first, String... alsoAccepted) {
        prefix(TokenEnvironment.LIVE, first, alsoAccepted);
        prefix(TokenEnvironment.TEST, first, alsoAccepted);
        prefixNamesEnvironment = false;
        return this;
    }

    /**
     * Sets the prefixes of tokens of one environment. The prefix of a token then shows its environment.
     *
     * @param environment the environment of the tokens
     * @param first the prefix of new tokens, unless another is requested
     * @param alsoAccepted further prefixes, which existing tokens may have and new tokens may request
     * @return this builder
     */
    public TokenFormatBuilder prefix(TokenEnvironment environment, String first, String... alsoAccepted) {
        prefixes.put(environment, listOf(first, alsoAccepted));
        prefixNamesEnvironment = true;
        return this;
    }

    /**
     * Sets the random part after the prefix.
     *
     * @param drawn the body of new tokens
     * @param alsoAccepted further bodies, which existing tokens may have
     * @return this builder
     */
    public TokenFormatBuilder body(TokenBody drawn, TokenBody... alsoAccepted) {
        this.bodies = listOf(drawn, alsoAccepted);
        return this;
    }

    private static <T> List<T> listOf(T first, T[] others) {
        List<T> list = new ArrayList<>();
        list.add(first);
        list.addAll(List.of(others));
        return List.copyOf(list);
    }

    /**
     * Sets the checksum after the body. Default: no checksum.
     *
     * @param checksum the checksum
     * @return this builder
     */
    public TokenFormatBuilder checksum(TokenChecksum checksum) {
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
     */
    public TokenFormatBuilder publicKey(String prefix, TokenBody keyBody, String separator) {
        this.key = new PublicKeyPart(prefix, keyBody, separator);
        return this;
    }

    /**
     * Sets the number of characters of the body that lists show after the prefix, so that people can identify a token.
     * Default: 0. If the format has a public key, lists show the public key instead.
     *
     * @param characters at least 0. The remaining characters of the body must have the entropy that
     *     {@link #minHiddenBits} requires
     * @return this builder
     */
    public TokenFormatBuilder visibleCharacters(int characters) {
        this.visible = characters;
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
     * @throws IllegalArgumentException if the value is out of its range
     */
    public TokenFormatBuilder minHiddenBits(int bits) {
        if (bits < FormatValidator.LEAST_BITS || bits > FormatValidator.DEFAULT_BITS) {
            throw new IllegalArgumentException("minHiddenBits must be from " + FormatValidator.LEAST_BITS + " to "
                    + FormatValidator.DEFAULT_BITS + ", was " + bits);
        }
        this.minHiddenBits = bits;
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
        if (prefixes.size() != TokenEnvironment.values().length) {
            throw new IllegalArgumentException("prefix must be set for each environment, or for both");
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
