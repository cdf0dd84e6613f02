package school.lectern.auth.spring.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthRequest;

/** Whether a request presents a token of a dialect, which says nothing about whether the token is valid. */
final class PresentedToken {

    private PresentedToken() {}

    static boolean isIn(HttpServletRequest request, LecternAuth auth) {
        return auth.recognizes(new AuthRequest(
                "",
                request.getMethod(),
                request.getRequestURI(),
                request.getQueryString(),
                null,
                name -> Collections.list(request.getHeaders(name))));
    }
}
