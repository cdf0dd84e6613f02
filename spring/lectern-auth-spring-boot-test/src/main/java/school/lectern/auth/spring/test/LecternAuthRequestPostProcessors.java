package school.lectern.auth.spring.test;

import java.util.Objects;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.web.context.support.WebApplicationContextUtils;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.token.IssuedToken;

/**
 * Sends the requests of MockMvc with API tokens:
 *
 * <pre>{@code
 * mvc.perform(get("/v1/learners/7").with(lecternToken().tenant("123").scopes("read:learners")))
 *         .andExpect(status().isOk());
 * }</pre>
 */
public final class LecternAuthRequestPostProcessors {

    private LecternAuthRequestPostProcessors() {}

    /**
     * {@return a token for one request, of the tenant {@code 123} and without scopes unless set} The token is issued by the
     * {@link LecternAuth} of the application, and evaluated like the token of a client.
     */
    public static LecternTokenRequestPostProcessor lecternToken() {
        return new LecternTokenRequestPostProcessor("123", NewToken.named("test"));
    }

    /** Issues a token, and sends a request with it. Immutable. */
    public static final class LecternTokenRequestPostProcessor implements RequestPostProcessor {

        private final String tenantId;
        private final NewToken settings;

        private LecternTokenRequestPostProcessor(String tenantId, NewToken settings) {
            this.tenantId = tenantId;
            this.settings = settings;
        }

        /**
         * {@return a token of that tenant}
         *
         * @param id the tenant's id
         */
        public LecternTokenRequestPostProcessor tenant(String id) {
            return new LecternTokenRequestPostProcessor(Objects.requireNonNull(id, "id"), settings);
        }

        /**
         * {@return a token with these scopes}
         *
         * @param scopes the scopes, one in each element
         */
        public LecternTokenRequestPostProcessor scopes(String... scopes) {
            return settings(NewToken.named("test").scopes(scopes));
        }

        /**
         * {@return a token with these settings}
         *
         * @param token the settings, which include the scopes
         */
        public LecternTokenRequestPostProcessor settings(NewToken token) {
            return new LecternTokenRequestPostProcessor(tenantId, Objects.requireNonNull(token, "token"));
        }

        @Override
        public MockHttpServletRequest postProcessRequest(MockHttpServletRequest request) {
            LecternAuth auth = WebApplicationContextUtils.getRequiredWebApplicationContext(
                            Objects.requireNonNull(request.getServletContext()))
                    .getBean(LecternAuth.class);
            IssuedToken token = auth.tenant(tenantId).tokens().issue(settings).orElseThrow();
            request.addHeader("Authorization", "Bearer " + token.secret().expose());
            return request;
        }
    }
}
