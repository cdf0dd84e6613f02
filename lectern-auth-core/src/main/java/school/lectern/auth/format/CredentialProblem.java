package school.lectern.auth.format;

/** Why a request presents no token that could be looked up. Found from the request alone; no store is asked. */
public enum CredentialProblem implements ParsedCredential {
    /** There is no {@code Authorization} header. */
    NO_CREDENTIAL,
    /** The header's scheme is not {@code Bearer}. */
    OTHER_SCHEME,
    /** The header does not hold exactly one credential of as many parts as the format has. */
    CREDENTIAL,
    /** The credential has not the prefix, the length, the characters or the checksum of a token. */
    TOKEN
}
