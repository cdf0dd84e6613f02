package school.lectern.auth.quickstart;

import java.util.List;
import java.util.Optional;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.scope.Grant;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.token.Secret;

/**
 * Who manages tokens here: whoever holds the administrator's key may do everything, whoever holds the reader's may look. A
 * real application asks its own sessions instead.
 */
final class Administrators implements ManagementAuthority {

    private static final Caller ADMINISTRATOR = new Caller("1", (tenant, permission) -> true, Grant.everything());
    private static final Caller READER =
            new Caller("2", (tenant, permission) -> permission == Permission.READ, Grant.of(ScopeSet.none()));

    private final Secret adminKey;
    private final Optional<Secret> readerKey;

    Administrators(String adminKey, Optional<String> readerKey) {
        this.adminKey = Secret.of(adminKey);
        this.readerKey = readerKey.map(Secret::of);
    }

    @Override
    public Optional<Caller> identify(AuthRequest request) {
        List<Secret> values = request.authorization();
        String value = values.size() == 1 ? values.get(0).expose() : "";
        boolean bearer = value.regionMatches(true, 0, "Bearer ", 0, 7);
        Secret key = Secret.of(bearer ? value.substring(7).strip() : "");
        if (key.equals(adminKey)) {
            return Optional.of(ADMINISTRATOR);
        }
        return readerKey.filter(key::equals).map(same -> READER);
    }
}
