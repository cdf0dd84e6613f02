package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Carrier;

/**
 * The security schemes of an OpenAPI description: one for each place of a request that may carry a token of the dialect, and
 * two for a token in two headers.
 */
final class TokenSchemes {

    private final Dialect dialect;
    private final String starts;

    TokenSchemes(Dialect dialect) {
        this.dialect = dialect;
        this.starts = dialect.formats().leadingLiterals().stream()
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(" or "));
    }

    /**
     * Returns the schemes of each place by name, in the dialect's order: the first scheme is named {@code SCHEME}, and later
     * ones are numbered.
     */
    List<Map<String, SecurityScheme>> byCarrier() {
        List<Map<String, SecurityScheme>> all = new ArrayList<>();
        int number = 0;
        for (Carrier carrier : dialect.carriers().all()) {
            Map<String, SecurityScheme> together = new LinkedHashMap<>();
            for (SecurityScheme scheme : schemes(carrier)) {
                number++;
                together.put(TokenOpenApiCustomizer.SCHEME + (number == 1 ? "" : number), scheme);
            }
            all.add(together);
        }
        return all;
    }

    private List<SecurityScheme> schemes(Carrier carrier) {
        if (carrier.isHeader()) {
            return carrier.headerNames().stream()
                    .map(name -> described(carrier)
                            .type(SecurityScheme.Type.APIKEY)
                            .in(SecurityScheme.In.HEADER)
                            .name(name))
                    .toList();
        }
        return List.of(scheme(carrier));
    }

    private SecurityScheme described(Carrier carrier) {
        return new SecurityScheme()
                .description("An API token" + (starts.isEmpty() ? "" : ", which starts with " + starts) + ". "
                        + instruction(carrier));
    }

    private SecurityScheme scheme(Carrier carrier) {
        SecurityScheme scheme = described(carrier);
        if (carrier.isQueryParameter()) {
            return scheme.type(SecurityScheme.Type.APIKEY)
                    .in(SecurityScheme.In.QUERY)
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
        if (carrier.isInParts()) {
            return "Send its two parts in the headers " + carrier.name();
        }
        return carrier.isHeader()
                ? "Send it in the " + carrier.name() + " header"
                : "Send it in the query parameter " + carrier.name();
    }
}
