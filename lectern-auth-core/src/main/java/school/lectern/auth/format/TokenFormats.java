package school.lectern.auth.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The formats of a dialect's tokens. New tokens have the first format unless another one is named. Tokens of legacy formats are
 * verified and never issued. A credential is a token of the first format that it has the shape of. Immutable.
 */
public final class TokenFormats {

    private final Map<String, TokenFormat> issued;
    private final List<TokenFormat> all;
    private final List<TokenEnvironment> environments;

    /**
     * Creates the formats of a dialect.
     *
     * @param issued the formats of new tokens by name, in their order; at least one
     * @param legacy the formats of older tokens
     * @param environments the environments of the dialect; empty for those that the prefixes of the formats name or, if they
     *     name none, for live and test
     * @throws IllegalArgumentException if a token could have two of the formats with different results, if a prefix stands for
     *     an environment that is not one of the dialect's, or if no new token can have one of the environments
     */
    public TokenFormats(
            Map<String, TokenFormat> issued, List<TokenFormat> legacy, List<TokenEnvironment> environments) {
        if (issued.isEmpty()) {
            throw new IllegalArgumentException("format must be set on the builder of a dialect");
        }
        this.issued = Collections.unmodifiableMap(new LinkedHashMap<>(issued));
        List<TokenFormat> formats = new ArrayList<>(issued.values());
        formats.addAll(legacy);
        this.all = List.copyOf(formats);
        this.environments = environments(environments);
        requireEnvironments();
        requireDistinct();
    }

    private List<TokenEnvironment> environments(List<TokenEnvironment> declared) {
        if (!declared.isEmpty()) {
            if (Set.copyOf(declared).size() < declared.size()) {
                throw new IllegalArgumentException("environments must be declared once each, was " + declared);
            }
            return List.copyOf(declared);
        }
        Set<TokenEnvironment> named = new LinkedHashSet<>();
        all.forEach(format -> named.addAll(format.namedEnvironments()));
        return named.isEmpty() ? List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST) : List.copyOf(named);
    }

    private void requireEnvironments() {
        for (TokenFormat format : all) {
            for (TokenEnvironment named : format.namedEnvironments()) {
                if (!environments.contains(named)) {
                    throw new IllegalArgumentException("environments must name every environment of a prefix, but "
                            + environments + " does not name " + named);
                }
            }
        }
        for (TokenEnvironment environment : environments) {
            if (issued.values().stream()
                    .allMatch(format -> format.prefixes(environment).isEmpty())) {
                throw new IllegalArgumentException(
                        "prefix must be set for each environment, or for every environment at"
                                + " once, but no new token can be of the environment " + environment);
            }
        }
    }

    private void requireDistinct() {
        for (int i = 0; i < all.size(); i++) {
            for (int j = i + 1; j < all.size(); j++) {
                all.get(i).requireDistinct(all.get(j));
            }
        }
    }

    /**
     * Parses a credential. Only the shape is checked; the store is not queried.
     *
     * @param credential the credential, without the scheme
     * @return a {@link PresentedToken} if the credential has the shape of a token of one of the formats,
     *     {@link CredentialProblem#CREDENTIAL} if it has a wrong number of parts for all of them, otherwise
     *     {@link CredentialProblem#TOKEN}
     */
    public ParsedCredential parse(Secret credential) {
        ParsedCredential first = all.get(0).parse(credential);
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 1; i < all.size() && first instanceof CredentialProblem; i++) {
            ParsedCredential next = all.get(i).parse(credential);
            first = next == CredentialProblem.CREDENTIAL ? first : next;
        }
        return first;
    }

    /** Parses a token that was sent as two texts, its public key and its secret. */
    ParsedCredential parseParts(Secret publicKey, Secret secret) {
        ParsedCredential first = CredentialProblem.CREDENTIAL;
        for (int i = 0; i < all.size() && first instanceof CredentialProblem; i++) {
            ParsedCredential next = all.get(i).parseParts(publicKey, secret);
            first = next == CredentialProblem.CREDENTIAL ? first : next;
        }
        return first;
    }

    /** {@return whether the tokens of each format have a public key} */
    public boolean havePublicKeys() {
        return all.stream().allMatch(TokenFormat::hasPublicKey);
    }

    /**
     * {@return whether a credential starts like a token of one of the formats}
     *
     * @param credential the credential, without the scheme
     * @see TokenFormat#recognizes
     */
    public boolean recognizes(Secret credential) {
        return all.stream().anyMatch(format -> format.recognizes(credential));
    }

    /**
     * {@return whether a text that cannot be decoded may contain a token: the fixed start of one is anywhere in it, or a
     * part of it is {@linkplain #recognizes recognized}}
     */
    boolean mayBeIn(String text) {
        return leadingLiterals().stream().anyMatch(literal -> !literal.isEmpty() && text.contains(literal))
                || Arrays.stream(text.split("[^!-9;-~]+")).map(Secret::of).anyMatch(this::recognizes);
    }

    /** {@return the fixed texts that a token may start with, of all formats} See {@link TokenFormat#leadingLiterals}. */
    public List<String> leadingLiterals() {
        return all.stream()
                .flatMap(format -> format.leadingLiterals().stream())
                .distinct()
                .toList();
    }

    /** {@return a regular expression for each format that finds its tokens in a text} See {@link TokenFormat#scannerRule}. */
    public List<String> scannerRules() {
        return all.stream().map(TokenFormat::scannerRule).distinct().toList();
    }

    /**
     * {@return the text, with everything replaced that may be a token or a part of one} See {@link TokenFormat#redacted}.
     *
     * @param text any text
     */
    public String redacted(String text) {
        String redacted = text;
        for (TokenFormat format : all) {
            redacted = format.redacted(redacted);
        }
        return redacted;
    }

    /** {@return the environments of the dialect, in their order} */
    public List<TokenEnvironment> environments() {
        return environments;
    }

    /** {@return the environment of a new token for which none is named: live if there is such an environment, or the first} */
    public TokenEnvironment defaultEnvironment() {
        return environments.contains(TokenEnvironment.LIVE) ? TokenEnvironment.LIVE : environments.get(0);
    }

    /** {@return the format of new tokens for which none is named} */
    public TokenFormat first() {
        return all.get(0);
    }

    /** {@return the names of the formats of new tokens, in their order} */
    public List<String> names() {
        return List.copyOf(issued.keySet());
    }

    /** {@return the formats of new tokens by name, in their order} Immutable. */
    public Map<String, TokenFormat> issued() {
        return issued;
    }

    /** {@return the formats of older tokens, which new tokens never have} */
    public List<TokenFormat> legacy() {
        return all.subList(issued.size(), all.size());
    }

    /**
     * {@return the format of a new token, or empty if no such token can be issued}
     *
     * @param environment the environment of the token
     * @param name the name of the format; null for any
     * @param prefix the prefix of the token; null for any
     */
    public Optional<TokenFormat> issuing(TokenEnvironment environment, @Nullable String name, @Nullable String prefix) {
        return issued.entrySet().stream()
                .filter(format -> name == null || format.getKey().equals(name))
                .map(Map.Entry::getValue)
                .filter(format -> prefix == null
                        ? !format.prefixes(environment).isEmpty()
                        : format.prefixes(environment).contains(prefix))
                .findFirst();
    }

    /**
     * {@return the format whose tokens are shown in the given form, or empty if no token of the environment is shown in that
     * form}
     *
     * @param environment the environment of the token
     * @param displayPrefix the part of the token that lists show
     * @see TokenFormat#shownPrefix
     */
    public Optional<TokenFormat> showing(TokenEnvironment environment, String displayPrefix) {
        return all.stream()
                .filter(format -> format.shownPrefix(environment, displayPrefix).isPresent())
                .findFirst();
    }

    /**
     * {@return whether a token of the environment can have the prefix and be shown in the given form, in any of the formats}
     * The number of visible characters does not matter, since it may have been another one when the token was issued.
     *
     * @param environment the environment of the token
     * @param prefix the prefix of its secret
     * @param displayPrefix the part of the token that lists show
     */
    public boolean have(TokenEnvironment environment, String prefix, String displayPrefix) {
        return all.stream().anyMatch(format -> format.has(environment, prefix, displayPrefix));
    }

    /**
     * {@return whether new tokens may have the format}
     *
     * @param format one of these formats
     */
    public boolean issues(TokenFormat format) {
        return issued.containsValue(format);
    }
}
