package school.lectern.auth.quickstart;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;

/**
 * Who manages tokens here: whoever holds the administrator's key may do everything, whoever holds the reader's may look. A
 * real application asks its own sessions instead.
 */
final class Administrators implements ManagementAuthority {

    /** As the library reads it (RFC 6750, section 2.1): no case, and spaces are the only blanks. */
    private static final Pattern BEARER = Pattern.compile("bearer +(?<key>[!-~]+) *", Pattern.CASE_INSENSITIVE);

    private static final Caller ADMINISTRATOR = Caller.of("1", (tenant, permission) -> true, Grant.everything());
    private static final Caller READER =
            Caller.of("2", (tenant, permission) -> permission == Permission.READ, Grant.nothing());

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
        Matcher bearer = BEARER.matcher(value);
        Secret key = Secret.of(bearer.matches() ? bearer.group("key") : "");
        if (key.equals(adminKey)) {
            return Optional.of(ADMINISTRATOR);
        }
        return readerKey.filter(key::equals).map(same -> READER);
    }
}
