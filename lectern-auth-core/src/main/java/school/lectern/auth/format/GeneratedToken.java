package school.lectern.auth.format;

/** A new token with its secret. Immutable. */
public final class GeneratedToken {
    private final Secret characters;
    private final String prefix;
    private final String displayPrefix;
    private final PresentedToken token;

    GeneratedToken(String characters, String prefix, String displayPrefix, PresentedToken token) {
        this.characters = Secret.of(characters);
        this.prefix = prefix;
        this.displayPrefix = displayPrefix;
        this.token = token;
    }

    /** {@return the whole token, as the client sends it} */
    public Secret value() {
        return characters;
    }

    /** {@return the prefix of the token's secret, which is one of {@link TokenFormat#prefixes}} */
    public String prefix() {
        return prefix;
    }

    /** {@return the part of the token that lists show, so that people can identify the token} */
    public String displayPrefix() {
        return displayPrefix;
    }

    /** {@return the result of parsing the token when a client presents it} */
    public PresentedToken token() {
        return token;
    }
}
