package school.lectern.auth.dialect;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Carriers;

/**
 * The {@code WWW-Authenticate} header of a dialect's errors (RFC 9110, section 11.6.1): a challenge for each scheme that
 * carries tokens.
 */
final class Challenge {

    private final String bearer;
    private final String bearerInvalid;
    private final String bearerScope;
    private final String others;
    private final boolean hasBearer;

    /**
     * @param resourceMetadata the value of {@code resource_metadata} (RFC 9728, section 5.1); null for none
     */
    Challenge(Carriers carriers, String realm, @Nullable URI resourceMetadata) {
        String protectedSpace = " realm=\"" + realm + '"';
        String metadata = resourceMetadata == null ? "" : ", resource_metadata=\"" + resourceMetadata + '"';
        this.hasBearer = carriers.all().contains(Carrier.bearer());
        this.bearer = "Bearer" + protectedSpace + metadata;
        this.bearerInvalid = "Bearer" + protectedSpace + ", error=\"invalid_token\"" + metadata;
        this.bearerScope = "Bearer" + protectedSpace + ", error=\"insufficient_scope\"" + metadata + ", scope=\"";
        Set<String> challenges = new LinkedHashSet<>();
        for (Carrier carrier : carriers.all()) {
            if (carrier.isBasic()) {
                challenges.add("Basic" + protectedSpace + ", charset=\"UTF-8\"");
            } else if (carrier.isScheme() && !carrier.equals(Carrier.bearer())) {
                challenges.add(carrier.name() + protectedSpace);
            }
        }
        if (challenges.isEmpty() && !hasBearer) {
            // A 401 must have a challenge (RFC 9110, section 15.5.2), and no scheme is registered for a header of its
            // own.
            carriers.all()
                    .forEach(carrier -> challenges.add("ApiKey" + protectedSpace
                            + (carrier.isHeader()
                                    ? ", header=\"" + String.join(", ", carrier.headerNames())
                                    : ", parameter=\"" + escaped(carrier.name()))
                            + '"'));
        }
        this.others = String.join(", ", challenges);
    }

    private static String escaped(String text) {
        return text.replaceAll("[^ !#-\\[\\]-~]", "?");
    }

    /**
     * {@return the value of the header, or empty if the response has none} RFC 6750, section 3: always a realm, an error
     * only if a credential was sent, the scopes only if some are missing.
     *
     * @param status the status of the response
     * @param revealsScopes whether the body says that a scope is missing
     */
    Optional<String> of(AuthError error, int status, boolean revealsScopes) {
        if (error.kind() == Kind.INSUFFICIENT_SCOPE && hasBearer && revealsScopes) {
            return Optional.of(bearerScope + error.needed() + '"');
        }
        if (status != 401) {
            return Optional.empty();
        }
        if (!hasBearer) {
            return Optional.of(others);
        }
        String first = error.kind() == Kind.MISSING_CREDENTIAL ? bearer : bearerInvalid;
        return Optional.of(others.isEmpty() ? first : first + ", " + others);
    }
}
