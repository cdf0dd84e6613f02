package school.lectern.auth;

/**
 * One of the tokens of {@link TokenIssuer#importTokens}.
 *
 * @param token what the other system knows of the token
 * @param settings the settings that it gets here
 */
public record TokenImport(ImportedToken token, TokenSettings settings) {}
