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
 * Decides who may manage tokens: the administrator's key allows everything, the reader's key only reads. A real application
 * uses its own sessions instead.
 */
final class Administrators implements ManagementAuthority {

    /** The format that the library accepts (RFC 6750, section 2.1): case-insensitive, with spaces as the only blanks. */
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
