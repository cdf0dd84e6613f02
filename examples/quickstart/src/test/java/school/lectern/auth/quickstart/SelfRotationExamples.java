package school.lectern.auth.quickstart;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.token.IssuedToken;

/** The Java code of docs/self-rotation.md. {@link SelfRotationGuideTest} compares the two. */
final class SelfRotationExamples {

    private SelfRotationExamples() {}

    static void rotateSelf(HttpServletRequest request, HttpServletResponse response) throws IOException {
        TokenPrincipal caller = LecternAuthFilter.principal(request);
        Outcome<IssuedToken> outcome = caller.rotateSelf(GracePeriod.of(Duration.ofMinutes(1)));
        if (outcome instanceof Outcome.Refused<IssuedToken> refused) {
            AuthErrors.send(request, response, refused.error());
            return;
        }
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("application/json");
        response.getWriter()
                .print("{\"token\":\"" + outcome.orElseThrow().secret().expose() + "\"}");
    }

    static RouteRules rules() {
        RouteRules rules = RouteRules.builder()
                .guard("POST", "/v1/tokens/self/rotate", "write:self")
                .build();
        return rules;
    }

    static LecternAuth detecting(Storage storage, AuthListener listener) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .listener(listener)
                .detectReuse()
                .open();
        return auth;
    }
}
