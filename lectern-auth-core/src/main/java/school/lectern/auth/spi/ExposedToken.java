package school.lectern.auth.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.Secret;

/**
 * A token that a request sent over insecure transport. It was not looked up: it may be any text of the form of a token.
 *
 * @param shown the part of the token that lists show: its first characters or, in a two-part format, its public key
 * @param token the whole token, for {@code CrossTenantOperations.revokePresented}
 * @param address the address that the request came from; null if unknown
 * @param at the time of the denial
 */
public record ExposedToken(
        String shown, Secret token, @Nullable IpAddress address, Instant at) {}
