package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;

/** Maps filters so that no request bypasses them. */
final class FilterRegistrar {

    private static final Logger log = LoggerFactory.getLogger(FilterRegistrar.class);
    private static final Pattern JETTY = Pattern.compile("(org\\.eclipse\\.jetty\\.ee[0-9]+)\\..*");

    private final ServletContext context;

    FilterRegistrar(ServletContext context) {
        this.context = context;
    }

    void register(LecternAuthFilter filter) {
        String name = freeName();
        add(name, filter, LecternAuthFilter.dispatches(), false);
        registerUpgradeOfJetty();
        add(name + "-end", new EndOfChain(filter), LecternAuthFilter.dispatches(), true);
    }

    private String freeName() {
        String name = "lectern-auth";
        for (int i = 2; context.getFilterRegistration(name) != null; i++) {
            name = "lectern-auth-" + i;
        }
        return name;
    }

    private void add(String name, Filter filter, EnumSet<DispatcherType> dispatches, boolean last) {
        FilterRegistration.Dynamic registration = context.addFilter(name, filter);
        if (registration == null) {
            throw new IllegalStateException(
                    "the filter name " + name + " is taken: register LecternAuthFilter by hand");
        }
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(dispatches, last, "/*");
    }

    /**
     * Registers Jetty's upgrade filter last. Jetty would put it before all other filters, unless a filter is registered under
     * the class's name.
     */
    private void registerUpgradeOfJetty() {
        Matcher jetty = JETTY.matcher(context.getClass().getName());
        if (!jetty.matches()) {
            return;
        }
        String type = jetty.group(1) + ".websocket.servlet.WebSocketUpgradeFilter";
        if (context.getFilterRegistration(type) == null && MappedFilter.load(context, type) != null) {
            add(type, new UpgradeOfJetty(type), EnumSet.of(DispatcherType.REQUEST), true);
        }
    }

    /** Jetty's upgrade filter, which fails to start in an application without WebSockets: then this has no effect. */
    private static final class UpgradeOfJetty implements Filter {
        private final String type;
        private @Nullable Filter upgrade;

        UpgradeOfJetty(String type) {
            this.type = type;
        }

        @Override
        public void init(FilterConfig config) throws ServletException {
            try {
                Class<?> loaded = Objects.requireNonNull(MappedFilter.load(config.getServletContext(), type), type);
                Filter filter = (Filter) loaded.getConstructor().newInstance();
                filter.init(config);
                upgrade = filter;
            } catch (IllegalStateException noWebSockets) {
                log.debug("{} is not needed", type, RedactedFailure.of(noWebSockets));
            } catch (ReflectiveOperationException unknown) {
                throw new ServletException("cannot create " + type + ": register it after LecternAuthFilter", unknown);
            }
        }

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            Filter filter = upgrade;
            if (filter == null) {
                chain.doFilter(request, response);
            } else {
                filter.doFilter(request, response, chain);
            }
        }

        @Override
        public void destroy() {
            if (upgrade != null) {
                upgrade.destroy();
            }
        }
    }

    /** The last filter, which gets the request as the handler does. */
    private record EndOfChain(LecternAuthFilter filter) implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (filter.permitsHandler((HttpServletRequest) request, (HttpServletResponse) response)) {
                chain.doFilter(request, response);
            }
        }
    }
}
