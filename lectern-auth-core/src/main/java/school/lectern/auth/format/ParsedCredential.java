package school.lectern.auth.format;

/** What reading a credential comes to: a token of the right shape, or why there is none. */
public sealed interface ParsedCredential permits PresentedToken, CredentialProblem {}
