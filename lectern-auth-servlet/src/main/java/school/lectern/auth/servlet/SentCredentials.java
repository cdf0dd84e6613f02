package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.format.Secret;

/** The credentials of a request as the container received it. */
final class SentCredentials implements CredentialSource {

    private final HttpServletRequest request;

    SentCredentials(HttpServletRequest request) {
        this.request = request;
    }

    @Override
    public List<Secret> credentials(String name) {
        Enumeration<String> values = request.getHeaders(name);
        return values == null
                ? List.of()
                : Collections.list(values).stream().map(Secret::of).toList();
    }

    @Override
    public @Nullable Secret query() {
        String query = request.getQueryString();
        return query == null ? null : Secret.of(query);
    }
}
