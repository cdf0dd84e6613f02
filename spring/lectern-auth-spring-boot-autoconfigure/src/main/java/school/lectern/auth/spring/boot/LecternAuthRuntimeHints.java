package school.lectern.auth.spring.boot;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** Registers the resources and the classes that the library finds by name, so that a native image contains them. */
final class LecternAuthRuntimeHints implements RuntimeHintsRegistrar {

    /** The scripts that create the tables. */
    private static final String SCRIPTS = "school/lectern/auth/jdbc/ddl/**";

    /** The containers' mappings of filters, which the servlet filter checks at the start. */
    private static final List<String> MAPPINGS = List.of(
            "org.apache.catalina.core.ApplicationFilterRegistration",
            "org.apache.catalina.core.StandardContext",
            "org.apache.tomcat.util.descriptor.web.FilterDef",
            "org.apache.tomcat.util.descriptor.web.FilterMap",
            "org.eclipse.jetty.ee10.servlet.FilterHolder",
            "org.eclipse.jetty.ee10.servlet.FilterMapping",
            "org.eclipse.jetty.ee10.servlet.ServletContextHandler",
            "org.eclipse.jetty.ee10.servlet.ServletHandler",
            "org.eclipse.jetty.ee11.servlet.FilterHolder",
            "org.eclipse.jetty.ee11.servlet.FilterMapping",
            "org.eclipse.jetty.ee11.servlet.ServletContextHandler",
            "org.eclipse.jetty.ee11.servlet.ServletHandler");

    /**
     * The types that the library only looks for: the versions of Jackson, requests with a user of their own, whose
     * getUserPrincipal it looks for, too, and the configurer of a resource server.
     */
    private static final List<String> INSPECTED = List.of(
            "com.fasterxml.jackson.databind.json.JsonMapper",
            "tools.jackson.databind.json.JsonMapper",
            "org.springframework.security.web.servletapi.SecurityContextHolderAwareRequestWrapper",
            "org.springframework.security.web.servletapi.HttpServlet3RequestFactory$Servlet3SecurityContextHolderAwareRequestWrapper",
            "org.springframework.security.config.annotation.web.configurers.oauth2.server.resource.OAuth2ResourceServerConfigurer");

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
        hints.resources().registerPattern(SCRIPTS);
        ReflectionHints reflection = hints.reflection();
        for (String type : MAPPINGS) {
            reflection.registerTypeIfPresent(
                    loader, type, MemberCategory.INVOKE_PUBLIC_METHODS, MemberCategory.ACCESS_DECLARED_FIELDS);
        }
        INSPECTED.forEach(type -> reflection.registerTypeIfPresent(loader, type));
    }
}
