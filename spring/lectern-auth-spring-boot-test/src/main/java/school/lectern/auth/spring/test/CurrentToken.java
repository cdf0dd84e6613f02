package school.lectern.auth.spring.test;

import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.CredentialHeader;

/**
 * The token of the test method that runs on this thread. Each thread has its own, since test methods that run concurrently
 * share an application.
 *
 * @param headers the headers that present it
 * @param authentication the security context, or null without Spring Security
 */
record CurrentToken(
        List<CredentialHeader> headers, @Nullable ThreadAuthentication authentication) {

    private static final ThreadLocal<@Nullable CurrentToken> CURRENT = new ThreadLocal<>();

    static void begin(CurrentToken token) {
        CURRENT.set(token);
        if (token.authentication() != null) {
            token.authentication().begin();
        }
    }

    static @Nullable CurrentToken find() {
        return CURRENT.get();
    }

    static void end() {
        CurrentToken token = CURRENT.get();
        CURRENT.remove();
        if (token != null && token.authentication() != null) {
            token.authentication().end();
        }
    }

    /** Contains a secret. */
    @Override
    public String toString() {
        return "CurrentToken";
    }
}
