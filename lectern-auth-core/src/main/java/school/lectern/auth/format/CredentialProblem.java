package school.lectern.auth.format;

/**
 * The reason why a request has no token that could be looked up. It is found from the request alone; the store is not
 * queried.
 */
public enum CredentialProblem implements ParsedCredential {
    /** The request has no credential in a place that may carry a token. */
    NO_CREDENTIAL,
    /** The scheme of the {@code Authorization} header is none that carries tokens, such as {@code Bearer}. */
    OTHER_SCHEME,
    /** The request does not contain exactly one credential with as many parts as the format has. */
    CREDENTIAL,
    /** At least one of the credential's prefix, length, characters and checksum is not that of a token. */
    TOKEN
}
