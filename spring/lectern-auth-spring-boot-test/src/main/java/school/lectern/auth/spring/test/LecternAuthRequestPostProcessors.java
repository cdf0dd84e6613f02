package school.lectern.auth.spring.test;

import java.util.Objects;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.web.context.support.WebApplicationContextUtils;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.format.CredentialHeader;

/**
 * Sends the requests of MockMvc with API tokens:
 *
 * <pre>{@code
 * mvc.perform(get("/v1/learners/7").with(lecternToken().tenant("123").scopes("read:learners")))
 *         .andExpect(status().isOk());
 * }</pre>
 *
 * <p>For WebFlux, see {@link LecternAuthWebTestClientConfigurers}.
 */
public final class LecternAuthRequestPostProcessors {

    private LecternAuthRequestPostProcessors() {}

    /**
     * {@return a token for one request, of the tenant {@code 123} and without scopes unless set} The token is issued by the
     * {@link LecternAuth} of the application, and evaluated like the token of a client. A dialect such as Lectern requires a
     * scope.
     */
    public static LecternTokenRequestPostProcessor lecternToken() {
        return new LecternTokenRequestPostProcessor(TokenOfTest.PLAIN);
    }

    /** Issues a token, and sends a request with it in place of any other value of that header. Immutable. */
    public static final class LecternTokenRequestPostProcessor implements RequestPostProcessor {

        private final TokenOfTest token;

        private LecternTokenRequestPostProcessor(TokenOfTest token) {
            this.token = token;
        }

        static LecternTokenRequestPostProcessor sending(TokenOfTest token) {
            return new LecternTokenRequestPostProcessor(token);
        }

        /**
         * {@return a token of that tenant}
         *
         * @param id the tenant's id
         */
        public LecternTokenRequestPostProcessor tenant(String id) {
            return sending(token.tenant(id));
        }

        /**
         * {@return a token with these scopes}
         *
         * @param scopes the scopes, one in each element
         */
        public LecternTokenRequestPostProcessor scopes(String... scopes) {
            return sending(token.scopes(scopes));
        }

        /**
         * {@return a token with these settings}
         *
         * @param settings the settings, which include the scopes
         */
        public LecternTokenRequestPostProcessor settings(NewToken settings) {
            return sending(token.settings(settings));
        }

        @Override
        public MockHttpServletRequest postProcessRequest(MockHttpServletRequest request) {
            LecternAuth auth = WebApplicationContextUtils.getRequiredWebApplicationContext(
                            Objects.requireNonNull(request.getServletContext()))
                    .getBean(LecternAuth.class);
            for (CredentialHeader header : token.issue(auth)) {
                request.removeHeader(header.name());
                request.addHeader(header.name(), header.value().expose());
            }
            return request;
        }
    }
}
