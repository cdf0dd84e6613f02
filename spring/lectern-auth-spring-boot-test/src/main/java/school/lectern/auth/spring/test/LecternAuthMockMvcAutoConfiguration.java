package school.lectern.auth.spring.test;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.webmvc.test.autoconfigure.MockMvcBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.mock.web.MockHttpServletRequest;

/** Sends the requests of an auto-configured MockMvc with the token of {@link WithLecternToken}. */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
final class LecternAuthMockMvcAutoConfiguration {

    /** The first filter, before those of the application. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    MockMvcBuilderCustomizer lecternAuthMockMvcCustomizer() {
        return builder -> builder.addFilters(new HeaderFilter());
    }

    /** A filter and no post-processor of requests, since a later post-processor may set the header, too. */
    private static final class HeaderFilter implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            CurrentToken token = CurrentToken.find();
            if (token == null) {
                chain.doFilter(request, response);
                return;
            }
            if (request instanceof MockHttpServletRequest mock
                    && token.headers().stream().allMatch(header -> mock.getHeader(header.name()) == null)) {
                token.headers()
                        .forEach(header ->
                                mock.addHeader(header.name(), header.value().expose()));
            }
            ThreadAuthentication authentication = token.authentication();
            Runnable restoration = authentication == null ? () -> {} : authentication.suspend();
            try {
                chain.doFilter(request, response);
            } finally {
                restoration.run();
            }
        }
    }
}
