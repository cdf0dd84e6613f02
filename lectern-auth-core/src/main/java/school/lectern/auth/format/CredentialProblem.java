package school.lectern.auth.format;

/**
 * The reason why a request has no token that could be looked up. It is found from the request alone; the store is not
 * queried.
 */
public enum CredentialProblem implements ParsedCredential {
    /** The request has no {@code Authorization} header. */
    NO_CREDENTIAL,
    /** The header's scheme is not {@code Bearer}. */
    OTHER_SCHEME,
    /** The header does not contain exactly one credential with as many parts as the format has. */
    CREDENTIAL,
    /** At least one of the credential's prefix, length, characters and checksum is not that of a token. */
    TOKEN
}
