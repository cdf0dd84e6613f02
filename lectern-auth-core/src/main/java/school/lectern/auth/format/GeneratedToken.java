package school.lectern.auth.format;

/** A token that has just been generated, with its secret. Immutable. */
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

    /** Returns the whole token, as its holder will send it. */
    public Secret value() {
        return characters;
    }

    /** Returns the prefix that its secret begins with, one of {@link TokenFormat#prefixes}. */
    public String prefix() {
        return prefix;
    }

    /** Returns the part of the token that is shown later, to recognize it by. */
    public String displayPrefix() {
        return displayPrefix;
    }

    /** Returns the token as it will be presented. */
    public PresentedToken token() {
        return token;
    }
}
