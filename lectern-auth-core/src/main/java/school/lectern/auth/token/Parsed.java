package school.lectern.auth.token;

/** What reading a credential comes to: a token of the right shape, or why there is none. */
public sealed interface Parsed permits PresentedToken, Malformed {}
