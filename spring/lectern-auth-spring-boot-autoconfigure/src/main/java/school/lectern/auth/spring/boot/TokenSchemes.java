package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Carrier;

/** The security schemes of an OpenAPI description: one for each place of a request that may carry a token of the dialect. */
final class TokenSchemes {

    private final Dialect dialect;
    private final String starts;

    TokenSchemes(Dialect dialect) {
        this.dialect = dialect;
        this.starts = dialect.formats().leadingLiterals().stream()
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(" or "));
    }

    /** Returns the schemes by name, in the dialect's order: the first one is named {@code SCHEME}, and later ones are numbered. */
    Map<String, SecurityScheme> byName() {
        Map<String, SecurityScheme> schemes = new LinkedHashMap<>();
        for (Carrier carrier : dialect.carriers().all()) {
            int number = schemes.size() + 1;
            schemes.put(TokenOpenApiCustomizer.SCHEME + (number == 1 ? "" : number), scheme(carrier));
        }
        return schemes;
    }

    private SecurityScheme scheme(Carrier carrier) {
        SecurityScheme scheme = new SecurityScheme()
                .description("An API token" + (starts.isEmpty() ? "" : ", which starts with " + starts) + ". "
                        + instruction(carrier));
        if (carrier.isHeader() || carrier.isQueryParameter()) {
            return scheme.type(SecurityScheme.Type.APIKEY)
                    .in(carrier.isHeader() ? SecurityScheme.In.HEADER : SecurityScheme.In.QUERY)
                    .name(carrier.name());
        }
        scheme.type(SecurityScheme.Type.HTTP).scheme(carrier.name().toLowerCase(Locale.ROOT));
        return carrier.equals(Carrier.bearer())
                ? scheme.bearerFormat(starts.isEmpty() ? dialect.name() + " token" : starts + " and more characters")
                : scheme;
    }

    private static String instruction(Carrier carrier) {
        if (carrier.isBasic()) {
            return "Send it as " + carrier;
        }
        if (carrier.isScheme()) {
            return "Send it in the Authorization header, as: " + carrier.name() + " <token>";
        }
        return carrier.isHeader()
                ? "Send it in the " + carrier.name() + " header"
                : "Send it in the query parameter " + carrier.name();
    }
}
