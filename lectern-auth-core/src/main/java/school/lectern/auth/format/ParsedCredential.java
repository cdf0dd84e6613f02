package school.lectern.auth.format;

/** The result of parsing a credential: a token of the right shape, or the reason why there is none. */
public sealed interface ParsedCredential permits PresentedToken, CredentialProblem {}
